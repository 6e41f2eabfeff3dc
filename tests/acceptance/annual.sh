#!/bin/sh
# The yearly report from real input: the facts of the public report of 2021 on non-cooperation (ICC-ASP/20/23) as records,
# entered through the command line; its known inconsistencies must be found, each with its record and paragraph, and nothing
# is changed by it. Information on travel and those who told it are invented, and so are the people in it.
# shellcheck disable=SC1091,SC2154,SC2086,SC2034
. "$(dirname "$0")/support/tap.sh"
passphrase
laptop ny
ny -q init "Focal points" --delegation Ireland --post "New York" || exit 1
broken=
# new VAR KIND ARGUMENTS...: records something; VAR is its reference
new() {
    var=$1
    shift
    kind=$1
    shift
    got=$(ny -q "$kind" add "$@" 2>"$T/err") || broken="$kind $* $(cat "$T/err")"
    eval "$var=\$got"
}

# ---- sessions, people, offices ----
new SES19 session 19 --held 2020-12-14/2021-02-12 --part "place=The Hague;from=2020-12-14;to=2020-12-16" \
    --part "place=New York;from=2020-12-18;to=2020-12-23" --part "from=2021-02-12"
new SES20 session 20 --held 2021-12-06/..
new SES21 session 21 --held 2022
new PER20 period PER-20 --from-session 19 --to-session 20 --opens 2020-12-14 --closes 2021-12-06
new BEN person "Fatou Bensouda" --kind official
new KHAN person "Karim A. A. Khan" --kind official
new AAR person "Ali Muhammad Ali Abd-Al-Rahman" --kind subject-of-warrant --custody "status=in ICC custody"
new OFF1 office-holding Prosecutor --person "$BEN" --from ../2021-06-15 --to 2021-06-15
new OFF2 office-holding Prosecutor --person "$KHAN" --from 2021-06-16

# ---- documents ----
new BUREAU document "Decision of the Bureau" --body bureau --dated 2020-02-25
new TOOLKIT1 document "Toolkit" --symbol ICC-ASP/15/31/Add.1 --body assembly --dated 2016
new TOOLKIT2 document "Toolkit, revised" --symbol ICC-ASP/17/31 --body assembly --dated 2018 --revises "$TOOLKIT1"
new CIT1 citation "$TOOLKIT1" --pinpoint "annex II" --class official
new IER document "Final report of the Independent Expert Review" --body other --dated 2020-09-30 --tlp clear
new DEC01 document "Categorization of recommendations" --body other --dated "40 April" --tlp clear
new DEC02 document "Adoption of the Categorization" --body bureau --dated "2021-05-31 (31 May)" --tlp clear
new DEC03 document "Comprehensive Action Plan" --body other --dated "2021-06-30 (30 June)" --tlp clear
new DEC04 document "Adoption of the Comprehensive Action Plan" --body bureau --dated "2021-07-28 (28 July)" --tlp clear
cites=
for d in "$IER" "$DEC01" "$DEC02" "$DEC03"; do
    new c citation "$d" --class official
    cites="$cites --cites $c"
done
for n in R284 R286 R289; do
    new "$n" review-recommendation $n --considered 2021 --decision-at "$SES21" --allocated-by "$DEC04" $cites \
        --status "status=under consideration"
done

# ---- appointments: the decision cited is that of the year before ----
new PRES appointment AR --basis ex-officio --on 2021-02-13
for s in AR HR IE TL; do
    new APP$s appointment $s --basis ad-country --body bureau --on 2021-04-08 --decision "$BUREAU"
done
new APPCI appointment CI --basis ad-country --body bureau --on "2021-05-12 (12 May)" --decision "$BUREAU"

