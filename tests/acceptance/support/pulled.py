#!/usr/bin/env python3
"""pulled.py FOLDER, under a kernel of its own: ny and hague beside FOLDER share what lies there in hub.kept. It moves to a
stick, ny does something, and every block that the file system writes is logged. From that come the sticks that a pull can
leave: written up to a block, or with any of the blocks between two flushes, as a device with a cache has them.
"""
import hashlib
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from inside import FOLDER, HUB, MNT, OUTSIDE, Home, begin, everybody_may_write, exfat, ext4, laptop, vfat
from attack import LONG, Sum, Tap, fsck
from disk import FLUSH, FUA, MARK, MS_DIRSYNC, MS_SYNCHRONOUS, SECTOR, Image, Log, must, run

PLANTED = b"Qzkwjv7701"
LOCK = os.path.join(HUB, "refs/heads/valise.lock")
PARTS = 12 if LONG else 4  # sets of blocks for each flush
SYNC = ("-q", "sync")
tap = Tap(20260411)


def tree(where):
    """What lies there, as one number."""
    total = hashlib.sha256()
    for folder, folders, names in os.walk(where):
        folders.sort()
        for name in sorted(names):
            try:
                with open(os.path.join(folder, name), "rb") as f:
                    body = f.read()
            except OSError as e:
                body = str(e).encode()
            total.update(repr((folder, name, len(body))).encode() + body)
    return total.digest()


def state_in(r):
    """The state that a sync names."""
    found = re.search(r"^State (\S+),", r.text(), re.M)
    return found.group(1) if found else r.text()


def copied():
    """What git says of a copy that it made: a file that a repair cut and that nothing leads to is not in it."""
    copy = os.path.join(FOLDER, "copy.git")
    code, text = run("git", "clone", "-q", "--bare", "--no-local", HUB, copy)
    text = fsck(copy) if code == 0 else text
    shutil.rmtree(copy, ignore_errors=True)
    return text


