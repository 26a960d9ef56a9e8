"""The bill and budgets, the latest calls, versions of policies; run by cloud_bill.sh."""
import datetime
import json
import time

import practice_server as server
port = server.start()
from practice import account, check, client, done, refused, role, same, until  # noqa: E402

sm, s3, iam = client("sagemaker"), client("s3"), client("iam")
ce, budgets, trail = client("ce"), client("budgets"), client("cloudtrail")
arn = role("nobody-special")
today = datetime.datetime.now(datetime.timezone.utc).date()
sts = client("sts")
first, tomorrow = today.replace(day=1), today + datetime.timedelta(days=1)
COST = {"Metrics": ["UnblendedCost", "UsageQuantity"]}


def days(start, end):
    return {"TimePeriod": {"Start": str(start), "End": str(end)}}


def group(*keys):
    return {"GroupBy": [{"Type": "DIMENSION", "Key": k} for k in keys]}


def services(*names):
    return {"Dimensions": {"Key": "SERVICE", "Values": list(names)}}


def bill(*keys, start=first, end=tomorrow, granularity="MONTHLY", **more):
    """{keys: (dollars, used)} of the only period"""
    ask = ce.get_cost_and_usage_with_resources if "RESOURCE_ID" in keys else ce.get_cost_and_usage
    if "RESOURCE_ID" in keys:
        more.setdefault("Filter", services("Amazon SageMaker", "Amazon Simple Storage Service"))
    found = ask(**days(start, end), Granularity=granularity, **COST, **group(*keys), **more)
    return {tuple(g["Keys"]): tuple(float(g["Metrics"][m]["Amount"]) for m in COST["Metrics"])
            for period in found["ResultsByTime"] for g in period["Groups"]}


def near(what, expected, found):
    check(what, abs(expected - found) <= 1e-8 + 1e-6 * abs(expected), f"{expected} {found}")


# ---- machines, by the second ------------------------------------------------------------------
same("a new account owes nothing", {}, bill("SERVICE"))
began = time.time()
sm.create_notebook_instance(NotebookInstanceName="explore", InstanceType="ml.t3.medium", RoleArn=arn)
until(lambda: sm.describe_notebook_instance(NotebookInstanceName="explore")[
    "NotebookInstanceStatus"] == "InService")
time.sleep(1.2)
(dollars, hours), = bill("SERVICE").values()
check("a notebook that runs costs, and is counted in whole seconds",
      2 <= hours * 3600 <= time.time() - began + 2 and abs(hours * 3600 - round(hours * 3600)) < 1e-4,
      hours * 3600)
near("at the price list's price", hours * 0.05, dollars)
sm.stop_notebook_instance(NotebookInstanceName="explore")
until(lambda: sm.describe_notebook_instance(NotebookInstanceName="explore")[
    "NotebookInstanceStatus"] == "Stopped")
stopped = bill("SERVICE", "USAGE_TYPE")
same("what it was used for", [("Amazon SageMaker", "USE1-Notebk:ml.t3.medium")], list(stopped))
time.sleep(1.5)
same("a stopped one costs no more", stopped, bill("SERVICE", "USAGE_TYPE"))
it = f"arn:aws:sagemaker:us-east-1:{account}:notebook-instance/explore"
same("by resource and region", [(it, "us-east-1")], list(bill("RESOURCE_ID", "REGION")))
server.kill()
server.start(port)
same("the bill survives kill -9", stopped, bill("SERVICE", "USAGE_TYPE"))

# ---- storage and filters ------------------------------------------------------------------------
s3.create_bucket(Bucket="kept")
s3.put_object(Bucket="kept", Key="a", Body=b"x" * (8 << 20))
time.sleep(1)
stored = {"Filter": services("Amazon Simple Storage Service")}
(one,), = [tuple(bill("RESOURCE_ID", **stored).items())]
same("a bucket that holds something costs", ("arn:aws:s3:::kept",), one[0])
check("in GB-months, and little", 0 < one[1][1] < 1e-5, one)
near("at the price list's price, too", one[1][1] * 0.023, one[1][0])
check("more a moment later", until(lambda: bill("RESOURCE_ID", **stored)[one[0]][1] > one[1][1]))
found = ce.get_cost_and_usage(**days(today - datetime.timedelta(days=2), tomorrow),
                              Granularity="DAILY", Metrics=["UnblendedCost"])["ResultsByTime"]
same("three days", [str(today - datetime.timedelta(days=2 - i)) for i in range(3)],
     [day["TimePeriod"]["Start"] for day in found])
same("of which two are over and cost nothing", [("0.0000000000", False)] * 2,
     [(day["Total"]["UnblendedCost"]["Amount"], day["Estimated"]) for day in found[:2]])
check("and one goes on", float(found[2]["Total"]["UnblendedCost"]["Amount"]) > 0
      and found[2]["Estimated"])
