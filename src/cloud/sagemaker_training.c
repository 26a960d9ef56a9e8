/*
 * CreateTrainingJob and StopTrainingJob.
 *
 * All that AWS refuses at once is refused here, in AWS's order: the request's
 * shape; what does not go together; the image; the role; the name; the data;
 * the quota. What AWS finds only on the instances (an object that the role may
 * not read, a wrong hyperparameter) is found there as well: training_run.c.
 */
#include "base/pattern.h"
#include "cloud/image.h"
#include "cloud/shape.h"
#include "cloud/training.h"

#include <string.h>

enum { CHANNELS_MAX = 20, RUNTIME_MAX = 28 * TRAINING_DAY, PARAMETER_MAX = 2500, KEY_MAX = 256 };

/* ---- shape --------------------------------------------------------------------------- */

static const struct shape shapes[] = {
    {"AlgorithmSpecification", SHAPE_OBJECT, true, 0, 0, NULL},
    {"AlgorithmSpecification.TrainingImage", SHAPE_TEXT, false, 1, 255, NULL},
    {"AlgorithmSpecification.TrainingInputMode", SHAPE_WORD, true, 0, 0, "Pipe File FastFile"},
    {"AlgorithmSpecification.MetricDefinitions", SHAPE_LIST, false, 0, 40, NULL},
    {"AlgorithmSpecification.MetricDefinitions[].Name", SHAPE_TEXT, true, 1, 255, NULL},
    {"AlgorithmSpecification.MetricDefinitions[].Regex", SHAPE_TEXT, true, 1, 500, NULL},
    {"RoleArn", SHAPE_TEXT, true, 20, 2048, NULL},
    {"HyperParameters", SHAPE_MAP, false, 0, 100, NULL},
    {"InputDataConfig", SHAPE_LIST, false, 1, CHANNELS_MAX, NULL},
    {"InputDataConfig[].ChannelName", SHAPE_TEXT, true, 1, 64, NULL},
    {"InputDataConfig[].ContentType", SHAPE_TEXT, false, 0, 256, NULL},
    {"InputDataConfig[].InputMode", SHAPE_WORD, false, 0, 0, "Pipe File FastFile"},
    {"InputDataConfig[].CompressionType", SHAPE_WORD, false, 0, 0, "None Gzip"},
    {"InputDataConfig[].DataSource", SHAPE_OBJECT, true, 0, 0, NULL},
    {"InputDataConfig[].DataSource.S3DataSource.S3DataType", SHAPE_WORD, true, 0, 0,
     "ManifestFile S3Prefix AugmentedManifestFile"},
    {"InputDataConfig[].DataSource.S3DataSource.S3Uri", SHAPE_TEXT, true, 1, 1024, NULL},
    {"InputDataConfig[].DataSource.S3DataSource.S3DataDistributionType", SHAPE_WORD, false, 0, 0,
     "FullyReplicated ShardedByS3Key"},
    {"OutputDataConfig", SHAPE_OBJECT, true, 0, 0, NULL},
    {"OutputDataConfig.S3OutputPath", SHAPE_TEXT, true, 1, 1024, NULL},
    {"ResourceConfig", SHAPE_OBJECT, true, 0, 0, NULL},
    {"ResourceConfig.InstanceType", SHAPE_TEXT, true, 1, 63, NULL},
    {"ResourceConfig.InstanceCount", SHAPE_NUMBER, true, 1, TRAINING_INSTANCES_MAX, NULL},
    {"ResourceConfig.VolumeSizeInGB", SHAPE_NUMBER, true, 1, 16384, NULL},
    {"StoppingCondition", SHAPE_OBJECT, true, 0, 0, NULL},
    {"StoppingCondition.MaxRuntimeInSeconds", SHAPE_NUMBER, false, 1, RUNTIME_MAX, NULL},
    {"StoppingCondition.MaxWaitTimeInSeconds", SHAPE_NUMBER, false, 1, RUNTIME_MAX, NULL},
    {"EnableManagedSpotTraining", SHAPE_FLAG, false, 0, 0, NULL},
    {"CheckpointConfig.S3Uri", SHAPE_TEXT, true, 1, 1024, NULL},
    {"CheckpointConfig.LocalPath", SHAPE_TEXT, false, 1, 4096, NULL},
    {"Environment", SHAPE_MAP, false, 0, 100, NULL},
    {"Tags", SHAPE_LIST, false, 0, 50, NULL},
    {.path = NULL},
};

