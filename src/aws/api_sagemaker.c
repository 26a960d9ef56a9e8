/* SageMaker: training, tuning, models, transform, endpoints, labelling, notebooks, pipelines.
 * Members are those of the service's own model; see api.h for the notation. */
#include "aws/api_tables.h"

static const struct aws_shape shapes[] = {
    {"CapacitySize", "{Type!:=INSTANCE_COUNT|CAPACITY_PERCENT Value!:i}"},
    {"CheckpointConfig", "{S3Uri! LocalPath}"},
    {"ContainerDefinition",
     "{ContainerHostname Image ImageConfig:{RepositoryAccessMode!:=Platform|Vpc "
     "RepositoryAuthConfig:{RepositoryCredentialsProviderArn!}} Mode:=SingleModel|MultiModel "
     "ModelDataUrl Environment:<s> ModelPackageName InferenceSpecificationName "
     "MultiModelConfig:{ModelCacheSetting:=Enabled|Disabled}}"},
    {"DeploymentConfig",
     "{BlueGreenUpdatePolicy!:{TrafficRoutingConfiguration!:{Type!:=ALL_AT_ONCE|CANARY|"
     "LINEAR WaitIntervalInSeconds!:i CanarySize:$CapacitySize LinearStepSize:$CapacitySize} "
     "TerminationWaitInSeconds:i MaximumExecutionTimeoutInSeconds:i} "
     "AutoRollbackConfiguration:{Alarms:[{AlarmName}]}}"},
    {"ExperimentConfig", "{ExperimentName TrialName TrialComponentDisplayName RunName}"},
    {"HyperParameterScalingType", "=Auto|Linear|Logarithmic|ReverseLogarithmic"},
    {"HyperParameterTrainingJobDefinition",
     "{DefinitionName TuningObjective:$HyperParameterTuningJobObjective "
     "HyperParameterRanges:$ParameterRanges StaticHyperParameters:<s> "
     "AlgorithmSpecification!:{TrainingImage TrainingInputMode!:$TrainingInputMode "
     "AlgorithmName MetricDefinitions:$MetricDefinitionList} RoleArn! "
     "InputDataConfig:$InputDataConfig VpcConfig:$VpcConfig "
     "OutputDataConfig!:$OutputDataConfig ResourceConfig:$ResourceConfig "
     "StoppingCondition!:$StoppingCondition EnableNetworkIsolation:b "
     "EnableInterContainerTrafficEncryption:b EnableManagedSpotTraining:b "
     "CheckpointConfig:$CheckpointConfig RetryStrategy:$RetryStrategy "
     "HyperParameterTuningResourceConfig:{InstanceType InstanceCount:i VolumeSizeInGB:i "
     "VolumeKmsKeyId AllocationStrategy:=Prioritized InstanceConfigs:[{InstanceType! "
     "InstanceCount!:i VolumeSizeInGB!:i}]}}"},
    {"HyperParameterTuningJobObjective", "{Type!:=Maximize|Minimize MetricName!}"},
    {"InputDataConfig",
     "[{ChannelName! DataSource!:{S3DataSource:{S3DataType!:$S3DataType S3Uri! "
     "S3DataDistributionType:=FullyReplicated|ShardedByS3Key AttributeNames:[s] "
     "InstanceGroupNames:[s]} FileSystemDataSource:{FileSystemId! FileSystemAccessMode!:=rw|"
     "ro FileSystemType!:=EFS|FSxLustre DirectoryPath!}} ContentType CompressionType:=None|"
     "Gzip RecordWrapperType:=None|RecordIO InputMode:$TrainingInputMode "
     "ShuffleConfig:{Seed!:i}}]"},
    {"MetricDefinitionList", "[{Name! Regex!}]"},
    {"OrderKey", "=Ascending|Descending"},
    {"OutputDataConfig", "{KmsKeyId S3OutputPath!}"},
    {"ParallelismConfiguration", "{MaxParallelExecutionSteps!:i}"},
    {"ParameterRanges",
     "{IntegerParameterRanges:[{Name! MinValue! MaxValue! "
     "ScalingType:$HyperParameterScalingType}] ContinuousParameterRanges:[{Name! MinValue! "
     "MaxValue! ScalingType:$HyperParameterScalingType}] CategoricalParameterRanges:[{Name! "
     "Values!:[s]}]}"},
    {"PipelineDefinitionS3Location", "{Bucket! ObjectKey! VersionId}"},
    {"ProcessingInstanceType",
     "=ml.t3.medium|ml.t3.large|ml.t3.xlarge|ml.t3.2xlarge|ml.m4.xlarge|ml.m4.2xlarge|"
     "ml.m4.4xlarge|ml.m4.10xlarge|ml.m4.16xlarge|ml.c4.xlarge|ml.c4.2xlarge|ml.c4.4xlarge|"
     "ml.c4.8xlarge|ml.p2.xlarge|ml.p2.8xlarge|ml.p2.16xlarge|ml.p3.2xlarge|ml.p3.8xlarge|"
     "ml.p3.16xlarge|ml.c5.xlarge|ml.c5.2xlarge|ml.c5.4xlarge|ml.c5.9xlarge|ml.c5.18xlarge|"
     "ml.m5.large|ml.m5.xlarge|ml.m5.2xlarge|ml.m5.4xlarge|ml.m5.12xlarge|ml.m5.24xlarge|"
     "ml.r5.large|ml.r5.xlarge|ml.r5.2xlarge|ml.r5.4xlarge|ml.r5.8xlarge|ml.r5.12xlarge|"
     "ml.r5.16xlarge|ml.r5.24xlarge|ml.g4dn.xlarge|ml.g4dn.2xlarge|ml.g4dn.4xlarge|"
     "ml.g4dn.8xlarge|ml.g4dn.12xlarge|ml.g4dn.16xlarge|ml.g5.xlarge|ml.g5.2xlarge|"
     "ml.g5.4xlarge|ml.g5.8xlarge|ml.g5.16xlarge|ml.g5.12xlarge|ml.g5.24xlarge|"
     "ml.g5.48xlarge|ml.r5d.large|ml.r5d.xlarge|ml.r5d.2xlarge|ml.r5d.4xlarge|ml.r5d.8xlarge|"
     "ml.r5d.12xlarge|ml.r5d.16xlarge|ml.r5d.24xlarge|ml.g6.xlarge|ml.g6.2xlarge|"
     "ml.g6.4xlarge|ml.g6.8xlarge|ml.g6.12xlarge|ml.g6.16xlarge|ml.g6.24xlarge|"
     "ml.g6.48xlarge|ml.g6e.xlarge|ml.g6e.2xlarge|ml.g6e.4xlarge|ml.g6e.8xlarge|"
     "ml.g6e.12xlarge|ml.g6e.16xlarge|ml.g6e.24xlarge|ml.g6e.48xlarge|ml.m6i.large|"
     "ml.m6i.xlarge|ml.m6i.2xlarge|ml.m6i.4xlarge|ml.m6i.8xlarge|ml.m6i.12xlarge|"
     "ml.m6i.16xlarge|ml.m6i.24xlarge|ml.m6i.32xlarge|ml.c6i.xlarge|ml.c6i.2xlarge|"
     "ml.c6i.4xlarge|ml.c6i.8xlarge|ml.c6i.12xlarge|ml.c6i.16xlarge|ml.c6i.24xlarge|"
     "ml.c6i.32xlarge|ml.m7i.large|ml.m7i.xlarge|ml.m7i.2xlarge|ml.m7i.4xlarge|"
     "ml.m7i.8xlarge|ml.m7i.12xlarge|ml.m7i.16xlarge|ml.m7i.24xlarge|ml.m7i.48xlarge|"
     "ml.c7i.large|ml.c7i.xlarge|ml.c7i.2xlarge|ml.c7i.4xlarge|ml.c7i.8xlarge|"
     "ml.c7i.12xlarge|ml.c7i.16xlarge|ml.c7i.24xlarge|ml.c7i.48xlarge|ml.r7i.large|"
     "ml.r7i.xlarge|ml.r7i.2xlarge|ml.r7i.4xlarge|ml.r7i.8xlarge|ml.r7i.12xlarge|"
     "ml.r7i.16xlarge|ml.r7i.24xlarge|ml.r7i.48xlarge|ml.p5.4xlarge|ml.g7e.2xlarge|"
     "ml.g7e.4xlarge|ml.g7e.8xlarge|ml.g7e.12xlarge|ml.g7e.24xlarge|ml.g7e.48xlarge"},
    {"ProductionVariantList",
     "[{VariantName! ModelName! InitialInstanceCount:i InstanceType InitialVariantWeight:n "
     "AcceleratorType:=ml.eia1.medium|ml.eia1.large|ml.eia1.xlarge|ml.eia2.medium|"
     "ml.eia2.large|ml.eia2.xlarge CoreDumpConfig:{DestinationS3Uri! KmsKeyId} "
     "ServerlessConfig:{MemorySizeInMB!:i MaxConcurrency!:i} VolumeSizeInGB:i "
     "ModelDataDownloadTimeoutInSeconds:i ContainerStartupHealthCheckTimeoutInSeconds:i}]"},
    {"ResourceConfig", "{InstanceType InstanceCount:i VolumeSizeInGB!:i VolumeKmsKeyId "
                       "InstanceGroups:[{InstanceType! InstanceCount!:i InstanceGroupName!}] "
                       "KeepAlivePeriodInSeconds:i}"},
    {"RetryStrategy", "{MaximumRetryAttempts!:i}"},
    {"S3DataType", "=ManifestFile|S3Prefix|AugmentedManifestFile|Converse"},
    {"SortBy", "=Name|CreationTime|Status"},
    {"SortOrder", "=Ascending|Descending"},
    {"StoppingCondition", "{MaxRuntimeInSeconds:i MaxWaitTimeInSeconds:i}"},
    {"TagList", "[{Key! Value!}]"},
    {"TrainingInputMode", "=Pipe|File|FastFile"},
    {"TrainingJobStatus", "=InProgress|Completed|Failed|Stopping|Stopped|Deleting"},
    {"VpcConfig", "{SecurityGroupIds!:[s] Subnets!:[s]}"},
};

