# SageMaker's hyperparameter tuning jobs on the practice cloud, driven by boto3.
. tests/cli/tap.sh.inc
. tests/cli/cloud.sh.inc
PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE


# check SCENARIO...: the scenarios of cloud_training.py print their own lines
check() {
    /usr/bin/python3 tests/cli/cloud_training.py "$scratch/cloud" $((tests + 1)) "$labkit" "$@"
    tests=$((tests + $#))
}

cloud_begin --dir "$scratch/cloud"
check completes tunes grid warm hyperband early tuning_ends tuning_refused start_lasting as_modelled
cloud_kill
cloud_begin --dir "$scratch/cloud"
check lasting_ends as_modelled
kill $cloud
wait $cloud
same "the cloud ends well" 0 $?
done_testing
