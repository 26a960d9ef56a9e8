"""What the stories of the AWS client share: TAP, one small AWS (aws_server.py), one home.
The program is the first argument of whoever imports this."""
import hashlib, os, re, sqlite3, subprocess, sys, tempfile
import aws_server

LABKIT = os.path.abspath(sys.argv[1])
tests = 0
HOME = tempfile.mkdtemp()
BASE = {"PATH": os.environ["PATH"], "HOME": HOME, "XDG_DATA_HOME": HOME + "/data", "NO_COLOR": "1",
        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""), "AWS_EC2_METADATA_DISABLED": "true"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret/EXAMPLE"}


def ok(good, what, why=""):
    global tests
    tests += 1
    print("ok" if good else "not ok", tests, "-", what)
    for line in str(why).splitlines() if not good else []:
        print("#  ", line[:600])


class World:
    """One server and one home."""

    def __init__(self, tls=None):
        self.url, self.s = aws_server.start(tls)
        self.env = dict(BASE, **KEYS, AWS_REGION="eu-west-1", AWS_ENDPOINT_URL=self.url)
        self.env["XDG_DATA_HOME"] = self.data = tempfile.mkdtemp(dir=HOME)

    def run(self, *args, env=None, stdin="", timeout=60):
        return subprocess.run([LABKIT, "aws", *args], env=dict(self.env, **(env or {})), input=stdin,
                              capture_output=True, text=True, timeout=timeout)

    def start(self, *args):
        return subprocess.Popen([LABKIT, "aws", *args], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def good(self, what, *args, **k):
        p = self.run(*args, **k)
        ok(p.returncode == 0, what, p.stderr)
        return p

    def refused(self, what, pattern, *args, code=1, **k):
        p = self.run(*args, **k)
        ok(p.returncode == code and re.search(pattern, p.stderr), what, f"exit {p.returncode}: {p.stderr}\nexpected /{pattern}/")
        return p

    def ledger(self, where="1"):
        db = sqlite3.connect(self.data + "/labbook/ledger.db")
        rows = db.execute(f"select kind, name, state, most, hourly from resource where {where} order by id").fetchall()
        db.close()
        return rows


def path(name, data=None):
    p = os.path.join(HOME, name)
    if data is not None:
        os.makedirs(os.path.dirname(p), exist_ok=True)
        with open(p, "wb") as f:
            f.write(data)
    return p


def random_bytes(n, seed=1):
    return hashlib.shake_128(b"%d" % seed).digest(n)


def done():
    print(f"1..{tests}")
