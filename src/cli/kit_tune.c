/*
 * labkit tune: search settings. Each trial is judged by cross-validation (or on
 * --valid); gbt/tune.c proposes the next from all before it. A trial's result
 * depends on rows, settings and seed alone, and so does what is proposed: a
 * search that goes on from its record (--record) ends as one in one go.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/reading.h"
#include "cli/tune_record.h"
#include "cli/tune_report.h"
#include "gbt/cv.h"
#include "gbt/metric.h"
#include "gbt/random.h"
#include "gbt/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS = 20, RANGES_MAX_BYTES = 1 << 20 };

static const struct option options[] = {
    READING_DATA("rows to train and test on"),
    READING_LABEL,
    {"range", "NAME=RANGE", "what to vary: eta=0.01:0.3, max_depth=2:10, booster=gbtree,dart", true,
     'r'},
    {"ranges", "FILE", "the same as SageMaker's ParameterRanges, in JSON", false, 0},
    {"trials", "N", "settings to try (default 20; with grid: all)", false, 0},
    {"strategy", "WORD", "bayesian (default), random or grid", false, 0},
    {"metric", "NAME", "what to compare by (default: the last eval_metric)", false, 0},
    {"valid", "FILE", "measure on these rows instead of by cross-validation", false, 'v'},
    {"folds", "N", "parts of the cross-validation (default 3)", false, 'k'},
    FOLDING,
    TRAINING_ROUNDS,
    {"early-stop", "N", "end a trial after N rounds without a better mean", false, 0},
    {"stop-hopeless", NULL,
     "end a trial that does worse than the median of the others' running averages", false, 0},
    TRAINING_SET,
    {"seed", "N", "search, and deal the rows, otherwise (default 0)", false, 0},
    {"record", "FILE", "keep every trial there, and go on from what is there", false, 0},
    {"model", "FILE", "train the best setting on all rows, and write the model there", false, 'm'},
    {"out", "FILE", "write the trials there, as CSV", false, 'o'},
    {"svg", "FILE", "draw the search there", false, 0},
    THREADS_CHANGE_NOT("the result does not depend on it"),
    READING_ROW_COLUMNS,
    READING_FORMAT,
    {"json", NULL, "print JSON", false, 0},
    {"quiet", NULL, "no trials on stderr", false, 'q'},
    {NULL, NULL, NULL, false, 0},
};

struct tune_job {
    struct lk_params *params; /* those that do not vary */
    struct lk_read_options reading;
    struct lk_matrix *data, *valid;
    struct lk_model *like;
    float *group;
    struct gbt_cv_options cv;
    struct tune_space space;
    enum tune_strategy strategy;
    struct tune_search *search;
    struct tune_record record;
    struct tune_outcome *outcomes; /* (tune_trials) */
    char metric[64];
    bool more, stop_hopeless, quiet;
    size_t trials, trial; /* trials to make; the one that runs */
    bool hopeless;        /* it is */
};

/* ---- one trial --------------------------------------------------------------------- */

/* The parameters with a trial's values. */
static enum lk_status trial_params(struct lk_params **out, const struct tune_job *j, size_t trial,
                                   struct lk_error *err)
{
    struct lk_params *p = gbt_params_copy(j->params);
    enum lk_status st = LK_OK;

    for (size_t i = 0; !st && i < j->space.n; i++)
        st = lk_params_set(p, j->space.axis[i].name, tune_value(j->search, trial, i), err);
    if (st)
        lk_params_free(p);
    else
        *out = p;
    return st;
}

/* num_round may be what varies. */
static size_t rounds_of(const struct tune_job *j, const struct lk_params *p)
{
    return j->cv.rounds ? j->cv.rounds : p->num_round ? (size_t)p->num_round : 10;
}

static bool on_round(void *ctx, const struct gbt_cv *cv)
{
    struct tune_job *j = ctx;

    tune_report(j->search, j->trial, gbt_cv_mean(cv, cv->rounds - 1, cv->watched));
    j->hopeless = j->stop_hopeless && tune_hopeless(j->search, j->trial);
    return !j->hopeless;
}

