#!/usr/bin/env python3
"""Merges generated histories with the oracle and with the real store, and compares every line.

    python3 tests/oracle/run.py build/test/tests/oracle/merge_dump [SEED [COUNT]]

Prints TAP. A history that differs is named with its seed; `run.py PROGRAM SEED 1` replays it alone. VLS_SEED in the
environment stands for SEED.
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from oracle import prim
from oracle.histories import COMMON, OWN, History
from oracle.kinds import Kinds
from oracle.merge import Merged, Value
from oracle.state import state_digest

BATCH = 50


def hexed(data):
    return data.hex() or "-"


def dot(d):
    return "%s:%d" % (d[0].hex(), d[1])


def value_line(word, field, key, v, more):
    return "%s %d %s %s %s lamport %d class %d %s %s %s" % (
        word, field, hexed(key.encode()), dot(v.dot()), more, v.lamport, v.cite, hexed(v.cited), hexed(v.reason), hexed(v.raw))


def withdrawn(registers):
    for field, key, _, judged, _ in registers:
        if field == 1001 and key == "" and judged.order:
            return judged.order[0].item in ("retracted", "purged")
    return False


def record_lines(merged, compartment, name):
    registers = merged.judged(name)
    record = merged.records[name]
    lines = ["record %s in %s kind %d withdrawn %d" % (name.hex(), compartment.hex(), record.kind(), withdrawn(registers))]
    for field, key, _, judged, past in registers:
        for i, v in enumerate(judged.order):
            lines.append(value_line("shown" if i < judged.shown else "kept", field, key, v, "attention %d" % judged.attention))
        by = record.registers[field, key].retired
        for v in past:
            lines.append(value_line("past", field, key, v, "removal" if v.raw == b"" else "by " + dot(min(by[v.dot()]))))
    return lines


def oracle_lines(history, kinds):
    rooms = {COMMON: Merged(kinds), OWN: Merged(kinds)}
    here = {}
    waiting = list(dict((i[0], i) for i in reversed(history.items)).values())
    moved = True
    while moved:
        moved = False
        for item in list(waiting):
            name, compartment, data = item
            if rooms[compartment].ready(data, here):
                waiting.remove(item)
                rooms[compartment].take(name, data)
                here[name] = True
                moved = True
    lines, conflicts = [], []
    shown = {}
    for compartment in (COMMON, OWN):  # of two records of one id: one with a create, then the one that everybody reads
        for name, record in rooms[compartment].records.items():
            if name not in shown or shown[name][0] == 0 < record.kind():
                shown[name] = record.kind(), name, compartment
    for kind, name, compartment in sorted(shown.values()):
        merged = rooms[compartment]
        if kind == 0:  # the store lists a record and its conflicts when its create is here; its state counts before
            continue
        lines += record_lines(merged, compartment, name)
        for field, key, _, judged, _ in merged.judged(name):
            if judged.attention:
                conflicts.append((-judged.attention, name, field, key.encode(), merged.conflict(name, field, key, judged)))
    for attention, name, field, key, conflict in sorted(conflicts):
        lines.append("conflict %s %s %d %s attention %d" % (conflict.hex(), name.hex(), field, hexed(key), -attention))
    for word, which in (("state", COMMON), ("own", OWN)):
        lines.append("%s %s" % (word, state_text([(which, rooms[which].state())])))
    return lines


def state_text(compartments):
    s = prim.H("valise state txt", b"")
    for name, digest in sorted(compartments):
        s = prim.H("valise state txt", s + name + digest)
    h = s.hex().upper()
    return "-".join((h[:4], h[4:8], h[8:12]))


def packed(history):
    out = b"".join(name + compartment + len(data).to_bytes(4, "little") + data for name, compartment, data in history.items)
    return out + bytes(52)


def program_answers(program, histories):
    done = subprocess.run([program], input=b"".join(packed(h) for h in histories), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    answers, lines = [], []
    for line in done.stdout.decode().splitlines():
        if line == "end":
            answers.append(lines)
            lines = []
        else:
            lines.append(line)
    return answers, done.returncode, done.stderr.decode().strip()


def difference(ours, theirs):
    for a, b in zip(ours + ["(nothing)"], theirs + ["(nothing)"]):
        if a != b:
            return a, b
    return ("(%d lines)" % len(ours), "(%d lines)" % len(theirs)) if len(ours) != len(theirs) else None


def main():
    program = sys.argv[1]
    seed = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("VLS_SEED", "1"), 0)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    kinds = Kinds()
    seeds = range(seed, seed + count)
    number = failed = lines = conflicts = 0
    for start in range(0, count, BATCH):
        batch = seeds[start:start + BATCH]
        histories = [History(s, kinds) for s in batch]
        answers, status, said = program_answers(program, histories)
        number += 1
        wrong = []
        for s, history, theirs in zip(batch, histories, answers):
            ours = oracle_lines(history, kinds)
            lines += len(ours)
            conflicts += sum(line.startswith("conflict") for line in ours)
            first = difference(ours, theirs)
            if first:
                wrong.append("# seed %d differs\n#   oracle: %s\n#   store:  %s" % (s, *first))
        if status != 0 or len(answers) != len(histories):
            wrong.append("# the store stopped in the history of seed %d, exit %d: %s" % (batch[min(len(answers), len(batch) - 1)], status, said))
        print("\n".join(wrong + ["%s %d - histories %d to %d merge alike" % ("not ok" if wrong else "ok", number, batch[0], batch[-1])]))
        failed += len(wrong)
    number += 1
    rich = lines > 20 * count and conflicts > count
    print("%s %d - they held %d lines and %d conflicts" % ("ok" if rich else "not ok", number, lines, conflicts))
    print("1..%d" % number)
    return 1 if failed or not rich else 0


if __name__ == "__main__":
    sys.exit(main())
