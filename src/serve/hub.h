/*
 * Events to every page that listens (server-sent events). Those of a lesson are
 * numbered; the newest are kept, so that a page whose connection broke gets
 * what it missed by the number it saw last. A page that missed more than is
 * kept is told to fetch the state anew: event "reset".
 *
 * Threads: any; no call waits for a reader. A reader who is too slow is dropped,
 * and comes back with the number it saw last.
 */
#ifndef SERVE_HUB_H
#define SERVE_HUB_H

#include "base/str.h"
#include "http/http.h"

struct hub;

/* Numbers begin behind `start`, so that those of an earlier server are not met again. */
struct hub *hub_new(int64_t start);
void hub_free(struct hub *h);
/* A numbered event "lab" to all; returns its number. */
int64_t hub_send(struct hub *h, struct slice json);
/* An event without a number, not kept. */
void hub_tell(struct hub *h, const char *event, struct slice json);
/*
 * Takes the stream. last is the number that the page saw last, be it that of
 * the state it fetched; -1 for a page that follows no numbered events.
 */
void hub_listen(struct hub *h, struct http_stream *stream, int64_t last);
int64_t hub_last(struct hub *h);
size_t hub_listeners(struct hub *h);

#endif
