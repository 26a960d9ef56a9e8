#!/bin/sh
# Notebook instances, labelling jobs and pipelines with labkit aws, on the practice cloud: made, followed, paid for
# and cleaned up, and never without the ledger.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc

LABKIT_TARGET=practice
export LABKIT_TARGET
cloud_begin
kit() { "$labkit" aws "$@"; }
# ledger KIND [OPTION]: "name state hourly", a line each
ledger() {
    kind=$1
    shift
    kit ledger --json "$@" | python3 -c '
import json, sys
for e in json.load(sys.stdin):
    if e["kind"] == sys.argv[1]: print(e["name"].split("/")[0], e["state"], "costs" if e["hourly"] else "free")' "$kind"
}
ok "a bucket" kit s3 mb s3://my-lab
ok "a role" kit iam role labkit-jobs --bucket my-lab

# ---- notebook instances
ok "a notebook is made" kit notebook create mine --role labkit-jobs --wait
same "and is in service" InService "$(kit notebook show mine | sed -n 's/.*"NotebookInstanceStatus": "\(.*\)".*/\1/p')"
same "the ledger has what it costs" "mine made costs" "$(ledger notebook)"
ok "it can be opened" sh -c '"$0" aws notebook url mine | grep -q "^http"' "$labkit"
kit notebook stop mine --wait > /dev/null 2> "$scratch/stop.err"
ok "stopping is told" grep -q Stopped "$scratch/stop.err"
same "a stopped one costs nothing by the hour" "mine made free" "$(ledger notebook)"
kit notebook start mine --wait > /dev/null 2> "$scratch/start.err"
ok "before it starts again it is told what it costs" grep -q 'dollars an hour until it is stopped' "$scratch/start.err"
same "and the ledger has it" "mine made costs" "$(ledger notebook)"
same "with each stretch apart" 3 "$(ledger notebook --all | wc -l | tr -d ' ')"
ok "all are listed" sh -c '"$0" aws notebook list | grep -q "InService *mine"' "$labkit"
refused "starting what runs is refused in AWS's words" 1 'Unable to transition' \
    sh -c '"$0" aws notebook start mine 2>&1 > /dev/null | tail -1 >&2; exit 1' "$labkit"
same "and changes nothing in the ledger" "mine made costs" "$(ledger notebook)"
ok "a budget" kit budget 0.00001
kit notebook stop mine --wait 2> /dev/null
refused "a start over the budget is refused" 1 'over the budget' sh -c '"$0" aws notebook start mine 2>&1 > /dev/null | tail -1 >&2; exit 1' "$labkit"
ok "no budget" kit budget none
ok "a running one is stopped and deleted" sh -c '"$0" aws notebook start mine --wait && "$0" aws notebook delete mine' "$labkit"
same "nothing is left in the ledger" "" "$(ledger notebook)"
refused "an instance type is checked" 2 "did you mean 'ml.t3.medium'" kit notebook create two --role labkit-jobs --instance ml.t3.medum
refused "an action that is none" 2 "did you mean 'start'" kit notebook strat mine
refused "no action" 2 'one of create, start' kit notebook
refused "no name" 2 "'stop' needs one NAME" kit notebook stop

# ---- pipelines
kit call iam PutRolePolicy '{"RoleName": "labkit-jobs", "PolicyName": "pipelines", "PolicyDocument":
    "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"sagemaker:*\", \"iam:PassRole\"], \"Resource\": \"*\"}]}"}' > /dev/null
tail -n +2 lessons/data/breast-cancer.csv > "$scratch/rows.csv"
ok "data" kit s3 cp -q "$scratch/rows.csv" s3://my-lab/data/train/rows.csv
cat > "$scratch/pipe.py" << 'PY'
import json, sys
account = json.load(open(sys.argv[1]))["account"]
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
role = f"arn:aws:iam::{account}:role/labkit/labkit-jobs"
train = {"Name": "Train", "Type": "Training", "Arguments": {
    "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"}, "RoleArn": role,
    "InputDataConfig": [{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": {
        "S3DataType": "S3Prefix", "S3DataDistributionType": "FullyReplicated", "S3Uri": "s3://my-lab/data/train/"}}}],
    "OutputDataConfig": {"S3OutputPath": "s3://my-lab/out/"},
    "ResourceConfig": {"InstanceType": {"Get": "Parameters.Machine"}, "InstanceCount": 2, "VolumeSizeInGB": 5},
    "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
    "HyperParameters": {"objective": "binary:logistic", "num_round": {"Get": "Parameters.Rounds"}}}}
