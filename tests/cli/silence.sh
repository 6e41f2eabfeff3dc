#!/bin/sh
# GH-02: a host that shows the same view for ever. After seven days without a word of anybody else sync and status say
# so, not a second before; and it ends with the first word. What the engine counts: tests/unit/sync/engine/test_news.c.
. "$(dirname "$0")/tap.inc"

unset VALISE_PASSPHRASE_COMMAND VALISE_PASSPHRASE_FD
printf 'correct horse\n' >"$T/pass"
export VALISE_PASSPHRASE_FILE="$T/pass"
trap 'ny lock >/dev/null 2>&1; hague lock >/dev/null 2>&1; rm -rf "$T"' EXIT
ny() { VALISE_HOME="$T/ny" "$VALISE" "$@"; }
hague() { VALISE_HOME="$T/hague" "$VALISE" "$@"; }
at() { export VALISE_NOW="$1"; }
hub=$T/stick.git
silent="Nothing new from anybody for"

at 2027-03-01T08:00:00Z
ny -q init "Focal points" --delegation Ireland --post "New York"
ny -q person add "Idris al-Haddad" >/dev/null
ny -q remote add stick "$hub" --create >/dev/null
ny -q sync
export VALISE_HOME="$T/ny"
at 2027-03-20T08:00:00Z
run 0 sync && has_not out "$silent" && run 0 status && has_not out "Nothing new"
result "who is alone is told nothing"
hague -q join "$hub" --delegation Croatia --post "The Hague" >/dev/null
at 2027-04-01T08:00:00Z
ny -q sync
ny -q admit Croatia --share-history --safety-number "$(hague key safety-number --plain)"
ny -q sync && hague -q sync && ny -q sync
at 2027-04-01T09:00:00Z
hague -q person edit haddad --position "Minister" >/dev/null
hague -q sync && ny -q sync && hague -q sync && ny -q sync

# From here on the host keeps back what The Hague sends, and shows New York what it knows.
cp -a "$hub" "$T/frozen"
hague -q person edit haddad --position "Former minister" >/dev/null
hague -q sync
mv "$hub" "$T/real" && mv "$T/frozen" "$hub"
at 2027-04-08T08:59:59Z
run 0 sync && has out "received 0" && has_not out "$silent" && run 0 status && has_not out "Nothing new" &&
    run 0 sync --json && valid out && has out '"silence": null' && run 0 sync --plain && has_not out silence &&
    run 0 remote list && has_not out "nothing new"
result "a second before seven days: nothing"
at 2027-04-08T09:00:00Z
run 0 sync && has out "$silent 7 days." && has out "compare by phone:  valise status --state" && empty err
result "after seven days to the second: sync says so, and what to do"
run 0 status && has out "Nothing new from anybody" && has out "7 days" && has out "ask by phone:  valise status --state" &&
    has out "7 days ago"
result "and status, with the age of each colleague's news"
run 0 remote list && has out "nothing new for 7 days"
result "and the list of remotes"
run 0 sync --json && valid out && has out '"days": 7' && has out '"since": "2027-04-01T09:00:00Z"' &&
    run 0 status --json && valid out && has out '"days": 7' && run 0 remote list --json && valid out &&
    has out '"last_news": "2027-04-01T09:00:00Z"'
result "and the documents"
tab=$(printf '\t')
run 0 sync --plain && has out "silence${tab}2027-04-01T09:00:00Z${tab}7" && run 0 status --plain &&
    has out "silence${tab}2027-04-01T09:00:00Z${tab}7" && run 0 remote list --plain && has out "${tab}0${tab}2027-04-01T09:00:00Z"
result "and the rows"
run 0 sync --lang fr && has out "Aucune nouvelle de personne depuis 7" && run 0 status --lang fr && has out "Aucune nouvelle de personne"
result "in French"
run 0 sync -q && empty out && empty err
result "a timer's journal is not filled with it"
run 0 status --check
result "it is no reason of its own for status --check"
at 2027-04-20T09:00:00Z
run 0 status && has out "19 days" && has out "ask by phone"
result "it goes on"

# A laptop that has not exchanged anything in that time does so first.
mv "$hub" "$T/frozen"
export VALISE_HOME="$T/hague"
run 0 status && has out "Nothing new from anybody" && has out "19 days" && has_not out "ask by phone"
result "who has not synced lately is told to sync"
export VALISE_HOME="$T/ny"
run 5 sync && has_not out "$silent"
result "where nothing was reached it is not spoken of"

mv "$T/real" "$hub"
at 2027-04-21T09:00:00Z
run 0 sync && has out "received 1" && has_not out "$silent" && run 0 status && has_not out "Nothing new from anybody"
result "it ends with the first word"

plan
