/*
 * CloudWatch Logs: groups and streams made, described and deleted; events put
 * and got. Finding events by a pattern is logs_filter.c.
 *
 * GetLogEvents is a window on a stream. Its tokens name an event's place, and
 * stay the same at either end, as on AWS: who asks again with the token that
 * came back waits for more.
 */
#include "base/number.h"
#include "cloud/internal.h"
#include "cloud/logs_filter.h"
#include "cloud/logs_store.h"
#include "cloud/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PAGE_BYTES = 1 << 20, /* of a page, and of a batch that is put */
    EVENT_BYTES = 26,     /* that an event counts besides its text */
    EVENTS_MAX = 10000,
    PAGE_MAX = 50,
    DAY_MS = 24 * 3600 * 1000,
    OLD_DAYS = 14,
    AHEAD_MS = 2 * 3600 * 1000,
};

/* ---- what is there ------------------------------------------------------------------- */

/* Before IAM is asked: what an identifier or an ARN names is the call's group. */
static void name_group(struct call *c)
{
    const char *named = call_param(c, "logGroupIdentifier");

    named = named ? named : call_param(c, "resourceArn");
    if (!call_param(c, "logGroupName") && named)
        call_set(c, "logGroupName", logs_name_in(c, named));
}

static void find_group(struct call *c)
{
    name_group(c);
    c->resource = call_arn(c, "logs", "log-group:%s:log-stream:", call_param(c, "logGroupName"));
}

static void find_stream(struct call *c)
{
    name_group(c);
    c->resource = call_arn(c, "logs", "log-group:%s:log-stream:%s", call_param(c, "logGroupName"),
                           call_param(c, "logStreamName"));
}

bool logs_need_group(struct call *c)
{
    const char *name = call_need(c, "logGroupName");

    if (name && !logs_has_group(c->cloud, c->region, name))
        call_fail(c, 400, "ResourceNotFoundException", "The specified log group does not exist.");
    return !call_failed(c);
}

static bool need_stream(struct call *c, struct logs_stream *out)
{
    if (!call_need(c, "logStreamName") || !logs_need_group(c))
        return false;
    if (!logs_find_stream(c->cloud, c->region, call_param(c, "logGroupName"),
                          call_param(c, "logStreamName"), out))
        call_fail(c, 400, "ResourceNotFoundException", "The specified log stream does not exist.");
    return !call_failed(c);
}

/* ---- groups -------------------------------------------------------------------------- */

static void create_group(struct call *c)
{
    const char *name = call_need(c, "logGroupName");

    if (!name)
        return;
    if (logs_has_group(c->cloud, c->region, name)) {
        call_fail(c, 400, "ResourceAlreadyExistsException",
                  "The specified log group already exists");
        return;
    }
    logs_make_group(c->cloud, c->region, name);
    logs_put_tags(c);
}

static void delete_group(struct call *c)
{
    static const char *const texts[] = {
        ("delete from log_events where stream in"
         " (select id from log_streams where region = ?1 and grp = ?2)"),
        "delete from log_streams where region = ?1 and grp = ?2",
        "delete from log_groups where region = ?1 and name = ?2"};

    if (!logs_need_group(c))
        return;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct stmt *s = sql(c->cloud, texts[i]);

        stmt_text(s, 1, c->region);
        stmt_text(s, 2, call_param(c, "logGroupName"));
        sql_run(c->cloud, s);
    }
    tags_remove(c->cloud, logs_group_arn(c), NULL);
}

static void set_retention(struct call *c, int64_t days)
{
    struct stmt *s =
        sql(c->cloud, "update log_groups set retention = ?3 where region = ?1 and name = ?2");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, call_param(c, "logGroupName"));
    if (days)
        stmt_int(s, 3, days);
    else
        stmt_text(s, 3, NULL);
    sql_run(c->cloud, s);
}

