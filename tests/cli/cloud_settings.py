"""What tools ask of a bucket beside its objects, and conditional requests; run by
cloud_settings.sh."""
import datetime
import json
import subprocess
import sys

from practice import account, check, client, code, done, refused, same, where

s3, iam, sts = client("s3"), client("iam"), client("sts")
B = {"Bucket": "settings"}
s3.create_bucket(**B)

# ---- what a new bucket answers to everything Terraform asks ------------------------------------
same("versioning was never on", {}, {k: v for k, v in s3.get_bucket_versioning(**B).items()
                                     if k != "ResponseMetadata"})
told = s3.get_bucket_acl(**B)
same("its list: the owner has everything", (account, [("FULL_CONTROL", account)]),
     (told["Owner"]["ID"], [(g["Permission"], g["Grantee"]["ID"]) for g in told["Grants"]]))
same("all is encrypted", "AES256", s3.get_bucket_encryption(**B)[
    "ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"][
        "SSEAlgorithm"])
same("the owner owns", "BucketOwnerEnforced", s3.get_bucket_ownership_controls(**B)[
    "OwnershipControls"]["Rules"][0]["ObjectOwnership"])
same("and pays", "BucketOwner", s3.get_bucket_request_payment(**B)["Payer"])
for operation, wanted in (
        ("get_bucket_cors", "NoSuchCORSConfiguration"), ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_policy_status", "NoSuchBucketPolicy"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError")):
    same(f"{operation}: {wanted}", wanted, code(getattr(s3, operation), **B))
for operation in ("get_bucket_logging", "get_bucket_notification_configuration",
                  "get_bucket_accelerate_configuration"):
    same(f"{operation}: nothing", 200, getattr(s3, operation)(**B)["ResponseMetadata"][
        "HTTPStatusCode"])

# ---- putting and taking away -----------------------------------------------------------------------
cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
s3.put_bucket_cors(CORSConfiguration=cors, **B)
same("rules for browsers are kept", cors["CORSRules"], s3.get_bucket_cors(**B)["CORSRules"])
s3.delete_bucket_cors(**B)
same("and go", "NoSuchCORSConfiguration", code(s3.get_bucket_cors, **B))
rules = [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}]
s3.put_bucket_lifecycle_configuration(LifecycleConfiguration={"Rules": rules}, **B)
same("rules for ageing are kept", rules, s3.get_bucket_lifecycle_configuration(**B)["Rules"])
s3.delete_bucket_lifecycle(**B)
s3.put_bucket_ownership_controls(OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
                                 **B)
same("ownership is kept", "ObjectWriter", s3.get_bucket_ownership_controls(**B)[
    "OwnershipControls"]["Rules"][0]["ObjectOwnership"])
s3.delete_bucket_ownership_controls(**B)
same("and goes", "OwnershipControlsNotFoundError", code(s3.get_bucket_ownership_controls, **B))
s3.put_bucket_ownership_controls(OwnershipControls={"Rules": [{
    "ObjectOwnership": "BucketOwnerEnforced"}]}, **B)
s3.put_bucket_encryption(ServerSideEncryptionConfiguration={"Rules": [{
    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}, **B)
refused("a key of KMS is not here", "NotImplemented", "encryption", s3.put_bucket_encryption,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}}]}, **B)
s3.put_bucket_acl(ACL="private", **B)
refused("other lists are off", "AccessControlListNotSupported", "does not allow ACLs",
        s3.put_bucket_acl, ACL="public-read", **B)
refused("for objects as well", "AccessControlListNotSupported", "does not allow ACLs",
        s3.put_object, Key="x", Body=b"", ACL="public-read", **B)
refused("and for a bucket to be made", "InvalidBucketAclWithObjectOwnership", "ObjectOwnership",
        s3.create_bucket, Bucket="settings-open", ACL="public-read")
refused("versions are not kept here", "NotImplemented", "versioning", s3.put_bucket_versioning,
        VersioningConfiguration={"Status": "Enabled"}, **B)
