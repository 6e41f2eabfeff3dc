"""For the scripts that attack whole programs: TAP, laptops, processes that are killed, folders put back.

Everything random comes from one seed, printed first and on every failure; VLS_SEED replays it.
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import time

BIN = os.path.dirname(os.path.abspath(os.environ["VALISE"]))
VALISE = os.path.join(BIN, "valise")
COURIER = os.path.join(BIN, "valise-courier")
# Everything that changes a file or tells another process something.
CALLS = "write,writev,pwrite64,sendto,fsync,fdatasync,ftruncate,fallocate,rename,renameat,renameat2,link,linkat," \
        "unlink,unlinkat,mkdir,mkdirat,rmdir"
LONG = "VLS_TEST_LONG" in os.environ


class Tap:
    def __init__(self, seed):
        self.n = self.bad = 0
        self.seed = int(os.environ.get("VLS_SEED", seed))
        self.random = random.Random(self.seed)
        print("# VLS_SEED=%d" % self.seed, flush=True)

    def check(self, name, good, why=""):
        """One line of TAP; why may be a function."""
        self.n += 1
        if good:
            print("ok %d - %s" % (self.n, name), flush=True)
            return True
        self.bad += 1
        print("not ok %d - %s" % (self.n, name))
        print("#   VLS_SEED=%d" % self.seed)
        text = why() if callable(why) else why
        for line in str(text).splitlines()[:40]:
            print("#   " + line)
        sys.stdout.flush()
        return False

    def same(self, name, want, got):
        return self.check(name, want == got, "expected: %s\ngot:      %s" % (want, got))

    def skip(self, name, why):
        self.n += 1
        print("ok %d - %s # SKIP %s" % (self.n, name, why), flush=True)

    def end(self):
        print("1..%d" % self.n)
        sys.exit(1 if self.bad else 0)


class Sum:
    """Many attempts, one line of TAP each time they all went well, and every one that did not."""

    def __init__(self, tap, name):
        self.tap, self.name, self.n, self.bad = tap, name, 0, 0

    def check(self, what, good, why=""):
        self.n += 1
        if not good:
            self.bad += 1
            if self.bad <= 10:
                self.tap.check("%s: %s" % (self.name, what), False, why)
        return good

    def end(self, least=1):
        if self.bad == 0:
            self.tap.check("%s (%d checks)" % (self.name, self.n), self.n >= least, "only %d checks" % self.n)


class Result:
    def __init__(self, code, out, err, seconds=0.0):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def text(self):
        return "exit %d\n%s%s" % (self.code, self.out.decode("utf-8", "replace"), self.err.decode("utf-8", "replace"))

    def line(self):
        return self.out.decode("utf-8", "replace").strip()


class Laptop:
    """A home below the throw-away folder, and the program run in it without questions."""

    def __init__(self, root, name, program=VALISE, user=None):
        self.root, self.name, self.program, self.user = root, name, program, user
        self.home = os.path.join(root, name)
        self.passphrase = os.path.join(root, "pw")
        self.extra = {}

    def env(self):
        env = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8", "HOME": self.root,
               "VALISE_HOME": self.home, "VALISE_PASSPHRASE_FILE": self.passphrase}
        env.update(self.extra)
        return env

    def start(self, args, before=()):
        """The command as a process of its own session, so that the test can end all of it."""
        return subprocess.Popen(list(before) + [self.program, "--no-input"] + list(args), env=self.env(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                user=self.user, group=self.user, start_new_session=True)

    def run(self, *args, before=(), timeout=60):
        begun = time.monotonic()
        p = self.start(args, before)
        try:
            out, err = p.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            out, err = p.communicate()
            err += b"(no end within %d seconds)\n" % timeout
            return Result(-999, out, err, time.monotonic() - begun)
        return Result(p.returncode, out, err, time.monotonic() - begun)

    def state(self):
        r = self.run("status", "--state")
        return r.line() if r.code == 0 else "(%s)" % r.text()

    def must(self, *args):
        r = self.run(*args)
        if r.code != 0:
            raise RuntimeError("%s %s: %s" % (self.name, " ".join(args), r.text()))
        return r.line()


def children_of(pid):
    """Processes whose parent is pid."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name) as f:
                if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                    found.append(int(name))
        except (OSError, IndexError, ValueError):
            pass
    return found


def kill_quietly(pid):
    """True when there was something to kill."""
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


class Folder:
    """A folder that can be put back to how it was."""

    def __init__(self, path):
        self.path, self.kept = path, path + ".kept"
        shutil.copytree(path, self.kept, symlinks=True)

    def back(self):
        shutil.rmtree(self.path)
        shutil.copytree(self.kept, self.path, symlinks=True)

    def gone(self):
        shutil.rmtree(self.kept)


def strace_works():
    """Injecting SIGKILL at a call needs strace and the right to trace."""
    if shutil.which("strace") is None:
        return False
    r = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", "trace=write", "-e",
                        "inject=write:signal=KILL:when=1", "/bin/echo", "x"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return r.returncode == -signal.SIGKILL


def calls_of(who, args, courier):
    """Such calls of the undisturbed command (of valise itself, or its courier) in order, each as (name, n-th of it)."""
    log = os.path.join(who.root, "calls")
    before = ["strace", "-qq", "-e", "trace=" + CALLS, "-o", log]
    if courier:
        wrapper(who, before + [COURIER])
        who.extra["VALISE_COURIER"] = os.path.join(who.root, "courier")
        before = ()
    r = who.run(*args, before=before)
    who.extra.pop("VALISE_COURIER", None)
    calls, seen = [], {}
    with open(log, errors="replace") as f:
        for name in (line.split("(")[0] for line in f if "(" in line):
            seen[name] = seen.get(name, 0) + 1
            calls.append((name, seen[name]))
    return calls, r


def wrapper(who, words):
    """A courier that is another command line around the courier: its environment is empty."""
    path = os.path.join(who.root, "courier")
    with open(path, "w") as f:
        f.write("#!/bin/sh\nexec %s\n" % " ".join("'%s'" % w for w in [shutil.which(words[0])] + words[1:]))
    os.chmod(path, 0o755)


def cut(who, args, call, courier):
    """Runs the command and kills it, or its courier, on entering that call."""
    inject = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=" + call[0], "-e",
              "inject=%s:signal=KILL:when=%d" % call]
    if courier:
        wrapper(who, inject + [COURIER])
        who.extra["VALISE_COURIER"] = os.path.join(who.root, "courier")
        inject = ()
    r = who.run(*args, before=inject)
    who.extra.pop("VALISE_COURIER", None)
    return r


def fsck(hub, *more):
    """What git says of a remote, "" when it is content or not there to be asked."""
    if shutil.which("git") is None or not os.path.exists(os.path.join(hub, "HEAD")):
        return ""
    r = subprocess.run(["git", "-c", "safe.directory=*", "--git-dir", hub, "fsck", "--strict", "--no-dangling"] + list(more),
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = r.stdout.decode("utf-8", "replace")
    lines = [x for x in text.splitlines() if not x.startswith(("Checking", "notice: HEAD points to an unborn"))]
    return "\n".join(lines) if r.returncode or lines else ""
