#!/bin/sh
# labkit aws s3 against awscli and rclone, on the same server in the same run: tests/bench/s3.sh BUILD
#
# A long file up and down (S3_MIB MiB, default 1024) and a thousand of 10 KiB up and down; what
# each client took of CPU, wall time and memory. Reach: at most a third of awscli's CPU, under
# 30 MB, and no slower than the best. The server is the practice cloud; S3_SERVER=s3rver takes
# that one instead (npx), whose objects have no checksums, so that ours are compared by MD5.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$(cd "$1" && pwd) mib=${S3_MIB:-1024} port=${S3_PORT:-4597}
scratch=$(mktemp -d)
server=
# The server has a process group of its own, since npx is not itself the server.
trap 'kill -- "-$server" 2> /dev/null; wait; rm -rf "$scratch"' EXIT INT TERM
HOME=$scratch XDG_DATA_HOME=$scratch/data
export HOME XDG_DATA_HOME
aws=/usr/bin/aws
[ -x $aws ] || aws=aws

url=http://127.0.0.1:$port
if [ "${S3_SERVER:-}" = s3rver ]; then
    setsid npx --yes s3rver@3 -d "$scratch/s3" -p "$port" -s > "$scratch/server.log" 2>&1 &
    server=$!
    key=S3RVER secret=S3RVER
else
    setsid "$build/labkit" cloud --port "$port" --dir "$scratch/data/labbook/cloud" > "$scratch/server.log" 2>&1 &
    server=$!
    key= secret=
fi
n=0
until curl -s -o /dev/null "$url"; do
    n=$((n + 1))
    [ $n -lt 100 ] || { cat "$scratch/server.log" >&2; echo "the server does not start" >&2; exit 1; }
    sleep 0.1
done
if [ -z "$key" ]; then
    field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$scratch/data/labbook/cloud/endpoint.json"; }
    key=$(field access_key_id) secret=$(field secret_access_key)
fi
export AWS_ACCESS_KEY_ID="$key" AWS_SECRET_ACCESS_KEY="$secret" AWS_REGION=us-east-1 \
    AWS_DEFAULT_REGION=us-east-1 AWS_ENDPOINT_URL="$url" AWS_EC2_METADATA_DISABLED=true
unset AWS_CA_BUNDLE
export RCLONE_CONFIG_B_TYPE=s3 RCLONE_CONFIG_B_PROVIDER=Other RCLONE_CONFIG_B_ENDPOINT="$url" \
    RCLONE_CONFIG_B_ACCESS_KEY_ID="$key" RCLONE_CONFIG_B_SECRET_ACCESS_KEY="$secret" \
    RCLONE_CONFIG_B_REGION=us-east-1 RCLONE_CONFIG_B_FORCE_PATH_STYLE=true

head -c $((mib << 20)) /dev/urandom > "$scratch/long"
mkdir "$scratch/many"
for i in $(seq 1000); do head -c 10240 /dev/urandom > "$scratch/many/$i"; done
"$build/labkit" aws call --raw s3 CreateBucket '{"Bucket": "bench"}' > /dev/null || exit 1

# take CLIENT WHAT COMMAND...: run it; CPU seconds, wall seconds and MB go to a file
take() {
    client=$1 what=$2
    shift 2
    if ! /usr/bin/time -f '%U %S %e %M' -o "$scratch/t" "$@" > "$scratch/log" 2>&1; then
        echo "$client: $what failed:" >&2
        tail -n 3 "$scratch/log" >&2
        exit 1
    fi
    awk '{ printf "%.2f %.2f %.0f\n", $1 + $2, $3, $4 / 1024 }' "$scratch/t" > "$scratch/$client.$what"
}
for client in labkit awscli rclone; do
    rm -rf "$scratch/back" "$scratch/back-many"
    case $client in
    labkit)
        take $client up "$build/labkit" aws s3 cp -q "$scratch/long" s3://bench/labkit
        take $client down "$build/labkit" aws s3 cp -q s3://bench/labkit "$scratch/back"
        take $client up1000 "$build/labkit" aws s3 sync -q "$scratch/many" s3://bench/l
        take $client down1000 "$build/labkit" aws s3 sync -q s3://bench/l "$scratch/back-many"
        ;;
    awscli)
        e="--endpoint-url $url"
        take $client up $aws $e s3 cp --quiet "$scratch/long" s3://bench/awscli
        take $client down $aws $e s3 cp --quiet s3://bench/awscli "$scratch/back"
        take $client up1000 $aws $e s3 sync --quiet "$scratch/many" s3://bench/a
        take $client down1000 $aws $e s3 sync --quiet s3://bench/a "$scratch/back-many"
        ;;
    rclone)
        take $client up rclone -q copyto "$scratch/long" b:bench/rclone
        take $client down rclone -q copyto b:bench/rclone "$scratch/back"
        take $client up1000 rclone -q copy "$scratch/many" b:bench/r
        take $client down1000 rclone -q copy b:bench/r "$scratch/back-many"
        ;;
    esac
    cmp "$scratch/long" "$scratch/back" && diff -rq "$scratch/many" "$scratch/back-many" || exit 1
done

printf '%-10s %24s %24s %24s\n' "" "labkit" "awscli" "rclone"
printf '%-10s %24s %24s %24s\n' "" "CPU s  wall s   MB" "CPU s  wall s   MB" "CPU s  wall s   MB"
missed=0
for what in up down up1000 down1000; do
    # shellcheck disable=SC2046
    set -- $(cat "$scratch/labkit.$what" "$scratch/awscli.$what" "$scratch/rclone.$what")
    printf '%-10s %8s %8s %6s %8s %8s %6s %8s %8s %6s\n' "$what" "$@"
    awk -v w="$what" -v c="$1" -v t="$2" -v m="$3" -v ac="$4" -v at="$5" -v rt="$8" 'BEGIN {
        best = at < rt ? at : rt
        if (c * 3 > ac) { printf "  MISSED %s: %.2f of awscli'"'"'s CPU, not a third\n", w, c / ac; bad = 1 }
        if (m >= 30) { printf "  MISSED %s: %d MB, not under 30\n", w, m; bad = 1 }
        if (t > best * 1.05) { printf "  MISSED %s: %.2f times the best wall time\n", w, t / best; bad = 1 }
        exit bad }' || missed=1
done
exit $missed
