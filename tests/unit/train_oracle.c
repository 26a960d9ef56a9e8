/*
 * The same trees as XGBoost: generated data with exact cuts, trained here and
 * by libxgboost 1.7.4 with the same parameters, compared node by node:
 * structure, features, thresholds to the bit, default sides, categories; leaf
 * values to a few units of the last place.
 */
#include "gbt/random.h"
#include "unit/same_trees.h"

#include <xgboost/c_api.h>

enum label { REGRESSION, BINARY, CLASSES, COUNTS, OUTLIERS };

struct oracle_case {
    const char *name;
    const char *params; /* "name=value name=value" */
    enum label label;
    size_t rows, columns;
    double missing;
    bool weights, margin;
    int distinct;   /* values a column; 0: 40 */
    int categories; /* of the first two columns; 0: none */
    int rounds;     /* 0: 10 */
};

static const struct oracle_case cases[] = {
    {.name = "squared error", .params = "", .label = REGRESSION, .rows = 2000, .columns = 6},
    {.name = "few rows",
     .params = "min_child_weight=0",
     .label = REGRESSION,
     .rows = 60,
     .columns = 3},
    {.name = "logistic",
     .params = "objective=binary:logistic",
     .label = BINARY,
     .rows = 3000,
     .columns = 9},
    /* From 65,536 rows on sums are packed: in bins fuller than a batch, and in others. */
    {.name = "many rows, full bins",
     .params = "objective=binary:logistic",
     .label = BINARY,
     .rows = 80000,
     .columns = 5,
     .distinct = 3,
     .missing = 0.3},
    {.name = "many rows",
     .params = "max_depth=7 eta=0.2",
     .label = REGRESSION,
     .rows = 100000,
     .columns = 9,
     .distinct = 256},
    {.name = "many rows with weights",
     .params = "objective=binary:logistic min_child_weight=5",
     .label = BINARY,
     .rows = 70000,
     .columns = 6,
     .distinct = 200,
     .weights = true,
     .missing = 0.1},
    {.name = "many rows, lossguide",
     .params = "objective=binary:logistic grow_policy=lossguide max_leaves=300 max_depth=0",
     .label = BINARY,
     .rows = 70000,
     .columns = 6,
     .distinct = 200},
    {.name = "many rows, a few of them far out",
     .params = "max_depth=5",
     .label = OUTLIERS,
     .rows = 70000,
     .columns = 6,
     .distinct = 200},
    {.name = "many rows of counts",
     .params = "objective=count:poisson max_depth=8",
     .label = COUNTS,
     .rows = 70000,
     .columns = 6,
     .distinct = 100},
    {.name = "missing values",
     .params = "objective=binary:logistic",
     .label = BINARY,
     .rows = 3000,
     .columns = 7,
     .missing = 0.2},
    {.name = "many missing values",
     .params = "eta=0.1 max_depth=8",
     .label = REGRESSION,
     .rows = 4000,
     .columns = 5,
     .missing = 0.7},
    {.name = "weights",
     .params = "objective=binary:logistic",
     .label = BINARY,
     .rows = 2500,
     .columns = 6,
     .missing = 0.1,
     .weights = true},
    {.name = "base margin",
     .params = "objective=binary:logistic",
     .label = BINARY,
     .rows = 2000,
     .columns = 6,
     .margin = true},
    {.name = "alpha and lambda",
     .params = "alpha=0.7 lambda=3.5",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 6,
     .missing = 0.1},
    {.name = "no lambda",
     .params = "lambda=0 min_child_weight=0",
     .label = REGRESSION,
     .rows = 2000,
     .columns = 5},
    {.name = "max_delta_step",
     .params = "max_delta_step=0.4 objective=binary:logistic",
     .label = BINARY,
     .rows = 3000,
     .columns = 6},
    {.name = "gamma", .params = "gamma=2", .label = REGRESSION, .rows = 3000, .columns = 6},
    {.name = "min_child_weight",
     .params = "min_child_weight=17 objective=binary:logistic",
     .label = BINARY,
     .rows = 4000,
     .columns = 6},
    {.name = "scale_pos_weight",
     .params = "scale_pos_weight=3.5 objective=binary:logistic",
     .label = BINARY,
     .rows = 3000,
     .columns = 6},
    {.name = "deep",
     .params = "max_depth=12 eta=0.5",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 6,
     .missing = 0.05},
    {.name = "lossguide",
     .params = "grow_policy=lossguide max_leaves=31 max_depth=0",
     .label = REGRESSION,
     .rows = 4000,
     .columns = 7,
     .missing = 0.1},
    {.name = "lossguide and depth",
     .params = "grow_policy=lossguide max_leaves=200 max_depth=9",
     .label = REGRESSION,
     .rows = 4000,
     .columns = 7},
    {.name = "lossguide and gamma",
     .params = "grow_policy=lossguide max_leaves=64 max_depth=0 gamma=5",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 6},
    {.name = "depthwise and max_leaves",
     .params = "max_leaves=13 max_depth=7",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 6},
    {.name = "monotone",
     .params = "monotone_constraints=(1,-1,0,1,0)",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 5,
     .missing = 0.1},
    {.name = "monotone and lossguide",
     .params = "monotone_constraints=(0,1,-1) grow_policy=lossguide max_leaves=20 max_depth=0",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 5},
    {.name = "interaction",
     .params = "interaction_constraints=[[0,1],[2,3,4],[4,5]]",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 7},
    {.name = "softprob",
     .params = "objective=multi:softprob num_class=4 max_depth=4",
     .label = CLASSES,
     .rows = 2000,
     .columns = 6,
     .missing = 0.1},
    {.name = "random forest",
     .params = "num_parallel_tree=5 eta=1",
     .label = REGRESSION,
     .rows = 2000,
     .columns = 6,
     .rounds = 3},
    {.name = "boosted forest",
     .params = "num_parallel_tree=3 objective=multi:softprob num_class=3",
     .label = CLASSES,
     .rows = 1500,
     .columns = 5,
     .rounds = 4},
    {.name = "poisson",
     .params = "objective=count:poisson",
     .label = COUNTS,
     .rows = 2000,
     .columns = 6},
    {.name = "categories one against the others",
     .params = "max_cat_to_onehot=100",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 5,
     .categories = 9,
     .missing = 0.1},
    {.name = "categories in parts",
     .params = "max_cat_to_onehot=1",
     .label = REGRESSION,
     .rows = 3000,
     .columns = 5,
     .categories = 12,
     .missing = 0.1},
    {.name = "many categories",
     .params = "max_cat_threshold=8",
     .label = REGRESSION,
     .rows = 4000,
     .columns = 5,
     .categories = 90},
    {.name = "256 values and missing ones",
     .params = "",
     .label = REGRESSION,
     .rows = 6000,
     .columns = 4,
     .missing = 0.1,
     .distinct = 256},
    {.name = "300 bins",
     .params = "max_bin=400",
     .label = REGRESSION,
     .rows = 6000,
     .columns = 4,
     .distinct = 300},
    {.name = "many rows",
     .params = "objective=binary:logistic",
     .label = BINARY,
     .rows = 70000,
     .columns = 6,
     .missing = 0.1},
    {.name = "many weighted rows",
     .params = "max_depth=8",
     .label = REGRESSION,
     .rows = 80000,
     .columns = 5,
     .weights = true,
     .distinct = 200},
    {.name = "one column", .params = "", .label = REGRESSION, .rows = 500, .columns = 1},
    {.name = "hundred columns",
     .params = "max_depth=3",
     .label = REGRESSION,
     .rows = 500,
     .columns = 101,
     .missing = 0.3},
};

