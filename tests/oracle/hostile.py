"""Change sets that a misbehaving member might write: an honest one with one thing wrong, and some at and just past every
limit. Most have to be refused; those that a page allows after all are merged like any other."""
from . import cbor, change
from .cbor import Map

CREATE, PUT, ADD, REMOVE, APPEND, DECIDE = range(1, 7)


class Raw:
    """Bytes that stand in the place of an item, whatever they are."""

    def __init__(self, data):
        self.data = data


def written(item):
    """Like cbor.encode, but for what it would not write: raw bytes, and maps in the order given."""
    if isinstance(item, Raw):
        return item.data
    if type(item) is list:
        return cbor.encode_head(4, len(item)) + b"".join(map(written, item))
    if isinstance(item, Map):
        return cbor.encode_head(5, len(item.pairs)) + b"".join(written(k) + written(v) for k, v in item.pairs)
    return cbor.encode(item)


# ---- one thing wrong in the encoding ----

def longer_head(rng, item):
    data = cbor.encode(item)
    major, code = data[0] >> 5, data[0] & 31
    if major == 7:
        return bytes([0xF8, data[0] & 31])
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(code, 0)
    n = int.from_bytes(data[1:1 + size], "big") if size else code
    wider = [(c, w) for c, w in ((24, 1), (25, 2), (26, 4), (27, 8)) if w > size]
    if not wider:
        return data[:1] + data[2:]
    c, w = rng.choice(wider)
    return bytes([major << 5 | c]) + n.to_bytes(w, "big") + data[1 + size:]


def indefinite(rng, item):
    data = cbor.encode(item)
    if type(item) is list:
        return b"\x9f" + b"".join(map(cbor.encode, item)) + b"\xff"
    if isinstance(item, Map):
        return b"\xbf" + b"".join(cbor.encode(k) + cbor.encode(v) for k, v in item.pairs) + b"\xff"
    if type(item) in (bytes, str):
        return bytes([data[0] >> 5 << 5 | 31]) + data + b"\xff"
    return rng.choice([b"\x1f", b"\x3f", b"\xff", b"\xdf"])


def foreign(rng, item):
    """What CBOR has and we have not."""
    return rng.choice([b"\xc0" + cbor.encode(item), b"\xd9\xd9\xf7" + cbor.encode(item), b"\xf9\x3c\x00", b"\xf9\x7e\x00",
                       b"\xfa\x3f\x80\x00\x00", b"\xfb" + bytes(8), b"\xf7", b"\xe0", b"\xf8\x20", b"\xf8\xff", b"\x1c", b"\x7d", b"\xfc"])


def beyond(rng, item):
    return rng.choice([b"\x3b\x80" + bytes(7), b"\x3b" + b"\xff" * 8, b"\x5b" + b"\xff" * 8, b"\x9b\x7f" + b"\xff" * 7,
                       b"\xbb\x80" + bytes(7), b"\x7a\xff\xff\xff\xff"])


def bad_text(rng, item):
    text = rng.choice([b"\x00", b"a\x00b", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x82", b"\xf8\x88\x80\x80\x80",
                       b"\xe0\x80\xaf", b"\xed\xbf\xbf", b"a\xc3"])
    return cbor.encode_head(3, len(text)) + text


def bad_map(rng, item):
    pairs = rng.choice([[(2, 0), (1, 0)], [(1, 0), (1, 0)], [("b", 0), ("a", 0)], [("aa", 1), ("b", 1)], [(1, 0), (0, 0)],
                        [(b"", 0), (0, 0)], [(-1, 0), (1, 0)]])
    return written(Map(pairs))


ENCODINGS = (longer_head, indefinite, foreign, beyond, bad_text, bad_map)


def places(item, at=()):
    """The way to every item within item."""
    yield at
    if type(item) is list:
        for i, one in enumerate(item):
            yield from places(one, at + (i,))
    elif isinstance(item, Map):
        for i, (k, v) in enumerate(item.pairs):
            yield at + (i, 0)
            yield from places(v, at + (i, 1))


