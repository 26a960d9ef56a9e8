/*
 * In which leaf of the tree being grown each row ended: one byte a row, the
 * leaf's mark. A level that is certainly the last needs no lists of rows, as
 * nothing is built from them any more; its rows get their marks at once, and
 * what is then done for every row (exact sums of leaves, margins) goes through
 * memory from front to back.
 */
#ifndef GBT_PLACE_H
#define GBT_PLACE_H

#include "gbt/hist.h"

enum { GBT_MARKS = 256 };

/* Rows to be marked: by the column's code, or all alike where by_code is NULL. */
struct gbt_marking {
    const uint32_t *rows;
    size_t n, feature;
    const uint8_t *by_code;
    uint8_t mark;
};

/* place is (rows of b) */
void gbt_place_mark(uint8_t *place, const struct gbt_marking *all, size_t n,
                    const struct gbt_bins *b, struct pool *pool);
/* The exact sum of each mark's rows. */
void gbt_place_sums(struct gbt_sum sums[GBT_MARKS], const uint8_t *place, size_t rows,
                    const struct gbt_quant *q, struct pool *pool);
/* margins[row * step] += value[the row's mark] */
void gbt_place_add(float *margins, size_t step, const uint8_t *place, size_t rows,
                   const float value[GBT_MARKS], struct pool *pool);

#endif
