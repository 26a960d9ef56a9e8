/*
 * A request, from its first line to its answer.
 *
 * It is made by the library's URI callback, which alone sees the target as it
 * was sent, and lives until the "completed" callback. Between them the access
 * handler is called once with the header, once a piece of body, and once at
 * the end. An answer given early is kept until the rest of the body was read
 * and thrown away (an unread body would reset the connection and take the
 * answer with it), unless the client waits for "100 Continue" or has much more
 * to send.
 */
#include "http/internal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DRAIN_MAX = 16 << 20 }; /* body read and thrown away behind an early answer */

/* ---- what a handler asks of it ------------------------------------------- */

const char *http_method(const struct http_request *r)
{
    return r->method;
}

const char *http_path(const struct http_request *r)
{
    return r->target.path;
}

const char *http_raw_target(const struct http_request *r)
{
    return r->raw;
}

const char *http_query(const struct http_request *r, const char *name)
{
    return target_query(&r->target, name);
}

const char *http_header(const struct http_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

struct each {
    http_header_fn *fn;
    void *ctx;
};

static enum MHD_Result each_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    const struct each *e = ctx;

    e->fn(e->ctx, name, value ? value : "");
    return MHD_YES;
}

void http_each_header(const struct http_request *r, http_header_fn *fn, void *ctx)
{
    struct each e = {fn, ctx};

    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, each_header, &e);
}

struct slice http_body(const struct http_request *r)
{
    return slice_str(&r->body);
}

void *http_state(const struct http_request *r)
{
    return r->state;
}

const char *http_peer(const struct http_request *r)
{
    return r->peer;
}

static void note_peer(struct http_request *r)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char name[INET6_ADDRSTRLEN] = "";

    if (!info || !info->client_addr)
        return;
    if (info->client_addr->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)info->client_addr;

        inet_ntop(AF_INET, &in->sin_addr, name, sizeof name);
        snprintf(r->peer, sizeof r->peer, "%s:%d", name, ntohs(in->sin_port));
    } else if (info->client_addr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)info->client_addr;

        inet_ntop(AF_INET6, &in6->sin6_addr, name, sizeof name);
        snprintf(r->peer, sizeof r->peer, "[%s]:%d", name, ntohs(in6->sin6_port));
    }
}

/* ---- the answer ---------------------------------------------------------- */

void http_add_header(struct http_request *r, const char *name, const char *value)
{
    struct header *h = arena_alloc(&r->memory, sizeof *h);

    h->name = arena_strdup(&r->memory, name);
    h->value = arena_strdup(&r->memory, value);
    *r->last_header = h;
    r->last_header = &h->next;
}

void request_answer(struct http_request *r, int status, const char *type,
                    struct MHD_Response *response)
{
    if (r->answer) { /* exactly one: the first stands */
        MHD_destroy_response(response);
        return;
    }
    for (struct header *h = r->headers; h; h = h->next)
        MHD_add_response_header(response, h->name, h->value);
    if (type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    r->answer = response;
    r->status = status;
}

void http_reply(struct http_request *r, int status, const char *type, struct slice body)
{
    request_answer(r, status, type,
                   MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr,
                                                   MHD_RESPMEM_MUST_COPY));
}

void http_reply_error(struct http_request *r, int status, const char *text)
{
    const char *line = arena_printf(&r->memory, "%s\n", text);

    http_reply(r, status, "text/plain; charset=utf-8", slice_of(line));
}

void http_reply_fd(struct http_request *r, int status, const char *type, int fd, int64_t from,
                   int64_t len)
{
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || from < 0 || from > st.st_size) {
        close(fd);
        http_reply_error(r, 404, "not found");
        return;
    }
    if (len < 0 || len > st.st_size - from)
        len = st.st_size - from;
    if (!len) { /* the library has no empty files */
        close(fd);
        http_reply(r, status, type, SLICE(""));
        return;
    }
    request_answer(r, status, type,
                   MHD_create_response_from_fd_at_offset64((uint64_t)len, fd, (uint64_t)from));
}

void http_reply_file(struct http_request *r, int status, const char *type, const char *path,
                     int64_t from, int64_t len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        http_reply_error(r, 404, "not found");
    else
        http_reply_fd(r, status, type, fd, from, len);
}

/* ---- its life ------------------------------------------------------------ */

