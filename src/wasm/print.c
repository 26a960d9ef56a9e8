/*
 * printf for a page, to the last digit as a C library does it, in a third of the
 * bytes of WASI's, which goes by way of 128-bit floats.
 */
#include "wasm/decimal.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 1000, TEXT = PLACES + 330 }; /* more than these after the point are not printed */

struct sink {
    char *at;
    size_t room, n; /* n: of all that would be written */
};

static void put(struct sink *s, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++, s->n++)
        if (s->n < s->room)
            s->at[s->n] = text[i];
}

static void fill(struct sink *s, char c, int n)
{
    while (n-- > 0)
        put(s, &c, 1);
}

struct spec {
    bool left, plus, space, other, zero; /* - + space # 0 */
    int width, precision;                /* -1: none was given */
    char kind;
};

/* Sign or 0x, zeros, text; brought to the width. */
static void put_field(struct sink *s, const struct spec *f, const char *prefix, int zeros,
                      const char *text, size_t n)
{
    int gap = f->width - (int)strlen(prefix) - (zeros > 0 ? zeros : 0) - (int)n;

    if (!f->left && !f->zero)
        fill(s, ' ', gap);
    put(s, prefix, strlen(prefix));
    if (!f->left && f->zero)
        fill(s, '0', gap);
    fill(s, '0', zeros);
    put(s, text, n);
    if (f->left)
        fill(s, ' ', gap);
}

static const char *sign_of(const struct spec *f, bool negative)
{
    return negative ? "-" : f->plus ? "+" : f->space ? " " : "";
}

static void put_whole(struct sink *s, struct spec *f, const char *sign, uint64_t v, unsigned base)
{
    const char *names = f->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[24], *p = text + sizeof text;
    int n;

    f->zero &= f->precision < 0;
    if (f->other && base == 16 && v)
        sign = f->kind == 'X' ? "0X" : "0x";
    for (; v; v /= base)
        *--p = names[v % base];
    n = (int)(text + sizeof text - p);
    if (f->other && base == 8 && f->precision <= n)
        f->precision = n + 1;
    put_field(s, f, sign, (f->precision < 0 ? 1 : f->precision) - n, p, (size_t)n);
}

/* Digits from `from` on, zeros where there are none (any more, or yet). */
static char *lay(char *to, const struct decimal *d, int from, int n)
{
    for (int i = from; i < from + n; i++)
        *to++ = i >= 0 && i < d->n ? d->digit[i] : '0';
    return to;
}

static char *lay_exponent(char *to, char letter, int e, int least)
{
    char text[8];
    int n = 0;

    *to++ = letter;
    *to++ = e < 0 ? '-' : '+';
    for (e = abs(e); e || n < least; e /= 10)
        text[n++] = (char)('0' + e % 10);
    while (n)
        *to++ = text[--n];
    return to;
}

/* The digits as 12.5 or 1.25e+01, with so many places; `bare`: without zeros at the end. */
static size_t lay_decimal(char *text, struct decimal *d, char kind, int places, bool point,
                          bool bare)
{
    bool power = kind == 'e' || kind == 'E';
    int whole = power ? 1 : d->point;
    char *p = text;

    if (whole > 0)
        p = lay(p, d, 0, whole);
    else
        *p++ = '0';
    if (places || point)
        *p++ = '.';
    p = lay(p, d, whole, places);
    if (bare && places) {
        while (p[-1] == '0')
            p--;
        p -= p[-1] == '.';
    }
    if (power)
        p = lay_exponent(p, kind, d->n ? d->point - 1 : 0, 2);
    return (size_t)(p - text);
}

static size_t put_digits(char *text, const struct spec *f, uint64_t m, int e)
{
    struct decimal d;
    int places = f->precision < 0 ? 6 : f->precision < PLACES ? f->precision : PLACES, power;
    char kind = f->kind;
    bool upper = kind < 'a';

    decimal_exact(&d, m, e);
    switch (kind | 32) {
    case 'e':
        decimal_shorten(&d, places + 1);
        return lay_decimal(text, &d, kind, places, f->other, false);
    case 'f':
        decimal_shorten(&d, d.point + places);
        return lay_decimal(text, &d, kind, places, f->other, false);
    }
    places = places ? places : 1;
    decimal_shorten(&d, places);
    power = d.n ? d.point - 1 : 0;
    if (power >= -4 && power < places)
        return lay_decimal(text, &d, 'f', places - 1 - power, f->other, !f->other);
    return lay_decimal(text, &d, upper ? 'E' : 'e', places - 1, f->other, !f->other);
}

/* 1.8p+3: the digits of m in base 16, rounded. */
static size_t put_hex(char *text, const struct spec *f, uint64_t m, int e)
{
    const char *names = f->kind == 'A' ? "0123456789ABCDEF" : "0123456789abcdef";
    int places = 13, power = m ? e + 52 : 0;
    char *p = text;

    if (f->precision >= 0 && f->precision < 13) {
        uint64_t unit = (uint64_t)1 << (52 - 4 * f->precision), rest = m & (unit - 1);

        m -= rest;
        if (rest > unit / 2 || (rest == unit / 2 && m & unit))
            m += unit;
        places = f->precision;
    }
    if (f->precision < 0)
        for (; places && !(m >> (52 - 4 * places) & 15); places--)
            ;
    *p++ = names[m >> 52];
    if (places || f->other || f->precision > 0)
        *p++ = '.';
    for (int i = 1; i <= places; i++)
        *p++ = names[m >> (52 - 4 * i) & 15];
    for (int i = places; i < f->precision && i < PLACES; i++)
        *p++ = '0';
    p = lay_exponent(p, f->kind == 'A' ? 'P' : 'p', power, 1);
    return (size_t)(p - text);
}

