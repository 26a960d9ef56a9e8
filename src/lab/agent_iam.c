/*
 * iam.*: roles, their policies, and who may do what. On AWS every change of
 * rights is shown to the person first, word for word.
 */
#include "lab/agent_internal.h"

#include "base/error.h"

#include <string.h>

static const char *text_or_null(const struct str *s)
{
    return s->len ? s->ptr : NULL;
}

/* ---- roles ------------------------------------------------------------------------ */

/* The trust policy: the whole one, or that of a service. */
static enum lk_status put_trust(struct str *out, const struct json *options, struct lk_error *err)
{
    const char *service = agent_option(options, "service");

    if (json_get(options, "trust")) {
        json_print(out, json_get(options, "trust"), false);
        return LK_OK;
    }
    if (!service)
        return error_set(err, LK_EUSE,
                         "say who may be the role: "
                         "{service = \"sagemaker.amazonaws.com\"}, or a trust "
                         "policy");
    str_puts(out, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
                  "{\"Service\":");
    str_put_json(out, slice_of(service));
    str_puts(out, "},\"Action\":\"sts:AssumeRole\"}]}");
    return LK_OK;
}

/* A managed policy by its ARN or by AWS's name for it. */
static enum lk_status change_managed(struct agent *a, const char *op, const char *role,
                                     const char *policy, struct lk_error *err)
{
    struct str arn = STR_INIT;
    enum lk_status st;

    if (!slice_starts(slice_of(policy), "arn:"))
        str_printf(&arn, "arn:%s:iam::aws:policy/", aws_partition(agent_client(a)));
    str_puts(&arn, policy);
    st = agent_need_own(a, "role", role, err);
    if (!st)
        st = agent_consent(a, err, "The lab changes what the role '%s' may do: %s %s", role, op,
                           arn.ptr);
    if (!st)
        st = agent_ask(a, "iam", op,
                       (const char *const[]){"RoleName", role, "PolicyArn", arn.ptr, NULL}, NULL,
                       err);
    agent_rights_changed(a);
    str_done(&arn);
    return st;
}

/* Each of a role's policies, as a list knows them, taken off by `op`. */
static enum lk_status strip(struct agent *a, const char *role, const char *list, const char *items,
                            const char *op, const char *member, struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st =
        agent_ask(a, "iam", list, (const char *const[]){"RoleName", role, NULL}, &answer, err);

    for (const struct json *i = json_first(json_get(answer, items)); i && !st; i = json_next(i))
        st = agent_ask(a, "iam", op,
                       (const char *const[]){"RoleName", role, member,
                                             json_string(i, json_path(i, "PolicyArn")), NULL},
                       NULL, err);
    json_free(answer);
    return st;
}

static enum lk_status strip_role(struct agent *a, const char *role, struct lk_error *err)
{
    enum lk_status st =
        strip(a, role, "ListRolePolicies", "PolicyNames", "DeleteRolePolicy", "PolicyName", err);

    return st ? st
              : strip(a, role, "ListAttachedRolePolicies", "AttachedPolicies", "DetachRolePolicy",
                      "PolicyArn", err);
}

/* A step that runs again meets the role that it made: as good as new. */
static enum lk_status renew_role(struct json **answer, struct agent *a, const char *role,
                                 const char *trust, struct lk_error *err)
{
    enum lk_status st;

    *err = (struct lk_error){0};
    agent_rights_changed(a);
    (void)((st = strip_role(a, role, err)) ||
           (st = agent_ask(a, "iam", "UpdateAssumeRolePolicy",
                           (const char *const[]){"RoleName", role, "PolicyDocument", trust, NULL},
                           NULL, err)) ||
           (st = agent_ask(a, "iam", "GetRole", (const char *const[]){"RoleName", role, NULL},
                           answer, err)));
    return st;
}

static enum lk_status create_role(struct agent *a, const struct json *args, struct json_out *w,
                                  struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    const struct json *options = json_at(args, 1);
    struct str trust = STR_INIT;
    struct json *answer = NULL;
    struct lk_error mine = {0};
    enum lk_status st = put_trust(&trust, options, err);

    if (!st)
        st = agent_consent(a, err, "The lab makes the role '%s', which these may take: %s", name,
                           trust.ptr);
    if (!st)
        st = agent_ask(
            a, "iam", "CreateRole",
            (const char *const[]){"RoleName", name, "AssumeRolePolicyDocument", trust.ptr, NULL},
            &answer, &mine);
    if (st && !strcmp(mine.code, "EntityAlreadyExists") && agent_is_own(a, "role", name))
        st = renew_role(&answer, a, name, trust.ptr, &mine);
    if (mine.status && st && err)
        *err = mine;
    agent_rights_changed(a);
    for (const struct json *p = json_first(json_get(options, "policies")); p && !st;
         p = json_next(p))
        st = change_managed(a, "AttachRolePolicy", name, json_string(p, ""), err);
    json_open(w, "value", '{');
    json_put_z(w, "name", json_path(answer, "Role.RoleName"));
    json_put_z(w, "arn", json_path(answer, "Role.Arn"));
    json_close(w);
    json_free(answer);
    str_done(&trust);
    return st;
}

