/* What users, roles and groups have in common: a name, a path, tags, and being listed in pages. */
#include "cloud/iam.h"

#include <string.h>

enum { PAGE = 100, TAGS_MAX = 50 };

const char *iam_word(const char *kind)
{
    return !strcmp(kind, "user") ? "User" : !strcmp(kind, "group") ? "Group" : "Role";
}

/* ---- names and paths --------------------------------------------------------------------- */

bool iam_path(struct call *c, const char *member, const char **out)
{
    const char *path = call_param(c, member);

    *out = path ? path : "/";
    if (!path || (*path == '/' && path[strlen(path) - 1] == '/'))
        return true;
    call_fail(c, 400, "ValidationError",
              "The specified value for path is invalid. It must begin and end with / and contain "
              "only alphanumeric characters and/or / characters.");
    return false;
}

/* IAM's names differ in more than the case of their letters. */
bool iam_is_free(struct call *c, const char *kind, const char *name)
{
    struct stmt *s =
        sql(c->cloud, "select 1 from principals where kind = ?1 and lower(name) = lower(?2)");
    bool taken;

    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    taken = sql_row(c->cloud, s);
    stmt_reset(s);
    if (taken)
        call_fail(c, 409, "EntityAlreadyExists", "%s with name %s already exists.", iam_word(kind),
                  name);
    return !taken;
}

const char *iam_principal_arn(struct call *c, const char *kind, const char *name)
{
    struct stmt *s = sql(c->cloud, "select arn from principals where kind = ?1 and name = ?2");
    const char *arn = NULL;

    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    if (sql_row(c->cloud, s))
        arn = sql_text(&c->memory, s, 0);
    stmt_reset(s);
    return arn;
}

/* ---- making and unmaking -------------------------------------------------------------------- */

/* A boundary is a managed policy that is there; NULL is none. */
static bool check_boundary(struct call *c, const char *arn)
{
    struct stmt *s;
    bool there;

    if (!arn)
        return true;
    s = sql(c->cloud, "select 1 from policies where arn = ?1");
    stmt_text(s, 1, arn);
    there = sql_row(c->cloud, s);
    stmt_reset(s);
    if (!there)
        call_fail(c, 404, "NoSuchEntity", "Scope ARN: %s does not exist or is not attachable.",
                  arn);
    return there;
}

