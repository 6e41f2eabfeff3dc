#!/bin/sh
# A stick that is pulled at any moment of a sync, block by block, with the file systems that sticks have. Another laptop
# gets what lies on it: old or new, and what was acknowledged is there. All persons are invented.
# shellcheck disable=SC1091,SC2034,SC2154
CHEAP_KEYS=1
. "$(dirname "$0")/support/tap.sh"
export VALISE
two_posts
person=$(ny -q person add "Idris al-Haddad")
round
cp -R "$T/stick.git" "$T/hub.kept"
# The same with so many small packs that one more has them joined.
cp -R "$T/stick.git" "$T/hub.many"
git_() { git -c safe.directory='*' --git-dir "$T/hub.many" "$@"; }
git_ rev-list --objects --all | head -n 18 | while read -r id _; do
    echo "$id" | git_ pack-objects -q "$T/hub.many/objects/pack/pack" >/dev/null
done
rm -rf "$T/stick.git"
ln -s "$T/inside/mnt/hub.git" "$T/stick.git"
ny -q person edit "$person" --position Qzkwjv7701 >/dev/null
in_a_kernel pulled.py
