/* Objects: put, got, deleted. */
#include "cloud/s3d.h"

#include "base/number.h"
#include "http/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { META_MAX = 2048 };

/* ---- headers that an object keeps ---------------------------------------------------- */

static bool is_kept(struct slice name)
{
    static const char *const kept[] = {"content-type",        "cache-control",
                                       "content-disposition", "content-encoding",
                                       "content-language",    "expires"};

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (strlen(kept[i]) == name.len && !strncasecmp(kept[i], name.ptr, name.len))
            return true;
    return name.len > 11 && !strncasecmp(name.ptr, "x-amz-meta-", 11);
}

/* "aws-chunked" is how the body came, not what it is. */
static struct slice without_chunked(struct slice value)
{
    if (slice_starts(value, "aws-chunked"))
        value = slice_from(value, 11);
    return slice_starts(value, ",") ? slice_trim(slice_from(value, 1)) : slice_trim(value);
}

static void put_lower(struct str *out, struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        str_putc(out,
                 (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] + 32 : name.ptr[i]));
}

const char *s3d_kept_headers(struct call *c)
{
    const struct call_internal *in = c->internal;
    struct str out = STR_INIT;
    size_t meta = 0;
    const char *kept;

    for (size_t i = 0; i < in->header_count; i++) {
        struct slice name = in->headers[i].name, value = in->headers[i].value;

        if (!is_kept(name))
            continue;
        if (!strncasecmp(name.ptr, "content-encoding", name.len))
            value = without_chunked(value);
        if (!value.len && strncasecmp(name.ptr, "x-amz-", 6))
            continue;
        if (!strncasecmp(name.ptr, "x-amz-", 6))
            meta += name.len - 11 + value.len;
        put_lower(&out, name);
        str_puts(&out, ": ");
        str_put(&out, value);
        str_putc(&out, '\n');
    }
    if (meta > META_MAX)
        call_fail(c, 400, "MetadataTooLarge",
                  "Your metadata headers exceed the maximum allowed metadata size");
    kept = arena_strndup(&c->memory, out.ptr, out.len);
    str_done(&out);
    return kept;
}

/* ---- storing ------------------------------------------------------------------------------ */

/* Remember the file of the row that is about to go; its tags go with it. Its ETag, or NULL. */
static const char *drop_row(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    struct stmt *s = sql(c->cloud, "select file, etag from objects where bucket = ?1 and key = ?2");
    const char *etag = NULL;

    stmt_text(s, 1, s3->bucket);
    stmt_text(s, 2, s3->key);
    if (sql_row(c->cloud, s)) {
        etag = sql_text(&c->memory, s, 1);
        s3d_drop(c, stmt_get_text(s, 0));
    }
    stmt_reset(s);
    if (etag)
        tags_remove(c->cloud, s3d_object_arn(c), NULL);
    return etag;
}

void s3d_store(struct call *c, const struct s3d_new_object *o)
{
    struct s3d_call *s3 = c->internal->s3;
    struct stmt *s;

    if (!s3d_may_write(c, drop_row(c)))
        return;
    s = sql(c->cloud, "insert or replace into objects (bucket, key, size, etag, modified, headers,"
                      " checksum, parts, file, content) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
                      " ?10)");
    stmt_text(s, 1, s3->bucket);
    stmt_text(s, 2, s3->key);
    stmt_int(s, 3, o->size);
    stmt_text(s, 4, o->etag);
    stmt_int(s, 5, cloud_now(c->cloud));
    stmt_text(s, 6, o->headers);
    stmt_text(s, 7, o->checksum);
    if (o->parts)
        stmt_int(s, 8, o->parts);
    else
        stmt_text(s, 8, NULL);
    stmt_text(s, 9, o->file);
    if (o->file)
        stmt_text(s, 10, NULL);
    else
        stmt_blob(s, 10, o->content);
    sql_run(c->cloud, s);
}

static void put_row(struct call *c)
{
    struct s3d_sink *sink = &c->internal->s3->sink;
    struct s3d_new_object o = {.etag = sink->etag, .size = sink->size};

    o.headers = s3d_kept_headers(c);
    if (sink->checksum)
        o.checksum =
            arena_printf(&c->memory, "%s %s", s3d_checksum_name(sink->checksum), sink->checked);
    if (sink->fd < 0)
        o.content = slice_str(&sink->memory);
    else
        o.file = s3d_sink_keep(c);
    if (call_failed(c))
        return;
    s3d_store(c, &o);
    s3d_put_header_tags(c);
}

static void add_checksum_header(struct call *c, const char *checksum)
{
    const char *space = strchr(checksum, ' ');

    if (space)
        http_add_header(
            c->http,
            arena_printf(&c->memory, "x-amz-checksum-%.*s", (int)(space - checksum), checksum),
            space + 1);
}

void s3d_put_object(struct call *c)
{
    struct s3d_sink *sink = &c->internal->s3->sink;

    if (!s3d_acl_allowed(c) || !s3d_transact(c, put_row))
        return;
    http_add_header(c->http, S3_ENCRYPTED);
    http_add_header(c->http, "ETag", arena_printf(&c->memory, "\"%s\"", sink->etag));
    if (sink->checksum)
        add_checksum_header(
            c, arena_printf(&c->memory, "%s %s", s3d_checksum_name(sink->checksum), sink->checked));
    s3d_reply_empty(c, 200);
}