/* ---- data --------------------------------------------------------------------- */

static double target(const struct oracle_case *c, const float *row, uint64_t seed, size_t r)
{
    double y = 3 * gbt_draw(seed, r * 7 + 1);

    for (size_t f = 0; f < c->columns && f < 6; f++)
        y += isnan(row[f]) ? 0.7 : sin((double)row[f] * (0.2 + (double)f)) * 2 / (double)(f + 1);
    return y;
}

static struct lk_matrix *make_data(const struct oracle_case *c, uint64_t seed)
{
    struct lk_matrix *m = gbt_matrix_new(c->rows, c->columns);
    int distinct = c->distinct ? c->distinct : 40;

    m->targets = 1;
    m->labels = mem_calloc(c->rows, sizeof *m->labels);
    for (size_t i = 0; i < c->rows * c->columns; i++) {
        size_t f = i % c->columns;
        int values = f < 2 && c->categories ? c->categories : distinct;
        double u = gbt_draw(seed, 2 * i);

        m->values[i] = (float)floor(u * values);
        if (f >= 2 || !c->categories)
            m->values[i] = (m->values[i] - 7) * (distinct > 1000 ? 4e-5f : f % 2 ? 0.1f : 1.0f);
        if (gbt_draw(seed, 2 * i + 1) < c->missing)
            m->values[i] = NAN;
    }
    for (size_t r = 0; r < c->rows; r++) {
        double y = target(c, m->values + r * c->columns, seed + 1, r);

        m->labels[r] = c->label == REGRESSION ? (float)y
                       : c->label == BINARY   ? y > 2.2
                       : c->label == CLASSES  ? (float)((long)fabs(y) % 3)
                       : c->label == OUTLIERS ? (float)(y + (y > 5.7 ? exp(2 * y) : 0))
                                              : (float)(long)fabs(y);
    }
    if (c->weights) {
        m->weights = mem_calloc(c->rows, sizeof *m->weights);
        for (size_t r = 0; r < c->rows; r++)
            m->weights[r] = 0.1f + 2 * (float)gbt_draw(seed + 2, r);
    }
    if (c->margin) {
        m->margin_width = 1;
        m->base_margin = mem_calloc(c->rows, sizeof *m->base_margin);
        for (size_t r = 0; r < c->rows; r++)
            m->base_margin[r] = (float)gbt_draw(seed + 3, r) - 0.5f;
    }
    if (c->categories) {
        m->types = mem_calloc(c->columns, sizeof *m->types);
        m->types[0] = m->types[1] = GBT_CATEGORY;
    }
    return m;
}

