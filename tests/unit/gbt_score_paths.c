/*
 * All ways of scoring give the same bits as the plain walk: blocks with AVX2
 * and without, and row by row, in a small model and a large one; with more thresholds a feature
 * than a block ranks at once, missing values, infinities and values on the thresholds.
 */
#include "base/mem.h"
#include "gbt/score_internal.h"
#include "unit/unit.h"

#include <math.h>

enum { ROWS = 1237, COLUMNS = 3, GRID = 3000 };

static uint64_t state = 3;

static float draw(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (float)(state >> 40) / 16777216.0f;
}

static struct lk_model *make_model(const char *depth, int rounds)
{
    struct lk_params *p = lk_params_new();
    struct lk_train_options o = {.rounds = rounds, .threads = 1};
    struct lk_matrix *data = NULL;
    struct lk_model *m = NULL;
    struct lk_error err = {0};
    float *x = mem_calloc(GRID * COLUMNS, sizeof *x), *y = mem_calloc(GRID, sizeof *y);

    for (size_t i = 0; i < GRID * COLUMNS; i++)
        x[i] = draw() < 0.1f ? NAN : draw();
    for (size_t i = 0; i < GRID; i++)
        y[i] = sinf(40 * (isnan(x[3 * i]) ? 0.3f : x[3 * i])) + draw();
    assert_ok(lk_matrix_new(&data, x, GRID, COLUMNS, NAN, &err), &err);
    assert_ok(lk_matrix_set_field(data, "label", y, 1, &err), &err);
    assert_ok(lk_params_set(p, "max_bin", "2048", &err), &err);
    assert_ok(lk_params_set(p, "max_depth", depth, &err), &err);
    assert_ok(lk_train(&m, data, p, &o, &err), &err);
    lk_params_free(p);
    lk_matrix_free(data);
    free(x);
    free(y);
    return m;
}

/* Distinct thresholds of feature 0, near enough: its splits. */
static size_t splits(const struct lk_model *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->tree_count; i++)
        for (int32_t k = 0; k < m->trees[i].nodes; k++)
            n += m->trees[i].left[k] != GBT_NO_NODE && m->trees[i].feature[k] == 0;
    return n;
}

static void same_bits(const char *depth, int rounds)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, -0.0f, 1e-45f, 3e38f};
    struct lk_model *m = make_model(depth, rounds);
    float *x = mem_calloc(ROWS * COLUMNS, sizeof *x), want[ROWS], got[ROWS];
    struct lk_predict_options o = {.kind = LK_MARGIN, .threads = 1};
    struct lk_error err = {0};

    assert_true(splits(m) > 600);
    if (rounds > 200) { /* then a row alone goes this way */
        struct gbt_tests_program *tests = gbt_tests_new(m);

        assert_non_null(tests);
        gbt_tests_free(tests);
    }
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        const struct gbt_tree *t = &m->trees[i % m->tree_count];
        float pick = draw();

        x[i] = pick < 0.2f ? odd[i % 6] : pick < 0.6f ? t->value[i % (size_t)t->nodes] : draw();
    }
    for (size_t i = 0; i < ROWS; i++) {
        want[i] = m->base_margin[0];
        for (size_t k = 0; k < m->tree_count; k++)
            want[i] += m->trees[k].value[gbt_tree_leaf(&m->trees[k], x + i * COLUMNS)];
    }
    for (int portable = 0; portable < 2; portable++) {
        portable ? setenv("LABKIT_PORTABLE", "1", 1) : unsetenv("LABKIT_PORTABLE");
        assert_ok(lk_predict(m, x, ROWS, COLUMNS, &o, got, &err), &err);
        assert_memory_equal(got, want, sizeof got);
        assert_ok(lk_predict(m, x, 1024, COLUMNS, &o, got, &err), &err);
        assert_memory_equal(got, want, 1024 * sizeof *got);
    }
    for (size_t i = 0; i < ROWS; i++) {
        assert_ok(lk_predict(m, x + i * COLUMNS, 1, COLUMNS, &o, got, &err), &err);
        assert_memory_equal(got, want + i, sizeof *got);
    }
    free(x);
    lk_model_free(m);
}

static void blocks(void **s)
{
    same_bits("6", 60);
    same_bits("8", 60);
}

static void deeper_than_blocks(void **s)
{
    same_bits("11", 60);
}

static void many_trees(void **s)
{
    same_bits("8", 301);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(blocks),
                                       cmocka_unit_test(deeper_than_blocks),
                                       cmocka_unit_test(many_trees)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
