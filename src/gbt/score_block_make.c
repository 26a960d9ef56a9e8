/*
 * Making the program of a block: distinct tests are numbered, trees become ops
 * and leaves in the order of their numbers.
 */
#include "base/mem.h"
#include "gbt/score_block_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct split {
    uint32_t feature;
    bool missing_right;
    float value;
    size_t tree;
    int32_t node;
};

static int by_test(const void *a, const void *b)
{
    const struct split *x = a, *y = b;

    if (x->feature != y->feature)
        return x->feature < y->feature ? -1 : 1;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (int)x->missing_right - (int)y->missing_right;
}

static void finish_chunk(struct chunk *c)
{
    int at = 0;

    c->lo = c->threshold[0];
    c->scale = (float)CELLS / (c->threshold[c->n - 1] - c->lo);
    c->threshold[c->n] = NAN;                      /* at most no value */
    if (!isfinite(c->lo) || !isfinite(c->scale)) { /* all in cell 0: slow, and right */
        c->lo = 0;
        c->scale = 0;
    }
    for (int cell = 0; cell < CELLS; cell++) {
        c->first[cell] = (uint8_t)at;
        while (at < c->n && gbt_cell_of(c, c->threshold[at]) == cell)
            at++;
    }
    c->first[CELLS] = (uint8_t)c->n;
}

/* Number the distinct tests; number[tree] is by node. */
static void make_tests(struct gbt_block_program *p, struct split *s, size_t n, uint32_t **number)
{
    size_t chunk_cap = 0;
    struct chunk *c = NULL;

    if (n)
        qsort(s, n, sizeof *s, by_test);
    p->tests = mem_calloc(n, sizeof *p->tests);
    for (size_t i = 0; i < n; i++) {
        bool other = !c || c->feature != s[i].feature;

        if (other || s[i].value != s[i - 1].value) {
            if (other || c->n == CHUNK) {
                if (c)
                    finish_chunk(c);
                MEM_GROW(p->chunks, p->chunk_count, chunk_cap);
                c = &p->chunks[p->chunk_count++];
                *c = (struct chunk){.feature = s[i].feature, .begin = (uint32_t)p->test_count};
            }
            c->threshold[c->n++] = s[i].value;
        } else if (s[i].missing_right == s[i - 1].missing_right) {
            number[s[i].tree][s[i].node] = (uint32_t)p->test_count - 1;
            continue;
        }
        p->tests[p->test_count] = (struct test){(uint8_t)c->n, s[i].missing_right};
        number[s[i].tree][s[i].node] = (uint32_t)p->test_count++;
        c->end = (uint32_t)p->test_count;
    }
    if (c)
        finish_chunk(c);
}

static int height_of(const struct gbt_tree *t, int32_t node, int depth)
{
    int l, r;

    if (t->left[node] == GBT_NO_NODE || depth > MAX_HEIGHT)
        return 0;
    l = height_of(t, t->left[node], depth + 1);
    r = height_of(t, t->right[node], depth + 1);
    return (l > r ? l : r) + 1;
}

/* Is every leaf below just as many levels away? */
static bool is_full(const struct gbt_tree *t, int32_t node, int levels)
{
    if (t->left[node] == GBT_NO_NODE)
        return levels == 0;
    return levels > 0 && is_full(t, t->left[node], levels - 1) &&
           is_full(t, t->right[node], levels - 1);
}

static void put_word(struct gbt_block_program *p, uint32_t word)
{
    MEM_GROW(p->code, p->code_count, p->code_cap);
    p->code[p->code_count++] = word;
}

/* The tests of the levels below a node, one level after the other. */
static void put_heap(struct gbt_block_program *p, const struct gbt_tree *t, int32_t node,
                     int levels, const uint32_t *number)
{
    int32_t nodes[7] = {node};

    for (int i = 0; i < (1 << levels) - 1; i++) {
        if (i)
            nodes[i] = i % 2 ? t->left[nodes[(i - 1) / 2]] : t->right[nodes[(i - 1) / 2]];
        put_word(p, number[nodes[i]]);
    }
}

/* Values of a full subtree's leaves, from left to right. */
static float *put_leaves(const struct gbt_tree *t, int32_t node, float weight, float *leaves)
{
    if (t->left[node] == GBT_NO_NODE) {
        *leaves = t->value[node] * weight;
        return leaves + 1;
    }
    leaves = put_leaves(t, t->left[node], weight, leaves);
    return put_leaves(t, t->right[node], weight, leaves);
}

