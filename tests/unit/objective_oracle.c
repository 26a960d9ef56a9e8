/*
 * Objectives and metrics with the real XGBoost 1.7.4 as judge: the same data
 * and parameters must give the same margins, and a model of XGBoost's the same
 * value of every metric.
 */
#include "unit/unit.h"

#include <math.h>
#include <unistd.h>
#include <xgboost/c_api.h>

enum { ROWS = 600, COLUMNS = 5, ROUNDS = 5, QUERIES = 30 };

static void xgb(int code)
{
    if (code)
        fail_msg("libxgboost: %s", XGBGetLastError());
}

/* ---- data ---- */

static uint32_t state;

static float chance(void) /* in [0, 1) */
{
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / 16777216.0f;
}

struct data {
    float x[ROWS * COLUMNS], y[ROWS], w[ROWS], lower[ROWS], upper[ROWS];
    struct lk_matrix *ours;
    DMatrixHandle theirs;
};

enum label { NUMBER, POSITIVE, BINARY, CLASS, COUNT, TIME, BOUNDS, SHARE };

static float make_label(enum label kind, float s)
{
    switch (kind) {
    case NUMBER:
        return 3 * s - 2;
    case POSITIVE:
        return 0.1f + s * s;
    case BINARY:
        return s > 1.2f;
    case CLASS:
        return floorf(fminf(s * 1.3f, 2));
    case COUNT:
        return floorf(s * s * 2);
    case TIME:
        return (chance() < 0.3f ? -1.0f : 1.0f) * (1 + floorf(20 * s));
    case SHARE:
        return s / 4;
    default:
        return 0;
    }
}

/* Values on a grid of 64, so that cuts are exact. */
static struct data *make(enum label kind, bool weights)
{
    struct data *d = test_calloc(1, sizeof *d);
    struct lk_error err = {0};

    state = 7;
    for (size_t i = 0; i < ROWS; i++) {
        float s = 0;

        for (size_t c = 0; c < COLUMNS; c++)
            d->x[i * COLUMNS + c] = floorf(chance() * 64) / 64;
        s = d->x[i * COLUMNS] + d->x[i * COLUMNS + 1] * d->x[i * COLUMNS + 2] + chance() * 0.8f;
        d->y[i] = make_label(kind, s);
        d->w[i] = 0.25f + floorf(chance() * 8) / 4;
        d->lower[i] = 1 + floorf(10 * s);
        d->upper[i] = i % 3 == 0 ? d->lower[i] : i % 3 == 1 ? INFINITY : d->lower[i] + 5;
        if (i % 7 == 6) {
            d->upper[i] = d->lower[i];
            d->lower[i] = 0;
        }
    }
    assert_ok(lk_matrix_new(&d->ours, d->x, ROWS, COLUMNS, NAN, &err), &err);
    xgb(XGDMatrixCreateFromMat(d->x, ROWS, COLUMNS, NAN, &d->theirs));
    if (kind == BOUNDS) {
        assert_ok(lk_matrix_set_field(d->ours, "lower", d->lower, 1, &err), &err);
        assert_ok(lk_matrix_set_field(d->ours, "upper", d->upper, 1, &err), &err);
        xgb(XGDMatrixSetFloatInfo(d->theirs, "label_lower_bound", d->lower, ROWS));
        xgb(XGDMatrixSetFloatInfo(d->theirs, "label_upper_bound", d->upper, ROWS));
    } else {
        assert_ok(lk_matrix_set_field(d->ours, "label", d->y, 1, &err), &err);
        xgb(XGDMatrixSetFloatInfo(d->theirs, "label", d->y, ROWS));
    }
    if (weights) {
        assert_ok(lk_matrix_set_field(d->ours, "weight", d->w, 1, &err), &err);
        xgb(XGDMatrixSetFloatInfo(d->theirs, "weight", d->w, ROWS));
    }
    return d;
}

static void done(struct data *d)
{
    lk_matrix_free(d->ours);
    xgb(XGDMatrixFree(d->theirs));
    test_free(d);
}

/* ---- both trained ---- */

struct job {
    const char *objective;
    enum label label;
    const char *set[3][2];
    const char *metrics[8];
};

