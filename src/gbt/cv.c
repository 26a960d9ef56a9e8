/*
 * The folds' trainings are taken round by round together. Where there are at
 * least as many folds as threads each thread takes whole folds; otherwise the
 * threads share the work within one fold after the other. Either way a fold's
 * figures depend on its rows alone.
 *
 * The classes of a multi-class task are counted over all rows, so that a fold
 * that lacks one of them still trains the same kind of model.
 */
#include "gbt/cv.h"
#include "base/error.h"
#include "base/mem.h"
#include "gbt/metric.h"
#include "gbt/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One fold: what it trains on, what it is measured on. */
struct fold {
    struct lk_matrix *rest, *kept; /* NULL where the rows are the caller's */
    const struct lk_matrix *sets[2];
    struct lk_train_options options;
    struct gbt_trainer *trainer;
    enum lk_status status;
    struct lk_error error;
};

struct run {
    const struct lk_matrix *data;
    const struct gbt_cv_options *o;
    struct lk_params *params;
    struct pool *pool;
    int *fold_of;
    struct fold *fold; /* (folds) */
    struct gbt_cv *cv;
    size_t folds;
};

static const char *const set_names[] = {"train", "test"};

/* ---- what was measured --------------------------------------------------------------- */

double gbt_cv_value(const struct gbt_cv *cv, size_t round, size_t series, size_t fold)
{
    return cv->value[(round * cv->series + series) * cv->folds + fold];
}

double gbt_cv_mean(const struct gbt_cv *cv, size_t round, size_t series)
{
    double sum = 0;

    for (size_t k = 0; k < cv->folds; k++)
        sum += gbt_cv_value(cv, round, series, k);
    return sum / (double)cv->folds;
}

double gbt_cv_deviation(const struct gbt_cv *cv, size_t round, size_t series)
{
    double mean = gbt_cv_mean(cv, round, series), sum = 0;

    for (size_t k = 0; k < cv->folds; k++)
        sum += pow(gbt_cv_value(cv, round, series, k) - mean, 2);
    return sqrt(sum / (double)cv->folds);
}

void gbt_cv_free(struct gbt_cv *cv)
{
    if (!cv)
        return;
    for (size_t i = 0; i < cv->series; i++)
        free(cv->metric[i]);
    free(cv->metric);
    free(cv->data);
    free(cv->value);
    free(cv);
}

/* The series that decides: the metric asked for, or the last, on the folds. */
static enum lk_status find_watched(struct gbt_cv *cv, const char *metric, struct lk_error *err)
{
    bool found = false;

    for (size_t i = 0; i < cv->series; i++)
        if (!strcmp(cv->data[i], "test") && (!metric || !strcmp(cv->metric[i], metric))) {
            cv->watched = i;
            found = true;
        }
    if (found)
        return LK_OK;
    return metric ? error_set(err, LK_EUSE,
                              "the metric '%.60s' was not measured: name it in eval_metric too",
                              metric)
                  : error_set(err, LK_EUSE, "nothing is measured: name an eval_metric");
}

static enum lk_status name_series(struct run *r, struct lk_error *err)
{
    const struct gbt_board *b = &r->fold[0].trainer->board;
    struct gbt_cv *cv = r->cv;

    cv->folds = r->folds;
    cv->series = 2 * b->metrics;
    cv->data = mem_calloc(cv->series, sizeof *cv->data);
    cv->metric = mem_calloc(cv->series, sizeof *cv->metric);
    for (size_t i = 0; i < cv->series; i++) {
        cv->data[i] = b->data[i];
        cv->metric[i] = mem_strdup(b->metric[i]);
    }
    return find_watched(cv, r->o->metric, err);
}

/* ---- folds ------------------------------------------------------------------------------ */

static struct lk_matrix *part_of(const struct run *r, int which, bool inside)
{
    uint32_t *rows = mem_calloc(r->data->rows + 1, sizeof *rows);
    struct lk_matrix *part;
    size_t n = 0;

    for (size_t i = 0; i < r->data->rows; i++)
        if ((r->fold_of[i] == which) == inside)
            rows[n++] = (uint32_t)i;
    part = gbt_matrix_pick(r->data, rows, n);
    free(rows);
    return part;
}

static void start_fold(void *ctx, size_t k, int worker)
{
    struct run *r = ctx;
    struct fold *f = &r->fold[k];

    (void)worker;
    if (!r->o->valid) {
        f->rest = part_of(r, (int)k, false);
        f->kept = part_of(r, (int)k, true);
    }
    f->sets[0] = f->rest ? f->rest : r->data;
    f->sets[1] = f->kept ? f->kept : r->o->valid;
    f->options = (struct lk_train_options){
        .rounds = r->o->rounds,
        .evals = f->sets,
        .eval_names = set_names,
        .eval_count = 2,
    };
    f->status =
        gbt_trainer_new(&f->trainer, f->sets[0], r->params, &f->options, r->pool, &f->error);
}

static void step_fold(void *ctx, size_t k, int worker)
{
    struct run *r = ctx;
    struct fold *f = &r->fold[k];
    bool stop = false;

    (void)worker;
    f->status = gbt_trainer_round(f->trainer, &stop, &f->error);
}

