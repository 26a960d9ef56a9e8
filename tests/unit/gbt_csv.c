/* Files to matrices: CSV, libsvm and JSON lines, what they may hold, and what is refused where. */
#include "unit/unit.h"

#include "base/file.h"
#include "gbt/rows.h"

#include <math.h>
#include <unistd.h>

static char path[] = "/tmp/gbt-csv-XXXXXX";

static void put(const char *text, size_t len)
{
    struct lk_error err;

    assert_ok(file_write(path, (struct slice){text, len}, &err), &err);
}

static struct lk_matrix *read_text(const char *text, const struct lk_read_options *o)
{
    struct lk_matrix *m;
    struct lk_error err;

    put(text, strlen(text));
    assert_ok(lk_matrix_read(&m, path, o, &err), &err);
    return m;
}

/* values as text: rows by ';', "-" missing; labels the same. */
static void expect(const char *text, const struct lk_read_options *o, const char *values,
                   const char *labels)
{
    struct lk_matrix *m = read_text(text, o);
    struct str got = STR_INIT;
    size_t width;
    const float *label = lk_matrix_field(m, "label", &width);

    for (size_t i = 0; i < m->rows; i++)
        for (size_t c = 0; c < m->columns; c++) {
            float v = m->values[i * m->columns + c];

            str_puts(&got, c ? "," : i ? ";" : "");
            if (isnan(v))
                str_putc(&got, '-');
            else
                str_printf(&got, "%g", (double)v);
        }
    assert_string_equal(got.ptr, values);
    str_clear(&got);
    for (size_t i = 0; label && i < m->rows * width; i++)
        str_printf(&got, "%s%g", i ? "," : "", (double)label[i]);
    assert_string_equal(got.ptr, labels);
    str_done(&got);
    lk_matrix_free(m);
}

static void reads_plain_forms(void **unused)
{
    static const struct lk_read_options all = {.no_label = true}, last = {.label = "y"},
                                        second = {.label = "1"}, two = {.label = "b,a"}, none = {0},
                                        header = {.header = 1, .no_label = true},
                                        tab = {.delimiter = '\t', .no_label = true};

    expect("1,2,3\n4,5,6\n", &none, "2,3;5,6", "1,4");
    expect("1,2,3\n4,5,6", &second, "1,3;4,6", "2,5");
    expect("a,b,y\n1,2,3\n4,5,6\n", &last, "1,2;4,5", "3,6");
    expect("a,b,y\r\n1,2,3\r\n4,5,6\r\n", &last, "1,2;4,5", "3,6");
    expect("a,b,label\n1,2,3\n", &none, "1,2", "3");
    expect("a,b,y\n1,2,3\n4,5,6\n", &two, "3;6", "2,1,5,4");
    expect("\xef\xbb\xbf"
           "a,b\n1,2\n",
           &all, "1,2", "");
    expect("1;2\n3;4\n", &all, "1,2;3,4", "");
    expect("1|2\n3|4\n", &all, "1,2;3,4", "");
    expect("1\t\t2\r\n\t3\t4\r\n", &tab, "1,-,2;-,3,4", "");
    expect(" 1 , 2\n3,4 \n", &all, "1,2;3,4", "");
    expect("1,2\n\n3,4\n\r\n", &all, "1,2;3,4", "");
    expect("0,1\n2,3\n", &header, "2,3", "");
    expect("\"1\",\"2\"\n\"3\",4\n", &all, "1,2;3,4", "");
}

static void reads_missing(void **unused)
{
    static const struct lk_read_options all = {.no_label = true},
                                        minus = {.missing = "-999", .no_label = true};

    expect("a,b,c\n,NA,nan\n1,?,null\n,NaN,NULL\n2,3,4\n", &all, "-,-,-;1,-,-;-,-,-;2,3,4", "");
    expect("1,-999\n-999.0,2\n", &minus, "1,-;-,2", "");
    expect("1,2,\n,,\n,4,\n", &all, "1,2,-;-,-,-;-,4,-", "");
    expect("1,2,\r\n\"\",3,inf\r\n", &all, "1,2,-;-,3,inf", "");
}

