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
#include "cloud/transform.h"

#include "base/error.h"
#include "base/file.h"
#include "cloud/internal.h"
#include "cloud/quota.h"
#include "cloud/thing.h"

#include <stdlib.h>
#include <string.h>

#define KIND  "transform-job"
#define GROUP "/aws/sagemaker/TransformJobs"

enum {
    ATTEMPTS = 3,
    START_REAL_MS = 3 * 60 * 1000,
    READY_MS = 4 * 60 * 1000,
    FILES_MOST = 100000,
    MANIFEST_MOST = 16 << 20,
};

struct transform {
    struct work *w;
    struct thing thing;
    struct json *request;
    const char *arn;
    struct served_model model;
    struct objects s3;
    struct served served;
    struct served_log log, data_log;
    struct transform_shape shape;
    struct transform_asking asking;
    const char *strategy; /* as the log says it */
    bool gzip;
    const char *bucket, *prefix; /* of the input */
    const char *out_bucket, *out_prefix;
    struct names {
        char **key;
        size_t n, cap;
    } files;
    const char *reason; /* of the failure; NULL: none */
};

/* The first reason stands. */
static void fail(struct transform *t, const char *kind, const char *text)
{
    if (!t->reason)
        t->reason = arena_printf(&t->w->memory, "%s: %.900s", kind, text);
}

/* What went wrong, as the service says whose fault it was. */
static void fail_with(struct transform *t, const struct lk_error *err)
{
    fail(t,
         err->status == LK_EIO || err->status == LK_ENETWORK ? "InternalServerError"
                                                             : "ClientError",
         err->text);
}

/* ---- what the job says ---------------------------------------------------------------------- */

static const struct json *of(const struct transform *t, const char *part, const char *member)
{
    return json_get(json_get(t->request, part), member);
}

static void read_shape(struct transform *t)
{
    const char *type = json_string(of(t, "TransformInput", "ContentType"), "");
    const char *strategy = json_string(json_get(t->request, "BatchStrategy"), "MultiRecord");

    t->shape = (struct transform_shape){
        .split = !strcmp(json_string(of(t, "TransformInput", "SplitType"), "None"), "Line"),
        .multi = !strcmp(strategy, "MultiRecord"),
        .assemble = !strcmp(json_string(of(t, "TransformOutput", "AssembleWith"), "None"), "Line"),
        .json = !strncmp(type, "application/json", 16),
        .join = !strcmp(json_string(of(t, "DataProcessing", "JoinSource"), "None"), "Input"),
    };
    /* They were checked when the job was made. */
    (void)!jsonpath_parse(&t->shape.input,
                          json_string(of(t, "DataProcessing", "InputFilter"), NULL), NULL);
    (void)!jsonpath_parse(&t->shape.output,
                          json_string(of(t, "DataProcessing", "OutputFilter"), NULL), NULL);
    t->strategy = t->shape.multi ? "MULTI_RECORD" : "SINGLE_RECORD";
    t->gzip = !strcmp(json_string(of(t, "TransformInput", "CompressionType"), "None"), "Gzip");
    t->asking = (struct transform_asking){
        .served = &t->served,
        .content_type = json_string(of(t, "TransformInput", "ContentType"), NULL),
        .accept = json_string(of(t, "TransformOutput", "Accept"), NULL),
        .timeout_ms =
            (int64_t)json_number(of(t, "ModelClientConfig", "InvocationsTimeoutInSeconds"), 600) *
            1000,
        .retries = (int)json_number(of(t, "ModelClientConfig", "InvocationsMaxRetries"), 3),
    };
}

static void read_places(struct transform *t)
{
    const struct json *source = json_get(of(t, "TransformInput", "DataSource"), "S3DataSource");
    struct arena *a = &t->w->memory;
    const char *bucket = "", *key = "";

    objects_url(a, json_string(json_get(source, "S3Uri"), ""), &bucket, &key);
    t->bucket = bucket;
    t->prefix = key;
    bucket = key = "";
    objects_url(a, json_string(of(t, "TransformOutput", "S3OutputPath"), ""), &bucket, &key);
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
    read_places(t);
    t->s3 = (struct objects){.cloud = w->cloud, .region = w->region};
    if (served_model_find(&t->model, w->cloud, w->region,
                          json_string(json_get(t->request, "ModelName"), ""), &err))
        fail_with(t, &err);
    else if (!access_assume(w->cloud, &w->memory, &t->s3.who, t->model.role,
                            "sagemaker.amazonaws.com", "SageMaker"))
        fail(t, "ClientError",
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

/* ---- the container
 * --------------------------------------------------------------------------------- */

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
        fail_with(t, &err);
        return false;
    }
    st = served_wait(&t->served, READY_MS, &err);
    if (st == LK_ECANCELLED)
        return false;
    if (st) {
        served_log_printf(&t->data_log, "[sagemaker logs]: %s", err.text);
        fail(t, "AlgorithmError", "See job logs for more information");
        return false;
    }
    settle_tunables(t);
    return true;
}

