/*
 * The kinds of values that Lua holds for us: tables, groups of rows, models,
 * and buffers. Each is a box whose __gc frees what it owns. Their metatables
 * are hidden (__metatable), so that no lab can change a method for others; a
 * misspelt method is met with the nearest name.
 */
#include "lab/state.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define STR_TYPE    "lab.str"
#define TABLE_TYPE  "lab.table"
#define MODEL_TYPE  "lab.model"
#define MATRIX_TYPE "lab.matrix"

static void *as_object(lua_State *L, int i, const char *type)
{
    return luaL_testudata(L, i, type);
}

/* ---- boxes --------------------------------------------------------------- */

struct str *push_str(lua_State *L)
{
    struct str *s = lua_newuserdatauv(L, sizeof *s, 0);

    str_init(s);
    luaL_setmetatable(L, STR_TYPE);
    return s;
}

static int free_str(lua_State *L)
{
    str_done(lua_touserdata(L, 1));
    return 0;
}

struct table **push_table(lua_State *L)
{
    struct table **box = lua_newuserdatauv(L, sizeof *box, 1);

    *box = NULL;
    luaL_setmetatable(L, TABLE_TYPE);
    return box;
}

static int free_table(lua_State *L)
{
    struct table **box = lua_touserdata(L, 1);

    table_free(*box);
    *box = NULL;
    return 0;
}

struct lk_matrix **push_matrix(lua_State *L)
{
    struct lk_matrix **box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = NULL;
    luaL_setmetatable(L, MATRIX_TYPE);
    return box;
}

static int free_matrix(lua_State *L)
{
    struct lk_matrix **box = lua_touserdata(L, 1);

    lk_matrix_free(*box);
    *box = NULL;
    return 0;
}

struct lab_model *push_model(lua_State *L)
{
    struct lab_model *m = lua_newuserdatauv(L, sizeof *m, 0);

    memset(m, 0, sizeof *m);
    luaL_setmetatable(L, MODEL_TYPE);
    return m;
}

static int free_model(lua_State *L)
{
    struct lab_model *m = lua_touserdata(L, 1);

    lk_model_free(m->model);
    table_free(m->history);
    free(m->label);
    free(m->positive);
    memset(m, 0, sizeof *m);
    return 0;
}

/* ---- asking for one ------------------------------------------------------ */

const struct table *as_table(lua_State *L, int i)
{
    struct table **box = as_object(L, i, TABLE_TYPE);

    return box ? *box : NULL;
}

const struct table *need_table(lua_State *L, int i, const char *what)
{
    const struct table *t = as_table(L, i);

    if (t)
        return t;
    if (i == 1 && strchr(this_call(L)->name, ':'))
        fail(L, "call it with a colon, as t:%s(...)", lab_entry_short(this_call(L)));
    fail(L, "%s should be a table of data, not %s; write %s", what, value_kind(L, i),
         this_call(L)->signature);
}

struct lab_model *as_model(lua_State *L, int i)
{
    struct lab_model *m = as_object(L, i, MODEL_TYPE);

    return m && m->model ? m : NULL;
}

struct lab_model *need_model(lua_State *L, int i, const char *what)
{
    struct lab_model *m = as_model(L, i);

    if (m)
        return m;
    if (i == 1 && strchr(this_call(L)->name, ':'))
        fail(L, "call it with a colon, as model:%s(...)", lab_entry_short(this_call(L)));
    fail(L, "%s should be a model, not %s; write %s", what, value_kind(L, i),
         this_call(L)->signature);
}

size_t find_column(lua_State *L, const struct table *t, const char *name)
{
    struct lk_error err = {0};
    size_t column;

    need_ok(L, table_find(t, name, &column, &err), &err);
    return column;
}

size_t need_column(lua_State *L, const struct table *t, int i, const char *what)
{
    return find_column(L, t, need_text(L, i, what));
}

