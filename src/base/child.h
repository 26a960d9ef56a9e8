/*
 * Child processes. Started with posix_spawn, never with fork, so that it is
 * safe beside threads. A child that must be limited is our own binary, which
 * sets its own limits (limits_apply) first thing.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "labkit.h"

#include <stdint.h>
#include <sys/types.h>

struct child {
    pid_t pid;    /* 0 once waited for */
    int to;       /* writes reach its stdin; -1 if not asked for */
    int from;     /* its stdout; -1 if not asked for */
    int from_err; /* its stderr; -1 if not asked for */
    bool own_group;
};

struct child_spec {
    const char *const *argv;          /* NULL-terminated; argv[0] is a path or found on PATH */
    const char *const *env;           /* NULL-terminated NAME=value; NULL inherits */
    const char *folder;               /* working directory, or NULL */
    bool pipe_in, pipe_out, pipe_err; /* else /dev/null for stdin, inherited for the others */
    bool own_group;                   /* a process group of its own, killed as one */
};

enum lk_status child_start(struct child *c, const struct child_spec *spec, struct lk_error *err);
/*
 * Wait at most timeout_ms (-1: for ever). Returns true when it ended: *code is
 * its exit code, or 128 + the signal that killed it. Closes nothing.
 */
bool child_wait(struct child *c, int timeout_ms, int *code);
/* SIGKILL (to the whole group if it has its own), wait, close the pipes. Safe to repeat. */
void child_kill(struct child *c);
void child_close(struct child *c); /* the pipes only */

/* What a process may use; 0 leaves a limit as it is. */
struct limits {
    uint64_t memory_bytes; /* address space */
    uint64_t cpu_seconds;
    uint64_t file_bytes; /* largest file it may write */
    uint64_t files;      /* open descriptors */
    uint64_t processes;
};

/* Limit this process. */
enum lk_status limits_apply(const struct limits *l, struct lk_error *err);

#endif
