#!/bin/sh
# The main job from a shell: train on real data, score it, in order, from files and pipes.
. "$(dirname "$0")/tap.sh.inc"
data=lessons/data
out=$scratch

ok "train on the bird strikes" "$labkit" train --data $data/birdstrikes.csv --label damage \
    --model "$out/birds.json" --rounds 10 --set objective=binary:logistic
ok "train on the penguins" "$labkit" train --data $data/penguins.csv --label species \
    --model "$out/penguins.json" --rounds 20 --set objective=multi:softprob
ok "train on the breast cancer data" "$labkit" train --data $data/breast-cancer.csv --label malignant \
    --model "$out/cancer.json" --rounds 20 --set objective=binary:logistic

rows=$(($(wc -l < $data/penguins.csv) - 1))
ok "score a file" "$labkit" predict --model "$out/penguins.json" --data $data/penguins.csv --out "$out/p.csv"
same "one line a row" "$rows" "$(wc -l < "$out/p.csv" | tr -d ' ')"
same "as many numbers as classes" 3 "$(head -n 1 "$out/p.csv" | tr ',' '\n' | wc -l | tr -d ' ')"
same "stdin to stdout gives the same" "$(cat "$out/p.csv")" \
    "$("$labkit" predict --model "$out/penguins.json" --data - --out - < $data/penguins.csv)"
same "any number of threads gives the same" "$(cat "$out/p.csv")" \
    "$("$labkit" predict --model "$out/penguins.json" --data $data/penguins.csv --threads 1)"

# Order: scoring the file backwards gives the predictions backwards.
{ head -n 1 $data/penguins.csv && tail -n +2 $data/penguins.csv | tac; } > "$out/back.csv"
same "the order of rows is kept" "$(tac "$out/p.csv")" \
    "$("$labkit" predict --model "$out/penguins.json" --data "$out/back.csv")"
same "--join keeps the input and a header" "$((rows + 1))" \
    "$("$labkit" predict --model "$out/penguins.json" --data $data/penguins.csv --join | wc -l | tr -d ' ')"
ok "probabilities of a row sum to one" awk -F, '{ s = $1 + $2 + $3; if (s < 0.99999 || s > 1.00001) exit 1 }' "$out/p.csv"

# Classes that were words: numbers by themselves, words where people read them.
"$labkit" train --data $data/penguins.csv --label species --model "$out/class.json" --rounds 20 --quiet \
    --set objective=multi:softmax
same "--join heads each class's column with its word" \
    species,island,beak_length_mm,beak_depth_mm,flipper_length_mm,body_mass_g,sex,prediction_Adelie,prediction_Chinstrap,prediction_Gentoo \
    "$("$labkit" predict --model "$out/penguins.json" --data $data/penguins.csv --join | head -n 1)"
same "a class alone is a number" "0 1 2" \
    "$("$labkit" predict --model "$out/class.json" --data $data/penguins.csv | sort -u | xargs)"
"$labkit" predict --model "$out/class.json" --data $data/penguins.csv --join > "$out/class.csv"
same "and a word with --join, the right one on the training rows" "$rows" \
    "$(awk -F, 'NR > 1 && $1 == $NF' "$out/class.csv" | wc -l | tr -d ' ')"
same "inspect tells which class is which" "classes     0 is Adelie, 1 is Chinstrap, 2 is Gentoo" \
    "$("$labkit" inspect --model "$out/class.json" | grep '^classes')"

# It streams: the first answers are there while the input is still open.
mkfifo "$out/pipe"
"$labkit" predict --model "$out/cancer.json" --data - --out - < "$out/pipe" > "$out/stream.csv" &
pid=$!
exec 9> "$out/pipe"
for i in $(seq 200); do cat $data/breast-cancer.csv | if [ "$i" = 1 ]; then cat; else tail -n +2; fi; done >&9
sleep 1
ok "answers arrive before the input ends" test -s "$out/stream.csv"
exec 9>&-
wait $pid
same "and all of them in the end" $((200 * ($(wc -l < $data/breast-cancer.csv) - 1))) "$(wc -l < "$out/stream.csv" | tr -d ' ')"

same "training twice writes the same bytes" \
    "$("$labkit" train --data $data/penguins.csv --label species --model "$out/a.json" --rounds 5 --threads 1 --set objective=multi:softprob 2> /dev/null && sha256sum < "$out/a.json")" \
    "$("$labkit" train --data $data/penguins.csv --label species --model "$out/b.json" --rounds 5 --threads 2 --set objective=multi:softprob 2> /dev/null && sha256sum < "$out/b.json")"
ok "eval prints a metric" "$labkit" eval --model "$out/cancer.json" --data $data/breast-cancer.csv --label malignant --metric auc
done_testing
