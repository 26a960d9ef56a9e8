"""One scenario of cloud_training.sh: FOLDER SCENARIO [ARGUMENTS]."""
import io
import json
import subprocess
import sys
import tarfile
import time

import boto3
from botocore.exceptions import ClientError

with open(sys.argv[1] + "/endpoint.json", encoding="utf-8") as f:
    where = json.load(f)


def client(service, region="us-east-1"):
    return boto3.client(service, region_name=region, endpoint_url=where["endpoint"],
                        aws_access_key_id=where["access_key_id"],
                        aws_secret_access_key=where["secret_access_key"])


sm, s3, iam, logs = client("sagemaker"), client("s3"), client("iam"), client("logs")
REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = REGISTRY + "/sagemaker-xgboost:1.7-1"
GROUP = "/aws/sagemaker/TrainingJobs"
BUCKET = "train-here"
MAY = {
    "list": {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::train-here"},
    "get": {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::train-here/*"},
    "put": {"Action": ["s3:PutObject", "s3:DeleteObject"],
            "Resource": "arn:aws:s3:::train-here/*"},
    "logs": {"Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
             "Resource": "*"},
}


def role(name, may=("list", "get", "put", "logs"), service="sagemaker.amazonaws.com"):
    """The role's ARN, made when it is not there."""
    try:
        return iam.get_role(RoleName=name)["Role"]["Arn"]
    except ClientError:
        pass
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName=name,
                          AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if may:
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [dict(MAY[m], Effect="Allow") for m in may]}))
    return arn


def channel(name, uri, **more):
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": dict({
        "S3DataType": "S3Prefix", "S3Uri": uri,
        "S3DataDistributionType": "FullyReplicated"}, **more)}}


def request(name, **more):
    return dict({
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": role("trainer"),
        "InputDataConfig": [channel("train", f"s3://{BUCKET}/data/train/"),
                            channel("validation", f"s3://{BUCKET}/data/validation/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1,
                           "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": {"objective": "binary:logistic", "num_round": "20", "max_depth": "3",
                            "eval_metric": "logloss,auc"},
    }, **more)


def wait(name, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        job = sm.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] not in ("InProgress", "Stopping"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"{name} is {job['TrainingJobStatus']}, {job['SecondaryStatus']}")


def run(name, **more):
    sm.create_training_job(**request(name, **more))
    return wait(name)


def upload():
    """The breast-cancer rows without header, a quarter of them for validation."""
    s3.create_bucket(Bucket=BUCKET)
    with open("lessons/data/breast-cancer.csv", encoding="utf-8") as f:
        rows = f.read().splitlines()[1:]
    half = [r for i, r in enumerate(rows) if i % 4]
    put("data/train/a.csv", half[:200])
    put("data/train/b.csv", half[200:])
    put("data/validation/v.csv", [r for i, r in enumerate(rows) if i % 4 == 0])


def put(key, rows):
    s3.put_object(Bucket=BUCKET, Key=key, Body="\n".join(rows) + "\n")


def equal(a, b):
    assert a == b, f"{a!r} is not {b!r}"


# ---- scenarios


def completes():
    upload()
    made = sm.create_training_job(**request("first"))["TrainingJobArn"]
    equal(made, f"arn:aws:sagemaker:us-east-1:{where['account']}:training-job/first")
    job = wait("first")
    print(json.dumps(job, default=str, indent=1))
    equal(job["TrainingJobStatus"], "Completed")


globals()[sys.argv[2]](*sys.argv[3:])
