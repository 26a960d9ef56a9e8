/* Comparing a model of ours with XGBoost's as JSON, tree by tree and node by node. */
#ifndef UNIT_SAME_TREES_H
#define UNIT_SAME_TREES_H

#include "base/json.h"
#include "base/mem.h"
#include "gbt/model.h"
#include "unit/unit.h"

#include <math.h>

/* XGBoost's JSON, in which the thresholds of categorical splits may be NaN, which is none. */
static struct json *parse_model(struct slice text)
{
    char *copy = mem_strndup(text.ptr, text.len);
    struct json *model = NULL;
    struct lk_error err = {0};

    for (char *nan = copy; (nan = strstr(nan, "NaN"));)
        memcpy(nan, "0.0", 3);
    assert_ok(json_parse(&model, (struct slice){copy, text.len}, "xgboost", &err), &err);
    free(copy);
    return model;
}

static double number_at(const struct json *tree, const char *key, size_t i)
{
    return json_number(json_at(json_get(tree, key), i), NAN);
}

/* The arrays of a tree by name, walked once, as json_at is linear. */
struct columns {
    double *left, *right, *feature, *value, *default_left;
};

static double *column(const struct json *tree, const char *key, size_t n)
{
    double *out = test_calloc(n, sizeof *out);
    size_t i = 0;

    for (const struct json *j = json_first(json_get(tree, key)); j && i < n; j = json_next(j))
        out[i++] = json_kind(j) == JSON_BOOL ? (double)json_bool(j, false) : json_number(j, NAN);
    return out;
}

static bool same_categories(const struct gbt_tree *ours, int32_t node, const struct json *theirs)
{
    size_t n = json_count(json_get(theirs, "categories_nodes"));

    for (size_t k = 0; k < n; k++) {
        size_t begin, count;

        if (number_at(theirs, "categories_nodes", k) != node)
            continue;
        begin = (size_t)number_at(theirs, "categories_segments", k);
        count = (size_t)number_at(theirs, "categories_sizes", k);
        if (count != ours->category_count[node])
            return false;
        for (size_t i = 0; i < count; i++)
            if (number_at(theirs, "categories", begin + i) !=
                ours->categories[ours->category_start[node] + i])
                return false;
        return true;
    }
    return !ours->categorical || !ours->categorical[node];
}

/* The first node that differs, or -1. */
static int32_t difference(const struct gbt_tree *ours, const struct json *theirs, const char **what)
{
    size_t n = json_count(json_get(theirs, "left_children"));
    struct columns c = {column(theirs, "left_children", n), column(theirs, "right_children", n),
                        column(theirs, "split_indices", n), column(theirs, "split_conditions", n),
                        column(theirs, "default_left", n)};
    int32_t bad = -1;

    *what = "the number of nodes";
    for (int32_t i = 0; i < ours->nodes && (size_t)i < n && bad < 0; i++) {
        bool leaf = ours->left[i] == GBT_NO_NODE;
        double value = (double)ours->value[i];

        if (c.left[i] != ours->left[i] || (!leaf && c.right[i] != ours->right[i]))
            *what = "the children", bad = i;
        else if (leaf && !ours->leaf_vector &&
                 !(fabs(c.value[i] - value) <= 1e-6 + 2e-6 * fabs(value)))
            *what = "the leaf's value", bad = i;
        else if (!leaf && c.feature[i] != ours->feature[i])
            *what = "the feature", bad = i;
        else if (!leaf && !same_categories(ours, i, theirs))
            *what = "the categories", bad = i;
        else if (!leaf && !(ours->categorical && ours->categorical[i]) &&
                 (float)c.value[i] != ours->value[i])
            *what = "the threshold", bad = i;
        else if (!leaf && c.default_left[i] != ours->default_left[i])
            *what = "the default side", bad = i;
    }
    if (bad < 0 && (size_t)ours->nodes != n)
        bad = 0;
    test_free(c.left);
    test_free(c.right);
    test_free(c.feature);
    test_free(c.value);
    test_free(c.default_left);
    return bad;
}

/* Is what the node gains the same on both sides, so that either of two splits may do? */
static bool same_gain(const struct gbt_tree *ours, const struct json *theirs, int32_t node)
{
    double a = (double)ours->loss_change[node];
    double b = number_at(theirs, "loss_changes", (size_t)node);

    return fabs(a - b) <= 1e-4 * (1 + fabs(b));
}

enum { SAME_ALONE = 1, SAME_NEAR = 2 };

/*
 * flags: SAME_ALONE: trees of a single node will do; SAME_NEAR: trees are compared up to the
 * first node where two splits are worth the same.
 */
static void same_trees_but(const char *name, const struct lk_model *ours, const struct json *theirs,
                           const char *rules, int flags)
{
    const struct json *booster = json_get(json_get(theirs, "learner"), "gradient_booster");
    const struct json *inner = json_get(booster, "gbtree"); /* of dart */
    const struct json *tree =
        json_first(json_get(json_get(inner ? inner : booster, "model"), "trees"));
    size_t k = 0, most = 0;

    for (; tree && k < ours->tree_count; k++, tree = json_next(tree)) {
        const char *what;
        int32_t bad = difference(&ours->trees[k], tree, &what);

        most = (size_t)ours->trees[k].nodes > most ? (size_t)ours->trees[k].nodes : most;
        if (bad >= 0 && flags & SAME_NEAR && same_gain(&ours->trees[k], tree, bad))
            return;
        if (bad >= 0)
            fail_msg("%s (rules %s): tree %zu, node %d: %s differs (ours: %d nodes)", name, rules,
                     k, bad, what, ours->trees[k].nodes);
    }
    assert_true(!tree && k == ours->tree_count);
    assert_true(flags & SAME_ALONE || most > 1);
}

__attribute__((unused)) static void same_trees(const char *name, const struct lk_model *ours,
                                               const struct json *theirs, const char *rules)
{
    same_trees_but(name, ours, theirs, rules, 0);
}

#endif
