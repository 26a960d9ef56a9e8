/*
 * Searching settings: ranges mean what SageMaker's words say, a grid is the
 * whole product, nothing is proposed twice, and a Bayesian search finds the
 * bottom of known functions in fewer trials than chance does.
 */
#include "base/number.h"
#include "gbt/tune.h"
#include "gbt/tune_gp.h"
#include "unit/unit.h"

#include <math.h>

static void add(struct tune_space *s, const char *text)
{
    struct lk_error err;

    assert_ok(tune_add_text(s, text, &err), &err);
}

static double number_of(const struct tune_search *s, size_t t, size_t axis)
{
    double v;

    assert_true(number_parse_double(slice_of(tune_value(s, t, axis)), &v));
    return v;
}

/* ---- ranges -------------------------------------------------------------------- */

static void test_kinds(void **state)
{
    struct tune_space s = {0};

    (void)state;
    add(&s, "eta=0.01:0.3");
    add(&s, "max_depth=2:10");
    add(&s, "gamma=0:5");
    add(&s, "booster=gbtree,dart");
    add(&s, "subsample=0.5:0.99:ReverseLogarithmic");
    assert_int_equal(s.axis[0].kind, TUNE_CONTINUOUS);
    assert_int_equal(s.axis[0].scaling, TUNE_LOGARITHMIC); /* Auto: a factor of thirty */
    assert_int_equal(s.axis[1].kind, TUNE_INTEGER);
    assert_int_equal(s.axis[1].scaling, TUNE_LINEAR);
    assert_int_equal(s.axis[2].kind, TUNE_CONTINUOUS); /* gamma is, though its ends are whole */
    assert_int_equal(s.axis[3].kind, TUNE_CATEGORICAL);
    assert_int_equal(s.axis[3].count, 2);
    assert_int_equal(s.axis[4].scaling, TUNE_REVERSE_LOGARITHMIC);
    tune_space_done(&s);
}

