/* Errors: one line, the place where known, near names. */
#include "base/error.h"
#include "unit/unit.h"

static void format_has_place(void **state)
{
    struct lk_error e = {0};
    char line[256];

    assert_int_equal(error_at(&e, LK_EINPUT, "a.csv", 3, 7, "expected %d columns, found %d", 4, 5),
                     LK_EINPUT);
    assert_string_equal(lk_error_format(&e, line, sizeof line),
                        "a.csv:3:7: expected 4 columns, found 5");
}

static void place_never_overwrites(void **state)
{
    struct lk_error e = {0};
    char line[256];

    error_at(&e, LK_EINPUT, "inner", 1, 0, "lower");
    error_place(&e, "outer", 9, 9);
    assert_string_equal(lk_error_format(&e, line, sizeof line), "inner:1: lower");
}

static void text_is_one_line(void **state)
{
    struct lk_error e = {0};

    error_set(&e, LK_EINPUT, "a\nb\x1b[31m");
    assert_null(strchr(e.text, '\n'));
    assert_null(strchr(e.text, 0x1b));
}

static void nearest_finds_misspellings(void **state)
{
    static const char *const keys[] = {"title", "summary", "minutes"};

    assert_string_equal(error_nearest("titel", keys, 3), "title");
    assert_string_equal(error_nearest("summery", keys, 3), "summary");
    assert_null(error_nearest("colour", keys, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_has_place),
        cmocka_unit_test(place_never_overwrites),
        cmocka_unit_test(text_is_one_line),
        cmocka_unit_test(nearest_finds_misspellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
