#!/bin/sh
# Plays the first five minutes with valise, for people: two posts, one stick, no network. Every command is
# printed as it would be typed, then its output. All persons in it are invented.
#
#     demo.sh BUILD_DIR [1]        1: wait for Enter between the steps
#
# Nothing is left behind: laptops, stick and passphrase are folders below one that is removed at the end.
set -u
build=${1:?usage: demo.sh BUILD_DIR [1]}
pause=${2:-0}
build=$(cd "$build" && pwd) || exit 1
if [ ! -x "$build/valise" ] || [ ! -x "$build/valise-courier" ]; then
    echo "demo: valise and valise-courier are not in $build; run: make programs" >&2
    exit 1
fi

umask 077
T=$(mktemp -d "${TMPDIR:-/tmp}/valise-demo.XXXXXX") || exit 1
clean() {
    trap - EXIT HUP INT TERM
    for laptop in ny hague training; do # no key stays behind in the unlock cache
        [ -d "$T/$laptop" ] && VALISE_HOME=$T/$laptop "$build/valise" -q lock >/dev/null 2>&1
    done
    rm -rf "$T"
}
trap clean EXIT
trap 'clean; exit 130' INT
trap 'clean; exit 143' HUP TERM

# The story is told in English and in its own time, whatever the machine it runs on.
unset VALISE_PASSPHRASE_COMMAND VALISE_PASSPHRASE_FD VALISE_COURIER VALISE_PAGER
export LC_ALL=C.UTF-8 LANGUAGE=en TZ=UTC VALISE_PASSPHRASE_FILE="$T/passphrase"
od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$VALISE_PASSPHRASE_FILE"
mkdir "$T/usb"
stick=$T/usb/valise.git

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi

# ---- the stage ----

chapter() {
    printf '\n== %s ==\n' "$1"
}

# What happens outside the program.
tell() {
    printf '\n'
    printf '# %s\n' "$@"
}

# The clock that is shown and stored in what follows.
at() {
    export VALISE_NOW="$1"
}

# One word as it would be typed.
typed() {
    case $1 in
    '' | *[!A-Za-z0-9_/:.,=+@%~-]*) printf '"%s"' "$1" ;;
    *) printf '%s' "$1" ;;
    esac
}