# ---- meetings, visits, agreements, the Council ----
meeting() { new "$1" meeting "$2" --kind "$3" --on "$4" --may-appear-in-report yes --tlp clear; }
meeting MTG1 "Joint panel" panel 2020-10-05
meeting MTG2 "Programme of work" strategic-planning 2021-05-15
meeting MTG3 "Programme of work" strategic-planning "2021-05-25 (25 May)"
meeting MTG4 "Programme of work" strategic-planning "2021-10-08 (8 October)"
meeting MTG5 "Programme of work" strategic-planning "2021-11-04 (4 November)"
meeting MTG6 "Mandate holders" review-mechanism "2021-06-03 (3 June)"
meeting MTG7 "Mandate holders" review-mechanism "2021-07-15 (15 July)"
meeting MTG8 "R284, R286, R289" briefing 2021
meeting MTG9 "Stakeholders" consultation 2021
new VIS1 official-visit "$BEN" --dates 2020-10-17/20 --place Khartoum --country SD
new AGR1 agreement "investigation concerning Ali Muhammad Ali Abd-Al-Rahman" --kind memorandum --signed 2021-02
new VIS2 official-visit "$BEN" --dates 2021-05-28/06-02 --place Khartoum --place Darfur --country SD
new VIS3 official-visit "$KHAN" --dates 2021-08-06/12 --place Khartoum --country SD
new AGR2 agreement "investigation of all suspects in the Darfur situation" --kind memorandum \
    --signed "2021-08-12~ (at the conclusion of this visit)"
new UN1 sc-report "1593 (2005)" --ordinal 32 --presented 2020-12-10 --presenter "Fatou Bensouda"
new UN2 sc-report "1593 (2005)" --ordinal 33 --presented 2021-06-09 --presenter "Fatou Bensouda" \
    --key-point "A new page in the relationship with Sudan, and a first visit to Darfur in more than 15 years"
new UN3 sc-report "1970 (2011)" --ordinal 21 --presented 2021-05-17
new UN4 sc-report "1970 (2011)" --ordinal 22 --presented 2021-11-23 --published 2021-11-24
new EVT event "Military takeover" --where SD --on 2021-10-25

# ---- nil returns, language, recommendations ----
asserted="by=Ireland;at=2021-11-20;how=asked the Registry"
new NIL1 nil-return states-parties --period PER-20 --asserted "$asserted"
new NIL2 nil-return security-council --period PER-20 --scope "1593 (2005)" --asserted "$asserted"
new NIL3 nil-return security-council --period PER-20 --scope "1970 (2011)" --asserted "$asserted"
new NIL4 nil-return states-not-parties --period PER-20 --asserted "$asserted"
new OP25 mandate-text "ICC-ASP/19/Res.6, para. 25" --order 4 --session 19 --text "Recalls the Toolkit" --state adopted
new LANG2 mandate-text "omnibus 2" --order 2 --session 20 --text "Recalls the Toolkit, revised as annex III to ICC-ASP/17/31" \
    --state proposed --previous "$OP25" --cites "$CIT1"
n=37
for text in "The Assembly should take note of this report." "Measures for knowledge and prevention should go on." \
    "The Procedures should be applied more consistently."; do
    new r report-recommendation "$text" --paragraph $n --period "$PER20"
    n=$((n + 1))
done

# ---- travel: one report of each kind of source, one of them not shared; all invented ----
new P person "Idris al-Haddad" --kind subject-of-warrant --name "ar=إدريس الحداد"
new TRIP trip "$P" --to "Addis Ababa, ET" --dates 2021-09-12/15 --status confirmed
new I1 info --from court-registry --source "REG-7731" --received 2021-08-20T09:00Z --claim potential --about "$P" --trip "$TRIP"
new I2 info --from state-party --source "Note verbale 114/2021" --received 2021-08-21T09:00Z --claim confirmed --about "$P" \
    --trip "$TRIP" --text "Our ambassador saw him at Bole airport."
new I3 info --from civil-society --source GREENLAKE --received 2021-08-22T09:00Z --claim potential --about "$P" --trip "$TRIP" \
    --person-as-written "Idriss Haddad" --place-as-written "Adis Abeba"