/* ---- the files
 * ---------------------------------------------------------------------------------------- */

static bool add_file(struct transform *t, const char *key)
{
    size_t n = strlen(key);

    if (n && key[n - 1] == '/') /* a folder's marker */
        return true;
    if (t->files.n == FILES_MOST)
        return false;
    MEM_GROW(t->files.key, t->files.n, t->files.cap);
    t->files.key[t->files.n++] = mem_strdup(key);
    return true;
}

static bool add_listed(void *ctx, const struct objects_entry *e)
{
    return add_file(ctx, e->key);
}

/* [{"prefix": "s3://bucket/there/"}, "a.csv", ...]: the input's place becomes that prefix. */
static enum lk_status read_manifest(struct transform *t, struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json *list = NULL;
    const char *prefix, *bucket, *key;
    enum lk_status st = objects_read(&text, &t->s3, t->bucket, t->prefix, MANIFEST_MOST, err);

    if (!st)
        st = json_parse(&list, slice_str(&text), t->prefix, err);
    prefix = json_string(json_get(json_at(list, 0), "prefix"), NULL);
    if (!st && (!prefix || !objects_url(&t->w->memory, prefix, &bucket, &key)))
        st = error_set(err, LK_EINPUT,
                       "The manifest s3://%s/%s does not begin with {\"prefix\": \"s3://...\"}",
                       t->bucket, t->prefix);
    for (const struct json *j = st ? NULL : json_next(json_first(list)); j; j = json_next(j))
        add_file(t, arena_printf(&t->w->memory, "%s%s", key, json_string(j, "")));
    if (!st) {
        t->bucket = bucket;
        t->prefix = key;
    }
    json_free(list);
    str_done(&text);
    return st;
}

static bool find_files(struct transform *t)
{
    const struct json *source = json_get(of(t, "TransformInput", "DataSource"), "S3DataSource");
    bool manifest =
        !strcmp(json_string(json_get(source, "S3DataType"), "S3Prefix"), "ManifestFile");
    const char *url = json_string(json_get(source, "S3Uri"), "");
    struct lk_error err = {0};
    enum lk_status st = manifest ? read_manifest(t, &err)
                                 : objects_list(&t->s3, t->bucket, t->prefix, add_listed, t, &err);

    if (st)
        fail(t, "ClientError",
             arena_printf(&t->w->memory, "Failed to list %.300s: %.60s %.400s", url, err.code,
                          err.text));
    else if (!t->files.n)
        fail(t, "ClientError",
             arena_printf(&t->w->memory, "S3 key: %.300s matched no files on s3", url));
    return !t->reason;
}

/* <S3OutputPath>/<key below the input prefix's folder>.out */
static const char *out_key(struct transform *t, const char *key)
{
    const char *slash = strrchr(t->prefix, '/');
    size_t skip = slash ? (size_t)(slash + 1 - t->prefix) : 0, n = strlen(t->out_prefix);
    const char *between = n && t->out_prefix[n - 1] != '/' ? "/" : "";

    return arena_printf(&t->w->memory, "%s%s%s.out", t->out_prefix, between, key + skip);
}

/* ---- one file
 * ------------------------------------------------------------------------------------------ */

static void note_refusal(struct transform *t, const char *key, const char *kind, int status,
                         struct slice message)
{
    struct slice line;

    if (status)
        served_log_printf(&t->data_log, "[sagemaker logs]: %s/%s: %s: %d", t->bucket, key, kind,
                          status);
    else
        served_log_printf(&t->data_log, "[sagemaker logs]: %s/%s: %s", t->bucket, key, kind);
    served_log_printf(&t->data_log, "[sagemaker logs]: %s/%s: ", t->bucket, key);
    served_log_printf(&t->data_log, "[sagemaker logs]: %s/%s: Message:", t->bucket, key);
    message = slice_first(message, 4000);
    while (slice_line(&message, &line))
        served_log_printf(&t->data_log, "[sagemaker logs]: %s/%s: %.*s", t->bucket, key,
                          (int)line.len, line.ptr);
}

static enum lk_status take_answer(struct transform *t, const char *key,
                                  const struct transform_payload *p, FILE *out,
                                  struct lk_error *err)
{
    const char *kind;

