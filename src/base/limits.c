/*
 * setrlimit, soft and hard alike, so that what is given up stays given up. A
 * limit above the one that the process has already is cut to that one.
 *
 * Under AddressSanitizer the address space is not limited: its shadow memory
 * alone takes terabytes of it.
 */
#include "base/child.h"
#include "base/error.h"

#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SHADOW_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SHADOW_MEMORY 1
#endif
#endif
#ifndef HAS_SHADOW_MEMORY
#define HAS_SHADOW_MEMORY 0
#endif

static enum lk_status limit(int which, const char *what, uint64_t value, struct lk_error *err)
{
    struct rlimit l;

    if (!value)
        return LK_OK;
    if (!getrlimit((__rlimit_resource_t)which, &l)) {
        if (l.rlim_max == RLIM_INFINITY || value < l.rlim_max)
            l.rlim_max = value;
        l.rlim_cur = l.rlim_max;
        if (!setrlimit((__rlimit_resource_t)which, &l))
            return LK_OK;
    }
    return error_errno(err, "limit", what);
}

enum lk_status limits_apply(const struct limits *l, struct lk_error *err)
{
    enum lk_status st;

    (void)((st = limit(RLIMIT_CORE, "core dumps", 1, err)) ||
           (st = limit(RLIMIT_AS, "memory", HAS_SHADOW_MEMORY ? 0 : l->memory_bytes, err)) ||
           (st = limit(RLIMIT_CPU, "processor time", l->cpu_seconds, err)) ||
           (st = limit(RLIMIT_FSIZE, "file size", l->file_bytes, err)) ||
           (st = limit(RLIMIT_NOFILE, "open files", l->files, err)) ||
           (st = limit(RLIMIT_NPROC, "processes", l->processes, err)));
    return st;
}
