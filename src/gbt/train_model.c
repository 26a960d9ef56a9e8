/*
 * The model that training makes: what it takes over from the parameters and
 * the data, and trees and rounds as they come.
 */
#include "gbt/train.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what goes with the objective ------------------------------------------- */

static void put_number(struct lk_model *m, const char *name, double value)
{
    char text[NUMBER_MAX];

    number_print_float(text, (float)value);
    gbt_model_set_objective_param(m, name, text);
}

static void put_alphas(struct lk_model *m, const struct gbt_objective_params *p)
{
    struct str s = STR_INIT;

    str_putc(&s, '[');
    for (size_t i = 0; i < p->quantiles; i++) {
        char text[NUMBER_MAX];

        number_print_float(text, p->quantile_alpha[i]);
        str_printf(&s, "%s%s", i ? "," : "", text);
    }
    str_putc(&s, ']');
    gbt_model_set_objective_param(m, "quantile_alpha", s.ptr);
    str_done(&s);
}

/* The parameters that XGBoost keeps in a model's file, by objective. */
static void put_objective(struct lk_model *m, const struct lk_params *p)
{
    static const char *const aft[] = {"normal", "logistic", "extreme"};
    const struct gbt_objective_params *o = &p->task;
    const char *name = m->objective;

    if (!strncmp(name, "multi:", 6))
        put_number(m, "num_class", (double)o->classes);
    else if (!strcmp(name, "count:poisson"))
        put_number(m, "max_delta_step", (double)o->max_delta_step);
    else if (!strcmp(name, "reg:tweedie"))
        put_number(m, "tweedie_variance_power", (double)o->tweedie_variance_power);
    else if (!strcmp(name, "reg:pseudohubererror"))
        put_number(m, "huber_slope", (double)o->huber_slope);
    else if (!strcmp(name, "reg:quantileerror"))
        put_alphas(m, o);
    else if (!strcmp(name, "survival:aft")) {
        gbt_model_set_objective_param(m, "aft_loss_distribution", aft[o->aft_distribution]);
        put_number(m, "aft_loss_distribution_scale", (double)o->aft_scale);
    }
    if (!strncmp(name, "binary:", 7) || !strncmp(name, "reg:", 4))
        put_number(m, "scale_pos_weight", (double)o->scale_pos_weight);
}

/* ---- base scores ---------------------------------------------------------------- */

/* XGBoost 1.7 starts from 0.5, but for absolute error. */
static bool is_estimated(const struct gbt_trainer *t)
{
    if (gbt_params_given(t->p, "base_score") || t->data->base_margin || t->objective->fixed_base)
        return false;
    return t->p->rules != GBT_RULES_1_7 || t->objective->leaf;
}

static enum lk_status set_base_scores(struct gbt_trainer *t, struct lk_error *err)
{
    struct lk_model *m = t->model;
    bool given = gbt_params_given(t->p, "base_score");

    m->base_score = mem_resize(NULL, m->groups, sizeof *m->base_score);
    for (size_t i = 0; i < m->groups; i++)
        m->base_score[i] = given ? t->p->base_score : 0.5f;
    m->boost_from_average = !given;
    if (is_estimated(t))
        gbt_task_estimate(t->task, m->base_score, t->pool);
    m->base_margin = mem_resize(NULL, m->groups, sizeof *m->base_margin);
    for (size_t i = 0; i < m->groups; i++) {
        m->base_margin[i] = t->objective->to_margin(m->base_score[i]);
        if (!isfinite(m->base_margin[i]))
            return error_set(err, given ? LK_EUSE : LK_EINPUT,
                             given
                                 ? "base_score=%g is impossible with %s"
                                 : "the labels' base score is %g, which %s cannot start from; all "
                                   "rows seem to be of one class",
                             (double)m->base_score[i], m->objective);
    }
    return LK_OK;
}

/* ---- from the data ----------------------------------------------------------------- */

