/* Tables: read, looked at, cut, joined and written, each against what it must give as CSV. */
#include "unit/unit.h"

#include "gbt/table.h"

#include <math.h>

static struct table *parse(const char *text)
{
    struct table *t;
    struct lk_error err;

    assert_ok(table_parse(&t, slice_of(text), "test.csv", 0, &err), &err);
    return t;
}

/* t as CSV; t is freed. */
static void expect(struct table *t, const char *want)
{
    struct str got = STR_INIT;

    table_print(&got, t, true);
    assert_string_equal(got.ptr, want);
    str_done(&got);
    table_free(t);
}

static const char zoo[] = "name,kind,weight,legs\n"
                          "Ann,cat,4.5,4\n"
                          "Bob,dog,,4\n"
                          "Cy,bird,0.25,2\n"
                          "Dee,dog,30,3\n"
                          "Eve,,1e-7,4\n";

static void reads_and_writes(void **unused)
{
    struct table *t = parse(zoo);

    assert_int_equal(t->rows, 5);
    assert_int_equal(t->column[1].type, TABLE_TEXT);
    assert_int_equal(t->column[2].type, TABLE_NUMBER);
    assert_string_equal(t->column[1].dict.words[0], "bird");
    assert_true(isnan(t->column[2].numbers[1]));
    expect(t, "name,kind,weight,legs\nAnn,cat,4.5,4\nBob,dog,,4\nCy,bird,0.25,2\nDee,dog,30,3\n"
              "Eve,,1e-07,4\n");
    expect(parse("a;b\r\n\"x;\"\"y\"\"\";2\r\n\" z\";NA\r\n"), "a,b\n\"x;\"\"y\"\"\",2\n\" z\",\n");
    expect(parse("a,b\n\"p,q\",\"r\ns\"\n"), "a,b\n\"p,q\",\"r\ns\"\n");
    expect(parse("1,2\n3,4"), "c0,c1\n1,2\n3,4\n");
    expect(parse("a,b\n1,2\nx,3\n"), "a,b\n1,2\nx,3\n");
    expect(parse("{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y\",\"c\":true}\n"), "a,b,c\n1,x,\n,y,1\n");
    expect(parse("a,b\n"), "a,b\n");
}

