/* Tags of log groups, by the name of old and by the ARN of today. */
#include "cloud/internal.h"
#include "cloud/logs_filter.h"
#include "cloud/logs_store.h"

#include <string.h>

enum { TAGS_MAX = 50 };

const char *logs_group_arn(struct call *c)
{
    return call_arn(c, "logs", "log-group:%s", call_param(c, "logGroupName"));
}

/* "arn:aws:logs:REGION:ACCOUNT:log-group:NAME", with or without ":*". */
const char *logs_name_in(struct call *c, const char *arn)
{
    struct slice part[6], rest;

    if (!arn || !policy_split_arn(slice_of(arn), part) ||
        !slice_starts(rest = part[5], "log-group:"))
        return arn;
    rest = slice_from(rest, strlen("log-group:"));
    rest = slice_first(rest, slice_find(rest, ':'));
    return arena_strndup(&c->memory, rest.ptr, rest.len);
}

static int64_t count_tags(struct call *c, const char *arn)
{
    struct stmt *s = sql(c->cloud, "select count(*) from tags where arn = ?1");
    int64_t n;

    stmt_text(s, 1, arn);
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    return n;
}

void logs_put_tags(struct call *c)
{
    const char *arn = logs_group_arn(c);

    for (const struct json *t = json_first(json_get(c->in, "tags")); t; t = json_next(t))
        tags_put(c->cloud, arn, json_key(t), json_string(t, ""));
    if (count_tags(c, arn) > TAGS_MAX)
        call_fail(c, 400, "TooManyTagsException", "A resource can have no more than %d tags.",
                  TAGS_MAX);
}

void logs_tag(struct call *c)
{
    if (logs_need_group(c))
        logs_put_tags(c);
}

void logs_untag(struct call *c)
{
    const struct json *keys = json_get(c->in, "tagKeys");

    if (!logs_need_group(c))
        return;
    keys = keys ? keys : json_get(c->in, "tags"); /* of UntagLogGroup */
    for (const struct json *k = json_first(keys); k; k = json_next(k))
        tags_remove(c->cloud, logs_group_arn(c), json_string(k, ""));
}

static void put_tag(void *ctx, const char *key, const char *value)
{
    json_put_z(ctx, key, value);
}

void logs_list_tags(struct call *c)
{
    if (!logs_need_group(c))
        return;
    json_open(&c->out, "tags", '{');
    tags_each(c->cloud, logs_group_arn(c), put_tag, &c->out);
    json_close(&c->out);
}
