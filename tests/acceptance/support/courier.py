#!/usr/bin/env -S -i /usr/bin/python3 -I
"""A courier that was taken over: says what the file beside it, named like it with .says, tells it to say.

One line: a name of SAYS and, after a space, a number. Formats: schemas/wire/courier.md.
"""
import os
import random
import struct
import sys
import time

OPEN, PULL, PUSH, BLOB, HELLO, GO, PROGRESS, PULLED, PUSHED, ERROR = 1, 2, 3, 4, 16, 17, 18, 19, 20, 21
ESCAPES = b"\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b31m\r\n\xe2\x80\xaegnp.git\x00refs/heads"


def frame(kind, body=b""):
    return struct.pack("<IB", len(body), kind) + body


def say(data):
    while data:
        data = data[os.write(1, data):]


def listen():
    """The next frame's type and body; the end of input ends us."""
    head = b""
    while len(head) < 5:
        part = os.read(0, 5 - len(head))
        if not part:
            os._exit(0)
        head += part
    n, kind = struct.unpack("<IB", head)
    body = b""
    while len(body) < n:
        part = os.read(0, n - len(body))
        if not part:
            os._exit(0)
        body += part
    return kind, body


def wait():
    while True:
        time.sleep(3600)


def open_well():
    _, body = listen()
    say(frame(HELLO, body[:1] + b"\x01\x01"))  # of the version that was asked for


def pull_asked():
    open_well()
    listen()


def error(code, text):
    return frame(ERROR, struct.pack("<BI", code, 5) + text)


def pulled(tip=b"\x00", rewritten=0, damaged=0, ignored=0):
    return frame(PULLED, tip + struct.pack("<BQQ", rewritten, damaged, ignored))


def many_blobs(n):
    pull_asked()
    for i in range(n):
        say(frame(BLOB, os.urandom(32) + ESCAPES * 20))
    say(pulled(b"\x18" + os.urandom(24)))
    listen()
    say(error(2, b"nothing more"))
    listen()


def out_of_turn(kind):
    pull_asked()
    say({HELLO: frame(HELLO, b"\x01\x01\x01"), GO: frame(GO), PUSHED: frame(PUSHED, b"\x00"), OPEN: frame(OPEN, b"\x01\x00file:/"),
         PULL: frame(PULL, b"\x00\x00"), PUSH: frame(PUSH, b"\x00" + b"\x00" * 12)}[kind])
    wait()


def endless_progress():
    pull_asked()
    n = 0
    while True:
        n += 1
        say(frame(PROGRESS, struct.pack("<QQQ", n, n + 1, n)))
        time.sleep(0.001)


def lie(how):
    """Answers a pull as if nothing were there, then a push as if it had gone well or badly."""
    pull_asked()
    say(pulled())
    kind, _ = listen()
    if kind != PUSH:
        os._exit(0)
    if how == 0:
        say(error(24, ESCAPES))  # a race, every time
        while True:
            kind, _ = listen()
            say(pulled() if kind == PULL else error(24, ESCAPES))
    say(frame(GO))
    if how == 1:
        os._exit(0)
    listen()
    say(frame(PUSHED, b"\x00") if how == 2 else frame(PULLED, b"\x00"))
    wait()


def garbage(seed):
    r = random.Random(seed)
    if seed % 3 > 0:
        open_well()
    if seed % 3 > 1:
        listen()
    n = r.choice([1, 4, 5, 6, 40, 5000])
    head = b"" if r.random() < 0.5 else struct.pack("<IB", n, r.choice([BLOB, HELLO, GO, PROGRESS, PULLED, PUSHED, ERROR]))
    say(head + bytes(r.randrange(256) for _ in range(n)))
    os._exit(r.choice([0, 1, 77]))


def announces(n):
    pull_asked()
    say(struct.pack("<IB", n, BLOB) + b"x" * 1000)
    wait()


def dies(how):
    if how > 0:
        open_well()
    if how > 1:
        listen()
    os.kill(os.getpid(), 9 if how % 2 == 0 else 11)


def hangs(how):
    if how > 0:
        open_well()
    if how > 1:
        listen()
        say(frame(BLOB, os.urandom(32) + b"x")[:20])
    wait()


def shuts(how):
    """Goes away on the pipe and stays as a process."""
    if how > 0:
        open_well()
    os.close(1)
    os.close(0)
    wait()


def wrong_hello(body):
    listen()
    say(frame(HELLO, body))
    wait()


SAYS = {
    "garbage": garbage, "announces": announces, "dies": dies, "hangs": hangs, "shuts": shuts, "turn": out_of_turn,
    "blobs": many_blobs, "progress": lambda n: endless_progress(), "lie": lie,
    "error": lambda code: (listen(), say(error(code, ESCAPES * 3)), listen()),
    "late-error": lambda code: (pull_asked(), say(error(code, ESCAPES * 3)), listen()),
    "long-error": lambda n: (listen(), say(error(2, b"x" * n)), wait()),
    "hello": lambda v: wrong_hello(bytes([v % 256, 1, 1])),
    "short-hello": lambda n: wrong_hello(b"\x01" * n),
    "rewritten": lambda n: (pull_asked(), say(pulled(b"\x18" + b"\x07" * 24, 1, 2 ** 64 - 1, 2 ** 64 - 1)), listen()),
    "bad-tip": lambda n: (pull_asked(), say(frame(PULLED, bytes([n]) + b"\x07" * 41)), wait()),
}

with open(os.path.abspath(__file__) + ".says") as f:
    word, number = f.read().split()
try:
    SAYS[word](int(number))
except OSError:
    os._exit(0)
sys.exit(0)
