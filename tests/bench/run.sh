#!/bin/sh
# Measure against the peers: tests/bench/run.sh BUILD
# Every tests/bench/*.sh but this one is a benchmark: it runs us and the peers in
# one run, prints figures and ratios, and exits 1 where a target is missed.
# BENCH=word limits the run to those whose name contains the word.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1
reached=0 missed=
for bench in tests/bench/*.sh; do
    name=$(basename "$bench" .sh)
    [ "$name" = run ] && continue
    case $name in *"${BENCH:-}"*) ;; *) continue ;; esac
    echo "== $name"
    if sh "$bench" "$build"; then reached=$((reached + 1)); else missed="$missed $name"; fi
    echo
done
echo "all targets reached in $reached benchmarks${missed:+; missed in:$missed}"
[ -z "$missed" ]
