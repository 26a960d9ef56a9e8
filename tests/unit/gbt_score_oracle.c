/*
 * Models of the fixtures, written again by labkit and loaded by the real
 * XGBoost 1.7.4: both score the same odd rows (NaN, huge ones, -0.0, values
 * on the thresholds), for all rounds and some, with base margins and without.
 */
#include "base/file.h"
#include "base/mem.h"
#include "unit/unit.h"

#include <math.h>
#include <unistd.h>
#include <xgboost/c_api.h>

#define FOLDER TEST_DATA "xgboost/"

enum { ROWS = 600 };

static void xgb(int code)
{
    if (code)
        fail_msg("libxgboost: %s", XGBGetLastError());
}

/* Rows that no one would make by hand; seeded, so the same each time. */
static float *odd_rows(size_t columns)
{
    static const float odd[] = {NAN, 3e38f, -3e38f, -0.0f, 0.0f, 1e-40f, -1e30f, 1e30f};
    float *v = mem_calloc(ROWS * columns, sizeof *v);
    uint64_t state = 7;

    for (size_t i = 0; i < ROWS * columns; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        unsigned pick = (unsigned)(state >> 58);

        v[i] = pick < 8    ? odd[pick]
               : pick < 40 ? (float)(state >> 40 & 63)
                           : (float)(state >> 33) / 2147483648.0f * 4 - 1;
    }
    return v;
}

static void agree(const char *what, BoosterHandle booster, const struct lk_model *m,
                  const float *rows, enum lk_predict_kind kind, int type, unsigned end,
                  const float *margin, float tolerance)
{
    struct lk_predict_options o = {
        .kind = kind, .end = end, .all_rounds = true, .base_margin = margin, .threads = 2};
    size_t columns = lk_model_features(m), width = lk_predict_width(m, &o);
    float *ours = mem_calloc(ROWS * width, sizeof *ours);
    struct lk_error err = {0};
    char config[200];
    const bst_ulong *shape;
    bst_ulong dims, n = 1;
    const float *theirs;
    DMatrixHandle d;

    xgb(XGDMatrixCreateFromMat(rows, ROWS, columns, NAN, &d));
    if (margin)
        xgb(XGDMatrixSetFloatInfo(d, "base_margin", margin, ROWS * lk_model_groups(m)));
    snprintf(config, sizeof config,
             "{\"type\":%d,\"training\":false,\"iteration_begin\":0,\"iteration_end\":%u,"
             "\"strict_shape\":false}",
             type, end);
    xgb(XGBoosterPredictFromDMatrix(booster, d, config, &shape, &dims, &theirs));
    for (bst_ulong i = 0; i < dims; i++)
        n *= shape[i];
    assert_int_equal(n, ROWS * width);
    assert_ok(lk_predict(m, rows, ROWS, columns, &o, ours, &err), &err);
    for (size_t i = 0; i < n; i++) {
        if (isnan(theirs[i]) && isnan(ours[i]))
            continue;
        if (!(fabsf(ours[i] - theirs[i]) <= tolerance * fmaxf(1, fabsf(theirs[i]))))
            fail_msg("%s, type %d, rounds to %u: row %zu output %zu is %.9g here, %.9g in XGBoost",
                     what, type, end, i / width, i % width, ours[i], theirs[i]);
    }
    XGDMatrixFree(d);
    free(ours);
}

