"""A walk through every operation, its answers held against botocore's models; see practice.py.

Which operations there are stands in the tables of src/cloud: one that the walk does not come by
fails the test. Behaviour is tested elsewhere; here it is the form of what is answered.
"""
import json
import random
import re
import time

import practice_server as server
server.start()
from practice import (account, answered, check, client, code, done, models, refused, role,  # noqa: E402
                      same, until, where)

s3, iam, sts, sm = client("s3"), client("iam"), client("sts"), client("sagemaker")
logs, quotas, pricing = client("logs"), client("service-quotas"), client("pricing")
trail = client("cloudtrail")

# ---- S3
s3.create_bucket(Bucket="walk")
client("s3", "eu-west-1").create_bucket(Bucket="walk-far", CreateBucketConfiguration={
    "LocationConstraint": "eu-west-1"})
s3.list_buckets(), s3.head_bucket(Bucket="walk"), s3.get_bucket_location(Bucket="walk")
s3.get_bucket_location(Bucket="walk-far"), s3.get_bucket_versioning(Bucket="walk")
odd = "odd/ä é+&<>\"'%20~*.txt"
for key in ("plain", odd, "a/1", "a/2", "b/1"):
    s3.put_object(Bucket="walk", Key=key, Body=key.encode() * 10, Metadata={"k": "v"},
                  ContentType="text/plain", Tagging="x=1&y=2")
s3.put_object(Bucket="walk", Key="sum", Body=b"123456789", ChecksumAlgorithm="SHA256")
s3.head_object(Bucket="walk", Key="sum", ChecksumMode="ENABLED")
s3.get_object(Bucket="walk", Key="plain", Range="bytes=1-3")["Body"].read()
for call in (s3.list_objects, s3.list_objects_v2):
    call(Bucket="walk"), call(Bucket="walk", Delimiter="/", MaxKeys=2)
    call(Bucket="walk", EncodingType="url"), call(Bucket="walk", Prefix="nothing")
