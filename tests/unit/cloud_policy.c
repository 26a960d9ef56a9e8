/*
 * Policies: grammar, wildcards, variables, every operator, and who wins.
 * Agreement with an independent evaluator is cloud_policy_agree.c.
 */
#include "cloud/policy.h"
#include "unit/unit.h"

#define ALLOW_ALL "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"
#define BOB       "arn:aws:iam::123456789012:user/bob"

static const char *const tags[] = {"red", "blue"};
static const char *const name[] = {"bob"}, *const star[] = {"*"}, *const ip[] = {"10.1.2.3"},
                         *const secure[] = {"true"}, *const seven[] = {"7"},
                         *const when[] = {"2026-11-24T14:00:00Z"},
                         *const arn[] = {"arn:aws:s3:::pails/key:with:colons"};
static const struct policy_key keys[] = {
    {"aws:TagKeys", tags, 2},     {"aws:username", name, 1},          {"k:star", star, 1},
    {"aws:SourceIp", ip, 1},      {"aws:SecureTransport", secure, 1}, {"k:seven", seven, 1},
    {"aws:CurrentTime", when, 1}, {"aws:SourceArn", arn, 1},
};

static struct policy_request request(const char *action, const char *resource)
{
    return (struct policy_request){.account = "123456789012",
                                   .principal = BOB,
                                   .action = action,
                                   .resource = resource,
                                   .keys = keys,
                                   .key_count = sizeof keys / sizeof *keys};
}

static struct policy *parse(const char *text, enum policy_kind kind)
{
    struct lk_error err = {0};
    struct policy *p = NULL;

    assert_ok(policy_parse(&p, slice_of(text), kind, &err), &err);
    return p;
}

/* The decision with one identity policy and, where given, one resource policy. */
static enum policy_reason decide(const char *identity, const char *resource, const char *boundary,
                                 const struct policy_request *r)
{
    struct policy *i = identity ? parse(identity, POLICY_IDENTITY) : NULL,
                  *o = resource ? parse(resource, POLICY_RESOURCE) : NULL,
                  *b = boundary ? parse(boundary, POLICY_IDENTITY) : NULL;
    const struct policy *list[] = {i};
    struct policy_set set = {
        .identity = list, .identity_count = i ? 1 : 0, .resource = o, .boundary = b};
    enum policy_reason reason = policy_decide(&set, r);

    policy_free(i);
    policy_free(o);
    policy_free(b);
    return reason;
}

static bool holds(const char *condition)
{
    struct policy_request r = request("s3:GetObject", "*");
    char text[1024];

    snprintf(text, sizeof text,
             "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
             "\"Resource\":\"*\",\"Condition\":%s}}",
             condition);
    return decide(text, NULL, NULL, &r) == POLICY_ALLOWED;
}

