#!/bin/sh
# Labs on the practice cloud and on what poses as AWS: calls from a step, errors in the service's
# words, consent to what costs, and no key in any output.
. "$(dirname "$0")/tap.sh.inc"
. tests/cli/cloud.sh.inc

lesson=$scratch/book/lessons/01-cloud
mkdir -p "$lesson"
cat > "$lesson/lesson.md" << 'L'
---
title: Cloud
summary: For a test.
minutes: 1
---

Text.

```lua lab id=who targets=local,practice,aws
me = sts.whoami()
print("I am " .. me.arn)
print("keys: " .. tostring(me.secret) .. tostring(me.key))
```

```lua lab id=store targets=practice
s3.create_bucket("lab-cloud-test")
lab.write("a.csv", "1,2\n")
print(s3.put("a.csv", "s3://lab-cloud-test/d/a.csv").bytes .. " bytes up")
s3.put_text("hello there", "s3://lab-cloud-test/t.txt")
print(s3.get_text("s3://lab-cloud-test/t.txt"))
s3.get("s3://lab-cloud-test/d/a.csv", "b.csv")
print("again " .. lab.read("b.csv"))
s3.delete("s3://lab-cloud-test/t.txt")
print(pcall(s3.get_text, "s3://lab-cloud-test/t.txt"))
print(pcall(iam.put_policy, "nobody", "p", {Version = "2012-10-17", Statement = {}}))
print(pcall(iam.attach, "no-role", "AmazonSageMakerFullAccess"))
print(pcall(s3.delete_bucket, "lab-cloud-test"))
s3.delete_bucket("lab-cloud-test", {force = true})
```

```lua lab id=places targets=practice,aws
print("at first in " .. aws.region())
aws.region("eu-north-1")
s3.create_bucket("lab-cloud-far")
s3.put_text("found", "s3://lab-cloud-far/a/note.txt")
aws.region("eu-west-1")
print(pcall(s3.get_text, "s3://lab-cloud-far/a/note.txt"))
print(pcall(aws.region, "eu-nort-1"))
home = s3.region("lab-cloud-far")
aws.region(home)
print(home .. ": " .. s3.get_text("s3://lab-cloud-far/a/note.txt"))
print(s3.list("s3://lab-cloud-far/"):row(1).key, s3.buckets():count() > 0)
```

```lua lab id=rights targets=practice,aws
print("still in " .. aws.region())
role = iam.create_role("lab-cloud-role", {service = "sagemaker.amazonaws.com", policies = {"AmazonS3ReadOnlyAccess"}})
iam.put_policy("lab-cloud-role", "own", {Version = "2012-10-17", Statement = {{Effect = "Allow", Action = "s3:PutObject", Resource = "*"}}})
r = iam.role("lab-cloud-role")
print(r.attached[1], r.policies.own.Statement[1].Action, r.trust.Statement[1].Principal.Service)
may = function(action) return iam.simulate{role = "lab-cloud-role", action = action, resource = "arn:aws:s3:::x/y"}.decision end
print(may("s3:PutObject"), may("s3:GetObject"), may("s3:DeleteObject"))
print(iam.simulate{policy = {Version = "2012-10-17", Statement = {{Effect = "Deny", Action = "*", Resource = "*"}}}, action = "s3:ListBucket"}.decision)
print(pcall(sts.assume_role, "lab-cloud-role"))
iam.create_role("lab-cloud-me", {trust = {Version = "2012-10-17", Statement = {{Effect = "Allow", Principal = {AWS = sts.whoami().arn}, Action = "sts:AssumeRole"}}}})
print(sts.assume_role("lab-cloud-me").arn)
print(pcall(s3.get_text, "s3://lab-cloud-far/a/note.txt"))
sts.leave_role()
s3.public_access("lab-cloud-far", true)
s3.set_policy("lab-cloud-far", {Version = "2012-10-17", Statement = {{Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::lab-cloud-far/*"}}})
print("anyone reads " .. s3.get_as_anyone("s3://lab-cloud-far/a/note.txt"))
print(pcall(s3.put_as_anyone, "x", "s3://lab-cloud-far/x.txt"))
```

```lua lab id=money targets=practice,aws
print(aws.budget(5).left, aws.budget().budget)
ten = aws.cost{instance = "ml.m5.large", minutes = 10}
print(ten.currency, ten.total > 0.01 and ten.total < 0.1, #ten.lines)
print(pcall(aws.cost, {instance = "ml.m5.huge"}))
aws.budget("none")
for _, e in aws.ledger():each() do print("left: " .. e.kind .. " " .. e.name .. " " .. e.region) end
for _, e in aws.cleanup():each() do print(e.done .. " " .. e.name) end
print(aws.ledger():count() .. " left")
```

