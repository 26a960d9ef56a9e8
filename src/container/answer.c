/*
 * Predictions as the image writes them. Without a selection: a number a line
 * (several with commas), or {"score": ...} objects. With one
 * (SAGEMAKER_INFERENCE_OUTPUT) each prediction is an object of the keys asked
 * for; a key that means nothing for the objective is NaN.
 *
 * Batch and JSON answers come from Python lists there: doubles of the floats,
 * a row of several in brackets. Real-time CSV has the shortest float.
 */
#include "base/error.h"
#include "base/number.h"
#include "container/internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- types ------------------------------------------------------------------------------ */

static const char *const types[] = {"text/csv", "application/json", "application/jsonlines"};

bool container_accept_parse(enum container_accept *out, const char *accept)
{
    const char *usual = getenv("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT");
    struct slice rest = slice_of(accept), type = {"", 0};

    slice_split(&rest, ';', &type);
    type = slice_trim(type);
    if (!type.len || slice_is(type, "*/*"))
        type = slice_of(usual && *usual ? usual : "text/csv");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (type.len == strlen(types[i]) && !strncasecmp(type.ptr, types[i], type.len)) {
            *out = (enum container_accept)i;
            return true;
        }
    return false;
}

const char *container_accept_type(const struct container_answer *a)
{
    return a->batch && !a->selected ? types[ACCEPT_CSV] : types[a->accept];
}

/* ---- numbers ---------------------------------------------------------------------------- */

static void put_double(struct str *s, double v)
{
    char *at = str_room(s, NUMBER_MAX);

    str_grew(s, number_print_double(at, v));
    if (!strpbrk(at, ".en")) /* Python's floats always look like floats: 1.0, 1e-07, nan */
        str_puts(s, ".0");
}

static void put_list(struct str *s, const float *v, size_t n)
{
    str_putc(s, '[');
    for (size_t i = 0; i < n; i++) {
        str_puts(s, i ? ", " : "");
        put_double(s, v[i]);
    }
    str_putc(s, ']');
}

static void put_value(struct str *s, const float *v, size_t width)
{
    if (width == 1)
        put_double(s, *v);
    else
        put_list(s, v, width);
}

static void put_short(struct str *s, const float *v, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        char *at;

        if (i)
            str_putc(s, ',');
        at = str_room(s, NUMBER_MAX);
        str_grew(s, number_print_float(at, v[i]));
        if (!strpbrk(at, ".en"))
            str_puts(s, ".0");
    }
}

/* ---- a selection ------------------------------------------------------------------------ */

enum key {
    PREDICTED_LABEL,
    LABELS,
    PROBABILITY,
    PROBABILITIES,
    RAW_SCORE,
    RAW_SCORES,
    PREDICTED_SCORE,
    KEYS
};

static const char *const key_names[KEYS] = {
    "predicted_label", "labels",     "probability",     "probabilities",
    "raw_score",       "raw_scores", "predicted_score",
};

#define BIT(key)      (1u << (key))
#define LABEL_AND_RAW (BIT(PREDICTED_LABEL) | BIT(LABELS) | BIT(RAW_SCORE) | BIT(RAW_SCORES))
#define CLASSES       (LABEL_AND_RAW | BIT(PROBABILITY) | BIT(PROBABILITIES))

static const struct objective {
    const char *name;
    unsigned keys;
    double threshold; /* above which the label of two is 1; unused where it is the output itself */
    bool output_is_label;
} objectives[] = {
    {"reg:squarederror", BIT(PREDICTED_SCORE), 0, false},
    {"reg:linear", BIT(PREDICTED_SCORE), 0, false},
    {"reg:logistic", BIT(PREDICTED_SCORE), 0, false},
    {"reg:gamma", BIT(PREDICTED_SCORE), 0, false},
    {"reg:absoluteerror", BIT(PREDICTED_SCORE), 0, false},
    {"reg:tweedie", BIT(PREDICTED_SCORE), 0, false},
    {"binary:logistic", CLASSES, 0.5, false},
    {"binary:logitraw", LABEL_AND_RAW, 0, false},
    {"binary:hinge", LABEL_AND_RAW, 0, true},
    {"multi:softmax", LABEL_AND_RAW, 0, true},
    {"multi:softprob", CLASSES, 0, false},
};

/* One prediction and where it came from. */
struct prediction {
    const struct objective *objective;
    const float *value; /* (width) */
    size_t width, classes;
};

static size_t best_of(const struct prediction *p)
{
    size_t best = 0;

    for (size_t i = 1; i < p->width; i++)
        if (p->value[i] > p->value[best])
            best = i;
    return best;
}

static void put_labels(struct str *s, size_t classes)
{
    str_putc(s, '[');
    for (size_t i = 0; i < classes; i++)
        str_printf(s, "%s%zu", i ? ", " : "", i);
    str_putc(s, ']');
}

/* Of two classes; the first one's number is what is left of one, whatever it means. */
static void put_pair(struct str *s, double second)
{
    str_putc(s, '[');
    put_double(s, 1 - second);
    str_puts(s, ", ");
    put_double(s, second);
    str_putc(s, ']');
}

static void put_key(struct str *s, enum key key, const struct prediction *p)
{
    double first = p->value[0];

    switch (key) {
    case PREDICTED_LABEL:
        if (p->width > 1)
            str_printf(s, "%zu", best_of(p));
        else if (p->objective->output_is_label)
            put_double(s, first);
        else
            str_puts(s, first > p->objective->threshold ? "1" : "0");
        break;
    case LABELS:
        put_labels(s, p->classes);
        break;
    case PROBABILITIES:
    case RAW_SCORES:
        if (p->width > 1)
            put_list(s, p->value, p->width);
        else
            put_pair(s, first);
        break;
    case PROBABILITY:
    case RAW_SCORE:
        put_double(s, p->value[best_of(p)]);
        break;
    default:
        put_double(s, first);
        break;
    }
}

