/*
 * Amazon S3: which bucket, which key, which operation, and may they.
 *
 * Path style (/bucket/key) and virtual-host style (bucket.localhost) are one.
 * Operations are told apart by method, level, a word of the query and a
 * header, in one table. A bucket of another region answers as S3 does: it says
 * where the bucket is.
 */
#include "cloud/s3d.h"

#include "base/error.h"
#include "base/file.h"
#include "http/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* A bucket's setting: its word in the query, and what its operations and IAM call it. */
#define GET_SETTING(query, name, action)                                                           \
    {                                                                                              \
        "GET", S3_BUCKET, query, NULL, "Get" name, "s3:Get" action, S3_NOTHING, s3d_get_setting    \
    }
#define PUT_SETTING(query, name, action)                                                           \
    {                                                                                              \
        "PUT", S3_BUCKET, query, NULL, "Put" name, "s3:Put" action, S3_DOCUMENT, s3d_put_setting   \
    }
#define DELETE_SETTING(query, name, action)                                                        \
    {                                                                                              \
        "DELETE", S3_BUCKET, query, NULL, "Delete" name, action, S3_NOTHING, s3d_delete_setting    \
    }
#define SETTING(query, name, action)                                                               \
    GET_SETTING(query, name, action), PUT_SETTING(query, name, action)

