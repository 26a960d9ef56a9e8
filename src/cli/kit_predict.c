/*
 * labkit predict: rows stream from the file through the model to the answers,
 * a block at a time, in constant memory and in order. Each block is scored and
 * printed by the thread that parsed it; only writing happens in turn.
 *
 * Without --join the answers are what XGBoost and SageMaker's container print:
 * numbers. With it they stand in a table that people read, so a class whose
 * label was a word is given its word back: in the header where each class has a
 * column, in the cell where the answer is the class itself.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "cli/command.h"
#include "gbt/csv.h"
#include "gbt/model.h"
#include "gbt/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"model", "FILE", "the model: XGBoost's JSON, UBJSON, old binary or pickle, or model.tar.gz",
     false, 'm'},
    {"data", "FILE", "rows to score: CSV, libsvm or JSON lines, gzip or not; '-' for stdin", false,
     'd'},
    {"out", "FILE", "where the answers go (default '-', stdout)", false, 'o'},
    {"type", "KIND", "value (default), margin, leaf, contrib or approx-contrib", false, 't'},
    {"rounds", "FROM:TO", "use these rounds only, counted from 0, TO left out", false, 0},
    {"all-rounds", NULL, "use all rounds where early stopping marked a best one", false, 0},
    {"missing", "WORD", "one more word that means missing", false, 0},
    {"base-margin", "COL", "column(s) of base margins, instead of the model's base score", false,
     0},
    {"join", NULL, "put the answers behind the input's columns, with its header", false, 'j'},
    {"threads", "N", "threads to use (default: all processors)", false, 0},
    {NULL, NULL, NULL, false, 0},
};

/* What a slot of the stream writes into. */
struct scratch {
    float *out;
    size_t cap;
    struct str text;
};

struct work {
    struct lk_model *model;
    struct lk_predict_options predict;
    const struct gbt_layout *layout;
    bool join;
    bool words; /* the answer is a class that has a word */
    size_t width;
    struct scratch *slots;
    size_t slot_count;
    struct file_out file;
};

static void print_number(struct str *s, float v, bool whole)
{
    char *at = str_room(s, NUMBER_MAX);

    str_grew(s, whole ? (size_t)snprintf(at, NUMBER_MAX, "%d", (int)v) : number_print_float(at, v));
}

static void print_row(struct str *s, const struct work *w, const float *v, char delimiter)
{
    for (size_t i = 0; i < w->width; i++) {
        if (i)
            str_putc(s, delimiter);
        print_number(s, v[i], w->predict.kind == LK_LEAF);
    }
}

static const char *class_word(const struct work *w, const float *v)
{
    return w->words && *v >= 0 ? lk_model_class_name(w->model, (size_t)*v) : NULL;
}

static void join_text(struct str *s, const struct work *w, struct slice row, const float *v)
{
    char delimiter = w->layout->delimiter;
    const char *word = class_word(w, v);

    str_put(s, row);
    str_putc(s, delimiter);
    if (word)
        csv_put(s, slice_of(word), delimiter);
    else
        print_row(s, w, v, delimiter);
}

/* A row of JSON gets one more key. */
static void join_json(struct str *s, const struct work *w, struct slice row, const float *v)
{
    const char *word = class_word(w, v);
    size_t end = row.len;

    while (end && row.ptr[end - 1] != '}')
        end--;
    str_add(s, row.ptr, end ? end - 1 : 0);
    str_puts(s, w->width > 1 ? ",\"prediction\":[" : ",\"prediction\":");
    if (word)
        str_put_json(s, slice_of(word));
    else
        print_row(s, w, v, ',');
    str_puts(s, w->width > 1 ? "]}" : "}");
}

static enum lk_status score_block(void *ctx, struct gbt_block *b, struct lk_error *err)
{
    struct work *w = ctx;
    struct scratch *k = &w->slots[b->slot];
    struct lk_predict_options o = w->predict;
    enum lk_status st;

