#!/bin/sh
# Deciding as a person does: numbered questions on a terminal, every answer, and that an answer can be
# replaced by a later one. All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
two_posts
at_terminal() { # LAPTOP ANSWERS COMMAND...
    home=$1 answers=$2
    shift 2
    VALISE_HOME=$T/$home VALISE_PASSPHRASE_FILE=$T/pw TERM=dumb typed "$answers" valise --no-pager "$@"
}
p=$(ny -q person add "Idris al-Haddad" --position "Minister of Defence and Security")
q=$(ny -q person add "Teodor Vance" --position "Adviser")
round

# clash FIELD A B: both edit the person without having seen the other; prints the conflict
clash() {
    ny -q person edit "$p" "--$1" "$2" >/dev/null
    hague -q person edit "$p" "--$1" "$3" >/dev/null
    round
    ny review --list --plain | cut -f1
}

# ---- review ----
c=$(clash position "Minister of Defence" "Former Minister of Defence")
kept=$(ny review --list --plain | cut -f6)
other=$(ny review --list --plain | cut -f8)
out=$(at_terminal ny "?|x|4" review)
has "the question shows the number of conflicts" "$out" "Conflict 1 of 1    $c    $p Idris al-Haddad    Position"
has "what is kept stands first" "$out" "kept   +$kept "
has "then the other" "$out" "other  +$other "
has "and what both started from" "$out" 'before +Minister of Defence and Security +both started from this'
has "help says that nothing is lost" "$out" 'No value is lost'
has "what is no choice is asked again" "$out" 'Please type a number from 1 to 4'
same "later changes nothing" "$c" "$(ny review --list --plain | cut -f1)"

out=$(at_terminal ny "q" review)
same "q changes nothing either" "$c" "$(ny review --list --plain | cut -f1)"
out=$(at_terminal ny "1" review)
has "1 keeps" "$out" "$c  closed, “$kept” stays"
same "and closes" "" "$(ny review --list --plain)"
round
same "for everybody" "$kept" "$(shown_of hague person "$p" position)"
has "the other value stays in the history" "$(hague person history "$p" --plain)" "past	$other	"

c=$(clash position "Envoy" "Special envoy")
other=$(ny review --list --plain | cut -f8)
out=$(at_terminal ny "2" review "$c")
has "2 takes the other" "$out" "$c  closed, “$other” is taken"
same "which is shown then" "$other" "$(shown_of ny person "$p" position)"
round

c=$(clash position "Mayor" "Governor")
out=$(at_terminal ny "3|Prefect" review "$c")
has "3 takes a third value" "$out" "$c  closed, “Prefect” is taken"
round
same "which wins everywhere" "Prefect" "$(shown_of hague person "$p" position)"

c=$(clash position "Senator" "Deputy")
works "the same by options" ny review "$c" --take-other --reason "official gazette"
has "with the reason in the history" "$(ny person history "$p")" 'official gazette'
round
c=$(clash position "Judge" "Clerk")
exits "two choices at once are wrong usage" 2 ny review "$c" --keep --take-other
exits "a choice without a conflict too" 2 ny review --keep
works "a dry run" ny review "$c" --value "Registrar" --dry-run
same "changes nothing" "$c" "$(ny review --list --plain | cut -f1)"
valid "a decision as JSON" "$(ny review "$c" --value "Registrar" --json)"
round

# Two posts decide differently without having seen each other: it opens again, for both.
c=$(clash position "Consul" "Vice-consul")
ny -q review "$c" --value "Consul" >/dev/null
hague -q review "$c" --value "Vice-consul" >/dev/null
round
differ "decisions that differ open another conflict" "" "$(ny review --list --plain)"
same "the same one for both" "$(ny review --list --plain)" "$(hague review --list --plain)"
ny -q review "$(ny review --list --plain | cut -f1)" --keep >/dev/null
round
# The same decision twice is no conflict.
c=$(clash position "Attaché" "Secretary")
ny -q review "$c" --value "Attaché" >/dev/null
hague -q review "$c" --value "Attaché" >/dev/null
round
same "equal decisions agree" "" "$(ny review --list --plain)$(hague review --list --plain)"

# Equal values are no conflict, whoever typed them.
clash position "Ambassador" "Ambassador" >"$T/out"
same "equal values are no conflict" "" "$(cat "$T/out")"

