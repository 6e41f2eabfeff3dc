#!/bin/sh
# One laptop, no remote: recording, showing, changing, hiding, and what is refused. Persons are invented.
. "$(dirname "$0")/tap.inc"

printf 'an invented passphrase\n' >"$T/pw"
export VALISE_HOME="$T/valise" VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
trap '"$VALISE" lock >/dev/null 2>&1; rm -rf "$T"' EXIT

# ids FILE: references replaced by their kind, so that output can be compared
ids() {
    sed 's/\([A-Z]\{3\}\)-[0-9A-Z]\{7\}/\1-ID/g' "$1"
}
# shows TEXT: the output, ids aside, is exactly this
shows() {
    ids "$T/out" >"$T/seen"
    printf '%s\n' "$1" | cmp -s - "$T/seen" || { echo "# instead of: $1"; sed 's/^/# /' "$T/seen"; return 1; }
}

# ---- beginning ----

run 0 init "Focal points" --delegation Ireland --post "New York" && has out "Created “Focal points”. You are Ireland, New York."
result "init"
run 1 init Again --delegation Ireland --post "New York" && has err "already"
result "no second one in the same place"
run 0 unlock --for 1h || run 1 unlock
result "unlock, where there is a keyring"

# ---- add ----

run 0 person add "Idris al-Haddad" --name ar="إدريس الحداد" --position "Minister of Defence and Security" \
    --cite "official:press release 12" && shows "PER-ID  Idris al-Haddad  recorded"
