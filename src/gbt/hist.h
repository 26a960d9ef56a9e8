/*
 * Histograms: for each column and bin the sum of gradients and hessians of the
 * rows of a node.
 *
 * Sums are whole numbers. Before a tree is grown, each gradient is multiplied
 * by a power of two so large that the sum over all rows just fits 62 bits, and
 * rounded; for gradients within 2^-16 of the largest nothing is lost among a
 * million rows. Whole numbers add up to the same sum in any order, so neither
 * the number of threads nor the order of rows changes a bit of a model, and
 * what a sibling lacks is exactly the parent less the child.
 */
#ifndef GBT_HIST_H
#define GBT_HIST_H

#include "gbt/bins.h"
#include "gbt/objective.h"

struct gbt_sum {
    int64_t g, h;
};

struct gbt_quant {
    struct gbt_sum *row;   /* (rows) */
    double g_unit, h_unit; /* what one stands for */
};

/* q->row has room for rows. */
void gbt_quantise(struct gbt_quant *q, const struct gbt_gradient *gradient, size_t rows,
                  struct pool *pool);

/* Add the rows[n] of a node to hist (hist_slots), which is cleared first. rows NULL: rows first ..
 * first+n. */
void gbt_hist_build(struct gbt_sum *hist, const struct gbt_bins *b, const struct gbt_quant *q,
                    const uint32_t *rows, size_t first, size_t n);

/* One histogram to build. */
struct gbt_hist_job {
    struct gbt_sum *hist;
    const uint32_t *rows;
    size_t n;
};
/* All of them, sharing the work; scratch is (threads - 1, hist_slots). */
void gbt_hist_build_all(const struct gbt_hist_job *jobs, size_t n, const struct gbt_bins *b,
                        const struct gbt_quant *q, struct gbt_sum *scratch, struct pool *pool);
/* from[i] -= less[i], for n histograms. */
void gbt_hist_subtract_all(struct gbt_sum *const *from, struct gbt_sum *const *less, size_t n,
                           size_t slots, struct pool *pool);

#endif