static void reads_words(void **unused)
{
    static const struct lk_read_options label = {.label = "kind"};
    struct lk_matrix *m = read_text(
        "kind,size,n\nwolf,Large,1\ncat,\"Small, \"\"very\"\"\",2\nape,,3\ncat,Large,4\n", &label);
    static const float labels[] = {2, 1, 0, 1};

    assert_int_equal(m->columns, 2);
    assert_memory_equal(m->labels, labels, sizeof labels);
    assert_int_equal(m->classes.n, 3);
    assert_string_equal(m->classes.words[0], "ape");
    assert_string_equal(m->dictionaries[0].words[1], "Small, \"very\"");
    assert_int_equal(m->dictionaries[0].n, 2);
    assert_true(m->values[0] == 0 && m->values[2] == 1 && isnan(m->values[4]) && m->values[6] == 0);
    assert_int_equal(m->types[0], GBT_CATEGORY);
    assert_int_equal(m->types[1], GBT_FLOAT);
    assert_string_equal(lk_matrix_name(m, 1), "n");
    lk_matrix_free(m);
}

static void reads_fields(void **unused)
{
    static const struct lk_read_options o = {
        .label = "y", .weight = "w", .query = "q", .base_margin = "m1,m2", .ignore = "id,note"};
    struct lk_matrix *m = read_text("id,y,w,q,m1,m2,note,x\n7,1,0.5,3,10,20,hello,100\n"
                                    "8,0,2,3,11,21,there,101\n9,1,1,4,12,22,,102\n",
                                    &o);
    static const float margins[] = {10, 20, 11, 21, 12, 22}, weights[] = {0.5f, 2, 1};
    static const size_t starts[] = {0, 2, 3};

    assert_int_equal(m->columns, 1);
    assert_int_equal(m->margin_width, 2);
    assert_memory_equal(m->base_margin, margins, sizeof margins);
    assert_memory_equal(m->weights, weights, sizeof weights);
    assert_int_equal(m->queries, 2);
    assert_memory_equal(m->query_starts, starts, sizeof starts);
    lk_matrix_free(m);
}

static void reads_libsvm(void **unused)
{
    static const struct lk_read_options none = {0};
    struct lk_matrix *m;

    expect("1 0:1.5 3:2\n0 1:-1 # comment\n\n1 5:1e3\n", &none,
           "1.5,-,-,2,-,-;-,-1,-,-,-,-;-,-,-,-,-,1000", "1,0,1");
    m = read_text("1:0.5 qid:1 0:1\n0 qid:1 0:2\n1:3 qid:2 0:3\n", &none);
    assert_true(m->weights[0] == 0.5f && m->weights[1] == 1 && m->weights[2] == 3);
    assert_int_equal(m->queries, 2);
    lk_matrix_free(m);
}

static void reads_json_lines(void **unused)
{
    static const struct lk_read_options y = {.label = "y"}, none = {0};
    struct lk_matrix *m;

    expect("{\"y\":1,\"a\":2.5,\"b\":null}\n{\"a\":true,\"y\":0}\n\n{ \"b\" : -1e2 , \"y\":2 }\n",
           &y, "2.5,-;1,-;-,-100", "1,0,2");
    expect("[1,2,3]\n[4,null,6]\n", &none, "2,3;-,6", "1,4");
    m = read_text("{\"y\":1,\"s\":\"b\\u00e4\\\"\"}\n{\"y\":1,\"s\":\"a\"}\n", &y);
    assert_string_equal(m->dictionaries[0].words[1], "b\xc3\xa4\"");
    assert_true(m->values[0] == 1 && m->values[1] == 0);
    lk_matrix_free(m);
}

