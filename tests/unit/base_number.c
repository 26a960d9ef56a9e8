/* Numbers as text, against the C library's strtof, strtod and printf. */
#include "unit/unit.h"

#include "base/number.h"

#include <locale.h>
#include <math.h>

static uint64_t state = 88172645463325252u;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static float float_of(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

static double double_of(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof d);
    return d;
}

static void check_text(const char *text)
{
    struct slice s = slice_of(text);
    float f = 7, wf = strtof(text, NULL);
    double d = 7, wd = strtod(text, NULL);

    if (!number_parse_float(s, &f) || memcmp(&f, &wf, sizeof f))
        fail_msg("float '%s': read as %.9g, is %.9g", text, (double)f, (double)wf);
    if (!number_parse_double(s, &d) || memcmp(&d, &wd, sizeof d))
        fail_msg("double '%s': read as %.17g, is %.17g", text, d, wd);
}

static void reads_hard_cases(void **unused)
{
    static const char *const cases[] = {
        "0",
        "-0",
        "+0.0",
        "00012",
        "1.",
        ".5",
        "-.5e1",
        "1e5",
        "1E+5",
        "1e-5",
        "0e999999999",
        "1e400",
        "-1e400",
        "1e-400",
        "3.4028235e38",
        "3.4028236e38",
        "3.4028235677973366e38",
        "3.40282356779733661637539395458142568448e38",
        "1.17549435e-38",
        "1.1754943508e-38",
        "1.4e-45",
        "7.006492321624085e-46",
        "7.006492321624086e-46",
        "5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "9007199254740993",
        "9007199254740992.5",
        "16777217",
        "16777217.0000000000000000000001",
        "16777219",
        "1.00000005960464477539062",
        "1.000000059604644775390625",
        "1.00000005960464477539063",
        "8388608.5",
        "8388609.5",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000000000000000000000000000000000001e60",
        "1e22",
        "1e23",
        "6.02214076e23",
        "0.1",
        "0.3",
        "179769313486231580793e289",
        "1797693134862315708e291",
        "9999999999999999999",
        "99999999999999999999",
        "18446744073709551616",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_text(cases[i]);
}

static void reads_random_text(void **unused)
{
    char text[128];

    for (int i = 0; i < 300000; i++) {
        int digits = 1 + (int)(next() % 22), point = (int)(next() % 23), n = 0;

        if (next() % 2)
            text[n++] = '-';
        for (int k = 0; k < digits; k++) {
            if (k == point)
                text[n++] = '.';
            text[n++] = (char)('0' + next() % 10);
        }
        text[n] = '\0';
        if (next() % 2)
            snprintf(text + n, sizeof text - (size_t)n, "e%d", (int)(next() % 100) - 50);
        check_text(text);
    }
}

/* Midpoints between neighbours, exactly and a hair off, are where reading goes wrong. */
static void reads_midpoints(void **unused)
{
    char text[256];

    for (int i = 0; i < 50000; i++) {
        uint32_t bits = (uint32_t)next() & 0x7fffffff;
        double a = (double)float_of(bits), b = (double)float_of(bits + 1), mid = a + (b - a) / 2;

        if (!isfinite(b) || a == 0)
            continue;
        snprintf(text, sizeof text, "%.*e", 1 + (int)(next() % 30), mid);
        check_text(text);
        snprintf(text, sizeof text, "%.*e", 150, mid);
        check_text(text);
    }
}

static void refuses_what_is_no_number(void **unused)
{
    static const char *const cases[] = {
        "",    " 1",   "1 ", "+",       "-",   ".",   "e5", "1e", "1e+",   "1.2.3", "0x10",
        "1,5", "nano", "in", "infinit", "--1", "+-1", "1f", "١",  "1_000", "nan(1)"};
    float f;
    double d;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (number_parse_float(slice_of(cases[i]), &f) ||
            number_parse_double(slice_of(cases[i]), &d))
            fail_msg("'%s' was read as a number", cases[i]);
    }
    assert_true(number_parse_float(SLICE("NaN"), &f) && isnan(f));
    assert_true(number_parse_float(SLICE("-Infinity"), &f) && f < 0 && isinf(f));
    assert_true(number_parse_double(SLICE("+INF"), &d) && d > 0 && isinf(d));
}

