/*
 * The newest events lie in a ring, each with its whole text as it goes over
 * the wire, so that sending it to one more reader is a copy. The ring is capped by
 * count and by bytes; an event larger than all of it is sent and not kept.
 */
#include "serve/hub.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT = 1024, KEPT_BYTES = 2 << 20, LISTENERS_MAX = 256 };

struct hub {
    pthread_mutex_t lock;
    struct str kept[KEPT]; /* event n lies at n % KEPT */
    int64_t first, last;   /* kept are [first, last] */
    size_t bytes;
    struct http_stream **listeners;
    size_t count, cap;
};

struct hub *hub_new(int64_t start)
{
    struct hub *h = mem_calloc(1, sizeof *h);

    pthread_mutex_init(&h->lock, NULL);
    for (int i = 0; i < KEPT; i++)
        str_init(&h->kept[i]);
    h->last = start;
    h->first = start + 1;
    return h;
}

void hub_free(struct hub *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->count; i++)
        http_stream_close(h->listeners[i]);
    for (int i = 0; i < KEPT; i++)
        str_done(&h->kept[i]);
    free(h->listeners);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* Under the lock: to all; who does not take it is let go. */
static void spread(struct hub *h, struct slice text)
{
    size_t n = 0;

    for (size_t i = 0; i < h->count; i++) {
        if (http_stream_write(h->listeners[i], text))
            h->listeners[n++] = h->listeners[i];
        else
            http_stream_close(h->listeners[i]);
    }
    h->count = n;
}

static void drop_first(struct hub *h)
{
    struct str *s = &h->kept[h->first++ % KEPT];

    h->bytes -= s->len;
    str_done(s);
}

int64_t hub_send(struct hub *h, struct slice json)
{
    struct str *text;
    int64_t number;

    pthread_mutex_lock(&h->lock);
    if (h->last + 1 - h->first == KEPT)
        drop_first(h);
    number = ++h->last;
    text = &h->kept[number % KEPT];
    str_printf(text, "id: %lld\nevent: lab\ndata: ", (long long)number);
    str_put(text, json);
    str_puts(text, "\n\n");
    h->bytes += text->len;
    spread(h, slice_str(text));
    while (h->bytes > KEPT_BYTES)
        drop_first(h);
    pthread_mutex_unlock(&h->lock);
    return number;
}

void hub_tell(struct hub *h, const char *event, struct slice json)
{
    struct str text = STR_INIT;

    str_printf(&text, "event: %s\ndata: ", event);
    str_put(&text, json);
    str_puts(&text, "\n\n");
    pthread_mutex_lock(&h->lock);
    spread(h, slice_str(&text));
    pthread_mutex_unlock(&h->lock);
    str_done(&text);
}

void hub_listen(struct hub *h, struct http_stream *stream, int64_t last)
{
    bool ok = true;

    pthread_mutex_lock(&h->lock);
    if (h->count == LISTENERS_MAX) {
        http_stream_close(h->listeners[0]);
        for (size_t i = 1; i < h->count; i++)
            h->listeners[i - 1] = h->listeners[i];
        h->count--;
    }
    /* A comment first, so that the page knows that it is connected. */
    ok = http_stream_write(stream, SLICE(": here\n\n"));
    if (last > h->last || (last >= 0 && last + 1 < h->first)) {
        ok = ok && http_stream_write(stream, SLICE("event: reset\ndata: {}\n\n"));
    } else if (last >= 0) {
        for (int64_t n = last + 1; n <= h->last && ok; n++)
            ok = http_stream_write(stream, slice_str(&h->kept[n % KEPT]));
    }
    if (ok) {
        MEM_GROW(h->listeners, h->count, h->cap);
        h->listeners[h->count++] = stream;
    } else {
        http_stream_close(stream);
    }
    pthread_mutex_unlock(&h->lock);
}

int64_t hub_last(struct hub *h)
{
    int64_t last;

    pthread_mutex_lock(&h->lock);
    last = h->last;
    pthread_mutex_unlock(&h->lock);
    return last;
}

size_t hub_listeners(struct hub *h)
{
    size_t n;

    pthread_mutex_lock(&h->lock);
    n = h->count;
    pthread_mutex_unlock(&h->lock);
    return n;
}
