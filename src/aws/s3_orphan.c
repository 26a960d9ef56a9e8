/*
 * What an answer that never came leaves: an upload that was begun and whose id
 * we do not know, or an object that is complete without our having heard so.
 *
 * Uploads carry no name of ours. One to the same key that was begun within
 * some minutes of when we asked is taken for ours; others are left alone.
 */
#include "aws/resource.h"
#include "aws/s3_internal.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW_MS = 10 * 60 * 1000 };

struct orphans {
    struct aws *client;
    const char *bucket, *key, *keep;
    int64_t asked_ms;
};

static void abort_one(const struct orphans *o, const char *id)
{
    struct str in = STR_INIT;
    struct json_out w;

    s3_begin(&w, &in, o->bucket, o->key);
    json_put_z(&w, "UploadId", id);
    json_close(&w);
    (void)!aws_call(o->client, "s3", "AbortMultipartUpload", slice_str(&in), NULL, NULL);
    str_done(&in);
}

static void judge(const struct orphans *o, const struct json *upload)
{
    const char *id = json_path(upload, "UploadId");
    int64_t begun_ms = 0, apart;

    clock_parse_iso(slice_of(json_path(upload, "Initiated")), &begun_ms);
    apart = begun_ms - o->asked_ms;
    if (!strcmp(json_path(upload, "Key"), o->key) && strcmp(id, o->keep ? o->keep : "") &&
        apart > -WINDOW_MS && apart < WINDOW_MS)
        abort_one(o, id);
}

void s3_abort_orphans(struct aws *c, const char *bucket, const char *key, const char *keep,
                      int64_t asked_ms)
{
    const struct orphans o = {c, bucket, key, keep, asked_ms};
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;

    s3_begin(&w, &in, bucket, NULL);
    json_put_z(&w, "Prefix", key);
    json_close(&w);
    if (!aws_call(c, "s3", "ListMultipartUploads", slice_str(&in), &answer, NULL))
        for (const struct json *i = json_first(json_get(answer, "Uploads")); i; i = json_next(i))
            judge(&o, i);
    json_free(answer);
    str_done(&in);
}

bool s3_is_there(struct aws *c, const char *bucket, const char *key, int64_t size,
                 const char *member, const char *sum)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    bool there;

    s3_begin(&w, &in, bucket, key);
    json_put_z(&w, "ChecksumMode", "ENABLED");
    json_close(&w);
    there = !aws_call(c, "s3", "HeadObject", slice_str(&in), &answer, NULL) &&
            json_number(json_get(answer, "ContentLength"), -1) == (double)size &&
            !strcmp(json_path(answer, member), sum);
    json_free(answer);
    str_done(&in);
    return there;
}
