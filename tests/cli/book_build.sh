#!/bin/sh
# labbook build: golden pages, only what changed is written, whole or not at all.
. "$(dirname "$0")/tap.sh.inc"
book=tests/data/book golden=tests/data/book-golden site=$scratch/site

ok "the test book builds" "$labbook" build --without-labs --out "$site" $book

# ---- golden pages; make bless rewrites them
pages="index.html 404.html sitemap.xml feed.xml 01-everything/index.html 02-second/index.html
glossary/index.html 01-old-name/index.html assets/search/data.js assets/search/0.js"
for page in $pages; do
    kept=$golden/$(echo "$page" | tr / _)
    # The versions of scripts and styles are no affair of the pages'.
    sed 's/?v=[0-9a-f]\{12\}"/"/g' "$site/$page" > "$scratch/page"
    if [ -n "${BLESS:-}" ]; then
        mkdir -p $golden
        cp "$scratch/page" "$kept"
    fi
    ok "$page is as its golden file" diff -u "$kept" "$scratch/page"
done
versions=$(grep -ho 'assets/[^"?]*?v=[0-9a-f]*' "$site/01-everything/index.html" "$site/index.html" | sort -u)
ok "scripts, styles and icons have a version" test "$(echo "$versions" | wc -l)" -ge 6
same "which is the beginning of their digest" "$versions" \
    "$(cd "$site" && for name in $(echo "$versions" | sed 's/?.*//'); do
        sha256sum "$name" | sed "s|^\(.\{12\}\).*|$name?v=\1|"; done)"

# shellcheck disable=SC2046
ok "every page is well-formed, and nested as the standard allows" \
    python3 tests/cli/valid_html.py $(find "$site" -name '*.html')

same "the glossary is in the order of the alphabet" "batch transform, transform job, bucket, region" \
    "$(grep -o '<dt[^>]*>[^<]*' "$site/glossary/index.html" | sed 's/.*>//' | paste -sd, | sed 's/,/, /g')"

# ---- what is written
counts() { sed 's/.*; //' "$scratch/said"; }
files=$(find "$site" -type f ! -name '.labbook-*' | wc -l | tr -d ' ')
"$labbook" build --without-labs --out "$site" $book > "$scratch/said"
same "nothing changed, nothing written" "$files files, 0 written, 0 deleted" "$(counts)"

rm "$site/02-second/index.html"
"$labbook" build --without-labs --out "$site" $book > "$scratch/said"
same "a page that was lost comes back" "$files files, 1 written, 0 deleted" "$(counts)"

cp -R $book "$scratch/book"
cp -R templates "$scratch/book/templates"
printf '\nA word more.\n' >> "$scratch/book/lessons/A-appendix/lesson.md"
"$labbook" build --without-labs --out "$site" "$scratch/book" > "$scratch/said"
# The page, the page of the whole book, and what the search knows.
same "an edited lesson writes three files" "$files files, 3 written, 0 deleted" "$(counts)"

echo mine > "$site/mine.txt"
rm -r "$scratch/book/lessons/A-appendix"
"$labbook" build --without-labs --out "$site" "$scratch/book" > "$scratch/said"
same "what is gone is deleted" "no" "$([ -e "$site/A-appendix" ] && echo yes || echo no)"
same "other files in the folder are left alone" "mine" "$(cat "$site/mine.txt")"

# ---- any number of threads
"$labbook" build --without-labs --quiet --threads 1 --out "$scratch/one" $book
"$labbook" build --without-labs --quiet --threads 7 --out "$scratch/seven" $book
ok "one thread and seven write the same bytes" diff -r -x '.labbook-*' "$scratch/one" "$scratch/seven"

# ---- whole or not at all
before=$(cd "$site" && find . -type f ! -name '.labbook-*' -exec cksum {} + | sort)
printf '\n## New\n\n[gone](../05-nowhere/lesson.md)\n' >> "$scratch/book/lessons/02-second/lesson.md"
echo >> "$scratch/book/lessons/01-everything/lesson.md"
refused "a dead link names its place" 1 "02-second/lesson\.md:20:1: '\.\./05-nowhere/lesson\.md' leads nowhere" \
    "$labbook" build --without-labs --out "$site" "$scratch/book"
same "a failed build changes nothing" "$before" "$(cd "$site" && find . -type f ! -name '.labbook-*' -exec cksum {} + | sort)"
cp $book/lessons/02-second/lesson.md "$scratch/book/lessons/02-second/lesson.md"
printf '\n[there](../01-everything/lesson.md#own-ID)\n' >> "$scratch/book/lessons/02-second/lesson.md"
refused "a dead anchor gets the nearest" 1 "has no place '#own-ID'; did you mean '#own-id'" \
    "$labbook" build --without-labs --out "$site" "$scratch/book"
cp $book/lessons/02-second/lesson.md "$scratch/book/lessons/02-second/lesson.md"
sed -i 's/{{summary}}/{{sumary}}/' "$scratch/book/templates/lesson.mustache"
refused "an unknown variable in a template names template and line" 1 \
    "lesson\.mustache:[0-9]*: unknown variable 'sumary'" "$labbook" build --without-labs --out "$site" "$scratch/book"

# A build that is killed at any moment leaves each page old or new, never half; the next build mends the rest.
mkdir -p "$scratch/many/lessons"
printf 'title: Many\n' > "$scratch/many/lessons/book.yaml"
python3 - "$scratch/many/lessons" << 'PY'
import pathlib, sys
for i in range(400):
    folder = pathlib.Path(sys.argv[1]) / f"{i:03d}-l"
    folder.mkdir()
    (folder / "lesson.md").write_text(f"---\ntitle: L{i}\nsummary: S\nminutes: 1\n---\n\n" + "OLD word. " * 2000)
