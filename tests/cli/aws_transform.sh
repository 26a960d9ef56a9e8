#!/bin/sh
# From a file with a header to scores, with labkit aws on the practice cloud: train, transform, endpoint.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc

LABKIT_TARGET=practice
export LABKIT_TARGET
cloud_begin
"$labkit" data split lessons/data/breast-cancer.csv --first "$scratch/train.csv" --second "$scratch/test.csv" \
    --stratify malignant
"$labkit" train --data "$scratch/train.csv" --label malignant --rounds 12 --model "$scratch/home.ubj" \
    --set objective=binary:logistic --quiet
"$labkit" predict --data "$scratch/test.csv" --model "$scratch/home.ubj" --out "$scratch/home.out"
# scores FILE: numbers of any spelling as floats, a line each
scores() {
    python3 -c 'import struct, sys
for line in sys.stdin:
    print(*[struct.unpack("f", struct.pack("f", float(x)))[0] for x in line.replace("[", "").replace("]", "").split(",")])' < "$1"
}
ok "a bucket" "$labkit" aws s3 mb s3://my-lab
ok "a role" "$labkit" aws iam role labkit-jobs --bucket my-lab

# ---- the local check: what would fail there fails here, and nothing is sent
train() {
    "$labkit" aws train --bucket my-lab --role labkit-jobs --local-check "$@"
}
# stops WHAT PATTERN COMMAND...: exit code 3, its last line on stderr matches
stops() {
    what=$1 pattern=$2
    shift 2
    "$@" > "$scratch/stop.out" 2> "$scratch/stop.err"
    same "$what" 3 $?
    ok "... and says why" sh -c 'tail -1 "$0" | grep -qE "$1"' "$scratch/stop.err" "$pattern"
}
stops "a label that the objective does not take" 'nothing was sent: row 1: the label is 17.99' \
    train --name bad-label --data "$scratch/train.csv" --label mean_radius --set objective=binary:logistic
stops "a hyperparameter that cannot be read" 'nothing was sent: monotone_constraints' \
    train --name bad-set --data "$scratch/train.csv" --label malignant --set monotone_constraints='(1,x)'
tail -n +2 "$scratch/train.csv" > "$scratch/bare.csv"
sed 's/$/,1/' "$scratch/bare.csv" > "$scratch/wide.csv"
stops "a validation file of another width" 'nothing was sent: the validation channel has 31 features' \
    train --name bad-valid --data "$scratch/bare.csv" --valid "$scratch/wide.csv"
grep -v ',,' lessons/data/penguins.csv > "$scratch/penguins.csv"
"$labkit" aws s3 ls s3://my-lab > "$scratch/ls"
same "nothing is in the bucket" 0 "$(wc -l < "$scratch/ls")"
refused "a column of words" 1 "column species has words" \
    train --name words --data "$scratch/penguins.csv" --label body_mass_g
refused "what SageMaker cannot do is said" 2 'takes no base margins' \
    train --name margins --data "$scratch/train.csv" --base-margin mean_radius
refused "columns of what lies in S3 cannot be picked" 2 'is for files here' \
    train --name far --data s3://my-lab/x/ --label malignant

# ---- train, of a file with a header and a label by name
ok "labkit aws train takes labkit train's options" train --name one --data "$scratch/train.csv" --label malignant \
    --valid "$scratch/test.csv" --set objective=binary:logistic --rounds 12 --model "$scratch/one.tar.gz"
"$labkit" predict --model "$scratch/one.tar.gz" --data "$scratch/test.csv" --out "$scratch/one.err" 2> /dev/null
cut -d, -f2- "$scratch/test.csv" | tail -n +2 > "$scratch/in.csv"
"$labkit" predict --model "$scratch/one.tar.gz" --data "$scratch/in.csv" --out "$scratch/one.out"
ok "the model scores as the one trained at home" cmp "$scratch/home.out" "$scratch/one.out"

# ---- transform
transform() {
    "$labkit" aws transform --bucket my-lab --role labkit-jobs "$@"
}
ok "labkit aws transform, of a file with header and label" transform --name t1 --from-job one \
    --data "$scratch/test.csv" --label malignant --out "$scratch/t1"
scores "$scratch/home.out" > "$scratch/want"
scores "$scratch/t1/test.csv.out" > "$scratch/got"
same "a score a row" 114 "$(wc -l < "$scratch/got")"
ok "the scores of labkit predict" cmp "$scratch/want" "$scratch/got"
ok "labkit predict on the transform's own input" sh -c '"$0" aws s3 cp s3://my-lab/labkit/t1/input/test.csv "$1/back.csv" &&
    "$0" predict --model "$1/one.tar.gz" --data "$1/back.csv" --out "$1/back.out"' "$labkit" "$scratch"
ok "gives the numbers of its output" cmp "$scratch/home.out" "$scratch/back.out"
cut -d, -f1 "$scratch/test.csv" | tail -n +2 > "$scratch/truth"
tail -n +2 "$scratch/test.csv" > "$scratch/all.csv"
ok "with the label beside each score" transform --name t2 --use-model t1 --data "$scratch/all.csv" --join \
    --input-filter '$[1:]' --output-filter '$[0,-1]' --out "$scratch/t2"
cut -d, -f1 "$scratch/t2/all.csv.out" > "$scratch/labels"
ok "... the labels" cmp "$scratch/truth" "$scratch/labels"
cut -d, -f2 "$scratch/t2/all.csv.out" > "$scratch/joined"
scores "$scratch/joined" > "$scratch/got"
ok "... and the scores" cmp "$scratch/want" "$scratch/got"
transform --name t3 --use-model t1 --data "$scratch/all.csv" --wait > "$scratch/t3" 2> "$scratch/t3.err"
same "a job that fails fails the command" 1 $?
ok "with the job's reason" grep -q 'ClientError: See job logs' "$scratch/t3.err"
ok "and its log says what the model said" sh -c '"$0" aws logs t3 --kind transform-job | grep -q "31 is not consistent"' "$labkit"

# ---- endpoint
ok "labkit aws endpoint" "$labkit" aws endpoint live --use-model t1 --wait
"$labkit" aws invoke live --data "$scratch/in.csv" > "$scratch/live.out"
ok "labkit aws invoke: the numbers of labkit predict" cmp "$scratch/home.out" "$scratch/live.out"
head -3 "$scratch/in.csv" | "$labkit" aws invoke live --data - --accept application/json > "$scratch/live.json"
ok "JSON where it is wanted" python3 -c 'import json, sys
assert len(json.load(open(sys.argv[1]))["predictions"]) == 3' "$scratch/live.json"
printf 'a,b\n' > "$scratch/words.csv"
refused "the model's own words when it refuses" 1 'client error \(415\)' "$labkit" aws invoke live --data "$scratch/words.csv"
ok "it is in the ledger, and costs" sh -c '"$0" aws ledger | grep -q live' "$labkit"
ok "deleted" "$labkit" aws endpoint live --delete
"$labkit" aws cleanup --yes > "$scratch/clean" 2>&1
same "cleanup" 0 $?
sleep 0.3
for what in Endpoints EndpointConfigs Models; do
    same "no ${what} are left" "{
  \"$what\": []
}" "$("$labkit" aws call sagemaker List$what '{}')"
done
done_testing
