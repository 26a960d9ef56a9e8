/*
 * AssumeRole. The role's trust is asked with what the request brings
 * (external id, session name, tags, source identity); what the session may do
 * is the role's policies, cut down by the session policies given here: one
 * document and up to ten managed policies, of which any may allow.
 */
#include "cloud/internal.h"
#include "cloud/markup.h"
#include "cloud/sts.h"

#include <string.h>

enum {
    SESSION_SECONDS = 3600,
    SESSION_MIN = 900,
    SESSION_MAX = 43200,
    CHAINED_MAX = 3600,
    POLICIES_MAX = 10,
    TAGS_MAX = 50,
    PACKED_MAX = 2048, /* of a session's policies and tags, in characters */
};

struct assumed {
    const char *arn, *id, *trust; /* of the role */
    int64_t longest;
    const char *session, *source, *policy, *tags;
    struct access_key_value keys[TAGS_MAX * 2 + 3];
    size_t n;
};

static bool find_role(struct call *c, struct assumed *a, const char *arn)
{
    struct stmt *s = sql(c->cloud, "select arn, id, trust, max_session from principals"
                                   " where kind = 'role' and arn = ?1");

    stmt_text(s, 1, arn);
    if (!sql_row(c->cloud, s)) {
        call_fail(c, 403, "AccessDenied",
                  "User: %s is not authorized to perform: sts:AssumeRole on resource: %s",
                  c->who.arn, arn);
        c->why = arena_printf(&c->memory, "there is no role %s", arn);
        return false;
    }
    a->arn = sql_text(&c->memory, s, 0);
    a->id = sql_text(&c->memory, s, 1);
    a->trust = sql_text(&c->memory, s, 2);
    a->longest = stmt_get_int(s, 3);
    stmt_reset(s);
    return true;
}

/* ---- session policies --------------------------------------------------------------------- */

/* The statements of a document, added to the one that holds all. */
static bool add_statements(struct json_out *w, const char *text)
{
    struct policy *policy = NULL;
    struct json *j = NULL;
    bool good = !policy_parse(&policy, slice_of(text), POLICY_IDENTITY, NULL) &&
                !json_parse(&j, slice_of(text), "policy", NULL);
    const struct json *list = json_get(j, "Statement");

    if (good && json_kind(list) == JSON_OBJECT)
        json_put_tree(w, NULL, list);
    else if (good)
        for (const struct json *one = json_first(list); one; one = json_next(one))
            json_put_tree(w, NULL, one);
    policy_free(policy);
    json_free(j);
    return good;
}

static const char *managed_document(struct call *c, const char *arn)
{
    struct stmt *s = sql(c->cloud, "select v.document from policies p join policy_versions v"
                                   " on v.arn = p.arn and v.version = p.standard where p.arn = ?1");
    const char *text = NULL;

    stmt_text(s, 1, arn);
    if (sql_row(c->cloud, s))
        text = sql_text(&c->memory, s, 0);
    stmt_reset(s);
    if (!text)
        call_fail(c, 400, "MalformedPolicyDocument", "The policy %s does not exist.", arn);
    return text;
}

static void take_policies(struct call *c, struct assumed *a)
{
    const char *given = call_param(c, "Policy");
    struct str all = STR_INIT;
    struct json_out w;
    int n = 0;

    json_begin(&w, &all, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "Version", "2012-10-17");
    json_open(&w, "Statement", '[');
    if (given && !add_statements(&w, given))
        call_fail(c, 400, "MalformedPolicyDocument", "Syntax errors in policy.");
    for (; n <= POLICIES_MAX && !call_failed(c); n++) {
        const char *arn =
            call_param(c, arena_printf(&c->memory, "PolicyArns.member.%d.arn", n + 1));
        const char *text = arn ? managed_document(c, arn) : NULL;

        if (!text)
            break;
        add_statements(&w, text);
    }
    json_close(&w);
    json_close(&w);
    if (n > POLICIES_MAX)
        call_fail(c, 400, "ValidationError",
                  "1 validation error detected: Value at 'policyArns' failed to satisfy "
                  "constraint: Member must have length less than or equal to %d",
                  POLICIES_MAX);
    if (given || n)
        a->policy = arena_strdup(&c->memory, all.ptr);
    str_done(&all);
}

/* ---- what the trust is asked with ------------------------------------------------------------ */