/* Events are kept for so many days, or, without it, for ever. */
static void put_retention(struct call *c)
{
    static const int good[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                               365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
    int64_t days = call_int(c, "retentionInDays", 0, INT32_MIN, INT32_MAX);
    size_t i = 0, n = sizeof good / sizeof *good;

    while (i < n && good[i] != days)
        i++;
    if (i == n)
        call_fail(c, 400, "InvalidParameterException",
                  "1 validation error detected: Value '%lld' at 'retentionInDays' failed to "
                  "satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, "
                  "60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, "
                  "3653]",
                  (long long)days);
    if (!call_failed(c) && logs_need_group(c))
        set_retention(c, days);
}

static void delete_retention(struct call *c)
{
    if (logs_need_group(c))
        set_retention(c, 0);
}

static void put_group(struct call *c, struct stmt *s)
{
    const char *name = sql_text(&c->memory, s, 0);

    json_open(&c->out, NULL, '{');
    json_put_z(&c->out, "logGroupName", name);
    json_put_int(&c->out, "creationTime", stmt_get_int(s, 1));
    if (!stmt_is_null(s, 2))
        json_put_int(&c->out, "retentionInDays", stmt_get_int(s, 2));
    json_put_int(&c->out, "metricFilterCount", 0);
    json_put_z(&c->out, "arn", call_arn(c, "logs", "log-group:%s:*", name));
    json_put_int(&c->out, "storedBytes", stmt_get_int(s, 3));
    json_close(&c->out);
}

static void describe_groups(struct call *c)
{
    const char *from = call_page_key(c, call_param(c, "nextToken")), *last = "";
    const char *prefix = call_param(c, "logGroupNamePrefix");
    const char *part = call_param(c, "logGroupNamePattern");
    int64_t max = call_int(c, "limit", PAGE_MAX, 1, PAGE_MAX), n = 0;
    struct stmt *s = sql(c->cloud, "select name, created, retention, (select total(bytes) from"
                                   " log_streams s where s.region = g.region and s.grp = g.name)"
                                   " from log_groups g where region = ?1 and name > ?2"
                                   " and substr(name, 1, length(?3)) = ?3 and instr(name, ?4)"
                                   " order by name limit ?5");

    if (call_failed(c))
        return;
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, from);
    stmt_text(s, 3, prefix ? prefix : "");
    stmt_text(s, 4, part ? part : "");
    stmt_int(s, 5, max + 1);
    json_open(&c->out, "logGroups", '[');
    while (sql_row(c->cloud, s) && n++ < max) {
        last = sql_text(&c->memory, s, 0);
        put_group(c, s);
    }
    json_close(&c->out);
    if (n > max)
        json_put_z(&c->out, "nextToken", call_page_token(c, last));
}

/* ---- streams ------------------------------------------------------------------------- */

static void create_stream(struct call *c)
{
    struct logs_stream there;

    if (!call_need(c, "logStreamName") || !logs_need_group(c))
        return;
    if (logs_find_stream(c->cloud, c->region, call_param(c, "logGroupName"),
                         call_param(c, "logStreamName"), &there))
        call_fail(c, 400, "ResourceAlreadyExistsException",
                  "The specified log stream already exists");
    else
        logs_make_stream(c->cloud, c->region, call_param(c, "logGroupName"),
                         call_param(c, "logStreamName"));
}

static void delete_stream(struct call *c)
{
    static const char *const texts[] = {"delete from log_events where stream = ?1",
                                        "delete from log_streams where id = ?1"};
    struct logs_stream at;

    if (!need_stream(c, &at))
        return;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct stmt *s = sql(c->cloud, texts[i]);

        stmt_int(s, 1, at.id);
        sql_run(c->cloud, s);
    }
}

/* name, created, first, last, ingested, bytes */
static void put_stream(struct call *c, struct stmt *s)
{
    static const char *const times[] = {"firstEventTimestamp", "lastEventTimestamp",
                                        "lastIngestionTime"};
    const char *name = sql_text(&c->memory, s, 0);

    json_open(&c->out, NULL, '{');
    json_put_z(&c->out, "logStreamName", name);
    json_put_int(&c->out, "creationTime", stmt_get_int(s, 1));
    for (int i = 0; i < 3; i++)
        if (!stmt_is_null(s, i + 2))
            json_put_int(&c->out, times[i], stmt_get_int(s, i + 2));
    json_put_z(
        &c->out, "arn",
        call_arn(c, "logs", "log-group:%s:log-stream:%s", call_param(c, "logGroupName"), name));
    json_put_int(&c->out, "storedBytes", stmt_get_int(s, 5));
    json_close(&c->out);
}

#define STREAMS                                                                                    \
    "select name, created, first, last, ingested, bytes, case ?4 when 'LastEventTime' then"        \
    " printf('%015d/%s', ifnull(last, 0), name) else name end as sort from log_streams"            \
    " where region = ?1 and grp = ?2 and substr(name, 1, length(?3)) = ?3"

