#!/usr/bin/env python3
"""Digests of schemas/domain/merge.md sections 5 and 6, written from that page with hashlib. Prints the
fixed values of tests/unit/sync/merge/test_state.c."""
import hashlib
import struct


def h(label, data, size=32):
    return hashlib.blake2b(data, digest_size=size, person=label.encode().ljust(16, b"\0")).digest()


def le32(x):
    return struct.pack("<I", x)


def record_digest(record, kind, registers):
    d = h("valise record", record + le32(kind))
    for field, key, shown, rivals in registers:
        d = h("valise register", d + le32(field) + le32(len(rivals)) + le32(shown) + le32(len(key)) + key)
        for change, op, lamport, cite, value in rivals:
            d = h("valise rival", d + change + le32(op) + struct.pack("<Q", lamport) + le32(cite) + le32(len(value)) + value)
    return d


def state_digest(records):
    lanes = [0] * 1024
    for r in records:
        stretched = b"".join(h("valise lanes", r + bytes([i]), 64) for i in range(32))
        lanes = [(a + b) % 65536 for a, b in zip(lanes, struct.unpack("<1024H", stretched))]
    return h("valise state", struct.pack("<1024H", *lanes))


def conflict_id(record, field, key, dots):
    total = state_digest([h("valise dot", change + le32(op)) for change, op in dots])
    return h("valise conflict", record + le32(field) + le32(len(key)) + key + total)[:16]


RECORD = bytes([1, 2, 3]).ljust(16, b"\0")
X = (b"\xaa" * 32, 3, 0x0102030405060708, 3, b"\x61x")
Y = (b"\xbb" * 32, 0, 2, 0, b"\x61y")
SAMPLE = record_digest(RECORD, 6, [(7, b"", 1, [X, Y]), (9, b"key", 1, [Y])])

if __name__ == "__main__":
    print("EMPTY", state_digest([]).hex())
    print("BARE", record_digest(RECORD, 6, []).hex())
    print("SAMPLE", SAMPLE.hex())
    print("STATE", state_digest([SAMPLE]).hex())
    print("CONFLICT", conflict_id(RECORD, 7, b"key", [X[:2], Y[:2]]).hex())
