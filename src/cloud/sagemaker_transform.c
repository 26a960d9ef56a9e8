/*
 * Batch transform jobs: asked for, described, listed, stopped. What they do is
 * in transform_run.c.
 *
 * A job is a thing (thing.h) whose detail is a small object: when it started
 * and ended, and why it failed.
 */
#include "cloud/sagemaker.h"
#include "cloud/jsonpath.h"
#include "cloud/shape.h"
#include "cloud/thing.h"
#include "cloud/transform.h"
#include "cloud/work.h"

#include <string.h>

#define KIND "transform-job"

static const struct shape request[] = {
    {"TransformJobName", SHAPE_TEXT, true, 1, 63, NULL},
    {"ModelName", SHAPE_TEXT, true, 1, 63, NULL},
    {"MaxConcurrentTransforms", SHAPE_NUMBER, false, 0, 1e9, NULL},
    {"MaxPayloadInMB", SHAPE_NUMBER, false, 0, 1e9, NULL},
    {"BatchStrategy", SHAPE_WORD, false, 0, 0, "MultiRecord SingleRecord"},
    {"Environment", SHAPE_MAP, false, 0, 16, NULL},
    {"ModelClientConfig", SHAPE_OBJECT, false, 0, 0, NULL},
    {"ModelClientConfig.InvocationsTimeoutInSeconds", SHAPE_NUMBER, false, 1, 3600, NULL},
    {"ModelClientConfig.InvocationsMaxRetries", SHAPE_NUMBER, false, 0, 3, NULL},
    {"TransformInput", SHAPE_OBJECT, true, 0, 0, NULL},
    {"TransformInput.DataSource", SHAPE_OBJECT, true, 0, 0, NULL},
    {"TransformInput.DataSource.S3DataSource", SHAPE_OBJECT, true, 0, 0, NULL},
    {"TransformInput.DataSource.S3DataSource.S3DataType", SHAPE_WORD, true, 0, 0,
     "ManifestFile S3Prefix AugmentedManifestFile"},
    {"TransformInput.DataSource.S3DataSource.S3Uri", SHAPE_TEXT, true, 0, 1024, NULL},
    {"TransformInput.ContentType", SHAPE_TEXT, false, 0, 256, NULL},
    {"TransformInput.CompressionType", SHAPE_WORD, false, 0, 0, "None Gzip"},
    {"TransformInput.SplitType", SHAPE_WORD, false, 0, 0, "None Line RecordIO TFRecord"},
    {"TransformOutput", SHAPE_OBJECT, true, 0, 0, NULL},
    {"TransformOutput.S3OutputPath", SHAPE_TEXT, true, 0, 1024, NULL},
    {"TransformOutput.Accept", SHAPE_TEXT, false, 0, 256, NULL},
    {"TransformOutput.AssembleWith", SHAPE_WORD, false, 0, 0, "None Line"},
    {"TransformResources", SHAPE_OBJECT, true, 0, 0, NULL},
    {"TransformResources.InstanceType", SHAPE_TEXT, true, 1, 0, NULL},
    {"TransformResources.InstanceCount", SHAPE_NUMBER, true, 1, 100, NULL},
    {"DataProcessing", SHAPE_OBJECT, false, 0, 0, NULL},
    {"DataProcessing.InputFilter", SHAPE_TEXT, false, 0, 63, NULL},
    {"DataProcessing.OutputFilter", SHAPE_TEXT, false, 0, 63, NULL},
    {"DataProcessing.JoinSource", SHAPE_WORD, false, 0, 0, "Input None"},
    {.path = NULL},
};

/* ---- creating ------------------------------------------------------------------------------ */

static void refuse(struct call *c, const char *why)
{
    call_fail(c, 400, "ValidationException", "%s", why);
}

static bool is_word(const struct json *j, const char *word)
{
    return !strcmp(json_string(j, "None"), word);
}

static void check_url(struct call *c, const char *url)
{
    const char *bucket, *key;

    if (!call_failed(c) && !objects_url(&c->memory, url, &bucket, &key))
        call_fail(c, 400, "ValidationException",
                  "The S3 URI '%.300s' is not valid; expected s3://bucket/prefix", url);
}

