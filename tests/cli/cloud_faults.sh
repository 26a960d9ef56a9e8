#!/bin/sh
# The fault switches of the practice cloud, as boto3 meets them.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc
CLOUD_FOLDER=$scratch/cloud PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export CLOUD_FOLDER PYTHONPATH PYTHONDONTWRITEBYTECODE
cloud_begin --dir "$CLOUD_FOLDER"
/usr/bin/python3 tests/cli/cloud_faults.py || echo "not ok 9999 - the script ended early"
