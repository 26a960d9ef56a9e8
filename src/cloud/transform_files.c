/*
 * A transform job's files: found below a prefix or in a manifest, and taken
 * through the model one by one. A file that fails leaves no .out; why stands
 * in the job's "data-log" with the model's own words.
 */
#include "cloud/transform_inside.h"

#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum { FILES_MOST = 100000, MANIFEST_MOST = 16 << 20 };

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

bool transform_find_files(struct transform *t)
{
    const struct json *source =
        json_get(transform_of(t, "TransformInput", "DataSource"), "S3DataSource");
    bool manifest =
        !strcmp(json_string(json_get(source, "S3DataType"), "S3Prefix"), "ManifestFile");
    const char *url = json_string(json_get(source, "S3Uri"), "");
    struct lk_error err = {0};
    enum lk_status st = manifest ? read_manifest(t, &err)
                                 : objects_list(&t->s3, t->bucket, t->prefix, add_listed, t, &err);

    if (st)
        transform_fail(t, "ClientError",
                       arena_printf(&t->w->memory, "Failed to list %.300s: %.60s %.400s", url,
                                    err.code, err.text));
    else if (!t->files.n)
        transform_fail(t, "ClientError",
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

/* ---- one file ------------------------------------------------------------------------- */

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
            transform_fail(t, "AlgorithmError", "See job logs for more information");
        }
        return p->status;
    }
    if (p->answer.status >= 200 && p->answer.status < 300) {
        enum lk_status st = transform_assemble(out, p, &t->shape, err);

        if (st) {
            note_refusal(t, key, "ClientError", 0, slice_of(err->text));
            transform_fail_with(t, err);
        }
        return st;
    }
    kind = p->answer.status < 500 ? "ClientError" : "AlgorithmError";
    note_refusal(t, key, kind, p->answer.status, slice_str(&p->answer.body));
    transform_fail(t, kind, "See job logs for more information");
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
        transform_fail(t, "ClientError", err->text);
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

void transform_do_file(struct transform *t, const char *key)
{
    char *in = path_join(t->w->folder, "in"), *out = path_join(t->w->folder, "out");
    struct lk_error err = {0};
    enum lk_status st;

    file_remove(in, NULL);
    st = objects_get(&t->s3, t->bucket, key, in, OBJECTS_SHARE, &err);
    if (st) {
        note_refusal(t, key, "ClientError", 0, slice_of(err.text));
        transform_fail(t, "ClientError",
                       arena_printf(&t->w->memory,
                                    "Data download failed: s3://%s/%.300s: %.60s %.300s", t->bucket,
                                    key, err.code, err.text));
        goto out;
    }
    st = go_through(t, key, in, out, &err);
    if (!st)
        st = objects_put(&t->s3, t->out_bucket, out_key(t, key), out, &err);
    if (st == LK_ESERVICE && err.code[0])
        transform_fail(t, "ClientError",
                       arena_printf(&t->w->memory, "Failed to upload s3://%s/%.300s: %.60s %.300s",
                                    t->out_bucket, out_key(t, key), err.code, err.text));
    else if (st && st != LK_ECANCELLED)
        transform_fail_with(t, &err);
out:
    file_remove(in, NULL);
    file_remove(out, NULL);
    free(in);
    free(out);
}
