/*
 * A transform job as work: the model's container is started, the input's files
 * are listed, and each goes through it, payload by payload, into one .out.
 *
 * As on AWS a file that fails leaves no .out; the others are written, and the
 * job fails at its end. What happened stands in two log streams: the
 * container's own, and "data-log", which names each refused file and what the
 * model said. An attempt after a crash of the cloud begins again: outputs are
 * written over.
 */
#include "cloud/transform_inside.h"

#include "base/error.h"
#include "base/file.h"
#include "cloud/internal.h"
#include "cloud/quota.h"

#include <stdlib.h>
#include <string.h>

#define KIND  "transform-job"
#define GROUP "/aws/sagemaker/TransformJobs"

enum {
    ATTEMPTS = 3,
    START_REAL_MS = 3 * 60 * 1000,
    READY_MS = 4 * 60 * 1000,
};

void transform_fail(struct transform *t, const char *kind, const char *text)
{
    if (!t->reason)
        t->reason = arena_printf(&t->w->memory, "%s: %.900s", kind, text);
}

void transform_fail_with(struct transform *t, const struct lk_error *err)
{
    transform_fail(t,
                   err->status == LK_EIO || err->status == LK_ENETWORK ? "InternalServerError"
                                                                       : "ClientError",
                   err->text);
}

/* ---- what the job says ---------------------------------------------------------------- */

const struct json *transform_of(const struct transform *t, const char *part, const char *member)
{
    return json_get(json_get(t->request, part), member);
}

static const char *text_of(const struct transform *t, const char *part, const char *member)
{
    return json_string(transform_of(t, part, member), NULL);
}

/* What is not said is "None". */
static bool is(const struct transform *t, const char *part, const char *member, const char *word)
{
    const char *text = text_of(t, part, member);

    return !strcmp(text ? text : "None", word);
}

static void read_shape(struct transform *t)
{
    const char *type = text_of(t, "TransformInput", "ContentType");
    const char *strategy = json_string(json_get(t->request, "BatchStrategy"), "MultiRecord");

    t->shape = (struct transform_shape){
        .split = is(t, "TransformInput", "SplitType", "Line"),
        .multi = !strcmp(strategy, "MultiRecord"),
        .assemble = is(t, "TransformOutput", "AssembleWith", "Line"),
        .json = type && !strncmp(type, "application/json", 16),
        .join = is(t, "DataProcessing", "JoinSource", "Input"),
    };
    /* They were checked when the job was made. */
    (void)!jsonpath_parse(&t->shape.input, text_of(t, "DataProcessing", "InputFilter"), NULL);
    (void)!jsonpath_parse(&t->shape.output, text_of(t, "DataProcessing", "OutputFilter"), NULL);
    t->strategy = t->shape.multi ? "MULTI_RECORD" : "SINGLE_RECORD";
    t->gzip = is(t, "TransformInput", "CompressionType", "Gzip");
}

static void read_asking(struct transform *t)
{
    const struct json *config = json_get(t->request, "ModelClientConfig");
    double seconds = json_number(json_get(config, "InvocationsTimeoutInSeconds"), 600);

    t->asking = (struct transform_asking){
        .served = &t->served,
        .content_type = text_of(t, "TransformInput", "ContentType"),
        .accept = text_of(t, "TransformOutput", "Accept"),
        .timeout_ms = (int64_t)seconds * 1000,
        .retries = (int)json_number(json_get(config, "InvocationsMaxRetries"), 3),
    };
}

static void read_places(struct transform *t)
{
    const struct json *source =
        json_get(transform_of(t, "TransformInput", "DataSource"), "S3DataSource");
    struct arena *a = &t->w->memory;
    const char *bucket = "", *key = "";

    objects_url(a, json_string(json_get(source, "S3Uri"), ""), &bucket, &key);
    t->bucket = bucket;
    t->prefix = key;
    bucket = key = "";
    objects_url(a, json_string(transform_of(t, "TransformOutput", "S3OutputPath"), ""), &bucket,
                &key);
    t->out_bucket = bucket;
    t->out_prefix = key;
}

