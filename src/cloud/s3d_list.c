/*
 * Listing: one walk over the keys in order serves both versions. A key that
 * holds the delimiter behind the prefix stands for all keys up to there; the
 * walk then goes on behind them, so that a folder of a million objects costs
 * one step.
 */
#include "cloud/s3d.h"

#include "base/number.h"

#include <stdlib.h>
#include <string.h>

struct listing {
    struct slice prefix, delimiter;
    struct str from; /* keys at or (when `after`) behind this */
    bool after;
    int64_t left; /* how many more may be listed */
    bool url;     /* keys are percent-encoded */
    bool owner;
    bool versions; /* each object as its one version */
    struct str xml, commons, last;
    bool cut;
    int64_t count;
};

static void put_name(struct listing *l, struct str *out, const char *tag, struct slice name)
{
    struct str encoded = STR_INIT;

    if (l->url) {
        str_put_url(&encoded, name, true);
        name = slice_str(&encoded);
    }
    xml_put_slice(out, tag, name);
    str_done(&encoded);
}

static void put_object(struct call *c, struct listing *l, struct stmt *s, struct slice key)
{
    const char *tag = l->versions ? "Version" : "Contents";

    xml_open(&l->xml, tag);
    put_name(l, &l->xml, "Key", key);
    if (l->versions)
        str_puts(&l->xml, "<VersionId>null</VersionId><IsLatest>true</IsLatest>");
    xml_put_time(&l->xml, "LastModified", stmt_get_int(s, 3));
    str_printf(&l->xml, "<ETag>&quot;%s&quot;</ETag>", stmt_get_text(s, 2));
    xml_put_int(&l->xml, "Size", stmt_get_int(s, 1));
    if (l->owner) {
        str_puts(&l->xml, "<Owner>");
        xml_put(&l->xml, "ID", c->cloud->account);
        str_puts(&l->xml, "</Owner>");
    }
    xml_put(&l->xml, "StorageClass", "STANDARD");
    xml_close(&l->xml, tag);
}

/* Go on behind every key that starts with `common`: its last byte and one. */
static void skip_common(struct listing *l, struct slice common)
{
    str_clear(&l->from);
    str_put(&l->from, common);
    l->from.ptr[l->from.len - 1] = (char)((unsigned char)common.ptr[common.len - 1] + 1);
    l->after = false;
}

/* One key or common prefix; false when the page is full. */
static bool take_key(struct call *c, struct listing *l, struct stmt *s)
{
    struct slice key = stmt_get_slice(s, 0), rest = slice_from(key, l->prefix.len), common = key;
    const char *hit =
        l->delimiter.len ? memmem(rest.ptr, rest.len, l->delimiter.ptr, l->delimiter.len) : NULL;

    if (!l->left) {
        l->cut = true;
        return false;
    }
    l->left--;
    l->count++;
    str_clear(&l->last);
    if (hit) {
        common.len = (size_t)(hit - key.ptr) + l->delimiter.len;
        str_put(&l->last, common);
        xml_open(&l->commons, "CommonPrefixes");
        put_name(l, &l->commons, "Prefix", common);
        xml_close(&l->commons, "CommonPrefixes");
        skip_common(l, common);
    } else {
        put_object(c, l, s, key);
        str_put(&l->last, key);
        str_clear(&l->from);
        str_put(&l->from, key);
        l->after = true;
    }
    return !hit; /* behind a common prefix the walk starts anew */
}

static void walk(struct call *c, struct listing *l)
{
    int64_t before = -1;

    while (!l->cut && l->count != before) {
        struct stmt *s = sql(c->cloud, "select key, size, etag, modified from objects where"
                                       " bucket = ?1 and key >= ?2 and (key > ?2 or ?3 = 0)"
                                       " order by key");

        before = l->count;
        stmt_text(s, 1, c->internal->s3->bucket);
        stmt_slice(s, 2, slice_str(&l->from));
        stmt_int(s, 3, l->after);
        while (sql_row(c->cloud, s)) {
            struct slice key = stmt_get_slice(s, 0);

            if (key.len < l->prefix.len || memcmp(key.ptr, l->prefix.ptr, l->prefix.len)) {
                stmt_reset(s);
                return;
            }
            if (!take_key(c, l, s))
                break;
        }
        stmt_reset(s);
    }
}