static void add_key(struct assumed *a, const char *name, const char *value)
{
    if (value)
        a->keys[a->n++] = (struct access_key_value){name, value};
}

static void take_tags(struct call *c, struct assumed *a)
{
    struct str text = STR_INIT;
    struct json_out w;
    int n = 0;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    for (; n < TAGS_MAX; n++) {
        const char *key = call_param(c, arena_printf(&c->memory, "Tags.member.%d.Key", n + 1));
        const char *value = call_param(c, arena_printf(&c->memory, "Tags.member.%d.Value", n + 1));

        if (!key)
            break;
        add_key(a, arena_printf(&c->memory, "aws:RequestTag/%s", key), value ? value : "");
        add_key(a, "aws:TagKeys", key);
        json_put_z(&w, key, value ? value : "");
    }
    json_close(&w);
    if (n)
        a->tags = arena_strdup(&c->memory, text.ptr);
    str_done(&text);
}

static bool ask_trust(struct call *c, struct assumed *a)
{
    add_key(a, "sts:RoleSessionName", a->session);
    add_key(a, "sts:ExternalId", call_param(c, "ExternalId"));
    add_key(a, "sts:SourceIdentity", a->source);
    return call_ask_trust(c, "sts:AssumeRole", a->arn, a->trust, a->keys, a->n) &&
           (!a->tags || call_ask_trust(c, "sts:TagSession", a->arn, a->trust, a->keys, a->n)) &&
           (!a->source ||
            call_ask_trust(c, "sts:SetSourceIdentity", a->arn, a->trust, a->keys, a->n));
}

static bool check_length(struct call *c, const struct assumed *a, int64_t seconds)
{
    if (c->who.kind == CALLER_ROLE && seconds > CHAINED_MAX)
        call_fail(c, 400, "ValidationError",
                  "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                  "assumed by role chaining");
    else if (seconds > a->longest)
        call_fail(
            c, 400, "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    return !call_failed(c);
}

static size_t packed(const struct assumed *a)
{
    return (a->policy ? strlen(a->policy) : 0) + (a->tags ? strlen(a->tags) : 0);
}

static void answer(struct call *c, const struct assumed *a, int64_t seconds)
{
    const char *name = strrchr(a->arn, '/') + 1;
    const struct caller who = {
        .kind = CALLER_ROLE,
        .arn = arena_printf(&c->memory, "arn:aws:sts::%s:assumed-role/%s/%s", c->cloud->account,
                            name, a->session),
        .id = arena_printf(&c->memory, "%s:%s", a->id, a->session),
        .name = name,
        .role = a->arn,
        .session_policy = a->policy,
        .session_tags = a->tags,
        .source_identity = a->source ? a->source : c->who.source_identity,
    };

    sts_put_session(c, &who, seconds);
    xml_open(&c->answer, "AssumedRoleUser");
    xml_put(&c->answer, "AssumedRoleId", who.id);
    xml_put(&c->answer, "Arn", who.arn);
    xml_close(&c->answer, "AssumedRoleUser");
    if (packed(a))
        xml_put_int(&c->answer, "PackedPolicySize", (int64_t)(packed(a) * 100 / PACKED_MAX) + 1);
    xml_put(&c->answer, "SourceIdentity", who.source_identity);
}

void sts_assume_role(struct call *c)
{
    const char *arn = call_need(c, "RoleArn");
    int64_t seconds = call_int(c, "DurationSeconds", SESSION_SECONDS, SESSION_MIN, SESSION_MAX);
    struct assumed a = {.session = call_need(c, "RoleSessionName"),
                        .source = call_param(c, "SourceIdentity")};

    if (!call_failed(c) && c->who.kind == CALLER_ROOT)
        call_fail(c, 403, "AccessDenied", "Roles may not be assumed by root accounts.");
    if (!call_failed(c))
        take_policies(c, &a);
    if (call_failed(c) || !find_role(c, &a, arn))
        return;
    take_tags(c, &a);
    if (packed(&a) > (size_t)PACKED_MAX * 2)
        call_fail(c, 400, "PackedPolicyTooLarge",
                  "Packed size of session tags and policies consumes %zu%% of allotted space.",
                  packed(&a) * 100 / PACKED_MAX);
    if (!call_failed(c) && ask_trust(c, &a) && check_length(c, &a, seconds))
        answer(c, &a, seconds);
}
