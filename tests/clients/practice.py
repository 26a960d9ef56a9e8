"""A botocore client of the practice cloud that holds every answer against AWS's own models.

    from practice import client, where, check, refused, done
    sm = client("sagemaker")              # answers are checked as they come in

An answer is taken as it came over the wire, before botocore's lenient parser has seen it: each
member must be in the model, of its type, within its limits and one of its words, and required
ones must be there. What offends is kept, and fails the test in `done`.
"""
import base64
import datetime
import json
import os
import re
import sys
import time
import xml.etree.ElementTree as ET

import botocore.history
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

FOLDER = os.environ.get("CLOUD_FOLDER") or sys.argv[1]
with open(FOLDER + "/endpoint.json", encoding="utf-8") as f:
    where = json.load(f)
account = where["account"]
offences, answers, tests, failures = [], 0, 0, 0
answered = set()  # (service, operation) that succeeded
# Words that the models know as a closed list and that grow faster than the models.
OPEN_WORDS = {"BucketLocationConstraint", "TrainingInstanceType", "TransformInstanceType",
              "ProductionVariantInstanceType", "InstanceType", "ProcessingInstanceType"}
# Members that are newer than the models that Debian ships.
NEWER = {"ChecksumCRC64NVME", "ChecksumType", "Policy", "BucketRegion", "BucketArn"}
# Required once; a key that was never used has none.
NOT_REQUIRED = {"LastUsedDate"}
ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


# ---- one value against its shape ---------------------------------------------------------

def limits(shape, value, at):
    words = getattr(shape, "enum", None)
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    size = len(value) if isinstance(value, (str, list, dict)) else value
    if words and shape.name not in OPEN_WORDS and value not in words:
        yield f"{at}: '{value}' is none of {words}"
    if low is not None and size < low or high is not None and size > high:
        yield f"{at}: {value!r:.60} is not within {low} and {high}"
    pattern = shape.metadata.get("pattern")
    if pattern and isinstance(value, str):
        pattern = pattern.replace(r"\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}", r"\s\S")
        try:
            good = re.search(pattern, value)
        except re.error:
            good = True  # Java's syntax, not Python's
        if not good:
            yield f"{at}: {value!r:.80} does not match {pattern}"


KINDS = {"string": str, "character": str, "integer": int, "long": int, "double": (int, float),
         "float": (int, float), "boolean": bool, "timestamp": (int, float), "blob": str,
         "structure": dict, "list": list, "map": dict}


