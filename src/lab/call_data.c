/*
 * The library `data`, and the methods of a table that pick rows and columns or
 * read values. Calls on gbt/table.h, with arguments checked first: a call that
 * fails has changed nothing.
 */
#include "lab/calls.h"
#include "lab/state.h"

#include "base/error.h"
#include "base/mem.h"
#include "gbt/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GENERATE_CELLS_MAX = 200000000 };

/* ---- making tables ------------------------------------------------------- */

static char delimiter_option(lua_State *L, int i)
{
    const char *text = option_text(L, i, "delimiter");

    if (text && strlen(text) != 1)
        fail(L, "option 'delimiter' should be one character");
    return text ? text[0] : 0;
}

int call_data_read(lua_State *L)
{
    const char *name = need_text(L, 1, "the file's name");
    struct lk_error err = {0};
    struct str *text = push_str(L);
    struct table **box = push_table(L);
    char delimiter;

    need_options(L, 2);
    delimiter = delimiter_option(L, 2);
    read_file(L, text, name);
    need_ok(L, table_parse(box, slice_str(text), name, delimiter, &err), &err);
    str_done(text);
    return 1;
}

int call_data_parse(lua_State *L)
{
    struct slice text = need_bytes(L, 1, "the CSV text");
    struct lk_error err = {0};
    struct table **box = push_table(L);

    need_ok(L, table_parse(box, text, "text", 0, &err), &err);
    return 1;
}

/*
 * A column from the list at i (n values; nil and false are missing): numbers
 * where all are, else words.
 */
void lab_put_list(lua_State *L, struct table *t, const char *name, int i)
{
    size_t n = t->rows;
    double *numbers = lua_newuserdatauv(L, (n + 1) * sizeof *numbers, 0);
    const char **words;
    bool text = false;

    luaL_checkstack(L, 6, "too many columns");
    for (size_t r = 0; r < n; r++) {
        int type = lua_rawgeti(L, i, (lua_Integer)r + 1);

        text |= type == LUA_TSTRING;
        if (type == LUA_TNUMBER)
            numbers[r] = lua_tonumber(L, -1);
        else if (type == LUA_TBOOLEAN)
            numbers[r] = lua_toboolean(L, -1) ? 1 : NAN;
        else if (type == LUA_TNIL)
            numbers[r] = NAN;
        else if (type != LUA_TSTRING)
            fail(L, "column '%s' has %s in row %zu; numbers and words can stand there", name,
                 value_kind(L, -1), r + 1);
        lua_pop(L, 1);
    }
    if (!text) {
        table_put_numbers(t, name, numbers);
        lua_pop(L, 1);
        return;
    }
    words = lua_newuserdatauv(L, (n + 1) * sizeof *words, 0);
    lua_createtable(L, (int)n, 0); /* holds numbers that became words */
    for (size_t r = 0; r < n; r++) {
        lua_rawgeti(L, i, (lua_Integer)r + 1);
        words[r] =
            lua_toboolean(L, -1) && lua_type(L, -1) != LUA_TBOOLEAN ? lua_tostring(L, -1) : NULL;
        lua_rawseti(L, -2, (lua_Integer)r + 1);
    }
    table_put_words(t, name, words);
    lua_pop(L, 3);
}

/* {name = list, ...}, columns in alphabetical order. */
static int table_of_columns(lua_State *L)
{
    struct table **box = push_table(L);
    int out = lua_gettop(L);
    size_t rows = 0;
    bool first = true;

    lua_pushcfunction(L, base_pairs);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1); /* the iterator alone is enough */
    for (;;) {
        lua_pushvalue(L, out + 1);
        lua_call(L, 0, 2);
        if (lua_isnil(L, -2))
            break;
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TTABLE)
            fail(L, "a table is made of names and lists, as {age = {36, 41}}");
        if (first) {
            rows = lua_rawlen(L, -1);
            *box = table_new(rows);
            first = false;
        } else if (lua_rawlen(L, -1) != rows) {
            fail(L, "column '%s' has %zu values, another has %zu", lua_tostring(L, -2),
                 (size_t)lua_rawlen(L, -1), rows);
        }
        lab_put_list(L, *box, lua_tostring(L, -2), lua_gettop(L));
        lua_pop(L, 2);
    }
    if (!*box)
        *box = table_new(0);
    lua_settop(L, out);
    return 1;
}

