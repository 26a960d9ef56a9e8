/*
 * The table of metrics, and those that are a weighted mean of a loss a row.
 *
 * Losses are float in XGBoost's steps, sums double. Rows are summed in blocks
 * of fixed size and the blocks in order, so threads change no bit.
 */
#include "gbt/metric.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/metric_internal.h"
#include "gbt/real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

/* ---- losses of one row and output ---- */

typedef float loss_fn(float y, float p, const struct gbt_metric_in *in, size_t output);

static float square(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    float d = y - p;

    return d * d;
}

static float square_log(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    float d = (float)gbt_log1p((double)y) - (float)gbt_log1p((double)p);

    return d * d;
}

static float absolute(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    return fabsf(y - p);
}

static float percentage(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    return fabsf((y - p) / y);
}

static float pseudo_huber(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    float slope = in->params->huber_slope, z = (y - p) / slope;

    return slope * slope * (sqrtf(1 + z * z) - 1);
}

static float x_log_y(float x, float y)
{
    return x == 0.0f ? 0.0f : x * gbt_logf(y > 1e-16f ? y : 1e-16f);
}

static float log_loss(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    return x_log_y(-y, p) + x_log_y(-(1.0f - y), 1.0f - p);
}

static float error(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    return p > (float)in->at ? 1.0f - y : y;
}

static float poisson(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    int sign;

    p = p < 1e-16f ? 1e-16f : p;
    return (float)lgamma_r((double)(y + 1.0f), &sign) + p - gbt_logf(p) * y;
}

static float gamma_deviance(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    p += 1e-6f;
    y += 1e-6f;
    return gbt_logf(p / y) + y / p - 1;
}

static float gamma_likelihood(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    float theta;

    p = p > 1e-6f ? p : 1e-6f;
    theta = (float)(-1. / (double)p);
    return -(y * theta + gbt_logf(-theta));
}

static float tweedie(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    float rho = (float)in->at, log_p = gbt_logf(p);
    float a = y * gbt_expf((1 - rho) * log_p) / (1 - rho);

    return -a + gbt_expf((2 - rho) * log_p) / (2 - rho);
}

static float quantile(float y, float p, const struct gbt_metric_in *in, size_t output)
{
    size_t n = in->params->quantiles;
    float alpha = n ? in->params->quantile_alpha[output % n] : 0.5f, d = y - p;

    return d >= 0 ? alpha * d : -(1.0f - alpha) * d;
}

/* ---- sums ---- */

struct sums {
    double loss, weight;
};

struct mean_job {
    const struct gbt_metric_in *in;
    loss_fn *loss;
    struct sums *blocks;
};

/* Output k is about target k, or all outputs (quantiles) about the one label. */
static void sum_block(void *ctx, size_t task, int worker)
{
    const struct mean_job *j = ctx;
    const struct lk_matrix *m = j->in->m;
    size_t groups = j->in->groups, share = groups / m->targets, end = (task + 1) * BLOCK;
    struct sums s = {0, 0};

    for (size_t i = task * BLOCK; i < end && i < m->rows; i++)
        for (size_t k = 0; k < groups; k++) {
            float w = m->weights ? m->weights[i] : 1.0f;
            float y = m->labels[i * m->targets + k / share];

            s.loss += (double)(j->loss(y, j->in->p[i * groups + k], j->in, k) * w);
            s.weight += (double)w;
        }
    j->blocks[task] = s;
}

static struct sums sum_rows(const struct gbt_metric_in *in, loss_fn *loss)
{
    size_t n = (in->m->rows + BLOCK - 1) / BLOCK;
    struct mean_job job = {in, loss, mem_calloc(n, sizeof *job.blocks)};
    struct sums s = {0, 0};

    pool_run(in->pool, n, sum_block, &job);
    for (size_t i = 0; i < n; i++) {
        s.loss += job.blocks[i].loss;
        s.weight += job.blocks[i].weight;
    }
    free(job.blocks);
    return s;
}

