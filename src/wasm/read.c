/*
 * strtod and its like for a page, always rounded right: a guess, then a look
 * whether the text lies above or below the points halfway to its neighbours.
 */
#include "base/number.h"
#include "wasm/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A kind of float: so many bits, the first of them implied; the power of two of the least. */
struct kind {
    int bits, least;
    uint64_t infinity;
};

/* -1, 0 or 1: the text's digits beside those of the point halfway from float `p` to the next. */
static int beside_middle(const struct decimal *d, const struct kind *k, uint64_t p)
{
    uint64_t m = p & (((uint64_t)1 << (k->bits - 1)) - 1);
    int e = (int)(p >> (k->bits - 1)), n;
    struct decimal middle;

    m |= (uint64_t)(e != 0) << (k->bits - 1);
    decimal_exact(&middle, 2 * m + 1, (e ? e : 1) - 2 + k->least);
    if (d->point != middle.point)
        return d->point < middle.point ? -1 : 1;
    n = d->n > middle.n ? d->n : middle.n;
    for (int i = 0; i < n; i++) {
        int a = i < d->n ? d->digit[i] : '0', b = i < middle.n ? middle.digit[i] : '0';

        if (a != b)
            return a < b ? -1 : 1;
    }
    return 0;
}

/* The float nearest to the digits, as its bits; `guess` is near it. */
static uint64_t nearest(const struct decimal *d, const struct kind *k, uint64_t guess)
{
    for (;;) {
        int side = guess < k->infinity ? beside_middle(d, k, guess) : -1;

        if (side > 0 || (side == 0 && guess % 2)) {
            guess++;
            continue;
        }
        side = guess ? beside_middle(d, k, guess - 1) : 1;
        if (side > 0 || (side == 0 && guess % 2 == 0))
            return guess;
        guess--;
    }
}

/* About the digits' value: off by a few units of its last place. */
static double estimate(const struct decimal *d)
{
    double v = 0;
    int power = d->point, n = d->n < 18 ? d->n : 18;

    for (int i = 0; i < n; i++)
        v = v * 10 + (d->digit[i] - '0');
    for (power -= n; power > NUMBER_EXACT_POWER; power -= NUMBER_EXACT_POWER)
        v *= number_powers[NUMBER_EXACT_POWER];
    for (; power < -NUMBER_EXACT_POWER; power += NUMBER_EXACT_POWER)
        v /= number_powers[NUMBER_EXACT_POWER];
    return power < 0 ? v / number_powers[-power] : v * number_powers[power];
}

/* Digits with a point among them: NULL when there is none. */
static const char *read_digits(struct decimal *d, const char *p)
{
    bool any = false, point = false;

    d->n = d->point = 0;
    for (;; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (*p < '0' || *p > '9')
            return any ? p : NULL;
        any = true;
        if (d->n || *p != '0') {
            if (d->n < DIGITS)
                d->digit[d->n++] = *p;
            else if (*p != '0')
                d->digit[DIGITS - 1] |= 1; /* beyond any point halfway */
            d->point += !point;
        } else {
            d->point -= point;
        }
    }
}

/* e-12 or p+3, if it stands there. */
static const char *read_power(int *out, const char *p, char letter)
{
    const char *at = p + 1;
    bool negative;
    int e = 0;

    if ((*p | 32) != letter)
        return p;
    negative = *at == '-';
    at += *at == '-' || *at == '+';
    if (*at < '0' || *at > '9')
        return p;
    for (; *at >= '0' && *at <= '9'; at++)
        e = e < 100000 ? e * 10 + (*at - '0') : e;
    *out += negative ? -e : e;
    return at;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

/* After 0x; NULL when no digit follows. */
static const char *read_hex(double *out, const char *p)
{
    uint64_t m = 0;
    int e = 0;
    bool any = false, point = false;

    for (; (*p == '.' && !point) || hex_digit(*p) >= 0; p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        if (m >> 60) {
            m |= *p != '0';
            e += 4;
        } else {
            m = m * 16 + (uint64_t)hex_digit(*p);
        }
        e -= point ? 4 : 0;
    }
    if (!any)
        return NULL;
    p = read_power(&e, p, 'p');
    *out = ldexp((double)m, e);
    return p;
}

static const char *skip_sign(const char *p, bool *negative)
{
    while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
        p++;
    *negative = *p == '-';
    return p + (*p == '-' || *p == '+');
}

/* Without words: who reads inf and nan looks for them first. */
static uint64_t read_real(const struct kind *k, const char *text, char **end, bool *negative,
                          double *hex)
{
    const char *p = skip_sign(text, negative), *after;
    struct decimal d;
    double guess;
    uint64_t bits;

    *hex = -1;
    if (*p == '0' && (p[1] | 32) == 'x' && (after = read_hex(hex, p + 2)))
        goto out;
    after = read_digits(&d, p);
    if (after)
        after = read_power(&d.point, after, 'e');
    *negative &= after != NULL;
    after = after ? after : text;
    if (after == text || !d.n || d.point < -400) {
        *hex = 0;
    } else if (d.point > 400) {
        *hex = INFINITY;
    }
out:
    if (end)
        *end = (char *)after;
    if (*hex >= 0)
        return 0;
    guess = estimate(&d);
    if (k->bits == 24) {
        float f = (float)guess;
        uint32_t narrow;

        memcpy(&narrow, &f, sizeof narrow);
        bits = narrow;
    } else {
        memcpy(&bits, &guess, sizeof bits);
    }
    return nearest(&d, k, bits);
}

double strtod(const char *text, char **end)
{
    static const struct kind wide = {53, -1074, (uint64_t)2047 << 52};
    double v, hex;
    bool negative;
    uint64_t bits = read_real(&wide, text, end, &negative, &hex);

    memcpy(&v, &bits, sizeof v);
    v = hex >= 0 ? hex : v;
    return negative ? -v : v;
}

float strtof(const char *text, char **end)
{
    static const struct kind narrow = {24, -149, 255 << 23};
    double hex;
    bool negative;
    uint32_t bits = (uint32_t)read_real(&narrow, text, end, &negative, &hex);
    float v;

    memcpy(&v, &bits, sizeof v);
    v = hex >= 0 ? (float)hex : v;
    return negative ? -v : v;
}

long strtol(const char *text, char **end, int base)
{
    bool negative, any = false;
    const char *p = skip_sign(text, &negative);
    long v = 0;

    for (int digit; (digit = hex_digit(*p)) >= 0 && digit < base; p++, any = true)
        if (__builtin_mul_overflow(v, (long)base, &v) || __builtin_add_overflow(v, (long)digit, &v))
            v = INT32_MAX;
    if (end)
        *end = (char *)(any ? p : text);
    return negative ? -v : v;
}