/* ---- what is not here ----------------------------------------------------------------- */

static const struct sagemaker_absent absent[] = {
    {"VpcConfig", SAGEMAKER_NO_VPC},
    {"ResourceConfig.VolumeKmsKeyId", SAGEMAKER_NO_KMS},
    {"OutputDataConfig.KmsKeyId", SAGEMAKER_NO_KMS},
    {"ResourceConfig.InstanceGroups", "SageMaker's XGBoost trains on instances of one type; give "
                                      "InstanceType and InstanceCount"},
    {"AlgorithmSpecification.ContainerEntrypoint",
     "SageMaker's own images bring their program along; leave it out"},
    {"AlgorithmSpecification.ContainerArguments",
     "SageMaker's own images bring their program along; leave it out"},
    {NULL, NULL},
};

/* The mode of a channel, or the job's. Pipes and what needs one are not here. */
static bool check_mode(struct call *c, const struct json *channel)
{
    const char *mode = training_text(c->in, "AlgorithmSpecification", "TrainingInputMode", "");
    const char *name = json_string(json_get(channel, "ChannelName"), "");

    mode = json_string(json_get(channel, "InputMode"), mode);
    if (!strcmp(mode, "Pipe"))
        call_fail(c, 400, "ValidationException",
                  "Input mode 'Pipe' of channel '%.64s' is not supported by the practice cloud, "
                  "nor by SageMaker's newer XGBoost images; use File or FastFile.",
                  name);
    else if (!strcmp(json_string(json_get(channel, "CompressionType"), ""), "Gzip") ||
             !strcmp(json_string(json_get(channel, "RecordWrapperType"), ""), "RecordIO"))
        call_fail(c, 400, "ValidationException",
                  "CompressionType and RecordWrapperType of channel '%.64s' are for input mode "
                  "Pipe; in mode '%s' leave them unset, or set to None.",
                  name, mode);
    return !call_failed(c);
}

/* ---- what does not go together ------------------------------------------------------- */

static bool refuse(struct call *c, const char *text)
{
    call_fail(c, 400, "ValidationException", "%s", text);
    return false;
}

static bool check_parameters(struct call *c)
{
    for (const struct json *p = json_first(json_get(c->in, "HyperParameters")); p; p = json_next(p))
        if (strlen(json_key(p)) > KEY_MAX || strlen(json_string(p, "")) > PARAMETER_MAX) {
            call_fail(c, 400, "ValidationException",
                      "1 validation error detected: Value at 'hyperParameters' failed to satisfy "
                      "constraint: Map keys must have length less than or equal to %d, and values "
                      "%d: %.100s",
                      KEY_MAX, PARAMETER_MAX, json_key(p));
            return false;
        }
    return true;
}

static bool check_times(struct call *c)
{
    int64_t run = training_number(c->in, "StoppingCondition", "MaxRuntimeInSeconds", TRAINING_DAY);
    int64_t wait = training_number(c->in, "StoppingCondition", "MaxWaitTimeInSeconds", -1);

    if (training_spot(c->in) && wait < run)
        return refuse(c, "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or "
                         "equal to MaxRuntimeInSeconds");
    if (!training_spot(c->in) && wait >= 0)
        return refuse(c, "Invalid MaxWaitTimeInSeconds. It must not be present unless "
                         "EnableManagedSpotTraining is true");
    return true;
}

static bool is_path(const char *name)
{
    return strspn(name, ".-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
               strlen(name) &&
           strcmp(name, ".") && strcmp(name, "..");
}

static bool check_channel(struct call *c, const struct json *channel)
{
    const char *name = json_string(json_get(channel, "ChannelName"), "");

    if (!is_path(name)) {
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '%.64s' at 'inputDataConfig.channelName' "
                  "failed to satisfy constraint: Member must satisfy regular expression pattern: "
                  "[A-Za-z0-9\\.\\-_]+",
                  name);
        return false;
    }
    for (const struct json *o = json_next(channel); o; o = json_next(o))
        if (!strcmp(json_string(json_get(o, "ChannelName"), ""), name)) {
            call_fail(c, 400, "ValidationException",
                      "Channel names must be unique: '%s' is there twice.", name);
            return false;
        }
    if (!json_get(json_get(channel, "DataSource"), "S3DataSource")) {
        call_fail(c, 400, "ValidationException",
                  "Channel '%s' needs an S3DataSource: the practice cloud has no file systems.",
                  name);
        return false;
    }
    return true;
}

