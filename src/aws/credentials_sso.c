/*
 * Credentials of a session of IAM Identity Center. 'aws sso login' leaves the
 * session's token in a file; with it the portal gives a role's keys. Near its
 * end the token is had anew, where the session came with what that takes, and
 * put into the same file, so that the other tools have it, too.
 */
#include "aws/client.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOKEN_MAX = 64 << 10, RENEW_MS = 15 * 60 * 1000 };

static const char *text(const struct json *j, const char *key)
{
    return json_string(json_get(j, key), "");
}

static int64_t time_of(const struct json *j, const char *key)
{
    int64_t ms = 0;

    return clock_parse_iso(slice_of(text(j, key)), &ms) ? ms : 0;
}

/* ---- the token --------------------------------------------------------------------- */

/* Ask for a new one. */
static enum lk_status ask_token(struct json **answer, struct aws *c, const struct json *cached,
                                const char *region, struct lk_error *err)
{
    static const char *const members[] = {"clientId", "clientSecret", "refreshToken"};
    struct credentials nobody = {0};
    struct str in = STR_INIT;
    struct json_out w;
    struct aws *with = client_with(c, &nobody, region);
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "grantType", "refresh_token");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_put_z(&w, members[i], text(cached, members[i]));
    json_close(&w);
    st = aws_call(with, "sso-oidc", "CreateToken", slice_str(&in), answer, err);
    aws_close(with);
    bytes_wipe(in.ptr, in.len);
    str_done(&in);
    return st;
}

/* The file's members with the new token's in their place. */
static void put_cache(struct str *out, const struct json *cached, const struct json *answer)
{
    static const char *const fresh[] = {"accessToken", "expiresAt", "refreshToken"};
    int64_t seconds = (int64_t)json_number(json_get(answer, "expiresIn"), 0);
    const char *refresh = text(answer, "refreshToken");
    struct str until = STR_INIT;
    struct json_out w;

    clock_put_iso(&until, clock_unix_ms() + seconds * 1000, false);
    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    for (const struct json *m = json_first(cached); m; m = json_next(m)) {
        bool kept = true;

        for (size_t i = 0; i < sizeof fresh / sizeof *fresh; i++)
            kept &= strcmp(json_key(m), fresh[i]) != 0;
        if (kept)
            json_put_tree(&w, json_key(m), m);
    }
    json_put_z(&w, "accessToken", text(answer, "accessToken"));
    json_put_string(&w, "expiresAt", slice_str(&until));
    json_put_z(&w, "refreshToken", *refresh ? refresh : text(cached, "refreshToken"));
    json_close(&w);
    str_done(&until);
}

/* Readable by its owner alone. Where it cannot be written, the token serves this run. */
static void keep_cache(struct arena *arena, const char *path, struct slice bytes)
{
    const char *beside = arena_printf(arena, "%s.labkit-%d", path, (int)getpid());
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool whole = fd >= 0 && write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len;

    if (fd >= 0 && close(fd))
        whole = false;
    if (fd >= 0 && (!whole || rename(beside, path)))
        unlink(beside);
}

/* May the token be had anew: does the file have all that it takes? */
static bool can_renew(const struct json *cached)
{
    return *text(cached, "refreshToken") && *text(cached, "clientId") &&
           *text(cached, "clientSecret") &&
           time_of(cached, "registrationExpiresAt") > clock_unix_ms();
}

static enum lk_status renew(struct str *token, struct aws *c, const char *path,
                            const struct json *cached, const char *region, struct lk_error *err)
{
    struct json *answer = NULL;
    struct str bytes = STR_INIT;
    struct arena arena = {0};
    enum lk_status st = ask_token(&answer, c, cached, region, err);

    if (!st && !*text(answer, "accessToken"))
        st = error_set(err, LK_EINPUT, "IAM Identity Center gave no new token");
    if (!st) {
        put_cache(&bytes, cached, answer);
        keep_cache(&arena, path, slice_str(&bytes));
        str_puts(token, text(answer, "accessToken"));
        bytes_wipe(bytes.ptr, bytes.len);
    }
    arena_done(&arena);
    str_done(&bytes);
    json_free(answer);
    return st;
}

