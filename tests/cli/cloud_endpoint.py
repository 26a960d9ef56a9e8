"""One scenario of cloud_endpoint.sh: FOLDER SCENARIO. Endpoints, driven by boto3."""
import collections
import json
import os
import subprocess
import sys
import time

from botocore.exceptions import ClientError

sys.argv, scenario = sys.argv[:2] + ["nothing"], sys.argv[2]
sys.path.insert(0, "tests/cli")
import cloud_transform as base  # noqa: E402: its clients, model() and role()

sm, s3, logs = base.sm, base.s3, base.logs
runtime = base.client("sagemaker-runtime")
rows = base.rows


def config(name, *variants):
    return sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[
        {"VariantName": v, "ModelName": m, "InitialInstanceCount": n,
         "InstanceType": "ml.m5.large", "InitialVariantWeight": w}
        for v, m, n, w in variants])["EndpointConfigArn"]


def wait(name, *ends):
    for _ in range(400):
        told = sm.describe_endpoint(EndpointName=name)
        if told["EndpointStatus"] in ends:
            return told
        time.sleep(0.05)
    raise AssertionError(f"{name}: {told}")


def gone(name):
    for _ in range(400):
        try:
            sm.describe_endpoint(EndpointName=name)
        except ClientError as e:
            assert "Could not find endpoint" in str(e), e
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} does not go")


def invoke(name, body, content="text/csv", **more):
    told = runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType=content, **more)
    return told, told["Body"].read().decode()


def refused(code, part, call, **members):
    try:
        call(**members)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code and part in str(e), e
        return e.response
    raise AssertionError("not refused: expected " + part)


def predicted(lines, model="model.ubj"):
    return subprocess.run([base.labkit, "predict", "--model", base.scratch + "/" + model, "--data",
                           "-"], input="\n".join(lines) + "\n", capture_output=True, text=True,
                          check=True).stdout


def containers():
    """Processes of labkit that serve, by their command lines."""
    out = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
        except OSError:
            continue
        if b"serve" in words and base.folder.encode() in b" ".join(words):
            out.append(int(pid))
    return out


def runs(n):
    """Comes to n containers: those of before an update end when the new ones answer."""
    for _ in range(100):
        if len(containers()) == n:
            return
        time.sleep(0.05)
    raise AssertionError((n, containers()))


def setup():
    base.setup()
    base.put("second.tar.gz", base.artefact(("xgboost-model", base.scratch + "/second.ubj")))
    base.model("second", base.iam.get_role(RoleName="jobs")["Role"]["Arn"], "second.tar.gz")


