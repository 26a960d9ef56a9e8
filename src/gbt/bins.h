/*
 * The training data as bins, made once before the first tree. Two copies:
 * row by row, from which histograms are built (a row's bins lie in one or two
 * cache lines), and column by column, by which rows are sent left or right.
 *
 * A bin takes one byte where no column needs more than 256 codes, else two.
 * A missing value has the code after the column's last bin.
 *
 * In a histogram each column has `slots` places, the same number for all
 * columns, so that a column's place is found without a table; the places that
 * a column does not use stay zero.
 */
#ifndef GBT_BINS_H
#define GBT_BINS_H

#include "base/thread.h"
#include "gbt/cuts.h"

struct gbt_bins {
    size_t rows, features;
    struct gbt_cut *cut; /* (features) */
    size_t *fullest;     /* (features): rows in the column's fullest bin, where bytes is 1 */
    size_t most;         /* the largest of those */
    int bytes;           /* 1 or 2 a bin */
    size_t stride;       /* bins from one row to the next in by_row */
    size_t padded;       /* features rounded up to a multiple of 4; the added ones hold bin 0 */
    void *by_row;        /* (rows, stride) */
    void *by_column;     /* (features, rows) */
    size_t slots;        /* histogram places a column */
    size_t hist_slots;   /* of a whole histogram: padded * slots */
};

/* An error names row and column of a value that cannot be binned. */
enum lk_status gbt_bins_new(struct gbt_bins **out, const struct lk_matrix *m, size_t max_bin,
                            bool rules_1_7, struct pool *pool, struct lk_error *err);
void gbt_bins_free(struct gbt_bins *b);

static inline uint32_t gbt_bin_at(const struct gbt_bins *b, size_t feature, size_t row)
{
    size_t at = feature * b->rows + row;

    return b->bytes == 1 ? ((const uint8_t *)b->by_column)[at]
                         : ((const uint16_t *)b->by_column)[at];
}

#endif