static const struct s3d_operation operations[] = {
    {"GET", S3_SERVICE, NULL, NULL, "ListBuckets", "s3:ListAllMyBuckets", S3_NOTHING,
     s3d_list_buckets},
    {"GET", S3_BUCKET, "location", NULL, "GetBucketLocation", "s3:GetBucketLocation", S3_NOTHING,
     s3d_get_location},
    {"GET", S3_BUCKET, "uploads", NULL, "ListMultipartUploads", "s3:ListBucketMultipartUploads",
     S3_NOTHING, s3d_list_uploads},
    SETTING("policy", "BucketPolicy", "BucketPolicy"),
    DELETE_SETTING("policy", "BucketPolicy", "s3:DeleteBucketPolicy"),
    {"GET", S3_BUCKET, "policyStatus", NULL, "GetBucketPolicyStatus", "s3:GetBucketPolicyStatus",
     S3_NOTHING, s3d_get_policy_status},
    SETTING("publicAccessBlock", "PublicAccessBlock", "BucketPublicAccessBlock"),
    DELETE_SETTING("publicAccessBlock", "PublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    SETTING("tagging", "BucketTagging", "BucketTagging"),
    DELETE_SETTING("tagging", "BucketTagging", "s3:PutBucketTagging"),
    SETTING("versioning", "BucketVersioning", "BucketVersioning"),
    SETTING("encryption", "BucketEncryption", "EncryptionConfiguration"),
    DELETE_SETTING("encryption", "BucketEncryption", "s3:PutEncryptionConfiguration"),
    SETTING("ownershipControls", "BucketOwnershipControls", "BucketOwnershipControls"),
    DELETE_SETTING("ownershipControls", "BucketOwnershipControls", "s3:PutBucketOwnershipControls"),
    SETTING("cors", "BucketCors", "BucketCORS"),
    DELETE_SETTING("cors", "BucketCors", "s3:PutBucketCORS"),
    SETTING("lifecycle", "BucketLifecycleConfiguration", "LifecycleConfiguration"),
    DELETE_SETTING("lifecycle", "BucketLifecycle", "s3:PutLifecycleConfiguration"),
    SETTING("logging", "BucketLogging", "BucketLogging"),
    SETTING("notification", "BucketNotificationConfiguration", "BucketNotification"),
    SETTING("accelerate", "BucketAccelerateConfiguration", "AccelerateConfiguration"),
    SETTING("requestPayment", "BucketRequestPayment", "BucketRequestPayment"),
    SETTING("replication", "BucketReplication", "ReplicationConfiguration"),
    DELETE_SETTING("replication", "BucketReplication", "s3:PutReplicationConfiguration"),
    SETTING("website", "BucketWebsite", "BucketWebsite"),
    DELETE_SETTING("website", "BucketWebsite", "s3:DeleteBucketWebsite"),
    SETTING("object-lock", "ObjectLockConfiguration", "BucketObjectLockConfiguration"),
    {"GET", S3_BUCKET, "acl", NULL, "GetBucketAcl", "s3:GetBucketAcl", S3_NOTHING, s3d_get_acl},
    {"PUT", S3_BUCKET, "acl", NULL, "PutBucketAcl", "s3:PutBucketAcl", S3_DOCUMENT, s3d_put_acl},
    {"GET", S3_BUCKET, "versions", NULL, "ListObjectVersions", "s3:ListBucketVersions", S3_NOTHING,
     s3d_list_versions},
    {"POST", S3_BUCKET, "delete", NULL, "DeleteObjects", "", S3_DOCUMENT, s3d_delete_objects},
    {"GET", S3_BUCKET, "list-type", NULL, "ListObjectsV2", "s3:ListBucket", S3_NOTHING,
     s3d_list_v2},
    {"GET", S3_BUCKET, NULL, NULL, "ListObjects", "s3:ListBucket", S3_NOTHING, s3d_list},
    {"HEAD", S3_BUCKET, NULL, NULL, "HeadBucket", "s3:ListBucket", S3_NOTHING, s3d_head_bucket},
    {"PUT", S3_BUCKET, NULL, NULL, "CreateBucket", "s3:CreateBucket", S3_DOCUMENT,
     s3d_create_bucket},
    {"DELETE", S3_BUCKET, NULL, NULL, "DeleteBucket", "s3:DeleteBucket", S3_NOTHING,
     s3d_delete_bucket},
    {"GET", S3_OBJECT, "acl", NULL, "GetObjectAcl", "s3:GetObjectAcl", S3_NOTHING, s3d_get_acl},
    {"PUT", S3_OBJECT, "acl", NULL, "PutObjectAcl", "s3:PutObjectAcl", S3_DOCUMENT, s3d_put_acl},
    {"GET", S3_OBJECT, "attributes", NULL, "GetObjectAttributes", "s3:GetObject", S3_NOTHING,
     s3d_get_attributes},
    {"GET", S3_OBJECT, "tagging", NULL, "GetObjectTagging", "s3:GetObjectTagging", S3_NOTHING,
     s3d_get_tags},
    {"PUT", S3_OBJECT, "tagging", NULL, "PutObjectTagging", "s3:PutObjectTagging", S3_DOCUMENT,
     s3d_put_tags},
    {"DELETE", S3_OBJECT, "tagging", NULL, "DeleteObjectTagging", "s3:DeleteObjectTagging",
     S3_NOTHING, s3d_delete_tags},
    {"POST", S3_OBJECT, "uploads", NULL, "CreateMultipartUpload", "s3:PutObject", S3_NOTHING,
     s3d_create_upload},
    {"PUT", S3_OBJECT, "uploadId", "x-amz-copy-source", "UploadPartCopy", "s3:PutObject",
     S3_CONTENT, s3d_copy_object},
    {"PUT", S3_OBJECT, "uploadId", NULL, "UploadPart", "s3:PutObject", S3_CONTENT, s3d_upload_part},
    {"POST", S3_OBJECT, "uploadId", NULL, "CompleteMultipartUpload", "s3:PutObject", S3_DOCUMENT,
     s3d_complete_upload},
    {"DELETE", S3_OBJECT, "uploadId", NULL, "AbortMultipartUpload", "s3:AbortMultipartUpload",
     S3_NOTHING, s3d_abort_upload},
    {"GET", S3_OBJECT, "uploadId", NULL, "ListParts", "s3:ListMultipartUploadParts", S3_NOTHING,
     s3d_list_parts},
    {"PUT", S3_OBJECT, NULL, "x-amz-copy-source", "CopyObject", "s3:PutObject", S3_CONTENT,
     s3d_copy_object},
    {"PUT", S3_OBJECT, NULL, NULL, "PutObject", "s3:PutObject", S3_CONTENT, s3d_put_object},
    {"GET", S3_OBJECT, NULL, NULL, "GetObject", "s3:GetObject", S3_NOTHING, s3d_get_object},
    {"HEAD", S3_OBJECT, NULL, NULL, "HeadObject", "s3:GetObject", S3_NOTHING, s3d_get_object},
    {"DELETE", S3_OBJECT, NULL, NULL, "DeleteObject", "s3:DeleteObject", S3_NOTHING,
     s3d_delete_object},
};
enum { OPERATIONS = sizeof operations / sizeof operations[0] };

/* Words of the query that stand for what the practice cloud does not have. */
static const char *const not_here[] = {"retention",
                                       "legal-hold",
                                       "torrent",
                                       "select",
                                       "restore",
                                       "inventory",
                                       "analytics",
                                       "metrics",
                                       "intelligent-tiering",
                                       "session",
                                       "metadataInventoryTable"};

/* ---- where it points --------------------------------------------------------------- */

/* The bucket in the host's name, or empty: "bucket.localhost", "bucket.s3.localhost". */
static struct slice host_bucket(const struct call *c)
{
    struct slice host = call_header(c, "host");

    host = slice_first(host, slice_find(host, ':'));
    if (slice_ends(host, ".s3.localhost"))
        return slice_first(host, host.len - strlen(".s3.localhost"));
    if (slice_ends(host, ".localhost"))
        return slice_first(host, host.len - strlen(".localhost"));
    return SLICE("");
}

static void find_place(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    struct slice path = slice_from(slice_of(http_path(c->http)), 1), bucket = host_bucket(c);

    if (!bucket.len) {
        bucket = slice_first(path, slice_find(path, '/'));
        path = slice_from(path, bucket.len + (bucket.len < path.len));
    }
    s3->bucket = arena_strndup(&c->memory, bucket.ptr, bucket.len);
    s3->key = arena_strndup(&c->memory, path.ptr, path.len);
    if (path.len > S3_KEY_MAX)
        call_fail(c, 400, "KeyTooLongError", "Your key is too long");
    else if (!utf8_valid(path))
        call_fail(c, 400, "InvalidURI", "Couldn't parse the specified URI.");
}

static void find_operation(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    enum s3d_level level = *s3->key ? S3_OBJECT : *s3->bucket ? S3_BUCKET : S3_SERVICE;
    const char *method = http_method(c->http), *version = http_query(c->http, "versionId");

    for (size_t i = 0; i < sizeof not_here / sizeof not_here[0]; i++)
        if (http_query(c->http, not_here[i])) {
            call_fail(c, 501, "NotImplemented",
                      "A header or query you provided implies functionality that is not "
                      "implemented: %s",
                      not_here[i]);
            return;
        }
    if (*s3->key && version && *version && strcmp(version, "null")) {
        xml_put(&c->internal->error_xml, "ArgumentName", "versionId");
        xml_put(&c->internal->error_xml, "ArgumentValue", version);
        call_fail(c, 400, "InvalidArgument", "Invalid version id specified");
        return;
    }
    for (size_t i = 0; i < OPERATIONS && !s3->operation; i++) {
        const struct s3d_operation *o = &operations[i];

        if (!strcmp(o->method, method) && o->level == level &&
            (!o->query || http_query(c->http, o->query)) &&
            (!o->header || http_header(c->http, o->header)))
            s3->operation = o;
    }
    if (!s3->operation)
        call_fail(c, 405, "MethodNotAllowed",
                  "The specified method is not allowed against this resource.");
}

/* ---- may they ------------------------------------------------------------------------ */

const char *s3d_region(struct cloud *cloud, const char *bucket, const char *region)
{
    if (!fault_take(cloud, "region", bucket))
        return region;
    return strcmp(region, "eu-west-1") ? "eu-west-1" : "us-west-2";
}

static void load_bucket(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    struct stmt *s = sql(c->cloud, "select region, (select value from bucket_settings where"
                                   " bucket = name and setting = 'policy') from buckets"
                                   " where name = ?1");

    stmt_text(s, 1, s3->bucket);
    if (!sql_row(c->cloud, s))
        return;
    s3->region = s3d_region(c->cloud, s3->bucket, sql_text(&c->memory, s, 0));
    if (!stmt_is_null(s, 1))
        s3->policy = sql_text(&c->memory, s, 1);
    stmt_reset(s);
}

static void wrong_region(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;

    http_add_header(c->http, "x-amz-bucket-region", s3->region);
    str_printf(&c->internal->error_xml,
               "<Endpoint>s3.%s.amazonaws.com</Endpoint><Bucket>%s</Bucket>"
               "<Region>%s</Region>",
               s3->region, s3->bucket, s3->region);
    call_fail(c, 301, "PermanentRedirect",
              "The bucket you are attempting to access must be addressed using the specified "
              "endpoint. Please send all future requests to this endpoint.");
}

/* Without a bucket there is nothing to be refused on, but one's own right to make one. */
static bool is_there(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;

    if (s3->operation->level == S3_SERVICE || s3->operation->run == s3d_create_bucket)
        return true;
    if (!s3->region) {
        str_printf(&c->internal->error_xml, "<BucketName>%s</BucketName>", s3->bucket);
        call_fail(c, 404, "NoSuchBucket", "The specified bucket does not exist");
    } else if (strcmp(s3->region, c->region) && s3->operation->run != s3d_get_location &&
               c->internal->signed_request) {
        wrong_region(c);
    }
    return !call_failed(c);
}

/* Does the bucket keep the public out, whatever its policy says? */
static bool blocks_public(struct call *c)
{
    struct stmt *s = sql(c->cloud, "select value from bucket_settings where bucket = ?1"
                                   " and setting = 'publicAccessBlock'");
    bool blocks;

    stmt_text(s, 1, c->internal->s3->bucket);
    blocks = sql_row(c->cloud, s) &&
             strstr(stmt_get_text(s, 0), "<RestrictPublicBuckets>true</RestrictPublicBuckets>");
    stmt_reset(s);
    return blocks;
}

static void add_keys(struct call *c)
{
    const char *prefix = http_query(c->http, "prefix"),
               *delimiter = http_query(c->http, "delimiter");

    if (prefix)
        call_add_key(c, "s3:prefix", prefix);
    if (delimiter)
        call_add_key(c, "s3:delimiter", delimiter);
}

static void check_access(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;
    const struct s3d_operation *o = s3->operation;

    cloud_lock(c->cloud);
    if (*s3->bucket)
        load_bucket(c);
    if (is_there(c) && *o->action) {
        c->action = o->action;
        c->resource = o->level == S3_SERVICE ? "*"
                      : o->level == S3_BUCKET
                          ? arena_printf(&c->memory, "arn:aws:s3:::%s", s3->bucket)
                          : arena_printf(&c->memory, "arn:aws:s3:::%s/%s", s3->bucket, s3->key);
        add_keys(c);
        if (c->who.kind == CALLER_ANONYMOUS && blocks_public(c)) {
            call_fail(c, 403, "AccessDenied", "Access Denied");
            c->why = arena_printf(&c->memory,
                                  "%s on %s is refused because nobody signed the request, and the "
                                  "bucket's public access block keeps the public out",
                                  c->action, c->resource);
        } else {
            call_ask(c, c->action, c->resource, s3->policy);
        }
    }
    cloud_unlock(c->cloud);
}

/* ---- the life of a call ---------------------------------------------------------------- */

static void find_payload(struct call *c)
{
    struct slice sent = call_header(c, "x-amz-content-sha256");

    c->internal->payload = sent.len ? sent : SLICE("UNSIGNED-PAYLOAD");
    if (c->internal->presigned && !sent.len)
        return;
    if (c->internal->signed_request && !sent.len)
        call_fail(c, 400, "InvalidRequest",
                  "Missing required header for this request: x-amz-content-sha256");
}

const char *s3d_operation_name(const struct call *c)
{
    const struct s3d_operation *o = c->internal->s3 ? c->internal->s3->operation : NULL;

    return o ? o->name : NULL;
}

void s3d_begin(struct call *c)
{
    struct s3d_call *s3 = mem_calloc(1, sizeof *s3);

    c->internal->s3 = s3;
    s3->bucket = s3->key = "";
    s3->sink.fd = -1;
    find_payload(c);
    if (!call_failed(c))
        find_place(c);
    if (!call_failed(c))
        find_operation(c);
    if (!call_failed(c))
        auth_check(c);
    if (!call_failed(c) && !fault_strikes(c))
        check_access(c);
    if (!call_failed(c))
        s3d_sink_begin(c);
}

bool s3d_body(struct call *c, struct slice piece)
{
    return s3d_sink_take(c, piece);
}

void s3d_finish(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;

    s3d_sink_end(c);
    if (!call_failed(c))
        s3->operation->run(c);
    if (!call_failed(c) && !c->internal->replied)
        s3d_reply_empty(c, 200);
}

void s3d_end(struct call *c)
{
    struct s3d_call *s3 = c->internal->s3;

    if (!s3)
        return;
    s3d_sink_done(&s3->sink);
    for (int i = 0; i < s3->dropped; i++)
        free(s3->drop[i]);
    free(s3);
}

/* ---- helpers ---------------------------------------------------------------------------- */

char *s3d_object_path(const struct cloud *cloud, const char *file)
{
    char *folder = path_join(cloud->folder, "objects"), *path = path_join(folder, file);

    free(folder);
    return path;
}

void s3d_drop(struct call *c, const char *file)
{
    struct s3d_call *s3 = c->internal->s3;

    if (*file && s3->dropped < 2)
        s3->drop[s3->dropped++] = s3d_object_path(c->cloud, file);
}

bool s3d_transact(struct call *c, void (*work)(struct call *c))
{
    struct s3d_call *s3 = c->internal->s3;

    cloud_lock(c->cloud);
    if (cloud_begin(c->cloud))
        work(c);
    if (call_failed(c))
        cloud_rollback(c->cloud);
    else if (!cloud_commit(c->cloud))
        call_fail(c, 500, "InternalError", "The practice cloud's database failed.");
    cloud_unlock(c->cloud);
    for (int i = 0; i < s3->dropped && !call_failed(c); i++)
        unlink(s3->drop[i]);
    return !call_failed(c);
}

void s3d_reply_xml(struct call *c, struct str *xml)
{
    reply_s3(c, 200, "application/xml", slice_str(xml));
    str_done(xml);
}

void s3d_reply_empty(struct call *c, int status)
{
    reply_s3(c, status, "application/xml", SLICE(""));
}

/* The body as XML with this root; fails the call when it is not. */
bool s3d_document(struct call *c, struct xml **out, const char *root)
{
    struct lk_error err;

    if (xml_parse(out, &c->memory, slice_str(&c->internal->s3->sink.memory), "body", &err) ==
            LK_OK &&
        !strcmp((*out)->name, root))
        return true;
    call_fail(c, 400, "MalformedXML",
              "The XML you provided was not well-formed or did not validate against our published "
              "schema");
    return false;
}

/* ---- the start ------------------------------------------------------------------------------ */

static bool is_known(struct cloud *cloud, const char *file)
{
    struct stmt *s = sql(cloud, "select 1 from objects where file = ?1 union all"
                                " select 1 from parts where file = ?1");
    bool known;

    stmt_text(s, 1, file);
    known = sql_row(cloud, s);
    stmt_reset(s);
    return known;
}

/* What a kill left behind: bodies half received, files that no row names. */
static void sweep(struct cloud *cloud, const char *name, bool all)
{
    char *folder = path_join(cloud->folder, name), **names = NULL;
    size_t n = 0;

    if (file_list(&names, &n, folder, NULL) == LK_OK)
        for (size_t i = 0; i < n; i++) {
            char *path = path_join(folder, names[i]);

            if (all || !is_known(cloud, names[i]))
                unlink(path);
            free(path);
        }
    file_names_free(names, n);
    free(folder);
}

static void start(struct cloud *cloud)
{
    sweep(cloud, "incoming", true);
    sweep(cloud, "objects", false);
}

const struct service service_s3 = {
    .name = "s3",
    .prefix = "s3",
    .protocol = PROTOCOL_S3,
    .start = start,
    .invalid = "InvalidArgument",
};
