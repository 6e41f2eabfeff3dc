#!/bin/sh
# What needs no valise: help, version, completion, and everything that cannot be understood.
. "$(dirname "$0")/tap.inc"

# ---- help never unlocks, and needs nothing at all ----

run 0 && has out "init TITLE" && has out "person" && empty err
result "without arguments: the overview"
run 0 help && has out "exit-codes"
result "help lists its topics"
for topic in dates markings consent exit-codes environment; do
    run 0 help $topic && [ "$(wc -l <"$T/out")" -gt 5 ]
    result "help $topic"
done
VALISE_HOME=/nonexistent VALISE_PASSPHRASE_COMMAND="touch $T/asked" run 0 person add --help && [ ! -e "$T/asked" ] &&
    has out "--position TEXT" && has out "(required)"
result "help of a command shows the fields and asks for no passphrase"
run 0 help person && has out "person withdraw"
result "help of a noun"
run 2 help nonsense && has err "valise help"
result "no help on nonsense"

# ---- every command, out of the program's own table ----

run 0 help --json && valid out
result "the table as JSON"
run 0 help --plain
tab=$(printf '\t')
sed "s/^$tab/-$tab/; s/$tab$tab/$tab-$tab/g" "$T/out" >"$T/table" # read folds empty cells
while IFS="$tab" read -r noun verb arguments summary example; do
    words="$noun $verb"
    words=${words#- }
    what=$(echo "$words" | sed 's/^KIND/person/')
    case $example in "valise "*) ;; *) false ;; esac && run 0 $what --help && has out "Example" && has out "$summary"
    result "$words has help and an example"
    # in the manual, mdoc writes: Cm remote add, or: Ar kind Cm add
    if [ "$noun" = KIND ]; then grep -q "^\.It Ar kind Cm $verb" "$root/cli/valise.1"
    else grep -q "^\.It Cm $words\( \|$\)" "$root/cli/valise.1"; fi
    result "$words stands in the manual"
done <"$T/table"

# ---- every option, out of the same table, and none that is shown with one dash ----

run 0 help --json
python3 - "$T/out" "$root/cli/valise.1" >"$T/err" <<'EOF'
import json, re, sys
table = json.load(open(sys.argv[1]))
lines = open(sys.argv[2]).read().split("\n")
n = 0
for command in table["commands"]:
    words = command["verb"] if command["noun"] == "" else f"{command['noun']} {command['verb']}"
    fixed = command["options"] if command["noun"] != "KIND" else []
    # the items of this command, each up to the next one
    item, said = False, ""
    for line in lines:
        if line.startswith(".It "):
            item = bool(re.match(rf"\.It Cm {re.escape(words)}( |$)", line))
        said += line + "\n" if item else ""
    for option in fixed:
        n += 1
        if not re.search(rf"\bFl Fl {re.escape(option)}(?![\w-])", said):
            print(f"{words}: --{option} does not stand in the manual")
known = {option for command in table["commands"] for option in command["options"]}
for number, line in enumerate(lines, 1):
    if not line.startswith((".It", ".Fl", ".Op", ".Pq", ".Nm", ".Oo")):
        continue
    # a bar ends what Fl applies to, and a word after it gets one dash only from the Fl before
    bare = re.findall(r"\| (?!Fl |Ar |Cm |Li )(\S+)", line) if " Fl " in line else []
    for option in [w for w in bare if w in known] + re.findall(r"(?<!Fl )\bFl (?!Fl )([a-z][a-z-]+)", line):
        print(f"line {number}: {option} has one dash")
if n < 30:
    print(f"only {n} options in the table")
EOF
empty err
result "every option of a command stands in the manual at that command, with two dashes"

# ---- what cannot be understood ----

run 2 persn add x && has err "did you mean “person”" && empty out
result "unknown word: the nearest command"
run 2 person add && has err "Usage:" && has err "Example:"
result "missing argument: usage and an example"
run 2 init && has err "Usage:" && has err "Example: valise init"
result "init needs a title"
run 2 init Training && has err "--delegation"
result "init needs a delegation"
run 2 init Training --delegation Ireland && has err "--post"
result "init needs a post"
run 2 person show a b && has err "too many"
result "one argument too many"
run 2 sync --creat && has err "unknown option"
result "unknown option"
run 2 --json --plain status && valid err
result "--json and --plain exclude each other"
run 2 --lang de status && has err "en or fr"
result "no other language"
run 2 --color=sometimes status
result "no other colour"
run 2 unlock --for 15 && has err "15m" || run 10 unlock --for 15
result "a duration has a unit"
for absent in invite import export browse; do
    run 2 $absent && has err "unknown command"
    result "$absent is not a word of this version"
done

for command in "init X --delegation Y --post Z" "join X --delegation Y --post Z" unlock lock "key recovery" "key passphrase"; do
    run 2 -n $command && has err "--dry-run"
    result "$command cannot be tried out, and says so"
done

# ---- failures as JSON ----

run 2 frobnicate --json && empty out && valid err && has err '"usage"'
result "usage as JSON"
run 10 status --json && empty out && valid err && has err '"exit": 10'
result "no valise here, as JSON"
run 0 version --json && valid out && empty err
result "version as JSON"

# ---- no valise here ----

for command in status sync lock unlock "person list" "key recovery" check "remote list" shell "key rekey"; do
    run 10 $command && has err "valise init"
    result "$command without a valise: exit 10 and what to do"
done
[ -z "$(ls -A "$HOME")" ]
result "nothing was created by any of these"

# ---- places ----

HOME= run 2 status && has err "--home"
result "no HOME: says which option"
XDG_DATA_HOME=relative run 10 status
result "a relative XDG folder is passed over"

# ---- the clock ----

VALISE_NOW=yesterday run 2 status && has err VALISE_NOW
result "VALISE_NOW must be an instant"

# ---- output that cannot be written ----

"$VALISE" help >/dev/full 2>"$T/err"
[ $? -eq 1 ] && has err "standard output"
result "a full disk behind standard output is a failure"

plan
