/*
 * Training as a user relies on it: the same bytes at any thread count, going
 * on and resuming give what one go gives, early stopping stops where it should,
 * callbacks stop too, samples are samples, bad input is refused with its place.
 */
#include "base/file.h"
#include "gbt/model.h"
#include "gbt/random.h"
#include "unit/unit.h"

#include <math.h>
#include <unistd.h>

enum { COLUMNS = 5 };

static struct lk_matrix *make(size_t rows, uint64_t seed, bool binary)
{
    float *values = test_calloc(rows * COLUMNS, sizeof *values);
    float *labels = test_calloc(rows, sizeof *labels);
    struct lk_matrix *m;
    struct lk_error err;

    for (size_t r = 0; r < rows; r++) {
        double y = gbt_draw(seed, r * 50);

        for (size_t f = 0; f < COLUMNS; f++) {
            values[r * COLUMNS + f] = (float)gbt_draw(seed, r * 50 + f + 1);
            y += sin(6 * (double)values[r * COLUMNS + f]) / (double)(f + 1);
        }
        labels[r] = binary ? y > 0.8 : (float)y;
    }
    assert_ok(lk_matrix_new(&m, values, rows, COLUMNS, NAN, &err), &err);
    assert_ok(lk_matrix_set_field(m, "label", labels, 1, &err), &err);
    test_free(values);
    test_free(labels);
    return m;
}

/* "name=value name=value" */
static struct lk_params *params(const char *text)
{
    struct lk_params *p = lk_params_new();
    struct slice rest = slice_of(text), one;
    struct lk_error err;

    while (rest.len && slice_split(&rest, ' ', &one)) {
        size_t eq = slice_find(one, '=');
        char name[64], value[64];

        snprintf(name, sizeof name, "%.*s", (int)eq, one.ptr);
        snprintf(value, sizeof value, "%.*s", (int)(one.len - eq - 1), one.ptr + eq + 1);
        assert_ok(lk_params_set(p, name, value, &err), &err);
    }
    return p;
}

static struct lk_model *train(const struct lk_matrix *m, const char *text,
                              struct lk_train_options o)
{
    struct lk_params *p = params(text);
    struct lk_model *model = NULL;
    struct lk_error err;

    assert_ok(lk_train(&model, m, p, &o, &err), &err);
    lk_params_free(p);
    return model;
}

static void same_models(const struct lk_model *a, const struct lk_model *b)
{
    struct str x = STR_INIT, y = STR_INIT;

    gbt_model_print(&x, a, LK_JSON);
    gbt_model_print(&y, b, LK_JSON);
    assert_true(x.len > 300);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.ptr, y.ptr, x.len);
    str_done(&x);
    str_done(&y);
}

static void threads_do_not_matter(void **state)
{
    static const char *const settings[] = {
        "objective=binary:logistic max_depth=8",
        "objective=binary:logistic grow_policy=lossguide max_leaves=50 max_depth=0",
        "objective=binary:logistic subsample=0.5 colsample_bytree=0.6 colsample_bynode=0.7",
        "objective=binary:logistic booster=dart rate_drop=0.3",
        "objective=binary:logistic booster=gblinear",
        "num_parallel_tree=3 subsample=0.6",
    };
    struct lk_matrix *small = make(3000, 1, true), *large = make(70000, 2, true);

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const struct lk_matrix *m = i ? small : large; /* the first with packed histograms */
        struct lk_model *one = train(m, settings[i], (struct lk_train_options){.threads = 1});
        struct lk_model *five = train(m, settings[i], (struct lk_train_options){.threads = 5});

        same_models(one, five);
        lk_model_free(one);
        lk_model_free(five);
    }
    lk_matrix_free(small);
    lk_matrix_free(large);
}

static void going_on_is_one_go(void **state)
{
    struct lk_matrix *m = make(2000, 3, true);
    const char *p = "objective=binary:logistic subsample=0.7 colsample_bylevel=0.5 seed=5";
    struct lk_model *all = train(m, p, (struct lk_train_options){.rounds = 9});
    struct lk_model *half = train(m, p, (struct lk_train_options){.rounds = 4});
    struct lk_model *rest = train(m, p, (struct lk_train_options){.rounds = 5, .start = half});

    assert_int_equal(lk_model_rounds(rest), 9);
    same_models(all, rest);
    lk_model_free(all);
    lk_model_free(half);
    lk_model_free(rest);
    lk_matrix_free(m);
}

static bool stop_at_three(void *ctx, const struct lk_round *r)
{
    ++*(int *)ctx;
    return r->round < 2;
}

static void a_callback_stops(void **state)
{
    struct lk_matrix *m = make(500, 4, false);
    int calls = 0;
    struct lk_model *model = train(
        m, "", (struct lk_train_options){.rounds = 20, .on_round = stop_at_three, .ctx = &calls});

    assert_int_equal(calls, 3);
    assert_int_equal(lk_model_rounds(model), 3);
    lk_model_free(model);
    lk_matrix_free(m);
}

