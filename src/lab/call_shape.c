/*
 * The methods of a table that compute: filter and with (by expression or by
 * function), fill, sort, sample, join, append, and groups.
 */
#include "lab/calls.h"
#include "lab/state.h"

#include "base/error.h"
#include "base/mem.h"
#include "lab/expression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- expressions --------------------------------------------------------- */

/* An expression in a box of Lua's. */
static int free_expression(lua_State *L)
{
    struct expression **box = lua_touserdata(L, 1);

    expression_free(*box);
    *box = NULL;
    return 0;
}

static struct expression *push_expression(lua_State *L, const struct table *t, const char *text)
{
    struct expression **box = lua_newuserdatauv(L, sizeof *box, 0);
    struct lk_error err = {0};

    *box = NULL;
    if (luaL_newmetatable(L, "lab.expression")) {
        lua_pushcfunction(L, free_expression);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    need_ok(L, expression_parse(box, text, t, &err), &err);
    return *box;
}

/* Call the function at f with row `row` of the table at 1; its result is on the stack. */
static void call_with_row(lua_State *L, int f, size_t row)
{
    lua_pushvalue(L, f);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, call_table_row, 1);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, (lua_Integer)row + 1);
    lua_call(L, 2, 1);
    lua_call(L, 1, 1);
}

int call_table_filter(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t *rows = lua_newuserdatauv(L, (t->rows + 1) * sizeof *rows, 0), n = 0;

    if (lua_type(L, 2) == LUA_TFUNCTION) {
        for (size_t r = 0; r < t->rows; r++) {
            call_with_row(L, 2, r);
            if (lua_toboolean(L, -1))
                rows[n++] = r;
            lua_pop(L, 1);
        }
    } else {
        struct expression *e = push_expression(L, t, need_text(L, 2, "the expression"));

        if (expression_is_text(e))
            fail(L, "\"%s\" is a word, not a condition", lua_tostring(L, 2));
        for (size_t r = 0; r < t->rows; r++) {
            double v = expression_number(e, r);

            if (!isnan(v) && v != 0)
                rows[n++] = r;
        }
    }
    *push_table(L) = table_pick(t, rows, n);
    return 1;
}

static void put_expression(lua_State *L, const struct table *t, struct table *out, const char *name,
                           const char *text)
{
    struct expression *e = push_expression(L, t, text);
    double *numbers;
    char **words;

    if (!expression_is_text(e)) {
        numbers = mem_calloc(t->rows + 1, sizeof *numbers);
        for (size_t r = 0; r < t->rows; r++)
            numbers[r] = expression_number(e, r);
        table_put_numbers(out, name, numbers);
        free(numbers);
        return;
    }
    words = mem_calloc(t->rows + 1, sizeof *words);
    for (size_t r = 0; r < t->rows; r++) {
        const char *word = expression_text(e, r);

        words[r] = word ? mem_strdup(word) : NULL;
    }
    table_put_words(out, name, (const char *const *)words);
    for (size_t r = 0; r < t->rows; r++)
        free(words[r]);
    free(words);
}

/* Make the value at 3 a list with one value a row, on top of the stack. */
static void push_value_list(lua_State *L, const struct table *t)
{
    if (lua_type(L, 3) == LUA_TTABLE) {
        if (lua_rawlen(L, 3) != t->rows)
            fail(L, "the list has %zu values, the table %zu rows", (size_t)lua_rawlen(L, 3),
                 t->rows);
        lua_pushvalue(L, 3);
        return;
    }
    lua_createtable(L, (int)t->rows, 0);
    for (size_t r = 0; r < t->rows; r++) {
        if (lua_type(L, 3) == LUA_TFUNCTION) {
            call_with_row(L, 3, r);
            if (lua_type(L, -1) == LUA_TBOOLEAN) {
                lua_pushinteger(L, lua_toboolean(L, -1));
                lua_replace(L, -2);
            }
        } else {
            lua_pushvalue(L, 3);
        }
        lua_rawseti(L, -2, (lua_Integer)r + 1);
    }
}

