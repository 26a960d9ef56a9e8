"""The fault switches, as boto3 meets them; run by cloud_faults.sh."""
import json
import time
import urllib.error
import urllib.request

from botocore.config import Config

from practice import check, client, code, done, refused, role, same, session, where, why

s3, sts, sm, iam = client("s3"), client("sts"), client("sagemaker"), client("iam")
s3.create_bucket(Bucket="faults")


def fault(token=where["admin_token"], **what):
    urllib.request.urlopen(urllib.request.Request(
        where["endpoint"] + "/_cloud/faults", json.dumps(what).encode(),
        {"X-Cloud-Token": token})).read()


def patient(service, mode="standard", tries=4):
    """A client that tries again, as people's do."""
    return session.create_client(
        service, region_name="us-east-1", endpoint_url=where["endpoint"],
        aws_access_key_id=where["access_key_id"],
        aws_secret_access_key=where["secret_access_key"],
        config=Config(retries={"max_attempts": tries, "mode": mode}))


CALLS = {"s3": s3.list_buckets, "sts": sts.get_caller_identity, "sagemaker": sm.list_models,
         "iam": iam.list_users, "logs": client("logs").describe_log_groups}
WORDS = {"throttle": {"s3": ("SlowDown", 503), "sts": ("Throttling", 400), "iam": ("Throttling", 400),
                      "sagemaker": ("ThrottlingException", 400), "logs": ("ThrottlingException", 400)},
         "error500": {"s3": ("InternalError", 500), "sts": ("InternalFailure", 500),
                      "iam": ("InternalFailure", 500), "sagemaker": ("InternalFailure", 500),
                      "logs": ("InternalFailure", 500)},
         "expired": {"s3": ("ExpiredToken", 400), "sts": ("ExpiredToken", 403),
                     "iam": ("ExpiredToken", 403), "sagemaker": ("ExpiredTokenException", 400),
                     "logs": ("ExpiredTokenException", 400)}}
for kind, services in WORDS.items():
    for service, wanted in services.items():
        fault(kind=kind, subject=service, times=1)
        others = [code(call) for name, call in CALLS.items() if name != service]
        try:
            CALLS[service]()
            found = None
        except Exception as e:
            found = (e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"])
        same(f"{kind}: {service} says so", wanted, found)
        check("the others do not, and neither does it again", others == [None] * 4
              and code(CALLS[service]) is None, others)
for kind in ("throttle", "error500"):
    fault(kind=kind, subject="sagemaker", times=2)
    check(f"{kind} twice: a patient client gets there", "Models" in patient("sagemaker").list_models())
fault(kind="throttle", subject="s3", times=-1)
refused("for ever: it does not", "SlowDown", "reduce your request rate",
        patient("s3", tries=2).list_buckets)
fault(kind="throttle", subject="s3", times=0)
same("until it is switched off", None, code(s3.list_buckets))
fault(kind="slow", subject="sts", times=1, value=1500)
began = time.monotonic()
sts.get_caller_identity()
check("slow takes its time", time.monotonic() - began >= 1.4)
fault(kind="error500", times=2)
same("without a subject it is anybody's", ["InternalError", "InternalFailure", None], [
    code(s3.list_buckets), code(sts.get_caller_identity), code(sts.get_caller_identity)])
fault(kind="region", subject="faults", times=1)
same("a bucket that seems elsewhere", "PermanentRedirect", code(
    s3.put_object, Bucket="faults", Key="x", Body=b""))
same("is back", None, code(s3.put_object, Bucket="faults", Key="x", Body=b""))
arn = role("faults")
fault(kind="quota", subject="ml.t3.medium", times=1)
refused("a quota that seems full", "ResourceLimitExceeded", "is 0 Instances",
        sm.create_notebook_instance, NotebookInstanceName="n", InstanceType="ml.t3.medium",
        RoleArn=arn)
iam.create_user(UserName="plain")
iam.put_user_policy(UserName="plain", PolicyName="tls", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
                                            "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}))
key = iam.create_access_key(UserName="plain")["AccessKey"]
theirs = client("s3", keys=(key["AccessKeyId"], key["SecretAccessKey"], None))
fault(kind="plain", times=1)
same("a connection that seems open to all", ["AccessDenied", None], [
    code(theirs.list_buckets), code(theirs.list_buckets)])
for what, members, status in (("a token of nobody", {"token": "x", "kind": "slow"}, 403),
                              ("a kind that is none", {"kind": "flood"}, 400)):
    try:
        fault(**members)
        found = 200
    except urllib.error.HTTPError as e:
        found = e.code
    same(f"{what} switches nothing", status, found)

# ---- why, and to whom it is told ----------------------------------------------------------------
iam.put_user_policy(UserName="plain", PolicyName="deny", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Sid": "NoBuckets", "Effect": "Deny", "Action":
                                            "s3:ListAllMyBuckets", "Resource": "*"}]}))
told = why(theirs.list_buckets)
same("the caller is told no more than AWS tells", True, told[0] == "AccessDenied"
     and "explicit deny in an identity-based policy" in told[1] and "NoBuckets" not in told[1])

trail = client("cloudtrail")
try:
    urllib.request.urlopen(where["endpoint"] + "/faults/x")
    found = 200
except urllib.error.HTTPError as e:
    found = e.read().decode()
check("nor is nobody", "<Message>Access Denied</Message>" in found, found)


def records(**attribute):
    return [json.loads(e["CloudTrailEvent"]) for e in trail.lookup_events(
        LookupAttributes=[attribute] if attribute else [])["Events"]]


console = records(AttributeKey="PracticeErrorCode", AttributeValue="AccessDenied")
check("the console is told why, of everybody and nobody", len(console) >= 2 and all(
    " is refused" in r.get("practiceWhy", "") for r in console),
      [r for r in console if "practiceWhy" not in r])
check("others are not", not any("practiceWhy" in r for r in records()))
done()
