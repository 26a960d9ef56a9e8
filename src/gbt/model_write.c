/*
 * A model as XGBoost's JSON or UBJSON, in the layout of 1.7, which every later
 * version reads: keys in order, parameters as text, trees as arrays. One walk
 * over the model writes both; `struct out` knows how each value looks.
 *
 * XGBoost before 3.1 knows one base score for all outputs. Where ours differ,
 * the file says 0.5 and what each output lacks of it is added to the leaves of
 * its first tree, so that every version scores the same.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/model.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct out {
    struct str *s;
    bool ubj;
    bool comma; /* the next key or element of a container is not its first */
};

/* ---- the two notations --------------------------------------------------------- */

static void put_big(struct out *o, uint64_t v, int bytes)
{
    for (int i = bytes; i-- > 0;)
        str_putc(o->s, (char)(v >> (8 * i)));
}

static void put_len(struct out *o, size_t n)
{
    str_putc(o->s, 'L');
    put_big(o, n, 8);
}

static void separate(struct out *o)
{
    if (!o->ubj && o->comma)
        str_putc(o->s, ',');
    o->comma = true;
}

static void key(struct out *o, const char *name)
{
    separate(o);
    if (o->ubj) {
        put_len(o, strlen(name));
        str_puts(o->s, name);
    } else {
        str_put_json(o->s, slice_of(name));
        str_putc(o->s, ':');
    }
    o->comma = false;
}

static void open(struct out *o, const char *name)
{
    if (name)
        key(o, name);
    str_putc(o->s, '{');
    o->comma = false;
}

static void close(struct out *o)
{
    str_putc(o->s, '}');
    o->comma = true;
}

static void text_value(struct out *o, const char *value)
{
    if (o->ubj) {
        str_putc(o->s, 'S');
        put_len(o, strlen(value));
        str_puts(o->s, value);
    } else {
        str_put_json(o->s, slice_of(value));
    }
}

static void text(struct out *o, const char *name, const char *value)
{
    key(o, name);
    text_value(o, value);
    o->comma = true;
}

static void number_text(struct out *o, const char *name, size_t value)
{
    char buf[32];

    snprintf(buf, sizeof buf, "%zu", value);
    text(o, name, buf);
}

/* An array of n untyped values follows, each after separate(). */
static void open_list(struct out *o, const char *name, size_t n)
{
    key(o, name);
    str_putc(o->s, '[');
    if (o->ubj) {
        str_putc(o->s, '#');
        put_len(o, n);
    }
    o->comma = false;
}

static void close_list(struct out *o)
{
    if (!o->ubj)
        str_putc(o->s, ']');
    o->comma = true;
}

/* A typed array in UBJSON: d (float), l (int32), U (uint8). */
static void open_typed(struct out *o, const char *name, char type, size_t n)
{
    key(o, name);
    str_putc(o->s, '[');
    if (o->ubj) {
        str_putc(o->s, '$');
        str_putc(o->s, type);
        str_putc(o->s, '#');
        put_len(o, n);
    }
    o->comma = false;
}

static void one_float(struct out *o, float v)
{
    char buf[NUMBER_MAX];
    uint32_t bits;

    if (isinf(v))
        v = v < 0 ? -FLT_MAX : FLT_MAX; /* JSON has no infinity; no finite value tells them apart */
    if (o->ubj) {
        memcpy(&bits, &v, sizeof bits);
        put_big(o, bits, 4);
        return;
    }
    separate(o);
    number_print_float(buf, v);
    str_puts(o->s, buf);
    if (!strpbrk(buf, ".e"))
        str_puts(o->s, "E0"); /* XGBoost takes a number without a point or exponent for whole */
}

static void one_int(struct out *o, int64_t v, int bytes)
{
    if (o->ubj) {
        put_big(o, (uint64_t)v, bytes);
        return;
    }
    separate(o);
    str_printf(o->s, "%lld", (long long)v);
}

static void floats(struct out *o, const char *name, const float *v, size_t n)
{
    open_typed(o, name, 'd', n);
    for (size_t i = 0; i < n; i++)
        one_float(o, v[i]);
    close_list(o);
}

