/*
 * DART: before a round some of the trees are left out, the new trees are grown
 * to what is then missing, and both are scaled so that together they are as
 * strong as before (Rashmi and Gilad-Bachrach, 2015; the scales are XGBoost's).
 *
 * Margins are kept with all trees in them: leaving a tree out subtracts it,
 * and bringing it back adds it at its new weight.
 */
#include "base/mem.h"
#include "gbt/train.h"

#include <stdlib.h>

struct drop {
    size_t *tree;
    size_t n, cap;
};

static void drop_tree(struct drop *d, size_t tree)
{
    MEM_GROW(d->tree, d->n, d->cap);
    d->tree[d->n++] = tree;
}

static void choose(struct drop *d, const struct gbt_trainer *t)
{
    const struct lk_model *m = t->model;
    bool *dropped = mem_calloc(m->tree_count + 1, sizeof *dropped);

    gbt_lottery_drop(t->lottery, m->rounds, m->tree_weight, dropped, m->tree_count);
    for (size_t i = 0; i < m->tree_count; i++)
        if (dropped[i])
            drop_tree(d, i);
    free(dropped);
}

/* Add weight times a tree to the margins of everybody. */
static void add_everywhere(struct gbt_trainer *t, size_t tree, float weight)
{
    gbt_follow_add(&t->train, t, tree, tree + 1, weight);
    for (size_t i = 0; i < t->o->eval_count; i++)
        if (t->evals[i].m != t->data)
            gbt_follow_add(&t->evals[i], t, tree, tree + 1, weight);
}

void gbt_dart_round(struct gbt_trainer *t)
{
    struct lk_model *m = t->model;
    struct drop d = {0};
    size_t first = m->tree_count;
    float kept = 1, added = 1, rate, n;

    choose(&d, t);
    for (size_t i = 0; i < d.n; i++)
        add_everywhere(t, d.tree[i], -m->tree_weight[d.tree[i]]);
    gbt_grow_round(t, false);
    rate = (float)((double)t->p->eta / (double)(m->tree_count - first));
    n = (float)d.n;
    if (d.n && t->p->normalize_type == GBT_NORMALIZE_FOREST) {
        kept = added = (float)(1 / (1 + (double)rate));
    } else if (d.n) {
        kept = (float)((double)n / (double)(n + rate));
        added = (float)(1 / (double)(n + rate));
    }
    for (size_t i = 0; i < d.n; i++) {
        m->tree_weight[d.tree[i]] *= kept;
        add_everywhere(t, d.tree[i], m->tree_weight[d.tree[i]]);
    }
    for (size_t i = first; i < m->tree_count; i++) {
        m->tree_weight[i] = added;
        add_everywhere(t, i, added);
    }
    free(d.tree);
}
