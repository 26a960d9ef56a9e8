/* Where a statement stands in a policy's text: lines and columns, counted by hand here. */
#include "cloud/policy.h"

#include "unit/unit.h"

static const char text[] = "{ \"Version\": \"2012-10-17\",\n"
                           "  \"Id\": \"Statement [ {\",\n"
                           "  \"Statement\": [\n"
                           "    {\"Effect\": \"Allow\", \"Sid\": \"}\\\"]\"},\n"
                           "    {\"Effect\":\n"
                           "     \"Deny\"}]}";

static void finds_each_statement(void **state)
{
    struct policy_place at;

    assert_true(policy_find_statement(slice_of(text), 0, &at));
    assert_int_equal(at.line, 4);
    assert_int_equal(at.column, 5);
    assert_int_equal(at.end_line, 4);
    assert_int_equal(at.end_column, 39);
    assert_true(policy_find_statement(slice_of(text), 1, &at));
    assert_int_equal(at.line, 5);
    assert_int_equal(at.column, 5);
    assert_int_equal(at.end_line, 6);
    assert_int_equal(at.end_column, 13);
    assert_false(policy_find_statement(slice_of(text), 2, &at));
}

static void one_statement_needs_no_list(void **state)
{
    struct policy_place at;

    assert_true(policy_find_statement(SLICE("{\"Statement\":{\"Effect\":\"Allow\"}}"), 0, &at));
    assert_int_equal(at.column, 14);
    assert_int_equal(at.end_column, 32);
    assert_false(policy_find_statement(SLICE("{\"Statement\":{}}"), 1, &at));
}

static void what_is_cut_off_has_no_place(void **state)
{
    struct policy_place at;

    for (size_t n = 0; n < 60; n++)
        assert_false(policy_find_statement(slice_first(slice_of(text), n), 0, &at));
    assert_false(policy_find_statement(SLICE("[]"), 0, &at));
    assert_false(policy_find_statement(SLICE("{\"Version\":\"x\"}"), 0, &at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_statement),
        cmocka_unit_test(one_statement_needs_no_list),
        cmocka_unit_test(what_is_cut_off_has_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
