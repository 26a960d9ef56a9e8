#!/bin/sh
# Endpoints of the practice cloud: they serve, are updated, fail, come back after kill -9, and go.
. "$(dirname "$0")/tap.sh.inc"

SCRATCH=$scratch
export SCRATCH
tail -n +2 lessons/data/breast-cancer.csv > "$scratch/train.csv"
cut -d, -f2- "$scratch/train.csv" | head -100 > "$scratch/rows.csv"
for model in model:8 second:3; do
    "$labkit" train --data "$scratch/train.csv" --no-header --model "$scratch/${model%:*}.ubj" --quiet \
        --rounds "${model#*:}" --set objective=binary:logistic
done
cp "$scratch/model.ubj" "$scratch/classes.json"

begin() {
    : > "$scratch/cloud.out"
    "$labkit" cloud --port 0 --dir "$scratch/cloud" > "$scratch/cloud.out" 2>&1 &
    server=$!
    while ! grep -q answers "$scratch/cloud.out"; do
        kill -0 $server || break
        sleep 0.05
    done
}
trap 'kill $server; rm -rf "$scratch"' EXIT INT TERM
check() {
    what=$1
    shift
    ok "$what" /usr/bin/python3 tests/cli/cloud_endpoint.py "$scratch/cloud" "$@"
}

begin
check "a bucket, artefacts, roles and models" setup
check "a configuration, an endpoint, predictions, logs" life
check "ModelError and its words, no such endpoint, wrong secret, no permission" errors
check "an update loses no request; variants by weight; weights and counts" update
check "a model that does not load; a failed update; a container that dies" failures
check "the quota is held" quota
kill -9 $server
wait $server 2> /dev/null
begin
check "after kill -9 of the cloud the endpoint serves again" restarted
check "deleted, nothing of it is left" delete
done_testing
