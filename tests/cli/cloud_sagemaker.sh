# SageMaker of the practice cloud, driven by boto3: models, with what creating one checks.
. tests/cli/tap.sh.inc

"$labkit" cloud --port 0 --dir "$scratch/cloud" > "$scratch/cloud.out" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$scratch"' EXIT INT TERM
for i in 1 2 3 4 5 6 7 8 9 10; do
    grep -q answers "$scratch/cloud.out" && break
    sleep 0.5
done

check() {
    what=$1
    shift
    ok "$what" python3 tests/cli/cloud_sagemaker.py "$scratch/cloud" "$@"
}

check "a model is created, described and listed, and its name is taken" create
check "models list in pages, by name and by part of a name" pages
check "a role that may not read the artefact, or an artefact not there, is refused" artefact
check "a role that SageMaker cannot assume is refused" trust
check "names, containers and members are validated" invalid
check "another region has models of its own" region
kill -9 $server
wait $server 2> /dev/null
"$labkit" cloud --port 0 --dir "$scratch/cloud" > "$scratch/cloud.out" 2>&1 &
server=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
    grep -q answers "$scratch/cloud.out" && break
    sleep 0.5
done
check "models survive kill -9, and a deleted one is gone" delete
echo "1..$tests"
