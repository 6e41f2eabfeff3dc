#!/bin/sh
# A short history in the place of a remote's long one: two posts and a newcomer, one stick. All persons here are invented.
. "$(dirname "$0")/tap.inc"

echo "correct horse battery staple" >"$T/pw"
export VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T09:10:00Z
on() { who=$1; wanted=$2; shift 2; run "$wanted" --home "$T/$who" --no-input "$@"; }
state() { "$VALISE" --home "$T/$1" status --state; }
tip() { cat "$T/stick.git/refs/heads/valise"; }
room() { cat "$T"/stick.git/objects/pack/pack-* | wc -c; }
git_on() { git -c safe.directory='*' --git-dir "$T/stick.git" "$@"; }

on ny 0 init "Focal points" --delegation Ireland --post "New York" && on ny 0 person add "Idris al-Haddad" &&
    on ny 0 remote add stick "$T/stick.git" --create && on ny 0 sync &&
    on hague 0 join "$T/stick.git" --delegation Croatia --post "The Hague" && on ny 0 sync &&
    on ny 0 admit Croatia --share-history --safety-number "$("$VALISE" --home "$T/hague" key safety-number --plain)" &&
    on ny 0 sync && on hague 0 sync && on ny 0 sync
result "two posts and a stick"
for i in 1 2 3 4; do
    on ny 0 person edit haddad --position "Position $i" && on ny 0 sync || break
done
on hague 0 sync && on hague 0 person edit haddad --position "Typed while away"
result "a story of a few steps, and something that is not sent"

old=$(tip)
on ny 2 remote compact && on ny 2 remote compact stick more && on ny 2 remote compact stick --create
result "it takes one name"
on ny 3 remote compact nobody && has err "there is no remote “nobody”"
result "an unknown remote"
on ny 2 remote compact stick && has err "give --yes" && [ "$(tip)" = "$old" ]
result "nobody can be asked"
on ny 0 remote compact stick --dry-run && has out "stick  would be replaced: pieces " && [ "$(tip)" = "$old" ] &&
    on ny 0 --json remote compact stick --dry-run && valid out && has out '"replaced": false' && [ "$(tip)" = "$old" ]
result "--dry-run tells the sizes and changes nothing"
on ny 0 --lang fr remote compact stick --dry-run && has out "serait remplacé"
result "in French"
cp -a "$T/stick.git" "$T/before.git"
before=$(room)
on ny 0 --json remote compact stick -y && valid out && has out '"replaced": true' &&
    has out "\"room_after\": $(room)" && has out '"room_waiting": 0' && [ "$(tip)" != "$old" ]
result "replaced"
[ "$(room)" -lt "$before" ] && git_on fsck --strict --full --unreachable >"$T/out" 2>&1 && [ ! -s "$T/out" ]
result "the room of the old history is given back, and nothing is left that nothing leads to"
git_on rev-list valise | wc -l >"$T/out" && [ "$(cat "$T/out")" -lt 6 ]
result "the remote is in order, and short"
on ny 0 remote compact stick -y && has out "stick  is short already; nothing was replaced"
result "once is enough"

on hague 0 sync && has err "another history than last time; nothing that it held is missing" && has out "sent 1" && on ny 0 sync &&
    has out "received 1" && [ "$(state ny)" = "$(state hague)" ]
result "a laptop that was away sends what it had"
on hague 0 --json sync && valid out && has out '"rewritten": false'
result "that is said once"
on kenya 0 join "$T/stick.git" --delegation Kenya --post Nairobi && on ny 0 sync && on ny 0 remote compact stick -y &&
    on ny 0 admit Kenya --share-history --safety-number "$("$VALISE" --home "$T/kenya" key safety-number --plain)" &&
    on ny 0 sync && on hague 0 --plain remote compact stick -y && has out "replaced" && on kenya 0 sync && on ny 0 sync &&
    on kenya 0 sync && [ "$(state ny)" = "$(state kenya)" ]
result "a newcomer asks, is admitted and reads through it"

for i in 1 2 3; do on ny 0 person edit haddad --position "Again $i" && on ny 0 sync || break; done
before=$(room) && on ny 0 remote compact stick -y && has out "stick  gives back room: KiB " && [ "$(room)" -lt "$before" ]
result "that is said"
cp -a "$T"/before.git/objects/pack/* "$T/stick.git/objects/pack/" && git_on update-ref refs/heads/kept "$old" &&
    on ny 0 person edit haddad --position "Kept" && on ny 0 sync && on ny 0 remote compact stick -y &&
    git_on fsck --strict --full >"$T/out" 2>&1 && git_on log kept >"$T/out"
result "a branch that somebody made to keep an old history is respected"
git_on update-ref -d refs/heads/kept && before=$(room) && on ny 0 remote compact stick --dry-run &&
    has out "stick  would give back room: KiB " && [ "$(room)" = "$before" ] && on ny 0 remote compact stick </dev/null &&
    has out "stick  is short already; nothing was replaced" && has out "gives back room" && [ "$(room)" -lt "$before" ]
result "without it, another time gives the room back"
mkdir "$T/stick.git/logs" && on ny 0 person edit haddad --position "Odd" && on ny 0 sync &&
    on ny 0 remote compact stick -y && has err "holds more than valise put there" && rmdir "$T/stick.git/logs" &&
    on hague 0 sync && on ny 0 sync && [ "$(state ny)" = "$(state hague)" ]
result "where there is more than valise put there nothing goes, and that is said"

cp -a "$T/stick.git" "$T/unasked.git" && on chile 0 join "$T/stick.git" --delegation Chile --post Santiago &&
    rm -rf "$T/stick.git" && mv "$T/unasked.git" "$T/stick.git" && on chile 13 --json sync && valid out &&
    has out '"letters_again": 1' && has err "1 letter of admission had vanished there, and is left again" &&
    on chile 13 sync && has_not err vanished && on ny 0 sync && has out "valise admit Chile"
result "a request that vanished with an older copy is left again, and that is said"

mv "$T/stick.git" "$T/now.git" && cp -a "$T/before.git" "$T/stick.git"
on ny 7 sync && has err "no longer holds what it held last time" && on hague 7 remote compact stick -y &&
    has err "valise sync stick" && [ "$(tip)" = "$old" ]
result "the old history put back is a trust failure for those who know more, and is not replaced"
rm -rf "$T/stick.git" && mv "$T/now.git" "$T/stick.git"
on ny 0 sync && on hague 0 sync && [ "$(state ny)" = "$(state hague)" ]
result "and the place can be put right"
plan