/* The job, its model, the role: under the lock. */
static bool load(struct transform *t)
{
    struct work *w = t->w;
    struct lk_error err = {0};

    if (!thing_get(&t->thing, w->cloud, &w->memory, w->region, KIND, w->name) ||
        json_parse(&t->request, slice_of(t->thing.request), "transform job", &err))
        return false;
    t->arn = thing_arn(w->cloud, &w->memory, &t->thing);
    read_shape(t);
    read_asking(t);
    read_places(t);
    t->s3 = (struct objects){.cloud = w->cloud, .region = w->region};
    if (served_model_find(&t->model, w->cloud, w->region,
                          json_string(json_get(t->request, "ModelName"), ""), &err))
        transform_fail_with(t, &err);
    else if (!access_assume(w->cloud, &w->memory, &t->s3.who, t->model.role,
                            "sagemaker.amazonaws.com", "SageMaker"))
        transform_fail(
            t, "ClientError",
            arena_printf(&w->memory,
                         "The role %s cannot be assumed: it does not exist, or its trust "
                         "relationship policy does not allow it for sagemaker.amazonaws.com",
                         t->model.role));
    return true;
}

/* ---- its state ---------------------------------------------------------------------------------
 */

static void put_state(struct transform *t, const char *status, int64_t start, int64_t end)
{
    struct cloud *cloud = t->w->cloud;
    struct str detail = STR_INIT;
    struct json_out out;

    if (!thing_get(&t->thing, cloud, &t->w->memory, t->w->region, KIND, t->w->name))
        return;
    json_begin(&out, &detail, false);
    json_open(&out, NULL, '{');
    if (start)
        json_put_int(&out, "start", start);
    if (end)
        json_put_int(&out, "end", end);
    if (t->reason && !strcmp(status, "Failed"))
        json_put_z(&out, "reason", t->reason);
    json_close(&out);
    t->thing.detail = detail.ptr;
    t->thing.status = status;
    t->thing.modified = 0;
    thing_put(cloud, &t->thing);
    str_done(&detail);
}

static int64_t start_time(struct transform *t)
{
    struct json *detail = NULL;
    int64_t ms = 0;

    if (!json_parse(&detail, slice_of(t->thing.detail), "detail", NULL))
        ms = (int64_t)json_number(json_get(detail, "start"), 0);
    json_free(detail);
    return ms ? ms : cloud_now(t->w->cloud);
}

/* An InService transform, so to say: its logs open, its start is known. */
static void begin(struct transform *t)
{
    struct arena *a = &t->w->memory;
    struct str id = STR_INIT;
    const char *stream;

    random_id(&id, "i-", 17);
    for (char *p = id.ptr + 2; *p; p++)
        *p = "0123456789abcdef"[(unsigned char)*p % 16];
    stream = arena_printf(a, "%s/%s", t->w->name, id.ptr);
    str_done(&id);
    if (!work_begin(t->w))
        return;
    served_log_open(&t->log, t->w, &t->s3.who, GROUP, stream);
    served_log_open(&t->data_log, t->w, &t->s3.who, GROUP, arena_printf(a, "%s/data-log", stream));
    if (thing_get(&t->thing, t->w->cloud, a, t->w->region, KIND, t->w->name) &&
        !strcmp(t->thing.status, "InProgress"))
        put_state(t, "InProgress", start_time(t), 0);
    work_commit(t->w);
}

static void end(struct transform *t)
{
    enum work_wish wish = work_wish(t->w);
    const char *status = wish == WORK_STOP ? "Stopped" : t->reason ? "Failed" : "Completed";

    if (wish == WORK_LEAVE || !work_begin(t->w))
        return;
    if (thing_get(&t->thing, t->w->cloud, &t->w->memory, t->w->region, KIND, t->w->name)) {
        put_state(t, status, start_time(t), cloud_now(t->w->cloud));
        quota_release(t->w->cloud, t->arn);
    }
    work_commit(t->w);
}

/* ---- the container -------------------------------------------------------------------- */

static const char **make_env(struct transform *t)
{
    struct arena *a = &t->w->memory;
    const struct json *more = json_get(t->request, "Environment");
    const struct json *payload = json_get(t->request, "MaxPayloadInMB");
    const struct json *at_once = json_get(t->request, "MaxConcurrentTransforms");
    const char **env = arena_alloc(a, 24 * sizeof *env);
    size_t n = 0;

    for (const struct json *v = json_first(more); v && n < 16; v = json_next(v))
        env[n++] = arena_printf(a, "%s=%s", json_key(v), json_string(v, ""));
    env[n++] = "SAGEMAKER_BATCH=true";
    if (payload)
        env[n++] = arena_printf(a, "SAGEMAKER_MAX_PAYLOAD_IN_MB=%.0f", json_number(payload, 0));
    if (at_once)
        env[n++] =
            arena_printf(a, "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS=%.0f", json_number(at_once, 0));
    if (json_get(t->request, "BatchStrategy"))
        env[n++] = arena_printf(a, "SAGEMAKER_BATCH_STRATEGY=%s", t->strategy);
    return env;
}

