#!/bin/sh
# Telling addressees that something no longer stands: what is said, what is refused, what is kept. Invented persons and sources.
. "$(dirname "$0")/tap.inc"

printf 'an invented passphrase\n' >"$T/pw"
export VALISE_HOME="$T/valise" VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
trap '"$VALISE" lock >/dev/null 2>&1; rm -rf "$T"' EXIT
run 0 init "Focal points" --delegation Ireland --post "New York" && { run 0 unlock --for 1h || run 1 unlock; }
result "init"
person=$("$VALISE" -q person add "Idris al-Haddad")
source=$("$VALISE" -q source add BLUEFIELD --kind civil-society --consent "scope=tell regional groups;given=given" --consent "scope=tell Court content;given=given")
info=$("$VALISE" -q info add --from civil-society --source bluefield --received 2027-03-07T22:00Z --by telephone --about "$person" --claim potential \
    --trip-to "Cairo, EG" --dates 2027-04-12)
trip=$("$VALISE" trip list --plain | cut -f1)
run 0 share "$info" --to group:EEG --channel secure-mail -y -q && sent=$(cat "$T/out") && run 0 share "$trip" --to group:AFR --channel bag -y -q &&
    by_trip=$(cat "$T/out") && run 0 share "$info" --to court --channel bag -y -q && court=$(cat "$T/out")
result "a report is passed on, and its trip"
run 0 -n share "$info" --to group:GRULAC --plain && cp "$T/out" "$T/rows" && run 0 -n share "$info" --to group:GRULAC --plain --lang fr && cmp "$T/out" "$T/rows" &&
    has out "would-send	$info	group	GRULAC	2027-03-08T09:10:00Z	" && has out "leaves	claim	" && has out "stays	source	" && has_not out "Nothing was changed" &&
    [ "$(grep -vc "	" "$T/out")" -eq 0 ]
result "what would leave and what would stay, as rows, the same in both languages"
run 0 -n share "$info" --to group:GRULAC --leave-out "asked not to" --plain && has out "would-leave-out	$info	group	GRULAC" && has_not out leaves
result "and whom one would not tell"
run 0 transmission show "$by_trip" --plain && has out "rests-on		shown	$info"
result "a trip rests on its reports, without covering them"
run 0 transmission show "$sent" && has_not out Since && run 0 transmission show "$sent" --json && valid out && has out '"since": []' &&
    run 0 status && has_not out "Addressees to be told"
result "as long as all stands nothing is said"
run 2 share "$sent" --recall --channel telephone -y && has err "nothing has come to be known" && run 3 share "$info" --recall --channel telephone -y
result "nothing to tell, and no transmission"

run 0 source edit "$source" --consent "scope=tell regional groups;given=withdrawn"
run 0 transmission show "$sent" && has out "sent before the withdrawal of consent was known ($source)" && has out "the addressee is to be told" &&
    run 0 transmission show "$by_trip" --plain && has out "since	$source	derived	sent-unaware	Ireland	New York	2027-03-08T09:10:00Z	open" &&
    run 0 transmission show "$court" && has_not out Since
result "a consent is withdrawn: whoever needed it is to be told, the Court is not"
run 0 status && has out "Addressees to be told" && has out "valise share $sent --recall --channel secure-mail" && run 0 status --json && valid out && has out "\"ref\": \"$by_trip\"" &&
    run 6 status --check
result "status lists both"
run 0 --lang fr status && has out "Destinataires à aviser" && run 0 --lang fr transmission show "$sent" && has out "avant que le retrait du consentement soit connu"
result "in French"
for wide in 40 80; do
    fits=yes
    for what in status timeline "--lang fr status" "--lang fr timeline" "help sync"; do
        COLUMNS=$wide run 0 $what && ! grep -E "^.{$((wide + 1)),}$" "$T/out" || fits=no
    done
    [ $fits = yes ]
    result "what is shown fits on $wide columns"
done
COLUMNS=120 run 0 help trip add && grep -qE '^.{81,120}$' "$T/out" && run 0 help trip add && ! grep -E '^.{81,}$' "$T/out"
result "help is as wide as the screen, and 80 where nobody knows it"
COLUMNS=0 run 0 status && cp "$T/out" "$T/rows" && COLUMNS=many run 0 status && cmp "$T/out" "$T/rows" && COLUMNS= run 0 status && cmp "$T/out" "$T/rows"
result "a width that is none is none"
ACCESSIBLE=1 run 0 status && [ "$(grep -c '^Addressees to be told: ' "$T/out")" -eq 2 ] && ! grep "^ \|^[A-Z].*:.*   " "$T/out" &&
    ACCESSIBLE=1 run 0 timeline && has out "Court: told" && ! grep '^ ' "$T/out"
