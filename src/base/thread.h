/*
 * A pool of threads that run one batch of tasks at a time.
 *
 * pool_run calls fn(ctx, task, worker) once for each task in [0, tasks); which
 * worker gets which task is not fixed, so fn must write only what belongs to
 * its task (or to its worker, if the sum over workers does not depend on who
 * did what). It returns when all are done; everything written by the tasks is
 * then visible to the caller. Calls from inside a task run inline: of the same
 * pool as the worker that runs it, of another pool as its worker 0.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <stddef.h>

struct pool;
typedef void pool_fn(void *ctx, size_t task, int worker);

/* threads <= 0 means one a processor we may use. Never fails: fewer threads are made if need be. */
struct pool *pool_new(int threads);
void pool_free(struct pool *p);
int pool_threads(const struct pool *p); /* workers are numbered [0, pool_threads) */
void pool_run(struct pool *p, size_t tasks, pool_fn *fn, void *ctx);

/* Processors this process may run on, at least 1. */
int cpu_count(void);

#endif
