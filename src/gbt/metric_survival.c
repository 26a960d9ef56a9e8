/* Metrics of survival times; see survival.c for what the labels and bounds mean. */
#include "base/error.h"
#include "gbt/metric_internal.h"
#include "gbt/real.h"
#include "gbt/survival.h"

#include <stdlib.h>

/* Minus the log partial likelihood, a mean over the events; predictions are e^margin. */
enum lk_status gbt_metric_cox(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    const float *y = in->m->labels;
    size_t n = in->m->rows, events = 0;
    double at_risk = 0, leaving = 0, sum = 0;
    uint32_t *order;

    if (in->groups != 1)
        return error_set(err, LK_EUSE, "cox-nloglik needs one prediction a row, not %zu",
                         in->groups);
    order = gbt_cox_order(in->m);
    for (size_t i = 0; i < n; i++)
        at_risk += (double)in->p[i];
    for (size_t k = 0; k < n; k++) {
        size_t i = order[k];

        if (y[i] > 0) {
            sum -= gbt_log((double)in->p[i]) - gbt_log(at_risk);
            events++;
        }
        leaving += (double)in->p[i];
        if (k + 1 == n || fabsf(y[i]) < fabsf(y[order[k + 1]])) {
            at_risk -= leaving;
            leaving = 0;
        }
    }
    free(order);
    *out = sum / (double)events;
    return LK_OK;
}

/* A weighted mean over rows whose predictions are margins. */
static enum lk_status over_bounds(double *out, const struct gbt_metric_in *in, bool likelihood,
                                  struct lk_error *err)
{
    enum lk_status st = gbt_aft_check(in->m, err);
    double sum = 0, weight = 0;

    if (st)
        return st;
    for (size_t i = 0; i < in->m->rows; i++) {
        double low = (double)in->m->lower[i], high = (double)in->m->upper[i];
        double margin = (double)in->p[i], w = gbt_metric_weight(in->m, i), time = gbt_exp(margin);

        sum += w * (likelihood ? gbt_aft_loss(low, high, margin, in->params)
                               : time >= low && time <= high);
        weight += w;
    }
    *out = weight == 0 ? NAN : sum / weight;
    return LK_OK;
}

enum lk_status gbt_metric_aft(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    return over_bounds(out, in, true, err);
}

enum lk_status gbt_metric_interval(double *out, const struct gbt_metric_in *in,
                                   struct lk_error *err)
{
    return over_bounds(out, in, false, err);
}
