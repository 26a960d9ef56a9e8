/* English first, then the other language over it, so that no text is ever missing. */
#include "book/language.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "book/front.h"

#include <stdlib.h>
#include <string.h>

enum { LANGUAGE_MAX = 256 * 1024 };

static struct mv *find(const struct language *l, const char *key)
{
    for (struct mv *v = l->texts->first; v; v = v->next)
        if (!strcmp(v->key, key))
            return v;
    return NULL;
}

static enum lk_status read_over(struct language *l, const char *templates, const char *name,
                                struct findings *findings, struct lk_error *err)
{
    char *path = arena_printf(&l->arena, "%s/lang/%s.yaml", templates, name);
    struct str text = STR_INIT;
    struct front *map = NULL;
    enum lk_status st = file_read(&text, path, LANGUAGE_MAX, err);

    if (!st && front_parse(&map, &l->arena, slice_str(&text), path, 1, findings))
        for (const struct front *v = map->first; v; v = v->next) {
            struct mv *known = find(l, v->key);

            if (v->kind != FRONT_TEXT)
                continue;
            if (!known)
                known = mv_put(&l->arena, l->texts, v->key, MV_TEXT);
            known->text = slice_of(v->text);
        }
    str_done(&text);
    return st;
}

static void make_words(struct language *l)
{
    struct str json = STR_INIT;
    struct json_out w;

    json_begin(&w, &json, false);
    json_open(&w, NULL, '{');
    for (const struct mv *v = l->texts->first; v; v = v->next)
        if (!strncmp(v->key, "js_", 3))
            json_put_string(&w, v->key + 3, v->text);
    json_close(&w);
    l->words = (struct slice){arena_strndup(&l->arena, json.ptr, json.len), json.len};
    str_done(&json);
}

enum lk_status language_read(struct language *out, const char *templates, const char *name,
                             struct findings *findings, struct lk_error *err)
{
    enum lk_status st;

    memset(out, 0, sizeof *out);
    out->texts = mv_new(&out->arena, MV_MAP);
    if (!path_is_inside(slice_of(name)))
        return error_set(err, LK_EINPUT, "a language cannot be '%s'", name);
    st = read_over(out, templates, "en", findings, err);
    if (!st && strcmp(name, "en"))
        st = read_over(out, templates, name, findings, err);
    if (!st)
        make_words(out);
    return st;
}

void language_done(struct language *l)
{
    arena_done(&l->arena);
    memset(l, 0, sizeof *l);
}

const char *language_text(const struct language *l, const char *key)
{
    const struct mv *v = find(l, key);

    return v ? v->text.ptr : NULL;
}
