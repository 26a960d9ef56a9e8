/*
 * What XGBoost 3.4 brought and no library here can judge: absolute error that
 * is rounded at its corner, quantiles that are put in order, and rankings that
 * allow for what was shown first. Each against its formula, or what it is for.
 */
#include "base/mem.h"
#include "gbt/model.h"
#include "gbt/objective.h"
#include "gbt/random.h"
#include "unit/unit.h"

#include <math.h>

static struct lk_params *params(const char *const *set)
{
    struct lk_params *p = lk_params_new();
    struct lk_error err;

    for (; *set; set += 2)
        assert_ok(lk_params_set(p, set[0], set[1], &err), &err);
    return p;
}

static struct lk_matrix *matrix(const float *x, const float *y, size_t rows, size_t columns)
{
    struct lk_matrix *m;
    struct lk_error err;

    assert_ok(lk_matrix_new(&m, x, rows, columns, NAN, &err), &err);
    assert_ok(lk_matrix_set_field(m, "label", y, 1, &err), &err);
    return m;
}

static struct lk_model *train(const struct lk_matrix *m, const char *const *set, size_t rounds)
{
    struct lk_train_options o = {.rounds = rounds, .threads = 2};
    struct lk_params *p = params(set);
    struct lk_model *model = NULL;
    struct lk_error err;

    assert_ok(lk_train(&model, m, p, &o, &err), &err);
    lk_params_free(p);
    return model;
}

/* ---- absolute error ------------------------------------------------------------- */

/* g = w r b, h = w b, b = S / sqrt(S^2 + r^2), S = (sum w sqrt|r| / sum w)^2 */
static void test_absolute_gradients(void **state)
{
    static const float x[6] = {0}, y[6] = {1, 2, 3, 4, 5, 100}, w[6] = {1, 2, 0.5f, 1, 0, 3};
    struct lk_matrix *m = matrix(x, y, 6, 1);
    struct gbt_objective_params p;
    struct gbt_gradient out[6];
    struct pool *pool = pool_new(2);
    struct gbt_task *t;
    struct lk_error err;
    float margins[6];
    double root = 0, weight = 0, scale;

    (void)state;
    assert_ok(lk_matrix_set_field(m, "weight", w, 1, &err), &err);
    gbt_objective_params_init(&p);
    assert_ok(gbt_task_new(&t, gbt_objective_find("reg:absoluteerror"), &p, m, &err), &err);
    for (int i = 0; i < 6; i++) {
        margins[i] = 2.5f + (float)i;
        root += (double)w[i] * sqrt(fabs((double)(margins[i] - y[i])));
        weight += (double)w[i];
    }
    scale = pow(root / weight, 2);
    gbt_task_gradients(t, out, margins, pool);
    for (int i = 0; i < 6; i++) {
        double r = (double)(margins[i] - y[i]), b = scale / hypot(scale, r);

        assert_true(fabs((double)out[i].g - (double)w[i] * r * b) < 1e-5);
        assert_true(fabs((double)out[i].h - (double)w[i] * b) < 1e-6);
    }
    gbt_task_free(t);
    pool_free(pool);
    lk_matrix_free(m);
}

static double mean_error(const float *y, size_t n, double at)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += fabs((double)y[i] - at);
    return sum / (double)n;
}

/* With nothing to split by, rounds go towards the median; the base score is on the way there. */
static void test_absolute_median(void **state)
{
    static const char *const set[] = {"objective", "reg:absoluteerror", "eta", "1", "lambda", "0",
                                      NULL};
    enum { N = 401 };
    float x[N] = {0}, y[N], out[N];
    struct lk_matrix *m;
    struct lk_model *model;
    struct lk_error err;
    double mean = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        y[i] = (float)exp(4 * gbt_draw(3, (uint64_t)i)); /* a long tail */
        mean += (double)y[i] / N;
    }
    m = matrix(x, y, N, 1);
    model = train(m, set, 60);
    assert_true(mean_error(y, N, (double)model->base_score[0]) < mean_error(y, N, mean));
    assert_ok(lk_predict(model, x, N, 1, NULL, out, &err), &err);
    assert_true(mean_error(y, N, (double)out[0]) < mean_error(y, N, (double)model->base_score[0]));
    assert_true(mean_error(y, N, (double)out[0]) < 1.02 * mean_error(y, N, exp(2)));
    lk_model_free(model);
    lk_matrix_free(m);
}

/* ---- quantiles --------------------------------------------------------------------- */

