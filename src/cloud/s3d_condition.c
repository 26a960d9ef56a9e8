/*
 * Conditional requests: If-Match, If-None-Match and the two with dates, on
 * reading, on writing, and on the source of a copy. An ETag that is given wins
 * over a date, as RFC 9110 has it.
 */
#include "cloud/s3d.h"

#include "base/clock.h"
#include "base/number.h"

#include <stdio.h>
#include <string.h>

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void s3d_put_http_date(char out[40], int64_t ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct clock_fields f = clock_utc(ms);

    snprintf(out, 40, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[f.weekday], f.day,
             months[f.month - 1], f.year, f.hour, f.minute, f.second);
}

/* "Wed, 21 Oct 2015 07:28:00 GMT", or ISO 8601 as some clients send it. */
static bool parse_date(const char *text, int64_t *ms)
{
    struct slice t = slice_of(text);
    char iso[40];
    int month = 0;

    if (clock_parse_iso(t, ms))
        return true;
    if (t.len != 29 || t.ptr[3] != ',' || !slice_ends(t, " GMT"))
        return false;
    while (month < 12 && memcmp(months[month], t.ptr + 8, 3))
        month++;
    snprintf(iso, sizeof iso, "%.4s-%02d-%.2sT%.8sZ", t.ptr + 12, month + 1, t.ptr + 5, t.ptr + 17);
    return month < 12 && clock_parse_iso(slice_of(iso), ms);
}

static bool etag_listed(const char *list, const char *etag)
{
    struct slice rest = slice_of(list), part;

    while (slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        if (slice_is(part, "*"))
            return true;
        if (slice_starts(part, "W/"))
            part = slice_from(part, 2);
        if (part.len >= 2 && part.ptr[0] == '"')
            part = (struct slice){part.ptr + 1, part.len - 2};
        if (slice_is(part, etag))
            return true;
    }
    return false;
}

static void precondition_failed(struct call *c, const char *which)
{
    xml_put(&c->internal->error_xml, "Condition", which);
    call_fail(c, 412, "PreconditionFailed",
              "At least one of the pre-conditions you specified did not hold");
}

struct conditions {
    const char *match, *none, *since, *not_since;
};

/* Objects are as old as the second in which they were made, as HTTP's dates have no more. */
static bool is_newer(int64_t modified, const char *date)
{
    int64_t at;

    return !parse_date(date, &at) || modified / 1000 > at / 1000;
}

static bool is_held(const struct conditions *w, const char *etag, int64_t modified)
{
    if (w->match)
        return etag_listed(w->match, etag);
    return !w->not_since || !is_newer(modified, w->not_since);
}

static bool is_unchanged(const struct conditions *w, const char *etag, int64_t modified)
{
    if (w->none)
        return etag_listed(w->none, etag);
    return w->since && !is_newer(modified, w->since);
}

bool s3d_may_get(struct call *c, const char *etag, int64_t modified)
{
    const struct conditions w = {
        http_header(c->http, "if-match"), http_header(c->http, "if-none-match"),
        http_header(c->http, "if-modified-since"), http_header(c->http, "if-unmodified-since")};
    char date[40];

    if (!is_held(&w, etag, modified)) {
        precondition_failed(c, w.match ? "If-Match" : "If-Unmodified-Since");
    } else if (is_unchanged(&w, etag, modified)) {
        s3d_put_http_date(date, modified);
        http_add_header(c->http, "ETag", arena_printf(&c->memory, "\"%s\"", etag));
        http_add_header(c->http, "Last-Modified", date);
        call_fail(c, 304, "NotModified", "Not Modified");
    }
    return !call_failed(c);
}

bool s3d_may_copy(struct call *c, const char *etag, int64_t modified)
{
    const struct conditions w = {http_header(c->http, "x-amz-copy-source-if-match"),
                                 http_header(c->http, "x-amz-copy-source-if-none-match"),
                                 http_header(c->http, "x-amz-copy-source-if-modified-since"),
                                 http_header(c->http, "x-amz-copy-source-if-unmodified-since")};

    if (!is_held(&w, etag, modified) || is_unchanged(&w, etag, modified))
        precondition_failed(c, "x-amz-copy-source-If-");
    return !call_failed(c);
}

bool s3d_may_write(struct call *c, const char *etag)
{
    const char *match = http_header(c->http, "if-match");
    const char *none = http_header(c->http, "if-none-match");

    if (match && !etag)
        call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
    else if (match && !etag_listed(match, etag))
        precondition_failed(c, "If-Match");
    else if (none && strcmp(none, "*"))
        call_fail(c, 501, "NotImplemented",
                  "A header you provided implies functionality that is not implemented: "
                  "If-None-Match");
    else if (none && etag)
        precondition_failed(c, "If-None-Match");
    return !call_failed(c);
}