static void keep_outcome(struct tune_outcome *o, const struct gbt_cv *cv, bool hopeless)
{
    o->end = hopeless ? TUNE_STOPPED : TUNE_DONE;
    o->deviation = gbt_cv_deviation(cv, cv->best, cv->watched);
    o->best_round = cv->best;
    o->rounds = cv->rounds;
    o->curve = mem_calloc(cv->rounds, sizeof *o->curve);
    for (size_t r = 0; r < cv->rounds; r++)
        o->curve[r] = gbt_cv_mean(cv, r, cv->watched);
}

/* Trials are compared by the watched metric at their best round. */
static enum lk_status run_trial(struct tune_job *j, size_t trial, struct lk_error *err)
{
    struct tune_outcome *o;
    struct gbt_cv_options cv = j->cv;
    struct gbt_cv *result = NULL;
    struct lk_params *p = NULL;
    int64_t began = clock_steady_ns();
    enum lk_status st = trial_params(&p, j, trial, err);

    j->outcomes = mem_resize(j->outcomes, trial + 1, sizeof *j->outcomes);
    o = &j->outcomes[trial];
    *o = (struct tune_outcome){.end = TUNE_FAILED, .deviation = NAN};
    j->trial = trial;
    j->hopeless = false;
    if (!st) {
        cv.rounds = rounds_of(j, p);
        cv.on_round = on_round;
        cv.ctx = j;
        st = gbt_cv_run(&result, j->data, p, &cv, err);
    }
    lk_params_free(p);
    if (st)
        return st;
    keep_outcome(o, result, j->hopeless);
    o->seconds = (double)(clock_steady_ns() - began) / 1e9;
    tune_tell(j->search, trial, gbt_cv_mean(result, result->best, result->watched));
    gbt_cv_free(result);
    return LK_OK;
}

static void show_trial(const struct tune_job *j, size_t trial)
{
    size_t best = trial;

    tune_best(j->search, &best);
    fprintf(stderr, "[%zu]", trial + 1);
    for (size_t i = 0; i < j->space.n; i++)
        fprintf(stderr, "\t%s=%s", j->space.axis[i].name, tune_value(j->search, trial, i));
    if (j->outcomes[trial].end == TUNE_FAILED) {
        fputs("\tfailed\n", stderr);
        return;
    }
    fprintf(stderr, "\t%s:%.6g+%.2g%s%s\n", j->metric, tune_result(j->search, trial),
            j->outcomes[trial].deviation, j->outcomes[trial].end == TUNE_STOPPED ? "\tstopped" : "",
            best == trial ? "\t*" : "");
}

/*
 * A setting that cannot be trained is a failed trial, and the search goes on;
 * but where the first one fails, so would all.
 */
static enum lk_status search(struct tune_job *j, struct lk_error *err)
{
    enum lk_status st = LK_OK;
    size_t trial;

    while (!st && tune_trials(j->search) < j->trials && tune_ask(j->search, &trial)) {
        size_t best;

        st = run_trial(j, trial, err);
        if (st && tune_best(j->search, &best)) {
            fprintf(stderr, "trial %zu failed: %s\n", trial + 1, err->text);
            error_clear(err);
            tune_tell(j->search, trial, NAN);
            st = LK_OK;
        }
        if (!st)
            st = tune_record_add(&j->record, &j->space, j->search, trial, &j->outcomes[trial], err);
        if (!st && !j->quiet)
            show_trial(j, trial);
    }
    return st;
}

/* ---- what comes out ------------------------------------------------------------------ */

/* The best setting, on all rows, for as many rounds as were best. */
static enum lk_status train_best(const struct tune_job *j, size_t best, const char *path,
                                 struct lk_error *err)
{
    struct lk_train_options o = {.rounds = j->outcomes[best].best_round + 1,
                                 .threads = j->cv.threads};
    struct lk_params *p = NULL;
    struct lk_model *model = NULL;
    enum lk_status st = trial_params(&p, j, best, err);

