/* labkit eval: a model's metrics on a file that has the answers. */
#include "base/error.h"
#include "base/json.h"
#include "cli/reading.h"
#include "gbt/metric.h"

#include <stdio.h>

static const struct option options[] = {
    READING_MODEL,
    READING_DATA("rows with their label"),
    READING_LABEL,
    {"metric", "NAME", "auc, logloss, error@0.4, ... (default: the objective's own)", true, 0},
    READING_ROW_COLUMNS,
    READING_FORMAT,
    THREADS_CHANGE_NOT("the figures do not depend on it"),
    {"json", NULL, "the metrics as a JSON object", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static enum lk_status read_data(struct lk_matrix **out, const struct args *a,
                                const struct lk_model *model, int threads, struct lk_error *err)
{
    struct lk_read_options o;
    enum lk_status st = reading_options(&o, a, threads, err);

    o.model = model;
    return st ? st : lk_matrix_read(out, args_get(a, "data"), &o, err);
}

/* Each metric as a line or a member of the object; the text is printed once all are there. */
static enum lk_status judge(struct str *out, const struct args *a, const struct lk_model *model,
                            const struct lk_matrix *data, int threads, struct lk_error *err)
{
    char own[64];
    struct json_out w;
    bool json = args_flag(a, "json");
    const char *name = args_nth(a, "metric", 0);

    if (!name)
        name = gbt_metric_of_model(own, model);
    if (!name)
        return error_set(err, LK_EUNSUPPORTED,
                         "the model's objective '%s' is not known; name a "
                         "--metric",
                         lk_model_objective(model));
    json_begin(&w, out, true);
    if (json)
        json_open(&w, NULL, '{');
    for (size_t i = 1; name; name = args_nth(a, "metric", i++)) {
        double value;
        enum lk_status st = lk_evaluate(&value, model, data, name, threads, err);

        if (st)
            return st;
        if (json)
            json_put_number(&w, name, value);
        else
            str_printf(out, "%-20s %.6g\n", name, value);
    }
    if (json) {
        json_close(&w);
        str_putc(out, '\n');
    }
    return LK_OK;
}

static int run(const struct args *a, struct lk_error *err)
{
    struct lk_model *model = NULL;
    struct lk_matrix *data = NULL;
    struct str text = STR_INIT;
    int64_t threads;
    enum lk_status st = args_need(a, "model", err);

    if (!st)
        st = args_need(a, "data", err);
    if (!st)
        st = args_int(a, "threads", 0, 0, 1024, &threads, err);
    if (!st)
        st = lk_model_read(&model, args_get(a, "model"), err);
    if (!st)
        st = read_data(&data, a, model, (int)threads, err);
    if (!st)
        st = judge(&text, a, model, data, (int)threads, err);
    if (!st)
        fputs(text.ptr, stdout);
    str_done(&text);
    lk_matrix_free(data);
    lk_model_free(model);
    return st ? exit_for(st) : EXIT_DONE;
}

const struct command command_kit_eval = {
    .name = "eval",
    .summary = "judge a model on rows whose answers are known",
    .options = options,
    .details =
        "Columns are found by the names the model was trained with; words in the label column "
        "are coded as they were then. Judge on rows that took no part in training.",
    .example =
        "labkit eval --model model.json --data test.csv --label damage --metric auc "
        "--metric logloss\nlabkit eval --model model.json --data test.csv --label damage --json",
    .run = run,
};
