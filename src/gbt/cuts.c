/*
 * A column of at most max_bin distinct values is cut between all of them: its
 * values become 32-bit keys that sort as the floats do, in the upper half of a
 * word whose lower half is the row's weight, and three passes of an 11-bit radix
 * sort put them in order; a run of equal keys is one distinct value.
 *
 * Any other is cut where XGBoost's sketch cuts it (sketch.h), so that its trees
 * are grown from the same bins here. Most such columns show more distinct values
 * than bins in their first rows, and are then not sorted as a whole.
 */
#include "gbt/cuts.h"
#include "base/mem.h"
#include "gbt/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, SAMPLE = 8 /* rows a bin */ };

void gbt_cut_scratch_done(struct gbt_cut_scratch *s)
{
    free(s->a);
    free(s->b);
    *s = (struct gbt_cut_scratch){0};
}

static void reserve(struct gbt_cut_scratch *s, size_t n)
{
    if (n <= s->cap)
        return;
    free(s->a);
    free(s->b);
    s->a = mem_resize(NULL, n, sizeof *s->a);
    s->b = mem_resize(NULL, n, sizeof *s->b);
    s->cap = n;
}

uint64_t *gbt_sort_words(uint64_t *a, uint64_t *b, size_t n)
{
    size_t count[3][RADIX] = {{0}};

    for (size_t i = 0; i < n; i++)
        for (int pass = 0; pass < 3; pass++)
            count[pass][a[i] >> (32 + RADIX_BITS * pass) & (RADIX - 1)]++;
    for (int pass = 0; pass < 3; pass++) {
        size_t at = 0, *c = count[pass];
        int shift = 32 + RADIX_BITS * pass;

        if (n && c[a[0] >> shift & (RADIX - 1)] == n)
            continue; /* all alike here */
        for (int d = 0; d < RADIX; d++) {
            size_t here = c[d];

            c[d] = at;
            at += here;
        }
        for (size_t i = 0; i < n; i++)
            b[c[a[i] >> shift & (RADIX - 1)]++] = a[i];
        uint64_t *other = a;
        a = b;
        b = other;
    }
    return a;
}

static uint32_t key_of(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

/* The present values as words; how many there are. */
static size_t load(uint64_t *a, const float *column, const float *weights, size_t n)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        float weight = weights ? weights[i] : 1.0f;

        a[m] = gbt_word(column[i], weight);
        m += !isnan(column[i]) && weight > 0;
    }
    return m;
}

static size_t count_distinct(const uint64_t *a, size_t n)
{
    size_t distinct = n > 0;

    for (size_t i = 1; i < n; i++)
        distinct += key_of(a[i]) != key_of(a[i - 1]);
    return distinct;
}

static void every_value(struct gbt_cut *c, const uint64_t *a, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (key_of(a[i]) != key_of(a[i - 1]))
            c->value[c->n++] = gbt_key_float(key_of(a[i]));
}

/* Values sorted in scratch memory; NULL where they are certainly too many to be cut between. */
static const uint64_t *sort_few(size_t *n, const float *column, const float *weights, size_t rows,
                                size_t max_bin, struct gbt_cut_scratch *s)
{
    size_t sample = SAMPLE * max_bin;
    const uint64_t *sorted;

    if (rows > sample) {
        reserve(s, sample + 1);
        *n = load(s->a, column, weights, sample);
        if (count_distinct(gbt_sort_words(s->a, s->b, *n), *n) > max_bin)
            return NULL;
    }
    reserve(s, rows + 1);
    *n = load(s->a, column, weights, rows);
    sorted = gbt_sort_words(s->a, s->b, *n);
    return count_distinct(sorted, *n) > max_bin ? NULL : sorted;
}

/* The ends of what has weight, and whether a value is missing. */
static void find_ends(struct gbt_cut *c, float *low, float *high, const float *column,
                      const float *weights, size_t n)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        float v = column[i];

        c->missing = c->missing || isnan(v);
        if (weights && !(weights[i] > 0))
            continue;
        *low = v < *low ? v : *low;
        *high = v > *high ? v : *high;
    }
    if (*low > *high)
        *low = *high = 0;
}

void gbt_cut_numbers(struct gbt_cut *out, const float *column, const float *weights, size_t n,
                     size_t max_bin, bool rules_1_7, struct gbt_cut_scratch *s)
{
    struct gbt_cut c = {0};
    const uint64_t *sorted;
    size_t m;
    float high, low;

    find_ends(&c, &low, &high, column, weights, n);
    sorted = sort_few(&m, column, weights, n, max_bin, s);
    c.value = mem_resize(NULL, max_bin + 1, sizeof *c.value);
    if (sorted)
        every_value(&c, sorted, m);
    else
        c.n = (uint32_t)gbt_sketch_cuts(c.value, column, weights, n, max_bin, rules_1_7);
    c.value[c.n++] = rules_1_7 ? (float)((double)high + (fabs((double)high) + 1e-5))
                               : high + (fabsf(high) + 1e-5f);
    c.below = (float)((double)low - (fabs((double)low) + 1e-5));
    *out = c;
}

bool gbt_cut_categories(struct gbt_cut *out, const float *column, size_t n)
{
    struct gbt_cut c = {.categorical = true};
    float highest = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(column[i])) {
            c.missing = true;
            continue;
        }
        if (!(column[i] >= 0 && column[i] < GBT_MAX_CATEGORIES) || column[i] != floorf(column[i]))
            return false;
        highest = column[i] > highest ? column[i] : highest;
    }
    c.n = (uint32_t)highest + 1;
    c.value = mem_resize(NULL, c.n, sizeof *c.value);
    for (uint32_t i = 0; i < c.n; i++)
        c.value[i] = (float)i;
    *out = c;
    return true;
}

void gbt_cut_done(struct gbt_cut *c)
{
    free(c->value);
    *c = (struct gbt_cut){0};
}
