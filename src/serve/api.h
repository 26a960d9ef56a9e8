/* What pages ask for under /api/; the table of it stands at the end of api.c. */
#ifndef SERVE_API_H
#define SERVE_API_H

#include "http/http.h"
#include "lab/store.h"
#include "serve/desk.h"
#include "serve/hub.h"
#include "serve/practice.h"
#include "serve/watch.h"

struct api {
    struct desks *desks;
    struct store *store;
    struct hub *site; /* for pages that show no lesson */
    struct watch *watch;
    struct practice *practice;
};

/* Answer a request whose path starts with /api/ and that the guard let through. */
void api_reply(const struct api *api, struct http_request *r);

#endif
