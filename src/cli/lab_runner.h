/* One lesson's steps run for a command: a session, and what it shows. */
#ifndef CLI_LAB_RUNNER_H
#define CLI_LAB_RUNNER_H

#include "cli/lab_show.h"
#include "lab/session.h"
#include "lab/store.h"

struct lab_runner {
    struct lesson *lesson;
    struct session *session;
    struct lab_show show;
    char *work;  /* the lab's folder */
    char *plots; /* where pictures go */
    unsigned target;
    bool warned;         /* of what the kernel lacks */
    struct store *store; /* where progress goes, or NULL */
    struct cloud *cloud; /* the practice cloud, where it did not run already; or NULL */
    char *cloud_folder;  /* of a practice cloud that is this run's alone, or NULL */
};

struct lab_runner_options {
    const char *lesson_folder;
    const char *work;  /* or NULL: labs/SLUG below path_data_home() */
    const char *below; /* instead of \"labs\", or NULL */
    const char *const *params;
    unsigned target;
    int threads;
    bool fresh;     /* begin with an empty work folder: only for one that is ours */
    bool cloud;     /* start the practice cloud where the target needs it and none runs */
    bool own_cloud; /* a practice cloud and a ledger for this run alone, gone with it */
    bool yes;       /* consent to what may cost */
    bool keep;      /* keep progress: attempts, passed checks, outputs */
};

enum lk_status lab_runner_open(struct lab_runner *r, const struct lab_runner_options *o,
                               struct lk_error *err);
void lab_runner_close(struct lab_runner *r);
/*
 * Run a step, and before it what must be, and wait; Ctrl-C stops it. Results
 * are in r->show. code NULL: the starter. False when the code did not end well.
 */
bool lab_runner_step(struct lab_runner *r, const struct lesson_step *step, const char *code,
                     struct lk_error *err);

/* The folder that a lesson is named by: a path, or a slug or number of the book in the working
 * directory. Yours to free. */
enum lk_status lesson_folder_find(char **out, const char *name, struct lk_error *err);

#endif
