#!/usr/bin/env python3
"""Writes wire.txt: bytes that every implementation of schemas/wire/ has to accept or refuse alike.

Everything comes from tests/oracle, which was written from the pages of schemas/ and never from the program under test.
Each case is checked against the oracle's own reader before it is written.

    python3 tests/vectors/make_wire.py > tests/vectors/wire.txt

takes minutes: Argon2id over 64 MiB in Python. A line is a kind of case, a verdict (ok, malformed, newer, forged, void),
a name, and fields "key=value". Values are lower-case hex unless the field is said to be otherwise. To keep long runs short, hex is a sum of
pieces joined by "+": plain hex; "HEX*N", N times HEX; "HEX~N", for i from 0 to N-1 HEX, i as four bytes with the most
significant first, 28 zero bytes; "HEX^N", for i from 0 to N-1 HEX and i as a CBOR integer. An empty value is "-".
"""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from oracle import cbor, change, envelope, member, prim
from oracle.cbor import Map, Newer, NotAuthentic, Refused, encode

CLASS = {Refused: "malformed", Newer: "newer", NotAuthentic: "forged"}


class Bytes(prim.mp.Bytes):
    def __call__(self, n):
        import hashlib
        out = b""
        while len(out) < n:
            out += hashlib.sha256(b"valise wire vectors %d" % self.count).digest()
            self.count += 1
        return out[:n]


some = Bytes()


def shown(value):
    if isinstance(value, (bytes, bytearray)):
        return value.hex() or "-"
    return str(value)


def line(what, verdict, name, /, **fields):
    print(what, verdict, name, *("%s=%s" % (k, shown(v)) for k, v in fields.items()))


def verdict_of(function):
    try:
        function()
    except (Refused, Newer, NotAuthentic) as e:
        return CLASS[type(e)]
    return "ok"


def expect(verdict, name, function):
    got = verdict_of(function)
    if got != verdict:
        raise SystemExit("%s: the oracle says %s, not %s" % (name, got, verdict))


def expand(pieces):
    out = b""
    for piece in pieces.split("+"):
        if "*" in piece:
            unit, n = piece.split("*")
            out += bytes.fromhex(unit) * int(n)
        elif "~" in piece:
            unit, n = piece.split("~")
            out += b"".join(bytes.fromhex(unit) + i.to_bytes(4, "big") + bytes(28) for i in range(int(n)))
        elif "^" in piece:
            unit, n = piece.split("^")
            out += b"".join(bytes.fromhex(unit) + encode(i) for i in range(int(n)))
        else:
            out += bytes.fromhex(piece)
    return out


# ---- CBOR ----

def cbor_cases():
    h = bytes.fromhex
    good = {
        "zero": "00", "one-byte": "1818", "two-bytes": "190100", "four-bytes": "1a00010000",
        "eight-bytes": "1b0000000100000000", "greatest": "1bffffffffffffffff", "minus-one": "20", "minus-25": "3818",
        "least": "3b7fffffffffffffff", "empty-bytes": "40", "bytes-of-24": "5818" + "ab" * 24, "empty-text": "60",
        "text-two-bytes": "62c3a9", "text-three-bytes": "63e282ac", "text-four-bytes": "64f09f9880", "text-last": "64f48fbfbf",
        "text-around-surrogates": "66ed9fbfee8080", "text-u0001": "6101", "empty-array": "80", "array": "83010203", "empty-map": "a0",
        "false": "f4", "true": "f5", "null": "f6", "keys-bytewise": "a80a01186401200160016162016262620180018120 01f401".replace(" ", ""),
        "fifteen-arrays-and-an-integer": "81" * 15 + "00", "sixteen-arrays": "81" * 15 + "80",
        "fifteen-maps-and-an-integer": "a100" * 15 + "00", "fifteen-maps-and-an-empty-one": "a100" * 15 + "a0",
        "a-key-that-is-a-map": "a1a1000001",
    }
    good["keys-bytewise"] = "a9" + "0a01" + "186401" + "2001" + "6001" + "616201" + "62626201" + "8001" + "812001" + "f401"
    for name, data in good.items():
        expect("ok", name, lambda: cbor.decode(h(data)))
        assert encode(cbor.decode(h(data))) == h(data)
        line("cbor", "ok", name, data=h(data))
    bad = {
        "nothing": "", "long-head-23": "1817", "long-head-255": "1900ff", "long-head-65535": "1a0000ffff",
        "long-head-32-bits": "1b00000000ffffffff", "long-head-of-bytes": "580100", "long-head-of-text": "7801" + "61",
        "long-head-of-array": "980100", "long-head-of-map": "b8010000", "long-head-of-negative": "3817",
        "additional-28": "1c", "additional-29": "1d", "additional-30": "1e", "indefinite-bytes": "5f4100ff",
        "indefinite-text": "7f6161ff", "indefinite-array": "9f00ff", "indefinite-map": "bf0000ff", "break": "ff",
        "tag": "c000", "tag-of-24": "d81800", "half-float": "f93c00", "float": "fa3f800000", "double": "fb3ff0000000000000",
        "undefined": "f7", "simple-0": "e0", "simple-19": "f3", "simple-in-two-bytes": "f814", "simple-255": "f8ff",
        "below-least": "3b8000000000000000", "lowest-64-bits": "3bffffffffffffffff",
        "text-lone-continuation": "6180", "text-overlong-2": "62c080", "text-overlong-3": "63e08080", "text-overlong-4": "64f0808080",
        "text-surrogate": "63eda080", "text-beyond-10ffff": "64f4908080", "text-f5": "64f5808080", "text-cut": "61c3",
        "text-with-zero": "6100", "text-with-zero-inside": "63610062", "short-bytes": "4200", "short-text": "6261",
        "short-array": "820000"[:4], "short-map": "a100", "short-argument": "19ff", "huge-bytes": "5bffffffffffffffff",
        "huge-array": "9bffffffffffffffff", "huge-map": "bbffffffffffffffff", "huge-array-32": "9affffffff00",
        "key-twice": "a200010002", "keys-descending": "a201000000", "keys-by-length": "a2616201" + "0a01",
        "keys-of-rfc-7049": "a3" + "0a01" + "2001" + "186401", "key-twice-in-depth": "81a200010002",
        "sixteen-arrays-and-an-integer": "81" * 16 + "00", "seventeen-arrays": "81" * 16 + "80",
        "sixteen-maps-and-an-integer": "a100" * 16 + "00", "seventeen-deep-in-a-key": "81" * 15 + "a1800000"[:6],
        "a-thousand-arrays": "81" * 1000, "byte-behind": "0000", "item-behind": "f6f6",
    }
    for name, data in bad.items():
        expect("malformed", name, lambda: cbor.decode(h(data)))
        line("cbor", "malformed", name, data=h(data))


# ---- change sets ----

R1, R2, R3 = (bytes([i]) * 16 for i in (1, 2, 3))
D1, D2, D3, D4 = sorted(some(32) for _ in range(4))


def dump_ops(data):
    cs = change.decode(data)
    fields = {"lamport": cs.lamport, "wall": cs.wall, "deps": b"".join(cs.deps), "refs": b"".join(cs.refs), "ops": len(cs.ops)}
    ops = []
    for op in cs.ops:
        f = {"record": op.record, "code": op.code}
        if op.code == change.CREATE:
            f["kind"] = op.kind
        elif op.field is not None:
            f.update(field=op.field, key=op.key.encode())
            if op.value is not None:
                f["value"] = op.value
            f["named"] = ",".join("%s:%d" % (name.hex(), n) for name, n in op.named) or "-"
            f["class"] = op.cite
            for number, word in ((2, "cited"), (3, "reason")):
                note = op.notes.get(number)
                if note is not None:
                    f[word] = note.encode()
        ops.append(f)
    return fields, ops


