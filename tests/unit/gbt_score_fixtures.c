/*
 * Every fixture, every format: what XGBoost predicted, labkit predicts from the
 * same file. Margins and values to 1e-6, leaves exactly, contributions to 1e-5;
 * and again after writing the model in either notation.
 */
#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "unit/unit.h"

#include <dirent.h>
#include <math.h>
#include <unistd.h>

#define FOLDER TEST_DATA "xgboost"

/* A CSV of numbers; an empty field is NaN. */
struct numbers {
    float *v;
    size_t rows, columns, first; /* first: columns before the features */
    size_t margin_at;            /* column of __base_margin, or SIZE_MAX */
};

static bool load(struct numbers *out, const char *path, bool header)
{
    struct str text = STR_INIT;
    struct slice rest, line, field;
    size_t n = 0, cap = 0;

    *out = (struct numbers){.margin_at = SIZE_MAX};
    if (file_read(&text, path, 1 << 26, NULL))
        return false;
    rest = slice_str(&text);
    for (bool labels = header; slice_line(&rest, &line);) {
        size_t c = 0;

        for (struct slice r = line; c == 0 || r.len || r.ptr[-1] == ',';) {
            size_t len = slice_find(r, ',');
            float v = NAN;

            field = slice_first(r, len);
            if (labels) {
                if (slice_starts(field, "label") || slice_starts(field, "__"))
                    out->first = c + 1;
                if (slice_is(field, "__base_margin"))
                    out->margin_at = c;
            } else {
                if (field.len)
                    assert_true(number_parse_float(field, &v));
                MEM_GROW(out->v, n, cap);
                out->v[n++] = v;
            }
            c++;
            if (len == r.len)
                break;
            r = slice_from(r, len + 1);
        }
        out->columns = c;
        out->rows += !labels;
        labels = false;
    }
    str_done(&text);
    return true;
}

struct expected {
    const char *file;
    enum lk_predict_kind kind;
    float tolerance;
    size_t end;
};

static const struct expected kinds[] = {
    {"pred.csv", LK_VALUE, 1e-6f, 0},
    {"pred_margin.csv", LK_MARGIN, 1e-6f, 0},
    {"pred_margin_iter0_2.csv", LK_MARGIN, 1e-6f, 2},
    {"pred_leaf.csv", LK_LEAF, 0, 0},
    {"pred_contribs_first40.csv", LK_CONTRIB, 1e-5f, 0},
    {"pred_approx_contribs_first40.csv", LK_APPROX_CONTRIB, 1e-5f, 0},
};

static void compare(const struct lk_model *m, const char *model_path, const char *folder,
                    const struct expected *e, const float *rows, size_t features, size_t n,
                    const float *margin)
{
    struct lk_predict_options o = {
        .kind = e->kind, .all_rounds = true, .end = e->end, .base_margin = margin, .threads = 1};
    char *path = path_join(folder, e->file);
    struct numbers want;
    struct lk_error err = {0};
    float *got;

    if (!load(&want, path, false)) {
        free(path);
        return;
    }
    n = want.rows < n ? want.rows : n;
    assert_int_equal(lk_predict_width(m, &o), want.columns);
    got = mem_calloc(n * want.columns, sizeof *got);
    assert_ok(lk_predict(m, rows, n, features, &o, got, &err), &err);
    for (size_t i = 0; i < n * want.columns; i++) {
        float limit = e->tolerance * fmaxf(1, fabsf(want.v[i]));

        if (!(fabsf(got[i] - want.v[i]) <= limit))
            fail_msg("%s: %s row %zu column %zu: %.9g, XGBoost says %.9g", model_path, e->file,
                     i / want.columns, i % want.columns, got[i], want.v[i]);
    }
    free(got);
    free(want.v);
    free(path);
}

