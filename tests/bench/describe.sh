#!/bin/sh
# The practice cloud's control plane on one core: tests/bench/describe.sh BUILD
# DescribeTrainingJob of a job that has run, signed, through IAM and SQLite: at
# least 1,000 a second from four connections.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$(cd "$1" && pwd) scratch=$(mktemp -d)
server=
trap 'kill "$server" 2> /dev/null; wait; rm -rf "$scratch"' EXIT INT TERM
export PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1

taskset -c 0 "$build/labkit" cloud --port 0 --dir "$scratch/cloud" > "$scratch/out" 2>&1 &
server=$!
n=0
until grep -q answers "$scratch/out"; do
    n=$((n + 1))
    [ $n -lt 100 ] || { cat "$scratch/out" >&2; exit 1; }
    sleep 0.1
done
/usr/bin/python3 tests/cli/cloud_training.py "$scratch/cloud" 1 "$build/labkit" completes \
    > "$scratch/tap" || exit 1
grep -q '^ok 1' "$scratch/tap" || { cat "$scratch/tap" >&2; exit 1; }

# One request, signed once: a signature is good for five minutes.
/usr/bin/python3 - "$scratch/cloud/endpoint.json" > "$scratch/wrk.lua" <<'PY'
import json, sys
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
where = json.load(open(sys.argv[1]))
body = '{"TrainingJobName": "first"}'
r = AWSRequest("POST", where["endpoint"] + "/", data=body, headers={
    "X-Amz-Target": "SageMaker.DescribeTrainingJob", "Content-Type": "application/x-amz-json-1.1"})
SigV4Auth(Credentials(where["access_key_id"], where["secret_access_key"]), "sagemaker",
          "us-east-1").add_auth(r)
print(f"wrk.method = 'POST'\nwrk.body = {json.dumps(body)}")
for name, value in r.prepare().headers.items():
    value = value.decode() if isinstance(value, bytes) else value
    print(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}")
PY
url=$(head -n 1 "$scratch/out")
wrk -t 1 -c 4 -d 5 -s "$scratch/wrk.lua" "$url/" > "$scratch/wrk.out" || exit 1
if grep -q 'Non-2xx' "$scratch/wrk.out"; then
    cat "$scratch/wrk.out" >&2
    exit 1
fi
rate=$(sed -n 's/^Requests.sec: *//p' "$scratch/wrk.out")
size=$(ps -o rss= -p "$server")
awk -v rate="$rate" -v size="$size" 'BEGIN {
    printf "describe calls, one core: %.0f a second (at least 1000), %.0f MB\n", rate, size / 1024
    exit rate < 1000
}'