def rewritten(data):
    """What a writer makes of the operations: it names nothing that no operation names, and writes no operation or note
    of a newer version."""
    _, lamport, wall, deps, refs, entries = cbor.decode(data, change.AROUND)
    hashes = deps + refs

    def named(op):
        at = {change.PUT: 4, change.REMOVE: 2, change.DECIDE: 4}.get(op[0])
        return op if at is None else [*op[:at], [(hashes[r], n) for r, n in op[at]], *op[at + 1:]]

    def known(op):
        return op[0] in change.SHAPES and all(k in (1, 2, 3) and v != "" for k, v in op[-1].pairs) \
            if isinstance(op[-1], Map) and op[0] != change.APPEND else op[0] in change.SHAPES

    if not all(known(op) for _, ops in entries for op in ops):
        return None
    return change.encode(lamport, wall, deps, {record: [named(op) for op in ops] for record, ops in entries})


def good_change(name, data, pieces=None):
    expect("ok", name, lambda: change.decode(data))
    fields, ops = dump_ops(data)
    fields["again"] = int(rewritten(data) == data)
    if pieces:
        line("change", "ok", name, data=pieces)
        return
    line("change", "ok", name, data=data, **fields)
    for f in ops:
        line("op", "ok", name, **f)


def change_item(ops=None, **other):
    """Refs are there when an operation may name one: it counts to 2 or further."""
    ops = [[1, 6]] if ops is None else ops
    counted = [dot[0] for op in ops if type(op) is list and op and op[0] in (2, 4, 6) for part in op
               if type(part) is list for dot in part if type(dot) is list and dot and type(dot[0]) is int]
    part = {"version": 1, "lamport": 7, "wall": 1800000000, "deps": [D1, D3],
            "refs": [D2] if max(counted, default=0) > 1 else [], "entries": [[R1, ops]]}
    part.update(other)
    return list(part.values())


PUT = [2, 5, "", "x", [[0, 3], [2, 0]], Map()]


def good_changes():
    good_change("empty", encode(change_item(deps=[], refs=[], entries=[], lamport=1, wall=0)))
    good_change("create", encode(change_item([[1, 6]])))
    good_change("create-unknown-kind", encode(change_item([[1, 65535]])))
    good_change("put", encode(change_item([PUT])))
    good_change("put-first", encode(change_item([[2, 1, "", "a", [], Map()]], deps=[], refs=[])))
    good_change("put-map-key", encode(change_item([[2, 4, "NL-Testland", "b", [], Map()]])))
    good_change("put-cited", encode(change_item([[2, 6, "", "public", [[0, 0]], Map({1: 3, 2: "ICC-01/26-1", 3: "unsealed"})]])))
    good_change("put-empty-notes-text", encode(change_item([[2, 6, "", "public", [], Map({2: "", 3: ""})]])))
    good_change("add", encode(change_item([[3, 4, "ET", Map()]])))
    good_change("add-cited", encode(change_item([[3, 4, "ET", Map({1: 1, 2: "a newspaper"})]])))
    good_change("remove", encode(change_item([[4, 4, [[1, 65535]], Map({3: "wrong"})]])))
    good_change("append", encode(change_item([[5, 1005, Map({"text": "hi"})]])))
    good_change("decide", encode(change_item([[6, 3, "", "confirmed", [[0, 1], [1, 1], [2, 9]], Map({1: 2, 2: "note 4", 3: "seen"})]])))
    good_change("decide-empty-reason", encode(change_item([[6, 3, "", "confirmed", [[0, 1]], Map({3: ""})]])))
    good_change("unknown-operation", encode(change_item([[7], [65535, 1, "x", [Map({1: b""})]], [9] + [0] * 15])))
    good_change("unknown-notes", encode(change_item([[3, 4, "ET", Map([(0, "zero"), (1, 2), (4, [1, Map()]), (2**64 - 1, None)])]])))
    good_change("notes-as-deep-as-they-go", encode(change_item([[3, 4, "ET", Map([(9, eval("[" * 15 + "]" * 15))])]])))
    good_change("sixty-four-notes", encode(change_item([[3, 4, "ET", Map([(i, 1) for i in range(4, 68)])]])))
    good_change("unknown-operation-as-deep-as-it-goes", encode(change_item([[9, eval("[" * 16 + "]" * 16)]])))
    good_change("unknown-field", encode(change_item([[2, 65535, "", [1, -1, None, False, b"\0"], [], Map()]])))
    good_change("value-null", encode(change_item([[2, 1, "", None, [], Map()]])))
    good_change("value-map", encode(change_item([[2, 1, "", Map([(1, 2), ("a", [Map()])]), [], Map()]])))
    good_change("value-as-deep-as-it-goes", encode(change_item([[2, 1, "", eval("[" * 15 + "0" + "]" * 15), [], Map()]])))
    good_change("value-of-sixteen-arrays", encode(change_item([[2, 1, "", eval("[" * 16 + "]" * 16), [], Map()]])))
    good_change("several-records", encode(change_item(entries=[[R1, [[1, 6], PUT]], [R2, [[1, 7], [3, 1004, "x", Map()]]], [R3, [PUT]]], refs=[D2])))
    good_change("greatest-counter", encode(change_item(lamport=2**63 - 1)))
    good_change("wall-before-1970", encode(change_item(wall=-1)))
    good_change("wall-least", encode(change_item(wall=-2**63)))
    good_change("wall-greatest", encode(change_item(wall=2**63 - 1)))
    good_change("refs-nobody-names", encode(change_item([[1, 6]], deps=[], refs=[D1, D4])))
    # Limits, at their last allowed value.
    pieces = "86010100"
    for name, rest in (("most-deps", "+994000+5820~16384+815820" + "ff" * 32 + "+80"), ("most-refs", "+80994000+5820~16384+80")):
        good_change(name, expand(pieces + rest), pieces + rest)
    good_change("most-operations", expand("86010100808081" + "8250" + "01" * 16 + "9a00010000+820101*65536"),
                "86010100808081" + "8250" + "01" * 16 + "9a00010000+820101*65536")
    named = ("86010100815820" + D1.hex() + "8081" + "8250" + "01" * 16 + "8186020160" + "01" + "991000+8200^4096+a0")
    good_change("most-replaced", expand(named), named)
    before = "86010100808081" + "8250" + "01" * 16 + "8186020160"
    overhead = len(bytes.fromhex(before)) + 5 + 2
    n = 960 * 1024 - overhead
    big = before + "5a%08x+00*%d+80a0" % (n, n)
    assert len(expand(big)) == 960 * 1024
    good_change("largest", expand(big), big)
    return big, n