/* Where the walk starts: at the prefix, or behind the marker if that is further on. */
static void begin_walk(struct listing *l, struct slice marker)
{
    struct slice p = l->prefix;
    size_t n = marker.len < p.len ? marker.len : p.len;
    int order = n ? memcmp(marker.ptr, p.ptr, n) : 0;
    const char *hit;

    str_put(&l->from, p);
    if (!marker.len || order < 0 || (!order && marker.len < p.len))
        return;
    str_clear(&l->from);
    str_put(&l->from, marker);
    l->after = true;
    /* A marker that is a common prefix stands for all that it covers. */
    hit = l->delimiter.len && marker.len > p.len
              ? memmem(marker.ptr + p.len, marker.len - p.len, l->delimiter.ptr, l->delimiter.len)
              : NULL;
    if (hit && hit + l->delimiter.len == marker.ptr + marker.len)
        skip_common(l, marker);
}

static void run_listing(struct call *c, struct listing *l, const char *marker)
{
    const char *most = http_query(c->http, "max-keys"),
               *type = http_query(c->http, "encoding-type");
    int64_t max = S3_KEYS_A_PAGE;

    l->prefix = slice_of(http_query(c->http, "prefix"));
    l->delimiter = slice_of(http_query(c->http, "delimiter"));
    l->url = type && !strcmp(type, "url");
    if (most && !number_parse_int(slice_of(most), 0, INT32_MAX, &max))
        call_fail(c, 400, "InvalidArgument",
                  "Argument max-keys must be an integer between 0 and "
                  "2147483647");
    l->left = max < S3_KEYS_A_PAGE ? max : S3_KEYS_A_PAGE;
    str_init(&l->xml);
    str_init(&l->commons);
    str_init(&l->last);
    str_init(&l->from);
    begin_walk(l, slice_of(marker));
    if (call_failed(c) || !l->left)
        return;
    cloud_lock(c->cloud);
    walk(c, l);
    cloud_unlock(c->cloud);
}

static const char *root_of(const struct listing *l)
{
    return l->versions ? "ListVersionsResult" : "ListBucketResult";
}

static void put_head(struct call *c, struct str *out, struct listing *l)
{
    str_printf(out, XML_HEAD "<%s xmlns=\"" S3_XMLNS "\">", root_of(l));
    xml_put(out, "Name", c->internal->s3->bucket);
    put_name(l, out, "Prefix", l->prefix);
    if (l->delimiter.len)
        put_name(l, out, "Delimiter", l->delimiter);
    xml_put_int(out, "MaxKeys", l->left + l->count);
    if (l->url)
        xml_put(out, "EncodingType", "url");
    xml_put_bool(out, "IsTruncated", l->cut);
}

static void finish_listing(struct call *c, struct str *out, struct listing *l)
{
    str_put(out, slice_str(&l->xml));
    str_put(out, slice_str(&l->commons));
    xml_close(out, root_of(l));
    if (call_failed(c))
        str_done(out);
    else
        s3d_reply_xml(c, out);
    str_done(&l->xml);
    str_done(&l->commons);
    str_done(&l->last);
    str_done(&l->from);
}

void s3d_list(struct call *c)
{
    const char *marker = http_query(c->http, "marker");
    struct listing l = {.owner = true};
    struct str out = STR_INIT;

    run_listing(c, &l, marker);
    put_head(c, &out, &l);
    put_name(&l, &out, "Marker", slice_of(marker));
    if (l.cut && l.delimiter.len)
        put_name(&l, &out, "NextMarker", slice_str(&l.last));
    finish_listing(c, &out, &l);
}

/* Of a bucket that keeps none but the newest. */
void s3d_list_versions(struct call *c)
{
    const char *marker = http_query(c->http, "key-marker");
    struct listing l = {.owner = true, .versions = true};
    struct str out = STR_INIT;

    run_listing(c, &l, marker);
    put_head(c, &out, &l);
    put_name(&l, &out, "KeyMarker", slice_of(marker));
    xml_put(&out, "VersionIdMarker", "");
    if (l.cut) {
        put_name(&l, &out, "NextKeyMarker", slice_str(&l.last));
        xml_put(&out, "NextVersionIdMarker", "null");
    }
    finish_listing(c, &out, &l);
}

void s3d_list_v2(struct call *c)
{
    const char *token = http_query(c->http, "continuation-token");
    const char *after = http_query(c->http, "start-after");
    const char *owner = http_query(c->http, "fetch-owner");
    const char *from = token ? call_page_key(c, token) : after;
    struct listing l = {.owner = owner && !strcmp(owner, "true")};
    struct str out = STR_INIT;

    if (call_failed(c)) {
        c->code = "InvalidArgument";
        c->message = "The continuation token provided is incorrect";
        return;
    }
    run_listing(c, &l, from);
    put_head(c, &out, &l);
    xml_put_int(&out, "KeyCount", l.count);
    if (token)
        xml_put(&out, "ContinuationToken", token);
    if (after)
        put_name(&l, &out, "StartAfter", slice_of(after));
    if (l.cut)
        xml_put(&out, "NextContinuationToken", call_page_token(c, l.last.ptr));
    finish_listing(c, &out, &l);
}
