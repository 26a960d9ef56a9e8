/*
 * Who may ask for what. The http layer has checked Host by now. Pages go to who
 * knows the password (where there is one); the API to our own pages alone: they
 * carry a token that no other site can read, and a browser says where a request
 * comes from.
 */
#ifndef SERVE_GUARD_H
#define SERVE_GUARD_H

#include "http/http.h"

enum { TOKEN_SIZE = 33 };

struct guard {
    char token[TOKEN_SIZE]; /* new with each start */
    char *password;         /* NULL: none is asked for */
};

void guard_init(struct guard *g, const char *password);
void guard_done(struct guard *g);
/* false: the request was answered with what it lacks. */
bool guard_page(const struct guard *g, struct http_request *r);
bool guard_api(const struct guard *g, struct http_request *r);

#endif
