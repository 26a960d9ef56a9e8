/*
 * Lua values as text and JSON, compared, and walked in a fixed order. Lua's
 * own order of keys depends on a seed that changes with each start; here 1, 2,
 * ... come first, then other numbers by size, then words bytewise, then false
 * and true, so that outputs can be compared.
 */
#include "lab/state.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 20, SHOWN_DEPTH = 6, SHOWN_ITEMS = 200, KEYS_MAX = 10000000 };

/* ---- keys in order ------------------------------------------------------- */

static int rank(lua_State *L, int i)
{
    switch (lua_type(L, i)) {
    case LUA_TNUMBER:
        return 0;
    case LUA_TSTRING:
        return 1;
    case LUA_TBOOLEAN:
        return 2;
    default:
        return 3;
    }
}

/* <0, 0, >0 for the keys at a and b; keys without an order are equal. */
static int compare_keys(lua_State *L, int a, int b)
{
    int by_rank = rank(L, a) - rank(L, b);

    if (by_rank)
        return by_rank;
    switch (lua_type(L, a)) {
    case LUA_TNUMBER:
        return lua_compare(L, a, b, LUA_OPLT) ? -1 : lua_compare(L, b, a, LUA_OPLT);
    case LUA_TSTRING: {
        size_t an, bn;
        const char *x = lua_tolstring(L, a, &an), *y = lua_tolstring(L, b, &bn);
        int order = memcmp(x, y, an < bn ? an : bn);

        return order ? order : (an > bn) - (an < bn);
    }
    case LUA_TBOOLEAN:
        return lua_toboolean(L, a) - lua_toboolean(L, b);
    default:
        return 0;
    }
}

/* A key as it is sorted: numbers and strings by value, others by their place. */
struct key {
    int rank;
    double number;
    const char *text; /* held by the table that is walked */
    size_t len, place;
};

static int order_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order;

    if (x->rank != y->rank)
        return x->rank - y->rank;
    if (x->rank == 1) {
        order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
        return order ? order : (x->len > y->len) - (x->len < y->len);
    }
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static void collect_key(lua_State *L, int i, struct key *k, size_t place)
{
    *k = (struct key){.rank = rank(L, i), .place = place};
    if (k->rank == 0)
        k->number = lua_tonumber(L, i);
    else if (k->rank == 1)
        k->text = lua_tolstring(L, i, &k->len);
    else if (k->rank == 2)
        k->number = lua_toboolean(L, i);
}

static size_t count_keys(lua_State *L, int i)
{
    size_t n = 0;

    lua_pushnil(L);
    while (lua_next(L, i)) {
        lua_pop(L, 1);
        n++;
    }
    return n;
}

/* Push a list of the keys of the table at i (an absolute index) in order; returns how many. */
static size_t push_keys(lua_State *L, int i)
{
    size_t n = count_keys(L, i), at = 0;
    struct key *keys;

    luaL_checkstack(L, 8, "nested too deeply");
    if (n > KEYS_MAX)
        luaL_error(L, "more than %d keys", KEYS_MAX);
    lua_createtable(L, (int)n, 0); /* the keys in Lua's order */
    keys = lua_newuserdatauv(L, (n + 1) * sizeof *keys, 0);
    lua_pushnil(L);
    while (lua_next(L, i)) {
        lua_pop(L, 1);
        collect_key(L, -1, &keys[at], at + 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, (lua_Integer)++at);
    }
    qsort(keys, n, sizeof *keys, order_keys);
    lua_createtable(L, (int)n, 0);
    for (size_t k = 0; k < n; k++) {
        lua_rawgeti(L, -3, (lua_Integer)keys[k].place);
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
    return n;
}

/* Iterator of pairs: upvalues the table, its keys, the place reached. */
static int next_in_order(lua_State *L)
{
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(3));

    for (;;) {
        lua_settop(L, 0);
        if (lua_rawgeti(L, lua_upvalueindex(2), ++at) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, 1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
            break; /* else it was taken out meanwhile */
    }
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

int base_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    if (lua_type(L, 1) == LUA_TUSERDATA)
        return luaL_error(L, "pairs goes through a list or a map, not %s%s", value_kind(L, 1),
                          as_table(L, 1) ? "; write: for i, row in t:each() do" : "");
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    push_keys(L, 1);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_in_order, 3);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* The smallest key above the one given: needs no memory, but goes through all. */
int base_next(lua_State *L)
{
    bool found = false;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    lua_pushnil(L); /* 3: the best so far */
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        if ((lua_isnil(L, 2) || compare_keys(L, -1, 2) > 0) &&
            (!found || compare_keys(L, -1, 3) < 0)) {
            lua_pushvalue(L, -1);
            lua_replace(L, 3);
            found = true;
        }
    }
    if (!found)
        return 1; /* nil */
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}