bool iam_insert_principal(struct call *c, const char *kind, const char *name, const char *path,
                          const char *trust)
{
    const char *prefix = !strcmp(kind, "user") ? "AIDA" : !strcmp(kind, "group") ? "AGPA" : "AROA";
    const char *boundary = call_param(c, "PermissionsBoundary"), *arn;
    struct str id = STR_INIT;
    struct stmt *s;

    if (!iam_is_free(c, kind, name) || !check_boundary(c, boundary))
        return false;
    arn = iam_arn(c, kind, path, name);
    random_id(&id, prefix, 17);
    s = sql(c->cloud, "insert into principals (kind, name, id, path, arn, created, trust,"
                      " description, max_session, boundary)"
                      " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    stmt_text(s, 3, id.ptr);
    stmt_text(s, 4, path);
    stmt_text(s, 5, arn);
    stmt_int(s, 6, cloud_now(c->cloud));
    stmt_text(s, 7, trust);
    stmt_text(s, 8, call_param(c, "Description"));
    stmt_int(s, 9, call_int(c, "MaxSessionDuration", 3600, 3600, 43200));
    stmt_text(s, 10, boundary);
    sql_run(c->cloud, s);
    str_done(&id);
    iam_put_tags(c, arn);
    access_forget(c->cloud);
    return !call_failed(c);
}

/* Is there a row of `s`, whose two parameters are kind and name? Then it must go first. */
static bool in_the_way(struct call *c, struct stmt *s, const char *kind, const char *name,
                       const char *words)
{
    bool there;

    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    there = sql_row(c->cloud, s);
    stmt_reset(s);
    if (there)
        call_fail(c, 409, "DeleteConflict", "Cannot delete entity, must %s first.", words);
    return there;
}

bool iam_delete_principal(struct call *c, const char *kind, const char *name)
{
    struct stmt *s;

    if (!iam_need_principal(c, kind, name) ||
        in_the_way(c, sql(c->cloud, "select 1 from attachments where kind = ?1 and name = ?2"),
                   kind, name, "detach all policies") ||
        in_the_way(c, sql(c->cloud, "select 1 from inline_policies where kind = ?1 and name = ?2"),
                   kind, name, "delete policies") ||
        in_the_way(c, sql(c->cloud, "select 1 from access_keys where ?1 = 'user' and user = ?2"),
                   kind, name, "delete access keys") ||
        in_the_way(c,
                   sql(c->cloud, "select 1 from members where (?1 = 'user' and user = ?2)"
                                 " or (?1 = 'group' and grp = ?2)"),
                   kind, name, "remove users from group"))
        return false;
    tags_remove(c->cloud, iam_principal_arn(c, kind, name), NULL);
    s = sql(c->cloud, "delete from principals where kind = ?1 and name = ?2");
    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    sql_run(c->cloud, s);
    access_forget(c->cloud);
    return true;
}

/* ---- one in an answer -------------------------------------------------------------------------
 */

#define PRINCIPAL "select name, id, arn, path, created, trust, description, max_session, boundary"

static void put_boundary(struct str *out, const char *arn)
{
    xml_open(out, "PermissionsBoundary");
    xml_put(out, "PermissionsBoundaryType", "PermissionsBoundaryPolicy");
    xml_put(out, "PermissionsBoundaryArn", arn);
    xml_close(out, "PermissionsBoundary");
}

static void put_row(struct call *c, struct stmt *s, const char *kind)
{
    struct str *out = &c->answer;

    xml_put(out, "Path", stmt_get_text(s, 3));
    xml_put(out, arena_printf(&c->memory, "%sName", iam_word(kind)), stmt_get_text(s, 0));
    xml_put(out, arena_printf(&c->memory, "%sId", iam_word(kind)), stmt_get_text(s, 1));
    xml_put(out, "Arn", stmt_get_text(s, 2));
    xml_put_time(out, "CreateDate", stmt_get_int(s, 4));
    if (strcmp(kind, "role"))
        return;
    iam_put_document(out, "AssumeRolePolicyDocument", stmt_get_text(s, 5));
    if (!stmt_is_null(s, 6))
        xml_put(out, "Description", stmt_get_text(s, 6));
    xml_put_int(out, "MaxSessionDuration", stmt_get_int(s, 7));
}

void iam_put_user(struct call *c, struct stmt *s)
{
    put_row(c, s, "user");
}

void iam_put_role(struct call *c, struct stmt *s)
{
    put_row(c, s, "role");
}

void iam_put_group(struct call *c, struct stmt *s)
{
    put_row(c, s, "group");
}

static void put_tag(void *ctx, const char *key, const char *value)
{
    struct str *out = ctx;

    xml_open(out, "member");
    xml_put(out, "Key", key);
    xml_put(out, "Value", value);
    xml_close(out, "member");
}

void iam_put_tag_list(struct call *c, const char *arn)
{
    struct str tags = STR_INIT;

    tags_each(c->cloud, arn, put_tag, &tags);
    if (tags.len) {
        xml_open(&c->answer, "Tags");
        str_put(&c->answer, slice_str(&tags));
        xml_close(&c->answer, "Tags");
    }
    str_done(&tags);
}

/* Lists leave tags and boundaries out; an answer about one has them. */
void iam_answer_principal(struct call *c, const char *kind, const char *name)
{
    struct stmt *s = sql(c->cloud, PRINCIPAL " from principals where kind = ?1 and name = ?2");

    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    if (!sql_row(c->cloud, s)) {
        iam_no_such(c, kind, arena_printf(&c->memory, "with name %s", name));
        return;
    }
    xml_open(&c->answer, iam_word(kind));
    put_row(c, s, kind);
    if (!stmt_is_null(s, 8))
        put_boundary(&c->answer, stmt_get_text(s, 8));
    iam_put_tag_list(c, sql_text(&c->memory, s, 2));
    xml_close(&c->answer, iam_word(kind));
    stmt_reset(s);
}

/* ---- pages --------------------------------------------------------------------------------------
 */

void iam_page(struct call *c, struct stmt *s, int at, const char *tag, int key, iam_put_fn *put)
{
    const char *from = call_page_key(c, call_param(c, "Marker")), *last = "";
    int64_t most = call_int(c, "MaxItems", PAGE, 1, 1000), n = 0;

    if (call_failed(c)) {
        stmt_reset(s);
        return;
    }
    stmt_text(s, at, from);
    stmt_int(s, at + 1, most + 1);
    xml_open(&c->answer, tag);
    while (sql_row(c->cloud, s) && n++ < most) {
        last = sql_text(&c->memory, s, key);
        xml_open(&c->answer, "member");
        put(c, s);
        xml_close(&c->answer, "member");
    }
    stmt_reset(s);
    xml_close(&c->answer, tag);
    xml_put_bool(&c->answer, "IsTruncated", n > most);
    if (n > most)
        xml_put(&c->answer, "Marker", call_page_token(c, last));
}

void iam_list_principals(struct call *c, const char *kind, const char *tag, iam_put_fn *put)
{
    const char *prefix = call_param(c, "PathPrefix");
    struct stmt *s = sql(c->cloud, PRINCIPAL " from principals where kind = ?1"
                                             " and substr(path, 1, length(?2)) = ?2 and name > ?3"
                                             " order by name limit ?4");

    stmt_text(s, 1, kind);
    stmt_text(s, 2, prefix ? prefix : "");
    iam_page(c, s, 3, tag, 0, put);
}

/* ---- tags
 * ------------------------------------------------------------------------------------------ */

void iam_put_tags(struct call *c, const char *arn)
{
    struct stmt *s;
    int64_t n;

    for (int i = 1; i <= TAGS_MAX; i++) {
        const char *key = call_param(c, arena_printf(&c->memory, "Tags.member.%d.Key", i));
        const char *value = call_param(c, arena_printf(&c->memory, "Tags.member.%d.Value", i));

        if (!key)
            break;
        tags_put(c->cloud, arn, key, value ? value : "");
    }
    s = sql(c->cloud, "select count(*) from tags where arn = ?1");
    stmt_text(s, 1, arn);
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    if (n > TAGS_MAX)
        call_fail(c, 409, "LimitExceeded", "The number of tags has reached the maximum limit.");
    access_forget(c->cloud);
}

/* TagRole, UntagUser, ListPolicyTags: whose, the operation's name says. */
static const char *tagged(struct call *c)
{
    const char *operation = c->operation->name, *kind, *name;

    if (strstr(operation, "Policy")) {
        name = call_need(c, "PolicyArn");
        return name && iam_need_policy(c, name) ? name : NULL;
    }
    kind = strstr(operation, "User") ? "user" : "role";
    name = call_need(c, arena_printf(&c->memory, "%sName", iam_word(kind)));
    return name && iam_need_principal(c, kind, name) ? iam_principal_arn(c, kind, name) : NULL;
}

void iam_tag(struct call *c)
{
    const char *arn = tagged(c);

    if (arn)
        iam_put_tags(c, arn);
}

void iam_untag(struct call *c)
{
    const char *arn = tagged(c);

    for (int i = 1; arn && i <= TAGS_MAX; i++) {
        const char *key = call_param(c, arena_printf(&c->memory, "TagKeys.member.%d", i));

        if (!key)
            break;
        tags_remove(c->cloud, arn, key);
    }
    access_forget(c->cloud);
}

static void put_tag_row(struct call *c, struct stmt *s)
{
    xml_put(&c->answer, "Key", stmt_get_text(s, 0));
    xml_put(&c->answer, "Value", stmt_get_text(s, 1));
}

void iam_list_tags(struct call *c)
{
    const char *arn = tagged(c);
    struct stmt *s;

    if (!arn)
        return;
    s = sql(c->cloud, "select key, value from tags where arn = ?1 and key > ?2 order by key"
                      " limit ?3");
    stmt_text(s, 1, arn);
    iam_page(c, s, 2, "Tags", 0, put_tag_row);
}

/* ---- boundaries
 * --------------------------------------------------------------------------------------- */

static void set_boundary(struct call *c, const char *boundary)
{
    const char *kind = strstr(c->operation->name, "User") ? "user" : "role";
    const char *name = call_need(c, arena_printf(&c->memory, "%sName", iam_word(kind)));
    struct stmt *s;

    if (!name || !iam_need_principal(c, kind, name) || !check_boundary(c, boundary))
        return;
    s = sql(c->cloud, "update principals set boundary = ?3 where kind = ?1 and name = ?2");
    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    stmt_text(s, 3, boundary);
    sql_run(c->cloud, s);
    access_forget(c->cloud);
}

void iam_put_permissions_boundary(struct call *c)
{
    const char *boundary = call_need(c, "PermissionsBoundary");

    if (boundary)
        set_boundary(c, boundary);
}

void iam_delete_permissions_boundary(struct call *c)
{
    set_boundary(c, NULL);
}
