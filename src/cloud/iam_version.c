/* Managed policies' versions, of which five are kept, and to whom a policy is attached. */
#include "cloud/iam.h"

#include <string.h>

enum { VERSIONS_MAX = 5 };

bool iam_need_policy(struct call *c, const char *arn)
{
    struct stmt *s = sql(c->cloud, "select 1 from policies where arn = ?1");
    bool there;

    stmt_text(s, 1, arn);
    there = sql_row(c->cloud, s);
    stmt_reset(s);
    if (!there)
        call_fail(c, 404, "NoSuchEntity", "Policy %s was not found.", arn);
    return there;
}

/* AWS's own can be read and attached, not changed. */
static const char *need_own_policy(struct call *c)
{
    const char *arn = call_need(c, "PolicyArn");

    if (!arn || !iam_need_policy(c, arn))
        return NULL;
    if (!strncmp(arn, "arn:aws:iam::aws:", 17)) {
        call_fail(c, 403, "AccessDenied", "Policy %s is AWS's own and cannot be changed.", arn);
        return NULL;
    }
    return arn;
}

static void put_version(struct str *out, const char *version, bool standard, int64_t created)
{
    xml_put(out, "VersionId", version);
    xml_put_bool(out, "IsDefaultVersion", standard);
    xml_put_time(out, "CreateDate", created);
}

static int64_t count_versions(struct call *c, const char *arn)
{
    struct stmt *s = sql(c->cloud, "select count(*) from policy_versions where arn = ?1");
    int64_t n;

    stmt_text(s, 1, arn);
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    return n;
}

static int64_t take_number(struct call *c, const char *arn)
{
    struct stmt *s = sql(c->cloud, "update policies set next_version = next_version + 1,"
                                   " updated = ?2 where arn = ?1 returning next_version - 1");
    int64_t n;

    stmt_text(s, 1, arn);
    stmt_int(s, 2, cloud_now(c->cloud));
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    return n;
}

static void set_standard(struct call *c, const char *arn, const char *version)
{
    struct stmt *s = sql(c->cloud, "update policies set standard = ?2 where arn = ?1");

    stmt_text(s, 1, arn);
    stmt_text(s, 2, version);
    sql_run(c->cloud, s);
    access_forget(c->cloud);
}

void iam_create_policy_version(struct call *c)
{
    const char *arn = need_own_policy(c), *text = call_need(c, "PolicyDocument");
    const char *standard = call_param(c, "SetAsDefault"), *version;
    bool is_standard = standard && !strcmp(standard, "true");
    struct stmt *s;
    int64_t number;

    if (call_failed(c) || !iam_document(c, text, POLICY_IDENTITY))
        return;
    if (count_versions(c, arn) >= VERSIONS_MAX) {
        call_fail(c, 409, "LimitExceeded",
                  "A managed policy can have up to %d versions. Before you create a new version, "
                  "you must delete an existing version.",
                  VERSIONS_MAX);
        return;
    }
    number = take_number(c, arn);
    version = arena_printf(&c->memory, "v%lld", (long long)number);
    s = sql(c->cloud, "insert into policy_versions values (?1, ?2, ?3, ?4, ?5)");
    stmt_text(s, 1, arn);
    stmt_text(s, 2, version);
    stmt_text(s, 3, text);
    stmt_int(s, 4, cloud_now(c->cloud));
    stmt_int(s, 5, number);
    sql_run(c->cloud, s);
    if (is_standard)
        set_standard(c, arn, version);
    xml_open(&c->answer, "PolicyVersion");
    put_version(&c->answer, version, is_standard, cloud_now(c->cloud));
    xml_close(&c->answer, "PolicyVersion");
}

void iam_list_policy_versions(struct call *c)
{
    const char *arn = call_need(c, "PolicyArn");
    struct stmt *s;

    if (!arn || !iam_need_policy(c, arn))
        return;
    s = sql(c->cloud, "select v.version, v.version = p.standard, v.created from policy_versions v"
                      " join policies p on p.arn = v.arn where v.arn = ?1 order by v.number desc");
    stmt_text(s, 1, arn);
    xml_open(&c->answer, "Versions");
    while (sql_row(c->cloud, s)) {
        xml_open(&c->answer, "member");
        put_version(&c->answer, stmt_get_text(s, 0), stmt_get_int(s, 1) != 0, stmt_get_int(s, 2));
        xml_close(&c->answer, "member");
    }
    stmt_reset(s);
    xml_close(&c->answer, "Versions");
    xml_put_bool(&c->answer, "IsTruncated", false);
}

/* Is it there, and is it the one that counts? */
static bool find_version(struct call *c, const char *arn, const char *version, bool *standard)
{
    struct stmt *s = sql(c->cloud, "select v.version = p.standard from policy_versions v"
                                   " join policies p on p.arn = v.arn"
                                   " where v.arn = ?1 and v.version = ?2");
    bool there;

    stmt_text(s, 1, arn);
    stmt_text(s, 2, version);
    there = sql_row(c->cloud, s);
    *standard = there && stmt_get_int(s, 0);
    stmt_reset(s);
    if (!there)
        call_fail(c, 404, "NoSuchEntity", "Policy %s version %s does not exist.", arn, version);
    return there;
}

void iam_set_policy_version(struct call *c)
{
    const char *arn = need_own_policy(c), *version = call_need(c, "VersionId");
    bool standard;

    if (!call_failed(c) && find_version(c, arn, version, &standard))
        set_standard(c, arn, version);
}

void iam_delete_policy_version(struct call *c)
{
    const char *arn = need_own_policy(c), *version = call_need(c, "VersionId");
    struct stmt *s;
    bool standard;

    if (call_failed(c) || !find_version(c, arn, version, &standard))
        return;
    if (standard) {
        call_fail(c, 409, "DeleteConflict", "Cannot delete the default version of a policy.");
        return;
    }
    s = sql(c->cloud, "delete from policy_versions where arn = ?1 and version = ?2");
    stmt_text(s, 1, arn);
    stmt_text(s, 2, version);
    sql_run(c->cloud, s);
}

/* ---- attached to whom --------------------------------------------------------------------- */

static void put_entities(struct call *c, const char *arn, const char *kind, const char *list,
                         const char *name_tag, const char *id_tag)
{
    struct stmt *s = sql(c->cloud, "select p.name, p.id from attachments a join principals p"
                                   " on p.kind = a.kind and p.name = a.name"
                                   " where a.arn = ?1 and a.kind = ?2 order by p.name");

    stmt_text(s, 1, arn);
    stmt_text(s, 2, kind);
    xml_open(&c->answer, list);
    while (sql_row(c->cloud, s)) {
        xml_open(&c->answer, "member");
        xml_put(&c->answer, name_tag, stmt_get_text(s, 0));
        xml_put(&c->answer, id_tag, stmt_get_text(s, 1));
        xml_close(&c->answer, "member");
    }
    stmt_reset(s);
    xml_close(&c->answer, list);
}

void iam_list_entities(struct call *c)
{
    const char *arn = call_need(c, "PolicyArn"), *only = call_param(c, "EntityFilter");

    if (!arn || !iam_need_policy(c, arn))
        return;
    if (!only || !strcmp(only, "User"))
        put_entities(c, arn, "user", "PolicyUsers", "UserName", "UserId");
    if (!only || !strcmp(only, "Role"))
        put_entities(c, arn, "role", "PolicyRoles", "RoleName", "RoleId");
    if (!only || !strcmp(only, "Group"))
        put_entities(c, arn, "group", "PolicyGroups", "GroupName", "GroupId");
    xml_put_bool(&c->answer, "IsTruncated", false);
}
