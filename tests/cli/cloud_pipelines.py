"""Pipelines; run by cloud_pipelines.sh."""
import json
import random
import time

import practice_server as server
port = server.start()
from practice import account, check, client, done, refused, role, same, until  # noqa: E402

sm, s3 = client("sagemaker"), client("s3")
s3.create_bucket(Bucket="pipes")
arn = role("pipeline")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
dice = random.Random(7)
for part, rows in (("train", 400), ("validation", 200)):
    lines = []
    for _ in range(rows):
        x = [dice.random() for _ in range(3)]
        lines.append(",".join(map(str, [int(x[0] + x[1] > 1)] + x)))
    s3.put_object(Bucket="pipes", Key=f"data/{part}/part.csv", Body="\n".join(lines) + "\n")
s3.put_object(Bucket="pipes", Key="report.json", Body=json.dumps({"metrics": {"auc": [0.5, 0.9]}}))


def get(what):
    return {"Get": what}


def channel(name):
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": {
        "S3DataType": "S3Prefix", "S3DataDistributionType": "FullyReplicated",
        "S3Uri": {"Std:Join": {"On": "/", "Values": [get("Parameters.Data"), name, ""]}}}}}


def training(name, **more):
    return {"Name": name, "Type": "Training", "Arguments": dict({
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": arn, "InputDataConfig": [channel("train"), channel("validation")],
        "OutputDataConfig": {"S3OutputPath": "s3://pipes/out/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": {"objective": "binary:logistic", "eval_metric": "auc",
                            "num_round": get("Parameters.Rounds")}}, **more)}


model = {"Name": "Keep", "Type": "Model", "DependsOn": ["Train"], "Arguments": {
    "ExecutionRoleArn": arn, "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": get(
        "Steps.Train.ModelArtifacts.S3ModelArtifacts")}}}
AUC = get("Steps.Train.FinalMetricDataList['validation:auc'].Value")


def condition(name, left, kind, right, yes=(), no=(), **more):
    return dict({"Name": name, "Type": "Condition", "Arguments": {
        "Conditions": [{"Type": kind, "LeftValue": left, "RightValue": right}],
        "IfSteps": list(yes), "ElseSteps": list(no)}}, **more)


def fail(name, message):
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def definition(*steps):
    return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 20},
        {"Name": "AtLeast", "Type": "Float", "DefaultValue": 0.8},
        {"Name": "Data", "Type": "String", "DefaultValue": "s3://pipes/data"},
        {"Name": "Mode", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]}],
        "Steps": list(steps)})


def make(name, *steps, **more):
    return sm.create_pipeline(PipelineName=name, PipelineDefinition=definition(*steps),
                              RoleArn=arn, **more)["PipelineArn"]


def start(name, **parameters):
    return sm.start_pipeline_execution(PipelineName=name, PipelineParameters=[
        {"Name": k, "Value": v} for k, v in parameters.items()])["PipelineExecutionArn"]


def told(execution):
    return sm.describe_pipeline_execution(PipelineExecutionArn=execution)


def steps(execution):
    return {s["StepName"]: s for p in sm.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=execution, PaginationConfig={"PageSize": 2})
        for s in p["PipelineExecutionSteps"]}


def ends(execution, status):
    good = until(lambda: told(execution)["PipelineExecutionStatus"] not in (
        "Executing", "Stopping"), 60)
    found = told(execution)
    return check(f"{execution.split('/')[-3]} ends as {status}",
                 good and found["PipelineExecutionStatus"] == status, (found, steps(execution)))


# ---- train, judge, keep
whole = make("whole", training("Train"), condition(
    "Good", AUC, "GreaterThanOrEqualTo", get("Parameters.AtLeast"), yes=[model],
    no=[fail("Bad", {"Std:Join": {"On": "", "Values": ["auc ", AUC, " is below ", get(
        "Parameters.AtLeast")]}})]), PipelineDescription="all of it",
    Tags=[{"Key": "owner", "Value": "ada"}])
same("a pipeline has an ARN", f"arn:aws:sagemaker:us-east-1:{account}:pipeline/whole", whole)
first = start("whole")
ends(first, "Succeeded")
found = steps(first)
same("these steps ran", {"Train", "Good", "Keep"}, set(found))
check("each began after what it needs", found["Train"]["EndTime"] <= found["Good"]["StartTime"]
      and found["Good"]["EndTime"] <= found["Keep"]["StartTime"])
job = found["Train"]["Metadata"]["TrainingJob"]["Arn"].split("/")[1]
about = sm.describe_training_job(TrainingJobName=job)
same("a training job like any other, with the parameter as text", ("Completed", "20"),
     (about["TrainingJobStatus"], about["HyperParameters"]["num_round"]))
same("the condition held", "True", found["Good"]["Metadata"]["Condition"]["Outcome"])
kept = sm.describe_model(ModelName=found["Keep"]["Metadata"]["Model"]["Arn"].split("/")[1])
same("the model is of the job's artefact", about["ModelArtifacts"]["S3ModelArtifacts"],
     kept["PrimaryContainer"]["ModelDataUrl"])
