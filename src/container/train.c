/*
 * The image's program `train`: configuration, channels, rounds, model.
 *
 * SIGTERM only sets a flag. The round that runs is finished, the checkpoint is
 * written, and the program ends as done; the model is written then only where
 * save_model_on_termination asks for it, as in the image. Checkpoints cost at
 * most a twentieth of the time: after one that took s seconds the next comes
 * no sooner than 20 s seconds later, and the last round always has one.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "container/internal.h"
#include "gbt/model.h"
#include "gbt/train.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAUSE = 20 };

struct training {
    struct container_job job;
    const struct container_format *format;
    struct lk_matrix *train, *validation;
    struct lk_model *start, *model;
    int64_t next_save; /* on the steady clock */
    struct lk_error *err;
    enum lk_status saved; /* of the last checkpoint */
    struct container_team team;
};

/* A signal handler reaches nothing but this. */
static volatile sig_atomic_t told_to_stop;

static void note_stop(int signal_number)
{
    told_to_stop = 1;
}

/* ---- what is printed ------------------------------------------------------------- */

/*
 * The tab of XGBoost's own lines is written as CloudWatch shows it, so that
 * the metric definitions of the built-in algorithm match on the way as well.
 */
static void show_round(const struct lk_round *r)
{
    printf("[%zu]", r->round);
    for (size_t i = 0; i < r->metrics; i++)
        printf("#011%s-%s:%.5f", r->data[i], r->metric[i], r->value[i]);
    putchar('\n');
    fflush(stdout);
}

/* ---- rounds ------------------------------------------------------------------------ */

static bool save_round(struct training *t, const struct lk_round *r, bool last)
{
    int64_t now = clock_steady_ns();

    if (!t->job.checkpoints || (!last && now < t->next_save))
        return true;
    t->saved =
        container_checkpoint_write(r->model, t->job.checkpoints, r->round, t->format, t->err);
    t->next_save = clock_steady_ns();
    t->next_save += PAUSE * (t->next_save - now);
    return !t->saved;
}

static bool on_round(void *ctx, const struct lk_round *r)
{
    struct training *t = ctx;
    bool stop = told_to_stop;

    show_round(r);
    return save_round(t, r, stop || r->round + 1 == r->rounds) && !stop;
}

/* The model of the best round and those before it is what the image saves. */
static void keep_best(struct lk_model *m, size_t early_stop)
{
    long best = lk_model_best_round(m);

    if (early_stop && best >= 0)
        gbt_train_cut_rounds(m, (size_t)best + 1);
}

static enum lk_status run_rounds(struct training *t, struct lk_error *err)
{
    const struct lk_matrix *sets[] = {t->train, t->validation};
    const char *names[] = {"train", "validation"};
    size_t done = t->start ? lk_model_rounds(t->start) : 0;
    struct lk_train_options o = {
        .rounds = t->job.rounds - done,
        .early_stop = t->job.early_stop,
        .evals = sets,
        .eval_names = names,
        .eval_count = t->validation ? 2 : 1,
        .start = t->start,
        .on_round = on_round,
        .ctx = t,
    };
    enum lk_status st = lk_train(&t->model, t->train, t->job.params, &o, err);

    if (!st)
        st = t->saved;
    if (!st)
        keep_best(t->model, t->job.early_stop);
    return st;
}

static enum lk_status resume(struct training *t, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    if (!t->job.checkpoints)
        return LK_OK;
    st = file_mkdirs(t->job.checkpoints, err);
    if (!st)
        st = container_checkpoint_read(&t->start, t->job.checkpoints, err);
    if (!st && t->start) {
        container_say("Checkpoint loaded from %s",
                      container_inside(t->job.root, t->job.checkpoints));
        container_say("Resuming from iteration %zu", lk_model_rounds(t->start));
    }
    return st;
}

/* ---- the whole ----------------------------------------------------------------------- */

static bool is_first(const struct training *t)
{
    return t->job.this_host == 0;
}

static bool was_told_to_stop(void)
{
    return told_to_stop;
}

static void tell_data(const struct training *t)
{
    const struct container_job *j = &t->job;
    struct str hosts = STR_INIT;

    for (size_t i = 0; i < j->hosts; i++)
        str_printf(&hosts, "%s'%s'", i ? ", " : "", j->host[i]);
    if (j->hosts > 1)
        container_say("Distributed node training with %zu hosts: [%s]; their rows come together "
                      "on %s, which grows the trees: all hosts of the practice cloud share one "
                      "computer, and to deal out the work would only slow it",
                      j->hosts, hosts.ptr, j->host[0]);
    else
        container_say("Single node training.");
    str_done(&hosts);
    if (t->train)
        container_say("Train matrix has %zu rows and %zu columns", lk_matrix_rows(t->train),
                      lk_matrix_columns(t->train));
    if (t->validation)
        container_say("Validation matrix has %zu rows", lk_matrix_rows(t->validation));
}