s3.list_objects_v2(Bucket="walk", FetchOwner=True, StartAfter="a/1")
s3.copy_object(Bucket="walk", Key="copy", CopySource={"Bucket": "walk", "Key": odd})
s3.put_object_tagging(Bucket="walk", Key="copy", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
s3.get_object_tagging(Bucket="walk", Key="copy"), s3.delete_object_tagging(Bucket="walk", Key="copy")
upload = s3.create_multipart_upload(Bucket="walk", Key=odd)["UploadId"]
part = dict(Bucket="walk", Key=odd, UploadId=upload)
etags = [s3.upload_part(PartNumber=1, Body=b"x" * (5 << 20), **part)["ETag"],
         s3.upload_part_copy(PartNumber=2, CopySource="walk/plain", **part)["CopyPartResult"]["ETag"]]
s3.list_parts(MaxParts=1, **part), s3.list_multipart_uploads(Bucket="walk")
s3.complete_multipart_upload(MultipartUpload={"Parts": [
    {"PartNumber": i + 1, "ETag": e} for i, e in enumerate(etags)]}, **part)
given_up = s3.create_multipart_upload(Bucket="walk", Key="gone")["UploadId"]
s3.abort_multipart_upload(Bucket="walk", Key="gone", UploadId=given_up)
s3.put_bucket_tagging(Bucket="walk", Tagging={"TagSet": [{"Key": "a", "Value": "<b>"}]})
s3.get_bucket_tagging(Bucket="walk"), s3.delete_bucket_tagging(Bucket="walk")
s3.get_public_access_block(Bucket="walk")
s3.put_bucket_policy(Bucket="walk", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::walk/no"}]}))
s3.get_bucket_policy(Bucket="walk"), s3.delete_bucket_policy(Bucket="walk")
s3.put_public_access_block(Bucket="walk", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
s3.delete_public_access_block(Bucket="walk")
for wrong, members in (("NoSuchKey", {"Bucket": "walk", "Key": "<none>"}),
                       ("NoSuchBucket", {"Bucket": "walk-nowhere", "Key": "x"}),
                       ("InvalidRange", {"Bucket": "walk", "Key": "sum", "Range": "bytes=99-"})):
    same(f"S3 refuses with {wrong}", wrong, code(s3.get_object, **members))
s3.delete_objects(Bucket="walk", Delete={"Objects": [{"Key": "a/1"}, {"Key": "never"}]})
s3.delete_objects(Bucket="walk", Delete={"Quiet": True, "Objects": [{"Key": "a/2"}]})
s3.delete_object(Bucket="walk", Key="b/1")
client("s3", "eu-west-1").delete_bucket(Bucket="walk-far")
W, K = {"Bucket": "walk"}, {"Bucket": "walk", "Key": "plain"}
s3.get_bucket_acl(**W), s3.put_bucket_acl(ACL="private", **W), s3.get_object_acl(**K)
s3.put_object_acl(ACL="private", **K), s3.list_object_versions(**W)
s3.get_object_attributes(ObjectAttributes=["ETag", "ObjectSize"], **K)
s3.put_bucket_policy(Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::walk/no"}]}), **W)
s3.get_bucket_policy_status(**W), s3.delete_bucket_policy(**W)
for name, member, value in (
        ("versioning", "VersioningConfiguration", {"Status": "Suspended"}),
        ("encryption", "ServerSideEncryptionConfiguration", {"Rules": [{
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}),
        ("ownership_controls", "OwnershipControls", {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}),
        ("cors", "CORSConfiguration", {"CORSRules": [{"AllowedMethods": ["GET"],
                                                      "AllowedOrigins": ["*"]}]}),
        ("lifecycle_configuration", "LifecycleConfiguration", {"Rules": [{
            "Status": "Enabled", "Prefix": "x", "Expiration": {"Days": 1}}]}),
        ("logging", "BucketLoggingStatus", {}), ("accelerate_configuration",
                                                 "AccelerateConfiguration", {"Status": "Suspended"}),
        ("notification_configuration", "NotificationConfiguration", {}),
        ("request_payment", "RequestPaymentConfiguration", {"Payer": "BucketOwner"})):
    getattr(s3, "put_bucket_" + name)(**{member: value}, **W)
    getattr(s3, "get_bucket_" + name)(**W)
for name in ("encryption", "ownership_controls", "cors", "lifecycle"):
    getattr(s3, "delete_bucket_" + name)(**W)

# ---- IAM and STS
arn = role("walker")
trust = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
    "Action": "sts:AssumeRole"}]})
policy = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust, Description="d", Path="/walk/",
                Tags=[{"Key": "a", "Value": "b"}], MaxSessionDuration=7200)
iam.get_role(RoleName="other"), iam.list_roles(PathPrefix="/walk/"), iam.list_roles(MaxItems=1)
iam.update_assume_role_policy(RoleName="other", PolicyDocument=trust)
iam.tag_role(RoleName="other", Tags=[{"Key": "c", "Value": "d"}]), iam.list_role_tags(RoleName="other")
iam.put_role_policy(RoleName="other", PolicyName="in", PolicyDocument=policy)
iam.get_role_policy(RoleName="other", PolicyName="in"), iam.list_role_policies(RoleName="other")
made = iam.create_policy(PolicyName="p", PolicyDocument=policy, Description="d")["Policy"]["Arn"]
iam.get_policy(PolicyArn=made), iam.list_policies(), iam.list_policies(Scope="Local")
second = iam.create_policy_version(PolicyArn=made, PolicyDocument=policy)["PolicyVersion"]["VersionId"]
iam.list_policy_versions(PolicyArn=made), iam.get_policy_version(PolicyArn=made, VersionId="v1")
iam.set_default_policy_version(PolicyArn=made, VersionId=second)
iam.delete_policy_version(PolicyArn=made, VersionId="v1")
iam.attach_role_policy(RoleName="other", PolicyArn=made)
iam.list_attached_role_policies(RoleName="other"), iam.list_entities_for_policy(PolicyArn=made)
for verb in ("put", "get"):
    getattr(iam, verb + "_user_policy")(UserName="learner", PolicyName="u", **(
        {"PolicyDocument": policy} if verb == "put" else {}))
iam.list_user_policies(UserName="learner"), iam.get_user(), iam.list_users()
iam.attach_user_policy(UserName="learner", PolicyArn=made)
iam.list_attached_user_policies(UserName="learner"), iam.list_access_keys(UserName="learner")
iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"])
iam.simulate_custom_policy(PolicyInputList=[policy], ActionNames=["s3:GetObject", "iam:GetUser"])
sts.get_caller_identity(), sts.get_session_token()
until(lambda: code(sts.assume_role, RoleArn=f"arn:aws:iam::{account}:role/walk/other",
                   RoleSessionName="walk") is None)
for wrong, call, members in (
        ("NoSuchEntity", iam.get_role, {"RoleName": "nobody"}),
        ("EntityAlreadyExists", iam.create_role, {"RoleName": "other",
                                                  "AssumeRolePolicyDocument": trust}),
        ("MalformedPolicyDocument", iam.create_policy, {"PolicyName": "q", "PolicyDocument": "{}"}),
        ("AccessDenied", sts.assume_role, {"RoleArn": arn, "RoleSessionName": "walk"})):
    same(f"IAM and STS refuse with {wrong}", wrong, code(call, **members))
iam.detach_user_policy(UserName="learner", PolicyArn=made)
iam.delete_user_policy(UserName="learner", PolicyName="u")
iam.detach_role_policy(RoleName="other", PolicyArn=made), iam.delete_policy(PolicyArn=made)
iam.delete_role_policy(RoleName="other", PolicyName="in")
made = iam.create_policy(PolicyName="p", PolicyDocument=policy, Tags=[{"Key": "a", "Value": "b"}])[
    "Policy"]["Arn"]
iam.tag_policy(PolicyArn=made, Tags=[{"Key": "c", "Value": ""}]), iam.list_policy_tags(PolicyArn=made)
iam.untag_policy(PolicyArn=made, TagKeys=["a"])
iam.update_role(RoleName="other", Description="e")
iam.put_role_permissions_boundary(RoleName="other", PermissionsBoundary=made)
iam.get_role(RoleName="other"), iam.delete_role_permissions_boundary(RoleName="other")
iam.untag_role(RoleName="other", TagKeys=["c"]), iam.delete_role(RoleName="other")
ada = dict(UserName="ada")
iam.create_user(Path="/walk/", PermissionsBoundary=made, Tags=[{"Key": "a", "Value": "b"}], **ada)
iam.get_user(**ada), iam.update_user(NewPath="/", **ada), iam.tag_user(Tags=[], **ada)
iam.delete_user_permissions_boundary(**ada)
iam.put_user_permissions_boundary(PermissionsBoundary=made, **ada)
iam.list_user_tags(**ada), iam.untag_user(TagKeys=["a"], **ada)
key = dict(AccessKeyId=iam.create_access_key(**ada)["AccessKey"]["AccessKeyId"])
iam.update_access_key(Status="Inactive", **key, **ada), iam.get_access_key_last_used(**key)
sts.get_access_key_info(**key), iam.delete_access_key(**key, **ada)
crew = dict(GroupName="crew")
iam.create_group(**crew), iam.add_user_to_group(**crew, **ada), iam.get_group(**crew)
iam.list_groups(), iam.list_groups_for_user(**ada)
iam.put_group_policy(PolicyName="in", PolicyDocument=policy, **crew)
iam.get_group_policy(PolicyName="in", **crew), iam.list_group_policies(**crew)
iam.attach_group_policy(PolicyArn=made, **crew), iam.list_attached_group_policies(**crew)
iam.detach_group_policy(PolicyArn=made, **crew), iam.delete_group_policy(PolicyName="in", **crew)
iam.remove_user_from_group(**crew, **ada), iam.delete_group(**crew), iam.delete_user(**ada)
iam.list_instance_profiles(), iam.list_instance_profiles_for_role(RoleName="walker")
iam.list_mfa_devices(), same("nobody has a password", "NoSuchEntity", code(
    iam.get_login_profile, UserName="learner"))
answered.add(("iam", "GetLoginProfile"))  # it has no other answer
for service, call in (("kms", "list_keys"), ("ec2", "describe_instances"), ("ecr", "describe_repositories")):
    same(f"{service} is not here, and says so in its own form", "UnknownOperationException", code(
        getattr(client(service), call)))
iam.get_account_summary(), iam.list_account_aliases(), iam.delete_policy(PolicyArn=made)

# ---- SageMaker: a model trained, used, looked for
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
dice = random.Random(3)
rows = [[dice.random() for _ in range(3)] for _ in range(200)]
for part in ("train", "validation"):
    s3.put_object(Bucket="walk", Key=f"{part}/x.csv", Body="".join(
        f"{int(x[0] > 0.5)},{x[0]},{x[1]},{x[2]}\n" for x in rows))
s3.put_object(Bucket="walk", Key="score/x.csv", Body="".join(f"{x[0]},{x[1]},{x[2]}\n" for x in rows[:9]))


def channel(name):
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": {
        "S3DataType": "S3Prefix", "S3DataDistributionType": "FullyReplicated",
        "S3Uri": f"s3://walk/{name}/"}}}


