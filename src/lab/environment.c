/*
 * What a lab may name.
 *
 * Only what stands here is there: Lua's harmless base functions, math,
 * string, table, utf8, coroutine, and the lab's libraries. No os, io, debug,
 * package, dofile, loadfile; load takes text only, as bytecode can crash Lua;
 * randomness starts from a fixed seed; pairs has a fixed order.
 *
 * A lab sees each library through a proxy of its own: writing to it is an
 * error, and a check gets other proxies than the code that it judges, so
 * neither can bend the other's tools.
 */
#include "lab/state.h"

#include "base/error.h"
#include "book/lesson.h"

#include <string.h>

enum { SEED = 20180814 };

/* ---- base functions that differ from Lua's own --------------------------- */

static int base_print(lua_State *L)
{
    struct str *line = push_str(L);
    int n = lua_gettop(L) - 1;

    for (int i = 1; i <= n; i++) {
        if (i > 1)
            str_putc(line, '\t');
        if (n == 1 && as_table(L, i)) {
            emit_table(lab_of(L), as_table(L, i), 20);
            return 0;
        }
        put_value(line, L, i);
    }
    str_putc(line, '\n');
    emit_text(lab_of(L), slice_str(line), false);
    return 0;
}

static int base_tostring(lua_State *L)
{
    struct str *text;

    luaL_checkany(L, 1);
    text = push_str(L);
    put_value(text, L, 1);
    lua_pushlstring(L, text->ptr, text->len);
    return 1;
}

/* load(text, name, mode, env) with mode always "t". */
static int base_load(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    const char *name = luaL_optstring(L, 2, "=load");
    bool env = !lua_isnoneornil(L, 4);

    if (luaL_loadbufferx(L, text, len, name, "t")) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (env) {
        lua_pushvalue(L, 4);
        lua_setupvalue(L, -2, 1);
    }
    return 1;
}

static int seed_random(lua_State *L)
{
    int n = lua_gettop(L);

    lua_pushvalue(L, lua_upvalueindex(1));
    if (n == 0) {
        lua_pushinteger(L, SEED);
    } else {
        lua_insert(L, 1);
        lua_settop(L, 2);
    }
    lua_call(L, 1, 0);
    return 0;
}

/* string.format without %p, and with tables and functions as print shows them. */
static int string_format(lua_State *L)
{
    const char *f = luaL_checkstring(L, 1);
    int n = lua_gettop(L);

    for (; *f; f++)
        if (*f == '%' && *++f != '%') {
            f += strspn(f, "-+ #0123456789.");
            if (*f == 'p')
                return luaL_error(L, "string.format: %%p is not known here");
            if (!*f)
                break;
        }
    for (int i = 2; i <= n; i++)
        if (lua_type(L, i) >= LUA_TTABLE) {
            struct str *text = push_str(L);

            put_value(text, L, i);
            lua_pushlstring(L, text->ptr, text->len);
            lua_replace(L, i);
            lua_pop(L, 1);
        }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, 1);
    return 1;
}

static const luaL_Reg own_base[] = {
    {"print", base_print}, {"tostring", base_tostring}, {"load", base_load},
    {"pairs", base_pairs}, {"next", base_next},         {NULL, NULL},
};

static const char *const kept_base[] = {
    "assert", "error",  "ipairs",   "pcall",  "xpcall",       "select",       "tonumber", "type",
    "rawget", "rawset", "rawequal", "rawlen", "setmetatable", "getmetatable", NULL};

/* ---- libraries ----------------------------------------------------------- */

/* A cloud's call where there is no cloud: upvalue 1 the entry, 2 the library. */
static int not_here(lua_State *L)
{
    const struct lab_library *lib = lua_touserdata(L, lua_upvalueindex(2));
    struct str *targets = push_str(L);
    struct str here = STR_INIT;

    lesson_put_targets(targets, lib->targets);
    if (lib->targets & lab_of(L)->host.target)
        fail(L, "this build cannot do it");
    lesson_put_targets(&here, lab_of(L)->host.target);
    lua_pushstring(L, here.ptr);
    str_done(&here);
    fail(L, "%s works on the targets %s; this step runs on %s", lib->name, targets->ptr,
         lua_tostring(L, -1));
}