    if (!st) {
        p->early_stopping_rounds = 0;
        st = lk_train(&model, j->data, p, &o, err);
    }
    if (!st)
        st = lk_model_write(model, path,
                            !strcmp(path_extension(path), ".ubj") ? LK_UBJSON : LK_JSON, err);
    lk_params_free(p);
    lk_model_free(model);
    return st;
}

static enum lk_status report(const struct tune_job *j, const struct args *a, struct lk_error *err)
{
    struct tune_report r = {&j->space,   j->search, j->outcomes, j->metric,
                            j->strategy, j->more,   !j->valid};
    struct str out = STR_INIT;
    size_t best;
    enum lk_status st = LK_OK;

    if (!tune_best(j->search, &best))
        return error_set(err, LK_EUSE, "no trial gave a result");
    if (args_get(a, "out"))
        st = tune_write_csv(&r, args_get(a, "out"), err);
    if (!st && args_get(a, "svg"))
        st = tune_draw(&r, args_get(a, "svg"), err);
    if (!st && args_get(a, "model"))
        st = train_best(j, best, args_get(a, "model"), err);
    if (args_flag(a, "json"))
        tune_put_json(&out, &r, best);
    else
        tune_put_text(&out, &r, best);
    if (!st)
        fputs(out.ptr, stdout);
    str_done(&out);
    return st;
}

/* ---- what was asked for ----------------------------------------------------------------- */

static enum lk_status read_ranges(struct tune_job *j, const struct args *a, struct lk_error *err)
{
    const char *one, *file = args_get(a, "ranges");
    struct json *ranges = NULL;
    enum lk_status st = LK_OK;

    for (size_t i = 0; !st && (one = args_nth(a, "range", i)); i++)
        st = tune_add_text(&j->space, one, err);
    if (!st && file) {
        st = json_read(&ranges, file, RANGES_MAX_BYTES, err);
        if (!st && json_get(ranges, "ParameterRanges"))
            st = tune_add_json(&j->space, json_get(ranges, "ParameterRanges"), err);
        else if (!st)
            st = tune_add_json(&j->space, ranges, err);
    }
    json_free(ranges);
    if (!st && !j->space.n)
        st = error_set(err, LK_EUSE, "there is nothing to vary: give a --range");
    return st;
}

/* Both ends of every range, and all words, are tried on the parameters before any work. */
static enum lk_status check_ranges(const struct tune_job *j, struct lk_error *err)
{
    struct lk_params *p = gbt_params_copy(j->params);
    enum lk_status st = LK_OK;

    for (size_t i = 0; !st && i < j->space.n; i++) {
        const struct tune_axis *x = &j->space.axis[i];
        size_t n = x->kind == TUNE_CATEGORICAL ? x->count : 2;

        for (size_t k = 0; !st && k < n; k++) {
            struct str text = STR_INIT;

            tune_put_value(&text, x,
                           x->kind == TUNE_CATEGORICAL ? ((double)k + 0.5) / (double)n : (double)k);
            st = lk_params_set(p, x->name, text.ptr, err);
            str_done(&text);
        }
    }
    lk_params_free(p);
    return st;
}

static enum lk_status read_numbers(struct tune_job *j, const struct args *a, struct lk_error *err)
{
    int64_t folds = 0, rounds = 0, stop = 0, seed = 0, threads = 0, trials = 0;
    bool grid = j->strategy == TUNE_GRID;
    enum lk_status st =
        args_int(a, "trials", grid ? TUNE_TRIALS_MAX : TRIALS, 1, TUNE_TRIALS_MAX, &trials, err);

