/*
 * exp and log of our own, so that gcc, clang and WebAssembly, and every C
 * library, give the same bits and with them the same trees. Both work in
 * double with an error of a few units of its last place; rounded to float that
 * is the correctly rounded value but for about one input in a hundred million,
 * and differs from glibc's expf on fewer than one input in a thousand.
 */
#ifndef GBT_REAL_H
#define GBT_REAL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/*
 * e^x = 2^k e^r with k the integer nearest x / ln 2, so |r| <= 0.347; thirteen
 * terms of the series leave less than 1e-17.
 */
static inline double gbt_exp(double x)
{
    static const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    double k, r, e;
    uint64_t bits;

    if (!(x < 709))
        return x < 709.782712893384 ? gbt_exp(x - 1) * 2.718281828459045 : x + INFINITY;
    if (x < -708)
        return x < -745.2 ? 0 : gbt_exp(x + 60) * 8.75651076269652e-27;
    k = (x * 1.4426950408889634 + 0x1.8p52) - 0x1.8p52; /* rounds to an integer */
    r = (x - k * ln2_high) - k * ln2_low;
    e = 1.0 / 6227020800 * r + 1.0 / 479001600;
    e = e * r + 1.0 / 39916800;
    e = e * r + 1.0 / 3628800;
    e = e * r + 1.0 / 362880;
    e = e * r + 1.0 / 40320;
    e = e * r + 1.0 / 5040;
    e = e * r + 1.0 / 720;
    e = e * r + 1.0 / 120;
    e = e * r + 1.0 / 24;
    e = e * r + 1.0 / 6;
    e = e * r + 0.5;
    e = 1 + (r + r * r * e);
    bits = (uint64_t)((int64_t)k + 1023) << 52;
    memcpy(&r, &bits, sizeof r);
    return e * r;
}

/*
 * ln x = k ln 2 + ln m with m in [0.7, 1.42), and ln m = 2 atanh s at
 * s = (m - 1) / (m + 1), |s| < 0.173.
 */
static inline double gbt_log(double x)
{
    static const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    double m = x, s, z, p;
    int64_t k = 0;
    uint64_t bits;

    if (!(x > 0) || x == INFINITY)
        return x == 0 ? -INFINITY : x > 0 ? x : NAN;
    if (x < 0x1p-1022) {
        m = x * 0x1p60;
        k = -60;
    }
    memcpy(&bits, &m, sizeof bits);
    k += (int64_t)(bits - 0x3fe6a09e667f3bcdu) >> 52; /* 0 at sqrt(1/2) .. sqrt(2) */
    bits -= ((bits - 0x3fe6a09e667f3bcdu) >> 52) << 52;
    memcpy(&m, &bits, sizeof m);
    s = (m - 1) / (m + 1);
    z = s * s;
    p = 1.0 / 21 * z + 1.0 / 19;
    p = p * z + 1.0 / 17;
    p = p * z + 1.0 / 15;
    p = p * z + 1.0 / 13;
    p = p * z + 1.0 / 11;
    p = p * z + 1.0 / 9;
    p = p * z + 1.0 / 7;
    p = p * z + 1.0 / 5;
    p = p * z + 1.0 / 3;
    return (double)k * ln2_high + (2 * s + (2 * s * z * p + (double)k * ln2_low));
}

/* ln(1 + x) without losing a small x: the error of 1 + x is put back. */
static inline double gbt_log1p(double x)
{
    double u = 1 + x;

    return u == 1 || !(u < INFINITY) || u <= 0 ? (u == 1 ? x : gbt_log(u))
                                               : gbt_log(u) - ((u - 1) - x) / u;
}

static inline float gbt_expf(float x)
{
    return (float)gbt_exp((double)x);
}

static inline float gbt_logf(float x)
{
    return (float)gbt_log((double)x);
}

/* 1 / (1 + e^-x) as XGBoost rounds it. */
static inline float gbt_sigmoid(float x)
{
    float y = -x < 88.7f ? -x : 88.7f;

    return 1.0f / (gbt_expf(y) + 1.0f + 1e-16f);
}

#endif
