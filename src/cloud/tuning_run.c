/*
 * The life of a tuning job, in the thread of its work.
 *
 * A few times a second: what has come of the training jobs that were out? As
 * long as there may be more, ask the search for the next and have SageMaker
 * make it, as itself: that the user may pass the role was seen when the tuning
 * job was made. It ends when all trials are in, when the target is reached,
 * when nothing succeeds, or when it is stopped.
 */
#include "base/crc.h"
#include "base/error.h"
#include "cloud/internal.h"
#include "cloud/training.h"
#include "cloud/tuning.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 100, REASON_MAX = 1024, RUNGS = 12, KEEP = 3 /* one in so many goes on */ };

enum trial_state { TRIAL_PENDING, TRIAL_SUCCEEDED, TRIAL_FAILED };
static const char *const state_names[] = {"Pending", "Succeeded", "Failed"};

struct trial {
    size_t number; /* the search's */
    const char *training;
    enum trial_state state;
    bool stopping;      /* we have asked it to */
    int64_t reported;   /* values of its metric that were read */
    double rung[RUNGS]; /* its metric after so many rounds; see rung_rounds */
    int rungs;          /* that it has reached */
};

struct tuner {
    struct work *work;
    struct thing thing;
    struct json *request;
    struct tuning tuning;
    struct tune_search *search;
    struct trial trial[TUNING_JOBS_MAX];
    size_t n, pending, succeeded;
    size_t inherited; /* trials of other jobs that the search began with */
    bool used_up;     /* the search has nothing more */
    bool stopping;
    char reason[REASON_MAX + 1];
};

/* ---- calls, as SageMaker itself ------------------------------------------------------ */

static enum lk_status call(struct tuner *t, const char *operation, struct slice body,
                           struct lk_error *err)
{
    struct cloud *cloud = t->work->cloud;
    struct caller who = {.kind = CALLER_ROOT,
                         .account = cloud->account,
                         .arn =
                             arena_printf(&t->work->memory, "arn:aws:iam::%s:root", cloud->account),
                         .id = cloud->account,
                         .name = "",
                         .access_key = ""};

    return call_inside(cloud, &who, t->work->region, "sagemaker", operation, body, NULL, err);
}

static void stop_training(struct tuner *t, struct trial *trial)
{
    const char *body =
        arena_printf(&t->work->memory, "{\"TrainingJobName\": \"%s\"}", trial->training);

    trial->stopping = true;
    call(t, "StopTrainingJob", slice_of(body), NULL); /* one that has just ended needs no stop */
}

/* ---- trials -----------------------------------------------------------------------------------
 */

/* The values of a trial as a JSON object of texts. */
static void put_tuned(struct str *out, const struct tuner *t, size_t number)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    for (size_t i = 0; i < t->tuning.space.n; i++)
        json_put_z(&w, t->tuning.space.axis[i].name, tune_value(t->search, number, i));
    json_close(&w);
}

static void keep_trial(struct tuner *t, const struct trial *trial, struct slice tuned)
{
    struct work *w = t->work;
    struct stmt *s;

    if (!work_begin(w))
        return;
    s = sql(w->cloud, "insert into tuning_trials (region, job, number, training, tuned, state)"
                      " values (?1, ?2, ?3, ?4, ?5, 'Pending')");
    stmt_text(s, 1, w->region);
    stmt_text(s, 2, w->name);
    stmt_int(s, 3, (int64_t)(trial->number - t->inherited));
    stmt_text(s, 4, trial->training);
    stmt_slice(s, 5, tuned);
    sql_run(w->cloud, s);
    s = sql(w->cloud, "update training_jobs set tuner = ?3 where region = ?1 and name = ?2");
    stmt_text(s, 1, w->region);
    stmt_text(s, 2, trial->training);
    stmt_text(s, 3, w->name);
    sql_run(w->cloud, s);
    work_commit(w);
}

/* "NAME-001-1a2b3c4d": the same each time, so that a restart finds what it has made. */
static const char *training_name(struct tuner *t, size_t number)
{
    size_t own = number - t->inherited;
    uint32_t mark = crc32_add((uint32_t)own, t->thing.name, strlen(t->thing.name));

    mark ^= (uint32_t)t->thing.created;
    return arena_printf(&t->work->memory, "%s-%03zu-%08x", t->thing.name, own + 1, mark);
}

