/*
 * The image's program `serve`: the model in memory, three paths over HTTP.
 *
 *   204 an empty body          406 an Accept that is not ours
 *   400 rows that cannot be scored    413 a body over MAX_CONTENT_LENGTH
 *   415 a type or text that cannot be read
 *
 * The model is const and shared by all threads; each request is scored by the
 * thread that took it.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/thread.h"
#include "container/internal.h"
#include "http/http.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_USUAL = 6 << 20, BODY_MOST = 20 << 20 };

struct server {
    struct container_models models;
    struct container_answer answer; /* `accept` is each request's own */
    bool plain;
    size_t max_body;
};

/* ---- answering ---------------------------------------------------------------------- */

/* The line that the image's server writes for each request. */
static void log_request(const struct http_request *r, int status, size_t bytes)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct clock_fields t = clock_utc(clock_unix_ms());
    const char *agent = http_header(r, "user-agent");
    struct slice peer = slice_of(http_peer(r));
    struct str line = STR_INIT;

    str_put(&line, slice_first(peer, slice_find(peer, ':')));
    str_printf(&line,
               " - - [%02d/%s/%04d:%02d:%02d:%02d +0000] \"%s %.200s HTTP/1.1\" %d %zu \"-\" ",
               t.day, months[t.month - 1], t.year, t.hour, t.minute, t.second, http_method(r),
               http_raw_target(r), status, bytes); /* as sent: no line ends */
    str_put_json(&line, slice_first(slice_of(agent ? agent : "-"), 200));
    str_putc(&line, '\n');
    fwrite(line.ptr, 1, line.len, stdout);
    fflush(stdout);
    str_done(&line);
}

static void reply(struct http_request *r, int status, const char *type, struct slice body)
{
    log_request(r, status, body.len);
    http_reply(r, status, type, body);
}

static void reply_text(struct http_request *r, int status, const char *before,
                       const struct lk_error *err)
{
    struct str text = STR_INIT;
    char line[1400];

    str_printf(&text, "%s%s", before, lk_error_format(err, line, sizeof line));
    container_say("%s", text.ptr);
    reply(r, status, "text/html; charset=utf-8", slice_str(&text));
    str_done(&text);
}

static void score(struct server *s, struct http_request *r, const struct lk_matrix *rows,
                  const struct container_answer *a)
{
    struct lk_error err = {0};
    struct str text = STR_INIT;
    float *out = mem_calloc(lk_matrix_rows(rows) * s->models.width, sizeof *out);

    if (container_models_predict(&s->models, rows, out, &err))
        reply_text(r, 400, "Unable to evaluate payload provided: ", &err);
    else if (container_answer_print(&text, a, &s->models, out, lk_matrix_rows(rows), &err))
        reply_text(r, 500, "", &err);
    else
        reply(r, 200, container_accept_type(a), slice_str(&text));
    str_done(&text);
    free(out);
}

static void invoke(struct server *s, struct http_request *r)
{
    const char *type = http_header(r, "content-type"), *accept = http_header(r, "accept");
    struct container_answer a = s->answer;
    struct lk_matrix *rows;
    struct lk_error err = {0};

    if (!http_body(r).len) {
        reply(r, 204, "text/html; charset=utf-8", SLICE(""));
    } else if (!container_accept_parse(&a.accept, accept)) {
        error_set(&err, LK_EUSE,
                  "Accept type %.100s is not supported. Please use supported accept types: "
                  "application/json, application/jsonlines, text/csv.",
                  accept);
        reply_text(r, 406, "", &err);
    } else if (container_request_read(&rows, type, http_body(r), &s->models, s->plain, &err)) {
        reply_text(r, 415, "", &err);
    } else {
        score(s, r, rows, &a);
        lk_matrix_free(rows);
    }
}

static void tell_parameters(struct server *s, struct http_request *r)
{
    struct str text = STR_INIT;

    str_printf(&text,
               "{\"MaxConcurrentTransforms\": %d, \"BatchStrategy\": \"MULTI_RECORD\", "
               "\"MaxPayloadInMB\": %zu}",
               cpu_count(), s->max_body >> 20);
    reply(r, 200, "application/json", slice_str(&text));
    str_done(&text);
}

static void on_request(void *ctx, struct http_request *r)
{
    static const struct {
        const char *path, *method;
    } paths[] = {{"/ping", "GET"}, {"/execution-parameters", "GET"}, {"/invocations", "POST"}};
    const char *method = http_method(r);
    size_t i = 0;

    while (i < 3 && strcmp(http_path(r), paths[i].path))
        i++;
    if (i == 3)
        reply(r, 404, "text/plain", SLICE("not found\n"));
    else if (strcmp(method, paths[i].method) && (i == 2 || strcmp(method, "HEAD")))
        reply(r, 405, "text/plain", SLICE("method not allowed\n"));
    else if (i == 0)
        reply(r, 200, "text/html; charset=utf-8", SLICE(""));
    else if (i == 1)
        tell_parameters(ctx, r);
    else
        invoke(ctx, r);
}

/* ---- settings from the environment ----------------------------------------------------- */

static size_t read_max_body(void)
{
    const char *text = getenv("MAX_CONTENT_LENGTH");
    int64_t n = BODY_USUAL;

    if (text && !number_parse_int(slice_of(text), 1, INT64_MAX, &n))
        n = BODY_USUAL;
    return n < BODY_MOST ? (size_t)n : BODY_MOST;
}

static enum lk_status prepare(struct server *s, const struct container_serve_options *o,
                              struct lk_error *err)
{
    const struct container_format *format;
    const char *batch = getenv("SAGEMAKER_BATCH"), *selected = getenv("SAGEMAKER_INFERENCE_OUTPUT");
    char *path = o->model ? mem_strdup(o->model) : container_path(o->root, "opt/ml/model");
    enum lk_status st = container_format(&format, o->version, err);

    if (!st)
        st = container_models_load(&s->models, o->model ? "" : o->root, path, err);
    if (!st) {
        s->answer = (struct container_answer){
            .batch = batch && *batch,
            .joined = container_joins_lines(format),
            .selected = selected && *selected ? selected : NULL,
        };
        s->plain = o->model != NULL;
        s->max_body = read_max_body();
    }
    free(path);
    return st;
}

static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, set, NULL); /* before any thread is made */
    signal(SIGPIPE, SIG_IGN);
}

enum lk_status container_serve(const struct container_serve_options *o, struct lk_error *err)
{
    static const char *const any_host[] = {"*", NULL};
    struct server s = {0};
    struct http_handler handler = {.on_request = on_request, .ctx = &s};
    struct http_options options = {.address = o->address, .port = o->port, .hosts = any_host};
    struct http_server *http;
    sigset_t set;
    int got;
    enum lk_status st = prepare(&s, o, err);

    if (st)
        return st;
    options.max_body = s.max_body;
    block_signals(&set);
    st = http_start(&http, &options, &handler, err);
    if (!st) {
        container_say("Listening at: http://%s:%d", o->address ? o->address : "127.0.0.1",
                      http_port(http));
        sigwait(&set, &got);
        http_stop(http);
    }
    container_models_done(&s.models);
    return st;
}
