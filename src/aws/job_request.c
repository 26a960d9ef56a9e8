/*
 * Descriptions into requests. Each builder first holds the description's
 * keys against its list, then checks the values that AWS would refuse late,
 * then writes the request with the writer of base/json.
 */
#include "aws/job_internal.h"
#include "aws/names.h"
#include "aws/s3.h"

#include "base/error.h"
#include "base/number.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- reading descriptions ------------------------------------------------------------ */

static const char *text(const struct json *spec, const char *key, const char *otherwise)
{
    return json_string(json_get(spec, key), otherwise);
}

static int64_t number(const struct json *spec, const char *key, int64_t otherwise)
{
    return (int64_t)json_number(json_get(spec, key), (double)otherwise);
}

enum lk_status job_check_keys(const struct json *spec, const char *const *keys, size_t n,
                              const char *what, struct lk_error *err)
{
    for (const struct json *c = json_first(spec); c; c = json_next(c)) {
        const char *near;
        bool known = false;

        for (size_t i = 0; i < n; i++)
            known |= !strcmp(json_key(c), keys[i]);
        if (known)
            continue;
        near = error_nearest(json_key(c), keys, n);
        return error_set(err, LK_EUSE, "a %s job has no '%.60s'%s%s%s", what, json_key(c),
                         near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return LK_OK;
}

enum lk_status job_need(const struct json *spec, const char *what, const char *key,
                        struct lk_error *err)
{
    return *text(spec, key, "") ? LK_OK : error_set(err, LK_EUSE, "a %s needs '%s'", what, key);
}

static enum lk_status check_url(const struct json *spec, const char *key, struct lk_error *err)
{
    const char *url = text(spec, key, NULL);
    struct s3_url parts;
    enum lk_status st;

    if (!url)
        return LK_OK;
    st = s3_url_parse(&parts, url, err);
    if (!st)
        s3_url_done(&parts);
    return st;
}

/* Values are text on the wire; numbers and truth of a Lua table become it. */
static void put_text_value(struct json_out *w, const char *key, const struct json *value)
{
    char digits[NUMBER_MAX];

    if (json_kind(value) == JSON_NUMBER) {
        number_print_double(digits, json_number(value, 0));
        json_put_z(w, key, digits);
    } else if (json_kind(value) == JSON_BOOL) {
        json_put_z(w, key, json_bool(value, false) ? "true" : "false");
    } else {
        json_put_z(w, key, json_string(value, ""));
    }
}

static void put_text_map(struct json_out *w, const char *key, const struct json *map)
{
    if (!json_count(map))
        return;
    json_open(w, key, '{');
    for (const struct json *c = json_first(map); c; c = json_next(c))
        put_text_value(w, json_key(c), c);
    json_close(w);
}

static void put_tags(struct json_out *w, const struct json *tags)
{
    if (!json_count(tags))
        return;
    json_open(w, "Tags", '[');
    for (const struct json *c = json_first(tags); c; c = json_next(c)) {
        json_open(w, NULL, '{');
        json_put_z(w, "Key", json_key(c));
        json_put_z(w, "Value", json_string(c, ""));
        json_close(w);
    }
    json_close(w);
}

static enum lk_status find_image(struct str *out, const struct aws *c, const struct json *spec,
                                 struct lk_error *err)
{
    const char *image = text(spec, "image", NULL);

    if (image) {
        str_puts(out, image);
        return LK_OK;
    }
    return names_image(out, aws_region(c), aws_suffix(c), text(spec, "version", NULL), err);
}

/* ---- training -------------------------------------------------------------------------- */

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

    if (*text(spec, "image", ""))
        return LK_OK;
    json_begin(&w, &as_text, false);
    json_open(&w, NULL, '{');
    for (const struct json *c = json_first(json_get(spec, "hyperparameters")); c; c = json_next(c))
        put_text_value(&w, json_key(c), c);
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
           (st = names_job("training job", text(spec, "name", ""), err)) ||
           (st = names_instance(text(spec, "instance", "ml.m5.large"), err)) ||
           (st = check_url(spec, "train", err)) || (st = check_url(spec, "validation", err)) ||
           (st = check_url(spec, "output", err)) || (st = check_url(spec, "checkpoints", err)) ||
           (st = check_parameters(spec, err)));
    if (!st && !*text(spec, "image", ""))
        st = names_content_type(text(spec, "content_type", "text/csv"), err);
    if (!st && !*text(spec, "train", "") && !json_get(json_get(spec, "data"), "train"))
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
    json_put_z(w, "ContentType", text(spec, "content_type", "text/csv"));
    json_close(w);
}