/* false: not now, or not at all (then with the reason). */
static bool make_training(struct tuner *t, const struct trial *trial, struct slice tuned)
{
    struct str body = STR_INIT;
    struct json *values = NULL;
    struct lk_error err = {0};
    enum lk_status st = json_parse(&values, tuned, "tuned", &err);

    tuning_put_training(&body, &t->tuning, trial->training, values);
    if (!st)
        st = call(t, "CreateTrainingJob", slice_str(&body), &err);
    if (st && !strcmp(err.code, "ResourceInUse")) /* made just before the cloud was killed */
        st = LK_OK;
    if (st && (strcmp(err.code, "ResourceLimitExceeded") || strstr(err.text, TUNING_NEVER)))
        snprintf(t->reason, sizeof t->reason, "%s", err.text);
    json_free(values);
    str_done(&body);
    return !st;
}

/* The next trial; false when there is none to be had now. */
static bool start_trial(struct tuner *t)
{
    struct trial *trial = &t->trial[t->n];
    struct str tuned = STR_INIT;
    bool made;

    *trial = (struct trial){.number = 0};
    if (!tune_ask(t->search, &trial->number)) {
        t->used_up = true;
        return false;
    }
    trial->training = training_name(t, trial->number);
    put_tuned(&tuned, t, trial->number);
    do
        made = make_training(t, trial, slice_str(&tuned));
    while (!made && !t->reason[0] && work_sleep(t->work, LOOK_MS));
    if (made) {
        keep_trial(t, trial, slice_str(&tuned));
        t->n++;
        t->pending++;
    }
    str_done(&tuned);
    return made;
}

/* ---- results -----------------------------------------------------------------------------------
 */

static void end_trial(struct tuner *t, struct trial *trial, bool has_value, double value)
{
    struct work *w = t->work;
    struct stmt *s = sql(w->cloud, "update tuning_trials set state = ?4, value = ?5"
                                   " where region = ?1 and job = ?2 and number = ?3");

    trial->state = has_value ? TRIAL_SUCCEEDED : TRIAL_FAILED;
    t->pending--;
    t->succeeded += has_value;
    tune_tell(t->search, trial->number, has_value ? value : NAN);
    stmt_text(s, 1, w->region);
    stmt_text(s, 2, w->name);
    stmt_int(s, 3, (int64_t)(trial->number - t->inherited));
    stmt_text(s, 4, state_names[trial->state]);
    if (has_value)
        stmt_double(s, 5, value);
    else
        stmt_text(s, 5, NULL);
    sql_run(w->cloud, s);
}

static bool find_value(struct tuner *t, const struct trial *trial, double *value)
{
    struct stmt *s = sql(t->work->cloud, "select value from training_metrics where region = ?1"
                                         " and job = ?2 and name = ?3");
    bool there;

    stmt_text(s, 1, t->work->region);
    stmt_text(s, 2, trial->training);
    stmt_text(s, 3, t->tuning.metric);
    there = sql_row(t->work->cloud, s);
    *value = there ? stmt_get_double(s, 0) : NAN;
    stmt_reset(s);
    return there;
}

static int64_t rung_rounds(const struct tuner *t, int k)
{
    int64_t rounds = t->tuning.least;

    while (k-- > 0)
        rounds *= KEEP;
    return rounds;
}

static void take_round(struct tuner *t, struct trial *trial, double value)
{
    trial->reported++;
    if (t->tuning.early)
        tune_report(t->search, trial->number, value);
    if (trial->rungs < RUNGS && trial->reported == rung_rounds(t, trial->rungs) &&
        trial->reported < t->tuning.most)
        trial->rung[trial->rungs++] = value;
}

/* Round by round, for those that may be stopped early. */
static void report(struct tuner *t, struct trial *trial)
{
    struct stmt *s = sql(t->work->cloud, "select value from training_series where region = ?1"
                                         " and job = ?2 and number >= ?3 order by number");

    stmt_text(s, 1, t->work->region);
    stmt_text(s, 2, trial->training);
    stmt_int(s, 3, trial->reported);
    while (sql_row(t->work->cloud, s))
        take_round(t, trial, stmt_get_double(s, 0));
    stmt_reset(s);
}

