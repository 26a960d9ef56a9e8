/*
 * The exact decimal digits of a double: what printing rounds and reading compares with.
 *
 * A double is m * 2^e with whole m and e, so its digits are those of m * 2^e, or of
 * m * 5^-e with the point moved by -e places: one long multiplication.
 */
#ifndef WASM_DECIMAL_H
#define WASM_DECIMAL_H

#include <stdint.h>

enum { DIGITS = 800 }; /* no double has more that are not 0, and no point halfway */

/* 0.digits times ten to the power of point. */
struct decimal {
    char digit[DIGITS + 1];
    int n, point;
};

/* The digits of m * 2^e; none where m is 0. */
void decimal_exact(struct decimal *d, uint64_t m, int e);
/* To so many digits, halves to even. */
void decimal_shorten(struct decimal *d, int keep);

#endif
