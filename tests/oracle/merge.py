"""Merging of change sets into records: schemas/domain/merge.md sections 1 to 6."""
import functools

from . import cbor, change, dates, prose
from .cbor import Map
from .change import CREATE, REMOVE
from .kinds import Kinds
from .state import conflict_id, record_digest, state_digest

QUIET, NOTICE, CONFLICT = 0, 1, 2
KEPT_FOR_EVER = ("IMM", "GSET", "LOG", "REFDATA")
FROM_ELSEWHERE = ("REFDATA", "DERIVED")
SETS = ("AWS", "GSET", "LOG")
LIFE, LIFE_REASON = 1001, 1008


class Value:
    """What an operation brought; raw is empty for a removal, which is kept for the history alone."""

    def __init__(self, change_id, op, lamport):
        self.change, self.op, self.lamport, self.cite, self.code = change_id, op.number, lamport, op.cite, op.code
        self.named = list(op.named) if op.code != REMOVE else []
        self.raw = op.value or b""
        self.item = cbor.decode(op.value) if op.value else None
        self.cited, self.reason = (op.notes.get(n, "").encode() for n in (2, 3))

    def dot(self):
        return self.change, self.op

    def tie(self):
        """Ascending in tie-break order."""
        return -self.lamport, bytes(255 - b for b in self.change), -self.op

    def reverse_tie(self):
        return self.lamport, self.change, self.op


class Judged:
    merged = None  # the text that stands in place of the first, for prose that several edited
    started_from = 0  # how many texts they started from
    unseen = False  # a withdrawal that did not know all of its record

    def __init__(self, order, shown, attention):
        self.order, self.shown, self.attention = order, shown, attention


class Register:
    def __init__(self):
        self.values = []
        self.removals = []
        self.retired = {}  # dot: [dots that name it]

    def rivals(self, policy):
        if policy in KEPT_FOR_EVER:
            return list(self.values)
        return [v for v in self.values if v.dot() not in self.retired]

    def past(self, policy):
        rivals = {v.dot() for v in self.rivals(policy)}
        return [v for v in self.values if v.dot() not in rivals] + self.removals


class Record:
    def __init__(self):
        self.creates = []
        self.registers = {}  # (field, key): Register

    def kind(self):
        return min(self.creates)[2] if self.creates else 0

    def register(self, field, key):
        return self.registers.setdefault((field, key), Register())


@functools.lru_cache(512)
def read(data):
    """The change set, or why there is none; read once, however many posts of a history have it."""
    try:
        return change.decode(data)
    except (cbor.Refused, cbor.Newer) as why:
        return why


class Merged:
    """All records of one compartment."""

    def __init__(self, kinds=None):
        self.kinds = kinds or Kinds()
        self.records = {}
        self.applied = set()
        self.waiting = {}

    def add(self, change_id, data):
        """Takes a change set, and whatever waited for it. One that is refused or newer is here and carries nothing."""
        if change_id in self.applied or change_id in self.waiting:
            return
        self.waiting[change_id] = data
        progress = True
        while progress:
            progress = False
            for name, waiting in list(self.waiting.items()):
                if self.ready(waiting, self.applied):
                    del self.waiting[name]
                    self.take(name, waiting)
                    progress = True

    def ready(self, data, here):
        cs = read(data)
        return not isinstance(cs, change.ChangeSet) or all(d in here for d in cs.deps)

    def take(self, change_id, data):
        cs = read(data)
        self.applied.add(change_id)
        if isinstance(cs, change.ChangeSet):
            self.apply(change_id, cs)

    def apply(self, change_id, cs):
        for op in cs.ops:
            if op.code not in change.SHAPES:
                continue
            record = self.records.setdefault(op.record, Record())
            if op.code == CREATE:
                record.creates.append((change_id, op.number, op.kind))
                continue
            register = record.register(op.field, op.key)
            for dot in op.named:
                register.retired.setdefault(dot, []).append((change_id, op.number))
            (register.removals if op.code == REMOVE else register.values).append(Value(change_id, op, cs.lamport))

    def judged(self, record_id):
        """[(field, key, policy, judged, past)] of the registers with values, in order of (field, key bytes)."""
        record = self.records[record_id]
        out = []
        for (number, key), register in sorted(record.registers.items(), key=lambda x: (x[0][0], x[0][1].encode())):
            field = self.kinds.field(record.kind(), number)
            policy = field.policy if field else None
            rivals = register.rivals(policy)
            past = sorted(register.past(policy), key=Value.tie)
            if rivals or past:
                judged = judge(field, key, rivals)
                if policy == "PARA":
                    judge_prose(field, register, judged)
                out.append((number, key, policy, judged, past))
        for number, key, _, judged, _ in out:
            if (number, key) == (LIFE, "") and withdraws(judged) and unseen(record, out, judged.order[0]):
                judged.attention, judged.unseen = CONFLICT, True
        return out

    def digest(self, record_id, judged=None):
        registers = [(field, key.encode(), j.shown, [(v.change, v.op, v.lamport, v.cite, v.raw) for v in j.order])
                     for field, key, _, j, _ in judged or self.judged(record_id) if j.order]
        return record_digest(record_id, self.records[record_id].kind(), registers)

    def state(self):
        return state_digest([self.digest(r) for r in self.records])

    def conflict(self, record_id, field, key, judged):
        return conflict_id(record_id, field, key.encode(), [v.dot() for v in judged.order])


