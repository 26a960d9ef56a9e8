/*
 * The library `check`. A call that does not hold raises an error whose text
 * has a mark before it, by which state.c tells a verdict from a mistake in
 * the check itself. What was found and expected is added where it helps.
 */
#include "lab/calls.h"
#include "lab/state.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

enum { SHOWN_MAX = 120 };

/* The message at i, or a sentence of ours. */
static void __attribute__((noreturn)) refuse(lua_State *L, int i, const char *otherwise)
{
    struct str *text = push_str(L);

    str_putc(text, VERDICT_MARK);
    if (lua_isnoneornil(L, i))
        str_puts(text, otherwise);
    else
        put_value(text, L, i);
    lua_pushlstring(L, text->ptr, text->len);
    lua_error(L);
    __builtin_unreachable();
}

/* " (found 3, expected 4)" behind the message. */
static void __attribute__((noreturn))
refuse_found(lua_State *L, int message, int found, const char *expected)
{
    struct str *text = push_str(L);

    if (lua_isnoneornil(L, message))
        str_puts(text, "not what was expected");
    else
        put_value(text, L, message);
    str_puts(text, " (found ");
    if (lua_isnil(L, found)) {
        str_puts(text, "nothing");
    } else {
        size_t before = text->len;

        put_value(text, L, found);
        if (text->len - before > SHOWN_MAX) {
            str_cut(text, before + SHOWN_MAX);
            str_puts(text, "...");
        }
    }
    if (expected)
        str_printf(text, ", expected %s", expected);
    str_putc(text, ')');
    lua_pushlstring(L, text->ptr, text->len);
    refuse(L, lua_gettop(L), "");
}

int call_check_that(lua_State *L)
{
    luaL_checkany(L, 1);
    if (!lua_toboolean(L, 1))
        refuse(L, 2, "a condition does not hold");
    return 0;
}

int call_check_equal(lua_State *L)
{
    struct str *expected;

    lua_settop(L, 3);
    if (values_equal(L, 1, 2))
        return 0;
    expected = push_str(L);
    put_value(expected, L, 2);
    if (expected->len > SHOWN_MAX)
        str_cut(expected, SHOWN_MAX);
    refuse_found(L, 3, 1, expected->ptr);
}

/* A number is there to compare; nil and the like are an answer too, a wrong one. */
static double number_or_refuse(lua_State *L, int i, int message)
{
    if (lua_type(L, i) != LUA_TNUMBER)
        refuse_found(L, message, i, "a number");
    return lua_tonumber(L, i);
}

int call_check_near(lua_State *L)
{
    double expected = need_number(L, 2, "what is expected");
    double tolerance = need_number(L, 3, "the tolerance"), found;
    char text[64];

    lua_settop(L, 4);
    found = number_or_refuse(L, 1, 4);
    snprintf(text, sizeof text, "%.6g", expected);
    if (!(fabs(found - expected) <= tolerance))
        refuse_found(L, 4, 1, text);
    return 0;
}

int call_check_between(lua_State *L)
{
    double low = need_number(L, 2, "the lowest"), high = need_number(L, 3, "the highest"), found;
    char text[80];

    lua_settop(L, 4);
    found = number_or_refuse(L, 1, 4);
    snprintf(text, sizeof text, "from %.6g to %.6g", low, high);
    if (!(found >= low && found <= high))
        refuse_found(L, 4, 1, text);
    return 0;
}

int call_check_at_least(lua_State *L)
{
    double least = need_number(L, 2, "the smallest");
    char text[64];

    lua_settop(L, 3);
    snprintf(text, sizeof text, "at least %.6g", least);
    if (!(number_or_refuse(L, 1, 3) >= least))
        refuse_found(L, 3, 1, text);
    return 0;
}

int call_check_at_most(lua_State *L)
{
    double most = need_number(L, 2, "the largest");
    char text[64];

    lua_settop(L, 3);
    snprintf(text, sizeof text, "at most %.6g", most);
    if (!(number_or_refuse(L, 1, 3) <= most))
        refuse_found(L, 3, 1, text);
    return 0;
}

int call_check_metric(lua_State *L)
{
    const char *name = need_text(L, 1, "the metric's name");
    double least = need_number(L, 2, "the smallest");
    char text[64];

    lua_settop(L, 3);
    lua_getfield(L, LUA_REGISTRYINDEX, METRICS);
    if (lua_isnil(L, -1) || lua_getfield(L, -1, name) != LUA_TNUMBER)
        refuse(L, 3, "the metric was not shown with lab.metric");
    snprintf(text, sizeof text, "at least %.6g", least);
    if (!(lua_tonumber(L, -1) >= least))
        refuse_found(L, 3, lua_gettop(L), text);
    return 0;
}

