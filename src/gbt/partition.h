/* Splitting nodes' lists of rows into those of their children, many nodes at a time. */
#ifndef GBT_PARTITION_H
#define GBT_PARTITION_H

#include "gbt/bins.h"

/* rows[n] is reordered in place: those going left first, each side in its old order. */
struct gbt_partition {
    uint32_t *rows;
    size_t n;
    size_t feature;
    const uint8_t *goes_left; /* by the column's code: 1 left, 0 right */
    size_t left;              /* out: how many go left */
};

/* spare has room for as many rows as all lists lie apart: index i of it goes with base[i]. */
void gbt_partition_all(struct gbt_partition *parts, size_t n, const struct gbt_bins *b,
                       uint32_t *base, uint32_t *spare, struct pool *pool);

#endif