/* The session's token, from ~/.aws/sso/cache/SHA1(name).json or new. */
static enum lk_status read_token(struct str *token, struct aws *c, const char *name,
                                 const char *region, struct lk_error *err)
{
    struct arena arena = {0};
    struct str hex = STR_INIT;
    struct json *cached = NULL;
    uint8_t sum[DIGEST_MAX];
    char *path;
    int64_t left;
    enum lk_status st = LK_OK;

    str_put_hex(&hex, sum, digest(sum, DIGEST_SHA1, slice_of(name)));
    path = settings_home(&arena, arena_printf(&arena, ".aws/sso/cache/%s.json", hex.ptr));
    if (file_stat(path).kind == FILE_REGULAR)
        st = json_read(&cached, path, TOKEN_MAX, err);
    left = time_of(cached, "expiresAt") - clock_unix_ms();
    if (!st && left < RENEW_MS && can_renew(cached))
        (void)!renew(token, c, path, cached, region, NULL);
    if (!st && !token->len && left > 0)
        str_puts(token, text(cached, "accessToken"));
    if (!st && !token->len)
        st = error_set(err, LK_EUSE,
                       "the sign-in to IAM Identity Center has ended: run 'aws sso login'");
    json_free(cached);
    str_done(&hex);
    arena_done(&arena);
    return st;
}

/* ---- the keys ------------------------------------------------------------------------ */

static enum lk_status read_sso_answer(struct credentials *out, const struct json *answer,
                                      const char *profile, struct lk_error *err)
{
    const struct json *role = json_get(answer, "roleCredentials");
    const char *key = json_string(json_get(role, "accessKeyId"), NULL);
    const char *secret = json_string(json_get(role, "secretAccessKey"), NULL);
    struct str source = STR_INIT;

    if (!key || !secret)
        return error_set(err, LK_EINPUT, "IAM Identity Center gave no credentials");
    str_printf(&source, "IAM Identity Center, profile '%s'", profile);
    *out = (struct credentials){mem_strdup(key), mem_strdup(secret),
                                mem_strdup(json_string(json_get(role, "sessionToken"), "")),
                                (int64_t)json_number(json_get(role, "expiration"), 0),
                                str_take(&source, NULL)};
    return LK_OK;
}

enum lk_status credentials_from_sso(struct credentials *out, struct aws *c, const char *profile,
                                    struct lk_error *err)
{
    const char *account = ini_get(&c->ini, profile, "sso_account_id");
    const char *role = ini_get(&c->ini, profile, "sso_role_name");
    const char *session = ini_get(&c->ini, profile, "sso_session");
    const char *url = ini_get(&c->ini, profile, "sso_start_url");
    const char *region = ini_get(&c->ini, profile, "sso_region");
    struct credentials nobody = {0};
    struct str token = STR_INIT, section = STR_INIT, in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    struct aws *with;
    enum lk_status st;

    if (!account || !role || (!session && !url))
        return LK_OK;
    if (session) {
        str_printf(&section, "sso-session %s", session);
        region = ini_get(&c->ini, section.ptr, "sso_region");
    }
    if (!region)
        return error_set(err, LK_EINPUT, "profile '%s' has no sso_region", profile);
    st = read_token(&token, c, session ? session : url, region, err);
    if (!st) {
        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "roleName", role);
        json_put_z(&w, "accountId", account);
        json_put_string(&w, "accessToken", slice_str(&token));
        json_close(&w);
        with = client_with(c, &nobody, region);
        st = aws_call(with, "sso", "GetRoleCredentials", slice_str(&in), &answer, err);
        aws_close(with);
    }
    if (!st)
        st = read_sso_answer(out, answer, profile, err);
    bytes_wipe(token.ptr, token.len);
    bytes_wipe(in.ptr, in.len);
    str_done(&token);
    str_done(&in);
    str_done(&section);
    json_free(answer);
    return st;
}
