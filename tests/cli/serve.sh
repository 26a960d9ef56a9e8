#!/bin/sh
# labbook serve from outside, as curl and as an attacker would: headers, ETag, token, Host,
# Origin, caps, paths, links out of the site, passwords, two servers, kill -9.
. "$(dirname "$0")/tap.sh.inc"

cp -R tests/data/book-labs "$scratch/book"
server=
trap 'kill -9 $server 2> /dev/null; rm -rf "$scratch"' EXIT INT TERM

# start [OPTION...]: sets $url, $token and $server
start() {
    "$labbook" serve --port 0 "$@" "$scratch/book" > "$scratch/url" 2> "$scratch/serve.err" &
    server=$!
    for _ in $(seq 600); do
        [ -s "$scratch/url" ] && break
        sleep 0.05
    done
    url=$(cat "$scratch/url")
    read_token
}
read_token() {
    token=$(curl -s -u "x:${LABBOOK_PASSWORD:-}" "${url}index.html" |
        sed -n 's/.*labbook-token" content="\([0-9a-f]*\)".*/\1/p')
}
# status CURL-ARGUMENT...: the status of an answer
status() {
    curl -s -o "$scratch/body" -D "$scratch/head" -w '%{http_code}' --max-time 20 "$@"
}
# post CALL JSON [CURL-ARGUMENT...]: as a page of ours would
post() {
    call=$1 json=$2
    shift 2
    status -H "X-Labbook-Token: $token" -H 'Content-Type: application/json' -d "$json" "$@" "${url}api/$call"
}
get() {
    call=$1
    shift
    status -H "X-Labbook-Token: $token" "$@" "${url}api/$call"
}

start
# ---- pages
same "a page is there" 200 "$(status "${url}01-run/index.html")"
ok "as HTML in UTF-8" grep -qi '^content-type: text/html; charset=utf-8' "$scratch/head"
ok "with a strict policy" grep -qi "^content-security-policy: default-src 'none'; script-src 'self'" "$scratch/head"
ok "that no other site may frame" grep -qi "frame-ancestors 'none'" "$scratch/head"
etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' "$scratch/head")
same "an unchanged page is not sent again" 304 "$(status -H "If-None-Match: W/\"x\", $etag" "${url}01-run/index.html")"
same "another version is" 200 "$(status -H 'If-None-Match: "x"' "${url}01-run/index.html")"
cached() { sed -n 's/^Cache-Control: \(.*\)\r$/\1/p' "$scratch/head"; }
version=$(sha256sum templates/css/book.css | cut -c1-12)
same "a style sheet is there by its version" 200 "$(status "${url}assets/css/book.css?v=$version")"
same "which is good for ever" "max-age=31536000, immutable" "$(cached)"
status "${url}assets/css/book.css?v=0123456789ab" > /dev/null
same "another version is not" no-cache "$(cached)"
status "${url}01-run/index.html?v=$version" > /dev/null
same "nor is a page" no-cache "$(cached)"
status -H 'Accept-Encoding: gzip' "${url}assets/css/book.css" > /dev/null
ok "packed where the client takes it" sh -c "gzip -dc < '$scratch/body' | cmp - templates/css/book.css"
status -H 'Accept-Encoding: gzip;q=0' "${url}assets/css/book.css" > /dev/null
ok "and not where it does not" cmp "$scratch/body" templates/css/book.css
same "a folder leads to its page" 308 "$(status "${url}01-run")"
same "its page is there" 200 "$(status "${url}01-run/")"
same "what is not there is not found" 404 "$(status "${url}nothing.html")"
same "pages are only read" 405 "$(status -X PUT -d x "${url}index.html")"

