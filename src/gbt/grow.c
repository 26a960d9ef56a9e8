/*
 * One loop for both policies: take nodes from those that wait, split their
 * lists of rows, build the histogram of each pair's smaller child, get the
 * sibling's by subtraction from the parent's, search both for splits.
 * Depthwise takes a whole level, so that the work of many small nodes is
 * shared by the threads; lossguide takes the best node.
 *
 * Order is XGBoost's: nodes get their numbers as they are split, level by
 * level, or best first with ties to the lower number; max_leaves counts in
 * that order; a node that fails gamma ends a lossguide tree.
 */
#include "gbt/grow_internal.h"
#include "gbt/sample.h"
#include "gbt/wide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 24 };                              /* rows asked for ahead */
static const size_t HIST_BYTES = (size_t)1 << 30; /* of histograms kept for subtraction */

/* ---- life ------------------------------------------------------------------ */

static double most_leaves(const struct lk_params *p)
{
    double by_depth = p->max_depth ? ldexp(1, p->max_depth) : INFINITY;

    return p->max_leaves && p->max_leaves < by_depth ? p->max_leaves : by_depth;
}

struct gbt_grower *gbt_grower_new(const struct gbt_bins *b, const struct lk_params *p,
                                  const struct gbt_constraints *c, bool lists, struct pool *pool)
{
    struct gbt_grower *g = mem_calloc(1, sizeof *g);
    size_t hist_bytes = b->hist_slots * sizeof *g->scratch;

    g->b = b;
    g->p = p;
    g->c = c;
    g->pool = pool;
    g->rows = mem_resize(NULL, b->rows, sizeof *g->rows);
    g->spare = mem_resize(NULL, b->rows + 1, sizeof *g->spare);
    mem_hint_large(g->rows, b->rows * sizeof *g->rows);
    mem_hint_large(g->spare, b->rows * sizeof *g->spare);
    if (!lists && p->subsample >= 1 && most_leaves(p) <= GBT_MARKS)
        g->place = mem_alloc(b->rows);
    if (pool_threads(pool) > 1)
        g->scratch = mem_aligned(64, (size_t)(pool_threads(pool) - 1) * hist_bytes);
    g->live_max = HIST_BYTES / hist_bytes < 4 ? 4 : HIST_BYTES / hist_bytes;
    g->exact = (struct gbt_split_rules){
        .lambda = p->lambda,
        .alpha = p->alpha,
        .max_delta_step = p->max_delta_step,
        .min_child_weight = p->min_child_weight,
        .rules_1_7 = p->rules == GBT_RULES_1_7,
        .wide = gbt_may_be_wide(),
        .monotone = c->monotone,
        .max_cat_to_onehot = (uint32_t)p->max_cat_to_onehot,
        .max_cat_threshold = (uint32_t)p->max_cat_threshold,
    };
    return g;
}

void gbt_grower_free(struct gbt_grower *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->spare_count; i++)
        free(g->spare_hist[i]);
    for (size_t i = 0; i < g->count; i++)
        free(g->nodes[i].hist);
    free(g->spare_hist);
    gbt_quant_done(&g->quant);
    free(g->rows);
    free(g->spare);
    free(g->place);
    free(g->scratch);
    free(g->nodes);
    free(g->found);
    free(g->leaves);
    arena_done(&g->arena);
    free(g);
}

double gbt_grower_memory(size_t rows, size_t hist_slots, const struct lk_params *p, int threads)
{
    double hist = (double)hist_slots * sizeof(struct gbt_sum), hists;
    double nodes = p->max_leaves ? p->max_leaves : p->max_depth ? ldexp(1, p->max_depth - 1) : 1e9;

    hists = fmin(fmin(nodes, (double)rows / 2) * hist + hist, (double)HIST_BYTES + 4 * hist);
    return (double)rows * (sizeof(uint64_t) + 2 * sizeof(uint32_t) + 1) + hists + threads * hist;
}

/* ---- the two policies -------------------------------------------------------------------- */

