/*
 * A block's trees. The planes of a tree's leaf numbers lie on a stack; a whole
 * subtree of height two or three is one op, so that the many nodes near the
 * leaves pass through registers and not over the stack. Then every row's leaf
 * is looked up: with AVX2 and few leaves by shuffling their bytes, else one by
 * one.
 */
#include "gbt/score_block_internal.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* A macro, because a vector is no return value where AVX is not the baseline. */
#define CHOOSE(right, if_left, if_right) ((if_left) ^ (((if_left) ^ (if_right)) & (right)))

/* The planes of two sides of the same height, and the test on top. */
ALWAYS void join_even(mask *left, const mask *right, const mask *m, int height)
{
#pragma GCC unroll 8
    for (int j = 0; j < height; j++)
        left[j] = CHOOSE(*m, left[j], right[j]);
    left[height] = *m;
}

ALWAYS void join_uneven(mask *left, const mask *right, const mask *m, int l, int r)
{
    int both = l < r ? l : r, j = 0;

    for (; j < both; j++)
        left[j] = CHOOSE(*m, left[j], right[j]);
    for (; j < r; j++)
        left[j] = right[j] & *m;
    for (; j < l; j++)
        left[j] &= ~*m;
    left[j] = *m;
}

ALWAYS mask *join(mask *top, const mask *m, int l, int r)
{
    mask *right = top - r, *left = right - l;

    switch (l == r ? l : 0) {
    case 1:
        join_even(left, right, m, 1);
        break;
    case 2:
        join_even(left, right, m, 2);
        break;
    case 3:
        join_even(left, right, m, 3);
        break;
    case 4:
        join_even(left, right, m, 4);
        break;
    case 5:
        join_even(left, right, m, 5);
        break;
    case 6:
        join_even(left, right, m, 6);
        break;
    case 7:
        join_even(left, right, m, 7);
        break;
    default:
        join_uneven(left, right, m, l, r);
    }
    return left + (l > r ? l : r) + 1;
}

/* The planes of a tree's leaf numbers, by its ops. */
ALWAYS void run_ops(const uint32_t *code, const uint32_t *end, const mask *test, mask *planes)
{
    mask *top = planes;

    while (code < end) {
        uint32_t word = *code++;
        mask m = test[code[0]];

        if ((word & 255) == OP_JOIN) {
            top = join(top, &test[code[0]], word >> 8 & 255, (int)(word >> 16));
            code++;
            continue;
        }
        mask l = test[code[1]], r = test[code[2]], below_left, below_right;

        if ((word & 255) == OP_TWO) {
            top[0] = CHOOSE(m, l, r);
            top[1] = m;
            top += 2;
            code += 3;
            continue;
        }
        below_left = CHOOSE(l, test[code[3]], test[code[4]]);
        below_right = CHOOSE(r, test[code[5]], test[code[6]]);
        top[0] = CHOOSE(m, below_left, below_right);
        top[1] = CHOOSE(m, l, r);
        top[2] = m;
        top += 3;
        code += 7;
    }
}

/* Leaf numbers from planes, eight rows at once, and their leaves added. */
ALWAYS void add_leaves(const struct gbt_block_program *p, const mask *planes, int height,
                       const float *leaves, float *sum)
{
    for (int i = 0; i < ROWS / 8; i++, sum += 8) {
        uint64_t number = 0;

#pragma GCC unroll 8
        for (int h = 0; h < height; h++)
            number |= p->spread[((const uint8_t *)&planes[h])[i]] << h;
#pragma GCC unroll 8
        for (int k = 0; k < 8; k++)
            sum[k] += leaves[number >> (8 * k) & 255];
    }
}

/* The height as a constant, so that each loop over it is unrolled. */
ALWAYS void add_leaves_of(const struct gbt_block_program *p, const mask *planes, int height,
                          const float *leaves, float *sum)
{
    switch (height) {
    case 3:
        add_leaves(p, planes, 3, leaves, sum);
        break;
    case 4:
        add_leaves(p, planes, 4, leaves, sum);
        break;
    case 5:
        add_leaves(p, planes, 5, leaves, sum);
        break;
    case 6:
        add_leaves(p, planes, 6, leaves, sum);
        break;
    case 7:
        add_leaves(p, planes, 7, leaves, sum);
        break;
    case 8:
        add_leaves(p, planes, 8, leaves, sum);
        break;
    default:
        add_leaves(p, planes, height, leaves, sum);
    }
}

typedef void add_leaves_fn(const struct gbt_block_program *p, const struct tree_program *tree,
                           const mask *planes, float *sum);

ALWAYS void add_leaves_plain(const struct gbt_block_program *p, const struct tree_program *tree,
                             const mask *planes, float *sum)
{
    add_leaves_of(p, planes, tree->height, p->leaves + tree->leaf, sum);
}

ALWAYS void run_trees(const struct gbt_block_program *p, const struct lk_model *m,
                      struct gbt_range range, const mask *test, float *sums, add_leaves_fn *add)
{
    mask planes[STACK];

