#!/bin/sh
# What is made to reach the medium, in order, and why: a sync too few loses what was acknowledged, and each one costs a
# stick tenths of a second. The tables are what strace saw. All persons are invented.
# shellcheck disable=SC1091,SC2034,SC2154
CHEAP_KEYS=1
. "$(dirname "$0")/support/tap.sh"
if ! strace -qq -o /dev/null -e trace=fsync true 2>/dev/null; then
    skip "what is made to reach the medium" "strace may not trace here"
    done_testing
    exit
fi

minute=0
# durable NAME LAPTOP COMMAND... <<TABLE: the calls that make bytes durable are those of the table, in that order
durable() {
    name=$1 home=$2
    shift 2
    sed 's/ *#.*//' >"$T/want"
    minute=$((minute + 1)) # when a place was last reached is noted too, in seconds
    VALISE_HOME=$T/$home VALISE_PASSPHRASE_FILE=$T/pw VALISE_NOW=$(printf '2037-05-02T10:%02d:00Z' "$minute") \
        strace -f -y -qq -e trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync -o "$T/calls" \
        "$VALISE" --no-input -q "$@" >"$T/out" 2>"$T/err" </dev/null || {
        not_ok "$name" "$(cat "$T/out" "$T/err")"
        return
    }
    sed -n "s|^[0-9]* *\([a-z_]*\)([0-9]*<$T\([^>]*\)>.*|\1 \2|p; s|^[0-9]* *\(m*sync\)(.*|\1|p" "$T/calls" |
        sed 's/[0-9a-f]\{16,40\}/*/; s| /| |; s/ $/ ./' >"$T/got"
    same "$name" "$(cat "$T/want")" "$(cat "$T/got")"
}

two_posts
round
durable "a new remote" ny remote add second "$T/second.git" --create <<'E'
fsync .                          # the folder has a name
fsync second.git/objects         # those in it have theirs
fsync second.git/refs
fdatasync second.git/.tmp_*      # what is in a file, before it has a name
fdatasync second.git/config      # and what FAT keeps beside the name
fdatasync second.git/.tmp_*
fdatasync second.git/HEAD
fsync second.git                 # the names of both
fdatasync ny/data/store          # the remote is known
E
ny -q remote remove second >/dev/null
durable "a record" ny person add "Idris al-Haddad" <<'E'
fdatasync ny/data/store          # all of it is one commit
E
durable "a change that is sent" ny sync <<'E'
fdatasync ny/data/store                        # when the place was last reached
fdatasync stick.git/objects/pack/tmp_pack_*    # the change, before it has a name
fdatasync stick.git/objects/pack/tmp_idx_*
fdatasync stick.git/refs/heads/valise-*.lock   # the new branch, before it takes the name of the old one
fdatasync stick.git/objects/pack/pack-*.pack   # what FAT keeps beside the names
fdatasync stick.git/objects/pack/pack-*.idx
fsync stick.git/objects/pack                   # the names, before the branch leads to them
fdatasync stick.git/refs/heads/valise          # what FAT keeps beside the name of the branch
fsync stick.git/refs/heads                     # the branch, before it is said to be sent
fdatasync ny/data/store                        # what is there need not be sent again
E
durable "nothing new" ny sync <<'E'
fdatasync ny/data/store                        # when the place was last reached
E
durable "a change that is received, and confirmed" hague sync <<'E'
fdatasync hague/data/store                     # what came
fdatasync hague/data/store                     # the confirmation that is to go out
fdatasync stick.git/objects/pack/tmp_pack_*
fdatasync stick.git/objects/pack/tmp_idx_*
fdatasync stick.git/refs/heads/valise-*.lock
fdatasync stick.git/objects/pack/pack-*.pack
fdatasync stick.git/objects/pack/pack-*.idx
fsync stick.git/objects/pack
fdatasync stick.git/refs/heads/valise
fsync stick.git/refs/heads
fdatasync hague/data/store
E
durable "a confirmation" ny sync <<'E'
fdatasync ny/data/store                        # it needs no answer
E
durable "a file for the bag" ny sync --to-file "$T/one.bag" --all <<'E'
fsync .*.part                                  # what is in it, before it has a name
fdatasync one.bag                              # what FAT keeps beside the name
fsync .                                        # the name
E
seq 1000 | sed 's/.*/person add "Person number &"/' | ny -q shell >/dev/null
ny -q remote add fresh "$T/fresh.git" --create >/dev/null
durable "a first sync of a thousand records" ny sync fresh <<'E'
fdatasync ny/data/store
fdatasync fresh.git/objects/pack/tmp_pack_*    # less than 8 MiB: as often as for one change
fdatasync fresh.git/objects/pack/tmp_idx_*
fdatasync fresh.git/refs/heads/valise-*.lock
fdatasync fresh.git/objects/pack/pack-*.pack
fdatasync fresh.git/objects/pack/pack-*.idx
fsync fresh.git/objects/pack
fdatasync fresh.git/refs/heads/valise
fsync fresh.git/refs/heads
fdatasync ny/data/store
E
round
durable "a short history in the place of a long one" ny remote compact stick --yes <<'E'
fdatasync ny/data/store                        # an exchange comes first
fdatasync ny/data/store                        # all that is there was looked at
fdatasync stick.git/objects/pack/tmp_pack_*    # the short one, put aside
fdatasync stick.git/objects/pack/tmp_idx_*
fdatasync stick.git/objects/pack/pack-*.pack
fdatasync stick.git/objects/pack/pack-*.idx
fsync stick.git/objects/pack
fdatasync stick.git/refs/heads/valise-*.lock   # the branch, as above
fdatasync stick.git/refs/heads/valise
fsync stick.git/refs/heads
fdatasync ny/data/store
syncfs stick.git                               # what leads to the rest, whoever wrote it, before the old goes
fsync stick.git/objects/pack                   # it has gone
E
done_testing
