/* What a tuning job's request means, and what is said of it in its thing. */
#include "cloud/tuning.h"

#include "base/error.h"

#include <string.h>

enum lk_status tuning_read(struct tuning *out, const struct json *request, struct lk_error *err)
{
    const struct json *config = json_get(request, "HyperParameterTuningJobConfig");
    const struct json *objective = json_get(config, "HyperParameterTuningJobObjective");
    const struct json *limits = json_get(config, "ResourceLimits");
    const struct json *target =
        json_get(json_get(config, "TuningJobCompletionCriteria"), "TargetObjectiveMetricValue");
    const char *strategy = json_string(json_get(config, "Strategy"), "");

    *out = (struct tuning){
        .config = config,
        .definition = json_get(request, "TrainingJobDefinition"),
        .metric = json_string(json_get(objective, "MetricName"), ""),
        .more = !strcmp(json_string(json_get(objective, "Type"), ""), "Maximize"),
        .early = !strcmp(json_string(json_get(config, "TrainingJobEarlyStoppingType"), ""), "Auto"),
        .jobs = (int64_t)json_number(json_get(limits, "MaxNumberOfTrainingJobs"), TUNING_JOBS_MAX),
        .parallel = (int64_t)json_number(json_get(limits, "MaxParallelTrainingJobs"), 1),
        .has_target = json_kind(target) == JSON_NUMBER,
        .target = json_number(target, 0),
    };
    out->halving = !strcmp(strategy, "Hyperband");
    if (!tune_find_strategy(out->halving ? "Random" : strategy, &out->strategy))
        return error_set(err, LK_EUSE, "There is no strategy %s", strategy);
    limits = json_get(json_get(config, "StrategyConfig"), "HyperbandStrategyConfig");
    out->least = (int64_t)json_number(json_get(limits, "MinResource"), 1);
    out->most = (int64_t)json_number(json_get(limits, "MaxResource"), INT32_MAX);
    return tune_add_json(&out->space, json_get(config, "ParameterRanges"), err);
}

void tuning_done(struct tuning *t)
{
    tune_space_done(&t->space);
}

void tuning_put_training(struct str *out, const struct tuning *t, const char *name,
                         const struct json *tuned)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "TrainingJobName", name);
    json_open(&w, "HyperParameters", '{');
    for (const struct json *p = json_first(json_get(t->definition, "StaticHyperParameters")); p;
         p = json_next(p))
        json_put_tree(&w, json_key(p), p);
    for (const struct json *p = json_first(tuned); p; p = json_next(p))
        json_put_tree(&w, json_key(p), p);
    json_put_z(&w, "_tuning_objective_metric", t->metric);
    json_close(&w);
    for (const struct json *m = json_first(t->definition); m; m = json_next(m))
        if (strcmp(json_key(m), "StaticHyperParameters") && strcmp(json_key(m), "DefinitionName"))
            json_put_tree(&w, json_key(m), m);
    json_close(&w);
}

void tuning_set(struct cloud *cloud, struct thing *t, const char *status, const char *reason,
                int64_t ended)
{
    struct str detail = STR_INIT;
    struct json_out w;

    json_begin(&w, &detail, false);
    json_open(&w, NULL, '{');
    if (reason)
        json_put_z(&w, "reason", reason);
    if (ended)
        json_put_int(&w, "ended", ended);
    json_close(&w);
    t->status = status;
    t->detail = detail.ptr;
    t->modified = cloud_now(cloud);
    thing_put(cloud, t);
    t->detail = "";
    str_done(&detail);
}
