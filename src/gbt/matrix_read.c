/*
 * A file as a matrix: the stream of rows, collected. Words get their final
 * codes at the end, by bytewise order, so that the same data gives the same
 * model whatever order its rows stand in.
 */
#include "base/error.h"
#include "base/source.h"
#include "gbt/read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct collector {
    struct lk_matrix *m;
    struct gbt_rows *rows;
    size_t cap;      /* rows that the matrix has room for */
    float *queries;  /* (rows) */
    uint64_t memory; /* bytes this computer has */
};

/* Libsvm found a larger index: rows so far become wider, the new columns missing. */
static void widen(struct lk_matrix *m, size_t columns, size_t cap)
{
    float *wide = mem_resize(NULL, cap * columns, sizeof *wide);

    for (size_t i = 0; i < m->rows; i++)
        for (size_t c = 0; c < columns; c++)
            wide[i * columns + c] = c < m->columns ? m->values[i * m->columns + c] : NAN;
    free(m->values);
    m->values = wide;
    m->columns = columns;
}

static void resize_field(float **field, size_t rows, size_t width, bool wanted)
{
    size_t n;

    if (__builtin_mul_overflow(rows, width, &n))
        n = SIZE_MAX;
    if (!wanted)
        return;
    *field = mem_resize(*field, n, sizeof **field);
    mem_hint_large(*field, n * sizeof **field);
}

/* Room for n more rows: by what the file's size promises, if that is known. */
static enum lk_status make_room(struct collector *c, const struct gbt_block *b,
                                struct lk_error *err)
{
    struct lk_matrix *m = c->m;
    size_t need = m->rows + b->rows, row_bytes;
    int64_t size = gbt_rows_size(c->rows), at = gbt_rows_position(c->rows);

    if (need <= c->cap)
        return LK_OK;
    c->cap = need + need / 2;
    if (size > 0 && at > 0 && at < size)
        c->cap = need + (size_t)((double)need * 1.02 * (double)(size - at) / (double)at);
    row_bytes = (m->columns + m->targets + m->margin_width + 4) * sizeof(float);
    if ((double)c->cap * (double)row_bytes > (double)c->memory)
        c->cap = need;
    if ((double)need * (double)row_bytes > (double)c->memory)
        return error_set(err, LK_ELIMIT,
                         "more than %zu rows of %zu columns do not fit into this computer's "
                         "memory (%.1f GB); train on a sample of them",
                         m->rows, m->columns, (double)c->memory / 1e9);
    resize_field(&m->values, c->cap, m->columns, true);
    resize_field(&m->labels, c->cap, m->targets, b->labels);
    resize_field(&m->base_margin, c->cap, m->margin_width, b->base_margin);
    resize_field(&m->weights, c->cap, 1, b->weights);
    resize_field(&m->lower, c->cap, 1, b->lower);
    resize_field(&m->upper, c->cap, 1, b->upper);
    resize_field(&c->queries, c->cap, 1, b->queries);
    return LK_OK;
}

static void append(float *to, const float *from, size_t row, size_t rows, size_t width)
{
    if (from)
        memcpy(to + row * width, from, rows * width * sizeof *to);
}

static enum lk_status collect(void *ctx, struct gbt_block *b, struct lk_error *err)
{
    struct collector *c = ctx;
    struct lk_matrix *m = c->m;
    enum lk_status st;

    if (b->columns > m->columns)
        widen(m, b->columns, c->cap > m->rows ? c->cap : m->rows + 1);
    st = make_room(c, b, err);
    if (st)
        return st;
    if (b->columns == m->columns) {
        append(m->values, b->values, m->rows, b->rows, m->columns);
    } else {
        for (size_t i = 0; i < b->rows; i++)
            for (size_t k = 0; k < m->columns; k++)
                m->values[(m->rows + i) * m->columns + k] =
                    k < b->columns ? b->values[i * b->columns + k] : NAN;
    }
    append(m->labels, b->labels, m->rows, b->rows, m->targets);
    append(m->base_margin, b->base_margin, m->rows, b->rows, m->margin_width);
    append(m->weights, b->weights, m->rows, b->rows, 1);
    append(m->lower, b->lower, m->rows, b->rows, 1);
    append(m->upper, b->upper, m->rows, b->rows, 1);
    append(c->queries, b->queries, m->rows, b->rows, 1);
    m->rows += b->rows;
    return LK_OK;
}

