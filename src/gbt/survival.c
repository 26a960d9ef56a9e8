/*
 * Survival. survival:cox ranks times by a partial likelihood over all rows, so
 * its gradients are one unit; a negative label is a time of censoring.
 * survival:aft models log time as margin + scale * noise, each row by itself,
 * and its rows know only that the time lies in [lower, upper]: equal bounds
 * are an exact time, an infinite upper one a right-censored row, and a lower
 * one of zero a left-censored row.
 *
 * Everything is computed in double. Where both numerator and denominator of a
 * derivative vanish, its limit stands in; all are clipped, as in XGBoost.
 */
#include "gbt/survival.h"

#include "base/error.h"
#include "base/mem.h"
#include "gbt/objective_internal.h"
#include "gbt/order.h"
#include "gbt/real.h"

#include <stdlib.h>

/* ---- cox ---- */

uint32_t *gbt_cox_order(const struct lk_matrix *m)
{
    uint32_t *order = mem_alloc(m->rows * sizeof *order);
    float *times = mem_alloc(m->rows * sizeof *times);

    for (size_t i = 0; i < m->rows; i++)
        times[i] = fabsf(m->labels[i]);
    gbt_order_rising(order, times, m->rows);
    free(times);
    return order;
}

static enum lk_status cox_prepare(struct gbt_task *t, struct lk_error *err)
{
    bool some = false;

    if (t->targets != 1)
        return error_set(err, LK_EUNSUPPORTED, "survival:cox takes one label a row, not %zu",
                         t->targets);
    for (size_t i = 0; i < t->rows && !some; i++)
        some = t->data->labels[i] > 0;
    if (!some)
        return error_set(err, LK_EINPUT, "no label is above 0: every row is censored");
    t->state = gbt_cox_order(t->data);
    return LK_OK;
}

static void cox_discard(struct gbt_task *t)
{
    free(t->state);
}

/*
 * In order of time, `at_risk` is the sum of e^margin over those not yet gone;
 * rows of equal time leave it together (Breslow's method).
 */
static void cox_gradient(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                         size_t begin, size_t end)
{
    const uint32_t *order = t->state;
    double at_risk = 0, leaving = 0, last_e = 0, last_time = 0, r = 0, s = 0;

    for (size_t i = 0; i < t->rows; i++)
        at_risk += (double)gbt_expf(margins[order[i]]);
    for (size_t i = 0; i < t->rows; i++) {
        size_t row = order[i];
        double e = gbt_exp((double)margins[row]), w = (double)gbt_task_weight(t, row);
        double y = (double)t->data->labels[row], time = fabs(y);

        leaving += last_e;
        if (last_time < time) {
            at_risk -= leaving;
            leaving = 0;
        }
        if (y > 0) {
            r += 1.0 / at_risk;
            s += 1.0 / (at_risk * at_risk);
        }
        out[row].g = (float)((e * r - (y > 0)) * w);
        out[row].h = (float)((e * r - e * e * s) * w);
        last_time = time;
        last_e = e;
    }
}

/* ---- aft: distributions of the noise ---- */

/* Density, its first two derivatives, and the share below z. */
struct noise {
    double pdf, slope, bend, cdf;
};

static struct noise normal(double z)
{
    double pdf = gbt_exp(-z * z / 2.0) / 2.5066282746310002;

    return (struct noise){pdf, -z * pdf, (z * z - 1.0) * pdf, 0.5 * (1 + erf(z / sqrt(2.0)))};
}

static struct noise logistic(double z)
{
    double w = gbt_exp(z), one = 1 + w, pdf;

    if (isinf(w * w))
        return (struct noise){0, 0, 0, isinf(w) ? 1.0 : w / one};
    pdf = w / (one * one);
    return (struct noise){pdf, pdf * (1 - w) / one, pdf * (w * w - 4 * w + 1) / (one * one),
                          w / one};
}

static struct noise extreme(double z)
{
    double w = gbt_exp(z), pdf = isinf(w) ? 0 : w * gbt_exp(-w);

    return (struct noise){pdf, isinf(w) ? 0 : (1 - w) * pdf,
                          isinf(w * w) ? 0 : (w * w - 3 * w + 1) * pdf, 1 - gbt_exp(-w)};
}

static struct noise noise_at(double z, int distribution)
{
    switch (distribution) {
    case GBT_AFT_LOGISTIC:
        return logistic(z);
    case GBT_AFT_EXTREME:
        return extreme(z);
    default:
        return normal(z);
    }
}

/* ---- aft: loss and derivatives ---- */

enum censoring { EXACT, RIGHT, LEFT, INTERVAL };
static const double tiny = 1e-12; /* no denominator is smaller */

struct bounds {
    struct noise lower, upper;
    enum censoring censoring;
    bool beyond; /* the time lies beyond the prediction */
    double scale;
};

