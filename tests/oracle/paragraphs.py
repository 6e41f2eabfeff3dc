"""Merging of prose by paragraph: schemas/domain/merge.md section 4."""
TEXTS = 64
PARAGRAPHS = 512
BYTES = 262144


def paragraphs(text):
    """Rule 1."""
    pieces = []
    for piece in text.replace("\n\n", "\0").split("\0"):
        piece = piece.strip("\n")
        if piece:
            pieces.append(piece)
    return pieces


def matches(base, text):
    """Rule 2: {place in base: place in text}."""
    longest = [[0] * (len(text) + 1) for _ in range(len(base) + 1)]
    for i in reversed(range(len(base))):
        for j in reversed(range(len(text))):
            longest[i][j] = (1 + longest[i + 1][j + 1] if base[i] == text[j]
                             else max(longest[i + 1][j], longest[i][j + 1]))
    found, i, j = {}, 0, 0
    while i < len(base) and j < len(text):
        if base[i] == text[j]:
            found[i] = j
            i, j = i + 1, j + 1
        elif longest[i + 1][j] == longest[i][j]:
            i += 1
        else:
            j += 1
    return found


def settle(base, runs):
    """Rule 3 on one run of base and that of each text in order: paragraphs and clashes."""
    others = [run for run in runs if run != base]
    if all(run == others[0] for run in others):
        return (others[0] if others else base), 0
    if len(base) > 1 and all(len(run) == len(base) for run in runs):
        out, clashes = [], 0
        for i, paragraph in enumerate(base):
            stands, more = settle([paragraph], [[run[i]] for run in runs])
            out += stands
            clashes += more
        return out, clashes
    return others[0], 1


def merge(base, texts):
    """(merged text, clashes) of texts in the order of the policy."""
    split = [paragraphs(t) for t in texts]
    origin = paragraphs(base)
    if len(texts) > TEXTS or any(len(p) > PARAGRAPHS for p in [origin, *split]):
        return texts[0], 1
    found = [matches(origin, p) for p in split]
    out, clashes = [], 0
    at, ats = 0, [0] * len(texts)
    for i in range(len(origin) + 1):
        if i < len(origin) and not all(i in f for f in found):
            continue
        ends = [f[i] if i < len(origin) else len(p) for f, p in zip(found, split)]
        stands, more = settle(origin[at:i], [p[a:e] for p, a, e in zip(split, ats, ends)])
        out += stands + origin[i:i + 1]
        clashes += more
        at, ats = i + 1, [e + 1 for e in ends]
    merged = "\n\n".join(out)
    return (texts[0], 1) if len(merged.encode()) > BYTES else (merged, clashes)
