"""Lines that are cut, watched or lying: TLS that must be refused, connections that end at any byte,
tokens that expire, disks that fill, programs that are killed. Prints TAP. Usage: aws_faults.py LABKIT"""
import http.client, http.server, json, os, shutil, signal, socket, ssl, struct, subprocess, threading, time, urllib.parse
from aws_server import Fault
from aws_world import HOME, LABKIT, World, done, ok, path, random_bytes


# ---- TLS ------------------------------------------------------------------------------------------

def openssl(*args):
    subprocess.run(["openssl", *args], cwd=path("tls"), check=True, capture_output=True)


def certificate(name, *, ca=None, host="IP:127.0.0.1", days=30):
    """A key and a certificate NAME.pem: signed by a CA, or by itself."""
    if not ca:
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName={host}", "-days", str(days))
        return
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    path(f"tls/{name}.ext", f"subjectAltName={host}\n".encode())
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial", "-extfile", f"{name}.ext",
            "-days", str(days), "-out", f"{name}.pem")


def tls():
    os.makedirs(path("tls"))
    certificate("ca")
    certificate("other-ca")
    certificate("right", ca="ca")
    certificate("elsewhere", ca="ca", host="DNS:sts.amazonaws.com")
    certificate("expired", ca="ca", days=-1)
    certificate("self")
    ours, theirs = {"AWS_CA_BUNDLE": path("tls/ca.pem")}, {"AWS_CA_BUNDLE": path("tls/other-ca.pem")}
    worlds = {}
    for name in ("right", "elsewhere", "expired", "self"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path(f"tls/{name}.pem"), path(f"tls/{name}.key"))
        worlds[name] = World(context)
    worlds["right"].good("a certificate of an authority that AWS_CA_BUNDLE names is trusted", "whoami", env=ours)
    for what, name, env, pattern in [
            ("nobody's certificate", "self", None, "certificate"),
            ("nobody's certificate, whoever else is trusted", "self", ours, "certificate"),
            ("an authority that is not trusted", "right", theirs, "certificate"),
            ("a certificate of another host", "elsewhere", ours, "certificate"),
            ("a certificate that has expired", "expired", ours, "certificate")]:
        w = worlds[name]
        w.s.ops.clear()
        w.refused("refused: " + what, pattern + r".*AWS_CA_BUNDLE", "whoami", env=env)
        w.refused("also by S3: " + what, pattern, "s3", "cp", path("small", b"1\n"), "s3://one/k", env=env)
        ok(not w.s.ops, "and nothing was sent", w.s.ops)
    w.refused("a bundle that is not there", "none.pem", "whoami", env={"AWS_CA_BUNDLE": path("tls/none.pem")})
    w.refused("a bundle that holds none", "empty.pem", "whoami", env={"AWS_CA_BUNDLE": path("tls/empty.pem", b"nothing\n")})
    plain = World()
    plain.refused("TLS where none is spoken", "TLS|SSL", "whoami", env={"AWS_ENDPOINT_URL": plain.url.replace("http:", "https:"), "AWS_MAX_ATTEMPTS": "1"})


# ---- connections that end ----------------------------------------------------------------------------

