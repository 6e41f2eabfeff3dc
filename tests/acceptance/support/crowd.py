#!/usr/bin/env python3
"""crowd.py FOLDER: ten delegations share FOLDER/stick.git and write to it at the same moment, again and again."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from attack import LONG, Laptop, Sum, Tap, fsck

T = sys.argv[1]
HUB = os.path.join(T, "stick.git")
PLACES = [("Ireland", "New York"), ("Croatia", "The Hague"), ("Kenya", "Nairobi"), ("Chile", "Santiago"),
          ("Ghana", "Accra"), ("Japan", "Tokyo"), ("Jordan", "Amman"), ("Norway", "Oslo"), ("Peru", "Lima"),
          ("Senegal", "Dakar")]
ROUNDS = 30 if LONG else 4
tap = Tap(20260319)
laptops = [Laptop(T, country.lower()) for country, _ in PLACES]
founder, others = laptops[0], laptops[1:]


def together(commands):
    """Starts all of [(laptop, args)] before waiting for the first; their results in order."""
    running = [(who, who.start(args)) for who, args in commands]
    results = []
    for who, p in running:
        try:
            out, err = p.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            out, err = p.communicate()
        results.append((who, p.returncode, out, err))
    return results


def all_went_well(name, results):
    bad = ["%s: %d %s" % (who.name, code, err.decode("utf-8", "replace")) for who, code, _, err in results if code != 0]
    return tap.check(name, not bad, "\n".join(bad))


founder.must("-q", "init", "Crowd", "--delegation", PLACES[0][0], "--post", PLACES[0][1])
founder.run("-q", "unlock", "--for", "1h")
founder.must("-q", "remote", "add", "stick", HUB, "--create")
person = founder.must("-q", "person", "add", "Idris al-Haddad")
founder.must("-q", "sync")
joins = [(who, ["-q", "join", HUB, "--delegation", c, "--post", p]) for who, (c, p) in zip(others, PLACES[1:])]
all_went_well("nine ask to join, three at a time", sum((together(joins[i:i + 3]) for i in range(0, 9, 3)), []))
founder.must("-q", "sync")
for who, (country, _) in zip(others, PLACES[1:]):
    who.run("-q", "unlock", "--for", "1h")
    founder.must("-q", "admit", country, "--share-history", "--safety-number", who.must("key", "safety-number", "--plain"))
founder.must("-q", "sync")
all_went_well("all are let in at the same moment", together([(who, ["-q", "sync"]) for who in others]))

said, added, seconds = [], [], 0.0
for n in range(ROUNDS):
    for who in laptops:
        value = "Seen by %s in round %d" % (who.name, n)
        who.must("-q", "person", "edit", person, "--position", value)
        said.append(value)
        added.append(who.must("-q", "person", "add", "Invented Person %s %d" % (who.name, n)))
    begun = time.monotonic()
    results = together([(who, ["-q", "sync"]) for who in laptops])
    seconds += time.monotonic() - begun
    all_went_well("round %d: ten at the same moment all get through" % n, results)
print("# %.1f s for a round of ten" % (seconds / ROUNDS))

for who in laptops + laptops:
    who.must("-q", "sync")
states = {who.state() for who in laptops}
tap.check("all show the same state", len(states) == 1 and len(states.pop()) == 14, states)
total = Sum(tap, "nothing of it is lost")
for who in laptops:
    history = who.run("person", "history", person, "--plain").out.decode()
    listed = who.run("person", "list", "--plain").out.decode()
    total.check(who.name, not [v for v in said if v not in history] and not [i for i in added if i not in listed])
total.end(len(laptops))
tap.same("everybody has the same conflict", 1, len({who.run("review", "--list", "--plain").out for who in laptops}))
all_went_well("everybody's check is content", together([(who, ["check"]) for who in laptops]))
tap.same("and so is git", "", fsck(HUB))
sent = [who.run("sync").out for who in laptops]
tap.check("then there is nothing left to say", all(b"sent 0, received 0" in s for s in sent), sent)

# ---- two processes on one laptop ----

total, busy = Sum(tap, "two processes on one laptop"), 0
for n in range(12):
    words = ["Twin %d %d" % (n, i) for i in range(3)]
    results = together([(founder, ["-q", "person", "add", w]) for w in words] + [(founder, ["-q", "sync"])])
    listed = founder.run("person", "list", "--plain").out.decode()
    for (_, code, _, err), w in zip(results, words + [None]):
        total.check("done, or said to be busy", code in (0, 11) and (code == 0 or len(err) > 20), "%d %s" % (code, err))
        total.check("acknowledged and there", w is None or (w in listed) == (code == 0), "%s %d" % (w, code))
        busy += code == 11
total.check("check", founder.run("check").code == 0)
total.end(50)

# One that holds the store for long: its courier does not answer.
stuck = os.path.join(T, "stuck")
with open(stuck, "w") as f:
    f.write("#!/bin/sh\nexec sleep 60\n")
os.chmod(stuck, 0o755)
founder.extra["VALISE_COURIER"] = stuck
first = founder.start(["-q", "sync"])
founder.extra.clear()
time.sleep(0.5)
r = founder.run("-q", "person", "add", "Nobody")
tap.check("a second process waits a little and says 11", r.code == 11 and 1 < r.seconds < 10 and len(r.err) > 20, r.text)
r = founder.run("--version")
tap.same("what needs no store is not kept waiting", 0, r.code)
first.send_signal(signal.SIGINT)
out, err = first.communicate(timeout=20)
tap.check("the first one can be interrupted", first.returncode == 130, "%d %s" % (first.returncode, err))
tap.same("and then the store is free", 0, founder.run("-q", "sync").code)
tap.end()