/* ---- both trainers ----------------------------------------------------------------- */

static void xgb(int code)
{
    if (code)
        fail_msg("libxgboost: %s", XGBGetLastError());
}

/* Call set for each "name=value" of the case. */
static void each_param(const struct oracle_case *c, void (*set)(void *, const char *, const char *),
                       void *ctx)
{
    struct slice rest = slice_of(c->params), one;

    while (rest.len && slice_split(&rest, ' ', &one)) {
        size_t eq = slice_find(one, '=');
        char *name = mem_strndup(one.ptr, eq),
             *value = mem_strndup(one.ptr + eq + 1, one.len - eq - 1);

        set(ctx, name, value);
        free(name);
        free(value);
    }
}

static void set_theirs(void *booster, const char *name, const char *value)
{
    xgb(XGBoosterSetParam(booster, name, value));
}

static void set_ours(void *params, const char *name, const char *value)
{
    struct lk_error err = {0};

    assert_ok(lk_params_set(params, name, value, &err), &err);
}

static struct json *train_theirs(const struct oracle_case *c, const struct lk_matrix *m)
{
    DMatrixHandle d;
    BoosterHandle b;
    const char *bytes;
    bst_ulong len;
    struct json *model;

    xgb(XGDMatrixCreateFromMat(m->values, m->rows, m->columns, NAN, &d));
    xgb(XGDMatrixSetFloatInfo(d, "label", m->labels, m->rows));
    if (m->weights)
        xgb(XGDMatrixSetFloatInfo(d, "weight", m->weights, m->rows));
    if (m->base_margin)
        xgb(XGDMatrixSetFloatInfo(d, "base_margin", m->base_margin, m->rows));
    if (c->categories) {
        const char **types = test_calloc(c->columns, sizeof *types);

        for (size_t f = 0; f < c->columns; f++)
            types[f] = f < 2 ? "c" : "float";
        xgb(XGDMatrixSetStrFeatureInfo(d, "feature_type", types, c->columns));
        test_free(types);
    }
    xgb(XGBoosterCreate(&d, 1, &b));
    set_theirs(b, "tree_method", "hist");
    set_theirs(b, "nthread", "1");
    set_theirs(b, "base_score", "0.5");
    each_param(c, set_theirs, b);
    for (int i = 0; i < (c->rounds ? c->rounds : 10); i++)
        xgb(XGBoosterUpdateOneIter(b, i, d));
    xgb(XGBoosterSaveModelToBuffer(b, "{\"format\":\"json\"}", &len, &bytes));
    model = parse_model((struct slice){bytes, len});
    XGBoosterFree(b);
    XGDMatrixFree(d);
    return model;
}