/* Nodes that wait to be split: a queue by level, or a heap by change. */
struct waiting {
    int32_t *id;
    size_t n, cap;
};

static bool before(const struct gbt_grower *g, int32_t a, int32_t b)
{
    float ca = g->nodes[a].split.change, cb = g->nodes[b].split.change;

    return ca != cb ? ca > cb : a < b;
}

static void push(const struct gbt_grower *g, struct waiting *w, int32_t id)
{
    size_t at = w->n;

    MEM_GROW(w->id, w->n, w->cap);
    w->n++;
    for (; at && before(g, id, w->id[(at - 1) / 2]); at = (at - 1) / 2)
        w->id[at] = w->id[(at - 1) / 2];
    w->id[at] = id;
}

static int32_t pop(const struct gbt_grower *g, struct waiting *w)
{
    int32_t top = w->id[0], last = w->id[--w->n];
    size_t at = 0, child;

    while ((child = 2 * at + 1) < w->n) {
        if (child + 1 < w->n && before(g, w->id[child + 1], w->id[child]))
            child++;
        if (!before(g, w->id[child], last))
            break;
        w->id[at] = w->id[child];
        at = child;
    }
    w->id[at] = last;
    return top;
}

static bool worth(const struct gbt_grower *g, const struct gbt_node *n, size_t leaves)
{
    return n->split.change > GBT_LEAST_CHANGE && n->split.change >= g->p->gamma &&
           (!g->p->max_leaves || leaves < (size_t)g->p->max_leaves);
}

/* Split these nodes and search their children. */
static void advance(struct gbt_grower *g, const int32_t *ids, size_t count, struct waiting *next)
{
    next->n = 0;
    for (size_t i = 0; i < count; i++)
        gbt_node_split(g, ids[i]);
    gbt_nodes_send(g, ids, count);
    gbt_nodes_build(g, ids, count);
    for (size_t i = 0; i < count; i++)
        for (int side = 0; side < 2; side++) {
            int32_t child = side ? g->nodes[ids[i]].right : g->nodes[ids[i]].left;

            if (!gbt_node_may_split(g, &g->nodes[child])) {
                gbt_grower_give(g, &g->nodes[child]);
                continue;
            }
            MEM_GROW(next->id, next->n, next->cap);
            next->id[next->n++] = child;
        }
    gbt_nodes_search(g, next->id, next->n);
}

static void grow_depthwise(struct gbt_grower *g, struct waiting *level)
{
    struct waiting next = {0};
    size_t leaves = 1;

    while (level->n) {
        size_t n = 0;
        struct waiting swap;

        for (size_t i = 0; i < level->n; i++)
            if (worth(g, &g->nodes[level->id[i]], leaves)) {
                level->id[n++] = level->id[i];
                leaves++;
            } else {
                gbt_grower_give(g, &g->nodes[level->id[i]]);
            }
        advance(g, level->id, n, &next);
        swap = *level;
        *level = next;
        next = swap;
    }
    free(next.id);
}

static void grow_lossguide(struct gbt_grower *g, struct waiting *first)
{
    struct waiting heap = {0}, children = {0};
    size_t leaves = 1;

    for (size_t i = 0; i < first->n; i++)
        push(g, &heap, first->id[i]);
    while (heap.n) {
        int32_t id = pop(g, &heap);

        if (!worth(g, &g->nodes[id], leaves))
            break;
        leaves++;
        advance(g, &id, 1, &children);
        for (size_t i = 0; i < children.n; i++)
            if (g->nodes[children.id[i]].split.change > GBT_LEAST_CHANGE)
                push(g, &heap, children.id[i]);
    }
    free(heap.id);
    free(children.id);
}

/* ---- a tree -------------------------------------------------------------------------------- */

