#!/bin/sh
# What is asked at a terminal, and what an interrupt leaves; see terminal.py.
. "$(dirname "$0")/tap.inc"
python3 "$here/terminal.py" "$VALISE"
