#!/usr/bin/env python3
"""Plays a person at a terminal: terminal.py PROGRAM, speaking TAP. What is typed and what is asked."""
import glob
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

PASSPHRASE = "an invented passphrase"
program = sys.argv[1]
passed = 0


class Person:
    """One command on a terminal of its own; expect() waits for words, type() answers."""

    def __init__(self, home, *arguments, **extra):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("VALISE", "LANG", "XDG"))}
        environment.update(VALISE_HOME=str(home), TERM="xterm", VALISE_PAGER="cat", **extra)
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(program, [program, *arguments], environment)

    def expect(self, words, seconds=30):
        end = time.monotonic() + seconds
        while words not in self.seen:
            if not self.read(end - time.monotonic()):
                raise AssertionError(f"no “{words}” in {self.seen!r}")
        at = self.seen.index(words) + len(words)
        self.seen, before = self.seen[at:], self.seen[:at]
        return before

    def read(self, seconds):
        if seconds <= 0 or not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)

    def type(self, line):
        os.write(self.fd, line.encode() + b"\n")

    def key(self, byte):
        os.write(self.fd, byte)

    def end(self, seconds=30):
        stop = time.monotonic() + seconds
        while self.read(stop - time.monotonic()):
            pass
        for _ in range(200):
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status), self.seen
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError(f"still running, after {self.seen!r}")


def case(name, test):
    global passed
    passed += 1
    try:
        skip = test()
        print(f"ok {passed} - {name}" + (f" # SKIP {skip}" if skip else ""), flush=True)
    except AssertionError as wrong:
        print(f"not ok {passed} - {name}\n# {wrong}", flush=True)


