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
#include "gbt/grow.h"
#include "base/mem.h"
#include "gbt/partition.h"
#include "gbt/random.h"
#include "gbt/sample.h"
#include "gbt/split.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 4,  /* columns a task of the split search */
    AHEAD = 24, /* rows asked for ahead, where they are taken one by one from all over */
    SAMPLED = 0,
    LEFT_OUT = 1, /* the two lists of rows */
};
static const float LEAST_CHANGE = 1e-6f;          /* XGBoost's kRtEps */
static const size_t HIST_BYTES = (size_t)1 << 30; /* of histograms kept for subtraction */

struct node {
    int32_t left, right, parent; /* left < 0: a leaf */
    int depth;
    bool packed;           /* sums are of packed words */
    size_t begin[2], n[2]; /* rows: sampled, left out */
    struct gbt_split_node s;
    float weight, leaf;
    struct gbt_split split;
    uint64_t *categories; /* of a categorical split, those going right */
    struct gbt_sum *hist;
    uint64_t *path, *allowed; /* interaction constraints; NULL without */
};

struct gbt_grower {
    const struct gbt_bins *b;
    const struct lk_params *p;
    const struct gbt_constraints *c;
    struct pool *pool;
    struct gbt_quant quant;
    uint32_t *rows, *spare;               /* (rows) */
    struct gbt_sum *scratch;              /* (threads - 1, hist_slots) */
    struct gbt_split_rules exact, packed; /* alike but for the units of sums */
    /* the tree being grown */
    struct node *nodes;
    size_t count, cap;
    struct arena arena; /* sets of features and categories */
    uint64_t seed;
    float eta;
    uint64_t *columns;       /* of the tree; NULL: all */
    struct gbt_split *found; /* (nodes, blocks) */
    size_t found_cap;
    struct gbt_sum **spare_hist; /* free histograms */
    size_t spare_count, spare_cap, live, live_max;
    int32_t *leaves;
    size_t leaf_count;
};

/* ---- life ------------------------------------------------------------------ */