second = start("whole", AtLeast="0.99999", Rounds="2")
ends(second, "Failed")
found = steps(second)
same("now the other branch ran", {"Train", "Good", "Bad"}, set(found))
check("and says why in the steps' own words",
      found["Bad"]["FailureReason"].startswith("auc 0.") and found["Bad"][
          "FailureReason"].endswith(" is below 0.99999"), found["Bad"])
same("the execution says", "Step failure: One or multiple steps failed.",
     told(second)["FailureReason"])
same("its parameters", {"AtLeast": "0.99999", "Rounds": "2"}, {
    p["Name"]: p["Value"] for p in sm.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=second)["PipelineParameters"]})
listed = sm.list_pipeline_executions(PipelineName="whole")["PipelineExecutionSummaries"]
same("executions, newest first", [second, first], [e["PipelineExecutionArn"] for e in listed])
same("the same token starts it once", *(sm.start_pipeline_execution(
    PipelineName=whole, ClientRequestToken="t" * 32)["PipelineExecutionArn"] for _ in "ab"))

# ---- search, keep the best, score with it
s3.put_object(Bucket="pipes", Key="score/a.csv", Body="0.9,0.9,0.1\n0.1,0.1,0.5\n")
search = {"Name": "Search", "Type": "Tuning", "Arguments": {
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random", "ResourceLimits": {"MaxNumberOfTrainingJobs": 2,
                                                 "MaxParallelTrainingJobs": 2},
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
        "ParameterRanges": {"ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}]}},
    "TrainingJobDefinition": dict({k: v for k, v in training("x")["Arguments"].items()
                                   if k != "HyperParameters"}, StaticHyperParameters={
        "objective": "binary:logistic", "eval_metric": "auc", "num_round": "5"})}}
best = {"Name": "Keep", "Type": "Model", "Arguments": {
    "ExecutionRoleArn": arn, "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": {
        "Std:Join": {"On": "/", "Values": ["s3://pipes/out", get(
            "Steps.Search.BestTrainingJob.TrainingJobName"), "output/model.tar.gz"]}}}}}
score = {"Name": "Score", "Type": "Transform", "Arguments": {
    "ModelName": get("Steps.Keep.ModelName"), "TransformOutput": {
        "S3OutputPath": "s3://pipes/scored/", "AssembleWith": "Line"},
    "TransformInput": {"ContentType": "text/csv", "SplitType": "Line", "DataSource": {
        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://pipes/score/"}}},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}}
make("search", search, best, score)
best_of = start("search")
ends(best_of, "Succeeded")
scores = [float(x) for x in s3.get_object(Bucket="pipes", Key="scored/a.csv.out")[
    "Body"].read().split()]
check("rows are scored with the best model that was found", scores[0] > 0.5 > scores[1], scores)
same("each step says what it made", {"TuningJob", "Model", "TransformJob"}, {
    next(iter(s["Metadata"])) for s in steps(best_of).values()})

# ---- side by side, in order, by conditions of all kinds
three = [training(f"T{i}") for i in range(3)]
three[2]["DependsOn"] = ["T0", "T1"]
make("many", *three, condition("In", "x", "Equals", "x", yes=[condition(
    "Inner", {"Std:JsonGet": {"S3Uri": "s3://pipes/report.json", "Path": "metrics.auc[1]"}},
    "LessThan", "0.95", no=[fail("Never", "never")])], DependsOn=["T2"]))
parallel = start("many")
ends(parallel, "Succeeded")
found = steps(parallel)
same("all but the branch not taken", {"T0", "T1", "T2", "In", "Inner"}, set(found))
check("what needs nothing began at once", abs((
    found["T0"]["StartTime"] - found["T1"]["StartTime"]).total_seconds()) < 5
    and found["T0"]["StartTime"] < found["T1"]["EndTime"])
check("what needs both began after both", found["T2"]["StartTime"] >= max(
    found["T0"]["EndTime"], found["T1"]["EndTime"]))
logic = [{"Type": "Not", "Expression": {"Type": "Equals", "LeftValue": 1, "RightValue": 2}},
         {"Type": "In", "QueryValue": get("Parameters.Mode"), "Values": ["b", "a"]},
         {"Type": "Or", "Conditions": [{"Type": "LessThanOrEqualTo", "LeftValue": 3,
                                        "RightValue": 2},
                                       {"Type": "GreaterThan", "LeftValue": get("Parameters.Rounds"),
                                        "RightValue": "9"}]}]
make("logic", {"Name": "C", "Type": "Condition", "Arguments": {
    "Conditions": logic, "IfSteps": [], "ElseSteps": [fail("F", "no")]}})
ends(start("logic"), "Succeeded")
ends(start("logic", Rounds="9"), "Failed")

# ---- killed in the middle
killed = start("many", Rounds="300")
until(lambda: steps(killed))
server.kill()
server.start(port)
ends(killed, "Succeeded")
same("its steps ran once each", 3, len([j for j in sm.list_training_jobs(
    MaxResults=100)["TrainingJobSummaries"] if killed.split("/")[-1] in j["TrainingJobName"]]))

# ---- what goes wrong
make("refused", training("Train", RoleArn=arn + "x"), training("Other"))
bad = start("refused")
ends(bad, "Failed")
check("a refused step has AWS's words and the service's", steps(bad)["Train"][
    "FailureReason"].startswith("ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error "
                                "Details: "), steps(bad)["Train"])
make("empty", training("Train", InputDataConfig=[dict(channel("train"), DataSource={
    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://pipes/none/",
                     "S3DataDistributionType": "FullyReplicated"}})]), model)
bad = start("empty")
ends(bad, "Failed")
same("what needs a failed step never starts", {"Train"}, set(steps(bad)))
make("slow", training("Train", HyperParameters={
    "num_round": "100000", "objective": "binary:logistic", "eval_metric": "auc"}))
slow = start("slow")
until(lambda: steps(slow).get("Train", {}).get("StepStatus") == "Executing")
refused("a pipeline that runs is not deleted", "ConflictException", "stop it first",
        sm.delete_pipeline, PipelineName="slow")
began = time.monotonic()
sm.stop_pipeline_execution(PipelineExecutionArn=slow)
ends(slow, "Stopped")
check("soon", time.monotonic() - began < 20)
same("and so does its job", ("Stopped", "Stopped"), (
    steps(slow)["Train"]["StepStatus"], sm.describe_training_job(TrainingJobName=steps(slow)[
        "Train"]["Metadata"]["TrainingJob"]["Arn"].split("/")[1])["TrainingJobStatus"]))
refused("it is stopped once", "ConflictException", "Stopped", sm.stop_pipeline_execution,
        PipelineExecutionArn=slow)
client("iam").put_role_policy(RoleName="pipeline", PolicyName="no", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action":
                                            "sagemaker:CreateTrainingJob", "Resource": "*"}]}))
