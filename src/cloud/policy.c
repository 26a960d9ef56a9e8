/*
 * Policies as a whole: checked when read, evaluated by walking their JSON.
 *
 * policy_parse accepts only what the grammar has, so evaluation need not
 * doubt: a statement has one Effect, one of Action and NotAction, and what
 * its kind asks for of Principal and Resource. An element the program does
 * not know is refused, never skipped: a skipped one might have been a limit.
 */
#include "cloud/policy.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct policy {
    struct json *root;
    bool variables; /* Version 2012-10-17 */
};

enum effect { NONE, ALLOW, DENY };

/* ---- the grammar ----------------------------------------------------- */

static const char *const top_keys[] = {"Version", "Id", "Statement"};
static const char *const statement_keys[] = {"Sid",       "Effect",       "Action",
                                             "NotAction", "Resource",     "NotResource",
                                             "Principal", "NotPrincipal", "Condition"};

static enum lk_status known_keys(const struct json *object, const char *const *names, size_t n,
                                 struct lk_error *err)
{
    for (const struct json *c = json_first(object); c; c = json_next(c)) {
        size_t i = 0;

        while (i < n && strcmp(names[i], json_key(c)))
            i++;
        if (i == n) {
            const char *near = error_nearest(json_key(c), names, n);

            return error_set(err, LK_EINPUT, "unknown element '%s'%s%s%s", json_key(c),
                             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        }
    }
    return LK_OK;
}

/* A string or a non-empty list of strings, each of which `fits`. */
static enum lk_status check_list(const struct json *j, const char *what, bool fits(struct slice),
                                 struct lk_error *err)
{
    const struct json *v = json_kind(j) == JSON_ARRAY ? json_first(j) : j;

    if (!v)
        return error_set(err, LK_EINPUT, "%s is an empty list", what);
    for (; v; v = json_kind(j) == JSON_ARRAY ? json_next(v) : NULL) {
        if (json_kind(v) != JSON_STRING)
            return error_set(err, LK_EINPUT, "%s is neither a string nor a list of strings", what);
        if (!fits(slice_of(json_string(v, ""))))
            return error_set(err, LK_EINPUT, "%s has '%s'; expected %s", what, json_string(v, ""),
                             strstr(what, "Action") ? "service:Action or *" : "an ARN or *");
    }
    return LK_OK;
}

static bool is_action(struct slice s)
{
    size_t colon = slice_find(s, ':');

    return slice_is(s, "*") || (colon > 0 && colon + 1 < s.len);
}

static bool is_resource(struct slice s)
{
    struct slice part[6];

    return slice_is(s, "*") || (slice_starts(s, "arn:") && policy_split_arn(s, part));
}

static bool is_anything(struct slice s)
{
    return s.len > 0;
}

static enum lk_status check_principal(const struct json *j, struct lk_error *err)
{
    static const char *const kinds[] = {"AWS", "Service", "Federated", "CanonicalUser"};
    enum lk_status st;

    if (json_kind(j) == JSON_STRING && !strcmp(json_string(j, ""), "*"))
        return LK_OK;
    if (json_kind(j) != JSON_OBJECT || !json_first(j))
        return error_set(err, LK_EINPUT, "Principal is neither \"*\" nor an object");
    st = known_keys(j, kinds, 4, err);
    for (const struct json *c = json_first(j); c && !st; c = json_next(c))
        st = check_list(c, "Principal", is_anything, err);
    return st;
}

/* Exactly one of two elements, or, where allowed, none. */
static enum lk_status one_of(const struct json *s, const char *a, const char *b, bool needed,
                             bool allowed, const struct json **out, struct lk_error *err)
{
    const struct json *x = json_get(s, a), *y = json_get(s, b);

    *out = x ? x : y;
    if (x && y)
        return error_set(err, LK_EINPUT, "a statement has both %s and %s", a, b);
    if (needed && !*out)
        return error_set(err, LK_EINPUT, "a statement has no %s", a);
    if (!allowed && *out)
        return error_set(err, LK_EINPUT, "this kind of policy has no %s", a);
    return LK_OK;
}

static enum lk_status check_statement(const struct json *s, enum policy_kind kind,
                                      struct lk_error *err)
{
    const char *effect = json_string(json_get(s, "Effect"), "");
    const struct json *j;
    enum lk_status st;