new I4 info --from civil-society --source BLUEFIELD --received 2021-09-01T09:00Z --claim potential --about "$P"
for i in "$I2" "$I3"; do
    new t transmission --covers "$i" --to court --channel secure-mail --sent 2021-08-23T09:00Z
done
new t transmission --covers "$TRIP" --to group --to-detail WEOG --channel note-verbale --sent 2021-08-24T09:00Z
new A1 action --kind public-statement --actor "President of the Assembly" --on 2021-07-17 --target ET
new A2 action --kind bilateral-demarche --actor Norway --on 2021-09-02 --target ET --trip "$TRIP" --told-focal-points 2021-09-05T10:00Z
same "all facts of the report are taken" "" "$broken"

# ---- the report ----
export VALISE_NOW=2021-11-26T09:00:00Z
before=$(ny status --state)
ny report PER-20 --plain >"$T/plain"
ny report PER-20 >"$T/text" 2>"$T/points"
point() { awk -F '\t' -v n="$1" -v k="$2" '$1 == "point" && $2 == n && $4 == k { print $5 }' "${3:-$T/plain}" | sort | tr '\n' ' ' | sed 's/ $//'; }
sorted() { printf '%s\n' "$@" | sort | tr '\n' ' ' | sed 's/ $//'; }
state() { awk -F '\t' -v n="$1" '$1 == "paragraph" && $2 == n { print $4 }' "$2"; }
same "Q01: 40 April does not exist" "$DEC01" "$(point 15 impossible-date)"
same "Q01: and stays as written" "40 April" "$(shown_of ny document "$DEC01" dated)"
same "Q02: the decision cited is older than the appointments" \
    "$(sorted "$APPAR" "$APPHR" "$APPIE" "$APPTL" "$APPCI")" "$(point 13 cited-older)"
same "Q03: 12 May without a year" "$APPCI" "$(point 13 year-inferred)"
same "Q03: the days of the review process" "$(sorted "$DEC02" "$DEC03" "$DEC04")" "$(point 15 year-inferred)"
same "Q03: five meetings" "$(sorted "$MTG3" "$MTG4" "$MTG5" "$MTG6" "$MTG7")" "$(point 36 year-inferred)"
has "Q03: the year is printed" "$(cat "$T/text")" '12 May 2021'
same "Q04: a visit before the period" "$VIS1" "$(point 20 outside)"
same "Q05: a report to the Council before the period" "$UN1" "$(point 32 outside)"
hasnt "Q05: is not told as if it were of this one" "$(grep '^32\.' "$T/text")" 'no\. 32'
same "Q07: a fifth focal point without the President's request" "$APPCI" "$(point 13 fifth)"
has "Q07: and one of the President's own region" " $(sorted "$PRES" "$APPAR") " " $(point 13 group-twice) "
has "Q08: the groups are derived" "$(grep '^13\.' "$T/text")" 'Timor-Leste \(APG\)'
same "Q11: two Prosecutors" "$UN4" "$(point 34 presenters)"
has "Q11: both are named" "$(grep '^34\.' "$T/text")" '17 May 2021 \(Fatou Bensouda\).*23 November 2021 \(Karim A. A. Khan\)'
same "Q13: a Saturday" "$MTG2" "$(point 36 weekend)"
same "Q14: considered in 2021, decided in 2022" "$(sorted "$R284" "$R286" "$R289")" "$(point 45 considered)"
same "Q15: the Toolkit in its older form" "$LANG2" "$(point 102 cited-superseded)"
same "Q16: the takeover is in no paragraph of section III" "$EVT" "$(point 22 event)"
same "what is dated 2021 may lie outside" "$(sorted "$MTG8" "$MTG9")" "$(point 36 straddles)"
for what in "$DEC01" "$VIS1" "$UN1" "$EVT" "$LANG2"; do
    has "a person reads of $what too, with a command" "$(grep -A1 "$what" "$T/points")" "valise .*($what|--edit 22)"
done
same "nothing is changed by itself" "$before" "$(ny status --state)"