int call_table_with(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    const char *name = need_text(L, 2, "the column's name");
    struct table **box = push_table(L);
    int out = lua_gettop(L);
    int type = lua_type(L, 3);

    *box = table_copy(t);
    if (type == LUA_TSTRING) {
        put_expression(L, t, *box, name, lua_tostring(L, 3));
    } else {
        if (type != LUA_TTABLE && type != LUA_TNUMBER && type != LUA_TFUNCTION)
            fail(L, "the values should be an expression, a list, a number or a function, not %s",
                 value_kind(L, 3));
        push_value_list(L, t);
        lab_put_list(L, *box, name, lua_gettop(L));
    }
    lua_pushvalue(L, out);
    return 1;
}

int call_table_fill(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t column = need_column(L, t, 2, "the column"), rows = t->rows;
    const struct table_column *c = &t->column[column];
    struct table **box = push_table(L);
    int out = lua_gettop(L);

    *box = table_copy(t);
    if (c->type == TABLE_NUMBER) {
        struct table_summary s = table_describe(t, column);
        bool word = lua_type(L, 3) == LUA_TSTRING;
        bool mean = word && !strcmp(lua_tostring(L, 3), "mean");
        bool median = word && !strcmp(lua_tostring(L, 3), "median");
        double v = mean ? s.mean : median ? s.median : need_number(L, 3, "the value");

        for (size_t r = 0; r < rows; r++)
            if (isnan(c->numbers[r]))
                (*box)->column[column].numbers[r] = v;
    } else {
        const char *v = need_text(L, 3, "the value");
        const char **words = lua_newuserdatauv(L, (rows + 1) * sizeof *words, 0);

        for (size_t r = 0; r < rows; r++)
            words[r] = c->codes[r] < 0 ? v : c->dict.words[c->codes[r]];
        table_put_words(*box, c->name, words);
    }
    lua_pushvalue(L, out);
    return 1;
}

/* ---- rows ---------------------------------------------------------------- */

int call_table_sort(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t column = need_column(L, t, 2, "the column");

    need_options(L, 3);
    *push_table(L) = table_sort(t, column, option_flag(L, 3, "descending", false));
    return 1;
}

int call_table_sample(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t n = (size_t)need_whole(L, 2, "the number of rows", 0, INT32_MAX);

    need_options(L, 3);
    *push_table(L) = table_sample(t, n, (uint64_t)option_whole(L, 3, "seed", 1, 0, INT32_MAX));
    return 1;
}

int call_table_join(lua_State *L)
{
    const struct table *a = need_table(L, 1, "the table");
    const struct table *b = need_table(L, 2, "the other table");
    struct lk_error err = {0};
    const char *on, *left, *right;
    struct table **box;

    need_options(L, 3);
    on = option_text(L, 3, "on");
    left = option_text(L, 3, "left");
    right = option_text(L, 3, "right");
    if (!on && !(left && right))
        fail(L, "say on which column: {on = \"id\"}, or {left = \"id\", right = \"number\"}");
    box = push_table(L);
    need_ok(L,
            table_join(box, a, find_column(L, a, left ? left : on), b,
                       find_column(L, b, right ? right : on), option_flag(L, 3, "keep_all", false),
                       &err),
            &err);
    return 1;
}

int call_table_append(lua_State *L)
{
    const struct table *a = need_table(L, 1, "the table");
    const struct table *b = need_table(L, 2, "the other table");
    struct lk_error err = {0};
    struct table **box = push_table(L);

    need_ok(L, table_append(box, a, b, &err), &err);
    return 1;
}

/* ---- groups -------------------------------------------------------------- */

/*
 * A group is a box with two values: the table, and the name of the column
 * that groups its rows. Several columns are one column of words joined by
 * " / ", which takes their place.
 */
int call_table_group(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t n, *columns = need_columns(L, t, 2, &n);
    struct str *name = push_str(L), *word = push_str(L);
    struct table **joined;
    char **words;
    char buf[64];

    if (n == 1) {
        lua_pushvalue(L, 1);
        str_puts(name, t->column[columns[0]].name);
    } else {
        joined = push_table(L);
        *joined = table_copy(t);
        words = mem_calloc(t->rows + 1, sizeof *words);
        for (size_t k = 0; k < n; k++)
            str_printf(name, "%s%s", k ? " / " : "", t->column[columns[k]].name);
        for (size_t r = 0; r < t->rows; r++) {
            str_clear(word);
            for (size_t k = 0; k < n; k++)
                str_printf(word, "%s%s", k ? " / " : "",
                           table_text(t, r, columns[k], buf, sizeof buf));
            words[r] = mem_strdup(word->ptr);
        }
        table_put_words(*joined, name->ptr, (const char *const *)words);
        for (size_t r = 0; r < t->rows; r++)
            free(words[r]);
        free(words);
    }
    lua_newuserdatauv(L, 1, 2);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, 1);
    lua_pushlstring(L, name->ptr, name->len);
    lua_setiuservalue(L, -2, 2);
    luaL_setmetatable(L, "lab.group");
    return 1;
}

