/*
 * Arguments of a call and its options, with messages that say what was
 * expected. The names of options are read from the reference, so that a
 * misspelt one is met with the right one.
 */
#include "lab/state.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ARGUMENTS = 4 }; /* no call has more */

const struct lab_entry *this_call(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* How many values its signature names: "t:head(n)" one, "f{options}" one, "f()" none. */
static int most_values(const struct lab_entry *e)
{
    const char *name = lab_entry_short(e), *p = strstr(e->signature, name);
    int depth = 0, commas = 0;
    bool any = false;

    p += p ? strlen(name) : 0;
    if (!p || *p != '(')
        return 1;
    for (p++; *p && (depth || *p != ')'); p++) {
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        commas += *p == ',' && !depth;
        any = true;
    }
    return any ? commas + 1 : 0;
}

/*
 * A value more than the call takes is a mistake (t:select("a", "b") without braces), and would be
 * lost without a word. Numbers are let pass: string.gsub gives one behind its text.
 */
static void refuse_more(lua_State *L)
{
    const struct lab_entry *e = this_call(L);
    bool method = strchr(e->name, ':') != NULL;
    int most = most_values(e);

    for (int i = most + method + 1; i <= lua_gettop(L); i++)
        if (!lua_isnil(L, i) && lua_type(L, i) != LUA_TNUMBER)
            fail(L, "%s is one value too many; write %s", value_kind(L, i), e->signature);
}

int invoke(lua_State *L)
{
    refuse_more(L);
    if (lua_gettop(L) < ARGUMENTS)
        lua_settop(L, ARGUMENTS);
    return this_call(L)->call(L);
}

void fail(lua_State *L, const char *fmt, ...)
{
    char text[1200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    luaL_where(L, 1);
    lua_pushfstring(L, "%s: %s", this_call(L)->name, text);
    lua_concat(L, 2);
    lua_error(L);
    __builtin_unreachable();
}

void fail_with(lua_State *L, const struct lk_error *err)
{
    char line[2048];

    fail(L, "%s", lk_error_format(err, line, sizeof line));
}

void need_ok(lua_State *L, enum lk_status st, const struct lk_error *err)
{
    if (st)
        fail_with(L, err);
}

/* ---- single arguments ---------------------------------------------------- */

const char *value_kind(lua_State *L, int i)
{
    switch (lua_type(L, i)) {
    case LUA_TNONE:
    case LUA_TNIL:
        return "nothing";
    case LUA_TBOOLEAN:
        return "true or false";
    case LUA_TNUMBER:
        return "a number";
    case LUA_TSTRING:
        return "text";
    case LUA_TTABLE:
        return lua_rawlen(L, i) ? "a list" : "a map";
    case LUA_TFUNCTION:
        return "a function";
    case LUA_TUSERDATA:
        return as_table(L, i) ? "a table of data" : as_model(L, i) ? "a model" : "a group";
    default:
        return "a coroutine";
    }
}

_Noreturn static void unexpected(lua_State *L, int i, const char *what, const char *wanted)
{
    fail(L, "%s should be %s, not %s; write %s", what, wanted, value_kind(L, i),
         this_call(L)->signature);
}

double need_number(lua_State *L, int i, const char *what)
{
    if (lua_type(L, i) != LUA_TNUMBER)
        unexpected(L, i, what, "a number");
    return lua_tonumber(L, i);
}

int64_t need_whole(lua_State *L, int i, const char *what, int64_t min, int64_t max)
{
    double v = need_number(L, i, what);

    if (v != floor(v) || v < (double)min || v > (double)max)
        fail(L, "%s should be a whole number from %lld to %lld, not %.10g", what, (long long)min,
             (long long)max, v);
    return (int64_t)v;
}

struct slice need_bytes(lua_State *L, int i, const char *what)
{
    struct slice bytes;

    if (lua_type(L, i) != LUA_TSTRING)
        unexpected(L, i, what, "text");
    bytes.ptr = lua_tolstring(L, i, &bytes.len);
    return bytes;
}

const char *need_text(lua_State *L, int i, const char *what)
{
    struct slice text = need_bytes(L, i, what);

    if (strlen(text.ptr) != text.len)
        fail(L, "%s has a zero byte in it", what);
    return text.ptr;
}

/* ---- files ---------------------------------------------------------------- */

/* The name nearest to `name` of those that can be read, on Lua's stack; NULL where none is near. */
static const char *nearest_file(lua_State *L, const char *name)
{
    struct lab *l = lab_of(L);
    struct str *list = push_str(L);
    const char *names[256], *near;
    struct slice rest, line;
    size_t n = 0;

    l->host.list(l->host.ctx, list);
    rest = slice_str(list);
    while (n < 256 && slice_line(&rest, &line)) {
        if (slice_is(line, name))
            return NULL;
        names[n++] = line.ptr;
        list->ptr[(size_t)(line.ptr - list->ptr) + line.len] = '\0';
    }
    near = error_nearest(name, names, n);
    return near ? lua_pushstring(L, near) : NULL;
}

void read_file(lua_State *L, struct str *out, const char *name)
{
    struct lab *l = lab_of(L);
    struct lk_error err = {0};
    enum lk_status st = l->host.read(l->host.ctx, out, name, &err);
    const char *near = st == LK_EIO ? nearest_file(L, name) : NULL;

    if (near)
        fail(L, "there is no file '%.100s'; did you mean '%s'?", name, near);
    need_ok(L, st, &err);
}

/* ---- options ------------------------------------------------------------- */

bool is_option(const struct lab_entry *e, const char *key)
{
    struct slice rest = slice_of(e->options), name, text;

    while (lab_option_next(&rest, &name, &text))
        if (slice_is(name, key))
            return true;
    return false;
}

const char *nearest_option(const struct lab_entry *e, const char *key, char memory[OPTIONS_TEXT])
{
    struct slice rest = slice_of(e->options), name, text;
    const char *names[64];
    size_t n = 0, used = 0;

    while (n < 64 && lab_option_next(&rest, &name, &text) && used + name.len < OPTIONS_TEXT) {
        names[n++] = memory + used;
        memcpy(memory + used, name.ptr, name.len);
        memory[used + name.len] = '\0';
        used += name.len + 1;
    }
    return error_nearest(key, names, n);
}

static void need_known(lua_State *L, const char *key)
{
    const struct lab_entry *e = this_call(L);
    char memory[OPTIONS_TEXT];
    const char *near;

    if (is_option(e, key))
        return;
    near = nearest_option(e, key, memory);
    if (near)
        fail(L, "there is no option '%s'; did you mean '%s'?", key, near);
    fail(L, "there is no option '%s'; lab.help(\"%s\") lists those there are", key, e->name);
}

void need_options(lua_State *L, int i)
{
    if (lua_isnoneornil(L, i))
        return;
    if (lua_type(L, i) != LUA_TTABLE)
        fail(L, "options stand in braces, as {name = value}; found %s", value_kind(L, i));
    lua_pushnil(L);
    while (lua_next(L, i)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            fail(L, "an option has a name, as {name = value}; found a value without one");
        need_known(L, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
}

/* Push the option; false (and nothing pushed) when it is not given. */
static bool push_option(lua_State *L, int i, const char *name)
{
    if (lua_type(L, i) != LUA_TTABLE)
        return false;
    lua_pushstring(L, name);
    if (lua_rawget(L, i) != LUA_TNIL)
        return true;
    lua_pop(L, 1);
    return false;
}

bool has_option(lua_State *L, int i, const char *name)
{
    if (!push_option(L, i, name))
        return false;
    lua_pop(L, 1);
    return true;
}

static void wrong_option(lua_State *L, const char *name, const char *wanted)
{
    fail(L, "option '%s' should be %s, not %s", name, wanted, value_kind(L, -1));
}

double option_number(lua_State *L, int i, const char *name, double otherwise)
{
    double v;

    if (!push_option(L, i, name))
        return otherwise;
    if (lua_type(L, -1) != LUA_TNUMBER)
        wrong_option(L, name, "a number");
    v = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return v;
}

int64_t option_whole(lua_State *L, int i, const char *name, int64_t otherwise, int64_t min,
                     int64_t max)
{
    double v = option_number(L, i, name, (double)otherwise);

    if (v != floor(v) || v < (double)min || v > (double)max)
        fail(L, "option '%s' should be a whole number from %lld to %lld, not %.10g", name,
             (long long)min, (long long)max, v);
    return (int64_t)v;
}

const char *option_text(lua_State *L, int i, const char *name)
{
    const char *text;

    if (!push_option(L, i, name))
        return NULL;
    if (lua_type(L, -1) != LUA_TSTRING)
        wrong_option(L, name, "text");
    text = lua_tostring(L, -1);
    lua_pop(L, 1); /* the options hold it */
    return text;
}

bool option_flag(lua_State *L, int i, const char *name, bool otherwise)
{
    bool v;

    if (!push_option(L, i, name))
        return otherwise;
    if (lua_type(L, -1) != LUA_TBOOLEAN)
        wrong_option(L, name, "true or false");
    v = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return v;
}
