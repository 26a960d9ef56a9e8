/*
 * A CRC by multiplication without carries (x86's PCLMULQDQ).
 *
 * A run of bytes is a polynomial with coefficients of one bit, whose first bit
 * (the lowest of the first byte, since the CRC is reflected) has the highest
 * power; the CRC is its remainder modulo P. A remainder does not change when
 * x^D is replaced by x^D mod P. So 16 bytes X that stand D bits before 16
 * bytes Y can be taken away, if X * (x^D mod P) is added to Y: that is a fold.
 * Eight such X travel side by side over the run, 1024 bits a step; they are
 * then folded into one, 128 bits a step, and the run is 16 bytes long.
 *
 * The register as a polynomial. Bit i of the 128 loaded from memory stands for
 * x^(127-i). With L its lower and H its upper 64 bits, each read as bit i for
 * x^(63-i):
 *
 *     X = L x^64 + H,     X x^D = L x^(D+64) + H x^D
 *
 * A product of two such 64-bit halves has 127 bits, bit i for x^(126-i); in a
 * 128-bit register that is read as above it counts as the product times x. So
 * the two constants of a fold by D bits are one power lower:
 *
 *     low = x^(D+63) mod P,     high = x^(D-1) mod P
 *
 * and with them L*low + H*high, a polynomial below x^128, has the remainder of
 * X x^D. A P of 32 bits gives remainders below x^32, which are the upper bits
 * of their 64: nothing else differs. The powers are made from P when they are
 * first wanted, by multiplying with x one time after the other.
 */
#include "base/crc_internal.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <pthread.h>

#define CARRYLESS __attribute__((target("pclmul,sse4.1")))

enum { LANES = 8, BLOCK = 16, STRIDE = LANES * BLOCK };

/* By how far one folds, in bits: all lanes a stride further, or a lane into its neighbour. */
enum fold { FOLD_STRIDE, FOLD_BLOCK, FOLDS };
static const int distance[FOLDS] = {STRIDE * 8, BLOCK * 8};

struct factors {
    uint64_t low, high;
};
static struct factors factors[CRC_KINDS][FOLDS];

/* x^n mod P, bit i for x^(63-i). */
static uint64_t power(const struct crc_shape *shape, int n)
{
    uint64_t r = (uint64_t)1 << (shape->bits - 1); /* x^0 */

    while (n-- > 0)
        r = r & 1 ? r >> 1 ^ shape->polynomial : r >> 1;
    return r << (64 - shape->bits);
}

static void find_factors(void)
{
    for (int kind = 0; kind < CRC_KINDS; kind++)
        for (int f = 0; f < FOLDS; f++)
            factors[kind][f] = (struct factors){power(&crc_shapes[kind], distance[f] + 63),
                                                power(&crc_shapes[kind], distance[f] - 1)};
}

bool crc_can_fold(void)
{
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

CARRYLESS static inline __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

CARRYLESS static inline __m128i pair(struct factors f)
{
    return _mm_set_epi64x((long long)f.high, (long long)f.low);
}

/* x moved by the distance of f, added to y. */
CARRYLESS static inline __m128i fold(__m128i x, __m128i f, __m128i y)
{
    __m128i low = _mm_clmulepi64_si128(x, f, 0x00), high = _mm_clmulepi64_si128(x, f, 0x11);

    return _mm_xor_si128(_mm_xor_si128(low, high), y);
}

CARRYLESS size_t crc_fold(uint8_t rest[CRC_REST], enum crc_kind kind, uint64_t crc,
                          const uint8_t *p, size_t len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t at = STRIDE, end = len - len % STRIDE;
    __m128i x[LANES], f;

    if (len < STRIDE)
        return 0;
    pthread_once(&once, find_factors);
    for (int k = 0; k < LANES; k++)
        x[k] = load(p + k * BLOCK);
    x[0] = _mm_xor_si128(x[0], _mm_set_epi64x(0, (long long)crc));
    f = pair(factors[kind][FOLD_STRIDE]);
    for (; at < end; at += STRIDE)
        for (int k = 0; k < LANES; k++)
            x[k] = fold(x[k], f, load(p + at + k * BLOCK));
    f = pair(factors[kind][FOLD_BLOCK]);
    for (int k = 1; k < LANES; k++)
        x[k] = fold(x[k - 1], f, x[k]);
    _mm_storeu_si128((__m128i *)(void *)rest, x[LANES - 1]);
    return end;
}

#else

bool crc_can_fold(void)
{
    return false;
}

size_t crc_fold(uint8_t rest[CRC_REST], enum crc_kind kind, uint64_t crc, const uint8_t *p,
                size_t len)
{
    return 0;
}

#endif
