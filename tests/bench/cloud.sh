#!/bin/sh
# The practice cloud's S3 against s3rver in the same run, and its describe calls: tests/bench/cloud.sh BUILD
#
# Objects of 10 KiB are put and got by wrk over 16 connections, from requests signed beforehand;
# the two servers take turns, ROUNDS times (default 3), each on one processor while wrk has the
# other. A rate is requests for each second of processor time that the server took, so that what
# else the computer does counts little; a server's figure is its best round. s3rver does not check signatures and writes nothing
# through to the disk; the practice cloud does both. Reach: 3 times s3rver's rate at a third of its
# memory, 1,000 DescribeModel calls a second, and a start in 50 ms.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$(cd "$1" && pwd)
scratch=$(mktemp -d)
ours= theirs=
trap 'kill $ours $theirs 2> /dev/null; wait; rm -rf "$scratch"' EXIT INT TERM
HOME=$scratch
export HOME
servers="taskset -c 0" client="taskset -c 1"
[ "$(nproc)" -gt 1 ] || client=$servers

$servers "$build/labkit" cloud --port 4596 --dir "$scratch/cloud" > "$scratch/ours.log" 2>&1 &
ours=$!
$servers node tests/clients/node_modules/.bin/s3rver -d "$scratch/s3rver" -a 127.0.0.1 -p 4595 -s \
    > "$scratch/theirs.log" 2>&1 &
theirs=$!
for port in 4596 4595; do
    n=0
    until curl -s -o /dev/null "http://127.0.0.1:$port"; do
        n=$((n + 1))
        [ $n -lt 100 ] || { cat "$scratch"/*.log >&2; exit 1; }
        sleep 0.1
    done
done
# What starting took, of the processor, until the first answer; the best of ten, in milliseconds.
start=$(for i in 1 2 3 4 5 6 7 8 9 10; do
    : > "$scratch/start.out"
    "$build/labkit" cloud --port 0 --dir "$scratch/start" > "$scratch/start.out" 2> /dev/null &
    until [ -s "$scratch/start.out" ]; do sleep 0.01; done
    awk '{ printf "%.1f\n", $1 / 1e6 }' "/proc/$!/schedstat"
    kill $!
    wait $!
done | sort -n | head -n 1)
/usr/bin/python3 tests/bench/cloud_requests.py "$scratch" 4596 4595 || exit 1

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
# rate SERVER WHAT: requests answered with 2xx a second of the server's processor time
rate() {
    port=4596 pid=$ours
    if [ "$1" = theirs ]; then port=4595 pid=$theirs; fi
    before=$(ticks "$pid")
    REQUESTS=$scratch/$1.$2 $client wrk -t1 -c16 -d"${SECONDS_EACH:-3}s" \
        -s tests/bench/cloud_wrk.lua "http://127.0.0.1:$port/" > "$scratch/wrk" 2>&1
    after=$(ticks "$pid")
    if grep -q 'Non-2xx' "$scratch/wrk"; then
        echo "$1 $2: $(grep 'Non-2xx' "$scratch/wrk")" >&2
        exit 1
    fi
    awk -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" \
        '/requests in/ { printf "%.0f\n", $1 * hz / (t > 0 ? t : 1) }' "$scratch/wrk"
}
peak() { sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }
best() { awk -v a="$1" -v b="$2" 'BEGIN { print (a > b ? a : b) }'; }

put_o=0 put_t=0 get_o=0 get_t=0 describe=0
for i in $(seq "${ROUNDS:-3}"); do
    put_o=$(best "$put_o" "$(rate ours put)") put_t=$(best "$put_t" "$(rate theirs put)")
    get_o=$(best "$get_o" "$(rate ours get)") get_t=$(best "$get_t" "$(rate theirs get)")
done
memory_o=$(peak $ours) memory_t=$(peak $theirs)
for i in $(seq "${ROUNDS:-3}"); do describe=$(best "$describe" "$(rate ours describe)"); done

awk -v po="$put_o" -v pt="$put_t" -v go="$get_o" -v gt="$get_t" -v mo="$memory_o" -v mt="$memory_t" \
    -v d="$describe" -v s="$start" 'BEGIN {
    printf "%-28s %12s %12s %8s\n", "", "labkit cloud", "s3rver", "ratio"
    printf "%-28s %12.0f %12.0f %8.1f\n", "puts a second", po, pt, po / pt
    printf "%-28s %12.0f %12.0f %8.1f\n", "gets a second", go, gt, go / gt
    printf "%-28s %12.1f %12.1f %8.2f\n", "memory at the most, MB", mo / 1024, mt / 1024, mo / mt
    printf "%-28s %12.0f\n", "describe calls a second", d
    printf "%-28s %12.1f\n", "start, ms of the processor", s
    if (s >= 50) { print "  MISSED: started in 50 ms"; bad = 1 }
    if (po < 3 * pt) { print "  MISSED: puts at 3 times the rate"; bad = 1 }
    if (go < 3 * gt) { print "  MISSED: gets at 3 times the rate"; bad = 1 }
    if (mo * 3 > mt) { print "  MISSED: a third of the memory"; bad = 1 }
    if (d < 1000) { print "  MISSED: 1,000 describe calls a second"; bad = 1 }
    exit bad }'