static void refuses(void **unused)
{
    static const struct {
        const char *text;
        struct lk_read_options o;
        enum lk_status status;
        int line, column;
        const char *says;
    } cases[] = {
        {"", {0}, LK_EINPUT, 0, 0, "empty"},
        {"\n\n", {0}, LK_EINPUT, 0, 0, "empty"},
        {"x,label\n", {0}, LK_EINPUT, 0, 0, "no rows after the header"},
        {"x,y,label\n1,2,0\n3,4\n5,6,1\n", {0}, LK_EINPUT, 3, 1, "expected 3 columns, found 2"},
        {"x,y,label\n1,2,0\n3,4,1,9,9\n", {0}, LK_EINPUT, 3, 7, "expected 3 columns, found 5"},
        {"x,y,label\n1,2,0\n3,oops,1\n5,6,1\n", {0}, LK_EINPUT, 3, 3, "'y', found 'oops'"},
        {"x,y,label\n1,2,0\n3,4,\n", {0}, LK_EINPUT, 3, 5, "label is missing"},
        {"x,y,label\n1,2,0\n3,4,nan\n", {0}, LK_EINPUT, 3, 5, "label is missing"},
        {"x,y,label\n1,2,0\n3,4,inf\n", {0}, LK_EINPUT, 3, 5, "infinite"},
        {"x,y,label\n1,2,0\n", {.label = "labl"}, LK_EUSE, 0, 0, "did you mean 'label'"},
        {"x,y,z\n1,2,0\n", {0}, LK_EUSE, 0, 0, "--label"},
        {"1,2\n", {.label = "name"}, LK_EUSE, 0, 0, "no header"},
        {"x,x,label\n1,2,0\n", {0}, LK_EINPUT, 1, 3, "'x' twice"},
        {"a,label\n\"1,2\n3,4\n", {0}, LK_EINPUT, 2, 1, "does not end"},
        {"a,label\n\"1\"2,3\n", {0}, LK_EINPUT, 2, 4, "after a closing quote"},
        {"label\n1\n", {0}, LK_EINPUT, 1, 0, "no column left"},
        {"1 0:1\n1 x:2\n", {0}, LK_EINPUT, 2, 3, "index:value"},
        {"1 0:1\n1 99999999:2\n", {0}, LK_EINPUT, 2, 3, "65535"},
        {"1 0:1\nz 1:2\n", {0}, LK_EINPUT, 2, 1, "label"},
        {"{\"label\":1,\"a\":2}\n{\"label\":1,\"a\":[2]}\n",
         {0},
         LK_EINPUT,
         2,
         16,
         "expected a number"},
        {"{\"label\":1,\"a\":2}\n{\"a\":2}\n", {0}, LK_EINPUT, 2, 1, "'label' is missing"},
        {"{\"label\":1,\"a\":2}\n{\"label\":1 \"a\":2}\n", {0}, LK_EINPUT, 2, 12, "','"},
        {"a,q,label\n1,2,0\n1,1,0\n", {.query = "q"}, LK_EINPUT, 0, 0, "sort"},
        {"1,2\n", {.format = "parquet"}, LK_EUSE, 0, 0, "parquet"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lk_matrix *m;
        struct lk_error err = {0};

        put(cases[i].text, strlen(cases[i].text));
        if (lk_matrix_read(&m, path, &cases[i].o, &err) != cases[i].status ||
            err.line != cases[i].line || err.column != cases[i].column ||
            !strstr(err.text, cases[i].says))
            fail_msg("case %zu: status %d, %d:%d: %s", i, err.status, err.line, err.column,
                     err.text);
        assert_null(m);
    }
}

/* A file of many pieces: every float as strtof has it, whatever the threads; lines in errors. */
static void reads_large_files(void **unused)
{
    struct str text = STR_INIT;
    size_t rows = 40000, columns = 7;
    float *want = test_malloc(rows * columns * sizeof *want);
    struct lk_error err;
    uint32_t state = 12345;

    for (size_t i = 0; i < rows * columns; i++) {
        char number[64];
        float f;

        do {
            state = state * 1664525 + 1013904223;
            memcpy(&f, &state, sizeof f);
            if (i % 3 == 0)
                f = (float)(int32_t)state / 65536;
        } while (!isfinite(f));
        switch (i % 7) {
        case 0:
        case 1:
            snprintf(number, sizeof number, "%.9g", (double)f);
            break;
        case 2:
            snprintf(number, sizeof number, "%.3f", (double)f);
            break;
        case 3:
            snprintf(number, sizeof number, "%.17g", (double)f);
            break;
        case 4:
            snprintf(number, sizeof number, "%g", (double)f);
            break;
        default:
            snprintf(number, sizeof number, "%.*e", (int)(i % 30), (double)f);
        }
        want[i] = strtof(number, NULL);
        str_printf(&text, "%s%c", number, (i + 1) % columns ? ',' : '\n');
    }
    put(text.ptr, text.len);
    for (int threads = 1; threads <= 3; threads++) {
        struct lk_read_options o = {.no_label = true, .header = -1, .threads = threads};
        struct lk_matrix *m;

        assert_ok(lk_matrix_read(&m, path, &o, &err), &err);
        assert_int_equal(m->rows, rows);
        assert_memory_equal(m->values, want, rows * columns * sizeof *want);
        lk_matrix_free(m);
    }
    str_puts(&text, "1,2,3,4,x,6,7\n");
    put(text.ptr, text.len);
    {
        struct lk_read_options o = {.no_label = true, .header = -1, .threads = 2};
        struct lk_matrix *m;

        assert_int_equal(lk_matrix_read(&m, path, &o, &err), LK_EINPUT);
        assert_int_equal(err.line, (int)rows + 1);
        assert_int_equal(err.column, 9);
    }
    str_done(&text);
    test_free(want);
}

/* Words of many pieces get the same codes at any number of threads. */
static void codes_do_not_depend_on_threads(void **unused)
{
    struct str text = STR_INIT;
    struct lk_matrix *one, *three;
    struct lk_read_options o = {.label = "n", .threads = 1};
    struct lk_error err;

    str_puts(&text, "n,word,other\n");
    for (size_t i = 0; i < 100000; i++)
        str_printf(&text, "%zu,w%zu,\"a\nb%zu\"\n", i % 10, i * i % 1009 + i / 1000, i % 77);
    put(text.ptr, text.len);
    assert_ok(lk_matrix_read(&one, path, &o, &err), &err);
    o.threads = 3;
    assert_ok(lk_matrix_read(&three, path, &o, &err), &err);
    assert_int_equal(one->rows, 100000);
    assert_memory_equal(one->values, three->values, 100000 * 2 * sizeof(float));
    assert_int_equal(one->dictionaries[1].n, 77);
    for (size_t i = 0; i < 100000; i++) {
        char word[32];

        snprintf(word, sizeof word, "w%zu", i * i % 1009 + i / 1000);
        assert_string_equal(one->dictionaries[0].words[(size_t)one->values[2 * i]], word);
    }
    lk_matrix_free(one);
    lk_matrix_free(three);
    str_done(&text);
}

struct copy {
    struct str text;
    size_t rows;
};

static enum lk_status copy_rows(void *ctx, struct gbt_block *b, struct lk_error *err)
{
    struct copy *c = ctx;

    assert_int_equal(b->first, c->rows);
    for (size_t i = 0; i < b->rows; i++) {
        str_add(&c->text, b->text.ptr + b->starts[i], b->ends[i] - b->starts[i]);
        str_putc(&c->text, '\n');
    }
    c->rows += b->rows;
    return LK_OK;
}

static enum lk_status stop(void *ctx, struct gbt_block *b, struct lk_error *err)
{
    return LK_ECANCELLED;
}

static void streams_rows_in_order(void **unused)
{
    struct str text = STR_INIT;
    struct copy c = {STR_INIT, 0};
    struct lk_read_options o = {.no_label = true, .threads = 3};
    struct gbt_rows *r;
    struct lk_error err;

    str_puts(&text, "a,b\n");
    for (size_t i = 0; i < 300000; i++)
        str_printf(&text, "%zu,%zu\n", i, i * 7);
    put(text.ptr, text.len);
    assert_ok(gbt_rows_open(&r, path, &o, &err), &err);
    assert_true(slice_is(gbt_rows_layout(r)->header, "a,b"));
    assert_ok(gbt_rows_each(r, NULL, copy_rows, &c, &err), &err);
    assert_int_equal(c.rows, 300000);
    assert_string_equal(c.text.ptr, text.ptr + 4);
    gbt_rows_close(r);
    assert_ok(gbt_rows_open(&r, path, &o, &err), &err);
    assert_int_equal(gbt_rows_each(r, stop, NULL, NULL, &err), LK_ECANCELLED);
    gbt_rows_close(r);
    str_done(&text);
    str_done(&c.text);
}

/* ---- both ways of parsing: with AVX2, and on any processor -------------------------------- */

static uint64_t state = 11;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static void put_number(struct str *out)
{
    static const double scales[] = {1, 1e-3, 1e3, 1e9, 1e-9, 1e20, 1e-30, 1e-44, 1e37};
    double v = draw(50) ? ((double)draw(1u << 30) / (1 << 29) - 1) * scales[draw(9)] : 0;
    int places = (int)draw(21);

    switch (draw(3)) {
    case 0:
        str_printf(out, "%.*f", places, v);
        break;
    case 1:
        str_printf(out, "%.*e", places, v);
        break;
    default:
        str_printf(out, "%.*g", places, v);
    }
}

static void reads_numbers_exactly(void **unused)
{
    enum { ROWS = 4000, COLUMNS = 5 };
    struct lk_read_options o = {.no_label = true, .header = -1};

    for (int way = 0; way < 2; way++) {
        struct str text = STR_INIT;
        struct lk_matrix *m;
        const char *p;
        char *end;

        way ? setenv("LABKIT_PORTABLE", "1", 1) : unsetenv("LABKIT_PORTABLE");
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            put_number(&text);
            str_puts(&text, (i + 1) % COLUMNS ? "," : draw(2) ? "\r\n" : "\n");
        }
        m = read_text(text.ptr, &o);
        assert_int_equal(m->rows, ROWS);
        p = text.ptr;
        for (size_t i = 0; i < ROWS * COLUMNS; i++) {
            float want = strtof(p, &end); /* glibc rounds correctly */

            assert_memory_equal(&m->values[i], &want, sizeof want);
            p = end + strcspn(end, ",\n") + 1;
        }
        lk_matrix_free(m);
        str_done(&text);
    }
    unsetenv("LABKIT_PORTABLE");
}

