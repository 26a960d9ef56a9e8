/*
 * Tables made of another's rows: picked, sorted, sampled, split, put under one
 * another, joined. All come down to a list of row numbers.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/table_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* NO_ROW gives a row of missing values. */
static const size_t NO_ROW = SIZE_MAX;

static void pick_column(struct table *out, const struct table_column *from, const size_t *rows)
{
    struct table_column *c = table_new_column(out, from);

    for (size_t i = 0; i < out->rows; i++) {
        if (c->type == TABLE_NUMBER)
            c->numbers[i] = rows[i] == NO_ROW ? NAN : from->numbers[rows[i]];
        else
            c->codes[i] = rows[i] == NO_ROW ? -1 : from->codes[rows[i]];
    }
}

struct table *table_pick(const struct table *t, const size_t *rows, size_t n)
{
    struct table *out = table_new(n);

    for (size_t c = 0; c < t->columns; c++)
        pick_column(out, &t->column[c], rows);
    return out;
}

struct table *table_select(const struct table *t, const size_t *columns, size_t n)
{
    struct table *out = table_new(t->rows);

    for (size_t i = 0; i < n; i++) {
        const struct table_column *from = &t->column[columns[i]];
        struct table_column *c = table_new_column(out, from);

        if (t->rows && c->type == TABLE_NUMBER)
            memcpy(c->numbers, from->numbers, t->rows * sizeof *c->numbers);
        else if (t->rows)
            memcpy(c->codes, from->codes, t->rows * sizeof *c->codes);
    }
    return out;
}

static size_t *all_rows(size_t n)
{
    size_t *rows = mem_calloc(n, sizeof *rows);

    for (size_t i = 0; i < n; i++)
        rows[i] = i;
    return rows;
}

struct order {
    const struct table_column *column;
    bool descending;
};

/* Codes are in the order of their words, so both types compare as numbers. */
static double sort_key(const struct table_column *c, size_t row)
{
    if (c->type == TABLE_NUMBER)
        return c->numbers[row];
    return c->codes[row] < 0 ? NAN : (double)c->codes[row];
}

static int compare(const void *a, const void *b, void *ctx)
{
    const struct order *o = ctx;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    double x = sort_key(o->column, i), y = sort_key(o->column, k);

    if (isnan(x) || isnan(y)) {
        if (isnan(x) != isnan(y))
            return isnan(x) ? 1 : -1;
    } else if (x != y) {
        return (x < y) != o->descending ? -1 : 1;
    }
    return i < k ? -1 : i > k; /* stable */
}

struct table *table_sort(const struct table *t, size_t column, bool descending)
{
    struct order o = {&t->column[column], descending};
    size_t *rows = all_rows(t->rows);
    struct table *out;

    qsort_r(rows, t->rows, sizeof *rows, compare, &o);
    out = table_pick(t, rows, t->rows);
    free(rows);
    return out;
}

/* splitmix64: one number a call, any seed is a good one. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static size_t draw_below(uint64_t *state, size_t n)
{
    return (size_t)((unsigned __int128)draw(state) * n >> 64);
}

/* k of the n entries at the front, chosen at random. */
static void choose(size_t *rows, size_t n, size_t k, uint64_t *state)
{
    for (size_t i = 0; i < k; i++) {
        size_t other = i + draw_below(state, n - i), spare = rows[i];

        rows[i] = rows[other];
        rows[other] = spare;
    }
}

static int compare_rows(const void *a, const void *b)
{
    size_t i = *(const size_t *)a, k = *(const size_t *)b;

    return i < k ? -1 : i > k;
}

struct table *table_sample(const struct table *t, size_t n, uint64_t seed)
{
    size_t *rows = all_rows(t->rows);
    struct table *out;

    n = n < t->rows ? n : t->rows;
    choose(rows, t->rows, n, &seed);
    qsort(rows, n, sizeof *rows, compare_rows);
    out = table_pick(t, rows, n);
    free(rows);
    return out;
}

void table_split(struct table **first, struct table **second, const struct table *t,
                 double fraction, size_t stratify, uint64_t seed)
{
    size_t *rows = all_rows(t->rows), taken = 0, begin = 0;
    bool *mine = mem_calloc(t->rows, sizeof *mine);

    if (stratify != SIZE_MAX) {
        struct order o = {&t->column[stratify], false};

        qsort_r(rows, t->rows, sizeof *rows, compare, &o);
    }
    while (begin < t->rows) { /* one stratum after the other; without, all are one */
        size_t end = begin + 1, share;

        while (end < t->rows && (stratify == SIZE_MAX ||
                                 sort_key(&t->column[stratify], rows[end]) ==
                                     sort_key(&t->column[stratify], rows[begin]) ||
                                 isnan(sort_key(&t->column[stratify], rows[begin]))))
            end++;
        /* What rounding left over from the strata before goes to this one. */
        share = (size_t)llround(fraction * (double)end) - taken;
        share = share > end - begin ? end - begin : share;
        choose(rows + begin, end - begin, share, &seed);
        for (size_t i = 0; i < share; i++)
            mine[rows[begin + i]] = true;
        taken += share;
        begin = end;
    }
    for (size_t part = 0; part < 2; part++) {
        size_t n = 0;

        for (size_t i = 0; i < t->rows; i++)
            if (mine[i] == (part == 0))
                rows[n++] = i;
        *(part == 0 ? first : second) = table_pick(t, rows, n);
    }
    free(rows);
    free(mine);
}

