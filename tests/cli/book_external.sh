#!/bin/sh
# labbook check --external against a small server of ours: what is gone, moved, unsure, and asked once.
. "$(dirname "$0")/tap.sh.inc"
cat > "$scratch/server.py" << 'PY'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        path = self.path
        with open(sys.argv[1], "a") as log: log.write(f"{self.command} {path}\n")
        status = {"/gone": 404, "/moved": 301, "/hop": 302, "/trouble": 503}.get(path, 200)
        if path == "/no-head" and self.command == "HEAD": status = 405
        self.send_response(status)
        if path == "/moved": self.send_header("Location", "/here")
        if path == "/hop": self.send_header("Location", "here")
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_HEAD = answer
    def log_message(self, *args): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
mkfifo "$scratch/port"
python3 "$scratch/server.py" "$scratch/log" > "$scratch/port" &
server=$!
read -r port < "$scratch/port"
web=http://127.0.0.1:$port
unset http_proxy HTTP_PROXY

book=$scratch/book
mkdir -p "$book/lessons/01-a"
cp -R templates "$book/templates"
printf 'title: A book\nsummary: s\n' > "$book/lessons/book.yaml"
{
    printf -- '---\ntitle: A\nsummary: s\nminutes: 5\n---\n\n'
    printf 'See [here](%s/here), [here again](%s/here#part), [there](%s/no-head), [a hop](%s/hop).\n\n' $web $web $web $web
    printf 'And [gone](%s/gone), [moved](%s/moved), [trouble](%s/trouble), [no host](http://nowhere.invalid/x).\n' $web $web $web
} > "$book/lessons/01-a/lesson.md"

check() { "$labbook" check "$@" "$book" > "$scratch/found" 2> "$scratch/err"; }
ok "without --external nothing is asked" sh -c '"$1" check "$2" && ! [ -e "$3" ]' - "$labbook" "$book" "$scratch/log"
check --external
same "a dead address is an error: exit code 3" 3 $?
found() { grep -oE '^[^ ]*/lesson\.md:[0-9]+:[0-9]+: (error|warning): .*' "$scratch/found" | sed 's/.*\[//; s/\]//' | sort | tr '\n' ' '; }
same "what was found" "link-gone link-gone link-moved link-unsure " "$(found)"
ok "the finding names the author's line" grep -qE 'lesson\.md:9:[0-9]+: error: .*/gone. is not there: the server answers 404' "$scratch/found"
ok "a move says where to" grep -q "$web/here" "$scratch/found"
same "an address that stands twice is asked once" 3 "$(grep -c ' /here$' "$scratch/log")"
ok "GET where HEAD is refused" grep -qx 'GET /no-head' "$scratch/log"
: > "$scratch/log"
check --external
same "what was there is not asked again" "" "$(grep -E ' /(no-head|hop)$' "$scratch/log")"
ok "what was gone is" grep -qx 'HEAD /gone' "$scratch/log"
"$labbook" check --external --json "$book" > "$scratch/json" 2> /dev/null
ok "the same as JSON, without the addresses that are fine" python3 -c '
import json, sys
rules = sorted(f["rule"] for f in json.load(open(sys.argv[1])))
sys.exit(rules != ["link-gone", "link-gone", "link-moved", "link-unsure"])' "$scratch/json"
kill $server
done_testing
