/*
 * What a client sends to be scored: CSV without label and header, libsvm with
 * or without a label, and for a plain model JSON lines as well.
 *
 * Fewer columns than the model has are filled up with missing values, as
 * XGBoost does; more are refused. Words are understood where the model was
 * trained on words.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "container/internal.h"
#include "gbt/model.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_type(struct slice type, const char *name)
{
    return type.len == strlen(name) && !strncasecmp(type.ptr, name, type.len);
}

/* As with channels; text/libsvm is what no type at all means. */
static enum lk_status read_type(enum container_content *out, const char *content_type, bool plain,
                                struct lk_error *err)
{
    static const struct {
        const char *name;
        enum container_content content;
        bool plain;
    } known[] = {
        {"text/csv", CONTAINER_CSV, false},
        {"csv", CONTAINER_CSV, false},
        {"text/libsvm", CONTAINER_LIBSVM, false},
        {"text/x-libsvm", CONTAINER_LIBSVM, false},
        {"libsvm", CONTAINER_LIBSVM, false},
        {"application/jsonlines", CONTAINER_JSONL, true},
        {"application/json", CONTAINER_JSONL, true},
    };
    struct slice rest = slice_of(content_type ? content_type : "text/libsvm"), type = {"", 0};

    slice_split(&rest, ';', &type);
    type = slice_trim(type);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_type(type, known[i].name) && (plain || !known[i].plain)) {
            *out = known[i].content;
            return LK_OK;
        }
    return error_set(err, LK_EUSE,
                     "%.*s is not an accepted ContentType: csv, libsvm, text/csv, text/libsvm, "
                     "text/x-libsvm%s.",
                     (int)(type.len < 100 ? type.len : 100), type.ptr,
                     plain ? ", application/json, application/jsonlines" : "");
}

/* ---- libsvm: "index:value ..." a line; what has no colon is a label -------------------- */

struct sparse {
    size_t rows, entries, cap;
    struct entry {
        uint32_t row, column;
        float value;
    } * entry;
    uint32_t lowest, highest;
};

static enum lk_status take_pair(struct sparse *s, struct slice word, struct lk_error *err)
{
    size_t colon = slice_find(word, ':');
    int64_t index;
    float value;

    if (colon == word.len)
        return LK_OK;
    if (!number_parse_int(slice_first(word, colon), 0, GBT_MAX_COLUMNS - 1, &index) ||
        !number_parse_float(slice_from(word, colon + 1), &value))
        return error_at(err, LK_EINPUT, "request", (int)s->rows + 1, 0,
                        "expected index:value, found '%.*s'", (int)(word.len < 60 ? word.len : 60),
                        word.ptr);
    MEM_GROW(s->entry, s->entries, s->cap);
    s->entry[s->entries++] = (struct entry){(uint32_t)s->rows, (uint32_t)index, value};
    s->lowest = (uint32_t)index < s->lowest ? (uint32_t)index : s->lowest;
    s->highest = (uint32_t)index > s->highest ? (uint32_t)index : s->highest;
    return LK_OK;
}

static enum lk_status take_line(struct sparse *s, struct slice line, struct lk_error *err)
{
    struct slice word;
    enum lk_status st = LK_OK;

    while (!st && slice_split(&line, ' ', &word))
        st = take_pair(s, slice_trim(word), err);
    s->rows++;
    return st;
}

/* Indices that never are 0 are taken to count from 1, unless the model is too narrow for less. */
static enum lk_status read_libsvm(struct lk_matrix **out, struct slice body,
                                  const struct container_models *m, struct lk_error *err)
{
    struct sparse s = {.lowest = UINT32_MAX};
    struct slice rest = slice_trim(body), line;
    uint32_t base;
    enum lk_status st = LK_OK;

    while (!st && slice_line(&rest, &line))
        st = take_line(&s, line, err);
    base = s.entries && s.lowest >= 1;
    if (!st && s.entries && s.highest - base >= m->features)
        st = error_set(err, LK_EINPUT,
                       "Feature size of libsvm inference data %u is larger than feature size of "
                       "trained model %zu.",
                       s.highest - base + 1, m->features);
    if (!st) {
        struct lk_matrix *x = gbt_matrix_new(s.rows, m->features);

        for (size_t i = 0; i < s.rows * m->features; i++)
            x->values[i] = NAN;
        for (size_t i = 0; i < s.entries; i++)
            x->values[s.entry[i].row * m->features + s.entry[i].column - base] = s.entry[i].value;
        *out = x;
    }
    free(s.entry);
    return st;
}

/* ---- CSV and JSON lines ------------------------------------------------------------------ */

static bool has_words(const struct lk_model *model)
{
    for (size_t i = 0; model->dictionaries && i < model->features; i++)
        if (model->dictionaries[i].n)
            return true;
    return false;
}

static enum lk_status check_numbers(const struct lk_matrix *x, struct lk_error *err)
{
    for (size_t c = 0; x->types && c < x->columns; c++)
        if (x->types[c] == GBT_CATEGORY && x->dictionaries[c].n)
            return error_set(err, LK_EINPUT,
                             "column %zu has the word '%.40s'; numbers are expected, without a "
                             "header line",
                             c + 1, x->dictionaries[c].words[0]);
    return LK_OK;
}

static enum lk_status fit_width(struct lk_matrix **x, size_t features, struct lk_error *err)
{
    struct lk_matrix *wide, *m = *x;

    if (m->columns > features)
        return error_set(err, LK_EINPUT,
                         "Feature size of csv inference data %zu is not consistent with feature "
                         "size of trained model %zu.",
                         m->columns, features);
    if (m->columns == features)
        return LK_OK;
    wide = gbt_matrix_new(m->rows, features);
    for (size_t i = 0; i < m->rows; i++)
        for (size_t c = 0; c < features; c++)
            wide->values[i * features + c] = c < m->columns ? m->values[i * m->columns + c] : NAN;
    lk_matrix_free(m);
    *x = wide;
    return LK_OK;
}

static enum lk_status read_table(struct lk_matrix **out, struct slice body, bool csv,
                                 const struct container_models *m, struct lk_error *err)
{
    bool words = !csv || has_words(m->model[0]);
    struct lk_read_options o = {.format = csv ? "csv" : "jsonl",
                                .no_label = true,
                                .header = csv ? -1 : 0,
                                .model = words ? m->model[0] : NULL,
                                .threads = 1};
    struct lk_matrix *x = NULL;
    enum lk_status st = lk_matrix_parse(&x, body.ptr, body.len, "request", &o, err);

    if (!st && !words)
        st = check_numbers(x, err);
    if (!st)
        st = fit_width(&x, m->features, err);
    if (!st) {
        *out = x;
        x = NULL;
    }
    lk_matrix_free(x);
    return st;
}

enum lk_status container_request_read(struct lk_matrix **out, const char *content_type,
                                      struct slice body, const struct container_models *m,
                                      bool plain, struct lk_error *err)
{
    enum container_content content = CONTAINER_LIBSVM;
    enum lk_status st = read_type(&content, content_type, plain, err);

    if (st)
        return st;
    if (body.len >= 2 && !memcmp(body.ptr, "\x1f\x8b", 2))
        return error_set(err, LK_EINPUT, "the body is compressed; send it as it is");
    if (content == CONTAINER_LIBSVM)
        return read_libsvm(out, body, m, err);
    return read_table(out, body, content == CONTAINER_CSV, m, err);
}
