/*
 * Jobs from a short description, a JSON object with plain words, to AWS's own
 * requests; and waiting for them. Everything is checked before it is sent.
 *
 * Training ("train"): name, role, data {"train": s3://.., "validation": ..} or
 * train, validation; output (s3://), hyperparameters {..}; and, if wanted:
 * content_type, version, image, instance, count, volume_gb, max_seconds, spot,
 * max_wait_seconds, checkpoints (s3://), sharded, input_mode, environment,
 * metrics [{Name, Regex}], tags {..}.
 *
 * Model ("model"): name, role, artifact (s3://..model.tar.gz) or from_job,
 * version, image, environment.
 *
 * Transform ("transform"): name, model, input (s3://), output (s3://); and
 * content_type, split, assemble, strategy, accept, max_payload_mb, concurrent,
 * input_filter, output_filter, join, instance, count, manifest, compression,
 * environment, invocations_timeout, invocations_retries.
 *
 * Endpoint ("endpoint"): name, model, and instance, count, or serverless
 * {memory_mb, concurrency}. Makes configuration and endpoint of one name.
 *
 * Labelling ("label"): name, role, input (s3://, the manifest of the items), output (s3://),
 * categories ["bird", "plane"]; and task ("text", "image", "boxes", "segments"), title, attribute
 * ("label"), team (an ARN; else the first of the region), people (that answer each item),
 * automatic, threshold (on the practice cloud), prepare and consolidate (ARNs of functions, for
 * regions whose own are not known).
 *
 * Tuning ("tune"): as training, and ranges {"eta": [0.1, 0.5], "max_depth":
 * [3, 9], "booster": ["gbtree", "dart"]}, metric ("validation:auc"), jobs,
 * parallel, strategy, early_stop.
 */
#ifndef AWS_JOB_H
#define AWS_JOB_H

#include "aws/guard.h"

/* The request for a description, for CreateTrainingJob and so on; LK_EUSE names what is wrong. */
enum lk_status job_train_request(struct str *out, const struct aws *c, const struct json *spec,
                                 struct lk_error *err);
enum lk_status job_tune_request(struct str *out, const struct aws *c, const struct json *spec,
                                struct lk_error *err);
enum lk_status job_model_request(struct str *out, struct aws *c, const struct json *spec,
                                 struct lk_error *err);
enum lk_status job_transform_request(struct str *out, const struct json *spec,
                                     struct lk_error *err);
enum lk_status job_endpoint_request(struct str *config, struct str *endpoint,
                                    const struct json *spec, struct lk_error *err);

/* Writes the categories and the workers' page beside the output. */
enum lk_status job_label_request(struct str *out, struct aws *c, const struct json *spec,
                                 struct lk_error *err);

/* Start what kind ("train", "tune", "model", "transform", "endpoint", "label") and spec say; *out
 * as AWS answers. */
enum lk_status job_start(struct guard *g, const char *kind, const struct json *spec,
                         struct json **out, struct lk_error *err);

/* What a job does, each time that it changes; and each line that it logs. */
struct job_watch {
    void (*status)(void *ctx, const char *status, const char *detail, int64_t seconds);
    void (*line)(void *ctx, int64_t ms, const char *text); /* NULL: logs are not fetched */
    void *ctx;
};
/*
 * Until a resource of that kind ("training-job", ..., "endpoint") is over or
 * in service. *out its last description. A job that failed is LK_ESERVICE with
 * its FailureReason. A transform job that outlives its limit in the ledger is
 * stopped. The ledger gets what it cost.
 */
enum lk_status job_wait(struct guard *g, const char *kind, const char *name,
                        const struct job_watch *watch, struct json **out, struct lk_error *err);

/* A job's log lines from all its streams, in time order within each; follow until it is over. */
struct job_logs {
    char *tokens[64]; /* where each stream was left; all zero at first */
    char *streams[64];
    size_t n;
};
enum lk_status job_read_logs(struct aws *c, const char *kind, const char *name, struct job_logs *at,
                             const struct job_watch *watch, struct lk_error *err);
void job_logs_done(struct job_logs *at);

/* The execution role for jobs: made (with its policy) where it is missing; its ARN. */
enum lk_status job_make_role(struct str *arn, struct guard *g, const char *name, const char *bucket,
                             struct lk_error *err);
/* An ARN as it is, or a role's name turned into its ARN. */
enum lk_status job_role_arn(struct str *arn, struct guard *g, const char *role,
                            struct lk_error *err);

#endif
