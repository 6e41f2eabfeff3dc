"""Becomes the courier on a kernel that lacks what the words before its path say: landlock, seccomp.

The calls are taken away by a filter that answers as such a kernel does. python3 -I without.py [WORD...] COURIER
"""
import ctypes
import os
import platform
import struct
import sys

ENOSYS, EINVAL = 38, 22
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LANDLOCK_CREATE_RULESET = 444
PRCTL = {"x86_64": 157, "aarch64": 167}[platform.machine()]
LOAD, UNLESS_EQUAL, ANSWER = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NR, FIRST = 0, 16  # where a call's number and its first argument stand


def step(code, k, yes=0, no=0):
    return struct.pack("=HBBI", code, yes, no, k)


CODE = {
    "landlock": [step(LOAD, NR), step(UNLESS_EQUAL, LANDLOCK_CREATE_RULESET, 0, 1), step(ANSWER, ERRNO | ENOSYS), step(ANSWER, ALLOW)],
    "seccomp": [step(LOAD, NR), step(UNLESS_EQUAL, PRCTL, 0, 3), step(LOAD, FIRST), step(UNLESS_EQUAL, PR_SET_SECCOMP, 0, 1),
                step(ANSWER, ERRNO | EINVAL), step(ANSWER, ALLOW)],
}


class Program(ctypes.Structure):
    _fields_ = [("n", ctypes.c_ushort), ("code", ctypes.c_char_p)]


libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
    sys.exit(8)
for word in sys.argv[1:-1]:
    code = CODE[word]
    if libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(Program(len(code), b"".join(code))), 0, 0) != 0:
        sys.exit(8)
os.execve(sys.argv[-1], ["valise-courier"], {})
