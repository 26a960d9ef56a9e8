/*
 * Metrics as XGBoost defines them: a weighted mean of a loss a row, or for
 * auc the area by ranks. Sums are made in the order of rows.
 */
#include "gbt/metric.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"rmse", "mae", "logloss", "error", "merror", "mlogloss", "auc"};
enum {
    METRICS = sizeof names / sizeof *names,
    RMSE = 0,
    MAE,
    LOGLOSS,
    ERROR,
    MERROR,
    MLOGLOSS,
    AUC
};

static int find(const char *name)
{
    size_t n = strcspn(name, "@");

    for (int i = 0; i < METRICS; i++)
        if (strlen(names[i]) == n && !strncmp(names[i], name, n))
            return i;
    return -1;
}

enum lk_status gbt_metric_known(const char *name, struct lk_error *err)
{
    const char *near;

    if (find(name) >= 0)
        return LK_OK;
    near = error_nearest(name, names, METRICS);
    return near ? error_set(err, LK_EUSE, "unknown metric '%.60s'; did you mean '%s'?", name, near)
                : error_set(err, LK_EUSE, "unknown metric '%.60s'", name);
}

bool gbt_metric_maximized(const char *name)
{
    return find(name) == AUC;
}

static float weight_at(const struct lk_matrix *m, size_t row)
{
    return m->weights ? m->weights[row] : 1.0f;
}

static double clipped_log(double p)
{
    return log(p < 1e-16 ? 1e-16 : p);
}

/* The loss of a row: p is (groups) predictions, y its labels. */
static double loss(int metric, const float *p, const float *y, size_t groups, double threshold)
{
    size_t best = 0;
    double d = (double)p[0] - (double)y[0];

    switch (metric) {
    case RMSE:
        return d * d;
    case MAE:
        return fabs(d);
    case LOGLOSS:
        return -(double)y[0] * clipped_log((double)p[0]) -
               (1 - (double)y[0]) * clipped_log(1 - (double)p[0]);
    case ERROR:
        return (double)p[0] > threshold ? 1 - (double)y[0] : (double)y[0];
    case MERROR:
        for (size_t g = 1; g < groups; g++)
            best = p[g] > p[best] ? g : best;
        return best != (size_t)y[0];
    default:
        return -clipped_log((double)p[(size_t)y[0] < groups ? (size_t)y[0] : 0]);
    }
}

struct ranked {
    float score, label, weight;
};

static int by_score(const void *va, const void *vb)
{
    const struct ranked *a = va, *b = vb;

    return a->score > b->score ? -1 : a->score < b->score;
}

static double auc(const float *p, const struct lk_matrix *m)
{
    struct ranked *r = mem_resize(NULL, m->rows, sizeof *r);
    double area = 0, tp = 0, fp = 0, tp0 = 0, fp0 = 0;

    for (size_t i = 0; i < m->rows; i++)
        r[i] = (struct ranked){p[i], m->labels[i], weight_at(m, i)};
    qsort(r, m->rows, sizeof *r, by_score);
    for (size_t i = 0; i < m->rows; i++) {
        tp += (double)(r[i].label * r[i].weight);
        fp += (double)((1 - r[i].label) * r[i].weight);
        if (i + 1 == m->rows || r[i].score != r[i + 1].score) {
            area += (fp - fp0) * (tp + tp0) / 2;
            tp0 = tp;
            fp0 = fp;
        }
    }
    free(r);
    return tp > 0 && fp > 0 ? area / (tp * fp) : NAN;
}

static double mean_loss(int metric, const float *p, size_t groups, const struct lk_matrix *m,
                        double threshold)
{
    bool classes = metric == MERROR || metric == MLOGLOSS;
    double sum = 0, weight = 0;

    for (size_t r = 0; r < m->rows; r++)
        for (size_t k = 0; k < (classes ? 1 : groups); k++) {
            double w = (double)weight_at(m, r);
            size_t at = classes ? r * groups : r * groups + k;

            sum += w * loss(metric, p + at, m->labels + (classes ? r : at), groups, threshold);
            weight += w;
        }
    return metric == RMSE ? sqrt(sum / weight) : sum / weight;
}

enum lk_status gbt_metric_compute(double *out, const char *name, const float *margins,
                                  size_t groups, const struct lk_matrix *m,
                                  const struct gbt_objective *o,
                                  const struct gbt_objective_params *params, struct pool *pool,
                                  struct lk_error *err)
{
    int metric = find(name);
    const char *at = strchr(name, '@');
    double threshold = 0.5;
    float *p;

    if (!m->labels)
        return error_set(err, LK_EINPUT, "the metric %s needs labels", name);
    if (at && !number_parse_double(slice_of(at + 1), &threshold))
        return error_set(err, LK_EUSE, "'%s' is no number", at + 1);
    if ((metric == AUC || metric == LOGLOSS || metric == ERROR) && groups != m->targets)
        return error_set(err, LK_EUSE, "the metric %s is for two classes", name);
    p = mem_resize(NULL, m->rows * groups, sizeof *p);
    memcpy(p, margins, m->rows * groups * sizeof *p);
    if (o->metric_transform)
        o->metric_transform(p, m->rows, groups, params);
    else
        o->transform(p, m->rows, groups, params);
    *out = metric == AUC ? auc(p, m) : mean_loss(metric, p, groups, m, threshold);
    free(p);
    return LK_OK;
}
