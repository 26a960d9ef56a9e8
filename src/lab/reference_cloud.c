/*
 * The lab's libraries of the cloud. The same calls serve the practice cloud
 * and AWS; on target local they say which targets they need. An answer of a
 * service that is an error is a Lua error whose text has the service's code in
 * it ("AccessDenied"), so that a lab can meet it on purpose with pcall.
 */
#include "lab/calls.h"

#define CLOUD (TARGET_PRACTICE | TARGET_AWS)

static const struct lab_entry aws_entries[] = {
    {"aws.region", CALL(aws_region), "aws.region([name]) -> text",
     "The region that calls go to. With a name, go there from now on.", NULL,
     "print(aws.region())\naws.region(\"eu-central-1\")"},
    {"aws.regions", CALL(cloud), "aws.regions() -> table",
     "The regions there are, with their places.", NULL, "aws.regions():show()"},
    {"aws.latency", CALL(cloud), "aws.latency(region) -> number",
     "Milliseconds to the region and back.", NULL, "print(aws.latency(\"eu-central-1\"))"},
    {"aws.cost", CALL(cloud), "aws.cost{options} -> map",
     "What something would cost before it runs: {total, currency, as_of, lines}.",
     "instance: an instance type, as \"ml.m5.large\"\n"
     "use: train (the default), transform, endpoint or notebook\n"
     "instances: how many (1)\n"
     "minutes: for how long (60)\n"
     "storage_gb: how much is kept in S3\n"
     "months: for how many months (1)",
     "print(aws.cost{instance = \"ml.m5.large\", minutes = 10}.total)"},
    {"aws.budget", CALL(cloud), "aws.budget([dollars]) -> map",
     "Refuse steps that would take the book's spending above this; \"none\" takes the budget away. "
     "Gives {budget, spent, left}; without a number nothing is changed.",
     NULL, "aws.budget(5)"},
    {"aws.ledger", CALL(cloud), "aws.ledger() -> table",
     "Everything that labs have made and not yet deleted.", NULL, "aws.ledger():show()"},
    {"aws.cleanup", CALL(cloud), "aws.cleanup() -> table",
     "Delete everything in the ledger, and say what was deleted.", NULL, "aws.cleanup():show()"},
};

static const struct lab_entry sts_entries[] = {
    {"sts.whoami", CALL(cloud), "sts.whoami() -> map", "Who asks: {account, arn, id}.", NULL,
     "print(sts.whoami().arn)"},
    {"sts.assume_role", CALL(sts_assume_role), "sts.assume_role(role) -> map",
     "Act as a role from now on, until sts.leave_role().", NULL,
     "sts.assume_role(\"labbook-notebook\")"},
    {"sts.leave_role", CALL(sts_leave_role), "sts.leave_role()", "Be yourself again.", NULL,
     "sts.leave_role()"},
};

