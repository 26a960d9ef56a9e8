/*
 * Building is the inner loop of training: for each row of a node, for each
 * column, one addition of a (gradient, hessian) pair. Rows are taken in the
 * order of the node's list, which ascends, and are asked for ahead of time;
 * the loop over columns is unrolled for each width up to 64 columns.
 *
 * Large nodes are cut into one piece a thread, each into a histogram of its
 * own, then added up; small ones are built whole, one a task.
 */
#include "gbt/hist.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1 << 14,      /* rows a task of the plain passes */
    SPLIT_ROWS = 1 << 13, /* nodes from here on are shared between threads */
    AHEAD = 24,           /* rows asked for ahead */
    SLICE = 1 << 12,      /* slots a task when adding or subtracting */
};

typedef int64_t pair __attribute__((vector_size(16), may_alias));

/* ---- gradients as whole numbers --------------------------------------------- */

struct quant_job {
    struct gbt_quant *q;
    const struct gbt_gradient *gradient;
    size_t rows;
    float *most; /* (chunks, 2): largest |g| and |h| */
    double g_scale, h_scale;
};

static void find_most(void *ctx, size_t task, int worker)
{
    struct quant_job *j = ctx;
    size_t end = (task + 1) * CHUNK < j->rows ? (task + 1) * CHUNK : j->rows;
    float g = 0, h = 0;

    for (size_t i = task * CHUNK; i < end; i++) {
        float a = fabsf(j->gradient[i].g), b = fabsf(j->gradient[i].h);

        g = a > g ? a : g;
        h = b > h ? b : h;
    }
    j->most[2 * task] = g;
    j->most[2 * task + 1] = h;
}

static void scale_chunk(void *ctx, size_t task, int worker)
{
    struct quant_job *j = ctx;
    size_t end = (task + 1) * CHUNK < j->rows ? (task + 1) * CHUNK : j->rows;

    for (size_t i = task * CHUNK; i < end; i++)
        j->q->row[i] = (struct gbt_sum){llrint((double)j->gradient[i].g * j->g_scale),
                                        llrint((double)j->gradient[i].h * j->h_scale)};
}

/* The power of two by which `rows` numbers up to `most` still add up within 62 bits. */
static double scale_for(float most, size_t rows)
{
    int size, bits = 64 - __builtin_clzll(rows | 1);

    frexp((double)most, &size);
    return most > 0 ? ldexp(1, 62 - bits - size) : 1;
}

void gbt_quantise(struct gbt_quant *q, const struct gbt_gradient *gradient, size_t rows,
                  struct pool *pool)
{
    size_t chunks = (rows + CHUNK - 1) / CHUNK;
    struct quant_job j = {.q = q, .gradient = gradient, .rows = rows};
    float g = 0, h = 0;

    j.most = mem_calloc(chunks, 2 * sizeof *j.most);
    pool_run(pool, chunks, find_most, &j);
    for (size_t i = 0; i < chunks; i++) {
        g = j.most[2 * i] > g ? j.most[2 * i] : g;
        h = j.most[2 * i + 1] > h ? j.most[2 * i + 1] : h;
    }
    free(j.most);
    j.g_scale = scale_for(g, rows);
    j.h_scale = scale_for(h, rows);
    q->g_unit = 1 / j.g_scale;
    q->h_unit = 1 / j.h_scale;
    pool_run(pool, chunks, scale_chunk, &j);
}

/* ---- building ------------------------------------------------------------------ */

static inline __attribute__((always_inline)) void
build8(struct gbt_sum *hist, const struct gbt_bins *b, const struct gbt_quant *q,
       const uint32_t *rows, size_t first, size_t n, size_t quads)
{
    const uint8_t *bins = b->by_row;
    size_t stride = b->stride, slots = b->slots;

    for (size_t i = 0; i < n; i++) {
        size_t r = rows ? rows[i] : first + i;
        const uint8_t *row = bins + r * stride;
        pair v = *(const pair *)&q->row[r], *at = (pair *)hist;

        if (rows && i + AHEAD < n) {
            __builtin_prefetch(bins + rows[i + AHEAD] * stride);
            __builtin_prefetch(&q->row[rows[i + AHEAD]]);
        }
#pragma GCC unroll 16
        for (size_t k = 0; k < quads; k++, row += 4, at += 4 * slots) {
            at[row[0]] += v;
            at[slots + row[1]] += v;
            at[2 * slots + row[2]] += v;
            at[3 * slots + row[3]] += v;
        }
    }
}