found = ce.get_cost_and_usage(**days("2027-11-15", "2028-03-02"), Granularity="MONTHLY", **COST)
same("months end where they end, in leap years as well",
     [("2027-11-15", "2027-12-01"), ("2027-12-01", "2028-01-01"), ("2028-01-01", "2028-02-01"),
      ("2028-02-01", "2028-03-01"), ("2028-03-01", "2028-03-02")],
     [tuple(p["TimePeriod"].values()) for p in found["ResultsByTime"]])
refused("a time that runs backwards", "ValidationException", "before end date",
        ce.get_cost_and_usage, **days(tomorrow, today), Granularity="DAILY", **COST)
refused("by the hour", "ValidationException", "DAILY or MONTHLY", ce.get_cost_and_usage,
        **days(first, tomorrow), Granularity="HOURLY", **COST)
refused("a metric that is none", "ValidationException", "UnblendedCost", ce.get_cost_and_usage,
        **days(first, tomorrow), Granularity="DAILY", Metrics=["Gold"])
refused("resources by the wrong operation", "ValidationException", "WithResources",
        ce.get_cost_and_usage, **days(first, tomorrow), Granularity="DAILY", **COST,
        **group("RESOURCE_ID"))
refused("by what it does not know", "ValidationException", "DIMENSION", ce.get_cost_and_usage,
        **days(first, tomorrow), Granularity="DAILY", **COST, **group("MOON"))

# ---- budgets ---------------------------------------------------------------------------------------
limit = {"BudgetName": "learning", "BudgetLimit": {"Amount": "20", "Unit": "USD"},
         "TimeUnit": "MONTHLY", "BudgetType": "COST"}
mine = {"AccountId": account}
note = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
budgets.create_budget(**mine, Budget=limit, NotificationsWithSubscribers=[{
    "Notification": note, "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@b.co"}]}])
(told,) = budgets.describe_budgets(**mine)["Budgets"]
same("a budget is as it was set", limit, {k: told[k] for k in limit})
total = sum(d for d, _ in bill("SERVICE").values())
check("and knows what is spent", 0 < float(
    told["CalculatedSpend"]["ActualSpend"]["Amount"]) <= total + 1e-6, (told, total))
same("of this month", first, told["TimePeriod"]["Start"].date())
same("its warning", [note], budgets.describe_notifications_for_budget(
    **mine, BudgetName="learning")["Notifications"])
refused("a name is taken once", "DuplicateRecordException", "of that name",
        budgets.create_budget, **mine, Budget=limit)
refused("a limit that is no number", "InvalidParameterException", "is a number",
        budgets.create_budget, **mine, Budget={**limit, "BudgetLimit": {"Amount": "much",
                                                                        "Unit": "USD"}})
budgets.update_budget(**mine, NewBudget={**limit, "BudgetLimit": {"Amount": "5", "Unit": "USD"}})
same("changed, with its warning kept", ("5", [note]), (
    budgets.describe_budget(**mine, BudgetName="learning")["Budget"]["BudgetLimit"]["Amount"],
    budgets.describe_notifications_for_budget(**mine, BudgetName="learning")["Notifications"]))
refused("somebody else's", "AccessDeniedException", "not yours", budgets.describe_budgets,
        AccountId="999999999999")
budgets.delete_budget(**mine, BudgetName="learning")
refused("gone", "NotFoundException", "doesn't exist", budgets.describe_budget, **mine,
        BudgetName="learning")

# ---- the latest calls ------------------------------------------------------------------------------
changes = trail.lookup_events(LookupAttributes=[{"AttributeKey": "ReadOnly",
                                                 "AttributeValue": "false"}])["Events"]
same("what changed something, newest first", ["DeleteBudget", "UpdateBudget"],
     [e["EventName"] for e in changes if not json.loads(e["CloudTrailEvent"]).get("errorCode")][:2])
assumed = role("less", action="s3:ListBucket")
iam.update_assume_role_policy(RoleName="less", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                            "Principal": {"AWS": account}}]}))
keys = client("sts").assume_role(RoleArn=assumed, RoleSessionName="trying")["Credentials"]
less = client("s3", "eu-west-1", (keys["AccessKeyId"], keys["SecretAccessKey"],
                                  keys["SessionToken"]))
refused("it may not list buckets", "AccessDenied", "s3:ListAllMyBuckets", less.list_buckets)
(event,) = client("cloudtrail", "eu-west-1").lookup_events(LookupAttributes=[
    {"AttributeKey": "EventName", "AttributeValue": "ListBuckets"}])["Events"]
record = json.loads(event["CloudTrailEvent"])
same("the refusal stands in the region it was made in", ("AccessDenied", "trying", "eu-west-1"),
     (record["errorCode"], event["Username"], record["awsRegion"]))
check("and says what was missing", "no identity-based policy allows the s3:ListAllMyBuckets"
      in record["errorMessage"], record)
