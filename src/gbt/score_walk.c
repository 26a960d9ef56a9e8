/*
 * The plain way down a tree, node by node. It serves leaf numbers and whatever
 * the faster paths leave out, and is what they are tested against.
 */
#include "gbt/score.h"
#include "gbt/score_internal.h"

#include <math.h>

/* A code that can be in a set; XGBoost sends all others left. */
static bool goes_right(const struct gbt_tree *t, int32_t node, float x)
{
    return x >= 0 && x < 16777216.0f && gbt_tree_has_category(t, node, (int32_t)x);
}

bool gbt_tree_goes_left(const struct gbt_tree *t, int32_t node, float x)
{
    if (isnan(x))
        return t->default_left[node];
    if (t->categorical && t->categorical[node])
        return !goes_right(t, node, x);
    return x < t->value[node];
}

int32_t gbt_tree_leaf(const struct gbt_tree *t, const float *row)
{
    int32_t node = 0;

    while (t->left[node] != GBT_NO_NODE)
        node = gbt_tree_goes_left(t, node, row[t->feature[node]]) ? t->left[node] : t->right[node];
    return node;
}

void gbt_walk_tree(const struct lk_model *m, size_t tree, const float *values, size_t rows,
                   float *out)
{
    const struct gbt_tree *t = &m->trees[tree];
    float weight = m->tree_weight ? m->tree_weight[tree] : 1;
    size_t groups = m->groups;

    for (size_t i = 0; i < rows; i++, values += m->features, out += groups) {
        int32_t leaf = gbt_tree_leaf(t, values);

        if (t->leaf_vector)
            for (size_t g = 0; g < groups; g++)
                out[g] += t->leaf_vector[(size_t)leaf * groups + g] * weight;
        else
            out[m->tree_group[tree]] += t->value[leaf] * weight;
    }
}

void gbt_score_linear(const struct lk_model *m, const float *values, size_t rows, float *out)
{
    size_t groups = m->groups;
    const float *bias = m->linear + m->features * groups;

    for (size_t i = 0; i < rows; i++, values += m->features, out += groups) {
        for (size_t g = 0; g < groups; g++) {
            float sum = out[g] + bias[g];

            for (size_t f = 0; f < m->features; f++)
                if (!isnan(values[f]))
                    sum += values[f] * m->linear[f * groups + g];
            out[g] = sum;
        }
    }
}