static void conditions(void **state)
{
    static const struct {
        bool holds;
        const char *condition;
    } cases[] = {
        {true, "{\"StringEquals\":{\"AWS:USERNAME\":[\"eve\",\"bob\"]}}"},
        {false, "{\"StringEquals\":{\"aws:username\":\"Bob\"}}"},
        {true, "{\"StringEqualsIgnoreCase\":{\"aws:username\":\"BOB\"}}"},
        {false, "{\"StringNotEquals\":{\"aws:username\":[\"eve\",\"bob\"]}}"},
        {true, "{\"StringNotEquals\":{\"k:absent\":\"x\"}}"},
        {false, "{\"StringEquals\":{\"k:absent\":\"x\"}}"},
        {true, "{\"StringEqualsIfExists\":{\"k:absent\":\"x\"}}"},
        {true, "{\"StringLike\":{\"aws:username\":\"b?b*\"}}"},
        {false, "{\"StringEquals\":{\"aws:username\":\"b*\"}}"},
        {true, "{\"StringEquals\":{\"k:star\":\"${*}\"}}"},
        {false, "{\"StringLike\":{\"aws:username\":\"${k:star}\"}}"},
        {true, "{\"StringLike\":{\"aws:username\":\"${k:absent, 'bob'}\"}}"},
        {false, "{\"StringLike\":{\"aws:username\":\"${k:absent}\"}}"},
        {true, "{\"NumericLessThan\":{\"k:seven\":7.5}}"},
        {false, "{\"NumericLessThan\":{\"k:seven\":\"7\"}}"},
        {true, "{\"NumericLessThanEquals\":{\"k:seven\":\"7.0\"}}"},
        {true, "{\"NumericNotEquals\":{\"k:seven\":[1,2]}}"},
        {true, "{\"DateGreaterThan\":{\"aws:CurrentTime\":\"2026-11-24T13:59:59Z\"}}"},
        {true, "{\"DateEquals\":{\"aws:CurrentTime\":\"2026-11-24T16:00:00+02:00\"}}"},
        {false, "{\"DateLessThan\":{\"aws:CurrentTime\":\"2026-11-24\"}}"},
        {true, "{\"DateEquals\":{\"aws:CurrentTime\":\"1795528800\"}}"},
        {true, "{\"Bool\":{\"aws:SecureTransport\":true}}"},
        {false, "{\"Bool\":{\"aws:SecureTransport\":\"false\"}}"},
        {true, "{\"IpAddress\":{\"aws:SourceIp\":[\"192.168.0.0/16\",\"10.0.0.0/8\"]}}"},
        {false, "{\"NotIpAddress\":{\"aws:SourceIp\":\"10.1.2.3\"}}"},
        {false, "{\"IpAddress\":{\"aws:SourceIp\":\"10.1.2.3/33\"}}"},
        {true, "{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:s3:::pails/*\"}}"},
        {false, "{\"ArnLike\":{\"aws:SourceArn\":\"arn:*\"}}"},
        {true, "{\"Null\":{\"k:absent\":\"true\",\"k:seven\":\"false\"}}"},
        {true, "{\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"red\",\"blue\",\"x\"]}}"},
        {false, "{\"ForAllValues:StringEquals\":{\"aws:TagKeys\":\"red\"}}"},
        {true, "{\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":\"red\"}}"},
        {true, "{\"ForAllValues:StringEquals\":{\"k:absent\":\"red\"}}"},
        {false, "{\"ForAnyValue:StringEquals\":{\"k:absent\":\"red\"}}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (holds(cases[i].condition) != cases[i].holds)
            fail_msg("%s: expected it %s", cases[i].condition,
                     cases[i].holds ? "to hold" : "not to hold");
}

static void patterns(void **state)
{
    struct policy_request r = request("s3:GetObject", "arn:aws:s3:::home/bob/a/b");

    assert_int_equal(decide("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                            "\"Action\":\"S3:get*\",\"Resource\":"
                            "\"arn:aws:s3:::home/${aws:username}/*\"}]}",
                            NULL, NULL, &r),
                     POLICY_ALLOWED);
    /* Without a version variables are only text. */
    assert_int_equal(decide("{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"S3:get*\","
                            "\"Resource\":\"arn:aws:s3:::home/${aws:username}/*\"}]}",
                            NULL, NULL, &r),
                     POLICY_NO_IDENTITY);
    assert_int_equal(decide("{\"Statement\":[{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\","
                            "\"NotResource\":\"arn:aws:s3:::away/*\"}]}",
                            NULL, NULL, &r),
                     POLICY_ALLOWED);
}

static void deny_wins_and_boundaries_bound(void **state)
{
    static const char *const deny =
        "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},"
        "{\"Effect\":\"Deny\",\"Action\":\"s3:Get*\",\"Resource\":\"*\"}]}";
    static const char *const only_put =
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"*\"}}";
    struct policy_request r = request("s3:GetObject", "arn:aws:s3:::b/k");

    assert_int_equal(decide(NULL, NULL, NULL, &r), POLICY_NO_IDENTITY);
    assert_int_equal(decide(deny, NULL, NULL, &r), POLICY_DENY_IDENTITY);
    assert_int_equal(decide(ALLOW_ALL, NULL, only_put, &r), POLICY_NO_BOUNDARY);
    assert_int_equal(decide(ALLOW_ALL, NULL, deny, &r), POLICY_DENY_BOUNDARY);
    r.root = true;
    assert_int_equal(decide(NULL, NULL, NULL, &r), POLICY_ALLOWED);
}

static void resource_policies_name_principals(void **state)
{
#define BUCKET(effect, principal)                                                                  \
    "{\"Statement\":{\"Effect\":\"" effect "\",\"Principal\":" principal                           \
    ",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/*\"}}"
    struct policy_request r = request("s3:GetObject", "arn:aws:s3:::b/k");

    assert_int_equal(decide(NULL, BUCKET("Allow", "{\"AWS\":\"" BOB "\"}"), NULL, &r),
                     POLICY_ALLOWED);
    assert_int_equal(decide(NULL, BUCKET("Allow", "{\"AWS\":\"123456789012\"}"), NULL, &r),
                     POLICY_NO_IDENTITY);
    assert_int_equal(decide(ALLOW_ALL, BUCKET("Deny", "\"*\""), NULL, &r), POLICY_DENY_RESOURCE);
    r.principal = "sagemaker.amazonaws.com";
    r.service = true;
    assert_int_equal(
        decide(NULL, BUCKET("Allow", "{\"Service\":\"sagemaker.amazonaws.com\"}"), NULL, &r),
        POLICY_ALLOWED);
    assert_int_equal(decide(NULL, BUCKET("Allow", "{\"Service\":\"ec2.amazonaws.com\"}"), NULL, &r),
                     POLICY_NO_RESOURCE);
}

static void bad_grammar_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"Statement\":[]}",
        "{\"Statement\":{\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"GetObject\",\"Resource\":\"*\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"bucket\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotAction\":\"*\",\"Resource\":"
        "\"*\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":"
        "\"*\"}}",
        "{\"Version\":\"2026-01-01\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"*\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Conditions\":"
        "{}}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
        "{\"StringEqual\":{\"a\":\"b\"}}}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
        "{\"Bool\":{\"a\":{}}}}}",
    };
    struct lk_error err = {0};
    struct policy *p = NULL;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (!policy_parse(&p, slice_of(bad[i]), POLICY_IDENTITY, &err))
            fail_msg("accepted: %s", bad[i]);
        assert_true(err.text[0] != '\0');
    }
    assert_int_equal(policy_parse(&p, slice_of(ALLOW_ALL), POLICY_TRUST, &err), LK_EINPUT);
    assert_null(p);
}

static void refusals_use_the_services_words(void **state)
{
    struct str s = STR_INIT;

    policy_put_reason(&s, POLICY_NO_IDENTITY, "iam:PassRole");
    assert_string_equal(s.ptr, " because no identity-based policy allows the iam:PassRole action");
    str_clear(&s);
    policy_put_reason(&s, POLICY_DENY_IDENTITY, "iam:PassRole");
    assert_string_equal(s.ptr, " with an explicit deny in an identity-based policy");
    str_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions),
        cmocka_unit_test(patterns),
        cmocka_unit_test(deny_wins_and_boundaries_bound),
        cmocka_unit_test(resource_policies_name_principals),
        cmocka_unit_test(bad_grammar_is_refused),
        cmocka_unit_test(refusals_use_the_services_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
