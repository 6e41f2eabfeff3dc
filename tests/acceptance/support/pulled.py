#!/usr/bin/env python3
"""pulled.py FOLDER: ny and hague share FOLDER/stick.git, which moves to an image of a stick mounted at FOLDER/mnt."""
import hashlib
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from attack import LONG, Folder, Laptop, Sum, Tap, calls_of, cut, fsck, strace_works

T = sys.argv[1]
HUB, MNT, IMAGE = (os.path.join(T, x) for x in ("stick.git", "mnt", "stick.img"))
PLANTED = "Qzkwjv7701"
# (name, program that makes it, program that repairs it, how it is mounted)
SYSTEMS = [("ext4", ["mkfs.ext4", "-q", "-F"], ["fsck.ext4", "-p"], "loop"),
           ("ext4 written through", ["mkfs.ext4", "-q", "-F"], ["fsck.ext4", "-p"], "loop,sync,dirsync"),
           ("vfat", ["mkfs.vfat"], ["fsck.vfat", "-a"], "loop"),
           ("vfat written through", ["mkfs.vfat"], ["fsck.vfat", "-a"], "loop,sync,dirsync")]
os.environ["PATH"] += ":/usr/sbin:/sbin"
LOCK = os.path.join(HUB, "refs/heads/valise.lock")
tap = Tap(20260411)
lost = [0]  # marks of a lock
ny, hague = Laptop(T, "ny"), Laptop(T, "hague")


def quiet(*words):
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def mount(options):
    return quiet("mount", "-o", options, IMAGE, MNT) == 0


def unmount():
    return quiet("umount", MNT) == 0


def make(words):
    if shutil.which(words[0]) is None:
        return False
    with open(IMAGE, "wb") as f:
        f.truncate(8 << 20)
    return quiet(*words, IMAGE) == 0


def pulled():
    """The bytes of the stick as they are, while it is mounted and perhaps being written."""
    with open(IMAGE, "rb") as f:
        return f.read()


def plugged_in(image, repair, options):
    """Another laptop gets the stick: its file system is repaired as that system does it, then mounted."""
    with open(IMAGE, "wb") as f:
        f.write(image)
    code = quiet(*repair, IMAGE)
    return code < 4 and mount(options)


def attempt(what, total, call, base, repair, options, homes, states):
    """One sync that is cut at that call (None: runs to its end), and what the stick is then worth."""
    for home in homes:
        home.back()
    if not total.check("%s: the stick is there" % what, plugged_in(base, repair, options)):
        return None
    r = cut(ny, ["-q", "sync"], call, True) if call else ny.run("-q", "sync")
    image = pulled()
    unmount()
    total.check("%s: the end of it is said" % what, r.code in (0, 1, 5, 13), r.text)
    ok = total.check("%s: the file system can be repaired" % what, plugged_in(image, repair, options))
    if not ok:
        return None
    total.check("%s: nothing plain anywhere on it" % what, PLANTED.encode() not in image and b"Haddad" not in image)
    seen = hague.run("-q", "sync")
    total.check("%s: it can be read" % what, seen.code == 0, seen.text)
    state = hague.state()
    total.check("%s: old or new" % what, state in states, "%s %s" % (state, states))
    total.check("%s: what was acknowledged is on it" % what, r.code != 0 or state == states[1], state)
    for who in (ny, hague):
        again = who.run("-q", "sync")
        if again.code == 5 and b"5 minutes" in again.err:  # what is in its lock did not reach the stick: it may be git's
            lost[0] += 1
            with open(LOCK, "rb") as f:
                total.check("%s: its mark did not reach the stick" % what, not f.read().strip(b"\0"))
            os.utime(LOCK, (time.time() - 600,) * 2)
            again = who.run("-q", "sync")
        total.check("%s: %s goes on with it" % (what, who.name), again.code == 0, again.text)
    total.check("%s: equal in the end" % what, hague.state() == states[1] == ny.state(), hague.state() + " " + ny.state())
    total.check("%s: in order" % what, fsck(HUB) == "", lambda: fsck(HUB))
    unmount()
    return state == states[1], hashlib.sha256(image).digest()


def system(name, maker, repair, options, most):
    if not make(maker) or not mount(options):
        tap.skip("a stick with %s pulled at any moment" % name, "no such file system can be made or mounted here")
        return
    shutil.copytree(KEPT, os.path.join(MNT, "hub.git"))
    unmount()
    base = pulled()
    total = Sum(tap, "a stick with %s pulled at any moment" % name)
    homes = [Folder(ny.home), Folder(hague.home)]
    states = (hague.state(), ny.state())
    mount(options)
    calls, r = calls_of(ny, ["-q", "sync"], True)
    unmount()
    total.check("undisturbed", r.code == 0 and states[0] != states[1], r.text)
    chosen = list(range(len(calls)))
    if len(chosen) > most and not LONG:
        chosen = sorted(tap.random.sample(chosen, most))
    found = [attempt("%s %d, call %d of %d" % (calls[i] + (i + 1, len(calls))), total, calls[i], base, repair, options,
                     homes, states) for i in chosen]
    found.append(attempt("after the end", total, None, base, repair, options, homes, states))
    for home in homes:
        home.back()
        home.gone()
    total.end(10 * len(found))
    found = [x for x in found if x]
    new, images = sum(x[0] for x in found), len({x[1] for x in found})
    print("# %d times the lock stood without its mark" % lost[0])
    tap.check("%s: %d old, %d new, %d different sticks" % (name, len(found) - new, new, images),
              new >= 1 and new < len(found) and images >= 3)


if not strace_works():
    tap.skip("a stick pulled at any moment", "strace may not trace here")
    tap.end()
if os.getuid() != 0:
    tap.skip("a stick pulled at any moment", "only root may mount here")
    tap.end()
person = ny.must("-q", "person", "add", "Idris al-Haddad")
for one in (ny, hague, ny, hague):
    one.must("-q", "sync")
KEPT = os.path.join(T, "hub.kept")
os.rename(HUB, KEPT)
os.symlink(os.path.join(MNT, "hub.git"), HUB)
ny.must("-q", "person", "edit", person, "--position", PLANTED)
for args in SYSTEMS:
    system(*args, most=8)
tap.end()
