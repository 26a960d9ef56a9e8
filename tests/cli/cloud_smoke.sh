#!/bin/sh
# The practice cloud as a real AWS client (botocore) finds it: data, identity, refusals, kill -9.
. tests/cli/tap.sh.inc
. tests/cli/cloud.sh.inc


cat > "$scratch/client.py" << 'P'
import hashlib, json, sys
import botocore.session
from botocore.exceptions import ClientError

at = json.load(open(sys.argv[1]))
def client(service, key=at["access_key_id"], secret=at["secret_access_key"]):
    return botocore.session.get_session().create_client(
        service, region_name="us-east-1", endpoint_url=at["endpoint"],
        aws_access_key_id=key, aws_secret_access_key=secret)
def code(**how):
    try:
        client("s3", **how).list_buckets()
    except ClientError as e:
        return e.response["Error"]["Code"]
s3, body, key = client("s3"), b"hello" * 9000, "odd k\u00e9/+y=~*.txt"
if sys.argv[2] == "put":
    s3.create_bucket(Bucket="bkt")
    s3.put_object(Bucket="bkt", Key=key, Body=body)
elif sys.argv[2] == "get":
    got = s3.get_object(Bucket="bkt", Key=key)
    assert got["Body"].read() == body
    assert got["ETag"] == '"%s"' % hashlib.md5(body).hexdigest(), got["ETag"]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="bkt")["Contents"]] == [key]
elif sys.argv[2] == "who":
    who = client("sts").get_caller_identity()
    assert who["Account"] == at["account"] and who["Arn"].endswith(":user/learner"), who
else:
    assert code(secret="wrong") == "SignatureDoesNotMatch"
    assert code(key="AKIANOSUCHKEY") == "InvalidAccessKeyId"
P
client() {
    /usr/bin/python3 "$scratch/client.py" "$scratch/cloud/endpoint.json" "$1"
}

cloud_begin --dir "$scratch/cloud"
ok "an object with an odd key is taken" client put
ok "it comes back whole, with its MD5 as ETag, and is listed" client get
ok "the caller is the learner" client who
ok "a wrong secret and an unknown key are refused by name" client refused
kill -9 "$cloud"
wait "$cloud" 2> /dev/null
cloud_begin --dir "$scratch/cloud"
ok "what was acknowledged is there after kill -9" client get
done_testing
