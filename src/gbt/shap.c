/*
 * TreeSHAP after Lundberg and others, "Consistent individualized feature
 * attribution for tree ensembles" (2018), algorithm 2.
 *
 * On the way down a tree the path holds one element a distinct feature: the
 * share of training rows (`zero`) that would come this far if the feature were
 * unknown, whether the row itself does (`one`, 0 or 1), and in `weight` the
 * permutations by how many features are known. A split extends the path; a
 * feature met again is first taken out (unwound). At a leaf every feature of
 * the path gets its due of the leaf's value.
 *
 * Each level of the recursion works on its own copy of the path, side by side
 * in one array: depth d needs d + 1 elements, in all (d + 1)(d + 2) / 2.
 *
 * Expected values of nodes (means of the leaves below, by rows of training)
 * are computed once a call. All sums are double and rounded at the end.
 */
#include "gbt/shap.h"
#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 1000 }; /* the work grows with its square */

struct gbt_shap {
    const struct lk_model *m;
    struct gbt_range range;
    double **mean; /* by tree of the range: (nodes, width) */
    int depth;     /* of the deepest tree */
};

struct element {
    int32_t feature; /* -1 for the root's */
    double zero, one, weight;
};

/* One tree and one row. */
struct descent {
    const struct lk_model *m;
    const struct gbt_tree *t;
    const float *row;
    size_t tree;
    double *phi; /* (groups, features + 1) */
};

static size_t leaf_width(const struct lk_model *m, const struct gbt_tree *t)
{
    return t->leaf_vector ? m->groups : 1;
}

static const float *leaf_value(const struct lk_model *m, const struct gbt_tree *t, int32_t node)
{
    return t->leaf_vector ? t->leaf_vector + (size_t)node * m->groups : t->value + node;
}

/* Share of a node's training rows that went to a child. */
static double share(const struct gbt_tree *t, int32_t node, int32_t child)
{
    return t->hessian[node] > 0 ? (double)t->hessian[child] / t->hessian[node] : 0.5;
}

static int32_t next_node(const struct gbt_tree *t, int32_t node, const float *row)
{
    return gbt_tree_goes_left(t, node, row[t->feature[node]]) ? t->left[node] : t->right[node];
}

/* ---- expected values ------------------------------------------------------------- */

/* Means of all nodes below the root, children before parents; returns the depth. */
static int node_means(const struct lk_model *m, const struct gbt_tree *t, double *mean)
{
    size_t n = (size_t)t->nodes, width = leaf_width(m, t), len = 0;
    int32_t *order = mem_resize(NULL, n, sizeof *order);
    int *depth = mem_calloc(n, sizeof *depth), deepest = 0;

    order[len++] = 0;
    for (size_t i = 0; i < len; i++) {
        int32_t node = order[i];

        if (t->left[node] == GBT_NO_NODE)
            continue;
        depth[t->left[node]] = depth[t->right[node]] = depth[node] + 1;
        order[len++] = t->left[node];
        order[len++] = t->right[node];
    }
    while (len--) {
        int32_t node = order[len], l = t->left[node], r = t->right[node];

        deepest = depth[node] > deepest ? depth[node] : deepest;
        for (size_t k = 0; k < width; k++)
            mean[(size_t)node * width + k] =
                l == GBT_NO_NODE ? (double)leaf_value(m, t, node)[k]
                                 : mean[(size_t)l * width + k] * share(t, node, l) +
                                       mean[(size_t)r * width + k] * share(t, node, r);
    }
    free(order);
    free(depth);
    return deepest;
}

enum lk_status gbt_shap_new(struct gbt_shap **out, const struct lk_model *m, struct gbt_range range,
                            struct lk_error *err)
{
    struct gbt_shap *s = mem_calloc(1, sizeof *s);