/* Over all folds; the first fold that failed says why. */
static enum lk_status each_fold(struct run *r, pool_fn *fn, struct lk_error *err)
{
    if (r->folds >= (size_t)pool_threads(r->pool))
        pool_run(r->pool, r->folds, fn, r);
    else
        for (size_t k = 0; k < r->folds; k++)
            fn(r, k, 0);
    for (size_t k = 0; k < r->folds; k++)
        if (r->fold[k].status) {
            if (err)
                *err = r->fold[k].error;
            return r->fold[k].status;
        }
    return LK_OK;
}

/* ---- rounds ------------------------------------------------------------------------------ */

static void note_round(struct run *r)
{
    struct gbt_cv *cv = r->cv;
    size_t round = cv->rounds++;
    bool more = gbt_metric_maximized(cv->metric[cv->watched]);
    double now, best;

    for (size_t s = 0; s < cv->series; s++)
        for (size_t k = 0; k < cv->folds; k++)
            cv->value[(round * cv->series + s) * cv->folds + k] =
                r->fold[k].trainer->board.value[s];
    now = gbt_cv_mean(cv, round, cv->watched);
    best = gbt_cv_mean(cv, cv->best, cv->watched);
    if (more ? now > best : now < best)
        cv->best = round;
}

static enum lk_status run_rounds(struct run *r, struct lk_error *err)
{
    struct gbt_cv *cv = r->cv;
    enum lk_status st = LK_OK;

    cv->value = mem_calloc(r->o->rounds * cv->series * cv->folds, sizeof *cv->value);
    while (!st && !cv->stopped && cv->rounds < r->o->rounds) {
        st = each_fold(r, step_fold, err);
        if (st)
            break;
        note_round(r);
        cv->stopped = r->o->on_round && !r->o->on_round(r->o->ctx, cv);
        if (r->o->early_stop && cv->rounds - 1 - cv->best >= r->o->early_stop)
            break;
    }
    return st;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void count_classes(struct run *r)
{
    size_t *classes = &r->params->task.classes;
    float highest = 0;

    if (*classes || strncmp(r->params->objective, "multi:", 6) || !r->data->labels)
        return;
    for (size_t i = 0; i < r->data->rows; i++)
        highest = fmaxf(highest, r->data->labels[i]);
    *classes = r->data->classes.n          ? r->data->classes.n
               : highest < GBT_MAX_CLASSES ? (size_t)highest + 1
                                           : 0;
}

/* All folds are in memory at once. */
static enum lk_status check_memory(const struct run *r, struct lk_error *err)
{
    const struct lk_matrix *m = r->data;
    double copies = (double)m->rows * (double)m->columns * sizeof(float);
    double training = gbt_train_memory(m->rows, m->columns, m->targets ? m->targets : 1, r->params,
                                       pool_threads(r->pool));

    return gbt_memory_check((double)r->folds * (copies + training), m->rows, m->columns, err);
}

/*
 * Labels and metrics are tried on all rows first, so that a message about a
 * row has its number in the data and not in some fold.
 */
static enum lk_status check_rows(const struct run *r, struct lk_error *err)
{
    const struct lk_matrix *m = r->data;
    const struct gbt_objective *o = gbt_objective_find(r->params->objective);
    struct gbt_task *task;
    enum lk_status st;
    float *margins;

    if (!o || (!m->labels && !m->lower))
        return LK_OK; /* training will say so */
    st = gbt_task_new(&task, o, &r->params->task, m, err);
    if (st)
        return st;
    margins = mem_calloc(m->rows * task->groups, sizeof *margins);
    for (size_t i = 0; !st && i < r->params->metric_count; i++) {
        double value;

        st = gbt_metric_known(r->params->metrics[i], err);
        if (!st)
            st = gbt_metric_compute(&value, r->params->metrics[i], margins, task->groups, m, o,
                                    &r->params->task, r->pool, err);
    }
    free(margins);
    gbt_task_free(task);
    return st;
}

static void run_done(struct run *r)
{
    for (size_t k = 0; r->fold && k < r->folds; k++) {
        gbt_trainer_free(r->fold[k].trainer);
        lk_matrix_free(r->fold[k].rest);
        lk_matrix_free(r->fold[k].kept);
    }
    free(r->fold);
    free(r->fold_of);
    lk_params_free(r->params);
    pool_free(r->pool);
    gbt_cv_free(r->cv);
}

enum lk_status gbt_cv_run(struct gbt_cv **out, const struct lk_matrix *m,
                          const struct lk_params *params, const struct gbt_cv_options *o,
                          struct lk_error *err)
{
    struct run r = {.data = m, .o = o, .folds = o->valid ? 1 : o->folds};
    enum lk_status st;

    r.params = gbt_params_copy(params);
    r.params->early_stopping_rounds = 0; /* that of one fold; here the mean decides */
    r.pool = pool_new(o->threads > 0 ? o->threads : r.params->nthread);
    r.cv = mem_calloc(1, sizeof *r.cv);
    count_classes(&r);
    st = check_memory(&r, err);
    if (!st)
        st = check_rows(&r, err);
    if (!st && !o->valid)
        st = gbt_cv_deal(&r.fold_of, m, o, err);
    if (!st) {
        r.fold = mem_calloc(r.folds, sizeof *r.fold);
        st = each_fold(&r, start_fold, err);
    }
    if (!st)
        st = name_series(&r, err);
    if (!st)
        st = run_rounds(&r, err);
    if (!st) {
        *out = r.cv;
        r.cv = NULL;
    }
    run_done(&r);
    return st;
}
