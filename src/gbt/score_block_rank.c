/*
 * A block's tests: from the ranks of a column's values among the thresholds,
 * the mask of the rows that go right, for each test of the column.
 */
#include "gbt/score_block_internal.h"

#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

/*
 * Turned round: out[column][row] for columns [begin, begin + n) of the rows.
 * What rows there are not stays as it was.
 */
static void turn_plain(const float *values, size_t stride, size_t rows, size_t begin, size_t n,
                       float (*out)[COLUMN_ROWS])
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < n; k++)
            out[k][i] = values[i * stride + begin + k];
}

/* Ranks of a column among a chunk's thresholds by the cells of its values. */
ALWAYS void rank_cells(const struct chunk *c, const float *column, const int *cell, size_t rows,
                       uint8_t *rank)
{
    for (size_t i = 0; i < rows; i++) {
        float x = column[i];
        int r = c->first[cell[i]], end = c->first[cell[i] + 1];

        if (end - r > 1) { /* seldom: several thresholds in a cell */
            while (r < end && c->threshold[r] <= x)
                r++;
        } else { /* one, or none: then the next lies in a cell above, and above x */
            r += c->threshold[r] <= x;
        }
        rank[i] = (uint8_t)r;
    }
}

/* The ranks, and which rows miss the value; all ROWS of the column are read. */
static void rank_plain(const struct chunk *c, const float *column, size_t rows, uint8_t rank[ROWS],
                       mask *missing)
{
    uint64_t miss[4] = {0};
    int cell[ROWS];

#ifdef __SSE2__
    for (int i = 0; i < ROWS; i += 4) {
        __m128 x = _mm_loadu_ps(column + i);
        __m128 at = _mm_mul_ps(_mm_sub_ps(x, _mm_set1_ps(c->lo)), _mm_set1_ps(c->scale));

        at = _mm_min_ps(_mm_max_ps(at, _mm_setzero_ps()), _mm_set1_ps(CELLS - 1));
        _mm_storeu_si128((__m128i *)(void *)(cell + i), _mm_cvttps_epi32(at));
        miss[i / 64] |= (uint64_t)(unsigned)_mm_movemask_ps(_mm_cmpunord_ps(x, x)) << (i % 64);
    }
#else
    for (int i = 0; i < ROWS; i++) {
        cell[i] = gbt_cell_of(c, column[i]);
        miss[i / 64] |= (uint64_t)(column[i] != column[i]) << (i % 64);
    }
#endif
    rank_cells(c, column, cell, rows, rank);
    memcpy(missing, miss, sizeof *missing);
}

/* Which ranks are at least `from`? */
ALWAYS void compare_plain(const uint8_t rank[ROWS], uint8_t from, mask *out)
{
    uint64_t bits[4] = {0};
#ifdef __SSE2__
    __m128i want = _mm_set1_epi8((char)from);

    for (int i = 0; i < ROWS / 16; i++) {
        __m128i v = _mm_load_si128((const __m128i *)(const void *)(rank + 16 * i));
        unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(v, want), v));

        bits[i / 4] |= (uint64_t)m << (16 * (i % 4));
    }
#else
    for (int i = 0; i < ROWS; i++)
        bits[i / 64] |= (uint64_t)(rank[i] >= from) << (i % 64);
#endif
    memcpy(out, bits, sizeof *out);
}

/*
 * Thermometers of the two halves of a rank: at least 16 h, and low half at
 * least l. A test is then two operations: h + 1 reached, or h and l.
 */
struct thermometers {
    mask high[17], low[16];
};

ALWAYS void use_thermometers(const struct gbt_block_program *p, const struct chunk *c,
                             const struct thermometers *k, const mask *missing, mask *test)
{
    for (uint32_t i = c->begin; i < c->end; i++) {
        int h = p->tests[i].rank >> 4, l = p->tests[i].rank & 15;

        test[i] = k->high[h + 1] | (k->high[h] & k->low[l]);
        if (p->tests[i].missing_right)
            test[i] |= *missing;
    }
}

ALWAYS void low_halves(const uint8_t rank[ROWS], uint8_t low[ROWS])
{
    for (int i = 0; i < ROWS; i++)
        low[i] = rank[i] & 15;
}

static void compare_chunk(const struct gbt_block_program *p, const struct chunk *c,
                          const uint8_t *rank, const mask *missing, mask *test)
{
    _Alignas(32) uint8_t low[ROWS];
    struct thermometers k = {0};

    low_halves(rank, low);
    for (int i = 0; i <= c->n >> 4; i++)
        compare_plain(rank, (uint8_t)(16 * i), &k.high[i]);
    for (int i = 0; i < 16; i++)
        compare_plain(low, (uint8_t)i, &k.low[i]);
    use_thermometers(p, c, &k, missing, test);
}

