/*
 * Sums from which a term can be taken away again without a trace: whole numbers
 * of 2^-64. What is left depends on the terms that are in it, not on the order in
 * which they came and went.
 */
#ifndef GBT_FIXED_H
#define GBT_FIXED_H

#include <math.h>
#include <stdint.h>

struct gbt_fixed {
    int64_t whole;
    uint64_t part; /* of 2^64 */
};

/* v to the next 2^-64 below; beyond 2^60 either way it stays there. */
static inline struct gbt_fixed gbt_fixed_of(double v)
{
    double most = 0x1p60, kept = v > -most ? v < most ? v : most : -most, whole = floor(kept);
    double part = (kept - whole) * 0x1p64; /* rounds up to 1 just below a whole number */

    return part < 0x1p64 ? (struct gbt_fixed){(int64_t)whole, (uint64_t)part}
                         : (struct gbt_fixed){(int64_t)whole + 1, 0};
}

static inline void gbt_fixed_add(struct gbt_fixed *sum, struct gbt_fixed v)
{
    sum->part += v.part;
    sum->whole += v.whole + (sum->part < v.part);
}

static inline void gbt_fixed_subtract(struct gbt_fixed *sum, struct gbt_fixed v)
{
    sum->whole -= v.whole + (sum->part < v.part);
    sum->part -= v.part;
}

static inline double gbt_fixed_value(struct gbt_fixed v)
{
    return (double)v.whole + (double)v.part * 0x1p-64;
}

#endif