def life():
    arn = config("one", ("AllTraffic", "good", 1, 1))
    assert arn.endswith(":endpoint-config/one")
    told = sm.describe_endpoint_config(EndpointConfigName="one")
    assert told["ProductionVariants"][0]["ModelName"] == "good"
    arn = sm.create_endpoint(EndpointName="e1", EndpointConfigName="one")["EndpointArn"]
    refused("ValidationException", "already existing endpoint", sm.create_endpoint,
            EndpointName="e1", EndpointConfigName="one")
    told = wait("e1", "InService", "Failed")
    assert told["EndpointStatus"] == "InService" and told["EndpointArn"] == arn, told
    (variant,) = told["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 1 and variant["CurrentWeight"] == 1
    assert variant["DeployedImages"][0]["SpecifiedImage"].endswith(":1.7-1")
    assert [e["EndpointName"] for e in sm.list_endpoints(StatusEquals="InService")["Endpoints"]] \
        == ["e1"]
    told, body = invoke("e1", "\n".join(rows[:50]))
    assert body == predicted(rows[:50]), body
    assert told["InvokedProductionVariant"] == "AllTraffic" and told["ContentType"] == "text/csv"
    told, body = invoke("e1", rows[0], Accept="application/json")
    assert told["ContentType"] == "application/json" and body.startswith('{"predictions": [{"score"')
    group = "/aws/sagemaker/Endpoints/e1"
    for _ in range(100):
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        lines = [e["message"] for e in logs.get_log_events(
            logGroupName=group, logStreamName=streams[0]["logStreamName"])["events"]]
        if any("POST /invocations" in x for x in lines):
            break
        time.sleep(0.05)
    else:
        raise AssertionError(lines)
    assert streams[0]["logStreamName"].startswith("AllTraffic/i-"), streams


def errors():
    got = refused("ModelError", 'Received client error (415) from primary with message "', invoke,
                  name="e1", body="one,two")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 424 and got["OriginalStatusCode"] == 415
    assert "Loading" in got["OriginalMessage"] or "number" in got["OriginalMessage"], got
    refused("ModelError", "not an accepted ContentType", invoke, name="e1", body="{}",
            content="application/json")
    refused("ValidationError", "Endpoint nobody of account", invoke, name="nobody", body="1")
    refused("ValidationError", "Variant other not found", invoke, name="e1", body=rows[0],
            TargetVariant="other")
    bad = base.boto3.client("sagemaker-runtime", region_name="us-east-1",
                            endpoint_url=base.where["endpoint"],
                            aws_access_key_id=base.where["access_key_id"],
                            aws_secret_access_key="x" * 40)
    try:
        bad.invoke_endpoint(EndpointName="e1", Body=rows[0])
        raise AssertionError("a wrong secret")
    except ClientError as e:
        assert e.response["Error"]["Code"] in ("InvalidSignatureException",
                                               "SignatureDoesNotMatch"), e
    arn = base.iam.create_role(RoleName="guest", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": base.where["account"]},
            "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    key = base.client("sts").assume_role(RoleArn=arn, RoleSessionName="guest")["Credentials"]
    guest = base.boto3.client("sagemaker-runtime", region_name="us-east-1",
                              endpoint_url=base.where["endpoint"],
                              aws_access_key_id=key["AccessKeyId"],
                              aws_secret_access_key=key["SecretAccessKey"],
                              aws_session_token=key["SessionToken"])
    try:
        guest.invoke_endpoint(EndpointName="e1", Body=rows[0], ContentType="text/csv")
        raise AssertionError("without permission")
    except ClientError as e:
        assert "not authorized to perform: sagemaker:InvokeEndpoint" in str(e), e
        assert ":endpoint/e1" in str(e), e
    elsewhere = base.client("sagemaker-runtime", "eu-west-1")
    refused("ValidationError", "not found", elsewhere.invoke_endpoint, EndpointName="e1",
            Body=rows[0])
    refused("ValidationException", "Could not find endpoint configuration", sm.create_endpoint,
            EndpointName="e9", EndpointConfigName="nobody")
    try:
        config("c9", ("A", "nobody", 1, 1))
        raise AssertionError("a config without its model")
    except ClientError as e:
        assert "Could not find model" in str(e), e
    try:
        config("c9", ("A", "good", 1, 1), ("A", "second", 1, 1))
        raise AssertionError("two variants of one name")
    except ClientError as e:
        assert "unique" in str(e), e


def update():
    config("two", ("old", "good", 1, 3), ("new", "second", 1, 1))
    sm.update_endpoint(EndpointName="e1", EndpointConfigName="two")
    refused("ValidationException", "in-progress", sm.update_endpoint, EndpointName="e1",
            EndpointConfigName="one")
    # No request is lost while the update goes on.
    while sm.describe_endpoint(EndpointName="e1")["EndpointStatus"] == "Updating":
        assert invoke("e1", rows[0])[1] in (predicted(rows[:1]), predicted(rows[:1], "second.ubj"))
    told = wait("e1", "InService")
    assert told["EndpointConfigName"] == "two", told
    seen = collections.Counter(invoke("e1", rows[0])[0]["InvokedProductionVariant"]
                               for _ in range(40))
    assert seen == {"old": 30, "new": 10}, seen
    told, body = invoke("e1", rows[0], TargetVariant="new")
    assert told["InvokedProductionVariant"] == "new" and body == predicted(rows[:1], "second.ubj")
    sm.update_endpoint_weights_and_capacities(EndpointName="e1", DesiredWeightsAndCapacities=[
        {"VariantName": "old", "DesiredWeight": 0},
        {"VariantName": "new", "DesiredWeight": 1, "DesiredInstanceCount": 2}])
    told = wait("e1", "InService")
    now = {v["VariantName"]: v for v in told["ProductionVariants"]}
    assert now["old"]["CurrentWeight"] == 0 and now["new"]["CurrentInstanceCount"] == 2, told
    runs(3)
    assert {invoke("e1", rows[0])[0]["InvokedProductionVariant"] for _ in range(9)} == {"new"}


    # An update that keeps what was set since, and one refusal of what is not done.
    sm.update_endpoint_weights_and_capacities(EndpointName="e1", DesiredWeightsAndCapacities=[
        {"VariantName": "new", "DesiredWeight": 3, "DesiredInstanceCount": 1}])
    wait("e1", "InService")
    config("kept", ("new", "second", 1, 1))
    sm.update_endpoint(EndpointName="e1", EndpointConfigName="kept",
                       RetainAllVariantProperties=True)
    told = wait("e1", "InService")
    assert [v["CurrentWeight"] for v in told["ProductionVariants"]] == [3], told
    sm.update_endpoint(EndpointName="e1", EndpointConfigName="two")
    wait("e1", "InService")
    sm.update_endpoint_weights_and_capacities(EndpointName="e1", DesiredWeightsAndCapacities=[
        {"VariantName": "old", "DesiredWeight": 0}])
    wait("e1", "InService")
    refused("ValidationException", "AsyncInferenceConfig", sm.create_endpoint_config,
            EndpointConfigName="async", ProductionVariants=[
                {"VariantName": "a", "ModelName": "good", "InstanceType": "ml.m5.large",
                 "InitialInstanceCount": 1}],
            AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://transforms/x"}})


def failures():
    config("bad", ("AllTraffic", "stray", 1, 1))
    sm.create_endpoint(EndpointName="e2", EndpointConfigName="bad")
    told = wait("e2", "Failed", "InService")
    assert told["EndpointStatus"] == "Failed", told
    assert "did not pass the ping health check" in told["FailureReason"], told
    lines = [e["message"] for s in logs.describe_log_streams(
        logGroupName="/aws/sagemaker/Endpoints/e2")["logStreams"] for e in logs.get_log_events(
            logGroupName="/aws/sagemaker/Endpoints/e2",
            logStreamName=s["logStreamName"])["events"]]
    assert any("readme.txt" in x for x in lines), lines
    refused("ValidationError", "not in service", invoke, name="e2", body=rows[0])
    # An update that does not come up leaves what serves.
    before = invoke("e1", rows[0])[1]
    sm.update_endpoint(EndpointName="e1", EndpointConfigName="bad")
    told = wait("e1", "InService")
    assert told["EndpointConfigName"] == "two" and "ping health check" in told["FailureReason"]
    assert invoke("e1", rows[0])[1] == before
    sm.delete_endpoint(EndpointName="e2")
    gone("e2")
    # A container that dies is started again.
    for pid in containers():
        os.kill(pid, 9)
    for _ in range(200):
        try:
            assert invoke("e1", rows[0])[1] == before
            break
        except ClientError:
            time.sleep(0.05)
    else:
        raise AssertionError("the containers do not come back")


def restarted():
    """After kill -9 of the cloud: the same endpoint, new containers."""
    want = predicted(rows[:1], "second.ubj")
    for _ in range(200):
        try:
            assert invoke("e1", rows[0])[1] == want
            break
        except ClientError as e:
            assert e.response["Error"]["Code"] in ("ServiceUnavailable", "503"), e
            time.sleep(0.05)
    else:
        raise AssertionError("the endpoint does not come back")
    assert wait("e1", "InService")["EndpointConfigName"] == "two"
    runs(2)


def quota():
    config("four", ("AllTraffic", "good", 4, 1))
    refused("ResourceLimitExceeded", "endpoint usage", sm.create_endpoint, EndpointName="e3",
            EndpointConfigName="four")


def delete():
    sm.delete_endpoint(EndpointName="e1")
    gone("e1")
    for _ in range(100):
        if not containers() and not os.listdir(base.folder + "/work"):
            break
        time.sleep(0.05)
    assert containers() == [] and os.listdir(base.folder + "/work") == []
    refused("ValidationError", "not found", invoke, name="e1", body=rows[0])
    sm.create_endpoint(EndpointName="e3", EndpointConfigName="four")  # the quota is free again
    assert wait("e3", "InService", "Failed")["EndpointStatus"] == "InService"
    sm.delete_endpoint(EndpointName="e3")
    gone("e3")
    for name in [c["EndpointConfigName"] for c in sm.list_endpoint_configs()["EndpointConfigs"]]:
        sm.delete_endpoint_config(EndpointConfigName=name)
    assert sm.list_endpoint_configs()["EndpointConfigs"] == []
    refused("ValidationException", "Could not find endpoint configuration",
            sm.describe_endpoint_config, EndpointConfigName="one")


globals()[scenario]()