struct history {
    double value[500];
    size_t rounds;
};

static bool remember(void *ctx, const struct lk_round *r)
{
    struct history *h = ctx;

    assert_int_equal(r->metrics, 4); /* two sets, two metrics */
    assert_string_equal(r->data[3], "valid");
    assert_string_equal(r->metric[3], "logloss");
    h->value[h->rounds++] = r->value[3];
    return true;
}

static void early_stopping_stops(void **state)
{
    struct lk_matrix *m = make(400, 5, true), *valid = make(400, 6, true);
    const struct lk_matrix *sets[] = {m, valid};
    const char *names[] = {"train", "valid"};
    struct history h = {.rounds = 0};
    struct lk_model *model =
        train(m, "objective=binary:logistic eval_metric=error eval_metric=logloss",
              (struct lk_train_options){.rounds = 500,
                                        .early_stop = 7,
                                        .evals = sets,
                                        .eval_names = names,
                                        .eval_count = 2,
                                        .on_round = remember,
                                        .ctx = &h});
    size_t best = 0;

    for (size_t i = 1; i < h.rounds; i++)
        best = h.value[i] < h.value[best] ? i : best;
    assert_true(h.rounds < 500 && h.rounds > 10);
    assert_int_equal(lk_model_best_round(model), best);
    assert_int_equal(h.rounds, best + 7 + 1);
    lk_model_free(model);
    lk_matrix_free(m);
    lk_matrix_free(valid);
}

static void resumes(const char *p)
{
    char folder[] = "/tmp/labkit-checkpoint-XXXXXX";
    struct lk_matrix *m = make(1500, 7, true), *other = make(1500, 8, true);
    struct lk_model *all = train(m, p, (struct lk_train_options){.rounds = 8});
    struct lk_params *same = params(p);
    struct lk_train_options o = {.rounds = 3, .checkpoint = folder};
    struct lk_model *part, *rest, *none = NULL;
    struct lk_error err;
    char *unfinished;

    assert_non_null(mkdtemp(folder));
    part = train(m, p, o);
    unfinished =
        path_join(folder, "labkit-checkpoint.json.part-xyz123"); /* of one that was killed */
    assert_ok(file_write(unfinished, slice_of("{"), &err), &err);
    o.rounds = 8;
    rest = train(m, p, o);
    same_models(all, rest);
    assert_int_equal(file_stat(unfinished).kind, FILE_NONE);
    free(unfinished);
    lk_model_free(rest);
    rest = train(m, p, o); /* there is nothing left to do */
    same_models(all, rest);
    /* Other data or parameters are not mixed into it. */
    assert_int_equal(lk_train(&none, other, same, &o, &err), LK_EUSE);
    assert_non_null(strstr(err.text, "other data or parameters"));
    assert_ok(lk_params_set(same, "eta", "0.1", &err), &err);
    assert_int_equal(lk_train(&none, m, same, &o, &err), LK_EUSE);
    assert_null(none);
    assert_ok(file_remove(folder, &err), &err);
    lk_params_free(same);
    lk_model_free(all);
    lk_model_free(part);
    lk_model_free(rest);
    lk_matrix_free(m);
    lk_matrix_free(other);
}

static void a_checkpoint_is_resumed(void **state)
{
    resumes("objective=binary:logistic subsample=0.8");
    resumes("booster=dart rate_drop=0.5 eta=0.7");
    resumes("booster=dart rate_drop=0.3 one_drop=1 normalize_type=forest num_parallel_tree=2");
    resumes("booster=gblinear");
}

/* Root-mean-square error on the training rows. */
static double error_of(const struct lk_model *model, const struct lk_matrix *m)
{
    float *p = test_calloc(m->rows, sizeof *p);
    struct lk_error err;
    double sum = 0;

    assert_ok(lk_predict_matrix(model, m, NULL, p, &err), &err);
    for (size_t i = 0; i < m->rows; i++)
        sum += ((double)p[i] - (double)m->labels[i]) * ((double)p[i] - (double)m->labels[i]);
    test_free(p);
    return sqrt(sum / (double)m->rows);
}

static void samples_and_drops_still_learn(void **state)
{
    static const char *const settings[] = {
        "subsample=0.5",
        "colsample_bytree=0.5",
        "colsample_bylevel=0.5",
        "colsample_bynode=0.5",
        "booster=dart rate_drop=0.1",
        "booster=dart rate_drop=0.1 sample_type=weighted one_drop=1",
        "booster=dart rate_drop=0.2 normalize_type=forest skip_drop=0.5",
    };
    struct lk_matrix *m = make(2000, 9, false);
    struct lk_model *plain = train(m, "seed=1", (struct lk_train_options){.rounds = 30});
    double full = error_of(plain, m);

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct lk_model *model = train(m, settings[i], (struct lk_train_options){.rounds = 30});

        assert_true(error_of(model, m) < 1.8 * full);
        assert_true(fabs(error_of(model, m) - full) > 1e-9); /* and it is not the same model */
        lk_model_free(model);
    }
    lk_model_free(plain);
    lk_matrix_free(m);
}