/* Printed, it reads back as itself, and nothing shorter does. */
static void check_float(float f)
{
    char text[NUMBER_MAX], tried[64];
    size_t n = number_print_float(text, f);
    int digits = 0;
    float back = 0;

    assert_int_equal(n, strlen(text));
    back = strtof(text, NULL);
    if (memcmp(&back, &f, sizeof f))
        fail_msg("%.9g printed as %s", (double)f, text);
    snprintf(tried, sizeof tried, "%s", text);
    for (char *p = tried; *p && *p != 'e'; p++)
        digits += *p >= '1' && *p <= '9';
    for (int k = 1; k < 9; k++) {
        snprintf(tried, sizeof tried, "%.*e", k - 1, (double)f);
        if (strtof(tried, NULL) != f)
            continue;
        if (digits > k)
            fail_msg("%s has %d digits, %s has %d", text, digits, tried, k);
        if (strtod(text, NULL) != strtod(tried, NULL) && digits == k)
            fail_msg("%s is not the nearest: %s", text, tried);
        break;
    }
}

static void prints_floats(void **unused)
{
    static const float cases[] = {0.1f,          1,
                                  0.5f,          1e-7f,
                                  3.4028235e38f, 1.17549435e-38f,
                                  1e-45f,        16777216,
                                  33554432,      9.8607613e-32f,
                                  8.5899346e9f,  1e10f,
                                  123456.7f,     9.999999e-5f,
                                  1e-4f,         1e16f,
                                  1e15f,         2.8e-45f,
                                  2.3509887e-38f};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_float(cases[i]);
        check_float(-cases[i]);
    }
    for (uint32_t e = 0; e < 255; e++)
        for (uint32_t d = 0; d < 3; d++)
            check_float(float_of((e << 23) + d - (e ? 1 : 0)));
    for (int i = 0; i < 300000; i++) {
        float f = float_of((uint32_t)next());

        if (isfinite(f))
            check_float(f);
        check_float((float)(int)(next() % 20000000) / 1000);
    }
}

static void prints_doubles(void **unused)
{
    char text[NUMBER_MAX], less[64];

    for (int i = 0; i < 100000; i++) {
        double d = i % 3 ? double_of(next()) : (double)(int64_t)(next() % 10000000) / 1000;

        if (!isfinite(d))
            continue;
        number_print_double(text, d);
        if (strtod(text, NULL) != d)
            fail_msg("%.17g printed as %s", d, text);
        snprintf(less, sizeof less, "%.15g", d);
        if (strtod(less, NULL) == d && strlen(text) > 17 + 7)
            fail_msg("%s where %s would do", text, less);
    }
}

static void prints_forms(void **unused)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {100, "100"},
        {1e15, "1000000000000000"},
        {1e16, "1e+16"},
        {1e-4, "0.0001"},
        {1e-5, "1e-05"},
        {5e-324, "5e-324"},
        {1e300, "1e+300"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {9007199254740993.0, "9007199254740992"},
        {5.684341886080801e-14, "5.684341886080801e-14"},
        {NAN, "nan"},
        {-INFINITY, "-inf"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
    };
    char text[NUMBER_MAX];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        number_print_double(text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
    number_print_float(text, 0.1f);
    assert_string_equal(text, "0.1");
    number_print_float(text, 1e-7f);
    assert_string_equal(text, "1e-07");
    number_print_float(text, 3.4028235e38f);
    assert_string_equal(text, "3.4028235e+38");
}

static void reads_integers(void **unused)
{
    int64_t v = 0;

    assert_true(number_parse_int(SLICE("-9223372036854775808"), INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MIN);
    assert_true(number_parse_int(SLICE("9223372036854775807"), INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MAX);
    assert_false(number_parse_int(SLICE("9223372036854775808"), INT64_MIN, INT64_MAX, &v));
    assert_false(number_parse_int(SLICE("11"), 0, 10, &v));
    assert_false(number_parse_int(SLICE("-1"), 0, 10, &v));
    assert_false(number_parse_int(SLICE(""), 0, 10, &v));
    assert_false(number_parse_int(SLICE("+"), 0, 10, &v));
    assert_false(number_parse_int(SLICE("1.0"), 0, 10, &v));
    assert_true(number_parse_int(SLICE("+010"), 0, 10, &v) && v == 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_hard_cases), cmocka_unit_test(reads_random_text),
        cmocka_unit_test(reads_midpoints),  cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(prints_floats),    cmocka_unit_test(prints_doubles),
        cmocka_unit_test(prints_forms),     cmocka_unit_test(reads_integers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
