#!/usr/bin/env python3
"""flip.py FILE PART OF: flips one bit in the middle of the PART-th of OF equal parts of the file."""
import sys

path, part, of = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, "r+b") as f:
    data = f.read()
    if not data:
        sys.exit(2)
    at = min(len(data) - 1, len(data) * (2 * part + 1) // (2 * of))
    f.seek(at)
    f.write(bytes([data[at] ^ 0x10]))
