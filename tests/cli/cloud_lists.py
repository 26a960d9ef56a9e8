"""Every list of SageMaker by everything that botocore's models let one ask for, tags on everything
that has a name, and boto3's waiters; run by cloud_lists.sh."""
import datetime
import json
import random

from botocore import xform_name

from practice import account, check, client, code, done, models, role, same, until

s3, sm = client("s3"), client("sagemaker")
arn = role("lists")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
s3.create_bucket(Bucket="lists")
dice = random.Random(3)
rows = [[dice.random() for _ in range(3)] for _ in range(100)]
s3.put_object(Bucket="lists", Key="train/x.csv", Body="".join(
    f"{int(r[0] > 0.5)},{r[0]},{r[1]},{r[2]}\n" for r in rows))
s3.put_object(Bucket="lists", Key="score/x.csv", Body="".join(f"{r[0]},{r[1]},{r[2]}\n" for r in rows))
s3.put_object(Bucket="lists", Key="labels.json", Body='{"labels":[{"label":"a"},{"label":"b"}]}')
s3.put_object(Bucket="lists", Key="items", Body='{"source":"x"}\n')
NAMES = ("alpha", "Beta", "gamma-one", "gamma-two")
job = {"RoleArn": arn, "OutputDataConfig": {"S3OutputPath": "s3://lists/out/"},
       "InputDataConfig": [{"ChannelName": name, "ContentType": "text/csv", "DataSource": {
           "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://lists/train/"}}}
           for name in ("train", "validation")],
       "StoppingCondition": {"MaxRuntimeInSeconds": 600}, "ResourceConfig": {
           "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
       "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"}}
settings = {"num_round": "3", "objective": "binary:logistic", "eval_metric": "auc"}
definition = json.dumps({"Version": "2020-12-01", "Parameters": [
    {"Name": "Rounds", "Type": "String", "DefaultValue": "2"}], "Steps": [{
        "Name": n, "Type": "Training", "Arguments": dict(job, HyperParameters=dict(
            settings, num_round={"Get": "Parameters.Rounds"}))} for n in ("One", "Two", "Three")]})
team = sm.create_workteam(WorkteamName="alpha", Description="d", MemberDefinitions=[
    {"OidcMemberDefinition": {"Groups": ["g"]}}])["WorkteamArn"]
LAMBDA = "arn:aws:lambda:us-east-1:432418664414:function:"


def train(name):
    sm.create_training_job(TrainingJobName=name, HyperParameters=dict(settings, **(
        {"num_round": "-1"} if name == "Beta" else {})), **job)  # one of them fails


def transform(name):
    sm.create_transform_job(
        TransformJobName=name, ModelName="alpha", TransformOutput={"S3OutputPath": "s3://lists/s/"},
        TransformInput={"ContentType": "text/csv", "SplitType": "Line", "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://lists/" + (
                "none/" if name == "Beta" else "score/")}}},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1})


def tune(name):
    sm.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, HyperParameterTuningJobConfig={
            "Strategy": "Random", "ResourceLimits": {
                "MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ParameterRanges": {"ContinuousParameterRanges": [
                {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}]}},
        TrainingJobDefinition={"StaticHyperParameters": settings, **job})


def label(name):
    sm.create_labeling_job(
        LabelingJobName=name, LabelAttributeName="is", RoleArn=arn,
        InputConfig={"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://lists/items"}}},
        OutputConfig={"S3OutputPath": "s3://lists/out/"},
        LabelCategoryConfigS3Uri="s3://lists/labels.json", HumanTaskConfig={
            "WorkteamArn": team, "UiConfig": {"UiTemplateS3Uri": "s3://lists/page"},
            "PreHumanTaskLambdaArn": LAMBDA + "PRE-TextMultiClass", "TaskTitle": "t",
            "TaskDescription": "d", "NumberOfHumanWorkersPerDataObject": 1,
            "TaskTimeLimitInSeconds": 60, "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": LAMBDA + "ACS-TextMultiClass"}})


