#!/bin/sh
# S3's data paths against s3rver, a server that is none of ours (npm; it checks no signatures):
# what goes up comes down, in one piece and in parts, under odd names, alone and as a folder.
. tests/cli/tap.sh.inc
s3rver=tests/clients/node_modules/.bin/s3rver
export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_REGION=us-east-1 \
    AWS_EC2_METADATA_DISABLED=true
# A port that nobody uses: the kernel's choice, asked for a moment before.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export AWS_ENDPOINT_URL="http://127.0.0.1:$port"
mkdir "$scratch/s3"
node "$s3rver" -d "$scratch/s3" -p "$port" -s > "$scratch/server.log" 2>&1 &
server=$!
trap 'kill $server 2> /dev/null; wait; rm -rf "$scratch"' EXIT INT TERM
n=0
until curl -s -o /dev/null "$AWS_ENDPOINT_URL" || [ $n = 100 ]; do
    n=$((n + 1))
    sleep 0.1
done

s3() { "$labkit" aws s3 "$@"; }
ok "a bucket is made" "$labkit" aws call --raw s3 CreateBucket '{"Bucket": "data"}'
head -c 20000000 /dev/urandom > "$scratch/long"
ok "20 MB go up in parts" s3 cp -q "$scratch/long" s3://data/long
ok "and come down in ranges" s3 cp -q s3://data/long "$scratch/back"
ok "equal" cmp "$scratch/long" "$scratch/back"
ok "no part is left on the server" sh -c "! '$labkit' aws s3 ls -r --json s3://data | grep -q part"
for name in "a b+c.csv" "ümlaut/ñ~.txt" "100% (of it)" ".hidden" "'quoted'&<x>"; do
    printf '%s\n' "$name" > "$scratch/small"
    ok "a name: $name" s3 cp -q "$scratch/small" "s3://data/odd/$name"
    same "comes back: $name" "$name" "$(s3 cp "s3://data/odd/$name" -)"
done
same "all are listed" 5 "$(s3 ls -r --json s3://data/odd/ | wc -l | tr -d ' ')"
ok "sync down" s3 sync -q s3://data/odd "$scratch/odd"
ok "sync up" s3 sync -q "$scratch/odd" s3://data/again
same "again moves nothing" 0 "$(s3 sync --json "$scratch/odd" s3://data/again | sed -n 's/.*"moved": \([0-9]*\).*/\1/p')"
ok "and down" s3 sync -q s3://data/again "$scratch/again"
ok "equal folders" diff -r "$scratch/odd" "$scratch/again"
ok "a copy within S3" s3 cp -q s3://data/long s3://data/copy
ok "a presigned URL is fetched by curl" sh -c "curl -sf \"\$('$labkit' aws s3 presign s3://data/copy)\" | cmp - '$scratch/long'"
: > "$scratch/empty"
ok "an empty file goes up" s3 cp -q "$scratch/empty" s3://data/empty
ok "and comes down" s3 cp -q s3://data/empty "$scratch/empty2"
same "empty" 0 "$(wc -c < "$scratch/empty2" | tr -d ' ')"
refused "what is not there" 1 'NoSuchKey|NotFound' "$labkit" aws s3 cp s3://data/none "$scratch/none"
ok "all is deleted" s3 rb --force s3://data
same "nothing is left" "" "$(s3 ls)"
done_testing
