/*
 * DART: before a round some of the trees are left out, the new trees are grown
 * to what is then missing, and both are scaled so that together they are as
 * strong as before (Rashmi and Gilad-Bachrach, 2015; the scales are XGBoost's).
 *
 * Margins are kept with all trees in them: leaving a tree out subtracts it,
 * and bringing it back adds it at its new weight.
 */
#include "base/mem.h"
#include "gbt/random.h"
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

static void choose(struct drop *d, const struct gbt_trainer *t, uint64_t seed)
{
    const struct lk_model *m = t->model;
    const struct lk_params *p = t->p;
    double sum = 0;

    if (!m->tree_count || (p->skip_drop > 0 && gbt_draw(seed, 0) < (double)p->skip_drop))
        return;
    for (size_t i = 0; i < m->tree_count; i++)
        sum += (double)m->tree_weight[i];
    for (size_t i = 0; i < m->tree_count; i++) {
        double rate = (double)p->rate_drop;

        if (p->sample_type == GBT_DROP_WEIGHTED)
            rate *= (double)m->tree_count * (double)m->tree_weight[i] / sum;
        if (gbt_draw(seed, i + 2) < rate)
            drop_tree(d, i);
    }
    if (p->one_drop && !d->n)
        drop_tree(d, gbt_mix(seed, 1) % m->tree_count);
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
    double rate, n;
    float kept = 1, added = 1;

    choose(&d, t, gbt_mix(gbt_mix((uint64_t)t->p->seed, m->rounds), 0xda27));
    for (size_t i = 0; i < d.n; i++)
        add_everywhere(t, d.tree[i], -m->tree_weight[d.tree[i]]);
    gbt_grow_round(t, false);
    rate = (double)t->p->eta / (double)(m->tree_count - first);
    n = (double)d.n;
    if (d.n && t->p->normalize_type == GBT_NORMALIZE_FOREST) {
        kept = added = (float)(1 / (1 + rate));
    } else if (d.n) {
        kept = (float)(n / (n + rate));
        added = (float)(1 / (n + rate));
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
