"""Histories of change sets from a seed: some posts edit a few records and exchange what they have now and then, mostly as
honest programs do, and sometimes not. All names are invented."""
import collections
import hashlib
import random

from . import cbor, change, hostile
from .cbor import Map
from .merge import Merged, read

LIFE = 1001
COMMON, OWN = bytes([0xF0]) + bytes(15), bytes([0x0E]) + bytes(15)

TEXTS = ["a", "b", "B", "ab", "é", "e\u0301", "x\u202ey", "line\nline", "one\n\ntwo", "one\n\nthree", "\u0627", "\U0001F600"]
MISFITS = ["", 0, -1, 2**63, None, True, False, b"", b"\0" * 15, [], ["x"], [1, 2], Map(), Map({1: 2}), [[[[]]]]]
DATES = [["2027-04", ""], ["2027-04", "April 2027"], ["2027-04-12", "12 April"], ["2027-04-12", ""], ["2027-04-12?", ""],
         ["2027-04-12~", ""], ["2027-04-12%", ""], ["2027-04-01/2027-04-30", ""], ["2027-04?/2027-04~", ""], ["2027-04/..", ""],
         ["2027-04-01/..", ""], ["2027-04/9999-12-31", ""], ["../2027-04", ""], ["../2027-04-30", "x"], ["0000/2027-04", ""],
         ["", "40 April"], ["", "?"], ["2027/2027-03", ""], ["2027-02/2027-01", ""], ["2027-04-10/2027-04-20", ""],
         ["2027-04-11/2027-04-13", ""], ["0000-01-01", ""], ["9999", ""], ["2028-02-29", ""], ["2027", "this year"], ["2027%", ""],
         ["2027-04-12/2027-04-12", ""], ["1969-12-31", ""]]
BAD_DATES = [["", ""], ["2027-13", ""], ["2027-02-29", ""], ["2027-04/2027-03", ""], ["../..", ""], ["/2027", ""], ["2027/", ""],
             ["2027-4", ""], ["2027-04-12??", ""], ["2027-04-12 ", ""], ["02027", ""], ["2027-04-31", ""], ["2027-00", ""], ["2027-01-00", ""],
             ["2027/2028/2029", ""], ["../../2027", ""], ["2027-04-12"], ["2027-04", "", ""], ["2027-04", 1], [1, "x"], "2027-04", ["2027?-04", ""]]
NOW = 1804000000
INSTANTS = [[NOW, 0, 1], [NOW, 60, 1], [NOW, -1439, 1], [NOW, 1439, 1], [NOW, 0, 0], [NOW, 0, 2], [NOW, 0, 3], [NOW + 59, 0, 1],
            [NOW - 1, 0, 1], [NOW + 86400, 0, 3], [-1, 0, 0], [-62167219200, 0, 0], [253402300799, 0, 0]]
BAD_INSTANTS = [[NOW, 1440, 1], [NOW, 0, 4], [NOW, 0, -1], [NOW, -1440, 1], [NOW, 0], [NOW, 0, 0, 0], ["now", 0, 0], [-62167219201, 0, 0],
                [253402300800, 0, 0], [-62167219200, -1, 0], [253402300799, 1, 0], [2**63 - 1, 0, 0], [-2**63, 0, 0], [2**64 - 1, 0, 0], NOW]
# Each row is alike, but for a last one here and there that only seems so.
ALIKE = {"DATE": [[["2027-04", ""], ["2027-04", "April 2027"], ["2027-04-01/2027-04-30", ""]],
                  [["2027-04-12", "12 April"], ["2027-04-12", ""], ["2027-04-12/2027-04-12", ""]],
                  [["2027-04/..", ""], ["2027-04-01/..", ""]], [["2027-04/..", ""], ["2027-04/9999-12-31", ""]],
                  [["2027-04-12%", ""], ["2027-04-12?/2027-04-12~", ""]], [["2027-04-12", ""], ["2027-04-12?", ""]], [["", "40 April"], ["", "?"]]],
         "INSTANT": [[[NOW, 0, 1], [NOW, 60, 1], [NOW, -1439, 1]], [[NOW, 0, 1], [NOW, 0, 0]]]}