def found(item, way):
    for i, step in enumerate(way):
        if isinstance(item, tuple):
            item = item[step]
        else:
            item = item.pairs[step] if isinstance(item, Map) else item[step]
    return item


def replaced(item, way, new):
    """item with new at the end of the way; the rest is shared."""
    if not way:
        return new
    if isinstance(item, Map):
        pairs, pair = list(item.pairs), list(item.pairs[way[0]])
        pair[way[1]] = replaced(pair[way[1]], way[2:], new)
        pairs[way[0]] = tuple(pair)
        return Map(pairs)
    out = list(item)
    out[way[0]] = replaced(out[way[0]], way[1:], new)
    return out


def encoding(rng, tree):
    way = rng.choice(list(places(tree)))
    return written(replaced(tree, way, Raw(rng.choice(ENCODINGS)(rng, found(tree, way)))))


# ---- one thing wrong in the bytes ----

def scratched(rng, tree):
    data = bytearray(cbor.encode(tree))
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(data))
        draw = rng.randrange(6)
        if draw == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif draw == 1 and len(data) > 1:
            del data[at]
        elif draw == 2:
            data.insert(at, rng.randrange(256))
        elif draw == 3:
            data[at] = rng.choice([0, 0x1F, 0x40, 0x60, 0x80, 0xA0, 0xC0, 0xF6, 0xFF, 0x17, 0x18, rng.randrange(256)])
        elif draw == 4:
            del data[at + 1:]
        else:
            data += rng.choice([b"\0", b"\xf6", bytes(data[:8])])
    return bytes(data)


# ---- one thing wrong in the shape ----

WRONG = [None, True, 0, -1, 2**63, 2**64 - 1, "", "x", b"", b"\1" * 31, b"\1" * 33, [], [[]], Map(), Map({1: 1})]


def any_item(rng, tree):
    """An item of another type or size anywhere."""
    way = rng.choice([w for w in places(tree) if w])
    return written(replaced(tree, way, rng.choice(WRONG)))


def head(rng, tree):
    out = list(tree)
    part = rng.randrange(7)
    if part == 0:
        out[0] = rng.choice([0, 2, 2, 2, 23, 24, 255, 65536, 2**64 - 1, -1, "1", None])
        if rng.random() < 0.5:  # a newer version may go on as it likes
            out[1:] = [Raw(rng.choice([b"\xff", b"\xc0", b"", b"\x1f\x1f"]))] * rng.choice([0, 1, 2, 63, 64])
    elif part == 1:
        out[1] = rng.choice([0, -1, 2**63, 2**64 - 1, 2**63 - 1, "1", [1]])
    elif part == 2:
        out[2] = rng.choice([2**63, 2**64 - 1, 2**63 - 1, -2**63, None, "0", [0]])
    elif part == 3:
        out.insert(rng.randrange(1, 7), rng.choice([0, [], None]))
    elif part == 4:
        del out[rng.randrange(1, 6)]
    else:
        where = rng.choice([3, 4])
        hashes = list(out[where]) + [bytes([rng.randrange(256)]) * 32 for _ in range(2)]
        hashes = rng.choice([sorted(hashes)[::-1], sorted(hashes + hashes[:1]), hashes, sorted(hashes)[:-1] + [b"\xff" * 31],
                             sorted(hashes)[:-1] + [b"\xff" * 33], sorted(hashes)[:-1] + ["z" * 32], 0, b"\1" * 32, None])
        out[where] = hashes
        if type(hashes) is list and rng.random() < 0.3:
            out[3] = out[4] = sorted(set(h for h in hashes if type(h) is bytes and len(h) == 32))
    return written(out)