    s->m = m;
    s->range = range;
    s->mean = mem_calloc(range.end - range.begin, sizeof *s->mean);
    for (size_t i = range.begin; i < range.end; i++) {
        const struct gbt_tree *t = &m->trees[i];
        double *mean = mem_calloc((size_t)t->nodes * leaf_width(m, t), sizeof *mean);
        int depth = node_means(m, t, mean);

        s->mean[i - range.begin] = mean;
        s->depth = depth > s->depth ? depth : s->depth;
    }
    if (s->depth > MAX_DEPTH) {
        gbt_shap_free(s);
        return error_set(err, LK_ELIMIT,
                         "contributions are for trees of at most %d levels; this model's are "
                         "deeper",
                         MAX_DEPTH);
    }
    *out = s;
    return LK_OK;
}

void gbt_shap_free(struct gbt_shap *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->range.end - s->range.begin; i++)
        free(s->mean[i]);
    free(s->mean);
    free(s);
}

/* ---- the path ---------------------------------------------------------------------- */

/* Add a feature to a path of `n` elements. */
static void extend(struct element *path, int n, double zero, double one, int32_t feature)
{
    path[n] = (struct element){feature, zero, one, n == 0};
    for (int i = n - 1; i >= 0; i--) {
        path[i + 1].weight += one * path[i].weight * (i + 1) / (n + 1);
        path[i].weight = zero * path[i].weight * (n - i) / (n + 1);
    }
}

/* Take element `at` out of a path of n + 1 elements, which then has n. */
static void unwind(struct element *path, int n, int at)
{
    double one = path[at].one, zero = path[at].zero, next = path[n].weight;

    for (int i = n - 1; i >= 0; i--) {
        double old = path[i].weight;

        if (one != 0) {
            path[i].weight = next * (n + 1) / ((i + 1) * one);
            next = old - path[i].weight * zero * (n - i) / (n + 1);
        } else {
            path[i].weight = old * (n + 1) / (zero * (n - i));
        }
    }
    for (int i = at; i < n; i++) {
        path[i].feature = path[i + 1].feature;
        path[i].zero = path[i + 1].zero;
        path[i].one = path[i + 1].one;
    }
}

/* The weights' sum as it would be with element `at` taken out. */
static double unwound_sum(const struct element *path, int n, int at)
{
    double one = path[at].one, zero = path[at].zero, next = path[n].weight, sum = 0;

    for (int i = n - 1; i >= 0; i--) {
        if (one != 0) {
            double w = next * (n + 1) / ((i + 1) * one);

            sum += w;
            next = path[i].weight - w * zero * (n - i) / (n + 1);
        } else if (zero != 0) {
            sum += path[i].weight * (n + 1) / (zero * (n - i));
        }
    }
    return sum;
}

/* ---- exact ------------------------------------------------------------------------- */

static void add_leaf(const struct descent *d, const struct element *path, int n, int32_t node)
{
    const struct lk_model *m = d->m;
    const float *value = leaf_value(m, d->t, node);
    double weight = m->tree_weight ? m->tree_weight[d->tree] : 1;
    size_t stride = m->features + 1, width = leaf_width(m, d->t);
    double *phi = d->phi + (d->t->leaf_vector ? 0 : (size_t)m->tree_group[d->tree] * stride);

    for (int i = 1; i <= n; i++) {
        double w = unwound_sum(path, n, i) * (path[i].one - path[i].zero) * weight;

        for (size_t k = 0; k < width; k++)
            phi[k * stride + (size_t)path[i].feature] += w * value[k];
    }
}

/* `path` is where this level's copy goes; the parent's n elements stand before it. */
static void descend(const struct descent *d, int32_t node, struct element *path, int n, double zero,
                    double one, int32_t feature)
{
    const struct gbt_tree *t = d->t;
    int32_t hot, cold, split = (int32_t)t->feature[node];
    double hot_zero, cold_zero, old_zero = 1, old_one = 1;
    int at = 1;

    memcpy(path, path - n, (size_t)n * sizeof *path);
    extend(path, n, zero, one, feature);
    if (t->left[node] == GBT_NO_NODE) {
        add_leaf(d, path, n, node);
        return;
    }
    hot = next_node(t, node, d->row);
    cold = hot == t->left[node] ? t->right[node] : t->left[node];
    hot_zero = share(t, node, hot);
    cold_zero = share(t, node, cold);
    while (at <= n && path[at].feature != split)
        at++;
    if (at <= n) {
        old_zero = path[at].zero;
        old_one = path[at].one;
        unwind(path, n, at);
        n--;
    }
    descend(d, hot, path + n + 1, n + 1, hot_zero * old_zero, old_one, split);
    descend(d, cold, path + n + 1, n + 1, cold_zero * old_zero, 0, split);
}

