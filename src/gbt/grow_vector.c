/*
 * The grower of grow.c for several outputs at once: a node has a histogram and
 * a sum for each output, a split's gain is the sum of the outputs' gains, and
 * min_child_weight is compared with the mean of their hessians.
 *
 * As in XGBoost 3.4 gains are double here, those of candidates by weights in
 * double, those of nodes by weights rounded to float.
 */
#include "gbt/grow_vector.h"
#include "base/mem.h"
#include "gbt/hist.h"
#include "gbt/partition.h"
#include "gbt/random.h"
#include "gbt/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct vnode {
    int32_t left, right, parent; /* left < 0: a leaf */
    int depth;
    size_t begin, n;
    struct gbt_sum *sum; /* (outputs) */
    float *weight;       /* (outputs) */
    double gain;
    float change; /* of the best split; 0: none */
    uint32_t feature;
    int32_t bin;
    float threshold;
    bool default_left;
    struct gbt_sum *hist; /* (outputs, hist_slots) */
    uint64_t *path, *allowed;
};

struct vgrower {
    const struct gbt_bins *b;
    const struct lk_params *p;
    const struct gbt_constraints *c;
    struct pool *pool;
    size_t outputs;
    uint64_t seed;
    const uint64_t *columns;
    struct gbt_quant *quant; /* (outputs) */
    uint32_t *rows, *spare;
    struct vnode *nodes;
    size_t count, cap;
    struct arena arena;
};

/* ---- gains ------------------------------------------------------------------- */

static double weight_of(const struct lk_params *p, double g, double h)
{
    double a = (double)p->alpha, t = g > a ? g - a : g < -a ? g + a : 0, w;

    if (h <= 0)
        return 0;
    w = -t / (h + (double)p->lambda);
    if (p->max_delta_step != 0)
        w = fmax(fmin(w, (double)p->max_delta_step), -(double)p->max_delta_step);
    return w;
}

static double gain_by(const struct lk_params *p, double g, double h, double w)
{
    if (h <= 0)
        return 0;
    return -(2 * g * w + (h + (double)p->lambda) * (w * w) + 2 * (double)p->alpha * fabs(w));
}

/* Weights and gain of a node from its sums. */
static void weigh(struct vgrower *g, struct vnode *n)
{
    n->gain = 0;
    for (size_t k = 0; k < g->outputs; k++) {
        double sg = (double)n->sum[k].g * g->quant[k].g_unit;
        double sh = (double)n->sum[k].h * g->quant[k].h_unit;

        n->weight[k] = (float)weight_of(g->p, sg, sh);
        n->gain += gain_by(g->p, sg, sh, (double)n->weight[k]);
    }
}

/* The change of the loss by splitting the node into `part` and the rest, or -inf. */
static double change_by(const struct vgrower *g, const struct vnode *n, const struct gbt_sum *part)
{
    double gain = 0, h_part = 0, h_rest = 0, k_max = (double)g->outputs;

    for (size_t k = 0; k < g->outputs; k++) {
        const struct gbt_quant *q = &g->quant[k];
        double pg = (double)part[k].g * q->g_unit, ph = (double)part[k].h * q->h_unit;
        double rg = (double)(n->sum[k].g - part[k].g) * q->g_unit;
        double rh = (double)(n->sum[k].h - part[k].h) * q->h_unit;

        h_part += ph;
        h_rest += rh;
        gain += gain_by(g->p, pg, ph, weight_of(g->p, pg, ph));
        gain += gain_by(g->p, rg, rh, weight_of(g->p, rg, rh));
    }
    if (!(h_part / k_max >= (double)g->p->min_child_weight && h_part > 0 &&
          h_rest / k_max >= (double)g->p->min_child_weight && h_rest > 0))
        return -INFINITY;
    return gain - n->gain;
}

/* ---- searching a column ---------------------------------------------------------- */

struct found {
    float change, threshold;
    int32_t bin;
    bool default_left;
};

