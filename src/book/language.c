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

/* The names of the files there are: "ar, de, en". */
static void put_names(struct str *out, const char *templates)
{
    char *folder = path_join(templates, "lang"), **names = NULL;
    size_t n = 0;

    if (file_list(&names, &n, folder, NULL))
        n = 0;
    for (size_t i = 0; i < n; i++) {
        size_t stem = strlen(names[i]) - strlen(path_extension(names[i]));

        if (!strcmp(names[i] + stem, ".yaml"))
            str_printf(out, "%s%.*s", out->len ? ", " : "", (int)stem, names[i]);
    }
    file_names_free(names, n);
    free(folder);
}

static enum lk_status refuse(const char *templates, const struct settings *settings,
                             struct lk_error *err)
{
    struct str names = STR_INIT;
    enum lk_status st;

    put_names(&names, templates);
    st = error_at(err, LK_EINPUT, settings->file, settings->language_at.line,
                  settings->language_at.column,
                  "there are no interface texts in '%.40s'; there are: %s; put a translation of "
                  "en.yaml into templates/lang/",
                  settings->language, names.ptr);
    str_done(&names);
    return st;
}

/* The file for "de-AT", else that for "de"; NULL when there is neither. */
static const char *find_file(struct language *l, const char *templates, const char *name)
{
    size_t n = strlen(name);

    if (!path_is_inside(slice_of(name)) || strchr(name, '/'))
        return NULL;
    do {
        char *file = arena_strndup(&l->arena, name, n);

        if (file_stat(arena_printf(&l->arena, "%s/lang/%s.yaml", templates, file)).kind ==
            FILE_REGULAR)
            return file;
        while (n && name[n - 1] != '-')
            n--;
    } while (n-- > 1);
    return NULL;
}

enum lk_status language_read(struct language *out, const char *templates,
                             const struct settings *settings, struct findings *findings,
                             struct lk_error *err)
{
    const char *name;
    enum lk_status st;

    memset(out, 0, sizeof *out);
    out->texts = mv_new(&out->arena, MV_MAP);
    name = find_file(out, templates, settings->language);
    if (!name)
        return refuse(templates, settings, err);
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
