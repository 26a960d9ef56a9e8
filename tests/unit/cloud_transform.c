/* What a transform's DataProcessing makes of records, and how files are cut into payloads. */
#include "base/error.h"
#include "base/file.h"
#include "cloud/transform.h"
#include "unit/unit.h"

#include <unistd.h>

/* The path's choice; NULL where it is refused, with the words in err. */
static const char *filter(const char *path, bool json, const char *record)
{
    static struct str out = STR_INIT;
    static struct lk_error err;
    struct jsonpath *p;
    enum lk_status st;

    str_clear(&out);
    error_clear(&err);
    if (jsonpath_parse(&p, path, &err))
        return err.text;
    st = transform_filter(&out, p, json, slice_of(record), &err);
    jsonpath_free(p);
    return st ? err.text : out.ptr;
}

static void columns_of_csv(void **state)
{
    static const struct {
        const char *path, *want;
    } cases[] = {
        {"$", "a,\"b,c\",,d,5"},
        {"$[1:]", "\"b,c\",,d,5"},
        {"$[:1]", "a,\"b,c\""},
        {"$[1:3]", "\"b,c\",,d"},
        {"$[0]", "a"},
        {"$[-1]", "5"},
        {"$[0,-1]", "a,5"},
        {"$[3,0]", "d,a"},
        {"$[*]", "a,\"b,c\",,d,5"},
        {"$[-2:]", "d,5"},
        {"$[1:99]", "\"b,c\",,d,5"},
        {"$[4:1]", ""},
        {"$[0,2:3]", "a,,d"},
        {"", "a,\"b,c\",,d,5"},
    };
    static const struct {
        const char *path, *words;
    } refused[] = {
        {"$[5]", "index 5 is beyond the record's 5 elements"},
        {"$[-6]", "beyond"},
        {"$.id", "'id' is a name"},
        {"$['id']", "'id' is a name"},
        {"$[0][1]", "a CSV record is flat"},
        {"1:", "at character 1 '$' is expected"},
        {"$[", "an index, a slice or a quoted name"},
        {"$[1", "']'"},
        {"$x", "'.' or '['"},
        {"$.", "a name"},
        {"$['a]", "the end of the name"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(filter(cases[i].path, false, "a,\"b,c\",,d,5"), cases[i].want);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (!strstr(filter(refused[i].path, false, "a,\"b,c\",,d,5"), refused[i].words))
            fail_msg("%s: %s", refused[i].path, filter(refused[i].path, false, "a,\"b,c\",,d,5"));
}

static void members_of_json(void **state)
{
    static const struct {
        const char *path, *want;
    } cases[] = {
        {"$.features", "[1,2.5,3]"},
        {"$.features[0:1]", "[1,2.5]"},
        {"$.features[-1]", "3"},
        {"$['id','features']", "{\"id\":\"x\",\"features\":[1,2.5,3]}"},
        {"$.deep.er", "{\"a\":null}"},
        {"$.deep.er.a", "null"},
        {"$[*]", "[\"x\",[1,2.5,3],{\"er\":{\"a\":null}}]"},
    };
    static const char record[] =
        "{\"id\":\"x\",\"features\":[1,2.5,3],\"deep\":{\"er\":{\"a\":null}}}";

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(filter(cases[i].path, true, record), cases[i].want);
    assert_non_null(strstr(filter("$.nobody", true, record), "the record has no 'nobody'"));
    assert_non_null(strstr(filter("$.id.x", true, record), "neither array nor object"));
    assert_non_null(strstr(filter("$.features[3]", true, record), "beyond"));
    assert_non_null(strstr(filter("$[0]", true, record), "where the record is an object"));
    assert_non_null(strstr(filter("$", true, "{"), "JSON"));
}

/* ---- assembling ----------------------------------------------------------------------------- */

static const char *assemble(const struct transform_shape *shape, size_t records,
                            const char *originals, const char *answer)
{
    static char text[512];
    static struct lk_error err;
    struct transform_payload p;
    FILE *f = tmpfile();
    enum lk_status st;
    size_t n;

    transform_payload_init(&p);
    p.records = records;
    str_puts(&p.originals, originals);
    str_puts(&p.answer.body, answer);
    st = transform_assemble(f, &p, shape, &err);
    rewind(f);
    n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    transform_payload_done(&p);
    return st ? err.text : text;
}

static void answers_put_together(void **state)
{
    struct jsonpath *ends;
    struct transform_shape plain = {.split = true, .multi = true};
    struct transform_shape lines = {.split = true, .multi = true, .assemble = true};
    struct transform_shape join = {.split = true, .assemble = true, .join = true};
    struct transform_shape both = join, json = join;

    assert_ok(jsonpath_parse(&ends, "$[0,-1]", NULL), NULL);
    both.output = ends;
    json.json = true;
    assert_string_equal(assemble(&plain, 2, "", "0.5\n0.25"), "0.5\n0.25");
    assert_string_equal(assemble(&lines, 2, "", "0.5\n0.25"), "0.5\n0.25\n");
    assert_string_equal(assemble(&lines, 2, "", "0.5\n0.25\n"), "0.5\n0.25\n");
    assert_string_equal(assemble(&join, 2, "a,\"x,y\"\nb,2\n", "0.5\n0.25\n"),
                        "a,\"x,y\",0.5\nb,2,0.25\n");
    assert_string_equal(assemble(&both, 2, "a,1\nb,2\n", "0.5\n0.25\n"), "a,0.5\nb,0.25\n");
    assert_string_equal(assemble(&json, 2, "{\"a\":1}\n[1]\n", "{\"score\":0.5}\n7\n"),
                        "{\"a\":1,\"SageMakerOutput\":{\"score\":0.5}}\n"
                        "{\"SageMakerInput\":[1],\"SageMakerOutput\":7}\n");
    assert_non_null(strstr(assemble(&join, 2, "a\nb\n", "0.5\n"), "answered 1 records to 2"));
    jsonpath_free(ends);
}

/* ---- payloads ------------------------------------------------------------------------------- */

/* The payloads of a file's text as "n:body|n:body|", or what was wrong. */
static const char *cut(const char *text, const struct transform_shape *shape, size_t most)
{
    static struct str out = STR_INIT;
    char path[] = "/tmp/labkit-cut-XXXXXX";
    struct transform_feed *f;
    struct transform_payload p;
    struct lk_error err = {0};
    size_t n = 1;
    int fd = mkstemp(path);

    str_clear(&out);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_ok(transform_feed_open(&f, path, false, &err), &err);
    while (n) {
        transform_payload_init(&p);
        if (transform_feed_next(&p, f, shape, most, &err)) {
            str_puts(&out, err.text);
            p.records = 0;
        }
        n = p.records;
        if (n)
            str_printf(&out, "%zu:%s|", n, p.body.ptr);
        transform_payload_done(&p);
    }
    transform_feed_close(f);
    unlink(path);
    return out.ptr;
}

static void files_cut_into_payloads(void **state)
{
    struct transform_shape multi = {.split = true, .multi = true}, single = {.split = true};
    struct transform_shape whole = {.multi = true};

    assert_string_equal(cut("a\nbb\nccc\ndd\n", &multi, 5), "2:a\nbb\n|1:ccc\n|1:dd\n|");
    assert_string_equal(cut("a\nbb\nccc\ndd", &multi, 100), "4:a\nbb\nccc\ndd\n|");
    assert_string_equal(cut("a\nbb\n", &single, 100), "1:a|1:bb|");
    assert_string_equal(cut("a\nbb\n", &whole, 100), "1:a\nbb\n|");
    assert_string_equal(cut("", &multi, 100), "");
    assert_string_equal(cut("a\r\nb\r\n", &single, 100), "1:a\r|1:b\r|");
    assert_string_equal(cut("a\nabcdefgh\nb\n", &multi, 5), "Too much data for max payload size");
    assert_string_equal(cut("abcdefgh", &whole, 5), "Too much data for max payload size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_csv),
        cmocka_unit_test(members_of_json),
        cmocka_unit_test(answers_put_together),
        cmocka_unit_test(files_cut_into_payloads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