static BoosterHandle train_theirs(const struct job *j, const struct data *d)
{
    BoosterHandle b;

    xgb(XGBoosterCreate(&d->theirs, 1, &b));
    xgb(XGBoosterSetParam(b, "objective", j->objective));
    xgb(XGBoosterSetParam(b, "tree_method", "hist"));
    xgb(XGBoosterSetParam(b, "base_score", "0.5"));
    xgb(XGBoosterSetParam(b, "max_depth", "3"));
    xgb(XGBoosterSetParam(b, "nthread", "1"));
    for (size_t i = 0; i < 3 && j->set[i][0]; i++)
        xgb(XGBoosterSetParam(b, j->set[i][0], j->set[i][1]));
    for (size_t i = 0; i < 8 && j->metrics[i]; i++)
        xgb(XGBoosterSetParam(b, "eval_metric", j->metrics[i]));
    for (int r = 0; r < ROUNDS; r++)
        xgb(XGBoosterUpdateOneIter(b, r, d->theirs));
    return b;
}

static struct lk_model *train_ours(const struct job *j, const struct data *d, int threads)
{
    struct lk_params *p = lk_params_new();
    struct lk_train_options o = {.rounds = ROUNDS, .threads = threads};
    struct lk_model *m = NULL;
    struct lk_error err = {0};

    assert_ok(lk_params_set(p, "objective", j->objective, &err), &err);
    assert_ok(lk_params_set(p, "base_score", "0.5", &err), &err);
    assert_ok(lk_params_set(p, "max_depth", "3", &err), &err);
    if (!strcmp(j->objective, "reg:absoluteerror")) /* newer versions have another loss */
        assert_ok(lk_params_set(p, "xgboost_rules", "1.7", &err), &err);
    for (size_t i = 0; i < 3 && j->set[i][0]; i++)
        assert_ok(lk_params_set(p, j->set[i][0], j->set[i][1], &err), &err);
    assert_ok(lk_train(&m, d->ours, p, &o, &err), &err);
    lk_params_free(p);
    return m;
}