/* Ops of a subtree, children first, and its leaves under their numbers; returns its height. */
static int compile(struct gbt_block_program *p, const struct gbt_tree *t, int32_t node,
                   const uint32_t *number, float weight, float *leaves)
{
    int l = 0, r = 0, top;

    if (t->left[node] == GBT_NO_NODE) {
        leaves[0] = t->value[node] * weight;
        return 0;
    }
    for (int levels = 3; levels >= 2; levels--) {
        if (!is_full(t, node, levels))
            continue;
        put_word(p, levels == 3 ? OP_THREE : OP_TWO);
        put_heap(p, t, node, levels, number);
        put_leaves(t, node, weight, leaves);
        return levels;
    }
    l = height_of(t, t->left[node], 0);
    r = height_of(t, t->right[node], 0);
    top = l > r ? l : r;
    compile(p, t, t->left[node], number, weight, leaves);
    compile(p, t, t->right[node], number, weight, leaves + ((size_t)1 << top));
    put_word(p, OP_JOIN | (uint32_t)l << 8 | (uint32_t)r << 16);
    put_word(p, number[node]);
    return top + 1;
}

static void *grown(void *array, size_t size, size_t used, size_t *cap)
{
    if (used <= *cap)
        return array;
    *cap = used * 2;
    return mem_resize(array, *cap, size);
}

/* The four bytes of each leaf, in tables of their own. */
static void put_bytes(struct gbt_block_program *p, struct tree_program *out)
{
    size_t n = (size_t)1 << out->height, table = n < LEAST_TABLE ? LEAST_TABLE : n;

    out->bytes = p->byte_count;
    p->byte_count += 4 * table;
    p->bytes = grown(p->bytes, 1, p->byte_count, &p->byte_cap);
    memset(p->bytes + out->bytes, 0, 4 * table);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, &p->leaves[out->leaf + i], sizeof bits);
        for (size_t k = 0; k < 4; k++)
            p->bytes[out->bytes + k * table + i] = (uint8_t)(bits >> (8 * k));
    }
}

static void compile_tree(struct gbt_block_program *p, const struct lk_model *m, size_t tree,
                         const uint32_t *number)
{
    const struct gbt_tree *t = &m->trees[tree];
    struct tree_program *out = &p->trees[tree];
    float weight = m->tree_weight ? m->tree_weight[tree] : 1;

    out->height = height_of(t, 0, 0);
    out->begin = p->code_count;
    out->leaf = p->leaf_count;
    p->leaf_count += (size_t)1 << out->height;
    p->leaves = grown(p->leaves, sizeof *p->leaves, p->leaf_count, &p->leaf_cap);
    memset(p->leaves + out->leaf, 0, sizeof(float) << out->height);
    compile(p, t, 0, number, weight, p->leaves + out->leaf);
    out->end = p->code_count;
    if (out->height <= FEW_HEIGHT)
        put_bytes(p, out);
}

static bool suits(const struct lk_model *m)
{
    for (size_t i = 0; i < m->tree_count; i++)
        if (m->trees[i].leaf_vector || height_of(&m->trees[i], 0, 0) > MAX_HEIGHT)
            return false;
    return m->tree_count > 0;
}

struct gbt_block_program *gbt_block_new(const struct lk_model *m)
{
    struct gbt_block_program *p;
    struct split *s = NULL;
    size_t n = 0, cap = 0;
    uint32_t **number;

    if (!suits(m))
        return NULL;
    p = mem_calloc(1, sizeof *p);
    number = mem_calloc(m->tree_count, sizeof *number);
    for (size_t i = 0; i < m->tree_count; i++) {
        const struct gbt_tree *t = &m->trees[i];

        number[i] = mem_calloc((size_t)t->nodes, sizeof **number);
        for (int32_t k = 0; k < t->nodes; k++) {
            if (t->left[k] == GBT_NO_NODE || (k && t->parent[k] == GBT_NO_NODE) ||
                t->feature[k] >= m->features || (t->categorical && t->categorical[k]))
                continue;
            MEM_GROW(s, n, cap);
            s[n++] = (struct split){t->feature[k], !t->default_left[k], t->value[k], i, k};
        }
    }
    make_tests(p, s, n, number);
    free(s);
    p->trees = mem_calloc(m->tree_count, sizeof *p->trees);
    for (size_t i = 0; i < m->tree_count; i++) {
        const struct gbt_tree *t = &m->trees[i];

        for (int32_t k = 0; t->categorical && k < t->nodes; k++) {
            if (!t->categorical[k] || t->left[k] == GBT_NO_NODE)
                continue;
            number[i][k] = (uint32_t)(p->test_count + p->set_count);
            MEM_GROW(p->sets, p->set_count, p->set_cap);
            p->sets[p->set_count++] = (struct set_test){(uint32_t)i, k};
        }
        compile_tree(p, m, i, number[i]);
        free(number[i]);
    }
    free(number);
    for (int b = 0; b < 256; b++)
        for (int i = 0; i < 8; i++)
            p->spread[b] |= (uint64_t)(b >> i & 1) << (8 * i);
    return p;
}

void gbt_block_free(struct gbt_block_program *p)
{
    if (!p)
        return;
    free(p->chunks);
    free(p->tests);
    free(p->sets);
    free(p->code);
    free(p->leaves);
    free(p->bytes);
    free(p->trees);
    free(p);
}
