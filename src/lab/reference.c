/*
 * The tables of reference_*.c as text, Markdown and JSON. Nothing here knows
 * what a call does; it only walks the tables.
 */
#include "lab/reference.h"

#include "base/json.h"
#include "book/lesson.h"

#include <string.h>

#define LIBRARY(name) extern const struct lab_library lab_library_##name;
#include "lab/libraries.inc"
#undef LIBRARY

#define LIBRARY(name) &lab_library_##name,
static const struct lab_library *const libraries[] = {
#include "lab/libraries.inc"
    NULL};
#undef LIBRARY

const struct lab_library *const *lab_libraries(void)
{
    return libraries;
}

const struct lab_library *lab_library_find(const char *name)
{
    for (size_t i = 0; libraries[i]; i++)
        if (!strcmp(libraries[i]->name, name))
            return libraries[i];
    return NULL;
}

const struct lab_entry *lab_entry_find(const char *name)
{
    for (size_t i = 0; libraries[i]; i++)
        for (size_t k = 0; k < libraries[i]->count; k++)
            if (!strcmp(libraries[i]->entries[k].name, name))
                return &libraries[i]->entries[k];
    return NULL;
}

const char *lab_entry_short(const struct lab_entry *e)
{
    return e->name + strcspn(e->name, ".:") + 1;
}

bool lab_option_next(struct slice *rest, struct slice *name, struct slice *text)
{
    struct slice line;

    if (!slice_line(rest, &line))
        return false;
    *name = slice_first(line, slice_find(line, ':'));
    *text = slice_trim(slice_from(line, name->len + 1));
    return true;
}

/* ---- Markdown ------------------------------------------------------------ */

/* Text in a table cell: a bar would end it. */
static void put_cell(struct str *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '|')
            str_putc(out, '\\');
        str_putc(out, text.ptr[i]);
    }
}

static void put_entry(struct str *out, const struct lab_entry *e)
{
    struct slice rest = slice_of(e->options), name, text;

    str_printf(out, "### `%s`\n\n`%s`\n\n%s\n\n", e->name, e->signature, e->summary);
    if (rest.len)
        str_puts(out, "| option | what it does |\n| :--- | :--- |\n");
    while (lab_option_next(&rest, &name, &text)) {
        str_printf(out, "| `%.*s` | ", (int)name.len, name.ptr);
        put_cell(out, text);
        str_puts(out, " |\n");
    }
    if (e->options)
        str_putc(out, '\n');
    if (e->example)
        str_printf(out, "```lua\n%s\n```\n\n", e->example);
}

void reference_put_markdown(struct str *out)
{
    for (size_t i = 0; libraries[i]; i++) {
        const struct lab_library *l = libraries[i];

        str_printf(out, "## %s%s\n\n%s", l->kind == LAB_OBJECT ? "Methods of a " : "", l->name,
                   l->summary);
        if (l->targets != (TARGET_LOCAL | TARGET_PRACTICE | TARGET_AWS)) {
            str_puts(out, " Works on the targets ");
            lesson_put_targets(out, l->targets);
            str_putc(out, '.');
        }
        str_puts(out, "\n\n");
        for (size_t k = 0; k < l->count; k++)
            put_entry(out, &l->entries[k]);
    }
}

/* ---- JSON ---------------------------------------------------------------- */

static void json_entry(struct json_out *w, const struct lab_entry *e)
{
    struct slice rest = slice_of(e->options), name, text;

    json_open(w, NULL, '{');
    json_put_z(w, "name", e->name);
    json_put_z(w, "short", lab_entry_short(e));
    json_put_z(w, "signature", e->signature);
    json_put_z(w, "summary", e->summary);
    json_open(w, "options", '[');
    while (lab_option_next(&rest, &name, &text)) {
        json_open(w, NULL, '{');
        json_put_string(w, "name", name);
        json_put_string(w, "text", text);
        json_close(w);
    }
    json_close(w);
    json_put_z(w, "example", e->example ? e->example : "");
    json_close(w);
}

void reference_put_json(struct str *out)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_open(&w, "libraries", '[');
    for (size_t i = 0; libraries[i]; i++) {
        const struct lab_library *l = libraries[i];
        struct str targets = STR_INIT;

        lesson_put_targets(&targets, l->targets);
        json_open(&w, NULL, '{');
        json_put_z(&w, "name", l->name);
        json_put_z(&w, "kind", l->kind == LAB_OBJECT ? "object" : "library");
        json_put_z(&w, "summary", l->summary);
        json_put_string(&w, "targets", slice_str(&targets));
        json_open(&w, "entries", '[');
        for (size_t k = 0; k < l->count; k++)
            json_entry(&w, &l->entries[k]);
        json_close(&w);
        json_close(&w);
        str_done(&targets);
    }
    json_close(&w);
    json_close(&w);
}

void reference_put_script(struct str *out)
{
    str_puts(out, "window.labbookApi = ");
    reference_put_json(out);
    str_puts(out, ";\n");
}
