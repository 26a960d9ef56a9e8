/*
 * SimulatePrincipalPolicy and SimulateCustomPolicy: who may do what, asked
 * without doing it. The second has no principal's policies, only those given.
 */
#include "cloud/iam.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 100, POLICIES_MAX = 50 };

/* The principal behind an ARN of a user or role. */
static bool find_source(struct call *c, struct caller *who, const char *arn)
{
    struct stmt *s = sql(c->cloud, "select kind, name, id from principals where arn = ?1");

    stmt_text(s, 1, arn);
    if (!sql_row(c->cloud, s)) {
        call_fail(c, 404, "NoSuchEntity", "The principal %s cannot be found.", arn);
        return false;
    }
    *who = (struct caller){
        .kind = !strcmp(stmt_get_text(s, 0), "user") ? CALLER_USER : CALLER_ROLE,
        .account = c->cloud->account,
        .arn = arn,
        .name = sql_text(&c->memory, s, 1),
        .id = sql_text(&c->memory, s, 2),
        .role = NULL,
        .access_key = "",
    };
    stmt_reset(s);
    return true;
}

static size_t context_keys(struct call *c, struct access_key_value *keys)
{
    size_t n = 0;

    for (int i = 1; i <= ENTRIES_MAX && n < ENTRIES_MAX; i++) {
        const char *base = arena_printf(&c->memory, "ContextEntries.member.%d.", i);
        const char *name = call_param(c, arena_printf(&c->memory, "%sContextKeyName", base));

        if (!name)
            break;
        for (int k = 1; n < ENTRIES_MAX; k++) {
            const char *value =
                call_param(c, arena_printf(&c->memory, "%sContextKeyValues.member.%d", base, k));

            if (!value)
                break;
            keys[n++] = (struct access_key_value){name, value};
        }
    }
    return n;
}

static void put_result(struct call *c, const struct access_question *q)
{
    enum policy_reason reason = access_ask(c->cloud, &c->memory, q);
    bool explicit_deny = reason >= POLICY_DENY_IDENTITY && reason <= POLICY_DENY_RESOURCE;

    xml_open(&c->answer, "member");
    xml_put(&c->answer, "EvalActionName", q->action);
    xml_put(&c->answer, "EvalResourceName", q->resource);
    xml_put(&c->answer, "EvalDecision",
            reason == POLICY_ALLOWED ? "allowed"
            : explicit_deny          ? "explicitDeny"
                                     : "implicitDeny");
    str_puts(&c->answer, "<MatchedStatements/><MissingContextValues/>");
    xml_close(&c->answer, "member");
}

/* Every action on every resource that the call names. */
static void put_results(struct call *c, struct access_question *q, const char *action)
{
    xml_open(&c->answer, "EvaluationResults");
    for (int i = 1; action && i <= ENTRIES_MAX; i++) {
        const char *resource = call_param(c, "ResourceArns.member.1");

        q->action = action;
        for (int k = 2; k <= ENTRIES_MAX + 1; k++) {
            q->resource = resource ? resource : "*";
            put_result(c, q);
            resource = call_param(c, arena_printf(&c->memory, "ResourceArns.member.%d", k));
            if (!resource)
                break;
        }
        action = call_param(c, arena_printf(&c->memory, "ActionNames.member.%d", i + 1));
    }
    xml_close(&c->answer, "EvaluationResults");
    xml_put_bool(&c->answer, "IsTruncated", false);
}

/* The policies of the call's list into *list; false when one of them is none. */
static bool read_policies(struct call *c, struct policy **list, size_t *n)
{
    for (int i = 1; *n < POLICIES_MAX; i++) {
        const char *text = call_param(c, arena_printf(&c->memory, "PolicyInputList.member.%d", i));
        struct lk_error err = {0};

        if (!text)
            return true;
        if (policy_parse(&list[*n], slice_of(text), POLICY_IDENTITY, &err)) {
            call_fail(c, 400, "InvalidInput", "Policy %d of the list is malformed: %s", i,
                      err.text);
            return false;
        }
        ++*n;
    }
    return true;
}

static void simulate(struct call *c, const struct caller *who, const char *action)
{
    struct access_key_value *keys = arena_alloc(&c->memory, ENTRIES_MAX * sizeof *keys);
    struct policy *given[POLICIES_MAX];
    size_t n = 0;
    struct access_question q = {.who = who,
                                .keys = keys,
                                .more = (const struct policy *const *)given,
                                .resource_policy = call_param(c, "ResourcePolicy")};

    if (read_policies(c, given, &n)) {
        q.more_count = n;
        q.n = context_keys(c, keys);
        put_results(c, &q, action);
    }
    for (size_t i = 0; i < n; i++)
        policy_free(given[i]);
}

void iam_simulate(struct call *c)
{
    const char *source = call_need(c, "PolicySourceArn");
    const char *action = call_need(c, "ActionNames.member.1");
    struct caller who;

    if (!call_failed(c) && find_source(c, &who, source))
        simulate(c, &who, action);
}

void iam_simulate_custom(struct call *c)
{
    const char *policy = call_need(c, "PolicyInputList.member.1");
    const char *action = call_need(c, "ActionNames.member.1");
    const char *arn = call_param(c, "CallerArn");
    struct caller nobody = {
        .kind = CALLER_ROLE, /* one without policies, as none has this name */
        .account = c->cloud->account,
        .arn = arn ? arn : arena_printf(&c->memory, "arn:aws:iam::%s:user/-", c->cloud->account),
        .name = "",
        .id = "",
        .access_key = "",
    };

    if (!call_failed(c) && policy)
        simulate(c, &nobody, action);
}
