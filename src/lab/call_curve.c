/*
 * The library `plot` for models that have been measured: ROC, precision and
 * recall, confusion, calibration, learning curve, importance, SHAP. Curves are
 * thinned to a few hundred points; their areas are computed from all.
 */
#include "lab/calls.h"
#include "lab/learn.h"

#include "lab/plot.h"
#include "lab/swarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CURVE_POINTS = 400, SHAP_ROWS = 300, SHAP_TOP_MAX = 20, BINS_MAX = 50 };

/* ---- rows by score ------------------------------------------------------- */

struct scored {
    float score, label;
};

static int by_score(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    return x->score != y->score ? (x->score > y->score ? -1 : 1) : 0;
}

/* Rows with a label, the highest score first; both classes are there. On Lua's stack. */
static struct scored *push_scored(lua_State *L, const struct lab_model *m, const struct table *t,
                                  size_t *n, double *positives)
{
    size_t width;
    const float *labels, *scores;
    struct scored *rows;

    if (learn_class_count(m) != 2)
        fail(L, "this plot is for a model of two classes; this one is %s",
             lk_model_objective(m->model));
    labels = learn_labels(L, m, t);
    scores = learn_predict(L, m, t, LK_VALUE, 0, &width);
    rows = lua_newuserdatauv(L, (t->rows + 1) * sizeof *rows, 0);
    *n = 0;
    *positives = 0;
    for (size_t r = 0; r < t->rows; r++)
        if (!isnan(labels[r])) {
            rows[(*n)++] = (struct scored){scores[r * width], labels[r]};
            *positives += labels[r] > 0.5f;
        }
    if (*positives == 0 || *positives == (double)*n)
        fail(L, "all %zu rows are of one class; the curve needs rows of both", *n);
    qsort(rows, *n, sizeof *rows, by_score);
    return rows;
}

/* Points of a curve, thinned as they come. */
struct curve {
    double x[2 * CURVE_POINTS + 4], y[2 * CURVE_POINTS + 4];
    size_t n;
};

static void curve_add(struct curve *c, double x, double y, bool keep)
{
    if (c->n >= 2 * CURVE_POINTS + 4)
        return;
    if (!keep && c->n && fabs(c->x[c->n - 1] - x) + fabs(c->y[c->n - 1] - y) < 1.0 / CURVE_POINTS)
        return;
    c->x[c->n] = x;
    c->y[c->n++] = y;
}

/* The area under the ROC curve; ties count half. */
static double roc_curve(struct curve *c, const struct scored *rows, size_t n, double positives)
{
    double found = 0, alarms = 0, area = 0, negatives = (double)n - positives;

    curve_add(c, 0, 0, true);
    for (size_t i = 0; i < n;) {
        double before_found = found, before_alarms = alarms;
        float score = rows[i].score;

        for (; i < n && rows[i].score == score; i++) {
            if (rows[i].label > 0.5f)
                found++;
            else
                alarms++;
        }
        area += (alarms - before_alarms) * (found + before_found) / 2;
        curve_add(c, alarms / negatives, found / positives, i == n);
    }
    return area / (positives * negatives);
}

static const double unit_line[] = {0, 1};

int call_plot_roc(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the second value");
    double positives, area;
    size_t n;
    struct scored *rows;
    struct curve *curve;
    const char *title;
    struct chart c;

    need_options(L, 3);
    title = option_text(L, 3, "title");
    rows = push_scored(L, m, t, &n, &positives);
    curve = lua_newuserdatauv(L, sizeof *curve, 0);
    curve->n = 0;
    area = roc_curve(curve, rows, n, positives);
    chart_init(&c, CHART_XY, title ? title : "ROC curve");
    c.unit_x = c.unit_y = true;
    chart_add(&c, chart_text(&c, "model, AUC %.4f", area), MARK_LINE, curve->x, curve->y, curve->n);
    chart_add(&c, "guessing, AUC 0.5", MARK_LINE, unit_line, unit_line, 2)->dashed = true;
    c.x_label = "false alarms: share of the negative rows";
    c.y_label = "found: share of the positive rows";
    c.summary = chart_text(&c,
                           "ROC curve over %zu rows, %.0f of them positive; the area under it "
                           "is %.4f.",
                           n, positives, area);
    plot_emit(L, &c);
    return 0;
}

/* Average precision: precision weighted by the growth of recall. */
static double pr_curve(struct curve *c, const struct scored *rows, size_t n, double positives)
{
    double found = 0, alarms = 0, area = 0, recall = 0;

    for (size_t i = 0; i < n;) {
        float score = rows[i].score;

        for (; i < n && rows[i].score == score; i++) {
            if (rows[i].label > 0.5f)
                found++;
            else
                alarms++;
        }
        area += (found / positives - recall) * found / (found + alarms);
        recall = found / positives;
        curve_add(c, recall, found / (found + alarms), i == n);
    }
    return area;
}

