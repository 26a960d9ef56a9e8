/*
 * Waiting for a job of SageMaker's, and what it has come to: its stages go by as
 * progress, its log as asides, the long middle of a long log left out. A wait
 * that is cancelled stops the job: nothing that was stopped here goes on
 * costing there.
 */
#include "lab/agent_internal.h"

#include <stdio.h>
#include <string.h>

enum {
    HEAD_LINES = 25, /* of a log are shown as they come, */
    TAIL_LINES = 10, /* and the last so many when it is over */
};

/* ---- waiting ------------------------------------------------------------------------- */

static const char *const life[] = {"Starting",  "Pending",     "Creating", "Launching",
                                   "Preparing", "Downloading", "Training", "InProgress",
                                   "Uploading", "Stopping"};
enum { STAGES = sizeof life / sizeof life[0] + 1 };

struct watching {
    struct agent *agent;
    int stage;    /* of its life, up to STAGES */
    size_t lines; /* logged so far */
    struct str tail[TAIL_LINES];
};

static void on_status(void *ctx, const char *status, const char *detail, int64_t seconds)
{
    struct watching *job = ctx;
    struct str note = STR_INIT;
    int at = 0;

    while (at < STAGES - 1 && strcmp(status, life[at]))
        at++;
    job->stage = at + 1;
    str_printf(&note, "%s%s%s", status, *detail ? ": " : "", detail);
    agent_progress(job->agent, "job", job->stage, STAGES, note.ptr);
    str_done(&note);
}

static void on_line(void *ctx, int64_t ms, const char *text)
{
    struct watching *job = ctx;
    struct str *kept = &job->tail[job->lines % TAIL_LINES];

    if (++job->lines <= HEAD_LINES) {
        agent_aside(job->agent, "%s\n", text);
        return;
    }
    str_clear(kept);
    str_puts(kept, text);
    agent_progress(job->agent, "job", job->stage, STAGES, text);
}

static void end_watch(struct watching *job)
{
    size_t held = job->lines > HEAD_LINES ? job->lines - HEAD_LINES : 0;
    size_t shown = held < TAIL_LINES ? held : TAIL_LINES;

    if (held > shown)
        agent_aside(job->agent, "... %zu more lines: logs.tail shows them ...\n", held - shown);
    for (size_t i = job->lines - shown; i < job->lines; i++)
        agent_aside(job->agent, "%s\n", job->tail[i % TAIL_LINES].ptr);
    for (size_t i = 0; i < TAIL_LINES; i++)
        str_done(&job->tail[i]);
}

/* With a client of its own: those of the call are cancelled. */
static void stop_there(struct agent *a, const struct resource *r, const char *name)
{
    struct aws *c = NULL;
    struct str in = STR_INIT;
    struct json_out w;

    if (!r->stop || agent_open_client(&c, a, a->region, false, NULL))
        return;
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, r->name, name);
    json_close(&w);
    (void)!aws_call(c, r->service, r->stop, slice_str(&in), NULL, NULL);
    str_done(&in);
    aws_close(c);
}

enum lk_status agent_wait(struct agent *a, const char *kind, const char *name, struct json **job,
                          struct lk_error *err)
{
    const struct resource *r = resource_of_kind(kind);
    bool logs = !strcmp(kind, "training-job") || !strcmp(kind, "transform-job");
    struct watching watching = {.agent = a};
    struct job_watch watch = {.status = on_status, .line = logs ? on_line : NULL, .ctx = &watching};
    enum lk_status st;

    for (size_t i = 0; i < TAIL_LINES; i++)
        str_init(&watching.tail[i]);
    st = job_wait(agent_guard(a), kind, name, &watch, job, err);
    end_watch(&watching);

    if (st == LK_ECANCELLED)
        stop_there(a, r, name);
    return st;
}

/* ---- answers --------------------------------------------------------------------------- */

static void put_metrics(struct json_out *w, const struct json *job)
{
    json_open(w, "metrics", '{');
    for (const struct json *m = json_first(json_get(job, "FinalMetricDataList")); m;
         m = json_next(m))
        json_put_number(w, json_path(m, "MetricName"), json_number(json_get(m, "Value"), 0));
    json_close(w);
}

static void put_seconds(struct json_out *w, const struct json *job, const char *what)
{
    char start[48], end[48];
    double from, to;

    snprintf(start, sizeof start, "%sStartTime", what);
    snprintf(end, sizeof end, "%sEndTime", what);
    from = json_number(json_get(job, start), 0);
    to = json_number(json_get(job, end), 0);
    if (from > 0 && to >= from)
        json_put_number(w, "seconds", to - from);
}

static void put_life(struct json_out *w, const struct json *job)
{
    const struct json *t = json_first(json_get(job, "SecondaryStatusTransitions"));

    if (!t)
        return;
    json_open(w, "life", '[');
    for (; t; t = json_next(t))
        json_put_z(w, NULL, json_path(t, "Status"));
    json_close(w);
}

/* What a lab gets of a job that was described. */
static void put_job(struct json_out *w, const struct resource *r, const char *name,
                    const struct json *job)
{
    const char *reason = json_path(job, "FailureReason");
    const char *second = json_path(job, "SecondaryStatus");
    const char *model = json_path(job, "ModelArtifacts.S3ModelArtifacts");

    json_open(w, "value", '{');
    json_put_z(w, "name", name);
    json_put_z(w, "kind", r->words);
    if (job)
        json_put_z(w, "status", json_path(job, r->status));
    if (*reason || !strcmp(second, "MaxRuntimeExceeded") || !strcmp(second, "MaxWaitTimeExceeded"))
        json_put_z(w, "reason", *reason ? reason : second);
    if (*model)
        json_put_z(w, "model", model);
    if (!strcmp(r->kind, "training-job")) {
        put_metrics(w, job);
        put_life(w, job);
        json_put_number(w, "billable_seconds",
                        json_number(json_get(job, "BillableTimeInSeconds"), 0));
    }
    if (!strcmp(r->kind, "transform-job"))
        json_put_z(w, "output", json_path(job, "TransformOutput.S3OutputPath"));
    if (!strcmp(r->kind, "labeling-job")) {
        json_put_z(w, "output", json_path(job, "LabelingJobOutput.OutputDatasetS3Uri"));
        json_put_number(w, "labelled",
                        json_number(json_get(json_get(job, "LabelCounters"), "TotalLabeled"), 0));
    }
    put_seconds(w, job, !strcmp(r->kind, "transform-job") ? "Transform" : "Training");
    json_close(w);
}

enum lk_status agent_put_job(struct agent *a, const char *kind, const char *name, bool wait,
                             struct json_out *w, struct lk_error *err)
{
    struct json *job = NULL;
    enum lk_status st = wait ? agent_wait(a, kind, name, &job, err) : LK_OK;

    put_job(w, resource_of_kind(kind), name, job);
    json_free(job);
    return st;
}
