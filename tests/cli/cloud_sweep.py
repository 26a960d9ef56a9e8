"""Every operation of the practice cloud, asked wrongly in every way that AWS's models know; run by
cloud_sweep.sh.

For each operation that is served, requests are made from botocore's model: the smallest that is
right, and from it, member by member, one that is wrong: of another kind, missing, too short, too
long, out of its range, none of its words, not as its expression has it. Each must be refused with
the code AWS has for it, in words that name the member; and the right one must end in success or
with an error that the operation has.
"""
import http.client
import json
import re
import sys
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from practice import account, check, check_error, client, done, models, offences, where

KEYS = Credentials(where["access_key_id"], where["secret_access_key"])
HOST = urllib.parse.urlsplit(where["endpoint"]).netloc
wire = http.client.HTTPConnection(HOST, timeout=60)
# What is signed as, the code of a request that breaks its model, and of a value of the wrong kind.
SERVICES = {
    "sagemaker": ("sagemaker", "ValidationException"),
    "logs": ("logs", "InvalidParameterException"),
    "service-quotas": ("servicequotas", "ValidationException"),
    "pricing": ("pricing", "InvalidParameterException"),
    "iam": ("iam", "ValidationError"),
    "sts": ("sts", "ValidationError"),
}
# Codes that any operation may end with, whatever its model lists.
COMMON = {"ValidationException", "ValidationError", "AccessDenied", "AccessDeniedException",
          "InvalidParameterException"}
# Missing in the models: SageMaker says it where a thing is not there.
COMMON_OF = {"sagemaker": {"ResourceNotFound", "ResourceNotFoundException", "ResourceInUse",
                           "ResourceLimitExceeded"}}
JSON_KINDS = {"string": 7, "integer": "seven", "long": "seven", "double": "x", "float": "x",
              "boolean": "maybe", "timestamp": "soon", "structure": "text", "list": "text",
              "map": "text", "blob": 7}
# Needed, or at least so large, in the models that Debian ships; no longer in AWS's.
NO_LONGER = {"TargetObjectiveMetricValue", "VolumeSizeInGB"}
# Limits that AWS has lifted since the models that Debian ships.
LIFTED = 60


def send(model, operation, body):
    """The status, the code and the words of the answer."""
    protocol, signs = model.metadata["protocol"], SERVICES[model.service_name][0]
    if protocol == "query":
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        data = urllib.parse.urlencode({"Action": operation, "Version": model.api_version, **body})
    else:
        headers = {"Content-Type": "application/x-amz-json-1.1",
                   "X-Amz-Target": f"{model.metadata['targetPrefix']}.{operation}"}
        data = json.dumps(body)
    request = AWSRequest("POST", where["endpoint"] + "/", headers=headers, data=data.encode())
    SigV4Auth(KEYS, signs, "us-east-1").add_auth(request)
    wire.request("POST", "/", data.encode(), dict(request.headers))
    answer = wire.getresponse()
    text = answer.read().decode()
    if answer.status < 300:
        return answer.status, None, text
    offences.extend(check_error(model.operation_model(operation), protocol, None, text))
    if protocol == "json":
        told = json.loads(text)
        return answer.status, told.get("__type"), told.get("message", "")
    found = re.search(r"<Code>(.*?)</Code><Message>(.*?)</Message>", text, re.S)
    return answer.status, *(found.groups() if found else ("", text))


# ---- values made from a model -----------------------------------------------------------------