def quietly(home, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VALISE")}
    environment.update(VALISE_HOME=str(home), VALISE_PASSPHRASE_FILE=str(folder / "pw"), LC_ALL="C.UTF-8")
    done = subprocess.run([program, "--no-input", *arguments], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def init(home):
    code, _, err = quietly(home, "-q", "init", "Training", "--delegation", "Ireland", "--post", "New York")
    assert code == 0, err


def init_asks_twice_and_shows_nothing():
    home = folder / "typed"
    person = Person(home, "init", "Training", "--delegation", "Ireland", "--post", "New York")
    person.expect("12 characters or more")
    person.expect("Passphrase:")
    person.type(PASSPHRASE)
    person.expect("Once more:")
    person.type(PASSPHRASE)
    before = person.expect("Created “Training”")
    code, _ = person.end()
    assert code == 0 and PASSPHRASE not in before, before


def the_typed_passphrase_opens_it():
    home = folder / "typed"
    quietly(home, "lock")
    person = Person(home, "person", "list")
    person.expect("Passphrase:")
    person.type(PASSPHRASE)
    code, seen = person.end()
    assert code == 0 and PASSPHRASE not in seen, seen


def a_wrong_passphrase_is_12():
    home = folder / "typed"
    quietly(home, "lock")
    person = Person(home, "person", "list")
    for _ in range(3):
        person.expect("Passphrase:")
        person.type("not the right one")
    code, seen = person.end()
    assert code == 12 and "Passphrase:" not in seen, (code, seen)


def the_third_try_may_be_right():
    home = folder / "typed"
    quietly(home, "lock")
    person = Person(home, "-q", "person", "list")
    for word in ("not the right one", "another wrong one", PASSPHRASE):
        person.expect("Passphrase:")
        person.type(word)
    code, seen = person.end()
    assert code == 0, (code, seen)


def only_what_is_typed_is_tried_again():
    home = folder / "typed"
    (folder / "wrong").write_text("not the right one\n")
    for option in (["--passphrase-file", str(folder / "wrong")], ["--passphrase-command", f"cat {folder / 'wrong'}"]):
        quietly(home, "lock")
        code, seen = Person(home, "person", "list", *option).end()
        assert code == 12 and "Try again" in seen and "Wrong passphrase. Try again" not in seen, (code, seen)


def code_lines(home):
    code, out, err = quietly(home, "key", "recovery", "--plain")
    assert code == 0, err
    return out.split()


def the_recovery_code_is_asked_for_line_by_line():
    home = folder / "typed"
    lines = code_lines(home)
    quietly(home, "lock")
    person = Person(home, "key", "restore")
    person.expect("What you type is not shown")
    person.expect("Line 1 of 4:")
    person.type(lines[0].lower().replace("-", " "))
    person.expect("Line 2 of 4:")
    for wrong in (lines[1][:8], lines[0], lines[1][:-1] + ("0" if lines[1][-1] != "0" else "1"), "!" + lines[1][1:]):
        person.type(wrong)
        person.expect("Line 2 is mistyped")
        person.expect("Line 2 of 4:")
    person.type(lines[1])
    for i in (2, 3):
        person.expect(f"Line {i + 1} of 4:")
        person.type(lines[i])
    person.expect("New passphrase:")
    person.type(PASSPHRASE)
    person.expect("Once more:")
    person.type(PASSPHRASE)
    code, seen = person.end()
    assert code == 0 and not any(line in seen for line in lines), (code, seen)


def all_of_the_code_may_be_typed_at_once_and_five_mistakes_end_it():
    home = folder / "typed"
    lines = code_lines(home)
    person = Person(home, "key", "restore")
    person.expect("Line 1 of 4:")
    person.type(" ".join(lines))
    person.expect("New passphrase:")
    person.key(b"\x03")
    assert person.end()[0] == 130
    person = Person(home, "key", "restore", LC_ALL="fr_FR.UTF-8")
    for _ in range(5):
        person.expect("Ligne 1 sur 4")
        person.type("0000-0000-0")
    code, seen = person.end()
    assert code == 2 and "ligne 1" in seen, (code, seen)


def descendants(pid):
    found = [pid]
    for parent in found:
        for path in glob.glob(f"/proc/{parent}/task/*/children"):
            with open(path) as f:
                found += [int(child) for child in f.read().split()]
    return found


def in_memory(pids, needles):
    """Which of the words lie in the memory of these processes; None when we may not look."""
    found = set()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
                for line in maps:
                    start, end = (int(x, 16) for x in line.split()[0].split("-"))
                    try:
                        mem.seek(start)
                        bytes_there = mem.read(end - start)
                    except (OSError, ValueError, OverflowError):
                        continue
                    found |= {needle for needle in needles if needle.encode() in bytes_there}
        except PermissionError:
            return None
    return found


def a_locked_shell_has_nothing_in_memory():
    """The delivered program, of which no other build than this one is asked."""
    home = folder / "typed"
    quietly(home, "lock")
    word = "Qz" + os.urandom(12).hex()
    secrets = {word, PASSPHRASE, "Training"}
    person = Person(home, "shell")
    person.expect("Passphrase:")
    person.type(PASSPHRASE)
    person.expect("Training> ")
    person.type(f"person add {word}")
    person.expect("recorded")
    person.expect("Training> ")
    while_open = in_memory(descendants(person.pid), secrets)
    person.type("lock")
    person.expect("locked> ")
    pids = descendants(person.pid)
    when_locked = in_memory(pids, secrets)
    person.type("person list")
    person.expect("Passphrase:")
    when_asking = in_memory(descendants(person.pid), secrets)
    person.key(b"\x03")
    person.expect("locked> ")
    person.type("exit")
    code, seen = person.end()
    assert code == 0, (code, seen)
    if while_open is None:
        return "may not look into memory here"
    assert word in while_open and "Training" in while_open, while_open
    assert len(pids) == 2 and when_locked == set() and when_asking == set(), (pids, when_locked, when_asking)
    return None


def an_interrupt_at_the_passphrase_is_130():
    home = folder / "typed"
    quietly(home, "lock")
    person = Person(home, "person", "list")
    person.expect("Passphrase:")
    person.key(b"\x03")
    code, seen = person.end()
    assert code == 130, (code, seen)


def an_interrupt_at_init_leaves_nothing():
    home = folder / "interrupted"
    person = Person(home, "init", "Training", "--delegation", "Ireland", "--post", "New York")
    person.expect("Passphrase:")
    person.key(b"\x03")
    code, _ = person.end()
    assert code == 130, code
    assert not home.exists() or not any(home.rglob("*")), list(home.rglob("*"))


def withdraw(answer, wanted, **extra):
    def test():
        person = Person(home_ny, "trip", "withdraw", "Cairo", **extra)
        person.expect("?")
        person.type("entered twice")
        person.expect("/N]")
        person.type(answer)
        code, seen = person.end()
        assert code == wanted, (code, seen)
    return test


def withdraw_without_a_reason_is_cancelled():
    person = Person(home_ny, "trip", "withdraw", "Cairo")
    person.expect("Why")
    person.type("")
    code, seen = person.end()
    assert code == 4, (code, seen)


def an_ambiguous_name_can_be_picked():
    person = Person(home_ny, "person", "show", "haddad")
    listed = person.expect("Number:")
    number = re.search(r"(\d)  PER-\S+  Idris al-Haddad", listed)
    assert number, listed
    person.type(number.group(1))
    code, seen = person.end()
    assert code == 0 and "Minister" in seen, (code, seen)


def a_senseless_pick_is_cancelled():
    person = Person(home_ny, "person", "show", "haddad")
    person.expect("Number:")
    person.type("7")
    code, seen = person.end()
    assert code == 4, (code, seen)


def no_input_asks_nothing_even_at_a_terminal():
    person = Person(home_ny, "--no-input", "person", "show", "haddad")
    code, seen = person.end()
    assert code == 3 and "Number:" not in seen, (code, seen)


def hints_are_for_terminals():
    person = Person(home_ny, "info", "add", "--from", "media", "--received", "now", "--claim", "potential")
    code, seen = person.end()
    assert code == 0 and re.search(r"valise share INF-\S+ --to court", seen), (code, seen)
    code, out, err = quietly(home_ny, "info", "add", "--from", "media", "--received", "now", "--claim", "potential")
    assert code == 0 and "valise share" not in out + err, out + err


def admit(number, wanted, *typed, says=""):
    """typed answers whether the newcomer may read what is recorded so far."""
    def test():
        person = Person(home_ny, "admit", "Croatia")
        person.expect("Safety number:")
        person.type(number())
        for line in typed:
            person.expect("May they read what is recorded so far")
            person.expect("Choice:")
            person.type(line)
        code, seen = person.end()
        assert code == wanted and says in seen, (code, seen)
    return test


def a_slip_in_a_name_is_asked_about():
    quietly(folder / "slip", "join", str(folder / "stick.git"), "--delegation", "Crotia", "--post", "The Hague")
    quietly(home_ny, "sync")
    person = Person(home_ny, "admit", "Crotia")
    person.expect("which is a member: is it another delegation?")
    person.expect("Is it another delegation?")
    person.type("n")
    code, seen = person.end()
    assert code == 4 and "Safety number" not in seen, (code, seen)
    code, out, err = quietly(home_ny, "admit", "Crotia", "--refuse")
    assert code == 0 and "1 request of Crotia is forgotten" in out, (out, err)


def editor(script, *typed, wanted=0, says="", **extra):
    """Edits Idris with a shell script for an editor; typed answers what is asked afterwards."""
    def test():
        path = folder / "editor.sh"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o700)
        person = Person(home_ny, "person", "edit", "Idris", VALISE_EDITOR=str(path), KEPT=str(folder / "kept"),
                        XDG_RUNTIME_DIR=memory, **extra)
        for words, line in typed:
            person.expect(words)
            person.type(line)
        code, seen = person.end()
        assert code == wanted and says in seen, (code, seen)
        assert not os.listdir(memory), os.listdir(memory)
    return test


def in_editor(script):
    """A person who is in an editor that has said so, and the one file there."""
    path = folder / "editor.sh"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o700)
    person = Person(home_ny, "person", "edit", "Idris", VALISE_EDITOR=str(path), XDG_RUNTIME_DIR=memory)
    person.expect("editing")
    assert len(list(pathlib.Path(memory).glob("valise-edit-*/*"))) == 1, os.listdir(memory)
    return person


