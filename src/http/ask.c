/*
 * The request is sent and the answer read on a non-blocking socket, in slices
 * of a tenth of a second, so that a deadline and a wish to stop are seen. The
 * server is asked to close the connection; an answer is framed by its length,
 * by chunks, or by that close. A large body is announced first, so that a
 * server that does not want it can say why.
 */
#include "http/ask.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SLICE_MS = 100,
    HEADER_MAX = 64 << 10,
    READ_SIZE = 64 << 10,
    ASK_FIRST = 1 << 20, /* a body larger than this waits for "100 Continue" */
};

struct talk {
    const struct http_question *q;
    int fd;
    int64_t end; /* on the steady clock */
    struct str in;
    bool closed; /* the server has */
    struct lk_error *err;
};

/* Wait until the socket can be read (or written). */
static enum lk_status wait_for(struct talk *t, short what)
{
    for (;;) {
        struct pollfd p = {t->fd, what, 0};
        int64_t left = (t->end - clock_steady_ns()) / 1000000;

        if (t->q->stop && t->q->stop(t->q->ctx))
            return error_set(t->err, LK_ECANCELLED, "stopped");
        if (left <= 0)
            return error_set(t->err, LK_ENETWORK, "no answer within %lld s",
                             (long long)(t->q->timeout_ms / 1000));
        if (poll(&p, 1, left < SLICE_MS ? (int)left : SLICE_MS) > 0)
            return LK_OK;
    }
}

static enum lk_status broken(struct talk *t, const char *what)
{
    return error_set(t->err, LK_ENETWORK, "%s port %d: %s", what, t->q->port, strerror(errno));
}

static enum lk_status connect_to(struct talk *t)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)t->q->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int error = 0;
    socklen_t size = sizeof error;
    enum lk_status st;

    t->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (t->fd < 0)
        return broken(t, "cannot connect to");
    if (!connect(t->fd, (struct sockaddr *)&at, sizeof at))
        return LK_OK;
    if (errno != EINPROGRESS)
        return broken(t, "cannot connect to");
    st = wait_for(t, POLLOUT);
    getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    return st ? st : error ? broken(t, "cannot connect to") : LK_OK;
}

static enum lk_status send_all(struct talk *t, struct slice bytes)
{
    while (bytes.len) {
        ssize_t n = send(t->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        enum lk_status st;

        if (n > 0)
            bytes = slice_from(bytes, (size_t)n);
        else if (errno != EAGAIN && errno != EINTR)
            return broken(t, "cannot send to");
        else if ((st = wait_for(t, POLLOUT)))
            return st;
    }
    return LK_OK;
}

static enum lk_status send_head(struct talk *t)
{
    const struct http_question *q = t->q;
    struct str head = STR_INIT;
    enum lk_status st;

    str_printf(&head, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n", q->method,
               q->path, q->port);
    for (const char *const *h = q->headers; h && *h; h += 2)
        str_printf(&head, "%s: %s\r\n", h[0], h[1]);
    if (q->body.len || strcmp(q->method, "GET"))
        str_printf(&head, "Content-Length: %zu\r\n", q->body.len);
    if (q->body.len > ASK_FIRST)
        str_puts(&head, "Expect: 100-continue\r\n");
    str_puts(&head, "\r\n");
    st = send_all(t, slice_str(&head));
    str_done(&head);
    return st;
}

/* Some more of the answer, or t->closed. */
static enum lk_status read_more(struct talk *t)
{
    for (;;) {
        ssize_t n = recv(t->fd, str_room(&t->in, READ_SIZE), READ_SIZE, 0);
        enum lk_status st;

        if (n > 0) {
            str_grew(&t->in, (size_t)n);
            return LK_OK;
        }
        if (!n) {
            t->closed = true;
            return LK_OK;
        }
        if (errno != EAGAIN && errno != EINTR)
            return broken(t, "cannot read from");
        if ((st = wait_for(t, POLLIN)))
            return st;
    }
}

/* ---- the answer ----------------------------------------------------------------------- */

static enum lk_status garbled(struct talk *t)
{
    return error_set(t->err, LK_ENETWORK, "the answer from port %d is not HTTP or was cut short",
                     t->q->port);
}

struct framing {
    int64_t length; /* -1: none given */
    bool chunked;
};

static bool take_header(struct http_answer *a, struct framing *f, struct slice line)
{
    size_t colon = slice_find(line, ':');
    struct slice name = slice_first(line, colon), value;

    if (colon == line.len)
        return false;
    value = slice_trim(slice_from(line, colon + 1));
    if (name.len == 12 && !strncasecmp(name.ptr, "content-type", 12))
        str_put(&a->type, value);
    else if (name.len == 14 && !strncasecmp(name.ptr, "content-length", 14))
        return number_parse_int(value, 0, INT64_MAX, &f->length);
    else if (name.len == 17 && !strncasecmp(name.ptr, "transfer-encoding", 17))
        f->chunked = true;
    return true;
}

static bool parse_head(struct http_answer *a, struct framing *f, struct slice head)
{
    struct slice line;
    int64_t status;

    if (!slice_line(&head, &line) || !slice_starts(line, "HTTP/1.") || line.len < 12 ||
        !number_parse_int(slice_first(slice_from(line, 9), 3), 100, 599, &status))
        return false;
    a->status = (int)status;
    while (slice_line(&head, &line))
        if (!take_header(a, f, line))
            return false;
    return true;
}

static enum lk_status read_head(struct http_answer *a, struct framing *f, struct talk *t)
{
    const char *end;
    size_t n;

