#!/bin/sh
# Public journeys (tests/data) as two posts would enter them offline, each from its own sources, and what
# must then be shown at every post: cases 2 to 8 and 13 of the conflict cases. Where a case needs more than
# the public facts say, an invented person travels.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
DATA=$HERE/../data
two_posts
at() { VALISE_NOW=$1; export VALISE_NOW; }

# rows FILE: its lines with "|" between cells, so that empty ones survive read
rows() { grep -v '^#' "$DATA/$1" | tr '\t' '|'; }

# ---- persons, with every form that was met ----
persons_ok=yes
rows people.tsv >"$T/people"
while IFS='|' read -r name forms situation issued rest; do
    id=$(ny -q person add "$name" ${situation:+--situation "$situation"} --kind subject-of-warrant) || persons_ok=no
    printf '%s|%s\n' "$name" "$id" >>"$T/ids"
    old=$IFS IFS=';'
    for form in $forms; do
        IFS=$old
        ny -q name add "$form" --person "$id" --kind spelling-variant >/dev/null || persons_ok=no
        IFS=';'
    done
    for day in ${situation:+$issued}; do # a warrant is recorded under its case, which is not always stated here
        IFS=$old
        ny -q warrant add "$id" --case "$situation" --issued "$day" --public >/dev/null || persons_ok=no
        IFS=';'
    done
    IFS=$old
done <"$T/people"
same "all persons, forms and warrants are taken" yes "$persons_ok"
same "none is missing" "$(wc -l <"$T/people" | tr -d ' ')" "$(ny person list --plain | wc -l | tr -d ' ')"
round
id_of() { awk -F '|' -v n="$1" '$1 == n { print $2 }' "$T/ids"; }

# ---- journeys: New York has the official papers, The Hague reads the press ----
# enter LAPTOP KEY: the accounts of one journey that this laptop has
enter() {
    trip=
    while IFS='|' read -r key person country place kind dates status words class; do
        [ "$key" = "$2" ] || continue
        case $1$class in nypress | hagueofficial | hague) continue ;; esac
        if [ -z "$trip" ]; then
            trip=$("$1" -q trip add "$(id_of "$person")" --to "${place:+$place, }$country" --dates "$dates" \
                --status "${status:-announced}") || entered=no
            from=media
            [ "$class" = official ] && from=court-registry
            "$1" -q info add --from "$from" --source "$words" --received 2026-01-05 --by public-record --claim observed \
                --about "$(id_of "$person")" --trip "$trip" >/dev/null || entered=no
        else
            "$1" -q leg add --trip "$trip" --country "$country" --kind "${kind:-visit}" >/dev/null || entered=no
        fi
        printf '%s|%s|%s\n' "$1" "$key" "$trip" >>"$T/trips"
    done <"$T/journeys"
}
trip_of() { awk -F '|' -v l="$1" -v k="$2" '$1 == l && $2 == k { print $3; exit }' "$T/trips"; }

rows trips.tsv >"$T/journeys"
entered=yes
for journey in $(cut -d '|' -f1 "$T/journeys" | uniq); do
    at 2026-01-10T09:00:00Z
    enter ny "$journey"
    at 2026-01-10T10:00:00Z
    enter hague "$journey"
done
unset VALISE_NOW
same "all accounts are taken, on both laptops" yes "$entered"
round
same "both posts have the same records" "$(ny status --state)" "$(hague status --state)"
same "and the same timeline" "$(ny timeline --plain)" "$(hague timeline --plain)"

pairs=$(ny dedupe --list --plain)
same "both are asked about the same pairs" "$pairs" "$(hague dedupe --list --plain)"
proposed() { printf '%s\n' "$pairs" | grep -q -e "^$1	$2	" -e "^$2	$1	"; }
for key in bashir-abuja-2013 netanyahu-hungary-2025; do
    if proposed "$(trip_of ny $key)" "$(trip_of hague $key)"; then
        ok "$key, told twice, is proposed as one journey"
    else
        not_ok "$key, told twice, is proposed as one journey" "$pairs"
    fi
done
senegal=$(trip_of ny bashir-senegal-2010) zambia=$(trip_of ny bashir-zambia-2010)
if proposed "$senegal" "$zambia"; then
    not_ok "one report, two journeys: Senegal and Zambia stay two" "$pairs"