static const struct lab_entry s3_entries[] = {
    {"s3.create_bucket", CALL(cloud), "s3.create_bucket(name, {options})", "Make a bucket.",
     "region: where (the current region)", "s3.create_bucket(\"labbook-ada-data\")"},
    {"s3.delete_bucket", CALL(cloud), "s3.delete_bucket(name, {options})", "Delete a bucket.",
     "force: true deletes what is in it first",
     "s3.delete_bucket(\"labbook-ada-data\", {force = true})"},
    {"s3.buckets", CALL(cloud), "s3.buckets() -> table", "Your buckets.", NULL,
     "s3.buckets():show()"},
    {"s3.region", CALL(cloud), "s3.region(bucket) -> text", "Where a bucket is.", NULL,
     "print(s3.region(\"labbook-ada-data\"))"},
    {"s3.put", CALL(cloud), "s3.put(file, to) -> map",
     "Upload a file of the lab to s3://bucket/key. Gives {bytes}.", NULL,
     "s3.put(\"train.csv\", \"s3://labbook-ada-data/train/train.csv\")"},
    {"s3.put_text", CALL(cloud), "s3.put_text(text, to) -> map",
     "Upload a text to s3://bucket/key.", NULL,
     "s3.put_text(\"hello\", \"s3://labbook-ada-data/hello.txt\")"},
    {"s3.get", CALL(cloud), "s3.get(from, file) -> map",
     "Download s3://bucket/key into a file of the lab.", NULL,
     "s3.get(\"s3://labbook-ada-data/out/test.csv.out\", \"predictions.csv\")"},
    {"s3.get_text", CALL(cloud), "s3.get_text(from) -> text", "What stands in s3://bucket/key.",
     NULL, "print(s3.get_text(\"s3://labbook-ada-data/hello.txt\"))"},
    {"s3.list", CALL(cloud), "s3.list(where) -> table",
     "The objects below s3://bucket/prefix: key, bytes, modified.", NULL,
     "s3.list(\"s3://labbook-ada-data/train/\"):show()"},
    {"s3.delete", CALL(cloud), "s3.delete(what)", "Delete s3://bucket/key.", NULL,
     "s3.delete(\"s3://labbook-ada-data/hello.txt\")"},
    {"s3.set_policy", CALL(cloud), "s3.set_policy(bucket, [policy])",
     "Set a bucket's policy, a map; nil removes it.", NULL,
     "s3.set_policy(\"labbook-ada-data\", {Version = \"2012-10-17\", Statement = {...}})"},
    {"s3.public_access", CALL(cloud), "s3.public_access(bucket, allowed)",
     "Let a bucket policy open the bucket to everybody, or not (the default).", NULL,
     "s3.public_access(\"labbook-ada-data\", true)"},
    {"s3.get_as_anyone", CALL(cloud), "s3.get_as_anyone(from) -> text",
     "Read an object as somebody without any credentials.", NULL,
     "print(pcall(s3.get_as_anyone, \"s3://labbook-ada-data/hello.txt\"))"},
    {"s3.put_as_anyone", CALL(cloud), "s3.put_as_anyone(text, to)",
     "Try to write an object as somebody without any credentials.", NULL,
     "print(pcall(s3.put_as_anyone, \"x\", \"s3://labbook-ada-data/x.txt\"))"},
};

static const struct lab_entry iam_entries[] = {
    {"iam.create_role", CALL(cloud), "iam.create_role(name, {options}) -> map",
     "Make a role: {name, arn}. One of that name that a lab has made is made anew.",
     "service: who may be it, as \"sagemaker.amazonaws.com\"\n"
     "trust: the whole trust policy instead, a map\n"
     "policies: names or ARNs of managed policies to attach, a list",
     "role = iam.create_role(\"labbook-notebook\", {service = \"sagemaker.amazonaws.com\"})"},
    {"iam.delete_role", CALL(cloud), "iam.delete_role(name)", "Delete a role with its policies.",
     NULL, "iam.delete_role(\"labbook-notebook\")"},
    {"iam.role", CALL(cloud), "iam.role(name) -> map",
     "A role: {name, arn, trust, attached, policies}.", NULL,
     "print(iam.role(\"labbook-notebook\").arn)"},
    {"iam.roles", CALL(cloud), "iam.roles() -> table", "All roles.", NULL, "iam.roles():show()"},
    {"iam.put_policy", CALL(cloud), "iam.put_policy(role, name, policy)",
     "Give a role a policy of its own, a map.", NULL,
     "iam.put_policy(\"labbook-notebook\", \"read-data\", policy)"},
    {"iam.delete_policy", CALL(cloud), "iam.delete_policy(role, name)",
     "Take a role's own policy away.", NULL,
     "iam.delete_policy(\"labbook-notebook\", \"read-data\")"},
    {"iam.attach", CALL(cloud), "iam.attach(role, policy_name)",
     "Attach a managed policy by name or ARN.", NULL,
     "iam.attach(\"labbook-notebook\", \"AmazonSageMakerFullAccess\")"},
    {"iam.detach", CALL(cloud), "iam.detach(role, policy_name)", "Detach a managed policy.", NULL,
     "iam.detach(\"labbook-notebook\", \"AmazonSageMakerFullAccess\")"},
    {"iam.simulate", CALL(cloud), "iam.simulate{options} -> map",
     "May they? {allowed, decision} for one action and resource.",
     "role: whose policies to ask\n"
     "policy: a policy to ask instead, a map, or a list of them\n"
     "resource_policy: the resource's own policy, a map\n"
     "principal: the ARN of who asks\n"
     "action: as \"s3:GetObject\" (required)\n"
     "resource: an ARN (\"*\")\n"
     "context: condition keys, {[\"aws:SourceIp\"] = \"203.0.113.7\"}",
     "print(iam.simulate{policy = p, action = \"s3:GetObject\", "
     "resource = \"arn:aws:s3:::b/k\"}.decision)"},
};

