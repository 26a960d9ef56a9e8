#!/bin/sh
# labbook run LESSON at a terminal: prompts, hints, the solution as a diff, quizzes; what is kept of it.
. "$(dirname "$0")/tap.sh.inc"

book=$scratch/book lesson=$scratch/book/lessons/01-made
mkdir -p "$lesson" "$book/templates"
cat > "$lesson/lesson.md" << 'EOF'
---
title: Made
summary: For a test.
minutes: 1
---

Text.

```quiz
id: first
Which of these is a fruit?
- [ ] a stone
  > Stones are not eaten.
- [x] an apple
  > Apples grow on trees.

> So it is.
```

```lua lab id=task
x = 1
y = 0
```

```lua solution for=task
x = 1
y = 3
```

```lua check for=task
check.equal(y, 3, "y should be three")
```

> [!HINT task]
> Count to three.

```quiz
id: order
In which order?
1. one
2. two
3. three
   > It comes last.
```

```quiz
id: sum
number: 0.5
tolerance: 0.01
What is a half?

- [ ] 2
  > That is the other way round.
```

```quiz
id: word
answer: Bucket
Where do objects live?

- [ ] folder
  > A folder is on a disk.
```
EOF

# at_terminal KEYS ARGUMENTS...: labbook run on a pseudo-terminal, a line of KEYS at every prompt
at_terminal() {
    keys=$1
    shift
    python3 - "$keys" "$labbook" run "$@" > "$scratch/out" 2>&1 << 'EOF'
import os, pty, sys, time
keys, command = sys.argv[1].split("|"), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(command[0], command)
seen, end = b"", time.time() + 60
while time.time() < end:
    try:
        piece = os.read(fd, 65536)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    if seen.endswith((b"quit: ", b"quit:\x1b[0m ")):
        if not keys:
            break
        os.write(fd, (keys.pop(0) + "\n").encode())
sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))
os.close(fd)
os.waitpid(pid, 0)
EOF
}
says() { grep -qF -e "$1" "$scratch/out"; }

at_terminal 'five|1|2||h|h|s|n|1 2 3|2 3 1|0,7|2|0,5|Folder|BUCKET' "$lesson"
ok "a quiz stands where the lesson has it, before the step" sh -c \
    "grep -n 'Which of these\|x = 1' '$scratch/out' | head -n 1 | grep -q fruit"
ok "what is no answer is said to be none" says 'That is not the number of your answer.'
ok "a wrong choice is explained" says '- Stones are not eaten.'
ok "a right one too" says '+ Apples grow on trees.'
ok "and so is the quiz, then" says 'So it is.'
ok "the step runs and is judged" says 'not yet: y should be three'
ok "a hint is given" says 'hint: Count to three.'
ok "until there is none" says 'No more hints.'
ok "the solution is shown as what to change" sh -c \
    "grep -A3 '^  x = 1' '$scratch/out' | tr '\n' ' ' | grep -q '^  x = 1 - y = 0 + y = 3 '"
ok "an order is asked turned round, and right in its own order" sh -c \
    "grep -A3 'In which order' '$scratch/out' | tail -n 3 | tr -d '\n' | grep -q '1. three  2. one  3. two'"
ok "of an order, what stands in a wrong place is explained" sh -c \
    "grep -A1 'right place, from the top: 0' '$scratch/out' | grep -q 'It comes last'"
ok "a wrong number is met with a direction" says '- The right number is smaller.'
ok "or with what was foreseen" says '- That is the other way round.'
ok "and a wrong word" says '- A folder is on a disk.'
same "each quiz was wrong before it was right" "4 right 5 wrong" \
    "$(grep -c '^Right' "$scratch/out") right $(grep -c '^Not yet' "$scratch/out") wrong"

"$labbook" progress --book "$book" --export "$scratch/record.json" > "$scratch/tap.out" 2>&1
ok "all of it is kept" python3 - "$scratch/record.json" << 'EOF'
import json, sys
lesson = json.load(open(sys.argv[1]))["lessons"]["01-made"]
task, quizzes = lesson["steps"]["task"], lesson["quizzes"]
assert task["hints"] == 1 and task["solution"] and task["attempts"] == 1 and task["passed"] is False, task
assert quizzes["first"] == {"right": True, "tries": 2, "value": [2]}, quizzes
assert quizzes["order"]["value"] == [1, 2, 3] and quizzes["word"] == {"right": True, "tries": 2, "value": "BUCKET"}, quizzes
EOF

work=$XDG_DATA_HOME/labbook/labs/01-made
at_terminal '|e|q' "$lesson"
ok "Enter skips a quiz, e names the file to edit" says "Edit and save $work/mine/task.lua"
printf 'x = 1\ny = 3\n' > "$work/mine/task.lua"
at_terminal '||q' "$lesson"
ok "one's own file is what runs" says 'check passed'
at_terminal 'q' "$lesson"
ok "q leaves at once" sh -c "! grep -q 'y = ' '$scratch/out'"
done_testing
