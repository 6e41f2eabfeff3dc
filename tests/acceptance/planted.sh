#!/bin/sh
# Nothing plain leaves (I1): a distinctive word in every field of every kind, in titles, names of
# delegations, reasons, searches and decisions; then no file, file name, git object, pipe to the courier,
# argument or environment holds one, in any of the usual disguises.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
passphrase
also_show=$T/said/err
plant() { python3 "$HERE/support/plant.py" "$@"; }
DOMAIN=$HERE/../../schemas/domain

# Every place where a program might leave something lies below $T/world; what it says goes to $T/said.
mkdir -p "$T/world/home" "$T/world/tmp" "$T/world/run" "$T/world/media" "$T/heard" "$T/said" "$T/trace"
chmod 700 "$T/world/run"
HOME=$T/world/home TMPDIR=$T/world/tmp XDG_RUNTIME_DIR=$T/world/run
export HOME TMPDIR XDG_RUNTIME_DIR
cd "$T/world/home" || exit 1
stick=$T/world/media/stick.git
sed -e "s|@COURIER@|$(dirname "$VALISE")/valise-courier|" -e "s|@LOG@|$T/heard|" "$HERE/support/listen.py" \
    >"$T/listen"
chmod 755 "$T/listen"
VALISE_COURIER=$T/listen
export VALISE_COURIER

run=0
traced=no
if command -v strace >/dev/null 2>&1 && strace -o /dev/null true 2>/dev/null; then
    traced=yes
    ASAN_OPTIONS=${ASAN_OPTIONS:-}${ASAN_OPTIONS:+:}detect_leaks=0 # a leak checker is a tracer too
    export ASAN_OPTIONS
fi
post() { # HOME COMMAND...
    home=$1
    shift
    run=$((run + 1))
    if [ "$traced" = yes ]; then
        VALISE_HOME=$T/world/$home VALISE_PASSPHRASE_FILE=$T/pw strace -f -y -v -s 1000000 \
            -e trace=%file,write,writev,pwrite64,pwritev,sendto,sendmsg,memfd_create -o "$T/trace/$run" \
            "$VALISE" --no-input "$@" 2>"$T/said/err"
    else
        VALISE_HOME=$T/world/$home VALISE_PASSPHRASE_FILE=$T/pw "$VALISE" --no-input "$@" 2>"$T/said/err"
    fi
}
ny() { post ny "$@"; }
hague() { post hague "$@"; }

# ---- the search finds what is there ----
i=0
controls=ok
while mkdir -p "$T/control/$i" && plant control "$T/control/$i/$i" >/dev/null 2>&1; do
    plant scan control "$T/control/$i" >/dev/null && controls="$i was not found"
    i=$((i + 1))
done
same "the search finds a word in each of $i disguises" ok "$controls"
[ "$i" -ge 20 ] || not_ok "enough disguises are known"
mkdir "$T/clean"
head -c 3000000 /dev/urandom >"$T/clean/noise"
works "and nothing in noise" plant scan noise "$T/clean"
printf '1 write(7</x/y>, "Qzkwjv0001", 10) = 10\n' >"$T/control/trace"
exits "and a word in a traced write" 1 plant trace "$T/control/trace"

# ---- the whole story, with a word in everything ----
works "init" ny -q init "Title Qzkwjv9001" --delegation "Qzkwjv9002" --post "Post Qzkwjv9003"
ny -q unlock --for 1h >/dev/null
works "remote" ny -q remote add Qzkwjv9004 "$stick" --create
works "sync" ny -q sync
works "join" hague -q join "$stick" --delegation "Qzkwjv9005" --post "Qzkwjv9006"
works "sync again" ny -q sync
works "admit" ny -q admit "Qzkwjv9005" --share-history --safety-number "$(hague key safety-number --plain)"
ny -q sync >>"$T/said/out"
hague -q sync >>"$T/said/out"

next=1 refs=
# made KIND: one record of the kind with a word in every field; its id joins the references
made() {
    # shellcheck disable=SC2086
    plant args "$DOMAIN" "$1" "$next" $refs >"$T/args"
    next=$(head -n 1 "$T/args")
    set -- "$1" add
    {
        read -r _
        while IFS= read -r arg; do set -- "$@" "$arg"; done
    } <"$T/args"
    made_id=$(ny -q "$@" 2>"$T/err" | head -n 1)
    if [ -n "$made_id" ]; then ok "$1 with a word in every field"; else not_ok "$1 with a word in every field" "$(cat "$T/err" "$T/said/err" | tail -n 5)
$*"; fi
    case " $refs " in *" $1="*) ;; *) refs="$refs $1=$made_id" ;; esac
    case $refs in *any=*) ;; *) refs="$refs any=$made_id" ;; esac
}
for kind in person name source warrant trip leg info outcome action meeting; do
    made "$kind"
    eval "the_$kind=\$made_id"
