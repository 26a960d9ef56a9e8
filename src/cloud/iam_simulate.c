/*
 * SimulatePrincipalPolicy and SimulateCustomPolicy: who may do what, asked
 * without doing it. The second has no principal's policies, only those given.
 *
 * All policies are gathered first, each with its name and its text; then every
 * action is asked on every resource. Beside the decision stand the statements
 * that led to it (of the denies if one denies, else of those that allow) with
 * their place in the text, and the condition keys that the policies ask for and
 * nobody has given.
 */
#include "cloud/iam.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ENTRIES_MAX = 100, SOURCES_MAX = 100, PAGE = 100 };

struct source {
    const char *id, *type;
    struct slice text;
    struct policy *policy;
};

struct simulation {
    struct call *c;
    struct caller who;
    const char *kind; /* of the principal: "user", "role", "group", or NULL */
    struct source source[SOURCES_MAX];
    size_t n;
    struct source boundary, resource; /* policy NULL: none */
    const struct policy *identity[SOURCES_MAX];
    struct access_key_value keys[ENTRIES_MAX];
    size_t key_count;
    const char *owner; /* account of the resources, or NULL */
    int64_t from, most, index;
};

/* ---- the policies -------------------------------------------------------------------------- */

static void add_source(struct simulation *m, const char *id, const char *type, const char *text)
{
    struct source *s = &m->source[m->n];

    if (m->n == SOURCES_MAX)
        return;
    *s = (struct source){.id = id, .type = type, .text = slice_of(text)};
    if (!policy_parse(&s->policy, s->text, POLICY_IDENTITY, NULL))
        m->identity[m->n++] = s->policy;
}

/* Rows of a policy's name, its document, and whether it is AWS's (NULL: written in). */
static void add_rows(struct simulation *m, struct stmt *s, const char *kind, const char *owner)
{
    struct arena *a = &m->c->memory;

    stmt_text(s, 1, kind);
    stmt_text(s, 2, owner);
    while (sql_row(m->c->cloud, s)) {
        const char *name = sql_text(a, s, 0), *text = sql_text(a, s, 1);
        bool inside = stmt_is_null(s, 2);

        add_source(m, inside ? arena_printf(a, "%s_%s_%s", kind, owner, name) : name,
                   inside               ? kind
                   : stmt_get_int(s, 2) ? "aws-managed"
                                        : "user-managed",
                   text);
    }
    stmt_reset(s);
}

static void add_principal(struct simulation *m, const char *kind, const char *name)
{
    add_rows(m,
             sql(m->c->cloud, "select policy, document, null from inline_policies"
                              " where kind = ?1 and name = ?2 union all"
                              " select p.name, v.document, p.arn like 'arn:aws:iam::aws:%'"
                              " from attachments a join policies p on p.arn = a.arn"
                              " join policy_versions v on v.arn = p.arn and v.version = p.standard"
                              " where a.kind = ?1 and a.name = ?2"),
             kind, name);
}

static void add_groups(struct simulation *m, const char *user)
{
    struct stmt *s = sql(m->c->cloud, "select grp from members where user = ?1 order by grp");
    const char *groups[ENTRIES_MAX];
    size_t n = 0;

    stmt_text(s, 1, user);
    while (n < ENTRIES_MAX && sql_row(m->c->cloud, s))
        groups[n++] = sql_text(&m->c->memory, s, 0);
    stmt_reset(s);
    for (size_t i = 0; i < n; i++)
        add_principal(m, "group", groups[i]);
}

/* A policy of the call, which must be one; *out's policy stays NULL where there is none. */
static bool read_source(struct simulation *m, struct source *out, const char *member,
                        const char *type, enum policy_kind kind)
{
    const char *text = call_param(m->c, member);
    struct lk_error err = {0};

    *out = (struct source){.id = member, .type = type, .text = slice_of(text)};
    if (!text || !policy_parse(&out->policy, out->text, kind, &err))
        return true;
    call_fail(m->c, 400, "InvalidInput", "Invalid %s: %s", member, err.text);
    return false;
}

static bool add_given(struct simulation *m)
{
    struct arena *a = &m->c->memory;

    for (int i = 1; m->n < SOURCES_MAX; i++) {
        struct source *s = &m->source[m->n];

        if (!read_source(m, s, arena_printf(a, "PolicyInputList.member.%d", i), "none",
                         POLICY_IDENTITY))
            return false;
        if (!s->policy)
            return true;
        s->id = arena_printf(a, "PolicyInputList.%d", i);
        m->identity[m->n++] = s->policy;
    }
    return true;
}