# ---- sections II to V ----
for no in 17 19 24 26; do same "¶$no is attested" ready "$(state $no "$T/plain")"; done
has "¶28 names the kinds of source, in order, and no number" "$(grep '^28\.' "$T/text")" 'from: the Court, States Parties and civil society\.$'
same "¶29 is not drafted: something was not shared" "gap $I4" "$(state 29 "$T/plain") $(point 29 unshared)"
has "¶29: with the command" "$(cat "$T/points")" "valise share $I4 --to court"
works "it is shared" ny share "$I4" --to court --channel secure-mail --yes
ny report --plain >"$T/plain2"
same "¶29 is drafted now" ready "$(state 29 "$T/plain2")"
for no in 27 30 31; do same "¶$no is drafted" ready "$(state $no "$T/plain2")"; done

# ---- what is printed as help attests nothing by itself ----
new PER19 period PER-19 --from-session 18 --to-session 19 --opens 2019-12-08 --closes 2020-12-13
ny report PER-19 --gaps >"$T/gaps"
asks=$(sed -n 's/^ *valise \(nil-return add states-parties .*\)$/\1/p' "$T/gaps")
has "the command is printed" "$asks" "--period $PER19 --asserted \"by=…;at=…;how=…\"\$"
exits "pasted as it stands it is refused" 2 eval "ny $asks"
has "with what is to be done" "$(cat "$T/err" "$T/out" 2>/dev/null; eval "ny $asks" 2>&1)" 'Write it in its place'
same "and nothing is attested" needs-attestation "$(ny report PER-19 --plain | awk -F '\t' '$1 == "paragraph" && $2 == 17 { print $4 }')"
exits "a mistyped reference of the period is refused" 2 ny nil-return add states-parties --period "${PER19%?}$(case $PER19 in *0) echo 1 ;; *) echo 0 ;; esac)" \
    --asserted "$asserted"
new NIL5 nil-return states-parties --period PER-19 --asserted "by=Ireland;at=40 April"
ny report PER-19 --plain >"$T/plain19"
same "nor by what lacks a day and how" "needs-attestation $NIL5" "$(state 17 "$T/plain19") $(point 17 attestation-lacks "$T/plain19")"
works "it is completed" ny nil-return edit "$NIL5" --asserted "by=Ireland;at=2020-12-01;how=asked the Registry"
same "and counts" ready "$(ny report PER-19 --plain | awk -F '\t' '$1 == "paragraph" && $2 == 17 { print $4 }')"

# ---- what not every member reads ----
whole=$(ny report PER-20 --plain | awk -F '\t' '$1 == "period" { print $6 }')
new AGR3 agreement "a witness, invented" --kind memorandum --signed 2021-03-01 --tlp clear --compartment own
ny report PER-20 --plain >"$T/apart"
same "a record of a compartment of one's own leaves text and hash alone" "$whole" "$(awk -F '\t' '$1 == "period" { print $6 }' "$T/apart")"
same "and is named to whoever reads it" "$AGR3" "$(point 20 apart "$T/apart")"

