/* What SageMaker's operations share: names, locations in S3, and their tables of rows. */
#ifndef CLOUD_SAGEMAKER_H
#define CLOUD_SAGEMAKER_H

#include "cloud/quota.h" /* quota_reserve: before anything runs instances */
#include "cloud/service.h"

#define SAGEMAKER_PRINCIPAL "sagemaker.amazonaws.com"

/* The member, 1 to 63 letters, digits and inner hyphens; NULL with the call failed. */
const char *sagemaker_name(struct call *c, const char *member);
/* May the role, assumed by SageMaker, read this object, and is it there? Under the lock. */
bool sagemaker_role_reads(struct call *c, const char *role_arn, const char *s3_uri);

operation_fn sagemaker_create_model, sagemaker_describe_model, sagemaker_list_models,
    sagemaker_delete_model;

/* What stands at "Member.Member", or NULL. */
const struct json *sagemaker_dig(const struct json *j, const char *path);
/* A member that would be taken and not done, and why there is no such thing here. */
struct sagemaker_absent {
    const char *path, *why; /* path NULL ends the list */
};
/* Refuse the request where it has one of them; what is empty asks for nothing. */
bool sagemaker_check_absent(struct call *c, const struct sagemaker_absent *list);
#define SAGEMAKER_NO_VPC                                                                           \
    "the subnets and security groups do not exist, as the practice cloud has no networks of "      \
    "one's "                                                                                       \
    "own; leave it out"
#define SAGEMAKER_NO_KMS "the key does not exist, as the practice cloud has no KMS; leave it out"
operation_fn sagemaker_create_training, sagemaker_describe_training, sagemaker_list_training,
    sagemaker_stop_training;
operation_fn sagemaker_create_transform, sagemaker_describe_transform, sagemaker_list_transforms,
    sagemaker_stop_transform;
operation_fn sagemaker_create_tuning, sagemaker_describe_tuning, sagemaker_list_tuning,
    sagemaker_stop_tuning, sagemaker_list_tuning_trainings;

operation_fn sagemaker_create_endpoint_config, sagemaker_describe_endpoint_config,
    sagemaker_list_endpoint_configs, sagemaker_delete_endpoint_config;
operation_fn sagemaker_create_endpoint, sagemaker_describe_endpoint, sagemaker_list_endpoints,
    sagemaker_update_endpoint, sagemaker_update_endpoint_weights, sagemaker_delete_endpoint;

/* The request's Tags, or the call fails. */
bool sagemaker_check_tags(struct call *c);
operation_fn sagemaker_add_tags, sagemaker_list_tags, sagemaker_delete_tags;

operation_fn sagemaker_create_notebook, sagemaker_start_notebook, sagemaker_stop_notebook,
    sagemaker_update_notebook, sagemaker_delete_notebook, sagemaker_describe_notebook,
    sagemaker_list_notebooks, sagemaker_presign_notebook, sagemaker_create_notebook_config,
    sagemaker_describe_notebook_config, sagemaker_list_notebook_configs,
    sagemaker_delete_notebook_config;

operation_fn sagemaker_create_labeling_job, sagemaker_describe_labeling_job,
    sagemaker_list_labeling_jobs, sagemaker_stop_labeling_job, sagemaker_create_team,
    sagemaker_describe_team, sagemaker_list_teams, sagemaker_delete_team,
    sagemaker_describe_workforce, sagemaker_list_workforces, practice_next_tasks,
    practice_submit_answer, practice_list_labels, practice_set_threshold;

operation_fn sagemaker_create_pipeline, sagemaker_update_pipeline, sagemaker_describe_pipeline,
    sagemaker_list_pipelines, sagemaker_delete_pipeline, sagemaker_start_pipeline,
    sagemaker_stop_pipeline, sagemaker_describe_execution, sagemaker_list_executions,
    sagemaker_describe_execution_definition, sagemaker_list_execution_parameters,
    sagemaker_list_steps;

#endif
