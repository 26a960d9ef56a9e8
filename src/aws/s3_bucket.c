/*
 * Buckets, lists, copies, deletions. Lists are asked for in URL encoding,
 * since keys may hold characters that XML cannot.
 */
#include "aws/s3_internal.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { DELETE_MAX = 1000 };
static const int64_t copy_max = (int64_t)5 << 30, copy_part = (int64_t)512 << 20;

/* ---- lists ----------------------------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Form encoding, undone: S3 writes a blank as '+'. */
static const char *decode(struct str *out, const char *text, bool encoded)
{
    str_clear(out);
    for (; *text; text++) {
        if (encoded && *text == '+') {
            str_putc(out, ' ');
        } else if (encoded && *text == '%' && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0) {
            str_putc(out, (char)(hex_value(text[1]) << 4 | hex_value(text[2])));
            text += 2;
        } else {
            str_putc(out, *text);
        }
    }
    return out->ptr;
}

static const char *bare_etag(struct str *out, const char *etag)
{
    struct slice s = slice_of(etag);

    if (s.len >= 2 && s.ptr[0] == '"')
        s = (struct slice){s.ptr + 1, s.len - 2};
    str_clear(out);
    str_put(out, s);
    return out->ptr;
}

/* One page's entries; false when fn has had enough. */
static bool give_page(const struct json *page, s3_object_fn *fn, void *ctx)
{
    bool encoded = !strcmp(json_string(json_get(page, "EncodingType"), ""), "url"), more = true;
    struct str key = STR_INIT, etag = STR_INIT;

    for (const struct json *i = json_first(json_get(page, "CommonPrefixes")); i && more;
         i = json_next(i)) {
        struct s3_object o = {.is_prefix = true, .etag = ""};

        o.key = decode(&key, json_string(json_get(i, "Prefix"), ""), encoded);
        more = fn(ctx, &o);
    }
    for (const struct json *i = json_first(json_get(page, "Contents")); i && more;
         i = json_next(i)) {
        struct s3_object o = {.size = (int64_t)json_number(json_get(i, "Size"), 0)};

        o.key = decode(&key, json_string(json_get(i, "Key"), ""), encoded);
        o.etag = bare_etag(&etag, json_string(json_get(i, "ETag"), ""));
        clock_parse_iso(slice_of(json_string(json_get(i, "LastModified"), "")), &o.modified_ms);
        more = fn(ctx, &o);
    }
    str_done(&key);
    str_done(&etag);
    return more;
}

enum lk_status s3_list(struct aws *c, const char *bucket, const char *prefix, const char *delimiter,
                       s3_object_fn *fn, void *ctx, struct lk_error *err)
{
    struct str in = STR_INIT, token = STR_INIT;
    enum lk_status st = LK_OK;
    bool more = true;

    while (!st && more) {
        struct json *page = NULL;
        struct json_out w;

        str_clear(&in);
        s3_begin(&w, &in, bucket, NULL);
        json_put_z(&w, "EncodingType", "url");
        if (*prefix)
            json_put_z(&w, "Prefix", prefix);
        if (*delimiter)
            json_put_z(&w, "Delimiter", delimiter);
        if (token.len)
            json_put_string(&w, "ContinuationToken", slice_str(&token));
        json_close(&w);
        st = aws_call(c, "s3", "ListObjectsV2", slice_str(&in), &page, err);
        str_clear(&token);
        str_puts(&token, json_string(json_get(page, "NextContinuationToken"), ""));
        more = !st && give_page(page, fn, ctx) && token.len;
        json_free(page);
    }
    str_done(&in);
    str_done(&token);
    return st;
}

/* ---- deletions ---------------------------------------------------------------------------- */

enum lk_status s3_remove(struct aws *c, const char *bucket, const char *key, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    s3_begin(&w, &in, bucket, key);
    json_close(&w);
    st = aws_call(c, "s3", "DeleteObject", slice_str(&in), NULL, err);
    str_done(&in);
    return st;
}

static enum lk_status check_deleted(const struct json *answer, struct lk_error *err)
{
    const struct json *first = json_first(json_get(answer, "Errors"));

    if (!first)
        return LK_OK;
    return error_set(
        err, LK_ESERVICE, "S3 DeleteObjects: %zu objects stay; %s: %s: %s",
        json_count(json_get(answer, "Errors")), json_string(json_get(first, "Key"), ""),
        json_string(json_get(first, "Code"), ""), json_string(json_get(first, "Message"), ""));
}

static enum lk_status remove_some(struct aws *c, const char *bucket, char *const *keys, size_t n,
                                  struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    s3_begin(&w, &in, bucket, NULL);
    json_open(&w, "Delete", '{');
    json_open(&w, "Objects", '[');
    for (size_t i = 0; i < n; i++) {
        json_open(&w, NULL, '{');
        json_put_z(&w, "Key", keys[i]);
        json_close(&w);
    }
    json_close(&w);
    json_put_bool(&w, "Quiet", true);
    json_close(&w);
    json_close(&w);
    st = aws_call(c, "s3", "DeleteObjects", slice_str(&in), &answer, err);
    if (!st)
        st = check_deleted(answer, err);
    json_free(answer);
    str_done(&in);
    return st;
}

