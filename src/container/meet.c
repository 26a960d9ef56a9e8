/* Sockets, TCP or of a local path, polled in short steps so that a signal is noticed. */
#include "container/meet.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define USUAL_PORT "9099"
enum { STEP_MS = 50, BACKLOG = 64 };

static const char *local_path(void)
{
    const char *where = getenv("LABKIT_RENDEZVOUS");

    return where && !strncmp(where, "unix:", 5) ? where + 5 : NULL;
}

/* ---- addresses -------------------------------------------------------------------------- */

static enum lk_status local_socket(int *fd, struct sockaddr_un *at, const char *path,
                                   struct lk_error *err)
{
    if (strlen(path) >= sizeof at->sun_path)
        return error_set(err, LK_ELIMIT, "the path of LABKIT_RENDEZVOUS is too long");
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(at->sun_path, path, strlen(path));
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *fd < 0 ? error_errno(err, "open a socket for", path) : LK_OK;
}

/* "host:port" of the environment, or the usual port of the first host. */
static enum lk_status look_up(struct addrinfo **out, const char *first_host, bool listening,
                              struct lk_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = listening ? AI_PASSIVE : 0};
    const char *where = getenv("LABKIT_RENDEZVOUS"), *colon = where ? strrchr(where, ':') : NULL;
    char host[256];
    int code;

    snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - where) : 255,
             colon ? where : first_host);
    code = getaddrinfo(host, colon ? colon + 1 : USUAL_PORT, &hints, out);
    return code ? error_set(err, LK_ENETWORK, "cannot find host %.200s: %s", host,
                            gai_strerror(code))
                : LK_OK;
}

/* ---- meeting ------------------------------------------------------------------------------ */

enum lk_status meet_listen(struct meet *m, const char *first_host, struct lk_error *err)
{
    const char *path = local_path();
    struct addrinfo *at = NULL;
    struct sockaddr_un local;
    bool bound = false;
    enum lk_status st;

    if (path) {
        st = local_socket(&m->fd, &local, path, err);
        if (st)
            return st;
        unlink(path);
        bound = !bind(m->fd, (struct sockaddr *)&local, sizeof local);
    } else {
        st = look_up(&at, first_host, true, err);
        if (st)
            return st;
        m->fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(m->fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
        bound = m->fd >= 0 && !bind(m->fd, at->ai_addr, at->ai_addrlen);
        freeaddrinfo(at);
    }
    if (bound && !listen(m->fd, BACKLOG))
        return LK_OK;
    st = error_errno(err, "listen for the other hosts on", path ? path : first_host);
    meet_close(m);
    return st;
}

/* Until fd is ready for `events`; the clock of patience runs. */
static enum lk_status wait_for(const struct meet *m, short events, bool for_ever,
                               struct lk_error *err)
{
    int64_t end = clock_steady_ns() + (int64_t)MEET_PATIENCE_S * 1000000000;
    struct pollfd p = {m->fd, events, 0};

    while (poll(&p, 1, STEP_MS) <= 0) {
        if (m->stopped && m->stopped())
            return error_set(err, LK_ECANCELLED, "told to stop while waiting for the other hosts");
        if (!for_ever && clock_steady_ns() > end)
            return error_set(err, LK_ENETWORK, "the other hosts of the job did not answer in %d s",
                             MEET_PATIENCE_S);
    }
    return LK_OK;
}

enum lk_status meet_accept(struct meet *out, const struct meet *m, struct lk_error *err)
{
    enum lk_status st = wait_for(m, POLLIN, false, err);

    if (st)
        return st;
    *out = (struct meet){accept4(m->fd, NULL, NULL, SOCK_CLOEXEC), m->stopped};
    return out->fd < 0 ? error_errno(err, "accept", "another host") : LK_OK;
}

static enum lk_status try_connect(struct meet *m, const char *first_host, struct lk_error *err)
{
    const char *path = local_path();
    struct addrinfo *at = NULL;
    struct sockaddr_un local;
    enum lk_status st;

    if (path) {
        st = local_socket(&m->fd, &local, path, err);
        if (!st && connect(m->fd, (struct sockaddr *)&local, sizeof local))
            st = error_errno(err, "connect to", path);
    } else {
        st = look_up(&at, first_host, false, err);
        if (st)
            return st;
        m->fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (m->fd < 0 || connect(m->fd, at->ai_addr, at->ai_addrlen))
            st = error_errno(err, "connect to", first_host);
        freeaddrinfo(at);
    }
    if (st)
        meet_close(m);
    return st;
}

enum lk_status meet_connect(struct meet *m, const char *first_host, struct lk_error *err)
{
    int64_t end = clock_steady_ns() + (int64_t)MEET_PATIENCE_S * 1000000000;
    enum lk_status st;

    while ((st = try_connect(m, first_host, err)) && clock_steady_ns() < end) {
        if (m->stopped && m->stopped())
            return error_set(err, LK_ECANCELLED, "told to stop while waiting for %s", first_host);
        poll(NULL, 0, STEP_MS);
    }
    return st;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

enum lk_status meet_send(const struct meet *m, const void *ptr, size_t len, struct lk_error *err)
{
    const char *p = ptr;

    while (len) {
        enum lk_status st = wait_for(m, POLLOUT, false, err);
        ssize_t n = st ? 0 : send(m->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (st)
            return st;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return error_set(err, LK_ENETWORK, "the first host of the job is gone: %s",
                             strerror(errno));
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return LK_OK;
}

static enum lk_status receive(const struct meet *m, void *ptr, size_t len, bool for_ever,
                              struct lk_error *err)
{
    char *p = ptr;

    while (len) {
        enum lk_status st = wait_for(m, POLLIN, for_ever, err);
        ssize_t n = st ? 0 : recv(m->fd, p, len, MSG_DONTWAIT);

        if (st)
            return st;
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return error_set(err, LK_ENETWORK, "another host of the job is gone");
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return LK_OK;
}

enum lk_status meet_receive(const struct meet *m, void *ptr, size_t len, struct lk_error *err)
{
    return receive(m, ptr, len, false, err);
}

enum lk_status meet_wait(const struct meet *m, char *byte, struct lk_error *err)
{
    return receive(m, byte, 1, true, err);
}

void meet_close(struct meet *m)
{
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
}