    if (!st)
        st = args_int(a, "folds", 3, 2, GBT_CV_FOLDS_MAX, &folds, err);
    if (!st)
        st = args_int(a, "rounds", 0, 1, GBT_MAX_ROUNDS, &rounds, err);
    if (!st)
        st = args_int(a, "early-stop", 0, 1, GBT_MAX_ROUNDS, &stop, err);
    if (!st)
        st = args_int(a, "seed", 0, 0, INT32_MAX, &seed, err);
    if (!st)
        st = args_int(a, "threads", 0, 1, 1024, &threads, err);
    j->trials = (size_t)trials;
    j->cv = (struct gbt_cv_options){
        .folds = (size_t)folds,
        .rounds = (size_t)rounds,
        .early_stop = stop ? (size_t)stop : (size_t)j->params->early_stopping_rounds,
        .metric = args_get(a, "metric"),
        .plain = args_flag(a, "no-stratify"),
        .seed = (uint64_t)seed,
        .threads = (int)threads,
    };
    return st;
}

/* The metric that decides, by name: --metric is measured too where eval_metric does not say so. */
static enum lk_status choose_metric(struct tune_job *j, const struct args *a, struct lk_error *err)
{
    const char *asked = args_get(a, "metric");
    const struct gbt_objective *objective = gbt_objective_find(j->params->objective);
    bool listed = false;

    for (size_t i = 0; asked && i < j->params->metric_count; i++)
        listed |= !strcmp(asked, j->params->metrics[i]);
    if (asked && !listed) {
        enum lk_status st = lk_params_set(j->params, "eval_metric", asked, err);

        if (st)
            return st;
    }
    if (asked)
        snprintf(j->metric, sizeof j->metric, "%s", asked);
    else if (j->params->metric_count)
        snprintf(j->metric, sizeof j->metric, "%s",
                 j->params->metrics[j->params->metric_count - 1]);
    else if (objective)
        gbt_objective_metric(j->metric, objective, &j->params->task);
    j->more = gbt_metric_maximized(j->metric);
    return LK_OK;
}

static enum lk_status check_targets(const struct args *a, struct lk_error *err)
{
    static const char *const names[] = {"model", "out", "svg", "record"};
    enum lk_status st = LK_OK;

    for (size_t i = 0; !st && i < sizeof names / sizeof *names; i++)
        if (args_get(a, names[i]))
            st = training_target(args_get(a, names[i]), names[i], err);
    return st;
}

static enum lk_status prepare(struct tune_job *j, const struct args *a, struct lk_error *err)
{
    enum lk_status st = args_need(a, "data", err);

    if (!st && !tune_find_strategy(args_get(a, "strategy"), &j->strategy))
        st = error_set(err, LK_EUSE, "--strategy is bayesian, random or grid, not '%s'",
                       args_get(a, "strategy"));
    if (!st)
        st = training_params(j->params, a, err);
    if (!st)
        st = read_numbers(j, a, err);
    if (!st)
        st = read_ranges(j, a, err);
    if (!st)
        st = check_ranges(j, err);
    if (!st)
        st = choose_metric(j, a, err);
    if (!st)
        st = check_targets(a, err);
    if (!st)
        st = reading_options(&j->reading, a, j->cv.threads, err);
    j->stop_hopeless = args_flag(a, "stop-hopeless");
    j->quiet = args_flag(a, "quiet");
    return st;
}

static enum lk_status read_rows(struct tune_job *j, const struct args *a, struct lk_error *err)
{
    const char *group = args_get(a, "group"), *valid = args_get(a, "valid");
    enum lk_status st = LK_OK;