def bad_changes(big, n):
    def bad(name, item, verdict="malformed"):
        data = item if isinstance(item, bytes) else encode(item)
        expect(verdict, name, lambda: change.decode(data))
        line("change", verdict, name, data=data)

    def bad_pieces(name, pieces):
        expect("malformed", name, lambda: change.decode(expand(pieces)))
        line("change", "malformed", name, data=pieces)

    for v in (0, 2, 2**64 - 1):
        bad("version-%d" % v, change_item(version=v), "newer")
    bad("version-2-of-another-shape", [2, "whatever"], "newer")
    bad("version-2-and-more", encode([2]) + b"\xff", "newer")
    bad("version-2-of-64-items", encode([2] + [0] * 63), "newer")
    bad("version-2-of-65-items", encode([2] + [0] * 64))
    bad("version-text", change_item(version="1"))
    bad("version-negative", change_item(version=-1))
    bad("no-array", Map({1: 1}))
    bad("empty-array", [])
    bad("too-short", change_item()[:5])
    bad("too-long", change_item() + [0])
    bad("counter-zero", change_item(lamport=0))
    bad("counter-2^63", change_item(lamport=2**63))
    bad("counter-negative", change_item(lamport=-1))
    bad("wall-text", change_item(wall="now"))
    bad("wall-null", change_item(wall=None))
    bad("wall-2^63", change_item(wall=2**63))
    bad("deps-no-array", change_item(deps=D1))
    bad("dep-of-31", change_item([[1, 6]], deps=[D1[:31]]))
    bad("dep-of-33", change_item([[1, 6]], deps=[D1 + b"\0"]))
    bad("dep-as-text", change_item([[1, 6]], deps=["x" * 32]))
    bad("deps-descending", change_item(deps=[D3, D1]))
    bad("deps-twice", change_item(deps=[D1, D1]))
    bad("refs-descending", change_item(refs=[D4, D2]))
    bad("refs-twice", change_item(refs=[D2, D2]))
    bad("ref-among-deps", change_item(refs=[D1]))
    bad("entry-short", change_item(entries=[[R1]]))
    bad("entry-long", change_item(entries=[[R1, [[1, 6]], 0]]))
    bad("entry-empty", change_item(entries=[[R1, []]]))
    bad("record-of-15", change_item(entries=[[R1[:15], [[1, 6]]]]))
    bad("record-of-17", change_item(entries=[[R1 + b"\0", [[1, 6]]]]))
    bad("records-descending", change_item(entries=[[R2, [[1, 6]]], [R1, [[1, 6]]]]))
    bad("record-twice", change_item(entries=[[R1, [[1, 6]]], [R1, [[1, 6]]]]))
    bad("operation-empty", change_item([[]]))
    bad("operation-no-array", change_item([1]))
    bad("operation-0", change_item([[0]]))
    bad("operation-65536", change_item([[65536]]))
    bad("operation-negative", change_item([[-1]]))
    bad("operation-text", change_item([["put"]]))
    bad("unknown-operation-17-items", change_item([[9] + [0] * 16]))
    bad("create-short", change_item([[1]]))
    bad("create-long", change_item([[1, 6, 0]]))
    bad("kind-0", change_item([[1, 0]]))
    bad("kind-65536", change_item([[1, 65536]]))
    bad("kind-text", change_item([[1, "trip"]]))

    def put(at, value, op=PUT):
        return change_item([op[:at] + [value] + op[at + 1:]])

    bad("put-short", change_item([PUT[:5]]))
    bad("put-long", change_item([PUT + [0]]))
    bad("field-0", put(1, 0))
    bad("field-65536", put(1, 65536))
    bad("field-negative", put(1, -5))
    bad("key-null", put(2, None))
    bad("key-bytes", put(2, b""))
    bad("named-no-array", put(4, Map()))
    bad("named-out-of-range", put(4, [[3, 0]]))
    bad("named-number-65536", put(4, [[0, 65536]]))
    bad("named-number-negative", put(4, [[0, -1]]))
    bad("named-short", put(4, [[0]]))
    bad("named-long", put(4, [[0, 1, 2]]))
    bad("named-descending", put(4, [[1, 0], [0, 0]]))
    bad("named-numbers-descending", put(4, [[0, 2], [0, 1]]))
    bad("named-twice", put(4, [[0, 1], [0, 1]]))
    bad("named-without-deps", change_item([PUT], deps=[], refs=[]))
    bad("notes-array", put(5, []))
    bad("notes-class-0", put(5, Map({1: 0})))
    bad("notes-class-4", put(5, Map({1: 4})))
    bad("notes-class-text", put(5, Map({1: "press"})))
    bad("notes-cite-bytes", put(5, Map({2: b"x"})))
    bad("notes-reason-number", put(5, Map({3: 1})))
    bad("notes-negative-key", put(5, Map([(-1, 0)])))
    bad("notes-text-key", put(5, Map([("why", "x")])))
    ADD = [3, 4, "ET", Map()]
    bad("add-short", change_item([ADD[:3]]))
    bad("add-long", change_item([ADD + [0]]))
    bad("add-field-0", put(1, 0, ADD))
    bad("add-notes-null", put(3, None, ADD))
    REMOVE = [4, 4, [[0, 1]], Map()]
    bad("remove-nothing", put(2, [], REMOVE))
    bad("remove-short", change_item([REMOVE[:3]]))
    bad("remove-long", change_item([REMOVE + [0]]))
    bad("append-short", change_item([[5, 1005]]))
    bad("append-long", change_item([[5, 1005, "x", Map()]]))
    DECIDE = [6, 3, "", "x", [[0, 1]], Map({3: "seen"})]
    bad("decide-without-reason", put(5, Map({1: 1}), DECIDE))
    bad("decide-nothing", put(4, [], DECIDE))
    bad("decide-short", change_item([DECIDE[:5]]))
    bad("decide-long", change_item([DECIDE + [0]]))
    bad("value-too-deep", change_item([[2, 1, "", eval("[" * 16 + "0" + "]" * 16), [], Map()]]))
    bad("value-of-seventeen-arrays", change_item([[2, 1, "", eval("[" * 17 + "]" * 17), [], Map()]]))
    bad("note-too-deep", change_item([[3, 4, "ET", Map([(9, eval("[" * 16 + "]" * 16))])]]))
    bad("unknown-operation-too-deep", change_item([[9, eval("[" * 17 + "]" * 17)]]))
    bad("sixty-five-notes", change_item([[3, 4, "ET", Map([(i, 1) for i in (*range(4, 69),)])]]))
    bad("byte-behind", encode(change_item()) + b"\0")
    bad("cut", encode(change_item())[:-1])
    bad("nothing", b"")
    plain = encode(change_item())
    bad("long-head", plain[:1] + b"\x18\x01" + plain[2:])
    bad("tagged", b"\xc0" + plain)
    bad_pieces("one-dep-too-many", "86010100+994001+5820~16385+8080")
    bad_pieces("one-ref-too-many", "8601010080+994001+5820~16385+80")
    bad_pieces("one-operation-too-many", "86010100808081" + "8250" + "01" * 16 + "9a00010001+820101*65537")
    bad_pieces("one-operation-too-many-in-two-entries",
               "86010100808082" + "8250" + "01" * 16 + "9a00010000+820101*65536+8250" + "02" * 16 + "81820101")
    bad_pieces("one-replaced-too-many",
               "86010100815820" + D1.hex() + "8081" + "8250" + "01" * 16 + "8186020160" + "01" + "991001+8200^4097+a0")
    bad_pieces("one-byte-too-many", big.replace("5a%08x+00*%d" % (n, n), "5a%08x+00*%d" % (n + 1, n + 1)))


# ---- keys and envelopes ----

class Person:
    def __init__(self):
        self.seed, self.box = some(32), some(32)
        self.sign_key, self.box_key = prim.sign_public(self.seed), prim.public(self.box)


FOUNDER = Person()
DOOR_SECRET = some(32)
DOOR_KEY = prim.public(DOOR_SECRET)
GENESIS = member.write_genesis("Assembly, invented", some(16), DOOR_KEY, "NL-Testland", "New York", FOUNDER.sign_key,
                               FOUNDER.box_key)
