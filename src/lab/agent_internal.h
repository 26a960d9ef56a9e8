/*
 * Inside the agent: one function a call, in the tables of agent_*.c. Each
 * reads args, writes its value (keyed "value") into w, and returns what went wrong.
 */
#ifndef LAB_AGENT_INTERNAL_H
#define LAB_AGENT_INTERNAL_H

#include "aws/job.h"
#include "aws/s3.h"
#include "lab/agent.h"

#include <pthread.h>
#include <stdatomic.h>

/* A pipeline's run is stopped then, whatever its steps have left to do. */
enum { AGENT_RUN_MAX_S = 3600 };

/* A client and its guard, for a region and a role. */
struct seat {
    char *region, *role;
    struct aws *aws;
    struct guard *guard;
    struct seat *next;
};

struct agent {
    struct agent_options options; /* its texts are the agent's */
    const char **read;
    struct agent_host host;
    atomic_int steps; /* how many have begun */

    pthread_mutex_t lock; /* of what agent_cancel touches */
    struct seat *seats;
    bool busy, cancelled;

    /* The call under way. */
    struct seat *seat;
    const char *region, *role, *step;
    int step_at;         /* of `steps`, when the two below were last good */
    double agreed;       /* consent was given for so many dollars; below zero: it was not */
    struct str consents; /* what else was agreed to in this step, a line each */
    int64_t changed_ns;  /* when a lab last changed rights; 0: never */
    bool known;          /* the person knows whose account it is */
    struct str plan;     /* the last that the guard has shown */
};

typedef enum lk_status agent_fn(struct agent *a, const struct json *args, struct json_out *w,
                                struct lk_error *err);
struct agent_verb {
    const char *name; /* "s3.put" */
    agent_fn *fn;
};
#define VERBS(list) list, sizeof list / sizeof list[0]
extern const struct agent_verb agent_aws_verbs[], agent_s3_verbs[], agent_iam_verbs[],
    agent_job_verbs[], agent_endpoint_verbs[], agent_label_verbs[], agent_sagemaker_verbs[];
extern const size_t agent_aws_count, agent_s3_count, agent_iam_count, agent_job_count,
    agent_endpoint_count, agent_label_count, agent_sagemaker_count;

/* ---- clients ---- */

/* The seat for a region and role ("": the target's own, oneself), opened when first needed. */
enum lk_status agent_seat(struct seat **out, struct agent *a, const char *region, const char *role,
                          struct lk_error *err);
/* Of the call under way. */
static inline struct aws *agent_client(const struct agent *a)
{
    return a->seat->aws;
}
static inline struct guard *agent_guard(const struct agent *a)
{
    return a->seat->guard;
}
enum lk_status agent_open_client(struct aws **out, const struct agent *a, const char *region,
                                 bool anonymous, struct lk_error *err);
bool agent_is_real(const struct agent *a); /* on AWS, not on the practice cloud */

/*
 * One operation, its members as name and text in turn, NULL-terminated; a NULL
 * text leaves the member out. Through the guard. *out may be NULL.
 */
enum lk_status agent_ask(struct agent *a, const char *service, const char *op,
                         const char *const *members, struct json **out, struct lk_error *err);

/* ---- consent (agent_consent.c) ---- */

/* What was agreed to in an earlier step holds no more. */
void agent_look_at_step(struct agent *a);
/* For the guard: what it is about to make and the most it can cost, and its question. */
void agent_show_plan(void *agent, const char *text);
/* aws.region, and the region that its arguments name; "" where they name none that there is. */
agent_fn agent_region;
const char *agent_region_asked(const struct json *args);
bool agent_agree(void *agent, const struct plan *p);

/* On AWS: does the person agree to this sentence? LK_ELIMIT where not. */
enum lk_status agent_consent(struct agent *a, struct lk_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Has a lab (or labkit) made it, as the ledger says? */
bool agent_is_own(struct agent *a, const char *kind, const char *name);
/* agent_consent to a thing's use, unless labs have made it. */
enum lk_status agent_need_own(struct agent *a, const char *kind, const char *name,
                              struct lk_error *err);
/* agent_need_own for every bucket that a tree names as s3://.. */
enum lk_status agent_need_places(struct agent *a, const struct json *tree, struct lk_error *err);
/* It is no more: write that down. */
enum lk_status agent_note_gone(struct agent *a, const char *kind, const char *name,
                               struct lk_error *err);

/* Rights were changed just now. */
void agent_rights_changed(struct agent *a);
/* On AWS new rights take some seconds to be known everywhere: wait for that, before they are used.
 */
enum lk_status agent_settle(struct agent *a, struct lk_error *err);

/* ---- telling ---- */

void agent_aside(struct agent *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void agent_progress(struct agent *a, const char *label, double done, double total,
                    const char *note);

/* ---- arguments ---- */

const char *agent_text(const struct json *args, size_t i);              /* "" where there is none */
const char *agent_option(const struct json *options, const char *name); /* or NULL */
/* The path of a file of the lab that is there; yours to free. */
enum lk_status agent_find_file(char **path, const struct agent *a, const char *name,
                               struct lk_error *err);
/* Where a file of that name is written; yours to free. */
enum lk_status agent_new_file(char **path, const struct agent *a, const char *name,
                              struct lk_error *err);

/* ---- tables, row by row ---- */

void agent_table_open(struct json_out *w, const char *const *columns); /* NULL-terminated */
void agent_table_close(struct json_out *w);

/* ---- jobs (agent_job.c, agent_wait.c) ---- */

/* The name that the options give, or one that nobody had yet. */
void agent_put_name(struct str *out, struct agent *a, const struct json *options, const char *kind,
                    size_t max);
/*
 * Start what the options describe: kind is job_start's, resource its name in
 * the ledger. *name is the job's.
 */
enum lk_status agent_start(struct str *name, struct agent *a, const struct json *options,
                           const char *kind, const char *resource, struct lk_error *err);
/* Until it is over, telling what it does; *job is its description. */
enum lk_status agent_wait(struct agent *a, const char *kind, const char *name, struct json **job,
                          struct lk_error *err);
/* What a job has come to, as a call's value; wait: when it is over. */
enum lk_status agent_put_job(struct agent *a, const char *kind, const char *name, bool wait,
                             struct json_out *w, struct lk_error *err);

/* A role's ARN: of the one there is, or where there would be one of that name. */
enum lk_status agent_role_arn(struct str *arn, struct agent *a, const char *role,
                              struct lk_error *err);
/* The same for a role that something shall run as: one that labs have made, or with consent. */
enum lk_status agent_use_role(struct str *arn, struct agent *a, const char *role,
                              struct lk_error *err);

#endif
