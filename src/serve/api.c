/*
 * Bodies and answers are JSON. A failure is {"error":"one line"} with a status
 * that says whose fault it is. All but events and files answer at once; what a
 * run puts out comes as events.
 */
#include "serve/api.h"

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "serve/pages.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VALUE_MAX = 4096 };

struct call {
    const struct api *api;
    struct http_request *request;
    const struct json *body; /* of a POST: an object */
    struct desk *desk;       /* of the lesson asked for, where the route needs one */
    struct str out;          /* the answer; empty: {} */
};

static const char *text_of(const struct call *c, const char *key)
{
    return json_string(json_get(c->body, key), NULL);
}

static bool flag_of(const struct call *c, const char *key)
{
    return json_bool(json_get(c->body, key), false);
}

static const char *page_of(const struct call *c)
{
    const char *by = text_of(c, "by");

    return by ? by : "";
}

/* ---- what can be asked -------------------------------------------------------------- */

static enum lk_status get_state(struct call *c, struct lk_error *err)
{
    return desk_state(c->desk, &c->out, err);
}

static enum lk_status post_run(struct call *c, struct lk_error *err)
{
    struct desk_run run = {.step = text_of(c, "step"),
                           .code = text_of(c, "code"),
                           .target = text_of(c, "target"),
                           .by = page_of(c),
                           .judge = flag_of(c, "judge"),
                           .ready = flag_of(c, "ready"),
                           .above = flag_of(c, "above")};

    return desk_run(c->desk, &run, err);
}

static enum lk_status post_stop(struct call *c, struct lk_error *err)
{
    desk_stop(c->desk);
    return LK_OK;
}

static enum lk_status post_answer(struct call *c, struct lk_error *err)
{
    desk_answer(c->desk, (int64_t)json_number(json_get(c->body, "id"), 0), flag_of(c, "yes"));
    return LK_OK;
}

static enum lk_status post_edit(struct call *c, struct lk_error *err)
{
    return desk_edit(c->desk, text_of(c, "step"), text_of(c, "code"), page_of(c), err);
}

static enum lk_status post_reset(struct call *c, struct lk_error *err)
{
    return desk_reset(c->desk, text_of(c, "step"), err);
}

static enum lk_status post_help(struct call *c, struct lk_error *err)
{
    double hints = json_number(json_get(c->body, "hints"), 0);

    return desk_help(c->desk, text_of(c, "step"), hints > 0 && hints < 100 ? (int)hints : 0,
                     flag_of(c, "solution"), err);
}

static enum lk_status post_quiz(struct call *c, struct lk_error *err)
{
    const char *quiz = text_of(c, "quiz");
    struct str value = STR_INIT;
    enum lk_status st;

    if (json_get(c->body, "value"))
        json_print(&value, json_get(c->body, "value"), false);
    st = value.len > VALUE_MAX
             ? error_set(err, LK_ELIMIT, "an answer may be %d bytes long", VALUE_MAX)
             : desk_quiz(c->desk, quiz ? quiz : "", slice_str(&value), flag_of(c, "right"),
                         page_of(c), err);
    str_done(&value);
    return st;
}

static enum lk_status post_read(struct call *c, struct lk_error *err)
{
    return desk_read(c->desk, err);
}

static enum lk_status get_progress(struct call *c, struct lk_error *err)
{
    return store_export(c->api->store, &c->out, err);
}

static enum lk_status post_progress(struct call *c, struct lk_error *err)
{
    enum lk_status st = store_import(c->api->store, http_body(c->request), "the file", err);

    if (!st)
        desks_read_store(c->api->desks);
    return st;
}

static enum lk_status post_forget(struct call *c, struct lk_error *err)
{
    enum lk_status st = store_forget(c->api->store, NULL, err);

    if (!st)
        desks_read_store(c->api->desks);
    return st;
}

/* Where the practice console is: a page of the practice cloud, not of ours. */
static enum lk_status post_console(struct call *c, struct lk_error *err)
{
    struct str url = STR_INIT;
    enum lk_status st = practice_console(c->api->practice, &url, err);

    if (!st) {
        str_puts(&c->out, "{\"url\":");
        str_put_json(&c->out, slice_str(&url));
        str_puts(&c->out, "}");
    }
    str_done(&url);
    return st;
}

/* ---- answers of their own kind ---------------------------------------------------------- */

static void reply_events(const struct api *api, struct http_request *r, struct desk *desk)
{
    const char *seen = http_header(r, "Last-Event-ID"), *after = http_query(r, "after");
    const char *last = seen ? seen : after;
    struct str site = STR_INIT, event = STR_INIT;
    struct http_stream *stream;

    http_add_header(r, "Cache-Control", "no-store");
    stream = http_reply_stream(r, 200, "text/event-stream");
    watch_last(api->watch, &site);
    str_printf(&event, "event: book\ndata: %s\n\n", site.ptr);
    http_stream_write(stream, slice_str(&event));
    str_done(&event);
    str_done(&site);
    if (desk)
        desk_listen(desk, stream, last ? strtoll(last, NULL, 10) : -1);
    else
        hub_listen(api->site, stream, -1);
}

