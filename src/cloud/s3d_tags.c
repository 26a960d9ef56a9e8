/* Tags of objects: a set of up to ten, given and taken whole. */
#include "cloud/s3d.h"

#include "http/target.h"

#include <string.h>

enum { TAGS_MAX = 10, TAG_KEY_MAX = 128, TAG_VALUE_MAX = 256 };

const char *s3d_object_arn(struct call *c)
{
    return arena_printf(&c->memory, "arn:aws:s3:::%s/%s", c->internal->s3->bucket,
                        c->internal->s3->key);
}

static bool object_is_there(struct call *c)
{
    struct stmt *s = sql(c->cloud, "select 1 from objects where bucket = ?1 and key = ?2");
    bool there;

    stmt_text(s, 1, c->internal->s3->bucket);
    stmt_text(s, 2, c->internal->s3->key);
    there = sql_row(c->cloud, s);
    stmt_reset(s);
    if (!there)
        call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
    return there;
}

bool s3d_object_is_there(struct call *c)
{
    bool there;

    cloud_lock(c->cloud);
    there = object_is_there(c);
    cloud_unlock(c->cloud);
    return there;
}

static void put_tag(void *ctx, const char *key, const char *value)
{
    struct str *out = ctx;

    xml_open(out, "Tag");
    xml_put(out, "Key", key);
    xml_put(out, "Value", value);
    xml_close(out, "Tag");
}

void s3d_get_tags(struct call *c)
{
    struct str xml = STR_INIT;

    str_puts(&xml, XML_HEAD "<Tagging xmlns=\"" S3_XMLNS "\"><TagSet>");
    cloud_lock(c->cloud);
    if (object_is_there(c))
        tags_each(c->cloud, s3d_object_arn(c), put_tag, &xml);
    cloud_unlock(c->cloud);
    str_puts(&xml, "</TagSet></Tagging>");
    if (call_failed(c))
        str_done(&xml);
    else
        s3d_reply_xml(c, &xml);
}

static void count_tag(void *ctx, const char *key, const char *value)
{
    (void)key;
    (void)value;
    ++*(int *)ctx;
}

void s3d_add_tag_count(struct call *c)
{
    int n = 0;

    tags_each(c->cloud, s3d_object_arn(c), count_tag, &n);
    if (n)
        http_add_header(c->http, "x-amz-tagging-count", arena_printf(&c->memory, "%d", n));
}

void s3d_put_header_tags(struct call *c)
{
    s3d_put_tags_text(c, http_header(c->http, "x-amz-tagging"));
}

void s3d_put_tags_text(struct call *c, const char *given)
{
    struct target t;

    if (!given || !*given)
        return;
    if (!target_parse(&t, &c->memory, arena_printf(&c->memory, "/?%s", given)) ||
        t.pairs > TAGS_MAX) {
        call_fail(c, 400, "InvalidArgument",
                  "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
                  "parameters without tag name duplicates.");
        return;
    }
    for (size_t i = 0; i < t.pairs; i++)
        tags_put(c->cloud, s3d_object_arn(c), t.names[i], t.values[i]);
}

static bool is_good_tag(const struct xml *t)
{
    size_t key = strlen(xml_text(t, "Key"));

    return !strcmp(t->name, "Tag") && key && key <= TAG_KEY_MAX &&
           strlen(xml_text(t, "Value")) <= TAG_VALUE_MAX;
}

static void store_tags(struct call *c)
{
    const char *arn = s3d_object_arn(c);
    struct xml *x;
    const struct xml *set;
    size_t n = 0;

    if (!s3d_document(c, &x, "Tagging") || !object_is_there(c))
        return;
    set = xml_get(x, "TagSet");
    tags_remove(c->cloud, arn, NULL);
    for (const struct xml *t = set ? set->first : NULL; t && !call_failed(c); t = t->next)
        if (n++ == TAGS_MAX || !is_good_tag(t))
            call_fail(c, 400, n > TAGS_MAX ? "BadRequest" : "InvalidTag",
                      n > TAGS_MAX ? "Object tags cannot be greater than 10"
                                   : "The TagKey you have provided is invalid");
        else
            tags_put(c->cloud, arn, xml_text(t, "Key"), xml_text(t, "Value"));
}

void s3d_put_tags(struct call *c)
{
    if (s3d_transact(c, store_tags))
        s3d_reply_empty(c, 200);
}

static void remove_tags(struct call *c)
{
    if (object_is_there(c))
        tags_remove(c->cloud, s3d_object_arn(c), NULL);
}

void s3d_delete_tags(struct call *c)
{
    if (s3d_transact(c, remove_tags))
        s3d_reply_empty(c, 204);
}