static double mean(const struct gbt_metric_in *in, loss_fn *loss)
{
    struct sums s = sum_rows(in, loss);

    return s.weight == 0 ? s.loss : s.loss / s.weight;
}

/* ---- classes ---- */

static enum lk_status check_classes(const struct gbt_metric_in *in, struct lk_error *err)
{
    for (size_t i = 0; i < in->m->rows; i++) {
        float y = in->m->labels[i];

        if (!(y >= 0 && y < (float)in->groups && y == floorf(y)))
            return error_set(err, LK_EINPUT,
                             "row %zu: the label is %g, and %s needs a class from 0 to %zu", i + 1,
                             (double)y, in->name, in->groups - 1);
    }
    return LK_OK;
}

static enum lk_status over_classes(double *out, const struct gbt_metric_in *in, bool wrong,
                                   struct lk_error *err)
{
    enum lk_status st = check_classes(in, err);
    double sum = 0, weight = 0;

    if (st)
        return st;
    for (size_t i = 0; i < in->m->rows; i++) {
        const float *p = in->p + i * in->groups;
        size_t y = (size_t)in->m->labels[i], best = 0;
        double w = gbt_metric_weight(in->m, i);

        for (size_t k = 1; k < in->groups; k++)
            best = p[k] > p[best] ? k : best;
        sum += w * (wrong ? best != y : (double)-gbt_logf(p[y] > 1e-16f ? p[y] : 1e-16f));
        weight += w;
    }
    *out = weight == 0 ? sum : sum / weight;
    return LK_OK;
}

static enum lk_status merror(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    return over_classes(out, in, true, err);
}

static enum lk_status mlogloss(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    return over_classes(out, in, false, err);
}

/* ---- the table ---- */

enum at { NO_AT, THRESHOLD, RHO, TOP };
enum final { MEAN, ROOT, TWICE };

struct metric {
    const char *name;
    loss_fn *loss;        /* of a row and output, or NULL */
    gbt_metric_fn *whole; /* where the loss of one row is not enough */
    enum final final;
    enum at at;
    bool more_is_better, no_labels;
};

