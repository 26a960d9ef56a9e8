/*
 * Serving on libmicrohttpd, with its own epoll threads and suspended
 * connections for streams.
 *
 * A request is made by the library's URI callback, which alone sees the target
 * as it was sent, and lives until the "completed" callback. Between them the
 * access handler is called once with the header, once a piece of body, and
 * once at the end. An answer given early is kept until the rest of the body
 * was read and thrown away (an unread body would reset the connection and take
 * the answer with it), unless the client waits for "100 Continue" or has much
 * more to send.
 *
 * A stream has two owners, the writer and the connection; each leaves by
 * setting its flag under the stream's lock, and the second one frees. The
 * library calls `stream_read` for bytes; when there are none the connection is
 * suspended inside that call, under the same lock that a writer takes to
 * resume it, so no wake-up is lost. A suspended connection is not watched by
 * the library, so a thread of ours looks after streams: it notices clients
 * that went away and sends event streams a comment now and then.
 *
 * Locks: the server's list lock is taken before a stream's, never after it.
 */
#include "http/http.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/thread.h"
#include "http/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Caps on what comes from outside. */
enum {
    BODY_MAX = 1 << 20,       /* unless the options say otherwise */
    DRAIN_MAX = 16 << 20,     /* body read and thrown away behind an early answer */
    STREAM_MAX = 8 << 20,     /* bytes that wait for a slow reader */
    HEADER_MEMORY = 64 << 10, /* the library's memory a connection: header and buffers */
    CONNECTIONS = 1000,
    IDLE_SECONDS = 60,
    LOOK_MS = 500, /* how often gone readers of streams are looked for */
    HEARTBEAT_MS = 15000,
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_handler handler;
    char **hosts; /* NULL-terminated copy */
    size_t max_body;
    int port;
    atomic_bool stopping;
    pthread_mutex_t lock; /* of `streams` and of waiting on `wake` */
    pthread_cond_t wake;
    pthread_t keeper;
    bool keeper_runs;
    struct http_stream *streams;
};

struct http_stream {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_stream *next, **at; /* in the server's list, while the connection has it */
    bool events;                    /* takes comments as heartbeats */
    int fd;
    pthread_mutex_t lock; /* of all below */
    struct str waiting;   /* [read, len) is still to be sent */
    size_t read;
    bool suspended, closed, gone;
};

struct http_request {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct arena memory;
    const char *raw, *method;
    struct target target;
    bool target_ok, began;
    void *state;
    struct str body;
    size_t drained;
    struct header {
        const char *name, *value;
        struct header *next;
    } * headers, **last_header; /* of the answer */
    struct MHD_Response *answer;
    int status;
    char peer[INET6_ADDRSTRLEN + 10];
};

/* ---- the answer ---------------------------------------------------------- */

void http_add_header(struct http_request *r, const char *name, const char *value)
{
    struct header *h = arena_alloc(&r->memory, sizeof *h);

    h->name = arena_strdup(&r->memory, name);
    h->value = arena_strdup(&r->memory, value);
    *r->last_header = h;
    r->last_header = &h->next;
}

