#!/bin/sh
# The practice cloud from outside: awscli, boto3, rclone and labkit, unchanged, and a kill -9.
. "$(dirname "$0")/tap.sh.inc"
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_CA_BUNDLE http_proxy HTTP_PROXY
AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
# Older clients presign with version 2 unless told.
printf '[default]\ns3 =\n    signature_version = s3v4\n' > "$scratch/aws-config"
AWS_CONFIG_FILE=$scratch/aws-config
export AWS_EC2_METADATA_DISABLED AWS_DEFAULT_REGION AWS_PAGER AWS_CONFIG_FILE
dir=$XDG_DATA_HOME/labbook/cloud

start() {
    "$labkit" cloud --port "${1:-0}" > "$scratch/cloud.out" 2> "$scratch/cloud.err" &
    cloud=$!
    for i in $(seq 100); do
        [ -s "$scratch/cloud.out" ] && break
        sleep 0.05
    done
    url=$(cat "$scratch/cloud.out")
}
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$dir/endpoint.json" "$1"; }
start
trap 'kill -9 $cloud 2> /dev/null; rm -rf "$scratch"' EXIT INT TERM
AWS_ACCESS_KEY_ID=$(field access_key_id) AWS_SECRET_ACCESS_KEY=$(field secret_access_key)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
aws() { command aws --endpoint-url "$url" "$@"; }
kit() { "$labkit" aws "$@" --target practice; }
quiet() { "$@" > /dev/null 2>&1; }

same "the keys are for their owner alone" "600 600" "$(stat -c %a "$dir/endpoint.json" "$dir/credentials" | tr '\n' ' ' | sed 's/ $//')"
same "awscli: who am I" "arn:aws:iam::$(field account):user/learner" \
    "$(aws sts get-caller-identity --query Arn --output text)"
same "labkit: who am I" "arn:aws:iam::$(field account):user/learner" \
    "$(kit whoami --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["arn"])')"
refused "one cloud a folder" 2 'serves .* already' "$labkit" cloud --port 0

# ---- awscli
head -c 30000000 /dev/urandom > "$scratch/big"
printf 'small' > "$scratch/small"
ok "awscli makes a bucket" aws s3 mb s3://first-bucket
ok "awscli uploads in parts" quiet aws s3 cp "$scratch/big" s3://first-bucket/a/big
ok "awscli downloads in ranges" quiet aws s3 cp s3://first-bucket/a/big "$scratch/back"
ok "and it is the same" cmp "$scratch/big" "$scratch/back"
ok "awscli copies on the server" quiet aws s3 cp s3://first-bucket/a/big s3://first-bucket/b/copy
ok "awscli: keys with everything in them" quiet aws s3 cp "$scratch/small" "s3://first-bucket/ö d+d/ä%20&=.txt"
same "and they list as they are" "ö d+d/ä%20&=.txt" \
    "$(aws s3api list-objects-v2 --bucket first-bucket --prefix 'ö' --query 'Contents[0].Key' --output text)"
same "folders are common prefixes" "a/ b/ ö d+d/" \
    "$(aws s3api list-objects-v2 --bucket first-bucket --delimiter / --query 'CommonPrefixes[].Prefix' --output text | tr '\t' ' ')"
curl -s "$(aws s3 presign s3://first-bucket/a/big)" > "$scratch/back"
ok "a presigned URL needs no key" cmp "$scratch/big" "$scratch/back"
same "a bucket of another region says where it is" "eu-west-1" \
    "$(quiet aws --region eu-west-1 s3 mb s3://far-bucket; aws s3api get-bucket-location --bucket far-bucket --query LocationConstraint --output text)"