static struct lk_model *train_ours(const struct oracle_case *c, const struct lk_matrix *m,
                                   const char *rules, int threads)
{
    struct lk_params *p = lk_params_new();
    struct lk_train_options o = {.rounds = c->rounds ? (size_t)c->rounds : 10, .threads = threads};
    struct lk_model *model = NULL;
    struct lk_error err = {0};

    set_ours(p, "base_score", "0.5");
    set_ours(p, "xgboost_rules", rules);
    each_param(c, set_ours, p);
    assert_ok(lk_train(&model, m, p, &o, &err), &err);
    lk_params_free(p);
    return model;
}

static void trees_equal_xgboosts(void **state)
{
    const struct oracle_case *c = *state;

    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct lk_matrix *m = make_data(c, seed * 1000);
        struct json *theirs = train_theirs(c, m);
        struct lk_model *one = train_ours(c, m, "1.7", 1), *two = train_ours(c, m, "1.7", 3);

        same_trees(c->name, one, theirs, "1.7");
        same_trees(c->name, two, theirs, "1.7, three threads");
        lk_model_free(one);
        lk_model_free(two);
        json_free(theirs);
        lk_matrix_free(m);
    }
}

/* ---- gblinear ----------------------------------------------------------------- */

static const struct oracle_case linear_cases[] = {
    {.name = "linear",
     .params = "booster=gblinear updater=coord_descent",
     .label = REGRESSION,
     .rows = 2000,
     .columns = 6},
    {.name = "linear with penalties",
     .label = BINARY,
     .rows = 3000,
     .columns = 6,
     .params = "booster=gblinear updater=coord_descent objective=binary:logistic alpha=0.001 "
               "lambda=0.01",
     .missing = 0.1,
     .weights = true},
    {.name = "linear, three classes",
     .label = CLASSES,
     .rows = 2000,
     .columns = 5,
     .params = "booster=gblinear updater=coord_descent objective=multi:softprob num_class=3"},
};

static void weights_equal_xgboosts(void **state)
{
    const struct oracle_case *c = *state;
    struct lk_matrix *m = make_data(c, 500);
    struct json *theirs = train_theirs(c, m);
    struct lk_model *one = train_ours(c, m, "1.7", 1), *two = train_ours(c, m, "1.7", 3);
    const struct json *booster = json_get(json_get(theirs, "learner"), "gradient_booster");
    const struct json *weights = json_get(json_get(booster, "model"), "weights");
    size_t n = (c->columns + 1) * one->groups;

    assert_int_equal(json_count(weights), n);
    assert_memory_equal(one->linear, two->linear, n * sizeof *one->linear);
    for (size_t i = 0; i < n; i++) {
        double w = json_number(json_at(weights, i), NAN);

        if (!(fabs(w - (double)one->linear[i]) <= 1e-4 * (1 + fabs(w))))
            fail_msg("%s: weight %zu is %.9g here, %.9g in XGBoost", c->name, i,
                     (double)one->linear[i], w);
    }
    lk_model_free(one);
    lk_model_free(two);
    json_free(theirs);
    lk_matrix_free(m);
}

/* ---- more values than bins ------------------------------------------------------- */

