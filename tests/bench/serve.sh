#!/bin/sh
# labbook serve: press to first output, Stop to stopped, 200 sessions at once, its memory, and
# its pages against nginx's on the same files, in one run: tests/bench/serve.sh BUILD [SESSIONS]
# Exit 1 when something is not reached.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$(cd "$1" && pwd) sessions=${2:-200}
scratch=$(mktemp -d)
server= nginx=
trap 'kill $server $nginx 2> /dev/null; wait; rm -rf "$scratch"' EXIT INT TERM
XDG_DATA_HOME=$scratch/data
export XDG_DATA_HOME

python3 - "$scratch/book/lessons" "$sessions" << 'END'
import pathlib, sys
root, n = pathlib.Path(sys.argv[1]), int(sys.argv[2])
root.mkdir(parents=True)
(root / "book.yaml").write_text("title: Bench\nsummary: Many lessons.\nlang: en\n")
for i in range(1, n + 1):
    folder = root / f"{i:03d}-lesson"
    folder.mkdir()
    (folder / "lesson.md").write_text(f"""---
title: Lesson {i}
summary: One of many.
minutes: 1
objectives:
  - Run
targets: [local]
---

## One

```lua lab id=one targets=local title="One" check=none
print("out")
```

```lua lab id=forever targets=local title="Forever" check=none
while true do end
```
""" + "A paragraph of text that a lesson has.\n\n" * 100)
END
"$build/labbook" serve --port 0 "$scratch/book" > "$scratch/url" 2> /dev/null &
server=$!
while [ ! -s "$scratch/url" ]; do sleep 0.1; done
url=$(cat "$scratch/url")

missed=0
# reach WHAT FIGURE LIMIT UNIT: the figure is to be at most the limit
reach() {
    if awk "BEGIN { exit !($2 <= $3) }"; then sign=ok; else sign=MISSED missed=1; fi
    printf '%-48s %10s %-6s (at most %s) %s\n' "$1" "$2" "$4" "$3" "$sign"
}

# memory: its own, in MB (what is its alone, not the pages of shared files)
memory() {
    awk '/^RssAnon/ { printf "%.1f", $2 / 1024 }' "/proc/$server/status"
}
curl -s "$url" > /dev/null
reach "memory of the server, no session open" "$(memory)" 30 MB
before=$(memory)
python3 tests/bench/serve_runs.py "$url" "$sessions" > "$scratch/figures" || exit 2
while read -r name value limit unit; do reach "$(echo "$name" | tr _ ' ')" "$value" "$limit" "$unit"; done < "$scratch/figures"
reach "memory of the server for each session" "$(awk "BEGIN { printf \"%.0f\", ($(memory) - $before) * 1024 / $sessions }")" 256 kB

# ---- pages: the same bytes from both, one after the other, best of three
site=$(echo "$XDG_DATA_HOME"/labbook/books/*/site)
chmod 755 "$scratch" "$scratch"/data "$scratch"/data/labbook "$scratch"/data/labbook/books "$(dirname "$site")"
cat > "$scratch/nginx.conf" << END
worker_processes auto;
daemon off;
pid $scratch/nginx.pid;
error_log $scratch/nginx.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; open_file_cache max=1000; keepalive_requests 1000000;
  client_body_temp_path $scratch/b; proxy_temp_path $scratch/p; fastcgi_temp_path $scratch/f; uwsgi_temp_path $scratch/u; scgi_temp_path $scratch/s;
  types { text/html html; text/css css; }
  server { listen 127.0.0.1:4489; root $site; }
}
END
nginx -c "$scratch/nginx.conf" 2> "$scratch/nginx.err" &
nginx=$!
sleep 1
# rate URL: requests a second
rate() {
    for i in 1 2 3; do wrk -t1 -c32 -d2s "$1" | awk '/^Requests\/sec/ { print $2 }'; done | sort -n | tail -n 1
}
ours=$(rate "${url}001-lesson/index.html") theirs=$(rate http://127.0.0.1:4489/001-lesson/index.html)
[ -n "$theirs" ] || exit 2
printf '%-48s %10s %s\n' "pages a second" "$ours" "(nginx $theirs)"
reach "nginx's rate over ours" "$(awk "BEGIN { printf \"%.2f\", $theirs / $ours }")" 2 times
exit $missed