static void answer(struct http_request *r, int status, const char *type,
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
    answer(r, status, type,
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
    answer(r, status, type,
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

/* ---- streams ------------------------------------------------------------- */

static void stream_free(struct http_stream *s)
{
    pthread_mutex_destroy(&s->lock);
    str_done(&s->waiting);
    free(s);
}

/* Under the stream's lock: let the connection look again. */
static void stream_wake(struct http_stream *s)
{
    if (s->suspended && !s->gone) {
        s->suspended = false;
        MHD_resume_connection(s->connection);
    }
}

/* The library asks for at most max bytes. */
static ssize_t stream_read(void *ctx, uint64_t position, char *buf, size_t max)
{
    struct http_stream *s = ctx;
    size_t left;
    ssize_t n = 0;

    pthread_mutex_lock(&s->lock);
    left = s->waiting.len - s->read;
    if (left) {
        n = (ssize_t)(left < max ? left : max);
        memcpy(buf, s->waiting.ptr + s->read, (size_t)n);
        s->read += (size_t)n;
        if (s->read == s->waiting.len) {
            str_clear(&s->waiting);
            s->read = 0;
        }
    } else if (s->closed || s->server->stopping) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        s->suspended = true;
        MHD_suspend_connection(s->connection);
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* The connection is done with the stream. */
static void stream_gone(void *ctx)
{
    struct http_stream *s = ctx;
    struct http_server *server = s->server;
    bool closed;

    pthread_mutex_lock(&server->lock);
    *s->at = s->next;
    if (s->next)
        s->next->at = s->at;
    pthread_mutex_lock(&s->lock);
    s->gone = true;
    closed = s->closed;
    pthread_mutex_unlock(&s->lock);
    pthread_mutex_unlock(&server->lock);
    if (closed)
        stream_free(s);
}

struct http_stream *http_reply_stream(struct http_request *r, int status, const char *type)
{
    struct http_server *server = r->server;
    struct http_stream *s = mem_calloc(1, sizeof *s);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    s->server = server;
    s->connection = r->connection;
    s->fd = info ? info->connect_fd : -1;
    s->events = type && !strcmp(type, "text/event-stream");
    str_init(&s->waiting);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_lock(&server->lock);
    s->next = server->streams;
    s->at = &server->streams;
    if (s->next)
        s->next->at = &s->next;
    server->streams = s;
    pthread_mutex_unlock(&server->lock);
    answer(
        r, status, type,
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16 << 10, stream_read, s, stream_gone));
    return s;
}

bool http_stream_write(struct http_stream *s, struct slice bytes)
{
    bool fits;

    pthread_mutex_lock(&s->lock);
    if (s->read > STREAM_MAX / 2) { /* what was sent gives its room back */
        memmove(s->waiting.ptr, s->waiting.ptr + s->read, s->waiting.len - s->read);
        str_cut(&s->waiting, s->waiting.len - s->read);
        s->read = 0;
    }
    fits = !s->gone && !s->server->stopping && bytes.len <= STREAM_MAX &&
           s->waiting.len - s->read <= STREAM_MAX - bytes.len;
    if (fits) {
        str_put(&s->waiting, bytes);
        stream_wake(s);
    }
    pthread_mutex_unlock(&s->lock);
    return fits;
}

bool http_stream_event(struct http_stream *s, const char *event, struct slice data)
{
    struct str text = STR_INIT;
    struct slice rest = data, line;
    bool ok;

    if (event)
        str_printf(&text, "event: %s\n", event);
    if (!data.len)
        str_puts(&text, "data:\n");
    while (slice_line(&rest, &line)) {
        str_puts(&text, "data: ");
        str_put(&text, line);
        str_putc(&text, '\n');
    }
    str_putc(&text, '\n');
    ok = http_stream_write(s, slice_str(&text));
    str_done(&text);
    return ok;
}

void http_stream_close(struct http_stream *s)
{
    bool gone;

    pthread_mutex_lock(&s->lock);
    s->closed = true;
    gone = s->gone;
    stream_wake(s);
    pthread_mutex_unlock(&s->lock);
    if (gone)
        stream_free(s);
}

/* Has the client hung up? Readers of a stream have nothing more to send. */
static bool hung_up(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};

    return fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static void look_after(struct http_stream *s, bool beat)
{
    pthread_mutex_lock(&s->lock);
    if (s->suspended && hung_up(s->fd)) {
        shutdown(s->fd, SHUT_RDWR);
        str_puts(&s->waiting, ":\n\n"); /* sending it fails, and that ends the connection */
        stream_wake(s);
    } else if (beat && s->events && s->suspended) {
        str_puts(&s->waiting, ":\n\n");
        stream_wake(s);
    }
    pthread_mutex_unlock(&s->lock);
}

static void *keep_streams(void *ctx)
{
    struct http_server *server = ctx;
    int looks = 0;

    pthread_mutex_lock(&server->lock);
    while (!server->stopping) {
        struct timespec until;
        bool beat;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&server->wake, &server->lock, &until);
        beat = ++looks % (HEARTBEAT_MS / LOOK_MS) == 0;
        for (struct http_stream *s = server->streams; s; s = s->next)
            look_after(s, beat);
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* ---- the request --------------------------------------------------------- */

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

/* The library's URI callback: the first that is heard of a request. */
static void *request_new(void *ctx, const char *uri, struct MHD_Connection *connection)
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

static void request_done(void *ctx, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode why)
{
    struct http_request *r = *slot;

    if (!r)
        return;
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

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_len, void **slot)
{
    struct http_request *r = *slot;
    enum MHD_Result result;

    r->method = method;
    if (!r->began)
        return begin(r);
    if (*upload_len) {
        result = take(r, upload, *upload_len);
        *upload_len = 0;
        return result;
    }
    if (!r->answer)
        r->server->handler.on_request(r->server->handler.ctx, r);
    return send_answer(r);
}

/* Escapes are ours to decode. */
static size_t leave_escapes(void *ctx, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

/* ---- the server ---------------------------------------------------------- */

/* A listening socket of our own, for errors that name the address. */
static enum lk_status listen_on(int *out, int *port, const struct http_options *o,
                                struct lk_error *err)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {0};
    const char *address = o->address ? o->address : "127.0.0.1";
    socklen_t size = sizeof at.v4;
    int fd = -1, on = 1;

    if (inet_pton(AF_INET, address, &at.v4.sin_addr) == 1) {
        at.v4.sin_family = AF_INET;
        at.v4.sin_port = htons((uint16_t)o->port);
    } else if (inet_pton(AF_INET6, address, &at.v6.sin6_addr) == 1) {
        at.v6.sin6_family = AF_INET6;
        at.v6.sin6_port = htons((uint16_t)o->port);
        size = sizeof at.v6;
    } else {
        return error_set(err, LK_EUSE, "'%s' is not an address; write one like 127.0.0.1", address);
    }
    fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, "open a socket for", address);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &at.any, size) || listen(fd, 1024) || getsockname(fd, &at.any, &size)) {
        if (errno == EADDRINUSE)
            error_set(err, LK_EIO,
                      "port %d is in use; stop what uses it, or choose another with "
                      "--port (0: any free one)",
                      o->port);
        else
            error_errno(err, "listen on", address);
        close(fd);
        return LK_EIO;
    }
    *port = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
    *out = fd;
    return LK_OK;
}

/* Each connection needs a descriptor, and some a file's beside it. */
static void raise_file_limit(int connections)
{
    struct rlimit l;
    rlim_t want = (rlim_t)connections * 2 + 128;

    if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= want)
        return;
    l.rlim_cur = want < l.rlim_max ? want : l.rlim_max;
    setrlimit(RLIMIT_NOFILE, &l);
}

