/*
 * What CloudWatch Logs keeps: groups, streams, and events numbered within
 * their stream. An event's place is its time and, among equals, its number.
 */
#include "cloud/logs_store.h"

#include <string.h>

void logs_make_group(struct cloud *cloud, const char *region, const char *group)
{
    struct stmt *s = sql(cloud, "insert or ignore into log_groups (region, name, created)"
                                " values (?1, ?2, ?3)");

    stmt_text(s, 1, region);
    stmt_text(s, 2, group);
    stmt_int(s, 3, cloud_now(cloud));
    sql_run(cloud, s);
}

void logs_make_stream(struct cloud *cloud, const char *region, const char *group,
                      const char *stream)
{
    struct stmt *s = sql(cloud, "insert or ignore into log_streams (region, grp, name, created)"
                                " values (?1, ?2, ?3, ?4)");

    stmt_text(s, 1, region);
    stmt_text(s, 2, group);
    stmt_text(s, 3, stream);
    stmt_int(s, 4, cloud_now(cloud));
    sql_run(cloud, s);
}

bool logs_has_group(struct cloud *cloud, const char *region, const char *group)
{
    struct stmt *s = sql(cloud, "select 1 from log_groups where region = ?1 and name = ?2");
    bool there;

    stmt_text(s, 1, region);
    stmt_text(s, 2, group);
    there = sql_row(cloud, s);
    stmt_reset(s);
    return there;
}

bool logs_find_stream(struct cloud *cloud, const char *region, const char *group,
                      const char *stream, struct logs_stream *out)
{
    struct stmt *s = sql(cloud, "select id, events from log_streams where region = ?1"
                                " and grp = ?2 and name = ?3");
    bool there;

    stmt_text(s, 1, region);
    stmt_text(s, 2, group);
    stmt_text(s, 3, stream);
    there = sql_row(cloud, s);
    if (there)
        *out = (struct logs_stream){stmt_get_int(s, 0), stmt_get_int(s, 1)};
    stmt_reset(s);
    return there;
}

bool logs_open(struct cloud *cloud, struct arena *memory, const struct caller *who,
               const char *region, const char *group, const char *stream)
{
    const char *arn = arena_printf(memory, "arn:aws:logs:%s:%s:log-group:%s:log-stream:", region,
                                   who->account, group);

    if (!logs_has_group(cloud, region, group) &&
        !access_may(cloud, memory, who, "logs:CreateLogGroup", arn, NULL, 0, NULL))
        return false;
    if (!access_may(cloud, memory, who, "logs:CreateLogStream", arn, NULL, 0, NULL) ||
        !access_may(cloud, memory, who, "logs:PutLogEvents",
                    arena_printf(memory, "%s%s", arn, stream), NULL, 0, NULL))
        return false;
    logs_make_group(cloud, region, group);
    logs_make_stream(cloud, region, group, stream);
    return true;
}

static void put_event(struct cloud *cloud, int64_t stream, int64_t number, int64_t now,
                      const struct logs_line *line)
{
    struct stmt *s = sql(cloud, "insert into log_events values (?1, ?2, ?3, ?4, ?5)");
    struct slice text = slice_first(line->text, LOGS_TEXT_MAX);

    stmt_int(s, 1, stream);
    stmt_int(s, 2, line->at_ms);
    stmt_int(s, 3, number);
    stmt_int(s, 4, now);
    stmt_slice(s, 5, text);
    sql_run(cloud, s);
}

void logs_put(struct cloud *cloud, const char *region, const char *group, const char *stream,
              const struct logs_line *lines, size_t n)
{
    int64_t now = cloud_now(cloud), bytes = 0, first = INT64_MAX, last = 0;
    struct logs_stream at;
    struct stmt *s;

    if (!n || !logs_find_stream(cloud, region, group, stream, &at))
        return;
    for (size_t i = 0; i < n; i++) {
        put_event(cloud, at.id, at.events++, now, &lines[i]);
        bytes += (int64_t)lines[i].text.len + 26; /* as AWS counts them */
        first = lines[i].at_ms < first ? lines[i].at_ms : first;
        last = lines[i].at_ms > last ? lines[i].at_ms : last;
    }
    s = sql(cloud, "update log_streams set events = ?2, ingested = ?3, bytes = bytes + ?4,"
                   " first = min(ifnull(first, ?5), ?5), last = max(ifnull(last, ?6), ?6)"
                   " where id = ?1");
    stmt_int(s, 1, at.id);
    stmt_int(s, 2, at.events);
    stmt_int(s, 3, now);
    stmt_int(s, 4, bytes);
    stmt_int(s, 5, first);
    stmt_int(s, 6, last);
    sql_run(cloud, s);
}
