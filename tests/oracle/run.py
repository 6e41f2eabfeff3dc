#!/usr/bin/env python3
"""Merges generated histories with the oracle and with the real store, and compares every byte.

    python3 tests/oracle/run.py build/test/tests/oracle/merge_dump [SEED [CHANGE-SETS]]

Prints TAP. A history that differs is named with its seed and shown as small as it could be made; `run.py PROGRAM SEED 1`
runs it alone. VLS_SEED in the environment stands for SEED, VLS_RUNS for CHANGE-SETS.
"""
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from oracle import cbor, hostile, mutants, prim, reduce
from oracle.cases import ProseCase, RegisterCase
from oracle.counts import Counts
from oracle.histories import COMMON, OWN, History, Limits
from oracle.kinds import Kinds
from oracle.merge import Merged, read, withdraws
from oracle.state import state_digest

CHANGE_SETS = 10000
PART = 1000  # change sets that one line of the result stands for
CASES = 5000  # registers, and a fifth as many texts, for CHANGE_SETS
KEPT = 600  # histories whose answers are kept for the mutants
SHOWN = 3  # differences that are made small and shown


class Program:
    """merge_dump, kept running; started anew after it died."""

    def __init__(self, *command):
        self.command, self.process, self.said = command, None, tempfile.TemporaryFile()

    def send(self, data):
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said)
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def answer(self):
        """Lines before "end", or one that tells how it died."""
        lines = []
        for line in self.process.stdout:
            if line == b"end\n":
                return lines
            lines.append(line)
        status = self.end()
        self.said.seek(0)
        return [b"died with status %d: %s" % (status, self.said.read().strip()[-200:])]

    def end(self):
        process, self.process = self.process, None
        if process is None:
            return 0
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
        process.stdout.close()
        return process.wait(60)


def hexed(data):
    return data.hex() or "-"


def dot(d):
    return "%s:%d" % (d[0].hex(), d[1])


def value_line(word, field, key, v, more):
    return "%s %d %s %s %s lamport %d class %d %s %s %s" % (
        word, field, hexed(key.encode()), dot(v.dot()), more, v.lamport, v.cite, hexed(v.cited), hexed(v.reason), hexed(v.raw))


def withdrawn(registers):
    for field, key, _, judged, _ in registers:
        if (field, key) == (1001, ""):
            return withdraws(judged)
    return False


def record_lines(merged, compartment, name, registers):
    record = merged.records[name]
    lines = ["record %s in %s kind %d withdrawn %d" % (name.hex(), compartment.hex(), record.kind(), withdrawn(registers))]
    for field, key, _, judged, past in registers:
        for i, v in enumerate(judged.order):
            lines.append(value_line("shown" if i < judged.shown else "kept", field, key, v, "attention %d" % judged.attention))
        if judged.merged is not None:
            lines.append("merged %d %s" % (field, hexed(judged.merged.encode())))
        by = record.registers[field, key].retired
        for v in past:
            lines.append(value_line("past", field, key, v, "removal" if v.raw == b"" else "by " + dot(min(by[v.dot()]))))
    return lines


def verdict(data, is_here):
    said = read(data)
    if isinstance(said, cbor.Newer):
        return "newer"
    return "refused" if isinstance(said, cbor.Refused) else "applied" if is_here else "waits"


def oracle_lines(items, kinds, counts=None):
    rooms = {COMMON: Merged(kinds), OWN: Merged(kinds)}
    here = {}
    waiting = distinct = list({i.id: i for i in items}.values())
    moved = True
    while moved:
        moved, still = False, []
        for item in waiting:
            if rooms[item.compartment].ready(item.data, here):
                rooms[item.compartment].take(item.id, item.data)
                here[item.id] = moved = True
            else:
                still.append(item)
        waiting = still
    lines = ["set %s %s" % (i.id.hex(), verdict(i.data, i.id in here)) for i in distinct]
    conflicts = []
    shown = {}
    for compartment in (COMMON, OWN):  # of two records of one id: one with a create, then the one that everybody reads
        for name, record in rooms[compartment].records.items():
            if name not in shown or shown[name][0] == 0 < record.kind():
                shown[name] = record.kind(), name, compartment
    judged_of = {(c, name): room.judged(name) for c, room in rooms.items() for name in room.records}
    for kind, name, compartment in sorted(shown.values()):
        if kind == 0:  # the store lists a record and its conflicts when its create is here; its state counts before
            continue
        merged, registers = rooms[compartment], judged_of[compartment, name]
        lines += record_lines(merged, compartment, name, registers)
        for field, key, _, judged, _ in registers:
            if judged.attention:
                conflicts.append((-judged.attention, name, field, key.encode(), merged.conflict(name, field, key, judged)))
    for attention, name, field, key, conflict in sorted(conflicts):
        lines.append("conflict %s %s %d %s attention %d" % (conflict.hex(), name.hex(), field, hexed(key), -attention))
    for word, which in (("state", COMMON), ("own", OWN)):
        room = rooms[which]
        digest = state_digest([room.digest(r, judged_of[which, r]) for r in room.records])
        lines.append("%s %s" % (word, state_text([(which, digest)])))
    if counts is not None:
        counts.history(items, distinct, here, rooms, judged_of, withdrawn)
    return [(line + "\n").encode() for line in lines]


def state_text(compartments):
    s = prim.H("valise state txt", b"")
    for name, digest in sorted(compartments):
        s = prim.H("valise state txt", s + name + digest)
    h = s.hex().upper()
    return "-".join((h[:4], h[4:8], h[8:12]))


def packed(items):
    return b"".join(i.id + i.compartment + i.device + i.incarnation + len(i.data).to_bytes(4, "little") + i.data for i in items) + bytes(84)


