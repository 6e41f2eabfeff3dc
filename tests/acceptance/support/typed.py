#!/usr/bin/env python3
"""Runs a command on a terminal of its own and types answers: typed.py ANSWERS COMMAND...

ANSWERS are separated by "|"; each is typed when a question waits ("...: " or "...? " at the end of what was
shown). "@N" waits N seconds before the next answer. Prints what was shown, without carriage returns; the exit
status is the command's.
"""
import os
import pty
import re
import select
import sys
import time

WAITS = re.compile(r"[:?\]] $")
answers = sys.argv[1].split("|")
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown, asked, until = "", 0, time.monotonic() + 60
while time.monotonic() < until:
    ready, _, _ = select.select([fd], [], [], 0.2)
    if ready:
        try:
            data = os.read(fd, 65536)
        except OSError:  # the other end was closed: the command has ended
            break
        if not data:
            break
        shown += data.decode("utf-8", "replace")
        continue
    if answers and len(shown) > asked and WAITS.search(shown):
        if answers[0].startswith("@"):
            time.sleep(float(answers.pop(0)[1:]))
        os.write(fd, (answers.pop(0) + "\n").encode())
        asked = len(shown)
else:
    os.kill(pid, 9)
    shown += "\n(no end within 60 seconds)\n"
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.replace("\r", ""))
sys.exit(os.waitstatus_to_exitcode(status))
