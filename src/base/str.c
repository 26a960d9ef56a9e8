/*
 * The growing buffer and the slice calls. Growth is by half again, so adding
 * n bytes one at a time costs O(n); a fresh str points at one shared empty
 * string, so that an unused one costs nothing and ptr is always readable.
 */
#include "base/str.h"
#include "base/bytes.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char str_empty[] = "";

void str_init(struct str *s)
{
    *s = (struct str)STR_INIT;
}

void str_done(struct str *s)
{
    if (s->cap)
        free(s->ptr);
    str_init(s);
}

void str_clear(struct str *s)
{
    str_cut(s, 0);
}

void str_cut(struct str *s, size_t len)
{
    if (len < s->len) {
        s->len = len;
        s->ptr[len] = '\0';
    }
}

char *str_take(struct str *s, size_t *len)
{
    char *p = s->cap ? s->ptr : mem_strdup("");

    if (len)
        *len = s->len;
    str_init(s);
    return p;
}

char *str_room(struct str *s, size_t n)
{
    size_t need = s->len + n + 1;

    if (need > s->cap) {
        size_t cap = s->cap + s->cap / 2 + 32;

        if (cap < need)
            cap = need;
        s->ptr = mem_resize(s->cap ? s->ptr : NULL, cap, 1);
        s->ptr[s->len] = '\0';
        s->cap = cap;
    }
    return s->ptr + s->len;
}

void str_grew(struct str *s, size_t n)
{
    if (n) {
        s->len += n;
        s->ptr[s->len] = '\0';
    }
}

void str_add(struct str *s, const void *ptr, size_t len)
{
    if (len) {
        memcpy(str_room(s, len), ptr, len);
        str_grew(s, len);
    }
}

void str_puts(struct str *s, const char *z)
{
    str_add(s, z, strlen(z));
}

void str_putc(struct str *s, char c)
{
    str_add(s, &c, 1);
}

void str_put(struct str *s, struct slice part)
{
    str_add(s, part.ptr, part.len);
}

void str_vprintf(struct str *s, const char *fmt, va_list args)
{
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    if (n > 0) {
        vsnprintf(str_room(s, (size_t)n), (size_t)n + 1, fmt, again);
        str_grew(s, (size_t)n);
    }
    va_end(again);
}

void str_printf(struct str *s, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    str_vprintf(s, fmt, args);
    va_end(args);
}

/* Add the run [from, at) and then, in place of the byte at `at`, `instead`. */
static const char *put_run(struct str *s, const char *from, const char *at, const char *instead)
{
    str_add(s, from, (size_t)(at - from));
    str_puts(s, instead);
    return at + 1;
}

void str_put_html(struct str *s, struct slice text)
{
    const char *from = text.ptr, *end = text.ptr + text.len;

    for (const char *p = from; p < end; p++) {
        switch (*p) {
        case '&':
            from = put_run(s, from, p, "&amp;");
            break;
        case '<':
            from = put_run(s, from, p, "&lt;");
            break;
        case '>':
            from = put_run(s, from, p, "&gt;");
            break;
        case '"':
            from = put_run(s, from, p, "&quot;");
            break;
        case '\'':
            from = put_run(s, from, p, "&#39;");
            break;
        case '\t':
        case '\n':
        case '\r':
            break;
        default:
            if ((unsigned char)*p < ' ') /* XML has no way to write these */
                from = put_run(s, from, p, "\xef\xbf\xbd");
            break;
        }
    }
    str_add(s, from, (size_t)(end - from));
}

/* Can the byte, or can all eight from here on, stand in a JSON text as they are? */
static bool json_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static bool json_plain_eight(const char *p)
{
    uint64_t w = bytes_load(p);

    return !(bytes_outside(w, 0x20) | bytes_equal(w, 0x7f) | bytes_equal(w, '"') |
             bytes_equal(w, '\\'));
}

void str_put_json(struct str *s, struct slice text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;

    str_putc(s, '"');
    while (p < end) {
        const char *run = p;
        uint32_t c;

        while (end - p >= 8 && json_plain_eight(p))
            p += 8;
        while (p < end && json_plain((unsigned char)*p))
            p++;
        str_add(s, run, (size_t)(p - run));
        if (p == end)
            break;
        c = utf8_next(&p, end);
        if (c == '"')
            str_puts(s, "\\\"");
        else if (c == '\\')
            str_puts(s, "\\\\");
        else if (c == '\n')
            str_puts(s, "\\n");
        else if (c == '\t')
            str_puts(s, "\\t");
        else if (c < 0x20 || c == 0x7f || c == 0x2028 || c == 0x2029)
            str_printf(s, "\\u%04x", (unsigned)c);
        else
            utf8_put(s, c);
    }
    str_putc(s, '"');
}

