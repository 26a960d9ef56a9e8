/*
 * Building is the inner loop of training: for each row of a node, for each
 * column, one addition of a (gradient, hessian) pair. Rows are taken in the
 * order of the node's list, which ascends, and are asked for ahead of time;
 * the loop over columns is unrolled for the usual widths.
 *
 * A node that is a large part of the work is cut into pieces, which threads take
 * as they get to them, each thread into a histogram of its own; those are then
 * added up. The others are built whole, one a task, without waiting for each
 * other. Sums being whole numbers, it does not matter who added what.
 */
#include "gbt/hist.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1 << 14,                         /* rows a task of the plain passes */
    SPLIT_ROWS = 1 << 13,                    /* smaller nodes are not worth sharing */
    BATCH = (1 << (31 - GBT_PACK_BITS)) - 1, /* rows whose packed sums stay below 2^31 */
    AHEAD = 32,                              /* rows asked for ahead, into the second cache */
    SLICE = 1 << 12,                         /* slots a task when adding or subtracting */
    FULL_SLOTS = 260,                        /* of columns with 256 bins, see bins.c */
};

typedef int64_t pair __attribute__((vector_size(16), may_alias));

/* ---- gradients as whole numbers --------------------------------------------- */

struct quant_job {
    struct gbt_quant *q;
    const struct gbt_gradient *gradient;
    size_t rows;
    struct range *range; /* (chunks) */
    double g_scale, h_scale;
};

/* The largest |g| and h, the least h, and what |g| and |h| add up to. */
struct range {
    float g, h, least;
    double g_sum, h_sum;
};

static void find_range(void *ctx, size_t task, int worker)
{
    struct quant_job *j = ctx;
    size_t end = (task + 1) * CHUNK < j->rows ? (task + 1) * CHUNK : j->rows;
    const struct gbt_gradient *gradient = j->gradient;
    struct range r = {0};
    gbt_doubles sum = {0, 0};

    for (size_t i = task * CHUNK; i < end; i++) {
        struct gbt_gradient size = {fabsf(gradient[i].g), fabsf(gradient[i].h)};

        r.g = size.g > r.g ? size.g : r.g;
        r.h = size.h > r.h ? size.h : r.h;
        r.least = gradient[i].h < r.least ? gradient[i].h : r.least;
        sum += gbt_pair_of(&size);
    }
    r.g_sum = sum[0];
    r.h_sum = sum[1];
    j->range[task] = r;
}

static void pack_chunk(void *ctx, size_t task, int worker)
{
    struct quant_job *j = ctx;
    size_t end = (task + 1) * CHUNK < j->rows ? (task + 1) * CHUNK : j->rows;
    const struct gbt_gradient *gradient = j->gradient;
    uint64_t *word = j->q->word;
    gbt_doubles scale = {j->g_scale, j->h_scale};

    for (size_t i = task * CHUNK; i < end; i++) {
        gbt_longs v = gbt_round_pair(gbt_pair_of(&gradient[i]) * scale);

        word[i] = ((uint64_t)v[0] << 32) + (uint64_t)v[1];
    }
}

/* Of all rows; chunks are added up in their order, so threads do not matter. */
static struct range whole_range(struct quant_job *j, struct pool *pool)
{
    size_t chunks = (j->rows + CHUNK - 1) / CHUNK;
    struct range all = {0};

    j->range = mem_calloc(chunks, sizeof *j->range);
    pool_run(pool, chunks, find_range, j);
    for (size_t i = 0; i < chunks; i++) {
        const struct range *r = &j->range[i];

        all.g = r->g > all.g ? r->g : all.g;
        all.h = r->h > all.h ? r->h : all.h;
        all.least = r->least < all.least ? r->least : all.least;
        all.g_sum += r->g_sum;
        all.h_sum += r->h_sum;
    }
    free(j->range);
    return all;
}

/* The power of two that turns numbers up to `most` into whole ones of so many bits. */
static double scale_for(double most, int bits)
{
    int size;

    frexp(most, &size);
    return most > 0 ? ldexp(1, bits - size) : 1;
}

/* See hist.h. */
static bool may_pack(const struct range *r, const struct gbt_quant *q, const struct gbt_bins *b)
{
    double rows = (double)b->rows;

    return !q->only_exact && b->bytes == 1 && b->rows >= GBT_PACK_ROWS && r->least >= 0 &&
           r->g_sum * GBT_PACK_SPREAD >= (double)r->g * rows &&
           r->h_sum * GBT_PACK_SPREAD >= (double)r->h * rows;
}

