"""One scenario of cloud_sagemaker.sh: FOLDER SCENARIO."""
import json
import sys

import boto3
from botocore.exceptions import ClientError

with open(sys.argv[1] + "/endpoint.json", encoding="utf-8") as f:
    where = json.load(f)


def client(service, region="us-east-1"):
    return boto3.client(service, region_name=region, endpoint_url=where["endpoint"],
                        aws_access_key_id=where["access_key_id"],
                        aws_secret_access_key=where["secret_access_key"])


sm, s3, iam = client("sagemaker"), client("s3"), client("iam")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
DATA = "s3://sage-models/a/model.tar.gz"


def role(name, service="sagemaker.amazonaws.com", reads=True):
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName=name,
                          AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if reads:
        iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}))
    return arn


def make(name, arn, data=DATA, **more):
    return sm.create_model(ModelName=name, ExecutionRoleArn=arn, PrimaryContainer={
        "Image": IMAGE, "ModelDataUrl": data, "Environment": {"A": "b"}}, **more)


def refused(part, call, *args, **members):
    try:
        call(*args, **members)
    except ClientError as e:
        assert e.response["Error"]["Code"] == "ValidationException", e
        assert part in str(e), e
    else:
        raise AssertionError("not refused: expected " + part)


def good_role():
    return iam.get_role(RoleName="sage")["Role"]["Arn"]


def create():
    s3.create_bucket(Bucket="sage-models")
    s3.put_object(Bucket="sage-models", Key="a/model.tar.gz", Body=b"bytes")
    arn = role("sage")
    made = make("first", arn)["ModelArn"]
    assert made == f"arn:aws:sagemaker:us-east-1:{where['account']}:model/first", made
    told = sm.describe_model(ModelName="first")
    assert told["ModelArn"] == made and told["ExecutionRoleArn"] == arn
    assert told["PrimaryContainer"]["ModelDataUrl"] == DATA
    assert told["PrimaryContainer"]["Environment"] == {"A": "b"}
    assert told["EnableNetworkIsolation"] is False
    listed = sm.list_models()["Models"]
    assert [m["ModelName"] for m in listed] == ["first"]
    assert listed[0]["CreationTime"] == told["CreationTime"]
    refused("Cannot create already existing model", make, "first", arn)


def pages():
    for i in range(24):
        make(f"page-{i:02}", good_role())
    for order in "Ascending", "Descending":
        for by in "Name", "CreationTime":
            names = [m["ModelName"] for page in sm.get_paginator("list_models").paginate(
                NameContains="page-", SortBy=by, SortOrder=order,
                PaginationConfig={"PageSize": 7}) for m in page["Models"]]
            expected = [f"page-{i:02}" for i in range(24)]
            assert names == (expected if order == "Ascending" else expected[::-1]), names
    assert len(sm.list_models()["Models"]) == 10
    refused("token", sm.list_models, NextToken="bogus")


def artefact():
    refused("Could not access model data", make, "x", role("blind", reads=False))
    refused("Could not access model data", make, "x", good_role(), "s3://sage-models/none")
    refused("Could not find model", sm.describe_model, ModelName="x")


def trust():
    refused("Could not assume role", make, "x", role("ec2", "ec2.amazonaws.com"))


def invalid():
    refused("regular expression", make, "-x", good_role())
    refused("Containers", sm.create_model, ModelName="x", ExecutionRoleArn=good_role())
    refused("Image", sm.create_model, ModelName="x", ExecutionRoleArn=good_role(),
            PrimaryContainer={"ModelDataUrl": DATA})
    refused("Could not find model", sm.delete_model, ModelName="x")


def region():
    other = client("sagemaker", "eu-west-1")
    assert other.list_models()["Models"] == []
    refused("eu-west-1", other.create_model, ModelName="first", ExecutionRoleArn=good_role(),
            PrimaryContainer={"Image": IMAGE, "ModelDataUrl": DATA})


def delete():
    sm.describe_model(ModelName="first")
    sm.delete_model(ModelName="first")
    refused("Could not find model", sm.describe_model, ModelName="first")
    assert "first" not in [m["ModelName"] for m in sm.list_models(MaxResults=100)["Models"]]


globals()[sys.argv[2]]()