else
    ok "one report, two journeys: Senegal and Zambia stay two"
fi
same "an overflight is recorded and is no presence" '[["US"], 3]' \
    "$(ny timeline --json | json "[[t['countries'], len(t['stages'])] for t in d['trips'] if len(t['stages']) == 3][0]")"

# stage FIELD LAPTOP TRIP: of the first stage of the row that a trip belongs to
stage() {
    "$2" timeline --json | json "[t['stages'][0]['$1'] for t in d['trips'] if '$3' in [t['ref']] + t['aliases']][0]"
}
row() { # FIELD LAPTOP TRIP
    "$2" timeline --json | json "[t['$1'] for t in d['trips'] if '$3' in [t['ref']] + t['aliases']][0]"
}
leg_of() { "$1" leg list --of "$2" --plain | cut -f1 | head -n 1; }

# ---- case 2: a window of three weeks, an arrival on one day, an arrival in the month ----
leg=$(leg_of ny "$senegal")
hague -q leg edit "$leg" --arrive 2010-12-15 --cite "press:one agency" >/dev/null
ny -q leg edit "$leg" --arrive 2010-12 >/dev/null
round
same "case 2: the narrower date is shown" 2010-12-15 "$(shown_of ny leg "$leg" arrive)"
same "case 2: at both posts" 2010-12-15 "$(shown_of hague leg "$leg" arrive)"
same "case 2: the wider one is kept" 2010-12 "$(rivals_of hague leg "$leg" arrive)"
hasnt "case 2: no conflict is open" "$(ny review --list --plain)" "$leg"
has "case 2: the timeline says the day" "$(hague timeline --plain)" "^$senegal	2010-12-15	"

# ---- case 3: dates that do not nest; the paper decides, then a person ----
abuja=$(trip_of ny bashir-abuja-2013)
leg=$(leg_of ny "$abuja")
hague -q leg edit "$leg" --arrive 2013-07-14 --depart 2013-07-16 --cite "official:Assembly press release" >/dev/null
ny -q leg edit "$leg" --arrive 2013-07-14 --depart 2013-07-15 --cite "press:two agencies" >/dev/null
round
same "case 3: the arrival is agreed" 2013-07-14 "$(shown_of ny leg "$leg" arrive)"
same "case 3: the official document decides on the departure" 2013-07-16 "$(shown_of hague leg "$leg" depart)"
same "case 3: the other day is kept" 2013-07-15 "$(rivals_of hague leg "$leg" depart)"
c=$(ny review --list --plain | awk -F '\t' -v l="$leg" '$2 == l { print $1 }')
has "case 3: one conflict is open" "$c" '^CNF-[0-9A-Z]{7}$'
has "case 3: and says why" "$(ny review "$c")" 'rule +the value that the better document backs is shown'
hague -q review "$c" --value 2013-07-15 --reason "he left on Monday afternoon: two agencies, less than 24 hours" >/dev/null
round
same "case 3: a person's decision wins everywhere" "2013-07-15 2013-07-15" \
    "$(shown_of ny leg "$leg" depart) $(shown_of hague leg "$leg" depart)"
has "case 3: with its reason" "$(ny leg history "$leg")" 'less than 24 hours'

# ---- case 4: Mongolia, misprinted as Moldova ----
mn=$(trip_of ny putin-mongolia-2024) md=$(trip_of hague putin-mongolia-2024)
works "case 4: one post sees that both are one journey" ny dedupe --same "$mn" "$md"
round
same "case 4: both countries are shown" 'MD / MN' "$(row to hague "$mn")"
exits "case 4: no draft to a contested country" 2 ny share "$mn" --to state:MN --channel note-verbale --yes
has "case 4: and it is said why" "$(cat "$T/err")" 'the country is contested'
hague -q leg edit "$(leg_of hague "$md")" --country MN --cite "official:decision of the Chamber" >/dev/null
round
same "case 4: once corrected one is left" MN "$(row to ny "$md")"
has "case 4: the misprint stays in the history" "$(ny leg history "$(leg_of ny "$md")" --plain)" '	past	MD	'

