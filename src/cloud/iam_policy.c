/* Policies: written into a role or user, or standing alone and attached to them. */
#include "cloud/iam.h"

#include <string.h>

/* ---- whose ------------------------------------------------------------------------------ */

struct owner {
    const char *kind, *name;
};

static bool find_owner(struct call *c, struct owner *out)
{
    const char *operation = c->operation->name;

    out->kind = strstr(operation, "User") ? "user" : strstr(operation, "Group") ? "group" : "role";
    out->name = call_need(c, arena_printf(&c->memory, "%sName", iam_word(out->kind)));
    return out->name && iam_need_principal(c, out->kind, out->name);
}

static void bind_owner(struct stmt *s, const struct owner *o)
{
    stmt_text(s, 1, o->kind);
    stmt_text(s, 2, o->name);
}

/* ---- inline ------------------------------------------------------------------------------- */

void iam_put_inline(struct call *c)
{
    const char *policy = call_need(c, "PolicyName"), *text = call_need(c, "PolicyDocument");
    struct owner o;
    struct stmt *s;

    if (call_failed(c) || !find_owner(c, &o) || !iam_document(c, text, POLICY_IDENTITY))
        return;
    s = sql(c->cloud, "insert or replace into inline_policies values (?1, ?2, ?3, ?4)");
    bind_owner(s, &o);
    stmt_text(s, 3, policy);
    stmt_text(s, 4, text);
    sql_run(c->cloud, s);
    access_forget(c->cloud);
}

void iam_get_inline(struct call *c)
{
    const char *policy = call_need(c, "PolicyName");
    struct owner o;
    struct stmt *s;

    if (call_failed(c) || !find_owner(c, &o))
        return;
    s = sql(c->cloud, "select document from inline_policies where kind = ?1 and name = ?2"
                      " and policy = ?3");
    bind_owner(s, &o);
    stmt_text(s, 3, policy);
    if (!sql_row(c->cloud, s)) {
        iam_no_such(c, "policy with name", policy);
        return;
    }
    xml_put(&c->answer, arena_printf(&c->memory, "%sName", iam_word(o.kind)), o.name);
    xml_put(&c->answer, "PolicyName", policy);
    iam_put_document(&c->answer, "PolicyDocument", stmt_get_text(s, 0));
    stmt_reset(s);
}

static void put_name(struct call *c, struct stmt *s)
{
    xml_put_text(&c->answer, stmt_get_slice(s, 0));
}

void iam_list_inline(struct call *c)
{
    struct owner o;
    struct stmt *s;

    if (!find_owner(c, &o))
        return;
    s = sql(c->cloud, "select policy from inline_policies where kind = ?1 and name = ?2"
                      " and policy > ?3 order by policy limit ?4");
    bind_owner(s, &o);
    iam_page(c, s, 3, "PolicyNames", 0, put_name);
}

void iam_delete_inline(struct call *c)
{
    const char *policy = call_need(c, "PolicyName");
    struct owner o;
    struct stmt *s;

    if (call_failed(c) || !find_owner(c, &o))
        return;
    s = sql(c->cloud, "delete from inline_policies where kind = ?1 and name = ?2 and policy = ?3");
    bind_owner(s, &o);
    stmt_text(s, 3, policy);
    sql_run(c->cloud, s);
    if (!db_changes(c->cloud->db))
        iam_no_such(c, "policy with name", policy);
    access_forget(c->cloud);
}

/* ---- attached -------------------------------------------------------------------------------- */

static bool need_policy(struct call *c, const char *arn)
{
    struct stmt *s = sql(c->cloud, "select 1 from policies where arn = ?1");
    bool there;

    stmt_text(s, 1, arn);
    there = sql_row(c->cloud, s);
    stmt_reset(s);
    if (!there)
        call_fail(c, 404, "NoSuchEntity", "Policy %s does not exist or is not attachable.", arn);
    return there;
}