/* Push the real table of one of our libraries. */
static void push_library(lua_State *L, const struct lab_library *lib)
{
    bool here = lib->targets & lab_of(L)->host.target;

    lua_createtable(L, 0, (int)lib->count);
    for (size_t i = 0; i < lib->count; i++) {
        const struct lab_entry *e = &lib->entries[i];

        lua_pushlightuserdata(L, (void *)e);
        if (e->call && here) {
            lua_pushcclosure(L, invoke, 1);
        } else {
            lua_pushlightuserdata(L, (void *)lib);
            lua_pushcclosure(L, not_here, 2);
        }
        lua_setfield(L, -2, lab_entry_short(e));
    }
}

static void take_out(lua_State *L, const char *name)
{
    lua_pushnil(L);
    lua_setfield(L, -2, name);
}

/* The function at name, wrapped: it becomes upvalue 1 of f. */
static void wrap(lua_State *L, const char *name, lua_CFunction f)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, f, 1);
    lua_setfield(L, -2, name);
}

static void push_standard(lua_State *L, const char *name, lua_CFunction open)
{
    lua_pushcfunction(L, open);
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
    if (!strcmp(name, "string")) {
        take_out(L, "dump");
        wrap(L, "format", string_format);
    } else if (!strcmp(name, "math")) {
        lua_getfield(L, -1, "randomseed");
        lua_pushinteger(L, SEED);
        lua_call(L, 1, 0);
        wrap(L, "randomseed", seed_random);
    }
}

static const struct {
    const char *name;
    lua_CFunction open;
} standard[] = {{"math", luaopen_math},
                {"string", luaopen_string},
                {"table", luaopen_table},
                {"utf8", luaopen_utf8},
                {"coroutine", luaopen_coroutine}};

/* "abc":upper() goes through the hidden table, and no lab can change it. */
static void lock_string_methods(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

void environment_open(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++) {
        push_standard(L, standard[i].name, standard[i].open);
        lua_setfield(L, -2, standard[i].name);
    }
    for (const struct lab_library *const *lib = lab_libraries(); *lib; lib++)
        if ((*lib)->kind == LAB_LIBRARY) {
            push_library(L, *lib);
            lua_setfield(L, -2, (*lib)->name);
        }
    lua_setfield(L, LUA_REGISTRYINDEX, REAL_LIBRARIES);
    lock_string_methods(L);
}

/* ---- proxies ------------------------------------------------------------- */

/* Push the key of the table at i that is nearest to word, or nil. */
static void push_nearest_key(lua_State *L, int i, const char *word)
{
    const char *names[256], *near;
    size_t n = 0;

    lua_pushnil(L);
    while (lua_next(L, i)) {
        if (lua_type(L, -2) == LUA_TSTRING && n < 256)
            names[n++] = lua_tostring(L, -2); /* the table holds it */
        lua_pop(L, 1);
    }
    near = error_nearest(word, names, n);
    lua_pushstring(L, near);
}

/* __index of a proxy: upvalue 1 the real table, upvalue 2 its name. */
static int proxy_index(lua_State *L)
{
    const char *library = lua_tostring(L, lua_upvalueindex(2)), *word;

    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "%s has no such element", library);
    word = lua_tostring(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    push_nearest_key(L, lua_gettop(L), word);
    if (lua_isnil(L, -1))
        return luaL_error(L, "%s has no '%s'", library, word);
    return luaL_error(L, "%s has no '%s'; did you mean %s.%s?", library, word, library,
                      lua_tostring(L, -1));
}

static int proxy_newindex(lua_State *L)
{
    return luaL_error(L,
                      "%s belongs to the lab and cannot be changed; give your own value another "
                      "name",
                      lua_tostring(L, lua_upvalueindex(1)));
}

/* Replace the real table on top by a proxy for it. */
static void make_proxy(lua_State *L, const char *name)
{
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_pushstring(L, name);
    lua_pushcclosure(L, proxy_index, 2);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, name);
    lua_pushcclosure(L, proxy_newindex, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_replace(L, -2);
}

/* Fill the table on top with everything a lab may name. */
void environment_fill(lua_State *L)
{
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1); /* fills and returns the state's own globals, which nobody sees */
    for (size_t i = 0; kept_base[i]; i++) {
        lua_getfield(L, -1, kept_base[i]);
        lua_setfield(L, -3, kept_base[i]);
    }
    lua_pop(L, 1);
    luaL_setfuncs(L, own_base, 0);
    lua_getfield(L, LUA_REGISTRYINDEX, REAL_LIBRARIES);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        const char *name = lua_tostring(L, -2);

        make_proxy(L, name);
        lua_setfield(L, -4, name);
    }
    lua_pop(L, 1);
}
