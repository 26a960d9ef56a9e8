#!/bin/sh
# labbook progress: what runs in the terminal leave behind, out and in again, and a class's table.
. "$(dirname "$0")/tap.sh.inc"

run() { "$labbook" run "$@" < /dev/null > "$scratch/out" 2>&1; }

ok "a step that passes is kept" run 01/split
ok "so is its place in the list" sh -c "'$labbook' progress | grep -qE '^01-[a-z-]+ +1 of [0-9]+ steps'"
ok "a page without tasks is not done before it was read" \
    sh -c "'$labbook' progress | grep -qE '^A-troubleshooting +0 of 0 steps +0 of 0 quizzes *$'"
ok "a record goes out" "$labbook" progress --export "$scratch/ada.json"
ok "it says which step has passed" python3 -c "
import json, sys
steps = json.load(open('$scratch/ada.json'))['lessons']['01-what-you-will-build']['steps']
sys.exit(steps['split']['passed'] is not True)"
ok "everything can be forgotten" "$labbook" progress --reset
ok "then nothing is done" sh -c "'$labbook' progress | grep -qE '^01-[a-z-]+ +0 of [0-9]+ steps'"
ok "the record comes in again" "$labbook" progress --import "$scratch/ada.json"
ok "and the step is back" sh -c "'$labbook' progress | grep -qE '^01-[a-z-]+ +1 of [0-9]+ steps'"

sed 's/"passed": *true/"passed":false/' "$scratch/ada.json" > "$scratch/alan.json"
"$labbook" progress --csv "$scratch/ada.json" "$scratch/alan.json" > "$scratch/book.csv"
same "a class has a line a learner" "learner ada alan" \
    "$(cut -d, -f1 "$scratch/book.csv" | tr '\n' ' ' | sed 's/ $//')"
same "with what each has passed" "1 0" \
    "$(tail -n +2 "$scratch/book.csv" | cut -d, -f3 | tr '\n' ' ' | sed 's/ $//')"

echo '{"format":"something"}' > "$scratch/other.json"
refused "another file is no record" 1 'other.json: not a record' \
    "$labbook" progress --csv "$scratch/other.json"
"$labbook" progress --csv "$scratch/other.json" "$scratch/ada.json" > "$scratch/book.csv" 2> "$scratch/err"
same "which keeps none of the others out" "learner ada" \
    "$(cut -d, -f1 "$scratch/book.csv" | tr '\n' ' ' | sed 's/ $//')"
python3 - "$scratch/ada.json" "$scratch/=eve.json" << 'P'
import json, sys
record = json.load(open(sys.argv[1]))
record["saved"] = "=HYPERLINK(1)\nmallory,today,9,9,9,9,100.0"
record["lessons"] = {"01\nmallory,x": {}}
json.dump(record, open(sys.argv[2], "w"))
P
"$labbook" progress --csv "$scratch/=eve.json" > "$scratch/book.csv"
same "a record cannot bring lines or formulas into the table" \
    "[['learner', 'saved', 'steps_passed', '01 mallory,x'], [\"'=eve\", \"'=HYPERLINK(1) mallory,today,9,9,9,9,100.0\", '0', '0.0']]" \
    "$(python3 -c "import csv, sys; print([r[:3] + r[7:] for r in csv.reader(open(sys.argv[1]))])" "$scratch/book.csv")"
echo '{"format":' > "$scratch/cut.json"
refused "a cut record is refused" 1 'cut.json:' "$labbook" progress --import "$scratch/cut.json"
refused "a record that is not there" 1 'nowhere.json' "$labbook" progress --import "$scratch/nowhere.json"
done_testing
