#!/usr/bin/env python3
"""thief.py FOLDER: ny and hague share FOLDER/stick.git; what a thief finds of planted words, and what he can do."""
import os
import pty
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import plant
from attack import LONG, VALISE, Laptop, Sum, Tap

T = sys.argv[1]
PLACES = [os.path.join(T, name) for name in ("ny", "hague", "stick.git", "tmp", "run", "cwd", "home")]
for place in PLACES[3:]:
    os.makedirs(place, 0o700)
os.chdir(os.path.join(T, "cwd"))
tap = Tap(20261128)
ny, hague = Laptop(T, "ny"), Laptop(T, "hague")
for who in (ny, hague):
    who.extra = {"TMPDIR": os.path.join(T, "tmp"), "XDG_RUNTIME_DIR": os.path.join(T, "run"), "HOME": os.path.join(T, "home")}
data = os.path.join(ny.home, "data")
store, keys = os.path.join(data, "store"), os.path.join(data, "keys")
words = 0
ROOT = os.geteuid() == 0


def word():
    global words
    words += 1
    return plant.word(words)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)


clean = set()  # files that were searched, as they were


def found():
    """(files searched, findings) in every place where a program might leave something."""
    n, bad = 0, []
    for place in PLACES:
        for at, dirs, names in os.walk(place):
            for name in dirs + names:
                path = os.path.join(at, name)
                if plant.found_in(os.path.relpath(path, T).encode()):
                    bad.append(path + ": the name")
                if name not in names or not os.path.isfile(path):
                    continue
                n += 1
                st = os.stat(path)
                if (path, st.st_ino, st.st_mtime_ns, st.st_size) in clean:
                    continue
                findings = ["%s: %s" % (path, how) for how in plant.found_in(read(path))]
                bad += findings
                if not findings:
                    clean.add((path, st.st_ino, st.st_mtime_ns, st.st_size))
    return n, bad


person = ny.must("-q", "person", "add", "Person " + word(), "--position", word())
ny.must("-q", "sync")
hague.run("-q", "unlock", "--for", "1h")
hague.must("-q", "sync")


# ---- LL-01: killed at random, everything on the disk is searched ----

def commands(who):
    """What a day brings, an import of a few hundred kilobytes among it, with a word in everything."""
    return tap.random.choice([
        ["-q", "person", "add", "Person " + word(), "--position", word(), "--comment", "text=" + word()],
        ["-q", "person", "edit", person, "--position", word(), "--reason", word()],
        ["-q", "person", "edit", person, "--comment", "text=" + " ".join(word() for _ in range(3000))],
        ["-q", "person", "edit", person, "--comment", "text=" + " ".join(word() for _ in range(300))],
        ["search", plant.word(1)],
        ["person", "list", "--json"],
        ["-q", "sync"],
        ["check"],
    ])


