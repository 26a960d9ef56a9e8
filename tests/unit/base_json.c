/* JSON: places of mistakes, caps, look-ups that chain, and writing. */
#include "base/json.h"
#include "unit/unit.h"

static void reads_and_looks_up(void **state)
{
    struct lk_error err = {0};
    struct json *j = NULL;

    assert_ok(json_parse(&j, SLICE("{\"a\":[1,2.5,\"x\"],\"b\":{\"c\":true}} \n"), "t", &err),
              &err);
    assert_int_equal(json_kind(j), JSON_OBJECT);
    assert_int_equal(json_count(json_get(j, "a")), 3);
    assert_true(json_number(json_at(json_get(j, "a"), 1), 0) == 2.5);
    assert_string_equal(json_string(json_at(json_get(j, "a"), 2), ""), "x");
    assert_true(json_bool(json_get(json_get(j, "b"), "c"), false));
    assert_string_equal(json_string(json_get(json_get(j, "no"), "way"), "otherwise"), "otherwise");
    json_free(j);
}

static void says_where_it_is_wrong(void **state)
{
    struct lk_error err = {0};
    struct json *j = NULL;

    assert_int_equal(json_parse(&j, SLICE("{\n  \"a\": 1,\n  \"b\": nope\n}"), "f.json", &err),
                     LK_EINPUT);
    assert_string_equal(err.file, "f.json");
    assert_int_equal(err.line, 3);
    assert_int_equal(json_parse(&j, SLICE("{} x"), "f", &err), LK_EINPUT);
    assert_int_equal(json_parse(&j, SLICE(""), "f", &err), LK_EINPUT);
    assert_null(j);
}

static void refuses_bombs(void **state)
{
    struct lk_error err = {0};
    struct json *j = NULL;
    char deep[5000];

    memset(deep, '[', sizeof deep);
    assert_int_equal(json_parse(&j, (struct slice){deep, sizeof deep}, "f", &err), LK_ELIMIT);
    assert_int_equal(err.column, 101);
}

static void writes(void **state)
{
    struct str s = STR_INIT;
    struct json_out w;

    json_begin(&w, &s, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "name", "a\"b");
    json_open(&w, "list", '[');
    json_put_int(&w, NULL, -3);
    json_put_number(&w, NULL, 0.1);
    json_put_number(&w, NULL, 0.0 / 0.0);
    json_put_bool(&w, NULL, true);
    json_close(&w);
    json_open(&w, "empty", '{');
    json_close(&w);
    json_close(&w);
    assert_string_equal(s.ptr, "{\"name\":\"a\\\"b\",\"list\":[-3,0.1,null,true],\"empty\":{}}");
    str_done(&s);
}

static void prints_what_it_read(void **state)
{
    const char *text = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": null\n}";
    struct str s = STR_INIT;
    struct json *j = NULL;

    assert_ok(json_parse(&j, slice_of(text), "t", NULL), NULL);
    json_print(&s, j, true);
    assert_string_equal(s.ptr, text);
    json_free(j);
    str_done(&s);
}

/* Deeper than the writer's own state, shallower than the parser's cap. */
static void prints_deep_trees(void **state)
{
    char deep[181];
    struct str s = STR_INIT;
    struct json *j = NULL;

    memset(deep, '[', 90);
    memset(deep + 90, ']', 90);
    deep[180] = '\0';
    assert_ok(json_parse(&j, slice_of(deep), "t", NULL), NULL);
    json_print(&s, j, false);
    assert_string_equal(s.ptr, deep);
    json_free(j);
    str_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_looks_up),  cmocka_unit_test(says_where_it_is_wrong),
        cmocka_unit_test(refuses_bombs),       cmocka_unit_test(writes),
        cmocka_unit_test(prints_what_it_read), cmocka_unit_test(prints_deep_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
