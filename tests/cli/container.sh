#!/bin/sh
# labkit train as SageMaker's container: a job's folder in, a model, checkpoints or a reason out.
. "$(dirname "$0")/tap.sh.inc"
d=$scratch/job
config=$d/opt/ml/input/config
data=$d/opt/ml/input/data

# job CHANNELS HYPERPARAMETERS: the folder of a new job on the breast-cancer rows
job() {
    rm -rf "$d"
    mkdir -p "$config" "$data/train" "$data/validation"
    tail -n +2 lessons/data/breast-cancer.csv | awk 'NR % 4' > "$scratch/rows.csv"
    head -200 "$scratch/rows.csv" > "$data/train/a.csv"
    tail -n +201 "$scratch/rows.csv" > "$data/train/b.csv"
    tail -n +2 lessons/data/breast-cancer.csv | awk 'NR % 4 == 0' > "$data/validation/v.csv"
    printf '%s' "$1" > "$config/inputdataconfig.json"
    printf '%s' "$2" > "$config/hyperparameters.json"
    echo '{"current_host":"algo-1","hosts":["algo-1"],"network_interface_name":"eth0"}' > "$config/resourceconfig.json"
}
both='{"train":{"ContentType":"text/csv","TrainingInputMode":"File","S3DistributionType":"FullyReplicated","RecordWrapperType":"None"},"validation":{"ContentType":"csv","TrainingInputMode":"File"}}'
one='{"train":{"ContentType":"text/csv","TrainingInputMode":"File"}}'
logistic='{"objective":"binary:logistic","num_round":"20","max_depth":"3","eval_metric":"logloss,auc"}'

# ---- a job that goes well
job "$both" "$logistic"
"$labkit" train --root "$d" > "$scratch/log" 2> "$scratch/err"
same "it ends with 0" 0 $?
ok "the model lies where the service fetches it" test -s "$d/opt/ml/model/xgboost-model"
ok "no reason of a failure" test ! -e "$d/opt/ml/output/failure"
ok "the rows are counted" grep -q 'Train matrix has 427 rows and 30 columns' "$scratch/log"
# The metric definitions of the built-in algorithm, as the service applies them to the log.
for metric in validation:auc validation:logloss train:auc; do
    pattern=".*\\[[0-9]+\\].*#011$(echo $metric | tr : -):([^[:space:]#]+)"
    same "the regex of $metric matches every round" 20 "$(grep -cE "$pattern" "$scratch/log")"
done

# The same numbers as a training by hand on the same rows in the same order.
"$labkit" train --data "$scratch/rows.csv" --model "$scratch/hand.ubj" --no-header --rounds 20 --quiet \
    --set objective=binary:logistic --set max_depth=3
cut -d, -f2- "$data/validation/v.csv" > "$scratch/in.csv"
"$labkit" predict --model "$scratch/hand.ubj" --data "$scratch/in.csv" --out "$scratch/hand.out"
"$labkit" predict --model "$d/opt/ml/model/xgboost-model" --data "$scratch/in.csv" --out "$scratch/job.out"
same "142 predictions" 142 "$(wc -l < "$scratch/job.out")"
ok "predictions as of a training by hand" cmp "$scratch/hand.out" "$scratch/job.out"

# The file as each version of the image writes it; labkit and XGBoost read both.
same "the newest image writes UBJSON" '{L' "$(head -c 2 "$d/opt/ml/model/xgboost-model")"
ok "train as image 1.7-1" "$labkit" train --root "$d" --image-version 1.7-1
same "which writes the old binary format" binf "$(head -c 4 "$d/opt/ml/model/xgboost-model")"
"$labkit" predict --model "$d/opt/ml/model/xgboost-model" --data "$scratch/in.csv" --out "$scratch/old.out"
ok "the same predictions" cmp "$scratch/hand.out" "$scratch/old.out"