/* b's codes under the words of both, which w collects; c has the rows of a first. */
static void append_words(struct table_column *c, const struct table_column *a, size_t a_rows,
                         const struct table_column *b, size_t b_rows)
{
    struct words w = {0};
    uint32_t *code = mem_calloc(b->dict.n, sizeof *code);

    words_load(&w, &a->dict);
    for (size_t i = 0; i < b->dict.n; i++)
        code[i] = words_add(&w, slice_of(b->dict.words[i]));
    for (size_t i = 0; i < a_rows; i++)
        c->codes[i] = a->codes[i];
    for (size_t i = 0; i < b_rows; i++)
        c->codes[a_rows + i] = b->codes[i] < 0 ? -1 : (int32_t)code[b->codes[i]];
    gbt_dictionary_done(&c->dict);
    table_settle_words(c, a_rows + b_rows, &w);
    words_done(&w);
    free(code);
}

enum lk_status table_append(struct table **out, const struct table *a, const struct table *b,
                            struct lk_error *err)
{
    struct table *t = table_new(a->rows + b->rows);
    enum lk_status st = LK_OK;

    *out = NULL;
    if (a->columns != b->columns)
        st = error_set(err, LK_EUSE, "one table has %zu columns, the other %zu", a->columns,
                       b->columns);
    for (size_t i = 0; !st && i < a->columns; i++) {
        const struct table_column *x = &a->column[i], *y;
        struct table_column *c;
        size_t k;

        st = table_find(b, x->name, &k, err);
        if (st)
            break;
        y = &b->column[k];
        if (x->type != y->type) {
            st = error_set(err, LK_EUSE, "column '%s' is numbers in one table, text in the other",
                           x->name);
            break;
        }
        c = table_new_column(t, x);
        if (c->type == TABLE_TEXT) {
            append_words(c, x, a->rows, y, b->rows);
            continue;
        }
        if (a->rows)
            memcpy(c->numbers, x->numbers, a->rows * sizeof *c->numbers);
        if (b->rows)
            memcpy(c->numbers + a->rows, y->numbers, b->rows * sizeof *c->numbers);
    }
    if (st) {
        table_free(t);
        return st;
    }
    *out = t;
    return LK_OK;
}

/* The cell as the text that keys are compared by. */
static struct slice key_of(const struct table *t, size_t row, size_t column, char buf[64])
{
    return slice_of(table_text(t, row, column, buf, 64));
}

/* For each row of a, the first row of b with its key, or NO_ROW. */
static size_t *find_partners(const struct table *a, size_t a_key, const struct table *b,
                             size_t b_key)
{
    struct words keys = {0};
    size_t *first = mem_calloc(b->rows, sizeof *first), *partner;
    char buf[64];

    for (size_t i = 0; i < b->rows; i++) {
        size_t known = keys.n;

        if (!table_is_missing(b, i, b_key) && words_add(&keys, key_of(b, i, b_key, buf)) == known)
            first[known] = i;
    }
    partner = mem_calloc(a->rows, sizeof *partner);
    for (size_t i = 0; i < a->rows; i++) {
        int64_t key =
            table_is_missing(a, i, a_key) ? -1 : words_find(&keys, key_of(a, i, a_key, buf));

        partner[i] = key < 0 ? NO_ROW : first[key];
    }
    words_done(&keys);
    free(first);
    return partner;
}

enum lk_status table_join(struct table **out, const struct table *a, size_t a_key,
                          const struct table *b, size_t b_key, bool keep_all, struct lk_error *err)
{
    size_t *partner, *rows, n = 0;
    struct table *t;
    enum lk_status st = LK_OK;

    *out = NULL;
    if (a->column[a_key].type != b->column[b_key].type)
        return error_set(err, LK_EUSE, "'%s' and '%s' cannot be equal: one is numbers, one text",
                         a->column[a_key].name, b->column[b_key].name);
    partner = find_partners(a, a_key, b, b_key);
    rows = all_rows(a->rows);
    for (size_t i = 0; i < a->rows; i++)
        if (keep_all || partner[i] != NO_ROW) {
            partner[n] = partner[i];
            rows[n++] = i;
        }
    t = table_pick(a, rows, n);
    for (size_t c = 0; !st && c < b->columns; c++) {
        struct str name = STR_INIT;
        size_t same;

        if (c == b_key)
            continue;
        str_puts(&name, b->column[c].name);
        if (!table_find(t, name.ptr, &same, NULL))
            str_puts(&name, "_2");
        pick_column(t, &b->column[c], partner);
        st = table_rename(t, t->columns - 1, name.ptr, err);
        str_done(&name);
    }
    free(partner);
    free(rows);
    if (st) {
        table_free(t);
        return st;
    }
    *out = t;
    return LK_OK;
}
