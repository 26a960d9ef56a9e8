/*
 * sts, s3 and iam: each call is one or two requests of the client that the
 * worker opened before its sandbox closed. Keys stay in the client's memory;
 * no binding hands Lua anything but answers of the service.
 *
 * Requests are built as JSON in a str that Lua frees, answers become Lua
 * values under protection, so that an error of Lua's leaks nothing.
 */
#include "lab/calls.h"
#include "lab/state.h"

#include "aws/s3.h"

#include <string.h>

enum { OBJECT_MAX = 256 << 20 };

static struct aws *need_client(lua_State *L)
{
    const struct lab_host *host = &lab_of(L)->host;

    if (!host->aws)
        fail(L, "%s",
             host->aws_problem ? host->aws_problem
                               : "this build's labs reach the practice cloud only");
    return host->aws;
}

/* An error of the service shows its code first. */
static void need_answer(lua_State *L, enum lk_status st, const struct lk_error *err)
{
    if (st && err->code[0] && !strstr(err->text, err->code))
        fail(L, "%s: %s", err->code, err->text);
    need_ok(L, st, err);
}

static int push_tree(lua_State *L)
{
    push_json(L, lua_touserdata(L, 1));
    return 1;
}

/* Push the tree as a Lua value and free it. */
static void push_answer(lua_State *L, struct json *tree)
{
    int failed;

    lua_pushcfunction(L, push_tree);
    lua_pushlightuserdata(L, tree);
    failed = lua_pcall(L, 1, 1, 0);
    json_free(tree);
    if (failed)
        lua_error(L);
}

/* Ask, and push the answer: members are name and text, in turn, NULL-terminated. */
static void call(lua_State *L, const char *service, const char *op, const char *const *members)
{
    struct aws *c = need_client(L);
    struct str *in = push_str(L);
    struct json_out w;
    struct json *answer = NULL;
    struct lk_error err = {0};
    enum lk_status st;

    json_begin(&w, in, false);
    json_open(&w, NULL, '{');
    for (size_t i = 0; members[i]; i += 2)
        json_put_z(&w, members[i], members[i + 1]);
    json_close(&w);
    st = aws_call(c, service, op, slice_str(in), &answer, &err);
    need_answer(L, st, &err);
    push_answer(L, answer);
}

/* From the map on top: push its member `from`, and set it as `to` in the map at i. */
static void move_member(lua_State *L, int i, const char *from, const char *to)
{
    lua_getfield(L, -1, from);
    lua_setfield(L, i, to);
}

/* ---- sts ----------------------------------------------------------------- */

int call_sts_whoami(lua_State *L)
{
    int me;

    lua_newtable(L);
    me = lua_gettop(L);
    call(L, "sts", "GetCallerIdentity", (const char *const[]){NULL});
    move_member(L, me, "Account", "account");
    move_member(L, me, "Arn", "arn");
    move_member(L, me, "UserId", "id");
    lua_settop(L, me);
    return 1;
}

/* ---- s3 ------------------------------------------------------------------ */

struct place {
    const char *bucket, *key; /* on Lua's stack */
};

/* What s3://bucket/key at i names. */
static struct place need_place(lua_State *L, int i, bool key)
{
    const char *text = need_text(L, i, "the place in S3");
    struct lk_error err = {0};
    struct s3_url url;
    struct place p;

    need_ok(L, s3_url_parse(&url, text, &err), &err);
    p.bucket = lua_pushstring(L, url.bucket);
    p.key = lua_pushstring(L, url.key);
    s3_url_done(&url);
    if (key && !*p.key)
        fail(L, "'%s' names a bucket; write s3://bucket/key", text);
    return p;
}

int call_s3_create_bucket(lua_State *L)
{
    const char *name = need_text(L, 1, "the bucket's name"), *region;
    struct aws *c = need_client(L);
    struct lk_error err = {0};

    need_options(L, 2);
    region = option_text(L, 2, "region");
    if (region && strcmp(region, aws_region(c)))
        fail(L, "labs make buckets in their own region, %s, not in %s", aws_region(c), region);
    need_answer(L, s3_make_bucket(c, name, &err), &err);
    return 0;
}