same "and refuses requests that were signed for another" 301 "$(curl -s -o /dev/null -w '%{http_code}' "$(aws s3 presign s3://far-bucket/x)")"
ok "a wrong secret is refused in S3's words" sh -c 'AWS_SECRET_ACCESS_KEY=wrong command aws --endpoint-url "$1" s3 ls 2>&1 | grep -q SignatureDoesNotMatch' - "$url"
ok "and in STS's" sh -c 'AWS_SECRET_ACCESS_KEY=wrong command aws --endpoint-url "$1" sts get-caller-identity 2>&1 | grep -q SignatureDoesNotMatch' - "$url"
same "nobody may read without a key" 403 "$(curl -s -o /dev/null -w '%{http_code}' "$url/first-bucket/a/big")"

# ---- labkit's own client
ok "labkit uploads in parts, with the whole's checksum" kit s3 cp "$scratch/big" s3://first-bucket/kit/big --quiet
ok "labkit downloads" kit s3 cp s3://first-bucket/kit/big "$scratch/back" --quiet
ok "and it is the same" cmp "$scratch/big" "$scratch/back"

# ---- rclone
cat > "$scratch/rclone.conf" << R
[p]
type = s3
provider = Other
endpoint = $url
access_key_id = $AWS_ACCESS_KEY_ID
secret_access_key = $AWS_SECRET_ACCESS_KEY
region = us-east-1
force_path_style = true
R
mkdir -p "$scratch/tree/x/y"
for i in $(seq 40); do echo "$i" > "$scratch/tree/x/y/$i"; done
ok "rclone copies a tree" rclone --config "$scratch/rclone.conf" copy "$scratch/tree" p:first-bucket/tree
ok "rclone finds no difference" rclone --config "$scratch/rclone.conf" check "$scratch/tree" p:first-bucket/tree

# ---- boto3: what IAM says
cat > "$scratch/iam.py" << 'PY'
import boto3, json, sys
from botocore.exceptions import ClientError
url = sys.argv[1]
def client(name, **keys): return boto3.client(name, endpoint_url=url, region_name="us-east-1", **keys)
n = 0
def check(what, good):
    global n
    n += 1
    print(("ok" if good else "not ok"), n, "-", what)
def code(call, **args):
    try: call(**args); return None
    except ClientError as e: return e.response["Error"]["Code"]
iam, sts, s3 = client("iam"), client("sts"), client("s3")
account = sts.get_caller_identity()["Account"]
allow = lambda action, resource: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]})
role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]
check("a role's trust comes back", role["AssumeRolePolicyDocument"] == json.loads(trust))
check("a role's name is taken once", code(iam.create_role, RoleName="reader", AssumeRolePolicyDocument=trust) == "EntityAlreadyExists")
check("a policy must be one", code(iam.put_role_policy, RoleName="reader", PolicyName="p", PolicyDocument="{}") == "MalformedPolicyDocument")
iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=allow("s3:GetObject", "arn:aws:s3:::first-bucket/a/*"))
session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
as_role = dict(aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])
theirs = client("s3", **as_role)
check("the session is the role's", client("sts", **as_role).get_caller_identity()["Arn"] == f"arn:aws:sts::{account}:assumed-role/reader/test")
check("it may read what it may", theirs.head_object(Bucket="first-bucket", Key="a/big")["ContentLength"] == 30000000)
check("and nothing else", code(theirs.get_object, Bucket="first-bucket", Key="b/copy") == "AccessDenied")
check("nor write", code(theirs.put_object, Bucket="first-bucket", Key="a/x", Body=b"x") == "AccessDenied")
try: theirs.put_object(Bucket="first-bucket", Key="a/x", Body=b"x")
except ClientError as e: check("the refusal names who, what and why", "assumed-role/reader/test is not authorized to perform: s3:PutObject" in str(e) and "no identity-based policy allows the s3:PutObject action" in str(e))
iam.put_role_policy(RoleName="reader", PolicyName="deny", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}))
check("an explicit deny wins", code(theirs.get_object, Bucket="first-bucket", Key="a/big") == "AccessDenied")
results = iam.simulate_principal_policy(PolicySourceArn=role["Arn"], ActionNames=["s3:GetObject", "iam:GetRole"], ResourceArns=["arn:aws:s3:::first-bucket/a/big"])["EvaluationResults"]
check("the simulator says so", [r["EvalDecision"] for r in results] == ["explicitDeny", "implicitDeny"])
check("a role with policies stays", code(iam.delete_role, RoleName="reader") == "DeleteConflict")
for name in iam.list_role_policies(RoleName="reader")["PolicyNames"]: iam.delete_role_policy(RoleName="reader", PolicyName=name)
iam.delete_role(RoleName="reader")
check("until they are gone", code(iam.get_role, RoleName="reader") == "NoSuchEntity")
public = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::first-bucket/a/*"}]})
check("a public policy is blocked at first", code(s3.put_bucket_policy, Bucket="first-bucket", Policy=public) == "AccessDenied")
s3.put_public_access_block(Bucket="first-bucket", PublicAccessBlockConfiguration=dict(BlockPublicAcls=False, IgnorePublicAcls=False, BlockPublicPolicy=False, RestrictPublicBuckets=False))
s3.put_bucket_policy(Bucket="first-bucket", Policy=public)
import urllib.request, urllib.error
check("and then everybody may read", len(urllib.request.urlopen(url + "/first-bucket/a/big").read()) == 30000000)
try: urllib.request.urlopen(urllib.request.Request(url + "/first-bucket/a/new", data=b"x", method="PUT")); wrote = True
except urllib.error.HTTPError as e: wrote = e.code != 403
check("but not write", not wrote)
s3.put_object_tagging(Bucket="first-bucket", Key="b/copy", Tagging={"TagSet": [{"Key": "k", "Value": "v & w"}]})
check("an object's tags come back", s3.get_object_tagging(Bucket="first-bucket", Key="b/copy")["TagSet"] == [{"Key": "k", "Value": "v & w"}])
s3.put_object(Bucket="first-bucket", Key="b/copy", Body=b"new")
check("and go with the object", s3.get_object_tagging(Bucket="first-bucket", Key="b/copy")["TagSet"] == [])
check("a full bucket stays", code(s3.delete_bucket, Bucket="first-bucket") == "BucketNotEmpty")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="first-bucket", PaginationConfig={"PageSize": 7})
keys = [o["Key"] for p in pages for o in p.get("Contents", [])]
check("pages come to all keys, in order, once", keys == sorted(keys, key=lambda k: k.encode()) and len(keys) == len(set(keys)) == 44)
check("If-None-Match: * writes once", code(s3.put_object, Bucket="first-bucket", Key="a/big", Body=b"", **({"IfNoneMatch": "*"} if "IfNoneMatch" in s3.meta.service_model.operation_model("PutObject").input_shape.members else {"ContentMD5": "AAAAAAAAAAAAAAAAAAAAAA=="})) in ("PreconditionFailed", "BadDigest"))
PY
python3 "$scratch/iam.py" "$url" > "$scratch/iam.out" 2> "$scratch/iam.err" || echo "not ok 99 - $(tail -1 "$scratch/iam.err")" >> "$scratch/iam.out"
while read -r line; do
    tests=$((tests + 1))
    echo "$line" | sed -E "s/^(not ok|ok) [0-9]+/\1 $tests/"
done < "$scratch/iam.out"

# ---- hostile and unlucky
same "a path cannot leave the bucket's place" "" "$(curl -s --path-as-is "$url/first-bucket/../../../etc/passwd" | grep root:)"
same "a foreign Host is refused" 0 "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$url/" | grep -c '^200')"
same "faults need the token" 403 "$(curl -s -o /dev/null -w '%{http_code}' -X POST -d '{"kind":"throttle"}' "$url/_cloud/faults")"
curl -s -X POST -H "X-Cloud-Token: $(field admin_token)" -d '{"kind":"throttle","subject":"sts","times":1}' "$url/_cloud/faults" > /dev/null
ok "a throttled call is tried again by the client" aws sts get-caller-identity
port=${url##*:}
(for i in $(seq 100); do printf '%s' "$i" | kit s3 cp - "s3://first-bucket/kill/$i" --quiet 2> /dev/null && echo "$i"; done) > "$scratch/stored" &
writer=$!
sleep 1
kill -9 $cloud
wait $writer 2> /dev/null
start "$port"
same "what was acknowledged before kill -9 is there" "" \
    "$(for i in $(cat "$scratch/stored"); do [ "$(kit s3 cp "s3://first-bucket/kill/$i" - --quiet)" = "$i" ] || echo "lost $i"; done)"
ok "and something was" test -s "$scratch/stored"
same "no half-received body is left" "" "$(ls "$dir/incoming")"
kill $cloud
wait $cloud
same "it ends in order" 0 $?
done_testing