void gbt_quantise(struct gbt_quant *q, const struct gbt_gradient *gradient,
                  const struct gbt_bins *b, struct pool *pool)
{
    size_t chunks = (b->rows + CHUNK - 1) / CHUNK;
    struct quant_job j = {.q = q, .gradient = gradient, .rows = b->rows};
    struct range range = whole_range(&j, pool);

    q->gradient = gradient;
    q->packed = may_pack(&range, q, b);
    q->g_scale = scale_for(range.g_sum, q->packed ? GBT_PACKED_SUM_BITS : GBT_SUM_BITS);
    q->h_scale = scale_for(range.h_sum, q->packed ? GBT_PACKED_SUM_BITS : GBT_SUM_BITS);
    q->g_unit = 1 / q->g_scale;
    q->h_unit = 1 / q->h_scale;
    if (!q->packed)
        return;
    if (!q->word) {
        size_t slots = (size_t)pool_threads(pool) * b->hist_slots;

        q->word = mem_aligned(64, b->rows * sizeof *q->word);
        mem_hint_large(q->word, b->rows * sizeof *q->word);
        q->scratch = mem_aligned(64, slots * sizeof *q->scratch);
    }
    j.g_scale = scale_for((double)range.g, GBT_PACK_BITS);
    j.h_scale = scale_for((double)range.h, GBT_PACK_BITS);
    q->g_packed = 1 / j.g_scale;
    q->h_packed = 1 / j.h_scale;
    pool_run(pool, chunks, pack_chunk, &j);
}

void gbt_quant_done(struct gbt_quant *q)
{
    free(q->word);
    free(q->scratch);
    *q = (struct gbt_quant){0};
}

/* ---- building ------------------------------------------------------------------ */

/*
 * The two kernels differ in what they add. `quads` is constant where this is
 * inlined with a constant, and the loop over columns then unrolls; so is `slots`
 * where columns are as wide as they usually are, and then costs no addition.
 */
#define KERNEL(name, type, source, value)                                                          \
    static inline __attribute__((always_inline)) void name(                                        \
        type *hist, const struct gbt_bins *b, const struct gbt_quant *q, const uint32_t *rows,     \
        size_t first, size_t n, size_t slots, size_t quads)                                        \
    {                                                                                              \
        const uint8_t *bins = b->by_row;                                                           \
        size_t stride = b->stride;                                                                 \
                                                                                                   \
        for (size_t i = 0; i < n; i++) {                                                           \
            size_t r = rows ? rows[i] : first + i;                                                 \
            const uint8_t *row = bins + r * stride;                                                \
            type v = value(q, r), *at = hist;                                                      \
                                                                                                   \
            if (rows && i + AHEAD < n) {                                                           \
                __builtin_prefetch(bins + rows[i + AHEAD] * stride, 0, 2);                         \
                __builtin_prefetch(&q->source[rows[i + AHEAD]], 0, 2);                             \
            }                                                                                      \
            _Pragma("GCC unroll 16") for (size_t k = 0; k < quads; k++, row += 4, at += 4 * slots) \
            {                                                                                      \
                at[row[0]] += v;                                                                   \
                at[slots + row[1]] += v;                                                           \
                at[2 * slots + row[2]] += v;                                                       \
                at[3 * slots + row[3]] += v;                                                       \
            }                                                                                      \
        }                                                                                          \
    }

static inline pair exact_pair(const struct gbt_quant *q, size_t row)
{
    struct gbt_sum s = gbt_exact(q, row);

    return (pair){s.g, s.h};
}

static inline uint64_t packed_word(const struct gbt_quant *q, size_t row)
{
    return q->word[row];
}

KERNEL(add_wide, pair, gradient, exact_pair)
KERNEL(add_packed, uint64_t, word, packed_word)

#ifdef GBT_SMALL
/* Any width alike: where the program's size counts for more. */
#define BY_WIDTH(kernel, ...) kernel(__VA_ARGS__, b->padded / 4);
#else
/* One call of a kernel with its width as a constant where there are up to 64 columns. */
#define BY_WIDTH(kernel, ...)                                                                      \
    switch (b->padded / 4) {                                                                       \
        WIDTH(kernel, 1, __VA_ARGS__)                                                              \
        WIDTH(kernel, 2, __VA_ARGS__)                                                              \
        WIDTH(kernel, 3, __VA_ARGS__)                                                              \
        WIDTH(kernel, 4, __VA_ARGS__)                                                              \
        WIDTH(kernel, 5, __VA_ARGS__)                                                              \
        WIDTH(kernel, 6, __VA_ARGS__)                                                              \
        WIDTH(kernel, 7, __VA_ARGS__)                                                              \
        WIDTH(kernel, 8, __VA_ARGS__)                                                              \
        WIDTH(kernel, 10, __VA_ARGS__)                                                             \
        WIDTH(kernel, 12, __VA_ARGS__)                                                             \
        WIDTH(kernel, 16, __VA_ARGS__)                                                             \
    default:                                                                                       \
        kernel(__VA_ARGS__, b->padded / 4);                                                        \
    }