MOMENTS = ["2027-04-12", "2027-04", "2027-04-12?", "2027/2028", "../2027", "2027/..", "2027-04-12T10:00:00Z", "2027-04-12T10:00:00+02:00",
           "2027-04-12T10:00:00-02:00", "2027-04-12T10:00:00", "2027-04-12T10:00:00.5Z", "2027-04-12T10:00:00.999999999+00:00",
           "2027-04-12t10:00:00z", "2027-04-12 10:00:00Z", "2027-04-12T10:00Z", "2027-04-12T10:00", "2027-04-12T10", "2027-04-12T24:00:00Z",
           "2027-04-12T23:59:60Z", "2027-04-12T23:59:61Z", "2027-02-29T10:00:00Z", "2027-04-12T10:00:00+24:00", "2027-04-12T10:00:00+23:59",
           "2027-04-12T10:00:00+0200", "2027-04-12T10:00:00+02", "2027-04-12T10:00:00-00:00", "soon", "", "2027-04-12T10:00:00.Z",
           "2027-04-12T10:00:00." + "1" * 26 + "Z", "2027-04-12T10:00:00." + "1" * 27 + "Z", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
           "2027-04-12T10:00:00Z ", " 2027-04-12"]


PROSE = ["Arrived by air.", "Arrived by sea.", "Met the minister.", "Nothing was said.", "Left early.", "Left late.", "One line\nand another", "\n", ""]

Item = collections.namedtuple("Item", "id compartment device incarnation data")


