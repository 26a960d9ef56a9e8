/* Service Quotas. Members are those of the service's own model; see api.h for the notation. */
#include "aws/api_tables.h"

static const struct aws_op ops[] = {
    {"ListServiceQuotas", NULL, "{ServiceCode! NextToken MaxResults:i}", NULL},
    {"GetServiceQuota", NULL, "{ServiceCode! QuotaCode!}", NULL},
    {"ListAWSDefaultServiceQuotas", NULL, "{ServiceCode! NextToken MaxResults:i}", NULL},
    {"GetAWSDefaultServiceQuota", NULL, "{ServiceCode! QuotaCode!}", NULL},
    {"RequestServiceQuotaIncrease", NULL, "{ServiceCode! QuotaCode! DesiredValue!:n}", NULL},
    {"ListRequestedServiceQuotaChangeHistory", NULL,
     "{ServiceCode Status:=PENDING|CASE_OPENED|APPROVED|DENIED|CASE_CLOSED|NOT_APPROVED|"
     "INVALID_REQUEST NextToken MaxResults:i}",
     NULL},
};

const struct aws_service aws_service_service_quotas = {
    .name = "service-quotas",
    .signing = "servicequotas",
    .endpoint = "servicequotas",
    .setting = "SERVICE_QUOTAS",
    .target = "ServiceQuotasV20190624",
    .words = "Service Quotas",
    .protocol = AWS_JSON,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
};
