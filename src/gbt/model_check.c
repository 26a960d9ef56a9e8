/*
 * Completing a model. Whatever a file or a trainer put into it is checked here
 * once, so that scoring may follow any index without looking: every tree is a
 * tree (each node reached at most once, from node 0), every feature, group and
 * category exists, every number that is compared or added is one.
 *
 * Nodes that no path reaches are left alone: pruning leaves such behind, and
 * they are written back as they came.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/model.h"
#include "gbt/objective.h"
#include "gbt/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES (1u << 26)     /* of one tree */
enum { MAX_CATEGORY = 1 << 24 }; /* codes from here on are never in a set */

/* One tree under inspection. */
struct inspection {
    const struct lk_model *m;
    const struct gbt_tree *t;
    size_t index; /* of the tree */
    uint8_t *seen;
    int32_t *stack;
};

static enum lk_status bad(const struct inspection *c, int32_t node, struct lk_error *err,
                          const char *what)
{
    return error_set(err, LK_EINPUT, "the model is damaged: tree %zu, node %d: %s", c->index, node,
                     what);
}

static enum lk_status check_set(const struct inspection *c, int32_t node, struct lk_error *err)
{
    const struct gbt_tree *t = c->t;
    size_t start = t->category_start[node], count = t->category_count[node];

    if (start > t->category_total || count > t->category_total - start)
        return bad(c, node, err, "its set of categories is outside the list");
    for (size_t i = start; i < start + count; i++)
        if (t->categories[i] < 0 || t->categories[i] >= MAX_CATEGORY ||
            (i > start && t->categories[i] <= t->categories[i - 1]))
            return bad(c, node, err, "its categories are not ascending codes from 0");
    return LK_OK;
}

static enum lk_status check_split(const struct inspection *c, int32_t node, struct lk_error *err)
{
    const struct gbt_tree *t = c->t;
    int32_t child[2] = {t->left[node], t->right[node]};

    for (int i = 0; i < 2; i++) {
        if (child[i] <= 0 || child[i] >= t->nodes)
            return bad(c, node, err, "a child is not a node of the tree");
        if (c->seen[child[i]]++)
            return bad(c, node, err, "a child has two parents");
    }
    if (t->feature[node] >= c->m->features)
        return bad(c, node, err, "it splits on a feature that the model does not have");
    if (t->categorical && t->categorical[node])
        return check_set(c, node, err);
    if (isnan(t->value[node]))
        return bad(c, node, err, "its threshold is not a number");
    return LK_OK;
}

static enum lk_status check_leaf(const struct inspection *c, int32_t node, struct lk_error *err)
{
    const struct gbt_tree *t = c->t;
    size_t width = t->leaf_vector ? c->m->groups : 1;
    const float *value = t->leaf_vector ? t->leaf_vector + (size_t)node * width : t->value + node;

    for (size_t i = 0; i < width; i++)
        if (isnan(value[i]))
            return bad(c, node, err, "its leaf is not a number");
    return LK_OK;
}

/* From the root down; also writes each node's parent, which files need not have right. */
static enum lk_status walk_tree(struct inspection *c, int32_t *parent, struct lk_error *err)
{
    const struct gbt_tree *t = c->t;
    size_t depth = 0;
    enum lk_status st = LK_OK;

    c->seen[0] = 1;
    c->stack[depth++] = 0;
    parent[0] = GBT_NO_NODE;
    while (!st && depth) {
        int32_t node = c->stack[--depth];

        if (t->left[node] == GBT_NO_NODE) {
            st = check_leaf(c, node, err);
            continue;
        }
        st = check_split(c, node, err);
        if (st)
            break;
        parent[t->left[node]] = parent[t->right[node]] = node;
        c->stack[depth++] = t->right[node];
        c->stack[depth++] = t->left[node];
    }
    return st;
}

static enum lk_status check_tree(struct lk_model *m, size_t i, struct lk_error *err)
{
    struct gbt_tree *t = &m->trees[i];
    struct inspection c = {.m = m, .t = t, .index = i};
    enum lk_status st;

    if (t->nodes < 1 || (uint32_t)t->nodes > MAX_NODES)
        return error_set(err, LK_EINPUT, "the model is damaged: tree %zu has %d nodes", i,
                         t->nodes);
    if (m->tree_group[i] < 0 || (size_t)m->tree_group[i] >= m->groups)
        return error_set(err, LK_EINPUT, "the model is damaged: tree %zu adds to output %d of %zu",
                         i, m->tree_group[i], m->groups);
    c.seen = mem_calloc((size_t)t->nodes, 1);
    c.stack = mem_resize(NULL, (size_t)t->nodes + 1, sizeof *c.stack);
    st = walk_tree(&c, t->parent, err);
    free(c.seen);
    free(c.stack);
    return st;
}