```lua lab id=wrong targets=practice,aws
print(pcall(sagemaker.train, {rloe = "x"}))
print(pcall(sagemaker.train, {role = "x"}))
print(pcall(s3.put_text, "x"))
print(pcall(s3.put_text, "\xff\xfe", "s3://lab-cloud-far/x"))
print(pcall(s3.get, "s3://lab-cloud-far/x", "../../out"))
print(pcall(iam.put_policy, "r", "p", "text"))
```

```lua lab id=train targets=practice,aws timeout=120s
s3.create_bucket("lab-cloud-jobs")
s3.put_text("0,1\n1,2\n0,3\n1,4\n", "s3://lab-cloud-jobs/train/train.csv")
iam.create_role("lab-cloud-jobs", {service = "sagemaker.amazonaws.com", policies = {"AmazonSageMakerFullAccess", "AmazonS3FullAccess"}})
order = {role = "lab-cloud-jobs", train = "s3://lab-cloud-jobs/train/", output = "s3://lab-cloud-jobs/model/",
  parameters = {num_round = 60, objective = "binary:logistic", eval_metric = "auc"}, max_seconds = 300}
job = sagemaker.train(order)
print(job.name, job.status, table.concat(job.life, " "), job.metrics["train:auc"])
print(s3.list("s3://lab-cloud-jobs/model/"):row(1).key)
print(logs.tail(job, {lines = 1})[1])
print(sagemaker.list("training job"):count() > 0, sagemaker.describe("training job", job.name).RoleArn)
order.wait = false
later = sagemaker.wait(sagemaker.train(order))
print(later.name, later.status, sagemaker.wait(later.name).status)
order.train = "s3://lab-cloud-jobs/trian/"
print(pcall(sagemaker.train, order))
order.train, order.instance = "s3://lab-cloud-jobs/train/", "ml.p3.2xlarge"
print(pcall(sagemaker.train, order))
aws.budget(0.001)
order.instance = "ml.m5.large"
print(pcall(sagemaker.train, order))
aws.budget("none")
```

```lua lab id=ask targets=practice timeout=60s
name = sagemaker.create_model{data = job, role = "lab-cloud-jobs"}
live = sagemaker.endpoint{model = name, serverless = {memory_mb = 2048, concurrency = 2}}
print("two answers: " .. #sagemaker.invoke(live, "1\n2\n"), #sagemaker.invoke(live, data.table{x = {1, 2, 3}}))
print(pcall(sagemaker.endpoint, {model = name, serverless = {memory = 2048}}))
sagemaker.delete_endpoint(live)
s3.put_text("1\n2\n", "s3://lab-cloud-jobs/rows/rows.csv")
batch = sagemaker.transform{model = name, input = "s3://lab-cloud-jobs/rows/", output = "s3://lab-cloud-jobs/out/", join = true}
print(batch.status, s3.get_text("s3://lab-cloud-jobs/out/rows.csv.out"):match("^1,0%.%d+\n2,0%.%d+") ~= nil)
```
L
endless=$scratch/book/lessons/02-endless
mkdir -p "$endless"
cat > "$endless/lesson.md" << 'L'
---
title: Endless
summary: For a test.
minutes: 1
---

```lua lab id=long targets=practice,aws timeout=120s
s3.create_bucket("lab-cloud-long")
s3.put_text(string.rep("0,1\n1,2\n0,3\n1,4\n", 5000), "s3://lab-cloud-long/train/train.csv")
iam.create_role("lab-cloud-long", {service = "sagemaker.amazonaws.com", policies = {"AmazonSageMakerFullAccess", "AmazonS3FullAccess"}})
sagemaker.train{role = "lab-cloud-long", train = "s3://lab-cloud-long/train/", output = "s3://lab-cloud-long/model/",
  parameters = {num_round = 1000000, objective = "binary:logistic"}, max_seconds = 600}
```
L
run() { "$labbook" run "$lesson/$1" --target "$2" --yes > "$scratch/out" 2>&1 < /dev/null; }
says() { grep -qE "$1" "$scratch/out" || { cat "$scratch/out"; false; }; }

run who local
ok "on this computer alone a call says where it works" says 'sts works on the targets .*practice.*local'
run who practice
ok "where no practice cloud runs, one is started for the run" says 'I am arn:aws:iam::[0-9]{12}:user/learner'
url=$(python3 -c "import json,sys; print(json.load(open(sys.argv[1]))['endpoint'])" "$XDG_DATA_HOME/labbook/cloud/endpoint.json")
ok "and is gone afterwards" sh -c '[ -n "$2" ] && ! curl -s -o "$1/none" "$2"' sh "$scratch" "$url"
ok "labbook test starts one as well" "$labbook" test --no-cache --target practice "$lesson"

cloud_begin

