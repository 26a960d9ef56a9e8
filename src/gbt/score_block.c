/*
 * Bit-sliced scoring: 256 rows at a time, one bit a row.
 *
 * Each distinct test of the model (feature, threshold, side of the missing) is
 * made once a block: from a value's rank among its feature's thresholds come
 * 33 masks a feature, and from two of those each test's mask of rows that go
 * right. A tree is then
 * a multiplexer. From the leaves up, a node of height h has h planes, the bits
 * of the number of the leaf that each row reaches below it: those of its two
 * sides, chosen by its mask, and the mask itself on top. Leaves are looked up
 * by that number and added tree after tree.
 *
 * Ranks come from a table of cells over the thresholds' range: the map to
 * cells never decreases, so only thresholds of the same cell are compared.
 * Masks are exact and only the sums round, in the order of the trees: the
 * bits are those of the plain walk, with AVX2 or without.
 */
#include "base/mem.h"
#include "gbt/score_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { ROWS = 256, CELLS = 4096, CHUNK = 255, MAX_HEIGHT = 8, STACK = 80 };

typedef uint64_t mask __attribute__((vector_size(32))); /* one bit a row */

/* Up to 255 thresholds of a feature, and its tests [begin, end). */
struct chunk {
    uint32_t feature, begin, end;
    int n;
    float lo, scale;
    float threshold[CHUNK + 1];
    uint8_t first[CELLS + 4]; /* thresholds in cells before this one; 4 bytes are read at once */
};

struct test {
    uint8_t rank; /* right: ranks from here on */
    bool missing_right;
};

struct set_test { /* a split on categories: asked of the tree itself */
    uint32_t tree;
    int32_t node;
};

struct op {
    uint32_t test;
    uint8_t left, right; /* heights of the two sides */
};

struct tree_program {
    size_t begin, end; /* ops */
    size_t leaf;       /* where its 2^height leaves begin */
    int height;
};

struct gbt_block_program {
    struct chunk *chunks;
    size_t chunk_count;
    struct test *tests;
    size_t test_count; /* numeric; those on sets follow */
    struct set_test *sets;
    size_t set_count, set_cap;
    struct op *ops;
    size_t op_count, op_cap;
    float *leaves;
    size_t leaf_count, leaf_cap;
    struct tree_program *trees;
    uint64_t spread[256]; /* bit i to byte i */
};

/* ---- making the program ------------------------------------------------------------------ */

struct split {
    uint32_t feature;
    bool missing_right;
    float value;
    size_t tree;
    int32_t node;
};

static int by_test(const void *a, const void *b)
{
    const struct split *x = a, *y = b;

    if (x->feature != y->feature)
        return x->feature < y->feature ? -1 : 1;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (int)x->missing_right - (int)y->missing_right;
}

/* Never decreases with x; NaN and what lies below the first threshold are in cell 0. */
static inline int cell_of(const struct chunk *c, float x)
{
    float at = (x - c->lo) * c->scale;

    at = at > 0 ? at : 0;
    return (int)(at < CELLS - 1 ? at : CELLS - 1);
}

static void finish_chunk(struct chunk *c)
{
    int at = 0;

    c->lo = c->threshold[0];
    c->scale = (float)CELLS / (c->threshold[c->n - 1] - c->lo);
    c->threshold[c->n] = NAN;                      /* at most no value */
    if (!isfinite(c->lo) || !isfinite(c->scale)) { /* all in cell 0: slow, and right */
        c->lo = 0;
        c->scale = 0;
    }
    for (int cell = 0; cell < CELLS; cell++) {
        c->first[cell] = (uint8_t)at;
        while (at < c->n && cell_of(c, c->threshold[at]) == cell)
            at++;
    }
    c->first[CELLS] = (uint8_t)c->n;
}