static void refuses(void **unused)
{
    static const struct {
        const char *text;
        int line, column;
        const char *says;
    } cases[] = {
        {"", 0, 0, "empty"},
        {"a,b\n1,2\n3\n", 3, 1, "expected 2 columns, found 1"},
        {"a,a\n1,2\n", 1, 0, "'a' twice"},
        {"a,b\n1,\"2\n", 2, 3, "does not end"},
        {"{\"a\":1}\n{\"a\":{}}\n", 2, 6, "expected a number"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lk_error err = {0};
        struct table *t;

        assert_int_equal(table_parse(&t, slice_of(cases[i].text), "t", 0, &err), LK_EINPUT);
        assert_null(t);
        if (err.line != cases[i].line || err.column != cases[i].column ||
            !strstr(err.text, cases[i].says))
            fail_msg("case %zu: %d:%d: %s", i, err.line, err.column, err.text);
    }
}

static void picks_and_sorts(void **unused)
{
    struct table *t = parse(zoo);
    static const size_t rows[] = {3, 0, 3}, columns[] = {3, 0};
    struct table *two = table_select(t, columns, 2);

    expect(table_pick(two, rows, 3), "legs,name\n3,Dee\n4,Ann\n3,Dee\n");
    expect(table_sort(two, 0, true), "legs,name\n4,Ann\n4,Bob\n4,Eve\n3,Dee\n2,Cy\n");
    table_free(two);
    two = table_sort(t, 2, false);
    assert_string_equal(two->column[0].dict.words[two->column[0].codes[4]], "Bob");
    table_free(two);
    two = table_sort(t, 1, false);
    assert_string_equal(two->column[0].dict.words[two->column[0].codes[4]], "Eve");
    table_free(two);
    table_free(t);
}

static void changes_columns(void **unused)
{
    struct table *t = parse("a,b\n1,2\n3,4\n");
    static const double d[] = {5, NAN};
    static const char *const w[] = {"y", "x"};
    struct lk_error err;
    size_t i;

    table_put_numbers(t, "a", d);
    table_put_words(t, "c", w);
    assert_ok(table_rename(t, 1, "bee", &err), &err);
    assert_int_equal(table_rename(t, 1, "c", &err), LK_EUSE);
    assert_int_equal(table_find(t, "be", &i, &err), LK_EUSE);
    assert_non_null(strstr(err.text, "did you mean 'bee'"));
    table_drop(t, 1);
    expect(t, "a,c\n5,y\n,x\n");
}

static void groups_joins_appends(void **unused)
{
    struct table *t = parse(zoo),
                 *kinds = parse("kind,sound,legs\ndog,woof,4\ncat,meow,4\ndog,x,1\n"), *out;
    static const struct table_fold_of folds[] = {
        {TABLE_COUNT, 0}, {TABLE_MEAN, 2}, {TABLE_MAX, 3}, {TABLE_SUM, 2}};
    struct lk_error err;

    assert_ok(table_group(&out, t, 1, folds, 4, &err), &err);
    expect(out, "kind,count,mean_weight,max_legs,sum_weight\nbird,1,0.25,2,0.25\ncat,1,4.5,4,4.5\n"
                "dog,2,30,4,30\n,1,1e-07,4,1e-07\n");
    assert_int_equal(table_group(&out, t, 0, (struct table_fold_of[]){{TABLE_MEAN, 1}}, 1, &err),
                     LK_EUSE);
    assert_ok(table_join(&out, t, 1, kinds, 0, false, &err), &err);
    expect(out, "name,kind,weight,legs,sound,legs_2\nAnn,cat,4.5,4,meow,4\nBob,dog,,4,woof,4\n"
                "Dee,dog,30,3,woof,4\n");
    assert_ok(table_join(&out, t, 1, kinds, 0, true, &err), &err);
    assert_int_equal(out->rows, 5);
    assert_true(table_is_missing(out, 2, 4) && table_is_missing(out, 4, 5));
    table_free(out);
    table_free(t);
    t = parse("sound,legs,kind\nmoo,4,cow\n");
    assert_ok(table_append(&out, kinds, t, &err), &err);
    expect(out, "kind,sound,legs\ndog,woof,4\ncat,meow,4\ndog,x,1\ncow,moo,4\n");
    table_free(t);
    t = parse("sound,legs,kind\n1,4,cow\n");
    assert_int_equal(table_append(&out, kinds, t, &err), LK_EUSE);
    table_free(t);
    table_free(kinds);
}

static void samples_and_splits(void **unused)
{
    struct table *t = table_new(1000), *a, *b, *again;
    double *id = test_malloc(1000 * sizeof *id), *class = test_malloc(1000 * sizeof *class);
    int seen[1000] = {0}, ones = 0;

    for (int i = 0; i < 1000; i++) {
        id[i] = i;
        class[i] = i % 10 == 0;
    }
    table_put_numbers(t, "id", id);
    table_put_numbers(t, "class", class);
    table_split(&a, &b, t, 0.8, 1, 7);
    assert_int_equal(a->rows, 800);
    assert_int_equal(b->rows, 200);
    for (size_t i = 0; i < a->rows; i++) {
        seen[(int)a->column[0].numbers[i]]++;
        ones += a->column[1].numbers[i] == 1;
    }
    assert_int_equal(ones, 80);
    for (size_t i = 0; i < b->rows; i++)
        seen[(int)b->column[0].numbers[i]]++;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(seen[i], 1);
    table_free(a);
    table_free(b);
    table_split(&a, &b, t, 0.3, SIZE_MAX, 1);
    assert_int_equal(a->rows, 300);
    table_free(b);
    table_free(a);
    a = table_sample(t, 50, 3);
    again = table_sample(t, 50, 3);
    assert_int_equal(a->rows, 50);
    assert_memory_equal(a->column[0].numbers, again->column[0].numbers, 50 * sizeof(double));
    for (size_t i = 1; i < 50; i++)
        assert_true(a->column[0].numbers[i] > a->column[0].numbers[i - 1]);
    table_free(again);
    again = table_sample(t, 50, 4);
    assert_memory_not_equal(a->column[0].numbers, again->column[0].numbers, 50 * sizeof(double));
    table_free(again);
    table_free(a);
    table_free(t);
    test_free(id);
    test_free(class);
}

static void describes(void **unused)
{
    struct table *t = parse("n,w\n1,x\n2,y\n4,y\n,\n3,y\n");
    struct table_summary n = table_describe(t, 0), w = table_describe(t, 1);

    assert_true(n.missing == 1 && n.distinct == 4 && n.mean == 2.5 && n.min == 1 && n.max == 4);
    assert_true(n.quarter == 1.75 && n.median == 2.5 && n.three_quarters == 3.25);
    assert_true(fabs(n.deviation - 1.2909944487358056) < 1e-15); /* by numpy, ddof=1 */
    assert_true(w.missing == 1 && w.distinct == 2 && w.top_count == 3 && isnan(w.mean));
    assert_string_equal(w.top, "y");
    table_free(t);
}

static void becomes_other_shapes(void **unused)
{
    struct table *t = parse("y,c,x\nno,b,1\nyes,a,2\nno,,3\n"), *hot = table_one_hot(t, 1);
    static const float values[] = {1, 1, 0, 2}, labels[] = {0, 1, 0};
    static const size_t x = 2;
    struct lk_matrix *m;
    struct lk_error err;

    expect(hot, "y,c=a,c=b,x\nno,0,1,1\nyes,1,0,2\nno,0,0,3\n");
    assert_ok(table_to_matrix(&m, t, 0, NULL, 0, NULL, &err), &err);
    assert_memory_equal(m->values, values, sizeof values);
    assert_true(isnan(m->values[4]) && m->values[5] == 3);
    assert_memory_equal(m->labels, labels, sizeof labels);
    assert_string_equal(m->classes.words[1], "yes");
    assert_int_equal(m->types[0], GBT_CATEGORY);
    assert_string_equal(m->dictionaries[0].words[1], "b");
    lk_matrix_free(m);
    assert_ok(table_to_matrix(&m, t, 0, &x, 1, NULL, &err), &err);
    assert_int_equal(m->columns, 1);
    lk_matrix_free(m);
    assert_int_equal(table_to_matrix(&m, t, 1, NULL, 0, NULL, &err), LK_EINPUT);
    assert_non_null(strstr(err.text, "row 3"));
    assert_null(m);
    table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(picks_and_sorts),
        cmocka_unit_test(changes_columns),
        cmocka_unit_test(groups_joins_appends),
        cmocka_unit_test(samples_and_splits),
        cmocka_unit_test(describes),
        cmocka_unit_test(becomes_other_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