int call_plot_precision_recall(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the second value");
    double positives, area, share[2];
    size_t n;
    struct scored *rows;
    struct curve *curve;
    const char *title;
    struct chart c;

    need_options(L, 3);
    title = option_text(L, 3, "title");
    rows = push_scored(L, m, t, &n, &positives);
    curve = lua_newuserdatauv(L, sizeof *curve, 0);
    curve->n = 0;
    area = pr_curve(curve, rows, n, positives);
    share[0] = share[1] = positives / (double)n;
    chart_init(&c, CHART_XY, title ? title : "Precision and recall");
    c.unit_x = c.unit_y = true;
    chart_add(&c, chart_text(&c, "model, average precision %.4f", area), MARK_LINE, curve->x,
              curve->y, curve->n);
    chart_add(&c, "guessing", MARK_LINE, unit_line, share, 2)->dashed = true;
    c.x_label = "recall: share of the positive rows that is found";
    c.y_label = "precision: share of the alarms that is right";
    c.summary = chart_text(&c,
                           "Precision against recall over %zu rows, %.0f of them positive; "
                           "average precision %.4f.",
                           n, positives, area);
    plot_emit(L, &c);
    return 0;
}

/* ---- calibration --------------------------------------------------------- */

struct bins {
    double x[BINS_MAX], y[BINS_MAX];
    size_t n;
    double error; /* expected calibration error */
};

static void calibrate(struct bins *b, const struct scored *rows, size_t n, size_t bins)
{
    double scores[BINS_MAX] = {0}, labels[BINS_MAX] = {0}, counts[BINS_MAX] = {0};

    for (size_t i = 0; i < n; i++) {
        double at = (double)rows[i].score * (double)bins;
        size_t k = at < 0 ? 0 : at >= (double)bins ? bins - 1 : (size_t)at;

        scores[k] += (double)rows[i].score;
        labels[k] += (double)rows[i].label;
        counts[k]++;
    }
    for (size_t k = 0; k < bins; k++)
        if (counts[k] > 0) {
            b->x[b->n] = scores[k] / counts[k];
            b->y[b->n] = labels[k] / counts[k];
            b->error += fabs(b->x[b->n] - b->y[b->n]) * counts[k] / (double)n;
            b->n++;
        }
}

int call_plot_calibration(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the second value");
    double positives;
    size_t n, bins;
    struct scored *rows;
    struct bins b = {.n = 0};
    const char *title;
    struct chart c;

    need_options(L, 3);
    title = option_text(L, 3, "title");
    bins = (size_t)option_whole(L, 3, "bins", 10, 2, BINS_MAX);
    rows = push_scored(L, m, t, &n, &positives);
    calibrate(&b, rows, n, bins);
    chart_init(&c, CHART_XY, title ? title : "Calibration");
    c.unit_x = c.unit_y = true;
    chart_add(&c, "model", MARK_LINE, b.x, b.y, b.n);
    chart_add(&c, "", MARK_POINTS, b.x, b.y, b.n)->colour = 0;
    chart_add(&c, "a perfectly honest model", MARK_LINE, unit_line, unit_line, 2)->dashed = true;
    c.x_label = "predicted probability";
    c.y_label = "share that is really positive";
    c.summary = chart_text(&c,
                           "Predicted against real shares in %zu groups of rows; they differ by "
                           "%.3f on average.",
                           b.n, b.error);
    plot_emit(L, &c);
    return 0;
}

/* ---- confusion ----------------------------------------------------------- */

int call_plot_confusion(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the second value");
    size_t classes = learn_class_count(m), *predicted;
    double threshold, right = 0, all = 0, *counts;
    const float *labels;
    const char *title;
    struct chart c;
    char buf[128];

    need_options(L, 3);
    title = option_text(L, 3, "title");
    threshold = option_number(L, 3, "threshold", 0.5);
    predicted = learn_classes(L, m, t, threshold);
    labels = learn_labels(L, m, t);
    if (classes > 20)
        fail(L, "%zu classes are too many to draw; use xgb.confusion", classes);
    counts = lua_newuserdatauv(L, classes * classes * sizeof *counts, 0);
    memset(counts, 0, classes * classes * sizeof *counts);
    for (size_t r = 0; r < t->rows; r++)
        if (labels[r] >= 0 && labels[r] < (float)classes && predicted[r] < classes) {
            counts[(size_t)labels[r] * classes + predicted[r]]++;
            right += (size_t)labels[r] == predicted[r];
            all++;
        }
    chart_init(&c, CHART_GRID, title ? title : "Confusion matrix");
    for (size_t k = 0; k < classes; k++)
        chart_name(&c, learn_class_name(m, k, buf, sizeof buf));
    chart_add(&c, "", MARK_LINE, counts, counts, classes * classes);
    c.x_label = "predicted";
    c.y_label = "truth";
    c.summary = chart_text(&c, "%.0f of %.0f rows are predicted right.", right, all);
    plot_emit(L, &c);
    return 0;
}

