#!/usr/bin/env python3
"""Planted words: distinctive words for every field kind, and a search for them in every disguise.

plant.py args SCHEMAS KIND FIRST NAME=REF...   arguments of `valise KIND add`, one a line: every field that a
                                               person may fill gets a planted word, numbered from FIRST;
                                               NAME=REF gives the record for references to a kind
plant.py scan WHAT FOLDER...                   searches names and contents of all files; exit 1 when found
plant.py control FILE                          writes a file that the search must find, in each disguise
plant.py trace LOG...                          searches strace logs: no file and no pipe may have met a word
"""
import base64
import os
import re
import sys

STEM = "Qzkwjv"
# What a person types that may never stand anywhere in clear, whether or not it was planted.
ALSO = ["seven invented words make this passphrase"]


def word(n):
    return f"{STEM}{n:04d}"


def fields(folder, kind):
    """(name, type, words after the policy, terms) of each field, terms of shared lists included."""
    lists, out, current = {}, [], None
    for path in (f"{folder}/lists.kind", f"{folder}/{kind}.kind"):
        for line in open(path, encoding="utf-8"):
            w = line.split("|")[0].split()
            if not w or w[0].startswith("#"):
                continue
            if w[0] == "list":
                current = lists.setdefault(w[1], [])
            elif w[0] == "field":
                current = []
                out.append((w[2], w[3], w[5:], current))
            elif w[0] == "term":
                current.append(w[1])
    result = []
    for name, kind_of, flags, terms in out:
        for flag in flags:
            if flag.startswith("list="):
                terms = lists[flag[5:]]
        result.append((name, kind_of, flags, terms))
    return result


def arguments(folder, kind, first, refs):
    n, args, positional = first, [], []
    for name, kind_of, flags, terms in fields(folder, kind):
        value = None
        if kind_of == "TEXT":
            value, n = f"Word {word(n)} in {name}", n + 1
        elif name == "consent":  # its scope and what was said are in set words
            value, n = f"scope=tell Court content;given=withdrawn;how={word(n)}", n + 1
        elif kind_of == "ENTRY" and terms:
            value, n = f"{terms[-1]}={word(n)}", n + 1
        elif kind_of == "ENUM" and "required" in flags:
            value = terms[-1]
        elif kind_of == "DATE":
            value, n = f"40 {word(n)}", n + 1  # an impossible date is kept as words
        elif kind_of == "INSTANT" and "required" in flags:
            value = "2027-03-07T22:00Z"
        elif kind_of == "COUNTRY" and "required" in flags:
            value = "ET"
        elif kind_of == "INT" and "required" in flags:
            value = "22"
        elif kind_of == "REF":
            to = next((f[4:] for f in flags if f.startswith("ref=")), "any")
            value = refs.get(to)
        if value is None:
            continue
        if "positional" in flags and not positional:
            positional = [value]
        else:
            args += [f"--{name}", value]
    return positional + args, n


def disguises(text):
    for form in {text, text.lower(), text.upper()}:
        raw = form.encode()
        yield "as it is", raw
        yield "as UTF-16LE", form.encode("utf-16-le")
        yield "as UTF-16BE", form.encode("utf-16-be")
        yield "in hex", raw.hex().encode()
        yield "in HEX", raw.hex().upper().encode()
        for shift in range(3):  # base64 looks different at each of three offsets
            whole = base64.b64encode(b"\0" * shift + raw)
            yield f"in base64, offset {shift}", whole[(0, 2, 3)[shift]: len(whole) - (4 if (shift + len(raw)) % 3 else 0)]
        yield "backwards", raw[::-1]


PATTERNS = [(text, how, bytes_) for text in [STEM] + ALSO for how, bytes_ in disguises(text)]


def found_in(data):
    return [f"“{text}” {how}" for text, how, bytes_ in PATTERNS if bytes_ in data]


def scan(what, folders):
    n_files, bad = 0, []
    for folder in folders:
        for at, dirs, names in os.walk(folder):
            for name in dirs + names:
                path = os.path.join(at, name)
                if found_in(os.path.relpath(path, folder).encode()):
                    bad.append(f"{path}: the name itself")
            for name in names:
                path = os.path.join(at, name)
                if not os.path.isfile(path):
                    continue
                n_files += 1
                with open(path, "rb") as f:
                    bad += [f"{path}: {how}" for how in found_in(f.read())]
    print(f"# {what}: {n_files} files")
    print("\n".join(bad[:20]))
    return 1 if bad or n_files == 0 else 0


def trace(paths):
    """A line of strace that holds a word is fine only when it starts valise or writes to its output."""
    bad, n = [], 0
    fine = re.compile(r'^(\d+ +)?(execve\("[^"]*/valise", |write\([12]<)')
    for path in paths:
        for line in open(path, "rb"):
            n += 1
            if found_in(line) and not fine.match(line.decode("latin-1")):
                bad.append(line[:300].decode("latin-1"))
    print(f"# {n} system calls")
    print("\n".join(bad[:20]))
    return 1 if bad or n == 0 else 0


def main():
    what = sys.argv[1]
    if what == "args":
        refs = dict(a.split("=", 1) for a in sys.argv[5:])
        args, n = arguments(sys.argv[2], sys.argv[3], int(sys.argv[4]), refs)
        print("\n".join([str(n)] + args))
        return 0
    if what == "control":
        i = int(os.path.basename(sys.argv[2]))
        if i >= len(PATTERNS):
            return 2
        with open(sys.argv[2], "wb") as f:
            f.write(os.urandom(37) + PATTERNS[i][2] + os.urandom(23))
        return 0
    if what == "scan":
        return scan(sys.argv[2], sys.argv[3:])
    return trace(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
