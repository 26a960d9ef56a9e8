"""Quotas, prices, tags and notebook instances; run by cloud_services.sh."""
import json
import urllib.request

from practice import account, check, client, done, refused, role, same, until, where

quotas, pricing = client("service-quotas"), client("pricing")
far = client("service-quotas", "eu-west-1")


# ---- quotas --------------------------------------------------------------------------------

def pages(c, operation, items, **members):
    return [i for p in c.get_paginator(operation).paginate(**members) for i in p[items]]


everything = pages(quotas, "list_service_quotas", "Quotas", ServiceCode="sagemaker")
by_name = {q["QuotaName"]: q for q in everything}
check("quotas come in pages, each once", len(everything) > 100
      and len(by_name) == len({q["QuotaCode"] for q in everything}) == len(everything))
same("pages of 7 give the same", [q["QuotaCode"] for q in everything],
     [q["QuotaCode"] for q in pages(quotas, "list_service_quotas", "Quotas",
                                    ServiceCode="sagemaker", PaginationConfig={"PageSize": 7})])
small = by_name["ml.m5.large for training job usage"]
large = by_name["ml.p3.2xlarge for training job usage"]
check("a new account has some of the small ones", small["Value"] >= 2 and small["Adjustable"])
same("and none of the large ones", 0, large["Value"])
same("the code of AWS's own", "L-611FA074", small["QuotaCode"])
same("an ARN of the region",
     f"arn:aws:servicequotas:us-east-1:{account}:sagemaker/{large['QuotaCode']}", large["QuotaArn"])
at = {"ServiceCode": "sagemaker", "QuotaCode": large["QuotaCode"]}
asked = quotas.request_service_quota_increase(DesiredValue=2, **at)["RequestedQuota"]
same("asking for more is pending", ("PENDING", 2), (asked["Status"], asked["DesiredValue"]))
refused("asking twice", "ResourceAlreadyExistsException", "Only one open",
        quotas.request_service_quota_increase, DesiredValue=3, **at)
check("it is granted after a moment",
      until(lambda: quotas.get_service_quota(**at)["Quota"]["Value"] == 2))
same("and then approved", "APPROVED", quotas.get_requested_service_quota_change(
    RequestId=asked["Id"])["RequestedQuota"]["Status"])
same("the default stays", 0, quotas.get_aws_default_service_quota(**at)["Quota"]["Value"])
same("another region has its own", 0, far.get_service_quota(**at)["Quota"]["Value"])
refused("asking for less", "IllegalArgumentException", "greater than the current",
        quotas.request_service_quota_increase, DesiredValue=1, **at)
quotas.request_service_quota_increase(DesiredValue=5000, **at)
check("a request for thousands is denied", until(lambda: any(
    r["Status"] == "DENIED" for r in quotas.list_requested_service_quota_change_history_by_quota(
        **at)["RequestedQuotas"])))
same("and changes nothing", 2, quotas.get_service_quota(**at)["Quota"]["Value"])
history = pages(quotas, "list_requested_service_quota_change_history", "RequestedQuotas",
                PaginationConfig={"PageSize": 1})
same("the history, newest first", [5000, 2], [r["DesiredValue"] for r in history])
same("none was asked for elsewhere", [], far.list_requested_service_quota_change_history(
    Status="APPROVED")["RequestedQuotas"])
refused("a quota that is not there", "NoSuchResourceException", "L-00000000",
        quotas.get_service_quota, ServiceCode="sagemaker", QuotaCode="L-00000000")
refused("a service without quotas", "NoSuchResourceException", "sagemaker only",
        quotas.list_service_quotas, ServiceCode="ec2")

# ---- prices ---------------------------------------------------------------------------------


def products(**filters):
    found = pages(pricing, "get_products", "PriceList", ServiceCode="AmazonSageMaker",
                  Filters=[{"Type": "TERM_MATCH", "Field": k, "Value": v}
                           for k, v in filters.items()])
    return [json.loads(p) for p in found]


def dollars(product):
    term = next(iter(product["terms"]["OnDemand"].values()))
    return float(next(iter(term["priceDimensions"].values()))["pricePerUnit"]["USD"])


here = products(regionCode="us-east-1", instanceName="ml.m5.large")
by_use = {p["product"]["attributes"]["usagetype"]: dollars(p) for p in here}
same("a type has a price for each use", {"USE1-Train:ml.m5.large", "USE1-Tsform:ml.m5.large",
     "USE1-Host:ml.m5.large", "USE1-Notebk:ml.m5.large", "USE1-Process:ml.m5.large"}, set(by_use))
