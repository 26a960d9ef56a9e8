#!/bin/sh
# The renderer at 10,000 pages against libcmark alone, and at 1,000 against Hugo, in one run:
# tests/bench/book.sh BUILD [PAGES]
# Prints figures and what must be reached; exit 1 when something is not.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1 pages=${2:-10000}
scratch=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/labbook-bench-XXXXXX")
trap 'rm -rf "$scratch"' EXIT INT TERM
python3 tests/bench/book_pages.py "$scratch/book" "$pages" || exit 2
cp -R templates "$scratch/book/templates"
# shellcheck disable=SC2046
${CC:-cc} -O2 -o "$scratch/peer" tests/bench/book_peer.c $(pkg-config --cflags --libs libcmark) || exit 2

# timed COMMAND...: sets seconds (the least of three) and kilobytes (the most)
timed() {
    seconds= kilobytes=0
    for i in 1 2 3; do
        [ -z "${fresh:-}" ] || rm -rf "$scratch/site"
        set -- "$@"
        python3 - "$@" > "$scratch/time" <<'END'
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(f"{time.perf_counter() - start:.3f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}")
END
        read -r s k < "$scratch/time"
        seconds=$(printf '%s\n%s\n' "${seconds:-999999}" "$s" | sort -n | head -n 1)
        [ "$k" -gt "$kilobytes" ] && kilobytes=$k
    done
}
status=0
# must WHAT FIGURE LIMIT UNIT
must() {
    if awk "BEGIN { exit !($2 <= $3) }"; then verdict=reached; else verdict="NOT REACHED" status=1; fi
    printf '%-46s %8s %-4s must be at most %s: %s\n' "$1" "$2" "$4" "$3" "$verdict"
}

timed "$scratch/peer" "$scratch/book/lessons"
peer=$seconds
printf '%-46s %8s s\n' "libcmark alone, $pages pages" "$peer"
fresh=1
timed "$build/labbook" build --quiet --out "$scratch/site" "$scratch/book"
printf '%-46s %8s s\n' "labbook build, all pages" "$seconds"
must "labbook build / libcmark" "$(awk "BEGIN { printf \"%.2f\", $seconds / $peer }")" 2 times
must "labbook build, memory" $((kilobytes / 1024)) 150 MB
fresh=
timed "$build/labbook" build --quiet --out "$scratch/site" "$scratch/book"
must "labbook build, nothing changed" "$seconds" 0.3 s

# Hugo renders the same texts through two small templates: highlighting and contents, but no search data and no
# checks, so what it is spared is to its good.
rm -rf "$scratch/site"
peer_pages=$((pages < 1000 ? pages : 1000))
python3 tests/bench/book_pages.py "$scratch/small" "$peer_pages" || exit 2
cp -R templates "$scratch/small/templates"
mkdir -p "$scratch/hugo/content" "$scratch/hugo/layouts/_default"
printf 'title: Bench\nbaseURL: https://example.org/\n' > "$scratch/hugo/config.yaml"
for page in "$scratch"/small/lessons/*/; do
    cp "$page/lesson.md" "$scratch/hugo/content/$(basename "$page").md"
done
echo '<!DOCTYPE html><title>{{ .Title }}</title><nav>{{ .TableOfContents }}</nav><main>{{ .Content }}</main>' \
    > "$scratch/hugo/layouts/_default/single.html"
echo '<!DOCTYPE html><title>{{ .Title }}</title><ul>{{ range .Pages }}<li>{{ .Title }}{{ end }}</ul>' \
    > "$scratch/hugo/layouts/_default/list.html"
fresh=1
timed hugo --quiet --source "$scratch/hugo" --destination "$scratch/site" --cacheDir "$scratch/cache"
hugo=$seconds
written=$(find "$scratch/site" -name index.html | wc -l)
[ "$written" -ge "$peer_pages" ] || { echo "hugo wrote $written of $peer_pages pages" >&2; exit 2; }
printf '%-46s %8s s\n' "hugo, $peer_pages pages" "$hugo"
timed "$build/labbook" build --quiet --out "$scratch/site" "$scratch/small"
printf '%-46s %8s s\n' "labbook build, $peer_pages pages" "$seconds"
must "labbook build / hugo" "$(awk "BEGIN { printf \"%.2f\", $seconds / $hugo }")" 0.5 times
fresh=

# shellcheck disable=SC2046
${CC:-cc} -O2 -Isrc -o "$scratch/edit" tests/bench/book_edit.c "$build/all.a" -Wl,--gc-sections \
    $(pkg-config --libs libcmark yaml-0.1 libcjson libcrypto) -lm -pthread || exit 2
must "an edit until its page is written, all looked at" \
    "$("$scratch/edit" "$scratch/book" "$scratch/live" "$scratch/book/templates")" 100 ms
# And the whole way, in a browser beside `labbook serve`: an edit of text, of which most are, and one of a lab, for
# which the page is loaded anew. Of the latter the least counts: a browser that loads a page has
# many threads, and others at work here make each of them late.
read -r text text_least lab lab_least << END
$(node tests/bench/book_edit.mjs "$build" "$scratch/book" 2> /dev/null)
END
must "a text's edit until it is painted, median of 21" "${text:-999}" 100 ms
must "a lab's edit until it is painted, least of 21" "${lab_least:-999}" 100 ms
printf '%-46s %8s ms\n' "the least of the former" "${text_least:-}" "the median of the latter" "${lab:-}"
exit $status
