/*
 * One batch at a time: pool_run publishes the batch under the lock and wakes
 * the workers; every one of them, the caller too (as worker 0), then takes
 * task numbers from one atomic counter until they are used up. The batch is
 * over when no worker is inside it any more, which the last to leave signals.
 *
 * A worker is told which batch it was woken for by a generation number, so a
 * late riser cannot enter a batch that is already over.
 *
 * Batches often follow each other within microseconds, which is less than it
 * takes to wake a thread. So whoever waits looks on for a moment before it
 * sleeps, where every thread of the pool has a processor of its own.
 */
#include "base/thread.h"
#include "base/mem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { POOL_MAX = 256, LOOKS = 3000 };

struct pool {
    int threads; /* the caller included */
    pthread_t *ids;
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    /* Under the lock: */
    atomic_ulong generation; /* changed under the lock, looked at without it */
    atomic_ulong inside;     /* workers that may still touch the batch; likewise */
    bool quit, running;
    bool looks_on;
    /* The batch; constant while it runs, but for next. */
    size_t tasks;
    pool_fn *fn;
    void *ctx;
    atomic_size_t next;
};

struct worker {
    struct pool *pool;
    int number;
};

/* The pool whose task this thread runs, and as which worker: nested batches run inline. */
static _Thread_local const struct pool *inside;
static _Thread_local int inside_as;

int cpu_count(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);

    return n < 1 ? 1 : n;
}

static void take_tasks(struct pool *p, int worker)
{
    size_t task;

    inside = p;
    inside_as = worker;
    while ((task = atomic_fetch_add(&p->next, 1)) < p->tasks)
        p->fn(p->ctx, task, worker);
    inside = NULL;
}

/* A short rest within a loop that waits for another thread. */
static inline void rest(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* Under the lock, which is let go meanwhile: give *at a moment to become another than it is. */
static void look_on(struct pool *p, atomic_ulong *at)
{
    unsigned long now = *at;

    if (!p->looks_on)
        return;
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < LOOKS && atomic_load_explicit(at, memory_order_relaxed) == now; i++)
        rest();
    pthread_mutex_lock(&p->lock);
}

static void *work(void *arg)
{
    struct worker w = *(struct worker *)arg;
    struct pool *p = w.pool;
    unsigned long seen = 0;

    free(arg);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        if (!p->quit && p->generation == seen)
            look_on(p, &p->generation);
        while (!p->quit && (!p->running || p->generation == seen))
            pthread_cond_wait(&p->start, &p->lock);
        if (p->quit)
            break;
        seen = p->generation;
        p->inside++;
        pthread_mutex_unlock(&p->lock);
        take_tasks(p, w.number);
        pthread_mutex_lock(&p->lock);
        if (--p->inside == 0)
            pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct pool *pool_new(int threads)
{
    struct pool *p = mem_calloc(1, sizeof *p);

    if (threads <= 0)
        threads = cpu_count();
    if (threads > POOL_MAX)
        threads = POOL_MAX;
    p->ids = mem_calloc((size_t)threads, sizeof *p->ids);
    p->looks_on = threads <= cpu_count();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->start, NULL);
    pthread_cond_init(&p->done, NULL);
    for (p->threads = 1; p->threads < threads; p->threads++) {
        struct worker *w = mem_alloc(sizeof *w);

        *w = (struct worker){p, p->threads};
        if (pthread_create(&p->ids[p->threads], NULL, work, w)) {
            free(w);
            break;
        }
    }
    return p;
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->quit = true;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    for (int i = 1; i < p->threads; i++)
        pthread_join(p->ids[i], NULL);
    pthread_cond_destroy(&p->start);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->lock);
    free(p->ids);
    free(p);
}

int pool_threads(const struct pool *p)
{
    return p->threads;
}

void pool_run(struct pool *p, size_t tasks, pool_fn *fn, void *ctx)
{
    if (inside || p->threads == 1 || tasks <= 1) {
        int worker = inside == p ? inside_as : 0;

        for (size_t i = 0; i < tasks; i++)
            fn(ctx, i, worker);
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->tasks = tasks;
    p->fn = fn;
    p->ctx = ctx;
    atomic_store(&p->next, 0);
    p->generation++;
    p->running = true;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);

    take_tasks(p, 0);

    pthread_mutex_lock(&p->lock);
    p->running = false;
    if (p->inside)
        look_on(p, &p->inside);
    while (p->inside)
        pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