s3.put_bucket_versioning(VersioningConfiguration={"Status": "Suspended"}, **B)
same("suspended they may be", "Suspended", s3.get_bucket_versioning(**B)["Status"])
s3.put_bucket_logging(BucketLoggingStatus={}, **B)
s3.put_bucket_notification_configuration(NotificationConfiguration={}, **B)
open_policy = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::settings/*"}]})
s3.delete_public_access_block(**B)
s3.put_bucket_policy(Policy=open_policy, **B)
check("a policy for all is public", s3.get_bucket_policy_status(**B)["PolicyStatus"]["IsPublic"])
s3.delete_bucket_policy(**B)

# ---- objects ------------------------------------------------------------------------------------------
put = s3.put_object(Key="a/one", Body=b"one", Tagging="kind=first&of=two%20words", ACL="private",
                    ChecksumAlgorithm="SHA256", **B)
same("each is encrypted", "AES256", put["ServerSideEncryption"])
O = dict(Key="a/one", **B)
got = s3.get_object(**O)
same("tags come along with an object", ({"kind": "first", "of": "two words"}, 2), (
    {t["Key"]: t["Value"] for t in s3.get_object_tagging(**O)["TagSet"]}, got["TagCount"]))
same("an object's list", "FULL_CONTROL", s3.get_object_acl(**O)["Grants"][0]["Permission"])
s3.put_object_acl(ACL="bucket-owner-full-control", **O)
parts = s3.get_object_attributes(ObjectAttributes=["ETag", "ObjectSize", "StorageClass",
                                                   "Checksum"], **O)
same("its attributes", (put["ETag"].strip('"'), 3, "STANDARD", put["ChecksumSHA256"]), (
    parts["ETag"], parts["ObjectSize"], parts["StorageClass"], parts["Checksum"]["ChecksumSHA256"]))
for i in range(5):
    s3.put_object(Key=f"b/{i}", Body=b"", **B)
versions = [v for p in s3.get_paginator("list_object_versions").paginate(
    PaginationConfig={"PageSize": 2}, **B) for v in p["Versions"]]
same("each has one version", [("a/one", "null", True)] + [(f"b/{i}", "null", True) for i in
     range(5)], [(v["Key"], v["VersionId"], v["IsLatest"]) for v in versions])
same("which may be named", b"one", s3.get_object(VersionId="null", **O)["Body"].read())
refused("another not", "InvalidArgument", "version id", s3.get_object, VersionId="x1", **O)
s3.copy_object(CopySource="settings/a/one", Key="c", **B)
same("a copy has the tags", 2, len(s3.get_object_tagging(Key="c", **B)["TagSet"]))
s3.copy_object(CopySource="settings/a/one", Key="d", TaggingDirective="REPLACE", Tagging="n=1", **B)
same("or those it is given", [{"Key": "n", "Value": "1"}], s3.get_object_tagging(Key="d", **B)[
    "TagSet"])
refused("a copy onto itself must change something", "InvalidRequest", "to itself", s3.copy_object,
        CopySource="settings/c", Key="c", **B)
s3.copy_object(CopySource="settings/c", Key="c", MetadataDirective="REPLACE", Metadata={"a": "b"},
               **B)
same("and then does", ({"a": "b"}, 2), (s3.head_object(Key="c", **B)["Metadata"], len(
    s3.get_object_tagging(Key="c", **B)["TagSet"])))
refused("a source in no bucket", "NoSuchBucket", "", s3.copy_object, CopySource="settings-no/c",
        Key="c", **B)
upload = s3.create_multipart_upload(Key="parts", Tagging="p=q", Metadata={"x": "x-amz-tagging: z"},
                                    **B)["UploadId"]
etag = s3.upload_part(Key="parts", UploadId=upload, PartNumber=1, Body=b"x", **B)["ETag"]
s3.complete_multipart_upload(Key="parts", UploadId=upload, MultipartUpload={"Parts": [
    {"PartNumber": 1, "ETag": etag}]}, **B)
same("an object in parts has its tags", [{"Key": "p", "Value": "q"}], s3.get_object_tagging(
    Key="parts", **B)["TagSet"])
same("and its metadata", {"x": "x-amz-tagging: z"}, s3.head_object(Key="parts", **B)["Metadata"])

# ---- conditions -------------------------------------------------------------------------------------------
at = got["LastModified"]
day = datetime.timedelta(days=1)
for what, wanted, members in (
        ("an ETag that is right", None, {"IfMatch": got["ETag"]}),
        ("an ETag that is wrong", "PreconditionFailed", {"IfMatch": '"x"'}),
        ("an ETag one has", "304", {"IfNoneMatch": got["ETag"]}),
        ("an ETag one has not", None, {"IfNoneMatch": '"x"'}),
        ("changed since yesterday", None, {"IfModifiedSince": at - day}),
        ("changed since it was made", "304", {"IfModifiedSince": at}),
        ("not changed since it was made", None, {"IfUnmodifiedSince": at}),
        ("not changed since yesterday", "PreconditionFailed", {"IfUnmodifiedSince": at - day}),
        ("an ETag wins over a date", None, {"IfMatch": got["ETag"],
                                            "IfUnmodifiedSince": at - day}),
        ("in both directions", "304", {"IfNoneMatch": got["ETag"], "IfModifiedSince": at - day})):
    same(f"reading with {what}", wanted, code(s3.get_object, **O, **members))
for what, wanted, members in (
        ("the right ETag", None, {"CopySourceIfMatch": got["ETag"]}),
        ("a wrong one", "PreconditionFailed", {"CopySourceIfMatch": '"x"'}),
        ("one that is not to be", "PreconditionFailed", {"CopySourceIfNoneMatch": got["ETag"]}),
        ("a date", "PreconditionFailed", {"CopySourceIfUnmodifiedSince": at - day})):
    same(f"copying with {what}", wanted, code(s3.copy_object, CopySource="settings/a/one", Key="e",
                                              **B, **members))


def conditional(**headers):
    """A client whose puts have these headers, which boto3 of Debian does not know."""
    other = client("s3")
    other.meta.events.register("before-sign.s3.*", lambda request, **_: [
        request.headers.add_header(k, v) for k, v in headers.items()])
    return other


same("writing only what is not there", "PreconditionFailed", code(conditional(
    **{"If-None-Match": "*"}).put_object, Body=b"", **O))
same("writing over what one knows", None, code(conditional(
    **{"If-Match": got["ETag"]}).put_object, Body=b"two", **O))
same("and not over another's", "PreconditionFailed", code(conditional(
    **{"If-Match": got["ETag"]}).put_object, Body=b"three", **O))
same("nor over nothing", "NoSuchKey", code(conditional(
    **{"If-Match": got["ETag"]}).put_object, Key="none", Body=b"", **B))
same("deleting what one knows", "PreconditionFailed", code(conditional(
    **{"If-Match": got["ETag"]}).delete_object, **O))
same("so it is still the second", b"two", s3.get_object(**O)["Body"].read())

# ---- who may not list is not told what is missing -------------------------------------------------------------
iam.create_user(UserName="reader")
iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
                                            "Resource": "*"}]}))
key = iam.create_access_key(UserName="reader")["AccessKey"]
theirs = client("s3", keys=(key["AccessKeyId"], key["SecretAccessKey"], None))
same("they read what is there", b"two", theirs.get_object(**O)["Body"].read())
refused("and are refused what is not", "AccessDenied", "s3:ListBucket", theirs.get_object,
        Key="none", **B)
same("without words for a head", "403", code(theirs.head_object, Key="none", **B))
same("its owner is told", "NoSuchKey", code(s3.get_object, Key="none", **B))

# ---- awscli asks the same ------------------------------------------------------------------------------------
env = {"AWS_ACCESS_KEY_ID": where["access_key_id"], "PATH": "/usr/bin:/bin", "AWS_PAGER": "",
       "AWS_SECRET_ACCESS_KEY": where["secret_access_key"], "AWS_DEFAULT_REGION": "us-east-1"}
for words in ("get-bucket-acl", "get-bucket-versioning", "get-bucket-encryption",
              "get-bucket-ownership-controls", "list-object-versions", "get-bucket-logging",
              "get-object-acl --key a/one", "get-object-attributes --key a/one "
              "--object-attributes ETag ObjectSize", "put-bucket-acl --acl private"):
    ran = subprocess.run(["aws", "--endpoint-url", where["endpoint"], "s3api", *words.split(),
                          "--bucket", "settings"], env=env, capture_output=True, text=True)
    same(f"awscli: {words}", (0, ""), (ran.returncode, ran.stderr))
s3.delete_objects(Delete={"Objects": [{"Key": v["Key"], "VersionId": "null"} for v in
                                      s3.list_object_versions(**B)["Versions"]]}, **B)
s3.delete_bucket(**B)
done()