# ---- out of the site
site=$(echo "$scratch"/data/labbook/books/*/site)
echo secret > "$scratch/secret.txt"
ln -s "$scratch/secret.txt" "$site/link.txt"
ln -s "$scratch" "$site/folder"
for path in ../secret.txt %2e%2e/%2e%2e/%2e%2e/secret.txt ..%2f..%2fsecret.txt //etc/passwd assets/../../lock \
    link.txt folder/secret.txt .labbook-files 01-run/%00 ./index.html assets//js/page.js; do
    code=$(status --path-as-is "$url$path")
    tests=$((tests + 1))
    case $code in
    40[04]) echo "ok $tests - nothing outside the site: $path" ;;
    *) echo "not ok $tests - nothing outside the site: $path gives $code" ;;
    esac
done

# ---- who asks
same "the API wants the token" 403 "$(status "${url}api/state?lesson=01-run")"
same "and the right one" 403 "$(status -H "X-Labbook-Token: 00000000000000000000000000000000" "${url}api/state?lesson=01-run")"
same "with it, it answers" 200 "$(get 'state?lesson=01-run')"
ok "in JSON" python3 -m json.tool "$scratch/body"
same "a name that is not ours is refused" 421 "$(get 'state?lesson=01-run' -H 'Host: evil.example')"
same "also for pages" 421 "$(status -H 'Host: evil.example:80' "${url}index.html")"
same "another site's page is refused" 403 "$(post run '{"lesson":"02-other","step":"one"}' -H 'Origin: http://evil.example')"
same "so is a page without an origin" 403 "$(post run '{"lesson":"02-other","step":"one"}' -H 'Origin: null')"
same "and what a browser calls cross-site" 403 "$(post run '{"lesson":"02-other","step":"one"}' -H 'Sec-Fetch-Site: cross-site')"
same "a form cannot post" 415 "$(status -H "X-Labbook-Token: $token" -d 'lesson=02-other' "${url}api/run")"
same "our own page may" 200 "$(post run '{"lesson":"02-other","step":"one"}' -H "Origin: ${url%/}" -H 'Sec-Fetch-Site: same-origin')"
same "no other site may embed an answer" 1 "$(grep -ci '^cross-origin-resource-policy: same-origin' "$scratch/head")"

# ---- what is asked
same "no such lesson" 404 "$(get 'state?lesson=09-none')"
same "no lesson out of the book" 404 "$(get 'state?lesson=..%2F..%2Fbook')"
same "no such step" 400 "$(post run '{"lesson":"02-other","step":"none"}')"
ok "and it says so" grep -q "has no step 'none'" "$scratch/body"
same "no such call" 404 "$(post fly '{}')"
same "not with this method" 405 "$(get run)"
same "a body that is no JSON" 400 "$(post run '{"lesson":')"
same "a body that is no object" 400 "$(post run '[]')"
same "a target that the step does not name" 400 "$(post run '{"lesson":"02-other","step":"one","target":"practice"}')"
same "AWS only when it was confirmed" 400 "$(post run '{"lesson":"02-other","step":"one","target":"aws"}')"
long=$(head -c 70000 /dev/zero | tr '\0' x)
printf '{"lesson":"02-other","step":"one","code":"%s"}' "$long" > "$scratch/long.json"
same "code has a cap" 413 "$(post edit "@$scratch/long.json")"
head -c 3000000 /dev/zero | tr '\0' x > "$scratch/huge"
same "so has a body" 413 "$(post edit "@$scratch/huge")"
same "a file outside the lab's folder" 404 "$(get 'file?lesson=01-run&name=../../lock')"
same "a record of another book" 422 "$(post progress '{"format":"labbook-progress","version":1,"book":"Other","lessons":{}}')"

# ---- events
post run '{"lesson":"01-run","step":"table"}' > /dev/null
# wait_for LESSON TEXT: until the lesson's state says so
wait_for() {
    for _ in $(seq 200); do
        get "state?lesson=$1" > /dev/null
        grep -q "$2" "$scratch/body" && return
        sleep 0.05
    done
    return 1
}
ok "a run ends" wait_for 01-run '"table":{"code":null,"state":"done"'
seq=$(sed -n 's/^{"seq":\([0-9]*\),.*/\1/p' "$scratch/body")
curl -sN --max-time 1 -H "X-Labbook-Token: $token" -H "Last-Event-ID: $((seq - 2))" "${url}api/events?lesson=01-run" > "$scratch/events"
same "who missed two events gets two" "$((seq - 1)) $seq" "$(sed -n 's/^id: //p' "$scratch/events" | tr '\n' ' ' | sed 's/ $//')"
curl -sN --max-time 1 -H "X-Labbook-Token: $token" -H "Last-Event-ID: 5" "${url}api/events?lesson=01-run" > "$scratch/events"
ok "who missed too many is told to begin anew" grep -q '^event: reset' "$scratch/events"
same "the file that the lab wrote" 200 "$(get 'file?lesson=01-run&name=note.txt')"
ok "is what it wrote, to be saved and not shown" sh -c "grep -q kept '$scratch/body' && grep -qi '^content-disposition: attachment' '$scratch/head'"

# ---- the lab cannot hurt the server
post edit '{"lesson":"02-other","step":"one","code":"local t = {} while true do t[#t + 1] = string.rep(\"x\", 1000000) end"}' > /dev/null
post run '{"lesson":"02-other","step":"one"}' > /dev/null
ok "a memory bomb ends as a failed step" wait_for 02-other '"state":"failed"'
same "and the server answers" 200 "$(status "${url}index.html")"
child=$(pgrep -P "$server" | head -n 1)
[ -z "$child" ] || kill -9 "$child"
sleep 0.5
post edit '{"lesson":"02-other","step":"one","code":"print(2)"}' > /dev/null
same "after the lab's process was killed a step can be run" 200 "$(post run '{"lesson":"02-other","step":"one"}')"
ok "and runs" wait_for 02-other '"state":"done"'

# ---- slow and many
cat > "$scratch/slow.py" << 'END'
import socket, sys, time, urllib.request
host, port = sys.argv[1].split("/")[2].split(":")
held = []
for i in range(800):
    s = socket.create_connection((host, int(port)))
    # Half say nothing, half begin a request and never end it.
    if i % 2:
        s.send(b"GET /index.html HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    held.append(s)
start = time.time()
assert urllib.request.urlopen(sys.argv[1] + "index.html", timeout=5).status == 200
assert time.time() - start < 2
END
ok "800 connections that say nothing or never end do not keep others out" python3 "$scratch/slow.py" "$url"

# ---- one book, one server; kill -9
refused "a second server for the book is refused" 2 "served already, at $url" "$labbook" serve --port 0 "$scratch/book"
same "an edit is kept" 200 "$(post edit '{"lesson":"02-other","step":"one","code":"print(\"kept\")"}')"
kill -9 "$server"
wait "$server" 2> /dev/null
old=$token
start
same "after kill -9 the old token is worth nothing" 403 "$(status -H "X-Labbook-Token: $old" "${url}api/state?lesson=02-other")"
get 'state?lesson=02-other' > /dev/null
ok "and what was said to be kept is there" grep -q 'kept' "$scratch/body"
kill -TERM "$server"
wait "$server"
same "it ends when told to" 0 $?

# ---- others may connect only with a password
refused "an address that others reach needs a password" 2 'LABBOOK_PASSWORD' "$labbook" serve --port 0 --address 0.0.0.0 "$scratch/book"
LABBOOK_PASSWORD='right horse'
export LABBOOK_PASSWORD
start
same "no page without the password" 401 "$(status "${url}index.html")"
same "nor with another" 401 "$(status -u x:wrong "${url}index.html")"
same "with it, a page" 200 "$(status -u 'x:right horse' "${url}index.html")"
same "the token alone is not enough" 401 "$(get 'state?lesson=02-other')"
same "both are" 200 "$(get 'state?lesson=02-other' -u 'x:right horse')"
kill -TERM "$server"
wait "$server"
server=
refused "a folder without lessons" 2 'holds no lessons/' "$labbook" serve --port 0 "$scratch/data"
refused "a port that is none" 2 'port' "$labbook" serve --port 70000 "$scratch/book"
done_testing