static void ints(struct out *o, const char *name, const int32_t *v, size_t n)
{
    open_typed(o, name, 'l', n);
    for (size_t i = 0; i < n; i++)
        one_int(o, v[i], 4);
    close_list(o);
}

static void bytes(struct out *o, const char *name, const uint8_t *v, size_t n)
{
    open_typed(o, name, 'U', n);
    for (size_t i = 0; i < n; i++)
        one_int(o, v ? v[i] : 0, 1);
    close_list(o);
}

/* ---- a tree ------------------------------------------------------------------------ */

static void categories(struct out *o, const struct gbt_tree *t)
{
    size_t sets = 0;
    static const char *const names[] = {"categories_nodes", "categories_segments",
                                        "categories_sizes"};

    ints(o, "categories", t->categories, t->category_total);
    for (int32_t i = 0; t->categorical && i < t->nodes; i++)
        sets += t->categorical[i];
    for (int k = 0; k < 3; k++) {
        open_typed(o, names[k], k ? 'L' : 'l', sets);
        for (int32_t i = 0; t->categorical && i < t->nodes; i++)
            if (t->categorical[i])
                one_int(o,
                        k == 0   ? i
                        : k == 1 ? (int64_t)t->category_start[i]
                                 : (int64_t)t->category_count[i],
                        k ? 8 : 4);
        close_list(o);
    }
}

/* offset is added to the leaves. */
static void tree(struct out *o, const struct gbt_tree *t, size_t id, size_t features, float offset)
{
    size_t n = (size_t)t->nodes;

    separate(o);
    open(o, NULL);
    floats(o, "base_weights", t->base_weight, n);
    categories(o, t);
    bytes(o, "default_left", t->default_left, n);
    key(o, "id");
    if (o->ubj)
        str_putc(o->s, 'l');
    o->comma = false;
    one_int(o, (int64_t)id, 4);
    o->comma = true;
    ints(o, "left_children", t->left, n);
    floats(o, "loss_changes", t->loss_change, n);
    open_typed(o, "parents", 'l', n);
    for (size_t i = 0; i < n; i++)
        one_int(o, t->parent[i] < 0 ? INT32_MAX : t->parent[i], 4);
    close_list(o);
    ints(o, "right_children", t->right, n);
    open_typed(o, "split_conditions", 'd', n);
    for (size_t i = 0; i < n; i++)
        one_float(o, t->left[i] == GBT_NO_NODE ? t->value[i] + offset : t->value[i]);
    close_list(o);
    open_typed(o, "split_indices", 'l', n);
    for (size_t i = 0; i < n; i++)
        one_int(o, t->feature[i], 4);
    close_list(o);
    bytes(o, "split_type", t->categorical, n);
    floats(o, "sum_hessian", t->hessian, n);
    open(o, "tree_param");
    number_text(o, "num_deleted", 0);
    number_text(o, "num_feature", features);
    number_text(o, "num_nodes", n);
    number_text(o, "size_leaf_vector", 0);
    close(o);
    close(o);
}

/* ---- the boosters ---------------------------------------------------------------------- */

static bool base_scores_differ(const struct lk_model *m)
{
    for (size_t g = 1; g < m->groups; g++)
        if (m->base_score[g] != m->base_score[0])
            return m->tree_count >= m->groups;
    return false;
}

/* What the leaves of tree i take over of its output's base score. */
static float offset_of(const struct lk_model *m, size_t i)
{
    size_t g = (size_t)m->tree_group[i];

    if (!base_scores_differ(m))
        return 0;
    for (size_t k = 0; k < i; k++)
        if (m->tree_group[k] == m->tree_group[i])
            return 0;
    return (m->base_margin[g] - 0.5f) / (m->tree_weight ? m->tree_weight[i] : 1.0f);
}

static void trees(struct out *o, const struct lk_model *m)
{
    open(o, "model");
    open(o, "gbtree_model_param");
    number_text(o, "num_parallel_tree", m->parallel_trees);
    number_text(o, "num_trees", m->tree_count);
    number_text(o, "size_leaf_vector", 0);
    close(o);
    ints(o, "tree_info", m->tree_group, m->tree_count);
    open_list(o, "trees", m->tree_count);
    for (size_t i = 0; i < m->tree_count; i++)
        tree(o, &m->trees[i], i, m->features, offset_of(m, i));
    close_list(o);
    close(o);
    text(o, "name", "gbtree");
}

