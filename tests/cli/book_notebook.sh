#!/bin/sh
# labbook export and import: a lesson goes out as a notebook and comes back.
. "$(dirname "$0")/tap.sh.inc"
mkdir -p "$scratch/book"
cp -R tests/data/book/lessons "$scratch/book/lessons"
cp -R templates "$scratch/book/templates"
cd "$scratch/book" || exit 1

ok "a lesson goes out" "$labbook" export 01-everything
cat > "$scratch/valid.py" <<'END'
import json, sys
nb = json.load(open(sys.argv[1]))
assert nb["nbformat"] == 4 and nb["nbformat_minor"] == 5, "version"
assert set(nb) == {"cells", "metadata", "nbformat", "nbformat_minor"}, set(nb)
ids = [c["id"] for c in nb["cells"]]
assert len(set(ids)) == len(ids) and all(0 < len(i) <= 64 for i in ids), "ids"
for c in nb["cells"]:
    keys = {"cell_type", "id", "metadata", "source"} | ({"attachments"} & set(c))
    if c["cell_type"] == "code":
        keys |= {"outputs", "execution_count"}
        for o in c["outputs"]:
            want = {"stream": {"output_type", "name", "text"}, "display_data": {"output_type", "data", "metadata"}}
            assert set(o) == want[o["output_type"]], o
    assert set(c) == keys, (set(c), keys)
    assert all(isinstance(line, str) for line in c["source"])
code = [c for c in nb["cells"] if c["cell_type"] == "code"]
assert len(code) == 2, "labs are code"
kinds = [o["output_type"] for o in code[0]["outputs"]]
assert kinds == ["stream"] * 3 + ["display_data"] * 5, kinds
assert any("image/svg+xml" in o.get("data", {}) for o in code[0]["outputs"])
text = "".join("".join(c["source"]) for c in nb["cells"] if c["cell_type"] != "raw")
assert "x = 2" not in text, "the solution is not shown"
END
ok "as a notebook of format 4.5" python3 "$scratch/valid.py" 01-everything.ipynb
# Jupyter's own library is the judge; it must also not lose anything when it saves the notebook again.
ok "Jupyter's own library finds it valid" /usr/bin/python3 -c '
import nbformat, sys
notebook = nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT)
nbformat.validate(notebook)
nbformat.write(notebook, sys.argv[2])' 01-everything.ipynb "$scratch/saved.ipynb"
ok "and comes back" "$labbook" import 01-everything.ipynb --name 08-back
ok "and comes back as Jupyter saved it" "$labbook" import "$scratch/saved.ipynb" --name 08-saved
ok "with nothing changed" /usr/bin/python3 -c '
import json, sys
text, recorded = lambda name: open(f"lessons/{name}/lesson.md").read(), lambda name: [
    json.loads(line) for line in open(f"lessons/{name}/recorded/first.jsonl")]
assert text("08-back") == text("08-saved")
assert recorded("08-back") == recorded("08-saved")'
rm -r lessons/08-saved

# As it was, but for variables filled in and empty lines at the end.
sed 's/{{ region }}/eu-west-1/' lessons/01-everything/lesson.md > "$scratch/as-it-was"
ok "text, labs, solutions, checks and quizzes are as they were" \
    diff -uB "$scratch/as-it-was" lessons/08-back/lesson.md
grep -vE '"kind":"(start|end)"' lessons/01-everything/recorded/first.jsonl | python3 -c '
import json, sys
for line in sys.stdin: print(json.dumps(json.loads(line), sort_keys=True))' > "$scratch/events"
python3 -c '
import json, sys
for line in sys.stdin: print(json.dumps(json.loads(line), sort_keys=True))' < lessons/08-back/recorded/first.jsonl > "$scratch/back"
ok "outputs are as they were" diff -u "$scratch/events" "$scratch/back"
"$labbook" export 08-back --out "$scratch/second.ipynb" > "$scratch/said"
ok "a second way out is the same" cmp 01-everything.ipynb "$scratch/second.ipynb"

