/* Targets, hosts and ranges, as hostile clients write them. */
#include "http/target.h"
#include "unit/unit.h"

static void targets_are_decoded_once(void **state)
{
    struct arena a = {0};
    struct target t;

    assert_true(target_parse(&t, &a, "/a%20b/%2e%2e/c+d?x=1%262&y+z=%C3%A4&x=2&flag"));
    assert_string_equal(t.path, "/a b/../c+d");
    assert_string_equal(target_query(&t, "x"), "1&2");
    assert_string_equal(target_query(&t, "y z"), "\xc3\xa4");
    assert_string_equal(target_query(&t, "flag"), "");
    assert_null(target_query(&t, "none"));
    assert_true(target_parse(&t, &a, "http://evil.example/p?q=1"));
    assert_string_equal(t.path, "/p");
    assert_int_equal(t.authority.len, strlen("evil.example"));
    assert_true(target_parse(&t, &a, "*"));
    arena_done(&a);
}

static void bad_targets_are_refused(void **state)
{
    static const char *const bad[] = {"",        "a",           "/%",     "/%4",
                                      "/%zz",    "/a%00b",      "/?a=%0", "/?%00=1",
                                      "http:/x", "http://host", "?x"};
    struct arena a = {0};
    struct target t;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (target_parse(&t, &a, bad[i]))
            fail_msg("accepted '%s'", bad[i]);
    arena_done(&a);
}

static void hosts_are_ours_or_named(void **state)
{
    static const char *const names[] = {"book.test", "*.s3.test", NULL};
    static const char *const good[] = {"127.0.0.1", "127.0.0.1:4400", "LOCALHOST:1",
                                       "[::1]",     "[::1]:80",       "Book.test",
                                       "a.s3.test", "a.b.s3.test:9"};
    static const char *const bad[] = {"",           "evil.example", "127.0.0.1.evil.example",
                                      "127.0.0.1:", "127.0.0.1:x",  "127.0.0.1:99999",
                                      "s3.test",    ".s3.test",     "localhost@evil",
                                      "[::1",       "[::1]x",       "xbook.test"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!host_allowed(slice_of(good[i]), names))
            fail_msg("refused '%s'", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (host_allowed(slice_of(bad[i]), names))
            fail_msg("accepted '%s'", bad[i]);
    assert_false(host_allowed(SLICE("book.test"), NULL));
}

static void ranges(void **state)
{
    static const struct {
        const char *text;
        enum range_kind kind;
        int64_t from, len;
    } cases[] = {
        {"bytes=0-0", RANGE_OK, 0, 1},
        {"bytes=2-5", RANGE_OK, 2, 4},
        {"bytes=8-", RANGE_OK, 8, 2},
        {"bytes=-3", RANGE_OK, 7, 3},
        {"bytes=-30", RANGE_OK, 0, 10},
        {"bytes=5-99", RANGE_OK, 5, 5},
        {"bytes=10-", RANGE_BAD, 0, 0},
        {"bytes=-0", RANGE_BAD, 0, 0},
        {"bytes=5-2", RANGE_NONE, 0, 0},
        {"lines=0-1", RANGE_NONE, 0, 0},
        {"bytes=0-1,3-4", RANGE_NONE, 0, 0},
        {"bytes=-", RANGE_NONE, 0, 0},
        {"bytes=99999999999999999999-", RANGE_NONE, 0, 0},
        {NULL, RANGE_NONE, 0, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t from = 0, len = 0;

        if (range_parse(cases[i].text, 10, &from, &len) != cases[i].kind || from != cases[i].from ||
            len != cases[i].len)
            fail_msg("%s gave %ld+%ld", cases[i].text, (long)from, (long)len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_decoded_once),
        cmocka_unit_test(bad_targets_are_refused),
        cmocka_unit_test(hosts_are_ours_or_named),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