static bool check_channels(struct call *c)
{
    for (const struct json *i = json_first(json_get(c->in, "InputDataConfig")); i; i = json_next(i))
        if (!check_channel(c, i) || !check_mode(c, i))
            return false;
    return true;
}

static bool check_url(struct call *c, const char *object, const char *member)
{
    const char *url = training_text(c->in, object, member, NULL), *bucket, *key;

    if (!url || objects_url(&c->memory, url, &bucket, &key))
        return true;
    call_fail(c, 400, "ValidationException",
              "1 validation error detected: Value '%.200s' at '%s' failed to satisfy constraint: "
              "Member must satisfy regular expression pattern: ^(https|s3)://([^/]+)/?(.*)$",
              url, member);
    return false;
}

static bool check_algorithm(struct call *c)
{
    const struct json *a = json_get(c->in, "AlgorithmSpecification");

    if (json_get(a, "AlgorithmName"))
        return refuse(c, "The practice cloud has no algorithm resources; give the TrainingImage of "
                         "SageMaker's XGBoost.");
    if (!json_get(a, "TrainingImage"))
        return refuse(c, "You must specify one of TrainingImage or AlgorithmName in "
                         "AlgorithmSpecification.");
    return image_version(c, json_string(json_get(a, "TrainingImage"), ""),
                         json_string(json_get(c->in, "RoleArn"), "")) != NULL;
}

static bool check_metrics(struct call *c)
{
    const struct json *list =
        json_get(json_get(c->in, "AlgorithmSpecification"), "MetricDefinitions");

    for (const struct json *d = json_first(list); d; d = json_next(d)) {
        const char *regex = json_string(json_get(d, "Regex"), "");
        struct pattern *p = NULL;
        struct lk_error err = {0};

        if (pattern_parse(&p, regex, &err))
            call_fail(c, 400, "ValidationException",
                      "The regex '%s' of metric '%s' is not valid, in column %d: %s.", regex,
                      json_string(json_get(d, "Name"), ""), err.column, err.text);
        else if (!pattern_groups(p))
            call_fail(c, 400, "ValidationException",
                      "The regex '%s' of metric '%s' has no group ( ) around the value.", regex,
                      json_string(json_get(d, "Name"), ""));
        pattern_free(p);
    }
    return !call_failed(c);
}

/* ---- data ---------------------------------------------------------------------------- */

static bool check_data(struct call *c, const struct objects *s3, const char *role,
                       const struct json *channel)
{
    const struct json *source = json_get(json_get(channel, "DataSource"), "S3DataSource");
    const char *url = json_string(json_get(source, "S3Uri"), ""), *bucket, *prefix;
    struct lk_error err = {0};

    if (!objects_url(&c->memory, url, &bucket, &prefix)) {
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '%.200s' at 's3Uri' failed to satisfy "
                  "constraint: Member must satisfy regular expression pattern: "
                  "^(https|s3)://([^/]+)/?(.*)$",
                  url);
        return false;
    }
    if (!objects_find(s3, bucket, prefix, &err))
        return true;
    call_fail(c, 400, "ValidationException",
              "No S3 objects found under S3 URL \"%s\" given in input data source. Please ensure "
              "that the bucket exists in the selected region (%s), that objects exist under that "
              "S3 prefix, and that the role \"%s\" has \"s3:ListBucket\" permissions on bucket "
              "\"%s\".",
              url, c->region, role, bucket);
    c->why = arena_printf(&c->memory, "%s: %s", err.code, err.text);
    return false;
}

