#!/bin/sh
# What people type a little wrong, and what they are told about it. Invented persons.
. "$(dirname "$0")/tap.inc"

printf 'an invented passphrase\n' >"$T/pw"
export VALISE_HOME="$T/valise" VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
trap '"$VALISE" lock >/dev/null 2>&1; rm -rf "$T"' EXIT
run 0 init "Focal points" --delegation Ireland --post "New York" && { run 0 unlock --for 1h || run 1 unlock; }
result "init"
person=$("$VALISE" -q person add "Idris al-Haddad")
trip=$("$VALISE" -q trip add idris --to "Cairo, EG" --status potential --dates 2027-04-12)

# ---- ids ----

run 0 person show "$(echo "$person" | tr -d -)" && has out "$person" && run 0 person show "$(echo "$person" | tr -d - | tr A-Z a-z)" && has out "$person"
result "an id without its hyphen"
run 3 person show "$(echo "$trip" | tr -d -)" && run 3 person show PER4Q9DM7X && has err "no person fits “PER4Q9DM7X”"
result "of another kind, or mistyped besides: no"
"$VALISE" -q person add Perelmanov >/dev/null
run 0 person show perelmanov && has out Perelmanov
result "a name that looks like an id is a name"
run 3 person show "$trip" && has err "$trip is the id of a “trip”:  valise trip show $trip" && run 3 person edit "$trip" --tag x &&
    has err "valise trip edit $trip" && run 3 --lang fr person show "$trip" && has err "est le numéro d’une fiche"
result "an id of another kind: whose it is, and the command"
run 3 person show PER-4Q9 && has err "seven characters after the hyphen, as in PER-4Q9DM7H" && run 3 person show PER-4Q9DM7HH &&
    has err "seven characters after the hyphen"
result "an id of another length: how long it is"
run 3 person show Ahmad && has_not err "hyphen" && has_not err "id of"
result "a name that fits nobody: nothing about ids"

# ---- dates ----

run 0 trip edit "$trip" --dates 2027-04-15/2027-04-12 -y && has err "it ends before it begins" && run 0 trip edit "$trip" --dates 2027-04-40 -y &&
    has err "no possible date" && has_not err "before it begins"
result "a range in the wrong order is told from a day that is none"
run 0 timeline && has out "since they are no days of the calendar" && has_not out "--until"
result "the timeline says why, without options that nobody used"
run 0 timeline && has out "valise share $trip --to court" && has out "valise share $trip --to group:AFR"
result "what may take place is offered to be told"
off() { run 0 trip edit "$trip" --status "$1" -y && run 0 timeline && has_not out "valise share" && has out "not told" && has out "none informed"; }
off disproved && off did-not-occur
result "what did not take place is not"

# ---- files and help ----

run 2 sync --to-file - && has err "a file of changes has a name" && run 2 sync --from-file - && [ ! -e ./- ]
result "no file is named -"
(cd "$T" && "$VALISE" sync --to-file ./- >/dev/null) && [ -s "$T/-" ]
result "who means it writes ./-"
run 0 remote add stick "$T/stick.git" --create && run 0 remote add hub "$T/hub.git" --create && run 0 sync && mv "$T/stick.git" "$T/away" &&
    run 5 remote compact stick -y && has err "The old history stays. Plug the stick in" && run 5 --lang fr remote compact stick -n && has err "Branchez la clé"
result "a stick that is not plugged in has its old history, and is to be plugged in"
run 5 -q sync && has err "1 of 2 remotes was not synced" && mv "$T/hub.git" "$T/far" && run 5 -q sync && has err "2 of 2 remotes were not synced"
result "one was not synced, two were not"
run 0 help withdraw && has out "valise KIND withdraw RECORD" && run 0 help key restore && has out "--code-file" && run 2 help withdrawn
result "help on what goes with every kind, and on two words"

# ---- words, in both languages ----

run 0 person edit "$person" --position Minister --cite "press:Morning paper" && run 0 --lang fr person show "$person" && has out "presse: Morning paper" &&
    run 0 person show "$person" --json && has out '"cite": "press"' && run 0 --lang fr log "$person" && has out "Fonction" && has_not out position &&
    run 0 --lang fr --plain log "$person" && has out "position"
result "sources and fields are named in the reader's language, for programs in one"

plan
