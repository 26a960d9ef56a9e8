/*
 * Payloads to the container, as many at once as the job may. Each has a thread
 * of its own; the work's thread meanwhile takes the container's log, so that
 * its pipe never fills, and passes a wish to stop on.
 *
 * A refused payload (4xx) stays refused; a failure of the server is tried
 * again as often as the job says.
 */
#include "base/error.h"
#include "cloud/transform.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { LOOK_MS = 20, ANSWER_MAX = 256 << 20, STACK_BYTES = 256 << 10 };

struct batch {
    struct transform_payload *payload;
    const struct transform_asking *how;
    size_t n;
    atomic_size_t next, done;
    atomic_bool stop;
};

static bool told_to_stop(void *ctx)
{
    return atomic_load(&((struct batch *)ctx)->stop);
}

static void ask_once(struct transform_payload *p, struct batch *b)
{
    const struct transform_asking *how = b->how;
    const char *headers[5] = {NULL};
    size_t n = 0;
    struct http_question q = {.port = how->served->port,
                              .method = "POST",
                              .path = "/invocations",
                              .headers = headers,
                              .body = slice_str(&p->body),
                              .timeout_ms = how->timeout_ms,
                              .max_answer = ANSWER_MAX,
                              .stop = told_to_stop,
                              .ctx = b};

    if (how->content_type) {
        headers[n++] = "Content-Type";
        headers[n++] = how->content_type;
    }
    if (how->accept) {
        headers[n++] = "Accept";
        headers[n++] = how->accept;
    }
    http_answer_done(&p->answer);
    error_clear(&p->err);
    p->status = http_ask(&p->answer, &q, &p->err);
}

static void ask(struct transform_payload *p, struct batch *b)
{
    for (int i = 0; i <= b->how->retries; i++) {
        ask_once(p, b);
        if (p->status == LK_ECANCELLED || (!p->status && p->answer.status < 500))
            break;
    }
}

static void *thread(void *ctx)
{
    struct batch *b = ctx;
    size_t i;

    while ((i = atomic_fetch_add(&b->next, 1)) < b->n) {
        ask(&b->payload[i], b);
        atomic_fetch_add(&b->done, 1);
    }
    return NULL;
}

void transform_ask(struct transform_payload *p, size_t n, const struct transform_asking *a)
{
    struct batch b = {.payload = p, .how = a, .n = n};
    pthread_t *threads = mem_calloc(n, sizeof *threads);
    pthread_attr_t attr;
    size_t started = 0;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    while (started < n && !pthread_create(&threads[started], &attr, thread, &b))
        started++;
    pthread_attr_destroy(&attr);
    if (!started) /* no thread is to be had: then one by one */
        thread(&b);
    while (atomic_load(&b.done) < n) {
        served_look(a->served, LOOK_MS);
        if (work_wish(a->served->w) != WORK_GO || a->served->ended)
            atomic_store(&b.stop, true);
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

void transform_payload_init(struct transform_payload *p)
{
    *p = (struct transform_payload){0};
    str_init(&p->body);
    str_init(&p->originals);
    str_init(&p->answer.type);
    str_init(&p->answer.body);
}

void transform_payload_done(struct transform_payload *p)
{
    str_done(&p->body);
    str_done(&p->originals);
    http_answer_done(&p->answer);
}
