/*
 * Absolute and quantile error, whose true hessian says nothing. For absolute
 * error the tree is grown on the sign of the error and each leaf is then set to
 * the median of what is left of its rows' labels, the best constant there. For
 * quantiles the loss is rounded where it bends and given a hessian.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/objective_internal.h"
#include "gbt/real.h"

#include <stdlib.h>

struct residual {
    float value, weight;
    uint32_t at; /* where it stood, to keep the order of equal values */
};

static int by_value(const void *a, const void *b)
{
    const struct residual *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Between the two nearest of n sorted values, at rank alpha (n + 1). */
static float plain_quantile(const struct residual *r, size_t n, double alpha)
{
    double rank = alpha * (double)(n + 1), below;
    size_t k;

    if (alpha <= 1.0 / (double)(n + 1))
        return r[0].value;
    if (alpha >= (double)n / (double)(n + 1))
        return r[n - 1].value;
    k = (size_t)rank - 1;
    below = rank - 1 - (double)k;
    return (float)((double)r[k].value + below * ((double)r[k + 1].value - (double)r[k].value));
}

/* The first value at which the weights so far reach alpha of them all. */
static float weighted_quantile(const struct residual *r, size_t n, double alpha)
{
    float total = 0, sum = 0, wanted;

    for (size_t i = 0; i < n; i++)
        total += r[i].weight;
    wanted = (float)(alpha * (double)total);
    for (size_t i = 0; i < n; i++) {
        sum += r[i].weight;
        if (sum >= wanted)
            return r[i].value;
    }
    return r[n - 1].value;
}

static float quantile(struct residual *r, size_t n, double alpha, bool weighted)
{
    qsort(r, n, sizeof *r, by_value);
    return weighted ? weighted_quantile(r, n, alpha) : plain_quantile(r, n, alpha);
}

static double alpha_of(const struct gbt_task *t, size_t group)
{
    if (t->objective == &gbt_absoluteerror)
        return 0.5;
    return (double)t->params->quantile_alpha[group % t->params->quantiles];
}

/* The label that an output is about: of its target, or the one that all quantiles share. */
static size_t target_of(const struct gbt_task *t, size_t group)
{
    return t->objective == &gbt_absoluteerror ? group : group / t->params->quantiles;
}

static float leaf(const struct gbt_task *t, size_t group, const float *margins,
                  const uint32_t *rows, size_t n)
{
    struct residual *r = mem_alloc(n * sizeof *r);
    size_t target = target_of(t, group);
    float value;

    for (size_t j = 0; j < n; j++) {
        size_t i = rows[j];

        r[j] = (struct residual){t->data->labels[i * t->targets + target] -
                                     margins[i * t->groups + group],
                                 gbt_task_weight(t, i), (uint32_t)j};
    }
    value = quantile(r, n, alpha_of(t, group), t->data->weights);
    free(r);
    return value;
}

/* The quantile of the labels themselves. */
static void estimate(float *base_score, const struct gbt_task *t)
{
    struct residual *r = mem_alloc(t->rows * sizeof *r);

    for (size_t k = 0; k < t->groups; k++) {
        for (size_t i = 0; i < t->rows; i++)
            r[i] = (struct residual){t->data->labels[i * t->targets + target_of(t, k)],
                                     gbt_task_weight(t, i), (uint32_t)i};
        base_score[k] = quantile(r, t->rows, alpha_of(t, k), t->data->weights);
    }
    free(r);
}

/* How far residuals of an output are, by a mean that far ones do not rule. */
static double residual_scale(const float *margins, const struct gbt_task *t, size_t k)
{
    double sum = 0, weight = 0;

    for (size_t i = 0; i < t->rows; i++) {
        float label = t->data->labels[i * t->targets + target_of(t, k)];
        double w = (double)gbt_task_weight(t, i);

        sum += w * sqrt(fabs((double)(margins[i * t->groups + k] - label)));
        weight += w;
    }
    return weight > 0 ? (sum / weight) * (sum / weight) : 0;
}

static double tanh_of(double x)
{
    double e = gbt_exp(2 * fabs(x) < 60 ? 2 * fabs(x) : 60), y = 1 - 2 / (e + 1);

    return x < 0 ? -y : y;
}

/*
 * As XGBoost since 3.4: the corner of the pinball loss is rounded, and the
 * hessian is that of a parabola that touches the loss and lies above it, so
 * leaves are plain Newton steps. The rounding is a share of the residuals'
 * scale S, by which gradients are multiplied so that steps come out in the
 * label's units: with x = r / (c S),
 *     g = w S / 2 (tanh x + 1 - 2 alpha),  h = w / (2 c) max(tanh x / x, epsilon).
 */
static void quantile_all(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                         size_t begin, size_t end)
{
    static const double c = 0.04, epsilon = 3e-4;

    for (size_t k = 0; k < t->groups; k++) {
        double alpha = alpha_of(t, k), scale = residual_scale(margins, t, k);

        for (size_t i = 0; i < t->rows; i++) {
            float label = t->data->labels[i * t->targets + target_of(t, k)];
            double w = (double)gbt_task_weight(t, i);
            double x = scale > 0 ? (double)(margins[i * t->groups + k] - label) / (c * scale) : 0;
            double y = tanh_of(x), ratio = fabs(x) > 1e-6 ? y / x : 1;

            out[k * t->rows + i] =
                (struct gbt_gradient){(float)(w * scale / 2 * (y + 1 - 2 * alpha)),
                                      (float)(w / (2 * c) * (ratio > epsilon ? ratio : epsilon))};
        }
    }
}

static void absolute_rows(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                          size_t begin, size_t end)
{
    for (size_t k = 0; k < t->groups; k++)
        for (size_t i = begin; i < end; i++) {
            float w = gbt_task_weight(t, i);
            float d = margins[i * t->groups + k] - t->data->labels[i * t->targets + k];

            out[k * t->rows + i] = (struct gbt_gradient){(float)((d > 0) - (d < 0)) * w, w};
        }
}

static enum lk_status prepare_quantile(struct gbt_task *t, struct lk_error *err)
{
    if (!t->params->quantiles)
        return error_set(err, LK_EUSE,
                         "reg:quantileerror needs quantile_alpha, a number between 0 "
                         "and 1 or several");
    return LK_OK;
}

const struct gbt_objective gbt_absoluteerror = {
    .name = "reg:absoluteerror",
    .default_metric = "mae",
    .transform = gbt_link_identity,
    .to_margin = gbt_unlink_identity,
    .width = gbt_width_groups,
    .unit = GBT_BY_ROW,
    .gradient = absolute_rows,
    .estimate = estimate,
    .leaf = leaf,
};

const struct gbt_objective gbt_quantileerror = {
    .name = "reg:quantileerror",
    .default_metric = "quantile",
    .transform = gbt_link_identity,
    .to_margin = gbt_unlink_identity,
    .width = gbt_width_groups,
    .prepare = prepare_quantile,
    .unit = GBT_WHOLE,
    .gradient = quantile_all,
    .estimate = estimate,
    .param_group = "quantile_loss_param",
};
