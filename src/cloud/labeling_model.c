/*
 * The model behind automatic labelling: boosted trees on whatever an item
 * holds. Columns are, in this order: the numeric members of the manifest's
 * lines, the first numbers within the text, and how often the text has words
 * of each of 128 kinds (words are told apart by a hash).
 */
#include "cloud/labeling.h"

#include "base/error.h"
#include "base/number.h"
#include "labkit.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 64, NUMBERS = 8, BUCKETS = 128, ROUNDS = 40, NAME_MAX = 64 };

/* ---- features ------------------------------------------------------------------------ */

struct features {
    char member[MEMBERS_MAX][NAME_MAX]; /* sorted */
    size_t members;
    bool text;
    size_t columns;
};

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void add_members(struct features *f, const struct json *line)
{
    for (const struct json *m = json_first(line); m && f->members < MEMBERS_MAX; m = json_next(m)) {
        const char *name = json_key(m);
        bool seen = json_kind(m) != JSON_NUMBER || strlen(name) >= NAME_MAX;

        for (size_t i = 0; i < f->members && !seen; i++)
            seen = !strcmp(f->member[i], name);
        if (!seen)
            strncpy(f->member[f->members++], name, NAME_MAX - 1);
    }
}

static void find_features(struct features *f, const struct labeling_item *items, size_t n)
{
    *f = (struct features){0};
    for (size_t i = 0; i < n; i++) {
        struct json *line = NULL;

        f->text |= *items[i].text != '\0';
        if (f->members < MEMBERS_MAX && !json_parse(&line, slice_of(items[i].line), "item", NULL))
            add_members(f, line);
        json_free(line);
    }
    qsort(f->member, f->members, NAME_MAX, compare);
    f->columns = f->members + (f->text ? NUMBERS + BUCKETS : 0);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static void count_word(float *buckets, struct slice word)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < word.len; i++)
        h = (h ^ (uint32_t)tolower((unsigned char)word.ptr[i])) * 16777619u;
    buckets[(h ^ h >> 16) % BUCKETS]++;
}

/* Words, and numbers such as 39.1. */
static void read_text(float *row, const char *text)
{
    size_t numbers = 0;

    for (size_t i = 0; i < NUMBERS; i++)
        row[i] = NAN;
    while (*text) {
        size_t n = 0;
        float value;

        while (is_word(text[n]) || (n && text[n] == '.' && isdigit((unsigned char)text[n + 1])))
            n++;
        if (n && isdigit((unsigned char)*text) &&
            number_parse_float((struct slice){text, n}, &value)) {
            if (numbers < NUMBERS)
                row[numbers++] = value;
        } else if (n) {
            count_word(row + NUMBERS, (struct slice){text, n});
        }
        text += n ? n : 1;
    }
}

static void fill_row(float *row, const struct features *f, const struct labeling_item *item)
{
    struct json *line = NULL;

    (void)!json_parse(&line, slice_of(item->line), "item", NULL);
    for (size_t i = 0; i < f->members; i++)
        row[i] = (float)json_number(json_get(line, f->member[i]), NAN);
    json_free(line);
    if (f->text)
        read_text(row + f->members, item->text);
}

/* ---- learning ---------------------------------------------------------------------------- */

static size_t label_index(const char *const *labels, size_t n, const char *label)
{
    size_t i = 0;

    while (i < n && strcmp(labels[i], label))
        i++;
    return i;
}

static bool is_human(const struct labeling_item *item)
{
    return !strcmp(item->method, "human");
}

/* The rows with a human label, and their labels; NULL where they are all of one label. */
static struct lk_matrix *training_rows(const float *all, size_t columns,
                                       const struct labeling_item *items, size_t n,
                                       const char *const *labels, size_t label_count,
                                       struct lk_error *err)
{
    float *values = mem_calloc(n ? n : 1, columns * sizeof *values);
    float *label = mem_calloc(n ? n : 1, sizeof *label);
    struct lk_matrix *m = NULL;
    size_t rows = 0;
    bool differ = false;

    for (size_t i = 0; i < n; i++) {
        if (!is_human(&items[i]))
            continue;
        memcpy(values + rows * columns, all + i * columns, columns * sizeof *values);
        label[rows] = (float)label_index(labels, label_count, items[i].label);
        differ |= label[rows] != label[0];
        rows++;
    }
    if (!differ)
        error_set(err, LK_EINPUT, "people have given one label only: there is nothing to learn");
    else if (!lk_matrix_new(&m, values, rows, columns, NAN, err) &&
             lk_matrix_set_field(m, "label", label, 1, err)) {
        lk_matrix_free(m);
        m = NULL;
    }
    free(values);
    free(label);
    return m;
}

static enum lk_status train(struct lk_model **out, const struct lk_matrix *m, size_t label_count,
                            struct lk_error *err)
{
    struct lk_params *p = lk_params_new();
    struct lk_train_options options = {.rounds = ROUNDS, .threads = 1};
    char classes[NUMBER_MAX];
    enum lk_status st;

    number_print_double(classes, (double)label_count);
    (void)((st = lk_params_set(p, "max_depth", "3", err)) ||
           (st = lk_params_set(p, "eta", "0.3", err)) ||
           (st = lk_params_set(p, "min_child_weight", "0.5", err)) ||
           (st = lk_params_set(p, "objective", "multi:softprob", err)) ||
           (st = lk_params_set(p, "num_class", classes, err)) ||
           (st = lk_train(out, m, p, &options, err)));
    lk_params_free(p);
    return st;
}

/* ---- guessing ------------------------------------------------------------------------------ */

static enum lk_status guess(const struct lk_model *model, const float *all, size_t columns,
                            struct labeling_item *items, size_t n, const char *const *labels,
                            size_t label_count, struct lk_error *err)
{
    struct lk_predict_options options = {.threads = 1};
    float *out = mem_calloc(n, label_count * sizeof *out);
    enum lk_status st = lk_predict(model, all, n, columns, &options, out, err);

    for (size_t i = 0; i < n && !st; i++) {
        const float *p = out + i * label_count;
        size_t best = 0;

        for (size_t k = 1; k < label_count; k++)
            best = p[k] > p[best] ? k : best;
        if (!*items[i].method) {
            items[i].guess = labels[best];
            items[i].guess_confidence = (double)p[best];
        }
    }
    free(out);
    return st;
}

enum lk_status labeling_learn(struct labeling_item *items, size_t n, const char *const *labels,
                              size_t label_count, struct arena *a, const char *path,
                              struct lk_error *err)
{
    struct features *f = arena_alloc(a, sizeof *f);
    struct lk_matrix *m = NULL;
    struct lk_model *model = NULL;
    float *all;
    enum lk_status st = LK_EINPUT;

    find_features(f, items, n);
    if (!f->columns)
        return error_set(err, LK_EINPUT, "the items have neither text nor numbers to learn from");
    all = mem_calloc(n, f->columns * sizeof *all);
    for (size_t i = 0; i < n; i++)
        fill_row(all + i * f->columns, f, &items[i]);
    m = training_rows(all, f->columns, items, n, labels, label_count, err);
    if (m)
        (void)((st = train(&model, m, label_count, err)) ||
               (st = guess(model, all, f->columns, items, n, labels, label_count, err)) ||
               (st = lk_model_write(model, path, LK_UBJSON, err)));
    lk_model_free(model);
    lk_matrix_free(m);
    free(all);
    return st;
}
