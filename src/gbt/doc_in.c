/*
 * Reading JSON and UBJSON by pulling: whoever reads knows what comes next and
 * takes it, so nothing is kept but what is wanted. Arrays of numbers, most of a
 * file, are read in doc_in_array.c.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/doc.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64 };

void doc_in_init(struct doc_in *d, struct slice bytes, bool binary, struct lk_error *err)
{
    *d = (struct doc_in){.begin = bytes.ptr,
                         .at = bytes.ptr,
                         .end = bytes.ptr + bytes.len,
                         .binary = binary,
                         .first = true,
                         .err = err};
    str_init(&d->text);
}

void doc_in_done(struct doc_in *d)
{
    str_done(&d->text);
}

/* The place is a line and column in JSON, a byte in UBJSON. */
enum lk_status doc_fail(struct doc_in *d, const char *fmt, ...)
{
    int line = 1;
    const char *start = d->begin;
    char text[512];
    va_list args;

    if (d->status)
        return d->status;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (d->binary) {
        d->status = error_set(d->err, LK_EINPUT, "%s, at byte %td", text, d->at - d->begin);
        return d->status;
    }
    for (const char *p = d->begin; p < d->at; p++) {
        line += *p == '\n';
        start = *p == '\n' ? p + 1 : start;
    }
    d->status = error_set(d->err, LK_EINPUT, "%s", text);
    if (d->err) {
        d->err->line = line;
        d->err->column = (int)(d->at - start) + 1;
    }
    return d->status;
}

/* The next byte, past spaces in JSON; 0 at the end or after an error. */
static char peek(struct doc_in *d)
{
    if (d->status)
        return 0;
    while (!d->binary && d->at < d->end &&
           (*d->at == ' ' || *d->at == '\n' || *d->at == '\r' || *d->at == '\t'))
        d->at++;
    if (d->at < d->end)
        return *d->at;
    doc_fail(d, "the file ends in the middle: it was cut short");
    return 0;
}

bool doc_at_end(struct doc_in *d)
{
    while (d->at < d->end && (*d->at == ' ' || *d->at == '\n' || *d->at == '\r' || *d->at == '\t'))
        d->at++;
    return d->at == d->end;
}

static bool need(struct doc_in *d, size_t n)
{
    if (d->status)
        return false;
    if ((size_t)(d->end - d->at) >= n)
        return true;
    doc_fail(d, "the file ends in the middle: it was cut short");
    return false;
}

/* ---- UBJSON's scalars ---------------------------------------------------------------- */

