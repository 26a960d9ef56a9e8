/*
 * Metrics out of log lines. The built-in XGBoost's lines are read directly:
 *
 *     [12]#011train-auc:0.98#011validation-auc:0.95
 *
 * gives train:auc and validation:auc. A request's own definitions are regular
 * expressions (base/pattern.h); the value is what their first group matched.
 */
#include "base/mem.h"
#include "base/number.h"
#include "base/pattern.h"
#include "cloud/training.h"

#include <stdlib.h>
#include <string.h>

enum { DEFINITIONS_MAX = 40 };

struct metrics {
    bool builtin;
    size_t n;
    struct definition {
        char *name;
        struct pattern *pattern;
    } definition[DEFINITIONS_MAX];
};

/* Twenty for each set: a job has at most 40 definitions. */
// clang-format off
static const char *const builtin_names[] = {
    "accuracy", "auc", "aucpr", "balanced_accuracy", "error", "f1", "gamma-deviance",
    "logloss", "mae", "map", "mape", "merror", "mlogloss", "ndcg", "poisson-nloglik",
    "precision", "recall", "rmse", "rmsle", "tweedie-nloglik", NULL};
// clang-format on

struct metrics *metrics_new(const struct json *definitions, bool builtin)
{
    struct metrics *m = mem_calloc(1, sizeof *m);

    m->builtin = builtin;
    for (const struct json *d = json_first(definitions); d && m->n < DEFINITIONS_MAX;
         d = json_next(d)) {
        struct definition *to = &m->definition[m->n];

        if (pattern_parse(&to->pattern, json_string(json_get(d, "Regex"), ""), NULL))
            continue; /* CreateTrainingJob has refused it */
        to->name = mem_strdup(json_string(json_get(d, "Name"), ""));
        m->n++;
    }
    return m;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++) {
        free(m->definition[i].name);
        pattern_free(m->definition[i].pattern);
    }
    free(m);
}

static const char *const sets[] = {"train", "validation", NULL};

/* "validation-auc:0.95" */
static void look_builtin(struct slice field, metric_fn *fn, void *ctx)
{
    size_t colon = field.len;
    char name[100];
    double value;

    while (colon && field.ptr[colon - 1] != ':')
        colon--;
    if (!colon || !number_parse_double(slice_from(field, colon), &value))
        return;
    field = slice_first(field, colon - 1);
    for (const char *const *set = sets; *set; set++) {
        size_t n = strlen(*set);

        if (slice_starts(field, *set) && field.len > n + 1 && field.ptr[n] == '-' &&
            field.len < sizeof name) {
            memcpy(name, field.ptr, field.len);
            name[n] = ':';
            name[field.len] = '\0';
            fn(ctx, name, value);
        }
    }
}

static void look_round(struct slice line, metric_fn *fn, void *ctx)
{
    struct slice rest = line;
    size_t tab;

    if (!line.len || line.ptr[0] != '[')
        return;
    while (rest.len) {
        const char *at = memmem(rest.ptr, rest.len, "#011", 4);

        tab = at ? (size_t)(at - rest.ptr) : rest.len;
        look_builtin(slice_first(rest, tab), fn, ctx);
        rest = slice_from(rest, at ? tab + 4 : rest.len);
    }
}

void metrics_look(const struct metrics *m, struct slice line, metric_fn *fn, void *ctx)
{
    if (m->builtin)
        look_round(line, fn, ctx);
    for (size_t i = 0; i < m->n; i++) {
        struct slice found;
        double value;

        if (pattern_find(m->definition[i].pattern, line, 1, &found) &&
            number_parse_double(slice_trim(found), &value))
            fn(ctx, m->definition[i].name, value);
    }
}

void metrics_put_builtin(struct json_out *out, const char *key)
{
    struct str name = STR_INIT, regex = STR_INIT;

    json_open(out, key, '[');
    for (const char *const *set = sets; *set; set++)
        for (const char *const *m = builtin_names; *m; m++) {
            str_printf(&name, "%s:%s", *set, *m);
            str_printf(&regex,
                       ".*\\[[0-9]+\\].*#011%s-%s:([-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*",
                       *set, *m);
            json_open(out, NULL, '{');
            json_put_string(out, "Name", slice_str(&name));
            json_put_string(out, "Regex", slice_str(&regex));
            json_close(out);
            str_clear(&name);
            str_clear(&regex);
        }
    json_close(out);
    str_done(&name);
    str_done(&regex);
}
