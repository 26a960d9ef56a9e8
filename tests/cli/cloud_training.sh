# SageMaker's training jobs on the practice cloud, driven by boto3.
. tests/cli/tap.sh.inc
PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE

serve() {
    "$labkit" cloud --port 0 --dir "$scratch/cloud" "$@" > "$scratch/cloud.out" 2>&1 &
    server=$!
    for i in 1 2 3 4 5 6 7 8 9 10; do
        grep -q answers "$scratch/cloud.out" && break
        sleep 0.3
    done
}
trap 'kill $server 2> /dev/null; rm -rf "$scratch"' EXIT INT TERM

# check SCENARIO...: the scenarios of cloud_training.py print their own lines
check() {
    /usr/bin/python3 tests/cli/cloud_training.py "$scratch/cloud" $((tests + 1)) "$labkit" "$@"
    tests=$((tests + $#))
}

serve
check completes metrics artefact log_pages own_logs shapes images roles pass_role conditions wrong_data \
    sources several stops spot max_wait runtime quota lists \
    as_modelled
check start_many
kill -9 $server
wait $server 2> /dev/null
sleep 0.2
same "no process of a job outlives the cloud" "" \
    "$(find /proc/[0-9]*/cwd -maxdepth 0 -lname "$scratch/cloud/*" 2> /dev/null)"
serve
check many_end as_modelled leaves
kill $server
wait $server
same "the cloud ends well in the middle of a job" 0 $?
serve
check goes_on dooms
kill -9 $server
wait $server 2> /dev/null
/usr/bin/python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/state.db")
db.execute("update work set attempt = 5")
db.commit()' "$scratch/cloud"
serve
check doomed
same "the files of jobs that are over are gone" "" "$(ls "$scratch/cloud/work")"
kill $server
wait $server
same "the cloud ends well" 0 $?
done_testing
