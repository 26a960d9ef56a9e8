/*
 * Sums are whole numbers until a candidate is weighed, so both sides of each
 * candidate are exact. Bins without rows are passed over: they repeat the
 * candidate before them, which is no improvement.
 *
 * A column's candidates are collected in runs and weighed a run at a time; the
 * common rules do that side by side (split_run.c), the others one by one.
 */
#include "gbt/split.h"
#include "base/mem.h"
#include "gbt/split_run.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double soft(double g, float alpha)
{
    if (g > (double)alpha)
        return g - (double)alpha;
    if (g < -(double)alpha)
        return g + (double)alpha;
    return 0;
}

static float raw_weight(const struct gbt_split_rules *r, double g, double h)
{
    double w;

    if (h <= 0 || (r->rules_1_7 && h < (double)r->min_child_weight))
        return 0;
    w = -soft(g, r->alpha) / (h + (double)r->lambda);
    if (r->max_delta_step != 0) {
        if (w > (double)r->max_delta_step)
            w = (double)r->max_delta_step;
        if (w < -(double)r->max_delta_step)
            w = -(double)r->max_delta_step;
    }
    return (float)w;
}

static float weight(const struct gbt_split_rules *r, const struct gbt_split_node *n, double g,
                    double h)
{
    float w = raw_weight(r, g, h);

    if (!r->monotone)
        return w;
    return w < n->lower ? n->lower : w > n->upper ? n->upper : w;
}

static float gain_of(const struct gbt_split_rules *r, double g, double h, float w)
{
    if (h <= 0)
        return 0;
    if (!r->rules_1_7) {
        double v = (double)w;

        return (float)-(2 * g * v + (h + (double)r->lambda) * (v * v) +
                        2 * (double)r->alpha * fabs(v));
    }
    if (r->max_delta_step == 0 && !r->monotone) {
        double t = soft(g, r->alpha);

        return (float)(t * t / (h + (double)r->lambda));
    }
    return -(2.0f * (float)g * w + ((float)h + r->lambda) * (w * w));
}

float gbt_split_weight(const struct gbt_split_rules *r, const struct gbt_split_node *n,
                       struct gbt_sum s)
{
    return weight(r, n, (double)s.g * r->g_unit, (double)s.h * r->h_unit);
}

float gbt_split_gain(const struct gbt_split_rules *r, const struct gbt_split_node *n,
                     struct gbt_sum s)
{
    double g = (double)s.g * r->g_unit, h = (double)s.h * r->h_unit;

    return gain_of(r, g, h, weight(r, n, g, h));
}

static struct gbt_sum less(struct gbt_sum a, struct gbt_sum b)
{
    return (struct gbt_sum){a.g - b.g, a.h - b.h};
}

static struct gbt_sum plus(struct gbt_sum a, struct gbt_sum b)
{
    return (struct gbt_sum){a.g + b.g, a.h + b.h};
}

/* A search of one column under way. */
struct search {
    const struct gbt_split_rules *r;
    const struct gbt_split_node *n;
    int monotone;
    struct gbt_split best;
};

/* Of the loss, by a split into these; 0 where it is not allowed. */
static float change_of(const struct search *s, struct gbt_sum left, struct gbt_sum right)
{
    const struct gbt_split_rules *r = s->r;
    double gl = (double)left.g * r->g_unit, hl = (double)left.h * r->h_unit;
    double gr = (double)right.g * r->g_unit, hr = (double)right.h * r->h_unit;
    float wl, wr, change;

    if (!(hl >= (double)r->min_child_weight && hr >= (double)r->min_child_weight) ||
        (!r->rules_1_7 && !(hl > 0 && hr > 0)))
        return 0;
    wl = weight(r, s->n, gl, hl);
    wr = weight(r, s->n, gr, hr);
    if ((s->monotone > 0 && wl > wr) || (s->monotone < 0 && wl < wr))
        return 0;
    change = gain_of(r, gl, hl, wl) + gain_of(r, gr, hr, wr) - s->n->gain;
    return change <= FLT_MAX ? change : 0;
}

/* Weigh a candidate; true where it is the best so far. */
static bool weigh(struct search *s, struct gbt_sum left, struct gbt_sum right)
{
    float change = change_of(s, left, right);

    if (!(change > s->best.change))
        return false;
    s->best.change = change;
    s->best.left = left;
    s->best.right = right;
    return true;
}

/* ---- numbers ------------------------------------------------------------------ */

/* Weigh a run; where the best so far is in it, say which one. */
static bool weigh_run(struct search *s, struct gbt_split_run *run, uint32_t *bin)
{
    size_t n = run->n, best = n;

    run->n = 0;
    if (s->r->monotone || s->r->max_delta_step != 0)
        for (size_t i = 0; i < n; i++)
            run->change[i] = change_of(s, run->left[i], less(s->n->sum, run->left[i]));
    else
        gbt_split_run_weigh(run, n, s->r, s->n);
    for (size_t i = 0; i < n; i++)
        if (run->change[i] > s->best.change) {
            s->best.change = run->change[i];
            best = i;
        }
    if (best == n)
        return false;
    s->best.left = run->left[best];
    s->best.right = less(s->n->sum, run->left[best]);
    *bin = run->bin[best];
    return true;
}

static void best_up(struct search *s, const struct gbt_cut *c, struct gbt_split_run *run)
{
    uint32_t bin;

    if (!weigh_run(s, run, &bin))
        return;
    s->best.bin = (int32_t)bin;
    s->best.threshold = c->value[bin];
    s->best.default_left = false;
}