static void build16(struct gbt_sum *hist, const struct gbt_bins *b, const struct gbt_quant *q,
                    const uint32_t *rows, size_t first, size_t n)
{
    const uint16_t *bins = b->by_row;

    for (size_t i = 0; i < n; i++) {
        size_t r = rows ? rows[i] : first + i;
        const uint16_t *row = bins + r * b->stride;
        pair v = *(const pair *)&q->row[r], *at = (pair *)hist;

        if (rows && i + AHEAD < n)
            __builtin_prefetch(bins + rows[i + AHEAD] * b->stride);
        for (size_t k = 0; k < b->padded; k++, at += b->slots)
            at[row[k]] += v;
    }
}

void gbt_hist_build(struct gbt_sum *hist, const struct gbt_bins *b, const struct gbt_quant *q,
                    const uint32_t *rows, size_t first, size_t n)
{
    memset(hist, 0, b->hist_slots * sizeof *hist);
    if (b->bytes == 2) {
        build16(hist, b, q, rows, first, n);
        return;
    }
    switch (b->padded / 4) {
#define WIDTH(k)                                                                                   \
    case k:                                                                                        \
        build8(hist, b, q, rows, first, n, k);                                                     \
        break;
        WIDTH(1)
        WIDTH(2)
        WIDTH(3)
        WIDTH(4)
        WIDTH(5)
        WIDTH(6)
        WIDTH(7)
        WIDTH(8)
        WIDTH(9)
        WIDTH(10)
        WIDTH(11)
        WIDTH(12)
        WIDTH(13)
        WIDTH(14)
        WIDTH(15)
        WIDTH(16)
#undef WIDTH
    default:
        build8(hist, b, q, rows, first, n, b->padded / 4);
    }
}

/* ---- sharing the work -------------------------------------------------------------- */

struct build_job {
    const struct gbt_hist_job *jobs;
    const size_t *small; /* numbers of the jobs built whole */
    const struct gbt_bins *b;
    const struct gbt_quant *q;
    const struct gbt_hist_job *large; /* the one being shared */
    struct gbt_sum *scratch;
    size_t pieces;
};

static void build_small(void *ctx, size_t task, int worker)
{
    const struct build_job *j = ctx;
    const struct gbt_hist_job *one = &j->jobs[j->small[task]];

    gbt_hist_build(one->hist, j->b, j->q, one->rows, 0, one->n);
}

static void build_piece(void *ctx, size_t task, int worker)
{
    const struct build_job *j = ctx;
    const struct gbt_hist_job *one = j->large;
    size_t begin = one->n * task / j->pieces, end = one->n * (task + 1) / j->pieces;
    struct gbt_sum *to = task ? j->scratch + (task - 1) * j->b->hist_slots : one->hist;

    gbt_hist_build(to, j->b, j->q, one->rows ? one->rows + begin : NULL, begin, end - begin);
}

static void add_slice(void *ctx, size_t task, int worker)
{
    const struct build_job *j = ctx;
    size_t slots = j->b->hist_slots, begin = task * SLICE;
    size_t end = begin + SLICE < slots ? begin + SLICE : slots;

    for (size_t p = 1; p < j->pieces; p++) {
        const struct gbt_sum *from = j->scratch + (p - 1) * slots;
        struct gbt_sum *to = j->large->hist;

        for (size_t i = begin; i < end; i++) {
            to[i].g += from[i].g;
            to[i].h += from[i].h;
        }
    }
}

void gbt_hist_build_all(const struct gbt_hist_job *jobs, size_t n, const struct gbt_bins *b,
                        const struct gbt_quant *q, struct gbt_sum *scratch, struct pool *pool)
{
    size_t *small = mem_resize(NULL, n, sizeof *small), smalls = 0;
    struct build_job j = {jobs, small, b, q, NULL, scratch, (size_t)pool_threads(pool)};

    for (size_t i = 0; i < n; i++) {
        if (jobs[i].n < SPLIT_ROWS || j.pieces == 1) {
            small[smalls++] = i;
            continue;
        }
        j.large = &jobs[i];
        pool_run(pool, j.pieces, build_piece, &j);
        pool_run(pool, (b->hist_slots + SLICE - 1) / SLICE, add_slice, &j);
    }
    pool_run(pool, smalls, build_small, &j);
    free(small);
}

struct subtract_job {
    struct gbt_sum *const *from, *const *less;
    size_t slots;
};

static void subtract_one(void *ctx, size_t task, int worker)
{
    const struct subtract_job *j = ctx;
    struct gbt_sum *from = j->from[task];
    const struct gbt_sum *less = j->less[task];

    for (size_t i = 0; i < j->slots; i++) {
        from[i].g -= less[i].g;
        from[i].h -= less[i].h;
    }
}

void gbt_hist_subtract_all(struct gbt_sum *const *from, struct gbt_sum *const *less, size_t n,
                           size_t slots, struct pool *pool)
{
    struct subtract_job j = {from, less, slots};

    pool_run(pool, n, subtract_one, &j);
}
