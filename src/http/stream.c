/*
 * Answers that are written to later, on the library's suspended connections.
 *
 * A stream has two owners, the writer and the connection; each leaves by
 * setting its flag under the stream's lock, and the second one frees. The
 * library calls `stream_read` for bytes; when there are none the connection is
 * suspended inside that call, under the same lock that a writer takes to
 * resume it, so no wake-up is lost. A suspended connection is not watched by
 * the library, so a thread of ours looks after streams: it notices clients
 * that went away and sends event streams a comment now and then.
 */
#include "http/internal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    STREAM_MAX = 8 << 20, /* bytes that wait for a slow reader */
    LOOK_MS = 500,        /* how often gone readers of streams are looked for */
    HEARTBEAT_MS = 15000,
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
    request_answer(
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

void *streams_keep(void *ctx)
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

void streams_wake(struct http_server *server)
{
    for (struct http_stream *s = server->streams; s; s = s->next) {
        pthread_mutex_lock(&s->lock);
        stream_wake(s);
        pthread_mutex_unlock(&s->lock);
    }
}
