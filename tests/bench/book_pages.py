#!/usr/bin/env python3
"""A book of N pages of some 9 KB each, the same every time: book_pages.py FOLDER N.

Headings, lists, tables, links, notes, and one to three blocks of Lua a page, as in real lessons.
"""
import os
import random
import sys

folder, count = sys.argv[1], int(sys.argv[2])
draw = random.Random(1)
words = ("data model train score region bucket role policy batch transform endpoint job cost table column "
         "row label feature tree depth round learn rate test split cloud notebook instance queue result file "
         "reads writes keeps makes holds shows asks finds gives takes and or but when where because the a an").split()
lua = """local rows = data.read("points.csv")
-- keep what is needed
for i = 1, #rows do
  if rows[i].label == "yes" then print(i, rows[i].value * 2.5) end
end
return xgb.train{data = rows, rounds = 60, eta = 0.2}
"""


def sentence():
    n = draw.randint(6, 16)
    return " ".join(draw.choice(words) for _ in range(n)).capitalize() + "."


def paragraph():
    text = " ".join(sentence() for _ in range(draw.randint(3, 6)))
    return text.replace(" model ", " **model** ", 1).replace(" cost ", " *cost* ", 1).replace(" file ", " `file` ", 1)


def slug(i):
    return f"{i:05d}-page-{i}"


os.makedirs(f"{folder}/lessons", exist_ok=True)
with open(f"{folder}/lessons/book.yaml", "w") as out:
    out.write("title: Bench\nvariables:\n  region: us-east-1\n")
for i in range(count):
    parts = [f"---\ntitle: Page {i}\nsummary: {sentence()}\nminutes: 5\n---\n"]
    blocks = draw.randint(1, 3)
    for section in range(6):
        parts.append(f"## Section {section} of {draw.choice(words)}\n")
        parts += [paragraph() + "\n" for _ in range(4)]
        if section % 2 == 0:
            parts.append("\n".join(f"- {sentence()}" for _ in range(4)) + "\n")
        if section % 3 == 1:
            parts.append("| name | value | note |\n| :-- | --: | --- |\n" +
                         "".join(f"| {draw.choice(words)} | {draw.random():.3f} | {draw.choice(words)} |\n" for _ in range(5)))
        if section < blocks:
            parts.append(f"```lua\n{lua}```\n")
        if section == 4:
            other = draw.randrange(count)
            parts.append(f"See [page {other}](../{slug(other)}/lesson.md), in {{{{ region }}}}.\n\n> [!NOTE]\n> {sentence()}\n")
    os.makedirs(f"{folder}/lessons/{slug(i)}", exist_ok=True)
    with open(f"{folder}/lessons/{slug(i)}/lesson.md", "w") as out:
        out.write("\n".join(parts))
