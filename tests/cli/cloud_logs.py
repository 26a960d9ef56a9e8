"""CloudWatch Logs as boto3 and awscli find it; run by cloud_logs.sh."""
import subprocess
import time

from practice import account, check, client, done, refused, same, where

logs = client("logs")
G = {"logGroupName": "/app/one"}
S = dict(logStreamName="s", **G)
now = int(time.time() * 1000)


def pages(operation, items, size=2, **members):
    config = {"PaginationConfig": {"PageSize": size}}
    return [i for p in logs.get_paginator(operation).paginate(**members, **config)
            for i in p[items]]


def names(**members):
    return [g["logGroupName"] for g in pages("describe_log_groups", "logGroups", **members)]


# ---- groups and streams
for name in ("/app/one", "/app/two", "/other", "/app/three"):
    logs.create_log_group(logGroupName=name, tags={"of": name})
same("groups come in pages, by name", ["/app/one", "/app/three", "/app/two", "/other"], names())
same("by a prefix", ["/app/one", "/app/three", "/app/two"], names(logGroupNamePrefix="/app/"))
same("by a part", ["/app/three", "/other"], names(logGroupNamePattern="th"))
refused("a name once", "ResourceAlreadyExistsException", "already exists", logs.create_log_group, **G)
refused("a name of the right letters", "InvalidParameterException", "logGroupName",
        logs.create_log_group, logGroupName="a b")
logs.put_retention_policy(retentionInDays=14, **G)
same("kept for two weeks", 14, logs.describe_log_groups(logGroupNamePrefix="/app/one")[
    "logGroups"][0]["retentionInDays"])
refused("but not for two days", "InvalidParameterException", "enum value set",
        logs.put_retention_policy, retentionInDays=2, **G)
logs.delete_retention_policy(**G)
check("or for ever", "retentionInDays" not in logs.describe_log_groups(
    logGroupNamePrefix="/app/one")["logGroups"][0])
arn = f"arn:aws:logs:us-east-1:{account}:log-group:/app/one"
logs.tag_resource(resourceArn=arn, tags={"a": "b"})
same("tags", {"of": "/app/one", "a": "b"}, logs.list_tags_for_resource(resourceArn=arn)["tags"])
logs.untag_resource(resourceArn=arn, tagKeys=["of"])
same("by the old names as well", {"a": "b"}, logs.list_tags_log_group(**G)["tags"])
for name in ("s", "t/1", "t/2", "t/3"):
    logs.create_log_stream(logStreamName=name, **G)
same("streams by a prefix", ["t/1", "t/2", "t/3"], [s["logStreamName"] for s in pages(
    "describe_log_streams", "logStreams", logStreamNamePrefix="t/", **G)])
refused("no stream with a colon", "InvalidParameterException", "logStreamName",
        logs.create_log_stream, logStreamName="a:b", **G)

# ---- events
lines = [f"line {i}" for i in range(25)] + ["WARN disk is full", '{"level": "error", "n": 3}']
logs.put_log_events(logEvents=[{"timestamp": now - 30000 + i, "message": m}
                               for i, m in enumerate(lines)], **S)
logs.put_log_events(logStreamName="t/2", logEvents=[{"timestamp": now - 29990, "message": "other"}],
                    **G)
got, token = [], None
while True:
    more = logs.get_log_events(startFromHead=True, limit=10, **S, **(
        {"nextToken": token} if token else {}))
    if more["nextForwardToken"] == token:
        break
    got, token = got + [e["message"] for e in more["events"]], more["nextForwardToken"]
same("forward to the end, whose token stays", lines, got)
logs.put_log_events(logEvents=[{"timestamp": now, "message": "late"}], **S)
same("what comes later is behind it", ["late"], [e["message"] for e in logs.get_log_events(
    nextToken=token, startFromHead=True, **S)["events"]])
last = logs.get_log_events(limit=3, **S)
same("the last ones, in order", lines[-2:] + ["late"], [e["message"] for e in last["events"]])
back = logs.get_log_events(limit=3, nextToken=last["nextBackwardToken"], **S)
same("and those before", lines[-5:-2], [e["message"] for e in back["events"]])
same("between two times", ["line 5", "line 6"], [e["message"] for e in logs.get_log_events(
    startTime=now - 30000 + 5, endTime=now - 30000 + 7, startFromHead=True, **S)["events"]])
