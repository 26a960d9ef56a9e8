#!/bin/sh
# Training against libxgboost 1.7.4 in one run: tests/bench/train.sh BUILD [ROWS] [ROUNDS] [REPEATS]
# Prints figures and what must be reached; exit 1 when something is not.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1 rows=${2:-1000000} rounds=${3:-100} repeats=${4:-3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
${CC:-cc} -O2 -std=c11 -D_GNU_SOURCE -Isrc -o "$scratch/train" tests/bench/train.c "$build/all.a" \
    -Wl,--gc-sections -lxgboost -lcjson -lsqlite3 -lcrypto -lz -lm -pthread || exit 2

# run WHO THREADS: one more run; WHO.seconds has the least of them all, WHO.rest the AUC and megabytes
run() {
    "$scratch/train" "$1" "$rows" "$rounds" "$2" > "$scratch/out" || exit 2
    read -r seconds rest < "$scratch/out"
    echo "$seconds" >> "$scratch/$1.all"
    sort -n "$scratch/$1.all" | head -n 1 > "$scratch/$1.seconds"
    echo "$rest" > "$scratch/$1.rest"
}
. tests/bench/must.sh.inc

for threads in 1 $(nproc | awk '$1 > 1'); do
    rm -f "$scratch"/*.all
    for i in $(seq "$repeats"); do # side by side, so that both meet the same neighbours
        run theirs "$threads"
        run ours "$threads"
    done
    read -r their_seconds < "$scratch/theirs.seconds"
    read -r seconds < "$scratch/ours.seconds"
    read -r their_auc their_megabytes < "$scratch/theirs.rest"
    read -r auc megabytes < "$scratch/ours.rest"
    printf '%s rows x 28, %s rounds, %s threads: XGBoost %s s, AUC %s, %s MB; labkit %s s, AUC %s, %s MB\n' \
        "$rows" "$rounds" "$threads" "$their_seconds" "$their_auc" "$their_megabytes" "$seconds" "$auc" "$megabytes"
    must "speed, bin + train, $threads threads" "$(ratio "$their_seconds" "$seconds")" ">=" 2.2
    must "AUC, ours / theirs" "$(ratio "$auc" "$their_auc")" ">=" 0.999
    must "peak memory, ours / theirs" "$(ratio "$megabytes" "$their_megabytes")" "<=" 1
done
exit $status
