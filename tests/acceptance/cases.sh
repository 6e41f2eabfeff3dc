#!/bin/sh
# The fifteen conflict cases of the domain and further ones, as three posts would meet them: each writes without a line, the
# change sets travel as files, and arrive in all six orders, one of them twice. In every order every laptop must
# end with the same state, the same timeline and the same records, and with the result that the case requires.
# What a case needs and this version does not have is skipped with its reason, never passed. All persons are invented.
# shellcheck disable=SC1091,SC2034,SC2154,SC2086
. "$(dirname "$0")/support/tap.sh"

POSTS='hag ny cap'
KINDS=' person name warrant source info trip leg transmission action outcome identity-link trip-link meeting proceeding nil-return
matter step sharing-group sc-report period
document citation situation case officer task event office-holding contact '

laptops() {
    passphrase
    for l in $POSTS hag-1 hag-2 ny-1 ny-2 cap-1 cap-2; do # the names with a number are copies, one for each order of arrival
        f=$(echo $l | tr - _)
        eval "$f() { VALISE_HOME=\$T/$l VALISE_PASSPHRASE_FILE=\$T/pw valise --no-input \"\$@\"; }"
    done
    hag -q init "Focal points" --delegation Croatia --post "The Hague" &&
        hag -q remote add stick "$T/stick.git" --create >"$T/out" && hag -q sync >"$T/out" || return 1
    ny -q join "$T/stick.git" --delegation Ireland --post "New York" >"$T/out" || return 1
    cap -q join "$T/stick.git" --delegation Uruguay --post Montevideo >"$T/out" && hag -q sync >"$T/out" || return 1
    hag -q admit Ireland --share-history --safety-number "$(ny key safety-number --plain)" >"$T/out" &&
        hag -q admit Uruguay --share-history --safety-number "$(cap key safety-number --plain)" >"$T/out" &&
        hag -q sync >"$T/out" && ny -q sync >"$T/out" && cap -q sync >"$T/out" || return 1
}

# ---- the table's words ----

n_case= used= reports=
broken=

# case_ NUMBER TITLE
case_() {
    n_case=$1 broken= used='trip leg info transmission'
    title=$2
}
# the kinds of the case at hand, which are compared whole
uses() {
    case " $used " in *" $1 "*) return ;; esac
    case $KINDS in *" $1 "*) used="$used $1" ;; esac
}
# make VAR LAPTOP ARGUMENTS...: records something; VAR is its reference
make() {
    var=$1
    shift
    uses "$2"
    got=$("$@" -q 2>"$T/err") || broken="$* $(cat "$T/err")"
    eval "$var=\$got"
}
# does LAPTOP ARGUMENTS...
does() {
    uses "$2"
    "$@" -q >/dev/null 2>"$T/err" || broken="$* $(cat "$T/err")"
}

