"""Disks of a kernel of our own (kernel.py): modules, mounts, and a log of every block that reaches a disk.

The log is dm-log-writes of the kernel itself: what a file system writes, in the order in which it became sure, with the
flushes between. Between two flushes a device with a cache may have any of the blocks, none, or all.
"""
import ctypes
import glob
import os
import struct
import subprocess

SECTOR = 512
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8  # flags of a logged entry
BLKFLSBUF = 0x1261
MS_RDONLY, MS_SYNCHRONOUS, MS_REMOUNT, MS_DIRSYNC = 1, 16, 32, 128
os.environ["DM_DISABLE_UDEV"] = "1"  # nobody but us makes its nodes
libc = ctypes.CDLL(None, use_errno=True)


def modules(*names):
    """Loads modules of the running kernel, in this order."""
    root = "/usr/lib/uml/modules/%s/kernel/" % os.uname().release
    for name in names:
        fd = os.open(root + name + ".ko", os.O_RDONLY)
        if libc.syscall(313, fd, b"", 0) != 0:  # finit_module of x86_64
            raise OSError(ctypes.get_errno(), "module " + name)
        os.close(fd)


def mount(device, where, kind, options="", flags=0):
    """0, or the number of the error."""
    bad = libc.mount(device.encode(), where.encode(), kind.encode(), flags, options.encode())
    return ctypes.get_errno() if bad else 0


def unmount(where):
    if libc.umount2(where.encode(), 0) != 0:
        raise OSError(ctypes.get_errno(), "unmounting " + where)


def run(*words):
    r = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return r.returncode, r.stdout.decode("utf-8", "replace")


def must(*words):
    code, text = run(*words)
    if code != 0:
        raise RuntimeError("%s: exit %d: %s" % (" ".join(words), code, text))
    return text.strip()


class Image:
    """A file as a disk."""

    def __init__(self, path, size):
        self.path, self.size = path, size
        with open(path, "wb") as f:
            f.truncate(size)
        self.device = must("losetup", "-f", "--show", path)

    def read(self):
        """Everything but the zeros, as {sector: bytes}."""
        found = {}
        with open(self.path, "rb") as f:
            at = 0
            while True:
                try:
                    at = os.lseek(f.fileno(), at, os.SEEK_DATA)
                except OSError:
                    return found
                end = os.lseek(f.fileno(), at, os.SEEK_HOLE)
                f.seek(at)
                data = f.read(end - at)
                for i in range(0, len(data), SECTOR):
                    if data[i:i + SECTOR].strip(b"\0"):
                        found[(at + i) // SECTOR] = data[i:i + SECTOR]
                at = end

    def write(self, sectors):
        """The opposite; nobody may have it mounted."""
        with open(self.path, "r+b") as f:
            f.truncate(0)
            f.truncate(self.size)
            for n, data in sectors.items():
                f.seek(n * SECTOR)
                f.write(data)
        fd = os.open(self.device, os.O_RDONLY)
        libc.ioctl(fd, BLKFLSBUF, 0)
        os.close(fd)


class Pulled:
    """An image behind a device that can be pulled out while it is mounted."""

    def __init__(self, image):
        self.name, self.table = "pulled", "0 %d %%s" % (image.size // SECTOR)
        self.device = "/dev/mapper/" + self.name
        must("dmsetup", "create", self.name, "--table", self.table % ("linear %s 0" % image.device))

    def pull(self):
        must("dmsetup", "load", self.name, "--table", self.table % "error")
        must("dmsetup", "suspend", "--noflush", "--nolockfs", self.name)
        must("dmsetup", "resume", self.name)

    def end(self):
        must("dmsetup", "remove", self.name)


class Log:
    """An image behind a device that logs what is written to it."""

    def __init__(self, image, path, size):
        self.image, self.log, self.name = image, Image(path, size), "logged"
        self.device = "/dev/mapper/" + self.name
        must("dmsetup", "create", self.name, "--table",
             "0 %d log-writes %s %s" % (image.size // SECTOR, image.device, self.log.device))

    def mark(self, text):
        must("dmsetup", "message", self.name, "0", "mark " + text)

    def end(self):
        """Ends it; the entries as (flags, sector, bytes), those of a mark its text."""
        must("dmsetup", "remove", self.name)
        with open(self.log.path, "rb") as f:
            data = f.read()
        must("losetup", "-d", self.log.device)
        os.unlink(self.log.path)
        magic, version, n, size = struct.unpack_from("<QQQI", data)
        if magic != 0x6a736677736872 or version != 1:
            raise RuntimeError("a log of another kind: %x %d" % (magic, version))
        at, found = size, []
        for _ in range(n):
            sector, sectors, flags, length = struct.unpack_from("<QQQQ", data, at)
            text = data[at + 32:at + 32 + length]
            at += size
            if flags & MARK:
                found.append((flags, 0, text.rstrip(b"\0").decode()))
                continue
            body = b"" if flags & DISCARD else data[at:at + sectors * size]
            at += len(body)
            found.append((flags, sector, body))
        return found
