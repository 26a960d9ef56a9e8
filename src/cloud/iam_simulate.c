/* SimulatePrincipalPolicy: who may do what, asked without doing it. */
#include "cloud/iam.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 100 };

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

void iam_simulate(struct call *c)
{
    const char *source = call_need(c, "PolicySourceArn");
    const char *action = call_need(c, "ActionNames.member.1");
    struct access_key_value *keys = arena_alloc(&c->memory, ENTRIES_MAX * sizeof *keys);
    struct caller who;
    struct access_question q = {.who = &who, .keys = keys};

    if (call_failed(c) || !find_source(c, &who, source))
        return;
    q.n = context_keys(c, keys);
    q.resource_policy = call_param(c, "ResourcePolicy");
    xml_open(&c->answer, "EvaluationResults");
    for (int i = 1; action && i <= ENTRIES_MAX; i++) {
        const char *resource = call_param(c, "ResourceArns.member.1");

        q.action = action;
        for (int k = 2; k <= ENTRIES_MAX + 1; k++) {
            q.resource = resource ? resource : "*";
            put_result(c, &q);
            resource = call_param(c, arena_printf(&c->memory, "ResourceArns.member.%d", k));
            if (!resource)
                break;
        }
        action = call_param(c, arena_printf(&c->memory, "ActionNames.member.%d", i + 1));
    }
    xml_close(&c->answer, "EvaluationResults");
    xml_put_bool(&c->answer, "IsTruncated", false);
}
