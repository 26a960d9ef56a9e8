/*
 * Numbers as text, independent of the locale. Reading accepts exactly the
 * whole slice: spaces around it are the caller's to trim.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { NUMBER_MAX = 40 }; /* no printed number is longer, terminator included */

/* Correctly rounded; decimal or exponent form, "nan", "inf", "infinity" in any case. */
bool number_parse_float(struct slice text, float *out);
bool number_parse_double(struct slice text, double *out);
/* Decimal, optional sign; false on overflow of the range [min, max] too. */
bool number_parse_int(struct slice text, int64_t min, int64_t max, int64_t *out);

/*
 * The shortest decimal that reads back as the same value ("0.1", "1e-07",
 * "nan", "inf"); returns the length, buf is terminated.
 */
size_t number_print_float(char buf[NUMBER_MAX], float value);
size_t number_print_double(char buf[NUMBER_MAX], double value);

#endif