static void put_channels(struct json_out *w, const struct json *spec)
{
    static const char *const plain[] = {"train", "validation"};
    const struct json *data = json_get(spec, "data");

    json_open(w, "InputDataConfig", '[');
    for (size_t i = 0; i < COUNT(plain); i++)
        if (*text(spec, plain[i], "") && !json_get(data, plain[i]))
            put_channel(w, spec, plain[i], text(spec, plain[i], ""));
    for (const struct json *c = json_first(data); c; c = json_next(c))
        put_channel(w, spec, json_key(c), json_string(c, ""));
    json_close(w);
}

static void put_limits(struct json_out *w, const struct json *spec)
{
    int64_t most = number(spec, "max_seconds", 3600);
    bool spot = json_bool(json_get(spec, "spot"), false);

    json_open(w, "StoppingCondition", '{');
    json_put_int(w, "MaxRuntimeInSeconds", most);
    if (spot)
        json_put_int(w, "MaxWaitTimeInSeconds", number(spec, "max_wait_seconds", 2 * most));
    json_close(w);
    json_put_bool(w, "EnableManagedSpotTraining", spot);
}

/* What a training job and each job of a search share. */
static void put_work(struct json_out *w, const struct json *spec)
{
    put_channels(w, spec);
    json_open(w, "OutputDataConfig", '{');
    json_put_z(w, "S3OutputPath", text(spec, "output", ""));
    json_close(w);
    json_open(w, "ResourceConfig", '{');
    json_put_z(w, "InstanceType", text(spec, "instance", "ml.m5.large"));
    json_put_int(w, "InstanceCount", number(spec, "count", 1));
    json_put_int(w, "VolumeSizeInGB", number(spec, "volume_gb", 10));
    json_close(w);
    put_limits(w, spec);
    json_put_z(w, "RoleArn", text(spec, "role", ""));
    if (*text(spec, "checkpoints", "")) {
        json_open(w, "CheckpointConfig", '{');
        json_put_z(w, "S3Uri", text(spec, "checkpoints", ""));
        json_close(w);
    }
}

static void put_algorithm(struct json_out *w, const struct json *spec, const char *image)
{
    json_open(w, "AlgorithmSpecification", '{');
    json_put_z(w, "TrainingImage", image);
    json_put_z(w, "TrainingInputMode", text(spec, "input_mode", "File"));
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
        st = find_image(&image, c, spec, err);
    if (!st) {
        json_begin(&w, out, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "TrainingJobName", text(spec, "name", ""));
        put_text_map(&w, "HyperParameters", json_get(spec, "hyperparameters"));
        put_algorithm(&w, spec, image.ptr);
        put_work(&w, spec);
        put_text_map(&w, "Environment", json_get(spec, "environment"));
        put_tags(&w, json_get(spec, "tags"));
        json_close(&w);
    }
    str_done(&image);
    return st;
}

/* ---- tuning ------------------------------------------------------------------------------ */

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
    put_text_value(w, "MinValue", json_at(range, 0));
    put_text_value(w, "MaxValue", json_at(range, 1));
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
    const char *metric = text(spec, "metric", "validation:logloss");

    json_open(w, "HyperParameterTuningJobConfig", '{');
    json_put_z(w, "Strategy", text(spec, "strategy", "Bayesian"));
    json_open(w, "HyperParameterTuningJobObjective", '{');
    json_put_z(w, "Type", is_maximised(metric) ? "Maximize" : "Minimize");
    json_put_z(w, "MetricName", metric);
    json_close(w);
    json_open(w, "ResourceLimits", '{');
    json_put_int(w, "MaxNumberOfTrainingJobs", number(spec, "jobs", 10));
    json_put_int(w, "MaxParallelTrainingJobs", number(spec, "parallel", 2));
    json_close(w);
    put_ranges(w, json_get(spec, "ranges"));
    json_put_z(w, "TrainingJobEarlyStoppingType",
               json_bool(json_get(spec, "early_stop"), false) ? "Auto" : "Off");
    json_close(w);
}

