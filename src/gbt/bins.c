/*
 * Sixteen columns at a time (a cache line of floats) are copied out of the
 * row-major matrix; then each is sorted for its cuts and coded, one task a
 * column. Codes are 16 bits wide at first where the column needs it, so the
 * width of all is known only in the end: narrow columns are written as bytes
 * at once, and widened if another column turns out to be wide.
 *
 * A value finds its bin through a table of the first 16 bits of its key and a
 * short walk from there; among few rows a binary search is cheaper than the
 * table.
 */
#include "gbt/bins.h"
#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUP = 16,           /* columns copied at a time */
    BLOCK = 1024,         /* rows a task while copying */
    TABLE_ROWS = 1 << 15, /* from so many rows on the table pays */
    CELLS = 1 << 16,
};

struct job {
    struct gbt_bins *b;
    const struct lk_matrix *m;
    size_t max_bin;
    bool rules_1_7;
    size_t first;    /* column of the group */
    float *columns;  /* (GROUP, rows) */
    uint16_t **code; /* (features): (rows), NULL once narrow is set */
    uint8_t **narrow;
    struct gbt_cut_scratch *scratch; /* a worker's */
    uint16_t **cells;                /* a worker's (CELLS) */
    uint8_t *bad;                    /* (features): the column cannot be cut */
};

static bool is_categorical(const struct lk_matrix *m, size_t f)
{
    return m->types && m->types[f] == GBT_CATEGORY;
}

/* ---- copying columns out ------------------------------------------------- */

static void copy_block(void *ctx, size_t task, int worker)
{
    const struct job *j = ctx;
    size_t rows = j->m->rows, begin = task * BLOCK,
           end = begin + BLOCK < rows ? begin + BLOCK : rows;
    size_t width = j->m->columns - j->first < GROUP ? j->m->columns - j->first : GROUP;

    for (size_t c = 0; c < width; c++) {
        const float *from = j->m->values + j->first + c;
        float *to = j->columns + c * rows;

        for (size_t r = begin; r < end; r++)
            to[r] = from[r * j->m->columns];
    }
}

/* ---- coding a column ------------------------------------------------------- */

