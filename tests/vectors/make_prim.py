#!/usr/bin/env python3
"""Writes prim.txt: expected bytes for crypto/prim from another implementation.

BLAKE2b comes from Python's hashlib; ChaCha20-Poly1305 (RFC 8439, with HChaCha20 of
draft-irtf-cfrg-xchacha-03), X25519 (RFC 7748) and Ed25519 (RFC 8032) are written out here from those
documents, slowly and plainly, and checked against their own test vectors before anything is written.

    python3 tests/vectors/make_prim.py > tests/vectors/prim.txt

Each line is a name and fields "key=hex"; labels are hex too. Inputs come from a counter hashed with
SHA-256, so that the file never changes.
"""
import hashlib
import struct

# ---- ChaCha20, HChaCha20, Poly1305 ----

CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")


def rotl(v, n):
    return (v << n | v >> (32 - n)) & 0xFFFFFFFF


def quarter(s, a, b, c, d):
    s[a] = (s[a] + s[b]) & 0xFFFFFFFF
    s[d] = rotl(s[d] ^ s[a], 16)
    s[c] = (s[c] + s[d]) & 0xFFFFFFFF
    s[b] = rotl(s[b] ^ s[c], 12)
    s[a] = (s[a] + s[b]) & 0xFFFFFFFF
    s[d] = rotl(s[d] ^ s[a], 8)
    s[c] = (s[c] + s[d]) & 0xFFFFFFFF
    s[b] = rotl(s[b] ^ s[c], 7)


def rounds(state):
    s = list(state)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(s, a, b, c, d)
    return s


def chacha_block(key, counter, nonce12):
    state = CONSTANTS + struct.unpack("<8I", key) + (counter,) + struct.unpack("<3I", nonce12)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, rounds(state))))


def chacha(key, counter, nonce12, data):
    out = bytearray()
    for i in range(0, len(data), 64):
        block = chacha_block(key, counter + i // 64, nonce12)
        out += bytes(a ^ b for a, b in zip(data[i:i + 64], block))
    return bytes(out)


def hchacha(key, nonce16):
    s = rounds(CONSTANTS + struct.unpack("<8I", key) + struct.unpack("<4I", nonce16))
    return struct.pack("<8I", *(s[:4] + s[12:]))


def poly1305(key, msg):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    acc = 0
    for i in range(0, len(msg), 16):
        acc = (acc + int.from_bytes(msg[i:i + 16] + b"\x01", "little")) * r % ((1 << 130) - 5)
    return ((acc + int.from_bytes(key[16:], "little")) & ((1 << 128) - 1)).to_bytes(16, "little")


def pad16(b):
    return b + bytes(-len(b) % 16)


def aead(key, nonce12, aad, plain):
    cipher = chacha(key, 1, nonce12, plain)
    data = pad16(aad) + pad16(cipher) + struct.pack("<QQ", len(aad), len(cipher))
    return cipher + poly1305(chacha_block(key, 0, nonce12)[:32], data)


def xaead(key, nonce24, aad, plain):
    return aead(hchacha(key, nonce24[:16]), bytes(4) + nonce24[16:], aad, plain)


# ---- X25519 ----

P = 2**255 - 19


def x25519(scalar, point):
    k = bytearray(scalar)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k = int.from_bytes(k, "little")
    u = int.from_bytes(point, "little") & (2**255 - 1)
    x1, x2, z2, x3, z3, swap = u, 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb)**2 % P, u * (da - cb)**2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


# ---- Ed25519, affine and slow ----

ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P


def recover_x(y):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if x * x % P != xx:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 else x


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P)


def times(n, p):
    q = (0, 1)
    while n:
        if n & 1:
            q = add(q, p)
        p = add(p, p)
        n >>= 1
    return q


BASE = (recover_x(BASE_Y), BASE_Y)


