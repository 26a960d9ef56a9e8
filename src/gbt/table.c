/* The life of a table, its columns and cells. The rest is in table_*.c, one idea each. */
#include "gbt/table.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/table_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table *table_new(size_t rows)
{
    struct table *t = mem_calloc(1, sizeof *t);

    t->rows = rows;
    return t;
}

static void column_done(struct table_column *c)
{
    free(c->name);
    free(c->numbers);
    free(c->codes);
    gbt_dictionary_done(&c->dict);
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->columns; i++)
        column_done(&t->column[i]);
    free(t->column);
    free(t);
}

struct table *table_copy(const struct table *t)
{
    size_t *all = mem_calloc(t->columns, sizeof *all);
    struct table *copy;

    for (size_t i = 0; i < t->columns; i++)
        all[i] = i;
    copy = table_select(t, all, t->columns);
    free(all);
    return copy;
}

enum lk_status table_find(const struct table *t, const char *name, size_t *out,
                          struct lk_error *err)
{
    const char **names, *near;

    for (size_t i = 0; i < t->columns; i++)
        if (!strcmp(t->column[i].name, name)) {
            *out = i;
            return LK_OK;
        }
    names = mem_calloc(t->columns, sizeof *names);
    for (size_t i = 0; i < t->columns; i++)
        names[i] = t->column[i].name;
    near = error_nearest(name, names, t->columns);
    free(names);
    return error_set(err, LK_EUSE, "there is no column '%s'%s%s%s", name,
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

bool table_is_missing(const struct table *t, size_t row, size_t column)
{
    const struct table_column *c = &t->column[column];

    return c->type == TABLE_NUMBER ? isnan(c->numbers[row]) : c->codes[row] < 0;
}

const char *table_text(const struct table *t, size_t row, size_t column, char *buf, size_t size)
{
    const struct table_column *c = &t->column[column];
    char number[NUMBER_MAX];

    if (table_is_missing(t, row, column))
        return "";
    if (c->type == TABLE_TEXT)
        return c->dict.words[c->codes[row]];
    number_print_double(number, c->numbers[row]);
    snprintf(buf, size, "%s", number);
    return buf;
}

/* The column of this name, emptied, or a new one at the end. */
static struct table_column *put_column(struct table *t, const char *name)
{
    struct table_column *c = NULL;
    size_t i;

    for (i = 0; i < t->columns; i++)
        if (!strcmp(t->column[i].name, name))
            c = &t->column[i];
    if (c) {
        column_done(c);
    } else {
        t->column = mem_resize(t->column, t->columns + 1, sizeof *t->column);
        c = &t->column[t->columns++];
    }
    *c = (struct table_column){.name = mem_strdup(name)};
    return c;
}

/* name may belong to the column that it replaces. */
void table_put_numbers(struct table *t, const char *name, const double *values)
{
    double *copy = mem_calloc(t->rows, sizeof *copy);
    char *own = mem_strdup(name);
    struct table_column *c;

    if (t->rows)
        memcpy(copy, values, t->rows * sizeof *copy);
    c = put_column(t, own);
    c->type = TABLE_NUMBER;
    c->numbers = copy;
    free(own);
}

void table_put_words(struct table *t, const char *name, const char *const *words)
{
    struct table_column *c;
    struct words w = {0};
    int32_t *codes = mem_calloc(t->rows, sizeof *codes);
    char *own = mem_strdup(name);

    for (size_t i = 0; i < t->rows; i++)
        codes[i] = words[i] && *words[i] ? (int32_t)words_add(&w, slice_of(words[i])) : -1;
    c = put_column(t, own);
    c->type = TABLE_TEXT;
    c->codes = codes;
    table_settle_words(c, t->rows, &w);
    words_done(&w);
    free(own);
}

void table_settle_words(struct table_column *c, size_t rows, const struct words *w)
{
    uint32_t *place = words_sorted(w, &c->dict);

    for (size_t i = 0; i < rows; i++)
        if (c->codes[i] >= 0)
            c->codes[i] = (int32_t)place[c->codes[i]];
    free(place);
}

void table_drop(struct table *t, size_t column)
{
    column_done(&t->column[column]);
    t->columns--;
    memmove(t->column + column, t->column + column + 1, (t->columns - column) * sizeof *t->column);
}

enum lk_status table_rename(struct table *t, size_t column, const char *name, struct lk_error *err)
{
    for (size_t i = 0; i < t->columns; i++)
        if (i != column && !strcmp(t->column[i].name, name))
            return error_set(err, LK_EUSE, "there is a column '%s' already", name);
    if (!*name)
        return error_set(err, LK_EUSE, "a column's name cannot be empty");
    name = mem_strdup(name); /* may be the old one's own */
    free(t->column[column].name);
    t->column[column].name = (char *)(uintptr_t)name;
    return LK_OK;
}

struct table_column *table_new_column(struct table *t, const struct table_column *like)
{
    struct table_column *c;

    t->column = mem_resize(t->column, t->columns + 1, sizeof *t->column);
    c = &t->column[t->columns++];
    *c = (struct table_column){.name = mem_strdup(like->name), .type = like->type};
    gbt_dictionary_copy(&c->dict, &like->dict);
    if (c->type == TABLE_NUMBER)
        c->numbers = mem_calloc(t->rows, sizeof *c->numbers);
    else
        c->codes = mem_calloc(t->rows, sizeof *c->codes);
    return c;
}