# Withdrawn here, edited there: it stays so or comes back, and the next conflict is asked all the same.
w=$(ny -q person add "Third Person")
round
lost() { # withdrawn by one who did not see the edit; prints the conflict
    ny -q person withdraw "$w" --reason "not he" --yes >/dev/null
    hague -q person edit "$w" --summary "$1" >/dev/null
    round
    ny review --list --plain | awk -F '\t' '$3 == "life" { print $1 }'
}
c=$(lost "seen in Cairo")
out=$(at_terminal ny "?|4|3" review "$c")
has "what was withdrawn has its own choices" "$out" '1 leave it withdrawn   2 restore it   3 later'
has "each with what it does" "$out" 'it is shown again, with what was written to it meanwhile'
has "and no fourth" "$out" 'Please type a number from 1 to 3'
exits "it cannot be purged in passing" 2 ny review "$c" --value purged
has "what can be written is said" "$(ny review "$c" --value purged 2>&1)" 'write active to restore it, or retracted to leave it so'
same "nothing was decided" "$c" "$(ny review --list --plain | cut -f1)"
e=$(clash position "Bailiff" "Warden" | grep -v -e "$c")
out=$(at_terminal ny "2|2|1|4" review)
has "2 restores it" "$out" "$c  closed, “active” is taken"
has "and the next one is asked" "$out" "Conflict 2 of 2    ($c|$e)"
has "what was written meanwhile is there" "$(ny person show "$w")" 'seen in Cairo'
ny -q review "$e" --keep >/dev/null 2>&1
round
same "for everybody" active "$(shown_of hague person "$w" life)"
c=$(lost "seen in Khartoum")
works "the same by option" ny review "$c" --take-other
same "restored" active "$(shown_of ny person "$w" life)"
round
c=$(lost "seen in Tunis")
out=$(at_terminal ny "1" review "$c")
has "1 leaves it withdrawn" "$out" "$c  closed, “retracted” stays"
round
same "nothing waits" "" "$(hague review --list --plain)"
c=$(clash position "Sheriff" "Marshal")
out=$(at_terminal ny "x|4" review "$c")
has "another conflict has its own" "$out" '1 keep   2 take the other   3 write another'
ny -q review "$c" --keep >/dev/null
round

# ---- dedupe ----
a=$(ny -q trip add "$p" --to "Cairo, EG" --dates 2027-05-02/2027-05-05 --status potential)
b=$(hague -q trip add "$p" --to "Le Caire, EG" --dates 2027-05-02/2027-05-04 --status confirmed)
round
low=$(ny timeline --plain | cut -f1 | sort | head -n 1)
out=$(at_terminal ny "?|4" dedupe)
has "a pair is shown with its person" "$out" "Pair 1 of 1    likeness [01]\\.[0-9][0-9]    trips of $p Idris al-Haddad"
has "with both delegations" "$out" "($a  Ireland.*$b  Croatia|$b  Croatia.*$a  Ireland)"
has "dates with what will be shown" "$out" 'dates .*2027-05-02/2027-05-0.* the narrower is shown'
has "status too" "$out" 'status .* the more alarming is shown'
out=$(at_terminal ny "1" dedupe)
has "1 joins" "$out" "^TRP-[0-9A-Z]{7}  stands for both; TRP-[0-9A-Z]{7} still leads to it"
same "one trip is left on the timeline" 1 "$(ny timeline --plain | wc -l | tr -d ' ')"
works "the joined id is found" ny trip show "$a"
works "and the other" ny trip show "$b"
round
works "different undoes it" hague dedupe --different "$a" "$b"
same "both stand again" 2 "$(hague timeline --plain | wc -l | tr -d ' ')"
same "and are not proposed" "" "$(hague dedupe --list --plain)"
round
same "for both posts" "$(hague timeline --plain)" "$(ny timeline --plain)"
works "unsure" ny dedupe --unsure "$a" "$b" --reason "two delegations of one ministry"
has "brings the pair back, marked" "$(ny dedupe --list --plain)" '	unsure	'
round

