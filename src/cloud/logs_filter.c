/*
 * FilterLogEvents: the events of a group's streams by time, those that match a
 * pattern of terms. Patterns on fields, "{ $.x = 1 }" and "[a, b]", are
 * understood and refused.
 *
 * A page ends after so many events, or so much text, that matched or not, so
 * that no call takes long; it may be empty and still name a next one.
 */
#include "cloud/logs_filter.h"

#include "base/number.h"
#include "cloud/logs_store.h"
#include "cloud/shape.h"

#include <inttypes.h>
#include <string.h>

enum { PAGE_BYTES = 1 << 20, SCAN_MAX = 20000 };

/* ---- patterns ------------------------------------------------------------------------ */

struct term {
    char kind; /* '+', '?' or '-' */
    struct slice text;
};

/* The next term off *rest; false at the end. */
static bool next_term(struct slice *rest, struct term *t)
{
    char quote;

    *rest = slice_trim(*rest);
    if (!rest->len)
        return false;
    t->kind = '+';
    if ((rest->ptr[0] == '?' || rest->ptr[0] == '-') && rest->len > 1) {
        t->kind = rest->ptr[0];
        *rest = slice_from(*rest, 1);
    }
    quote = rest->ptr[0] == '"' ? '"' : ' ';
    if (quote == '"')
        *rest = slice_from(*rest, 1);
    t->text = slice_first(*rest, slice_find(*rest, quote));
    *rest = slice_from(*rest, t->text.len + (t->text.len < rest->len));
    return true;
}

bool logs_pattern_good(const char *pattern)
{
    struct slice p = slice_trim(slice_of(pattern));
    size_t quotes = 0;

    for (size_t i = 0; i < p.len; i++)
        quotes += p.ptr[i] == '"';
    return !p.len || (p.ptr[0] != '{' && p.ptr[0] != '[' && p.ptr[0] != '%' && quotes % 2 == 0);
}

bool logs_pattern_match(const char *pattern, struct slice text)
{
    struct slice rest = slice_of(pattern);
    bool any = false, one_of = false;
    struct term t;

    while (next_term(&rest, &t)) {
        bool in = !t.text.len || memmem(text.ptr, text.len, t.text.ptr, t.text.len);

        if (t.kind == '?') {
            any = true;
            one_of |= in;
        } else if (in == (t.kind == '-')) {
            return false;
        }
    }
    return !any || one_of;
}

/* ---- the operation ------------------------------------------------------------------- */

/* Where a page ended: an event's time, stream and number. */
struct place {
    int64_t at, stream, number;
};

static bool read_place(struct call *c, struct place *p)
{
    const char *key = call_page_key(c, call_param(c, "nextToken"));
    struct slice rest = slice_of(key), part[3] = {{"", 0}, {"", 0}, {"", 0}};

    *p = (struct place){-1, -1, -1};
    if (!key)
        return false;
    if (!*key)
        return true;
    for (int i = 0; i < 3; i++)
        slice_split(&rest, '/', &part[i]);
    if (number_parse_int(part[0], 0, INT64_MAX, &p->at) &&
        number_parse_int(part[1], 0, INT64_MAX, &p->stream) &&
        number_parse_int(part[2], 0, INT64_MAX, &p->number))
        return true;
    call_fail(c, 400, "InvalidParameterException", "The specified nextToken is invalid.");
    return false;
}

static bool is_named(const struct json *names, const char *name)
{
    if (!names)
        return true;
    for (const struct json *n = json_first(names); n; n = json_next(n))
        if (!strcmp(json_string(n, ""), name))
            return true;
    return false;
}

/* at, stream, number, ingested, text, name */
static void put_event(struct call *c, struct stmt *s)
{
    json_open(&c->out, NULL, '{');
    json_put_z(&c->out, "logStreamName", stmt_get_text(s, 5));
    json_put_int(&c->out, "timestamp", stmt_get_int(s, 0));
    json_put_string(&c->out, "message", stmt_get_slice(s, 4));
    json_put_int(&c->out, "ingestionTime", stmt_get_int(s, 3));
    json_put_z(&c->out, "eventId",
               arena_printf(&c->memory, "%016" PRId64 "%020" PRId64 "%020" PRId64,
                            stmt_get_int(s, 0), stmt_get_int(s, 1), stmt_get_int(s, 2)));
    json_close(&c->out);
}

