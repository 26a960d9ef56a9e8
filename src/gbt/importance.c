/* Sums over the splits that a path reaches; nodes that pruning left behind do not count. */
#include "gbt/importance.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static void add_tree(struct gbt_importance *all, const struct gbt_tree *t)
{
    for (int32_t i = 0; i < t->nodes; i++) {
        struct gbt_importance *f;

        if (t->left[i] == GBT_NO_NODE || (i && t->parent[i] == GBT_NO_NODE) ||
            t->feature[i] == INT32_MAX)
            continue;
        f = &all[t->feature[i]];
        f->weight++;
        f->total_gain += t->loss_change[i];
        f->total_cover += t->hessian[i];
    }
}

/* A linear feature counts by the size of its weights over all outputs. */
static void add_linear(struct gbt_importance *all, const struct lk_model *m)
{
    for (size_t i = 0; i < m->features; i++)
        for (size_t g = 0; g < m->groups; g++)
            all[i].weight +=
                m->groups > 1 ? fabs((double)m->linear[i * m->groups + g]) : (double)m->linear[i];
}

size_t gbt_importance(struct gbt_importance **out, const struct lk_model *m)
{
    struct gbt_importance *all = mem_calloc(m->features, sizeof *all);
    size_t n = 0;

    for (size_t i = 0; i < m->tree_count; i++)
        add_tree(all, &m->trees[i]);
    if (m->linear)
        add_linear(all, m);
    for (size_t i = 0; i < m->features; i++) {
        struct gbt_importance f = all[i];

        if (f.weight == 0)
            continue;
        f.feature = i;
        f.gain = f.total_gain / f.weight;
        f.cover = f.total_cover / f.weight;
        all[n++] = f;
    }
    *out = all;
    return n;
}
