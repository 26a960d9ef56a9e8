# SageMaker's training jobs on the practice cloud, driven by boto3.
. tests/cli/tap.sh.inc
. tests/cli/cloud.sh.inc
PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE


# check SCENARIO...: the scenarios of cloud_training.py print their own lines
check() {
    /usr/bin/python3 tests/cli/cloud_training.py "$scratch/cloud" $((tests + 1)) "$labkit" "$@"
    tests=$((tests + $#))
}

cloud_begin --dir "$scratch/cloud"
check completes metrics artefact log_pages own_logs shapes images roles pass_role conditions wrong_data \
    sources several stops spot max_wait runtime quota lists \
    as_modelled
check start_many
cloud_kill
sleep 0.2
same "no process of a job outlives the cloud" "" \
    "$(find /proc/[0-9]*/cwd -maxdepth 0 -lname "$scratch/cloud/*" 2> /dev/null)"
cloud_begin --dir "$scratch/cloud"
check many_end as_modelled leaves
kill $cloud
wait $cloud
same "the cloud ends well in the middle of a job" 0 $?
cloud_begin --dir "$scratch/cloud"
check goes_on dooms
cloud_kill
/usr/bin/python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/state.db")
db.execute("update work set attempt = 5")
db.commit()' "$scratch/cloud"
cloud_begin --dir "$scratch/cloud"
check doomed
same "the files of jobs that are over are gone" "" "$(ls "$scratch/cloud/work")"
kill $cloud
wait $cloud
same "the cloud ends well" 0 $?
done_testing
