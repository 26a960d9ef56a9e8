/*
 * The chain of credential sources, in the order of every AWS tool: the
 * environment; the profile (role, web identity, SSO, keys in `credentials`, a
 * process, keys in `config`); the container; the instance. The first that applies is used; one that
 * applies and fails is an error, not a reason to try the next, since silently
 * being somebody else is worse than not being anybody.
 *
 * What was found is kept until REFRESH_MS before it expires. Secrets are
 * wiped when let go.
 */
#include "aws/client.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { REFRESH_MS = 5 * 60 * 1000 };

static void wipe(char *z)
{
    if (z)
        bytes_wipe(z, strlen(z));
    free(z);
}

void credentials_done(struct credentials *k)
{
    free(k->key_id);
    wipe(k->secret);
    wipe(k->token);
    free(k->source);
    *k = (struct credentials){0};
}

static char *copy(const char *z)
{
    return z ? mem_strdup(z) : NULL;
}

static struct credentials duplicate(const struct credentials *k)
{
    return (struct credentials){copy(k->key_id), copy(k->secret), copy(k->token), k->expires_ms,
                                copy(k->source)};
}

enum lk_status credentials_parse(struct credentials *out, struct slice json, const char *source,
                                 struct lk_error *err)
{
    struct json *j = NULL;
    const char *key, *secret, *token, *expires;
    enum lk_status st = json_parse(&j, json, source, err);

    if (st)
        return st;
    key = json_string(json_get(j, "AccessKeyId"), NULL);
    secret = json_string(json_get(j, "SecretAccessKey"), NULL);
    token = json_string(json_get(j, "SessionToken"), json_string(json_get(j, "Token"), NULL));
    expires = json_string(json_get(j, "Expiration"), NULL);
    if (!key || !secret) {
        st = error_set(err, LK_EINPUT, "%s gave no credentials: %.200s", source,
                       json_string(json_get(j, "Message"),
                                   json_string(json_get(j, "message"),
                                               "AccessKeyId or SecretAccessKey is missing")));
    } else {
        *out = (struct credentials){mem_strdup(key), mem_strdup(secret), copy(token), 0,
                                    mem_strdup(source)};
        if (expires && !clock_parse_iso(slice_of(expires), &out->expires_ms))
            st = error_set(err, LK_EINPUT, "%s: Expiration is no time: '%.40s'", source, expires);
        if (st)
            credentials_done(out);
    }
    json_free(j);
    return st;
}

/* ---- the chain --------------------------------------------------------------- */

static enum lk_status from_environment(struct credentials *out, struct lk_error *err)
{
    const char *key = settings_env("AWS_ACCESS_KEY_ID");
    const char *secret = settings_env("AWS_SECRET_ACCESS_KEY");
    const char *token = settings_env("AWS_SESSION_TOKEN");

    if (!token)
        token = settings_env("AWS_SECURITY_TOKEN"); /* its old name */
    if (!key && !secret)
        return LK_OK;
    if (!key || !secret)
        return error_set(err, LK_EUSE, "%s is set, but %s is not",
                         key ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                         key ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    *out = (struct credentials){mem_strdup(key), mem_strdup(secret), copy(token), 0,
                                mem_strdup("the environment (AWS_ACCESS_KEY_ID)")};
    return LK_OK;
}

static enum lk_status from_file(struct credentials *out, struct aws *c, bool config,
                                const char *profile, struct lk_error *err)
{
    const char *key = ini_get_of(&c->ini, config, profile, "aws_access_key_id");
    const char *secret = ini_get_of(&c->ini, config, profile, "aws_secret_access_key");
    struct str source = STR_INIT;

    if (!key && !secret)
        return LK_OK;
    if (!key || !secret)
        return error_set(err, LK_EINPUT,
                         "profile '%s' has only one of aws_access_key_id and "
                         "aws_secret_access_key in the AWS %s file",
                         profile, config ? "config" : "credentials");
    str_printf(&source, "profile '%s' of the AWS %s file", profile,
               config ? "config" : "credentials");
    *out = (struct credentials){mem_strdup(key), mem_strdup(secret),
                                copy(ini_get_of(&c->ini, config, profile, "aws_session_token")), 0,
                                str_take(&source, NULL)};
    return LK_OK;
}

static enum lk_status from_credentials_file(struct credentials *out, struct aws *c,
                                            const char *profile, struct lk_error *err)
{
    return from_file(out, c, false, profile, err);
}

static enum lk_status from_config_file(struct credentials *out, struct aws *c, const char *profile,
                                       struct lk_error *err)
{
    return from_file(out, c, true, profile, err);
}

enum lk_status credentials_static(struct credentials *out, struct aws *c, const char *profile,
                                  struct lk_error *err)
{
    enum lk_status st = from_credentials_file(out, c, profile, err);

