/* What a learner did is kept, comes out as a record, and goes back in whole or not at all. */
#include "unit.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "lab/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct store *open_at(const char *path)
{
    struct store *s = NULL;
    struct lk_error err = {0};

    assert_int_equal(store_open(&s, path, "A book", &err), LK_OK);
    return s;
}

static void survives_closing(void **state)
{
    char folder[] = "/tmp/labbook-store-XXXXXX";
    char code[] = "x = 1", ran[] = "abc";
    struct store_step in = {
        .code = code, .ran = ran, .outcome = OUTCOME_DONE, .attempts = 3, .passed = 1, .hints = 2};
    struct store_step got;
    struct str lines = STR_INIT, path = STR_INIT;
    struct store *s;

    assert_non_null(mkdtemp(folder));
    str_printf(&path, "%s/sub/progress.db", folder);
    s = open_at(path.ptr);
    assert_int_equal(store_step_write(s, "01-a", "one", &in, NULL), LK_OK);
    assert_int_equal(store_output_write(s, "01-a", "one", SLICE("{}\n{}\n"), NULL), LK_OK);
    assert_int_equal(store_lesson(s, "01-a", true, 4, 2, NULL), LK_OK);
    store_close(s);
    s = open_at(path.ptr);
    assert_int_equal(store_step_read(s, "01-a", "one", &got, NULL), LK_OK);
    assert_string_equal(got.code, "x = 1");
    assert_string_equal(got.ran, "abc");
    assert_null(got.target);
    assert_int_equal(got.attempts, 3);
    assert_int_equal(got.passed, 1);
    store_step_done(&got);
    assert_int_equal(store_step_read(s, "01-a", "two", &got, NULL), LK_OK);
    assert_null(got.code);
    assert_int_equal(got.passed, -1);
    assert_int_equal(store_output_read(s, "01-a", "one", &lines, NULL), LK_OK);
    assert_string_equal(lines.ptr, "{}\n{}\n");
    assert_true(store_was_read(s, "01-a"));
    assert_false(store_was_read(s, "02-b"));
    store_close(s);
    file_remove(folder, NULL);
    str_done(&lines);
    str_done(&path);
}

static void goes_out_and_in(void **state)
{
    struct store *a = open_at(":memory:"), *b = open_at(":memory:");
    char code[] = "print \"<&>\"\n";
    struct store_step in = {.code = code, .outcome = OUTCOME_FAILED, .passed = 0};
    struct str first = STR_INIT, second = STR_INIT;
    struct json *root = NULL;
    const struct json *lesson;

    store_step_write(a, "01-a", "one", &in, NULL);
    store_quiz(a, "01-a", "q", SLICE("[1,3]"), false, NULL);
    store_quiz(a, "01-a", "q", SLICE("[2]"), true, NULL);
    store_lesson(a, "02-b", true, 1, 1, NULL);
    assert_int_equal(store_export(a, &first, NULL), LK_OK);
    assert_int_equal(json_parse(&root, slice_str(&first), "record", NULL), LK_OK);
    lesson = json_get(json_get(root, "lessons"), "01-a");
    assert_string_equal(
        json_string(json_get(json_get(json_get(lesson, "steps"), "one"), "code"), ""),
        "print \"<&>\"\n");
    assert_int_equal(json_number(json_get(json_get(json_get(lesson, "quizzes"), "q"), "tries"), 0),
                     2);
    json_free(root);
    assert_int_equal(store_import(b, slice_str(&first), "record", NULL), LK_OK);
    assert_int_equal(store_export(b, &second, NULL), LK_OK);
    /* All but the time of saving is the same. */
    assert_string_equal(strstr(first.ptr, "\"lessons\""), strstr(second.ptr, "\"lessons\""));
    assert_int_equal(store_forget(b, "01-a", NULL), LK_OK);
    str_clear(&second);
    store_export(b, &second, NULL);
    assert_null(strstr(second.ptr, "01-a"));
    assert_non_null(strstr(second.ptr, "02-b"));
    store_close(a);
    store_close(b);
    str_done(&first);
    str_done(&second);
}

static void refuses_what_is_no_record(void **state)
{
    static const struct {
        const char *text, *expect;
    } cases[] = {
        {"[]", "not a record"},
        {"{\"format\":\"labbook-progress\",\"version\":2,\"book\":\"A book\",\"lessons\":{}}",
         "newer"},
        {"{\"format\":\"labbook-progress\",\"version\":1,\"book\":\"Other\",\"lessons\":{}}",
         "belongs to the book 'Other'"},
        {"{\"format\":\"labbook-progress\",\"version\":1,\"book\":\"A book\",\"lessons\":{"
         "\"01-a\":{\"read\":true},\"../x\":{}}}",
         "'../x' is not the name of a lesson"},
        {"{\"format\":\"labbook-progress\",\"version\":1,\"book\":\"A book\",\"lessons\":{"
         "\"01-a\":{\"read\":true,\"steps\":{\"a b\":{}}}}}",
         "'a b' is not the name of a step"},
    };
    struct store *s = open_at(":memory:");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lk_error err = {0};

        assert_int_equal(store_import(s, slice_of(cases[i].text), "in.json", &err), LK_EINPUT);
        assert_non_null(strstr(err.text, cases[i].expect));
        assert_false(store_was_read(s, "01-a")); /* nothing of it was taken */
    }
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_closing),
        cmocka_unit_test(goes_out_and_in),
        cmocka_unit_test(refuses_what_is_no_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