/* ---- reading a row ------------------------------------------------------------------------- */

bool s3d_load_object(struct call *c, struct s3d_object *o, const char *bucket, const char *key)
{
    struct stmt *s = sql(c->cloud, "select size, etag, modified, headers, checksum, file, content"
                                   " from objects where bucket = ?1 and key = ?2");
    char *path;

    stmt_text(s, 1, bucket);
    stmt_text(s, 2, key);
    if (!sql_row(c->cloud, s))
        return false;
    *o = (struct s3d_object){stmt_get_int(s, 0),
                             stmt_get_int(s, 2),
                             sql_text(&c->memory, s, 1),
                             sql_text(&c->memory, s, 3),
                             sql_text(&c->memory, s, 4),
                             stmt_is_null(s, 5) ? NULL : sql_text(&c->memory, s, 5),
                             SLICE(""),
                             -1,
                             NULL};
    if (!o->file) {
        struct slice content = stmt_get_slice(s, 6);

        o->content =
            (struct slice){arena_strndup(&c->memory, content.ptr, content.len), content.len};
    } else {
        path = s3d_object_path(c->cloud, o->file);
        o->fd = open(path, O_RDONLY | O_CLOEXEC);
        free(path);
    }
    stmt_reset(s);
    return true;
}

/* Who may not list the bucket is not told what is not in it. Under the lock. */
static void no_such_key(struct call *c)
{
    const char *bucket = arena_printf(&c->memory, "arn:aws:s3:::%s", c->internal->s3->bucket);

    if (!call_ask(c, "s3:ListBucket", bucket, c->internal->s3->policy))
        return;
    xml_put(&c->internal->error_xml, "Key", c->internal->s3->key);
    call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
}

/* ---- getting -----------------------------------------------------------------------------------
 */

/* The kept headers, a query's response-... in place of its own; the type is returned. */
static const char *put_headers(struct call *c, const struct s3d_object *o)
{
    struct slice rest = slice_of(o->headers), line;
    const char *type = "binary/octet-stream";

    while (slice_line(&rest, &line)) {
        size_t n = slice_find(line, ':');
        const char *name = arena_strndup(&c->memory, line.ptr, n);
        struct slice v = slice_trim(slice_from(line, n + (n < line.len)));
        const char *value = arena_strndup(&c->memory, v.ptr, v.len);
        const char *instead = http_query(c->http, arena_printf(&c->memory, "response-%s", name));

        value = instead ? instead : value;
        if (!strcmp(name, "content-type"))
            type = value;
        else
            http_add_header(c->http, name, value);
    }
    return type;
}

static void answer_object(struct call *c, const struct s3d_object *o, int status, int64_t from,
                          int64_t len)
{
    char date[40];
    const char *type = put_headers(c, o);

    s3d_put_http_date(date, o->modified);
    http_add_header(c->http, "Last-Modified", date);
    http_add_header(c->http, "ETag", arena_printf(&c->memory, "\"%s\"", o->etag));
    http_add_header(c->http, "Accept-Ranges", "bytes");
    http_add_header(c->http, S3_ENCRYPTED);
    if (http_header(c->http, "x-amz-checksum-mode") && status == 200)
        add_checksum_header(c, o->checksum);
    if (status == 206)
        http_add_header(c->http, "Content-Range",
                        arena_printf(&c->memory, "bytes %lld-%lld/%lld", (long long)from,
                                     (long long)(from + len - 1), (long long)o->size));
    if (o->file)
        reply_s3_fd(c, status, type, o->fd, from, len);
    else
        reply_s3(c, status, type, slice_first(slice_from(o->content, (size_t)from), (size_t)len));
}

void s3d_get_object(struct call *c)
{
    const char *range = http_header(c->http, "range");
    struct s3d_object o;
    int64_t from = 0, len;
    enum range_kind kind;
    bool there;

    cloud_lock(c->cloud);
    there = s3d_load_object(c, &o, c->internal->s3->bucket, c->internal->s3->key);
    if (there)
        s3d_add_tag_count(c);
    else
        no_such_key(c);
    cloud_unlock(c->cloud);
    if (!there)
        return;
    if (o.file && o.fd < 0) {
        call_fail(c, 500, "InternalError", "The object's file is gone from the cloud's folder.");
        return;
    }
    len = o.size;
    kind = range ? range_parse(range, o.size, &from, &len) : RANGE_NONE;
    if (kind == RANGE_NONE)
        from = 0, len = o.size;
    if (s3d_may_get(c, o.etag, o.modified) && kind == RANGE_BAD) {
        str_printf(&c->internal->error_xml, "<ActualObjectSize>%lld</ActualObjectSize>",
                   (long long)o.size);
        call_fail(c, 416, "InvalidRange", "The requested range is not satisfiable");
    }
    if (!call_failed(c))
        answer_object(c, &o, kind == RANGE_OK ? 206 : 200, from, len);
    else if (o.fd >= 0)
        close(o.fd);
}

