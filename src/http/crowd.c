/*
 * Connections that wait: those that have not sent a whole header yet, and those
 * kept open behind an answer. They cost a descriptor and nothing else, so whoever
 * opens thousands of them would keep all others out until they time out.
 * Therefore only so many may wait; one more, and the one that has waited longest
 * is shut. A browser that meets this connects again; who is being answered is
 * never touched.
 */
#include "http/internal.h"

#include <stdlib.h>
#include <sys/socket.h>

struct guest {
    struct guest *before, *after; /* in the order in which they began to wait */
    int fd;
    bool waits;
};

static void leave(struct crowd *c, struct guest *g)
{
    if (!g->waits)
        return;
    *(g->before ? &g->before->after : &c->first) = g->after;
    *(g->after ? &g->after->before : &c->last) = g->before;
    g->waits = false;
    c->count--;
}

/*
 * At the end of the queue. The one that is shut is still the library's: it is
 * told of it by its socket, says so to crowd_change, and only then closes that,
 * so that the descriptor is nobody else's meanwhile.
 */
static void join(struct crowd *c, struct guest *g)
{
    g->before = c->last;
    g->after = NULL;
    *(c->last ? &c->last->after : &c->first) = g;
    c->last = g;
    g->waits = true;
    if (++c->count > c->most) {
        struct guest *oldest = c->first;

        leave(c, oldest);
        shutdown(oldest->fd, SHUT_RDWR);
    }
}

void crowd_init(struct crowd *c, size_t most)
{
    *c = (struct crowd){.most = most};
    pthread_mutex_init(&c->lock, NULL);
}

void crowd_done(struct crowd *c)
{
    pthread_mutex_destroy(&c->lock);
}

void crowd_change(void *ctx, struct MHD_Connection *connection, void **slot,
                  enum MHD_ConnectionNotificationCode what)
{
    struct crowd *c = ctx;
    struct guest *g = *slot;

    pthread_mutex_lock(&c->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        g = *slot = mem_calloc(1, sizeof *g);
        g->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        join(c, g);
    } else if (g) {
        leave(c, g);
        free(g);
        *slot = NULL;
    }
    pthread_mutex_unlock(&c->lock);
}

void crowd_serve(struct crowd *c, struct MHD_Connection *connection, bool served)
{
    struct guest *g =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

    if (!g)
        return;
    pthread_mutex_lock(&c->lock);
    leave(c, g);
    if (!served)
        join(c, g);
    pthread_mutex_unlock(&c->lock);
}
