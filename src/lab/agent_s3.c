/*
 * s3.*: files go between the lab's folder and S3 directly, in parallel and in
 * constant memory; texts are answers. On AWS a bucket that no lab has made is
 * touched only with the person's consent.
 */
#include "lab/agent_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4 << 20 };

/* What s3://bucket/key says; the bucket is one that may be used. */
static enum lk_status read_place(struct s3_url *out, struct agent *a, const char *text, bool key,
                                 struct lk_error *err)
{
    enum lk_status st = s3_url_parse(out, text, err);

    if (!st && key && !*out->key)
        st = error_set(err, LK_EUSE, "'%.200s' names a bucket; write s3://bucket/key", text);
    if (!st)
        st = agent_need_own(a, "bucket", out->bucket, err);
    return st;
}

/* ---- buckets --------------------------------------------------------------------- */

static enum lk_status create_bucket(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    const char *region = agent_option(json_at(args, 1), "region");
    struct seat *there = a->seat;
    enum lk_status st = region ? agent_seat(&there, a, region, a->role, err) : LK_OK;

    return st ? st : guard_make_bucket(there->guard, agent_text(args, 0), err);
}

static enum lk_status delete_bucket(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    bool force = json_bool(json_get(json_at(args, 1), "force"), false);
    enum lk_status st = agent_need_own(a, "bucket", name, err);

    if (!st)
        st = s3_remove_bucket(agent_client(a), name, force, err);
    return st ? st : agent_note_gone(a, "bucket", name, err);
}

static bool put_bucket(void *ctx, const struct json *item)
{
    struct json_out *w = ctx;

    json_open(w, NULL, '[');
    json_put_z(w, NULL, json_path(item, "Name"));
    json_put_z(w, NULL, json_path(item, "CreationDate"));
    json_close(w);
    return true;
}

static enum lk_status buckets(struct agent *a, const struct json *args, struct json_out *w,
                              struct lk_error *err)
{
    enum lk_status st;

    agent_table_open(w, (const char *const[]){"name", "created", NULL});
    st = aws_each(agent_client(a), "s3", "ListBuckets", SLICE(""), "Buckets", put_bucket, w, err);
    agent_table_close(w);
    return st;
}

static enum lk_status bucket_region(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    struct json *answer = NULL;
    const char *found;
    enum lk_status st =
        agent_ask(a, "s3", "GetBucketLocation",
                  (const char *const[]){"Bucket", agent_text(args, 0), NULL}, &answer, err);

    found = json_path(answer, "LocationConstraint");
    json_put_z(w, "value", *found ? found : "us-east-1"); /* which S3 does not name */
    json_free(answer);
    return st;
}

/* ---- objects ----------------------------------------------------------------------- */

struct transfer {
    struct agent *agent;
    const char *label;
    int64_t moved, total;
};

static void on_bytes(void *ctx, int64_t bytes)
{
    struct transfer *t = ctx;

    t->moved += bytes;
    if (t->total > S3_PART) /* what is done at once needs no bar */
        agent_progress(t->agent, t->label, (double)t->moved, (double)t->total, "");
}

static void put_bytes(struct json_out *w, int64_t bytes)
{
    json_open(w, "value", '{');
    json_put_int(w, "bytes", bytes);
    json_close(w);
}

static enum lk_status put(struct agent *a, const struct json *args, struct json_out *w,
                          struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    struct transfer t = {a, "uploading", 0, 0};
    struct s3_options o = {.progress = on_bytes, .ctx = &t};
    struct s3_url to = {0};
    char *path = NULL;
    enum lk_status st = read_place(&to, a, agent_text(args, 1), true, err);

    if (!st)
        st = agent_find_file(&path, a, name, err);
    if (!st) {
        t.total = file_stat(path).size;
        o.content_type = s3_content_type(to.key);
        st = s3_upload(agent_client(a), path, to.bucket, to.key, &o, err);
    }
    put_bytes(w, t.total);
    free(path);
    s3_url_done(&to);
    return st;
}

