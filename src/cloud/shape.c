/* The walk along a path, and the words for what is found wrong at its end. */
#include "cloud/shape.h"

#include <ctype.h>
#include <string.h>

enum { WRONG_MAX = 10, VALUE_SHOWN = 100 };

struct checking {
    struct call *call;
    const struct shape *shape;
    struct str text; /* what is wrong so far */
    int wrong;
};

/* ---- words --------------------------------------------------------------------------- */

static void begin_wrong(struct checking *k, const char *value, const char *where)
{
    if (k->wrong++)
        str_puts(&k->text, "; ");
    if (value)
        str_printf(&k->text, "Value '%.*s' at '%s' failed to satisfy constraint: Member must ",
                   VALUE_SHOWN, value, where);
    else
        str_printf(&k->text, "Value at '%s' failed to satisfy constraint: Member must ", where);
}

static void wrong_range(struct checking *k, const char *value, const char *where, const char *what,
                        double found)
{
    bool low = found < k->shape->min;

    begin_wrong(k, value, where);
    str_printf(&k->text, "have %s %s than or equal to %.0f", what, low ? "greater" : "less",
               low ? k->shape->min : k->shape->max);
}

static void wrong_word(struct checking *k, const char *value, const char *where)
{
    struct slice rest = slice_of(k->shape->words), word;
    bool first = true;

    begin_wrong(k, value, where);
    str_puts(&k->text, "satisfy enum value set: [");
    while (slice_split(&rest, ' ', &word)) {
        str_printf(&k->text, "%s%.*s", first ? "" : ", ", (int)word.len, word.ptr);
        first = false;
    }
    str_putc(&k->text, ']');
}

static void wrong_kind(struct checking *k, const char *where)
{
    static const char *const names[] = {"a String", "a String", "an Integer", "a Boolean",
                                        "a list",   "a map",    "a structure"};

    call_fail(k->call, 400, "SerializationException", "The value at '%s' is not %s.", where,
              names[k->shape->kind]);
}

/* ---- values -------------------------------------------------------------------------- */

static bool in_range(const struct shape *s, double v)
{
    return v >= s->min && (s->max == 0 || v <= s->max);
}

static bool is_word(const char *words, const char *value)
{
    struct slice rest = slice_of(words), word;

    while (slice_split(&rest, ' ', &word))
        if (slice_is(word, value))
            return true;
    return false;
}

static bool all_texts(const struct json *map)
{
    for (const struct json *i = json_first(map); i; i = json_next(i))
        if (json_kind(i) != JSON_STRING)
            return false;
    return true;
}

static void check_number(struct checking *k, const struct json *j, const char *where)
{
    double v = json_number(j, 0);
    char *shown = arena_printf(&k->call->memory, "%.15g", v);

    if (v != (double)(int64_t)v)
        wrong_kind(k, where);
    else if (!in_range(k->shape, v))
        wrong_range(k, shown, where, "value", v);
}

static void check_value(struct checking *k, const struct json *j, const char *where)
{
    static const enum json_kind kinds[] = {JSON_STRING, JSON_STRING, JSON_NUMBER, JSON_BOOL,
                                           JSON_ARRAY,  JSON_OBJECT, JSON_OBJECT};
    const char *text = json_string(j, NULL);

    if (json_kind(j) != kinds[k->shape->kind] || (k->shape->kind == SHAPE_MAP && !all_texts(j)))
        wrong_kind(k, where);
    else if (k->shape->kind == SHAPE_NUMBER)
        check_number(k, j, where);
    else if (k->shape->kind == SHAPE_WORD && !is_word(k->shape->words, text))
        wrong_word(k, text, where);
    else if (k->shape->kind == SHAPE_TEXT && !in_range(k->shape, (double)strlen(text)))
        wrong_range(k, text, where, "length", (double)strlen(text));
    else if ((k->shape->kind == SHAPE_LIST || k->shape->kind == SHAPE_MAP) &&
             !in_range(k->shape, (double)json_count(j)))
        wrong_range(k, NULL, where, "length", (double)json_count(j));
}

/* ---- the walk ------------------------------------------------------------------------ */

static char *below(struct checking *k, const char *where, const char *name)
{
    char *path = arena_printf(&k->call->memory, "%s%s%s", where, *where ? "." : "", name);

    if (*name && !isdigit((unsigned char)*name))
        path[strlen(path) - strlen(name)] = (char)tolower((unsigned char)*name);
    return path;
}

static void walk(struct checking *k, const struct json *at, const char *path, const char *where)
{
    size_t n = strcspn(path, ".[");
    const char *name = arena_strndup(&k->call->memory, path, n);
    const struct json *next = json_get(at, name);
    size_t i = 0;

    where = below(k, where, name);
    if (json_kind(next) == JSON_NULL) {
        if (!path[n] && k->shape->required) {
            str_printf(&k->text,
                       "%sValue null at '%s' failed to satisfy constraint: Member must not be null",
                       k->wrong++ ? "; " : "", where);
        }
    } else if (!path[n]) {
        check_value(k, next, where);
    } else if (path[n] == '.') {
        if (json_kind(next) == JSON_OBJECT)
            walk(k, next, path + n + 1, where);
    } else if (json_kind(next) == JSON_ARRAY) { /* "[]." */
        for (const struct json *e = json_first(next); e && k->wrong < WRONG_MAX; e = json_next(e))
            walk(k, e, path + n + strlen("[]."),
                 arena_printf(&k->call->memory, "%s.%zu.member", where, ++i));
    }
}

bool shape_check(struct call *c, const struct shape *shapes)
{
    struct checking k = {.call = c, .text = STR_INIT};

    for (k.shape = shapes; k.shape->path && k.wrong < WRONG_MAX; k.shape++)
        walk(&k, c->in, k.shape->path, "");
    if (k.wrong)
        call_fail(c, 400, call_invalid(c), "%d validation error%s detected: %s", k.wrong,
                  k.wrong > 1 ? "s" : "", k.text.ptr);
    str_done(&k.text);
    return !call_failed(c);
}
