/*
 * A lab's process, the child's side of session.c ("labbook lab-worker").
 *
 * Lines come on stdin: first the set-up, then one a step:
 *   {"work":"/..","read":["/lesson","/data"],"target":1,"memory":N,"disk":N,"threads":N,
 *    "params":["name=value"]}
 *   {"index":0,"step":"train","code":"...","check":"..."|null,"cpu":seconds}
 * Lines go out on stdout: events as session.h has them, and between them, with
 * a mark that no JSON begins with, what the parent must know:
 *   !ready landlock=N seccomp=0|1
 *   !end 0|1
 * SIGUSR1 asks the step to stop.
 */
#ifndef LAB_WORKER_H
#define LAB_WORKER_H

#include "labkit.h"

/* Runs until stdin ends; does not return but for a bad set-up. */
enum lk_status lab_worker(struct lk_error *err);

#endif