    if (json_kind(s) != JSON_OBJECT)
        return error_set(err, LK_EINPUT, "a statement is not an object");
    st = known_keys(s, statement_keys, sizeof statement_keys / sizeof *statement_keys, err);
    if (!st && strcmp(effect, "Allow") && strcmp(effect, "Deny"))
        return error_set(err, LK_EINPUT, "Effect is '%s'; expected Allow or Deny", effect);
    if (!st)
        st = one_of(s, "Action", "NotAction", true, true, &j, err);
    if (!st)
        st = check_list(j, "Action", is_action, err);
    if (!st)
        st = one_of(s, "Resource", "NotResource", kind != POLICY_TRUST, kind != POLICY_TRUST, &j,
                    err);
    if (!st && j)
        st = check_list(j, "Resource", is_resource, err);
    if (!st)
        st = one_of(s, "Principal", "NotPrincipal", kind != POLICY_IDENTITY,
                    kind != POLICY_IDENTITY, &j, err);
    if (!st && j)
        st = check_principal(j, err);
    if (!st && json_get(s, "Condition"))
        st = policy_check_conditions(json_get(s, "Condition"), err);
    return st;
}

static const struct json *first_statement(const struct policy *p)
{
    const struct json *s = json_get(p->root, "Statement");

    return json_kind(s) == JSON_ARRAY ? json_first(s) : s;
}

static const struct json *next_statement(const struct policy *p, const struct json *s)
{
    return json_kind(json_get(p->root, "Statement")) == JSON_ARRAY ? json_next(s) : NULL;
}

static enum lk_status check_policy(struct policy *p, enum policy_kind kind, struct lk_error *err)
{
    const struct json *version = json_get(p->root, "Version"), *s;
    enum lk_status st;

    if (json_kind(p->root) != JSON_OBJECT)
        return error_set(err, LK_EINPUT, "a policy is a JSON object");
    st = known_keys(p->root, top_keys, 3, err);
    if (st)
        return st;
    p->variables = !strcmp(json_string(version, ""), "2012-10-17");
    if (version && !p->variables && strcmp(json_string(version, ""), "2008-10-17"))
        return error_set(err, LK_EINPUT, "Version is '%s'; expected 2012-10-17",
                         json_string(version, ""));
    s = first_statement(p);
    if (!s)
        return error_set(err, LK_EINPUT, "a policy has at least one Statement");
    for (; s && !st; s = next_statement(p, s))
        st = check_statement(s, kind, err);
    return st;
}

enum lk_status policy_parse(struct policy **out, struct slice text, enum policy_kind kind,
                            struct lk_error *err)
{
    struct policy *p;
    enum lk_status st;

    if (text.len > POLICY_BYTES_MAX)
        return error_set(err, LK_ELIMIT, "a policy of %zu bytes; the limit is %d", text.len,
                         POLICY_BYTES_MAX);
    p = mem_calloc(1, sizeof *p);
    st = json_parse(&p->root, text, "policy", err);
    if (!st)
        st = check_policy(p, kind, err);
    if (st)
        policy_free(p);
    else
        *out = p;
    return st;
}

void policy_free(struct policy *p)
{
    if (!p)
        return;
    json_free(p->root);
    free(p);
}

/* ---- one statement --------------------------------------------------- */

typedef bool match_fn(const struct policy *p, struct slice pattern, const struct policy_request *r);

static bool any_matches(const struct policy *p, const struct json *list,
                        const struct policy_request *r, match_fn *match)
{
    if (json_kind(list) != JSON_ARRAY)
        return match(p, slice_of(json_string(list, "")), r);
    for (const struct json *v = json_first(list); v; v = json_next(v))
        if (match(p, slice_of(json_string(v, "")), r))
            return true;
    return false;
}

static bool action_matches(const struct policy *p, struct slice pattern,
                           const struct policy_request *r)
{
    struct str compiled = STR_INIT;
    bool matches = policy_compile(&compiled, pattern, r, false) &&
                   policy_glob(slice_str(&compiled), slice_of(r->action), true);

    str_done(&compiled);
    return matches;
}

/* Field by field: a wildcard reaches past a colon only in the last. */
static bool resource_matches(const struct policy *p, struct slice pattern,
                             const struct policy_request *r)
{
    struct slice want[6], have[6], resource = slice_of(r->resource);
    struct str compiled = STR_INIT;
    bool matches = policy_compile(&compiled, pattern, r, p->variables);

    if (matches && !slice_is(pattern, "*")) {
        matches = policy_split_arn(slice_str(&compiled), want) && policy_split_arn(resource, have);
        for (int i = 0; matches && i < 6; i++)
            matches = policy_glob(want[i], have[i], false);
    }
    str_done(&compiled);
    return matches;
}

/* It may be meant, but a variable in it has no value: no statement applies by it. */
static bool resource_is_unknown(const struct policy *p, struct slice pattern,
                                const struct policy_request *r)
{
    struct slice want[6], have[6];
    struct str compiled = STR_INIT;
    bool unknown = !policy_compile(&compiled, pattern, r, p->variables) &&
                   policy_split_arn(pattern, want) && policy_split_arn(slice_of(r->resource), have);

    for (int i = 0; unknown && i < 5; i++) {
        str_clear(&compiled);
        unknown = policy_compile(&compiled, want[i], r, false) &&
                  policy_glob(slice_str(&compiled), have[i], false);
    }
    str_done(&compiled);
    return unknown;
}

/* How a principal element speaks of who asks. */
enum naming { NOT_NAMED, BY_ACCOUNT, BY_ROLE, BY_ANYONE, BY_NAME };

static enum naming names_aws(struct slice text, const struct policy_request *r)
{
    struct slice part[6];

