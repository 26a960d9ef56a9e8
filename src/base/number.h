/*
 * Numbers as text, independent of the locale. Reading accepts exactly the
 * whole slice: spaces around it are the caller's to trim.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { NUMBER_MAX = 40 }; /* no printed number is longer, terminator included */

/* Ten to the 0 .. 22: all that a double holds exactly. */
enum { NUMBER_EXACT_POWER = 22 };
extern const double number_powers[NUMBER_EXACT_POWER + 1];
/*
 * One over each, rounded. A whole number made a double (rounded where it has
 * more than 53 bits), times one of these, is within three units of the last
 * place of the true value: near enough for number_float_is_safe, and without a
 * division.
 */
extern const double number_parts[NUMBER_EXACT_POWER + 1];

/* Correctly rounded; decimal or exponent form, "nan", "inf", "infinity" in any case. */
bool number_parse_float(struct slice text, float *out);
bool number_parse_double(struct slice text, double *out);
/*
 * Is (float)v surely what rounding the true value would give, where v >= 0 is
 * within four units of its last place of that value? The first answers for
 * what is 0 or well within a float's range.
 */
static inline bool number_float_is_clear(double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    bits &= ((uint64_t)1 << 29) - 1; /* what a float drops; half of that is a midpoint */
    return bits - ((1u << 28) - 8) > 16;
}
static inline bool number_float_is_safe(double v)
{
    return number_float_is_clear(v) && v >= 1.2e-38 && v < 3.4e38;
}
/* Decimal, optional sign; false on overflow of the range [min, max] too. */
bool number_parse_int(struct slice text, int64_t min, int64_t max, int64_t *out);

/*
 * The shortest decimal that reads back as the same value ("0.1", "1e-07",
 * "nan", "inf"); returns the length, buf is terminated.
 */
size_t number_print_float(char buf[NUMBER_MAX], float value);
size_t number_print_double(char buf[NUMBER_MAX], double value);

#endif