static char **copy_names(const char *const *names)
{
    size_t n = 0;
    char **copy;

    while (names && names[n])
        n++;
    copy = mem_calloc(n + 1, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = mem_strdup(names[i]);
    return copy;
}

static void server_free(struct http_server *s)
{
    for (char **h = s->hosts; *h; h++)
        free(*h);
    free(s->hosts);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct http_server *server_new(const struct http_options *o, const struct http_handler *h)
{
    struct http_server *s = mem_calloc(1, sizeof *s);
    pthread_condattr_t steady;

    s->handler = *h;
    s->hosts = copy_names(o->hosts);
    s->max_body = o->max_body ? o->max_body : BODY_MAX;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &steady);
    pthread_condattr_destroy(&steady);
    return s;
}

enum lk_status http_start(struct http_server **out, const struct http_options *options,
                          const struct http_handler *handler, struct lk_error *err)
{
    int connections = options->max_connections ? options->max_connections : CONNECTIONS;
    int idle = options->idle_seconds ? options->idle_seconds : IDLE_SECONDS;
    int threads = options->threads ? options->threads : cpu_count();
    struct http_server *s = server_new(options, handler);
    enum lk_status st;
    int fd = -1;

    if (threads > connections)
        threads = connections;
    st = listen_on(&fd, &s->port, options, err);
    if (st)
        goto out;
    raise_file_limit(connections);
    s->daemon = MHD_start_daemon(
        /* A pool is two threads or more. */
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_access, s,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)idle, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, request_new, s,
        MHD_OPTION_NOTIFY_COMPLETED, request_done, s, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes,
        s, threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (unsigned)threads,
        MHD_OPTION_END);
    if (!s->daemon) {
        st = error_set(err, LK_EIO, "cannot start the server on port %d", s->port);
        close(fd);
        goto out;
    }
    s->keeper_runs = !pthread_create(&s->keeper, NULL, keep_streams, s);
    *out = s;
    s = NULL;
out:
    if (s)
        server_free(s);
    return st;
}

int http_port(const struct http_server *s)
{
    return s->port;
}

void http_stop(struct http_server *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->wake);
    /* The library will not stop while a connection is suspended. */
    for (struct http_stream *t = s->streams; t; t = t->next) {
        pthread_mutex_lock(&t->lock);
        stream_wake(t);
        pthread_mutex_unlock(&t->lock);
    }
    pthread_mutex_unlock(&s->lock);
    if (s->keeper_runs)
        pthread_join(s->keeper, NULL);
    MHD_stop_daemon(s->daemon);
    server_free(s);
}