enum lk_status s3_remove_keys(struct aws *c, const char *bucket, char *const *keys, size_t n,
                              struct lk_error *err)
{
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < n && !st; i += DELETE_MAX)
        st = remove_some(c, bucket, keys + i, n - i < DELETE_MAX ? n - i : DELETE_MAX, err);
    return st;
}

struct keys {
    char **key;
    size_t n, cap;
};

static bool gather(void *ctx, const struct s3_object *o)
{
    struct keys *k = ctx;

    MEM_GROW(k->key, k->n, k->cap);
    k->key[k->n++] = mem_strdup(o->key);
    return k->n < DELETE_MAX;
}

/* List a thousand, delete them, and again until nothing is left: constant memory. */
enum lk_status s3_remove_prefix(struct aws *c, const char *bucket, const char *prefix,
                                size_t *count, struct lk_error *err)
{
    enum lk_status st = LK_OK;
    size_t total = 0, n;

    do {
        struct keys k = {0};

        st = s3_list(c, bucket, prefix, "", gather, &k, err);
        if (!st && k.n)
            st = remove_some(c, bucket, k.key, k.n, err);
        n = k.n;
        total += st ? 0 : n;
        for (size_t i = 0; i < k.n; i++)
            free(k.key[i]);
        free(k.key);
    } while (!st && n == DELETE_MAX);
    if (count)
        *count = total;
    return st;
}

/* ---- buckets ----------------------------------------------------------------------------------
 */

/* Other servers that speak S3 lack some of it; what they lack cannot be in the way. */
static enum lk_status unless_lacking(enum lk_status st, struct lk_error *err)
{
    if (!st || strcmp(err->code, "NotImplemented"))
        return st;
    error_clear(err);
    return LK_OK;
}

enum lk_status s3_close_bucket(struct aws *c, const char *bucket, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct lk_error mine = {0};
    struct json_out w;
    enum lk_status st;

    s3_begin(&w, &in, bucket, NULL);
    json_open(&w, "PublicAccessBlockConfiguration", '{');
    json_put_bool(&w, "BlockPublicAcls", true);
    json_put_bool(&w, "IgnorePublicAcls", true);
    json_put_bool(&w, "BlockPublicPolicy", true);
    json_put_bool(&w, "RestrictPublicBuckets", true);
    json_close(&w);
    json_close(&w);
    st = unless_lacking(aws_call(c, "s3", "PutPublicAccessBlock", slice_str(&in), NULL, &mine),
                        &mine);
    if (st && err)
        *err = mine;
    str_done(&in);
    return st;
}

enum lk_status s3_make_bucket(struct aws *c, const char *bucket, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct lk_error mine = {0};
    struct json_out w;
    enum lk_status st = s3_check_bucket_name(bucket, err);

    if (st)
        return st;
    s3_begin(&w, &in, bucket, NULL);
    if (strcmp(aws_region(c), "us-east-1")) {
        json_open(&w, "CreateBucketConfiguration", '{');
        json_put_z(&w, "LocationConstraint", aws_region(c));
        json_close(&w);
    }
    json_close(&w);
    st = aws_call(c, "s3", "CreateBucket", slice_str(&in), NULL, &mine);
    str_done(&in);
    if (st && !strcmp(mine.code, "BucketAlreadyOwnedByYou"))
        return LK_OK;
    if (st) {
        if (err)
            *err = mine;
        return st;
    }
    /* New buckets are closed by default since 2023; this says so for all to see. */
    return s3_close_bucket(c, bucket, err);
}

static enum lk_status abort_uploads(struct aws *c, const char *bucket, struct lk_error *err)
{
    struct str in = STR_INIT, one = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    s3_begin(&w, &in, bucket, NULL);
    json_close(&w);
    st = aws_call(c, "s3", "ListMultipartUploads", slice_str(&in), &answer, err);
    for (const struct json *i = json_first(json_get(answer, "Uploads")); i && !st;
         i = json_next(i)) {
        str_clear(&one);
        s3_begin(&w, &one, bucket, json_string(json_get(i, "Key"), ""));
        json_put_z(&w, "UploadId", json_string(json_get(i, "UploadId"), ""));
        json_close(&w);
        st = aws_call(c, "s3", "AbortMultipartUpload", slice_str(&one), NULL, err);
    }
    json_free(answer);
    str_done(&in);
    str_done(&one);
    return st;
}

enum lk_status s3_remove_bucket(struct aws *c, const char *bucket, bool force, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct lk_error mine = {0};
    struct json_out w;
    enum lk_status st = LK_OK;

    if (force)
        st = s3_remove_prefix(c, bucket, "", NULL, err);
    if (force && !st)
        st = unless_lacking(abort_uploads(c, bucket, &mine), &mine);
    if (st && mine.status && err)
        *err = mine;
    s3_begin(&w, &in, bucket, NULL);
    json_close(&w);
    if (!st)
        st = aws_call(c, "s3", "DeleteBucket", slice_str(&in), NULL, err);
    str_done(&in);
    return st;
}

