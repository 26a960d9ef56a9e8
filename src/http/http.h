/*
 * HTTP serving on libmicrohttpd, which only http/internal.h includes.
 *
 * A handler gets a whole request (its body in memory up to the route's cap, or
 * streamed to it piece by piece) and answers once: with bytes, with a file, or
 * with a stream that it writes to later from any thread.
 *
 * Safety is here, for every server of ours: loopback unless told otherwise,
 * Host checked against the names we serve (DNS rebinding), body and header
 * caps, a timeout on slow clients, a cap on connections.
 *
 * Threads: handlers run on a few server threads, at most one at a time for one
 * connection. A request and what it gives out live until the handler returns.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/str.h"
#include "labkit.h"

struct http_server;
struct http_request;
struct http_stream;

struct http_options {
    const char *address;      /* NULL: 127.0.0.1 */
    int port;                 /* 0: any free one */
    const char *const *hosts; /* NULL-terminated names accepted in Host besides 127.0.0.1,
                                 localhost and [::1]; a leading "*." matches below; may be NULL */
    size_t max_body;          /* for handlers that take it whole; 0: 1 MiB */
    int max_connections;      /* 0: 1000 */
    int idle_seconds;         /* 0: 60 */
    int threads;              /* 0: one a processor */
};

/*
 * Answer the request with one of the http_reply calls. Where `on_body` is set
 * in http_handler the body is passed there instead of being kept.
 */
typedef void http_fn(void *ctx, struct http_request *r);

struct http_handler {
    http_fn *on_request; /* the whole request is here: answer it */
    void *ctx;
    /*
     * Streaming upload, all three or none. on_begin sees the header alone: it
     * returns a state for the other calls, or answers (then returns NULL) to
     * refuse. on_body gets piece after piece; false ends the reading, answered
     * already. on_request then finds the state with http_state. on_end frees
     * the state, always, once.
     */
    void *(*on_begin)(void *ctx, struct http_request *r);
    bool (*on_body)(void *state, struct http_request *r, const void *ptr, size_t len);
    void (*on_end)(void *state);
};

enum lk_status http_start(struct http_server **out, const struct http_options *options,
                          const struct http_handler *handler, struct lk_error *err);
int http_port(const struct http_server *s);
/*
 * Stop accepting, end streams, wait for handlers, free. A stream not yet
 * closed stays its writer's: writing says false, and close frees it.
 */
void http_stop(struct http_server *s);

/* The request; all borrowed. */
const char *http_method(const struct http_request *r);
const char *http_path(const struct http_request *r); /* decoded, no query */
const char *
http_raw_target(const struct http_request *r); /* as sent: path and query, not decoded */
const char *http_query(const struct http_request *r, const char *name);  /* decoded, or NULL */
const char *http_header(const struct http_request *r, const char *name); /* any case, or NULL */
/* Every header in the order sent. */
typedef void http_header_fn(void *ctx, const char *name, const char *value);
void http_each_header(const struct http_request *r, http_header_fn *fn, void *ctx);
struct slice http_body(const struct http_request *r);
void *http_state(const struct http_request *r);
const char *http_peer(const struct http_request *r); /* "127.0.0.1:51234" */

/* The answer: headers first, then exactly one reply. Body bytes are copied. */
void http_add_header(struct http_request *r, const char *name, const char *value);
void http_reply(struct http_request *r, int status, const char *type, struct slice body);
void http_reply_error(struct http_request *r, int status, const char *text); /* a plain line */
/* A file, or bytes [from, from + len) of it (len -1: to the end), sent without copying it to
 * memory. */
void http_reply_file(struct http_request *r, int status, const char *type, const char *path,
                     int64_t from, int64_t len);
/* The same from an open file; takes fd. */
void http_reply_fd(struct http_request *r, int status, const char *type, int fd, int64_t from,
                   int64_t len);
/*
 * An answer that is written later (type "text/event-stream" or another): the
 * stream is yours until http_stream_close, and may be used from any thread.
 */
struct http_stream *http_reply_stream(struct http_request *r, int status, const char *type);
/* false when the client is gone or has not read what waits (over 8 MiB); then only close is left.
 */
bool http_stream_write(struct http_stream *s, struct slice bytes);
bool http_stream_event(struct http_stream *s, const char *event,
                       struct slice data); /* one SSE event */
void http_stream_close(struct http_stream *s);

#endif
