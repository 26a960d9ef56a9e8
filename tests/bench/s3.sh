#!/bin/sh
# labkit aws s3 against awscli and rclone, on the same server in the same run: tests/bench/s3.sh BUILD
#
# A long file up and down (S3_MIB MiB, default 1024) and a thousand of 10 KiB up and down; what
# each client took of CPU, wall time and memory. The clients take turns, S3_ROUNDS times (default
# 3): the least CPU and wall time of each counts and its most memory, since the disk and a busy
# machine only ever add. Reach: at most a third of awscli's CPU, under 30 MB, and no slower than
# the best of the two.
#
# All move the same bytes to and from the same place; what they check differs, and never to our
# advantage: upwards we send the CRC64NVME of each part and of the whole (awscli the SHA-256 and
# MD5 of each part, since this is plain HTTP; rclone the MD5 of the whole too), downwards we
# compare the CRC64NVME of the whole (awscli 2.9 compares nothing, rclone MD5s where it left one).
# The server is the practice cloud; S3_SERVER=s3rver takes that one instead (npx), whose objects
# have no checksums, so that ours are compared by MD5.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/bench/must.sh.inc
build=$(cd "$1" && pwd) mib=${S3_MIB:-1024} rounds=${S3_ROUNDS:-3} port=${S3_PORT:-4597}
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

# take CLIENT WHAT COMMAND...: run it; CPU seconds, wall seconds and MB go to a file, the best so far
take() {
    client=$1 what=$2
    shift 2
    if ! /usr/bin/time -f '%U %S %e %M' -o "$scratch/t" "$@" > "$scratch/log" 2>&1; then
        echo "$client: $what failed:" >&2
        tail -n 3 "$scratch/log" >&2
        exit 1
    fi
    awk '{ printf "%.2f %.2f %.0f\n", $1 + $2, $3, $4 / 1024 }' "$scratch/t" >> "$scratch/all.$client.$what"
    awk 'NR == 1 || $1 < c { c = $1 } NR == 1 || $2 < t { t = $2 } $3 > m { m = $3 }
        END { print c, t, m }' "$scratch/all.$client.$what" > "$scratch/$client.$what"
}
turn() {
    rm -rf "$scratch/back" "$scratch/back-many"
    case $1 in
    labkit)
        take "$1" up "$build/labkit" aws s3 cp -q "$scratch/long" "s3://bench/labkit$2"
        take "$1" down "$build/labkit" aws s3 cp -q "s3://bench/labkit$2" "$scratch/back"
        take "$1" up1000 "$build/labkit" aws s3 sync -q "$scratch/many" "s3://bench/l$2"
        take "$1" down1000 "$build/labkit" aws s3 sync -q "s3://bench/l$2" "$scratch/back-many"
        ;;
    awscli)
        e="--endpoint-url $url"
        take "$1" up $aws $e s3 cp --quiet "$scratch/long" "s3://bench/awscli$2"
        take "$1" down $aws $e s3 cp --quiet "s3://bench/awscli$2" "$scratch/back"
        take "$1" up1000 $aws $e s3 sync --quiet "$scratch/many" "s3://bench/a$2"
        take "$1" down1000 $aws $e s3 sync --quiet "s3://bench/a$2" "$scratch/back-many"
        ;;
    rclone)
        take "$1" up rclone -q copyto "$scratch/long" "b:bench/rclone$2"
        take "$1" down rclone -q copyto "b:bench/rclone$2" "$scratch/back"
        take "$1" up1000 rclone -q copy "$scratch/many" "b:bench/r$2"
        take "$1" down1000 rclone -q copy "b:bench/r$2" "$scratch/back-many"
        ;;
    esac
    cmp "$scratch/long" "$scratch/back" && diff -rq "$scratch/many" "$scratch/back-many" || exit 1
    "$build/labkit" aws s3 rm --recursive s3://bench/ > "$scratch/log" 2>&1 || exit 1
}
for round in $(seq "$rounds"); do
    for client in labkit awscli rclone; do turn $client "$round"; done
done

printf '%-10s %24s %24s %24s\n' "" "labkit" "awscli" "rclone"
printf '%-10s %24s %24s %24s\n' "" "CPU s  wall s   MB" "CPU s  wall s   MB" "CPU s  wall s   MB"
for what in up down up1000 down1000; do
    # shellcheck disable=SC2046
    set -- $(cat "$scratch/labkit.$what" "$scratch/awscli.$what" "$scratch/rclone.$what")
    printf '%-10s %8s %8s %6s %8s %8s %6s %8s %8s %6s\n' "$what" "$@"
done
for what in up down up1000 down1000; do
    # shellcheck disable=SC2046
    set -- $(cat "$scratch/labkit.$what" "$scratch/awscli.$what" "$scratch/rclone.$what")
    must "$what: CPU, in awscli's" "$(ratio "$1" "$4")" "<=" 0.333
    must "$what: MB of memory" "$3" "<" 30
    must "$what: wall time, in the best peer's" "$(ratio "$2" "$(printf '%s\n' "$5" "$8" | sort -g | head -n 1)")" "<=" 1.05
done
exit $status
