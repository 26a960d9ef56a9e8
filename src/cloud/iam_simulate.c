/*
 * SimulatePrincipalPolicy and SimulateCustomPolicy: who may do what, asked
 * without doing it. The second has no principal's policies, only those given.
 * Beside the decision stand the statements that led to it: of the denies if one
 * denies, else of those that allow, each with its policy and place in the text.
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

/* ---- the statements behind a decision --------------------------------------------------- */

struct matching {
    struct call *c;
    struct policy_request request;
    bool denies; /* list those that deny, or those that allow */
    const char *id, *type;
    struct slice text;
};

static void put_position(struct str *out, const char *tag, size_t line, size_t column)
{
    xml_open(out, tag);
    xml_put_int(out, "Line", (int64_t)line);
    xml_put_int(out, "Column", (int64_t)column);
    xml_close(out, tag);
}

static void put_statement(void *ctx, size_t index, bool denies)
{
    struct matching *m = ctx;
    struct str *out = &m->c->answer;
    struct policy_place at;

    if (denies != m->denies || !policy_find_statement(m->text, index, &at))
        return;
    xml_open(out, "member");
    xml_put(out, "SourcePolicyId", m->id);
    xml_put(out, "SourcePolicyType", m->type);
    put_position(out, "StartPosition", at.line, at.column);
    put_position(out, "EndPosition", at.end_line, at.end_column);
    xml_close(out, "member");
}

static void match_document(struct matching *m, const char *text, enum policy_kind kind)
{
    struct policy *policy;

    m->text = slice_of(text);
    if (policy_parse(&policy, m->text, kind, NULL))
        return;
    policy_each_statement(policy, &m->request, put_statement, m);
    policy_free(policy);
}

/* Rows of a policy's name, its document, and whether it is AWS's (NULL: written in). */
static void match_rows(struct matching *m, struct stmt *s, const char *owner_kind,
                       const char *owner)
{
    struct arena *a = &m->c->memory;

    while (sql_row(m->c->cloud, s)) {
        const char *name = sql_text(a, s, 0), *text = sql_text(a, s, 1);
        bool inside = stmt_is_null(s, 2);

        m->id = inside ? arena_printf(a, "%s_%s_%s", owner_kind, owner, name) : name;
        m->type = inside ? owner_kind : stmt_get_int(s, 2) ? "aws-managed" : "user-managed";
        match_document(m, text, POLICY_IDENTITY);
    }
    stmt_reset(s);
}

static void match_principal(struct matching *m, const struct caller *who)
{
    const char *kind = who->kind == CALLER_USER ? "user" : "role";
    struct stmt *s =
        sql(m->c->cloud, "select policy, document, null from inline_policies"
                         " where kind = ?1 and name = ?2 union all"
                         " select p.name, v.document, p.arn like 'arn:aws:iam::aws:%'"
                         " from attachments a join policies p on p.arn = a.arn"
                         " join policy_versions v on v.arn = p.arn and v.version = p.standard"
                         " where a.kind = ?1 and a.name = ?2");

    stmt_text(s, 1, kind);
    stmt_text(s, 2, who->name);
    match_rows(m, s, kind, who->name);
}

static void match_groups(struct matching *m, const struct caller *who)
{
    struct stmt *s = sql(
        m->c->cloud, "select i.policy, i.document, null from members m join inline_policies i"
                     " on i.kind = 'group' and i.name = m.grp where m.user = ?1 union all"
                     " select p.name, v.document, p.arn like 'arn:aws:iam::aws:%' from members m"
                     " join attachments a on a.kind = 'group' and a.name = m.grp"
                     " join policies p on p.arn = a.arn"
                     " join policy_versions v on v.arn = p.arn and v.version = p.standard"
                     " where m.user = ?1");

    stmt_text(s, 1, who->name);
    match_rows(m, s, "group", who->name);
}

static void match_given(struct matching *m)
{
    for (int i = 1; i <= POLICIES_MAX; i++) {
        struct arena *a = &m->c->memory;
        const char *text = call_param(m->c, arena_printf(a, "PolicyInputList.member.%d", i));

        if (!text)
            return;
        m->id = arena_printf(a, "PolicyInputList.%d", i);
        m->type = "none";
        match_document(m, text, POLICY_IDENTITY);
    }
}

static void put_statements(struct call *c, const struct access_question *q, bool denied)
{
    struct matching m = {
        .c = c, .request = access_request(c->cloud, &c->memory, q), .denies = denied};

    xml_open(&c->answer, "MatchedStatements");
    match_principal(&m, q->who);
    if (q->who->kind == CALLER_USER)
        match_groups(&m, q->who);
    match_given(&m);
    if (q->resource_policy) {
        m.id = "ResourcePolicy";
        m.type = "resource";
        match_document(&m, q->resource_policy, POLICY_RESOURCE);
    }
    xml_close(&c->answer, "MatchedStatements");
}

/* ---- answers ---------------------------------------------------------------------------- */

static void put_result(struct call *c, const struct access_question *q)
{
    enum policy_reason reason = access_ask(c->cloud, &c->memory, q);
    bool denied = reason >= POLICY_DENY_IDENTITY && reason <= POLICY_DENY_RESOURCE;

    xml_open(&c->answer, "member");
    xml_put(&c->answer, "EvalActionName", q->action);
    xml_put(&c->answer, "EvalResourceName", q->resource);
    xml_put(&c->answer, "EvalDecision",
            reason == POLICY_ALLOWED ? "allowed"
            : denied                 ? "explicitDeny"
                                     : "implicitDeny");
    if (reason == POLICY_ALLOWED || denied)
        put_statements(c, q, denied);
    else
        str_puts(&c->answer, "<MatchedStatements/>");
    str_puts(&c->answer, "<MissingContextValues/>");
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
