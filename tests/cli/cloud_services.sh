#!/bin/sh
# Quotas, prices, tags and notebook instances of the practice cloud, as botocore finds them.
. "$(dirname "$0")/tap.sh.inc"
CLOUD_FOLDER=$scratch/cloud PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export CLOUD_FOLDER PYTHONPATH PYTHONDONTWRITEBYTECODE
"$labkit" cloud --port 0 --dir "$CLOUD_FOLDER" > "$scratch/cloud.out" 2>&1 &
cloud=$!
trap 'kill $cloud; rm -rf "$scratch"' EXIT INT TERM
n=0
until grep -q http "$scratch/cloud.out" || [ $((n += 1)) -gt 100 ]; do sleep 0.05; done
/usr/bin/python3 tests/cli/cloud_services.py || echo "not ok 99 - the script ended early"
