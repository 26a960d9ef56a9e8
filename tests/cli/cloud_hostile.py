"""Hostile and unlucky clients; run by cloud_hostile.sh."""
import concurrent.futures
import datetime
import hashlib
import json
import os
import random
import socket
import threading
import time
import xml.etree.ElementTree as ET

import practice_server as server
port = server.start()
from practice import check, client, code, done, role, same, until, where  # noqa: E402

import botocore.auth  # noqa: E402
from botocore.auth import S3SigV4Auth, SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

SLOW = 4 if "san" in os.environ["LABKIT"] else 1  # the sanitized program takes its time
PATIENCE = 30 * SLOW  # seconds, on a computer with other things to do
KEYS = Credentials(where["access_key_id"], where["secret_access_key"])
folder = os.environ["CLOUD_FOLDER"]
s3, sts = client("s3"), client("sts")
s3.create_bucket(Bucket="hostile")
big = random.Random(1).randbytes(8 << 20)
s3.put_object(Bucket="hostile", Key="big", Body=big)


def connect(timeout=120):
    c = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return c


def signed(method, path, body=b"", headers=None, service="s3", payload=None, query=""):
    """The bytes of a signed request's head."""
    headers = dict(headers or {}, Host=f"127.0.0.1:{port}")
    request = AWSRequest(method, f"http://127.0.0.1:{port}{path}{query}", headers=headers,
                         data=body)
    auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(KEYS, service, "us-east-1")
    if payload:
        auth.payload = lambda _: payload
    auth.add_auth(request)
    head = f"{method} {path}{query} HTTP/1.1\r\n"
    return (head + "".join(f"{k}: {v}\r\n" for k, v in request.headers.items())).encode()


def answer(data, timeout=PATIENCE, half=False):
    """Send it all, then read one answer; b"" where the connection was closed without one."""
    with connect(timeout) as c:
        got = b""
        try:
            c.sendall(data)
        except ConnectionError:
            pass  # refused while we sent: an answer may be there
        if half:
            return b""
        try:
            while not is_whole(got) and (piece := c.recv(65536)):
                got += piece
        except ConnectionError:
            pass
        except socket.timeout:
            return got or b"HTTP/1.1 999 hangs"
        return got