done
first='document session situation period' # what others refer to
for kind in $first; do made "$kind"; done
others=
for f in "$DOMAIN"/*.kind; do
    kind=$(basename "$f" .kind)
    case " $first " in *" $kind "*) continue ;; esac
    case $kind in header | lists | person | name | source | warrant | trip | leg | info | outcome | action | meeting) continue ;; esac
    others="$others $kind"
done
trip2=$(ny -q trip add "$the_person" --to "Qzkwjv9010, ET" --dates 2027-04-12 --status potential)
for kind in $others; do
    case $kind in trip-link) pair="trip-link add --a $the_trip --b $trip2" ;; identity-link) pair="" ;; *) pair=- ;; esac
    if [ "$pair" = - ]; then
        made "$kind"
    elif [ -n "$pair" ]; then
        # shellcheck disable=SC2086
        works "$kind with a reason" ny -q $pair --verdict unsure --reason "text=Qzkwjv9011"
    fi
done
works "edits with reason and citation" ny -q person edit "$the_person" --position "Qzkwjv9020" --reason "Qzkwjv9021" \
    --cite "press:Qzkwjv9022" --tag "Qzkwjv9023" --comment "text=Qzkwjv9024" --national-marking "Qzkwjv9025"
ny -q sync >>"$T/said/out"
hague -q sync >>"$T/said/out"
ny -q person edit "$the_person" --position "Qzkwjv9030" >>"$T/said/out"
hague -q person edit "$the_person" --position "Qzkwjv9031" >>"$T/said/out"
trip3=$(hague -q trip add "$the_person" --to "Qzkwjv9032, ET" --dates 2027-04-12 --status confirmed)
ny -q sync >>"$T/said/out"
hague -q sync >>"$T/said/out"
ny -q sync >>"$T/said/out"
c=$(ny review --list --plain | awk -F '\t' '$3 == "position" { print $1 }')
works "a decision" ny -q review "$c" --value "Qzkwjv9040" --reason "Qzkwjv9041"
works "a judgement" ny -q dedupe --same "$trip2" "$trip3" --reason "Qzkwjv9042"
exits "sharing what its source does not consent to any more" 2 \
    ny -q share "$the_info" --to court --channel secure-mail --yes
consent=$(sed -n 's/.*--consent "\([^"]*\)".*/\1/p' "$T/said/err")
works "recording the consent that is asked for" ny -q source edit "$the_source" --consent "$consent"
works "sharing with the Court" ny -q share "$the_info" --to court --channel secure-mail --yes
works "leaving a group out" ny -q share "$the_trip" --to group:AFR --leave-out "Qzkwjv9050"
works "a search" ny search "Qzkwjv0001"
works "a search that finds nothing" ny search "Qzkwjv9999"
ny person show "$the_person" >>"$T/said/out"
ny person history "$the_person" --json >>"$T/said/out"
ny timeline >>"$T/said/out"
ny status --json >>"$T/said/out"
works "withdrawing with a reason" ny -q meeting withdraw "$the_meeting" --reason "Qzkwjv9060" --yes
exits "a failure that repeats what was typed" 3 ny person show "Qzkwjv9998"
ny -q key recovery >>"$T/said/out"
printf 'person add "Qzkwjv9070"\nsearch "Qzkwjv9071"\nperson show "Qzkwjv9072"\nperson show "Qzkwjv9070" --json\n' >"$T/lines"
shell_of_lines() { ny shell --keep-going <"$T/lines"; }
exits "a shell with a script" 3 shell_of_lines
works "another key" ny -q key rekey --keep-passphrase
ny -q sync >>"$T/said/out"
hague -q sync >>"$T/said/out"
works "everything verifies" hague check
same "and arrived" "$(ny status --state)" "$(hague status --state)"
has "the words are there for who may read them" "$(hague person show "$the_person" --plain)" 'Qzkwjv9040'

# ---- and nowhere else ----
works "no file or file name in homes, remote and temporary folders holds one" plant scan "files" "$T/world"
works "nothing of it went over the pipe to the courier, in its arguments or its environment" \
    plant scan "pipe" "$T/heard"
same "a courier has no environment at all" 0 "$(cat "$T"/heard/environ.* | wc -c | tr -d ' ')"
if command -v git >/dev/null 2>&1; then
    mkdir "$T/objects"
    git -c safe.directory='*' -C "$stick" cat-file --batch-all-objects --batch >"$T/objects/unpacked" 2>/dev/null
    git -c safe.directory='*' -C "$stick" log --all --format=raw >"$T/objects/log" 2>/dev/null
    git -c safe.directory='*' -C "$stick" for-each-ref >"$T/objects/refs" 2>/dev/null
    [ -s "$T/objects/unpacked" ] && works "no git object, commit or ref holds one" plant scan "git objects" "$T/objects"
else
    skip "no git object holds one" "git is not installed"
fi
if [ "$traced" = yes ]; then
    works "no system call but the program's own start and output met one" plant trace "$T"/trace/*
else
    skip "no system call met one" "strace cannot trace here"
fi
done_testing
