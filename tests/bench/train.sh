#!/bin/sh
# Training against libxgboost 1.7.4 in one run: tests/bench/train.sh BUILD [ROWS] [ROUNDS]
# Prints figures and what must be reached; exit 1 when something is not.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1 rows=${2:-1000000} rounds=${3:-100}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
${CC:-cc} -O2 -std=c11 -D_GNU_SOURCE -Isrc -o "$scratch/train" tests/bench/train.c "$build/all.a" \
    -Wl,--gc-sections -lxgboost -lcjson -lsqlite3 -lcrypto -lz -lm -pthread || exit 2

# best WHO THREADS: sets seconds (the least of two runs), auc and megabytes
best() {
    seconds=999999
    for i in 1 2; do
        "$scratch/train" "$1" "$rows" "$rounds" "$2" > "$scratch/out" || exit 2
        read -r s auc megabytes < "$scratch/out"
        seconds=$(printf '%s\n%s\n' "$seconds" "$s" | sort -n | head -n 1)
    done
}
. tests/bench/must.sh.inc

for threads in 1 $(nproc | awk '$1 > 1'); do
    best theirs "$threads"
    their_seconds=$seconds their_auc=$auc their_megabytes=$megabytes
    best ours "$threads"
    printf '%s rows x 28, %s rounds, %s threads: XGBoost %s s, AUC %s, %s MB; labkit %s s, AUC %s, %s MB\n' \
        "$rows" "$rounds" "$threads" "$their_seconds" "$their_auc" "$their_megabytes" "$seconds" "$auc" "$megabytes"
    must "speed, bin + train, $threads threads" "$(ratio "$their_seconds" "$seconds")" ">=" 2.2
    must "AUC, ours / theirs" "$(ratio "$auc" "$their_auc")" ">=" 0.999
    must "peak memory, ours / theirs" "$(ratio "$megabytes" "$their_megabytes")" "<=" 1
done
exit $status
