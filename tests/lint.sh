#!/bin/sh
# Formatting, a second compiler's warnings, cppcheck: tests/lint.sh BUILD
set -u
cd "$(dirname "$0")/.." || exit 2
status=0
sources=$(ls src/*/*.c tests/unit/*.c tests/fuzz/*.c 2> /dev/null)
headers=$(ls src/*.h src/*/*.h tests/unit/*.h 2> /dev/null)

echo "clang-format"
# shellcheck disable=SC2086
clang-format --dry-run -Werror $sources $headers || status=1

echo "clang"
pkgs="libcmark libcurl libcrypto lua5.4 libcjson libmicrohttpd sqlite3 yaml-0.1 zlib"
# shellcheck disable=SC2086,SC2046
clang -fsyntax-only -std=c11 -D_GNU_SOURCE -Isrc -Itests $(pkg-config --cflags $pkgs) \
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
    -Wno-unused-parameter -Werror $sources || status=1

echo "cppcheck"
cppcheck --quiet --error-exitcode=1 --std=c11 -D_GNU_SOURCE -Isrc --inline-suppr \
    --enable=warning,portability --suppress=missingIncludeSystem src || status=1

[ $status = 0 ] && echo "lint: clean"
exit $status
