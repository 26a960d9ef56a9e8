/*
 * Writing the binary format of XGBoost up to 3.0 (see model_binary.c for its
 * layout), as 1.7 does: what SageMaker's images 1.3 to 1.7 leave in a
 * model.tar.gz.
 *
 * The format has one base score and one output a tree. A model that has more
 * of either is first put into the form that can say it (model_write.c does so
 * for JSON) and read back. It has no categories, and no names of features:
 * the first cannot be written, the second are left out, as XGBoost leaves them.
 */
#include "gbt/model_write.h"

#include "base/error.h"
#include "base/mem.h"
#include "gbt/model_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    VERSION_MAJOR = 1,
    VERSION_MINOR = 7,
    RESERVED_LEARNER = 25,
    RESERVED_TREES = 38,
    RESERVED_TREE = 31,
    RESERVED_LINEAR = 32
};

static void put_u32(struct str *s, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        str_putc(s, (char)(v >> (8 * i)));
}

static void put_u64(struct str *s, uint64_t v)
{
    put_u32(s, (uint32_t)v);
    put_u32(s, (uint32_t)(v >> 32));
}

static void put_f32(struct str *s, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    put_u32(s, bits);
}

static void put_zeros(struct str *s, size_t words)
{
    while (words--)
        put_u32(s, 0);
}

static void put_text(struct str *s, struct slice text)
{
    put_u64(s, text.len);
    str_put(s, text);
}

static void put_floats(struct str *s, const float *v, size_t n)
{
    put_u64(s, n);
    for (size_t i = 0; i < n; i++)
        put_f32(s, v[i]);
}

/* ---- trees -------------------------------------------------------------------------- */

/* A node knows its parent, and in the top bit whether it is the left child. */
static uint32_t parent_word(const struct gbt_tree *t, int32_t node)
{
    if (!node)
        return UINT32_MAX;
    return (uint32_t)t->parent[node] | (t->left[t->parent[node]] == node ? 1u << 31 : 0);
}

static void put_node(struct str *s, const struct gbt_tree *t, int32_t node)
{
    bool leaf = t->left[node] == GBT_NO_NODE;

    put_u32(s, parent_word(t, node));
    put_u32(s, (uint32_t)t->left[node]);
    put_u32(s, (uint32_t)(leaf ? GBT_NO_NODE : t->right[node]));
    put_u32(s, leaf ? 0 : t->feature[node] | (t->default_left[node] ? 1u << 31 : 0));
    put_f32(s, t->value[node]);
}

static void put_tree(struct str *s, const struct gbt_tree *t, size_t features)
{
    put_u32(s, 1); /* roots */
    put_u32(s, (uint32_t)t->nodes);
    put_u32(s, 0); /* deleted */
    put_u32(s, 0);
    put_u32(s, (uint32_t)features);
    put_u32(s, 0); /* no vectors in leaves */
    put_zeros(s, RESERVED_TREE);
    for (int32_t i = 0; i < t->nodes; i++)
        put_node(s, t, i);
    for (int32_t i = 0; i < t->nodes; i++) {
        put_f32(s, t->loss_change[i]);
        put_f32(s, t->hessian[i]);
        put_f32(s, t->base_weight[i]);
        put_u32(s, 0);
    }
}

static void put_trees(struct str *s, const struct lk_model *m)
{
    put_u32(s, (uint32_t)m->tree_count);
    put_u32(s, (uint32_t)m->parallel_trees);
    put_zeros(s, RESERVED_TREES);
    for (size_t i = 0; i < m->tree_count; i++)
        put_tree(s, &m->trees[i], m->features);
    for (size_t i = 0; i < m->tree_count; i++)
        put_u32(s, (uint32_t)m->tree_group[i]);
}

static void put_linear(struct str *s, const struct lk_model *m)
{
    put_u32(s, (uint32_t)m->features);
    put_u32(s, (uint32_t)m->groups);
    put_zeros(s, RESERVED_LINEAR);
    put_floats(s, m->linear, (m->features + 1) * m->groups);
}

/* ---- around them ---------------------------------------------------------------------- */

static void put_attribute(struct str *s, const char *name, struct slice value)
{
    put_text(s, slice_of(name));
    put_text(s, value);
}

/* The user's, the words of labels, and the objective's parameters as JSON; by name. */
static void put_attributes(struct str *s, const struct lk_model *m)
{
    struct gbt_attribute all[4];
    size_t extras = model_text_attributes(all, m), at = 0;
    struct str objective = STR_INIT;
    const char *delta = gbt_model_objective_param(m, "max_delta_step");

    model_print_objective(&objective, m);
    if (delta && !strcmp(m->objective, "count:poisson"))
        all[extras++] =
            (struct gbt_attribute){mem_strdup("count_poisson_max_delta_step"), mem_strdup(delta)};
    all[extras++] = (struct gbt_attribute){mem_strdup("objective"), str_take(&objective, NULL)};
    put_u64(s, m->attribute_count + extras);
    for (size_t i = 0; i < m->attribute_count; i++)
        put_attribute(s, m->attributes[i].name, slice_of(m->attributes[i].value));
    for (; at < extras; at++) {
        put_attribute(s, all[at].name, slice_of(all[at].value));
        free(all[at].name);
        free(all[at].value);
    }
}

static void put_learner(struct str *s, const struct lk_model *m, float base_score)
{
    put_f32(s, base_score);
    put_u32(s, (uint32_t)m->features);
    put_u32(s, (uint32_t)m->classes);
    put_u32(s, 1); /* there are attributes */
    put_u32(s, 0); /* and no metrics */
    put_u32(s, VERSION_MAJOR);
    put_u32(s, VERSION_MINOR);
    put_u32(s, (uint32_t)m->targets);
    put_u32(s, m->boost_from_average);
    put_zeros(s, RESERVED_LEARNER);
}

static void put_model(struct str *s, const struct lk_model *m)
{
    static const char *const boosters[] = {"gbtree", "dart", "gblinear"};

    str_puts(s, "binf");
    put_learner(s, m, m->base_score[0]);
    put_text(s, slice_of(m->objective));
    put_text(s, slice_of(boosters[m->booster]));
    if (m->booster == GBT_GBLINEAR)
        put_linear(s, m);
    else
        put_trees(s, m);
    if (m->booster == GBT_DART)
        put_floats(s, m->tree_weight, m->tree_count);
    put_attributes(s, m);
}

static bool has_categories(const struct lk_model *m)
{
    for (size_t i = 0; i < m->tree_count; i++)
        if (m->trees[i].categorical)
            return true;
    return false;
}

enum lk_status model_print_binary(struct str *out, const struct lk_model *m, struct lk_error *err)
{
    struct str text = STR_INIT;
    struct lk_model *plain = NULL;
    enum lk_status st;

    if (has_categories(m))
        return error_set(err, LK_EUNSUPPORTED,
                         "XGBoost's old binary format has no categories; write JSON or UBJSON");
    st = model_print_doc(&text, m, LK_UBJSON, err);
    if (!st)
        st = lk_model_parse(&plain, text.ptr, text.len, "model", err);
    if (!st)
        put_model(out, plain);
    lk_model_free(plain);
    str_done(&text);
    return st;
}