/* What the request leaves open the container may say; what both leave open is the service's. */
static void settle_tunables(struct transform *t)
{
    struct http_question q = {.port = t->served.port,
                              .method = "GET",
                              .path = "/execution-parameters",
                              .timeout_ms = 2000,
                              .max_answer = 1 << 16};
    struct http_answer a;
    struct json *told = NULL;
    double payload, at_once;

    if (!http_ask(&a, &q, NULL) && a.status == 200)
        (void)!json_parse(&told, slice_str(&a.body), "/execution-parameters", NULL);
    payload = json_number(json_get(told, "MaxPayloadInMB"), TRANSFORM_PAYLOAD_MB);
    at_once = json_number(json_get(told, "MaxConcurrentTransforms"), 1);
    payload = json_number(json_get(t->request, "MaxPayloadInMB"), payload);
    at_once = json_number(json_get(t->request, "MaxConcurrentTransforms"), at_once);
    if (!(payload >= 1 && payload <= TRANSFORM_MOST_MB))
        payload = TRANSFORM_MOST_MB; /* 0 is "no limit"; a whole file is what that may be */
    if (!(at_once >= 1))
        at_once = 1;
    if (at_once * payload > TRANSFORM_MOST_MB)
        at_once = TRANSFORM_MOST_MB / payload;
    t->asking.payload = (size_t)payload << 20;
    t->asking.at_once = at_once < 1 ? 1 : (size_t)at_once;
    served_log_printf(&t->data_log,
                      "[sagemaker logs]: MaxConcurrentTransforms=%zu, MaxPayloadInMB=%.0f, "
                      "BatchStrategy=%s",
                      t->asking.at_once, payload, t->strategy);
    json_free(told);
    http_answer_done(&a);
}

static bool start(struct transform *t)
{
    char *root = path_join(t->w->folder, "root");
    struct lk_error err = {0};
    enum lk_status st =
        served_start(&t->served, t->w, &t->model, &t->s3, root, make_env(t), &t->log, &err);

    free(root);
    if (st) {
        transform_fail_with(t, &err);
        return false;
    }
    st = served_wait(&t->served, READY_MS, &err);
    if (st == LK_ECANCELLED)
        return false;
    if (st) {
        served_log_printf(&t->data_log, "[sagemaker logs]: %s", err.text);
        transform_fail(t, "AlgorithmError", "See job logs for more information");
        return false;
    }
    settle_tunables(t);
    return true;
}

/* ---- the whole ------------------------------------------------------------------------ */

static void run_job(struct transform *t)
{
    begin(t);
    if (t->reason || !work_sleep(t->w, cloud_duration(t->w->cloud, START_REAL_MS)) ||
        !transform_find_files(t) || !start(t))
        return;
    for (size_t i = 0; i < t->files.n && work_wish(t->w) == WORK_GO && !t->served.ended; i++)
        transform_do_file(t, t->files.key[i]);
    if (t->served.ended)
        transform_fail(t, "AlgorithmError", "See job logs for more information");
}

static void done(struct transform *t)
{
    served_end(&t->served);
    served_log_done(&t->log);
    served_log_done(&t->data_log);
    served_model_done(&t->model);
    jsonpath_free(t->shape.input);
    jsonpath_free(t->shape.output);
    json_free(t->request);
    for (size_t i = 0; i < t->files.n; i++)
        free(t->files.key[i]);
    free(t->files.key);
}

static void run(struct work *w)
{
    struct transform t = {.w = w};
    bool there;

    if (!work_begin(w))
        return;
    there = load(&t);
    work_commit(w);
    if (there && w->attempt > ATTEMPTS)
        transform_fail(&t, "InternalServerError",
                       "The job was interrupted too often. Please try again.");
    else if (there)
        run_job(&t);
    served_end(&t.served);
    served_log_flush(&t.log);
    served_log_flush(&t.data_log);
    if (there)
        end(&t);
    done(&t);
}

const struct work_kind work_transform = {.name = "transform", .run = run};