static const struct metric table[] = {
    {"rmse", square, NULL, ROOT, NO_AT, false, false},
    {"mse", square, NULL, MEAN, NO_AT, false, false},
    {"rmsle", square_log, NULL, ROOT, NO_AT, false, false},
    {"mae", absolute, NULL, MEAN, NO_AT, false, false},
    {"mape", percentage, NULL, MEAN, NO_AT, false, false},
    {"mphe", pseudo_huber, NULL, MEAN, NO_AT, false, false},
    {"r2", NULL, gbt_metric_r2, MEAN, NO_AT, true, false},
    {"logloss", log_loss, NULL, MEAN, NO_AT, false, false},
    {"error", error, NULL, MEAN, THRESHOLD, false, false},
    {"merror", NULL, merror, MEAN, NO_AT, false, false},
    {"mlogloss", NULL, mlogloss, MEAN, NO_AT, false, false},
    {"auc", NULL, gbt_metric_auc, MEAN, NO_AT, true, false},
    {"aucpr", NULL, gbt_metric_aucpr, MEAN, NO_AT, true, false},
    {"pre", NULL, gbt_metric_pre, MEAN, TOP, true, false},
    {"ndcg", NULL, gbt_metric_ndcg, MEAN, TOP, true, false},
    {"map", NULL, gbt_metric_map, MEAN, TOP, true, false},
    {"poisson-nloglik", poisson, NULL, MEAN, NO_AT, false, false},
    {"gamma-nloglik", gamma_likelihood, NULL, MEAN, NO_AT, false, false},
    {"gamma-deviance", gamma_deviance, NULL, TWICE, NO_AT, false, false},
    {"tweedie-nloglik", tweedie, NULL, MEAN, RHO, false, false},
    {"cox-nloglik", NULL, gbt_metric_cox, MEAN, NO_AT, false, false},
    {"aft-nloglik", NULL, gbt_metric_aft, MEAN, NO_AT, false, true},
    {"interval-regression-accuracy", NULL, gbt_metric_interval, MEAN, NO_AT, true, true},
    {"quantile", quantile, NULL, MEAN, NO_AT, false, false},
    {"accuracy", NULL, gbt_metric_accuracy, MEAN, NO_AT, true, false},
    {"balanced_accuracy", NULL, gbt_metric_balanced, MEAN, NO_AT, true, false},
    {"f1", NULL, gbt_metric_f1, MEAN, NO_AT, true, false},
    {"f1_binary", NULL, gbt_metric_f1_binary, MEAN, NO_AT, true, false},
    {"f1_macro", NULL, gbt_metric_f1_macro, MEAN, NO_AT, true, false},
    {"precision", NULL, gbt_metric_precision, MEAN, NO_AT, true, false},
    {"precision_macro", NULL, gbt_metric_precision_macro, MEAN, NO_AT, true, false},
    {"precision_micro", NULL, gbt_metric_precision_micro, MEAN, NO_AT, true, false},
    {"recall", NULL, gbt_metric_recall, MEAN, NO_AT, true, false},
    {"recall_macro", NULL, gbt_metric_recall_macro, MEAN, NO_AT, true, false},
    {"recall_micro", NULL, gbt_metric_recall_micro, MEAN, NO_AT, true, false},
};
enum { METRICS = sizeof table / sizeof *table };
static const char *const names[METRICS] = {"rmse",
                                           "mse",
                                           "rmsle",
                                           "mae",
                                           "mape",
                                           "mphe",
                                           "r2",
                                           "logloss",
                                           "error",
                                           "merror",
                                           "mlogloss",
                                           "auc",
                                           "aucpr",
                                           "pre",
                                           "ndcg",
                                           "map",
                                           "poisson-nloglik",
                                           "gamma-nloglik",
                                           "gamma-deviance",
                                           "tweedie-nloglik",
                                           "cox-nloglik",
                                           "aft-nloglik",
                                           "interval-regression-accuracy",
                                           "quantile",
                                           "accuracy",
                                           "balanced_accuracy",
                                           "f1",
                                           "f1_binary",
                                           "f1_macro",
                                           "precision",
                                           "precision_macro",
                                           "precision_micro",
                                           "recall",
                                           "recall_macro",
                                           "recall_micro"};

const char *const *gbt_metric_names(size_t *n)
{
    *n = METRICS;
    return names;
}

/* The part of the name before '@' and the closing '-' of a ranking metric. */
static const struct metric *find(const char *name)
{
    size_t n = strcspn(name, "@");

    for (size_t i = 0; i < METRICS; i++) {
        const struct metric *k = &table[i];
        size_t len = strlen(k->name);
        bool minus = k->at == TOP && n == len + 1 && name[len] == '-' && !name[n];

        if (!strncmp(k->name, name, len) && (n == len || minus))
            return k;
    }
    return NULL;
}

static enum lk_status parse_top(struct gbt_metric_in *in, struct slice text, struct lk_error *err)
{
    int64_t top;

    if (text.len && text.ptr[text.len - 1] == '-') {
        in->minus = true;
        text.len--;
    }
    if (!number_parse_int(text, 1, 1 << 30, &top))
        return error_set(err, LK_EUSE, "in '%s', a whole number of ranks is expected after '@'",
                         in->name);
    in->top = (size_t)top;
    return LK_OK;
}

/* What stands behind '@'. */
static enum lk_status parse_at(struct gbt_metric_in *in, const struct metric *k,
                               struct lk_error *err)
{
    const char *at = strchr(in->name, '@');
    size_t n = strlen(in->name);

