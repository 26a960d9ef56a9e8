/* What a model can be asked: predictions, classes, importance, its own shape. */
#include "lab/calls.h"
#include "lab/learn.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- scoring ------------------------------------------------------------- */

float *learn_predict(lua_State *L, const struct lab_model *m, const struct table *t,
                     enum lk_predict_kind kind, size_t rounds, size_t *width)
{
    struct lk_predict_options o = {.kind = kind, .end = rounds, .threads = lab_of(L)->host.threads};
    struct lk_matrix **box = push_matrix(L);
    struct lk_error err = {0};
    float *out;

    learn_matrix(L, box, t, NULL, NULL, m->model);
    *width = lk_predict_width(m->model, &o);
    out = lua_newuserdatauv(L, (t->rows * *width + 1) * sizeof *out, 0);
    need_ok(L, lk_predict_matrix(m->model, *box, &o, out, &err), &err);
    return out;
}

const float *learn_labels(lua_State *L, const struct lab_model *m, const struct table *t)
{
    struct lk_matrix **box = push_matrix(L);

    learn_matrix(L, box, t, learn_label(L, m), m->positive, m->model);
    return (*box)->labels;
}

size_t learn_class_count(const struct lab_model *m)
{
    const char *objective = lk_model_objective(m->model);

    if (!strncmp(objective, "binary:", 7))
        return 2;
    if (!strncmp(objective, "multi:", 6))
        return m->model->classes ? m->model->classes : lk_model_groups(m->model);
    return 0;
}

const char *learn_class_name(const struct lab_model *m, size_t k, char *buf, size_t size)
{
    const struct gbt_dictionary *words = &m->model->label_classes;
    const char *negative = lk_model_attribute(m->model, "negative");

    if (k < words->n)
        return words->words[k];
    if (m->positive && k == 1)
        return m->positive;
    if (m->positive && negative && k == 0)
        return negative;
    if (m->positive && k == 0)
        snprintf(buf, size, "not %s", m->positive);
    else
        snprintf(buf, size, "%zu", k);
    return buf;
}

const char *learn_feature_name(const struct lab_model *m, size_t f, char *buf, size_t size)
{
    const char *name = lk_model_feature_name(m->model, f);

    if (name)
        return name;
    snprintf(buf, size, "f%zu", f);
    return buf;
}

size_t *learn_classes(lua_State *L, const struct lab_model *m, const struct table *t,
                      double threshold)
{
    size_t classes = learn_class_count(m), width;
    float *values;
    size_t *out;

    if (!classes)
        fail(L, "the model predicts numbers, not classes (its objective is %s)",
             lk_model_objective(m->model));
    values = learn_predict(L, m, t, LK_VALUE, 0, &width);
    out = lua_newuserdatauv(L, (t->rows + 1) * sizeof *out, 0);
    for (size_t r = 0; r < t->rows; r++) {
        const float *v = values + r * width;

        if (width == 1) {
            out[r] = classes == 2 ? v[0] >= threshold : (size_t)v[0];
            continue;
        }
        out[r] = 0;
        for (size_t k = 1; k < width; k++)
            if (v[k] > v[out[r]])
                out[r] = k;
    }
    return out;
}

/* One number a row as a list. */
static int push_numbers(lua_State *L, const float *v, size_t rows)
{
    lua_createtable(L, (int)rows, 0);
    for (size_t r = 0; r < rows; r++) {
        lua_pushnumber(L, (double)v[r]);
        lua_rawseti(L, -2, (lua_Integer)r + 1);
    }
    return 1;
}

/* Name of output k of a prediction with several a row. */
static void put_output_name(struct str *out, const struct lab_model *m, enum lk_predict_kind kind,
                            size_t k)
{
    size_t features = lk_model_features(m->model) + 1;
    char buf[64];

    if (kind == LK_LEAF) {
        str_printf(out, "tree %zu", k + 1);
        return;
    }
    if (kind == LK_VALUE || kind == LK_MARGIN) {
        str_puts(out, learn_class_name(m, k, buf, sizeof buf));
        return;
    }
    if (lk_model_groups(m->model) > 1)
        str_printf(out, "%s: ", learn_class_name(m, k / features, buf, sizeof buf));
    k %= features;
    str_puts(out, k + 1 == features ? "base" : learn_feature_name(m, k, buf, sizeof buf));
}