static void describe_streams(struct call *c)
{
    const char *from = call_page_key(c, call_param(c, "nextToken")), *last = "";
    const char *prefix = call_param(c, "logStreamNamePrefix"), *by = call_param(c, "orderBy");
    bool down = json_bool(json_get(c->in, "descending"), false);
    int64_t max = call_int(c, "limit", PAGE_MAX, 1, PAGE_MAX), n = 0;
    struct stmt *s;

    if (call_failed(c) || !logs_need_group(c))
        return;
    if (prefix && by && !strcmp(by, "LastEventTime")) {
        call_fail(c, 400, "InvalidParameterException",
                  "Cannot order by LastEventTime with a logStreamNamePrefix.");
        return;
    }
    s = down ? sql(c->cloud, STREAMS " and (?5 = '' or sort < ?5) order by sort desc limit ?6")
             : sql(c->cloud, STREAMS " and sort > ?5 order by sort limit ?6");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, call_param(c, "logGroupName"));
    stmt_text(s, 3, prefix ? prefix : "");
    stmt_text(s, 4, by ? by : "LogStreamName");
    stmt_text(s, 5, from);
    stmt_int(s, 6, max + 1);
    json_open(&c->out, "logStreams", '[');
    while (sql_row(c->cloud, s) && n++ < max) {
        last = sql_text(&c->memory, s, 6);
        put_stream(c, s);
    }
    json_close(&c->out);
    if (n > max)
        json_put_z(&c->out, "nextToken", call_page_token(c, last));
}

/* ---- events -------------------------------------------------------------------------- */

/* An event's place in its stream. */
struct place {
    int64_t at, number;
};

/* "f/" or "b/", the time in 16 digits, the number in 16: as opaque as AWS's. */
static const char *token(struct call *c, char way, struct place p)
{
    return arena_printf(&c->memory, "%c/%016" PRId64 "%016" PRId64 "/s", way, p.at, p.number);
}

static bool read_token(struct call *c, const char *text, bool *back, struct place *p)
{
    struct slice t = slice_of(text);

    if (t.len == 36 && (t.ptr[0] == 'f' || t.ptr[0] == 'b') && t.ptr[1] == '/' &&
        slice_ends(t, "/s") &&
        number_parse_int(slice_first(slice_from(t, 2), 16), 0, INT64_MAX, &p->at) &&
        number_parse_int(slice_first(slice_from(t, 18), 16), 0, INT64_MAX, &p->number)) {
        *back = t.ptr[0] == 'b';
        return true;
    }
    call_fail(c, 400, "InvalidParameterException", "The specified nextToken is invalid.");
    return false;
}

#define EVENTS                                                                                     \
    "select at, number, ingested, text from log_events where stream = ?1"                          \
    " and at >= ?2 and at < ?3"

struct window {
    struct call *c;
    struct place first, last; /* of what is shown */
    size_t n, bytes;
};

static bool put_event(struct window *w, struct stmt *s)
{
    struct json_out *out = &w->c->out;
    struct slice text = stmt_get_slice(s, 3);
    struct place p = {stmt_get_int(s, 0), stmt_get_int(s, 1)};

    w->bytes += text.len + EVENT_BYTES;
    if (w->n && w->bytes > PAGE_BYTES)
        return false;
    if (!w->n++)
        w->first = p;
    w->last = p;
    json_open(out, NULL, '{');
    json_put_int(out, "timestamp", p.at);
    json_put_string(out, "message", text);
    json_put_int(out, "ingestionTime", stmt_get_int(s, 2));
    json_close(out);
    return true;
}

static struct stmt *window_query(struct call *c, bool back)
{
    if (back)
        return sql(c->cloud, "select * from (" EVENTS " and (at, number) < (?4, ?5)"
                             " order by at desc, number desc limit ?6) order by at, number");
    return sql(c->cloud, EVENTS " and (at, number) > (?4, ?5) order by at, number limit ?6");
}

static void get_events(struct call *c)
{
    const char *given = call_param(c, "nextToken");
    bool back = !json_bool(json_get(c->in, "startFromHead"), false);
    struct window w = {.c = c};
    struct place from;
    struct logs_stream stream;
    struct stmt *s;
    int64_t start = call_int(c, "startTime", 0, 0, INT64_MAX >> 10);
    int64_t end = call_int(c, "endTime", INT64_MAX >> 10, 0, INT64_MAX >> 10);
    int64_t max = call_int(c, "limit", EVENTS_MAX, 1, EVENTS_MAX);

    if (call_failed(c) || !need_stream(c, &stream))
        return;
    from = back ? (struct place){9999999999999999, 0} : (struct place){0, -1};
    if (given && !read_token(c, given, &back, &from))
        return;
    s = window_query(c, back);
    stmt_int(s, 1, stream.id);
    stmt_int(s, 2, start);
    stmt_int(s, 3, end);
    stmt_int(s, 4, from.at);
    stmt_int(s, 5, from.number);
    stmt_int(s, 6, max);
    json_open(&c->out, "events", '[');
    while (sql_row(c->cloud, s) && put_event(&w, s))
        continue;
    json_close(&c->out);
    stmt_reset(s);
    if (!w.n) { /* stay where we are; an empty stream begins at its beginning */
        w.first = w.last = given ? from : (struct place){0, 0};
        if (!given)
            w.last.number = 0;
    }
    json_put_z(&c->out, "nextForwardToken", token(c, 'f', w.last));
    json_put_z(&c->out, "nextBackwardToken", token(c, 'b', w.first));
}