/* ---- as text ------------------------------------------------------------- */

static bool is_name(const char *s)
{
    if (!*s || (*s >= '0' && *s <= '9'))
        return false;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
              *s == '_'))
            return false;
    return true;
}

static void put_at(struct str *out, lua_State *L, int i, int depth, bool quoted);

static void put_key(struct str *out, lua_State *L, int i)
{
    if (lua_type(L, i) == LUA_TSTRING && is_name(lua_tostring(L, i))) {
        str_puts(out, lua_tostring(L, i));
        return;
    }
    str_putc(out, '[');
    put_at(out, L, i, SHOWN_DEPTH, true);
    str_putc(out, ']');
}

static void put_map(struct str *out, lua_State *L, int i, int depth)
{
    lua_Integer place = 1; /* the next element of a list, if it is one */
    size_t n;

    if (depth >= SHOWN_DEPTH) {
        str_puts(out, "{...}");
        return;
    }
    n = push_keys(L, i);
    str_putc(out, '{');
    for (size_t k = 1; k <= n; k++) {
        if (k > 1)
            str_puts(out, ", ");
        if (k > SHOWN_ITEMS) {
            str_printf(out, "... %zu more", n - SHOWN_ITEMS);
            break;
        }
        lua_rawgeti(L, -1, (lua_Integer)k);
        if (lua_isinteger(L, -1) && lua_tointeger(L, -1) == place) {
            place++;
        } else {
            put_key(out, L, lua_gettop(L));
            str_puts(out, " = ");
        }
        lua_rawget(L, i);
        put_at(out, L, lua_gettop(L), depth + 1, true);
        lua_pop(L, 1);
    }
    str_putc(out, '}');
    lua_pop(L, 1);
}

static void put_at(struct str *out, lua_State *L, int i, int depth, bool quoted)
{
    size_t len;
    const char *s;
    bool custom;

    luaL_checkstack(L, 10, "nested too deeply");
    switch (lua_type(L, i)) {
    case LUA_TFUNCTION:
        str_puts(out, "function");
        return;
    case LUA_TTHREAD:
        str_puts(out, "coroutine");
        return;
    case LUA_TTABLE:
        custom = luaL_getmetafield(L, i, "__tostring") != LUA_TNIL;
        if (custom)
            lua_pop(L, 1);
        else {
            put_map(out, L, i, depth);
            return;
        }
        break;
    case LUA_TSTRING:
        if (quoted) {
            s = lua_tolstring(L, i, &len);
            str_put_json(out, (struct slice){s, len});
            return;
        }
        break;
    default:
        break;
    }
    s = luaL_tolstring(L, i, &len);
    str_add(out, s, len);
    lua_pop(L, 1);
}

void put_value(struct str *out, lua_State *L, int i)
{
    put_at(out, L, lua_absindex(L, i), 0, false);
}

/* ---- as JSON ------------------------------------------------------------- */

static void put_json_at(struct str *out, lua_State *L, int i, int depth);

static void put_json_number(struct str *out, lua_State *L, int i)
{
    char buf[NUMBER_MAX];
    double v = lua_tonumber(L, i);

    if (lua_isinteger(L, i))
        str_printf(out, "%lld", (long long)lua_tointeger(L, i));
    else if (!isfinite(v))
        str_puts(out, "null");
    else
        str_add(out, buf, number_print_double(buf, v));
}

