#!/bin/sh
# Failures that must read well: exact exit status, a sentence that says what to do, and nothing changed.
# All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
two_posts
p=$(ny -q person add "Idris al-Haddad")
ny -q person add "Idris Vance" >/dev/null
ny -q trip add "$p" --to "Cairo, EG" --dates 2027-05-02/2027-05-05 --status potential >/dev/null
ny -q trip add "$p" --to "Cairo, EG" --dates 2027-05-02/2027-05-04 --status confirmed >/dev/null
round
ny -q person add "Waits to be sent" >/dev/null

state_ny=$(ny status --state) state_hague=$(hague status --state)
unchanged() {
    same "$1: New York's records are unchanged" "$state_ny" "$(ny status --state)"
    same "$1: The Hague's records are unchanged" "$state_hague" "$(hague status --state)"
}
# refused NAME STATUS PATTERN COMMAND...: the status, the sentence, and the states as before
refused() {
    name=$1 status=$2 pattern=$3
    shift 3
    exits "$name" "$status" "$@"
    has "$name: says so" "$(cat "$T/out" "$T/err")" "$pattern"
    hasnt "$name: not a word of git or of the database" "$(sed "s|$T/[^ ]*||g" "$T/out" "$T/err")" \
        '\b(git|commit|branch|refs?/|HEAD|rebase|sqlite|SQLITE|errno)\b'
    unchanged "$name"
}

# ---- what was typed ----
wrong=$(printf '%s' "$p" | sed 's/.$//')
last=$(printf '%s' "$p" | sed 's/.*\(.\)$/\1/')
[ "$last" = 7 ] && wrong=${wrong}8 || wrong=${wrong}7
refused "a mistyped id" 3 "$wrong|check character|mistyped" ny person show "$wrong"
refused "an unknown name" 3 'no person fits' ny person show "nobody of that name"
refused "an ambiguous name" 3 'fits 2 ' ny person show "Idris"
has "an ambiguous name: both are listed" "$(cat "$T/err")" 'Idris Vance'
refused "an ambiguous date" 2 '03/04/2027.* can be read as 3 April or (as )?4 March' \
    ny trip add "$p" --to "Cairo, EG" --dates 03/04/2027 --status potential
refused "an unknown option" 2 'dedupe|option' ny dedupe --sane A B
refused "an unknown command" 2 'review|command' ny reviev
refused "a missing required field" 2 'status' ny trip add "$p" --to "Cairo, EG"
refused "a term that does not exist" 2 'status' ny trip add "$p" --status perhaps
refused "a country that does not exist" 2 'Atlantis' ny trip add "$p" --to "Atlantis City, Atlantis" --status potential
refused "nobody to ask" 2 '[-]-yes' ny person withdraw "$p" --reason "x"
has "with --json a failure is JSON too" "$(ny person show "$wrong" --json 2>&1 >/dev/null)" '"exit": 3'

# ---- the stick ----
mv "$T/stick.git" "$T/pocket"
refused "the stick is absent" 5 'not there: .*stick\.git' ny sync
has "the stick is absent: JSON has the state all the same" "$(ny sync --json 2>/dev/null)" "\"$state_ny\""
has "the stick is absent: JSON counts what was not sent" "$(ny sync --json 2>/dev/null)" '"unsent": 1,'
ny sync >"$T/out" 2>"$T/err" || :
has "the stick is absent: what waits is counted" "$(cat "$T/out" "$T/err")" 'Nothing was sent; 1 change wait'
refused "nothing is created by itself" 5 'not there' hague sync
if [ -e "$T/stick.git" ]; then not_ok "no remote appears out of nothing"; else ok "no remote appears out of nothing"; fi

exits "a new place below a folder that is not there" 5 ny remote add new "$T/none/valise.git" --create
has "a new place below a folder that is not there: what to do" "$(cat "$T/err")" 'Plug the stick in, or make the folder'

mkdir "$T/bare"
ny -q remote add bare "$T/bare" >/dev/null
exits "a folder that was never used" 5 ny sync bare
has "a folder that was never used: what to do" "$(cat "$T/out" "$T/err")" 'holds no valise.*valise remote remove bare .*--create'
hasnt "a folder that was never used: no stick is missing" "$(cat "$T/out" "$T/err")" 'Plug the stick'
ny -q remote remove bare >/dev/null

