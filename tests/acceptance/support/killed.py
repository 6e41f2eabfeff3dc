#!/usr/bin/env python3
"""killed.py FOLDER: ny and hague share FOLDER/stick.git; kills their commands and looks at what is left."""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from attack import LONG, Folder, Laptop, Sum, Tap, calls_of, children_of, cut, fsck, kill_quietly, strace_works

T = sys.argv[1]
HUB = os.path.join(T, "stick.git")
tap = Tap(20260317)
ny, hague = Laptop(T, "ny"), Laptop(T, "hague")
person = ny.must("-q", "person", "add", "Idris al-Haddad")
for who in (ny, hague, ny, hague):
    who.must("-q", "sync")
said = set()  # positions that were acknowledged, or turned out to have been recorded
added = {person}
counter = [0]


def fresh(word):
    counter[0] += 1
    return "%s number %d" % (word, counter[0])


def values(who, record=person):
    r = who.run("person", "history", record, "--plain")
    return r.out.decode("utf-8", "replace") if r.code == 0 else ""


def settle(what, total):
    """Everybody syncs: equal states, clean checks, a remote in order, nothing of what was acknowledged gone."""
    for who in (ny, hague, ny, hague):
        r = who.run("-q", "sync")
        total.check("%s: %s syncs" % (what, who.name), r.code == 0, r.text)
    total.check("%s: equal states" % what, ny.state() == hague.state(), lambda: ny.state() + " " + hague.state())
    for who in (ny, hague):
        r = who.run("check")
        total.check("%s: %s is in order" % (what, who.name), r.code == 0, r.text)
        history = values(who)
        gone = [v for v in said if v not in history]
        total.check("%s: %s has all that was acknowledged" % (what, who.name), not gone, gone)
        listed = who.run("person", "list", "--plain").line()
        gone = [i for i in added if i not in listed]
        total.check("%s: %s has every record" % (what, who.name), not gone, gone)
    total.check("%s: the remote is in order" % what, fsck(HUB) == "", lambda: fsck(HUB))


# ---- at random moments ----

