/* An execution under way: what its loop (pipeline_run.c) and its steps share. */
#ifndef CLOUD_PIPELINE_INTERNAL_H
#define CLOUD_PIPELINE_INTERNAL_H

#include "cloud/internal.h"
#include "cloud/objects.h"
#include "cloud/pipeline.h"
#include "cloud/sagemaker.h"

enum step_status {
    STEP_NOT_YET,
    STEP_STARTING,
    STEP_EXECUTING,
    STEP_STOPPING,
    STEP_STOPPED,
    STEP_FAILED,
    STEP_SUCCEEDED,
};

struct step {
    enum step_status status;
    const char *job; /* its job's or model's name; in the work's memory */
    int64_t n, started, ended;
    const char *failure, *metadata;
    struct json *result;
};

struct execution {
    struct work *work;
    struct thing thing;
    const char *pipeline_name;
    struct json *detail;
    struct pipeline *pipeline;
    struct pipeline_values values;
    const struct json **results; /* of the steps, for the values */
    struct step *step;
    struct caller role;
    int64_t next_n;
    bool stopping, failing; /* no further step starts */
};

/* The steps as their rows have them: what was done before a restart. */
void pipeline_load_steps(struct execution *x);
void pipeline_keep_step(struct execution *x, size_t i);
/* What a step needs has come: a job is made, or found again; other steps end at once. */
void pipeline_start_step(struct execution *x, size_t i);
/* How far is the job of a step that runs? */
void pipeline_look_at(struct execution *x, size_t i);
/* An operation of SageMaker's on what a step has made, by its name; *out may be NULL. */
enum lk_status pipeline_ask(struct execution *x, const struct pipeline_step *p,
                            const char *operation, const char *name, struct json **out,
                            struct lk_error *err);

#endif
