"""Labelling jobs; run by cloud_labeling.sh."""
import csv
import json
import urllib.request

import practice_server as server
port = server.start()
from practice import (check, client, done, refused, role, same, until, where)  # noqa: E402

from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

sm, s3 = client("sagemaker"), client("s3")
s3.create_bucket(Bucket="labels")
arn = role("label")
LAMBDA = "arn:aws:lambda:us-east-1:432418664414:function:"
team = sm.list_workteams()["Workteams"][0]["WorkteamArn"]


def practice(operation, **members):
    """An operation that AWS does not have, signed as the others."""
    request = AWSRequest("POST", where["endpoint"] + "/", data=json.dumps(members), headers={
        "X-Amz-Target": "SageMaker." + operation, "Content-Type": "application/x-amz-json-1.1"})
    SigV4Auth(Credentials(where["access_key_id"], where["secret_access_key"]), "sagemaker",
              "us-east-1").add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(
                request.url, request.data.encode() if isinstance(request.data, str) else
                request.data, dict(request.headers.items()))) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as e:
        return json.load(e)


def categories(*labels):
    s3.put_object(Bucket="labels", Key="categories.json", Body=json.dumps({
        "document-version": "2018-11-28", "labels": [{"label": label} for label in labels]}))


def job(name, lines, auto=False, **more):
    s3.put_object(Bucket="labels", Key=name + ".manifest",
                  Body="".join(json.dumps(line) + "\n" for line in lines))
    task = {"WorkteamArn": team, "UiConfig": {"UiTemplateS3Uri": "s3://labels/page.html"},
            "PreHumanTaskLambdaArn": LAMBDA + "PRE-TextMultiClass", "TaskTitle": "Which one?",
            "TaskDescription": "Choose the species.", "TaskTimeLimitInSeconds": 300,
            "NumberOfHumanWorkersPerDataObject": 1, "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": LAMBDA + "ACS-TextMultiClass"},
            **more.pop("task", {})}
    members = {"LabelingJobName": name, "LabelAttributeName": "species", "RoleArn": arn,
               "InputConfig": {"DataSource": {"S3DataSource": {
                   "ManifestS3Uri": f"s3://labels/{name}.manifest"}}},
               "OutputConfig": {"S3OutputPath": "s3://labels/out/"},
               "LabelCategoryConfigS3Uri": "s3://labels/categories.json",
               "HumanTaskConfig": task, **more}
    if auto:
        members["LabelingJobAlgorithmsConfig"] = {"LabelingJobAlgorithmSpecificationArn":
            "arn:aws:sagemaker:us-east-1:027400017018:labeling-job-algorithm-specification/"
            "text-classification"}
    return sm.create_labeling_job(**members)


def told(name):
    return sm.describe_labeling_job(LabelingJobName=name)


def turns(name, status):
    return check(f"{name} is {status}", until(
        lambda: told(name)["LabelingJobStatus"] == status, 60), told(name))


def manifest(name):
    body = s3.get_object(Bucket="labels", Key=f"out/{name}/manifests/output/output.manifest")
    return [json.loads(line) for line in body["Body"].read().splitlines()]


with open("lessons/data/penguins.csv", encoding="utf-8") as f:
    penguins = [r for r in csv.DictReader(f) if r["beak_length_mm"]]

# ---- people alone, each item twice
categories("short", "long")
texts = ["a beak of 35.1 mm", "a beak of 48 mm", "a beak of <b>50</b> mm \u00fc"]
job("twice", [{"source": t} for t in texts] + [{"source": "known", "species": 0}],
    task={"NumberOfHumanWorkersPerDataObject": 2}, Tags=[{"Key": "owner", "Value": "ada"}])
turns("twice", "InProgress")
tasks = practice("PracticeNextTasks", LabelingJobName="twice", Worker="ada")
same("the tasks are what the manifest has and nobody has labelled", sorted(texts),
     sorted(json.loads(t["Item"])["source"] for t in tasks["Tasks"]))
same("and so are labels and instructions", (["short", "long"], "Which one?"),
     (tasks["Labels"], tasks["TaskTitle"]))
