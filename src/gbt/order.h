/* Rows in the order of a float: stable, the same on every machine. */
#ifndef GBT_ORDER_H
#define GBT_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* order[] becomes 0 .. n-1 by falling value; equal values keep their order. n < 2^32. */
void gbt_order_falling(uint32_t *order, const float *values, size_t n);
/* The same by rising value. */
void gbt_order_rising(uint32_t *order, const float *values, size_t n);

#endif
