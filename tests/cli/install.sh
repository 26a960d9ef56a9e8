#!/bin/sh
# make install, uninstall and dist; the installed library is usable through pkg-config.
. "$(dirname "$0")/tap.sh.inc"
prefix=$scratch/prefix
make_here="make --no-print-directory B=$BUILD PREFIX=$prefix"

ok "make install" $make_here install
ok "the installed program runs" "$prefix/bin/labkit" --version
# Every line that starts with a dot is a request we mean.
ok "the manual page is well-formed" sh -c "! grep -nE '^[.]' '$prefix/share/man/man1/labkit.1' |
    grep -vE '^[0-9]+:[.](TH|SH|SS|TP|PP|B|I|nf|fi|RS|RE)( |$)'"
ok "bash accepts the completion" bash -n "$prefix/share/bash-completion/completions/labkit"
complete() {
    bash -c '. "$1"; shift; COMP_WORDS=(labkit "$@"); COMP_CWORD=$#; _labkit; echo "${COMPREPLY[*]}"' - \
        "$prefix/share/bash-completion/completions/labkit" "$@"
}
same "completion knows commands" "predict" "$(complete pre)"
same "groups, each once" "split sample" "$(complete data s)"
same "groups in groups" "presign" "$(complete aws s3 pre)"
same "and options" "--label" "$(complete eval --model x --lab)"
cat > "$scratch/use.c" << 'C'
#include <labkit.h>
#include <stdio.h>
int main(void)
{
    return puts(lk_version()) == EOF;
}
C
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
ok "a program builds with pkg-config's words" gcc -o "$scratch/use" "$scratch/use.c" $(pkg-config --cflags --libs labkit)
ok "and runs with the shared library" env LD_LIBRARY_PATH="$prefix/lib" "$scratch/use"
ok "make uninstall" $make_here uninstall
same "nothing is left behind" "" "$(find "$prefix" -type f -o -type l)"
if git rev-parse --git-dir > /dev/null 2>&1; then
    ok "make dist" make --no-print-directory B="$scratch" dist
    ok "the archive holds the sources" sh -c "tar tzf '$scratch'/labbook-*.tar.gz | grep -q '/src/labkit.h$'"
fi
ok "make compile_commands.json" make --no-print-directory compile_commands.json
ok "which is JSON" python3 -c 'import json; assert len(json.load(open("compile_commands.json"))) > 5'
done_testing
