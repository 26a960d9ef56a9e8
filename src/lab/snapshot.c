/*
 * No hidden state: behind each step stands a copy of all that it has left, and
 * a step begins with a copy of what the steps before it have left. So it finds
 * the same however often it runs, also where it changes a list in place.
 *
 * What can be changed is copied: Lua's tables with their metatables, functions
 * with what they close over. All else is shared: texts, tables of data and
 * models never change, the lab's own libraries cannot be changed. Coroutines and
 * iterators cannot be copied; they go on from where they were.
 *
 * Copying goes by a queue, not by recursion, so a chain of a million tables is
 * nothing special. Three maps guide it: "fixed" (things that are never copied),
 * "memo" (original -> copy, of this copying), "origin" (a living table -> its
 * copy in the newest snapshot, weak). A table of plain values that is still as
 * its copy is needs no other one: a list of a million numbers is kept once, not
 * once a step.
 */
#include "lab/state.h"

#define SNAPSHOTS "lab.snapshots" /* in the registry: step's index + 1 -> names and values */
#define FIXED     "lab.fixed"
#define ORIGIN    "lab.origin"

/* Where what guides a copying lies on Lua's stack; from FIRST on it is free. */
enum { MEMO = 1, FIXED_AT, ORIGIN_AT, QUEUE, UPVALUES, FIRST };

/* Region and role stand in the snapshots too, under keys that no lab can make. */
static const char region_key, role_key;

/* ---- copying -------------------------------------------------------------- */

/* Nothing to copy: it cannot change, or is shared. */
static bool is_plain(lua_State *L, int i)
{
    return !lua_istable(L, i) && (!lua_isfunction(L, i) || lua_iscfunction(L, i));
}

/* The tables at a and b have the same plain values and nothing else. */
static bool same_plain(lua_State *L, int a, int b)
{
    lua_Integer more = 0;

    if (lua_getmetatable(L, a)) {
        lua_pop(L, 1);
        return false;
    }
    for (lua_pushnil(L); lua_next(L, a); more++) {
        bool same;

        lua_pushvalue(L, -2);
        lua_rawget(L, b);
        same = is_plain(L, -3) && is_plain(L, -2) && lua_rawequal(L, -1, -2) &&
               lua_type(L, -1) == lua_type(L, -2);
        lua_pop(L, 2);
        if (!same) {
            lua_pop(L, 1);
            return false;
        }
    }
    for (lua_pushnil(L); lua_next(L, b); more--)
        lua_pop(L, 1);
    return !more;
}

static int write_code(lua_State *L, const void *p, size_t n, void *code)
{
    str_add(code, p, n);
    return 0;
}

/* Push a function of the same code as the one at i. Its upvalues are not set yet. */
static void push_same_code(lua_State *L, int i)
{
    struct str *code = push_str(L);

    lua_pushvalue(L, i);
    lua_dump(L, write_code, code, 0);
    lua_pop(L, 1);
    if (luaL_loadbufferx(L, code->ptr, code->len, "copy", "b"))
        lua_error(L);
    str_done(code);
    str_init(code);
    lua_remove(L, -2);
}

/* Push the copy that there is already of the value at i, or nothing. */
static bool push_known(lua_State *L, int i)
{
    for (int map = MEMO; map <= FIXED_AT; map++) {
        lua_pushvalue(L, i);
        if (lua_rawget(L, map) != LUA_TNIL)
            return true;
        lua_pop(L, 1);
    }
    return false;
}

/* Push the copy in the newest snapshot, if the table at i is still as that is. */
static bool push_unchanged(lua_State *L, int i)
{
    lua_pushvalue(L, i);
    if (lua_rawget(L, ORIGIN_AT) == LUA_TTABLE && same_plain(L, i, lua_gettop(L)))
        return true;
    lua_pop(L, 1);
    return false;
}

static void note_copy(lua_State *L, int original, int copy)
{
    lua_pushvalue(L, original);
    lua_pushvalue(L, copy);
    lua_rawset(L, MEMO);
}

/* Replace the value on top by its copy; a new copy is filled when its turn in the queue comes. */
static void copy_top(lua_State *L)
{
    int at = lua_gettop(L);

    if (is_plain(L, at))
        return;
    if (!push_known(L, at)) {
        bool table = lua_istable(L, at), unchanged = table && push_unchanged(L, at);

        if (table && !unchanged)
            lua_newtable(L);
        else if (!table)
            push_same_code(L, at);
        note_copy(L, at, at + 1);
        if (!unchanged) {
            lua_pushvalue(L, at);
            lua_rawseti(L, QUEUE, (lua_Integer)lua_rawlen(L, QUEUE) + 1);
        }
    }
    lua_replace(L, at);
}

/* Fill the table at `to` like the one at `from`. */
static void fill_table(lua_State *L, int from, int to)
{
    lua_pushnil(L);
    while (lua_next(L, from)) {
        lua_pushvalue(L, -2);
        copy_top(L);
        lua_insert(L, -2);
        copy_top(L);
        lua_rawset(L, to);
    }
    if (lua_getmetatable(L, from)) {
        copy_top(L);
        lua_setmetatable(L, to);
    }
}

/* What functions share, their copies share: the first to have it gives it to the others. */
static void fill_function(lua_State *L, int from, int to)
{
    for (int i = 1; lua_getupvalue(L, from, i); i++) {
        void *id = lua_upvalueid(L, from, i);

        if (lua_rawgetp(L, UPVALUES, id) == LUA_TTABLE) {
            lua_rawgeti(L, -1, 1);
            lua_rawgeti(L, -2, 2);
            lua_upvaluejoin(L, to, i, lua_gettop(L) - 1, (int)lua_tointeger(L, -1));
            lua_pop(L, 4);
            continue;
        }
        lua_pop(L, 1);
        copy_top(L);
        lua_setupvalue(L, to, i);
        lua_createtable(L, 2, 0);
        lua_pushvalue(L, to);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, i);
        lua_rawseti(L, -2, 2);
        lua_rawsetp(L, UPVALUES, id);
    }
}

