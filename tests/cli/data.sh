#!/bin/sh
# labkit data: describe, split, sample, generate.
. "$(dirname "$0")/tap.sh.inc"
cancer=lessons/data/breast-cancer.csv

ok "describe a file" "$labkit" data describe lessons/data/penguins.csv
same "it counts rows and columns" "344 rows, 7 columns" \
    "$("$labkit" data describe lessons/data/penguins.csv | head -n 1)"
same "JSON for machines: missing values of a column" 2836 "$("$labkit" data describe --json lessons/data/birdstrikes.csv |
    python3 -c 'import json,sys; print([c["missing"] for c in json.load(sys.stdin)["columns"] if c["name"] == "speed"][0])')"
same "the median as Python has it" "$(python3 -c '
import csv,statistics
print(statistics.median(float(r["mean_area"]) for r in csv.DictReader(open("'$cancer'"))))')" \
    "$("$labkit" data describe --json $cancer |
        python3 -c 'import json,sys; print([c["median"] for c in json.load(sys.stdin)["columns"] if c["name"] == "mean_area"][0])')"

ok "split a file" "$labkit" data split $cancer --stratify malignant --first "$scratch/a.csv" --second "$scratch/b.csv"
same "both parts together are the whole" "$(tail -n +2 $cancer | sort | sha256sum)" \
    "$({ tail -n +2 "$scratch/a.csv"; tail -n +2 "$scratch/b.csv"; } | sort | sha256sum)"
same "the first has four fifths" 455 "$(tail -n +2 "$scratch/a.csv" | wc -l | tr -d ' ')"
same "the label's proportions are kept" 169 "$(grep -c '^1,' "$scratch/a.csv")"
refused "a share above one" 2 'share' "$labkit" data split $cancer --share 2 --first "$scratch/x" --second "$scratch/y"
refused "a column that is not there" 2 "did you mean 'malignant'" "$labkit" data split $cancer --stratify malignat \
    --first "$scratch/x" --second "$scratch/y"

same "a sample has as many rows as asked for" 6 "$("$labkit" data sample $cancer --rows 5 | wc -l | tr -d ' ')"
same "and the same ones each time" "$("$labkit" data sample $cancer --rows 5 --seed 9)" \
    "$("$labkit" data sample - --rows 5 --seed 9 < $cancer)"

same "made-up data has its shape" "101 4" \
    "$("$labkit" data generate --rows 100 --columns 3 | awk -F, 'END { print NR, NF }')"
same "and the same numbers for the same seed" "$("$labkit" data generate --seed 4 | sha256sum)" \
    "$("$labkit" data generate --seed 4 | sha256sum)"
same "classes are 0, 1, 2" "0 1 2 " "$("$labkit" data generate --kind classes --no-header | cut -d, -f1 | sort -u | tr '\n' ' ')"
same "values are left out as often as asked" yes "$("$labkit" data generate --rows 1000 --missing 0.5 --no-header |
    awk -F, '{ for (i = 2; i <= NF; i++) n += $i == "" } END { print (n > 4500 && n < 5500) ? "yes" : n }')"
refused "an unknown kind" 2 'binary, classes or number' "$labkit" data generate --kind ternary
refused "a file that is not there" 1 'nowhere.csv' "$labkit" data describe nowhere.csv
done_testing
