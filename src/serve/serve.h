/*
 * labbook serve: the book's pages, its labs, and live reload, on one address.
 *
 *   serve.c   start and stop, who gets which request
 *   guard.c   token, Origin, password
 *   pages.c   the rendered site
 *   api.c     what pages ask for: run, stop, edit, ..., events
 *   desk*.c   a lesson being worked on; hub.c events to all pages of it
 *   watch.c   the book's folder
 *
 * Everything runs on the http layer's threads but for the watcher, a clock that
 * stores what long runs put out, and each session's own.
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "labkit.h"

struct server;

struct server_options {
    const char *root;         /* the book */
    const char *address;      /* NULL: 127.0.0.1; others only with a password */
    int port;                 /* 0: any free one */
    const char *const *names; /* further host names that are ours; NULL-terminated, or NULL */
    const char *password;     /* or NULL */
    int threads;              /* for a step's training; 0: all */
    bool drafts, instructor;
};

/* Errors in the book are shown on its pages; err is about the server. */
enum lk_status server_start(struct server **out, const struct server_options *options,
                            struct lk_error *err);
/* "http://127.0.0.1:4400/" */
const char *server_url(const struct server *s);
/* The book's mistakes, told to stderr as they come. */
void server_stop(struct server *s);

#endif