# ---- libsvm, of which files name different columns; weights in CSV
job '{"train":{}}' '{"num_round":"3"}'
rm "$data"/train/*
printf '1 0:1 2:3\n0 0:2\n1 0:1\n0 1:2\n' > "$data/train/a"
printf '1 4:3\n0 0:2\n' > "$data/train/b"
ok "libsvm is what a channel without a type holds" "$labkit" train --root "$d"
ok "the widest file sets the width" sh -c '"$0" inspect --model "$1" | grep -q "features *5"' "$labkit" "$d/opt/ml/model/xgboost-model"
job "$one" '{"num_round":"3","csv_weights":"1","objective":"reg:squarederror"}'
printf '1,0,5\n0,1,5\n3,1,7\n' > "$data/train/a.csv"
rm "$data/train/b.csv"
ok "weights in the second column" "$labkit" train --root "$d"
ok "leave one feature" sh -c '"$0" inspect --model "$1" | grep -q "features *1"' "$labkit" "$d/opt/ml/model/xgboost-model"

# ---- early stopping keeps the rounds up to the best
job "$both" '{"objective":"binary:logistic","num_round":"400","early_stopping_rounds":"3","eta":"0.9"}'
"$labkit" train --root "$d" > "$scratch/log"
best=$("$labkit" inspect --model "$d/opt/ml/model/xgboost-model" | sed -n 's/.*best_iteration: *//p' | head -1)
rounds=$(grep -c '^\[[0-9]*\]#' "$scratch/log")
same "three rounds after the best it stops" "$rounds" $((best + 4))
ok "the model ends with its best round" sh -c '"$0" inspect --model "$1" | grep -q "rounds *$2\b"' "$labkit" "$d/opt/ml/model/xgboost-model" $((best + 1))

# ---- told to stop; resumed; the same model as without
long='{"objective":"binary:logistic","num_round":"3000","max_depth":"3","eval_metric":"logloss","subsample":"0.9"}'
job "$one" "$long"
"$labkit" train --root "$d" > /dev/null
cp "$d/opt/ml/model/xgboost-model" "$scratch/whole"
job "$one" "$long"
mkdir -p "$d/opt/ml/checkpoints"
"$labkit" train --root "$d" > "$scratch/log" &
pid=$!
while ! grep -q '^\[40\]' "$scratch/log"; do sleep 0.02; done
kill -TERM $pid
wait $pid
same "SIGTERM ends it with 0" 0 $?
last=$(grep '^\[[0-9]*\]#' "$scratch/log" | tail -1 | sed 's/^\[\([0-9]*\)\].*/\1/')
ok "before its last round" test "$last" -lt 2999
ok "with a checkpoint of the round it was in" test -s "$d/opt/ml/checkpoints/xgboost-checkpoint.$last"
ok "at most five checkpoints are kept" test "$(ls "$d/opt/ml/checkpoints" | wc -l)" -le 5
ok "no model, as save_model_on_termination was not set" test ! -e "$d/opt/ml/model/xgboost-model"
"$labkit" train --root "$d" > "$scratch/log"
ok "the next job resumes after it" grep -q "^\[$((last + 1))\]" "$scratch/log"
same "and does not repeat a round" $((2999 - last)) "$(grep -c '^\[[0-9]*\]#' "$scratch/log")"
ok "the same model as of an uninterrupted job" cmp "$scratch/whole" "$d/opt/ml/model/xgboost-model"
job "$one" "$(echo "$long" | sed 's/}/,"save_model_on_termination":"true"}/')"
"$labkit" train --root "$d" > "$scratch/log" &
pid=$!
while ! grep -q '^\[40\]' "$scratch/log"; do sleep 0.02; done
kill -TERM $pid
wait $pid
ok "save_model_on_termination leaves the model so far" "$labkit" inspect --model "$d/opt/ml/model/xgboost-model"

# ---- paths in logs and reasons are those of the container
ok "the log does not name the folder that is the root" sh -c '! grep -q "$1" "$0"' "$scratch/log" "$d"

