/*
 * How good the order within a query is: precision, discounted gain and mean
 * average precision of its first n rows. The mean over queries, weighted by the
 * weight of each query's first row; a query with nothing relevant counts 1, or
 * 0 where the metric's name ends in '-'.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/metric_internal.h"
#include "gbt/order.h"
#include "gbt/real.h"

#include <stdlib.h>

/* A query's labels by falling score, and n of them to look at. */
typedef double query_fn(const struct gbt_metric_in *in, const float *ranked, size_t n, size_t top);

static double precision(const struct gbt_metric_in *in, const float *ranked, size_t n, size_t top)
{
    double hits = 0;

    for (size_t i = 0; i < top; i++)
        hits += (double)ranked[i];
    return hits / (double)top;
}

static double average_precision(const struct gbt_metric_in *in, const float *ranked, size_t n,
                                size_t top)
{
    double hits = 0, sum = 0;

    for (size_t i = 0; i < n; i++) {
        hits += (double)ranked[i];
        if (i < top)
            sum += (double)ranked[i] * hits / (double)(i + 1);
    }
    if (hits == 0)
        return in->minus ? 0 : 1;
    return sum / (hits < (double)top ? hits : (double)top);
}

static double dcg(const struct gbt_metric_in *in, const float *ranked, size_t top)
{
    double sum = 0;

    for (size_t i = 0; i < top; i++) {
        double gain =
            in->params->exp_gain ? (double)((1u << (unsigned)ranked[i]) - 1) : (double)ranked[i];

        sum += gain / (gbt_log((double)i + 2) * 1.4426950408889634);
    }
    return sum;
}

static double ndcg(const struct gbt_metric_in *in, const float *ranked, size_t n, size_t top)
{
    uint32_t *order = mem_alloc(n * sizeof *order);
    float *ideal = mem_alloc(n * sizeof *ideal);
    double best;

    gbt_order_falling(order, ranked, n);
    for (size_t i = 0; i < n; i++)
        ideal[i] = ranked[order[i]];
    best = dcg(in, ideal, top);
    free(order);
    free(ideal);
    if (best == 0)
        return in->minus ? 0 : 1;
    return dcg(in, ranked, top) / best;
}

static double one_query(const struct gbt_metric_in *in, size_t first, size_t n, query_fn *fn)
{
    uint32_t *order = mem_alloc(n * sizeof *order);
    float *ranked = mem_alloc(n * sizeof *ranked);
    double value;

    gbt_order_falling(order, in->p + first, n);
    for (size_t i = 0; i < n; i++)
        ranked[i] = in->m->labels[first + order[i]];
    value = fn(in, ranked, n, in->top < n ? in->top : n);
    free(order);
    free(ranked);
    return value;
}

static enum lk_status over_queries(double *out, const struct gbt_metric_in *in, query_fn *fn,
                                   struct lk_error *err)
{
    const size_t whole[2] = {0, in->m->rows};
    const size_t *starts = in->m->query_starts ? in->m->query_starts : whole;
    size_t queries = in->m->query_starts ? in->m->queries : 1;
    double sum = 0, weight = 0;

    if (in->groups != 1)
        return error_set(err, LK_EUSE, "the metric %s needs one score a row, not %zu", in->name,
                         in->groups);
    for (size_t q = 0; q < queries; q++) {
        size_t n = starts[q + 1] - starts[q];
        double w;

        if (!n)
            continue;
        w = gbt_metric_weight(in->m, starts[q]);
        sum += w * one_query(in, starts[q], n, fn);
        weight += w;
    }
    *out = weight == 0 ? NAN : sum / weight;
    return LK_OK;
}

static enum lk_status need_binary(const struct gbt_metric_in *in, struct lk_error *err)
{
    for (size_t i = 0; i < in->m->rows; i++)
        if (in->m->labels[i] != 0 && in->m->labels[i] != 1)
            return error_set(err, LK_EINPUT, "row %zu: the label is %g, and %s needs 0 or 1", i + 1,
                             (double)in->m->labels[i], in->name);
    return LK_OK;
}

static enum lk_status need_degrees(const struct gbt_metric_in *in, struct lk_error *err)
{
    for (size_t i = 0; i < in->m->rows; i++) {
        float y = in->m->labels[i];
        bool fits = y >= 0 && (!in->params->exp_gain || (y <= 31 && y == floorf(y)));

        if (!fits)
            return error_set(err, LK_EINPUT,
                             "row %zu: the label is %g, and %s needs a whole number from 0 to 31 "
                             "(any from 0 with ndcg_exp_gain=false)",
                             i + 1, (double)y, in->name);
    }
    return LK_OK;
}

enum lk_status gbt_metric_pre(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    enum lk_status st = need_binary(in, err);

    return st ? st : over_queries(out, in, precision, err);
}

enum lk_status gbt_metric_map(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    enum lk_status st = need_binary(in, err);

    return st ? st : over_queries(out, in, average_precision, err);
}

enum lk_status gbt_metric_ndcg(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    enum lk_status st = need_degrees(in, err);

    return st ? st : over_queries(out, in, ndcg, err);
}
