#!/bin/sh
# Every operation of the AWS client against AWS's service models, botocore's serializer, signer
# and parser; see tests/clients/aws_models.py.
cd "$(dirname "$0")/../.." || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
HOME=$scratch AWS_EC2_METADATA_DISABLED=true PYTHONDONTWRITEBYTECODE=1 \
    /usr/bin/python3 tests/clients/aws_models.py "$BUILD/labkit"