size_t *need_columns(lua_State *L, const struct table *t, int i, size_t *n)
{
    size_t *columns;

    if (lua_type(L, i) == LUA_TSTRING) {
        columns = lua_newuserdatauv(L, sizeof *columns, 0);
        columns[0] = need_column(L, t, i, "the column");
        *n = 1;
        return columns;
    }
    if (lua_type(L, i) != LUA_TTABLE || !lua_rawlen(L, i))
        fail(L, "expected the name of a column or a list of names, not %s; write %s",
             value_kind(L, i), this_call(L)->signature);
    *n = lua_rawlen(L, i);
    columns = lua_newuserdatauv(L, *n * sizeof *columns, 0);
    for (size_t k = 0; k < *n; k++) {
        lua_rawgeti(L, i, (lua_Integer)k + 1);
        columns[k] = need_column(L, t, -1, "a column's name");
        lua_pop(L, 1);
    }
    return columns;
}

/* ---- metatables ---------------------------------------------------------- */

/* __index: upvalue 1 the library, upvalue 2 its methods by name. */
static int index_object(lua_State *L)
{
    const struct lab_library *lib = lua_touserdata(L, lua_upvalueindex(1));
    const char *names[128], *near = NULL;
    size_t n = 0;

    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL)
        return 1;
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "a %s has no elements; ask it with a method, as %s", lib->name,
                          lib->entries[0].signature);
    for (size_t i = 0; i < lib->count && n < 128; i++)
        names[n++] = lab_entry_short(&lib->entries[i]);
    near = error_nearest(lua_tostring(L, 2), names, n);
    if (near)
        return luaL_error(L, "a %s has no '%s'; did you mean '%s'?", lib->name, lua_tostring(L, 2),
                          near);
    return luaL_error(L, "a %s has no '%s'; lab.help(\"%s\") lists what it has", lib->name,
                      lua_tostring(L, 2), lib->name);
}

static int describe_table(lua_State *L)
{
    const struct table *t = as_table(L, 1);

    lua_pushfstring(L, "table of %I rows and %I columns", (lua_Integer)t->rows,
                    (lua_Integer)t->columns);
    return 1;
}

static int describe_model(lua_State *L)
{
    struct lab_model *m = as_model(L, 1);

    lua_pushfstring(L, "%s model of %I rounds", lk_model_objective(m->model),
                    (lua_Integer)lk_model_rounds(m->model));
    return 1;
}

static int describe_group(lua_State *L)
{
    lua_pushliteral(L, "groups of rows; ask for :count(), :mean(\"column\") and the like");
    return 1;
}

static int table_length(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)as_table(L, 1)->rows);
    return 1;
}

static void set_function(lua_State *L, const char *name, lua_CFunction f)
{
    if (!f)
        return;
    lua_pushcfunction(L, f);
    lua_setfield(L, -2, name);
}

static void open_type(lua_State *L, const char *type, const char *library, lua_CFunction gc,
                      lua_CFunction describe, lua_CFunction length)
{
    const struct lab_library *lib = library ? lab_library_find(library) : NULL;

    luaL_newmetatable(L, type);
    set_function(L, "__gc", gc);
    set_function(L, "__tostring", describe);
    set_function(L, "__len", length);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    if (lib) {
        lua_pushlightuserdata(L, (void *)lib);
        lua_createtable(L, 0, (int)lib->count);
        for (size_t i = 0; i < lib->count; i++) {
            lua_pushlightuserdata(L, (void *)&lib->entries[i]);
            lua_pushcclosure(L, invoke, 1);
            lua_setfield(L, -2, lab_entry_short(&lib->entries[i]));
        }
        lua_pushcclosure(L, index_object, 2);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
}

void objects_open(lua_State *L)
{
    open_type(L, STR_TYPE, NULL, free_str, NULL, NULL);
    open_type(L, MATRIX_TYPE, NULL, free_matrix, NULL, NULL);
    open_type(L, TABLE_TYPE, "table", free_table, describe_table, table_length);
    open_type(L, MODEL_TYPE, "model", free_model, describe_model, NULL);
    open_type(L, "lab.group", "group", NULL, describe_group, NULL);
}
