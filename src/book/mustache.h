/*
 * Mustache: logic-less templates. Comments, delimiters, interpolation,
 * sections, inverted sections, partials and inheritance, as the published
 * cases have them; no lambdas.
 *
 * A set holds templates by name; they refer to one another by these names.
 * Once all are added it is never written again and may be shared by threads.
 * Data is a tree of values in an arena.
 */
#ifndef BOOK_MUSTACHE_H
#define BOOK_MUSTACHE_H

#include "base/mem.h"
#include "base/str.h"
#include "labkit.h"

/* ---- data ------------------------------------------------------------------- */

enum mv_kind { MV_NULL, MV_FLAG, MV_TEXT, MV_LIST, MV_MAP };

/* False are: NULL, a FLAG that is not set, an empty TEXT, an empty LIST. */
struct mv {
    enum mv_kind kind;
    bool flag;
    uint32_t hash;   /* of the key */
    const char *key; /* in a MAP, else NULL; borrowed */
    struct slice text;
    struct mv *first, *last, *next;
};

struct mv *mv_new(struct arena *arena, enum mv_kind kind);
/* Put a new value into a MAP, or (key NULL) at the end of a LIST. Keys and texts are borrowed. */
struct mv *mv_put(struct arena *arena, struct mv *into, const char *key, enum mv_kind kind);
void mv_text(struct arena *arena, struct mv *into, const char *key, struct slice text);
void mv_z(struct arena *arena, struct mv *into, const char *key, const char *text);
void mv_flag(struct arena *arena, struct mv *into, const char *key, bool flag);
void mv_int(struct arena *arena, struct mv *into, const char *key, long n);

/* The value of a key in a MAP, or NULL. */
struct mv *mv_find(const struct mv *map, const char *key);

/* ---- templates ---------------------------------------------------------------- */

struct mustache;

struct mustache *mustache_new(void);
void mustache_free(struct mustache *m);
/* Parse a template; file stands in errors. All texts are copied. */
enum lk_status mustache_add(struct mustache *m, const char *name, struct slice source,
                            const char *file, struct lk_error *err);
bool mustache_has(const struct mustache *m, const char *name);
/*
 * Append the template rendered with data; later contexts hide earlier ones.
 * strict: a name that stands for nothing, or an absent partial, is an error
 * with the template's file and line; else it is empty text.
 */
enum lk_status mustache_render(struct str *out, const struct mustache *m, const char *name,
                               const struct mv *const *contexts, size_t count, bool strict,
                               struct lk_error *err);

#endif