struct gbt_grower *gbt_grower_new(const struct gbt_bins *b, const struct lk_params *p,
                                  const struct gbt_constraints *c, struct pool *pool)
{
    struct gbt_grower *g = mem_calloc(1, sizeof *g);
    size_t hist_bytes = b->hist_slots * sizeof *g->scratch;

    g->b = b;
    g->p = p;
    g->c = c;
    g->pool = pool;
    g->rows = mem_resize(NULL, b->rows, sizeof *g->rows);
    g->spare = mem_resize(NULL, b->rows + 1, sizeof *g->spare);
    if (pool_threads(pool) > 1)
        g->scratch = mem_aligned(64, (size_t)(pool_threads(pool) - 1) * hist_bytes);
    g->live_max = HIST_BYTES / hist_bytes < 4 ? 4 : HIST_BYTES / hist_bytes;
    g->exact = (struct gbt_split_rules){
        .lambda = p->lambda,
        .alpha = p->alpha,
        .max_delta_step = p->max_delta_step,
        .min_child_weight = p->min_child_weight,
        .rules_1_7 = p->rules == GBT_RULES_1_7,
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
    free(g->scratch);
    free(g->nodes);
    free(g->found);
    free(g->leaves);
    arena_done(&g->arena);
    free(g);
}

static struct gbt_sum *take_hist(struct gbt_grower *g)
{
    g->live++;
    if (g->spare_count)
        return g->spare_hist[--g->spare_count];
    return mem_aligned(64, g->b->hist_slots * sizeof(struct gbt_sum));
}

static void give_hist(struct gbt_grower *g, struct node *n)
{
    if (!n->hist)
        return;
    MEM_GROW(g->spare_hist, g->spare_count, g->spare_cap);
    g->spare_hist[g->spare_count++] = n->hist;
    n->hist = NULL;
    g->live--;
}

double gbt_grower_memory(size_t rows, size_t hist_slots, const struct lk_params *p, int threads)
{
    double hist = (double)hist_slots * sizeof(struct gbt_sum), hists;
    double nodes = p->max_leaves ? p->max_leaves : p->max_depth ? ldexp(1, p->max_depth - 1) : 1e9;

    hists = fmin(fmin(nodes, (double)rows / 2) * hist + hist, (double)HIST_BYTES + 4 * hist);
    return (double)rows * (sizeof(uint64_t) + 2 * sizeof(uint32_t)) + hists + threads * hist;
}

static const struct gbt_split_rules *rules_of(const struct gbt_grower *g, const struct node *n)
{
    return n->packed ? &g->packed : &g->exact;
}

/* ---- nodes ----------------------------------------------------------------------- */

static int32_t add_node(struct gbt_grower *g, int32_t parent, int depth)
{
    MEM_GROW(g->nodes, g->count, g->cap);
    g->nodes[g->count] = (struct node){.left = GBT_NO_NODE,
                                       .right = GBT_NO_NODE,
                                       .parent = parent,
                                       .depth = depth,
                                       .s = {.lower = -FLT_MAX, .upper = FLT_MAX}};
    return (int32_t)g->count++;
}

/* Sum, weight and gain, by the bounds of the parent (of itself at the root). */
static void weigh_node(struct gbt_grower *g, struct node *n, const struct gbt_split_node *by,
                       struct gbt_sum sum)
{
    n->s.sum = sum;
    n->s.gain = gbt_split_gain(rules_of(g, n), by, sum);
    n->weight = gbt_split_weight(rules_of(g, n), by, sum);
    n->leaf = n->weight * g->eta;
}

static void allow(struct gbt_grower *g, struct node *child, const struct node *parent)
{
    size_t bytes = g->c->words * sizeof *child->path;

    if (!g->c->sets)
        return;
    child->path = arena_alloc(&g->arena, bytes);
    child->allowed = arena_alloc(&g->arena, bytes);
    if (parent->path)
        memcpy(child->path, parent->path, bytes);
    gbt_set_add(child->path, parent->split.feature);
    gbt_constraints_allow(child->allowed, g->c, child->path);
}

/* Sums, weights and bounds of a split node's children, and its own weight as no leaf. */
static void weigh_children(struct gbt_grower *g, struct node *n, struct gbt_sum left,
                           struct gbt_sum right)
{
    struct node *l = &g->nodes[n->left], *r = &g->nodes[n->right];
    int direction = g->c->monotone ? g->c->monotone[n->split.feature] : 0;
    float middle;

    l->packed = r->packed = n->packed;
    weigh_node(g, l, &n->s, left);
    weigh_node(g, r, &n->s, right);
    n->weight = gbt_split_weight(rules_of(g, n), &n->s, n->s.sum);
    l->s.lower = r->s.lower = n->s.lower;
    l->s.upper = r->s.upper = n->s.upper;
    middle = (l->weight + r->weight) / 2;
    if (direction > 0)
        l->s.upper = r->s.lower = middle;
    else if (direction < 0)
        l->s.lower = r->s.upper = middle;
}

/* Give a node its two children. */
static void split_node(struct gbt_grower *g, int32_t id)
{
    int32_t left = add_node(g, id, g->nodes[id].depth + 1);
    int32_t right = add_node(g, id, g->nodes[id].depth + 1);
    struct node *n = &g->nodes[id];

    n->left = left;
    n->right = right;
    weigh_children(g, n, n->split.left, n->split.right);
    allow(g, &g->nodes[left], n);
    allow(g, &g->nodes[right], n);
}

/* ---- rows to children ------------------------------------------------------------- */

static const uint8_t *left_table(struct gbt_grower *g, const struct node *n)
{
    const struct gbt_cut *c = &g->b->cut[n->split.feature];
    uint8_t *table = arena_alloc(&g->arena, c->n + 1);

    for (uint32_t i = 0; i < c->n; i++)
        table[i] =
            n->split.categorical ? !gbt_set_has(n->categories, i) : (int32_t)i <= n->split.bin;
    table[c->n] = n->split.default_left;
    return table;
}

static void send_rows(struct gbt_grower *g, const int32_t *ids, size_t count)
{
    struct gbt_partition *parts = mem_calloc(count, 2 * sizeof *parts);

    for (size_t i = 0; i < count; i++) {
        const struct node *n = &g->nodes[ids[i]];
        const uint8_t *table = left_table(g, n);

        for (int k = 0; k < 2; k++)
            parts[2 * i + (size_t)k] =
                (struct gbt_partition){g->rows + n->begin[k], n->n[k], n->split.feature, table, 0};
    }
    gbt_partition_all(parts, 2 * count, g->b, g->rows, g->spare, g->pool);
    for (size_t i = 0; i < count; i++) {
        const struct node *n = &g->nodes[ids[i]];

        for (int k = 0; k < 2; k++) {
            size_t left = parts[2 * i + (size_t)k].left;

            g->nodes[n->left].begin[k] = n->begin[k];
            g->nodes[n->left].n[k] = left;
            g->nodes[n->right].begin[k] = n->begin[k] + left;
            g->nodes[n->right].n[k] = n->n[k] - left;
        }
    }
    free(parts);
}

/* ---- histograms --------------------------------------------------------------------- */

static bool may_split(const struct gbt_grower *g, const struct node *n)
{
    return n->n[SAMPLED] > 1 && (!g->p->max_depth || n->depth < g->p->max_depth);
}

/* Histograms to build, to subtract, and then to build anew from exact sums. */
struct build_list {
    struct gbt_hist_job *jobs, *anew;
    struct gbt_sum **from, **less;
    size_t job_count, anew_count, pairs;
};

static struct gbt_hist_job job_for(const struct gbt_grower *g, const struct node *n)
{
    return (struct gbt_hist_job){n->hist, g->rows + n->begin[SAMPLED], n->n[SAMPLED], n->packed};
}

static void want(struct gbt_grower *g, struct build_list *l, struct node *n)
{
    n->hist = take_hist(g);
    l->jobs[l->job_count++] = job_for(g, n);
}

/* What to build for the children of a node: one and subtract, or each for itself. */
static void plan_children(struct gbt_grower *g, struct build_list *l, struct node *parent)
{
    struct node *left = &g->nodes[parent->left], *right = &g->nodes[parent->right];
    struct node *small = left->n[SAMPLED] <= right->n[SAMPLED] ? left : right;
    struct node *large = small == left ? right : left;
    bool small_exact = small->n[SAMPLED] < GBT_EXACT_ROWS;

    if (large->n[SAMPLED] < GBT_EXACT_ROWS)
        large->packed = false;
    if (may_split(g, large) && parent->hist && large->packed == parent->packed) {
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
    give_hist(g, parent);
    if (small_exact)
        small->packed = false;
    if (may_split(g, small))
        want(g, l, small);
    if (may_split(g, large))
        want(g, l, large);
}

/* The sum of all rows, which any column sees. */
static struct gbt_sum sum_hist(const struct gbt_grower *g, const struct gbt_sum *hist)
{
    struct gbt_sum sum = {0, 0};

    for (size_t i = 0; i < g->b->slots; i++) {
        sum.g += hist[i].g;
        sum.h += hist[i].h;
    }
    return sum;
}

/* A child that has just become exact gets its sum in the new units. */
static void change_units(struct gbt_grower *g, const struct node *parent, int32_t child)
{
    struct node *n = &g->nodes[child];

    if (parent->packed && !n->packed && n->hist)
        weigh_node(g, n, &parent->s, sum_hist(g, n->hist));
}

static void build_children(struct gbt_grower *g, const int32_t *ids, size_t count)
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
    const struct node *n = &g->nodes[j->ids[i]];
    struct gbt_split best = {0}, one;

    for (size_t f = first; f < first + BLOCK && f < g->b->features; f++) {
        if ((j->columns[i] && !gbt_set_has(j->columns[i], f)) ||
            (n->allowed && !gbt_set_has(n->allowed, f)))
            continue;
        gbt_split_column(&one, rules_of(g, n), &n->s, g->b, f, n->hist + f * g->b->slots);
        if (one.change > best.change)
            best = one;
    }
    g->found[task] = best;
}

static void keep_categories(struct gbt_grower *g, struct node *n)
{
    const struct gbt_split *s = &n->split;

    if (!(s->change > 0) || !s->categorical)
        return;
    n->categories = arena_alloc(&g->arena, (g->b->cut[s->feature].n + 63) / 64 * sizeof(uint64_t));
    gbt_split_categories(n->categories, s, rules_of(g, n), g->b,
                         n->hist + s->feature * g->b->slots);
}

/* Find the best split of each of these nodes, which have histograms. */
static void search_nodes(struct gbt_grower *g, const int32_t *ids, size_t count)
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
        struct node *n = &g->nodes[ids[i]];

        for (size_t k = 0; k < j.blocks; k++)
            if (g->found[i * j.blocks + k].change > n->split.change)
                n->split = g->found[i * j.blocks + k];
        keep_categories(g, n);
        if (g->live > g->live_max || !(n->split.change > LEAST_CHANGE))
            give_hist(g, n);
    }
    free(j.columns);
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

