#!/bin/sh
# The static binary alone in a folder that is its root: what an image made FROM scratch has.
. "$(dirname "$0")/tap.sh.inc"
d=$scratch/root
static=$BUILD/static/labkit
enter=chroot
[ "$(id -u)" = 0 ] || enter='unshare -r chroot'

ok "it asks for no shared library" sh -c '! readelf -lW "$0" | grep -q INTERP && readelf -lW "$0" | grep -q LOAD' "$static"
ok "the Dockerfile copies it and nothing else" sh -c 'test "$(grep -cE "^(COPY|ADD|RUN)" src/static/Dockerfile)" = 1 &&
    grep -q "^FROM scratch" src/static/Dockerfile && grep -q "^COPY labkit /labkit" src/static/Dockerfile'
mkdir -p "$d/opt/ml/input/config" "$d/opt/ml/input/data/train"
cp "$static" "$d/labkit"
tail -n +2 lessons/data/breast-cancer.csv > "$d/opt/ml/input/data/train/rows.csv"
cut -d, -f2- "$d/opt/ml/input/data/train/rows.csv" | head -50 > "$scratch/in.csv"
echo '{"train":{"ContentType":"text/csv","TrainingInputMode":"File"}}' > "$d/opt/ml/input/config/inputdataconfig.json"
echo '{"num_round":"8","objective":"binary:logistic"}' > "$d/opt/ml/input/config/hyperparameters.json"

ok "train, with no word more" $enter "$d" /labkit train
"$labkit" train --data "$d/opt/ml/input/data/train/rows.csv" --no-header --rounds 8 --quiet \
    --set objective=binary:logistic --model "$scratch/home.ubj"
"$labkit" predict --model "$scratch/home.ubj" --data "$scratch/in.csv" --out "$scratch/want"
"$labkit" predict --model "$d/opt/ml/model/xgboost-model" --data "$scratch/in.csv" --out "$scratch/got"
ok "the same model as of labkit" cmp "$scratch/want" "$scratch/got"

SAGEMAKER_BIND_TO_PORT=0 $enter "$d" /labkit serve > "$scratch/log" &
server=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
    grep -q 'Listening at' "$scratch/log" && break
    sleep 0.1
done
port=$(sed -n 's/.*Listening at: http:.*:\([0-9]*\)$/\1/p' "$scratch/log")
ok "serve listens to everybody, as a container must" grep -q 'http://0\.0\.0\.0:' "$scratch/log"
same "GET /ping" 200 "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: model.internal' "http://127.0.0.1:$port/ping")"
curl -s -H 'Content-Type: text/csv' --data-binary "@$scratch/in.csv" "http://127.0.0.1:$port/invocations" > "$scratch/got"
ok "the answers of labkit predict" cmp "$scratch/want" "$scratch/got"
kill -TERM $server
wait $server
same "SIGTERM ends it with 0" 0 $?

# Two hosts that find each other by name, with half of the rows each.
for host in 1 2; do
    h=$scratch/host$host
    mkdir -p "$h/opt/ml/input/config" "$h/opt/ml/input/data/train" "$h/etc"
    cp "$static" "$h/labkit"
    cp "$d"/opt/ml/input/config/*.json "$h/opt/ml/input/config"
    echo '127.0.0.1 algo-1 algo-2' > "$h/etc/hosts"
    echo "{\"current_host\":\"algo-$host\",\"hosts\":[\"algo-1\",\"algo-2\"]}" > "$h/opt/ml/input/config/resourceconfig.json"
done
head -300 "$d/opt/ml/input/data/train/rows.csv" > "$scratch/host1/opt/ml/input/data/train/rows.csv"
tail -n +301 "$d/opt/ml/input/data/train/rows.csv" > "$scratch/host2/opt/ml/input/data/train/rows.csv"
$enter "$scratch/host2" /labkit train > "$scratch/host2.log" 2>&1 &
other=$!
ok "the first of two hosts" $enter "$scratch/host1" /labkit train
wait $other
same "and the second" 0 $?
ok "train together what one would" cmp "$d/opt/ml/model/xgboost-model" "$scratch/host1/opt/ml/model/xgboost-model"

echo '{"num_round":"8","objective":"binary:logitsic"}' > "$d/opt/ml/input/config/hyperparameters.json"
$enter "$d" /labkit train > /dev/null 2>&1
same "a failure is 1" 1 $?
ok "with its reason" grep -q "did you mean binary:logistic" "$d/opt/ml/output/failure"
done_testing