class Stick:
    """A stick with the hub on it, and every block that one command of ny's writes there."""

    def __init__(self, system, hub, args):
        self.system = system
        self.image = Image(os.path.join(FOLDER, "stick.img"), system.size)
        must(*system.maker, self.image.device)
        system.mount(self.image.device)
        if hub is not None:
            shutil.copytree(os.path.join(OUTSIDE, hub), HUB)
        if system.kind == "ext4":
            everybody_may_write(MNT)
        system.unmount()
        self.base = self.image.read()
        self.record(args)

    def record(self, args):
        """Blocks in the order in which they were sure, each with the number of flushes before it."""
        log = Log(self.image, os.path.join(FOLDER, "log"), 64 << 20)
        self.system.mount(log.device)
        self.outcome = ny.run(*args)
        log.mark("acknowledged")
        self.tree = tree(MNT)
        self.system.unmount()
        self.blocks, self.flushes, self.sure = [], 0, 0
        for flags, sector, body in log.end():
            if flags & MARK:
                self.sure = len(self.blocks) if body == "acknowledged" else self.sure
                continue
            self.flushes += bool(flags & FLUSH)
            for i in range(0, len(body), self.system.block):
                self.blocks.append((self.flushes, sector + i // SECTOR, body[i:i + self.system.block]))
            self.flushes += bool(flags & FUA)

    def write(self, blocks):
        """Becomes what it was with these blocks; the sectors."""
        image = dict(self.base)
        for _, sector, body in blocks:
            for i in range(0, len(body), SECTOR):
                image[sector + i // SECTOR] = body[i:i + SECTOR]
        self.image.write(image)
        return image

    def chosen(self, most):
        """(what, blocks, whether it had been acknowledged): every prefix, and parts of what lies between two flushes."""
        whole = len(self.blocks)
        made = [("%d of %d blocks" % (k, whole), self.blocks[:k], k >= self.sure) for k in range(whole + 1)]
        for flush in range(self.flushes + 1):
            before = [b for b in self.blocks if b[0] < flush]
            these = [b for b in self.blocks if b[0] == flush]
            parts = {tuple(sorted(tap.random.sample(range(len(these)), tap.random.randint(0, len(these)))))
                     for _ in range(PARTS)}
            made += [("after flush %d, %s of %d blocks" % (flush, part, len(these)), before + [these[i] for i in part],
                      len(before) >= self.sure) for part in sorted(parts)]
        if len(made) > most and not LONG:
            made = tap.random.sample(made, most - 2) + [made[0], made[self.sure]]
        return made

    def end(self):
        must("losetup", "-d", self.image.device)
        os.unlink(self.image.path)


class Pull:
    """A command of ny's to a stick, and the laptops that get what a pull leaves of it."""

    def __init__(self, name, system, hub="hub.kept", args=SYNC):
        self.name = "%s on %s" % (name, system.name)
        self.total = Sum(tap, "%s, pulled at any block" % self.name)
        self.before, self.states = (Home(ny), Home(hague)), [hague.state(), ny.state()]
        self.stick, self.system = Stick(system, hub, args), system
        self.after = Home(ny)
        self.total.check("undisturbed", self.stick.outcome.code == 0, self.stick.outcome.text)
        self.seen, self.found = {}, {"old": 0, "new": 0}
        self.n = dict.fromkeys(("images", "mounted", "repaired", "left locks", "used after repair only",
                                "spoilt by use before repair"), 0)

    def judge(self, what, blocks, acknowledged, repair):
        """Another laptop gets that stick, and repairs it first or does not. What looks the same is used once."""
        total, image = self.total, self.stick.write(blocks)
        what = ("repaired, " if repair else "as it is, ") + what
        total.check("%s: nothing plain anywhere on it" % what, not any(PLANTED in x for x in image.values()))
        self.n["images"] += 1
        if repair and not self.repair(what):
            return
        if not total.check("%s: can be mounted" % what, self.system.mount(self.stick.image.device)):
            return
        self.n["mounted"] += 1
        key = tree(MNT), acknowledged, repair
        if key not in self.seen:
            self.seen[key] = self.use(what, acknowledged, repair)
        self.found[self.seen[key]] += 1
        self.system.unmount()

    def repair(self, what):
        code, text = run(*self.system.repair, self.stick.image.device)
        self.n["repaired"] += code == 1
        return self.total.check("%s: can be repaired" % what, code < 4, text)

    def use(self, what, acknowledged, repaired):
        total = self.total
        (self.after if acknowledged else self.before[0]).back()
        self.before[1].back()
        self.unrepaired = not repaired
        state = state_in(self.go_on(what, hague))
        total.check("%s: old or new" % what, state in self.states, state)
        total.check("%s: what was acknowledged is on it" % what, not acknowledged or state == self.states[1], state)
        ends = [self.go_on(what, who) for who in (ny, hague)]
        if any(b"make another" in r.err for r in ends) and self.unrepaired:
            self.n["spoilt by use before repair"] += 1
            ends = self.elsewhere(what)
        total.check("%s: everybody goes on" % what, [r.code for r in ends] == [0, 0], "\n".join(r.text() for r in ends))
        total.check("%s: equal in the end" % what, [state_in(r) for r in ends] == [self.states[1]] * 2)
        if (LONG or len(self.seen) % 6 == 0) and not (self.unrepaired and self.system.kind != "ext4"):
            wrong = copied()
            total.check("%s: git copies it, and is content with that" % what, wrong == "", wrong)
        return "new" if state == self.states[1] else "old"

    def go_on(self, what, who):
        """Syncs. What may be in the way is said, and goes as it is said to."""
        for _ in range(4):
            r = who.run("sync")
            if self.unrepaired and r.code != 0 and re.search(b"but not written|have it repaired", r.err):
                self.n["used after repair only"] += 1
                self.unrepaired = False
                self.system.unmount()
                if self.repair(what):
                    self.system.mount(self.stick.image.device)
            elif r.code == 5 and b"5 minutes" in r.err:  # what is in its lock did not reach the stick: it may be git's
                self.n["left locks"] += 1
                with open(LOCK, "rb") as f:
                    self.total.check("%s: its mark did not reach the stick" % what, not f.read().strip(b"\0"))
                os.utime(LOCK, (time.time() - 600,) * 2)
            else:
                break
        return r

    def elsewhere(self, what):
        """Whoever writes to a file system that lacks a repair may spoil it: then another place is filled, as it is said."""
        place = os.path.join(FOLDER, "another.git")
        os.mkdir(place)
        os.chmod(place, 0o777)
        ny.run("remote", "add", "another", place, "--create")
        ny.run("sync", "another")
        hague.run("remote", "add", "another", place)
        ends = [hague.run("sync", "another"), ny.run("sync", "another")]
        shutil.rmtree(place)
        return ends

    def all(self, most):
        for repair in (True, False):
            for args in self.stick.chosen(most):
                self.judge(*args, repair)
        for home in self.before:
            home.back()
        stick = self.stick
        stick.end()
        self.total.end(2 * self.n["images"])
        print("# %d blocks, %d flushes; %d blocks came after it was acknowledged" % (
            len(stick.blocks), stick.flushes, len(stick.blocks) - stick.sure))
        tap.check("%s: %s; %d old, %d new, %d different" % (
            self.name, ", ".join("%d %s" % (n, name) for name, n in self.n.items()), self.found["old"],
            self.found["new"], len(self.seen)),
            len(self.seen) >= 4 and self.found["new"] >= 1 and (self.found["old"] >= 1 or len(set(self.states)) == 1))


def sure(name, system, *args):
    """A command that has ended well: all that it made is there at that moment, whatever comes."""
    stick = Stick(system, None, args)
    tap.check("%s on %s: done" % (name, system.name), stick.outcome.code == 0, stick.outcome.text)
    for what, blocks in (("then pulled", stick.blocks[:stick.sure]), ("put away", stick.blocks)):
        stick.write(blocks)
        code, text = run(*system.repair, stick.image.device)
        tap.check("%s on %s, %s: nothing of it is missing" % (name, system.name, what),
                  code < 4 and system.mount(stick.image.device) and tree(MNT) == stick.tree,
                  lambda: text + str(list(os.walk(MNT))))
        system.unmount()
    stick.end()


begin()
with open(os.path.expanduser("~/.gitconfig"), "w") as f:
    f.write("[safe]\n\tdirectory = *\n")
ny, hague = laptop("ny", 1001), laptop("hague", 1002)


def pulled(most, name, system, *args):
    if system.lacks():
        tap.skip("%s on %s" % (name, system.name), "there is no %s" % system.lacks())
    else:
        Pull(name, system, *args).all(most)


pulled(7, "a sync", vfat())
pulled(4, "a sync that joins packs", vfat(), "hub.many")
pulled(3, "a sync", ext4())
pulled(3, "a sync", exfat())
pulled(4, "a short history for a long one", vfat(), "hub.kept", ("-q", "remote", "compact", "stick", "--yes"))
if LONG:
    through = MS_SYNCHRONOUS | MS_DIRSYNC
    pulled(0, "a sync", vfat("vfat written through", through))
    pulled(0, "a sync that joins packs", ext4(), "hub.many")
    pulled(0, "a short history for a long one", vfat(), "hub.many", ("-q", "remote", "compact", "stick", "--yes"))
for fs in (vfat(), exfat()) + ((ext4(),) if LONG else ()):
    if not fs.lacks():
        sure("a file for the bag", fs, "-q", "sync", "--to-file", os.path.join(MNT, "a.bag"), "--all")
        sure("a new remote", fs, "-q", "remote", "add", fs.name, os.path.join(MNT, "new.git"), "--create")
tap.end()