int call_data_table(lua_State *L)
{
    struct table **box;
    size_t columns, rows;

    if (lua_type(L, 1) != LUA_TTABLE)
        fail(L, "expected names and rows, not %s; write %s", value_kind(L, 1),
             this_call(L)->signature);
    if (lua_isnoneornil(L, 2))
        return table_of_columns(L);
    if (lua_type(L, 2) != LUA_TTABLE)
        fail(L, "the rows should be a list, not %s", value_kind(L, 2));
    columns = lua_rawlen(L, 1);
    rows = lua_rawlen(L, 2);
    box = push_table(L);
    *box = table_new(rows);
    for (size_t c = 1; c <= columns; c++) {
        lua_rawgeti(L, 1, (lua_Integer)c);
        lua_createtable(L, (int)rows, 0);
        for (size_t r = 1; r <= rows; r++) {
            if (lua_rawgeti(L, 2, (lua_Integer)r) != LUA_TTABLE || lua_rawlen(L, -1) > columns)
                fail(L, "row %zu should be a list of %zu values", r, columns);
            lua_rawgeti(L, -1, (lua_Integer)c);
            lua_rawseti(L, -3, (lua_Integer)r);
            lua_pop(L, 1);
        }
        lab_put_list(L, *box, need_text(L, -2, "a column's name"), lua_gettop(L));
        lua_pop(L, 2);
    }
    return 1;
}

static enum gbt_label_kind kind_option(lua_State *L, int i)
{
    const char *kind = option_text(L, i, "kind");

    if (!kind || !strcmp(kind, "binary"))
        return GBT_LABEL_BINARY;
    if (!strcmp(kind, "classes"))
        return GBT_LABEL_CLASSES;
    if (strcmp(kind, "number"))
        fail(L, "option 'kind' should be \"binary\", \"classes\" or \"number\", not \"%s\"", kind);
    return GBT_LABEL_NUMBER;
}

static struct table *generate(const struct gbt_recipe *r, size_t rows, uint64_t state)
{
    size_t columns = (size_t)r->columns;
    double *x = mem_calloc(columns, sizeof *x), *values = mem_calloc(rows + 1, sizeof *values);
    struct table *t = table_new(rows);
    char name[32];

    table_put_numbers(t, "label", values);
    for (size_t c = 0; c < columns; c++) {
        snprintf(name, sizeof name, "x%zu", c);
        table_put_numbers(t, name, values);
    }
    for (size_t i = 0; i < rows; i++) {
        t->column[0].numbers[i] = gbt_generate_row(r, x, &state);
        for (size_t c = 0; c < columns; c++)
            t->column[c + 1].numbers[i] = x[c];
    }
    free(values);
    free(x);
    return t;
}

int call_data_generate(lua_State *L)
{
    struct gbt_recipe r;
    size_t rows;
    int64_t seed;

    need_options(L, 1);
    rows = (size_t)option_whole(L, 1, "rows", 1000, 1, TABLE_MAX_ROWS);
    r.columns = option_whole(L, 1, "columns", 10, 1, 10000);
    r.classes = option_whole(L, 1, "classes", 3, 2, GBT_MAX_CLASSES);
    r.missing = option_number(L, 1, "missing", 0);
    r.kind = kind_option(L, 1);
    seed = option_whole(L, 1, "seed", 1, 0, INT32_MAX);
    if (!(r.missing >= 0 && r.missing < 1))
        fail(L, "option 'missing' is a share, from 0 to less than 1");
    if (rows * (size_t)r.columns > GENERATE_CELLS_MAX)
        fail(L, "rows times columns can be %d at most", GENERATE_CELLS_MAX);
    *push_table(L) = generate(&r, rows, (uint64_t)seed);
    return 1;
}

int call_data_split(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the first value");
    struct table **train, **test;
    const char *by;
    double share;
    int64_t seed;

    need_options(L, 2);
    share = option_number(L, 2, "test", 0.25);
    by = option_text(L, 2, "by");
    seed = option_whole(L, 2, "seed", 1, 0, INT32_MAX);
    if (!(share > 0 && share < 1))
        fail(L, "option 'test' is a share between 0 and 1, as 0.25");
    if (t->rows < 2)
        fail(L, "a table of %zu rows cannot be split", t->rows);
    train = push_table(L);
    test = push_table(L);
    table_split(train, test, t, 1 - share, by ? find_column(L, t, by) : SIZE_MAX, (uint64_t)seed);
    return 2;
}

/* ---- looking ------------------------------------------------------------- */

int call_table_count(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)need_table(L, 1, "the table")->rows);
    return 1;
}

int call_table_columns(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");

    lua_createtable(L, (int)t->columns, 0);
    for (size_t c = 0; c < t->columns; c++) {
        lua_pushstring(L, t->column[c].name);
        lua_rawseti(L, -2, (lua_Integer)c + 1);
    }
    return 1;
}

int call_table_show(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    int64_t rows = lua_isnoneornil(L, 2) ? 20 : need_whole(L, 2, "the number of rows", 0, 1000);

    emit_table(lab_of(L), t, (size_t)rows);
    return 0;
}

