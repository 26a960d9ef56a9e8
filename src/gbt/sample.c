/*
 * Rows are drawn as XGBoost draws them (lottery.h); columns of a level and of a
 * node by a hash of the seed and what they are for (random.h).
 */
#include "gbt/sample.h"
#include "gbt/constraint.h"
#include "gbt/lottery.h"
#include "gbt/random.h"

#include <stdlib.h>
#include <string.h>

/* A share of the columns in `from` (NULL: all), at least one, as a set in the arena. */
static uint64_t *draw_columns(struct arena *a, size_t features, const uint64_t *from, float share,
                              uint64_t seed)
{
    size_t n = 0, wanted;
    uint64_t *set = arena_alloc(a, (features + 63) / 64 * sizeof *set);
    uint32_t *list = mem_resize(NULL, features, sizeof *list);

    for (size_t f = 0; f < features; f++)
        if (!from || gbt_set_has(from, f))
            list[n++] = (uint32_t)f;
    wanted = (size_t)(share * (float)n);
    if (!wanted)
        wanted = 1;
    for (size_t i = 0; i < wanted; i++) {
        size_t k = i + gbt_mix(seed, i) % (n - i);
        uint32_t f = list[k];

        list[k] = list[i];
        gbt_set_add(set, f);
    }
    free(list);
    return set;
}

const uint64_t *gbt_node_columns(struct arena *a, const struct lk_params *p, size_t features,
                                 const uint64_t *columns, uint64_t seed, int depth, int32_t node)
{
    if (p->colsample_bylevel < 1)
        columns = draw_columns(a, features, columns, p->colsample_bylevel,
                               gbt_mix(seed, 1000 + (uint64_t)depth));
    if (p->colsample_bynode < 1)
        columns = draw_columns(a, features, columns, p->colsample_bynode,
                               gbt_mix(seed, 100000 + (uint64_t)node));
    return columns;
}

enum { CHUNK = 1 << 16 };

/* Rows are drawn chunk by chunk; the counts then say where each chunk's go. */
struct draw_job {
    uint32_t *rows, *spare;
    size_t n;
    float share;
    uint32_t seed;
    size_t *drawn, *at; /* (chunks) */
    size_t total;       /* drawn of all */
};

static size_t chunk_end(const struct draw_job *j, size_t task)
{
    return (task + 1) * CHUNK < j->n ? (task + 1) * CHUNK : j->n;
}

static void list_all(void *ctx, size_t task, int worker)
{
    const struct draw_job *j = ctx;

    for (size_t r = task * CHUNK; r < chunk_end(j, task); r++)
        j->rows[r] = (uint32_t)r;
}

/* Drawn rows to the front of the chunk's own spare memory, the others to its back. */
static void draw_chunk(void *ctx, size_t task, int worker)
{
    const struct draw_job *j = ctx;
    size_t begin = task * CHUNK, end = chunk_end(j, task), drawn = begin, out = end;
    uint64_t state = gbt_row_chance(j->seed, begin);

    for (size_t r = begin; r < end; r++)
        if (gbt_row_next(&state) < (double)j->share)
            j->spare[drawn++] = (uint32_t)r;
        else
            j->spare[--out] = (uint32_t)r;
    j->drawn[task] = drawn - begin;
}

static void place_chunk(void *ctx, size_t task, int worker)
{
    const struct draw_job *j = ctx;
    size_t begin = task * CHUNK, end = chunk_end(j, task), drawn = j->drawn[task];
    uint32_t *out = j->rows + j->total + (begin - j->at[task]);

    memcpy(j->rows + j->at[task], j->spare + begin, drawn * sizeof *j->rows);
    for (size_t i = end; i > begin + drawn; i--)
        *out++ = j->spare[i - 1];
}

size_t gbt_draw_rows(uint32_t *rows, uint32_t *spare, size_t n, float share, uint32_t seed,
                     struct pool *pool)
{
    size_t chunks = (n + CHUNK - 1) / CHUNK;
    struct draw_job j = {rows, spare, n, share, seed, NULL, NULL, 0};

    if (share >= 1) {
        pool_run(pool, chunks, list_all, &j);
        return n;
    }
    j.drawn = mem_calloc(2 * chunks, sizeof *j.drawn);
    j.at = j.drawn + chunks;
    pool_run(pool, chunks, draw_chunk, &j);
    for (size_t i = 0; i < chunks; i++) {
        j.at[i] = j.total;
        j.total += j.drawn[i];
    }
    pool_run(pool, chunks, place_chunk, &j);
    free(j.drawn);
    return j.total;
}