static bool add_bin(const struct vgrower *g, const struct vnode *n, size_t slot,
                    struct gbt_sum *part)
{
    bool any = false;

    for (size_t k = 0; k < g->outputs; k++) {
        const struct gbt_sum *s = &n->hist[k * g->b->hist_slots + slot];

        any = any || s->g || s->h;
        part[k].g += s->g;
        part[k].h += s->h;
    }
    return any;
}

static void scan(const struct vgrower *g, const struct vnode *n, size_t f, bool up,
                 struct gbt_sum *part, struct found *best)
{
    const struct gbt_cut *c = &g->b->cut[f];

    memset(part, 0, g->outputs * sizeof *part);
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t bin = up ? i : c->n - 1 - i;
        float change;

        if (!add_bin(g, n, f * g->b->slots + bin, part))
            continue;
        change = (float)change_by(g, n, part);
        if (!(change > best->change) || isinf(change))
            continue;
        *best = (struct found){.change = change, .bin = (int32_t)bin - !up, .default_left = !up};
        best->threshold = best->bin < 0 ? -INFINITY : c->value[best->bin];
    }
}

struct search_job {
    struct vgrower *g;
    const int32_t *ids;
    const uint64_t **columns;
    struct found *found; /* (nodes, features) */
};

static void search_column(void *ctx, size_t task, int worker)
{
    const struct search_job *j = ctx;
    struct vgrower *g = j->g;
    size_t i = task / g->b->features, f = task % g->b->features;
    const struct vnode *n = &g->nodes[j->ids[i]];
    struct gbt_sum *part;

    j->found[task] = (struct found){0};
    if ((j->columns[i] && !gbt_set_has(j->columns[i], f)) ||
        (n->allowed && !gbt_set_has(n->allowed, f)))
        return;
    part = mem_resize(NULL, g->outputs, sizeof *part);
    scan(g, n, f, true, part, &j->found[task]);
    if (memcmp(part, n->sum, g->outputs * sizeof *part))
        scan(g, n, f, false, part, &j->found[task]);
    free(part);
}

static void search_nodes(struct vgrower *g, const int32_t *ids, size_t count)
{
    size_t features = g->b->features;
    struct search_job j = {g, ids, mem_calloc(count, sizeof *j.columns),
                           mem_calloc(count * features, sizeof *j.found)};

    for (size_t i = 0; i < count; i++)
        j.columns[i] = gbt_node_columns(&g->arena, g->p, features, g->columns, g->seed,
                                        g->nodes[ids[i]].depth, ids[i]);
    pool_run(g->pool, count * features, search_column, &j);
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < features; f++) {
            const struct found *one = &j.found[i * features + f];
            struct vnode *n = &g->nodes[ids[i]];

            if (!(one->change > n->change))
                continue;
            n->change = one->change;
            n->feature = (uint32_t)f;
            n->bin = one->bin;
            n->threshold = one->threshold;
            n->default_left = one->default_left;
        }
    free(j.columns);
    free(j.found);
}

/* ---- nodes --------------------------------------------------------------------------- */

static int32_t add_node(struct vgrower *g, int32_t parent, int depth)
{
    struct vnode n = {.left = GBT_NO_NODE, .right = GBT_NO_NODE, .parent = parent, .depth = depth};

    n.sum = arena_alloc(&g->arena, g->outputs * sizeof *n.sum);
    n.weight = arena_alloc(&g->arena, g->outputs * sizeof *n.weight);
    MEM_GROW(g->nodes, g->count, g->cap);
    g->nodes[g->count] = n;
    return (int32_t)g->count++;
}

static bool may_split(const struct vgrower *g, const struct vnode *n)
{
    return n->n > 1 && (!g->p->max_depth || n->depth < g->p->max_depth);
}