def kill_at(p, seconds, victim):
    """Kills valise, its courier or both after a while; True when that hit something that ran."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and p.poll() is None:
        time.sleep(max(0.0, min(0.0005, until - time.monotonic())))
    couriers = children_of(p.pid) if victim != "valise" else []
    hit = False
    if victim != "courier" and p.poll() is None:
        hit = kill_quietly(p.pid)
    for c in couriers:
        hit = kill_quietly(c) or hit
    return hit


def random_edit(who, total):
    """Adds or edits, killed after a while. Old or new, and what it said holds."""
    add = tap.random.random() < 0.3
    value = fresh("Person" if add else "Position")
    args = ["-q", "person", "add", value] if add else ["-q", "person", "edit", person, "--position", value]
    before = who.state()
    p = who.start(args)
    hit = kill_at(p, tap.random.uniform(0.0005, 0.008), "valise")
    out, err = p.communicate()
    what = "%s after %s" % (who.name, "add" if add else "edit")
    after = who.state()
    there = value in (who.run("person", "list", "--plain").line() if add else values(who))
    total.check("%s: a killed command ends by the signal" % what, p.returncode in (0, -signal.SIGKILL),
                "%d %s" % (p.returncode, err))
    total.check("%s: old or new" % what, len(after) == 14 and there == (after != before), "%s %s" % (before, after))
    if p.returncode == 0:
        total.check("%s: acknowledged and there" % what, there, value)
    if there and not add:
        said.add(value)
    if add and p.returncode == 0:
        added.add(out.decode().strip())
    return hit and p.returncode != 0


def random_sync(who, span, total):
    """Syncs, something of it killed after a while; the local records are the old ones or those of a whole pull."""
    victim = tap.random.choice(["valise", "courier", "both"])
    before = who.state()
    p = who.start(["-q", "sync"])
    hit = kill_at(p, tap.random.uniform(0.001, span * 1.1), victim)
    _, err = p.communicate()
    what = "%s sync, %s killed" % (who.name, victim)
    after = who.state()
    total.check("%s: ends by the signal, or says so" % what, p.returncode in (0, 1, 5, -signal.SIGKILL),
                "%d %s" % (p.returncode, err))
    r = who.run("-q", "sync")
    total.check("%s: the next one works" % what, r.code == 0, r.text)
    total.check("%s: old or new" % what, after in (before, who.state()), "%s %s %s" % (before, after, who.state()))
    return hit and p.returncode != 0


def at_random(rounds):
    total = Sum(tap, "killed at random moments")
    hits = {"edit": 0, "sync": 0}
    span = max(ny.run("-q", "sync").seconds for _ in range(3))
    for i in range(rounds):
        who = tap.random.choice([ny, hague])
        hits["edit"] += random_edit(who, total)
        hits["edit"] += random_edit(hague if who is ny else ny, total)
        hits["sync"] += random_sync(who, span, total)
        if i % 10 == 9:
            settle("round %d" % i, total)
    total.end(rounds * 5)
    tap.check("of %d edits at least a quarter was hit while it ran (%d)" % (2 * rounds, hits["edit"]),
              hits["edit"] * 4 >= 2 * rounds)
    tap.check("of %d syncs at least a quarter was hit while it ran (%d)" % (rounds, hits["sync"]),
              hits["sync"] * 4 >= rounds)


# ---- at exact calls ----

def exact(name, who, args, verify, most, courier=False):
    """The command, killed at up to `most` of its calls; the folder is put back before each."""
    total = Sum(tap, "%s killed at exact calls%s" % (name, " of its courier" if courier else ""))
    live = Folder(T_LIVE)
    calls, r = calls_of(who, args, courier)
    total.check("undisturbed", r.code in (0, 13), r.text)
    chosen = list(range(len(calls)))
    if len(chosen) > most and not LONG:
        chosen = sorted(tap.random.sample(chosen[1:-1], most - 2) + [0, len(calls) - 1])
    hits = 0
    for i in chosen:
        call = calls[i]
        live.back()
        r = cut(who, args, call, courier)
        dead = r.code == -signal.SIGKILL or (courier and r.code not in (0, 13))
        hits += dead
        if courier:
            total.check("%s %d: the loss of the courier is said" % call, r.code in (0, 1, 5, 13), r.text)
        verify("%s %d, call %d of %d" % (call + (i + 1, len(calls))), r, total)
    live.back()
    live.gone()
    total.end(len(chosen))
    tap.check("%s: %d of %d kills hit%s" % (name, hits, len(chosen), " the courier" if courier else ""),
              hits * 4 >= len(chosen) * 3 and hits >= 3)


def works(total, what, who, *args, codes=(0,)):
    r = who.run(*args)
    total.check("%s: then %s works" % (what, " ".join(args[:3])), r.code in codes, r.text)
    return r


def after_edit(what, r, total):
    there = "Exact position" in values(ny)
    total.check("%s: acknowledged and there" % what, there or r.code != 0, r.text)
    works(total, what, ny, "-q", "person", "edit", person, "--position", "Exact position")
    total.check("%s: there in the end" % what, "Exact position" in values(ny))
    works(total, what, ny, "check")


def after_add(what, r, total):
    listed = works(total, what, ny, "person", "list", "--plain").line()
    total.check("%s: acknowledged and there" % what, "Exact person" in listed or r.code != 0, listed)
    works(total, what, ny, "check")


def after_sync(what, r, total):
    works(total, what, ny, "-q", "sync")
    works(total, what, hague, "-q", "sync")
    works(total, what, ny, "-q", "sync")
    total.check("%s: equal states" % what, ny.state() == hague.state(), lambda: ny.state() + " " + hague.state())
    for who in (ny, hague):
        history = values(who)
        total.check("%s: %s has both edits" % (what, who.name), "From here" in history and "From there" in history,
                    history)
    total.check("%s: the remote is in order" % what, fsck(HUB) == "", lambda: fsck(HUB))


def after_compact(what, r, total):
    after_sync(what, r, total)
    works(total, what, ny, "-q", "remote", "compact", "stick", "-y")
    works(total, what, hague, "-q", "sync")
    total.check("%s: the remote is in order, and holds no waste" % what, fsck(HUB, "--unreachable") == "",
                lambda: fsck(HUB, "--unreachable"))


def after_admit(what, r, total):
    # 1: a member already, so the killed one counted
    again = works(total, what, ny, "-q", "admit", "Kenya", "--share-history", "--safety-number", number, codes=(0, 1, 3, 13))
    total.check("%s: a refusal says why" % what, again.code != 1 or "member already" in again.text(), again.text)
    total.check("%s: acknowledged, so not again" % what, r.code != 0 or again.code != 0, again.text)
    works(total, what, ny, "-q", "sync")
    works(total, what, nairobi, "-q", "sync")
    total.check("%s: the newcomer reads the same" % what, ny.state() == nairobi.state())
    works(total, what, nairobi, "check")


def after_begin(args):
    def verify(what, r, total):
        again = new.run(*args)
        if r.code == 0:
            total.check("%s: acknowledged, so not again" % what, again.code == 1, again.text)
        total.check("%s: it is there, or can be made" % what, again.code in (0, 1), again.text)
        works(total, what, new, "status", codes=(0, 13))
        left = sorted(os.listdir(os.path.join(new.home, "data")))
        total.check("%s: nothing else is left" % what, left == ["keys", "store"], left)
        new.run("-q", "lock")
    return verify


def after_passphrase(what, r, total):
    opened = []
    for name in ("pw", "pw.new"):
        ny.run("-q", "lock")
        ny.passphrase = os.path.join(T, name)
        opened.append(ny.run("status", "--state").code)
    ny.passphrase = os.path.join(T, "pw")
    want = [[12, 0]] if r.code == 0 else [[12, 0], [0, 12]]
    total.check("%s: one passphrase opens it, the old or the new" % what, opened in want, opened)


def after_rekey(what, r, total):
    after_passphrase(what, r, total)
    ny.passphrase = os.path.join(T, "pw" if ny_opens("pw") else "pw.new")
    works(total, what, ny, "check")
    total.check("%s: every record is there" % what, person in ny.run("person", "list", "--plain").line())
    left = sorted(os.listdir(os.path.join(ny.home, "data")))
    total.check("%s: nothing half made is left" % what, "rekey" not in left and "store" in left and "keys" in left, left)
    ny.run("-q", "lock")
    ny.passphrase = os.path.join(T, "pw")


def ny_opens(name):
    ny.run("-q", "lock")
    ny.passphrase = os.path.join(T, name)
    return ny.run("status", "--state").code == 0


def after_remote(what, r, total):
    works(total, what, ny, "remote", "add", "second", os.path.join(T_LIVE, "second.git"), "--create", codes=(0, 1, 2, 3))
    works(total, what, ny, "-q", "sync", "second")
    total.check("%s: the new remote is in order" % what, fsck(os.path.join(T_LIVE, "second.git")) == "",
                lambda: fsck(os.path.join(T_LIVE, "second.git")))


at_random(30 if not LONG else 400)

if not strace_works():
    tap.skip("killed at exact calls", "strace may not trace here")
    tap.end()

# Laptops and stick in one folder, which is put back before each attempt; the stick keeps its place.
T_LIVE = os.path.join(T, "live")
os.mkdir(T_LIVE)
for name in ("ny", "hague", "stick.git"):
    os.rename(os.path.join(T, name), os.path.join(T_LIVE, name))
    os.symlink(os.path.join(T_LIVE, name), os.path.join(T, name))
nairobi, new = Laptop(T_LIVE, "nairobi"), Laptop(T_LIVE, "new")
nairobi.passphrase = new.passphrase = os.path.join(T, "pw")
nairobi.must("-q", "join", HUB, "--delegation", "Kenya", "--post", "Nairobi")
nairobi.run("-q", "unlock", "--for", "1h")
number = nairobi.must("key", "safety-number", "--plain")
ny.must("-q", "sync")
hague.must("-q", "person", "edit", person, "--position", "From there")
hague.must("-q", "sync")
ny.must("-q", "person", "edit", person, "--position", "From here")
with open(os.path.join(T, "pw.new"), "w") as f:
    f.write("another passphrase of invented words\n")
os.chmod(os.path.join(T, "pw.new"), 0o600)

exact("edit", ny, ["-q", "person", "edit", person, "--position", "Exact position"], after_edit, 12)
exact("add", ny, ["-q", "person", "add", "Exact person"], after_add, 12)
exact("sync", ny, ["-q", "sync"], after_sync, 14)
exact("sync", ny, ["-q", "sync"], after_sync, 18, courier=True)
exact("remote compact", ny, ["-q", "remote", "compact", "stick", "-y"], after_compact, 8)
exact("remote compact", ny, ["-q", "remote", "compact", "stick", "-y"], after_compact, 16, courier=True)
exact("admit", ny, ["-q", "admit", "Kenya", "--share-history", "--safety-number", number], after_admit, 8)
exact("remote add --create", ny, ["remote", "add", "second", os.path.join(T_LIVE, "second.git"), "--create"],
      after_remote, 8)
exact("remote add --create", ny, ["remote", "add", "second", os.path.join(T_LIVE, "second.git"), "--create"],
      after_remote, 12, courier=True)
args = ["-q", "init", "Another", "--delegation", "Chile", "--post", "Santiago"]
exact("init", new, args, after_begin(args), 8)
args = ["-q", "join", HUB, "--delegation", "Chile", "--post", "Santiago"]
exact("join", new, args, after_begin(args), 8)
exact("key passphrase", ny, ["key", "passphrase", "--new-passphrase-file", os.path.join(T, "pw.new")],
      after_passphrase, 4)
exact("key rekey", ny, ["key", "rekey", "--new-passphrase-file", os.path.join(T, "pw.new")], after_rekey, 8)
tap.end()