static void take_columns(struct lk_model *m, const struct lk_matrix *data)
{
    m->features = data->columns;
    if (data->names) {
        m->names = mem_calloc(data->columns, sizeof *m->names);
        for (size_t i = 0; i < data->columns; i++)
            m->names[i] = mem_strdup(data->names[i]);
    }
    if (data->types) {
        size_t bytes = data->columns * sizeof *m->types;

        m->types = memcpy(mem_alloc(bytes), data->types, bytes);
    }
    if (data->dictionaries) {
        m->dictionaries = mem_calloc(data->columns, sizeof *m->dictionaries);
        for (size_t i = 0; i < data->columns; i++)
            gbt_dictionary_copy(&m->dictionaries[i], &data->dictionaries[i]);
    }
    gbt_dictionary_copy(&m->label_classes, &data->classes);
}

struct lk_model *gbt_model_like(const struct lk_matrix *data)
{
    struct lk_model *m = gbt_model_new();

    take_columns(m, data);
    return m;
}

/* The best round of the earlier training says nothing about this one. */
static enum lk_status start_from(struct gbt_trainer *t, struct lk_error *err)
{
    static const char *const old[] = {"best_iteration", "best_score", "best_ntree_limit"};
    enum lk_status st = gbt_train_from(t, t->o->start, err);

    for (int i = 0; i < 3; i++)
        gbt_model_set_attribute(t->model, old[i], NULL);
    return st;
}

enum lk_status gbt_train_model(struct gbt_trainer *t, struct lk_error *err)
{
    struct lk_model *m = t->model = gbt_model_new();

    m->objective = mem_strdup(t->objective->name);
    m->booster = (enum gbt_booster)t->p->booster;
    m->groups = t->groups;
    m->classes = !strncmp(m->objective, "multi:", 6) ? t->p->task.classes : 0;
    m->targets = m->classes ? 1 : t->groups;
    m->parallel_trees = (size_t)t->p->num_parallel_tree;
    m->round_start = mem_calloc(1, sizeof *m->round_start);
    m->version[0] = 1;
    m->version[1] = 7;
    m->version[2] = 4;
    take_columns(m, t->data);
    put_objective(m, t->p);
    if (t->resumed)
        return gbt_train_from(t, t->resumed, err);
    return t->o->start ? start_from(t, err) : set_base_scores(t, err);
}

/* ---- going on from a model ------------------------------------------------------------- */

static void *copy_of(const void *from, size_t n, size_t size)
{
    return from && n ? memcpy(mem_resize(NULL, n, size), from, n * size) : NULL;
}

static void copy_tree(struct gbt_tree *to, const struct gbt_tree *from, size_t groups)
{
    size_t n = (size_t)from->nodes;

    *to = *from;
    to->left = copy_of(from->left, n, sizeof *to->left);
    to->right = copy_of(from->right, n, sizeof *to->right);
    to->parent = copy_of(from->parent, n, sizeof *to->parent);
    to->feature = copy_of(from->feature, n, sizeof *to->feature);
    to->value = copy_of(from->value, n, sizeof *to->value);
    to->default_left = copy_of(from->default_left, n, sizeof *to->default_left);
    to->base_weight = copy_of(from->base_weight, n, sizeof *to->base_weight);
    to->loss_change = copy_of(from->loss_change, n, sizeof *to->loss_change);
    to->hessian = copy_of(from->hessian, n, sizeof *to->hessian);
    to->categorical = copy_of(from->categorical, n, sizeof *to->categorical);
    to->category_start = copy_of(from->category_start, n, sizeof *to->category_start);
    to->category_count = copy_of(from->category_count, n, sizeof *to->category_count);
    to->categories = copy_of(from->categories, from->category_total, sizeof *to->categories);
    to->leaf_vector = copy_of(from->leaf_vector, n * groups, sizeof *to->leaf_vector);
}