/* Is there enough to train on? Asked of the host that trains. */
static enum lk_status check_data(struct training *t, struct lk_error *err)
{
    if (!t->train)
        return error_set(err, LK_EINPUT, "No data in training channel path %s",
                         "/opt/ml/input/data/train");
    if (t->job.validation.given && !t->validation)
        return error_set(err, LK_EINPUT, "No data in validation channel path %s",
                         "/opt/ml/input/data/validation");
    return t->validation ? container_same_width(t->validation, t->train->columns, err) : LK_OK;
}

static enum lk_status read_data(struct training *t, struct lk_error *err)
{
    struct container_job *j = &t->job;
    enum lk_status st = container_channel_read(&t->train, j, "train", &j->train, err);

    if (!st && j->validation.given)
        st = container_channel_read(&t->validation, j, "validation", &j->validation, err);
    if (!st && is_first(t) && j->hosts > 1)
        st = container_gather(&t->team, j, &t->train, &t->validation, was_told_to_stop, err);
    if (!st && is_first(t))
        st = check_data(t, err);
    if (!st)
        tell_data(t);
    return st;
}

static enum lk_status write_model(const struct training *t, const struct lk_model *m,
                                  struct lk_error *err)
{
    char *folder = container_path(t->job.root, "opt/ml/model");
    char *path = path_join(folder, "xgboost-model");
    enum lk_status st = file_mkdirs(folder, err);

    if (!st)
        st = container_write(m, path, t->format, err);
    free(path);
    free(folder);
    return st;
}

/* Once the data is all here. */
static enum lk_status train(struct training *t, struct lk_error *err)
{
    enum lk_status st = resume(t, err);
    bool stopped;

    if (!st && t->start && lk_model_rounds(t->start) >= t->job.rounds)
        return write_model(t, t->start, err);
    if (!st)
        st = run_rounds(t, err);
    if (st)
        return st;
    stopped = told_to_stop && lk_model_rounds(t->model) < t->job.rounds;
    if (stopped)
        container_say("Told to stop after %zu of %zu rounds", lk_model_rounds(t->model),
                      t->job.rounds);
    return stopped && !t->job.save_when_told ? LK_OK : write_model(t, t->model, err);
}

/* The first host trains on everybody's rows; the others give theirs and wait. */
static enum lk_status take_part(struct training *t, struct lk_error *err)
{
    const struct container_job *j = &t->job;
    enum lk_status st;

    container_team_init(&t->team, was_told_to_stop);
    st = read_data(t, err);
    if (!st && !is_first(t))
        return container_give(j, t->train, t->validation, was_told_to_stop, err);
    if (!st)
        st = train(t, err);
    if (is_first(t))
        container_dismiss(&t->team, j, !st);
    return st == LK_ECANCELLED ? LK_OK : st;
}

/* The reason, where the service looks for it; what keeps it from being written is not news. */
static void write_failure(const char *root, const struct lk_error *err)
{
    char line[1024 + 512];
    char *folder = container_path(root, "opt/ml/output");
    char *path = path_join(folder, "failure");

    lk_error_format(err, line, sizeof line);
    if (!file_mkdirs(folder, NULL) && file_write(path, slice_of(line), NULL))
        fprintf(stderr, "cannot write %s\n", path);
    free(path);
    free(folder);
}

enum lk_status container_train(const char *root, const char *version, struct lk_error *err)
{
    struct lk_error own = {0};
    struct training t = {.err = err ? err : &own};
    struct sigaction stop = {.sa_handler = note_stop};
    enum lk_status st;

    sigaction(SIGTERM, &stop, NULL);
    st = container_format(&t.format, version, t.err);
    if (!st)
        st = container_job_read(&t.job, root, t.err);
    if (!st)
        st = take_part(&t, t.err);
    if (st) {
        container_inside_error(root, t.err);
        write_failure(root, t.err);
    }
    container_job_done(&t.job);
    lk_matrix_free(t.train);
    lk_matrix_free(t.validation);
    lk_model_free(t.start);
    lk_model_free(t.model);
    return st;
}