static const struct aws_op ops[] = {
    {"CreateTrainingJob", NULL,
     "{TrainingJobName! HyperParameters:<s> AlgorithmSpecification!:{TrainingImage "
     "AlgorithmName TrainingInputMode!:$TrainingInputMode "
     "MetricDefinitions:$MetricDefinitionList EnableSageMakerMetricsTimeSeries:b "
     "ContainerEntrypoint:[s] ContainerArguments:[s]} RoleArn! "
     "InputDataConfig:$InputDataConfig OutputDataConfig!:$OutputDataConfig "
     "ResourceConfig!:$ResourceConfig VpcConfig:$VpcConfig "
     "StoppingCondition!:$StoppingCondition Tags:$TagList EnableNetworkIsolation:b "
     "EnableInterContainerTrafficEncryption:b EnableManagedSpotTraining:b "
     "CheckpointConfig:$CheckpointConfig DebugHookConfig:{LocalPath S3OutputPath! "
     "HookParameters:<s> CollectionConfigurations:[{CollectionName "
     "CollectionParameters:<s>}]} DebugRuleConfigurations:[{RuleConfigurationName! LocalPath "
     "S3OutputPath RuleEvaluatorImage! InstanceType:$ProcessingInstanceType VolumeSizeInGB:i "
     "RuleParameters:<s>}] TensorBoardOutputConfig:{LocalPath S3OutputPath!} "
     "ExperimentConfig:$ExperimentConfig ProfilerConfig:{S3OutputPath "
     "ProfilingIntervalInMilliseconds:i ProfilingParameters:<s> DisableProfiler:b} "
     "ProfilerRuleConfigurations:[{RuleConfigurationName! LocalPath S3OutputPath "
     "RuleEvaluatorImage! InstanceType:$ProcessingInstanceType VolumeSizeInGB:i "
     "RuleParameters:<s>}] Environment:<s> RetryStrategy:$RetryStrategy}",
     NULL},
    {"DescribeTrainingJob", NULL, "{TrainingJobName!}", NULL},
    {"ListTrainingJobs", NULL,
     "{NextToken MaxResults:i CreationTimeAfter:t CreationTimeBefore:t "
     "LastModifiedTimeAfter:t LastModifiedTimeBefore:t NameContains "
     "StatusEquals:$TrainingJobStatus SortBy:$SortBy SortOrder:$SortOrder "
     "WarmPoolStatusEquals:=Available|Terminated|Reused|InUse}",
     NULL},
    {"StopTrainingJob", NULL, "{TrainingJobName!}", NULL},
    {"CreateHyperParameterTuningJob", NULL,
     "{HyperParameterTuningJobName! HyperParameterTuningJobConfig!:{Strategy!:=Bayesian|"
     "Random|Hyperband|Grid StrategyConfig:{HyperbandStrategyConfig:{MinResource:i "
     "MaxResource:i}} HyperParameterTuningJobObjective:$HyperParameterTuningJobObjective "
     "ResourceLimits!:{MaxNumberOfTrainingJobs:i MaxParallelTrainingJobs!:i} "
     "ParameterRanges:$ParameterRanges TrainingJobEarlyStoppingType:=Off|Auto "
     "TuningJobCompletionCriteria:{TargetObjectiveMetricValue!:n}} "
     "TrainingJobDefinition:$HyperParameterTrainingJobDefinition "
     "TrainingJobDefinitions:[$HyperParameterTrainingJobDefinition] "
     "WarmStartConfig:{ParentHyperParameterTuningJobs!:[{HyperParameterTuningJobName}] "
     "WarmStartType!:=IdenticalDataAndAlgorithm|TransferLearning} Tags:$TagList}",
     NULL},
    {"DescribeHyperParameterTuningJob", NULL, "{HyperParameterTuningJobName!}", NULL},
    {"ListHyperParameterTuningJobs", NULL,
     "{NextToken MaxResults:i SortBy:=Name|Status|CreationTime SortOrder:$SortOrder "
     "NameContains CreationTimeAfter:t CreationTimeBefore:t LastModifiedTimeAfter:t "
     "LastModifiedTimeBefore:t StatusEquals:=Completed|InProgress|Failed|Stopped|Stopping|"
     "Deleting|DeleteFailed}",
     NULL},
    {"StopHyperParameterTuningJob", NULL, "{HyperParameterTuningJobName!}", NULL},
    {"ListTrainingJobsForHyperParameterTuningJob", NULL,
     "{HyperParameterTuningJobName! NextToken MaxResults:i StatusEquals:$TrainingJobStatus "
     "SortBy:=Name|CreationTime|Status|FinalObjectiveMetricValue SortOrder:$SortOrder}",
     NULL},
    {"CreateModel", NULL,
     "{ModelName! PrimaryContainer:$ContainerDefinition Containers:[$ContainerDefinition] "
     "InferenceExecutionConfig:{Mode!:=Serial|Direct} ExecutionRoleArn! Tags:$TagList "
     "VpcConfig:$VpcConfig EnableNetworkIsolation:b}",
     NULL},
    {"DescribeModel", NULL, "{ModelName!}", NULL},
    {"ListModels", NULL,
     "{SortBy:=Name|CreationTime SortOrder:$OrderKey NextToken MaxResults:i NameContains "
     "CreationTimeBefore:t CreationTimeAfter:t}",
     NULL},
    {"DeleteModel", NULL, "{ModelName!}", NULL},
    {"CreateTransformJob", NULL,
     "{TransformJobName! ModelName! MaxConcurrentTransforms:i "
     "ModelClientConfig:{InvocationsTimeoutInSeconds:i InvocationsMaxRetries:i} "
     "MaxPayloadInMB:i BatchStrategy:=MultiRecord|SingleRecord Environment:<s> "
     "TransformInput!:{DataSource!:{S3DataSource!:{S3DataType!:$S3DataType S3Uri!}} "
     "ContentType CompressionType:=None|Gzip SplitType:=None|Line|RecordIO|TFRecord} "
     "TransformOutput!:{S3OutputPath! Accept AssembleWith:=None|Line KmsKeyId} "
     "DataCaptureConfig:{DestinationS3Uri! KmsKeyId GenerateInferenceId:b} "
     "TransformResources!:{InstanceType! InstanceCount!:i VolumeKmsKeyId} "
     "DataProcessing:{InputFilter OutputFilter JoinSource:=Input|None} Tags:$TagList "
     "ExperimentConfig:$ExperimentConfig}",
     NULL},
    {"DescribeTransformJob", NULL, "{TransformJobName!}", NULL},
    {"ListTransformJobs", NULL,
     "{CreationTimeAfter:t CreationTimeBefore:t LastModifiedTimeAfter:t "
     "LastModifiedTimeBefore:t NameContains StatusEquals:=InProgress|Completed|Failed|"
     "Stopping|Stopped SortBy:$SortBy SortOrder:$SortOrder NextToken MaxResults:i}",
     NULL},
    {"StopTransformJob", NULL, "{TransformJobName!}", NULL},
    {"CreateEndpointConfig", NULL,
     "{EndpointConfigName! ProductionVariants!:$ProductionVariantList "
     "DataCaptureConfig:{EnableCapture:b InitialSamplingPercentage!:i DestinationS3Uri! "
     "KmsKeyId CaptureOptions!:[{CaptureMode!:=Input|Output|InputAndOutput}] "
     "CaptureContentTypeHeader:{CsvContentTypes:[s] JsonContentTypes:[s]}} Tags:$TagList "
     "KmsKeyId AsyncInferenceConfig:{ClientConfig:{MaxConcurrentInvocationsPerInstance:i} "
     "OutputConfig!:{KmsKeyId S3OutputPath! NotificationConfig:{SuccessTopic ErrorTopic}}} "
     "ExplainerConfig:{ClarifyExplainerConfig:{EnableExplanations "
     "InferenceConfig:{FeaturesAttribute ContentTemplate MaxRecordCount:i MaxPayloadInMB:i "
     "ProbabilityIndex:i LabelIndex:i ProbabilityAttribute LabelAttribute LabelHeaders:[s] "
     "FeatureHeaders:[s] FeatureTypes:[=numerical|categorical|text]} "
     "ShapConfig!:{ShapBaselineConfig!:{MimeType ShapBaseline ShapBaselineUri} "
     "NumberOfSamples:i UseLogit:b Seed:i TextConfig:{Language!:=af|sq|ar|hy|eu|bn|bg|ca|zh|"
     "hr|cs|da|nl|en|et|fi|fr|de|el|gu|he|hi|hu|is|id|ga|it|kn|ky|lv|lt|lb|mk|ml|mr|ne|nb|fa|"
     "pl|pt|ro|ru|sa|sr|tn|si|sk|sl|es|sv|tl|ta|tt|te|tr|uk|ur|yo|lij|xx Granularity!:=token|"
     "sentence|paragraph}}}} ShadowProductionVariants:$ProductionVariantList}",
     NULL},
    {"DescribeEndpointConfig", NULL, "{EndpointConfigName!}", NULL},
    {"ListEndpointConfigs", NULL,
     "{SortBy:=Name|CreationTime SortOrder:$OrderKey NextToken MaxResults:i NameContains "
     "CreationTimeBefore:t CreationTimeAfter:t}",
     NULL},
    {"DeleteEndpointConfig", NULL, "{EndpointConfigName!}", NULL},
    {"CreateEndpoint", NULL,
     "{EndpointName! EndpointConfigName! DeploymentConfig:$DeploymentConfig Tags:$TagList}", NULL},
    {"DescribeEndpoint", NULL, "{EndpointName!}", NULL},
    {"ListEndpoints", NULL,
     "{SortBy:=Name|CreationTime|Status SortOrder:$OrderKey NextToken MaxResults:i "
     "NameContains CreationTimeBefore:t CreationTimeAfter:t LastModifiedTimeBefore:t "
     "LastModifiedTimeAfter:t StatusEquals:=OutOfService|Creating|Updating|SystemUpdating|"
     "RollingBack|InService|Deleting|Failed|UpdateRollbackFailed}",
     NULL},
    {"UpdateEndpoint", NULL,
     "{EndpointName! EndpointConfigName! RetainAllVariantProperties:b "
     "ExcludeRetainedVariantProperties:[{VariantPropertyType!:=DesiredInstanceCount|"
     "DesiredWeight|DataCaptureConfig}] DeploymentConfig:$DeploymentConfig "
     "RetainDeploymentConfig:b}",
     NULL},
    {"DeleteEndpoint", NULL, "{EndpointName!}", NULL},
    {"CreateLabelingJob", NULL,
     "{LabelingJobName! LabelAttributeName! "
     "InputConfig!:{DataSource!:{S3DataSource:{ManifestS3Uri!} SnsDataSource:{SnsTopicArn!}} "
     "DataAttributes:{ContentClassifiers:[=FreeOfPersonallyIdentifiableInformation|"
     "FreeOfAdultContent]}} OutputConfig!:{S3OutputPath! KmsKeyId SnsTopicArn} RoleArn! "
     "LabelCategoryConfigS3Uri StoppingConditions:{MaxHumanLabeledObjectCount:i "
     "MaxPercentageOfInputDatasetLabeled:i} "
     "LabelingJobAlgorithmsConfig:{LabelingJobAlgorithmSpecificationArn! "
     "InitialActiveLearningModelArn LabelingJobResourceConfig:{VolumeKmsKeyId "
     "VpcConfig:$VpcConfig}} HumanTaskConfig!:{WorkteamArn! UiConfig!:{UiTemplateS3Uri "
     "HumanTaskUiArn} PreHumanTaskLambdaArn! TaskKeywords:[s] TaskTitle! TaskDescription! "
     "NumberOfHumanWorkersPerDataObject!:i TaskTimeLimitInSeconds!:i "
     "TaskAvailabilityLifetimeInSeconds:i MaxConcurrentTaskCount:i "
     "AnnotationConsolidationConfig!:{AnnotationConsolidationLambdaArn!} "
     "PublicWorkforceTaskPrice:{AmountInUsd:{Dollars:i Cents:i TenthFractionsOfACent:i}}} "
     "Tags:$TagList}",
     NULL},
    {"DescribeLabelingJob", NULL, "{LabelingJobName!}", NULL},
    {"ListLabelingJobs", NULL,
     "{CreationTimeAfter:t CreationTimeBefore:t LastModifiedTimeAfter:t "
     "LastModifiedTimeBefore:t MaxResults:i NextToken NameContains SortBy:$SortBy "
     "SortOrder:$SortOrder StatusEquals:=Initializing|InProgress|Completed|Failed|Stopping|"
     "Stopped}",
     NULL},
    {"StopLabelingJob", NULL, "{LabelingJobName!}", NULL},
    {"ListWorkteams", NULL,
     "{SortBy:=Name|CreateDate SortOrder:$SortOrder NameContains NextToken MaxResults:i}", NULL},
    {"DescribeWorkteam", NULL, "{WorkteamName!}", NULL},
    {"CreateNotebookInstance", NULL,
     "{NotebookInstanceName! InstanceType! SubnetId SecurityGroupIds:[s] RoleArn! KmsKeyId "
     "Tags:$TagList LifecycleConfigName DirectInternetAccess:=Enabled|Disabled "
     "VolumeSizeInGB:i AcceleratorTypes:[=ml.eia1.medium|ml.eia1.large|ml.eia1.xlarge|"
     "ml.eia2.medium|ml.eia2.large|ml.eia2.xlarge] DefaultCodeRepository "
     "AdditionalCodeRepositories:[s] RootAccess:=Enabled|Disabled PlatformIdentifier "
     "InstanceMetadataServiceConfiguration:{MinimumInstanceMetadataServiceVersion!}}",
     NULL},
    {"DescribeNotebookInstance", NULL, "{NotebookInstanceName!}", NULL},
    {"ListNotebookInstances", NULL,
     "{NextToken MaxResults:i SortBy:=Name|CreationTime|Status SortOrder:=Ascending|"
     "Descending NameContains CreationTimeBefore:t CreationTimeAfter:t "
     "LastModifiedTimeBefore:t LastModifiedTimeAfter:t StatusEquals:=Pending|InService|"
     "Stopping|Stopped|Failed|Deleting|Updating NotebookInstanceLifecycleConfigNameContains "
     "DefaultCodeRepositoryContains AdditionalCodeRepositoryEquals}",
     NULL},
    {"StartNotebookInstance", NULL, "{NotebookInstanceName!}", NULL},
    {"StopNotebookInstance", NULL, "{NotebookInstanceName!}", NULL},
    {"DeleteNotebookInstance", NULL, "{NotebookInstanceName!}", NULL},
    {"CreatePresignedNotebookInstanceUrl", NULL,
     "{NotebookInstanceName! SessionExpirationDurationInSeconds:i}", NULL},
    {"CreatePipeline", NULL,
     "{PipelineName! PipelineDisplayName PipelineDefinition "
     "PipelineDefinitionS3Location:$PipelineDefinitionS3Location PipelineDescription "
     "ClientRequestToken! RoleArn! Tags:$TagList "
     "ParallelismConfiguration:$ParallelismConfiguration}",
     NULL},
    {"UpdatePipeline", NULL,
     "{PipelineName! PipelineDisplayName PipelineDefinition "
     "PipelineDefinitionS3Location:$PipelineDefinitionS3Location PipelineDescription RoleArn "
     "ParallelismConfiguration:$ParallelismConfiguration}",
     NULL},
    {"DescribePipeline", NULL, "{PipelineName!}", NULL},
    {"ListPipelines", NULL,
     "{PipelineNamePrefix CreatedAfter:t CreatedBefore:t SortBy:=Name|CreationTime "
     "SortOrder:$SortOrder NextToken MaxResults:i}",
     NULL},
    {"DeletePipeline", NULL, "{PipelineName! ClientRequestToken!}", NULL},
    {"StartPipelineExecution", NULL,
     "{PipelineName! PipelineExecutionDisplayName PipelineParameters:[{Name! Value!}] "
     "PipelineExecutionDescription ClientRequestToken! "
     "ParallelismConfiguration:$ParallelismConfiguration}",
     NULL},
    {"StopPipelineExecution", NULL, "{PipelineExecutionArn! ClientRequestToken!}", NULL},
    {"DescribePipelineExecution", NULL, "{PipelineExecutionArn!}", NULL},
    {"ListPipelineExecutions", NULL,
     "{PipelineName! CreatedAfter:t CreatedBefore:t SortBy:=CreationTime|"
     "PipelineExecutionArn SortOrder:$SortOrder NextToken MaxResults:i}",
     NULL},
    {"ListPipelineExecutionSteps", NULL,
     "{PipelineExecutionArn NextToken MaxResults:i SortOrder:$SortOrder}", NULL},
    {"AddTags", NULL, "{ResourceArn! Tags!:$TagList}", NULL},
    {"ListTags", NULL, "{ResourceArn! NextToken MaxResults:i}", NULL},
    {"DeleteTags", NULL, "{ResourceArn! TagKeys!:[s]}", NULL},
};

const struct aws_service aws_service_sagemaker = {
    .name = "sagemaker",
    .signing = "sagemaker",
    .endpoint = "api.sagemaker",
    .setting = "SAGEMAKER",
    .target = "SageMaker",
    .words = "SageMaker",
    .protocol = AWS_JSON,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .shapes = shapes,
    .shape_count = sizeof shapes / sizeof shapes[0],
};