/* Fields that are nearly numbers, words, quotes, empty lines; sometimes ragged. */
static void put_oddity(struct str *out)
{
    static const char *const odd[] = {"",
                                      "-",
                                      ".",
                                      "1.",
                                      ".5",
                                      "-.5",
                                      "+1",
                                      "1e5",
                                      "1e",
                                      "1.2.3",
                                      " 7",
                                      "7 ",
                                      "NA",
                                      "nan",
                                      "?",
                                      "-0",
                                      "0x10",
                                      "1,2",
                                      "\n",
                                      "\r\n",
                                      "\"3\"",
                                      "1-2",
                                      "1e400",
                                      "--1",
                                      "99999999999999999999",
                                      "0.00000000000000000001",
                                      "inf"};

    if (draw(12))
        put_number(out);
    else
        str_puts(out, odd[draw(sizeof odd / sizeof *odd)]);
}

static void both_ways_agree(void **unused)
{
    for (int round = 0; round < 3000; round++) {
        struct lk_read_options o = {.no_label = round % 3 == 0, .header = -1, .threads = 1};
        struct str text = STR_INIT;
        struct lk_matrix *m[2] = {NULL, NULL};
        struct lk_error err[2] = {{0}, {0}};
        uint32_t cells = 3 * (1 + draw(20));

        for (uint32_t i = 0; i < cells; i++) {
            put_oddity(&text);
            str_puts(&text, (i + 1) % 3 ? "," : "\n");
        }
        for (int way = 0; way < 2; way++) {
            way ? setenv("LABKIT_PORTABLE", "1", 1) : unsetenv("LABKIT_PORTABLE");
            (void)!lk_matrix_parse(&m[way], text.ptr, text.len, "made.csv", &o, &err[way]);
        }
        assert_int_equal(err[0].status, err[1].status);
        assert_string_equal(err[0].text, err[1].text);
        assert_int_equal(err[0].line, err[1].line);
        assert_int_equal(err[0].column, err[1].column);
        if (m[0]) {
            assert_int_equal(m[0]->rows, m[1]->rows);
            assert_memory_equal(m[0]->values, m[1]->values,
                                m[0]->rows * m[0]->columns * sizeof *m[0]->values);
        }
        lk_matrix_free(m[0]);
        lk_matrix_free(m[1]);
        str_done(&text);
    }
    unsetenv("LABKIT_PORTABLE");
}

