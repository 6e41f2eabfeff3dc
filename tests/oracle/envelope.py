"""Envelopes, packets and letters: schemas/wire/envelope.md."""
from . import cbor
from .cbor import Newer, NotAuthentic, Refused, array, ascending, need, octets, text, uint
from .prim import H, MAC, argon2id, public, seal, sign, sign_public, unseal, unwrap, verify, wrap

CHANGE, MEMBER, ACK = 1, 2, 3
SIZE = 1008 * 1024
MEMBER_SIZE = 512 * 1024
WHOLE_GROUP = bytes(16)
ZEROS = bytes(32)
SEQ_MAX = 2**63 - 1


def le32(n):
    return n.to_bytes(4, "little")


def le64(n):
    return n.to_bytes(8, "little")


# ---- section 1: ids and keys ----

def group_id(genesis):
    return H("vls genesis", genesis)


def founder_id(group):
    return H("vls founder", group)[:16]


def request_id(request):
    return H("vls request id", request)


def device_id(request_hash):
    return H("vls device", request_hash)[:16]


class Epoch:
    """An epoch key with what is derived from it."""

    def __init__(self, key, group, compartment):
        x = group + compartment
        self.key, self.group, self.compartment = key, group, compartment
        self.id = MAC("vls epoch id", key, x)
        self.seal = MAC("vls epoch seal", key, x)
        self.tag = MAC("vls epoch tag", key, x)
        self.commit = MAC("vls epoch commit", key, x)

    def context(self, device):
        return self.group + self.compartment + self.id + device

    def wrapped(self, eph, device, box, psk=ZEROS):
        return wrap("vls epoch wrap", eph, box, psk, self.context(device), self.key)


def unwrap_epoch(wrapped, box_secret, group, compartment, epoch_id, device, psk=ZEROS):
    need(len(wrapped) == 80, "wrapped key's length")
    epoch = Epoch(unwrap("vls epoch wrap", box_secret, psk, group + compartment + epoch_id + device, wrapped),
                  group, compartment)
    if epoch.id != epoch_id:
        raise NotAuthentic("another epoch's key")
    return epoch


def place(device, incarnation, seq):
    return device + incarnation + le64(seq)


# ---- section 2: envelopes ----

class Envelope:
    def __init__(self, raw, head, payload, signature):
        (self.suite, self.kind, self.group, self.device, self.incarnation, self.seq, self.prev, self.wall,
         self.member_heads, self.seen, self.tag, self.commitment) = head
        self.raw, self.payload, self.signature = raw, payload, signature
        encoded = cbor.encode(head)
        self.context = H("vls context", encoded)
        self.id = H("vls envelope", encoded + H("vls payload", payload))


def write(sign_seed, kind, group, device, incarnation, seq, prev, wall, member_heads=(), seen=(), payload=b"",
          epoch=None, nonce=None, edit=None):
    """One envelope's bytes. For kind 1 the payload is the change set in clear, sealed here under epoch with nonce.
    edit(head) may spoil the head before it is sealed and signed."""
    where = place(device, incarnation, seq)
    head = [1, kind, group, device, incarnation, seq, prev, wall, sorted(member_heads), sorted(list(s) for s in seen),
            MAC("vls tag", epoch.tag, where, 16) if epoch else b"",
            MAC("vls commitment", epoch.commit, where) if epoch else b""]
    if edit:
        edit(head)
    encoded = cbor.encode(head)
    if epoch:
        payload = seal("vls payload", epoch.seal, nonce, H("vls context", encoded), payload)
    name = H("vls envelope", encoded + H("vls payload", payload))
    return cbor.encode([head, payload, sign("vls envelope sig", sign_seed, name)])


