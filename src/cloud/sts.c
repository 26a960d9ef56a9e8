/* AWS STS: who am I, and a session of a role. */
#include "cloud/internal.h"
#include "cloud/markup.h"

#include <string.h>

enum { SESSION_SECONDS = 3600, SESSION_MIN = 900, SESSION_MAX = 43200 };

static void get_caller_identity(struct call *c)
{
    xml_put(&c->answer, "Arn", c->who.arn);
    xml_put(&c->answer, "UserId", c->who.id);
    xml_put(&c->answer, "Account", c->who.account);
}

struct role_row {
    const char *arn, *id, *trust;
};

static bool find_role(struct call *c, struct role_row *out, const char *arn)
{
    struct stmt *s = sql(c->cloud, "select arn, id, trust from principals where kind = 'role'"
                                   " and arn = ?1");

    stmt_text(s, 1, arn);
    if (!sql_row(c->cloud, s))
        return false;
    *out = (struct role_row){sql_text(&c->memory, s, 0), sql_text(&c->memory, s, 1),
                             sql_text(&c->memory, s, 2)};
    stmt_reset(s);
    return true;
}

/* A session made and written as <Credentials>. */
static void put_session(struct call *c, enum caller_kind kind, const char *arn, const char *id,
                        const char *name, const char *role, const char *policy, int64_t seconds)
{
    const struct caller who = {
        .kind = kind, .arn = arn, .id = id, .name = name, .role = role, .session_policy = policy};
    struct session s;

    session_make(c->cloud, &c->memory, &s, &who, seconds);
    xml_open(&c->answer, "Credentials");
    xml_put(&c->answer, "AccessKeyId", s.key);
    xml_put(&c->answer, "SecretAccessKey", s.secret);
    xml_put(&c->answer, "SessionToken", s.token);
    xml_put_time(&c->answer, "Expiration", s.expires);
    xml_close(&c->answer, "Credentials");
}

static bool good_session_name(const char *name)
{
    size_t n = strlen(name);

    return n >= 2 && n <= 64 &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-") ==
               n;
}

static void assume_role(struct call *c)
{
    const char *arn = call_need(c, "RoleArn"), *session = call_need(c, "RoleSessionName");
    const char *policy = call_param(c, "Policy");
    int64_t seconds = call_int(c, "DurationSeconds", SESSION_SECONDS, SESSION_MIN, SESSION_MAX);
    struct policy *parsed = NULL;
    struct role_row role;
    const char *session_arn, *id, *name;

    if (call_failed(c))
        return;
    if (!good_session_name(session)) {
        call_fail(c, 400, "ValidationError",
                  "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy "
                  "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}",
                  session);
        return;
    }
    if (policy && policy_parse(&parsed, slice_of(policy), POLICY_IDENTITY, NULL)) {
        call_fail(c, 400, "MalformedPolicyDocument", "The policy is not valid.");
        return;
    }
    policy_free(parsed);
    if (!find_role(c, &role, arn)) {
        call_fail(c, 403, "AccessDenied",
                  "User: %s is not authorized to perform: sts:AssumeRole on resource: %s",
                  c->who.arn, arn);
        return;
    }
    if (!call_ask_trust(c, arn, role.trust, NULL, 0))
        return;
    name = strrchr(role.arn, '/') + 1;
    session_arn = arena_printf(&c->memory, "arn:aws:sts::%s:assumed-role/%s/%s", c->cloud->account,
                               name, session);
    id = arena_printf(&c->memory, "%s:%s", role.id, session);
    put_session(c, CALLER_ROLE, session_arn, id, name, role.arn, policy, seconds);
    xml_open(&c->answer, "AssumedRoleUser");
    xml_put(&c->answer, "AssumedRoleId", id);
    xml_put(&c->answer, "Arn", session_arn);
    xml_close(&c->answer, "AssumedRoleUser");
}

static void get_session_token(struct call *c)
{
    int64_t seconds = call_int(c, "DurationSeconds", SESSION_SECONDS, SESSION_MIN, 129600);

    if (c->who.kind != CALLER_USER && c->who.kind != CALLER_ROOT)
        call_fail(c, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials");
    if (!call_failed(c))
        put_session(c, c->who.kind, c->who.arn, c->who.id, c->who.name, NULL, NULL, seconds);
}

/* AssumeRole asks about the role's trust itself, GetCallerIdentity asks nothing. */
static const struct operation operations[] = {
    {"GetCallerIdentity", get_caller_identity, .action = ""},
    {"AssumeRole", assume_role, .action = ""},
    {"GetSessionToken", get_session_token, .action = ""},
    {NULL, NULL, .action = NULL},
};

const struct service service_sts = {
    .name = "sts",
    .prefix = "sts",
    .protocol = PROTOCOL_QUERY,
    .target = "https://sts.amazonaws.com/doc/2011-06-15/",
    .version = "2011-06-15",
    .operations = operations,
};
