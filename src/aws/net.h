/*
 * HTTP as a client. libcurl is behind this header and nowhere else.
 *
 * A `net` keeps connections open between calls and belongs to one thread at a
 * time. Bodies stream: what is sent is read at an offset, so that a retry
 * starts again by itself; what is received goes to a callback. Nothing is
 * followed, retried or signed here. TLS is always verified.
 */
#ifndef AWS_NET_H
#define AWS_NET_H

#include "aws/sigv4.h"
#include "base/mem.h"

#include <stdatomic.h>

struct net;

struct net_options {
    const char *ca_bundle;     /* PEM file; NULL: the system's */
    int connect_ms;            /* 0: 10 s */
    int idle_s;                /* give up when nothing moves for so long; 0: 60 s */
    const atomic_bool *cancel; /* becomes true: stop soon; or NULL */
};

struct net *net_new(const struct net_options *o); /* strings are copied; cancel is borrowed */
void net_free(struct net *n);

/* Up to n bytes of the body from `offset`; LK_OK with *got 0 is an early end, a failure. */
typedef enum lk_status net_read_fn(void *ctx, int64_t offset, void *buf, size_t n, size_t *got,
                                   struct lk_error *err);
/* The next bytes of a 2xx answer's body. */
typedef enum lk_status net_write_fn(void *ctx, const void *ptr, size_t n, struct lk_error *err);

struct net_request {
    const char *method, *url;
    const struct sigv4_header *headers; /* host, length and the like are added */
    size_t header_count;
    struct slice body; /* sent unless `read` is set */
    net_read_fn *read; /* the body: exactly `length` bytes */
    void *read_ctx;
    int64_t length;
    net_write_fn *write; /* NULL: the body is kept in the answer */
    void *write_ctx;
    size_t max_body; /* most that is kept; 0: 16 MiB */
    int total_ms;    /* 0: as long as bytes move */
};

struct net_answer {
    int status;
    struct arena arena; /* holds the headers */
    struct sigv4_header *headers;
    size_t header_count, header_cap;
    struct str body; /* all of it, unless 2xx with `write`; terminated */
    int64_t written; /* bytes given to `write` */
    bool again;      /* after a failure: could the same request succeed? */
};

/*
 * Send, and wait for the whole answer, whatever its status. LK_ENETWORK when
 * there was none or it broke off; LK_ECANCELLED; or what a callback failed
 * with. The answer is initialised here and to be freed in every case.
 */
enum lk_status net_send(struct net_answer *out, struct net *n, const struct net_request *r,
                        struct lk_error *err);
void net_answer_done(struct net_answer *a);
/* The value of the header (case ignored), or an empty slice. */
struct slice net_header(const struct net_answer *a, const char *name);
/* An HTTP date ("Wed, 21 Oct 2015 07:28:00 GMT") in Unix milliseconds; -1 when it is none. */
int64_t net_date(struct slice text);

#endif