h=$(ny -q person add "Idris al-Haddad")
t=$(ny -q trip add "$h" --to EG --dates 2027-05-03 --status announced)
round
leg=$(leg_of ny "$t")
ny -q leg edit "$leg" --country MN >/dev/null
hague -q leg edit "$leg" --country MD >/dev/null
round
same "case 4: within one stage both stand side by side" "MD MN" \
    "$(shown_of hague leg "$leg" country | sort | tr '\n' ' ' | sed 's/ $//')"
c=$(ny review --list --plain | awk -F '\t' -v l="$leg" '$2 == l { print $1 }')
has "case 4: all are shown until somebody picks one" "$(ny review "$c")" 'all are shown until somebody picks one'
exits "case 4: no draft either" 2 ny share "$t" --to group:APG --channel note-verbale --yes
ny -q review "$c" --value MN >/dev/null
round
same "case 4: resolved everywhere" MN "$(shown_of hague leg "$leg" country)"

# ---- case 5: cancelled against confirmed ----
t=$(ny -q trip add "$h" --to "Cairo, EG" --dates 2027-06-03 --status announced)
round
hague -q trip edit "$t" --status cancelled --reason "the host says so" >/dev/null
ny -q trip edit "$t" --status confirmed --reason "he is on the programme" >/dev/null
round
same "case 5: the more alarming is shown" "confirmed confirmed" "$(shown_of ny trip "$t" status) $(shown_of hague trip "$t" status)"
same "case 5: the other is kept" cancelled "$(rivals_of ny trip "$t" status)"
has "case 5: a conflict is open at both" "$(ny review --list --plain)$(hague review --list --plain)" "$t"
hague -q trip edit "$t" --status cancelled --cite "official:note verbale of the host" >/dev/null
round
same "case 5: who has seen both and says cancelled again is heard" "cancelled cancelled" \
    "$(shown_of ny trip "$t" status) $(shown_of hague trip "$t" status)"
hasnt "case 5: nothing is open" "$(ny review --list --plain)" "$t"

# ---- case 6: one journey entered twice ----
t1=$(trip_of ny netanyahu-hungary-2025) t2=$(trip_of hague netanyahu-hungary-2025)
ny -q leg edit "$(leg_of ny "$t1")" --arrive 2025-04-03 --depart 2025-04-06 --cite "official:the Court" >/dev/null
hague -q leg edit "$(leg_of hague "$t2")" --arrive 2025-04-02 --depart 2025-04-06 --cite "press:agencies" >/dev/null
round
hague -q dedupe --different "$t1" "$t2" >/dev/null
ny -q dedupe --same "$t1" "$t2" >/dev/null
round
differ "case 6: rival verdicts join nothing" "$(row ref ny "$t1")" "$(row ref ny "$t2")"
for l in ny hague; do
    has "case 6: $l is asked" "$($l dedupe --list --plain)" "($t1	$t2|$t2	$t1)	.*	unsure	"
done
works "case 6: a verdict that knows of both decides" ny dedupe --same "$t1" "$t2"
round
low=$(printf '%s\n%s\n' "$(row ref ny "$t1")" "$(row ref hague "$t2")" | sort -u)
same "case 6: one row, the same at both posts" 1 "$(printf '%s\n' "$low" | wc -l | tr -d ' ')"
same "case 6: the stages are one" 1 "$(ny timeline --json | json "[len(t['stages']) for t in d['trips'] if t['ref'] == '$low'][0]")"
same "case 6: the Court's day of arrival is shown" 2025-04-03 "$(stage arrive hague "$t1")"
same "case 6: two sources stand behind it" 2 "$(row independent_sources hague "$t1")"
works "case 6: one number finds it" hague trip show "$t1"
works "case 6: and the other" ny trip show "$t2"
works "case 6: and different takes them apart again" hague dedupe --different "$t1" "$t2"
round
differ "case 6: at the other post too" "$(row ref ny "$t1")" "$(row ref ny "$t2")"

