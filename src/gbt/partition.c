/*
 * A list that one thread takes whole is split as it is read, without a branch:
 * left rows close up at its front, right rows wait in the spare memory beside
 * it and are copied behind them in the end.
 *
 * A list that is a large part of the work is cut into chunks of a fixed size.
 * First every chunk is split into the spare memory, left rows from its front,
 * right rows behind them; then the counts say where each chunk's rows belong,
 * and they are copied back. Both passes share chunks out to threads. The order
 * of rows depends on none of this.
 */
#include "gbt/partition.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 14 };

struct chunk {
    size_t part, begin, n;
    size_t left;              /* rows that go left */
    size_t left_at, right_at; /* where they go in the node's list */
};

struct job {
    struct gbt_partition *parts;
    struct gbt_partition **whole; /* lists that one thread takes */
    struct chunk *chunks;         /* of the others */
    const struct gbt_bins *b;
    uint32_t *base, *spare;
};

/* Both loops read codes as one or two bytes; nothing else differs. */
#define SPLIT(type)                                                                                \
    do {                                                                                           \
        const type *code = (const type *)b->by_column + p->feature * b->rows;                      \
        for (size_t i = 0; i < n; i++) {                                                           \
            uint32_t r = rows[i];                                                                  \
            size_t goes = goes_left[code[r]];                                                      \
            to[left] = r;                                                                          \
            right[i - left] = r;                                                                   \
            left += goes;                                                                          \
        }                                                                                          \
    } while (0)

/* Rows that go left to `to`, which may be `rows`; the others to `right`. Both need n + 1 places. */
static size_t split(uint32_t *to, uint32_t *right, const uint32_t *rows, size_t n,
                    const struct gbt_partition *p, const struct gbt_bins *b)
{
    const uint8_t *goes_left = p->goes_left;
    size_t left = 0;

    if (b->bytes == 1)
        SPLIT(uint8_t);
    else
        SPLIT(uint16_t);
    return left;
}

static void split_whole(void *ctx, size_t task, int worker)
{
    const struct job *j = ctx;
    struct gbt_partition *p = j->whole[task];
    uint32_t *right = j->spare + (p->rows - j->base);

    p->left = split(p->rows, right, p->rows, p->n, p, j->b);
    memcpy(p->rows + p->left, right, (p->n - p->left) * sizeof *right);
}

static void split_chunk(void *ctx, size_t task, int worker)
{
    const struct job *j = ctx;
    struct chunk *c = &j->chunks[task];
    const struct gbt_partition *p = &j->parts[c->part];
    const uint32_t *rows = p->rows + c->begin;
    uint32_t *to = j->spare + (rows - j->base), right[CHUNK + 1];

    c->left = split(to, right, rows, c->n, p, j->b);
    memcpy(to + c->left, right, (c->n - c->left) * sizeof *right);
}

static void move_chunk(void *ctx, size_t task, int worker)
{
    const struct job *j = ctx;
    const struct chunk *c = &j->chunks[task];
    const struct gbt_partition *p = &j->parts[c->part];
    const uint32_t *from = j->spare + (p->rows + c->begin - j->base);

    memcpy(p->rows + c->left_at, from, c->left * sizeof *from);
    memcpy(p->rows + c->right_at, from + c->left, (c->n - c->left) * sizeof *from);
}

/* Where the chunks' rows go, from the counts. */
static void place(struct gbt_partition *parts, struct chunk *chunks, size_t count)
{
    size_t right = 0;

    for (size_t k = 0; k < count; k++) {
        chunks[k].left_at = parts[chunks[k].part].left;
        parts[chunks[k].part].left += chunks[k].left;
    }
    for (size_t k = 0; k < count; k++) {
        if (!k || chunks[k].part != chunks[k - 1].part)
            right = parts[chunks[k].part].left;
        chunks[k].right_at = right;
        right += chunks[k].n - chunks[k].left;
    }
}

void gbt_partition_all(struct gbt_partition *parts, size_t n, const struct gbt_bins *b,
                       uint32_t *base, uint32_t *spare, struct pool *pool)
{
    struct job j = {.parts = parts, .b = b, .base = base, .spare = spare};
    size_t count = 0, cap = 0, wholes = 0, total = 0, threads = (size_t)pool_threads(pool);

    j.whole = mem_resize(NULL, n, sizeof *j.whole);
    for (size_t i = 0; i < n; i++)
        total += parts[i].n;
    for (size_t i = 0; i < n; i++) {
        parts[i].left = 0;
        if (threads == 1 || parts[i].n <= CHUNK || parts[i].n < total / (4 * threads)) {
            j.whole[wholes++] = &parts[i];
            continue;
        }
        for (size_t begin = 0; begin < parts[i].n; begin += CHUNK) {
            size_t rest = parts[i].n - begin;

            MEM_GROW(j.chunks, count, cap);
            j.chunks[count++] =
                (struct chunk){.part = i, .begin = begin, .n = rest < CHUNK ? rest : CHUNK};
        }
    }
    pool_run(pool, count, split_chunk, &j);
    place(parts, j.chunks, count);
    pool_run(pool, count, move_chunk, &j);
    pool_run(pool, wholes, split_whole, &j);
    free(j.chunks);
    free(j.whole);
}
