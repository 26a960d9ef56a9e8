/*
 * Credentials that STS hands out for a role: with another profile's keys, or
 * with a web identity token. Each is an operation of the tables, sent by a
 * client of its own, so that it is signed with the other's keys and retried
 * like any call.
 */
#include "aws/client.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

enum { CHAIN_MAX = 5, TOKEN_MAX = 64 << 10 };

static void put_member(struct json_out *w, const char *key, const char *value)
{
    if (value)
        json_put_z(w, key, value);
}

/* Send, and take Credentials out of the answer. */
static enum lk_status ask_sts(struct credentials *out, struct aws *with, const char *op,
                              struct slice in, const char *source, struct lk_error *err)
{
    struct json *answer = NULL;
    struct str text = STR_INIT;
    enum lk_status st = aws_call(with, "sts", op, in, &answer, err);

    if (!st) {
        json_print(&text, json_get(answer, "Credentials"), false);
        st = credentials_parse(out, slice_str(&text), source, err);
    }
    if (text.len)
        bytes_wipe(text.ptr, text.len);
    str_done(&text);
    json_free(answer);
    return st;
}

/* ---- a role, with another's keys --------------------------------------------- */

static enum lk_status source_credentials(struct credentials *out, struct aws *c,
                                         const char *profile, struct lk_error *err)
{
    const char *from = ini_get(&c->ini, profile, "source_profile");
    const char *kind = ini_get(&c->ini, profile, "credential_source");
    char nowhere[200];

    if (from) {
        if (!ini_has(&c->ini, from))
            return error_set(err, LK_EINPUT,
                             "profile '%s' has source_profile '%s', which is in "
                             "no AWS file",
                             profile, from);
        if (!strcmp(from, profile)) { /* its own static keys */
            enum lk_status st = credentials_static(out, c, from, err);

            return st || out->key_id
                       ? st
                       : error_set(err, LK_EINPUT,
                                   "profile '%s' is its own source_profile and has no keys",
                                   profile);
        }
        return credentials_of_profile(out, c, from, err);
    }
    if (kind && !strcmp(kind, "EcsContainer"))
        return credentials_from_container(out, c, err);
    if (kind && !strcmp(kind, "Ec2InstanceMetadata"))
        return credentials_from_instance(out, nowhere, sizeof nowhere, c, err);
    if (kind && !strcmp(kind, "Environment") && settings_env("AWS_ACCESS_KEY_ID") &&
        settings_env("AWS_SECRET_ACCESS_KEY")) {
        const char *token = settings_env("AWS_SESSION_TOKEN");

        *out = (struct credentials){mem_strdup(settings_env("AWS_ACCESS_KEY_ID")),
                                    mem_strdup(settings_env("AWS_SECRET_ACCESS_KEY")),
                                    token ? mem_strdup(token) : NULL, 0,
                                    mem_strdup("the environment")};
        return LK_OK;
    }
    return error_set(err, LK_EINPUT,
                     "profile '%s' has role_arn, and neither source_profile nor a "
                     "credential_source (Environment, EcsContainer, Ec2InstanceMetadata)",
                     profile);
}

/* The code of the device that the role asks for; "" where it asks for none. */
static enum lk_status ask_code(char *code, size_t size, const struct aws *c, const char *profile,
                               struct lk_error *err)
{
    const char *serial = ini_get(&c->ini, profile, "mfa_serial");

    code[0] = '\0';
    if (!serial || (c->ask_code && c->ask_code(c->note_ctx, code, size, serial)))
        return LK_OK;
    return error_set(err, LK_EUSE,
                     "profile '%s' takes the role %s with a code from %s, and there is no terminal "
                     "to ask for it: run 'aws configure export-credentials --profile %s --format "
                     "env' and set what it prints",
                     profile, ini_get(&c->ini, profile, "role_arn"), serial, profile);
}

