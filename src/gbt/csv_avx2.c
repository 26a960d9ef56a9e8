/*
 * CSV with AVX2. Where fields end is found first, 64 bytes at a time, so that
 * the numbers between are read independently of each other and overlap in the
 * processor; in csv.c each begins only when the one before has ended.
 *
 * A number of up to 16 characters is one load: its bytes, aligned to the right,
 * lose their point by a shuffle, and three multiply-adds make pairs of digits
 * of them, then fours, then eights. What has an exponent, is longer, or is too
 * near the middle of two floats goes the way of csv.c, which gives the same
 * bits; so do words, and all errors are found there.
 */
#include "gbt/csv_internal.h"

#ifdef __x86_64__

#include "base/number.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

enum { STRETCH = 16384, BYTES = 64, NUMBER_BYTES = 16 };

/* Ends of fields in the stretch that was scanned last. */
struct marks {
    const char *begin; /* of the stretch */
    const char *next;  /* what was not scanned yet */
    const char *end;
    size_t at, n;
    uint16_t offset[STRETCH + 8]; /* eight are written at once */
};

#define AVX2        __attribute__((target("avx2,bmi")))
#define ALWAYS_AVX2 AVX2 __attribute__((always_inline)) static inline

/* A bit a byte that is a or b. */
ALWAYS_AVX2 uint64_t either(const char *p, __m256i a, __m256i b)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));

    low = _mm256_or_si256(_mm256_cmpeq_epi8(low, a), _mm256_cmpeq_epi8(low, b));
    high = _mm256_or_si256(_mm256_cmpeq_epi8(high, a), _mm256_cmpeq_epi8(high, b));
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

/* Scan on; the piece's padding is never a mark. */
AVX2 static void scan(struct marks *m, char delimiter)
{
    const __m256i a = _mm256_set1_epi8(delimiter), b = _mm256_set1_epi8('\n');

    m->begin = m->next;
    m->at = m->n = 0;
    for (size_t i = 0; i < STRETCH && m->next < m->end; i += BYTES, m->next += BYTES) {
        uint64_t bits = either(m->next, a, b);
        uint16_t *out = m->offset + m->n;

        m->n += (size_t)__builtin_popcountll(bits);
        while (bits) { /* the count of rounds is easier to foresee than each bit */
#pragma GCC unroll 8
            for (int k = 0; k < 8; k++) {
                out[k] = (uint16_t)(i + (size_t)__builtin_ctzll(bits | (uint64_t)1 << 63));
                bits &= bits - 1;
            }
            out += 8;
        }
    }
}

ALWAYS_AVX2 const char *next_mark(struct marks *m, char delimiter)
{
    while (m->at == m->n)
        scan(m, delimiter);
    return m->begin + m->offset[m->at++];
}

/*
 * Sixteen digits, the highest first, as a number.
 */
ALWAYS_AVX2 uint64_t sixteen_digits(__m128i v)
{
    uint64_t eights;

    v = _mm_maddubs_epi16(v, _mm_set1_epi16(1 << 8 | 10));
    v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 100));
    v = _mm_packus_epi32(v, v);
    v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 10000));
    eights = (uint64_t)_mm_cvtsi128_si64(v);
    return (eights & 0xffffffff) * 100000000 + (eights >> 32);
}

/* Bytes up to the place of the point move one to the right, over it. */
static const uint8_t without_point[NUMBER_BYTES][NUMBER_BYTES] = {
#define ROW(p)                                                                                     \
    {                                                                                              \
        0x80, p >= 1 ? 0 : 1, p >= 2 ? 1 : 2, p >= 3 ? 2 : 3, p >= 4 ? 3 : 4, p >= 5 ? 4 : 5,      \
            p >= 6 ? 5 : 6, p >= 7 ? 6 : 7, p >= 8 ? 7 : 8, p >= 9 ? 8 : 9, p >= 10 ? 9 : 10,      \
            p >= 11 ? 10 : 11, p >= 12 ? 11 : 12, p >= 13 ? 12 : 13, p >= 14 ? 13 : 14,            \
            p >= 15 ? 14 : 15                                                                      \
    }
    ROW(0), ROW(1), ROW(2),  ROW(3),  ROW(4),  ROW(5),  ROW(6),  ROW(7),
    ROW(8), ROW(9), ROW(10), ROW(11), ROW(12), ROW(13), ROW(14), ROW(15),
#undef ROW
};