void iam_attach(struct call *c)
{
    const char *arn = call_need(c, "PolicyArn");
    struct owner o;
    struct stmt *s;

    if (call_failed(c) || !find_owner(c, &o) || !need_policy(c, arn))
        return;
    s = sql(c->cloud, "insert or ignore into attachments values (?1, ?2, ?3)");
    bind_owner(s, &o);
    stmt_text(s, 3, arn);
    sql_run(c->cloud, s);
    access_forget(c->cloud);
}

void iam_detach(struct call *c)
{
    const char *arn = call_need(c, "PolicyArn");
    struct owner o;
    struct stmt *s;

    if (call_failed(c) || !find_owner(c, &o))
        return;
    s = sql(c->cloud, "delete from attachments where kind = ?1 and name = ?2 and arn = ?3");
    bind_owner(s, &o);
    stmt_text(s, 3, arn);
    sql_run(c->cloud, s);
    if (!db_changes(c->cloud->db))
        call_fail(c, 404, "NoSuchEntity", "Policy %s was not found.", arn);
    access_forget(c->cloud);
}

static void put_attached(struct call *c, struct stmt *s)
{
    xml_put(&c->answer, "PolicyName", stmt_get_text(s, 0));
    xml_put(&c->answer, "PolicyArn", stmt_get_text(s, 1));
}

void iam_list_attached(struct call *c)
{
    const char *prefix = call_param(c, "PathPrefix");
    struct owner o;
    struct stmt *s;

    if (!find_owner(c, &o))
        return;
    s = sql(c->cloud, "select p.name, p.arn from attachments a join policies p on p.arn = a.arn"
                      " where a.kind = ?1 and a.name = ?2 and substr(p.path, 1, length(?3)) = ?3"
                      " and p.arn > ?4 order by p.arn limit ?5");
    bind_owner(s, &o);
    stmt_text(s, 3, prefix ? prefix : "");
    iam_page(c, s, 4, "AttachedPolicies", 1, put_attached);
}

/* ---- standing alone -------------------------------------------------------------------- */

static void insert_policy(struct cloud *cloud, const char *arn, const char *name, const char *path,
                          const char *text, const char *description)
{
    struct stmt *s = sql(cloud, "insert or ignore into policies (arn, name, id, path, created,"
                                " updated, description, standard, next_version)"
                                " values (?1, ?2, ?3, ?4, ?5, ?5, ?6, 'v1', 2)");
    struct str id = STR_INIT;

    random_id(&id, "ANPA", 17);
    stmt_text(s, 1, arn);
    stmt_text(s, 2, name);
    stmt_text(s, 3, id.ptr);
    stmt_text(s, 4, path);
    stmt_int(s, 5, cloud_now(cloud));
    stmt_text(s, 6, description);
    sql_run(cloud, s);
    s = sql(cloud, "insert or ignore into policy_versions values (?1, 'v1', ?2, ?3, 1)");
    stmt_text(s, 1, arn);
    stmt_text(s, 2, text);
    stmt_int(s, 3, cloud_now(cloud));
    sql_run(cloud, s);
    str_done(&id);
}

#define POLICY                                                                                     \
    "select name, id, arn, path, created, updated, standard, (select count(*) from attachments a"  \
    " where a.arn = p.arn), description, (select count(*) from principals n"                       \
    " where n.boundary = p.arn) from policies p"

static void put_policy(struct str *out, struct stmt *s)
{
    xml_put(out, "PolicyName", stmt_get_text(s, 0));
    xml_put(out, "PolicyId", stmt_get_text(s, 1));
    xml_put(out, "Arn", stmt_get_text(s, 2));
    xml_put(out, "Path", stmt_get_text(s, 3));
    xml_put(out, "DefaultVersionId", stmt_get_text(s, 6));
    xml_put_int(out, "AttachmentCount", stmt_get_int(s, 7));
    xml_put_int(out, "PermissionsBoundaryUsageCount", stmt_get_int(s, 9));
    xml_put_bool(out, "IsAttachable", true);
    xml_put_time(out, "CreateDate", stmt_get_int(s, 4));
    xml_put_time(out, "UpdateDate", stmt_get_int(s, 5));
}

