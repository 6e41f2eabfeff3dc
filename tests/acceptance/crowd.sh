#!/bin/sh
# Ten laptops, one remote, all at the same moment; and two processes on one laptop. Everybody gets through,
# nothing is lost, all end up with the same records. All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
passphrase
export VALISE
python3 "$HERE/support/crowd.py" "$T"
exit