/* One page; true when there may be more after *last. */
static bool put_page(struct call *c, struct stmt *s, int64_t max, struct place *last)
{
    const char *pattern = call_param(c, "filterPattern");
    const struct json *names = json_get(c->in, "logStreamNames");
    size_t seen = 0, bytes = 0;
    int64_t n = 0;

    while (sql_row(c->cloud, s)) {
        struct slice text = stmt_get_slice(s, 4);
        bool match = is_named(names, stmt_get_text(s, 5)) &&
                     logs_pattern_match(pattern ? pattern : "", text);

        if (seen++ == SCAN_MAX || (match && (n == max || (n && bytes + text.len > PAGE_BYTES))))
            return true;
        *last = (struct place){stmt_get_int(s, 0), stmt_get_int(s, 1), stmt_get_int(s, 2)};
        if (!match)
            continue;
        n++;
        bytes += text.len;
        put_event(c, s);
    }
    return false;
}

static bool check(struct call *c)
{
    static const struct shape shapes[] = {
        {"logStreamNames", SHAPE_LIST, false, 1, 100, NULL},
        {"filterPattern", SHAPE_TEXT, false, 0, 1024, NULL},
        {"logStreamNamePrefix", SHAPE_TEXT, false, 1, 512, NULL},
        {.path = NULL},
    };
    const char *pattern = call_param(c, "filterPattern");

    if (!shape_check(c, shapes))
        return false;
    if (json_get(c->in, "logStreamNames") && call_param(c, "logStreamNamePrefix"))
        call_fail(c, 400, "InvalidParameterException",
                  "logStreamNames and logStreamNamePrefix cannot both be specified.");
    else if (pattern && !logs_pattern_good(pattern))
        call_fail(c, 400, "InvalidParameterException",
                  "Invalid filter pattern: the practice cloud finds terms, \"phrases\", ?any of "
                  "several and -none of them, not patterns of fields.");
    return !call_failed(c) && logs_need_group(c);
}

void logs_filter(struct call *c)
{
    const char *prefix = call_param(c, "logStreamNamePrefix");
    int64_t start = call_int(c, "startTime", 0, 0, INT64_MAX >> 10);
    int64_t end = call_int(c, "endTime", INT64_MAX >> 10, 0, INT64_MAX >> 10);
    int64_t max = call_int(c, "limit", 10000, 1, 10000);
    struct place last;
    struct stmt *s;
    bool more;

    if (call_failed(c) || !check(c) || !read_place(c, &last))
        return;
    s = sql(c->cloud, "select at, stream, number, e.ingested, text, name from log_events e"
                      " join log_streams s on s.id = e.stream where region = ?1 and grp = ?2"
                      " and substr(name, 1, length(?3)) = ?3 and at >= ?4 and at <= ?5"
                      " and (at, stream, number) > (?6, ?7, ?8) order by at, stream, number");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, call_param(c, "logGroupName"));
    stmt_text(s, 3, prefix ? prefix : "");
    stmt_int(s, 4, start);
    stmt_int(s, 5, end);
    stmt_int(s, 6, last.at);
    stmt_int(s, 7, last.stream);
    stmt_int(s, 8, last.number);
    json_open(&c->out, "events", '[');
    more = put_page(c, s, max, &last);
    json_close(&c->out);
    stmt_reset(s);
    json_open(&c->out, "searchedLogStreams", '[');
    json_close(&c->out);
    if (more)
        json_put_z(&c->out, "nextToken",
                   call_page_token(c, arena_printf(&c->memory, "%" PRId64 "/%" PRId64 "/%" PRId64,
                                                   last.at, last.stream, last.number)));
}
