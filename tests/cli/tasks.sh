#!/bin/sh
# Tasks: what status and sync say of them, and how they are listed. Invented ones.
. "$(dirname "$0")/tap.inc"

printf 'an invented passphrase\n' >"$T/pw"
export VALISE_HOME="$T/valise" VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
trap '"$VALISE" lock >/dev/null 2>&1; rm -rf "$T"' EXIT
run 0 init "Focal points" --delegation Ireland --post "New York" && { run 0 unlock --for 1h || run 1 unlock; }
result "init"
run 0 status && has_not out "Tasks" && run 0 status --json && valid out && has out '"tasks_due": []'
result "no tasks, no line"

task() { "$VALISE" -q task add "$@"; }
later=$(task "Ask about the route" --due 2027-03-16)
month=$(task "Draft for the session" --due 2027-03)
whenever=$(task "Thank the clerk")
task "Ring back" --due 2027-02-30 >/dev/null 2>&1
open_end=$(task "Watch the register" --due 2027-03-01/..)
run 0 status && has_not out "Tasks" && run 0 status --plain && has_not out task-due
result "eight days, the end of a month, no day at all and no end: not due yet"

soon=$(task "Ask about the visa" --due 2027-03-15)
run 0 status && has out "Tasks due" && grep -q "$soon Ask about the visa   in 7 days  *valise task list$" "$T/out" && has_not out overdue
result "seven days: due"
late=$(task "Write to the registry about the note of 5 March, with the list that was promised there" --due 2027-03-05)
gone=$(task "Send the list" --due 2027-03-01)
dropped=$(task "Call the airport" --due 2027-03-02)
run 0 task edit "$gone" --state done && run 0 task edit "$dropped" --state dropped
result "tasks are done and dropped"
run 0 status && grep -q "^Tasks overdue or due  *2  *$late Write to the registry about the note of…  *3 days ago  *valise task list$" "$T/out" &&
    has_not out "$gone" && has_not out "$dropped"
result "the most urgent is named, in one line, and what is done or dropped is not"
run 0 status --plain && has out "task-due	$late	2027-03-05	-3	Write to the registry about the note of 5 March, with the list that was promised there" &&
    has out "task-due	$soon	2027-03-15	7	Ask about the visa" && [ "$(grep -c '^task-due' "$T/out")" -eq 2 ]
result "both, as rows"
run 0 status --json && valid out && has out "\"ref\": \"$late\"" && has out '"days_left": -3' && has_not out "$gone"
result "both, as a document"
run 0 --lang fr status && has out "Tâches en retard ou à échéance" && has out "il y a 3 jours"
result "in French"
run 0 task list && sed 's/ .*//' "$T/out" >"$T/order" &&
    [ "$(tail -n 2 "$T/order" | sort)" = "$(printf '%s\n' "$gone" "$dropped" | sort)" ] && grep -q "$later" "$T/order" && grep -q "$whenever" "$T/order" &&
    [ "$(sort "$T/order" | uniq -d | wc -l)" -eq 0 ] && grep -q "$month" "$T/order" && grep -q "$open_end" "$T/order"
result "the list begins with the open ones, and has each once"
run 0 remote add stick "$T/stick.git" --create && run 0 sync && grep -q "^Tasks due  *2  *$late 3 days ago  *valise task list$" "$T/out"
result "sync says so too"
run 0 sync --json && valid out && has out '"tasks_due": 2'
result "as a document"
run 0 task withdraw "$late" --reason "entered twice" -y && run 0 task edit "$soon" --state done && run 0 status && has_not out Tasks &&
    run 0 sync && has out "nothing to review"
result "withdrawn and done: nothing waits"

plan
