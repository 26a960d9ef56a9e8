#!/bin/sh
# Bad input gets one clear line with its place, the right exit code, and leaves no file behind.
. "$(dirname "$0")/tap.sh.inc"
d=$scratch/in
mkdir -p "$d" "$scratch/out"
model=$scratch/out/model.json

printf 'x,y,label\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n' > "$d/good.csv"
: > "$d/empty.csv"
printf 'x,y,label\n' > "$d/header.csv"
printf 'x,y,label\n1,2,0\n3,4\n5,6,1\n' > "$d/ragged.csv"
printf 'x,y,label\n1,2,0\n3,oops,1\n5,6,1\n' > "$d/text.csv"
printf 'x,y,label\n1,2,1\n3,4,1\n' > "$d/oneclass.csv"
printf 'x,y,label\n1,2,0\n3,4,2\n' > "$d/domain.csv"
printf 'x,y,label\n1,2,0\n3,4,\n' > "$d/nolabel.csv"
printf 'x,x,label\n1,2,0\n3,4,1\n' > "$d/twice.csv"
train="$labkit train --model $model --rounds 2"

refused "a missing file" 1 'nowhere\.csv: No such file' $train --data "$d/nowhere.csv"
refused "a folder instead of a file" 1 'Is a directory' $train --data "$d"
refused "an empty CSV" 1 'empty\.csv' $train --data "$d/empty.csv"
refused "a header without rows" 1 'header\.csv.*no rows|header\.csv.*rows' $train --data "$d/header.csv"
refused "a ragged row names its line" 1 'ragged\.csv:3.*3.*2|ragged\.csv:3.*2.*3' $train --data "$d/ragged.csv"
refused "text among numbers names line and column" 1 'text\.csv:3:3: .*oops' $train --data "$d/text.csv" --label label
refused "an absent label column is named, with the nearest" 2 "labl.*did you mean .label" $train --data "$d/good.csv" --label labl
refused "one class only" 1 'oneclass\.csv|class' $train --data "$d/oneclass.csv" --set objective=binary:logistic
refused "a label outside the objective's domain" 1 'label' $train --data "$d/domain.csv" --set objective=binary:logistic
refused "words as the label of a regression" 1 "3 different, such as .Adelie.*multi:softprob" \
    $train --data lessons/data/penguins.csv --label species
refused "three words for two classes" 1 "needs two classes.*multi:softprob" \
    $train --data lessons/data/penguins.csv --label species --set objective=binary:logistic
refused "a missing label names its line" 1 'nolabel\.csv:3' $train --data "$d/nolabel.csv"
refused "duplicate header names" 1 'twice\.csv:1.*x' $train --data "$d/twice.csv"
refused "an unknown parameter, with the nearest" 2 "max_dept.*did you mean .max_depth" $train --data "$d/good.csv" --set max_dept=3
refused "a value out of range" 2 'eta' $train --data "$d/good.csv" --set eta=-1
refused "an unknown option" 2 'did you mean --rounds' $train --data "$d/good.csv" --round 1 --ruonds 2
refused "a required option left out" 2 '--data' "$labkit" train --model "$model"
refused "a model folder that is not there" 1 'no/such' "$labkit" train --data "$d/good.csv" --model "$scratch/no/such/model.json"
same "no failed training left a file" "" "$(ls -A "$scratch/out")"

ok "good data trains" $train --data "$d/good.csv" --label label --set objective=binary:logistic
head -c 300 "$model" > "$d/cut.json"
printf 'not a model' > "$d/text.json"
predict="$labkit predict --out $scratch/out/pred.csv"
refused "a model cut short" 1 'cut\.json' $predict --model "$d/cut.json" --data "$d/good.csv"
refused "a file that is no model" 1 'text\.json' $predict --model "$d/text.json" --data "$d/good.csv"
printf 'x\n1\n' > "$d/narrow.csv"
refused "data that lacks a feature names it" 1 '\by\b' $predict --model "$model" --data "$d/narrow.csv"
printf 'x,y\n1,2\n3\n' > "$d/ragged2.csv"
refused "a ragged row while scoring" 1 'ragged2\.csv:3' $predict --model "$model" --data "$d/ragged2.csv"
same "no failed scoring left a file" "model.json" "$(ls -A "$scratch/out")"

# ---- lessons
lesson() {
    mkdir -p "$d/$1/lessons/01-a"
    cp -R templates "$d/$1/templates"
    cp lessons/book.yaml "$d/$1/lessons/book.yaml" 2> /dev/null
    cat > "$d/$1/lessons/01-a/lesson.md"
    sed -i '/^ *- 0[2-9]\|^ *- 1[0-9]/d' "$d/$1/lessons/book.yaml" 2> /dev/null
}
printf -- '---\ntitel: A\nsummary: s\nminutes: 5\n---\n\nText.\n' | lesson front
refused "front matter with a typo" 1 "lesson\.md:2.*titel.*title" "$labbook" build --out "$scratch/site1" "$d/front"
same "no half-written site" "" "$(ls -A "$scratch/site1" 2> /dev/null)"
{
    printf -- '---\ntitle: A\nsummary: s\nminutes: 5\n---\n\nText.\n\n'
    printf '```lua lab id=a targets=local\nlocal x = = 1\n```\n'
} | lesson syntax
refused "a lab with a syntax error names the author's line" 1 'lesson\.md:10' "$labbook" run "$d/syntax/lessons/01-a"
{
    printf -- '---\ntitle: A\nsummary: s\nminutes: 5\n---\n\nText.\n\n'
    printf '```lua lab id=a targts=local\nprint(1)\n```\n'
} | lesson info
refused "a misspelt word on a lab's fence" 1 'lesson\.md:9.*targts.*targets' "$labbook" build --out "$scratch/site2" "$d/info"
refused "a lesson that is not there" 2 'No such file|no lesson' "$labbook" run "$d/nowhere"
refused "an unknown command" 2 "did you mean 'build'" "$labbook" biuld
done_testing
