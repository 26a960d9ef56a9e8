/* The calendar against the C library's, and ISO times both ways. */
#include "base/clock.h"
#include "unit/unit.h"

#include <time.h>

static void fields_agree_with_gmtime(void **state)
{
    for (int64_t s = -5000000000; s < 20000000000; s += 86399 * 13 + 7) {
        time_t t = (time_t)s;
        struct tm tm;
        struct clock_fields f = clock_utc(s * 1000 + 999);

        gmtime_r(&t, &tm);
        assert_int_equal(f.year, tm.tm_year + 1900);
        assert_int_equal(f.month, tm.tm_mon + 1);
        assert_int_equal(f.day, tm.tm_mday);
        assert_int_equal(f.hour, tm.tm_hour);
        assert_int_equal(f.minute, tm.tm_min);
        assert_int_equal(f.second, tm.tm_sec);
        assert_int_equal(f.weekday, tm.tm_wday);
    }
}

static void iso_both_ways(void **state)
{
    static const int64_t times[] = {0, 951782400123, 1440938160000, 4107542399999};
    struct str s = STR_INIT;
    int64_t back;

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        str_clear(&s);
        clock_put_iso(&s, times[i], true);
        assert_true(clock_parse_iso(slice_str(&s), &back));
        assert_int_equal(back, times[i]);
    }
    str_clear(&s);
    clock_put_iso(&s, 1440938160000, false);
    assert_string_equal(s.ptr, "2015-08-30T12:36:00Z");
    str_done(&s);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "2015-08-30",
                                      "2015-08-30T12:36:00",
                                      "2015-08-30 12:36:00Z",
                                      "2015-13-01T00:00:00Z",
                                      "2015-02-29T00:00:00Z",
                                      "1900-02-29T00:00:00Z",
                                      "2015-08-30T24:00:00Z",
                                      "2015-08-30T12:36:00.Z",
                                      "2015-08-30T12:36:00ZZ",
                                      "+015-08-30T12:36:00Z"};
    int64_t ms;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(clock_parse_iso(slice_of(bad[i]), &ms));
    assert_true(clock_parse_iso(SLICE("2000-02-29T00:00:00Z"), &ms));
}

static void clocks_go(void **state)
{
    int64_t a = clock_steady_ns(), wall = clock_unix_ms();

    assert_true(clock_steady_ns() >= a);
    assert_in_range(wall / 1000, (int64_t)time(NULL) - 2, (int64_t)time(NULL) + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_agree_with_gmtime),
        cmocka_unit_test(iso_both_ways),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(clocks_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