static enum lk_status delete_role(struct agent *a, const struct json *args, struct json_out *w,
                                  struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    enum lk_status st;

    (void)((st = agent_need_own(a, "role", name, err)) ||
           (st = strip(a, name, "ListRolePolicies", "PolicyNames", "DeleteRolePolicy", "PolicyName",
                       err)) ||
           (st = strip(a, name, "ListAttachedRolePolicies", "AttachedPolicies", "DetachRolePolicy",
                       "PolicyArn", err)) ||
           (st = agent_ask(a, "iam", "DeleteRole", (const char *const[]){"RoleName", name, NULL},
                           NULL, err)));
    return st;
}

/* Policies travel percent-encoded, which the client has undone, and are maps to a lab. */
static void put_document(struct json_out *w, const char *key, const char *text)
{
    struct json *policy = NULL;

    if (json_parse(&policy, slice_of(text), "policy", NULL))
        json_put_z(w, key, text);
    else
        json_put_tree(w, key, policy);
    json_free(policy);
}

static enum lk_status put_inline(struct agent *a, const char *role, struct json_out *w,
                                 struct lk_error *err)
{
    struct json *names = NULL;
    enum lk_status st = agent_ask(a, "iam", "ListRolePolicies",
                                  (const char *const[]){"RoleName", role, NULL}, &names, err);

    json_open(w, "policies", '{');
    for (const struct json *n = json_first(json_get(names, "PolicyNames")); n && !st;
         n = json_next(n)) {
        struct json *policy = NULL;

        st = agent_ask(
            a, "iam", "GetRolePolicy",
            (const char *const[]){"RoleName", role, "PolicyName", json_string(n, ""), NULL},
            &policy, err);
        if (!st)
            put_document(w, json_string(n, ""), json_path(policy, "PolicyDocument"));
        json_free(policy);
    }
    json_close(w);
    json_free(names);
    return st;
}

static enum lk_status put_attached(struct agent *a, const char *role, struct json_out *w,
                                   struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st = agent_ask(a, "iam", "ListAttachedRolePolicies",
                                  (const char *const[]){"RoleName", role, NULL}, &answer, err);

    json_open(w, "attached", '[');
    for (const struct json *p = json_first(json_get(answer, "AttachedPolicies")); p;
         p = json_next(p))
        json_put_z(w, NULL, json_path(p, "PolicyName"));
    json_close(w);
    json_free(answer);
    return st;
}

static enum lk_status role(struct agent *a, const struct json *args, struct json_out *w,
                           struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    struct json *answer = NULL;
    enum lk_status st =
        agent_ask(a, "iam", "GetRole", (const char *const[]){"RoleName", name, NULL}, &answer, err);

    json_open(w, "value", '{');
    json_put_z(w, "name", json_path(answer, "Role.RoleName"));
    json_put_z(w, "arn", json_path(answer, "Role.Arn"));
    put_document(w, "trust", json_path(answer, "Role.AssumeRolePolicyDocument"));
    if (!st)
        st = put_attached(a, name, w, err);
    if (!st)
        st = put_inline(a, name, w, err);
    json_close(w);
    json_free(answer);
    return st;
}

static bool put_role(void *ctx, const struct json *item)
{
    struct json_out *w = ctx;

    json_open(w, NULL, '[');
    json_put_z(w, NULL, json_path(item, "RoleName"));
    json_put_z(w, NULL, json_path(item, "Arn"));
    json_close(w);
    return true;
}

static enum lk_status roles(struct agent *a, const struct json *args, struct json_out *w,
                            struct lk_error *err)
{
    enum lk_status st;

    agent_table_open(w, (const char *const[]){"name", "arn", NULL});
    st = aws_each(agent_client(a), "iam", "ListRoles", SLICE(""), "Roles", put_role, w, err);
    agent_table_close(w);
    return st;
}

/* ---- policies ----------------------------------------------------------------------- */

static enum lk_status put_policy(struct agent *a, const struct json *args, struct json_out *w,
                                 struct lk_error *err)
{
    const char *role_name = agent_text(args, 0), *name = agent_text(args, 1);
    struct str policy = STR_INIT;
    enum lk_status st;

    json_print(&policy, json_at(args, 2), false);
    st = agent_need_own(a, "role", role_name, err);
    if (!st)
        st = agent_consent(a, err, "The lab changes what the role '%s' may do: %s", role_name,
                           policy.ptr);
    if (!st)
        st = agent_ask(a, "iam", "PutRolePolicy",
                       (const char *const[]){"RoleName", role_name, "PolicyName", name,
                                             "PolicyDocument", policy.ptr, NULL},
                       NULL, err);
    agent_rights_changed(a);
    str_done(&policy);
    return st;
}