/* Number the distinct tests; number[tree] is by node. */
static void make_tests(struct gbt_block_program *p, struct split *s, size_t n, uint32_t **number)
{
    size_t chunk_cap = 0;
    struct chunk *c = NULL;

    if (n)
        qsort(s, n, sizeof *s, by_test);
    p->tests = mem_calloc(n, sizeof *p->tests);
    for (size_t i = 0; i < n; i++) {
        bool other = !c || c->feature != s[i].feature;

        if (other || s[i].value != s[i - 1].value) {
            if (other || c->n == CHUNK) {
                if (c)
                    finish_chunk(c);
                MEM_GROW(p->chunks, p->chunk_count, chunk_cap);
                c = &p->chunks[p->chunk_count++];
                *c = (struct chunk){.feature = s[i].feature, .begin = (uint32_t)p->test_count};
            }
            c->threshold[c->n++] = s[i].value;
        } else if (s[i].missing_right == s[i - 1].missing_right) {
            number[s[i].tree][s[i].node] = (uint32_t)p->test_count - 1;
            continue;
        }
        p->tests[p->test_count] = (struct test){(uint8_t)c->n, s[i].missing_right};
        number[s[i].tree][s[i].node] = (uint32_t)p->test_count++;
        c->end = (uint32_t)p->test_count;
    }
    if (c)
        finish_chunk(c);
}

static int height_of(const struct gbt_tree *t, int32_t node, int depth)
{
    int l, r;

    if (t->left[node] == GBT_NO_NODE || depth > MAX_HEIGHT)
        return 0;
    l = height_of(t, t->left[node], depth + 1);
    r = height_of(t, t->right[node], depth + 1);
    return (l > r ? l : r) + 1;
}

/* Ops of a subtree, children first, and its leaves under their numbers; returns its height. */
static int compile(struct gbt_block_program *p, const struct gbt_tree *t, int32_t node,
                   const uint32_t *number, float weight, float *leaves)
{
    int l = 0, r = 0, top;

    if (t->left[node] == GBT_NO_NODE) {
        leaves[0] = t->value[node] * weight;
        return 0;
    }
    l = height_of(t, t->left[node], 0);
    r = height_of(t, t->right[node], 0);
    top = l > r ? l : r;
    compile(p, t, t->left[node], number, weight, leaves);
    compile(p, t, t->right[node], number, weight, leaves + ((size_t)1 << top));
    MEM_GROW(p->ops, p->op_count, p->op_cap);
    p->ops[p->op_count++] = (struct op){number[node], (uint8_t)l, (uint8_t)r};
    return top + 1;
}

static void compile_tree(struct gbt_block_program *p, const struct lk_model *m, size_t tree,
                         const uint32_t *number)
{
    const struct gbt_tree *t = &m->trees[tree];
    struct tree_program *out = &p->trees[tree];
    float weight = m->tree_weight ? m->tree_weight[tree] : 1;

    out->height = height_of(t, 0, 0);
    out->begin = p->op_count;
    out->leaf = p->leaf_count;
    p->leaf_count += (size_t)1 << out->height;
    if (p->leaf_count > p->leaf_cap) {
        p->leaf_cap = p->leaf_count * 2;
        p->leaves = mem_resize(p->leaves, p->leaf_cap, sizeof *p->leaves);
    }
    memset(p->leaves + out->leaf, 0, sizeof(float) << out->height);
    compile(p, t, 0, number, weight, p->leaves + out->leaf);
    out->end = p->op_count;
}

static bool suits(const struct lk_model *m)
{
    for (size_t i = 0; i < m->tree_count; i++)
        if (m->trees[i].leaf_vector || height_of(&m->trees[i], 0, 0) > MAX_HEIGHT)
            return false;
    return m->tree_count > 0;
}

struct gbt_block_program *gbt_block_new(const struct lk_model *m)
{
    struct gbt_block_program *p;
    struct split *s = NULL;
    size_t n = 0, cap = 0;
    uint32_t **number;

