#!/bin/sh
# CSV to a matrix, and CSV to a file of predictions, against libxgboost: tests/bench/csv.sh BUILD [ROWS]
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1 rows=${2:-1000000} status=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
. tests/bench/must.sh.inc
# shellcheck disable=SC2046
${CC:-cc} -O2 -std=c11 -D_GNU_SOURCE -Isrc -o "$scratch/peer" tests/bench/csv_peer.c "$build/all.a" -Wl,--gc-sections -lxgboost \
    $(pkg-config --libs libcjson zlib) -lm -pthread || exit 2
"$scratch/peer" write "$scratch/data.csv" "$rows" || exit 2
head -n 20000 "$scratch/data.csv" > "$scratch/train.csv"
"$build/labkit" train --data "$scratch/train.csv" --no-header --model "$scratch/m.json" --rounds 100 \
    --set objective=binary:logistic 2> /dev/null || exit 2
cut -d, -f2- "$scratch/data.csv" > "$scratch/rows.csv"

read -r theirs ours << EOF
$(taskset -c 0 "$scratch/peer" matrix "$scratch/data.csv" 1)
EOF
echo "$rows rows to a matrix, one thread, seconds of CPU: XGBoost $theirs s, labkit $ours s"
must "CSV to matrix" "$(ratio "$theirs" "$ours")" ">=" 4
read -r theirs ours << EOF
$(LABKIT_PORTABLE=1 taskset -c 0 "$scratch/peer" matrix "$scratch/data.csv" 1)
EOF
must "CSV to matrix, portable" "$(ratio "$theirs" "$ours")" ">=" 2.5

# timed COMMAND...: sets seconds (of CPU) and megabytes, the least of three runs
timed() {
    seconds=999999
    for i in 1 2 3; do
        /usr/bin/time -o "$scratch/time" -f '%U %S %M' "$@" || exit 2
        read -r user system kilobytes < "$scratch/time"
        s=$(awk "BEGIN { print $user + $system }")
        seconds=$(printf '%s\n%s\n' "$seconds" "$s" | sort -n | head -n 1)
    done
    megabytes=$((kilobytes / 1024))
}
timed taskset -c 0 "$scratch/peer" predict "$scratch/m.json" "$scratch/data.csv" "$scratch/theirs.txt" 1
theirs=$seconds their_megabytes=$megabytes
timed taskset -c 0 "$build/labkit" predict --model "$scratch/m.json" --data "$scratch/rows.csv" --out "$scratch/ours.txt" --threads 1
echo "$rows rows to predictions, 100 trees of depth 6, one thread, seconds of CPU: XGBoost $theirs s, $their_megabytes MB; labkit $seconds s, $megabytes MB"
must "CSV to predictions, whole process" "$(ratio "$theirs" "$seconds")" ">=" 4
must "memory, MB" "$megabytes" "<" 100
paste "$scratch/theirs.txt" "$scratch/ours.txt" | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-6) n++ }
    END { print n + 0, "answers differ (XGBoost reads some numbers a bit off)"; exit n > NR / 1000 }' || status=1
exit $status