/* The first bin whose cut is above v; the last bin if none is. */
static uint32_t search(const struct gbt_cut *c, float v)
{
    uint32_t low = 0, high = c->n - 1;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (c->value[mid] > v)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* cells[k]: the bin of the smallest float whose key begins with k. */
static void fill_cells(uint16_t *cells, const struct gbt_cut *c)
{
    uint32_t bin = 0;

    for (uint32_t k = 0; k < CELLS; k++) {
        while (bin < c->n - 1 && gbt_float_key(c->value[bin]) <= k << 16)
            bin++;
        cells[k] = (uint16_t)bin;
    }
}

static uint32_t bin_of(const struct gbt_cut *c, const uint16_t *cells, float v)
{
    uint32_t bin;

    if (isnan(v))
        return c->n;
    if (!cells)
        return search(c, v);
    bin = cells[gbt_float_key(v) >> 16];
    while (bin < c->n - 1 && c->value[bin] <= v)
        bin++;
    return bin;
}

static size_t fullest_bin(const uint8_t *code, size_t n)
{
    size_t count[256] = {0}, most = 0;

    for (size_t r = 0; r < n; r++)
        count[code[r]]++;
    for (int i = 0; i < 256; i++)
        most = count[i] > most ? count[i] : most;
    return most;
}

static void code_column(struct job *j, size_t f, const float *column, int worker)
{
    const struct gbt_cut *c = &j->b->cut[f];
    size_t rows = j->m->rows;
    const uint16_t *cells = NULL;

    if (rows >= TABLE_ROWS && !c->categorical) {
        if (!j->cells[worker])
            j->cells[worker] = mem_resize(NULL, CELLS, sizeof **j->cells);
        fill_cells(j->cells[worker], c);
        cells = j->cells[worker];
    }
    if (c->n + c->missing <= 256) {
        uint8_t *to = j->narrow[f] = mem_alloc(rows);

        for (size_t r = 0; r < rows; r++)
            to[r] = (uint8_t)(c->categorical && !isnan(column[r]) ? (uint32_t)column[r]
                                                                  : bin_of(c, cells, column[r]));
        j->b->fullest[f] = fullest_bin(to, rows);
    } else {
        uint16_t *to = j->code[f] = mem_resize(NULL, rows, sizeof *to);

        for (size_t r = 0; r < rows; r++)
            to[r] = (uint16_t)(c->categorical && !isnan(column[r]) ? (uint32_t)column[r]
                                                                   : bin_of(c, cells, column[r]));
    }
}

static void do_column(void *ctx, size_t task, int worker)
{
    struct job *j = ctx;
    size_t f = j->first + task;
    const float *column = j->columns + task * j->m->rows;
    struct gbt_cut *c = &j->b->cut[f];

    for (size_t r = 0; r < j->m->rows; r++)
        if (isinf(column[r])) {
            j->bad[f] = 1;
            return;
        }
    if (is_categorical(j->m, f))
        j->bad[f] = !gbt_cut_categories(c, column, j->m->rows);
    else
        gbt_cut_numbers(c, column, j->m->weights, j->m->rows, j->max_bin, j->rules_1_7,
                        &j->scratch[worker]);
    if (!j->bad[f])
        code_column(j, f, column, worker);
}

static enum lk_status complain(const struct job *j, size_t f, struct lk_error *err)
{
    const struct lk_matrix *m = j->m;
    char name[128];

    if (m->names)
        snprintf(name, sizeof name, "'%.100s'", m->names[f]);
    else
        snprintf(name, sizeof name, "%zu", f);
    for (size_t r = 0; r < m->rows; r++) {
        float v = m->values[r * m->columns + f];

        if (isinf(v))
            return error_set(err, LK_EINPUT,
                             "row %zu, column %s is infinite; make it missing or a finite number",
                             r + 1, name);
        if (is_categorical(m, f) && !isnan(v) &&
            (!(v >= 0 && v < GBT_MAX_CATEGORIES) || v != floorf(v)))
            return error_set(err, LK_EINPUT,
                             "row %zu, column %s holds %g, which is no code of a category "
                             "(expected a whole number from 0 to %d)",
                             r + 1, name, (double)v, GBT_MAX_CATEGORIES - 1);
    }
    return error_set(err, LK_EINPUT, "column %s cannot be binned", name);
}

/* ---- the two copies ---------------------------------------------------------- */

static void join_column(void *ctx, size_t f, int worker)
{
    struct job *j = ctx;
    struct gbt_bins *b = j->b;

    if (b->bytes == 1) {
        memcpy((uint8_t *)b->by_column + f * b->rows, j->narrow[f], b->rows);
    } else {
        uint16_t *to = (uint16_t *)b->by_column + f * b->rows;

        for (size_t r = 0; r < b->rows; r++)
            to[r] = j->code[f] ? j->code[f][r] : j->narrow[f][r];
    }
    free(j->code[f]);
    free(j->narrow[f]);
    j->code[f] = NULL;
    j->narrow[f] = NULL;
}

static void turn_block(void *ctx, size_t task, int worker)
{
    struct gbt_bins *b = ((struct job *)ctx)->b;
    size_t begin = task * BLOCK, end = begin + BLOCK < b->rows ? begin + BLOCK : b->rows;

    for (size_t f = 0; f < b->features; f++)
        if (b->bytes == 1) {
            const uint8_t *from = (const uint8_t *)b->by_column + f * b->rows;
            uint8_t *to = (uint8_t *)b->by_row + f;

            for (size_t r = begin; r < end; r++)
                to[r * b->stride] = from[r];
        } else {
            const uint16_t *from = (const uint16_t *)b->by_column + f * b->rows;
            uint16_t *to = (uint16_t *)b->by_row + f;

            for (size_t r = begin; r < end; r++)
                to[r * b->stride] = from[r];
        }
}

/* Widths and strides, once every column is known. */
static void lay_out(struct gbt_bins *b)
{
    size_t most = 1;

    b->bytes = 1;
    for (size_t f = 0; f < b->features; f++) {
        size_t codes = b->cut[f].n + b->cut[f].missing;

        if (codes > 256)
            b->bytes = 2;
        if (codes > most)
            most = codes;
        if (b->fullest[f] > b->most)
            b->most = b->fullest[f];
    }
    b->padded = (b->features + 3) / 4 * 4;
    b->stride = b->padded;
    if (b->stride > 16) /* whole half cache lines: a row then touches as few as it can */
        b->stride = (b->stride * (size_t)b->bytes + 31) / 32 * 32 / (size_t)b->bytes;
    /* A distance of exactly 4096 bytes between columns would make them fight for the cache. */
    b->slots = most % 128 == 0 ? most + 4 : most;
    b->hist_slots = b->padded * b->slots;
}

static void make_copies(struct job *j, struct pool *pool)
{
    struct gbt_bins *b = j->b;
    size_t cells = b->rows * b->stride * (size_t)b->bytes;

    b->by_column = mem_resize(NULL, b->rows * b->features + 64, (size_t)b->bytes);
    mem_hint_large(b->by_column, b->rows * b->features * (size_t)b->bytes);
    pool_run(pool, b->features, join_column, j);
    b->by_row = mem_aligned(64, cells + 64);
    mem_hint_large(b->by_row, cells);
    if (b->stride != b->features)
        memset(b->by_row, 0, cells + 64);
    pool_run(pool, (b->rows + BLOCK - 1) / BLOCK, turn_block, j);
}

enum lk_status gbt_bins_new(struct gbt_bins **out, const struct lk_matrix *m, size_t max_bin,
                            bool rules_1_7, struct pool *pool, struct lk_error *err)
{
    struct job j = {.m = m, .max_bin = max_bin, .rules_1_7 = rules_1_7};
    int workers = pool_threads(pool);
    enum lk_status st = LK_OK;

    j.b = mem_calloc(1, sizeof *j.b);
    j.b->rows = m->rows;
    j.b->features = m->columns;
    j.b->cut = mem_calloc(m->columns, sizeof *j.b->cut);
    j.b->fullest = mem_calloc(m->columns, sizeof *j.b->fullest);
    j.columns = mem_resize(NULL, m->rows, GROUP * sizeof *j.columns);
    mem_hint_large(j.columns, m->rows * GROUP * sizeof *j.columns);
    j.code = mem_calloc(m->columns, sizeof *j.code);
    j.narrow = mem_calloc(m->columns, sizeof *j.narrow);
    j.bad = mem_calloc(m->columns, 1);
    j.scratch = mem_calloc((size_t)workers, sizeof *j.scratch);
    j.cells = mem_calloc((size_t)workers, sizeof *j.cells);
    for (; j.first < m->columns && !st; j.first += GROUP) {
        size_t width = m->columns - j.first < GROUP ? m->columns - j.first : GROUP;

        pool_run(pool, (m->rows + BLOCK - 1) / BLOCK, copy_block, &j);
        pool_run(pool, width, do_column, &j);
        for (size_t f = j.first; f < j.first + width && !st; f++)
            if (j.bad[f])
                st = complain(&j, f, err);
    }
    for (int w = 0; w < workers; w++) {
        gbt_cut_scratch_done(&j.scratch[w]);
        free(j.cells[w]);
    }
    free(j.columns);
    if (!st) {
        lay_out(j.b);
        make_copies(&j, pool);
        *out = j.b;
    } else {
        for (size_t f = 0; f < m->columns; f++) {
            free(j.code[f]);
            free(j.narrow[f]);
        }
        gbt_bins_free(j.b);
    }
    free(j.scratch);
    free(j.cells);
    free(j.code);
    free(j.narrow);
    free(j.bad);
    return st;
}

void gbt_bins_free(struct gbt_bins *b)
{
    if (!b)
        return;
    for (size_t f = 0; f < b->features; f++)
        gbt_cut_done(&b->cut[f]);
    free(b->cut);
    free(b->fullest);
    free(b->by_row);
    free(b->by_column);
    free(b);
}
