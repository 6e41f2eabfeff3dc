#!/usr/bin/env python3
"""Writes bag.txt: files of changes (schemas/wire/bag.md) whole, cut and damaged, and what a reader makes of each.

Written from that page alone; the hashes are hashlib's BLAKE2b. A line is a name, a verdict (bag, no-bag), the number of
blobs delivered, damaged places, 1 where it is cut short, the first eight bytes of each blob that is delivered, and the
file in hex. "-" stands for nothing.

    python3 tests/vectors/make_bag.py > tests/vectors/bag.txt
"""
import hashlib
import struct


def h(label, data):
    return hashlib.blake2b(data, digest_size=32, person=label.encode().ljust(16, b"\0")).digest()


def some(n, seed):
    return hashlib.shake_128(b"valise bag vectors %d" % seed).digest(n)


def frame(blob, name=None, length=None):
    return struct.pack("<I", len(blob) if length is None else length) + (name or h("valise blob", blob)) + blob


def total(names):
    s = bytes(32)
    for name in names:
        s = h("vls bag", s + name)
    return s


def end(blobs):
    return struct.pack("<I", 0) + total(h("valise blob", b) for b in blobs)


DOOR, A, B, C = some(1024, 1), some(5, 2), some(300, 3), some(1, 4)
ALL = [DOOR, A, B, C]
WHOLE = b"".join(map(frame, ALL)) + end(ALL)
STARTS = [0]
for blob in ALL:
    STARTS.append(STARTS[-1] + 36 + len(blob))


def say(name, verdict, delivered, damaged, cut, data):
    print(name, verdict, len(delivered), damaged, int(cut), ",".join(b[:8].hex() for b in delivered) or "-", data.hex() or "-")


def flipped(at, bit=1):
    return WHOLE[:at] + bytes([WHOLE[at] ^ bit]) + WHOLE[at + 1:]


def main():
    print("# Made by make_bag.py; never by the program under test.")
    say("whole", "bag", ALL, 0, False, WHOLE)
    say("door-alone", "bag", [DOOR], 0, False, frame(DOOR) + end([DOOR]))
    say("blob-twice", "bag", [DOOR, A, A], 0, False, frame(DOOR) + frame(A) * 2 + end([DOOR, A, A]))
    say("empty", "no-bag", [], 0, False, b"")
    say("end-alone", "no-bag", [], 0, False, end([]))
    say("no-door", "no-bag", [], 0, False, frame(A) + end([A]))
    say("door-second", "no-bag", [], 0, False, frame(A) + frame(DOOR) + end([A, DOOR]))
    say("door-of-1023", "no-bag", [], 0, False, frame(DOOR[:-1]) + end([DOOR[:-1]]))
    say("door-damaged", "no-bag", [], 0, False, flipped(36))
    say("door-misnamed", "no-bag", [], 0, False, flipped(4))
    say("door-cut", "no-bag", [], 0, False, WHOLE[:1059])
    say("big-endian", "no-bag", [], 0, False, struct.pack(">I", 1024) + WHOLE[4:])
    for k, start in enumerate(STARTS[1:], 1):
        say("cut-before-frame-%d" % k, "bag", ALL[:k], 0, True, WHOLE[:start])
        say("cut-in-head-%d" % k, "bag", ALL[:k], 0, True, WHOLE[:start + 35])
    say("cut-in-blob", "bag", [DOOR, A], 0, True, WHOLE[:STARTS[3] - 1])
    say("blob-damaged", "bag", [DOOR, B, C], 1, False, flipped(STARTS[1] + 36))
    say("blob-misnamed", "bag", [DOOR, B, C], 2, False, flipped(STARTS[1] + 4))
    say("sum-damaged", "bag", ALL, 1, False, flipped(len(WHOLE) - 1))
    say("byte-behind", "bag", ALL, 1, False, WHOLE + b"\0")
    say("bag-behind", "bag", ALL, 1, False, WHOLE + WHOLE)
    say("frame-left-out", "bag", [DOOR, B, C], 1, False, WHOLE[:STARTS[1]] + WHOLE[STARTS[2]:])
    say("frames-swapped", "bag", [DOOR, B, A, C], 1, False, b"".join(map(frame, [DOOR, B, A, C])) + end(ALL))
    say("length-over", "bag", [DOOR], 1, False, frame(DOOR) + frame(A, length=4 * 1024 * 1024 + 64 * 1024 + 1))
    say("length-most", "bag", [DOOR], 0, True, frame(DOOR) + frame(A, length=4 * 1024 * 1024 + 64 * 1024))
    say("length-all-ones", "bag", [DOOR], 1, False, frame(DOOR) + frame(A, length=0xffffffff))
    short = frame(DOOR) + frame(A, length=4) + frame(B) + end([DOOR, A, B])
    say("length-one-less", "bag", [DOOR], 1, True, short)  # what follows is read as a length that the file is too short for


if __name__ == "__main__":
    main()
