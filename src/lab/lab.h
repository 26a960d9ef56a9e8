/*
 * A lab: one Lua state with the lab's libraries and nothing else, and the host
 * it runs in. It knows no processes and no paths: files, events and the wish
 * to stop are the host's business, so the same code runs in a child process of
 * ours (worker.c) and, compiled to WebAssembly, in a page.
 *
 * Memory: Lua's own is capped and running out of it is an error that a lab
 * sees; tables and models come from mem.h, and the host caps the whole.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "base/str.h"
#include "labkit.h"

typedef void lab_told_fn(void *ctx, struct slice line);

struct lab_host {
    void *ctx;
    /* An event as session.h has it, one line of JSON. */
    void (*emit)(void *ctx, struct slice event);
    /* A file by its name: one the lab wrote, one of the lesson, or of the book's data. */
    enum lk_status (*read)(void *ctx, struct str *out, const char *name, struct lk_error *err);
    /* Into the lab's own folder, whole or not at all. */
    enum lk_status (*write)(void *ctx, const char *name, struct slice bytes, struct lk_error *err);
    /* Size of a file that the lab wrote, or -1. */
    int64_t (*written)(void *ctx, const char *name);
    /* Names of what can be read, one a line. */
    void (*list)(void *ctx, struct str *out);
    /* Was the run asked to stop? Asked between rounds of training and the like. */
    bool (*stopped)(void *ctx);
    const char *const *params; /* "name=value" texts, NULL-terminated; or NULL */
    unsigned target;           /* one enum lesson_target */
    int threads;               /* for training; 0: all */
    /*
     * A call of the cloud, as lab/agent.h has it; NULL where there is none.
     * What is told meanwhile goes to told, the answer into *answer.
     */
    enum lk_status (*cloud)(void *ctx, struct slice call, lab_told_fn *told, void *told_ctx,
                            struct str *answer, struct lk_error *err);
};

struct lab;

/* The host is copied; what it points to must outlive the lab. lua_bytes 0: 512 MiB. */
struct lab *lab_new(const struct lab_host *host, size_t lua_bytes);
void lab_free(struct lab *l);

struct lab_run {
    int index; /* the step's place in the lesson; what later ones have defined is forgotten first */
    const char *step;
    const char *code;  /* not for lab_judge */
    const char *check; /* run when the code has ended well; or NULL */
};

/* Run a step: all its events, from "start" to "end". Returns the end's "ok". */
bool lab_run(struct lab *l, const struct lab_run *run);
/*
 * Only the step's check, on what its code has left: for a step that ended well,
 * with nothing run since. Events "judge", "check", "end" with the run's own "ms".
 * Returns the end's "ok".
 */
bool lab_judge(struct lab *l, const struct lab_run *run);
/* Show what was printed and is still held back. */
void lab_flush(struct lab *l);
/*
 * Raise an error in the running Lua code as soon as it executes an
 * instruction; safe in a signal handler. Code that hides from it (a long C
 * call, a coroutine) goes on: whoever must be sure kills the process.
 */
void lab_interrupt(struct lab *l);

#endif
