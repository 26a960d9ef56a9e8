/* Objects, or ranges of them, into memory: what broke on the way is had again from its start. */
#include "aws/s3_internal.h"

#include "base/error.h"

#include <stdio.h>

struct keep {
    struct str *out;
    size_t start, max;
};

static void keep_restart(void *ctx)
{
    struct keep *k = ctx;

    str_cut(k->out, k->start);
}

static enum lk_status keep_bytes(void *ctx, const void *ptr, size_t n, struct lk_error *err)
{
    struct keep *k = ctx;

    if (k->out->len - k->start + n > k->max)
        return error_set(err, LK_ELIMIT, "the object is longer than %zu bytes", k->max);
    str_add(k->out, ptr, n);
    return LK_OK;
}

static enum lk_status get(struct str *out, struct aws *c, struct slice in, size_t max,
                          struct lk_error *err)
{
    struct keep k = {out, out->len, max};
    struct aws_io io = {.write = keep_bytes, .write_ctx = &k, .restart = keep_restart};

    return aws_call_io(c, "s3", "GetObject", in, &io, NULL, err);
}

enum lk_status s3_read(struct str *out, struct aws *c, const char *bucket, const char *key,
                       size_t max, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    s3_begin(&w, &in, bucket, key);
    json_close(&w);
    st = get(out, c, slice_str(&in), max, err);
    str_done(&in);
    return st;
}

void s3_put_range(struct json_out *w, int64_t start, int64_t length)
{
    char text[64];

    snprintf(text, sizeof text, "bytes=%lld-%lld", (long long)start,
             (long long)(start + length - 1));
    json_put_z(w, "Range", text);
}

enum lk_status s3_read_range(struct str *out, struct aws *c, const char *bucket, const char *key,
                             const char *etag, int64_t start, int64_t length, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    size_t before = out->len;
    enum lk_status st;

    s3_begin(&w, &in, bucket, key);
    if (*etag)
        json_put_z(&w, "IfMatch", etag);
    s3_put_range(&w, start, length);
    json_close(&w);
    st = get(out, c, slice_str(&in), (size_t)length, err);
    if (!st && out->len - before != (size_t)length)
        st = error_set(err, LK_ENETWORK, "S3 sent %zu of %lld bytes of %s", out->len - before,
                       (long long)length, key);
    str_done(&in);
    return st;
}