ok "whoami answers" run who practice
ok "with the learner's ARN" says 'I am arn:aws:iam::[0-9]{12}:user/learner'
ok "and nothing of the keys" says 'keys: nilnil'
cp "$scratch/out" "$scratch/all"
ok "a step stores, reads and deletes" run store practice
ok "a file goes up" says '4 bytes up'
ok "a text comes back" says 'hello there'
ok "a file comes back" says 'again 1,2'
ok "what is not there is told with its code" says 'NoSuchKey'
ok "IAM's errors as well" says 'NoSuchEntity|MalformedPolicyDocument'
ok "a policy is attached to a role only where there is one" says 'iam.attach: .*NoSuchEntity.*no-role'
ok "and a bucket that is not empty" says 'BucketNotEmpty'
cat "$scratch/out" >> "$scratch/all"

ok "regions, rights and money: a step runs what stands before it" run money practice
run places practice
ok "a lab begins in the target's region" says '^at first in us-east-1'
ok "from a wrong region S3 answers in its own words" says 'get_text: S3 GetObject: PermanentRedirect'
ok "a region that is none is met with the nearest" says "no region 'eu-nort-1'; did you mean 'eu-north-1'"
ok "s3.region tells where a bucket is" says '^eu-north-1: found'
ok "lists are tables" says '^a/note.txt	true'
run rights practice
ok "a later step is where the step before it was" says '^still in eu-north-1'
ok "a role is told with its policies" says '^AmazonS3ReadOnlyAccess	s3:PutObject	sagemaker.amazonaws.com'
ok "the simulator says who may" says '^allowed	allowed	implicitDeny'
ok "and asks a policy of nobody" says '^explicitDeny'
ok "a role for SageMaker is not one's own" says 'AssumeRole: AccessDenied: User: .*user/learner is not authorized to perform: sts:AssumeRole'
ok "a lab acts as a role" says 'assumed-role/lab-cloud-me/'
ok "which may not do everything" says 'get_text: .*assumed-role/lab-cloud-me/.* is not authorized to perform: s3:GetObject'
ok "anybody reads what is open" says '^anyone reads found'
ok "and writes nothing" says 'put_as_anyone: .*AccessDenied'
run money practice
ok "a budget is set and read" says '^5.*	5'
ok "the price list tells what a step costs" says '^USD	true	1'
ok "an instance that is none is met with one that is" says 'ml.m5.huge'
ok "the ledger holds what labs have made" says '^left: bucket lab-cloud-far eu-north-1'
ok "in every region" says '^left: role lab-cloud-role everywhere'
ok "a clean-up deletes it" says '^deleted bucket lab-cloud-far'
ok "and all of it" says '^0 left'
run wrong practice
ok "options are known" says "no option 'rloe'; did you mean 'role'"
ok "and required" says "option 'train' is required: s3://bucket/prefix with the rows"
ok "arguments too" says 'the to should be text, not nothing'
ok "what is no text is said to be none" says 'the text is not text'
ok "files stay in the lab's folder" says "cannot be a file's name here"
ok "a policy is a map" says 'the policy should be a map, not text'

# ---- target aws, the practice cloud posing as AWS
json=$XDG_DATA_HOME/labbook/cloud/endpoint.json
field() { python3 -c "import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])" "$json" "$1"; }
mkdir -p "$HOME/.aws"
printf '[learner]\naws_access_key_id = %s\naws_secret_access_key = %s\n' \
    "$(field access_key_id)" "$(field secret_access_key)" > "$scratch/aws-credentials"
printf '[profile learner]\nregion = us-east-1\n' > "$scratch/aws-config"
posing() {
    AWS_ENDPOINT_URL=$(field endpoint) AWS_PROFILE=learner AWS_CONFIG_FILE=$scratch/aws-config \
        AWS_SHARED_CREDENTIALS_FILE=$scratch/aws-credentials "$labbook" run "$lesson/$1" --target aws $2 \
        > "$scratch/out" 2>&1 < /dev/null
    code=$?
    cat "$scratch/out" >> "$scratch/all"
    return $code
}
ok "on AWS nothing happens that nobody agreed to" sh -c '! "$@"' sh env AWS_ENDPOINT_URL="$(field endpoint)" \
    AWS_PROFILE=learner AWS_CONFIG_FILE="$scratch/aws-config" AWS_SHARED_CREDENTIALS_FILE="$scratch/aws-credentials" \
    "$labbook" run "$lesson/who" --target aws
posing who
ok "whose account it is is told first" says "calls go to your AWS account $(field account), region us-east-1"
ok "and without a person it is a no" says 'sts.whoami: not confirmed, so nothing was done'
ok "with --yes a lab runs on AWS as on practice" posing money --yes
ok "and leaves nothing there" says '^0 left'
posing who --yes
ok "as the profile's user" says 'I am arn:aws:iam::[0-9]{12}:user/learner'
ok "a target without a region says what is missing" sh -c 'env AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=not-for-labs AWS_CONFIG_FILE=/none AWS_SHARED_CREDENTIALS_FILE=/none "$1" run "$2" --target aws --yes < /dev/null 2>&1 | grep -q "no region is set"' sh "$labbook" "$lesson/who"

