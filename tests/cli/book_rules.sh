#!/bin/sh
# Every rule of labbook check, provoked one by one: each finding names its place, what, why and how to mend it.
. "$(dirname "$0")/tap.sh.inc"
b=$scratch/book
: > "$scratch/provoked"

# clean_book: a book of two lessons with nothing wrong; body adds to the first lesson.
clean_book() {
    rm -rf "$b"
    mkdir -p "$b/lessons/01-a" "$b/lessons/02-b"
    printf 'title: B\nvariables:\n  region: eu-west-1\n' > "$b/lessons/book.yaml"
    printf 'bucket\n: A store.\n' > "$b/lessons/glossary.md"
    printf -- '---\ntitle: A\nsummary: S\nminutes: 5\n---\n\nText.\n\n' > "$b/lessons/01-a/lesson.md"
    printf -- '---\ntitle: B\nsummary: S\nminutes: 5\nterms: [bucket]\n---\n\nText.\n' > "$b/lessons/02-b/lesson.md"
}
front() { # front LINES: the first lesson's front matter is this
    printf -- "---\n$1---\n\nText.\n" > "$b/lessons/01-a/lesson.md"
}
body() {
    printf "$1" >> "$b/lessons/01-a/lesson.md"
}

# provoked RULE LEVEL PLACE WORDS: check finds the rule at file:line:column, with these words
provoked() {
    "$labbook" check --drafts --json "$b" > "$scratch/json" 2> "$scratch/err"
    code=$?
    echo "$1" >> "$scratch/provoked"
    ok "$1: $4" python3 - "$scratch/json" "$code" "$@" << 'PY'
import json, sys
path, code, rule, level, place, words = sys.argv[1:7]
findings = json.load(open(path))
mine = [f for f in findings if f["rule"] == rule]
assert mine, [f["rule"] for f in findings]
f = mine[0]
at = f'{f["file"].split("/lessons/")[1]}:{f["line"]}:{f["column"]}'
assert at == place, at
assert words in f["text"], f["text"]
assert f["level"] == level, f["level"]
assert f["why"] and f["text"] and f["mend"], f
assert int(code) == (3 if any(x["level"] == "error" for x in findings) else 0), code
PY
}

clean_book
ok "the book it starts from is clean" "$labbook" check --strict "$b"
for file in book.yaml glossary.md 01-a/lesson.md; do
    { printf '\357\273\277'; sed 's/$/\r/' "$b/lessons/$file"; } > "$scratch/windows"
    cp "$scratch/windows" "$b/lessons/$file"
done
ok "also with a mark before the first byte, and lines that end in CR LF" "$labbook" check --strict "$b"
ok "it builds so" "$labbook" build --quiet --out "$scratch/windows-site" "$b"
same "without either on its pages" "<p>Text.</p>|0" "$(grep '<p>Text' "$scratch/windows-site/01-a/index.html")|$(
    grep -rlE "$(printf '\r|\357\273\277')" "$scratch/windows-site" --include=*.html | wc -l)"

# ---- front matter
clean_book; front 'titel: A\nsummary: S\nminutes: 5\n'
provoked front-key error 01-a/lesson.md:2:1 "unknown key 'titel'; did you mean 'title'?"
clean_book; front 'summary: S\nminutes: 5\n'
provoked front-missing error 01-a/lesson.md:2:1 "'title' is missing"
clean_book; front 'title: [A]\nsummary: S\nminutes: 5\n'
provoked front-kind error 01-a/lesson.md:2:8 "'title' must be a text, not a list"
clean_book; front 'title: A\nsummary: S\nminutes: soon\n'
provoked front-value error 01-a/lesson.md:4:10 "'minutes'"
clean_book; front 'title: &a A\nsummary: S\nminutes: 5\n'
provoked front-syntax error 01-a/lesson.md:2:8 "anchors"
clean_book; front 'title: A\nsummary: S\nminutes: 5\nneeds: [03-c]\n'
provoked needs-unknown error 01-a/lesson.md:5:9 "needs '03-c'"
clean_book; front 'title: A\nsummary: S\nminutes: 5\nneeds: [02-b]\n'
provoked needs-order warning 01-a/lesson.md:5:9 "needs '02-b', which comes later"
clean_book; front 'title: A\nsummary: S\nminutes: 5\nredirects: [00-old, ../up]\n'
provoked front-value error 01-a/lesson.md:5:21 "'../up' is no name of a lesson"
clean_book; front 'title: A\nsummary: S\nminutes: 5\nredirects: [02-b]\n'
provoked redirect-taken error 01-a/lesson.md:5:13 "'02-b' is a lesson of the book"
clean_book; front 'title: A\nsummary: S\nminutes: 5\nredirects: [00-old, 00-old]\n'
provoked redirect-taken error 01-a/lesson.md:5:21 "'00-old' is given as an earlier name by 01-a"
clean_book; front 'title: A\nsummary: S\nminutes: 5\nchanges:\n  2026-02-28: x\n  2026-02-30: y\n'
provoked front-value error 01-a/lesson.md:7:3 "a change needs a date"
clean_book; body 'Grün\n\nGr\374n\n'
provoked encoding error 01-a/lesson.md:11:3 "the byte FC is no UTF-8"
clean_book; body 'A\0B\n'
provoked encoding error 01-a/lesson.md:9:2 "a NUL byte (00)"
clean_book; body '[x](JavaScript:alert(1))\n'
provoked link-script error 01-a/lesson.md:9:1 "'JavaScript:alert(1)' runs something"
clean_book; body '| a |\n| - |\n| b | c |\n'
provoked table-cells warning 01-a/lesson.md:11:7 "more cells than the table has columns"
clean_book; front 'title: A\nsummary: S\nminutes: 5\nterms: [bukcet]\n'
provoked term-unknown error 01-a/lesson.md:5:9 "'bukcet'"
clean_book; printf 'parts:\n  - title: Z\n    first: 02\n  - title: Y\n    first: 01\n' >> "$b/lessons/book.yaml"
provoked part-order error book.yaml:7:5 "part 'Y' starts at '01'"
clean_book; printf 'map: 01-a/none.svg\n' >> "$b/lessons/book.yaml"
provoked map warning book.yaml:4:6 "none.svg"