def a_signal_wipes_the_text(sig, script):
    def test():
        person = in_editor(script)
        os.kill(person.pid, sig)
        code, seen = person.end()
        assert code == -sig, (code, seen)
        assert not os.listdir(memory), os.listdir(memory)
    return test


def what_a_killed_run_left_is_wiped():
    person = in_editor("echo editing; exec sleep 20\n")
    os.kill(person.pid, signal.SIGKILL)
    os.waitpid(person.pid, 0)
    os.close(person.fd)
    assert len(os.listdir(memory)) == 1, os.listdir(memory)
    code, seen = Person(home_ny, "person", "list", XDG_RUNTIME_DIR=memory).end()
    assert code == 0 and "cut short" in seen and not os.listdir(memory), (code, seen, os.listdir(memory))
    code, seen = Person(home_ny, "person", "list", XDG_RUNTIME_DIR=memory).end()
    assert code == 0 and "cut short" not in seen, (code, seen)


def a_living_editor_keeps_its_text():
    person = in_editor('echo editing; read line; test -s "$1"\n')
    code, seen = Person(home_ny, "person", "list", XDG_RUNTIME_DIR=memory).end()
    assert "cut short" not in seen and len(os.listdir(memory)) == 1, (code, seen, os.listdir(memory))
    person.type("")
    code, seen = person.end()
    assert code == 4 and "nothing was changed" in seen and "failure" not in seen, (code, seen)


def shown(field):
    return [row.split("\t")[4] for row in quietly(home_ny, "person", "show", "Idris", "--plain")[1].splitlines()
            if row.split("\t")[1] == field]