static bool worth(const struct gbt_grower *g, const struct node *n, size_t leaves)
{
    return n->split.change > LEAST_CHANGE && n->split.change >= g->p->gamma &&
           (!g->p->max_leaves || leaves < (size_t)g->p->max_leaves);
}

/* Split these nodes and search their children. */
static void advance(struct gbt_grower *g, const int32_t *ids, size_t count, struct waiting *next)
{
    next->n = 0;
    for (size_t i = 0; i < count; i++)
        split_node(g, ids[i]);
    send_rows(g, ids, count);
    build_children(g, ids, count);
    for (size_t i = 0; i < count; i++)
        for (int side = 0; side < 2; side++) {
            int32_t child = side ? g->nodes[ids[i]].right : g->nodes[ids[i]].left;

            if (!may_split(g, &g->nodes[child])) {
                give_hist(g, &g->nodes[child]);
                continue;
            }
            MEM_GROW(next->id, next->n, next->cap);
            next->id[next->n++] = child;
        }
    search_nodes(g, next->id, next->n);
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
                give_hist(g, &g->nodes[level->id[i]]);
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
            if (g->nodes[children.id[i]].split.change > LEAST_CHANGE)
                push(g, &heap, children.id[i]);
    }
    free(heap.id);
    free(children.id);
}

