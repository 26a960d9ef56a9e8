/* The tables of operations, one file a service; aws_services() lists them. */
#ifndef AWS_API_TABLES_H
#define AWS_API_TABLES_H

#include "aws/api.h"

extern const struct aws_service aws_service_sagemaker, aws_service_sagemaker_runtime,
    aws_service_s3, aws_service_sts, aws_service_iam, aws_service_logs, aws_service_service_quotas,
    aws_service_pricing, aws_service_sso, aws_service_sso_oidc, aws_service_practice;

#endif
