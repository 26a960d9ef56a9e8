/* AWS STS: who am I, and sessions. */
#include "cloud/rule.h"
#include "cloud/markup.h"
#include "cloud/sts.h"

#include <string.h>

enum { SESSION_SECONDS = 43200, SESSION_MIN = 900, SESSION_MAX = 129600, ROOT_SECONDS = 3600 };

static void get_caller_identity(struct call *c)
{
    xml_put(&c->answer, "Arn", c->who.arn);
    xml_put(&c->answer, "UserId", c->who.id);
    xml_put(&c->answer, "Account", c->who.account);
}

void sts_put_session(struct call *c, const struct caller *who, int64_t seconds)
{
    struct session s;

    session_make(c->cloud, &c->memory, &s, who, seconds);
    xml_open(&c->answer, "Credentials");
    xml_put(&c->answer, "AccessKeyId", s.key);
    xml_put(&c->answer, "SecretAccessKey", s.secret);
    xml_put(&c->answer, "SessionToken", s.token);
    xml_put_time(&c->answer, "Expiration", s.expires);
    xml_close(&c->answer, "Credentials");
}

/* Root's last an hour at the most, whatever is asked for. */
static void get_session_token(struct call *c)
{
    bool root = c->who.kind == CALLER_ROOT;
    int64_t seconds = call_int(c, "DurationSeconds", root ? ROOT_SECONDS : SESSION_SECONDS,
                               SESSION_MIN, SESSION_MAX);

    if (c->who.issued_ms || (c->who.kind != CALLER_USER && !root))
        call_fail(c, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials");
    else if (call_param(c, "SerialNumber") || call_param(c, "TokenCode"))
        call_fail(c, 403, "AccessDenied",
                  "MultiFactorAuthentication failed with invalid MFA one time pass code.");
    if (!call_failed(c))
        sts_put_session(c, &c->who, root && seconds > ROOT_SECONDS ? ROOT_SECONDS : seconds);
}

static void get_access_key_info(struct call *c)
{
    if (call_need(c, "AccessKeyId"))
        xml_put(&c->answer, "Account", c->cloud->account);
}

/* AssumeRole asks about the role's trust itself, GetCallerIdentity asks nothing. */
static const struct operation operations[] = {
    {"GetCallerIdentity", get_caller_identity, .action = ""},
    {"AssumeRole", sts_assume_role, .action = ""},
    {"GetSessionToken", get_session_token, .action = ""},
    {"GetAccessKeyInfo", get_access_key_info, .resource = "*"},
    {NULL, NULL, .action = NULL},
};

const struct service service_sts = {
    .name = "sts",
    .prefix = "sts",
    .protocol = PROTOCOL_QUERY,
    .target = "https://sts.amazonaws.com/doc/2011-06-15/",
    .version = "2011-06-15",
    .operations = operations,
    .rules = &rules_sts,
};