/* All kinds of predictions of one model; leaves are compared unless trees were rearranged. */
static void check_model(const struct lk_model *m, const char *path, const char *folder,
                        const struct numbers *test, bool rearranged)
{
    size_t features = test->columns - test->first;
    float *rows = mem_calloc(test->rows * features, sizeof *rows);
    float *margin = mem_calloc(test->rows, sizeof *margin);

    for (size_t i = 0; i < test->rows; i++) {
        memcpy(rows + i * features, test->v + i * test->columns + test->first,
               features * sizeof *rows);
        if (test->margin_at != SIZE_MAX)
            margin[i] = test->v[i * test->columns + test->margin_at];
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (!rearranged || kinds[k].kind != LK_LEAF)
            compare(m, path, folder, &kinds[k], rows, features, test->rows,
                    test->margin_at != SIZE_MAX ? margin : NULL);
    free(rows);
    free(margin);
}

static size_t check_file(const char *folder, const char *name, const struct numbers *test)
{
    char *path = path_join(folder, name);
    char copy[] = "/tmp/labkit-score-XXXXXX";
    struct lk_model *m = NULL, *again = NULL;
    struct lk_error err = {0};
    size_t done = 0;

    if (file_stat(path).kind == FILE_REGULAR) {
        assert_ok(lk_model_read(&m, path, &err), &err);
        check_model(m, path, folder, test, false);
        close(mkstemp(copy));
        for (int f = LK_JSON; f <= LK_UBJSON; f++) {
            assert_ok(lk_model_write(m, copy, (enum lk_model_format)f, &err), &err);
            assert_ok(lk_model_read(&again, copy, &err), &err);
            check_model(again, f == LK_JSON ? "written as JSON" : "written as UBJSON", folder, test,
                        strstr(folder, "vector") != NULL);
            lk_model_free(again);
        }
        unlink(copy);
        lk_model_free(m);
        done = 1;
    }
    free(path);
    return done;
}

static void every_fixture(void **state)
{
    static const char *const files[] = {"model.json", "model.ubj", "xgboost-model", "booster.pkl"};
    char **cases, **versions;
    size_t n, k, models = 0;

    assert_int_equal(file_list(&cases, &n, FOLDER, NULL), LK_OK);
    for (size_t i = 0; i < n; i++) {
        char *folder = path_join(FOLDER, cases[i]), *csv = path_join(folder, "test.csv");
        struct numbers test;

        if (load(&test, csv, true)) {
            assert_int_equal(file_list(&versions, &k, folder, NULL), LK_OK);
            for (size_t v = 0; v < k; v++) {
                char *version = path_join(folder, versions[v]);

                for (size_t f = 0; f < 4 && !strncmp(versions[v], "xgb", 3); f++)
                    models += check_file(version, files[f], &test);
                free(version);
            }
            file_names_free(versions, k);
            free(test.v);
        }
        free(csv);
        free(folder);
    }
    file_names_free(cases, n);
    assert_true(models >= 60);
}

/* SageMaker's artefacts load, and score to what their objective allows. */
static void sagemaker_artefacts(void **state)
{
    static const struct {
        const char *file, *objective;
        size_t groups;
    } models[] = {
        {"smcontainer-saved_booster-xgboost-model", "multi:softprob", 3},
        {"smcontainer-abalone-libsvm_pickled-xgboost-model", NULL, 1},
        {"xgb-churn-prediction-model.tar.gz", "binary:logistic", 1},
    };

    for (size_t i = 0; i < 3; i++) {
        char *path = path_join(FOLDER "/sagemaker", models[i].file);
        struct lk_model *m = NULL;
        struct lk_error err = {0};
        float *row, out[3];

        assert_ok(lk_model_read(&m, path, &err), &err);
        assert_int_equal(lk_model_groups(m), models[i].groups);
        if (models[i].objective)
            assert_string_equal(lk_model_objective(m), models[i].objective);
        assert_true(lk_model_rounds(m) > 0);
        row = mem_calloc(lk_model_features(m), sizeof *row);
        assert_ok(lk_predict(m, row, 1, lk_model_features(m), NULL, out, &err), &err);
        assert_true(isfinite(out[0]));
        free(row);
        lk_model_free(m);
        free(path);
    }
}

/* Any cut of a model file is an error with the file's name, never a model. */
static void cut_files(void **state)
{
    static const char *const files[] = {FOLDER "/dart_logistic/xgb-1.7.4/model.json",
                                        FOLDER "/dart_logistic/xgb-1.7.4/model.ubj",
                                        FOLDER "/dart_logistic/xgb-1.7.4/xgboost-model",
                                        FOLDER "/dart_logistic/xgb-1.7.4/booster.pkl",
                                        FOLDER "/sagemaker/xgb-churn-prediction-model.tar.gz"};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct str bytes = STR_INIT;
        struct lk_model *m = NULL;
        struct lk_error err = {0};

        assert_ok(file_read(&bytes, files[i], 1 << 26, &err), &err);
        for (size_t cut = 0; cut + 200 < bytes.len; cut += 1 + bytes.len / 150) {
            assert_int_not_equal(lk_model_parse(&m, bytes.ptr, cut, "cut", &err), LK_OK);
            assert_null(m);
            assert_string_equal(err.file, "cut");
            err = (struct lk_error){0};
        }
        str_done(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fixture),
        cmocka_unit_test(sagemaker_artefacts),
        cmocka_unit_test(cut_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
