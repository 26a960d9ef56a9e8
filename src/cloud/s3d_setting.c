/*
 * A bucket's settings: each is a document, given and taken whole, kept as it
 * was given. Most are kept for their owner's tools to find again (Terraform
 * asks for all of them); the policy and the public-access block are obeyed.
 * What is asked for and was never put answers as S3 does for a new bucket:
 * with its default, or with an error of its own.
 */
#include "cloud/s3d.h"

#include <string.h>

struct setting {
    const char *query, *root;
    const char *standard;       /* inside the root where none was put; NULL: an error */
    const char *missing, *says; /* the error */
    const char *refused; /* what it must not have in it, as the practice cloud cannot do it */
    const char *must;    /* what it must have in it */
};

#define ENCRYPTED                                                                                  \
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"                \
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>"
#define ENFORCED "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"

static const struct setting settings[] = {
    {"policy", .missing = "NoSuchBucketPolicy", .says = "The bucket policy does not exist"},
    {"publicAccessBlock", "PublicAccessBlockConfiguration",
     .missing = "NoSuchPublicAccessBlockConfiguration",
     .says = "The public access block configuration was not found"},
    {"tagging", "Tagging", .missing = "NoSuchTagSet", .says = "The TagSet does not exist"},
    {"versioning", "VersioningConfiguration", "", .refused = "<Status>Enabled</Status>"},
    {"encryption", "ServerSideEncryptionConfiguration", ENCRYPTED, .refused = "aws:kms",
     .must = "<SSEAlgorithm>"},
    {"ownershipControls", "OwnershipControls", ENFORCED, "OwnershipControlsNotFoundError",
     "The bucket ownership controls were not found", .must = "<ObjectOwnership>"},
    {"cors", "CORSConfiguration", .missing = "NoSuchCORSConfiguration",
     .says = "The CORS configuration does not exist", .must = "<AllowedMethod>"},
    {"lifecycle", "LifecycleConfiguration", .missing = "NoSuchLifecycleConfiguration",
     .says = "The lifecycle configuration does not exist", .must = "<Status>"},
    {"logging", "BucketLoggingStatus", .standard = ""},
    {"notification", "NotificationConfiguration", .standard = ""},
    {"accelerate", "AccelerateConfiguration", "", .refused = "<Status>Enabled</Status>"},
    {"requestPayment", "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>",
     .refused = "<Payer>Requester</Payer>", .must = "<Payer>"},
    {"replication", "ReplicationConfiguration", .missing = "ReplicationConfigurationNotFoundError",
     .says = "The replication configuration was not found", .refused = "<"},
    {"website", "WebsiteConfiguration", .missing = "NoSuchWebsiteConfiguration",
     .says = "The specified bucket does not have a website configuration", .refused = "<"},
    {"object-lock", "ObjectLockConfiguration", .missing = "ObjectLockConfigurationNotFoundError",
     .says = "Object Lock configuration does not exist for this bucket", .refused = "<"},
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

static const struct setting *setting_of(const struct call *c)
{
    size_t i = 0;

    while (i + 1 < SETTINGS && !http_query(c->http, settings[i].query))
        i++;
    return &settings[i];
}

/* ---- getting ------------------------------------------------------------------------------ */

/* "" is what DeleteBucketOwnershipControls leaves: none, not even the default. */
static const char *load(struct call *c, const char *query)
{
    struct stmt *s;
    const char *value = NULL;

    cloud_lock(c->cloud);
    s = sql(c->cloud, "select value from bucket_settings where bucket = ?1 and setting = ?2");
    stmt_text(s, 1, c->internal->s3->bucket);
    stmt_text(s, 2, query);
    if (sql_row(c->cloud, s))
        value = sql_text(&c->memory, s, 0);
    stmt_reset(s);
    cloud_unlock(c->cloud);
    return value;
}

void s3d_get_setting(struct call *c)
{
    const struct setting *what = setting_of(c);
    const char *value = load(c, what->query);
    struct str text = STR_INIT;

    if (!value)
        value = what->standard;
    if (!value || (!*value && what->missing)) {
        call_fail(c, 404, what->missing, "%s", what->says);
        return;
    }
    if (what->root)
        str_printf(&text, XML_HEAD "<%s xmlns=\"" S3_XMLNS "\">%s</%s>", what->root, value,
                   what->root);
    else
        str_puts(&text, value);
    reply_s3(c, 200, what->root ? "application/xml" : "application/json", slice_str(&text));
    str_done(&text);
}

/* ---- putting ------------------------------------------------------------------------------ */

/* Written anew from what was read, so that it is well-formed and says nothing hidden. */
static void put_children(struct str *out, const struct xml *x)
{
    for (const struct xml *k = x->first; k; k = k->next) {
        xml_open(out, k->name);
        if (k->first)
            put_children(out, k);
        else
            xml_put_text(out, k->text);
        xml_close(out, k->name);
    }
}

static void store_setting(struct call *c)
{
    const struct setting *what = setting_of(c);
    struct stmt *s = sql(c->cloud, "insert or replace into bucket_settings values (?1, ?2, ?3)");

    stmt_text(s, 1, c->internal->s3->bucket);
    stmt_text(s, 2, what->query);
    stmt_slice(s, 3, slice_str(&c->answer));
    sql_run(c->cloud, s);
}

/* A policy that lets everybody in, where the bucket blocks such policies. */
static bool opens_to_all(struct slice text)
{
    struct json *j = NULL;
    bool open = false;

    if (json_parse(&j, text, "policy", NULL) == LK_OK) {
        const struct json *list = json_get(j, "Statement");
        const struct json *one = json_kind(list) == JSON_ARRAY ? json_first(list) : list;

        for (; one; one = json_kind(list) == JSON_ARRAY ? json_next(one) : NULL) {
            const struct json *p = json_get(one, "Principal"), *aws = json_get(p, "AWS");
            const char *who = json_string(aws ? aws : p, json_string(json_at(aws, 0), ""));

            open |= !strcmp(json_string(json_get(one, "Effect"), ""), "Allow") &&
                    !strcmp(who, "*") && !json_get(one, "Condition");
        }
    }
    json_free(j);
    return open;
}

static bool blocks_policy(struct call *c)
{
    struct stmt *s;
    bool blocks;

    cloud_lock(c->cloud);
    s = sql(c->cloud, "select value from bucket_settings where bucket = ?1"
                      " and setting = 'publicAccessBlock'");
    stmt_text(s, 1, c->internal->s3->bucket);
    blocks = sql_row(c->cloud, s) &&
             strstr(stmt_get_text(s, 0), "<BlockPublicPolicy>true</BlockPublicPolicy>");
    stmt_reset(s);
    cloud_unlock(c->cloud);
    return blocks;
}

static void take_policy(struct call *c)
{
    struct slice text = slice_str(&c->internal->s3->sink.memory);
    struct policy *policy = NULL;
    struct lk_error err;

    if (policy_parse(&policy, text, POLICY_RESOURCE, &err))
        call_fail(c, 400, "MalformedPolicy", "%s", err.text);
    else if (opens_to_all(text) && blocks_policy(c))
        call_fail(c, 403, "AccessDenied",
                  "User: %s is not authorized to perform: s3:PutBucketPolicy on resource: \"%s\" "
                  "because public policies are prevented by the BlockPublicPolicy setting in S3 "
                  "Block Public Access.",
                  c->who.arn, c->resource);
    else
        str_put(&c->answer, text);
    policy_free(policy);
}

static void take_document(struct call *c, const struct setting *what)
{
    struct xml *x;

    if (!s3d_document(c, &x, what->root))
        return;
    put_children(&c->answer, x);
    if (what->refused && c->answer.len && strstr(c->answer.ptr, what->refused))
        call_fail(c, 501, "NotImplemented",
                  "A header or query you provided implies functionality that is not implemented: "
                  "%s, in the practice cloud",
                  what->query);
    else if (what->must && (!c->answer.len || !strstr(c->answer.ptr, what->must)))
        call_fail(c, 400, "MalformedXML",
                  "The XML you provided was not well-formed or did not validate against our "
                  "published schema");
}

void s3d_put_setting(struct call *c)
{
    const struct setting *what = setting_of(c);

    if (what->root)
        take_document(c, what);
    else
        take_policy(c);
    if (!call_failed(c) && s3d_transact(c, store_setting))
        s3d_reply_empty(c, what->root && strcmp(what->query, "tagging") ? 200 : 204);
}

/* ---- taking away ---------------------------------------------------------------------------- */

static void remove_setting(struct call *c)
{
    struct stmt *s;

    if (setting_of(c)->standard && setting_of(c)->missing) {
        store_setting(c); /* as nothing */
        return;
    }
    s = sql(c->cloud, "delete from bucket_settings where bucket = ?1 and setting = ?2");
    stmt_text(s, 1, c->internal->s3->bucket);
    stmt_text(s, 2, setting_of(c)->query);
    sql_run(c->cloud, s);
}

void s3d_delete_setting(struct call *c)
{
    if (s3d_transact(c, remove_setting))
        s3d_reply_empty(c, 204);
}

/* ---- is it public? ----------------------------------------------------------------------------
 */

void s3d_get_policy_status(struct call *c)
{
    const char *policy = load(c, "policy");
    struct str xml = STR_INIT;

    if (!policy) {
        call_fail(c, 404, "NoSuchBucketPolicy", "The bucket policy does not exist");
        return;
    }
    str_puts(&xml, XML_HEAD "<PolicyStatus xmlns=\"" S3_XMLNS "\">");
    xml_put_bool(&xml, "IsPublic", opens_to_all(slice_of(policy)));
    str_puts(&xml, "</PolicyStatus>");
    s3d_reply_xml(c, &xml);
}
