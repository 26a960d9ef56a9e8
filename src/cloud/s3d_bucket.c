/* Buckets: made, listed, found, taken away; and their settings, kept as they were given. */
#include "cloud/s3d.h"

#include "base/number.h"

#include <ctype.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------- */

static bool is_good_name(const char *name)
{
    size_t n = strlen(name), dots = 0, digits = 0;

    if (n < 3 || n > 63 || !isalnum((unsigned char)name[0]) || !isalnum((unsigned char)name[n - 1]))
        return false;
    for (const char *p = name; *p; p++) {
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-' && *p != '.')
            return false;
        if (p[0] == '.' && p[1] == '.')
            return false;
        dots += *p == '.';
        digits += isdigit((unsigned char)*p) != 0;
    }
    return !(dots == 3 && digits + dots == n) && strncmp(name, "xn--", 4);
}

/* ---- making -------------------------------------------------------------------------- */

/* The region asked for; us-east-1 is asked for by saying nothing. */
static const char *wanted_region(struct call *c)
{
    struct xml *x;
    const char *region;

    if (!c->internal->s3->sink.memory.len)
        return "us-east-1";
    if (!s3d_document(c, &x, "CreateBucketConfiguration"))
        return NULL;
    region = xml_text(x, "LocationConstraint");
    return *region ? region : "us-east-1";
}

static void insert_bucket(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    struct stmt *s = sql(c->cloud, "select region from buckets where name = ?1");

    stmt_text(s, 1, s3->bucket);
    if (sql_row(c->cloud, s)) {
        /* us-east-1 alone lets its owner make a bucket twice. */
        if (strcmp(stmt_get_text(s, 0), "us-east-1") || strcmp(c->region, "us-east-1"))
            call_fail(c, 409, "BucketAlreadyOwnedByYou",
                      "Your previous request to create the named bucket succeeded and you already "
                      "own it.");
        return;
    }
    s = sql(c->cloud, "insert into buckets values (?1, ?2, ?3)");
    stmt_text(s, 1, s3->bucket);
    stmt_text(s, 2, c->region);
    stmt_int(s, 3, cloud_now(c->cloud));
    sql_run(c->cloud, s);
    s = sql(c->cloud, "insert into bucket_settings values (?1, 'publicAccessBlock',"
                      " '<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true"
                      "</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>"
                      "<RestrictPublicBuckets>true</RestrictPublicBuckets>')");
    stmt_text(s, 1, s3->bucket);
    sql_run(c->cloud, s);
    s3d_store_ownership(c);
}

void s3d_create_bucket(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    const char *region;

    if (!is_good_name(s3->bucket)) {
        call_fail(c, 400, "InvalidBucketName", "The specified bucket is not valid.");
        return;
    }
    region = wanted_region(c);
    if (call_failed(c))
        return;
    if (strcmp(region, c->region)) {
        call_fail(c, 400, "IllegalLocationConstraintException",
                  "The %s location constraint is incompatible for the region specific endpoint "
                  "this request was sent to.",
                  s3->sink.memory.len ? region : "unspecified");
        return;
    }
    if (!s3d_acl_allowed(c) || !s3d_ownership_named(c))
        return;
    if (s3d_transact(c, insert_bucket)) {
        http_add_header(c->http, "Location", arena_printf(&c->memory, "/%s", s3->bucket));
        s3d_reply_empty(c, 200);
    }
}

/* ---- seeing ----------------------------------------------------------------------------- */

struct buckets_page {
    const char *after, *region, *prefix;
    int64_t most;
    bool paged; /* by pages or by region: then each bucket names its own */
};

static bool want_page(struct call *c, struct buckets_page *page)
{
    const char *max = http_query(c->http, "max-buckets");

    *page =
        (struct buckets_page){.after = call_page_key(c, http_query(c->http, "continuation-token")),
                              .region = http_query(c->http, "bucket-region"),
                              .prefix = http_query(c->http, "prefix"),
                              .most = S3_BUCKETS_A_PAGE};
    page->paged = max || page->region || page->prefix;
    if (max && !number_parse_int(slice_of(max), 1, S3_BUCKETS_A_PAGE, &page->most))
        call_fail(c, 400, "InvalidArgument", "max-buckets must be between 1 and %d",
                  S3_BUCKETS_A_PAGE);
    return !call_failed(c);
}