GROUP = envelope.group_id(GENESIS)
FOUNDER.device = envelope.founder_id(GROUP)
LIFE, COMPARTMENT = some(16), some(16)
EPOCH = envelope.Epoch(some(32), GROUP, COMPARTMENT)
OTHER_EPOCH = envelope.Epoch(some(32), GROUP, COMPARTMENT)
GROUP_EPOCH = envelope.Epoch(some(32), GROUP, envelope.WHOLE_GROUP)


def genesis_cases():
    line("genesis", "ok", "founding", data=GENESIS, group=GROUP, device=FOUNDER.device, root=FOUNDER.sign_key, door=DOOR_KEY,
         title="Assembly, invented".encode(), delegation=b"NL-Testland", post=b"New York", box=FOUNDER.box_key)
    longest = member.write_genesis("t" * 127, some(16), DOOR_KEY, "d" * 63, "é" * 31 + "p", FOUNDER.sign_key, FOUNDER.box_key)
    group = envelope.group_id(longest)
    expect("ok", "longest", lambda: member.Genesis(longest))
    line("genesis", "ok", "longest", data=longest, group=group, device=envelope.founder_id(group), root=FOUNDER.sign_key,
         door=DOOR_KEY, title=b"t" * 127, delegation=b"d" * 63, post=("é" * 31 + "p").encode(), box=FOUNDER.box_key)

    def bad(name, at, value, verdict="malformed"):
        item = cbor.decode(GENESIS)
        if at is None:
            item = value(item)
        elif type(at) is tuple:
            item[at[0]][at[1]] = value
        else:
            item[at] = value
        data = item if type(item) is bytes else encode(item)
        expect(verdict, name, lambda: member.Genesis(data))
        line("genesis", verdict, name, data=data)

    bad("version-2", 0, 2, "newer")
    bad("suite-2", 1, 2, "newer")
    bad("version-text", 0, "1")
    bad("title-empty", 2, "")
    bad("title-of-128", 2, "t" * 128)
    bad("nonce-of-15", 3, bytes(15))
    bad("no-signature-needed", 4, 0)
    bad("two-signatures-of-one", 4, 2)
    bad("no-root", 5, [])
    bad("two-roots", 5, [FOUNDER.sign_key, FOUNDER.sign_key])
    bad("root-of-31", 5, [bytes(31)])
    bad("root-of-a-stranger", 5, [Person().sign_key])
    bad("door-of-33", 6, bytes(33))
    bad("founder-without-post", 7, ["NL-Testland", FOUNDER.sign_key, FOUNDER.box_key])
    bad("delegation-empty", (7, 0), "")
    bad("delegation-of-64", (7, 0), "d" * 64)
    bad("post-empty", (7, 1), "")
    bad("post-of-64", (7, 1), "é" * 32)
    bad("key-of-31", (7, 2), bytes(31))
    bad("box-key-as-text", (7, 3), "b" * 32)
    bad("too-long", None, lambda item: item + [0])
    bad("too-short", None, lambda item: item[:-1])
    bad("byte-behind", None, lambda item: encode(item) + b"\0")
    bad("map", None, lambda item: Map({1: 1}))