    if (b->rows * w->width > k->cap) {
        k->cap = b->rows * w->width;
        k->out = mem_resize(k->out, k->cap, sizeof *k->out);
    }
    o.base_margin = b->base_margin;
    st = lk_predict(w->model, b->values, b->rows, b->columns, &o, k->out, err);
    if (st)
        return st;
    str_clear(&k->text);
    for (size_t i = 0; i < b->rows; i++) {
        const float *v = k->out + i * w->width;
        struct slice row = {b->text.ptr + b->starts[i], b->ends[i] - b->starts[i]};

        if (w->join && !w->layout->delimiter) {
            join_json(&k->text, w, row, v);
        } else if (w->join) {
            join_text(&k->text, w, row, v);
        } else {
            print_row(&k->text, w, v, ',');
        }
        str_putc(&k->text, '\n');
    }
    return LK_OK;
}

static enum lk_status write_block(void *ctx, struct gbt_block *b, struct lk_error *err)
{
    struct work *w = ctx;
    struct str *text = &w->slots[b->slot].text;

    fwrite(text->ptr, 1, text->len, w->file.stream);
    if (!w->file.path)
        fflush(w->file.stream); /* a pipe's reader wants answers now */
    return ferror(w->file.stream)
               ? error_errno(err, "write", w->file.path ? w->file.path : "stdout")
               : LK_OK;
}

/* ---- the header of --join --------------------------------------------------------- */

static void name_output(struct str *s, const struct work *w, size_t i)
{
    size_t stride = w->model->features + 1, feature = i % stride;
    const char *name = lk_model_feature_name(w->model, feature);

    switch (w->predict.kind) {
    case LK_LEAF:
        str_printf(s, "leaf_%zu", i);
        return;
    case LK_CONTRIB:
    case LK_APPROX_CONTRIB:
        str_puts(s, "contrib_");
        if (w->model->groups > 1)
            str_printf(s, "%zu_", i / stride);
        if (feature == w->model->features)
            str_puts(s, "bias");
        else if (name)
            str_puts(s, name);
        else
            str_printf(s, "%zu", feature);
        return;
    case LK_VALUE:
    case LK_MARGIN:
        str_puts(s, w->predict.kind == LK_MARGIN ? "margin" : "prediction");
    }
    if (w->width == 1)
        return;
    str_putc(s, '_');
    name = w->model->classes ? lk_model_class_name(w->model, i) : NULL;
    if (name)
        str_puts(s, name);
    else
        str_printf(s, "%zu", i);
}

static void write_header(struct work *w)
{
    struct str s = STR_INIT, name = STR_INIT;

    if (w->join && w->layout->header.len) {
        str_put(&s, w->layout->header);
        for (size_t i = 0; i < w->width; i++) {
            str_clear(&name);
            name_output(&name, w, i);
            str_putc(&s, w->layout->delimiter);
            csv_put(&s, slice_str(&name), w->layout->delimiter);
        }
        str_putc(&s, '\n');
        fwrite(s.ptr, 1, s.len, w->file.stream);
    }
    str_done(&name);
    str_done(&s);
}

/* ---- what was asked for --------------------------------------------------------------- */

static enum lk_status get_kind(const struct args *a, enum lk_predict_kind *out,
                               struct lk_error *err)
{
    static const char *const kinds[] = {"value", "margin", "leaf", "contrib", "approx-contrib"};
    const char *word = args_get(a, "type"), *near;

