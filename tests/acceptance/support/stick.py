#!/usr/bin/env python3
"""stick.py FOLDER, under a kernel of its own: what ny, hague and a newcomer do with sticks as they are sold, vfat and exFAT
and an ext4 of somebody else's, from a new stick on to one that is full, locked, gone, damaged or an old copy.
"""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from inside import FOLDER, HUB, MNT, OWNER, begin, everybody_may_write, exfat, ext4, laptop, vfat
from attack import Tap, fsck
from disk import MS_RDONLY, Image, Pulled, must, run

BRANCH = os.path.join(HUB, "refs/heads/valise")
PACKS = os.path.join(HUB, "objects/pack")
tap = Tap(20260412)


class Plug:
    """A stick of its own that can be plugged in."""

    def __init__(self, system, name):
        self.system, self.image = system, Image(os.path.join(FOLDER, name), system.size)
        must(*system.maker, self.image.device)

    def into(self, system=None):
        self.now = system or self.system
        if not self.now.mount(self.image.device):
            raise RuntimeError("%s cannot be mounted" % self.now.name)

    def out(self):
        self.now.unmount()

    def end(self):
        must("losetup", "-d", self.image.device)
        os.unlink(self.image.path)


def works(name, who, *args):
    r = who.run(*args)
    tap.check(name, r.code == 0, r.text)
    return r


def says(name, code, pattern, who, *args):
    """The status, the sentence and what to do."""
    r = who.run(*args)
    tap.check("%s: says so and what to do" % name, r.code == code and re.search(pattern, r.text(), re.S), r.text)


def refused(name, code, pattern, who, *args):
    """The same; and the laptop's records are as before."""
    before = who.state()
    says(name, code, pattern, who, *args)
    tap.same("%s: no record is touched" % name, before, who.state())


def equal(name, *whos):
    """After everybody's syncs."""
    for who in whos + whos[:-1]:
        r = who.run("-q", "sync", where[0])
        if r.code != 0:
            tap.check("%s: %s syncs" % (name, who.name), False, r.text)
    states = [who.state() for who in whos]
    tap.check("%s: equal" % name, len(set(states)) == 1, states)


def edit(who, text):
    who.must("-q", "person", "edit", person, "--position", text)


def nature(name, folds_case):
    """The file system is what the test is about: somebody else's, as git would have it, and with FAT's habits."""
    probe = os.path.join(MNT, "Probe")
    with open(probe, "w"):
        pass
    tap.same("%s: everything is somebody else's" % name, {OWNER}, {os.stat(x).st_uid for x in (MNT, HUB, BRANCH)})
    r = subprocess.run(["git", "rev-parse", "--git-dir"], cwd=HUB, user=ny.user, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, env={"PATH": "/usr/bin", "HOME": "/none", "GIT_CONFIG_NOSYSTEM": "1"})
    tap.check("%s: git itself would refuse it for that" % name, b"dubious ownership" in r.stderr, r.stderr)
    if folds_case:
        tap.check("%s: names differ by more than case" % name, os.path.exists(os.path.join(MNT, "pROBE")))
        try:
            os.link(probe, probe + "2")
            tap.check("%s: there are no links" % name, False)
        except OSError as e:
            tap.check("%s: there are no links" % name, True, str(e))
    os.unlink(probe)


def exchange(name, plug):
    """A new stick, and both laptops on it."""
    plug.into()
    if plug.system.kind == "ext4":
        everybody_may_write(MNT)
    where[0] = name
    refused("%s: not used before" % name, 5, "not there.*remote add %s .*--create" % name, ny, "remote", "add", name, HUB)
    works("%s: created" % name, ny, "remote", "add", name, HUB, "--create")
    works("%s: sent" % name, ny, "sync", name)
    if plug.system.kind == "ext4":
        everybody_may_write(MNT)  # as after its way over other laptops
    nature(name, plug.system.kind != "ext4")
    works("%s: known to the other" % name, hague, "remote", "add", name, HUB)
    works("%s: received" % name, hague, "sync", name)
    edit(hague, "Said on " + name)
    equal(name, ny, hague)
    tap.same("%s: in order" % name, "", fsck(HUB))


def newcomer(plug):
    works("a newcomer asks by the stick", nairobi, "-q", "join", HUB, "--delegation", "Kenya", "--post", "Nairobi")
    ny.must("-q", "sync", where[0])
    number = nairobi.must("key", "safety-number", "--plain")
    works("a newcomer is admitted", ny, "-q", "admit", "Kenya", "--share-history", "--safety-number", number)
    ny.must("-q", "sync", where[0])
    works("a newcomer reads it", nairobi, "-q", "sync")
    tap.same("a newcomer has what the others have", ny.state(), nairobi.state())


