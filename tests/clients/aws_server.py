"""A small AWS for tests of the client: S3, STS, IAM, SageMaker, Logs, Pricing in memory.

It is there to be unkind. Every request's signature is checked with botocore's signer; faults
are armed from a test (`faults.append(Fault(...))`) and hit the next requests of an operation:
errors of every code, cut connections, half bodies, a clock that is elsewhere, an expired token.
It keeps what it was sent, so that a test can count: nothing lost, nothing doubled.
"""
import base64, hashlib, http.server, io, json, re, threading, time, urllib.parse, zlib
import xml.etree.ElementTree as ET
from email.utils import formatdate
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEYS = {"AKIDEXAMPLE": "secret/EXAMPLE", "AKIDSECOND": "secret/second"}
ACCOUNT = "123456789012"


class Fault:
    """kind: a status and code ("503 SlowDown"), "cut" (no answer), "half" (half an answer),
    "stall", "lose" (done, but its answer is lost). count: how many times. after: let so many pass first."""

    def __init__(self, op, kind, count=1, message="made to fail", headers=None, after=0, region=None):
        self.op, self.kind, self.count, self.message = op, kind, count, message
        self.headers, self.after, self.region = headers or {}, after, region


def crc64(data):
    return base64.b64encode(_crc64(data).to_bytes(8, "big")).decode()


_TABLE = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x9A6C9329AC4BC9B5 if i & 1 else 0)
    _TABLE.append(i)


def _crc64(data):
    crc = 0xFFFFFFFFFFFFFFFF
    for b in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ b) & 255]
    return crc ^ 0xFFFFFFFFFFFFFFFF