# carry FROM TO: by a file, with everything that TO may lack
carry() {
    "$2" -q sync --from-file "$T/$1.bag" >/dev/null 2>"$T/err" || broken="$2 cannot take the file of $1: $(cat "$T/err")"
}
write_all() {
    rm -f "$T"/*.bag
    for l in $POSTS; do
        "$l" -q sync --to-file "$T/$l.bag" >/dev/null 2>"$T/err" || broken="$l writes no file: $(cat "$T/err")"
    done
}
# everybody gets everything, without a test: what the posts have before they part
together() {
    write_all
    for l in $POSTS; do
        for from in $POSTS; do
            [ $l = $from ] || carry $from $l
        done
    done
}
# copy LAPTOP NUMBER FIRST SECOND: a copy that gets the two others' files in this order, the first one again at the end
copy() {
    rm -rf "$T/$1-$2"
    cp -r "$T/$1" "$T/$1-$2"
    for from in $3 $4 $3; do carry $from "$1_$2"; done
}
# all LAPTOP: whatever must be the same everywhere
all() {
    "$1" status --state
    "$1" timeline --plain
    for k in $used; do "$1" $k list --withdrawn --json; done
    "$1" review --list --notices --plain
    "$1" dedupe --list --plain
    "$1" status --plain | grep "^to-be-told"
    [ -z "$reports" ] || "$1" report "$reports" --json
}
# meet: the three posts' change sets in all six orders
meet() {
    write_all
    copy hag 1 ny cap
    copy hag 2 cap ny
    copy ny 1 hag cap
    copy ny 2 cap hag
    copy cap 1 hag ny
    copy cap 2 ny hag
    all hag_1 >"$T/wanted" 2>&1
    differs=
    for l in hag_2 ny_1 ny_2 cap_1 cap_2; do
        all $l >"$T/got" 2>&1
        cmp -s "$T/wanted" "$T/got" || differs="$l: $(diff "$T/wanted" "$T/got" | head -20)"
    done
    for l in $POSTS; do # the posts go on from one of the orders
        rm -rf "${T:?}/$l"
        mv "$T/$l-2" "$T/$l"
    done
    same "case $n_case, $title: six orders of arrival, one result" "" "$broken$differs"
}

# is WHAT EXPECTED GOT: about the case at hand
is() { same "case $n_case: $1" "$2" "$3"; }
# shown, kept, past KIND RECORD FIELD: values, sorted, separated by " | "
states() { cap "$2" history "$3" --plain | awk -F '\t' -v r="$3" -v f="$4" -v s="$1" '$1 == r && $2 == f && $4 == s { print $5 }' |
    sort | tr '\n' '|' | sed 's/|$//; s/|/ | /g'; }
shown() { cap "$1" show "$2" --plain | awk -F '\t' -v f="$3" '$2 == f && $4 == "shown" { print $5 }' | sort | tr '\n' '|' | sed 's/|$//; s/|/ | /g'; }
kept() { states kept "$@"; }
past() { states past "$@"; }
# open_about RECORD FIELD: "conflict", "notice" or nothing
open_about() { cap review --list --notices --plain | awk -F '\t' -v r="$1" -v f="$2" '$2 == r && $3 == f { print $4 }'; }
# members GROUP: who is in
members() { cap sharing-group show "$1" --plain | awk -F '\t' '$2 == "member" && $3 != "" && $4 == "shown" { print $3 }' | sort | tr '\n' ' ' | sed 's/ $//'; }
conflict_of() { "$1" review --list --plain | awk -F '\t' -v r="$2" -v f="$3" '$2 == r && $3 == f { print $1 }'; }
leg_of() { "$1" leg list --of "$2" --plain | cut -f1 | head -n 1; }
# row LAPTOP TRIP FIELD: of the timeline's row that the trip belongs to
row() { "$1" timeline --json | json "[t['$3'] for t in d['trips'] if '$2' in [t['ref']] + t['aliases']][0]"; }
# para LAPTOP NUMBER: of the report on PER-20: its state, what it says, what it rests on
para() { "$1" report PER-20 --plain | awk -F '\t' -v n="$2" '$1 == "paragraph" && $2 == n { print $4, $5, $7 }'; }
# since TRANSMISSION: what has come to be known of it, and what became of that
since() { cap transmission show "$1" --plain | awk -F '\t' '$2 == "since" { print $5, $9 }' | sort -u | tr '\n' ' ' | sed 's/ $//'; }
# refused NAME LAPTOP ARGUMENTS...: the command does not do it
refused() {
    what=$1
    shift
    if "$@" >"$T/out" 2>"$T/err" </dev/null; then not_ok "case $n_case: $what" "$(cat "$T/out")"; else ok "case $n_case: $what"; fi
}
waits() { skip "case $n_case: $1" "$2"; }

laptops || {
    echo "Bail out! three posts could not be set up: $(cat "$T/out")"
    exit 1
}
make H hag person add "Idris al-Haddad" --kind subject-of-warrant
together

# ---- the fifteen ----

case_ 1 "marking against content"
make R hag info add --from state-party --source "Note 1" --received 2027-03-01T08:00Z --by note-verbale --claim confirmed --about "$H" \
    --tlp green --sanitised "First.

Second."
together
does hag info edit "$R" --tlp red
does ny info edit "$R" --sanitised "First.

Second.

Third."
make TR ny share "$R" --to group:EEG --channel secure-mail --yes
meet
is "what was sent is listed for recall at every post" "restricted open 1 1 1" "$(since "$TR") $(for who in ny hag cap; do $who status --plain | grep -c "^to-be-told	$TR	group	EEG"; done | tr '\n' ' ' | sed 's/ $//')"
is "the marking is the stricter" red "$(shown info "$R" tlp)"
is "the new paragraph is kept" 'First.\n\nSecond.\n\nThird.' "$(shown info "$R" sanitised)"
is "what was sent stays logged" "group" "$(cap transmission list --of "$R" --json | json "[v['value'] for f in d['records'][0]['fields'] if f['field'] == 'to' for v in f['values']][0]")"
refused "nothing more of it goes to a group" ny share "$R" --to group:GRULAC --channel secure-mail --yes

case_ 2 "nested dates"
make X hag trip add "$H" --to "Dakar, SN" --dates 2010-12-10/2010-12-31 --status announced
together
L=$(leg_of hag "$X")
does hag leg edit "$L" --arrive 2010-12-15 --cite "press:one agency"
does ny leg edit "$L" --arrive 2010-12
meet
is "the narrower is shown" 2010-12-15 "$(shown leg "$L" arrive)"
is "the wider is kept" 2010-12 "$(kept leg "$L" arrive)"
is "no conflict, no notice" "" "$(open_about "$L" arrive)"

case_ 3 "dates that do not nest"
make X hag trip add "$H" --to "Abuja, NG" --dates 2013-07 --status announced
together
L=$(leg_of hag "$X")
does hag leg edit "$L" --arrive 2013-07-14 --depart 2013-07-16 --cite "official:a press release"
does ny leg edit "$L" --arrive 2013-07-14 --depart 2013-07-15 --cite "press:two agencies"
meet
is "the arrival is agreed" "2013-07-14" "$(shown leg "$L" arrive)"
is "the official departure is shown" 2013-07-16 "$(shown leg "$L" depart)"
is "the other is kept" 2013-07-15 "$(kept leg "$L" depart)"
is "a conflict is open" conflict "$(open_about "$L" depart)"
does ny review "$(conflict_of ny "$L" depart)" --value 2013-07-15 --reason "two agencies, one aircraft"
meet
is "a person's decision holds everywhere" 2013-07-15 "$(shown leg "$L" depart)"
is "nothing is open" "" "$(open_about "$L" depart)"

case_ 4 "the wrong country"
make X hag trip add "$H" --to EG --dates 2024-09-03 --status announced
together
L=$(leg_of hag "$X")
does hag leg edit "$L" --country MN
does ny leg edit "$L" --country MD
meet
is "both are shown" "MD | MN" "$(shown leg "$L" country)"
is "a conflict is open" conflict "$(open_about "$L" country)"
refused "no draft to a contested country" ny share "$X" --to state:MN --channel note-verbale --yes
does cap review "$(conflict_of cap "$L" country)" --value MN --reason "a misprint"
meet
is "one is left" MN "$(shown leg "$L" country)"
is "the misprint stays in the history" "EG | MD | MN" "$(past leg "$L" country)"

case_ 5 "cancelled against confirmed"
make X hag trip add "$H" --to "Cairo, EG" --dates 2027-06-03 --status announced
together
does hag trip edit "$X" --status cancelled --reason "the host says so"
does ny trip edit "$X" --status confirmed --reason "it is on the programme"
meet
is "the more alarming is shown" confirmed "$(shown trip "$X" status)"
is "the other is kept" cancelled "$(kept trip "$X" status)"
is "a conflict is open" conflict "$(open_about "$X" status)"
does hag trip edit "$X" --status cancelled --cite "state:note of the host"
meet
is "who saw both and says cancelled again is heard" cancelled "$(shown trip "$X" status)"
is "nothing is open" "" "$(open_about "$X" status)"

case_ 6 "one trip entered twice"
make X hag trip add "$H" --to "Budapest, HU" --dates 2025-04 --status confirmed
make Y ny trip add "$H" --to "Budapest, HU" --dates 2025-04 --status confirmed
does hag leg edit "$(leg_of hag "$X")" --arrive 2025-04-03 --depart 2025-04-06 --cite "official:the Court"
does ny leg edit "$(leg_of ny "$Y")" --arrive 2025-04-02 --depart 2025-04-06 --cite "press:agencies"
meet
LOW=$(printf '%s\n%s\n' "$X" "$Y" | while read -r r; do echo "$(hag trip show "$r" --json | json "d['record']['id']") $r"; done | sort | head -n 1 | cut -d ' ' -f 2)
does ny dedupe --same "$X" "$Y"
does cap dedupe --different "$X" "$Y"
meet
is "rival verdicts join nothing" "$X $Y" "$(row cap "$X" ref) $(row cap "$Y" ref)"
does hag dedupe --same "$X" "$Y"
meet
is "a verdict that knew of both joins them under the lower id" "$LOW $LOW" "$(row cap "$X" ref) $(row cap "$Y" ref)"
is "the Court's day of arrival is shown" 2025-04-03 "$(cap timeline --json | json "[t['stages'][0]['arrive'] for t in d['trips'] if t['ref'] == '$LOW'][0]")"
is "the stages are one" 1 "$(cap timeline --json | json "[len(t['stages']) for t in d['trips'] if t['ref'] == '$LOW'][0]")"

case_ 7 "is it one person"
make A hag person add "Karim Ould Sidi"
make B ny person add "Abou Karim"
together
does hag dedupe --same "$A" "$B" --reason "named together"
does ny dedupe --different "$A" "$B" --reason "the defence contests it"
meet
is "unsure, and both are asked" unsure "$(cap dedupe --list --plain | awk -F '\t' -v a="$A" -v b="$B" '($1 == a && $2 == b) || ($1 == b && $2 == a) { for (i = 3; i <= NF; i++) if ($i == "unsure") print $i }')"
is "both files remain" "$A $B" "$(cap person show "$A" -q | head -n 1 | cut -d ' ' -f 1) $(cap person show "$B" -q | head -n 1 | cut -d ' ' -f 1)"
does cap dedupe --same "$A" "$B" --reason "the Chamber confirmed it"
meet
is "a verdict that knew of both decides" "" "$(cap dedupe --list --plain | grep "$A" | grep "$B")"

case_ 8 "a spelling added and rejected"
make N ny name add "Ali Kushaib" --person "$H" --kind spelling-variant
together
make M hag name add "Ali Kushaib" --person "$H" --kind alias
does ny name edit "$N" --rejected yes --rejected-because "a misprint"
meet
is "the name is there and found" 1 "$(cap search Kushaib --plain | grep -c -e "$H" -e "$M" -e "$N" | sed 's/[1-9]/1/')"
is "one is flagged, none is lost" "true " "$(shown name "$N" rejected) $(shown name "$M" rejected)"
does hag person edit "$H" --tag Kushaib
together
does ny person edit "$H" --remove tag=Kushaib
does cap person edit "$H" --tag Kushaib
meet
is "an addition survives a removal that never saw it" Kushaib "$(shown person "$H" tag)"

case_ 9 "both told the Court"
make X hag trip add "$H" --to "Addis Ababa, ET" --dates 2027-04-12/2027-04-14 --status confirmed
together
make I hag info add --from state-party --source "Note 114" --received 2027-03-08T08:00Z --by note-verbale --claim confirmed --about "$H" --trip "$X"
make J ny info add --from civil-society --source GREENLAKE --received 2027-03-07T22:00Z --by telephone --claim potential --about "$H" --trip "$X"
VALISE_NOW=2027-03-09T13:00:00Z does hag share "$I" --to court --sent 2027-03-08T09:10Z --channel secure-mail --yes
VALISE_NOW=2027-03-09T13:00:00Z does ny share "$J" --to court:registry --sent 2027-03-08T11:00Z --channel secure-mail --yes
meet
is "both transmissions are kept" "1 1" "$(cap transmission list --of "$I" --plain | wc -l | tr -d ' ') $(cap transmission list --of "$J" --plain | wc -l | tr -d ' ')"
is "from the first word to the first transmission: 11 h 10" 40200 "$(cap timeline --plain | awk -F '\t' -v t="$X" '$1 == t { print $11 }')"

case_ 10 "consent withdrawn while a notice goes out"
make S hag source add BLUEFIELD --kind civil-society --consent "scope=tell regional groups;given=given;at=2027-01-01"
together
make I ny info add --from civil-society --source BLUEFIELD --informant "$S" --received 2027-03-07T22:00Z --by telephone --claim potential --about "$H" \
    --tlp green --sanitised "He travels."
together
does hag source edit "$S" --consent "scope=tell regional groups;given=withdrawn;at=2027-03-09"
VALISE_NOW=2027-03-09T13:00:00Z make T10 ny share "$I" --to group:EEG --sent 2027-03-09T12:00Z --channel secure-mail --yes
meet
is "it is flagged: sent before the withdrawal was known" "sent-unaware open" "$(since "$T10")"
is "somebody is asked to tell the recipients, once" "$T10" "$(cap status --json | json "' '.join(t['ref'] for t in d['to_be_told'] if t['ref'] == '$T10')")"
is "both entries stand" "given withdrawn" "$(cap source show "$S" --json | json "' '.join(v['value'].split('given=')[1].split(';')[0] for f in d['record']['fields'] if f['field'] == 'consent' for v in f['values'])")"
is "what was sent stays" 1 "$(cap transmission list --of "$I" --plain | wc -l | tr -d ' ')"
is "every further release is blocked at every post" "2 2 2" "$(for who in ny hag cap; do $who share "$I" --to group:WEOG --channel secure-mail --yes >/dev/null 2>"$T/why"; printf '%s ' $?; done | sed 's/ $//')"
does cap source edit "$S" --consent "scope=tell regional groups;given=given;at=2027-03-20"
meet
does hag share "$I" --to group:WEOG --channel secure-mail --yes
is "the release that went before stays flagged, and needs nothing more" "sent-unaware over" "$(since "$T10")"

case_ 10b "the recipients are told, by two at once"
make S hag source add REDROCK --kind civil-society --consent "scope=tell regional groups;given=given;at=2027-01-01"
together
make I ny info add --from civil-society --source REDROCK --informant "$S" --received 2027-03-07T22:00Z --by telephone --claim potential --about "$H" \
    --tlp green --sanitised "He travels too."
together
does hag source edit "$S" --consent "scope=tell regional groups;given=withdrawn;at=2027-03-09"
VALISE_NOW=2027-03-09T13:00:00Z make TR ny share "$I" --to group:WEOG --sent 2027-03-09T12:00Z --channel secure-mail --yes
refused "nobody is told what has not come yet" ny share "$TR" --recall --channel telephone --yes
meet
is "flagged everywhere, one thing to do" "sent-unaware open 1 1 1" "$(since "$TR") $(for who in ny hag cap; do $who status --plain | grep -c "^to-be-told	$TR	group	WEOG"; done | tr '\n' ' ' | sed 's/ $//')"
VALISE_NOW=2027-03-10T13:00:00Z does hag share "$TR" --recall --channel telephone --sent 2027-03-10T09:00Z --yes
VALISE_NOW=2027-03-10T14:00:00Z does ny share "$TR" --recall --channel secure-mail --sent 2027-03-10T10:00Z --yes
meet
is "both calls are on record, nothing is left to do" "2 0" "$(cap transmission list --of "$TR" --plain | wc -l | tr -d ' ') $(cap status --plain | grep -c "^to-be-told	$TR")"
is "the transmission says by which it was told" "sent-unaware told" "$(since "$TR")"
is "and the Court counts as not told" "null" "$(cap status --json | json "'null' if '$I' in [u['ref'] for u in d['not_shared_with_court']] else 'told'")"

case_ 11 "withdrawn while it is edited"
make X hag trip add "$H" --to "Tunis, TN" --dates 2027-05-03 --status announced
make I hag info add --from state-party --source "Note 2" --received 2027-03-01T08:00Z --by note-verbale --claim confirmed --about "$H" --trip "$X" \
    --credibility 3
does hag share "$I" --to court --channel note-verbale --yes
TR=$(hag transmission list --of "$I" --plain | cut -f1)
together
does hag info withdraw "$I" --reason "another person was meant" --yes
does ny info edit "$I" --comment "text=we heard the same" --tag seen
meet
is "the Court, which was told, is to be told that" "withdrawn open" "$(since "$TR")"
does cap share "$TR" --recall --channel note-verbale --yes
meet
is "until it was" "withdrawn told" "$(since "$TR")"
is "the report stays withdrawn" retracted "$(shown info "$I" life)"
is "comment and correction are inside" "we heard the same seen" "$(shown info "$I" comment) $(shown info "$I" tag)"
is "and somebody is told" conflict "$(open_about "$I" life)"
is "with what the withdrawal did not know" "comment tag" "$(cap review "$(conflict_of cap "$I" life)" --json | json "' '.join(sorted(u['field'] for u in d['conflicts'][0]['unseen']))")"
does cap review "$(conflict_of cap "$I" life)" --keep
meet
is "confirmed, it is closed" "retracted " "$(shown info "$I" life) $(open_about "$I" life)"
is "a trip that rested on it alone has no source left" 0 "$(row cap "$X" independent_sources)"

case_ 12 "a revoked laptop"
waits "what it signed later is held apart" "removing members and laptops is not in this version"

case_ 13 "a clock ten years ahead"
make X hag trip add "$H" --to "Nairobi, KE" --dates 2025-09-03 --status announced
together
VALISE_NOW=2035-08-01T10:00:00Z does cap trip edit "$X" --occasion "state visit"
does hag trip edit "$X" --purpose conference
does hag trip edit "$X" --occasion summit
meet
is "2035 gives no advantage" summit "$(shown trip "$X" occasion)"
is "the other is kept" "state visit" "$(kept trip "$X" occasion)"
is "and its clock is shown" 1 "$(cap trip history "$X" --plain | grep -c 2035-08-01T10:00:00Z)"

case_ 14 "referred, then reversed"
make P hag proceeding add "ICC-01/17" --kind finding --decided 2017-12-11 --state JO --finding non-compliance
together
does hag proceeding edit "$P" --referral referred --cite "official:decision of 2017"
does ny proceeding edit "$P" --referral reversed-on-appeal --cite "official:judgment of 2019"
make Q cap proceeding add "ICC-01/19" --kind appeal --decided 2019-05-06 --state JO --referral reversed-on-appeal
meet
is "equal documents do not decide: a person is asked" conflict "$(open_about "$P" referral)"
is "both are there" "referred | reversed-on-appeal" "$(printf '%s\n%s\n' "$(shown proceeding "$P" referral)" "$(kept proceeding "$P" referral)" | sort | tr '\n' '|' | sed 's/|$//; s/|/ | /g')"
is "as rulings of their own both stand, in order" "2017-12-11 2019-05-06" "$(shown proceeding "$P" decided) $(shown proceeding "$Q" decided)"

case_ 15 "a nil return against news"
make PERIOD hag period add PER-20 --from-session 19 --to-session 20 --opens 2020-12-14 --closes 2021-12-06
make NIL hag nil-return add states-parties --period SES-19/SES-20
together
does hag nil-return edit "$NIL" --asserted "by=Croatia;at=2021-11-01;how=asked the Registry"
is "before the news The Hague drafts what it attests" "ready nil $NIL" "$(para hag 17)"
make P ny proceeding add "ICC-02/21" --kind finding --decided 2021-10-20 --state HU --finding non-compliance
reports=$PERIOD
meet
reports=
is "no attestation is deleted" 1 "$(cap nil-return show "$NIL" --plain | grep -c asserted)"
is "the finding stands beside it" non-compliance "$(shown proceeding "$P" finding)"
for l in $POSTS; do
    is "$l drafts the paragraph from the proceeding" "ready proceedings $P" "$(para $l 17)"
    is "$l is told that the nil return is void" "$NIL $P Croatia" "$($l status --plain | awk -F '\t' '$1 == "void" { print $2, $3, $4 }')"
done
hag sync --from-file "$T/ny.bag" >"$T/told" 2>&1
has "case 15: and by every exchange" "$(cat "$T/told")" "^Nil return void +1 +$NIL $P "
has "case 15: so is a person who looks at it" "$(hag nil-return show "$NIL")" "void since $P"
has "case 15: and the text names the decision" "$(hag report PER-20 2>/dev/null)" '^17\. .*ICC-02/21 on 20 October 2021, finding, non-compliance'
hasnt "case 15: and does not deny it" "$(hag report PER-20 2>/dev/null)" 'no Court proceedings .* States Parties'
does ny proceeding withdraw "$P" --reason "another case" --yes
together
is "without the ruling the attestation counts again" "ready nil $NIL" "$(para hag 17)"

# ---- further ones ----

case_ f1 "two deadlines"
make MAT hag matter add "Visit to Cairo" --trigger serious-incident --state EG --status open
make STEP hag step add open-letter --matter "$MAT"
together
does hag step edit "$STEP" --due 2027-05-14
does ny step edit "$STEP" --due 2027-05-10
meet
is "the earlier holds" 2027-05-10 "$(shown step "$STEP" due)"
is "it is said once" notice "$(open_about "$STEP" due)"

case_ f2 "two editors on one paragraph"
make G hag meeting add "Planning" --on 2027-02-01 --result "One.

Two.

Three."
together
does hag meeting edit "$G" --result "One.

Two, The Hague.

Three."
does ny meeting edit "$G" --result "One.

Two, New York.

Three."
does cap meeting edit "$G" --result "One.

Two.

Three, the capital."
meet
W=$(shown meeting "$G" result)
is "the other paragraphs are untouched" "One. Three, the capital." "$(printf '%b\n' "$W" | sed -n '1p;5p' | tr '\n' ' ' | sed 's/ $//')"
is "one of the two is shown" 1 "$(printf '%b\n' "$W" | sed -n 3p | grep -c -e '^Two, The Hague.$' -e '^Two, New York.$')"
is "a conflict about that passage alone" "Two. 1" "$(cap review "$(conflict_of cap "$G" result)" --json | json "'%s %d' % (d['conflicts'][0]['passages'][0]['before'], len(d['conflicts'][0]['passages']))")"
is "every text is kept as it was typed" 4 "$(cap meeting history "$G" --plain | awk -F '\t' '$2 == "result"' | wc -l | tr -d ' ')"
SAID=$(cap review "$(conflict_of cap "$G" result)")
has "case $n_case: people see who wrote what there" "$SAID" 'Two, New York\.'
has "case $n_case: and what it was" "$SAID" 'both started from this'
hasnt "case $n_case: and nothing that is agreed" "$SAID" 'Three'
does ny review "$(conflict_of ny "$G" result)" --value "One.

Two, both.

Three, the capital."
meet
is "a later text closes it" 'One.\n\nTwo, both.\n\nThree, the capital.' "$(shown meeting "$G" result)"

case_ f2b "the other passage is taken"
make G hag meeting add "Briefing" --on 2027-02-02 --result "One.

Two."
together
does hag meeting edit "$G" --result "One, The Hague.

Two, The Hague."
does ny meeting edit "$G" --result "One.

Two, New York."
meet
W=$(shown meeting "$G" result)
does cap review "$(conflict_of cap "$G" result)" --take-other
meet
differ "case $n_case: another text is shown" "$W" "$(shown meeting "$G" result)"
is "with the agreed paragraph as it was" "One, The Hague." "$(printf '%b\n' "$(shown meeting "$G" result)" | sed -n 1p)"
is "nothing is open" "" "$(open_about "$G" result)"

case_ f3 "a sealed warrant made public without its document"
make V hag warrant add "$H" --case "ICC-03/27" --issued 2027-01-01 --publicity under-seal
make Z hag warrant add "$H" --case "ICC-04/27" --issued 2027-01-02 --publicity under-seal
together
does hag warrant edit "$V" --publicity under-seal --reason "as the Court told us" --cite "state:a note"
does ny warrant edit "$V" --publicity public --cite "press:an agency"
does ny warrant edit "$Z" --publicity public --cite "official:the unsealing"
does cap warrant edit "$Z" --publicity under-seal --reason "to be sure"
meet
is "without it, it stays under seal" "under-seal public" "$(shown warrant "$V" publicity) $(kept warrant "$V" publicity)"
is "with the unsealing it is public" public "$(shown warrant "$Z" publicity)"

case_ f4 "presented and published are two days"
make SC hag sc-report add "1970 (2011)" --ordinal 22 --presented 2021-11
together
does hag sc-report edit "$SC" --presented 2021-11-23
does ny sc-report edit "$SC" --published 2021-11-24
meet
is "both stand" "2021-11-23 2021-11-24" "$(shown sc-report "$SC" presented) $(shown sc-report "$SC" published)"
is "nothing is open" "" "$(open_about "$SC" presented)$(open_about "$SC" published)"

case_ f5 "two corrections of a day that does not exist"
make X hag trip add "$H" --to "Rabat, MA" --dates "40 April" --status announced
together
does hag trip edit "$X" --dates 2027-04-30
does ny trip edit "$X" --dates 2027-04-04
meet
is "a conflict is open" conflict "$(open_about "$X" window)"
is "the words stay as they were written" "40 April" "$(past trip "$X" window)"

case_ f6 "numbers given without a line"
make A hag person add "First Invented"
make B ny person add "Second Invented"
make C cap person add "Third Invented"
meet
is "three numbers, three files" 3 "$(printf '%s\n' "$A" "$B" "$C" | sort -u | wc -l | tr -d ' ')"

case_ f7 "an old file after its successor"
make X hag trip add "$H" --to "Lima, PE" --dates 2027-07-01 --status potential
write_all
cp "$T/hag.bag" "$T/old.bag"
does hag trip edit "$X" --status announced
meet
carry old cap
is "it changes nothing" announced "$(shown trip "$X" status)"

case_ f8 "two decisions on one conflict"
make X hag trip add "$H" --to "Quito, EC" --dates 2027-07-11 --status potential
together
does hag trip edit "$X" --occasion "a summit"
does ny trip edit "$X" --occasion "a funeral"
meet
does hag review "$(conflict_of hag "$X" occasion)" --value "a summit" --reason "seen"
does ny review "$(conflict_of ny "$X" occasion)" --value "a funeral" --reason "heard"
meet
is "they reopen it" conflict "$(open_about "$X" occasion)"
does cap review "$(conflict_of cap "$X" occasion)" --keep --reason "asked both"
meet
is "a third that knew of both closes it" "" "$(open_about "$X" occasion)"

case_ f9 "emptied while it is edited"
make A hag person add "Fourth Invented" --position "Mayor" --born 1960
together
does hag person edit "$A" --position "" --born ""
does ny person edit "$A" --position "Governor"
meet
is "what was typed stands before it, a person is asked" "Governor conflict" "$(shown person "$A" position) $(open_about "$A" position)"
is "what nobody typed meanwhile is empty, and quiet" " 1960" "$(shown person "$A" born)$(open_about "$A" born) $(past person "$A" born)"

case_ f10 "a stage goes forward, and back only with a reason"
make MAT hag matter add "Visit to Tunis" --trigger serious-incident --state TN --status open
together
does hag matter edit "$MAT" --status reported
does ny matter edit "$MAT" --status waiting-for-state
meet
is "the further stage is shown" reported "$(shown matter "$MAT" status)"
is "one was left out: it is said once" notice "$(open_about "$MAT" status)"
refused "nobody goes back by the way" cap matter edit "$MAT" --status open
does cap matter edit "$MAT" --status open --reason "the State wrote again"
meet
is "reopened, with the reason" open "$(shown matter "$MAT" status)"

case_ f11 "taken out of a group while a member is added"
make GRP hag sharing-group add "Readers of the file" --member hag-desk --member ny-desk --member clerk
together
does hag sharing-group edit "$GRP" --remove member=clerk
does ny sharing-group edit "$GRP" --member clerk --cite "state:note of the mission"
does cap sharing-group edit "$GRP" --member attache
meet
is "what nobody changed is in" "attache hag-desk ny-desk" "$(members "$GRP")"
is "the removal holds, and is said once" "outside notice" "$(cap sharing-group show "$GRP" --plain | awk -F '\t' '$2 == "member" && $3 == "clerk" { print $4; exit }') $(open_about "$GRP" member)"
does ny sharing-group edit "$GRP" --member clerk --reason "agreed by telephone"
meet
is "who has seen the removal can add again" "attache clerk hag-desk ny-desk" "$(members "$GRP")"

case_ f12 "a group is narrowed while somebody is added"
make GRP hag sharing-group add "Readers of the report" --member hag-desk --member ny-desk --member clerk
together
does hag sharing-group edit "$GRP" --only member=hag-desk --only member=clerk
does ny sharing-group edit "$GRP" --member eeg-desk
meet
is "an addition that never saw the narrowing stays outside" "clerk hag-desk" "$(members "$GRP")"
does ny sharing-group edit "$GRP" --member eeg-desk --reason "asked The Hague"
meet
is "who has seen it can add" "clerk eeg-desk hag-desk" "$(members "$GRP")"

case_ f13 "an officer loses a role while another is given"
make O hag officer add FP-1 --name "Nora Invented" --post "Croatia, The Hague" --role focal-point --role legal-adviser --ceiling red --from 2026
together
does hag officer edit "$O" --remove role=legal-adviser --to 2027-05-10 --ceiling amber
does ny officer edit "$O" --role legal-adviser --role reader --to 2027-05-14
does cap officer edit "$O" --ceiling green
meet
roles() { cap officer show "$1" --plain | awk -F '\t' '$2 == "role" && $3 != "" && $4 == "shown" { print $3 }' | sort | tr '\n' ' ' | sed 's/ $//'; }
is "the loss holds, what nobody knew of is added" "focal-point reader" "$(roles "$O")"
is "the earlier departure and the lower ceiling" "2027-05-10 green" "$(shown officer "$O" to) $(shown officer "$O" ceiling)"

case_ f14 "two documents against one another, by what cites them"
make D hag document add "Decision on the visit" --symbol ICC-99/27 --body court --dated 2027-01-11
make OFFICIAL hag citation add "$D" --pinpoint "para. 12" --class official
make PRESS hag citation add "$D" --pinpoint "as an agency has it" --class press
make A hag person add "Fifth Invented"
together
does hag person edit "$A" --died 2026-12-01 --cite "$OFFICIAL"
does ny person edit "$A" --died 2026-12-24 --cite "$PRESS"
does cap person edit "$A" --died 2027 --cite "state:a note"
meet
is "the better document is shown, the others are kept, a person is asked" "2026-12-01 2026-12-24 | 2027 conflict" "$(shown person "$A" died) $(kept person "$A" died) $(open_about "$A" died)"
is "the record names both citations" "$(printf '%s\n%s\n' "$OFFICIAL" "$PRESS" | sort | tr '\n' '|' | sed 's/|$//; s/|/ | /g')" "$(shown person "$A" cites)"

case_ f15 "one task, done here and dropped there"
make TASK hag task add "Ask the Registry

By note verbale." --due 2027-05-14
together
does hag task edit "$TASK" --state done --due 2027-05-10
does ny task edit "$TASK" --state dropped --what "Ask the Registry

By telephone."
does cap task edit "$TASK" --what "Ask the Registrar

By note verbale."
meet
is "the further stage, the earlier day, both paragraphs" 'dropped 2027-05-10 Ask the Registrar\n\nBy telephone.' "$(shown task "$TASK" state) $(shown task "$TASK" due) $(shown task "$TASK" what)"

case_ all "every kind of record"
used=$KINDS
meet
for l in $POSTS; do
    works "$l: everything verifies" "$l" check
done
done_testing