#define JOB_OPTIONS                                                                                \
    "name: the job's name; made up from the step's where left out\n"                               \
    "role: name or ARN of the role it runs as (required)\n"                                        \
    "instance: the instance type (\"ml.m5.large\")\n"                                              \
    "instances: how many (1)\n"

static const struct lab_entry sagemaker_entries[] = {
    {"sagemaker.role", CALL(cloud), "sagemaker.role(name, bucket) -> text",
     "The role that jobs run as, made where it is missing: SageMaker may take it, and it may use "
     "this one bucket, write logs and fetch images. Gives its ARN.",
     NULL, "role = sagemaker.role(\"labbook-jobs\", \"labbook-ada-data\")"},
    {"sagemaker.train", CALL(cloud), "sagemaker.train{options} -> map",
     "Train XGBoost as a SageMaker training job and wait for it, showing its life and its metrics. "
     "Gives {name, status, model, metrics, seconds, billable_seconds}.",
     JOB_OPTIONS "train: s3://bucket/prefix with the rows to learn from (required)\n"
                 "validation: s3://bucket/prefix with the rows to measure on\n"
                 "output: s3://bucket/prefix for the model (required)\n"
                 "parameters: XGBoost's parameters, with num_round (required)\n"
                 "max_seconds: the job is stopped after so long (3600)\n"
                 "spot: true uses spare capacity\n"
                 "sharded: true gives each instance a part of the data\n"
                 "content_type: of the data (\"text/csv\")\n"
                 "wait: false only starts the job (true)",
     "job = sagemaker.train{role = \"labbook-notebook\",\n  train = \"s3://b/train/\", output = "
     "\"s3://b/model/\",\n  parameters = {num_round = 60, objective = \"binary:logistic\"}}"},
    {"sagemaker.image", CALL(cloud), "sagemaker.image([version]) -> text",
     "The address of SageMaker's own XGBoost in this region, for definitions of pipelines.", NULL,
     "print(sagemaker.image(\"1.7-1\"))"},
    {"sagemaker.create_model", CALL(cloud), "sagemaker.create_model{options} -> text",
     "Make a model that jobs and endpoints can use.",
     "name: its name\n"
     "data: s3://bucket/key of model.tar.gz, or a finished training job (required)\n"
     "role: name or ARN of the role it runs as (required)",
     "name = sagemaker.create_model{data = job, role = \"labbook-notebook\"}"},
    {"sagemaker.transform", CALL(cloud), "sagemaker.transform{options} -> map",
     "Batch transform: score all rows below an S3 prefix and wait for it. Gives {name, status, "
     "output, seconds}.",
     "name: the job's name; made up from the step's where left out\n"
     "model: a model's name (required)\n"
     "input: s3://bucket/prefix with the rows to score (required)\n"
     "output: s3://bucket/prefix for the predictions (required)\n"
     "instance: the instance type (\"ml.m5.large\")\n"
     "instances: how many (1)\n"
     "join: true puts each prediction behind its row\n"
     "input_filter: which columns to score, as \"$[1:]\"\n"
     "output_filter: which columns to write\n"
     "content_type: of the data (\"text/csv\")\n"
     "wait: false only starts the job (true)",
     "batch = sagemaker.transform{model = name, input = \"s3://b/test/\", output = "
     "\"s3://b/out/\"}"},
    {"sagemaker.endpoint", CALL(cloud), "sagemaker.endpoint{options} -> text",
     "Start an endpoint that answers requests, and wait until it is in service. It costs until it "
     "is deleted.",
     "name: its name\n"
     "model: a model's name (required)\n"
     "instance: the instance type (\"ml.m5.large\")\n"
     "instances: how many (1)\n"
     "serverless: {memory_mb = 2048, concurrency = 5} instead of instances",
     "endpoint = sagemaker.endpoint{model = name}"},
    {"sagemaker.invoke", CALL(cloud), "sagemaker.invoke(endpoint, rows) -> list",
     "Score rows by an endpoint: CSV text, or a table of features.", NULL,
     "print(sagemaker.invoke(endpoint, test:head(1):drop{\"damage\"})[1])"},
    {"sagemaker.delete_endpoint", CALL(cloud), "sagemaker.delete_endpoint(name)",
     "Delete an endpoint and its configuration.", NULL, "sagemaker.delete_endpoint(endpoint)"},
    {"sagemaker.delete_model", CALL(cloud), "sagemaker.delete_model(name)",
     "Delete a model; its file in S3 stays.", NULL, "sagemaker.delete_model(name)"},
    {"sagemaker.tune", CALL(cloud), "sagemaker.tune{options} -> table",
     "Search for good hyperparameters with training jobs; a row for each job, the best first.",
     "name: the tuning job's name\n"
     "role: name or ARN of the role it runs as (required)\n"
     "instance: the instance type (\"ml.m5.large\")\n"
     "train: s3://bucket/prefix with the rows to learn from (required)\n"
     "validation: s3://bucket/prefix with the rows to measure on (required)\n"
     "output: s3://bucket/prefix for the models (required)\n"
     "parameters: XGBoost's parameters that stay the same\n"
     "ranges: {max_depth = {low = 2, high = 8}, eta = {low = 0.05, high = 0.5}} (required)\n"
     "metric: as \"validation:auc\" (required)\n"
     "jobs: how many in all (6)\n"
     "parallel: how many at once (2)\n"
     "max_seconds: each job is stopped after so long (3600)",
     "search = sagemaker.tune{role = \"labbook-notebook\", train = \"s3://b/train/\",\n"
     "  validation = \"s3://b/valid/\", output = \"s3://b/tune/\", metric = \"validation:auc\",\n"
     "  parameters = {num_round = 40}, ranges = {max_depth = {low = 2, high = 8}}}"},
    {"sagemaker.wait", CALL(cloud), "sagemaker.wait(job) -> map",
     "Wait for a job that was started with wait = false.", NULL, "job = sagemaker.wait(job)"},
    {"sagemaker.stop", CALL(cloud), "sagemaker.stop(job)", "Stop a job.", NULL,
     "sagemaker.stop(job)"},
    {"sagemaker.describe", CALL(cloud), "sagemaker.describe(kind, name) -> map",
     "Everything the service says about a thing; kind is \"training job\", \"transform job\", "
     "\"tuning job\", \"model\", \"endpoint\" or \"notebook\".",
     NULL, "print(sagemaker.describe(\"training job\", job.name).TrainingJobStatus)"},
    {"sagemaker.list", CALL(cloud), "sagemaker.list(kind) -> table",
     "The things of a kind in this region: name, status, created.", NULL,
     "sagemaker.list(\"training job\"):show()"},
    {"sagemaker.create_notebook", CALL(cloud), "sagemaker.create_notebook{options} -> text",
     "Make a notebook instance and wait until it is in service. It costs until it is stopped.",
     "name: its name; made up from the step's where left out\n"
     "role: name or ARN of the role it runs as (required)\n"
     "instance: the instance type (\"ml.t3.medium\")",
     "sagemaker.create_notebook{name = \"labbook-ada\", role = \"labbook-notebook\"}"},
    {"sagemaker.start_notebook", CALL(cloud), "sagemaker.start_notebook(name)",
     "Start a stopped notebook instance and wait for it.", NULL,
     "sagemaker.start_notebook(\"labbook-ada\")"},
    {"sagemaker.stop_notebook", CALL(cloud), "sagemaker.stop_notebook(name)",
     "Stop a notebook instance and wait for it.", NULL, "sagemaker.stop_notebook(\"labbook-ada\")"},
    {"sagemaker.delete_notebook", CALL(cloud), "sagemaker.delete_notebook(name)",
     "Delete a stopped notebook instance.", NULL, "sagemaker.delete_notebook(\"labbook-ada\")"},
    {"sagemaker.label", CALL(cloud), "sagemaker.label{options} -> map",
     "Start a labelling job: people choose a category for each item of a manifest. Gives {name, "
     "status}; sagemaker.wait gives the output manifest as well, when all is labelled.",
     "name: the job's name; made up from the step's where left out\n"
     "role: name or ARN of the role it runs as (required)\n"
     "input: s3://bucket/key of the manifest (required)\n"
     "output: s3://bucket/prefix (required)\n"
     "categories: the labels to choose from, a list (required)\n"
     "task: text, image, boxes or segments (\"text\")\n"
     "title: what the workers read first\n"
     "attribute: the name of the label in the output manifest (\"label\")\n"
     "automatic: true lets a model label what it is sure of\n"
     "threshold: how sure; on the practice cloud only, AWS chooses it itself\n"
     "wait: true waits until all is labelled (false)",
     "job = sagemaker.label{role = \"labbook-jobs\", input = \"s3://b/items.manifest\",\n"
     "  output = \"s3://b/labels/\", categories = {\"bird\", \"bat\"}}"},
    {"sagemaker.tasks", CALL(cloud), "sagemaker.tasks(job, {options}) -> table",
     "What a labelling job asks its workers next, on the practice cloud: task, item, text, and "
     "what the model guesses. The hardest come first.",
     "most: how many (10)\nworker: who asks", "sagemaker.tasks(job):show()"},
    {"sagemaker.answer", CALL(cloud), "sagemaker.answer(job, task, category)",
     "A worker's answer to one of sagemaker.tasks, on the practice cloud.", NULL,
     "sagemaker.answer(job, 0, \"bird\")"},
    {"sagemaker.pipeline", CALL(cloud), "sagemaker.pipeline{options} -> text",
     "Make or change a pipeline from its definition, a map. Gives its ARN.",
     "name: its name (required)\n"
     "role: name or ARN of the role it runs as (required)\n"
     "definition: the definition, a map (required)",
     "sagemaker.pipeline{name = \"labbook\", role = \"labbook-jobs\",\n"
     "  definition = {Version = \"2020-12-01\", Steps = {...}}}"},
    {"sagemaker.run_pipeline", CALL(cloud), "sagemaker.run_pipeline(name, [parameters]) -> table",
     "Run a pipeline and wait for it; a row for each step.", NULL,
     "sagemaker.run_pipeline(\"labbook\", {Rounds = 60}):show()"},
};

