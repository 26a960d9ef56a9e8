/*
 * An execution's work: start every step whose needs have succeeded, look after
 * those that run, until none runs and none can start. Steps do what they do
 * through SageMaker's own operations, as the pipeline's role.
 *
 * Each step's row is written before its job is made and after; a job's name
 * follows from the execution and the step. So after a kill the execution goes
 * on where it was, and finds its jobs again.
 */
#include "cloud/internal.h"
#include "cloud/objects.h"
#include "cloud/pipeline.h"
#include "cloud/sagemaker.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum step_status {
    STEP_NOT_YET,
    STEP_STARTING,
    STEP_EXECUTING,
    STEP_STOPPING,
    STEP_STOPPED,
    STEP_FAILED,
    STEP_SUCCEEDED,
};
static const char *const status_names[] = {"",        "Starting", "Executing", "Stopping",
                                           "Stopped", "Failed",   "Succeeded"};

enum { LOOK_FIRST_MS = 20, LOOK_MAX_MS = 400, PARALLEL_MAX = 50, STOP_LOOKS = 1000 };
enum { JSON_FILE_MAX = 1 << 20 };

struct step {
    enum step_status status;
    const char *job; /* its job's or model's name; in the work's memory */
    int64_t n, started, ended;
    const char *failure, *metadata;
    struct json *result;
};

struct execution {
    struct work *work;
    struct thing thing;
    const char *pipeline_name;
    struct json *detail;
    struct pipeline *pipeline;
    struct pipeline_values values;
    const struct json **results; /* of the steps, for the values */
    struct step *step;
    struct caller role;
    int64_t next_n;
    bool stopping, failing; /* no further step starts */
};

/* ---- rows ------------------------------------------------------------------------------- */