/* Histograms of all outputs, and from them the sums. */
static void build(struct vgrower *g, struct vnode *n)
{
    size_t slots = g->b->hist_slots;
    struct gbt_sum *scratch =
        mem_resize(NULL, (size_t)pool_threads(g->pool) * slots, sizeof *scratch);

    n->hist = mem_aligned(64, g->outputs * slots * sizeof *n->hist);
    for (size_t k = 0; k < g->outputs; k++) {
        struct gbt_hist_job job = {n->hist + k * slots, g->rows + n->begin, n->n, false};

        gbt_hist_build_all(&job, 1, g->b, &g->quant[k], scratch, g->pool);
    }
    free(scratch);
}

static void sum_up(const struct vgrower *g, struct vnode *n)
{
    memset(n->sum, 0, g->outputs * sizeof *n->sum);
    for (size_t k = 0; k < g->outputs; k++)
        for (size_t i = 0; i < g->b->slots; i++) {
            const struct gbt_sum *s = &n->hist[k * g->b->hist_slots + i];

            n->sum[k].g += s->g;
            n->sum[k].h += s->h;
        }
}

static void drop_hist(struct vnode *n)
{
    free(n->hist);
    n->hist = NULL;
}

static void send_rows(struct vgrower *g, struct vnode *n, struct vnode *left, struct vnode *right)
{
    const struct gbt_cut *c = &g->b->cut[n->feature];
    uint8_t *table = mem_calloc(c->n + 1, 1);
    struct gbt_partition part = {g->rows + n->begin, n->n, n->feature, table, 0};

    for (uint32_t i = 0; i < c->n; i++)
        table[i] = (int32_t)i <= n->bin;
    table[c->n] = n->default_left;
    gbt_partition_all(&part, 1, g->b, g->rows, g->spare, g->pool);
    free(table);
    left->begin = n->begin;
    left->n = part.left;
    right->begin = n->begin + part.left;
    right->n = n->n - part.left;
}

static void allow(struct vgrower *g, struct vnode *child, const struct vnode *parent)
{
    size_t bytes = g->c->words * sizeof *child->path;

    if (!g->c->sets)
        return;
    child->path = arena_alloc(&g->arena, bytes);
    child->allowed = arena_alloc(&g->arena, bytes);
    if (parent->path)
        memcpy(child->path, parent->path, bytes);
    gbt_set_add(child->path, parent->feature);
    gbt_constraints_allow(child->allowed, g->c, child->path);
}

/* Split a node: rows, histograms (one built, one subtracted), sums and weights of the children. */
static void split_node(struct vgrower *g, int32_t id)
{
    int32_t l = add_node(g, id, g->nodes[id].depth + 1);
    int32_t r = add_node(g, id, g->nodes[id].depth + 1);
    struct vnode *n = &g->nodes[id], *left = &g->nodes[l], *right = &g->nodes[r];
    struct vnode *small, *large;
    struct gbt_sum *less;

    n->left = l;
    n->right = r;
    send_rows(g, n, left, right);
    small = left->n <= right->n ? left : right;
    large = small == left ? right : left;
    build(g, small);
    large->hist = n->hist;
    n->hist = NULL;
    less = small->hist;
    gbt_hist_subtract_all(&large->hist, &less, 1, g->outputs * g->b->hist_slots, g->pool);
    for (int side = 0; side < 2; side++) {
        struct vnode *child = side ? right : left;

        sum_up(g, child);
        weigh(g, child);
        allow(g, child, n);
        if (!may_split(g, child))
            drop_hist(child);
    }
}

/* ---- the two policies ------------------------------------------------------------------ */

static bool worth(const struct vgrower *g, const struct vnode *n, size_t leaves)
{
    return n->change > 1e-6f && n->change >= g->p->gamma &&
           (!g->p->max_leaves || leaves < (size_t)g->p->max_leaves);
}

/* The next to split among the nodes that wait: the first of them, or the best. */
static size_t choose(const struct vgrower *g, const int32_t *waiting, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n && g->p->grow_policy == GBT_LOSSGUIDE; i++)
        if (g->nodes[waiting[i]].change > g->nodes[waiting[best]].change)
            best = i;
    return best;
}