class Line:
    """Passes bytes on to a server, and does mischief: each connection takes the next of `mischief`.
    ("request", n): after n bytes of what is asked it is reset. ("answer", n): after n bytes of the
    answer it is closed. ("says", bytes): answers these and closes. None: passes all."""

    def __init__(self, url):
        self.port = int(url.rsplit(":", 1)[1])
        self.mischief, self.used, self.connections = [], 0, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            near, _ = self.socket.accept()
            self.connections += 1
            what = self.mischief.pop(0) if self.mischief else None
            self.used += what is not None
            threading.Thread(target=self.serve, args=(near, what), daemon=True).start()

    def serve(self, near, what):
        kind, n = what or (None, None)
        if kind == "says":
            near.recv(65536)
            near.sendall(n)
            near.close()
            return
        far = socket.create_connection(("127.0.0.1", self.port))
        limit = {"request": (n, None), "answer": (None, n)}.get(kind, (None, None))
        threads = [threading.Thread(target=self.carry, args=(near, far, limit[0], near), daemon=True),
                   threading.Thread(target=self.carry, args=(far, near, limit[1], near), daemon=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        near.close(), far.close()

    @staticmethod
    def carry(a, b, limit, near):
        """From a to b until it ends or the limit is reached; then both ends are shut, the near one reset."""
        try:
            while limit is None or limit > 0:
                data = a.recv(65536 if limit is None else min(65536, limit))
                if not data:
                    break
                b.sendall(data)
                limit = None if limit is None else limit - len(data)
            if limit == 0:
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        for end in (a, b):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def cuts():
    w = World()
    s, line = w.s, Line(w.url)
    w.env["AWS_ENDPOINT_URL"] = line.url
    for n in (0, 1, 40, 300):
        line.mischief, line.used = [("request", n)], 0
        w.good(f"a request cut after {n} bytes is made again", "whoami")
        ok(line.used == 1, "it was cut", line.used)
    for n in (0, 5, 20, 80, 250):
        line.mischief, line.used = [("answer", n)], 0
        w.good(f"an answer cut after {n} bytes is had again", "whoami")
        ok(line.used == 1, "it was cut", line.used)
    for what, says in [("what is no HTTP", b"220 mail.example ESMTP\r\n"), ("a status line alone", b"HTTP/1.1 200 OK\r\n"),
                       ("headers that never end", b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 50000),
                       ("fewer bytes than promised", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<Get"),
                       ("chunks without an end", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<GetC\r\n"),
                       ("an answer that is no XML", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<Get<Call"),
                       ("an error page of a proxy", b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 21\r\n\r\n<html>bad gateway</h>")]:
        line.mischief = [("says", says)] * 9
        p = w.run("whoami", env={"AWS_MAX_ATTEMPTS": "2"})
        ok(p.returncode == 1 and len(p.stderr.splitlines()) == 1 and not p.stdout, f"{what}: one line tells it", p.stdout + p.stderr)
        line.mischief = []
    # a file on its way, cut at every stage: it arrives whole, once, and nothing is left of the attempts
    w.run("s3", "mb", "s3://one")
    s.check_crc64 = False
    objects = s.buckets["one"]["objects"]
    big = random_bytes(11 * 1024 * 1024)
    path("big", big)
    for n in (0, 200, 700, 5000, 1_000_000, 5_242_000):
        line.mischief, line.used = [("request", n)] * 2, 0
        p = w.good(f"an upload cut after {n} bytes of a part goes on", "s3", "cp", path("big"), f"s3://one/up{n}", "--part-size", "5", "--threads", "2")
        ok(objects.get(f"up{n}", {}).get("body") == big and not s.uploads and line.used, "and is whole", f"{line.used} {p.stderr}")
        line.mischief, line.used = [("answer", n)] * 2, 0
        p = w.good(f"a download cut after {n} bytes goes on", "s3", "cp", f"s3://one/up{n}", path("down"), "--part-size", "5", "--threads", "2")
        ok(open(path("down"), "rb").read() == big and line.used and not os.path.exists(path("down.labkit-state")), "and is whole", f"{line.used} {p.stderr}")
        os.remove(path("down"))
    # to stdout: what breaks is had again before it is written on; what is another is told in the end
    def piped(name):
        return subprocess.run([LABKIT, "aws", "s3", "cp", f"s3://one/{name}", "-"], env=w.env, capture_output=True, timeout=60)

    for n in (0, 300, 900, 5_000_000):
        line.mischief, line.used = [("answer", n)], 0
        p = piped("up0")
        ok(p.returncode == 0 and p.stdout == big and line.used, f"a download to stdout cut after {n} bytes is whole", f"{line.used} {len(p.stdout)} {p.stderr}")
    line.mischief = []
    w.good("a small object", "s3", "cp", path("small", b"1\n2\n"), "s3://one/small")
    for name in ("up0", "small"):
        objects[name]["body"] = objects[name]["body"][:-1] + b"X"
        p = piped(name)
        ok(p.returncode == 1 and b"another checksum" in p.stderr, f"bytes of {name} that are others than were sent are told", p.stderr)
        w.refused("also to a file", "another checksum", "s3", "cp", f"s3://one/{name}", path("other"))
        ok(not [f for f in os.listdir(HOME) if f.startswith("other")], "which is not kept", os.listdir(HOME))


# ---- proxies, kept connections ----

class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes on what it is asked for by a whole address, wherever that may be, to the one server."""
    to, seen = None, []

    def pass_on(self):
        Proxy.seen.append(self.path)
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        far = http.client.HTTPConnection("127.0.0.1", Proxy.to)
        far.putrequest(self.command, urllib.parse.urlunsplit(("", "", url.path or "/", url.query, "")), skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if not name.lower().startswith("proxy-"):
                far.putheader(name, value)
        far.endheaders(body)
        answer = far.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("server", "date"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_HEAD = pass_on

    def log_message(self, *a):
        pass


def lines():
    w = World()
    Proxy.to = int(w.url.rsplit(":", 1)[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {"AWS_ENDPOINT_URL": "http://sts.nowhere.invalid", "http_proxy": f"http://127.0.0.1:{server.server_port}"}
    w.good("a proxy is asked for what this computer cannot reach", "whoami", env=env)
    ok(Proxy.seen and Proxy.seen[0].startswith("http://sts.nowhere.invalid"), "by its whole address", Proxy.seen)
    Proxy.seen.clear()
    w.good("no_proxy names what is asked directly", "whoami", env=dict(env, AWS_ENDPOINT_URL=w.url, no_proxy="127.0.0.1"))
    ok(not Proxy.seen, "past the proxy", Proxy.seen)
    w.refused("a proxy that is not there is told", "cannot reach", "whoami", env=dict(env, http_proxy="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1"))
    # thirty small files go over one kept connection a thread
    line = Line(w.url)
    w.env["AWS_ENDPOINT_URL"] = line.url
    w.run("s3", "mb", "s3://one")
    for i in range(30):
        path(f"thirty/{i}", b"%d" % i)
    line.connections = 0
    w.good("thirty files", "s3", "sync", "-q", path("thirty"), "s3://one/thirty", "--threads", "2")
    ok(0 < line.connections <= 4, "take few connections", line.connections)


# ---- tokens, names, disks --------------------------------------------------------------------------------

def tokens():
    w = World()
    s = w.s
    w.run("s3", "mb", "s3://one")
    s.check_crc64 = False
    objects = s.buckets["one"]["objects"]
    big = random_bytes(23 * 1024 * 1024)
    path("big", big)
    path(".aws/config", b"[profile up]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n[profile base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret/EXAMPLE\n")
    s.ops.clear()
    s.faults.append(Fault("UploadPart", "400 ExpiredToken", after=2))
    w.good("a token that expires in the middle of an upload is had anew", "s3", "cp", path("big"), "s3://one/a", "--part-size", "5", "--profile", "up")
    ok(objects["a"]["body"] == big and not s.uploads and s.ops.count("AssumeRole") == 2 and s.ops.count("UploadPart") == 6, "one part is sent again, and no other", s.ops)
    shutil.rmtree(path(".aws"))
    s.faults.append(Fault("UploadPart", "400 ExpiredToken", 99, after=2))
    w.refused("keys that cannot be had anew are told to be old", "ExpiredToken.*(sign in|new|again)", "s3", "cp", path("big"), "s3://one/b", "--part-size", "5", "--threads", "1")
    ok("b" not in objects, "nothing stands under the name", list(objects))
    s.faults.clear(), s.ops.clear()
    w.good("with new ones the same command finishes it", "s3", "cp", path("big"), "s3://one/b", "--part-size", "5")
    ok(objects["b"]["body"] == big and not s.uploads, "whole, and nothing is left", s.uploads)
    # keys that end within minutes are had anew before they do
    count = path("count", b"")
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    doc = json.dumps({"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret/EXAMPLE", "SessionToken": "t", "Expiration": until})
    script = path("give.sh", f"#!/bin/sh\necho x >> '{count}'\necho '{doc}'\n".encode())
    os.chmod(script, 0o755)
    path(".aws/config", f"[profile short]\ncredential_process = {script}\n".encode())
    w.good("keys that end in a minute", "s3", "cp", path("big"), "s3://one/d", "--part-size", "5", "--threads", "1", "--profile", "short")
    ok(len(open(count).readlines()) > 1, "are had anew before they do", open(count).read())
    shutil.rmtree(path(".aws"))
    w.refused("a name that DNS does not know", "cannot reach no-such-host.invalid|cannot reach .*no-such-host", "s3", "cp", path("big"), "s3://one/c",
              env={"AWS_ENDPOINT_URL": "http://no-such-host.invalid", "AWS_MAX_ATTEMPTS": "2"})


def disks():
    w = World()
    s = w.s
    w.run("s3", "mb", "s3://one")
    w.run("iam", "role", "labkit-jobs", "--bucket", "one")
    s.check_crc64 = False
    big = random_bytes(11 * 1024 * 1024)
    w.run("s3", "cp", path("big", big), "s3://one/tree/big")

    def full(what, pattern, *args, blocks=2048):
        command = f"ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" aws \"$@\""
        p = subprocess.run(["sh", "-c", command, LABKIT, *args], env=w.env, capture_output=True, text=True)
        ok(p.returncode == 1 and len(p.stderr.splitlines()) >= 1 and pattern in p.stderr, what, p.stderr)

    full("a disk that fills under a sync is told", "cannot write", "s3", "sync", "s3://one/tree", path("synced"))
    ok(not os.path.exists(path("synced/big")), "and no half file stands there")
    p = subprocess.run([LABKIT, "aws", "s3", "cp", "s3://one/tree/big", "-"], env=w.env, stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, text=True)
    ok(p.returncode == 1 and p.stderr, "a full disk behind stdout", p.stderr)
    s.things.clear()
    full("where the ledger cannot be written", "", "train", "--data", "s3://one/x/", "--bucket", "one", "--role", "labkit-jobs", "--set",
         "objective=binary:logistic", "--name", "t", "--yes", blocks=0)
    ok(not s.things, "nothing is made", s.things)
    p = w.run("train", "--data", "s3://one/x/", "--bucket", "one", "--role", "labkit-jobs", "--set", "objective=binary:logistic", "--name", "t", "--yes",
              env={"XDG_DATA_HOME": "/dev/null/data"})
    ok(p.returncode == 1 and not s.things, "nor where there is no place for it", p.stderr)


# ---- killed, at any moment ------------------------------------------------------------------------------------

def kills():
    w = World()
    s = w.s
    w.run("s3", "mb", "s3://one")
    s.check_crc64 = False
    objects = s.buckets["one"]["objects"]
    big = random_bytes(33 * 1024 * 1024)
    path("big", big)
    copy = ["s3", "cp", path("big"), "s3://one/big", "--part-size", "5", "--threads", "2"]

    def kill(args, delay, name):
        """Killed after a moment, unless it was done."""
        p = w.start(*args)
        time.sleep(delay)
        p.send_signal(signal.SIGKILL), p.wait()
        time.sleep(0.7)  # what was on its way arrives
        ok(name not in os.listdir(HOME), f"killed after {delay} s: no half file")

    s.slow, s.ops, times = 0.4, [], (0.05, 0.3, 0.6, 0.9, 0.6)
    for delay in times:
        kill(copy, delay, "none")
    s.slow = 0
    w.good("an upload that was killed five times is finished", *copy)
    ok(objects["big"]["body"] == big and not s.uploads, "whole, with nothing left behind", list(s.uploads))
    ok(s.ops.count("UploadPart") <= 7 + 2 * len(times), "and what had arrived was not sent again", s.ops)
    fetch = ["s3", "cp", "s3://one/big", path("got"), "--part-size", "5", "--threads", "2"]
    s.slow = 0.4
    for delay in (0.05, 0.5, 0.9):
        kill(fetch, delay, "got")
    s.slow = 0
    w.good("and a download by the same command", *fetch)
    ok(open(path("got"), "rb").read() == big and os.listdir(HOME).count("got.labkit-state") == 0, "whole, with nothing left behind", os.listdir(HOME))
    # answers that are lost: done at the far end, unheard here
    for op in ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"):
        s.faults.append(Fault(op, "lose"))
        w.good(f"the answer to {op} is lost", "s3", "cp", path("big"), f"s3://one/{op}", "--part-size", "5")
        ok(objects[op]["body"] == big and not s.uploads and not any(f.count for f in s.faults), "it is whole, and there is one of it", list(s.uploads))
    s.faults.append(Fault("PutObject", "lose"))
    w.good("the answer to PutObject is lost", "s3", "cp", path("little", b"1\n"), "s3://one/little")
    s.uploads["theirs"] = {"bucket": "one", "key": "big", "parts": {}, "begun": "2020-01-01T00:00:00Z"}
    s.faults.append(Fault("CreateMultipartUpload", "lose"))
    w.good("and once more, beside an old upload of somebody else's", *copy[:3], "s3://one/big", "--part-size", "5")
    ok(list(s.uploads) == ["theirs"], "which is left alone", list(s.uploads))
    s.uploads.clear()
    # asked to stop, it says so and can go on
    s.slow = 0.2
    p = subprocess.Popen([LABKIT, "aws", "s3", "cp", path("big"), "s3://one/again", "--part-size", "5", "--threads", "1"], env=w.env, stderr=subprocess.PIPE, text=True)
    for _ in range(1500):  # until a part is on its way, however busy the computer is
        if any(u["parts"] for u in s.uploads.values()):
            break
        time.sleep(0.02)
    p.send_signal(signal.SIGINT)
    said = p.communicate(timeout=20)[1]
    s.slow = 0
    ok(p.returncode != 0 and "again" not in objects and said.strip(), "Ctrl-C stops an upload, and says so", said)
    w.good("which the same command finishes", "s3", "cp", path("big"), "s3://one/again", "--part-size", "5")
    ok(objects["again"]["body"] == big and not s.uploads, "whole", s.uploads)


def ends():
    """What is no plain file at either end, and files that others write to meanwhile."""
    w = World()
    s = w.s
    w.run("s3", "mb", "s3://one")
    objects = s.buckets["one"]["objects"]
    w.run("s3", "cp", path("plain", b"plain\n"), "s3://one/plain")
    os.symlink("pointed-at", path("link"))
    path("pointed-at", b"old\n")
    w.good("a download to a link", "s3", "cp", "s3://one/plain", path("link"))
    ok(os.path.islink(path("link")) and open(path("pointed-at")).read() == "plain\n", "goes where it leads")
    os.mkfifo(path("pipe"))
    reader = subprocess.Popen(["cat", path("pipe")], stdout=subprocess.PIPE, text=True)
    w.good("a download into a pipe", "s3", "cp", "s3://one/plain", path("pipe"))
    ok(reader.communicate(timeout=20)[0] == "plain\n" and not os.path.isfile(path("pipe")), "arrives, and the pipe is one still")
    writer = subprocess.Popen(["sh", "-c", 'echo piped > "$0"', path("pipe")])
    w.good("an upload from a pipe", "s3", "cp", path("pipe"), "s3://one/piped")
    ok(writer.wait() == 0 and objects["piped"]["body"] == b"piped\n", "has what came through it", objects["piped"])
    s.check_crc64 = False
    path("big", random_bytes(23 * 1024 * 1024))
    s.slow = 0.2
    p = w.start("s3", "cp", path("big"), "s3://one/big", "--part-size", "5", "--threads", "1")
    for _ in range(1500):
        if any(u["parts"] for u in s.uploads.values()):
            break
        time.sleep(0.02)
    with open(path("big"), "ab") as f:
        f.write(b"more")
    code = p.wait(timeout=30)
    s.slow = 0
    ok(code == 1 and "big" not in objects and not s.uploads, "a file that changes while it is uploaded is refused, with nothing left", f"{code} {list(objects)} {s.uploads}")
    w.good("and uploaded when it is quiet", "s3", "cp", path("big"), "s3://one/big", "--part-size", "5")
    ok(objects["big"]["body"].endswith(b"more"), "as it is now")


def runs():
    """Notebooks and runs of pipelines: begun once, and never forgotten."""
    definition = path("pipeline.json", b'{"Version": "2020-12-01", "Steps": []}')
    notebook = ["notebook", "create", "n", "--role", "labkit-jobs", "--yes"]
    run = ["pipeline", "start", "p", "--yes"]

    def world():
        w = World()
        w.run("s3", "mb", "s3://one")
        w.run("iam", "role", "labkit-jobs", "--bucket", "one")
        w.run("pipeline", "put", "p", "--definition", definition, "--role", "labkit-jobs")
        return w

    def kill_in(w, op, *args):
        w.s.ops.clear()
        w.s.slow = 0.3
        p = w.start(*args)
        for _ in range(300):
            if op in w.s.ops:
                break
            time.sleep(0.02)
        p.send_signal(signal.SIGKILL), p.wait()
        time.sleep(0.4)
        w.s.slow = 0

    w = world()
    w.s.faults.append(Fault("StartPipelineExecution", "lose"))
    w.good("a run whose answer was lost is asked for again", *run)
    ok(len(w.s.runs) == 1, "and is one run", w.s.runs)
    w = world()
    kill_in(w, "StartPipelineExecution", *run)
    ok([r["status"] for r in w.s.runs.values()] == ["Executing"], "killed while it starts a run", w.s.runs)
    w.s.ops.clear()
    w.good("cleanup", "cleanup", "--yes")
    ok([r["status"] for r in w.s.runs.values()] == ["Stopped"], "stops the run whose name it never heard", w.s.runs)
    ok(w.s.ops.index("StopPipelineExecution") < w.s.ops.index("DeletePipeline"), "before it deletes the pipeline", w.s.ops)
    ok(not w.s.things and not w.ledger("state in ('asked', 'made')"), "and leaves nothing", f"{w.s.things} {w.ledger()}")
    for lost in (False, True):
        w = world()
        kill_in(w, "CreateNotebookInstance", *notebook)
        ok(("NotebookInstance", "n") in w.s.things, "killed while it makes a notebook", w.s.things)
        if lost:
            os.remove(w.data + "/labbook/ledger.db")
        w.good("cleanup" + (", the ledger lost" if lost else ""), "cleanup", "--yes")
        ok(not w.s.things, "leaves none", w.s.things)
    w = world()
    w.run(*notebook)
    w.run("notebook", "stop", "n", "--wait")
    kill_in(w, "StartNotebookInstance", "notebook", "start", "n", "--yes")
    ok(w.ledger("kind = 'notebook'")[-1][4] > 0, "killed while it starts one: the ledger has it that it may cost", w.ledger())
    w.good("cleanup", "cleanup", "--yes")
    ok(not w.s.things and not w.ledger("state in ('asked', 'made')"), "leaves none", f"{w.s.things} {w.ledger()}")
    w = world()
    w.run(*notebook)
    w.run("notebook", "stop", "n", "--wait")
    os.remove(w.data + "/labbook/ledger.db")
    w.good("a stopped notebook that only its tag knows", "cleanup", "--yes")
    ok(not w.s.things, "is deleted, too", w.s.things)
    w.s.things["NotebookInstance", "theirs"] = {"status": "Stopped", "looks": 0, "arn": "arn:theirs", "InstanceType": "ml.t3.medium"}
    w.run("notebook", "start", "theirs", "--yes")
    w.good("one of somebody else's that was started here", "cleanup", "--yes")
    ok(("NotebookInstance", "theirs") in w.s.things, "is left alone", w.s.things)


def limited():
    """A run that has a minute, begun before the other stories and looked at after them."""
    w = World()
    w.run("s3", "mb", "s3://one")
    w.run("iam", "role", "labkit-jobs", "--bucket", "one")
    score = {"Name": "Score", "Type": "Transform", "Arguments": {"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}}
    w.run("pipeline", "put", "p", "--definition", path("limited.json", json.dumps({"Version": "2020-12-01", "Steps": [score]}).encode()), "--role", "labkit-jobs")
    p = subprocess.Popen([LABKIT, "aws", "pipeline", "start", "p", "--wait", "--max-minutes", "1", "--yes"], env=w.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    begun = time.time()

    def look():
        said = p.communicate(timeout=120)[1]
        ok(p.returncode == 1 and "has had its 1 min: it is stopped" in said and "Stopped at the end of its time" in said and "StopPipelineExecution" in w.s.ops,
           "a run of a pipeline is stopped at the end of its time", said)
        ok(time.time() - begun > 59, "not before")
    return look


def hanging():
    """Keys from a program that never ends: it is given up, and ended with all that it began."""
    w = World()
    home = os.path.join(w.data, "home")
    os.makedirs(home + "/.aws")
    with open(home + "/.aws/config", "w") as f:
        f.write("[default]\ncredential_process = sh -c 'sleep 4711 & wait'\n")
    env = dict({k: v for k, v in w.env.items() if not k.startswith("AWS_ACCESS") and not k.startswith("AWS_SECRET")}, HOME=home)
    p = subprocess.Popen([LABKIT, "aws", "whoami"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def look():
        said = p.communicate(timeout=120)[1]
        ok(p.returncode == 1 and "does not end" in said, "a credential_process that hangs is given up", said)
        left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
        ok("sleep 4711" not in left.splitlines(), "and nothing of it is left", left)
    return look


looks = [limited(), hanging()]
try:
    for story in (tls, cuts, lines, tokens, disks, ends, kills, runs):
        story()
    for look in looks:
        look()
finally:
    shutil.rmtree(HOME, ignore_errors=True)
done()
