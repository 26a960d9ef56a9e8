/*
 * cJSON behind our own names, with what it lacks: the line and column of a
 * mistake, and a writer that needs no tree.
 */
#include "base/json.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 100 };

static cJSON *node(const struct json *j)
{
    return (cJSON *)(uintptr_t)j;
}

static const struct json *wrap(const cJSON *c)
{
    return (const struct json *)c;
}

/*
 * cJSON takes nesting up to 1,000 and recurses for it; refuse far less first.
 * Brackets inside strings do not count. Returns where the limit is passed.
 */
static const char *too_deep(struct slice text)
{
    const char *end = text.ptr + text.len;
    int depth = 0;
    bool quoted = false;

    for (const char *p = text.ptr; p < end; p++) {
        if (quoted) {
            if (*p == '\\' && p + 1 < end)
                p++;
            else if (*p == '"')
                quoted = false;
        } else if (*p == '"') {
            quoted = true;
        } else if (*p == '{' || *p == '[') {
            if (++depth > DEPTH_MAX)
                return p;
        } else if (*p == '}' || *p == ']') {
            depth--;
        }
    }
    return NULL;
}

static void find_place(struct slice text, const char *at, int *line, int *column)
{
    *line = *column = 1;
    for (const char *p = text.ptr; p < at && p < text.ptr + text.len; p++) {
        (*column)++;
        if (*p == '\n') {
            (*line)++;
            *column = 1;
        }
    }
}

enum lk_status json_parse(struct json **out, struct slice text, const char *file,
                          struct lk_error *err)
{
    const char *at = too_deep(text), *end = NULL;
    int line, column;
    cJSON *root;

    if (at) {
        find_place(text, at, &line, &column);
        return error_at(err, LK_ELIMIT, file, line, column, "JSON nested deeper than %d",
                        (int)DEPTH_MAX);
    }
    root = cJSON_ParseWithLengthOpts(text.ptr, text.len, &end, 0);
    if (root) {
        struct slice rest = slice_from(text, (size_t)(end - text.ptr));

        if (!slice_trim(rest).len) {
            *out = (struct json *)root;
            return LK_OK;
        }
        cJSON_Delete(root);
    }
    find_place(text, end ? end : text.ptr, &line, &column);
    if (!slice_trim(text).len)
        return error_at(err, LK_EINPUT, file, line, column, "expected JSON, found nothing");
    return error_at(err, LK_EINPUT, file, line, column, "not valid JSON from here on");
}

enum lk_status json_read(struct json **out, const char *path, size_t max, struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = file_read(&text, path, max, err);

    if (!st)
        st = json_parse(out, slice_str(&text), path, err);
    str_done(&text);
    return st;
}

void json_free(struct json *root)
{
    cJSON_Delete(node(root));
}

enum json_kind json_kind(const struct json *j)
{
    const cJSON *c = node(j);

    if (cJSON_IsBool(c))
        return JSON_BOOL;
    if (cJSON_IsNumber(c))
        return JSON_NUMBER;
    if (cJSON_IsString(c))
        return JSON_STRING;
    if (cJSON_IsArray(c))
        return JSON_ARRAY;
    return cJSON_IsObject(c) ? JSON_OBJECT : JSON_NULL;
}

const struct json *json_get(const struct json *object, const char *key)
{
    return wrap(cJSON_GetObjectItemCaseSensitive(node(object), key));
}

const struct json *json_at(const struct json *array, size_t i)
{
    const struct json *child = json_first(array);

    while (child && i--)
        child = json_next(child);
    return child;
}

size_t json_count(const struct json *j)
{
    return json_first(j) ? (size_t)cJSON_GetArraySize(node(j)) : 0;
}

