/*
 * labkit explain: what a model's predictions on a file rest on, by SHAP values:
 * how far each feature moves a prediction on average, and, as a picture, which
 * values move it which way.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/reading.h"
#include "lab/swarm.h"

#include <stdio.h>
#include <stdlib.h>

enum { PICTURE_ROWS = 500, TOP_MAX = 20 };

static const struct option options[] = {
    {"model", "FILE", "the model, in any of XGBoost's formats", false, 'm'},
    {"data", "FILE", "rows to explain: CSV, libsvm or JSON lines; '-' is stdin", false, 'd'},
    {"label", "COLUMN", "the label's column, if there is one: it is left out", false, 'l'},
    {"top", "N", "features to show (default 10, at most 20)", false, 0},
    {"svg", "FILE", "draw the summary plot there", false, 0},
    READING_FORMAT,
    {"threads", "N", "threads (default: one a processor)", false, 't'},
    {"json", NULL, "the ranking as JSON", false, 0},
    {NULL, NULL, NULL, false, 0},
};

struct explained {
    struct lk_model *model;
    struct lk_matrix *rows;
    float *contributions;
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

/* The contributions of every row, and the ranking. */
static enum lk_status explain(struct explained *e, int threads, struct lk_error *err)
{
    const struct lk_predict_options o = {.kind = LK_CONTRIB, .threads = threads};
    size_t width = lk_predict_width(e->model, &o), rows = lk_matrix_rows(e->rows);
    enum lk_status st;

    if (lk_model_groups(e->model) != 1)
        return error_set(err, LK_EUNSUPPORTED,
                         "the model has %zu outputs and this explains models of one; "
                         "'labkit predict --type contrib' gives the contributions of all",
                         lk_model_groups(e->model));
    e->contributions = mem_alloc(rows * width * sizeof *e->contributions);
    st = lk_predict_matrix(e->model, e->rows, &o, e->contributions, err);
    if (st)
        return st;
    e->swarm = (struct swarm){.contributions = e->contributions,
                              .values = lk_matrix_values(e->rows),
                              .rows = rows,
                              .features = lk_model_features(e->model),
                              .width = width};
    name_features(e);
    e->rank = mem_calloc(e->swarm.features, sizeof *e->rank);
    swarm_rank(e->rank, &e->swarm);
    return LK_OK;
}

static enum lk_status draw(const struct explained *e, const char *path, size_t top,
                           struct lk_error *err)
{
    struct swarm some = e->swarm;
    struct str svg = STR_INIT;
    struct chart c;
    enum lk_status st;

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
    .details = "SHAP values share a prediction out among the features, exactly (TreeSHAP). The "
               "list says how far each feature moves a prediction on average; the picture (of the "
               "first 500 rows) shows which of its values move it up or down.",
    .example = "labkit explain --model model.json --data test.csv --label damage\n"
               "labkit explain --model model.json --data test.csv --label damage --svg shap.svg",
    .run = run,
};
