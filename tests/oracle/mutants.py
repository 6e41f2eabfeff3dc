"""Rules of merge.md and change.md, each made wrong in one way: what comes out of them must differ from the store somewhere."""
import dataclasses
import typing

from . import change, cbor, dates, merge, paragraphs, prose
from .merge import CONFLICT, NOTICE, POLICIES, QUIET, Value, shaped


@dataclasses.dataclass
class Instead:
    """For the time of a with-block, holder's name stands for something else."""
    holder: typing.Any
    name: str
    value: typing.Any

    def __enter__(self):
        self.real = self.get()
        self.set(self.value)

    def __exit__(self, *_):
        self.set(self.real)

    def get(self):
        return self.holder[self.name] if isinstance(self.holder, dict) else getattr(self.holder, self.name)

    def set(self, value):
        if isinstance(self.holder, dict):
            self.holder[self.name] = value
        else:
            setattr(self.holder, self.name, value)


def policy(name, order, shown, attention):
    return Instead(POLICIES, name, merge.plain(order, shown, attention))


def with_attention(name, function):
    """The policy with its attention another."""
    real = POLICIES[name]

    def run(field, values):
        judged, doubles = real(field, values)
        return merge.Judged(judged.order, judged.shown, function(judged)), doubles
    return Instead(POLICIES, name, run)


def quiet(judged):
    return QUIET


def newest(v):
    return v.lamport, v.change, v.op


def without_class(v):
    return 0, v.tie()


def any_head(self):
    """That of a reader which does not mind a longer head than needed."""
    first = self.take(1)[0]
    major, code = first >> 5, first & 31
    if major == 7 or code > 27:
        cbor.need(code in (20, 21, 22) and major == 7, "head")
        return major, code
    return major, code if code < 24 else int.from_bytes(self.take(1 << (code - 24)), "big")