#define WIDTH(kernel, k, ...)                                                                      \
    case k:                                                                                        \
        kernel(__VA_ARGS__, k);                                                                    \
        break;
#endif

/* Empty packed sums into wide ones; `fresh`: those hold nothing yet. */
static void unpack(struct gbt_sum *wide, uint64_t *packed, size_t slots, bool fresh)
{
    pair *to = (pair *)wide;

    for (size_t i = 0; i < slots; i++) {
        pair v = {(int32_t)(packed[i] >> 32), (uint32_t)packed[i]};

        to[i] = fresh ? v : (pair)(to[i] + v);
        packed[i] = 0;
    }
}

/*
 * A packed sum is safe as long as at most BATCH rows went into it. No sum of a
 * column gets more rows than the column's fullest bin has in the whole data, so
 * columns cut into quantiles seldom need emptying before the end; a column with
 * a fuller bin is emptied after each batch of rows.
 */
static bool may_overflow(const struct gbt_bins *b, size_t column)
{
    return column < b->features && b->fullest[column] > BATCH;
}

/* Nothing packed yet; `fresh`: nothing wide either, where columns are emptied on the way. */
static void start_packed(struct gbt_sum *hist, const struct gbt_bins *b, uint64_t *scratch,
                         bool fresh)
{
    memset(scratch, 0, b->hist_slots * sizeof *scratch);
    for (size_t f = 0; fresh && f < b->features; f++)
        if (may_overflow(b, f))
            memset(hist + f * b->slots, 0, b->slots * sizeof *hist);
}

static void add_batches(struct gbt_sum *hist, const struct gbt_bins *b, const struct gbt_quant *q,
                        const uint32_t *rows, size_t first, size_t n, uint64_t *scratch)
{
    size_t slots = b->slots, batch = b->most > BATCH ? BATCH : n;

    for (size_t done = 0; done < n; done += batch) {
        size_t here = n - done < batch ? n - done : batch;
        const uint32_t *list = rows ? rows + done : NULL;

        if (slots == FULL_SLOTS)
            BY_WIDTH(add_packed, scratch, b, q, list, first + done, here, FULL_SLOTS)
        else
            BY_WIDTH(add_packed, scratch, b, q, list, first + done, here, slots)
        for (size_t f = 0; f < b->features; f++)
            if (may_overflow(b, f))
                unpack(hist + f * slots, scratch + f * slots, slots, false);
    }
}

static void build_packed(struct gbt_sum *hist, const struct gbt_bins *b, const struct gbt_quant *q,
                         const uint32_t *rows, size_t first, size_t n, uint64_t *scratch,
                         bool fresh)
{
    start_packed(hist, b, scratch, fresh);
    add_batches(hist, b, q, rows, first, n, scratch);
    for (size_t f = 0; f < b->padded; f++)
        if (!may_overflow(b, f))
            unpack(hist + f * b->slots, scratch + f * b->slots, b->slots, fresh);
}

static void build16(struct gbt_sum *hist, const struct gbt_bins *b, const struct gbt_quant *q,
                    const uint32_t *rows, size_t first, size_t n)
{
    const uint16_t *bins = b->by_row;

    for (size_t i = 0; i < n; i++) {
        size_t r = rows ? rows[i] : first + i;
        const uint16_t *row = bins + r * b->stride;
        pair v = exact_pair(q, r), *at = (pair *)hist;

        if (rows && i + AHEAD < n)
            __builtin_prefetch(bins + rows[i + AHEAD] * b->stride, 0, 2);
        for (size_t k = 0; k < b->padded; k++, at += b->slots)
            at[row[k]] += v;
    }
}

/* Rows first .. first + n of the job's list; fresh: into a histogram that holds nothing yet. */
static void build(struct gbt_sum *hist, const struct gbt_hist_job *job, size_t first, size_t n,
                  const struct gbt_bins *b, const struct gbt_quant *q, int worker, bool fresh)
{
    const uint32_t *rows = job->rows ? job->rows + first : NULL;

    if (job->packed) {
        build_packed(hist, b, q, rows, first, n, q->scratch + (size_t)worker * b->hist_slots,
                     fresh);
        return;
    }
    if (fresh)
        memset(hist, 0, b->hist_slots * sizeof *hist);
    if (b->bytes == 2)
        build16(hist, b, q, rows, first, n);
    else
        BY_WIDTH(add_wide, (pair *)hist, b, q, rows, first, n, b->slots)
}

