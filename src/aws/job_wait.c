/*
 * Waiting for a job: describe, tell what changed, read new log lines, sleep.
 * The pauses grow from a third of a second to half a minute on AWS (a describe call is
 * cheap, but quotas are small), and stay short on the practice cloud.
 */
#include "aws/job.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wait {
    struct guard *guard;
    const struct resource *resource;
    const char *name;
    const struct job_watch *watch;
    struct job_logs logs;
    int64_t start_ns, limit_s, id;
    double most;
    bool stopped; /* by us, for its limit */
    char told[192];
};

static enum lk_status call_named(struct wait *w, const char *op, struct json **out,
                                 struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out o;
    enum lk_status st;

    json_begin(&o, &in, false);
    json_open(&o, NULL, '{');
    json_put_z(&o, w->resource->name, w->name);
    json_close(&o);
    st = aws_call(guard_client(w->guard), w->resource->service, op, slice_str(&in), out, err);
    str_done(&in);
    return st;
}

/* ---- logs --------------------------------------------------------------------------------- */

static const char *log_group(const char *kind)
{
    if (!strcmp(kind, "training-job"))
        return "/aws/sagemaker/TrainingJobs";
    return !strcmp(kind, "transform-job") ? "/aws/sagemaker/TransformJobs"
                                          : "/aws/sagemaker/Endpoints";
}

struct stream_list {
    struct job_logs *logs;
};

static bool add_stream(void *ctx, const struct json *item)
{
    struct job_logs *l = ((struct stream_list *)ctx)->logs;
    const char *name = json_path(item, "logStreamName");

    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->streams[i], name))
            return true;
    if (l->n == sizeof l->streams / sizeof l->streams[0])
        return false;
    l->streams[l->n++] = mem_strdup(name);
    return true;
}

static enum lk_status read_stream(struct aws *c, const char *group, struct job_logs *l, size_t i,
                                  const struct job_watch *watch, struct lk_error *err)
{
    enum lk_status st = LK_OK;
    bool more = true;

    while (!st && more) {
        struct str in = STR_INIT;
        struct json *answer = NULL;
        struct json_out w;
        const char *next;

        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "logGroupName", group);
        json_put_z(&w, "logStreamName", l->streams[i]);
        json_put_bool(&w, "startFromHead", true);
        if (l->tokens[i])
            json_put_z(&w, "nextToken", l->tokens[i]);
        json_close(&w);
        st = aws_call(c, "logs", "GetLogEvents", slice_str(&in), &answer, err);
        for (const struct json *e = json_first(json_get(answer, "events")); e; e = json_next(e))
            if (watch->line)
                watch->line(watch->ctx, (int64_t)json_number(json_get(e, "timestamp"), 0),
                            json_path(e, "message"));
        next = json_path(answer, "nextForwardToken");
        /* At the end the service gives back the token it was given. */
        more = !st && json_count(json_get(answer, "events")) && *next &&
               (!l->tokens[i] || strcmp(l->tokens[i], next));
        if (!st && *next) {
            free(l->tokens[i]);
            l->tokens[i] = mem_strdup(next);
        }
        json_free(answer);
        str_done(&in);
    }
    return st;
}

enum lk_status job_read_logs(struct aws *c, const char *kind, const char *name, struct job_logs *at,
                             const struct job_watch *watch, struct lk_error *err)
{
    struct stream_list list = {at};
    struct str in = STR_INIT, group = STR_INIT;
    struct lk_error mine = {0};
    struct json_out w;
    bool endpoint = !strcmp(kind, "endpoint");
    enum lk_status st;

    str_puts(&group, log_group(kind));
    if (endpoint)
        str_printf(&group, "/%s", name);
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "logGroupName", group.ptr);
    if (!endpoint) {
        char prefix[80];

        snprintf(prefix, sizeof prefix, "%.70s/", name);
        json_put_z(&w, "logStreamNamePrefix", prefix);
    }
    json_close(&w);
    st = aws_each(c, "logs", "DescribeLogStreams", slice_str(&in), "logStreams", add_stream, &list,
                  &mine);
    for (size_t i = 0; i < at->n && !st; i++)
        st = read_stream(c, group.ptr, at, i, watch, &mine);
    if (st && !strcmp(mine.code, "ResourceNotFoundException"))
        st = LK_OK; /* nothing was logged yet */
    if (st && err)
        *err = mine;
    str_done(&in);
    str_done(&group);
    return st;
}

