#!/bin/sh
# Batch transform on the practice cloud: the same numbers as labkit predict, and AWS's failures.
. "$(dirname "$0")/tap.sh.inc"

SCRATCH=$scratch
export SCRATCH
tail -n +2 lessons/data/breast-cancer.csv > "$scratch/train.csv"
cut -d, -f2- "$scratch/train.csv" | head -300 > "$scratch/rows.csv"
"$labkit" train --data "$scratch/train.csv" --no-header --model "$scratch/model.ubj" --rounds 8 --quiet \
    --set objective=binary:logistic
awk -F, '{ print NR % 3 "," $2 "," $3 }' "$scratch/train.csv" > "$scratch/classes.csv"
"$labkit" train --data "$scratch/classes.csv" --no-header --model "$scratch/classes.json" --rounds 2 --quiet \
    --set objective=multi:softprob --set num_class=3

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
    ok "$what" /usr/bin/python3 tests/cli/cloud_transform.py "$scratch/cloud" "$@"
}

begin
check "a bucket, artefacts, roles and models" setup
check "a file through: the numbers of labkit predict, times, logs" whole
check "several files, folders, odd names, one key, a manifest: each its .out" files
check "payloads by size, in parallel, gzip in, no split, too large" payloads
check "input filter, join, output filter; selected contents" processing
check "a bad file, no file, no permission, a stray file, a broken archive" failures
check "what CreateTransformJob refuses" invalid
check "a job is stopped" stopping
check "the quota holds, and is given back" quota
check "jobs run while the cloud is killed" left
kill -9 $server
wait $server 2> /dev/null
begin
check "... and end after the next start" found
done_testing