static enum lk_status put_text(struct agent *a, const struct json *args, struct json_out *w,
                               struct lk_error *err)
{
    struct slice text = slice_of(agent_text(args, 0));
    struct s3_url to = {0};
    enum lk_status st = read_place(&to, a, agent_text(args, 1), true, err);

    if (!st)
        st = s3_write(agent_client(a), to.bucket, to.key, text, s3_content_type(to.key), err);
    put_bytes(w, (int64_t)text.len);
    s3_url_done(&to);
    return st;
}

static enum lk_status head(int64_t *size, struct agent *a, const struct s3_url *from,
                           struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st = agent_ask(
        a, "s3", "HeadObject",
        (const char *const[]){"Bucket", from->bucket, "Key", from->key, NULL}, &answer, err);

    *size = (int64_t)json_number(json_get(answer, "ContentLength"), 0);
    json_free(answer);
    return st;
}

static void tell_file(struct agent *a, const char *name, int64_t bytes)
{
    struct str line = STR_INIT;

    str_puts(&line, "{\"file\":");
    str_put_json(&line, slice_of(name));
    str_printf(&line, ",\"bytes\":%lld}", (long long)bytes);
    a->host.tell(a->host.ctx, slice_str(&line));
    str_done(&line);
}

static enum lk_status get(struct agent *a, const struct json *args, struct json_out *w,
                          struct lk_error *err)
{
    const char *name = agent_text(args, 1);
    struct transfer t = {a, "downloading", 0, 0};
    struct s3_options o = {.progress = on_bytes, .ctx = &t};
    struct s3_url from = {0};
    char *path = NULL;
    enum lk_status st = read_place(&from, a, agent_text(args, 0), true, err);

    if (!st)
        st = agent_new_file(&path, a, name, err);
    /* A HEAD that fails says little: the GET's answer has words. */
    if (!st && !head(&t.total, a, &from, NULL) && (uint64_t)t.total > a->options.disk)
        st = error_set(err, LK_ELIMIT,
                       "s3://%.80s/%.200s has %lld MB, and a lab's files may have "
                       "%llu MB",
                       from.bucket, from.key, (long long)t.total >> 20,
                       (unsigned long long)a->options.disk >> 20);
    if (!st)
        st = s3_download(agent_client(a), from.bucket, from.key, path, &o, err);
    if (!st)
        tell_file(a, name, t.total);
    put_bytes(w, t.total);
    free(path);
    s3_url_done(&from);
    return st;
}

static enum lk_status read_text(struct json_out *w, struct aws *c, const struct s3_url *from,
                                struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = s3_read(&text, c, from->bucket, from->key, TEXT_MAX, err);

    if (!st && (!utf8_valid(slice_str(&text)) || memchr(text.ptr, 0, text.len)))
        st = error_set(err, LK_EINPUT, "s3://%.80s/%.200s is no text; s3.get fetches it as a file",
                       from->bucket, from->key);
    json_put_string(w, "value", slice_str(&text));
    str_done(&text);
    return st;
}

static enum lk_status get_text(struct agent *a, const struct json *args, struct json_out *w,
                               struct lk_error *err)
{
    struct s3_url from = {0};
    enum lk_status st = read_place(&from, a, agent_text(args, 0), true, err);

    if (!st)
        st = read_text(w, agent_client(a), &from, err);
    s3_url_done(&from);
    return st;
}

static enum lk_status delete_object(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    struct s3_url what = {0};
    enum lk_status st = read_place(&what, a, agent_text(args, 0), true, err);

    if (!st)
        st = s3_remove(agent_client(a), what.bucket, what.key, err);
    s3_url_done(&what);
    return st;
}

static bool put_object(void *ctx, const struct s3_object *o)
{
    struct json_out *w = ctx;
    struct str when = STR_INIT;

    clock_put_iso(&when, o->modified_ms, false);
    json_open(w, NULL, '[');
    json_put_z(w, NULL, o->key);
    json_put_int(w, NULL, o->size);
    json_put_string(w, NULL, slice_str(&when));
    json_close(w);
    str_done(&when);
    return true;
}

