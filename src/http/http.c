/*
 * Serving on libmicrohttpd with its own epoll threads: the socket, the limits
 * and the daemon. What happens to a request is in request.c, to an answer
 * that is written later in stream.c.
 */
#include "http/internal.h"

#include "base/error.h"
#include "base/thread.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BODY_MAX = 1 << 20,       /* unless the options say otherwise */
    HEADER_MEMORY = 64 << 10, /* the library's memory a connection: header and buffers */
    CONNECTIONS = 1000,
    IDLE_SECONDS = 60,
};

/* Escapes are ours to decode. */
static size_t leave_escapes(void *ctx, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

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
    crowd_done(&s->crowd);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct http_server *server_new(const struct http_options *o, const struct http_handler *h,
                                      int connections)
{
    struct http_server *s = mem_calloc(1, sizeof *s);
    pthread_condattr_t steady;

    s->handler = *h;
    s->hosts = copy_names(o->hosts);
    s->max_body = o->max_body ? o->max_body : BODY_MAX;
    crowd_init(&s->crowd, (size_t)(connections + 1) / 2);
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
    struct http_server *s = server_new(options, handler, connections);
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
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, request_access, s,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)idle, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, request_new, s,
        MHD_OPTION_NOTIFY_COMPLETED, request_done, s, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes,
        s, MHD_OPTION_NOTIFY_CONNECTION, crowd_change, &s->crowd,
        threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (unsigned)threads,
        MHD_OPTION_END);
    if (!s->daemon) {
        st = error_set(err, LK_EIO, "cannot start the server on port %d", s->port);
        close(fd);
        goto out;
    }
    s->keeper_runs = !pthread_create(&s->keeper, NULL, streams_keep, s);
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
    streams_wake(s);
    pthread_mutex_unlock(&s->lock);
    if (s->keeper_runs)
        pthread_join(s->keeper, NULL);
    MHD_stop_daemon(s->daemon);
    server_free(s);
}