    for (size_t t = range.begin; t < range.end; t++) {
        const struct tree_program *tree = &p->trees[t];

        run_ops(p->code + tree->begin, p->code + tree->end, test, planes);
        add(p, tree, planes, sums + (size_t)m->tree_group[t] * ROWS);
    }
}

#ifdef __x86_64__
/* For 32 rows: all ones in the lanes of the rows whose bit in the plane is set. */
__attribute__((target("avx2"), always_inline)) static inline __m256i
lanes_of(const mask *plane, int i, __m256i byte, __m256i bit)
{
    __m256i rows = _mm256_set1_epi32(((const int *)(const void *)plane)[i]);

    return _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(rows, byte), bit), bit);
}

/* A byte of each row's leaf: tables of 16 by the low four bits, chosen among by the others. */
__attribute__((target("avx2"), always_inline)) static inline __m256i
look_up(const uint8_t *bytes, __m256i low, __m256i fifth, __m256i sixth, int height)
{
    const int tables = height > 4 ? 1 << (height - 4) : 1;
    __m256i found[4];

    for (int i = 0; i < tables; i++)
        found[i] = _mm256_shuffle_epi8(
            _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes + i)),
            low);
    if (height > 4)
        found[0] = _mm256_blendv_epi8(found[0], found[1], fifth);
    if (height > 5)
        found[0] =
            _mm256_blendv_epi8(found[0], _mm256_blendv_epi8(found[2], found[3], fifth), sixth);
    return found[0];
}

__attribute__((target("avx2"), always_inline)) static inline void add_eight(float *sum, __m256i v)
{
    _mm256_storeu_ps(sum, _mm256_add_ps(_mm256_loadu_ps(sum), _mm256_castsi256_ps(v)));
}

/*
 * At most 64 leaves: 32 rows at once. The lanes are so dealt to the rows that
 * the bytes of each row's leaf, put together by two rounds of unpacking, come
 * out in the order of the rows.
 */
__attribute__((target("avx2"), always_inline)) static inline void
add_few(const uint8_t *bytes, const mask *planes, int height, float *sum)
{
    const __m256i byte = _mm256_setr_epi8(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 0, 0, 0,
                                          0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    const __m256i bit =
        _mm256_setr_epi32(0x08040201, 0x08040201, 0x08040201, 0x08040201, (int)0x80402010,
                          (int)0x80402010, (int)0x80402010, (int)0x80402010);
    const size_t table = height < 4 ? LEAST_TABLE : (size_t)1 << height;

    for (int i = 0; i < ROWS / 32; i++, sum += 32) {
        __m256i low = _mm256_setzero_si256(), fifth = low, sixth = low, b[4], even, odd;

        for (int h = 0; h < height && h < 4; h++)
            low = _mm256_or_si256(low, _mm256_and_si256(lanes_of(&planes[h], i, byte, bit),
                                                        _mm256_set1_epi8((char)(1 << h))));
        if (height > 4)
            fifth = lanes_of(&planes[4], i, byte, bit);
        if (height > 5)
            sixth = lanes_of(&planes[5], i, byte, bit);
        for (size_t k = 0; k < 4; k++)
            b[k] = look_up(bytes + k * table, low, fifth, sixth, height);
        even = _mm256_unpacklo_epi8(b[0], b[1]);
        odd = _mm256_unpacklo_epi8(b[2], b[3]);
        add_eight(sum, _mm256_unpacklo_epi16(even, odd));
        add_eight(sum + 8, _mm256_unpackhi_epi16(even, odd));
        even = _mm256_unpackhi_epi8(b[0], b[1]);
        odd = _mm256_unpackhi_epi8(b[2], b[3]);
        add_eight(sum + 16, _mm256_unpacklo_epi16(even, odd));
        add_eight(sum + 24, _mm256_unpackhi_epi16(even, odd));
    }
}

__attribute__((target("avx2"), always_inline)) static inline void
add_leaves_avx2(const struct gbt_block_program *p, const struct tree_program *tree,
                const mask *planes, float *sum)
{
    const uint8_t *bytes = p->bytes + tree->bytes;

    switch (tree->height) {
    case 4:
        add_few(bytes, planes, 4, sum);
        break;
    case 5:
        add_few(bytes, planes, 5, sum);
        break;
    case 6:
        add_few(bytes, planes, 6, sum);
        break;
    case 7:
    case 8:
        add_leaves_of(p, planes, tree->height, p->leaves + tree->leaf, sum);
        break;
    default:
        add_few(bytes, planes, tree->height, sum);
    }
}

__attribute__((target("avx2"))) static void trees_avx2(const struct gbt_block_program *p,
                                                       const struct lk_model *m,
                                                       struct gbt_range range, const mask *test,
                                                       float *sums)
{
    run_trees(p, m, range, test, sums, add_leaves_avx2);
}
#endif

void gbt_block_trees(const struct gbt_block_program *p, const struct lk_model *m,
                     struct gbt_range range, const mask *test, float *sums, bool avx2)
{
#ifdef __x86_64__
    if (avx2) {
        trees_avx2(p, m, range, test, sums);
        return;
    }
#endif
    run_trees(p, m, range, test, sums, add_leaves_plain);
}