void job_logs_done(struct job_logs *at)
{
    for (size_t i = 0; i < at->n; i++) {
        free(at->streams[i]);
        free(at->tokens[i]);
    }
    *at = (struct job_logs){0};
}

/* ---- one look ------------------------------------------------------------------------------- */

/* "3 of 10 jobs done, best validation:auc 0.97" */
static void put_search(char *out, size_t size, const struct json *job, const struct json *counters)
{
    const struct json *best =
        json_get(json_get(job, "BestTrainingJob"), "FinalHyperParameterTuningJobObjectiveMetric");
    const struct json *limits =
        json_get(json_get(job, "HyperParameterTuningJobConfig"), "ResourceLimits");
    double all = json_number(json_get(limits, "MaxNumberOfTrainingJobs"), 0), done = 0;
    int n;

    for (const struct json *i = json_first(counters); i; i = json_next(i))
        done += strcmp(json_key(i), "InProgress") ? json_number(i, 0) : 0;
    n = snprintf(out, size, all > 0 ? "%.0f of %.0f jobs done" : "%.0f jobs done", done, all);
    if (best && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, ", best %.60s %.6g", json_path(best, "MetricName"),
                 json_number(json_get(best, "Value"), 0));
}

/* The last transition's words: "Downloading the training image"; how far a search has come. */
static void put_detail(char *out, size_t size, const struct json *job)
{
    const struct json *list = json_get(job, "SecondaryStatusTransitions");
    const struct json *last = json_at(list, json_count(list) ? json_count(list) - 1 : 0);
    const struct json *counters = json_get(job, "TrainingJobStatusCounters");

    snprintf(out, size, "%s", json_path(last, "StatusMessage"));
    if (counters)
        put_search(out, size, job, counters);
}

static void tell(struct wait *w, const struct json *job)
{
    const char *status = json_path(job, w->resource->status);
    const char *second = json_path(job, "SecondaryStatus");
    char now[sizeof w->told], detail[120];

    put_detail(detail, sizeof detail, job);
    snprintf(now, sizeof now, "%.40s %.100s", *second ? second : status, detail);
    if (w->watch->status && strcmp(now, w->told))
        w->watch->status(w->watch->ctx, *second ? second : status, detail,
                         (clock_steady_ns() - w->start_ns) / 1000000000);
    memcpy(w->told, now, sizeof now);
}

static bool is_settled(const struct wait *w, const char *status)
{
    return resource_is_over(status) || !strcmp(status, "InService") ||
           !strcmp(status, "OutOfService") ||
           (!strcmp(w->resource->kind, "notebook") && !strcmp(status, "Stopped"));
}

static void note_end(struct wait *w, const struct json *job)
{
    double seconds = json_number(json_get(job, "BillableTimeInSeconds"), -1), cost = -1;
    double start = json_number(json_get(job, "TransformStartTime"), 0);
    double end = json_number(json_get(job, "TransformEndTime"), 0);

    if (seconds < 0 && end > start && start > 0)
        seconds = end - start;
    if (w->most >= 0 && w->limit_s > 0 && seconds >= 0)
        cost = w->most * seconds / (double)w->limit_s;
    if (w->id)
        (void)!ledger_end(guard_ledger(w->guard), w->id, "ended", cost, NULL);
}

