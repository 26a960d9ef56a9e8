/*
 * What IAM says to a call: the principal's policies gathered, the request's
 * condition keys listed, the policy engine asked, and a refusal worded as AWS
 * words it.
 *
 * Parsed policies are kept by principal and thrown away whenever anything of
 * IAM changes (access_forget), which happens seldom and is always right.
 *
 * The loopback address stands for AWS's TLS endpoints, so aws:SecureTransport
 * is true, unless the fault `plain` is switched on.
 */
#include "base/clock.h"
#include "base/error.h"
#include "cloud/internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEYS_MAX = 200, PRINCIPALS_MAX = 200 };

struct policies {
    char *kind, *name;
    struct policy **identity;
    size_t count, cap;
    struct policy *boundary; /* of a principal that has one; never NULL then */
    struct policies *next;
};

/* ---- a principal's policies --------------------------------------------------------- */

static void add_document(struct policies *p, struct slice text)
{
    struct policy *policy;

    if (policy_parse(&policy, text, POLICY_IDENTITY, NULL))
        return; /* was checked when it was put; one that is damaged allows nothing */
    MEM_GROW(p->identity, p->count, p->cap);
    p->identity[p->count++] = policy;
}

static void add_rows(struct cloud *cloud, struct policies *p, struct stmt *s)
{
    while (sql_row(cloud, s))
        add_document(p, stmt_get_slice(s, 0));
    stmt_reset(s);
}

static void add_of(struct cloud *cloud, struct policies *p, const char *kind, const char *name)
{
    struct stmt *s =
        sql(cloud, "select document from inline_policies where kind = ?1 and name = ?2");

    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    add_rows(cloud, p, s);
    s = sql(cloud, "select v.document from attachments a join policies p on p.arn = a.arn"
                   " join policy_versions v on v.arn = p.arn and v.version = p.standard"
                   " where a.kind = ?1 and a.name = ?2");
    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    add_rows(cloud, p, s);
}

static void add_groups(struct cloud *cloud, struct policies *p, const char *user)
{
    struct stmt *s =
        sql(cloud, "select document from inline_policies i join members m on i.kind = 'group'"
                   " and i.name = m.grp where m.user = ?1");

    stmt_text(s, 1, user);
    add_rows(cloud, p, s);
    s = sql(cloud, "select v.document from members m join attachments a on a.kind = 'group'"
                   " and a.name = m.grp join policies p on p.arn = a.arn join policy_versions v"
                   " on v.arn = p.arn and v.version = p.standard where m.user = ?1");
    stmt_text(s, 1, user);
    add_rows(cloud, p, s);
}