def after(test, field, values):
    def both():
        test()
        assert shown(field) == values, shown(field)
    return both


def the_template_says_what_it_is():
    text = (folder / "kept").read_text()
    assert text.startswith("# PER-") and "position: Minister\n" in text and "# kind: subject-of-warrant" in text, text
    assert ":wq" in text.split("\n")[1], text


def who_is_waited_for_is_said():
    path = folder / "courier"
    path.write_text("#!/bin/sh\nexec sleep 25\n")
    path.chmod(0o700)
    person = Person(home_ny, "sync", VALISE_COURIER=str(path))
    person.expect("stick: no answer for 3 s")
    person.expect("stick: no answer for 4 s")
    person.key(b"\x03")
    code, seen = person.end()
    assert code == 130 and "does not answer" not in seen, (code, seen)


def an_edit_says_which_conflict_it_settles():
    for home in (home_ny, home_hague):
        quietly(home, "sync")
    quietly(home_ny, "person", "add", "Disputed Invented")
    for home in (home_ny, home_hague):
        quietly(home, "sync")
    for home, year in ((home_ny, "1961"), (home_hague, "1971")):
        code, _, err = quietly(home, "person", "edit", "Disputed", "--born", year)
        assert code == 0, err
    for home in (home_ny, home_hague, home_ny):
        quietly(home, "sync")
    found = re.search(r"CNF-\S+", quietly(home_ny, "review", "--list")[1])
    assert found, quietly(home_ny, "review", "--list")
    for arguments, says in ((["--tag", "x"], False), (["--born", "1965", "-n"], False), (["--born", "1965"], True)):
        code, _, err = quietly(home_ny, "person", "edit", "Disputed", *arguments)
        assert code == 0 and (f"This settles {found[0]}." in err) == says, (arguments, code, err)


def control_characters_never_reach_the_terminal():
    # what a colleague's program might have let through arrives here as typed words of ours
    person = Person(home_ny, "person", "show", "a\033[31m\u202eb")
    code, seen = person.end()
    assert code == 3 and "\033" not in seen and "\u202e" not in seen and "^[[31m<U+202E>" in seen, (code, seen)


