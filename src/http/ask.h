/*
 * A small HTTP client for servers on this computer: the containers that jobs
 * and endpoints run. One request on a connection of its own; no redirects, no
 * TLS, no host but 127.0.0.1.
 */
#ifndef HTTP_ASK_H
#define HTTP_ASK_H

#include "base/str.h"
#include "labkit.h"

struct http_question {
    int port;
    const char *method, *path; /* "POST", "/invocations" */
    /* name, value, name, value, ..., NULL; may be NULL. No CR or LF in either. */
    const char *const *headers;
    struct slice body;
    int64_t timeout_ms; /* for all of it */
    size_t max_answer;  /* bytes of body taken; more is LK_ELIMIT */
    /* Asked some ten times a second; true ends it with LK_ECANCELLED. May be NULL. */
    bool (*stop)(void *ctx);
    void *ctx;
};

struct http_answer {
    int status;
    struct str type; /* Content-Type, or "" */
    struct str body;
};

/* out is initialized here and freed with http_answer_done, also after a failure. */
enum lk_status http_ask(struct http_answer *out, const struct http_question *q,
                        struct lk_error *err);
void http_answer_done(struct http_answer *a);

#endif