/* A box with the rows [first, last) of t. */
static int push_range(lua_State *L, const struct table *t, size_t first, size_t last)
{
    size_t n = last > first ? last - first : 0;
    size_t *rows = lua_newuserdatauv(L, (n + 1) * sizeof *rows, 0);

    for (size_t i = 0; i < n; i++)
        rows[i] = first + i;
    *push_table(L) = table_pick(t, rows, n);
    return 1;
}

int call_table_head(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t n =
        lua_isnoneornil(L, 2) ? 10 : (size_t)need_whole(L, 2, "the number of rows", 0, INT32_MAX);

    return push_range(L, t, 0, n < t->rows ? n : t->rows);
}

int call_table_tail(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t n =
        lua_isnoneornil(L, 2) ? 10 : (size_t)need_whole(L, 2, "the number of rows", 0, INT32_MAX);

    return push_range(L, t, n < t->rows ? t->rows - n : 0, t->rows);
}

int call_table_rows(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t first = (size_t)need_whole(L, 2, "the first row", 1, INT32_MAX);
    size_t last = (size_t)need_whole(L, 3, "the last row", 0, INT32_MAX);

    return push_range(L, t, first - 1, last < t->rows ? last : t->rows);
}

static const char *top_word(const struct table_summary *s)
{
    return s->top ? s->top : NULL;
}

int call_table_describe(lua_State *L)
{
    static const char *const names[] = {"missing", "distinct", "mean", "deviation",
                                        "min",     "median",   "max"};
    const struct table *t = need_table(L, 1, "the table");
    size_t n = t->columns;
    double *values = lua_newuserdatauv(L, (n + 1) * 7 * sizeof *values, 0);
    const char **words = lua_newuserdatauv(L, (n + 1) * sizeof *words, 0);
    const char **tops = lua_newuserdatauv(L, (n + 1) * sizeof *tops, 0);
    struct table **box = push_table(L);

    for (size_t c = 0; c < n; c++) {
        struct table_summary s = table_describe(t, c);
        const double v[7] = {
            (double)s.missing, (double)s.distinct, s.mean, s.deviation, s.min, s.median, s.max};

        for (size_t k = 0; k < 7; k++)
            values[k * n + c] = v[k];
        words[c] = t->column[c].name;
        tops[c] = top_word(&s);
    }
    *box = table_new(n);
    table_put_words(*box, "column", words);
    for (size_t k = 0; k < 7; k++)
        table_put_numbers(*box, names[k], values + k * n);
    table_put_words(*box, "most frequent", tops);
    return 1;
}

/* ---- columns ------------------------------------------------------------- */

int call_table_select(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t n, *columns = need_columns(L, t, 2, &n);

    *push_table(L) = table_select(t, columns, n);
    return 1;
}

int call_table_drop(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t n, *columns = need_columns(L, t, 2, &n), kept = 0;
    size_t *keep = lua_newuserdatauv(L, (t->columns + 1) * sizeof *keep, 0);

    for (size_t c = 0; c < t->columns; c++) {
        bool out = false;

        for (size_t k = 0; k < n; k++)
            out |= columns[k] == c;
        if (!out)
            keep[kept++] = c;
    }
    *push_table(L) = table_select(t, keep, kept);
    return 1;
}

int call_table_rename(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    struct table **box;
    struct lk_error err = {0};

    if (lua_type(L, 2) != LUA_TTABLE)
        fail(L, "expected {old = \"new\"}, not %s", value_kind(L, 2));
    box = push_table(L);
    *box = table_copy(t);
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        size_t column = need_column(L, t, -2, "an old name");

        need_ok(L, table_rename(*box, column, need_text(L, -1, "a new name"), &err), &err);
        lua_pop(L, 1);
    }
    return 1;
}

int call_table_one_hot(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t n, *columns = need_columns(L, t, 2, &n);
    struct table **box = push_table(L);

    *box = table_copy(t);
    for (size_t k = 0; k < n; k++) {
        struct table *next;
        size_t at;

        if (t->column[columns[k]].type != TABLE_TEXT)
            fail(L, "column '%s' holds numbers, not words", t->column[columns[k]].name);
        at = find_column(L, *box, t->column[columns[k]].name);
        next = table_one_hot(*box, at);
        table_free(*box);
        *box = next;
    }
    return 1;
}

/* ---- values -------------------------------------------------------------- */

static void push_cell(lua_State *L, const struct table *t, size_t row, size_t column)
{
    const struct table_column *c = &t->column[column];
    double v;

    if (table_is_missing(t, row, column)) {
        lua_pushboolean(L, false);
    } else if (c->type == TABLE_TEXT) {
        lua_pushstring(L, c->dict.words[c->codes[row]]);
    } else {
        v = c->numbers[row];
        if (v == floor(v) && fabs(v) < 9e15)
            lua_pushinteger(L, (lua_Integer)v);
        else
            lua_pushnumber(L, v);
    }
}

