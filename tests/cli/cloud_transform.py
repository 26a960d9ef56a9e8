"""One scenario of cloud_transform.sh: FOLDER SCENARIO. Batch transform, driven by boto3."""
import gzip
import io
import json
import os
import subprocess
import struct
import sys
import tarfile
import time

import boto3
from botocore.exceptions import ClientError

folder, scenario = sys.argv[1], sys.argv[2]
labkit = os.environ["BUILD"] + "/labkit"
scratch = os.environ["SCRATCH"]
with open(folder + "/endpoint.json", encoding="utf-8") as f:
    where = json.load(f)


def client(service, region="us-east-1"):
    return boto3.client(service, region_name=region, endpoint_url=where["endpoint"],
                        aws_access_key_id=where["access_key_id"],
                        aws_secret_access_key=where["secret_access_key"])


sm, s3, iam, logs = client("sagemaker"), client("s3"), client("iam"), client("logs")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:"
BUCKET = "transforms"
rows = [line.rstrip("\n") for line in open(scratch + "/rows.csv")]


def role(name, actions):
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}))
    return arn


def artefact(*files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, path in files:
            tar.add(path, name)
    return out.getvalue()


def put(key, text):
    s3.put_object(Bucket=BUCKET, Key=key, Body=text if isinstance(text, bytes) else text.encode())


def get(key):
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


def keys(prefix):
    return [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]


def model(name, arn, key="model.tar.gz", version="1.7-1", **environment):
    sm.create_model(ModelName=name, ExecutionRoleArn=arn, PrimaryContainer={
        "Image": IMAGE + version, "ModelDataUrl": f"s3://{BUCKET}/{key}",
        "Environment": environment})


def create(name, uri, out, model_name="good", split="Line", data_type="S3Prefix", input_more={},
           output_more={}, **more):
    return sm.create_transform_job(
        TransformJobName=name, ModelName=model_name,
        TransformInput={"DataSource": {"S3DataSource": {"S3DataType": data_type, "S3Uri": uri}},
                        "ContentType": "text/csv", "SplitType": split, **input_more},
        TransformOutput={"S3OutputPath": out, **output_more},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1}, **more)


def wait(name):
    for _ in range(400):
        told = sm.describe_transform_job(TransformJobName=name)
        if told["TransformJobStatus"] not in ("InProgress", "Stopping"):
            return told
        time.sleep(0.05)
    raise AssertionError(f"{name} does not end: {told}")


def done(name, *args, **more):
    create(name, *args, **more)
    told = wait(name)
    assert told["TransformJobStatus"] == "Completed", (told, log(name))
    return told


def failed(reason, name, *args, **more):
    create(name, *args, **more)
    told = wait(name)
    assert told["TransformJobStatus"] == "Failed", told
    assert reason in told["FailureReason"], told
    return told


def refused(code, part, name, *args, **more):
    try:
        create(name, *args, **more)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code and part in str(e), e
    else:
        raise AssertionError("not refused: expected " + part)


def log(name):
    group, lines = "/aws/sagemaker/TransformJobs", []
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)
    except ClientError as e:
        return [str(e)]
    for stream in streams["logStreams"]:
        told = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"],
                                   startFromHead=True)
        lines += [(stream["logStreamName"], e["message"]) for e in told["events"]]
    return lines


def single(text):
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def same_numbers(got, lines):
    """Both as floats: labkit predict prints the shortest text, the container Python's double."""
    want = subprocess.run([labkit, "predict", "--model", scratch + "/model.ubj", "--data", "-"],
                          input="\n".join(lines) + "\n", capture_output=True, text=True,
                          check=True).stdout.split()
    got = got.split("\n")
    assert got.pop() == "" and len(got) == len(want) == len(lines), (len(got), len(want))
    assert [single(x) for x in got] == [single(x) for x in want]


