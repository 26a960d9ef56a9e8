/*
 * What a request of a JSON service says that a policy may have conditions on:
 * its tags and those of the resource it is about; and for SageMaker how many
 * seconds on machines of which type it asks for.
 */
#include "cloud/internal.h"

#include <string.h>

static void add_tag(struct call *c, const char *key, const char *value)
{
    call_add_key(c, arena_printf(&c->memory, "aws:RequestTag/%s", key), value);
    call_add_key(c, "aws:TagKeys", key);
}

/* "Tags": [{"Key", "Value"}, ...] or "tags": {key: value, ...} */
static void add_request_tags(struct call *c)
{
    for (const struct json *t = json_first(json_get(c->in, "Tags")); t; t = json_next(t))
        add_tag(c, json_string(json_get(t, "Key"), ""), json_string(json_get(t, "Value"), ""));
    for (const struct json *t = json_first(json_get(c->in, "tags")); t; t = json_next(t))
        add_tag(c, json_key(t), json_string(t, ""));
}

static void add_resource_tag(void *ctx, const char *key, const char *value)
{
    struct call *c = ctx;

    call_add_key(c, arena_printf(&c->memory, "aws:ResourceTag/%s", key),
                 arena_strdup(&c->memory, value));
}

/* Instance types stand in many places of many requests, always under this name. */
static void add_machines(struct call *c, const struct json *j)
{
    for (const struct json *i = json_first(j); i; i = json_next(i)) {
        const char *name = json_key(i);

        if (!strcmp(name, "InstanceType") && json_kind(i) == JSON_STRING)
            call_add_key(c, "sagemaker:InstanceTypes", json_string(i, ""));
        else if (!strcmp(name, "MaxRuntimeInSeconds") && json_kind(i) == JSON_NUMBER)
            call_add_key(c, "sagemaker:MaxRuntimeInSeconds",
                         arena_printf(&c->memory, "%.0f", json_number(i, 0)));
        else if (!strcmp(name, "EnableNetworkIsolation"))
            call_add_key(c, "sagemaker:NetworkIsolation", json_bool(i, false) ? "true" : "false");
        else if (json_kind(i) == JSON_OBJECT || json_kind(i) == JSON_ARRAY)
            add_machines(c, i);
    }
}

void call_add_content_keys(struct call *c)
{
    add_request_tags(c);
    tags_each(c->cloud, c->resource, add_resource_tag, c);
    if (!strcmp(c->service->name, "sagemaker"))
        add_machines(c, c->in);
}
