#!/bin/sh
# The program is killed, at random moments and at each of its calls that reach disk or pipe: what it had
# acknowledged is there, the rest is there or not, and the next command works. All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
two_posts
export VALISE
python3 "$HERE/support/killed.py" "$T"
exit
