/*
 * Reading: the digits become a 19-digit integer and a power of ten. Where
 * double arithmetic on these is exact (Clinger's fast path), or for a float
 * provably too precise to round wrongly, that is the answer; all else goes to
 * the C library in its "C" locale, which is always right and seldom needed.
 *
 * Printing a float: scaled to nine digits in double precision, the interval of
 * decimals that read back as this float is a pair of integers; dropping digits
 * while a multiple of ten stays inside gives the shortest. Where the double's
 * own error could decide, the library's printf is asked instead, digit count
 * by digit count. A double takes that way from the start, after a try as an
 * integer over a power of ten.
 */
#include "base/number.h"
#include "base/mem.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const double number_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}; /* all exact */

const double number_parts[] = {1e0,   1e-1,  1e-2,  1e-3,  1e-4,  1e-5,  1e-6,  1e-7,
                               1e-8,  1e-9,  1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15,
                               1e-16, 1e-17, 1e-18, 1e-19, 1e-20, 1e-21, 1e-22};

enum { MAX_DIGITS = 19, LONGEST = 4096 };

/* What the text says: (-1)^negative * digits * 10^exponent; `more` when digits were dropped. */
struct decimal {
    uint64_t digits;
    int exponent;
    bool negative, more;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The mantissa from p on: its digits into d; NULL when there is not one digit. */
static const char *scan_mantissa(struct decimal *d, const char *p, const char *end)
{
    int kept = 0;
    bool any = false, point = false;

    for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        if (kept < MAX_DIGITS) {
            d->digits = d->digits * 10 + (uint64_t)(*p - '0');
            kept += d->digits != 0;
            d->exponent -= point;
        } else {
            d->more |= *p != '0';
            d->exponent += !point;
        }
    }
    return any ? p : NULL;
}

static bool scan(struct decimal *d, struct slice text)
{
    const char *p = text.ptr, *end = p + text.len;
    int sign = 1, e = 0;

    *d = (struct decimal){0};
    if (!text.len || text.len > LONGEST)
        return false;
    d->negative = *p == '-';
    p += *p == '-' || *p == '+';
    p = scan_mantissa(d, p, end);
    if (!p)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '-' || *p == '+'))
            sign = *p++ == '-' ? -1 : 1;
        if (p == end)
            return false;
        for (; p < end && is_digit(*p); p++)
            if (e < 100000)
                e = e * 10 + (*p - '0');
    }
    d->exponent += sign * e;
    return p == end;
}

/* "nan", "inf", "infinity" in any case, with a sign or without. */
static bool parse_word(struct slice text, double *out)
{
    bool negative = text.len && text.ptr[0] == '-';
    struct slice word = slice_from(text, text.len && (negative || text.ptr[0] == '+'));

    if (word.len == 3 && !strncasecmp(word.ptr, "nan", 3))
        *out = NAN;
    else if ((word.len == 3 && !strncasecmp(word.ptr, "inf", 3)) ||
             (word.len == 8 && !strncasecmp(word.ptr, "infinity", 8)))
        *out = negative ? -INFINITY : INFINITY;
    else
        return false;
    return true;
}

/* The library's reading of text that scan has found well-formed; f or d is NULL. */
static void ask_library(struct slice text, float *f, double *d)
{
    char *copy = mem_strndup(text.ptr, text.len);
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    if (f)
        *f = strtof_l(copy, NULL, c);
    else
        *d = strtod_l(copy, NULL, c);
    freelocale(c);
    free(copy);
}

bool number_parse_double(struct slice text, double *out)
{
    struct decimal d;
    double v;

    if (!scan(&d, text))
        return parse_word(text, out);
    v = (double)d.digits;
    if (d.digits >> 53 || d.more || abs(d.exponent) > NUMBER_EXACT_POWER) {
        ask_library(text, NULL, out);
        return true;
    }
    v = d.exponent < 0 ? v / number_powers[-d.exponent] : v * number_powers[d.exponent];
    *out = d.negative ? -v : v;
    return true;
}

