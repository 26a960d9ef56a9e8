/*
 * IAM policies: reading them, and deciding whether a request may pass. Pure:
 * no clock, no sockets, no state; everything about the request is in
 * `struct policy_request`.
 *
 * The rule, within one account: an explicit deny anywhere wins. Otherwise the
 * request passes when an identity policy allows it and the permission boundary
 * (if any) does too, or when the resource's own policy allows the principal by
 * name. A trust policy is the resource policy of a role. Naming the account
 * ("arn:aws:iam::ID:root") only delegates: an identity policy must then allow.
 */
#ifndef CLOUD_POLICY_H
#define CLOUD_POLICY_H

#include "base/json.h"
#include "base/str.h"
#include "labkit.h"

enum policy_kind { POLICY_IDENTITY, POLICY_RESOURCE, POLICY_TRUST };
enum { POLICY_BYTES_MAX = 20480 };

struct policy;

/* LK_EINPUT says what is wrong, as MalformedPolicyDocument would; place included. */
enum lk_status policy_parse(struct policy **out, struct slice text, enum policy_kind kind,
                            struct lk_error *err);
void policy_free(struct policy *p);

/* A condition key of the request; names are compared in any case. */
struct policy_key {
    const char *name;          /* "aws:SecureTransport" */
    const char *const *values; /* n of them */
    size_t n;
};

struct policy_request {
    const char *account;   /* the principal's, "123456789012" */
    const char *principal; /* its ARN (a session's for an assumed role), or a service's name */
    const char *role;      /* the role's ARN behind a session, or NULL */
    bool root;             /* the account itself: allowed all that is not denied */
    bool service;          /* principal is a service, "sagemaker.amazonaws.com" */
    bool anonymous;        /* no principal at all; only Principal "*" names it */
    const char *action;    /* "s3:GetObject" */
    const char *resource;  /* ARN, or "*" */
    const struct policy_key *keys;
    size_t key_count;
};

/* What applies to a request; any part may be empty. */
struct policy_set {
    const struct policy *const *identity;
    size_t identity_count;
    const struct policy *boundary; /* NULL: none */
    const struct policy *session;  /* given to AssumeRole; NULL: none */
    const struct policy *resource; /* bucket or trust policy; NULL: none */
    const char *resource_account;  /* owner of the resource; NULL: the principal's account */
    bool resource_must_allow;      /* as for AssumeRole: without it nobody passes */
};

enum policy_reason {
    POLICY_ALLOWED,
    POLICY_DENY_IDENTITY, /* explicit denies, and where they stand */
    POLICY_DENY_BOUNDARY,
    POLICY_DENY_SESSION,
    POLICY_DENY_RESOURCE,
    POLICY_NO_IDENTITY, /* nothing allows it there */
    POLICY_NO_BOUNDARY,
    POLICY_NO_SESSION,
    POLICY_NO_RESOURCE,
};

enum policy_reason policy_decide(const struct policy_set *set, const struct policy_request *r);
/* Each statement that speaks of the request, in order: its place in the policy, and what it says.
 */
typedef void policy_statement_fn(void *ctx, size_t index, bool denies);
void policy_each_statement(const struct policy *p, const struct policy_request *r,
                           policy_statement_fn *fn, void *ctx);
/* Each condition key that a statement names, as often as one does. */
typedef void policy_key_fn(void *ctx, const char *name);
void policy_each_key(const struct policy *p, policy_key_fn *fn, void *ctx);
/*
 * Where statement `index` stands in the text that policy_parse has taken: lines
 * and columns from 1, `end` behind its last character. false when there is none.
 */
struct policy_place {
    size_t line, column, end_line, end_column;
};
bool policy_find_statement(struct slice text, size_t index, struct policy_place *out);
/* " because no identity-based policy allows the s3:GetObject action", as AWS ends its refusals. */
void policy_put_reason(struct str *out, enum policy_reason reason, const char *action);

/* ---- for the engine's own files, and their tests ---------------------- */

/*
 * A pattern ready for policy_glob: '*' and '?' become 1 and 2, ${variables}
 * their values, taken literally. false when a variable has no value, or more
 * than one. variables off (a 2008 policy) takes "${" as it stands.
 */
bool policy_compile(struct str *out, struct slice pattern, const struct policy_request *r,
                    bool variables);
/* compiled against text, the whole of it. */
bool policy_glob(struct slice compiled, struct slice text, bool any_case);
const struct policy_key *policy_find_key(const struct policy_request *r, struct slice name);
/* Do all conditions of a statement's Condition block hold? NULL holds. */
bool policy_conditions_hold(const struct json *block, const struct policy_request *r,
                            bool variables);
/* Is every operator known and every value of a kind that it takes? */
enum lk_status policy_check_conditions(const struct json *block, struct lk_error *err);
/* An ARN's five first fields and its rest; false when it has fewer than six. */
bool policy_split_arn(struct slice arn, struct slice part[6]);

#endif
