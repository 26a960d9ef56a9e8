/* The table; see resource.h. */
#include "aws/resource.h"

#include <string.h>

const struct resource resources[] = {
    {"endpoint", "endpoint", "sagemaker", "CreateEndpoint", "DeleteEndpoint", NULL,
     "DescribeEndpoint", "EndpointName", "EndpointArn", NULL, "EndpointStatus", "ListEndpoints",
     "Endpoints", "EndpointName", "EndpointArn", COST_HOURLY, "Host", "endpoint usage", 10},
    {"notebook", "notebook instance", "sagemaker", "CreateNotebookInstance",
     "DeleteNotebookInstance", "StopNotebookInstance", "DescribeNotebookInstance",
     "NotebookInstanceName", "NotebookInstanceArn", NULL, "NotebookInstanceStatus",
     "ListNotebookInstances", "NotebookInstances", "NotebookInstanceName", "NotebookInstanceArn",
     COST_HOURLY, "Notebk", "notebook instance usage", 10},
    {"pipeline", "pipeline", "sagemaker", "CreatePipeline", "DeletePipeline", NULL,
     "DescribePipeline", "PipelineName", "PipelineArn", NULL, "PipelineStatus", "ListPipelines",
     "PipelineSummaries", "PipelineName", "PipelineArn", COST_NOTHING, NULL, NULL, 20},
    {"tuning-job", "tuning job", "sagemaker", "CreateHyperParameterTuningJob", NULL,
     "StopHyperParameterTuningJob", "DescribeHyperParameterTuningJob",
     "HyperParameterTuningJobName", "HyperParameterTuningJobArn", NULL,
     "HyperParameterTuningJobStatus", "ListHyperParameterTuningJobs",
     "HyperParameterTuningJobSummaries", "HyperParameterTuningJobName",
     "HyperParameterTuningJobArn", COST_JOB, "Train", "training job usage", 30},
    {"training-job", "training job", "sagemaker", "CreateTrainingJob", NULL, "StopTrainingJob",
     "DescribeTrainingJob", "TrainingJobName", "TrainingJobArn", NULL, "TrainingJobStatus",
     "ListTrainingJobs", "TrainingJobSummaries", "TrainingJobName", "TrainingJobArn", COST_JOB,
     "Train", "training job usage", 31},
    {"transform-job", "transform job", "sagemaker", "CreateTransformJob", NULL, "StopTransformJob",
     "DescribeTransformJob", "TransformJobName", "TransformJobArn", NULL, "TransformJobStatus",
     "ListTransformJobs", "TransformJobSummaries", "TransformJobName", "TransformJobArn", COST_JOB,
     "Tsform", "transform job usage", 32},
    {"labeling-job", "labelling job", "sagemaker", "CreateLabelingJob", NULL, "StopLabelingJob",
     "DescribeLabelingJob", "LabelingJobName", "LabelingJobArn", NULL, "LabelingJobStatus",
     "ListLabelingJobs", "LabelingJobSummaryList", "LabelingJobName", "LabelingJobArn", COST_JOB,
     NULL, NULL, 33},
    {"endpoint-config", "endpoint configuration", "sagemaker", "CreateEndpointConfig",
     "DeleteEndpointConfig", NULL, "DescribeEndpointConfig", "EndpointConfigName",
     "EndpointConfigArn", NULL, NULL, "ListEndpointConfigs", "EndpointConfigs",
     "EndpointConfigName", "EndpointConfigArn", COST_NOTHING, NULL, NULL, 40},
    {"model", "model", "sagemaker", "CreateModel", "DeleteModel", NULL, "DescribeModel",
     "ModelName", "ModelArn", NULL, NULL, "ListModels", "Models", "ModelName", "ModelArn",
     COST_NOTHING, NULL, NULL, 50},
    {"bucket", "bucket", "s3", "CreateBucket", "DeleteBucket", NULL, NULL, "Bucket", "Location",
     NULL, NULL, "ListBuckets", "Buckets", "Name", "Name", COST_NOTHING, NULL, NULL, 60},
    {"role", "role", "iam", "CreateRole", "DeleteRole", NULL, "GetRole", "RoleName", "Role.Arn",
     NULL, NULL, "ListRoles", "Roles", "RoleName", "RoleName", COST_NOTHING, NULL, NULL, 70},
    {"policy", "policy", "iam", "CreatePolicy", "DeletePolicy", NULL, NULL, "PolicyName",
     "Policy.Arn", "PolicyArn", NULL, NULL, NULL, NULL, NULL, COST_NOTHING, NULL, NULL, 80},
};
const size_t resource_count = sizeof resources / sizeof resources[0];

const struct resource resource_pipeline_run = {.kind = "pipeline-run",
                                               .words = "run of the pipeline",
                                               .service = "sagemaker",
                                               .create = "StartPipelineExecution",
                                               .stop = "StopPipelineExecution",
                                               .describe = "DescribePipelineExecution",
                                               .name = "PipelineExecutionArn",
                                               .status = "PipelineExecutionStatus",
                                               .cost = COST_JOB,
                                               .order = 15};

const struct resource *resource_of_kind(const char *kind)
{
    if (!strcmp(kind, resource_pipeline_run.kind))
        return &resource_pipeline_run;
    for (size_t i = 0; i < resource_count; i++)
        if (!strcmp(kind, resources[i].kind))
            return &resources[i];
    return NULL;
}

const struct resource *resource_of_create(const char *service, const char *op)
{
    for (size_t i = 0; i < resource_count; i++)
        if (!strcmp(service, resources[i].service) && !strcmp(op, resources[i].create))
            return &resources[i];
    return NULL;
}

const struct resource *resource_of_remove(const char *service, const char *op)
{
    for (size_t i = 0; i < resource_count; i++)
        if (!strcmp(service, resources[i].service) && resources[i].remove &&
            !strcmp(op, resources[i].remove))
            return &resources[i];
    return NULL;
}

bool resource_is_over(const char *status)
{
    return !strcmp(status, "Completed") || !strcmp(status, "Failed") || !strcmp(status, "Stopped");
}

const char *json_path(const struct json *j, const char *path)
{
    char key[64];

    while (*path) {
        size_t n = strcspn(path, ".");

        if (n >= sizeof key)
            return "";
        memcpy(key, path, n);
        key[n] = '\0';
        j = json_get(j, key);
        path += n + (path[n] == '.');
    }
    return json_string(j, "");
}
