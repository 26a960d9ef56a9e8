/* Between a session's owner (session.c) and its thread (session_run.c). */
#ifndef LAB_SESSION_INTERNAL_H
#define LAB_SESSION_INTERNAL_H

#include "base/child.h"
#include "lab/agent.h"
#include "lab/session.h"

#include "base/json.h"

#include <pthread.h>

enum { STEPS_MAX = 256, SESSION_MEMORY = 1 << 30, SESSION_DISK = 256 << 20 };

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
    int wake;            /* an eventfd: fields below have changed */
    struct agent *agent; /* for calls of the cloud, on a thread of its own; or NULL */
    struct asking *agent_ctx;
    pthread_t agent_thread;

    pthread_mutex_t lock;
    pthread_cond_t idle;
    /* Under the lock: */
    size_t plan[STEPS_MAX];
    size_t plan_len, plan_at;
    bool judge, busy, stop, reset, closing;
    bool only_judge; /* the plan's step stands as it ran; its check is all there is to do */
    size_t last;     /* the step that ran last in the child, and ended well; or STEPS_MAX */
    const char *weakness;
    struct {
        pthread_cond_t changed;
        struct str asked;   /* a call to do; empty: none */
        struct str replies; /* lines for the child that asked */
        unsigned call;      /* counts calls that were given up: what they say is for nobody */
        bool calling;
        char *question; /* for the person, or NULL */
        int64_t question_id;
        bool told;  /* the question was passed on */
        int answer; /* 0: none yet, 1: yes, -1: no */
    } cloud;

    /* The thread's own. */
    struct child child;
    struct str out, errors;
    struct str in; /* for the child, not yet written */
    size_t in_at;
    bool begun;          /* the child has said something since its last command */
    bool repeated;       /* the run was begun anew, as the child had died meanwhile */
    bool sent;           /* a step is running in the child */
    size_t current;      /* which */
    int64_t deadline_ns; /* for the step */
    int64_t looked_ns;   /* at the clock, last */
    bool waits;          /* for the person, when it was looked */
    int64_t kill_ns;     /* for a step that was asked to stop; 0: not asked */
    int64_t started_ns;
};

/* The thread: runs until s->closing. */
void *session_work(void *session);
/* Steps from `first` on that have run are stale now; the lock is held. */
void session_make_stale(struct session *s, size_t first);
/* Plan the steps before `last` that have not run as they are, then `last`; the lock is held. */
void session_make_plan(struct session *s, size_t last);
/* Make the thread look at what has changed. */
void session_wake(struct session *s);

/* ---- calls of the cloud (session_cloud.c); all but the first two on the session's thread ---- */

enum lk_status session_cloud_open(struct session *s, const struct lesson *lesson,
                                  const struct session_options *o, struct lk_error *err);
void session_cloud_close(struct session *s);
/* The child asks for a call. */
void session_cloud_ask(struct session *s, struct slice call);
/* The child is told at once that its call was stopped; the call itself ends soon. */
void session_cloud_stop(struct session *s);
/* The child has ended: its call ends, and nobody waits for the answer. */
void session_cloud_drop(struct session *s);
/* Replies for the child, appended; a question or an answer for the owner, as events. */
void session_cloud_collect(struct session *s, struct str *in);
/* Does the step wait for the person? That time is not the step's. */
bool session_cloud_waits(struct session *s);
/* An event of the running step, made by the session. */
void session_begin_event(struct session *s, struct json_out *w, struct str *text, const char *kind);
void session_send_event(struct session *s, struct json_out *w);

#endif
