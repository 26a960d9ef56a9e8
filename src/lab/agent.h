/*
 * The agent: it does a lab's calls of the cloud, outside the lab's process.
 * Keys, the ledger and the person's consent are its own; a lab's code sees
 * answers. On AWS it asks the person before what costs money, before rights
 * are changed, and before anything is touched that labs have not made.
 *
 * A call is a line of JSON, and so is what comes back:
 *
 *   asked     {"call":"s3.put","step":"train","region":"","role":"","args":[..]}
 *   told      {"aside":".."} | {"file":"..","bytes":N} |      any number of them
 *             {"progress":"..","done":N,"total":N,"note":".."}
 *   answered  {"value":..} | {"error":"..","code":"AccessDenied"}
 *
 * args are a call's arguments in order, or its options as an object. A table
 * is {"columns":[..],"rows":[[..]]}. region and role, where not empty, are
 * where and as whom to act; without them it is the target's region, as oneself.
 *
 * Threads: agent_call from one at a time; agent_cancel from any.
 */
#ifndef LAB_AGENT_H
#define LAB_AGENT_H

#include "base/str.h"
#include "labkit.h"

struct agent;

struct agent_options {
    unsigned target;         /* TARGET_PRACTICE or TARGET_AWS */
    const char *folder;      /* of the practice cloud and of the ledger; NULL: the user's own */
    const char *lesson;      /* its slug, for the names of jobs */
    const char *work;        /* the lab's folder */
    const char *const *read; /* more folders that files are taken from; NULL-terminated */
    uint64_t disk;           /* the largest file that is fetched */
    bool yes;                /* consent is given beforehand */
};

struct agent_host {
    void *ctx;
    void (*tell)(void *ctx, struct slice line);
    /* Wait for the person's answer; false too when the call was cancelled meanwhile. */
    bool (*ask)(void *ctx, const char *question);
};

/* Everything is copied. The cloud is first spoken to by the first call. */
struct agent *agent_new(const struct agent_options *options, const struct agent_host *host);
void agent_free(struct agent *a);
/* A call is about to come: from now on it can be cancelled. */
void agent_begin(struct agent *a);
/* Do what the line asks; *answer is always an answer. After agent_begin, and ends what that began.
 */
void agent_call(struct agent *a, struct slice line, struct str *answer);
/* End the call under way soon; a job that it waits for is stopped. Nothing where none is. */
void agent_cancel(struct agent *a);
/* Another step begins: what was agreed to for the last one is no more. */
void agent_next_step(struct agent *a);

#endif
