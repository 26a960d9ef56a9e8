/*
 * A tree of XGBoost's JSON or UBJSON: some fifteen arrays side by side, in any
 * order and, by version, of numbers or of booleans, with vector leaves apart or
 * by node. They are taken as they come, and put together when all are there.
 */
#include "gbt/tree_doc.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The arrays of a tree in the file, each with its length. */
enum part_float { CONDITIONS, WEIGHTS, LOSS, HESSIAN, LEAF_WEIGHTS, FLOATS };
enum part_int {
    LEFT,
    RIGHT,
    PARENT,
    FEATURE,
    DEFAULT,
    SPLIT_TYPE,
    SETS,
    SET_NODE,
    SET_START,
    SET_SIZE,
    INTS
};

static const char *const float_names[FLOATS] = {"split_conditions", "base_weights", "loss_changes",
                                                "sum_hessian", "leaf_weights"};
static const char *const int_names[INTS] = {
    "left_children",       "right_children",  "parents",    "split_indices",
    "default_left",        "split_type",      "categories", "categories_nodes",
    "categories_segments", "categories_sizes"};

struct parts {
    float *f[FLOATS];
    size_t fn[FLOATS];
    int32_t *i[INTS];
    size_t in[INTS];
    int64_t leaf_size;
};

static void take_part(struct doc_in *d, struct parts *p, struct slice key)
{
    struct slice inner;

    for (int k = 0; k < FLOATS; k++)
        if (slice_is(key, float_names[k]) && !p->f[k]) {
            p->f[k] = doc_take_floats(d, &p->fn[k]);
            return;
        }
    for (int k = 0; k < INTS; k++)
        if (slice_is(key, int_names[k]) && !p->i[k]) {
            p->i[k] = doc_take_int32s(d, &p->in[k]);
            return;
        }
    if (!slice_is(key, "tree_param")) {
        doc_skip(d);
        return;
    }
    doc_enter(d);
    while (doc_key(d, &inner)) {
        if (slice_is(inner, "size_leaf_vector"))
            p->leaf_size = doc_take_count(d);
        else
            doc_skip(d);
    }
}

/* The array if it has n entries; else NULL, and an error if it must be there. */
static void *claim(struct doc_in *d, void *from, size_t len, size_t n, const char *name)
{
    if (from && len == n)
        return from;
    doc_fail(d, "a tree of %zu nodes with %zu %s", n, len, name);
    return NULL;
}

static float *move_floats(struct doc_in *d, struct parts *p, int k, size_t n, bool optional)
{
    float *v;

    if (optional && (!p->f[k] || (!p->fn[k] && n)))
        return mem_calloc(n, sizeof *v);
    v = claim(d, p->f[k], p->fn[k], n, float_names[k]);
    if (v)
        p->f[k] = NULL;
    return v;
}

static int32_t *move_ints(struct doc_in *d, struct parts *p, int k, size_t n)
{
    int32_t *v = claim(d, p->i[k], p->in[k], n, int_names[k]);

    if (v)
        p->i[k] = NULL;
    return v;
}

static uint8_t *move_bytes(struct doc_in *d, struct parts *p, int k, size_t n)
{
    int32_t *v = claim(d, p->i[k], p->in[k], n, int_names[k]);
    uint8_t *out = v ? mem_alloc(n) : NULL;

    for (size_t i = 0; v && i < n; i++) {
        if (v[i] != 0 && v[i] != 1)
            doc_fail(d, "%s that is neither 0 nor 1", int_names[k]);
        out[i] = (uint8_t)v[i];
    }
    return out;
}