def killed_at_random(rounds):
    total, hits, files = Sum(tap, "LL-01 killed at random moments, nothing plain on any disk"), 0, 0
    span = max(ny.run("check").seconds for _ in range(3))
    for i in range(rounds):
        who = tap.random.choice([ny, hague])
        p = who.start(commands(who))
        time.sleep(tap.random.uniform(0.0, 0.8 * span))
        p.kill()
        p.communicate()
        hits += p.returncode == -signal.SIGKILL
        if i % 6 == 5:
            n, bad = found()
            files += n
            total.check("round %d" % i, not bad, "\n".join(bad))
    for who in (ny, hague):
        r = who.run("check")
        total.check("%s: all is in order afterwards" % who.name, r.code == 0, r.text)
        r = who.run("--verbose", "sync")
        total.check("%s: and goes on" % who.name, r.code == 0, r.text)
    shown = ny.must("person", "show", person, "--plain")
    total.check("the words are there for who may read them", plant.STEM in shown, shown)
    n, bad = found()
    files += n
    total.check("in the end", not bad, "\n".join(bad))
    total.end(rounds // 6)
    tap.check("LL-01 %d of %d kills hit, %d files were searched for %d words" % (hits, rounds, files, words),
              hits * 6 >= rounds and files > rounds, hits)
    planted = os.path.join(T, "tmp", "control")
    write(planted, os.urandom(100) + plant.word(1).encode().hex().encode() + os.urandom(100))
    tap.check("LL-01 the search finds a word that is there", len(found()[1]) == 1)
    os.unlink(planted)


# ---- UL-02: a crash leaves no core ----

def lift_core_limit():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def crashes(sig, who, args):
    """Whether the process died of the signal, and the files that are in its folder afterwards."""
    p = subprocess.Popen(args, env=who.env(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, preexec_fn=lift_core_limit, start_new_session=True)
    for _ in range(200):  # the courier is a process of its own: a sync lasts long enough
        if p.poll() is not None or os.path.exists("/proc/%d/maps" % p.pid) and b"sodium" in maps_of(p.pid):
            break
        time.sleep(0.002)
    time.sleep(0.01)
    p.send_signal(sig)
    p.communicate()
    left = sorted(os.listdir("."))
    for name in left:
        os.unlink(name)
    return p.returncode == -sig, left


def maps_of(pid):
    try:
        return read("/proc/%d/maps" % pid)
    except OSError:
        return b""


def no_core():
    died, left = crashes(signal.SIGSEGV, ny, ["sleep", "5"])
    if not (died and left):
        tap.skip("UL-02 a crash leaves no core file", "this machine leaves none in the folder for anybody")
        return
    hits = 0
    for sig in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT) * 4:
        died, left = crashes(sig, ny, [VALISE, "--no-input", "check"])
        hits += died
        if left:
            break
    tap.check("UL-02 a crash leaves no core file, where sleep leaves one (%d crashes)" % hits, hits >= 4 and not left, left)


# ---- UL-08: the memory of a running command ----

def on_terminal(args):
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(VALISE, [VALISE, "--no-pager"] + args, dict(ny.env(), TERM="xterm"))
    return pid, fd


def wait_for(fd, pattern, seconds=30):
    shown, until = b"", time.monotonic() + seconds
    while time.monotonic() < until and not re.search(pattern, shown):
        if select.select([fd], [], [], 0.2)[0]:
            try:
                shown += os.read(fd, 65536)
            except OSError:
                break
    return shown


def memory_of(pid):
    """(mapping, bytes) of everything readable and writable."""
    with open("/proc/%d/maps" % pid) as f, open("/proc/%d/mem" % pid, "rb") as mem:
        for line in f:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ \S+ *(.*)", line)
            if m and m.group(3).startswith("rw"):
                start, end = int(m.group(1), 16), int(m.group(2), 16)
                try:
                    mem.seek(start)
                    yield m.group(4) or "anonymous", mem.read(end - start)
                except OSError:
                    pass


def memory():
    """Of a command that has read the passphrase and waits for an answer: words where they must be, the passphrase nowhere."""
    if not ROOT:
        tap.skip("UL-08 memory of a running command", "only root may look into a process that is not dumpable")
        return
    other = ny.must("-q", "meeting", "add", "Topic " + word(), "--on", "2027-03-08")
    ny.run("-q", "lock")  # so that the passphrase is really read
    pid, fd = on_terminal(["meeting", "withdraw", other])
    shown = wait_for(fd, rb"[?\]] $")
    counts, looked, passphrases = {}, 0, []
    secret = read(ny.passphrase).strip()
    for name, content in memory_of(pid):
        looked += len(content)
        n = content.count(plant.STEM.encode())
        if n:
            counts[name] = counts.get(name, 0) + n
        passphrases += [name] * content.count(secret) + [name] * content.count(secret.decode().encode("utf-16-le"))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(fd)
    tap.check("UL-08 a command that waits for an answer holds words (%s, in %d KiB)" % (counts, looked >> 10),
              sum(counts.values()) > 0 and looked > 300 << 10, shown)
    tap.check("UL-08 and no passphrase any more", not passphrases, passphrases)
    ny.run("-q", "unlock", "--for", "1h")


# ---- UL-03: memory that cannot be locked ----

def no_lock():
    """Somebody without rights and with nothing to lock; the program is copied to where that somebody can read it."""
    place = os.path.join(T, "nobody")
    shutil.copytree(os.path.join(os.path.dirname(VALISE), "locale"), os.path.join(place, "locale"))
    shutil.copy(VALISE, os.path.join(place, "valise"))
    os.mkdir(os.path.join(place, "home"))
    if ROOT:
        os.chmod(T, 0o711)
        os.chown(os.path.join(place, "home"), 65534, 65534)
    os.chmod(place, 0o755)

    def poor():
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
        if ROOT:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
    for lang, said, advice in (("en", "cannot be locked", "Raise the limit"), ("fr", "verrouillée", "Relevez la limite")):
        home = os.path.join(place, "home", lang)
        p = subprocess.run([os.path.join(place, "valise"), "--lang", lang, "--no-input", "init", "Title", "--delegation",
                            "Ireland", "--post", "New York"], preexec_fn=poor, capture_output=True, cwd=place,
                           env={"PATH": "/usr/bin:/bin", "HOME": home, "VALISE_PASSPHRASE_COMMAND": "echo a long passphrase"})
        text = p.stderr.decode()
        tap.check("UL-03 RLIMIT_MEMLOCK=0: refused with a sentence and a next step (%s)" % lang,
                  p.returncode == 1 and said in text and advice in text and "ulimit -l" in text, "%d %s" % (p.returncode, text))
        tap.check("UL-03 and nothing was made (%s)" % lang, not os.path.exists(home), os.listdir(os.path.join(place, "home")))
    if ROOT:
        os.chmod(T, 0o700)


# ---- LL-05: files planted beside the store ----

def planted():
    names = ["store-journal", "store-wal", "store-shm", "store-mj00", "keys-journal", "journal", "store.db"]
    before = ny.must("person", "show", person, "--json")
    for name in names:
        write(os.path.join(data, name), bytes.fromhex("d9d505f920a163d7") + os.urandom(5000))
    log = os.path.join(T, "opened")
    traced = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0 \
        if shutil.which("strace") else False
    before_words = ["strace", "-f", "-qq", "-e", "trace=%file", "-o", log] if traced else []
    kept = {name: read(os.path.join(data, name)) for name in names}
    total, calls, touched = Sum(tap, "LL-05 files planted beside the store"), 0, []
    for args in (["person", "show", person, "--json"], ["-q", "person", "edit", person, "--position", word()], ["-q", "sync"], ["check"]):
        r = ny.run(*args, before=before_words)
        total.check("%s works" % " ".join(args[:3]), r.code == 0, r.text)
        if "show" in args:
            total.check("and shows the same", r.line() == before, r.text)
        if traced:
            lines = read(log).decode("latin-1").splitlines()
            calls += len(lines)
            touched += [line for line in lines for name in names if "/%s\"" % name in line]
    for name in names:
        total.check("%s is as it was" % name, read(os.path.join(data, name)) == kept[name])
        os.unlink(os.path.join(data, name))
    total.end(4 + len(names))
    if traced:
        tap.check("LL-05 none of %d calls with a file's name named one" % calls, calls > 40 and not touched, "\n".join(touched))
    else:
        tap.skip("LL-05 no call names one", "strace cannot trace here")


# ---- LL-10: names and sizes ----

def sizes():
    total, seen = Sum(tap, "LL-10 names and sizes"), set()
    for args in [["-q", "person", "edit", person, "--comment", "text=" + "x" * n] for n in (1, 5000, 60000, 60000)] + [["check"], ["-q", "sync"]]:
        r = ny.run(*args)
        total.check("%s works" % " ".join(args[:3]), r.code == 0, r.text)
        total.check("two files in the folder", sorted(os.listdir(data)) == ["keys", "store"], os.listdir(data))
        total.check("the key file has 8192 bytes", os.path.getsize(keys) == 8192)
        total.check("the store has whole mebibytes", os.path.getsize(store) % (1 << 20) == 0, os.path.getsize(store))
        total.check("nobody else may read them", os.stat(store).st_mode & 0o77 == 0 and os.stat(keys).st_mode & 0o77 == 0)
        seen.add(os.path.getsize(store))
    total.end(24)


killed_at_random(30 if not LONG else 600)
no_core()
memory()
no_lock()
planted()
sizes()
tap.end()