static void reads_the_books_data(void **unused)
{
    struct lk_read_options birds = {.label = "damage"}, penguins = {.label = "species"};
    struct lk_matrix *m;
    struct lk_error err;
    size_t missing = 0;

    assert_ok(lk_matrix_read(&m, "lessons/data/birdstrikes.csv", &birds, &err), &err);
    assert_int_equal(m->rows, 10000);
    assert_int_equal(m->columns, 14);
    for (size_t i = 0; i < m->rows; i++)
        missing += isnan(m->values[i * 14 + 7]);
    assert_string_equal(lk_matrix_name(m, 7), "speed");
    assert_int_equal(missing, 2836);
    lk_matrix_free(m);
    assert_ok(lk_matrix_read(&m, "lessons/data/penguins.csv", &penguins, &err), &err);
    assert_int_equal(m->classes.n, 3);
    assert_string_equal(m->classes.words[2], "Gentoo");
    lk_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_forms),
        cmocka_unit_test(reads_missing),
        cmocka_unit_test(reads_words),
        cmocka_unit_test(reads_fields),
        cmocka_unit_test(reads_libsvm),
        cmocka_unit_test(reads_json_lines),
        cmocka_unit_test(refuses),
        cmocka_unit_test(reads_large_files),
        cmocka_unit_test(codes_do_not_depend_on_threads),
        cmocka_unit_test(streams_rows_in_order),
        cmocka_unit_test(reads_numbers_exactly),
        cmocka_unit_test(both_ways_agree),
        cmocka_unit_test(reads_the_books_data),
    };
    int fd = mkstemp(path), failed;

    close(fd);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