static void fill_sets(struct doc_in *d, struct gbt_tree *t, struct parts *p)
{
    size_t n = (size_t)t->nodes, sets = p->in[SET_NODE];

    t->categorical = move_bytes(d, p, SPLIT_TYPE, n);
    t->category_start = mem_calloc(n, sizeof *t->category_start);
    t->category_count = mem_calloc(n, sizeof *t->category_count);
    if (p->in[SET_START] != sets || p->in[SET_SIZE] != sets)
        doc_fail(d, "sets of categories that do not fit together");
    for (size_t i = 0; !d->status && i < sets; i++) {
        int32_t node = p->i[SET_NODE][i], start = p->i[SET_START][i], size = p->i[SET_SIZE][i];

        if (node < 0 || (size_t)node >= n || start < 0 || size < 0 ||
            (size_t)start + (size_t)size > p->in[SETS]) {
            doc_fail(d, "a set of categories outside its tree");
            break;
        }
        t->category_start[node] = (uint32_t)start;
        t->category_count[node] = (uint32_t)size;
    }
    t->category_total = p->in[SETS];
    t->categories = p->i[SETS];
    p->i[SETS] = NULL;
}

/* Vector leaves: by number of the leaf (in `right`) where they stand apart, else by node. */
static void fill_vectors(struct doc_in *d, struct gbt_tree *t, struct parts *p)
{
    size_t n = (size_t)t->nodes, width = (size_t)p->leaf_size;
    bool apart = p->fn[LEAF_WEIGHTS] > 0;

    if (p->leaf_size > GBT_MAX_CLASSES || p->fn[WEIGHTS] != n * width) {
        doc_fail(d, "vector leaves that do not fit the tree");
        return;
    }
    t->leaf_vector = mem_calloc(n, width * sizeof *t->leaf_vector);
    t->base_weight = mem_calloc(n, sizeof *t->base_weight);
    for (size_t i = 0; i < n; i++) {
        size_t at = i;

        t->base_weight[i] = p->f[WEIGHTS][i * width];
        if (t->left[i] != GBT_NO_NODE)
            continue;
        if (apart) {
            at = (size_t)t->right[i];
            if (t->right[i] < 0 || at >= p->fn[LEAF_WEIGHTS] / width) {
                doc_fail(d, "a leaf whose values are missing");
                return;
            }
        }
        memcpy(t->leaf_vector + i * width, p->f[apart ? LEAF_WEIGHTS : WEIGHTS] + at * width,
               width * sizeof *t->leaf_vector);
        t->right[i] = GBT_NO_NODE;
    }
}

static void fill_tree(struct doc_in *d, struct gbt_tree *t, struct parts *p)
{
    size_t n = p->in[LEFT];

    if (!n || n > INT32_MAX) {
        doc_fail(d, "a tree without nodes");
        return;
    }
    t->nodes = (int32_t)n;
    t->left = move_ints(d, p, LEFT, n);
    t->right = move_ints(d, p, RIGHT, n);
    t->parent = p->i[PARENT] ? move_ints(d, p, PARENT, n) : mem_calloc(n, sizeof *t->parent);
    t->feature = (uint32_t *)move_ints(d, p, FEATURE, n);
    t->value = move_floats(d, p, CONDITIONS, n, false);
    t->default_left = move_bytes(d, p, DEFAULT, n);
    t->loss_change = move_floats(d, p, LOSS, n, true);
    t->hessian = move_floats(d, p, HESSIAN, n, true);
    if (d->status)
        return;
    if (p->leaf_size > 1)
        fill_vectors(d, t, p);
    else
        t->base_weight = move_floats(d, p, WEIGHTS, n, true);
    if (p->in[SET_NODE] || p->in[SETS])
        fill_sets(d, t, p);
    else
        for (size_t i = 0; i < p->in[SPLIT_TYPE]; i++)
            if (p->i[SPLIT_TYPE][i])
                doc_fail(d, "a split on categories without a set of them");
}

size_t doc_take_tree(struct doc_in *d, struct gbt_tree *t)
{
    struct parts p = {0};
    struct slice key;

    *t = (struct gbt_tree){0};
    doc_enter(d);
    while (doc_key(d, &key))
        take_part(d, &p, key);
    if (!d->status)
        fill_tree(d, t, &p);
    for (int k = 0; k < FLOATS; k++)
        free(p.f[k]);
    for (int k = 0; k < INTS; k++)
        free(p.i[k]);
    return p.leaf_size > 1 ? (size_t)p.leaf_size : 1;
}