job = {"RoleArn": arn, "InputDataConfig": [channel("train"), channel("validation")],
       "OutputDataConfig": {"S3OutputPath": "s3://walk/out/"}, "StoppingCondition": {
           "MaxRuntimeInSeconds": 600}, "ResourceConfig": {
           "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}}
tag = [{"Key": "walk", "Value": "1"}]
sm.create_training_job(TrainingJobName="walk", AlgorithmSpecification={
    "TrainingImage": IMAGE, "TrainingInputMode": "File"}, Tags=tag, HyperParameters={
    "num_round": "10", "objective": "binary:logistic", "eval_metric": "auc"}, **job)
sm.create_training_job(TrainingJobName="walk-long", AlgorithmSpecification={
    "TrainingImage": IMAGE, "TrainingInputMode": "File"}, HyperParameters={
    "num_round": "100000", "objective": "binary:logistic"}, **job)


def waits(describe, member, **name):
    return until(lambda: getattr(sm, describe)(**name)[member] in ("Completed", "Failed", "Stopped"),
                 40) and getattr(sm, describe)(**name)[member]


same("a job trains", "Completed", waits("describe_training_job", "TrainingJobStatus",
                                        TrainingJobName="walk"))
sm.stop_training_job(TrainingJobName="walk-long")
same("and another stops", "Stopped", waits("describe_training_job", "TrainingJobStatus",
                                           TrainingJobName="walk-long"))
sm.list_training_jobs(), sm.list_training_jobs(StatusEquals="Completed", MaxResults=1)
data = sm.describe_training_job(TrainingJobName="walk")["ModelArtifacts"]["S3ModelArtifacts"]
model = sm.create_model(ModelName="walk", ExecutionRoleArn=arn, Tags=tag, PrimaryContainer={
    "Image": IMAGE, "ModelDataUrl": data})["ModelArn"]
sm.describe_model(ModelName="walk"), sm.list_models()
for name, rows_at in (("walk", "score"), ("walk-empty", "nothing-there")):
    sm.create_transform_job(
        TransformJobName=name, ModelName="walk", TransformOutput={"S3OutputPath": "s3://walk/scored/"},
        TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix",
                                                        "S3Uri": f"s3://walk/{rows_at}/"}},
                        "ContentType": "text/csv", "SplitType": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1}, Tags=tag)