/* A boundary that cannot be read bounds everything. */
static void set_boundary(struct cloud *cloud, struct policies *p)
{
    static const char nothing[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
                                  "\"Action\":\"*\",\"Resource\":\"*\"}]}";
    struct stmt *s =
        sql(cloud, "select v.document from principals n left join policies p on p.arn = n.boundary"
                   " left join policy_versions v on v.arn = p.arn and v.version = p.standard"
                   " where n.kind = ?1 and n.name = ?2 and n.boundary is not null");

    stmt_text(s, 1, p->kind);
    stmt_text(s, 2, p->name);
    if (sql_row(cloud, s) &&
        policy_parse(&p->boundary, stmt_get_slice(s, 0), POLICY_IDENTITY, NULL) &&
        policy_parse(&p->boundary, slice_of(nothing), POLICY_IDENTITY, NULL))
        abort();
    stmt_reset(s);
}

void access_forget(struct cloud *cloud)
{
    while (cloud->policies) {
        struct policies *p = cloud->policies;

        cloud->policies = p->next;
        for (size_t i = 0; i < p->count; i++)
            policy_free(p->identity[i]);
        policy_free(p->boundary);
        free(p->identity);
        free(p->kind);
        free(p->name);
        free(p);
    }
}

void access_free(struct cloud *cloud)
{
    access_forget(cloud);
}

static const struct policies *policies_of(struct cloud *cloud, const char *kind, const char *name)
{
    size_t n = 0;
    struct policies *p;

    for (p = cloud->policies; p; p = p->next, n++)
        if (!strcmp(p->kind, kind) && !strcmp(p->name, name))
            return p;
    if (n >= PRINCIPALS_MAX)
        access_forget(cloud);
    p = mem_calloc(1, sizeof *p);
    p->kind = mem_strdup(kind);
    p->name = mem_strdup(name);
    add_of(cloud, p, kind, name);
    if (!strcmp(kind, "user"))
        add_groups(cloud, p, name);
    set_boundary(cloud, p);
    p->next = cloud->policies;
    cloud->policies = p;
    return p;
}

/* ---- the question --------------------------------------------------------------------- */

struct keys {
    struct arena *a;
    struct policy_key key[KEYS_MAX];
    size_t n;
};

/* A name that comes again adds a value. */
static void add_key(struct keys *k, const char *name, const char *value)
{
    const char **values;
    size_t i = 0;

    while (i < k->n && strcasecmp(k->key[i].name, name))
        i++;
    if (!value || i == KEYS_MAX)
        return;
    if (i == k->n)
        k->key[k->n++] = (struct policy_key){.name = name};
    values = arena_alloc(k->a, (k->key[i].n + 1) * sizeof *values);
    if (k->key[i].n)
        memcpy(values, k->key[i].values, k->key[i].n * sizeof *values);
    values[k->key[i].n++] = value;
    k->key[i].values = values;
}

static const char *iso(struct arena *a, int64_t ms)
{
    struct str text = STR_INIT;
    const char *copy;

    clock_put_iso(&text, ms, false);
    copy = arena_strdup(a, text.ptr);
    str_done(&text);
    return copy;
}

/* The session's tags win over those of its role. */
static void add_principal_tags(struct keys *k, struct cloud *cloud, const struct caller *who)
{
    struct stmt *s = sql(cloud, "select key, value from tags where arn = ?1");
    struct json *own = NULL;

    if (who->session_tags)
        (void)json_parse(&own, slice_of(who->session_tags), "tags", NULL);
    for (const struct json *t = json_first(own); t; t = json_next(t))
        add_key(k, arena_printf(k->a, "aws:PrincipalTag/%s", json_key(t)),
                arena_strdup(k->a, json_string(t, "")));
    stmt_text(s, 1, who->role ? who->role : who->arn);
    while (sql_row(cloud, s))
        if (!json_get(own, stmt_get_text(s, 0)))
            add_key(k, arena_printf(k->a, "aws:PrincipalTag/%s", stmt_get_text(s, 0)),
                    sql_text(k->a, s, 1));
    stmt_reset(s);
    json_free(own);
}

static void add_common(struct keys *k, struct cloud *cloud, const struct caller *who)
{
    static const char *const types[] = {"Anonymous", "Account", "User", "AssumedRole", "Service"};
    int64_t now = cloud_now(cloud);

    add_key(k, "aws:CurrentTime", iso(k->a, now));
    add_key(k, "aws:EpochTime", arena_printf(k->a, "%lld", (long long)(now / 1000)));
    add_key(k, "aws:SecureTransport", fault_take(cloud, "plain", NULL) ? "false" : "true");
    add_key(k, "aws:PrincipalType", types[who->kind]);
    add_key(k, "aws:PrincipalIsAWSService", who->kind == CALLER_SERVICE ? "true" : "false");
    if (who->kind == CALLER_ANONYMOUS || who->kind == CALLER_SERVICE)
        return;
    add_key(k, "aws:PrincipalArn", who->role ? who->role : who->arn);
    add_key(k, "aws:PrincipalAccount", who->account);
    add_key(k, "aws:ResourceAccount", who->account);
    add_key(k, "aws:userid", who->id);
    if (who->kind == CALLER_USER)
        add_key(k, "aws:username", who->name);
    add_key(k, "aws:SourceIdentity", who->source_identity);
    if (who->issued_ms) {
        add_key(k, "aws:TokenIssueTime", iso(k->a, who->issued_ms));
        add_key(k, "aws:MultiFactorAuthPresent", "false");
    }
    add_principal_tags(k, cloud, who);
}

static struct policy_request engine_request(const struct access_question *q, const struct keys *k)
{
    const struct caller *who = q->who;

    return (struct policy_request){
        .account = who->account,
        .principal = who->arn,
        .role = who->role,
        .root = who->kind == CALLER_ROOT,
        .service = who->kind == CALLER_SERVICE,
        .anonymous = who->kind == CALLER_ANONYMOUS,
        .action = q->action,
        .resource = q->resource,
        .keys = k->key,
        .key_count = k->n,
    };
}

static enum policy_reason decide(struct cloud *cloud, const struct access_question *q,
                                 const struct keys *k)
{
    const struct caller *who = q->who;
    const struct policies *own =
        who->kind == CALLER_USER || who->kind == CALLER_ROLE
            ? policies_of(cloud, who->kind == CALLER_USER ? "user" : "role", who->name)
            : NULL;
    struct policy *session = NULL, *resource = NULL;
    struct policy_set set = {.resource_must_allow = q->resource_must_allow};
    struct policy_request r = engine_request(q, k);
    enum policy_reason reason;

    if (own) {
        set.identity = (const struct policy *const *)own->identity;
        set.identity_count = own->count;
        set.boundary = own->boundary;
    }
    if (who->session_policy &&
        policy_parse(&session, slice_of(who->session_policy), POLICY_IDENTITY, NULL))
        return POLICY_NO_SESSION;
    if (q->resource_policy)
        (void)policy_parse(&resource, slice_of(q->resource_policy),
                           q->trust ? POLICY_TRUST : POLICY_RESOURCE, NULL);
    set.session = session;
    set.resource = resource;
    reason = policy_decide(&set, &r);
    policy_free(session);
    policy_free(resource);
    return reason;
}

static const struct keys *all_keys(struct cloud *cloud, struct arena *memory,
                                   const struct access_question *q)
{
    struct keys *k = arena_alloc(memory, sizeof *k);

    k->a = memory;
    k->n = 0;
    add_common(k, cloud, q->who);
    for (size_t i = 0; i < q->n; i++)
        add_key(k, q->keys[i].name, q->keys[i].value);
    return k;
}

enum policy_reason access_ask(struct cloud *cloud, struct arena *memory,
                              const struct access_question *q)
{
    return decide(cloud, q, all_keys(cloud, memory, q));
}

struct policy_request access_request(struct cloud *cloud, struct arena *memory,
                                     const struct access_question *q)
{
    return engine_request(q, all_keys(cloud, memory, q));
}

static const char *reason_text(struct arena *a, enum policy_reason reason, const char *action)
{
    struct str text = STR_INIT;
    const char *copy;

    policy_put_reason(&text, reason, action);
    copy = arena_strdup(a, text.ptr);
    str_done(&text);
    return copy;
}

bool access_may(struct cloud *cloud, struct arena *memory, const struct caller *who,
                const char *action, const char *resource, const struct access_key_value *keys,
                size_t n, const char **why)
{
    struct access_question q = {
        .who = who, .action = action, .resource = resource, .keys = keys, .n = n};
    enum policy_reason reason = access_ask(cloud, memory, &q);

    if (why)
        *why = reason_text(memory, reason, action);
    return reason == POLICY_ALLOWED;
}

/* ---- a call's own question -------------------------------------------------------------- */

static void refuse(struct call *c, enum policy_reason reason, const char *action,
                   const char *resource)
{
    bool s3 = c->service->protocol == PROTOCOL_S3;
    bool query = c->service->protocol == PROTOCOL_QUERY;
    const char *ending = reason_text(&c->memory, reason, action);
    const char *quote = s3 ? "\"" : "";

    c->why = arena_printf(&c->memory, "%s on %s is refused%s", action, resource, ending);
    if (c->who.kind == CALLER_ANONYMOUS)
        call_fail(c, 403, "AccessDenied", "Access Denied");
    else
        call_fail(c, s3 || query ? 403 : 400,
                  s3 || query ? "AccessDenied" : "AccessDeniedException",
                  "User: %s is not authorized to perform: %s on resource: %s%s%s%s", c->who.arn,
                  action, quote, resource, quote, ending);
}

/* What only a call over the wire has; one from inside has none of it. */
static void add_wire_keys(struct call *c, struct keys *k)
{
    const char *peer = http_peer(c->http);

    add_key(k, "aws:SourceIp", arena_strndup(k->a, peer, strcspn(peer, ":")));
    add_key(k, "aws:UserAgent", http_header(c->http, "user-agent"));
    add_key(k, "aws:Referer", http_header(c->http, "referer"));
}

static void add_request_keys(struct call *c, struct keys *k)
{
    struct call_internal *in = c->internal;

    if (c->http)
        add_wire_keys(c, k);
    add_key(k, "aws:RequestedRegion", c->region);
    add_key(k, "aws:ViaAWSService", c->http ? "false" : "true");
    for (size_t i = 0; i < in->key_count; i++)
        add_key(k, in->keys[i].name, in->keys[i].value);
}

static bool ask(struct call *c, const struct access_question *q)
{
    struct keys *k = arena_alloc(&c->memory, sizeof *k);
    enum policy_reason reason;

    k->a = &c->memory;
    add_common(k, c->cloud, &c->who);
    add_request_keys(c, k);
    for (size_t i = 0; i < q->n; i++)
        add_key(k, q->keys[i].name, q->keys[i].value);
    reason = decide(c->cloud, q, k);
    if (reason != POLICY_ALLOWED)
        refuse(c, reason, q->action, q->resource);
    return reason == POLICY_ALLOWED;
}

bool call_ask(struct call *c, const char *action, const char *resource, const char *resource_policy)
{
    struct access_question q = {
        .who = &c->who, .action = action, .resource = resource, .resource_policy = resource_policy};

    return ask(c, &q);
}

bool call_may(struct call *c, const char *action, const char *resource,
              const struct access_key_value *keys, size_t n)
{
    struct access_question q = {
        .who = &c->who, .action = action, .resource = resource, .keys = keys, .n = n};

    return ask(c, &q);
}

bool call_ask_trust(struct call *c, const char *action, const char *role_arn, const char *trust,
                    const struct access_key_value *keys, size_t n)
{
    struct access_question q = {.who = &c->who,
                                .action = action,
                                .resource = role_arn,
                                .resource_policy = trust,
                                .resource_must_allow = true,
                                .trust = true,
                                .keys = keys,
                                .n = n};

    return ask(c, &q);
}

/* ---- roles for services -------------------------------------------------------------------- */

struct role {
    const char *name, *id, *trust;
};

static bool find_role(struct cloud *cloud, struct arena *a, struct role *out, const char *arn)
{
    struct stmt *s = sql(cloud, "select name, id, trust from principals where kind = 'role'"
                                " and name = ?1 and arn = ?2");
    const char *slash = strrchr(arn, '/');

    stmt_text(s, 1, slash ? slash + 1 : "");
    stmt_text(s, 2, arn);
    if (!sql_row(cloud, s))
        return false;
    *out = (struct role){sql_text(a, s, 0), sql_text(a, s, 1), sql_text(a, s, 2)};
    stmt_reset(s);
    return true;
}

bool access_assume(struct cloud *cloud, struct arena *memory, struct caller *out,
                   const char *role_arn, const char *service, const char *session)
{
    struct caller who = {.kind = CALLER_SERVICE, .account = cloud->account, .arn = service};
    struct access_question q = {.who = &who,
                                .action = "sts:AssumeRole",
                                .resource = role_arn,
                                .resource_must_allow = true,
                                .trust = true};
    struct role role;

    if (!find_role(cloud, memory, &role, role_arn))
        return false;
    q.resource_policy = role.trust;
    if (access_ask(cloud, memory, &q) != POLICY_ALLOWED)
        return false;
    *out = (struct caller){
        .kind = CALLER_ROLE,
        .account = cloud->account,
        .arn = arena_printf(memory, "arn:aws:sts::%s:assumed-role/%s/%s", cloud->account, role.name,
                            session),
        .id = arena_printf(memory, "%s:%s", role.id, session),
        .name = role.name,
        .role = arena_strdup(memory, role_arn),
        .access_key = "",
        .issued_ms = cloud_now(cloud),
    };
    return true;
}

bool call_pass_role(struct call *c, const char *role_arn, const char *service)
{
    struct access_key_value key = {"iam:PassedToService", service};
    struct caller session;

    if (!call_may(c, "iam:PassRole", role_arn, &key, 1))
        return false;
    if (access_assume(c->cloud, &c->memory, &session, role_arn, service, "check"))
        return true;
    call_fail(c, 400, "ValidationException",
              "Could not assume role %s. Please ensure that the role exists and allows principal "
              "'%s' to assume the role.",
              role_arn, service);
    return false;
}
