"""What texts that several people edited started from: schemas/domain/merge.md section 4; merging itself is paragraphs.py."""
from .paragraphs import merge

DEPTH_MAX = 16


class Origins:
    """What the values of one register started from. values: {dot: value}; a value has dot(), named and tie()."""

    def __init__(self, values, text):
        self.values, self.text = values, text

    def ancestors(self, dot):
        out, todo = set(), [dot]
        while todo:
            for name in self.values[todo.pop()].named:
                if name in self.values and name not in out:
                    out.add(name)
                    todo.append(name)
        return out

    def common(self, dots):
        sets = [self.ancestors(d) for d in dots]
        both = set.intersection(*sets) if sets else set()
        hidden = {n for d in both for n in self.values[d].named}
        return sorted(both - hidden, key=lambda d: self.values[d].tie())

    def texts(self, dots):
        return [self.text(self.values[d]) for d in dots]

    def base(self, dots):
        levels = [self.common(dots)]
        while len(levels[-1]) > 1 and len(levels) < DEPTH_MAX:
            levels.append(self.common(levels[-1]))
        last = self.texts(levels[-1])
        base = last[0] if last else ""
        for level in reversed(levels[:-1]):
            base = merge(base, self.texts(level))[0]
        return base

    def merged(self, dots):
        return merge(self.base(dots), self.texts(dots))