static void grow(struct vgrower *g)
{
    int32_t *waiting = mem_calloc(1, sizeof *waiting); /* by number, so level by level */
    size_t n = 1, cap = 1, leaves = 1;

    while (n) {
        size_t at = choose(g, waiting, n);
        int32_t id = waiting[at], children[2];
        size_t found = 0;

        memmove(waiting + at, waiting + at + 1, (--n - at) * sizeof *waiting);
        if (!worth(g, &g->nodes[id], leaves)) {
            drop_hist(&g->nodes[id]);
            if (g->p->grow_policy == GBT_LOSSGUIDE)
                break;
            continue;
        }
        leaves++;
        split_node(g, id);
        for (int side = 0; side < 2; side++) {
            int32_t child = side ? g->nodes[id].right : g->nodes[id].left;

            if (g->nodes[child].hist)
                children[found++] = child;
        }
        search_nodes(g, children, found);
        for (size_t i = 0; i < found; i++) {
            MEM_GROW(waiting, n, cap);
            waiting[n++] = children[i];
        }
    }
    free(waiting);
}

static void harvest(struct gbt_tree *t, const struct vgrower *g, float eta)
{
    gbt_tree_init(t, (int32_t)g->count, false, g->outputs);
    for (size_t i = 0; i < g->count; i++) {
        const struct vnode *n = &g->nodes[i];
        bool leaf = n->left < 0;
        double hessian = 0;

        t->left[i] = n->left;
        t->right[i] = n->right;
        t->parent[i] = n->parent;
        t->feature[i] = leaf ? 0 : n->feature;
        t->value[i] = leaf ? 0 : n->threshold;
        t->default_left[i] = !leaf && n->default_left;
        t->base_weight[i] = n->weight[0];
        t->loss_change[i] = leaf ? 0 : n->change;
        for (size_t k = 0; k < g->outputs; k++) {
            hessian += (double)n->sum[k].h * g->quant[k].h_unit;
            t->leaf_vector[i * g->outputs + k] = leaf ? n->weight[k] * eta : 0;
        }
        t->hessian[i] = (float)hessian;
    }
}

void gbt_grow_vector(struct gbt_tree *out, const struct gbt_bins *b, const struct lk_params *p,
                     const struct gbt_constraints *c, const struct gbt_gradient *gradient,
                     size_t outputs, float eta, const struct gbt_draws *draws, struct pool *pool)
{
    struct vgrower g = {.b = b,
                        .p = p,
                        .c = c,
                        .pool = pool,
                        .outputs = outputs,
                        .seed = draws->hash,
                        .columns = draws->columns};
    int32_t root;

    g.quant = mem_calloc(outputs, sizeof *g.quant);
    g.rows = mem_resize(NULL, b->rows, sizeof *g.rows);
    g.spare = mem_resize(NULL, b->rows + 1, sizeof *g.spare);
    for (size_t k = 0; k < outputs; k++) {
        g.quant[k].only_exact = true;
        gbt_quantise(&g.quant[k], gradient + k * b->rows, b, pool);
    }
    root = add_node(&g, GBT_NO_NODE, 0);
    g.nodes[root].n = gbt_draw_rows(g.rows, g.spare, b->rows, p->subsample, draws->rows, pool);
    build(&g, &g.nodes[root]);
    sum_up(&g, &g.nodes[root]);
    weigh(&g, &g.nodes[root]);
    search_nodes(&g, &root, 1);
    grow(&g);
    harvest(out, &g, eta);
    for (size_t i = 0; i < g.count; i++)
        drop_hist(&g.nodes[i]);
    for (size_t k = 0; k < outputs; k++)
        gbt_quant_done(&g.quant[k]);
    free(g.quant);
    free(g.rows);
    free(g.spare);
    free(g.nodes);
    arena_done(&g.arena);
}
