#!/bin/sh
# Labs in the page: press to first output, training beside the same build in a terminal on one
# thread, memory, whether the page freezes, sizes; all in one run: tests/bench/wasm.sh BUILD
# Exit 1 when something is not reached.
cd "$(dirname "$0")/../.." || exit 2
[ -f "$1/wasm/lab.wasm" ] || { echo "first: make wasm" >&2; exit 2; }
BUILD=$(cd "$1" && pwd) exec node tests/bench/wasm.mjs