RULES = [
    ("the lesser counter wins", Instead(Value, "tie", newest)),
    ("the counter is passed over", Instead(Value, "tie", lambda v: (bytes(255 - b for b in v.change), -v.op))),
    ("the lesser change set wins", Instead(Value, "tie", lambda v: (-v.lamport, v.change, -v.op))),
    ("the earlier operation wins", Instead(Value, "tie", lambda v: (-v.lamport, bytes(255 - b for b in v.change), v.op))),
    ("IMM shows the last written", policy("IMM", merge.by_tie, merge.one, lambda f, s: QUIET)),
    ("LWW+K does not say so", with_attention("LWW+K", quiet)),
    ("LWW+K shows all", policy("LWW+K", merge.by_tie, merge.every, merge.unless_agree(CONFLICT))),
    ("MAP does not say so", with_attention("MAP", quiet)),
    ("PARA does not say so", with_attention("PARA", quiet)),
    ("CITE passes over documents", policy("CITE", merge.by_tie, merge.one, merge.unless_agree(CONFLICT))),
    ("CITE prefers the worse document", policy("CITE", lambda f, v: (v.cite, v.tie()), merge.one, merge.unless_agree(CONFLICT))),
    ("MV shows one", policy("MV", merge.by_class, merge.one, merge.unless_agree(CONFLICT))),
    ("MV passes over documents", policy("MV", merge.by_tie, lambda f, s: len(s), merge.unless_agree(CONFLICT))),
    ("REFINE is as CITE", policy("REFINE", merge.by_class, merge.one, merge.unless_agree(CONFLICT))),
    ("REFINE always asks", with_attention("REFINE", lambda j: CONFLICT if len(j.order) > 1 else QUIET)),
    ("RESTRICT shows the least", policy("RESTRICT", lambda f, v: (merge.rank(f, v.item), v.tie()), merge.one, lambda f, s: NOTICE)),
    ("RESTRICT asks", with_attention("RESTRICT", lambda j: CONFLICT if len(j.order) > 1 else QUIET)),
    ("no document lifts a restriction", policy("RESTRICT", merge.by_rank, merge.one, lambda f, s: NOTICE)),
    ("ALERT shows the calmest", policy("ALERT", lambda f, v: (merge.rank(f, v.item), v.tie()), merge.one, lambda f, s: CONFLICT)),
    ("ALERT is a notice", with_attention("ALERT", lambda j: NOTICE if len(j.order) > 1 else QUIET)),
    ("EARLY shows the latest", policy("EARLY", merge.by_tie, merge.one, merge.unless_agree(NOTICE))),
    ("EARLY asks", with_attention("EARLY", lambda j: CONFLICT if j.attention else QUIET)),
    ("AWS is in order of writing", policy("AWS", merge.by_tie, merge.every, lambda f, s: QUIET)),
    ("AWS keeps what was removed", Instead(merge, "KEPT_FOR_EVER", ("IMM", "GSET", "LOG", "REFDATA", "AWS"))),
    ("GSET lets go", Instead(merge, "KEPT_FOR_EVER", ("IMM", "LOG", "REFDATA"))),
    ("LOG lets go", Instead(merge, "KEPT_FOR_EVER", ("IMM", "GSET", "REFDATA"))),
    ("IMM lets go", Instead(merge, "KEPT_FOR_EVER", ("GSET", "LOG", "REFDATA"))),
    ("LOG is in order of writing", policy("LOG", lambda f, v: v.reverse_tie(), merge.every, lambda f, s: QUIET)),
    ("unknown terms rank lowest", Instead(merge, "rank", lambda f, i: f.terms.index(i) if type(i) is str and i in f.terms else -1)),
    ("every value has its shape", Instead(merge, "shaped", lambda f, i: shaped(f, i) or f.type in ("TEXT", "COUNTRY", "REF", "BOOL") and f.policy != "PARA")),
    ("alike values differ", Instead(merge, "alike", lambda a, b: False)),
    ("dates of one day are alike", Instead(merge, "alike", lambda a, b: merge.interval(a.item)[:2] == merge.interval(b.item)[:2]
                                           if merge.interval(a.item) and merge.interval(b.item) else False)),
    ("text may be long", Instead(dates, "good_text", lambda text: True)),
    ("equal values count twice", Instead(merge, "distinct", lambda values, order: (sorted(values, key=order), []))),
    ("misfits are quiet", Instead(merge, "CONFLICT", QUIET)),
    ("FWD never asks", with_attention("FWD", quiet)),
    ("FWD shows the nearest", policy("FWD", lambda f, v: (merge.rank(f, v.item), v.tie()), merge.one, merge.forward_attention)),
    ("texts start from nothing", Instead(prose.Origins, "base", lambda self, dots: "")),
    ("texts start from one of several", Instead(prose.Origins, "base", lambda self, dots: (self.texts(self.common(dots)) or [""])[0])),
    ("a text starts from what it names alone", Instead(prose.Origins, "ancestors", lambda self, dot: {n for n in self.values[dot].named if n in self.values})),
    ("prose always asks", Instead(merge, "judge_prose", lambda field, register, judged: None)),
    ("withdrawals know everything", Instead(merge, "unseen", lambda *about: False)),
    ("withdrawals that say nothing know nothing", Instead(merge, "unseen", lambda record, registers, withdrawal: any(
        v.dot() not in withdrawal.named for number, _, _, judged, _ in registers if number not in (1001, 1008) for v in judged.order))),
    ("REFDATA shows what was proposed", policy("REFDATA", lambda f, v: v.reverse_tie(), merge.one, lambda f, s: QUIET)),
    ("REFDATA lets go", Instead(merge, "KEPT_FOR_EVER", ("IMM", "GSET", "LOG"))),
    ("REFDATA is in order of the last", policy("REFDATA", merge.by_tie, merge.none, lambda f, s: QUIET)),
    ("DERIVED shows what was written", policy("DERIVED", merge.by_tie, merge.one, lambda f, s: QUIET)),
    ("what is of another shape is shown under DERIVED", Instead(merge, "FROM_ELSEWHERE", ("REFDATA",))),
    ("DERIVED is in order of the first", policy("DERIVED", lambda f, v: v.reverse_tie(), merge.none, lambda f, s: QUIET)),
    ("a withdrawal has to know what is derived", Instead(merge, "unseen", lambda record, registers, withdrawal: not all(
        name in {v.dot() for v in record.registers[1001, ""].values} for name in withdrawal.named) and any(
        v.dot() not in withdrawal.named and v.change != withdrawal.change
        for number, _, _, judged, _ in registers if number not in (1001, 1008) for v in judged.order))),
    ("RWS lets additions win", Instead(merge, "judge_rws", lambda rivals: POLICIES["LWW+K"](None, rivals)[0])),
]
PROSE = [
    ("prose is cut at every line", Instead(paragraphs, "paragraphs", lambda text: [p for p in text.split("\n") if p])),
    ("prose of any length", Instead(paragraphs, "PARAGRAPHS", 1000)),
    ("65 texts", Instead(paragraphs, "TEXTS", 65)),
    ("the last text stands", Instead(paragraphs, "settle", lambda base, runs: (runs[-1], 0 if all(r == base for r in runs) else 1))),
]
READING = [
    ("960 KiB and a byte", Instead(change, "SIZE", change.SIZE + 1)),
    ("a byte less than 960 KiB", Instead(change, "SIZE", change.SIZE - 1)),
    *(("one %s more" % n.lower(), Instead(change, n, getattr(change, n) + 1)) for n in ("OPERATIONS", "NAMES", "REPLACED", "NOTES")),
    *(("one %s less" % n.lower(), Instead(change, n, getattr(change, n) - 1)) for n in ("OPERATIONS", "NAMES", "REPLACED", "NOTES")),
    ("depth of 17", Instead(cbor.Reader, "__init__", lambda self, data, depth=16: self.__dict__.update(data=data, at=0, depth=depth + 1))),
    ("order of names is free", Instead(change, "ascending", lambda items, what: items)),
    ("a class of 4", Instead(change, "uint", lambda item, least, most, what: cbor.uint(item, least, 4 if most == 3 else most, what))),
    ("heads of any length", Instead(cbor.Reader, "head", any_head)),
]
