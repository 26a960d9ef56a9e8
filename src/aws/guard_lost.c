/*
 * An answer that was lost. When a line breaks or AWS stumbles the request is
 * made again, by us or by libcurl; where the first try had been heard, the
 * second finds the name taken. So each request carries a tag with a number of
 * its own: what stands under the name with that number is what we made.
 */
#include "aws/guard_internal.h"

#include "base/digest.h"

#include <string.h>

void guard_put_mark(char mark[GUARD_MARK])
{
    struct str hex = STR_INIT;
    uint8_t bytes[(GUARD_MARK - 1) / 2];

    random_bytes(bytes, sizeof bytes);
    str_put_hex(&hex, bytes, sizeof bytes);
    memcpy(mark, hex.ptr, GUARD_MARK);
    str_done(&hex);
}

static enum lk_status ask(struct json **out, struct guard *g, const char *op, const char *member,
                          const char *value)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, member, value);
    json_close(&w);
    st = aws_call(g->client, "sagemaker", op, slice_str(&in), out, NULL);
    str_done(&in);
    return st;
}

bool guard_made_after_all(struct json **out, struct guard *g, const struct resource *r,
                          const char *name, const char *mark)
{
    struct json *there = NULL, *tags = NULL;
    bool ours = false;

    if (!r->describe || strcmp(r->service, "sagemaker"))
        return false;
    if (!ask(&there, g, r->describe, r->name, name) &&
        !ask(&tags, g, "ListTags", "ResourceArn", json_path(there, r->arn)))
        for (const struct json *t = json_first(json_get(tags, "Tags")); t; t = json_next(t))
            ours |= !strcmp(json_path(t, "Key"), GUARD_MARK_TAG) &&
                    !strcmp(json_path(t, "Value"), mark);
    json_free(tags);
    if (ours)
        *out = there; /* has the ARN under the name that the answer would have had for it */
    else
        json_free(there);
    return ours;
}
