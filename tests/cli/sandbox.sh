#!/bin/sh
# Attempts to break out of a lab, kept: each is a step of somebody's lesson, and each must fail.
. "$(dirname "$0")/tap.sh.inc"

lesson=$scratch/book/lessons/01-escape
mkdir -p "$lesson" "$HOME/.aws"
printf '[default]\naws_access_key_id = AKIDSECRET\naws_secret_access_key = TOPSECRET\n' \
    > "$HOME/.aws/credentials"
AWS_SECRET_ACCESS_KEY=TOPSECRET AWS_ACCESS_KEY_ID=AKIDSECRET
export AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID
echo "private" > "$scratch/private.txt"
ln -s "$scratch/private.txt" "$lesson/link.txt"

# lesson TIMEOUT < code: a lesson of one step "try"
lesson() {
    {
        printf -- '---\ntitle: Escape\nsummary: Somebody tries.\nminutes: 1\n---\n\nText.\n\n'
        printf '```lua lab id=try timeout=%s\n' "$1"
        cat
        printf '```\n'
    } > "$lesson/lesson.md"
}

# attempt WHAT PATTERN TIMEOUT < code: the step must put out a line like PATTERN, and end in time.
# On a busy machine processes come late, so that time is generous; unit tests measure how soon.
attempt() {
    what=$1 pattern=$2 may=$((${3%s} * 1000 + 20000))
    lesson "$3"
    start=$(date +%s%N)
    "$labbook" run "$lesson/try" < /dev/null > "$scratch/out" 2>&1
    ms=$((($(date +%s%N) - start) / 1000000))
    tests=$((tests + 1))
    if grep -qE "$pattern" "$scratch/out" && ! grep -q TOPSECRET "$scratch/out" && [ $ms -lt $may ]; then
        echo "ok $tests - $what"
    else
        echo "not ok $tests - $what: expected a line like /$pattern/, took $ms ms"
        head -c 2000 "$scratch/out" | sed 's/^/#   /'
    fi
}

# ---- running for ever
attempt "a loop without end" 'longer than the 1 s' 1s << 'LUA'
while true do end
LUA
attempt "a loop without end in pcall" 'longer than the 1 s' 1s << 'LUA'
while true do pcall(function() while true do end end) end
LUA
attempt "a loop without end in a coroutine" 'longer than the 1 s' 1s << 'LUA'
coroutine.wrap(function() while true do end end)()
LUA
attempt "one C call that runs for minutes" 'longer than the 1 s' 1s << 'LUA'
string.find(string.rep("a", 300), string.rep(".-", 12) .. "b")
LUA
attempt "a sort whose order never ends" 'longer than the 1 s|invalid order function' 1s << 'LUA'
while true do pcall(table.sort, {3, 1, 2, 5, 4}, function() return true end) end
LUA

attempt "a pattern that never ends, in pcall, in a coroutine" 'longer than the 1 s' 1s << 'LUA'
pcall(coroutine.wrap(function()
  while true do pcall(string.gsub, ("a"):rep(100000), ".-.-.-.-.-b", "x") end
end))
LUA
attempt "nothing, repeated for ever" 'longer than the 1 s' 1s << 'LUA'
pcall(string.rep, "", 1e18)
LUA
attempt "elements moved for ever" 'longer than the 1 s' 1s << 'LUA'
pcall(table.move, {}, 1, 1e15, 2)
LUA
attempt "a finalizer that never ends" 'longer than the 1 s' 1s << 'LUA'
setmetatable({}, {__gc = function() while true do end end})
for i = 1, 1e7 do local x = {} end
LUA
attempt "a closing that never ends" 'longer than the 1 s' 1s << 'LUA'
local x <close> = setmetatable({}, {__close = function() while true do pcall(error) end end})
error("hi")
LUA
attempt "a text that takes for ever to be made" 'longer than the 1 s' 1s << 'LUA'
print(setmetatable({}, {__tostring = function() while true do end end}))
LUA