/* ---- learning curve ------------------------------------------------------ */

/* Does the column "held_out logloss" measure this metric? */
static bool measures(const char *column, const char *metric)
{
    const char *space = strrchr(column, ' ');

    return space && !strcmp(space + 1, metric);
}

void plot_history(lua_State *L, const struct table *h, const char *metric, const char *title)
{
    const char *last = strrchr(h->column[h->columns - 1].name, ' ');
    struct str summary = STR_INIT;
    struct chart c;

    if (!metric)
        metric = last ? last + 1 : "";
    chart_init(&c, CHART_XY, NULL);
    c.title = title ? chart_text(&c, "%s", title) : chart_text(&c, "Learning curve: %s", metric);
    for (size_t i = 1; i < h->columns; i++) {
        const char *name = h->column[i].name;

        if (!measures(name, metric))
            continue;
        chart_add(&c, chart_text(&c, "%.*s", (int)(strrchr(name, ' ') - name), name), MARK_LINE,
                  h->column[0].numbers, h->column[i].numbers, h->rows);
        if (h->rows)
            str_printf(&summary, "%s %s %.4g", summary.len ? "," : "", name,
                       h->column[i].numbers[h->rows - 1]);
    }
    c.x_label = "round";
    c.y_label = chart_text(&c, "%s", metric);
    c.summary = chart_text(&c, "After %zu rounds:%s.", h->rows, summary.ptr);
    str_done(&summary);
    plot_emit(L, &c);
}

int call_plot_learning_curve(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const char *metric;
    bool found = false;

    need_options(L, 2);
    metric = option_text(L, 2, "metric");
    if (m->history->columns < 2)
        fail(L, "nothing was measured while this model was trained: train it with evals = {...}");
    for (size_t i = 1; metric && i < m->history->columns; i++)
        found |= measures(m->history->column[i].name, metric);
    if (metric && !found)
        fail(L, "the metric '%s' was not measured while this model was trained", metric);
    plot_history(L, m->history, metric, option_text(L, 2, "title"));
    return 0;
}

/* ---- importance ---------------------------------------------------------- */

int call_plot_importance(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const char *kind, *title;
    size_t n, top;
    struct importance *all;
    double values[CHART_NAMES_MAX];
    struct chart c;
    char buf[64];

    need_options(L, 2);
    kind = option_text(L, 2, "kind");
    title = option_text(L, 2, "title");
    top = (size_t)option_whole(L, 2, "top", 10, 1, CHART_NAMES_MAX);
    all = learn_importance(L, m, kind, &n);
    if (!n)
        fail(L, "the model has no splits, so no feature is important");
    n = n < top ? n : top;
    chart_init(&c, CHART_BARS, title ? title : "Feature importance");
    for (size_t i = 0; i < n; i++) {
        chart_name(&c, learn_feature_name(m, all[i].feature, buf, sizeof buf));
        values[i] = all[i].value;
    }
    chart_add(&c, "", MARK_LINE, values, values, n);
    c.x_label = chart_text(&c, "%s", kind ? kind : "gain");
    c.summary = chart_text(&c, "The %zu most important features by %s; the first is %s.", n,
                           c.x_label, c.names[0]);
    plot_emit(L, &c);
    return 0;
}

/* ---- SHAP ---------------------------------------------------------------- */

int call_plot_shap(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the second value");
    size_t features = lk_model_features(m->model), top, width, rows;
    struct lk_matrix **matrix;
    struct table **sample;
    const char *title, **names;
    float *v;
    struct chart c;
    char buf[64];

    need_options(L, 3);
    title = option_text(L, 3, "title");
    top = (size_t)option_whole(L, 3, "top", 8, 1, SHAP_TOP_MAX);
    if (lk_model_groups(m->model) > 1)
        fail(L, "this plot is for a model with one output; this one has %zu",
             lk_model_groups(m->model));
    sample = push_table(L);
    *sample = table_sample(t, SHAP_ROWS, 1);
    rows = (*sample)->rows;
    if (!rows)
        fail(L, "the table has no rows");
    matrix = push_matrix(L);
    learn_matrix(L, matrix, *sample, NULL, NULL, m->model);
    v = learn_predict(L, m, *sample, LK_CONTRIB, 0, &width);
    names = lua_newuserdatauv(L, (features + 1) * sizeof *names, 0);
    lua_createtable(L, (int)features, 0); /* keeps the names */
    for (size_t f = 0; f < features; f++) {
        names[f] = lua_pushstring(L, learn_feature_name(m, f, buf, sizeof buf));
        lua_rawseti(L, -2, (lua_Integer)f + 1);
    }
    chart_swarm(&c, &(struct swarm){v, lk_matrix_values(*matrix), rows, features, width, names},
                top, title);
    plot_emit(L, &c);
    return 0;
}