/* The last bucket's name when there are more; under the lock. */
static const char *put_buckets(struct call *c, struct str *xml, const struct buckets_page *page)
{
    struct stmt *s = sql(c->cloud, "select name, created, region from buckets where name > ?1"
                                   " and (?2 is null or region = ?2)"
                                   " and substr(name, 1, length(?3)) = ?3 order by name");
    const char *last = "";

    stmt_text(s, 1, page->after);
    stmt_text(s, 2, page->region);
    stmt_text(s, 3, page->prefix ? page->prefix : "");
    for (int64_t n = 0; sql_row(c->cloud, s); n++) {
        if (n == page->most) {
            stmt_reset(s);
            return last;
        }
        last = sql_text(&c->memory, s, 0);
        xml_open(xml, "Bucket");
        xml_put(xml, "Name", last);
        xml_put_time(xml, "CreationDate", stmt_get_int(s, 1));
        if (page->paged)
            xml_put(xml, "BucketRegion", stmt_get_text(s, 2));
        xml_close(xml, "Bucket");
    }
    return NULL;
}

void s3d_list_buckets(struct call *c)
{
    struct str xml = STR_INIT;
    struct buckets_page page;
    const char *last;

    if (!want_page(c, &page))
        return;
    str_puts(&xml, XML_HEAD "<ListAllMyBucketsResult xmlns=\"" S3_XMLNS "\"><Owner>");
    xml_put(&xml, "ID", c->who.account);
    xml_put(&xml, "DisplayName", "learner");
    str_puts(&xml, "</Owner><Buckets>");
    cloud_lock(c->cloud);
    last = put_buckets(c, &xml, &page);
    cloud_unlock(c->cloud);
    xml_close(&xml, "Buckets");
    if (last)
        xml_put(&xml, "ContinuationToken", call_page_token(c, last));
    if (page.prefix)
        xml_put(&xml, "Prefix", page.prefix);
    str_puts(&xml, "</ListAllMyBucketsResult>");
    s3d_reply_xml(c, &xml);
}

void s3d_head_bucket(struct call *c)
{
    http_add_header(c->http, "x-amz-bucket-region", c->internal->s3->region);
    s3d_reply_empty(c, 200);
}

void s3d_get_location(struct call *c)
{
    struct str xml = STR_INIT;
    const char *region = c->internal->s3->region;

    str_puts(&xml, XML_HEAD "<LocationConstraint xmlns=\"" S3_XMLNS "\">");
    if (strcmp(region, "us-east-1"))
        str_puts(&xml, region);
    str_puts(&xml, "</LocationConstraint>");
    s3d_reply_xml(c, &xml);
}

/* ---- taking away ---------------------------------------------------------------------------- */

static void delete_bucket(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    struct stmt *s = sql(c->cloud, "select 1 from objects where bucket = ?1 limit 1");

    stmt_text(s, 1, s3->bucket);
    if (sql_row(c->cloud, s)) {
        call_fail(c, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
        return;
    }
    s = sql(c->cloud, "delete from bucket_settings where bucket = ?1");
    stmt_text(s, 1, s3->bucket);
    sql_run(c->cloud, s);
    s = sql(c->cloud,
            "delete from parts where upload in (select id from uploads where bucket = ?1)");
    stmt_text(s, 1, s3->bucket);
    sql_run(c->cloud, s);
    s = sql(c->cloud, "delete from uploads where bucket = ?1");
    stmt_text(s, 1, s3->bucket);
    sql_run(c->cloud, s);
    s = sql(c->cloud, "delete from buckets where name = ?1");
    stmt_text(s, 1, s3->bucket);
    sql_run(c->cloud, s);
}

void s3d_delete_bucket(struct call *c)
{
    if (s3d_transact(c, delete_bucket))
        s3d_reply_empty(c, 204);
}