/* The boundary given here stands in for the principal's own. */
static bool find_boundary(struct simulation *m)
{
    struct stmt *s;

    if (!read_source(m, &m->boundary, "PermissionsBoundaryPolicyInputList.member.1", "none",
                     POLICY_IDENTITY))
        return false;
    if (m->boundary.policy || !m->kind)
        return true;
    s = sql(m->c->cloud, "select p.name, v.document from principals n join policies p"
                         " on p.arn = n.boundary join policy_versions v on v.arn = p.arn"
                         " and v.version = p.standard where n.kind = ?1 and n.name = ?2");
    stmt_text(s, 1, m->kind);
    stmt_text(s, 2, m->who.name);
    if (sql_row(m->c->cloud, s)) {
        m->boundary.id = sql_text(&m->c->memory, s, 0);
        m->boundary.type = "user-managed";
        m->boundary.text = slice_of(sql_text(&m->c->memory, s, 1));
        (void)policy_parse(&m->boundary.policy, m->boundary.text, POLICY_IDENTITY, NULL);
    }
    stmt_reset(s);
    return true;
}

/* ---- who, and what else is known ---------------------------------------------------------------
 */

/* The principal behind an ARN of a user, role or group. */
static bool find_principal(struct simulation *m, const char *arn)
{
    struct stmt *s = sql(m->c->cloud, "select kind, name, id from principals where arn = ?1");
    struct arena *a = &m->c->memory;

    stmt_text(s, 1, arn);
    if (!sql_row(m->c->cloud, s)) {
        call_fail(m->c, 404, "NoSuchEntity", "The principal %s cannot be found.", arn);
        return false;
    }
    m->kind = sql_text(a, s, 0);
    m->who = (struct caller){.kind = !strcmp(m->kind, "user") ? CALLER_USER : CALLER_ROLE,
                             .account = m->c->cloud->account,
                             .arn = arn,
                             .name = sql_text(a, s, 1),
                             .id = sql_text(a, s, 2),
                             .access_key = ""};
    stmt_reset(s);
    return true;
}

static void read_context(struct simulation *m)
{
    struct arena *a = &m->c->memory;

    for (int i = 1; i <= ENTRIES_MAX; i++) {
        const char *base = arena_printf(a, "ContextEntries.member.%d.", i);
        const char *name = call_param(m->c, arena_printf(a, "%sContextKeyName", base));

        for (int k = 1; name && m->key_count < ENTRIES_MAX; k++) {
            const char *value =
                call_param(m->c, arena_printf(a, "%sContextKeyValues.member.%d", base, k));

            if (!value)
                break;
            m->keys[m->key_count++] = (struct access_key_value){name, value};
        }
    }
}

/* "arn:aws:iam::123456789012:root" or the number alone. */
static void read_owner(struct simulation *m)
{
    const char *owner = call_param(m->c, "ResourceOwner");
    struct slice part[6];

    if (owner && policy_split_arn(slice_of(owner), part))
        m->owner = arena_strndup(&m->c->memory, part[4].ptr, part[4].len);
    else
        m->owner = owner;
}

static bool read_page(struct simulation *m)
{
    const char *from = call_page_key(m->c, call_param(m->c, "Marker"));

    m->most = call_int(m->c, "MaxItems", PAGE, 1, 1000);
    m->from = from ? strtoll(from, NULL, 10) : 0;
    return !call_failed(m->c);
}

/* ---- the statements behind a decision
 * ------------------------------------------------------------ */

struct matching {
    struct call *c;
    const struct source *source;
    bool denies; /* list those that deny, or those that allow */
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

    if (denies != m->denies || !policy_find_statement(m->source->text, index, &at))
        return;
    xml_open(out, "member");
    xml_put(out, "SourcePolicyId", m->source->id);
    xml_put(out, "SourcePolicyType", m->source->type);
    put_position(out, "StartPosition", at.line, at.column);
    put_position(out, "EndPosition", at.end_line, at.end_column);
    xml_close(out, "member");
}

static void put_statements(struct simulation *m, const struct policy_request *r, bool denies)
{
    struct matching match = {.c = m->c, .denies = denies};

    xml_open(&m->c->answer, "MatchedStatements");
    for (size_t i = 0; i < m->n; i++) {
        match.source = &m->source[i];
        policy_each_statement(m->source[i].policy, r, put_statement, &match);
    }
    match.source = &m->resource;
    if (m->resource.policy)
        policy_each_statement(m->resource.policy, r, put_statement, &match);
    match.source = &m->boundary;
    if (m->boundary.policy && denies)
        policy_each_statement(m->boundary.policy, r, put_statement, &match);
    xml_close(&m->c->answer, "MatchedStatements");
}

/* ---- the keys that nobody has given
 * ---------------------------------------------------------------- */

struct missing {
    struct call *c;
    const struct policy_request *request;
    const char *name[ENTRIES_MAX];
    size_t n;
};

static void note_missing(void *ctx, const char *name)
{
    struct missing *m = ctx;

    if (m->n == ENTRIES_MAX || policy_find_key(m->request, slice_of(name)))
        return;
    for (size_t i = 0; i < m->n; i++)
        if (!strcasecmp(m->name[i], name))
            return;
    m->name[m->n++] = name;
    xml_put(&m->c->answer, "member", name);
}