static enum lk_status judge(struct wait *w, const struct json *job, struct lk_error *err)
{
    const char *status = json_path(job, w->resource->status);
    const char *reason = json_path(job, "FailureReason");

    if (w->resource->cost == COST_JOB)
        note_end(w, job);
    if (w->stopped)
        return error_set(err, LK_ELIMIT,
                         "%s '%s' was stopped: it ran longer than its limit of "
                         "%lld s",
                         w->resource->words, w->name, (long long)w->limit_s);
    if (!strcmp(status, "Failed") || !strcmp(status, "OutOfService")) {
        if (err)
            error_set(err, LK_ESERVICE, "%s '%s' failed: %.800s", w->resource->words, w->name,
                      *reason ? reason : "no reason is given; see its logs");
        if (err)
            snprintf(err->code, sizeof err->code, "JobFailed");
        return LK_ESERVICE;
    }
    return LK_OK;
}

/* SageMaker has no limit for transform jobs, so we keep one. */
static enum lk_status enforce_limit(struct wait *w, struct lk_error *err)
{
    int64_t seconds = (clock_steady_ns() - w->start_ns) / 1000000000;

    if (strcmp(w->resource->kind, "transform-job") || w->stopped || !w->limit_s ||
        seconds < w->limit_s)
        return LK_OK;
    w->stopped = true;
    return call_named(w, w->resource->stop, NULL, err);
}

static bool take_limit(void *ctx, const struct ledger_entry *e)
{
    struct wait *w = ctx;

    if (e->id == w->id) {
        w->limit_s = e->limit_s;
        w->most = e->most;
    }
    return true;
}

static void read_entry(struct wait *w)
{
    struct aws *c = guard_client(w->guard);
    struct ledger *l = guard_ledger(w->guard);

    w->most = -1;
    if (!ledger_find(l, &w->id, aws_target(c), guard_account(w->guard), aws_region(c),
                     w->resource->kind, w->name, NULL) &&
        w->id)
        (void)!ledger_each(l, aws_target(c), guard_account(w->guard), aws_region(c), true,
                           take_limit, w, NULL);
}

static enum lk_status look(struct wait *w, struct json **job, bool *over, struct lk_error *err)
{
    struct json *now = NULL;
    enum lk_status st = call_named(w, w->resource->describe, &now, err);

    if (st)
        return st;
    json_free(*job);
    *job = now;
    tell(w, now);
    *over = is_settled(w, json_path(now, w->resource->status));
    if (w->watch->line)
        st = job_read_logs(guard_client(w->guard), w->resource->kind, w->name, &w->logs, w->watch,
                           err);
    return st ? st : enforce_limit(w, err);
}

enum lk_status job_wait(struct guard *g, const char *kind, const char *name,
                        const struct job_watch *watch, struct json **out, struct lk_error *err)
{
    static const struct job_watch silent = {0};
    struct wait w = {.guard = g,
                     .resource = resource_of_kind(kind),
                     .name = name,
                     .watch = watch ? watch : &silent,
                     .start_ns = clock_steady_ns()};
    bool practice = !strcmp(aws_target(guard_client(g)), "practice"), over = false;
    struct json *job = NULL;
    int pause = practice ? 50 : 300;
    enum lk_status st = LK_OK;

    if (!w.resource || !w.resource->status)
        return error_set(err, LK_EUSE, "there is nothing to wait for with a '%s'", kind);
    read_entry(&w);
    while (!st && !over) {
        st = look(&w, &job, &over, err);
        if (!st && !over)
            st = aws_sleep(guard_client(g), pause, err);
        pause = pause * 3 / 2 < (practice ? 500 : 30000) ? pause * 3 / 2 : practice ? 500 : 30000;
    }
    if (!st)
        st = judge(&w, job, err);
    if (out && job) {
        *out = job;
        job = NULL;
    }
    json_free(job);
    job_logs_done(&w.logs);
    return st;
}