static const struct lab_entry logs_entries[] = {
    {"logs.tail", CALL(cloud), "logs.tail(job, {options}) -> list",
     "The last lines that a job has written.",
     "lines: how many (20)\nkind: \"training\" (the default), \"transform\" or \"endpoint\"",
     "for _, line in ipairs(logs.tail(job)) do print(line) end"},
    {"logs.groups", CALL(cloud), "logs.groups() -> table", "The log groups there are.", NULL,
     "logs.groups():show()"},
};

const struct lab_library lab_library_aws = {"aws", LAB_LIBRARY,
                                            "Regions, costs, and what labs have left behind.",
                                            CLOUD, ENTRIES(aws_entries)};
const struct lab_library lab_library_sts = {
    "sts", LAB_LIBRARY, "The Security Token Service: who am I?", CLOUD, ENTRIES(sts_entries)};
const struct lab_library lab_library_s3 = {
    "s3", LAB_LIBRARY, "Amazon S3: buckets and what is in them.", CLOUD, ENTRIES(s3_entries)};
const struct lab_library lab_library_iam = {
    "iam", LAB_LIBRARY, "Roles and policies: who may do what.", CLOUD, ENTRIES(iam_entries)};
const struct lab_library lab_library_sagemaker = {
    "sagemaker", LAB_LIBRARY, "Amazon SageMaker: training, batch transform, endpoints.", CLOUD,
    ENTRIES(sagemaker_entries)};
const struct lab_library lab_library_logs = {
    "logs", LAB_LIBRARY, "CloudWatch Logs: what jobs have written.", CLOUD, ENTRIES(logs_entries)};
