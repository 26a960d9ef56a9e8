# SageMaker's hyperparameter tuning jobs on the practice cloud, driven by boto3.
. tests/cli/tap.sh.inc
PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE

serve() {
    "$labkit" cloud --port 0 --dir "$scratch/cloud" > "$scratch/cloud.out" 2>&1 &
    server=$!
    for i in 1 2 3 4 5 6 7 8 9 10; do
        grep -q answers "$scratch/cloud.out" && break
        sleep 0.3
    done
}
trap 'kill $server 2> /dev/null; rm -rf "$scratch"' EXIT INT TERM

# check SCENARIO...: the scenarios of cloud_training.py print their own lines
check() {
    /usr/bin/python3 tests/cli/cloud_training.py "$scratch/cloud" $((tests + 1)) "$labkit" "$@"
    tests=$((tests + $#))
}

serve
check completes tunes grid warm hyperband early tuning_ends tuning_refused start_lasting as_modelled
kill -9 $server
wait $server 2> /dev/null
serve
check lasting_ends as_modelled
kill $server
wait $server
same "the cloud ends well" 0 $?
done_testing