# ---- what is refused, by name; the reason is where the service looks
# fails WHAT PATTERN
fails() {
    refused "$1" 1 "$2" "$labkit" train --root "$d"
    ok "... and the reason is written" grep -qE -e "$2" "$d/opt/ml/output/failure"
    ok "... and no model" test ! -e "$d/opt/ml/model/xgboost-model"
}
job "$one" '{"num_round":"3","max_dept":"3"}'
fails "an unknown hyperparameter" "no hyperparameter 'max_dept'; did you mean 'max_depth'"
job "$one" '{"max_depth":"3"}'
fails "no num_round" 'num_round'
job "$one" '{"num_round":"3","eta":"2"}'
fails "a value out of range" "eta is a number from 0 to 1, not '2'"
job "$one" '{"num_round":3}'
fails "a hyperparameter that is no string" 'num_round'
job "$one" '{"num_round":"3","objective":"binary:logistic"}'
printf '2,1\n3,4\n' > "$data/train/a.csv"
rm "$data/train/b.csv"
fails "labels that the objective does not take" 'label'
job '{"train":{"ContentType":"application/x-parquet"}}' "$logistic"
fails "parquet" "channel 'train': labkit does not read application/x-parquet"
job '{"train":{"ContentType":"application/x-recordio-protobuf"}}' "$logistic"
fails "recordio" "does not read application/x-recordio-protobuf"
job '{"train":{"ContentType":"text/csv; label_size=2"}}' "$logistic"
fails "a label of two columns" 'label_size must be 1'
job '{"train":{"ContentType":"text/csv","TrainingInputMode":"Pipe"}}' "$logistic"
fails "pipe mode" 'input mode Pipe'
job '{"train":{"ContentType":"text/csv"},"test":{}}' "$logistic"
fails "a channel of another name" 'Extraneous channel found: test'
job '{"validation":{"ContentType":"text/csv"}}' "$logistic"
fails "no training channel" 'Missing required channel: train'
job "$one" "$logistic"
rm "$data"/train/*
fails "a channel without files" 'No data in training channel'
job "$one" "$logistic"
cp lessons/data/breast-cancer.csv "$data/train/a.csv"
fails "a header line" "a.csv:1:1: expected a number, found 'malignant'"
job "$one" "$logistic"
awk 'BEGIN { FS = OFS = "," } NR == 9 { $3 = "tall" } 1' "$data/train/a.csv" > "$data/train/c.csv"
fails "a word among the features" "c.csv:9:9: expected a number, found 'tall'"
job "$one" "$logistic"
awk 'BEGIN { FS = OFS = "," } { $3 = "tall" } 1' "$data/train/a.csv" > "$data/train/c.csv"
fails "a column of words" "/opt/ml/input/data/train/c.csv: column 3 has the word 'tall'"
job "$one" "$logistic"
echo '1,2,3' > "$data/train/b.csv"
fails "a file of another width" 'b.csv:1: expected 30 columns'
job "$both" "$logistic"
sed 's/$/,1/' "$data/train/a.csv" > "$data/validation/v.csv"
fails "a wider validation channel" 'has 31 features, the training channel 30'
job "$one" "$logistic"
echo '{"hosts":["algo-1","algo-2"],"current_host":"algo-3"}' > "$config/resourceconfig.json"
fails "a host that is none of the job's" "current_host 'algo-3' is none of the hosts"
job "$one" '{"num_round":'
fails "half a configuration" 'hyperparameters.json:1:'
# ---- two hosts, each with a part of the rows, over TCP: the model that all rows give
job "$one" "$logistic"
"$labkit" train --root "$d" > /dev/null
cp "$d/opt/ml/model/xgboost-model" "$scratch/alone"
cp -R "$d" "$scratch/second"
rm -rf "$d/opt/ml/model" "$scratch/second/opt/ml/model" \
    "$data/train/b.csv" "$scratch/second/opt/ml/input/data/train/a.csv"
for i in 1 2; do
    [ $i = 1 ] && at=$d || at=$scratch/second
    echo '{"current_host":"algo-'$i'","hosts":["algo-1","algo-2"]}' \
        > "$at/opt/ml/input/config/resourceconfig.json"
done
LABKIT_RENDEZVOUS=127.0.0.1:$((20000 + $$ % 20000))
export LABKIT_RENDEZVOUS
"$labkit" train --root "$scratch/second" > "$scratch/second.log" 2>&1 &
second=$!
"$labkit" train --root "$d" > "$scratch/log" 2>&1
same "the first host ends with 0" 0 $?
wait $second
same "and so does the second" 0 $?
ok "the first takes in the second's rows" grep -q 'algo-2 brings 227 rows' "$scratch/log"
ok "the model is that of one host with all rows" cmp "$scratch/alone" "$d/opt/ml/model/xgboost-model"
ok "the second saves none" test ! -e "$scratch/second/opt/ml/model/xgboost-model"
echo '1,2,3' > "$scratch/second/opt/ml/input/data/train/b.csv"
"$labkit" train --root "$scratch/second" > "$scratch/second.log" 2>&1 &
second=$!
"$labkit" train --root "$d" > /dev/null 2> "$scratch/err"
same "the first fails on rows that do not fit its own" 1 $?
wait $second
same "and with it the second" 1 $?
ok "which says where to look" grep -q 'algo-1 could not train\|another host of the job is gone' \
    "$scratch/second/opt/ml/output/failure"
unset LABKIT_RENDEZVOUS

refused "--root beside --data" 2 'leave out --data' "$labkit" train --root "$d" --data x
refused "an unknown image version" 1 "did you mean '1.7-1'" "$labkit" train --root "$d" --image-version 1.7

done_testing