/* The library's URI callback: the first that is heard of a request. */
void *request_new(void *ctx, const char *uri, struct MHD_Connection *connection)
{
    struct http_request *r = mem_calloc(1, sizeof *r);

    r->server = ctx;
    r->connection = connection;
    r->last_header = &r->headers;
    str_init(&r->body);
    r->raw = arena_strdup(&r->memory, uri);
    r->target_ok = target_parse(&r->target, &r->memory, uri);
    note_peer(r);
    return r;
}

void request_done(void *ctx, struct MHD_Connection *connection, void **slot,
                  enum MHD_RequestTerminationCode why)
{
    struct http_request *r = *slot;

    if (!r)
        return;
    crowd_serve(&r->server->crowd, connection, false);
    *slot = NULL;
    if (r->state && r->server->handler.on_end)
        r->server->handler.on_end(r->state);
    if (r->answer)
        MHD_destroy_response(r->answer);
    str_done(&r->body);
    arena_done(&r->memory);
    free(r);
}

struct hosts {
    const char *const *allowed;
    int count;
    bool ok;
};

static void check_host(void *ctx, const char *name, const char *value)
{
    struct hosts *h = ctx;

    if (strcasecmp(name, "host"))
        return;
    h->count++;
    h->ok = h->ok && host_allowed(slice_of(value), h->allowed);
}

static int64_t announced(const struct http_request *r)
{
    const char *length = http_header(r, "content-length");

    return length ? strtoll(length, NULL, 10) : -1;
}

/* What can be refused from the header alone. */
static void check_header(struct http_request *r)
{
    struct http_server *server = r->server;
    struct hosts h = {(const char *const *)server->hosts, 0, true};

    http_each_header(r, check_host, &h);
    if (h.ok && r->target.authority.len)
        h.ok = host_allowed(r->target.authority, h.allowed);
    if (!r->target_ok)
        http_reply_error(r, 400, "the address is not well formed");
    else if (h.count != 1 || !h.ok)
        http_reply_error(r, 421, "this server does not answer to that host name");
    else if (!server->handler.on_begin && announced(r) > (int64_t)server->max_body)
        http_reply_error(r, 413, "the request's body is too large");
    else if (server->handler.on_begin) {
        r->state = server->handler.on_begin(server->handler.ctx, r);
        if (!r->state && !r->answer)
            http_reply_error(r, 500, "no answer");
    }
}

static enum MHD_Result send_answer(struct http_request *r)
{
    enum MHD_Result queued;

    if (!r->answer)
        http_reply_error(r, 500, "no answer");
    queued = MHD_queue_response(r->connection, (unsigned)r->status, r->answer);
    MHD_destroy_response(r->answer);
    r->answer = NULL;
    return queued;
}

static enum MHD_Result begin(struct http_request *r)
{
    const char *expect = http_header(r, "expect");

    r->began = true;
    check_header(r);
    if (r->answer && ((expect && !strcasecmp(expect, "100-continue")) || announced(r) > DRAIN_MAX))
        return send_answer(r);
    return MHD_YES;
}

/* A piece of the body; a refusal here is sent once the rest has come. */
static enum MHD_Result take(struct http_request *r, const char *ptr, size_t len)
{
    const struct http_handler *h = &r->server->handler;

    if (r->answer) {
        r->drained += len;
        return r->drained > DRAIN_MAX ? MHD_NO : MHD_YES;
    }
    if (h->on_body) {
        if (!h->on_body(r->state, r, ptr, len) && !r->answer)
            http_reply_error(r, 400, "the body was refused");
    } else if (len > r->server->max_body - r->body.len) {
        http_reply_error(r, 413, "the request's body is too large");
    } else {
        str_add(&r->body, ptr, len);
    }
    return MHD_YES;
}

enum MHD_Result request_access(void *ctx, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_len, void **slot)
{
    struct http_request *r = *slot;
    enum MHD_Result result;

    r->method = method;
    if (!r->began) {
        crowd_serve(&r->server->crowd, connection, true);
        return begin(r);
    }
    if (*upload_len) {
        result = take(r, upload, *upload_len);
        *upload_len = 0;
        return result;
    }
    if (!r->answer)
        r->server->handler.on_request(r->server->handler.ctx, r);
    return send_answer(r);
}