/* The number that is all of [p, end), NUMBER_BYTES readable before its end; false: look again. */
ALWAYS_AVX2 bool read_number(const char *p, const char *end, float *out)
{
    const __m128i place = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    static const double sign[] = {1, -1}; /* no branch: as good as random in most data */
    unsigned negative = *p == '-';
    size_t length = (size_t)(end - p) - negative;
    __m128i v, ours, digit;
    unsigned other, after;
    uint64_t digits;
    double value;

    if (length - 1 >= NUMBER_BYTES) /* none, or too many */
        return false;
    v = _mm_loadu_si128((const __m128i *)(const void *)(end - NUMBER_BYTES));
    ours = _mm_cmpgt_epi8(place, _mm_set1_epi8((char)(NUMBER_BYTES - 1 - (int)length)));
    v = _mm_and_si128(_mm_sub_epi8(v, _mm_set1_epi8('0')), ours);
    digit = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v);
    other = ~(unsigned)_mm_movemask_epi8(digit) & 0xffff;
    after = 0;
    if (other) {
        unsigned at = (unsigned)__builtin_ctz(other);

        if ((other & (other - 1)) || end[(int)at - NUMBER_BYTES] != '.' || length == 1)
            return false;
        after = NUMBER_BYTES - 1 - at;
        v = _mm_shuffle_epi8(v, _mm_loadu_si128((const __m128i *)(const void *)without_point[at]));
    }
    digits = sixteen_digits(v);
    value = (double)digits * number_parts[after];
    if (!number_float_is_clear(value)) /* never too large or small for a float */
        return false;
    *out = (float)(value * sign[negative]);
    return true;
}

static inline float *place(const struct read_plan *plan, struct read_piece *b,
                           const struct read_column *c, float *features)
{
    return (c->role == READ_FEATURE ? features
                                    : b->rows[c->role] + b->block.rows * plan->width[c->role]) +
           c->at;
}

/* A field that is no plain number. */
static enum lk_status take_other(const struct read_plan *plan, struct read_piece *b, size_t column,
                                 const char *p, const char *end)
{
    const struct read_column *c = &plan->column[column];
    float value;
    bool last;

    if (c->role == READ_FEATURE && c->text < 0) {
        float *to = b->rows[READ_FEATURE] + b->block.rows * b->width + c->at;

        if (end == p) {
            *to = NAN;
            return LK_OK;
        }
        if (csv_parse_number(p, &value) == end && value != plan->missing_number) {
            *to = value;
            return LK_OK;
        }
    }
    return csv_parse_field(plan, b, column, &p, &last);
}

/* One record at p; returns what follows it, or NULL with b->status set. */
AVX2 static const char *parse_record(const struct read_plan *plan, struct read_piece *b,
                                     struct marks *marks, const char *p)
{
    const char *line = p, *first = b->raw.ptr + NUMBER_BYTES, *end = p;
    float *features = b->rows[READ_FEATURE] + b->block.rows * b->width;
    bool last = false;
    size_t c = 0;

    for (; !last; c++) {
        const struct read_column *column = &plan->column[c];
        const char *mark = next_mark(marks, plan->delimiter);
        float value;

        if (c == plan->file_columns) {
            csv_parse_ragged(plan, b, line, p, c + 1);
            return NULL;
        }
        last = *mark == '\n';
        end = mark - (last && mark > p && mark[-1] == '\r');
        if (column->text < 0 && column->role != READ_SKIP && end >= first &&
            read_number(p, end, &value) && value != plan->missing_number)
            *place(plan, b, column, features) = value;
        else if (take_other(plan, b, c, p, end))
            return NULL;
        p = mark + 1;
    }
    if (c < plan->file_columns) {
        csv_parse_ragged(plan, b, line, p, c);
        return NULL;
    }
    read_row_end(b, line, end);
    return p;
}

AVX2 enum lk_status csv_parse_avx2(const struct read_plan *plan, struct read_piece *b)
{
    const char *p = b->raw.ptr, *end = p + b->len;
    struct marks marks;

    marks.next = p;
    marks.end = end;
    marks.at = marks.n = 0;
    while (p && p < end) {
        if (*p == '\n' || (*p == '\r' && p[1] == '\n')) {
            p = next_mark(&marks, plan->delimiter) + 1; /* an empty line is no row */
        } else {
            read_row_begin(plan, b);
            p = parse_record(plan, b, &marks, p);
        }
    }
    return b->status;
}

#endif
