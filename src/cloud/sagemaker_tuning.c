/* Hyperparameter tuning jobs: Create, Stop. */
#include "cloud/internal.h"
#include "cloud/shape.h"
#include "cloud/training.h"
#include "cloud/tuning.h"

#include <string.h>

enum { NAME_MAX_CHARS = 32, PARENTS_MAX = 5 };

static const struct shape shapes[] = {
    {"HyperParameterTuningJobName", SHAPE_TEXT, true, 1, NAME_MAX_CHARS, NULL},
    {"HyperParameterTuningJobConfig", SHAPE_OBJECT, true, 0, 0, NULL},
    {"HyperParameterTuningJobConfig.Strategy", SHAPE_WORD, true, 0, 0,
     "Bayesian Random Hyperband Grid"},
    {"HyperParameterTuningJobConfig.ResourceLimits", SHAPE_OBJECT, true, 0, 0, NULL},
    {"HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs", SHAPE_NUMBER, false, 1,
     TUNING_JOBS_MAX, NULL},
    {"HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs", SHAPE_NUMBER, true, 1,
     TUNING_PARALLEL_MAX, NULL},
    {"HyperParameterTuningJobConfig.HyperParameterTuningJobObjective", SHAPE_OBJECT, true, 0, 0,
     NULL},
    {"HyperParameterTuningJobConfig.HyperParameterTuningJobObjective.Type", SHAPE_WORD, true, 0, 0,
     "Maximize Minimize"},
    {"HyperParameterTuningJobConfig.HyperParameterTuningJobObjective.MetricName", SHAPE_TEXT, true,
     1, 255, NULL},
    {"HyperParameterTuningJobConfig.ParameterRanges", SHAPE_OBJECT, true, 0, 0, NULL},
    {"HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType", SHAPE_WORD, false, 0, 0,
     "Off Auto"},
    {"HyperParameterTuningJobConfig.StrategyConfig.HyperbandStrategyConfig.MinResource",
     SHAPE_NUMBER, false, 1, 1000000, NULL},
    {"HyperParameterTuningJobConfig.StrategyConfig.HyperbandStrategyConfig.MaxResource",
     SHAPE_NUMBER, false, 1, 1000000, NULL},
    {"TrainingJobDefinition", SHAPE_OBJECT, true, 0, 0, NULL},
    {"TrainingJobDefinition.StaticHyperParameters", SHAPE_MAP, false, 0, 100, NULL},
    {"WarmStartConfig.WarmStartType", SHAPE_WORD, true, 0, 0,
     "IdenticalDataAndAlgorithm TransferLearning"},
    {"WarmStartConfig.ParentHyperParameterTuningJobs", SHAPE_LIST, true, 1, PARENTS_MAX, NULL},
    {"Tags", SHAPE_LIST, false, 0, 50, NULL},
    {.path = NULL},
};

/* ---- what AWS says of the built-in algorithm's metrics and ranges ------------------------------
 */

static const char *const more[] = {"accuracy", "auc", "aucpr", "balanced_accuracy",
                                   "f1",       "map", "ndcg",  "precision",
                                   "recall",   NULL};
static const char *const less[] = {"error",
                                   "gamma-deviance",
                                   "logloss",
                                   "mae",
                                   "mape",
                                   "merror",
                                   "mlogloss",
                                   "rmse",
                                   "poisson-nloglik",
                                   "rmsle",
                                   "tweedie-nloglik",
                                   NULL};

static bool is_in(const char *const *list, const char *word)
{
    while (*list && strcmp(*list, word))
        list++;
    return *list != NULL;
}