page = trail.lookup_events(MaxResults=3)
again = trail.lookup_events(MaxResults=3, NextToken=page["NextToken"])["Events"]
check("pages follow each other", len(page["Events"]) == len(again) == 3
      and not {e["EventId"] for e in page["Events"]} & {e["EventId"] for e in again})
refused("an attribute that it does not know", "InvalidLookupAttributesException", "attribute",
        trail.lookup_events, LookupAttributes=[{"AttributeKey": "ResourceType",
                                                "AttributeValue": "x"}])

# ---- what was done is not pushed out by who only looks, and outlives the program --------------------
def done_so_far():
    rows, token = [], {}
    while True:
        page = trail.lookup_events(LookupAttributes=[{"AttributeKey": "ReadOnly",
                                                      "AttributeValue": "false"}], **token)
        rows += [(e["EventId"], e["EventName"], e["EventTime"], e["CloudTrailEvent"])
                 for e in page["Events"]]
        if "NextToken" not in page:
            return rows
        token = {"NextToken": page["NextToken"]}


def lasting(rows):
    return [r for r in rows if "Object" not in r[1]]


before = done_so_far()
check("objects that came and went are told of while it runs", lasting(before) != before)
for _ in range(4200):
    sts.get_caller_identity()
same("4,200 looks later all that was done still stands", before, done_so_far())
everything = trail.lookup_events()["Events"]
same("the latest of all calls is a look, and none is a look at the history", ("GetCallerIdentity", []), (
    everything[0]["EventName"], [e for e in everything if e["EventName"] == "LookupEvents"]))
since = everything[0]["EventTime"]
check("from a moment on", all(e["EventTime"] >= since for e in
                              trail.lookup_events(StartTime=since)["Events"]))
server.kill()
server.start(port)
before = lasting(before)
same("nothing of it is lost when the program is killed", before, done_so_far())
sm.add_tags(ResourceArn=f"arn:aws:sagemaker:us-east-1:{account}:notebook-instance/explore",
            Tags=[{"Key": "after", "Value": "it"}])
same("and it goes on", ["AddTags"] + [b[1] for b in before], [e[1] for e in done_so_far()])

# ---- versions of policies, and the simulator's statements ------------------------------------------


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=1)


reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
secret = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::kept/secret/*"}
own = iam.create_policy(PolicyName="own", PolicyDocument=policy(reads))["Policy"]["Arn"]
iam.attach_role_policy(RoleName="less", PolicyArn=own)
made = iam.create_policy_version(PolicyArn=own, PolicyDocument=policy(reads, secret))
same("a version that does not count yet", ("v2", False), (
    made["PolicyVersion"]["VersionId"], made["PolicyVersion"]["IsDefaultVersion"]))


def simulate(*resources):
    return [(r["EvalDecision"], [(m["SourcePolicyId"], m["SourcePolicyType"],
                                  m["StartPosition"]["Line"], m["EndPosition"]["Line"])
                                 for m in r["MatchedStatements"]])
            for r in iam.simulate_principal_policy(
                PolicySourceArn=assumed, ActionNames=["s3:GetObject"],
                ResourceArns=["arn:aws:s3:::kept/" + name for name in resources])[
                    "EvaluationResults"]]


same("the first version allows it, on these lines",
     [("allowed", [("own", "user-managed", 4, 8)])], simulate("secret/a"))
iam.set_default_policy_version(PolicyArn=own, VersionId="v2")
same("the second denies it, on these", [("allowed", [("own", "user-managed", 4, 8)]),
                                        ("explicitDeny", [("own", "user-managed", 9, 13)])],
     simulate("a", "secret/a"))
for _ in range(3):
    iam.create_policy_version(PolicyArn=own, PolicyDocument=policy(reads), SetAsDefault=True)
refused("five are kept", "LimitExceeded", "up to 5 versions", iam.create_policy_version,
        PolicyArn=own, PolicyDocument=policy(reads))
refused("the one that counts stays", "DeleteConflict", "default version",
        iam.delete_policy_version, PolicyArn=own, VersionId="v5")
iam.delete_policy_version(PolicyArn=own, VersionId="v1")
same("newest first", ["v5", "v4", "v3", "v2"], [
    v["VersionId"] for v in iam.list_policy_versions(PolicyArn=own)["Versions"]])
same("to whom it is attached", ["less"], [
    r["RoleName"] for r in iam.list_entities_for_policy(PolicyArn=own)["PolicyRoles"]])
refused("AWS's own cannot be changed", "AccessDenied", "AWS's own", iam.create_policy_version,
        PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess", PolicyDocument=policy(reads))

# ---- buckets of a region ----------------------------------------------------------------------------
client("s3", "eu-west-1").create_bucket(
    Bucket="kept-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
same("all buckets, as ever", ["kept", "kept-eu"],
     [b["Name"] for b in s3.list_buckets()["Buckets"]])
done()