static void put_real(struct sink *s, struct spec *f, double v)
{
    const char *sign = sign_of(f, signbit(v));
    char text[TEXT], hex[4] = "-0x";
    uint64_t bits, m;
    int e;

    memcpy(&bits, &v, sizeof bits);
    e = (int)(bits >> 52 & 2047);
    m = bits & (((uint64_t)1 << 52) - 1);
    if (e == 2047) {
        const char *words = f->kind < 'a' ? "NANINF" : "naninf";

        f->zero = false;
        put_field(s, f, sign, 0, words + (m ? 0 : 3), 3);
        return;
    }
    m |= (uint64_t)(e != 0) << 52;
    e = (e ? e : 1) - 1075;
    if ((f->kind | 32) != 'a') {
        put_field(s, f, sign, 0, text, put_digits(text, f, m, e));
        return;
    }
    hex[0] = *sign;
    hex[2] = f->kind == 'A' ? 'X' : 'x';
    put_field(s, f, *sign ? hex : hex + 1, 0, text, put_hex(text, f, m, e));
}

/* What stands between % and the letter; the letter in f->kind. How wide an integer is. */
static const char *read_spec(struct spec *f, const char *p, va_list *args, size_t *bytes)
{
    *f = (struct spec){.precision = -1};
    for (;; p++) {
        f->left |= *p == '-';
        f->plus |= *p == '+';
        f->space |= *p == ' ';
        f->other |= *p == '#';
        f->zero |= *p == '0';
        if (!*p || !strchr("-+ #0", *p))
            break;
    }
    for (int *into = &f->width;; into = &f->precision) {
        if (*p == '*') {
            *into = va_arg(*args, int);
            p++;
        } else {
            for (*into = 0; *p >= '0' && *p <= '9'; p++)
                *into = *into < 100000 ? *into * 10 + (*p - '0') : *into;
        }
        if (into == &f->precision || *p != '.')
            break;
        p++;
    }
    if (f->width < 0) {
        f->left = true;
        f->width = -f->width;
    }
    *bytes = sizeof(int);
    for (; *p && strchr("hlzjtL", *p); p++)
        *bytes = *p == 'h'   ? *bytes / 2
                 : *p == 'l' ? (p[1] == 'l' || p[-1] == 'l' ? sizeof(long long) : sizeof(long))
                 : *p == 'j' ? sizeof(intmax_t)
                             : sizeof(size_t);
    f->kind = *p;
    return p;
}

static uint64_t whole_argument(va_list *args, size_t bytes, bool is_signed)
{
    uint64_t v = bytes == 8 ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t);
    unsigned drop = 64 - 8 * (unsigned)bytes;

    return is_signed ? (uint64_t)((int64_t)(v << drop) >> drop) : v << drop >> drop;
}

static void put_one(struct sink *s, struct spec *f, va_list *args, size_t bytes)
{
    const char *text;
    int64_t v;
    char c;

    switch (f->kind) {
    case 'd':
    case 'i':
        v = (int64_t)whole_argument(args, bytes, true);
        put_whole(s, f, sign_of(f, v < 0), v < 0 ? -(uint64_t)v : (uint64_t)v, 10);
        break;
    case 'u':
        put_whole(s, f, "", whole_argument(args, bytes, false), 10);
        break;
    case 'o':
        put_whole(s, f, "", whole_argument(args, bytes, false), 8);
        break;
    case 'p':
        f->other = true;
        bytes = sizeof(void *);
        /* fall through */
    case 'x':
    case 'X':
        put_whole(s, f, "", whole_argument(args, bytes, false), 16);
        break;
    case 'c':
        c = (char)va_arg(*args, int);
        f->zero = false;
        put_field(s, f, "", 0, &c, 1);
        break;
    case 's':
        text = va_arg(*args, const char *);
        text = text ? text : "(null)";
        f->zero = false;
        put_field(s, f, "", 0, text,
                  f->precision < 0 ? strlen(text) : strnlen(text, (size_t)f->precision));
        break;
    case '%':
        put(s, "%", 1);
        break;
    default:
        put_real(s, f, va_arg(*args, double));
    }
}

int vsnprintf(char *out, size_t room, const char *format, va_list given)
{
    struct sink s = {out, room ? room - 1 : 0, 0};
    va_list args;

    va_copy(args, given);
    for (const char *p = format; *p; p++) {
        const char *end = p + strcspn(p, "%");
        struct spec f;
        size_t bytes;

        put(&s, p, (size_t)(end - p));
        if (!*end)
            break;
        p = read_spec(&f, end + 1, &args, &bytes);
        put_one(&s, &f, &args, bytes);
    }
    va_end(args);
    if (room)
        out[s.n < s.room ? s.n : s.room] = '\0';
    return (int)s.n;
}

int snprintf(char *out, size_t room, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(out, room, format, args);
    va_end(args);
    return n;
}
