/*
 * Tags of whatever SageMaker has: one table of tags by ARN. The ARN's kind
 * says where to look whether the thing is there.
 */
#include "cloud/internal.h"
#include "cloud/sagemaker.h"
#include "cloud/thing.h"

#include <string.h>

enum { TAGS_MAX = 50, KEY_MAX = 128, VALUE_MAX = 256 };

/* Kinds that have tables of their own; the others are things. ?1 region, ?2 name. */
static const struct home {
    const char *kind, *query;
} homes[] = {
    {"model", "select 1 from sagemaker_models where region = ?1 and name = ?2"},
    {"training-job", "select 1 from training_jobs where region = ?1 and name = ?2"},
};

static bool is_there(struct call *c, const char *region, const char *kind, const char *name)
{
    struct stmt *s = NULL;
    struct thing t;

    for (size_t i = 0; i < sizeof homes / sizeof *homes && !s; i++)
        if (!strcmp(kind, homes[i].kind))
            s = sql(c->cloud, homes[i].query);
    if (!s)
        return thing_get(&t, c->cloud, &c->memory, region, kind, name);
    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    return sql_row(c->cloud, s);
}

/* The request's ARN, of something that is there in this region and account. */
static const char *need_resource(struct call *c)
{
    const char *arn = call_need(c, "ResourceArn"), *rest, *slash;
    struct slice part[6];

    if (!arn)
        return NULL;
    if (!policy_split_arn(slice_of(arn), part) || !slice_is(part[2], "sagemaker")) {
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '%.256s' at 'resourceArn' failed to satisfy "
                  "constraint: Member must satisfy regular expression pattern: arn:.*",
                  arn);
        return NULL;
    }
    rest = arena_strndup(&c->memory, part[5].ptr, part[5].len);
    slash = strrchr(rest, '/');
    if (slash && slice_is(part[3], c->region) && slice_is(part[4], c->cloud->account) &&
        is_there(c, c->region, arena_strndup(&c->memory, rest, (size_t)(slash - rest)), slash + 1))
        return arn;
    call_fail(c, 400, "ResourceNotFound", "Resource %.256s does not exist.", arn);
    return NULL;
}

static void count(void *ctx, const char *key, const char *value)
{
    ++*(size_t *)ctx;
}

bool sagemaker_check_tags(struct call *c)
{
    const struct json *tags = json_get(c->in, "Tags");

    for (const struct json *t = json_first(tags); t; t = json_next(t)) {
        const char *key = json_string(json_get(t, "Key"), "");

        if (!*key || strlen(key) > KEY_MAX ||
            strlen(json_string(json_get(t, "Value"), "")) > VALUE_MAX)
            call_fail(c, 400, "ValidationException",
                      "A tag has a key of 1 to 128 and a value of up to 256 characters.");
        else if (!strncasecmp(key, "aws:", 4))
            call_fail(c, 400, "ValidationException",
                      "Tag keys that begin with aws: are reserved for AWS.");
    }
    if (json_count(tags) > TAGS_MAX)
        call_fail(c, 400, "ResourceLimitExceeded", "A resource can have at most 50 tags.");
    return !call_failed(c);
}

void sagemaker_add_tags(struct call *c)
{
    const char *arn = need_resource(c);
    size_t n = 0;

    if (!arn || !sagemaker_check_tags(c))
        return;
    if (!json_count(json_get(c->in, "Tags"))) {
        call_need(c, "Tags");
        return;
    }
    for (const struct json *t = json_first(json_get(c->in, "Tags")); t; t = json_next(t))
        tags_put(c->cloud, arn, json_string(json_get(t, "Key"), ""),
                 json_string(json_get(t, "Value"), ""));
    tags_each(c->cloud, arn, count, &n);
    if (n > TAGS_MAX)
        call_fail(c, 400, "ResourceLimitExceeded", "A resource can have at most 50 tags.");
    else
        thing_put_tags(c, "Tags", arn);
}

void sagemaker_delete_tags(struct call *c)
{
    const char *arn = need_resource(c);

    if (!arn)
        return;
    for (const struct json *k = json_first(json_get(c->in, "TagKeys")); k; k = json_next(k))
        tags_remove(c->cloud, arn, json_string(k, ""));
}

/* At most 50: one page. */
void sagemaker_list_tags(struct call *c)
{
    const char *arn = need_resource(c);

    if (arn)
        thing_put_tags(c, "Tags", arn);
}
