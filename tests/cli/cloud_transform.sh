#!/bin/sh
# Batch transform on the practice cloud: the same numbers as labkit predict, and AWS's failures.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc

SCRATCH=$scratch
export SCRATCH
tail -n +2 lessons/data/breast-cancer.csv > "$scratch/train.csv"
cut -d, -f2- "$scratch/train.csv" | head -300 > "$scratch/rows.csv"
"$labkit" train --data "$scratch/train.csv" --no-header --model "$scratch/model.ubj" --rounds 8 --quiet \
    --set objective=binary:logistic
awk -F, '{ print NR % 3 "," $2 "," $3 }' "$scratch/train.csv" > "$scratch/classes.csv"
"$labkit" train --data "$scratch/classes.csv" --no-header --model "$scratch/classes.json" --rounds 2 --quiet \
    --set objective=multi:softprob --set num_class=3

check() {
    what=$1
    shift
    ok "$what" /usr/bin/python3 tests/cli/cloud_transform.py "$scratch/cloud" "$@"
}

cloud_begin --dir "$scratch/cloud"
check "a bucket, artefacts, roles and models" setup
check "a file through: the numbers of labkit predict, times, logs" whole
check "several files, folders, odd names, one key, a manifest: each its .out" files
check "payloads by size, in parallel, gzip in, no split, too large" payloads
check "input filter, join, output filter; selected contents" processing
check "a bad file, no file, no permission, a stray file, a broken archive" failures
check "what CreateTransformJob refuses" invalid

# ---- awscli: the same, with its waiter
field() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$scratch/cloud/endpoint.json" "$1"
}
AWS_ACCESS_KEY_ID=$(field access_key_id) AWS_SECRET_ACCESS_KEY=$(field secret_access_key)
AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' endpoint=$(field endpoint)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION AWS_PAGER
tool() {
    aws --endpoint-url "$endpoint" "$@"
}
ok "awscli puts rows" tool s3 cp "$scratch/rows.csv" s3://transforms/cli/rows.csv
ok "creates a job" tool sagemaker create-transform-job --transform-job-name by-cli --model-name good \
    --transform-input 'DataSource={S3DataSource={S3DataType=S3Prefix,S3Uri=s3://transforms/cli/}},ContentType=text/csv,SplitType=Line' \
    --transform-output S3OutputPath=s3://transforms/cli-out,AssembleWith=Line \
    --transform-resources InstanceType=ml.m5.large,InstanceCount=1
for i in 1 2 3 4 5 6 7 8; do
    tool sagemaker describe-transform-job --transform-job-name by-cli > "$scratch/told.json"
    grep -q '"TransformJobStatus": "InProgress"' "$scratch/told.json" || break
done
ok "waits for it" tool sagemaker wait transform-job-completed-or-stopped --transform-job-name by-cli
ok "fetches the scores" tool s3 cp s3://transforms/cli-out/rows.csv.out "$scratch/cli.out"
"$labkit" predict --model "$scratch/model.ubj" --data "$scratch/rows.csv" --out "$scratch/home.out"
ok "which are those of labkit predict" python3 -c 'import struct, sys
a, b = ([struct.unpack("f", struct.pack("f", float(x)))[0] for x in open(f)] for f in sys.argv[1:])
assert a == b and len(a) == 300' "$scratch/home.out" "$scratch/cli.out"

check "a job is stopped" stopping
check "the quota holds, and is given back" quota
check "jobs run while the cloud is killed" left
cloud_kill
cloud_begin --dir "$scratch/cloud"
check "... and end after the next start" found
done_testing
