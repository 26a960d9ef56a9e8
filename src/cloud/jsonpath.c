/*
 * A path is a list of steps; each step is one or more keys, or one or more
 * indices and slices, or everything. What a step chooses more than one of is
 * an array (or object) for the next step.
 */
#include "cloud/jsonpath.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 16, PARTS_MAX = 32 };

struct part {
    struct slice key;    /* of an object; ptr NULL: an index or a slice */
    int64_t first, last; /* equal for an index; negative from the end */
    bool sliced;
};

struct step {
    struct part part[PARTS_MAX];
    size_t n;    /* 0: everything, "*" */
    bool single; /* one key or index: gives the thing itself */
};

struct jsonpath {
    char *text;
    struct step step[STEPS_MAX];
    size_t n;
};

/* ---- parsing ---------------------------------------------------------------------------- */

struct reader {
    const char *p;
    struct lk_error *err;
    const char *text;
};

static enum lk_status bad(const struct reader *r, const char *expected)
{
    return error_set(r->err, LK_EINPUT, "'%s' is not a path: at character %d %s is expected",
                     r->text, (int)(r->p - r->text) + 1, expected);
}

/* "[+-]digits", false and nothing taken where there is none. */
static bool take_int(struct reader *r, int64_t *out)
{
    const char *p = r->p + (*r->p == '-');

    while (isdigit((unsigned char)*p))
        p++;
    if (!number_parse_int((struct slice){r->p, (size_t)(p - r->p)}, -1000000, 1000000, out))
        return false;
    r->p = p;
    return true;
}

static enum lk_status take_key(struct reader *r, struct part *part)
{
    char quote = *r->p++;
    const char *end = strchr(r->p, quote);

    if (!end)
        return bad(r, "the end of the name");
    part->key = (struct slice){r->p, (size_t)(end - r->p)};
    r->p = end + 1;
    return LK_OK;
}

static enum lk_status take_range(struct reader *r, struct part *part)
{
    bool some = take_int(r, &part->first);

    part->last = part->first;
    if (*r->p == ':') {
        r->p++;
        part->sliced = true;
        if (!some)
            part->first = 0;
        if (!take_int(r, &part->last))
            part->last = -1;
        return LK_OK;
    }
    return some ? LK_OK : bad(r, "an index, a slice or a quoted name");
}

static enum lk_status take_brackets(struct reader *r, struct step *s)
{
    enum lk_status st = LK_OK;

    r->p++;
    if (!strncmp(r->p, "*]", 2)) {
        r->p += 2;
        return LK_OK;
    }
    do {
        if (s->n == PARTS_MAX)
            return bad(r, "no more than 32 parts in a step");
        r->p += strspn(r->p, " ,");
        st = *r->p == '\'' || *r->p == '"' ? take_key(r, &s->part[s->n])
                                           : take_range(r, &s->part[s->n]);
        s->n++;
        r->p += strspn(r->p, " ");
    } while (!st && *r->p == ',');
    if (!st && *r->p++ != ']')
        return r->p--, bad(r, "']'");
    s->single = s->n == 1 && !s->part[0].sliced;
    return st;
}

static enum lk_status take_dot(struct reader *r, struct step *s)
{
    const char *end;

    r->p++;
    if (*r->p == '*') {
        r->p++;
        return LK_OK;
    }
    end = r->p + strcspn(r->p, ".[");
    if (end == r->p)
        return bad(r, "a name");
    s->part[0].key = (struct slice){r->p, (size_t)(end - r->p)};
    s->n = 1;
    s->single = true;
    r->p = end;
    return LK_OK;
}

enum lk_status jsonpath_parse(struct jsonpath **out, const char *text, struct lk_error *err)
{
    struct jsonpath *p = mem_calloc(1, sizeof *p);
    struct reader r = {.err = err};
    enum lk_status st = LK_OK;

    r.p = r.text = p->text = mem_strdup(text && *text ? text : "$");
    if (*r.p != '$')
        st = bad(&r, "'$'");
    else
        r.p++;
    while (!st && *r.p) {
        if (p->n == STEPS_MAX)
            st = bad(&r, "no more than 16 steps");
        else if (*r.p == '[')
            st = take_brackets(&r, &p->step[p->n++]);
        else if (*r.p == '.')
            st = take_dot(&r, &p->step[p->n++]);
        else
            st = bad(&r, "'.' or '['");
    }
    if (st) {
        jsonpath_free(p);
        return st;
    }
    *out = p;
    return LK_OK;
}

void jsonpath_free(struct jsonpath *p)
{
    if (!p)
        return;
    free(p->text);
    free(p);
}

bool jsonpath_is_all(const struct jsonpath *p)
{
    return !p->n;
}

/* ---- choosing from an array --------------------------------------------------------------- */

/* The part's first and last index of n; first > last: none. */
static enum lk_status bounds(const struct part *part, size_t n, int64_t *first, int64_t *last,
                             struct lk_error *err)
{
    int64_t count = (int64_t)n;