/* Values are in order, margins are as the trees have them, and older files stay as they were. */
static void test_quantiles_in_order(void **state)
{
    static const char *const set[] = {"objective",
                                      "reg:quantileerror",
                                      "max_depth",
                                      "8",
                                      "quantile_alpha",
                                      "[0.45,0.5,0.55]",
                                      "eta",
                                      "1",
                                      "lambda",
                                      "0",
                                      NULL};
    enum { N = 300 };
    float x[2 * N], y[N], value[3 * N], margin[3 * N];
    struct lk_predict_options margins = {.kind = LK_MARGIN};
    struct lk_matrix *m;
    struct lk_model *model, *old;
    struct str text = STR_INIT;
    struct lk_error err;
    char *version;
    int crossed = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        x[2 * i] = (float)gbt_draw(1, (uint64_t)i);
        x[2 * i + 1] = (float)gbt_draw(2, (uint64_t)i);
        y[i] = (float)gbt_draw(3, (uint64_t)i) + x[2 * i];
    }
    m = matrix(x, y, N, 2);
    model = train(m, set, 8);
    assert_ok(lk_predict(model, x, N, 2, NULL, value, &err), &err);
    assert_ok(lk_predict(model, x, N, 2, &margins, margin, &err), &err);
    for (int i = 0; i < N; i++) {
        float *v = value + 3 * i, *g = margin + 3 * i;

        crossed += g[0] > g[1] || g[1] > g[2];
        assert_true(v[0] <= v[1] && v[1] <= v[2]);
        assert_true(fabsf(v[0] + v[1] + v[2] - g[0] - g[1] - g[2]) < 1e-5f);
    }
    assert_true(crossed > 0);
    gbt_model_print(&text, model, LK_JSON);
    version = strstr(text.ptr, "\"version\":[1,7,4]");
    assert_non_null(version);
    memcpy(version, "\"version\":[3,0,5]", 17);
    assert_ok(lk_model_parse(&old, text.ptr, text.len, "old", &err), &err);
    assert_ok(lk_predict(old, x, N, 2, NULL, value, &err), &err);
    assert_memory_equal(value, margin, sizeof value);
    lk_model_free(old);
    str_done(&text);
    lk_model_free(model);
    lk_matrix_free(m);
}

/* ---- clicks -------------------------------------------------------------------------- */

enum { QUERIES = 1500, SHOWN = 8 };

/*
 * Rows are shown in an order that owes more to a feature that means nothing
 * than to relevance; who looks at the k-th place clicks what is relevant.
 */
static void make_clicks(float *x, float *clicks, float *relevant, float *ids)
{
    for (int q = 0; q < QUERIES; q++) {
        double key[SHOWN];
        int order[SHOWN];

        for (int i = 0; i < SHOWN; i++) {
            uint64_t at = (uint64_t)(q * SHOWN + i) * 5;

            key[i] = gbt_draw(7, at);
            order[i] = i;
        }
        for (int i = 0; i < SHOWN; i++)
            for (int j = i + 1; j < SHOWN; j++)
                if (key[order[j]] > key[order[i]]) {
                    int t = order[i];

                    order[i] = order[j];
                    order[j] = t;
                }
        for (int k = 0; k < SHOWN; k++) {
            size_t r = (size_t)(q * SHOWN + k);
            uint64_t at = (uint64_t)(q * SHOWN + order[k]) * 5;
            double good = gbt_draw(7, at + 1);

            x[2 * r] = (float)key[order[k]];
            x[2 * r + 1] = (float)good;
            relevant[r] = gbt_draw(7, at + 2) < good * good;
            clicks[r] = relevant[r] > 0 && gbt_draw(7, at + 3) < 1.0 / (1 + k);
            ids[r] = (float)q;
        }
    }
}

static double ndcg_on(const struct lk_model *model, struct lk_matrix *m, const float *labels)
{
    struct lk_error err;
    double value;

    assert_ok(lk_matrix_set_field(m, "label", labels, 1, &err), &err);
    assert_ok(lk_evaluate(&value, model, m, "ndcg", 1, &err), &err);
    return value;
}

static void test_unbiased(void **state)
{
    static const char *const plain[] = {"objective", "rank:ndcg", "max_depth", "3",
                                        "eta",       "0.2",       NULL};
    static const char *const unbiased[] = {"objective",
                                           "rank:ndcg",
                                           "max_depth",
                                           "3",
                                           "eta",
                                           "0.2",
                                           "lambdarank_unbiased",
                                           "1",
                                           "lambdarank_bias_norm",
                                           "0",
                                           NULL};
    size_t n = QUERIES * SHOWN;
    float *x = mem_calloc(2 * n, sizeof *x), *clicks = mem_calloc(n, sizeof *clicks);
    float *relevant = mem_calloc(n, sizeof *relevant), *ids = mem_calloc(n, sizeof *ids);
    struct lk_train_options again = {.rounds = 2};
    struct lk_matrix *m;
    struct lk_model *a, *b, *c = NULL;
    struct lk_params *p = params(unbiased);
    struct lk_error err;
    double biased, better;

    (void)state;
    make_clicks(x, clicks, relevant, ids);
    m = matrix(x, clicks, n, 2);
    assert_ok(lk_matrix_set_field(m, "query", ids, 1, &err), &err);
    a = train(m, plain, 25);
    b = train(m, unbiased, 25);
    again.start = b;
    assert_int_equal(lk_train(&c, m, p, &again, &err), LK_EUNSUPPORTED);
    biased = ndcg_on(a, m, relevant);
    better = ndcg_on(b, m, relevant);
    if (!(better > biased + 0.005))
        fail_msg("plain %.4f, unbiased %.4f", biased, better);
    lk_params_free(p);
    lk_model_free(a);
    lk_model_free(b);
    lk_matrix_free(m);
    free(x);
    free(clicks);
    free(relevant);
    free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absolute_gradients),
        cmocka_unit_test(test_absolute_median),
        cmocka_unit_test(test_quantiles_in_order),
        cmocka_unit_test(test_unbiased),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
