/*
 * Histograms and the search for splits. Of two siblings the smaller is built
 * and the other is what the parent's lacks; a child that has become small
 * enough for exact sums is built anew from them. Histograms are kept for
 * subtraction as long as there is room, and used again.
 */
#include "gbt/grow_internal.h"
#include "gbt/sample.h"

#include <stdlib.h>

enum { BLOCK = 4 }; /* columns a task of the split search */

struct gbt_sum *gbt_grower_take(struct gbt_grower *g)
{
    g->live++;
    if (g->spare_count)
        return g->spare_hist[--g->spare_count];
    return mem_aligned(64, g->b->hist_slots * sizeof(struct gbt_sum));
}

void gbt_grower_give(struct gbt_grower *g, struct gbt_node *n)
{
    if (!n->hist)
        return;
    MEM_GROW(g->spare_hist, g->spare_count, g->spare_cap);
    g->spare_hist[g->spare_count++] = n->hist;
    n->hist = NULL;
    g->live--;
}

/* ---- histograms --------------------------------------------------------------------- */

/* Histograms to build, to subtract, and then to build anew from exact sums. */
struct build_list {
    struct gbt_hist_job *jobs, *anew;
    struct gbt_sum **from, **less;
    size_t job_count, anew_count, pairs;
};

static struct gbt_hist_job job_for(const struct gbt_grower *g, const struct gbt_node *n)
{
    return (struct gbt_hist_job){n->hist, g->rows + n->begin[SAMPLED], n->n[SAMPLED], n->packed};
}

static void want(struct gbt_grower *g, struct build_list *l, struct gbt_node *n)
{
    n->hist = gbt_grower_take(g);
    l->jobs[l->job_count++] = job_for(g, n);
}

/* What to build for the children of a node: one and subtract, or each for itself. */
static void plan_children(struct gbt_grower *g, struct build_list *l, struct gbt_node *parent)
{
    struct gbt_node *left = &g->nodes[parent->left], *right = &g->nodes[parent->right];
    struct gbt_node *small = left->n[SAMPLED] <= right->n[SAMPLED] ? left : right;
    struct gbt_node *large = small == left ? right : left;
    bool small_exact = small->n[SAMPLED] < GBT_EXACT_ROWS;

    if (large->n[SAMPLED] < GBT_EXACT_ROWS)
        large->packed = false;
    if (gbt_node_may_split(g, large) && parent->hist && large->packed == parent->packed) {
        want(g, l, small);
        large->hist = parent->hist;
        parent->hist = NULL;
        l->from[l->pairs] = large->hist;
        l->less[l->pairs++] = small->hist;
        if (small->packed && small_exact) {
            small->packed = false;
            l->anew[l->anew_count++] = job_for(g, small);
        }
        return;
    }
    gbt_grower_give(g, parent);
    if (small_exact)
        small->packed = false;
    if (gbt_node_may_split(g, small))
        want(g, l, small);
    if (gbt_node_may_split(g, large))
        want(g, l, large);
}

struct gbt_sum gbt_node_sum(const struct gbt_grower *g, const struct gbt_sum *hist)
{
    struct gbt_sum sum = {0, 0};

    for (size_t i = 0; i < g->b->slots; i++) {
        sum.g += hist[i].g;
        sum.h += hist[i].h;
    }
    return sum;
}

/* A child that has just become exact gets its sum in the new units. */
static void change_units(struct gbt_grower *g, const struct gbt_node *parent, int32_t child)
{
    struct gbt_node *n = &g->nodes[child];

    if (parent->packed && !n->packed && n->hist)
        gbt_node_weigh(g, n, &parent->s, gbt_node_sum(g, n->hist));
}

void gbt_nodes_build(struct gbt_grower *g, const int32_t *ids, size_t count)
{
    struct build_list l = {0};

    l.jobs = mem_calloc(count, 2 * sizeof *l.jobs);
    l.anew = mem_calloc(count, sizeof *l.anew);
    l.from = mem_calloc(count, sizeof *l.from);
    l.less = mem_calloc(count, sizeof *l.less);
    for (size_t i = 0; i < count; i++)
        plan_children(g, &l, &g->nodes[ids[i]]);
    gbt_hist_build_all(l.jobs, l.job_count, g->b, &g->quant, g->scratch, g->pool);
    gbt_hist_subtract_all(l.from, l.less, l.pairs, g->b->hist_slots, g->pool);
    gbt_hist_build_all(l.anew, l.anew_count, g->b, &g->quant, g->scratch, g->pool);
    for (size_t i = 0; i < count; i++) {
        change_units(g, &g->nodes[ids[i]], g->nodes[ids[i]].left);
        change_units(g, &g->nodes[ids[i]], g->nodes[ids[i]].right);
    }
    free(l.jobs);
    free(l.anew);
    free(l.from);
    free(l.less);
}

/* ---- the split search ----------------------------------------------------------------- */

struct search_job {
    struct gbt_grower *g;
    const int32_t *ids;
    const uint64_t **columns; /* (nodes) */
    size_t blocks;
};

static void search_block(void *ctx, size_t task, int worker)
{
    const struct search_job *j = ctx;
    struct gbt_grower *g = j->g;
    size_t i = task / j->blocks, first = task % j->blocks * BLOCK;
    const struct gbt_node *n = &g->nodes[j->ids[i]];
    struct gbt_split best = {0}, one;

    for (size_t f = first; f < first + BLOCK && f < g->b->features; f++) {
        if ((j->columns[i] && !gbt_set_has(j->columns[i], f)) ||
            (n->allowed && !gbt_set_has(n->allowed, f)))
            continue;
        gbt_split_column(&one, gbt_node_rules(g, n), &n->s, g->b, f, n->hist + f * g->b->slots);
        if (one.change > best.change)
            best = one;
    }
    g->found[task] = best;
}

static void keep_categories(struct gbt_grower *g, struct gbt_node *n)
{
    const struct gbt_split *s = &n->split;

    if (!(s->change > 0) || !s->categorical)
        return;
    n->categories = arena_alloc(&g->arena, (g->b->cut[s->feature].n + 63) / 64 * sizeof(uint64_t));
    gbt_split_categories(n->categories, s, gbt_node_rules(g, n), g->b,
                         n->hist + s->feature * g->b->slots);
}

void gbt_nodes_search(struct gbt_grower *g, const int32_t *ids, size_t count)
{
    struct search_job j = {g, ids, NULL, (g->b->features + BLOCK - 1) / BLOCK};

    if (count * j.blocks > g->found_cap) {
        g->found_cap = count * j.blocks;
        g->found = mem_resize(g->found, g->found_cap, sizeof *g->found);
    }
    j.columns = mem_calloc(count, sizeof *j.columns);
    for (size_t i = 0; i < count; i++)
        j.columns[i] = gbt_node_columns(&g->arena, g->p, g->b->features, g->columns, g->seed,
                                        g->nodes[ids[i]].depth, ids[i]);
    pool_run(g->pool, count * j.blocks, search_block, &j);
    for (size_t i = 0; i < count; i++) {
        struct gbt_node *n = &g->nodes[ids[i]];

        for (size_t k = 0; k < j.blocks; k++)
            if (g->found[i * j.blocks + k].change > n->split.change)
                n->split = g->found[i * j.blocks + k];
        keep_categories(g, n);
        if (g->live > g->live_max || !(n->split.change > GBT_LEAST_CHANGE))
            gbt_grower_give(g, n);
    }
    free(j.columns);
}
