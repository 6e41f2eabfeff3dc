#!/usr/bin/env python3
"""damaged.py FOLDER: ny and hague share FOLDER/stick.git; changes their files, and the remote, byte by byte."""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from attack import LONG, VALISE, Folder, Laptop, Result, Sum, Tap

T = sys.argv[1]
HUB = os.path.join(T, "stick.git")
BLOCK = 4096
tap = Tap(20260318)
ny, hague = Laptop(T, "ny"), Laptop(T, "hague")
cached = not ny.run("unlock", "--for", "1h").code  # without the kernel's keyring each look derives a key again
more = 4 if LONG else 1
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")


def crashed(r):
    return r.code < 0 or r.code >= 128


# ---- the closed store and the key file ----

person = ny.must("-q", "person", "add", "Idris al-Haddad", "--position", "Minister of Defence and Security")
for i in range(6):
    ny.must("-q", "person", "add", "Invented Person %d" % i)
    ny.must("-q", "person", "edit", person, "--position", "Position %d" % i)
for who in (ny, hague, ny, hague):
    who.must("-q", "sync")
store, keys = (os.path.join(ny.home, "data", name) for name in ("store", "keys"))
with open(store, "rb") as f:
    whole = f.read()
with open(keys, "rb") as f:
    key_bytes = f.read()
look = ["person", "show", person, "--json"]
truth = ny.run(*look)
tap.check("there is something to damage", truth.code == 0 and len(whole) > 40 * BLOCK and len(key_bytes) == 8192, truth.text)


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)


def judge(what, path, total, tally, deep):
    """Refused by name, or the same words as before; with deep also what check says, and that work goes on."""
    r = ny.run(*look)
    if r.code == 0:
        tally["harmless"] += 1
        total.check("%s: the same record" % what, r.out == truth.out, r.text)
    else:
        tally["refused"] += 1
        text = r.err.decode()
        named = path in text or path == store and "the store" in text or what.startswith("another") and store in text
        total.check("%s: refused and named" % what, r.code in (7, 12) and named, r.text)
    total.check("%s: no crash" % what, not crashed(r), r.text)
    if not deep or r.code != 0:
        return
    r = ny.run("check")
    total.check("%s: check agrees or refuses" % what, r.code in (0, 7), r.text)
    r = ny.run("-q", "person", "edit", person, "--position", "Afterwards")
    total.check("%s: an edit is done or refused" % what, r.code in (0, 7), r.text)
    again = ny.run("person", "show", person, "--plain")
    total.check("%s: and then there, or not" % what,
                again.code == 7 or (b"\tAfterwards\t" in again.out) == (r.code == 0), again.text)


def flipped(data, at, bit):
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1:]


def block(data, i):
    return data[i * BLOCK:(i + 1) * BLOCK]


def with_block(data, i, new):
    return data[:i * BLOCK] + new + data[(i + 1) * BLOCK:]


def older_store():
    """Blocks of an earlier moment of the same store: made by working on a copy."""
    kept = Folder(ny.home)
    for i in range(4):
        ny.must("-q", "person", "edit", person, "--position", "Later %d" % i)
    with open(store, "rb") as f:
        later = f.read()
    kept.back()
    kept.gone()
    return later


