/*
 * The commands `labkit aws train, tune, transform, ...` turn their options into
 * a description of a job (aws/job.h), which Lua labs write as a table. What
 * they share is here.
 */
#ifndef CLI_KIT_AWS_JOB_H
#define CLI_KIT_AWS_JOB_H

#include "aws/names.h"
#include "cli/kit_aws_guard.h"
#include "cli/kit_aws_stage.h"

#define KIT_JOB_OPTIONS                                                                            \
    {"name", "NAME", "of the job (default: with the time in it)", false, 0},                       \
        {"bucket", "B", "where files are uploaded and results written", false, 0},                 \
        {"output", "URL", "s3://BUCKET/PREFIX for results (default: in the bucket)", false, 0},    \
        {"instance", "TYPE", "default ml.m5.large", false, 0},                                     \
        {"count", "N", "instances (default 1)", false, 0},                                         \
        {"content-type", "TYPE", "of the data (default text/csv)", false, 0},                      \
        {"wait", NULL, "until it is over, telling what it does", false, 'w'},                      \
    {                                                                                              \
        "logs", NULL, "and print what it logs", false, 0                                           \
    }

#define KIT_TRAIN_OPTIONS                                                                          \
    {"data", "FILE", "to train on: a file, or s3://.. (required)", false, 0},                      \
        {"valid", "FILE", "to validate on: a file, or s3://..", false, 0},                         \
        {"rounds", "N", "num_round (default 10)", false, 0},                                       \
        {"early-stop", "N", "early_stopping_rounds", false, 0},                                    \
        {"set", "KEY=VALUE", "a hyperparameter", true, 0},                                         \
        {"role", "ROLE", "name or ARN of the execution role (required)", false, 0},                \
        {"image-version", "V", "of the XGBoost container (default " NAMES_IMAGE_DEFAULT ")",       \
         false, 0},                                                                                \
        {"spot", NULL, "spare capacity, cheaper, may be interrupted", false, 0},                   \
        {"checkpoints", "URL", "s3://.. for checkpoints", false, 0},                               \
        {"sharded", NULL, "deal the files out to the instances", false, 0},                        \
        {"volume-gb", "N", "disk of each instance (default 10)", false, 0},                        \
        {"local-check", NULL, "train a few rounds here first, as the container would", false, 0},  \
        {"threads", "N", "nthread", false, 't'},                                                   \
        {"query", "COLUMN", "labkit train's; not to be had on SageMaker", false, 0},               \
        {"base-margin", "COLUMN", "labkit train's; not to be had on SageMaker", false, 0},         \
        {"lower", "COLUMN", "labkit train's; not to be had on SageMaker", false, 0},               \
        {"upper", "COLUMN", "labkit train's; not to be had on SageMaker", false, 0},               \
        {"continue", "MODEL", "labkit train's; not to be had on SageMaker", false, 0},             \
        {"checkpoint", "FOLDER", "labkit train's; on SageMaker --checkpoints", false, 0},          \
        KIT_STAGE_OPTIONS

/* --name, or "what-20261125-143000": a name nobody had before. */
void kit_job_name(struct str *out, const struct args *a, const char *what);

/* Members of a description: an option's text, its number, pairs NAME=VALUE (the last counts). */
void kit_job_put_option(struct json_out *w, const struct args *a, const char *option,
                        const char *key);
enum lk_status kit_job_put_number(struct json_out *w, const struct args *a, const char *option,
                                  const char *key, int64_t max, struct lk_error *err);
enum lk_status kit_job_put_pairs(struct json_out *w, const struct args *a, const char *option,
                                 struct lk_error *err);
/* "output": --output, or a place in --bucket. */
enum lk_status kit_job_put_output(struct json_out *w, const struct args *a, const char *name,
                                  struct lk_error *err);

/*
 * The file that an option names, as SageMaker reads it; nothing (path NULL)
 * for a URL, or an option not given. Free with kit_stage_done.
 */
enum lk_status kit_job_find(struct kit_staged *out, const struct args *a, const char *option,
                            enum kit_stage_for what, struct lk_error *err);
/* It is uploaded to s3://BUCKET/labkit/NAME/CHANNEL/; a URL is taken as it is. */
enum lk_status kit_job_send(struct str *url, struct aws *c, const struct args *a,
                            const char *option, const struct kit_staged *file, const char *name,
                            const char *channel, struct lk_error *err);

/* Start what the description's text says; prints the ARN. */
enum lk_status kit_job_start(struct guard *g, const char *kind, struct slice text,
                             const char *arn_member, struct lk_error *err);
/* Until it is over, telling what it does, with --logs and --json. */
enum lk_status kit_job_wait(struct guard *g, const char *kind, const char *name,
                            const struct args *a, struct lk_error *err);
void kit_job_print_log(void *ctx, int64_t ms, const char *text);

/* kit_aws_train.c, for tuning as well: the files of a training, found before anything is sent */
struct kit_training {
    struct kit_staged train, valid;
};
enum lk_status kit_job_find_training(struct kit_training *t, const struct args *a,
                                     const struct aws *c, struct lk_error *err);
void kit_job_training_done(struct kit_training *t);
/* All but the brackets of a training description; the files are uploaded. */
enum lk_status kit_job_put_training(struct json_out *w, struct aws *c, const struct args *a,
                                    const struct kit_training *t, const char *name,
                                    struct lk_error *err);
/* `aws train` and `aws tune` are one course; this is where they differ. */
struct kit_training_kind {
    const char *what;  /* "train": the kind of description, and the start of default names */
    const char *words; /* "training job" */
    const char *resource, *arn_member;
    const char *needs; /* an option of its own that must be given, or NULL */
    /* Members of its own; NULL: none. */
    enum lk_status (*put)(struct json_out *w, const struct args *a, struct lk_error *err);
    /* When it is over: what came out, and --model. */
    enum lk_status (*tell)(struct aws *c, const struct args *a, const char *name,
                           struct lk_error *err);
};
int kit_job_run_training(const struct args *a, const struct kit_training_kind *k,
                         struct lk_error *err);

/* The model.tar.gz that a training job has made, to a file. */
enum lk_status kit_job_fetch(struct aws *c, const char *job, const char *path,
                             struct lk_error *err);

#endif