static bool check_metric(struct call *c, const struct tuning *t)
{
    const char *name = strncmp(t->metric, "validation:", 11) ? "" : t->metric + 11;

    if (!is_in(more, name) && !is_in(less, name))
        call_fail(c, 400, "ValidationException",
                  "The objective metric for the hyperparameter tuning job, [%s], isn't valid for "
                  "the XGBoost algorithm. Choose a valid objective metric, such as "
                  "validation:auc or validation:rmse.",
                  t->metric);
    else if (is_in(more, name) != t->more)
        call_fail(c, 400, "ValidationException",
                  "The objective type, [%s], that you specified for objective metric [%s] isn't "
                  "valid. Choose [%s].",
                  t->more ? "Maximize" : "Minimize", t->metric, t->more ? "Minimize" : "Maximize");
    else if (json_count(
                 json_get(json_get(t->definition, "AlgorithmSpecification"), "MetricDefinitions")))
        call_fail(c, 400, "ValidationException",
                  "You can't override the metric definitions for Amazon SageMaker algorithms. "
                  "Please retry the request without specifying metric definitions.");
    return !call_failed(c);
}

static bool check_ranges(struct call *c, const struct tuning *t)
{
    const struct json *fixed = json_get(t->definition, "StaticHyperParameters");

    if (!t->space.n)
        call_fail(c, 400, "ValidationException",
                  "At least one hyperparameter range is needed in ParameterRanges.");
    for (size_t i = 0; i < t->space.n; i++) {
        const struct tune_axis *a = &t->space.axis[i];

        if (json_get(fixed, a->name))
            call_fail(c, 400, "ValidationException",
                      "The hyperparameter [%s] is in the ranges and in StaticHyperParameters; give "
                      "it in one of them.",
                      a->name);
        else if (t->strategy == TUNE_GRID && a->kind != TUNE_CATEGORICAL)
            call_fail(c, 400, "ValidationException",
                      "The strategy Grid takes categorical parameter ranges only; [%s] is none.",
                      a->name);
    }
    return !call_failed(c);
}

static bool check_halving(struct call *c, const struct tuning *t)
{
    if (t->halving && t->early)
        call_fail(c, 400, "ValidationException",
                  "Hyperband stops training jobs by itself: TrainingJobEarlyStoppingType must be "
                  "Off.");
    else if (t->halving && t->least >= t->most)
        call_fail(c, 400, "ValidationException",
                  "MinResource must be less than MaxResource in HyperbandStrategyConfig.");
    return !call_failed(c);
}

static bool check_not_here(struct call *c)
{
    if (json_get(c->in, "TrainingJobDefinitions"))
        call_fail(c, 400, "ValidationException",
                  "The practice cloud tunes one algorithm at a time: give TrainingJobDefinition.");
    return !call_failed(c);
}

/* A parent is there, has ended, and was judged by the same metric. */
static void check_parent(struct call *c, const struct tuning *t, const char *name)
{
    struct thing parent;
    struct json *request;
    struct tuning theirs;

    if (!thing_get(&parent, c->cloud, &c->memory, c->region, TUNING_KIND, name)) {
        call_fail(c, 400, "ResourceNotFound", "Could not find the parent tuning job [%s].", name);
        return;
    }
    request = thing_json(c, parent.request);
    tuning_read(&theirs, request, NULL);
    if (!strcmp(parent.status, "InProgress") || !strcmp(parent.status, "Stopping"))
        call_fail(c, 400, "ValidationException",
                  "The parent tuning job [%s] is in status %s; it must have ended.", name,
                  parent.status);
    else if (strcmp(theirs.metric, t->metric) || theirs.more != t->more)
        call_fail(c, 400, "ValidationException",
                  "The parent tuning job [%s] has another objective metric, [%s].", name,
                  theirs.metric);
    tuning_done(&theirs);
    json_free(request);
}

static bool check_parents(struct call *c, const struct tuning *t)
{
    const struct json *list =
        json_get(json_get(c->in, "WarmStartConfig"), "ParentHyperParameterTuningJobs");

    for (const struct json *p = json_first(list); p && !call_failed(c); p = json_next(p))
        check_parent(c, t, json_string(json_get(p, "HyperParameterTuningJobName"), ""));
    return !call_failed(c);
}

