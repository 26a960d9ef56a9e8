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
#include "gbt/score_block_internal.h"

#include <stdlib.h>
#include <string.h>

/* Tests on numbers; chunks are in the order of their features. */
static void ask_numbers(const struct gbt_block_program *p, const struct lk_model *m,
                        const float *values, size_t rows, mask *test, bool avx2)
{
    float columns[TURNED][COLUMN_ROWS];
    size_t begin = 0, n = 0;

    if (rows < ROWS) /* the rest is read, and means nothing */
        memset(columns, 0, sizeof columns);
    for (size_t i = 0; i < p->chunk_count; i++) {
        size_t feature = p->chunks[i].feature;

        if (feature >= begin + n) {
            begin = feature;
            n = m->features - begin < TURNED ? m->features - begin : TURNED;
            gbt_block_turn(values, m->features, rows, begin, n, columns, avx2);
        }
        gbt_block_ask(p, &p->chunks[i], columns[feature - begin], rows, test, avx2);
    }
}

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
    size_t groups = m->groups;

    ask_numbers(p, m, values, rows, test, avx2);
    ask_sets(p, m, values, rows, test);
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < rows; i++)
            sums[g * ROWS + i] = out[i * groups + g];
    gbt_block_trees(p, m, range, test, sums, avx2);
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