def entries(rng, tree):
    out, listed = list(tree), list(tree[5])
    draw = rng.randrange(7)
    record, ops = listed[0]
    if draw == 0:
        listed = listed + [[record, ops]]
    elif draw == 1:
        listed = [[b"\xff" * 16, ops], [record, ops]]
    elif draw == 2:
        listed[0] = [record, []]
    elif draw == 3:
        listed[0] = [rng.choice([record[:15], record + b"\0", "r" * 16, 0, b""]), ops]
    elif draw == 4:
        listed[0] = rng.choice([[record], [record, ops, 0], [ops, record], record, [record, ops[0]], [record, Map()], []])
    elif draw == 5:
        listed = rng.choice([Map([(record, ops)]), 0, None, [[]], record])
    else:
        listed = []  # which is allowed
    out[5] = listed
    return written(out)


def nested(depth):
    """An item of that depth; one that holds no other counts 1."""
    item = 0
    for i in range(depth - 1):
        item = [item] if i % 2 else Map([(item, 1)])
    return item


FIELD = 1004
DOTS = [[0, 0]]


def wrong_operation(rng, hashes):
    """An operation by itself with one thing wrong, or just not; there are that many hashes to refer to."""
    deep = nested(rng.choice([16, 16, 17, 18]))
    texts = rng.choice([{2: 1}, {2: b"x"}, {3: None}, {3: ["x"]}, {2: True}, {3: "ok"}, {2: "ok", 3: ""}])
    bad_names = rng.choice([*[[[0, 0], [0, 0]], [[0, 1], [0, 0]], [[0, 2], [0, 3], [0, 3]]] * 4, [[hashes, 0]], [[hashes - 1, 0]], [[-1, 0]], [[0, -1]], [[0, 65535]], [[0, 65536]], [[0]], [[0, 0, 0]], [0],
        [[0, "0"]], [["0", 0]], 0, None, Map(), b"", "x", [[]], [Map()], [[2**64 - 1, 0]], [[1, 0], [0, 0]], [[0, 0], [hashes, 0]]])
    bad_notes = rng.choice([
        [], None, 0, Map({"1": 1}), Map({-1: 1}), Map({b"": 1}), Map({1: 0}), Map({1: 4}), Map({1: "3"}), Map({1: -1}), Map({1: 2**64 - 1}), Map(texts),
        Map({1: True}), Map({4: deep}), Map({2**64 - 1: 1}), Map({True: 1}), Map({None: 1}), Map({1: 3, 2: "n"})])
    kind = rng.choice([0, 1, 65535, 65536, -1, 2**64 - 1, "1", None, b"\1", [1]])
    key = rng.choice([None, 0, b"", [], "k", True, "\u00e9" * 300])
    code = rng.choice([7, 8, 300, 65535])
    bare = [[CREATE, 1], [PUT, FIELD, "", "v", [], Map()], [ADD, FIELD, "v", Map()], [REMOVE, FIELD, DOTS, Map()], [APPEND, 1005, Map({"text": "v"})],
            [DECIDE, FIELD, "", "v", DOTS, Map({3: "r"})]]
    some = list(rng.choice(bare))
    return rng.choice([
        [CREATE, kind], [PUT, kind, "", "v", [], Map()], [ADD, kind, "v", Map()], [REMOVE, kind, DOTS, Map()], [APPEND, kind, "v"],
        [DECIDE, kind, "", "v", DOTS, Map({3: ""})],
        [PUT, FIELD, key, "v", [], Map()], [DECIDE, FIELD, key, "v", DOTS, Map({3: ""})],
        [PUT, FIELD, "", "v", bad_names, Map()], [REMOVE, FIELD, bad_names, Map()], [DECIDE, FIELD, "", "v", bad_names, Map({3: ""})],
        [PUT, FIELD, "", "v", [], bad_notes], [ADD, FIELD, "v", bad_notes], [REMOVE, FIELD, DOTS, bad_notes], [DECIDE, FIELD, "", "v", DOTS, bad_notes],
        [REMOVE, FIELD, [], Map()], [DECIDE, FIELD, "", "v", [], Map({3: ""})], [DECIDE, FIELD, "", "v", DOTS, Map()],
        [DECIDE, FIELD, "", "v", DOTS, Map({3: None})], [PUT, FIELD, "", deep, [], Map()], [ADD, FIELD, deep, Map()], [APPEND, 1005, deep],
        [PUT, FIELD, "", "v", [], Map({99: deep})], [code, deep], [code, *[0] * 15], [code, *[0] * 16], [code, *[0] * 60],
        rng.choice([[], 0, None, "x", Map(), b""]), [rng.choice([0, -1, 65536, 2**64 - 1, "2", None, b"\2", [2], True]), FIELD, "v", Map()],
        some[:-1], some + [rng.choice([0, Map(), []])], some[:1]])