bool number_parse_float(struct slice text, float *out)
{
    struct decimal d;
    double v;

    if (!scan(&d, text)) {
        if (!parse_word(text, &v))
            return false;
        *out = (float)v;
        return true;
    }
    if (d.digits == 0) {
        *out = d.negative ? -0.0f : 0.0f;
        return true;
    }
    v = (double)d.digits;
    if (d.more || abs(d.exponent) > 2 * NUMBER_EXACT_POWER)
        goto library;
    for (; d.exponent < -NUMBER_EXACT_POWER; d.exponent += NUMBER_EXACT_POWER)
        v /= number_powers[NUMBER_EXACT_POWER];
    for (; d.exponent > NUMBER_EXACT_POWER; d.exponent -= NUMBER_EXACT_POWER)
        v *= number_powers[NUMBER_EXACT_POWER];
    v = d.exponent < 0 ? v / number_powers[-d.exponent] : v * number_powers[d.exponent];
    if (!number_float_is_safe(v))
        goto library;
    *out = (float)(d.negative ? -v : v);
    return true;
library:
    ask_library(text, out, NULL);
    return true;
}

bool number_parse_int(struct slice text, int64_t min, int64_t max, int64_t *out)
{
    bool negative = text.len && text.ptr[0] == '-';
    struct slice digits = slice_from(text, text.len && (negative || text.ptr[0] == '+'));
    int64_t v = 0;

    if (!digits.len)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digits.ptr[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(v, (int64_t)10, &v) ||
            __builtin_sub_overflow(v, (int64_t)digit, &v)) /* downwards: INT64_MIN has no + */
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, v, &v))
        return false;
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

/*
 * Lay out digits * 10^exponent (digits > 0, no trailing zeros needed): plainly
 * where the value is in [1e-4, 1e16), else with an exponent of two digits or more.
 */
static size_t layout(char *buf, bool negative, uint64_t digits, int exponent)
{
    char text[24], *p = buf;
    int n = 0, first, point;

    for (; digits % 10 == 0; digits /= 10)
        exponent++;
    for (; digits; digits /= 10)
        text[sizeof text - (size_t)++n] = (char)('0' + digits % 10);
    const char *digit = text + sizeof text - n;

    first = exponent + n - 1; /* the power of ten of the first digit */
    if (negative)
        *p++ = '-';
    if (first < -4 || first >= 16) {
        *p++ = *digit;
        if (n > 1) {
            *p++ = '.';
            memcpy(p, digit + 1, (size_t)n - 1);
            p += n - 1;
        }
        *p++ = 'e';
        *p++ = first < 0 ? '-' : '+';
        first = abs(first);
        if (first >= 100)
            *p++ = (char)('0' + first / 100);
        *p++ = (char)('0' + first / 10 % 10);
        *p++ = (char)('0' + first % 10);
    } else if (first < 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = first; i < -1; i++)
            *p++ = '0';
        memcpy(p, digit, (size_t)n);
        p += n;
    } else {
        point = first + 1; /* digits before the point */
        for (int i = 0; i < point || i < n; i++) {
            if (i == point)
                *p++ = '.';
            *p++ = i < n ? digit[i] : '0';
        }
    }
    *p = '\0';
    return (size_t)(p - buf);
}

static size_t put_word(char *buf, const char *word)
{
    size_t n = strlen(word);

    memcpy(buf, word, n + 1);
    return n;
}

/* nan, inf, 0 and -0; 0 for any other value. */
static size_t print_special(char *buf, double v)
{
    if (isnan(v))
        return put_word(buf, "nan");
    if (isinf(v))
        return put_word(buf, v < 0 ? "-inf" : "inf");
    if (v == 0)
        return put_word(buf, signbit(v) ? "-0" : "0");
    return 0;
}

/* Does digits * 10^exponent read back as v (as a float where `single`)? */
static bool reads_back(uint64_t digits, int exponent, double v, bool single)
{
    char text[48];
    int n = snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits, exponent);
    struct slice s = {text, (size_t)n};
    double d;
    float f;

    if (single)
        return number_parse_float(s, &f) && f == (float)v;
    return number_parse_double(s, &d) && d == v;
}

/*
 * By asking printf for ever more digits. The nearest decimal of n digits may
 * miss an interval that is lopsided (at a power of two) while its neighbour is
 * inside, so both neighbours are tried as well.
 */
