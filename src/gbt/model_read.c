/*
 * XGBoost's JSON models. The file is parsed into a tree of values, from which
 * the arrays are filled; gbt_model_finish then checks every index.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t MAX_MODEL = (size_t)1 << 30;

static size_t size_of_text(const struct json *j)
{
    int64_t n;

    return number_parse_int(slice_of(json_string(j, "0")), 0, INT32_MAX, &n) ? (size_t)n : 0;
}

/* n numbers of an array, by kind; NULL where there are not so many. */
static double *numbers(const struct json *object, const char *name, size_t n)
{
    const struct json *array = json_get(object, name);
    double *out;
    size_t i = 0;

    if (json_count(array) != n)
        return NULL;
    out = mem_calloc(n, sizeof *out);
    for (const struct json *j = json_first(array); j; j = json_next(j))
        out[i++] = json_kind(j) == JSON_BOOL ? (double)json_bool(j, false) : json_number(j, NAN);
    return out;
}

#define FILL(to, type, object, name, n)                                                            \
    do {                                                                                           \
        double *v_ = numbers(object, name, n);                                                     \
        ok = ok && v_;                                                                             \
        for (size_t i_ = 0; v_ && i_ < (n); i_++)                                                  \
            (to)[i_] = v_[i_] >= -3.5e38 && v_[i_] <= 3.5e38 ? (type)v_[i_] : (type)0;             \
        free(v_);                                                                                  \
    } while (0)

static bool read_sets(struct gbt_tree *t, const struct json *j)
{
    size_t sets = json_count(json_get(j, "categories_nodes")), n = (size_t)t->nodes;
    size_t total = json_count(json_get(j, "categories"));
    double *node = numbers(j, "categories_nodes", sets);
    double *start = numbers(j, "categories_segments", sets);
    double *count = numbers(j, "categories_sizes", sets);
    bool ok = node && start && count;

    for (size_t i = 0; ok && i < sets; i++) {
        ok = node[i] >= 0 && node[i] < (double)n && start[i] >= 0 && count[i] >= 0 &&
             start[i] + count[i] <= (double)total;
        if (ok) {
            t->category_start[(size_t)node[i]] = (uint32_t)start[i];
            t->category_count[(size_t)node[i]] = (uint32_t)count[i];
        }
    }
    t->category_total = total;
    t->categories = mem_calloc(total, sizeof *t->categories);
    FILL(t->categories, int32_t, j, "categories", total);
    free(node);
    free(start);
    free(count);
    return ok;
}

static bool read_tree(struct gbt_tree *t, const struct json *j)
{
    size_t n = json_count(json_get(j, "left_children"));
    bool categorical = json_count(json_get(j, "categories_nodes")) > 0, ok = n > 0;

    if (!n || n > INT32_MAX ||
        size_of_text(json_get(json_get(j, "tree_param"), "size_leaf_vector")) > 1)
        return false;
    gbt_tree_init(t, (int32_t)n, categorical, 0);
    FILL(t->left, int32_t, j, "left_children", n);
    FILL(t->right, int32_t, j, "right_children", n);
    FILL(t->parent, int32_t, j, "parents", n);
    FILL(t->feature, uint32_t, j, "split_indices", n);
    FILL(t->value, float, j, "split_conditions", n);
    FILL(t->default_left, uint8_t, j, "default_left", n);
    FILL(t->base_weight, float, j, "base_weights", n);
    FILL(t->loss_change, float, j, "loss_changes", n);
    FILL(t->hessian, float, j, "sum_hessian", n);
    for (size_t i = 0; i < n; i++)
        if (t->parent[i] == INT32_MAX)
            t->parent[i] = GBT_NO_NODE;
    if (categorical) {
        FILL(t->categorical, uint8_t, j, "split_type", n);
        ok = ok && read_sets(t, j);
    }
    return ok;
}

static enum lk_status read_trees(struct lk_model *m, const struct json *model, struct lk_error *err)
{
    const struct json *list = json_get(model, "trees");
    size_t n = json_count(list), i = 0, per_round;
    bool ok = true;

    m->parallel_trees =
        size_of_text(json_get(json_get(model, "gbtree_model_param"), "num_parallel_tree"));
    if (!m->parallel_trees)
        m->parallel_trees = 1;
    m->trees = mem_calloc(n, sizeof *m->trees);
    m->tree_group = mem_calloc(n, sizeof *m->tree_group);
    FILL(m->tree_group, int32_t, model, "tree_info", n);
    for (const struct json *j = json_first(list); j && ok; j = json_next(j)) {
        ok = read_tree(&m->trees[i++], j);
        m->tree_count = i;
    }
    if (!ok)
        return error_set(err, LK_EINPUT, "tree %zu cannot be read", i ? i - 1 : 0);
    per_round = m->parallel_trees * m->groups;
    m->rounds = n / per_round;
    m->round_start = mem_calloc(m->rounds + 1, sizeof *m->round_start);
    for (size_t r = 0; r <= m->rounds; r++)
        m->round_start[r] = r * per_round;
    if (n % per_round)
        return error_set(err, LK_EINPUT, "%zu trees do not make whole rounds of %zu", n, per_round);
    return LK_OK;
}

static enum lk_status read_booster(struct lk_model *m, const struct json *b, struct lk_error *err)
{
    const char *name = json_string(json_get(b, "name"), "");
    const struct json *model = json_get(b, "model");
    enum lk_status st;
    bool ok = true;

