/* Roles, and the users there are. */
#include "cloud/iam.h"

#include <string.h>

enum { ROLE_NAME_MAX = 64, PAGE = 100 };

static bool is_good_name(const char *name)
{
    size_t n = strlen(name);

    return n && n <= ROLE_NAME_MAX &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-") ==
               n;
}

static const char principal_columns[] =
    "select name, id, arn, path, created, trust, description, max_session from principals"
    " where kind = ?1 and name > ?2 order by name limit ?3";
static const char principal_row[] =
    "select name, id, arn, path, created, trust, description, max_session from principals"
    " where kind = ?1 and name = ?2";

static void put_principal(struct str *out, struct stmt *s, bool role)
{
    xml_put(out, "Path", stmt_get_text(s, 3));
    xml_put(out, role ? "RoleName" : "UserName", stmt_get_text(s, 0));
    xml_put(out, role ? "RoleId" : "UserId", stmt_get_text(s, 1));
    xml_put(out, "Arn", stmt_get_text(s, 2));
    xml_put_time(out, "CreateDate", stmt_get_int(s, 4));
    if (!role)
        return;
    iam_put_document(out, "AssumeRolePolicyDocument", stmt_get_text(s, 5));
    if (!stmt_is_null(s, 6))
        xml_put(out, "Description", stmt_get_text(s, 6));
    xml_put_int(out, "MaxSessionDuration", stmt_get_int(s, 7));
}

static void get_principal(struct call *c, const char *kind, const char *name)
{
    struct stmt *s = sql(c->cloud, principal_row);
    bool role = !strcmp(kind, "role");

    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    if (!sql_row(c->cloud, s)) {
        iam_no_such(c, kind, arena_printf(&c->memory, "with name %s", name));
        return;
    }
    xml_open(&c->answer, role ? "Role" : "User");
    put_principal(&c->answer, s, role);
    xml_close(&c->answer, role ? "Role" : "User");
    stmt_reset(s);
}

/* One page of all of a kind, by name. */
static void list_principals(struct call *c, const char *kind, const char *tag)
{
    const char *from = call_page_key(c, call_param(c, "Marker"));
    int64_t most = call_int(c, "MaxItems", PAGE, 1, 1000), n = 0;
    const char *last = "";
    struct stmt *s;

    if (call_failed(c))
        return;
    s = sql(c->cloud, principal_columns);
    stmt_text(s, 1, kind);
    stmt_text(s, 2, from);
    stmt_int(s, 3, most + 1);
    xml_open(&c->answer, tag);
    while (sql_row(c->cloud, s) && n++ < most) {
        last = sql_text(&c->memory, s, 0);
        xml_open(&c->answer, "member");
        put_principal(&c->answer, s, !strcmp(kind, "role"));
        xml_close(&c->answer, "member");
    }
    stmt_reset(s);
    xml_close(&c->answer, tag);
    xml_put_bool(&c->answer, "IsTruncated", n > most);
    if (n > most)
        xml_put(&c->answer, "Marker", call_page_token(c, last));
}

/* ---- roles ---------------------------------------------------------------------------- */

