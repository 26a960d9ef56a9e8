/* DescribeHyperParameterTuningJob, the lists of tuning jobs and of a tuning job's training jobs. */
#include "cloud/shape.h"
#include "cloud/training.h"
#include "cloud/tuning.h"

#include <string.h>

/* ---- counters -----------------------------------------------------------------------------------
 */

static int64_t count_trainings(struct call *c, const char *tuner, const char *status)
{
    struct stmt *s = sql(c->cloud, "select count(*) from training_jobs where region = ?1"
                                   " and tuner = ?2 and status = ?3");
    int64_t n;

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, tuner);
    stmt_text(s, 3, status);
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    return n;
}

static int64_t count_trials(struct call *c, const char *tuner, const char *state)
{
    struct stmt *s = sql(c->cloud, "select count(*) from tuning_trials where region = ?1"
                                   " and job = ?2 and state = ?3");
    int64_t n;

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, tuner);
    stmt_text(s, 3, state);
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    return n;
}

static void put_counters(struct call *c, const char *tuner)
{
    static const char *const states[] = {"Succeeded", "Pending", "Failed"};

    json_open(&c->out, "TrainingJobStatusCounters", '{');
    json_put_int(&c->out, "Completed", count_trainings(c, tuner, "Completed"));
    json_put_int(&c->out, "InProgress",
                 count_trainings(c, tuner, "InProgress") + count_trainings(c, tuner, "Stopping"));
    json_put_int(&c->out, "RetryableError", 0);
    json_put_int(&c->out, "NonRetryableError", count_trainings(c, tuner, "Failed"));
    json_put_int(&c->out, "Stopped", count_trainings(c, tuner, "Stopped"));
    json_close(&c->out);
    json_open(&c->out, "ObjectiveStatusCounters", '{');
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        json_put_int(&c->out, states[i], count_trials(c, tuner, states[i]));
    json_close(&c->out);
}

/* ---- one training job of it ---------------------------------------------------------------------
 */

/* Rows of TRIALS are read by put_trial; sort is the last column. */
#define TRIALS(sort)                                                                               \
    "select j.name, j.created, j.started, j.ended, j.status, j.reason, t.tuned, t.value, t.state," \
    " t.number, " sort " as sort from tuning_trials t join training_jobs j"                        \
    " on j.region = t.region and j.name = t.training where t.region = ?1 and t.job = ?2"

static void put_objective(struct call *c, const struct tuning *t, struct stmt *s)
{
    if (stmt_is_null(s, 7))
        return;
    json_open(&c->out, "FinalHyperParameterTuningJobObjectiveMetric", '{');
    json_put_z(&c->out, "Type", t->more ? "Maximize" : "Minimize");
    json_put_z(&c->out, "MetricName", t->metric);
    json_put_number(&c->out, "Value", stmt_get_double(s, 7));
    json_close(&c->out);
}

static void put_trial(struct call *c, const struct tuning *t, struct stmt *s)
{
    const char *name = sql_text(&c->memory, s, 0);

    json_put_z(&c->out, "TrainingJobName", name);
    json_put_z(&c->out, "TrainingJobArn", training_arn(c->cloud, &c->memory, c->region, name));
    thing_put_time(c, "CreationTime", stmt_get_int(s, 1));
    if (!stmt_is_null(s, 2))
        thing_put_time(c, "TrainingStartTime", stmt_get_int(s, 2));
    if (!stmt_is_null(s, 3))
        thing_put_time(c, "TrainingEndTime", stmt_get_int(s, 3));
    json_put_z(&c->out, "TrainingJobStatus", stmt_get_text(s, 4));
    if (!stmt_is_null(s, 5))
        json_put_z(&c->out, "FailureReason", stmt_get_text(s, 5));
    json_put_raw(&c->out, "TunedHyperParameters", stmt_get_slice(s, 6));
    put_objective(c, t, s);
    json_put_z(&c->out, "ObjectiveStatus", stmt_get_text(s, 8));
}

static void put_best(struct call *c, const struct tuning *t, const char *name)
{
    struct stmt *s =
        sql(c->cloud,
            TRIALS("case when ?3 then -t.value else t.value end") " and t.value is not null order "
                                                                  "by sort, number limit 1");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    stmt_int(s, 3, t->more);
    if (sql_row(c->cloud, s)) {
        json_open(&c->out, "BestTrainingJob", '{');
        put_trial(c, t, s);
        json_close(&c->out);
    }
    stmt_reset(s);
}

/* ---- describing ---------------------------------------------------------------------- */

static void put_ends(struct call *c, const struct thing *t, const struct json *detail)
{
    double ended = json_number(json_get(detail, "ended"), 0);

    thing_put_time(c, "CreationTime", t->created);
    if (ended > 0)
        thing_put_time(c, "HyperParameterTuningEndTime", (int64_t)ended);
    thing_put_time(c, "LastModifiedTime", t->modified);
}