GOOD = {"RoleArn": f"arn:aws:iam::{account}:role/sweep", "TrainingImage":
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        "ResourceArn": f"arn:aws:sagemaker:us-east-1:{account}:model/sweep",
        "ExecutionRoleArn": f"arn:aws:iam::{account}:role/sweep",
        "PolicyArn": f"arn:aws:iam::{account}:policy/sweep",
        "PolicySourceArn": f"arn:aws:iam::{account}:role/sweep",
        "PermissionsBoundary": f"arn:aws:iam::{account}:policy/sweep",
        "PipelineExecutionArn":
        f"arn:aws:sagemaker:us-east-1:{account}:pipeline/sweep/execution/abcdefgh",
        "WorkteamArn": f"arn:aws:sagemaker:us-east-1:{account}:workteam/private-crowd/sweep",
        "QuotaCode": "L-611FA074", "ServiceCode": "sagemaker", "InstanceType": "ml.m5.large",
        "VersionId": "v1", "Path": "/", "NewPath": "/", "PathPrefix": "/", "MinValue": "1",
        "MaxValue": "2", "AlgorithmName": "sweep", "PlatformIdentifier": "notebook-al2-v2",
        "MinimumInstanceMetadataServiceVersion": "1", "resourceArn":
        f"arn:aws:logs:us-east-1:{account}:log-group:sweep", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "KmsKeyId": "key", "VolumeKmsKeyId": "key", "PreHumanTaskLambdaArn":
        f"arn:aws:lambda:us-east-1:{account}:function:pre", "AnnotationConsolidationLambdaArn":
        f"arn:aws:lambda:us-east-1:{account}:function:post", "LabelingJobAlgorithmSpecificationArn":
        "arn:aws:sagemaker:us-east-1:1:labeling-job-algorithm-specification/text-classification",
        "AssumeRolePolicyDocument": "{}", "PolicyDocument": "{}", "UserPool": "us-east-1_abc",
        "FileSystemId": "fs-0123456789", "InitialActiveLearningModelArn":
        f"arn:aws:sagemaker:us-east-1:{account}:model/sweep", "TokenCode": "123456",
        "SerialNumber": f"arn:aws:iam::{account}:mfa/me", "ModelPackageName": "sweep"}


def good(shape, name):
    kind = shape.type_name
    if kind == "structure":
        return {n: good(shape.members[n], n) for n in shape.required_members}
    if kind == "list":
        return [good(shape.member, name)] * max(1, shape.metadata.get("min", 1))
    if kind == "map":
        return {"a": good(shape.value, name)}
    if kind in ("integer", "long", "double", "float"):
        return max(shape.metadata.get("min", 1), 1)
    if kind == "boolean":
        return True
    if kind == "timestamp":
        return 1700000000
    if getattr(shape, "enum", None):
        return shape.enum[0]
    if name in GOOD:
        return GOOD[name]
    if "S3Uri" in name or "S3OutputPath" in name or name.endswith("Url"):
        return "s3://sweep/x"
    return "sweep".ljust(shape.metadata.get("min", 0), "x")


# ---- what may be wrong with a value --------------------------------------------------------------

def checked(pattern):
    """Is it an expression that the cloud holds texts against?"""
    return pattern not in (None, ".*", ".+") and not any(
        part in pattern for part in ("\\p", "(?", "\\u"))