same("rows are scored", "Completed", waits("describe_transform_job", "TransformJobStatus",
                                           TransformJobName="walk"))
same("what is not there fails", "Failed", waits("describe_transform_job", "TransformJobStatus",
                                                TransformJobName="walk-empty"))
sm.list_transform_jobs(), sm.list_transform_jobs(NameContains="empty")
tuning = {"HyperParameterTuningJobConfig": {
    "Strategy": "Random", "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
    "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
    "ParameterRanges": {"ContinuousParameterRanges": [
        {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}]}},
    "TrainingJobDefinition": {"StaticHyperParameters": {
        "num_round": "5", "objective": "binary:logistic", "eval_metric": "auc"},
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"}, **job}}
sm.create_hyper_parameter_tuning_job(HyperParameterTuningJobName="walk", Tags=tag, **tuning)
same("settings are searched", "Completed", waits(
    "describe_hyper_parameter_tuning_job", "HyperParameterTuningJobStatus",
    HyperParameterTuningJobName="walk"))
sm.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="walk")
tuning["TrainingJobDefinition"]["StaticHyperParameters"]["num_round"] = "100000"
sm.create_hyper_parameter_tuning_job(HyperParameterTuningJobName="walk-long", **tuning)
sm.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="walk-long")
sm.list_hyper_parameter_tuning_jobs()
sm.create_transform_job(
    TransformJobName="walk-stop", ModelName="walk", TransformOutput={"S3OutputPath": "s3://walk/s/"},
    TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix",
                                                    "S3Uri": "s3://walk/score/"}}},
    TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1})
