#!/usr/bin/env python3
"""kernel.py FOLDER SHIM SCRIPT: runs a script under a Linux kernel of its own, as root there and with nobody's rights here:
for file systems that this machine's kernel does not have. Its files are ours, read-only, but for FOLDER, the script's argument,
which is memory and has valise and its courier in bin. Output and exit status are the script's; SKIP says why there are none.
"""
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

PROGRAM = "linux.uml"
MEMORY = "512M"
SECONDS = 7200 if "VLS_TEST_LONG" in os.environ else 300

# Runs as the first process; /mnt is any folder that every system has.
INIT = """#!/bin/sh
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t hostfs -o {work} none /mnt || exit 1
exec >/mnt/out 2>&1 </dev/null
mount -t tmpfs tmpfs /run && mount -t tmpfs -o mode=755 tmpfs {folder} && mkdir {folder}/bin && cp {bring} {folder}/bin || exit 1
export {environment}
cd {folder}
{command}
echo $? >/mnt/status
sync
echo o >/proc/sysrq-trigger
sleep 10
"""


def boot(folder, shim, script, work):
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8", "HOME": "/run", "TMPDIR": folder,
           "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    env.update((k, v) for k, v in os.environ.items() if k.startswith("VLS_"))
    init = os.path.join(work, "init")
    with open(init, "w") as f:
        f.write(INIT.format(work=shlex.quote(work), folder=shlex.quote(folder),
                            bring=" ".join(shlex.quote(x) for x in (os.environ["VALISE"], os.environ["VALISE"] + "-courier")),
                            environment=" ".join("%s=%s" % (k, shlex.quote(v)) for k, v in env.items()),
                            command=" ".join(shlex.quote(x) for x in (sys.executable, script, folder))))
    os.chmod(init, 0o755)
    p = subprocess.Popen([shutil.which(PROGRAM), "mem=" + MEMORY, "uml_dir=%s/" % work, "umid=k", "rootfstype=hostfs",
                          "rootflags=/", "ro", "init=" + init, "quiet", "con=null", "con0=null,fd:1"],
                         env={"PATH": "/usr/bin:/bin", "HOME": work, "LD_PRELOAD": shim},
                         stdin=subprocess.DEVNULL, stdout=open(os.path.join(work, "console"), "wb"),
                         stderr=subprocess.STDOUT, start_new_session=True)
    late = False
    try:
        p.wait(SECONDS)
    except subprocess.TimeoutExpired:
        late = True
    finally:
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()
    return late


def text_of(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def main():
    folder, shim, script = (os.path.realpath(x) for x in sys.argv[1:4])
    name = os.path.basename(script)
    if shutil.which(PROGRAM) is None or not os.path.exists(shim):
        print("ok 1 - %s # SKIP there is no %s\n1..1" % (name, PROGRAM if os.path.exists(shim) else shim))
        return 0
    for number, status in ((signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)):
        signal.signal(number, lambda *_, s=status: sys.exit(s))
    work, late, said = tempfile.mkdtemp(prefix="kernel.", dir=os.path.dirname(folder)), False, ""
    try:
        late = boot(folder, shim, script, work)
    finally:
        said, status, console = (text_of(os.path.join(work, x)) for x in ("out", "status", "console"))
        shutil.rmtree(work, ignore_errors=True)
        sys.stdout.write(said)
    if status.strip():
        return int(status)
    if not said and not late:
        print("ok 1 - %s # SKIP no kernel of its own starts here: %s\n1..1" % (name, " / ".join(console.splitlines()[:4])))
        return 0
    print("not ok - the kernel of its own %s" % ("did not end in %d s" % SECONDS if late else "fell over"))
    print("\n".join("# " + x for x in console.splitlines()[-20:]))
    return 1


sys.exit(main())