static void check(const char *file, enum lk_model_format format)
{
    char *source = path_join(FOLDER, file);
    char path[] = "/tmp/labkit-oracle-XXXXXX.json";
    struct lk_model *m = NULL;
    struct lk_error err = {0};
    BoosterHandle booster;
    float *rows, *margin;

    assert_true(mkstemps(path, 5) >= 0);
    unlink(path);
    if (format == LK_UBJSON) /* 1.7.4 goes by the name */
        strcpy(path + strlen(path) - 5, ".ubj");
    if (format == LK_BINARY) /* SageMaker's name has no ending */
        path[strlen(path) - 5] = '\0';
    assert_ok(lk_model_read(&m, source, &err), &err);
    assert_ok(lk_model_write(m, path, format, &err), &err);
    xgb(XGBoosterCreate(NULL, 0, &booster));
    xgb(XGBoosterLoadModel(booster, path));
    rows = odd_rows(lk_model_features(m));
    margin = mem_calloc(ROWS * lk_model_groups(m), sizeof *margin);
    for (size_t i = 0; i < ROWS * lk_model_groups(m); i++)
        margin[i] = (float)(i % 7) / 3 - 1;
    agree(file, booster, m, rows, LK_VALUE, 0, 0, NULL, 1e-6f);
    agree(file, booster, m, rows, LK_MARGIN, 1, 0, NULL, 1e-6f);
    if (!strstr(file, "linear"))
        agree(file, booster, m, rows, LK_MARGIN, 1, 3, NULL, 1e-6f);
    agree(file, booster, m, rows, LK_CONTRIB, 2, 0, NULL, 1e-5f);
    agree(file, booster, m, rows, LK_APPROX_CONTRIB, 3, 0, NULL, 1e-5f);
    if (!strstr(file, "3.4.1/model") || !strstr(file, "multi")) /* base scores are in its trees */
        agree(file, booster, m, rows, LK_MARGIN, 1, 0, margin, 1e-6f);
    if (!strstr(file, "vector") && !strstr(file, "linear"))
        agree(file, booster, m, rows, LK_LEAF, 6, 0, NULL, 0);
    XGBoosterFree(booster);
    unlink(path);
    lk_model_free(m);
    free(rows);
    free(margin);
    free(source);
}

static void xgboost_scores_what_labkit_writes(void **state)
{
    static const char *const files[] = {
        "bin_logistic_adult_exactcuts/xgb-3.4.1/model.ubj",
        "bin_logistic_adult_exactcuts/xgb-1.7.4/xgboost-model",
        "bin_logistic_adult_lossguide/xgb-3.4.1/model.json",
        "categorical_default/xgb-3.4.1/model.json",
        "categorical_default/xgb-1.7.4/model.ubj",
        "count_poisson/xgb-3.4.1/model.json",
        "dart_logistic/xgb-3.4.1/model.json",
        "dart_logistic/xgb-1.7.4/booster.pkl",
        "multi_softprob_iris/xgb-3.4.1/model.ubj",
        "multi_softprob_iris/xgb-1.7.4/model.json",
        "multitarget_vector_leaf/xgb-3.4.1/model.json",
        "reg_squarederror_abalone_exactcuts/xgb-3.4.1/model.json",
        "survival_aft_normal/xgb-3.4.1/model.json",
        "sagemaker/xgb-churn-prediction-model.tar.gz",
        "sagemaker/smcontainer-saved_booster-xgboost-model",
    };

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        check(files[i], LK_JSON);
        check(files[i], LK_UBJSON);
        if (!strstr(files[i], "categorical")) /* which the old format has not */
            check(files[i], LK_BINARY);
    }
}

static void xgboost_scores_a_linear_model(void **state)
{
    char path[] = "/tmp/labkit-linear-XXXXXX";
    struct lk_params *p = lk_params_new();
    struct lk_train_options o = {.rounds = 5, .threads = 1};
    struct lk_matrix *x;
    struct lk_model *m;
    struct lk_error err = {0};
    float *rows = odd_rows(4), *labels = mem_calloc(ROWS, sizeof *labels);

    for (size_t i = 0; i < ROWS * 4; i++) /* small numbers: what is learned stays finite */
        rows[i] = isnan(rows[i]) || fabsf(rows[i]) > 100 ? 0.5f : rows[i] / 64;
    for (size_t i = 0; i < ROWS; i++)
        labels[i] = (float)(i % 3);
    assert_ok(lk_params_set(p, "booster", "gblinear", &err), &err);
    assert_ok(lk_params_set(p, "objective", "multi:softprob", &err), &err);
    assert_ok(lk_params_set(p, "num_class", "3", &err), &err);
    assert_ok(lk_matrix_new(&x, rows, ROWS, 4, NAN, &err), &err);
    assert_ok(lk_matrix_set_field(x, "label", labels, 1, &err), &err);
    assert_ok(lk_train(&m, x, p, &o, &err), &err);
    assert_true(mkstemp(path) >= 0);
    assert_ok(lk_model_write(m, path, LK_UBJSON, &err), &err);
    check(path, LK_BINARY);
    unlink(path);
    lk_model_free(m);
    lk_matrix_free(x);
    lk_params_free(p);
    free(rows);
    free(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(xgboost_scores_what_labkit_writes),
                                       cmocka_unit_test(xgboost_scores_a_linear_model)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
