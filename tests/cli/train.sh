#!/bin/sh
# Training from the shell: checkpoints that survive a kill, memory said beforehand, going on.
. "$(dirname "$0")/tap.sh.inc"
d=$scratch/in
mkdir -p "$d"
awk 'BEGIN { srand(7); print "a,b,c,d,label"
    for (i = 0; i < 20000; i++) { a = rand(); b = rand(); c = rand(); e = rand()
        printf "%.6f,%.6f,%.6f,%.6f,%d\n", a, b, c, e, (a * b + c / 3 + rand() / 4 > .5) } }' > "$d/rows.csv"
train="$labkit train --data $d/rows.csv --set objective=binary:logistic --set max_depth=8 --set subsample=0.9"

ok "train in one go" $train --rounds 300 --model "$d/whole.json" --quiet
# Killed in the middle, however far it got, and started again.
for pause in 0.3 0.5; do
    $train --rounds 300 --model "$d/resumed.json" --checkpoint "$d/points" --quiet &
    pid=$!
    sleep $pause
    kill -9 $pid 2> /dev/null
    wait $pid 2> /dev/null
done
ok "there is a checkpoint after kill -9" test -s "$d/points/labkit-checkpoint.json"
ok "resume to the end" $train --rounds 300 --model "$d/resumed.json" --checkpoint "$d/points" --quiet
ok "the same bytes as in one go" cmp "$d/whole.json" "$d/resumed.json"
refused "a checkpoint of other parameters" 2 'other data or parameters' \
    $train --rounds 300 --model "$d/other.json" --checkpoint "$d/points" --set eta=0.1

ok "the first half" $train --rounds 150 --model "$d/half.json" --quiet
ok "go on from a model" $train --rounds 150 --continue "$d/half.json" --model "$d/both.json" --quiet
ok "two halves are the whole" cmp "$d/whole.json" "$d/both.json"

# A file of which four times the memory allowed would have to be read.
( printf 'a,b,c,d,label\n' && yes '0.123456,0.234567,0.345678,0.456789,1' | head -c 60000000 ) > "$d/large.csv"
refused "too much for the memory is said before it is read" 1 'needs about [0-9.]+ GB, and [0-9.]+ GB are free' \
    sh -c 'ulimit -v 90000; exec "$0" train --data "$1" --model "$2" --threads 1' "$labkit" "$d/large.csv" "$d/large.json"

"$labkit" train --data "$d/rows.csv" --model "$d/notes.json" --rounds 2 --set tree_method=exact 2> "$d/notes"
ok "exact is accepted and explained" grep -q 'tree_method=exact: trained as hist' "$d/notes"
"$labkit" train --data "$d/rows.csv" --valid "$d/rows.csv" --model "$d/stop.json" --rounds 3 \
    --set objective=binary:logistic --set eval_metric=auc,logloss 2> "$d/rounds"
ok "metrics by round on stderr" grep -qE '^\[2\].train-auc:0\.[0-9]+.train-logloss:0\.[0-9]+.valid-auc:0\.[0-9]+.valid-logloss' "$d/rounds"
mkdir "$d/full"
refused "a disk that is full leaves no model" 1 'No space left|cannot write' \
    sh -c 'ulimit -f 1; trap "" XFSZ; exec "$0" train --data "$1" --model "$2" --rounds 20 --quiet' \
    "$labkit" "$d/rows.csv" "$d/full/model.json"
same "nothing half-written" "" "$(ls -A "$d/full")"

# The loops for AVX2 and the portable ones give the same bits.
for rules in 1.7 3.4; do
    set -- $train --rounds 20 --set objective=binary:logistic --set alpha=0.1 --set xgboost_rules=$rules --quiet
    "$@" --model "$d/wide.json"
    LABKIT_PORTABLE=1 "$@" --model "$d/portable.json"
    ok "the same model without AVX2, rules of $rules" cmp "$d/wide.json" "$d/portable.json"
done

# What is no file is written to, not replaced; a link stays a link.
predict="$labkit predict --model $d/half.json --data $d/rows.csv"
refused "a device that is full" 1 'cannot write /dev/full: No space left' $predict --out /dev/full
ok "is still a device" test -c /dev/full
refused "nor does a model fit on it" 1 'cannot write /dev/full: No space left' \
    $train --rounds 2 --model /dev/full --quiet
$predict --out "$d/plain.csv"
mkfifo "$d/pipe"
cat "$d/pipe" > "$d/piped.csv" &
$predict --out "$d/pipe"
wait $!
ok "predictions into a pipe" cmp "$d/plain.csv" "$d/piped.csv"
$predict --out /dev/stdout > "$d/stdout.csv"
ok "predictions to /dev/stdout" cmp "$d/plain.csv" "$d/stdout.csv"
echo old > "$d/real.csv"
ln -s real.csv "$d/link.csv"
$predict --out "$d/link.csv"
ok "a link stays" test -L "$d/link.csv"
ok "and what it leads to is replaced" cmp "$d/plain.csv" "$d/real.csv"
done_testing
