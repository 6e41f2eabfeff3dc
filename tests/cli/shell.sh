#!/bin/sh
# The shell with a script on standard input: what is refused, where it stops, what it leaves. What it does at a
# terminal, and what is left in memory when it has locked, is tests/unit/cli/test_shell.c. All persons are invented.
. "$(dirname "$0")/tap.inc"
# Some thirty derivations: the build with cheap ones does, where there is one (VALISE_COSTLY=1 takes the other).
[ -n "${VALISE_COSTLY:-}" ] || [ ! -x "$root/build/clang/valise" ] || VALISE=$root/build/clang/valise
export VALISE_HOME="$T/ny" VALISE_PASSPHRASE_FILE="$T/pw"
echo "seven invented words make this passphrase" >"$T/pw"
echo "not the right passphrase" >"$T/wrong"
trap 'VALISE_HOME=$T/ny "$VALISE" -q lock >/dev/null 2>&1; rm -rf "$T"' EXIT

# shell STATUS LINES [OPTIONS...]: what it says in out and err
shell() {
    wanted=$1
    printf '%s\n' "$2" >"$T/script"
    shift 2
    "$VALISE" shell "$@" <"$T/script" >"$T/out" 2>"$T/err"
    got=$?
    [ "$got" -eq "$wanted" ] || { echo "# shell $*: exit $got instead of $wanted"; sed 's/^/# /' "$T/script" "$T/out" "$T/err"; return 1; }
}

# ---- what is refused ----

shell 10 "status" && has err "valise init"
result "no valise, no shell"
run 0 -q init "Focal points" --delegation Ireland --post "New York" && run 0 -q lock
for idle in 0 61 5m -1 "" 9999999999; do
    shell 2 "status" --idle "$idle" && has err "1 to 60" && empty out
    result "--idle “$idle”"
done
shell 2 "status" extra
result "the shell takes no words"
VALISE_PASSPHRASE_FILE=$T/wrong shell 12 "person add Nobody" && empty out
result "a wrong passphrase: no line is done"
VALISE_PASSPHRASE_FILE= shell 12 "status" --no-input && has err "nobody can be asked"
result "nobody to ask"

# ---- a script ----

shell 0 '# persons
person add "Idris al-Haddad" --position '"'"'Minister of "Defence"'"'"'

  valise person list
person edit Idris --position Minister' && has out "recorded" && has out "position changed" && empty err
result "a script, quotes and remarks in it"
[ "$(ls "$VALISE_HOME/data")" = "$(printf 'keys\nstore')" ] && [ -z "$(find "$HOME" -type f)" ]
result "no history is written anywhere"
VALISE_PASSPHRASE_FILE= run 12 --no-input person list
result "the key was in no keyring"
shell 3 'person add First
person show nobody-of-that-name
person add Second' && has err "Line 2 failed" && run 0 person list && has out First && has_not out Second
result "it stops at the first line that fails, with its status"
shell 3 'person show nobody-of-that-name
nonsense
person add Second' --keep-going && has out recorded && has err "unknown command"
result "--keep-going does the rest, and keeps the first status"
shell 2 'person add "Third
person add Fourth' && has err "no partner" && empty out
result "a quotation mark without its partner"
shell 2 'person list --home /tmp' && has err "stays with its valise"
result "a line does not go to another valise"
shell 2 'shell' && has err "shell already"
result "no shell in a shell"
shell 0 'exit
person add Fifth' && empty out
result "exit leaves"
printf 'person add "no line end"' >"$T/script"
"$VALISE" shell -q <"$T/script" >"$T/out" 2>"$T/err" && [ "$(wc -l <"$T/out")" -eq 1 ]
result "a last line without an end counts, and the shell's options hold for it"
shell 0 'person list --json' && valid out && shell 0 'person list' --json && valid out
result "JSON by the line's option, or by the shell's"
shell 3 'person show nobody-of-that-name' --json && valid err && empty out
result "a failure as JSON"
shell 2 'x"' --json && valid err && has err '"usage"'
result "a line that cannot be split, as JSON"
shell 0 'person add Sixth' --dry-run && run 0 person list && has_not out Sixth
result "--dry-run holds for every line"
shell 0 'help dates
person list' --lang fr && shell 2 'nonsense' --lang fr && has err "commande inconnue"
result "in French"
run 0 -q unlock && VALISE_PASSPHRASE_FILE= shell 0 'person list' --no-input && has out Idris
result "a key in the keyring will do to begin"
VALISE_PASSPHRASE_FILE= shell 12 'lock
person list' --no-input && has out Locked && VALISE_PASSPHRASE_FILE= run 12 --no-input person list
result "after lock it needs the passphrase, and so does everybody"
shell 0 'lock
person list' && has out Idris
result "which may come from a file"

# ---- the store is free between lines; keys change under it ----

mkfifo "$T/lines"
"$VALISE" shell <"$T/lines" >"$T/shell.out" 2>&1 &
exec 7>"$T/lines"
echo "person add Seventh -q" >&7
until grep -q PER- "$T/shell.out"; do kill -0 $! || break; sleep 0.05; done
run 0 person list && has out Seventh
result "another command while the shell waits"
exec 7>&-
wait $!
result "and the shell ends well"
shell 0 'key rekey --keep-passphrase
person list
check' && has out "sealed anew" && has out Idris
result "another key, in the middle"
run 0 -q lock && run 0 person list && has out Idris
result "which holds"

plan