/* The group's table and column; they stay on the stack. */
static const struct table *need_group(lua_State *L, size_t *by)
{
    const struct table *t;

    if (!luaL_testudata(L, 1, "lab.group"))
        fail(L, "call it with a colon, as t:group(\"name\"):%s(...)",
             lab_entry_short(this_call(L)));
    lua_getiuservalue(L, 1, 1);
    t = as_table(L, -1);
    lua_getiuservalue(L, 1, 2);
    *by = find_column(L, t, lua_tostring(L, -1));
    return t;
}

int call_group_count(lua_State *L)
{
    const struct table_fold_of count = {TABLE_COUNT, 0};
    struct lk_error err = {0};
    size_t by;
    const struct table *t = need_group(L, &by);
    struct table **box = push_table(L);

    need_ok(L, table_group(box, t, by, &count, 1, &err), &err);
    return 1;
}

int call_group_share(lua_State *L)
{
    struct table *t;
    double *share;

    call_group_count(L);
    t = *(struct table **)luaL_checkudata(L, -1, "lab.table");
    share = lua_newuserdatauv(L, (t->rows + 1) * sizeof *share, 0);
    lua_insert(L, -2);
    for (size_t r = 0, all = 0; r < t->rows && !all; r++) {
        for (size_t k = 0; k < t->rows; k++)
            all += (size_t)t->column[1].numbers[k];
        for (size_t k = 0; k < t->rows; k++)
            share[k] = t->column[1].numbers[k] / (double)all;
    }
    table_put_numbers(t, "share", share);
    return 1;
}

/* Add the columns named at i to folds; returns how many there are now. */
static size_t add_folds(lua_State *L, const struct table *t, int i, enum table_fold fold,
                        struct table_fold_of *folds, size_t count, size_t max)
{
    size_t n, *columns = need_columns(L, t, i, &n);

    for (size_t k = 0; k < n; k++) {
        if (t->column[columns[k]].type != TABLE_NUMBER)
            fail(L, "column '%s' holds words, not numbers", t->column[columns[k]].name);
        if (count == max)
            fail(L, "at most %zu columns at once", max);
        folds[count++] = (struct table_fold_of){fold, columns[k]};
    }
    return count;
}

static int fold_one(lua_State *L, enum table_fold fold)
{
    struct table_fold_of folds[64];
    struct lk_error err = {0};
    size_t by, n;
    const struct table *t;
    struct table **box;

    lua_settop(L, 2);
    t = need_group(L, &by);
    n = add_folds(L, t, 2, fold, folds, 0, 64);
    box = push_table(L);
    need_ok(L, table_group(box, t, by, folds, n, &err), &err);
    return 1;
}

int call_group_mean(lua_State *L)
{
    return fold_one(L, TABLE_MEAN);
}

int call_group_sum(lua_State *L)
{
    return fold_one(L, TABLE_SUM);
}

int call_group_min(lua_State *L)
{
    return fold_one(L, TABLE_MIN);
}

int call_group_max(lua_State *L)
{
    return fold_one(L, TABLE_MAX);
}

int call_group_fold(lua_State *L)
{
    static const struct {
        const char *name;
        enum table_fold fold;
    } kinds[] = {{"mean", TABLE_MEAN}, {"sum", TABLE_SUM}, {"min", TABLE_MIN}, {"max", TABLE_MAX}};
    struct table_fold_of folds[64] = {{TABLE_COUNT, 0}};
    struct lk_error err = {0};
    size_t by, n = 1;
    const struct table *t;
    struct table **box;

    lua_settop(L, 2);
    need_options(L, 2);
    t = need_group(L, &by);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0] && lua_istable(L, 2); k++) {
        if (lua_getfield(L, 2, kinds[k].name) != LUA_TNIL)
            n = add_folds(L, t, lua_gettop(L), kinds[k].fold, folds, n, 64);
        lua_settop(L, 4);
    }
    box = push_table(L);
    need_ok(L, table_group(box, t, by, folds, n, &err), &err);
    return 1;
}