for worker, says in (("ada", ["short", "long", "long"]), ("bob", ["short", "long", "short"])):
    for n, label in enumerate(says):
        practice("PracticeSubmitAnswer", LabelingJobName="twice", TaskId=n, Label=label,
                 Worker=worker, SecondsSpent=1.5)
    if worker == "ada":
        same("ada has no more tasks", [], practice("PracticeNextTasks", LabelingJobName="twice",
                                                   Worker="ada")["Tasks"])
        same("one answer of two labels nothing", 0, told("twice")["LabelCounters"]["HumanLabeled"])
        same("a label is one of the job's", "ValidationException", practice(
            "PracticeSubmitAnswer", LabelingJobName="twice", TaskId=0, Label="?")["__type"])
turns("twice", "Completed")
lines = manifest("twice")
same("the labels, and the label that was there", [0, 1, 1, 0], [m["species"] for m in lines])
same("the input stands as it was", texts + ["known"], [m["source"] for m in lines])
about = lines[0]["species-metadata"]
same("metadata as Ground Truth's", ("short", "yes", "labeling-job/twice",
     "groundtruth/text-classification", 1), tuple(about[k] for k in (
         "class-name", "human-annotated", "job-name", "type", "confidence")))
same("half of the votes", 0.5, lines[2]["species-metadata"]["confidence"])
keys = [o["Key"] for o in s3.list_objects_v2(Bucket="labels", Prefix="out/twice/")["Contents"]]
responses = [k for k in keys if "/worker-response/iteration-1/" in k]
same("an answer file for each item", 3, len(responses))
answers = json.loads(s3.get_object(Bucket="labels", Key=responses[2])["Body"].read())["answers"]
same("with who answered what", [("ada", "long"), ("bob", "short")], [
    (a["workerId"], a["answerContent"]["crowd-classifier"]["label"]) for a in answers])
same("its tags", "ada", told("twice")["Tags"][0]["Value"])
refused("a name is taken for ever", "ResourceInUse", "unique", lambda: job("twice", []))

# ---- a model does the easy ones
categories("Adelie", "Chinstrap", "Gentoo")
measures = ("beak_length_mm", "beak_depth_mm", "flipper_length_mm", "body_mass_g")
rows = [{"source": f"penguin {i}", **{m: float(p[m]) for m in measures if p[m]}}
        for i, p in enumerate(penguins)]
truth = [p["species"] for p in penguins]
job("birds", rows, auto=True, Tags=[{"Key": "threshold", "Value": "0.97"}])
turns("birds", "InProgress")
answered, guesses = 0, []
while told("birds")["LabelingJobStatus"] == "InProgress" and answered < 300:
    if answered == 20:  # in the middle, the cloud dies
        server.kill()
        server.start(port)
    for task in practice("PracticeNextTasks", LabelingJobName="birds", MaxResults=10)["Tasks"]:
        if "Guess" in task:
            guesses.append(task["Confidence"])
        answer = practice("PracticeSubmitAnswer", LabelingJobName="birds", TaskId=task["TaskId"],
                          Label=truth[task["TaskId"]])
        answered += "LabelCounters" in answer
    until(lambda: answered < 68 or (guessed := practice(
        "PracticeNextTasks", LabelingJobName="birds")) and (
            guessed["LabelingJobStatus"] != "InProgress" or "Guess" in str(guessed["Tasks"])), 2)
turns("birds", "Completed")
count = told("birds")["LabelCounters"]
same("everything has a label", (len(rows), 0), (count["TotalLabeled"], count["Unlabeled"]))
check("the model has done most of the work", count["MachineLabeled"] > 200, count)
check("people saw what the model was not sure of", guesses and max(guesses) < 0.97, guesses)
lines = manifest("birds")
names = [m["species-metadata"]["class-name"] for m in lines]
by_machine = [i for i, m in enumerate(lines) if m["species-metadata"]["human-annotated"] == "no"]
right = sum(names[i] == truth[i] for i in by_machine) / len(by_machine)
check("and nearly all of it is right", right > 0.95, right)
check("above the threshold", all(
    lines[i]["species-metadata"]["confidence"] >= 0.96 for i in by_machine))
check("each in its line", all(m["source"] == r["source"] for m, r in zip(lines, rows)))
page = practice("PracticeListLabels", LabelingJobName="birds", MaxResults=1000)
check("guesses can be held against labels", sum(
    1 for r in page["Labels"] if r["Guess"] == r["Label"] and r["Method"] == "machine")
    == len(by_machine))
check("the model and its predictions are kept", {
    "out/birds/training/xgboost-model", "out/birds/inference/predictions.jsonl"} <= {
    o["Key"] for o in s3.list_objects_v2(Bucket="labels", Prefix="out/birds/")["Contents"]
    + s3.list_objects_v2(Bucket="labels", Prefix="out/birds/t")["Contents"]
    + s3.list_objects_v2(Bucket="labels", Prefix="out/birds/i")["Contents"]})