static void keep_step(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct step *s = &x->step[i];
    struct cloud *cloud = x->work->cloud;
    struct str result = STR_INIT;
    struct stmt *q;

    if (!s->n)
        s->n = ++x->next_n;
    if (s->result)
        json_print(&result, s->result, false);
    if (work_begin(x->work)) {
        q = sql(cloud, "insert or replace into pipeline_steps values"
                       " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
        stmt_text(q, 1, x->work->region);
        stmt_text(q, 2, x->work->name);
        stmt_text(q, 3, p->name);
        stmt_int(q, 4, s->n);
        stmt_text(q, 5, status_names[s->status]);
        stmt_int(q, 6, s->started);
        stmt_int(q, 7, s->ended);
        stmt_text(q, 8, s->failure ? s->failure : "");
        stmt_text(q, 9, s->metadata ? s->metadata : "");
        stmt_text(q, 10, result.ptr);
        stmt_text(q, 11, json_string(json_get(p->json, "DisplayName"), ""));
        stmt_text(q, 12, json_string(json_get(p->json, "Description"), ""));
        sql_run(cloud, q);
        work_commit(x->work);
    }
    str_done(&result);
}

static enum step_status status_named(const char *name)
{
    size_t i = 0;

    while (i < STEP_SUCCEEDED && strcmp(status_names[i], name))
        i++;
    return (enum step_status)i;
}

/* What was done before a restart. */
static void load_steps(struct execution *x)
{
    struct cloud *cloud = x->work->cloud;
    struct arena *a = &x->work->memory;
    struct stmt *q;

    cloud_lock(cloud);
    q = sql(cloud, "select step, n, status, started, ended, failure, metadata, result from"
                   " pipeline_steps where region = ?1 and execution = ?2");
    stmt_text(q, 1, x->work->region);
    stmt_text(q, 2, x->work->name);
    while (sql_row(cloud, q)) {
        size_t i = pipeline_find(x->pipeline, stmt_get_text(q, 0));
        struct step *s = &x->step[i];

        if (i == x->pipeline->steps)
            continue;
        s->n = stmt_get_int(q, 1);
        x->next_n = s->n > x->next_n ? s->n : x->next_n;
        s->status = status_named(stmt_get_text(q, 2));
        s->started = stmt_get_int(q, 3);
        s->ended = stmt_get_int(q, 4);
        s->failure = sql_text(a, q, 5);
        s->metadata = sql_text(a, q, 6);
        (void)!json_parse(&s->result, slice_of(stmt_get_text(q, 7)), "result", NULL);
        x->results[i] = s->result;
    }
    stmt_reset(q);
    cloud_unlock(cloud);
}

static void end_step(struct execution *x, size_t i, enum step_status status, const char *failure)
{
    struct step *s = &x->step[i];

    s->status = status;
    s->ended = cloud_now(x->work->cloud);
    s->failure = failure ? arena_strdup(&x->work->memory, failure) : "";
    x->failing |= status == STEP_FAILED;
    keep_step(x, i);
}

/* {"TrainingJob": {"Arn": ...}}, or another member than Arn. */
static const char *metadata(struct execution *x, const char *kind, const char *member,
                            const char *value)
{
    struct str text = STR_INIT;
    struct json_out w;
    const char *kept;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_open(&w, kind, '{');
    json_put_z(&w, member, value);
    json_close(&w);
    json_close(&w);
    kept = arena_strdup(&x->work->memory, text.ptr);
    str_done(&text);
    return kept;
}

/* ---- steps that are a job or a model ----------------------------------------------------------
 */

/* "pipelines-EXECUTION-STEP", letters, digits and hyphens, as long as it may be. */
static const char *job_name(struct execution *x, const struct pipeline_step *p)
{
    char *name = arena_printf(&x->work->memory, "pipelines-%s-%s", x->thing.name, p->name);
    size_t n = strlen(name);

    if (n > p->type->name_max) {
        uint32_t h = 2166136261u;

        for (const char *s = p->name; *s; s++)
            h = (h ^ (unsigned char)*s) * 16777619u;
        name = arena_printf(&x->work->memory, "%.*s-%08x", (int)p->type->name_max - 9, name, h);
        n = strlen(name);
    }
    for (size_t i = 0; i < n; i++)
        if (name[i] == '_')
            name[i] = '-';
    return name;
}

/* SageMaker wants texts in these maps; a pipeline's parameter may be a number. */
static void put_texts(struct json_out *w, const char *key, const struct json *map)
{
    json_open(w, key, '{');
    for (const struct json *i = json_first(map); i; i = json_next(i)) {
        struct str text = STR_INIT;

        if (json_kind(i) == JSON_STRING)
            str_puts(&text, json_string(i, ""));
        else
            json_print(&text, i, false);
        json_put_z(w, json_key(i), text.ptr);
        str_done(&text);
    }
    json_close(w);
}

static enum lk_status make_request(struct str *out, struct execution *x,
                                   const struct pipeline_step *p, const char *name,
                                   struct lk_error *err)
{
    struct str resolved = STR_INIT;
    struct json *arguments = NULL;
    struct json_out w;
    enum lk_status st = pipeline_resolve(&resolved, &x->values, p->arguments, err);

    if (!st)
        st = json_parse(&arguments, slice_str(&resolved), "arguments", err);
    if (!st) {
        json_begin(&w, out, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, p->type->member, name);
        for (const struct json *i = json_first(arguments); i; i = json_next(i)) {
            const char *key = json_key(i);

            if (!strcmp(key, "HyperParameters") || !strcmp(key, "Environment"))
                put_texts(&w, key, i);
            else if (strcmp(key, p->type->member))
                json_put_tree(&w, key, i);
        }
        json_close(&w);
    }
    json_free(arguments);
    str_done(&resolved);
    return st;
}

/* An operation of SageMaker as the pipeline's role; out may be NULL. */
static enum lk_status sagemaker(struct execution *x, const char *operation, struct slice in,
                                struct json **out, struct lk_error *err)
{
    struct str answer = STR_INIT;
    enum lk_status st = call_inside(x->work->cloud, &x->role, x->work->region, "sagemaker",
                                    operation, in, &answer, err);

    if (!st && out)
        st = json_parse(out, slice_str(&answer), operation, err);
    str_done(&answer);
    return st;
}

static enum lk_status ask(struct execution *x, const struct pipeline_step *p, const char *operation,
                          const char *name, struct json **out, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, p->type->member, name);
    json_close(&w);
    st = sagemaker(x, operation, slice_str(&in), out, err);
    str_done(&in);
    return st;
}

/* A create that had succeeded just before a kill says so the second time. */
static bool was_made(const struct lk_error *err)
{
    return !strcmp(err->code, "ResourceInUse") || strstr(err->text, "already exist") != NULL;
}

static void start_job(struct execution *x, size_t i, bool again)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct step *s = &x->step[i];
    struct str request = STR_INIT, why = STR_INIT;
    struct lk_error err = {0};
    enum lk_status st;

    s->job = job_name(x, p);
    st = make_request(&request, x, p, s->job, &err);
    if (st) {
        str_printf(&why, "ClientError: %s", err.text);
    } else {
        st = sagemaker(x, p->type->create, slice_str(&request), NULL, &err);
        if (st && again && was_made(&err))
            st = LK_OK;
        if (st)
            str_printf(&why, "ClientError: Failed to invoke sagemaker:%s. Error Details: %s (%s)",
                       p->type->create, err.text, err.code);
    }
    if (st) {
        end_step(x, i, STEP_FAILED, why.ptr);
    } else {
        s->status = STEP_EXECUTING;
        keep_step(x, i);
    }
    str_done(&request);
    str_done(&why);
}