clean_book; printf 'image: 01-a/none.png\n' >> "$b/lessons/book.yaml"
provoked image-missing error book.yaml:4:8 "none.png"

# ---- text
clean_book; body 'In {{ regoin }}.\n'
provoked variable-unknown error 01-a/lesson.md:9:4 "did you mean 'region'?"
clean_book; body '{{ include none.md }}\n'
provoked include-missing error 01-a/lesson.md:9:1 "none.md"
clean_book; body '{{ include ../../x.md }}\n'
provoked include-outside error 01-a/lesson.md:9:1 "leave the folder"
clean_book; echo '{{ include self.md }}' > "$b/lessons/01-a/self.md"; body '{{ include self.md }}\n'
provoked include-depth error 01-a/self.md:1:1 "nest deeper"
clean_book; echo one > "$b/lessons/01-a/a.lua"; body '```lua\n{{ include a.lua region=none }}\n```\n'
provoked include-part error 01-a/lesson.md:10:1 "region=none"
clean_book; head -c 1100000 /dev/zero | tr '\0' x >> "$b/lessons/01-a/lesson.md"
provoked text-size error 01-a/lesson.md:9:1 "too large"
clean_book; for i in 1 2 3 4 5; do body '>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>'; done
provoked nesting error 01-a/lesson.md:9:1 "deep"
clean_book; body '> [!NTOE]\n> x\n'
provoked alert-unknown error 01-a/lesson.md:9:1 "did you mean 'NOTE'?"
clean_book; body '> [!TAB]\n> x\n'
provoked tab-label error 01-a/lesson.md:9:1 "tab"
clean_book; body 'x[^a]\n\n[^a]: one\n\n[^a]: two\n'
provoked footnote-twice error 01-a/lesson.md:13:1 "'a'"
clean_book; body '[^b]: nobody\n'
provoked footnote-unused warning 01-a/lesson.md:9:1 "'b'"
clean_book; body '```math\nx + \\nope{1}\n```\n'
provoked math error 01-a/lesson.md:10:5 "nope"
clean_book; body '#### Deep\n'
provoked heading-level error 01-a/lesson.md:9:1 "level 4 under one of level 1"
clean_book; body '## One {#x}\n\n## Two {#x}\n'
provoked id-twice error 01-a/lesson.md:11:1 "taken"
clean_book; body 'A <b>bold</b> word.\n'
provoked raw-html warning 01-a/lesson.md:9:3 "left out"
clean_book; body 'A bucket.\n'
provoked term-early warning 01-a/lesson.md:9:3 "before lesson 02"
clean_book; printf 'bucket\n: one\n\nbucket\n: two\n' > "$b/lessons/glossary.md"
provoked glossary-term error glossary.md:4:1 "bucket"
clean_book; printf 'reading_grade: 8\n' >> "$b/lessons/book.yaml"
for i in 1 2 3 4 5 6 7 8 9; do
    body 'Notwithstanding considerations regarding organizational responsibilities, infrastructural modernization necessitates comprehensive interdepartmental communication, documentation, and administrative supervision.\n'
done
provoked reading-level warning 01-a/lesson.md:6:1 "school grade"

