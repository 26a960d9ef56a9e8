/*
 * The matrix is a plain record: readers and callers fill it through the calls
 * here, everyone else reads its fields. Per-row fields come in one at a time
 * and are checked as they come, so that training can rely on their shapes.
 */
#include "gbt/matrix.h"
#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct lk_matrix *gbt_matrix_new(size_t rows, size_t columns)
{
    struct lk_matrix *m = mem_calloc(1, sizeof *m);
    size_t cells = 0;

    if (__builtin_mul_overflow(rows, columns, &cells))
        cells = SIZE_MAX;
    m->rows = rows;
    m->columns = columns;
    m->values = mem_resize(NULL, cells, sizeof *m->values);
    return m;
}

enum lk_status lk_matrix_new(struct lk_matrix **out, const float *values, size_t rows,
                             size_t columns, float missing, struct lk_error *err)
{
    struct lk_matrix *m;

    *out = NULL;
    if (columns > GBT_MAX_COLUMNS)
        return error_set(err, LK_ELIMIT, "%zu columns; at most %d are possible", columns,
                         GBT_MAX_COLUMNS);
    m = gbt_matrix_new(rows, columns);
    for (size_t i = 0; i < rows * columns; i++)
        m->values[i] = values[i] == missing ? NAN : values[i];
    *out = m;
    return LK_OK;
}

static void names_free(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
}

void gbt_dictionary_done(struct gbt_dictionary *d)
{
    names_free(d->words, d->n);
    *d = (struct gbt_dictionary){0};
}

void gbt_dictionary_copy(struct gbt_dictionary *to, const struct gbt_dictionary *from)
{
    to->n = from->n;
    to->words = from->n ? mem_calloc(from->n, sizeof *to->words) : NULL;
    for (size_t i = 0; i < from->n; i++)
        to->words[i] = mem_strdup(from->words[i]);
}

enum lk_status lk_matrix_set_names(struct lk_matrix *m, const char *const *names,
                                   struct lk_error *err)
{
    for (size_t i = 0; i < m->columns; i++)
        if (!names[i] || !names[i][0])
            return error_set(err, LK_EINPUT, "the name of column %zu is empty", i);
    names_free(m->names, m->columns);
    m->names = mem_calloc(m->columns, sizeof *m->names);
    for (size_t i = 0; i < m->columns; i++)
        m->names[i] = mem_strdup(names[i]);
    return LK_OK;
}

static float *copy_floats(const float *values, size_t rows, size_t width)
{
    size_t n;
    float *copy;

    if (__builtin_mul_overflow(rows, width, &n))
        n = SIZE_MAX;
    copy = mem_resize(NULL, n, sizeof *copy);
    if (n)
        memcpy(copy, values, n * sizeof *copy);
    return copy;
}

/* Ids in order, to the first row of each query. */
static enum lk_status set_queries(struct lk_matrix *m, const float *ids, struct lk_error *err)
{
    size_t *starts = NULL, n = 0, cap = 0;

    for (size_t i = 0; i < m->rows; i++) {
        if (isnan(ids[i]) || (i && ids[i] < ids[i - 1])) {
            free(starts);
            return error_set(err, LK_EINPUT,
                             "query ids must not decrease: row %zu; sort the rows by query", i + 1);
        }
        if (!i || ids[i] != ids[i - 1]) {
            MEM_GROW(starts, n, cap);
            starts[n++] = i;
        }
    }
    MEM_GROW(starts, n, cap);
    starts[n] = m->rows;
    free(m->query_starts);
    m->query_starts = starts;
    m->queries = n;
    return LK_OK;
}

/* The fields that are plain floats: where each lies in the matrix, and its width if not fixed. */
struct field {
    const char *name;
    float **values;
    size_t *width; /* NULL: 1 */
};

enum { FIELDS = 5 };

static void list_fields(struct field out[FIELDS], struct lk_matrix *m)
{
    out[0] = (struct field){"label", &m->labels, &m->targets};
    out[1] = (struct field){"weight", &m->weights, NULL};
    out[2] = (struct field){"base_margin", &m->base_margin, &m->margin_width};
    out[3] = (struct field){"lower", &m->lower, NULL};
    out[4] = (struct field){"upper", &m->upper, NULL};
}

enum lk_status lk_matrix_set_field(struct lk_matrix *m, const char *field, const float *values,
                                   size_t width, struct lk_error *err)
{
    struct field fields[FIELDS];

    if (!strcmp(field, "query"))
        return width == 1 ? set_queries(m, values, err)
                          : error_set(err, LK_EUSE, "the field 'query' has one number a row");
    list_fields(fields, m);
    for (int i = 0; i < FIELDS; i++) {
        if (strcmp(field, fields[i].name))
            continue;
        if (!width || width > GBT_MAX_CLASSES || (width > 1 && !fields[i].width))
            return error_set(err, LK_EUSE, "the field '%s' cannot have %zu numbers a row", field,
                             width);
        free(*fields[i].values);
        *fields[i].values = copy_floats(values, m->rows, width);
        if (fields[i].width)
            *fields[i].width = width;
        return LK_OK;
    }
    return error_set(err, LK_EUSE,
                     "unknown field '%s'; there are label, weight, base_margin, lower, upper and "
                     "query",
                     field);
}

size_t lk_matrix_rows(const struct lk_matrix *m)
{
    return m->rows;
}

size_t lk_matrix_columns(const struct lk_matrix *m)
{
    return m->columns;
}

const float *lk_matrix_values(const struct lk_matrix *m)
{
    return m->values;
}

const float *lk_matrix_field(const struct lk_matrix *m, const char *field, size_t *width)
{
    struct lk_matrix copy = *m; /* the list wants a writable one, to write nothing */
    struct field fields[FIELDS];

    list_fields(fields, &copy);
    for (int i = 0; i < FIELDS; i++) {
        if (strcmp(field, fields[i].name) || !*fields[i].values)
            continue;
        if (width)
            *width = fields[i].width ? *fields[i].width : 1;
        return *fields[i].values;
    }
    if (width)
        *width = 0;
    return NULL;
}

const char *lk_matrix_name(const struct lk_matrix *m, size_t column)
{
    return m->names && column < m->columns ? m->names[column] : NULL;
}

void lk_matrix_free(struct lk_matrix *m)
{
    if (!m)
        return;
    for (size_t i = 0; m->dictionaries && i < m->columns; i++)
        gbt_dictionary_done(&m->dictionaries[i]);
    gbt_dictionary_done(&m->classes);
    names_free(m->names, m->columns);
    free(m->dictionaries);
    free(m->types);
    free(m->values);
    free(m->labels);
    free(m->weights);
    free(m->base_margin);
    free(m->lower);
    free(m->upper);
    free(m->query_starts);
    free(m);
}
