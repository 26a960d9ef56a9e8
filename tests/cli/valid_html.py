"""Is the HTML of these files well-formed, and nested as the standard allows? Prints what is not."""
import sys
from html.parser import HTMLParser

VOID = set("area base br col embed hr img input link meta source track wbr".split())
SVG = set("svg g path rect circle ellipse line polyline polygon text tspan use title desc defs marker clippath".split())
BLOCK = set("address article aside blockquote details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 "
            "header hr main nav ol p pre section table ul".split())
PHRASING_ONLY = set("p span h1 h2 h3 h4 h5 h6 button label strong em code sup kbd dt th_ legend pre mark small option".split())
PARENTS = {"li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}, "tr": {"thead", "tbody", "table"}, "td": {"tr"}, "th": {"tr"},
           "thead": {"table"}, "tbody": {"table"}, "figcaption": {"figure"}, "summary": {"details"}, "option": {"select"}}
INTERACTIVE = set("a button select textarea label details".split())


class Checker(HTMLParser):
    def __init__(self, name):
        super().__init__()
        self.name, self.stack, self.bad = name, [], []

    def complain(self, text):
        self.bad.append(f"{self.name}:{self.getpos()[0]}: {text}")

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.complain(f"<{tag}> has an attribute twice")
        if tag == "img" and "alt" not in names:
            self.complain("<img> without alt")
        if not SVG & {tag} or tag == "svg":
            around = self.stack[-1] if self.stack else ""
            if tag in PARENTS and around not in PARENTS[tag]:
                self.complain(f"<{tag}> in <{around}>")
            if tag in BLOCK:
                for outer in self.stack:
                    if outer in PHRASING_ONLY:
                        self.complain(f"<{tag}> in <{outer}>")
            if around in ("ul", "ol") and tag != "li":
                self.complain(f"<{tag}> in <{around}>")
            if tag in ("a", "button") and INTERACTIVE & set(self.stack) - {"details"}:
                self.complain(f"<{tag}> in {self.stack}")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            self.complain(f"</{tag}>")
        elif not self.stack or self.stack[-1] != tag:
            self.complain(f"</{tag}> where </{self.stack[-1] if self.stack else ''}> is expected")
            if tag in self.stack:
                while self.stack.pop() != tag:
                    pass
        else:
            self.stack.pop()


bad = []
for path in sys.argv[1:]:
    checker = Checker(path)
    with open(path, encoding="utf-8") as page:
        text = page.read()
    if not text.startswith("<!DOCTYPE html>"):
        bad.append(f"{path}: no doctype")
    checker.feed(text)
    checker.close()
    bad += checker.bad + [f"{path}: <{tag}> is never closed" for tag in checker.stack]
print("\n".join(bad))
sys.exit(1 if bad else 0)
