#!/bin/sh
# The first five minutes as a script, verbatim, then what must hold afterwards, in every form of output.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
passphrase

ny()    { VALISE_HOME=$T/ny    VALISE_PASSPHRASE_FILE=$T/pw valise --no-input "$@"; }
hague() { VALISE_HOME=$T/hague VALISE_PASSPHRASE_FILE=$T/pw valise --no-input "$@"; }

works "init" ny -q init "Focal points" --delegation Ireland --post "New York"
ny unlock --for 1h >/dev/null 2>&1 # no key derivation in what follows, where the system has a keyring
p=$(ny -q person add "Idris al-Haddad" --name ar="إدريس الحداد")
has "-q prints the id alone" "$p" '^PER-[0-9A-HJKMNP-TV-Z]{7}$'
works "a remote is created" ny remote add stick "$T/stick.git" --create
works "first sync" ny sync
works "join leaves a request" hague join "$T/stick.git" --delegation Croatia --post "The Hague"
works "the member sees the request" ny sync
has "and says how to admit" "$(cat "$T/out")" 'Croatia, The Hague asks to join:  valise admit Croatia'
exits "the newcomer is not admitted yet" 13 hague person add "Nobody"
exits "a wrong number admits nobody" 7 ny admit Croatia --safety-number 000000000000000000000000000000
works "the right number admits" ny admit Croatia --share-history \
    --safety-number "$(hague key safety-number --plain)"
works "the member syncs" ny sync
works "the newcomer syncs" hague sync
same "the newcomer reads the person" "Idris al-Haddad" \
    "$(hague person list --json | json 'd["records"][0]["title"]')"

a=$(ny -q    trip add "$p" --to "Addis Ababa, ET" --dates 2027-04-12/2027-04-15 --status potential)
b=$(hague -q trip add "$p" --to "Addis-Abeba, ET" --dates 2027-04-12/2027-04-14 --status confirmed)
has "a trip in New York" "$a" '^TRP-'
has "a trip in The Hague" "$b" '^TRP-'
works "New York edits the position" ny person edit "$p" --position "Minister of Defence"
works "The Hague edits it too" hague person edit "$p" --position "Former Minister of Defence"
works "sync 1" ny sync
works "sync 2" hague sync
works "sync 3" ny sync
same "the same state on both sides before anyone decided anything" "$(ny status --state)" "$(hague status --state)"
has "a state can be read out by phone" "$(ny status --state)" '^[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}$'

c=$(ny review --list --plain | cut -f1)
has "one conflict waits" "$c" '^CNF-[0-9A-HJKMNP-TV-Z]{7}$'
same "both posts open the same one" "$c" "$(hague review --list --plain | cut -f1)"
exits "review --check says so" 6 ny review --check
exits "status --check says so" 6 ny status --check
shown=$(ny review "$c")
has "the conflict names the record" "$shown" "$p Idris al-Haddad"
has "and each delegation with its value" "$shown" '(kept|other) +Minister of Defence +Ireland, New York'
has "and the other one" "$shown" '(kept|other) +Former Minister of Defence +Croatia, The Hague'
has "and the rule in plain words" "$shown" 'rule +neither knew of the other; one is shown until somebody decides'
hasnt "nobody is mine or theirs" "$shown" '[Mm]ine|[Tt]heirs|local|remote'
j=$(ny review --list --json)
same "JSON names its schema" valise.review/1 "$(echo "$j" | json 'd["schema"]')"
same "JSON has both values with their authors" \
    '[["Former Minister of Defence", "Croatia"], ["Minister of Defence", "Ireland"]]' \
    "$(echo "$j" | json 'sorted([v["value"], v["delegation"]] for v in d["conflicts"][0]["values"])')"

same "the two trips are proposed as one" "$(printf '%s\n%s\n' "$a" "$b" | sort)" \
    "$(ny dedupe --list --plain | cut -f1,2 | tr '\t' '\n' | sort)"
j=$(hague dedupe --list --json)
same "with reasons" true \
    "$(echo "$j" | json '{"same-person", "same-country", "nested-dates"} <= set(d["pairs"][0]["why"])')"

