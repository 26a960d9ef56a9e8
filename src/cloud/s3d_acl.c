/*
 * Access control lists, as buckets have them since S3 switched them off: the
 * owner of the bucket has everything, which may be asked and may be asked for
 * again, and no other list is taken. Who may do what, policies say.
 */
#include "cloud/s3d.h"

#include <string.h>

/* ---- lists ---------------------------------------------------------------------------------- */

static void put_owner(struct call *c, struct str *xml)
{
    xml_put(xml, "ID", c->cloud->account);
    xml_put(xml, "DisplayName", "learner");
}

void s3d_get_acl(struct call *c)
{
    struct str xml = STR_INIT;

    if (*c->internal->s3->key && !s3d_object_is_there(c))
        return;
    str_puts(&xml, XML_HEAD "<AccessControlPolicy xmlns=\"" S3_XMLNS "\"><Owner>");
    put_owner(c, &xml);
    str_puts(&xml, "</Owner><AccessControlList><Grant>"
                   "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                   " xsi:type=\"CanonicalUser\">");
    put_owner(c, &xml);
    str_puts(&xml, "</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>"
                   "</AccessControlPolicy>");
    s3d_reply_xml(c, &xml);
}

/* A canned list that says no more than that the owner has everything. */
static bool is_owners(const char *canned)
{
    return !canned || !strcmp(canned, "private") || !strcmp(canned, "bucket-owner-full-control") ||
           !strcmp(canned, "bucket-owner-read");
}

static bool has_grants(const struct call *c)
{
    static const char *const names[] = {"x-amz-grant-read", "x-amz-grant-write",
                                        "x-amz-grant-read-acp", "x-amz-grant-write-acp",
                                        "x-amz-grant-full-control"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (http_header(c->http, names[i]))
            return true;
    return false;
}

bool s3d_acl_allowed(struct call *c)
{
    if (is_owners(http_header(c->http, "x-amz-acl")) && !has_grants(c))
        return true;
    if (c->internal->s3->operation->run == s3d_create_bucket)
        call_fail(c, 400, "InvalidBucketAclWithObjectOwnership",
                  "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
    else
        call_fail(c, 400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
    return false;
}

/* A list in XML: one grant, FULL_CONTROL to the owner. */
static void check_document(struct call *c)
{
    const struct xml *list, *grant, *grantee;
    struct xml *x;

    if (!c->internal->s3->sink.memory.len || !s3d_document(c, &x, "AccessControlPolicy"))
        return;
    list = xml_get(x, "AccessControlList");
    grant = list ? list->first : NULL;
    grantee = grant ? xml_get(grant, "Grantee") : NULL;
    if (grant && (grant->next || strcmp(xml_text(grant, "Permission"), "FULL_CONTROL") ||
                  !grantee || strcmp(xml_text(grantee, "ID"), c->cloud->account)))
        call_fail(c, 400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
}

void s3d_put_acl(struct call *c)
{
    if (*c->internal->s3->key && !s3d_object_is_there(c))
        return;
    if (s3d_acl_allowed(c))
        check_document(c);
    if (!call_failed(c))
        s3d_reply_empty(c, 200);
}

/* ---- ownership, named when a bucket is made ----------------------------------------------------
 */

bool s3d_ownership_named(struct call *c)
{
    const char *named = http_header(c->http, "x-amz-object-ownership");

    if (!named || !strcmp(named, "BucketOwnerEnforced") || !strcmp(named, "BucketOwnerPreferred") ||
        !strcmp(named, "ObjectWriter"))
        return true;
    call_fail(c, 400, "InvalidArgument", "Invalid x-amz-object-ownership header: %.60s", named);
    return false;
}

void s3d_store_ownership(struct call *c)
{
    const char *named = http_header(c->http, "x-amz-object-ownership");
    struct stmt *s;

    if (!named)
        return;
    s = sql(c->cloud, "insert into bucket_settings values (?1, 'ownershipControls', ?2)");
    stmt_text(s, 1, c->internal->s3->bucket);
    stmt_text(
        s, 2,
        arena_printf(&c->memory, "<Rule><ObjectOwnership>%s</ObjectOwnership></Rule>", named));
    sql_run(c->cloud, s);
}