static void test_json(void **state)
{
    static const char text[] =
        "{\"ContinuousParameterRanges\":[{\"Name\":\"eta\",\"MinValue\":\"0.01\",\"MaxValue\":"
        "\"0.3\",\"ScalingType\":\"Linear\"}],\"IntegerParameterRanges\":[{\"Name\":\"max_depth\","
        "\"MinValue\":\"2\",\"MaxValue\":\"8\"}],\"CategoricalParameterRanges\":[{\"Name\":"
        "\"booster\",\"Values\":[\"gbtree\",\"dart\"]}]}";
    struct tune_space s = {0}, copy;
    struct json *j;
    struct lk_error err;

    (void)state;
    assert_ok(json_parse(&j, SLICE(text), "ranges", &err), &err);
    assert_ok(tune_add_json(&s, j, &err), &err);
    tune_space_copy(&copy, &s);
    tune_space_done(&s);
    assert_int_equal(copy.n, 3);
    assert_string_equal(copy.axis[0].name, "eta");
    assert_int_equal(copy.axis[0].scaling, TUNE_LINEAR);
    assert_int_equal(copy.axis[1].kind, TUNE_INTEGER);
    assert_true(copy.axis[1].low == 2 && copy.axis[1].high == 8);
    assert_string_equal(copy.axis[2].words[1], "dart");
    tune_space_done(&copy);
    json_free(j);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"eta", "NAME=LOW:HIGH"},
        {"eta=", "NAME=LOW:HIGH"},
        {"eta=0.3:0.1", "should be less"},
        {"eta=0.1:x", "not a number"},
        {"eta=0.1:inf", "not a number"},
        {"eta=0:1:Logarithmic", "above 0"},
        {"eta=0.1:1:ReverseLogarithmic", "below 1"},
        {"eta=0.1:1:Sideways", "ReverseLogarithmic"},
        {"eta=0.1:1:Linear:2", "LOW:HIGH"},
        {"max_depth=2.5:6", "not a whole number"},
        {"booster=gbtree,gbtree", "there twice"},
        {"taken=1:2", "two ranges"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tune_space s = {0};
        struct lk_error err;

        add(&s, "taken=1:2");
        assert_int_equal(tune_add_text(&s, cases[i].text, &err), LK_EUSE);
        if (!strstr(err.text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_int_equal(s.n, 1);
        tune_space_done(&s);
    }
}

/* The middle of a range is where its scaling says. */
static void test_scaling(void **state)
{
    static const struct {
        const char *text, *low, *middle, *high;
    } cases[] = {
        {"x=0.01:1:Linear", "0.01", "0.505", "1"},
        {"x=0.01:1:Logarithmic", "0.01", "0.1", "1"},
        {"x=0:0.99:ReverseLogarithmic", "0", "0.9", "0.99"},
        {"x=1000:1001:Linear", "1000", "1000.5", "1001"},
        {"x=1:7", "1", "4", "7"},
        {"x=a,b,c", "a", "b", "c"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *wanted[] = {cases[i].low, cases[i].middle, cases[i].high};
        struct tune_space s = {0};

        add(&s, cases[i].text);
        if (i == 3)
            s.axis[0].kind = TUNE_CONTINUOUS;
        for (int k = 0; k < 3; k++) {
            struct str text = STR_INIT;
            double at;

            tune_put_value(&text, &s.axis[0], k / 2.0);
            assert_string_equal(text.ptr, wanted[k]);
            assert_true(tune_place(&s.axis[0], text.ptr, &at));
            assert_true(fabs(at - k / 2.0) < 0.17); /* a cell's middle, for words and integers */
            str_done(&text);
        }
        tune_space_done(&s);
    }
}

/* ---- grid and random ------------------------------------------------------------- */

static void test_grid(void **state)
{
    struct tune_space space = {0};
    struct tune_search *s;
    size_t t, n = 0;
    char seen[64] = "";

    (void)state;
    add(&space, "depth=1:3");
    add(&space, "booster=a,b");
    s = tune_search_new(&space, TUNE_GRID, true, 5);
    while (tune_ask(s, &t)) {
        assert_int_equal(t, n++);
        strcat(strcat(strcat(seen, tune_value(s, t, 0)), tune_value(s, t, 1)), " ");
    }
    assert_string_equal(seen, "1a 1b 2a 2b 3a 3b ");
    tune_search_free(s);
    tune_space_done(&space);
}

/* Every integer is as likely as the others, the ends too; logarithms are even. */
static void test_random(void **state)
{
    struct tune_space space = {0};
    struct tune_search *s;
    int count[4] = {0}, below = 0;
    size_t t;

    (void)state;
    add(&space, "n=1:4");
    add(&space, "x=0.001:1:Logarithmic");
    s = tune_search_new(&space, TUNE_RANDOM, true, 1);
    for (int i = 0; i < 2000; i++) {
        assert_true(tune_ask(s, &t));
        count[(int)number_of(s, t, 0) - 1]++;
        below += number_of(s, t, 1) < 0.0316;
    }
    for (int i = 0; i < 4; i++)
        assert_in_range(count[i], 430, 570);
    assert_in_range(below, 930, 1070);
    tune_search_free(s);
    tune_space_done(&space);
}

/* A finite space is proposed once, whole, by every strategy. */
static void test_exhaustion(void **state)
{
    (void)state;
    for (enum tune_strategy how = TUNE_BAYESIAN; how <= TUNE_GRID; how++) {
        struct tune_space space = {0};
        struct tune_search *s;
        int seen[3][4] = {{0}};
        size_t t, n = 0;

        add(&space, "a=1:3");
        add(&space, "b=0:3");
        s = tune_search_new(&space, how, false, 3);
        for (; tune_ask(s, &t); n++) {
            int a = (int)number_of(s, t, 0), b = (int)number_of(s, t, 1);

            assert_int_equal(seen[a - 1][b]++, 0);
            tune_tell(s, t, a * b);
        }
        assert_int_equal(n, 12);
        tune_search_free(s);
        tune_space_done(&space);
    }
}

/* ---- Bayesian -------------------------------------------------------------------- */

/* Branin's function: three bottoms of 0.397887. */
static double branin(double x, double y)
{
    return pow(y - 5.1 / (4 * M_PI * M_PI) * x * x + 5 / M_PI * x - 6, 2) +
           10 * (1 - 1 / (8 * M_PI)) * cos(x) + 10;
}

static double lowest_branin(enum tune_strategy how, uint64_t seed, size_t trials)
{
    struct tune_space space = {0};
    struct tune_search *s;
    struct lk_error err;
    size_t t;
    double best;

    assert_ok(tune_add_range(&space, "x", TUNE_CONTINUOUS, "-5", "10", TUNE_LINEAR, &err), &err);
    assert_ok(tune_add_range(&space, "y", TUNE_CONTINUOUS, "0", "15", TUNE_LINEAR, &err), &err);
    s = tune_search_new(&space, how, false, seed);
    for (size_t i = 0; i < trials; i++) {
        assert_true(tune_ask(s, &t));
        tune_tell(s, t, branin(number_of(s, t, 0), number_of(s, t, 1)));
    }
    assert_true(tune_best(s, &t));
    best = tune_result(s, t);
    tune_search_free(s);
    tune_space_done(&space);
    return best;
}

static void test_finds_bottom(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        double found = lowest_branin(TUNE_BAYESIAN, seed, 30);

        if (found > 0.42)
            fail_msg("seed %d: %g", (int)seed, found);
        assert_true(found < lowest_branin(TUNE_RANDOM, seed, 100));
    }
}

/* The best word and the best number, more being better, with failures in one corner. */
static void test_mixed(void **state)
{
    struct tune_space space = {0};
    struct tune_search *s;
    size_t t;

    (void)state;
    add(&space, "word=red,green,blue,grey");
    add(&space, "x=0.001:1");
    add(&space, "n=1:20");
    s = tune_search_new(&space, TUNE_BAYESIAN, true, 7);
    for (int i = 0; i < 50; i++) {
        double x, n, bonus;

        assert_true(tune_ask(s, &t));
        x = log10(number_of(s, t, 1));
        n = number_of(s, t, 2);
        bonus = strcmp(tune_value(s, t, 0), "blue") ? 0 : 1;
        tune_tell(s, t, n > 17 ? NAN : bonus - pow(x + 2, 2) - pow((n - 13) / 10, 2));
    }
    assert_true(tune_best(s, &t));
    assert_string_equal(tune_value(s, t, 0), "blue");
    assert_true(tune_result(s, t) > 0.97);
    tune_search_free(s);
    tune_space_done(&space);
}

static void run_trials(struct tune_search *s, size_t n)
{
    size_t t;

    while (n--) {
        assert_true(tune_ask(s, &t));
        tune_tell(s, t, branin(number_of(s, t, 0), number_of(s, t, 1)));
    }
}

/* Told the same trials, a search made anew goes on as the old one. */
static void test_resume(void **state)
{
    (void)state;
    for (enum tune_strategy how = TUNE_BAYESIAN; how <= TUNE_GRID; how++) {
        struct tune_space space = {0};
        struct tune_search *whole, *first, *second;
        struct lk_error err;

        add(&space, "x=0.5:9.5:Linear");
        add(&space, "y=1:15");
        whole = tune_search_new(&space, how, false, 9);
        first = tune_search_new(&space, how, false, 9);
        second = tune_search_new(&space, how, false, 9);
        run_trials(whole, 20);
        run_trials(first, 13);
        for (size_t t = 0; t < 13; t++) {
            const char *values[] = {tune_value(first, t, 0), tune_value(first, t, 1)};

            assert_ok(tune_add(second, values, tune_result(first, t), &err), &err);
        }
        run_trials(second, 7);
        for (size_t t = 0; t < 20; t++)
            for (size_t i = 0; i < 2; i++)
                assert_string_equal(tune_value(whole, t, i), tune_value(second, t, i));
        tune_search_free(whole);
        tune_search_free(first);
        tune_search_free(second);
        tune_space_done(&space);
    }
}

/* Four at once are four places apart, and a value out of range is refused. */
static void test_parallel(void **state)
{
    struct tune_space space = {0};
    struct tune_search *s;
    struct lk_error err;
    const char *outside[] = {"11", "3"};
    size_t t[4];

    (void)state;
    add(&space, "x=0.5:9.5:Linear");
    add(&space, "y=1:15");
    s = tune_search_new(&space, TUNE_BAYESIAN, false, 2);
    run_trials(s, 10);
    for (int i = 0; i < 4; i++)
        assert_true(tune_ask(s, &t[i]));
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++)
            assert_true(fabs(number_of(s, t[i], 0) - number_of(s, t[k], 0)) +
                            fabs(number_of(s, t[i], 1) - number_of(s, t[k], 1)) >
                        0.2);
    assert_int_equal(tune_add(s, outside, 1, &err), LK_EINPUT);
    tune_search_free(s);
    tune_space_done(&space);
}

