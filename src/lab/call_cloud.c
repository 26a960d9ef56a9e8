/*
 * Calls of the cloud, all by one function: the entry's signature says what
 * the arguments are and what comes back, the reference which options there are
 * and which are required; the call itself is the agent's (agent.h), reached
 * through the host. No key and no connection is in this process.
 *
 * Region and role are the lab's state like its names: a step begins with what
 * the steps before it have left (state.c).
 */
#include "lab/calls.h"
#include "lab/state.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a signature says ------------------------------------------------------ */

struct parameter {
    struct slice name;
    bool may_lack; /* "[name]" */
    bool options;  /* "{options}" */
};

/* The text between the call's brackets; *only: it is the options alone, "call{options}". */
static struct slice parameters_of(const struct lab_entry *e, bool *only)
{
    struct slice s = slice_of(e->signature);
    size_t at = strcspn(s.ptr, "({");

    *only = s.ptr[at] == '{';
    s = slice_from(s, at + !*only);
    return slice_first(s, strcspn(s.ptr, *only ? " " : ")"));
}

static bool next_parameter(struct slice *rest, struct parameter *p)
{
    struct slice s;

    if (!slice_split(rest, ',', &s))
        return false;
    s = slice_trim(s);
    *p = (struct parameter){.may_lack = slice_starts(s, "["), .options = slice_starts(s, "{")};
    p->name = p->may_lack || p->options ? (struct slice){s.ptr + 1, s.len - 2} : s;
    return s.len > 0;
}

/* What comes back, "table", or "" for nothing. */
static const char *result_of(const struct lab_entry *e)
{
    const char *arrow = strstr(e->signature, " -> ");

    return arrow ? arrow + 4 : "";
}

/* ---- arguments -------------------------------------------------------------------- */

/* Options that the reference calls required are given. */
static void need_required(lua_State *L, int i)
{
    struct slice rest = slice_of(this_call(L)->options), name, text;

    while (lab_option_next(&rest, &name, &text)) {
        if (!slice_ends(text, "(required)"))
            continue;
        lua_pushlstring(L, name.ptr, name.len);
        if (!has_option(L, i, lua_tostring(L, -1)))
            fail(L, "option '%s' is required: %.*s", lua_tostring(L, -1),
                 (int)(text.len - strlen(" (required)")), text.ptr);
        lua_pop(L, 1);
    }
}

static void put_options(struct str *out, lua_State *L, int i)
{
    need_options(L, i);
    need_required(L, i);
    if (lua_isnoneornil(L, i) || (lua_pushnil(L), !lua_next(L, i))) {
        str_puts(out, "{}"); /* an empty Lua table is neither list nor map */
        return;
    }
    lua_pop(L, 2);
    put_json_value(out, L, i);
}

static void put_map(struct str *out, lua_State *L, int i, const char *what)
{
    if (lua_type(L, i) != LUA_TTABLE)
        fail(L, "%s should be a map, not %s", what, value_kind(L, i));
    put_json_value(out, L, i);
}

static void put_number_or_word(struct str *out, lua_State *L, int i, const char *what)
{
    if (lua_type(L, i) != LUA_TNUMBER && lua_type(L, i) != LUA_TSTRING)
        fail(L, "%s should be a number, not %s", what, value_kind(L, i));
    put_json_value(out, L, i);
}

static void put_flag(struct str *out, lua_State *L, int i, const char *what)
{
    if (lua_type(L, i) != LUA_TBOOLEAN)
        fail(L, "%s should be true or false, not %s", what, value_kind(L, i));
    put_json_value(out, L, i);
}

/* A job by its name, or as a call gave it. */
static void put_job(struct str *out, lua_State *L, int i, const char *what)
{
    if (lua_type(L, i) == LUA_TTABLE)
        put_json_value(out, L, i);
    else
        str_put_json(out, slice_of(need_text(L, i, what)));
}

