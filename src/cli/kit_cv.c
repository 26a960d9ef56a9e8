/*
 * labkit cv: cross-validation of one setting. Rounds go by on stderr as they
 * come; the table of means, and the folds' own figures at the best round, are
 * what stdout gets.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/reading.h"
#include "gbt/cv.h"
#include "lab/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    READING_DATA("rows to train and test on"),
    READING_LABEL,
    {"folds", "N", "parts that the rows are cut into (default 5)", false, 'k'},
    FOLDING,
    TRAINING_ROUNDS,
    {"early-stop", "N", "stop after N rounds without a better mean of the watched metric", false,
     0},
    {"metric", "NAME", "the watched one (default: the last eval_metric)", false, 0},
    TRAINING_SET,
    {"seed", "N", "deal the rows otherwise (default 0)", false, 0},
    {"out", "FILE", "write every fold's figure of every round there, as CSV", false, 'o'},
    {"svg", "FILE", "draw the watched metric by round there", false, 0},
    THREADS_CHANGE_NOT("the figures do not depend on it"),
    READING_ROW_COLUMNS,
    READING_FORMAT,
    {"json", NULL, "print JSON", false, 0},
    {"quiet", NULL, "no rounds on stderr", false, 'q'},
    {NULL, NULL, NULL, false, 0},
};

struct cv_job {
    struct lk_params *params;
    struct lk_read_options reading;
    struct lk_matrix *data;
    float *group;
    struct gbt_cv_options cv;
    struct gbt_cv *result;
};

/* ---- what comes out ----------------------------------------------------------- */

static bool show_round(void *ctx, const struct gbt_cv *cv)
{
    size_t round = cv->rounds - 1;

    (void)ctx;
    fprintf(stderr, "[%zu]", round);
    for (size_t s = 0; s < cv->series; s++)
        fprintf(stderr, "\t%s-%s:%.6g+%.2g", cv->data[s], cv->metric[s], gbt_cv_mean(cv, round, s),
                gbt_cv_deviation(cv, round, s));
    fputc('\n', stderr);
    return true;
}

static void put_text(struct str *out, const struct gbt_cv *cv)
{
    str_printf(out, "%-24s", "");
    for (size_t k = 0; k < cv->folds; k++)
        str_printf(out, " fold %-5zu", k + 1);
    str_printf(out, " %-10s deviation\n", "mean");
    for (size_t s = 0; s < cv->series; s++) {
        str_printf(out, "%s %-*s", cv->data[s], 23 - (int)strlen(cv->data[s]), cv->metric[s]);
        for (size_t k = 0; k < cv->folds; k++)
            str_printf(out, " %-10.6g", gbt_cv_value(cv, cv->best, s, k));
        str_printf(out, " %-10.6g %.3g\n", gbt_cv_mean(cv, cv->best, s),
                   gbt_cv_deviation(cv, cv->best, s));
    }
    str_printf(out, "best round: %zu of %zu (counted from 0), by %s %s\n", cv->best, cv->rounds,
               cv->data[cv->watched], cv->metric[cv->watched]);
}

static void put_series(struct json_out *w, const struct gbt_cv *cv, size_t round, const char *data)
{
    json_open(w, data, '{');
    for (size_t s = 0; s < cv->series; s++) {
        if (strcmp(cv->data[s], data))
            continue;
        json_open(w, cv->metric[s], '{');
        json_put_number(w, "mean", gbt_cv_mean(cv, round, s));
        json_put_number(w, "deviation", gbt_cv_deviation(cv, round, s));
        json_open(w, "folds", '[');
        for (size_t k = 0; k < cv->folds; k++)
            json_put_number(w, NULL, gbt_cv_value(cv, round, s, k));
        json_close(w);
        json_close(w);
    }
    json_close(w);
}

static void put_json(struct str *out, const struct gbt_cv *cv)
{
    struct json_out w;

    json_begin(&w, out, true);
    json_open(&w, NULL, '{');
    json_put_int(&w, "folds", (int64_t)cv->folds);
    json_put_z(&w, "metric", cv->metric[cv->watched]);
    json_put_int(&w, "best_round", (int64_t)cv->best);
    json_open(&w, "rounds", '[');
    for (size_t r = 0; r < cv->rounds; r++) {
        json_open(&w, NULL, '{');
        json_put_int(&w, "round", (int64_t)r);
        put_series(&w, cv, r, "train");
        put_series(&w, cv, r, "test");
        json_close(&w);
    }
    json_close(&w);
    json_close(&w);
    str_putc(out, '\n');
}

static enum lk_status write_csv(const struct gbt_cv *cv, const char *path, struct lk_error *err)
{
    struct str out = STR_INIT;
    enum lk_status st;

    str_puts(&out, "round,fold,data,metric,value\n");
    for (size_t r = 0; r < cv->rounds; r++)
        for (size_t k = 0; k < cv->folds; k++)
            for (size_t s = 0; s < cv->series; s++)
                str_printf(&out, "%zu,%zu,%s,%s,%.9g\n", r, k + 1, cv->data[s], cv->metric[s],
                           gbt_cv_value(cv, r, s, k));
    st = file_write(path, slice_str(&out), err);
    str_done(&out);
    return st;
}

