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
for shape in "100 6" "500 8"; do
    set -- $shape
    "$build/labkit" train --data "$scratch/train.csv" --model "$scratch/m.json" --rounds "$1" \
        --set objective=binary:logistic --set max_depth="$2" --set eta=0.05 2> /dev/null || exit 2
    "$build/labkit" convert --model "$scratch/m.json" --out "$scratch/m.ubj" || exit 2
    echo "$1 trees of depth $2, $rows rows, AVX2 where there is:"
    "$scratch/peer" "$scratch/m.json" "$scratch/m.ubj" "$rows" 1 || status=1
    echo "the same, portable:"
    LABKIT_PORTABLE=1 "$scratch/peer" "$scratch/m.json" "$scratch/m.ubj" "$rows" 1 | head -n 1
done
exit $status