mkdir "$T/stick.git"
refused "an empty folder is no remote" 7 'stick' ny sync
rmdir "$T/stick.git"
echo "a file" >"$T/stick.git"
exits "a file is no remote" 7 ny sync
unchanged "a file is no remote"
rm "$T/stick.git"

if command -v git >/dev/null 2>&1; then
    git init -q --bare "$T/stick.git"
    refused "a repository with nothing of ours" 7 'stick' ny sync
    rm -rf "$T/stick.git"
    git init -q "$T/other" && (cd "$T/other" && echo x >x && git add x &&
        git -c user.name=n -c user.email=e commit -q -m m) && git clone -q --bare "$T/other" "$T/stick.git"
    refused "somebody's repository" 7 'stick' ny sync
    if git -C "$T/stick.git" for-each-ref | grep -q valise; then
        not_ok "nothing was written there"
    else
        ok "nothing was written there"
    fi
    rm -rf "$T/stick.git" "$T/other"
else
    skip "foreign repositories" "git is not installed"
fi

laptop other
other -q init "Training" --delegation Uruguay --post Montevideo
other -q remote add stick "$T/stick.git" --create >/dev/null
other -q sync >/dev/null
refused "another valise on the stick" 7 'a different valise' ny sync
has "another valise on the stick: what to do" "$(cat "$T/err")" 'valise remote remove stick +and then +valise remote add stick PLACE'
refused "check with another valise on the stick" 7 'HOLDS A DIFFERENT VALISE' ny check
hasnt "check with another valise on the stick: no praise" "$(cat "$T/out")" 'ciphertext only'
refused "another valise on the stick, for the other post" 7 'a different valise' hague sync
exits "another valise cannot be joined from a home that has one" 1 hague join "$T/stick.git" --delegation X --post Y
rm -rf "$T/stick.git"
mv "$T/pocket" "$T/stick.git"

# Among several places the one that is not what it should be names the whole, wherever it stands in the order.
mkdir "$T/husk.git"
ny -q remote add pouch "$T/pouch.git" --create >/dev/null
ny -q remote add away "$T/away.git" --create >/dev/null
ny -q sync >/dev/null
mv "$T/away.git" "$T/away.gone"
exits "a place that is away, beside others" 5 ny -q sync
has "a place that is away: which, to those who hear nothing else" "$(cat "$T/err")" '^away +not there'
has "a place that is away: and how many" "$(cat "$T/err")" '^valise: 1 of 3 remotes was not synced$'
mv "$T/pouch.git" "$T/pouch.good"
mv "$T/husk.git" "$T/pouch.git"
exits "a damaged place beside a good one and one that is away" 7 ny sync
has "a damaged place among others: which" "$(cat "$T/err")" '^valise: pouch'
has "a damaged place among others: the good one is told of" "$(cat "$T/out")" '^stick +sent 0, received 0'
has "a damaged place among others: what is to be done too" "$(cat "$T/out")" '^State '
exits "a damaged place among others, quietly" 7 ny -q sync
has "a damaged place among others, quietly: which" "$(cat "$T/err")" '^valise: pouch'
has "a damaged place among others, quietly: the one that is away too" "$(cat "$T/err")" '^away +not there'
same "a damaged place among others, quietly: a line for each, and what to do" 3 "$(wc -l <"$T/err")"
ny -q remote remove pouch >/dev/null
ny -q remote remove away >/dev/null
ny -q person add "Waits to be sent again" >/dev/null
state_ny=$(ny status --state)

# A stick that may be read but not written.
read_only() {
    refused "a read-only stick" 5 'read-only|not written|cannot be written' ny sync
    has "a read-only stick: what waits" "$(cat "$T/err")" 'Nothing was sent; 1 change waits\.'
    same "a read-only stick: said once" 1 "$(cat "$T/out" "$T/err" | grep -c '^\(valise: \)\?stick')"
    exits "a read-only stick still brings news" 0 hague sync --dry-run
    has "a dry run says would" "$(cat "$T/out")" 'stick  would send [0-9]+, would receive [0-9]+'
    has "and in JSON" "$(hague sync --dry-run --json)" '"dry_run": true'
}
if [ "$(id -u)" -ne 0 ]; then
    chmod -R a-w "$T/stick.git"
    read_only
    chmod -R u+w "$T/stick.git"