def wrong_text(shape):
    low, high, pattern = (shape.metadata.get(k) for k in ("min", "max", "pattern"))
    if getattr(shape, "enum", None):
        if not any(w.startswith("ml.") for w in shape.enum):
            yield "NoSuchWord", "enum value set"
        return
    if low:
        yield "", "greater than or equal to"
    if high and high < 10000:
        yield "x" * (high * LIFTED), "less than or equal to"
    if checked(pattern) and not re.fullmatch(pattern, "\u00e4 ?\n"):
        odd = "\u00e4 ?\n" * (low // 4 + 1 if low else 1)
        if not high or len(odd) <= high:
            yield odd, "regular expression pattern"


def wrong_number(shape):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None:
        yield low - 1, "greater than or equal to"
    if high is not None and high < 1e9:
        yield high * 1000, "less than or equal to"


def wrong_values(shape, name):
    """(value, a part of the words of the refusal)"""
    if shape.type_name == "string":
        yield from wrong_text(shape)
    elif shape.type_name in ("integer", "long", "double", "float"):
        yield from wrong_number(shape)
    elif shape.type_name == "list":
        if shape.metadata.get("max", 1e9) < 200:
            yield [good(shape.member, name)] * (shape.metadata["max"] * LIFTED), "length less than"
        if shape.metadata.get("min"):
            yield [], "length greater than"
    elif shape.type_name == "map" and shape.metadata.get("max", 1e9) < 200:
        yield {f"k{i}": good(shape.value, name) for i in range(shape.metadata["max"] * LIFTED)}, \
            "length less than"


# Structures that no learner meets; what is in them the practice cloud does not look at.
NOT_LOOKED_AT = {
    "DebugHookConfig", "DebugRuleConfigurations", "TensorBoardOutputConfig", "ProfilerConfig",
    "ProfilerRuleConfigurations", "ExplainerConfig", "ExperimentConfig", "DeploymentConfig",
    "ShadowProductionVariants", "MultiModelConfig", "ImageConfig", "DataCaptureConfig",
    "AsyncInferenceConfig", "CoreDumpConfig", "PublicWorkforceTaskPrice", "FileSystemDataSource",
    "InstanceMetadataServiceConfiguration", "RetryStrategy", "HyperParameterTuningResourceConfig",
    "ShuffleConfig", "NotificationConfiguration", "OidcMemberDefinition",
    "PipelineDefinitionS3Location"}


def cases(shape, base, name="", depth=0):
    """(a wrong request, its member's name, a part of the words or None for a wrong kind)"""
    for member, inner in shape.members.items():
        if member in NOT_LOOKED_AT or depth > 5:
            continue
        yield {**base, member: JSON_KINDS[inner.type_name]}, member, None
        if member in shape.required_members and member not in NO_LONGER:
            yield {k: v for k, v in base.items() if k != member}, member, "must not be null"
        for value, words in wrong_values(inner, member) if member not in NO_LONGER else ():
            yield {**base, member: value}, member, words
        if inner.type_name == "structure":
            for value, at, words in cases(inner, base.get(member) or good(inner, member), member,
                                          depth + 1):
                yield {**base, member: value}, at, words
        elif inner.type_name == "list" and inner.member.type_name == "structure":
            for value, at, words in cases(inner.member, good(inner.member, member), member,
                                          depth + 1):
                yield {**base, member: [value]}, at, words
        elif inner.type_name == "list":
            for value, words in wrong_values(inner.member, member):
                yield {**base, member: [value]}, member, words
        elif inner.type_name == "map":
            for value, words in wrong_values(inner.value, member):
                if len(value) > 10:
                    yield {**base, member: {"a": value}}, member, words
            for key, words in wrong_values(inner.key, member):
                if len(key) > 10:
                    yield {**base, member: {key: good(inner.value, member)}}, member, words


def form(value, prefix=""):
    """A query protocol's fields."""
    if isinstance(value, dict):
        return {k: v for n, i in value.items() for k, v in form(i, f"{prefix}{n}.").items()}
    if isinstance(value, list):
        return {k: v for n, i in enumerate(value[:60], 1)
                for k, v in form(i, f"{prefix}member.{n}.").items()}
    return {prefix[:-1]: str(value).lower() if isinstance(value, bool) else value}


def query_cases(shape, base):
    for member, inner in shape.members.items():
        if inner.type_name in ("integer", "long"):
            yield {**base, member: "seven"}, member, None
        if member in shape.required_members:
            yield {k: v for k, v in base.items() if k != member}, member, "must not be null"
        if inner.type_name in ("string", "integer"):
            for value, words in wrong_values(inner, member):
                yield {**base, member: value}, member, words
        if inner.type_name == "list" and inner.member.type_name == "string":
            for value, words in wrong_text(inner.member):
                yield {**base, member: [value]}, member, words


# ---- one operation ---------------------------------------------------------------------------------

def one(model, name):
    operation, invalid = model.operation_model(name), SERVICES[model.service_name][1]
    shape, query = operation.input_shape, model.metadata["protocol"] == "query"
    known = {e.metadata.get("error", {}).get("code") or e.name for e in operation.error_shapes}
    allowed = known | {n.removesuffix("Exception") for n in known} | COMMON | \
        COMMON_OF.get(model.service_name, set())
    base, wrong, n = good(shape, "") if shape else {}, [], 0
    status, code, text = send(model, name, form(base) if query else base)
    if status >= 300 and code not in allowed:
        wrong.append(f"the smallest: {code}: {text:.200}")
    for body, member, words in (query_cases if query else cases)(shape, base) if shape else ():
        n += 1
        status, code, text = send(model, name, form(body) if query else body)
        expected = invalid if words else "MalformedInput" if query else "SerializationException"
        first = member[0].lower() + member[1:]
        if code != expected or words and (words not in text or first not in text):
            wrong.append(f"{member}: {words or 'of another kind'}: {status} {code}: {text:.300}")
    check(f"{model.service_name} {name}: {n} wrong requests", not wrong,
          "\n".join(wrong[:int(sys.argv[1]) if len(sys.argv) > 1 else 5]))
    return n


total, served = 0, {}
client("sts").get_caller_identity()
for service in SERVICES:
    model = models(service)
    for name in model.operation_names:
        status, code, text = send(model, name, {})
        if code not in ("UnknownOperationException", "InvalidAction"):
            served.setdefault(service, []).append(name)
for service, names in served.items():
    for name in names:
        total += one(models(service), name)
check("a great many requests were wrong", total > 2000, total)
check("every service has its operations", len(served) == len(SERVICES) and
      sum(map(len, served.values())) > 125, {s: len(n) for s, n in served.items()})
done()
