/*
 * Exact quantiles by sorting: a column's values become 32-bit keys that sort
 * as the floats do, in the upper half of a word whose lower half is the row's
 * weight; three passes of an 11-bit radix sort put them in order. XGBoost
 * keeps a sketch instead, as its rows may come in a stream; ours are at hand,
 * and sorting a million of them takes some ten milliseconds, where the sketch
 * takes ten times that. Up to SKETCH_ROWS the sketch is asked nevertheless: among
 * few rows a cut here or there makes another model, and it should be the same.
 *
 * A run of equal keys is one distinct value with the weight of the run.
 */
#include "gbt/cuts.h"
#include "base/mem.h"
#include "gbt/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, SKETCH_ROWS = 1 << 17 };

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

/* For i in 1 .. max_bin-1 the first value with more than i/max_bin of the weight up to it. */
static void quantiles(struct gbt_cut *c, const uint64_t *a, size_t n, size_t max_bin)
{
    double total = 0, sum = 0;
    size_t i = 0;
    float lowest = gbt_key_float(key_of(a[0])), last = lowest;

    for (size_t k = 0; k < n; k++)
        total += gbt_word_weight(a[k]);
    for (size_t q = 1; q < max_bin && i < n; q++) {
        double rank = (double)q * total / (double)max_bin;
        float v;

        while (i < n && sum + gbt_word_weight(a[i]) <= rank)
            sum += gbt_word_weight(a[i++]);
        if (i == n)
            break;
        v = gbt_key_float(key_of(a[i]));
        if (v > last) {
            c->value[c->n++] = v;
            last = v;
        }
    }
}

void gbt_cut_numbers(struct gbt_cut *out, const float *column, const float *weights, size_t n,
                     size_t max_bin, bool rules_1_7, struct gbt_cut_scratch *s)
{
    struct gbt_cut c = {0};
    uint64_t *sorted;
    size_t m, distinct;
    float high = 0, low = 0;

    reserve(s, n + 1);
    m = load(s->a, column, weights, n);
    for (size_t i = 0; i < n && !c.missing; i++)
        c.missing = isnan(column[i]);
    sorted = gbt_sort_words(s->a, s->b, m);
    distinct = count_distinct(sorted, m);
    c.value = mem_resize(NULL, (distinct < max_bin ? distinct : max_bin) + 1, sizeof *c.value);
    if (distinct <= max_bin)
        every_value(&c, sorted, m);
    else if (m <= SKETCH_ROWS)
        c.n = (uint32_t)gbt_sketch_cuts(c.value, column, weights, n, max_bin, rules_1_7);
    else
        quantiles(&c, sorted, m, max_bin);
    if (m) {
        low = gbt_key_float(key_of(sorted[0]));
        high = gbt_key_float(key_of(sorted[m - 1]));
    }
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