check("some cents an hour", all(0.05 < d < 0.5 for d in by_use.values()), by_use)
check("each says that it is for practice", all(
    "practice" in p["product"]["attributes"]["note"] for p in here))
dear = products(regionCode="sa-east-1", instanceName="ml.m5.large", component="Training")
check("another region, another price", len(dear) == 1 and dollars(dear[0]) > 0.115, dear)
everywhere = products(instanceName="ml.t3.medium", component="Notebook")
same("one for each region", len({p["product"]["attributes"]["regionCode"] for p in everywhere}),
     len(everywhere))
skus = [p["product"]["sku"] for p in products()]
check("all of them come in pages, with names of their own",
      len(skus) == len(set(skus)) > 1000, len(skus))
same("values of an attribute, sorted",
     sorted({p["product"]["attributes"]["regionCode"] for p in everywhere}),
     [v["Value"] for v in pages(pricing, "get_attribute_values", "AttributeValues",
                                ServiceCode="AmazonSageMaker", AttributeName="regionCode",
                                PaginationConfig={"PageSize": 3})])
told = pricing.describe_services(ServiceCode="AmazonSageMaker")["Services"][0]["AttributeNames"]
check("the service tells its attributes", {"instanceName", "usagetype", "regionCode"} <= set(told))
same("three services", 3, len(pages(pricing, "describe_services", "Services",
                                    PaginationConfig={"PageSize": 2})))
same("what is not there has no price", [], products(instanceName="ml.m5.tiny"))
refused("a service without prices", "InvalidParameterException", "ServiceCode",
        pricing.get_products, ServiceCode="AmazonMoon")
refused("a token of nobody", "InvalidNextTokenException", "token", pricing.get_products,
        ServiceCode="AmazonS3", NextToken="AAAA")

# ---- notebook instances ----------------------------------------------------------------------

sm = client("sagemaker")
arn = role("notebook")


def notebook(name, **more):
    return sm.create_notebook_instance(NotebookInstanceName=name, RoleArn=arn,
                                       **{"InstanceType": "ml.t3.medium", **more})


def status(name):
    return sm.describe_notebook_instance(NotebookInstanceName=name)["NotebookInstanceStatus"]


def turns(name, wanted):
    return check(f"{name} is {wanted}", until(lambda: status(name) == wanted, 120))


notebook("explore", Tags=[{"Key": "owner", "Value": "ada"}], VolumeSizeInGB=7)
same("a new one is pending", "Pending", status("explore"))
refused("it cannot be stopped yet", "ValidationException", "Status (Pending) not in",
        sm.stop_notebook_instance, NotebookInstanceName="explore")
turns("explore", "InService")
told = sm.describe_notebook_instance(NotebookInstanceName="explore")
same("it is as asked for", ("ml.t3.medium", 7, arn, "Enabled"),
     (told["InstanceType"], told["VolumeSizeInGB"], told["RoleArn"], told["RootAccess"]))
check("its page has an address", "authToken=" in sm.create_presigned_notebook_instance_url(
    NotebookInstanceName="explore")["AuthorizedUrl"])
refused("a name is taken once", "ValidationException", "duplicate", notebook, name="explore")
refused("a large machine has no quota", "ResourceLimitExceeded",
        "'ml.p3.2xlarge for notebook instance usage' is 0 Instances, with current utilization of "
        "0 Instances and a request delta of 1 Instances", notebook, name="dear",
        InstanceType="ml.p3.2xlarge")
refused("and was not made", "ValidationException", "RecordNotFound",
        sm.describe_notebook_instance, NotebookInstanceName="dear")
refused("a machine that does not exist", "ValidationException", "enum value set", notebook,
        name="odd", InstanceType="ml.m5.tiny")
for i in range(3):
    notebook(f"more-{i}")
refused("the quota counts what runs", "ResourceLimitExceeded", "is 4 Instances, with current "
        "utilization of 4 Instances", notebook, name="more-4")
refused("only a stopped one goes", "ValidationException", "not in",
        sm.delete_notebook_instance, NotebookInstanceName="explore")
