#!/bin/sh
# labbook build with the module that runs labs in pages: what it adds to a site, and takes away.
. "$(dirname "$0")/tap.sh.inc"
book=tests/data/book-page site=$scratch/site module=$BUILD/wasm/lab.wasm

ok "the module is there" test -f "$module"
ok "the book builds" "$labbook" build --quiet --out "$site" $book
ok "the module is in the site" cmp "$module" "$site/assets/wasm/lab.wasm"
ok "and its second part" cmp "$BUILD/wasm/more.wasm" "$site/assets/wasm/more.wasm"
same "a lesson's check is there for its page" 1 "$(grep -c 'one more than that' "$site/assets/labs/01-here.js")"
same "text travels as text" 'labbook.part("assets/files/birds.csv.js", "name,weight\nfinch,21\nheron,1500\n");' \
    "$(cat "$site/assets/files/birds.csv.js")"
same "other bytes as base64" "$(base64 -w 0 $book/lessons/01-here/bytes.bin)" \
    "$(sed 's/.*", "\(.*\)", 64);$/\1/' "$site/assets/files/01-here/bytes.bin.js")"
same "pictures, the lesson's text and what was recorded do not travel" "" \
    "$(find "$site/assets/files" -name '*.md*' -o -name '*.jsonl*' -o -name '*.svg*')"
same "one with labs may run the module, one without may not" "1 0" \
    "$(grep -c wasm-unsafe-eval "$site/01-here/index.html") $(grep -c wasm-unsafe-eval "$site/index.html")"

"$labbook" build --out "$site" $book > "$scratch/said"
same "nothing changed, nothing written" 1 "$(grep -c ' 0 written, 0 deleted' "$scratch/said")"
"$labbook" build --out "$site" --without-labs $book > /dev/null
same "without labs, all that is gone" "" "$(find "$site/assets" -path '*wasm*' -o -path '*assets/labs*' -o -path '*assets/files*')"
same "and pages may run none" 0 "$(grep -c wasm-unsafe-eval "$site/01-here/index.html")"
done_testing
