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

#endif
