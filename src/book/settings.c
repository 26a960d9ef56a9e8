/* book.yaml through the front-matter reader, with one table of keys. */
#include "book/settings.h"

#include "base/file.h"
#include "book/front.h"

#include <stdlib.h>
#include <string.h>

enum { SETTINGS_MAX = 1 << 20 };

const struct front_key settings_keys[] = {
    {"title", FRONT_TEXT, true, "the book's name, on every page and in the feed"},
    {"subtitle", FRONT_TEXT, false, "a line under the name on the first page"},
    {"summary", FRONT_TEXT, false,
     "two or three sentences for the first page, search engines and previews"},
    {"author", FRONT_TEXT, false, "who wrote it; left out, no author is named"},
    {"lang", FRONT_TEXT, false,
     "language of the lessons and of the buttons around them (default `en`): a file of "
     "`templates/lang/`"},
    {"url", FRONT_TEXT, false,
     "where the book is published; with it the site gets a sitemap, a feed and previews with full "
     "addresses"},
    {"map", FRONT_TEXT, false,
     "the picture of the whole book on the first page: an SVG below `lessons/`"},
    {"map_text", FRONT_TEXT, false, "what that picture shows, in words"},
    {"image", FRONT_TEXT, false,
     "the picture that other sites show beside a link to this one: a PNG or JPEG below `lessons/`, "
     "best 1200 by 630; needs `url`"},
    {"image_text", FRONT_TEXT, false, "what that picture shows, in words"},
    {"raw_html", FRONT_TEXT, false, "`true` lets HTML in lessons through (default `false`)"},
    {"reading_grade", FRONT_TEXT, false,
     "`labbook check` warns of lessons that read harder than this school grade; 0, the default, "
     "never warns"},
    {"variables", FRONT_MAP, false,
     "names and the words that stand for them in lessons: `{{ name }}`"},
    {"parts", FRONT_LIST, false, "the parts of the book in their order, each with the keys below"},
    {NULL, FRONT_TEXT, false, NULL},
};

const struct front_key settings_part_keys[] = {
    {"title", FRONT_TEXT, true, "the part's name"},
    {"first", FRONT_TEXT, true, "the number of its first lesson: `08` for `08-what-sagemaker-is`"},
    {"summary", FRONT_TEXT, false, "a sentence about it on the first page"},
    {NULL, FRONT_TEXT, false, NULL},
};

static void read_variables(struct settings *s, const struct front *map, struct findings *findings)
{
    if (!map || map->kind != FRONT_MAP)
        return;
    s->variables = arena_alloc(&s->arena, (map->count + 1) * sizeof *s->variables);
    for (const struct front *v = map->first; v; v = v->next) {
        if (v->kind == FRONT_TEXT)
            s->variables[s->variable_count++] = (struct setting_variable){v->key, v->text};
        else
            finding_add(findings, FINDING_ERROR, "front-kind", s->file, v->value_line,
                        v->value_column, NULL, "the variable '%s' must be a text", v->key);
    }
}

static void read_parts(struct settings *s, const struct front *list, struct findings *findings)
{
    const char *before = "";

    if (!list || list->kind != FRONT_LIST)
        return;
    s->parts = arena_alloc(&s->arena, (list->count + 1) * sizeof *s->parts);
    for (const struct front *p = list->first; p; p = p->next) {
        struct setting_part *part = &s->parts[s->part_count];

        if (p->kind != FRONT_MAP) {
            finding_add(findings, FINDING_ERROR, "front-kind", s->file, p->value_line,
                        p->value_column, NULL, "a part is a mapping with title and first");
            continue;
        }
        front_check(p, settings_part_keys, s->file, findings);
        part->title = front_text(p, "title", "");
        part->first = front_text(p, "first", "");
        part->summary = front_text(p, "summary", "");
        if (strcmp(part->first, before) <= 0)
            finding_add(findings, FINDING_ERROR, "part-order", s->file, p->value_line,
                        p->value_column, "order the parts as their lessons stand",
                        "part '%s' starts at '%s', not behind '%s'", part->title, part->first,
                        before);
        before = part->first;
        s->part_count++;
    }
}

/* The published address always ends in '/', so that paths can be put behind it. */
static const char *with_slash(struct arena *arena, const char *url)
{
    size_t n = strlen(url);

    return !n || url[n - 1] == '/' ? url : arena_printf(arena, "%s/", url);
}

static struct setting_place place_of(const struct front *map, const char *key)
{
    const struct front *v = front_get(map, key);

    return v ? (struct setting_place){v->value_line, v->value_column}
             : (struct setting_place){1, 1};
}

void settings_parse(struct settings *out, struct slice yaml, const char *file,
                    struct findings *findings)
{
    struct front *map = NULL;
    bool parsed;

    memset(out, 0, sizeof *out);
    out->file = arena_strdup(&out->arena, file);
    parsed = front_parse(&map, &out->arena, yaml, file, 1, findings);
    if (parsed)
        front_check(map, settings_keys, file, findings);
    out->title = front_text(map, "title", "Book");
    out->subtitle = front_text(map, "subtitle", "");
    out->summary = front_text(map, "summary", "");
    out->author = front_text(map, "author", "");
    out->language = front_text(map, "lang", "en");
    out->language_at = place_of(map, "lang");
    out->map_at = place_of(map, "map");
    out->image_at = place_of(map, "image");
    out->url = with_slash(&out->arena, front_text(map, "url", ""));
    out->map = front_text(map, "map", "");
    out->map_text = front_text(map, "map_text", "");
    out->image = front_text(map, "image", "");
    out->image_text = front_text(map, "image_text", "");
    out->raw_html = front_bool(map, "raw_html", false, file, findings);
    out->reading_grade = front_int(map, "reading_grade", 0, 0, 30, file, findings);
    read_variables(out, front_get(map, "variables"), findings);
    read_parts(out, front_get(map, "parts"), findings);
}

enum lk_status settings_read(struct settings *out, const char *root, struct findings *findings,
                             struct lk_error *err)
{
    char *path = path_join(root, "lessons/book.yaml");
    struct str text = STR_INIT;
    enum lk_status st = LK_OK;

    memset(out, 0, sizeof *out);
    if (file_stat(path).kind == FILE_NONE)
        settings_parse(out, SLICE("title: Book\n"), path, findings);
    else if ((st = file_read(&text, path, SETTINGS_MAX, err)) == LK_OK)
        settings_parse(out, slice_str(&text), path, findings);
    str_done(&text);
    free(path);
    return st;
}

void settings_done(struct settings *s)
{
    arena_done(&s->arena);
    memset(s, 0, sizeof *s);
}

const char *settings_variable(const struct settings *s, struct slice name)
{
    for (size_t i = 0; i < s->variable_count; i++)
        if (slice_is(name, s->variables[i].name))
            return s->variables[i].value;
    return NULL;
}

const struct setting_part *settings_part(const struct settings *s, const char *number)
{
    const struct setting_part *part = NULL;

    for (size_t i = 0; i < s->part_count; i++)
        if (strcmp(s->parts[i].first, number) <= 0)
            part = &s->parts[i];
    return part;
}
