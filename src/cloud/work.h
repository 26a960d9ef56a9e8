/*
 * Work that outlives the call that began it: jobs of every kind.
 *
 * The handler that creates a job adds its work in its own transaction. After
 * the commit the kind's `run` is called in a thread of its own, without the
 * lock; when it returns, the work is over and forgotten. What the job is and
 * how far it came stands in the service's own tables.
 *
 * If the cloud is killed meanwhile, the next start calls `run` again with
 * `attempt` one higher; it goes on, begins again, or ends its job with a
 * reason. Its processes die with the cloud, however that dies.
 *
 *     static void run(struct work *w)
 *     {
 *         if (w->attempt > 3) { ...end it as failed... return; }
 *         if (!work_sleep(w, cloud_duration(w->cloud, 30000)))
 *             ...                                  // asked to stop, or to leave
 *         if (work_begin(w)) { ...sql()...; work_commit(w); }
 *     }
 *
 * Waiting in any form ends at once when somebody wishes so: WORK_STOP is the
 * user's (StopTrainingJob): end the job properly. WORK_LEAVE is the cloud's
 * own end: return; the work stays and goes on at the next start.
 */
#ifndef CLOUD_WORK_H
#define CLOUD_WORK_H

#include "cloud/service.h"

enum work_wish { WORK_GO, WORK_STOP, WORK_LEAVE };

struct work {
    struct cloud *cloud;
    const char *kind, *region, *name;
    int attempt;         /* 1 the first time */
    const char *folder;  /* for its files: empty at first, removed when it is over */
    struct arena memory; /* of the run */
    struct work_inside *inside;
};

struct work_kind {
    const char *name; /* "training" */
    void (*run)(struct work *w);
    /* Mostly waits: not counted among those that run at once, of which there are WORK_AT_ONCE. */
    bool light;
};
enum { WORK_AT_ONCE = 20, WORK_THREADS_MAX = 500 /* light ones included */ };

/* The kinds that there are (work_kinds.c); NULL ends them. */
extern const struct work_kind *const work_kinds[];

/* Under the lock, in a transaction; a name is free once its work is over. */
void work_add(struct cloud *cloud, const char *kind, const char *region, const char *name);
/* Wish that it stops; false when there is no such work. Under the lock, in a transaction. */
bool work_stop(struct cloud *cloud, const char *kind, const char *region, const char *name);

/* ---- in the work's thread ------------------------------------------------------ */

enum work_wish work_wish(const struct work *w);
/* false when a wish came first (or had come before). */
bool work_sleep(struct work *w, int64_t ms);
/* The same for one that has been asked to stop, and waits for others: only the cloud's end ends it.
 */
void work_pause(struct work *w, int64_t ms);
/* The lock and a transaction; false when the database fails. Commit ends both. */
bool work_begin(struct work *w);
bool work_commit(struct work *w);

/* ---- its processes --------------------------------------------------------------- */

/* Our own labkit as a container's program. */
struct work_process {
    const char *const *argv; /* after "labkit"; NULL ends: {"train", "--root", root, NULL} */
    const char *const *env;  /* "NAME=value" beside PATH; NULL ends; or NULL */
    /* Each line of stdout and stderr as it comes, without its end; may be NULL. */
    void (*line)(void *ctx, struct slice text);
    void *ctx;
    int code;                 /* filled: its exit code, 128 + the signal that ended it */
    struct work_pipe *inside; /* ours */
};

struct work_terms {
    int64_t limit_ms; /* how long they may run; 0: as long as they like */
    int64_t grace_ms; /* from SIGTERM to SIGKILL */
    /* Asked some ten times a second; true ends them as WORK_INTERRUPTED. May be NULL. */
    bool (*interrupt)(void *ctx);
    void *ctx;
};

enum work_end {
    WORK_EXITED,      /* all have ended; see `code` (one that failed ends the others) */
    WORK_STOPPED,     /* a wish came: see work_wish */
    WORK_TIMED_OUT,   /* the limit */
    WORK_INTERRUPTED, /* terms->interrupt */
    WORK_FAILED,      /* could not be started: err says why */
};
/* Start n processes and see them through to their end: none is left when this returns. */
enum work_end work_run(struct work *w, struct work_process *p, size_t n,
                       const struct work_terms *terms, struct lk_error *err);

/* The same in pieces, for a process that serves while the thread works with it. */
enum lk_status work_spawn(struct work *w, struct work_process *p, struct lk_error *err);
/* Give `line` what has come, waiting for some at most so long; false when the process has ended. */
bool work_listen(struct work *w, struct work_process *p, int timeout_ms);
/* SIGTERM, the grace, SIGKILL; reaped. Safe to repeat. */
void work_end(struct work *w, struct work_process *p, int grace_ms);

/* For what is no work of this kind (an endpoint): labkit's path; yours to free. */
char *work_program(void);
/*
 * Threads of the cloud itself: start what there is to do, and the last chance
 * to leave. Called by cloud.c.
 */
int64_t works_tick(struct cloud *cloud, int64_t now_ms);
void works_stop(struct cloud *cloud);

#endif
