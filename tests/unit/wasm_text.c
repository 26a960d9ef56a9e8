/* What stands in for printf and strtod in a page, beside this computer's C library. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define vsnprintf page_vsnprintf
#define snprintf  page_snprintf
#define strtod    page_strtod
#define strtof    page_strtof
#define strtol    page_strtol
int page_vsnprintf(char *out, size_t room, const char *format, va_list args);
int page_snprintf(char *out, size_t room, const char *format, ...);
double page_strtod(const char *text, char **end);
float page_strtof(const char *text, char **end);
long page_strtol(const char *text, char **end, int base);
#include "wasm/decimal.c"
#include "wasm/print.c"
#include "wasm/read.c"
#undef vsnprintf
#undef snprintf
#undef strtod
#undef strtof
#undef strtol

#include "unit/unit.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static uint64_t state = 88172645463325252u;

static uint64_t any(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Numbers of every size, round ones, and those halfway between two decimals. */
static double some(int i)
{
    uint64_t bits = any();
    double v;

    switch (i % 6) {
    case 0:
        memcpy(&v, &bits, sizeof v);
        return v;
    case 1:
        return (double)(int64_t)(bits % 2000001 - 1000000) / 1000;
    case 2:
        return (double)(bits % 100000) / 64 + 0.5;
    case 3:
        return ldexp((double)(bits >> 11), (int)(any() % 120) - 100);
    case 4:
        bits &= ((uint64_t)1 << (any() % 53)) - 1; /* next to nothing */
        memcpy(&v, &bits, sizeof v);
        return v;
    }
    return (double)(int64_t)(bits % 201 - 100);
}

static void printed_alike(const char *format, double v)
{
    char ours[2000], theirs[2000];
    int n = page_snprintf(ours, sizeof ours, format, v);

    if (n != snprintf(theirs, sizeof theirs, format, v) || strcmp(ours, theirs))
        fail_msg("%s of %a: '%s', not '%s'", format, v, ours, theirs);
}

static void reals_print_alike(void **unused)
{
    static const char *const formats[] = {
        "%g",  "%.14g",    "%.17g",  "%e",     "%.0e", "%.16e", "%f",      "%.0f",  "%.3f", "%+.2f",
        "% g", "%08.2f",   "%-12gx", "%12.4e", "%G",   "%.0g",  "%E",      "%#.0f", "%a",   "%.3a",
        "%A",  "%+012.1a", "%.40g",  "%.1f",   "%.9g", "%.25f", "%-+9.1e", "%F"};

    for (int i = 0; i < 60000; i++)
        printed_alike(formats[any() % (sizeof formats / sizeof *formats)], some(i));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const double special[] = {0,
                                  -0.0,
                                  INFINITY,
                                  -INFINITY,
                                  NAN,
                                  0.5,
                                  1.5,
                                  2.5,
                                  9.5,
                                  0.05,
                                  999999.5,
                                  1e300,
                                  5e-324,
                                  1.7976931348623157e308,
                                  2.2250738585072014e-308};

        for (size_t k = 0; k < sizeof special / sizeof *special; k++)
            printed_alike(formats[i], special[k]);
    }
    printed_alike("%.300f", 1e-290);
    printed_alike("%.767e", 5e-324);
}

#define ALIKE(...)                                                                                 \
    do {                                                                                           \
        char ours[200], theirs[200];                                                               \
        int n = page_snprintf(ours, sizeof ours, __VA_ARGS__);                                     \
        assert_int_equal(n, snprintf(theirs, sizeof theirs, __VA_ARGS__));                         \
        assert_string_equal(ours, theirs);                                                         \
    } while (0)

