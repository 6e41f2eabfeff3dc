"""Deterministic CBOR as schemas/wire/README.md section 1 restricts it.

Items are int, bytes, str, list, Map, True, False and None. A Map keeps its pairs, since any item may be a key.
"""

DEPTH = 16


class Refused(Exception):
    """Bytes that no program of any version should have written."""


class Newer(Exception):
    """Bytes of a version that this program does not know."""


class NotAuthentic(Exception):
    """A tag, hash or signature that does not verify, or an author without the right."""


class Map:
    def __init__(self, pairs=()):
        self.pairs = list(pairs.items() if isinstance(pairs, dict) else pairs)

    def get(self, key, preset=None):
        for k, v in self.pairs:
            if type(k) is type(key) and k == key:
                return v
        return preset

    def __eq__(self, other):
        return isinstance(other, Map) and encode(self) == encode(other)

    def __repr__(self):
        return "Map(%r)" % (self.pairs,)


def is_uint(item):
    return type(item) is int and item >= 0


def is_time(item):
    """Unix seconds: a signed 64-bit integer."""
    return type(item) is int and item < 1 << 63


def encode_head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 1 << 8 * size:
            return bytes([major << 5 | code]) + n.to_bytes(size, "big")
    raise ValueError("argument of more than 64 bits")


def encode(item):
    if item is False or item is True or item is None:
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[item]
    if type(item) is int:
        return encode_head(0, item) if item >= 0 else encode_head(1, -1 - item)
    if type(item) is bytes:
        return encode_head(2, len(item)) + item
    if type(item) is str:
        text = item.encode()
        return encode_head(3, len(text)) + text
    if type(item) in (list, tuple):
        return encode_head(4, len(item)) + b"".join(encode(x) for x in item)
    pairs = sorted((encode(k), encode(v)) for k, v in item.pairs)
    return encode_head(5, len(pairs)) + b"".join(k + v for k, v in pairs)


class Reader:
    def __init__(self, data, depth=DEPTH):
        self.data = data
        self.at = 0
        self.depth = depth

    def take(self, n):
        if n > len(self.data) - self.at:
            raise Refused("short input")
        self.at += n
        return self.data[self.at - n:self.at]

    def head(self):
        first = self.take(1)[0]
        major, code = first >> 5, first & 31
        if major == 7:
            if code not in (20, 21, 22):
                raise Refused("simple value or float")
            return major, code
        if code < 24:
            return major, code
        if code > 27:
            raise Refused("reserved or indefinite length")
        size = 1 << (code - 24)
        n = int.from_bytes(self.take(size), "big")
        if n < (24, 1 << 8, 1 << 16, 1 << 32)[code - 24]:
            raise Refused("head is not the shortest")
        return major, n

    def item(self, level=1):
        """level: 1 for the outermost item, one more inside each array or map."""
        if level > self.depth:
            raise Refused("nested too deep")
        major, n = self.head()
        if major == 0:
            return n
        if major == 1:
            if n >= 1 << 63:
                raise Refused("negative integer below -2^63")
            return -1 - n
        if major == 2:
            return self.take(n)
        if major == 3:
            try:
                text = self.take(n).decode("utf-8", "strict")
            except UnicodeDecodeError:
                raise Refused("text is not UTF-8") from None
            if "\0" in text:
                raise Refused("text with U+0000")
            return text
        if major == 4:
            if n > len(self.data) - self.at:
                raise Refused("short input")
            return [self.item(level + 1) for _ in range(n)]
        if major == 5:
            return self.map(n, level)
        if major == 6:
            raise Refused("tag")
        return {20: False, 21: True, 22: None}[n]

    def map(self, n, level):
        pairs, before = [], None
        for _ in range(n):
            start = self.at
            key = self.item(level + 1)
            raw = self.data[start:self.at]
            if before is not None and raw <= before:
                raise Refused("keys of a map do not ascend")
            before = raw
            pairs.append((key, self.item(level + 1)))
        return Map(pairs)


def decode(data, around=0):
    """The one item that data holds; around: levels of a format that do not count, since what lies in them counts from
    itself."""
    reader = Reader(bytes(data), DEPTH + around)
    item = reader.item()
    if reader.at != len(data):
        raise Refused("bytes behind the item")
    return item


# ---- shapes, shared by the readers of this package ----

def need(condition, what):
    if not condition:
        raise Refused(what)


def array(item, size=None, what="array"):
    need(type(item) is list and (size is None or len(item) == size), what)
    return item


def octets(item, size, what):
    need(type(item) is bytes and len(item) == size, what)
    return item


def text(item, least, most, what):
    need(type(item) is str and least <= len(item.encode()) <= most, what)
    return item


def uint(item, least, most, what):
    need(is_uint(item) and least <= item <= most, what)
    return item


def ascending(items, what):
    need(all(a < b for a, b in zip(items, items[1:])), what)
    return items