    if (!suits(m))
        return NULL;
    p = mem_calloc(1, sizeof *p);
    number = mem_calloc(m->tree_count, sizeof *number);
    for (size_t i = 0; i < m->tree_count; i++) {
        const struct gbt_tree *t = &m->trees[i];

        number[i] = mem_calloc((size_t)t->nodes, sizeof **number);
        for (int32_t k = 0; k < t->nodes; k++) {
            if (t->left[k] == GBT_NO_NODE || (k && t->parent[k] == GBT_NO_NODE) ||
                t->feature[k] >= m->features || (t->categorical && t->categorical[k]))
                continue;
            MEM_GROW(s, n, cap);
            s[n++] = (struct split){t->feature[k], !t->default_left[k], t->value[k], i, k};
        }
    }
    make_tests(p, s, n, number);
    free(s);
    p->trees = mem_calloc(m->tree_count, sizeof *p->trees);
    for (size_t i = 0; i < m->tree_count; i++) {
        const struct gbt_tree *t = &m->trees[i];

        for (int32_t k = 0; t->categorical && k < t->nodes; k++) {
            if (!t->categorical[k] || t->left[k] == GBT_NO_NODE)
                continue;
            number[i][k] = (uint32_t)(p->test_count + p->set_count);
            MEM_GROW(p->sets, p->set_count, p->set_cap);
            p->sets[p->set_count++] = (struct set_test){(uint32_t)i, k};
        }
        compile_tree(p, m, i, number[i]);
        free(number[i]);
    }
    free(number);
    for (int b = 0; b < 256; b++)
        for (int i = 0; i < 8; i++)
            p->spread[b] |= (uint64_t)(b >> i & 1) << (8 * i);
    return p;
}

void gbt_block_free(struct gbt_block_program *p)
{
    if (!p)
        return;
    free(p->chunks);
    free(p->tests);
    free(p->sets);
    free(p->ops);
    free(p->leaves);
    free(p->trees);
    free(p);
}

/* ---- a block ------------------------------------------------------------------------------ */

#define ALWAYS static inline __attribute__((always_inline))

