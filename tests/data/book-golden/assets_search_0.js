window.labbookSearch.push(
["01-everything/index.html","Everything once","","A bucket lies in the region eu-west-1. Text with marks, strong ones, code, another lesson, one by its name and far away."],
["01-everything/index.html#figures-and-tables","Everything once","Figures and tables","A circle in a square A photo without caption Left Centre Right Plain a b 1.5 x | y link c 22  Text over a table: one two three four"],
["01-everything/index.html#lists","Everything once","Lists","done to do below it third fourth Term Its explanation Another one"],
["01-everything/index.html#quotes","Everything once","Quotes","A quote, over two lines. A note with a list: one A tip. Careful. About $0.02. Only for those who teach. Press the button. aws s3 ls \"$BUCKET\" # list it\n Call it."],
["01-everything/index.html#code","Everything once","Code","local t = {a = 1, [[long]]} -- comment\nfor i = 1, 10 do print(t.a, \"text\\n\", nil) end\n {\"key\": [1, 2.5e3, true, null, \"text\"]}\n key: value # comment\nlist: [1, \"two\"]\n def f(x): return f\"{x}\" if x is not None else \"\"\"doc\"\"\"\n #include <stdio.h>\nint main(void) { return 0x1F; /* end */ }\n plain & <simple>"],
["01-everything/index.html#labs","Everything once","Labs","x = 1\nprint(\"x is \" .. x)\n print(\"no check here\")"],
["01-everything/index.html#quizzes","Everything once","Quizzes","Which one is right? Which two? What is a half? Which order? Where?"],
["01-everything/index.html#own-id","Everything once","Lists","The same heading again, with an id of its own. A transform job scores files."],
["01-everything/index.html#lists-1","Everything once","Lists","And again."],
["01-everything/index.html#formulas","Everything once","Formulas","The sigmoid is \\sigma(x) = \\frac{1}{1+e^{-x}}, and $5 costs $5. L = -\\frac{1}{n} \\sum_{i=1}^{n} \\left( y_i \\log \\hat{p}_i + (1-y_i) \\log(1-\\hat{p}_i) \\right)\n Because. It has code and a second paragraph with a link."],
["02-second/index.html","Second: names & <marks>","","Back to the start, to a step, and to data."],
["02-second/index.html#names","Second: names & <marks>","Names","Included, in eu-west-1. two()"],
["A-appendix/index.html","Appendix","","Words."]
);