def difference(ours, theirs):
    for a, b in zip(ours + [b"(nothing)"], theirs + [b"(nothing)"]):
        if a != b:
            return [x.decode("ascii", "replace").strip()[:400] for x in (a, b)]
    return None if len(ours) == len(theirs) else ["%d lines" % len(ours), "%d lines" % len(theirs)]


class Run:
    def __init__(self, program, seed, wanted):
        self.program, self.store = program, Program(program)
        self.seed, self.wanted, self.kinds = seed, wanted, Kinds()
        self.counts, self.number, self.failed = Counts(), 0, 0
        self.kept, self.kept_sets, self.kept_cases = [], [], {}

    def result(self, good, name, notes=()):
        self.number += 1
        self.failed += not good
        print("\n".join([*notes, "%s %d - %s" % ("ok" if good else "not ok", self.number, name)]), flush=True)

    def compare(self, items):
        """What differs of one history, None when nothing does; and what both said."""
        self.store.send(packed(items))
        ours = oracle_lines(items, self.kinds, self.counts)
        return difference(ours, self.store.answer()), ours

    def differs(self, items):
        self.store.send(packed(items))
        return difference(oracle_lines(items, self.kinds), self.store.answer())

    def explained(self, name, items, said):
        lines = ["# %s differs" % name, "#   oracle: %s" % said[0], "#   store:  %s" % said[1]]
        if self.failed >= SHOWN:
            return lines
        small = reduce.reduced(list(items), self.differs)
        said = self.differs(small) or said
        return lines + ["# reduced to %d change sets:" % len(small), *reduce.shown(small), "#   oracle: %s" % said[0], "#   store:  %s" % said[1]]

    def histories(self):
        sets, seed = 0, self.seed
        while sets < self.wanted:
            first, end, notes = seed, min(sets + PART, self.wanted), []
            begun = sets
            while sets < end:
                items = History(seed, self.kinds).items
                said, ours = self.compare(items)
                if said:
                    notes += self.explained("seed %d" % seed, items, said)
                elif len(self.kept) < KEPT:
                    self.kept.append((items, ours))
                if len(self.kept_sets) < CASES:
                    self.kept_sets += [i.data for i in items if isinstance(read(i.data), cbor.Refused)]
                sets += len({i.id for i in items})
                seed += 1
            self.result(not notes, "%d change sets of histories %d to %d end alike" % (sets - begun, first, seed - 1), notes)
        print("# %d change sets in %d histories, seed %d" % (sets, seed - self.seed, self.seed))

    def limits(self):
        notes = []
        for name, data in hostile.limits():
            items = Limits(data).items
            said, ours = self.compare(items)
            self.kept_sets.append(data)
            refused = ours[0].endswith((b"refused\n"))
            if said or refused != name.endswith("past") and not name.startswith("text"):
                notes += self.explained(name, items, said or ("refused" if refused else "not refused",) * 2)
        self.result(not notes, "a change set at each limit is taken, one past it is refused", notes)

    def cases(self, what, kind, n):
        """Single calls of the merge engine."""
        engine, rng, notes = Program(self.program, what), random.Random(self.seed), []

        def differs(case):
            engine.send(case.packed())
            return difference(case.lines(), engine.answer())

        for i in range(n):
            case = kind(rng)
            said = differs(case)
            case.count(self.counts)
            if said and len(notes) < 3 * SHOWN:
                said = differs(case.reduced(differs))
                notes += ["# case %d of seed %d: %s" % (i, self.seed, case), "#   oracle: %s" % said[0], "#   engine: %s" % said[1]]
            if i < CASES:
                self.kept_cases.setdefault(what, []).append((case, case.lines()))
        engine.end()
        self.result(not notes, "%d %s are judged alike" % (n, what), notes)

    def mutants(self):
        """Rules made wrong in the oracle, one at a time: the comparison has to notice each."""
        def judged_alike(what):
            return all(case.lines() == ours for case, ours in self.kept_cases[what])

        missed = []
        for name, instead in mutants.RULES:
            with instead:
                if judged_alike("registers") and all(oracle_lines(items, self.kinds) == ours for items, ours in self.kept):
                    missed.append(name)
        for name, instead in mutants.PROSE:
            with instead:
                if judged_alike("paragraphs"):
                    missed.append(name)
        judged = [(data, verdict(data, True)) for data in sorted(self.kept_sets, key=len)]
        for name, instead in mutants.READING:
            read.cache_clear()
            with instead:
                if all(verdict(data, True) == ours for data, ours in judged):
                    missed.append(name)
        read.cache_clear()
        n = len(mutants.RULES + mutants.PROSE + mutants.READING)
        self.result(not missed, "each of %d wrong rules is noticed" % n, ["# not noticed: " + m for m in missed])

    def run(self):
        self.histories()
        if self.wanted >= CHANGE_SETS:
            n = CASES * self.wanted // CHANGE_SETS
            self.limits()
            self.cases("registers", RegisterCase, n)
            self.cases("paragraphs", ProseCase, n // 5)
            if not self.failed:
                self.mutants()
            missing = self.counts.missing()
            self.result(not missing, "they held enough of everything", [*self.counts.lines(), *missing])
        self.store.end()
        print("1..%d" % self.number)
        return 1 if self.failed else 0


def main():
    seed = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("VLS_SEED", "1"), 0)
    wanted = int(sys.argv[3] if len(sys.argv) > 3 else os.environ.get("VLS_RUNS", CHANGE_SETS))
    return Run(sys.argv[1], seed, wanted).run()


if __name__ == "__main__":
    sys.exit(main())
