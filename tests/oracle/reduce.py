"""Makes a history that merges differently as small as possible, and shows it."""
from . import cbor, change
from .cbor import Map

TRIES = 3000


def reduced(items, differs):
    """A part of items that still differs. Ids stay what they are, so that what is left out is only missed."""
    budget = [TRIES]

    def still(candidate):
        budget[0] -= 1
        return budget[0] >= 0 and differs(candidate)

    items = fewer(items, still)
    for i in range(len(items)):
        items = simpler(items, i, still)
    return fewer(items, still)


def fewer(items, still):
    size = max(1, len(items) // 2)
    while True:
        at = 0
        while at < len(items):
            candidate = items[:at] + items[at + size:]
            if candidate and still(candidate):
                items = candidate
            else:
                at += size
        if size == 1:
            return items
        size //= 2


def simpler(items, i, still):
    """The i-th item without operations and names that do not matter; one that cannot be read stays as it is."""
    try:
        change.decode(items[i].data)
        parts = taken_apart(items[i].data)
    except (cbor.Refused, cbor.Newer):
        return items

    def with_parts(deps, ops):
        return items[:i] + [items[i]._replace(data=put_together(parts[0], deps, ops))] + items[i + 1:]

    deps, ops = parts[1], parts[2]
    if not still(with_parts(deps, ops)):
        return items
    ops = fewer(ops, lambda some: still(with_parts(deps, some)))
    if deps and still(with_parts([], ops)):
        deps = []
    for at in range(len(ops)):
        record, op = ops[at]
        for change_to in (lambda o: o[:-1] + [Map()] if isinstance(o[-1], Map) and o[0] in (2, 3, 4) else o, without_names):
            small = ops[:at] + [(record, change_to(op))] + ops[at + 1:]
            if small != ops and still(with_parts(deps, small)):
                ops, op = small, small[at][1]
    return with_parts(deps, ops)


def without_names(op):
    return op[:4] + [[]] + op[5:] if op[0] == change.PUT else op


def taken_apart(data):
    _, lamport, _, deps, refs, entries = cbor.decode(data, change.AROUND)
    hashes = deps + refs
    ops = []
    for record, listed in entries:
        for op in listed:
            at = {change.PUT: 4, change.REMOVE: 2, change.DECIDE: 4}.get(op[0])
            ops.append((record, op if at is None else [*op[:at], [(hashes[r], n) for r, n in op[at]], *op[at + 1:]]))
    return lamport, deps, ops


def put_together(lamport, deps, ops):
    entries = {}
    for record, op in ops:
        entries.setdefault(record, []).append(op)
    return change.encode(lamport, 0, deps, entries)


def shown(items):
    """Lines for people: ids and records by their first bytes, then everything in hex."""
    lines = []
    for item in items:
        lines.append("# change set %s in %s, by %s" % (item.id.hex()[:8], item.compartment.hex()[:2], item.incarnation.hex()[:4]))
        try:
            lamport, deps, ops = taken_apart(item.data)
            lines.append("#   counter %d after %s" % (lamport, " ".join(d.hex()[:8] for d in deps) or "nothing"))
            lines += ["#   %s %s" % (record.hex()[:8], text(op)) for record, op in ops]
        except Exception as why:  # whatever a misbehaving author wrote
            lines.append("#   not read: %s" % why)
        lines.append("#   %s" % (item.data.hex() if len(item.data) <= 2048 else "%s… %d bytes" % (item.data[:64].hex(), len(item.data))))
    return lines


def text(item):
    if type(item) is bytes:
        return "h'%s'" % (item.hex() if len(item) <= 16 else item.hex()[:8] + "…")
    if type(item) is list:
        return "[%s]" % ", ".join(map(text, item))
    if type(item) is tuple:
        return "%s:%d" % (item[0].hex()[:8], item[1])
    if isinstance(item, Map):
        return "{%s}" % ", ".join("%s: %s" % (text(k), text(v)) for k, v in item.pairs)
    return ascii(item)
