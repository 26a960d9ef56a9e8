"""Press Run as pages do: serve_runs.py URL SESSIONS. Prints "what figure limit unit" lines."""
import http.client, json, re, statistics, sys, threading, time
from urllib.parse import urlsplit

host = urlsplit(sys.argv[1]).netloc
count = int(sys.argv[2])


def call(method, path, body=None, token=None):
    c = http.client.HTTPConnection(host, timeout=60)
    headers = {"X-Labbook-Token": token} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    c.request(method, path, json.dumps(body) if body is not None else None, headers)
    return c.getresponse()


page = call("GET", "/001-lesson/index.html").read().decode()
token = re.search(r'labbook-token" content="([0-9a-f]+)"', page).group(1)


def post(what, **body):
    answer = call("POST", f"/api/{what}", body, token)
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"{what}: {answer.status} {text!r}")


class Listener:
    """Reads the events of a lesson; each wait returns when one of a kind came."""

    def __init__(self, lesson):
        seq = json.loads(call("GET", f"/api/state?lesson={lesson}", token=token).read())["seq"]
        self.stream = call("GET", f"/api/events?lesson={lesson}&after={seq}", token=token)

    def wait(self, step, kind):
        while True:
            line = self.stream.readline().decode()
            if not line:
                sys.exit("the events ended")
            if line.startswith("data: "):
                e = json.loads(line[6:])
                if e.get("step") == step and e.get("kind") == kind:
                    return e


def first_output(lesson):
    events = Listener(lesson)
    start = time.perf_counter()
    post("run", lesson=lesson, step="one")
    events.wait("one", "text")
    seconds = time.perf_counter() - start
    events.wait("one", "end")
    return events, seconds * 1000


# A new session each time: the process starts between press and output.
presses = [first_output(f"{i:03d}-lesson")[1] for i in range(1, 12)]
print("press_to_first_output,_process_start_included", f"{statistics.median(presses):.1f}", 20, "ms")

stops = []
for i in range(1, 6):
    lesson = f"{i:03d}-lesson"
    events = Listener(lesson)
    post("run", lesson=lesson, step="forever")
    events.wait("forever", "start")
    time.sleep(0.1)
    start = time.perf_counter()
    post("stop", lesson=lesson)
    end = events.wait("forever", "end")
    stops.append((time.perf_counter() - start) * 1000)
    if end["reason"] != "stopped":
        sys.exit(f"not stopped but {end}")
print("stop_to_stopped", f"{max(stops):.1f}", 100, "ms")

# All at once, each in a session of its own.
failed = []


def one(i):
    try:
        first_output(f"{i:03d}-lesson")
    except (SystemExit, Exception) as e:
        failed.append(repr(e))


start = time.perf_counter()
threads = [threading.Thread(target=one, args=(i,)) for i in range(1, count + 1)]
for t in threads:
    t.start()
for t in threads:
    t.join()
for reason in failed[:3]:
    print(reason, file=sys.stderr)
print(f"errors_in_{count}_sessions_at_once_({time.perf_counter() - start:.1f}_s)", len(failed), 0, "errors")
