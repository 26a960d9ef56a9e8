/*
 * Clocks and the calendar. Dates are computed here rather than with gmtime and
 * timegm: the same arithmetic then serves every platform, without a locale or
 * a time zone. Years count from March, so that the leap day comes last.
 */
#include "base/clock.h"

#include <time.h>

enum { MS_A_DAY = 86400 * 1000 };

int64_t clock_unix_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_steady_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Days from 1970-01-01 to the date, in the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct clock_fields clock_utc(int64_t unix_ms)
{
    int64_t ms = ((unix_ms % MS_A_DAY) + MS_A_DAY) % MS_A_DAY;
    int64_t day = (unix_ms - ms) / MS_A_DAY, z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), m = (5 * of_year + 2) / 153;
    int month = (int)(m < 10 ? m + 3 : m - 9);

    return (struct clock_fields){
        .year = (int)(year + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(of_year - (153 * m + 2) / 5 + 1),
        .hour = (int)(ms / 3600000),
        .minute = (int)(ms / 60000 % 60),
        .second = (int)(ms / 1000 % 60),
        .weekday = (int)(((day + 4) % 7 + 7) % 7),
    };
}

void clock_put_iso(struct str *out, int64_t unix_ms, bool with_ms)
{
    struct clock_fields f = clock_utc(unix_ms);

    str_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", f.year, f.month, f.day, f.hour, f.minute,
               f.second);
    if (with_ms)
        str_printf(out, ".%03d", (int)((unix_ms % 1000 + 1000) % 1000));
    str_putc(out, 'Z');
}

/* Exactly n digits off the front of *rest, then the character `after` (0: nothing). */
static bool take_digits(struct slice *rest, size_t n, char after, int *out)
{
    int value = 0;

    if (rest->len < n + (after != 0))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (rest->ptr[i] < '0' || rest->ptr[i] > '9')
            return false;
        value = value * 10 + (rest->ptr[i] - '0');
    }
    if (after && rest->ptr[n] != after)
        return false;
    *rest = slice_from(*rest, n + (after != 0));
    *out = value;
    return true;
}

/* ".123": any number of digits, of which milliseconds are kept. */
static bool take_fraction(struct slice *rest, int *ms)
{
    size_t i = 1;

    *ms = 0;
    if (!rest->len || rest->ptr[0] != '.')
        return true;
    for (int unit = 100; i < rest->len && rest->ptr[i] >= '0' && rest->ptr[i] <= '9'; i++) {
        *ms += (rest->ptr[i] - '0') * unit;
        unit /= 10;
    }
    *rest = slice_from(*rest, i);
    return i > 1 && i <= 10;
}

static int days_in(int year, int month)
{
    return (int)(days_of(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) -
                 days_of(year, month, 1));
}

bool clock_parse_iso(struct slice text, int64_t *unix_ms)
{
    int year, month, day, hour, minute, second, ms;
    struct slice rest = text;

    if (!take_digits(&rest, 4, '-', &year) || !take_digits(&rest, 2, '-', &month) ||
        !take_digits(&rest, 2, 'T', &day) || !take_digits(&rest, 2, ':', &hour) ||
        !take_digits(&rest, 2, ':', &minute) || !take_digits(&rest, 2, 0, &second) ||
        !take_fraction(&rest, &ms) || !slice_is(rest, "Z"))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    *unix_ms = (days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) * 1000 + ms;
    return true;
}
