#!/bin/sh
# Laptops that were put back from a copy, and homes that were copied: two posts, one stick. All persons here are invented.
. "$(dirname "$0")/tap.inc"

echo "correct horse battery staple" >"$T/pw"
export VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
ny() { wanted=$1; shift; run "$wanted" --home "$T/ny" --no-input "$@"; }
hague() { wanted=$1; shift; run "$wanted" --home "$T/hague" --no-input "$@"; }
other() { wanted=$1; shift; run "$wanted" --home "$T/other" --no-input "$@"; } # a second machine with New York's home
same() { [ "$("$VALISE" --home "$T/ny" status --state)" = "$("$VALISE" --home "$T/$1" status --state)" ]; }
history_has() { # LAPTOP TEXT
    "$VALISE" --home "$T/$1" person history haddad >"$T/out" 2>&1 && has out "$2"
}
# back AGE WHAT: New York's home as it was at that age: all of it, its data beside the state file of now, its data alone
back() {
    case $2 in
    home) rm -rf "$T/ny" && cp -a "$T/ny.$1" "$T/ny" ;;
    data) rm -rf "$T/ny/data" && cp -a "$T/ny.$1/data" "$T/ny/data" ;;
    alone) rm -rf "$T/ny/data" "$T/ny/state" && cp -a "$T/ny.$1/data" "$T/ny/data" ;;
    esac
}

ny 0 init "Focal points" --delegation Ireland --post "New York" && ny 0 person add "Idris al-Haddad" &&
    ny 0 remote add stick "$T/stick.git" --create && ny 0 sync &&
    hague 0 join "$T/stick.git" --delegation Croatia --post "The Hague" && ny 0 sync &&
    ny 0 admit Croatia --share-history --safety-number "$("$VALISE" --home "$T/hague" key safety-number --plain)" &&
    ny 0 sync && hague 0 sync && ny 0 sync
result "two posts and a stick"
ages=3
for age in 0 1 2; do
    cp -a "$T/ny" "$T/ny.$age"
    ny 0 person edit haddad --position "Position $age" && ny 0 sync && hague 0 sync || break
done
cp -a "$T/ny" "$T/ny.now"
cp -a "$T/hague" "$T/hague.now"
cp -a "$T/stick.git" "$T/stick.now"
same hague
result "a story of three steps, a copy before each"

# ---- put back ----

met=0 told=0 bad=0
for age in 0 1 2; do
    for what in home data alone; do
        rm -rf "$T/ny" "$T/hague" "$T/stick.git"
        cp -a "$T/ny.now" "$T/ny" && cp -a "$T/hague.now" "$T/hague" && cp -a "$T/stick.now" "$T/stick.git"
        back $age $what
        ny 0 person edit haddad --position "Typed before the exchange"
        case $what in
        home) empty err ;;
        data) has err "An older copy of this valise was put back here" ;;
        alone) has err "The state file of this valise is gone" ;;
        esac || bad=$((bad + 1))
        ny 0 sync || bad=$((bad + 1))
        [ $what != home ] || has out "This valise was put back from an older copy" || bad=$((bad + 1))
        empty err || bad=$((bad + 1)) # said once
        hague 0 sync && empty err && has out "Ireland, New York goes on as a new copy" && told=$((told + 1))
        ny 0 sync && has_not out "copy" && same hague || bad=$((bad + 1))
        for who in ny hague; do
            history_has $who "Position 2" && history_has $who "Typed before the exchange" || bad=$((bad + 1))
        done
        hague 0 check || bad=$((bad + 1))
        met=$((met + 1))
    done
done
[ "$met" -eq $((3 * ages)) ] && [ "$told" -eq "$met" ] && [ "$bad" -eq 0 ]
result "put back at every age: noticed, told, and nothing lost ($met times)"
hague 0 status && has out "Goes on as a new copy" && has out "Ireland, New York" && hague 0 --plain status &&
    grep -q "^new-copy	Ireland	New York	2027-03-08T09:10:00Z	$" "$T/out"
result "status remembers it for a while"
VALISE_NOW=2027-05-08T09:10:00Z hague 0 status && has_not out "Goes on as a new copy"
result "and no longer"
hague 0 --lang fr status && has out "Continue comme nouvelle copie"
result "in French"
hague 0 --json status && valid out && has out '"new-copy"'
result "the document says it"

# ---- a copied home ----

rm -rf "$T/ny" "$T/hague" "$T/stick.git"
cp -a "$T/ny.now" "$T/ny" && cp -a "$T/ny.now" "$T/other" && cp -a "$T/hague.now" "$T/hague" && cp -a "$T/stick.now" "$T/stick.git"
ny 0 person edit haddad --position "Written in New York" && other 0 person edit haddad --position "Written on the copy" && ny 0 sync
result "both machines write"
other 0 --json sync && valid out && has out '"was_older": true'
result "the second to sync learns of the first, and says so"
ny 0 sync && has out "This valise goes on in another copy too" && empty err
result "and the first of the second"
hague 0 sync && has out "goes on as a new copy" && has_not out "two versions" && same hague && other 0 sync && same other
result "the colleague is told and not alarmed"
ny 0 person edit haddad --position "Again in New York" && other 0 person edit haddad --position "Again on the copy" &&
    ny 0 sync && other 0 sync && ny 0 sync && has_not out "copy" && hague 0 sync && same hague && same other
result "both go on as two"
for who in ny other hague; do
    for words in "Written in New York" "Written on the copy" "Again in New York" "Again on the copy"; do
        history_has $who "$words" || break 2
    done
done
result "everything is in the history of all three"
ny 0 check && other 0 check && hague 0 check
result "and verifies"

# ---- the words ----

words() { # of lock or unlock
    "$VALISE" --home "$T/ny" --json "$@" | sed -n 's/.*"state_words": "\(.*\)".*/\1/p'
}
if "$VALISE" --home "$T/ny" --no-input unlock >"$T/out" 2>"$T/err"; then
    left=$(words lock) && [ "$(echo "$left" | wc -w)" -eq 4 ] && [ "$(words unlock)" = "$left" ] && ny 0 lock && has out "$left"
    result "lock and unlock say the same four words"
    ny 0 unlock && cp -a "$T/ny" "$T/before" && ny 0 person edit haddad --position "One more" && left=$(words lock) &&
        rm -rf "$T/ny" && cp -a "$T/before" "$T/ny" && [ "$(words unlock)" != "$left" ]
    result "and others when a whole home was put back in between"
    ny 0 --json lock && valid out && ny 0 --json unlock && valid out && ny 0 --lang fr lock && has out "mots d’état"
    result "documents and French"
else
    skip "lock and unlock say the same four words" "this system offers no keyring"
fi
plan
