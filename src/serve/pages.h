/*
 * The rendered site over HTTP: types, ETag and If-None-Match, gzip, the headers
 * that keep a page to itself. Files are read once and kept in memory while they
 * stay as they are. Nothing outside the folder is ever served: no "..", no
 * symbolic link at any place of a path.
 *
 * Threads: any, at once.
 */
#ifndef SERVE_PAGES_H
#define SERVE_PAGES_H

#include "http/http.h"

struct pages;

/* head: what goes into each page's <head> (the token); no one else gets it. */
enum lk_status pages_open(struct pages **out, const char *folder, const char *head,
                          struct lk_error *err);
void pages_close(struct pages *p);
/* Answer a GET or HEAD for http_path(r). */
void pages_reply(struct pages *p, struct http_request *r);
/* The headers that every answer of the server has. */
void pages_add_safety(struct http_request *r);
/*
 * An open file at `name` below folder, or -1; name may hold no "..", and no
 * part of it may be a symbolic link.
 */
int pages_open_beneath(int folder, const char *name);
/* "text/html; charset=utf-8" for "a/index.html". */
const char *pages_type(const char *name);

#endif
