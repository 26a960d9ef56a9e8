/* Parts of a matrix: some of its rows, or a column taken out. */
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/matrix.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ---------------------------------------------------------------------- */

static void copy_columns(struct lk_matrix *to, const struct lk_matrix *from)
{
    if (from->names) {
        to->names = mem_calloc(from->columns, sizeof *to->names);
        for (size_t c = 0; c < from->columns; c++)
            to->names[c] = from->names[c] ? mem_strdup(from->names[c]) : NULL;
    }
    if (from->types) {
        to->types = mem_calloc(from->columns, sizeof *to->types);
        memcpy(to->types, from->types, from->columns * sizeof *to->types);
    }
    if (from->dictionaries) {
        to->dictionaries = mem_calloc(from->columns, sizeof *to->dictionaries);
        for (size_t c = 0; c < from->columns; c++)
            gbt_dictionary_copy(&to->dictionaries[c], &from->dictionaries[c]);
    }
    gbt_dictionary_copy(&to->classes, &from->classes);
}

/* A field of these rows, or NULL where there is none. */
static float *pick(const float *values, size_t width, const uint32_t *rows, size_t n)
{
    float *out;

    if (!values)
        return NULL;
    out = mem_calloc(n * width + 1, sizeof *out);
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * width, values + rows[i] * width, width * sizeof *out);
    return out;
}

static void pick_queries(struct lk_matrix *out, const struct lk_matrix *m, const uint32_t *rows)
{
    uint32_t *query = mem_calloc(m->rows + 1, sizeof *query);

    for (size_t q = 0; q < m->queries; q++)
        for (size_t r = m->query_starts[q]; r < m->query_starts[q + 1]; r++)
            query[r] = (uint32_t)q;
    out->query_starts = mem_calloc(out->rows + 1, sizeof *out->query_starts);
    for (size_t i = 0; i < out->rows; i++)
        if (!i || query[rows[i]] != query[rows[i - 1]])
            out->query_starts[out->queries++] = i;
    out->query_starts[out->queries] = out->rows;
    free(query);
}

struct lk_matrix *gbt_matrix_pick(const struct lk_matrix *m, const uint32_t *rows, size_t n)
{
    struct lk_matrix *out = gbt_matrix_new(n, m->columns);

    copy_columns(out, m);
    for (size_t i = 0; i < n; i++)
        memcpy(out->values + i * m->columns, m->values + rows[i] * m->columns,
               m->columns * sizeof *m->values);
    out->targets = m->targets;
    out->labels = pick(m->labels, m->targets, rows, n);
    out->weights = pick(m->weights, 1, rows, n);
    out->margin_width = m->margin_width;
    out->base_margin = pick(m->base_margin, m->margin_width, rows, n);
    out->lower = pick(m->lower, 1, rows, n);
    out->upper = pick(m->upper, 1, rows, n);
    if (m->query_starts)
        pick_queries(out, m, rows);
    return out;
}

/* ---- a column -------------------------------------------------------------------- */

static enum lk_status find_column(size_t *out, const struct lk_matrix *m, const char *name,
                                  struct lk_error *err)
{
    const char *near;
    int64_t number;

    for (size_t c = 0; m->names && c < m->columns; c++)
        if (m->names[c] && !strcmp(m->names[c], name)) {
            *out = c;
            return LK_OK;
        }
    if (!m->names && number_parse_int(slice_of(name), 0, (int64_t)m->columns - 1, &number)) {
        *out = (size_t)number;
        return LK_OK;
    }
    near = m->names ? error_nearest(name, (const char *const *)m->names, m->columns) : NULL;
    return near ? error_set(err, LK_EUSE, "there is no column '%.80s'; did you mean '%.80s'?", name,
                            near)
                : error_set(err, LK_EUSE, "there is no column '%.80s'", name);
}

/* Close the gap that item `at` of n leaves. */
static void close_gap(void *items, size_t size, size_t at, size_t n)
{
    char *gap;

    if (!items)
        return;
    gap = (char *)items + at * size;
    memmove(gap, gap + size, (n - at - 1) * size);
}

enum lk_status gbt_matrix_take_column(float **out, struct lk_matrix *m, const char *name,
                                      struct lk_error *err)
{
    size_t at = 0, w = m->columns;
    enum lk_status st = find_column(&at, m, name, err);
    float *to = m->values;

    if (st)
        return st;
    *out = mem_calloc(m->rows + 1, sizeof **out);
    for (size_t r = 0; r < m->rows; r++) {
        const float *row = m->values + r * w;

        (*out)[r] = row[at];
        memmove(to, row, at * sizeof *to);
        memmove(to + at, row + at + 1, (w - at - 1) * sizeof *to);
        to += w - 1;
    }
    if (m->names)
        free(m->names[at]);
    if (m->dictionaries)
        gbt_dictionary_done(&m->dictionaries[at]);
    close_gap(m->names, sizeof *m->names, at, w);
    close_gap(m->types, sizeof *m->types, at, w);
    close_gap(m->dictionaries, sizeof *m->dictionaries, at, w);
    m->columns--;
    return LK_OK;
}