static void plant(struct gbt_grower *g, struct waiting *level)
{
    int32_t root = gbt_node_add(g, GBT_NO_NODE, 0);
    struct gbt_node *n = &g->nodes[root];
    size_t drawn =
        gbt_draw_rows(g->rows, g->spare, g->b->rows, g->p->subsample, g->row_seed, g->pool);
    struct gbt_hist_job job = {gbt_grower_take(g), drawn == g->b->rows ? NULL : g->rows, drawn,
                               g->quant.packed && drawn >= GBT_EXACT_ROWS};

    n->hist = job.hist;
    n->packed = job.packed;
    n->n[SAMPLED] = drawn;
    n->begin[LEFT_OUT] = drawn;
    n->n[LEFT_OUT] = g->b->rows - drawn;
    gbt_hist_build_all(&job, 1, g->b, &g->quant, g->scratch, g->pool);
    gbt_node_weigh(g, n, &n->s, gbt_node_sum(g, n->hist));
    MEM_GROW(level->id, level->n, level->cap);
    level->id[level->n++] = root;
    gbt_nodes_search(g, level->id, 1);
}

static void sum_leaf(void *ctx, size_t task, int worker)
{
    struct gbt_grower *g = ctx;
    struct gbt_node *n = &g->nodes[task];
    const uint32_t *rows = g->rows + n->begin[SAMPLED];
    struct gbt_sum sum = {0, 0};

    if (n->left >= 0)
        return;
    for (size_t i = 0; i < n->n[SAMPLED]; i++) {
        struct gbt_sum one = gbt_exact(&g->quant, rows[i]);

        if (i + AHEAD < n->n[SAMPLED])
            __builtin_prefetch(&g->quant.gradient[rows[i + AHEAD]]);
        sum.g += one.g;
        sum.h += one.h;
    }
    n->s.sum = sum;
}

static void sum_leaves(struct gbt_grower *g)
{
    struct gbt_sum sums[GBT_MARKS];

    if (!g->place) {
        pool_run(g->pool, g->count, sum_leaf, g);
        return;
    }
    gbt_place_sums(sums, g->place, g->b->rows, &g->quant, g->pool);
    for (size_t i = 0; i < g->count; i++)
        if (g->nodes[i].left < 0)
            g->nodes[i].s.sum = sums[g->nodes[i].mark];
}

/* Where splits were found by rounded sums, all weights are made anew from exact ones. */
static void settle(struct gbt_grower *g)
{
    if (!g->quant.packed)
        return;
    sum_leaves(g);
    for (size_t i = g->count; i-- > 0;) {
        struct gbt_node *n = &g->nodes[i];

        n->packed = false;
        if (n->left >= 0) {
            const struct gbt_sum *l = &g->nodes[n->left].s.sum, *r = &g->nodes[n->right].s.sum;

            n->s.sum = (struct gbt_sum){l->g + r->g, l->h + r->h};
        }
    }
    gbt_node_weigh(g, &g->nodes[0], &g->nodes[0].s, g->nodes[0].s.sum);
    for (size_t i = 0; i < g->count; i++)
        if (g->nodes[i].left >= 0)
            gbt_node_weigh_children(g, &g->nodes[i], g->nodes[g->nodes[i].left].s.sum,
                                    g->nodes[g->nodes[i].right].s.sum);
}

static void list_categories(struct gbt_tree *t, int32_t i, const uint64_t *set, uint32_t n)
{
    t->categorical[i] = 1;
    t->category_start[i] = (uint32_t)t->category_total;
    for (uint32_t c = 0; c < n; c++)
        if (gbt_set_has(set, c)) {
            t->categories = mem_resize(t->categories, t->category_total + 1, sizeof *t->categories);
            t->categories[t->category_total++] = (int32_t)c;
        }
    t->category_count[i] = (uint32_t)t->category_total - t->category_start[i];
}