    if (slice_is(text, "*"))
        return BY_ANYONE;
    if (r->service || r->anonymous)
        return NOT_NAMED;
    if (slice_is(text, r->principal))
        return BY_NAME;
    if (r->role && slice_is(text, r->role))
        return BY_ROLE;
    if (slice_is(text, r->account))
        return BY_ACCOUNT;
    if (policy_split_arn(text, part) && slice_is(part[4], r->account) && slice_is(part[5], "root"))
        return BY_ACCOUNT;
    return NOT_NAMED;
}

static enum naming names_one(const char *kind, struct slice text, const struct policy_request *r)
{
    if (!strcmp(kind, "AWS"))
        return names_aws(text, r);
    if (!strcmp(kind, "Service"))
        return r->service && slice_is(text, r->principal) ? BY_NAME : NOT_NAMED;
    return NOT_NAMED;
}

static enum naming names(const struct json *principal, const struct policy_request *r)
{
    enum naming best = NOT_NAMED, now;

    if (json_kind(principal) == JSON_STRING)
        return BY_ANYONE;
    for (const struct json *k = json_first(principal); k; k = json_next(k)) {
        const struct json *v = json_kind(k) == JSON_ARRAY ? json_first(k) : k;

        for (; v; v = json_kind(k) == JSON_ARRAY ? json_next(v) : NULL) {
            now = names_one(json_key(k), slice_of(json_string(v, "")), r);
            best = now > best ? now : best;
        }
    }
    return best;
}

static bool statement_applies(const struct policy *p, const struct json *s,
                              const struct policy_request *r, enum naming *naming)
{
    const struct json *j;

    *naming = BY_NAME;
    if ((j = json_get(s, "Principal")) && (*naming = names(j, r)) == NOT_NAMED)
        return false;
    if ((j = json_get(s, "NotPrincipal")) && names(j, r) != NOT_NAMED)
        return false;
    if ((j = json_get(s, "Action")) && !any_matches(p, j, r, action_matches))
        return false;
    if ((j = json_get(s, "NotAction")) && any_matches(p, j, r, action_matches))
        return false;
    if ((j = json_get(s, "Resource")) && !any_matches(p, j, r, resource_matches))
        return false;
    if ((j = json_get(s, "NotResource")) &&
        (any_matches(p, j, r, resource_matches) || any_matches(p, j, r, resource_is_unknown)))
        return false;
    return policy_conditions_hold(json_get(s, "Condition"), r, p->variables);
}

void policy_each_statement(const struct policy *p, const struct policy_request *r,
                           policy_statement_fn *fn, void *ctx)
{
    enum naming unused;
    size_t i = 0;

    for (const struct json *s = first_statement(p); s; s = next_statement(p, s), i++)
        if (statement_applies(p, s, r, &unused))
            fn(ctx, i, !strcmp(json_string(json_get(s, "Effect"), ""), "Deny"));
}

void policy_each_key(const struct policy *p, policy_key_fn *fn, void *ctx)
{
    for (const struct json *s = first_statement(p); s; s = next_statement(p, s))
        for (const struct json *o = json_first(json_get(s, "Condition")); o; o = json_next(o))
            for (const struct json *key = json_first(o); key; key = json_next(key))
                fn(ctx, json_key(key));
}

/* A whole policy: a deny at once, else the strongest naming among what allows. */
static enum effect evaluate(const struct policy *p, const struct policy_request *r,
                            enum naming *naming)
{
    enum effect effect = NONE;
    enum naming now;

