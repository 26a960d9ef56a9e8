#!/bin/sh
# The house rules that a program can check: layers, third-party headers, exports, the top level.
cd "$(dirname "$0")/../.." || exit 1
n=0
# check WHAT OFFENDERS: passes when nothing offends; shows what does.
check() {
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        echo "$2" | sed 's/^/# /'
    fi
}

# ---- layers: what each may include, besides itself and labkit.h
may_include() {
    case $1 in
    base) echo ;;
    book | gbt | aws | http) echo base ;;
    container) echo base gbt aws http ;;
    lab) echo base book gbt aws http ;;
    cloud) echo base book gbt http ;;
    serve) echo base book gbt http lab cloud ;;
    cli) echo base book gbt aws http container lab cloud serve ;;
    wasm) echo base book gbt lab ;;
    esac
}
bad=
for layer in base book gbt aws http container lab cloud serve cli wasm; do
    allowed=" $layer $(may_include $layer) "
    for f in src/$layer/*.[ch]; do
        [ -e "$f" ] || continue
        for inc in $(sed -n 's/^#include "\([a-z]*\)\/.*/\1/p' "$f" | sort -u); do
            case $allowed in *" $inc "*) continue ;; esac
            # The practice cloud checks signatures with the very code that makes them.
            [ "$layer $inc" = "cloud aws" ] &&
                [ "$(grep -c '#include "aws/' "$f")" = "$(grep -c '#include "aws/sigv4.h"' "$f")" ] && continue
            bad="$bad$f includes $inc/
"
        done
    done
done
check "each layer includes only what lies below it" "$bad"

bad=$(grep -n '#include "' src/*/*.[ch] | grep -vE '#include "(labkit\.h|[a-z]+/[a-z0-9_]+\.(h|inc))"')
check "own headers are included as layer/file.h" "$bad"

# ---- third-party headers: PATTERN, and the places where it may stand
only_in() {
    bad=$(grep -lE "#include <($1)" src/*/*.[ch] src/*.h 2> /dev/null | grep -vE "^($2)$")
    check "<$1> is included in $2 only" "$bad"
}
only_in 'curl/' 'src/aws/net\.c'
only_in 'cmark' 'src/book/markdown\.c'
only_in 'lua|lauxlib|lualib' 'src/(lab|wasm)/[a-z0-9_]+\.[ch]'
only_in 'openssl/' 'src/base/digest\.c'
only_in 'cjson/' 'src/base/json\.c'
only_in 'sqlite3' 'src/base/db\.c'
only_in 'microhttpd' 'src/http/internal\.h'
only_in 'yaml' 'src/book/front\.c'
only_in 'zlib' 'src/base/(source|gzip)\.c'
only_in 'xgboost/' 'none'

# ---- calls we do not use (comments and strings may name them)
bad=$(grep -nwE '(sscanf|strtok|atoi|atof|strcpy|strcat|sprintf|system|gets|fork|vfork)[ ]*\(' src/*/*.c |
    grep -vE '^[^:]+:[0-9]+: *(\*|/\*|//)|"[^"]*\b(system|fork|gets)\b[^"]*"')
check "no sscanf, strtok, atoi, strcpy, sprintf, system, fork" "$bad"
bad=$(grep -nE '(-|")ffast-math|ffp-contract=(on|fast)' src/*/*.c
    grep -nE '^[^#]*ffast-math|ffp-contract=(on|fast)' Makefile)
check "floating point is never loosened" "$bad"

# ---- exports
lib="$BUILD/liblabkit.a"
exported=$(nm -g --defined-only "$lib" | awk 'NF == 3 { print $3 }' | sort -u)
bad=$(echo "$exported" | grep -v '^lk_')
[ -n "$exported" ] || bad="$lib exports nothing"
check "liblabkit.a exports lk_ names only" "$bad"
bad=$(nm -D --defined-only "$BUILD/liblabkit.so" | awk 'NF == 3 && $3 !~ /^lk_/ { print $3 }')
check "liblabkit.so exports lk_ names only" "$bad"
declared=$(grep -v '^typedef' src/labkit.h | grep -oE '\blk_[a-z0-9_]+\(' | tr -d '(' | sort -u)
bad=$(for f in $declared; do echo "$exported" | grep -qx "$f" || echo "$f is declared in labkit.h and not in the library"; done)
check "what labkit.h declares is in the library" "$bad"
bad=$(for f in $exported; do echo "$declared" | grep -qx "$f" || echo "$f is exported and not in labkit.h"; done)
check "what the library exports is in labkit.h" "$bad"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/use.c" << 'C'
#include "labkit.h"
#include <string.h>
int main(void)
{
    return strcmp(lk_version(), LK_VERSION);
}
C
libs=$(pkg-config --libs libcurl libcrypto libcjson sqlite3 zlib)
# shellcheck disable=SC2086
bad=$({ gcc -std=c99 -Wall -Werror -pedantic -Isrc -o "$dir/use" "$dir/use.c" "$lib" $libs -lm -pthread && "$dir/use"; } 2>&1 || echo "failed")
check "a strict C99 program links liblabkit.a" "$bad"

# ---- the top level
want='LICENSE Makefile README.md lessons site src templates tests'
have=$(git ls-tree --name-only HEAD 2> /dev/null | grep -v '^\.' | sort | tr '\n' ' ' | sed 's/ $//')
bad=
[ -z "$have" ] || [ "$have" = "$want" ] || bad="it is: $have"
check "the top level is exactly: $want" "$bad"
bad=$(git ls-files site 2> /dev/null | grep -v '^site/README.md$')
check "git keeps only site/README.md of the rendered site" "$bad"

echo "1..$n"