int call_s3_delete_bucket(lua_State *L)
{
    const char *name = need_text(L, 1, "the bucket's name");
    struct lk_error err = {0};
    bool force;

    need_options(L, 2);
    force = option_flag(L, 2, "force", false);
    need_answer(L, s3_remove_bucket(need_client(L), name, force, &err), &err);
    return 0;
}

static int put_object(lua_State *L, struct slice bytes, struct place to)
{
    struct aws *c = need_client(L);
    struct lk_error err = {0};

    need_answer(L, s3_write(c, to.bucket, to.key, bytes, s3_content_type(to.key), &err), &err);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, (lua_Integer)bytes.len);
    lua_setfield(L, -2, "bytes");
    return 1;
}

int call_s3_put(lua_State *L)
{
    const char *name = need_text(L, 1, "the file's name");
    struct place to = need_place(L, 2, true);
    struct lab *l = lab_of(L);
    struct lk_error err = {0};
    struct str *bytes = push_str(L);

    need_ok(L, l->host.read(l->host.ctx, bytes, name, &err), &err);
    return put_object(L, slice_str(bytes), to);
}

int call_s3_put_text(lua_State *L)
{
    struct slice text = need_bytes(L, 1, "the text");

    return put_object(L, text, need_place(L, 2, true));
}

static struct str *read_object(lua_State *L, struct place from)
{
    struct aws *c = need_client(L);
    struct lk_error err = {0};
    struct str *bytes = push_str(L);

    need_answer(L, s3_read(bytes, c, from.bucket, from.key, OBJECT_MAX, &err), &err);
    return bytes;
}

int call_s3_get(lua_State *L)
{
    const char *name = need_text(L, 2, "the file's name");
    struct str *bytes = read_object(L, need_place(L, 1, true));
    struct lab *l = lab_of(L);
    struct lk_error err = {0};

    need_ok(L, l->host.write(l->host.ctx, name, slice_str(bytes), &err), &err);
    emit_file(l, name, bytes->len);
    lua_createtable(L, 0, 1);
    lua_pushinteger(L, (lua_Integer)bytes->len);
    lua_setfield(L, -2, "bytes");
    return 1;
}

int call_s3_get_text(lua_State *L)
{
    struct str *bytes = read_object(L, need_place(L, 1, true));

    lua_pushlstring(L, bytes->ptr, bytes->len);
    return 1;
}

int call_s3_delete(lua_State *L)
{
    struct place what = need_place(L, 1, true);
    struct lk_error err = {0};

    need_answer(L, s3_remove(need_client(L), what.bucket, what.key, &err), &err);
    return 0;
}

/* ---- iam ----------------------------------------------------------------- */

int call_iam_delete_policy(lua_State *L)
{
    const char *role = need_text(L, 1, "the role's name");
    const char *name = need_text(L, 2, "the policy's name");

    call(L, "iam", "DeleteRolePolicy",
         (const char *const[]){"RoleName", role, "PolicyName", name, NULL});
    return 0;
}

int call_iam_put_policy(lua_State *L)
{
    const char *role = need_text(L, 1, "the role's name");
    const char *name = need_text(L, 2, "the policy's name");
    struct str *policy;

    if (lua_type(L, 3) != LUA_TTABLE)
        fail(L, "the policy should be a map, not %s", value_kind(L, 3));
    policy = push_str(L);
    put_json_value(policy, L, 3);
    call(L, "iam", "PutRolePolicy",
         (const char *const[]){"RoleName", role, "PolicyName", name, "PolicyDocument", policy->ptr,
                               NULL});
    return 0;
}

static void change_role(lua_State *L, const char *op)
{
    const char *role = need_text(L, 1, "the role's name");
    const char *policy = need_text(L, 2, "the policy");

    if (strncmp(policy, "arn:", 4))
        policy =
            lua_pushfstring(L, "arn:%s:iam::aws:policy/%s", aws_partition(need_client(L)), policy);
    call(L, "iam", op, (const char *const[]){"RoleName", role, "PolicyArn", policy, NULL});
}

int call_iam_attach(lua_State *L)
{
    change_role(L, "AttachRolePolicy");
    return 0;
}

int call_iam_detach(lua_State *L)
{
    change_role(L, "DetachRolePolicy");
    return 0;
}
