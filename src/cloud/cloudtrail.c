/*
 * AWS CloudTrail, its event history alone: LookupEvents shows the region's last
 * calls, newest first, from history.c. IAM and STS are the world's and stand in
 * us-east-1, as on AWS. Calls for single objects stand here too, until the
 * program ends; LookupEvents itself does not, or a page that follows the history would fill it.
 * Where a call was refused, errorMessage says what was missing; and one attribute is not AWS's:
 * PracticeErrorCode, the beginning of an error's code, finds refusals among many other calls.
 */
#include "cloud/internal.h"

#include "base/clock.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 50, ATTRIBUTES_MAX = 1 };
#define ERROR_CODE "PracticeErrorCode"

struct lookup {
    const char *key, *value; /* of the one attribute; NULL: all events */
    int64_t from, until;     /* seconds */
    int64_t before;          /* event ids below this */
    int64_t most;
};

static const char *text_of(const struct json *e, const char *key)
{
    return json_string(json_get(e, key), "");
}

/* "2026-11-25T..." is no number: AWS's JSON has seconds. */
static int64_t seconds_of(const struct call *c, const char *name, int64_t otherwise)
{
    double at = json_number(json_get(c->in, name), -1);

    return at >= 0 && at < 1e12 ? (int64_t)at : otherwise;
}

static bool read_lookup(struct call *c, struct lookup *l)
{
    static const char *const known[] = {"EventName",    "EventSource", "Username", "ReadOnly",
                                        "ResourceName", "AccessKeyId", "EventId",  ERROR_CODE};
    const struct json *attributes = json_get(c->in, "LookupAttributes");
    const struct json *first = json_at(attributes, 0);
    const char *after = call_page_key(c, call_param(c, "NextToken"));
    bool good = !first;

    *l = (struct lookup){.from = seconds_of(c, "StartTime", 0),
                         .until = seconds_of(c, "EndTime", INT64_MAX),
                         .before = INT64_MAX,
                         .most = call_int(c, "MaxResults", PAGE_MAX, 1, PAGE_MAX)};
    if (call_failed(c))
        return false;
    if (*after && !number_parse_int(slice_of(after), 0, INT64_MAX, &l->before))
        call_fail(c, 400, "InvalidNextTokenException", "The token is not one of ours.");
    if (first) {
        l->key = arena_strdup(&c->memory, text_of(first, "AttributeKey"));
        l->value = arena_strdup(&c->memory, text_of(first, "AttributeValue"));
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            good = good || !strcmp(l->key, known[i]);
    }
    if (!good || json_count(attributes) > ATTRIBUTES_MAX)
        call_fail(c, 400, "InvalidLookupAttributesException",
                  "One attribute at a time, of those that CloudTrail knows.");
    return !call_failed(c);
}

/* "s3" is "s3.amazonaws.com". */
static const char *source_of(struct call *c, const struct json *e)
{
    return arena_printf(&c->memory, "%s.amazonaws.com", text_of(e, "service"));
}

/* Of a call that did not get so far, its method. */
static const char *name_of(const struct json *e)
{
    const char *name = text_of(e, "operation");

    return *name ? name : text_of(e, "method");
}

/* The last part of an ARN: "learner", "root", the session of a role. */
static const char *user_of(const struct json *e)
{
    const char *arn = text_of(e, "who"), *slash = strrchr(arn, '/'), *colon = strrchr(arn, ':');

    return slash ? slash + 1 : colon ? colon + 1 : arn;
}

static bool is_wanted(struct call *c, const struct lookup *l, const struct cloud_seen *seen,
                      const struct json *e)
{
    const char *key = l->key;
    int64_t at = seen->at_ms / 1000;

    if (strcmp(text_of(e, "region"), c->region) || seen->id >= l->before || at < l->from ||
        at > l->until)
        return false;
    if (!key)
        return true;
    if (!strcmp(key, ERROR_CODE))
        return *l->value && !strncmp(text_of(e, "code"), l->value, strlen(l->value));
    return !strcmp(l->value, !strcmp(key, "EventName")      ? name_of(e)
                             : !strcmp(key, "EventSource")  ? source_of(c, e)
                             : !strcmp(key, "Username")     ? user_of(e)
                             : !strcmp(key, "ReadOnly")     ? text_of(e, "reads")
                             : !strcmp(key, "ResourceName") ? text_of(e, "resource")
                             : !strcmp(key, "EventId")      ? text_of(e, "request")
                                                            : text_of(e, "key"));
}