result "read aloud, every line says what it is about"
run 0 timeline && has out "2 addressees are to be told something" && run 0 timeline --json && valid out && has out '"recalls": 2'
result "the timeline says so"
run 2 share "$sent" --recall && has err "--yes and --channel" && run 2 share "$sent" --recall -y && has err "Give --channel" && run 2 share "$sent" --recall --to court --channel telephone -y && has err "leave out --to" &&
    run 2 share "$sent" --recall --channel pigeon -y && run 2 share "$sent" --recall --channel telephone --sent 2036-01-01 -y &&
    run 2 share "$sent" --recall --channel telephone && has err "--yes" && run 0 -n share "$sent" --recall && has out "Nothing was changed" &&
    run 0 -n share "$sent" --recall --plain && has out "would-tell	$sent	group	EEG	2027-03-08T09:10:00Z" && [ "$(wc -l <"$T/out")" -eq 1 ] &&
    run 0 transmission list --of "$sent" --plain && empty out
result "what is missing is said, and nothing is written"
run 0 share "$sent" --recall --channel telephone --sent 2027-03-08T09:00Z -y && has out "the source has withdrawn its consent" && has out "EEG was told 2027-03-08 09:00 UTC"
result "telling is recorded"
notice=$(sed -n 's/  .* was told .*//p' "$T/out") && run 0 transmission list && grep -q "^$notice  $sent  one regional group  EEG  2027-03-08 09:00 UTC  the source has withdrawn its consent\$" "$T/out"
result "a list says once to whom and when"
run 0 transmission show "$sent" && has out "told by TRM-" && run 0 status --plain && has_not out "to-be-told	$sent" && has out "to-be-told	$by_trip" &&
    run 2 share "$sent" --recall --channel telephone -y && has err "was told already"
result "once"
run 0 share "$by_trip" --recall --channel bag -y --json && valid out && run 0 status --json && has out '"to_be_told": []' && valid out
result "and the other, as JSON"

run 0 info withdraw "$info" --reason "another person was meant" -y && run 0 transmission show "$court" && has out "what was sent has been withdrawn ($info)" &&
    run 0 status --plain && has out "to-be-told	$court" && has out "to-be-told	$sent" && has out "to-be-told	$by_trip"
result "a withdrawal is another thing to tell, also to whoever was told something before"
for words in "--to president --sent 2027-03-08T09:00Z" "--to court --sent 2027-03-08T09:00Z --withheld-because not-at-all"; do
    # shellcheck disable=SC2086 # several words
    run 0 transmission add --covers "$info" $words --channel bag --correction-of "$court" --recall withdrawn || break
done
run 0 transmission edit "$court" --recall withdrawn && run 0 status --plain && has out "to-be-told	$court" && run 0 transmission show "$court" &&
    has out "what was sent has been withdrawn"
result "what went to somebody else, or to nobody, silences nothing, nor does a word put on it later"
run 0 info edit "$info" --tag late && run 0 share "$court" --recall --channel bag -y && run 0 info edit "$info" --tag later && run 0 status --plain &&
    has_not out "to-be-told	$court"
result "who was told stays told when the withdrawn record is edited"
run 0 info restore "$info" && run 0 status --plain && has_not out "to-be-told	$court" && run 0 info withdraw "$info" --reason "another person after all" -y &&
    run 0 status --plain && has out "to-be-told	$court" && run 0 share "$court" --recall --channel bag -y && run 0 info edit "$info" --tag last &&
    run 0 status --plain && has_not out "to-be-told	$court" && run 2 share "$court" --recall --channel bag -y && has err "was told already"
result "restored and withdrawn again is another thing to tell"
run 0 transmission withdraw "$sent" --reason "never went" -y && run 0 status --plain && has_not out "to-be-told	$sent"
result "a transmission that never was needs nothing"
run 2 transmission edit "$by_trip" --since withdrawn && has err "unknown option --since" && run 0 transmission add --help && has_not out "--since"
result "nobody writes what is worked out"

