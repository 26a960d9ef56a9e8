/* DescribeTrainingJob and ListTrainingJobs. */
#include "cloud/image.h"
#include "cloud/shape.h"
#include "cloud/thing.h"
#include "cloud/training.h"

#include <string.h>

/* ---- describing ---------------------------------------------------------------------- */

static void put_algorithm(struct call *c, const struct json *request)
{
    const struct json *a = json_get(request, "AlgorithmSpecification");

    json_open(&c->out, "AlgorithmSpecification", '{');
    for (const struct json *m = json_first(a); m; m = json_next(m))
        if (strcmp(json_key(m), "MetricDefinitions") &&
            strcmp(json_key(m), "EnableSageMakerMetricsTimeSeries"))
            json_put_tree(&c->out, json_key(m), m);
    if (json_count(json_get(a, "MetricDefinitions")))
        json_put_tree(&c->out, "MetricDefinitions", json_get(a, "MetricDefinitions"));
    else
        metrics_put_builtin(&c->out, "MetricDefinitions");
    json_put_bool(&c->out, "EnableSageMakerMetricsTimeSeries",
                  json_bool(json_get(a, "EnableSageMakerMetricsTimeSeries"), false));
    json_close(&c->out);
}

static void put_stopping(struct call *c, const struct json *request)
{
    json_open(&c->out, "StoppingCondition", '{');
    json_put_int(
        &c->out, "MaxRuntimeInSeconds",
        training_number(request, "StoppingCondition", "MaxRuntimeInSeconds", TRAINING_DAY));
    if (training_spot(request))
        json_put_int(&c->out, "MaxWaitTimeInSeconds",
                     training_number(request, "StoppingCondition", "MaxWaitTimeInSeconds", 0));
    json_close(&c->out);
}

static void put_steps(struct call *c, const struct training *t)
{
    struct stmt *s = sql(c->cloud, "select status, started, ended, message from training_steps"
                                   " where region = ?1 and job = ?2 order by number");

    stmt_text(s, 1, t->region);
    stmt_text(s, 2, t->name);
    json_open(&c->out, "SecondaryStatusTransitions", '[');
    while (sql_row(c->cloud, s)) {
        json_open(&c->out, NULL, '{');
        json_put_z(&c->out, "Status", stmt_get_text(s, 0));
        thing_put_time(c, "StartTime", stmt_get_int(s, 1));
        if (!stmt_is_null(s, 2))
            thing_put_time(c, "EndTime", stmt_get_int(s, 2));
        json_put_z(&c->out, "StatusMessage", stmt_get_text(s, 3));
        json_close(&c->out);
    }
    json_close(&c->out);
}

static void put_metrics(struct call *c, const struct training *t)
{
    struct stmt *s = sql(c->cloud, "select name, value, at from training_metrics"
                                   " where region = ?1 and job = ?2 order by name");

    stmt_text(s, 1, t->region);
    stmt_text(s, 2, t->name);
    json_open(&c->out, "FinalMetricDataList", '[');
    while (sql_row(c->cloud, s)) {
        json_open(&c->out, NULL, '{');
        json_put_z(&c->out, "MetricName", stmt_get_text(s, 0));
        json_put_number(&c->out, "Value", stmt_get_double(s, 1));
        thing_put_time(c, "Timestamp", stmt_get_int(s, 2));
        json_close(&c->out);
    }
    json_close(&c->out);
}

static void put_times(struct call *c, const struct training *t)
{
    thing_put_time(c, "CreationTime", t->created);
    if (t->started)
        thing_put_time(c, "TrainingStartTime", t->started);
    if (t->ended)
        thing_put_time(c, "TrainingEndTime", t->ended);
    thing_put_time(c, "LastModifiedTime", t->modified);
    if (t->ended && t->started) {
        json_put_int(&c->out, "TrainingTimeInSeconds",
                     (t->ended - t->started + 999) / 1000 + (t->ended == t->started));
        json_put_int(&c->out, "BillableTimeInSeconds", t->billable);
    }
}

/* HyperParameters, ResourceConfig, ... as they were asked for. */
static void put_request(struct call *c, const struct json *request)
{
    static const char *const members[] = {
        "HyperParameters",         "RoleArn",         "InputDataConfig",
        "OutputDataConfig",        "ResourceConfig",  "VpcConfig",
        "CheckpointConfig",        "Environment",     "RetryStrategy",
        "ExperimentConfig",        "DebugHookConfig", "DebugRuleConfigurations",
        "TensorBoardOutputConfig", "ProfilerConfig",  "ProfilerRuleConfigurations"};
    static const char *const flags[] = {"EnableNetworkIsolation",
                                        "EnableInterContainerTrafficEncryption",
                                        "EnableManagedSpotTraining"};

    thing_put_members(c, request, members, sizeof members / sizeof *members);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        json_put_bool(&c->out, flags[i], json_bool(json_get(request, flags[i]), false));
}

