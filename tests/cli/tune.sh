#!/bin/sh
# cv and tune from the shell: figures for people and machines, searches that go on where they were.
. "$(dirname "$0")/tap.sh.inc"
d=$scratch/in
mkdir -p "$d"
data=lessons/data/breast-cancer.csv
of="--data $data --label malignant --set objective=binary:logistic"

$labkit cv $of --folds 4 --rounds 300 --early-stop 5 --set eval_metric=logloss,auc --json --quiet \
    --out "$d/folds.csv" --svg "$d/cv.svg" > "$d/cv.json"
ok "cv says as JSON what it measured" /usr/bin/python3 - "$d" <<'END'
import csv, json, statistics, sys
cv = json.load(open(sys.argv[1] + '/cv.json'))
rows = list(csv.DictReader(open(sys.argv[1] + '/folds.csv')))
means = [r['test']['auc']['mean'] for r in cv['rounds']]
assert cv['metric'] == 'auc' and cv['folds'] == 4
assert means.index(max(means)) == cv['best_round'] and len(means) == cv['best_round'] + 6
for r, entry in enumerate(cv['rounds']):
    folds = [float(x['value']) for x in rows
             if int(x['round']) == r and x['data'] == 'test' and x['metric'] == 'logloss']
    assert len(folds) == 4
    assert abs(statistics.mean(folds) - entry['test']['logloss']['mean']) < 1e-9
    assert abs(statistics.pstdev(folds) - entry['test']['logloss']['deviation']) < 1e-9
END
ok "and draws it" grep -q 'Mean auc over 4 folds' "$d/cv.svg"
ok "cv says it for people" sh -c '"$1" cv --data "$2" --label malignant --set objective=binary:logistic \
    --quiet | grep -qE "^test logloss +0\.[0-9]+ .*0\.[0-9]+$"' - "$labkit" "$data"

awk 'BEGIN { srand(3); print "patient,a,b,label"
    for (i = 0; i < 300; i++) printf "p%02d,%f,%f,%d\n", i % 30, rand(), rand(), i % 2 }' > "$d/groups.csv"
ok "a column of groups keeps rows together" $labkit cv --data "$d/groups.csv" --group patient --folds 30 \
    --set objective=binary:logistic --rounds 2 --quiet
refused "more folds than groups" 2 '30 groups are too few for 31 folds' \
    $labkit cv --data "$d/groups.csv" --group patient --folds 31 --set objective=binary:logistic
refused "a group column that is not there" 2 "no column 'patients'; did you mean 'patient'" \
    $labkit cv --data "$d/groups.csv" --group patients --set objective=binary:logistic

search="$labkit tune $of --range eta=0.02:0.5 --range max_depth=2:6 --range subsample=0.5:1
    --metric auc --rounds 20 --folds 3 --quiet"
ok "a search in one go" $search --trials 12 --record "$d/whole" --model "$d/whole.json" \
    --svg "$d/search.svg" --out "$d/trials.csv"
ok "the first part of another" $search --trials 7 --record "$d/parts"
printf '{"trial":8,"values":{"eta":"0.1","ma' >> "$d/parts"
ok "it goes on from its record, a torn line left out" $search --trials 12 --record "$d/parts" \
    --model "$d/parts.json" --threads 1
ok "and ends with the same model" cmp "$d/whole.json" "$d/parts.json"
same "and the same trials" "$(sed 's/"seconds":[^,]*//' "$d/whole")" "$(sed 's/"seconds":[^,]*//' "$d/parts")"
refused "a record of another search" 2 'of another search' $search --trials 12 --record "$d/parts" --seed 1
ok "the picture and the table are there" sh -c \
    'grep -q "best so far" "$1/search.svg" && [ "$(wc -l < "$1/trials.csv")" = 13 ]' - "$d"
same "the model has the best trial's rounds" \
    "$(sort -t, -k5,5gr "$d/trials.csv" | awk -F, '$1 != "trial" { print $7 + 1; exit }')" \
    "$($labkit inspect --model "$d/whole.json" --json | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)["rounds"])')"

echo '{"IntegerParameterRanges":[{"Name":"max_depth","MinValue":"1","MaxValue":"3"}],
  "CategoricalParameterRanges":[{"Name":"booster","Values":["gbtree","dart"]}]}' > "$d/ranges.json"
$labkit tune $of --ranges "$d/ranges.json" --strategy grid --rounds 5 --json --quiet > "$d/grid.json"
ok "a grid is every combination, by SageMaker's own ranges" /usr/bin/python3 - "$d/grid.json" <<'END'
import json, sys
t = json.load(open(sys.argv[1]))
assert [tuple(x['values'].values()) for x in t['trials']] == \
    [(d, b) for d in '123' for b in ('gbtree', 'dart')]
assert t['best']['result'] == min(x['result'] for x in t['trials']) and t['metric'] == 'logloss'
END
$labkit tune $of --range eta=0.0001:0.5 --strategy random --trials 15 --rounds 15 --stop-hopeless \
    --metric logloss --json --quiet > "$d/hopeless.json"
ok "hopeless trials are stopped early" /usr/bin/python3 - "$d/hopeless.json" <<'END'
import json, sys
t = json.load(open(sys.argv[1]))
stopped = [x for x in t['trials'] if x['end'] == 'stopped']
assert stopped and all(x['rounds'] < 15 for x in stopped), t['trials']
assert t['best']['end'] == 'done'
END
refused "a range of a parameter that is none" 2 "unknown parameter 'max_deph'; did you mean 'max_depth'" \
    $labkit tune $of --range max_deph=2:4
refused "a range that the parameter does not allow" 2 'subsample must be a number above 0 to 1' \
    $labkit tune $of --range subsample=0.5:2
refused "nothing to vary" 2 'nothing to vary' $labkit tune $of
refused "a strategy that is none" 2 'bayesian, random or grid' $labkit tune $of --range eta=0.1:1 --strategy magic
done_testing