def parse(raw):
    need(len(raw) <= SIZE, "size of an envelope")
    head, payload, signature = array(cbor.decode(raw), 3, "envelope")
    array(head, what="head")
    need(len(head) > 0 and cbor.is_uint(head[0]), "suite")
    if head[0] != 1:
        raise Newer("suite %d" % head[0])
    array(head, 12, "head")
    _, kind, group, device, incarnation, seq, prev, wall, member_heads, seen, tag, commitment = head
    uint(kind, CHANGE, ACK, "kind of an envelope")
    octets(group, 32, "group")
    octets(device, 16, "device")
    octets(incarnation, 16, "incarnation")
    uint(seq, 1, SEQ_MAX, "sequence number")
    octets(prev, 32, "prev")
    need(cbor.is_time(wall), "wall time")
    ascending([octets(h, 32, "head") for h in array(member_heads)], "membership heads")
    need(len(member_heads) <= 1024, "membership heads")
    chains = []
    for one in array(seen):
        other, life, count, name = array(one, 4, "head seen")
        chains.append((octets(other, 16, "device seen"), octets(life, 16, "incarnation seen")))
        uint(count, 1, SEQ_MAX, "number seen")
        octets(name, 32, "id seen")
    ascending(chains, "heads seen")
    need(len(chains) <= 4096, "heads seen")
    octets(tag, 16 if kind == CHANGE else 0, "tag")
    octets(commitment, 32 if kind == CHANGE else 0, "commitment")
    need(type(payload) is bytes and type(signature) is bytes and len(signature) == 64, "payload or signature")
    if kind == CHANGE:
        need(len(payload) >= 40, "payload shorter than its seal")
    if kind == MEMBER:
        need(len(payload) <= MEMBER_SIZE, "membership payload")
    if kind == ACK:
        need(payload == b"", "payload of an acknowledgement")
    return Envelope(raw, head, payload, signature)


def check_signature(envelope, sign_key):
    verify("vls envelope sig", sign_key, envelope.id, envelope.signature)


def check_place(envelope, last_seq, last_id):
    """False: a gap, the envelope waits."""
    if envelope.seq > last_seq + 1:
        return False
    if envelope.seq != last_seq + 1 or envelope.seq > 1 and envelope.prev != last_id:
        raise NotAuthentic("the chain forks")
    return True


def belongs(envelope, epoch):
    return MAC("vls tag", epoch.tag, place(envelope.device, envelope.incarnation, envelope.seq), 16) == envelope.tag


def open_change(envelope, epoch):
    where = place(envelope.device, envelope.incarnation, envelope.seq)
    if MAC("vls commitment", epoch.commit, where) != envelope.commitment:
        raise NotAuthentic("commitment")
    return unseal("vls payload", epoch.seal, envelope.context, envelope.payload)


# ---- section 3: packets ----