/* Add a tree's expected value to the bias of its outputs. */
static void add_mean(const struct gbt_shap *s, size_t tree, double *phi)
{
    const struct lk_model *m = s->m;
    const struct gbt_tree *t = &m->trees[tree];
    double weight = m->tree_weight ? m->tree_weight[tree] : 1;
    size_t group = t->leaf_vector ? 0 : (size_t)m->tree_group[tree];

    for (size_t k = 0; k < leaf_width(m, t); k++)
        phi[(group + k) * (m->features + 1) + m->features] +=
            s->mean[tree - s->range.begin][k] * weight;
}

/* A linear model's contributions are its terms. */
static void add_linear(const struct lk_model *m, const float *row, double *phi)
{
    for (size_t g = 0; g < m->groups; g++, phi += m->features + 1) {
        for (size_t f = 0; f < m->features; f++)
            phi[f] += isnan(row[f]) ? 0 : (double)row[f] * m->linear[f * m->groups + g];
        phi[m->features] += m->linear[m->features * m->groups + g];
    }
}

static double *begin_row(const struct gbt_shap *s, const float *row, const float *base_margin)
{
    const struct lk_model *m = s->m;
    size_t stride = m->features + 1;
    double *phi = mem_calloc(m->groups * stride, sizeof *phi);

    for (size_t g = 0; g < m->groups; g++)
        phi[g * stride + m->features] = base_margin[g];
    if (m->linear)
        add_linear(m, row, phi);
    return phi;
}

static void end_row(const struct gbt_shap *s, double *phi, float *out)
{
    for (size_t i = 0; i < s->m->groups * (s->m->features + 1); i++)
        out[i] = (float)phi[i];
    free(phi);
}

void gbt_shap_row(const struct gbt_shap *s, const float *row, const float *base_margin, float *out)
{
    size_t levels = (size_t)s->depth + 2;
    struct element *path = mem_calloc(levels * (levels + 1) / 2 + 1, sizeof *path);
    double *phi = begin_row(s, row, base_margin);

    for (size_t i = s->range.begin; i < s->range.end; i++) {
        struct descent d = {s->m, &s->m->trees[i], row, i, phi};

        add_mean(s, i, phi);
        if (d.t->left[0] != GBT_NO_NODE)
            descend(&d, 0, path, 0, 1, 1, -1);
    }
    end_row(s, phi, out);
    free(path);
}

/* ---- Saabas ------------------------------------------------------------------------ */

void gbt_saabas_row(const struct gbt_shap *s, const float *row, const float *base_margin,
                    float *out)
{
    const struct lk_model *m = s->m;
    size_t stride = m->features + 1;
    double *phi = begin_row(s, row, base_margin);

    for (size_t i = s->range.begin; i < s->range.end; i++) {
        const struct gbt_tree *t = &m->trees[i];
        const double *mean = s->mean[i - s->range.begin];
        double weight = m->tree_weight ? m->tree_weight[i] : 1;
        size_t width = leaf_width(m, t);
        double *at = phi + (t->leaf_vector ? 0 : (size_t)m->tree_group[i] * stride);

        add_mean(s, i, phi);
        for (int32_t node = 0, next; t->left[node] != GBT_NO_NODE; node = next) {
            next = next_node(t, node, row);
            for (size_t k = 0; k < width; k++)
                at[k * stride + t->feature[node]] +=
                    (mean[(size_t)next * width + k] - mean[(size_t)node * width + k]) * weight;
        }
    }
    end_row(s, phi, out);
}
