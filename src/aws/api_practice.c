/*
 * What the practice cloud has beside AWS's own operations: people who label
 * answer on a page that has no public interface on AWS (cloud/labeling.h).
 * Not among the services that are listed: AWS has none of it.
 */
#include "aws/api_tables.h"

static const struct aws_op ops[] = {
    {"PracticeNextTasks", NULL, "{LabelingJobName! Worker MaxResults:i}", NULL},
    {"PracticeSubmitAnswer", NULL, "{LabelingJobName! TaskId!:i Label! Worker SecondsSpent:n}",
     NULL},
    {"PracticeListLabels", NULL, "{LabelingJobName! MaxResults:i NextToken}", NULL},
};

const struct aws_service aws_service_practice = {
    .name = "practice",
    .signing = "sagemaker",
    .endpoint = "api.sagemaker",
    .setting = "SAGEMAKER",
    .target = "SageMaker",
    .words = "SageMaker",
    .protocol = AWS_JSON,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
};
