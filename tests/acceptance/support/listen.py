#!/usr/bin/python3
"""Stands between valise and its courier and writes down everything: listen.py is copied with its two
names filled in, since a courier gets neither arguments nor environment."""
import os
import select
import socket
import subprocess
import sys

COURIER = "@COURIER@"
LOG = "@LOG@"

with open(f"{LOG}/start.{os.getpid()}", "wb") as f:
    f.write(open("/proc/self/cmdline", "rb").read() + b"\n" + open("/proc/self/environ", "rb").read())
with open(f"{LOG}/environ.{os.getpid()}", "wb") as f:
    f.write(open("/proc/self/environ", "rb").read())
parent = socket.socket(fileno=os.dup(0))
ours, theirs = socket.socketpair()
child = subprocess.Popen([COURIER], stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL, env={},
                         close_fds=True)
theirs.close()
with open(f"{LOG}/pipe.{os.getpid()}", "wb") as log:
    while True:
        ready, _, _ = select.select([parent, ours], [], [])
        for side in ready:
            data = side.recv(65536)
            if not data:
                ours.close()
                parent.close()
                sys.exit(child.wait())
            log.write(data)
            (ours if side is parent else parent).sendall(data)
