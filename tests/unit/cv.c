/*
 * Cross-validation: folds hold what they should, a fold's figures are those of
 * a model trained on the other rows, stopping looks at the mean, and neither
 * depends on threads.
 */
#include "gbt/cv.h"
#include "gbt/matrix.h"
#include "gbt/random.h"
#include "unit/unit.h"

#include <math.h>

enum { ROWS = 600, COLUMNS = 4 };

static struct lk_matrix *make(size_t rows, size_t classes)
{
    struct lk_matrix *m = gbt_matrix_new(rows, COLUMNS);

    m->targets = 1;
    m->labels = calloc(rows, sizeof *m->labels);
    for (size_t r = 0; r < rows; r++) {
        double y = gbt_draw(1, r * 9);

        for (size_t f = 0; f < COLUMNS; f++) {
            m->values[r * COLUMNS + f] = (float)gbt_draw(1, r * 9 + f + 1);
            y += (double)m->values[r * COLUMNS + f];
        }
        m->labels[r] = (float)(classes ? floor(fmin(y / 5, 0.999) * (double)classes) : y);
    }
    return m;
}

static struct lk_params *params(const char *objective, const char *metrics)
{
    struct lk_params *p = lk_params_new();
    struct lk_error err;

    assert_ok(lk_params_set(p, "objective", objective, &err), &err);
    assert_ok(lk_params_set(p, "eval_metric", metrics, &err), &err);
    assert_ok(lk_params_set(p, "max_depth", "3", &err), &err);
    return p;
}

static int *deal(const struct lk_matrix *m, struct gbt_cv_options o)
{
    struct lk_error err;
    int *fold;

    assert_ok(gbt_cv_deal(&fold, m, &o, &err), &err);
    return fold;
}

/* ---- dealing ----------------------------------------------------------------------- */

static void test_strata(void **state)
{
    struct lk_matrix *m = make(ROWS, 3);
    int *fold = deal(m, (struct gbt_cv_options){.folds = 4, .seed = 3});
    int *other = deal(m, (struct gbt_cv_options){.folds = 4, .seed = 4});
    int count[3][4] = {{0}}, moved = 0;

    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        count[(int)m->labels[r]][fold[r]]++;
        moved += fold[r] != other[r];
    }
    for (int c = 0; c < 3; c++)
        for (int k = 0; k < 4; k++)
            for (int l = 0; l < k; l++)
                assert_in_range(count[c][k] - count[c][l] + 1, 0, 2);
    assert_true(moved > ROWS / 2);
    free(fold);
    free(other);
    lk_matrix_free(m);
}

static void test_groups(void **state)
{
    struct lk_matrix *m = make(ROWS, 2);
    float group[ROWS];
    int size[3] = {0}, where[40];
    int *fold;

    (void)state;
    for (size_t r = 0; r < ROWS; r++)
        group[r] = (float)(gbt_mix(5, r) % 40);
    fold = deal(m, (struct gbt_cv_options){.folds = 3, .group = group});
    memset(where, -1, sizeof where);
    for (size_t r = 0; r < ROWS; r++) {
        int g = (int)group[r];

        if (where[g] < 0)
            where[g] = fold[r];
        assert_int_equal(where[g], fold[r]);
        size[fold[r]]++;
    }
    for (int k = 0; k < 3; k++)
        assert_in_range(size[k], 190, 210);
    free(fold);
    lk_matrix_free(m);
}

static void test_queries(void **state)
{
    struct lk_matrix *m = make(ROWS, 3), *part;
    struct lk_error err;
    float query[ROWS];
    uint32_t rows[ROWS];
    size_t n = 0;
    int *fold;

    (void)state;
    for (size_t r = 0; r < ROWS; r++)
        query[r] = (float)(r / 20);
    assert_ok(lk_matrix_set_field(m, "query", query, 1, &err), &err);
    fold = deal(m, (struct gbt_cv_options){.folds = 5});
    for (size_t r = 0; r < ROWS; r++) {
        assert_int_equal(fold[r], fold[r / 20 * 20]);
        if (fold[r] == 2)
            rows[n++] = (uint32_t)r;
    }
    part = gbt_matrix_pick(m, rows, n);
    assert_int_equal(n, 120);
    assert_int_equal(part->queries, 6);
    for (size_t q = 0; q <= 6; q++)
        assert_int_equal(part->query_starts[q], 20 * q);
    lk_matrix_free(part);
    free(fold);
    lk_matrix_free(m);
}

static void test_refusals(void **state)
{
    struct lk_matrix *m = make(5, 0);
    float group[5] = {1, 1, 1, 2, 2};
    struct lk_error err;
    int *fold;

    (void)state;
    assert_int_equal(gbt_cv_deal(&fold, m, &(struct gbt_cv_options){.folds = 6}, &err), LK_EUSE);
    assert_non_null(strstr(err.text, "5 rows are too few for 6 folds"));
    assert_int_equal(
        gbt_cv_deal(&fold, m, &(struct gbt_cv_options){.folds = 3, .group = group}, &err), LK_EUSE);
    assert_non_null(strstr(err.text, "2 groups are too few for 3 folds"));
    assert_int_equal(gbt_cv_deal(&fold, m, &(struct gbt_cv_options){.folds = 1}, &err), LK_EUSE);
    lk_matrix_free(m);
}

/* ---- measuring ----------------------------------------------------------------------- */