const struct json *json_first(const struct json *j)
{
    return j ? wrap(node(j)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
    return child ? wrap(node(child)->next) : NULL;
}

const char *json_key(const struct json *child)
{
    return child && node(child)->string ? node(child)->string : "";
}

const char *json_string(const struct json *j, const char *otherwise)
{
    return json_kind(j) == JSON_STRING ? node(j)->valuestring : otherwise;
}

double json_number(const struct json *j, double otherwise)
{
    return json_kind(j) == JSON_NUMBER ? node(j)->valuedouble : otherwise;
}

bool json_bool(const struct json *j, bool otherwise)
{
    return json_kind(j) == JSON_BOOL ? cJSON_IsTrue(node(j)) : otherwise;
}

void json_print(struct str *out, const struct json *j, bool indented)
{
    struct json_out w;

    json_begin(&w, out, indented);
    json_put_tree(&w, NULL, j);
}

/* ---- writing ---- */

void json_begin(struct json_out *w, struct str *text, bool indented)
{
    memset(w, 0, sizeof *w);
    w->text = text;
    w->indented = indented;
}

static void new_line(struct json_out *w)
{
    if (!w->indented)
        return;
    str_putc(w->text, '\n');
    for (int i = 0; i < w->depth; i++)
        str_puts(w->text, "  ");
}

/* What stands before a value: a comma if it is not the first, and its key. */
static void lead_in(struct json_out *w, const char *key)
{
    if (w->some[w->depth])
        str_putc(w->text, ',');
    w->some[w->depth] = true;
    if (w->depth)
        new_line(w);
    if (key) {
        str_put_json(w->text, slice_of(key));
        str_puts(w->text, w->indented ? ": " : ":");
    }
}

void json_open(struct json_out *w, const char *key, char bracket)
{
    lead_in(w, key);
    str_putc(w->text, bracket);
    if (w->depth < 32)
        w->depth++;
    w->some[w->depth] = false;
    w->closer[w->depth] = bracket == '{' ? '}' : ']';
}

void json_close(struct json_out *w)
{
    bool some = w->some[w->depth];
    char closer = w->closer[w->depth];

    w->depth--;
    if (some)
        new_line(w);
    str_putc(w->text, closer);
}

void json_put_string(struct json_out *w, const char *key, struct slice value)
{
    lead_in(w, key);
    str_put_json(w->text, value);
}

void json_put_z(struct json_out *w, const char *key, const char *value)
{
    if (value)
        json_put_string(w, key, slice_of(value));
    else
        json_put_raw(w, key, SLICE("null"));
}

void json_put_number(struct json_out *w, const char *key, double value)
{
    char text[NUMBER_MAX];
    size_t n;

    if (!isfinite(value)) {
        json_put_raw(w, key, SLICE("null"));
        return;
    }
    n = number_print_double(text, value);
    json_put_raw(w, key, (struct slice){text, n});
}

void json_put_int(struct json_out *w, const char *key, int64_t value)
{
    lead_in(w, key);
    str_printf(w->text, "%lld", (long long)value);
}

void json_put_bool(struct json_out *w, const char *key, bool value)
{
    json_put_raw(w, key, value ? SLICE("true") : SLICE("false"));
}

void json_put_raw(struct json_out *w, const char *key, struct slice json_text)
{
    lead_in(w, key);
    str_put(w->text, json_text);
}

/* Parsing capped the depth at 100; the writer keeps at most 32 levels of state. */
static void put_subtree(struct json_out *w, const char *key, const struct json *value)
{
    struct json_out inner;

    lead_in(w, key);
    json_begin(&inner, w->text, false);
    json_put_tree(&inner, NULL, value);
}

void json_put_tree(struct json_out *w, const char *key, const struct json *value)
{
    bool object = json_kind(value) == JSON_OBJECT;

    switch (json_kind(value)) {
    case JSON_STRING:
        json_put_z(w, key, node(value)->valuestring);
        break;
    case JSON_NUMBER:
        json_put_number(w, key, node(value)->valuedouble);
        break;
    case JSON_BOOL:
        json_put_bool(w, key, cJSON_IsTrue(node(value)));
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        if (w->depth == 31) {
            put_subtree(w, key, value);
            break;
        }
        json_open(w, key, object ? '{' : '[');
        for (const struct json *c = json_first(value); c; c = json_next(c))
            json_put_tree(w, object ? json_key(c) : NULL, c);
        json_close(w);
        break;
    default:
        json_put_raw(w, key, SLICE("null"));
    }
}