def bucket(n):
    """The smallest length that a packet or letter may have to hold n bytes, overhead included."""
    for size in (1024, 4096, 16384, 65536, 262144):
        if n <= size:
            return size
    return -(-n // 262144) * 262144


def write_packet(epoch, nonce, envelopes, size=None, plain=None):
    body = b"".join(envelopes)
    size = size or bucket(len(body) + 4 + 40)
    if plain is None:
        plain = le32(len(body)) + body
        plain += bytes(size - 40 - len(plain))
    return seal("vls packet", epoch.seal, nonce, epoch.group, plain)


def check_length(blob):
    if len(blob) == 0 or len(blob) != bucket(len(blob)):
        raise NotAuthentic("no packet or letter has this length")


def unpad(plain):
    need(len(plain) >= 4, "length")
    n = int.from_bytes(plain[:4], "little")
    need(n <= len(plain) - 4, "length")
    need(not any(plain[4 + n:]), "padding")
    return plain[4:4 + n]


def items_of(encoded):
    """The encoded items of an array of up to 23."""
    reader, found = cbor.Reader(encoded), []
    for _ in range(reader.head()[1]):
        start = reader.at
        reader.item(2)
        found.append(encoded[start:reader.at])
    return found


def follower(raw):
    """What a packet holds of an envelope that goes on from the one before it."""
    head, payload, signature = items_of(raw)
    parts = items_of(head)
    return b"\x87" + parts[1] + b"".join(parts[7:8] + parts[9:]) + payload + signature


def unfolded(item, before):
    """The envelope that an item of a packet stands for; before: that of the item before it, or None."""
    try:
        last = parse(before) if item[0] == 0x87 and before else None
    except (Refused, Newer):
        last = None
    if last is None:
        return item
    kind, wall, *others, payload, signature = items_of(item)
    heads = cbor.encode(last.member_heads)
    same = [cbor.encode(x) for x in (last.group, last.device, last.incarnation, last.seq + 1, last.id)]
    head = b"\x8c" + cbor.encode(1) + kind + b"".join(same) + wall + heads + b"".join(others)
    return b"\x83" + head + payload + signature


def open_packet(epoch, packet):
    check_length(packet)
    body = unpad(unseal("vls packet", epoch.seal, epoch.group, packet))
    found, reader = [], cbor.Reader(body)
    while reader.at < len(body):
        start = reader.at
        reader.item()
        found.append(unfolded(body[start:reader.at], found[-1] if found else None))
    need(sum(map(len, found)) <= 2 * 1024 * 1024, "size of what a packet stands for")
    return found


# ---- section 4: admission ----

def write_door(group, door_key, filler):
    rest = group + door_key + filler
    need(len(rest) == 1008, "door")
    return H("vls door", rest)[:16] + rest


def open_door(door):
    need(len(door) == 1024, "length of a door")
    if H("vls door", door[16:])[:16] != door[:16]:
        raise NotAuthentic("door's check")
    return door[16:48], door[48:80]


class Request:
    def __init__(self, encoded, item):
        _, self.group, self.nonce, self.sign_key, self.box_key, self.delegation, self.post, self.wall = item
        self.encoded = encoded
        self.id = request_id(encoded)
        self.device = device_id(self.id)


def write_request(sign_seed, group, nonce, sign_key, box_key, delegation, post, wall, version=1):
    """The body: request and signature."""
    encoded = cbor.encode([version, group, nonce, sign_key, box_key, delegation, post, wall])
    return encoded + sign("vls request sig", sign_seed, encoded)


def parse_request(body, group):
    need(64 < len(body) <= 960, "size of a request")
    encoded, signature = body[:-64], body[-64:]
    item = array(cbor.decode(encoded), 8, "request")
    uint(item[0], 1, 1, "version")
    octets(item[1], 32, "group")
    octets(item[2], 16, "nonce")
    octets(item[3], 32, "signing key")
    octets(item[4], 32, "box key")
    text(item[5], 1, 63, "delegation")
    text(item[6], 1, 63, "post")
    need(cbor.is_time(item[7]), "wall time")
    request = Request(encoded, item)
    need(request.group == group, "another group's request")
    verify("vls request sig", request.sign_key, encoded, signature)
    return request


def seal_request(eph, door_key, group, body, padding=None):
    plain = le32(len(body)) + body + (bytes(976 - 4 - len(body)) if padding is None else padding)
    return wrap("vls request", eph, door_key, ZEROS, group, plain)


def open_request(letter, door_secret, group):
    if len(letter) != 1024:
        raise NotAuthentic("no request has this length")
    body = unpad(unwrap("vls request", door_secret, ZEROS, group, letter))
    return parse_request(body, group), body


def safety_number(group, door_key, request_hash):
    s = H("vls safety", group + door_key + request_hash)
    d = argon2id(s, b"valise safety 1\0", 2, 65536, 30)
    return ["%05d" % (int.from_bytes(d[i:i + 5], "big") % 100000) for i in range(0, 30, 5)]


def write_welcome(eph, box_key, group, request_hash, genesis, door_secret, epoch_keys, version=1, padding=None, size=None):
    plain = cbor.encode([version, request_hash, genesis, door_secret, list(epoch_keys)])
    plain = le32(len(plain)) + plain
    size = size or bucket(len(plain) + 48)
    return wrap("vls welcome", eph, box_key, ZEROS, group,
                plain + (bytes(size - 48 - len(plain)) if padding is None else padding))


def open_welcome(letter, box_secret, group, request_hash):
    check_length(letter)
    need(len(letter) <= 262144, "size of a welcome")
    encoded = unpad(unwrap("vls welcome", box_secret, ZEROS, group, letter))
    version, name, genesis, door_secret, keys = array(cbor.decode(encoded), 5, "welcome")
    uint(version, 1, 1, "version")
    octets(name, 32, "request id")
    need(type(genesis) is bytes, "founding document")
    octets(door_secret, 32, "door secret")
    need(1 <= len(array(keys)) <= 1024, "group epochs")
    for key in keys:
        octets(key, 32, "epoch key")
    if group_id(genesis) != group or name != request_hash:
        raise NotAuthentic("another group or another's welcome")
    return genesis, door_secret, keys