static void put_missing(struct simulation *m, const struct policy_request *r)
{
    struct missing missing = {.c = m->c, .request = r};

    xml_open(&m->c->answer, "MissingContextValues");
    for (size_t i = 0; i < m->n; i++)
        policy_each_key(m->source[i].policy, note_missing, &missing);
    if (m->boundary.policy)
        policy_each_key(m->boundary.policy, note_missing, &missing);
    if (m->resource.policy)
        policy_each_key(m->resource.policy, note_missing, &missing);
    xml_close(&m->c->answer, "MissingContextValues");
}

/* ---- answers
 * ------------------------------------------------------------------------------------------ */

static enum policy_reason decide(const struct simulation *m, const struct policy_request *r)
{
    const struct policy_set set = {.identity = m->identity,
                                   .identity_count = m->n,
                                   .boundary = m->boundary.policy,
                                   .resource = m->resource.policy,
                                   .resource_account = m->owner};

    return policy_decide(&set, r);
}

static void put_boundary(struct simulation *m, enum policy_reason reason)
{
    xml_open(&m->c->answer, "PermissionsBoundaryDecisionDetail");
    xml_put_bool(&m->c->answer, "AllowedByPermissionsBoundary",
                 reason != POLICY_DENY_BOUNDARY && reason != POLICY_NO_BOUNDARY);
    xml_close(&m->c->answer, "PermissionsBoundaryDecisionDetail");
}

static void put_result(struct simulation *m, const char *action, const char *resource)
{
    struct str *out = &m->c->answer;
    const struct access_question q = {
        .who = &m->who, .action = action, .resource = resource, .keys = m->keys, .n = m->key_count};
    struct policy_request r = access_request(m->c->cloud, &m->c->memory, &q);
    enum policy_reason reason = decide(m, &r);
    bool denied = reason >= POLICY_DENY_IDENTITY && reason <= POLICY_DENY_RESOURCE;

    xml_open(out, "member");
    xml_put(out, "EvalActionName", action);
    xml_put(out, "EvalResourceName", resource);
    xml_put(out, "EvalDecision",
            reason == POLICY_ALLOWED ? "allowed"
            : denied                 ? "explicitDeny"
                                     : "implicitDeny");
    if (reason == POLICY_ALLOWED || denied)
        put_statements(m, &r, denied);
    else
        str_puts(out, "<MatchedStatements/>");
    put_missing(m, &r);
    if (m->boundary.policy)
        put_boundary(m, reason);
    xml_close(out, "member");
}

/* Is the next result one of this page? */
static bool on_page(struct simulation *m)
{
    int64_t i = m->index++;

    return i >= m->from && i < m->from + m->most;
}

/* Every action on every resource that the call names. */
static void put_results(struct simulation *m)
{
    struct arena *a = &m->c->memory;
    const char *resource;

    xml_open(&m->c->answer, "EvaluationResults");
    for (int i = 1; i <= ENTRIES_MAX; i++) {
        const char *action = call_param(m->c, arena_printf(a, "ActionNames.member.%d", i));
        for (int k = 1; action && k <= ENTRIES_MAX; k++) {
            resource = call_param(m->c, arena_printf(a, "ResourceArns.member.%d", k));
            if (!resource && k > 1)
                break;
            if (on_page(m))
                put_result(m, action, resource ? resource : "*");
        }
    }
    xml_close(&m->c->answer, "EvaluationResults");
    xml_put_bool(&m->c->answer, "IsTruncated", m->index > m->from + m->most);
    if (m->index > m->from + m->most)
        xml_put(&m->c->answer, "Marker",
                call_page_token(m->c, arena_printf(a, "%lld", (long long)(m->from + m->most))));
}

static void simulate(struct simulation *m)
{
    if (m->kind)
        add_principal(m, m->kind, m->who.name);
    if (m->kind && !strcmp(m->kind, "user"))
        add_groups(m, m->who.name);
    if (read_page(m) && add_given(m) && find_boundary(m) &&
        read_source(m, &m->resource, "ResourcePolicy", "resource", POLICY_RESOURCE)) {
        read_context(m);
        read_owner(m);
        put_results(m);
    }
    for (size_t i = 0; i < m->n; i++)
        policy_free(m->source[i].policy);
    policy_free(m->boundary.policy);
    policy_free(m->resource.policy);
}

/* Of whom the resource's policy speaks: CallerArn, or the principal itself. */
void iam_simulate(struct call *c)
{
    const char *source = call_need(c, "PolicySourceArn"), *as = call_param(c, "CallerArn");
    struct simulation *m = arena_alloc(&c->memory, sizeof *m);

    *m = (struct simulation){.c = c};
    if (call_failed(c) || !find_principal(m, source))
        return;
    if (as)
        m->who.arn = as;
    simulate(m);
}

void iam_simulate_custom(struct call *c)
{
    const char *arn = call_param(c, "CallerArn");
    struct simulation *m = arena_alloc(&c->memory, sizeof *m);

    *m = (struct simulation){.c = c};
    m->who = (struct caller){
        .kind = CALLER_ROLE,
        .account = c->cloud->account,
        .arn = arn ? arn : arena_printf(&c->memory, "arn:aws:iam::%s:user/-", c->cloud->account),
        .name = "",
        .id = "",
        .access_key = "",
    };
    simulate(m);
}
