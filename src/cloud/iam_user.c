/* Users, and their access keys, of which each has two at the most. */
#include "cloud/iam.h"

#include "base/digest.h"

#include <string.h>
#include <strings.h>

enum { KEYS_MAX = 2, SECRET_BYTES = 30 };

/* ---- users ----------------------------------------------------------------------------- */

void iam_create_user(struct call *c)
{
    const char *name = call_need(c, "UserName"), *path;

    if (name && iam_path(c, "Path", &path) && iam_insert_principal(c, "user", name, path, NULL))
        iam_answer_principal(c, "user", name);
}

void iam_get_user(struct call *c)
{
    const char *name = call_param(c, "UserName");

    if (name || c->who.kind != CALLER_ROOT) {
        iam_answer_principal(c, "user", name ? name : c->who.name);
        return;
    }
    xml_open(&c->answer, "User");
    xml_put(&c->answer, "UserId", c->who.id);
    xml_put(&c->answer, "Arn", c->who.arn);
    xml_close(&c->answer, "User");
}

void iam_list_users(struct call *c)
{
    iam_list_principals(c, "user", "Users", iam_put_user);
}

void iam_delete_user(struct call *c)
{
    const char *name = call_need(c, "UserName");

    if (name)
        iam_delete_principal(c, "user", name);
}

/* Everything that names the user names the new one; `from` and `to` are parameters 1 and 2. */
static void rename_rows(struct call *c, const char *from, const char *to)
{
    struct stmt *const updates[] = {
        sql(c->cloud, "update inline_policies set name = ?2 where kind = 'user' and name = ?1"),
        sql(c->cloud, "update attachments set name = ?2 where kind = 'user' and name = ?1"),
        sql(c->cloud, "update members set user = ?2 where user = ?1"),
        sql(c->cloud, "update access_keys set user = ?2 where user = ?1"),
        sql(c->cloud, "delete from sessions where kind = 2 and name = ?1 and ?2 is not null"),
    };

    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
        stmt_text(updates[i], 1, from);
        stmt_text(updates[i], 2, to);
        sql_run(c->cloud, updates[i]);
    }
}

static void move_tags(struct call *c, const char *from, const char *to)
{
    struct stmt *s = sql(c->cloud, "update tags set arn = ?2 where arn = ?1");

    stmt_text(s, 1, from);
    stmt_text(s, 2, to);
    sql_run(c->cloud, s);
}

static const char *path_of(struct call *c, const char *name)
{
    struct stmt *s = sql(c->cloud, "select path from principals where kind = 'user'"
                                   " and name = ?1");
    const char *path = "/";

    stmt_text(s, 1, name);
    if (sql_row(c->cloud, s))
        path = sql_text(&c->memory, s, 0);
    stmt_reset(s);
    return path;
}

void iam_update_user(struct call *c)
{
    const char *name = call_need(c, "UserName"), *to = call_param(c, "NewUserName"), *path, *arn;
    struct stmt *s;

    if (!name || !iam_need_principal(c, "user", name) || !iam_path(c, "NewPath", &path))
        return;
    to = to ? to : name;
    if (!call_param(c, "NewPath"))
        path = path_of(c, name);
    if (strcasecmp(to, name) && !iam_is_free(c, "user", to))
        return;
    arn = iam_arn(c, "user", path, to);
    move_tags(c, iam_principal_arn(c, "user", name), arn);
    s = sql(c->cloud, "update principals set name = ?2, path = ?3, arn = ?4"
                      " where kind = 'user' and name = ?1");
    stmt_text(s, 1, name);
    stmt_text(s, 2, to);
    stmt_text(s, 3, path);
    stmt_text(s, 4, arn);
    sql_run(c->cloud, s);
    if (strcmp(to, name))
        rename_rows(c, name, to);
    access_forget(c->cloud);
}

/* ---- access keys -------------------------------------------------------------------------- */

/* The user that is named, or the caller; NULL is root, whose keys have no user. */
static bool key_owner(struct call *c, const char **user)
{
    *user = call_param(c, "UserName");
    if (!*user && c->who.kind == CALLER_ROOT)
        return true;
    if (!*user && c->who.kind != CALLER_USER) {
        call_fail(c, 400, "ValidationError",
                  "Must specify userName when calling with non-User "
                  "credentials");
        return false;
    }
    if (!*user)
        *user = c->who.name;
    return iam_need_principal(c, "user", *user);
}

static int64_t count_keys(struct call *c, const char *user)
{
    struct stmt *s = sql(c->cloud, "select count(*) from access_keys where user is ?1");
    int64_t n;

    stmt_text(s, 1, user);
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    return n;
}