/* Without noise to speak of, the process goes through its points and is unsure between them. */
static void test_process(void **state)
{
    double x[9], y[9], mean, deviation, between;
    bool words = false;
    struct gp *g;

    (void)state;
    for (int i = 0; i < 9; i++) {
        x[i] = i / 8.0;
        y[i] = 100 + 10 * sin(5 * x[i]);
    }
    g = gp_fit(x, y, 9, 1, &words);
    for (int i = 0; i < 9; i++) {
        gp_predict(g, &x[i], &mean, &deviation);
        assert_true(fabs(mean - y[i]) < 0.3);
    }
    between = 0.3;
    gp_predict(g, &between, &mean, &deviation);
    assert_true(fabs(mean - (100 + 10 * sin(1.5))) < 0.3);
    between = 3;
    gp_predict(g, &between, &mean, &deviation);
    assert_true(deviation > 3);
    gp_free(g);
}

/* ---- hopeless trials --------------------------------------------------------------- */

static void test_hopeless(void **state)
{
    static const double level[] = {0.9, 0.8, 0.7, 0.5, 0.95};
    struct tune_space space = {0};
    struct tune_search *s;
    size_t t;

    (void)state;
    add(&space, "x=0.5:9.5");
    s = tune_search_new(&space, TUNE_RANDOM, true, 1);
    for (size_t i = 0; i < 5; i++) {
        assert_true(tune_ask(s, &t));
        for (int round = 0; round < 4; round++) {
            tune_report(s, t, level[i] + 0.01 * round);
            assert_int_equal(tune_hopeless(s, t), i == 3);
        }
    }
    tune_search_free(s);
    tune_space_done(&space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),      cmocka_unit_test(test_json),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_scaling),
        cmocka_unit_test(test_grid),       cmocka_unit_test(test_random),
        cmocka_unit_test(test_exhaustion), cmocka_unit_test(test_finds_bottom),
        cmocka_unit_test(test_mixed),      cmocka_unit_test(test_resume),
        cmocka_unit_test(test_parallel),   cmocka_unit_test(test_process),
        cmocka_unit_test(test_hopeless),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
