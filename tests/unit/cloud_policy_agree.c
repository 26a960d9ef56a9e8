/*
 * Does the policy engine decide as an independent evaluator does? Thousands of
 * generated cases (tests/clients/policy_cases.mjs) are decided by both.
 */
#include "base/child.h"
#include "base/json.h"
#include "cloud/policy.h"
#include "unit/unit.h"

#include <unistd.h>

#define CASES "3000"

enum { POLICIES = 8, KEYS = 40, VALUES = 16, SHOWN = 5 };

struct decided {
    size_t cases, allowed, denied, differ;
};

static struct policy *read_policy(const struct json *j, enum policy_kind kind)
{
    struct str text = STR_INIT;
    struct lk_error err = {0};
    struct policy *p = NULL;

    if (!j)
        return NULL;
    json_print(&text, j, false);
    assert_ok(policy_parse(&p, slice_str(&text), kind, &err), &err);
    str_done(&text);
    return p;
}

static size_t read_keys(struct policy_key *keys, const char *values[][VALUES],
                        const struct json *from)
{
    size_t n = 0;

    for (const struct json *k = json_first(from); k; k = json_next(k), n++) {
        assert_true(n < KEYS && json_count(k) <= VALUES);
        keys[n] = (struct policy_key){json_key(k), values[n], json_count(k)};
        for (size_t i = 0; i < json_count(k); i++)
            values[n][i] = json_string(json_at(k, i), "");
    }
    return n;
}

static const char *words(enum policy_reason reason)
{
    return reason == POLICY_ALLOWED                                           ? "Allowed"
           : reason >= POLICY_DENY_IDENTITY && reason <= POLICY_DENY_RESOURCE ? "ExplicitlyDenied"
                                                                              : "ImplicitlyDenied";
}

/* "123456789012" of an ARN, in buf. */
static const char *account_of(char buf[13], const char *arn)
{
    struct slice part[6];

    assert_true(policy_split_arn(slice_of(arn), part) && part[4].len == 12);
    memcpy(buf, part[4].ptr, 12);
    buf[12] = '\0';
    return buf;
}

static const char *decide(const struct json *c)
{
    static const char *values[KEYS][VALUES];
    static struct policy_key keys[KEYS];
    const char *principal = json_string(json_get(c, "principal"), "");
    const struct json *list = json_get(c, "identity");
    struct policy *identity[POLICIES];
    struct policy *boundary = read_policy(json_get(c, "boundary"), POLICY_IDENTITY);
    struct policy *session = read_policy(json_get(c, "session"), POLICY_IDENTITY);
    struct policy *resource = read_policy(json_get(c, "resourcePolicy"), POLICY_RESOURCE);
    char account[13];
    struct policy_request r = {
        .account = account_of(account, principal),
        .principal = principal,
        .role = strstr(principal, ":assumed-role/") ? "arn:aws:iam::123456789012:role/work" : NULL,
        .action = json_string(json_get(c, "action"), ""),
        .resource = json_string(json_get(c, "resource"), ""),
        .keys = keys,
        .key_count = read_keys(keys, values, json_get(c, "keys")),
    };
    struct policy_set set = {
        .identity = (const struct policy *const *)identity,
        .identity_count = json_count(list),
        .boundary = boundary,
        .session = session,
        .resource = resource,
        .resource_account = json_string(json_get(c, "resourceAccount"), NULL),
    };
    const char *decision;

    assert_true(set.identity_count <= POLICIES);
    for (size_t i = 0; i < set.identity_count; i++)
        identity[i] = read_policy(json_at(list, i), POLICY_IDENTITY);
    decision = words(policy_decide(&set, &r));
    for (size_t i = 0; i < set.identity_count; i++)
        policy_free(identity[i]);
    policy_free(boundary);
    policy_free(session);
    policy_free(resource);
    return decision;
}

static void take_case(struct decided *d, struct slice line)
{
    struct lk_error err = {0};
    struct json *c = NULL;
    const char *expected, *found;

    assert_ok(json_parse(&c, line, "case", &err), &err);
    expected = json_string(json_get(c, "expected"), "");
    found = decide(c);
    d->cases++;
    d->allowed += !strcmp(found, "Allowed");
    d->denied += !strcmp(found, "ExplicitlyDenied");
    if (strcmp(expected, found) && d->differ++ < SHOWN)
        printf("# expected %s, decided %s: %.*s\n", expected, found, (int)line.len, line.ptr);
    json_free(c);
}

static void read_all(struct str *out, int fd)
{
    ssize_t n;

    while ((n = read(fd, str_room(out, 1 << 16), 1 << 16)) > 0)
        str_grew(out, (size_t)n);
}

static void decides_as_an_independent_evaluator(void **state)
{
    static const char *const argv[] = {"node", "tests/clients/policy_cases.mjs", CASES, "20261125",
                                       NULL};
    struct child_spec spec = {.argv = argv, .pipe_out = true};
    struct decided d = {0};
    struct str text = STR_INIT;
    struct lk_error err = {0};
    struct slice rest, line;
    struct child node;
    int code = -1;

    assert_ok(child_start(&node, &spec, &err), &err);
    read_all(&text, node.from);
    assert_true(child_wait(&node, 60000, &code));
    assert_int_equal(code, 0);
    child_close(&node);
    for (rest = slice_str(&text); slice_line(&rest, &line);)
        if (line.len)
            take_case(&d, line);
    str_done(&text);
    assert_int_equal(d.cases, atoi(CASES));
    assert_true(d.allowed > d.cases / 10 && d.denied > d.cases / 10);
    assert_int_equal(d.differ, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decides_as_an_independent_evaluator)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