/* Rows for a model: CSV text, or a table of features. */
static void put_rows(struct str *out, lua_State *L, int i, const char *what)
{
    const struct table *t = as_table(L, i);
    struct str *csv;

    if (!t) {
        str_put_json(out, need_bytes(L, i, what));
        return;
    }
    csv = push_str(L);
    table_print(csv, t, false);
    str_put_json(out, slice_str(csv));
    lua_pop(L, 1);
}

static void put_plain_text(struct str *out, lua_State *L, int i, const char *what)
{
    struct slice text = need_bytes(L, i, what);

    if (!utf8_valid(text) || memchr(text.ptr, 0, text.len))
        fail(L, "%s is not text; write it to a file and use s3.put", what);
    str_put_json(out, text);
}

/* How an argument of that name is checked and written; all others are texts. */
static const struct {
    const char *name;
    void (*put)(struct str *out, lua_State *L, int i, const char *what);
} kinds[] = {
    {"policy", put_map}, {"definition", put_map},         {"parameters", put_map},
    {"job", put_job},    {"dollars", put_number_or_word}, {"allowed", put_flag},
    {"rows", put_rows},  {"task", put_number_or_word},    {"text", put_plain_text},
};

static void put_argument(struct str *out, lua_State *L, int i, const struct parameter *p)
{
    char what[40];

    snprintf(what, sizeof what, "the %.*s", (int)p->name.len, p->name.ptr);
    if (p->options) {
        put_options(out, L, i);
        return;
    }
    if (p->may_lack && lua_isnoneornil(L, i)) {
        str_puts(out, "null");
        return;
    }
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        if (slice_is(p->name, kinds[k].name)) {
            kinds[k].put(out, L, i, what);
            return;
        }
    str_put_json(out, slice_of(need_text(L, i, what)));
}

static void put_arguments(struct str *out, lua_State *L)
{
    struct parameter p;
    bool only;
    struct slice rest = parameters_of(this_call(L), &only);

    if (only) {
        put_options(out, L, 1);
        return;
    }
    str_putc(out, '[');
    for (int i = 1; next_parameter(&rest, &p); i++) {
        if (i > 1)
            str_putc(out, ',');
        put_argument(out, L, i, &p);
    }
    str_putc(out, ']');
}

/* ---- meanwhile ----------------------------------------------------------------------- */

static void on_told(void *ctx, struct slice line)
{
    struct lab *l = ctx;
    struct json *t = NULL;

    if (json_parse(&t, line, "told", NULL))
        return;
    if (json_get(t, "aside"))
        emit_aside(l, slice_of(json_string(json_get(t, "aside"), "")));
    else if (json_get(t, "file"))
        emit_file(l, json_string(json_get(t, "file"), ""),
                  (size_t)json_number(json_get(t, "bytes"), 0));
    else
        emit_progress(l, json_string(json_get(t, "progress"), ""),
                      json_number(json_get(t, "done"), 0), json_number(json_get(t, "total"), 1),
                      json_string(json_get(t, "note"), ""));
    json_free(t);
}

/* ---- answers --------------------------------------------------------------------------- */

static bool is_number_column(const struct json *rows, size_t column)
{
    bool some = false;

    for (const struct json *r = json_first(rows); r; r = json_next(r)) {
        enum json_kind kind = json_kind(json_at(r, column));

        if (kind != JSON_NUMBER && kind != JSON_NULL)
            return false;
        some |= kind == JSON_NUMBER;
    }
    return some;
}

static void put_column(struct table *t, lua_State *L, const char *name, const struct json *rows,
                       size_t column)
{
    size_t i = 0;

    if (is_number_column(rows, column)) {
        double *numbers = lua_newuserdatauv(L, (t->rows + 1) * sizeof *numbers, 0);

        for (const struct json *r = json_first(rows); r; r = json_next(r))
            numbers[i++] = json_number(json_at(r, column), NAN);
        table_put_numbers(t, name, numbers);
    } else {
        const char **words = lua_newuserdatauv(L, (t->rows + 1) * sizeof *words, 0);

        for (const struct json *r = json_first(rows); r; r = json_next(r))
            words[i++] = json_string(json_at(r, column), NULL);
        table_put_words(t, name, words);
    }
    lua_pop(L, 1);
}

