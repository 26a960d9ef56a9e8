/*
 * What SageMaker's XGBoost container adds to XGBoost's metrics, with the
 * meaning scikit-learn gives them: counts over predicted classes, no weights.
 * A class is the one of the largest probability, or whether one probability is
 * above a half; a ratio with nothing below the line is 0.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/metric_internal.h"

#include <math.h>
#include <stdlib.h>

/* Of each class: rows that are it, are said to be it, and both. */
struct counts {
    size_t classes, rows;
    size_t *real, *said, *both; /* (classes) */
};

static enum lk_status count(struct counts *c, const struct gbt_metric_in *in, struct lk_error *err)
{
    size_t classes = in->groups > 1 ? in->groups : 2;

    for (size_t i = 0; i < in->m->rows; i++) {
        float y = in->m->labels[i];

        if (!(y >= 0 && y < (float)classes && y == floorf(y)))
            return error_set(err, LK_EINPUT,
                             "row %zu: the label is %g, and %s needs a class from 0 to %zu", i + 1,
                             (double)y, in->name, classes - 1);
    }
    *c = (struct counts){.classes = classes, .rows = in->m->rows};
    c->real = mem_calloc(3 * classes, sizeof *c->real);
    c->said = c->real + classes;
    c->both = c->said + classes;
    for (size_t i = 0; i < in->m->rows; i++) {
        const float *p = in->p + i * in->groups;
        size_t y = (size_t)in->m->labels[i], best = 0;

        for (size_t k = 1; k < in->groups; k++)
            best = p[k] > p[best] ? k : best;
        if (in->groups == 1)
            best = p[0] > 0.5f;
        c->real[y]++;
        c->said[best]++;
        c->both[best] += best == y;
    }
    return LK_OK;
}

static double ratio(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static double precision_of(const struct counts *c, size_t k)
{
    return ratio(c->both[k], c->said[k]);
}

static double recall_of(const struct counts *c, size_t k)
{
    return ratio(c->both[k], c->real[k]);
}

static double f1_of(const struct counts *c, size_t k)
{
    return ratio(2 * c->both[k], c->said[k] + c->real[k]);
}

typedef double class_fn(const struct counts *c, size_t k);

/* The mean over classes that occur, in truth or in what was said. */
static double macro(const struct counts *c, class_fn *fn, bool real_only)
{
    double sum = 0;
    size_t n = 0;

    for (size_t k = 0; k < c->classes; k++)
        if (c->real[k] || (c->said[k] && !real_only)) {
            sum += fn(c, k);
            n++;
        }
    return sum / (double)n;
}

static double accuracy(const struct counts *c)
{
    size_t right = 0;

    for (size_t k = 0; k < c->classes; k++)
        right += c->both[k];
    return ratio(right, c->rows);
}

enum how { BINARY, MACRO, REAL, MICRO };

static double value(const struct counts *c, class_fn *fn, enum how how)
{
    switch (how) {
    case BINARY:
        return fn(c, 1);
    case MACRO:
        return macro(c, fn, false);
    case REAL:
        return macro(c, fn, true);
    default: /* with one class a row, all micro averages are the accuracy */
        return accuracy(c);
    }
}

static enum lk_status over_classes(double *out, const struct gbt_metric_in *in, class_fn *fn,
                                   enum how how, struct lk_error *err)
{
    struct counts c;
    enum lk_status st;

    if (how == BINARY && in->groups > 2)
        return error_set(err, LK_EUSE,
                         "the metric %s is for two classes; for more there is %s_macro", in->name,
                         in->name);
    st = count(&c, in, err);
    if (st)
        return st;
    *out = value(&c, fn, how);
    free(c.real);
    return LK_OK;
}

#define CLASS_METRIC(name, fn, how)                                                                \
    enum lk_status gbt_metric_##name(double *out, const struct gbt_metric_in *in,                  \
                                     struct lk_error *err)                                         \
    {                                                                                              \
        return over_classes(out, in, fn, how, err);                                                \
    }

CLASS_METRIC(accuracy, recall_of, MICRO)
CLASS_METRIC(balanced, recall_of, REAL)
CLASS_METRIC(f1, f1_of, MACRO)
CLASS_METRIC(f1_binary, f1_of, BINARY)
CLASS_METRIC(f1_macro, f1_of, MACRO)
CLASS_METRIC(precision, precision_of, BINARY)
CLASS_METRIC(precision_macro, precision_of, MACRO)
CLASS_METRIC(precision_micro, precision_of, MICRO)
CLASS_METRIC(recall, recall_of, BINARY)
CLASS_METRIC(recall_macro, recall_of, MACRO)
CLASS_METRIC(recall_micro, recall_of, MICRO)

/* One minus the squared error over that of the mean label. */
enum lk_status gbt_metric_r2(double *out, const struct gbt_metric_in *in, struct lk_error *err)
{
    const struct lk_matrix *m = in->m;
    double mean = 0, error = 0, spread = 0;

    if (in->groups != 1 || m->targets != 1)
        return error_set(err, LK_EUSE, "the metric r2 needs one prediction and one label a row");
    for (size_t i = 0; i < m->rows; i++)
        mean += (double)m->labels[i] / (double)m->rows;
    for (size_t i = 0; i < m->rows; i++) {
        double y = (double)m->labels[i], d = y - (double)in->p[i];

        error += d * d;
        spread += (y - mean) * (y - mean);
    }
    *out = spread > 0 ? 1 - error / spread : error == 0 ? 1 : 0;
    return LK_OK;
}
