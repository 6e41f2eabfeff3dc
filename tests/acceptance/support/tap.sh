# TAP and a throw-away folder for the acceptance scripts; sourced by them. VALISE names the program
# under test (make check sets it); everything happens below $T, which goes away at the end.
set -u
VALISE=${VALISE:-$PWD/build/release/valise}
case $VALISE in
/*) ;;
*) VALISE=$PWD/$VALISE ;;
esac
# Under a kernel of its own a page costs ten times what it should, and keys are made of many: there with the tests' cheap ones.
cheap=$(dirname "$VALISE")/../test/valise
[ -z "${CHEAP_KEYS:-}" ] || [ ! -x "$cheap" ] || VALISE=$cheap
[ -x "$VALISE" ] || {
    echo "Bail out! no program at $VALISE"
    exit 1
}
HERE=$(cd "$(dirname "$0")" && pwd)
PATH=$(dirname "$VALISE"):$PATH
TZ=UTC LC_ALL=C.UTF-8
export PATH TZ LC_ALL
unset VALISE_HOME VALISE_NOW VALISE_PASSPHRASE_FILE VALISE_PASSPHRASE_COMMAND VALISE_PASSPHRASE_FD LANGUAGE
T=$(mktemp -d "${TMPDIR:-/tmp}/valise-acceptance.XXXXXX") || exit 1
n_tap=0
n_bad=0
at_end=:
also_show= # a file that is shown with every command that failed

finish() {
    status=$?
    trap - EXIT
    eval "$at_end"
    for home in "$T"/*/; do # no key stays behind in the unlock cache
        VALISE_HOME=$home valise -q lock >/dev/null 2>&1 || :
    done
    chmod -R u+w "$T" 2>/dev/null
    rm -rf "$T"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 141' PIPE # the reader went away: clean up all the same

# ok NAME / not_ok NAME [WHY]
ok() {
    n_tap=$((n_tap + 1))
    echo "ok $n_tap - $1"
}
not_ok() {
    n_tap=$((n_tap + 1))
    n_bad=$((n_bad + 1))
    echo "not ok $n_tap - $1"
    [ $# -lt 2 ] || printf '%s\n' "$2" | head -n 40 | sed 's/^/#   /'
}
skip() { # NAME WHY
    n_tap=$((n_tap + 1))
    echo "ok $n_tap - $1 # SKIP $2"
}

# same NAME EXPECTED GOT
same() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "expected: $2
got:      $3"
    fi
}
# differ NAME A B
differ() {
    if [ "$2" != "$3" ]; then ok "$1"; else not_ok "$1" "both: $2"; fi
}
# has NAME TEXT PATTERN: a line of TEXT matches the extended regular expression
has() {
    if printf '%s\n' "$2" | grep -Eq -e "$3"; then
        ok "$1"
    else
        not_ok "$1" "no line matches: $3
$2"
    fi
}
hasnt() {
    if printf '%s\n' "$2" | grep -Eq -e "$3"; then
        not_ok "$1" "a line matches: $3
$2"
    else
        ok "$1"
    fi
}
# works NAME COMMAND...: exit 0; what it said is in $T/out and $T/err
works() {
    name=$1
    shift
    exits "$name" 0 "$@"
}
# exits NAME STATUS COMMAND...
exits() {
    name=$1 want=$2
    shift 2
    got=0
    "$@" >"$T/out" 2>"$T/err" </dev/null || got=$?
    if [ "$got" -eq "$want" ]; then
        ok "$name"
    else
        not_ok "$name" "expected exit $want, got $got
$(cat "$T/out" "$T/err" ${also_show:+"$also_show"})"
    fi
}

# json EXPRESSION < DOCUMENT: evaluates a Python expression over the document d and prints the result
json() {
    python3 -c 'import json, sys
d = json.load(sys.stdin)
r = eval(sys.argv[1])
print(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False))' "$1" 2>&1 | tail -n 1
}

# valid NAME DOCUMENT: the JSON document follows its schema
valid() {
    if why=$(printf '%s\n' "$2" | python3 "$HERE/../cli/validate.py" "$HERE/../../schemas/output" 2>&1); then
        ok "$1"
    else
        not_ok "$1" "$why"
    fi
}

# shown_of LAPTOP KIND RECORD FIELD: the values that the record shows, machine values, one a line
shown_of() {
    "$1" "$2" show "$3" --plain | awk -F '\t' -v f="$4" '$2 == f && $4 == "shown" { print $5 }'
}
# rivals_of LAPTOP KIND RECORD FIELD: those that a rule set aside
rivals_of() {
    "$1" "$2" show "$3" --plain | awk -F '\t' -v f="$4" '$2 == f && $4 == "kept" { print $5 }'
}

# typed ANSWERS COMMAND...: runs it on a terminal of its own and types the answers, one a question
typed() {
    python3 "$HERE/support/typed.py" "$@"
}

# laptop NAME: a function NAME that runs valise in a home of its own, never asking
laptop() {
    eval "$1() { VALISE_HOME=\$T/$1 VALISE_PASSPHRASE_FILE=\$T/pw valise --no-input \"\$@\"; }"
}
passphrase() {
    printf 'seven invented words make this passphrase\n' >"$T/pw"
    chmod 600 "$T/pw"
}

# two_posts: ny (Ireland) and hague (Croatia) share a valise by the stick at $T/stick.git
two_posts() {
    passphrase
    laptop ny
    laptop hague
    ny -q init "Focal points" --delegation Ireland --post "New York" &&
        ny -q unlock --for 1h 2>/dev/null
    ny -q remote add stick "$T/stick.git" --create >/dev/null &&
        ny -q sync >/dev/null &&
        hague -q join "$T/stick.git" --delegation Croatia --post "The Hague" >/dev/null &&
        ny -q sync >/dev/null &&
        ny -q admit Croatia --share-history --safety-number "$(hague key safety-number --plain)" >/dev/null &&
        ny -q sync >/dev/null && hague -q sync >/dev/null || {
        echo "Bail out! two posts could not be set up"
        exit 1
    }
}
# round: both sync until both have everything
round() {
    ny -q sync >/dev/null && hague -q sync >/dev/null && ny -q sync >/dev/null && hague -q sync >/dev/null
}

# in_a_kernel SCRIPT: runs it under a kernel of its own, with the folder $T/inside; output and status are the script's
in_a_kernel() {
    mkdir -p "$T/inside" && chmod 711 "$T" # other users come through there
    python3 "$HERE/support/kernel.py" "$T/inside" "$(dirname "$VALISE")/tests/acceptance/support/xstate.so" \
        "$HERE/support/$1"
}

done_testing() {
    echo "1..$n_tap"
    [ "$n_bad" -eq 0 ]
}
