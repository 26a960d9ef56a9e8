/*
 * JSON. Reading builds a tree (cJSON inside, which no one else includes);
 * writing builds text in a str, in the order of the calls, so output is
 * deterministic. Not for model files: those have a streaming reader of their own.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/str.h"
#include "labkit.h"

struct json; /* a node; all but the root are owned by their parent */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/*
 * Parse text; file names it in errors, with line and column. Nesting deeper
 * than 100 is refused. Free the root with json_free.
 */
enum lk_status json_parse(struct json **out, struct slice text, const char *file,
                          struct lk_error *err);
enum lk_status json_read(struct json **out, const char *path, size_t max, struct lk_error *err);
void json_free(struct json *root);

/* All accept NULL and answer as for an absent value, so look-ups chain. */
enum json_kind json_kind(const struct json *j); /* NULL is JSON_NULL */
const struct json *json_get(const struct json *object, const char *key);
const struct json *json_at(const struct json *array, size_t i); /* O(i) */
size_t json_count(const struct json *array_or_object);
const struct json *json_first(const struct json *array_or_object);
const struct json *json_next(const struct json *child);
const char *json_key(const struct json *child); /* "" in an array */
const char *json_string(const struct json *j, const char *otherwise);
double json_number(const struct json *j, double otherwise);
bool json_bool(const struct json *j, bool otherwise);
/* The tree as text, compact or indented by two spaces. */
void json_print(struct str *out, const struct json *j, bool indented);

/*
 * Writing. Commas and indentation are the writer's business:
 *     struct json_out w;
 *     json_begin(&w, &text, false);
 *     json_open(&w, NULL, '{'); json_put_string(&w, "name", slice_of(name)); json_close(&w);
 * key is NULL inside an array and at the root. Depth is capped at 32.
 */
struct json_out {
    struct str *text;
    bool indented;
    int depth;
    bool some[33];   /* has this level an element already? */
    char closer[33]; /* what ends this level */
};

void json_begin(struct json_out *w, struct str *text, bool indented);
void json_open(struct json_out *w, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json_out *w);
void json_put_string(struct json_out *w, const char *key, struct slice value);
void json_put_z(struct json_out *w, const char *key, const char *value); /* NULL writes null */
void json_put_number(struct json_out *w, const char *key,
                     double value); /* shortest; NaN writes null */
void json_put_int(struct json_out *w, const char *key, int64_t value);
void json_put_bool(struct json_out *w, const char *key, bool value);
void json_put_raw(struct json_out *w, const char *key, struct slice json_text);
void json_put_tree(struct json_out *w, const char *key, const struct json *value);

#endif
