/* Time: the wall clock for people and protocols, the steady clock for waiting and measuring. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

#include <stdint.h>

int64_t clock_unix_ms(void); /* since 1970-01-01T00:00Z */
int64_t clock_steady_ns(void);
/* "2026-11-24T14:00:00Z"; with_ms adds ".123". */
void clock_put_iso(struct str *out, int64_t unix_ms, bool with_ms);
/* The form above, back; false when it is not one. */
bool clock_parse_iso(struct slice text, int64_t *unix_ms);
/* Calendar fields in UTC: year, month 1-12, day 1-31, hour, minute, second, weekday (0 Sunday). */
struct clock_fields {
    int year, month, day, hour, minute, second, weekday;
};
struct clock_fields clock_utc(int64_t unix_ms);

#endif
