#!/bin/sh
# The whole book on target aws, with the practice cloud posing as AWS through the settings that
# AWS's own tools have: every step passes, with no more rights than lesson 05 tells a reader to
# give, and by boto3's account nothing is left behind.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc

cloud_begin --dir "$scratch/posing"
field() { python3 -c "import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])" "$scratch/posing/endpoint.json" "$1"; }
printf '[learner]\naws_access_key_id = %s\naws_secret_access_key = %s\n' \
    "$(field access_key_id)" "$(field secret_access_key)" > "$scratch/credentials"
printf '[profile learner]\nregion = us-east-1\n[profile book]\nregion = us-east-1\n' > "$scratch/config"
AWS_ENDPOINT_URL=$(cat "$scratch/cloud.url") AWS_PROFILE=book
AWS_CONFIG_FILE=$scratch/config AWS_SHARED_CREDENTIALS_FILE=$scratch/credentials
export AWS_ENDPOINT_URL AWS_PROFILE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE

# The practice cloud makes no users, so a role stands for the one of the lesson.
/usr/bin/python3 - lessons/05-iam-roles-and-policies/lesson.md >> "$scratch/credentials" << 'P'
import json
import os
import re
import sys
import boto3

blocks = re.findall(r"```json\n(.*?)```", open(sys.argv[1]).read(), re.S)
policy = [block for block in blocks if "OwnBuckets" in block]
assert len(policy) == 1, "lesson 05 has one policy for the reader's keys"
session = boto3.Session(profile_name="learner")
endpoint = os.environ["AWS_ENDPOINT_URL"]
iam, sts = (session.client(name, endpoint_url=endpoint) for name in ("iam", "sts"))
trust = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"AWS": sts.get_caller_identity()["Arn"]}}]}
arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
iam.put_role_policy(RoleName="reader", PolicyName="labbook", PolicyDocument=policy[0])
keys = sts.assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
print(f"""[book]
aws_access_key_id = {keys["AccessKeyId"]}
aws_secret_access_key = {keys["SecretAccessKey"]}
aws_session_token = {keys["SessionToken"]}""")
P

"$labbook" run --all --target aws > "$scratch/out" 2>&1
same "without --yes the whole book is not run on AWS" 2 $?
"$labbook" run --all --target aws --yes > "$scratch/out" 2>&1
same "with it every step for AWS passes" 0 $?
cat "$scratch/out" > "$scratch/all"
ok "the capstone as well" grep -q '^16-the-whole-pipeline *11 steps passed' "$scratch/out"
ok "which says what it costs, and that nothing is left" grep -q 'dollars on AWS 0.0[0-9]*, left behind 0' "$scratch/out"

/usr/bin/python3 - > "$scratch/left" << 'P'
import os
import boto3

def client(name, region="us-east-1"):
    return boto3.Session(profile_name="learner").client(
        name, region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])

for region in ("us-east-1", "eu-north-1", "eu-west-1"):
    sm = client("sagemaker", region)
    for call, items, name in (("list_models", "Models", "ModelName"),
                              ("list_endpoints", "Endpoints", "EndpointName"),
                              ("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
                              ("list_notebook_instances", "NotebookInstances", "NotebookInstanceName"),
                              ("list_pipelines", "PipelineSummaries", "PipelineName")):
        for item in getattr(sm, call)()[items]:
            print(region, call, item[name])
    for call, items, name in (("list_training_jobs", "TrainingJobSummaries", "TrainingJobName"),
                              ("list_transform_jobs", "TransformJobSummaries", "TransformJobName")):
        for item in getattr(sm, call)(StatusEquals="InProgress")[items]:
            print(region, call, item[name])
for bucket in client("s3").list_buckets()["Buckets"]:
    print("bucket", bucket["Name"])
for role in client("iam").list_roles()["Roles"]:
    if role["RoleName"].startswith("labbook"):
        print("role", role["RoleName"])
print("jobs", len(client("sagemaker").list_training_jobs(MaxResults=100)["TrainingJobSummaries"]) > 8)
P
same "boto3 finds nothing of it but the records of jobs" "jobs True" "$(cat "$scratch/left")"
"$labkit" aws ledger > "$scratch/ledger" 2>&1
ok "and the ledger says the same" grep -q '^0 things' "$scratch/ledger"
for word in access_key_id secret_access_key admin_token; do
    key=$(field $word)
    ok "no output has the $word" sh -c '[ -n "$1" ] && [ -s "$2" ] && ! grep -qrF -e "$1" "$2" "$3"' sh "$key" "$scratch/all" "$XDG_DATA_HOME/labbook/runs"
done
# ---- who has keys and no region yet
mkdir -p "$scratch/region/lessons/01-where"
cat > "$scratch/region/lessons/01-where/lesson.md" << 'END'
---
title: Where
summary: A lab that names its region.
minutes: 1
targets: [aws]
---

Text.

> [!COST]
> Nothing.

```lua lab id=where targets=aws
print(select(2, pcall(sts.whoami)))
print(select(2, pcall(aws.region, "eu-wset-1")))
print(aws.region("eu-west-1"), #sts.whoami().account)
```
END
AWS_CONFIG_FILE=/dev/null AWS_PROFILE=learner "$labbook" run --target aws --yes \
    "$scratch/region/lessons/01-where/where" > "$scratch/out" 2>&1
ok "is told how to name one in a lab" grep -q 'call aws.region("us-east-1") first' "$scratch/out"
ok "and can" grep -qE '^eu-west-1[[:space:]]+12' "$scratch/out"
done_testing