with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
    folder = pathlib.Path(name)
    (folder / "pw").write_text(PASSPHRASE + "\n")
    home_ny, home_hague = folder / "ny", folder / "hague"
    try:
        case("init asks twice and shows nothing", init_asks_twice_and_shows_nothing)
        case("the typed passphrase opens it", the_typed_passphrase_opens_it)
        case("a passphrase that is wrong three times is 12", a_wrong_passphrase_is_12)
        case("the third try may be right", the_third_try_may_be_right)
        case("only what is typed is tried again", only_what_is_typed_is_tried_again)
        case("the recovery code is asked for line by line", the_recovery_code_is_asked_for_line_by_line)
        case("or all at once, and five mistakes end it", all_of_the_code_may_be_typed_at_once_and_five_mistakes_end_it)
        case("a locked shell has nothing in memory", a_locked_shell_has_nothing_in_memory)
        case("an interrupt at the passphrase is 130", an_interrupt_at_the_passphrase_is_130)
        case("an interrupt at init leaves nothing", an_interrupt_at_init_leaves_nothing)
        init(home_ny)
        quietly(home_ny, "unlock", "--for", "1h")
        quietly(home_ny, "person", "add", "Idris al-Haddad", "--position", "Minister")
        quietly(home_ny, "person", "add", "Ahmad Haddad")
        quietly(home_ny, "trip", "add", "idris", "--to", "Cairo, EG", "--status", "potential")
        case("withdraw without a reason is cancelled", withdraw_without_a_reason_is_cancelled)
        case("withdraw and no is cancelled", withdraw("n", 4))
        case("withdraw and Enter is no", withdraw("", 4))
        case("withdraw and yes", withdraw("y", 0))
        quietly(home_ny, "trip", "restore", "Cairo")
        case("o is yes in French", withdraw("o", 0, LC_ALL="fr_FR.UTF-8"))
        quietly(home_ny, "trip", "restore", "Cairo")
        case("o is no yes in English", withdraw("o", 4))
        case("an ambiguous name can be picked", an_ambiguous_name_can_be_picked)
        case("a senseless pick is cancelled", a_senseless_pick_is_cancelled)
        case("--no-input asks nothing even at a terminal", no_input_asks_nothing_even_at_a_terminal)
        case("hints are for terminals", hints_are_for_terminals)
        case("edit in an editor", after(editor(
            'cp "$1" "$KEPT"; sed -i "s/^position:.*/position: Former minister/" "$1"\n', says="position changed"),
            "position", ["Former minister"]))
        case("the template shows values and terms", the_template_says_what_it_is)
        case("an unchanged text changes nothing", editor("true\n", wanted=4))
        case("an emptied file changes nothing", after(editor(': >"$1"\n', wanted=4), "position", ["Former minister"]))
        case("a failing editor changes nothing", editor("exit 1\n", wanted=4))
        case("an editor that is not there", editor("exit 127\n", wanted=1, says="VALISE_EDITOR"))
        case("prose keeps its lines", after(editor(
            'printf "summary: |\\n  One.\\n\\n  Two: # not a comment\\n" >>"$1"\n'), "summary",
            ["One.\\n\\nTwo: # not a comment"]))
        case("lists grow", after(editor('printf "tag: b\\ntag: a\\n" >>"$1"\n'), "tag", ["a", "b"]))
        case("lists shrink", after(editor('sed -i "/^tag: a/d" "$1"\n'), "tag", ["b"]))
        case("what a record needs cannot be emptied", after(editor(
            'sed -i "s/^display-name:.*/display-name:/" "$1"\n', ("Choice:", "2"), wanted=4, says="nothing was changed"),
            "position", ["Former minister"]))
        case("other values can", after(editor(
            'sed -i "s/^position:.*/position:/" "$1"\n', says="position changed"), "position", [""]))
        case("what is empty stays so", editor("true\n", wanted=4))
        case("and can be filled again", after(editor(
            'printf "position: Former minister\n" >>"$1"\n', says="position changed"), "position", ["Former minister"]))
        case("a mistake goes back into the editor", after(editor(
            'if grep -q "^# !" "$1"; then sed -i "s/^born:.*/born: 1960/" "$1"; else sed -i "s/^born:.*/born: 03\\/04\\/1960/" "$1"; fi\n',
            ("Choice:", "1")), "born", ["1960"]))
        case("a wrong value and what may stand there are two lines, also in the editor, and q gives up", editor(
            'if grep -q "^# ! Write one of: " "$1"; then exit 0; fi; sed -i "s/^# kind: .*/kind: bogus/" "$1"\n',
            ("is no value of “kind”\nWrite one of: ", "1"), ("again   2 give up (or q)", ""), ("1 to 2", "q"), wanted=4,
            says="nothing was changed"))
        case("no two values where there is one", editor(
            'printf "position: Another\\n" >>"$1"\n', ("Choice:", "2"), wanted=4))
        case("an unknown field is named by its line", editor(
            'printf "colour: blue\\n" >>"$1"\n', ("begin with a field", "2"), wanted=4))
        case("backups of an editor are wiped too", editor('cp "$1" "$1~"; cp "$1" "$(dirname "$1")/.swp"\n', wanted=4))
        for sig in (signal.SIGTERM, signal.SIGHUP):
            case(f"{sig.name} ends the editor and wipes the text", a_signal_wipes_the_text(
                sig, "echo editing; exec sleep 20\n"))
        case("an editor that does not end of a signal is ended", a_signal_wipes_the_text(
            signal.SIGTERM, "trap '' TERM; echo editing; while :; do sleep 0.2; done\n"))
        case("what a killed run left is wiped at the next start", what_a_killed_run_left_is_wiped)
        case("a living editor keeps its text", a_living_editor_keeps_its_text)
        case("control characters never reach the terminal", control_characters_never_reach_the_terminal)
        quietly(home_ny, "remote", "add", "stick", str(folder / "stick.git"), "--create")
        quietly(home_ny, "sync")
        quietly(home_hague, "join", str(folder / "stick.git"), "--delegation", "Croatia", "--post", "The Hague")
        quietly(home_ny, "sync")
        digits = quietly(home_hague, "key", "safety-number", "--plain")[1].strip()
        spaced = " ".join(digits[i:i + 5] for i in range(0, 30, 5))
        wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
        case("a number with 29 digits is refused", admit(lambda: digits[:-1], 2))
        case("a wrong number admits nobody", admit(lambda: wrong, 7))
        case("who says no answer about history admits nobody", admit(lambda: spaced, 4, "\x04"))
        case("the number as people write it admits, and what they may read is asked", admit(
            lambda: spaced, 0, "2", says="but not what is recorded so far"))
        case("a slip in a name is asked about", a_slip_in_a_name_is_asked_about)
        case("who does not answer is named, and since when", who_is_waited_for_is_said)
        case("an edit says which conflict it settles", an_edit_says_which_conflict_it_settles)
    finally:
        for home in ("typed", "ny", "hague", "interrupted"):
            quietly(folder / home, "lock")
print(f"1..{passed}")
