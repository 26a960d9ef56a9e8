/*
 * What the parts of serving share: the server (http.c), who waits to be served
 * (crowd.c), a request and its answer (request.c), and a stream (stream.c).
 *
 * Locks: the server's list lock is taken before a stream's, never after it.
 */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "http/http.h"
#include "http/target.h"

#include "base/mem.h"
#include "base/str.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

/* The connections that wait, the oldest first; at most `most` of them. */
struct crowd {
    pthread_mutex_t lock;
    struct guest *first, *last;
    size_t count, most;
};

struct http_server {
    struct crowd crowd;
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

/* ---- crowd.c */

void crowd_init(struct crowd *c, size_t most);
void crowd_done(struct crowd *c);
/* The library's callback: a connection has come, or goes. */
void crowd_change(void *crowd, struct MHD_Connection *connection, void **slot,
                  enum MHD_ConnectionNotificationCode what);
/* A request of the connection is being served, or was: it waits again. */
void crowd_serve(struct crowd *c, struct MHD_Connection *connection, bool served);

/* ---- request.c: the library's callbacks, in the order of a request's life */

/* The first that is heard of a request: its target as it was sent. */
void *request_new(void *server, const char *uri, struct MHD_Connection *connection);

/* Once with the header, once a piece of body, once at the end. */
enum MHD_Result request_access(void *server, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_len, void **slot);

void request_done(void *server, struct MHD_Connection *connection, void **slot,
                  enum MHD_RequestTerminationCode why);

/* Answers with `response`, which is the request's from here on; only the first answer counts. */
void request_answer(struct http_request *r, int status, const char *type,
                    struct MHD_Response *response);

/* ---- stream.c */

/* The thread that looks after the streams of a server until it stops. */
void *streams_keep(void *server);

/* Under the server's lock: let every connection that waits for a stream look again. */
void streams_wake(struct http_server *server);

#endif
