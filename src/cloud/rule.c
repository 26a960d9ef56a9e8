/*
 * The walk over a request, member by member, and the words for what is wrong.
 *
 * A wrong kind ends it at once: AWS's front end cannot read such a request at
 * all. Everything else is gathered, so that a call that is wrong in three
 * places says all three.
 */
#include "cloud/rule.h"

#include "base/number.h"
#include "base/pattern.h"
#include "cloud/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { WRONG_MAX = 10, DEPTH_MAX = 20, VALUE_SHOWN = 1024 };

struct checking {
    struct call *call;
    const struct rules *rules;
    struct str text; /* what is wrong so far */
    int wrong;
};

/* ---- the rule of a member ---------------------------------------------------------------- */

static int by_name(const void *name, const void *rule)
{
    return strcmp(name, ((const struct rule *)rule)->name);
}

static const struct rule *find(const struct rules *rules, const char *name, const char *in)
{
    const struct rule *r = bsearch(name, rules->rules, rules->n, sizeof *r, by_name), *end;

    if (!r)
        return NULL;
    while (r > rules->rules && !strcmp(r[-1].name, name))
        r--;
    end = rules->rules + rules->n;
    for (const struct rule *i = r; i < end && !strcmp(i->name, name); i++)
        if (i->in && !strcmp(i->in, in))
            return i;
    return r->in ? NULL : r;
}

/* ---- words ------------------------------------------------------------------------------- */

static void begin_wrong(struct checking *k, const char *value, const char *at)
{
    if (k->wrong++)
        str_puts(&k->text, "; ");
    if (value)
        str_printf(&k->text, "Value '%.*s' at '%s' failed to satisfy constraint: ", VALUE_SHOWN,
                   value, at);
    else
        str_printf(&k->text, "Value null at '%s' failed to satisfy constraint: ", at);
}

static void put_words(struct str *out, const char *words)
{
    struct slice rest = slice_of(words), word;
    const char *between = "Member must satisfy enum value set: [";

    while (slice_split(&rest, ' ', &word)) {
        str_printf(out, "%s%.*s", between, (int)word.len, word.ptr);
        between = ", ";
    }
    str_putc(out, ']');
}

/* "have length less than or equal to 63"; nothing where it is within. */
static bool put_range(struct str *out, const struct rule *r, const char *what, double v)
{
    bool low = v < r->min;

    if (!low && (r->max == 0 || v <= r->max))
        return true;
    str_printf(out, "Member must have %s %s than or equal to %.0f", what, low ? "greater" : "less",
               low ? r->min : r->max);
    return false;
}

/* ---- values ------------------------------------------------------------------------------ */

static bool is_word(const char *words, const char *value)
{
    struct slice rest = slice_of(words), word;

    while (slice_split(&rest, ' ', &word))
        if (slice_is(word, value))
            return true;
    return false;
}

/* A model's expression is of the whole text. */
static bool matches(const char *expression, const char *value)
{
    struct str whole = STR_INIT;
    struct pattern *p = NULL;
    bool good = true;

    str_printf(&whole, "^(?:%s)$", expression);
    if (!pattern_parse(&p, whole.ptr, NULL))
        good = pattern_find(p, slice_of(value), 0, NULL);
    pattern_free(p);
    str_done(&whole);
    return good;
}

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* What is wrong with a text, as "Member must ..."; nothing when all is well. */
static void judge_text(struct str *out, const struct rule *r, const char *value)
{
    if (r->kind == 'w') {
        if (!is_word(r->more, value))
            put_words(out, r->more);
    } else if (put_range(out, r, "length", (double)characters(value)) && r->more &&
               !matches(r->more, value)) {
        str_printf(out, "Member must satisfy regular expression pattern: %s", r->more);
    }
}

static void check_text(struct checking *k, const struct rule *r, const char *value, const char *at)
{
    struct str why = STR_INIT;

    judge_text(&why, r, value);
    if (why.len) {
        begin_wrong(k, value, at);
        str_put(&k->text, slice_str(&why));
    }
    str_done(&why);
}

static void check_number(struct checking *k, const struct rule *r, double v, const char *at)
{
    struct str why = STR_INIT;

    if (!put_range(&why, r, "value", v)) {
        begin_wrong(k, arena_printf(&k->call->memory, "%.15g", v), at);
        str_put(&k->text, slice_str(&why));
    }
    str_done(&why);
}

/* false: there are too many or too few, and none of them need be looked at. */
static bool check_count(struct checking *k, const struct rule *r, const struct json *j,
                        const char *at)
{
    struct str why = STR_INIT, shown = STR_INIT;
    bool good = put_range(&why, r, "length", (double)json_count(j));

    if (!good) {
        json_print(&shown, j, false);
        begin_wrong(k, shown.ptr, at);
        str_put(&k->text, slice_str(&why));
    }
    str_done(&shown);
    str_done(&why);
    return good;
}

/* ---- kinds ------------------------------------------------------------------------------- */

static bool is_integer(double v)
{
    return v >= -9e18 && v <= 9e18 && v == (double)(int64_t)v;
}