/* The watched metric on the folds and on what was trained on, round by round. */
static enum lk_status draw(const struct gbt_cv *cv, const char *path, struct lk_error *err)
{
    const char *metric = cv->metric[cv->watched];
    double *x = mem_calloc(2 * cv->rounds, sizeof *x), *y = x + cv->rounds;
    struct str svg = STR_INIT;
    struct chart c;
    enum lk_status st;

    chart_init(&c, CHART_XY, "Cross-validation");
    for (size_t s = 0; s < cv->series; s++) {
        if (strcmp(cv->metric[s], metric))
            continue;
        for (size_t r = 0; r < cv->rounds; r++) {
            x[r] = (double)r;
            y[r] = gbt_cv_mean(cv, r, s);
        }
        chart_add(&c, cv->data[s], MARK_LINE, x, y, cv->rounds);
    }
    c.x_label = "round";
    c.y_label = chart_text(&c, "%s", metric);
    c.summary = chart_text(&c, "Mean %s over %zu folds; the best is %.6g, after round %zu.", metric,
                           cv->folds, gbt_cv_mean(cv, cv->best, cv->watched), cv->best);
    chart_put_svg(&svg, &c);
    st = file_write(path, slice_str(&svg), err);
    str_done(&svg);
    chart_done(&c);
    free(x);
    return st;
}

/* ---- the command ---------------------------------------------------------------- */

static enum lk_status prepare(struct cv_job *j, const struct args *a, struct lk_error *err)
{
    int64_t folds = 0, rounds = 0, stop = 0, seed = 0, threads = 0;
    enum lk_status st = args_need(a, "data", err);

    if (!st)
        st = args_int(a, "folds", 5, 2, GBT_CV_FOLDS_MAX, &folds, err);
    if (!st)
        st = args_int(a, "rounds", 0, 1, GBT_MAX_ROUNDS, &rounds, err);
    if (!st)
        st = args_int(a, "early-stop", 0, 1, GBT_MAX_ROUNDS, &stop, err);
    if (!st)
        st = args_int(a, "seed", 0, 0, INT32_MAX, &seed, err);
    if (!st)
        st = args_int(a, "threads", 0, 1, 1024, &threads, err);
    if (!st)
        st = training_params(j->params, a, err);
    if (!st && args_get(a, "out"))
        st = training_target(args_get(a, "out"), "out", err);
    if (!st && args_get(a, "svg"))
        st = training_target(args_get(a, "svg"), "svg", err);
    if (!st)
        st = reading_options(&j->reading, a, (int)threads, err);
    j->cv = (struct gbt_cv_options){
        .folds = (size_t)folds,
        .rounds = rounds                 ? (size_t)rounds
                  : j->params->num_round ? (size_t)j->params->num_round
                                         : 10,
        .early_stop = stop ? (size_t)stop : (size_t)j->params->early_stopping_rounds,
        .metric = args_get(a, "metric"),
        .plain = args_flag(a, "no-stratify"),
        .seed = (uint64_t)seed,
        .threads = (int)threads,
        .on_round = args_flag(a, "quiet") ? NULL : show_round,
    };
    return st;
}

static enum lk_status read_rows(struct cv_job *j, const struct args *a, struct lk_error *err)
{
    const char *group = args_get(a, "group");
    enum lk_status st = lk_matrix_read(&j->data, args_get(a, "data"), &j->reading, err);

    if (!st && group)
        st = gbt_matrix_take_column(&j->group, j->data, group, err);
    j->cv.group = j->group;
    return st;
}

static enum lk_status report(const struct cv_job *j, const struct args *a, struct lk_error *err)
{
    struct str out = STR_INIT;
    enum lk_status st = LK_OK;

    if (args_get(a, "out"))
        st = write_csv(j->result, args_get(a, "out"), err);
    if (!st && args_get(a, "svg"))
        st = draw(j->result, args_get(a, "svg"), err);
    if (args_flag(a, "json"))
        put_json(&out, j->result);
    else
        put_text(&out, j->result);
    if (!st)
        fputs(out.ptr, stdout);
    str_done(&out);
    return st;
}

static int run(const struct args *a, struct lk_error *err)
{
    struct cv_job j = {.params = lk_params_new()};
    enum lk_status st = prepare(&j, a, err);

    if (!st && !args_flag(a, "quiet"))
        training_notes(j.params);
    if (!st)
        st = read_rows(&j, a, err);
    if (!st) {
        st = gbt_cv_run(&j.result, j.data, j.params, &j.cv, err);
        if (st == LK_EINPUT)
            error_place(err, args_get(a, "data"), 0, 0);
    }
    if (!st)
        st = report(&j, a, err);
    gbt_cv_free(j.result);
    free(j.group);
    lk_matrix_free(j.data);
    lk_params_free(j.params);
    return exit_for(st);
}

const struct command command_kit_cv = {
    .name = "cv",
    .summary = "cross-validate a setting: train on some folds, test on the other",
    .options = options,
    .details =
        "Rows are dealt to folds by chance (--seed), each fold getting its share of each class; "
        "rows of one query, or with one value in the --group column, stay together. All folds "
        "train together, a round at a time, so --early-stop looks at the mean over the folds.\n\n"
        "stdout gets each fold's figures at the best round; --json and --out give those of all "
        "rounds.",
    .example = "$ labkit cv --data lessons/data/breast-cancer.csv --label malignant --folds 5 \\\n"
               "      --rounds 100 --early-stop 10 --set objective=binary:logistic --set "
               "eval_metric=auc\n",
    .run = run,
};