    if (group && valid)
        return error_set(err, LK_EUSE, "--group is for folds, and with --valid there are none");
    st = lk_matrix_read(&j->data, args_get(a, "data"), &j->reading, err);
    if (!st && group)
        st = gbt_matrix_take_column(&j->group, j->data, group, err);
    if (!st && valid) {
        j->like = gbt_model_like(j->data);
        j->reading.model = j->like;
        st = lk_matrix_read(&j->valid, valid, &j->reading, err);
    }
    j->cv.group = j->group;
    j->cv.valid = j->valid;
    return st;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static uint64_t mix_bytes(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;

    for (size_t i = 0; b && i < n; i++)
        h = (h ^ b[i]) * 0x100000001b3u;
    return gbt_mix(h, n);
}

static uint64_t mix_rows(uint64_t h, const struct lk_matrix *m)
{
    if (!m)
        return gbt_mix(h, 0);
    h = mix_bytes(h, m->values, m->rows * m->columns * sizeof *m->values);
    h = mix_bytes(h, m->labels, m->rows * m->targets * sizeof *m->labels);
    h = mix_bytes(h, m->weights, m->weights ? m->rows * sizeof *m->weights : 0);
    return gbt_mix(h, m->rows);
}

/* Of all that a trial's result, and the choice of trials, depend on; not of how many there are. */
static uint64_t print_of(const struct tune_job *j)
{
    uint64_t h = mix_rows(mix_rows(j->params->print, j->data), j->valid);

    h = mix_bytes(h, j->metric, strlen(j->metric));
    for (size_t i = 0; i < j->space.n; i++) {
        const struct tune_axis *x = &j->space.axis[i];
        double ends[2] = {x->low, x->high};

        h = mix_bytes(h, x->name, strlen(x->name));
        h = mix_bytes(gbt_mix(h, (uint64_t)x->kind * 8 + x->scaling), ends, sizeof ends);
        for (size_t k = 0; k < x->count; k++)
            h = mix_bytes(h, x->words[k], strlen(x->words[k]));
    }
    h = mix_bytes(h, j->group, j->group ? j->data->rows * sizeof *j->group : 0);
    h = gbt_mix(h, j->cv.folds * 4 + (size_t)j->strategy);
    h = gbt_mix(gbt_mix(gbt_mix(h, j->cv.rounds), j->cv.early_stop), j->cv.seed);
    return gbt_mix(h, (uint64_t)j->cv.plain * 2 + j->stop_hopeless);
}

static void job_done(struct tune_job *j)
{
    for (size_t t = 0; j->outcomes && t < tune_trials(j->search); t++)
        free(j->outcomes[t].curve);
    free(j->outcomes);
    tune_record_close(&j->record);
    tune_search_free(j->search);
    tune_space_done(&j->space);
    free(j->group);
    lk_matrix_free(j->data);
    lk_matrix_free(j->valid);
    lk_model_free(j->like);
    lk_params_free(j->params);
}

static int run(const struct args *a, struct lk_error *err)
{
    struct tune_job j = {.params = lk_params_new()};
    enum lk_status st = prepare(&j, a, err);

    if (!st && !j.quiet)
        training_notes(j.params);
    if (!st)
        st = read_rows(&j, a, err);
    if (!st) {
        j.search = tune_search_new(&j.space, j.strategy, j.more, j.cv.seed);
        st = tune_record_open(&j.record, args_get(a, "record"), print_of(&j), &j.space, j.search,
                              &j.outcomes, err);
    }
    if (!st && tune_trials(j.search) && !j.quiet)
        fprintf(stderr, "going on after %zu trials\n", tune_trials(j.search));
    if (!st)
        st = search(&j, err);
    if (!st)
        st = report(&j, a, err);
    if (st == LK_EINPUT)
        error_place(err, args_get(a, "data"), 0, 0);
    job_done(&j);
    return exit_for(st);
}

const struct command command_kit_tune = {
    .name = "tune",
    .summary = "search good settings by cross-validation",
    .options = options,
    .details =
        "A range is NAME=LOW:HIGH or NAME=LOW:HIGH:SCALING with SageMaker's words Linear, "
        "Logarithmic, ReverseLogarithmic and Auto (the default: logarithmic where HIGH is ten "
        "times LOW or more); or words, NAME=A,B,C. --ranges takes the ParameterRanges of a tuning "
        "job as they are.\n\n"
        "bayesian learns from the trials before: it fits a Gaussian process to their results and "
        "tries where the largest improvement is expected. random draws; grid tries all "
        "combinations, five points of a continuous range. The same rows, ranges and seed give the "
        "same search.",
    .example =
        "$ labkit tune --data lessons/data/breast-cancer.csv --label malignant --trials 20 \\\n"
        "      --range eta=0.02:0.5 --range max_depth=2:8 --range subsample=0.5:1 --metric auc \\\n"
        "      --set objective=binary:logistic --rounds 60 --early-stop 10 --svg search.svg\n",
    .run = run,
};
