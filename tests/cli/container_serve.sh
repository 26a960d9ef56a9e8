#!/bin/sh
# labkit serve: SageMaker's inference contract, asked with curl.
. "$(dirname "$0")/tap.sh.inc"
d=$scratch
cancer=lessons/data/breast-cancer.csv
tail -n +2 $cancer | head -150 > "$d/train.csv"
tail -n +2 $cancer | awk 'NR % 9 == 0' | cut -d, -f2- > "$d/in.csv"
mkdir -p "$d/root/opt/ml/model"
"$labkit" train --data "$d/train.csv" --no-header --model "$d/model.ubj" --rounds 5 --quiet --set objective=binary:logistic
cp "$d/model.ubj" "$d/root/opt/ml/model/xgboost-model"
"$labkit" predict --model "$d/model.ubj" --data "$d/in.csv" --out "$d/want.csv"

# serving [NAME=VALUE...] OPTION...: starts a server; $at is its address
serving() {
    : > "$d/log"
    env "$@" --port 0 > "$d/log" 2> "$d/err" &
    server=$!
    while ! grep -q 'Listening at' "$d/log"; do
        kill -0 $server 2> /dev/null || break
        sleep 0.02
    done
    at=$(sed -n 's/.*Listening at: //p' "$d/log")
}
ending() {
    kill -TERM $server
    wait $server
}
# ask TYPE ACCEPT FILE: the answer in $d/out, its type in $d/type; the status on stdout
ask() {
    curl -s -o "$d/out" -D "$d/head" -w '%{http_code}' -H "Content-Type: $1" -H "Accept: $2" \
        --data-binary "@$3" "$at/invocations"
    sed -n 's/^[Cc]ontent-[Tt]ype: \([^\r]*\).*/\1/p' "$d/head" > "$d/type"
}
# Both sides as C floats: a line a row
floats() {
    python3 -c 'import struct, sys
for line in sys.stdin:
    print(*[struct.unpack("f", struct.pack("f", float(x)))[0] for x in line.replace("[", " ").replace("]", " ").replace(",", " ").split()])' < "$1"
}

