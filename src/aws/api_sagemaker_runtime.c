/* SageMaker Runtime: asking an endpoint. Members are those of the service's own model; see api.h
 * for the notation. */
#include "aws/api_tables.h"

static const struct aws_op ops[] = {
    {"InvokeEndpoint", "POST /endpoints/{EndpointName}/invocations",
     "{EndpointName!@uEndpointName Body!:x@p ContentType@hContent-Type Accept@hAccept "
     "CustomAttributes@hX-Amzn-SageMaker-Custom-Attributes "
     "TargetModel@hX-Amzn-SageMaker-Target-Model "
     "TargetVariant@hX-Amzn-SageMaker-Target-Variant "
     "TargetContainerHostname@hX-Amzn-SageMaker-Target-Container-Hostname "
     "InferenceId@hX-Amzn-SageMaker-Inference-Id "
     "EnableExplanations@hX-Amzn-SageMaker-Enable-Explanations}",
     "{Body:x@p ContentType@hContent-Type "
     "InvokedProductionVariant@hx-Amzn-Invoked-Production-Variant "
     "CustomAttributes@hX-Amzn-SageMaker-Custom-Attributes}"},
};

const struct aws_service aws_service_sagemaker_runtime = {
    .name = "sagemaker-runtime",
    .signing = "sagemaker",
    .endpoint = "runtime.sagemaker",
    .setting = "SAGEMAKER_RUNTIME",
    .words = "SageMaker Runtime",
    .protocol = AWS_REST_JSON,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
};