def epoch_cases():
    for name, epoch in (("compartment", EPOCH), ("group", GROUP_EPOCH)):
        line("epoch", "ok", name, key=epoch.key, group=GROUP, compartment=epoch.compartment, id=epoch.id, seal=epoch.seal,
             tag=epoch.tag, commit=epoch.commit)
    device = some(16)
    for name, psk in (("plain", envelope.ZEROS), ("with-secret", some(32))):
        wrapped = EPOCH.wrapped(some(32), device, FOUNDER.box_key, psk)

        def case(verdict, title, wrapped=wrapped, box=FOUNDER.box, group=GROUP, compartment=COMPARTMENT, id=EPOCH.id, device=device,
                 psk=psk):
            expect(verdict, title, lambda: envelope.unwrap_epoch(wrapped, box, group, compartment, id, device, psk))
            line("unwrap", verdict, title, wrapped=wrapped, box=box, group=group, compartment=compartment, id=id, device=device,
                 psk=psk, **({"key": EPOCH.key} if verdict == "ok" else {}))

        case("ok", name)
        if psk == envelope.ZEROS:
            case("forged", "another-secret", psk=some(32))
            case("forged", "another-device", device=some(16))
            case("forged", "another-compartment", compartment=some(16))
            case("forged", "another-group", group=some(32))
            case("forged", "another-box-key", box=some(32))
            case("forged", "a-bit-of-the-tag", wrapped=wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
            case("forged", "low-order-key", wrapped=bytes(32) + wrapped[32:])
            low = prim.H("vls epoch wrap", bytes(32) + psk + bytes(32) + FOUNDER.box_key)
            forged = prim.mp.xaead(low, bytes(24), prim.mp.label16(b"vls epoch wrap") + EPOCH.context(device), EPOCH.key)
            case("forged", "low-order-key-with-its-tag", wrapped=bytes(32) + forged)
            wrong = prim.wrap("vls epoch wrap", some(32), FOUNDER.box_key, psk, EPOCH.context(device), OTHER_EPOCH.key)
            case("forged", "another-epochs-key-inside", wrapped=wrong)


SET = encode(change_item([[1, 6], PUT]))


def letter(edit=None, **other):
    """An envelope by the founder; edit(head) spoils it before signing."""
    part = dict(kind=envelope.CHANGE, seq=3, prev=D2, wall=1800000000, payload=SET, epoch=EPOCH, member_heads=(), seen=())
    part.update(other)
    kind = part.pop("kind")
    if kind != envelope.CHANGE and "epoch" not in other:
        part["epoch"] = None
    if kind == envelope.ACK and "payload" not in other:
        part["payload"] = b""
    return envelope.write(FOUNDER.seed, kind, GROUP, FOUNDER.device, LIFE, nonce=some(24), edit=edit, **part)


def envelope_cases():
    seen = [[some(16), some(16), 4, some(32)] for _ in range(3)]
    seen.append([seen[0][0], bytes([255]) * 16, 2**63 - 1, some(32)])
    made = {
        "change": letter(), "first": letter(seq=1, prev=bytes(32)), "wall-negative": letter(wall=-5),
        "with-heads": letter(member_heads=[D1, D3], seen=seen), "member": letter(kind=2, payload=encode([[4, R1, "FR-Testland"]])),
        "acknowledgement": letter(kind=3, seen=seen[:1]), "greatest-number": letter(seq=2**63 - 1),
        "empty-change-set": letter(payload=b""),
    }
    for name, raw in made.items():
        e = envelope.parse(raw)
        envelope.check_signature(e, FOUNDER.sign_key)
        line("envelope", "ok", name, data=raw, key=FOUNDER.sign_key, id=e.id, kind=e.kind, group=e.group, device=e.device,
             incarnation=e.incarnation, seq=e.seq, prev=e.prev, wall=e.wall, members=b"".join(e.member_heads), seen=len(e.seen),
             tag=e.tag, commitment=e.commitment, context=e.context, **({} if e.kind == envelope.CHANGE else {"seed": FOUNDER.seed}))
        if e.kind == envelope.CHANGE:
            plain = envelope.open_change(e, EPOCH)
            assert envelope.belongs(e, EPOCH) and not envelope.belongs(e, OTHER_EPOCH)
            line("open", "ok", name, data=raw, epoch=EPOCH.key, compartment=COMPARTMENT, plain=plain)

    def bad(name, raw, verdict="malformed"):
        expect(verdict, name, lambda: envelope.parse(raw))
        line("envelope", verdict, name, data=raw)

    def head(name, at, value, verdict="malformed", **other):
        def edit(h):
            h[at] = value
        bad(name, letter(edit, **other), verdict)

    head("suite-0", 0, 0, "newer")
    head("suite-2", 0, 2, "newer")
    head("suite-text", 0, "1")
    head("kind-0", 1, 0)
    head("group-of-31", 2, bytes(31))
    head("device-of-17", 3, bytes(17))
    head("incarnation-of-15", 4, bytes(15))
    head("incarnation-text", 4, "x" * 16)
    head("number-0", 5, 0)
    head("number-negative", 5, -1)
    head("number-2^63", 5, 2**63)
    head("prev-of-16", 6, bytes(16))
    head("prev-null", 6, None)
    head("wall-text", 7, "today")
    head("wall-2^63", 7, 2**63)
    head("heads-descending", 8, [D3, D1])
    head("heads-twice", 8, [D1, D1])
    head("head-of-33", 8, [bytes(33)])
    head("heads-map", 8, Map())
    head("seen-descending", 9, sorted(seen, reverse=True))
    head("seen-twice", 9, [seen[0], seen[0][:2] + [5, D1]])
    head("seen-short", 9, [seen[0][:3]])
    head("seen-number-text", 9, [seen[0][:2] + ["4", D1]])
    head("seen-number-0", 9, [seen[0][:2] + [0, D1]])
    head("seen-number-2^63", 9, [seen[0][:2] + [2**63, D1]])
    head("seen-device-of-15", 9, [[bytes(15)] + seen[0][1:]])
    head("tag-of-15", 10, bytes(15))
    head("tag-missing", 10, b"")
    head("commitment-of-31", 11, bytes(31))
    head("commitment-missing", 11, b"")
    head("member-with-tag", 10, bytes(16), kind=2)
    head("member-with-commitment", 11, bytes(32), kind=2)
    head("acknowledgement-with-tag", 10, bytes(16), kind=3)
    bad("acknowledgement-with-payload", letter(kind=3, payload=b"\0"))

    def longer(h):
        h.append(0)

    def shorter(h):
        h.pop()

    bad("head-long", letter(longer))
    bad("head-short", letter(shorter))
    good = cbor.decode(made["change"])
    bad("envelope-long", encode(good + [0]))
    bad("envelope-short", encode(good[:2]))
    bad("signature-of-63", encode(good[:2] + [good[2][:-1]]))
    bad("signature-of-65", encode(good[:2] + [good[2] + b"\0"]))
    bad("payload-text", encode([good[0], "x", good[2]]))
    bad("payload-shorter-than-its-seal", encode([good[0], bytes(39), good[2]]))
    bad("byte-behind", made["change"] + b"\0")
    bad("cut", made["change"][:-1])
    heads = made["acknowledgement"]
    at = encode(cbor.decode(heads)[0])
    prefix, suffix = cut_head(at, 8)
    tail = heads[1 + len(at):]
    for count, verdict in ((1024, "ok"), (1025, "malformed")):
        pieces = "83+%s+99%04x+5820~%d+%s+%s" % (prefix.hex(), count, count, suffix.hex(), tail.hex())
        expect(verdict, "heads", lambda: envelope.parse(expand(pieces)))
        line("envelope", verdict, "heads-%d" % count, data=pieces)

    # Signatures.
    raw = made["change"]
    e = envelope.parse(raw)

    def signed(name, raw, key=FOUNDER.sign_key):
        expect("forged", name, lambda: envelope.check_signature(envelope.parse(raw), key))
        line("envelope", "forged", name, data=raw, key=key)

    def with_signature(s):
        return encode(good[:2] + [s])

    signature = e.signature
    signed("another-key", raw, Person().sign_key)
    signed("signature-zero", with_signature(bytes(64)))
    signed("signature-bit-of-r", with_signature(bytes([signature[0] ^ 1]) + signature[1:]))
    signed("signature-bit-of-s", with_signature(signature[:32] + bytes([signature[32] ^ 1]) + signature[33:]))
    s = int.from_bytes(signature[32:], "little") + prim.mp.ORDER
    signed("signature-s-not-reduced", with_signature(signature[:32] + s.to_bytes(32, "little")))
    small = (1).to_bytes(32, "little")
    signed("key-of-small-order", with_signature(small + bytes(32)), small)
    changed = cbor.decode(made["change"])
    changed[0][7] += 1
    signed("head-changed", encode(changed))
    changed = cbor.decode(made["change"])
    changed[1] = changed[1][:-1] + bytes([changed[1][-1] ^ 1])
    signed("payload-changed", encode(changed))
    unlabelled = prim.mp.ed_sign(FOUNDER.seed, e.id)
    signed("signature-without-label", with_signature(unlabelled))
    signed("signature-of-another-label", with_signature(prim.sign("vls request sig", FOUNDER.seed, e.id)))

    # Opening.
    def closed(name, raw, epoch=EPOCH):
        expect("forged", name, lambda: envelope.open_change(envelope.parse(raw), epoch))
        line("open", "forged", name, data=raw, epoch=epoch.key, compartment=epoch.compartment)

    def commitment_edit(h):
        h[11] = bytes(32)

    closed("another-epoch", raw, OTHER_EPOCH)
    closed("same-key-other-compartment", raw, envelope.Epoch(EPOCH.key, GROUP, some(16)))
    closed("commitment-zero", letter(commitment_edit))
    closed("commitment-of-the-number-before", letter(lambda h: h.__setitem__(5, 4)))
    closed("payload-changed", encode(changed))
    moved = cbor.decode(letter(seq=3, wall=5))
    closed("payload-of-another-head", encode([moved[0], good[1], moved[2]]))


def cut_head(encoded, at):
    """A head's bytes before and after its item at that place."""
    reader = cbor.Reader(encoded)
    reader.head()
    for _ in range(at):
        reader.item(2)
    start = reader.at
    reader.item(2)
    return encoded[:start], encoded[reader.at:]


# ---- packets and letters ----

def packet_cases():
    letters = [letter(seq=i, wall=i, kind=3) for i in (1, 2)]
    body = b"".join(letters)

    def case(verdict, name, packet, epoch=GROUP_EPOCH, **other):
        expect(verdict, name, lambda: envelope.open_packet(epoch, packet))
        line("packet", verdict, name, epoch=epoch.key, group=epoch.group, compartment=epoch.compartment, data=packet, **other)

    case("ok", "one", envelope.write_packet(GROUP_EPOCH, some(24), letters[:1]), count=1, envelopes=letters[0])
    good = envelope.write_packet(GROUP_EPOCH, some(24), letters)
    case("ok", "two", good, count=2, envelopes=body)
    many = [letter(seq=i, kind=3, wall=0) for i in (4, 5, 6, 7)]
    case("ok", "four-kib", envelope.write_packet(GROUP_EPOCH, some(24), many), count=4, envelopes=b"".join(many))

    def sealed(plain):
        return envelope.seal("vls packet", GROUP_EPOCH.seal, some(24), GROUP, plain)

    def padded(n, body, filler=b"\0", size=1024):
        plain = envelope.le32(n) + body
        return sealed(plain + filler * (size - 40 - len(plain)))

    case("malformed", "padding-ff", padded(len(body), body, b"\xff"))
    case("malformed", "padding-last-byte", sealed((envelope.le32(len(body)) + body + bytes(984 - 5 - len(body))) + b"\1"))
    case("malformed", "count-too-great", padded(981, body))
    case("malformed", "count-huge", padded(2**32 - 1, body))
    case("malformed", "count-in-the-middle", padded(len(body) - 1, body))
    case("malformed", "not-cbor", padded(3, b"\xff\xff\xff"))
    case("ok", "larger-than-needed", padded(len(body), body, size=4096), count=2, envelopes=body)
    case("forged", "no-bucket", sealed(envelope.le32(len(body)) + body + bytes(1000 - 4 - len(body))))
    case("forged", "cut", good[:-1])
    case("forged", "nothing", b"")
    case("forged", "a-bit", good[:500] + bytes([good[500] ^ 4]) + good[501:])
    case("forged", "a-bit-of-the-nonce", bytes([good[0] ^ 1]) + good[1:])
    case("forged", "another-epoch", good, envelope.Epoch(some(32), GROUP, envelope.WHOLE_GROUP))
    case("forged", "compartments-subkey", good, envelope.Epoch(GROUP_EPOCH.key, GROUP, COMPARTMENT))
    case("forged", "another-group", good, envelope.Epoch(GROUP_EPOCH.key, some(32), envelope.WHOLE_GROUP))


def follower_cases():
    def case(verdict, name, packet, **other):
        expect(verdict, name, lambda: envelope.open_packet(GROUP_EPOCH, packet))
        line("packet", verdict, name, epoch=GROUP_EPOCH.key, group=GROUP, compartment=GROUP_EPOCH.compartment, data=packet, **other)

    def folded(*items):
        plain = b"".join(items)
        return envelope.write_packet(GROUP_EPOCH, some(24), [plain])

    def chain(n, **other):
        """Envelopes that go on from one another."""
        made = [letter(seq=1, wall=7, **other)]
        for i in range(2, n + 1):
            made.append(letter(seq=i, wall=7 + i, prev=envelope.parse(made[-1]).id, **other))
        return made

    acks, changes = chain(3, kind=3), chain(2, member_heads=[D1, D3], seen=[[some(16), some(16), 4, some(32)]])
    short = [envelope.follower(e) for e in acks]
    case("ok", "a-follower", folded(acks[0], short[1]), count=2, envelopes=acks[0] + acks[1])
    case("ok", "followers", folded(acks[0], short[1], short[2]), count=3, envelopes=b"".join(acks))
    case("ok", "follower-of-a-follower-in-full", folded(acks[0], acks[1], short[2]), count=3, envelopes=b"".join(acks))
    case("ok", "change-sets", folded(changes[0], envelope.follower(changes[1])), count=2, envelopes=b"".join(changes))
    case("ok", "follower-first", folded(short[1], acks[0]), count=2, envelopes=short[1] + acks[0])
    case("ok", "followers-behind-nothing", folded(short[1], short[2]), count=2, envelopes=short[1] + short[2])
    case("ok", "follower-behind-no-envelope", folded(b"\x80", short[1]), count=2, envelopes=b"\x80" + short[1])
    newer = letter(lambda h: h.__setitem__(0, 2), kind=3)
    case("ok", "follower-behind-a-newer-suite", folded(newer, short[1]), count=2, envelopes=newer + short[1])
    odd = encode([b"", [], "wall", None, 7, -1, Map()])
    first = envelope.parse(acks[0])
    whole = encode([[1, b"", GROUP, first.device, first.incarnation, 2, first.id, [], list(first.member_heads), "wall", None, 7], -1, Map()])
    case("ok", "follower-of-other-parts", folded(acks[0], odd, short[1]), count=3, envelopes=acks[0] + whole + short[1])
    last = letter(seq=2**63 - 1, kind=3)
    over = envelope.unfolded(short[1], last)
    case("ok", "follower-past-the-last-number", folded(last, short[1]), count=2, envelopes=last + over)
    expect("malformed", "past-the-last-number", lambda: envelope.parse(over))
    case("ok", "six-items", folded(acks[0], encode(cbor.decode(short[1])[:6])), count=2, envelopes=acks[0] + encode(cbor.decode(short[1])[:6]))
    case("malformed", "follower-cut", folded(acks[0], short[1][:-1]))


NEWCOMER = Person()


def request_body(**other):
    part = dict(sign_seed=NEWCOMER.seed, group=GROUP, nonce=some(16), sign_key=NEWCOMER.sign_key, box_key=NEWCOMER.box_key,
                delegation="FR-Testland", post="The Hague", wall=1800000001)
    part.update(other)
    return envelope.write_request(**part)


def door_cases():
    door = envelope.write_door(GROUP, DOOR_KEY, some(944))
    assert envelope.open_door(door) == (GROUP, DOOR_KEY)
    line("door", "ok", "door", data=door, group=GROUP, key=DOOR_KEY)
    for name, at in (("check", 0), ("group", 20), ("key", 50), ("filler", 1023)):
        spoiled = door[:at] + bytes([door[at] ^ 1]) + door[at + 1:]
        expect("forged", name, lambda: envelope.open_door(spoiled))
        line("door", "forged", "bit-of-" + name, data=spoiled)
    for name, data in (("short", door[:-1]), ("long", door + b"\0"), ("nothing", b"")):
        expect("malformed", name, lambda: envelope.open_door(data))
        line("door", "malformed", name, data=data)


def request_cases():
    body = request_body()
    r = envelope.parse_request(body, GROUP)

    def case(verdict, name, data, secret=DOOR_SECRET, group=GROUP, **other):
        expect(verdict, name, lambda: envelope.open_request(data, secret, group))
        line("request", verdict, name, data=data, secret=secret, group=group, **other)

    def good(name, body):
        r = envelope.parse_request(body, GROUP)
        case("ok", name, envelope.seal_request(some(32), DOOR_KEY, GROUP, body), body=body, id=r.id, device=r.device, sign=r.sign_key,
             box=r.box_key, delegation=r.delegation.encode(), post=r.post.encode(), wall=r.wall)

    good("request", body)
    good("longest-labels", request_body(delegation="d" * 63, post="p" * 63))
    good("shortest-labels", request_body(delegation="d", post="p", wall=0))

    def sealed(body, padding=None):
        return envelope.seal_request(some(32), DOOR_KEY, GROUP, body, padding)

    case("malformed", "version-2", sealed(request_body(version=2)))
    case("malformed", "delegation-empty", sealed(request_body(delegation="")))
    case("malformed", "delegation-of-64", sealed(request_body(delegation="d" * 64)))
    case("malformed", "post-empty", sealed(request_body(post="")))
    case("malformed", "post-of-64", sealed(request_body(post="p" * 64)))
    case("malformed", "nonce-of-15", sealed(request_body(nonce=bytes(15))))
    case("malformed", "box-key-of-31", sealed(request_body(box_key=bytes(31))))
    case("malformed", "wall-text", sealed(request_body(wall="now")))
    case("malformed", "wall-2^63", sealed(request_body(wall=2**63)))
    case("malformed", "only-a-signature", sealed(bytes(64)))
    case("malformed", "cut-inside", sealed(body[:-65] + body[-64:]))
    case("malformed", "padding", sealed(body, b"\1" * (972 - len(body))))
    case("malformed", "padding-last-byte", sealed(body, bytes(971 - len(body)) + b"\1"))
    case("malformed", "count-too-great", envelope.wrap("vls request", some(32), DOOR_KEY, envelope.ZEROS, GROUP,
                                                       envelope.le32(973) + body + bytes(972 - len(body))))
    case("forged", "signed-by-another", sealed(request_body(sign_seed=FOUNDER.seed)))
    case("malformed", "of-another-group", sealed(request_body(group=some(32))))
    changed = body[:70] + bytes([body[70] ^ 1]) + body[71:]
    case("forged", "body-changed", sealed(changed))
    letter_bytes = sealed(body)
    case("forged", "short", letter_bytes[:-1])
    case("forged", "long", letter_bytes + b"\0")
    case("forged", "a-bit", letter_bytes[:100] + bytes([letter_bytes[100] ^ 1]) + letter_bytes[101:])
    case("forged", "another-door", letter_bytes, secret=some(32))
    case("forged", "group-not-bound", letter_bytes, group=some(32))
    case("forged", "low-order-key", bytes(32) + letter_bytes[32:])
    for name, group, key, rid in (("safety", GROUP, DOOR_KEY, r.id), ("safety-of-another-door", GROUP, NEWCOMER.box_key, r.id)):
        line("safety", "ok", name, group=group, door=key, request=rid, number="-".join(envelope.safety_number(group, key, rid)))
    return r


def welcome_cases(r):
    keys = [GROUP_EPOCH.key, some(32)]

    def made(**other):
        part = dict(eph=some(32), box_key=NEWCOMER.box_key, group=GROUP, request_hash=r.id, genesis=GENESIS,
                    door_secret=DOOR_SECRET, epoch_keys=keys)
        part.update(other)
        return envelope.write_welcome(**part)

    def case(verdict, name, data, box=NEWCOMER.box, group=GROUP, request=r.id, **other):
        expect(verdict, name, lambda: envelope.open_welcome(data, box, group, request))
        line("welcome", verdict, name, data=data, box=box, group=group, request=request, **other)

    good = made()
    case("ok", "welcome", good, genesis=GENESIS, door=DOOR_SECRET, keys=b"".join(keys))
    one = made(epoch_keys=keys[:1])
    case("ok", "one-epoch", one, genesis=GENESIS, door=DOOR_SECRET, keys=keys[0])
    more = keys + [some(32) for _ in range(30)]
    case("ok", "four-kib", made(epoch_keys=more), genesis=GENESIS, door=DOOR_SECRET, keys=b"".join(more))
    case("malformed", "version-2", made(version=2))
    case("malformed", "no-epoch", made(epoch_keys=[]))
    case("malformed", "epoch-of-31", made(epoch_keys=[bytes(31)]))
    case("malformed", "door-of-31", made(door_secret=bytes(31)))
    case("malformed", "genesis-text", made(genesis="x"))
    case("malformed", "request-of-31", made(request_hash=bytes(31)))
    case("ok", "larger-than-needed", made(size=4096), genesis=GENESIS, door=DOOR_SECRET, keys=b"".join(keys))
    case("forged", "no-bucket", made(size=1030))
    case("forged", "cut", good[:-1])
    inner = len(encode([1, r.id, GENESIS, DOOR_SECRET, keys]))
    case("malformed", "padding", made(padding=b"\1" * (1024 - 48 - 4 - inner)))
    case("forged", "another-group", made(genesis=GENESIS[:-1] + bytes([GENESIS[-1] ^ 1])))
    case("forged", "another-request", made(request_hash=some(32)))
    case("forged", "another-newcomer", good, box=some(32))
    case("forged", "group-not-bound", good, group=some(32))
    case("forged", "a-bit", good[:-1] + bytes([good[-1] ^ 0x80]))


# ---- membership ----

class Story:
    """Envelopes of a group, judged by the oracle as they are written."""

    def __init__(self, name):
        self.name = name
        self.graph = member.Graph(member.Genesis(GENESIS))
        self.chains, self.ids = {}, {}
        line("graph", "ok", name, genesis=GENESIS)

    def device(self, person, body):
        person.device = envelope.parse_request(body, GROUP).device
        return person.device

    def node(self, title, person, heads, ops, life=None, seq=None, expect=None):
        life = life or person.device
        last = self.chains.get((person.device, life), (0, bytes(32)))
        payload = ops if type(ops) is bytes else encode(ops)
        raw = envelope.write(person.seed, envelope.MEMBER, GROUP, person.device, life, seq or last[0] + 1, last[1], 0,
                             member_heads=[self.ids[h] for h in heads], payload=payload)
        e = envelope.parse(raw)
        self.chains[person.device, life] = e.seq, e.id
        self.ids[title] = e.id
        self.graph.add(e)
        verdicts = self.graph.verdicts[e.id]
        said = "void" if verdicts is None else "".join("01"[v] for v in verdicts) or "-"
        if said != expect:
            raise SystemExit("%s/%s: the oracle says %s, not %s" % (self.name, title, said, expect))
        line("node", "void" if verdicts is None else "ok", self.name + "/" + title, data=raw, id=e.id, verdicts=said)
        return e

    def end(self, compartments):
        state = self.graph.state()
        line("heads", "ok", self.name, ids=b"".join(self.graph.heads()))
        for name, d in sorted(state.devices.items()):
            line("device", "ok", self.name, id=name, delegation=d.delegation.encode(), post=d.post.encode(), rank=d.rank)
        for c in [envelope.WHOLE_GROUP, *compartments]:
            known = state.compartments.get(c)
            line("compartment", "ok" if known or c == envelope.WHOLE_GROUP else "void", self.name, id=c,
                 readers=b"".join(sorted(state.readers(c))), **({"owner": known.owner.encode(), "label": known.name.encode(),
                                                                 "common": int(known.common)} if known else {}))
        for (c, epoch), holders in sorted(state.epochs.items()):
            line("holders", "ok", self.name, compartment=c, epoch=epoch, devices=b"".join(sorted(holders)),
                 covers=int(state.readers(c) <= holders))


def wrap_of():
    return some(80)


def member_stories():
    mate, ally, ally_mate, stranger = Person(), Person(), Person(), Person()

    def body(person, delegation, **other):
        b = request_body(sign_seed=person.seed, sign_key=person.sign_key, box_key=person.box_key, delegation=delegation, **other)
        try:
            person.device = envelope.parse_request(b, GROUP).device
        except (Refused, Newer, NotAuthentic):
            pass
        return b

    b_mate, b_ally = body(mate, "NL-Testland"), body(ally, "FR-Testland")
    b_ally_mate, b_stranger = body(ally_mate, "FR-Testland"), body(stranger, "ET-Testland")
    common_op, own_op, theirs_op, ghost_op = ([3, some(16), name, common] for name, common in (
        ("focal-points", True), ("own", False), ("theirs", False), ("common by no root", True)))
    common, own = (member.compartment_id(FOUNDER.device, op) for op in (common_op, own_op))
    theirs, ghost = (member.compartment_id(ally.device, op) for op in (theirs_op, ghost_op))
    e1, e2, e3, e4 = (some(32) for _ in range(4))

    def rotate(c, epoch, *people):
        return [5, c, epoch, sorted([p.device, wrap_of()] for p in people)]

    def share(c, epoch, person):
        return [6, c, epoch, person.device, wrap_of()]

    s = Story("growth")
    s.node("found", FOUNDER, [], [common_op, own_op, rotate(envelope.WHOLE_GROUP, e1, FOUNDER),
                                  rotate(common, e2, FOUNDER), rotate(own, e3, FOUNDER)], expect="11111")
    s.node("mate", FOUNDER, ["found"], [[2, b_mate]], expect="1")
    s.node("ally", FOUNDER, ["mate"], [[2, b_ally], [2, b_ally]], expect="10")
    s.node("second-of-new-delegation-by-root", FOUNDER, ["ally"], [[2, b_ally_mate]], expect="0")
    s.node("by-ally", ally, ["second-of-new-delegation-by-root"], [[2, b_stranger], [2, b_ally_mate], theirs_op, ghost_op], expect="0110")
    s.node("by-mate", mate, ["by-ally"], [[2, b_stranger], [4, own, "FR-Testland"], [4, own, "XX-Nowhere"], [4, theirs, "NL-Testland"],
                                          [4, ghost, "NL-Testland"]], expect="01000")
    s.node("epochs", mate, ["by-mate"],
           [rotate(own, e4, FOUNDER, mate, ally, ally_mate), rotate(theirs, e4, ally, ally_mate), rotate(own, e1, FOUNDER, mate, ally),
            rotate(own, e1, FOUNDER, mate, ally, ally_mate, stranger), rotate(envelope.WHOLE_GROUP, e4, FOUNDER, mate, ally, ally_mate),
            share(own, e3, ally), share(own, e2, ally), share(own, e3, stranger), share(theirs, e4, ally), share(common, e2, ally),
            share(envelope.WHOLE_GROUP, e1, ally)], expect="10000100011")
    # the same words of another author make another compartment; repeated by their own author they are void
    s.node("copied", mate, ["epochs"], [own_op, [3, common, "named by an id", False]], expect="11")
    s.node("repeated", FOUNDER, ["copied"], [own_op, common_op], expect="00")
    s.node("recipients-out-of-order", mate, ["repeated"],
           [[5, own, e1, sorted(([p.device, wrap_of()] for p in (FOUNDER, mate, ally, ally_mate)), reverse=True)],
            [5, own, e2, []], [5, ghost, e2, []]], expect="000")
    s.node("group-by-root", FOUNDER, ["recipients-out-of-order"], [rotate(envelope.WHOLE_GROUP, e4, FOUNDER, mate, ally, ally_mate),
                                                                  rotate(theirs, e4, ally, ally_mate)], expect="10")
    s.end([common, own, theirs, ghost, member.compartment_id(mate.device, own_op)])

    s = Story("refused")
    nonce = own_op[1]
    s.node("found", FOUNDER, [], [common_op], expect="1")
    forged = b_mate[:-1] + bytes([b_mate[-1] ^ 1])
    elsewhere = request_body(sign_seed=mate.seed, sign_key=mate.sign_key, box_key=mate.box_key, delegation="NL-Testland", group=some(32))
    newer = request_body(sign_seed=mate.seed, sign_key=mate.sign_key, box_key=mate.box_key, delegation="NL-Testland", version=2)
    s.node("requests", FOUNDER, ["found"], [[2, forged], [2, elsewhere], [2, newer], [2, b""], [2, b_mate[:64]], [2, bytes(961)]], expect="000000")
    s.node("stranger", stranger, ["requests"], [[2, b_stranger]], expect="void")
    s.node("not-cbor", FOUNDER, ["requests"], b"\xff", expect="void")
    s.node("no-operation", FOUNDER, ["not-cbor"], [], expect="-")
    s.node("empty-payload", FOUNDER, ["no-operation"], b"", expect="void")
    s.node("short-operation", FOUNDER, ["empty-payload"], [[3, nonce, "own"]], expect="0")
    s.node("long-operation", FOUNDER, ["short-operation"], [[4, common, "NL-Testland", 0]], expect="0")
    s.node("nonce-of-15", FOUNDER, ["long-operation"], [[3, nonce[:15], "own", False]], expect="0")
    s.node("common-null", FOUNDER, ["nonce-of-15"], [[3, nonce, "own", None]], expect="0")
    s.node("wrap-of-79", FOUNDER, ["common-null"], [[5, common, e1, [[FOUNDER.device, bytes(79)]]]], expect="0")
    s.node("byte-behind", FOUNDER, ["wrap-of-79"], encode([own_op]) + b"\0", expect="void")
    s.node("one-good-one-malformed", FOUNDER, ["byte-behind"], [own_op, [5, common]], expect="10")
    s.node("operation-0", FOUNDER, ["one-good-one-malformed"], [[0]], expect="0")
    s.node("operation-1", FOUNDER, ["operation-0"], [[1, 0]], expect="0")
    s.node("name-of-128", FOUNDER, ["operation-1"], [[3, nonce, "n" * 128, False]], expect="0")
    s.node("name-empty", FOUNDER, ["name-of-128"], [[3, nonce, "", False]], expect="0")
    s.node("operation-7", FOUNDER, ["name-empty"], [[7, FOUNDER.device], [4, own, "NL-Testland"]], expect="01")
    s.node("operation-too-deep", FOUNDER, ["operation-7"], b"\x81" + b"\x81" * 16 + b"\x80", expect="void")
    s.node("8193-operations", FOUNDER, ["operation-too-deep"], [0] * 8193, expect="void")
    s.node("after-all", FOUNDER, ["8193-operations", "stranger"], [theirs_op], expect="1")
    s.node("forgets-its-own", FOUNDER, ["requests"], [ghost_op], expect="void")
    s.end([common, own, member.compartment_id(FOUNDER.device, theirs_op), member.compartment_id(FOUNDER.device, ghost_op)])

    s = Story("concurrent")
    s.node("found", FOUNDER, [], [[2, b_ally], common_op], expect="11")
    s.node("mate", FOUNDER, ["found"], [[2, b_mate]], expect="1")
    # two say the same words at once: each owns what it made, and a grant of the other's is void
    by_mate, by_ally = (member.compartment_id(p.device, own_op) for p in (mate, ally))
    s.node("words-a", mate, ["mate"], [own_op, [4, by_mate, "FR-Testland"], [4, by_ally, "NL-Testland"]], expect="110")
    s.node("words-b", ally, ["mate"], [own_op, [4, by_mate, "FR-Testland"]], expect="10")
    other = Person()
    b_other = body(other, "NL-Testland")
    s.node("admit-a", FOUNDER, ["mate"], [[2, b_other]], expect="1")
    s.node("admit-b", mate, ["words-a"], [[2, b_other]], expect="1")
    s.node("grant-of-anothers", ally, ["admit-a", "admit-b", "words-b"], [[4, by_mate, "FR-Testland"]], expect="0")
    s.node("grant-of-ones-own", ally, ["grant-of-anothers"], [[4, by_ally, "NL-Testland"]], expect="1")
    s.node("other-acts", other, ["grant-of-ones-own"], [theirs_op], expect="1")
    # one maker, two lives, the same words: one compartment, whichever comes first
    s.node("twin-words", ally, ["mate"], [own_op], life=some(16), expect="1")
    s.node("ally-blind", ally, ["words-b"], [[4, by_ally, "NL-Testland"]], life=some(16), expect="1")
    s.end([common, by_mate, by_ally, member.compartment_id(other.device, theirs_op)])

    s = Story("not-yet")
    mine = member.compartment_id(ally.device, own_op)
    s.node("found", FOUNDER, [], [[2, b_ally]], expect="1")
    s.node("ally-before", ally, [], [own_op], expect="void")
    s.node("ally-after", ally, ["found", "ally-before"], [own_op], expect="1")
    s.node("grant-without-seeing", FOUNDER, ["found"], [[4, mine, "NL-Testland"]], expect="0")
    s.node("other-life", ally, ["found"], [theirs_op], life=some(16), expect="1")
    s.end([mine, theirs])


def main():
    print("# Made by make_wire.py; never by the program under test. All persons, States and keys are invented.")
    cbor_cases()
    bad_changes(*good_changes())
    genesis_cases()
    epoch_cases()
    envelope_cases()
    packet_cases()
    door_cases()
    r = request_cases()
    welcome_cases(r)
    member_stories()
    follower_cases()


if __name__ == "__main__":
    main()