class State:
    def __init__(self):
        self.lock = threading.RLock()
        self.faults, self.ops, self.bad = [], [], []
        self.inputs = {}          # the last one of each operation
        self.buckets, self.uploads = {}, {}
        self.things, self.tags, self.roles, self.logs, self.runs = {}, {}, {}, {}, {}
        self.clock_offset, self.upload_count = 0, 0
        self.job_looks = 2        # describes until a job is over
        self.job_end = ("Completed", "")
        self.slow = 0
        self.check_crc64 = True   # slow in Python: off for long objects
        self.price = "0.115"
        self.quotas = {}
        self.page = 1000


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None

    def log_message(self, *a):
        pass

    # ---- plumbing
    def date_time_string(self, timestamp=None):
        return formatdate(time.time() + self.state.clock_offset, usegmt=True)

    def answer(self, status, body=b"", headers=None, half=False):
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        self.send_header("x-amzn-RequestId", "request-1")
        for k, v in (headers or {}).items():
            self.send_header(k, v)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:len(body) // 2] if half else body)
        if half:
            self.close_connection = True

    def fail(self, status, code, message="", **more):
        if self.service == "s3":
            extra = "".join(f"<{k}>{v}</{k}>" for k, v in more.items())
            body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>{extra}<RequestId>r1</RequestId></Error>"
            head = {"x-amz-bucket-region": more["Region"]} if "Region" in more else {}
            self.answer(status, "" if self.command == "HEAD" else body, head)
        elif self.service in ("iam", "sts"):
            self.answer(status, f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error><RequestId>r1</RequestId></ErrorResponse>")
        else:
            self.answer(status, json.dumps({"__type": code, "message": message}))

    def check_signature(self, body):
        """None when right, else (status, code, message)."""
        sent = {k.lower(): v for k, v in self.headers.items()}
        m = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)",
                         sent.get("authorization", ""))
        if not m:
            return 403, "MissingAuthenticationToken", "no signature"
        key, date, region, service, _ = m[1].split("/")
        self.region = region
        if key not in KEYS:
            code = {"s3": "InvalidAccessKeyId", "iam": "InvalidClientTokenId", "sts": "InvalidClientTokenId"}.get(service, "UnrecognizedClientException")
            return 403, code, "no such key"
        when = time.mktime(time.strptime(sent["x-amz-date"], "%Y%m%dT%H%M%SZ")) - time.timezone
        if abs(when - time.time() - self.state.clock_offset) > 300:
            return (403, "RequestTimeTooSkewed", "The difference is too large") if service == "s3" else \
                (403, "InvalidSignatureException", "Signature expired: too old")
        request = AWSRequest(method=self.command, url=f"http://{sent['host']}{self.path}", data=body)
        for h in m[2].split(";"):
            request.headers[h] = sent[h]
        request.context["timestamp"] = sent["x-amz-date"]
        signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(key, KEYS[key]), service, region)
        if signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request) != m[3]:
            self.state.bad.append(f"{self.command} {self.path}")
            return 403, "SignatureDoesNotMatch", "the signatures differ"
        digest = sent.get("x-amz-content-sha256", "")
        if len(digest) == 64 and hashlib.sha256(body).hexdigest() != digest:
            return 400, "XAmzContentSHA256Mismatch", "the body is another one"
        return None

    def handle_any(self):
        s = self.state
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.headers.get("Authorization", ""))
        self.service = scope[1] if scope else "sts" if self.command == "POST" and self.path == "/" else "s3"
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.key = urllib.parse.unquote(url.path)
        n = int(self.headers.get("Content-Length") or 0)
        op = self.operation_early()
        fault = self.next_fault(op)
        if fault and fault.kind == "cut-request":
            self.rfile.read(n // 2)
            self.close_connection = True
            self.connection.close()
            return
        body = self.rfile.read(n)
        op = self.operation(body)
        if not fault:
            fault = self.next_fault(op)
        with s.lock:
            s.ops.append(op)
            s.inputs[op] = getattr(self, "input", None)
        wrong = None if op == "AssumeRoleWithWebIdentity" else self.check_signature(body)
        if s.slow:
            time.sleep(s.slow)
        if fault and fault.kind == "cut":
            self.close_connection = True
            self.connection.close()
        elif fault and fault.kind == "stall":
            time.sleep(2)
            self.close_connection = True
            self.connection.close()
        elif fault and fault.kind[0].isdigit():
            status, code = fault.kind.split()
            more = {"Region": fault.region} if fault.region else {}
            self.fail(int(status), code, fault.message, **more)
        elif wrong:
            self.fail(*wrong)
        else:
            self.half = bool(fault and fault.kind == "half")
            if fault and fault.kind == "lose":
                self.wfile, self.close_connection = io.BytesIO(), True
            with s.lock:
                getattr(self, "op_" + op, self.op_unknown)(body)
            if fault and fault.kind == "done-cut":
                self.close_connection = True

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def next_fault(self, op):
        with self.state.lock:
            for f in self.state.faults:
                if f.count and op and f.op in (op, "*"):
                    if f.after:
                        f.after -= 1
                        continue
                    f.count -= 1
                    return f
        return None

    def operation_early(self):
        return self.operation(b"") if self.service == "s3" else None

    def operation(self, body):
        target = self.headers.get("X-Amz-Target")
        if target:
            self.input = json.loads(body)
            return target.split(".")[1]
        if self.service in ("iam", "sts"):
            self.input = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            return self.input.get("Action", "")
        bucket, _, key = self.key[1:].partition("/")
        self.bucket, self.object = bucket, key
        q, m = self.query, self.command
        if not bucket:
            return "ListBuckets"
        if not key:
            for name, op in (("location", "Location"), ("tagging", "Tagging"), ("publicAccessBlock", "Block")):
                if name in q:
                    return {"GET": "GetBucket", "PUT": "PutBucket"}.get(m, "DeleteBucket") + op
            if "delete" in q:
                return "DeleteObjects"
            if "uploads" in q:
                return "ListMultipartUploads"
            return {"GET": "ListObjectsV2", "PUT": "CreateBucket", "HEAD": "HeadBucket", "DELETE": "DeleteBucket"}[m]
        if "uploads" in q:
            return "CreateMultipartUpload"
        if "uploadId" in q:
            return {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "GET": "ListParts", "DELETE": "AbortMultipartUpload"}[m]
        if m == "PUT" and "x-amz-copy-source" in self.headers:
            return "CopyObject"
        return {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}[m]

    def op_unknown(self, body):
        self.fail(400, "UnknownOperationException", "not here")

    # ---- S3
    def home(self):
        b = self.state.buckets.get(self.bucket)
        if b is None:
            self.fail(404, "NoSuchBucket", "The specified bucket does not exist")
        elif b["region"] != self.region:
            self.fail(400, "AuthorizationHeaderMalformed", "the region is wrong", Region=b["region"])
            b = None
        return b

    def op_ListBuckets(self, body):
        self.answer(200, "<R><Buckets>" + "".join(f"<Bucket><Name>{b}</Name></Bucket>" for b in self.state.buckets) + "</Buckets></R>")

    def op_CreateBucket(self, body):
        if self.bucket in self.state.buckets:
            return self.fail(409, "BucketAlreadyOwnedByYou", "it is there")
        self.state.buckets[self.bucket] = {"region": self.region, "objects": {}, "tags": ""}
        self.answer(200, headers={"Location": "/" + self.bucket})

    def op_HeadBucket(self, body):
        if self.home():
            self.answer(200)

    def op_DeleteBucket(self, body):
        b = self.home()
        if b and b["objects"]:
            self.fail(409, "BucketNotEmpty", "not empty")
        elif b:
            del self.state.buckets[self.bucket]
            self.answer(204)

    def op_GetBucketLocation(self, body):
        b = self.state.buckets.get(self.bucket)
        self.answer(200, f"<LocationConstraint>{'' if b['region'] == 'us-east-1' else b['region']}</LocationConstraint>")

    def op_PutBucketTagging(self, body):
        b = self.home()
        if b:
            b["tags"] = body.decode()
            self.answer(204)

    def op_GetBucketTagging(self, body):
        b = self.home()
        if b and not b["tags"]:
            self.fail(404, "NoSuchTagSet", "none")
        elif b:
            self.answer(200, b["tags"])

    def op_PutBucketBlock(self, body):
        if self.home():
            self.answer(200)

    def op_ListObjectsV2(self, body):
        b = self.home()
        if not b:
            return
        prefix, after = self.query.get("prefix", ""), self.query.get("continuation-token", "")
        keys = sorted(k for k in b["objects"] if k.startswith(prefix) and k > after)
        some = keys[:self.state.page]
        more = f"<NextContinuationToken>{escape(some[-1])}</NextContinuationToken>" if len(keys) > len(some) else ""
        self.answer(200, "<ListBucketResult><EncodingType>url</EncodingType>" + more + "".join(
            f"<Contents><Key>{urllib.parse.quote_plus(k, safe='/')}</Key><LastModified>{b['objects'][k]['time']}</LastModified>"
            f"<ETag>&quot;{b['objects'][k]['etag']}&quot;</ETag><Size>{len(b['objects'][k]['body'])}</Size></Contents>" for k in some) + "</ListBucketResult>")

    def put(self, b, key, body, headers):
        wanted = headers.get("x-amz-checksum-crc64nvme")
        if wanted and self.state.check_crc64 and crc64(body) != wanted:
            return self.fail(400, "BadDigest", "the checksum differs")
        b["objects"][key] = {"body": body, "etag": hashlib.md5(body).hexdigest(), "crc": wanted,
                             "time": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()), "type": headers.get("Content-Type")}
        return True

    def op_PutObject(self, body):
        b = self.home()
        if b and self.put(b, self.object, body, self.headers):
            self.answer(200, headers={"ETag": '"%s"' % b["objects"][self.object]["etag"]})

    def get(self):
        b = self.home()
        if not b:
            return None
        o = b["objects"].get(self.object)
        if not o:
            self.fail(404, "NoSuchKey", "The specified key does not exist.")
        elif self.headers.get("If-Match", '"%s"' % o["etag"]) != '"%s"' % o["etag"]:
            self.fail(412, "PreconditionFailed", "it was replaced")
            return None
        return o

    def op_HeadObject(self, body):
        o = self.get()
        if o:
            h = {"ETag": '"%s"' % o["etag"], "Content-Length": str(len(o["body"]))}
            if o["crc"]:
                h["x-amz-checksum-crc64nvme"] = o["crc"]
            self.answer(200, headers=h)

    def op_GetObject(self, body):
        o = self.get()
        if not o:
            return
        data, status, m = o["body"], 200, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if m:
            data, status = data[int(m[1]):int(m[2]) + 1], 206
        self.answer(status, data, {"ETag": '"%s"' % o["etag"]}, half=self.half)

    def op_CopyObject(self, body):
        b = self.home()
        source = urllib.parse.unquote(self.headers["x-amz-copy-source"]).lstrip("/").partition("/")
        o = self.state.buckets[source[0]]["objects"][source[2]]
        b["objects"][self.object] = dict(o)
        self.answer(200, f"<CopyObjectResult><ETag>\"{o['etag']}\"</ETag></CopyObjectResult>")

    def op_DeleteObject(self, body):
        b = self.home()
        if b:
            b["objects"].pop(self.object, None)
            self.answer(204)

    def op_DeleteObjects(self, body):
        b = self.home()
        if b:
            for k in ET.fromstring(body).iter():
                if k.tag.endswith("Key"):
                    b["objects"].pop(k.text, None)
            self.answer(200, "<DeleteResult/>")

    def op_CreateMultipartUpload(self, body):
        if self.home():
            self.state.upload_count += 1
            uid = "upload-%d" % self.state.upload_count
            self.state.uploads[uid] = {"bucket": self.bucket, "key": self.object, "parts": {},
                                       "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
            self.answer(200, f"<R><UploadId>{uid}</UploadId></R>")

    def upload(self):
        u = self.state.uploads.get(self.query["uploadId"])
        if not u:
            self.fail(404, "NoSuchUpload", "no such upload")
        return u

    def op_UploadPart(self, body):
        u = self.upload()
        if u:
            u["parts"][int(self.query["partNumber"])] = (body, self.headers.get("x-amz-checksum-crc64nvme", ""))
            self.answer(200, headers={"ETag": '"%s"' % hashlib.md5(body).hexdigest()})

    def op_ListParts(self, body):
        u = self.upload()
        if u:
            self.answer(200, "<R>" + "".join(
                f"<Part><PartNumber>{n}</PartNumber><ETag>&quot;{hashlib.md5(p[0]).hexdigest()}&quot;</ETag><Size>{len(p[0])}</Size>"
                f"<ChecksumCRC64NVME>{p[1]}</ChecksumCRC64NVME></Part>" for n, p in sorted(u["parts"].items())) + "</R>")

    def op_CompleteMultipartUpload(self, body):
        u = self.upload()
        if not u:
            return
        whole = b"".join(u["parts"][n][0] for n in sorted(u["parts"]))
        wanted = self.headers.get("x-amz-checksum-crc64nvme")
        if wanted and self.state.check_crc64 and crc64(whole) != wanted:
            return self.fail(400, "BadDigest", "the checksum differs")
        del self.state.uploads[self.query["uploadId"]]
        b = self.state.buckets[u["bucket"]]
        b["objects"][u["key"]] = {"body": whole, "etag": hashlib.md5(whole).hexdigest() + "-2", "crc": wanted,
                                  "time": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())}
        self.answer(200, "<CompleteMultipartUploadResult/>")

    def op_AbortMultipartUpload(self, body):
        if self.upload():
            del self.state.uploads[self.query["uploadId"]]
            self.answer(204)

    def op_ListMultipartUploads(self, body):
        self.answer(200, "<R>" + "".join(f"<Upload><Key>{escape(u['key'])}</Key><UploadId>{i}</UploadId><Initiated>{u['begun']}</Initiated></Upload>"
                                         for i, u in self.state.uploads.items() if u["bucket"] == self.bucket) + "</R>")

    # ---- STS and IAM
    def xml(self, inner):
        a = self.input["Action"]
        self.answer(200, f"<{a}Response><{a}Result>{inner}</{a}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{a}Response>")

    def op_GetCallerIdentity(self, body):
        self.xml(f"<Arn>arn:aws:iam::{ACCOUNT}:user/learner</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account>")

    def op_AssumeRole(self, body):
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        self.xml(f"<Credentials><AccessKeyId>AKIDSECOND</AccessKeyId><SecretAccessKey>secret/second</SecretAccessKey><SessionToken>tok</SessionToken><Expiration>{until}</Expiration></Credentials>")

    op_AssumeRoleWithWebIdentity = op_AssumeRole

    def role(self):
        r = self.state.roles.get(self.input["RoleName"])
        if r is None:
            self.fail(404, "NoSuchEntity", "The role with name %s cannot be found." % self.input["RoleName"])
        return r

    def role_xml(self, n):
        return f"<RoleName>{n}</RoleName><Path>/labkit/</Path><RoleId>r</RoleId><Arn>arn:aws:iam::{ACCOUNT}:role/labkit/{n}</Arn><AssumeRolePolicyDocument>{self.state.roles.get(n, {}).get('trust', '')}</AssumeRolePolicyDocument>"

    def op_CreateRole(self, body):
        n = self.input["RoleName"]
        if n in self.state.roles:
            return self.fail(409, "EntityAlreadyExists", "it exists")
        trust = json.loads(self.input["AssumeRolePolicyDocument"])
        self.state.roles[n] = {"policies": {}, "tags": self.input.get("Tags.member.1.Key"),
                               "trust": urllib.parse.quote(json.dumps(trust))}  # encoded, as IAM does
        self.xml("<Role>" + self.role_xml(n) + "</Role>")

    def op_GetRole(self, body):
        if self.role() is not None:
            self.xml("<Role>" + self.role_xml(self.input["RoleName"]) + "</Role>")

    def op_PutRolePolicy(self, body):
        if self.role() is not None:
            json.loads(self.input["PolicyDocument"])
            self.role()["policies"][self.input["PolicyName"]] = 1
            self.xml("")

    def op_ListRolePolicies(self, body):
        if self.role() is not None:
            self.xml("<PolicyNames>" + "".join(f"<member>{p}</member>" for p in self.role()["policies"]) + "</PolicyNames>")

    def op_DeleteRolePolicy(self, body):
        if self.role() is not None:
            self.role()["policies"].pop(self.input["PolicyName"], None)
            self.xml("")

    def op_ListAttachedRolePolicies(self, body):
        self.xml("<AttachedPolicies/>")

    def op_DeleteRole(self, body):
        r = self.role()
        if r is not None and r["policies"]:
            self.fail(409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
        elif r is not None:
            del self.state.roles[self.input["RoleName"]]
            self.xml("")

    def op_ListRoles(self, body):
        self.xml("<Roles>" + "".join(f"<member>{self.role_xml(n)}</member>" for n in self.state.roles) + "</Roles>")

    def op_ListRoleTags(self, body):
        r = self.role()
        if r is not None:
            self.xml("<Tags>" + (f"<member><Key>{r['tags']}</Key><Value>1</Value></member>" if r["tags"] else "") + "</Tags>")

    # ---- SageMaker: one store of things by kind and name
    KINDS = {"TrainingJob": "training-job", "TransformJob": "transform-job", "Model": "model", "EndpointConfig": "endpoint-config",
             "Endpoint": "endpoint", "NotebookInstance": "notebook-instance", "HyperParameterTuningJob": "tuning-job",
             "Pipeline": "pipeline", "LabelingJob": "labeling-job"}

    def __getattr__(self, name):
        m = re.fullmatch(r"op_(Create|Describe|Delete|Stop|List)(\w+)", name)
        kind = m and (m[2] if m[2] in self.KINDS else m[2][:-1])
        if not m or kind not in self.KINDS:
            raise AttributeError(name)
        return lambda body: getattr(self, "thing_" + m[1])(kind)

    def send_json(self, value):
        self.answer(200, json.dumps(value), {"Content-Type": "application/x-amz-json-1.1"})

    def thing_Create(self, kind):
        name = self.input[kind + "Name"]
        arn = f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:{self.KINDS[kind]}/{name.lower()}"
        if (kind, name) in self.state.things:
            return self.fail(400, "ResourceInUse", f"names must be unique ({arn})")
        status = "Creating" if kind == "Endpoint" else "InService" if kind == "NotebookInstance" else "InProgress" if kind.endswith("Job") else "Active"
        self.state.things[kind, name] = dict(self.input, status=status, looks=0, arn=arn, made=time.time())
        self.state.tags[arn] = self.input.get("Tags", [])
        self.send_json({kind + "Arn": arn})

    def thing(self, kind):
        t = self.state.things.get((kind, self.input[kind + "Name"]))
        if not t:
            self.fail(400, "ValidationException", "Requested resource not found." if kind.endswith("Job")
                      else f'Could not find {kind} "{self.input[kind + "Name"]}".')
        return t

    def thing_Describe(self, kind):
        t = self.thing(kind)
        if not t:
            return
        t["looks"] += 1
        if t["looks"] > self.state.job_looks and t["status"] in ("InProgress", "Creating", "Stopping"):
            t["status"] = {"InProgress": self.state.job_end[0], "Creating": "InService", "Stopping": "Stopped"}[t["status"]]
        out = {k: v for k, v in t.items() if k not in ("status", "looks", "arn", "made")}
        out[kind + "Arn"] = t["arn"]
        out["CreationTime"] = t.get("made", 1)
        word = {"Endpoint": "EndpointStatus", "NotebookInstance": "NotebookInstanceStatus"}.get(kind, kind + "Status")
        out[word] = t["status"]
        if t["status"] == "Failed":
            out["FailureReason"] = self.state.job_end[1]
        if kind == "TrainingJob":
            out.update(SecondaryStatus={"InProgress": "Training"}.get(t["status"], t["status"]), BillableTimeInSeconds=90,
                       SecondaryStatusTransitions=[{"Status": "Training", "StartTime": 1, "StatusMessage": "look %d" % t["looks"]}],
                       ModelArtifacts={"S3ModelArtifacts": t["OutputDataConfig"]["S3OutputPath"] + t["TrainingJobName"] + "/output/model.tar.gz"})
        self.send_json(out)

    def thing_Delete(self, kind):
        if self.thing(kind):
            del self.state.things[kind, self.input[kind + "Name"]]
            self.send_json({})

    def thing_Stop(self, kind):
        t = self.thing(kind)
        if t:
            t["status"], t["looks"] = "Stopping", 0
            self.send_json({})

    def thing_List(self, kind):
        items = {"TrainingJob": "TrainingJobSummaries", "TransformJob": "TransformJobSummaries", "HyperParameterTuningJob": "HyperParameterTuningJobSummaries",
                 "LabelingJob": "LabelingJobSummaryList", "Pipeline": "PipelineSummaries"}.get(kind, kind + "s")
        self.send_json({items: [{kind + "Name": n, kind + "Arn": t["arn"], kind + "Status": t["status"]}
                                for (k, n), t in self.state.things.items() if k == kind
                                and self.input.get("StatusEquals", t["status"]) == t["status"]]})

    def op_StartNotebookInstance(self, body):
        t = self.thing("NotebookInstance")
        if t:
            t["status"] = "InService"
            self.send_json({})

    def op_ListPipelineExecutionSteps(self, body):
        self.send_json({"PipelineExecutionSteps": []})

    # Runs of a pipeline: the same token again is the same run.
    def op_StartPipelineExecution(self, body):
        token, name = self.input["ClientRequestToken"], self.input["PipelineName"]
        for arn, run in self.state.runs.items():
            if run["token"] == token:
                return self.send_json({"PipelineExecutionArn": arn})
        arn = f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:pipeline/{name}/execution/{len(self.state.runs):012}"
        self.state.runs[arn] = {"token": token, "pipeline": name, "display": self.input.get("PipelineExecutionDisplayName"), "status": "Executing"}
        return self.send_json({"PipelineExecutionArn": arn})

    def op_DescribePipelineExecution(self, body):
        self.send_json({"PipelineExecutionStatus": self.state.runs[self.input["PipelineExecutionArn"]]["status"]})

    def op_StopPipelineExecution(self, body):
        self.state.runs[self.input["PipelineExecutionArn"]]["status"] = "Stopped"
        self.send_json({"PipelineExecutionArn": self.input["PipelineExecutionArn"]})

    def op_ListPipelineExecutions(self, body):
        self.send_json({"PipelineExecutionSummaries": [
            {"PipelineExecutionArn": arn, "PipelineExecutionDisplayName": run["display"], "PipelineExecutionStatus": run["status"]}
            for arn, run in self.state.runs.items() if run["pipeline"] == self.input["PipelineName"]]})

    def op_ListTags(self, body):
        self.send_json({"Tags": self.state.tags.get(self.input["ResourceArn"], [])})

    # ---- Quotas, Logs, Pricing
    def op_ListServiceQuotas(self, body):
        self.send_json({"Quotas": [{"QuotaName": n, "Value": v, "QuotaCode": "L-1", "Adjustable": True} for n, v in self.state.quotas.items()]})

    def op_ListAWSDefaultServiceQuotas(self, body):
        self.send_json({"Quotas": []})

    def op_DescribeLogStreams(self, body):
        streams = sorted(s for s in self.state.logs if s.startswith(self.input.get("logStreamNamePrefix", "")))
        if not streams:
            return self.fail(400, "ResourceNotFoundException", "The specified log group does not exist.")
        self.send_json({"logStreams": [{"logStreamName": s} for s in streams]})

    def op_GetLogEvents(self, body):
        lines = self.state.logs[self.input["logStreamName"]]
        start = int(self.input.get("nextToken", "f/0")[2:])
        self.send_json({"events": [{"timestamp": i, "message": l} for i, l in enumerate(lines)][start:start + 2],
                        "nextForwardToken": "f/%d" % min(start + 2, len(lines))})

    def op_GetProducts(self, body):
        f = {x["Field"]: x["Value"] for x in self.input["Filters"]}
        def product(usage, dollars):
            return json.dumps({"product": {"attributes": {"usagetype": usage, "instanceName": f["instanceName"]}},
                               "terms": {"OnDemand": {"a": {"priceDimensions": {"b": {"pricePerUnit": {"USD": dollars}}}}}}})
        self.send_json({"PriceList": [product("EU-Other:x", "9")] + ([product(f"EU-{u}:{f['instanceName']}", self.state.price)
                                      for u in ("Train", "Tsform", "Host", "Notebk")] if self.state.price else [])})


def start(tls=None):
    """A server on a free port, behind an SSLContext if one is given: (url, state)."""
    state = State()
    handler = type("H", (Handler,), {"state": state})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *a: None  # clients that are killed leave broken pipes
    if tls:  # each connection shakes hands in its own thread, so that one which refuses holds up none
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", state