static enum lk_status check_tuning(const struct json *spec, struct lk_error *err)
{
    enum lk_status st = check_training(spec, "tuning", tune_keys, COUNT(tune_keys), err);

    if (!st && strlen(text(spec, "name", "")) > 32)
        st = error_set(err, LK_EUSE, "a tuning job's name has at most 32 characters");
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
        st = find_image(&image, c, spec, err);
    if (!st) {
        json_begin(&w, out, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "HyperParameterTuningJobName", text(spec, "name", ""));
        put_tuning_config(&w, spec);
        json_open(&w, "TrainingJobDefinition", '{');
        put_text_map(&w, "StaticHyperParameters", json_get(spec, "hyperparameters"));
        put_algorithm(&w, spec, image.ptr);
        put_work(&w, spec);
        json_close(&w);
        put_tags(&w, json_get(spec, "tags"));
        json_close(&w);
    }
    str_done(&image);
    return st;
}

/* ---- models --------------------------------------------------------------------------------- */

/* The artefact that is named, or that of a training job. */
static enum lk_status find_artifact(struct str *out, struct aws *c, const struct json *spec,
                                    struct lk_error *err)
{
    const char *job = text(spec, "from_job", NULL);
    struct json *answer = NULL;
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    if (!job) {
        str_puts(out, text(spec, "artifact", ""));
        return *text(spec, "artifact", "")
                   ? LK_OK
                   : error_set(err, LK_EUSE, "a model needs 'artifact' (s3://..) or 'from_job'");
    }
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "TrainingJobName", job);
    json_close(&w);
    st = aws_call(c, "sagemaker", "DescribeTrainingJob", slice_str(&in), &answer, err);
    str_puts(out, json_path(answer, "ModelArtifacts.S3ModelArtifacts"));
    if (!st && !out->len)
        st = error_set(err, LK_EUSE, "training job '%s' has no artefact: it is %s", job,
                       json_path(answer, "TrainingJobStatus"));
    json_free(answer);
    str_done(&in);
    return st;
}

enum lk_status job_model_request(struct str *out, struct aws *c, const struct json *spec,
                                 struct lk_error *err)
{
    static const char *const keys[] = {"name",    "role",  "artifact",    "from_job",
                                       "version", "image", "environment", "tags"};
    struct str image = STR_INIT, artifact = STR_INIT;
    struct json_out w;
    enum lk_status st;

    (void)((st = job_check_keys(spec, keys, COUNT(keys), "model", err)) ||
           (st = job_need(spec, "model", "name", err)) ||
           (st = job_need(spec, "model", "role", err)) ||
           (st = names_job("model", text(spec, "name", ""), err)) ||
           (st = check_url(spec, "artifact", err)) || (st = find_image(&image, c, spec, err)) ||
           (st = find_artifact(&artifact, c, spec, err)));
    if (!st) {
        json_begin(&w, out, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "ModelName", text(spec, "name", ""));
        json_put_z(&w, "ExecutionRoleArn", text(spec, "role", ""));
        json_open(&w, "PrimaryContainer", '{');
        json_put_z(&w, "Image", image.ptr);
        json_put_z(&w, "ModelDataUrl", artifact.ptr);
        put_text_map(&w, "Environment", json_get(spec, "environment"));
        json_close(&w);
        put_tags(&w, json_get(spec, "tags"));
        json_close(&w);
    }
    str_done(&image);
    str_done(&artifact);
    return st;
}

/* ---- transform --------------------------------------------------------------------------------
 */