/* Is it, of those that came to one of its rungs, not among the best third? */
static bool falls_behind(const struct tuner *t, const struct trial *trial)
{
    for (int k = 0; k < trial->rungs; k++) {
        size_t all = 0, better = 0;

        for (size_t i = 0; i < t->n; i++) {
            double theirs = t->trial[i].rung[k], mine = trial->rung[k];

            if (t->trial[i].rungs <= k)
                continue;
            all++;
            better += t->tuning.more ? theirs > mine : theirs < mine;
        }
        if (all >= KEEP && better >= (all + KEEP - 1) / KEEP)
            return true;
    }
    return false;
}

static void look_at(struct tuner *t, struct trial *trial)
{
    struct stmt *s = sql(t->work->cloud, "select status, ended from training_jobs"
                                         " where region = ?1 and name = ?2");
    bool ended, failed;
    double value;

    stmt_text(s, 1, t->work->region);
    stmt_text(s, 2, trial->training);
    ended = sql_row(t->work->cloud, s) && !stmt_is_null(s, 1);
    failed = ended && !strcmp(stmt_get_text(s, 0), "Failed");
    stmt_reset(s);
    if (t->tuning.early || t->tuning.halving)
        report(t, trial);
    if (ended) {
        bool there = find_value(t, trial, &value);

        end_trial(t, trial, there && !failed, value);
    }
}

static void look_at_all(struct tuner *t)
{
    if (!work_begin(t->work))
        return;
    for (size_t i = 0; i < t->n; i++)
        if (t->trial[i].state == TRIAL_PENDING)
            look_at(t, &t->trial[i]);
    work_commit(t->work);
}

static void stop_hopeless(struct tuner *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct trial *trial = &t->trial[i];

        if (trial->state == TRIAL_PENDING && !trial->stopping &&
            ((t->tuning.early && tune_hopeless(t->search, trial->number)) ||
             (t->tuning.halving && falls_behind(t, trial))))
            stop_training(t, trial);
    }
}

static bool reached_target(const struct tuner *t)
{
    for (size_t i = 0; t->tuning.has_target && i < t->n; i++) {
        double value = tune_result(t->search, t->trial[i].number); /* NaN: none */

        if (t->tuning.more ? value >= t->tuning.target : value <= t->tuning.target)
            return true;
    }
    return false;
}

/* ---- from start to end -------------------------------------------------------------------------
 */

/* Tell the search a trial of a row: training, tuned, state, value. */
static bool tell(struct tuner *t, struct stmt *s)
{
    const char *values[TUNE_AXES_MAX];
    struct json *tuned = NULL;
    bool good = !json_parse(&tuned, stmt_get_slice(s, 1), "tuned", NULL);

    for (size_t i = 0; good && i < t->tuning.space.n; i++) {
        values[i] = json_string(json_get(tuned, t->tuning.space.axis[i].name), NULL);
        good = values[i] != NULL;
    }
    if (good)
        good = !tune_add(t->search, values, stmt_is_null(s, 3) ? NAN : stmt_get_double(s, 3), NULL);
    json_free(tuned);
    return good;
}

/* One trial that an earlier run of this job has made. */
static void recall(struct tuner *t, struct stmt *s)
{
    struct trial *trial = &t->trial[t->n];

    *trial =
        (struct trial){.number = t->inherited + t->n, .training = sql_text(&t->work->memory, s, 0)};
    for (int k = 0; k < 3; k++)
        if (!strcmp(stmt_get_text(s, 2), state_names[k]))
            trial->state = (enum trial_state)k;
    if (!tell(t, s))
        return;
    t->pending += trial->state == TRIAL_PENDING;
    t->succeeded += trial->state == TRIAL_SUCCEEDED;
    t->n++;
}

static struct stmt *trials_of(struct tuner *t, const char *job)
{
    struct stmt *s = sql(t->work->cloud, "select training, tuned, state, value from tuning_trials"
                                         " where region = ?1 and job = ?2 order by number");

    stmt_text(s, 1, t->work->region);
    stmt_text(s, 2, job);
    return s;
}