for name in NAMES:
    train(name)
until(lambda: not sm.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"])
data = sm.describe_training_job(TrainingJobName="alpha")["ModelArtifacts"]["S3ModelArtifacts"]
for name in NAMES:
    sm.create_model(ModelName=name, ExecutionRoleArn=arn, PrimaryContainer={
        "Image": IMAGE, "ModelDataUrl": data})
    sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[{
        "VariantName": "all", "ModelName": name, "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large"}])
    transform(name)
    sm.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name)
    sm.create_pipeline(PipelineName=name, PipelineDefinition=definition, RoleArn=arn)
    if name != "alpha":
        sm.create_workteam(WorkteamName=name, Description="d", MemberDefinitions=[
            {"OidcMemberDefinition": {"Groups": ["g"]}}])
for name in NAMES[:2]:
    tune(name), label(name)
    sm.create_notebook_instance(NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=arn)
sm.create_notebook_instance(
    NotebookInstanceName="coded", InstanceType="ml.t3.medium", RoleArn=arn, LifecycleConfigName="alpha",
    DefaultCodeRepository="https://example.org/one.git",
    AdditionalCodeRepositories=["https://example.org/two.git"])
for name in NAMES[:2]:
    sm.create_endpoint(EndpointName=name, EndpointConfigName=name)

# ---- boto3's waiters, with less patience than AWS needs ---------------------------------------
FAST = {"Delay": 1, "MaxAttempts": 200}
for waiter, members in (("endpoint_in_service", {"EndpointName": "alpha"}),
                        ("notebook_instance_in_service", {"NotebookInstanceName": "alpha"}),
                        ("training_job_completed_or_stopped", {"TrainingJobName": "alpha"}),
                        ("transform_job_completed_or_stopped", {"TransformJobName": "alpha"})):
    sm.get_waiter(waiter).wait(WaiterConfig=FAST, **members)
    check(f"the waiter {waiter} returns", True)
for waiter, members in (("training_job_completed_or_stopped", {"TrainingJobName": "Beta"}),
                        ("transform_job_completed_or_stopped", {"TransformJobName": "Beta"})):
    try:
        sm.get_waiter(waiter).wait(WaiterConfig=FAST, **members)
        check(f"the waiter {waiter} sees a failure", False)
    except Exception as e:
        check(f"the waiter {waiter} sees a failure", "terminal failure" in str(e), e)


def all_are(what, wanted, ask):
    until(lambda: set(ask()) == {wanted})
    same(what, {wanted}, set(ask()))


all_are("settings are found", "Completed", lambda: [
    sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=n)[
        "HyperParameterTuningJobStatus"] for n in NAMES[:2]])
runs = [sm.start_pipeline_execution(PipelineName="alpha", PipelineParameters=[
    {"Name": "Rounds", "Value": str(i + 1)}])["PipelineExecutionArn"] for i in range(2)]
all_are("pipelines run", "Succeeded", lambda: [
    sm.describe_pipeline_execution(PipelineExecutionArn=r)["PipelineExecutionStatus"] for r in runs])
all_are("notebooks are there", "InService", lambda: [
    i["NotebookInstanceStatus"] for i in sm.list_notebook_instances()["NotebookInstances"]])
all_are("endpoints serve", "InService", lambda: [
    i["EndpointStatus"] for i in sm.list_endpoints()["Endpoints"]])

# ---- lists -------------------------------------------------------------------------------------
FAR = datetime.datetime(2099, 1, 1)
LONG_AGO = datetime.datetime(2001, 1, 1)


