#!/bin/sh
# check says behind which walls the courier works on this machine; on one that lacks some, what follows. What the kernel
# of the machine of the tests lacks is taken away (without.py); what it has not cannot be given.
. "$(dirname "$0")/tap.inc"

unset VALISE_PASSPHRASE_COMMAND VALISE_PASSPHRASE_FD
printf 'correct horse\n' >"$T/pass"
export VALISE_PASSPHRASE_FILE="$T/pass" VALISE_HOME="$T/home"
trap '"$VALISE" lock >/dev/null 2>&1; rm -rf "$T"' EXIT
case $(uname -m) in x86_64 | aarch64) ;; *)
    skip "walls of the courier" "no filter for this processor"
    plan
    exit 0 ;;
esac

run 0 init "Focal points" --delegation Ireland --post "New York"
run 0 remote add stick "$T/stick.git" --create
run 0 sync
# courier WORD...: the courier of a kernel without these
courier() {
    printf '#!/bin/sh\nexec /usr/bin/python3 -I %s %s %s\n' "$here/without.py" "$*" "$(dirname "$VALISE")/valise-courier" >"$T/courier"
    chmod 755 "$T/courier"
    export VALISE_COURIER="$T/courier"
}

run 0 check
if grep -q '^Courier  *confined to the place that it serves$' "$T/out"; then
    [ "$(grep -c -i -e courier -e kernel -e landlock "$T/out")" -eq 1 ] && empty err
    result "where all walls stand, half a line says so"
    run 0 check --json && valid out && has out '"call_filter": true' && has_not out '"landlock": 0'
    result "and a document"
    run 0 check --plain && cp "$T/out" "$T/rows" && run 0 check --plain --lang fr && cmp -s "$T/out" "$T/rows" &&
        printf 'check\tsound\nchanges\t0\ndevices\t1\nbad\t0\nmissing\t0\nstore\tsound\nremote\tstick\tsealed\t%s\t0\ncourier\tconfined\nimpossible-dates\t0\n' \
            "$(sed -n 's/^remote\tstick\tsealed\t\([1-9][0-9]*\)\t0$/\1/p' "$T/rows")" | cmp - "$T/rows"
    result "and rows, the same in both languages"
    mv "$T/stick.git" "$T/away.git" && run 0 check --plain && has out "remote$(printf '\t')stick$(printf '\t')not-reached$(printf '\t')0" &&
        mv "$T/away.git" "$T/stick.git"
    result "a stick that is not there is a row too"
    courier seccomp
    run 0 check && has out "NOT KEPT FROM CONNECTIONS" && has out "It holds no key" && has out "could open connections" &&
        has out "ask whoever looks after this laptop" && empty err
    result "a kernel without filters: which wall is missing, what is safe, what is less so, what to do"
    run 0 check --json && valid out && has out '"call_filter": false' && has_not out '"landlock": 0'
    result "a kernel without filters: the document"
else
    skip "where all walls stand, half a line says so" "this kernel lacks some"
fi
courier landlock
run 0 check && has out "NOT KEPT FROM YOUR OTHER FILES" && has out "It holds no key" && has out "could read and change" &&
    has out "Landlock" && empty err
result "a kernel without Landlock: which wall is missing, what is safe, what is less so, what to do"
run 0 check --json && valid out && has out '"landlock": 0'
result "a kernel without Landlock: the document"
courier landlock seccomp
run 0 check && has out "NOT CONFINED" && has out "could do on this laptop what you can do" && has out "stick: ciphertext only"
result "a kernel with neither"
run 0 check --json && valid out && has out '"landlock": 0' && has out '"call_filter": false'
result "a kernel with neither: the document"
run 0 check --plain && grep -qx "courier$(printf '\t')not-confined" "$T/out" && has_not out "NOT CONFINED"
result "a kernel with neither: the rows"
run 0 check --lang fr && has out "PAS ENFERMÉ" && has out "Landlock"
result "a kernel with neither: in French"
run 0 person add "Idris al-Haddad" && run 0 sync && has out "sent 1" && empty err
result "and exchanges as any other, without a word about it at every sync"
run 0 check -q && empty out && empty err
result "who wants to hear nothing hears nothing"
# interrupted HOW: check while Ctrl-C reaches it and its courier, as it does at a terminal, where a remote is looked at or none is
interrupted() {
    # the mark is there once the courier has run: the interrupt really happened
    printf '#!/bin/sh\n: >"%s/mark"\nkill -INT "$PPID" $$\nsleep 20\n' "$T" >"$T/courier" && chmod 755 "$T/courier" && rm -f "$T/mark" &&
        export VALISE_COURIER="$T/courier" && run 130 check "$@" && [ -e "$T/mark" ]
}
interrupted && empty out && has err "interrupted"
result "interrupted while a remote is looked at: no word about the remote"
interrupted --json && empty out && valid err && has err '"exit": 130'
result "interrupted while a remote is looked at: the document"
unset VALISE_COURIER
run 0 remote remove stick && interrupted && empty out && has err "interrupted" && has_not err "CANNOT RUN"
result "interrupted while the walls are tried: no word about the courier"
unset VALISE_COURIER
run 0 remote add stick "$T/other.git" --create
export VALISE_COURIER=/nowhere/valise-courier
run 0 check && has out "CANNOT RUN: " && has_not out "NOT CONFINED"
result "no courier at all"
run 0 check --json && valid out && has out '"courier": null'
result "no courier at all: the document"

plan