other=$("$VALISE" -q info add --from state-party --source "Note 7" --received 2027-03-07T22:00Z --by letter --about "$person" --claim potential --tlp green)
run 0 share "$other" --to group:WEOG --channel bag -y -q && sent=$(cat "$T/out") && run 0 info edit "$other" --tlp amber && run 0 transmission show "$sent" &&
    has_not out Since && run 0 info edit "$other" --tlp red && run 0 transmission show "$sent" && has out "is marked more strictly now"
result "a marking that would keep it from this addressee, and none below"
run 2 share "$other" --to focal-points --channel bag -y && has err "marked RED" && run 2 share "$other" --to group:EEG --channel bag -y &&
    run 0 info edit "$other" --caveat sealed-matter && run 2 share "$other" --to focal-points --channel bag -y && has err "under seal" &&
    run 0 info edit "$other" --remove caveat=sealed-matter
result "what is RED or sealed goes to the focal points as little as to a group"
run 2 share "$other" --to president --channel press -y && has err "only what is marked CLEAR" && run 2 share "$other" --to president --channel public-record -y &&
    run 2 share "$sent" --recall --channel press -y && has err CLEAR && run 0 share "$other" --to president --channel bag -y
result "nor to the public"
clear=$("$VALISE" -q info add --from media --received 2027-03-07T22:00Z --by press --claim potential --tlp clear)
run 0 share "$clear" --to secretariat --channel press -y
result "what is CLEAR may"
run 0 info edit "$other" --tlp green && run 0 transmission show "$sent" && has_not out Since
result "lowered by somebody who saw it, there is nothing to tell"
run 0 share "$other" --to group:AFR --leave-out "no need" -q && left=$(cat "$T/out") && run 2 share "$other" --to group:AFR --leave-out "no need" && has err "recorded already" &&
    has err "$left" && run 0 share "$other" --to group:APG --leave-out "no need" && run 0 transmission withdraw "$left" --reason "another reason" -y &&
    run 0 share "$other" --to group:AFR --leave-out "it sits there" && run 0 --lang fr share "$other" --to group:AFR --channel bag -y
result "that somebody is left out is recorded once, until that is withdrawn"
run 0 source withdraw "$source" --reason "closed" -y && run 0 info restore "$info" && run 2 share "$info" --to group:GRULAC --channel bag -y &&
    has err "consent"
result "a consent stays withdrawn although the source's file is"

for words in "The Court may have everything" "scope=court;given=yes" "scope=tell Court content" "scope=tell Court content;given=perhaps" "given=given"; do
    run 2 source edit "$source" --consent "$words" && has err "tell Court content, tell focal points, tell regional groups, tell Court identity, publish" &&
        has err "given, withdrawn" && has err "valise help consent"
    result "no words of consent: $words"
done
run 2 source add REDROCK --kind civil-society --consent "all of it" && run 0 source list --plain && has_not out REDROCK
result "nor in a new file"
run 0 source edit --help && has out "scope=tell Court content|tell focal" && has out "given=given|withdrawn" && run 0 help consent && has out "scope=tell regional groups" &&
    run 0 --lang fr help consent && has out "elle consent"
result "the words are in help"
green=$("$VALISE" -q source add GREENLAKE --kind civil-society --consent "scope=TELL COURT CONTENT;given=oui")
told=$("$VALISE" -q info add --from civil-society --source GREENLAKE --received 2027-03-07T22:00Z --by telephone --about "$person" --claim potential)
run 0 source show "$green" --plain && has out "scope=tell Court content" && has out "given=given" && run 0 share "$told" --to court --channel bag -y
result "what counts is kept in one form"
for how in letter telephone; do run 0 source edit "$green" --consent "scope=tell Court content;given=withdrawn;how=$how" || break; done
run 2 share "$told" --to court --channel bag -y && has err 'valise source edit' && has_not err renews &&
    eval "set -- $(sed -n 's/.*valise \(source edit .*\)/\1/p' "$T/err")" && run 0 "$@" && has err "knowledge of 2 withdrawals" && run 0 share "$told" --to court --channel bag -y
result "what is advised after two withdrawals is enough"
run 0 source edit "$green" --consent "scope=tell Court content;given=withdrawn;how=letter" && run 2 share "$told" --to court --channel bag -y && has err "withdrawn its consent"
result "a withdrawal in the words of an earlier one stands"
run 0 status --plain && run 0 transmission show "$("$VALISE" transmission list --of "$told" --plain | sed -n '2{s/\t.*//;p}')" &&
    has out "sent before the withdrawal of consent was known ($green)"
result "and whoever sent it knowing the earlier one did not know of this one"
run 0 check
result "all is sound"

plan