# ---- by hand, and signed ----
hash_of() { ny "$@" report --plain | awk -F '\t' '$1 == "period" { print $6 }'; }
ny report --sign >"$T/out" 2>"$T/err"
same "the text is signed as it stands" 0 $?
short=$(ny report --plain | awk -F '\t' '$1 == "period" { print substr($6, 1, 12) }')
has "and what was signed is said" "$(cat "$T/err")" "^Signed: PER-20 \\($PER20\\), text $short, against which [0-9]+ things to check stand\$"
hasnt "nothing was changed yet" "$(ny status; ny report --gaps)" "Signed text|ANOTHER TEXT"
has "it says so" "$(ny report 2>/dev/null)" '^Signed off by Ireland, .*: this text$'
has "in French too" "$(ny --lang fr report 2>/dev/null)" '^Visé par Ireland, .*, dans une autre langue \(en\)$'
D=$(ny report-draft list --plain | cut -f1)
first=$(hash_of)
new R22 report-paragraph 22 --draft "$D" --in en --text "The focal points note the military takeover of 25 October 2021."
has "a paragraph is written by hand" "$(ny report 2>/dev/null)" '^22\. The focal points note the military takeover'
same "the event is no longer missed" "" "$(ny report --plain | awk -F '\t' '$1 == "point" && $4 == "event"')"
has "a change after the signature shows" "$(ny report 2>/dev/null)" '^Signed off by Ireland, .*: ANOTHER TEXT'
has "with what is to be checked too" "$(ny report --gaps)" '^Signed off by Ireland, .*: ANOTHER TEXT'
has "and among what waits" "$(ny status)" "^Signed text was changed  *1  *PER-20 Ireland  *valise report $PER20\$"
differ "the text has another hash" "$first" "$(hash_of)"
works "a paragraph is held back" ny report-paragraph edit "$R22" --hold withheld
has "it is not printed then" "$(ny report 2>/dev/null)" '^22\. \[Withheld by hand\.\]$'
works "and let go again" ny report-paragraph edit "$R22" --hold locked
has "a locked one says so" "$(ny report 2>/dev/null)" '^22\. The focal points .* \[locked\]$'
new R22B report-paragraph 22 --draft "$D" --in en --text "Another text."
same "a second text for it is named and does not stand" "$R22B $R22" \
    "$(ny report --plain | awk -F '\t' '$1 == "point" && $4 == "two-texts" { print $5, $6 }')"
works "it is taken back" ny report-paragraph withdraw "$R22B" --reason "one is enough" --yes
printf '#!/bin/sh\ncat "$1" >"%s/given"\nprintf "%%s\\n" "$TEXT" >"$1"\n' "$T" >"$T/editor"
chmod +x "$T/editor"
edit() { TEXT=$2 VALISE_EDITOR=$T/editor VALISE_HOME=$T/ny VALISE_PASSPHRASE_FILE=$T/pw typed "" valise report --edit "$1" >"$T/out" 2>&1; }
edit 14 "This report covers one year." || :
has "the editor gets the text as it stands" "$(cat "$T/given")" '^This report covers the time from 14 December 2020'
has "and what comes back stands in its place" "$(ny report 2>/dev/null)" '^14\. This report covers one year\.$'
R14=$(ny report --plain | awk -F '\t' '$1 == "paragraph" && $2 == 14 { print $6 }')
edit 14 "This report covers a whole year." || :
same "the same record is edited again" "$R14 This report covers a whole year." \
    "$(ny report --plain | awk -F '\t' '$1 == "paragraph" && $2 == 14 { print $6, $8 }')"
edit 14 "As GREENLAKE said." || :
has "what names an informant is refused" "$(cat "$T/out")" "names a traveller, a destination or an informant \\(($I3)\\); nothing was changed"
same "and not kept" "This report covers a whole year." "$(shown_of ny report-paragraph "$R14" text)"
exits "an editor needs a terminal" 2 ny report --edit 22
has "what does the same without one is said" "$(ny report --edit 20 2>&1)" "report-paragraph add 20 --draft $D --in en"
has "and for what was written already" "$(ny report --edit 22 2>&1)" "report-paragraph edit $R22 --text"
edit 14 "# a note to myself" || :
same "lines of help are no text" "This report covers a whole year." "$(shown_of ny report-paragraph "$R14" text)"
exits "no such paragraph" 3 ny report --edit 99
new I5 info --from state-party --source "Note 7" --received 2021-10-01T09:00Z --claim potential
exits "a text with a hole is not signed" 2 ny report --sign
works "until the hole is filled" ny share "$I5" --to court --channel secure-mail --yes
works "then it is signed anew" ny report --sign
hasnt "which settles the former signature" "$(ny status; ny report --gaps)" "Signed text|ANOTHER TEXT"