/* A fold's figures are those of lk_train on the other rows, measured by lk_evaluate. */
static void test_against_training(void **state)
{
    static const char *const metrics[] = {"error", "auc"};
    struct lk_matrix *m = make(ROWS, 2);
    struct lk_params *p = params("binary:logistic", "error,auc");
    struct gbt_cv_options o = {.folds = 3, .rounds = 7, .seed = 1, .threads = 2};
    int *fold = deal(m, o);
    struct gbt_cv *cv = NULL;
    struct lk_error err;

    (void)state;
    assert_ok(gbt_cv_run(&cv, m, p, &o, &err), &err);
    assert_int_equal(cv->series, 4);
    assert_int_equal(cv->rounds, 7);
    for (int k = 0; k < 3; k++) {
        uint32_t rows[2][ROWS];
        size_t n[2] = {0, 0};
        struct lk_matrix *part[2];
        struct lk_train_options to = {.rounds = 7};
        struct lk_model *model = NULL;

        for (uint32_t r = 0; r < ROWS; r++)
            rows[fold[r] == k][n[fold[r] == k]++] = r;
        for (int i = 0; i < 2; i++)
            part[i] = gbt_matrix_pick(m, rows[i], n[i]);
        assert_ok(lk_train(&model, part[0], p, &to, &err), &err);
        for (size_t s = 0; s < 4; s++) {
            double value;

            assert_string_equal(cv->metric[s], metrics[s % 2]);
            assert_ok(lk_evaluate(&value, model, part[s / 2], metrics[s % 2], 1, &err), &err);
            assert_true(fabs(value - gbt_cv_value(cv, 6, s, (size_t)k)) < 1e-6);
        }
        lk_model_free(model);
        lk_matrix_free(part[0]);
        lk_matrix_free(part[1]);
    }
    free(fold);
    gbt_cv_free(cv);
    lk_params_free(p);
    lk_matrix_free(m);
}

static void test_early_stop(void **state)
{
    struct lk_matrix *m = make(ROWS, 0);
    struct lk_params *p = params("reg:squarederror", "mae,rmse");
    struct gbt_cv_options o = {.folds = 4, .rounds = 300, .early_stop = 5, .threads = 1};
    struct gbt_cv *one = NULL, *four = NULL;
    struct lk_error err;

    (void)state;
    assert_ok(lk_params_set(p, "eta", "0.5", &err), &err);
    assert_ok(gbt_cv_run(&one, m, p, &o, &err), &err);
    o.threads = 4;
    assert_ok(gbt_cv_run(&four, m, p, &o, &err), &err);
    assert_string_equal(one->metric[one->watched], "rmse");
    assert_string_equal(one->data[one->watched], "test");
    assert_true(one->rounds < 100);
    assert_int_equal(one->best + 6, one->rounds);
    for (size_t r = 0; r < one->rounds; r++)
        assert_true(gbt_cv_mean(one, r, one->watched) >= gbt_cv_mean(one, one->best, one->watched));
    assert_int_equal(one->rounds, four->rounds);
    assert_memory_equal(one->value, four->value,
                        one->rounds * one->series * one->folds * sizeof *one->value);
    gbt_cv_free(one);
    gbt_cv_free(four);
    lk_params_free(p);
    lk_matrix_free(m);
}

/* A class that one training part lacks still counts. */
static void test_rare_class(void **state)
{
    struct lk_matrix *m = make(60, 2);
    struct lk_params *p = params("multi:softprob", "mlogloss");
    struct gbt_cv_options o = {.folds = 3, .rounds = 3};
    struct gbt_cv *cv = NULL;
    struct lk_error err;

    (void)state;
    m->labels[17] = 2;
    assert_ok(gbt_cv_run(&cv, m, p, &o, &err), &err);
    assert_true(isfinite(gbt_cv_mean(cv, 2, 1)));
    gbt_cv_free(cv);
    o.metric = "auc";
    assert_int_equal(gbt_cv_run(&cv, m, p, &o, &err), LK_EUSE);
    assert_non_null(strstr(err.text, "was not measured"));
    lk_params_free(p);
    lk_matrix_free(m);
}

static void test_take_column(void **state)
{
    static const float values[] = {1, 2, 3, 4, 5, 6};
    static const char *const names[] = {"a", "patient", "b"};
    struct lk_matrix *m;
    struct lk_error err;
    float *taken;

    (void)state;
    assert_ok(lk_matrix_new(&m, values, 2, 3, NAN, &err), &err);
    assert_ok(lk_matrix_set_names(m, names, &err), &err);
    assert_int_equal(gbt_matrix_take_column(&taken, m, "pateint", &err), LK_EUSE);
    assert_non_null(strstr(err.text, "did you mean 'patient'"));
    assert_ok(gbt_matrix_take_column(&taken, m, "patient", &err), &err);
    assert_true(taken[0] == 2 && taken[1] == 5);
    assert_int_equal(m->columns, 2);
    assert_true(m->values[0] == 1 && m->values[1] == 3 && m->values[2] == 4 && m->values[3] == 6);
    assert_string_equal(m->names[1], "b");
    free(taken);
    lk_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strata),           cmocka_unit_test(test_groups),
        cmocka_unit_test(test_queries),          cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_against_training), cmocka_unit_test(test_early_stop),
        cmocka_unit_test(test_rare_class),       cmocka_unit_test(test_take_column),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