static const struct job jobs[] = {
    {"reg:squarederror", NUMBER, {{"eta", "0.3"}}, {"rmse", "mae", "mape", "mphe"}},
    {"reg:squaredlogerror", POSITIVE, {{"eta", "0.3"}}, {"rmsle"}},
    {"reg:logistic", SHARE, {{"eta", "0.3"}}, {"rmse", "logloss"}},
    {"reg:pseudohubererror", NUMBER, {{"huber_slope", "0.7"}}, {"mphe"}},
    {"reg:gamma", POSITIVE, {{"eta", "0.3"}}, {"gamma-nloglik", "gamma-deviance"}},
    {"reg:tweedie",
     COUNT,
     {{"tweedie_variance_power", "1.3"}},
     {"tweedie-nloglik@1.3", "poisson-nloglik"}},
    {"binary:logistic",
     BINARY,
     {{"scale_pos_weight", "2.5"}},
     {"logloss", "error", "error@0.7", "auc", "aucpr"}},
    {"binary:logitraw", BINARY, {{"eta", "0.5"}}, {"auc", "aucpr"}},
    {"binary:hinge", BINARY, {{"eta", "0.3"}}, {"error"}},
    {"count:poisson", COUNT, {{"max_delta_step", "0.7"}}, {"poisson-nloglik", "rmse"}},
    {"multi:softprob", CLASS, {{"num_class", "3"}}, {"mlogloss", "merror", "auc", "aucpr"}},
    {"multi:softmax", CLASS, {{"num_class", "3"}}, {"mlogloss", "merror"}},
    {"survival:cox", TIME, {{"eta", "0.3"}}, {"cox-nloglik"}},
    {"survival:aft",
     BOUNDS,
     {{"aft_loss_distribution", "normal"}, {"aft_loss_distribution_scale", "1.2"}},
     {"aft-nloglik", "interval-regression-accuracy"}},
    {"survival:aft",
     BOUNDS,
     {{"aft_loss_distribution", "logistic"}, {"aft_loss_distribution_scale", "0.8"}},
     {"aft-nloglik"}},
    {"survival:aft",
     BOUNDS,
     {{"aft_loss_distribution", "extreme"}, {"aft_loss_distribution_scale", "1.5"}},
     {"aft-nloglik"}},
    {"reg:absoluteerror", NUMBER, {{"eta", "0.2"}}, {"mae"}},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

static void same_margins(const struct job *j, bool weights)
{
    struct data *d = make(j->label, weights);
    BoosterHandle b = train_theirs(j, d);
    struct lk_predict_options o = {.kind = LK_MARGIN, .threads = 1};
    struct lk_model *one = train_ours(j, d, 1), *two = train_ours(j, d, 2);
    float *ours, *again;
    const float *theirs;
    struct lk_error err = {0};
    bst_ulong n;

    xgb(XGBoosterPredict(b, d->theirs, 1, 0, 0, &n, &theirs));
    assert_int_equal(n, ROWS * lk_predict_width(one, &o));
    ours = test_malloc(n * sizeof *ours);
    again = test_malloc(n * sizeof *again);
    assert_ok(lk_predict_matrix(one, d->ours, &o, ours, &err), &err);
    assert_ok(lk_predict_matrix(two, d->ours, &o, again, &err), &err);
    for (size_t i = 0; i < n; i++) {
        if (!(fabsf(ours[i] - theirs[i]) <= 2e-5f * (1 + fabsf(theirs[i]))))
            fail_msg("%s%s: output %zu is %.9g, XGBoost's is %.9g", j->objective,
                     weights ? " with weights" : "", i, (double)ours[i], (double)theirs[i]);
        if (memcmp(&ours[i], &again[i], sizeof *ours))
            fail_msg("%s: output %zu depends on the number of threads", j->objective, i);
    }
    test_free(ours);
    test_free(again);
    lk_model_free(one);
    lk_model_free(two);
    xgb(XGBoosterFree(b));
    done(d);
}

static void trains_the_same(void **s)
{
    for (size_t i = 0; i < JOBS; i++) {
        same_margins(&jobs[i], false);
        same_margins(&jobs[i], true);
    }
}

/* ---- metrics ---- */

static double theirs_of(const char *line, const char *metric)
{
    char key[64];
    const char *at;

    snprintf(key, sizeof key, "eval-%s:", metric);
    at = strstr(line, key);
    if (!at)
        fail_msg("no %s in '%s'", key, line);
    return strtod(at + strlen(key), NULL);
}

static void same_metrics(const struct job *j, bool weights)
{
    struct data *d = make(j->label, weights);
    BoosterHandle b = train_theirs(j, d);
    const char *name = "eval", *line, *bytes;
    struct lk_model *m = NULL;
    struct lk_error err = {0};
    bst_ulong len;

    xgb(XGBoosterSaveModelToBuffer(b, "{\"format\":\"json\"}", &len, &bytes));
    assert_ok(lk_model_parse(&m, bytes, len, "theirs", &err), &err);
    xgb(XGBoosterEvalOneIter(b, ROUNDS, &d->theirs, &name, 1, &line));
    for (size_t i = 0; i < 8 && j->metrics[i]; i++) {
        double theirs = theirs_of(line, j->metrics[i]), ours = 0;

        assert_ok(lk_evaluate(&ours, m, d->ours, j->metrics[i], 2, &err), &err);
        if (!(fabs(ours - theirs) <= 2e-6 * (1e-3 + fabs(theirs))))
            fail_msg("%s%s, %s: %.12g, XGBoost's is %.12g", j->objective,
                     weights ? " with weights" : "", j->metrics[i], ours, theirs);
    }
    lk_model_free(m);
    xgb(XGBoosterFree(b));
    done(d);
}

static void measures_the_same(void **s)
{
    for (size_t i = 0; i < JOBS; i++) {
        same_metrics(&jobs[i], false);
        same_metrics(&jobs[i], true);
    }
}

/* Queries of twenty rows; XGBoost 1.7.4 takes unweighted means over them. */
static void ranks_the_same(void **s)
{
    static const struct job j = {"rank:pairwise",
                                 BINARY,
                                 {{"eta", "0.3"}},
                                 {"ndcg", "ndcg@5", "ndcg@5-", "map", "pre@4", "auc"}};
    struct data *d = make(j.label, false);
    float ids[ROWS];
    unsigned sizes[QUERIES];
    BoosterHandle b;
    const char *name = "eval", *line, *bytes;
    struct lk_model *m = NULL;
    struct lk_error err = {0};
    bst_ulong len;

    for (size_t i = 0; i < ROWS; i++)
        ids[i] = (float)(i / (ROWS / QUERIES));
    for (size_t i = 0; i < QUERIES; i++)
        sizes[i] = ROWS / QUERIES;
    assert_ok(lk_matrix_set_field(d->ours, "query", ids, 1, &err), &err);
    xgb(XGDMatrixSetUIntInfo(d->theirs, "group", sizes, QUERIES));
    b = train_theirs(&j, d);
    xgb(XGBoosterSaveModelToBuffer(b, "{\"format\":\"json\"}", &len, &bytes));
    assert_ok(lk_model_parse(&m, bytes, len, "theirs", &err), &err);
    xgb(XGBoosterEvalOneIter(b, ROUNDS, &d->theirs, &name, 1, &line));
    for (size_t i = 0; i < 8 && j.metrics[i]; i++) {
        double theirs = theirs_of(line, j.metrics[i]), ours = 0;

        assert_ok(lk_evaluate(&ours, m, d->ours, j.metrics[i], 1, &err), &err);
        if (!(fabs(ours - theirs) <= 2e-6 * (1e-3 + fabs(theirs))))
            fail_msg("%s: %.12g, XGBoost's is %.12g", j.metrics[i], ours, theirs);
    }
    lk_model_free(m);
    xgb(XGBoosterFree(b));
    done(d);
}

/* Ranking learns the order: each objective ends near the best, from scores that know nothing. */
static void learns_to_rank(void **s)
{
    static const char *const names[] = {"rank:ndcg", "rank:map", "rank:pairwise"};
    static const char *const methods[] = {"topk", "mean"};
    struct data *d = make(BINARY, false);
    float ids[ROWS];
    struct lk_error err = {0};

    for (size_t i = 0; i < ROWS; i++)
        ids[i] = (float)(i / (ROWS / QUERIES));
    assert_ok(lk_matrix_set_field(d->ours, "query", ids, 1, &err), &err);
    for (size_t i = 0; i < 6; i++) {
        struct job j = {names[i / 2], BINARY, {{"lambdarank_pair_method", methods[i % 2]}}, {NULL}};
        struct lk_model *m = train_ours(&j, d, 2), *one = train_ours(&j, d, 1);
        double ndcg = 0, same = 0;

        assert_ok(lk_evaluate(&ndcg, m, d->ours, "ndcg", 1, &err), &err);
        assert_ok(lk_evaluate(&same, one, d->ours, "ndcg", 1, &err), &err);
        assert_memory_equal(&ndcg, &same, sizeof ndcg);
        if (!(ndcg > 0.9))
            fail_msg("%s by %s: ndcg is only %g", j.objective, methods[i % 2], ndcg);
        lk_model_free(m);
        lk_model_free(one);
    }
    done(d);
}

static void names_the_row(void **s)
{
    static const struct {
        const char *objective, *says;
        float label;
    } cases[] = {
        {"binary:logistic", "row 4: the label is 2, and binary:logistic needs from 0 to 1", 2},
        {"reg:gamma", "row 4: the label is 0, and reg:gamma needs above 0", 0},
        {"count:poisson", "row 4: the label is -1, and count:poisson needs 0 or above", -1},
        {"reg:squaredlogerror", "row 4: the label is -1, and reg:squaredlogerror needs above -1",
         -1},
        {"reg:squarederror", "row 4: the label is inf, and reg:squarederror needs a finite number",
         INFINITY},
        {"rank:ndcg", "row 4: the label is 0.5, and rank:ndcg needs a degree of relevance", 0.5f},
    };
    struct lk_error err = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct data *d = make(POSITIVE, false);
        struct lk_params *p = lk_params_new();
        struct lk_model *m = NULL;

        for (size_t r = 0; r < ROWS; r++)
            d->y[r] = r % 2 + (cases[i].objective[4] == 'g' && cases[i].objective[0] == 'r');
        d->y[3] = cases[i].label;
        assert_ok(lk_matrix_set_field(d->ours, "label", d->y, 1, &err), &err);
        assert_ok(lk_params_set(p, "objective", cases[i].objective, &err), &err);
        assert_int_equal(lk_train(&m, d->ours, p, NULL, &err), LK_EINPUT);
        assert_null(m);
        if (strncmp(err.text, cases[i].says, strlen(cases[i].says)))
            fail_msg("'%s' does not begin with '%s'", err.text, cases[i].says);
        lk_params_free(p);
        done(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trains_the_same), cmocka_unit_test(measures_the_same),
        cmocka_unit_test(ranks_the_same),  cmocka_unit_test(learns_to_rank),
        cmocka_unit_test(names_the_row),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
