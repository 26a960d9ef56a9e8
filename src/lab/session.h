/*
 * A lab session: the steps of one lesson in one Lua state, which lives in a
 * child process of ours ("labbook lab-worker") under limits. This is the
 * parent's side; nothing a lab does can reach the process that holds it.
 *
 * Everything that happens comes as events, each a line of JSON without
 * newline, made by the session and safe to hand to a page as it is:
 *   {"step":"train","kind":"start"}
 *   {"step":"train","kind":"judge"}   instead of "start": only its check runs, what it put out
 * stays
 *   {"step":"train","kind":"text","text":"...","stream":"out"|"warn"}
 *   {"step":"train","kind":"table","columns":[..],"align":[..],"rows":[[..]],"total":N}
 *   {"step":"train","kind":"plot","svg":"<svg ...>","title":"...","text":"..."}
 *   {"step":"train","kind":"progress","label":"...","done":N,"total":N,"note":"..."}
 *   {"step":"train","kind":"file","name":"predictions.csv","bytes":N}
 *   {"step":"train","kind":"metric","name":"auc","value":0.99}
 *   {"step":"train","kind":"aside","text":"..."}   what a job in the cloud will cost, or logs
 *   {"step":"train","kind":"ask","id":N,"text":"..."}   waits for session_answer
 *   {"step":"train","kind":"answer","id":N,"yes":true|false}
 *   {"step":"train","kind":"error","text":"...","line":N,"plain":"...","trace":"..."}
 *   {"step":"train","kind":"check","passed":true,"text":"..."}
 *   {"step":"train","kind":"end","ok":true,"ms":N,"reason":"done"|"error"|"stopped"|"timeout"|"limit"}
 *
 * Threads: one owner calls session_*; the events are delivered on a thread of
 * the session, one at a time, in order. Nothing is delivered after
 * session_close returned.
 */
#ifndef LAB_SESSION_H
#define LAB_SESSION_H

#include "book/lesson.h"

typedef void session_event_fn(void *ctx, struct slice event_json);

struct session_options {
    const char *work_folder;   /* the lab's own folder; made if absent; all it may write to */
    const char *data_folder;   /* shared data, read only, or NULL */
    unsigned target;           /* one enum lesson_target */
    uint64_t memory_bytes;     /* 0: 1 GiB */
    uint64_t disk_bytes;       /* largest file; 0: 256 MiB */
    int threads;               /* for training; 0: all */
    const char *const *params; /* "name=value" for lab.param, NULL-terminated; or NULL */
    const char *program;       /* labbook's binary, which the child runs; NULL: this one */
    const char *cloud_folder;  /* of practice cloud and ledger; NULL: the user's own */
    bool yes;                  /* consent to all that may cost is given beforehand */
};

struct session;

/* The lesson is copied where needed; the child starts with the first run. */
enum lk_status session_open(struct session **out, const struct lesson *lesson,
                            const struct session_options *options, session_event_fn *on_event,
                            void *ctx, struct lk_error *err);
/* Forget what ran: the next run starts a fresh Lua state. */
void session_reset(struct session *s);
/*
 * Run a step with the learner's code (NULL: the starter), running first what
 * before it has not run in its present form. judge also runs the step's check.
 * Returns at once; LK_EUSE when a run is under way or there is no such step.
 */
enum lk_status session_run(struct session *s, const char *step, const char *code, bool judge,
                           struct lk_error *err);
/*
 * The verdict on a step: its check alone, where the step is done in this form
 * and nothing has run since; otherwise as session_run with judge.
 */
enum lk_status session_judge(struct session *s, const char *step, const char *code,
                             struct lk_error *err);
/* Set a step's code without running it: it and those after it become stale. */
void session_edit(struct session *s, const char *step, const char *code);
enum step_state { STEP_FRESH, STEP_RUNNING, STEP_DONE, STEP_STALE, STEP_FAILED };
enum step_state session_state(const struct session *s, const char *step);
bool session_busy(const struct session *s);
/* Kill the running step within 100 ms; its "end" event says "stopped". */
void session_stop(struct session *s);
/* The person's answer to the question of that number; one to another question does nothing. */
void session_answer(struct session *s, int64_t id, bool yes);
/* Wait until no run is under way; false when timeout_ms (-1: for ever) passed first. */
bool session_wait(struct session *s, int timeout_ms);
/*
 * What the kernel has to hold a lab with, known once a step has run: "" when
 * it has all that there is, else a sentence that says what is missing.
 */
const char *session_weakness(const struct session *s);
void session_close(struct session *s);

#endif