/* Codes by first sight become codes by order. */
static void sort_words(struct lk_matrix *m, const struct read_plan *p)
{
    for (size_t t = 0; t < p->texts; t++) {
        const struct read_column *c = &p->column[p->text[t].column];
        bool label = c->role == READ_LABEL;
        struct gbt_dictionary *d = label ? &m->classes : &m->dictionaries[c->at];
        float *at = label ? m->labels : m->values + c->at;
        size_t width = label ? m->targets : m->columns;
        uint32_t *place = words_sorted(&p->text[t].words, d);

        if (!label)
            m->types[c->at] = GBT_CATEGORY;
        for (size_t i = 0; i < m->rows; i++, at += width)
            if (!isnan(*at))
                *at = (float)place[(size_t)*at];
        free(place);
    }
}

/* A model's words keep its codes. */
static void copy_words(struct lk_matrix *m, const struct lk_model *model)
{
    for (size_t i = 0; i < m->columns && model->dictionaries; i++) {
        gbt_dictionary_copy(&m->dictionaries[i], &model->dictionaries[i]);
        m->types[i] = m->dictionaries[i].n ? GBT_CATEGORY : m->types[i];
    }
    if (m->labels)
        gbt_dictionary_copy(&m->classes, &model->label_classes);
}

/* Libsvm may have given weights and queries, or not: a field that no row set is none. */
static bool all_missing(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            return false;
    return true;
}

/* Where some rows have a weight the others have 1. */
static void settle_weights(struct lk_matrix *m)
{
    if (all_missing(m->weights, m->rows)) {
        free(m->weights);
        m->weights = NULL;
        return;
    }
    for (size_t i = 0; i < m->rows; i++)
        if (isnan(m->weights[i]))
            m->weights[i] = 1;
}

static enum lk_status finish(struct collector *c, const struct read_plan *p,
                             const struct lk_read_options *o, struct lk_error *err)
{
    struct lk_matrix *m = c->m;
    enum lk_status st = LK_OK;

    if (!m->rows)
        return error_at(err, LK_EINPUT, p->file, 0, 0, "there are no rows%s",
                        p->named && p->format == READ_CSV ? " after the header" : "");
    if (p->format == READ_LIBSVM)
        settle_weights(m);
    if (c->queries && !(p->format == READ_LIBSVM && all_missing(c->queries, m->rows)))
        st = lk_matrix_set_field(m, "query", c->queries, 1, err);
    if (!st && p->names)
        st = lk_matrix_set_names(m, (const char *const *)p->names, err);
    if (st) {
        error_place(err, p->file, 0, 0);
        return st;
    }
    if (p->texts) {
        m->types = mem_calloc(m->columns, sizeof *m->types);
        m->dictionaries = mem_calloc(m->columns, sizeof *m->dictionaries);
        if (o && o->model)
            copy_words(m, o->model);
        else
            sort_words(m, p);
    }
    return LK_OK;
}

/* All rows of c->rows, which is closed. */
static enum lk_status collect_all(struct lk_matrix **out, struct collector *c,
                                  const struct lk_read_options *options, struct lk_error *err)
{
    const struct gbt_layout *layout = gbt_rows_layout(c->rows);
    enum lk_status st;

    c->m = gbt_matrix_new(0, layout->columns);
    c->m->targets = layout->targets;
    c->m->margin_width = layout->margin_width;
    c->memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    st = gbt_rows_each(c->rows, NULL, collect, c, err);
    if (!st)
        st = finish(c, gbt_rows_plan(c->rows), options, err);
    if (st) {
        error_place(err, gbt_rows_plan(c->rows)->file, 0, 0);
        lk_matrix_free(c->m);
        c->m = NULL;
    }
    free(c->queries);
    gbt_rows_close(c->rows);
    *out = c->m;
    return st;
}

enum lk_status lk_matrix_read(struct lk_matrix **out, const char *path,
                              const struct lk_read_options *options, struct lk_error *err)
{
    struct collector c = {0};
    enum lk_status st = gbt_rows_open(&c.rows, path, options, err);

    *out = NULL;
    return st ? st : collect_all(out, &c, options, err);
}

enum lk_status lk_matrix_parse(struct lk_matrix **out, const void *bytes, size_t len,
                               const char *name, const struct lk_read_options *options,
                               struct lk_error *err)
{
    struct collector c = {0};
    struct slice text = {bytes, len};
    enum lk_status st = gbt_rows_from(&c.rows, source_memory(text, name), options, err);

    *out = NULL;
    return st ? st : collect_all(out, &c, options, err);
}
