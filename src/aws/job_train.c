/*
 * Requests for training and for tuning, which trains often. Each builder first
 * holds the description's keys against its list, then checks the values that
 * AWS would refuse late, then writes the request.
 */
#include "aws/job_internal.h"
#include "aws/names.h"

#include "base/error.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- training ------------------------------------------------------------ */

#define TRAIN_KEYS                                                                                 \
    "name", "role", "data", "train", "validation", "output", "hyperparameters", "content_type",    \
        "version", "image", "instance", "count", "volume_gb", "max_seconds", "spot",               \
        "max_wait_seconds", "checkpoints", "sharded", "input_mode", "environment", "metrics",      \
        "tags"
static const char *const train_keys[] = {TRAIN_KEYS};
static const char *const tune_keys[] = {TRAIN_KEYS, "ranges",   "metric",    "jobs",
                                        "parallel", "strategy", "early_stop"};

/* The hyperparameters as text, checked where the image is the built-in one. */
static enum lk_status check_parameters(const struct json *spec, struct lk_error *err)
{
    struct str as_text = STR_INIT;
    struct json *map = NULL;
    struct json_out w;
    enum lk_status st;

    if (*job_text(spec, "image", ""))
        return LK_OK;
    json_begin(&w, &as_text, false);
    json_open(&w, NULL, '{');
    for (const struct json *c = json_first(json_get(spec, "hyperparameters")); c; c = json_next(c))
        job_put_text_value(&w, json_key(c), c);
    json_close(&w);
    st = json_parse(&map, slice_str(&as_text), "hyperparameters", err);
    if (!st)
        st = names_hyperparameters(map, err);
    json_free(map);
    str_done(&as_text);
    return st;
}

static enum lk_status check_training(const struct json *spec, const char *what,
                                     const char *const *keys, size_t n, struct lk_error *err)
{
    enum lk_status st;

    (void)((st = job_check_keys(spec, keys, n, what, err)) ||
           (st = job_need(spec, "training job", "name", err)) ||
           (st = job_need(spec, "training job", "role", err)) ||
           (st = job_need(spec, "training job", "output", err)) ||
           (st = names_job("training job", job_text(spec, "name", ""), err)) ||
           (st = names_instance(job_text(spec, "instance", NAMES_INSTANCE_DEFAULT), err)) ||
           (st = job_check_url(spec, "train", err)) ||
           (st = job_check_url(spec, "validation", err)) ||
           (st = job_check_url(spec, "output", err)) ||
           (st = job_check_url(spec, "checkpoints", err)) || (st = check_parameters(spec, err)));
    if (!st && !*job_text(spec, "image", ""))
        st = names_content_type(job_text(spec, "content_type", "text/csv"), err);
    if (!st && !*job_text(spec, "train", "") && !json_get(json_get(spec, "data"), "train"))
        st = error_set(err, LK_EUSE, "a training job needs 'train', an s3:// URL of its data");
    return st;
}

static void put_channel(struct json_out *w, const struct json *spec, const char *name,
                        const char *url)
{
    json_open(w, NULL, '{');
    json_put_z(w, "ChannelName", name);
    json_open(w, "DataSource", '{');
    json_open(w, "S3DataSource", '{');
    json_put_z(w, "S3DataType", "S3Prefix");
    json_put_z(w, "S3Uri", url);
    json_put_z(w, "S3DataDistributionType",
               json_bool(json_get(spec, "sharded"), false) && !strcmp(name, "train")
                   ? "ShardedByS3Key"
                   : "FullyReplicated");
    json_close(w);
    json_close(w);
    json_put_z(w, "ContentType", job_text(spec, "content_type", "text/csv"));
    json_close(w);
}

static void put_channels(struct json_out *w, const struct json *spec)
{
    static const char *const plain[] = {"train", "validation"};
    const struct json *data = json_get(spec, "data");

    json_open(w, "InputDataConfig", '[');
    for (size_t i = 0; i < COUNT(plain); i++)
        if (*job_text(spec, plain[i], "") && !json_get(data, plain[i]))
            put_channel(w, spec, plain[i], job_text(spec, plain[i], ""));
    for (const struct json *c = json_first(data); c; c = json_next(c))
        put_channel(w, spec, json_key(c), json_string(c, ""));
    json_close(w);
}