static bool url_plain(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void str_put_url(struct str *s, struct slice text, bool keep_slash)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (url_plain(c) || (keep_slash && c == '/'))
            str_putc(s, (char)c);
        else
            str_add(s, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}

struct slice slice_of(const char *z)
{
    return z ? (struct slice){z, strlen(z)} : (struct slice){"", 0};
}

struct slice slice_str(const struct str *s)
{
    return (struct slice){s->ptr, s->len};
}

bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

bool slice_is(struct slice a, const char *z)
{
    return slice_eq(a, slice_of(z));
}

bool slice_starts(struct slice a, const char *prefix)
{
    size_t n = strlen(prefix);

    return a.len >= n && slice_is(slice_first(a, n), prefix);
}

bool slice_ends(struct slice a, const char *suffix)
{
    size_t n = strlen(suffix);

    return a.len >= n && slice_is(slice_from(a, a.len - n), suffix);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice a)
{
    while (a.len && is_space(a.ptr[0]))
        a = slice_from(a, 1);
    while (a.len && is_space(a.ptr[a.len - 1]))
        a.len--;
    return a;
}

struct slice slice_from(struct slice a, size_t start)
{
    if (start > a.len)
        start = a.len;
    return (struct slice){a.ptr + start, a.len - start};
}

struct slice slice_first(struct slice a, size_t n)
{
    return (struct slice){a.ptr, n < a.len ? n : a.len};
}

size_t slice_find(struct slice a, char c)
{
    const char *at = a.len ? memchr(a.ptr, c, a.len) : NULL;

    return at ? (size_t)(at - a.ptr) : a.len;
}

bool slice_split(struct slice *rest, char sep, struct slice *part)
{
    size_t n;

    if (!rest->ptr)
        return false;
    n = slice_find(*rest, sep);
    *part = slice_first(*rest, n);
    /* A NULL pointer marks the end, so that an empty last part is still given out. */
    *rest = n < rest->len ? slice_from(*rest, n + 1) : (struct slice){NULL, 0};
    return true;
}

bool slice_line(struct slice *rest, struct slice *line)
{
    size_t n = slice_find(*rest, '\n');

    if (!rest->len)
        return false;
    *line = slice_first(*rest, n);
    *rest = slice_from(*rest, n + 1);
    if (line->len && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

/*
 * The table of well-formed sequences (Unicode 15, table 3-7) as a length and
 * the range of the second byte; later bytes are 80..BF.
 */
uint32_t utf8_next(const char **pp, const char *end)
{
    const unsigned char *p = (const unsigned char *)*pp;
    size_t left = (size_t)(end - *pp), n;
    unsigned char low = 0x80, high = 0xbf;
    uint32_t c;

    if (p[0] < 0x80) {
        *pp += 1;
        return p[0];
    }
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        n = 2;
        c = p[0] & 0x1f;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        n = 3;
        c = p[0] & 0x0f;
        low = p[0] == 0xe0 ? 0xa0 : 0x80;
        high = p[0] == 0xed ? 0x9f : 0xbf;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        n = 4;
        c = p[0] & 0x07;
        low = p[0] == 0xf0 ? 0x90 : 0x80;
        high = p[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        n = 1;
        c = 0;
    }
    if (n == 1 || left < n || p[1] < low || p[1] > high) {
        *pp += 1;
        return 0xfffd;
    }
    c = c << 6 | (p[1] & 0x3f);
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            *pp += 1;
            return 0xfffd;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    *pp += n;
    return c;
}

void utf8_put(struct str *s, uint32_t c)
{
    if (c < 0x80)
        str_putc(s, (char)c);
    else if (c < 0x800)
        str_add(s, (char[]){(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))}, 2);
    else if (c < 0x10000)
        str_add(s,
                (char[]){(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)),
                         (char)(0x80 | (c & 0x3f))},
                3);
    else
        str_add(s,
                (char[]){(char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
                         (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f))},
                4);
}

bool utf8_valid(struct slice text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;

    while (p < end) {
        const char *before = p;

        /* U+FFFD itself is three bytes; one byte moved means ill-formed. */
        if (utf8_next(&p, end) == 0xfffd && p - before == 1)
            return false;
    }
    return true;
}