static void put_json_map(struct str *out, lua_State *L, int i, int depth)
{
    bool list = lua_rawlen(L, i) > 0;
    size_t n = push_keys(L, i);

    if (list && n != lua_rawlen(L, i))
        luaL_error(L, "a value for JSON is a list or a map, not both at once");
    str_putc(out, list ? '[' : '{');
    for (size_t k = 1; k <= n; k++) {
        if (k > 1)
            str_putc(out, ',');
        lua_rawgeti(L, -1, (lua_Integer)k);
        if (!list) {
            if (lua_type(L, -1) != LUA_TSTRING)
                luaL_error(L, "a map for JSON has words as keys");
            str_put_json(out, slice_of(lua_tostring(L, -1)));
            str_putc(out, ':');
        }
        lua_rawget(L, i);
        put_json_at(out, L, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
    str_putc(out, list ? ']' : '}');
    lua_pop(L, 1);
}

static void put_json_at(struct str *out, lua_State *L, int i, int depth)
{
    size_t len;
    const char *s;

    luaL_checkstack(L, 10, "nested too deeply");
    if (depth > DEPTH_MAX)
        luaL_error(L, "nested more than %d deep", DEPTH_MAX);
    switch (lua_type(L, i)) {
    case LUA_TNIL:
        str_puts(out, "null");
        return;
    case LUA_TBOOLEAN:
        str_puts(out, lua_toboolean(L, i) ? "true" : "false");
        return;
    case LUA_TNUMBER:
        put_json_number(out, L, i);
        return;
    case LUA_TSTRING:
        s = lua_tolstring(L, i, &len);
        str_put_json(out, (struct slice){s, len});
        return;
    case LUA_TTABLE:
        put_json_map(out, L, i, depth);
        return;
    default:
        fail(L, "expected a number, text, a list or a map; %s cannot be written as JSON",
             value_kind(L, i));
    }
}

void put_json_value(struct str *out, lua_State *L, int i)
{
    put_json_at(out, L, lua_absindex(L, i), 0);
}

void push_json(lua_State *L, const struct json *j)
{
    lua_Integer n = 0;
    double v;

    luaL_checkstack(L, 8, "nested too deeply");
    switch (json_kind(j)) {
    case JSON_NULL:
        lua_pushnil(L);
        return;
    case JSON_BOOL:
        lua_pushboolean(L, json_bool(j, false));
        return;
    case JSON_NUMBER:
        v = json_number(j, 0);
        if (v == floor(v) && fabs(v) < 9e15)
            lua_pushinteger(L, (lua_Integer)v);
        else
            lua_pushnumber(L, v);
        return;
    case JSON_STRING:
        lua_pushstring(L, json_string(j, ""));
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        lua_newtable(L);
        for (const struct json *c = json_first(j); c; c = json_next(c)) {
            push_json(L, c);
            if (json_kind(j) == JSON_ARRAY)
                lua_rawseti(L, -2, ++n);
            else
                lua_setfield(L, -2, json_key(c));
        }
        return;
    }
}

/* ---- equality ------------------------------------------------------------ */

static bool equal_at(lua_State *L, int a, int b, int depth);

/* Does b have an equal value for each key of a? */
static bool covers(lua_State *L, int a, int b, int depth)
{
    lua_pushnil(L);
    while (lua_next(L, a)) {
        bool equal;

        lua_pushvalue(L, -2);
        lua_rawget(L, b);
        equal = equal_at(L, lua_gettop(L) - 1, lua_gettop(L), depth + 1);
        lua_pop(L, 2);
        if (!equal) {
            lua_pop(L, 1);
            return false;
        }
    }
    return true;
}

static bool equal_at(lua_State *L, int a, int b, int depth)
{
    luaL_checkstack(L, 10, "nested too deeply");
    if (lua_type(L, a) == LUA_TTABLE && lua_type(L, b) == LUA_TTABLE && depth < DEPTH_MAX)
        return lua_rawequal(L, a, b) || (covers(L, a, b, depth) && covers(L, b, a, depth));
    return lua_compare(L, a, b, LUA_OPEQ);
}

bool values_equal(lua_State *L, int a, int b)
{
    return equal_at(L, lua_absindex(L, a), lua_absindex(L, b), 0);
}