/* A warm start: the search knows what other jobs found out. */
static void inherit(struct tuner *t)
{
    const struct json *list =
        json_get(json_get(t->request, "WarmStartConfig"), "ParentHyperParameterTuningJobs");

    for (const struct json *p = json_first(list); p; p = json_next(p)) {
        struct stmt *s = trials_of(t, json_string(json_get(p, "HyperParameterTuningJobName"), ""));

        while (sql_row(t->work->cloud, s))
            t->inherited += !stmt_is_null(s, 3) && tell(t, s);
        stmt_reset(s);
    }
}

static bool prepare(struct tuner *t)
{
    struct work *w = t->work;
    struct stmt *s;
    struct lk_error err = {0};
    uint64_t seed;
    bool good;

    if (!work_begin(w))
        return false;
    good = thing_get(&t->thing, w->cloud, &w->memory, w->region, TUNING_KIND, w->name) &&
           !json_parse(&t->request, slice_of(t->thing.request), "request", &err) &&
           !tuning_read(&t->tuning, t->request, &err);
    if (good) {
        seed = (uint64_t)json_number(json_get(t->tuning.config, "RandomSeed"), 0) +
               crc32_add(0, w->name, strlen(w->name));
        t->search = tune_search_new(&t->tuning.space, t->tuning.strategy, t->tuning.more, seed);
        inherit(t);
        s = trials_of(t, w->name);
        while (sql_row(w->cloud, s) && t->n < TUNING_JOBS_MAX)
            recall(t, s);
        stmt_reset(s);
        for (size_t i = 0; i < t->n && t->tuning.halving; i++)
            report(t, &t->trial[i]);
    }
    work_commit(w);
    return good;
}

static bool wants_more(const struct tuner *t)
{
    return !t->stopping && !t->reason[0] && !t->used_up && (int64_t)t->n < t->tuning.jobs &&
           (int64_t)t->pending < t->tuning.parallel;
}

static void stop_all(struct tuner *t)
{
    t->stopping = true;
    for (size_t i = 0; i < t->n; i++)
        if (t->trial[i].state == TRIAL_PENDING && !t->trial[i].stopping)
            stop_training(t, &t->trial[i]);
}

/* Nothing but failures: that will not get better. */
static void give_up(struct tuner *t)
{
    size_t failed = t->n - t->pending - t->succeeded;

    if (!t->succeeded && !t->stopping && !t->reason[0] &&
        (failed >= TUNING_GIVE_UP || (failed && failed == (size_t)t->tuning.jobs)))
        snprintf(t->reason, sizeof t->reason,
                 "No training job succeeded after %zu attempts. Please take a look at the training "
                 "job failures to get more details.",
                 failed);
}

/* false when the cloud ends meanwhile. */
static bool work_through(struct tuner *t)
{
    for (;;) {
        look_at_all(t);
        give_up(t);
        if (!t->stopping && (t->reason[0] || reached_target(t) || work_wish(t->work) == WORK_STOP))
            stop_all(t);
        stop_hopeless(t);
        while (wants_more(t) && start_trial(t))
            continue;
        if (work_wish(t->work) == WORK_LEAVE)
            return false;
        if (!t->pending && !wants_more(t))
            return true;
        if (work_wish(t->work) == WORK_GO)
            work_sleep(t->work, LOOK_MS);
        else
            work_pause(t->work, LOOK_MS);
    }
}

static void finish(struct tuner *t)
{
    struct work *w = t->work;
    const char *status = t->reason[0]                ? "Failed"
                         : work_wish(w) == WORK_STOP ? "Stopped"
                                                     : "Completed";

    if (!work_begin(w))
        return;
    tuning_set(w->cloud, &t->thing, status, t->reason[0] ? t->reason : NULL, cloud_now(w->cloud));
    work_commit(w);
}

static void run(struct work *w)
{
    struct tuner *t = arena_alloc(&w->memory, sizeof *t);

    t->work = w;
    if (prepare(t) && work_through(t))
        finish(t);
    tune_search_free(t->search);
    tuning_done(&t->tuning);
    json_free(t->request);
}

const struct work_kind tuning_kind = {.name = TUNING_WORK, .run = run, .light = true};