/* ---- a tree -------------------------------------------------------------------------------- */

static void plant(struct gbt_grower *g, struct waiting *level)
{
    int32_t root = add_node(g, GBT_NO_NODE, 0);
    struct node *n = &g->nodes[root];
    size_t drawn =
        gbt_draw_rows(g->rows, g->spare, g->b->rows, g->p->subsample, gbt_mix(g->seed, 1), g->pool);
    struct gbt_hist_job job = {take_hist(g), drawn == g->b->rows ? NULL : g->rows, drawn,
                               g->quant.packed && drawn >= GBT_EXACT_ROWS};

    n->hist = job.hist;
    n->packed = job.packed;
    n->n[SAMPLED] = drawn;
    n->begin[LEFT_OUT] = drawn;
    n->n[LEFT_OUT] = g->b->rows - drawn;
    gbt_hist_build_all(&job, 1, g->b, &g->quant, g->scratch, g->pool);
    weigh_node(g, n, &n->s, sum_hist(g, n->hist));
    MEM_GROW(level->id, level->n, level->cap);
    level->id[level->n++] = root;
    search_nodes(g, level->id, 1);
}

static void sum_leaf(void *ctx, size_t task, int worker)
{
    struct gbt_grower *g = ctx;
    struct node *n = &g->nodes[task];
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

/* Where splits were found by rounded sums, all weights are made anew from exact ones. */
static void settle(struct gbt_grower *g)
{
    if (!g->quant.packed)
        return;
    pool_run(g->pool, g->count, sum_leaf, g);
    for (size_t i = g->count; i-- > 0;) {
        struct node *n = &g->nodes[i];

        n->packed = false;
        if (n->left >= 0) {
            const struct gbt_sum *l = &g->nodes[n->left].s.sum, *r = &g->nodes[n->right].s.sum;

            n->s.sum = (struct gbt_sum){l->g + r->g, l->h + r->h};
        }
    }
    weigh_node(g, &g->nodes[0], &g->nodes[0].s, g->nodes[0].s.sum);
    for (size_t i = 0; i < g->count; i++)
        if (g->nodes[i].left >= 0)
            weigh_children(g, &g->nodes[i], g->nodes[g->nodes[i].left].s.sum,
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
        const struct node *n = &g->nodes[i];
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
              float eta, uint64_t seed)
{
    struct waiting level = {0};

    g->seed = seed;
    g->eta = eta;
    arena_done(&g->arena);
    for (size_t i = 0; i < g->count; i++)
        give_hist(g, &g->nodes[i]);
    g->count = 0;
    g->columns = NULL;
    if (g->p->colsample_bytree < 1)
        g->columns = gbt_draw_columns(&g->arena, g->b->features, NULL, g->p->colsample_bytree,
                                      gbt_mix(seed, 2));
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
    const struct node *n = &g->nodes[g->leaves[i]];

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

    pool_run(pool, g->leaf_count, add_leaf, &j);
}
