#!/bin/sh
# Run every fuzzer for a while: tests/fuzz/run.sh BUILD SECONDS
#
# Each starts from its seeds in tests/fuzz/seeds/NAME (where there are any) and
# from what earlier runs found in BUILD/corpus/NAME. An input that crashes,
# leaks or hangs is kept in BUILD/crashes and named. FUZZ=word limits the run to
# fuzzers whose name contains the word.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1 seconds=$2
passed=0 failed=0

for source in tests/fuzz/*.c; do
    name=$(basename "$source" .c)
    case $name in *"${FUZZ:-}"*) ;; *) continue ;; esac
    corpus=$build/corpus/$name crashes=$build/crashes/
    mkdir -p "$corpus" "$crashes"
    seeds=tests/fuzz/seeds/$name
    [ -d "$seeds" ] || seeds=
    if "$build/tests/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$crashes$name-" "$corpus" $seeds > "$build/$name.log" 2>&1; then
        passed=$((passed + 1))
        printf '%-24s %s\n' "$name" "$(grep -oE 'Done [0-9]+ runs' "$build/$name.log")"
    else
        failed=$((failed + 1))
        printf '%-24s failed; the input is in %s, the log in %s\n' "$name" "$crashes" "$build/$name.log"
        grep -m 3 -E 'ERROR|SUMMARY|Test unit written' "$build/$name.log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
