#!/bin/sh
# The AWS client against an unkind small AWS: credentials, retries, errors, S3, jobs and money,
# kills and clean-up; see tests/clients/aws_stories.py.
cd "$(dirname "$0")/../.." || exit 1
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 tests/clients/aws_stories.py "$BUILD/labkit"