static enum lk_status delete_policy(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    const char *role_name = agent_text(args, 0);
    enum lk_status st = agent_need_own(a, "role", role_name, err);

    return st ? st
              : agent_ask(a, "iam", "DeleteRolePolicy",
                          (const char *const[]){"RoleName", role_name, "PolicyName",
                                                agent_text(args, 1), NULL},
                          NULL, err);
}

static enum lk_status attach(struct agent *a, const struct json *args, struct json_out *w,
                             struct lk_error *err)
{
    return change_managed(a, "AttachRolePolicy", agent_text(args, 0), agent_text(args, 1), err);
}

static enum lk_status detach(struct agent *a, const struct json *args, struct json_out *w,
                             struct lk_error *err)
{
    return change_managed(a, "DetachRolePolicy", agent_text(args, 0), agent_text(args, 1), err);
}

/* ---- who may do what ------------------------------------------------------------------ */

/* A policy, or a list of them, as the texts that the simulator takes. */
static void put_policies(struct json_out *w, const struct json *policy)
{
    bool many = json_kind(policy) == JSON_ARRAY;
    struct str text = STR_INIT;

    if (!policy)
        return;
    json_open(w, "PolicyInputList", '[');
    for (const struct json *p = many ? json_first(policy) : policy; p;
         p = many ? json_next(p) : NULL) {
        str_clear(&text);
        json_print(&text, p, false);
        json_put_string(w, NULL, slice_str(&text));
    }
    json_close(w);
    str_done(&text);
}

static void put_context(struct json_out *w, const struct json *context)
{
    struct str text = STR_INIT;

    if (!json_count(context))
        return;
    json_open(w, "ContextEntries", '[');
    for (const struct json *c = json_first(context); c; c = json_next(c)) {
        str_clear(&text);
        if (json_kind(c) == JSON_STRING)
            str_puts(&text, json_string(c, ""));
        else
            json_print(&text, c, false);
        json_open(w, NULL, '{');
        json_put_z(w, "ContextKeyName", json_key(c));
        json_open(w, "ContextKeyValues", '[');
        json_put_string(w, NULL, slice_str(&text));
        json_close(w);
        json_put_z(w, "ContextKeyType", json_kind(c) == JSON_NUMBER ? "numeric" : "string");
        json_close(w);
    }
    json_close(w);
    str_done(&text);
}

static void put_question(struct str *in, const struct json *o, const char *source)
{
    struct str resource_policy = STR_INIT;
    struct json_out w;

    json_begin(&w, in, false);
    json_open(&w, NULL, '{');
    if (source)
        json_put_z(&w, "PolicySourceArn", source);
    put_policies(&w, json_get(o, "policy"));
    json_open(&w, "ActionNames", '[');
    json_put_z(&w, NULL, agent_option(o, "action"));
    json_close(&w);
    json_open(&w, "ResourceArns", '[');
    json_put_z(&w, NULL, json_string(json_get(o, "resource"), "*"));
    json_close(&w);
    if (json_get(o, "resource_policy")) {
        json_print(&resource_policy, json_get(o, "resource_policy"), false);
        json_put_string(&w, "ResourcePolicy", slice_str(&resource_policy));
    }
    if (agent_option(o, "principal"))
        json_put_z(&w, "CallerArn", agent_option(o, "principal"));
    put_context(&w, json_get(o, "context"));
    json_close(&w);
    str_done(&resource_policy);
}

static enum lk_status simulate(struct agent *a, const struct json *o, struct json_out *w,
                               struct lk_error *err)
{
    const char *role_name = agent_option(o, "role"), *decision;
    struct str source = STR_INIT, in = STR_INIT;
    struct json *answer = NULL;
    const struct json *result;
    enum lk_status st = LK_OK;

    if (!role_name && !json_get(o, "policy"))
        return error_set(err, LK_EUSE, "say whose rights are asked: a role, or a policy");
    if (role_name)
        st = agent_role_arn(&source, a, role_name, err);
    put_question(&in, o, text_or_null(&source));
    if (!st)
        st = aws_call(agent_client(a), "iam",
                      role_name ? "SimulatePrincipalPolicy" : "SimulateCustomPolicy",
                      slice_str(&in), &answer, err);
    result = json_first(json_get(answer, "EvaluationResults"));
    decision = json_path(result, "EvalDecision");
    json_open(w, "value", '{');
    json_put_bool(w, "allowed", !strcmp(decision, "allowed"));
    json_put_z(w, "decision", decision);
    if (json_count(json_get(result, "MatchedStatements")))
        json_put_tree(w, "statements", json_get(result, "MatchedStatements"));
    json_close(w);
    json_free(answer);
    str_done(&in);
    str_done(&source);
    return st;
}

const struct agent_verb agent_iam_verbs[] = {
    {"iam.create_role", create_role},
    {"iam.delete_role", delete_role},
    {"iam.role", role},
    {"iam.roles", roles},
    {"iam.put_policy", put_policy},
    {"iam.delete_policy", delete_policy},
    {"iam.attach", attach},
    {"iam.detach", detach},
    {"iam.simulate", simulate},
};
const size_t agent_iam_count = sizeof agent_iam_verbs / sizeof agent_iam_verbs[0];
