# SageMaker of the practice cloud, driven by boto3: models, with what creating one checks.
. tests/cli/tap.sh.inc
. tests/cli/cloud.sh.inc

cloud_begin --dir "$scratch/cloud"

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
cloud_kill
cloud_begin --dir "$scratch/cloud"
check "models survive kill -9, and a deleted one is gone" delete
echo "1..$tests"
