#!/bin/sh
# Scoring and loading against libxgboost in one run: tests/bench/score.sh BUILD [ROWS]
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1 rows=${2:-300000} status=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
# shellcheck disable=SC2046
${CC:-cc} -O2 -Isrc -o "$scratch/peer" tests/bench/score_peer.c "$build/all.a" -Wl,--gc-sections -lxgboost \
    $(pkg-config --libs libcjson zlib) -lm -pthread || exit 2
awk 'BEGIN { srand(1); for (i = 0; i < 20000; i++) { s = 0; line = ""
    for (k = 0; k < 28; k++) { x = 6 * rand() - 3; s += x * ((k % 5) - 2) + (x > 1) * (k % 3); line = line "," x }
    print (s + 6 * rand() > 6) line } }' > "$scratch/train.csv"
. tests/bench/must.sh.inc

# figure LABEL FILE: the ratio that the peer printed under the label
figure() { sed -n "s/^$1.* \([0-9.]*\) times\$/\1/p" "$2"; }

# measure TREES DEPTH LEAST_FOR_ONE_ROW
measure() {
    "$build/labkit" train --data "$scratch/train.csv" --model "$scratch/m.json" --rounds "$1" \
        --set objective=binary:logistic --set max_depth="$2" --set eta=0.05 2> /dev/null || exit 2
    "$build/labkit" convert --model "$scratch/m.json" --out "$scratch/m.ubj" || exit 2
    echo "$1 trees of depth $2, $rows rows, one thread:"
    "$scratch/peer" "$scratch/m.json" "$scratch/m.ubj" "$rows" 1 > "$scratch/out" || status=1
    cat "$scratch/out"
    LABKIT_PORTABLE=1 "$scratch/peer" "$scratch/m.json" "$scratch/m.ubj" "$rows" 1 > "$scratch/portable" || status=1
    must "batch, AVX2 where there is" "$(figure batch "$scratch/out")" ">=" 8
    must "batch, portable" "$(figure batch "$scratch/portable")" ">=" 5
    must "one row" "$(figure 'one row' "$scratch/out")" ">=" "$3"
    must "load JSON" "$(figure 'load JSON' "$scratch/out")" ">=" 8
    must "load UBJSON" "$(figure 'load UBJSON' "$scratch/out")" ">=" 1
}
measure 100 6 8
measure 500 8 6
exit $status