def check_json(shape, value, at):
    kind = KINDS[shape.type_name]
    if not isinstance(value, kind) or isinstance(value, bool) and kind is not bool:
        yield f"{at}: {value!r:.60} is not a {shape.type_name}"
        return
    yield from limits(shape, value, at)
    if shape.type_name == "timestamp" and not 1e9 < value < 4e9:
        yield f"{at}: {value} is no time in seconds"
    elif shape.type_name == "list":
        for i, item in enumerate(value):
            yield from check_json(shape.member, item, f"{at}[{i}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from limits(shape.key, key, f"{at} key")
            yield from check_json(shape.value, item, f"{at}.{key}")
    elif shape.type_name == "structure":
        yield from missing(shape, value, at)
        for name, item in value.items():
            if name not in shape.members:
                yield f"{at}.{name} is not in the model"
            else:
                yield from check_json(shape.members[name], item, f"{at}.{name}")


def missing(shape, names, at):
    for name in shape.required_members:
        if name not in names and name not in NOT_REQUIRED:
            yield f"{at}.{name} is required and missing"


def leaf(shape, text, at):
    if shape.type_name in ("integer", "long"):
        if not re.fullmatch(r"-?\d+", text):
            yield f"{at}: '{text:.40}' is not an integer"
        else:
            yield from limits(shape, int(text), at)
    elif shape.type_name in ("double", "float"):
        float(text)
    elif shape.type_name == "boolean":
        if text not in ("true", "false"):
            yield f"{at}: '{text:.40}' is not a boolean"
    elif shape.type_name == "timestamp":
        if not ISO.match(text):
            yield f"{at}: '{text:.40}' is not a time"
    elif shape.type_name == "blob":
        base64.b64decode(text, validate=True)
    else:
        yield from limits(shape, text, at)


def check_xml(shape, node, at):
    if shape.type_name == "structure":
        yield from check_members(shape, node, at)
    elif shape.type_name == "list":
        tag = shape.member.serialization.get("name", "member")
        for i, item in enumerate(node):
            if item.tag != tag:
                yield f"{at}: <{item.tag}> where <{tag}> was expected"
            yield from check_xml(shape.member, item, f"{at}[{i}]")
    elif shape.type_name == "map":
        for entry in node:
            yield from check_xml(shape.value, entry[1], f"{at}.{entry[0].text}")
    else:
        yield from leaf(shape, node.text or "", at)


def check_members(shape, node, at):
    by_tag, seen = {}, set()
    for name, member in shape.members.items():
        if member.serialization.get("xmlAttribute"):
            seen |= {name} if any(a.endswith("}type") for a in node.attrib) else set()
        elif member.serialization.get("location") is None:
            flat = member.type_name == "list" and member.serialization.get("flattened")
            tag = member.serialization.get("name") or (
                flat and member.member.serialization.get("name")) or name
            by_tag[tag] = (name, member, flat)
        else:
            seen.add(name)
    for child in node:
        if child.tag not in by_tag:
            if child.tag not in NEWER:
                yield f"{at}.{child.tag} is not in the model"
            continue
        name, member, flat = by_tag[child.tag]
        if name in seen and not flat:
            yield f"{at}.{name} stands there twice"
        seen.add(name)
        yield from check_xml(member.member if flat else member, child, f"{at}.{name}")
    yield from missing(shape, seen, at)


# ---- an answer against its operation -------------------------------------------------------

def bare(body):
    root = ET.fromstring(body)
    for node in root.iter():
        node.tag = node.tag.split("}")[-1]
    return root


def check_headers(shape, headers, at):
    for name, member in shape.members.items():
        if member.serialization.get("location") != "header":
            continue
        text = headers.get(member.serialization.get("name", name))
        if text is None:
            if name in shape.required_members:
                yield f"{at}.{name} is required and missing"
        elif member.type_name == "timestamp":
            datetime.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT")
        else:
            yield from leaf(member, text, at + "." + name)


def check_error(operation, protocol, response, body):
    at = f"{operation.name} error"
    if protocol == "json":
        told = json.loads(body)
        if not told.get("__type") or not (told.get("message") or told.get("Message")):
            yield f"{at}: {told} has no __type and message"
    elif body and operation.name not in ("HeadObject", "HeadBucket"):
        root = bare(body)
        error = root if root.tag == "Error" else root.find("Error")
        if error is None or not error.findtext("Code") or error.findtext("Message") is None:
            yield f"{at}: {body[:200]} has no Code and Message"


def check_answer(operation, response):
    protocol = operation.service_model.metadata["protocol"]
    shape, at = operation.output_shape, operation.name
    body = response["body"]
    status = response["status_code"]
    if protocol == "json" and response["headers"].get("Content-Type") != \
            "application/x-amz-json-" + operation.service_model.metadata["jsonVersion"]:
        yield f"{at}: the type is {response['headers'].get('Content-Type')}"
    if status >= 300:
        yield from check_error(operation, protocol, response, body)
        return
    if shape is None:
        return
    yield from check_headers(shape, response["headers"], at)
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return
    if payload:
        shape = shape.members[payload]
    if protocol == "query":
        result = bare(body).find(shape.serialization.get("resultWrapper") or at + "Result")
        if result is None:
            yield f"{at}: no result in the answer"
        else:
            yield from check_xml(shape, result, at)
    elif protocol == "rest-xml":
        if body:
            yield from check_xml(shape, bare(body), at)
    elif body:
        told = json.loads(body)
        inside = {n for n, m in shape.members.items() if m.serialization.get("location")}
        yield from (o for o in check_json(shape, told, at)
                    if not any(o == f"{at}.{n} is required and missing" for n in inside))


class Watch:
    """Sees each call and each answer of every client here, as botocore records its history."""
    operation = None

    def emit(self, event, payload, source):
        global answers
        if event == "API_CALL":
            self.operation = models(payload["service"]).operation_model(payload["operation"])
        elif event == "HTTP_RESPONSE":
            answers += 1
            if payload["status_code"] < 300:
                answered.add((self.operation.service_model.service_name, self.operation.name))
            if self.operation.has_streaming_output and payload["status_code"] < 300:
                return
            try:
                found = list(check_answer(self.operation, payload))
            except Exception as e:  # an answer that cannot even be read
                found = [f"{self.operation.name}: {e!r}: {payload['body'][:300]}"]
            offences.extend(f"{self.operation.service_model.service_name}: {o}" for o in found)


session = botocore.session.Session()
kept_models = {}


def models(service):
    return kept_models.setdefault(service, session.get_service_model(service))


recorder = botocore.history.get_global_history_recorder()
recorder.add_handler(Watch())
recorder.enable()


# ---- for tests -------------------------------------------------------------------------------

def client(service, region="us-east-1", keys=None, **config):
    keys = keys or (where["access_key_id"], where["secret_access_key"], None)
    return session.create_client(
        service, region_name=region, endpoint_url=where["endpoint"], aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1], aws_session_token=keys[2],
        config=Config(retries={"max_attempts": 0}, **config))


def check(what, good, why=""):
    global tests, failures
    tests += 1
    failures += not good
    print("ok" if good else "not ok", tests, "-", what)
    for line in str(why).splitlines() if not good else []:
        print("#  ", line[:1000])
    sys.stdout.flush()
    return good


def same(what, expected, found):
    return check(what, expected == found, f"expected: {expected!r}\nfound:    {found!r}")


def code(call, **members):
    """The code of the error that the call ends with, or None."""
    return why(call, **members)[0]


def why(call, **members):
    try:
        call(**members)
    except ClientError as e:
        return e.response["Error"]["Code"], e.response["Error"]["Message"]
    return None, ""


def refused(what, expected, part, call, **members):
    found, text = why(call, **members)
    return check(what, found == expected and part in text,
                 f"expected: {expected}: ..{part}..\nfound:    {found}: {text}")


def until(ask, seconds=120):
    """Ask again until the answer is true; the last answer."""
    end = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer


def role(name, service="sagemaker.amazonaws.com", action="*", resource="*"):
    """A role that the service may assume and that may do that; its ARN."""
    iam = client("iam")
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}))
    return arn


def judge_itself():
    """What the judge says of answers that are wrong in one place each."""
    quota = models("service-quotas").operation_model("GetServiceQuota").output_shape
    user = models("iam").operation_model("GetUser").output_shape
    wrong = [check_json(quota, {"Quota": {"Value": "2"}}, ""), check_json(quota, {"Kuota": {}}, ""),
             check_json(quota, {"Quota": {"QuotaCode": "?"}}, ""),
             check_xml(user, ET.fromstring("<R><User><Path>/</Path></User></R>"), ""),
             check_xml(user, ET.fromstring("<R><User/><User/></R>"), "")]
    return all(list(w) for w in wrong)


def done():
    check("the judge sees what is wrong", judge_itself())
    check(f"{answers} answers are as AWS's models have them", answers > 0 and not offences,
          "\n".join(sorted(set(offences))[:30]))
    print(f"1..{tests}")
    sys.exit(0)
