/*
 * Writing JSON and UBJSON as XGBoost does: keys sorted by the caller, floats
 * in their shortest form and always recognisable as floats (an older reader
 * takes "3" for an integer and refuses it where it wants a float), UBJSON's
 * arrays typed where XGBoost types them.
 */
#include "base/number.h"
#include "gbt/doc.h"

#include <math.h>
#include <string.h>

enum { FLUSH_AT = 256 * 1024 };

void doc_out_init(struct doc_out *w, FILE *stream, enum lk_model_format format)
{
    *w = (struct doc_out){.stream = stream, .binary = format == LK_UBJSON, .first = true};
    str_init(&w->text);
}

static void flush(struct doc_out *w, size_t limit)
{
    if (!w->stream || w->text.len <= limit)
        return;
    fwrite(w->text.ptr, 1, w->text.len, w->stream);
    str_clear(&w->text);
}

void doc_out_done(struct doc_out *w)
{
    flush(w, 0);
    str_done(&w->text);
}

/* Big-endian, as UBJSON has all its numbers. */
static void put_big(struct str *s, uint64_t v, int bytes)
{
    char *at = str_room(s, (size_t)bytes);

    for (int i = 0; i < bytes; i++)
        at[i] = (char)(v >> (8 * (bytes - 1 - i)));
    str_grew(s, (size_t)bytes);
}

static void put_length(struct str *s, size_t n)
{
    str_putc(s, 'L');
    put_big(s, n, 8);
}

/* What stands before a value: comma and key. */
static void lead(struct doc_out *w, const char *key)
{
    flush(w, FLUSH_AT);
    if (w->binary) {
        if (key) {
            put_length(&w->text, strlen(key));
            str_puts(&w->text, key);
        }
        return;
    }
    if (!w->first)
        str_putc(&w->text, ',');
    w->first = false;
    if (key) {
        str_put_json(&w->text, slice_of(key));
        str_putc(&w->text, ':');
    }
}

void doc_object(struct doc_out *w, const char *key)
{
    lead(w, key);
    str_putc(&w->text, '{');
    w->first = true;
}

void doc_object_end(struct doc_out *w)
{
    str_putc(&w->text, '}');
    w->first = false;
}

void doc_array(struct doc_out *w, const char *key, size_t n)
{
    lead(w, key);
    str_putc(&w->text, '[');
    w->first = true;
    if (w->binary) {
        str_putc(&w->text, '#');
        put_length(&w->text, n);
    }
}

void doc_array_end(struct doc_out *w)
{
    if (!w->binary)
        str_putc(&w->text, ']');
    w->first = false;
}

void doc_text(struct doc_out *w, const char *key, struct slice value)
{
    lead(w, key);
    if (!w->binary) {
        str_put_json(&w->text, value);
        return;
    }
    str_putc(&w->text, 'S');
    put_length(&w->text, value.len);
    str_put(&w->text, value);
}

void doc_z(struct doc_out *w, const char *key, const char *value)
{
    doc_text(w, key, slice_of(value));
}

void doc_count(struct doc_out *w, const char *key, size_t value)
{
    char buf[NUMBER_MAX];

    snprintf(buf, sizeof buf, "%zu", value);
    doc_z(w, key, buf);
}

/* Returns the length. */
static size_t print_float(char buf[NUMBER_MAX + 2], float v)
{
    size_t n;

    if (isnan(v) || isinf(v))
        return (size_t)snprintf(buf, NUMBER_MAX, "%s",
                                isnan(v) ? "NaN"
                                : v < 0  ? "-Infinity"
                                         : "Infinity");
    n = number_print_float(buf, v);
    if (!strpbrk(buf, ".e")) {
        memcpy(buf + n, ".0", 3);
        n += 2;
    }
    return n;
}

void doc_float_text(struct doc_out *w, const char *key, float value)
{
    char buf[NUMBER_MAX + 2];

    print_float(buf, value);
    doc_z(w, key, buf);
}

/* The narrowest type that holds the value, as XGBoost chooses. */
void doc_int(struct doc_out *w, const char *key, int64_t value)
{
    static const struct {
        char type;
        int bytes;
    } types[] = {{'i', 1}, {'I', 2}, {'l', 4}, {'L', 8}};
    int t = 0;

    lead(w, key);
    if (!w->binary) {
        str_printf(&w->text, "%lld", (long long)value);
        return;
    }
    while (t < 3 && (value < -((int64_t)1 << (8 * types[t].bytes - 1)) ||
                     value >= (int64_t)1 << (8 * types[t].bytes - 1)))
        t++;
    str_putc(&w->text, types[t].type);
    put_big(&w->text, (uint64_t)value, types[t].bytes);
}

static uint32_t float_bits(float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

void doc_float(struct doc_out *w, const char *key, float value)
{
    char buf[NUMBER_MAX + 2];

    lead(w, key);
    if (!w->binary) {
        str_add(&w->text, buf, print_float(buf, value));
        return;
    }
    str_putc(&w->text, 'd');
    put_big(&w->text, float_bits(value), 4);
}

/* "[" and, in UBJSON, type and length. */
static void typed(struct doc_out *w, const char *key, char type, size_t n)
{
    lead(w, key);
    str_putc(&w->text, '[');
    w->first = true;
    if (w->binary) {
        str_putc(&w->text, '$');
        str_putc(&w->text, type);
        str_putc(&w->text, '#');
        put_length(&w->text, n);
    }
}

void doc_floats(struct doc_out *w, const char *key, const float *v, size_t n)
{
    typed(w, key, 'd', n);
    for (size_t i = 0; i < n; i++) {
        if (w->binary)
            put_big(&w->text, float_bits(v[i]), 4);
        else
            doc_float(w, NULL, v[i]);
    }
    doc_array_end(w);
}

static void put_int(struct doc_out *w, int64_t v, int bytes)
{
    if (w->binary)
        put_big(&w->text, (uint64_t)v, bytes);
    else
        doc_int(w, NULL, v);
}

void doc_int32s(struct doc_out *w, const char *key, const int32_t *v, size_t n)
{
    typed(w, key, 'l', n);
    for (size_t i = 0; i < n; i++)
        put_int(w, v[i], 4);
    doc_array_end(w);
}

void doc_int64s(struct doc_out *w, const char *key, const int64_t *v, size_t n)
{
    typed(w, key, 'L', n);
    for (size_t i = 0; i < n; i++)
        put_int(w, v[i], 8);
    doc_array_end(w);
}

void doc_bytes(struct doc_out *w, const char *key, const uint8_t *v, size_t n)
{
    typed(w, key, 'U', n);
    for (size_t i = 0; i < n; i++)
        put_int(w, v[i], 1);
    doc_array_end(w);
}
