"""What a run held, so that it cannot go blind: of every kind of event at least so many must have come."""
import collections

from . import cbor, change
from .merge import distinct, read, shaped

OPERATIONS = {1: "create", 2: "put", 3: "add", 4: "remove", 5: "append", 6: "decide"}
LEVELS = ("quiet", "notice", "conflict")

# At least so many among 10,000 change sets, and the registers and texts that come with them.
LEAST = {
    "applied": 5000, "refused": 800, "newer": 40, "waits": 200, "delivered twice": 500, "second life of a store": 500, "own compartment": 300,
    "operation create": 1000, "operation put": 4000, "operation add": 300, "operation remove": 100, "operation append": 100, "operation decide": 500,
    "operation of a newer version": 100, "name of no value here": 100, "record of both compartments": 20, "record without create": 20,
    "record of an unknown kind": 30, "field that nobody knows": 50, "withdrawn record": 30, "edited while withdrawn elsewhere": 10,
    "decisions that did not see each other": 50, "prose that merges": 100, "prose that clashes": 100,
    "texts of a record merged": 50, "started from several texts": 10, "withdrawal that did not know": 15,
}
NAMES = ("IMM", "LWW+K", "CITE", "REFINE", "MV", "RESTRICT", "ALERT", "EARLY", "FWD", "AWS", "GSET", "LOG", "PARA", "MAP", "REFDATA", "DERIVED")
# Registers with more than one distinct value, by policy; those with one of another shape; how they ended.
LEAST.update({"disputed " + p: 100 for p in (*NAMES, "RWS")})
LEAST["disputed no policy"] = 30
LEAST.update({"misfit beside others " + p: 20 for p in NAMES})
LEAST.update({"attention %s %s" % (p, level): 4 for p, levels in {
    "IMM": "quiet", "LWW+K": "quiet conflict", "CITE": "quiet conflict", "REFINE": "quiet conflict", "MV": "quiet conflict", "RESTRICT": "notice",
    "ALERT": "conflict", "EARLY": "quiet notice", "FWD": "quiet notice", "AWS": "quiet", "GSET": "quiet", "LOG": "quiet", "RWS": "quiet notice",
    "PARA": "notice conflict", "MAP": "quiet conflict", "REFDATA": "quiet", "DERIVED": "quiet", "no policy": "conflict"}.items() for level in levels.split()})
# Every reason for which change.py and cbor.py refuse.
LEAST.update({"refused: " + r: 2 for r in (
    "a decision's reason", "a hash among both", "array", "bytes behind the item", "change set", "class of a document", "counter", "dot", "entry", "field",
    "hash", "hashes", "head is not the shortest", "how many values are named", "items of an operation", "key", "key of a note", "keys of a map do not ascend",
    "kind", "named", "named values", "negative integer below -2^63", "nested too deep", "note that is no text", "notes", "number of a dot", "operation",
    "operation's length", "operation's number", "operations of an entry", "record", "records", "reference", "reserved or indefinite length", "short input",
    "simple value or float", "tag", "text is not UTF-8", "text with U+0000", "version", "wall time")})
LEAST.update({"refused: " + r: 1 for r in ("size of a change set", "operations", "named change sets")})


class Counts:
    def __init__(self):
        self.n = collections.Counter()

    def add(self, what, n=1):
        self.n[what] += n

    def history(self, items, distinct_items, here, rooms, judged_of, withdrawn):
        self.add("delivered twice", len(items) - len(distinct_items))
        for item in distinct_items:
            said = read(item.data)
            if isinstance(said, change.ChangeSet):
                self.change_set(item, said, item.id in here)
            else:
                self.add("newer" if isinstance(said, cbor.Newer) else "refused")
                if isinstance(said, cbor.Refused):
                    self.add("refused: %s" % said)
        for (compartment, name), registers in judged_of.items():
            record = rooms[compartment].records[name]
            self.record(rooms[compartment], record, registers, withdrawn(registers))
            self.add("record of both compartments", compartment == min(judged_of)[0] and all((c, name) in judged_of for c in rooms))

    def change_set(self, item, cs, is_here):
        self.add("applied" if is_here else "waits")
        self.add("second life of a store", item.incarnation[1] > 0)
        self.add("own compartment", item.compartment[0] == 0x0E)
        for op in cs.ops:
            self.add("operation " + OPERATIONS.get(op.code, "of a newer version"))

    def record(self, merged, record, registers, withdrawn):
        self.add("record without create", record.kind() == 0)
        self.add("record of an unknown kind", record.kind() > 0 and record.kind() not in merged.kinds.kinds)
        self.add("withdrawn record", withdrawn)
        for number, key, policy, judged, past in registers:
            field = merged.kinds.field(record.kind(), number)
            register = record.registers[number, key]
            self.add("field that nobody knows", field is None)
            dots = {v.dot() for v in register.values + register.removals}
            self.add("name of no value here", sum(d not in dots for d in register.retired))
            self.add("decisions that did not see each other", sum(v.code == change.DECIDE for v in judged.order) > 1)
            self.add("texts of a record merged", judged.merged is not None)
            self.add("started from several texts", judged.started_from > 1)
            self.add("withdrawal that did not know", (number, key) == (1001, "") and withdrawn and judged.unseen)
            if len(judged.order) > 1 and len(self.judged(field, judged)) > 1:
                self.add("edited while withdrawn elsewhere", withdrawn)

    def judged(self, field, judged):
        """Counts one register; returns its distinct values."""
        stand, _ = distinct(judged.order, lambda v: 0)
        name = field.policy if field else "no policy"
        if len(stand) > 1:
            self.add("disputed " + name)
            self.add("attention %s %s" % (name, LEVELS[judged.attention]))
            self.add("misfit beside others " + name, any(not shaped(field, v.item) for v in stand))
        return stand

    def lines(self):
        return ["# %7d %s" % (n, what) for what, n in sorted(self.n.items()) if n]

    def missing(self):
        return ["# only %d of: %s" % (self.n[w], w) for w, n in LEAST.items() if self.n[w] < n]
