/*
 * Absolute and quantile error, whose true hessian says nothing. As XGBoost since
 * 3.4 does, the loss is rounded where it bends, and the hessian is that of a
 * parabola that touches it and lies nowhere below, so leaves are plain Newton
 * steps. How much is rounded follows the residuals, whose scale S is the square
 * of the mean of their roots: far ones do not rule it.
 *
 * By 1.7's rules, absolute error grows a tree on the sign of the error instead,
 * and each leaf is then set to the median of what is left of its rows' labels;
 * eta does not scale that, which 1.7 leaves out.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/objective_internal.h"
#include "gbt/real.h"

#include <stdlib.h>
#include <string.h>

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
    if (t->objective != &gbt_quantileerror)
        return 0.5;
    return (double)t->params->quantile_alpha[group % t->params->quantiles];
}

/* The label that an output is about: of its target, or the one that all quantiles share. */
static size_t target_of(const struct gbt_task *t, size_t group)
{
    return t->objective != &gbt_quantileerror ? group : group / t->params->quantiles;
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

/* 1.7 averages it over machines by their weight, of which there is one: only rounding is left. */
static void estimate_1_7(float *base_score, const struct gbt_task *t)
{
    double weight = 0;

    estimate(base_score, t);
    for (size_t i = 0; i < t->rows; i++)
        weight += (double)gbt_task_weight(t, i);
    for (size_t k = 0; k < t->groups && weight > 0; k++) {
        float product = (float)((double)base_score[k] * weight);

        base_score[k] = (float)((double)product / weight);
    }
}

/* The scale of an output's residuals, terms in float as in XGBoost. */
static float residual_scale(const float *margins, const struct gbt_task *t, size_t k)
{
    double sum = 0, weight = 0;

    for (size_t i = 0; i < t->rows; i++) {
        float label = t->data->labels[i * t->targets + target_of(t, k)];
        float w = gbt_task_weight(t, i);

        sum += (double)(w * sqrtf(fabsf(margins[i * t->groups + k] - label)));
        weight += (double)w;
    }
    return weight > 1e-6 ? (float)((sum / weight) * (sum / weight)) : 0;
}

static double tanh_of(double x)
{
    double e = gbt_exp(2 * fabs(x) < 60 ? 2 * fabs(x) : 60), y = 1 - 2 / (e + 1);

    return x < 0 ? -y : y;
}

/*
 * With x = r / (c S) for the residual r, multiplied by S so that steps come out
 * in the label's units:
 *     g = w S / 2 (tanh x + 1 - 2 alpha),  h = w / (2 c) max(tanh x / x, epsilon).
 */
static void quantile_all(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                         size_t begin, size_t end)
{
    static const float c = 0.04f, epsilon = 3e-4f;

    for (size_t k = 0; k < t->groups; k++) {
        float alpha = (float)alpha_of(t, k), scale = residual_scale(margins, t, k);

        for (size_t i = 0; i < t->rows; i++) {
            float label = t->data->labels[i * t->targets + target_of(t, k)];
            float w = gbt_task_weight(t, i);
            float x = (margins[i * t->groups + k] - label) / (c * scale);
            float y = (float)tanh_of((double)x), ratio = x == 0 ? 1 : y / x;
            float g = 0.5f * scale * (y + 1.0f - 2.0f * alpha);
            float h = 0.5f / c * (ratio > epsilon ? ratio : epsilon);

            out[k * t->rows + i] = scale > 0 && w != 0 ? (struct gbt_gradient){w * g, w * h}
                                                       : (struct gbt_gradient){0, 0};
        }
    }
}

/* A hyperbola for the corner: with b = S / sqrt(S^2 + r^2), g = w r b and h = w b. */
static void absolute_all(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                         size_t begin, size_t end)
{
    for (size_t k = 0; k < t->groups; k++) {
        float scale = residual_scale(margins, t, k);

        for (size_t i = 0; i < t->rows; i++) {
            float r = margins[i * t->groups + k] - t->data->labels[i * t->targets + k];
            float w = gbt_task_weight(t, i);
            float norm = (float)sqrt((double)scale * (double)scale + (double)r * (double)r);
            float bend = norm > 0 ? scale / norm : 1;

            out[k * t->rows + i] = (struct gbt_gradient){w * r * bend, w * bend};
        }
    }
}

/* The mean, and one Newton step from there. */
static void estimate_absolute(float *base_score, const struct gbt_task *t)
{
    float *margins = mem_calloc(t->rows * t->groups, sizeof *margins);
    struct gbt_gradient *out = mem_calloc(t->rows * t->groups, sizeof *out);

    gbt_mean_labels(base_score, t);
    for (size_t i = 0; i < t->rows; i++)
        memcpy(margins + i * t->groups, base_score, t->groups * sizeof *margins);
    absolute_all(out, margins, t, 0, 1);
    for (size_t k = 0; k < t->groups; k++) {
        double g = 0, h = 0;

        for (size_t i = 0; i < t->rows; i++) {
            g += (double)out[k * t->rows + i].g;
            h += (double)out[k * t->rows + i].h;
        }
        base_score[k] += (float)(-g / (h > 1e-6 ? h : 1e-6));
    }
    free(margins);
    free(out);
}

static void sign_rows(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                      size_t begin, size_t end)
{
    for (size_t k = 0; k < t->groups; k++)
        for (size_t i = begin; i < end; i++) {
            float w = gbt_task_weight(t, i);
            float d = margins[i * t->groups + k] - t->data->labels[i * t->targets + k];

            out[k * t->rows + i] = (struct gbt_gradient){(float)((d > 0) - (d < 0)) * w, w};
        }
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Quantiles of a row that cross are put in order. */
static void sort_quantiles(float *values, size_t rows, size_t groups,
                           const struct gbt_objective_params *p)
{
    size_t n = p->quantiles ? p->quantiles : 1;

    if (p->may_cross || n < 2)
        return;
    for (size_t i = 0; i + n <= rows * groups; i += n)
        qsort(values + i, n, sizeof *values, by_size);
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
    .unit = GBT_WHOLE,
    .gradient = absolute_all,
    .estimate = estimate_absolute,
};

const struct gbt_objective gbt_absoluteerror_1_7 = {
    .name = "reg:absoluteerror",
    .default_metric = "mae",
    .transform = gbt_link_identity,
    .to_margin = gbt_unlink_identity,
    .width = gbt_width_groups,
    .unit = GBT_BY_ROW,
    .gradient = sign_rows,
    .estimate = estimate_1_7,
    .leaf = leaf,
};

const struct gbt_objective gbt_quantileerror = {
    .name = "reg:quantileerror",
    .default_metric = "quantile",
    .transform = sort_quantiles,
    .to_margin = gbt_unlink_identity,
    .width = gbt_width_groups,
    .prepare = prepare_quantile,
    .unit = GBT_WHOLE,
    .gradient = quantile_all,
    .estimate = estimate,
    .param_group = "quantile_loss_param",
};