    *naming = NOT_NAMED;
    for (const struct json *s = first_statement(p); s; s = next_statement(p, s)) {
        if (!statement_applies(p, s, r, &now))
            continue;
        if (!strcmp(json_string(json_get(s, "Effect"), ""), "Deny"))
            return DENY;
        effect = ALLOW;
        *naming = now > *naming ? now : *naming;
    }
    return effect;
}

/* ---- the decision ---------------------------------------------------- */

struct verdicts {
    enum effect identity, boundary, session, resource;
    enum naming naming; /* by which the resource policy allows */
};

static struct verdicts all_verdicts(const struct policy_set *set, const struct policy_request *r)
{
    struct verdicts v = {.identity = r->root ? ALLOW : NONE, .boundary = ALLOW, .session = ALLOW};
    enum naming unused;

    for (size_t i = 0; i < set->identity_count && v.identity != DENY; i++) {
        enum effect e = evaluate(set->identity[i], r, &unused);

        v.identity = e == NONE ? v.identity : e;
    }
    if (set->boundary)
        v.boundary = evaluate(set->boundary, r, &unused);
    if (set->session)
        v.session = evaluate(set->session, r, &unused);
    if (set->resource)
        v.resource = evaluate(set->resource, r, &v.naming);
    return v;
}

/*
 * What the resource policy's allow is worth. By the principal's own name it
 * stands alone; by everyone's, but for a session policy; a role's name is still
 * limited by boundary and session policy; the account's name only delegates to
 * identity policies.
 */
static enum policy_reason same_account(const struct policy_set *set, const struct verdicts *v)
{
    bool allows = v->resource == ALLOW;

    if (set->resource_must_allow && !allows)
        return POLICY_NO_RESOURCE;
    if (allows && v->naming >= BY_ANYONE)
        return v->naming == BY_NAME || v->session == ALLOW ? POLICY_ALLOWED : POLICY_NO_SESSION;
    if (!(allows && v->naming == BY_ROLE) && v->identity != ALLOW)
        return POLICY_NO_IDENTITY;
    if (v->boundary != ALLOW)
        return POLICY_NO_BOUNDARY;
    return v->session == ALLOW ? POLICY_ALLOWED : POLICY_NO_SESSION;
}

static enum policy_reason other_account(const struct verdicts *v)
{
    if (v->resource != ALLOW)
        return POLICY_NO_RESOURCE;
    if (v->identity != ALLOW)
        return POLICY_NO_IDENTITY;
    if (v->boundary != ALLOW)
        return POLICY_NO_BOUNDARY;
    return v->session == ALLOW ? POLICY_ALLOWED : POLICY_NO_SESSION;
}

enum policy_reason policy_decide(const struct policy_set *set, const struct policy_request *r)
{
    struct verdicts v = all_verdicts(set, r);

    if (v.identity == DENY)
        return POLICY_DENY_IDENTITY;
    if (v.boundary == DENY)
        return POLICY_DENY_BOUNDARY;
    if (v.session == DENY)
        return POLICY_DENY_SESSION;
    if (v.resource == DENY)
        return POLICY_DENY_RESOURCE;
    if (r->service || r->anonymous)
        return v.resource == ALLOW ? POLICY_ALLOWED : POLICY_NO_RESOURCE;
    if (set->resource_account && strcmp(set->resource_account, r->account))
        return other_account(&v);
    return same_account(set, &v);
}

void policy_put_reason(struct str *out, enum policy_reason reason, const char *action)
{
    static const char *const kinds[] = {"",
                                        "identity-based policy",
                                        "permissions boundary",
                                        "session policy",
                                        "resource-based policy",
                                        "identity-based policy",
                                        "permissions boundary",
                                        "session policy",
                                        "resource-based policy"};

    if (reason == POLICY_ALLOWED)
        return;
    if (reason < POLICY_NO_IDENTITY)
        str_printf(out, " with an explicit deny in a%s %s", kinds[reason][0] == 'i' ? "n" : "",
                   kinds[reason]);
    else
        str_printf(out, " because no %s allows the %s action", kinds[reason], action);
}
