/*
 * A channel's data: every file below its folder, in order of their paths,
 * read and put under one another.
 *
 * As in the image, CSV has no header and the label first, the weights second
 * where csv_weights says so, and holds nothing but numbers. A libsvm file only
 * knows the columns that it names: the widest file sets the width.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "container/internal.h"
#include "gbt/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct files {
    char **path;
    size_t n, cap;
};

static enum lk_status find_files(struct files *f, const char *folder, int depth,
                                 struct lk_error *err)
{
    char **names;
    size_t n;
    enum lk_status st = file_list(&names, &n, folder, err);

    if (st)
        return st;
    for (size_t i = 0; i < n && !st; i++) {
        char *path = path_join(folder, names[i]);
        enum file_kind kind = file_stat(path).kind;

        if (names[i][0] == '.') {
            st = error_at(err, LK_EINPUT, path, 0, 0,
                          "a hidden file among the training data; remove it");
        } else if (kind == FILE_FOLDER && depth < CONTAINER_MAX_DEPTH) {
            st = find_files(f, path, depth + 1, err);
        } else if (kind == FILE_REGULAR && names[i][0] != '_') {
            if (f->n == CONTAINER_MAX_FILES)
                st = error_at(err, LK_ELIMIT, folder, 0, 0, "more than %d files",
                              CONTAINER_MAX_FILES);
            MEM_GROW(f->path, f->n, f->cap);
            f->path[f->n++] = path;
            continue;
        }
        free(path);
    }
    file_names_free(names, n);
    return st;
}

/* Words are categories to our reader; the image knows numbers only. */
static enum lk_status check_numbers(const struct lk_matrix *m, const char *path, bool weights,
                                    struct lk_error *err)
{
    if (m->classes.n)
        return error_at(err, LK_EINPUT, path, 0, 0,
                        "the label, the first column, has the word '%.40s'; SageMaker's XGBoost "
                        "reads numbers only, without a header line",
                        m->classes.words[0]);
    for (size_t c = 0; m->types && c < m->columns; c++)
        if (m->types[c] == GBT_CATEGORY && m->dictionaries[c].n)
            return error_at(err, LK_EINPUT, path, 0, 0,
                            "column %zu has the word '%.40s'; SageMaker's XGBoost reads numbers "
                            "only, without a header line",
                            c + (weights ? 3 : 2), m->dictionaries[c].words[0]);
    return LK_OK;
}

static enum lk_status read_file(struct lk_matrix **out, const char *path,
                                const struct container_job *j, const struct container_channel *c,
                                struct lk_error *err)
{
    bool csv = c->content == CONTAINER_CSV, weights = csv && j->csv_weights;
    struct lk_read_options o = {.format = csv ? "csv" : "libsvm",
                                .label = csv ? "0" : NULL,
                                .weight = weights ? "1" : NULL,
                                .header = csv ? -1 : 0};
    enum lk_status st = lk_matrix_read(out, path, &o, err);

    if (st)
        return error_place(err, path, 0, 0);
    st = check_numbers(*out, path, weights, err);
    if (st) {
        lk_matrix_free(*out);
        *out = NULL;
    }
    return st;
}

/* ---- under one another -------------------------------------------------------------- */

static void widen(struct lk_matrix *m, size_t columns)
{
    float *wide = mem_resize(NULL, m->rows * columns, sizeof *wide);

    for (size_t i = 0; i < m->rows; i++)
        for (size_t c = 0; c < columns; c++)
            wide[i * columns + c] = c < m->columns ? m->values[i * m->columns + c] : NAN;
    free(m->values);
    free(m->types); /* all numbers: check_numbers has seen to it */
    m->types = NULL;
    for (size_t c = 0; m->dictionaries && c < m->columns; c++)
        gbt_dictionary_done(&m->dictionaries[c]);
    free(m->dictionaries);
    m->dictionaries = NULL;
    m->values = wide;
    m->columns = columns;
}

static void add_field(float **to, size_t rows, const float *from, size_t more, size_t width)
{
    if (!from)
        return;
    *to = mem_resize(*to, (rows + more) * width, sizeof **to);
    memcpy(*to + rows * width, from, more * width * sizeof **to);
}

static void add_queries(struct lk_matrix *to, const struct lk_matrix *more)
{
    if (!more->query_starts)
        return;
    to->query_starts =
        mem_resize(to->query_starts, to->queries + more->queries + 1, sizeof *to->query_starts);
    for (size_t i = 0; i <= more->queries; i++)
        to->query_starts[to->queries + i] = to->rows + more->query_starts[i];
    to->queries += more->queries;
}

enum lk_status container_append(struct lk_matrix *to, struct lk_matrix *more, const char *path,
                                bool csv, struct lk_error *err)
{
    if (csv && to->columns != more->columns)
        return error_at(err, LK_EINPUT, path, 1, 0,
                        "expected %zu columns of features, as in the files before; found %zu",
                        to->columns, more->columns);
    if (!to->weights != !more->weights || !to->query_starts != !more->query_starts)
        return error_at(err, LK_EINPUT, path, 1, 0,
                        "has weights or query ids where other files of the channel have none");
    if (to->columns < more->columns)
        widen(to, more->columns);
    else if (more->columns < to->columns)
        widen(more, to->columns);
    add_field(&to->values, to->rows, more->values, more->rows, to->columns);
    add_field(&to->labels, to->rows, more->labels, more->rows, to->targets);
    add_field(&to->weights, to->rows, more->weights, more->rows, 1);
    add_queries(to, more);
    to->rows += more->rows;
    return LK_OK;
}

enum lk_status container_same_width(struct lk_matrix *m, size_t columns, struct lk_error *err)
{
    if (m->columns > columns)
        return error_set(err, LK_EINPUT,
                         "the validation channel has %zu features, the training channel %zu",
                         m->columns, columns);
    if (m->columns < columns)
        widen(m, columns);
    return LK_OK;
}

static enum lk_status add_file(struct lk_matrix **all, const char *path,
                               const struct container_job *j, const struct container_channel *c,
                               struct lk_error *err)
{
    struct lk_matrix *one = NULL;
    enum lk_status st = read_file(&one, path, j, c, err);

    if (!st && !*all) {
        *all = one;
        return LK_OK;
    }
    if (!st)
        st = container_append(*all, one, path, c->content == CONTAINER_CSV, err);
    lk_matrix_free(one);
    return st;
}

enum lk_status container_channel_read(struct lk_matrix **out, const struct container_job *j,
                                      const char *name, const struct container_channel *c,
                                      struct lk_error *err)
{
    struct str below = STR_INIT;
    struct files f = {0};
    struct lk_matrix *all = NULL;
    char *folder;
    enum lk_status st;

    str_printf(&below, "opt/ml/input/data/%s", name);
    folder = container_path(j->root, below.ptr);
    st = find_files(&f, folder, 0, err);
    for (size_t i = 0; i < f.n && !st; i++)
        if (file_stat(f.path[i]).size) /* tools leave empty objects in place of folders */
            st = add_file(&all, f.path[i], j, c, err);
    if (!st) {
        *out = all;
        all = NULL;
    }
    lk_matrix_free(all);
    for (size_t i = 0; i < f.n; i++)
        free(f.path[i]);
    free(f.path);
    free(folder);
    str_done(&below);
    return st;
}