/* A quota that is only used up for now is no obstacle: the trials will wait. */
static void forgive_full(struct call *c)
{
    if (!strcmp(c->code, "ResourceLimitExceeded") && !strstr(c->message, TUNING_NEVER)) {
        c->status = 0;
        c->code = c->message = NULL;
    }
}

/* The first training job is checked as if it were asked for now. */
static bool check_training(struct call *c, const struct tuning *t)
{
    const struct json *request = c->in;
    struct str text = STR_INIT;
    struct json *training = NULL;

    tuning_put_training(&text, t, call_param(c, "HyperParameterTuningJobName"), NULL);
    if (json_parse(&training, slice_str(&text), "TrainingJobDefinition", NULL))
        call_fail(c, 400, "SerializationException", "The definition is no JSON object.");
    c->in = training;
    if (training && training_check(c) && !training_reserve(c, NULL))
        forgive_full(c);
    c->in = request;
    json_free(training);
    str_done(&text);
    return !call_failed(c);
}

/* ---- creating ------------------------------------------------------------------------ */

static bool is_free(struct call *c, const char *name)
{
    struct thing there;

    if (thing_get(&there, c->cloud, &c->memory, c->region, TUNING_KIND, name))
        call_fail(c, 400, "ResourceInUse",
                  "Hyperparameter tuning job names must be unique within an AWS account and "
                  "region, and a hyperparameter tuning job with this name already exists (%s)",
                  thing_arn(c->cloud, &c->memory, &there));
    return !call_failed(c);
}

static bool is_room(struct call *c)
{
    struct stmt *s = sql(c->cloud, "select count(*) from things where region = ?1 and kind = ?2"
                                   " and status in ('InProgress', 'Stopping')");
    int64_t n;

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, TUNING_KIND);
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    if (n >= TUNING_AT_ONCE)
        call_fail(c, 400, "ResourceLimitExceeded",
                  "The account-level service limit 'Number of concurrent hyperparameter tuning "
                  "jobs' is %d Tuning jobs, with current utilization of %lld Tuning jobs and a "
                  "request delta of 1 Tuning jobs. Please contact AWS support to request an "
                  "increase for this limit.",
                  TUNING_AT_ONCE, (long long)n);
    return !call_failed(c);
}

void sagemaker_create_tuning(struct call *c)
{
    const char *name = sagemaker_name(c, "HyperParameterTuningJobName"), *arn;
    struct tuning t;
    struct lk_error err = {0};

    if (!name || !shape_check(c, shapes) || !sagemaker_check_tags(c) || !check_not_here(c))
        return;
    if (tuning_read(&t, c->in, &err))
        call_fail(c, 400, "ValidationException", "%s.", err.text);
    else if (check_metric(c, &t) && check_ranges(c, &t) && check_halving(c, &t) &&
             check_parents(c, &t) && is_free(c, name) && is_room(c) && check_training(c, &t)) {
        arn = thing_create(c, TUNING_KIND, name, "InProgress", "{}", 0);
        work_add(c->cloud, TUNING_WORK, c->region, name);
        json_put_z(&c->out, "HyperParameterTuningJobArn", arn);
    }
    tuning_done(&t);
}

/* ---- stopping ------------------------------------------------------------------------ */

void sagemaker_stop_tuning(struct call *c)
{
    const char *name = sagemaker_name(c, "HyperParameterTuningJobName");
    struct thing t;

    if (!name || !thing_need(c, &t, TUNING_KIND, name, "Hyperparameter tuning job"))
        return;
    if (!strcmp(t.status, "InProgress") && work_stop(c->cloud, TUNING_WORK, c->region, name))
        tuning_set(c->cloud, &t, "Stopping", NULL, 0);
    else if (strcmp(t.status, "Stopping"))
        call_fail(c, 400, "ValidationException",
                  "The request was rejected because the hyperparameter tuning job is in status %s.",
                  t.status);
}
