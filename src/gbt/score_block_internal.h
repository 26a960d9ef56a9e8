/* Between the files of bit-sliced scoring: its program, and what each file does with it. */
#ifndef GBT_SCORE_BLOCK_INTERNAL_H
#define GBT_SCORE_BLOCK_INTERNAL_H

#include "gbt/score_internal.h"

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

/*
 * Ops are words: what to do, in its low byte, with the heights of the two sides
 * above it, and then the numbers of the tests.
 */
enum {
    OP_JOIN, /* one test: the planes of the two sides on top of the stack become one side's */
    OP_TWO,  /* three tests, as a heap: a whole subtree of height 2 */
    OP_THREE /* seven tests: of height 3 */
};

/*
 * The leaves of a tree, 2^height values. Where there are at most FEW of them
 * their bytes stand beside them, all lowest bytes first, each a table of at
 * least 16 for byte shuffles.
 */
enum { FEW_HEIGHT = 6, LEAST_TABLE = 16 };

struct tree_program {
    size_t begin, end; /* words of code */
    size_t leaf;       /* where its leaves begin */
    size_t bytes;      /* where their bytes begin, height <= FEW_HEIGHT */
    int height;
};

struct gbt_block_program {
    struct chunk *chunks;
    size_t chunk_count;
    struct test *tests;
    size_t test_count; /* numeric; those on sets follow */
    struct set_test *sets;
    size_t set_count, set_cap;
    uint32_t *code;
    size_t code_count, code_cap;
    float *leaves;
    size_t leaf_count, leaf_cap;
    uint8_t *bytes;
    size_t byte_count, byte_cap;
    struct tree_program *trees;
    uint64_t spread[256]; /* bit i to byte i */
};

#define ALWAYS static inline __attribute__((always_inline))

/* Never decreases with x; NaN and what lies below the first threshold are in cell 0. */
ALWAYS int gbt_cell_of(const struct chunk *c, float x)
{
    float at = (x - c->lo) * c->scale;

    at = at > 0 ? at : 0;
    return (int)(at < CELLS - 1 ? at : CELLS - 1);
}

/*
 * Values of TURNED columns from `begin` on at a time, a column's rows together;
 * the columns are so far apart that they do not share a cache's sets.
 */
enum { TURNED = 32, COLUMN_ROWS = ROWS + 16 };
void gbt_block_turn(const float *values, size_t stride, size_t rows, size_t begin, size_t n,
                    float (*out)[COLUMN_ROWS], bool avx2);
/* Masks of a chunk's tests for up to ROWS rows of its column. */
void gbt_block_ask(const struct gbt_block_program *p, const struct chunk *c, const float *column,
                   size_t rows, mask *test, bool avx2);
/* The leaves of the range's trees added to sums (groups, ROWS). */
void gbt_block_trees(const struct gbt_block_program *p, const struct lk_model *m,
                     struct gbt_range range, const mask *test, float *sums, bool avx2);

#endif