static void insert_role(struct call *c, const char *name, const char *path, const char *trust)
{
    struct stmt *s = sql(c->cloud, "insert into principals (kind, name, id, path, arn, created,"
                                   " trust, description, max_session)"
                                   " values ('role', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    struct str id = STR_INIT;

    random_id(&id, "AROA", 17);
    stmt_text(s, 1, name);
    stmt_text(s, 2, id.ptr);
    stmt_text(s, 3, path);
    stmt_text(s, 4, iam_arn(c, "role", path, name));
    stmt_int(s, 5, cloud_now(c->cloud));
    stmt_text(s, 6, trust);
    stmt_text(s, 7, call_param(c, "Description"));
    stmt_int(s, 8, call_int(c, "MaxSessionDuration", 3600, 3600, 43200));
    sql_run(c->cloud, s);
    str_done(&id);
}

/* Tags.member.1.Key and so on. */
static void put_tags(struct call *c, const char *arn)
{
    for (int i = 1; i <= 50; i++) {
        const char *key = call_param(c, arena_printf(&c->memory, "Tags.member.%d.Key", i));
        const char *value = call_param(c, arena_printf(&c->memory, "Tags.member.%d.Value", i));

        if (!key)
            break;
        tags_put(c->cloud, arn, key, value ? value : "");
    }
}

void iam_create_role(struct call *c)
{
    const char *name = call_need(c, "RoleName"), *path = call_param(c, "Path");
    const char *trust = call_need(c, "AssumeRolePolicyDocument");
    struct stmt *s;

    path = path ? path : "/";
    if (call_failed(c))
        return;
    if (!is_good_name(name) || *path != '/' || path[strlen(path) - 1] != '/') {
        call_fail(c, 400, "ValidationError",
                  "The specified value for roleName is invalid. It must contain only alphanumeric "
                  "characters and/or the following: +=,.@_-");
        return;
    }
    if (!iam_document(c, trust, POLICY_TRUST))
        return;
    s = sql(c->cloud, "select 1 from principals where kind = 'role' and lower(name) = lower(?1)");
    stmt_text(s, 1, name);
    if (sql_row(c->cloud, s)) {
        call_fail(c, 409, "EntityAlreadyExists", "Role with name %s already exists.", name);
        return;
    }
    insert_role(c, name, path, trust);
    put_tags(c, iam_arn(c, "role", path, name));
    if (!call_failed(c))
        get_principal(c, "role", name);
}

void iam_get_role(struct call *c)
{
    const char *name = call_need(c, "RoleName");

    if (name)
        get_principal(c, "role", name);
}

void iam_list_roles(struct call *c)
{
    list_principals(c, "role", "Roles");
}

static bool has_rows(struct call *c, struct stmt *s, const char *name)
{
    bool has;

    stmt_text(s, 1, name);
    has = sql_row(c->cloud, s);
    stmt_reset(s);
    return has;
}

void iam_delete_role(struct call *c)
{
    const char *name = call_need(c, "RoleName");
    struct stmt *s;

    if (!name || !iam_need_principal(c, "role", name))
        return;
    if (has_rows(c, sql(c->cloud, "select 1 from attachments where kind = 'role' and name = ?1"),
                 name))
        call_fail(c, 409, "DeleteConflict",
                  "Cannot delete entity, must detach all policies first.");
    else if (has_rows(c,
                      sql(c->cloud, "select 1 from inline_policies where kind = 'role'"
                                    " and name = ?1"),
                      name))
        call_fail(c, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.");
    if (call_failed(c))
        return;
    s = sql(c->cloud, "delete from tags where arn = (select arn from principals where"
                      " kind = 'role' and name = ?1)");
    stmt_text(s, 1, name);
    sql_run(c->cloud, s);
    s = sql(c->cloud, "delete from principals where kind = 'role' and name = ?1");
    stmt_text(s, 1, name);
    sql_run(c->cloud, s);
    access_forget(c->cloud);
}

void iam_update_trust(struct call *c)
{
    const char *name = call_need(c, "RoleName"), *trust = call_need(c, "PolicyDocument");
    struct stmt *s;

    if (call_failed(c) || !iam_need_principal(c, "role", name) ||
        !iam_document(c, trust, POLICY_TRUST))
        return;
    s = sql(c->cloud, "update principals set trust = ?2 where kind = 'role' and name = ?1");
    stmt_text(s, 1, name);
    stmt_text(s, 2, trust);
    sql_run(c->cloud, s);
}

static const char *role_arn(struct call *c, const char *name)
{
    struct stmt *s = sql(c->cloud, "select arn from principals where kind = 'role' and name = ?1");
    const char *arn = NULL;

    stmt_text(s, 1, name);
    if (sql_row(c->cloud, s))
        arn = sql_text(&c->memory, s, 0);
    stmt_reset(s);
    return arn;
}

void iam_tag_role(struct call *c)
{
    const char *name = call_need(c, "RoleName");

    if (name && iam_need_principal(c, "role", name))
        put_tags(c, role_arn(c, name));
}

static void put_tag(void *ctx, const char *key, const char *value)
{
    struct str *out = ctx;

    xml_open(out, "member");
    xml_put(out, "Key", key);
    xml_put(out, "Value", value);
    xml_close(out, "member");
}

void iam_list_role_tags(struct call *c)
{
    const char *name = call_need(c, "RoleName");

    if (!name || !iam_need_principal(c, "role", name))
        return;
    xml_open(&c->answer, "Tags");
    tags_each(c->cloud, role_arn(c, name), put_tag, &c->answer);
    xml_close(&c->answer, "Tags");
    xml_put_bool(&c->answer, "IsTruncated", false);
}

/* ---- users ------------------------------------------------------------------------------ */

void iam_get_user(struct call *c)
{
    const char *name = call_param(c, "UserName");

    if (!name && c->who.kind == CALLER_ROOT) {
        xml_open(&c->answer, "User");
        xml_put(&c->answer, "UserId", c->who.id);
        xml_put(&c->answer, "Arn", c->who.arn);
        xml_close(&c->answer, "User");
    } else {
        get_principal(c, "user", name ? name : c->who.name);
    }
}

void iam_list_users(struct call *c)
{
    list_principals(c, "user", "Users");
}

void iam_list_access_keys(struct call *c)
{
    const char *name = call_param(c, "UserName");
    struct stmt *s;

    name = name ? name : c->who.name;
    s = sql(c->cloud,
            "select id, status, created from access_keys where user = ?1 order by created");
    stmt_text(s, 1, name);
    xml_open(&c->answer, "AccessKeyMetadata");
    while (sql_row(c->cloud, s)) {
        xml_open(&c->answer, "member");
        xml_put(&c->answer, "UserName", name);
        xml_put(&c->answer, "AccessKeyId", stmt_get_text(s, 0));
        xml_put(&c->answer, "Status", stmt_get_text(s, 1));
        xml_put_time(&c->answer, "CreateDate", stmt_get_int(s, 2));
        xml_close(&c->answer, "member");
    }
    stmt_reset(s);
    xml_close(&c->answer, "AccessKeyMetadata");
    xml_put_bool(&c->answer, "IsTruncated", false);
}
