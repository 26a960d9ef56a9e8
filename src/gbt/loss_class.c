/*
 * Classes: one margin a class, softmax over them. multi:softprob answers with
 * the probabilities, multi:softmax with the class that has the largest.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/objective_internal.h"
#include "gbt/real.h"

#include <float.h>
#include <stdlib.h>

/*
 * The largest margin is taken off before exp, but never less than the smallest
 * positive float: what XGBoost subtracts, so the bits agree.
 */
static void gradient_rows(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                          size_t begin, size_t end)
{
    size_t classes = t->groups;

    for (size_t i = begin; i < end; i++) {
        const float *x = margins + i * classes;
        size_t label = (size_t)t->data->labels[i];
        float top = FLT_MIN, w = gbt_task_weight(t, i), sum;
        double wide = 0;

        for (size_t k = 0; k < classes; k++)
            top = x[k] > top ? x[k] : top;
        for (size_t k = 0; k < classes; k++)
            wide += (double)gbt_expf(x[k] - top);
        sum = (float)wide;
        for (size_t k = 0; k < classes; k++) {
            float p = gbt_expf(x[k] - top) / sum, h = 2.0f * p * (1.0f - p) * w;

            out[k * t->rows + i] =
                (struct gbt_gradient){(label == k ? p - 1.0f : p) * w, h > 1e-16f ? h : 1e-16f};
        }
    }
}

static void link_softprob(float *values, size_t rows, size_t classes,
                          const struct gbt_objective_params *p)
{
    for (float *x = values; x < values + rows * classes; x += classes) {
        float top = x[0], sum;
        double wide = 0;

        for (size_t k = 1; k < classes; k++)
            top = x[k] > top ? x[k] : top;
        for (size_t k = 0; k < classes; k++) {
            x[k] = gbt_expf(x[k] - top);
            wide += (double)x[k];
        }
        sum = (float)wide;
        for (size_t k = 0; k < classes; k++)
            x[k] /= sum;
    }
}

/* (rows, classes) to (rows): the class of the first largest margin. */
static void link_softmax(float *values, size_t rows, size_t classes,
                         const struct gbt_objective_params *p)
{
    for (size_t i = 0; i < rows; i++) {
        const float *x = values + i * classes;
        size_t best = 0;

        for (size_t k = 1; k < classes; k++)
            if (x[k] > x[best])
                best = k;
        values[i] = (float)best;
    }
}

static size_t width_one(size_t groups)
{
    return 1;
}

static const char *refuse_class(float y, const struct gbt_objective_params *p)
{
    return y >= 0 && y < (float)p->classes && y == floorf(y)
               ? NULL
               : "a class: a whole number from 0 to num_class - 1";
}

static enum lk_status prepare(struct gbt_task *t, struct lk_error *err)
{
    if (t->targets != 1)
        return error_set(err, LK_EUNSUPPORTED, "%s takes one label a row, not %zu",
                         t->objective->name, t->targets);
    return LK_OK;
}

/* The log of each class's share of the weight, centred on zero. */
static void estimate(float *base_score, const struct gbt_task *t)
{
    double *weight = mem_calloc(t->groups, sizeof *weight);
    double total = 0, mean = 0;

    for (size_t i = 0; i < t->rows; i++) {
        weight[(size_t)t->data->labels[i]] += (double)gbt_task_weight(t, i);
        total += (double)gbt_task_weight(t, i);
    }
    for (size_t k = 0; k < t->groups; k++) {
        double part = weight[k] / total;

        weight[k] = gbt_log(part > 1e-16 ? part : 1e-16);
        mean += weight[k] / (double)t->groups;
    }
    for (size_t k = 0; k < t->groups; k++)
        base_score[k] = (float)(weight[k] - mean);
    free(weight);
}

const struct gbt_objective gbt_softprob = {
    .name = "multi:softprob",
    .default_metric = "mlogloss",
    .transform = link_softprob,
    .to_margin = gbt_unlink_identity,
    .width = gbt_width_groups,
    .refuse_label = refuse_class,
    .prepare = prepare,
    .unit = GBT_BY_ROW,
    .gradient = gradient_rows,
    .estimate = estimate,
    .param_group = "softmax_multiclass_param",
};

const struct gbt_objective gbt_softmax = {
    .name = "multi:softmax",
    .default_metric = "mlogloss",
    .transform = link_softmax,
    .metric_transform = link_softprob,
    .to_margin = gbt_unlink_identity,
    .width = width_one,
    .refuse_label = refuse_class,
    .prepare = prepare,
    .unit = GBT_BY_ROW,
    .gradient = gradient_rows,
    .estimate = estimate,
    .param_group = "softmax_multiclass_param",
};
