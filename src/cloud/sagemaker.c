/*
 * SageMaker on the practice cloud: the table of operations and what they
 * share. Each kind of thing (models, ...) has a file of its own; a row of its
 * table holds what the caller asked for as JSON, and the answers of the
 * Describe operations are made from that.
 */
#include "cloud/sagemaker.h"

#include "cloud/internal.h"
#include "cloud/rule.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *sagemaker_name(struct call *c, const char *member)
{
    const char *name = call_need(c, member);
    size_t n = name ? strlen(name) : 0;
    bool good = n <= 63;

    if (!name)
        return NULL;
    for (size_t i = 0; i < n && good; i++)
        good = isalnum((unsigned char)name[i]) || (name[i] == '-' && i && i + 1 < n);
    if (good)
        return name;
    call_fail(c, 400, "ValidationException",
              "1 validation error detected: Value '%.80s' at '%s' failed to satisfy constraint: "
              "Member must satisfy regular expression pattern: "
              "[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])? and have length less than or equal to 63",
              name, member);
    return NULL;
}

const struct json *sagemaker_dig(const struct json *j, const char *path)
{
    struct slice rest = slice_of(path), part;
    char name[64];

    while (slice_split(&rest, '.', &part)) {
        snprintf(name, sizeof name, "%.*s", (int)part.len, part.ptr);
        j = json_get(j, name);
    }
    return j;
}

static bool is_asked_for(const struct json *j)
{
    switch (json_kind(j)) {
    case JSON_STRING:
        return *json_string(j, "");
    case JSON_OBJECT:
    case JSON_ARRAY:
        return json_count(j) > 0;
    case JSON_BOOL:
        return json_bool(j, false);
    default:
        return json_number(j, 0) != 0;
    }
}

bool sagemaker_check_absent(struct call *c, const struct sagemaker_absent *list)
{
    for (; list->path; list++)
        if (is_asked_for(sagemaker_dig(c->in, list->path)))
            call_fail(c, 400, "ValidationException", "%s: %s.", list->path, list->why);
    return !call_failed(c);
}

bool sagemaker_role_reads(struct call *c, const char *role_arn, const char *s3_uri)
{
    const char *path = s3_uri + strlen("s3://"), *slash;
    struct caller role;
    struct stmt *s;

    if (strncmp(s3_uri, "s3://", 5) || !(slash = strchr(path, '/')) || !slash[1])
        return false;
    if (!access_assume(c->cloud, &c->memory, &role, role_arn, SAGEMAKER_PRINCIPAL, "SageMaker") ||
        !access_may(c->cloud, &c->memory, &role, "s3:GetObject",
                    arena_printf(&c->memory, "arn:aws:s3:::%s", path), NULL, 0, NULL))
        return false;
    s = sql(c->cloud, "select 1 from objects join buckets on buckets.name = objects.bucket"
                      " where objects.bucket = ?1 and objects.key = ?2 and buckets.region = ?3");
    stmt_text(s, 1, arena_strndup(&c->memory, path, (size_t)(slash - path)));
    stmt_text(s, 2, slash + 1);
    stmt_text(s, 3, c->region);
    return sql_row(c->cloud, s);
}

#define MODEL_ARN     "arn:aws:sagemaker:{region}:{account}:model/{ModelName}"
#define TRAINING_ARN  "arn:aws:sagemaker:{region}:{account}:training-job/{TrainingJobName}"
#define TRANSFORM_ARN "arn:aws:sagemaker:{region}:{account}:transform-job/{TransformJobName}"
#define TUNING_ARN                                                                                 \
    "arn:aws:sagemaker:{region}:{account}:hyper-parameter-tuning-job/"                             \
    "{HyperParameterTuningJobName}"
#define ENDPOINT_ARN "arn:aws:sagemaker:{region}:{account}:endpoint/{EndpointName}"
#define ENDPOINT_CONFIG_ARN                                                                        \
    "arn:aws:sagemaker:{region}:{account}:endpoint-config/{EndpointConfigName}"
