#!/bin/sh
# The book itself: no finding in it, pictures that follow the page's colours, lessons that leave as notebooks.
. "$(dirname "$0")/tap.sh.inc"

# ---- reference pages are what the programs say; `make bless` writes them anew
commands() {
    for program in labbook labkit; do
        echo "## $program"
        "$BUILD/$program" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on' |
            sed -E 's/^  //; s/  +.*//' | while read -r command; do
            # shellcheck disable=SC2086  # a command may be two words
            printf '\n### %s %s\n\n```\n' "$program" "$command" && "$BUILD/$program" $command --help | fold -s -w 84 | sed "s/ *$//" && printf '```\n'
        done
        echo
    done
}
"$labbook" reference --markdown > "$scratch/reference.md"
commands > "$scratch/commands.md"
"$labbook" reference --configuration > "$scratch/settings.md"
"$labbook" reference --errors > "$scratch/errors.md"
if [ -n "$BLESS" ]; then
    cp "$scratch/reference.md" lessons/C-lua-reference/
    cp "$scratch/commands.md" lessons/D-command-line/
    cp "$scratch/settings.md" lessons/E-configuration/
    cp "$scratch/errors.md" lessons/F-errors/
fi
ok "the reference of the labs says what the labs can do" diff lessons/C-lua-reference/reference.md "$scratch/reference.md"
ok "the reference of the commands says what they do" diff lessons/D-command-line/commands.md "$scratch/commands.md"
ok "the reference of settings says what there is to set" diff lessons/E-configuration/settings.md "$scratch/settings.md"
ok "the reference of errors says what they say" diff lessons/F-errors/errors.md "$scratch/errors.md"
same "no variable that the programs read is missing from it" "" "$(
    grep -rhoE '(getenv|settings_env)\("[A-Z_0-9]+"\)|"(AWS|XDG)_[A-Z_0-9]+"' src --include='*.c' | grep -oE '"[A-Z_0-9]+"' | tr -d '"' | sort -u |
        grep -vxF AWS_ | while read -r name; do grep -q "\`$name\`" "$scratch/settings.md" || echo "$name"; done)"

ok "the book has no finding, not even a warning" "$labbook" check --strict .

# ---- labs: solutions pass, starters and wrong answers do not, outputs are as the page shows them
ok "every lab of the book on this computer" "$labbook" test --no-cache --target local
ok "and on the practice cloud" "$labbook" test --no-cache --target practice
same "no line of a lab is too long for the page" "" "$(
    awk '/^```lua lab/ { on = 1; next } /^```/ { on = 0 } on && length > 108 { print FILENAME ":" FNR }' lessons/*/lesson.md |
        grep -v 10-notebooks)"

# ---- pictures: fixed colours would vanish in the dark, or in the light
count() {
    grep -oE "$@" 2> /dev/null | wc -l
}
for svg in lessons/*/*.svg; do
    fixed=$(grep -oE '(fill|stroke)="[^"]*"' "$svg" | grep -cvE '"(none|currentColor|var\(--figure-[a-z]+, #[0-9a-f]{6}\))"')
    same "$svg has no fixed colour" 0 "$fixed"
    same "$svg has a title and a description" "1 1" "$(count '<title ' "$svg") $(count '<desc ' "$svg")"
    small=$(grep -oE 'font-size="[0-9.]+"' "$svg" | grep -oE '[0-9.]+' | awk '$1 < 12' | wc -l)
    same "$svg has no text below 12 units" 0 "$small"
    unused=$(grep -cE "\]\($(basename "$svg") " "$(dirname "$svg")/lesson.md")
    same "$svg is shown in its lesson" 1 "$unused"
done

# ---- every lesson as a notebook, one file each, and back as it was
for lesson in lessons/[0-9A-Z]*-*/; do
    name=$(basename "$lesson")
    ok "$name leaves as a notebook" "$labbook" export "$name" --out "$scratch/$name.ipynb"
    ok "$name is in notebook format 4" grep -q '"nbformat": *4' "$scratch/$name.ipynb"
done

# ---- each quiz says why, for every choice
awk '
    /^```quiz/ { quiz = 1; choice = "" }
    quiz && /^- \[[ x]\]/ { if (choice) print FILENAME ": " choice; choice = $0; next }
    quiz && /^  >/ { choice = "" }
    /^```$/ { if (quiz && choice) print FILENAME ": " choice; quiz = 0; choice = "" }
' lessons/*/lesson.md > "$scratch/unexplained"
same "every choice of a quiz is explained" "" "$(cat "$scratch/unexplained")"
done_testing
