/*
 * Lists are cut into chunks of a fixed size. First every chunk is split into
 * the spare memory that lies beside it, left rows from its front, right rows
 * behind them, without a branch; then the counts say where each chunk's rows
 * belong, and they are copied back. Both passes share chunks out to threads,
 * and the order of rows depends on neither.
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
    struct chunk *chunks;
    const struct gbt_bins *b;
    uint32_t *base, *spare;
};

/* Both loops read codes as one or two bytes; nothing else differs. */
#define SPLIT(type)                                                                                \
    do {                                                                                           \
        const type *code = (const type *)j->b->by_column + p->feature * j->b->rows;                \
        for (size_t i = 0; i < c->n; i++) {                                                        \
            uint32_t r = rows[i];                                                                  \
            size_t goes = p->goes_left[code[r]];                                                   \
            to[left] = r;                                                                          \
            right[i - left] = r;                                                                   \
            left += goes;                                                                          \
        }                                                                                          \
    } while (0)

static void split_chunk(void *ctx, size_t task, int worker)
{
    const struct job *j = ctx;
    struct chunk *c = &j->chunks[task];
    const struct gbt_partition *p = &j->parts[c->part];
    const uint32_t *rows = p->rows + c->begin;
    uint32_t *to = j->spare + (rows - j->base), right[CHUNK + 1];
    size_t left = 0;

    if (j->b->bytes == 1)
        SPLIT(uint8_t);
    else
        SPLIT(uint16_t);
    memcpy(to + left, right, (c->n - left) * sizeof *right);
    c->left = left;
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
static void place(struct gbt_partition *parts, size_t n, struct chunk *chunks, size_t count)
{
    size_t right;

    for (size_t i = 0; i < n; i++)
        parts[i].left = 0;
    for (size_t k = 0; k < count; k++) {
        chunks[k].left_at = parts[chunks[k].part].left;
        parts[chunks[k].part].left += chunks[k].left;
    }
    right = 0;
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
    struct job j = {parts, NULL, b, base, spare};
    size_t count = 0, cap = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t begin = 0; begin < parts[i].n; begin += CHUNK) {
            size_t rest = parts[i].n - begin;

            MEM_GROW(j.chunks, count, cap);
            j.chunks[count++] =
                (struct chunk){.part = i, .begin = begin, .n = rest < CHUNK ? rest : CHUNK};
        }
    pool_run(pool, count, split_chunk, &j);
    place(parts, n, j.chunks, count);
    pool_run(pool, count, move_chunk, &j);
    free(j.chunks);
}