/* What a lab wrote, to be saved: never shown as a page of ours. */
static void reply_file(struct http_request *r, struct desk *desk)
{
    const char *name = http_query(r, "name");
    int folder = open(desk_work(desk), O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = folder >= 0 && name ? pages_open_beneath(folder, name) : -1;

    if (folder >= 0)
        close(folder);
    if (fd < 0) {
        http_reply_error(r, 404, "the lab has written no such file");
        return;
    }
    http_add_header(r, "Cache-Control", "no-store");
    http_add_header(r, "Content-Disposition", "attachment");
    http_reply_fd(r, 200, "application/octet-stream", fd, 0, -1);
}

/* ---- the table ------------------------------------------------------------------------------ */

enum { NEEDS_LESSON = 1 };

static const struct route {
    const char *method, *path;
    int needs;
    enum lk_status (*fn)(struct call *c, struct lk_error *err); /* NULL: answered apart */
} routes[] = {
    {"GET", "/api/state", NEEDS_LESSON, get_state},
    {"GET", "/api/events", 0, NULL},
    {"GET", "/api/file", NEEDS_LESSON, NULL},
    {"POST", "/api/run", NEEDS_LESSON, post_run},
    {"POST", "/api/stop", NEEDS_LESSON, post_stop},
    {"POST", "/api/answer", NEEDS_LESSON, post_answer},
    {"POST", "/api/edit", NEEDS_LESSON, post_edit},
    {"POST", "/api/reset", NEEDS_LESSON, post_reset},
    {"POST", "/api/help", NEEDS_LESSON, post_help},
    {"POST", "/api/quiz", NEEDS_LESSON, post_quiz},
    {"POST", "/api/read", NEEDS_LESSON, post_read},
    {"GET", "/api/progress", 0, get_progress},
    {"POST", "/api/progress", 0, post_progress},
    {"POST", "/api/forget", 0, post_forget},
    {"POST", "/api/console", 0, post_console},
};

static int status_for(enum lk_status st, const char *lesson_missing)
{
    switch (st) {
    case LK_EUSE:
        return lesson_missing ? 404 : 400;
    case LK_EINPUT:
        return 422;
    case LK_ELIMIT:
        return 413;
    case LK_ECANCELLED:
        return 409;
    default:
        return 500;
    }
}

static void reply_failure(struct http_request *r, int status, const char *text)
{
    struct str out = STR_INIT;

    str_puts(&out, "{\"error\":");
    str_put_json(&out, slice_of(text));
    str_puts(&out, "}\n");
    http_add_header(r, "Cache-Control", "no-store");
    http_reply(r, status, "application/json", slice_str(&out));
    str_done(&out);
}

static const struct route *find_route(const struct http_request *r, bool *path_known)
{
    *path_known = false;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (!strcmp(http_path(r), routes[i].path)) {
            *path_known = true;
            if (!strcmp(http_method(r), routes[i].method))
                return &routes[i];
        }
    return NULL;
}

static void answer(struct call *c, const struct route *route)
{
    struct lk_error err = {0};
    enum lk_status st = route->fn(c, &err);

    if (st) {
        reply_failure(c->request, status_for(st, NULL), err.text);
        return;
    }
    http_add_header(c->request, "Cache-Control", "no-store");
    http_reply(c->request, 200, "application/json", c->out.len ? slice_str(&c->out) : SLICE("{}"));
}

/* The lesson, from the body or the query, and the body itself. */
static bool prepare(struct call *c, const struct route *route, struct json **body)
{
    const char *lesson = http_query(c->request, "lesson");
    struct lk_error err = {0};
    enum lk_status st = LK_OK;

    if (!strcmp(route->method, "POST")) {
        st = json_parse(body, http_body(c->request), "the request", &err);
        if (!st && json_kind(*body) != JSON_OBJECT)
            st = error_set(&err, LK_EINPUT, "expected a JSON object");
        if (st) {
            reply_failure(c->request, 400, err.text);
            return false;
        }
        c->body = *body;
        if (!lesson)
            lesson = text_of(c, "lesson");
    }
    if (!lesson && !(route->needs & NEEDS_LESSON))
        return true;
    st = desks_get(&c->desk, c->api->desks, lesson ? lesson : "", &err);
    if (st)
        reply_failure(c->request, status_for(st, "lesson"), err.text);
    return st == LK_OK;
}

void api_reply(const struct api *api, struct http_request *r)
{
    struct call c = {.api = api, .request = r, .out = STR_INIT};
    struct json *body = NULL;
    bool path_known;
    const struct route *route = find_route(r, &path_known);

    pages_add_safety(r);
    if (!route)
        reply_failure(r, path_known ? 405 : 404,
                      path_known ? "not with this method" : "there is no such call");
    else if (prepare(&c, route, &body)) {
        if (route->fn)
            answer(&c, route);
        else if (c.desk && !strcmp(route->path, "/api/file"))
            reply_file(r, c.desk);
        else
            reply_events(api, r, c.desk);
    }
    json_free(body);
    str_done(&c.out);
}
