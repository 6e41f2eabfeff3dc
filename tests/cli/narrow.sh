#!/bin/sh
# What refers to a record that not every member reads: where it goes, and what a second laptop sees of it. Invented persons.
. "$(dirname "$0")/tap.inc"

printf 'an invented passphrase\n' >"$T/pw"
export VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
trap 'VALISE_HOME="$T/ny" "$VALISE" lock >/dev/null 2>&1; VALISE_HOME="$T/hague" "$VALISE" lock >/dev/null 2>&1; rm -rf "$T"' EXIT
ny() { VALISE_HOME="$T/ny" run "$@"; }
hague() { VALISE_HOME="$T/hague" run "$@"; }
made() { VALISE_HOME="$T/ny" "$VALISE" -q "$@"; }
ny 0 init "Focal points" --delegation Ireland --post "New York" && ny 0 unlock --for 1h && ny 0 remote add stick "$T/stick.git" --create && ny 0 sync &&
    hague 0 join "$T/stick.git" --delegation Croatia --post "The Hague" && hague 0 unlock --for 1h &&
    ny 0 sync && ny 0 admit Croatia --share-history --safety-number "$(VALISE_HOME="$T/hague" "$VALISE" key safety-number --plain)" && ny 0 sync && hague 0 sync
result "two laptops"

person=$(made person add "Own Only" --compartment own)
open=$(made person add "Idris al-Haddad")
ny 0 trip add "Own Only" --to "Rome, IT" --status potential && has out "recorded, in “own”" && ny 0 trip list --plain && trip=$(cut -f1 "$T/out") &&
    ny 0 trip show "$trip" --json && has out '"compartment": "own"'
result "a trip of such a person goes where the person is read, and it is said"
ny 0 leg add --trip "$trip" --country FR --kind stopover && has out "in “own”" &&
    ny 0 action add --trip "$trip" --kind bilateral-demarche --on 2027-03-08 && has out "in “own”" &&
    ny 0 info add --from civil-society --received 2027-03-07T22:00Z --by telephone --claim potential --about "$person" --trip-to "Oslo, NO" -q && info=$(cat "$T/out") &&
    ny 0 info show "$info" --json && has out '"compartment": "own"'
result "so do a stage, a démarche and a report with its trip"
ny 0 trip add "Own Only" --to "Bern, CH" --status potential -n && has out "In “own”" && ny 0 --lang fr trip add "Own Only" --to "Bern, CH" --status potential -n && has out "Dans «"
result "a dry run says so"
ny 0 trip add "Idris al-Haddad" --to "Oslo, NO" --status potential && has_not out "in “" && empty err
result "a trip of a person whom all read goes to all, as ever"
hague 0 sync && ny 0 sync && hague 0 sync && hague 0 trip list && has out "Oslo" && has_not out "Rome" && has_not out "unknown" && has_not out "$trip" &&
    hague 0 leg list --plain && has_not out "FR" && hague 0 action list --plain && empty out && hague 0 info list --plain && empty out
result "the other laptop sees the one trip, and nothing of the others"
ny 0 trip add "Own Only" --to "Wien, AT" --status potential --compartment focal-points && wide=$(sed -n '1s/ .*//p' "$T/out") && has err "$person is read in “own” alone" &&
    has err "every member reads it" && ny 0 trip show "$wide" --json && has out '"compartment": "focal-points"'
result "whoever means it otherwise says so, and is told what it means"
ny 0 trip add "Idris al-Haddad" --to "Bern, CH" --status potential --compartment own && has out "in “own”" && empty err
result "narrower than what it refers to is nobody's loss"
ny 2 share "$info" --to court --channel bag && has out "Reader: Court, and every member of this valise." && has err "$info is read in “own” alone" && has err "--yes" &&
    ny 0 --lang fr share "$info" --to court -n && has out "tous les membres de cette valise"
result "before a copy of it is made for the Court it is said that every member reads it"
ny 0 share "$info" --to court --channel bag -y --json && valid out && has err "every member of this valise reads" &&
    ny 0 share "$wide" --to court --channel bag -y && has err "$person is read in “own” alone"
result "with --yes the note stays, and a person whom not all read is one too"
ny 0 share "$trip" --to group:EEG --leave-out "no need" && left=$(sed -n '1s/ .*//p' "$T/out") && ny 0 transmission show "$left" --json && has out '"compartment": "own"'
result "that somebody was left out stays where what was left out is"
ny 0 sync && hague 0 sync && hague 3 transmission show "$left" && hague 0 view list && has out "Oslo"
result "and the other laptop sees the copies, but not that"
sent=$(made transmission list --of "$info" --plain | cut -f1)
hague 0 transmission show "$sent" && has out "a record that is not read here" && has_not out "${info#INF-}" && hague 0 transmission list && has_not out "${info#INF-}" &&
    hague 0 --lang fr transmission show "$sent" && has out "une fiche qui n’est pas lue ici" && ny 0 transmission show "$sent" && has out "$info"
result "of what it does not read it says so, and no bare number"
ny 0 check && hague 0 check
result "all is sound"

plan