/* ---- sharing the work -------------------------------------------------------------- */

struct build_job {
    const struct gbt_hist_job *jobs;
    const size_t *whole; /* numbers of the jobs built whole */
    const struct gbt_bins *b;
    const struct gbt_quant *q;
    const struct gbt_hist_job *shared; /* the one that is cut */
    struct gbt_sum *scratch;
    size_t piece;  /* rows of a piece */
    bool *started; /* (threads): has its histogram something in it? */
    size_t threads;
};

static void build_whole(void *ctx, size_t task, int worker)
{
    const struct build_job *j = ctx;
    const struct gbt_hist_job *one = &j->jobs[j->whole[task]];

    build(one->hist, one, 0, one->n, j->b, j->q, worker, true);
}

/* The first thread's histogram is the node's. */
static struct gbt_sum *hist_of(const struct build_job *j, size_t thread)
{
    return thread ? j->scratch + (thread - 1) * j->b->hist_slots : j->shared->hist;
}

static uint64_t *packed_of(const struct build_job *j, size_t thread)
{
    return j->q->scratch + thread * j->b->hist_slots;
}

/* Packed sums stay packed from piece to piece, and are emptied once, by join_column. */
static void build_piece(void *ctx, size_t task, int worker)
{
    const struct build_job *j = ctx;
    const struct gbt_hist_job *one = j->shared;
    struct gbt_sum *hist = hist_of(j, (size_t)worker);
    uint64_t *packed = packed_of(j, (size_t)worker);
    size_t begin = task * j->piece, rest = one->n - begin, n = rest < j->piece ? rest : j->piece;

    if (!one->packed) {
        build(hist, one, begin, n, j->b, j->q, worker, !j->started[worker]);
    } else {
        if (!j->started[worker])
            start_packed(hist, j->b, packed, true);
        add_batches(hist, j->b, j->q, one->rows ? one->rows + begin : NULL, begin, n, packed);
    }
    j->started[worker] = true;
}

/* What a thread has of a column, added to the node's. */
static void add_column(const struct build_job *j, size_t column, size_t thread, bool fresh)
{
    size_t slots = j->b->slots, at = column * slots;
    struct gbt_sum *to = j->shared->hist + at;
    const struct gbt_sum *from = hist_of(j, thread) + at;

    if (j->shared->packed && !may_overflow(j->b, column)) {
        unpack(to, packed_of(j, thread) + at, slots, fresh);
        return;
    }
    for (size_t i = 0; from != to && i < slots; i++) {
        to[i].g = (fresh ? 0 : to[i].g) + from[i].g;
        to[i].h = (fresh ? 0 : to[i].h) + from[i].h;
    }
}

static void join_column(void *ctx, size_t column, int worker)
{
    const struct build_job *j = ctx;
    bool fresh = true;

    for (size_t t = 0; t < j->threads; t++)
        if (j->started[t]) {
            add_column(j, column, t, fresh);
            fresh = false;
        }
}

/* Eight pieces a thread, in whole batches, so that none waits long for another. */
static void build_shared(struct build_job *j, struct pool *pool)
{
    size_t pieces = 8 * j->threads, batches = j->shared->n / pieces / BATCH + 1;

    j->piece = batches * BATCH;
    memset(j->started, 0, j->threads * sizeof *j->started);
    pool_run(pool, (j->shared->n + j->piece - 1) / j->piece, build_piece, j);
    pool_run(pool, j->b->padded, join_column, j);
}

void gbt_hist_build_all(const struct gbt_hist_job *jobs, size_t n, const struct gbt_bins *b,
                        const struct gbt_quant *q, struct gbt_sum *scratch, struct pool *pool)
{
    size_t *whole = mem_resize(NULL, n, sizeof *whole), wholes = 0, total = 0;
    struct build_job j = {.jobs = jobs,
                          .whole = whole,
                          .b = b,
                          .q = q,
                          .scratch = scratch,
                          .threads = (size_t)pool_threads(pool)};

    j.started = mem_calloc(j.threads, sizeof *j.started);
    for (size_t i = 0; i < n; i++)
        total += jobs[i].n;
    for (size_t i = 0; i < n; i++) {
        if (jobs[i].n < SPLIT_ROWS || j.threads == 1 || jobs[i].n < total / (4 * j.threads)) {
            whole[wholes++] = i;
            continue;
        }
        j.shared = &jobs[i];
        build_shared(&j, pool);
    }
    pool_run(pool, wholes, build_whole, &j);
    free(whole);
    free(j.started);
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