static int push_outputs(lua_State *L, const struct lab_model *m, enum lk_predict_kind kind,
                        const float *v, size_t rows, size_t width)
{
    struct str *name = push_str(L);
    double *column = lua_newuserdatauv(L, (rows + 1) * sizeof *column, 0);
    struct table **box = push_table(L);

    *box = table_new(rows);
    for (size_t k = 0; k < width; k++) {
        for (size_t r = 0; r < rows; r++)
            column[r] = (double)v[r * width + k];
        str_clear(name);
        put_output_name(name, m, kind, k);
        table_put_numbers(*box, name->ptr, column);
    }
    return 1;
}

static int push_classes(lua_State *L, const struct lab_model *m, const struct table *t)
{
    size_t *classes = learn_classes(L, m, t, option_number(L, 3, "threshold", 0.5));
    bool words = m->model->label_classes.n || m->positive;
    char buf[128];

    lua_createtable(L, (int)t->rows, 0);
    for (size_t r = 0; r < t->rows; r++) {
        if (words)
            lua_pushstring(L, learn_class_name(m, classes[r], buf, sizeof buf));
        else
            lua_pushinteger(L, (lua_Integer)classes[r]);
        lua_rawseti(L, -2, (lua_Integer)r + 1);
    }
    return 1;
}

static enum lk_predict_kind predict_kind(lua_State *L, const char *kind)
{
    static const struct {
        const char *name;
        enum lk_predict_kind kind;
    } kinds[] = {
        {"value", LK_VALUE}, {"margin", LK_MARGIN}, {"leaf", LK_LEAF}, {"contrib", LK_CONTRIB}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!kind || !strcmp(kind, kinds[i].name))
            return kinds[i].kind;
    fail(L,
         "option 'kind' should be \"value\", \"class\", \"margin\", \"leaf\" or \"contrib\", "
         "not \"%s\"",
         kind);
}

int call_xgb_predict(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the rows");
    const char *kind;
    enum lk_predict_kind k;
    size_t width;
    float *values;

    need_options(L, 3);
    kind = option_text(L, 3, "kind");
    if (kind && !strcmp(kind, "class"))
        return push_classes(L, m, t);
    k = predict_kind(L, kind);
    values =
        learn_predict(L, m, t, k, (size_t)option_whole(L, 3, "rounds", 0, 0, INT32_MAX), &width);
    if (width == 1)
        return push_numbers(L, values, t->rows);
    return push_outputs(L, m, k, values, t->rows, width);
}

int call_xgb_explain(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the rows");
    size_t width;
    float *values = learn_predict(L, m, t, LK_CONTRIB, 0, &width);

    return push_outputs(L, m, LK_CONTRIB, values, t->rows, width);
}

int call_xgb_confusion(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the rows");
    size_t classes = learn_class_count(m), *predicted;
    const float *labels;
    double *counts;
    const char **names;
    char *buf;
    struct table **box;

    need_options(L, 3);
    predicted = learn_classes(L, m, t, option_number(L, 3, "threshold", 0.5));
    labels = learn_labels(L, m, t);
    counts = lua_newuserdatauv(L, (classes * classes + 1) * sizeof *counts, 0);
    names = lua_newuserdatauv(L, classes * sizeof *names, 0);
    buf = lua_newuserdatauv(L, classes * 64, 0);
    memset(counts, 0, classes * classes * sizeof *counts);
    for (size_t r = 0; r < t->rows; r++)
        if (labels[r] >= 0 && labels[r] < (float)classes && predicted[r] < classes)
            counts[predicted[r] * classes + (size_t)labels[r]]++;
    for (size_t k = 0; k < classes; k++)
        names[k] = learn_class_name(m, k, buf + k * 64, 64);
    box = push_table(L);
    *box = table_new(classes);
    table_put_words(*box, "truth", names);
    for (size_t k = 0; k < classes; k++) {
        char name[96];

        snprintf(name, sizeof name, "predicted %s", names[k]);
        table_put_numbers(*box, name, counts + k * classes);
    }
    return 1;
}

/* ---- importance ---------------------------------------------------------- */

