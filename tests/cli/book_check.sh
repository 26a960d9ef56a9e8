#!/bin/sh
# labbook check finds what is wrong, each at its place, and labbook new starts clean.
. "$(dirname "$0")/tap.sh.inc"
b=$scratch/book
mkdir -p "$b/lessons/01-a" "$b/lessons/02-b"
printf 'title: B\nreading_grade: 8\n' > "$b/lessons/book.yaml"
printf 'bucket\n: A store.\n' > "$b/lessons/glossary.md"
head -c 600000 /dev/zero > "$b/lessons/01-a/large.png"
cat > "$b/lessons/01-a/lesson.md" <<'END'
---
title: A
summary: S
minutes: 5
---

# Title again

A bucket. <b>raw</b> ![](large.png) [gone](nowhere.md) [far](../02-b/lesson.md#none)

#### Deep {#x}

## Twice {#x}

```lua lab id=one targets=local,aws
x = s3.buckets()
```

```lua solution for=one
x = 2
```

Nothing is asked
of AWS here.

```lua lab id=two targets=aws
x = 1
```

> [!COST]
> Nothing.

```lua lab id=three targets=aws check=none
sagemaker.list("model"):show()
```

```lua check for=one
check.that(true)
```
END
cat > "$b/lessons/02-b/lesson.md" <<'END'
---
title: B
summary: S
minutes: 5
terms: [bucket, lost]
---

END
for i in 1 2 3 4 5 6 7 8 9; do
    echo "Notwithstanding considerations regarding organizational responsibilities, infrastructural modernization necessitates comprehensive interdepartmental communication, documentation, and continuous administrative supervision." >> "$b/lessons/02-b/lesson.md"
done

"$labbook" check "$b" > "$scratch/found" 2> "$scratch/err"
same "errors end with exit code 3" 3 $?
found() {
    ok "$1 is found" grep -qE "$2" "$scratch/found"
}
found "a second title" '01-a/lesson\.md:7:1: error: .*level 1.*\[heading-level\]'
found "raw HTML" '01-a/lesson\.md:9:[0-9]+: warning: raw HTML .*\[raw-html\]'
found "a picture without words" '01-a/lesson\.md:9:[0-9]+: error: .*\[alt-missing\]'
found "a picture that is too large" '01-a/lesson\.md:9:[0-9]+: warning: .*585 kB.*\[image-large\]'
found "a dead link" "01-a/lesson\.md:9:[0-9]+: error: 'nowhere\.md' leads nowhere.*\[link-dead\]"
found "a dead anchor" "01-a/lesson\.md:9:[0-9]+: error: 02-b has no place '#none'.*\[anchor-dead\]"
found "a level that is skipped" '01-a/lesson\.md:11:1: error: a heading of level 4 under one of level 1.*\[heading-level\]'
found "an id that is there twice" '01-a/lesson\.md:13:1: error: .*\[id-twice\]'
found "a step on AWS without its cost" "01-a/lesson\.md:15:1: error: the step 'one' .*\[cost-missing\]"
found "a step that asks and does not help" "01-a/lesson\.md:15:1: warning: the step 'one' .*\[lab-hint\]"
found "a step without a check" "01-a/lesson\.md:26:1: warning: the step 'two' has no check \[lab-check\]"
same "a step whose cost is told, or that asks nothing of AWS, is no finding" 1 "$(grep -c cost-missing "$scratch/found")"
found "a term that is not in the glossary" "02-b/lesson\.md:5:17: error: .*'lost'.*\[term-unknown\]"
found "a term used too early" "01-a/lesson\.md:9:3: warning: the term 'bucket' is used before lesson 02 .*\[term-early\]"
found "text that is hard to read" '02-b/lesson\.md:.*school grade.*\[reading-level\]'
ok "how to mend is said" grep -q '^    mend: write !\[what it shows\](file)' "$scratch/found"
"$labbook" check --json "$b" > "$scratch/json" 2> /dev/null
same "JSON has the same findings" "$(grep -c '\]$' "$scratch/found")" \
    "$(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))))' "$scratch/json")"
same "check writes nothing" "lessons" "$(ls "$b")"

ok "the test book is clean" "$labbook" check tests/data/book
mkdir -p "$scratch/new/lessons"
ok "a new lesson starts" "$labbook" new --book "$scratch/new" 07-what-it-costs
ok "and passes, strictly" "$labbook" check --strict "$scratch/new"
ok "and has its title" grep -q '^title: "What it costs"$' "$scratch/new/lessons/07-what-it-costs/lesson.md"
refused "a lesson that is there is not overwritten" 2 "is there already" \
    "$labbook" new --book "$scratch/new" 07-what-it-costs
refused "a name that is none" 2 "a number and words" "$labbook" new --book "$scratch/new" intro
done_testing