static void put_limits(struct json_out *w, const struct json *spec)
{
    int64_t most = job_number(spec, "max_seconds", 3600);
    bool spot = json_bool(json_get(spec, "spot"), false);

    json_open(w, "StoppingCondition", '{');
    json_put_int(w, "MaxRuntimeInSeconds", most);
    if (spot)
        json_put_int(w, "MaxWaitTimeInSeconds", job_number(spec, "max_wait_seconds", 2 * most));
    json_close(w);
    json_put_bool(w, "EnableManagedSpotTraining", spot);
}

/* What a training job and each job of a search share. */
static void put_work(struct json_out *w, const struct json *spec)
{
    put_channels(w, spec);
    json_open(w, "OutputDataConfig", '{');
    json_put_z(w, "S3OutputPath", job_text(spec, "output", ""));
    json_close(w);
    json_open(w, "ResourceConfig", '{');
    json_put_z(w, "InstanceType", job_text(spec, "instance", NAMES_INSTANCE_DEFAULT));
    json_put_int(w, "InstanceCount", job_number(spec, "count", 1));
    json_put_int(w, "VolumeSizeInGB", job_number(spec, "volume_gb", 10));
    json_close(w);
    put_limits(w, spec);
    json_put_z(w, "RoleArn", job_text(spec, "role", ""));
    if (*job_text(spec, "checkpoints", "")) {
        json_open(w, "CheckpointConfig", '{');
        json_put_z(w, "S3Uri", job_text(spec, "checkpoints", ""));
        json_close(w);
    }
}

static void put_algorithm(struct json_out *w, const struct json *spec, const char *image)
{
    json_open(w, "AlgorithmSpecification", '{');
    json_put_z(w, "TrainingImage", image);
    json_put_z(w, "TrainingInputMode", job_text(spec, "input_mode", "File"));
    if (json_count(json_get(spec, "metrics")))
        json_put_tree(w, "MetricDefinitions", json_get(spec, "metrics"));
    json_close(w);
}

enum lk_status job_train_request(struct str *out, const struct aws *c, const struct json *spec,
                                 struct lk_error *err)
{
    struct str image = STR_INIT;
    struct json_out w;
    enum lk_status st = check_training(spec, "training", train_keys, COUNT(train_keys), err);

    if (!st)
        st = job_find_image(&image, c, spec, err);
    if (!st) {
        json_begin(&w, out, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "TrainingJobName", job_text(spec, "name", ""));
        job_put_text_map(&w, "HyperParameters", json_get(spec, "hyperparameters"));
        put_algorithm(&w, spec, image.ptr);
        put_work(&w, spec);
        job_put_text_map(&w, "Environment", json_get(spec, "environment"));
        job_put_tags(&w, json_get(spec, "tags"));
        json_close(&w);
    }
    str_done(&image);
    return st;
}

/* ---- tuning -------------------------------------------------------------- */

static bool is_category(const struct json *range)
{
    return json_kind(json_at(range, 0)) == JSON_STRING;
}

