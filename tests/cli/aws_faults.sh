#!/bin/sh
# The AWS client when the line is cut, watched or lying; see tests/clients/aws_faults.py.
cd "$(dirname "$0")/../.." || exit 1
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 tests/clients/aws_faults.py "$BUILD/labkit"
