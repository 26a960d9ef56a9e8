/* Tables looked at as a whole: groups, summaries, and words as 0/1 columns. */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/table_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- groups ------------------------------------------------------------ */

/* What is known of one column within one group. */
struct sums {
    size_t n;
    double sum, min, max;
};

static void add(struct sums *s, double v)
{
    if (isnan(v))
        return;
    s->min = s->n ? fmin(s->min, v) : v;
    s->max = s->n ? fmax(s->max, v) : v;
    s->sum += v;
    s->n++;
}

static double result(const struct sums *s, enum table_fold fold, size_t rows)
{
    switch (fold) {
    case TABLE_COUNT:
        return (double)rows;
    case TABLE_SUM:
        return s->sum;
    case TABLE_MEAN:
        return s->n ? s->sum / (double)s->n : NAN;
    case TABLE_MIN:
        return s->n ? s->min : NAN;
    case TABLE_MAX:
        return s->n ? s->max : NAN;
    }
    return NAN;
}

/* Do two neighbours of the sorted table belong together? */
static bool same_group(const struct table *t, size_t by, size_t i, size_t k)
{
    const struct table_column *c = &t->column[by];

    if (c->type == TABLE_TEXT)
        return c->codes[i] == c->codes[k];
    return c->numbers[i] == c->numbers[k] || (isnan(c->numbers[i]) && isnan(c->numbers[k]));
}

/* Where groups begin in the sorted table: (*n + 1), the last is its end. */
static size_t *find_groups(const struct table *sorted, size_t by, size_t *n)
{
    size_t *starts = NULL, cap = 0;

    *n = 0;
    for (size_t i = 0; i < sorted->rows; i++)
        if (!i || !same_group(sorted, by, i - 1, i)) {
            MEM_GROW(starts, *n, cap);
            starts[(*n)++] = i;
        }
    MEM_GROW(starts, *n, cap);
    starts[*n] = sorted->rows;
    return starts;
}

static void put_fold(struct table *out, const struct table *sorted, const size_t *starts,
                     const struct table_fold_of *f)
{
    static const char *const names[] = {"count", "sum", "mean", "min", "max"};
    double *values = mem_calloc(out->rows, sizeof *values);
    struct str name = STR_INIT;

    for (size_t g = 0; g < out->rows; g++) {
        struct sums s = {0};

        if (f->fold != TABLE_COUNT)
            for (size_t i = starts[g]; i < starts[g + 1]; i++)
                add(&s, sorted->column[f->column].numbers[i]);
        values[g] = result(&s, f->fold, starts[g + 1] - starts[g]);
    }
    str_puts(&name, names[f->fold]);
    if (f->fold != TABLE_COUNT)
        str_printf(&name, "_%s", sorted->column[f->column].name);
    table_put_numbers(out, name.ptr, values);
    str_done(&name);
    free(values);
}

enum lk_status table_group(struct table **out, const struct table *t, size_t by,
                           const struct table_fold_of *folds, size_t n, struct lk_error *err)
{
    struct table *sorted, *key;
    size_t *starts, groups;

    *out = NULL;
    for (size_t i = 0; i < n; i++)
        if (folds[i].fold != TABLE_COUNT && t->column[folds[i].column].type != TABLE_NUMBER)
            return error_set(err, LK_EUSE, "column '%s' is text; only numbers can be summed up",
                             t->column[folds[i].column].name);
    sorted = table_sort(t, by, false);
    starts = find_groups(sorted, by, &groups);
    key = table_select(sorted, &by, 1);
    *out = table_pick(key, starts, groups);
    for (size_t i = 0; i < n; i++)
        put_fold(*out, sorted, starts, &folds[i]);
    table_free(key);
    table_free(sorted);
    free(starts);
    return LK_OK;
}

/* ---- summaries ----------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Between neighbours in proportion, as numpy's default. */
static double quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;

    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

static void describe_numbers(struct table_summary *s, const double *values, size_t rows)
{
    double *v = mem_calloc(rows, sizeof *v), sum = 0, squares = 0;
    size_t n = 0;

    for (size_t i = 0; i < rows; i++)
        if (!isnan(values[i]))
            v[n++] = values[i];
    s->missing = rows - n;
    if (n) {
        qsort(v, n, sizeof *v, compare_numbers);
        for (size_t i = 0; i < n; i++) {
            sum += v[i];
            s->distinct += !i || v[i] != v[i - 1];
        }
        s->mean = sum / (double)n;
        for (size_t i = 0; i < n; i++)
            squares += (v[i] - s->mean) * (v[i] - s->mean);
        s->deviation = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
        s->min = v[0];
        s->quarter = quantile(v, n, 0.25);
        s->median = quantile(v, n, 0.5);
        s->three_quarters = quantile(v, n, 0.75);
        s->max = v[n - 1];
    }
    free(v);
}

static void describe_words(struct table_summary *s, const struct table_column *c, size_t rows)
{
    size_t *count = mem_calloc(c->dict.n, sizeof *count);

    for (size_t i = 0; i < rows; i++) {
        if (c->codes[i] < 0)
            s->missing++;
        else
            count[c->codes[i]]++;
    }
    for (size_t w = 0; w < c->dict.n; w++) {
        s->distinct += count[w] > 0;
        if (count[w] > s->top_count) {
            s->top_count = count[w];
            s->top = c->dict.words[w];
        }
    }
    free(count);
}

struct table_summary table_describe(const struct table *t, size_t column)
{
    struct table_summary s = {.mean = NAN,
                              .deviation = NAN,
                              .min = NAN,
                              .quarter = NAN,
                              .median = NAN,
                              .three_quarters = NAN,
                              .max = NAN};
    const struct table_column *c = &t->column[column];

    if (c->type == TABLE_NUMBER)
        describe_numbers(&s, c->numbers, t->rows);
    else
        describe_words(&s, c, t->rows);
    return s;
}

/* ---- other shapes ---------------------------------------------------------- */

static void put_indicators(struct table *out, const struct table_column *c)
{
    double *values = mem_calloc(out->rows, sizeof *values);

    for (size_t w = 0; w < c->dict.n; w++) {
        struct str name = STR_INIT;

        str_printf(&name, "%s=%s", c->name, c->dict.words[w]);
        for (size_t i = 0; i < out->rows; i++)
            values[i] = c->codes[i] == (int32_t)w;
        table_put_numbers(out, name.ptr, values);
        str_done(&name);
    }
    free(values);
}

struct table *table_one_hot(const struct table *t, size_t column)
{
    struct table *out = table_new(t->rows);

    if (t->column[column].type != TABLE_TEXT) {
        table_free(out);
        return table_copy(t);
    }
    for (size_t i = 0; i < t->columns; i++) {
        const struct table_column *from = &t->column[i];
        struct table_column *c;

        if (i == column) {
            put_indicators(out, from);
            continue;
        }
        c = table_new_column(out, from);
        if (t->rows && c->type == TABLE_NUMBER)
            memcpy(c->numbers, from->numbers, t->rows * sizeof *c->numbers);
        else if (t->rows)
            memcpy(c->codes, from->codes, t->rows * sizeof *c->codes);
    }
    return out;
}