static bool is_whole(const char *name)
{
    static const char *const names[] = {"num_round", "max_depth",         "max_leaves",
                                        "max_bin",   "num_parallel_tree", "max_delta_step"};

    for (size_t i = 0; i < COUNT(names); i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

static void put_category(struct json_out *w, const struct json *range)
{
    json_open(w, NULL, '{');
    json_put_z(w, "Name", json_key(range));
    json_open(w, "Values", '[');
    for (const struct json *v = json_first(range); v; v = json_next(v))
        json_put_z(w, NULL, json_string(v, ""));
    json_close(w);
    json_close(w);
}

static void put_interval(struct json_out *w, const struct json *range)
{
    json_open(w, NULL, '{');
    json_put_z(w, "Name", json_key(range));
    job_put_text_value(w, "MinValue", json_at(range, 0));
    job_put_text_value(w, "MaxValue", json_at(range, 1));
    json_put_z(w, "ScalingType", "Auto");
    json_close(w);
}

static void put_ranges(struct json_out *w, const struct json *ranges)
{
    static const char *const lists[] = {"IntegerParameterRanges", "ContinuousParameterRanges",
                                        "CategoricalParameterRanges"};

    json_open(w, "ParameterRanges", '{');
    for (int kind = 0; kind < 3; kind++) {
        json_open(w, lists[kind], '[');
        for (const struct json *r = json_first(ranges); r; r = json_next(r)) {
            int mine = is_category(r) ? 2 : is_whole(json_key(r)) ? 0 : 1;

            if (mine == kind && kind == 2)
                put_category(w, r);
            else if (mine == kind)
                put_interval(w, r);
        }
        json_close(w);
    }
    json_close(w);
}

static bool is_maximised(const char *metric)
{
    static const char *const names[] = {"accuracy", "auc",  "aucpr", "balanced_accuracy", "f1",
                                        "map",      "ndcg", "r2",    "precision",         "recall"};
    const char *colon = strchr(metric, ':');

    for (size_t i = 0; i < COUNT(names); i++)
        if (slice_starts(slice_of(colon ? colon + 1 : metric), names[i]))
            return true;
    return false;
}

static void put_tuning_config(struct json_out *w, const struct json *spec)
{
    const char *metric = job_text(spec, "metric", "validation:logloss");

    json_open(w, "HyperParameterTuningJobConfig", '{');
    json_put_z(w, "Strategy", job_text(spec, "strategy", "Bayesian"));
    json_open(w, "HyperParameterTuningJobObjective", '{');
    json_put_z(w, "Type", is_maximised(metric) ? "Maximize" : "Minimize");
    json_put_z(w, "MetricName", metric);
    json_close(w);
    json_open(w, "ResourceLimits", '{');
    json_put_int(w, "MaxNumberOfTrainingJobs", job_number(spec, "jobs", 10));
    json_put_int(w, "MaxParallelTrainingJobs", job_number(spec, "parallel", 2));
    json_close(w);
    put_ranges(w, json_get(spec, "ranges"));
    json_put_z(w, "TrainingJobEarlyStoppingType",
               json_bool(json_get(spec, "early_stop"), false) ? "Auto" : "Off");
    json_close(w);
}

static enum lk_status check_tuning(const struct json *spec, struct lk_error *err)
{
    enum lk_status st = check_training(spec, "tuning", tune_keys, COUNT(tune_keys), err);

    if (!st)
        st = names_job("tuning job", job_text(spec, "name", ""), err);
    if (!st && !json_count(json_get(spec, "ranges")))
        st = error_set(err, LK_EUSE, "a tuning job needs 'ranges', {\"eta\": [0.1, 0.5], ..}");
    for (const struct json *r = json_first(json_get(spec, "ranges")); r && !st; r = json_next(r)) {
        if (json_count(r) < 1 || (!is_category(r) && json_count(r) != 2))
            st = error_set(err, LK_EUSE, "the range of %s is [low, high] or a list of words",
                           json_key(r));
    }
    return st;
}

enum lk_status job_tune_request(struct str *out, const struct aws *c, const struct json *spec,
                                struct lk_error *err)
{
    struct str image = STR_INIT;
    struct json_out w;
    enum lk_status st = check_tuning(spec, err);

    if (!st)
        st = job_find_image(&image, c, spec, err);
    if (!st) {
        json_begin(&w, out, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "HyperParameterTuningJobName", job_text(spec, "name", ""));
        put_tuning_config(&w, spec);
        json_open(&w, "TrainingJobDefinition", '{');
        job_put_text_map(&w, "StaticHyperParameters", json_get(spec, "hyperparameters"));
        put_algorithm(&w, spec, image.ptr);
        put_work(&w, spec);
        json_close(&w);
        job_put_tags(&w, json_get(spec, "tags"));
        json_close(&w);
    }
    str_done(&image);
    return st;
}
