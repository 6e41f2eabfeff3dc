#!/bin/sh
# The thief of a laptop and what is left for him: after kills and crashes at any moment, beside files that he
# planted, from sizes and names, from a core file, from the memory of a running command. All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
two_posts
export VALISE
python3 "$HERE/support/thief.py" "$T"
exit