def encode(p):
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def ed_expand(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & (2**254 - 8) | 2**254
    return a, h[32:]


def ed_public(seed):
    return encode(times(ed_expand(seed)[0], BASE))


def ed_sign(seed, msg):
    a, prefix = ed_expand(seed)
    pk = encode(times(a, BASE))
    r = int.from_bytes(hashlib.sha512(prefix + msg).digest(), "little") % ORDER
    big_r = encode(times(r, BASE))
    k = int.from_bytes(hashlib.sha512(big_r + pk + msg).digest(), "little") % ORDER
    return big_r + ((r + k * a) % ORDER).to_bytes(32, "little")


# ---- crypto/prim, from its contract ----

def label16(label):
    assert 0 < len(label) <= 16
    return label + bytes(16 - len(label))


def blake2b(label, data, key=b"", size=32):
    return hashlib.blake2b(data, digest_size=size, key=key, person=label16(label)).digest()


def seal(key, nonce, label, aad, plain):
    return nonce + xaead(key, nonce, label16(label) + aad, plain)


def sign(seed, label, msg):
    return ed_sign(seed, label16(label) + blake2b(label, msg))


def wrap(eph_sk, to_pk, psk, label, aad, plain):
    base = (9).to_bytes(32, "little")
    eph_pk = x25519(eph_sk, base)
    key = blake2b(label, x25519(eph_sk, to_pk) + psk + eph_pk + to_pk)
    return eph_pk + xaead(key, bytes(24), label16(label) + aad, plain)


# ---- checks of this file itself, from the documents named above ----

def self_check():
    h = bytes.fromhex
    key = bytes(range(0x80, 0xA0))
    text = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
            b"sunscreen would be it.")
    aad = h("50515253c0c1c2c3c4c5c6c7")
    # RFC 8439 2.8.2
    assert aead(key, h("070000004041424344454647"), aad, text)[-16:] == h("1ae10b594f09e26a7e902ecbd0600691")
    # draft-irtf-cfrg-xchacha-03 2.2.1 and A.3.1
    assert hchacha(bytes(range(32)), h("000000090000004a0000000031415927")) == h(
        "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")
    assert xaead(key, bytes(range(0x40, 0x58)), aad, text)[-16:] == h("c0875924c1c7987947deafd8780acf49")
    # RFC 7748 5.2
    assert x25519(h("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                  h("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")) == h(
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    # RFC 8032 7.1, TEST 2
    seed = h("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    assert ed_public(seed) == h("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    assert ed_sign(seed, b"\x72") == h(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")


class Bytes:
    def __init__(self):
        self.count = 0

    def __call__(self, n):
        out = b""
        while len(out) < n:
            out += hashlib.sha256(b"valise vectors %d" % self.count).digest()
            self.count += 1
        return out[:n]


def line(name, **fields):
    print(name, *("%s=%s" % (k, v.hex()) for k, v in fields.items()))


def main():
    self_check()
    some = Bytes()
    print("# Made by make_prim.py; never by the program under test.")
    labels = [b"v", b"valise keys mac", b"sixteen letters!"]
    for i, n in enumerate((0, 1, 31, 32, 127, 128, 129, 300)):
        label, data, key = labels[i % 3], some(n), some(32)
        line("hash", label=label, data=data, out=blake2b(label, data))
        size = (16, 32, 64)[i % 3]
        line("mac", label=label, key=key, data=data, out=blake2b(label, data, key, size))
    for i, n in enumerate((0, 1, 15, 16, 17, 63, 64, 65, 200)):
        label, aad, plain, key = labels[i % 3], some(i * 5), some(n), some(32)
        line("seal", label=label, key=key, aad=aad, plain=plain, sealed=seal(key, some(24), label, aad, plain))
    for i, n in enumerate((0, 1, 64, 200)):
        label, msg, seed = labels[i % 3], some(n), some(32)
        line("sign", label=label, seed=seed, pk=ed_public(seed), msg=msg, sig=sign(seed, label, msg))
    for i, n in enumerate((0, 32, 100)):
        label, aad, plain = labels[i % 3], some(i * 7), some(n)
        sk, psk = some(32), some(32) if i else bytes(32)
        pk = x25519(sk, (9).to_bytes(32, "little"))
        line("wrap", label=label, sk=sk, pk=pk, psk=psk, aad=aad, plain=plain,
             wrapped=wrap(some(32), pk, psk, label, aad, plain))


if __name__ == "__main__":
    main()