static enum lk_status check_start(const struct lk_model *m, const struct lk_model *start,
                                  struct lk_error *err)
{
    static const char *const boosters[] = {"gbtree", "dart", "gblinear"};

    if (start->features != m->features)
        return error_set(err, LK_EINPUT, "the model to go on from has %zu features, the data %zu",
                         start->features, m->features);
    for (size_t i = 0; start->names && m->names && i < m->features; i++)
        if (strcmp(start->names[i], m->names[i]))
            return error_set(err, LK_EINPUT,
                             "feature %zu is '%s' in the model to go on from, '%s' in the data", i,
                             start->names[i], m->names[i]);
    if (strcmp(start->objective, m->objective))
        return error_set(err, LK_EUSE, "the model to go on from was trained with %s, not %s",
                         start->objective, m->objective);
    if (start->groups != m->groups)
        return error_set(err, LK_EUSE, "the model to go on from has %zu outputs, not %zu",
                         start->groups, m->groups);
    if (start->booster != m->booster)
        return error_set(err, LK_EUSE, "the model to go on from is a %s model, not %s",
                         boosters[start->booster], boosters[m->booster]);
    return LK_OK;
}

enum lk_status gbt_train_from(struct gbt_trainer *t, const struct lk_model *start,
                              struct lk_error *err)
{
    struct lk_model *m = t->model;
    enum lk_status st = check_start(m, start, err);

    if (st)
        return st;
    m->base_score = copy_of(start->base_score, m->groups, sizeof *m->base_score);
    m->base_margin = copy_of(start->base_margin, m->groups, sizeof *m->base_margin);
    m->base_score_is_margin = start->base_score_is_margin;
    m->boost_from_average = start->boost_from_average;
    m->tree_count = start->tree_count;
    m->rounds = start->rounds;
    m->tree_group = copy_of(start->tree_group, m->tree_count, sizeof *m->tree_group);
    m->tree_weight = copy_of(start->tree_weight, m->tree_count, sizeof *m->tree_weight);
    m->linear = copy_of(start->linear, (m->features + 1) * m->groups, sizeof *m->linear);
    free(m->round_start);
    m->round_start = copy_of(start->round_start, m->rounds + 1, sizeof *m->round_start);
    m->trees = mem_calloc(m->tree_count, sizeof *m->trees);
    for (size_t i = 0; i < m->tree_count; i++)
        copy_tree(&m->trees[i], &start->trees[i], m->groups);
    for (size_t i = 0; i < start->attribute_count; i++)
        gbt_model_set_attribute(m, start->attributes[i].name, start->attributes[i].value);
    return LK_OK;
}

/* ---- trees and rounds ------------------------------------------------------------------ */

struct gbt_tree *gbt_train_add_tree(struct gbt_trainer *t, size_t group)
{
    struct lk_model *m = t->model;
    size_t n = m->tree_count + 1;

    m->trees = mem_resize(m->trees, n, sizeof *m->trees);
    m->tree_group = mem_resize(m->tree_group, n, sizeof *m->tree_group);
    if (m->booster == GBT_DART)
        m->tree_weight = mem_resize(m->tree_weight, n, sizeof *m->tree_weight);
    m->tree_group[m->tree_count] = (int32_t)group;
    return &m->trees[m->tree_count++];
}

void gbt_train_end_round(struct gbt_trainer *t)
{
    struct lk_model *m = t->model;

    m->round_start = mem_resize(m->round_start, m->rounds + 2, sizeof *m->round_start);
    m->round_start[++m->rounds] = m->tree_count;
}

void gbt_train_cut_rounds(struct lk_model *m, size_t n)
{
    if (n >= m->rounds)
        return;
    for (size_t i = m->round_start[n]; i < m->tree_count; i++)
        gbt_tree_done(&m->trees[i]);
    m->tree_count = m->round_start[n];
    m->rounds = n;
}
