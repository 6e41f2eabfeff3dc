#!/usr/bin/env python3
"""Writes anchor.txt: state files and state words made by a second implementation.

It follows schemas/store/anchor.md and nothing else: BLAKE2b from hashlib, the AEAD from make_prim.py. A line is a
verdict, a name, and fields "key=value" in hex; a file is given by its slots, the bytes between them being zeros.

    python3 tests/vectors/make_anchor.py > tests/vectors/anchor.txt
"""
import os
import struct
import sys

sys.dont_write_bytecode = True
from make_prim import blake2b, seal

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = bytes(range(32))
STORE = bytes.fromhex("00112233445566778899aabbccddeeff")
count = 0


def some(n, what):
    return blake2b(b"anchor vectors", what.encode(), size=64)[:n]


def slot(generation, txn=7, seq=3, store=STORE, version=1, suite=1, key=KEY, reserved=bytes(64), envelope=None):
    global count
    count += 1
    head = b"valanch\0" + struct.pack("<II", version, suite) + store
    if envelope is None:
        envelope = some(32, "envelope") if seq else bytes(32)
    plain = (struct.pack("<QQ", generation, txn) + some(32, "head %d" % txn) + some(16, "device") +
             some(16, "incarnation") + struct.pack("<Q", seq) + envelope + reserved)
    return head + seal(key, some(24, "nonce %d" % count), b"valise anchor", head, plain)


def words(txn, head):
    table = open(os.path.join(HERE, "../../schemas/store/words.txt")).read().split()
    bits = int.from_bytes(blake2b(b"vls state words", struct.pack("<Q", txn) + head)[:6], "big") >> 4
    return " ".join(table[bits >> s & 2047] for s in (33, 22, 11, 0))


def line(verdict, name, a, b=b"", **fields):
    print(verdict, name, "a=" + a.hex(), "b=" + b.hex(), *("%s=%s" % f for f in fields.items()))


def flip(s, at):
    return s[:at] + bytes([s[at] ^ 1]) + s[at + 1:]


def main():
    print("# Made by make_anchor.py; never by the program under test.")
    line("ok", "one-slot", slot(1), slot=0, generation=1, txn=7, seq=3)
    line("ok", "second-newer", slot(8, txn=20), slot(9, txn=21), slot=1, generation=9, txn=21, seq=3)
    line("ok", "first-newer", slot(10, txn=22), slot(9, txn=21), slot=0, generation=10, txn=22, seq=3)
    line("ok", "newer-but-an-older-store", slot(10, txn=5), slot(9, txn=21), slot=0, generation=10, txn=5, seq=3)
    line("ok", "nothing-said-yet", slot(1, seq=0), slot=0, generation=1, txn=7, seq=0)
    line("ok", "other-slot-torn", slot(1), slot(2)[:100], slot=0, generation=1, txn=7, seq=3)
    line("ok", "other-slot-damaged", flip(slot(2), 90), slot(1), slot=1, generation=1, txn=7, seq=3)
    line("ok", "other-slot-of-another-store", slot(4, store=bytes(16)), slot(1), slot=1, generation=1, txn=7, seq=3)
    line("ok", "other-slot-of-a-newer-version", slot(4, version=2), slot(1), slot=1, generation=1, txn=7, seq=3)
    line("ok", "greatest", slot(2**64 - 1, txn=2**64 - 1), slot=0, generation=2**64 - 1, txn=2**64 - 1, seq=3)
    line("none", "empty", b"")
    line("none", "zeros", bytes(256), bytes(256))
    line("none", "cut", slot(1)[:255])
    line("none", "magic", flip(slot(1), 7))
    line("none", "version-zero", slot(1, version=0))
    line("none", "another-store", slot(1, store=bytes(16)))
    line("damaged", "generation-zero", slot(0))
    line("damaged", "another-key", slot(1, key=bytes(32)))
    line("damaged", "reserved", slot(1, reserved=bytes(63) + b"\x01"))
    line("damaged", "nothing-said-but-named", slot(1, seq=0, envelope=some(32, "envelope")))
    line("damaged", "both", flip(slot(1), 255), flip(slot(2), 32))
    line("newer", "version", slot(1, version=2))
    line("newer", "suite", slot(1, suite=2))
    line("newer", "version-beside-a-damaged-one", slot(1, version=2), flip(slot(1), 40))
    for txn in (0, 1, 7, 2**40 + 5):
        head = some(32, "words %d" % txn)
        print("words", txn, "head=" + head.hex(), "say=" + words(txn, head).replace(" ", "-"))


if __name__ == "__main__":
    main()
