/* Mustache against the published cases (tests/data/mustache), and our strictness. */
#include "base/file.h"
#include "base/json.h"
#include "book/mustache.h"
#include "unit/unit.h"

static struct mv *convert(struct arena *arena, struct mv *into, const char *key,
                          const struct json *j)
{
    struct mv *v;
    struct str number = STR_INIT;

    switch (json_kind(j)) {
    case JSON_NULL:
        return mv_put(arena, into, key, MV_NULL);
    case JSON_BOOL:
        v = mv_put(arena, into, key, MV_FLAG);
        v->flag = json_bool(j, false);
        return v;
    case JSON_NUMBER:
        json_print(&number, j, false);
        v = mv_put(arena, into, key, MV_TEXT);
        v->text = slice_of(arena_strdup(arena, number.ptr));
        str_done(&number);
        return v;
    case JSON_STRING:
        v = mv_put(arena, into, key, MV_TEXT);
        v->text = slice_of(json_string(j, ""));
        return v;
    default:
        v = mv_put(arena, into, key, json_kind(j) == JSON_ARRAY ? MV_LIST : MV_MAP);
        for (const struct json *c = json_first(j); c; c = json_next(c))
            convert(arena, v, json_kind(j) == JSON_ARRAY ? NULL : json_key(c), c);
        return v;
    }
}

static int run_case(const char *file, const struct json *test)
{
    const char *name = json_string(json_get(test, "name"), "");
    const char *expected = json_string(json_get(test, "expected"), NULL);
    const char *source = json_string(json_get(test, "template"), NULL);
    struct arena arena = {0};
    struct mv *holder = mv_new(&arena, MV_LIST);
    const struct mv *data = convert(&arena, holder, NULL, json_get(test, "data"));
    struct mustache *m = mustache_new();
    struct str out = STR_INIT;
    struct lk_error err = {0};
    int bad;

    assert_non_null(expected);
    assert_ok(mustache_add(m, "the test", slice_of(source), "test", &err), &err);
    for (const struct json *p = json_first(json_get(test, "partials")); p; p = json_next(p))
        assert_ok(mustache_add(m, json_key(p), slice_of(json_string(p, "")), json_key(p), &err),
                  &err);
    assert_ok(mustache_render(&out, m, "the test", &data, 1, false, &err), &err);
    bad = strcmp(out.ptr, expected) != 0;
    if (bad)
        print_error("%s: %s: expected <%s>, got <%s>\n", file, name, expected, out.ptr);
    str_done(&out);
    mustache_free(m);
    arena_done(&arena);
    return bad;
}

static void run_file(const char *name)
{
    struct lk_error err = {0};
    struct json *root = NULL;
    char path[200];
    int bad = 0, n = 0;

    snprintf(path, sizeof path, TEST_DATA "mustache/%s.json", name);
    assert_ok(json_read(&root, path, 1 << 20, &err), &err);
    for (const struct json *t = json_first(json_get(root, "tests")); t; t = json_next(t), n++)
        bad += run_case(name, t);
    json_free(root);
    assert_true(n > 0);
    assert_int_equal(bad, 0);
}

#define SPEC(c_name, file)                                                                         \
    static void c_name(void **state)                                                               \
    {                                                                                              \
        run_file(file);                                                                            \
    }
SPEC(comments, "comments")
SPEC(delimiters, "delimiters")
SPEC(interpolation, "interpolation")
SPEC(inverted, "inverted")
SPEC(partials, "partials")
SPEC(sections, "sections")
SPEC(inheritance, "~inheritance")

/* An error whose line is this. */
static void refuse(const char *source, const char *expected)
{
    struct mustache *m = mustache_new();
    struct arena arena = {0};
    struct mv *map = mv_new(&arena, MV_MAP);
    const struct mv *data = map;
    struct str out = STR_INIT;
    struct lk_error err = {0};
    char line[500];

    mv_z(&arena, map, "known", "x");
    if (mustache_add(m, "t", slice_of(source), "t.mustache", &err) == LK_OK)
        assert_int_not_equal(mustache_render(&out, m, "t", &data, 1, true, &err), LK_OK);
    assert_string_equal(lk_error_format(&err, line, sizeof line), expected);
    str_done(&out);
    mustache_free(m);
    arena_done(&arena);
}

static void strict(void **state)
{
    refuse("a\n{{known}}\n  {{unknwon}}\n", "t.mustache:3: unknown variable 'unknwon'");
    refuse("{{#known}}\n{{^other}}{{/other}}{{/known}}", "t.mustache:2: unknown variable 'other'");
    refuse("\n\n{{> gone}}\n", "t.mustache:3: unknown template 'gone'");
    refuse("{{#known}}\n{{/knwon}}\n",
           "t.mustache:2: {{/knwon}} where {{/known}} is expected, opened in line 1");
    refuse("{{#known}}\n", "t.mustache:1: {{known}} is never closed");
    refuse("x\n{{known", "t.mustache:2: a tag that is never closed");
    refuse("{{/known}}", "t.mustache:1: {{/known}} closes nothing");
    refuse("{{> t}}", "t.mustache:1: templates call each other in circles");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments),      cmocka_unit_test(delimiters),
        cmocka_unit_test(interpolation), cmocka_unit_test(inverted),
        cmocka_unit_test(partials),      cmocka_unit_test(sections),
        cmocka_unit_test(inheritance),   cmocka_unit_test(strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
