/*
 * Histograms: for each column and bin the sum of gradients and hessians of the
 * rows of a node.
 *
 * Sums are whole numbers. Before a tree is grown, each gradient is multiplied
 * by a power of two so large that the sizes of all of them just add up to
 * GBT_SUM_BITS, and rounded; for gradients within 2^-17 of the mean nothing is
 * lost among a million rows, and an outlier costs no more than the bits it has. Whole numbers add
 * up to the same sum in any order, so neither the number of threads nor the order of rows changes a
 * bit of a model, and what a sibling lacks is exactly the parent less the child.
 *
 * From GBT_PACK_ROWS rows on, where reading and writing histograms is what
 * training waits for, both numbers are rounded to GBT_PACK_BITS bits of the
 * largest and added as one 64-bit word into a histogram of half the size; it
 * is emptied into the wide sums before a half can overflow. This is done only
 * where it is harmless:
 *   - the scale follows the largest gradient and the largest hessian, and the
 *     mean of either must be at least a GBT_PACK_SPREAD-th of it: with a few
 *     outliers, the others would be rounded away;
 *   - hessians are not negative, as the lower half has no sign;
 *   - an error of up to 2^-20 of the largest a row vanishes in sums over many rows, but
 *     could decide a near tie in a node of few, so nodes below GBT_EXACT_ROWS are
 *     built from exact sums, and so are the weights of all nodes. Rows alike are
 *     rounded alike, so what ties exactly still ties.
 * Everywhere else pairs of 64-bit sums are added.
 */
#ifndef GBT_HIST_H
#define GBT_HIST_H

#include "gbt/bins.h"
#include "gbt/objective.h"

struct gbt_sum {
    int64_t g, h;
};

enum {
    GBT_PACK_ROWS = 1 << 16,
    GBT_PACK_BITS = 19,
    GBT_PACK_SPREAD = 128,
    GBT_EXACT_ROWS = 1 << 12,
    GBT_SUM_BITS = 61,
    /* One row then has fewer than 51 bits, as the largest is a 512th of the sum, or less. */
    GBT_PACKED_SUM_BITS = 59,
};

struct gbt_quant {
    const struct gbt_gradient *gradient; /* (rows), borrowed for the tree */
    double g_scale, h_scale;   /* what a gradient is multiplied by to be added up exactly */
    double g_unit, h_unit;     /* what one then stands for */
    bool only_exact;           /* set by the caller: never packed */
    bool packed;               /* words are made as well */
    double g_packed, h_packed; /* what one stands for in a word */
    uint64_t *word;            /* (rows): gradient in the upper half, hessian in the lower */
    uint64_t *scratch;         /* (threads, hist_slots) packed histograms */
};

void gbt_quant_done(struct gbt_quant *q);
void gbt_quantise(struct gbt_quant *q, const struct gbt_gradient *gradient,
                  const struct gbt_bins *b, struct pool *pool);

/* One histogram to build. */
struct gbt_hist_job {
    struct gbt_sum *hist;
    const uint32_t *rows; /* NULL: the first n rows */
    size_t n;
    bool packed; /* from words */
};

/*
 * A gradient as exact whole numbers. A hessian that is not zero stays so, as a
 * side of a split with none at all is another matter than one with next to none.
 */
static inline struct gbt_sum gbt_exact(const struct gbt_quant *q, size_t row)
{
    double h = (double)q->gradient[row].h * q->h_scale;

    return (struct gbt_sum){__builtin_llrint((double)q->gradient[row].g * q->g_scale),
                            __builtin_llrint(h) + (h > 0 && h <= 0.5)};
}

/* A gradient and its hessian side by side, and such a pair rounded, for loops over all rows. */
typedef double gbt_doubles __attribute__((vector_size(16)));
typedef int64_t gbt_longs __attribute__((vector_size(16), may_alias));

static inline gbt_doubles gbt_pair_of(const struct gbt_gradient *one)
{
    return (gbt_doubles){(double)one->g, (double)one->h};
}

/*
 * As llrint rounds, for numbers of at most 51 bits: adding 1.5 * 2^52 leaves
 * a double's whole part in its lowest bits, a tie going to the even one.
 */
static inline gbt_longs gbt_round_pair(gbt_doubles v)
{
    const gbt_doubles magic = {0x1.8p52, 0x1.8p52};

    return (gbt_longs)(v + magic) - (gbt_longs)magic;
}

/* All of them, sharing the work; scratch is (threads - 1, hist_slots). */
void gbt_hist_build_all(const struct gbt_hist_job *jobs, size_t n, const struct gbt_bins *b,
                        const struct gbt_quant *q, struct gbt_sum *scratch, struct pool *pool);
/* from[i] -= less[i], for n histograms. */
void gbt_hist_subtract_all(struct gbt_sum *const *from, struct gbt_sum *const *less, size_t n,
                           size_t slots, struct pool *pool);

#endif
