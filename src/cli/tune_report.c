#include "cli/tune_report.h"

#include "base/file.h"
#include "base/json.h"
#include "gbt/csv.h"
#include "lab/search_chart.h"

void tune_put_text(struct str *out, const struct tune_report *r, size_t best)
{
    str_printf(out, "best of %zu trials: trial %zu, %s %.6g", tune_trials(r->search), best + 1,
               r->metric, tune_result(r->search, best));
    if (r->folds)
        str_printf(out, " (deviation over folds %.2g)", r->outcomes[best].deviation);
    str_printf(out, ", best round %zu (counted from 0)\n", r->outcomes[best].best_round);
    for (size_t i = 0; i < r->space->n; i++)
        str_printf(out, "--set %s=%s%s", r->space->axis[i].name, tune_value(r->search, best, i),
                   i + 1 < r->space->n ? " " : "\n");
}

static void put_trial(struct json_out *w, const char *key, const struct tune_report *r, size_t t)
{
    const struct tune_outcome *o = &r->outcomes[t];

    json_open(w, key, '{');
    json_put_int(w, "trial", (int64_t)t + 1);
    json_open(w, "values", '{');
    for (size_t i = 0; i < r->space->n; i++)
        json_put_z(w, r->space->axis[i].name, tune_value(r->search, t, i));
    json_close(w);
    json_put_z(w, "end", tune_end_name(o->end));
    json_put_number(w, "result", tune_result(r->search, t));
    json_put_number(w, "deviation", o->deviation);
    json_put_int(w, "best_round", (int64_t)o->best_round);
    json_put_int(w, "rounds", (int64_t)o->rounds);
    json_put_number(w, "seconds", o->seconds);
    json_close(w);
}

void tune_put_json(struct str *out, const struct tune_report *r, size_t best)
{
    struct json_out w;

    json_begin(&w, out, true);
    json_open(&w, NULL, '{');
    json_put_z(&w, "strategy", tune_strategy_name(r->strategy));
    json_put_z(&w, "metric", r->metric);
    put_trial(&w, "best", r, best);
    json_open(&w, "trials", '[');
    for (size_t t = 0; t < tune_trials(r->search); t++)
        put_trial(&w, NULL, r, t);
    json_close(&w);
    json_close(&w);
    str_putc(out, '\n');
}

enum lk_status tune_write_csv(const struct tune_report *r, const char *path, struct lk_error *err)
{
    struct str out = STR_INIT;
    enum lk_status st;

    str_puts(&out, "trial");
    for (size_t i = 0; i < r->space->n; i++) {
        str_putc(&out, ',');
        csv_put(&out, slice_of(r->space->axis[i].name), ',');
    }
    str_printf(&out, ",%s,deviation,best_round,end,seconds\n", r->metric);
    for (size_t t = 0; t < tune_trials(r->search); t++) {
        const struct tune_outcome *o = &r->outcomes[t];

        str_printf(&out, "%zu", t + 1);
        for (size_t i = 0; i < r->space->n; i++) {
            str_putc(&out, ',');
            csv_put(&out, slice_of(tune_value(r->search, t, i)), ',');
        }
        if (o->end == TUNE_FAILED)
            str_puts(&out, ",,,,failed,\n");
        else
            str_printf(&out, ",%.9g,%.9g,%zu,%s,%.3f\n", tune_result(r->search, t), o->deviation,
                       o->best_round, tune_end_name(o->end), o->seconds);
    }
    st = file_write(path, slice_str(&out), err);
    str_done(&out);
    return st;
}

enum lk_status tune_draw(const struct tune_report *r, const char *path, struct lk_error *err)
{
    struct str svg = STR_INIT;
    struct chart c;
    enum lk_status st;

    chart_search(&c, r->search, r->metric, r->more);
    chart_put_svg(&svg, &c);
    st = file_write(path, slice_str(&svg), err);
    str_done(&svg);
    chart_done(&c);
    return st;
}