static struct gbt_sum scan_up(struct search *s, const struct gbt_cut *c,
                              const struct gbt_sum *column)
{
    struct gbt_sum left = {0, 0};
    struct gbt_split_run run = {.n = 0};

    for (uint32_t i = 0; i < c->n; i++) {
        if (!(column[i].g | column[i].h))
            continue;
        left = plus(left, column[i]);
        run.left[run.n] = left;
        run.bin[run.n++] = i;
        if (run.n == GBT_RUN)
            best_up(s, c, &run);
    }
    best_up(s, c, &run);
    return left;
}

static void best_down(struct search *s, const struct gbt_cut *c, struct gbt_split_run *run)
{
    uint32_t bin;

    if (!weigh_run(s, run, &bin))
        return;
    s->best.bin = (int32_t)bin - 1;
    s->best.threshold = bin ? c->value[bin - 1] : s->r->rules_1_7 ? c->below : -INFINITY;
    s->best.default_left = true;
}

static void scan_down(struct search *s, const struct gbt_cut *c, const struct gbt_sum *column)
{
    struct gbt_sum right = {0, 0};
    struct gbt_split_run run = {.n = 0};

    for (uint32_t i = c->n; i-- > 0;) {
        if (!(column[i].g | column[i].h))
            continue;
        right = plus(right, column[i]);
        run.left[run.n] = less(s->n->sum, right);
        run.bin[run.n++] = i;
        if (run.n == GBT_RUN)
            best_down(s, c, &run);
    }
    best_down(s, c, &run);
}

/* ---- categories ------------------------------------------------------------------- */

static void one_against_others(struct search *s, const struct gbt_cut *c,
                               const struct gbt_sum *column)
{
    struct gbt_sum all = {0, 0}, missing;

    for (uint32_t i = 0; i < c->n; i++)
        all = plus(all, column[i]);
    missing = less(s->n->sum, all);
    for (uint32_t i = 0; i < c->n; i++) {
        struct gbt_sum with = plus(column[i], missing);

        if (weigh(s, less(s->n->sum, column[i]), column[i])) {
            s->best.bin = (int32_t)i;
            s->best.default_left = true;
        }
        if (weigh(s, less(s->n->sum, with), with)) {
            s->best.bin = (int32_t)i;
            s->best.default_left = false;
        }
    }
}

/* A category and the weight that a leaf of its own would have. */
struct ranked {
    float weight;
    uint32_t category;
};

static int by_weight(const void *va, const void *vb)
{
    const struct ranked *a = va, *b = vb;

    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    return a->category < b->category ? -1 : 1;
}

/* Categories in order of their weights; yours to free. */
static struct ranked *rank(const struct gbt_split_rules *r, const struct gbt_cut *c,
                           const struct gbt_sum *column)
{
    struct ranked *order = mem_resize(NULL, c->n, sizeof *order);

    for (uint32_t i = 0; i < c->n; i++)
        order[i] = (struct ranked){
            raw_weight(r, (double)column[i].g * r->g_unit, (double)column[i].h * r->h_unit), i};
    qsort(order, c->n, sizeof *order, by_weight);
    return order;
}

/* The first categories in that order against the others, then the last against the others. */
static void parts(struct search *s, const struct gbt_cut *c, const struct gbt_sum *column)
{
    struct ranked *order = rank(s->r, c, column);
    uint32_t most = c->n < s->r->max_cat_threshold ? c->n : s->r->max_cat_threshold;
    struct gbt_sum right = {0, 0}, left = {0, 0};

    for (uint32_t i = 0; i + 1 < most; i++) {
        right = plus(right, column[order[i].category]);
        if (weigh(s, less(s->n->sum, right), right)) {
            s->best.scan = 1;
            s->best.bin = (int32_t)i;
            s->best.default_left = true;
        }
    }
    for (uint32_t k = 0; k + 1 < most; k++) {
        uint32_t i = c->n - 1 - k;

        left = plus(left, column[order[i].category]);
        if (weigh(s, left, less(s->n->sum, left))) {
            s->best.scan = -1;
            s->best.bin = (int32_t)i;
            s->best.default_left = false;
        }
    }
    free(order);
}

void gbt_split_categories(uint64_t *bits, const struct gbt_split *s,
                          const struct gbt_split_rules *r, const struct gbt_bins *b,
                          const struct gbt_sum *column)
{
    const struct gbt_cut *c = &b->cut[s->feature];
    struct ranked *order;
    uint32_t chosen;

    memset(bits, 0, (c->n + 63) / 64 * sizeof *bits);
    if (!s->scan) {
        bits[s->bin / 64] |= (uint64_t)1 << (s->bin % 64);
        return;
    }
    order = rank(r, c, column);
    chosen = s->scan > 0 ? (uint32_t)s->bin + 1 : (uint32_t)s->bin;
    for (uint32_t i = 0; i < chosen; i++)
        bits[order[i].category / 64] |= (uint64_t)1 << (order[i].category % 64);
    free(order);
}

/* ---- a column ------------------------------------------------------------------------ */

void gbt_split_column(struct gbt_split *out, const struct gbt_split_rules *r,
                      const struct gbt_split_node *n, const struct gbt_bins *b, size_t feature,
                      const struct gbt_sum *column)
{
    const struct gbt_cut *c = &b->cut[feature];
    struct search s = {r, n, r->monotone ? r->monotone[feature] : 0, {.change = 0}};

    s.best.feature = (uint32_t)feature;
    s.best.categorical = c->categorical;
    if (!c->categorical) {
        struct gbt_sum seen = scan_up(&s, c, column);

        if (seen.g != n->sum.g || seen.h != n->sum.h)
            scan_down(&s, c, column);
    } else {
        s.best.threshold = FLT_TRUE_MIN; /* as XGBoost 3 writes it; no one compares with it */
        if (c->n < r->max_cat_to_onehot)
            one_against_others(&s, c, column);
        else
            parts(&s, c, column);
    }
    *out = s.best;
}