static void fill_queued(lua_State *L)
{
    int from = lua_gettop(L) + 1, to = from + 1;

    for (lua_Integer at = 1; lua_rawgeti(L, QUEUE, at) != LUA_TNIL; at++) {
        lua_pushvalue(L, from);
        lua_rawget(L, MEMO);
        if (lua_istable(L, from))
            fill_table(L, from, to);
        else
            fill_function(L, from, to);
        lua_settop(L, from - 1);
    }
    lua_pop(L, 1);
}

/* Remember for each living table which copy of it is in the snapshot. */
static void note_origins(lua_State *L, bool living_is_key)
{
    lua_pushnil(L);
    while (lua_next(L, MEMO)) {
        if (lua_istable(L, -1)) {
            lua_pushvalue(L, living_is_key ? -2 : -1);
            lua_pushvalue(L, living_is_key ? -2 : -3);
            lua_rawset(L, ORIGIN_AT);
        }
        lua_pop(L, 1);
    }
}

static void begin_copying(lua_State *L)
{
    lua_settop(L, 0);
    lua_newtable(L);
    lua_getfield(L, LUA_REGISTRYINDEX, FIXED);
    lua_getfield(L, LUA_REGISTRYINDEX, ORIGIN);
    lua_newtable(L);
    lua_newtable(L);
    luaL_checkstack(L, 20, "a copy");
}

/* ---- words beside the names ----------------------------------------------- */

static void keep_word(lua_State *L, int in, const void *key, const struct str *word)
{
    lua_pushlstring(L, word->ptr, word->len);
    lua_rawsetp(L, in, key);
}

/* Out of the environment at `from`, where they were put with the names. */
static void restore_word(lua_State *L, int from, const void *key, struct str *word)
{
    str_clear(word);
    if (lua_rawgetp(L, from, key) == LUA_TSTRING)
        str_puts(word, lua_tostring(L, -1));
    lua_pop(L, 1);
    lua_pushnil(L);
    lua_rawsetp(L, from, key);
}

/* ---- snapshots ------------------------------------------------------------ */

static void push_environment(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "lab.environment");
}

/* The table on top is what step `at` - 1 has left. */
static void keep(lua_State *L, lua_Integer at)
{
    struct lab *l = lab_of(L);

    keep_word(L, lua_gettop(L), &region_key, &l->region);
    keep_word(L, lua_gettop(L), &role_key, &l->role);
    lua_getfield(L, LUA_REGISTRYINDEX, SNAPSHOTS);
    lua_insert(L, -2);
    lua_rawseti(L, -2, at);
    l->untouched = at;
}

static void clear_table(lua_State *L, int i)
{
    lua_pushnil(L);
    while (lua_next(L, i)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, i); /* clearing a field while walking is allowed */
    }
    lua_pushnil(L);
    lua_setmetatable(L, i);
}

/* The environment's names as snapshot `at` has them. */
static void copy_back(lua_State *L, lua_Integer at)
{
    begin_copying(L);
    lua_getfield(L, LUA_REGISTRYINDEX, SNAPSHOTS);
    lua_rawgeti(L, -1, at);
    lua_remove(L, -2);
    push_environment(L);
    clear_table(L, FIRST + 1);
    fill_table(L, FIRST, FIRST + 1);
    fill_queued(L);
    note_origins(L, false);
    restore_word(L, FIRST + 1, &region_key, &lab_of(L)->region);
    restore_word(L, FIRST + 1, &role_key, &lab_of(L)->role);
}

/* The nearest snapshot before `at`; those from there on are of no use any more. */
static lua_Integer nearest_before(lua_State *L, lua_Integer at)
{
    lua_Integer last = 0;

    lua_getfield(L, LUA_REGISTRYINDEX, SNAPSHOTS);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_Integer one = lua_tointeger(L, -2);

        lua_pop(L, 1);
        if (one < at) {
            last = one > last ? one : last;
        } else {
            lua_pushnil(L);
            lua_rawseti(L, -3, one);
        }
    }
    lua_pop(L, 1);
    return last;
}

void snapshot_restore(lua_State *L)
{
    struct lab *l = lab_of(L);
    lua_Integer last = nearest_before(L, lua_tointeger(L, 1) + 1);

    if (l->untouched != last)
        copy_back(L, last);
    l->untouched = -1;
}

int snapshot_return(lua_State *L)
{
    lua_Integer at = lua_tointeger(L, 1) + 1;

    if (lab_of(L)->untouched != at)
        copy_back(L, at);
    lab_of(L)->untouched = at;
    return 0;
}

int snapshot_keep(lua_State *L)
{
    lua_Integer at = lua_tointeger(L, 1) + 1;

    begin_copying(L);
    push_environment(L);
    lua_newtable(L);
    fill_table(L, FIRST, FIRST + 1);
    fill_queued(L);
    note_origins(L, true);
    keep(L, at);
    return 0;
}

int snapshot_share(lua_State *L)
{
    lua_settop(L, 1);
    push_environment(L);
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, 3);
    }
    keep(L, lua_tointeger(L, 1) + 1);
    return 0;
}

void snapshot_open(lua_State *L)
{
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, SNAPSHOTS);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, ORIGIN);
    lua_newtable(L);
    push_environment(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_istable(L, -1)) {
            lua_pushvalue(L, -1);
            lua_pushvalue(L, -1);
            lua_rawset(L, -6);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, FIXED);
}