/* A batch is in order, not too long and within a day. */
static bool check_batch(struct call *c, const struct json *events)
{
    double first = json_number(json_get(json_first(events), "timestamp"), 0), last = first;
    size_t bytes = 0;

    for (const struct json *e = json_first(events); e && !call_failed(c); e = json_next(e)) {
        double at = json_number(json_get(e, "timestamp"), 0);

        bytes += strlen(json_string(json_get(e, "message"), "")) + EVENT_BYTES;
        if (at < last)
            call_fail(
                c, 400, "InvalidParameterException",
                "Log events in a single PutLogEvents request must be in chronological order.");
        else if (at - first > DAY_MS)
            call_fail(c, 400, "InvalidParameterException",
                      "The batch of log events in a single PutLogEvents request cannot span more "
                      "than 24 hours.");
        last = at;
    }
    if (bytes > PAGE_BYTES)
        call_fail(c, 400, "InvalidParameterException",
                  "Upload too large: %zu bytes exceeds limit of %d", bytes, PAGE_BYTES);
    return !call_failed(c);
}

/* Which events are too old, or too far ahead, to be kept: those before the first index, and from
 * the second on. */
static void put_rejected(struct call *c, size_t first, size_t end, size_t n)
{
    if (!first && end == n)
        return;
    json_open(&c->out, "rejectedLogEventsInfo", '{');
    if (first)
        json_put_int(&c->out, "tooOldLogEventEndIndex", (int64_t)first);
    if (end < n)
        json_put_int(&c->out, "tooNewLogEventStartIndex", (int64_t)end);
    json_close(&c->out);
}

static void put_events(struct call *c)
{
    const struct json *events = json_get(c->in, "logEvents");
    int64_t now = cloud_now(c->cloud);
    size_t n = 0, first = 0, end = 0;
    struct logs_stream stream;
    struct logs_line *lines;

    if (!need_stream(c, &stream) || !check_batch(c, events))
        return;
    lines = arena_alloc(&c->memory, json_count(events) * sizeof *lines);
    for (const struct json *e = json_first(events); e; e = json_next(e), n++) {
        int64_t at = (int64_t)json_number(json_get(e, "timestamp"), 0);

        first += at < now - OLD_DAYS * (int64_t)DAY_MS;
        end += at <= now + AHEAD_MS;
        lines[n] = (struct logs_line){at, slice_of(json_string(json_get(e, "message"), ""))};
    }
    if (end > first)
        logs_put(c->cloud, c->region, call_param(c, "logGroupName"), call_param(c, "logStreamName"),
                 lines + first, end - first);
    json_put_z(&c->out, "nextSequenceToken",
               arena_printf(&c->memory, "%056" PRId64, stream.events + (int64_t)n));
    put_rejected(c, first, end, n);
}

/* ---- the service --------------------------------------------------------------------- */

#define OF_GROUP  .find_resource = find_group
#define OF_STREAM .find_resource = find_stream

static const struct operation operations[] = {
    {"CreateLogGroup", create_group, OF_GROUP},
    {"DeleteLogGroup", delete_group, OF_GROUP},
    {"PutRetentionPolicy", put_retention, OF_GROUP},
    {"DeleteRetentionPolicy", delete_retention, OF_GROUP},
    {"DescribeLogGroups", describe_groups,
     .resource = "arn:aws:logs:{region}:{account}:log-group::log-stream:"},
    {"CreateLogStream", create_stream, OF_GROUP},
    {"DeleteLogStream", delete_stream, OF_STREAM},
    {"DescribeLogStreams", describe_streams, OF_GROUP},
    {"GetLogEvents", get_events, OF_STREAM},
    {"FilterLogEvents", logs_filter, OF_GROUP},
    {"PutLogEvents", put_events, OF_STREAM},
    {"TagResource", logs_tag, OF_GROUP},
    {"UntagResource", logs_untag, OF_GROUP},
    {"ListTagsForResource", logs_list_tags, OF_GROUP},
    {"TagLogGroup", logs_tag, OF_GROUP},
    {"UntagLogGroup", logs_untag, OF_GROUP},
    {"ListTagsLogGroup", logs_list_tags, OF_GROUP},
    {.name = NULL},
};

const struct service service_logs = {
    .name = "logs",
    .prefix = "logs",
    .protocol = PROTOCOL_JSON,
    .target = "Logs_20140328",
    .operations = operations,
    .rules = &rules_logs,
    .invalid = "InvalidParameterException",
    .max_body = 2 << 20,
};
