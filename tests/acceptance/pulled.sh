#!/bin/sh
# A stick that is pulled at any moment of a sync: an image of a file system is copied as it lies there, never unmounted,
# and looked at after its own repair. Old or new, and what was acknowledged is on it. All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
two_posts
export VALISE
mkdir "$T/mnt"
at_end='umount "$T/mnt" 2>/dev/null'
python3 "$HERE/support/pulled.py" "$T"
exit