/* A sampled forest without boosting: margins that training kept are those of the model. */
static void margins_follow_the_model(void **state)
{
    static const char *const settings[] = {
        "subsample=0.6 eval_metric=rmse", "booster=dart rate_drop=0.4 eval_metric=rmse",
        "booster=gblinear eval_metric=rmse", "num_parallel_tree=4 subsample=0.5 eval_metric=rmse"};
    struct lk_matrix *m = make(1200, 10, false);

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct lk_params *p = params(settings[i]);
        struct lk_model *model = train(m, settings[i], (struct lk_train_options){.rounds = 6});
        double before = error_of(model, m);
        struct lk_model *again = train(m, settings[i], (struct lk_train_options){.rounds = 6});

        assert_true(before > 0 && before == error_of(again, m));
        lk_model_free(model);
        lk_model_free(again);
        lk_params_free(p);
    }
    lk_matrix_free(m);
}

/* ---- bad input ------------------------------------------------------------------ */

static void refuse(const struct lk_matrix *m, const char *text, enum lk_status status,
                   const char *part)
{
    struct lk_params *p = params(text);
    struct lk_model *model = NULL;
    struct lk_error err;

    assert_int_equal(lk_train(&model, m, p, NULL, &err), status);
    assert_null(model);
    if (!strstr(err.text, part))
        fail_msg("'%s' does not say '%s'", err.text, part);
    lk_params_free(p);
}

static void bad_input_is_refused(void **state)
{
    struct lk_matrix *m = make(50, 11, true), *none = make(0, 1, true);

    refuse(none, "", LK_EINPUT, "no rows");
    refuse(m, "monotone_constraints=(1,0,0,0,0,1)", LK_EUSE, "6 entries");
    refuse(m, "monotone_constraints=(2,0)", LK_EUSE, "-1, 0 or 1");
    refuse(m, "interaction_constraints=[[0,7]]", LK_EUSE, "feature 7");
    refuse(m, "interaction_constraints=[[0,", LK_EUSE, "cannot be read");
    refuse(m, "max_depth=0", LK_EUSE, "max_leaves");
    refuse(m, "objective=binary:logistc", LK_EUSE, "binary:logistic");
    refuse(m, "eval_metric=acu", LK_EUSE, "auc");
    refuse(m, "early_stopping_rounds=3", LK_EUSE, "evaluation set");
    m->labels[30] = NAN;
    refuse(m, "", LK_EINPUT, "row 31");
    m->labels[30] = INFINITY;
    refuse(m, "", LK_EINPUT, "row 31");
    m->labels[30] = 2;
    refuse(m, "objective=binary:logistic", LK_EINPUT, "row 31");
    refuse(m, "objective=multi:softprob num_class=2", LK_EINPUT, "num_class=2");
    m->labels[30] = 1;
    m->values[12 * COLUMNS + 3] = INFINITY;
    refuse(m, "", LK_EINPUT, "row 13, column 3");
    m->values[12 * COLUMNS + 3] = 0;
    m->weights = calloc(50, sizeof *m->weights);
    m->weights[4] = -1;
    refuse(m, "", LK_EINPUT, "row 5");
    lk_matrix_free(m);
    lk_matrix_free(none);
}

static void odd_columns_train(void **state)
{
    struct lk_matrix *m = make(200, 12, false), *one;
    struct lk_model *model;

    for (size_t r = 0; r < m->rows; r++) {
        m->values[r * COLUMNS] = 7;       /* constant */
        m->values[r * COLUMNS + 1] = NAN; /* nothing but missing */
    }
    model = train(m, "", (struct lk_train_options){.rounds = 5});
    for (size_t k = 0; k < model->tree_count; k++)
        for (int32_t i = 0; i < model->trees[k].nodes; i++)
            assert_true(model->trees[k].left[i] < 0 || model->trees[k].feature[i] >= 2);
    lk_model_free(model);
    one = make(1, 13, false);
    model = train(one, "", (struct lk_train_options){.rounds = 2});
    assert_int_equal(model->trees[0].nodes, 1);
    lk_model_free(model);
    lk_matrix_free(m);
    lk_matrix_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_matter),    cmocka_unit_test(going_on_is_one_go),
        cmocka_unit_test(a_callback_stops),         cmocka_unit_test(early_stopping_stops),
        cmocka_unit_test(a_checkpoint_is_resumed),  cmocka_unit_test(samples_and_drops_still_learn),
        cmocka_unit_test(margins_follow_the_model), cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(odd_columns_train),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