static void put_processing(struct json_out *w, const struct json *spec)
{
    const char *in = text(spec, "input_filter", NULL), *out = text(spec, "output_filter", NULL);
    bool join = json_bool(json_get(spec, "join"), false);

    if (!in && !out && !join)
        return;
    json_open(w, "DataProcessing", '{');
    if (in)
        json_put_z(w, "InputFilter", in);
    if (out)
        json_put_z(w, "OutputFilter", out);
    json_put_z(w, "JoinSource", join ? "Input" : "None");
    json_close(w);
}

static void put_transform_ends(struct json_out *w, const struct json *spec)
{
    const char *split = text(spec, "split", "Line"), *type = text(spec, "content_type", "text/csv");

    json_open(w, "TransformInput", '{');
    json_open(w, "DataSource", '{');
    json_open(w, "S3DataSource", '{');
    json_put_z(w, "S3DataType",
               json_bool(json_get(spec, "manifest"), false) ? "ManifestFile" : "S3Prefix");
    json_put_z(w, "S3Uri", text(spec, "input", ""));
    json_close(w);
    json_close(w);
    json_put_z(w, "ContentType", type);
    json_put_z(w, "SplitType", split);
    json_put_z(w, "CompressionType", text(spec, "compression", "None"));
    json_close(w);
    json_open(w, "TransformOutput", '{');
    json_put_z(w, "S3OutputPath", text(spec, "output", ""));
    json_put_z(w, "Accept", text(spec, "accept", type));
    json_put_z(w, "AssembleWith", text(spec, "assemble", strcmp(split, "Line") ? "None" : "Line"));
    json_close(w);
}

static void put_tunables(struct json_out *w, const struct json *spec)
{
    const char *strategy = text(spec, "strategy", NULL);

    if (strategy)
        json_put_z(w, "BatchStrategy", strategy);
    if (json_get(spec, "max_payload_mb"))
        json_put_int(w, "MaxPayloadInMB", number(spec, "max_payload_mb", 6));
    if (json_get(spec, "concurrent"))
        json_put_int(w, "MaxConcurrentTransforms", number(spec, "concurrent", 1));
    if (json_get(spec, "invocations_timeout") || json_get(spec, "invocations_retries")) {
        json_open(w, "ModelClientConfig", '{');
        json_put_int(w, "InvocationsTimeoutInSeconds", number(spec, "invocations_timeout", 600));
        json_put_int(w, "InvocationsMaxRetries", number(spec, "invocations_retries", 0));
        json_close(w);
    }
}

/* What the service refuses after minutes, told at once. */
static enum lk_status check_transform(const struct json *spec, struct lk_error *err)
{
    int64_t payload = number(spec, "max_payload_mb", 6), concurrent = number(spec, "concurrent", 1);
    bool split = strcmp(text(spec, "split", "Line"), "None") != 0;

    if (payload < 0 || payload > 100 || payload * concurrent > 100)
        return error_set(err, LK_EUSE,
                         "max_payload_mb is 0 to 100, and times concurrent at most "
                         "100; it is %lld x %lld",
                         (long long)payload, (long long)concurrent);
    if (!split && *text(spec, "strategy", ""))
        return error_set(err, LK_EUSE, "strategy needs a split: without one a file is one record");
    if (json_bool(json_get(spec, "join"), false) &&
        strcmp(text(spec, "accept", text(spec, "content_type", "text/csv")),
               text(spec, "content_type", "text/csv")))
        return error_set(err, LK_EUSE, "a join needs accept to be the content type");
    if (strlen(text(spec, "input_filter", "")) > 63 || strlen(text(spec, "output_filter", "")) > 63)
        return error_set(err, LK_EUSE, "a filter has at most 63 characters");
    return LK_OK;
}

enum lk_status job_transform_request(struct str *out, const struct json *spec, struct lk_error *err)
{
    static const char *const keys[] = {"name",
                                       "model",
                                       "input",
                                       "output",
                                       "content_type",
                                       "split",
                                       "assemble",
                                       "strategy",
                                       "accept",
                                       "max_payload_mb",
                                       "concurrent",
                                       "input_filter",
                                       "output_filter",
                                       "join",
                                       "instance",
                                       "count",
                                       "manifest",
                                       "compression",
                                       "environment",
                                       "invocations_timeout",
                                       "invocations_retries",
                                       "tags"};
    struct json_out w;
    enum lk_status st;

