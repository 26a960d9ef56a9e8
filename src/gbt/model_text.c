/*
 * Tables of words, and the dictionaries of categories as JSON inside an
 * attribute: {"3":["no","yes"],...} by feature number, and ["no","yes"] for
 * the label's classes.
 */
#include "gbt/model_text.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char categories_name[] = "labkit_categories";
static const char classes_name[] = "labkit_classes";

static const char *const types[] = {
    [GBT_FLOAT] = "float", [GBT_INT] = "int",    [GBT_INDICATOR] = "i",
    [GBT_QUANTITY] = "q",  [GBT_CATEGORY] = "c",
};

const char *model_text_type(enum gbt_feature_type type)
{
    return types[type];
}

bool model_text_parse_type(struct slice word, enum gbt_feature_type *out)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!slice_is(word, types[i]))
            continue;
        *out = (enum gbt_feature_type)i;
        return true;
    }
    return false;
}

#define REG_LOSS                                                                                   \
    "reg_loss_param",                                                                              \
    {                                                                                              \
        {                                                                                          \
            "scale_pos_weight", "1"                                                                \
        }                                                                                          \
    }
#define SOFTMAX                                                                                    \
    "softmax_multiclass_param",                                                                    \
    {                                                                                              \
        {                                                                                          \
            "num_class", "0"                                                                       \
        }                                                                                          \
    }
#define RANK                                                                                       \
    "lambda_rank_param",                                                                           \
    {                                                                                              \
        {"fix_list_weight", "0"},                                                                  \
        {                                                                                          \
            "num_pairsample", "1"                                                                  \
        }                                                                                          \
    }

static const struct model_text_objective objectives[] = {
    {"reg:squarederror", REG_LOSS},
    {"reg:squaredlogerror", REG_LOSS},
    {"reg:logistic", REG_LOSS},
    {"binary:logistic", REG_LOSS},
    {"binary:logitraw", REG_LOSS},
    {"reg:pseudohubererror", "pseudo_huber_param", {{"huber_slope", "1"}}},
    {"reg:quantileerror", "quantile_loss_param", {{"quantile_alpha", "0.5"}}},
    {"reg:tweedie", "tweedie_regression_param", {{"tweedie_variance_power", "1.5"}}},
    {"count:poisson", "poisson_regression_param", {{"max_delta_step", "0.7"}}},
    {"multi:softmax", SOFTMAX},
    {"multi:softprob", SOFTMAX},
    {"rank:ndcg", RANK},
    {"rank:map", RANK},
    {"rank:pairwise", RANK},
    {"survival:aft",
     "aft_loss_param",
     {{"aft_loss_distribution", "normal"}, {"aft_loss_distribution_scale", "1"}}},
};

const struct model_text_objective *model_text_objective(const char *name)
{
    for (size_t i = 0; i < sizeof objectives / sizeof *objectives; i++)
        if (!strcmp(name, objectives[i].name))
            return &objectives[i];
    return NULL;
}

/* ---- dictionaries ------------------------------------------------------------------ */

static void put_words(struct json_out *w, const char *key, const struct gbt_dictionary *d)
{
    json_open(w, key, '[');
    for (size_t i = 0; i < d->n; i++)
        json_put_z(w, NULL, d->words[i]);
    json_close(w);
}

size_t model_text_attributes(struct gbt_attribute out[2], const struct lk_model *m)
{
    struct str text = STR_INIT;
    struct json_out w;
    bool some = false;
    size_t n = 0;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    for (size_t i = 0; m->dictionaries && i < m->features; i++) {
        char key[NUMBER_MAX];

        if (!m->dictionaries[i].n)
            continue;
        snprintf(key, sizeof key, "%zu", i);
        put_words(&w, key, &m->dictionaries[i]);
        some = true;
    }
    json_close(&w);
    if (some)
        out[n++] = (struct gbt_attribute){mem_strdup(categories_name), str_take(&text, NULL)};
    str_done(&text);
    if (m->label_classes.n) {
        json_begin(&w, &text, false);
        put_words(&w, NULL, &m->label_classes);
        out[n++] = (struct gbt_attribute){mem_strdup(classes_name), str_take(&text, NULL)};
    }
    return n;
}

/* An array of strings; anything else in it is an error. */
static enum lk_status take_words(struct gbt_dictionary *out, const struct json *array,
                                 const char *name, struct lk_error *err)
{
    size_t n = json_count(array);

    gbt_dictionary_done(out);
    if (json_kind(array) != JSON_ARRAY || n > GBT_MAX_CATEGORIES)
        return error_set(err, LK_EINPUT, "the model's attribute %s is damaged", name);
    out->words = mem_calloc(n, sizeof *out->words);
    for (const struct json *j = json_first(array); j; j = json_next(j)) {
        if (json_kind(j) != JSON_STRING)
            return error_set(err, LK_EINPUT, "the model's attribute %s is damaged", name);
        out->words[out->n++] = mem_strdup(json_string(j, ""));
    }
    return LK_OK;
}

static enum lk_status take_categories(struct lk_model *m, const struct json *root,
                                      struct lk_error *err)
{
    enum lk_status st = LK_OK;

    if (!m->dictionaries)
        m->dictionaries = mem_calloc(m->features, sizeof *m->dictionaries);
    for (const struct json *j = json_first(root); j && !st; j = json_next(j)) {
        int64_t feature;

        if (!number_parse_int(slice_of(json_key(j)), 0, (int64_t)m->features - 1, &feature))
            return error_set(err, LK_EINPUT, "the model's attribute %s names feature '%s'",
                             categories_name, json_key(j));
        st = take_words(&m->dictionaries[feature], j, categories_name, err);
    }
    return st;
}

enum lk_status model_text_take_attributes(struct lk_model *m, struct lk_error *err)
{
    const char *name[2] = {categories_name, classes_name};
    enum lk_status st = LK_OK;

    for (int i = 0; i < 2 && !st; i++) {
        const char *text = lk_model_attribute(m, name[i]);
        struct json *root = NULL;

        if (!text)
            continue;
        st = json_parse(&root, slice_of(text), name[i], err);
        if (!st)
            st = i ? take_words(&m->label_classes, root, name[i], err)
                   : take_categories(m, root, err);
        json_free(root);
        gbt_model_set_attribute(m, name[i], NULL);
    }
    return st;
}