void sagemaker_describe_training(struct call *c)
{
    const char *name = sagemaker_name(c, "TrainingJobName");
    struct training t;

    if (!name)
        return;
    if (!training_load(&t, c->cloud, &c->memory, c->region, name)) {
        call_fail(c, 400, "ValidationException", "Requested resource not found.");
        return;
    }
    json_put_z(&c->out, "TrainingJobName", name);
    json_put_z(&c->out, "TrainingJobArn", t.arn);
    if (t.tuner)
        json_put_z(&c->out, "TuningJobArn",
                   call_arn(c, "sagemaker", "hyper-parameter-tuning-job/%s", t.tuner));
    json_open(&c->out, "ModelArtifacts", '{');
    json_put_z(&c->out, "S3ModelArtifacts", t.artifacts);
    json_close(&c->out);
    json_put_z(&c->out, "TrainingJobStatus", t.status);
    json_put_z(&c->out, "SecondaryStatus", t.detail);
    if (t.reason)
        json_put_z(&c->out, "FailureReason", t.reason);
    put_algorithm(c, t.request);
    put_request(c, t.request);
    put_stopping(c, t.request);
    put_times(c, &t);
    put_steps(c, &t);
    put_metrics(c, &t);
    json_free(t.request);
}

/* ---- listing: a page ends at its last row's sort key, which is the next page's start ---- */

#define LIST                                                                                       \
    "select name, created, ended, modified, status, case ?2 when 'Name' then name"                 \
    " when 'Status' then status || '/' || printf('%015d/', created) || name"                       \
    " else printf('%015d/', created) || name end as sort from training_jobs"                       \
    " where region = ?1 and instr(lower(name), lower(?3)) and (?6 = '' or status = ?6)"            \
    " and created > ?7 and created < ?8 and modified > ?9 and modified < ?10"

static struct stmt *list_query(struct call *c)
{
    const char *order = call_param(c, "SortOrder"), *by = call_param(c, "SortBy");
    bool up = order ? !strcmp(order, "Ascending") : by && !strcmp(by, "Name");

    if (up)
        return sql(c->cloud, LIST " and sort > ?4 order by sort limit ?5");
    return sql(c->cloud, LIST " and (?4 = '' or sort < ?4) order by sort desc limit ?5");
}

static int64_t time_ms(struct call *c, const char *member, double otherwise)
{
    double seconds = json_number(json_get(c->in, member), otherwise);

    return (int64_t)((seconds > 1e10 ? 1e10 : seconds < -1 ? -1 : seconds) * 1000);
}

/* name, created, ended, modified, status */
static void put_summary(struct call *c, struct stmt *s)
{
    const char *name = sql_text(&c->memory, s, 0);

    json_open(&c->out, NULL, '{');
    json_put_z(&c->out, "TrainingJobName", name);
    json_put_z(&c->out, "TrainingJobArn", training_arn(c->cloud, &c->memory, c->region, name));
    thing_put_time(c, "CreationTime", stmt_get_int(s, 1));
    if (!stmt_is_null(s, 2))
        thing_put_time(c, "TrainingEndTime", stmt_get_int(s, 2));
    thing_put_time(c, "LastModifiedTime", stmt_get_int(s, 3));
    json_put_z(&c->out, "TrainingJobStatus", stmt_get_text(s, 4));
    json_close(&c->out);
}

static const struct shape list_shapes[] = {
    {"SortBy", SHAPE_WORD, false, 0, 0, "Name CreationTime Status"},
    {"SortOrder", SHAPE_WORD, false, 0, 0, "Ascending Descending"},
    {"StatusEquals", SHAPE_WORD, false, 0, 0, "InProgress Completed Failed Stopping Stopped"},
    {.path = NULL},
};

void sagemaker_list_training(struct call *c)
{
    const char *from = call_page_key(c, call_param(c, "NextToken")), *last = NULL;
    const char *by = call_param(c, "SortBy"), *part = call_param(c, "NameContains");
    const char *status = call_param(c, "StatusEquals");
    int64_t max = call_int(c, "MaxResults", 10, 1, 100), n = 0;
    struct stmt *s;

    if (call_failed(c) || !shape_check(c, list_shapes))
        return;
    s = list_query(c);
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, by ? by : "CreationTime");
    stmt_text(s, 3, part ? part : "");
    stmt_text(s, 4, from);
    stmt_int(s, 5, max + 1);
    stmt_text(s, 6, status ? status : "");
    stmt_int(s, 7, time_ms(c, "CreationTimeAfter", -1));
    stmt_int(s, 8, time_ms(c, "CreationTimeBefore", 1e10));
    stmt_int(s, 9, time_ms(c, "LastModifiedTimeAfter", -1));
    stmt_int(s, 10, time_ms(c, "LastModifiedTimeBefore", 1e10));
    json_open(&c->out, "TrainingJobSummaries", '[');
    while (sql_row(c->cloud, s) && n++ < max) {
        last = sql_text(&c->memory, s, 5);
        put_summary(c, s);
    }
    json_close(&c->out);
    if (n > max)
        json_put_z(&c->out, "NextToken", call_page_token(c, last));
}