code(sm.stop_transform_job, TransformJobName="walk-stop")
if ("sagemaker", "StopTransformJob") not in answered:  # it was over already
    same("what is over is not stopped", "ValidationException", code(
        sm.stop_transform_job, TransformJobName="walk-stop"))
    answered.add(("sagemaker", "StopTransformJob"))
for kind in ("training-job", "transform-job", "hyper-parameter-tuning-job", "model"):
    found = sm.list_tags(ResourceArn=f"arn:aws:sagemaker:us-east-1:{account}:{kind}/walk")["Tags"]
    same(f"a {kind} has its tags", tag, found)

if ("sagemaker", "CreateEndpoint") in {("sagemaker", o) for o in re.findall(
        r'\{"(\w+)",', open("src/cloud/sagemaker.c", encoding="utf-8").read())}:
    sm.create_endpoint_config(EndpointConfigName="walk", Tags=tag, ProductionVariants=[{
        "VariantName": "all", "ModelName": "walk", "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large"}])
    sm.describe_endpoint_config(EndpointConfigName="walk"), sm.list_endpoint_configs()
    sm.create_endpoint(EndpointName="walk", EndpointConfigName="walk", Tags=tag)
    same("an endpoint serves", True, until(lambda: sm.describe_endpoint(EndpointName="walk")[
        "EndpointStatus"] == "InService", 30))
    client("sagemaker-runtime").invoke_endpoint(
        EndpointName="walk", ContentType="text/csv", Body=b"0.1,0.2,0.3")["Body"].read()
    sm.update_endpoint(EndpointName="walk", EndpointConfigName="walk")
    sm.list_endpoints()
    until(lambda: sm.describe_endpoint(EndpointName="walk")["EndpointStatus"] == "InService", 30)
    sm.update_endpoint_weights_and_capacities(EndpointName="walk", DesiredWeightsAndCapacities=[
        {"VariantName": sm.describe_endpoint(
            EndpointName="walk")["ProductionVariants"][0]["VariantName"], "DesiredWeight": 2.5}])
    sm.delete_endpoint(EndpointName="walk"), sm.delete_endpoint_config(EndpointConfigName="walk")

# ---- notebooks, labelling, pipelines
note = dict(NotebookInstanceName="walk")
sm.create_notebook_instance(InstanceType="ml.t3.medium", RoleArn=arn, Tags=tag, **note)
sm.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="walk")
sm.describe_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="walk")
sm.list_notebook_instance_lifecycle_configs()
sm.delete_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="walk")


