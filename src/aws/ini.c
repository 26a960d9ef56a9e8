/*
 * Line by line: a comment, a section, a value, or an indented value that
 * belongs to the one above ("s3 =" and under it "  endpoint_url = ..").
 * Entries form one list in the order read; the files are small.
 */
#include "aws/ini.h"

#include "base/error.h"
#include "base/file.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { INI_MAX_BYTES = 1 << 20, INI_MAX_SECTIONS = 64 };

struct ini_entry {
    const char *section, *key, *value; /* key NULL: the section's own line */
    bool of_config;                    /* not of `credentials` */
    struct ini_entry *next;
};

void ini_init(struct ini *i)
{
    *i = (struct ini){0};
    i->tail = &i->first;
}

void ini_done(struct ini *i)
{
    arena_done(&i->arena);
    ini_init(i);
}

static void add(struct ini *i, bool of_config, const char *section, const char *key,
                struct slice value)
{
    struct ini_entry *e = arena_alloc(&i->arena, sizeof *e);

    *e = (struct ini_entry){section, key, arena_strndup(&i->arena, value.ptr, value.len), of_config,
                            NULL};
    *i->tail = e;
    i->tail = &e->next;
}

/* A remark follows a value after blank and '#' or ';'. */
static struct slice without_remark(struct slice text)
{
    for (size_t k = 1; k < text.len; k++)
        if ((text.ptr[k] == '#' || text.ptr[k] == ';') &&
            (text.ptr[k - 1] == ' ' || text.ptr[k - 1] == '\t'))
            return slice_trim(slice_first(text, k));
    return text;
}

static const char *section_name(struct ini *i, struct slice line, bool profile_word)
{
    struct slice name = slice_trim((struct slice){line.ptr + 1, slice_find(line, ']') - 1});

    if (profile_word && slice_starts(name, "profile") && name.len > 8 &&
        (name.ptr[7] == ' ' || name.ptr[7] == '\t'))
        name = slice_trim(slice_from(name, 8));
    if (name.len >= 2 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"')
        name = (struct slice){name.ptr + 1, name.len - 2};
    return arena_strndup(&i->arena, name.ptr, name.len);
}

/* Names are the same in capitals. */
static const char *lower_case(struct ini *i, struct slice name)
{
    char *text = arena_strndup(&i->arena, name.ptr, name.len);

    for (char *p = text; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return text;
}

enum lk_status ini_read(struct ini *i, const char *path, bool profile_word, struct lk_error *err)
{
    struct str text = STR_INIT;
    struct slice rest, line;
    const char *section = "", *outer = "";
    int number = 0;
    enum lk_status st = LK_OK;

    if (file_stat(path).kind == FILE_NONE)
        return LK_OK;
    st = file_read(&text, path, INI_MAX_BYTES, err);
    rest = slice_str(&text);
    if (slice_starts(rest, "\xef\xbb\xbf")) /* some editors' mark of UTF-8 */
        rest = slice_from(rest, 3);
    while (!st && ++number && slice_line(&rest, &line)) {
        bool nested = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
        struct slice part = slice_trim(line), key;
        size_t eq = slice_find(part, '='), colon = slice_find(part, ':');

        if (colon < eq && !nested) /* the other way to write it */
            eq = colon;
        if (!part.len || part.ptr[0] == '#' || part.ptr[0] == ';')
            continue;
        if (part.ptr[0] == '[' && slice_find(part, ']') < part.len) {
            section = section_name(i, part, profile_word);
            add(i, profile_word, section, NULL, SLICE(""));
            continue;
        }
        if (eq == part.len) {
            st =
                error_at(err, LK_EINPUT, path, number, 1, "expected '[section]' or 'name = value'");
            break;
        }
        key = slice_trim(slice_first(part, eq));
        if (!nested)
            outer = lower_case(i, key);
        add(i, profile_word, section,
            nested ? arena_printf(&i->arena, "%s.%.*s", outer, (int)key.len, key.ptr) : outer,
            without_remark(slice_trim(slice_from(part, eq + 1))));
    }
    str_done(&text);
    return st;
}

const char *ini_get(const struct ini *i, const char *section, const char *key)
{
    for (const struct ini_entry *e = i->first; e; e = e->next)
        if (e->key && !strcmp(e->section, section) && !strcmp(e->key, key))
            return e->value;
    return NULL;
}

const char *ini_get_of(const struct ini *i, bool profile_word, const char *section, const char *key)
{
    for (const struct ini_entry *e = i->first; e; e = e->next)
        if (e->key && e->of_config == profile_word && !strcmp(e->section, section) &&
            !strcmp(e->key, key))
            return e->value;
    return NULL;
}

bool ini_has(const struct ini *i, const char *section)
{
    for (const struct ini_entry *e = i->first; e; e = e->next)
        if (!strcmp(e->section, section))
            return true;
    return false;
}

const char *ini_nearest(const struct ini *i, const char *section)
{
    const char *names[INI_MAX_SECTIONS];
    size_t n = 0;

    for (const struct ini_entry *e = i->first; e && n < INI_MAX_SECTIONS; e = e->next)
        if (!e->key)
            names[n++] = e->section;
    return error_nearest(section, names, n);
}
