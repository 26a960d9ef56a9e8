#!/bin/sh
# labkit cloud init --write-profile: one profile in the AWS tools' files, and nothing else touched.
. "$(dirname "$0")/tap.sh.inc"
unset AWS_PROFILE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
dir=$scratch/cloud aws=$HOME/.aws
init() { "$labkit" cloud init --write-profile --dir "$dir" > /dev/null; }
# without FILE HEADER: the file less that section's settings
without() { awk -v h="$2" '/^\[/ { ours = $0 == h } !(ours && NF && !/^[#;]/)' "$1"; }

ok "without files they are made" init
same "for their owner alone" "600 600" "$(stat -c %a "$aws/credentials" "$aws/config" | xargs)"
rm -r "$aws"
mkdir "$aws" "$HOME/dotfiles"
printf '; kept\r\n[default]\r\naws_access_key_id=A\r\n\r\n[practice]\naws_access_key_id = old\n# of the next\n[other]\nx = y' > "$HOME/dotfiles/credentials"
ln -s "$HOME/dotfiles/credentials" "$aws/credentials"
printf '[profile practice-not]\nregion = eu-west-1\n  s3 =\n    max_queue_size = 3' > "$aws/config"
chmod 640 "$aws/config"
cp "$HOME/dotfiles/credentials" "$scratch/credentials"
cp "$aws/config" "$scratch/config"
ok "with files it is put in" init
same "a link stays a link, a mode a mode" "symbolic link 640" \
    "$(stat -c %F "$aws/credentials") $(stat -c %a "$aws/config")"
without "$scratch/credentials" '[practice]' > "$scratch/a"
without "$aws/credentials" '[practice]' > "$scratch/b"
ok "every other line of the credentials is as it was, to the byte" cmp "$scratch/a" "$scratch/b"
head -c "$(stat -c %s "$scratch/config")" "$aws/config" > "$scratch/b"
ok "and of the configuration" cmp "$scratch/config" "$scratch/b"
same "the old settings are gone" 0 "$(grep -c old "$aws/credentials")"
cp "$aws/credentials" "$scratch/a"
cp "$aws/config" "$scratch/b"
init
ok "a second time changes nothing" sh -c 'cmp "$1/credentials" "$2/a" && cmp "$1/config" "$2/b"' - "$aws" "$scratch"
AWS_SHARED_CREDENTIALS_FILE=$scratch/elsewhere AWS_CONFIG_FILE=$scratch/elsewhere.ini "$labkit" cloud init \
    --write-profile --dir "$dir" > /dev/null
same "the AWS tools' variables are obeyed" "[practice] [profile practice]" \
    "$(head -qn 1 "$scratch/elsewhere" "$scratch/elsewhere.ini" | xargs)"
ok "without being asked nothing is written" sh -c 'HOME=$1 "$2" cloud init --dir "$1/cloud" && [ ! -e "$1/.aws" ]' - "$scratch/home2" "$labkit"

. tests/cli/cloud.sh.inc
cloud_begin --dir "$dir"
same "an AWS client of the profile is the learner" "user/learner" "$(aws --profile practice \
    --endpoint-url "$(cat "$scratch/cloud.url")" sts get-caller-identity --query Arn --output text | sed 's/.*://')"
done_testing