def is_now(status):
    return until(lambda: sm.describe_notebook_instance(**note)["NotebookInstanceStatus"] == status)


is_now("InService"), sm.create_presigned_notebook_instance_url(**note), sm.list_notebook_instances()
sm.stop_notebook_instance(**note), is_now("Stopped")
sm.update_notebook_instance(VolumeSizeInGB=9, **note), is_now("Stopped")
sm.start_notebook_instance(**note), is_now("InService"), sm.stop_notebook_instance(**note)
is_now("Stopped"), sm.delete_notebook_instance(**note)
member = [{"OidcMemberDefinition": {"Groups": ["g"]}}]
team = sm.create_workteam(WorkteamName="walk", MemberDefinitions=member, Description="d")["WorkteamArn"]
sm.describe_workteam(WorkteamName="walk"), sm.list_workteams(), sm.list_workforces()
sm.describe_workforce(WorkforceName="default")
s3.put_object(Bucket="walk", Key="labels.json", Body='{"labels":[{"label":"a"},{"label":"b"}]}')
s3.put_object(Bucket="walk", Key="items", Body='{"source":"x"}\n')
LAMBDA = "arn:aws:lambda:us-east-1:432418664414:function:"
sm.create_labeling_job(
    LabelingJobName="walk", LabelAttributeName="is", RoleArn=arn, Tags=tag,
    InputConfig={"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://walk/items"}}},
    OutputConfig={"S3OutputPath": "s3://walk/out/"}, LabelCategoryConfigS3Uri="s3://walk/labels.json",
    HumanTaskConfig={"WorkteamArn": team, "UiConfig": {"UiTemplateS3Uri": "s3://walk/page"},
                     "PreHumanTaskLambdaArn": LAMBDA + "PRE-TextMultiClass", "TaskTitle": "t",
                     "TaskDescription": "d", "NumberOfHumanWorkersPerDataObject": 1,
                     "TaskTimeLimitInSeconds": 60, "AnnotationConsolidationConfig": {
                         "AnnotationConsolidationLambdaArn": LAMBDA + "ACS-TextMultiClass"}})
until(lambda: sm.describe_labeling_job(LabelingJobName="walk")["LabelingJobStatus"] == "InProgress")
sm.list_labeling_jobs(), sm.stop_labeling_job(LabelingJobName="walk")
same("labelling stops", "Stopped", waits("describe_labeling_job", "LabelingJobStatus",
                                         LabelingJobName="walk"))
sm.list_labeling_jobs(), sm.delete_workteam(WorkteamName="walk")
definition = json.dumps({"Version": "2020-12-01", "Steps": [{
    "Name": "T", "Type": "Training", "Arguments": {"AlgorithmSpecification": {
        "TrainingImage": IMAGE, "TrainingInputMode": "File"}, "HyperParameters": {
        "num_round": "100000", "objective": "binary:logistic"}, **job}}]})
sm.create_pipeline(PipelineName="walk", PipelineDefinition=definition, RoleArn=arn, Tags=tag)
sm.update_pipeline(PipelineName="walk", PipelineDisplayName="w"), sm.list_pipelines()
sm.describe_pipeline(PipelineName="walk")
run = dict(PipelineExecutionArn=sm.start_pipeline_execution(PipelineName="walk")["PipelineExecutionArn"])
until(lambda: sm.list_pipeline_execution_steps(**run)["PipelineExecutionSteps"])
sm.describe_pipeline_definition_for_execution(**run), sm.list_pipeline_parameters_for_execution(**run)
sm.stop_pipeline_execution(**run)
until(lambda: sm.describe_pipeline_execution(**run)["PipelineExecutionStatus"] == "Stopped", 30)
sm.list_pipeline_executions(PipelineName="walk"), sm.list_pipeline_execution_steps(**run)
sm.delete_pipeline(PipelineName="walk")
sm.add_tags(ResourceArn=model, Tags=tag), sm.delete_tags(ResourceArn=model, TagKeys=["walk"])
sm.delete_model(ModelName="walk")
for wrong, call, members in (
        ("ValidationException", sm.describe_model, {"ModelName": "nobody"}),
        ("ValidationException", sm.describe_training_job, {"TrainingJobName": "nobody"}),
        ("ResourceNotFound", sm.describe_pipeline, {"PipelineName": "nobody"}),
        ("ResourceInUse", sm.create_training_job, dict(
            job, TrainingJobName="walk", AlgorithmSpecification={
                "TrainingImage": IMAGE, "TrainingInputMode": "File"},
            HyperParameters={"num_round": "1"}))):
    same(f"SageMaker refuses with {wrong}", wrong, code(call, **members))