    (void)((st = job_check_keys(spec, keys, COUNT(keys), "transform", err)) ||
           (st = job_need(spec, "transform job", "name", err)) ||
           (st = job_need(spec, "transform job", "model", err)) ||
           (st = job_need(spec, "transform job", "input", err)) ||
           (st = job_need(spec, "transform job", "output", err)) ||
           (st = names_job("transform job", text(spec, "name", ""), err)) ||
           (st = check_url(spec, "input", err)) || (st = check_url(spec, "output", err)) ||
           (st = names_instance(text(spec, "instance", "ml.m5.large"), err)) ||
           (st = check_transform(spec, err)));
    if (st)
        return st;
    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "TransformJobName", text(spec, "name", ""));
    json_put_z(&w, "ModelName", text(spec, "model", ""));
    put_tunables(&w, spec);
    put_text_map(&w, "Environment", json_get(spec, "environment"));
    put_transform_ends(&w, spec);
    json_open(&w, "TransformResources", '{');
    json_put_z(&w, "InstanceType", text(spec, "instance", "ml.m5.large"));
    json_put_int(&w, "InstanceCount", number(spec, "count", 1));
    json_close(&w);
    put_processing(&w, spec);
    put_tags(&w, json_get(spec, "tags"));
    json_close(&w);
    return LK_OK;
}

/* ---- endpoints
 * ----------------------------------------------------------------------------------- */

/* What an endpoint runs on: instances that wait, or what is there only while it answers. */
static void put_capacity(struct json_out *w, const struct json *spec)
{
    const struct json *serverless = json_get(spec, "serverless");

    if (serverless) {
        json_open(w, "ServerlessConfig", '{');
        json_put_int(w, "MemorySizeInMB", number(serverless, "memory_mb", 2048));
        json_put_int(w, "MaxConcurrency", number(serverless, "concurrency", 5));
        json_close(w);
        return;
    }
    json_put_int(w, "InitialInstanceCount", number(spec, "count", 1));
    json_put_z(w, "InstanceType", text(spec, "instance", "ml.m5.large"));
    json_put_number(w, "InitialVariantWeight", 1);
}

static enum lk_status check_capacity(const struct json *spec, struct lk_error *err)
{
    static const char *const keys[] = {"memory_mb", "concurrency"};
    const struct json *serverless = json_get(spec, "serverless");

    if (!serverless)
        return names_instance(text(spec, "instance", "ml.m5.large"), err);
    if (json_get(spec, "instance") || json_get(spec, "count"))
        return error_set(err, LK_EUSE, "an endpoint has instances, or is serverless, not both");
    return job_check_keys(serverless, keys, COUNT(keys), "serverless endpoint", err);
}

enum lk_status job_endpoint_request(struct str *config, struct str *endpoint,
                                    const struct json *spec, struct lk_error *err)
{
    static const char *const keys[] = {"name", "model", "instance", "count", "serverless", "tags"};
    struct json_out w;
    enum lk_status st;

    (void)((st = job_check_keys(spec, keys, COUNT(keys), "endpoint", err)) ||
           (st = job_need(spec, "endpoint", "name", err)) ||
           (st = job_need(spec, "endpoint", "model", err)) ||
           (st = names_job("endpoint", text(spec, "name", ""), err)) ||
           (st = check_capacity(spec, err)));
    if (st)
        return st;
    json_begin(&w, config, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "EndpointConfigName", text(spec, "name", ""));
    json_open(&w, "ProductionVariants", '[');
    json_open(&w, NULL, '{');
    json_put_z(&w, "VariantName", "AllTraffic");
    json_put_z(&w, "ModelName", text(spec, "model", ""));
    put_capacity(&w, spec);
    json_close(&w);
    json_close(&w);
    put_tags(&w, json_get(spec, "tags"));
    json_close(&w);
    json_begin(&w, endpoint, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "EndpointName", text(spec, "name", ""));
    json_put_z(&w, "EndpointConfigName", text(spec, "name", ""));
    put_tags(&w, json_get(spec, "tags"));
    json_close(&w);
    return LK_OK;
}
