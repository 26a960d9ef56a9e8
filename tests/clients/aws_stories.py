"""Stories of the AWS client against aws_server.py, an unkind small AWS. Prints TAP.
Usage: aws_stories.py LABKIT"""
import hashlib, http.server, json, os, pty, re, shutil, signal, subprocess, sys, threading, time
import aws_server, botocore.loaders, botocore.model, botocore.validate
from aws_server import Fault
from aws_world import BASE, HOME, KEYS, LABKIT, World, done, ok, path, random_bytes


def until(true, seconds=30):
    """Wait for something that happens in its own time, however busy the computer is."""
    for _ in range(seconds * 50):
        if true():
            return
        time.sleep(0.02)


# ---- where credentials come from -------------------------------------------------------

def credentials():
    w = World()
    plain = {k: v for k, v in w.env.items() if k not in KEYS}

    def who(what, expect, env=None, args=(), files=None):
        shutil.rmtree(HOME + "/.aws", ignore_errors=True)
        for name, text in (files or {}).items():
            path(".aws/" + name, text.encode())
        w.env = dict(plain, **(env or {}))
        p = w.run("whoami", "--json", *args)
        got = json.loads(p.stdout)["credentials"] if p.returncode == 0 else p.stderr
        ok(re.search(expect, got), "credentials: " + what, f"{got}\nexpected /{expect}/")
        if "secret/EXAMPLE" in p.stdout + p.stderr:
            ok(False, "the secret is not printed", p.stdout)

    static = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret/EXAMPLE\n"
    who("the environment", "environment", KEYS)
    who("a half-set environment is an error", "AWS_SECRET_ACCESS_KEY is not", {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"})
    who("the credentials file", "profile 'default'", files={"credentials": "# mine\n[default]\n" + static})
    who("a profile of the config file, by option, before the environment", "profile 'dev'",
        {"AWS_ACCESS_KEY_ID": "WRONG", "AWS_SECRET_ACCESS_KEY": "x"}, ["--profile", "dev"], {"config": "[profile dev]\n" + static})
    who("AWS_PROFILE", "profile 'dev'", {"AWS_PROFILE": "dev"}, files={"credentials": "[dev]\n" + static})
    who("an unknown profile names the nearest", "did you mean 'develop'", {"AWS_PROFILE": "devlop"}, files={"credentials": "[develop]\n" + static})
    who("a role with source_profile", "role arn:aws:iam::1:role/x", {"AWS_PROFILE": "up"},
        files={"config": "[profile up]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n[profile base]\n" + static})
    who("roles that refer to one another end", "refer to one another", {"AWS_PROFILE": "a"},
        files={"config": "[profile a]\nrole_arn=x\nsource_profile=b\n[profile b]\nrole_arn=y\nsource_profile=a\n"})
    who("a web identity", "web identity", {"AWS_WEB_IDENTITY_TOKEN_FILE": path("token", b"abc"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/x"})
    doc = '{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret/EXAMPLE"}'
    script = path("give.sh", b"#!/bin/sh\necho '" + doc.encode() + b"'\n")
    os.chmod(script, 0o755)
    who("credential_process", "credential_process", files={"config": f"[default]\ncredential_process = \"{script}\" --with 'two words'\n"})
    who("a credential_process that fails", "exit code 1", files={"config": "[default]\ncredential_process = /bin/false\n"})
    name = hashlib.sha1(b"corp").hexdigest()
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    who("a sign-in that has ended says what to run", "aws sso login",
        files={"config": "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\nsso_region = us-east-1\n",
               f"sso/cache/{name}.json": json.dumps({"accessToken": "t", "expiresAt": until})})

    class Local(http.server.BaseHTTPRequestHandler):
        seen, refuses = [], False
        def do_PUT(self):
            Local.seen.append((self.path, dict(self.headers)))
            if self.path.startswith("/shut"):
                self.send_error(403)
            else:
                self.reply("TOKEN-1")
        def do_GET(self):
            Local.seen.append((self.path, dict(self.headers)))
            if self.path.startswith("/federation"):
                self.reply(json.dumps({"roleCredentials": {"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "secret/EXAMPLE", "sessionToken": "t",
                                                           "expiration": int(time.time() * 1000) + 3600000}}))
            elif self.path.endswith("/security-credentials/"):
                self.reply("my-role\n")
            else:
                self.reply(doc)
        def do_POST(self):
            Local.seen.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            if Local.refuses:
                self.send_error(400)
            else:
                self.reply(json.dumps({"accessToken": "t1", "expiresIn": 3600, "refreshToken": "r1", "tokenType": "Bearer"}))
        def reply(self, text):
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())
        def log_message(self, *a):
            pass
    local = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Local)
    threading.Thread(target=local.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{local.server_port}"
    who("the container's endpoint", "container", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": here + "/creds", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer x"})
    ok(Local.seen[-1][1].get("Authorization", Local.seen[-1][1].get("authorization")) == "Bearer x", "credentials: the container's token is sent", Local.seen[-1])
    who("a container's endpoint elsewhere over plain HTTP is refused", "must be https", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/creds"})
    who("the instance, by IMDSv2", "IMDSv2", {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": here})
    ok([x[0] for x in Local.seen[-3:]] == ["/latest/api/token", "/latest/meta-data/iam/security-credentials/", "/latest/meta-data/iam/security-credentials/my-role"]
       and all("TOKEN-1" in x[1].values() for x in Local.seen[-2:]), "credentials: IMDSv2 takes a token first", Local.seen[-3:])
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    who("IAM Identity Center", "Identity Center", {"AWS_ENDPOINT_URL_SSO": here},
        files={"config": "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\nsso_region = us-east-1\n",
               f"sso/cache/{name}.json": json.dumps({"accessToken": "t0", "expiresAt": until})})
    # a sign-in near its end is renewed, and kept where the other tools look for it
    session = "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\nsso_region = us-east-1\n"
    soon, later = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + s)) for s in (300, 86400))
    sign_in = {"accessToken": "t0", "expiresAt": soon, "refreshToken": "r0", "clientId": "c", "clientSecret": "cs", "registrationExpiresAt": later, "region": "us-east-1"}
    ends = {"AWS_ENDPOINT_URL_SSO": here, "AWS_ENDPOINT_URL_SSO_OIDC": here}
    who("a sign-in near its end", "Identity Center", ends, files={"config": session, f"sso/cache/{name}.json": json.dumps(sign_in)})
    ok(Local.seen[-2] == ("/token", {"grantType": "refresh_token", "clientId": "c", "clientSecret": "cs", "refreshToken": "r0"}) and "t1" in Local.seen[-1][1].values(), "is renewed", Local.seen[-2:])
    cache = path(f".aws/sso/cache/{name}.json")
    kept = json.load(open(cache))
    ok(kept["accessToken"] == "t1" and kept["refreshToken"] == "r1" and kept["clientSecret"] == "cs" and kept["expiresAt"] > soon and os.stat(cache).st_mode & 0o77 == 0
       and len(os.listdir(path(".aws/sso/cache"))) == 1, "and kept for the other tools, for its owner alone", kept)
    Local.refuses = True
    who("one that cannot be renewed serves to its end", "Identity Center", ends, files={"config": session, f"sso/cache/{name}.json": json.dumps(sign_in)})
    ok("t0" in Local.seen[-1][1].values(), "as it is", Local.seen[-1])
    who("and after it says what to run", "aws sso login", ends, files={"config": session, f"sso/cache/{name}.json": json.dumps(dict(sign_in, expiresAt=until.replace("20", "19", 1)))})
    # a role that asks for a code
    mfa = {"config": "[profile m]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\nmfa_serial = arn:aws:iam::1:mfa/me\n", "credentials": "[default]\n" + static}
    who("a role that asks for a code, and nobody to ask", "code from arn:aws:iam::1:mfa/me.*no terminal", {"AWS_PROFILE": "m"}, files=mfa)
    near, far = pty.openpty()
    os.write(near, b"123456\n")
    p = subprocess.run([LABKIT, "aws", "whoami"], env=w.env, stdin=far, stderr=far, stdout=subprocess.PIPE, text=True, timeout=60)
    ok(p.returncode == 0 and w.s.inputs["AssumeRole"].get("TokenCode") == "123456" and w.s.inputs["AssumeRole"].get("SerialNumber") == "arn:aws:iam::1:mfa/me", "on a terminal it is asked for", w.s.inputs)
    os.close(near), os.close(far)
    # files as other tools write and read them
    who("names in capitals, colons, a mark of UTF-8", "profile 'default'", files={"credentials": "\ufeff[default]\nAWS_ACCESS_KEY_ID: AKIDEXAMPLE\naws_secret_access_key : secret/EXAMPLE\n"})
    who("a file named from the home", "profile 'default'", {"AWS_CONFIG_FILE": "~/.aws/mine"}, files={"mine": "[default]\n" + static})
    who("a process that prints without end", "prints more than", files={"config": "[default]\ncredential_process = yes\n"})
    who("a region that is misspelled", "did you mean the region 'eu-west-1'", {"AWS_REGION": "eu-wset-1", "AWS_ENDPOINT_URL": "", "AWS_MAX_ATTEMPTS": "1"}, files={"config": "[default]\n" + static})
    who("nowhere", "no AWS credentials found.*switched off")
    who("metadata that refuses a token are none, and it is told", r"no AWS credentials found: looked in .*profile 'default'.*status 403.*aws configure",
        {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": here + "/shut"})
    who("metadata that do not answer are none", "no AWS credentials found.*no answer", {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"})
    process, other = f"credential_process = {script}\n", static.replace("AKIDEXAMPLE", "AKIDOTHER")
    who("keys in the credentials file come before a process", "profile 'default' of the AWS credentials file", files={"credentials": "[default]\n" + static, "config": "[default]\ncredential_process = /bin/false\n"})
    who("a process before keys in the config file", "^credential_process", files={"config": "[default]\n" + process + other})
    who("and before what the container has", "^credential_process", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": here + "/creds"}, files={"config": "[default]\n" + process})
    who("the container before the instance", "container", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": here + "/creds", "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": here})
    who("a role before keys in the same profile", "role arn:aws:iam::1:role/x", files={"config": "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n" + static})
    who("roles one after another", "role arn:aws:iam::1:role/top", {"AWS_PROFILE": "top"},
        files={"config": "[profile top]\nrole_arn = arn:aws:iam::1:role/top\nsource_profile = mid\n[profile mid]\nrole_arn = arn:aws:iam::1:role/mid\nsource_profile = base\n", "credentials": "[base]\n" + static})
    for source, env in (("Environment", {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret/EXAMPLE"}),
                        ("EcsContainer", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": here + "/creds"}),
                        ("Ec2InstanceMetadata", {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": here})):
        who(f"a role with credential_source {source}", "role arn:aws:iam::1:role/x", env, ["--profile", "r"], {"config": f"[profile r]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = {source}\n"})
    who("a broken config file names its line", r"config:2:1: expected", {"AWS_PROFILE": "x"}, files={"config": "[default]\nnonsense\n"})
    shutil.rmtree(HOME + "/.aws", ignore_errors=True)


# ---- retries and repairs ------------------------------------------------------------------

def retries():
    w = World()
    s = w.s
    s.faults.append(Fault("GetCallerIdentity", "500 InternalFailure"))
    w.good("a 500 is tried again", "whoami")
    ok(s.ops.count("GetCallerIdentity") == 2, "once", s.ops)
    s.faults.append(Fault("GetCallerIdentity", "400 Throttling"))
    w.good("throttling is tried again", "whoami")
    s.faults.append(Fault("GetCallerIdentity", "cut"))
    w.good("a cut connection is tried again", "whoami")
    s.ops.clear()
    s.faults.append(Fault("GetCallerIdentity", "503 ServiceUnavailable", 99))
    p = w.refused("attempts end", r"after 3 attempts", "whoami")
    ok(s.ops.count("GetCallerIdentity") == 3 and "(request r1)" in p.stderr, "after three, with the request's id", p.stderr)
    s.faults.clear(), s.ops.clear()
    s.faults.append(Fault("*", "503 ServiceUnavailable"))
    w.refused("AWS_MAX_ATTEMPTS counts", r"ServiceUnavailable", "whoami", env={"AWS_MAX_ATTEMPTS": "1"})
    ok(s.ops.count("GetCallerIdentity") == 1, "one attempt", s.ops)
    s.faults.clear()
    s.clock_offset = 7200
    p = w.good("a wrong clock is corrected", "whoami")
    ok("7200 s behind" in p.stderr or "7199 s behind" in p.stderr or "7201 s behind" in p.stderr, "and told", p.stderr)
    w.good("for S3 too", "s3", "ls")
    s.clock_offset = 0
    w.refused("a wrong secret", r"SignatureDoesNotMatch.*secret key does not belong", "whoami", env={"AWS_SECRET_ACCESS_KEY": "no"})
    w.refused("an unknown key", r"InvalidClientTokenId.*does not exist", "whoami", env={"AWS_ACCESS_KEY_ID": "NOBODY"})
    w.refused("no such host", r"cannot reach .*region spelled", "whoami", env={"AWS_ENDPOINT_URL": "http://sts.no-such-host.invalid", "AWS_MAX_ATTEMPTS": "1"})
    w.refused("nobody listens", r"does anything listen there", "whoami", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"})
    w.refused("no region", r"no region is set", "s3", "ls", env={"AWS_REGION": ""}, code=2)
    w.refused("a region that is none", r"'eu west' is no region", "s3", "ls", "--region", "eu west", code=2)
    shutil.rmtree(HOME + "/.aws", ignore_errors=True)
    path(".aws/config", b"[profile up]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n[profile base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret/EXAMPLE\n")
    s.ops.clear()
    s.faults.append(Fault("ListBuckets", "400 ExpiredToken"))
    w.good("an expired token is had anew", "s3", "ls", "--profile", "up")
    ok(s.ops.count("AssumeRole") == 2, "once", s.ops)
    shutil.rmtree(HOME + "/.aws", ignore_errors=True)
    ok(not s.bad or s.bad == ["POST /"], "no other signature was wrong", s.bad)


# ---- errors explain themselves ---------------------------------------------------------------

def errors():
    w = World()
    table = json.load(open(os.path.join(os.path.dirname(__file__), "../data/aws_errors.json")))
    for e in table:
        w.s.faults.clear()
        w.s.faults.append(Fault(e["op"], f"{e['http']} {e['code']}", 9, e["message"]))
        p = w.run("call", e["service"], e["op"], json.dumps(e["input"]), env={"AWS_MAX_ATTEMPTS": "1"})
        ok(p.returncode == 1 and e["code"] in p.stderr and re.search(e["advice"], p.stderr) and len(p.stderr.splitlines()) == 1,
           f"{e['service']} {e['code']} explains itself ({e['advice']})", p.stderr)


# ---- S3 ------------------------------------------------------------------------------------------

def s3():
    w = World()
    s = w.s
    w.good("mb", "s3", "mb", "s3://one")
    objects = s.buckets["one"]["objects"]
    odd = ["a b+c.csv", "ü/ñ~.txt", "a/../b", "x//y", "100%", "q?&=#", "'()*!", ".hidden", "tab\tkey"]
    for key in odd:
        w.good(f"an odd key: {key!r}", "s3", "cp", path("small", b"1,2\n"), "s3://one/" + key)
    ok(sorted(objects) == sorted(odd), "all of them arrived under their names", sorted(objects))
    p = w.good("listed", "s3", "ls", "-r", "--json", "s3://one")
    ok(sorted(json.loads(l)["key"] for l in p.stdout.splitlines()) == sorted(odd), "and are listed so", p.stdout)
    for key in odd:
        p = w.run("s3", "cp", "s3://one/" + key, path("back"))
        ok(p.returncode == 0 and open(path("back"), "rb").read() == b"1,2\n", f"and come back: {key!r}", p.stderr)
    p = w.run("s3", "sync", "s3://one", path("out-sync"))
    ok(p.returncode == 1 and "outside" in p.stderr and not os.path.exists(HOME + "/b"), "names that would leave the folder do not", p.stderr)
    big = random_bytes(23 * 1024 * 1024)
    s.check_crc64 = False
    w.good("a long file goes in parts", "s3", "cp", path("big", big), "s3://one/big", "--part-size", "5")
    ok(objects["big"]["body"] == big and s.ops.count("UploadPart") == 5, "five of them, and whole")
    combined = objects["big"]["crc"]
    ok(combined == aws_server.crc64(big), "the parts' checksums combine to the object's", combined)
    w.good("and comes back in ranges", "s3", "cp", "s3://one/big", path("big2"), "--part-size", "5")
    ok(open(path("big2"), "rb").read() == big, "whole")
    s.faults += [Fault("UploadPart", "500 InternalError"), Fault("UploadPart", "cut"), Fault("UploadPart", "503 SlowDown"), Fault("UploadPart", "cut-request")]
    w.good("parts that fail are sent again", "s3", "cp", path("big"), "s3://one/big3", "--part-size", "5")
    ok(objects["big3"]["body"] == big and not s.uploads, "and nothing is left of the upload", s.uploads)
    s.faults += [Fault("GetObject", "half", 3), Fault("GetObject", "500 InternalError"), Fault("GetObject", "cut")]
    w.good("half a body is had again", "s3", "cp", "s3://one/big3", path("big4"), "--part-size", "5")
    ok(open(path("big4"), "rb").read() == big, "whole")
    s.faults.clear()
    objects["bad"] = dict(objects["big3"], body=big[:-1] + b"x")
    w.refused("bytes that changed are found out", "another checksum", "s3", "cp", "s3://one/bad", path("bad"))
    ok(not os.path.exists(path("bad")), "and nothing is kept")
    s.faults.append(Fault("CompleteMultipartUpload", "500 InternalError"))
    w.good("completing is tried again", "s3", "cp", path("big"), "s3://one/big5", "--part-size", "5")
    # killed in the middle, and taken up again
    s.slow = 0.3
    p = w.start("s3", "cp", path("big"), "s3://one/killed", "--part-size", "5", "--threads", "1")
    until(lambda: sum(len(u["parts"]) for u in s.uploads.values()) >= 2)
    p.send_signal(signal.SIGKILL), p.wait()
    s.slow = 0
    arrived = sum(len(u["parts"]) for u in s.uploads.values())
    ok(0 < arrived < 5 and "killed" not in objects, "killed in the middle of an upload", arrived)
    s.ops.clear()
    w.good("the same command goes on", "s3", "cp", path("big"), "s3://one/killed", "--part-size", "5")
    ok(objects["killed"]["body"] == big and s.ops.count("UploadPart") == 5 - arrived and not s.uploads,
       "sends only what is missing, and leaves nothing", f"{arrived} {s.ops}")
    s.slow = 0.3
    s.ops.clear()
    p = w.start("s3", "cp", "s3://one/big", path("got"), "--part-size", "5", "--threads", "1")
    until(lambda: s.ops.count("GetObject") >= 3)  # two are there, the third is on its way
    p.send_signal(signal.SIGKILL), p.wait()
    s.slow = 0
    s.ops.clear()
    ok(not os.path.exists(path("got")), "a killed download leaves no half file under the name")
    w.good("the same command goes on with the download", "s3", "cp", "s3://one/big", path("got"), "--part-size", "5")
    ok(open(path("got"), "rb").read() == big and 0 < s.ops.count("GetObject") < 5 and not os.path.exists(path("got.labkit-state")),
       "fetches only what is missing", s.ops)
    # a file that changed meanwhile
    s.slow = 0.3
    p = w.start("s3", "cp", path("big"), "s3://one/changed", "--part-size", "5", "--threads", "1")
    until(lambda: any(u["parts"] for u in s.uploads.values()))
    p.send_signal(signal.SIGKILL), p.wait()
    s.slow = 0
    other = random_bytes(23 * 1024 * 1024, 2)
    w.good("a file that changed since is sent anew", "s3", "cp", path("big", other), "s3://one/changed", "--part-size", "5")
    ok(objects["changed"]["body"] == other and not s.uploads, "whole, the old upload aborted", s.uploads)
    s.faults.append(Fault("UploadPart", "403 AccessDenied", 99))
    w.refused("a refusal in the middle", "AccessDenied.*s3:PutObject", "s3", "cp", path("big"), "s3://one/no", "--part-size", "5")
    ok(not s.uploads, "leaves no upload behind", s.uploads)
    s.faults.clear()
    # a bucket elsewhere
    s.buckets["far"] = {"region": "us-west-2", "objects": {"k": objects["a b+c.csv"]}, "tags": ""}
    p = w.good("a bucket in another region is followed to", "s3", "cp", "s3://far/k", "-")
    ok(p.stdout == "1,2\n" and "lies in us-west-2, not eu-west-1" in p.stderr, "and it is told", p.stderr)
    # sync
    for i in range(30):
        path(f"tree/d{i % 3}/f{i}.csv", b"%d\n" % i)
    s.page = 7
    w.good("sync up", "s3", "sync", path("tree"), "s3://one/tree")
    s.ops.clear()
    p = w.good("again", "s3", "sync", path("tree"), "s3://one/tree")
    ok(s.ops.count("PutObject") == 0 and "30 were the same" in p.stderr, "moves nothing", p.stderr)
    w.good("sync down", "s3", "sync", "s3://one/tree/", path("tree2"))
    ok(subprocess.run(["diff", "-r", path("tree"), path("tree2")]).returncode == 0, "the folders are equal")
    os.remove(path("tree/d0/f0.csv"))
    p = w.good("--dry-run", "s3", "sync", path("tree"), "s3://one/tree", "--delete", "-n")
    ok("delete s3://one/tree/d0/f0.csv" in p.stdout and "tree/d0/f0.csv" in objects, "tells and does nothing", p.stdout)
    w.good("--delete", "s3", "sync", path("tree"), "s3://one/tree", "--delete")
    ok("tree/d0/f0.csv" not in objects, "deletes what the source lacks")
    p = w.good("--exclude", "s3", "sync", path("tree"), "s3://one/t2", "--exclude", "*", "--include", "d1/*")
    ok(all("/d1/" in k for k in objects if k.startswith("t2/")) and any(k.startswith("t2/") for k in objects), "and --include", p.stdout)
    w.good("cp within S3", "s3", "cp", "s3://one/big", "s3://one/copy of big")
    ok(objects["copy of big"]["body"] == big, "whole")
    w.good("stdin", "s3", "cp", "-", "s3://one/from stdin", stdin="hello\n")
    ok(objects["from stdin"]["body"] == b"hello\n", "arrives")
    w.refused("no such key", "NoSuchKey|NotFound", "s3", "cp", "s3://one/none", path("none"))
    w.refused("no such file", "No such file", "s3", "cp", path("nofile"), "s3://one/x")
    w.refused("a bucket's name", "no bucket name", "s3", "ls", "s3://My_Bucket", code=2)
    if os.path.exists("/dev/full"):
        p = w.run("s3", "cp", "s3://one/big", "/dev/full/x")
        ok(p.returncode == 1, "a place that cannot be written to", p.stderr)
    p = subprocess.run(["sh", "-c", f"ulimit -f 2048; trap '' XFSZ; exec {LABKIT} aws s3 cp s3://one/big {path('full')}"], env=w.env, capture_output=True, text=True)
    ok(p.returncode == 1 and "cannot write" in p.stderr and not os.path.exists(path("full")), "a full disk is told, and leaves no file", p.stderr)
    w.good("rm -r", "s3", "rm", "-r", "s3://one/tree/")
    ok(not any(k.startswith("tree/") for k in objects), "deletes all pages")
    w.refused("rb of a full bucket", "BucketNotEmpty.*--force", "s3", "rb", "s3://one")
    w.good("rb --force", "s3", "rb", "--force", "s3://one")
    ok("one" not in s.buckets and [r[2] for r in w.ledger()] == ["gone"], "and the ledger knows", w.ledger())
    ok(not s.bad, "every signature was right", s.bad)


# ---- jobs, money, clean-up ----------------------------------------------------------------------------

TRAIN = ["--bucket", "jobs", "--role", "labkit-jobs", "--set", "objective=binary:logistic"]


def prepare(w):
    w.run("s3", "mb", "s3://jobs")
    w.run("iam", "role", "labkit-jobs", "--bucket", "jobs")
    path("train.csv", b"1,2,3\n0,3,4\n")


def jobs():
    w = World()
    s = w.s
    prepare(w)
    ok("labkit-jobs" in s.roles and s.roles["labkit-jobs"]["policies"], "iam role makes the role and its policy", s.roles)
    data = ["--data", path("train.csv")]
    for what, args, pattern in [
            ("an instance type", ["--instance", "ml.m5.larg"], "did you mean 'ml.m5.large'"),
            ("an EC2 type", ["--instance", "m5.large"], "did you mean 'ml.m5.large'"),
            ("a hyperparameter", ["--set", "max_deph=3"], "did you mean 'max_depth'"),
            ("a hyperparameter's value", ["--set", "eta=2"], "eta is a number from 0 to 1"),
            ("an objective", ["--set", "objective=binary:logstic"], "did you mean binary:logistic"),
            ("a content type", ["--content-type", "text/cvs"], "did you mean 'text/csv'"),
            ("an image version", ["--image-version", "1.7"], "did you mean '1.7-1'"),
            ("a name", ["--name", "my_job"], "letters, digits and hyphens"),
            ("classes", ["--set", "objective=multi:softmax"], "needs num_class")]:
        before = len([o for o in s.ops if o.startswith("CreateTraining")])
        w.refused(f"checked before anything is sent: {what}", pattern, "train", *data, *TRAIN, "--yes", *args, code=2)
        ok(len([o for o in s.ops if o.startswith("CreateTraining")]) == before, "and nothing was")
    w.refused("a header line, and which is the label?", "train-h.csv: there is no column 'label'; say which one it is with --label", "train", "--data", path("train-h.csv", b"age,b\n1,2\n"), *TRAIN, "--yes", code=2)
    p = w.refused("what can cost needs a yes", "not confirmed", "train", *data, *TRAIN, "--name", "t0")
    ok("at most    60 min" in p.stderr and "at most 0.1150 dollars" in p.stderr and "ml.m5.large for training job usage" in p.stderr,
       "and is shown with time, money and quota", p.stderr)
    ok(("TrainingJob", "t0") not in s.things, "not sent")
    s.logs["t1/algo-1-1"] = ["[0]\ttrain-logloss:0.5", "[1]\ttrain-logloss:0.4", "[2]\ttrain-logloss:0.3"]
    s.buckets["jobs"]["objects"]["labkit/t1/output/t1/output/model.tar.gz"] = {"body": b"MODEL", "etag": hashlib.md5(b"MODEL").hexdigest(), "crc": None, "time": "2026-01-01T00:00:00.000Z"}
    p = w.good("train, wait, fetch", "train", *data, *TRAIN, "--yes", "--name", "t1", "--logs", "--model", path("model.tar.gz"), "--rounds", "3")
    job = s.things["TrainingJob", "t1"]
    ok(p.stdout.count("train-logloss") == 3, "each log line once", p.stdout)
    ok(open(path("model.tar.gz"), "rb").read() == b"MODEL", "the artefact is here")
    ok(job["StoppingCondition"]["MaxRuntimeInSeconds"] == 3600 and {"Key": "labkit", "Value": "1"} in job["Tags"], "sent with a limit and the tag", job)
    ok(job["HyperParameters"] == {"num_round": "3", "objective": "binary:logistic"} and
       job["AlgorithmSpecification"]["TrainingImage"] == "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1", "with the image of the region", job)
    row = w.ledger("name = 't1'")[0]
    ok(row[2] == "ended" and abs(row[3] - 0.115 * 90 / 3600) < 1e-9, "the ledger has what it did cost", row)
    w.refused("a name again", "ResourceInUse.*names of jobs are never free", "train", *data, *TRAIN, "--yes", "--name", "t1")
    ok(w.ledger("name = 't1'")[-1][2] == "refused", "is written down as refused", w.ledger())
    s.job_end = ("Failed", "AlgorithmError: label must be in [0,1] for logistic regression")
    w.refused("a job that fails says why", "failed: AlgorithmError: label must be", "train", *data, *TRAIN, "--yes", "--name", "t2", "--wait")
    s.job_end = ("Completed", "")
    path("test.csv", b"2,3\n3,4\n")
    w.good("transform", "transform", "--from-job", "t1", "--role", "labkit-jobs", "--bucket", "jobs", "--data", path("test.csv"), "--name", "b1", "--yes", "--wait", "--join")
    t = s.things["TransformJob", "b1"]
    ok(t["DataProcessing"] == {"JoinSource": "Input"} and t["TransformOutput"]["AssembleWith"] == "Line" and t["TransformInput"]["SplitType"] == "Line", "as it was asked for", t)
    w.refused("too large a payload", "at most 100", "transform", "--use-model", "b1", "--bucket", "jobs", "--data", "s3://jobs/x", "--max-payload-mb", "60", "--concurrent", "2", "--yes", code=2)
    w.good("tune", "tune", *data, *TRAIN, "--name", "h1", "--yes", "--range", "eta=0.1:0.5", "--range", "max_depth=3:9", "--range", "booster=gbtree|dart", "--jobs", "4", "--metric", "validation:auc")
    h = s.things["HyperParameterTuningJob", "h1"]["HyperParameterTuningJobConfig"]
    ok(h["HyperParameterTuningJobObjective"] == {"Type": "Maximize", "MetricName": "validation:auc"} and
       h["ParameterRanges"]["IntegerParameterRanges"][0]["Name"] == "max_depth" and h["ParameterRanges"]["CategoricalParameterRanges"][0]["Values"] == ["gbtree", "dart"], "with its ranges", h)
    entries = len(w.ledger())
    w.refused("a member that is none, before anybody is asked", "did you mean 'TrainingJobName'", "call", "sagemaker", "CreateTrainingJob", '{"TrainingJobNam": "x"}', code=2)
    ok(len(w.ledger()) == entries, "nor is it written down", w.ledger())
    for words, near in (("trian", "aws train"), ("s3 cpp", "aws s3 cp")):
        w.refused(f"no such command: {words}", f"did you mean '{near}'", *words.split(), code=2)
    ok("AWS knows no limit" in w.run("transform", "--use-model", "b1", "--bucket", "jobs", "--data", "s3://jobs/x", "--role", "labkit-jobs").stderr, "that nobody stops a transform job but who waits is said")
    s.ops.clear()
    w.refused("a tuning job's name is shorter than others", "1 to 32 letters", "tune", *data, *TRAIN, "--name", "h" * 33, "--yes", "--range", "eta=0.1:0.5", code=2)
    w.refused("a search needs a range", "--range", "tune", *data, *TRAIN, "--name", "h2", "--yes", code=2)
    ok(not s.ops, "nothing was sent, no file either", s.ops)
    w.good("endpoint", "endpoint", "e1", "--use-model", "b1", "--yes", "--wait")
    ok(w.ledger("kind = 'endpoint'")[0][4] == 0.115, "costs by the hour", w.ledger())
    p = w.good("ledger", "ledger", "--json")
    ok({e["kind"] for e in json.loads(p.stdout)} == {"bucket", "role", "model", "tuning-job", "endpoint", "endpoint-config"}, "shows what is there", p.stdout)
    # the budget
    w.good("a budget", "budget", "0.2")
    w.refused("a step over it is refused", "over the budget", "train", *data, *TRAIN, "--yes", "--name", "t5", "--max-minutes", "120")
    ok(("TrainingJob", "t5") not in s.things, "and not sent")
    w.good("one within it is not", "train", *data, *TRAIN, "--yes", "--name", "t6")
    w.refused("the next is", "over the budget", "train", *data, *TRAIN, "--yes", "--name", "t7")
    s.price = ""
    w.refused("an unknown price under a budget", "not known", "train", *data, *TRAIN, "--yes", "--name", "t8", "--instance", "ml.c5.xlarge")
    w.good("no budget", "budget", "none")
    p = w.good("an unknown price is said to be unknown", "train", *data, *TRAIN, "--yes", "--name", "t9", "--instance", "ml.c5.xlarge")
    ok("at most unknown" in p.stderr, "and not guessed", p.stderr)
    w.good("a price by hand", "train", *data, *TRAIN, "--yes", "--name", "t10", "--instance", "ml.c5.xlarge", "--price", "2")
    # clean-up
    s.things["Model", "theirs"] = {"status": "Active", "looks": 0, "arn": "arn:theirs"}
    s.buckets["theirs"] = {"region": "eu-west-1", "objects": {"x": {}}, "tags": ""}
    s.roles["theirs"] = {"policies": {}, "tags": None}
    p = w.good("cleanup --dry-run", "cleanup", "-n")
    ok(("Endpoint", "e1") in s.things and "would delete endpoint 'e1'" in p.stdout, "deletes nothing", p.stdout)
    ok(re.search(r"^\d+ would be deleted in eu-west-1$", p.stderr, re.M) and "nothing of labkit's is left" not in p.stderr, "and says so", p.stderr)
    s.ops.clear()
    p = w.good("cleanup", "cleanup", "--yes")
    left = [k for k, t in s.things.items() if t["status"] not in ("Completed", "Failed", "Stopped")]
    ok(left == [("Model", "theirs")] and list(s.buckets) == ["theirs"] and list(s.roles) == ["theirs"], "leaves what it did not make, and nothing else", f"{left} {list(s.buckets)} {list(s.roles)}\n{p.stdout}")
    order = [o for o in s.ops if o.startswith("Delete") and o in ("DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel", "DeleteBucket", "DeleteRole")]
    ok(order == ["DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel", "DeleteBucket", "DeleteRole"], "in the right order", order)
    ok(not w.ledger("state in ('asked', 'made')"), "the ledger is closed", w.ledger())
    p = w.good("again", "cleanup", "--yes")
    ok("0 deleted" in p.stderr, "finds nothing", p.stderr)
    ok(not s.bad, "every signature was right", s.bad)


def labels():
    """Ground Truth's tasks: the functions are those that botocore's model documents, no others."""
    loader = botocore.loaders.Loader()
    model = botocore.model.ServiceModel(loader.load_service_model("sagemaker", "service-2"))
    shape = model.operation_model("CreateLabelingJob").input_shape
    task_shape = shape.members["HumanTaskConfig"]
    known = set(re.findall(r"arn:aws:lambda:[\w-]+:\d+:function:[\w-]+", task_shape.members["PreHumanTaskLambdaArn"].documentation +
                           task_shape.members["AnnotationConsolidationConfig"].members["AnnotationConsolidationLambdaArn"].documentation))
    models = set(re.findall(r"labeling-job-algorithm-specification/[\w-]+", shape.members["LabelingJobAlgorithmsConfig"].members["LabelingJobAlgorithmSpecificationArn"].documentation))
    regions = sorted({a.split(":")[3] for a in known})
    w = World()
    s = w.s
    files = path("files.manifest", b'{"source-ref": "s3://one/1.jpg"}\n{"source-ref": "s3://one/2.jpg"}\n')
    texts = path("texts.manifest", b'{"source": "one"}\n\n{"source": "two"}\n')
    team = "arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/w"

    def start(name, *args, data=files, region="eu-west-1"):
        return w.run("labeling", "start", name, "--data", data, "--category", "a", "--category", "b", "--bucket", "labels-" + region, "--role",
                     "arn:aws:iam::123456789012:role/r", "--team", team, "--yes", "--region", region, *args)

    def sent(name):
        return {k: v for k, v in s.things["LabelingJob", name].items() if k not in ("status", "looks", "arn", "made")}

    for region in regions:
        w.run("s3", "mb", "s3://labels-" + region, "--region", region)
        for task in ("text", "image", "boxes", "segments") if region == "eu-west-1" else ("text", "boxes"):
            name = f"{task}-{region}"
            p = start(name, "--task", task, "--automatic", region=region)
            if ("LabelingJob", name) not in s.things:
                ok(False, f"labelling {name}", p.stderr)
                continue
            job = sent(name)
            functions = [job["HumanTaskConfig"]["PreHumanTaskLambdaArn"], job["HumanTaskConfig"]["AnnotationConsolidationConfig"]["AnnotationConsolidationLambdaArn"]]
            report = botocore.validate.ParamValidator().validate(job, shape)
            ok(p.returncode == 0 and set(functions) <= known and functions[0].split("PRE-")[1] == functions[1].split("ACS-")[1], f"labelling {name}: functions that AWS has", functions)
            ok(not report.has_errors() and job["LabelingJobAlgorithmsConfig"]["LabelingJobAlgorithmSpecificationArn"].split(":")[-1] in models, "a request that the model takes", report.generate_report())
    page = s.buckets["labels-eu-west-1"]["objects"]["labkit/boxes-eu-west-1/output/boxes-eu-west-1-page.html"]["body"].decode()
    ok('<crowd-bounding-box name="boundingBox"' in page and page.count("<") == page.count(">"), "boxes are drawn on a page for it", page)
    ok(sent("segments-eu-west-1")["LabelAttributeName"] == "label-ref" and sent("image-eu-west-1")["LabelAttributeName"] == "label", "an attribute that the task takes")
    ok("at most unknown: 0.16 dollars for labels by people, and the machines" in start("auto", "--automatic").stderr, "a model that labels along costs nobody knows what")
    w.run("budget", "9")
    ok(start("auto2", "--automatic").returncode == 1 and ("LabelingJob", "auto2") not in s.things, "and is refused under a budget")
    ok("at most 0.1600 dollars" in start("plain").stderr and ("LabelingJob", "plain") in s.things, "people alone are two items")
    for what, pattern, kwargs in [("a task", "did you mean 'boxes'", {"args": ["--task", "boxs"]}),
                                  ("texts for a task of images", r"texts.manifest:1: expected .*source-ref", {"args": ["--task", "image"], "data": texts}),
                                  ("an attribute", "does not end in '-ref'", {"args": ["--attribute", "x-ref"]}),
                                  ("an attribute of segments", "ends in '-ref'", {"args": ["--task", "segments", "--attribute", "x"]}),
                                  ("half of the functions", "belong together", {"args": ["--prepare", "arn:aws:lambda:eu-west-1:1:function:p"]}),
                                  ("an empty manifest", "has no items", {"args": [], "data": path("empty.manifest", b"\n")})]:
        p = start("no", *kwargs["args"], data=kwargs.get("data", files))
        ok(p.returncode in (1, 2) and re.search(pattern, p.stderr) and ("LabelingJob", "no") not in s.things, "checked before anything is sent: " + what, p.stderr)
    w.run("s3", "mb", "s3://labels-eu-north-1", "--region", "eu-north-1")
    ok("PRE-BoundingBox and ACS-BoundingBox" in start("north", "--task", "boxes", region="eu-north-1").stderr, "a region whose functions are not known")
    mine = ["--prepare", "arn:aws:lambda:eu-north-1:123456789012:function:p", "--consolidate", "arn:aws:lambda:eu-north-1:123456789012:function:c"]
    ok(start("north", "--task", "boxes", *mine, region="eu-north-1").returncode == 0 and sent("north")["HumanTaskConfig"]["PreHumanTaskLambdaArn"] == mine[1], "takes those that are given")


def pipelines():
    """What a run can cost, and what is said where that cannot be known."""
    w = World()
    s = w.s
    prepare(w)
    machines = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    train = {"Name": "Fit", "Type": "Training", "Arguments": {"ResourceConfig": machines, "StoppingCondition": {"MaxRuntimeInSeconds": 1800}}}
    score = {"Name": "Score", "Type": "Transform", "Arguments": {"TransformResources": machines}}

    names = []

    def plan(what, steps, pattern, *args):
        file = path("definition.json", json.dumps({"Version": "2020-12-01", "Steps": steps}).encode())
        names.append(f"p{len(names)}")
        w.run("pipeline", "put", names[-1], "--definition", file, "--role", "labkit-jobs")
        p = w.run("pipeline", "start", names[-1], *args)
        ok(re.search(pattern, p.stderr), "a pipeline's cost: " + what, p.stderr)
        return p

    plan("a step with a limit", [train], r"at most 0\.1150 dollars")
    plan("what takes no machine costs nothing", [train, {"Name": "Keep", "Type": "Model"}, {"Name": "If", "Type": "Condition", "Arguments": {"IfSteps": [{"Name": "Stop", "Type": "Fail"}], "ElseSteps": [train]}}], r"at most 0\.2300 dollars")
    plan("a step that may be made again", [dict(train, RetryPolicies=[{"MaxAttempts": 3}])], r"4 jobs, each 2 x ml.m5.large.*\n(.*\n)*.*at most 0\.4600 dollars")
    plan("made again for a time", [dict(train, RetryPolicies=[{"ExpireAfterMin": 60}])], "at most unknown: step 'Fit' does not tell how often")
    plan("a transform step", [train, score], "at most unknown: step 'Score' has no time limit.*--wait with --max-minutes")
    plan("a transform step that is waited for", [score], r"at most 0\.0383 dollars", "--max-minutes", "10", "--wait")
    plan("a kind of step that is not known", [{"Name": "Big", "Type": "EMR", "Arguments": {}}], "at most unknown: step 'Big' is of a type")
    plan("a step without machines", [{"Name": "Odd", "Type": "Training", "Arguments": {}}], "at most unknown: step 'Odd' does not tell its instances")
    w.run("budget", "5")
    p = plan("under a budget that is refused", [score], "budget of 5.00 dollars.*not known: step 'Score' has no time limit", "--yes")
    ok(p.returncode == 1 and not s.runs, "and nothing is sent", s.runs)
    plan("what is within it goes", [train], r"at most 0\.1150", "--yes")
    ok(len(s.runs) == 1, "once", s.runs)


def doctor():
    w = World()
    s = w.s
    prepare(w)
    p = w.run("doctor", "--role", "labkit-jobs", "--bucket", "jobs")
    found = {l.split()[1]: l for l in p.stdout.splitlines()}
    ok(p.returncode == 3 and {k for k, l in found.items() if l.startswith("NO")} == {"quota", "budget"}, "doctor finds what is wrong, and only that", p.stdout + p.stderr)
    s.quotas = {"ml.m5.large for training job usage": 0}
    p = w.run("doctor")
    ok("--request 1" in p.stdout, "a quota of 0 has its repair", p.stdout)
    s.quotas = {"ml.m5.large for training job usage": 4}
    s.buckets["far"] = {"region": "us-west-2", "objects": {}, "tags": ""}
    w.run("budget", "5")
    p = w.run("doctor", "--bucket", "far")
    ok(p.stdout.count("NO ") == 1 and "lies in us-west-2" in p.stdout, "a bucket elsewhere", p.stdout)
    p = w.good("and all is well", "doctor", "--bucket", "jobs")
    s.clock_offset = -3600
    p = w.run("doctor")
    ok(re.search(r"NO +clock +-36", p.stdout), "a wrong clock", p.stdout)
    s.clock_offset = 0
    p = w.good("quota", "quota", "ml.m5.large")
    ok(p.stdout.strip().endswith("eu-west-1: 4"), "is told", p.stdout)
    p = w.good("cost without a type", "cost", "--minutes", "30")
    ok("1 x ml.m5.large" in p.stdout and "--request FILE" in p.stderr, "is that of the type jobs run on", p.stdout + p.stderr)
    request = path("request.json", json.dumps({"TrainingJobName": "x", "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 3, "VolumeSizeInGB": 5},
                                               "StoppingCondition": {"MaxRuntimeInSeconds": 1800}}).encode())
    s.ops.clear()
    p = w.good("cost of a request", "cost", "--request", request)
    ok("3 x ml.m5.large" in p.stdout and "at most 0.1725 dollars" in p.stdout and "CreateTrainingJob" not in s.ops, "which is not sent", p.stdout)
    w.refused("a request for nothing that costs", "no request for something that costs", "cost", "--request", path("model.json", b'{"ModelName": "m"}'), code=2)
    w.refused("two types", "one INSTANCE type", "cost", "a", "b", code=2)
    env = {k: "" for k in KEYS}
    p = w.run("doctor", env=env)
    ok(p.returncode == 3 and p.stdout.count("no AWS credentials found") == 1 and "not asked, since there are no credentials" in p.stdout, "doctor without credentials says so once", p.stdout)
    p = w.good("cost", "cost", "ml.m5.large", "--use", "transform", "--minutes", "30", "--json")
    ok(json.loads(p.stdout) == {"hourly": 0.115, "most": 0.0575}, "from the price list", p.stdout)


def crashes():
    """Killed at every stage of making things, then cleaned up."""
    for stage in range(6):
        w = World()
        s = w.s
        prepare(w)
        op = ["CreateModel", "CreateTransformJob", "CreateEndpointConfig", "CreateEndpoint", "CreateTrainingJob", "CreateRole"][stage]
        s.things["Model", "m"] = {"status": "Active", "looks": 0, "arn": "arn:m"}
        args = {"CreateModel": ["transform", "--artifact", "s3://jobs/m.tar.gz", "--role", "labkit-jobs", "--bucket", "jobs", "--data", "s3://jobs/x/", "--name", "k", "--yes"],
                "CreateEndpoint": ["endpoint", "k", "--use-model", "m", "--yes"],
                "CreateTrainingJob": ["train", "--data", "s3://jobs/x/", *TRAIN, "--name", "k", "--yes"],
                "CreateRole": ["iam", "role", "k", "--bucket", "jobs"]}
        args["CreateTransformJob"], args["CreateEndpointConfig"] = args["CreateModel"], args["CreateEndpoint"]
        s.slow = 0.15
        p = w.start(*args[op])
        for _ in range(200):
            time.sleep(0.02)
            if op in s.ops[0:] and (op != "CreateRole" or s.ops.count(op) == 2):
                break
        p.send_signal(signal.SIGKILL), p.wait()
        time.sleep(0.3)
        s.slow = 0
        del s.things["Model", "m"]
        made = sorted(k[0] for k in s.things)
        if stage % 2:   # also when the ledger is lost: the tags know
            os.remove(w.data + "/labbook/ledger.db")
        p = w.run("cleanup", "--yes")
        left = [k for k, t in s.things.items() if t["status"] not in ("Completed", "Stopped")]
        ok(p.returncode == 0 and not left and not s.buckets and not s.roles, f"killed in {op} (made: {', '.join(made) or 'nothing'}"
           f"{', ledger lost' if stage % 2 else ''}): cleanup leaves nothing", f"{left} {list(s.buckets)} {list(s.roles)}\n{p.stdout}{p.stderr}")
    # an answer that is lost: asked again, AWS says that the name is taken, by us
    w = World()
    prepare(w)
    train = ["train", "--data", "s3://jobs/x/", *TRAIN, "--yes", "--name"]
    w.s.faults.append(Fault("CreateTrainingJob", "lose"))
    p = w.good("the answer to CreateTrainingJob is lost", *train, "k")
    ok(w.ledger("name = 'k'")[0][2] == "made" and p.stdout.strip().endswith("training-job/k") and w.s.ops.count("CreateTrainingJob") == 2, "the job is known to be ours", f"{w.ledger()} {p.stdout}")
    w.s.faults += [Fault("CreateModel", "lose"), Fault("CreateTransformJob", "lose")]
    w.good("so are a model and its transform job", "transform", "--artifact", "s3://jobs/m.tar.gz", "--role", "labkit-jobs", "--bucket", "jobs", "--data", "s3://jobs/x/", "--name", "b", "--yes")
    ok([r[2] for r in w.ledger("name = 'b'")] == ["made", "made"], "both are in the ledger", w.ledger())
    w.s.faults.append(Fault("CreateTrainingJob", "503 ServiceUnavailable"))
    w.refused("one that was made by another request of that name is not", "ResourceInUse", *train, "k")
    ok(w.ledger("name = 'k'")[-1][2] == "refused", "and written down as refused", w.ledger())
    w = World()
    prepare(w)
    w.s.faults.append(Fault("CreateTrainingJob", "cut", 9))
    w.refused("an answer that never came", "cannot reach|tried again", "train", "--data", "s3://jobs/x/", *TRAIN, "--name", "k", "--yes")
    ok(w.ledger("name = 'k'")[0][2] == "asked", "stays asked", w.ledger())
    w.good("until cleanup looks", "cleanup", "--yes")
    ok(w.ledger("name = 'k'")[0][2] == "ended" and w.ledger("name = 'k'")[0][3] == 0, "and finds that it never was", w.ledger())


only = sys.argv[2:] or ["credentials", "retries", "errors", "s3", "jobs", "labels", "pipelines", "doctor", "crashes"]
try:
    for story in only:
        globals()[story]()
finally:
    shutil.rmtree(HOME, ignore_errors=True)
done()
