/*
 * Training jobs: their rows, and what is done to them in which file.
 *
 *     sagemaker_training.c   Create (all that AWS refuses at once), Stop
 *     training_describe.c    Describe, List
 *     training_state.c       rows: the job, its steps, its metrics
 *     training_run.c         the job's life, in the thread of its work (work.h)
 *     training_input.c       channels from S3 into the instances' folders
 *     training_output.c      what the containers left, into S3; metrics of a log line
 *
 * A job's status is what DescribeTrainingJob says, its detail is the secondary
 * status. Each secondary status is a step with a message; a step ends when the
 * next begins. A job that has ended never changes again, and its name is never
 * free again, as on AWS.
 */
#ifndef CLOUD_TRAINING_H
#define CLOUD_TRAINING_H

#include "cloud/objects.h"
#include "cloud/sagemaker.h"
#include "cloud/work.h"

#define TRAINING_WORK  "training"
#define TRAINING_GROUP "/aws/sagemaker/TrainingJobs"
enum {
    TRAINING_DAY = 86400,
    TRAINING_INSTANCES_MAX = 20,
    TRAINING_REASON_MAX = 1024,
    TRAINING_CHECKPOINTS = 64
};

extern const struct work_kind training_kind;

/* ---- rows; under the lock, in a transaction ----------------------------------------- */

/* A row. Texts live in the arena; request is to be freed. */
struct training {
    const char *region, *name, *arn;
    const char *status, *detail, *reason, *tuner, *artifacts;
    int64_t created, modified, started, ended; /* milliseconds; 0: not yet */
    int64_t billable;                          /* seconds; 0: not known */
    struct json *request;
};

bool training_load(struct training *out, struct cloud *cloud, struct arena *a, const char *region,
                   const char *name);
const char *training_arn(struct cloud *cloud, struct arena *a, const char *region,
                         const char *name);
/* The next step, or another message of the one that it is in. */
void training_step(struct cloud *cloud, const char *region, const char *name, const char *status,
                   const char *detail, const char *message);
/* The last step: the job is over. Its instances are free. reason may be NULL. */
void training_end(struct cloud *cloud, const char *region, const char *name, const char *status,
                  const char *detail, const char *message, const char *reason);
/* It is on its instances and costs money from now on; after a restart, from then on. */
void training_begin(struct cloud *cloud, const char *region, const char *name);
void training_metric(struct cloud *cloud, const char *region, const char *name, const char *metric,
                     double value, int64_t at_ms);

/*
 * All that CreateTrainingJob checks of the call's body but its name: shape,
 * image, role, data. false: the call failed.
 */
bool training_check(struct call *c);
/* The instances that the call's body asks for; arn NULL only asks whether they could be had. */
bool training_reserve(struct call *c, const char *arn);

/* The next value of the metric that a tuning job judges by. */
void training_round(struct cloud *cloud, const char *region, const char *name, double value);

/* ---- parts of a request ---------------------------------------------------------------- */

const char *training_text(const struct json *request, const char *object, const char *member,
                          const char *otherwise);
int64_t training_number(const struct json *request, const char *object, const char *member,
                        int64_t otherwise);
bool training_spot(const struct json *request);
/* Instances of all groups. */
int64_t training_instances(const struct json *request);
/* "s3://bucket/prefix/JOB/output/model.tar.gz" */
const char *training_artifacts(struct arena *a, const struct json *request, const char *name);

/* ---- the run (training_run.c and its helpers) -------------------------------------------- */

struct training_run {
    struct work *work;
    struct training job;
    struct objects s3;   /* as the job's role */
    const char *version; /* of the image */
    size_t instances;
    /* When waiting and running began, this time; milliseconds, begun 0: not yet. */
    int64_t asked, begun;
    char kept[TRAINING_CHECKPOINTS][64]; /* checkpoints that are in S3 */
    size_t kept_count;
    bool waited;                          /* it is MaxWaitTime that ends it, not MaxRuntime */
    char reason[TRAINING_REASON_MAX + 1]; /* of its failure */
};

/* The folder that an instance takes for "/"; in the work's arena. */
const char *training_root(struct training_run *r, size_t instance);
void training_fail(struct training_run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Folders, data and configuration of all instances; false with the reason. */
bool training_input(struct training_run *r);
/* Checkpoints that are in S3 already, to each instance; and back. */
bool training_fetch_checkpoints(struct training_run *r);
bool training_keep_checkpoints(struct training_run *r);
/* Model and other output into S3; *any (may be NULL): was there a model? false with the reason. */
bool training_output(struct training_run *r, bool *any);
/* What the failed container wrote about itself, or what can be said without; into r->reason. */
void training_explain(struct training_run *r, size_t instance, int code);

/* Metric definitions of a request, ready to be looked for in log lines. */
struct metrics;
struct metrics *metrics_new(const struct json *definitions, bool builtin);
void metrics_free(struct metrics *m);
typedef void metric_fn(void *ctx, const char *name, double value);
void metrics_look(const struct metrics *m, struct slice line, metric_fn *fn, void *ctx);
/* The definitions that the built-in algorithm brings: [{"Name", "Regex"}, ...] */
void metrics_put_builtin(struct json_out *out, const char *key);

#endif