    for (size_t i = 0; i < 5; i++) {
        if (word && strcmp(word, kinds[i]))
            continue;
        *out = (enum lk_predict_kind)i;
        return LK_OK;
    }
    near = error_nearest(word, kinds, 5);
    return error_set(err, LK_EUSE,
                     "--type is value, margin, leaf, contrib or approx-contrib, not '%s'%s%s%s",
                     word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static enum lk_status get_rounds(const struct args *a, const struct lk_model *m,
                                 struct lk_predict_options *o, struct lk_error *err)
{
    const char *text = args_get(a, "rounds");
    struct slice rest = slice_of(text), from;
    int64_t begin, end, last = (int64_t)lk_model_rounds(m);

    o->all_rounds = args_flag(a, "all-rounds");
    if (!text) {
        if (!o->all_rounds && lk_model_best_round(m) >= 0 && lk_model_best_round(m) + 1 < last)
            fprintf(stderr,
                    "labkit: using the rounds up to the best one, %ld of %lld; "
                    "--all-rounds uses all\n",
                    lk_model_best_round(m) + 1, (long long)last);
        return LK_OK;
    }
    if (!slice_split(&rest, ':', &from) || !number_parse_int(from, 0, last, &begin) ||
        !number_parse_int(rest, 1, last, &end) || begin >= end)
        return error_set(err, LK_EUSE,
                         "--rounds is FROM:TO with 0 <= FROM < TO <= %lld (the model's rounds), "
                         "not '%s'",
                         (long long)last, text);
    o->begin = (size_t)begin;
    o->end = (size_t)end;
    return LK_OK;
}

static enum lk_status check_join(const struct work *w, const struct gbt_rows *r,
                                 struct lk_error *err)
{
    (void)r;
    if (w->join && !w->layout->delimiter && w->layout->names == NULL)
        return error_set(err, LK_EUSE, "--join needs CSV or JSON lines");
    if (w->layout->margin_width && w->layout->margin_width != w->model->groups)
        return error_set(err, LK_EUSE, "--base-margin names %zu columns; the model has %zu outputs",
                         w->layout->margin_width, w->model->groups);
    return LK_OK;
}

static enum lk_status stream(struct work *w, const struct args *a, int threads,
                             struct lk_error *err)
{
    struct lk_read_options read = {.missing = args_get(a, "missing"),
                                   .model = w->model,
                                   .base_margin = args_get(a, "base-margin"),
                                   .threads = threads};
    const char *out = args_get(a, "out");
    struct gbt_rows *rows = NULL;
    enum lk_status st = gbt_rows_open(&rows, args_get(a, "data"), &read, err);

    if (st)
        return st;
    w->layout = gbt_rows_layout(rows);
    w->slot_count = gbt_rows_slots(rows);
    w->slots = mem_calloc(w->slot_count, sizeof *w->slots);
    for (size_t i = 0; i < w->slot_count; i++)
        str_init(&w->slots[i].text);
    st = check_join(w, rows, err);
    if (!st)
        st = file_out_open(&w->file, out ? out : "-", err);
    if (!st) {
        write_header(w);
        st = gbt_rows_each(rows, score_block, write_block, w, err);
        if (st)
            file_out_abandon(&w->file);
        else
            st = file_out_commit(&w->file, err);
    }
    gbt_rows_close(rows);
    for (size_t i = 0; i < w->slot_count; i++) {
        str_done(&w->slots[i].text);
        free(w->slots[i].out);
    }
    free(w->slots);
    return st;
}

/* Objectives whose answer is a class, not numbers about classes. */
static bool gives_classes(const char *objective)
{
    return !strcmp(objective, "multi:softmax") || !strcmp(objective, "binary:hinge");
}

static int run(const struct args *a, struct lk_error *err)
{
    struct work w = {.predict = {.threads = 1}, .join = args_flag(a, "join")};
    int64_t threads = 0;
    enum lk_status st;

    (void)((st = args_need(a, "model", err)) || (st = args_need(a, "data", err)) ||
           (st = args_int(a, "threads", 0, 1, 256, &threads, err)) ||
           (st = get_kind(a, &w.predict.kind, err)) ||
           (st = lk_model_read(&w.model, args_get(a, "model"), err)) ||
           (st = get_rounds(a, w.model, &w.predict, err)));
    if (!st) {
        w.width = lk_predict_width(w.model, &w.predict);
        w.words = w.predict.kind == LK_VALUE && gives_classes(lk_model_objective(w.model));
        st = stream(&w, a, (int)threads, err);
    }
    lk_model_free(w.model);
    return exit_for(st);
}

const struct command command_kit_predict = {
    .name = "predict",
    .summary = "score the rows of a file with a model",
    .options = options,
    .details =
        "Prints one line a row, in the order of the input; several numbers a row (classes, leaves\n"
        "by tree, contributions with the bias last) are separated by commas. There is no header\n"
        "unless --join is given, which also gives classes the words they had in training. Columns\n"
        "are matched with the model's features by name where both have names, else by place. Any\n"
        "size of input is scored in constant memory.",
    .example = "labkit predict --model model.json --data new.csv --out scores.csv\n"
               "zcat rows.csv.gz | labkit predict --model model.tar.gz --data - --join",
    .run = run,
};
