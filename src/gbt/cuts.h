/*
 * Where a column is cut into bins. Bin b of a column holds the values v with
 * cut[b-1] <= v < cut[b]; whatever is not below the last cut falls into the
 * last bin. A split "x < cut[b]" sends bins 0 .. b to the left.
 */
#ifndef GBT_CUTS_H
#define GBT_CUTS_H

#include "gbt/matrix.h"

struct gbt_cut {
    float *value;     /* (n), increasing */
    uint32_t n;       /* at least 1 */
    bool categorical; /* cuts are then the codes 0 .. n-1 */
    bool missing;     /* some row lacks the column */
    float below;      /* a number below every value (what XGBoost 1.7 calls the minimum) */
};

/* Memory for the sorting of one column; one a worker. All zero is empty. */
struct gbt_cut_scratch {
    uint64_t *a, *b; /* (cap) */
    size_t cap;
};
void gbt_cut_scratch_done(struct gbt_cut_scratch *s);

/*
 * Cuts of a column of n numbers, NaN for missing; weights (n) or NULL.
 * At most max_bin distinct values: every one but the smallest is a cut, so no
 * split is lost. More: where XGBoost's sketch cuts (sketch.h). The last cut lies
 * beyond all values, by XGBoost 3's arithmetic (float) or 1.7's (double).
 */
void gbt_cut_numbers(struct gbt_cut *out, const float *column, const float *weights, size_t n,
                     size_t max_bin, bool rules_1_7, struct gbt_cut_scratch *s);
/* Codes of categories: one bin each. False where one is not a whole number in range. */
bool gbt_cut_categories(struct gbt_cut *out, const float *column, size_t n);
void gbt_cut_done(struct gbt_cut *c);

/* Sort a[n] by the upper halves, equal ones as they stood; b is the other buffer. Returns which. */
uint64_t *gbt_sort_words(uint64_t *a, uint64_t *b, size_t n);

/* Floats as whole numbers that sort as the floats do (no NaN; -0 is 0). */
static inline uint32_t gbt_float_key(float v)
{
    union {
        float f;
        uint32_t u;
    } x = {v + 0.0f};

    return x.u ^ (0x80000000u | (0u - (x.u >> 31)));
}

static inline float gbt_key_float(uint32_t key)
{
    union {
        uint32_t u;
        float f;
    } x = {key ^ (key & 0x80000000u ? 0x80000000u : 0xffffffffu)};

    return x.f;
}

/* A value and its weight in one word, which sorts by the value. */
static inline uint64_t gbt_word(float value, float weight)
{
    union {
        float f;
        uint32_t u;
    } w = {weight};

    return (uint64_t)gbt_float_key(value) << 32 | w.u;
}

static inline float gbt_word_weight(uint64_t word)
{
    union {
        uint32_t u;
        float f;
    } w = {(uint32_t)word};

    return w.f;
}

#endif
