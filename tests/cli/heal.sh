#!/bin/sh
# check on a store whose merged rows are not what its change sets say: named, mended, kept as they stood.
. "$(dirname "$0")/tap.inc"

sql=$(dirname "$VALISE")/tests/cli/sql
if [ ! -x "$sql" ]; then
    echo "ok 1 - check mends what it finds # SKIP $sql is not built"
    echo "1..1"
    exit 0
fi
unset VALISE_PASSPHRASE_COMMAND VALISE_PASSPHRASE_FD
printf 'correct horse\n' >"$T/pass"
export VALISE_PASSPHRASE_FILE="$T/pass" VALISE_HOME="$T/healed"
trap '"$VALISE" lock >/dev/null 2>&1; rm -rf "$T"' EXIT

run 0 init "Focal points" --delegation Ireland --post "New York"
run 0 person add "Idris al-Haddad" --position "Minister of Defence"
run 0 person add "Mariam Osei" --position "Envoy"
run 0 lock
damage() {
    "$sql" "$VALISE_HOME" "correct horse" "$1" 2>"$T/sql" || sed 's/^/# /' "$T/sql"
}
damage "UPDATE live SET value = x'6853706f6f66656421' WHERE record = 1 AND field = 2"
run 6 check && has out "1 record DIFFERED from the change sets and was merged anew" && has out "PER-" &&
    has err "was not what its change sets say" && has err "valise check --aside"
result "a record that is not what its change sets say is named and mended, with status 6"
run 0 check && has out "agrees with the change sets"
result "then it is sound"
run 0 person show haddad && has out "Minister of Defence"
result "and says what was signed"
run 0 check --aside && has out "as it stood before it was mended" && has out "Idris al-Haddad"
result "what stood there is kept"
run 0 check --aside --json && valid out && has out '"at"'
result "also as a document"
run 0 check --aside --plain && has out "Idris al-Haddad"
result "also as rows"
damage "DELETE FROM record"
run 6 check --json && valid out && has out '"mended": true' && has out '"sound": true'
result "nothing left of the records: all of them come back"
damage "UPDATE words SET body = 'spoofed'"
run 6 check && has out "was made anew" && has err "what is derived from the records"
result "nor can what is only derived stay wrong"
run 0 check && run 0 person list && has out "Mariam Osei" && has out "Idris al-Haddad"
result "all of them"

plan