class Listing:
    def __init__(self, operation, items, name, **fixed):
        self.operation, self.items, self.name, self.fixed = operation, items, name, fixed
        self.members = models("sagemaker").operation_model(operation).input_shape.members

    def ask(self, size=100, **members):
        """All pages."""
        found, token = [], None
        while True:
            page = getattr(sm, xform_name(self.operation))(
                MaxResults=size, **self.fixed, **members, **({"NextToken": token} if token else {}))
            found += page[self.items]
            token = page.get("NextToken")
            if not token:
                return found

    def names(self, **members):
        return [i[self.name] for i in self.ask(**members)]

    def stamp(self, item, kind):
        """The item's own member of that kind (CreationTime, Status, Name)."""
        if kind in ("Name", "PipelineExecutionArn"):
            return item[self.name]
        at = next((m for m in item if m.endswith(kind)), None) or next(
            (m for m in item if kind in ("CreationTime", "CreateDate") and m in (
                "CreateDate", "StartTime")), None)
        return item.get(at) if at else None

    def sorts(self, every):
        for by in self.members["SortBy"].enum:
            for order in ("Ascending", "Descending"):
                found = self.ask(SortBy=by, SortOrder=order)
                stamps = [self.stamp(i, by) for i in found]
                wanted = sorted(stamps, reverse=order == "Descending") if None not in stamps else stamps
                yield f"{by} {order}", stamps == wanted and {i[self.name] for i in found} == every
                yield f"{by} {order} in pages of one", self.names(
                    SortBy=by, SortOrder=order, size=1) == [i[self.name] for i in found]

    def times(self, every):
        for member in self.members:
            if member.endswith(("TimeAfter", "edAfter")):
                yield member, set(self.names(**{member: LONG_AGO})) == every
                yield f"{member} later", self.names(**{member: FAR}) == []
            elif member.endswith(("TimeBefore", "edBefore")):
                yield member, self.names(**{member: LONG_AGO}) == []
                yield f"{member} later", set(self.names(**{member: FAR})) == every

    def words(self, every):
        for member in [m for m in self.members if m.endswith(("NameContains", "NamePrefix"))
                       and not m.startswith(("DefaultCode", "NotebookInstanceLifecycle"))]:
            part = "gam" if member.endswith("NamePrefix") else "amma"
            yield member, set(self.names(**{member: part})) == {n for n in every if part in n}
        if "StatusEquals" in self.members:
            key = next((m for m in self.ask()[0] if m.endswith("Status")), None)
            for word in self.members["StatusEquals"].enum:
                yield f"StatusEquals {word}", {i[self.name] for i in self.ask(
                    StatusEquals=word)} == {i[self.name] for i in self.ask() if i[key] == word}

    def check(self):
        every = set(self.names())
        wrong = []
        for part in (self.sorts, self.times, self.words):
            if part == self.sorts and "SortBy" not in self.members:
                continue
            wrong += [what for what, good in part(every) if not good]
        check(f"{self.operation} by everything that it takes", len(every) > 1 and not wrong,
              f"{len(every)} of them\n" + "\n".join(wrong))


for listing in (
        Listing("ListTrainingJobs", "TrainingJobSummaries", "TrainingJobName"),
        Listing("ListTransformJobs", "TransformJobSummaries", "TransformJobName"),
        Listing("ListHyperParameterTuningJobs", "HyperParameterTuningJobSummaries",
                "HyperParameterTuningJobName"),
        Listing("ListTrainingJobsForHyperParameterTuningJob", "TrainingJobSummaries",
                "TrainingJobName", HyperParameterTuningJobName="alpha"),
        Listing("ListModels", "Models", "ModelName"),
        Listing("ListEndpointConfigs", "EndpointConfigs", "EndpointConfigName"),
        Listing("ListEndpoints", "Endpoints", "EndpointName"),
        Listing("ListNotebookInstances", "NotebookInstances", "NotebookInstanceName"),
        Listing("ListNotebookInstanceLifecycleConfigs", "NotebookInstanceLifecycleConfigs",
                "NotebookInstanceLifecycleConfigName"),
        Listing("ListLabelingJobs", "LabelingJobSummaryList", "LabelingJobName"),
        Listing("ListWorkteams", "Workteams", "WorkteamName"),
        Listing("ListPipelines", "PipelineSummaries", "PipelineName"),
        Listing("ListPipelineExecutions", "PipelineExecutionSummaries", "PipelineExecutionArn",
                PipelineName="alpha")):
    listing.check()
