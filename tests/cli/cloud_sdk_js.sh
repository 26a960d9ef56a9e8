#!/bin/sh
# The AWS SDK for JavaScript, unchanged: from a bucket to predictions and clean-up.
. "$(dirname "$0")/tap.sh.inc"
"$labkit" cloud --port 0 --dir "$scratch/cloud" > "$scratch/cloud.out" 2>&1 &
cloud=$!
trap 'kill $cloud 2> /dev/null; rm -rf "$scratch"' EXIT INT TERM
n=0
until grep -q http "$scratch/cloud.out" || [ $((n += 1)) -gt 100 ]; do sleep 0.05; done
node tests/clients/sdk_story.mjs "$scratch/cloud" || echo "not ok 99 - the script ended early"
