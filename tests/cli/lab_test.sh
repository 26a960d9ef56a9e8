#!/bin/sh
# labbook test as an author uses it: what it finds in a lesson, what it records, what it need not run
# again. And the book's own lessons, all of them.
. "$(dirname "$0")/tap.sh.inc"

lesson=$scratch/book/lessons/01-made
mkdir -p "$lesson" "$scratch/book/templates"

# write SOLUTION EXPECT [MORE ON THE FENCE]: a lesson with a task
write() {
    {
        printf -- '---\ntitle: Made\nsummary: For a test.\nminutes: 1\n---\n\nText.\n\n'
        printf '```lua lab id=start%s\nx = lab.param("x", 1.5)\nprint("x is " .. x)\nlab.metric("m", x)\n```\n\n' "$3"
        printf '```lua lab id=task\ny = 0\n```\n\n'
        printf '```lua solution for=task\n%s\n```\n\n' "$1"
        printf '```lua check for=task\ncheck.equal(y, 3, "y should be twice x")\n```\n\n'
        printf '```lua wrong for=task expect="%s"\ny = x\n```\n' "$2"
    } > "$lesson/lesson.md"
}
try() { "$labbook" test "$lesson" "$@" > "$scratch/out" 2>&1; }
says() { grep -qE "$1" "$scratch/out"; }

write 'y = 2 * x' 'twice x'
ok "a good lesson passes" try
ok "and says what was tried" says '^ok .*2 steps, 1 starters, 1 wrong answers'
ok "a second time nothing is run" sh -c "'$labbook' test '$lesson' | grep -q unchanged"
ok "unless it is asked for" sh -c "! '$labbook' test --no-cache '$lesson' | grep -q unchanged"

write 'y = 4 * x' 'twice x'
refused "a solution that does not pass is found" 3 'labbook: 1 of 1 lessons failed' sh -c \
    "'$labbook' test '$lesson' > '$scratch/out'"
ok "with its file, line and verdict" says 'lesson.md:1[0-9]: step task: the solution does not pass its check: y should be twice x \(found 6.0, expected 3\)'
write 'y = 2 * x' 'half of x'
try
ok "a wrong answer that hears something else" says 'should hear "half of x", and hears "y should be twice x'
write 'y = 2 * z' 'twice x'
try
ok "a solution that breaks" says 'the solution fails: attempt to perform arithmetic on a nil value'
sed -i 's/^y = 0$/y = 3/' "$lesson/lesson.md"
try
ok "a starter with nothing to do" says 'the starter passes the check already'

write 'y = 2 * x' 'twice x'
ok "outputs are recorded" try --record
ok "a line an event" grep -q '"kind":"text","text":"x is 1.5\\n"' "$lesson/recorded/start.jsonl"
ok "then compared" try
ok "and counted" says '2 recorded outputs'
sed -i 's/1\.5/1.4999/g' "$lesson/recorded/start.jsonl"
try
ok "a number that differs is found" says 'step start: the output is not as recorded: .*1.4999'
write 'y = 2 * x' 'twice x' ' tolerance=0.001'
ok "unless the author allows it" try
sed -i 's/x is/z is/' "$lesson/recorded/start.jsonl"
try
ok "words have no tolerance" says 'not as recorded'
: > "$lesson/recorded/start.jsonl"
try
ok "nor has what was not there" says 'something comes that was not recorded'
write 'y = 2 * x' 'twice x' ' tolerance=much'
refused "a tolerance that is none is the author's to mend" 3 . sh -c "'$labbook' test '$lesson' > '$scratch/out'"
ok "and says so" says "a tolerance cannot be 'much'"

# ---- run: what a learner sees of the same lesson
rm -rf "$lesson/recorded"
write 'y = 2 * x' 'twice x'
refused "a starter is not there yet" 3 'does not pass its check yet' sh -c \
    "'$labbook' run '$lesson/task' > '$scratch/out'"
ok "its check says what is missing" says 'not yet: y should be twice x'
ok "parameters come from outside" sh -c \
    "'$labbook' run '$lesson/start' --param x=7 | grep -q 'x is 7'"
refused "a step that is not there" 2 "no step 'strat'; did you mean 'start'" \
    "$labbook" run "$lesson/strat"
refused "a lesson that is not there" 2 'no lesson' "$labbook" run nowhere
refused "a target that is not there" 2 'local, practice or aws' "$labbook" run --all --target moon
refused "--all on aws asks for a yes" 2 'cost money: add --yes' \
    "$labbook" run --all --target aws
ok "--all takes the solution" sh -c "'$labbook' run '$lesson' --all | grep -q '2 steps passed'"
ok "without a terminal a lesson runs through" sh -c "'$labbook' run '$lesson' < /dev/null | grep -q 'x is 1.5'"

# ---- --watch: the learner edits a file of their own
work=$scratch/watched
"$labbook" run "$lesson" --watch --work "$work" > "$scratch/watch" 2>&1 < /dev/null &
watcher=$!
i=0
while ! grep -q 'edit and save' "$scratch/watch" && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
ok "--watch names the file to edit" grep -q "edit and save: $work/mine/task.lua" "$scratch/watch"
echo 'y = 2 * x' > "$work/mine/task.lua"
i=0
while kill -0 $watcher 2> /dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
kill $watcher 2> /dev/null
ok "and goes on when it is right" grep -q 'check passed' "$scratch/watch"

# ---- what is the learner's stays
ok "a lesson is run with one's own code" "$labbook" run "$lesson/start"
mkdir -p "$XDG_DATA_HOME/labbook/labs/01-made/mine" "$scratch/other"
echo 'y = 3' > "$XDG_DATA_HOME/labbook/labs/01-made/mine/task.lua"
echo 'private' > "$scratch/other/keep.txt"
"$labbook" run "$lesson" --all > "$scratch/out" 2>&1
"$labbook" run "$lesson" --all --work "$scratch/other" > "$scratch/out" 2>&1
same "--all sweeps nothing of theirs away" "y = 3 private" \
    "$(cat "$XDG_DATA_HOME/labbook/labs/01-made/mine/task.lua" "$scratch/other/keep.txt" | tr '\n' ' ' | sed 's/ $//')"
ok "and one's own code is what runs" "$labbook" run "$lesson/task"

# ---- the reference, from the one table
ok "every call has help" sh -c "'$labbook' reference data.split | grep -q 'keep'"
ok "for editors" sh -c "'$labbook' reference --json | python3 -m json.tool"
refused "a call that is not there" 2 "did you mean 'plot.roc'" "$labbook" reference plot.rock

# ---- the book's own lessons
ok "every lesson of the book passes" "$labbook" test --no-cache
done_testing
