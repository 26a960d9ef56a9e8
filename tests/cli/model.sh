#!/bin/sh
# predict, convert and inspect from a shell, on models that the real XGBoost wrote.
. "$(dirname "$0")/tap.sh.inc"
fixtures=tests/data/xgboost
iris=$fixtures/multi_softprob_iris/xgb-1.7.4
adult=$fixtures/bin_logistic_adult_exactcuts/xgb-1.7.4

# near FILE FILE: the same numbers to 1e-5
near() {
    python3 - "$1" "$2" <<'END'
import sys
a, b = ([[float(x) for x in l.split(",")] for l in open(f)] for f in sys.argv[1:])
assert len(a) == len(b) and a, (len(a), len(b))
for r, (x, y) in enumerate(zip(a, b)):
    assert len(x) == len(y), (r, len(x), len(y))
    for p, q in zip(x, y):
        assert abs(p - q) <= 1e-5 * max(1, abs(q)), (r, p, q)
END
}
for format in model.json model.ubj xgboost-model booster.pkl; do
    "$labkit" predict --model "$iris/$format" --data $fixtures/multi_softprob_iris/test.csv --out "$scratch/p.csv"
    ok "$format scores as XGBoost did" near "$scratch/p.csv" "$iris/pred.csv"
done
for type in margin leaf; do
    "$labkit" predict --model "$iris/model.ubj" --data $fixtures/multi_softprob_iris/test.csv --type $type > "$scratch/p.csv"
    ok "--type $type" near "$scratch/p.csv" "$iris/pred_$type.csv"
done
for type in contrib approx-contrib; do
    file=pred_contribs_first40.csv
    [ $type = contrib ] || file=pred_approx_contribs_first40.csv
    "$labkit" predict --model "$iris/model.ubj" --data $fixtures/multi_softprob_iris/test.csv --type $type |
        head -n 40 > "$scratch/p.csv"
    ok "--type $type" near "$scratch/p.csv" "$iris/$file"
done
"$labkit" predict --model $fixtures/categorical_default/xgb-3.4.1/model.json \
    --data $fixtures/categorical_default/test.csv > "$scratch/p.csv"
ok "codes of categories stay codes where the model has words" near "$scratch/p.csv" \
    $fixtures/categorical_default/xgb-3.4.1/pred.csv
"$labkit" predict --model $fixtures/dart_logistic/xgb-3.4.1/model.json --type margin --rounds 0:2 \
    --data $fixtures/dart_logistic/test.csv > "$scratch/p.csv"
ok "--rounds" near "$scratch/p.csv" $fixtures/dart_logistic/xgb-3.4.1/pred_margin_iter0_2.csv
same "--join names the answers" "label,sl,sw,pl,pw,prediction_0,prediction_1,prediction_2" \
    "$("$labkit" predict --join --model "$iris/model.json" --data $fixtures/multi_softprob_iris/test.csv | head -n 1)"
refused "an unknown type" 2 "did you mean 'leaf'" "$labkit" predict --model "$iris/model.json" --data x --type leav
refused "rounds that there are not" 2 'FROM:TO' "$labkit" predict --model "$iris/model.json" --data x --rounds 3:99

ok "convert a pickle" "$labkit" convert --model "$adult/booster.pkl" --out "$scratch/a.json"
ok "convert to UBJSON by name" "$labkit" convert --model "$scratch/a.json" --out "$scratch/a.ubj"
ok "convert to the old binary format" "$labkit" convert --model "$scratch/a.json" --out "$scratch/a.bin" --to binary
same "which begins with its name" binf "$(head -c 4 "$scratch/a.bin")"
printf '1,2\n3,1\n0.5,4\n2,2\n' > "$scratch/t.csv"
"$labkit" train --data "$scratch/t.csv" --no-header --model "$scratch/t.json" --rounds 2 --quiet \
    --set objective=reg:tweedie --set tweedie_variance_power=1.3
"$labkit" convert --model "$scratch/t.json" --out "$scratch/t.bin" --to binary
ok "it keeps an objective's parameters" "$labkit" convert --model "$scratch/t.bin" --out "$scratch/t2.json"
ok "and all else" cmp "$scratch/t.json" "$scratch/t2.json"
ok "and back from it" "$labkit" convert --model "$scratch/a.bin" --out "$scratch/a2.bin" --to binary
ok "the same bytes" cmp "$scratch/a.bin" "$scratch/a2.bin"
ok "and back" "$labkit" convert --model "$scratch/a.ubj" --out "$scratch/b.json"
ok "nothing was lost on the way" cmp "$scratch/a.json" "$scratch/b.json"
ok "what is written is JSON" python3 -m json.tool "$scratch/a.json" /dev/null
ok "SageMaker's archive" "$labkit" convert --model $fixtures/sagemaker/xgb-churn-prediction-model.tar.gz --out "$scratch/c.json"
refused "an unknown format" 2 'json, ubj or binary' "$labkit" convert --model "$adult/model.json" --out "$scratch/x" --to onnx

for kind in weight gain cover total_gain total_cover; do
    "$labkit" inspect --model "$adult/model.json" --importance $kind --json > "$scratch/i.json"
    ok "importance by $kind is XGBoost's get_score" python3 - "$adult/model.json" "$scratch/i.json" $kind <<'END'
import collections, json, sys
learner = json.load(open(sys.argv[1]))["learner"]
got, kind = json.load(open(sys.argv[2])), sys.argv[3]
count, total = collections.Counter(), collections.Counter()
for t in learner["gradient_booster"]["model"]["trees"]:
    for i, left in enumerate(t["left_children"]):
        if left != -1:
            name = learner["feature_names"][t["split_indices"][i]]
            count[name] += 1
            total[name] += t["loss_changes" if "gain" in kind else "sum_hessian"][i]
want = {f: count[f] if kind == "weight" else total[f] if "total" in kind else total[f] / count[f] for f in count}
assert got.keys() == want.keys(), (got.keys(), want.keys())
for f in want:
    assert abs(got[f] - want[f]) <= 1e-6 * abs(want[f]), (f, got[f], want[f])
assert list(got.values()) == sorted(got.values(), reverse=True)
END
done
"$labkit" inspect --model "$adult/model.json" --tree 0 --svg --out "$scratch/t.svg"
ok "a tree as SVG is XML with a box a node" python3 - "$scratch/t.svg" "$adult/model.json" <<'END'
import json, sys, xml.etree.ElementTree as et
svg = et.parse(sys.argv[1]).getroot()
nodes = json.load(open(sys.argv[2]))["learner"]["gradient_booster"]["model"]["trees"][0]["left_children"]
assert len(svg.findall("{*}g")) == len(nodes)
END
ok "a tree as JSON" sh -c '"$1" inspect --model "$2" --tree 3 --json | python3 -m json.tool > /dev/null' - "$labkit" "$adult/model.json"
ok "a summary as JSON" sh -c '"$1" inspect --model "$2" --json | python3 -m json.tool > /dev/null' - "$labkit" "$adult/model.json"
refused "a tree that is not there" 2 'tree' "$labkit" inspect --model "$adult/model.json" --tree 99
done_testing
