#!/bin/sh
# The AWS SDK for JavaScript, unchanged: from a bucket to predictions and clean-up.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc
cloud_begin --dir "$scratch/cloud"
node tests/clients/sdk_story.mjs "$scratch/cloud" || echo "not ok 99 - the script ended early"
