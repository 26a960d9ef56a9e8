/* Between work.c and work_process.c: a running work's own side. */
#ifndef CLOUD_WORK_INSIDE_H
#define CLOUD_WORK_INSIDE_H

#include "cloud/work.h"

#include <pthread.h>
#include <stdatomic.h>

struct work_inside {
    struct work work;
    const struct work_kind *kind;
    int64_t id;  /* of its row */
    char *texts; /* what work's region and name point into */
    pthread_t thread;
    int wake; /* an eventfd, readable from the first wish on */
    _Atomic int wish;
    bool finished; /* under the cloud's lock */
    struct work_inside *next;
};

#endif
