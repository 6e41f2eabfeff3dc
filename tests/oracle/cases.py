"""Single registers and texts from a seed, each judged by one call of the merge engine: policies that no kind uses come here."""
from . import merge, paragraphs
from .cbor import Map, encode
from .histories import ALIKE, BAD_DATES, BAD_INSTANTS, DATES, INSTANTS, MISFITS, entry, prose, shaped
from .kinds import Field
from .merge import Judged, Value, judge
from .state import conflict_id

POLICIES = ["IMM", "LWW+K", "CITE", "REFINE", "MV", "RESTRICT", "ALERT", "EARLY", "FWD", "AWS", "GSET", "RWS", "LOG", "PARA", "MAP", "REFDATA", "DERIVED"]
TYPES = ["TEXT", "ENUM", "BOOL", "INT", "DATE", "INSTANT", "COUNTRY", "REF", "BYTES", "ENTRY"]
NEEDED = {"REFINE": ["DATE"], "EARLY": ["DATE", "INSTANT"], "RESTRICT": ["ENUM"], "ALERT": ["ENUM"], "FWD": ["ENUM"], "PARA": ["TEXT"], "LOG": ["ENTRY"],
          "RWS": ["BOOL"]}
RELEASE = 1 << 7
RECORD = b"\1" + bytes(15)
NARROWINGS = [["a"], ["a", "b"], [], True, False, True, False, "x", None, 0]


def le32(n):
    return n.to_bytes(4, "little")


def counted(data):
    return le32(len(data)) + data


class Rival(Value):
    def __init__(self, change_id, op, lamport, cite, item):
        self.change, self.op, self.lamport, self.cite, self.item, self.raw = change_id, op, lamport, cite, item, encode(item)


class RegisterCase:
    def __init__(self, rng):
        policy = rng.choice(POLICIES)
        others = [t for t in TYPES if t != "ENTRY"]
        self.field = Field(1, "field", rng.choice(NEEDED.get(policy, others)), policy, ["release"] if policy == "RESTRICT" and rng.random() < 0.5 else [])
        if self.field.type == "ENUM":
            self.field.terms = ["t%d" % i for i in range(rng.randint(1, 6))]
        pool = [self.value(rng) for _ in range(rng.randint(1, 4))]
        if self.field.type in ALIKE and rng.random() < 0.7:
            pool = rng.choice(ALIKE[self.field.type]) + pool[:rng.choice([0, 0, 1, 2])]
        self.rivals = {}
        for _ in range(rng.randint(0, 8)):
            change_id = bytes([rng.randrange(3)]) + bytes(30) + bytes([rng.randrange(3)])
            lamport = rng.choice([1, 2, 2, 2**63 - 1, rng.randrange(1, 2**63)])
            rival = Rival(change_id, rng.randrange(3), lamport, rng.choice([0, 1, 2, 3, 3]), rng.choice(pool))
            self.rivals[rival.dot()] = rival
        self.rivals = list(self.rivals.values())

    def value(self, rng):
        kind = self.field.type
        if self.field.policy == "RWS":
            return rng.choice(NARROWINGS)
        if rng.random() < 0.2:
            return rng.choice(MISFITS + {"DATE": BAD_DATES, "INSTANT": BAD_INSTANTS}.get(kind, []))
        if kind == "DATE":
            return rng.choice(DATES)
        if kind == "INSTANT":
            return rng.choice(INSTANTS)
        if kind == "INT":
            return rng.choice([0, 1, -1, 23, 24, 2**63 - 1, -2**63, 2**63])
        return entry(rng) if kind == "ENTRY" else shaped(rng, self.field)

    def packed(self):
        f = self.field
        out = le32(POLICIES.index(f.policy)) + le32(TYPES.index(f.type)) + le32(RELEASE if f.release else 0) + le32(len(f.terms))
        out += b"".join(counted(t.encode()) for t in f.terms) + le32(len(self.rivals))
        for v in self.rivals:
            out += v.change + le32(v.op) + v.lamport.to_bytes(8, "little") + le32(v.cite) + counted(v.raw)
        return out

    def lines(self):
        judged = judge(self.field, "k", self.rivals) if self.rivals else Judged([], 0, 0)
        lines = ["%s %s:%d" % ("shown" if i < judged.shown else "kept", v.change.hex(), v.op) for i, v in enumerate(judged.order)]
        conflict = conflict_id(RECORD, 1, b"k", [v.dot() for v in judged.order])
        lines.append("attention %d permanent %d %s" % (judged.attention, self.field.policy in merge.KEPT_FOR_EVER, conflict.hex()))
        return [(line + "\n").encode() for line in lines]

    def count(self, counts):
        counts.judged(self.field, judge(self.field, "k", self.rivals) if self.rivals else Judged([], 0, 0))

    def __str__(self):
        f = self.field
        return "%s %s%s %s: %s" % (f.policy, f.type, " release" if f.release else "", f.terms,
                                   "; ".join("%s:%d counter %d class %d %s" % (v.change.hex()[:2] + v.change.hex()[-2:], v.op, v.lamport, v.cite, ascii(v.item))
                                             for v in self.rivals))

    def reduced(self, differs):
        """As few rivals as still differ."""
        for v in list(self.rivals):
            all_of_them = self.rivals
            self.rivals = [r for r in self.rivals if r is not v]
            if not differs(self):
                self.rivals = all_of_them
        return self


class ProseCase:
    def __init__(self, rng):
        self.base = prose(rng, None)
        self.texts = [self.edited(rng) for _ in range(rng.choice([1, 2, 2, 2, 3, 4]))]
        draw = rng.randrange(60)
        if draw == 0:
            self.texts = [self.texts[0] + "\n\nx"] * rng.choice([63, 64, 65])
        elif draw == 1:
            self.texts[0] = "\n\n".join("%d" % n for n in range(rng.choice([511, 512, 513])))
            self.base = rng.choice([self.base, self.texts[0]])
        elif draw == 2:
            self.base = rng.choice(["", "\n\n\n", "\n" + self.base + "\n"])

    def edited(self, rng):
        text = self.base
        for _ in range(rng.choice([0, 1, 1, 2])):
            text = prose(rng, text)
        return text

    def packed(self):
        return le32(len(self.texts) + 1) + b"".join(counted(t.encode()) for t in [self.base, *self.texts])

    def lines(self):
        merged, clashes = paragraphs.merge(self.base, self.texts)
        return [("clashes %d %s\n" % (clashes, merged.encode().hex() or "-")).encode()]

    def count(self, counts):
        counts.add("prose that clashes" if paragraphs.merge(self.base, self.texts)[1] else "prose that merges")

    def __str__(self):
        return ascii([self.base, *self.texts])[:2000]

    def reduced(self, differs):
        for i in reversed(range(len(self.texts))):
            all_of_them = self.texts
            self.texts = self.texts[:i] + self.texts[i + 1:]
            if not self.texts or not differs(self):
                self.texts = all_of_them
        return self
