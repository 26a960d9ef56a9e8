/*
 * Arrays of numbers in JSON and UBJSON, straight into the model's arrays. JSON's
 * go through a fast path (up to 19 digits, powers of ten that a double holds)
 * that falls back to correct rounding where a double cannot decide; UBJSON's
 * typed arrays are blocks.
 */
#include "base/mem.h"
#include "base/number.h"
#include "gbt/doc.h"

#include <math.h>
#include <string.h>

/* A JSON number at d->at by the fast path; false leaves d->at alone. */
static bool fast_float(struct doc_in *d, float *out)
{
    const char *p = d->at, *end = d->end;
    bool negative = p < end && *p == '-', down = false;
    uint64_t digits = 0;
    int count = 0, power = 0, e = 0, read = 0;
    double v;

    p += negative;
    for (; p < end && *p >= '0' && *p <= '9'; p++, count++)
        digits = digits * 10 + (uint64_t)(*p - '0');
    if (p < end && *p == '.')
        for (p++; p < end && *p >= '0' && *p <= '9'; p++, count++, power--)
            digits = digits * 10 + (uint64_t)(*p - '0');
    if (!count || count > 18 || digits >> 53)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        down = p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        for (; p < end && *p >= '0' && *p <= '9' && read < 4; p++, read++)
            e = e * 10 + (*p - '0');
        if (!read)
            return false;
    }
    power += down ? -e : e;
    if (p == end || (*p != ',' && *p != ']' && *p != ' ' && *p != '\n') ||
        power > NUMBER_EXACT_POWER || power < -NUMBER_EXACT_POWER)
        return false;
    v = power < 0 ? (double)digits * number_parts[-power] : (double)digits * number_powers[power];
    if (digits && !number_float_is_safe(v))
        return false;
    *out = negative ? -(float)v : (float)v;
    d->at = p;
    return true;
}

static float take_float(struct doc_in *d, const struct doc_list *l)
{
    struct slice word;
    float v = 0;

    if (d->binary)
        return (float)doc_take_number(d, l);
    if (fast_float(d, &v))
        return v;
    word = doc_take_text(d);
    if (!d->status && !number_parse_float(word, &v))
        doc_fail(d, "expected a number, found '%.*s'", (int)(word.len < 40 ? word.len : 40),
                 word.ptr);
    return v;
}

/* doc_more for the usual case: a comma, no space before it, and something behind. */
static inline bool more(struct doc_in *d, struct doc_list *l)
{
    if (!d->binary && !d->first && !d->status && d->end - d->at > 1 && *d->at == ',') {
        d->at++;
        return true;
    }
    return doc_more(d, l);
}

/* Four bytes of a typed array, the most significant first, as a number of this machine. */
static inline void take_4(void *to, const char *from)
{
    uint32_t v;

    memcpy(&v, from, sizeof v);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    memcpy(to, &v, sizeof v);
}

/* A typed array of whole numbers that fit, without a call for each. */
static size_t take_block(struct doc_in *d, struct doc_list *l, int32_t *v)
{
    size_t n = (size_t)l->left;

    if (l->type == 'l')
        for (size_t i = 0; i < n; i++, d->at += 4)
            take_4(&v[i], d->at);
    else
        for (size_t i = 0; i < n; i++, d->at++)
            v[i] = l->type == 'U' ? (unsigned char)*d->at : (signed char)*d->at;
    l->left = 0;
    return n;
}

/* Room for the values that an array may have: by its count, the file's rest or the last one. */
static size_t room(const struct doc_in *d, const struct doc_list *l)
{
    return l->left >= 0 ? (size_t)l->left : d->hint < 8 ? 8 : d->hint;
}

float *doc_take_floats(struct doc_in *d, size_t *n)
{
    struct doc_list l;
    float *v;
    size_t cap;

    *n = 0;
    if (!doc_list(d, &l))
        return mem_alloc(0);
    cap = room(d, &l);
    v = mem_resize(NULL, cap, sizeof *v);
    if (l.type == 'd') {
        for (*n = 0; *n < cap; ++*n, d->at += 4)
            take_4(&v[*n], d->at);
        l.left = 0;
    }
    while (more(d, &l)) {
        MEM_GROW(v, *n, cap);
        v[(*n)++] = take_float(d, &l);
    }
    d->hint = *n < 4096 ? *n : 4096;
    return v;
}

static int32_t take_int32(struct doc_in *d, const struct doc_list *l)
{
    const char *p = d->at;
    int64_t whole = 0;
    double v;

    if (!d->binary) { /* most are a few digits */
        bool negative = *p == '-';

        for (p += negative; p < d->end && p - d->at < 11 && *p >= '0' && *p <= '9'; p++)
            whole = whole * 10 + (*p - '0');
        if (p < d->end && p > d->at + negative && (*p == ',' || *p == ']') && whole <= INT32_MAX) {
            d->at = p;
            return (int32_t)(negative ? -whole : whole);
        }
    }
    v = doc_take_number(d, l);
    if (d->status)
        return 0;
    if (v == 4294967295.0) /* -1 as some versions wrote it */
        return -1;
    if (!(v >= INT32_MIN && v <= INT32_MAX) || v != floor(v)) {
        doc_fail(d, "expected a whole number of 32 bits");
        return 0;
    }
    return (int32_t)v;
}

int32_t *doc_take_int32s(struct doc_in *d, size_t *n)
{
    struct doc_list l;
    int32_t *v;
    size_t cap;

    *n = 0;
    if (!doc_list(d, &l))
        return mem_alloc(0);
    cap = room(d, &l);
    v = mem_resize(NULL, cap, sizeof *v);
    if (l.type == 'l' || l.type == 'U' || l.type == 'i')
        *n = take_block(d, &l, v);
    while (more(d, &l)) {
        MEM_GROW(v, *n, cap);
        v[(*n)++] = take_int32(d, &l);
    }
    d->hint = *n < 4096 ? *n : 4096;
    return v;
}
