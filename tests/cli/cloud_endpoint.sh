#!/bin/sh
# Endpoints of the practice cloud: they serve, are updated, fail, come back after kill -9, and go.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc

SCRATCH=$scratch
export SCRATCH
tail -n +2 lessons/data/breast-cancer.csv > "$scratch/train.csv"
cut -d, -f2- "$scratch/train.csv" | head -100 > "$scratch/rows.csv"
for model in model:8 second:3; do
    "$labkit" train --data "$scratch/train.csv" --no-header --model "$scratch/${model%:*}.ubj" --quiet \
        --rounds "${model#*:}" --set objective=binary:logistic
done
cp "$scratch/model.ubj" "$scratch/classes.json"

check() {
    what=$1
    shift
    ok "$what" /usr/bin/python3 tests/cli/cloud_endpoint.py "$scratch/cloud" "$@"
}

cloud_begin --dir "$scratch/cloud"
check "a bucket, artefacts, roles and models" setup
check "a configuration, an endpoint, predictions, logs" life
check "ModelError and its words, no such endpoint, wrong secret, no permission" errors
# ---- awscli
field() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$scratch/cloud/endpoint.json" "$1"
}
AWS_ACCESS_KEY_ID=$(field access_key_id) AWS_SECRET_ACCESS_KEY=$(field secret_access_key)
AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' endpoint=$(field endpoint)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION AWS_PAGER
head -5 "$scratch/rows.csv" > "$scratch/five.csv"
ok "awscli waits for the endpoint" aws --endpoint-url "$endpoint" sagemaker wait endpoint-in-service --endpoint-name e1
ok "awscli invokes it" aws --endpoint-url "$endpoint" sagemaker-runtime invoke-endpoint --endpoint-name e1 \
    --content-type text/csv --body "fileb://$scratch/five.csv" "$scratch/cli.out"
"$labkit" predict --model "$scratch/model.ubj" --data "$scratch/five.csv" --out "$scratch/home.out"
ok "and gets the numbers of labkit predict" cmp "$scratch/home.out" "$scratch/cli.out"

check "an update loses no request; variants by weight; weights and counts" update
check "a model that does not load; a failed update; a container that dies" failures
check "the quota is held" quota
cloud_kill
cloud_begin --dir "$scratch/cloud"
check "after kill -9 of the cloud the endpoint serves again" restarted
check "deleted, nothing of it is left" delete
done_testing