/* The record itself, a JSON text inside the answer; with the reason for who asks as the console. */
static void put_record(struct call *c, const struct lookup *l, const struct cloud_seen *seen,
                       const struct json *e)
{
    struct str text = STR_INIT, time = STR_INIT;
    struct json_out w;

    clock_put_iso(&time, seen->at_ms, false);
    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "eventVersion", "1.08");
    json_open(&w, "userIdentity", '{');
    json_put_z(&w, "arn", text_of(e, "who"));
    json_put_z(&w, "accountId", c->who.account);
    json_put_z(&w, "accessKeyId", text_of(e, "key"));
    json_close(&w);
    json_put_z(&w, "eventTime", time.ptr);
    json_put_z(&w, "eventSource", source_of(c, e));
    json_put_z(&w, "eventName", name_of(e));
    json_put_z(&w, "awsRegion", text_of(e, "region"));
    if (*text_of(e, "code")) {
        json_put_z(&w, "errorCode", text_of(e, "code"));
        json_put_z(&w, "errorMessage", text_of(e, "message"));
    }
    if (l->key && !strcmp(l->key, ERROR_CODE) && *text_of(e, "why"))
        json_put_z(&w, "practiceWhy", text_of(e, "why"));
    json_put_bool(&w, "readOnly", !strcmp(text_of(e, "reads"), "true"));
    json_put_z(&w, "requestID", text_of(e, "request"));
    json_put_z(&w, "eventID", text_of(e, "request"));
    json_close(&w);
    json_put_string(&c->out, "CloudTrailEvent", slice_str(&text));
    str_done(&text);
    str_done(&time);
}

static void put_event(struct call *c, const struct lookup *l, const struct cloud_seen *seen,
                      const struct json *e)
{
    json_open(&c->out, NULL, '{');
    json_put_z(&c->out, "EventId", text_of(e, "request"));
    json_put_z(&c->out, "EventName", name_of(e));
    json_put_z(&c->out, "ReadOnly", text_of(e, "reads"));
    json_put_z(&c->out, "AccessKeyId", text_of(e, "key"));
    json_put_number(&c->out, "EventTime", (double)(seen->at_ms / 1000));
    json_put_z(&c->out, "EventSource", source_of(c, e));
    json_put_z(&c->out, "Username", user_of(e));
    json_open(&c->out, "Resources", '[');
    if (strlen(text_of(e, "resource")) > 1) {
        json_open(&c->out, NULL, '{');
        json_put_z(&c->out, "ResourceName", text_of(e, "resource"));
        json_close(&c->out);
    }
    json_close(&c->out);
    put_record(c, l, seen, e);
    json_close(&c->out);
}

/* From the newest back; what is not JSON of ours cannot be there. */
static void lookup_events(struct call *c)
{
    struct lookup l;
    struct cloud_seen seen = {.id = -1};
    int64_t n = 0, last = 0;
    bool looks_too;

    if (!read_lookup(c, &l))
        return;
    looks_too = !l.key || strcmp(l.key, "ReadOnly") || strcmp(l.value, "false");
    json_open(&c->out, "Events", '[');
    for (int64_t id = l.before;
         n <= l.most && history_before(c->cloud, &c->memory, &seen, id, looks_too); id = seen.id) {
        struct json *e = NULL;

        if (seen.at_ms / 1000 < l.from) /* and so are all before it */
            break;
        if (json_parse(&e, slice_of(seen.json), "event", NULL) == LK_OK &&
            is_wanted(c, &l, &seen, e) && n++ < l.most) {
            put_event(c, &l, &seen, e);
            last = seen.id;
        }
        json_free(e);
    }
    json_close(&c->out);
    if (n > l.most)
        json_put_z(&c->out, "NextToken",
                   call_page_token(c, arena_printf(&c->memory, "%lld", (long long)last)));
}

static const struct operation operations[] = {
    {"LookupEvents", lookup_events, .resource = NULL, .unlocked = true},
    {.name = NULL},
};

const struct service service_cloudtrail = {
    .name = "cloudtrail",
    .prefix = "cloudtrail",
    .protocol = PROTOCOL_JSON,
    .target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    .operations = operations,
    .bad_token = "InvalidNextTokenException",
};