static void check_tunables(struct call *c)
{
    double payload = json_number(json_get(c->in, "MaxPayloadInMB"), TRANSFORM_PAYLOAD_MB);
    double at_once = json_number(json_get(c->in, "MaxConcurrentTransforms"), 1);
    const struct json *input = json_get(c->in, "TransformInput");
    const char *split = json_string(json_get(input, "SplitType"), "None");

    if (json_get(c->in, "DataCaptureConfig"))
        refuse(c, "The practice cloud captures no data: DataCaptureConfig is not to be had.");
    else if (payload > TRANSFORM_MOST_MB)
        refuse(c, "MaxPayloadInMB must not exceed 100");
    else if (payload * (at_once > 1 ? at_once : 1) > TRANSFORM_MOST_MB)
        refuse(c, "The value of MaxConcurrentTransforms * MaxPayloadInMB must not exceed 100 MB");
    else if (!strcmp(split, "RecordIO") || !strcmp(split, "TFRecord"))
        refuse(c, "SplitType RecordIO and TFRecord are not served by the practice cloud, whose "
                  "model reads text; use Line");
    else if (!strcmp(split, "None") &&
             !strcmp(json_string(json_get(c->in, "BatchStrategy"), ""), "MultiRecord"))
        refuse(c, "BatchStrategy MultiRecord needs a SplitType other than None");
    else if (is_word(
                 json_get(json_get(json_get(input, "DataSource"), "S3DataSource"), "S3DataType"),
                 "AugmentedManifestFile"))
        refuse(c, "AugmentedManifestFile is not supported for batch transform jobs");
}

/* Records must be text, and what goes in and comes out must be alike for a join. */
static void check_processing(struct call *c)
{
    static const char *const filters[] = {"InputFilter", "OutputFilter"};
    const struct json *p = json_get(c->in, "DataProcessing");
    const struct json *input = json_get(c->in, "TransformInput");
    const struct json *output = json_get(c->in, "TransformOutput");
    const char *type = json_string(json_get(input, "ContentType"), "");

    if (!p || call_failed(c))
        return;
    for (size_t i = 0; i < 2; i++) {
        struct jsonpath *path;
        struct lk_error err = {0};

        if (jsonpath_parse(&path, json_string(json_get(p, filters[i]), NULL), &err))
            call_fail(c, 400, "ValidationException", "DataProcessing.%s: %s", filters[i], err.text);
        else
            jsonpath_free(path);
    }
    if (call_failed(c))
        return;
    if (strncmp(type, "text/csv", 8) && strncmp(type, "application/json", 16))
        refuse(c, "DataProcessing is for the content types text/csv, application/json and "
                  "application/jsonlines");
    else if (is_word(json_get(p, "JoinSource"), "Input") &&
             strcmp(type, json_string(json_get(output, "Accept"), "")))
        refuse(c, "To join the input, TransformOutput.Accept must be TransformInput.ContentType");
    else if (is_word(json_get(p, "JoinSource"), "Input") &&
             strcmp(json_string(json_get(input, "SplitType"), "None"),
                    json_string(json_get(output, "AssembleWith"), "None")))
        refuse(c, "To join the input, TransformOutput.AssembleWith must be "
                  "TransformInput.SplitType");
}

static void check_model(struct call *c)
{
    const char *name = call_param(c, "ModelName");
    struct stmt *s = sql(c->cloud, "select 1 from sagemaker_models where region = ?1"
                                   " and name = ?2");

    if (call_failed(c))
        return;
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    if (!sql_row(c->cloud, s))
        call_fail(c, 400, "ValidationException", "Could not find model \"%s\".",
                  call_arn(c, "sagemaker", "model/%s", name));
}

static void check_request(struct call *c)
{
    const struct json *input = json_get(c->in, "TransformInput");
    const struct json *output = json_get(c->in, "TransformOutput");

    if (!shape_check(c, request) || !sagemaker_check_tags(c))
        return;
    check_tunables(c);
    check_url(
        c, json_string(json_get(json_get(json_get(input, "DataSource"), "S3DataSource"), "S3Uri"),
                       ""));
    check_url(c, json_string(json_get(output, "S3OutputPath"), ""));
    check_processing(c);
    check_model(c);
}

static const struct sagemaker_absent absent[] = {
    {"TransformOutput.KmsKeyId", SAGEMAKER_NO_KMS},
    {"TransformResources.VolumeKmsKeyId", SAGEMAKER_NO_KMS},
    {"DataCaptureConfig", "the practice cloud captures no data of a transform job"},
    {NULL, NULL},
};

