/*
 * The account: made once, with its root, a user `learner` who may do
 * everything, and a key for each. The keys stand in the cloud's own folder;
 * the AWS tools' files are touched only when asked to (profile.c).
 */
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "cloud/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *cloud_folder(void)
{
    char *home = path_data_home(), *folder = path_join(home, "cloud");

    free(home);
    return folder;
}

static const char *meta_get(struct cloud *cloud, struct arena *a, const char *key)
{
    struct stmt *s = sql(cloud, "select value from meta where key = ?1");

    stmt_text(s, 1, key);
    return sql_row(cloud, s) ? sql_text(a, s, 0) : NULL;
}

static void meta_put(struct cloud *cloud, const char *key, const char *value)
{
    struct stmt *s = sql(cloud, "insert or replace into meta values (?1, ?2)");

    stmt_text(s, 1, key);
    stmt_text(s, 2, value);
    sql_run(cloud, s);
}

static void add_key(struct cloud *cloud, const char *user)
{
    struct stmt *s = sql(cloud, "insert into access_keys (id, secret, user, status, created)"
                                " values (?1, ?2, ?3, 'Active', ?4)");
    struct str id = STR_INIT, secret = STR_INIT;
    uint8_t bytes[30];

    random_id(&id, "AKIA", 16);
    random_bytes(bytes, sizeof bytes);
    str_put_base64(&secret, bytes, sizeof bytes);
    stmt_text(s, 1, id.ptr);
    stmt_text(s, 2, secret.ptr);
    stmt_text(s, 3, user);
    stmt_int(s, 4, cloud_now(cloud));
    sql_run(cloud, s);
    bytes_wipe(secret.ptr, secret.len);
    str_done(&id);
    str_done(&secret);
}

static void add_learner(struct cloud *cloud, const char *account)
{
    static const char all[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                              "\"Action\":\"*\",\"Resource\":\"*\"}]}";
    struct str id = STR_INIT, arn = STR_INIT;
    struct stmt *s;

    random_id(&id, "AIDA", 17);
    str_printf(&arn, "arn:aws:iam::%s:user/learner", account);
    s = sql(cloud, "insert into principals (kind, name, id, path, arn, created)"
                   " values ('user', 'learner', ?1, '/', ?2, ?3)");
    stmt_text(s, 1, id.ptr);
    stmt_text(s, 2, arn.ptr);
    stmt_int(s, 3, cloud_now(cloud));
    sql_run(cloud, s);
    s = sql(cloud, "insert into inline_policies values ('user', 'learner', 'everything', ?1)");
    stmt_text(s, 1, all);
    sql_run(cloud, s);
    add_key(cloud, "learner");
    str_done(&id);
    str_done(&arn);
}

static void make_account(struct cloud *cloud, const struct cloud_identity *identity)
{
    struct str account = STR_INIT, token = STR_INIT;
    uint8_t bytes[24];

    random_bytes(bytes, sizeof bytes);
    if (identity && identity->account)
        str_puts(&account, identity->account);
    else
        for (size_t i = 0; i < 12; i++)
            str_putc(&account, (char)((i ? '0' : '1') + bytes[i] % (i ? 10 : 9)));
    random_bytes(bytes, sizeof bytes);
    str_put_hex(&token, bytes, sizeof bytes);
    meta_put(cloud, "account", account.ptr);
    meta_put(cloud, "region", identity && identity->region ? identity->region : "us-east-1");
    meta_put(cloud, "admin_token", token.ptr);
    add_key(cloud, NULL);
    add_learner(cloud, account.ptr);
    str_done(&account);
    str_done(&token);
}

/* A file that only its owner may read. */
static enum lk_status write_private(const char *folder, const char *name, struct slice text,
                                    struct lk_error *err)
{
    char *path = path_join(folder, name);
    mode_t before = umask(077);
    enum lk_status st = file_write(path, text, err);

    umask(before);
    free(path);
    return st;
}

struct user_key {
    const char *id, *secret;
};

static struct user_key key_of(struct cloud *cloud, struct arena *a, const char *user)
{
    struct stmt *s = sql(cloud, "select id, secret from access_keys where user is ?1"
                                " order by created limit 1");
    struct user_key k = {"", ""};

    stmt_text(s, 1, user);
    if (sql_row(cloud, s))
        k = (struct user_key){sql_text(a, s, 0), sql_text(a, s, 1)};
    stmt_reset(s);
    return k;
}

enum lk_status account_write_endpoint(struct cloud *cloud, int port, struct lk_error *err)
{
    struct arena a = {0};
    struct user_key learner = key_of(cloud, &a, "learner"), root = key_of(cloud, &a, NULL);
    const char *region = meta_get(cloud, &a, "region");
    struct str json = STR_INIT, ini = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &json, true);
    json_open(&w, NULL, '{');
    json_put_z(&w, "endpoint", arena_printf(&a, "http://127.0.0.1:%d", port));
    json_put_z(&w, "access_key_id", learner.id);
    json_put_z(&w, "secret_access_key", learner.secret);
    json_put_z(&w, "region", region);
    json_put_z(&w, "account", cloud->account);
    json_put_z(&w, "admin_token", cloud->admin_token);
    json_close(&w);
    str_putc(&json, '\n');
    str_printf(&ini,
               "[learner]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\n\n"
               "[root]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\n",
               learner.id, learner.secret, region, root.id, root.secret, region);
    st = write_private(cloud->folder, "credentials", slice_str(&ini), err);
    if (!st)
        st = write_private(cloud->folder, "endpoint.json", slice_str(&json), err);
    bytes_wipe(json.ptr, json.len);
    bytes_wipe(ini.ptr, ini.len);
    str_done(&json);
    str_done(&ini);
    arena_done(&a);
    return st;
}

enum lk_status account_open(struct cloud *cloud, const struct cloud_identity *identity, bool *made,
                            struct lk_error *err)
{
    struct arena a = {0};
    const char *account;

    *made = false;
    if (!cloud_begin(cloud))
        return error_set(err, LK_EIO, "the practice cloud's database does not answer");
    account = meta_get(cloud, &a, "account");
    if (!account) {
        make_account(cloud, identity);
        account = meta_get(cloud, &a, "account");
        *made = true;
    }
    if (account) {
        cloud->account = mem_strdup(account);
        cloud->admin_token = mem_strdup(meta_get(cloud, &a, "admin_token"));
    }
    arena_done(&a);
    if (!cloud_commit(cloud) || !cloud->account)
        return error_set(err, LK_EIO, "the account could not be stored");
    return LK_OK;
}
