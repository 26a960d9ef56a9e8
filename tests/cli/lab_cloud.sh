#!/bin/sh
# Labs on the practice cloud: sts, s3 and iam from a step, its errors, and no key in any output.
. "$(dirname "$0")/tap.sh.inc"

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
L
run() { "$labbook" run "$lesson/$1" --target "$2" --yes > "$scratch/out" 2>&1 < /dev/null; }
says() { grep -qE "$1" "$scratch/out" || { cat "$scratch/out"; false; }; }

run who local
ok "on this computer alone a call says where it works" says 'sts works on the targets .*practice.*local'
run who practice
ok "where no practice cloud runs, one is started for the run" says 'I am arn:aws:iam::[0-9]{12}:user/learner'
url=$(python3 -c "import json,sys; print(json.load(open(sys.argv[1]))['endpoint'])" "$XDG_DATA_HOME/labbook/cloud/endpoint.json")
ok "and is gone afterwards" sh -c '[ -n "$2" ] && ! curl -s -o "$1/none" "$2"' sh "$scratch" "$url"
AWS_SECRET_ACCESS_KEY=not-for-labs run who aws
ok "on AWS a call says that labs do not reach it" says 'practice cloud only'

ok "labbook test starts one as well" "$labbook" test --no-cache --target practice "$lesson"

"$labkit" cloud --port 0 > "$scratch/url" 2> "$scratch/cloud.err" &
cloud=$!
trap 'kill $cloud; rm -rf "$scratch"' EXIT INT TERM
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$scratch/url" ] || sleep 0.3; done

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
json=$XDG_DATA_HOME/labbook/cloud/endpoint.json
for word in access_key_id secret_access_key admin_token; do
    key=$(python3 -c "import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])" "$json" $word)
    ok "no output has the $word" sh -c '[ -n "$1" ] && grep -q learner "$2" && ! grep -qF -e "$1" "$2"' sh "$key" "$scratch/all"
done
done_testing