static struct bounds look(double lower, double upper, double margin,
                          const struct gbt_objective_params *p)
{
    struct bounds b = {.censoring = INTERVAL, .scale = (double)p->aft_scale};
    double z_lower = 0, z_upper = 0;

    if (lower == upper) {
        z_lower = (gbt_log(lower) - margin) / b.scale;
        b.lower = noise_at(z_lower, p->aft_distribution);
        b.censoring = EXACT;
    } else {
        if (isinf(upper)) {
            b.upper.cdf = 1;
            b.censoring = RIGHT;
        } else {
            z_upper = (gbt_log(upper) - margin) / b.scale;
            b.upper = noise_at(z_upper, p->aft_distribution);
        }
        if (lower <= 0) {
            b.censoring = LEFT;
        } else {
            z_lower = (gbt_log(lower) - margin) / b.scale;
            b.lower = noise_at(z_lower, p->aft_distribution);
        }
    }
    b.beyond = z_upper > 0 || z_lower > 0;
    return b;
}

double gbt_aft_loss(double lower, double upper, double margin, const struct gbt_objective_params *p)
{
    struct bounds b = look(lower, upper, margin, p);
    double likelihood =
        b.censoring == EXACT ? b.lower.pdf / (b.scale * lower) : b.upper.cdf - b.lower.cdf;

    return -gbt_log(likelihood > tiny ? likelihood : tiny);
}

/* What the first derivative tends to as the prediction goes far off. */
static double far_slope(const struct bounds *b, int distribution)
{
    static const double steepest = 15;
    double over = distribution == GBT_AFT_LOGISTIC ? 1 / b->scale : steepest;
    double under = distribution == GBT_AFT_NORMAL ? steepest : 1 / b->scale;

    if (b->beyond)
        return b->censoring == LEFT ? 0 : -over;
    return b->censoring == RIGHT ? 0 : under;
}

static double far_bend(const struct bounds *b, int distribution)
{
    static const double least = 1e-16, most = 15;
    double normal_bend = 1 / (b->scale * b->scale);

    if (distribution == GBT_AFT_LOGISTIC)
        return least;
    if (distribution == GBT_AFT_EXTREME)
        return b->beyond && b->censoring != LEFT ? most : least;
    if (b->censoring == RIGHT)
        return b->beyond ? normal_bend : least;
    if (b->censoring == LEFT)
        return b->beyond ? least : normal_bend;
    return normal_bend;
}

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static struct gbt_gradient aft_row(double lower, double upper, double margin, double w,
                                   const struct gbt_objective_params *p)
{
    struct bounds b = look(lower, upper, margin, p);
    const struct noise *l = &b.lower, *u = &b.upper;
    double g, h, below_g, below_h, share = u->cdf - l->cdf;

    if (b.censoring == EXACT) {
        below_g = b.scale * l->pdf;
        below_h = b.scale * b.scale * l->pdf * l->pdf;
        g = l->slope / below_g;
        h = -(l->pdf * l->bend - l->slope * l->slope) / below_h;
    } else {
        double density = u->pdf - l->pdf;

        below_g = b.scale * share;
        below_h = below_g * below_g;
        g = density / below_g;
        h = -(share * (u->slope - l->slope) - density * density) / below_h;
    }
    if (below_g < tiny && !isfinite(g))
        g = far_slope(&b, p->aft_distribution);
    if (below_h < tiny && !isfinite(h))
        h = far_bend(&b, p->aft_distribution);
    return (struct gbt_gradient){(float)(clip(g, -15, 15) * w), (float)(clip(h, 1e-16, 15) * w)};
}

static void aft_gradient(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                         size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        out[i] = aft_row((double)t->data->lower[i], (double)t->data->upper[i], (double)margins[i],
                         (double)gbt_task_weight(t, i), t->params);
}

enum lk_status gbt_aft_check(const struct lk_matrix *m, struct lk_error *err)
{
    if (!m->lower || !m->upper)
        return error_set(err, LK_EINPUT,
                         "survival:aft needs two columns, the lower and the upper "
                         "bound of each row's time; equal ones are an exact time");
    for (size_t i = 0; i < m->rows; i++) {
        double low = (double)m->lower[i], high = (double)m->upper[i];

        if (!(low >= 0 && low <= high && isfinite(low) && high > 0))
            return error_set(
                err, LK_EINPUT,
                "row %zu: the bounds are %.9g and %.9g; the lower is 0 or more, the upper "
                "no less than it, above 0 or infinite",
                i + 1, low, high);
    }
    return LK_OK;
}

static enum lk_status aft_prepare(struct gbt_task *t, struct lk_error *err)
{
    t->groups = 1;
    return gbt_aft_check(t->data, err);
}

const struct gbt_objective gbt_cox = {
    .name = "survival:cox",
    .default_metric = "cox-nloglik",
    .transform = gbt_link_exp,
    .to_margin = gbt_unlink_log,
    .width = gbt_width_groups,
    .prepare = cox_prepare,
    .discard = cox_discard,
    .unit = GBT_WHOLE,
    .gradient = cox_gradient,
};

const struct gbt_objective gbt_aft = {
    .name = "survival:aft",
    .default_metric = "aft-nloglik",
    .transform = gbt_link_exp,
    .metric_transform = gbt_link_identity,
    .to_margin = gbt_unlink_log,
    .width = gbt_width_groups,
    .prepare = aft_prepare,
    .unit = GBT_BY_ROW,
    .gradient = aft_gradient,
    .fixed_base = true,
    .param_group = "aft_loss_param",
};