# Case 6: one says same, the other different, neither knew.
ny -q dedupe --same "$a" "$b" >/dev/null
hague -q dedupe --different "$a" "$b" >/dev/null
round
same "rival verdicts join nothing" 2 "$(ny timeline --plain | wc -l | tr -d ' ')"
has "the pair is unsure" "$(hague dedupe --list --plain)" '	unsure	'
differ "and a conflict is open" "" "$(ny review --list --plain)"
works "a later verdict with knowledge of both settles it" ny dedupe --same "$a" "$b"
round
same "everywhere" 1 "$(hague timeline --plain | wc -l | tr -d ' ')"
same "and closes the conflict" "" "$(hague review --list --plain)"
same "states agree" "$(ny status --state)" "$(hague status --state)"

# answers that cannot all be right: the one in the way is named, and changing it joins all three
x=$(ny -q trip add "$q" --to "Lomé, TG" --dates 2027-06-01 --status potential)
y=$(ny -q trip add "$q" --to "Lomé, TG" --dates 2027-06-02 --status potential)
z=$(ny -q trip add "$q" --to "Lomé, TG" --dates 2027-06-03 --status potential)
ny -q dedupe --different "$x" "$z" >/dev/null
ny -q dedupe --same "$x" "$y" >/dev/null
out=$(ny dedupe --same "$y" "$z")
has "a contradiction joins nothing" "$out" 'nothing is joined yet'
has "and names the answer in the way" "$out" "In the way: ($x and $z|$z and $x) are judged different"
has "the question about such a pair too" "$(at_terminal ny "4|4|4|4|q" dedupe)" "In the way: ($x and $z|$z and $x) are judged different"
works "changing it" ny dedupe --same "$x" "$z"
same "joins all three" 1 "$(ny timeline --of "$q" --plain | grep -c Lom)"

# a date that cannot be is asked about once where somebody can answer
trips() { ny trip list --plain | wc -l | tr -d ' '; }
n=$(trips)
out=$(at_terminal ny "n" trip add "$q" --to "Oslo, NO" --dates 2027-04-31 --status potential)
has "an impossible date is asked about" "$out" '“2027-04-31” is kept as words.*'
has "whether it is meant" "$out" 'Is it meant so\? \[y/N\]'
same "no records nothing" "$n" "$(trips)"
out=$(at_terminal ny "y" trip add "$q" --to "Oslo, NO" --dates 2027-04-31 --status potential)
same "yes records it" $((n + 1)) "$(trips)"
works "a script is not asked" ny trip add "$q" --to "Oslo, NO" --dates "40 April" --status potential
out=$(at_terminal ny "n" info add --from media --received 2096-11-27 --claim potential)
has "a report of the future is asked about too" "$out" 'Received lies in the future: 2096-11-27'
same "and not recorded" "" "$(ny info list --plain)"

exits "a person and a trip are no pair" 3 ny dedupe --same "$a" "$p"
exits "nor is one record with itself" 2 ny dedupe --same "$a" "$a"
exits "nor two that say nothing of how" 2 ny dedupe "$a" "$b"
exits "nor one alone" 2 ny dedupe --same "$a"
exits "two verdicts at once are wrong usage" 2 ny dedupe --same --different "$p" "$q"
# what leaves, and what was deliberately not told
d=$(ny -q trip add "$q" --to "Nairobi, KE" --dates 2027-05-12 --status potential)
i=$(ny -q info add --about "$q" --trip "$d" --from civil-society --received 2027-03-07T22:00Z --claim potential)
works "the Court is deliberately not told" ny share "$i" --to court --leave-out "it told us"
has "which does not look like a sending" "$(ny transmission list)" 'not told: it told us'
hasnt "and is not asked for again" "$(ny status --plain)" "$i"
has "the timeline says so" "$(ny timeline --of "$q")" 'Court +deliberately not told'
exits "the destination itself needs a word more" 2 ny share "$d" --to state:KE --channel secure-mail
works "which is --yes" ny share "$d" --to state:KE --channel secure-mail --yes
exits "what was sent cannot be left out" 2 ny share "$d" --to state:KE --leave-out "no"
has "a lowered marking is said" "$(ny share "$d" --to group:AFR --dry-run 2>&1)" 'Marking AMBER here; it leaves as GREEN'
works "a name stands for the person, not for what left" ny trip list --of Vance
ny -q info add --about "$q" --trip "$d" --from civil-society --received 2027-03-07T23:00Z --claim potential --tlp red >/dev/null
exits "a trip is as red as its reports" 2 ny share "$d" --to group:AFR --channel secure-mail --yes
works "check" ny check
done_testing