static void answer_policy(struct call *c, const char *arn)
{
    struct stmt *s = sql(c->cloud, POLICY " where arn = ?1");

    stmt_text(s, 1, arn);
    if (!sql_row(c->cloud, s)) {
        call_fail(c, 404, "NoSuchEntity", "Policy %s was not found.", arn);
        return;
    }
    xml_open(&c->answer, "Policy");
    put_policy(&c->answer, s);
    if (!stmt_is_null(s, 8))
        xml_put(&c->answer, "Description", stmt_get_text(s, 8));
    iam_put_tag_list(c, arn);
    xml_close(&c->answer, "Policy");
    stmt_reset(s);
}

void iam_create_policy(struct call *c)
{
    const char *name = call_need(c, "PolicyName"), *text = call_need(c, "PolicyDocument");
    const char *path = call_param(c, "Path"), *arn;
    struct stmt *s;

    path = path ? path : "/";
    if (call_failed(c) || !iam_document(c, text, POLICY_IDENTITY))
        return;
    arn = iam_arn(c, "policy", path, name);
    s = sql(c->cloud, "select 1 from policies where arn = ?1");
    stmt_text(s, 1, arn);
    if (sql_row(c->cloud, s)) {
        call_fail(c, 409, "EntityAlreadyExists", "A policy called %s already exists.", name);
        return;
    }
    insert_policy(c->cloud, arn, name, path, text, call_param(c, "Description"));
    iam_put_tags(c, arn);
    if (!call_failed(c))
        answer_policy(c, arn);
}

void iam_get_policy(struct call *c)
{
    const char *arn = call_need(c, "PolicyArn");

    if (arn)
        answer_policy(c, arn);
}

void iam_get_policy_version(struct call *c)
{
    const char *arn = call_need(c, "PolicyArn"), *version = call_need(c, "VersionId");
    struct stmt *s;

    if (call_failed(c))
        return;
    s = sql(c->cloud, "select v.document, v.created, v.version = p.standard from policy_versions v"
                      " join policies p on p.arn = v.arn where v.arn = ?1 and v.version = ?2");
    stmt_text(s, 1, arn);
    stmt_text(s, 2, version);
    if (!sql_row(c->cloud, s)) {
        call_fail(c, 404, "NoSuchEntity", "Policy %s version %s does not exist.", arn, version);
        return;
    }
    xml_open(&c->answer, "PolicyVersion");
    iam_put_document(&c->answer, "Document", stmt_get_text(s, 0));
    xml_put(&c->answer, "VersionId", version);
    xml_put_bool(&c->answer, "IsDefaultVersion", stmt_get_int(s, 2) != 0);
    xml_put_time(&c->answer, "CreateDate", stmt_get_int(s, 1));
    xml_close(&c->answer, "PolicyVersion");
    stmt_reset(s);
}

static void put_policy_row(struct call *c, struct stmt *s)
{
    put_policy(&c->answer, s);
}

void iam_list_policies(struct call *c)
{
    const char *scope = call_param(c, "Scope"), *prefix = call_param(c, "PathPrefix");
    const char *attached = call_param(c, "OnlyAttached"), *use = call_param(c, "PolicyUsageFilter");
    struct stmt *s;

    s = sql(c->cloud, POLICY " where (?1 = '' or (?1 = 'AWS') = (arn like 'arn:aws:iam::aws:%'))"
                             " and substr(path, 1, length(?2)) = ?2 and (not ?3 or exists (select 1"
                             " from attachments a where a.arn = p.arn)) and (not ?4 or exists"
                             " (select 1 from principals n where n.boundary = p.arn)) and arn > ?5"
                             " order by arn limit ?6");
    stmt_text(s, 1, !scope || !strcmp(scope, "All") ? "" : scope);
    stmt_text(s, 2, prefix ? prefix : "");
    stmt_int(s, 3, attached && !strcmp(attached, "true"));
    stmt_int(s, 4, use && !strcmp(use, "PermissionsBoundary"));
    iam_page(c, s, 5, "Policies", 2, put_policy_row);
}