/* The keys asked for, in order; those that no one knows are KEYS. */
static size_t parse_keys(enum key *out, size_t max, struct slice names[], const char *text)
{
    struct slice rest = slice_of(text), one;
    size_t n = 0;

    while (n < max && slice_split(&rest, ',', &one)) {
        names[n] = slice_trim(one);
        out[n] = KEYS;
        for (int k = 0; k < KEYS; k++)
            if (names[n].len == strlen(key_names[k]) &&
                !strncasecmp(names[n].ptr, key_names[k], names[n].len))
                out[n] = (enum key)k;
        n++;
    }
    return n;
}

enum { SELECTED_MAX = 16 };

struct selection {
    enum key key[SELECTED_MAX];
    struct slice name[SELECTED_MAX];
    size_t n;
};

static void put_selected(struct str *s, const struct selection *sel, const struct prediction *p,
                         bool csv)
{
    struct str value = STR_INIT;

    if (!csv)
        str_putc(s, '{');
    for (size_t i = 0; i < sel->n; i++) {
        str_clear(&value);
        if (sel->key[i] == KEYS || !(p->objective->keys & BIT(sel->key[i])))
            str_puts(&value, csv ? "nan" : "NaN"); /* Python's words, in text and in JSON */
        else
            put_key(&value, sel->key[i], p);
        str_puts(s, i ? (csv ? "," : ", ") : "");
        if (!csv) {
            str_put_json(s, sel->name[i]);
            str_puts(s, ": ");
        }
        str_puts(s, csv && *value.ptr == '[' ? "\"" : "");
        str_put(s, slice_str(&value));
        str_puts(s, csv && *value.ptr == '[' ? "\"" : "");
    }
    if (!csv)
        str_putc(s, '}');
    str_done(&value);
}

/* ---- the whole -------------------------------------------------------------------------- */

/* One prediction as one line (CSV, JSON lines) or element (JSON). */
typedef void put_fn(struct str *s, const void *ctx, const float *value);

static void put_all(struct str *out, const struct container_answer *a, const float *values,
                    size_t rows, size_t width, put_fn *put, const void *ctx)
{
    bool json = a->accept == ACCEPT_JSON;

    if (json)
        str_puts(out, "{\"predictions\": [");
    for (size_t i = 0; i < rows; i++) {
        str_puts(out, json && i ? ", " : "");
        put(out, ctx, values + i * width);
        if (!json)
            str_putc(out, '\n');
    }
    if (json)
        str_puts(out, "]}");
}

struct selecting {
    const struct selection *selection;
    struct prediction prediction;
    bool csv;
};

static void put_one_selected(struct str *s, const void *ctx, const float *value)
{
    const struct selecting *c = ctx;
    struct prediction p = c->prediction;

    p.value = value;
    put_selected(s, c->selection, &p, c->csv);
}

static enum lk_status print_selected(struct str *out, const struct container_answer *a,
                                     const struct container_models *m, const float *values,
                                     size_t rows, struct lk_error *err)
{
    struct selection selection;
    struct selecting c = {.selection = &selection, .csv = a->accept == ACCEPT_CSV};
    size_t groups = lk_model_groups(m->model[0]);

    for (size_t i = 0; i < sizeof objectives / sizeof *objectives; i++)
        if (!strcmp(m->objective, objectives[i].name))
            c.prediction.objective = &objectives[i];
    if (!c.prediction.objective)
        return error_set(err, LK_EUSE,
                         "Objective `%s` unsupported for selectable inference predictions.",
                         m->objective);
    selection.n = parse_keys(selection.key, SELECTED_MAX, selection.name, a->selected);
    c.prediction.width = m->width;
    c.prediction.classes = groups > 1 ? groups : 2;
    put_all(out, a, values, rows, m->width, put_one_selected, &c);
    if (c.csv && !a->batch && out->len) /* the last line ends in nothing */
        str_cut(out, out->len - 1);
    return LK_OK;
}

static void put_line(struct str *s, const void *ctx, const float *value)
{
    put_short(s, value, *(const size_t *)ctx);
}

static void put_batch_line(struct str *s, const void *ctx, const float *value)
{
    put_value(s, value, *(const size_t *)ctx);
}

static void put_score(struct str *s, const void *ctx, const float *value)
{
    str_puts(s, "{\"score\": ");
    put_value(s, value, *(const size_t *)ctx);
    str_putc(s, '}');
}

enum lk_status container_answer_print(struct str *out, const struct container_answer *a,
                                      const struct container_models *m, const float *values,
                                      size_t rows, struct lk_error *err)
{
    struct container_answer lines = {.accept = ACCEPT_CSV};

    if (a->selected)
        return print_selected(out, a, m, values, rows, err);
    if (a->batch)
        put_all(out, &lines, values, rows, m->width, put_batch_line, &m->width);
    else if (a->accept != ACCEPT_CSV)
        put_all(out, a, values, rows, m->width, put_score, &m->width);
    else if (!a->joined)
        put_all(out, a, values, rows, m->width, put_line, &m->width);
    for (size_t i = 0; a->joined && !a->batch && a->accept == ACCEPT_CSV && i < rows; i++) {
        str_puts(out, i ? "," : "");
        put_value(out, values + i * m->width, m->width);
    }
    return LK_OK;
}