# ---- case 7: is it one person? ----
a=$(id_of "Ali Muhammad Ali Abd-Al-Rahman")
b=$(hague -q person add "Ali Kosheib")
round
has "case 7: the two files are proposed" "$(ny dedupe --list --plain)" "($a	$b|$b	$a)	person"
hague -q dedupe --same "$a" "$b" --reason "named together in the charges" >/dev/null
ny -q dedupe --different "$a" "$b" --reason "the defence contests it" >/dev/null
round
has "case 7: unsure" "$(hague dedupe --list --plain)" "($a	$b|$b	$a)	person	.*	unsure	"
works "case 7: one file remains" hague person show "$a"
works "case 7: and the other" ny person show "$b"
exits "case 7: it needs attention" 6 ny status --check
ny -q dedupe --same "$a" "$b" --reason "the Chamber confirmed it" >/dev/null
round
hasnt "case 7: a verdict that knew of both decides" "$(hague dedupe --list --plain)" "($a	$b|$b	$a)"

# ---- case 8: a spelling added and rejected at once ----
name=$(ny -q name add "Ali Kushaib" --person "$a" --kind spelling-variant)
round
hague -q name add "Ali Kushaib" --person "$a" --kind alias >/dev/null
ny -q name edit "$name" --rejected yes --rejected-because "a misprint" >/dev/null
round
has "case 8: the name is there and found" "$(hague search Kushaib --plain)" "^($a|NAM-)"
same "case 8: both entries are kept" 2 "$(hague name list --plain | grep -c 'Ali Kushaib')"
same "case 8: and flagged as rejected" true "$(shown_of hague name "$name" rejected)"

# ---- case 13: a clock ten years ahead ----
t=$(ny -q trip add "$h" --to "Nairobi, KE" --dates 2025-09-03 --status announced)
round
at 2025-08-01T10:00:00Z
ny -q trip edit "$t" --invited-by "a host" >/dev/null # one more change: its counter is ahead, its clock behind
ny -q trip edit "$t" --occasion "summit" >/dev/null
at 2035-08-01T10:00:00Z
hague -q trip edit "$t" --occasion "state visit" >/dev/null
unset VALISE_NOW
round
same "case 13: 2035 gives no advantage" "summit summit" "$(shown_of ny trip "$t" occasion) $(shown_of hague trip "$t" occasion)"
same "case 13: the other is kept" "state visit" "$(rivals_of ny trip "$t" occasion)"
has "case 13: with its clock shown" "$(ny trip history "$t" --plain)" '2035-08-01T10:00:00Z'

# ---- case 9: both told the Court ----
t=$(ny -q trip add "$h" --to "Addis Ababa, ET" --dates 2027-04-12/2027-04-14 --status confirmed)
round
i=$(hague -q info add --from state-party --source "Note verbale 114" --received 2027-03-08T08:00Z --by note-verbale \
    --claim confirmed --about "$h" --trip "$t")
j=$(ny -q info add --from civil-society --source GREENLAKE --received 2027-03-07T22:00Z --by telephone \
    --claim potential --about "$h" --trip "$t")
at 2027-03-08T09:10:00Z
hague -q share "$i" --to court --channel secure-mail --yes >/dev/null
at 2027-03-08T11:00:00Z
ny -q share "$j" --to court:registry --channel secure-mail --yes >/dev/null
unset VALISE_NOW
round
same "case 9: both transmissions are kept" 2 "$(ny transmission list --plain | grep -c '	court')"
same "case 9: the journey's delay runs from first word to first transmission" 40200 \
    "$(hague timeline --plain | awk -F '\t' -v t="$t" '$1 == t { print $11 }')"

# ---- a third laptop that comes late and gets everything at once ----
laptop cap
cap -q join "$T/stick.git" --delegation Uruguay --post Montevideo >/dev/null
ny -q sync >/dev/null
ny -q admit Uruguay --share-history --safety-number "$(cap key safety-number --plain)" >/dev/null
ny -q sync >/dev/null
works "a third post gets everything at once" cap sync
same "and shows the same state" "$(ny status --state)" "$(cap status --state)"
same "the same timeline" "$(ny timeline --plain)" "$(cap timeline --plain)"
same "the same conflicts" "$(ny review --list --plain)" "$(cap review --list --plain)"
same "and the same pairs" "$(ny dedupe --list --plain)" "$(cap dedupe --list --plain)"
for l in ny hague cap; do
    works "$l: everything verifies" "$l" check
done
done_testing