static void all_else_prints_alike(void **unused)
{
    static const long long whole[] = {0, 1, -1, 42, -128, 65535, INT32_MIN, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        long long v = whole[i];

        ALIKE("%lld|%5lld|%-22lld|%022lld|%+lld|% lld", v, v, v, v, v, v);
        ALIKE("%llx|%#llX|%#llo|%.5llu|%#012llx|%#06llo", v, v, v, v, v, v);
        ALIKE("%d|%u|%hd|%hhu|%ld|%zu|%jd", (int)v, (unsigned)v, (short)v, (unsigned char)v,
              (long)v, (size_t)v, (intmax_t)v);
        ALIKE("%.0d|%8.3d|%-8.3dx", (int)v, (int)v, (int)v);
    }
    ALIKE("%s|%.2s|%6s|%-6s|%c|%3c|%%|%*d|%-*d|%.*s", "text", "text", "abc", "abc", 'x', 'y', 5, 1,
          5, 2, 1, "zz");
    ALIKE("%#g %#.3g %#g %#.0e", 1.5, 1e9, 0.0, 3.0); /* glibc rounds 999999.5 otherwise here */
    ALIKE("%p %s", (void *)&state, "end");
    char small[4];

    assert_int_equal(page_snprintf(small, sizeof small, "%d", 123456), 6);
    assert_string_equal(small, "123");
    assert_int_equal(page_snprintf(NULL, 0, "%s", "four"), 4);
}

static void read_alike(const char *text)
{
    char *ours, *theirs;
    double a = page_strtod(text, &ours), b = strtod(text, &theirs);
    float x = page_strtof(text, NULL), y = strtof(text, NULL);

    if (ours != theirs || memcmp(&a, &b, sizeof a) || memcmp(&x, &y, sizeof x))
        fail_msg("'%s' reads as %a and %a, not %a and %a", text, a, (double)x, b, (double)y);
}

static void numbers_read_alike(void **unused)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1",
                                        "+1.5",
                                        ".5",
                                        "5.",
                                        ".",
                                        "-",
                                        "",
                                        "1e",
                                        "1e+",
                                        "1e5x",
                                        " \t12",
                                        "0x10",
                                        "0x1.8p3",
                                        "0x.8",
                                        "0x",
                                        "0xg",
                                        "-0x1p-3",
                                        "1e400",
                                        "-1e400",
                                        "1e-400",
                                        "1e999999999999",
                                        "0e999999999",
                                        "2.2250738585072012e-308",
                                        "2.2250738585072011e-308",
                                        "4.9e-324",
                                        "2.4703282292062327e-324",
                                        "2.4703282292062328e-324",
                                        "1.7976931348623158e308",
                                        "1.7976931348623159e308",
                                        "9007199254740993",
                                        "9007199254740992.99999999999999999999",
                                        "3.4028235677973366e38",
                                        "3.4028235677973365e38",
                                        "1.1754943508222875e-38",
                                        "7.006492321624085e-46",
                                        "7.006492321624086e-46",
                                        "1.2.3",
                                        "0x1P+2q"};
    char text[1200];

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        read_alike(texts[i]);
    for (int i = 0; i < 40000; i++) {
        double v = some(i);

        if (!isfinite(v))
            continue;
        snprintf(text, sizeof text, i % 3 ? "%.*e" : "%.*g", (int)(any() % 22), v);
        read_alike(text);
    }
    /* Exactly halfway, a digit less and a digit more: doubles, then floats. */
    for (int i = 0; i < 600; i++) {
        double v = fabs(some(i));
        float f = (float)v;

        if (!isfinite(v) || v == 0)
            continue;
        snprintf(text, sizeof text, "%.900Lg",
                 (long double)v + (long double)(nextafter(v, INFINITY) - v) / 2);
        read_alike(text);
        strcat(text, strchr(text, '.') && !strchr(text, 'e') ? "00000001" : "");
        read_alike(text);
        if (isfinite(f)) {
            snprintf(text, sizeof text, "%.300g",
                     ((double)f + (double)nextafterf(f, INFINITY)) / 2);
            read_alike(text);
        }
    }
    assert_int_equal(page_strtol("-42x", NULL, 10), -42);
    assert_int_equal(page_strtol(" 7f", NULL, 16), 127);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_print_alike),
        cmocka_unit_test(all_else_prints_alike),
        cmocka_unit_test(numbers_read_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