bad = start("whole")
ends(bad, "Failed")
check("the pipeline's role must be allowed what its steps do",
      "AccessDeniedException" in steps(bad)["Train"]["FailureReason"], steps(bad))
client("iam").delete_role_policy(RoleName="pipeline", PolicyName="no")

# ---- definitions that are wrong say where
wrong = {
    "Unable to parse pipeline definition: line 1": "{",
    "the Version is": "{}",
    "no Steps": '{"Version":"2020-12-01"}',
    "two steps named Train": definition(training("Train"), training("Train")),
    "'Cook'": definition({"Name": "x", "Type": "Cook", "Arguments": {}}),
    "a step 'Nobody' that is not there": definition(dict(training("T"), DependsOn=["Nobody"])),
    "a parameter 'Nothing'": definition(training("T", RoleArn=get("Parameters.Nothing"))),
    "in a circle": definition(dict(training("A"), DependsOn=["B"]),
                              dict(training("B"), DependsOn=["A"])),
    "has no Conditions": definition({"Name": "C", "Type": "Condition", "Arguments": {}}),
}
for part, text in wrong.items():
    refused(f"a definition: {part}", "ValidationException", part, sm.create_pipeline,
            PipelineName="wrong", PipelineDefinition=text, RoleArn=arn, ClientRequestToken="t" * 32)
refused("a name is taken once", "ValidationException", "already exists",
        lambda: make("whole", training("T")))
refused("a parameter that is not there", "ValidationException", "no parameter 'Speed'",
        lambda: start("whole", Speed="1"))
refused("a parameter of another type", "ValidationException", "not of type Integer",
        lambda: start("whole", Rounds="many"))
refused("a word that is not allowed", "ValidationException", "EnumValues",
        lambda: start("whole", Mode="c"))
refused("no such pipeline", "ResourceNotFound", "does not exist", sm.describe_pipeline,
        PipelineName="nobody")
refused("no such execution", "ResourceNotFound", "does not exist", told,
        execution=whole + "/execution/abcdefghijkl")

# ---- changing, listing, deleting
sm.update_pipeline(PipelineName="whole", PipelineDescription="less")
about = sm.describe_pipeline(PipelineName="whole")
same("changed, and the rest as it was", ("less", "Active", arn), (
    about["PipelineDescription"], about["PipelineStatus"], about["RoleArn"]))
same("it keeps its definition", "Train", json.loads(about["PipelineDefinition"])["Steps"][0]["Name"])
same("tags of a pipeline", [{"Key": "owner", "Value": "ada"}],
     sm.list_tags(ResourceArn=whole)["Tags"])
same("pipelines by the beginning of their names", ["slow"], [
    p["PipelineName"] for p in sm.list_pipelines(PipelineNamePrefix="sl")["PipelineSummaries"]])
sm.delete_pipeline(PipelineName="many")
refused("a deleted pipeline is gone", "ResourceNotFound", "many", sm.describe_pipeline,
        PipelineName="many")
refused("with its executions", "ResourceNotFound", "does not exist", told, execution=parallel)
same("another region has none", [], client("sagemaker", "eu-west-1").list_pipelines()[
    "PipelineSummaries"])
same("it ends in order", 0, server.stop())
done()