    while (!(end = memmem(t->in.ptr, t->in.len, "\r\n\r\n", 4))) {
        enum lk_status st = read_more(t);

        if (st)
            return st;
        if (t->closed || t->in.len > HEADER_MAX)
            return garbled(t);
    }
    n = (size_t)(end - t->in.ptr);
    if (!parse_head(a, f, (struct slice){t->in.ptr, n}))
        return garbled(t);
    memmove(t->in.ptr, end + 4, t->in.len - n - 4);
    str_cut(&t->in, t->in.len - n - 4);
    return LK_OK;
}

static enum lk_status too_long(struct talk *t)
{
    return error_set(t->err, LK_ELIMIT, "an answer of more than %zu bytes", t->q->max_answer);
}

static enum lk_status read_plain(struct http_answer *a, int64_t length, struct talk *t)
{
    while (!t->closed && (length < 0 || t->in.len < (size_t)length)) {
        enum lk_status st = t->in.len > t->q->max_answer ? too_long(t) : read_more(t);

        if (st)
            return st;
    }
    if (length >= 0 && t->in.len < (size_t)length)
        return garbled(t);
    if (t->in.len > t->q->max_answer)
        return too_long(t);
    str_put(&a->body,
            length < 0 ? slice_str(&t->in) : slice_first(slice_str(&t->in), (size_t)length));
    return LK_OK;
}

/* Have at least n bytes in t->in. */
static enum lk_status need(struct talk *t, size_t n)
{
    enum lk_status st = LK_OK;

    while (!st && t->in.len < n)
        st = t->closed ? garbled(t) : read_more(t);
    return st;
}

/* A chunk's length line, up to its LF; *n is the length of the line. */
static enum lk_status read_chunk_size(struct talk *t, size_t *n, size_t *size)
{
    const char *lf;
    enum lk_status st;

    while (!(lf = memchr(t->in.ptr, '\n', t->in.len))) {
        if (t->in.len > 64)
            return garbled(t);
        if ((st = need(t, t->in.len + 1)))
            return st;
    }
    *size = 0;
    for (const char *p = t->in.ptr; p < lf && *p != '\r' && *p != ';'; p++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, *p | 0x20);

        if (!at)
            return garbled(t);
        if (*size > t->q->max_answer)
            return too_long(t);
        *size = *size * 16 + (size_t)(at - digits);
    }
    *n = (size_t)(lf + 1 - t->in.ptr);
    return LK_OK;
}

static enum lk_status read_chunks(struct http_answer *a, struct talk *t)
{
    for (;;) {
        size_t line = 0, size = 0;
        enum lk_status st = read_chunk_size(t, &line, &size);

        if (!st && size + a->body.len > t->q->max_answer)
            st = too_long(t);
        if (!st)
            st = need(t, line + size + 2);
        if (st || !size)
            return st;
        str_add(&a->body, t->in.ptr + line, size);
        memmove(t->in.ptr, t->in.ptr + line + size + 2, t->in.len - line - size - 2);
        str_cut(&t->in, t->in.len - line - size - 2);
    }
}

/* Head, body, and the answer's head. */
static enum lk_status exchange(struct http_answer *a, struct framing *f, struct talk *t)
{
    bool sent = false;
    enum lk_status st = send_head(t);

    if (!st && t->q->body.len <= ASK_FIRST) {
        st = send_all(t, t->q->body);
        sent = true;
    }
    while (!st && !(st = read_head(a, f, t)) && a->status == 100) {
        str_clear(&a->type);
        if (!sent)
            st = send_all(t, t->q->body);
        sent = true;
    }
    return st;
}

enum lk_status http_ask(struct http_answer *out, const struct http_question *q,
                        struct lk_error *err)
{
    struct talk t = {.q = q, .fd = -1, .err = err};
    struct framing f = {.length = -1};
    enum lk_status st;

    *out = (struct http_answer){0};
    str_init(&out->type);
    str_init(&out->body);
    str_init(&t.in);
    t.end = clock_steady_ns() + q->timeout_ms * 1000000;
    st = connect_to(&t);
    if (!st)
        st = exchange(out, &f, &t);
    if (!st && out->status != 204 && out->status != 304)
        st = f.chunked ? read_chunks(out, &t) : read_plain(out, f.length, &t);
    if (t.fd >= 0)
        close(t.fd);
    str_done(&t.in);
    return st;
}

void http_answer_done(struct http_answer *a)
{
    str_done(&a->type);
    str_done(&a->body);
}