    if (p->status) {
        *err = p->err;
        if (p->status != LK_ECANCELLED) {
            note_refusal(t, key, "AlgorithmError", 0, slice_of(err->text));
            fail(t, "AlgorithmError", "See job logs for more information");
        }
        return p->status;
    }
    if (p->answer.status >= 200 && p->answer.status < 300) {
        enum lk_status st = transform_assemble(out, p, &t->shape, err);

        if (st) {
            note_refusal(t, key, "ClientError", 0, slice_of(err->text));
            fail_with(t, err);
        }
        return st;
    }
    kind = p->answer.status < 500 ? "ClientError" : "AlgorithmError";
    note_refusal(t, key, kind, p->answer.status, slice_str(&p->answer.body));
    fail(t, kind, "See job logs for more information");
    return error_set(err, LK_ESERVICE, "the model answered %d", p->answer.status);
}

/* Up to at_once payloads, asked together, their answers taken in order; *more false at the end. */
static enum lk_status do_batch(struct transform *t, const char *key, struct transform_feed *f,
                               FILE *out, bool *more, struct lk_error *err)
{
    size_t max = t->asking.at_once, n = 0;
    struct transform_payload *p = mem_calloc(max, sizeof *p);
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < max; i++)
        transform_payload_init(&p[i]);
    while (n < max && !(st = transform_feed_next(&p[n], f, &t->shape, t->asking.payload, err)) &&
           p[n].records)
        n++;
    *more = !st && n == max;
    if (st) { /* what came before it in the file is of no use without it */
        note_refusal(t, key, "ClientError", 0, slice_of(err->text));
        fail(t, "ClientError", err->text);
    } else if (n) {
        transform_ask(p, n, &t->asking);
    }
    for (size_t i = 0; i < n && !st; i++)
        st = take_answer(t, key, &p[i], out, err);
    for (size_t i = 0; i < max; i++)
        transform_payload_done(&p[i]);
    free(p);
    return st;
}

static enum lk_status go_through(struct transform *t, const char *key, const char *in,
                                 const char *out, struct lk_error *err)
{
    struct transform_feed *f = NULL;
    struct file_out to;
    bool more = true;
    enum lk_status st = file_out_open(&to, out, err);

    if (st)
        return st;
    st = transform_feed_open(&f, in, t->gzip, err);
    while (!st && more)
        st = do_batch(t, key, f, to.stream, &more, err);
    transform_feed_close(f);
    if (!st && work_wish(t->w) != WORK_GO)
        st = error_set(err, LK_ECANCELLED, "stopped");
    if (st) {
        file_out_abandon(&to);
        return st;
    }
    return file_out_commit(&to, err);
}

static void do_file(struct transform *t, const char *key)
{
    char *in = path_join(t->w->folder, "in"), *out = path_join(t->w->folder, "out");
    struct lk_error err = {0};
    enum lk_status st;

    file_remove(in, NULL);
    st = objects_get(&t->s3, t->bucket, key, in, OBJECTS_SHARE, &err);
    if (st) {
        note_refusal(t, key, "ClientError", 0, slice_of(err.text));
        fail(t, "ClientError",
             arena_printf(&t->w->memory, "Data download failed: s3://%s/%.300s: %.60s %.300s",
                          t->bucket, key, err.code, err.text));
        goto out;
    }
    st = go_through(t, key, in, out, &err);
    if (!st)
        st = objects_put(&t->s3, t->out_bucket, out_key(t, key), out, &err);
    if (st == LK_ESERVICE && err.code[0])
        fail(t, "ClientError",
             arena_printf(&t->w->memory, "Failed to upload s3://%s/%.300s: %.60s %.300s",
                          t->out_bucket, out_key(t, key), err.code, err.text));
    else if (st && st != LK_ECANCELLED)
        fail_with(t, &err);
out:
    file_remove(in, NULL);
    file_remove(out, NULL);
    free(in);
    free(out);
}

/* ---- the whole
 * ------------------------------------------------------------------------------------------- */

static void run_job(struct transform *t)
{
    begin(t);
    if (t->reason || !work_sleep(t->w, cloud_duration(t->w->cloud, START_REAL_MS)) ||
        !find_files(t) || !start(t))
        return;
    for (size_t i = 0; i < t->files.n && work_wish(t->w) == WORK_GO && !t->served.ended; i++)
        do_file(t, t->files.key[i]);
    if (t->served.ended)
        fail(t, "AlgorithmError", "See job logs for more information");
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
        fail(&t, "InternalServerError", "The job was interrupted too often. Please try again.");
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
