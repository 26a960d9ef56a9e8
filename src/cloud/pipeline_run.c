/*
 * An execution's work: start every step whose needs have succeeded, look after
 * those that run, until none runs and none can start. Steps are in
 * pipeline_step.c; what they have come to is kept, so after a kill the execution
 * goes on where it was.
 */
#include "cloud/pipeline_internal.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_FIRST_MS = 20, LOOK_MAX_MS = 400, PARALLEL_MAX = 50, STOP_LOOKS = 1000 };
enum { JSON_FILE_MAX = 1 << 20 };

/* ---- all of them
 * ---------------------------------------------------------------------------------- */

static bool is_ready(const struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    bool taken = true;

    if (x->step[i].status == STEP_STARTING)
        return true; /* a restart found it so */
    if (x->step[i].status != STEP_NOT_YET)
        return false;
    for (size_t k = 0; k < p->need_count; k++)
        if (x->step[p->needs[k]].status != STEP_SUCCEEDED)
            return false;
    if (p->branch_of >= 0)
        taken = !strcmp(json_string(json_get(x->results[p->branch_of], "Outcome"), ""),
                        p->branch ? "True" : "False");
    return taken;
}

static size_t count(const struct execution *x, enum step_status status)
{
    size_t n = 0;

    for (size_t i = 0; i < x->pipeline->steps; i++)
        n += x->step[i].status == status;
    return n;
}

static bool start_ready(struct execution *x, size_t parallel)
{
    bool started = false;

    for (size_t i = 0; i < x->pipeline->steps && !x->stopping && !x->failing; i++)
        if (is_ready(x, i) && count(x, STEP_EXECUTING) < parallel) {
            pipeline_start_step(x, i);
            started = true;
        }
    return started;
}

static void look_at_all(struct execution *x)
{
    for (size_t i = 0; i < x->pipeline->steps; i++)
        if (x->step[i].status == STEP_EXECUTING || x->step[i].status == STEP_STOPPING)
            pipeline_look_at(x, i);
}

/* Tell every running job to stop, and see it do so. */
static void stop_all(struct execution *x)
{
    x->stopping = true;
    for (size_t i = 0; i < x->pipeline->steps; i++)
        if (x->step[i].status == STEP_EXECUTING && x->pipeline->step[i].type->stop) {
            (void)!pipeline_ask(x, &x->pipeline->step[i], x->pipeline->step[i].type->stop,
                                x->step[i].job, NULL, NULL);
            x->step[i].status = STEP_STOPPING;
            pipeline_keep_step(x, i);
        }
    for (int n = 0; n < STOP_LOOKS && (count(x, STEP_STOPPING) || count(x, STEP_EXECUTING)) &&
                    work_wish(x->work) != WORK_LEAVE;
         n++) {
        look_at_all(x);
        nanosleep(&(struct timespec){0, 100 * 1000000}, NULL);
    }
}

static void finish(struct execution *x, const char *status, const char *failure)
{
    struct cloud *cloud = x->work->cloud;
    struct stmt *s;

    if (!work_begin(x->work))
        return;
    s = sql(cloud, "update things set status = ?4, modified = ?5,"
                   " detail = json_set(detail, '$.Failure', ?6)"
                   " where region = ?1 and kind = ?2 and name = ?3");
    stmt_text(s, 1, x->thing.region);
    stmt_text(s, 2, x->thing.kind);
    stmt_text(s, 3, x->thing.name);
    stmt_text(s, 4, status);
    stmt_int(s, 5, cloud_now(cloud));
    stmt_text(s, 6, failure);
    sql_run(cloud, s);
    work_commit(x->work);
}

static size_t parallel_of(struct execution *x)
{
    struct json *request = NULL;
    double n;

    (void)!json_parse(&request, slice_of(x->thing.request), "request", NULL);
    n = json_number(
        json_get(json_get(request, "ParallelismConfiguration"), "MaxParallelExecutionSteps"),
        PARALLEL_MAX);
    json_free(request);
    return n >= 1 && n < PARALLEL_MAX ? (size_t)n : PARALLEL_MAX;
}