static float *predict_theirs(const struct lk_matrix *m, const struct lk_matrix *test)
{
    DMatrixHandle d, t;
    BoosterHandle b;
    const float *out;
    float *copy = test_calloc(test->rows, sizeof *copy);
    bst_ulong n;

    xgb(XGDMatrixCreateFromMat(m->values, m->rows, m->columns, NAN, &d));
    xgb(XGDMatrixSetFloatInfo(d, "label", m->labels, m->rows));
    xgb(XGDMatrixCreateFromMat(test->values, test->rows, test->columns, NAN, &t));
    xgb(XGBoosterCreate(&d, 1, &b));
    set_theirs(b, "tree_method", "hist");
    set_theirs(b, "max_bin", "64");
    for (int i = 0; i < 40; i++)
        xgb(XGBoosterUpdateOneIter(b, i, d));
    xgb(XGBoosterPredict(b, t, 0, 0, 0, &n, &out));
    memcpy(copy, out, n * sizeof *copy);
    XGBoosterFree(b);
    XGDMatrixFree(d);
    XGDMatrixFree(t);
    return copy;
}

static double rmse(const float *p, const struct lk_matrix *m)
{
    double sum = 0;

    for (size_t i = 0; i < m->rows; i++)
        sum += ((double)p[i] - (double)m->labels[i]) * ((double)p[i] - (double)m->labels[i]);
    return sqrt(sum / (double)m->rows);
}

static double held_out(const struct oracle_case *c, const char *rules, const struct lk_matrix *m,
                       const struct lk_matrix *test)
{
    struct lk_model *model = train_ours(c, m, rules, 2);
    float *p = test_calloc(test->rows, sizeof *p);
    struct lk_error err;
    double error;

    assert_ok(lk_predict(model, test->values, test->rows, test->columns, NULL, p, &err), &err);
    error = rmse(p, test);
    test_free(p);
    lk_model_free(model);
    return error;
}

/* Cuts are sketched as XGBoost does it, so the model is the same. */
static void more_values_than_bins(void **state)
{
    static const size_t sizes[] = {900, 3000, 5000, 20000, 140000};
    struct oracle_case c = {.name = "sketched",
                            .params = "max_bin=64",
                            .label = REGRESSION,
                            .columns = 6,
                            .distinct = 1000000,
                            .rounds = 40};
    double newer = 0, all = 0;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct lk_matrix *m, *test;
        float *p;
        double ours, theirs;

        c.rows = sizes[i];
        m = make_data(&c, i * 77);
        test = make_data(&c, i * 77 + 50);
        p = predict_theirs(m, test);
        theirs = rmse(p, test);
        ours = held_out(&c, "1.7", m, test);
        newer += held_out(&c, "3.4", m, test);
        all += theirs;
        if (!(fabs(ours - theirs) <= theirs * 1e-6))
            fail_msg("%zu rows: held-out error %.7f here, %.7f in XGBoost", c.rows, ours, theirs);
        test_free(p);
        lk_matrix_free(m);
        lk_matrix_free(test);
    }
    if (!(newer <= all * 1.01)) /* other cuts, as good on the whole */
        fail_msg("held-out errors %.6f by newer rules, %.6f in XGBoost 1.7", newer, all);
}

int main(void)
{
    enum { CASES = sizeof cases / sizeof *cases };
    enum { LINEAR = sizeof linear_cases / sizeof *linear_cases };
    struct CMUnitTest tests[CASES + LINEAR + 1];

    for (size_t i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){.name = cases[i].name,
                                       .test_func = trees_equal_xgboosts,
                                       .initial_state = (void *)&cases[i]};
    for (size_t i = 0; i < LINEAR; i++)
        tests[CASES + i] = (struct CMUnitTest){.name = linear_cases[i].name,
                                               .test_func = weights_equal_xgboosts,
                                               .initial_state = (void *)&linear_cases[i]};
    tests[CASES + LINEAR] = (struct CMUnitTest)cmocka_unit_test(more_values_than_bins);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