PY
"$labbook" build --quiet --out "$scratch/killed" "$scratch/many"
sed -i 's/OLD/NEW/g' "$scratch"/many/lessons/*/lesson.md
killed=0
for delay in 0.01 0.03 0.06 0.1 0.15 0.2 0.3; do
    "$labbook" build --quiet --out "$scratch/killed" "$scratch/many" &
    pid=$!
    sleep $delay
    kill -9 $pid 2> /dev/null && killed=$((killed + 1))
    wait $pid 2> /dev/null
done
ok "builds were killed while they worked" test $killed -ge 3
ok "each page is old or new, and whole" python3 - "$scratch/killed" << 'PY'
import pathlib, sys
pages = sorted(pathlib.Path(sys.argv[1]).glob("*-l/index.html"))
assert len(pages) == 400, len(pages)
for page in pages:
    text = page.read_text()
    assert text.endswith("</html>\n"), page
    assert (text.count("OLD word"), text.count("NEW word")) in ((2000, 0), (0, 2000)), page
PY
"$labbook" build --quiet --out "$scratch/killed" "$scratch/many"
"$labbook" build --quiet --out "$scratch/whole" "$scratch/many"
ok "the next build ends where an undisturbed one does" diff -r -x .labbook-stamp "$scratch/killed" "$scratch/whole"

# ---- raw HTML: off unless the book turns it on
cp -R "$scratch/many/lessons/000-l" "$scratch/raw-lesson"
mkdir -p "$scratch/raw/lessons"
mv "$scratch/raw-lesson" "$scratch/raw/lessons/01-raw"
printf -- '---\ntitle: R\nsummary: S\nminutes: 1\n---\n\nA <b class="mine">word</b>.\n\n<aside>Block.</aside>\n' > "$scratch/raw/lessons/01-raw/lesson.md"
"$labbook" build --quiet --out "$scratch/raw-off" "$scratch/raw" 2> /dev/null
same "raw HTML is left out" "0" "$(grep -cE 'class="mine"|Block\.' "$scratch/raw-off/01-raw/index.html")"
printf 'title: R\nraw_html: true\n' > "$scratch/raw/lessons/book.yaml"
"$labbook" build --quiet --out "$scratch/raw-on" "$scratch/raw"
same "and let through where the book says so" "2" "$(grep -cE '<b class="mine">word</b>|<aside>Block\.</aside>' "$scratch/raw-on/01-raw/index.html")"

# ---- editions and drafts
"$labbook" build --without-labs --quiet --edition instructor --out "$scratch/teach" $book
same "learners see no teaching notes" 0 "$(grep -c 'Only for those who teach' "$scratch/one/01-everything/index.html")"
ok "instructors do" grep -q 'Only for those who teach' "$scratch/teach/01-everything/index.html"
same "drafts are left out" "no" "$([ -e "$scratch/one/03-draft" ] && echo yes || echo no)"
"$labbook" build --without-labs --quiet --drafts --out "$scratch/drafts" $book
ok "and are there when asked for" test -f "$scratch/drafts/03-draft/index.html"
refused "an edition that is none" 2 "learner or instructor" "$labbook" build --without-labs --edition teacher $book

# ---- interface texts
keys() { sed -n 's/^\([a-z_]*\):.*/\1/p' "templates/lang/$1.yaml" | sort; }
for file in templates/lang/*.yaml; do
    name=$(basename "$file" .yaml)
    same "$name has every text that English has, and no other" "$(keys en)" "$(keys "$name")"
    same "$name leaves no text empty" "" "$(grep -nE '^[a-z_]+: *("")?$' "$file")"
done
differs=$(grep -vE '^(#|direction|target_aws|note|alert|table|js_table|js_plot|minutes|footer)' templates/lang/de.yaml | grep -cvxFf templates/lang/en.yaml)
ok "German says it in German" test "$differs" -gt 120
"$labbook" build --quiet --out "$scratch/ar" tests/data/book-ar
ok "an Arabic page runs from right to left" grep -q '<html lang="ar" dir="rtl"' "$scratch/ar/01-awwal/index.html"
cp -R tests/data/book-de "$scratch/de"
sed -i 's/lang: de/lang: de-AT/' "$scratch/de/lessons/book.yaml"
"$labbook" build --quiet --out "$scratch/at" "$scratch/de"
ok "a region's own form has its language's texts" sh -c "grep -q 'html lang=\"de-AT\"' '$scratch/at/index.html' && grep -q 'Suchen' '$scratch/at/index.html'"
sed -i 's/lang: de-AT/lang: fr/' "$scratch/de/lessons/book.yaml"
refused "a language without texts is told its place, and those there are" 1 "book\\.yaml:2:7: .*'fr'.*ar, de, en" \
    "$labbook" build --out "$scratch/fr" "$scratch/de"

# ---- settings
known=$(grep -oE '\{"[a-z_]+", FRONT_' src/book/settings.c | sed 's/{"//; s/",.*//' | sort -u)
same "every setting stands in the book's own file, explained" "" \
    "$(for key in $known; do grep -qE "^(# )?$key:|^  (- )?  ?$key:|^  - $key:" lessons/book.yaml || echo "$key"; done)"
done_testing
