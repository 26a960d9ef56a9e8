/*
 * Patterns against what Perl and Python make of them (the expected columns
 * were written down from their manuals' rules: leftmost, then as the pattern
 * prefers), and patterns that hang a matcher that backtracks.
 */
#include "base/clock.h"
#include "base/pattern.h"
#include "unit/unit.h"

static const struct {
    const char *pattern, *text;
    size_t group;
    const char *found; /* NULL: no match, or the group took no part */
} cases[] = {
    {"abc", "xxabcx", 0, "abc"},
    {"a.c", "a\ncabc", 0, "abc"},
    {"a|ab", "ab", 0, "a"},
    {"(?:a|ab)c", "abc", 0, "abc"},
    {"x*", "aaa", 0, ""},
    {"a+", "baaac", 0, "aaa"},
    {"a+?", "baaac", 0, "a"},
    {"<(.+?)>", "<a><b>", 1, "a"},
    {"<(.+)>", "<a><b>", 1, "a><b"},
    {"a{2}", "aaa", 0, "aa"},
    {"a{2,}", "aaaa", 0, "aaaa"},
    {"a{1,3}", "aaaa", 0, "aaa"},
    {"a{1,3}?b", "aaab", 0, "aaab"},
    {"a{0}b", "aab", 0, "b"},
    {"(ab){2}", "ababab", 0, "abab"},
    {"(a|b)*c", "ababc", 1, "b"},
    {"(a)|b", "b", 1, NULL},
    {"^b", "ab", 0, NULL},
    {"b$", "ab\n", 0, "b"},
    {"a$", "ab", 0, NULL},
    {"\\bcat\\b", "concat cat", 0, "cat"},
    {"\\Bcat", "cat concat", 0, "cat"},
    {"[a-c]+", "xxabcabd", 0, "abcab"},
    {"[^a-c]+", "abxyc", 0, "xy"},
    {"[]x]+", "a]x]", 0, "]x]"},
    {"[a-]+", "b-a-", 0, "-a-"},
    {"[\\d.]+", "v1.25;", 0, "1.25"},
    {"\\w+\\s\\S+", "a_1 +b", 0, "a_1 +b"},
    {"\\D+\\d", "ab1", 0, "ab1"},
    {"\\x41\\.\\t", "A.\t", 0, "A.\t"},
    {"(?P<value>\\d+)", "n=42", 1, "42"},
    {"()", "a", 1, ""},
    {"(a*)*b", "aab", 0, "aab"},
    {".*\\[[0-9]+\\].*#011validation-auc:([-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*",
     "[7]#011train-auc:0.99#011validation-auc:0.9535", 1, "0.9535"},
    {"loss = ([0-9\\.]+)", "Epoch 3: loss = 0.25, acc 1", 1, "0.25"},
};

static void finds(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pattern *p = NULL;
        struct lk_error err = {0};
        struct slice found = {"", 0};
        bool matched;

        assert_ok(pattern_parse(&p, cases[i].pattern, &err), &err);
        matched = pattern_find(p, slice_of(cases[i].text), cases[i].group, &found);
        if (matched != (cases[i].found != NULL) || (matched && !slice_is(found, cases[i].found)))
            fail_msg("/%s/ in '%s': group %zu is '%.*s', expected '%s'", cases[i].pattern,
                     cases[i].text, cases[i].group, (int)found.len, found.ptr,
                     cases[i].found ? cases[i].found : "(none)");
        pattern_free(p);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *pattern, *words;
        int column;
    } wrong[] = {
        {"a(b", "without its ')'", 4},
        {"a)b", "without its '('", 2},
        {"[a", "without its ']'", 3},
        {"*a", "nothing to repeat", 1},
        {"a{3,2}", "{m,n}", 6},
        {"a{2000}", "1000", 7},
        {"(a)\\1", "back references", 5},
        {"(?=a)", "look-around", 2},
        {"a\\", "backslash", 3},
        {"[z-a]", "backwards", 5},
        {"\\q", "escape", 2},
        {"(((a{99}){99}){99})", "too large", 14},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pattern *p = NULL;
        struct lk_error err = {0};

        assert_int_equal(pattern_parse(&p, wrong[i].pattern, &err), LK_EINPUT);
        if (!strstr(err.text, wrong[i].words) || err.column != wrong[i].column)
            fail_msg("/%s/: column %d: %s", wrong[i].pattern, err.column, err.text);
    }
}

/* A matcher that backtracks takes 2^40 steps for each of these. */
static void never_hangs(void **state)
{
    static const char *const hard[] = {"(a+)+b$", "(a|a)*b", "(a*)*b", "(.*)*(.*)*(.*)*x",
                                       "(a?){40}a{40}b"};
    char text[2001];
    int64_t start = clock_steady_ns();

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 2] = '!';
    text[sizeof text - 1] = '\0';
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        struct pattern *p = NULL;
        struct lk_error err = {0};

        assert_ok(pattern_parse(&p, hard[i], &err), &err);
        assert_false(pattern_find(p, slice_of(text), 0, NULL));
        pattern_free(p);
    }
    assert_true(clock_steady_ns() - start < INT64_C(20000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds), cmocka_unit_test(refused),
                                       cmocka_unit_test(never_hangs)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
