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
#include "cloud/rule.h"
#include "cloud/logs_filter.h"
#include "cloud/logs_store.h"
#include "cloud/shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PAGE_BYTES = 1 << 20, EVENTS_MAX = 10000, PAGE_MAX = 50 };

#define GROUP_SHAPE                                                                                \
    {                                                                                              \
        "logGroupName", SHAPE_TEXT, true, 1, 512, NULL                                             \
    }
#define STREAM_SHAPE                                                                               \
    {                                                                                              \
        "logStreamName", SHAPE_TEXT, true, 1, 512, NULL                                            \
    }

/* ---- what is there ------------------------------------------------------------------- */

bool logs_need_group(struct call *c)
{
    static const struct shape shapes[] = {GROUP_SHAPE, {.path = NULL}};

    if (!shape_check(c, shapes))
        return false;
    if (!logs_has_group(c->cloud, c->region, call_param(c, "logGroupName")))
        call_fail(c, 400, "ResourceNotFoundException", "The specified log group does not exist.");
    return !call_failed(c);
}

static bool need_stream(struct call *c, struct logs_stream *out)
{
    static const struct shape shapes[] = {GROUP_SHAPE, STREAM_SHAPE, {.path = NULL}};

    if (!shape_check(c, shapes) || !logs_need_group(c))
        return false;
    if (!logs_find_stream(c->cloud, c->region, call_param(c, "logGroupName"),
                          call_param(c, "logStreamName"), out))
        call_fail(c, 400, "ResourceNotFoundException", "The specified log stream does not exist.");
    return !call_failed(c);
}

static bool good_name(struct call *c, const char *member, const char *good, const char *bad)
{
    const char *name = call_param(c, member);

    if ((!good || strspn(name, good) == strlen(name)) && (!bad || !strpbrk(name, bad)))
        return true;
    call_fail(c, 400, "InvalidParameterException",
              "1 validation error detected: Value '%.100s' at '%s' failed to satisfy constraint: "
              "Member must satisfy regular expression pattern: %s",
              name, member, good ? "[\\.\\-_/#A-Za-z0-9]+" : "[^:*]*");
    return false;
}

/* ---- groups -------------------------------------------------------------------------- */

static void create_group(struct call *c)
{
    static const struct shape shapes[] = {
        GROUP_SHAPE, {"tags", SHAPE_MAP, false, 1, 50, NULL}, {.path = NULL}};
    const char *arn;

    if (!shape_check(c, shapes) ||
        !good_name(c, "logGroupName",
                   ".-_/#ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", NULL))
        return;
    if (logs_has_group(c->cloud, c->region, call_param(c, "logGroupName"))) {
        call_fail(c, 400, "ResourceAlreadyExistsException",
                  "The specified log group already exists");
        return;
    }
    logs_make_group(c->cloud, c->region, call_param(c, "logGroupName"));
    arn = call_arn(c, "logs", "log-group:%s", call_param(c, "logGroupName"));
    for (const struct json *t = json_first(json_get(c->in, "tags")); t; t = json_next(t))
        tags_put(c->cloud, arn, json_key(t), json_string(t, ""));
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
    tags_remove(c->cloud, call_arn(c, "logs", "log-group:%s", call_param(c, "logGroupName")), NULL);
}

static void put_retention(struct call *c)
{
    int64_t days = call_int(c, "retentionInDays", 0, 1, 3653);
    struct stmt *s;

    if (call_failed(c) || !logs_need_group(c))
        return;
    s = sql(c->cloud, "update log_groups set retention = ?3 where region = ?1 and name = ?2");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, call_param(c, "logGroupName"));
    stmt_int(s, 3, days);
    sql_run(c->cloud, s);
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
    static const struct shape shapes[] = {GROUP_SHAPE, STREAM_SHAPE, {.path = NULL}};
    struct logs_stream there;

    if (!shape_check(c, shapes) || !good_name(c, "logStreamName", NULL, ":*") ||
        !logs_need_group(c))
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

    w->bytes += text.len + 26;
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

static bool in_order(struct call *c, const struct json *events)
{
    double last = 0;

    for (const struct json *e = json_first(events); e; e = json_next(e)) {
        double at = json_number(json_get(e, "timestamp"), -1);

        if (at < last) {
            call_fail(
                c, 400, "InvalidParameterException",
                "Log events in a single PutLogEvents request must be in chronological order.");
            return false;
        }
        last = at;
    }
    return true;
}

static void put_events(struct call *c)
{
    static const struct shape shapes[] = {
        {"logEvents", SHAPE_LIST, true, 1, 10000, NULL},
        {"logEvents[].timestamp", SHAPE_NUMBER, true, 0, 1e15, NULL},
        {"logEvents[].message", SHAPE_TEXT, true, 1, LOGS_TEXT_MAX, NULL},
        {.path = NULL}};
    const struct json *events = json_get(c->in, "logEvents");
    struct logs_stream stream;
    struct logs_line *lines;
    size_t n = 0;

    if (!shape_check(c, shapes) || !need_stream(c, &stream) || !in_order(c, events))
        return;
    lines = arena_alloc(&c->memory, json_count(events) * sizeof *lines);
    for (const struct json *e = json_first(events); e; e = json_next(e))
        lines[n++] = (struct logs_line){(int64_t)json_number(json_get(e, "timestamp"), 0),
                                        slice_of(json_string(json_get(e, "message"), ""))};
    logs_put(c->cloud, c->region, call_param(c, "logGroupName"), call_param(c, "logStreamName"),
             lines, n);
    json_put_z(&c->out, "nextSequenceToken",
               arena_printf(&c->memory, "%056" PRId64, stream.events + (int64_t)n));
}

/* ---- the service --------------------------------------------------------------------- */

#define GROUP_ARN  "arn:aws:logs:{region}:{account}:log-group:{logGroupName}:log-stream:"
#define STREAM_ARN GROUP_ARN "{logStreamName}"

static const struct operation operations[] = {
    {"CreateLogGroup", create_group, .resource = GROUP_ARN},
    {"DeleteLogGroup", delete_group, .resource = GROUP_ARN},
    {"PutRetentionPolicy", put_retention, .resource = GROUP_ARN},
    {"DescribeLogGroups", describe_groups,
     .resource = "arn:aws:logs:{region}:{account}:log-group::log-stream:"},
    {"CreateLogStream", create_stream, .resource = GROUP_ARN},
    {"DeleteLogStream", delete_stream, .resource = STREAM_ARN},
    {"DescribeLogStreams", describe_streams, .resource = GROUP_ARN},
    {"GetLogEvents", get_events, .resource = STREAM_ARN},
    {"FilterLogEvents", logs_filter, .resource = GROUP_ARN},
    {"PutLogEvents", put_events, .resource = STREAM_ARN},
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