# Two lessons cannot have had one name.
sed -i '/^redirects/d' lessons/08-back/lesson.md

ok "its pictures travel within it" /usr/bin/python3 -c '
import base64, json
cells = json.load(open("01-everything.ipynb"))["cells"]
held = {name: data for c in cells for name, data in c.get("attachments", {}).items()}
assert set(held) == {"picture.svg", "dot.png"}, set(held)
assert base64.b64decode(held["dot.png"]["image/png"]) == open("lessons/01-everything/dot.png", "rb").read()
text = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
assert "](attachment:picture.svg " in text and "](picture.svg" not in text'
ok "and lie beside the lesson that came back" \
    sh -c 'cmp lessons/01-everything/picture.svg lessons/08-back/picture.svg && cmp lessons/01-everything/dot.png lessons/08-back/dot.png'

# ---- others' notebooks
cat > "$scratch/sly.ipynb" << 'END'
{"cells": [{"cell_type": "markdown", "metadata": {}, "source": "![x](attachment:../stolen.svg) ![y](attachment:ok.svg)",
  "attachments": {"../stolen.svg": {"image/svg+xml": "PHN2Zy8+"}, "lesson.md": {"image/svg+xml": "PHN2Zy8+"},
                  "ok.svg": {"image/svg+xml": "PHN2Zy8+"}, "odd.svg": {"image/svg+xml": "*not base64*"}}}],
 "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
END
"$labbook" import "$scratch/sly.ipynb" --name 12-sly > "$scratch/said"
same "a notebook's attachments are pictures of its own folder, and nothing else" "attachment.svg lesson.md ok.svg no" \
    "$(echo $(ls lessons/12-sly)) $([ -e lessons/stolen.svg ] && echo yes || echo no)"
ok "the lesson itself is not replaced by one" grep -q '!\[y\](ok.svg)' lessons/12-sly/lesson.md
rm -r lessons/12-sly
cat > "$scratch/other.ipynb" <<'END'
{"cells": [
 {"cell_type": "markdown", "metadata": {}, "source": ["# A title: with colon\n", "\n", "Text {{ region }}."]},
 {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [{"output_type": "stream", "name": "stdout", "text": "1\n"}], "source": "print(1)\n# ```"}],
 "metadata": {"kernelspec": {"name": "python3", "language": "python", "display_name": "P"}}, "nbformat": 4, "nbformat_minor": 4}
END
ok "a notebook in Python comes in" "$labbook" import "$scratch/other.ipynb" --name 09-other
same "its first heading is the title" 'title: "A title: with colon"' "$(sed -n 2p lessons/09-other/lesson.md)"
ok "its code stays to read, in a fence that holds" grep -q '^````python$' lessons/09-other/lesson.md
sed 's/"language": "python"/"language": "lua"/' "$scratch/other.ipynb" > "$scratch/lua.ipynb"
ok "a notebook in Lua comes in" "$labbook" import "$scratch/lua.ipynb" --name 10-lua
ok "its code is a lab" grep -q 'lua lab id=step-1' lessons/10-lua/lesson.md
same "with its output" '{"step":"step-1","kind":"text","text":"1\n","stream":"out"}' "$(cat lessons/10-lua/recorded/step-1.jsonl)"
ok "and the book still builds" "$labbook" build --quiet --out "$scratch/site"
refused "what is no notebook" 1 'notes\.ipynb' sh -c "echo '{}' > $scratch/notes.ipynb; $labbook import $scratch/notes.ipynb --name 11-x"
refused "a notebook cut short" 1 'cut\.ipynb:' sh -c "head -c 100 $scratch/other.ipynb > $scratch/cut.ipynb; $labbook import $scratch/cut.ipynb --name 11-x"
same "leaves nothing behind" "no" "$([ -e lessons/11-x ] && echo yes || echo no)"
refused "a lesson that is there is not overwritten" 2 'is there already' "$labbook" import "$scratch/other.ipynb" --name 09-other

# Outputs of code that is only read stand below it; pictures and attachments become files of the lesson's.
cat > "$scratch/make.py" <<'END'
import base64, json, sys
folder = sys.argv[1]
png = base64.b64encode(open("lessons/01-everything/dot.png", "rb").read()).decode()
text = lambda *lines: {"cell_type": "markdown", "metadata": {}, "source": list(lines)}
code = lambda source, *outputs: {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": list(outputs)}
def save(name, **notebook):
    json.dump(notebook, open(f"{folder}/{name}.ipynb", "w"))
save("My Analysis (1)", nbformat=4, nbformat_minor=5, metadata={"language_info": {"name": "python"}}, cells=[
    {**text("# Fish\n", "\n", "![fish](attachment:a%20fish.png) ![fish](attachment:fish.png)\n"),
     "attachments": {"a fish.png": {"image/png": png}, "fish.png": {"image/png": [png[:8] + "\n", png[8:]]}}},
    text("# Catch\n", "```\n", "# no heading\n", "```\n", "## Eat"),
    code("!ls\n1 + 1", {"output_type": "stream", "name": "stdout", "text": ["\033[31mred\033[0m\n"]},
         {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "2", "text/html": "<b>2</b>"}},
         {"output_type": "display_data", "metadata": {}, "data": {"image/png": png, "text/plain": "<Figure>"}},
         {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\033[0;31mE\033[0m: v"]}),
    code("", )])
save("old", nbformat=3, nbformat_minor=0, metadata={"name": "old"}, worksheets=[{"metadata": {}, "cells": [
    {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Of old"]},
    {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["A part"]},
    {"cell_type": "code", "language": "python", "metadata": {}, "input": ["print 'hi'"], "outputs": [
        {"output_type": "stream", "stream": "stdout", "text": ["hi\n"]},
        {"output_type": "pyout", "prompt_number": 1, "metadata": {}, "text": ["1"], "png": png}]}]}])
END
ok "(notebooks of others)" python3 "$scratch/make.py" "$scratch"
same "a lesson without a name gets the next number" "./lessons/11-my-analysis-1/lesson.md" \
    "./$("$labbook" import "$scratch/My Analysis (1).ipynb" | sed 's|^\./||')"
cat > "$scratch/fish.md" <<'END'
---
title: "Fish"
summary: One sentence that says what the reader can do afterwards.
minutes: 1
---

![fish](attachment.png) ![fish](fish.png)

## Catch
```
# no heading
```
### Eat

```python
!ls
1 + 1
```

```text
red
2
```

![Output of the code above](output.png)

```text
E: v
```
END
ok "its text, headings, code, outputs and attachments are there" diff -uB "$scratch/fish.md" lessons/11-my-analysis-1/lesson.md
for name in attachment fish output; do
    ok "$name.png is the picture" cmp lessons/01-everything/dot.png lessons/11-my-analysis-1/$name.png
done
ok "a notebook of format 3 comes in" "$labbook" import "$scratch/old.ipynb" --name 12-old
same "with title, part, code, output and picture" 'title: "Of old"|## A part|```python|print '"'hi'"'|```|```text|hi|```|![Output of the code above](output.png)' \
    "$(grep -v '^$' lessons/12-old/lesson.md | sed '1d;3,5d' | paste -sd'|')"
ok "and no finding is an error" "$labbook" check
refused "a name that is none is refused" 2 'as in 07-what-it-costs' "$labbook" import "$scratch/old.ipynb" --name old

# ---- the other formats
"$labbook" export 02-second --to md --out - > "$scratch/md"
ok "Markdown has includes and variables filled in" grep -q 'Included, in eu-west-1' "$scratch/md"
ok "one HTML page" "$labbook" export lessons/01-everything/ --to html --out "$scratch/one.html"
same "has its styles and pictures within" "0 1 1" \
    "$(grep -cE '<(script|link)' "$scratch/one.html") $(grep -c '<figure tabindex="0"><svg' "$scratch/one.html") $(
        grep -c 'src="data:image/png;base64,iVBOR' "$scratch/one.html")"
refused "a format that is none" 2 "ipynb, md or html" "$labbook" export 02-second --to docx
done_testing
