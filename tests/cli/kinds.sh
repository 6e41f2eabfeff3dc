#!/bin/sh
# Every kind of record, on one laptop: recorded as its own help says, listed, shown, edited, found; in English and French. A kind
# without a case here fails. All persons and documents are invented.
. "$(dirname "$0")/tap.inc"

printf 'an invented passphrase\n' >"$T/pw"
export VALISE_HOME="$T/valise" VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
trap '"$VALISE" lock >/dev/null 2>&1; rm -rf "$T"' EXIT
run 0 init "Focal points" --delegation Ireland --post "New York" && { run 0 unlock --for 1h || run 1 unlock; }
result "init"

cases=
# case_ KIND TITLE EDIT SHOWN ARGUMENTS...: recorded with these arguments it is listed as TITLE (a pattern), and after EDIT (an option
# and its value, separated by "=") show has SHOWN; the id is in $id
case_() {
    kind=$1 title=$2 edit=$3 shown=$4
    shift 4
    cases="$cases $kind "
    run 0 "$kind" add "$@" -q && id=$(cat "$T/out") && [ ${#id} -eq 11 ] &&
        run 0 "$kind" list && grep -q -e "^$id  $title\( \|$\)" "$T/out" &&
        run 0 "$kind" edit "$id" "--${edit%%=*}" "${edit#*=}" && has out changed &&
        run 0 "$kind" show "$id" && has out "$shown" &&
        run 0 "$kind" show "$id" --json && valid out &&
        run 0 --lang fr "$kind" show "$id" && has out "Marquage" || { echo "# listed:"; sed 's/^/# /' "$T/out"; false; }
    result "$kind: recorded, listed, edited, shown"
}

case_ person "Idris al-Haddad" "position=Minister" "Minister" "Idris al-Haddad"
person=$id
case_ name "Idriss" "rejected=yes" "Rejected" Idriss --person "$person" --script latn --kind spelling-variant
case_ source "BLUEFIELD  civil society" "reliability=b" "usually reliable" BLUEFIELD --kind civil-society
case_ info "2027-03-07 22:00 UTC" "sanitised=He travels." "He travels." --from media --received 2027-03-07T22:00Z --claim potential
case_ trip "Idris al-Haddad  announced" "window=2027-05" "2027-05" "$person" --status announced
trip=$id
case_ leg "Cairo EG" "depart=2027-05-03" "2027-05-03" --trip "$trip" --country EG --place Cairo
case_ transmission ".*  Court  2027-03-08 09:00 UTC" "acknowledgement=text=received" "received" --covers "$trip" --to court --channel telephone \
    --sent 2027-03-08T09:00Z
case_ action "note verbale  EG  2027-03-02" "level=ambassador" "ambassador" --kind note-verbale --target EG --on 2027-03-02
case_ outcome ".*left early" "on=2027-05-02" "2027-05-02" --about "$trip" --result left-early
case_ trip-link ".*same" "reason=one stay" "one stay" --a "$trip" --b "$trip" --verdict same
case_ identity-link ".*unsure" "reason=heard" "heard" --a "$person" --b "$person" --verdict unsure
case_ view "Idris al-Haddad" "withheld=source" "source" --of "$trip" --person "Idris al-Haddad"
case_ meeting "Planning  2027-03" "place=remote" "remote" "Planning" --on 2027-03
case_ proceeding "ICC-01/27  finding" "finding=none" "none" ICC-01/27 --kind finding --decided 2027-01-11 --state JO
case_ nil-return "II, States Parties  SES-19/SES-20" "asserted=by=Ireland;at=2027-03-01" "Ireland" states-parties --period SES-19/SES-20
case_ matter "Visit to Cairo" "lead=President" "President" "Visit to Cairo" --trigger serious-incident --state EG
case_ step "open letter of the President" "due=2027-05-10" "2027-05-10" open-letter --matter "$id"
case_ sharing-group "Readers" "member=clerk" "clerk" Readers
case_ sc-report "1970 (2011)" "published=2021-11-24" "2021-11-24" "1970 (2011)" --ordinal 22 --presented 2021-11-23

# ---- documents and what they back ----

case_ document "Resolution on cooperation  ICC-99/Res.1  2026-12" "written-in=fr" "fr" "Resolution on cooperation" --symbol ICC-99/Res.1 \
    --body assembly --dated 2026-12
document=$id
case_ citation "Resolution on cooperation  ICC-99/Res.1  2026-12  para\. 30" "tag=seen" "official" ICC-99/Res.1 --pinpoint "para. 30" \
    --quote "urges States" --class official
official=$id
run 2 citation edit "$official" --class press && run 2 citation edit "$official" --pinpoint "para. 31"
result "nothing of a citation changes"
press=$("$VALISE" -q citation add "$document" --class press)
none=$("$VALISE" -q citation add "$document" --class none)
class_of() { "$VALISE" person show "$person" --json | python3 -c "import json, sys
print([v.get('cite', 'none') for f in json.load(sys.stdin)['record']['fields'] if f['field'] == '$1' for v in f['values']])"; }
cites() { "$VALISE" person show "$person" --plain | awk -F '\t' '$2 == "cites" { print $5 }' | sort | tr '\n' ' '; }
run 0 person edit "$person" --born 1960-04 --cite "$official" && has out "born, cites changed" && run 0 person show "$person" &&
    has out "official: $official  Resolution on cooperation" && [ "$(class_of born)" = "['official']" ] && [ "$(cites)" = "$official " ]
result "--cite takes a citation: its class counts, and the record names it"
run 0 person edit "$person" --kind official --cite "$official" && [ "$(cites)" = "$official " ] && run 0 person list --of "$official" --plain &&
    has out "$person"
result "it is named once, and what rests on it is found"
run 0 person edit "$person" --died 2020 --cite "$press" && [ "$(class_of died)" = "['press']" ] &&
    run 0 person edit "$person" --birth-place Nowhere --cite "$none" && [ "$(class_of birth-place)" = "['none']" ] && run 0 document show "$document" &&
    has out "$press"
result "whatever class it has; none backs nothing"
run 0 person edit "$person" --died 2020-05 --cite "press:an agency" && run 0 person show "$person" && has out "press: an agency"
result "words do as before"
run 3 person edit "$person" --died 2021 --cite CIT-0000000 && run 3 person edit "$person" --died 2021 --cite "$person" && [ "$(cites | wc -w)" -eq 3 ]
result "no such citation, or another record"
run 2 person edit "$person" --died 2021 --cite "rumour:X" && has err "or the id of a citation"
result "an unknown class"
own=$("$VALISE" -q citation add "$document" --class official --compartment own)
run 2 person edit "$person" --died 2021 --cite "$own" && has err "read by fewer" && run 0 person add "Own Person" --compartment own --cite "$own"
result "what fewer may read backs nothing that more may read"
run 0 citation withdraw "$press" --reason "the paper corrected itself" -y && run 2 person edit "$person" --died 2021 --cite "$press" && has err "is withdrawn"
result "nor does what was withdrawn"
run 0 -n person edit "$person" --died 2022 --cite "$official" && run 0 person show "$person" && has_not out 2022
result "a dry run cites nothing"

# ---- the Court's situations and cases ----

case_ situation "Nowhere  ICC-99/05" "opened=2020" "2020" Nowhere --code ICC-99/05 --state EG --state SD --basis security-council-referral
situation=$id
case_ case "The Prosecutor v. Idris al-Haddad  ICC-99/05-01" "stage=stage=warrant;on=2026-11-20" "warrant" "The Prosecutor v. Idris al-Haddad" \
    --number ICC-99/05-01 --situation "$situation" --person "$person"
c=$id
case_ warrant "ICC-99/05-01  Idris al-Haddad" "case-record=$c" "$c" "$person" --case ICC-99/05-01 --issued 2026-11-20 --public
run 0 person edit "$person" --case-record "$c" --situation-record Nowhere && run 0 case show "$c" && has out "Warrant  WAR-" && has out "$person"
result "warrant and person point at the case, which shows them"

# ---- who works where, and what is to be done ----

case_ officer "FP-1  Ireland, New York  2027" "role=alternate" "alternate" FP-1 --name "Nora Invented" --post "Ireland, New York" --role focal-point \
    --ceiling amber --from 2027
run 0 officer edit FP-1 --remove role=focal-point && run 0 officer show FP-1 && has_not out "focal point officer" && run 2 officer edit FP-1 --role chief
result "a role is taken, and only one of the list is given"
case_ contact "Ana Invented  Registry" "verified=2027-03" "2027-03" "Ana Invented" --body Registry --channel phone:+0 --speaks fr --may-receive notices \
    --may-receive content
run 0 contact edit "$id" --only may-receive=notices && run 0 contact show "$id" && has out notices && has_not out "May receive  content"
result "a permission can be narrowed"
case_ task "Ask the Registry" "owner=FP-1" "FP-1" "Ask the Registry

The second line is long." --due 2027-04-01 --about "$trip"
run 0 task list && has out "Ask the Registry …" && has_not out "second line" && run 0 task edit "$id" --state done &&
    run 2 task edit "$id" --state open && has err "--reason" && run 0 task edit "$id" --state open --reason "not answered"
result "a task has one line in lists, and is opened again with a reason only"
case_ event "Change of government SD  2026-10-25" "cites=$official" "$official" "Change of government" --where SD --on 2026-10-25
case_ office-holding "Prosecutor  Idris al-Haddad  2021-06-16" "to=2030" "2030" Prosecutor --person "$person" --from 2021-06-16

# ---- the yearly report ----

case_ session "20  2021-12-06/\.\." "part=place=The Hague;from=2021-12-06" "The Hague" 20 --held 2021-12-06/..
case_ period "2026-2027  2026-12-07  2027-12-06" "cut-off=2027-11-30T12:00Z" "2027-11-30 12:00" 2026-2027 --opens 2026-12-07 --closes 2027-12-06
period=$id
case_ report-draft "2026-2027.*" "release=cleared" "cleared" "$period"
run 2 report-draft edit "$id" --release draft && has err "--reason"
result "a draft goes back only with a reason"
draft=$id
case_ report-paragraph "22  English" "hold=locked" "locked" 22 --draft "$draft" --in en --text "A text of our own."
case_ appointment "AR  ad country  2027-01-08" "requested-by=President" "President" AR --basis ad-country --on 2027-01-08
case_ agreement "memorandum of understanding  On evidence  2027-02" "party=Registry" "Registry" "On evidence" --kind memorandum --signed 2027-02
agreement=$id
case_ official-visit "Idris al-Haddad  2027-02-01/04  Cairo" "agreement=$agreement" "$agreement" "$person" --dates 2027-02-01/04 --place Cairo
case_ mandate-text "ICC-99/Res.2, para\. 3  25" "state=adopted" "adopted" "ICC-99/Res.2, para. 3" --order 3 --session 25 --text "Recalls"
case_ report-recommendation "Go on\.  37" "addressee=Bureau" "Bureau" "Go on." --paragraph 37 --period "$period"
case_ review-recommendation "R999" "status=status=allocated;on=2027" "allocated" R999

# ---- all of them ----

"$VALISE" help --json >"$T/out"
python3 - "$T/out" >"$T/kinds" <<'P'
import json, sys
print("\n".join(json.load(open(sys.argv[1]))["kinds"]))
P
left=$(while read -r kind; do case $cases in *" $kind "*) ;; *) echo "# no case for $kind" ;; esac; done <"$T/kinds")
[ "$(wc -l <"$T/kinds")" -gt 20 ] && [ -z "$left" ] || { echo "$left"; false; }
result "every kind has its case"
while read -r kind; do
    run 0 help "$kind" && has out "$kind, " && run 0 help "$kind" add && grep -q -e "(required)" -e "Example" "$T/out" || break
    run 0 --lang fr help "$kind" add && has out Marquage || break
    example=$(sed -n '/^Exemple/{n;p;}' "$T/out")
    case $example in *"valise $kind add"*) ;; *) echo "# no example of $kind"; false; break ;; esac
done <"$T/kinds"
result "each has its page of help, in both languages"
run 0 completion bash && left=$(while read -r kind; do grep -qw -e "$kind" "$T/out" || echo "$kind"; done <"$T/kinds") && [ -z "$left" ]
result "and its words of completion"
run 0 search invented && [ "$(wc -l <"$T/out")" -eq 2 ] && run 0 search "ICC-99/05-01" && [ "$(head -n 1 "$T/out" | cut -c 1-3)" != CIT ]
result "search finds officers and contacts, and citations do not stand before the rest"
run 0 person show haddad && run 0 log haddad
result "words of a name still stand for the person alone"
run 0 status && has_not out "Settled by rule"
result "status has nothing to settle"
run 0 check
result "all is sound"

plan
