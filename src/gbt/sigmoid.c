/*
 * gbt_exp of real.h without its branches, four numbers at a time: margins are
 * clipped to where e^-x neither overflows a float nor matters beside one, and
 * there the scalar code runs straight through. The steps are the same in the
 * same order and nothing is fused, so the portable and the AVX2 version give
 * the same bits; which is used is decided when the program runs.
 */
#include "gbt/sigmoid.h"
#include "gbt/real.h"
#include "gbt/wide.h"

enum { LANES = 4 };

typedef float floats __attribute__((vector_size(LANES * sizeof(float))));
typedef double doubles __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t ints __attribute__((vector_size(LANES * sizeof(int64_t))));

#define ALL(x) ((doubles){x, x, x, x})

static inline __attribute__((always_inline)) void four(float *out, const float *x)
{
    const doubles magic = ALL(0x1.8p52);
    float clipped[LANES];
    floats f;
    doubles y, t, k, r, e, scale;
    ints bits, magic_bits;

    for (int i = 0; i < LANES; i++) {
        float v = -x[i] < 88.7f ? -x[i] : 88.7f;

        clipped[i] = v > -110.0f ? v : -110.0f; /* e^-110 is 0 as a float */
    }
    memcpy(&f, clipped, sizeof f);
    y = __builtin_convertvector(f, doubles);
    t = y * ALL(1.4426950408889634) + magic;
    k = t - magic;
    r = (y - k * ALL(0x1.62e42feep-1)) - k * ALL(0x1.a39ef35793c76p-33);
    e = ALL(1.0 / 6227020800) * r + ALL(1.0 / 479001600);
    e = e * r + ALL(1.0 / 39916800);
    e = e * r + ALL(1.0 / 3628800);
    e = e * r + ALL(1.0 / 362880);
    e = e * r + ALL(1.0 / 40320);
    e = e * r + ALL(1.0 / 5040);
    e = e * r + ALL(1.0 / 720);
    e = e * r + ALL(1.0 / 120);
    e = e * r + ALL(1.0 / 24);
    e = e * r + ALL(1.0 / 6);
    e = e * r + ALL(0.5);
    e = ALL(1.0) + (r + r * r * e);
    memcpy(&bits, &t, sizeof bits);
    memcpy(&magic_bits, &magic, sizeof magic_bits);
    bits = (bits - magic_bits + 1023) << 52;
    memcpy(&scale, &bits, sizeof scale);
    f = __builtin_convertvector(e * scale, floats);
    f = 1.0f / (f + 1.0f + 1e-16f);
    memcpy(out, &f, sizeof f);
}

static inline __attribute__((always_inline)) void all(float *out, const float *x, size_t n)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        four(out + i, x + i);
    for (; i < n; i++)
        out[i] = gbt_sigmoid(x[i]);
}

static void portable(float *out, const float *x, size_t n)
{
    all(out, x, n);
}

#if defined __x86_64__
__attribute__((target("avx2"))) static void avx2(float *out, const float *x, size_t n)
{
    all(out, x, n);
}
#endif

void gbt_sigmoids(float *out, const float *x, size_t n)
{
#if defined __x86_64__
    if (gbt_may_be_wide()) {
        avx2(out, x, n);
        return;
    }
#endif
    portable(out, x, n);
}
