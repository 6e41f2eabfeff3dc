#!/usr/bin/env python3
"""Writes keyfile.bin and keyfile.txt: a key file made by a second implementation.

It follows schemas/store/keyfile.md and nothing else: BLAKE2b from hashlib, the AEAD from make_prim.py,
and Argon2id written out here from RFC 9106 and checked against its test vector. The costs are those of
builds with VLS_TEST_LIMITS.

    python3 tests/vectors/make_keyfile.py tests/vectors
"""
import hashlib
import struct
import sys

sys.dont_write_bytecode = True
from make_prim import Bytes, blake2b, seal

MASK = (1 << 64) - 1


def le32(*values):
    return struct.pack("<%dI" % len(values), *values)


# ---- Argon2id, RFC 9106 section 3 ----

def b2(data, size):
    return hashlib.blake2b(data, digest_size=size).digest()


def long_hash(data, size):
    data = le32(size) + data
    if size <= 64:
        return b2(data, size)
    v = b2(data, 64)
    out = v[:32]
    while size - len(out) > 64:
        v = b2(v, 64)
        out += v[:32]
    return out + b2(v, size - len(out))


def mix(v, a, b, c, d):
    def add(x, y):
        return (x + y + 2 * (x & 0xFFFFFFFF) * (y & 0xFFFFFFFF)) & MASK

    def turn(x, n):
        return (x >> n | x << (64 - n)) & MASK

    for first, second in ((32, 24), (16, 63)):
        v[a] = add(v[a], v[b])
        v[d] = turn(v[d] ^ v[a], first)
        v[c] = add(v[c], v[d])
        v[b] = turn(v[b] ^ v[c], second)


def permute(v, at):
    for quad in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                 (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
        mix(v, *(at[i] for i in quad))


def compress(x, y):
    r = [a ^ b for a, b in zip(x, y)]
    z = list(r)
    for row in range(8):
        permute(z, [16 * row + i for i in range(16)])
    for col in range(8):
        permute(z, [2 * col + 16 * (i // 2) + i % 2 for i in range(16)])
    return [a ^ b for a, b in zip(r, z)]


def argon2id(password, salt, passes, kib, lanes=1, size=32, secret=b"", data=b""):
    h0 = b2(le32(lanes, size, kib, passes, 0x13, 2) +
            b"".join(le32(len(x)) + x for x in (password, salt, secret, data)), 64)
    segment = kib // (4 * lanes)
    columns = 4 * segment
    memory = [[struct.unpack("<128Q", long_hash(h0 + le32(k, lane), 1024)) for k in range(2)] +
              [[0] * 128 for _ in range(columns - 2)] for lane in range(lanes)]
    for n in range(passes):
        for part in range(4):
            for lane in range(lanes):
                fill(memory, n, part, lane, segment, columns, passes, lanes)
    last = memory[0][-1]
    for lane in range(1, lanes):
        last = [a ^ b for a, b in zip(last, memory[lane][-1])]
    return long_hash(struct.pack("<128Q", *last), size)


def fill(memory, n, part, lane, segment, columns, passes, lanes):
    independent = n == 0 and part < 2
    zero, addresses = [0] * 128, None
    for i in range(segment):
        if independent and i % 128 == 0:
            words = [n, lane, part, columns * lanes, passes, 2, i // 128 + 1] + [0] * 121
            addresses = compress(zero, compress(zero, words))
        at = part * segment + i
        if n == 0 and at < 2:
            continue
        row = memory[lane]
        pseudo = addresses[i % 128] if independent else row[at - 1][0]
        j1, j2 = pseudo & 0xFFFFFFFF, pseudo >> 32
        other = lane if n == 0 and part == 0 else j2 % lanes
        done = part * segment if n == 0 else columns - segment
        area = done + i - 1 if other == lane else done - (i == 0)
        z = area - 1 - (area * (j1 * j1 >> 32) >> 32)
        start = 0 if n == 0 or part == 3 else (part + 1) * segment
        new = compress(row[at - 1], memory[other][(start + z) % columns])
        row[at] = [a ^ b for a, b in zip(new, row[at])] if n else new


def self_check():
    # RFC 9106 5.3
    assert argon2id(b"\x01" * 32, b"\x02" * 16, 3, 32, 4, 32, b"\x03" * 8, b"\x04" * 12).hex() == (
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")


# ---- keyfile.md ----

def slot(store_id, number, secret, passes, kib, master, some):
    salt = some(16)
    context = le32(1, 1) + store_id + le32(number) + salt + le32(passes, kib)
    key = blake2b(b"valise slot key", context, argon2id(secret, salt, passes, kib))
    commitment = blake2b(b"valise slot cmt", context, key)
    return salt + le32(passes, kib) + commitment + seal(key, some(24), b"valise slot", context, master)


def copy(store_id, generation, slots, master):
    body = b"valkeys\0" + le32(1, 1) + store_id + struct.pack("<Q", generation) + bytes(24) + b"".join(slots)
    body += bytes(4032 - len(body))
    body += blake2b(b"valise keys mac", body, blake2b(b"valise k keysmac", store_id, master))
    return body + blake2b(b"valise keys sum", body)


def recovery_text(store_id, code):
    signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = "".join("{:08b}".format(b) for b in code + blake2b(b"valise rec tag", store_id)[:4])
    symbols = [int(bits[i:i + 5], 2) for i in range(0, 160, 5)]

    def power(n):
        v = 1
        for _ in range(n):
            v = v << 1 ^ (0x25 if v & 16 else 0)
        return v

    def times(x, y):
        v = 0
        for i in range(5):
            if y >> i & 1:
                v ^= x << i
        for i in range(9, 4, -1):
            if v >> i & 1:
                v ^= 0x25 << (i - 5)
        return v

    out = ""
    for line in range(4):
        s = symbols[8 * line:8 * line + 8]
        check = power(line)
        for k, value in enumerate(s):
            check ^= times(value, power(k + 1))
        text = "".join(signs[v] for v in s + [check])
        out += "-".join((text[:4], text[4:8], text[8])) + "\n"
    return out


def main():
    self_check()
    some = Bytes()
    master, store_id, code = some(32), some(16), some(16)
    passphrase = "une phrase à trois mots".encode()
    slots = [slot(store_id, 0, passphrase, 2, 16, master, some), slot(store_id, 1, code, 1, 8, master, some)]
    slots += [some(16) + le32(1, 8) + some(104) for _ in range(6)]
    one = copy(store_id, 7, slots, master)
    with open(sys.argv[1] + "/keyfile.bin", "wb") as f:
        f.write(one + one)
    with open(sys.argv[1] + "/keyfile.txt", "w") as f:
        f.write("# Made by make_keyfile.py; never by the program under test.\n")
        f.write("master %s\nstore_id %s\npassphrase %s\n" % (master.hex(), store_id.hex(), passphrase.hex()))
        f.write("pagelog %s\n" % blake2b(b"valise k pagelog", store_id, master).hex())
        f.write("recovery %s\n" % recovery_text(store_id, code).strip().replace("\n", " "))


if __name__ == "__main__":
    main()
