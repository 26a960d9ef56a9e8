/* The library `lab`: results, files, parameters, help. */
#include "lab/calls.h"
#include "lab/state.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/number.h"

#include <math.h>
#include <string.h>

int call_lab_metric(lua_State *L)
{
    const char *name = need_text(L, 1, "the name");
    double value = need_number(L, 2, "the value");

    /* Kept, so that a check can ask for it. */
    lua_getfield(L, LUA_REGISTRYINDEX, METRICS);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, METRICS);
    }
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
    emit_metric(lab_of(L), name, value);
    return 0;
}

int call_lab_show(lua_State *L)
{
    struct str *text;

    luaL_checkany(L, 1);
    if (as_table(L, 1)) {
        emit_table(lab_of(L), as_table(L, 1), 20);
        return 0;
    }
    text = push_str(L);
    put_value(text, L, 1);
    str_putc(text, '\n');
    emit_text(lab_of(L), slice_str(text), false);
    return 0;
}

static int say(lua_State *L, bool warn)
{
    struct str *text;

    luaL_checkany(L, 1);
    text = push_str(L);
    put_value(text, L, 1);
    str_putc(text, '\n');
    emit_text(lab_of(L), slice_str(text), warn);
    return 0;
}

int call_lab_note(lua_State *L)
{
    return say(L, false);
}

int call_lab_warn(lua_State *L)
{
    return say(L, true);
}

int call_lab_progress(lua_State *L)
{
    double done = need_number(L, 1, "what is done"), total = need_number(L, 2, "the total");

    emit_progress(lab_of(L), lua_isnoneornil(L, 3) ? "" : need_text(L, 3, "the label"), done, total,
                  NULL);
    return 0;
}

int call_lab_param(lua_State *L)
{
    const char *name = need_text(L, 1, "the name");
    const char *const *params = lab_of(L)->host.params;
    size_t n = strlen(name);
    double number;

    lua_settop(L, 2);
    for (; params && *params; params++) {
        const char *value = *params + n + 1;

        if (strncmp(*params, name, n) || (*params)[n] != '=')
            continue;
        if (lua_type(L, 2) != LUA_TNUMBER)
            lua_pushstring(L, value);
        else if (number_parse_double(slice_of(value), &number) && number == floor(number) &&
                 fabs(number) < 9e15)
            lua_pushinteger(L, (lua_Integer)number);
        else if (number_parse_double(slice_of(value), &number))
            lua_pushnumber(L, number);
        else
            fail(L, "the parameter %s should be a number, not '%s'", name, value);
        return 1;
    }
    return 1;
}

int call_lab_target(lua_State *L)
{
    struct str *text = push_str(L);

    lesson_put_targets(text, lab_of(L)->host.target);
    lua_pushstring(L, text->ptr);
    return 1;
}

int call_lab_files(lua_State *L)
{
    struct str *names = push_str(L);
    struct slice rest, line;
    lua_Integer n = 0;

    lab_of(L)->host.list(lab_of(L)->host.ctx, names);
    rest = slice_str(names);
    lua_newtable(L);
    while (slice_line(&rest, &line)) {
        lua_pushlstring(L, line.ptr, line.len);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

int call_lab_read(lua_State *L)
{
    const char *name = need_text(L, 1, "the file's name");
    struct str *text = push_str(L);

    read_file(L, text, name);
    lua_pushlstring(L, text->ptr, text->len);
    return 1;
}

int call_lab_write(lua_State *L)
{
    const char *name = need_text(L, 1, "the file's name");
    struct lab *l = lab_of(L);
    struct lk_error err = {0};
    struct slice text = need_bytes(L, 2, "what to write");

    need_ok(L, l->host.write(l->host.ctx, name, text, &err), &err);
    emit_file(l, name, text.len);
    return 0;
}

int call_lab_json(lua_State *L)
{
    struct str *text;

    luaL_checkany(L, 1);
    text = push_str(L);
    put_json_value(text, L, 1);
    lua_pushlstring(L, text->ptr, text->len);
    return 1;
}

static int push_json_tree(lua_State *L)
{
    push_json(L, lua_touserdata(L, 1));
    return 1;
}

int call_lab_parse_json(lua_State *L)
{
    struct slice text = need_bytes(L, 1, "the JSON");
    struct json *tree;
    struct lk_error err = {0};
    int failed;

    need_ok(L, json_parse(&tree, text, "", &err), &err);
    /* Protected, as the tree must be freed whatever happens. */
    lua_pushcfunction(L, push_json_tree);
    lua_pushlightuserdata(L, tree);
    failed = lua_pcall(L, 1, 1, 0);
    json_free(tree);
    return failed ? lua_error(L) : 1;
}

int call_lab_seconds(lua_State *L)
{
    lua_pushnumber(L, (double)(clock_steady_ns() - lab_of(L)->started_ns) / 1e9);
    return 1;
}

/* ---- help ---------------------------------------------------------------- */

static void put_library(struct str *out, const struct lab_library *lib)
{
    str_printf(out, "%s: %s\n", lib->name, lib->summary);
    for (size_t i = 0; i < lib->count; i++)
        str_printf(out, "  %s\n", lib->entries[i].signature);
}

_Noreturn static void no_help(lua_State *L, const char *name)
{
    const char *names[512], *near;
    size_t n = 0;

    for (const struct lab_library *const *l = lab_libraries(); *l; l++)
        for (size_t k = 0; k < (*l)->count && n < 512; k++)
            names[n++] = (*l)->entries[k].name;
    near = error_nearest(name, names, n);
    if (near)
        fail(L, "there is no '%s'; did you mean '%s'?", name, near);
    fail(L, "there is no '%s'; lab.help() lists what there is", name);
}

int call_lab_help(lua_State *L)
{
    const char *name = lua_isnoneornil(L, 1) ? NULL : need_text(L, 1, "the name");
    struct str *out = push_str(L);
    const struct lab_entry *e = name ? lab_entry_find(name) : NULL;
    const struct lab_library *lib = name ? lab_library_find(name) : NULL;

    if (e)
        reference_put_text(out, e);
    else if (lib)
        put_library(out, lib);
    else if (name)
        no_help(L, name);
    else
        for (const struct lab_library *const *l = lab_libraries(); *l; l++)
            put_library(out, *l);
    emit_text(lab_of(L), slice_str(out), false);
    return 0;
}