/* Rounds: as stored, or by counting where the file has no table of them. */
static enum lk_status check_rounds(struct lk_model *m, struct lk_error *err)
{
    size_t a_round = m->groups * m->parallel_trees;

    if (m->booster == GBT_GBLINEAR)
        return LK_OK;
    if (m->tree_count && m->trees[0].leaf_vector)
        a_round = m->parallel_trees;
    if (!m->round_start) {
        m->rounds = (m->tree_count + a_round - 1) / a_round;
        m->round_start = mem_resize(NULL, m->rounds + 1, sizeof *m->round_start);
        for (size_t i = 0; i < m->rounds; i++)
            m->round_start[i] = i * a_round;
        m->round_start[m->rounds] = m->tree_count;
    }
    for (size_t i = 0; i < m->rounds; i++)
        if (m->round_start[i] > m->round_start[i + 1])
            return error_set(err, LK_EINPUT,
                             "the model is damaged: round %zu ends before it begins", i);
    if (m->round_start[0] != 0 || m->round_start[m->rounds] != m->tree_count)
        return error_set(err, LK_EINPUT,
                         "the model is damaged: its rounds do not cover its %zu trees",
                         m->tree_count);
    return LK_OK;
}

static enum lk_status check_numbers(const struct lk_model *m, struct lk_error *err)
{
    for (size_t i = 0; i < m->groups; i++)
        if (isnan(m->base_score[i]))
            return error_set(err, LK_EINPUT, "the model is damaged: base_score is not a number");
    for (size_t i = 0; m->tree_weight && i < m->tree_count; i++)
        if (isnan(m->tree_weight[i]))
            return error_set(err, LK_EINPUT,
                             "the model is damaged: the weight of tree %zu is not a number", i);
    for (size_t i = 0; m->linear && i < (m->features + 1) * m->groups; i++)
        if (isnan(m->linear[i]))
            return error_set(err, LK_EINPUT,
                             "the model is damaged: linear weight %zu is not a number", i);
    return LK_OK;
}

static enum lk_status check_shape(const struct lk_model *m, struct lk_error *err)
{
    if (m->features > GBT_MAX_COLUMNS)
        return error_set(err, LK_ELIMIT, "the model has %zu features; at most %d are possible",
                         m->features, GBT_MAX_COLUMNS);
    if (!m->groups || m->groups > GBT_MAX_CLASSES)
        return error_set(err, LK_ELIMIT, "the model has %zu outputs; 1 to %d are possible",
                         m->groups, GBT_MAX_CLASSES);
    if (!m->parallel_trees || m->parallel_trees > INT32_MAX)
        return error_set(err, LK_EINPUT, "the model is damaged: num_parallel_tree is %zu",
                         m->parallel_trees);
    if (!m->base_score)
        return error_set(err, LK_EINPUT, "the model is damaged: it has no base_score");
    if (m->booster == GBT_GBLINEAR && !m->linear)
        return error_set(err, LK_EINPUT, "the model is damaged: a linear model without weights");
    return LK_OK;
}

static const struct gbt_objective *find_objective(const struct lk_model *m, struct lk_error *err)
{
    const struct gbt_objective *o = m->objective ? gbt_objective_find(m->objective) : NULL;

    if (!o)
        error_set(err, LK_EUNSUPPORTED, "the model's objective '%s' is not supported",
                  m->objective ? m->objective : "");
    return o;
}

enum lk_status gbt_model_finish(struct lk_model *m, struct lk_error *err)
{
    enum lk_status st = check_shape(m, err);
    const struct gbt_objective *o = st ? NULL : find_objective(m, err);

    if (st)
        return st;
    if (!o)
        return LK_EUNSUPPORTED;
    st = check_numbers(m, err);
    for (size_t i = 0; !st && i < m->tree_count; i++)
        st = check_tree(m, i, err);
    if (!st)
        st = check_rounds(m, err);
    if (st)
        return st;
    free(m->base_margin);
    m->base_margin = mem_resize(NULL, m->groups, sizeof *m->base_margin);
    for (size_t i = 0; i < m->groups; i++)
        m->base_margin[i] =
            m->base_score_is_margin ? m->base_score[i] : o->to_margin(m->base_score[i]);
    gbt_scorer_free(m->scorer);
    m->scorer = gbt_scorer_new(m);
    return LK_OK;
}