    in->top = SIZE_MAX;
    in->at = 0.5;
    in->minus = k->at == TOP && in->name[n - 1] == '-';
    if (!at)
        return k->at == RHO
                   ? error_set(err, LK_EUSE,
                               "'%s' needs its variance power, as in tweedie-nloglik@1.5", in->name)
                   : LK_OK;
    if (k->at == NO_AT)
        return error_set(err, LK_EUSE, "the metric %s takes nothing after '@'", k->name);
    if (k->at == TOP)
        return parse_top(in, slice_of(at + 1), err);
    if (!number_parse_double(slice_of(at + 1), &in->at) || !isfinite(in->at))
        return error_set(err, LK_EUSE, "in '%s', a number is expected after '@'", in->name);
    if (k->at == RHO && !(in->at > 1 && in->at < 2))
        return error_set(err, LK_EUSE, "in '%s', the number after '@' lies between 1 and 2",
                         in->name);
    return LK_OK;
}

enum lk_status gbt_metric_known(const char *name, struct lk_error *err)
{
    const struct metric *k = find(name);
    struct gbt_metric_in in = {.name = name};
    const char *near;

    if (k)
        return parse_at(&in, k, err);
    near = error_nearest(name, names, METRICS);
    return near ? error_set(err, LK_EUSE, "unknown metric '%.60s'; did you mean '%s'?", name, near)
                : error_set(err, LK_EUSE, "unknown metric '%.60s'", name);
}

bool gbt_metric_maximized(const char *name)
{
    const struct metric *k = find(name);

    return k && k->more_is_better;
}

static enum lk_status check(const struct gbt_metric_in *in, const struct metric *k,
                            struct lk_error *err)
{
    const struct lk_matrix *m = in->m;

    if (m->rows == 0)
        return error_set(err, LK_EINPUT, "the metric %s needs rows; there are none", in->name);
    if (k->no_labels)
        return LK_OK;
    if (!m->labels)
        return error_set(err, LK_EINPUT, "the metric %s needs labels", in->name);
    if (k->loss && in->groups != m->targets && k->loss != quantile &&
        in->groups != m->targets * (in->params->quantiles ? in->params->quantiles : 1))
        return error_set(
            err, LK_EUSE,
            "the metric %s compares one prediction with one label, and the model gives "
            "%zu a row; for classes there are mlogloss and merror",
            in->name, in->groups);
    for (size_t i = 0; i < m->rows * m->targets; i++)
        if (!isfinite(m->labels[i]))
            return error_set(err, LK_EINPUT, "row %zu: the label is %g, expected a finite number",
                             i / m->targets + 1, (double)m->labels[i]);
    return LK_OK;
}

static enum lk_status compute(double *out, const struct gbt_metric_in *in, const struct metric *k,
                              struct lk_error *err)
{
    double value;

    if (k->whole)
        return k->whole(out, in, err);
    value = mean(in, k->loss);
    *out = k->final == ROOT ? sqrt(value) : k->final == TWICE ? 2 * value : value;
    return LK_OK;
}

enum lk_status gbt_metric_compute(double *out, const char *name, const float *margins,
                                  size_t groups, const struct lk_matrix *m,
                                  const struct gbt_objective *o,
                                  const struct gbt_objective_params *params, struct pool *pool,
                                  struct lk_error *err)
{
    const struct metric *k = find(name);
    struct gbt_metric_in in = {
        .name = name, .groups = groups, .m = m, .params = params, .pool = pool};
    enum lk_status st = k ? parse_at(&in, k, err) : gbt_metric_known(name, err);
    float *p;

    if (!st)
        st = check(&in, k, err);
    if (st)
        return st;
    p = mem_resize(NULL, m->rows * groups, sizeof *p);
    memcpy(p, margins, m->rows * groups * sizeof *p);
    if (o->metric_transform)
        o->metric_transform(p, m->rows, groups, params);
    else
        o->transform(p, m->rows, groups, params);
    in.p = p;
    st = compute(out, &in, k, err);
    free(p);
    return st;
}
