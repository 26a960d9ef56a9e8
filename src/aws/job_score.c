/*
 * Requests for what scores: a model, a batch transform of it, an endpoint.
 * Each builder first holds the description's keys against its list, then checks
 * the values that AWS would refuse late, then writes the request.
 */
#include "aws/job_internal.h"
#include "aws/names.h"

#include "base/error.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- models -------------------------------------------------------------- */

/* The artefact that is named, or that of a training job. */
static enum lk_status find_artifact(struct str *out, struct aws *c, const struct json *spec,
                                    struct lk_error *err)
{
    const char *job = job_text(spec, "from_job", NULL);
    struct json *answer = NULL;
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    if (!job) {
        str_puts(out, job_text(spec, "artifact", ""));
        return *job_text(spec, "artifact", "")
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
           (st = names_job("model", job_text(spec, "name", ""), err)) ||
           (st = job_check_url(spec, "artifact", err)) ||
           (st = job_find_image(&image, c, spec, err)) ||
           (st = find_artifact(&artifact, c, spec, err)));
    if (!st) {
        json_begin(&w, out, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "ModelName", job_text(spec, "name", ""));
        json_put_z(&w, "ExecutionRoleArn", job_text(spec, "role", ""));
        json_open(&w, "PrimaryContainer", '{');
        json_put_z(&w, "Image", image.ptr);
        json_put_z(&w, "ModelDataUrl", artifact.ptr);
        job_put_text_map(&w, "Environment", json_get(spec, "environment"));
        json_close(&w);
        job_put_tags(&w, json_get(spec, "tags"));
        json_close(&w);
    }
    str_done(&image);
    str_done(&artifact);
    return st;
}

/* ---- transform ----------------------------------------------------------- */

static void put_processing(struct json_out *w, const struct json *spec)
{
    const char *in = job_text(spec, "input_filter", NULL),
               *out = job_text(spec, "output_filter", NULL);
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
    const char *split = job_text(spec, "split", "Line"),
               *type = job_text(spec, "content_type", "text/csv");

    json_open(w, "TransformInput", '{');
    json_open(w, "DataSource", '{');
    json_open(w, "S3DataSource", '{');
    json_put_z(w, "S3DataType",
               json_bool(json_get(spec, "manifest"), false) ? "ManifestFile" : "S3Prefix");
    json_put_z(w, "S3Uri", job_text(spec, "input", ""));
    json_close(w);
    json_close(w);
    json_put_z(w, "ContentType", type);
    json_put_z(w, "SplitType", split);
    json_put_z(w, "CompressionType", job_text(spec, "compression", "None"));
    json_close(w);
    json_open(w, "TransformOutput", '{');
    json_put_z(w, "S3OutputPath", job_text(spec, "output", ""));
    json_put_z(w, "Accept", job_text(spec, "accept", type));
    json_put_z(w, "AssembleWith",
               job_text(spec, "assemble", strcmp(split, "Line") ? "None" : "Line"));
    json_close(w);
}

static void put_tunables(struct json_out *w, const struct json *spec)
{
    const char *strategy = job_text(spec, "strategy", NULL);

    if (strategy)
        json_put_z(w, "BatchStrategy", strategy);
    if (json_get(spec, "max_payload_mb"))
        json_put_int(w, "MaxPayloadInMB", job_number(spec, "max_payload_mb", 6));
    if (json_get(spec, "concurrent"))
        json_put_int(w, "MaxConcurrentTransforms", job_number(spec, "concurrent", 1));
    if (json_get(spec, "invocations_timeout") || json_get(spec, "invocations_retries")) {
        json_open(w, "ModelClientConfig", '{');
        json_put_int(w, "InvocationsTimeoutInSeconds",
                     job_number(spec, "invocations_timeout", 600));
        json_put_int(w, "InvocationsMaxRetries", job_number(spec, "invocations_retries", 0));
        json_close(w);
    }
}

/* What the service refuses after minutes, told at once. */
static enum lk_status check_transform(const struct json *spec, struct lk_error *err)
{
    int64_t payload = job_number(spec, "max_payload_mb", 6),
            concurrent = job_number(spec, "concurrent", 1);
    bool split = strcmp(job_text(spec, "split", "Line"), "None") != 0;

