#!/bin/sh
# Quotas, prices, tags and notebook instances of the practice cloud, as botocore finds them.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc
CLOUD_FOLDER=$scratch/cloud PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export CLOUD_FOLDER PYTHONPATH PYTHONDONTWRITEBYTECODE
cloud_begin --dir "$CLOUD_FOLDER"
/usr/bin/python3 tests/cli/cloud_services.py || echo "not ok 99 - the script ended early"
