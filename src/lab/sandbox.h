/*
 * What a lab's process gives up before it runs a line of a lab: files outside
 * its folders (Landlock) and system calls that it has no use for (seccomp).
 * Kernels without either are told of, and the other limits stand.
 */
#ifndef LAB_SANDBOX_H
#define LAB_SANDBOX_H

#include "labkit.h"

struct sandbox {
    const char *work;        /* may read and write below it */
    const char *const *read; /* may read below these; NULL-terminated */
};

struct sandbox_report {
    int landlock; /* the kernel's version of it that is in force, or 0 */
    bool seccomp;
};

/* For this process and all its threads to come; there is no way back. */
enum lk_status sandbox_enter(const struct sandbox *s, struct sandbox_report *report,
                             struct lk_error *err);

#endif
