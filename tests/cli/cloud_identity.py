"""Users, keys, groups, boundaries and sessions, as boto3 finds them; run by cloud_identity.sh."""
import json
import time

from practice import account, answered, check, client, code, done, refused, same, why

iam, sts = client("iam"), client("sts")


def statement(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def pages(operation, items, **members):
    return [i for p in iam.get_paginator(operation).paginate(
        PaginationConfig={"PageSize": 2}, **members) for i in p[items]]


# ---- users and keys ---------------------------------------------------------------------------
ada = iam.create_user(UserName="ada", Path="/team/", Tags=[{"Key": "team", "Value": "blue"}])["User"]
same("a user has an ARN with its path", f"arn:aws:iam::{account}:user/team/ada", ada["Arn"])
check("and an id", ada["UserId"].startswith("AIDA"))
refused("a name is taken once, whatever its case", "EntityAlreadyExists", "User with name ADA",
        iam.create_user, UserName="ADA")
for i in range(4):
    iam.create_user(UserName=f"many-{i}")
same("users come in pages", {"ada", "learner"} | {f"many-{i}" for i in range(4)},
     {u["UserName"] for u in pages("list_users", "Users")})
same("or by their path", ["ada"], [u["UserName"] for u in pages(
    "list_users", "Users", PathPrefix="/team/")])
iam.get_waiter("user_exists").wait(UserName="ada")
key = iam.create_access_key(UserName="ada")["AccessKey"]
keys = (key["AccessKeyId"], key["SecretAccessKey"], None)
same("a key is the user's", ada["Arn"], client("sts", keys=keys).get_caller_identity()["Arn"])
same("its last use is known", ("sts", "us-east-1"), tuple(iam.get_access_key_last_used(
    AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"][n] for n in ("ServiceName", "Region")))
spare = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
refused("a user has two keys", "LimitExceeded", "AccessKeysPerUser: 2", iam.create_access_key,
        UserName="ada")
same("an unused key says so", "N/A", iam.get_access_key_last_used(AccessKeyId=spare)[
    "AccessKeyLastUsed"]["ServiceName"])
iam.update_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"], Status="Inactive")
same("an inactive key is unknown", "InvalidClientTokenId", code(
    client("sts", keys=keys).get_caller_identity))
same("and listed as such", {"Active", "Inactive"}, {k["Status"] for k in pages(
    "list_access_keys", "AccessKeyMetadata", UserName="ada")})
iam.update_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"], Status="Active")
as_ada = {s: client(s, keys=keys) for s in ("iam", "s3", "sts", "sagemaker")}
refused("a new user may nothing", "AccessDenied",
        "no identity-based policy allows the iam:ListUsers action", as_ada["iam"].list_users)
same("not even look at itself", "AccessDenied", code(as_ada["iam"].get_user))
iam.put_user_policy(UserName="ada", PolicyName="self", PolicyDocument=document(
    statement(["iam:GetUser", "iam:*AccessKey*"], "arn:aws:iam::*:user/${aws:username}")))
same("nor by a policy for users of another path", "AccessDenied", code(as_ada["iam"].get_user))
iam.put_user_policy(UserName="ada", PolicyName="self", PolicyDocument=document(
    statement(["iam:GetUser", "iam:*AccessKey*"], "arn:aws:iam::*:user/team/${aws:username}")))
same("until one lets it, by a variable", "ada", as_ada["iam"].get_user()["User"]["UserName"])

# ---- groups -------------------------------------------------------------------------------------
iam.create_group(GroupName="readers")
refused("a group's name is taken once", "EntityAlreadyExists", "Group with name readers",
        iam.create_group, GroupName="readers")
iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=document(
    statement("s3:ListAllMyBuckets")))
iam.add_user_to_group(GroupName="readers", UserName="ada")
check("a group's policy is its members'", "Buckets" in as_ada["s3"].list_buckets())
same("the group knows its members", ["ada"], [u["UserName"] for u in pages(
    "get_group", "Users", GroupName="readers")])
same("and the member its groups", ["readers"], [g["GroupName"] for g in pages(
    "list_groups_for_user", "Groups", UserName="ada")])
managed = iam.create_policy(PolicyName="tags", PolicyDocument=document(statement(
    "sagemaker:List*")), Tags=[{"Key": "a", "Value": "b"}])["Policy"]["Arn"]
iam.attach_group_policy(GroupName="readers", PolicyArn=managed)
check("a managed policy of the group as well", "Models" in as_ada["sagemaker"].list_models())
same("the policy's entities name the group", ["readers"], [g["GroupName"] for g in
     iam.list_entities_for_policy(PolicyArn=managed)["PolicyGroups"]])
refused("an attached policy stays", "DeleteConflict", "detach", iam.delete_policy,
        PolicyArn=managed)
refused("a group with members stays", "DeleteConflict", "must", iam.delete_group,
        GroupName="readers")
iam.remove_user_from_group(GroupName="readers", UserName="ada")
same("who has left may no more", "AccessDenied", code(as_ada["s3"].list_buckets))

# ---- boundaries -----------------------------------------------------------------------------------
bound = iam.create_policy(PolicyName="bound", PolicyDocument=document(
    statement("s3:*")))["Policy"]["Arn"]
iam.put_user_policy(UserName="ada", PolicyName="all", PolicyDocument=document(statement("*")))
check("with everything allowed", "Users" in as_ada["iam"].list_users())
iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=bound)
refused("a boundary bounds it", "AccessDenied",
        "no permissions boundary allows the iam:ListUsers action", as_ada["iam"].list_users)
check("and lets through what both allow", "Buckets" in as_ada["s3"].list_buckets())
same("it is shown", bound, iam.get_user(UserName="ada")["User"]["PermissionsBoundary"][
    "PermissionsBoundaryArn"])
same("and counted", 1, iam.get_policy(PolicyArn=bound)["Policy"]["PermissionsBoundaryUsageCount"])
refused("a policy that bounds stays", "DeleteConflict", "", iam.delete_policy, PolicyArn=bound)
iam.delete_user_permissions_boundary(UserName="ada")
check("without it all is as before", "Users" in as_ada["iam"].list_users())
refused("a boundary must be there", "NoSuchEntity", "does not exist",
        iam.put_user_permissions_boundary, UserName="ada", PermissionsBoundary=bound + "-not")

# ---- changing users --------------------------------------------------------------------------------
iam.update_user(UserName="ada", NewUserName="countess", NewPath="/")
same("a renamed user keeps its key", f"arn:aws:iam::{account}:user/countess",
     as_ada["sts"].get_caller_identity()["Arn"])
check("and its policies", "Users" in as_ada["iam"].list_users())
same("and tags", {"team": "blue"}, {t["Key"]: t["Value"] for t in pages(
    "list_user_tags", "Tags", UserName="countess")})
iam.tag_user(UserName="countess", Tags=[{"Key": f"k{i}", "Value": ""} for i in range(49)])
refused("50 tags are the most", "LimitExceeded", "tags", iam.tag_user, UserName="countess",
        Tags=[{"Key": "one-more", "Value": ""}])
iam.untag_user(UserName="countess", TagKeys=[f"k{i}" for i in range(49)])
for call, members in ((iam.delete_user_policy, {"PolicyName": "self"}),
                      (iam.delete_user_policy, {"PolicyName": "all"})):
    refused("a user with anything stays", "DeleteConflict", "Cannot delete entity", iam.delete_user,
            UserName="countess")
    call(UserName="countess", **members)
refused("even a key", "DeleteConflict", "access keys", iam.delete_user, UserName="countess")
for k in (key["AccessKeyId"], spare):
    iam.delete_access_key(UserName="countess", AccessKeyId=k)
iam.delete_user(UserName="countess")
same("it is gone", "NoSuchEntity", code(iam.get_user, UserName="countess"))
same("and its key with it", "InvalidClientTokenId", code(as_ada["sts"].get_caller_identity))
refused("a key that is not there", "NoSuchEntity", "cannot be found", iam.delete_access_key,
        UserName="many-0", AccessKeyId="AKIAIOSFODNN7EXAMPLE")
summary = iam.get_account_summary()["SummaryMap"]
same("the account counts", (5, 1), (summary["Users"], summary["Groups"]))
same("it has no other name", [], iam.list_account_aliases()["AccountAliases"])

# ---- sessions of a role -------------------------------------------------------------------------------
here = f"arn:aws:iam::{account}:"
trust = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": here + "user/learner"},
    "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}]})
role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.put_role_policy(RoleName="worker", PolicyName="may", PolicyDocument=document(
    statement(["s3:*", "iam:List*", "sts:*"]), statement("iam:Get*", Condition={"StringEquals": {
        "aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ada"}})))
whole = {"RoleArn": role, "RoleSessionName": "try", "ExternalId": "secret"}


def session(**more):
    told = sts.assume_role(**whole, **more)["Credentials"]
    found = (told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"])
    return {s: client(s, keys=found) for s in ("iam", "s3", "sts")}


refused("without the external id", "AccessDenied", "sts:AssumeRole", sts.assume_role,
        RoleArn=role, RoleSessionName="try")
plain = session()
same("a session is the role's", f"arn:aws:sts::{account}:assumed-role/worker/try",
     plain["sts"].get_caller_identity()["Arn"])
check("and may what the role may", "Users" in plain["iam"].list_users())
same("but not what asks for more", "AccessDenied", code(plain["iam"].get_account_summary))
tagged = session(Tags=[{"Key": "team", "Value": "blue"}], SourceIdentity="ada")
check("a tag and a source open it", "SummaryMap" in tagged["iam"].get_account_summary())
less = session(Policy=document(statement("s3:*")))
refused("a session policy cuts down", "AccessDenied",
        "no session policy allows the iam:ListUsers action", less["iam"].list_users)
check("to what both allow", "Buckets" in less["s3"].list_buckets())
by_arn = session(PolicyArns=[{"arn": bound}])
same("so does a managed one", "AccessDenied", code(by_arn["iam"].list_users))
check("which allows as well", "Buckets" in by_arn["s3"].list_buckets())
refused("a session policy must be one", "MalformedPolicyDocument", "", sts.assume_role,
        Policy="{}", **whole)
refused("a role's longest session", "ValidationError", "MaxSessionDuration", sts.assume_role,
        DurationSeconds=7200, **whole)
iam.update_role(RoleName="worker", MaxSessionDuration=7200, Description="works")
same("can be changed", "works", iam.get_role(RoleName="worker")["Role"]["Description"])
told = sts.assume_role(DurationSeconds=7200, **whole)["Credentials"]
check("and lasts as long as was asked", 7100 < told["Expiration"].timestamp() - time.time() < 7201)
iam.update_assume_role_policy(RoleName="worker", PolicyDocument=document({
    "Effect": "Allow", "Principal": {"AWS": here + "root"}, "Action": "sts:AssumeRole"}
    ).replace('"Resource": "*"', ""))
refused("a session of a session lasts an hour", "ValidationError", "role chaining",
        plain["sts"].assume_role, RoleArn=role, RoleSessionName="chain", DurationSeconds=7200)
refused("tags need sts:TagSession in the trust", "AccessDenied", "sts:TagSession",
        sts.assume_role, Tags=[{"Key": "a", "Value": "b"}], **whole)
refused("no role of that name", "AccessDenied", "sts:AssumeRole on resource", sts.assume_role,
        RoleArn=role + "-not", RoleSessionName="try")
own = sts.get_session_token(DurationSeconds=900)["Credentials"]
found = (own["AccessKeyId"], own["SecretAccessKey"], own["SessionToken"])
same("a user's own session is the user", here + "user/learner",
     client("sts", keys=found).get_caller_identity()["Arn"])
refused("and begets no other", "AccessDenied", "session credentials",
        client("sts", keys=found).get_session_token)
refused("there is no second factor", "AccessDenied", "MFA", sts.get_session_token,
        SerialNumber=here + "mfa/learner", TokenCode="123456")
same("whose a key is", account, sts.get_access_key_info(AccessKeyId=found[0])["Account"])
same("a session without its token is unknown", "InvalidClientTokenId",
     code(client("sts", keys=found[:2] + (None,)).get_caller_identity))

# ---- versions, the simulator ----------------------------------------------------------------------------
iam.create_policy_version(PolicyArn=bound, PolicyDocument=document(statement("iam:*")),
                          SetAsDefault=True)
refused("a policy of several versions stays", "DeleteConflict", "more than one version",
        iam.delete_policy, PolicyArn=bound)
same("versions come in pages", 2, len(pages("list_policy_versions", "Versions", PolicyArn=bound)))


def simulate(call, **more):
    return {(r["EvalActionName"], r["EvalResourceName"]): r["EvalDecision"] for p in
            iam.get_paginator(call).paginate(PaginationConfig={"PageSize": 2}, **more)
            for r in p["EvaluationResults"]}


same("the simulator: each action on each resource", {
    ("s3:GetObject", "arn:aws:s3:::a/x"): "allowed", ("s3:GetObject", "arn:aws:s3:::b/x"):
    "explicitDeny", ("iam:GetUser", "arn:aws:s3:::a/x"): "implicitDeny",
    ("iam:GetUser", "arn:aws:s3:::b/x"): "implicitDeny"}, simulate(
    "simulate_custom_policy", PolicyInputList=[document(
        statement("s3:*"), statement("s3:*", "arn:aws:s3:::b/*", "Deny"))],
    ActionNames=["s3:GetObject", "iam:GetUser"],
    ResourceArns=["arn:aws:s3:::a/x", "arn:aws:s3:::b/x"]))
same("a boundary and a context", {("s3:GetObject", "*"): "implicitDeny", ("iam:GetUser", "*"):
     "allowed"}, simulate(
    "simulate_custom_policy", PolicyInputList=[document(statement("*", Condition={
        "StringEquals": {"aws:RequestedRegion": "eu-west-1"}}))], ActionNames=[
        "s3:GetObject", "iam:GetUser"], PermissionsBoundaryPolicyInputList=[document(
            statement("iam:*"))], ContextEntries=[{"ContextKeyName": "aws:RequestedRegion",
            "ContextKeyValues": ["eu-west-1"], "ContextKeyType": "string"}]))
same("a principal, with more policies, a resource's policy and a caller", "allowed", simulate(
    "simulate_principal_policy", PolicySourceArn=role, ActionNames=["s3:GetObject"],
    PolicyInputList=[document(statement("sagemaker:*"))], CallerArn=here + "user/learner",
    ResourceArns=["arn:aws:s3:::b/x"], ResourceOwner=here + "root", ResourcePolicy=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "s3:*", "Resource": "*"}]}))[("s3:GetObject", "arn:aws:s3:::b/x")])
refused("a principal that is not there", "NoSuchEntity", "", iam.simulate_principal_policy,
        PolicySourceArn=role + "-not", ActionNames=["s3:GetObject"])
missing = iam.simulate_custom_policy(PolicyInputList=[document(statement("*", Condition={
    "Bool": {"aws:MultiFactorAuthPresent": "true"}}))], ActionNames=["s3:GetObject"])
same("it says which keys it lacks", ["aws:MultiFactorAuthPresent"],
     missing["EvaluationResults"][0]["MissingContextValues"])
check("a good part of IAM was asked", len({o for s, o in answered if s == "iam"}) >= 35,
      sorted(o for s, o in answered if s == "iam"))
done()