def hash_of(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def prose(rng, before):
    """Some paragraphs, or those of a text with one or two of them another, gone or new."""
    if type(before) is not str or rng.random() < 0.1:
        return "\n\n".join(rng.choice(PROSE) for _ in range(rng.randint(1, 6))) or "-"
    parts = before.split("\n\n")
    for _ in range(rng.choice([1, 1, 2])):
        at = rng.randrange(len(parts) + 1)
        draw = rng.random()
        if draw < 0.3 or not parts:
            parts.insert(at, rng.choice(PROSE))
        elif draw < 0.5:
            del parts[min(at, len(parts) - 1)]
        else:
            parts[min(at, len(parts) - 1)] = rng.choice(PROSE)
    return rng.choice(["\n\n", "\n\n", "\n\n\n"]).join(parts) or "-"


def entry(rng):
    pairs = {}
    if rng.random() < 0.7:
        pairs["text"] = rng.choice(TEXTS)
    for name in ("at", "on"):
        if rng.random() < 0.5:
            pairs[name] = rng.choice(MOMENTS + DATES + INSTANTS + [["", ""], NOW, b"", BAD_DATES[1], BAD_INSTANTS[0]])
    if rng.random() < 0.1:
        pairs["zz"] = rng.choice(MISFITS)
    return Map(pairs or {"text": "-"})


def shaped(rng, field):
    kind = field.type if field else "TEXT"
    if kind == "ENUM":
        return rng.choice(field.terms + field.terms + ["zz", "aa-unknown", "Upper case", "", "é"])
    if kind == "BOOL":
        return rng.choice([True, False])
    if kind == "DATE":
        return rng.choice(DATES)
    if kind == "INSTANT":
        return rng.choice(INSTANTS)
    if kind == "COUNTRY":
        return rng.choice(["ET", "FR", "KE", "ZZ"])
    if kind == "REF":
        return bytes([rng.randrange(3)]) * 16
    if kind == "BYTES":
        return rng.choice([b"", b"x", b"xy"])
    if kind == "ENTRY":
        return entry(rng)
    if field and field.policy == "PARA" and rng.random() < 0.8:
        return rng.choice(PROSE)
    return rng.choice(TEXTS)


def value(rng, field):
    if rng.random() < 0.12:
        pool = list(MISFITS)
        if field and field.type == "DATE":
            pool += BAD_DATES * 2
        if field and field.type == "INSTANT":
            pool += BAD_INSTANTS * 2
        if field and field.type == "COUNTRY":
            pool += ["et", "ETH", "É1", "E", "E1"]
        if field and field.type == "ENTRY":
            pool += [Map([(1, "x"), ("text", "y")]), "2027", entry(rng)]
        return rng.choice(pool)
    return shaped(rng, field)


def notes(rng):
    out = {}
    if rng.random() < 0.5:
        out[1] = rng.choice([1, 2, 3, 3])
    if rng.random() < 0.2:
        out[2] = rng.choice(["", "Note 4/26", "ICC-01/26"])
    if rng.random() < 0.2:
        out[3] = rng.choice(["", "a typing error"])
    if rng.random() < 0.05:
        out[rng.choice([0, 4, 999])] = rng.choice(MISFITS)
    return Map(out)


class Post:
    """What one post has of one compartment."""

    def __init__(self, kinds):
        self.kinds = kinds
        self.merged = Merged(kinds)
        self.has = []
        self.lamport = 0
        self.heads = set()

    def take(self, name, data, lamport, deps):
        if name in self.merged.applied:
            return
        self.merged.add(name, data)
        self.has.append((name, data, lamport, deps))
        self.lamport = max(self.lamport, lamport)
        self.heads -= set(deps)
        self.heads.add(name)

    def restored(self, n):
        """As it was when it had n change sets."""
        again = Post(self.kinds)
        for one in self.has[:n]:
            again.take(*one)
        return again


class Author:
    """A post of a delegation: its device, the life of its store, and what it has of each compartment."""

    def __init__(self, kinds, number):
        self.device, self.lives = bytes([0xD0 + number]) * 16, 0
        self.delegation = ("NL-Testland", "FR-Testland", "é", "KE-Testland")[number % 4]
        self.posts = {c: Post(kinds) for c in (COMMON, OWN)}

    def incarnation(self):
        return self.device[:1] + bytes([self.lives]) * 15

    def restore(self, rng):
        """A backup comes back: less is known, and a new life begins."""
        self.posts = {c: p.restored(rng.randint(0, len(p.has))) for c, p in self.posts.items()}
        self.lives += 1


class History:
    """items in an order of delivery that need not respect anything."""

    def __init__(self, seed, kinds):
        self.rng = rng = random.Random(seed)
        self.kinds = kinds
        self.items = []
        self.authors = [Author(kinds, i) for i in range(rng.randint(2, 4))]
        self.hostility = rng.choice([0, 0.1, 0.3])  # how often a change set is not as an honest program writes it
        self.own = rng.choice([0, 0, 0, 0.3])  # how often an edit belongs to the other compartment
        self.records = [bytes([rng.randrange(256) for _ in range(16)]) for _ in range(rng.randint(1, 3))]
        self.kind_of = {r: 77 if rng.random() < 0.12 else rng.choice(list(kinds.kinds)) for r in self.records}
        self.fields = {r: self.pick_fields(self.kind_of[r]) for r in self.records}
        self.pool = self.draft = None
        self.editing = self.withdrawing = False
        draw = rng.random()
        if draw < 0.5:
            self.focus()
        elif draw < 0.74:
            self.prose()
        elif draw < 0.78:
            self.derived()
        self.every = []
        for _ in range(rng.randint(6, 30)):
            compartment = OWN if rng.random() < self.own else COMMON
            if rng.random() < 0.03:
                rng.choice(self.authors).restore(rng)
            if rng.random() < 0.06:
                self.dispute(compartment)
            else:
                self.step(rng.choice(self.authors), compartment)
        if self.editing and rng.random() < 0.7:
            self.together(COMMON)
        self.spoil()
        rng.shuffle(self.items)
        if rng.random() < 0.3:
            self.items += rng.sample(self.items, len(self.items) // 3)
        if rng.random() < 0.3:
            del self.items[rng.randrange(len(self.items))]  # what builds on it waits for ever

    def pick_fields(self, kind):
        known = [*self.kinds.kinds.get(kind, {}), *self.kinds.header]
        picked = self.rng.sample(known, min(len(known), self.rng.randint(2, 6)))
        return picked + ([self.rng.choice([8, 555, 1099, 2000, 65535])] if self.rng.random() < 0.3 else [])

    def focus(self):
        """One field alone with few values, neighbours in the lists above, so that some are equal or alike. Each pair of
        policy and type comes as often as another, whatever the kinds have many of, those of times more often."""
        pairs = {}
        for kind, fields in self.kinds.kinds.items():
            for field in fields.values():
                pairs.setdefault((field.policy, field.type, field.release), []).append((kind, field.number))
        choices = sorted(pairs) + 4 * sorted(p for p in pairs if p[1] in ("DATE", "INSTANT") or p[0] == "PARA")
        kind, number = self.rng.choice(pairs[self.rng.choice(choices)])
        self.records = self.records[:1]
        self.kind_of, self.fields = {self.records[0]: kind}, {self.records[0]: [number]}
        field = self.kinds.field(kind, number)
        pool = {"DATE": DATES, "INSTANT": INSTANTS}.get(field.type) or [shaped(self.rng, field) for _ in range(3)]
        at = self.rng.randrange(len(pool))
        self.pool = pool[at:at + self.rng.randint(2, 4)]
        if field.type in ALIKE and self.rng.random() < 0.4:
            self.pool = self.rng.choice(ALIKE[field.type])

    def prose(self):
        """One text that everybody edits as it stands before them, in a record that somebody withdraws."""
        self.editing = True
        self.records = self.records[:1]
        kind, number = self.rng.choice([(k, f.number) for k, fields in self.kinds.kinds.items() for f in fields.values()
                                        if f.policy == "PARA"])
        self.kind_of, self.fields = {self.records[0]: kind}, {self.records[0]: [number, number, number, LIFE]}

    def derived(self):
        """Somebody writes what is worked out, into a record that is withdrawn by somebody else."""
        self.withdrawing = True
        self.records = self.records[:1]
        kind, number = self.rng.choice([(k, f.number) for k, fields in self.kinds.kinds.items() for f in fields.values()
                                        if f.policy == "DERIVED"])
        self.kind_of, self.fields = {self.records[0]: kind}, {self.records[0]: [number, number, LIFE, LIFE]}

    def shown(self, post, record, number):
        """What a post has before it when it begins to edit its text."""
        held = post.merged.records.get(record)
        for field, key, _, judged, _ in post.merged.judged(record) if held else []:
            if (field, key) == (number, "") and judged.order:
                return judged.merged or judged.order[0].item
        return None

    def value(self, field):
        if self.draft and field and field.policy == "PARA" and self.rng.random() < 0.95:
            return prose(self.rng, self.draft)
        if self.withdrawing and field and field.number == LIFE and self.rng.random() < 0.95:
            return self.rng.choice(["active", "retracted", "retracted"])
        if self.pool and self.rng.random() < 0.95:
            return self.rng.choice(self.pool)
        return value(self.rng, field)

    def step(self, author, compartment):
        rng, post = self.rng, author.posts[compartment]
        while rng.random() < 0.35:
            self.pull(post, rng.choice(self.authors).posts[compartment])
        entries = {}
        for record in rng.sample(self.records, rng.randint(1, min(2, len(self.records)))):
            entries[record] = [self.operation(author, post, record) for _ in range(rng.randint(1, 4))]
            if record not in post.merged.records and rng.random() < 0.9:
                entries[record].insert(0, [1, self.kind_of[record]])
        self.publish(author, compartment, entries)

    def publish(self, author, compartment, entries):
        rng, post = self.rng, author.posts[compartment]
        lamport = post.lamport + 1
        if rng.random() < 0.05:
            lamport = rng.choice([1, 2, lamport + 100, 2**63 - 1])
        deps = sorted(post.heads)
        if deps and rng.random() < 0.05:
            deps = deps[1:]
        data = change.encode(lamport, rng.choice([0, 1800000000, -1]), deps, entries)
        if rng.random() < self.hostility:
            spoiled = hostile.spoiled(rng, data)
            if rng.random() < 0.5:
                data = spoiled
            else:
                self.send(author, compartment, spoiled, 1)
        self.send(author, compartment, data, lamport)

    def send(self, author, compartment, data, lamport):
        name = hash_of(compartment + data)
        self.every.append(name)
        self.items.append(Item(name, compartment, author.device, author.incarnation(), data))
        author.posts[compartment].take(name, data, min(lamport, 2**62), getattr(read(data), "deps", []))

    def pull(self, post, other):
        if post is not other:
            for one in list(other.has):
                post.take(*one)

    def together(self, compartment):
        """Two posts edit one text, each another paragraph, and see each other in between."""
        rng, record = self.rng, self.records[0]
        one, other = (a.posts[compartment] for a in rng.sample(self.authors, 2))
        authors = [a for a in self.authors if a.posts[compartment] in (one, other)]
        number = self.fields[record][0]
        text = ["P%d" % n for n in range(6)]
        self.publish(authors[0], compartment, {record: [[1, self.kind_of[record]], [2, number, "", "\n\n".join(text), [], Map()]]})
        for turn in range(rng.randint(2, 4)):
            self.pull(one, other)
            self.pull(other, one)
            for author in authors:
                post = author.posts[compartment]
                shown = self.shown(post, record, number)
                parts = shown.split("\n\n") if type(shown) is str else list(text)
                at = rng.randrange(len(parts))
                parts[at] += rng.choice("abc")
                register = post.merged.records[record].registers[number, ""] if record in post.merged.records else None
                named = sorted(v.dot() for v in register.values if v.dot() not in register.retired) if register else []
                self.publish(author, compartment, {record: [[2, number, "", "\n\n".join(parts), named, Map()]]})

    def dispute(self, compartment):
        """Two posts that know the same settle the same conflict, each for itself."""
        rng = self.rng
        one, other = rng.sample(self.authors, 2)
        self.pull(one.posts[compartment], other.posts[compartment])
        self.pull(other.posts[compartment], one.posts[compartment])
        open_ones = []
        for record, held in one.posts[compartment].merged.records.items():
            for (number, key), register in held.registers.items():
                rivals = [v for v in register.values if v.dot() not in register.retired]
                if len(rivals) > 1:
                    open_ones.append((record, number, key, rivals))
        if not open_ones:
            return self.step(one, compartment)
        record, number, key, rivals = rng.choice(open_ones)
        named = sorted(v.dot() for v in rivals)
        field = self.kinds.field(self.kind_of.get(record), number)
        for author in (one, other):
            picked = rng.choice(rivals).item if rng.random() < 0.7 else self.value(field)
            self.publish(author, compartment, {record: [[6, number, key, picked, named, Map({3: "seen"})]]})

    def operation(self, author, post, record):
        rng = self.rng
        number = LIFE if not self.pool and rng.random() < 0.04 else rng.choice(self.fields[record])
        field = self.kinds.field(self.kind_of[record], number)
        policy = field.policy if field else None
        self.draft = self.shown(post, record, number) if self.editing and policy == "PARA" else None
        key = author.delegation if policy == "MAP" and rng.random() < 0.9 else ""
        if rng.random() < 0.03:
            key = rng.choice(["k", "", "NL-Testland"])
        named = self.names(post, record, number, key, policy)
        if policy == "PARA" and rng.random() < 0.9:
            register = post.merged.records[record].registers.get((number, key)) if record in post.merged.records else None
            before = [v.item for v in register.values if v.dot() in dict.fromkeys(named)] if register else []
            return [2, number, key, prose(rng, before[-1] if before else None), named, notes(rng)]
        draw = rng.random()
        if draw < 0.03:
            return rng.choice([[7], [9, number, "x"], [65535, Map()]])
        if draw < 0.05:
            return [1, rng.choice([self.kind_of[record], 6, 1, 78])]
        sets = policy in ("AWS", "GSET", "LOG")
        if (sets and draw < 0.7) or draw < 0.1:
            if policy == "LOG" and draw > 0.1:
                return [5, number, self.value(field)]
            if draw < 0.5:
                return [3, number, self.value(field), notes(rng)]
            removed = self.names(post, record, number, "")
            return [4, number, removed, notes(rng)] if removed else [3, number, self.value(field), notes(rng)]
        if named and draw < 0.8:
            if rng.random() < 0.3:
                reason = Map(sorted([*[p for p in notes(rng).pairs if p[0] != 3], (3, "seen")], key=lambda p: p[0]))
                return [6, number, key, self.value(field), named, reason]
            return [2, number, key, self.value(field), named, notes(rng)]
        return [2, number, key, self.value(field), named if rng.random() < 0.5 else [], notes(rng)]

    def names(self, post, record, number, key, policy=None):
        """What an honest author names: the register's values; at times fewer, of other registers, or of anywhere."""
        rng = self.rng
        if self.pool and rng.random() < (0.2 if policy == "PARA" else 0.5):
            return []  # somebody who has not looked: more rivals
        held = post.merged.records.get(record)
        register = held.registers.get((number, key)) if held else None
        dots = [v.dot() for v in register.values if v.dot() not in register.retired] if register else []
        if dots and rng.random() < 0.1:
            dots = rng.sample(dots, rng.randint(0, len(dots)))
        if held and rng.random() < (0.5 if number == LIFE else 0.06):
            dots += [v.dot() for r in held.registers.values() for v in r.values[:2]]
        if self.every and rng.random() < 0.06:
            dots.append((rng.choice(self.every), rng.randrange(4)))
        if rng.random() < 0.03:
            dots.append((bytes([rng.randrange(256)]) * 32, 0))
        return sorted(set(dots))

    def spoil(self):
        """Some that nobody can read, and some that build on them."""
        rng, author = self.rng, self.rng.choice(self.authors)

        def add(name, compartment, data):
            self.items.append(Item(name, compartment, author.device, author.incarnation(), data))

        if rng.random() < 0.3:
            for data in rng.sample([b"\xff", cbor.encode([2, 1]), cbor.encode([1, 0, 0, [], [], []]), b""], 2):
                name = hash_of(b"bad" + data)
                add(name, COMMON, data)
                after = change.encode(5, 0, [name], {self.records[0]: [[3, 1004, "after", Map()]]})
                add(hash_of(after), COMMON, after)
        if rng.random() < 0.2:
            record = bytes([7]) * 16
            lone = change.encode(1, 0, [], {record: [rng.choice([[9, 1], [1, 6], [3, 1004, "x", Map()], [4, 1004, [(b"\x05" * 32, 0)], Map()]])]})
            add(hash_of(lone), rng.choice([COMMON, OWN]), lone)


class Limits:
    """One change set at or past a limit, alone."""

    def __init__(self, data):
        self.items = [Item(hash_of(data), COMMON, b"\xD0" * 16, b"\xD0" * 16, data)]