static void put_role_request(struct str *in, const struct aws *c, const char *profile,
                             const char *code)
{
    const char *session = ini_get(&c->ini, profile, "role_session_name");
    const char *seconds = ini_get(&c->ini, profile, "duration_seconds");
    int64_t n;
    struct json_out w;

    json_begin(&w, in, false);
    json_open(&w, NULL, '{');
    put_member(&w, "RoleArn", ini_get(&c->ini, profile, "role_arn"));
    put_member(&w, "RoleSessionName", session ? session : "labkit");
    put_member(&w, "ExternalId", ini_get(&c->ini, profile, "external_id"));
    if (seconds && number_parse_int(slice_of(seconds), 900, 43200, &n))
        json_put_int(&w, "DurationSeconds", n);
    if (*code) {
        json_put_z(&w, "SerialNumber", ini_get(&c->ini, profile, "mfa_serial"));
        json_put_z(&w, "TokenCode", code);
    }
    json_close(&w);
}

enum lk_status credentials_from_role(struct credentials *out, struct aws *c, const char *profile,
                                     struct lk_error *err)
{
    const char *role = ini_get(&c->ini, profile, "role_arn");
    const char *region = ini_get(&c->ini, profile, "region");
    struct credentials source = {0};
    struct str in = STR_INIT, words = STR_INIT;
    struct aws *with;
    char code[16];
    enum lk_status st;

    if (!role || ini_get(&c->ini, profile, "web_identity_token_file"))
        return LK_OK;
    if (c->depth >= CHAIN_MAX)
        return error_set(err, LK_EINPUT,
                         "profile '%s': more than %d profiles that refer to one "
                         "another",
                         profile, CHAIN_MAX);
    c->depth++; /* under the lock, as all of this is */
    st = source_credentials(&source, c, profile, err);
    c->depth--;
    if (!st && !source.key_id)
        st =
            error_set(err, LK_EUSE, "profile '%s': its source_profile has no credentials", profile);
    if (!st)
        st = ask_code(code, sizeof code, c, profile, err);
    if (st) {
        credentials_done(&source);
        return st;
    }
    with = client_with(c, &source, region ? region : c->region);
    put_role_request(&in, c, profile, code);
    str_printf(&words, "profile '%s', role %s", profile, role);
    st = ask_sts(out, with, "AssumeRole", slice_str(&in), words.ptr, err);
    aws_close(with);
    credentials_done(&source);
    str_done(&words);
    str_done(&in);
    return st;
}

enum lk_status aws_open_as(struct aws **out, struct aws *c, const char *role_arn,
                           struct lk_error *err)
{
    struct credentials k = {0};
    struct str in = STR_INIT, words = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "RoleArn", role_arn);
    json_put_z(&w, "RoleSessionName", "labkit");
    json_close(&w);
    str_printf(&words, "role %s", role_arn);
    st = ask_sts(&k, c, "AssumeRole", slice_str(&in), words.ptr, err);
    if (!st)
        *out = client_with(c, &k, c->region);
    credentials_done(&k);
    str_done(&in);
    str_done(&words);
    return st;
}

/* ---- a role, with a web identity ----------------------------------------------- */

enum lk_status credentials_from_web_identity(struct credentials *out, struct aws *c,
                                             const char *profile, struct lk_error *err)
{
    const char *file = settings_env("AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role = settings_env("AWS_ROLE_ARN");
    const char *session = settings_env("AWS_ROLE_SESSION_NAME");
    struct credentials nobody = {0};
    struct str token = STR_INIT, in = STR_INIT;
    struct json_out w;
    struct aws *with;
    enum lk_status st;

    if (!file || !role || c->profile_given) {
        file = ini_get(&c->ini, profile, "web_identity_token_file");
        role = ini_get(&c->ini, profile, "role_arn");
        session = ini_get(&c->ini, profile, "role_session_name");
    }
    if (!file || !role)
        return LK_OK;
    st = file_read(&token, file, TOKEN_MAX, err);
    if (!st) {
        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "RoleArn", role);
        json_put_z(&w, "RoleSessionName", session ? session : "labkit");
        json_put_string(&w, "WebIdentityToken", slice_trim(slice_str(&token)));
        json_close(&w);
        with = client_with(c, &nobody, c->region);
        st = ask_sts(out, with, "AssumeRoleWithWebIdentity", slice_str(&in), "web identity", err);
        aws_close(with);
    }
    bytes_wipe(token.ptr, token.len);
    bytes_wipe(in.ptr, in.len);
    str_done(&token);
    str_done(&in);
    return st;
}
