#!/usr/bin/env python3
"""Writes pagelog.bin and pagelog.txt: a sealed page log made by a second implementation.

It follows schemas/store/pagelog.md and nothing else: BLAKE2b from hashlib, the AEAD from make_prim.py.

    python3 tests/vectors/make_pagelog.py tests/vectors

pagelog.bin holds the blocks of one store, closed properly, and behind them spare blocks. pagelog.txt says what
a reader must find:

    key, other_key, id HEX          the store key, one that does not fit, the store id
    blocks N                        of the store; spare block k is block N + k of the file
    state NAME txn T pages P head HEX
    page NAME NUMBER HEX            BLAKE2b-256, personalised "test page", of the page's 4056 bytes
    hole NAME NUMBER
    case NAME RULE RESULT PATCH...  the store with these changes, and what a reader makes of it

RESULT is open:STATE, or refused:CODE at opening, or page:NUMBER:CODE (it opens, that page does not), or
verify:CODE (it opens, and is refused when all is verified). A PATCH is TO=FROM, block TO is overwritten by block FROM of
the file; TO=zero; TO^BYTE, bit 1 of that byte of the block flips; cut=N, the file ends after N blocks; more=N, so many bytes follow;
key=other.
"""
import struct
import sys

sys.dont_write_bytecode = True
from make_prim import Bytes, blake2b, label16, self_check, xaead

BLOCK, PLAIN, FANOUT, ENTRIES, SPACE_BITS = 4096, 4056, 202, 166, 32320
KINDS = {"super": 1, "header": 2, "page": 3, "leaf": 4, "index": 5, "space": 6}
COMMIT, SEAL = 1, 2
some = Bytes()


def u16(v):
    return struct.pack("<H", v)


def u32(v):
    return struct.pack("<I", v)


def u64(v):
    return struct.pack("<Q", v)


# ---- section 1: sealing a block ----

def sealed(store_key, store_id, kind, number, plain, clear=b""):
    label = b"vls log " + kind.encode()
    key, nonce = blake2b(label, store_id, store_key), some(24)
    aad = label16(label) + store_id + u16(1) + u16(1) + u32(KINDS[kind]) + u64(number)
    assert len(clear) + len(plain) == PLAIN and len(aad) == 48
    both = xaead(key, nonce, aad, plain)
    return clear + both[:-16] + nonce + both[-16:]


def padded(data, size=PLAIN):
    assert len(data) <= size
    return data + bytes(size - len(data))


def ref(block, file):
    """A reference to what stands in that block; None: nothing there."""
    return bytes(20) if block is None else u32(block) + file[block][-16:]


# ---- sections 2 to 4: the plaintexts ----

def super_plain(generation, proven, sequence, txn, head, pages, following, indexes, zero=0, tail=b""):
    data = u64(generation) + u64(proven) + u64(sequence) + u64(txn) + head + u32(pages) + u32(following)
    return padded(data + u32(len(indexes)) + u32(zero) + b"".join(indexes) + tail, PLAIN - 32)


def super_clear(store_id, form=1, suite=1, magic=b"vlspglog"):
    return magic + u16(form) + u16(suite) + u32(BLOCK) + store_id


def node_plain(refs, tail=b""):
    return padded(b"".join(refs.get(i, bytes(20)) for i in range(FANOUT)) + tail)


def header_plain(sequence, txn, flags, pages, following, previous, entries, count=None, tail=b""):
    data = u64(sequence) + u64(txn) + u32(flags) + u32(pages) + u32(following)
    data += u32(len(entries) if count is None else count) + previous
    return padded(data + b"".join(u32(page) + r for page, r in entries) + tail)


