#!/bin/sh
# Admitting: what a newcomer may read, handed over later where it was not; who may admit; slips of names. Invented persons.
. "$(dirname "$0")/tap.inc"

echo "correct horse battery staple" >"$T/pw"
export VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
ny() { wanted=$1; shift; run "$wanted" --home "$T/ny" --no-input "$@"; }
kenya() { wanted=$1; shift; run "$wanted" --home "$T/kenya" --no-input "$@"; }
slip() { wanted=$1; shift; run "$wanted" --home "$T/slip" --no-input "$@"; }
second() { wanted=$1; shift; run "$wanted" --home "$T/second" --no-input "$@"; }
number() { "$VALISE" --home "$T/$1" key safety-number --plain; }
state() { "$VALISE" --home "$T/$1" status --state; }
words="change sets here were recorded before you were admitted, and you may not read them. Ask Ireland, New York to run:  valise admit Kenya --share-history"

for home in ny kenya slip second; do "$VALISE" --home "$T/$home" -q unlock --for 1h >/dev/null 2>&1; done
ny 0 init "Focal points" --delegation Ireland --post "New York" && ny 0 person add "Idris al-Haddad" &&
    ny 0 person edit haddad --position Minister && ny 0 person add "Mariam Osei" &&
    ny 0 remote add stick "$T/stick" --create && ny 0 sync && kenya 0 join "$T/stick" --delegation Kenya --post Nairobi
result "somebody asks to join"
waits="Your request to join waits for a member, so there is nothing to read yet."
kenya 0 person list && empty out && has err "$waits" && has err "valise key safety-number" &&
    kenya 0 search haddad && empty out && has err "$waits" && has_not err "No record" &&
    kenya 0 timeline && has err "$waits" && has_not out "No travel"
result "who is not admitted yet is told why there is nothing, and what to do"
kenya 0 person list -q && empty out && empty err && kenya 0 person list --plain && empty out && empty err &&
    kenya 0 person list --json && valid out && empty err
result "programs are not"
ny 0 trip list && empty out && empty err && ny 0 search nobody && has err "No record holds these words."
result "nor is a member who has recorded nothing of a kind"
ny 0 sync && has out "Kenya, Nairobi asks to join:  valise admit Kenya"
result "who asks is named with the command"
ny 2 admit Kenya --share-history --from-now && has err "exclude one another"
result "both answers are none"
ny 0 --dry-run admit Kenya --safety-number "$(number kenya)" && has out "Kenya, Nairobi would be admitted"
result "a trial names the laptop"
ny 0 admit Kenya --from-now --safety-number "$(number kenya)" &&
    has out "It matches. Kenya, Nairobi is admitted and can read from now on, but not what is recorded so far (2 records)." &&
    has out "To let them read that too:  valise admit Kenya --share-history"
result "admitted from now on: what cannot be read is said, and how to change it"
ny 0 sync && kenya 0 sync && has out "You are admitted" && has out "3 $words"
result "the newcomer's sync says what it may not read, and whom to ask"
kenya 0 status && has out "3 $words" && kenya 0 check && has out "3 $words"
result "so do its status and its check"
kenya 0 --plain status && grep -q "^unread	3	Ireland	New York$" "$T/out" && kenya 0 --plain sync && grep -q "^unread	3" "$T/out"
result "and their rows"
kenya 0 --json status && valid out && has out '"ask_delegation": "Ireland"' && kenya 0 --json check && valid out &&
    kenya 0 --json sync && valid out && ny 0 --json status && valid out && has out '"unread": null'
result "and their documents"
kenya 0 --lang fr status && has out "avant votre admission"
result "in French"
ny 0 status && has_not out "before you were admitted"
result "who reads everything is told nothing"
ny 1 admit Kenya && has err "Kenya is a member already" && has err "valise admit Kenya --share-history"
result "a member asks no more; the next step is named"
ny 0 --dry-run admit Kenya --share-history && ny 0 --plain status && ! state kenya | grep -qxF "$(state ny)"
result "a trial hands nothing over"
ny 0 admit kenya --share-history && has out "Kenya can read what was recorded before they were admitted too (2 records)."
result "history is handed over afterwards"
ny 0 admit Kenya --share-history && has out "nothing was changed"
result "twice is once"
ny 0 --json admit Kenya --share-history && valid out && has out '"post": null'
result "its document"
ny 0 sync && has out "stick  sent 0, and who belongs and may read; received 0" && kenya 0 sync && has_not out "you may not read" &&
    kenya 0 person list && has out "Idris al-Haddad" && ny 0 sync && [ "$(state ny)" = "$(state kenya)" ]
result "the next sync opens it, and both show the same state"
kenya 0 --json status && has out '"unread": null'
result "nothing lies unread any more"
ny 3 admit Nowhere --share-history && ny 3 admit Ireland --share-history && has err "no other laptop of Ireland"
result "whoever is no member is handed nothing"

slip 0 join "$T/stick" --delegation kenia --post Nairobi && ny 0 sync && has out "kenia, Nairobi asks to join" &&
    has err "“kenia” is much like “Kenya”, which is a member: is it another delegation? If not:  valise admit kenia --refuse"
result "a name that is nearly a member's is pointed out"
kenya 0 sync && has out "kenia, Nairobi asks to join; only Ireland, New York can admit them." && has_not out "valise admit" &&
    kenya 0 status && has out "Ireland, New York can admit them"
result "who may not admit is told who may, and no command"
kenya 13 admit kenia --safety-number "$(number slip)" && has err "only Ireland, New York can admit kenia" && has_not err "valise sync"
result "and is refused before anybody phones"
ny 7 admit kenia --refuse --safety-number 000000000000000000000000000000 && has err "no request of kenia has that number"
result "a request with another number is not refused"
ny 0 --json admit kenia --refuse && valid out && ny 0 sync && has_not out kenia && ny 3 admit kenia --refuse
result "a refused request is forgotten"

second 0 join "$T/stick" --delegation Kenya --post "Addis Ababa" && ny 0 sync &&
    has out "Kenya, Addis Ababa asks to join; only Kenya, Nairobi can admit them."
result "a further laptop is for its own delegation"
ny 0 admit Kenya --share-history && has out "nothing was changed" &&
    ny 13 admit Kenya --safety-number "$(number second)" && has err "only Kenya, Nairobi can admit Kenya"
result "and keeps nobody from handing history to its delegation"
kenya 0 sync && kenya 0 admit Kenya --share-history --safety-number "$(number second)" &&
    has out "Kenya, Addis Ababa is admitted" && kenya 0 sync && has out "sent 0, and who belongs"
result "which admits it by its post"
for home in ny kenya slip second; do "$VALISE" --home "$T/$home" -q lock >/dev/null 2>&1; done
plan
