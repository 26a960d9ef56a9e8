/*
 * Marking reads a node's rows in their ascending order and writes bytes, so a
 * million rows' marks stay in the cache while leaf after leaf is gone through.
 *
 * Sums are added up by every worker in a table of its own; whole numbers, so
 * it does not matter who added what. A row's two numbers are scaled and rounded
 * as gbt_exact does it, but both at once.
 */
#include "gbt/place.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 14 }; /* rows a task */

/* ---- marks ------------------------------------------------------------------ */

struct chunk {
    const struct gbt_marking *from;
    size_t begin, n;
};

struct mark_job {
    uint8_t *place;
    const struct gbt_bins *b;
    struct chunk *chunks;
};

#define MARK(type)                                                                                 \
    do {                                                                                           \
        const type *code = (const type *)j->b->by_column + m->feature * j->b->rows;                \
        for (size_t i = 0; i < n; i++)                                                             \
            place[rows[i]] = by_code[code[rows[i]]];                                               \
    } while (0)

static void mark_chunk(void *ctx, size_t task, int worker)
{
    const struct mark_job *j = ctx;
    const struct chunk *c = &j->chunks[task];
    const struct gbt_marking *m = c->from;
    const uint32_t *rows = m->rows + c->begin;
    const uint8_t *by_code = m->by_code;
    uint8_t *place = j->place; /* a byte written could be any of these, for all a compiler knows */
    size_t n = c->n;

    if (!by_code)
        for (size_t i = 0; i < n; i++)
            place[rows[i]] = m->mark;
    else if (j->b->bytes == 1)
        MARK(uint8_t);
    else
        MARK(uint16_t);
}

void gbt_place_mark(uint8_t *place, const struct gbt_marking *all, size_t n,
                    const struct gbt_bins *b, struct pool *pool)
{
    struct mark_job j = {place, b, NULL};
    size_t count = 0, cap = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t begin = 0; begin < all[i].n; begin += CHUNK) {
            size_t rest = all[i].n - begin;

            MEM_GROW(j.chunks, count, cap);
            j.chunks[count++] = (struct chunk){&all[i], begin, rest < CHUNK ? rest : CHUNK};
        }
    pool_run(pool, count, mark_chunk, &j);
    free(j.chunks);
}

/* ---- sums -------------------------------------------------------------------- */

struct sum_job {
    struct gbt_sum *sums; /* (workers, GBT_MARKS) */
    const uint8_t *place;
    const struct gbt_quant *q;
    size_t rows;
};

/* gbt_exact of hist.h for scaled numbers: a hessian above zero stays above zero. */
static inline gbt_longs exact(gbt_doubles scaled)
{
    const gbt_doubles zero = {0, 0}, half = {-1, 0.5};

    return gbt_round_pair(scaled) - (gbt_longs)((scaled > zero) & (scaled <= half));
}

static void sum_chunk(void *ctx, size_t task, int worker)
{
    const struct sum_job *j = ctx;
    size_t begin = task * CHUNK, end = begin + CHUNK < j->rows ? begin + CHUNK : j->rows;
    gbt_longs *sums = (gbt_longs *)(j->sums + (size_t)worker * GBT_MARKS);
    const struct gbt_gradient *gradient = j->q->gradient;
    const uint8_t *place = j->place;
    gbt_doubles scale = {j->q->g_scale, j->q->h_scale};

    for (size_t r = begin; r < end; r++)
        sums[place[r]] += exact(gbt_pair_of(&gradient[r]) * scale);
}

void gbt_place_sums(struct gbt_sum sums[GBT_MARKS], const uint8_t *place, size_t rows,
                    const struct gbt_quant *q, struct pool *pool)
{
    size_t workers = (size_t)pool_threads(pool), bytes = GBT_MARKS * sizeof *sums;
    struct sum_job j = {mem_aligned(64, workers * bytes), place, q, rows};

    assert(q->packed); /* a row's numbers are small enough then */
    memset(j.sums, 0, workers * bytes);
    pool_run(pool, (rows + CHUNK - 1) / CHUNK, sum_chunk, &j);
    memset(sums, 0, bytes);
    for (size_t i = 0; i < workers * GBT_MARKS; i++) {
        sums[i % GBT_MARKS].g += j.sums[i].g;
        sums[i % GBT_MARKS].h += j.sums[i].h;
    }
    free(j.sums);
}

/* ---- margins ------------------------------------------------------------------- */

struct add_job {
    float *margins;
    size_t step;
    const uint8_t *place;
    const float *value;
    size_t rows;
};

static void add_chunk(void *ctx, size_t task, int worker)
{
    const struct add_job *j = ctx;
    size_t begin = task * CHUNK, end = begin + CHUNK < j->rows ? begin + CHUNK : j->rows;

    const uint8_t *place = j->place;
    const float *value = j->value;
    float *margins = j->margins;
    size_t step = j->step;

    for (size_t r = begin; r < end; r++)
        margins[r * step] += value[place[r]];
}

void gbt_place_add(float *margins, size_t step, const uint8_t *place, size_t rows,
                   const float value[GBT_MARKS], struct pool *pool)
{
    struct add_job j = {margins, step, place, value, rows};

    pool_run(pool, (rows + CHUNK - 1) / CHUNK, add_chunk, &j);
}