#define NOTEBOOK_ARN "arn:aws:sagemaker:{region}:{account}:notebook-instance/{NotebookInstanceName}"
#define CONFIG_ARN                                                                                 \
    "arn:aws:sagemaker:{region}:{account}:notebook-instance-lifecycle-config/"                     \
    "{NotebookInstanceLifecycleConfigName}"
#define LABELING_ARN "arn:aws:sagemaker:{region}:{account}:labeling-job/{LabelingJobName}"
#define TEAM_ARN     "arn:aws:sagemaker:{region}:{account}:workteam/private-crowd/{WorkteamName}"
#define PIPELINE_ARN "arn:aws:sagemaker:{region}:{account}:pipeline/{PipelineName}"

static const struct operation operations[] = {
    {"CreateModel", sagemaker_create_model, .resource = MODEL_ARN},
    {"DescribeModel", sagemaker_describe_model, .resource = MODEL_ARN},
    {"ListModels", sagemaker_list_models, .resource = NULL},
    {"DeleteModel", sagemaker_delete_model, .resource = MODEL_ARN},
    {"CreateTrainingJob", sagemaker_create_training, .resource = TRAINING_ARN},
    {"DescribeTrainingJob", sagemaker_describe_training, .resource = TRAINING_ARN},
    {"ListTrainingJobs", sagemaker_list_training, .resource = NULL},
    {"StopTrainingJob", sagemaker_stop_training, .resource = TRAINING_ARN},
    {"CreateTransformJob", sagemaker_create_transform, .resource = TRANSFORM_ARN},
    {"DescribeTransformJob", sagemaker_describe_transform, .resource = TRANSFORM_ARN},
    {"ListTransformJobs", sagemaker_list_transforms, .resource = NULL},
    {"StopTransformJob", sagemaker_stop_transform, .resource = TRANSFORM_ARN},
    {"CreateHyperParameterTuningJob", sagemaker_create_tuning, .resource = TUNING_ARN},
    {"DescribeHyperParameterTuningJob", sagemaker_describe_tuning, .resource = TUNING_ARN},
    {"ListHyperParameterTuningJobs", sagemaker_list_tuning, .resource = NULL},
    {"StopHyperParameterTuningJob", sagemaker_stop_tuning, .resource = TUNING_ARN},
    {"ListTrainingJobsForHyperParameterTuningJob", sagemaker_list_tuning_trainings,
     .resource = TUNING_ARN},
    {"CreateEndpointConfig", sagemaker_create_endpoint_config, .resource = ENDPOINT_CONFIG_ARN},
    {"DescribeEndpointConfig", sagemaker_describe_endpoint_config, .resource = ENDPOINT_CONFIG_ARN},
    {"ListEndpointConfigs", sagemaker_list_endpoint_configs, .resource = NULL},
    {"DeleteEndpointConfig", sagemaker_delete_endpoint_config, .resource = ENDPOINT_CONFIG_ARN},
    {"CreateEndpoint", sagemaker_create_endpoint, .resource = ENDPOINT_ARN},
    {"DescribeEndpoint", sagemaker_describe_endpoint, .resource = ENDPOINT_ARN},
    {"ListEndpoints", sagemaker_list_endpoints, .resource = NULL},
    {"UpdateEndpoint", sagemaker_update_endpoint, .resource = ENDPOINT_ARN},
    {"UpdateEndpointWeightsAndCapacities", sagemaker_update_endpoint_weights,
     .resource = ENDPOINT_ARN},
    {"DeleteEndpoint", sagemaker_delete_endpoint, .resource = ENDPOINT_ARN},
    {"AddTags", sagemaker_add_tags, .resource = "{ResourceArn}"},
    {"ListTags", sagemaker_list_tags, .resource = "{ResourceArn}"},
    {"DeleteTags", sagemaker_delete_tags, .resource = "{ResourceArn}"},
    {"CreateNotebookInstance", sagemaker_create_notebook, .resource = NOTEBOOK_ARN},
    {"DescribeNotebookInstance", sagemaker_describe_notebook, .resource = NOTEBOOK_ARN},
    {"ListNotebookInstances", sagemaker_list_notebooks, .resource = NULL},
    {"StartNotebookInstance", sagemaker_start_notebook, .resource = NOTEBOOK_ARN},
    {"StopNotebookInstance", sagemaker_stop_notebook, .resource = NOTEBOOK_ARN},
    {"UpdateNotebookInstance", sagemaker_update_notebook, .resource = NOTEBOOK_ARN},
    {"DeleteNotebookInstance", sagemaker_delete_notebook, .resource = NOTEBOOK_ARN},
    {"CreatePresignedNotebookInstanceUrl", sagemaker_presign_notebook, .resource = NOTEBOOK_ARN},
    {"CreateNotebookInstanceLifecycleConfig", sagemaker_create_notebook_config,
     .resource = CONFIG_ARN},
    {"DescribeNotebookInstanceLifecycleConfig", sagemaker_describe_notebook_config,
     .resource = CONFIG_ARN},
    {"ListNotebookInstanceLifecycleConfigs", sagemaker_list_notebook_configs, .resource = NULL},
    {"DeleteNotebookInstanceLifecycleConfig", sagemaker_delete_notebook_config,
     .resource = CONFIG_ARN},
    {"CreateLabelingJob", sagemaker_create_labeling_job, .resource = LABELING_ARN},
    {"DescribeLabelingJob", sagemaker_describe_labeling_job, .resource = LABELING_ARN},
    {"ListLabelingJobs", sagemaker_list_labeling_jobs, .resource = NULL},
    {"StopLabelingJob", sagemaker_stop_labeling_job, .resource = LABELING_ARN},
    {"CreateWorkteam", sagemaker_create_team, .resource = TEAM_ARN},
    {"DescribeWorkteam", sagemaker_describe_team, .resource = TEAM_ARN},
    {"ListWorkteams", sagemaker_list_teams, .resource = NULL},
    {"DeleteWorkteam", sagemaker_delete_team, .resource = TEAM_ARN},
    {"DescribeWorkforce", sagemaker_describe_workforce, .resource = NULL},
    {"ListWorkforces", sagemaker_list_workforces, .resource = NULL},
    {"PracticeNextTasks", practice_next_tasks, .resource = LABELING_ARN},
    {"PracticeSubmitAnswer", practice_submit_answer, .resource = LABELING_ARN},
    {"PracticeListLabels", practice_list_labels, .resource = LABELING_ARN},
    {"PracticeSetThreshold", practice_set_threshold, .resource = LABELING_ARN},
    {"CreatePipeline", sagemaker_create_pipeline, .resource = PIPELINE_ARN},
    {"UpdatePipeline", sagemaker_update_pipeline, .resource = PIPELINE_ARN},
    {"DescribePipeline", sagemaker_describe_pipeline, .resource = PIPELINE_ARN},
    {"ListPipelines", sagemaker_list_pipelines, .resource = NULL},
    {"DeletePipeline", sagemaker_delete_pipeline, .resource = PIPELINE_ARN},
    {"StartPipelineExecution", sagemaker_start_pipeline, .resource = PIPELINE_ARN},
    {"StopPipelineExecution", sagemaker_stop_pipeline, .resource = "{PipelineExecutionArn}"},
    {"DescribePipelineExecution", sagemaker_describe_execution,
     .resource = "{PipelineExecutionArn}"},
    {"ListPipelineExecutions", sagemaker_list_executions, .resource = PIPELINE_ARN},
    {"DescribePipelineDefinitionForExecution", sagemaker_describe_execution_definition,
     .resource = "{PipelineExecutionArn}"},
    {"ListPipelineParametersForExecution", sagemaker_list_execution_parameters,
     .resource = "{PipelineExecutionArn}"},
    {"ListPipelineExecutionSteps", sagemaker_list_steps, .resource = "{PipelineExecutionArn}"},
    {.name = NULL},
};

const struct service service_sagemaker = {
    .name = "sagemaker",
    .prefix = "sagemaker",
    .protocol = PROTOCOL_JSON,
    .target = "SageMaker",
    .operations = operations,
    .rules = &rules_sagemaker,
};