model = {"Name": "Keep", "Type": "Model", "Arguments": {"ExecutionRoleArn": role, "PrimaryContainer": {
    "Image": image, "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}}}}
print(json.dumps({"Version": "2020-12-01", "Parameters": [
    {"Name": "Rounds", "Type": "Integer", "DefaultValue": 5},
    {"Name": "Machine", "Type": "String", "DefaultValue": "ml.m5.large"}], "Steps": [train, model]}))
PY
python3 "$scratch/pipe.py" "$scratch/data/labbook/cloud/endpoint.json" > "$scratch/pipe.json"
ok "a definition is put" kit pipeline put monthly --definition "$scratch/pipe.json" --role labkit-jobs
ok "and put again" kit pipeline put monthly --definition "$scratch/pipe.json" --role labkit-jobs
kit pipeline start monthly --param Rounds=3 --wait > "$scratch/run" 2> "$scratch/run.err"
same "a run succeeds" 0 $?
ok "what it can cost was told, step by step" grep -q 'step  *Train: 2 x ml.m5.large, at most 30 min' "$scratch/run.err"
price=$(kit cost ml.m5.large --minutes 60 --json | sed -n 's/.*"most": \([0-9.]*\).*/\1/p')
ok "two machines for half an hour at most" grep -q "costs *at most $(printf '%.4f' "$price") dollars" "$scratch/run.err"
ok "its steps were followed" sh -c 'grep -q "^Succeeded *Train" "$0" && grep -q "^Succeeded *Keep" "$0"' "$scratch/run.err"
same "the run is over in the ledger" "" "$(ledger pipeline-run)"
same "the model it made stands there" 1 "$(ledger model | wc -l | tr -d ' ')"
arn=$(cat "$scratch/run")
same "its steps can be looked at later" "Succeeded Keep Succeeded Train" "$(kit pipeline steps "$arn" | sed 's/  */ /g; s/ $//' | sort | paste -sd' ')"
kit pipeline start monthly --param Machine=ml.c5.xlarge > /dev/null 2> "$scratch/other.err"
ok "a parameter changes what it can cost" grep -q '2 x ml.c5.xlarge' "$scratch/other.err"
same "a run nobody waits for stays open" "monthly made free" "$(ledger pipeline-run)"
kit pipeline runs monthly > "$scratch/runs"
same "both are listed" 2 "$(wc -l < "$scratch/runs" | tr -d ' ')"
refused "a parameter that is none" 2 'NAME=VALUE' kit pipeline start monthly --param Rounds
refused "a pipeline that is none" 1 'nowhere' kit pipeline start nowhere
printf '{"Version": ' > "$scratch/broken.json"
refused "a definition that is no JSON names its place" 1 'broken\.json:1:' \
    kit pipeline put broken --definition "$scratch/broken.json" --role labkit-jobs

# ---- labelling jobs
for i in 1 2 3 4; do echo "{\"source\": \"item $i\"}"; done > "$scratch/items.manifest"
label() {
    kit labeling start "$1" --data "$scratch/items.manifest" --category bird --category plane --bucket my-lab \
        --role labkit-jobs
}
label birds > "$scratch/label" 2> "$scratch/label.err"
same "a labelling job starts" 0 $?
ok "at most four labels are paid for" grep -q 'at most 0.3200 dollars' "$scratch/label.err"
for i in 1 2 3 4; do
    for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
        task=$(kit call practice PracticeNextTasks '{"LabelingJobName": "birds", "MaxResults": 1}' |
            python3 -c 'import json, sys; t = json.load(sys.stdin)["Tasks"]; print(t[0]["TaskId"] if t else "")')
        [ -n "$task" ] && break
        sleep 0.2
    done
    kit call practice PracticeSubmitAnswer "{\"LabelingJobName\": \"birds\", \"TaskId\": $task, \"Label\": \"bird\"}" > /dev/null
done
ok "once people have answered it is over" kit wait labeling-job birds
kit labeling show birds > "$scratch/show"
ok "how far it is" grep -q '^Completed: 4 labelled by people, 0 by a model, 0 failed, 0 to go' "$scratch/show"
kit s3 cp -q "$(tail -1 "$scratch/show")" "$scratch/output.manifest"
same "the results are there" 4 "$(grep -c '"class-name": *"bird"' "$scratch/output.manifest")"
same "the ledger closed it" "" "$(ledger labeling-job)"
label planes > /dev/null 2>&1
ok "one can be stopped" kit labeling stop planes --wait
ok "all are listed" sh -c '"$0" aws labeling list | grep -q "Completed *birds"' "$labkit"
refused "one category is none to choose from" 2 'two --category' kit labeling start x --data "$scratch/items.manifest" \
    --category bird --bucket my-lab --role labkit-jobs

# ---- and nothing is left
kit cleanup --yes > "$scratch/clean" 2>&1
same "cleanup gets rid of all of it" 0 $?
same "also of the run and the model" "" "$(kit ledger --json | tr -d '[] \n')"
done_testing