result "person add"
run 0 -q person add "Ahmad Haddad" && person=$(cat "$T/out") && [ ${#person} -eq 11 ]
result "-q prints the id alone"
run 0 warrant add idris --case ICC-99/99-01/27 --issued 2026-11-20 --public &&
    shows "WAR-ID  ICC-99/99-01/27  Idris al-Haddad  recorded"
result "warrant add, a switch for publicity"
run 0 info add --from civil-society --source GREENLAKE --received "2027-03-07T22:00Z" --by telephone --about idris \
    --trip-to "Addis Ababa, ET" --dates 2027-04-12/2027-04-15 --claim potential --text "The list of the summit names him." &&
    shows "INF-ID  potential travel of Idris al-Haddad  received 2027-03-07 22:00 UTC  recorded
TRP-ID  Idris al-Haddad → Addis Ababa ET  2027-04-12/15  potential  recorded"
result "info add records the trip too"
run 0 trip add idris --to "Khartoum, SD" --to "Cairo, Egypt" --dates 2027-05 --status announced --json && valid out &&
    has out '"leg"' && trip=$(sed -n 's/.*"ref": "\(TRP-[0-9A-Z]*\)".*/\1/p' "$T/out")
result "trip add with two stages, as JSON"
run 0 meeting add "Planning" --on 2027-03 --participant A --participant B
result "a kind nobody wrote code for"
run 0 person add --display-name "Third Person" --born "40 April" && has err "“40 April” is kept as words: no possible date."
result "an impossible date is kept as words"

run 0 -n trip add idris --to "Cairo, EG" --status potential --dates 2027-02-30 && has err "“2027-02-30” is kept as words"
result "no such day"
run 0 -n info add --from media --received now --claim potential --dates 2027-04-15/2027-04-12 && has err "is kept as words" &&
    [ "$(grep -c "kept as words" "$T/err")" -eq 1 ]
result "an interval the wrong way round, said once"
for dates in 2027-04-31 2027-04-15/2027-04-12 207-04-12 gibberish; do
    run 0 -n trip add idris --to "Cairo, EG" --status potential --dates "$dates" && has err "Attention: “$dates” is kept as words"
    result "$dates is no date: recorded, and said so that it stands out"
done
run 0 -n info add --from media --received 2036-11-27 --claim potential && has err "lies in the future: 2036-11-27"
result "a report of the future: recorded, and said"
run 0 -n info add --from media --received 2027-03-09T09:00Z --claim potential && has_not err "future"
result "but not one that another clock may have"
run 0 -n trip add idris --to "Cairo, EG" --status potential --dates 2027-02-28 && has_not err "kept as words"
result "a possible date is not remarked upon"

# ---- what add refuses ----

run 2 info add --about idris --dates 03/04/2027 && has err "3 April" && has err "4 March" && has err "2027-04-03" && empty out
result "an ambiguous date: both readings, and what to write"
run 2 trip add idris --to "Cairo, EG" && has err "--status" && has err "Usage:"
result "a required field"
run 2 trip add idris --to Cairo,XX --status potential
result "an unknown country"
run 2 trip add idris --to "Kinshasa, Congo" --status potential && has err "CD (Democratic Republic of the Congo)" && has err "CG (Republic"
result "a name of two countries, with both codes"
run 2 person edit idris --nationality Congo && has err "CD (" && has err "CG ("
result "as a nationality too"
run 2 trip add idris --to "Cairo, EG" --status maybe && has err "potential"
result "an unknown term, with the known ones"
run 3 trip add nobody --to "Cairo, EG" --status potential
result "nobody of that name"
run 3 warrant add haddad --case X --issued 2026 --public && has err "Ahmad Haddad" && has err "Idris al-Haddad" && empty out
result "two of that name: both are listed"
run 2 warrant add idris --case X --issued 2026 --public --under-seal && has err "--public and --under-seal"
result "two switches of one field"
run 2 warrant add idris --case X --issued 2026 --public --publicity under-seal
result "a switch and another word for its field"
run 2 person add X --cite rumour:Y && has err "official:TEXT"
result "an unknown class of document"
run 2 person add X --name "no tag" && has err "LANGUAGE=NAME"
result "a name without its language"
run 2 info add --from media --received now --claim potential --trip-to "Cairo, EG" && has err "--about"
result "a trip of nobody"
run 2 person add "$(printf 'a\033b')"
result "control characters in a name"
run 2 person add "$(printf 'a\342\200\256b')"
result "a bidirectional override in a name"
run 0 person list --plain && [ "$(wc -l <"$T/out")" -eq 3 ] && run 0 trip list --plain && [ "$(wc -l <"$T/out")" -eq 2 ]
result "what was refused left nothing behind"

# ---- dry run ----

run 0 -n person add "Nobody at all" --position Ghost && has out "nothing was changed" && has out "Ghost" &&
    run 0 person list --plain && has_not out "Nobody at all"
result "a dry run of add shows and changes nothing"
run 0 -n person edit idris --position Ghost && run 0 person show idris && has_not out Ghost
result "a dry run of edit"
run 0 -n person withdraw idris --reason X && run 0 person list && has out "Idris"
result "a dry run of withdraw asks nothing"

# ---- edit ----

run 0 person edit idris --position "Minister of Defence" && shows "PER-ID  Idris al-Haddad  position changed"
result "edit names the field"
run 0 person edit idris --tag one --tag two --nationality ET && shows "PER-ID  Idris al-Haddad  tag, nationality changed"
result "lists grow"
run 0 person edit idris --name fr=Idriss && shows "PER-ID  Idris al-Haddad  name added"
result "a name in another language is added"
run 0 person edit idris --remove tag=one && run 0 person show idris --plain && grep -q "	tag	.*two" "$T/out" &&
    ! grep -q "	tag	.*	one	" "$T/out"
result "and shrink"
run 3 person edit idris --remove tag=three
result "what is not in a list cannot be taken out"
run 2 person edit idris --remove position=x && has err "FIELD=VALUE"
result "a register is no list"
run 2 person edit idris && has err "nothing to change"
result "edit without a field"
run 0 person edit idris --position "Minister of Defence"
result "the same again is no failure"
run 0 trip edit "Addis" --to "Nairobi, Kenya" && run 0 trip show nairobi && has out "Kenya"
result "the one stage of a trip moves"
run 3 trip edit "$trip" --to "Nairobi, KE" && has err "2 stages"
result "of two stages one must be named"
run 2 info edit GREENLAKE --claim confirmed
result "what was told never changes"

# ---- reading ----

run 0 person show idris && has out "Minister of Defence" && has out "official: press release 12" && has out "إدريس الحداد" &&
    has out "ICC-99/99-01/27" && has out "GREENLAKE"
result "show: fields, source, other scripts, what refers here"
run 0 person show idris --json && valid out
result "show as JSON"
run 0 trip list --json && valid out
result "list as JSON"
run 0 person history idris --json && valid out && has out "Minister of Defence and Security"
result "history as JSON holds what was replaced"
run 0 person history idris && has out "replaced 2027-03-08 09:10 UTC by Ireland, New York"
result "history says what replaced a value"
run 0 trip list --of idris --plain && [ "$(wc -l <"$T/out")" -eq 2 ]
result "list --of"
run 0 search summit && has out "INF-" && run 0 search summit --json && valid out
result "search"
run 0 person add "Zadok Quillfeather" --plain && gone=$(cut -f1 "$T/out") && run 0 search "$gone" && has out Quillfeather &&
    run 0 person withdraw "$gone" --reason "never was" --yes && run 0 search quillfeather && has out "Quillfeather  withdrawn" &&
    run 0 search quillfeather --plain && grep -q "withdrawn$" "$T/out" && run 0 search quillfeather --json && valid out &&
    has out '"withdrawn": true'
result "search by id, and a withdrawn record is marked"
run 0 search nothingofthekind && empty out && has err "No record"
result "search without a hit"
run 2 warrant add --case ICC-99/99-09/29 idris --issued 2027-04-12 && has err "missing: --publicity (Publicity): public, under-seal"
result "what is missing is said with what may stand there"
run 2 person withdraw idris && has err "give --reason TEXT --yes" && run 2 person withdraw idris --yes && has err "give --reason TEXT" &&
    has_not err "TEXT --yes"
result "withdraw says at once what it wants where nobody can be asked"
run 0 trip add --help && has out "valise trip add haddad --status potential"
result "the example of a trip claims nothing grave"
run 2 search x --max 0
result "a senseless maximum"
run 0 log --json && valid out && run 0 log idris --plain && has out "position"
result "log"
run 3 person show PER-AAAAAAA && has err "mistyped"
result "a mistyped id is refused by its check character"
run 0 person show --lang fr idris && has out "Fonction" && has out "2027-03-08 09:10 UTC"
result "labels in French"

# ---- withdraw and restore ----

run 2 trip withdraw nairobi && has err "--reason"
result "withdraw wants a reason"
run 2 trip withdraw nairobi --reason "entered twice" && has err "--yes"
result "and a yes"
run 0 trip withdraw nairobi --reason "entered twice" -y && shows "TRP-ID  Idris al-Haddad → Nairobi KE  2027-04-12/15  potential  withdrawn"
result "withdraw"
run 0 trip list && has_not out Nairobi && run 0 trip list --withdrawn && has out Nairobi
result "hidden, not gone"
run 0 trip withdraw nairobi --reason "again" -y && has err "is withdrawn already" && run 0 trip history nairobi && has_not out again
result "withdrawn twice: said, and nothing written"
run 0 trip withdraw nairobi --reason "again" -y --json && valid out && has out '"unchanged"'
result "the same as JSON"
run 0 trip edit nairobi --dates 2027-04-13 && has err "is withdrawn, and stays so"
result "editing what is withdrawn says so"
run 0 trip edit nairobi --dates 2027-04-12/2027-04-15 && run 0 trip history nairobi && has out "entered twice"
result "the reason is in the history"
run 0 trip restore nairobi && has out restored && run 0 trip list && has out Nairobi
result "restore"
"$VALISE" trip history nairobi --json >"$T/before"
run 0 trip restore nairobi && has err "is not withdrawn" && "$VALISE" trip history nairobi --json | cmp -s - "$T/before"
result "what is not withdrawn cannot be restored: said, and nothing written"

# ---- plain ----

run 0 person edit ahmad --summary "$(printf 'one\ntwo\tthree\\')" && run 0 person show ahmad --plain &&
    has out 'one\ntwo\tthree\\'
result "line ends, tabs and backslashes are escaped in --plain"
run 0 person list --plain && awk -F '\t' '$1 !~ /^PER-/ || NF != 2 { exit 1 }' "$T/out"
result "--plain: one record a line, id first"

# ---- share: what must be known before it leaves ----

inf=$("$VALISE" -q info add --from state-party --received 2027-03-07T22:00Z --by note-verbale --about ahmad --claim confirmed \
    --trip-to "Nairobi, KE" --dates 2027-04-12/2027-04-14)
joined=$("$VALISE" trip list --of ahmad --plain | cut -f1)
other=$("$VALISE" -q trip add ahmad --to "Nairobi, KE" --dates 2027-04-12 --status potential)
run 0 -n share "$inf" --to court && has out "Nairobi KE 2027-04-12/14" && has_not err "something else" && has_not err already
result "a report that nobody contradicts is shared as its trip"
run 0 dedupe --same "$joined" "$other" && run 0 -n share "$inf" --to court && has out "2027-04-12/2027-04-14" &&
    has err "something else than TRP-" && has err "(Nairobi KE 2027-04-12, confirmed)"
result "after a join, a report leaves with its own dates, and the others are shown"
run 2 share "$inf" --to court --channel secure-mail --sent 2036-01-01 -y && has err "--sent lies in the future" && empty out
result "nothing was sent in the future"
run 0 share "$inf" --to court --channel secure-mail --sent 2027-03-09T09:00Z -y && has_not err already
result "a clock that differs by less than a day is no matter"
python3 "$root/tests/acceptance/support/typed.py" 'Secure mail' "$VALISE" --no-pager share "$inf" --to group:GRULAC -y >"$T/out" &&
    has out "Channel, by number" && has_not out "none was chosen"
result "a channel can be typed as it is shown"
run 0 -n share "$inf" --to court && has err "Court" && has err "was told already, on 2027-03-09 09:00 UTC (TRM-"
result "what was told already is said"
run 0 -n share "$inf" --to group:AFR && has_not err "already"
result "to that addressee only"

# ---- trips that were judged the same ----

status_of() { "$VALISE" trip show "$1" --plain | awk -F '\t' '$2 == "status" && $4 == "shown" { print $5 }'; }
run 0 trip list --of ahmad && has out "shown as TRP-" && has out "stands for TRP-" && [ "$(grep -c "shown as" "$T/out")" -eq 1 ]
result "trip list marks what is shown as another"
run 0 trip show "$other" && has out "judged the same as another" && has out "together they are: Nairobi KE 2027-04-12, confirmed"
result "trip show says what both are together"
run 0 trip edit "$joined" --status cancelled && has err "are one trip: both are changed" && [ "$(grep -c "status changed" "$T/out")" -eq 2 ] &&
    [ "$(status_of "$joined") $(status_of "$other")" = "cancelled cancelled" ] &&
    run 0 timeline --of ahmad && has out cancelled && has_not out potential
result "a joined trip is cancelled under either id"
run 0 -n share "$inf" --to court && has err "The status of TRP-" && has err "is: cancelled"
result "and share says so"
run 0 trip edit "$other" --to "Mombasa, KE" --dates 2027-04-13 && run 0 timeline --of ahmad --plain && has out "Mombasa KE" &&
    has out 2027-04-13 && has_not out Nairobi
result "place and dates are changed of both"
run 0 trip edit "$joined" --tag alone && has_not err "one trip" && [ "$(grep -c changed "$T/out")" -eq 1 ]
result "what is not shown of all stays with one"
run 0 -n trip withdraw "$joined" --reason "entered twice" && has err "$other was judged the same trip and stays"
result "withdrawing one says that the other stays"
run 0 dedupe --different "$joined" "$other" && run 0 trip edit "$joined" --status potential && has_not err "one trip" &&
    [ "$(status_of "$joined") $(status_of "$other")" = "potential cancelled" ]
result "judged different, each is edited alone"

run 0 trip add ahmad --to "Paris, FR" --status potential && run 0 timeline --of ahmad && has out "--to group:WEOG" && has out "--to group:AFR"
result "the timeline proposes the group of the destination"

# ---- trust ----

run 0 check && has out "every signature valid" && run 0 check --json && valid out && has out '"sound": true'
result "check"
run 0 check --aside && has err "Nothing was ever set aside." && run 0 check --aside --json && valid out
result "check --aside: nothing was mended yet"
for what in "delegation list" "device list" "compartment list" "remote list" status; do
    run 0 $what && run 0 $what --json && valid out
    result "$what"
done
run 3 sync && has err "remote add"
result "sync without a remote says how to add one"
run 2 key safety-number
result "whose safety number?"

# ---- recovery and passphrase ----

run 0 key recovery --plain && [ "$(wc -l <"$T/out")" -eq 4 ] && has err "lock it away"
result "the recovery code: four lines, advice apart"
run 2 key recovery --json && valid err
result "no recovery code in JSON"
run 0 key recovery --plain && cp "$T/out" "$T/code"
printf 'a third invented passphrase\n' >"$T/pw3"
tr '0-9A-Z' '1-9A-Z0' <"$T/code" >"$T/wrong"
run 2 key restore --code-file "$T/wrong" --new-passphrase-file "$T/pw3" && has err "line"
result "a mistyped recovery code names its line"
run 0 key restore --code-file "$T/code" --new-passphrase-file "$T/pw3" && run 0 lock
VALISE_PASSPHRASE_FILE=$T/pw3 run 0 person list
result "the recovery code opens and sets a new passphrase"
VALISE_PASSPHRASE_FILE=$T/pw3 run 0 key passphrase --new-passphrase-file "$T/pw"
result "and the first passphrase can be had back"
printf 'another invented passphrase\n' >"$T/pw2"
VALISE_PASSPHRASE_FILE=$T/pw2 run 12 key passphrase --new-passphrase-file "$T/pw2"
result "the present passphrase is asked for even while unlocked"
VALISE_PASSPHRASE_FILE= run 12 --no-input key passphrase --new-passphrase-file "$T/pw2"
result "and cannot be left out"
run 12 unlock --passphrase-file "$T/pw2"
result "a passphrase that is offered to unlock must be right even while unlocked"
run 0 key passphrase --new-passphrase-file "$T/pw2" && run 0 lock
result "another passphrase"
run 12 person list
result "the old one opens nothing"
VALISE_PASSPHRASE_FILE=$T/pw2 run 0 person list
result "the new one does"
run 0 lock && VALISE_PASSPHRASE_FILE= run 12 person list && has err "valise"
result "locked, nobody to ask: exit 12"
VALISE_PASSPHRASE_FILE= run 12 person list --json && valid err && has err '"exit": 12'
result "the same as JSON"

# ---- nothing plain on the disk (I1) ----

! LC_ALL=C grep -raq -e Haddad -e Khartoum -e Ireland -e GREENLAKE -e "New York" "$VALISE_HOME"
result "no word of any record is in any file"
[ "$(stat -c %a "$VALISE_HOME/data")" = 700 ]
result "the folder is for its owner alone"

plan