def withdraws(judged):
    return bool(judged.order) and judged.order[0].item in ("retracted", "purged")


def unseen(record, registers, withdrawal):
    """Whether there is anything that the withdrawal, if it says what it knew, did not know."""
    own = {v.dot() for v in record.registers[LIFE, ""].values}
    if all(name in own for name in withdrawal.named):
        return False
    return any(v.dot() not in withdrawal.named and v.change != withdrawal.change
               for number, _, policy, judged, _ in registers if number not in (LIFE, LIFE_REASON) and policy != "DERIVED" for v in judged.order)


# ---- section 2 ----

def shaped(field, item):
    if field is None or field.policy == "RWS":
        return True
    kind = field.type
    if kind == "TEXT":
        return type(item) is str and item != "" and dates.good_text(item)
    if kind == "ENUM":
        return type(item) is str
    if kind == "BOOL":
        return type(item) is bool
    if kind == "INT":
        return type(item) is int and item < 2**63
    if kind == "DATE":
        return dates.is_date(item)
    if kind == "INSTANT":
        return dates.is_instant(item)
    if kind == "COUNTRY":
        return type(item) is str and len(item) == 2 and all("A" <= c <= "Z" for c in item)
    if kind == "REF":
        return type(item) is bytes and len(item) == 16
    if kind == "BYTES":
        return type(item) is bytes
    if kind == "ENTRY":
        return isinstance(item, Map) and item.pairs != [] and all(type(k) is str and dates.good_text(k) for k, _ in item.pairs)
    raise AssertionError(kind)


def rank(field, item):
    if type(item) is bool:
        return int(item)
    if type(item) is int:
        return item
    if type(item) is str and field.type == "ENUM":
        return field.terms.index(item) if item in field.terms else len(field.terms)
    return 0


def unknown_term(field, item):
    return type(item) is str and item not in field.terms


def interval(item):
    """(first, last, qualifiers) or None."""
    if dates.is_instant(item):
        return item[0], item[0] + dates.LENGTHS[item[2]] - 1, 0
    if dates.is_date(item) and item[0]:
        return dates.edtf(item[0])
    return None


def alike(a, b):
    """Of two distinct shaped values."""
    x, y = a.item, b.item
    if dates.is_instant(x) and dates.is_instant(y):
        return x[0] == y[0] and x[2] == y[2]
    if dates.is_date(x) and dates.is_date(y) and x[0] and y[0]:
        return interval(x) == interval(y)
    return False


def agree(field, values):
    if field is None or field.type not in ("DATE", "INSTANT"):
        return len(values) <= 1
    return all(alike(values[0], v) for v in values[1:])


# ---- section 3 ----

def distinct(values, order):
    """Sorted by order; of equal ones the first stands. Returns them and the others."""
    stand, others, seen = [], [], set()
    for v in sorted(values, key=order):
        (others if v.raw in seen else stand).append(v)
        seen.add(v.raw)
    return stand, others


def judge(field, key, rivals):
    policy = field.policy if field else "LWW+K"
    if policy == "RWS":
        return judge_rws(rivals)
    good = [v for v in rivals if shaped(field, v.item)]
    stand, doubles = POLICIES[policy](field, good)
    misfits, more = distinct([v for v in rivals if not shaped(field, v.item)], among_equals(field))
    misfits.sort(key=Value.tie)
    order = stand.order + misfits + sorted(doubles + more, key=Value.tie)
    attention, shown = stand.attention, stand.shown
    if policy in SETS:
        return Judged(order, shown + len(misfits), QUIET)
    if policy in FROM_ELSEWHERE:
        return Judged(order, stand.shown, QUIET)
    if not stand.order:
        shown = min(1, len(misfits))
    if misfits and len(stand.order) + len(misfits) > 1:
        attention = max(attention, MISFITS.get(policy, CONFLICT))
    return Judged(order, shown, attention)


def among_equals(field):
    """What the policy's order comes to between values of equal bytes, whatever their shape."""
    if field is None:
        return Value.tie
    if field.policy in ("IMM", "LOG", "REFDATA"):
        return Value.reverse_tie
    if field.policy in ("CITE", "MV", "REFINE"):
        return lambda v: (-v.cite, v.tie())
    if field.release:
        return lambda v: (v.cite != 3, v.tie())
    return Value.tie