# ---- words; a threshold that moves; stopping
categories("good", "bad")
words = [("wonderful, lovely %d", "good"), ("terrible and broken %d", "bad")]
job("reviews", [{"source": words[i % 2][0] % i} for i in range(60)], auto=True,
    Tags=[{"Key": "threshold", "Value": "2"}])
turns("reviews", "InProgress")
for task in practice("PracticeNextTasks", LabelingJobName="reviews", MaxResults=14)["Tasks"]:
    practice("PracticeSubmitAnswer", LabelingJobName="reviews", TaskId=task["TaskId"],
             Label=words[task["TaskId"] % 2][1])
check("with no threshold the model only guesses", until(lambda: any(
    "Guess" in t for t in practice("PracticeNextTasks", LabelingJobName="reviews")["Tasks"]))
    and told("reviews")["LabelCounters"]["MachineLabeled"] == 0)
practice("PracticeSetThreshold", LabelingJobName="reviews", Threshold=0.8)
turns("reviews", "Completed")
same("words are enough", [words[i % 2][1] for i in range(60)],
     [m["species-metadata"]["class-name"] for m in manifest("reviews")])

job("stopped", [{"source": t} for t in texts])
turns("stopped", "InProgress")
practice("PracticeSubmitAnswer", LabelingJobName="stopped", TaskId=1, Label="good")
sm.stop_labeling_job(LabelingJobName="stopped")
turns("stopped", "Stopped")
same("what was labelled is in the manifest", [False, True, False],
     ["species" in m for m in manifest("stopped")])
refused("it cannot be stopped twice", "ValidationException", "Stopped", sm.stop_labeling_job,
        LabelingJobName="stopped")
job("halted", [{"source": t} for t in texts])
sm.stop_labeling_job(LabelingJobName="halted")
turns("halted", "Stopped")
job("enough", [{"source": t} for t in texts], StoppingConditions={"MaxHumanLabeledObjectCount": 1})
turns("enough", "InProgress")
practice("PracticeSubmitAnswer", LabelingJobName="enough", TaskId=2, Label="good")
turns("enough", "Stopped")

# ---- what goes wrong says why
job("bad-line", [{"source": "x"}, {"nothing": 1}])
turns("bad-line", "Failed")
check("the line is named", "line 2 of the manifest" in told("bad-line")["FailureReason"],
      told("bad-line"))
job("empty", [])
turns("empty", "Failed")
client("iam").delete_role_policy(RoleName="label", PolicyName="may")
job("refused", [{"source": "x"}])
turns("refused", "Failed")
check("a role that may not read", "not authorized to perform: s3:GetObject" in
      told("refused")["FailureReason"], told("refused"))
refused("an attribute's name", "ValidationException", "-metadata",
        lambda: job("x1", [], LabelAttributeName="a-metadata"))
refused("a team that is not there", "ValidationException", "workteam",
        lambda: job("x2", [], task={"WorkteamArn": team + "x"}))
refused("a task that we cannot do", "ValidationException", "PRE-TextMultiClass",
        lambda: job("x3", [], task={"PreHumanTaskLambdaArn": LAMBDA + "PRE-BoundingBox"}))
same("jobs list by status", {"bad-line", "empty", "refused"}, {
    j["LabelingJobName"] for p in sm.get_paginator("list_labeling_jobs").paginate(
        StatusEquals="Failed", PaginationConfig={"PageSize": 2})
    for j in p["LabelingJobSummaryList"]})

# ---- teams
member = [{"CognitoMemberDefinition": {"UserPool": "us-east-1_x", "UserGroup": "g",
                                       "ClientId": "c"}}]
sm.create_workteam(WorkteamName="doctors", MemberDefinitions=member, Description="They know")
same("a team of one's own", member, sm.describe_workteam(WorkteamName="doctors")["Workteam"][
    "MemberDefinitions"])
same("teams list", ["doctors", "practice-team"], [t["WorkteamName"] for t in sm.list_workteams(
    SortBy="Name", SortOrder="Ascending")["Workteams"]])
check("a team goes", sm.delete_workteam(WorkteamName="doctors")["Success"])
same("one workforce", ["default"], [w["WorkforceName"] for w in sm.list_workforces()["Workforces"]])
same("it ends in order", 0, server.stop())
done()
