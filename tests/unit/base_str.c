/* Growing text, slices, escapes and UTF-8. */
#include "base/str.h"
#include "book/html.h"
#include "unit/unit.h"

static void grows_and_stays_terminated(void **state)
{
    struct str s = STR_INIT;

    assert_string_equal(s.ptr, "");
    for (int i = 0; i < 5000; i++)
        str_putc(&s, (char)('a' + i % 26));
    assert_int_equal(s.len, 5000);
    assert_int_equal(strlen(s.ptr), 5000);
    str_cut(&s, 3);
    assert_string_equal(s.ptr, "abc");
    str_printf(&s, "-%d-%s", 42, "x");
    assert_string_equal(s.ptr, "abc-42-x");
    str_done(&s);
    assert_string_equal(s.ptr, "");
    free(str_take(&s, NULL));
}

static void escapes(void **state)
{
    struct str s = STR_INIT;

    str_put_html(&s, SLICE("<a href=\"x\">Tom & 'Jo'</a>"));
    assert_string_equal(s.ptr, "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jo&#39;&lt;/a&gt;");
    str_clear(&s);
    str_put_html(&s, SLICE("a\tb\n\x1b[2J\0"));
    assert_string_equal(s.ptr, "a\tb\n\xef\xbf\xbd[2J\xef\xbf\xbd");
    str_clear(&s);
    str_put_json(&s, SLICE("q\"\\\n\t\x01\xc3\xa9\xff"));
    assert_string_equal(s.ptr, "\"q\\\"\\\\\\n\\t\\u0001\xc3\xa9\xef\xbf\xbd\"");
    str_clear(&s);
    str_put_url(&s, SLICE("a b/c~\xc3\xa9+"), true);
    assert_string_equal(s.ptr, "a%20b/c~%C3%A9%2B");
    str_clear(&s);
    str_put_url(&s, SLICE("a/b"), false);
    assert_string_equal(s.ptr, "a%2Fb");
    str_done(&s);
}

/* Text is taken eight bytes at a time: every byte must be seen wherever it stands among others. */
static void each_byte_is_escaped_at_each_place(void **state)
{
    for (int c = 0; c < 128; c++)
        for (size_t at = 0; at < 20; at++) {
            struct str json = STR_INIT, html = STR_INIT;
            char text[21] = "aaaaaaaaaaaaaaaaaaaa";
            bool special = c && strchr("\"\\", c), plain = c >= 0x20 && c < 0x7f && !special;

            text[at] = (char)c;
            str_put_json(&json, (struct slice){text, 20});
            assert_true((json.len == 22) == plain);
            assert_true(!plain || !memcmp(json.ptr + 1, text, 20));
            html_put(&html, (struct slice){text, 20});
            assert_true((html.len == 20) == !(c && strchr("&<>\"", c)));
            str_done(&json);
            str_done(&html);
        }
}

static void slices_cut_up_text(void **state)
{
    struct slice rest = SLICE("one,,three,"), part;
    const char *want[] = {"one", "", "three", ""};
    size_t n = 0;

    while (slice_split(&rest, ',', &part)) {
        assert_true(n < 4);
        assert_true(slice_is(part, want[n++]));
    }
    assert_int_equal(n, 4);
    rest = SLICE("a\r\nb\n\nc");
    n = 0;
    while (slice_line(&rest, &part))
        n++;
    assert_int_equal(n, 4);
    assert_true(slice_is(slice_trim(SLICE(" \t x y\r\n")), "x y"));
    assert_true(slice_starts(SLICE("lesson.md"), "lesson"));
    assert_false(slice_starts(SLICE("le"), "lesson"));
    assert_true(slice_ends(SLICE("lesson.md"), ".md"));
}

static void utf8_round_trip(void **state)
{
    const uint32_t points[] = {0x24, 0xa2, 0x939, 0x20ac, 0x10348, 0x10ffff, 0x7f, 0x80, 0x7ff};
    struct str s = STR_INIT;
    const char *p;

    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        utf8_put(&s, points[i]);
    p = s.ptr;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        assert_int_equal(utf8_next(&p, s.ptr + s.len), points[i]);
    assert_ptr_equal(p, s.ptr + s.len);
    str_done(&s);
}

static void utf8_refuses_what_is_ill_formed(void **state)
{
    const char *bad[] = {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                         "\xf8",     "\x80",         "\xe2\x82",     "\xf0\x90\x80"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(utf8_valid(slice_of(bad[i])));
    assert_true(utf8_valid(SLICE("na\xc3\xafve \xe2\x82\xac \xef\xbf\xbd")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(escapes),
        cmocka_unit_test(each_byte_is_escaped_at_each_place),
        cmocka_unit_test(slices_cut_up_text),
        cmocka_unit_test(utf8_round_trip),
        cmocka_unit_test(utf8_refuses_what_is_ill_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