serving "$labkit" serve --root "$d/root"
same "GET /ping" 200 "$(curl -s -o "$d/out" -w '%{http_code}' "$at/ping")"
same "... is empty" 0 "$(wc -c < "$d/out")"
curl -s "$at/execution-parameters" > "$d/out"
ok "GET /execution-parameters" python3 -c 'import json, os, sys
p = json.load(open(sys.argv[1]))
assert p == {"MaxConcurrentTransforms": len(os.sched_getaffinity(0)), "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}, p' "$d/out"
same "CSV in, CSV out" 200 "$(ask text/csv text/csv "$d/in.csv")"
ok "a line a row: the numbers that labkit predict prints" cmp "$d/out" "$d/want.csv"
same "... as text/csv" text/csv "$(cat "$d/type")"
same "any Accept" 200 "$(ask 'text/csv; charset=utf-8' '*/*' "$d/in.csv")"
ok "... is CSV" cmp "$d/out" "$d/want.csv"
awk -F, '{ line = "0"; for (i = 1; i <= NF; i++) line = line " " (i - 1) ":" $i; print line }' "$d/in.csv" > "$d/in.svm"
same "libsvm in" 200 "$(ask text/libsvm text/csv "$d/in.svm")"
ok "... the same answers" cmp "$d/out" "$d/want.csv"
awk -F, '{ line = "1:" $1; for (i = 2; i <= NF; i++) line = line " " i ":" $i; print line }' "$d/in.csv" > "$d/in1.svm"
same "libsvm without labels that counts from 1" 200 "$(ask text/x-libsvm text/csv "$d/in1.svm")"
ok "... the same answers again" cmp "$d/out" "$d/want.csv"
same "JSON out" 200 "$(ask text/csv application/json "$d/in.csv")"
ok "... predictions of scores" python3 -c 'import json, struct, sys
got = [p["score"] for p in json.load(open(sys.argv[1]))["predictions"]]
want = [struct.unpack("f", struct.pack("f", float(x)))[0] for x in open(sys.argv[2])]
assert got == want, (got, want)' "$d/out" "$d/want.csv"
same "JSON lines out" 200 "$(ask text/csv application/jsonlines "$d/in.csv")"
ok "... a score a line" python3 -c 'import json, struct, sys
got = [json.loads(x)["score"] for x in open(sys.argv[1])]
assert got == [struct.unpack("f", struct.pack("f", float(x)))[0] for x in open(sys.argv[2])]' "$d/out" "$d/want.csv"
same "... as its type" application/jsonlines "$(cat "$d/type")"

: > "$d/empty"
same "an empty body is 204" 204 "$(ask text/csv text/csv "$d/empty")"
same "a type that is none is 415" 415 "$(ask application/json text/csv "$d/in.csv")"
ok "... and says which there are" grep -q 'application/json is not an accepted ContentType: csv' "$d/out"
same "a header line is 415" 415 "$(sed -n 1p $cancer | cut -d, -f2- | cat - "$d/in.csv" > "$d/bad"; ask text/csv text/csv "$d/bad")"
sed 's/$/,1/' "$d/in.csv" > "$d/bad"
same "a column too many is 415" 415 "$(ask text/csv text/csv "$d/bad")"
ok "... and says how many" grep -q '31 is not consistent with feature size of trained model 30' "$d/out"
same "an Accept that is none of ours is 406" 406 "$(ask text/csv image/png "$d/in.csv")"
head -c 6291457 /dev/zero | tr '\0' 1 > "$d/large"
same "6 MiB and a byte are 413" 413 "$(ask text/csv text/csv "$d/large")"
gzip -c "$d/in.csv" > "$d/bad"
same "a compressed body is refused, not unpacked" 415 "$(ask text/csv text/csv "$d/bad")"
same "another path is 404" 404 "$(curl -s -o /dev/null -w '%{http_code}' "$at/models")"
same "another method is 405" 405 "$(curl -s -o /dev/null -w '%{http_code}' "$at/invocations")"
cut -d, -f1-29 "$d/in.csv" > "$d/narrow"
same "fewer columns are filled up" 200 "$(ask text/csv text/csv "$d/narrow")"
sed 's/$/,/' "$d/narrow" > "$d/filled"
"$labkit" predict --model "$d/model.ubj" --data "$d/filled" --out "$d/filled.csv"
ok "... with missing values" cmp "$d/out" "$d/filled.csv"
ok "requests are logged as the image logs them" grep -qE '^127\.0\.0\.1 - - \[[0-9]+/[A-Z][a-z]+/[0-9:]+ \+0000\] "POST /invocations HTTP/1.1" 200 [0-9]+ "-" "curl' "$d/log"
ending
same "SIGTERM ends it with 0" 0 $?

# ---- batch: Python's numbers, a line each whatever Accept says
serving SAGEMAKER_BATCH=true SAGEMAKER_BIND_TO_PORT=1 MAX_CONTENT_LENGTH=10485760 "$labkit" serve --root "$d/root"
ask text/csv application/json "$d/in.csv" > "$d/status"
same "batch answers with CSV" text/csv "$(cat "$d/type")"
floats "$d/out" > "$d/o1"
floats "$d/want.csv" > "$d/o2"
ok "doubles of the same floats, row by row" cmp "$d/o1" "$d/o2"
ok "... written out as Python does" grep -qE '^0\.[0-9]{16,}$' "$d/out"
same "MAX_CONTENT_LENGTH is announced" 10 "$(curl -s "$at/execution-parameters" | python3 -c 'import json, sys; print(json.load(sys.stdin)["MaxPayloadInMB"])')"
ending

# ---- a selection of contents
serving SAGEMAKER_INFERENCE_OUTPUT=predicted_label,probability,probabilities,nonsense,predicted_score "$labkit" serve --root "$d/root"
ask text/csv text/csv "$d/in.csv" > "$d/status"
ok "selected contents in CSV" python3 -c 'import csv, sys
want = [float(x) for x in open(sys.argv[2])]
rows = list(csv.reader(open(sys.argv[1])))
assert len(rows) == len(want)
for (label, p, both, other, score), w in zip(rows, want):
    assert label == str(int(w > 0.5)) and abs(float(p) - w) < 1e-7 and other == score == "nan"
    both = eval(both); assert both == [1 - float(p), float(p)]' "$d/out" "$d/want.csv"
ask text/csv application/jsonlines "$d/in.csv" > "$d/status"
ok "... in JSON lines" python3 -c 'import json, sys
rows = [json.loads(x) for x in open(sys.argv[1])]
assert set(rows[0]) == {"predicted_label", "probability", "probabilities", "nonsense", "predicted_score"}' "$d/out"
ending

# ---- several classes, early versions, a plain model
awk 'BEGIN { srand(3); for (i = 0; i < 300; i++) { a = rand(); b = rand(); print int(a * 1.5 + b * 1.5) "," a "," b } }' > "$d/three.csv"
"$labkit" train --data "$d/three.csv" --no-header --model "$d/three.json" --rounds 3 --quiet --set objective=multi:softprob --set num_class=3
cut -d, -f2- "$d/three.csv" | head -20 > "$d/in3.csv"
"$labkit" predict --model "$d/three.json" --data "$d/in3.csv" --out "$d/want3.csv"
serving "$labkit" serve --model "$d/three.json"
ask text/csv text/csv "$d/in3.csv" > "$d/status"
ok "several classes have commas between" cmp "$d/out" "$d/want3.csv"
sed 's/^/[/; s/$/]/' "$d/in3.csv" > "$d/in3.jsonl"
same "a plain model takes JSON lines" 200 "$(ask application/jsonlines text/csv "$d/in3.jsonl")"
ok "... with the same answers" cmp "$d/out" "$d/want3.csv"
printf '{"a":1,"b":2}\n[1,2]\n' > "$d/bad"
same "objects and arrays in one body are 415" 415 "$(ask application/jsonlines text/csv "$d/bad")"
ok "... and it says so" grep -q 'request:2: expected an object' "$d/out"
ending
serving SAGEMAKER_BATCH=true "$labkit" serve --model "$d/three.json"
ask text/csv text/csv "$d/in3.csv" > "$d/status"
same "in a batch they stand in brackets" 20 "$(grep -cE '^\[[0-9.e-]+, [0-9.e-]+, [0-9.e-]+\]$' "$d/out")"
ending
serving SAGEMAKER_INFERENCE_OUTPUT=predicted_label,labels "$labkit" serve --model "$d/three.json"
ask text/csv text/csv "$d/in3.csv" > "$d/status"
ok "the label of several is the most probable" python3 -c 'import csv, sys
for got, want in zip(csv.reader(open(sys.argv[1])), csv.reader(open(sys.argv[2]))):
    p = [float(x) for x in want]
    assert got == [str(p.index(max(p))), "[0, 1, 2]"], got' "$d/out" "$d/want3.csv"
ending
serving "$labkit" serve --root "$d/root" --image-version 1.0-1
ask text/csv text/csv "$d/in.csv" > "$d/status"
same "early versions answer on one line" 0 "$(wc -l < "$d/out")"
tr ',' '\n' < "$d/out" > "$d/lines"
floats "$d/lines" > "$d/o1"
ok "... with commas between" cmp "$d/o1" "$d/o2"
ending

# ---- several files are averaged; one that is no model keeps it from starting
"$labkit" train --data "$d/train.csv" --no-header --model "$d/root/opt/ml/model/second" --rounds 2 --quiet --set objective=binary:logistic
"$labkit" predict --model "$d/root/opt/ml/model/second" --data "$d/in.csv" --out "$d/second.csv"
serving "$labkit" serve --root "$d/root"
ask text/csv text/csv "$d/in.csv" > "$d/status"
ok "two models are averaged" python3 -c 'import sys
a, b, c = ([float(x) for x in open(f)] for f in sys.argv[1:])
assert all(abs((x + y) / 2 - z) < 1e-7 for x, y, z in zip(a, b, c)) and a != c' "$d/want.csv" "$d/second.csv" "$d/out"
ending
echo stray > "$d/root/opt/ml/model/notes.txt"
"$labkit" serve --root "$d/root" --port 0 > "$d/log" 2> "$d/err"
same "a stray file keeps it from starting" 1 $?
ok "... and is named" grep -q 'notes.txt' "$d/err"
refused "no model at all" 1 'model' "$labkit" serve --root "$d/none" --port 0
refused "--model beside --root" 2 'exclude each other' "$labkit" serve --root "$d" --model x
SAGEMAKER_BIND_TO_PORT=x refused "a port that is none" 2 'SAGEMAKER_BIND_TO_PORT' "$labkit" serve --model "$d/three.json"

done_testing
