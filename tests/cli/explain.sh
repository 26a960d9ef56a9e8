#!/bin/sh
# labkit explain against the contributions that labkit predict gives (and XGBoost's own test judges).
. "$(dirname "$0")/tap.sh.inc"
data=lessons/data/breast-cancer.csv
"$labkit" train --data $data --label malignant --model "$scratch/m.json" --rounds 10 --quiet --set objective=binary:logistic
python3 - "$scratch" $data << 'PY'
import csv, sys
rows = list(csv.reader(open(sys.argv[2])))
at = rows[0].index("malignant")
with open(sys.argv[1] + "/features.csv", "w") as f:
    for row in rows: f.write(",".join(v for i, v in enumerate(row) if i != at) + "\n")
PY
"$labkit" predict --model "$scratch/m.json" --data "$scratch/features.csv" --type contrib --out "$scratch/contrib.csv"
"$labkit" explain --model "$scratch/m.json" --data $data --label malignant --top 5 --json > "$scratch/e.json"
ok "the ranking is the mean of the contributions, the strongest first" python3 - "$scratch" << 'PY'
import csv, json, sys
folder = sys.argv[1]
names = next(csv.reader(open(folder + "/features.csv")))
rows = [[abs(float(v)) for v in row] for row in csv.reader(open(folder + "/contrib.csv"))]
means = {name: sum(row[i] for row in rows) / len(rows) for i, name in enumerate(names)}
found = json.load(open(folder + "/e.json"))
want = sorted(means, key=lambda name: -means[name])[:5]
assert [f["feature"] for f in found] == want, (found, want)
for f in found: assert abs(f["mean_abs_shap"] - means[f["feature"]]) < 1e-6 * (1 + means[f["feature"]]), f
PY
ok "the picture is drawn" "$labkit" explain --model "$scratch/m.json" --data $data --label malignant --svg "$scratch/e.svg"
ok "and is XML with a title and a description" python3 -c '
import sys, xml.etree.ElementTree as e
tags = {x.tag.split("}")[-1] for x in e.parse(sys.argv[1]).iter()}
sys.exit(not {"title", "desc"} <= tags)' "$scratch/e.svg"
"$labkit" train --data lessons/data/penguins.csv --label species --model "$scratch/three.json" --rounds 2 --quiet --set objective=multi:softprob
of="--model $scratch/three.json --data lessons/data/penguins.csv --label species"
"$labkit" explain $of --json > "$scratch/all.json"
for class in Adelie Chinstrap Gentoo; do "$labkit" explain $of --output $class --json > "$scratch/$class.json"; done
"$labkit" explain $of --output 2 --json > "$scratch/2.json"
ok "of several outputs, the mean over all or one" python3 - "$scratch" << 'PY'
import json, sys
read = lambda name: {f["feature"]: f["mean_abs_shap"] for f in json.load(open(sys.argv[1] + "/" + name + ".json"))}
classes = [read(c) for c in ("Adelie", "Chinstrap", "Gentoo")]
assert read("2") == classes[2] != classes[0]
for feature, mean in read("all").items():
    assert abs(mean - sum(c[feature] for c in classes) / 3) < 1e-6, feature
PY
ok "a picture of one of them" "$labkit" explain $of --output Gentoo --svg "$scratch/gentoo.svg"
refused "a picture of all" 2 '3 outputs.*--output' "$labkit" explain $of --svg "$scratch/all.svg"
refused "an output that is none" 2 'a number from 0 to 2' "$labkit" explain $of --output Emperor
refused "a picture that cannot be written" 1 'no/such' "$labkit" explain --model "$scratch/m.json" --data $data --label malignant --svg "$scratch/no/such/e.svg"
done_testing