elif mkdir "$T/mnt" && mount -t tmpfs -o size=8m tmpfs "$T/mnt" 2>/dev/null; then
    at_end='umount "$T/mnt" 2>/dev/null'
    cp -a "$T/stick.git" "$T/mnt/stick.git"
    mv "$T/stick.git" "$T/pocket"
    ln -s "$T/mnt/stick.git" "$T/stick.git"
    mount -o remount,ro "$T/mnt"
    read_only
    mount -o remount,rw "$T/mnt"
    # A full one: not a block left for what waits.
    dd if=/dev/zero of="$T/mnt/filler" bs=4096 >/dev/null 2>&1
    refused "a full stick" 5 'full|no space' ny sync
    rm "$T/mnt/filler"
    works "with room again it is sent" ny sync
    rm "$T/stick.git"
    rm -rf "$T/pocket"
    mv "$T/mnt/stick.git" "$T/stick.git"
    umount "$T/mnt"
    at_end=:
else
    skip "a read-only stick" "cannot mount here"
    skip "a full stick" "cannot mount here"
fi
round
state_ny=$(ny status --state) state_hague=$(hague status --state)
same "after all that both have everything" "$state_ny" "$state_hague"

# ---- the number read by phone ----
laptop cap
cap -q join "$T/stick.git" --delegation Uruguay --post Montevideo >/dev/null
ny -q sync >/dev/null
before=$(ny delegation list --plain)
number=$(cap key safety-number --plain)
refused "a wrong safety number" 7 'differs' ny admit Uruguay --share-history \
    --safety-number "$(printf '%s' "$number" | tr '0123456789' '1234567890')"
refused "half a safety number" 2 '30 digits' ny admit Uruguay --safety-number 12345
refused "a number with one digit wrong" 7 'differs' ny admit Uruguay \
    --safety-number "$(printf '%s' "$number" | sed 's/^./0/;s/^00/10/' | sed "s/^$(printf '%s' "$number" | cut -c1)/9/")"
refused "a delegation that did not ask" 3 'Nowhere' ny admit Nowhere --safety-number "$number"
refused "a member asks no more" 1 'Croatia is a member already' ny admit croatia --safety-number "$number"
refused "letter case does not matter to who asks" 7 'differs' ny admit uruguay \
    --safety-number 000000000000000000000000000000
same "nobody was admitted" "$before" "$(ny delegation list --plain)"
exits "who waits to be admitted cannot write" 13 cap person add "Nobody"
ny -q sync >/dev/null
exits "and syncing says that the request waits" 13 cap sync
exits "nor admit anybody" 13 cap admit Uruguay --safety-number "$number"

# ---- keys ----
nobody() { VALISE_HOME=$T/ny valise --no-input "$@"; }
printf 'not the passphrase at all\n' >"$T/wrong"
mistaken() { VALISE_HOME=$T/ny VALISE_PASSPHRASE_FILE=$T/wrong valise --no-input "$@"; }
ny lock >/dev/null 2>&1
exits "locked and no passphrase to be had" 12 nobody status
has "locked: says how" "$(cat "$T/err")" 'valise unlock|passphrase'
ny lock >/dev/null 2>&1
exits "a wrong passphrase" 12 mistaken status
has "a wrong passphrase: says to try again" "$(cat "$T/err")" 'Try again, or check the keyboard layout'
ny lock >/dev/null 2>&1
exits "an unreadable passphrase file" 12 env VALISE_HOME="$T/ny" VALISE_PASSPHRASE_FILE="$T/absent" valise --no-input status
exits "no valise here" 10 env VALISE_HOME="$T/empty" valise --no-input status
has "no valise: says what to type" "$(cat "$T/err")" 'valise init'
exits "init where there is one" 1 ny init "Another" --delegation X --post Y
exits "help needs neither" 0 env VALISE_HOME="$T/empty" valise help
unchanged "keys"

# ---- two at once ----
VALISE_HOME=$T/ny VALISE_PASSPHRASE_FILE=$T/pw TERM=dumb python3 "$HERE/support/typed.py" '@20|q' valise --no-pager \
    dedupe >"$T/first" 2>&1 &