static bool is_of_kind(const struct json *j, char kind)
{
    switch (kind) {
    case 's':
    case 'w':
        return json_kind(j) == JSON_STRING;
    case 'i':
        return json_kind(j) == JSON_NUMBER && is_integer(json_number(j, 0));
    case 'b':
        return json_kind(j) == JSON_BOOL;
    case 'l':
        return json_kind(j) == JSON_ARRAY;
    case 'm':
    case 'o':
        return json_kind(j) == JSON_OBJECT;
    default:
        return json_kind(j) == JSON_NUMBER;
    }
}

static void wrong_kind(struct call *c, const struct json *j, char kind)
{
    const char *wanted = kind == 'i'   ? "an Integer"
                         : kind == 'b' ? "a Boolean"
                         : kind == 't' ? "a Timestamp"
                         : kind == 'n' ? "a Float"
                                       : "a String";
    const char *found = json_kind(j) == JSON_NUMBER ? "NUMBER_VALUE"
                        : json_kind(j) == JSON_BOOL
                            ? json_bool(j, false) ? "TRUE_VALUE" : "FALSE_VALUE"
                            : "STRING_VALUE";

    if (kind == 'l')
        call_fail(c, 400, "SerializationException", "Expected list or null");
    else if (kind == 'm' || kind == 'o')
        call_fail(c, 400, "SerializationException", "Expected structure or map, or null");
    else if (json_kind(j) == JSON_OBJECT)
        call_fail(c, 400, "SerializationException",
                  "Start of structure or map found where not expected.");
    else if (json_kind(j) == JSON_ARRAY)
        call_fail(c, 400, "SerializationException", "Start of list found where not expected");
    else
        call_fail(c, 400, "SerializationException", "%s can not be converted to %s", found, wanted);
}

/* ---- the walk ---------------------------------------------------------------------------- */

static void check_value(struct checking *k, const struct rule *r, const struct json *j,
                        const char *in, const char *at, int depth);

/* "inputDataConfig.1.member.channelName" */
static const char *below(struct checking *k, const char *at, const char *name)
{
    char *path = arena_printf(&k->call->memory, "%s%s%s", at, *at ? "." : "", name);
    char *first = path + strlen(path) - strlen(name);

    *first = (char)tolower((unsigned char)*first);
    return path;
}

static const struct rule_need *needs_named(const struct checking *k, const char *in)
{
    const struct rule_need *need = k->rules->needs;

    while (need && need->in && strcmp(need->in, in))
        need++;
    return need && need->in ? need : NULL;
}

/* "CreateLabelingJob.S3DataSource" wins over "S3DataSource". */
static const struct rule_need *needs_of(const struct checking *k, const char *in)
{
    const char *own = arena_printf(&k->call->memory, "%s.%s", k->call->operation->name, in);
    const struct rule_need *need = needs_named(k, own);

    return need ? need : needs_named(k, in);
}

static void wrong_null(struct checking *k, const char *at, const char *name)
{
    begin_wrong(k, NULL, below(k, at, name));
    str_puts(&k->text, "Member must not be null");
}

static void check_needs(struct checking *k, const char *in, const struct json *j, const char *at)
{
    const struct rule_need *need = needs_of(k, in);
    struct slice rest = slice_of(need ? need->names : ""), word;

    while (slice_split(&rest, ' ', &word) && k->wrong < WRONG_MAX) {
        const char *name = arena_strndup(&k->call->memory, word.ptr, word.len);

        if (*name && json_kind(json_get(j, name)) == JSON_NULL)
            wrong_null(k, at, name);
    }
}

static void check_members(struct checking *k, const char *in, const struct json *j, const char *at,
                          int depth)
{
    check_needs(k, in, j, at);
    for (const struct json *m = json_first(j); m && k->wrong < WRONG_MAX && !call_failed(k->call);
         m = json_next(m)) {
        const struct rule *r = find(k->rules, json_key(m), in);

        if (r && json_kind(m) != JSON_NULL)
            check_value(k, r, m, in, below(k, at, json_key(m)), depth);
    }
}

static const struct rule *part(struct checking *k, const struct rule *r, const char *what,
                               const char *in)
{
    return find(k->rules, arena_printf(&k->call->memory, "%s%s", r->name, what), in);
}

static void check_list(struct checking *k, const struct rule *r, const struct json *j,
                       const char *in, const char *at, int depth)
{
    const struct rule *element = part(k, r, "[]", in);
    size_t n = 0;

    if (!check_count(k, r, j, at) || !element)
        return;
    for (const struct json *e = json_first(j); e && k->wrong < WRONG_MAX && !call_failed(k->call);
         e = json_next(e)) {
        const char *place = arena_printf(&k->call->memory, "%s.%zu.member", at, ++n);

        if (json_kind(e) != JSON_NULL)
            check_value(k, element, e, in, place, depth);
    }
}