static uint64_t big(const char *p, int bytes)
{
    uint64_t v = 0;

    for (int i = 0; i < bytes; i++)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

/* Bytes of a number of this type, 0 where it is none. */
static int size_of(char type)
{
    switch (type) {
    case 'i':
    case 'U':
        return 1;
    case 'I':
        return 2;
    case 'l':
    case 'd':
        return 4;
    case 'L':
    case 'D':
        return 8;
    default:
        return 0;
    }
}

static float float_of(uint32_t bits)
{
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static double value_of(const char *p, char type)
{
    uint64_t v = big(p, size_of(type));
    double real;

    switch (type) {
    case 'i':
        return (int8_t)v;
    case 'U':
        return (double)v;
    case 'I':
        return (int16_t)v;
    case 'l':
        return (int32_t)v;
    case 'L':
        return (double)(int64_t)v;
    case 'd':
        return float_of((uint32_t)v);
    default:
        memcpy(&real, &v, sizeof real);
        return real;
    }
}

static double take_typed(struct doc_in *d, char type)
{
    int n = size_of(type);
    double v;

    if (type == 'T' || type == 'F')
        return type == 'T';
    if (!n) {
        doc_fail(d, "expected a number");
        return 0;
    }
    if (!need(d, (size_t)n))
        return 0;
    v = value_of(d->at, type);
    d->at += n;
    return v;
}

/* A length: an integer of any type, not negative, not beyond the file. */
static size_t take_length(struct doc_in *d)
{
    char type = peek(d);
    double n;

    d->at += !d->status;
    n = type == 'd' || type == 'D' ? -1 : take_typed(d, type);
    if (d->status)
        return 0;
    if (!(n >= 0 && n <= (double)(d->end - d->begin))) {
        doc_fail(d, "a length that is not possible");
        return 0;
    }
    return (size_t)n;
}

static struct slice take_bytes(struct doc_in *d)
{
    size_t n = take_length(d);
    struct slice s = {d->at, n};

    if (!need(d, n))
        return SLICE("");
    d->at += n;
    return s;
}

/* ---- JSON's scalars ------------------------------------------------------------------- */

static bool take_hex4(struct doc_in *d, uint32_t *out)
{
    *out = 0;
    if (!need(d, 4))
        return false;
    for (int i = 0; i < 4; i++, d->at++) {
        char c = *d->at;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0) {
            doc_fail(d, "expected four hexadecimal digits after \\u");
            return false;
        }
        *out = *out << 4 | (uint32_t)digit;
    }
    return true;
}

static void take_escape(struct doc_in *d)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    uint32_t code, low;

    if (!need(d, 1))
        return;
    found = *d->at ? strchr(from, *d->at) : NULL;
    if (found) {
        str_putc(&d->text, to[found - from]);
        d->at++;
        return;
    }
    if (*d->at != 'u') {
        doc_fail(d, "an unknown escape in a string");
        return;
    }
    d->at++;
    if (!take_hex4(d, &code))
        return;
    if (code >= 0xd800 && code < 0xdc00 && d->end - d->at >= 6 && d->at[0] == '\\' &&
        d->at[1] == 'u') {
        d->at += 2;
        if (take_hex4(d, &low))
            code = 0x10000 + ((code - 0xd800) << 10) + ((low - 0xdc00) & 0x3ff);
    }
    utf8_put(&d->text, code);
}

static struct slice take_string(struct doc_in *d)
{
    const char *start;

    if (peek(d) != '"') {
        doc_fail(d, "expected a string");
        return SLICE("");
    }
    start = ++d->at;
    while (d->at < d->end && *d->at != '"' && *d->at != '\\')
        d->at++;
    if (d->at < d->end && *d->at == '"')
        return (struct slice){start, (size_t)(d->at++ - start)};
    str_clear(&d->text);
    str_add(&d->text, start, (size_t)(d->at - start));
    while (!d->status && need(d, 1) && *d->at != '"') {
        if (*d->at++ == '\\')
            take_escape(d);
        else
            str_putc(&d->text, d->at[-1]);
    }
    d->at += !d->status;
    return d->status ? SLICE("") : slice_str(&d->text);
}

/* The extent of a number, NaN, Infinity, true, false or null. */
static struct slice take_word(struct doc_in *d)
{
    const char *start;

    peek(d);
    start = d->at;
    while (!d->status && d->at < d->end && *d->at && !strchr(",]} \n\r\t:\"[{", *d->at))
        d->at++;
    return (struct slice){start, (size_t)(d->at - start)};
}

static bool parse_word(struct slice w, double *out)
{
    if (slice_is(w, "true") || slice_is(w, "false")) {
        *out = w.len == 4;
        return true;
    }
    return number_parse_double(w, out);
}

/* ---- objects and arrays ------------------------------------------------------------------ */

bool doc_enter(struct doc_in *d)
{
    if (peek(d) != '{') {
        doc_fail(d, "expected an object");
        return false;
    }
    if (++d->depth > MAX_DEPTH) {
        doc_fail(d, "nested deeper than %d", MAX_DEPTH);
        return false;
    }
    d->at++;
    d->first = true;
    return true;
}