/* ---- copies
 * -------------------------------------------------------------------------------------- */

struct copy {
    struct aws *client;
    const char *bucket, *key, *source; /* source: "bucket/key", encoded */
    char *id;
    int64_t size;
    size_t parts;
    char **etag;
    struct s3_team team;
};

static void copy_task(void *ctx, size_t i, int worker)
{
    struct copy *k = ctx;
    struct lk_error err = {0};
    struct str in = STR_INIT, range = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    int64_t start = (int64_t)i * copy_part;
    int64_t end = k->size - start < copy_part ? k->size : start + copy_part;
    enum lk_status st;

    if (!s3_team_is_ok(&k->team))
        return;
    str_printf(&range, "bytes=%lld-%lld", (long long)start, (long long)end - 1);
    s3_begin(&w, &in, k->bucket, k->key);
    json_put_z(&w, "UploadId", k->id);
    json_put_int(&w, "PartNumber", (int64_t)i + 1);
    json_put_z(&w, "CopySource", k->source);
    json_put_string(&w, "CopySourceRange", slice_str(&range));
    json_close(&w);
    st = aws_call(k->client, "s3", "UploadPartCopy", slice_str(&in), &answer, &err);
    if (st)
        s3_team_failed(&k->team, st, &err);
    else
        k->etag[i] =
            mem_strdup(json_string(json_get(json_get(answer, "CopyPartResult"), "ETag"), ""));
    s3_team_moved(&k->team, st ? 0 : end - start);
    json_free(answer);
    str_done(&in);
    str_done(&range);
}

static void put_copied(struct str *in, const struct copy *k)
{
    struct json_out w;

    s3_begin(&w, in, k->bucket, k->key);
    json_put_z(&w, "UploadId", k->id);
    json_open(&w, "MultipartUpload", '{');
    json_open(&w, "Parts", '[');
    for (size_t i = 0; i < k->parts; i++) {
        json_open(&w, NULL, '{');
        json_put_z(&w, "ETag", k->etag[i]);
        json_put_int(&w, "PartNumber", (int64_t)i + 1);
        json_close(&w);
    }
    json_close(&w);
    json_close(&w);
    json_close(&w);
}

static enum lk_status copy_parts(struct copy *k, int threads, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    struct pool *pool;
    enum lk_status st;

    s3_begin(&w, &in, k->bucket, k->key);
    json_close(&w);
    st = aws_call(k->client, "s3", "CreateMultipartUpload", slice_str(&in), &answer, err);
    k->id = mem_strdup(json_string(json_get(answer, "UploadId"), ""));
    k->parts = (size_t)((k->size + copy_part - 1) / copy_part);
    k->etag = mem_calloc(k->parts, sizeof *k->etag);
    if (!st) {
        pool = pool_new(threads);
        pool_run(pool, k->parts, copy_task, k);
        pool_free(pool);
        if ((st = k->team.st) && err)
            *err = k->team.err;
        str_clear(&in);
        if (!st)
            put_copied(&in, k);
        if (!st)
            st = aws_call(k->client, "s3", "CompleteMultipartUpload", slice_str(&in), NULL, err);
    }
    for (size_t i = 0; i < k->parts; i++)
        free(k->etag[i]);
    free(k->etag);
    free(k->id);
    json_free(answer);
    str_done(&in);
    return st;
}

enum lk_status s3_copy(struct aws *c, const char *from_bucket, const char *from_key,
                       const char *bucket, const char *key, const struct s3_options *o,
                       struct lk_error *err)
{
    struct s3_options all = s3_defaults(o);
    struct copy k = {.client = c, .bucket = bucket, .key = key};
    struct str source = STR_INIT, in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    s3_team_init(&k.team, &all);
    s3_begin(&w, &in, from_bucket, from_key);
    json_close(&w);
    st = aws_call(c, "s3", "HeadObject", slice_str(&in), &answer, err);
    k.size = (int64_t)json_number(json_get(answer, "ContentLength"), 0);
    str_printf(&source, "%s/", from_bucket);
    str_put_url(&source, slice_of(from_key), true);
    k.source = source.ptr;
    if (!st && k.size > copy_max) {
        st = copy_parts(&k, all.threads, err);
    } else if (!st) {
        str_clear(&in);
        s3_begin(&w, &in, bucket, key);
        json_put_z(&w, "CopySource", source.ptr);
        json_close(&w);
        st = aws_call(c, "s3", "CopyObject", slice_str(&in), NULL, err);
        s3_team_moved(&k.team, st ? 0 : k.size);
    }
    s3_team_done(&k.team);
    json_free(answer);
    str_done(&source);
    str_done(&in);
    return st;
}