static void booster(struct out *o, const struct lk_model *m)
{
    open(o, "gradient_booster");
    if (m->booster == GBT_GBLINEAR) {
        open(o, "model");
        number_text(o, "boosted_rounds", m->rounds);
        floats(o, "weights", m->linear, m->linear ? (m->features + 1) * m->groups : 0);
        close(o);
        text(o, "name", "gblinear");
    } else if (m->booster == GBT_DART) {
        open(o, "gbtree");
        trees(o, m);
        close(o);
        text(o, "name", "dart");
        floats(o, "weight_drop", m->tree_weight, m->tree_count);
    } else {
        trees(o, m);
    }
    close(o);
}

/* ---- the rest ------------------------------------------------------------------------------ */

/* The object that holds an objective's parameters, by the objective's name. */
static const char *param_group(const char *objective)
{
    static const char *const table[][2] = {
        {"multi:", "softmax_multiclass_param"},
        {"count:poisson", "poisson_regression_param"},
        {"reg:tweedie", "tweedie_regression_param"},
        {"reg:pseudohubererror", "pseudo_huber_param"},
        {"reg:quantileerror", "quantile_loss_param"},
        {"survival:aft", "aft_loss_param"},
        {"rank:", "lambda_rank_param"},
        {"survival:cox", NULL},
        {"binary:hinge", NULL},
        {"reg:absoluteerror", NULL},
        {"reg:gamma", "reg_loss_param"},
        {"", "reg_loss_param"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strncmp(objective, table[i][0], strlen(table[i][0])))
            return table[i][1];
    return NULL;
}

static void objective(struct out *o, const struct lk_model *m)
{
    const char *group = param_group(m->objective);

    open(o, "objective");
    text(o, "name", m->objective);
    if (group) {
        open(o, group);
        for (size_t i = 0; i < m->objective_param_count; i++)
            text(o, m->objective_params[i].name, m->objective_params[i].value);
        close(o);
    }
    close(o);
}

static void names(struct out *o, const struct lk_model *m)
{
    static const char *const types[] = {"float", "int", "i", "q", "c"};

    open_list(o, "feature_names", m->names ? m->features : 0);
    for (size_t i = 0; m->names && i < m->features; i++) {
        separate(o);
        text_value(o, m->names[i]);
    }
    close_list(o);
    open_list(o, "feature_types", m->types ? m->features : 0);
    for (size_t i = 0; m->types && i < m->features; i++) {
        separate(o);
        text_value(o, types[m->types[i]]);
    }
    close_list(o);
}

static void model_param(struct out *o, const struct lk_model *m)
{
    char base[NUMBER_MAX];

    number_print_float(base, base_scores_differ(m) ? 0.5f : m->base_score[0]);
    open(o, "learner_model_param");
    text(o, "base_score", base);
    text(o, "boost_from_average", m->boost_from_average ? "1" : "0");
    number_text(o, "num_class", m->classes);
    number_text(o, "num_feature", m->features);
    number_text(o, "num_target", m->targets);
    close(o);
}

void gbt_model_print(struct str *s, const struct lk_model *m, enum lk_model_format format)
{
    struct out o = {.s = s, .ubj = format == LK_UBJSON};

    open(&o, NULL);
    open(&o, "learner");
    open(&o, "attributes");
    for (size_t i = 0; i < m->attribute_count; i++)
        text(&o, m->attributes[i].name, m->attributes[i].value);
    close(&o);
    names(&o, m);
    booster(&o, m);
    model_param(&o, m);
    objective(&o, m);
    close(&o);
    open_list(&o, "version", 3);
    for (int i = 0; i < 3; i++) {
        if (o.ubj)
            str_putc(o.s, 'i');
        one_int(&o, i == 0 ? 1 : i == 1 ? 7 : 4, 1);
    }
    close_list(&o);
    close(&o);
}

enum lk_status lk_model_write(const struct lk_model *m, const char *path,
                              enum lk_model_format format, struct lk_error *err)
{
    struct str s = STR_INIT;
    enum lk_status st;

    gbt_model_print(&s, m, format);
    st = file_write(path, slice_str(&s), err);
    str_done(&s);
    return st;
}