#ifdef __x86_64__
/* Eight rows of eight columns, by three rounds of exchanging halves. */
__attribute__((target("avx2"), always_inline)) static inline void
turn_eight(const float *values, size_t stride, float *out)
{
    __m256 r[8], s[8];

    for (int i = 0; i < 8; i++)
        r[i] = _mm256_loadu_ps(values + (size_t)i * stride);
    for (int i = 0; i < 8; i += 2) {
        s[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; k++) {
            r[i + 2 * k] = _mm256_shuffle_ps(s[i + k], s[i + k + 2], 0x44);
            r[i + 2 * k + 1] = _mm256_shuffle_ps(s[i + k], s[i + k + 2], 0xee);
        }
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(out + i * COLUMN_ROWS, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(out + (i + 4) * COLUMN_ROWS, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

__attribute__((target("avx2"))) static void turn_avx2(const float *values, size_t stride,
                                                      size_t rows, size_t begin, size_t n,
                                                      float (*out)[COLUMN_ROWS])
{
    size_t whole_rows = rows & ~(size_t)7, whole = n & ~(size_t)7;

    for (size_t i = 0; i < whole_rows; i += 8)
        for (size_t k = 0; k < whole; k += 8)
            turn_eight(values + i * stride + begin + k, stride, &out[k][i]);
    turn_plain(values, stride, whole_rows, begin + whole, n - whole, out + whole);
    for (size_t i = whole_rows; i < rows; i++)
        for (size_t k = 0; k < n; k++)
            out[k][i] = values[i * stride + begin + k];
}

/* The same arithmetic as rank_plain, so the same ranks; rows beyond the last give what they may. */
__attribute__((target("avx2"))) static void rank_avx2(const struct chunk *c, const float *column,
                                                      size_t rows, uint8_t rank[ROWS],
                                                      mask *missing)
{
    _Alignas(32) int cell[ROWS];
    uint8_t miss[ROWS / 8] = {0};

    for (size_t i = 0; i < rows; i += 8) {
        __m256 x = _mm256_loadu_ps(column + i);
        __m256 at =
            _mm256_mul_ps(_mm256_sub_ps(x, _mm256_set1_ps(c->lo)), _mm256_set1_ps(c->scale));

        at = _mm256_min_ps(_mm256_max_ps(at, _mm256_setzero_ps()), _mm256_set1_ps(CELLS - 1));
        _mm256_store_si256((__m256i *)(void *)(cell + i), _mm256_cvttps_epi32(at));
        miss[i / 8] = (uint8_t)_mm256_movemask_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    }
    rank_cells(c, column, cell, rows, rank);
    memcpy(missing, miss, sizeof miss);
}

__attribute__((target("avx2"))) static void compare_avx2(const uint8_t rank[ROWS], uint8_t from,
                                                         mask *out)
{
    __m256i want = _mm256_set1_epi8((char)from);
    uint32_t bits[ROWS / 32];

    for (int k = 0; k < ROWS / 32; k++) {
        __m256i v = _mm256_load_si256((const __m256i *)(const void *)(rank + 32 * k));

        bits[k] = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(v, want), v));
    }
    memcpy(out, bits, sizeof bits);
}

__attribute__((target("avx2"))) static void compare_chunk_avx2(const struct gbt_block_program *p,
                                                               const struct chunk *c,
                                                               const uint8_t *rank,
                                                               const mask *missing, mask *test)
{
    _Alignas(32) uint8_t low[ROWS];
    struct thermometers k = {0};

    low_halves(rank, low);
    for (int i = 0; i <= c->n >> 4; i++)
        compare_avx2(rank, (uint8_t)(16 * i), &k.high[i]);
    for (int i = 0; i < 16; i++)
        compare_avx2(low, (uint8_t)i, &k.low[i]);
    use_thermometers(p, c, &k, missing, test);
}

#endif

void gbt_block_turn(const float *values, size_t stride, size_t rows, size_t begin, size_t n,
                    float (*out)[COLUMN_ROWS], bool avx2)
{
#ifdef __x86_64__
    if (avx2) {
        turn_avx2(values, stride, rows, begin, n, out);
        return;
    }
#endif
    turn_plain(values, stride, rows, begin, n, out);
}

void gbt_block_ask(const struct gbt_block_program *p, const struct chunk *c, const float *column,
                   size_t rows, mask *test, bool avx2)
{
    _Alignas(32) uint8_t rank[ROWS] = {0};
    mask missing;

#ifdef __x86_64__
    if (avx2) {
        rank_avx2(c, column, rows, rank, &missing);
        compare_chunk_avx2(p, c, rank, &missing, test);
        return;
    }
#endif
    rank_plain(c, column, rows, rank, &missing);
    compare_chunk(p, c, rank, &missing, test);
}
