/*
 * A table as a matrix. Without a model a column keeps the codes that it has;
 * with one the table's words are looked up in the model's dictionaries, so
 * that codes mean what they meant in training.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/model.h"
#include "gbt/table_internal.h"

#include <math.h>
#include <stdlib.h>

/* For each code of c, what d calls that word; NaN where it does not. Yours to free. */
static float *translate(const struct table_column *c, const struct gbt_dictionary *d)
{
    float *code = mem_calloc(c->dict.n, sizeof *code);
    struct words known = {0};

    if (d)
        words_load(&known, d);
    for (size_t i = 0; i < c->dict.n; i++) {
        int64_t k = d ? words_find(&known, slice_of(c->dict.words[i])) : (int64_t)i;

        code[i] = k < 0 ? NAN : (float)k;
    }
    words_done(&known);
    return code;
}

/* The column's values into every `step`th place of out. d: the model's words, or NULL. */
static void put_values(float *out, size_t step, const struct table_column *c, size_t rows,
                       const struct gbt_dictionary *d)
{
    float *code = c->type == TABLE_TEXT ? translate(c, d) : NULL;

    for (size_t i = 0; i < rows; i++) {
        if (!code)
            out[i * step] = (float)c->numbers[i];
        else
            out[i * step] = c->codes[i] < 0 ? NAN : code[c->codes[i]];
    }
    free(code);
}

/* The model's words for a feature, or NULL. */
static const struct gbt_dictionary *known(const struct lk_model *model, size_t feature)
{
    return model && model->dictionaries && model->dictionaries[feature].n
               ? &model->dictionaries[feature]
               : NULL;
}

static void fill_feature(struct lk_matrix *m, size_t at, const struct table_column *c,
                         const struct lk_model *model)
{
    const struct gbt_dictionary *d = known(model, at);

    put_values(m->values + at, m->columns, c, m->rows, d);
    if (c->type == TABLE_TEXT) {
        m->types[at] = GBT_CATEGORY;
        gbt_dictionary_copy(&m->dictionaries[at], d ? d : &c->dict);
    }
}

static enum lk_status fill_label(struct lk_matrix *m, const struct table *t, size_t label,
                                 const struct lk_model *model, struct lk_error *err)
{
    const struct table_column *c = &t->column[label];
    const struct gbt_dictionary *d = model && model->label_classes.n ? &model->label_classes : NULL;

    m->labels = mem_calloc(m->rows, sizeof *m->labels);
    m->targets = 1;
    put_values(m->labels, 1, c, m->rows, d);
    for (size_t i = 0; i < m->rows; i++) {
        if (table_is_missing(t, i, label))
            return error_set(err, LK_EINPUT,
                             "the label '%s' is missing in row %zu; every row needs one", c->name,
                             i + 1);
        if (isnan(m->labels[i]))
            return error_set(err, LK_EINPUT, "row %zu: '%s' is not among the model's classes",
                             i + 1, c->dict.words[c->codes[i]]);
        if (isinf(m->labels[i]))
            return error_set(err, LK_EINPUT, "the label '%s' is infinite in row %zu", c->name,
                             i + 1);
    }
    if (c->type == TABLE_TEXT)
        gbt_dictionary_copy(&m->classes, d ? d : &c->dict);
    return LK_OK;
}

/* Which columns are features, in order: the model's by name, or all that are not left out. */
static enum lk_status choose_features(size_t **out, size_t *n, const struct table *t, size_t label,
                                      const size_t *ignore, size_t ignored,
                                      const struct lk_model *model, struct lk_error *err)
{
    size_t *features;
    bool by_name = model && model->names;

    *n = 0;
    *out = features = mem_calloc(by_name ? model->features : t->columns, sizeof *features);
    for (size_t f = 0; by_name && f < model->features; f++)
        if (table_find(t, model->names[f], &features[(*n)++], err))
            return error_set(err, LK_EINPUT, "the data lacks the model's feature '%s'",
                             model->names[f]);
    for (size_t c = 0; !by_name && c < t->columns; c++) {
        bool skip = c == label;

        for (size_t i = 0; i < ignored; i++)
            skip |= ignore[i] == c;
        if (!skip)
            features[(*n)++] = c;
    }
    if (model && *n != model->features)
        return error_set(err, LK_EINPUT,
                         "the model has %zu features, the data %zu columns for them",
                         model->features, *n);
    if (!*n || !t->rows)
        return error_set(err, LK_EINPUT,
                         *n ? "there are no rows" : "there is no column left for features");
    return LK_OK;
}

enum lk_status table_to_matrix(struct lk_matrix **out, const struct table *t, size_t label,
                               const size_t *ignore, size_t ignored, const struct lk_model *model,
                               struct lk_error *err)
{
    size_t *features, n;
    const char **names = NULL;
    struct lk_matrix *m = NULL;
    enum lk_status st = choose_features(&features, &n, t, label, ignore, ignored, model, err);

    *out = NULL;
    if (st)
        goto out;
    m = gbt_matrix_new(t->rows, n);
    m->types = mem_calloc(n, sizeof *m->types);
    m->dictionaries = mem_calloc(n, sizeof *m->dictionaries);
    names = mem_calloc(n, sizeof *names);
    for (size_t i = 0; i < n; i++) {
        names[i] = t->column[features[i]].name;
        fill_feature(m, i, &t->column[features[i]], model);
    }
    st = lk_matrix_set_names(m, names, err);
    if (!st && label != SIZE_MAX)
        st = fill_label(m, t, label, model, err);
    if (!st) {
        *out = m;
        m = NULL;
    }
out:
    lk_matrix_free(m);
    free(names);
    free(features);
    return st;
}