# A whole command line, broken before options where it gets long.
show() {
    prompt=$1 line="valise" whole=
    shift
    for word in "$@"; do
        next=$(typed "$word")
        case $word in
        --*)
            if [ $((${#prompt} + ${#line} + ${#next})) -gt 84 ]; then
                whole="$whole$line \\
" line="     "
            fi
            ;;
        esac
        line="$line $next"
    done
    printf '\n%s$ %s%s%s\n' "$prompt" "$bold" "$whole$line" "$plain"
}

# step LAPTOP EXIT ARGUMENTS...: shows and runs a command that has to end with EXIT; keeps its output in $out.
step() {
    who=$1 want=$2
    shift 2
    show "$who" "$@"
    VALISE_HOME=$T/$who "$build/valise" "$@" >"$T/out" 2>&1 </dev/null
    got=$?
    cat "$T/out"
    out=$(cat "$T/out")
    if [ "$got" -ne "$want" ]; then
        printf '\ndemo: this ended with status %d; %d was expected\n' "$got" "$want" >&2
        exit 1
    fi
    [ "$want" -eq 0 ] || printf '%79s\n' "(exit $want)"
    if [ "$pause" = 1 ]; then
        if [ -t 0 ]; then
            read -r _ || pause=0
        elif { : </dev/tty; } 2>/dev/null; then
            read -r _ </dev/tty || pause=0
        fi
    fi
}
ny() { step ny 0 "$@"; }
hague() { step hague 0 "$@"; }

# heard TEXT: the last output says so.
heard() {
    case $out in
    *"$1"*) ;;
    *)
        printf '\ndemo: “%s” was expected in the output above\n' "$1" >&2
        exit 1
        ;;
    esac
}

# Runs a command on the side, unseen; it has to work.
aside() {
    who=$1
    shift
    if ! out=$(VALISE_HOME=$T/$who "$build/valise" "$@" 2>&1 </dev/null); then
        printf '\ndemo: a command on the side failed: valise %s\n%s\n' "$*" "$out" >&2
        exit 1
    fi
}

# The first id of a kind in the last output.
ref() {
    found=$(printf '%s\n' "$out" | sed -n "s/^.*\\($1-[0-9A-HJKMNP-TV-Z]\\{7\\}\\).*\$/\\1/p" | head -n 1)
    if [ -z "$found" ]; then
        printf '\ndemo: no %s-… in the output above\n' "$1" >&2
        exit 1
    fi
    printf '%s' "$found"
}

same_state() {
    aside ny status --state
    mine=$out
    aside hague status --state
    if [ "$mine" != "$out" ]; then
        printf '\ndemo: the states differ: %s and %s\n' "$mine" "$out" >&2
        exit 1
    fi
    tell "The same state on both laptops: $mine. It can be read out by phone."
}

# ---- the story ----

cat <<END
Two posts share what they hear about the travel of persons under warrants of arrest. They have
laptops and one stick that goes round in the bag. All persons here are invented; both laptops
and the stick are folders below $T.
END
[ "$pause" != 1 ] || echo "After each step, press Enter."

chapter "Ireland in New York creates the valise"
at 2027-03-05T14:00:00Z
ny init "Focal points" --delegation Ireland --post "New York"
ny person add "Idris al-Haddad" --name "ar=إدريس الحداد" --position "Minister of Defence and Security"
ny warrant add haddad --case ICC-99/99-01/27 --issued 2026-11-20 --public
ny remote add stick "$stick" --create
ny sync

chapter "Croatia in The Hague joins"
at 2027-03-06T09:00:00Z
hague join "$stick" --delegation Croatia --post "The Hague"
aside hague key safety-number --plain
number=$out
at 2027-03-06T15:00:00Z
ny sync
tell "Ireland phones Croatia, and types the number that Croatia reads out. A wrong one admits nobody:"
wrong=$(printf '%s' "$number" | tr '0-9' '1-90')
step ny 7 admit Croatia --share-history --safety-number "$wrong"
heard "Nobody was admitted"
ny admit Croatia --share-history --safety-number "$number"
ny sync
at 2027-03-07T09:00:00Z
hague sync
heard "You are admitted"

chapter "Both work without a line"
at 2027-03-07T22:20:00Z
ny info add --from civil-society --source GREENLAKE --received 2027-03-07T22:00Z --by telephone \
    --about haddad --trip-to "Addis Ababa, ET" --dates 2027-04-12/2027-04-15 --claim potential \
    --text "Delegation list of the regional summit names him."
first_info=$(ref INF) || exit 1
first_trip=$(ref TRP) || exit 1
at 2027-03-08T08:05:00Z
ny person edit haddad --position "Minister of Defence"
at 2027-03-08T08:10:00Z
hague info add --from state-party --source "Note verbale 114/2027" --received 2027-03-08T08:00Z \
    --by note-verbale --about haddad --trip-to "Addis-Abeba, ET" --dates 2027-04-12/2027-04-14 \
    --claim confirmed
second_trip=$(ref TRP) || exit 1
at 2027-03-08T08:22:00Z
hague person edit haddad --position "Former Minister of Defence"
tell "A date with two readings is not guessed:"
step hague 2 info add --from media --about haddad --received 2027-03-08T08:20Z --claim announced \
    --trip-to "Nairobi, KE" --dates 03/04/2027
heard "3 April"

chapter "The stick goes round"
at 2027-03-08T08:30:00Z
ny sync
at 2027-03-08T08:50:00Z
hague sync
at 2027-03-08T09:02:00Z
ny sync
same_state

chapter "Review, reconcile, share"
at 2027-03-08T09:05:00Z
tell "Both changed the position without knowing of each other. On a terminal, “valise review” asks;" \
    "here the answer is given as an option."
ny review
heard "Former Minister of Defence"
aside ny review --list --plain
conflict=$(ref CNF) || exit 1
ny review "$conflict"
ny review "$conflict" --keep --reason "confirmed by the embassy"
ny dedupe
ny dedupe --same "$first_trip" "$second_trip"
at 2027-03-08T09:10:00Z
ny share "$first_info" --to court --channel secure-mail --yes
at 2027-03-08T09:12:00Z
ny status
ny timeline
heard "2 independent sources"
at 2027-03-08T09:20:00Z
ny sync
at 2027-03-08T09:40:00Z
hague sync
hague timeline --lang fr
heard "Aujourd’hui"
tell "Nothing vanished: every value is there with its author."
hague person history haddad
ny check

chapter "Two failures"
at 2027-03-09T10:00:00Z
ny trip edit "$first_trip" --occasion "Regional summit"
tell "The stick is still in The Hague."
mv "$T/usb" "$T/usb.away"
step ny 5 sync
tell "Somebody plugs in the stick of a training course instead."
mkdir "$T/usb"
aside training init Training --delegation Ireland --post Dublin
aside training remote add stick "$stick" --create
aside training sync
step ny 7 sync
heard "a different valise"
rm -rf "$T/usb"
mv "$T/usb.away" "$T/usb"
tell "And with the right one:"
ny sync

chapter "What a finder of the stick reads"
printf '\n$ %s%s%s\n' "$bold" "grep -raE 'Haddad|Addis|Ireland|Croatia|Hague|GREENLAKE' usb/valise.git ny hague" "$plain"
if LC_ALL=C grep -raE 'Haddad|Addis|Ireland|Croatia|Hague|GREENLAKE' "$stick" "$T/ny" "$T/hague"; then
    echo "demo: that must not be there" >&2
    exit 1
fi
echo "(nothing)"
printf '\nThat was the main job. More: valise help, README.md\n'
