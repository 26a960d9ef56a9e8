# SageMaker's training jobs on the practice cloud, driven by boto3.
. tests/cli/tap.sh.inc

serve() {
    "$labkit" cloud --port 0 --dir "$scratch/cloud" "$@" > "$scratch/cloud.out" 2>&1 &
    server=$!
    for i in 1 2 3 4 5 6 7 8 9 10; do
        grep -q answers "$scratch/cloud.out" && break
        sleep 0.3
    done
}
trap 'kill $server; rm -rf "$scratch"' EXIT INT TERM

check() {
    what=$1
    shift
    ok "$what" python3 tests/cli/cloud_training.py "$scratch/cloud" "$@"
}

serve
check "a job trains and completes" completes
done_testing
