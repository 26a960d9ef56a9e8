/*
 * Ranges: reading them, and walking along them.
 *
 * Every axis is looked at as the stretch from 0 to 1. A logarithmic one is even
 * in the value's logarithm; a reverse logarithmic one in that of 1 - value, so
 * that it is finest near 1. An integer owns the cell half a step to each side,
 * so that the ends are as likely as the rest; a word owns an equal share.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/params.h"
#include "gbt/tune.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { INTEGER_MAX = 1 << 30, NAME_MAX = 256 };

/* ---- a space ---------------------------------------------------------------- */

static void axis_done(struct tune_axis *a)
{
    free(a->name);
    for (size_t i = 0; i < a->count; i++)
        free(a->words[i]);
    free(a->words);
}

void tune_space_done(struct tune_space *s)
{
    for (size_t i = 0; i < s->n; i++)
        axis_done(&s->axis[i]);
    *s = (struct tune_space){0};
}

void tune_space_copy(struct tune_space *to, const struct tune_space *from)
{
    *to = *from;
    for (size_t i = 0; i < from->n; i++) {
        const struct tune_axis *a = &from->axis[i];

        to->axis[i].name = mem_strdup(a->name);
        to->axis[i].words = mem_calloc(a->count, sizeof *a->words);
        for (size_t k = 0; k < a->count; k++)
            to->axis[i].words[k] = mem_strdup(a->words[k]);
    }
}

static enum lk_status check_name(const struct tune_space *s, const char *name, struct lk_error *err)
{
    if (!*name || strlen(name) > NAME_MAX)
        return error_set(err, LK_EUSE, "a range needs the name of a parameter");
    if (s->n == TUNE_AXES_MAX)
        return error_set(err, LK_ELIMIT, "more than %d ranges", TUNE_AXES_MAX);
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->axis[i].name, name))
            return error_set(err, LK_EUSE, "%s has two ranges", name);
    return LK_OK;
}

/* A range over a factor of ten or more, above zero, is looked at by its logarithm. */
static enum tune_scaling choose_scaling(const struct tune_axis *a)
{
    return a->low > 0 && a->high / a->low >= 10 ? TUNE_LOGARITHMIC : TUNE_LINEAR;
}

static enum lk_status check_scaling(const struct tune_axis *a, struct lk_error *err)
{
    if (a->scaling == TUNE_LOGARITHMIC && a->low <= 0)
        return error_set(err, LK_EUSE, "%s: Logarithmic scaling needs a MinValue above 0, not %g",
                         a->name, a->low);
    if (a->scaling == TUNE_REVERSE_LOGARITHMIC &&
        (a->kind == TUNE_INTEGER || a->low < 0 || a->high >= 1))
        return error_set(err, LK_EUSE,
                         "%s: ReverseLogarithmic scaling is for continuous ranges from 0 to below "
                         "1, not %g to %g",
                         a->name, a->low, a->high);
    return LK_OK;
}

static enum lk_status read_end(double *out, const struct tune_axis *a, const char *text,
                               struct lk_error *err)
{
    struct slice t = slice_trim(slice_of(text));
    int64_t whole;

    if (a->kind == TUNE_INTEGER) {
        if (!number_parse_int(t, -INTEGER_MAX, INTEGER_MAX, &whole))
            return error_set(err, LK_EUSE, "%s: '%.40s' is not a whole number up to %d", a->name,
                             text, INTEGER_MAX);
        *out = (double)whole;
    } else if (!number_parse_double(t, out) || !isfinite(*out)) {
        return error_set(err, LK_EUSE, "%s: '%.40s' is not a number", a->name, text);
    }
    return LK_OK;
}

enum lk_status tune_add_range(struct tune_space *s, const char *name, enum tune_kind kind,
                              const char *low, const char *high, enum tune_scaling scaling,
                              struct lk_error *err)
{
    struct tune_axis a = {.kind = kind, .scaling = scaling};
    enum lk_status st = check_name(s, name, err);