bool doc_key(struct doc_in *d, struct slice *key)
{
    char c = peek(d);

    if (c == '}') {
        d->at++;
        d->depth--;
        d->first = false;
        return false;
    }
    if (d->binary) {
        *key = take_bytes(d);
        return !d->status;
    }
    if (!d->first) {
        if (c != ',') {
            doc_fail(d, "expected ',' or '}'");
            return false;
        }
        d->at++;
    }
    d->first = false;
    *key = take_string(d);
    if (peek(d) != ':')
        doc_fail(d, "expected ':'");
    d->at += !d->status;
    return !d->status;
}

bool doc_list(struct doc_in *d, struct doc_list *l)
{
    *l = (struct doc_list){.left = -1};
    if (peek(d) != '[') {
        doc_fail(d, "expected an array");
        return false;
    }
    if (++d->depth > MAX_DEPTH) {
        doc_fail(d, "nested deeper than %d", MAX_DEPTH);
        return false;
    }
    d->at++;
    d->first = true;
    if (!d->binary)
        return true;
    if (peek(d) == '$') {
        if (!need(d, 2))
            return false;
        l->type = d->at[1];
        d->at += 2;
        if (!size_of(l->type) || peek(d) != '#')
            return doc_fail(d, "an array of a type that is no number"), false;
    }
    if (peek(d) == '#') {
        d->at++;
        l->left = (int64_t)take_length(d);
        if (l->type)
            need(d, (size_t)l->left * (size_t)size_of(l->type));
    }
    return !d->status;
}

bool doc_more(struct doc_in *d, struct doc_list *l)
{
    char c;

    if (d->status)
        return false;
    if (l->left >= 0) {
        if (l->left-- > 0)
            return true;
        d->depth--;
        d->first = false;
        return false;
    }
    c = peek(d);
    if (c == ']') {
        d->at++;
        d->depth--;
        d->first = false;
        return false;
    }
    if (!d->binary && !d->first) {
        if (c != ',') {
            doc_fail(d, "expected ',' or ']'");
            return false;
        }
        d->at++;
        peek(d);
    }
    d->first = false;
    return !d->status;
}

static void skip_list(struct doc_in *d)
{
    struct doc_list l;

    if (!doc_list(d, &l))
        return;
    if (l.type) {
        d->at += l.left * size_of(l.type);
        l.left = 0;
    }
    while (doc_more(d, &l))
        doc_skip(d);
}

void doc_skip(struct doc_in *d)
{
    struct slice key;
    char c = peek(d);

    if (c == '[') {
        skip_list(d);
    } else if (c == '{') {
        doc_enter(d);
        while (!d->status && doc_key(d, &key))
            doc_skip(d);
    } else if (d->binary && (c == 'Z' || c == 'N')) {
        d->at++;
    } else if (!d->status) {
        doc_take_text(d);
    }
}

struct slice doc_take_text(struct doc_in *d)
{
    char c = peek(d);

    if (!d->binary)
        return c == '"' ? take_string(d) : take_word(d);
    d->at += !d->status;
    if (c == 'S' || c == 'H')
        return take_bytes(d);
    if (c == 'C') {
        d->at += need(d, 1);
        return d->status ? SLICE("") : (struct slice){d->at - 1, 1};
    }
    str_clear(&d->text);
    str_printf(&d->text, "%.17g", take_typed(d, c));
    return slice_str(&d->text);
}

double doc_take_number(struct doc_in *d, const struct doc_list *l)
{
    double v = 0;

    if (l && l->type)
        return take_typed(d, l->type);
    if (d->binary && peek(d) && *d->at != 'S' && *d->at != 'H')
        return take_typed(d, *d->at++);
    if (!d->status && !parse_word(doc_take_text(d), &v))
        doc_fail(d, "expected a number");
    return v;
}

int64_t doc_take_count(struct doc_in *d)
{
    struct slice s = doc_take_text(d);
    int64_t n = 0;

    if (!d->status && !number_parse_int(slice_trim(s), 0, INT32_MAX, &n))
        doc_fail(d, "expected a whole number, found '%.*s'", (int)(s.len < 40 ? s.len : 40), s.ptr);
    return n;
}
