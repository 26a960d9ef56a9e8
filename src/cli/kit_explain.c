/*
 * labkit explain: what a model's predictions on a file rest on, by SHAP values:
 * how far each feature moves a prediction on average, and, as a picture, which
 * values move it which way.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "cli/reading.h"
#include "gbt/model.h"
#include "lab/swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURE_ROWS = 500, TOP_MAX = 20 };

static const struct option options[] = {
    READING_MODEL,
    READING_DATA("rows to explain"),
    {"label", "COLUMN", "the label's column, if there is one: it is left out", false, 'l'},
    {"top", "N", "features to show (default 10, at most 20)", false, 0},
    {"output", "CLASS", "of several outputs this one: a class's word, or a number from 0", false,
     0},
    {"svg", "FILE", "draw the summary plot there", false, 0},
    READING_FORMAT,
    {"threads", "N", "threads (default: one a processor)", false, 't'},
    {"json", NULL, "the ranking as JSON", false, 0},
    {NULL, NULL, NULL, false, 0},
};

struct explained {
    struct lk_model *model;
    struct lk_matrix *rows;
    float *contributions;   /* (rows, outputs, features + 1) */
    size_t outputs, output; /* output: the one looked at, or `outputs` for all */
    struct arena names;
    struct swarm swarm;
    struct swarm_rank *rank;
};

static void explained_done(struct explained *e)
{
    lk_model_free(e->model);
    lk_matrix_free(e->rows);
    free(e->contributions);
    free(e->rank);
    arena_done(&e->names);
}

static void name_features(struct explained *e)
{
    const char **names = arena_alloc(&e->names, (e->swarm.features + 1) * sizeof *names);

    for (size_t f = 0; f < e->swarm.features; f++) {
        const char *name = lk_model_feature_name(e->model, f);

        names[f] = name ? name : arena_printf(&e->names, "f%zu", f);
    }
    e->swarm.names = names;
}

/* The output asked for: a class by its word, or a number. */
static enum lk_status find_output(struct explained *e, const char *text, struct lk_error *err)
{
    const struct gbt_dictionary *classes = &e->model->label_classes;
    int64_t number;

    e->outputs = lk_model_groups(e->model);
    e->output = e->outputs == 1 ? 0 : e->outputs;
    if (!text)
        return LK_OK;
    for (size_t k = 0; k < classes->n && k < e->outputs; k++)
        if (!strcmp(classes->words[k], text)) {
            e->output = k;
            return LK_OK;
        }
    if (!number_parse_int(slice_of(text), 0, (int64_t)e->outputs - 1, &number))
        return error_set(err, LK_EUSE,
                         "--output is a class, or a number from 0 to %zu, not '%.80s'",
                         e->outputs - 1, text);
    e->output = (size_t)number;
    return LK_OK;
}

/* The swarm of one output. */
static struct swarm swarm_of(const struct explained *e, size_t output)
{
    struct swarm s = e->swarm;

    s.contributions = e->contributions + output * (s.features + 1);
    return s;
}

static int stronger(const void *a, const void *b)
{
    const struct swarm_rank *x = a, *y = b;

    if (x->mean != y->mean)
        return x->mean < y->mean ? 1 : -1;
    return (x->feature > y->feature) - (x->feature < y->feature);
}

/* Of one output, or on the average of all. */
static void rank_features(struct explained *e)
{
    size_t n = e->swarm.features;
    size_t first = e->output < e->outputs ? e->output : 0;
    size_t end = e->output < e->outputs ? e->output + 1 : e->outputs;
    struct swarm_rank *one = mem_calloc(n, sizeof *one);

    e->rank = mem_calloc(n, sizeof *e->rank);
    for (size_t f = 0; f < n; f++)
        e->rank[f].feature = f;
    for (size_t k = first; k < end; k++) {
        struct swarm s = swarm_of(e, k);

        swarm_rank(one, &s);
        for (size_t i = 0; i < n; i++)
            e->rank[one[i].feature].mean += one[i].mean / (double)(end - first);
    }
    qsort(e->rank, n, sizeof *e->rank, stronger);
    free(one);
}