static void push_rows(lua_State *L, const struct json *value)
{
    const struct json *rows = json_get(value, "rows");
    struct table **t = push_table(L);
    size_t column = 0;

    *t = table_new(json_count(rows));
    for (const struct json *c = json_first(json_get(value, "columns")); c; c = json_next(c))
        put_column(*t, L, json_string(c, ""), rows, column++);
}

/* Argument 1 the answer's tree, 2 whether a table is meant; gives its value, or its error. */
static int push_value(lua_State *L)
{
    const struct json *answer = lua_touserdata(L, 1);
    bool table = lua_toboolean(L, 2);

    if (json_get(answer, "error")) {
        lua_pushstring(L, json_string(json_get(answer, "error"), ""));
        lua_pushboolean(L, true);
        return 2;
    }
    if (table)
        push_rows(L, json_get(answer, "value"));
    else
        push_json(L, json_get(answer, "value"));
    lua_pushboolean(L, false);
    return 2;
}

/* Push the answer's value, or fail with its error. The tree is freed either way. */
static void push_answer(lua_State *L, struct json *answer)
{
    int failed;

    lua_pushcfunction(L, push_value);
    lua_pushlightuserdata(L, answer);
    lua_pushboolean(L, !strcmp(result_of(this_call(L)), "table"));
    failed = lua_pcall(L, 2, 2, 0);
    json_free(answer);
    if (failed)
        lua_error(L);
    if (lua_toboolean(L, -1))
        fail(L, "%s", lua_tostring(L, -2));
    lua_pop(L, 1);
}

/* ---- a call -------------------------------------------------------------------------------- */

static void put_call(struct str *out, lua_State *L)
{
    struct lab *l = lab_of(L);
    struct str *args = push_str(L);
    struct json_out w;

    put_arguments(args, L);
    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "call", this_call(L)->name);
    json_put_z(&w, "step", l->step);
    json_put_string(&w, "region", slice_str(&l->region));
    json_put_string(&w, "role", slice_str(&l->role));
    json_put_raw(&w, "args", slice_str(args));
    json_close(&w);
    lua_pop(L, 1);
}

int call_cloud(lua_State *L)
{
    struct lab *l = lab_of(L);
    struct str *call = push_str(L), *answer = push_str(L);
    struct lk_error err = {0};
    struct json *tree = NULL;

    if (!l->host.cloud)
        fail(L, "this build's labs do not reach the cloud");
    put_call(call, L);
    lab_flush(l);
    need_ok(L, l->host.cloud(l->host.ctx, slice_str(call), on_told, l, answer, &err), &err);
    if (l->host.stopped && l->host.stopped(l->host.ctx))
        luaL_error(L, "stopped");
    need_ok(L, json_parse(&tree, slice_str(answer), "the answer", &err), &err);
    push_answer(L, tree);
    return *result_of(this_call(L)) ? 1 : 0;
}

/* ---- where, and as whom ---------------------------------------------------------------------- */

int call_aws_region(lua_State *L)
{
    struct lab *l = lab_of(L);

    call_cloud(L);
    if (!lua_isnil(L, 1)) {
        str_clear(&l->region);
        str_puts(&l->region, lua_tostring(L, -1));
    }
    return 1;
}

int call_sts_assume_role(lua_State *L)
{
    struct lab *l = lab_of(L);

    call_cloud(L);
    lua_getfield(L, -1, "role");
    str_clear(&l->role);
    str_puts(&l->role, lua_tostring(L, -1));
    lua_pop(L, 1);
    return 1;
}

int call_sts_leave_role(lua_State *L)
{
    str_clear(&lab_of(L)->role);
    return 0;
}