# ---- logs, quotas, prices, history
group = dict(logGroupName="/walk")
logs.create_log_group(tags={"a": "b"}, **group), logs.put_retention_policy(retentionInDays=7, **group)
logs.create_log_stream(logStreamName="s", **group)
now = int(time.time() * 1000)
logs.put_log_events(logStreamName="s", logEvents=[
    {"timestamp": now, "message": "one <b>"}, {"timestamp": now + 1, "message": "two"}], **group)
logs.describe_log_groups(), logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker")
logs.describe_log_streams(**group), logs.get_log_events(logStreamName="s", **group)
logs.filter_log_events(filterPattern="two", **group)
logs.describe_log_streams(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="walk")
refused("a group that is not there", "ResourceNotFoundException", "log group",
        logs.describe_log_streams, logGroupName="/nobody")
logs.put_retention_policy(retentionInDays=7, **group), logs.delete_retention_policy(**group)
group_arn = dict(resourceArn=f"arn:aws:logs:us-east-1:{account}:log-group:" + group["logGroupName"])
logs.tag_resource(tags={"a": "b"}, **group_arn), logs.list_tags_for_resource(**group_arn)
logs.untag_resource(tagKeys=["a"], **group_arn), logs.tag_log_group(tags={"c": "d"}, **group)
logs.list_tags_log_group(**group), logs.untag_log_group(tags=["c"], **group)
logs.delete_log_stream(logStreamName="s", **group), logs.delete_log_group(**group)
quotas.list_services(), quotas.list_service_quotas(ServiceCode="sagemaker", MaxResults=5)
quotas.list_aws_default_service_quotas(ServiceCode="sagemaker", MaxResults=5)
quota = dict(ServiceCode="sagemaker", QuotaCode="L-611FA074")
quotas.get_service_quota(**quota), quotas.get_aws_default_service_quota(**quota)
request = quotas.request_service_quota_increase(DesiredValue=50, **quota)["RequestedQuota"]["Id"]
quotas.get_requested_service_quota_change(RequestId=request)
quotas.list_requested_service_quota_change_history()
quotas.list_requested_service_quota_change_history_by_quota(**quota)
pricing.describe_services()
pricing.get_products(ServiceCode="AmazonSageMaker", MaxResults=3)
pricing.get_attribute_values(ServiceCode="AmazonS3", AttributeName="location")
trail.lookup_events(MaxResults=5)

# ---- did we come by everything?
TABLES = {"iam": "iam", "sts": "sts", "logs": "logs", "sagemaker": "sagemaker", "s3d": "s3",
          "quota": "service-quotas", "pricing": "pricing", "cloudtrail": "cloudtrail"}
missed = set()
for file, service in TABLES.items():
    with open(f"src/cloud/{file}.c", encoding="utf-8") as f:
        words = set(re.findall(r'"(\w+)"', f.read()))
    missed |= {f"{service} {o}" for o in models(service).operation_names
               if o in words and (service, o) not in answered}
check("every operation was asked for", not missed, sorted(missed))
check("and there are many", len(answered) > 130, len(answered))
same("it ends in order", 0, server.stop())
done()