    return st || out->key_id ? st : from_config_file(out, c, profile, err);
}

enum lk_status credentials_of_profile(struct credentials *out, struct aws *c, const char *profile,
                                      struct lk_error *err)
{
    typedef enum lk_status source_fn(struct credentials *, struct aws *, const char *,
                                     struct lk_error *);
    static source_fn *const sources[] = {credentials_from_role,    credentials_from_web_identity,
                                         credentials_from_sso,     from_credentials_file,
                                         credentials_from_process, from_config_file};
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < sizeof sources / sizeof sources[0] && !st && !out->key_id; i++)
        st = sources[i](out, c, profile, err);
    return st;
}

static enum lk_status resolve(struct credentials *out, struct aws *c, struct lk_error *err)
{
    char nowhere[200] = "";
    enum lk_status st = LK_OK;

    if (!c->profile_given)
        st = from_environment(out, err);
    if (!st && !out->key_id)
        st = credentials_of_profile(out, c, c->profile, err);
    if (!st && !out->key_id)
        st = credentials_from_container(out, c, err);
    if (!st && !out->key_id)
        st = credentials_from_instance(out, nowhere, sizeof nowhere, c, err);
    if (!st && !out->key_id)
        st = error_set(err, LK_EUSE,
                       "no AWS credentials found: looked in the environment (AWS_ACCESS_KEY_ID), "
                       "profile '%s' of the AWS credentials and config files, the container's and "
                       "the instance's metadata (%s); set AWS_ACCESS_KEY_ID and "
                       "AWS_SECRET_ACCESS_KEY, or run 'aws configure' or 'aws sso login'; the "
                       "practice cloud needs none: --target practice",
                       c->profile, *nowhere ? nowhere : "not asked");
    return st;
}

static bool are_fresh(const struct aws *c)
{
    return c->credentials.key_id && (c->fixed || !c->credentials.expires_ms ||
                                     c->credentials.expires_ms - clock_unix_ms() > REFRESH_MS);
}

/* One thread gets them, the others wait: a refresh is a call of its own to some service. */
enum lk_status credentials_get(struct credentials *out, struct aws *c, struct lk_error *err)
{
    struct credentials found = {0};
    enum lk_status st = LK_OK;

    pthread_mutex_lock(&c->lock);
    if (!are_fresh(c)) {
        st = resolve(&found, c, err);
        if (!st) {
            credentials_done(&c->credentials);
            c->credentials = found;
        } else if (c->credentials.key_id && c->credentials.expires_ms > clock_unix_ms()) {
            error_clear(err); /* the old ones still serve */
            st = LK_OK;
        }
    }
    if (!st)
        *out = duplicate(&c->credentials);
    pthread_mutex_unlock(&c->lock);
    return st;
}

bool credentials_drop(struct aws *c)
{
    bool could_change;

    pthread_mutex_lock(&c->lock);
    could_change = !c->fixed && c->credentials.expires_ms != 0;
    if (could_change)
        credentials_done(&c->credentials);
    pthread_mutex_unlock(&c->lock);
    return could_change;
}

enum lk_status aws_credentials_source(struct aws *c, struct str *source, struct str *key_id,
                                      int64_t *expires_ms, struct lk_error *err)
{
    struct credentials k = {0};
    enum lk_status st = credentials_get(&k, c, err);

    if (!st) {
        str_puts(source, k.source);
        str_puts(key_id, k.key_id);
        *expires_ms = k.expires_ms;
    }
    credentials_done(&k);
    return st;
}