void iam_delete_policy(struct call *c)
{
    const char *arn = call_need(c, "PolicyArn");
    struct stmt *s;

    if (!arn || !need_policy(c, arn))
        return;
    s = sql(c->cloud, "select 1 from attachments where arn = ?1 union all select 1 from principals"
                      " where boundary = ?1");
    stmt_text(s, 1, arn);
    if (sql_row(c->cloud, s)) {
        call_fail(c, 409, "DeleteConflict",
                  "Cannot delete a policy attached to entities: detach it first.");
        return;
    }
    s = sql(c->cloud, "select count(*) from policy_versions where arn = ?1");
    stmt_text(s, 1, arn);
    if (sql_row(c->cloud, s) && stmt_get_int(s, 0) > 1) {
        call_fail(c, 409, "DeleteConflict",
                  "This policy has more than one version. Before you delete a policy, you must "
                  "delete the policy's versions. The default version is deleted with the policy.");
        return;
    }
    s = sql(c->cloud, "delete from policy_versions where arn = ?1");
    stmt_text(s, 1, arn);
    sql_run(c->cloud, s);
    s = sql(c->cloud, "delete from policies where arn = ?1");
    stmt_text(s, 1, arn);
    sql_run(c->cloud, s);
    tags_remove(c->cloud, arn, NULL);
}

/* ---- AWS's own
 * --------------------------------------------------------------------------------------- */

#define ALLOW(actions, resource)                                                                   \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[" actions        \
    "],\"Resource\":\"" resource "\"}]}"

/* In the spirit of AWS's policies of these names; theirs are longer. */
static const struct {
    const char *name, *document;
} managed[] = {
    {"AdministratorAccess", ALLOW("\"*\"", "*")},
    {"AmazonS3FullAccess", ALLOW("\"s3:*\"", "*")},
    {"AmazonS3ReadOnlyAccess", ALLOW("\"s3:Get*\",\"s3:List*\"", "*")},
    {"AmazonSageMakerFullAccess",
     "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
     "\"sagemaker:*\",\"logs:*\",\"cloudwatch:PutMetricData\",\"ecr:GetAuthorizationToken\","
     "\"s3:CreateBucket\",\"s3:ListBucket\",\"s3:GetBucketLocation\",\"s3:ListAllMyBuckets\"],"
     "\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\","
     "\"s3:DeleteObject\",\"s3:AbortMultipartUpload\"],\"Resource\":[\"arn:aws:s3:::*SageMaker*\","
     "\"arn:aws:s3:::*Sagemaker*\",\"arn:aws:s3:::*sagemaker*\"]},{\"Effect\":\"Allow\","
     "\"Action\":\"iam:PassRole\",\"Resource\":\"arn:aws:iam::*:role/*AmazonSageMaker*\","
     "\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":\"sagemaker.amazonaws.com\"}}}]}"},
    {"CloudWatchLogsReadOnlyAccess",
     ALLOW("\"logs:Describe*\",\"logs:Get*\",\"logs:List*\",\"logs:FilterLogEvents\"", "*")},
};

void iam_add_managed(struct cloud *cloud)
{
    struct arena a = {0};

    cloud_lock(cloud);
    if (cloud_begin(cloud)) {
        for (size_t i = 0; i < sizeof managed / sizeof managed[0]; i++)
            insert_policy(cloud, arena_printf(&a, "arn:aws:iam::aws:policy/%s", managed[i].name),
                          managed[i].name, "/", managed[i].document, NULL);
        cloud_commit(cloud);
    }
    cloud_unlock(cloud);
    arena_done(&a);
}