    if (payload < 0 || payload > 100 || payload * concurrent > 100)
        return error_set(err, LK_EUSE,
                         "max_payload_mb is 0 to 100, and times concurrent at most "
                         "100; it is %lld x %lld",
                         (long long)payload, (long long)concurrent);
    if (!split && *job_text(spec, "strategy", ""))
        return error_set(err, LK_EUSE, "strategy needs a split: without one a file is one record");
    if (json_bool(json_get(spec, "join"), false) &&
        strcmp(job_text(spec, "accept", job_text(spec, "content_type", "text/csv")),
               job_text(spec, "content_type", "text/csv")))
        return error_set(err, LK_EUSE, "a join needs accept to be the content type");
    if (strlen(job_text(spec, "input_filter", "")) > 63 ||
        strlen(job_text(spec, "output_filter", "")) > 63)
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
           (st = names_job("transform job", job_text(spec, "name", ""), err)) ||
           (st = job_check_url(spec, "input", err)) || (st = job_check_url(spec, "output", err)) ||
           (st = names_instance(job_text(spec, "instance", NAMES_INSTANCE_DEFAULT), err)) ||
           (st = check_transform(spec, err)));
    if (st)
        return st;
    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "TransformJobName", job_text(spec, "name", ""));
    json_put_z(&w, "ModelName", job_text(spec, "model", ""));
    put_tunables(&w, spec);
    job_put_text_map(&w, "Environment", json_get(spec, "environment"));
    put_transform_ends(&w, spec);
    json_open(&w, "TransformResources", '{');
    json_put_z(&w, "InstanceType", job_text(spec, "instance", NAMES_INSTANCE_DEFAULT));
    json_put_int(&w, "InstanceCount", job_number(spec, "count", 1));
    json_close(&w);
    put_processing(&w, spec);
    job_put_tags(&w, json_get(spec, "tags"));
    json_close(&w);
    return LK_OK;
}

/* ---- endpoints ----------------------------------------------------------- */

/* What an endpoint runs on: instances that wait, or what is there only while it answers. */
static void put_capacity(struct json_out *w, const struct json *spec)
{
    const struct json *serverless = json_get(spec, "serverless");

    if (serverless) {
        json_open(w, "ServerlessConfig", '{');
        json_put_int(w, "MemorySizeInMB", job_number(serverless, "memory_mb", 2048));
        json_put_int(w, "MaxConcurrency", job_number(serverless, "concurrency", 5));
        json_close(w);
        return;
    }
    json_put_int(w, "InitialInstanceCount", job_number(spec, "count", 1));
    json_put_z(w, "InstanceType", job_text(spec, "instance", NAMES_INSTANCE_DEFAULT));
    json_put_number(w, "InitialVariantWeight", 1);
}

static enum lk_status check_capacity(const struct json *spec, struct lk_error *err)
{
    static const char *const keys[] = {"memory_mb", "concurrency"};
    const struct json *serverless = json_get(spec, "serverless");

    if (!serverless)
        return names_instance(job_text(spec, "instance", NAMES_INSTANCE_DEFAULT), err);
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
           (st = names_job("endpoint", job_text(spec, "name", ""), err)) ||
           (st = check_capacity(spec, err)));
    if (st)
        return st;
    json_begin(&w, config, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "EndpointConfigName", job_text(spec, "name", ""));
    json_open(&w, "ProductionVariants", '[');
    json_open(&w, NULL, '{');
    json_put_z(&w, "VariantName", "AllTraffic");
    json_put_z(&w, "ModelName", job_text(spec, "model", ""));
    put_capacity(&w, spec);
    json_close(&w);
    json_close(&w);
    job_put_tags(&w, json_get(spec, "tags"));
    json_close(&w);
    json_begin(&w, endpoint, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "EndpointName", job_text(spec, "name", ""));
    json_put_z(&w, "EndpointConfigName", job_text(spec, "name", ""));
    job_put_tags(&w, json_get(spec, "tags"));
    json_close(&w);
    return LK_OK;
}