/* Ranks of a column among a chunk's thresholds, and which rows miss the value. */
static void rank_column(const struct chunk *c, const float *values, size_t stride, size_t rows,
                        uint8_t rank[ROWS], mask *missing)
{
    uint64_t miss[4] = {0};

    for (size_t i = 0; i < rows; i++) {
        float x = values[i * stride + c->feature];
        int cell = cell_of(c, x), r = c->first[cell], end = c->first[cell + 1];

        r += c->threshold[r] <= x; /* a cell has seldom more than one */
        while (r < end && c->threshold[r] <= x)
            r++;
        rank[i] = (uint8_t)r;
        miss[i / 64] |= (uint64_t)(x != x) << (i % 64);
    }
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

/* The planes of a tree's leaf numbers, by its ops. */
ALWAYS void run_ops(const struct op *op, const struct op *end, const mask *test, mask *planes)
{
    mask *top = planes;

    for (; op < end; op++) {
        int l = op->left, r = op->right, both = l < r ? l : r, j = 0;
        mask *left = top - l - r, *right = top - r;
        const mask *m = &test[op->test];

        for (; j < both; j++)
            left[j] ^= (left[j] ^ right[j]) & *m;
        for (; j < r; j++)
            left[j] = right[j] & *m;
        for (; j < l; j++)
            left[j] &= ~*m;
        left[j] = *m;
        top = left + j + 1;
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

ALWAYS void run_trees(const struct gbt_block_program *p, const struct lk_model *m,
                      struct gbt_range range, const mask *test, float *sums)
{
    mask planes[STACK];

    for (size_t t = range.begin; t < range.end; t++) {
        const struct tree_program *tree = &p->trees[t];

        run_ops(p->ops + tree->begin, p->ops + tree->end, test, planes);
        add_leaves_of(p, planes, tree->height, p->leaves + tree->leaf,
                      sums + (size_t)m->tree_group[t] * ROWS);
    }
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

static void trees_plain(const struct gbt_block_program *p, const struct lk_model *m,
                        struct gbt_range range, const mask *test, float *sums)
{
    run_trees(p, m, range, test, sums);
}

#ifdef __x86_64__
/* rank_column, eight rows at a time; the same arithmetic, so the same ranks. */
__attribute__((target("avx2"))) static void rank_column_avx2(const struct chunk *c,
                                                             const float *values, size_t stride,
                                                             size_t rows, uint8_t rank[ROWS],
                                                             mask *missing)
{
    const __m256i step = _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                                            _mm256_set1_epi32((int)stride));
    const __m256i byte = _mm256_set1_epi32(255);
    uint8_t miss[ROWS / 8] = {0};

    for (size_t i = 0; i < rows; i += 8) {
        __m256 x = _mm256_i32gather_ps(values + i * stride + c->feature, step, 4);
        __m256 at =
            _mm256_mul_ps(_mm256_sub_ps(x, _mm256_set1_ps(c->lo)), _mm256_set1_ps(c->scale));
        __m256i cell = _mm256_cvttps_epi32(
            _mm256_min_ps(_mm256_max_ps(at, _mm256_setzero_ps()), _mm256_set1_ps(CELLS - 1)));
        __m256i both = _mm256_i32gather_epi32((const int *)(const void *)c->first, cell, 1);
        __m256i r = _mm256_and_si256(both, byte);
        __m256i end = _mm256_and_si256(_mm256_srli_epi32(both, 8), byte), more;
        __m128i packed;

        do { /* seldom more than once: those that are above and not at their cell's end go on */
            __m256 t = _mm256_i32gather_ps(c->threshold, r, 4);

            more = _mm256_castps_si256(_mm256_cmp_ps(t, x, _CMP_LE_OQ));
            r = _mm256_sub_epi32(r, more);
            more = _mm256_and_si256(more, _mm256_cmpgt_epi32(end, r));
        } while (_mm256_movemask_epi8(more));
        packed = _mm_packus_epi32(_mm256_castsi256_si128(r), _mm256_extracti128_si256(r, 1));
        _mm_storel_epi64((__m128i *)(void *)(rank + i), _mm_packus_epi16(packed, packed));
        miss[i / 8] = (uint8_t)_mm256_movemask_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    }
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

__attribute__((target("avx2"))) static void trees_avx2(const struct gbt_block_program *p,
                                                       const struct lk_model *m,
                                                       struct gbt_range range, const mask *test,
                                                       float *sums)
{
    run_trees(p, m, range, test, sums);
}
#endif

/* Splits on categories, row by row. */
static void ask_sets(const struct gbt_block_program *p, const struct lk_model *m,
                     const float *values, size_t rows, mask *test)
{
    for (size_t i = 0; i < p->set_count; i++) {
        const struct gbt_tree *t = &m->trees[p->sets[i].tree];
        int32_t node = p->sets[i].node;
        uint64_t bits[4] = {0};

        for (size_t r = 0; r < rows; r++)
            bits[r / 64] |=
                (uint64_t)!gbt_tree_goes_left(t, node, values[r * m->features + t->feature[node]])
                << (r % 64);
        memcpy(&test[p->test_count + i], bits, sizeof bits);
    }
}

static void score_block(const struct gbt_block_program *p, const struct lk_model *m,
                        struct gbt_range range, const float *values, size_t rows, float *out,
                        mask *test, float *sums, bool avx2)
{
    _Alignas(32) uint8_t rank[ROWS] = {0};
    mask missing;
    size_t groups = m->groups;

    for (size_t i = 0; i < p->chunk_count; i++) {
#ifdef __x86_64__
        if (avx2) {
            if (rows % 8 == 0)
                rank_column_avx2(&p->chunks[i], values, m->features, rows, rank, &missing);
            else
                rank_column(&p->chunks[i], values, m->features, rows, rank, &missing);
            compare_chunk_avx2(p, &p->chunks[i], rank, &missing, test);
            continue;
        }
#endif
        rank_column(&p->chunks[i], values, m->features, rows, rank, &missing);
        compare_chunk(p, &p->chunks[i], rank, &missing, test);
    }
    ask_sets(p, m, values, rows, test);
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < rows; i++)
            sums[g * ROWS + i] = out[i * groups + g];
#ifdef __x86_64__
    if (avx2)
        trees_avx2(p, m, range, test, sums);
    else
#endif
        trees_plain(p, m, range, test, sums);
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < rows; i++)
            out[i * groups + g] = sums[g * ROWS + i];
}

void gbt_block_score(const struct gbt_block_program *p, const struct lk_model *m,
                     struct gbt_range range, const float *values, size_t rows, float *out)
{
    mask *test = mem_aligned(32, (p->test_count + p->set_count + 1) * sizeof *test);
    float *sums = mem_calloc(m->groups * ROWS, sizeof *sums);
    bool avx2 = false;

#ifdef __x86_64__
    avx2 = __builtin_cpu_supports("avx2") && !getenv("LABKIT_PORTABLE");
#endif
    for (size_t i = 0; i < rows; i += ROWS)
        score_block(p, m, range, values + i * m->features, rows - i < ROWS ? rows - i : ROWS,
                    out + i * m->groups, test, sums, avx2);
    free(test);
    free(sums);
}
