# A model by way of SageMaker's training, on the practice cloud: with labkit aws, and with awscli.
. tests/cli/tap.sh.inc
. tests/cli/cloud.sh.inc

LABKIT_TARGET=practice
export LABKIT_TARGET
cloud_begin

tail -n +2 lessons/data/breast-cancer.csv > "$scratch/rows.csv"
head -400 "$scratch/rows.csv" > "$scratch/train.csv"
tail -n +401 "$scratch/rows.csv" > "$scratch/valid.csv"
cut -d, -f2- "$scratch/valid.csv" > "$scratch/in.csv"
"$labkit" train --data "$scratch/train.csv" --model "$scratch/home.ubj" --no-header --rounds 20 \
    --set objective=binary:logistic --quiet
"$labkit" predict --model "$scratch/home.ubj" --data "$scratch/in.csv" --out "$scratch/home.out"

# ---- labkit aws

ok "a bucket" "$labkit" aws s3 mb s3://my-lab
ok "a role" "$labkit" aws iam role labkit-jobs --bucket my-lab
job() {
    name=$1
    shift
    "$labkit" aws train --name "$name" --data "$scratch/train.csv" --valid "$scratch/valid.csv" \
        --bucket my-lab --role labkit-jobs --set objective=binary:logistic "$@"
}
job one --rounds 20 --logs --model "$scratch/one.tar.gz" > "$scratch/one.log" 2> "$scratch/one.err"
same "labkit aws train ends well" 0 $?
same "its log is followed, a line a round" 20 "$(grep -c '^\[[0-9]*\]#011train-logloss' "$scratch/one.log")"
ok "its steps are told" grep -q 'Completed *Training job completed' "$scratch/one.err"
ok "labkit reads its model.tar.gz" "$labkit" predict --model "$scratch/one.tar.gz" \
    --data "$scratch/in.csv" --out "$scratch/one.out"
ok "which scores as a model trained at home" cmp "$scratch/home.out" "$scratch/one.out"
same "the log can be had later" "$(grep -v '^arn:' "$scratch/one.log")" \
    "$("$labkit" aws logs one 2> /dev/null)"
job one --rounds 5 > "$scratch/again.out" 2>&1
same "the same name again is refused" 1 $?
ok "in AWS's words, and what to do" grep -q 'must be unique.*choose a new one' "$scratch/again.out"
job late --rounds 90000 > "$scratch/late.out" 2>&1
ok "a job that nobody waits for" grep -q ':training-job/late$' "$scratch/late.out"
ok "can be stopped" "$labkit" aws call sagemaker StopTrainingJob '{"TrainingJobName": "late"}'
printf 'a,1\nb,2\n' > "$scratch/words.csv"
ok "data that is wrong, in the bucket all the same" \
    "$labkit" aws s3 cp "$scratch/words.csv" s3://my-lab/words/words.csv
"$labkit" aws train --name words --data s3://my-lab/words/ --bucket my-lab --role labkit-jobs \
    --rounds 5 --wait > "$scratch/words.out" 2> "$scratch/words.err"
same "a job that fails fails the command" 1 $?
ok "with the job's own reason" grep -q 'AlgorithmError:.*exit code' "$scratch/words.err"

"$labkit" aws tune --name search --data "$scratch/train.csv" --valid "$scratch/valid.csv" \
    --bucket my-lab --role labkit-jobs --set objective=binary:logistic --rounds 15 \
    --range eta=0.05:0.5 --range max_depth=2:8 --jobs 4 --model "$scratch/best.tar.gz" \
    > "$scratch/tune.out" 2> "$scratch/tune.err"
same "labkit aws tune ends well" 0 $?
ok "it tells how far it is" grep -q '4 of 4 jobs done, best validation:logloss' "$scratch/tune.err"
same "and the best job, with its settings" "validation:logloss max_depth eta job" \
    "$(sed -n '/^arn:/!s/ .*//p' "$scratch/tune.out" | tr '\n' ' ' | sed 's/ $//')"
ok "whose model it fetches" "$labkit" eval --model "$scratch/best.tar.gz" \
    --data "$scratch/valid.csv" --label 0 --no-header --metric logloss
value=$(sed -n 's/^validation:logloss *//p' "$scratch/tune.out")
same "which is as good as the search says" "$(printf '%.4f' "$value")" \
    "$(printf '%.4f' "$(sed -n 's/.*logloss[^0-9]*//p' "$scratch/tap.out")")"

# ---- awscli: the same, from the bucket to the model

field() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' \
        "$scratch/data/labbook/cloud/endpoint.json" "$1"
}
AWS_ACCESS_KEY_ID=$(field access_key_id) AWS_SECRET_ACCESS_KEY=$(field secret_access_key)
AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' endpoint=$(field endpoint)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION AWS_PAGER
tool() {
    aws --endpoint-url "$endpoint" "$@"
}
cat > "$scratch/job.json" <<JOB
{"TrainingJobName": "by-cli",
 "AlgorithmSpecification": {
  "TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
  "TrainingInputMode": "File"},
 "RoleArn": "arn:aws:iam::$(field account):role/labkit/labkit-jobs",
 "InputDataConfig": [{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {
  "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://my-lab/data/",
   "S3DataDistributionType": "FullyReplicated"}}}],
 "OutputDataConfig": {"S3OutputPath": "s3://my-lab/models"},
 "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
 "StoppingCondition": {"MaxRuntimeInSeconds": 600},
 "HyperParameters": {"objective": "binary:logistic", "num_round": "20"}}
JOB
ok "awscli puts the data" tool s3 cp "$scratch/train.csv" s3://my-lab/data/train.csv
ok "creates a job" tool sagemaker create-training-job --cli-input-json "file://$scratch/job.json"
for i in 1 2 3 4 5 6 7 8 9 10; do
    tool sagemaker describe-training-job --training-job-name by-cli > "$scratch/told.json"
    grep -q '"TrainingJobStatus": "InProgress"' "$scratch/told.json" || break
done
ok "which completes" grep -q '"TrainingJobStatus": "Completed"' "$scratch/told.json"
model=$(sed -n 's/.*"S3ModelArtifacts": "\(.*\)".*/\1/p' "$scratch/told.json")
ok "fetches the model" tool s3 cp "$model" "$scratch/cli.tar.gz"
ok "labkit reads it" "$labkit" predict --model "$scratch/cli.tar.gz" --data "$scratch/in.csv" \
    --out "$scratch/cli.out"
ok "and it scores as a model trained at home" cmp "$scratch/home.out" "$scratch/cli.out"
ok "awscli finds the job's lines" sh -c 'aws --endpoint-url "$0" logs filter-log-events \
    --log-group-name /aws/sagemaker/TrainingJobs --log-stream-name-prefix by-cli/ \
    --filter-pattern "\"[19]\"" | grep -q train-logloss' "$endpoint"
done_testing