first=$!
sleep 2
exits "a second process" 11 ny person add "Too early"
has "a second process: says so" "$(cat "$T/err")" 'another command is using the store'
has "a second process: what to do" "$(cat "$T/err")" 'open in another window'
kill "$first" 2>/dev/null
wait "$first" 2>/dev/null
sleep 1
unchanged "two at once"

# ---- flipped bits at home: check reads every page ----
flip() { python3 "$HERE/support/flip.py" "$@"; }
ny -q unlock --for 1h >/dev/null 2>&1
cp -a "$T/ny" "$T/ny.good"
store=$(cd "$T/ny.good" && find . -type f -size +100k)
keys=$(cd "$T/ny.good" && find . -name keys -type f)
noticed=0 bad=
for part in $(seq 0 31); do
    rm -rf "$T/ny"
    cp -a "$T/ny.good" "$T/ny"
    flip "$T/ny/$store" "$part" 32
    got=0
    ny check >"$T/out" 2>"$T/err" || got=$?
    case $got in
    7 | 12) noticed=$((noticed + 1)) ;;
    0) [ "$(ny status --state)" = "$state_ny" ] || bad="$bad part $part: another state;" ;; # a free block
    *) bad="$bad part $part: exit $got: $(cat "$T/err");" ;;
    esac
done
same "every flipped bit in the store is noticed or lies in a free block" "" "$bad"
if [ "$noticed" -ge 3 ]; then ok "flipped bits in the store are noticed"; else not_ok "flipped bits in the store are noticed" "$noticed of 32"; fi

# The key file holds everything twice: one damaged copy does no harm, two open nothing.
ny lock >/dev/null 2>&1
bad=
for part in 0 1 2 3; do
    rm -rf "$T/ny"
    cp -a "$T/ny.good" "$T/ny"
    flip "$T/ny/$keys" "$part" 8
    [ "$(ny status --state 2>"$T/err")" = "$state_ny" ] || bad="$bad part $part alone: $(cat "$T/err");"
    ny lock >/dev/null 2>&1
done
same "one damaged copy of the keys does no harm" "" "$bad"
rm -rf "$T/ny"
cp -a "$T/ny.good" "$T/ny"
for part in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do flip "$T/ny/$keys" "$part" 16; done
got=0
ny status >"$T/out" 2>"$T/err" || got=$?
case $got in
7 | 12) ok "two damaged copies open nothing" ;;
*) not_ok "two damaged copies open nothing" "exit $got: $(cat "$T/out" "$T/err")" ;;
esac
rm -rf "$T/ny"
mv "$T/ny.good" "$T/ny"
unchanged "flipped bits at home"

# ---- flipped bits on the stick ----
ny -q person add "Sent over a damaged stick" >/dev/null
ny -q sync >/dev/null
state_ny=$(ny status --state)
cp -a "$T/stick.git" "$T/stick.good"
cp -a "$T/hague" "$T/hague.good"
damaged=0 bad=
for file in $(cd "$T/stick.good" && find . -type f -size +0c); do
    for part in 0 1; do
        rm -rf "$T/stick.git" "$T/hague"
        cp -a "$T/stick.good" "$T/stick.git"
        cp -a "$T/hague.good" "$T/hague"
        chmod -R u+w "$T/stick.git"
        python3 "$HERE/support/flip.py" "$T/stick.git/$file" "$part" 2 || continue
        damaged=$((damaged + 1))
        got=0
        hague sync >"$T/out" 2>"$T/err" || got=$?
        now=$(hague status --state)
        case $got in
        0 | 5 | 7) ;;
        *) bad="$bad
$file part $part: exit $got: $(cat "$T/err")" ;;
        esac
        [ "$now" = "$state_hague" ] || [ "$now" = "$state_ny" ] || bad="$bad
$file part $part: state $now"
    done
done
rm -rf "$T/stick.git" "$T/hague"
mv "$T/stick.good" "$T/stick.git"
mv "$T/hague.good" "$T/hague"
same "$damaged damaged sticks bring the old state or the new one, and a known exit status" "" "$bad"
round
same "with the good stick both have everything" "$(ny status --state)" "$(hague status --state)"
works "everything verifies in New York" ny check
works "everything verifies in The Hague" hague check
done_testing