sm.stop_notebook_instance(NotebookInstanceName="explore")
notebook("more-4")
turns("explore", "Stopped")
refused("no page of a stopped one", "ValidationException", "Stopped",
        sm.create_presigned_notebook_instance_url, NotebookInstanceName="explore")
refused("starting needs the quota again", "ResourceLimitExceeded", "utilization of 4",
        sm.start_notebook_instance, NotebookInstanceName="explore")
sm.update_notebook_instance(NotebookInstanceName="explore", InstanceType="ml.t3.large")
turns("explore", "Stopped")
sm.start_notebook_instance(NotebookInstanceName="explore")
turns("explore", "InService")
same("it came back larger", "ml.t3.large", sm.describe_notebook_instance(
    NotebookInstanceName="explore")["InstanceType"])


def notebooks(**members):
    return [n["NotebookInstanceName"] for n in pages(
        sm, "list_notebook_instances", "NotebookInstances", **members)]


same("they list in pages by name", ["explore", "more-0", "more-1", "more-2", "more-4"],
     notebooks(SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 2}))
same("by a part of the name, newest first", ["more-4", "more-2", "more-1", "more-0"],
     notebooks(NameContains="MORE"))
same("by status", [], notebooks(StatusEquals="Stopped"))
same("another region has none", [], client("sagemaker", "eu-west-1").list_notebook_instances()[
    "NotebookInstances"])
config = dict(NotebookInstanceLifecycleConfigName="setup")
sm.create_notebook_instance_lifecycle_config(OnStart=[{"Content": "ZWNobyBoaQ=="}], **config)
same("a configuration is kept", "ZWNobyBoaQ==", sm.describe_notebook_instance_lifecycle_config(
    **config)["OnStart"][0]["Content"])
refused("and must be there", "ValidationException", "does not exist", notebook, name="with",
        LifecycleConfigName="none")
same("it lists", ["setup"], [i["NotebookInstanceLifecycleConfigName"] for i in pages(
    sm, "list_notebook_instance_lifecycle_configs", "NotebookInstanceLifecycleConfigs")])
sm.delete_notebook_instance_lifecycle_config(**config)
refused("and goes", "ValidationException", "does not exist",
        sm.describe_notebook_instance_lifecycle_config, **config)

# ---- the fault of a full quota
def fault(**what):
    urllib.request.urlopen(urllib.request.Request(
        where["endpoint"] + "/_cloud/faults", json.dumps(what).encode(),
        {"X-Cloud-Token": where["admin_token"]})).read()


fault(kind="quota", subject="ml.c5.xlarge", times=1)
refused("a fault makes a quota full", "ResourceLimitExceeded", "is 0 Instances", notebook,
        name="full", InstanceType="ml.c5.xlarge")
notebook("full", InstanceType="ml.c5.xlarge")
check("as often as was said", status("full") == "Pending")
turns("full", "InService")

# ---- tags --------------------------------------------------------------------------------------


def tags(resource):
    return {t["Key"]: t["Value"] for t in sm.list_tags(ResourceArn=resource)["Tags"]}


it = told["NotebookInstanceArn"]
same("made with a tag", {"owner": "ada"}, tags(it))
sm.add_tags(ResourceArn=it, Tags=[{"Key": "owner", "Value": "bob"}, {"Key": "x", "Value": ""}])
same("tags are added and written over", {"owner": "bob", "x": ""}, tags(it))
sm.delete_tags(ResourceArn=it, TagKeys=["owner", "nobody"])
same("and taken off", {"x": ""}, tags(it))
refused("51 are too many", "ResourceLimitExceeded", "50 tags", sm.add_tags, ResourceArn=it,
        Tags=[{"Key": f"k{i}", "Value": ""} for i in range(50)])
same("and none of them stays", {"x": ""}, tags(it))
refused("some keys are AWS's", "ValidationException", "reserved", sm.add_tags, ResourceArn=it,
        Tags=[{"Key": "aws:x", "Value": ""}])
refused("tags are of something", "ResourceNotFound", "does not exist", sm.list_tags,
        ResourceArn=it.replace("explore", "nobody"))
for name in notebooks(StatusEquals="InService"):
    sm.stop_notebook_instance(NotebookInstanceName=name)
for name in notebooks():
    turns(name, "Stopped")
    sm.delete_notebook_instance(NotebookInstanceName=name)
check("all are gone in the end", until(lambda: not notebooks()))
notebook("explore")
same("a new one of the old name has no tags", {}, tags(it))

done()