enum kind { GAIN, WEIGHT, COVER, TOTAL_GAIN, TOTAL_COVER };
static const char *const kind_names[] = {"gain", "weight", "cover", "total_gain", "total_cover"};

static enum kind importance_kind(lua_State *L, const char *name)
{
    const char *near;

    for (int i = 0; i < 5; i++)
        if (!name || !strcmp(name, kind_names[i]))
            return (enum kind)i;
    near = error_nearest(name, kind_names, 5);
    fail(L, "kinds of importance are gain, weight, cover, total_gain and total_cover, not '%s'%s%s",
         name, near ? "; did you mean " : "", near ? near : "");
}

static int by_value(const void *a, const void *b)
{
    const struct importance *x = a, *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return (x->feature > y->feature) - (x->feature < y->feature);
}

/* Sums over all splits: of gain (loss_change), of hessian (cover), and their number. */
static void add_tree(const struct gbt_tree *t, double *gain, double *cover, double *splits)
{
    for (int32_t i = 0; i < t->nodes; i++) {
        if (t->left[i] == GBT_NO_NODE)
            continue;
        gain[t->feature[i]] += (double)t->loss_change[i];
        cover[t->feature[i]] += (double)t->hessian[i];
        splits[t->feature[i]]++;
    }
}

struct importance *learn_importance(lua_State *L, const struct lab_model *m, const char *kind,
                                    size_t *n)
{
    enum kind k = importance_kind(L, kind);
    size_t features = lk_model_features(m->model);
    double *sums = lua_newuserdatauv(L, (3 * features + 1) * sizeof *sums, 0);
    double *gain = sums, *cover = sums + features, *splits = sums + 2 * features;
    struct importance *out = lua_newuserdatauv(L, (features + 1) * sizeof *out, 0);

    memset(sums, 0, 3 * features * sizeof *sums);
    for (size_t i = 0; i < m->model->tree_count; i++)
        add_tree(&m->model->trees[i], gain, cover, splits);
    *n = 0;
    for (size_t f = 0; f < features; f++) {
        double total = k == WEIGHT ? splits[f] : k == GAIN || k == TOTAL_GAIN ? gain[f] : cover[f];

        if (!splits[f])
            continue;
        out[(*n)++] = (struct importance){f, k == GAIN || k == COVER ? total / splits[f] : total};
    }
    qsort(out, *n, sizeof *out, by_value);
    return out;
}

int call_model_importance(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    size_t n;
    struct importance *all =
        learn_importance(L, m, lua_isnoneornil(L, 2) ? NULL : need_text(L, 2, "the kind"), &n);
    char buf[64];

    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 2);
        lua_pushstring(L, learn_feature_name(m, all[i].feature, buf, sizeof buf));
        lua_setfield(L, -2, "feature");
        lua_pushnumber(L, all[i].value);
        lua_setfield(L, -2, "value");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* ---- its own shape ------------------------------------------------------- */

int call_model_rounds(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lk_model_rounds(need_model(L, 1, "the first value")->model));
    return 1;
}

int call_model_best_round(lua_State *L)
{
    long best = lk_model_best_round(need_model(L, 1, "the first value")->model);

    if (best < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, (lua_Integer)best + 1);
    return 1;
}

int call_model_trees(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)need_model(L, 1, "the first value")->model->tree_count);
    return 1;
}

int call_model_features(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    size_t n = lk_model_features(m->model);
    char buf[64];

    lua_createtable(L, (int)n, 0);
    for (size_t f = 0; f < n; f++) {
        lua_pushstring(L, learn_feature_name(m, f, buf, sizeof buf));
        lua_rawseti(L, -2, (lua_Integer)f + 1);
    }
    return 1;
}

int call_model_classes(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    size_t n = learn_class_count(m);
    char buf[128];

    lua_createtable(L, (int)n, 0);
    for (size_t k = 0; k < n; k++) {
        lua_pushstring(L, learn_class_name(m, k, buf, sizeof buf));
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    return 1;
}

int call_model_objective(lua_State *L)
{
    lua_pushstring(L, lk_model_objective(need_model(L, 1, "the first value")->model));
    return 1;
}

int call_model_history(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");

    *push_table(L) = table_copy(m->history);
    return 1;
}