    if (st)
        return st;
    a.name = mem_strdup(name);
    st = read_end(&a.low, &a, low, err);
    if (!st)
        st = read_end(&a.high, &a, high, err);
    if (!st && !(a.low < a.high || (a.low == a.high && kind == TUNE_INTEGER)))
        st = error_set(err, LK_EUSE, "%s: MinValue %s should be less than MaxValue %s", name, low,
                       high);
    if (!st && a.scaling == TUNE_AUTO)
        a.scaling = choose_scaling(&a);
    if (!st)
        st = check_scaling(&a, err);
    if (st)
        axis_done(&a);
    else
        s->axis[s->n++] = a;
    return st;
}

enum lk_status tune_add_words(struct tune_space *s, const char *name, const char *const *words,
                              size_t n, struct lk_error *err)
{
    struct tune_axis a = {.kind = TUNE_CATEGORICAL, .scaling = TUNE_LINEAR, .count = n};
    enum lk_status st = check_name(s, name, err);

    if (!st && (!n || n > TUNE_WORDS_MAX))
        st = error_set(err, LK_EUSE, "%s: there should be 1 to %d values", name, TUNE_WORDS_MAX);
    for (size_t i = 0; !st && i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (!strcmp(words[i], words[k]))
                return error_set(err, LK_EUSE, "%s: the value '%.80s' is there twice", name,
                                 words[i]);
    if (st)
        return st;
    a.name = mem_strdup(name);
    a.words = mem_calloc(n, sizeof *a.words);
    for (size_t i = 0; i < n; i++)
        a.words[i] = mem_strdup(words[i]);
    s->axis[s->n++] = a;
    return LK_OK;
}

/* ---- as text ------------------------------------------------------------------ */

static enum lk_status add_words_text(struct tune_space *s, const char *name, struct slice list,
                                     struct lk_error *err)
{
    struct arena arena = {0};
    const char *words[TUNE_WORDS_MAX];
    struct slice one;
    size_t n = 0;
    enum lk_status st;

    while (slice_split(&list, ',', &one) && n < TUNE_WORDS_MAX) {
        one = slice_trim(one);
        words[n++] = arena_strndup(&arena, one.ptr, one.len);
    }
    st = tune_add_words(s, name, words, n, err);
    arena_done(&arena);
    return st;
}

enum tune_kind tune_find_kind(const char *name, const char *low, const char *high)
{
    int64_t v;
    bool whole = number_parse_int(slice_of(low), INT64_MIN, INT64_MAX, &v) &&
                 number_parse_int(slice_of(high), INT64_MIN, INT64_MAX, &v);

    switch (gbt_params_number(name)) {
    case GBT_NUMBER_INT:
        return TUNE_INTEGER;
    case GBT_NUMBER_REAL:
        return TUNE_CONTINUOUS;
    case GBT_NUMBER_NONE:
        break;
    }
    return whole ? TUNE_INTEGER : TUNE_CONTINUOUS;
}

static enum lk_status add_range_text(struct tune_space *s, const char *name, struct slice range,
                                     struct lk_error *err)
{
    struct arena arena = {0};
    struct slice one;
    const char *part[3] = {NULL, NULL, NULL};
    enum tune_scaling scaling;
    enum lk_status st;
    size_t n = 0;

    while (n < 3 && slice_split(&range, ':', &one)) {
        one = slice_trim(one);
        part[n++] = arena_strndup(&arena, one.ptr, one.len);
    }
    if (n < 2 || range.len)
        st = error_set(err, LK_EUSE, "%s: a range is LOW:HIGH or LOW:HIGH:SCALING", name);
    else if (!tune_find_scaling(part[2], &scaling))
        st = error_set(err, LK_EUSE,
                       "%s: the scaling is Auto, Linear, Logarithmic or ReverseLogarithmic, not "
                       "'%.40s'",
                       name, part[2]);
    else
        st = tune_add_range(s, name, tune_find_kind(name, part[0], part[1]), part[0], part[1],
                            scaling, err);
    arena_done(&arena);
    return st;
}

enum lk_status tune_add_text(struct tune_space *s, const char *text, struct lk_error *err)
{
    struct slice rest = slice_of(text), name;
    enum lk_status st;
    char *z;

    if (!slice_split(&rest, '=', &name) || !name.len || !rest.len)
        return error_set(err, LK_EUSE,
                         "a range is NAME=LOW:HIGH or NAME=VALUE,VALUE,..., not '%.80s'", text);
    name = slice_trim(name);
    z = mem_strndup(name.ptr, name.len);
    st = slice_find(rest, ':') < rest.len ? add_range_text(s, z, rest, err)
                                          : add_words_text(s, z, rest, err);
    free(z);
    return st;
}

/* ---- as SageMaker's JSON ---------------------------------------------------------- */

/* A bound stands in quotes; a bare number is taken too. */
static const char *bound(struct str *text, const struct json *j)
{
    str_clear(text);
    if (json_kind(j) == JSON_NUMBER)
        json_print(text, j, false);
    else
        str_puts(text, json_string(j, ""));
    return text->ptr;
}

static enum lk_status add_range_json(struct tune_space *s, const struct json *r,
                                     enum tune_kind kind, struct lk_error *err)
{
    struct str low = STR_INIT, high = STR_INIT;
    const char *name = json_string(json_get(r, "Name"), "");
    const char *word = json_string(json_get(r, "ScalingType"), NULL);
    enum tune_scaling scaling;
    enum lk_status st;

    if (!tune_find_scaling(word, &scaling))
        st = error_set(err, LK_EUSE, "%s: unknown ScalingType '%.40s'", name, word);
    else
        st = tune_add_range(s, name, kind, bound(&low, json_get(r, "MinValue")),
                            bound(&high, json_get(r, "MaxValue")), scaling, err);
    str_done(&low);
    str_done(&high);
    return st;
}

static enum lk_status add_words_json(struct tune_space *s, const struct json *r,
                                     struct lk_error *err)
{
    const char *words[TUNE_WORDS_MAX];
    size_t n = 0;

    for (const struct json *v = json_first(json_get(r, "Values")); v && n < TUNE_WORDS_MAX;
         v = json_next(v))
        words[n++] = json_string(v, "");
    return tune_add_words(s, json_string(json_get(r, "Name"), ""), words, n, err);
}

enum lk_status tune_add_json(struct tune_space *s, const struct json *ranges, struct lk_error *err)
{
    static const char *const lists[] = {
        [TUNE_CONTINUOUS] = "ContinuousParameterRanges",
        [TUNE_INTEGER] = "IntegerParameterRanges",
        [TUNE_CATEGORICAL] = "CategoricalParameterRanges",
    };

    if (json_kind(ranges) != JSON_OBJECT)
        return error_set(err, LK_EUSE, "ParameterRanges should be an object of lists of ranges");
    for (const struct json *list = json_first(ranges); list; list = json_next(list)) {
        int kind = 0;

        while (kind < 3 && strcmp(lists[kind], json_key(list)))
            kind++;
        if (kind == 3 && strcmp(json_key(list), "AutoParameters"))
            return error_set(err, LK_EUSE, "unknown list of ranges '%.80s'", json_key(list));
        for (const struct json *r = json_first(list); kind < 3 && r; r = json_next(r)) {
            enum lk_status st = kind == TUNE_CATEGORICAL
                                    ? add_words_json(s, r, err)
                                    : add_range_json(s, r, (enum tune_kind)kind, err);

            if (st)
                return st;
        }
    }
    return LK_OK;
}

/* ---- words ------------------------------------------------------------------------- */

static bool find(const char *word, const char *const *words, int *out)
{
    for (int i = 0; words[i]; i++)
        if (!strcasecmp(word, words[i])) {
            *out = i;
            return true;
        }
    return false;
}

static const char *const strategies[] = {"Bayesian", "Random", "Grid", NULL};

bool tune_find_scaling(const char *word, enum tune_scaling *out)
{
    static const char *const words[] = {"Auto", "Linear", "Logarithmic", "ReverseLogarithmic",
                                        NULL};
    int i = TUNE_AUTO;
    bool known = !word || find(word, words, &i) || (!strcasecmp(word, "log") && (i = 2));

    *out = (enum tune_scaling)i;
    return known;
}

bool tune_find_strategy(const char *word, enum tune_strategy *out)
{
    int i = TUNE_BAYESIAN;
    bool known = !word || find(word, strategies, &i);

    *out = (enum tune_strategy)i;
    return known;
}

const char *tune_strategy_name(enum tune_strategy s)
{
    return strategies[s];
}

/* ---- along an axis --------------------------------------------------------------------- */

/* The stretch that 0 to 1 stands for: an integer's cells reach half a step over its ends. */
static void stretch(const struct tune_axis *a, double *low, double *high)
{
    double over = a->kind == TUNE_INTEGER ? 0.5 : 0;

    *low = a->low - over;
    *high = a->high + over;
}

static double value_at(const struct tune_axis *a, double at)
{
    double low, high, v;

    stretch(a, &low, &high);
    if (a->scaling == TUNE_LOGARITHMIC)
        v = low * pow(high / low, at);
    else if (a->scaling == TUNE_REVERSE_LOGARITHMIC)
        v = 1 - (1 - low) * pow((1 - high) / (1 - low), at);
    else
        v = low + (high - low) * at;
    if (a->kind == TUNE_INTEGER)
        v = floor(v + 0.5);
    return fmin(fmax(v, a->low), a->high);
}

static double place_of(const struct tune_axis *a, double v)
{
    double low, high;

    stretch(a, &low, &high);
    if (a->scaling == TUNE_LOGARITHMIC)
        return log(v / low) / log(high / low);
    if (a->scaling == TUNE_REVERSE_LOGARITHMIC)
        return log((1 - v) / (1 - low)) / log((1 - high) / (1 - low));
    return (v - low) / (high - low);
}

/* Four digits of what changes along the range: nobody wants eta=0.27391846503. */
static double shorten(const struct tune_axis *a, double v)
{
    double size = fmax(fabs(a->low), fabs(a->high));
    int digits = 4;
    char text[NUMBER_MAX];
    double out = v;

    if (a->scaling != TUNE_LOGARITHMIC)
        digits += (int)fmax(0, round(log10(size / (a->high - a->low))));
    if (a->scaling == TUNE_REVERSE_LOGARITHMIC)
        digits += (int)fmax(0, ceil(-log10(1 - v)));
    snprintf(text, sizeof text, "%.*g", digits > 17 ? 17 : digits, v);
    number_parse_double(slice_of(text), &out);
    return fmin(fmax(out, a->low), a->high);
}

void tune_put_value(struct str *out, const struct tune_axis *a, double at)
{
    char text[NUMBER_MAX];

    if (a->kind == TUNE_CATEGORICAL) {
        size_t i = (size_t)(fmax(at, 0) * (double)a->count);

        str_puts(out, a->words[i < a->count ? i : a->count - 1]);
    } else if (a->kind == TUNE_INTEGER) {
        str_printf(out, "%.0f", value_at(a, at));
    } else {
        number_print_double(text, shorten(a, value_at(a, at)));
        str_puts(out, text);
    }
}

bool tune_place(const struct tune_axis *a, const char *value, double *at)
{
    double v;

    if (a->kind == TUNE_CATEGORICAL) {
        for (size_t i = 0; i < a->count; i++)
            if (!strcmp(a->words[i], value)) {
                *at = ((double)i + 0.5) / (double)a->count;
                return true;
            }
        return false;
    }
    if (!number_parse_double(slice_trim(slice_of(value)), &v) || !(v >= a->low && v <= a->high))
        return false;
    *at = place_of(a, v);
    return true;
}

/* Every word, every integer of a short range; of a longer one, or a continuous one, some. */
static bool is_whole_grid(const struct tune_axis *a)
{
    return a->kind == TUNE_CATEGORICAL ||
           (a->kind == TUNE_INTEGER && a->high - a->low < 2 * TUNE_STEPS);
}

size_t tune_grid_points(const struct tune_axis *a)
{
    if (!is_whole_grid(a))
        return TUNE_STEPS;
    return a->kind == TUNE_CATEGORICAL ? a->count : (size_t)(a->high - a->low) + 1;
}

double tune_grid_place(const struct tune_axis *a, size_t k)
{
    if (!is_whole_grid(a))
        return (double)k / (TUNE_STEPS - 1);
    return a->kind == TUNE_CATEGORICAL ? ((double)k + 0.5) / (double)a->count
                                       : place_of(a, a->low + (double)k);
}