int call_table_values(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t column = need_column(L, t, 2, "the column");

    lua_createtable(L, (int)t->rows, 0);
    for (size_t r = 0; r < t->rows; r++) {
        push_cell(L, t, r, column);
        lua_rawseti(L, -2, (lua_Integer)r + 1);
    }
    return 1;
}

/* The row as a map; a missing value is left out, so it reads as nil. */
static void push_row(lua_State *L, const struct table *t, size_t row)
{
    lua_createtable(L, 0, (int)t->columns);
    for (size_t c = 0; c < t->columns; c++)
        if (!table_is_missing(t, row, c)) {
            push_cell(L, t, row, c);
            lua_setfield(L, -2, t->column[c].name);
        }
}

int call_table_row(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");

    if (!t->rows)
        fail(L, "the table has no rows");
    push_row(L, t, (size_t)need_whole(L, 2, "the row", 1, (int64_t)t->rows) - 1);
    return 1;
}

static int next_row(lua_State *L)
{
    const struct table *t = as_table(L, 1);
    lua_Integer at = luaL_checkinteger(L, 2);

    if (!t || at < 0 || (size_t)at >= t->rows)
        return 0;
    lua_pushinteger(L, at + 1);
    push_row(L, t, (size_t)at);
    return 2;
}

int call_table_each(lua_State *L)
{
    need_table(L, 1, "the table");
    lua_pushcfunction(L, next_row);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

int call_table_distinct(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t column = need_column(L, t, 2, "the column");
    struct lk_error err = {0};
    struct table **groups = push_table(L);
    lua_Integer n = 0;

    need_ok(L, table_group(groups, t, column, NULL, 0, &err), &err);
    lua_createtable(L, (int)(*groups)->rows, 0);
    for (size_t r = 0; r < (*groups)->rows; r++)
        if (!table_is_missing(*groups, r, 0)) {
            push_cell(L, *groups, r, 0);
            lua_rawseti(L, -2, ++n);
        }
    return 1;
}

static struct table_summary number_summary(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t column = need_column(L, t, 2, "the column");

    if (t->column[column].type != TABLE_NUMBER)
        fail(L, "column '%s' holds words, not numbers", t->column[column].name);
    return table_describe(t, column);
}

/* A number, or nil where no row has a value. */
static int push_or_nil(lua_State *L, double v)
{
    if (isnan(v))
        lua_pushnil(L);
    else
        lua_pushnumber(L, v);
    return 1;
}

int call_table_mean(lua_State *L)
{
    return push_or_nil(L, number_summary(L).mean);
}

int call_table_min(lua_State *L)
{
    return push_or_nil(L, number_summary(L).min);
}

int call_table_max(lua_State *L)
{
    return push_or_nil(L, number_summary(L).max);
}

int call_table_median(lua_State *L)
{
    return push_or_nil(L, number_summary(L).median);
}

int call_table_deviation(lua_State *L)
{
    return push_or_nil(L, number_summary(L).deviation);
}

int call_table_sum(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    const struct table_column *c = &t->column[need_column(L, t, 2, "the column")];
    double sum = 0;

    if (c->type != TABLE_NUMBER)
        fail(L, "column '%s' holds words, not numbers", c->name);
    for (size_t r = 0; r < t->rows; r++)
        if (!isnan(c->numbers[r]))
            sum += c->numbers[r];
    lua_pushnumber(L, sum);
    return 1;
}

int call_table_missing(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t column = need_column(L, t, 2, "the column"), n = 0;

    for (size_t r = 0; r < t->rows; r++)
        n += table_is_missing(t, r, column);
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

/* ---- writing ------------------------------------------------------------- */

/* The table with the column of option `first` in front, if it is given. */
static const struct table *in_order(lua_State *L, const struct table *t, int options)
{
    const char *first = option_text(L, options, "first");
    size_t *order, n = 0, front;

    if (!first)
        return t;
    front = find_column(L, t, first);
    order = lua_newuserdatauv(L, (t->columns + 1) * sizeof *order, 0);
    order[n++] = front;
    for (size_t c = 0; c < t->columns; c++)
        if (c != front)
            order[n++] = c;
    return *push_table(L) = table_select(t, order, n);
}

int call_table_write(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    const char *name = need_text(L, 2, "the file's name");
    struct lab *l = lab_of(L);
    struct lk_error err = {0};
    struct str *text = push_str(L);

    need_options(L, 3);
    table_print(text, in_order(L, t, 3), option_flag(L, 3, "header", true));
    need_ok(L, l->host.write(l->host.ctx, name, slice_str(text), &err), &err);
    emit_file(l, name, text->len);
    str_done(text);
    return 0;
}

int call_table_csv(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    struct str *text = push_str(L);

    need_options(L, 2);
    table_print(text, t, option_flag(L, 2, "header", true));
    lua_pushlstring(L, text->ptr, text->len);
    return 1;
}