static enum lk_status list(struct agent *a, const struct json *args, struct json_out *w,
                           struct lk_error *err)
{
    struct s3_url where = {0};
    enum lk_status st = read_place(&where, a, agent_text(args, 0), false, err);

    agent_table_open(w, (const char *const[]){"key", "bytes", "modified", NULL});
    if (!st)
        st = s3_list(agent_client(a), where.bucket, where.key, "", put_object, w, err);
    agent_table_close(w);
    s3_url_done(&where);
    return st;
}

/* ---- who may -------------------------------------------------------------------------- */

static enum lk_status set_policy(struct agent *a, const struct json *args, struct json_out *w,
                                 struct lk_error *err)
{
    const char *bucket = agent_text(args, 0);
    const struct json *policy = json_at(args, 1);
    struct str text = STR_INIT;
    enum lk_status st;

    json_print(&text, policy, false);
    st = agent_need_own(a, "bucket", bucket, err);
    if (!st)
        st = agent_consent(a, err, "The lab changes who may use the bucket '%s': %s", bucket,
                           json_kind(policy) == JSON_NULL ? "its policy goes" : text.ptr);
    if (!st && json_kind(policy) == JSON_NULL)
        st = agent_ask(a, "s3", "DeleteBucketPolicy", (const char *const[]){"Bucket", bucket, NULL},
                       NULL, err);
    else if (!st)
        st =
            agent_ask(a, "s3", "PutBucketPolicy",
                      (const char *const[]){"Bucket", bucket, "Policy", text.ptr, NULL}, NULL, err);
    str_done(&text);
    return st;
}

static enum lk_status public_access(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    const char *bucket = agent_text(args, 0);
    bool allowed = json_bool(json_at(args, 1), false);
    enum lk_status st = agent_need_own(a, "bucket", bucket, err);

    if (!st && allowed)
        st = agent_consent(a, err, "The lab lets a policy open the bucket '%s' to everybody.",
                           bucket);
    if (st)
        return st;
    return allowed ? agent_ask(a, "s3", "DeletePublicAccessBlock",
                               (const char *const[]){"Bucket", bucket, NULL}, NULL, err)
                   : s3_close_bucket(agent_client(a), bucket, err);
}

static enum lk_status open_nobody(struct aws **c, struct s3_url *place, struct agent *a,
                                  const char *text, struct lk_error *err)
{
    enum lk_status st = read_place(place, a, text, true, err);

    return st ? st : agent_open_client(c, a, a->region, true, err);
}

static enum lk_status get_as_anyone(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    struct aws *nobody = NULL;
    struct s3_url from = {0};
    enum lk_status st = open_nobody(&nobody, &from, a, agent_text(args, 0), err);

    if (!st)
        st = read_text(w, nobody, &from, err);
    aws_close(nobody);
    s3_url_done(&from);
    return st;
}

static enum lk_status put_as_anyone(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    struct slice text = slice_of(agent_text(args, 0));
    struct aws *nobody = NULL;
    struct s3_url to = {0};
    enum lk_status st = open_nobody(&nobody, &to, a, agent_text(args, 1), err);

    if (!st)
        st = s3_write(nobody, to.bucket, to.key, text, s3_content_type(to.key), err);
    aws_close(nobody);
    s3_url_done(&to);
    return st;
}

const struct agent_verb agent_s3_verbs[] = {
    {"s3.create_bucket", create_bucket},
    {"s3.delete_bucket", delete_bucket},
    {"s3.buckets", buckets},
    {"s3.region", bucket_region},
    {"s3.put", put},
    {"s3.put_text", put_text},
    {"s3.get", get},
    {"s3.get_text", get_text},
    {"s3.list", list},
    {"s3.delete", delete_object},
    {"s3.set_policy", set_policy},
    {"s3.public_access", public_access},
    {"s3.get_as_anyone", get_as_anyone},
    {"s3.put_as_anyone", put_as_anyone},
};
const size_t agent_s3_count = sizeof agent_s3_verbs / sizeof agent_s3_verbs[0];