kept=$(ny review --list --plain | cut -f6)
works "a decision" ny review "$c" --keep
has "is said" "$(cat "$T/out")" "^$c  closed, “$kept” stays"
exits "and nothing waits any more" 0 ny review --check
exits "a closed conflict is not there any more" 3 ny review "$c" --keep
works "the trips are judged the same" ny dedupe --same "$a" "$b"
low=$(ny timeline --plain | cut -f1)
has "which is said" "$(cat "$T/out")" "^$low  stands for both; TRP-.* still leads to it"
works "sync 4" ny sync
works "sync 5" hague sync
same "the decision arrived" "" "$(hague review --list --plain)"
same "and both have the chosen position" "$kept $kept" \
    "$(shown_of ny person "$p" position) $(shown_of hague person "$p" position)"
same "the timelines are equal" "$(ny timeline --plain)" "$(hague timeline --plain)"
same "one trip stands on it, the narrower dates, the more alarming status" \
    "2027-04-12/2027-04-14 confirmed" "$(hague timeline --plain | cut -f2,3 | tr '\t' ' ')"
j=$(hague timeline --json)
same "both ids lead to it" "$(printf '%s %s' "$(printf '%s\n%s\n' "$a" "$b" | grep -v "$low")" "$low")" \
    "$(echo "$j" | json 'd["trips"][0]["aliases"][0] + " " + d["trips"][0]["ref"]')"
works "check in New York" ny check
works "check in The Hague" hague check
has "the timeline in French" "$(hague timeline --lang fr)" "Aujourd’hui [0-9-]+"
works "status in French" hague status --lang fr
has "has its words" "$(cat "$T/out")" 'À examiner'

# ---- sharing ----
i=$(VALISE_NOW=2027-03-07T22:10:00Z ny -q info add --from civil-society --source GREENLAKE \
    --received 2027-03-07T22:00Z --by telephone --about "$p" --claim potential \
    --text "Delegation list of the regional summit names him." --trip "$low")
has "a report is recorded" "$i" '^INF-'
has "status lists it first" "$(VALISE_NOW=2027-03-08T09:00:00Z ny status --plain | grep '^unshared')" \
    "^unshared	$i	Ireland	2027-03-07T22:00:00Z	39600	35"
exits "nothing is sent without a yes" 2 ny share "$i" --to court --channel secure-mail
VALISE_NOW=2027-03-08T09:10:00Z
export VALISE_NOW
works "share with the Court" ny share "$i" --to court --channel secure-mail --yes
unset VALISE_NOW
has "what leaves is shown" "$(cat "$T/out")" 'person +Idris al-Haddad'
has "and what stays" "$(cat "$T/out")" 'source +GREENLAKE, civil society'
has "and the delay is measured" "$(cat "$T/out")" \
    '^TRM-[0-9A-Z]{7}  sent 2027-03-08 09:10 UTC, 11 h 10 min after it was received'
same "nothing is unshared now" "" "$(ny status --plain | grep '^unshared')"
same "the timeline knows" "told 40200" "$(ny timeline --plain | cut -f9,11 | tr '\t' ' ')"
exits "an unknown addressee is wrong usage" 2 ny share "$i" --to nobody --channel bag --yes

works "sync 6" ny sync
works "sync 7" hague sync
works "sync 8" ny sync
same "the states are equal at the end" "$(ny status --state)" "$(hague status --state)"
if LC_ALL=C grep -raq -e Haddad -e Addis -e Ireland -e Croatia -e "The Hague" \
    "$T/stick.git" "$T/ny" "$T/hague"; then
    not_ok "no word of it stands in clear anywhere" "$(LC_ALL=C grep -ral -e Haddad -e Addis -e Ireland -e Croatia \
        -e 'The Hague' "$T/stick.git" "$T/ny" "$T/hague")"
else
    ok "no word of it stands in clear anywhere"
fi

# ---- documents follow their schemas ----
for words in "status" "status --state" "timeline" "review --list" "dedupe --list" "person list" "person show $p" \
    "person history $p" "trip show $a" "remote list" "sync" "delegation list" "check"; do
    # shellcheck disable=SC2086
    valid "$words --json" "$(ny $words --json)"
done
valid "share --json" "$(ny share "$a" --to president --channel letter --yes --json)"
valid "dedupe --unsure --json" "$(ny dedupe --unsure "$a" "$b" --json)"
valid "a failure with --json" "$(ny review CNF-0000000 --json 2>&1)"
done_testing
