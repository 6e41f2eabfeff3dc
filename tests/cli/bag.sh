#!/bin/sh
# Files of changes: two laptops that share no folder, by mail or in the bag. All persons here are invented.
. "$(dirname "$0")/tap.inc"

echo "correct horse battery staple" >"$T/pw"
export VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
mkdir "$T/mail"
ny() { wanted=$1; shift; run "$wanted" --home "$T/ny" --no-input "$@"; }
hague() { wanted=$1; shift; run "$wanted" --home "$T/hague" --no-input "$@"; }

ny 0 init "Focal points" --delegation Ireland --post "New York" && ny 0 person add "Idris al-Haddad"
result "a valise with a person"
ny 0 sync --to-file "$T/mail/door.bag" && has out "door.bag  1 change, " && has err "sync --from-file FILE"
result "--to-file says what it holds and what to do with it"
hague 0 join "$T/mail/door.bag" --delegation Croatia --post "The Hague" && has out "sync --to-file FILE" &&
    has out "sync --from-file FILE"
result "join by a file says how to go on"
hague 0 sync --to-file "$T/mail/request.bag" && has out "1 letter of admission"
result "the request goes out"
ny 0 sync --from-file "$T/mail/request.bag" && has out "request.bag  received 1" && has out "Croatia, The Hague asks to join"
result "and is read"
hague 0 key safety-number --plain && number=$(cat "$T/out") && ny 0 admit Croatia --share-history --safety-number "$number"
result "admitted"
ny 0 -q sync --to-file "$T/mail" && path=$(cat "$T/out") && case $path in "$T"/mail/????????????????.bag) ;; *) false ;; esac
result "a folder gives a neutral name; -q prints the path alone"
hague 0 sync --from-file "$path" && has out "You are admitted" && has out "State "
result "the newcomer is in"
hague 0 person edit haddad --position "Minister" && hague 0 sync --to-file "$T/mail/one.bag"
hague 0 person edit haddad --position "Former minister" && hague 0 sync --to-file "$T/mail/two.bag"
ny 0 sync --from-file "$T/mail/two.bag" && ny 0 sync --from-file "$T/mail/one.bag" && ny 0 sync --from-file "$T/mail/one.bag" &&
    has out "received 0" && ny 0 person show haddad && has out "Former minister"
result "out of order and twice: the same"
ny 0 --json sync --from-file "$T/mail/one.bag" && python3 "$here/validate.py" "$root/schemas/output" "$T/out" >"$T/v" 2>&1
result "the report of a file read is a document of its schema"
ny 0 --json sync --to-file "$T/mail/three.bag" && python3 "$here/validate.py" "$root/schemas/output" "$T/out" >"$T/v" 2>&1
result "and of one written"
ny 0 --plain --dry-run sync --to-file "$T/mail/never.bag" && [ ! -e "$T/mail/never.bag" ] && [ "$(cut -f2 "$T/out")" -ge 1 ]
result "a trial writes nothing"
ny 1 sync --to-file "$T/mail/one.bag" && has err "there is a file" && has err "Nothing is replaced"
result "nothing is replaced"
ny 5 sync --to-file "$T/none/x.bag" && has err "there is no folder"
result "no folder"
ny 5 sync --from-file "$T/mail/none.bag" && has err "not there"
result "no file"
ny 7 sync --from-file "$T/pw" && has err "is no file of changes"
result "another file"
head -c 3000 "$T/mail/three.bag" >"$T/mail/cut.bag"
hague 5 sync --from-file "$T/mail/cut.bag" && has err "is cut short" && has err "Ask for the file once more"
result "one that was cut short"
hague 0 sync --from-file "$T/mail/three.bag"
result "whole again"
run 0 --home "$T/other" --no-input init Training --delegation Ghana --post Accra && run 0 --home "$T/other" --no-input sync --to-file "$T/mail/other.bag" &&
    hague 7 sync --from-file "$T/mail/other.bag" && has err "is of a different valise"
result "of a different valise"
hague 2 sync stick --from-file "$T/mail/one.bag" && hague 2 sync --to-file x --from-file y && hague 2 sync --all
result "what excludes one another"
hague 7 --lang fr sync --from-file "$T/pw" && has err "n’est pas un fichier de modifications"
result "in French"
! LC_ALL=C grep -raq -e Haddad -e Ireland -e Croatia -e Hague -e valise -e Focal "$T/mail"
result "nothing plain in any file"
echo "1..$n"