static void take_result(struct execution *x, size_t i, struct json *result)
{
    const struct pipeline_type *type = x->pipeline->step[i].type;

    json_free(x->step[i].result);
    x->step[i].result = result;
    x->results[i] = result;
    x->step[i].metadata =
        metadata(x, type->metadata, "Arn", json_string(json_get(result, type->arn), ""));
}

/* How is its job? */
static void look_at(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct step *s = &x->step[i];
    bool first = !s->result;
    struct json *result = NULL;
    struct lk_error err = {0};
    const char *status, *why;

    if (!s->job)
        s->job = job_name(x, p);
    if (ask(x, p, p->type->describe, s->job, &result, &err)) {
        end_step(x, i, STEP_FAILED,
                 arena_printf(&x->work->memory,
                              "ClientError: Failed to invoke sagemaker:%s. "
                              "Error Details: %s (%s)",
                              p->type->describe, err.text, err.code));
        return;
    }
    take_result(x, i, result);
    status = p->type->status ? json_string(json_get(result, p->type->status), "") : "Completed";
    why = p->type->failure ? json_string(json_get(result, p->type->failure), "") : "";
    if (!strcmp(status, "Completed"))
        end_step(x, i, STEP_SUCCEEDED, NULL);
    else if (!strcmp(status, "Stopped"))
        end_step(x, i, x->stopping ? STEP_STOPPED : STEP_FAILED,
                 x->stopping ? NULL : "ClientError: The step's job was stopped.");
    else if (!strcmp(status, "Failed"))
        end_step(x, i, STEP_FAILED, *why ? why : "ClientError: The step's job failed.");
    else if (first)
        keep_step(x, i);
}

/* ---- the other steps
 * ----------------------------------------------------------------------------- */

static void decide(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct lk_error err = {0};
    bool holds = false;

    if (pipeline_condition(&holds, &x->values, json_get(p->arguments, "Conditions"), &err)) {
        end_step(x, i, STEP_FAILED, arena_printf(&x->work->memory, "ClientError: %s", err.text));
        return;
    }
    (void)!json_parse(&x->step[i].result,
                      holds ? SLICE("{\"Outcome\":\"True\"}") : SLICE("{\"Outcome\":\"False\"}"),
                      "outcome", NULL);
    x->results[i] = x->step[i].result;
    x->step[i].metadata = metadata(x, "Condition", "Outcome", holds ? "True" : "False");
    end_step(x, i, STEP_SUCCEEDED, NULL);
}

static void fail(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct str text = STR_INIT;
    struct json *message = NULL;
    struct lk_error err = {0};
    const char *words;

    if (pipeline_resolve(&text, &x->values, json_get(p->arguments, "ErrorMessage"), &err) ||
        json_parse(&message, slice_str(&text), "message", &err))
        words = err.text;
    else
        words = json_string(message, "The pipeline came to a Fail step.");
    x->step[i].metadata = metadata(x, "Fail", "ErrorMessage", words);
    x->stopping = true; /* what runs is stopped */
    end_step(x, i, STEP_FAILED, words);
    json_free(message);
    str_done(&text);
}

static void start_step(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    bool again = x->step[i].status == STEP_STARTING;

    x->step[i].status = STEP_STARTING;
    if (!again)
        x->step[i].started = cloud_now(x->work->cloud);
    keep_step(x, i);
    if (p->type->create)
        start_job(x, i, again);
    else if (!strcmp(p->type->name, "Condition"))
        decide(x, i);
    else
        fail(x, i);
}

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
            start_step(x, i);
            started = true;
        }
    return started;
}

static void look_at_all(struct execution *x)
{
    for (size_t i = 0; i < x->pipeline->steps; i++)
        if (x->step[i].status == STEP_EXECUTING || x->step[i].status == STEP_STOPPING)
            look_at(x, i);
}

/* Tell every running job to stop, and see it do so. */
static void stop_all(struct execution *x)
{
    x->stopping = true;
    for (size_t i = 0; i < x->pipeline->steps; i++)
        if (x->step[i].status == STEP_EXECUTING && x->pipeline->step[i].type->stop) {
            (void)!ask(x, &x->pipeline->step[i], x->pipeline->step[i].type->stop, x->step[i].job,
                       NULL, NULL);
            x->step[i].status = STEP_STOPPING;
            keep_step(x, i);
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
    load_steps(x);
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
