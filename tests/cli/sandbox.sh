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

# attempt WHAT PATTERN TIMEOUT < code: the step must put out a line like PATTERN, and end in time
attempt() {
    what=$1 pattern=$2
    lesson "$3"
    start=$(date +%s%N)
    "$labbook" run "$lesson/try" < /dev/null > "$scratch/out" 2>&1
    ms=$((($(date +%s%N) - start) / 1000000))
    tests=$((tests + 1))
    if grep -qE "$pattern" "$scratch/out" && ! grep -q TOPSECRET "$scratch/out" && [ $ms -lt 8000 ]; then
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

# ---- memory
attempt "a list that grows without end" 'not enough memory|more memory than a lab' 5s << 'LUA'
local t = {}
while true do t[#t + 1] = {1, 2, 3} end
LUA
attempt "a string of ten gigabytes" 'not enough memory|too large' 5s << 'LUA'
local s = string.rep("x", 10000000000)
LUA
attempt "a string that doubles" 'not enough memory' 5s << 'LUA'
local s = "x"
while true do s = s .. s end
LUA
attempt "a table of data larger than memory" 'more memory than a lab|at most' 5s << 'LUA'
data.generate{rows = 100000000, columns = 2}
LUA
attempt "recursion without end" 'stack overflow' 5s << 'LUA'
local function f() return 1 + f() end
f()
LUA
attempt "recursion through C" 'stack overflow|error in error handling|C stack' 5s << 'LUA'
local function f() return string.gsub("a", "a", f) end
f()
LUA
attempt "a map that contains itself, printed" 'a = \{' 5s << 'LUA'
local t = {}
t.a = t
print(t)
LUA
attempt "a map that contains itself, as JSON" 'nested more than' 5s << 'LUA'
local t = {}
t.a = t
lab.json(t)
LUA
attempt "a deep expression" 'nested too deeply|too long' 5s << 'LUA'
data.table{a = {1}}:filter(string.rep("(", 100000) .. "a" .. string.rep(")", 100000))
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
attempt "a link that leads out of the lesson" 'Permission denied|no file' 5s << 'LUA'
print(lab.read("link.txt"))
LUA
attempt "reading AWS credentials" "cannot be a file's name" 5s << 'LUA'
print(lab.read(".aws/credentials"))
LUA
attempt "writing outside the lab's folder" "cannot be a file's name" 5s << 'LUA'
lab.write("../outside.txt", "x")
LUA
attempt "filling the disk with large files" 'can have 256 MB together' 20s << 'LUA'
local s = string.rep("x", 60000000)
for i = 1, 10 do lab.write("big" .. i, s) end
LUA
attempt "filling the disk with many" 'can have 1000 files' 20s << 'LUA'
for i = 1, 2000 do lab.write("f" .. i, "x") end
LUA
same "nothing was written outside" "" "$(find "$scratch" -name outside.txt)"

# ---- output
attempt "output without end is cut" 'output was cut here' 2s << 'LUA'
while true do print(string.rep("x", 1000)) end
LUA
tests=$((tests + 1))
if [ "$(wc -c < "$scratch/out")" -lt 3000000 ]; then
    echo "ok $tests - and stays below 3 MB"
else
    echo "not ok $tests - and stays below 3 MB: $(wc -c < "$scratch/out") bytes"
fi
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

done_testing