refused("a token of nobody", "InvalidParameterException", "nextToken", logs.get_log_events,
        nextToken="f/1", **S)
for pattern, wanted in (("WARN", ["WARN disk is full"]), ("?WARN ?late", ["WARN disk is full", "late"]),
                        ('"disk is"', ["WARN disk is full"]), ("line -1 -2", [
                            m for m in lines if m.startswith("line") and "1" not in m
                            and "2" not in m]), ("full WARN", ["WARN disk is full"]),
                        ("nothing", []), ("warn", [])):
    same(f"the pattern {pattern}", wanted, [e["message"] for e in pages(
        "filter_log_events", "events", filterPattern=pattern, logStreamNames=["s"], **G)])
same("all streams, by time", ["line 9", "line 10", "other"], [e["message"] for e in pages(
    "filter_log_events", "events", startTime=now - 29991, endTime=now - 29990, **G)])
same("streams by a prefix", ["other"], [e["message"] for e in pages(
    "filter_log_events", "events", logStreamNamePrefix="t/", **G)])
refused("names and a prefix", "InvalidParameterException", "both", logs.filter_log_events,
        logStreamNames=["s"], logStreamNamePrefix="t", **G)
streams = pages("describe_log_streams", "logStreams", orderBy="LastEventTime", descending=True, **G)
same("the stream of the last event first", ["s", "t/2"], [s["logStreamName"] for s in streams[:2]])
same("it knows its first and last", (now - 30000, now), (
    streams[0]["firstEventTimestamp"], streams[0]["lastEventTimestamp"]))
refused("not by time with a prefix", "InvalidParameterException", "Cannot order by LastEventTime",
        logs.describe_log_streams, orderBy="LastEventTime", logStreamNamePrefix="t", **G)
told = logs.put_log_events(logStreamName="t/3", logEvents=[
    {"timestamp": now - 15 * 86400000, "message": "old"}], **G)
same("what is too old is left out", 1, told["rejectedLogEventsInfo"]["tooOldLogEventEndIndex"])
told = logs.put_log_events(logStreamName="t/3", logEvents=[
    {"timestamp": now, "message": "now"}, {"timestamp": now + 3 * 3600000, "message": "ahead"}], **G)
same("and what is ahead", 1, told["rejectedLogEventsInfo"]["tooNewLogEventStartIndex"])
same("the rest is kept", ["now"], [e["message"] for e in logs.get_log_events(
    logStreamName="t/3", **G)["events"]])
refused("a batch is in order", "InvalidParameterException", "chronological", logs.put_log_events,
        logEvents=[{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}], **S)
refused("and within a day", "InvalidParameterException", "24 hours", logs.put_log_events,
        logEvents=[{"timestamp": now - 90000000, "message": "a"}, {"timestamp": now, "message": "b"}],
        **S)
refused("and not too large", "InvalidParameterException", "too large", logs.put_log_events,
        logEvents=[{"timestamp": now, "message": "x" * 200000}] * 6, **S)
refused("into a stream that is there", "ResourceNotFoundException", "log stream",
        logs.put_log_events, logStreamName="none", logEvents=[{"timestamp": now, "message": "x"}], **G)

# ---- awscli follows
env = {"AWS_ACCESS_KEY_ID": where["access_key_id"], "PATH": "/usr/bin:/bin", "AWS_PAGER": "",
       "AWS_SECRET_ACCESS_KEY": where["secret_access_key"], "AWS_DEFAULT_REGION": "us-east-1"}


def aws(*words):
    ran = subprocess.run(["/usr/bin/aws", "--endpoint-url", where["endpoint"], *words], env=env,
                         capture_output=True, text=True)
    return ran.stdout if ran.returncode == 0 else ran.stderr


tail = aws("logs", "tail", "/app/one", "--since", "1h", "--format", "short", "--filter-pattern",
           "WARN").split()
same("awscli tails with a pattern", ["WARN", "disk", "is", "full"], tail[-4:])
check("and without", aws("logs", "tail", "/app/one", "--since", "1h").count("\n") == len(lines) + 3)
logs.delete_log_stream(**S)
same("a stream goes with its events", ["other", "now"], [e["message"] for e in pages(
    "filter_log_events", "events", **G)])
logs.delete_log_group(**G)
refused("a group goes", "ResourceNotFoundException", "log group", logs.filter_log_events, **G)
done()
