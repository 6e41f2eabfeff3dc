#!/bin/sh
# Sticks as they are sold, vfat and exFAT, and an ext4 of somebody else's: whole stories on them, and what is said of one
# that is locked, full, away, damaged or an old copy. All persons are invented.
# shellcheck disable=SC1091,SC2034,SC2154
CHEAP_KEYS=1
. "$(dirname "$0")/support/tap.sh"
export VALISE
two_posts
round
ny -q remote remove stick >/dev/null
hague -q remote remove stick >/dev/null
in_a_kernel stick.py
