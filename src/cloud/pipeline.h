/*
 * Pipelines: a definition in JSON, steps with arguments that refer to
 * parameters and to each other's results, executions.
 *
 *     {"Version": "2020-12-01",
 *      "Parameters": [{"Name": "Rounds", "Type": "Integer", "DefaultValue": 50}],
 *      "Steps": [{"Name": "Train", "Type": "Training", "Arguments": {...CreateTrainingJob's...}},
 *                {"Name": "Good", "Type": "Condition", "Arguments": {"Conditions": [...],
 *                 "IfSteps": [...], "ElseSteps": [...]}}, ...]}
 *
 * Parsing and resolving are pure: no clock, no state. An execution is a thing
 * of kind "pipeline/NAME/execution" with rows of pipeline_steps, seen through
 * by a light work whose name is "NAME/ID".
 */
#ifndef CLOUD_PIPELINE_H
#define CLOUD_PIPELINE_H

#include "cloud/service.h"
#include "cloud/thing.h"
#include "cloud/work.h"

#define PIPELINE_KIND "pipeline"

enum {
    PIPELINE_BYTES_MAX = 1 << 20,
    PIPELINE_STEPS_MAX = 200,
    PIPELINE_PARAMETERS_MAX = 200,
    PIPELINE_NESTING_MAX = 8, /* conditions within conditions */
    PIPELINE_DEPTH_MAX = 20,  /* of a step's arguments */
};

/* What a type of step does: through which operations of SageMaker, if any. */
struct pipeline_type {
    const char *name;                     /* "Training" */
    const char *create, *describe, *stop; /* operations; NULL: none */
    const char *member;                   /* "TrainingJobName" */
    const char *status;                   /* "TrainingJobStatus"; NULL: made at once */
    const char *metadata;                 /* "TrainingJob" */
    const char *arn;                      /* "TrainingJobArn" */
    const char *failure;                  /* "FailureReason" */
    size_t name_max;
};

struct pipeline_step {
    const char *name; /* lent by the definition, as all texts here */
    const struct pipeline_type *type;
    const struct json *json, *arguments;
    int branch_of;       /* the condition that it hangs on, or -1 */
    bool branch;         /* and what that must say */
    const size_t *needs; /* steps that must have succeeded before */
    size_t need_count;
};

struct pipeline {
    struct arena memory;
    struct json *json;
    struct pipeline_step *step;
    size_t steps;
    const struct json *parameters; /* an array, checked */
};

/* LK_EINPUT says what is wrong with the definition. */
enum lk_status pipeline_parse(struct pipeline **out, struct slice text, struct lk_error *err);
void pipeline_free(struct pipeline *p);
/* A step by its name, or p->steps. */
size_t pipeline_find(const struct pipeline *p, const char *name);

/* ---- resolving (pipeline_resolve.c) ---- */

struct pipeline_values {
    const struct pipeline *pipeline;
    const struct json *parameters;     /* an object: those given when it was started */
    const struct json *const *results; /* by step: what its Describe said; NULL: not there yet */
    const char *arn, *id, *pipeline_arn, *pipeline_name; /* of the execution */
    const char *started;                                 /* its time, ISO */
    /* The object's text, for Std:JsonGet; false with *err set. May be NULL. */
    bool (*read)(void *ctx, struct str *out, const char *s3_uri, struct lk_error *err);
    void *ctx;
};
/* The node with everything that it refers to, as JSON text. */
enum lk_status pipeline_resolve(struct str *out, const struct pipeline_values *v,
                                const struct json *node, struct lk_error *err);
/* Do all conditions hold? */
enum lk_status pipeline_condition(bool *out, const struct pipeline_values *v,
                                  const struct json *conditions, struct lk_error *err);
/* Every "Steps.NAME" that the node refers to. */
typedef void pipeline_ref_fn(void *ctx, const char *reference);
void pipeline_references(const struct json *node, pipeline_ref_fn *fn, void *ctx);
/* Is the text a value of this parameter type? */
bool pipeline_is_value(const char *type, const char *text);
/* A place within JSON: "A.B[0].C", "List['name'].Value"; NULL when it is not there. */
const struct json *pipeline_path(const struct json *j, const char *path);

extern const struct work_kind work_pipeline;

#endif