def is_whole(got):
    head, end, body = got.partition(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(end) and (not length or len(body) >= int(length[0].split(b":")[1]))


def status(got):
    return int(got.split(b" ", 2)[1]) if got.startswith(b"HTTP/") else 0


def post(body, target="SageMaker.ListModels", service="sagemaker"):
    head = signed("POST", "/", body, {"X-Amz-Target": target, "Content-Length": str(len(body)),
                                      "Content-Type": "application/x-amz-json-1.1"}, service)
    return answer(head + b"\r\n" + body)


def works(what):
    began = time.monotonic()
    good = sts.get_caller_identity()["Account"] == where["account"]
    took = time.monotonic() - began
    return check(f"others are served {what}", good and took < PATIENCE, f"{took:.2f} s")


def refused(what, got):
    """Refused in an orderly way: a 4xx answer, or the connection closed."""
    return check(what, status(got) == 0 or 400 <= status(got) < 500, got[:300])


# ---- 500 at once
held = [connect() for _ in range(500)]
for i, c in enumerate(held):
    c.sendall(b"GET /hostile/big HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: " if i % 2 else b"GE")
works("beside 500 half-sent headers")
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    keys = [f"many/{i}" for i in range(200)]
    list(pool.map(lambda k: s3.put_object(Bucket="hostile", Key=k, Body=k.encode()), keys))
    same("and 200 objects come and go", keys, list(pool.map(
        lambda k: s3.get_object(Bucket="hostile", Key=k)["Body"].read().decode(), keys)))
for c in held:
    c.close()

# ---- slow readers, half-sent bodies
before = server.rss_kb()
request = signed("GET", "/hostile/big") + b"\r\n"
readers = [connect() for _ in range(60)]
for c in readers:
    c.sendall(request)
works("beside 60 slow readers of 8 MiB")
check("which cost little memory", server.rss_kb() - before < 60000, server.rss_kb() - before)
c, got = readers[0], b""
while b"\r\n\r\n" not in got:
    got += c.recv(4096)
got = got[got.index(b"\r\n\r\n") + 4:]
while len(got) < len(big):
    got += c.recv(1 << 20)
check("a slow reader gets all of it in the end", got == big)
for c in readers:
    c.close()
put = signed("PUT", "/hostile/half", big[:100000], {"Content-Length": "100000"})
for n in (0, 1, 50000, 99999):
    answer(put + b"\r\n" + big[:n], half=True)
check("half-sent bodies leave nothing behind", until(lambda: not os.listdir(folder + "/incoming")),
      os.listdir(folder + "/incoming"))
same("and make no object", "404", code(s3.head_object, Bucket="hostile", Key="half"))

# ---- chunks that are none
chunked = {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "5"}


def put_chunks(body, **more):
    head = signed("PUT", "/hostile/chunks", b"", dict(chunked, **more),
                  payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    return answer(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


same("good chunks are taken", 200, status(put_chunks(b"5\r\nhello\r\n0\r\n\r\n")))
wrong = {
    "no size": b"\r\nhello\r\n0\r\n\r\n", "no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n", "a huge size": b"fffffffffffffffff\r\nhello",
    "a size of 2^63": b"8000000000000000\r\nhello\r\n0\r\n\r\n",
    "more than was said": b"6\r\nhello!\r\n0\r\n\r\n", "less than was said": b"4\r\nhell\r\n0\r\n\r\n",
    "no line end": b"5\r\nhelloXX0\r\n\r\n", "an endless size": b"0" * 100000 + b"5\r\nhello\r\n0\r\n\r\n",
    "a size with a zero byte": b"\x005\r\nhello\r\n0\r\n\r\n",
    "no end": b"5\r\nhello\r\n", "bytes after the end": b"5\r\nhello\r\n0\r\n\r\n" + b"x" * 5000,
    "trailers without end": b"5\r\nhello\r\n0\r\n" + b"x-amz-checksum-crc32:AAAA\r\n" * 5000,
}
for what, body in wrong.items():
    refused(f"chunks with {what}", put_chunks(body))
refused("a decoded length that is none", put_chunks(b"5\r\nhello\r\n0\r\n\r\n", **{
    "X-Amz-Decoded-Content-Length": "-1"}))
for size in (b"zz", b"-1", b"ffffffffffffffffffff", b""):
    head = signed("PUT", "/hostile/te", b"", {"Transfer-Encoding": "chunked"},
                  payload="UNSIGNED-PAYLOAD")
    refused(f"an HTTP chunk of size {size!r}", answer(head + b"\r\n" + size + b"\r\nhello\r\n0\r\n\r\n"))
same("what was there stays", b"hello", s3.get_object(Bucket="hostile", Key="chunks")["Body"].read())

# ---- headers
flood = b"".join(b"x-flood-%d: %s\r\n" % (i, b"v" * 20) for i in range(2000))
refused("2,000 headers", answer(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + flood + b"\r\n"))
refused("a header of 1 MB", answer(b"GET / HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 1000000 + b"\r\n\r\n"))
refused("a path of 1 MB", answer(b"GET /" + b"p" * 1000000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
refused("no HTTP at all", answer(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500
                               + b"\r\n\r\n"))
refused("a method of nobody", answer(signed("BREW", "/hostile/big") + b"\r\n"))
for line in ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=/////////,SignedHeaders=;;;,Signature=",
             "AWS4-HMAC-SHA256 Credential=" + "a/" * 5000, "AWS4-HMAC-SHA256 " + "," * 10000,
             "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, SignedHeaders="
             + ";".join("h" * 9 for _ in range(900)) + ", Signature=" + "f" * 64, "Bearer x", "AWS a:b"):
    refused(f"an Authorization like {line[:40]!r}", answer(
        f"GET /hostile/big HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {line}\r\n\r\n".encode()))
works("after all that")

# ---- bombs
laughs = ('<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)) + "]><Delete>&j;</Delete>")
bombs = {"entities": laughs.encode(), "depth": b"<a>" * 200000, "attributes":
         b"<Delete " + b"".join(b'a%d="x" ' % i for i in range(50000)) + b"/>",
         "an outside file": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete>&x;</Delete>',
         "many objects": b"<Delete>" + b"<Object><Key>k</Key></Object>" * 30000 + b"</Delete>"}
for what, body in bombs.items():
    md5 = __import__("base64").b64encode(hashlib.md5(body).digest()).decode()
    for method, path, query in (("POST", "/hostile", "?delete="), ("PUT", "/hostile", "?tagging=")):
        got = answer(signed(method, path, body, {"Content-MD5": md5}, query=query)
                     + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        refused(f"XML: {what}, {query[1:-1]}", got)
        check("and no file in the answer", b"root:" not in got)
for what, body in {"depth": b"[" * 500000, "an object of depth": b'{"a":' * 100000,
                   "a number of a million digits": b'{"MaxResults":' + b"9" * 900000 + b"}",
                   "no JSON": b"\xff\xfe\0\0", "a name of a million letters":
                   b'{"' + b"n" * 900000 + b'":1', "too much": b'{"a":"' + b"x" * 3000000 + b'"}'}.items():
    refused(f"JSON: {what}", post(body))
many = b"{" + b",".join(b'"k%d":1' % i for i in range(60000)) + b"}"
began = server.cpu_seconds()
post(many)
check("60,000 members take no time", server.cpu_seconds() - began < 2 * SLOW)
deep = json.dumps({"PipelineName": "p", "RoleArn": "arn:x", "ClientRequestToken": "t" * 32,
                   "PipelineDefinition": '{"Version":"2020-12-01","Steps":[' + "[" * 5000}).encode()
refused("a pipeline of nothing but brackets", post(deep, "SageMaker.CreatePipeline"))
form = b"Action=GetCallerIdentity&Version=2011-06-15" + b"&a=b" * 50000
refused("a form of 50,000 fields", answer(signed("POST", "/", form, {
    "Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(form))}, "sts")
    + b"\r\n" + form))
policy = '{"Version":"2012-10-17","Statement":[' + ",".join(
    ['{"Effect":"Allow","Action":"s3:' + "*a" * 40 + '","Resource":"*"}'] * 60) + "]}"
iam = client("iam")
began = server.cpu_seconds()
iam.simulate_custom_policy(PolicyInputList=[policy], ActionNames=["s3:" + "a" * 100 + "b"])
check("patterns that backtrack do not", server.cpu_seconds() - began < 2 * SLOW)
works("after the bombs")

# ---- clocks
class Wrong(datetime.datetime):
    """A clock that goes wrong by `minutes`."""
    minutes = 0

    @classmethod
    def utcnow(cls):
        return datetime.datetime.utcnow() + datetime.timedelta(minutes=cls.minutes)


botocore.auth.datetime = type("module", (), {"datetime": Wrong})
for minutes, s3_says, others_say in ((-20, b"RequestTimeTooSkewed", b"Signature expired"),
                                     (20, b"RequestTimeTooSkewed", b"Signature not yet current"),
                                     (-3, b"404", b"Models")):
    Wrong.minutes = minutes
    got = answer(signed("GET", "/hostile/none") + b"\r\n")
    check(f"S3 and a clock {minutes} minutes off", s3_says in got, got[:600])
    got = post(b"{}")
    check(f"SageMaker and a clock {minutes} minutes off", others_say in got, got[:600])
botocore.auth.datetime = datetime

# ---- a long object in constant memory
if SLOW == 1:  # the sanitizer's allocator would say nothing of memory
    before, digest, block = server.rss_kb(), hashlib.sha256(), random.Random(2).randbytes(1 << 20)
    with connect(600) as c:
        c.sendall(signed("PUT", "/hostile/long", headers={"Content-Length": str(1 << 30)},
                         payload="UNSIGNED-PAYLOAD") + b"\r\n")
        for i in range(1024):
            piece = i.to_bytes(4, "big") + block[4:]
            digest.update(piece)
            c.sendall(piece)
        check("1 GiB is taken", status(c.recv(65536)) == 200)
    back = hashlib.sha256()
    for piece in s3.get_object(Bucket="hostile", Key="long")["Body"].iter_chunks(1 << 20):
        back.update(piece)
    check("and given back", back.digest() == digest.digest())
    check("in constant memory", server.rss_kb() - before < 20000, server.rss_kb() - before)
    s3.delete_object(Bucket="hostile", Key="long")

# ---- names that want out
tricks = ["../../../etc/passwd", "..", ".", "/etc/passwd", "a/../../../../x", "..\\..\\x", "%2e%2e/%2e%2e/x",
          "a\nb", "\u202e.txt", "con", "a" * 1024, "-rf", "$(touch x)", "'; drop table objects; --",
          "<script>alert(1)</script>", "{{x}}", "a//b", "/", "\u0001"]
kept = {}
for i, key in enumerate(tricks):
    body = f"{i}".encode() * 70000  # large enough for a file of its own
    if code(s3.put_object, Bucket="hostile", Key=key, Body=body) is None:
        kept[key] = body
check("nearly every text is a key", len(kept) >= len(tricks) - 2, set(tricks) - set(kept))
check("and each its own object", all(
    s3.get_object(Bucket="hostile", Key=k)["Body"].read() == b for k, b in kept.items()))
for raw in ("/hostile/../../../etc/passwd", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
            "//etc/passwd", "/hostile/%00", "/hostile/%ff%fe", "/..%2f..%2fetc%2fpasswd", "/./hostile"):
    got = answer(f"GET {raw} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    refused(f"the path {raw}", got)
    check("and no file comes out", b"root:" not in got)
for name in ("..", "../up", "UPPER", "a_b", "x" * 64, "-a", "a..b", "192.168.0.1", "<b>bold</b>", "a/b"):
    got = answer(signed("PUT", "/" + name.replace("<", "%3C").replace(">", "%3E"), b"", {
        "Content-Length": "0"}) + b"\r\n")
    refused(f"a bucket named {name[:20]}", got)
for host in ("evil.example", "hostile.evil.example", "127.0.0.1.evil.example"):
    got = answer(f"GET /console/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    refused(f"the host {host}", got)
got = answer(signed("GET", "/hostile/none%3Cscript%3E%26%22") + b"\r\n")
error = ET.fromstring(got[got.index(b"<Error"):])
same("markup in a name stays text", ("NoSuchKey", 'none<script>&"'),
     (error.findtext("Code"), error.findtext("Key")))
same("nothing stands beside the cloud's folder", ["cloud"], os.listdir(folder + "/.."))
inside = {"state.db", "state.db-wal", "state.db-shm", "trail.db", "trail.db-wal", "trail.db-shm",
          "objects", "incoming", "credentials",
          "endpoint.json", "lock", "work"}
check("and nothing in it but its own", set(os.listdir(folder)) <= inside,
      set(os.listdir(folder)) - inside)
files = [n for _, _, names in os.walk(folder + "/objects") for n in names]
check("objects' files are named by the cloud alone", all(
    n.replace("-", "").replace(".", "").isalnum() for n in files), files[:5])

# ---- kill -9 in the middle of 1,000 uploads and 20 jobs
sm, arn = client("sagemaker"), role("hostile")
s3.put_object(Bucket="hostile", Key="train/x.csv", Body="1,2,3\n0,1,2\n" * 500)
JOBS = [(f"kill-{i}", t) for i, t in enumerate(
    ["ml.m5.large"] * 8 + ["ml.m5.xlarge"] * 4 + ["ml.c5.xlarge"] * 4 + ["ml.m4.xlarge"] * 4)]
for name, instance in JOBS:
    sm.create_training_job(
        TrainingJobName=name, RoleArn=arn, OutputDataConfig={"S3OutputPath": "s3://hostile/out/"},
        AlgorithmSpecification={"TrainingInputMode": "File", "TrainingImage": "683313688378.dkr.ecr."
                                "us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"},
        HyperParameters={"num_round": str(25000 // SLOW ** 2)}, StoppingCondition={"MaxRuntimeInSeconds": 600},
        ResourceConfig={"InstanceType": instance, "InstanceCount": 1, "VolumeSizeInGB": 5},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://hostile/train/"}}}])


def jobs():
    return [sm.describe_training_job(TrainingJobName=name) for name, _ in JOBS]


stored, tried = {}, threading.Semaphore(0)
dice = random.Random(5)
plan = [(f"kill/{i}", dice.randbytes(dice.choice((10, 3000, 70000, 400000)))) for i in range(1000)]


def upload(item):
    key, body = item
    tried.release()
    try:
        s3.put_object(Bucket="hostile", Key=key, Body=body)
        stored[key] = body
    except Exception:
        pass


def assassin():
    for _ in range(500):
        tried.acquire()
    server.kill()


killer = threading.Thread(target=assassin)
killer.start()
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    list(pool.map(upload, plan))
killer.join()
check("some were acknowledged, and not all", 300 < len(stored) < 1000, len(stored))
server.start(port)
bodies = dict(plan)
found = [o["Key"] for p in s3.get_paginator("list_objects_v2").paginate(
    Bucket="hostile", Prefix="kill/") for o in p.get("Contents", [])]
check("all that were acknowledged are there", set(stored) <= set(found), set(stored) - set(found))
check("and everything that is there is whole", all(
    s3.get_object(Bucket="hostile", Key=k)["Body"].read() == bodies[k] for k in found))
same("nothing half-received is left", [], os.listdir(folder + "/incoming"))
works("after the restart")
until(lambda: all(j["TrainingJobStatus"] != "InProgress" for j in jobs()), 600)
check("all 20 jobs have ended: resumed, or failed with a reason", all(
    j["TrainingJobStatus"] == "Completed" or j["TrainingJobStatus"] == "Failed" and
    j.get("FailureReason") for j in jobs()), [(j["TrainingJobStatus"], j.get("FailureReason"))
                                              for j in jobs()])
check("those that were met half done were begun again", any(
    "Restarting" in [t["Status"] for t in j["SecondaryStatusTransitions"]] for j in jobs()))
check("and what was trained is there", all(s3.head_object(
    Bucket="hostile", Key=j["ModelArtifacts"]["S3ModelArtifacts"].split("/", 3)[3])["ContentLength"]
    for j in jobs() if j["TrainingJobStatus"] == "Completed"))
check("memory is what it was", server.rss_kb() < 120000 * SLOW, server.rss_kb())
same("it ends in order", 0, server.stop())
with open(os.environ["SERVER_LOG"], encoding="utf-8", errors="replace") as f:
    said = f.read()
check("and had nothing to say", "ERROR" not in said and "runtime error" not in said
      and "failed" not in said, said[-3000:])
done()