void sagemaker_create_transform(struct call *c)
{
    const char *name = sagemaker_name(c, "TransformJobName"), *arn;
    const struct json *resources = json_get(c->in, "TransformResources");
    struct thing t;

    if (!name || !sagemaker_check_absent(c, absent))
        return;
    check_request(c);
    if (call_failed(c))
        return;
    arn = call_arn(c, "sagemaker", KIND "/%s", name);
    if (thing_get(&t, c->cloud, &c->memory, c->region, KIND, name)) {
        call_fail(c, 400, "ResourceInUse",
                  "Job name must be unique within an AWS account and region, and a job with this "
                  "name already exists (%s)",
                  arn);
        return;
    }
    if (!quota_reserve(c, USE_TRANSFORM, json_string(json_get(resources, "InstanceType"), ""),
                       (int64_t)json_number(json_get(resources, "InstanceCount"), 1), arn))
        return;
    json_put_z(&c->out, "TransformJobArn", thing_create(c, KIND, name, "InProgress", "{}", 0));
    work_add(c->cloud, "transform", c->region, name);
}

/* ---- describing, listing, stopping ---------------------------------------------------------- */

static void put_time(struct call *c, const char *member, const struct json *detail, const char *key)
{
    double ms = json_number(json_get(detail, key), 0);

    if (ms > 0)
        thing_put_time(c, member, (int64_t)ms);
}

static void put_reason(struct call *c, const struct json *detail)
{
    const char *reason = json_string(json_get(detail, "reason"), NULL);

    if (reason)
        json_put_z(&c->out, "FailureReason", reason);
}

/* What was left out is there all the same, as on AWS. */
static void put_processing(struct call *c, const struct json *asked)
{
    json_open(&c->out, "DataProcessing", '{');
    json_put_z(&c->out, "InputFilter", json_string(json_get(asked, "InputFilter"), "$"));
    json_put_z(&c->out, "OutputFilter", json_string(json_get(asked, "OutputFilter"), "$"));
    json_put_z(&c->out, "JoinSource", json_string(json_get(asked, "JoinSource"), "None"));
    json_close(&c->out);
}

void sagemaker_describe_transform(struct call *c)
{
    static const char *const members[] = {"ModelName",          "MaxConcurrentTransforms",
                                          "ModelClientConfig",  "MaxPayloadInMB",
                                          "BatchStrategy",      "Environment",
                                          "TransformInput",     "TransformOutput",
                                          "TransformResources", "ExperimentConfig"};
    const char *name = sagemaker_name(c, "TransformJobName");
    struct json *asked = NULL, *detail = NULL;
    struct thing t;

    if (!name || !thing_need(c, &t, KIND, name, "Transform job") ||
        !(asked = thing_json(c, t.request)) || !(detail = thing_json(c, t.detail)))
        goto out;
    json_put_z(&c->out, "TransformJobName", t.name);
    json_put_z(&c->out, "TransformJobArn", thing_arn(c->cloud, &c->memory, &t));
    json_put_z(&c->out, "TransformJobStatus", t.status);
    put_reason(c, detail);
    thing_put_members(c, asked, members, sizeof members / sizeof *members);
    put_processing(c, json_get(asked, "DataProcessing"));
    thing_put_time(c, "CreationTime", t.created);
    put_time(c, "TransformStartTime", detail, "start");
    put_time(c, "TransformEndTime", detail, "end");
out:
    json_free(asked);
    json_free(detail);
}

static void put_summary(struct call *c, const struct thing *t)
{
    struct json *detail = thing_json(c, t->detail);

    json_put_z(&c->out, "TransformJobName", t->name);
    json_put_z(&c->out, "TransformJobArn", thing_arn(c->cloud, &c->memory, t));
    thing_put_time(c, "CreationTime", t->created);
    put_time(c, "TransformEndTime", detail, "end");
    thing_put_time(c, "LastModifiedTime", t->modified);
    json_put_z(&c->out, "TransformJobStatus", t->status);
    put_reason(c, detail);
    json_free(detail);
}

void sagemaker_list_transforms(struct call *c)
{
    thing_list(c, KIND, NULL, "TransformJobSummaries", put_summary);
}

void sagemaker_stop_transform(struct call *c)
{
    const char *name = sagemaker_name(c, "TransformJobName");
    struct thing t;

    if (!name || !thing_need(c, &t, KIND, name, "Transform job"))
        return;
    if (strcmp(t.status, "InProgress")) {
        call_fail(c, 400, "ValidationException",
                  "The request was rejected because the transform job is in status %s.", t.status);
        return;
    }
    t.status = "Stopping";
    t.modified = 0;
    thing_put(c->cloud, &t);
    work_stop(c->cloud, "transform", c->region, name);
}
