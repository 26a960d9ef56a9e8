#!/bin/sh
# The bill of the practice cloud and its budgets, calls and refusals, versions of policies.
. "$(dirname "$0")/tap.sh.inc"
CLOUD_FOLDER=$scratch/cloud PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export CLOUD_FOLDER PYTHONPATH PYTHONDONTWRITEBYTECODE LABKIT="$labkit"
trap 'kill -9 $(cat "$scratch/pid") 2> /dev/null; rm -rf "$scratch"' EXIT INT TERM
PID_FILE=$scratch/pid
export PID_FILE
/usr/bin/python3 tests/cli/cloud_bill.py || echo "not ok 99 - the script ended early"