def long_use(plug):
    """So many syncs that small packs are joined, then a short history."""
    script = "".join("person edit %s --position 'Post %d'\nsync %s\n" % (person, i, where[0]) for i in range(20))
    r = subprocess.run([ny.program, "--no-input", "-q", "shell"], input=script.encode(), env=ny.env(), user=ny.user,
                       group=ny.user, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.check("20 syncs in a row", r.returncode == 0, r.stdout)
    packs = len([x for x in os.listdir(PACKS) if x.endswith(".pack")])
    tap.check("their packs are joined on the way (%d)" % packs, packs < 20)
    works("a short history", ny, "-q", "remote", "compact", where[0], "--yes")
    equal("after it", ny, hague)
    tap.same("after it: in order", "", fsck(HUB))


def names(plug):
    """As other desktops show them."""
    plug.out()
    for more in (",shortname=lower", ",shortname=win95"):
        plug.into(vfat(more=more))
        edit(ny, "Seen with " + more)
        equal("mounted with %s" % more[1:], ny, hague)
        plug.out()
    plug.into()


def read_only(plug):
    edit(ny, "Before it was locked")
    ny.must("-q", "sync", where[0])
    edit(hague, "While it was locked")
    plug.out()
    for what, system in (("its switch is on read-only", vfat(flags=MS_RDONLY)), ("only its owner may write", vfat(umask="022"))):
        plug.into(system)
        says(what, 5, "can be read but not written.*1 change waits.*another one", hague, "sync", where[0])
        tap.check("%s: what is there was read all the same" % what, "Before it was locked" in history(hague))
        plug.out()
    plug.into()
    equal("writable again", ny, hague)


def history(who):
    return who.run("person", "history", person, "--plain").out.decode()


def full(plug):
    filler = os.path.join(MNT, "filler")
    with open(filler, "wb", buffering=0) as f:
        size = 1 << 20
        while size > 0:
            try:
                f.write(b"x" * size)
            except OSError:
                size //= 4
    edit(ny, "On a full one")
    refused("full", 5, "no space left.*1 change waits", ny, "sync", where[0])
    tap.same("full: in order", "", fsck(HUB))
    os.unlink(filler)
    equal("there is room again", ny, hague)


def vanished(plug):
    edit(ny, "While it is away")
    plug.out()
    refused("away", 5, "not there.*1 change waits.*Plug the stick in", ny, "sync", where[0])
    plug.into()
    equal("back", ny, hague)


def pulled_out(plug):
    """While it is mounted: the system finds out only when it wants something of it."""
    edit(ny, "While it is pulled out")
    plug.out()
    device = Pulled(plug.image)
    for what, code, pattern, before in (("read from", 5, "not there.*1 change waits.*Plug the stick in", ()),
                                        ("written to", 1, "1 change waits.*plug it in again or have it repaired", (hague,))):
        plug.system.mount(device.device)
        for who in before:  # then all that is read is in memory
            who.must("-q", "sync", where[0])
        device.pull()
        refused("pulled out while it is %s" % what, code, pattern + ".*valise sync", ny, "sync", where[0])
        plug.system.unmount()
        device.end()
        device = Pulled(plug.image)
    device.end()
    plug.into()
    equal("plugged in again", ny, hague)


def damaged(plug):
    """What a repair of FAT leaves of a stick that broke its promises: a branch of no bytes, then no stick at all."""
    edit(ny, "Sent to a stick that forgot it")
    ny.must("-q", "sync", where[0])
    with open(BRANCH, "wb"):
        pass
    edit(hague, "Said before it was made anew")
    for who in (ny, hague):
        refused("its branch is empty, for %s" % who.name, 7, "unreadable.*make another:.*remote add NAME PLACE --create", who,
                "sync", where[0])
    plug.out()
    must(*plug.system.maker, plug.image.device)
    plug.into()
    refused("made anew by its owner", 5, "not there", hague, "sync", where[0])
    works("filled again from any laptop", hague, "remote", "add", "again", HUB, "--create")
    works("filled again: sent", hague, "sync", "again")
    works("filled again: known to the other", ny, "remote", "add", "again", HUB)
    where[0] = "again"
    equal("filled again", ny, hague)
    for who in (ny, hague):
        text = history(who)
        tap.check("filled again: %s has what both had said" % who.name,
                  "Sent to a stick that forgot it" in text and "Said before it was made anew" in text, text)


def old_copy(plug):
    kept = plug_copy(plug)
    edit(ny, "After the copy was made")
    equal("before an old copy comes back", ny, hague)
    plug.out()
    plug.image.write(kept)
    plug.into()
    refused("an old copy", 7, "somebody put back an older copy", ny, "sync", where[0])


def plug_copy(plug):
    plug.out()
    kept = plug.image.read()
    plug.into()
    return kept


begin()
where = [""]
ny, hague, nairobi = laptop("ny", 1001), laptop("hague", 1002), laptop("nairobi", 1003, moved=False)
person = ny.must("-q", "person", "add", "Idris al-Haddad")
for system in (vfat(), exfat(), ext4()):
    if system.lacks():
        tap.skip("a stick with %s" % system.name, "there is no %s" % system.lacks())
        continue
    plug = Plug(system, "stick.img")
    exchange(system.name, plug)
    if system.name == "vfat":
        for story in (newcomer, long_use, names, read_only, full, vanished, pulled_out, damaged, old_copy):
            story(plug)
    plug.out()
    code, text = run(*system.repair, plug.image.device)
    tap.check("%s: there is nothing to repair" % system.name, code == 0, text)
    plug.end()
tap.end()
