/* Copies of objects, and parts that are copied from one: read as the caller may, poured into the
 * sink as if the client had sent it. */
#include "cloud/s3d.h"

#include "http/target.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

/* "/bucket/key", percent-encoded, as the source is named. */
static bool copy_source(struct call *c, const char **bucket, const char **key)
{
    const char *source = http_header(c->http, "x-amz-copy-source");
    struct target t;
    const char *slash;

    source = arena_printf(&c->memory, "%s%s", *source == '/' ? "" : "/", source);
    if (!target_parse(&t, &c->memory, source) || !(slash = strchr(t.path + 1, '/')) || !slash[1]) {
        call_fail(c, 400, "InvalidArgument",
                  "Copy Source must mention the source bucket and key: "
                  "sourcebucket/sourcekey");
        return false;
    }
    *bucket = arena_strndup(&c->memory, t.path + 1, (size_t)(slash - t.path - 1));
    *key = slash + 1;
    return true;
}

/* Find and open it, if the caller may read it. */
static bool open_source(struct call *c, struct s3d_object *o)
{
    const char *bucket, *key, *policy = NULL;
    struct stmt *s;

    if (!copy_source(c, &bucket, &key))
        return false;
    cloud_lock(c->cloud);
    s = sql(c->cloud, "select (select value from bucket_settings where bucket = name"
                      " and setting = 'policy') from buckets where name = ?1");
    stmt_text(s, 1, bucket);
    if (!sql_row(c->cloud, s))
        call_fail(c, 404, "NoSuchBucket", "The specified bucket does not exist");
    else if (!stmt_is_null(s, 0))
        policy = sql_text(&c->memory, s, 0);
    stmt_reset(s);
    if (!call_failed(c) &&
        call_ask(c, "s3:GetObject", arena_printf(&c->memory, "arn:aws:s3:::%s/%s", bucket, key),
                 policy) &&
        !s3d_load_object(c, o, bucket, key))
        call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
    if (!call_failed(c) && !s3d_may_copy(c, o->etag, o->modified) && o->fd >= 0)
        close(o->fd);
    cloud_unlock(c->cloud);
    o->arn = arena_printf(&c->memory, "arn:aws:s3:::%s/%s", bucket, key);
    return !call_failed(c);
}

/* Through the sink, as if the client had sent it. */
static void pour(struct call *c, struct s3d_object *o, int64_t from, int64_t len)
{
    char buf[1 << 16];

    if (!o->file) {
        s3d_sink_take(c, slice_first(slice_from(o->content, (size_t)from), (size_t)len));
        return;
    }
    while (len > 0 && !call_failed(c)) {
        ssize_t n = pread(o->fd, buf, len < (int64_t)sizeof buf ? (size_t)len : sizeof buf, from);

        if (n <= 0) {
            call_fail(c, 500, "InternalError", "The source could not be read.");
            break;
        }
        s3d_sink_take(c, (struct slice){buf, (size_t)n});
        from += n;
        len -= n;
    }
}

static bool replaces(const struct call *c, const char *what)
{
    const char *directive = http_header(c->http, what);

    return directive && !strcasecmp(directive, "REPLACE");
}

static void copy_tag(void *ctx, const char *key, const char *value)
{
    struct str *out = ctx;

    str_puts(out, out->len ? "&" : "");
    str_put_url(out, slice_of(key), false);
    str_putc(out, '=');
    str_put_url(out, slice_of(value), false);
}

/* The source's tags, in the header's form; the source may be the object itself. */
static const char *tags_of(struct call *c, const char *arn)
{
    struct str text = STR_INIT;
    const char *kept;

    tags_each(c->cloud, arn, copy_tag, &text);
    kept = arena_strndup(&c->memory, text.ptr, text.len);
    str_done(&text);
    return kept;
}

static void copy_row(struct call *c)
{
    struct s3d_sink *sink = &c->internal->s3->sink;
    struct s3d_new_object o = {.etag = sink->etag, .size = sink->size};
    const char *tags = tags_of(c, c->internal->s3->source_arn);

    o.headers = (const char *)c->answer.ptr;
    if (sink->fd < 0)
        o.content = slice_str(&sink->memory);
    else
        o.file = s3d_sink_keep(c);
    if (call_failed(c))
        return;
    s3d_store(c, &o);
    if (replaces(c, "x-amz-tagging-directive"))
        s3d_put_header_tags(c);
    else
        s3d_put_tags_text(c, tags);
}

static void answer_copy(struct call *c, const char *root)
{
    struct str xml = STR_INIT;

    str_printf(&xml, XML_HEAD "<%s xmlns=\"" S3_XMLNS "\">", root);
    xml_put_time(&xml, "LastModified", cloud_now(c->cloud));
    str_printf(&xml, "<ETag>&quot;%s&quot;</ETag></%s>", c->internal->s3->sink.etag, root);
    s3d_reply_xml(c, &xml);
}

/* Copies of an object, and parts that are copied from one. */
void s3d_copy_object(struct call *c)
{
    bool replace = replaces(c, "x-amz-metadata-directive");
    const char *range = http_header(c->http, "x-amz-copy-source-range");
    bool part = http_query(c->http, "uploadId") != NULL;
    struct s3d_object o = {.fd = -1};
    int64_t from = 0, len;

    if (!open_source(c, &o))
        return;
    len = o.size;
    c->internal->s3->source_arn = o.arn;
    if (!part && !replace && !strcmp(o.arn, s3d_object_arn(c)))
        call_fail(c, 400, "InvalidRequest",
                  "This copy request is illegal because it is trying to copy an object to itself "
                  "without changing the object's metadata, storage class, website redirect "
                  "location or encryption attributes.");
    if (part && range && range_parse(range, o.size, &from, &len) != RANGE_OK)
        call_fail(c, 400, "InvalidRange", "The requested range is not satisfiable");
    c->internal->s3->sink.chunked = false;
    if (!call_failed(c))
        pour(c, &o, from, len);
    if (o.fd >= 0)
        close(o.fd);
    if (call_failed(c))
        return;
    c->internal->payload = SLICE("");
    digest_free(c->internal->s3->sink.sha256);
    c->internal->s3->sink.sha256 = NULL;
    s3d_sink_end(c);
    if (part) {
        s3d_upload_part(c);
        return;
    }
    str_puts(&c->answer, replace ? s3d_kept_headers(c) : o.headers);
    if (!call_failed(c) && s3d_transact(c, copy_row))
        answer_copy(c, "CopyObjectResult");
}