# ---- what stands against a paragraph is named in it, and closed by hand ----
new PRCX proceeding ICC-99/1 --kind finding --decided "40 April" --state HU
new PRCY proceeding ICC-99/2 --kind finding --decided "40 April" --state SD
ny report --plain >"$T/plain4"
gaps() { awk -F '\t' '$1 == "paragraph" && ($4 == "gap" || $4 == "needs-attestation") { print $2 }' "$1" | tr '\n' ' '; }
same "each paragraph that is not drafted has a gap with its record" "$(gaps "$T/plain4")" \
    "$(awk -F '\t' '$1 == "point" && $3 == "gap" { print $2 }' "$T/plain4" | sort -nu | tr '\n' ' ')"
has "with words for people" "$(ny report --gaps)" "$PRCX .*may belong here"
works "the day is found" ny proceeding withdraw "$PRCX" --reason "no such ruling" --yes
works "of both" ny proceeding withdraw "$PRCY" --reason "no such ruling" --yes
new I6 info --from state-party --source "Note 8" --received 2021-10-02T09:00Z --claim potential
has "what was not shared is a gap" "$(ny report --gaps)" "share $I6 --to court"
edit 29 "Most of it was passed on." || :
has "an editor is told which paragraph it is, and what stands against it" "$(cat "$T/given")" "^# ¶29 .*"
has "with the record" "$(cat "$T/given")" "^# $I6 "
R29=$(ny report --plain | awk -F '\t' '$1 == "paragraph" && $2 == 29 { print $6 }')
has "and what was recorded is named" "$(cat "$T/out")" "Paragraph 29 says what you wrote: $R29"
ny report --gaps >"$T/gaps"
hasnt "a text by hand closes it" "$(cat "$T/gaps")" "share $I6|--edit 29"
same "and the records are named once" 1 "$(grep -c "written or held back by hand; these records stand against it: $I6\$" "$T/gaps")"
works "it is shared after all" ny share "$I6" --to court --channel secure-mail --yes
hasnt "and stands against nothing" "$(ny report --gaps)" "$I6"
works "the text is taken back" ny report-paragraph withdraw "$R29" --reason "told" --yes

# ---- no traveller, no destination, no informant ----
new t sc-report "1593 (2005)" --ordinal 34 --presented 2021-11-24 --key-point "He spoke of GREENLAKE"
new t report-recommendation "Idriss Haddad should be arrested." --paragraph 41 --period "$PER20"
new t mandate-text "omnibus 6" --order 6 --session 20 --text "Notes travel to Adis Abeba" --state proposed
new t report-paragraph 28 --draft "$D" --in en --text "A State Party told us of a journey to Ethiopia."
new t report-paragraph 31 --draft "$D" --in fr --text "Selon la note verbale 114/2021, M. al-Haddad est venu."
names='haddad|idris|addis|abeba|ethiop|éthiop|GREENLAKE|BLUEFIELD|REG-7731|114/2021|bole'
names=$(printf '%s' "$names" | sed 's/[a-z]/\[&\U&\]/g')
same "the words that are looked for are on record" 4 "$(ny info list --json | grep -Ec "source.*($names)|\"value\": \"($names)")"
for lang in en fr; do
    for form in --plain --json ""; do
        ny --lang $lang report $form >"$T/said" 2>"$T/points"
        hasnt "$lang $form: nobody is named" "$(cat "$T/said")" "$names"
    done
done
ny report --plain >"$T/plain3"
for no in 28 32 41 106; do same "¶$no is held back, and why" "gap 1" "$(state $no "$T/plain3") $(point $no names "$T/plain3" | wc -w | tr -d ' ')"; done
same "¶31 is drafted in English, where nothing was written" ready "$(state 31 "$T/plain3")"
same "and held back in French" gap "$(ny --lang fr report --plain | awk -F '\t' '$1 == "paragraph" && $2 == 31 { print $4 }')"
valid "the document follows its schema" "$(ny report --json)"
valid "in French too" "$(ny --lang fr report --json)"
has "French has its own sentences" "$(ny --lang fr report 2>/dev/null)" '^30\. Par l’intermédiaire de leurs groupes'
done_testing
