/*
 * Areas under curves. Rows are walked by falling score; rows of equal score
 * move the curve at once. Several classes: each against the rest, weighted by
 * how often it occurs. With queries: the mean over queries.
 *
 * aucpr follows Davis and Goadrich: between two points, precision is no
 * straight line in recall, and the area under it is taken exactly.
 */
#include "base/mem.h"
#include "gbt/metric_internal.h"
#include "gbt/order.h"
#include "gbt/real.h"

#include <stdlib.h>

struct rows {
    const float *p, *y, *w; /* (n); w may be NULL */
    size_t n;
};

/* False and true positives, and the area so far; not normalised. */
struct curve {
    double fp, tp, area;
};

typedef double area_fn(double fp0, double fp, double tp0, double tp, double positives);

static double trapezoid(double fp0, double fp, double tp0, double tp, double positives)
{
    return (fp - fp0) * (tp + tp0) / 2;
}

static double precision_recall(double fp0, double fp, double tp0, double tp, double positives)
{
    double recall0 = tp0 / positives, recall = tp / positives, a = 1, b = 0;

    if (tp != tp0) {
        double h = (fp - fp0) / (tp - tp0);

        a = 1 + h;
        b = (fp0 - h * tp0) / positives;
    }
    if (b == 0)
        return (recall - recall0) / a;
    return (recall - recall0 - b / a * (gbt_log(a * recall + b) - gbt_log(a * recall0 + b))) / a;
}

static struct curve trace(const struct rows *r, area_fn *area, double positives)
{
    uint32_t *order = mem_alloc(r->n * sizeof *order);
    double fp0 = 0, tp0 = 0;
    struct curve c = {0, 0, 0};

    gbt_order_falling(order, r->p, r->n);
    for (size_t k = 0; k < r->n; k++) {
        size_t i = order[k];
        float w = r->w ? r->w[i] : 1.0f;

        c.fp += (double)((1.0f - r->y[i]) * w);
        c.tp += (double)(r->y[i] * w);
        if (k + 1 == r->n || r->p[i] != r->p[order[k + 1]]) {
            c.area += area(fp0, c.fp, tp0, c.tp, positives);
            fp0 = c.fp;
            tp0 = c.tp;
        }
    }
    free(order);
    return c;
}

/* ROC: NaN where there is one class only; c->tp is the weight of the positives. */
static double roc(const struct rows *r, double *positives)
{
    struct curve c = trace(r, trapezoid, 0);

    *positives = c.tp;
    return c.fp <= 0 || c.tp <= 0 ? NAN : c.area / (c.fp * c.tp);
}

static double pr(const struct rows *r, double *positives)
{
    double positive = 0, negative = 0;

    for (size_t i = 0; i < r->n; i++) {
        double w = r->w ? (double)r->w[i] : 1;

        positive += w * (double)r->y[i];
        negative += w * (double)(1.0f - r->y[i]);
    }
    *positives = 1;
    if (positive <= 0 || negative <= 0)
        return NAN;
    return trace(r, precision_recall, positive).area;
}

typedef double binary_fn(const struct rows *r, double *positives);

/* Each class against the rest. */
static double one_versus_rest(const struct gbt_metric_in *in, binary_fn *binary)
{
    size_t n = in->m->rows;
    float *p = mem_alloc(2 * n * sizeof *p), *y = p + n;
    double sum = 0, weight = 0;

    for (size_t k = 0; k < in->groups; k++) {
        struct rows r = {p, y, in->m->weights, n};
        double positives, area;

        for (size_t i = 0; i < n; i++) {
            p[i] = in->p[i * in->groups + k];
            y[i] = in->m->labels[i] == (float)k;
        }
        area = binary(&r, &positives);
        sum += area * positives;
        weight += positives;
    }
    free(p);
    return sum / weight; /* NaN if any class was missing */
}

/* Of all pairs of a query, by falling label: the share in the right order, ties half. */
static double right_pairs(const struct rows *r, double *positives)
{
    uint32_t *order = mem_alloc(r->n * sizeof *order);
    double right = 0, pairs = 0;

    gbt_order_falling(order, r->y, r->n);
    for (size_t i = 0; i < r->n; i++)
        for (size_t j = i + 1; j < r->n; j++) {
            float d = r->p[order[i]] - r->p[order[j]];

            right += d > 0 ? 1 : d == 0 ? 0.5 : 0;
            pairs++;
        }
    free(order);
    *positives = 1;
    return r->n < 3 ? NAN : right / pairs;
}

/* The mean over the queries where it is defined. */
static double over_queries(const struct gbt_metric_in *in, binary_fn *binary)
{
    const size_t *starts = in->m->query_starts;
    double sum = 0, positives;
    size_t some = 0;

    for (size_t q = 0; q < in->m->queries; q++) {
        struct rows r = {in->p + starts[q], in->m->labels + starts[q], NULL,
                         starts[q + 1] - starts[q]};
        double area = r.n ? binary(&r, &positives) : NAN;

        if (!isnan(area)) {
            sum += area;
            some++;
        }
    }
    return some ? sum / (double)some : NAN;
}

static double area(const struct gbt_metric_in *in, binary_fn *binary, binary_fn *query)
{
    struct rows r = {in->p, in->m->labels, in->m->weights, in->m->rows};
    double positives;

    if (in->m->query_starts && in->groups == 1)
        return over_queries(in, query);
    return in->groups > 1 ? one_versus_rest(in, binary) : binary(&r, &positives);
}

enum lk_status gbt_metric_auc(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    *out = area(in, roc, right_pairs);
    return LK_OK;
}

enum lk_status gbt_metric_aucpr(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    *out = area(in, pr, pr);
    return LK_OK;
}