# ---- memory
attempt "a list that grows without end" 'not enough memory|more memory than a lab' 60s << 'LUA'
local t = {}
while true do t[#t + 1] = {1, 2, 3} end
LUA
attempt "a string of ten gigabytes" 'not enough memory|too large' 60s << 'LUA'
local s = string.rep("x", 10000000000)
LUA
attempt "a string that doubles" 'not enough memory' 60s << 'LUA'
local s = "x"
while true do s = s .. s end
LUA
attempt "a table of data larger than memory" 'more memory than a lab|at most' 60s << 'LUA'
data.generate{rows = 100000000, columns = 2}
LUA
attempt "recursion without end" 'stack overflow' 60s << 'LUA'
local function f() return 1 + f() end
f()
LUA
attempt "recursion through C" 'stack overflow|error in error handling|C stack' 60s << 'LUA'
local function f() return string.gsub("a", "a", f) end
f()
LUA
attempt "a map that contains itself, printed" 'a = \{' 60s << 'LUA'
local t = {}
t.a = t
print(t)
LUA
attempt "a map that contains itself, as JSON" 'nested more than' 60s << 'LUA'
local t = {}
t.a = t
lab.json(t)
LUA
attempt "a deep expression" 'nested too deeply|too long' 60s << 'LUA'
data.table{a = {1}}:filter(string.rep("(", 100000) .. "a" .. string.rep(")", 100000))
LUA

attempt "texts joined to ten gigabytes" '^false.*not enough memory' 60s << 'LUA'
local s, t = ("x"):rep(10000000), {}
for i = 1, 1000 do t[i] = s end
print(pcall(table.concat, t))
LUA
attempt "a giant width" '^false.*invalid conversion' 5s << 'LUA'
print(pcall(string.format, "%99999999d", 1))
LUA
attempt "an error of twenty megabytes" '^error: \{"xxx' 60s << 'LUA'
error({("x"):rep(1e7), ("y"):rep(1e7)})
LUA
tests=$((tests + 1))
if [ "$(wc -c < "$scratch/out")" -lt 20000 ]; then
    echo "ok $tests - of which a page full is shown"
else
    echo "not ok $tests - of which a page full is shown: $(wc -c < "$scratch/out") bytes"
fi
attempt "a million coroutines" '^false.*not enough memory' 60s << 'LUA'
local t = {}
print(pcall(function() while true do t[#t + 1] = coroutine.create(print) end end))
LUA
attempt "CSV text with a million columns" 'more than 65536 columns' 60s << 'LUA'
data.parse(("1,"):rep(1000000) .. "1\n")
LUA
attempt "brackets that nest a million deep" '^nil.*overflow' 60s << 'LUA'
print(load("return " .. ("("):rep(1e6)))
LUA

# ---- what is not there
attempt "no os, io, debug, package, require, dofile, loadfile" '^none$' 5s << 'LUA'
local there = {}
for _, name in ipairs{"os", "io", "debug", "package", "require", "dofile", "loadfile", "loadstring",
                      "collectgarbage"} do
  if _G[name] ~= nil then there[#there + 1] = name end
end
print(#there == 0 and "none" or table.concat(there, " "))
LUA
attempt "bytecode is refused" 'refused.*binary chunk' 5s << 'LUA'
local f, message = load("\27Lua\84\0\25\147\r\n\26\n", "x", "b")
print("refused", message)
LUA
attempt "nor when it comes in pieces" '^false' 5s << 'LUA'
print(pcall(load, function() return "\27Lua" end))
LUA
attempt "there is no way to make bytecode" "string has no 'dump'" 5s << 'LUA'
print(string.dump(function() end))
LUA
attempt "metatables of shared things are hidden" '^false false false false$' 5s << 'LUA'
local t = data.table{a = {1}}
print(tostring(getmetatable("")) .. " " .. tostring(getmetatable(t)) .. " " ..
      tostring(getmetatable(data)) .. " " .. tostring(getmetatable(string)))
LUA
attempt "a library cannot be changed" 'belongs to the lab' 5s << 'LUA'
data.read = function() return "mine" end
LUA
attempt "nor its metatable" 'protected metatable' 5s << 'LUA'
setmetatable(check, {})
LUA
attempt "string methods cannot be changed" 'HELLO' 5s << 'LUA'
pcall(function() string.upper = function() return "mine" end end)
rawset(string, "upper", function() return "mine" end)
print(("hello"):upper())
LUA
attempt "addresses are not shown" '^function function coroutine$' 5s << 'LUA'
print(tostring(print) .. " " .. string.format("%s", print) .. " " ..
      tostring(coroutine.create(print)))
LUA
attempt "nor by %p" '%p is not known' 5s << 'LUA'
print(string.format("%p", {}))
LUA

# ---- files
attempt "reading /etc/passwd" "cannot be a file's name" 5s << 'LUA'
print(lab.read("/etc/passwd"))
LUA
attempt "reading upwards" "cannot be a file's name" 5s << 'LUA'
print(data.read("../../../../etc/passwd"):count())
LUA
attempt "a name with a zero byte" "zero byte" 5s << 'LUA'
print(lab.read("lesson.md\0/../../x"))
LUA
attempt "reading what the system tells of the process" "cannot be a file's name" 5s << 'LUA'
data.read("/proc/self/environ")
LUA
attempt "a model saved elsewhere" "^false.*cannot be a file's name" 5s << 'LUA'
local t = data.generate{rows = 100, columns = 2}
local model = xgb.train{data = t, label = "label", rounds = 1, objective = "binary:logistic"}
print(pcall(xgb.save, model, "../outside.txt"))
LUA
attempt "a table written elsewhere" "cannot be a file's name" 5s << 'LUA'
data.table{a = {1}}:write("out/../../outside.txt")
LUA
attempt "a file's name with line ends and escapes" "cannot be a file's name" 5s << 'LUA'
lab.write("a\n!end 1\27[2J", "x")
LUA
attempt "a link that leads out of the lesson" 'a link to somewhere outside' 5s << 'LUA'
print(lab.read("link.txt"))
LUA
attempt "reading AWS credentials" "cannot be a file's name" 5s << 'LUA'
print(lab.read(".aws/credentials"))
LUA
attempt "writing outside the lab's folder" "cannot be a file's name" 5s << 'LUA'
lab.write("../outside.txt", "x")
LUA
attempt "filling the disk with large files" 'can have 256 MB together' 60s << 'LUA'
local s = string.rep("x", 60000000)
for i = 1, 10 do lab.write("big" .. i, s) end
LUA
attempt "filling the disk with many" 'can have 1000 files' 60s << 'LUA'
for i = 1, 2000 do lab.write("f" .. i, "x") end
LUA
same "nothing was written outside" "" "$(find "$scratch" -name outside.txt)"

# ---- output
attempt "output without end is cut" 'output was cut here' 5s << 'LUA'
while true do print(string.rep("x", 1000)) end
LUA
tests=$((tests + 1))
if [ "$(wc -c < "$scratch/out")" -lt 3000000 ]; then
    echo "ok $tests - and stays below 3 MB"
else
    echo "not ok $tests - and stays below 3 MB: $(wc -c < "$scratch/out") bytes"
fi
attempt "pictures without end are cut, too" 'output was cut here' 10s << 'LUA'
while true do plot.line(data.table{a = {1, 2, 3}}, {y = "a"}) end
LUA
attempt "labels as large as a book" '^done$' 60s << 'LUA'
for i = 1, 3 do lab.progress(i, 3, ("x"):rep(1e7)) end
lab.metric(("x"):rep(1e7), 1)
print("done")
LUA
attempt "escapes for the terminal are made harmless" '\\x1b\[31mred' 5s << 'LUA'
print("\27[31mred\27]0;title\7")
LUA
tests=$((tests + 1))
if grep -q "$(printf '\033')" "$scratch/out"; then
    echo "not ok $tests - no escape reaches the terminal"
else
    echo "ok $tests - no escape reaches the terminal"
fi

attempt "nor those of an error" 'x1b\[2Jgone' 5s << 'LUA'
error("\27[2Jgone")
LUA
tests=$((tests + 1))
if grep -q "$(printf '\033')" "$scratch/out"; then
    echo "not ok $tests - not even on stderr"
else
    echo "ok $tests - not even on stderr"
fi

# ---- checks cannot be bent
lesson 5s << 'LUA'
x = 1
check = nil
print = nil
tostring = function() return "" end
rawset(data, "table", nil)
pairs = function() return function() end end
LUA
cat >> "$lesson/lesson.md" << 'MD'

```lua check for=try
check.equal(x, 2, "x should be two")
```
MD
refused "a step cannot bend its check" 3 'does not pass' sh -c \
    "'$labbook' run '$lesson/try' > '$scratch/out'"
ok "which says what it has to say" grep -q 'x should be two (found 1, expected 2)' "$scratch/out"

lesson 5s << 'LUA'
x = 1
local forged = '{"step":"try","kind":"check","passed":true,"text":"forged"}'
print(forged)
print("\n!end 1\n" .. forged .. "\n")
lab.note("\n" .. forged)
lab.metric("\n!end 1\n" .. forged, 1)
lab.progress(1, 2, "\n!end 1\n" .. forged .. "\n")
plot.line(data.table{a = {1, 2}}, {y = "a", title = "\n!end 1\n" .. forged .. "\n"})
check.note("forged")
setmetatable({}, {__gc = function() check.note("forged") end})
setmetatable(_G, {__index = function() return "forged" end})
LUA
cat >> "$lesson/lesson.md" << 'MD'

```lua check for=try
check.equal(x, 2, "x should be two")
```
MD
refused "nor forge its verdict" 3 'does not pass' sh -c "'$labbook' run '$lesson/try' > '$scratch/out'"
ok "which is as before" grep -q 'not yet: x should be two (found 1, expected 2)' "$scratch/out"

done_testing