/* Keys and values of a map; AWS names the map, not the entry. */
static void check_map(struct checking *k, const struct rule *r, const struct json *j,
                      const char *in, const char *at)
{
    const struct rule *sides[] = {part(k, r, "<key>", in), part(k, r, "<value>", in)};
    struct str why = STR_INIT;

    if (!check_count(k, r, j, at))
        return;
    for (const struct json *e = json_first(j); e && k->wrong < WRONG_MAX && !call_failed(k->call);
         e = json_next(e))
        for (int side = 0; side < 2 && sides[side] && !call_failed(k->call); side++) {
            if (side && !is_of_kind(e, sides[side]->kind)) {
                wrong_kind(k->call, e, sides[side]->kind);
                continue;
            }
            str_clear(&why);
            judge_text(&why, sides[side], side ? json_string(e, "") : json_key(e));
            if (why.len) {
                begin_wrong(k,
                            arena_printf(&k->call->memory, "{%.256s=%.256s}", json_key(e),
                                         json_string(e, "")),
                            at);
                str_printf(&k->text, "Map %s must satisfy constraint: [%s]",
                           side ? "value" : "keys", why.ptr);
            }
        }
    str_done(&why);
}

/* What a rule's value is in: the rule's own name, less the mark of an element. */
static const char *inside(struct checking *k, const struct rule *r)
{
    struct slice name = slice_of(r->name);

    if (slice_ends(name, "[]"))
        return arena_strndup(&k->call->memory, name.ptr, name.len - 2);
    return r->name;
}

static void check_value(struct checking *k, const struct rule *r, const struct json *j,
                        const char *in, const char *at, int depth)
{
    if (!is_of_kind(j, r->kind)) {
        wrong_kind(k->call, j, r->kind);
        return;
    }
    if (depth == DEPTH_MAX)
        return;
    if (r->kind == 'l')
        check_list(k, r, j, in, at, depth + 1);
    else if (r->kind == 'm')
        check_map(k, r, j, in, at);
    else if (r->kind == 'o')
        check_members(k, inside(k, r), j, at, depth + 1);
    else if (r->kind == 's' || r->kind == 'w')
        check_text(k, r, json_string(j, ""), at);
    else if (r->kind != 'b' && r->kind != 't')
        check_number(k, r, json_number(j, 0), at);
}

/* ---- forms -------------------------------------------------------------------------------- */

/* "Tags.member.2.Key" is the Key in Tags; "ActionNames.member.1" an element of a list. */
static const struct rule *rule_of_field(struct checking *k, const char *field)
{
    struct slice rest = slice_of(field), word;
    const char *names[2] = {"", k->call->operation->name};
    bool element = false;

    while (slice_split(&rest, '.', &word)) {
        if (isdigit((unsigned char)*word.ptr))
            continue;
        element = slice_is(word, "member");
        if (!element) {
            names[1] = *names[0] ? names[0] : names[1];
            names[0] = arena_strndup(&k->call->memory, word.ptr, word.len);
        }
    }
    return find(k->rules, element ? arena_printf(&k->call->memory, "%s[]", names[0]) : names[0],
                names[1]);
}

/* Is the member there, or a part of it? */
static bool has_field(const struct call *c, struct slice name)
{
    const struct call_internal *in = c->internal;

    for (size_t i = 0; i < in->param_count; i++) {
        const char *field = in->params[i].name;

        if (!strncmp(field, name.ptr, name.len) && (!field[name.len] || field[name.len] == '.'))
            return true;
    }
    return false;
}

static void check_field(struct checking *k, const struct rule *r, const struct param *field)
{
    const char *at = below(k, "", field->name);
    int64_t v;

    if (r->kind == 's' || r->kind == 'w')
        check_text(k, r, field->value, at);
    else if (r->kind == 'i' && number_parse_int(slice_of(field->value), INT64_MIN, INT64_MAX, &v))
        check_number(k, r, (double)v, at);
    else if (r->kind == 'i')
        call_fail(k->call, 400, "MalformedInput", "Invalid Argument");
}

static void check_form(struct checking *k)
{
    const struct call_internal *in = k->call->internal;
    const struct rule_need *need = needs_of(k, k->call->operation->name);
    struct slice rest = slice_of(need ? need->names : ""), word;

    while (slice_split(&rest, ' ', &word))
        if (word.len && !has_field(k->call, word))
            wrong_null(k, "", arena_strndup(&k->call->memory, word.ptr, word.len));
    for (size_t i = 0; i < in->param_count && k->wrong < WRONG_MAX; i++) {
        const struct rule *r = rule_of_field(k, in->params[i].name);

        if (r)
            check_field(k, r, &in->params[i]);
    }
}

bool rule_check(struct call *c)
{
    struct checking k = {.call = c, .rules = c->service->rules, .text = STR_INIT};

    if (!k.rules)
        return true;
    if (c->service->protocol == PROTOCOL_QUERY)
        check_form(&k);
    else
        check_members(&k, c->operation->name, c->in, "", 0);
    if (k.wrong)
        call_fail(c, 400, call_invalid(c), "%d validation error%s detected: %s", k.wrong,
                  k.wrong > 1 ? "s" : "", k.text.ptr);
    str_done(&k.text);
    return !call_failed(c);
}