# ---- jobs
run train practice
ok "a training job runs, and its life is told" says '^labbook-train-1	Completed	Starting Downloading Training Uploading Completed	'
ok "what it may cost is told first" says '^  costs      at most 0.0[0-9]* dollars'
ok "its log is streamed" says '^\[0\].*train-auc:'
ok "of a long one the beginning and the end" says '^\.\.\. [0-9]+ more lines'
ok "the artefact is in S3" says '^model/labbook-train-1/output/model.tar.gz'
ok "logs.tail gives the last line" says '^\[59\].*train-auc'
ok "a job is listed and described" says '^true	arn:aws:iam::[0-9]{12}:role/lab-cloud-jobs'
ok "a job is waited for later" says '^labbook-train-2	Completed	Completed'
ok "a wrong place is refused in SageMaker's words" says '^false	sagemaker.train: .*ValidationException: No S3 objects found under S3 URL "s3://lab-cloud-jobs/trian/"'
ok "an instance without quota as well" says "^false	sagemaker.train: .*ResourceLimitExceeded: The account-level service limit 'ml.p3.2xlarge for training job usage' is 0"
ok "and the budget in the guard's" says '^false	sagemaker.train: over the budget'

run ask practice
ok "an endpoint without a machine of its own says how it costs" says '^  costs      by the second of an answer'
ok "it answers text and tables" says '^two answers: 2	3'
ok "its options are known" says "no 'memory'; did you mean 'memory_mb'"
ok "a batch transform puts each answer behind its row" says '^Completed	true'

"$labbook" run "$endless/long" --target practice > "$scratch/out" 2>&1 < /dev/null &
runs=$!
for _ in $(seq 100); do grep -q '^\[[0-9]*\]#011' "$scratch/out" && break; sleep 0.2; done
kill -INT $runs
wait $runs
ok "Ctrl-C stops the step" says 'stopped'
status() { "$labkit" aws call sagemaker DescribeTrainingJob "{\"TrainingJobName\":\"$1\"}" --target practice | grep -o '"TrainingJobStatus": *"[A-Za-z]*"'; }
for _ in $(seq 50); do status labbook-long-1 > "$scratch/out" 2>&1; grep -q '"Stopped"' "$scratch/out" && break; sleep 0.2; done
ok "and the job in the cloud with it" says '"Stopped"'

# A person at a terminal: answers in turn, until there are none left.
cat > "$scratch/person.py" << 'P'
import os, pty, sys
answers, out, asked = sys.argv[2].split(","), b"", 0
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
while True:
    try:
        chunk = os.read(fd, 65536)
    except OSError:
        break
    if not chunk:
        break
    out += chunk
    while out.count(b"[y/N]") > asked:
        os.write(fd, (answers[asked] if asked < len(answers) else "n").encode() + b"\n")
        asked += 1
os.waitpid(pid, 0)
open(sys.argv[1], "wb").write(out.replace(b"\r\n", b"\n"))
P
person() {
    AWS_ENDPOINT_URL=$(field endpoint) AWS_PROFILE=learner AWS_CONFIG_FILE=$scratch/aws-config \
        AWS_SHARED_CREDENTIALS_FILE=$scratch/aws-credentials NO_COLOR=1 python3 "$scratch/person.py" \
        "$scratch/out" "$1" "$labbook" run "$lesson/$2" --target aws
    cat "$scratch/out" >> "$scratch/all"
}
"$labkit" aws cleanup --target practice > "$scratch/none" 2>&1
person y,y,y,y,y,y,n train
asks() { [ "$(grep -c 'Go on?' "$scratch/out")" = "$1" ]; }
ok "on AWS rights are changed with consent" says "The lab makes the role 'lab-cloud-role', which these may take: .*sagemaker.amazonaws.com"
ok "on AWS a no to a step ends it" says 'not confirmed'
person y,y,y,y,y,y,y,y,y,y,y,y,y,y,y,y,y train
ok "with a yes to each question the job runs" says '^labbook-train-[0-9]+	Completed	Starting'
ok "a job is asked about with its cost" says 'costs      at most 0.0[0-9]* dollars'
same "once in a step, and again for what costs more" 2 \
    "$(awk '/^  quota/ { q = 1; next } /^Go on/ && q { n++ } /./ { q = 0 } END { print n }' "$scratch/out")"
for word in access_key_id secret_access_key admin_token; do
    key=$(field $word)
    ok "no output has the $word" sh -c '[ -n "$1" ] && grep -q learner "$2" && ! grep -qF -e "$1" "$2"' sh "$key" "$scratch/all"
done
done_testing
