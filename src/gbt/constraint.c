/*
 * Both texts are read as JSON after the round brackets of a Python tuple have
 * become square ones, so numbers, names, lists and objects need no reader here.
 */
#include "gbt/constraint.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum lk_status unknown_feature(const char *what, const char *name, const struct lk_matrix *m,
                                      struct lk_error *err)
{
    const char *near =
        m->names ? error_nearest(name, (const char *const *)m->names, m->columns) : NULL;

    if (near)
        return error_set(err, LK_EUSE, "%s names the unknown feature '%.80s'; did you mean '%s'?",
                         what, name, near);
    return error_set(err, LK_EUSE, "%s names the unknown feature '%.80s'", what, name);
}

static enum lk_status feature_named(size_t *out, const char *what, const char *name,
                                    const struct lk_matrix *m, struct lk_error *err)
{
    for (size_t i = 0; m->names && i < m->columns; i++)
        if (!strcmp(m->names[i], name)) {
            *out = i;
            return LK_OK;
        }
    return unknown_feature(what, name, m, err);
}

static enum lk_status feature_of(size_t *out, const char *what, const struct json *j,
                                 const struct lk_matrix *m, struct lk_error *err)
{
    double v = json_number(j, -1);

    if (json_kind(j) == JSON_STRING)
        return feature_named(out, what, json_string(j, ""), m, err);
    if (json_kind(j) != JSON_NUMBER || v != floor(v) || !(v >= 0))
        return error_set(err, LK_EUSE, "%s lists features by number or name", what);
    if (v >= (double)m->columns)
        return error_set(err, LK_EUSE, "%s names feature %.0f; the data has features 0 to %zu",
                         what, v, m->columns - 1);
    *out = (size_t)v;
    return LK_OK;
}

/* Text with (..) as [..], names in single quotes as JSON has them, and brackets where it has none.
 */
static enum lk_status read_text(struct json **out, const char *text, const char *what,
                                struct lk_error *err)
{
    struct str s = STR_INIT;
    struct slice t = slice_trim(slice_of(text));
    bool bare = t.len && !strchr("([{", t.ptr[0]);
    enum lk_status st;

    if (bare)
        str_putc(&s, '[');
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] == ')' && s.len && s.ptr[s.len - 1] == ',')
            str_cut(&s, s.len - 1); /* the tuple (1,) */
        str_putc(&s, t.ptr[i] == '('    ? '['
                     : t.ptr[i] == ')'  ? ']'
                     : t.ptr[i] == '\'' ? '"'
                                        : t.ptr[i]);
    }
    if (bare)
        str_putc(&s, ']');
    st = json_parse(out, slice_str(&s), what, NULL);
    str_done(&s);
    return st ? error_set(err, LK_EUSE, "%s cannot be read: '%.80s'", what, text) : LK_OK;
}

/* ---- monotone -------------------------------------------------------------- */

static enum lk_status set_direction(struct gbt_constraints *c, size_t feature, const struct json *j,
                                    struct lk_error *err)
{
    double v = json_number(j, 9);

    if (json_kind(j) != JSON_NUMBER || (v != -1 && v != 0 && v != 1))
        return error_set(err, LK_EUSE, "monotone_constraints holds -1, 0 or 1 for a feature");
    c->monotone[feature] = (int8_t)v;
    return LK_OK;
}

/* Constraints that hold nothing back are none; in 1.7 they still choose how gains are reckoned. */
static enum lk_status read_monotone(struct gbt_constraints *c, const struct lk_params *p,
                                    const struct lk_matrix *m, struct lk_error *err)
{
    static const char what[] = "monotone_constraints";
    struct json *root = NULL;
    enum lk_status st = read_text(&root, p->monotone_constraints, what, err);
    bool any = p->rules == GBT_RULES_1_7;
    size_t i = 0;

    if (st)
        return st;
    c->monotone = mem_calloc(m->columns, 1);
    if (json_count(root) > m->columns)
        st = error_set(err, LK_EUSE, "%s has %zu entries; the data has %zu features", what,
                       json_count(root), m->columns);
    for (const struct json *j = json_first(root); j && !st; j = json_next(j), i++) {
        size_t feature = i;

        if (json_kind(root) == JSON_OBJECT)
            st = feature_named(&feature, what, json_key(j), m, err);
        if (!st)
            st = set_direction(c, feature, j, err);
        any = any || (!st && c->monotone[feature]);
    }
    json_free(root);
    if (!any || st) {
        free(c->monotone);
        c->monotone = NULL;
    }
    return st;
}

/* ---- interaction -------------------------------------------------------------- */

static enum lk_status read_sets(struct gbt_constraints *c, const char *text,
                                const struct lk_matrix *m, struct lk_error *err)
{
    static const char what[] = "interaction_constraints";
    struct json *root = NULL;
    enum lk_status st = read_text(&root, text, what, err);
    size_t i = 0;

    if (st)
        return st;
    if (json_kind(root) != JSON_ARRAY)
        st = error_set(err, LK_EUSE, "%s is a list of lists, as in [[0,1],[2,3]]", what);
    c->set_count = json_count(root);
    c->sets = mem_calloc(c->set_count * c->words, sizeof *c->sets);
    for (const struct json *set = json_first(root); set && !st; set = json_next(set), i++) {
        if (json_kind(set) != JSON_ARRAY)
            st = error_set(err, LK_EUSE, "%s is a list of lists, as in [[0,1],[2,3]]", what);
        for (const struct json *j = json_first(set); j && !st; j = json_next(j)) {
            size_t feature;

            st = feature_of(&feature, what, j, m, err);
            if (!st)
                gbt_set_add(c->sets + i * c->words, feature);
        }
    }
    json_free(root);
    return st;
}

void gbt_constraints_allow(uint64_t *allowed, const struct gbt_constraints *c, const uint64_t *path)
{
    memcpy(allowed, path, c->words * sizeof *allowed);
    for (size_t i = 0; i < c->set_count; i++) {
        const uint64_t *set = c->sets + i * c->words;
        bool all = true;

        for (size_t w = 0; w < c->words; w++)
            all = all && !(path[w] & ~set[w]);
        for (size_t w = 0; w < c->words && all; w++)
            allowed[w] |= set[w];
    }
}

enum lk_status gbt_constraints_new(struct gbt_constraints **out, const struct lk_params *p,
                                   const struct lk_matrix *m, struct lk_error *err)
{
    struct gbt_constraints *c = mem_calloc(1, sizeof *c);
    enum lk_status st = LK_OK;

    c->features = m->columns;
    c->words = (m->columns + 63) / 64;
    if (p->monotone_constraints && p->monotone_constraints[0])
        st = read_monotone(c, p, m, err);
    if (!st && p->interaction_constraints && p->interaction_constraints[0])
        st = read_sets(c, p->interaction_constraints, m, err);
    if (st)
        gbt_constraints_free(c);
    else
        *out = c;
    return st;
}

void gbt_constraints_free(struct gbt_constraints *c)
{
    if (!c)
        return;
    free(c->monotone);
    free(c->sets);
    free(c);
}