    *first = part->first < 0 ? part->first + count : part->first;
    *last = part->last < 0 ? part->last + count : part->last;
    if (part->sliced) {
        *first = *first < 0 ? 0 : *first;
        *last = *last >= count ? count - 1 : *last;
        return LK_OK;
    }
    if (*first < 0 || *first >= count)
        return error_set(err, LK_EINPUT, "index %lld is beyond the record's %zu elements",
                         (long long)part->first, n);
    return LK_OK;
}

static enum lk_status choose(size_t *out, size_t max, size_t *count, const struct step *s, size_t n,
                             struct lk_error *err)
{
    *count = 0;
    for (size_t i = 0; !s->n && i < n && i < max; i++)
        out[(*count)++] = i;
    for (size_t k = 0; k < s->n; k++) {
        int64_t first, last;
        enum lk_status st;

        if (s->part[k].key.ptr)
            return error_set(err, LK_EINPUT, "'%.*s' is a name, and the record has only positions",
                             (int)s->part[k].key.len, s->part[k].key.ptr);
        st = bounds(&s->part[k], n, &first, &last, err);
        if (st)
            return st;
        for (; first <= last && *count < max; first++)
            out[(*count)++] = (size_t)first;
    }
    return LK_OK;
}

enum lk_status jsonpath_columns(size_t *out, size_t max, size_t *count, const struct jsonpath *p,
                                size_t n, struct lk_error *err)
{
    static const struct step all;

    if (p->n > 1)
        return error_set(err, LK_EINPUT, "'%s' has several steps, and a CSV record is flat",
                         p->text);
    return choose(out, max, count, p->n ? &p->step[0] : &all, n, err);
}

/* ---- choosing from a JSON value ------------------------------------------------------------- */

static enum lk_status print_from(struct json_out *w, const char *key, const struct step *s,
                                 size_t steps, const struct json *v, struct lk_error *err);

static enum lk_status print_elements(struct json_out *w, const char *key, const struct step *s,
                                     size_t steps, const struct json *v, struct lk_error *err)
{
    size_t n = json_count(v), max = n * (s->n ? s->n : 1), count;
    size_t *index = mem_calloc(max + 1, sizeof *index);
    enum lk_status st = choose(index, max, &count, s, n, err);

    if (!st && s->single) {
        st = print_from(w, key, s + 1, steps - 1, json_at(v, index[0]), err);
        free(index);
        return st;
    }
    json_open(w, key, '[');
    for (size_t i = 0; i < count && !st; i++)
        st = print_from(w, NULL, s + 1, steps - 1, json_at(v, index[i]), err);
    json_close(w);
    free(index);
    return st;
}

static enum lk_status print_member(struct json_out *w, const char *key, const struct step *s,
                                   size_t steps, const struct json *v, const struct part *part,
                                   struct lk_error *err)
{
    char *name = mem_strndup(part->key.ptr ? part->key.ptr : "", part->key.len);
    const struct json *member = part->key.ptr ? json_get(v, name) : NULL;
    enum lk_status st;

    if (!part->key.ptr)
        st = error_set(err, LK_EINPUT, "an index is asked for where the record is an object");
    else if (!member)
        st = error_set(err, LK_EINPUT, "the record has no '%s'", name);
    else
        st = print_from(w, s->single ? key : name, s + 1, steps - 1, member, err);
    free(name);
    return st;
}

static enum lk_status print_members(struct json_out *w, const char *key, const struct step *s,
                                    size_t steps, const struct json *v, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    if (s->single)
        return print_member(w, key, s, steps, v, &s->part[0], err);
    json_open(w, key, s->n ? '{' : '[');
    for (size_t i = 0; i < s->n && !st; i++)
        st = print_member(w, NULL, s, steps, v, &s->part[i], err);
    for (const struct json *m = s->n ? NULL : json_first(v); m && !st; m = json_next(m))
        st = print_from(w, NULL, s + 1, steps - 1, m, err);
    json_close(w);
    return st;
}

static enum lk_status print_from(struct json_out *w, const char *key, const struct step *s,
                                 size_t steps, const struct json *v, struct lk_error *err)
{
    if (!steps) {
        json_put_tree(w, key, v);
        return LK_OK;
    }
    if (json_kind(v) == JSON_ARRAY)
        return print_elements(w, key, s, steps, v, err);
    if (json_kind(v) == JSON_OBJECT)
        return print_members(w, key, s, steps, v, err);
    return error_set(err, LK_EINPUT, "the path goes into what is neither array nor object");
}

enum lk_status jsonpath_print(struct str *out, const struct jsonpath *p, const struct json *value,
                              struct lk_error *err)
{
    struct json_out w;
    struct str text = STR_INIT;
    enum lk_status st;

    json_begin(&w, &text, false);
    st = print_from(&w, NULL, p->step, p->n, value, err);
    if (!st)
        str_put(out, slice_str(&text));
    str_done(&text);
    return st;
}
