"""What the scripts under a kernel of their own share (kernel.py): laptops of two users that move in, and sticks that belong
to a third. FOLDER, the first argument, is memory; what was made before lies beside it.
"""
import os
import shutil
import subprocess
import sys
import time

FOLDER = sys.argv[1]
os.environ["VALISE"] = os.path.join(FOLDER, "bin", "valise")
from attack import Laptop  # noqa: E402  (it wants to know the program)
from disk import modules, mount, unmount  # noqa: E402

OUTSIDE = os.path.dirname(FOLDER)
MNT = os.path.join(FOLDER, "mnt")
HUB = os.path.join(MNT, "hub.git")
OWNER = 4242  # of all that lies on the sticks
# as a desktop mounts it, but for the owner
FAT_OPTIONS = "uid=%d,gid=%d,umask=%%s,utf8" % (OWNER, OWNER)


class System:
    """A file system that a stick may have; block: what it believes to be written whole or not at all."""

    def __init__(self, name, kind, size, block, maker, repair, options="", flags=0):
        self.name, self.kind, self.size, self.block, self.maker, self.repair = name, kind, size, block, maker, repair
        self.options, self.flags = options, flags

    def lacks(self):
        """A program that is not installed, or None."""
        return next((x for x in self.programs() if shutil.which(x) is None), None)

    def programs(self):
        return [self.maker[0], self.repair[0]]

    def mount(self, device):
        return mount(device, MNT, self.kind, self.options, self.flags) == 0

    def unmount(self):
        unmount(MNT)


class Driver(System):
    """One that a program serves; the kernel of the tests does not have it."""

    def programs(self):
        return super().programs() + ["mount." + self.kind]

    def mount(self, device):
        before = os.stat(MNT).st_dev
        self.process = subprocess.Popen(["mount." + self.kind, "-d", "-o", self.options, device, MNT],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self.process.poll() is None and os.stat(MNT).st_dev == before:
            time.sleep(0.005)
        return self.process.poll() is None

    def unmount(self):
        unmount(MNT)
        self.process.wait(60)


def vfat(name="vfat", flags=0, umask="000", more=""):
    return System(name, "vfat", 34 << 20, 512, ["mkfs.vfat", "-F", "32", "-s", "1"], ["fsck.vfat", "-a"],
                  FAT_OPTIONS % umask + more, flags)


def ext4(name="ext4", flags=0):
    return System(name, "ext4", 8 << 20, 1024, ["mkfs.ext4", "-q", "-F", "-b", "1024", "-E", "lazy_itable_init=0"], ["fsck.ext4", "-p"], "", flags)


def exfat():
    return Driver("exfat", "exfat-fuse", 8 << 20, 512, ["mkfs.exfat"], ["fsck.exfat", "-y"],
                  "uid=%d,gid=%d,umask=000" % (OWNER, OWNER))


def begin():
    modules("drivers/block/loop", "fs/nls/nls_cp437", "fs/nls/nls_iso8859-1", "fs/fat/fat", "fs/fat/vfat",
            "fs/fuse/fuse", "drivers/md/dm-mod", "drivers/md/dm-log-writes")
    os.mkdir(MNT)


def given(path, user):
    """All that lies there belongs to a user."""
    for where, _, names in os.walk(path):
        for one in [where] + [os.path.join(where, x) for x in names]:
            os.chown(one, user, user)


def laptop(name, user, moved=True):
    """A laptop of its own user; its home, where there is one already, as memory and with its key at hand."""
    one = Laptop(FOLDER, name, user=user)
    one.passphrase = one.home + ".pw"
    shutil.copy(os.path.join(OUTSIDE, "pw"), one.passphrase)
    os.chown(one.passphrase, user, user)
    if moved:
        shutil.copytree(os.path.join(OUTSIDE, name), one.home)
    else:
        os.mkdir(one.home)
    given(one.home, user)
    if moved:
        one.must("-q", "unlock", "--for", "1h")
    return one


class Home:
    """A laptop's home as it is now, to be put back."""

    def __init__(self, who):
        self.who, self.kept = who, []
        for where, _, names in os.walk(who.home):
            for path in [where] + [os.path.join(where, x) for x in names]:
                body = None
                if not os.path.isdir(path):
                    with open(path, "rb") as f:
                        body = f.read()
                self.kept.append((path, os.stat(path).st_mode & 0o777, body))

    def back(self):
        shutil.rmtree(self.who.home)
        for path, mode, body in self.kept:
            if body is None:
                os.mkdir(path)
            else:
                with open(path, "wb") as f:
                    f.write(body)
            os.chmod(path, mode)
            os.chown(path, self.who.user, self.who.user)


def everybody_may_write(path):
    """And all of it is somebody else's: a stick that goes round, with a file system that knows owners."""
    given(path, OWNER)
    for where, _, names in os.walk(path):
        os.chmod(where, 0o777)
        for name in names:
            os.chmod(os.path.join(where, name), 0o666)