/* ---- its attributes ------------------------------------------------------------------------ */

static bool asks_for(const struct call *c, const char *attribute)
{
    struct slice rest = slice_of(http_header(c->http, "x-amz-object-attributes")), part;

    while (slice_split(&rest, ',', &part))
        if (slice_is(slice_trim(part), attribute))
            return true;
    return false;
}

/* "crc64nvme AbC=" as <ChecksumCRC64NVME>. */
static void put_checksum(struct call *c, struct str *xml, const char *checksum)
{
    const char *space = strchr(checksum, ' ');
    char *tag;

    if (!space)
        return;
    tag = arena_printf(&c->memory, "Checksum%.*s", (int)(space - checksum), checksum);
    for (char *p = tag + strlen("Checksum"); *p; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
    xml_open(xml, "Checksum");
    xml_put(xml, tag, space + 1);
    xml_close(xml, "Checksum");
}

void s3d_get_attributes(struct call *c)
{
    struct str xml = STR_INIT;
    struct s3d_object o = {.fd = -1};
    char date[40];

    cloud_lock(c->cloud);
    if (!s3d_load_object(c, &o, c->internal->s3->bucket, c->internal->s3->key))
        no_such_key(c);
    cloud_unlock(c->cloud);
    if (o.fd >= 0)
        close(o.fd);
    if (!http_header(c->http, "x-amz-object-attributes"))
        call_fail(c, 400, "InvalidArgument", "The x-amz-object-attributes header is missing.");
    if (call_failed(c) || !s3d_may_get(c, o.etag, o.modified))
        return;
    s3d_put_http_date(date, o.modified);
    http_add_header(c->http, "Last-Modified", date);
    str_puts(&xml, XML_HEAD "<GetObjectAttributesResponse xmlns=\"" S3_XMLNS "\">");
    if (asks_for(c, "ETag"))
        xml_put(&xml, "ETag", o.etag);
    if (asks_for(c, "Checksum"))
        put_checksum(c, &xml, o.checksum);
    if (asks_for(c, "StorageClass"))
        xml_put(&xml, "StorageClass", "STANDARD");
    if (asks_for(c, "ObjectSize"))
        xml_put_int(&xml, "ObjectSize", o.size);
    str_puts(&xml, "</GetObjectAttributesResponse>");
    s3d_reply_xml(c, &xml);
}

/* ---- deleting
 * ---------------------------------------------------------------------------------------- */

static void delete_row(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    const char *etag = drop_row(c);
    struct stmt *s;

    if (http_header(c->http, "if-match") && !s3d_may_write(c, etag))
        return;
    if (!etag)
        return; /* deleting what is not there is no error */
    s = sql(c->cloud, "delete from objects where bucket = ?1 and key = ?2");
    stmt_text(s, 1, s3->bucket);
    stmt_text(s, 2, s3->key);
    sql_run(c->cloud, s);
}

void s3d_delete_object(struct call *c)
{
    if (s3d_transact(c, delete_row))
        s3d_reply_empty(c, 204);
}

/* One of many: its own refusal does not touch the others. */
static void delete_one(struct call *c, struct str *xml, const char *key, bool quiet)
{
    struct s3d_call *s3 = c->internal->s3;
    const char *resource = arena_printf(&c->memory, "arn:aws:s3:::%s/%s", s3->bucket, key);
    bool good;

    cloud_lock(c->cloud);
    good = call_ask(c, "s3:DeleteObject", resource, s3->policy);
    cloud_unlock(c->cloud);
    s3->key = key;
    for (; s3->dropped; s3->dropped--)
        free(s3->drop[s3->dropped - 1]);
    if (good)
        good = s3d_transact(c, delete_row);
    if (!good || !quiet) {
        xml_open(xml, good ? "Deleted" : "Error");
        xml_put(xml, "Key", key);
        if (!good) {
            xml_put(xml, "Code", c->code);
            xml_put(xml, "Message", c->message);
        }
        xml_close(xml, good ? "Deleted" : "Error");
    }
    c->status = 0; /* the call as a whole goes on */
    c->code = c->message = NULL;
}

void s3d_delete_objects(struct call *c)
{
    struct str xml = STR_INIT;
    struct xml *x;
    bool quiet;
    size_t n = 0;

    if (!s3d_document(c, &x, "Delete"))
        return;
    for (const struct xml *o = x->first; o; o = o->next)
        n += !strcmp(o->name, "Object");
    if (!n || n > S3_KEYS_A_PAGE) {
        call_fail(c, 400, "MalformedXML", "Between 1 and 1000 keys can be deleted at once.");
        return;
    }
    quiet = !strcmp(xml_text(x, "Quiet"), "true");
    str_puts(&xml, XML_HEAD "<DeleteResult xmlns=\"" S3_XMLNS "\">");
    for (const struct xml *o = x->first; o; o = o->next)
        if (!strcmp(o->name, "Object"))
            delete_one(c, &xml, xml_text(o, "Key"), quiet);
    str_puts(&xml, "</DeleteResult>");
    s3d_reply_xml(c, &xml);
}
