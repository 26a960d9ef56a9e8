#!/bin/sh
# The sources of the libraries that a page's module needs: src/wasm/sources.sh FOLDER
#
# Debian has them compiled for this computer only, so they come from its source
# packages, in the versions that are installed here: the same Lua in a page as
# in a terminal. The archive is asked through lists of sources of our own, made
# from those this computer has; nothing on it is changed, and no root is needed.
set -eu
out=$1
rm -rf "$out"
mkdir -p "$out/apt/parts" "$out/apt/lists/partial" "$out/apt/cache/archives/partial"
out=$(cd "$out" && pwd)
for f in /etc/apt/sources.list.d/*.sources; do
    [ -e "$f" ] && sed 's/^Types:.*/Types: deb-src/' "$f" > "$out/apt/parts/$(basename "$f")"
done
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -e "$f" ] && sed -n 's/^deb /deb-src /p' "$f" > "$out/apt/parts/$(basename "$f" .list).list"
done

apt() {
    apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$out/apt/parts" \
        -o Dir::State::lists="$out/apt/lists" -o Dir::Cache="$out/apt/cache" \
        -o APT::Sandbox::User=root "$@"
}

# take PACKAGE NAME: the source of an installed package, as folder NAME; of the
# version that is installed, or, when the archive has replaced it, of its successor.
take() {
    source=$(dpkg-query -W -f '${source:Package}' "$1")
    version=$(dpkg-query -W -f '${source:Version}' "$1")
    cd "$out/apt/cache"
    apt source "$source=$version" > "$out/log" 2>&1 || apt source "$source" > "$out/log" 2>&1 || {
        cat "$out/log" >&2
        echo "wasm: the source package $source could not be had from Debian's archive" >&2
        exit 1
    }
    mv "$(find . -maxdepth 1 -type d -name "$source-*" | head -n 1)" "$out/$2"
}

apt update > "$out/log" 2>&1 || true
take liblua5.4-dev lua
take libcjson-dev cjson
take zlib1g-dev zlib
rm -rf "$out/apt" "$out/log"
