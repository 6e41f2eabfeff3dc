"""Change sets: schemas/wire/change.md."""
from . import cbor
from .cbor import Map, Newer, array, ascending, is_uint, need, octets, uint

SIZE = 960 * 1024
OPERATIONS = 65536
NAMES = 16384
REPLACED = 4096
NOTES = 64
AROUND = 5  # arrays around a value: change set, entries, entry, operations, operation
CREATE, PUT, ADD, REMOVE, APPEND, DECIDE = range(1, 7)


class Op:
    """One operation, its names resolved to dots (change-set id, number)."""

    def __init__(self, record, number, code):
        self.record, self.number, self.code = record, number, code
        self.kind = self.field = self.value = None
        self.key = ""
        self.named = []
        self.notes = Map()
        self.cite = 0


class ChangeSet:
    def __init__(self, lamport, wall, deps, refs, ops):
        self.lamport, self.wall, self.deps, self.refs, self.ops = lamport, wall, deps, refs, ops


def read_named(item, hashes, least):
    pairs = []
    for pair in array(item, what="named"):
        ref, number = array(pair, 2, "dot")
        pairs.append((uint(ref, 0, len(hashes) - 1, "reference"), uint(number, 0, 65535, "number of a dot")))
    need(least <= len(pairs) <= REPLACED, "how many values are named")
    ascending(pairs, "named values")
    return [(hashes[ref], number) for ref, number in pairs]


def read_notes(item):
    need(isinstance(item, Map) and len(item.pairs) <= NOTES, "notes")
    for key, value in item.pairs:
        need(is_uint(key), "key of a note")
        if key == 1:
            uint(value, 1, 3, "class of a document")
        elif key in (2, 3):
            need(type(value) is str, "note that is no text")
    return item


SHAPES = {CREATE: 2, PUT: 6, ADD: 4, REMOVE: 4, APPEND: 3, DECIDE: 6}


def read_op(item, record, number, hashes):
    array(item, what="operation")
    need(len(item) >= 1, "operation")
    op = Op(record, number, uint(item[0], 1, 65535, "operation's number"))
    if op.code not in SHAPES:
        need(len(item) <= 16, "items of an operation")
        return op
    array(item, SHAPES[op.code], "operation's length")
    if op.code == CREATE:
        op.kind = uint(item[1], 1, 65535, "kind")
        return op
    op.field = uint(item[1], 1, 65535, "field")
    rest = item[2:]
    if op.code in (PUT, DECIDE):
        need(type(rest[0]) is str, "key")
        op.key = rest.pop(0)
    if op.code != REMOVE:
        op.value = cbor.encode(rest.pop(0))
    if op.code in (PUT, REMOVE, DECIDE):
        op.named = read_named(rest.pop(0), hashes, 0 if op.code == PUT else 1)
    if op.code != APPEND:
        op.notes = read_notes(rest.pop(0))
        op.cite = op.notes.get(1, 0)
    if op.code == DECIDE:
        need(op.notes.get(3) is not None, "a decision's reason")
    return op


def decode(data):
    need(len(data) <= SIZE, "size of a change set")
    start = cbor.Reader(data)
    major, n = start.head()
    need(major == 4 and 1 <= n <= 64 and n <= len(data) - start.at, "version")
    first, version = start.head()
    need(first == 0, "version")
    if version != 1:
        raise Newer("change set of version %d" % version)
    item = cbor.decode(data, AROUND)
    _, lamport, wall, deps, refs, entries = array(item, 6, "change set")
    uint(lamport, 1, 2**63 - 1, "counter")
    need(cbor.is_time(wall), "wall time")
    for hashes in (deps, refs):
        ascending([octets(h, 32, "hash") for h in array(hashes)], "hashes")
    need(not set(deps) & set(refs), "a hash among both")
    need(len(deps) <= NAMES and len(refs) <= NAMES, "named change sets")
    ops, records = [], []
    for entry in array(entries):
        record, listed = array(entry, 2, "entry")
        records.append(octets(record, 16, "record"))
        need(len(array(listed)) >= 1, "operations of an entry")
        need(len(ops) + len(listed) <= OPERATIONS, "operations")
        for one in listed:
            ops.append(read_op(one, record, len(ops), deps + refs))
    ascending(records, "records")
    return ChangeSet(lamport, wall, deps, refs, ops)


# ---- writing: operations as plain tuples, names as dots ----

def encode(lamport, wall, deps, entries):
    """entries: {record: [operation …]}; operations are lists as in change.md whose named part is a list of dots
    (id, number). Returns bytes; refs are what is named and not among deps."""
    deps = sorted(deps)
    named = {dot[0] for ops in entries.values() for op in ops for dot in dots_of(op)}
    refs = sorted(named - set(deps))
    index = {h: i for i, h in enumerate(deps + refs)}

    def written(op):
        at = {PUT: 4, REMOVE: 2, DECIDE: 4}.get(op[0])
        if at is None:
            return list(op)
        return [*op[:at], sorted([index[h], n] for h, n in op[at]), *op[at + 1:]]

    return cbor.encode([1, lamport, wall, deps, refs,
                        [[record, [written(op) for op in entries[record]]] for record in sorted(entries)]])


def dots_of(op):
    at = {PUT: 4, REMOVE: 2, DECIDE: 4}.get(op[0])
    return [] if at is None else op[at]