static bool check_all_data(struct call *c, const char *role)
{
    struct objects s3 = {.cloud = c->cloud, .region = c->region};

    if (!access_assume(c->cloud, &c->memory, &s3.who, role, SAGEMAKER_PRINCIPAL, "SageMaker"))
        return false; /* call_pass_role has seen to it */
    for (const struct json *i = json_first(json_get(c->in, "InputDataConfig")); i; i = json_next(i))
        if (!check_data(c, &s3, role, i))
            return false;
    return true;
}

/* ---- creating ------------------------------------------------------------------------ */

static bool is_free(struct call *c, const char *name)
{
    struct stmt *s = sql(c->cloud, "select 1 from training_jobs where region = ?1 and name = ?2");
    bool taken;

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    taken = sql_row(c->cloud, s);
    stmt_reset(s);
    if (taken)
        call_fail(c, 400, "ResourceInUse",
                  "Training job names must be unique within an AWS account and region, and a "
                  "training job with this name already exists (%s)",
                  training_arn(c->cloud, &c->memory, c->region, name));
    return !taken;
}

bool training_reserve(struct call *c, const char *arn)
{
    return quota_reserve(c, training_spot(c->in) ? USE_SPOT_TRAINING : USE_TRAINING,
                         training_text(c->in, "ResourceConfig", "InstanceType", ""),
                         training_instances(c->in), arn);
}

static void keep(struct call *c, const char *name, const char *arn)
{
    struct stmt *s =
        sql(c->cloud, "insert into training_jobs (region, name, created, modified,"
                      " status, detail, request, creator, artifacts)"
                      " values (?1, ?2, ?3, ?3, 'InProgress', 'Starting', ?4, ?5, ?6)");
    struct str request = STR_INIT;

    json_print(&request, c->in, false);
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    stmt_int(s, 3, cloud_now(c->cloud));
    stmt_text(s, 4, request.ptr);
    stmt_text(s, 5, c->who.arn);
    stmt_text(s, 6, training_artifacts(&c->memory, c->in, name));
    sql_run(c->cloud, s);
    str_done(&request);
    training_step(c->cloud, c->region, name, "InProgress", "Starting", "Starting the training job");
    for (const struct json *t = json_first(json_get(c->in, "Tags")); t; t = json_next(t))
        tags_put(c->cloud, arn, json_string(json_get(t, "Key"), ""),
                 json_string(json_get(t, "Value"), ""));
}

bool training_check(struct call *c)
{
    const char *role;

    if (!shape_check(c, shapes) || !sagemaker_check_tags(c) || !check_parameters(c) ||
        !sagemaker_check_absent(c, absent) || !check_times(c) || !check_channels(c) ||
        !check_url(c, "OutputDataConfig", "S3OutputPath") ||
        !check_url(c, "CheckpointConfig", "S3Uri") || !check_metrics(c) || !check_algorithm(c))
        return false;
    role = json_string(json_get(c->in, "RoleArn"), "");
    return call_pass_role(c, role, SAGEMAKER_PRINCIPAL) && check_all_data(c, role);
}

void sagemaker_create_training(struct call *c)
{
    const char *name = sagemaker_name(c, "TrainingJobName"), *arn;

    if (!name || !is_free(c, name) || !training_check(c))
        return;
    arn = training_arn(c->cloud, &c->memory, c->region, name);
    if (!training_reserve(c, arn))
        return;
    keep(c, name, arn);
    work_add(c->cloud, TRAINING_WORK, c->region, name);
    json_put_z(&c->out, "TrainingJobArn", arn);
}

/* ---- stopping ------------------------------------------------------------------------ */

void sagemaker_stop_training(struct call *c)
{
    const char *name = sagemaker_name(c, "TrainingJobName");
    struct training t;

    if (!name)
        return;
    if (!training_load(&t, c->cloud, &c->memory, c->region, name)) {
        call_fail(c, 400, "ValidationException", "Requested resource not found.");
        return;
    }
    if (!strcmp(t.status, "InProgress") && work_stop(c->cloud, TRAINING_WORK, c->region, name))
        training_step(c->cloud, c->region, name, "Stopping", "Stopping",
                      "Stopping the training job");
    else if (strcmp(t.status, "Stopping"))
        call_fail(c, 400, "ValidationException",
                  "The request was rejected because the training job is in status %s.", t.status);
    json_free(t.request);
}
