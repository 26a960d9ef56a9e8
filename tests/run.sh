#!/bin/sh
# Run every test and count: tests/run.sh BUILD [SANITIZED_BUILD]
#
# Every test is a program that prints TAP ("ok 1 - what", "not ok 2 - what").
#   tests/unit/*.c        C tests (cmocka), run in each build given
#   tests/cli/*.sh        the programs from outside; $BUILD is where they are
#   tests/browser/*.test.mjs  pages in headless Chromium
# Only failing tests' output is shown. The last line is "N passed, N failed".
# TESTS=word limits the run to tests whose path contains the word.
set -u
cd "$(dirname "$0")/.." || exit 2
CMOCKA_MESSAGE_OUTPUT=TAP
LC_ALL=C.UTF-8
export CMOCKA_MESSAGE_OUTPUT LC_ALL BUILD
BUILD=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
passed=0 failed=0 failures=

# one NAME COMMAND...: run it, count its TAP lines; a crash or no line at all is a failure.
one() {
    name=$1
    shift
    case $name in *"${TESTS:-}"*) ;; *) return ;; esac
    start=$(date +%s)
    timeout "${TEST_SECONDS:-900}" "$@" > "$scratch/out" 2> "$scratch/err" < /dev/null
    code=$?
    ok=$(grep -c '^ok ' "$scratch/out")
    bad=$(grep -c '^not ok ' "$scratch/out")
    if [ "$bad" = 0 ] && { [ $code != 0 ] || [ "$ok" = 0 ]; }; then
        bad=1
        echo "not ok - $name ended with exit code $code" >> "$scratch/out"
    fi
    passed=$((passed + ok)) failed=$((failed + bad))
    printf '%-58s %4d ok %3d failed %4d s\n' "$name" "$ok" "$bad" $(($(date +%s) - start))
    if [ "$bad" != 0 ]; then
        failures="$failures $name"
        grep -v '^ok ' "$scratch/out" | head -n 60 | cut -c1-2000
        tail -n 60 "$scratch/err" | cut -c1-2000
    fi
}

for build in "$@"; do
    for t in tests/unit/*.c; do
        t=${t%.c}
        one "$build/$t" "$build/$t"
    done
done
for t in tests/cli/*.sh; do one "$t" sh "$t"; done
for t in tests/browser/*.test.mjs; do one "$t" node "$t"; done

[ -z "$failures" ] || echo "failed:$failures"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