def judge_prose(field, register, judged):
    """Section 4: the texts are merged, and what does not clash is no conflict."""
    texts, raws = [], set()
    for v in judged.order:
        if shaped(field, v.item) and v.raw not in raws:
            texts.append(v.dot())
            raws.add(v.raw)
    if len(texts) < 2:
        return
    origins = prose.Origins({v.dot(): v for v in register.values}, lambda v: v.item if shaped(field, v.item) else "")
    judged.merged, clashes = origins.merged(texts)
    judged.started_from = len(origins.common(texts))
    if clashes == 0 and all(shaped(field, v.item) for v in judged.order):
        judged.attention = NOTICE


MISFITS = {"IMM": QUIET, "RESTRICT": NOTICE, "EARLY": NOTICE, "FWD": NOTICE}


def plain(order, shown, attention):
    """A policy that sorts, shows one or all, and draws attention by a rule on the distinct values in order."""
    def run(field, values):
        stand, doubles = distinct(values, lambda v: order(field, v))
        quiet = len(stand) <= 1
        return Judged(stand, min(len(stand), shown(field, stand)),
                      QUIET if quiet else attention(field, stand)), doubles
    return run


def unless_agree(level):
    return lambda field, stand: QUIET if agree(field, stand) else level


def one(field, stand):
    return 1


def every(field, stand):
    return len(stand)


def none(field, stand):
    return 0


def by_tie(field, v):
    return v.tie()


def by_class(field, v):
    return -v.cite, v.tie()


def by_rank(field, v):
    return -rank(field, v.item), v.tie()


def by_restriction(field, v):
    if field.release and v.cite == 3:
        return 0, rank(field, v.item), v.tie()
    return 1, -rank(field, v.item), v.tie()


def by_time(field, v):
    span = interval(v.item)
    return (0, span[0], span[1], v.tie()) if span else (1, 0, 0, v.tie())


def by_bytes(field, v):
    return v.raw, v.tie()


def by_entry(field, v):
    when = [dates.declared(v.item.get(name)) for name in ("at", "on")]
    when = [w for w in when if w is not None]
    return (0, when[0], v.reverse_tie()) if when else (1, 0, v.reverse_tie())


def forward_attention(field, stand):
    for upper, lower in zip(stand, stand[1:]):
        if unknown_term(field, upper.item) or rank(field, upper.item) != rank(field, lower.item) + 1:
            return NOTICE
    return QUIET


def refine(field, values):
    spans = {interval(v.item)[:2] for v in values if interval(v.item)}

    def aside(span):
        return any(span[0] <= other[0] and other[1] <= span[1] and other != span[:2] for other in spans)

    def order(v):
        span = interval(v.item)
        part = 2 if span is None else 1 if aside(span) else 0
        return part, -v.cite, bin(span[2]).count("1") if span else 0, v.tie()

    stand, doubles = distinct(values, order)
    kept = {s for s in spans if not aside(s)}
    without = [v for v in stand if interval(v.item) is None]
    shown = min(1, len(stand)) if spans else len(stand)
    return Judged(stand, shown, CONFLICT if len(kept) + len(without) > 1 else QUIET), doubles


POLICIES = {
    "IMM": plain(lambda f, v: v.reverse_tie(), one, lambda f, s: QUIET),
    "LWW+K": plain(by_tie, one, unless_agree(CONFLICT)),
    "MAP": plain(by_tie, one, unless_agree(CONFLICT)),
    "PARA": plain(by_tie, one, unless_agree(CONFLICT)),
    "CITE": plain(by_class, one, unless_agree(CONFLICT)),
    "MV": plain(by_class, lambda f, s: 1 if agree(f, s) else len(s), unless_agree(CONFLICT)),
    "REFINE": refine,
    "RESTRICT": plain(by_restriction, one, lambda f, s: NOTICE),
    "ALERT": plain(by_rank, one, lambda f, s: CONFLICT),
    "EARLY": plain(by_time, one, unless_agree(NOTICE)),
    "FWD": plain(by_rank, one, forward_attention),
    "AWS": plain(by_bytes, every, lambda f, s: QUIET),
    "GSET": plain(by_bytes, every, lambda f, s: QUIET),
    "LOG": plain(by_entry, every, lambda f, s: QUIET),
    "REFDATA": plain(lambda f, v: v.reverse_tie(), none, lambda f, s: QUIET),
    "DERIVED": plain(by_tie, none, lambda f, s: QUIET),
}


def judge_rws(rivals):
    def order(v):
        first = 0 if v.item is False else 1 if v.item is True else 2
        return first, v.raw, v.tie()

    stand, doubles = distinct(rivals, order)
    order_all = stand + sorted(doubles, key=Value.tie)
    if not stand:
        return Judged(order_all, 0, QUIET)
    more = len(stand) > 1
    if type(stand[0].item) is bool:
        return Judged(order_all, 1, NOTICE if more else QUIET)
    return Judged(order_all, len(stand), NOTICE if more and type(stand[0].item) is list else QUIET)
