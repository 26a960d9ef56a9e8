/*
 * The model as a record: making, filling and freeing it, and the calls that
 * ask it something. A model is filled by one owner (a reader or the trainer),
 * then completed by gbt_model_finish (model_check.c), and const from there on.
 */
#include "gbt/model.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/score.h"

#include <stdlib.h>
#include <string.h>

void gbt_tree_init(struct gbt_tree *t, int32_t nodes, bool categorical, size_t leaf_width)
{
    size_t n = (size_t)nodes;

    *t = (struct gbt_tree){.nodes = nodes};
    t->left = mem_calloc(n, sizeof *t->left);
    t->right = mem_calloc(n, sizeof *t->right);
    t->parent = mem_calloc(n, sizeof *t->parent);
    t->feature = mem_calloc(n, sizeof *t->feature);
    t->value = mem_calloc(n, sizeof *t->value);
    t->default_left = mem_calloc(n, sizeof *t->default_left);
    t->base_weight = mem_calloc(n, sizeof *t->base_weight);
    t->loss_change = mem_calloc(n, sizeof *t->loss_change);
    t->hessian = mem_calloc(n, sizeof *t->hessian);
    if (categorical) {
        t->categorical = mem_calloc(n, sizeof *t->categorical);
        t->category_start = mem_calloc(n, sizeof *t->category_start);
        t->category_count = mem_calloc(n, sizeof *t->category_count);
    }
    if (leaf_width > 1)
        t->leaf_vector = mem_calloc(n, leaf_width * sizeof *t->leaf_vector);
}

void gbt_tree_done(struct gbt_tree *t)
{
    free(t->left);
    free(t->right);
    free(t->parent);
    free(t->feature);
    free(t->value);
    free(t->default_left);
    free(t->base_weight);
    free(t->loss_change);
    free(t->hessian);
    free(t->categorical);
    free(t->category_start);
    free(t->category_count);
    free(t->categories);
    free(t->leaf_vector);
    *t = (struct gbt_tree){0};
}

bool gbt_tree_has_category(const struct gbt_tree *t, int32_t node, int32_t code)
{
    const int32_t *set = t->categories + t->category_start[node];
    size_t low = 0, high = t->category_count[node];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (set[middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->category_count[node] && set[low] == code;
}

struct lk_model *gbt_model_new(void)
{
    struct lk_model *m = mem_calloc(1, sizeof *m);

    m->groups = m->targets = m->parallel_trees = 1;
    m->boost_from_average = true;
    m->version[0] = 1;
    m->version[1] = 7;
    m->version[2] = 4;
    return m;
}

/* ---- attributes and the objective's parameters: short lists of names and text ------- */

static struct gbt_attribute *find(struct gbt_attribute *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i].name, name))
            return &list[i];
    return NULL;
}

static void remove_entry(struct gbt_attribute *list, size_t *n, struct gbt_attribute *entry)
{
    free(entry->name);
    free(entry->value);
    memmove(entry, entry + 1, (size_t)(list + *n - (entry + 1)) * sizeof *entry);
    --*n;
}

/* Keeps the list sorted by name, so that files are the same whatever the order of the calls. */
static void set_entry(struct gbt_attribute **list, size_t *n, const char *name, const char *value)
{
    struct gbt_attribute *old = find(*list, *n, name);
    size_t at = 0;

    if (old) {
        char *copy = mem_strdup(value);

        free(old->value);
        old->value = copy;
        return;
    }
    while (at < *n && strcmp((*list)[at].name, name) < 0)
        at++;
    *list = mem_resize(*list, *n + 1, sizeof **list);
    memmove(*list + at + 1, *list + at, (*n - at) * sizeof **list);
    (*list)[at] = (struct gbt_attribute){mem_strdup(name), mem_strdup(value)};
    ++*n;
}

void gbt_model_set_attribute(struct lk_model *m, const char *name, const char *value)
{
    struct gbt_attribute *old = find(m->attributes, m->attribute_count, name);

    if (value)
        set_entry(&m->attributes, &m->attribute_count, name, value);
    else if (old)
        remove_entry(m->attributes, &m->attribute_count, old);
}

void gbt_model_set_objective_param(struct lk_model *m, const char *name, const char *value)
{
    set_entry(&m->objective_params, &m->objective_param_count, name, value);
}

const char *gbt_model_objective_param(const struct lk_model *m, const char *name)
{
    const struct gbt_attribute *a = find(m->objective_params, m->objective_param_count, name);

    return a ? a->value : NULL;
}

/* ---- asking ------------------------------------------------------------------------ */

size_t lk_model_features(const struct lk_model *model)
{
    return model->features;
}

const char *lk_model_feature_name(const struct lk_model *model, size_t feature)
{
    return model->names && feature < model->features ? model->names[feature] : NULL;
}

const char *lk_model_class_name(const struct lk_model *model, size_t class_number)
{
    const struct gbt_dictionary *words = &model->label_classes;

    return class_number < words->n ? words->words[class_number] : NULL;
}

const char *lk_model_objective(const struct lk_model *model)
{
    return model->objective;
}

size_t lk_model_groups(const struct lk_model *model)
{
    return model->groups;
}

size_t lk_model_rounds(const struct lk_model *model)
{
    return model->rounds;
}

long lk_model_best_round(const struct lk_model *model)
{
    const char *text = lk_model_attribute(model, "best_iteration");
    int64_t round;

    if (!text || !number_parse_int(slice_of(text), 0, INT32_MAX, &round))
        return -1;
    return (size_t)round < model->rounds ? (long)round : -1;
}

const char *lk_model_attribute(const struct lk_model *model, const char *name)
{
    const struct gbt_attribute *a = find(model->attributes, model->attribute_count, name);

    return a ? a->value : NULL;
}

static void free_entries(struct gbt_attribute *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].name);
        free(list[i].value);
    }
    free(list);
}

void lk_model_free(struct lk_model *m)
{
    if (!m)
        return;
    gbt_scorer_free(m->scorer);
    for (size_t i = 0; m->trees && i < m->tree_count; i++)
        gbt_tree_done(&m->trees[i]);
    for (size_t i = 0; m->names && i < m->features; i++)
        free(m->names[i]);
    for (size_t i = 0; m->dictionaries && i < m->features; i++)
        gbt_dictionary_done(&m->dictionaries[i]);
    gbt_dictionary_done(&m->label_classes);
    free_entries(m->attributes, m->attribute_count);
    free_entries(m->objective_params, m->objective_param_count);
    free(m->objective);
    free(m->base_score);
    free(m->base_margin);
    free(m->trees);
    free(m->tree_group);
    free(m->round_start);
    free(m->tree_weight);
    free(m->linear);
    free(m->names);
    free(m->types);
    free(m->dictionaries);
    free(m);
}
