#!/bin/sh
# A practice cloud at the pace of AWS: jobs take the time they would take there.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc
CLOUD_FOLDER=$scratch/cloud PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export CLOUD_FOLDER PYTHONPATH PYTHONDONTWRITEBYTECODE
cloud_begin --pace real --dir "$CLOUD_FOLDER"
/usr/bin/python3 tests/cli/cloud_pace.py "$@" || echo "not ok 9999 - the script ended early"
