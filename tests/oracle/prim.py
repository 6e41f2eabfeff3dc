"""The primitives of schemas/wire/README.md section 2, from tests/vectors/make_prim.py, with the readers' half."""
import hashlib
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))

import make_prim as mp
from .cbor import NotAuthentic

BASE = (9).to_bytes(32, "little")


def label(name):
    return name.encode()


def H(name, data):
    return mp.blake2b(label(name), data)


def MAC(name, key, data, size=32):
    return mp.blake2b(label(name), data, key, size)


def seal(name, key, nonce, aad, plain):
    return mp.seal(key, nonce, label(name), aad, plain)


def xopen(key, nonce, aad, sealed):
    """XChaCha20-Poly1305: the plain text, once the tag has verified."""
    cipher, tag = sealed[:-16], sealed[-16:]
    sub, nonce12 = mp.hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
    data = mp.pad16(aad) + mp.pad16(cipher) + len(aad).to_bytes(8, "little") + len(cipher).to_bytes(8, "little")
    if len(sealed) < 16 or mp.poly1305(mp.chacha_block(sub, 0, nonce12)[:32], data) != tag:
        raise NotAuthentic("tag")
    return mp.chacha(sub, 1, nonce12, cipher)


def unseal(name, key, aad, sealed):
    if len(sealed) < 40:
        raise NotAuthentic("shorter than a nonce and a tag")
    return xopen(key, sealed[:24], mp.label16(label(name)) + aad, sealed[24:])


def public(secret):
    return mp.x25519(secret, BASE)


def wrap(name, eph, to, psk, aad, plain):
    return mp.wrap(eph, to, psk, label(name), aad, plain)


def unwrap(name, secret, psk, aad, wrapped):
    if len(wrapped) < 48:
        raise NotAuthentic("shorter than a key and a tag")
    eph, shared = wrapped[:32], mp.x25519(secret, wrapped[:32])
    if shared == bytes(32):
        raise NotAuthentic("point of low order")
    key = H(name, shared + psk + eph + public(secret))
    return xopen(key, bytes(24), mp.label16(label(name)) + aad, wrapped[32:])


def sign_public(seed):
    return mp.ed_public(seed)


def sign(name, seed, message):
    return mp.sign(seed, label(name), message)


def _sqrt(v):
    x = pow(v, (mp.P + 3) // 8, mp.P)
    if x * x % mp.P != v:
        x = x * pow(2, (mp.P - 1) // 4, mp.P) % mp.P
    return [x, mp.P - x] if x * x % mp.P == v else []


def _small_orders():
    """y of the points of order 1, 2, 4 and 8, and the two of them that have a second, unreduced form. Twice a point of
    order 8 has y = 0, that is y^2 = -x^2, so the curve's equation becomes d y^4 + 2 y^2 - 1 = 0."""
    eight = [y for s in _sqrt((1 + mp.D) % mp.P) for y in _sqrt((s - 1) * pow(mp.D, -1, mp.P) % mp.P)]
    return {0, 1, mp.P - 1, mp.P, mp.P + 1, *eight}


SMALL = _small_orders()


def _point(data):
    y = int.from_bytes(data, "little")
    sign_bit, y = y >> 255, y & (2**255 - 1)
    x = mp.recover_x(y)
    if (x * x * (mp.D * y * y + 1) - (y * y - 1)) % mp.P:
        return None
    return (mp.P - x if x & 1 != sign_bit else x, y)


def verify(name, pk, message, signature):
    """As libsodium 1.0.18: canonical S, neither key nor R of small order, canonical key."""
    full = mp.label16(label(name)) + H(name, message)
    s = int.from_bytes(signature[32:], "little")
    a, r = (int.from_bytes(x, "little") & (2**255 - 1) for x in (pk, signature[:32]))
    if len(signature) != 64 or s >= mp.ORDER or a in SMALL or r in SMALL or a >= mp.P:
        raise NotAuthentic("signature")
    point = _point(pk)
    if point is None:
        raise NotAuthentic("key is no point")
    k = int.from_bytes(hashlib.sha512(signature[:32] + pk + full).digest(), "little") % mp.ORDER
    minus = (mp.P - point[0], point[1])
    if mp.encode(mp.add(mp.times(s, mp.BASE), mp.times(k, minus))) != signature[:32]:
        raise NotAuthentic("signature")


# ---- Argon2id of make_keyfile.py with its inner round written out, since 64 MiB are many ----

def argon2id(password, salt, passes, kib, size):
    import make_keyfile as mk
    mk.permute = _fast_permute()
    return mk.argon2id(password, salt, passes, kib, 1, size)


def _fast_permute():
    lines = ["def permute(v, at):", " " + ", ".join("v%d" % i for i in range(16)) + " = [v[i] for i in at]"]
    for quad in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                 (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
        a, b, c, d = ("v%d" % i for i in quad)
        for first, second in ((32, 24), (16, 63)):
            for x, y, z, turn in ((a, b, d, first), (c, d, b, second)):
                lines.append(" %s = %s + %s + 2 * (%s & L) * (%s & L) & M" % (x, x, y, x, y))
                lines.append(" %s ^= %s; %s = (%s >> %d | %s << %d) & M" % (z, x, z, z, turn, z, 64 - turn))
    lines.append(" for i, x in zip(at, (" + ", ".join("v%d" % i for i in range(16)) + ")): v[i] = x")
    scope = {"L": 2**32 - 1, "M": 2**64 - 1}
    exec("\n".join(lines), scope)
    return scope["permute"]
