/*
 * Metrics as XGBoost 1.7.4 and 3.4.1 printed them, round by round, while they
 * trained the fixtures' models: the model's first rounds, scored and judged
 * here, must come to the same figures, on the training rows too where the
 * fixture has them.
 */
#include "unit/fixture.h"

#include "base/number.h"
#include "gbt/metric.h"
#include "gbt/score_internal.h"

enum { COLUMNS_MAX = 16 };

/* evals.csv: "round,train-auc,test-auc", then a line a round. */
struct evals {
    struct str text;
    struct slice rest;
    char *name[COLUMNS_MAX]; /* "train-auc" */
    size_t n;
};

static bool open_evals(struct evals *e, const char *folder)
{
    struct slice line, one;

    *e = (struct evals){.text = STR_INIT};
    char *path = path_join(folder, "evals.csv");
    bool there = !file_read(&e->text, path, 1 << 20, NULL);

    free(path);
    if (!there)
        return false;
    e->rest = slice_str(&e->text);
    assert_true(slice_line(&e->rest, &line) && slice_split(&line, ',', &one));
    while (slice_split(&line, ',', &one))
        e->name[e->n++] = mem_strndup(one.ptr, one.len);
    return true;
}

static void close_evals(struct evals *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->name[i]);
    str_done(&e->text);
}

static double judge(const struct lk_model *m, const struct lk_matrix *rows, const char *metric,
                    size_t end)
{
    struct lk_predict_options o = {.kind = LK_MARGIN, .end = end, .all_rounds = true, .threads = 2};
    float *margins = test_calloc(lk_matrix_rows(rows) * lk_model_groups(m), sizeof *margins);
    struct pool *pool = pool_new(2);
    struct lk_error err = {0};
    double value = NAN;

    assert_ok(lk_predict_matrix(m, rows, &o, margins, &err), &err);
    assert_ok(gbt_metric_compute(&value, metric, margins, lk_model_groups(m), rows,
                                 m->scorer->objective, &m->scorer->params, pool, &err),
              &err);
    test_free(margins);
    pool_free(pool);
    return value;
}

/* Returns how many figures were compared. */
static size_t check_round(const struct lk_model *m, const struct evals *e, struct slice line,
                          const char *where, const struct lk_matrix *train,
                          const struct lk_matrix *test)
{
    struct slice one;
    double round, want;
    size_t done = 0;

    assert_true(slice_split(&line, ',', &one) && number_parse_double(one, &round));
    if (m->tree_weight && (size_t)round + 1 < m->rounds)
        return 0; /* later rounds changed the weights of earlier ones */
    for (size_t i = 0; i < e->n; i++) {
        const struct lk_matrix *rows = !strncmp(e->name[i], "train-", 6) ? train : test;
        const char *metric = strchr(e->name[i], '-') + 1;
        double got;

        assert_true(slice_split(&line, ',', &one) && number_parse_double(one, &want));
        if (!rows)
            continue;
        got = judge(m, rows, metric, (size_t)round + 1);
        if (!(fabs(got - want) <= 2e-6 * (1 + fabs(want))))
            fail_msg("%s: %s after round %g: %.9g here, %.9g in XGBoost", where, e->name[i], round,
                     got, want);
        done++;
    }
    return done;
}

static size_t check_version(const char *name, const char *version, const struct lk_matrix *train,
                            const struct lk_matrix *test)
{
    struct str folder = STR_INIT;
    struct evals e;
    struct slice line;
    size_t done = 0;

    str_printf(&folder, FOLDER "%s/%s", name, version);
    if (open_evals(&e, folder.ptr)) {
        char *path = path_join(folder.ptr, "model.json");
        struct lk_model *m;
        struct lk_error err = {0};

        assert_ok(lk_model_read(&m, path, &err), &err);
        while (slice_line(&e.rest, &line))
            done += check_round(m, &e, line, folder.ptr, train, test);
        lk_model_free(m);
        free(path);
    }
    close_evals(&e);
    str_done(&folder);
    return done;
}

static void every_figure(void **state)
{
    char **names;
    size_t n, done = 0;

    (void)state;
    assert_int_equal(file_list(&names, &n, FOLDER, NULL), LK_OK);
    for (size_t i = 0; i < n; i++) {
        struct str path = STR_INIT;
        struct json *manifest = NULL;
        struct lk_matrix *train = NULL, *test;

        str_printf(&path, FOLDER "%s/test.csv", names[i]);
        if (file_stat(path.ptr).kind == FILE_REGULAR) {
            str_clear(&path);
            str_printf(&path, FOLDER "%s/manifest.json", names[i]);
            if (file_stat(path.ptr).kind == FILE_REGULAR)
                manifest = read_json(names[i], "manifest.json");
            test = read_rows(names[i], "test.csv", manifest);
            str_clear(&path);
            str_printf(&path, FOLDER "%s/train.csv", names[i]);
            if (file_stat(path.ptr).kind == FILE_REGULAR)
                train = read_rows(names[i], "train.csv", manifest);
            done += check_version(names[i], "xgb-1.7.4", train, test);
            done += check_version(names[i], "xgb-3.4.1", train, test);
            if (train)
                free_rows(train);
            free_rows(test);
            json_free(manifest);
        }
        str_done(&path);
    }
    file_names_free(names, n);
    assert_true(done > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_figure)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