def damages(data, later):
    """(what, bytes) of every kind, with positions drawn from the part in use."""
    pick = tap.random
    used = [i for i in range(len(data) // BLOCK) if any(block(data, i))]
    for i in range(40 * more):
        at = pick.randrange(4 * BLOCK)
        yield "bit %d of byte %d" % (i % 8, at), flipped(data, at, i % 8)
    for i in range(150 * more):
        at = pick.choice(used) * BLOCK + pick.randrange(BLOCK)
        yield "bit %d of byte %d" % (i % 8, at), flipped(data, at, i % 8)
    for i in range(15 * more):
        n = pick.choice(used) * BLOCK + pick.choice([0, 1, 2048, 4095])
        yield "cut to %d bytes" % n, data[:n]
    for n in (0, 1, 4095, 4096, 8192):
        yield "cut to %d bytes" % n, data[:n]
    for i in range(25 * more):
        a, b = pick.sample(used, 2)
        yield "blocks %d and %d swapped" % (a, b), with_block(with_block(data, a, block(data, b)), b, block(data, a))
    for i in range(15 * more):
        a, b = pick.sample(used, 2)
        yield "block %d over block %d" % (a, b), with_block(data, b, block(data, a))
    for i in range(20 * more):
        a = pick.choice(used)
        yield "block %d zeroed" % a, with_block(data, a, bytes(BLOCK))
    changed = [i for i in range(len(data) // BLOCK) if block(data, i) != block(later, i) and len(block(later, i)) == BLOCK]
    for i in pick.sample(changed, min(len(changed), 20 * more)):
        yield "block %d of a later moment" % i, with_block(data, i, block(later, i))
    for n in (1, 4096, 100000):
        yield "%d bytes more" % n, data + os.urandom(n)


def damaged_store():
    total, tally = Sum(tap, "a damaged store"), {"harmless": 0, "refused": 0}
    later = older_store()
    for n, (what, data) in enumerate(damages(whole, later)):
        put(store, data)
        judge(what, store, total, tally, n % 5 == 0)
        if n % 20 == 19:
            put(store, whole)
            r = ny.run(*look)
            total.check("%s: put back it works again" % what, r.out == truth.out, r.text)
    put(store, whole)
    r = ny.run(*look)
    total.check("put back it works again", r.out == truth.out, r.text)
    total.check("check", ny.run("check").code == 0)
    total.end(300)
    # most blocks that are not empty hold what was replaced since; every place that is read is told apart in test_tamper
    tap.check("of the damaged stores many are refused and some are dead bytes (%(refused)d, %(harmless)d)" % tally,
              tally["refused"] >= 30 and tally["harmless"] >= 10, tally)


def damaged_keys():
    total, tally = Sum(tap, "a damaged key file"), {"harmless": 0, "refused": 0}
    half, pick = len(key_bytes) // 2, tap.random
    cases = []
    for i in range(60 * more if cached else 6):
        at = pick.randrange(len(key_bytes))
        cases.append(("bit %d of byte %d" % (i % 8, at), flipped(key_bytes, at, i % 8)))
    for i in range(40 * more if cached else 4):
        a, b = pick.randrange(half), half + pick.randrange(half)
        cases.append(("bytes %d and %d" % (a, b), flipped(flipped(key_bytes, a, i % 8), b, i % 8)))
    for n in (0, 1, 100, half - 1, half, half + 1, len(key_bytes) - 1):
        cases.append(("cut to %d bytes" % n, key_bytes[:n]))
    cases.append(("halves swapped", key_bytes[half:] + key_bytes[:half]))
    cases.append(("100000 bytes more", key_bytes + os.urandom(100000)))
    cases.append(("another valise's", open(os.path.join(hague.home, "data", "keys"), "rb").read()))
    for what, data in cases:
        put(keys, data)
        judge(what, keys, total, tally, False)
    put(keys, key_bytes)
    total.check("put back it works again", ny.run(*look).out == truth.out)
    # without the cached key: one copy is enough, none is not, and the passphrase is not blamed for it
    for what, data, codes in (("first copy damaged", flipped(key_bytes, 500, 1), (0,)),
                              ("second copy damaged", flipped(key_bytes, half + 500, 1), (0,)),
                              ("both copies damaged", flipped(flipped(key_bytes, 500, 1), half + 500, 1), (7,))):
        put(keys, data)
        ny.run("-q", "lock")
        r = ny.run(*look)
        total.check("%s: by passphrase" % what, r.code in codes and not crashed(r), r.text)
    put(keys, key_bytes)
    total.check("unlocked again", ny.run("-q", "unlock", "--for", "1h").code == 0 or not cached)
    total.end(100 if cached else 20)
    tap.check("of the damaged key files one copy saves most (%(refused)d refused, %(harmless)d harmless)" % tally,
              tally["refused"] >= 10 and tally["harmless"] >= (40 if cached else 3), tally)


# ---- the remote ----

def files_of(folder):
    for at, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            yield os.path.join(at, name)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def replace(path, what):
    """Something else in the place of a file."""
    remove(path)
    if what == "folder":
        os.mkdir(path)
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link":
        os.symlink("/etc/passwd", path)
    elif what == "dangling":
        os.symlink("nowhere", path)
    elif what == "nothing":
        pass


def hub_damages():
    pick = tap.random
    paths = list(files_of(HUB))
    for path in paths:
        with open(path, "rb") as f:
            data = f.read()
        short = os.path.relpath(path, HUB)
        if not data:
            continue
        for i in range((6 if len(data) > 200 else 3) * more):
            at = pick.randrange(len(data))
            yield "%s: bit %d of byte %d" % (short, i % 8, at), path, lambda p=path, d=flipped(data, at, i % 8): put(p, d)
        for n in (0, 1, len(data) // 2, len(data) - 1):
            yield "%s: cut to %d bytes" % (short, n), path, lambda p=path, d=data[:n]: put(p, d)
        yield "%s: random" % short, path, lambda p=path, n=len(data): put(p, os.urandom(n))
        for what in ("nothing", "folder", "pipe", "link", "dangling"):
            yield "%s: %s in its place" % (short, what), path, lambda p=path, w=what: replace(p, w)
    packs = [p for p in paths if p.endswith(".pack")]
    if len(packs) > 1:
        a, b = pick.sample(packs, 2)
        yield "packs exchanged", None, lambda: (os.rename(a, a + "x"), os.rename(b, a), os.rename(a + "x", b))
    ref = os.path.join(HUB, "refs", "heads", "valise")
    for text in (b"0" * 40 + b"\n", b"f" * 40 + b"\n", b"ref: refs/heads/other\n", b"\x1b[2J\n", b"x" * 100000):
        yield "the branch says %r" % text[:20], ref, lambda t=text: put(ref, t)
    for name in ("objects", "refs", os.path.join("objects", "pack")):
        yield "%s removed" % name, None, lambda n=name: shutil.rmtree(os.path.join(HUB, n))


def damaged_hub():
    total = Sum(tap, "a damaged remote")
    hague.must("-q", "person", "edit", person, "--position", "To be received")
    hague.must("-q", "sync")
    ny.must("-q", "person", "edit", person, "--position", "To be sent")
    laptop, hub = Folder(ny.home), Folder(HUB)
    old = ny.state()
    ny.must("-q", "sync")
    new = ny.state()
    laptop.back()
    hub.back()
    tally = {}
    for what, path, do in list(hub_damages()):
        laptop.back()
        hub.back()
        do()
        r = ny.run("sync", timeout=20)
        said = r.out + r.err
        tally[r.code] = tally.get(r.code, 0) + 1
        total.check("%s: ignored, or refused in words" % what, r.code in (0, 1, 5, 7), r.text)
        total.check("%s: a sentence" % what, r.code == 0 or len(r.err + r.out) > 20, r.text)
        total.check("%s: nothing reaches the terminal" % what, not CONTROL.search(said), repr(said))
        state = ny.state()
        total.check("%s: the records are the old or the new ones" % what, state in (old, new), "%s %s %s" % (old, new, state))
        if r.code == 0 and state == old:
            total.check("%s: what is missing is not passed over in silence" % what, b"did not arrive whole" in said, r.text)
        if path is None or r.code == 0 and path.endswith("heads/valise"):
            continue
        if r.code != 0 or state == old or tap.random.random() < 0.1:
            remove(path)  # that file is as it was; what a sync has added meanwhile stays
            shutil.copy2(os.path.join(hub.kept, os.path.relpath(path, HUB)), path)
            r = ny.run("-q", "sync")
            total.check("%s: undone, everything arrives" % what, r.code == 0 and ny.state() == new,
                        lambda: r.text() + ny.state() + " " + new)
    laptop.back()
    hub.back()
    total.check("put back it works again", ny.run("-q", "sync").code == 0 and ny.state() == new)
    total.check("check", ny.run("check").code == 0)
    laptop.gone()
    hub.gone()
    for who in (hague, ny):
        who.must("-q", "sync")
    total.end(200)
    tap.check("the damage was noticed and was not (%s)" % sorted(tally.items()),
              tally.get(0, 0) >= 5 and sum(n for code, n in tally.items() if code) >= 30, tally)


# ---- a courier that was taken over ----

def on_terminal(who, args, seconds):
    """The command on a terminal; everything shown. None when it did not end."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(who.program, [who.program, "--no-input", "--no-pager"] + args, dict(who.env(), TERM="xterm"))
    shown, until = b"", time.monotonic() + seconds
    while time.monotonic() < until:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                part = os.read(fd, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
    else:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    return Result(status, shown, b"")


def interrupted(who, args):
    """The command, interrupted as a person would; it has to end at once."""
    p = who.start(args)
    time.sleep(0.7)
    p.send_signal(signal.SIGINT)
    begun = time.monotonic()
    try:
        out, err = p.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        out, err = p.communicate()
        return Result(-999, out, err)
    return Result(p.returncode, out, err, time.monotonic() - begun)


def left_over(program):
    """Processes of the false courier that are still there."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/cmdline" % name, "rb") as f:
                    if program.encode() in f.read():
                        found.append(name)
            except OSError:
                pass
    return found


def false_courier():
    total = Sum(tap, "a courier that was taken over")
    beside = os.path.join(T, "beside")
    os.mkdir(beside)
    false = os.path.join(beside, "valise-courier")
    shutil.copy(VALISE, os.path.join(beside, "valise"))
    shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "courier.py"), false)
    os.chmod(false, 0o755)
    ny.must("-q", "person", "edit", person, "--position", "Never sent")
    state, kept = ny.state(), Folder(ny.home)
    bad = Laptop(T, "ny", os.path.join(beside, "valise"))
    cases = [("garbage", n) for n in range(24 * more)] + [("announces", n) for n in (2 ** 32 - 1, 2 ** 31, 5 * 2 ** 20)]
    cases += [("dies", n) for n in range(4)] + [("shuts", n) for n in range(2)] + [("lie", n) for n in (1, 2, 3)]
    cases += [("turn", n) for n in (1, 2, 3, 16, 17, 20)] + [("blobs", n) for n in (1, 300)]
    cases += [(w, n) for w in ("error", "late-error") for n in (1, 2, 3, 4, 5, 11, 13, 16, 19, 20, 21, 22, 24, 0, 255)]
    cases += [("long-error", 201), ("long-error", 4195), ("hello", 0), ("hello", 1), ("hello", 200), ("hello", 255), ("short-hello", 0),
              ("short-hello", 4), ("rewritten", 0), ("bad-tip", 1), ("bad-tip", 20), ("bad-tip", 25), ("bad-tip", 255)]
    for word, n in cases:
        what = "%s %d" % (word, n)
        put(false + ".says", ("%s %d\n" % (word, n)).encode())
        r = bad.run("sync", timeout=30)
        total.check("%s: fails in words" % what, r.code in (1, 2, 5, 7, 11) and len(r.err + r.out) > 20, r.text)
        total.check("%s: no control character" % what, not CONTROL.search(r.out + r.err), repr(r.out + r.err))
        total.check("%s: the records are as before" % what, ny.state() == state)
        total.check("%s: what waits still waits" % what, b"1 change" in ny.run("status").out)
    for word, n in (("error", 2), ("late-error", 11), ("blobs", 3)):
        put(false + ".says", ("%s %d\n" % (word, n)).encode())
        r = on_terminal(bad, ["sync"], 30)
        clean = re.sub(rb"\x1b\[[0-9;]*[mK]", b"", r.out)  # colour and the line of progress are our own
        total.check("%s %d: on a terminal nothing of it is obeyed" % (word, n),
                    r.code not in (0, -9) and b"owned\x07" not in r.out and b"[2J" not in r.out.replace(b"\\x1b[2J", b"")
                    and b"\x1b" not in clean and b"\xe2\x80\xae" not in clean, repr(r.out))
    for word, n in (("hangs", 0), ("hangs", 1), ("hangs", 2), ("progress", 0), ("lie", 0)):
        put(false + ".says", ("%s %d\n" % (word, n)).encode())
        r = interrupted(bad, ["sync"])
        total.check("%s %d: an interrupt ends it at once" % (word, n), r.code in (130, 1, 5) and r.seconds < 5, r.text)
        total.check("%s %d: the records are as before" % (word, n), ny.state() == state)
    time.sleep(0.3)
    total.check("no courier stays behind", left_over(false) == [], left_over(false))
    kept.back()
    kept.gone()
    r = ny.run("-q", "sync")
    total.check("the right courier sends what waited", r.code == 0, r.text)
    hague.must("-q", "sync")
    total.check("and it arrives", hague.state() == ny.state())
    total.end(300)


for part in (damaged_store, damaged_keys, damaged_hub, false_courier):
    begun = time.monotonic()
    part()
    print("# %s: %.1f s" % (part.__name__, time.monotonic() - begun), flush=True)
tap.end()
