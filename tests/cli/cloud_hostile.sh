#!/bin/sh
# The practice cloud under hostile and unlucky clients; the sanitized program runs it as well.
. "$(dirname "$0")/tap.sh.inc"
CLOUD_FOLDER=$scratch/jail/cloud PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export CLOUD_FOLDER PYTHONPATH PYTHONDONTWRITEBYTECODE LABKIT="$labkit"
trap 'kill -9 $(cat "$scratch/pid") 2> /dev/null; rm -rf "$scratch"' EXIT INT TERM
PID_FILE=$scratch/pid SERVER_LOG=$scratch/server.log
export PID_FILE SERVER_LOG
mkdir -p "$scratch/jail"
/usr/bin/python3 tests/cli/cloud_hostile.py || echo "not ok 99 - the script ended early"