/* The contributions of every row, and the ranking. */
static enum lk_status explain(struct explained *e, int threads, struct lk_error *err)
{
    const struct lk_predict_options o = {.kind = LK_CONTRIB, .threads = threads};
    size_t width = lk_predict_width(e->model, &o), rows = lk_matrix_rows(e->rows);
    enum lk_status st;

    e->contributions = mem_calloc(rows * width, sizeof *e->contributions);
    st = lk_predict_matrix(e->model, e->rows, &o, e->contributions, err);
    if (st)
        return st;
    e->swarm = (struct swarm){.values = lk_matrix_values(e->rows),
                              .rows = rows,
                              .features = lk_model_features(e->model),
                              .width = width};
    name_features(e);
    rank_features(e);
    return LK_OK;
}

static enum lk_status draw(const struct explained *e, const char *path, size_t top,
                           struct lk_error *err)
{
    struct swarm some = swarm_of(e, e->output < e->outputs ? e->output : 0);
    struct str svg = STR_INIT;
    struct chart c;
    enum lk_status st;

    if (e->output == e->outputs)
        return error_set(err, LK_EUSE,
                         "the model has %zu outputs and a picture shows one; name it with --output",
                         e->outputs);
    some.rows = some.rows < PICTURE_ROWS ? some.rows : PICTURE_ROWS;
    chart_swarm(&c, &some, top, NULL);
    chart_put_svg(&svg, &c);
    st = file_write(path, slice_str(&svg), err);
    str_done(&svg);
    chart_done(&c);
    return st;
}

static void print_json(const struct explained *e, size_t top)
{
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, true);
    json_open(&w, NULL, '[');
    for (size_t i = 0; i < top; i++) {
        json_open(&w, NULL, '{');
        json_put_z(&w, "feature", e->swarm.names[e->rank[i].feature]);
        json_put_number(&w, "mean_abs_shap", e->rank[i].mean);
        json_close(&w);
    }
    json_close(&w);
    printf("%s\n", text.ptr);
    str_done(&text);
}

static void print_text(const struct explained *e, size_t top)
{
    printf("%-30s %s\n", "feature", "moves a prediction by (mean |SHAP|, on the margin's scale)");
    for (size_t i = 0; i < top; i++)
        printf("%-30s %.6g\n", e->swarm.names[e->rank[i].feature], e->rank[i].mean);
}

static int run(const struct args *a, struct lk_error *err)
{
    struct explained e = {0};
    struct lk_read_options o;
    int64_t threads = 0, top = 10;
    enum lk_status st = args_need(a, "model", err);

    if (!st)
        st = args_need(a, "data", err);
    if (!st)
        st = args_int(a, "threads", 0, 0, 1024, &threads, err);
    if (!st)
        st = args_int(a, "top", 10, 1, TOP_MAX, &top, err);
    if (!st)
        st = reading_options(&o, a, (int)threads, err);
    if (!st)
        st = lk_model_read(&e.model, args_get(a, "model"), err);
    if (st) {
        explained_done(&e);
        return exit_for(st);
    }
    o.model = e.model;
    o.no_label = !o.label;
    st = find_output(&e, args_get(a, "output"), err);
    if (!st)
        st = lk_matrix_read(&e.rows, args_get(a, "data"), &o, err);
    if (!st)
        st = explain(&e, (int)threads, err);
    top = (size_t)top < e.swarm.features ? top : (int64_t)e.swarm.features;
    if (!st && args_get(a, "svg"))
        st = draw(&e, args_get(a, "svg"), (size_t)top, err);
    if (!st && args_flag(a, "json"))
        print_json(&e, (size_t)top);
    else if (!st)
        print_text(&e, (size_t)top);
    explained_done(&e);
    return st ? exit_for(st) : EXIT_DONE;
}

const struct command command_kit_explain = {
    .name = "explain",
    .summary = "what a model's predictions rest on, by SHAP values",
    .options = options,
    .details =
        "SHAP values share a prediction out among the features, exactly (TreeSHAP). The "
        "list says how far each feature moves a prediction on average; the picture (of the "
        "first 500 rows) shows which of its values move it up or down. Of a model with several "
        "outputs, classes for instance, --output picks one; without it the list is the mean "
        "over all.",
    .example = "labkit explain --model model.json --data test.csv --label damage\n"
               "labkit explain --model model.json --data test.csv --label damage --svg shap.svg",
    .run = run,
};