steps = [s["StepName"] for p in sm.get_paginator("list_pipeline_execution_steps").paginate(
    PipelineExecutionArn=runs[0], SortOrder="Ascending", PaginationConfig={"PageSize": 1})
    for s in p["PipelineExecutionSteps"]]
same("steps come in pages", {"One", "Two", "Three"}, set(steps))
same("each once", 3, len(steps))
same("parameters as well", [{"Name": "Rounds", "Value": "1"}], [
    v for p in sm.get_paginator("list_pipeline_parameters_for_execution").paginate(
        PipelineExecutionArn=runs[0]) for v in p["PipelineParameters"]])
for member, value, wanted in (("NotebookInstanceLifecycleConfigNameContains", "alph", ["coded"]),
                              ("NotebookInstanceLifecycleConfigNameContains", "none", []),
                              ("DefaultCodeRepositoryContains", "one", ["coded"]),
                              ("DefaultCodeRepositoryContains", "none", []),
                              ("AdditionalCodeRepositoryEquals", "https://example.org/two.git",
                               ["coded"]), ("AdditionalCodeRepositoryEquals", "https://x/y", [])):
    same(f"notebooks by {member}", wanted, [n["NotebookInstanceName"] for n in
         sm.list_notebook_instances(**{member: value})["NotebookInstances"]])

# ---- tags on everything that has a name --------------------------------------------------------------
for kind in ("model", "endpoint-config", "endpoint", "training-job", "transform-job",
             "hyper-parameter-tuning-job", "notebook-instance", "labeling-job", "pipeline",
             "workteam/private-crowd", "notebook-instance-lifecycle-config"):
    it = f"arn:aws:sagemaker:us-east-1:{account}:{kind}/alpha"
    sm.add_tags(ResourceArn=it, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sm.delete_tags(ResourceArn=it, TagKeys=["a"])
    same(f"a {kind} takes tags", [{"Key": "b", "Value": "2"}], [
        t for p in sm.get_paginator("list_tags").paginate(ResourceArn=it) for t in p["Tags"]])
    same("and one that is not there does not", "ResourceNotFound", code(
        sm.list_tags, ResourceArn=it.replace("alpha", "nobody")))

# ---- the waiters of the end -------------------------------------------------------------------------------
sm.delete_endpoint(EndpointName="alpha")
sm.get_waiter("endpoint_deleted").wait(EndpointName="alpha", WaiterConfig=FAST)
sm.stop_notebook_instance(NotebookInstanceName="alpha")
sm.get_waiter("notebook_instance_stopped").wait(NotebookInstanceName="alpha", WaiterConfig=FAST)
sm.delete_notebook_instance(NotebookInstanceName="alpha")
sm.get_waiter("notebook_instance_deleted").wait(NotebookInstanceName="alpha", WaiterConfig=FAST)
iam = client("iam")
iam.get_waiter("role_exists").wait(RoleName="lists", WaiterConfig=FAST)
iam.get_waiter("user_exists").wait(UserName="learner", WaiterConfig=FAST)
iam.get_waiter("policy_exists").wait(PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
                                     WaiterConfig=FAST)
s3.get_waiter("bucket_exists").wait(Bucket="lists", WaiterConfig=FAST)
s3.get_waiter("object_exists").wait(Bucket="lists", Key="items", WaiterConfig=FAST)
s3.get_waiter("object_not_exists").wait(Bucket="lists", Key="none", WaiterConfig=FAST)
s3.get_waiter("bucket_not_exists").wait(Bucket="lists-no", WaiterConfig=FAST)
check("so do those of ends, of IAM and of S3", True)
done()