static size_t print_slowly(char *buf, bool negative, double v, bool single)
{
    int most = single ? 9 : 17;
    bool normal = v >= (single ? 1.2e-38 : 2.3e-308);
    char text[40];

    for (int n = normal ? (single ? 6 : 15) : 1;; n++) {
        uint64_t digits = 0;
        int exponent;
        const char *p = text;

        snprintf(text, sizeof text, "%.*e", n - 1, v);
        for (; *p && *p != 'e'; p++)
            if (is_digit(*p)) /* the locale may have its own point */
                digits = digits * 10 + (uint64_t)(*p - '0');
        exponent = (int)strtol(p + 1, NULL, 10) - (n - 1);
        if (n == most || reads_back(digits, exponent, v, single))
            return layout(buf, negative, digits, exponent);
        if (reads_back(digits + 1, exponent, v, single))
            return layout(buf, negative, digits + 1, exponent);
        if (digits > 1 && reads_back(digits - 1, exponent, v, single))
            return layout(buf, negative, digits - 1, exponent);
    }
}

size_t number_print_double(char buf[NUMBER_MAX], double value)
{
    size_t n = print_special(buf, value);
    double v = fabs(value);

    if (n)
        return n;
    /* Up to 15 digits are told apart by every double, so the first that reads back is shortest. */
    for (int places = 0; places <= 15 && v * number_powers[places] < 1e15; places++) {
        double scaled = nearbyint(v * number_powers[places]);

        if (scaled > 0 && scaled / number_powers[places] == v)
            return layout(buf, value < 0, (uint64_t)scaled, -places);
    }
    return print_slowly(buf, value < 0, v, false);
}

/* 10^e in double, within two units of the last place. */
static double power(int e)
{
    if (e < 0)
        return e < -NUMBER_EXACT_POWER
                   ? 1 / number_powers[NUMBER_EXACT_POWER] / number_powers[-e - NUMBER_EXACT_POWER]
                   : 1 / number_powers[-e];
    return e > 2 * NUMBER_EXACT_POWER
               ? number_powers[NUMBER_EXACT_POWER] * number_powers[NUMBER_EXACT_POWER] *
                     number_powers[e - 44]
           : e > NUMBER_EXACT_POWER
               ? number_powers[NUMBER_EXACT_POWER] * number_powers[e - NUMBER_EXACT_POWER]
               : number_powers[e];
}

/*
 * The shortest of at most nine digits for the normal float v > 0, as
 * *digits * 10^*exponent; false where double precision cannot decide.
 */
static bool shortest(double v, uint64_t *digits, int *exponent)
{
    static const double unsure = 1e-5; /* far more than the error of scaled, about 1e-6 at most */
    double ulp, scaled, low, high, down;
    uint64_t bits, lowest, highest, step = 1;
    int binary, e;

    memcpy(&bits, &v, sizeof bits);
    binary = (int)(bits >> 52) - 1023;
    e = 8 - (int)floor(binary * 0.30102999566398120); /* scaled in [1e8, 2e9) */
    *exponent = -e;
    bits = (uint64_t)(binary - 23 + 1023) << 52;
    memcpy(&ulp, &bits, sizeof ulp);
    scaled = v * power(e);
    high = ulp * power(e) / 2;
    memcpy(&bits, &v, sizeof bits);
    low = bits << 12 ? high : high / 2; /* below a power of two floats lie closer */
    low = scaled - low;
    high = scaled + high;
    lowest = (uint64_t)ceil(low);
    highest = (uint64_t)high;
    if ((double)lowest - low < unsure || (double)lowest - low > 1 - unsure ||
        high - (double)highest < unsure || high - (double)highest > 1 - unsure || lowest > highest)
        return false;
    while ((lowest + 9) / 10 <= highest / 10) {
        lowest = (lowest + 9) / 10;
        highest /= 10;
        step *= 10;
        ++*exponent;
    }
    scaled /= (double)step;
    down = floor(scaled);
    if (fabs(scaled - down - 0.5) < unsure)
        return false;
    *digits = (uint64_t)(scaled - down < 0.5 ? down : down + 1);
    if (*digits < lowest)
        *digits = lowest;
    if (*digits > highest)
        *digits = highest;
    return true;
}

size_t number_print_float(char buf[NUMBER_MAX], float value)
{
    size_t n = print_special(buf, (double)value);
    double v = fabs((double)value);
    uint64_t digits;
    int exponent;

    if (n)
        return n;
    if (v < 1e7 && v == floor(v))
        return layout(buf, value < 0, (uint64_t)v, 0);
    if (v < 1.2e-38 || !shortest(v, &digits, &exponent))
        return print_slowly(buf, value < 0, v, true);
    return layout(buf, value < 0, digits, exponent);
}
