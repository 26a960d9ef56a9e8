/*
 * The main job on the book's real data, with the real XGBoost as judge: what
 * labkit trains and writes, libxgboost loads, and predicts the same.
 */
#include "base/file.h"
#include "unit/unit.h"

#include <math.h>
#include <unistd.h>
#include <xgboost/c_api.h>

struct job {
    const char *data, *label, *objective, *ignore;
};

static void xgb(int code)
{
    if (code)
        fail_msg("libxgboost: %s", XGBGetLastError());
}

/* The matrix as libxgboost has it, categories marked as such. */
static DMatrixHandle dmatrix(const struct lk_matrix *m, const struct lk_model *model)
{
    size_t columns = lk_matrix_columns(m);
    DMatrixHandle d;

    xgb(XGDMatrixCreateFromMat(lk_matrix_values(m), lk_matrix_rows(m), columns, NAN, &d));
    return d;
}

static void labkit_and_xgboost_agree(const struct job *job)
{
    struct lk_read_options read = {.label = job->label, .ignore = job->ignore};
    struct lk_train_options train = {.rounds = 20, .threads = 2};
    struct lk_params *params = lk_params_new();
    struct lk_matrix *m = NULL;
    struct lk_model *model = NULL, *again = NULL;
    struct lk_error err = {0};
    char path[] = "/tmp/labkit-model-XXXXXX.json";
    const float *theirs;
    bst_ulong n;
    BoosterHandle booster;
    DMatrixHandle d;
    float *ours;
    double sum = 0;

    assert_true(mkstemps(path, 5) >= 0);
    assert_ok(lk_matrix_read(&m, job->data, &read, &err), &err);
    assert_ok(lk_params_set(params, "objective", job->objective, &err), &err);
    assert_ok(lk_train(&model, m, params, &train, &err), &err);
    assert_ok(lk_model_write(model, path, LK_JSON, &err), &err);

    /* What we wrote, we read back. */
    assert_ok(lk_model_read(&again, path, &err), &err);
    size_t width = lk_predict_width(again, NULL);
    ours = test_malloc(lk_matrix_rows(m) * width * sizeof *ours);
    assert_ok(lk_predict_matrix(again, m, NULL, ours, &err), &err);

    d = dmatrix(m, model);
    xgb(XGBoosterCreate(NULL, 0, &booster));
    xgb(XGBoosterLoadModel(booster, path));
    xgb(XGBoosterPredict(booster, d, 0, 0, 0, &n, &theirs));
    assert_int_equal(n, lk_matrix_rows(m) * width);
    for (bst_ulong i = 0; i < n; i++) {
        if (!(fabsf(ours[i] - theirs[i]) <= 1e-6f))
            fail_msg("%s: prediction %lu is %.9g here, %.9g in XGBoost", job->data, i, ours[i],
                     theirs[i]);
        sum += ours[i];
    }
    /* A model that learned nothing would agree as well; this one must tell rows apart. */
    double mean = sum / (double)n, spread = 0;
    for (bst_ulong i = 0; i < n; i++)
        spread += (ours[i] - mean) * (ours[i] - mean);
    assert_true(sqrt(spread / (double)n) > 0.05);

    XGBoosterFree(booster);
    XGDMatrixFree(d);
    unlink(path);
    test_free(ours);
    lk_model_free(model);
    lk_model_free(again);
    lk_matrix_free(m);
    lk_params_free(params);
}

static void breast_cancer(void **state)
{
    labkit_and_xgboost_agree(&(struct job){.data = "lessons/data/breast-cancer.csv",
                                           .label = "malignant",
                                           .objective = "binary:logistic"});
}

static void penguins(void **state)
{
    labkit_and_xgboost_agree(&(struct job){
        .data = "lessons/data/penguins.csv", .label = "species", .objective = "multi:softprob"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breast_cancer),
        cmocka_unit_test(penguins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