def operation(rng, tree):
    """A wrong operation among those of an honest change set."""
    out, listed = list(tree), list(tree[5])
    i = rng.randrange(len(listed))
    record, ops = listed[i]
    at = rng.randrange(len(ops) + 1)
    listed[i] = [record, ops[:at] + [wrong_operation(rng, len(tree[3]) + len(tree[4]))] + ops[at:]]
    out[5] = listed
    if not tree[3] and not tree[4]:
        out[4] = [b"\x11" * 32]
    return written(out)


WAYS = ((operation, 10), (encoding, 4), (any_item, 3), (head, 3), (entries, 3), (scratched, 3))


def spoiled(rng, data):
    """Another change set made from that of an honest author."""
    tree = cbor.decode(data, change.AROUND)
    ways, weights = zip(*WAYS)
    return rng.choices(ways, weights)[0](rng, tree)


# ---- at and past the limits: (name, bytes) ----

RECORD = b"\x4c" * 16


def change_set(ops, deps=(), refs=(), lamport=1, records=1):
    return written([1, lamport, 0, list(deps), list(refs), [[RECORD[:-1] + bytes([i]), ops] for i in range(records)]])


def many(n):
    return [i.to_bytes(32, "big") for i in range(n)]


def filled(size):
    """A change set of exactly that many bytes."""
    def of(n):
        return change_set([[PUT, 1004, "", b"\0" * n, [], Map()]])
    return of(size - len(of(65536)) + 65536)


def limits():
    put = [PUT, 1004, "", "v", [], Map()]
    for past in (0, 1):
        word = ("at", "past")[past]
        yield "size " + word, filled(960 * 1024 + past)
        yield "operations " + word, change_set([[7]] * (65536 + past))
        yield "operations of two records " + word, change_set([[7]] * (32768 + past), records=2)
        yield "deps " + word, change_set([put], deps=many(16384 + past))
        yield "refs " + word, change_set([put], refs=many(16384 + past))
        yield "named " + word, change_set([[PUT, 1004, "", "v", [[0, i] for i in range(4096 + past)], Map()]], refs=many(1))
        yield "removed " + word, change_set([[REMOVE, 1004, [[0, i] for i in range(4096 + past)], Map()]], refs=many(1))
        yield "notes " + word, change_set([[ADD, 1004, "v", Map((i + 10, 0) for i in range(64 + past))]])
        yield "number " + word, change_set([[PUT, 1004, "", "v", [[0, 65535 + past]], Map()]], refs=many(1))
        yield "depth of a value " + word, change_set([[ADD, 1004, nested(16 + past), Map()]])
        yield "depth of notes " + word, change_set([[ADD, 1004, "v", Map({9: nested(15 + past)})]])
        yield "depth of a newer item " + word, change_set([[9, nested(16 + past)]])
        yield "items of a newer operation " + word, change_set([[9] + [0] * (15 + past)])
        yield "items of a newer version " + word, cbor.encode_head(4, 64 + past) + b"\x02" + b"\xff" * 64
        yield "bytes of a newer version " + word, cbor.encode_head(4, 9 + past) + b"\x02" + b"\xff" * 8
        yield "counter " + word, change_set([put], lamport=2**63 - 1 + past)
        yield "text " + word, change_set([[CREATE, 1], [PUT, 2, "", "a" * (262144 + past), [], Map()], [PUT, 2, "", "b", [], Map()]])