# ---- links and pictures
clean_book; body 'See [it](../02-c/lesson.md).\n'
provoked link-dead error 01-a/lesson.md:9:5 "did you mean"
clean_book; body 'See [it](../../x.md).\n'
provoked link-outside error 01-a/lesson.md:9:5 "out of the book"
clean_book; body 'See [it](../02-b/lesson.md#none).\n'
provoked anchor-dead error 01-a/lesson.md:9:5 "'#none'"
clean_book; head -c 600000 /dev/zero > "$b/lessons/01-a/a.png"; body '![](a.png)\n'
provoked alt-missing error 01-a/lesson.md:9:1 "cannot see"
provoked image-large warning 01-a/lesson.md:9:1 "585 kB"

# ---- labs
lab='```lua lab id=one targets=local,aws%s\n%s\n```\n'
clean_book; body "$(printf "$lab" '' 's3.buckets()')\n"
provoked cost-missing error 01-a/lesson.md:9:1 "does not say what that costs"
provoked lab-check warning 01-a/lesson.md:9:1 "no check"
clean_book; body '```lua lab id=one\nx = 1\n```\n\n```lua solution\nx = 2\n```\n\n```lua check\ncheck.that(x)\n```\n'
provoked lab-hint warning 01-a/lesson.md:9:1 "no hint"
clean_book; body '```lua lab\nx = 1\n```\n'
provoked lab-id error 01-a/lesson.md:9:1 "without an id"
clean_book; body '```lua lab id=one targts=local\nx\n```\n'
provoked lab-key error 01-a/lesson.md:9:19 "'targts'"
clean_book; body '```lua lab id=one targets=lokal\nx\n```\n'
provoked lab-target error 01-a/lesson.md:9:19 "'lokal'"
clean_book; body '```lua lab id=one timeout=soon\nx\n```\n'
provoked lab-timeout error 01-a/lesson.md:9:19 "timeout"
clean_book; body '```lua lba id=one\nx\n```\n'
provoked lab-role error 01-a/lesson.md:9:8 "'lba'"
clean_book; body '```lua check for=none\nx\n```\n'
provoked lab-part error 01-a/lesson.md:9:14 "no lab 'none'"
clean_book; body '```lua lab id=one check=none\nx = 1\n```\n'; mkdir "$b/lessons/01-a/recorded"; echo 'no JSON' > "$b/lessons/01-a/recorded/one.jsonl"
provoked recorded error 01-a/recorded/one.jsonl:1:1 "JSON"

# ---- quizzes
quiz() { clean_book; body "\`\`\`quiz\n$1\n\`\`\`\n"; }
quiz 'id: q\nQ?\n\n- [ ] a\n- [ ] b'
provoked quiz-answer error 01-a/lesson.md:9:1 "no right"
quiz 'id: q\nQ?\n\n- [x] a\n- b'
provoked quiz-choice error 01-a/lesson.md:14:1 "neither right nor wrong"
quiz 'Q?\n\n- [x] a\n- [ ] b'
provoked quiz-id error 01-a/lesson.md:9:1 "without an id"
quiz 'id: q\nknd: one\nQ?\n\n- [x] a\n- [ ] b'
provoked quiz-key error 01-a/lesson.md:11:1 "did you mean 'kind'?"
quiz 'id: q\nkind: tow\nQ?\n\n- [x] a\n- [ ] b'
provoked quiz-kind error 01-a/lesson.md:11:1 "'tow'"
quiz 'id: q\nnumber: lots\nQ?'
provoked quiz-number error 01-a/lesson.md:11:1 "must be a number"
quiz 'id: q\nnumber: 1\nQ?\n\n- [ ] two\n  > No.'
provoked quiz-number error 01-a/lesson.md:14:1 "must be a number, not 'two'"
quiz 'id: q\nanswer: a\nQ?\n\n- [x] a\n  > Yes.'
provoked quiz-choice error 01-a/lesson.md:14:1 "wrong answers to expect"
quiz 'id: q\nQ?\n\n- [x] a\n- [ ] b'
provoked quiz-why warning 01-a/lesson.md:9:1 "does not say what is wrong"
quiz 'id: q\n\n- [x] a\n- [ ] b'
provoked quiz-question error 01-a/lesson.md:9:1 "question"

# ---- nothing left out: rules about addresses outside are provoked in book_external.sh
"$labbook" check --rules | sed 's/ .*//' | grep -vE '^link-(gone|moved|unsure)$' > "$scratch/rules"
same "every rule was provoked" "" "$(sort -u "$scratch/provoked" | diff "$scratch/rules" -)"
named=$(grep -rhoE '(FINDING_(ERROR|WARNING), *|lesson_complain\([a-z>-]+, *|complain\(p, n, *)"[a-z-]+"' src/book src/cli | grep -oE '"[a-z-]+"' | tr -d '"' | sort -u)
same "and every finding has its rule" "" "$(for rule in $named; do "$labbook" check --rules | grep -q "^$rule " || echo "$rule"; done)"
done_testing
