/* Between a session's owner (session.c) and its thread (session_run.c). */
#ifndef LAB_SESSION_INTERNAL_H
#define LAB_SESSION_INTERNAL_H

#include "base/child.h"
#include "lab/session.h"

#include <pthread.h>

enum { STEPS_MAX = 256 };

struct step {
    char *id, *starter, *check;
    char *code; /* the learner's, or NULL: the starter */
    unsigned targets;
    int timeout_ms;
    enum step_state state;
};

struct session {
    /* Constant once open. */
    struct step *steps;
    size_t step_count;
    char *program, *setup; /* the binary; its first line */
    unsigned target;
    int threads;
    uint64_t memory_bytes;
    session_event_fn *on_event;
    void *ctx;
    pthread_t thread;
    int wake; /* an eventfd: fields below have changed */

    pthread_mutex_t lock;
    pthread_cond_t idle;
    /* Under the lock: */
    size_t plan[STEPS_MAX];
    size_t plan_len, plan_at;
    bool judge, busy, stop, reset, closing;
    const char *weakness;

    /* The thread's own. */
    struct child child;
    struct str out, errors;
    bool sent;           /* a step is running in the child */
    size_t current;      /* which */
    int64_t deadline_ns; /* for the step */
    int64_t kill_ns;     /* for a step that was asked to stop; 0: not asked */
    int64_t started_ns;
};

/* The thread: runs until s->closing. */
void *session_work(void *session);
/* Steps from `first` on that have run are stale now; the lock is held. */
void session_make_stale(struct session *s, size_t first);

#endif
