"""Signed requests for cloud_wrk.lua: SCRATCH OUR_PORT S3RVER_PORT. Makes what they ask for, too."""
import json
import sys

import botocore.session
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

scratch, ports = sys.argv[1], {"ours": int(sys.argv[2]), "theirs": int(sys.argv[3])}
COUNT, BODY = 500, b"0123456789abcdef" * 640
with open(scratch + "/cloud/endpoint.json", encoding="utf-8") as f:
    where = json.load(f)
keys = {"ours": Credentials(where["access_key_id"], where["secret_access_key"]),
        "theirs": Credentials("S3RVER", "S3RVER")}


def request(server, method, path, body=b"", service="s3", **headers):
    host = f"127.0.0.1:{ports[server]}"
    r = AWSRequest(method, f"http://{host}{path}", headers=dict(headers, Host=host), data=body)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(keys[server], service, "us-east-1").add_auth(r)
    head = f"{method} {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n"
    return (head + "".join(f"{k}: {v}\r\n" for k, v in r.headers.items()) + "\r\n").encode() + body


def write(name, requests):
    with open(f"{scratch}/{name}", "wb") as out:
        for r in requests:
            out.write(b"%d\n%s\n" % (len(r), r))


def client(server, service):
    return botocore.session.Session().create_client(
        service, region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{ports[server]}",
        aws_access_key_id=keys[server].access_key, aws_secret_access_key=keys[server].secret_key)


for server in ports:
    s3 = client(server, "s3")
    s3.create_bucket(Bucket="bench")
    for i in range(COUNT):
        s3.put_object(Bucket="bench", Key=f"get/{i}", Body=BODY)
    write(server + ".put", (request(server, "PUT", f"/bench/put/{i}", BODY) for i in range(COUNT)))
    write(server + ".get", (request(server, "GET", f"/bench/get/{i}") for i in range(COUNT)))

trust = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole"}]})
arn = client("ours", "iam").create_role(RoleName="bench", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
sagemaker = client("ours", "sagemaker")
for i in range(COUNT):
    sagemaker.create_model(ModelName=f"m{i}", ExecutionRoleArn=arn, PrimaryContainer={
        "Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"})
write("ours.describe", (request(
    "ours", "POST", "/", b'{"ModelName":"m%d"}' % i, "sagemaker",
    **{"X-Amz-Target": "SageMaker.DescribeModel", "Content-Type": "application/x-amz-json-1.1"})
    for i in range(COUNT)))