def setup():
    s3.create_bucket(Bucket=BUCKET)
    put("model.tar.gz", artefact(("xgboost-model", scratch + "/model.ubj")))
    put("classes.tar.gz", artefact(("xgboost-model", scratch + "/classes.json")))
    put("stray.tar.gz", artefact(("xgboost-model", scratch + "/model.ubj"),
                                 ("readme.txt", scratch + "/rows.csv")))
    put("broken.tar.gz", b"this is no archive")
    arn = role("jobs", ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "logs:*"])
    reader = role("reads-only", ["s3:GetObject", "s3:ListBucket"])
    model("good", arn)
    model("classes", arn, "classes.tar.gz")
    model("stray", arn, "stray.tar.gz")
    model("broken", arn, "broken.tar.gz")
    model("cannot-write", reader)
    model("preloads", arn, LD_PRELOAD="/nonexistent/evil.so", PATH="/nonexistent",
          SAGEMAKER_INFERENCE_OUTPUT="predicted_label")
    model("selects", arn, SAGEMAKER_INFERENCE_OUTPUT="predicted_label,probability")


def whole():
    put("in/rows.csv", "\n".join(rows) + "\n")
    told = done("whole", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/out")
    same_numbers(get("out/rows.csv.out"), rows)
    assert told["TransformJobArn"] == \
        f"arn:aws:sagemaker:us-east-1:{where['account']}:transform-job/whole"
    assert told["ModelName"] == "good" and told["TransformInput"]["SplitType"] == "Line"
    assert told["CreationTime"] <= told["TransformStartTime"] <= told["TransformEndTime"]
    lines = log("whole")
    data = [m for s, m in lines if s.endswith("/data-log")]
    assert any("MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD" in m for m in data), lines
    assert any('"POST /invocations HTTP/1.1" 200' in m for s, m in lines), lines


def files():
    for i in range(5):
        put(f"many/{'deep/' if i % 2 else ''}part {i}+é.csv", "\n".join(rows[i * 20:i * 20 + 20]) + "\n")
    put("many/empty/", "")
    done("files", f"s3://{BUCKET}/many/", f"s3://{BUCKET}/files/", MaxConcurrentTransforms=4,
         BatchStrategy="SingleRecord")
    assert len(keys("files/")) == 5, keys("files/")
    for i in range(5):
        same_numbers(get(f"files/{'deep/' if i % 2 else ''}part {i}+é.csv.out"),
                     rows[i * 20:i * 20 + 20])
    done("one-key", f"s3://{BUCKET}/many/part 0+é.csv", f"s3://{BUCKET}/one")
    assert keys("one/") == ["one/part 0+é.csv.out"], keys("one/")
    put("list.manifest", json.dumps([{"prefix": f"s3://{BUCKET}/many/"}, "deep/part 1+é.csv",
                                     "part 2+é.csv"]))
    done("manifest", f"s3://{BUCKET}/list.manifest", f"s3://{BUCKET}/listed",
         data_type="ManifestFile")
    assert keys("listed/") == ["listed/deep/part 1+é.csv.out", "listed/part 2+é.csv.out"]


def payloads():
    many = rows * 40
    put("large/rows.csv", "\n".join(many))  # no newline at the end
    done("payloads", f"s3://{BUCKET}/large/rows.csv", f"s3://{BUCKET}/large-out", MaxPayloadInMB=1,
         MaxConcurrentTransforms=3)
    same_numbers(get("large-out/rows.csv.out"), many)
    posts = [m for s, m in log("payloads") if "POST /invocations" in m]
    assert len(posts) == -(-len("\n".join(many)) // (1 << 20)), len(posts)
    put("packed/rows.csv.gz", gzip.compress(("\n".join(many) + "\n").encode()))
    done("packed", f"s3://{BUCKET}/packed/", f"s3://{BUCKET}/packed-out",
         input_more={"CompressionType": "Gzip"})
    same_numbers(get("packed-out/rows.csv.gz.out"), many)
    done("no-split", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/no-split", split="None")
    same_numbers(get("no-split/rows.csv.out"), rows)
    failed("Too much data for max payload size", "too-large", f"s3://{BUCKET}/large/",
           f"s3://{BUCKET}/x", split="None", MaxPayloadInMB=1)
    # What the container itself does not take: its own limit is 6 MiB whatever the job says.
    put("huge/rows.csv", "\n".join(rows * 300))
    failed("See job logs", "beyond", f"s3://{BUCKET}/huge/", f"s3://{BUCKET}/x", MaxPayloadInMB=50)
    assert any("413" in m for s, m in log("beyond")), log("beyond")


def processing():
    ids = [f"id-{i},{row}" for i, row in enumerate(rows)]
    put("ids/rows.csv", "\n".join(ids) + "\n")
    more = {"input_more": {"ContentType": "text/csv"},
            "output_more": {"Accept": "text/csv", "AssembleWith": "Line"}}
    done("joined", f"s3://{BUCKET}/ids/", f"s3://{BUCKET}/joined", **more, DataProcessing={
        "InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"})
    out = get("joined/rows.csv.out").rstrip("\n").split("\n")
    assert [x.split(",")[0] for x in out] == [f"id-{i}" for i in range(len(rows))]
    same_numbers("".join(x.split(",")[1] + "\n" for x in out), rows)
    done("join-all", f"s3://{BUCKET}/ids/", f"s3://{BUCKET}/join-all", **more, DataProcessing={
        "InputFilter": "$[1:30]", "JoinSource": "Input"})
    out = get("join-all/rows.csv.out").rstrip("\n").split("\n")
    assert [x.rsplit(",", 1)[0] for x in out] == ids
    failed("index 99 is beyond", "bad-index", f"s3://{BUCKET}/ids/", f"s3://{BUCKET}/x", **more,
           DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[99]"})
    # The id is no number: without the filter the model refuses it.
    failed("See job logs", "unfiltered", f"s3://{BUCKET}/ids/", f"s3://{BUCKET}/x")
    done("selects", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/selects", model_name="selects")
    # An environment reaches the container, and not the loader of this computer's programs.
    done("preloads", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/preloads", model_name="preloads")
    assert set(get("preloads/rows.csv.out").split()) == {"0", "1"}
    assert not any("evil" in m for s, m in log("preloads")), log("preloads")
    first = get("selects/rows.csv.out").split("\n")[0].split(",")
    assert first[0] in "01" and 0 <= float(first[1]) <= 1, first
    done("classes", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/classes", model_name="classes",
         DataProcessing={"InputFilter": "$[0:1]"}, MaxPayloadInMB=1)
    assert get("classes/rows.csv.out").split("\n")[0][0] == "["


def failures():
    put("mixed/a.csv", "\n".join(rows[:10]) + "\n")
    put("mixed/b.csv", "\n".join(rows[:5] + ["one,two"] + rows[5:10]) + "\n")
    put("mixed/c.csv", "\n".join(rows[:10]) + "\n")
    failed("ClientError: See job logs for more information", "mixed", f"s3://{BUCKET}/mixed/",
           f"s3://{BUCKET}/mixed-out")
    assert keys("mixed-out/") == ["mixed-out/a.csv.out", "mixed-out/c.csv.out"], keys("mixed-out/")
    data = [m for s, m in log("mixed") if s.endswith("/data-log")]
    assert any(m.endswith(f"{BUCKET}/mixed/b.csv: ClientError: 415") for m in data), data
    failed("matched no files", "nothing", f"s3://{BUCKET}/nowhere/", f"s3://{BUCKET}/x")
    failed("NoSuchBucket", "no-bucket", "s3://no-such-bucket-here/a/", f"s3://{BUCKET}/x")
    failed("AccessDenied", "cannot-write", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/x",
           model_name="cannot-write")
    failed("AlgorithmError", "stray", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/x", model_name="stray")
    lines = [m for s, m in log("stray")]
    assert any("/opt/ml/model/readme.txt" in m for m in lines), lines
    assert not any(folder in m for m in lines), lines
    failed("cannot be unpacked", "broken", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/x",
           model_name="broken")
    told = {j["TransformJobName"]: j for j in sm.list_transform_jobs(
        StatusEquals="Failed", MaxResults=100)["TransformJobSummaries"]}
    assert "mixed" in told and "See job logs" in told["mixed"]["FailureReason"]


def invalid():
    a, b = f"s3://{BUCKET}/in/", f"s3://{BUCKET}/x"
    refused("ResourceInUse", "Job name must be unique", "whole", a, b)
    refused("ValidationException", "Could not find model", "v", a, b, model_name="nobody")
    refused("ValidationException", "must not exceed 100", "v", a, b, MaxPayloadInMB=101)
    refused("ValidationException", "MaxConcurrentTransforms * MaxPayloadInMB", "v", a, b,
            MaxPayloadInMB=50, MaxConcurrentTransforms=3)
    refused("ValidationException", "needs a SplitType", "v", a, b, split="None",
            BatchStrategy="MultiRecord")
    refused("ValidationException", "RecordIO", "v", a, b, split="RecordIO")
    refused("ValidationException", "is not a path", "v", a, b,
            DataProcessing={"InputFilter": "1:"})
    refused("ValidationException", "Accept must be", "v", a, b,
            DataProcessing={"JoinSource": "Input"})
    refused("ValidationException", "AssembleWith must be", "v", a, b,
            output_more={"Accept": "text/csv"}, DataProcessing={"JoinSource": "Input"})
    refused("ValidationException", "s3Uri", "v", "s3:///x", b)
    for call in sm.describe_transform_job, sm.stop_transform_job:
        try:
            call(TransformJobName="nobody")
        except ClientError as e:
            assert e.response["Error"]["Code"] == "ResourceNotFound", e
    try:
        sm.stop_transform_job(TransformJobName="whole")
    except ClientError as e:
        assert "Completed" in str(e), e
    else:
        raise AssertionError("stopped what is over")


def stopping():
    put("slow/rows.csv", "\n".join(rows * 40) + "\n")
    create("stopped", f"s3://{BUCKET}/slow/", f"s3://{BUCKET}/slow-out",
           BatchStrategy="SingleRecord")
    sm.stop_transform_job(TransformJobName="stopped")
    assert wait("stopped")["TransformJobStatus"] == "Stopped"
    assert keys("slow-out/") == []


def left():  # before kill -9
    create("left", f"s3://{BUCKET}/slow/", f"s3://{BUCKET}/left-out", MaxPayloadInMB=1)
    create("left-stopping", f"s3://{BUCKET}/slow/", f"s3://{BUCKET}/x",
           BatchStrategy="SingleRecord")
    sm.stop_transform_job(TransformJobName="left-stopping")


def found():  # after it
    told = wait("left")
    assert told["TransformJobStatus"] == "Completed", told
    same_numbers(get("left-out/rows.csv.out"), rows * 40)
    assert wait("left-stopping")["TransformJobStatus"] == "Stopped"
    assert os.listdir(folder + "/work") == [], os.listdir(folder + "/work")


def quota():
    """Two jobs at once and no more: the second waits for nobody, it is refused."""
    big = "\n".join(rows * 100) + "\n"
    put("quota/rows.csv", big)
    held = 0
    for i in range(30):
        try:
            create(f"quota-{i}", f"s3://{BUCKET}/quota/", f"s3://{BUCKET}/quota-out",
                   BatchStrategy="SingleRecord")
            held += 1
        except ClientError as e:
            assert e.response["Error"]["Code"] == "ResourceLimitExceeded", e
            break
    else:
        raise AssertionError("no limit")
    for i in range(held):
        try:
            sm.stop_transform_job(TransformJobName=f"quota-{i}")
        except ClientError:
            pass
        wait(f"quota-{i}")
    create("quota-again", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/quota-out")
    assert wait("quota-again")["TransformJobStatus"] == "Completed"


if __name__ == "__main__":
    globals()[scenario]()