static void put_key(struct call *c, const char *user, const char *id, const char *status,
                    int64_t created)
{
    if (user)
        xml_put(&c->answer, "UserName", user);
    xml_put(&c->answer, "AccessKeyId", id);
    xml_put(&c->answer, "Status", status);
    xml_put_time(&c->answer, "CreateDate", created);
}

/* The secret is shown this once. */
static void make_key(struct call *c, const char *user)
{
    struct stmt *s = sql(c->cloud, "insert into access_keys (id, secret, user, status, created)"
                                   " values (?1, ?2, ?3, 'Active', ?4)");
    struct str id = STR_INIT, secret = STR_INIT;
    uint8_t bytes[SECRET_BYTES];

    random_id(&id, "AKIA", 16);
    random_bytes(bytes, sizeof bytes);
    str_put_base64(&secret, bytes, sizeof bytes);
    stmt_text(s, 1, id.ptr);
    stmt_text(s, 2, secret.ptr);
    stmt_text(s, 3, user);
    stmt_int(s, 4, cloud_now(c->cloud));
    sql_run(c->cloud, s);
    xml_open(&c->answer, "AccessKey");
    put_key(c, user ? user : "root", id.ptr, "Active", cloud_now(c->cloud));
    xml_put(&c->answer, "SecretAccessKey", secret.ptr);
    xml_close(&c->answer, "AccessKey");
    bytes_wipe(bytes, sizeof bytes);
    bytes_wipe(secret.ptr, secret.len);
    str_done(&id);
    str_done(&secret);
}

void iam_create_access_key(struct call *c)
{
    const char *user;

    if (!key_owner(c, &user))
        return;
    if (count_keys(c, user) >= KEYS_MAX)
        call_fail(c, 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: %d",
                  KEYS_MAX);
    else
        make_key(c, user);
}

static void put_key_row(struct call *c, struct stmt *s)
{
    put_key(c, stmt_is_null(s, 3) ? NULL : stmt_get_text(s, 3), stmt_get_text(s, 0),
            stmt_get_text(s, 1), stmt_get_int(s, 2));
}

void iam_list_access_keys(struct call *c)
{
    const char *user;
    struct stmt *s;

    if (!key_owner(c, &user))
        return;
    s = sql(c->cloud, "select id, status, created, user from access_keys where user is ?1"
                      " and id > ?2 order by id limit ?3");
    stmt_text(s, 1, user);
    iam_page(c, s, 2, "AccessKeyMetadata", 0, put_key_row);
}

/* The owner's key of the request, or the call fails. */
static const char *need_key(struct call *c)
{
    const char *id = call_need(c, "AccessKeyId"), *user;
    struct stmt *s;
    bool there;

    if (!id || !key_owner(c, &user))
        return NULL;
    s = sql(c->cloud, "select 1 from access_keys where id = ?1 and user is ?2");
    stmt_text(s, 1, id);
    stmt_text(s, 2, user);
    there = sql_row(c->cloud, s);
    stmt_reset(s);
    if (!there)
        iam_no_such(c, "Access Key", arena_printf(&c->memory, "with id %s", id));
    return there ? id : NULL;
}

void iam_update_access_key(struct call *c)
{
    const char *status = call_need(c, "Status"), *id = need_key(c);
    struct stmt *s;

    if (call_failed(c))
        return;
    s = sql(c->cloud, "update access_keys set status = ?2 where id = ?1");
    stmt_text(s, 1, id);
    stmt_text(s, 2, status);
    sql_run(c->cloud, s);
}

void iam_delete_access_key(struct call *c)
{
    const char *id = need_key(c);
    struct stmt *s;

    if (!id)
        return;
    s = sql(c->cloud, "delete from access_keys where id = ?1");
    stmt_text(s, 1, id);
    sql_run(c->cloud, s);
}

void iam_key_last_used(struct call *c)
{
    const char *id = call_need(c, "AccessKeyId");
    struct cloud_use use;
    struct stmt *s;

    if (!id)
        return;
    s = sql(c->cloud, "select user from access_keys where id = ?1");
    stmt_text(s, 1, id);
    if (!sql_row(c->cloud, s)) {
        iam_no_such(c, "Access Key", arena_printf(&c->memory, "with id %s", id));
        return;
    }
    if (!stmt_is_null(s, 0))
        xml_put(&c->answer, "UserName", stmt_get_text(s, 0));
    stmt_reset(s);
    xml_open(&c->answer, "AccessKeyLastUsed");
    if (history_last_use(c->cloud, &c->memory, &use, id)) {
        xml_put_time(&c->answer, "LastUsedDate", use.at_ms);
        xml_put(&c->answer, "ServiceName", use.service);
        xml_put(&c->answer, "Region", use.region);
    } else {
        xml_put(&c->answer, "ServiceName", "N/A");
        xml_put(&c->answer, "Region", "N/A");
    }
    xml_close(&c->answer, "AccessKeyLastUsed");
}