static void execute(struct execution *x)
{
    size_t parallel = parallel_of(x);
    int64_t pause = LOOK_FIRST_MS;

    while (!x->stopping && work_wish(x->work) == WORK_GO) {
        bool moved = start_ready(x, parallel);
        size_t running = count(x, STEP_EXECUTING);

        look_at_all(x);
        moved |= count(x, STEP_EXECUTING) != running;
        if (!moved && !running)
            break;
        pause = moved ? LOOK_FIRST_MS : pause * 2 < LOOK_MAX_MS ? pause * 2 : LOOK_MAX_MS;
        if (!moved)
            work_sleep(x->work, pause);
    }
    if (work_wish(x->work) == WORK_STOP || x->stopping)
        stop_all(x);
    if (work_wish(x->work) == WORK_LEAVE)
        return;
    if (work_wish(x->work) == WORK_STOP)
        finish(x, "Stopped", "");
    else if (count(x, STEP_FAILED))
        finish(x, "Failed", "Step failure: One or multiple steps failed.");
    else
        finish(x, "Succeeded", "");
}

/* ---- opening an execution
 * ----------------------------------------------------------------------------- */

static bool read_object(void *ctx, struct str *out, const char *s3_uri, struct lk_error *err)
{
    struct execution *x = ctx;
    struct objects s3 = {.cloud = x->work->cloud, .who = x->role, .region = x->work->region};
    const char *bucket, *key;

    if (!objects_url(&x->work->memory, s3_uri, &bucket, &key)) {
        error_set(err, LK_EINPUT, "'%s' is no s3:// address", s3_uri);
        return false;
    }
    return !objects_read(out, &s3, bucket, key, JSON_FILE_MAX, err);
}

static void fill_values(struct execution *x)
{
    struct arena *a = &x->work->memory;
    struct str started = STR_INIT;

    clock_put_iso(&started, x->thing.created, false);
    x->values = (struct pipeline_values){
        .pipeline = x->pipeline,
        .parameters = json_get(x->detail, "Parameters"),
        .results = x->results,
        .arn = thing_arn(x->work->cloud, a, &x->thing),
        .id = x->thing.name,
        .pipeline_name = x->pipeline_name,
        .pipeline_arn = arena_printf(a, "arn:aws:sagemaker:%s:%s:pipeline/%s", x->work->region,
                                     x->work->cloud->account, x->pipeline_name),
        .started = arena_strdup(a, started.ptr),
        .read = read_object,
        .ctx = x,
    };
    str_done(&started);
}

/* The execution's row, its definition and its role; false when it cannot go on. */
static bool open_execution(struct execution *x, struct work *w, struct lk_error *err)
{
    const char *slash = strrchr(w->name, '/');
    const char *kind;
    bool good;

    x->work = w;
    x->pipeline_name = arena_strndup(&w->memory, w->name, (size_t)(slash - w->name));
    kind = arena_printf(&w->memory, PIPELINE_KIND "/%s/execution", x->pipeline_name);
    cloud_lock(w->cloud);
    good = thing_get(&x->thing, w->cloud, &w->memory, w->region, kind, slash + 1);
    cloud_unlock(w->cloud);
    if (!good || json_parse(&x->detail, slice_of(x->thing.detail), "execution", err) ||
        pipeline_parse(&x->pipeline, slice_of(json_string(json_get(x->detail, "Definition"), "")),
                       err))
        return false;
    x->step = arena_alloc(&w->memory, x->pipeline->steps * sizeof *x->step);
    x->results = arena_alloc(&w->memory, x->pipeline->steps * sizeof *x->results);
    pipeline_load_steps(x);
    fill_values(x);
    cloud_lock(w->cloud);
    good =
        access_assume(w->cloud, &w->memory, &x->role, json_string(json_get(x->detail, "Role"), ""),
                      SAGEMAKER_PRINCIPAL, "SageMakerPipelines");
    cloud_unlock(w->cloud);
    if (!good)
        error_set(err, LK_ESERVICE, "SageMaker may not assume the pipeline's role %s",
                  json_string(json_get(x->detail, "Role"), ""));
    return good;
}

static void run(struct work *w)
{
    struct execution *x = arena_alloc(&w->memory, sizeof *x);
    struct lk_error err = {0};

    if (open_execution(x, w, &err))
        execute(x);
    else if (x->thing.name)
        finish(x, "Failed", arena_printf(&w->memory, "ClientError: %s", err.text));
    for (size_t i = 0; x->step && i < x->pipeline->steps; i++)
        json_free(x->step[i].result);
    pipeline_free(x->pipeline);
    json_free(x->detail);
}

const struct work_kind work_pipeline = {.name = "pipeline", .run = run, .light = true};