int call_check_columns(lua_State *L)
{
    const struct table *t = as_table(L, 1);

    lua_settop(L, 3);
    if (!t)
        refuse_found(L, 3, 1, "a table of data");
    if (lua_type(L, 2) == LUA_TSTRING) {
        lua_createtable(L, 1, 0);
        lua_pushvalue(L, 2);
        lua_rawseti(L, -2, 1);
        lua_replace(L, 2);
    }
    if (lua_type(L, 2) != LUA_TTABLE)
        fail(L, "expected a column's name or a list of names, not %s; write %s", value_kind(L, 2),
             this_call(L)->signature);
    for (lua_Integer i = 1; lua_rawgeti(L, 2, i) != LUA_TNIL; i++) {
        size_t column;

        if (table_find(t, need_text(L, -1, "a column's name"), &column, NULL))
            refuse(L, 3, lua_pushfstring(L, "the column '%s' is missing", lua_tostring(L, -1)));
        lua_pop(L, 1);
    }
    return 0;
}

int call_check_rows(lua_State *L)
{
    const struct table *t = as_table(L, 1);
    double n = need_number(L, 2, "the number of rows");
    char text[64];

    lua_settop(L, 3);
    if (!t)
        refuse_found(L, 3, 1, "a table of data");
    lua_pushinteger(L, (lua_Integer)t->rows);
    snprintf(text, sizeof text, "%.0f rows", n);
    if ((double)t->rows != n)
        refuse_found(L, 3, lua_gettop(L), text);
    return 0;
}

int call_check_defined(lua_State *L)
{
    const char *name = need_text(L, 1, "the name");

    lua_settop(L, 2);
    lua_getfield(L, LUA_REGISTRYINDEX, "lab.environment");
    lua_pushstring(L, name);
    if (lua_rawget(L, -2) == LUA_TNIL)
        refuse(L, 2, lua_pushfstring(L, "there is no '%s' yet", name));
    return 0;
}

static const char *kind_word(lua_State *L, int i)
{
    if (as_table(L, i))
        return "table";
    if (as_model(L, i))
        return "model";
    if (lua_type(L, i) == LUA_TTABLE)
        return "list";
    return lua_typename(L, lua_type(L, i));
}

int call_check_kind(lua_State *L)
{
    static const char *const kinds[] = {"number",   "string", "boolean", "list",
                                        "function", "table",  "model",   "nil"};
    const char *kind = need_text(L, 2, "the kind"), *near;
    size_t n = sizeof kinds / sizeof kinds[0], i = 0;

    while (i < n && strcmp(kind, kinds[i]))
        i++;
    near = error_nearest(kind, kinds, n);
    if (i == n)
        fail(L, "there is no kind '%s'%s%s; lab.help(\"check.kind\") lists them", kind,
             near ? "; did you mean " : "", near ? near : "");
    lua_settop(L, 3);
    if (strcmp(kind, kind_word(L, 1)))
        refuse_found(L, 3, 1, kind);
    return 0;
}

int call_check_contains(lua_State *L)
{
    bool found = false;

    lua_settop(L, 3);
    if (lua_type(L, 1) == LUA_TSTRING) {
        found = strstr(lua_tostring(L, 1), need_text(L, 2, "the part")) != NULL;
    } else if (lua_type(L, 1) == LUA_TTABLE) {
        for (lua_Integer i = 1; !found && lua_rawgeti(L, 1, i) != LUA_TNIL; i++) {
            found = values_equal(L, -1, 2);
            lua_pop(L, 1);
        }
    }
    if (!found)
        refuse(L, 3, "something is missing");
    return 0;
}

int call_check_prints(lua_State *L)
{
    const char *part = need_text(L, 1, "the text");

    if (!strstr(lab_of(L)->printed.ptr, part))
        refuse(L, 2, lua_pushfstring(L, "the step does not print '%s'", part));
    return 0;
}

int call_check_file(lua_State *L)
{
    const char *name = need_text(L, 1, "the file's name");
    struct lab *l = lab_of(L);

    if (l->host.written(l->host.ctx, name) <= 0)
        refuse(L, 2, lua_pushfstring(L, "the file '%s' was not written", name));
    return 0;
}

int call_check_fails(lua_State *L)
{
    const char *part = lua_isnoneornil(L, 2) ? "" : need_text(L, 2, "the part of the error");
    struct str *text;

    lua_settop(L, 3);
    if (lua_type(L, 1) != LUA_TFUNCTION)
        fail(L, "expected a function that calls what should fail, not %s; write %s",
             value_kind(L, 1), this_call(L)->signature);
    lua_pushvalue(L, 1);
    if (!lua_pcall(L, 0, 0, 0))
        refuse(L, 3, "it should have failed, and did not");
    text = push_str(L);
    put_value(text, L, -2);
    if (!strstr(text->ptr, part))
        refuse_found(L, 3, 4, part);
    return 0;
}

int call_check_note(lua_State *L)
{
    struct lab *l = lab_of(L);

    luaL_checkany(L, 1);
    if (l->note.len)
        str_putc(&l->note, ' ');
    put_value(&l->note, L, 1);
    return 0;
}
