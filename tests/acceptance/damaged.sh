#!/bin/sh
# Bytes that somebody changed: of the closed store, of the key file, of the remote, and of what a courier says
# that was taken over. Refused with a sentence, or without effect; never other records, never a crash.
# All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
two_posts
export VALISE
python3 "$HERE/support/damaged.py" "$T"
exit