void sagemaker_describe_tuning(struct call *c)
{
    static const char *const members[] = {"HyperParameterTuningJobConfig", "TrainingJobDefinition",
                                          "WarmStartConfig"};
    const char *name = sagemaker_name(c, "HyperParameterTuningJobName");
    struct thing t;
    struct tuning tuning;
    struct json *request, *detail;

    if (!name || !thing_need(c, &t, TUNING_KIND, name, "Hyperparameter tuning job"))
        return;
    request = thing_json(c, t.request);
    detail = thing_json(c, t.detail);
    tuning_read(&tuning, request, NULL);
    json_put_z(&c->out, "HyperParameterTuningJobName", name);
    json_put_z(&c->out, "HyperParameterTuningJobArn", thing_arn(c->cloud, &c->memory, &t));
    thing_put_members(c, request, members, 3);
    json_put_z(&c->out, "HyperParameterTuningJobStatus", t.status);
    put_ends(c, &t, detail);
    put_counters(c, name);
    put_best(c, &tuning, name);
    if (json_get(detail, "reason"))
        json_put_tree(&c->out, "FailureReason", json_get(detail, "reason"));
    tuning_done(&tuning);
    json_free(request);
    json_free(detail);
}

/* ---- listing ------------------------------------------------------------------------- */

static void put_summary(struct call *c, const struct thing *t)
{
    struct json *request = thing_json(c, t->request), *detail = thing_json(c, t->detail);
    const struct json *config = json_get(request, "HyperParameterTuningJobConfig");

    json_put_z(&c->out, "HyperParameterTuningJobName", t->name);
    json_put_z(&c->out, "HyperParameterTuningJobArn", thing_arn(c->cloud, &c->memory, t));
    json_put_z(&c->out, "HyperParameterTuningJobStatus", t->status);
    json_put_z(&c->out, "Strategy", json_string(json_get(config, "Strategy"), ""));
    put_ends(c, t, detail);
    put_counters(c, t->name);
    json_put_tree(&c->out, "ResourceLimits", json_get(config, "ResourceLimits"));
    json_free(request);
    json_free(detail);
}

void sagemaker_list_tuning(struct call *c)
{
    thing_list(c, TUNING_KIND, NULL, "HyperParameterTuningJobSummaries", put_summary);
}

/* The place of a training job in the list, as text that sorts; a number's bits sort as it does. */
#define SORT                                                                                       \
    "case ?3 when 'Name' then j.name when 'Status' then j.status || '/' || j.name"                 \
    " when 'FinalObjectiveMetricValue' then ifnull(printf('%024.9f', t.value + 1e12), '')"         \
    " || '/' || j.name else printf('%015d/%s', j.created, j.name) end"

static struct stmt *trainings_query(struct call *c)
{
    const char *order = call_param(c, "SortOrder");

    if (order && !strcmp(order, "Descending"))
        return sql(c->cloud, TRIALS(SORT) " and (?6 = '' or j.status = ?6)"
                                          " and (?4 = '' or sort < ?4)"
                                          " order by sort desc limit ?5");
    return sql(c->cloud, TRIALS(SORT) " and (?6 = '' or j.status = ?6) and sort > ?4"
                                      " order by sort limit ?5");
}

static void put_trainings(struct call *c, const struct tuning *t, const char *name,
                          const char *from, int64_t max)
{
    const char *by = call_param(c, "SortBy"), *status = call_param(c, "StatusEquals"), *last = "";
    struct stmt *s = trainings_query(c);
    int64_t n = 0;

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    stmt_text(s, 3, by ? by : "Name");
    stmt_text(s, 4, from);
    stmt_int(s, 5, max + 1);
    stmt_text(s, 6, status ? status : "");
    json_open(&c->out, "TrainingJobSummaries", '[');
    while (sql_row(c->cloud, s) && n++ < max) {
        last = sql_text(&c->memory, s, 10);
        json_open(&c->out, NULL, '{');
        put_trial(c, t, s);
        json_close(&c->out);
    }
    json_close(&c->out);
    if (n > max)
        json_put_z(&c->out, "NextToken", call_page_token(c, last));
}

static const struct shape trainings_shapes[] = {
    {"SortBy", SHAPE_WORD, false, 0, 0, "Name CreationTime Status FinalObjectiveMetricValue"},
    {"SortOrder", SHAPE_WORD, false, 0, 0, "Ascending Descending"},
    {"StatusEquals", SHAPE_WORD, false, 0, 0, "InProgress Completed Failed Stopping Stopped"},
    {.path = NULL},
};

void sagemaker_list_tuning_trainings(struct call *c)
{
    const char *name = sagemaker_name(c, "HyperParameterTuningJobName");
    const char *from = call_page_key(c, call_param(c, "NextToken"));
    int64_t max = call_int(c, "MaxResults", 10, 1, 100);
    struct thing t;
    struct tuning tuning;
    struct json *request;

    if (call_failed(c) || !shape_check(c, trainings_shapes) ||
        !thing_need(c, &t, TUNING_KIND, name, "Hyperparameter tuning job"))
        return;
    request = thing_json(c, t.request);
    tuning_read(&tuning, request, NULL);
    put_trainings(c, &tuning, name, from, max);
    tuning_done(&tuning);
    json_free(request);
}
