/*
 * CSV to floats, on any processor (csv_avx2.c is the way of some). A field that is a plain number,
 * nearly all of them, is read eight digits at a time: a multiply turns eight characters in a word
 * into their value, and the first byte that is no digit is found by its high bit. Whatever is not
 * plain (quotes, words, spaces, more than 19 digits, a value too near the middle of two floats)
 * goes field by field through csv_take and read_put, which also find the errors; so both ways give
 * the same bits.
 *
 * Pieces end with '\n' and padding, so that nothing here tests for the end
 * before it looks.
 */
#include "base/number.h"
#include "gbt/csv_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* Eight digits, the first in the lowest byte, as one number. */
static inline uint64_t eight_digits(uint64_t v)
{
    v = v * 10 + (v >> 8); /* pairs */
    return ((v & 0x000000ff000000ff) * 0x000f424000000064 +
            ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
           32;
}

/* Append the digits at p to *value; returns what follows them. */
static inline const char *take_digits(const char *p, uint64_t *value)
{
    static const uint32_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

    for (;;) {
        uint64_t word, other;
        int n;

        memcpy(&word, p, sizeof word);
        word ^= 0x3030303030303030;
        other = ((word + 0x7676767676767676) | word) & 0x8080808080808080;
        if (!other) {
            *value = *value * 100000000 + eight_digits(word);
            p += 8;
            continue;
        }
        n = __builtin_ctzll(other) >> 3;
        if (n)
            *value = *value * tens[n] + eight_digits(word << (64 - 8 * n));
        return p + n;
    }
}

/*
 * The plain number at p into *out; returns what follows it, or NULL when the
 * general way must look.
 */
__attribute__((always_inline)) static inline const char *take_float(const char *p, float *out)
{
    static const double sign[] = {1, -1}; /* no branch: as good as random in most data */
    unsigned negative = *p == '-';
    const char *start = p += negative, *point = NULL, *end;
    uint64_t digits = 0;
    int exponent = 0, count;
    double v;

    for (; p - start < 3 && (unsigned char)(*p - '0') < 10; p++) /* seldom more before the point */
        digits = digits * 10 + (uint64_t)(*p - '0');
    if (p - start == 3)
        p = take_digits(p, &digits);
    count = (int)(p - start);
    if (*p == '.') {
        point = ++p;
        p = take_digits(p, &digits);
        exponent = -(int)(p - point);
        count -= exponent;
    }
    if (!count || count > 19)
        return NULL;
    end = p;
    if ((*p | 0x20) == 'e') {
        bool down = p[1] == '-';
        uint64_t e = 0;
        const char *first = p + 1 + (down || p[1] == '+');

        end = take_digits(first, &e);
        if (end == first || end > first + 3)
            return NULL;
        exponent += down ? -(int)e : (int)e;
    }
    if (digits == 0) {
        *out = negative ? -0.0f : 0.0f;
        return end;
    }
    if (exponent < -NUMBER_EXACT_POWER || exponent > NUMBER_EXACT_POWER)
        return NULL;
    v = (double)digits;
    v = exponent < 0 ? v * number_parts[-exponent] : v * number_powers[exponent];
    if (!number_float_is_safe(v))
        return NULL;
    *out = (float)(v * sign[negative]);
    return end;
}

#else

static inline const char *take_float(const char *p, float *out)
{
    return NULL;
}

#endif

/* What a delimiter, line end or something else after a number means. */
static inline bool ends_field(const char *p, char delimiter)
{
    return *p == delimiter || *p == '\n' || (*p == '\r' && p[1] == '\n');
}

const char *csv_parse_number(const char *p, float *out)
{
    return take_float(p, out);
}

enum lk_status csv_parse_field(const struct read_plan *plan, struct read_piece *b, size_t column,
                               const char **p, bool *last)
{
    const char *end = b->raw.ptr + b->len;
    struct csv_field f;

    switch (csv_take(&f, *p, end, plan->delimiter, &b->scratch)) {
    case CSV_UNCLOSED:
        return read_fail(plan, b, LK_EINPUT, f.next, "a quote opens here and does not end");
    case CSV_AFTER_QUOTE:
        return read_fail(plan, b, LK_EINPUT, f.next,
                         "expected '%c' or the end of the line after a closing quote",
                         plan->delimiter);
    case CSV_OK:
        break;
    }
    if (column < plan->file_columns && read_put(plan, b, column, f.value, *p))
        return b->status;
    *p = f.next;
    *last = f.last;
    return LK_OK;
}

enum lk_status csv_parse_ragged(const struct read_plan *plan, struct read_piece *b,
                                const char *line, const char *at, size_t columns)
{
    const char *end = b->raw.ptr + b->len;
    struct csv_field f = {.next = at};
    bool more = columns > plan->file_columns;

    if (more) /* count on to the end of the record */
        while (columns++, !csv_take(&f, f.next, end, plan->delimiter, &b->scratch) && !f.last)
            ;
    return read_fail(plan, b, LK_EINPUT, more ? at : line, "expected %zu columns, found %zu",
                     plan->file_columns, more ? columns - 1 : columns);
}

/* One record at p; returns what follows it, or NULL with b->status set. */
static const char *parse_record(const struct read_plan *plan, struct read_piece *b, const char *p)
{
    const char *line = p, *end;
    float *features = b->rows[READ_FEATURE] + b->block.rows * b->width;
    bool last = false;
    size_t c = 0;

    for (; !last; c++) {
        const struct read_column *column = &plan->column[c];
        const char *after;
        float number;

        if (c == plan->file_columns) {
            csv_parse_ragged(plan, b, line, p, c + 1);
            return NULL;
        }
        if (column->role == READ_FEATURE && column->text < 0 && (after = take_float(p, &number)) &&
            ends_field(after, plan->delimiter) && number != plan->missing_number) {
            features[column->at] = number;
            last = *after != plan->delimiter;
            p = after + 1 + (*after == '\r' && last);
        } else if (*p == plan->delimiter && column->role == READ_FEATURE) {
            features[column->at] = NAN;
            p++;
        } else if (csv_parse_field(plan, b, c, &p, &last)) {
            return NULL;
        }
    }
    if (c < plan->file_columns) {
        csv_parse_ragged(plan, b, line, p, c);
        return NULL;
    }
    end = p - 1;
    read_row_end(b, line, end > line && end[-1] == '\r' ? end - 1 : end);
    return p;
}

enum lk_status csv_parse_piece(const struct read_plan *plan, struct read_piece *b)
{
    const char *p = b->raw.ptr, *end = p + b->len;

#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && !getenv("LABKIT_PORTABLE") && !memchr(p, '"', b->len))
        return csv_parse_avx2(plan, b);
#endif
    while (p && p < end) {
        if (*p == '\n') {
            p++; /* an empty line is no row */
        } else if (*p == '\r' && p[1] == '\n') {
            p += 2;
        } else {
            read_row_begin(plan, b);
            p = parse_record(plan, b, p);
        }
    }
    return b->status;
}