/* The tree as a model has it, and the list of its leaves. */
static void harvest(struct gbt_tree *t, struct gbt_grower *g)
{
    bool categorical = false;

    for (size_t i = 0; i < g->count; i++)
        categorical = categorical || (g->nodes[i].left >= 0 && g->nodes[i].split.categorical);
    gbt_tree_init(t, (int32_t)g->count, categorical, 0);
    g->leaves = mem_resize(g->leaves, g->count, sizeof *g->leaves);
    g->leaf_count = 0;
    for (int32_t i = 0; i < (int32_t)g->count; i++) {
        const struct gbt_node *n = &g->nodes[i];
        bool leaf = n->left < 0;

        t->left[i] = n->left;
        t->right[i] = n->right;
        t->parent[i] = n->parent;
        t->feature[i] = leaf ? 0 : n->split.feature;
        t->value[i] = leaf ? n->leaf : n->split.threshold;
        t->default_left[i] = !leaf && n->split.default_left;
        t->base_weight[i] = leaf && i ? n->leaf : n->weight; /* as XGBoost stores it */
        t->loss_change[i] = leaf ? 0 : n->split.change;
        t->hessian[i] = (float)((double)n->s.sum.h * g->exact.h_unit);
        if (!leaf && n->split.categorical)
            list_categories(t, i, n->categories, g->b->cut[n->split.feature].n);
        if (leaf)
            g->leaves[g->leaf_count++] = i;
    }
}

void gbt_grow(struct gbt_tree *out, struct gbt_grower *g, const struct gbt_gradient *gradient,
              float eta, const struct gbt_draws *draws)
{
    struct waiting level = {0};

    g->seed = draws->hash;
    g->row_seed = draws->rows;
    g->eta = eta;
    arena_done(&g->arena);
    for (size_t i = 0; i < g->count; i++)
        gbt_grower_give(g, &g->nodes[i]);
    g->count = g->marks = 0;
    g->columns = draws->columns;
    gbt_quantise(&g->quant, gradient, g->b, g->pool);
    g->exact.g_unit = g->quant.g_unit;
    g->exact.h_unit = g->quant.h_unit;
    g->packed = g->exact;
    g->packed.g_unit = g->quant.g_packed;
    g->packed.h_unit = g->quant.h_packed;
    plant(g, &level);
    if (g->p->grow_policy == GBT_LOSSGUIDE)
        grow_lossguide(g, &level);
    else
        grow_depthwise(g, &level);
    free(level.id);
    if (g->place)
        gbt_nodes_mark_leaves(g);
    settle(g);
    harvest(out, g);
}

/* ---- leaves and margins --------------------------------------------------------------------- */

size_t gbt_grower_leaves(const struct gbt_grower *g)
{
    return g->leaf_count;
}

struct gbt_leaf gbt_grower_leaf(const struct gbt_grower *g, size_t i)
{
    const struct gbt_node *n = &g->nodes[g->leaves[i]];

    return (struct gbt_leaf){.node = g->leaves[i],
                             .rows = g->rows + n->begin[SAMPLED],
                             .n = n->n[SAMPLED],
                             .others = g->rows + n->begin[LEFT_OUT],
                             .other_count = n->n[LEFT_OUT]};
}

struct add_job {
    const struct gbt_grower *g;
    const struct gbt_tree *t;
    float *margins;
    size_t step;
};

static void add_leaf(void *ctx, size_t task, int worker)
{
    const struct add_job *j = ctx;
    struct gbt_leaf l = gbt_grower_leaf(j->g, task);
    float value = j->t->value[l.node];

    for (size_t i = 0; i < l.n; i++) {
        if (i + AHEAD < l.n)
            __builtin_prefetch(&j->margins[l.rows[i + AHEAD] * j->step], 1);
        j->margins[l.rows[i] * j->step] += value;
    }
    for (size_t i = 0; i < l.other_count; i++)
        j->margins[l.others[i] * j->step] += value;
}

void gbt_grower_add(const struct gbt_grower *g, const struct gbt_tree *t, float *margins,
                    size_t step, struct pool *pool)
{
    struct add_job j = {g, t, margins, step};
    float value[GBT_MARKS] = {0};

    if (g->place) {
        for (size_t i = 0; i < g->leaf_count; i++)
            value[g->nodes[g->leaves[i]].mark] = t->value[g->leaves[i]];
        gbt_place_add(margins, step, g->place, g->b->rows, value, g->pool);
        return;
    }
    pool_run(pool, g->leaf_count, add_leaf, &j);
}