    if (!strcmp(name, "gblinear")) {
        size_t n = (m->features + 1) * m->groups;

        m->booster = GBT_GBLINEAR;
        m->parallel_trees = 1;
        m->rounds = size_of_text(json_get(model, "boosted_rounds"));
        m->round_start = mem_calloc(m->rounds + 1, sizeof *m->round_start);
        m->linear = mem_calloc(n, sizeof *m->linear);
        FILL(m->linear, float, model, "weights", n);
        return ok ? LK_OK : error_set(err, LK_EINPUT, "the weights cannot be read");
    }
    if (strcmp(name, "gbtree") && strcmp(name, "dart"))
        return error_set(err, LK_EUNSUPPORTED, "the booster '%.40s' is not known", name);
    m->booster = !strcmp(name, "dart") ? GBT_DART : GBT_GBTREE;
    st = read_trees(m, m->booster == GBT_DART ? json_get(json_get(b, "gbtree"), "model") : model,
                    err);
    if (!st && m->booster == GBT_DART) {
        m->tree_weight = mem_calloc(m->tree_count, sizeof *m->tree_weight);
        FILL(m->tree_weight, float, b, "weight_drop", m->tree_count);
    }
    return ok ? st : error_set(err, LK_EINPUT, "the trees' weights cannot be read");
}

static bool read_base_score(struct lk_model *m, const char *text)
{
    struct slice rest = slice_trim(slice_of(text)), one;
    size_t n = 0;
    float v = 0.5f;

    if (rest.len > 1 && rest.ptr[0] == '[')
        rest = (struct slice){rest.ptr + 1, rest.len - 2};
    m->base_score = mem_calloc(m->groups, sizeof *m->base_score);
    while (n < m->groups && slice_split(&rest, ',', &one))
        if (!number_parse_float(slice_trim(one), &m->base_score[n++]))
            return false;
    v = n ? m->base_score[n - 1] : v;
    for (; n < m->groups; n++)
        m->base_score[n] = v;
    return true;
}

static void read_names(struct lk_model *m, const struct json *learner)
{
    static const char *const types[] = {"float", "int", "i", "q", "c"};
    const struct json *names = json_get(learner, "feature_names");
    const struct json *kinds = json_get(learner, "feature_types");
    size_t i = 0;

    if (json_count(names) == m->features && m->features) {
        m->names = mem_calloc(m->features, sizeof *m->names);
        for (const struct json *j = json_first(names); j; j = json_next(j))
            m->names[i++] = mem_strdup(json_string(j, ""));
    }
    if (json_count(kinds) != m->features || !m->features)
        return;
    m->types = mem_calloc(m->features, sizeof *m->types);
    i = 0;
    for (const struct json *j = json_first(kinds); j; j = json_next(j), i++)
        for (int k = 0; k < 5; k++)
            if (!strcmp(json_string(j, ""), types[k]))
                m->types[i] = (enum gbt_feature_type)k;
}

static void read_objective(struct lk_model *m, const struct json *objective)
{
    m->objective = mem_strdup(json_string(json_get(objective, "name"), ""));
    for (const struct json *group = json_first(objective); group; group = json_next(group))
        for (const struct json *j = json_kind(group) == JSON_OBJECT ? json_first(group) : NULL; j;
             j = json_next(j))
            gbt_model_set_objective_param(m, json_key(j), json_string(j, ""));
}

static enum lk_status read_learner(struct lk_model *m, const struct json *root,
                                   struct lk_error *err)
{
    const struct json *learner = json_get(root, "learner");
    const struct json *param = json_get(learner, "learner_model_param");
    enum lk_status st;

    if (!param)
        return error_set(err, LK_EINPUT, "this is no XGBoost model: it has no learner");
    for (int i = 0; i < 3; i++)
        m->version[i] = (int)json_number(json_at(json_get(root, "version"), (size_t)i), 0);
    m->features = size_of_text(json_get(param, "num_feature"));
    m->classes = size_of_text(json_get(param, "num_class"));
    m->targets = size_of_text(json_get(param, "num_target"));
    m->targets = m->targets ? m->targets : 1;
    m->groups = m->classes > 1 ? m->classes : m->targets;
    m->boost_from_average = strcmp(json_string(json_get(param, "boost_from_average"), "1"), "0");
    if (m->features > GBT_MAX_COLUMNS || m->groups > GBT_MAX_CLASSES)
        return error_set(err, LK_ELIMIT, "the model has %zu features and %zu outputs", m->features,
                         m->groups);
    if (!read_base_score(m, json_string(json_get(param, "base_score"), "0.5")))
        return error_set(err, LK_EINPUT, "the base score cannot be read");
    read_names(m, learner);
    read_objective(m, json_get(learner, "objective"));
    for (const struct json *j = json_first(json_get(learner, "attributes")); j; j = json_next(j))
        gbt_model_set_attribute(m, json_key(j), json_string(j, ""));
    st = read_booster(m, json_get(learner, "gradient_booster"), err);
    return st ? st : gbt_model_finish(m, err);
}

enum lk_status lk_model_parse(struct lk_model **out, const void *bytes, size_t len,
                              const char *name, struct lk_error *err)
{
    struct json *root = NULL;
    struct lk_model *m = gbt_model_new();
    enum lk_status st = json_parse(&root, (struct slice){bytes, len}, name, err);

    if (!st)
        st = read_learner(m, root, err);
    json_free(root);
    if (!st)
        *out = m;
    else
        lk_model_free(m);
    return st ? error_place(err, name, 0, 0) : LK_OK;
}

enum lk_status lk_model_read(struct lk_model **out, const char *path, struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = file_read(&text, path, MAX_MODEL, err);

    if (!st)
        st = lk_model_parse(out, text.ptr, text.len, path, err);
    str_done(&text);
    return st;
}
