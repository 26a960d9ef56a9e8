/*
 * Where settings come from, in the order of every AWS tool: what the caller
 * gave, the environment, the profile. The practice cloud has a file of its
 * own, endpoint.json, written when it starts; with it nothing of the user's
 * AWS set-up is looked at.
 */
#include "aws/client.h"

#include "base/error.h"
#include "base/file.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

const char *settings_env(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

char *settings_home(struct arena *arena, const char *name)
{
    const char *home = settings_env("HOME");

    return arena_printf(arena, "%s/%s", home ? home : ".", name);
}

static char *copy_or_null(const char *z)
{
    return z && *z ? mem_strdup(z) : NULL;
}

const char *settings_get(const struct aws *c, const char *key)
{
    return ini_get(&c->ini, c->profile, key);
}

/* "~/x" is in the home, as the shell would have it. */
static const char *from_tilde(struct arena *arena, const char *path)
{
    return path && !strncmp(path, "~/", 2) ? settings_home(arena, path + 2) : path;
}

static enum lk_status read_files(struct aws *c, struct lk_error *err)
{
    struct arena *arena = &c->ini.arena;
    const char *credentials = from_tilde(arena, settings_env("AWS_SHARED_CREDENTIALS_FILE"));
    const char *config = from_tilde(arena, settings_env("AWS_CONFIG_FILE"));
    enum lk_status st;

    if (!credentials)
        credentials = settings_home(arena, ".aws/credentials");
    if (!config)
        config = settings_home(arena, ".aws/config");
    st = ini_read(&c->ini, credentials, false, err);
    return st ? st : ini_read(&c->ini, config, true, err);
}

static enum lk_status check_profile(const struct aws *c, bool named, struct lk_error *err)
{
    const char *near;

    if (!named || ini_has(&c->ini, c->profile))
        return LK_OK;
    near = ini_nearest(&c->ini, c->profile);
    if (near)
        return error_set(err, LK_EUSE, "no AWS profile '%s'; did you mean '%s'?", c->profile, near);
    return error_set(err, LK_EUSE,
                     "no AWS profile '%s' in the AWS config and credentials files; "
                     "'aws configure --profile %s' makes it",
                     c->profile, c->profile);
}

static enum lk_status read_attempts(struct aws *c, struct lk_error *err)
{
    const char *text = settings_env("AWS_MAX_ATTEMPTS");
    int64_t n = 3;

    if (!text)
        text = settings_get(c, "max_attempts");
    if (text && !number_parse_int(slice_of(text), 1, 100, &n))
        return error_set(err, LK_EUSE, "AWS_MAX_ATTEMPTS is a number from 1 to 100, not '%s'",
                         text);
    c->max_attempts = (int)n;
    return LK_OK;
}

static enum lk_status settings_of_aws(struct aws *c, const struct aws_options *o,
                                      struct lk_error *err)
{
    const char *profile = o->profile ? o->profile : settings_env("AWS_PROFILE");
    const char *region = o->region, *ca = settings_env("AWS_CA_BUNDLE");
    enum lk_status st = read_files(c, err);

    if (!profile)
        profile = settings_env("AWS_DEFAULT_PROFILE");
    c->profile = mem_strdup(profile ? profile : "default");
    c->profile_given = o->profile != NULL;
    if (st || (st = check_profile(c, profile != NULL, err)))
        return st;
    if (!region)
        region = settings_env("AWS_REGION");
    if (!region)
        region = settings_env("AWS_DEFAULT_REGION");
    if (!region)
        region = settings_get(c, "region");
    c->region = mem_strdup(region ? region : "");
    c->ca_bundle = copy_or_null(ca ? ca : settings_get(c, "ca_bundle"));
    return read_attempts(c, err);
}

static enum lk_status settings_of_practice(struct aws *c, const struct aws_options *o,
                                           struct lk_error *err)
{
    char *home = path_data_home();
    char *folder = o->folder ? mem_strdup(o->folder) : path_join(home, "cloud");
    char *path = path_join(folder, "endpoint.json");
    struct json *j = NULL;
    enum lk_status st;

    c->profile = mem_strdup("practice");
    c->max_attempts = 3;
    if (file_stat(path).kind == FILE_NONE)
        st = error_set(err, LK_EIO,
                       "the practice cloud does not run here: start it with 'labkit cloud'");
    else
        st = json_read(&j, path, 1 << 16, err);
    if (!st) {
        c->region =
            mem_strdup(o->region ? o->region : json_string(json_get(j, "region"), "us-east-1"));
        if (!c->endpoint)
            c->endpoint = copy_or_null(json_string(json_get(j, "endpoint"), NULL));
        c->credentials =
            (struct credentials){mem_strdup(json_string(json_get(j, "access_key_id"), "")),
                                 mem_strdup(json_string(json_get(j, "secret_access_key"), "")),
                                 NULL, 0, mem_strdup("the practice cloud")};
        c->fixed = true;
        if (!c->endpoint || !*c->credentials.key_id)
            st = error_at(err, LK_EINPUT, path, 0, 0,
                          "expected endpoint, access_key_id, secret_access_key");
    }
    json_free(j);
    free(path);
    free(folder);
    free(home);
    return st;
}

enum lk_status settings_load(struct aws *c, const struct aws_options *o, struct lk_error *err)
{
    const char *target = o->target ? o->target : "aws";

    c->target = mem_strdup(target);
    c->endpoint = copy_or_null(o->endpoint);
    if (!strcmp(target, "practice"))
        return settings_of_practice(c, o, err);
    if (!strcmp(target, "aws"))
        return settings_of_aws(c, o, err);
    return error_set(err, LK_EUSE, "the target is aws or practice, not '%.40s'", target);
}