def space_plain(sequence, txn, used):
    bits = bytearray(PLAIN - 16)
    for block in used:
        bits[block // 8] |= 1 << block % 8
    return u64(sequence) + u64(txn) + bytes(bits)


def chained(head, block):
    return blake2b(b"vls log chain", head + block)


# ---- the store ----

KEY, OTHER, ID, ID2 = some(32), some(32), some(16), some(16)
file, spare, lines = {}, [], []
content = {}  # block: plaintext of a page


def say(*words):
    lines.append(" ".join(str(w) for w in words))


def page(block, number, where=None):
    content[block] = some(PLAIN)
    (file if where is None else where)[block] = sealed(KEY, ID, "page", number, content[block])


def keep(block):
    """Puts a block behind the store; its name in patches."""
    spare.append(block)
    return "x%d" % (len(spare) - 1)


# The checkpoint: transaction 5 of a database of 410 pages, three leaves, one index. Blocks in no order.
for block, number in ((9, 0), (4, 1), (12, 203), (7, 409)):
    page(block, number)
file[5] = sealed(KEY, ID, "leaf", 0, node_plain({0: ref(9, file), 1: ref(4, file)}))
file[3] = sealed(KEY, ID, "leaf", 1, node_plain({1: ref(12, file)}))
file[10] = sealed(KEY, ID, "leaf", 2, node_plain({5: ref(7, file)}))
file[2] = sealed(KEY, ID, "index", 0, node_plain({0: ref(5, file), 1: ref(3, file), 2: ref(10, file)}))
HEAD5 = some(32)
INDEX = [ref(2, file)]

# Transaction 6: page 1 anew, page 203 becomes a hole, page 411 comes: 412 pages, 410 never written.
page(14, 1)
page(8, 411)
ENTRIES6 = [(1, ref(14, file)), (203, bytes(20)), (411, ref(8, file))]
file[11] = sealed(KEY, ID, "header", 11, header_plain(21, 6, COMMIT, 412, 13, HEAD5, ENTRIES6))
HEAD6 = chained(HEAD5, file[11])

# Transaction 7: two headers; pages 0 and 250 anew; 300 pages, so 409 and 411 go. Page 250 in the file's last block.
page(6, 0)
page(18, 250)
file[13] = sealed(KEY, ID, "header", 13, header_plain(22, 7, 0, 300, 16, HEAD6, [(0, ref(6, file))]))
HEAD7A = chained(HEAD6, file[13])
file[16] = sealed(KEY, ID, "header", 16, header_plain(23, 7, COMMIT, 300, 15, HEAD7A, [(250, ref(18, file))]))
HEAD7 = chained(HEAD7A, file[16])

# The end: a SEAL that tells in block 17 what is in use.
IN_USE = {0, 1, 2, 3, 5, 10, 11, 13, 16, 15, 6, 14, 18}  # slots, map, headers, SEAL, pages 0, 1 and 250
file[17] = sealed(KEY, ID, "space", 0, space_plain(21, 7, IN_USE))
file[15] = sealed(KEY, ID, "header", 15, header_plain(24, 7, SEAL, 300, 0, HEAD7, [(0, ref(17, file))]))


def superblock(generation, proven, slot=None, **other):
    args = {"sequence": 21, "txn": 5, "head": HEAD5, "pages": 410, "following": 11, "indexes": INDEX}
    form = {k: other.pop(k) for k in ("form", "suite", "magic") if k in other}
    store_id = other.pop("store_id", ID)
    args.update(other)
    slot = generation & 1 if slot is None else slot
    return sealed(KEY, store_id, "super", slot, super_plain(generation, proven, **args), super_clear(store_id, **form))


file[1] = superblock(7, 5)
file[0] = superblock(8, 7)
COUNT = 19
assert sorted(file) == list(range(COUNT))

# ---- what is found, and what is not ----

say("# Made by make_pagelog.py; never by the program under test.")
say("key", KEY.hex())
say("other_key", OTHER.hex())
say("id", ID.hex())
say("blocks", COUNT)
for name, txn, pages, head, at in (("five", 5, 410, HEAD5, {0: 9, 1: 4, 203: 12, 409: 7}),
                                   ("six", 6, 412, HEAD6, {0: 9, 1: 14, 409: 7, 411: 8}),
                                   ("seven", 7, 300, HEAD7, {0: 6, 1: 14, 250: 18})):
    say("state", name, "txn", txn, "pages", pages, "head", head.hex())
    for number, block in sorted(at.items()):
        say("page", name, number, blake2b(b"test page", content[block]).hex())
    for number in sorted({2, 201, 202, 203, 299, pages - 1} - set(at)):
        say("hole", name, number)


def case(name, rule, result, *patches):
    say("case", name, rule, result, *patches)


OPEN0, OPEN1 = "0=" + keep(superblock(8, 5)), "1=" + keep(superblock(7, 5))  # nobody said that 6 and 7 are durable
UNSURE = (OPEN0, OPEN1, "15=zero")  # a store that was not closed

case("closed", "PL12", "open:seven")
case("with-a-started-block", "PL8", "open:seven", "more=100")
case("not-closed", "PL14", "open:seven", *UNSURE)
case("not-closed-but-proven", "PL11", "open:seven", "15=zero")
case("one-slot", "PL8", "open:seven", "1=zero")
case("the-other-slot", "PL8", "open:seven", "0=zero")
case("torn-page", "PL14", "open:six", *UNSURE, "18=zero")
case("torn-page-lost-growth", "PL14", "open:six", *UNSURE, "cut=18")
case("torn-first-page", "PL14", "open:six", *UNSURE, "6=4")
case("torn-last-header", "PL10", "open:six", *UNSURE, "16=zero")
case("torn-first-header", "PL13", "open:six", *UNSURE, "13=zero")
case("without-the-last", "PL14", "open:six", *UNSURE, "13=zero", "16=zero")
case("torn-page-of-six", "PL14", "open:five", *UNSURE, "13=zero", "16=zero", "14=4")
case("torn-page-under-a-seal", "PL12", "page:250:not-authentic", "18=zero")
case("torn-page-but-proven", "PL14", "page:250:not-authentic", "15=zero", "18=zero")
case("no-header-before-a-seal", "PL11", "refused:not-authentic", "16=zero")
case("no-header-before-proven", "PL11", "refused:not-authentic", "13=zero", "15=zero")
case("no-header-in-the-middle", "PL13", "refused:not-authentic", *UNSURE, "11=zero")
case("no-header-but-a-seal", "PL13", "refused:not-authentic", OPEN0, OPEN1, "16=zero")
FLYING = sealed(KEY, ID, "header", 15, header_plain(24, 8, 0, 300, 12, HEAD7, [(1, ref(4, file))]))
case("in-flight", "PL10", "open:seven", OPEN0, OPEN1, "15=" + keep(FLYING))
case("in-flight-proves-the-one-before", "PL14", "page:250:not-authentic", OPEN0, OPEN1, "15=x2", "18=zero")
FAR = sealed(KEY, ID, "header", 12, header_plain(26, 9, COMMIT, 300, 7, some(32), []))
case("a-later-header-anywhere", "PL13", "refused:not-authentic", *UNSURE, "12=" + keep(FAR))

PAGE0 = sealed(KEY, ID, "page", 0, some(PLAIN))
case("page-of-the-past", "PL16", "page:0:not-authentic", "6=9")
case("page-never-written", "PL16", "page:0:not-authentic", "6=" + keep(PAGE0))
case("pages-exchanged", "PL16", "page:1:not-authentic", "6=14", "14=6")
case("page-of-another-store", "PL16", "page:1:not-authentic",
     "14=" + keep(sealed(KEY, ID2, "page", 1, content[14])))
case("page-flipped", "PL16", "page:1:not-authentic", "14^0")
case("page-nonce-flipped", "PL16", "page:1:not-authentic", "14^4056")
case("page-tag-flipped", "PL16", "page:1:not-authentic", "14^4095")
case("hole-filled-by-nobody", "PL18", "open:seven", "12=zero", "7=zero")
# (the headers after the checkpoint touch all three leaves, so a map that is wrong shows at opening)
case("leaf-exchanged", "PL16", "refused:not-authentic", "5=3")
case("leaf-never-written", "PL16", "refused:not-authentic", "5=" + keep(sealed(KEY, ID, "leaf", 0, node_plain({}))))
case("index-gone", "PL16", "refused:not-authentic", "2=zero")
case("two-blocks", "PL8", "refused:not-authentic", "cut=2")
case("block-of-a-page-cut-off", "PL18", "page:250:not-authentic", "cut=18")
case("another-key", "PL8", "refused:not-authentic", "key=other")
case("no-slot", "PL8", "refused:not-authentic", "0=zero", "1=zero")
case("slots-exchanged", "PL8", "refused:not-authentic", "0=1", "1=0")
case("slot-copied", "PL8", "open:seven", "1=0")
for byte in (0, 8, 10, 12, 16, 31, 32, 4055, 4056, 4080):
    case("slots-flipped-%d" % byte, "PL8" if byte not in (8, 10) else "PL20",
         "refused:newer-version" if byte in (8, 10) else "refused:not-authentic", "0^%d" % byte, "1^%d" % byte)

N8, N7 = superblock(8, 7, form=2), superblock(7, 5, form=2)
case("newer-format", "PL20", "refused:newer-version", "0=" + keep(N8), "1=" + keep(N7))
case("newer-suite", "PL20", "refused:newer-version", "0=" + keep(superblock(8, 7, suite=2)), "1=zero")
case("newer-format-in-one-slot", "PL20", "open:seven", "1=" + keep(superblock(9, 7, form=2)))
case("other-magic", "PL8", "refused:not-authentic", "0=" + keep(superblock(8, 7, magic=b"vlspglo2")), "1=zero")
case("slot-with-the-other-generation", "PL8", "refused:malformed", "1=" + keep(superblock(8, 7, slot=1)))
case("slot-of-another-store", "PL8", "refused:malformed", "1=" + keep(superblock(9, 7, store_id=ID2)))


def bad_super(name, **fields):
    case("super-" + name, "PL17", "refused:malformed", "0=" + keep(superblock(8, fields.pop("proven", 7), **fields)))


bad_super("proves-too-little", proven=4)
bad_super("of-too-many-pages", pages=192 * FANOUT * FANOUT + 1)
bad_super("without-indexes", indexes=[])
bad_super("with-two-indexes", indexes=INDEX * 2)
bad_super("next-is-a-slot", following=1)
bad_super("with-a-remainder", zero=1)
bad_super("with-a-tail", tail=b"\1")
bad_super("index-in-a-slot", indexes=[u32(1) + bytes(16)])
bad_super("index-nowhere-with-a-tag", indexes=[bytes(4) + b"\1" * 16])


def bad_header(name, **fields):
    args = {"sequence": 21, "txn": 6, "flags": COMMIT, "pages": 412, "following": 13, "previous": HEAD5,
            "entries": ENTRIES6}
    args.update(fields)
    case("header-" + name, "PL17", "refused:malformed", "11=" + keep(sealed(KEY, ID, "header", 11,
                                                                              header_plain(**args))))


bad_header("with-unknown-flags", flags=4)
bad_header("commit-and-seal", flags=3)
bad_header("with-too-many-entries", entries=[], count=ENTRIES + 1)
bad_header("page-beyond-the-end", entries=[(412, ref(8, file))])
bad_header("page-in-a-slot", entries=[(1, u32(1) + bytes(16))])
bad_header("hole-with-a-tag", entries=[(1, bytes(4) + b"\1" * 16)])
bad_header("next-is-a-slot", following=0)
bad_header("of-too-many-pages", pages=192 * FANOUT * FANOUT + 1)
bad_header("with-a-tail", tail=b"\1")
bad_header("page-twice", entries=ENTRIES6 + [(1, ref(14, file))])


def stranger(name, **fields):
    """A header that opens, and does not follow: the end of the chain, so transaction 6 is missing."""
    args = {"sequence": 21, "txn": 6, "flags": COMMIT, "pages": 412, "following": 13, "previous": HEAD5,
            "entries": ENTRIES6, "at": 11}
    args.update(fields)
    block = sealed(KEY, ID, "header", args.pop("at"), header_plain(**args))
    case("header-" + name, "PL9", "refused:not-authentic", "11=" + keep(block))


stranger("of-another-sequence", sequence=22)
stranger("of-another-transaction", txn=7)
stranger("of-another-past", previous=HEAD6)
stranger("of-another-block", at=12)

# Authentic, and saying what cannot be: found at the latest when all is verified or a block would be used again.
TWICE = sealed(KEY, ID, "header", 11, header_plain(21, 6, COMMIT, 412, 13, HEAD5, [(1, ref(9, file))]))
BAD = keep(TWICE)
case("block-used-twice", "PL17", "refused:malformed", *UNSURE, "11=" + BAD, "13=zero", "16=zero")
END = sealed(KEY, ID, "header", 13, header_plain(22, 6, SEAL, 412, 0, chained(HEAD5, TWICE), []))
case("block-used-twice-under-a-seal", "PL17", "verify:malformed", "0=" + keep(superblock(8, 6)), "11=" + BAD,
     "13=" + keep(END), "16=zero", "15=zero")
DEEP = node_plain({0: ref(9, file), 1: ref(4, file)}, tail=b"\1")
LEAF = sealed(KEY, ID, "leaf", 0, DEEP)
spare_file = dict(file)
spare_file[5] = LEAF
spare_file[2] = sealed(KEY, ID, "index", 0, node_plain({0: ref(5, spare_file), 1: ref(3, file), 2: ref(10, file)}))
BAD = [keep(LEAF), keep(spare_file[2]), keep(superblock(8, 7, indexes=[ref(2, spare_file)]))]
case("leaf-with-a-tail", "PL17", "refused:malformed", "5=" + BAD[0], "2=" + BAD[1], "0=" + BAD[2])
spare_file[2] = sealed(KEY, ID, "index", 0, node_plain({0: ref(5, file), 3: ref(10, file)}))
BAD = [keep(spare_file[2]), keep(superblock(8, 7, indexes=[ref(2, spare_file)]))]
case("index-beyond-the-pages", "PL17", "refused:malformed", "2=" + BAD[0], "0=" + BAD[1])

# What a SEAL tells is used or not; it is never damage.
case("space-block-gone", "PL21", "open:seven", "17=zero")
WRONG = sealed(KEY, ID, "space", 0, space_plain(21, 6, IN_USE))
file_told = dict(file)
file_told[17] = WRONG
TELLS = sealed(KEY, ID, "header", 15, header_plain(24, 7, SEAL, 300, 0, HEAD7, [(0, ref(17, file_told))]))
case("space-of-another-transaction", "PL21", "open:seven", "17=" + keep(WRONG), "15=" + keep(TELLS))
SILENT = sealed(KEY, ID, "header", 15, header_plain(24, 7, SEAL, 300, 0, HEAD7, []))
case("seal-that-tells-nothing", "PL12", "open:seven", "15=" + keep(SILENT))
WRONG = sealed(KEY, ID, "header", 15, header_plain(24, 7, SEAL, 300, 0, HEAD7, [(1, ref(17, file))]))
case("seal-with-another-number", "PL17", "refused:malformed", "15=" + keep(WRONG))
WRONG = sealed(KEY, ID, "header", 15, header_plain(24, 7, SEAL, 300, 12, HEAD7, []))
case("seal-with-a-next", "PL17", "refused:malformed", "15=" + keep(WRONG))

if __name__ == "__main__":
    self_check()
    with open(sys.argv[1] + "/pagelog.bin", "wb") as out:
        out.write(b"".join(file[b] for b in range(COUNT)) + b"".join(spare))
    with open(sys.argv[1] + "/pagelog.txt", "w") as out:
        out.write("\n".join(lines) + "\n")
