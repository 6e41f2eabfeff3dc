"""Founding document and membership graph: schemas/wire/member.md.

A Graph takes membership envelopes in any order and judges each by its own past alone.
"""
from . import cbor
from .cbor import Newer, NotAuthentic, Refused, array, need, octets, text, uint
from .envelope import WHOLE_GROUP, founder_id, group_id, parse_request
from .prim import H

ADD, COMPARTMENT, GRANT, ROTATE, SHARE = 2, 3, 4, 5, 6


class Genesis:
    def __init__(self, encoded):
        need(len(encoded) <= 16 * 1024, "size of a founding document")
        item = array(cbor.decode(encoded))
        need(len(item) > 0 and cbor.is_uint(item[0]), "version")
        if item[0] != 1:
            raise Newer("founding document of version %d" % item[0])
        array(item, 8, "founding document")
        need(cbor.is_uint(item[1]), "suite")
        if item[1] != 1:
            raise Newer("suite %d" % item[1])
        _, _, title, nonce, needed, roots, door_key, founder = item
        self.title = text(title, 1, 127, "title")
        octets(nonce, 16, "nonce")
        uint(needed, 1, 1, "signatures needed")
        need(len(array(roots)) == 1, "root keys")
        self.root = octets(roots[0], 32, "root key")
        self.door_key = octets(door_key, 32, "door key")
        array(founder, 4, "founder")
        text(founder[0], 1, 63, "delegation")
        text(founder[1], 1, 63, "post")
        octets(founder[2], 32, "signing key")
        octets(founder[3], 32, "box key")
        need(founder[2] == self.root, "the root key is not the founder's")
        self.encoded = encoded
        self.group = group_id(encoded)
        self.founder = Device(founder_id(self.group), *founder, 1)


def write_genesis(title, nonce, door_key, delegation, post, sign_key, box_key, edit=None):
    item = [1, 1, title, nonce, 1, [sign_key], door_key, [delegation, post, sign_key, box_key]]
    if edit:
        edit(item)
    return cbor.encode(item)


class Device:
    def __init__(self, name, delegation, post, sign_key, box_key, rank):
        self.id, self.delegation, self.post = name, delegation, post
        self.sign_key, self.box_key, self.rank = sign_key, box_key, rank


class Compartment:
    def __init__(self, name, owner, common):
        self.name, self.owner, self.common = name, owner, common


def read_payload(payload):
    ops = array(cbor.decode(payload, 1))
    need(len(ops) <= 8192, "operations")
    return ops


def compartment_id(author, op):
    return H("vls compartment", author + cbor.encode(op))[:16]


def check_shape(op):
    array(op, what="operation")
    need(len(op) >= 1 and cbor.is_uint(op[0]), "operation's number")
    code = op[0]
    need(ADD <= code <= SHARE, "operation of an unknown number")
    array(op, {ADD: 2, COMPARTMENT: 4, GRANT: 3, ROTATE: 4, SHARE: 5}[code], "operation's length")
    if code == ADD:
        need(type(op[1]) is bytes, "request")
        return
    octets(op[1], 16, "nonce" if code == COMPARTMENT else "compartment")
    if code == COMPARTMENT:
        text(op[2], 1, 127, "name")
        need(type(op[3]) is bool, "common")
    elif code == GRANT:
        text(op[2], 1, 63, "delegation")
    elif code == ROTATE:
        octets(op[2], 32, "epoch")
        for pair in array(op[3]):
            octets(array(pair, 2, "recipient")[0], 16, "recipient")
            octets(pair[1], 80, "wrapped key")
    else:
        octets(op[2], 32, "epoch")
        octets(op[3], 16, "device")
        octets(op[4], 80, "wrapped key")


class State:
    """What a set of valid operations adds up to. Claims of one device are settled by the lowest envelope id."""

    def __init__(self, genesis, held):
        """held: {envelope id: [(operation, author)…]} of valid operations."""
        self.genesis = genesis
        self.devices = {genesis.founder.id: genesis.founder}
        self.compartments = {}
        self.grants = set()
        self.epochs = {}
        for name in sorted(held):
            for op, request, author in held[name]:
                self.apply(op, request, author)

    def apply(self, op, request, author):
        code = op[0]
        if code == ADD and request.device not in self.devices:
            rank = author.rank + 1 if request.delegation == author.delegation else 1
            self.devices[request.device] = Device(request.device, request.delegation, request.post,
                                                  request.sign_key, request.box_key, rank)
        elif code == COMPARTMENT:
            self.compartments[compartment_id(author.id, op)] = Compartment(op[2], author.delegation, op[3])
        elif code == GRANT:
            self.grants.add((op[1], op[2]))
        elif code == ROTATE:
            self.epochs.setdefault((op[1], op[2]), set()).update(d for d, _ in op[3])
        elif code == SHARE:
            self.epochs.setdefault((op[1], op[2]), set()).add(op[3])

    def delegations(self):
        return {d.delegation for d in self.devices.values()}

    def readers(self, compartment):
        if compartment == WHOLE_GROUP:
            return set(self.devices)
        c = self.compartments.get(compartment)
        if c is None:
            return set()
        return {i for i, d in self.devices.items()
                if c.common or d.delegation == c.owner or (compartment, d.delegation) in self.grants}

    def is_root(self, device):
        return device.sign_key == self.genesis.root

    def reads(self, device, compartment):
        return device.id in self.readers(compartment)

    def valid(self, op, author):
        """(valid, the request of an ADD)"""
        try:
            check_shape(op)
        except Refused:
            return False, None
        code = op[0]
        if code == ADD:
            try:
                request = parse_request(op[1], self.genesis.group)
            except (Refused, Newer, NotAuthentic):
                return False, None
            good = request.device not in self.devices and (
                request.delegation == author.delegation or
                self.is_root(author) and request.delegation not in self.delegations())
            return good, request
        if code == COMPARTMENT:
            return (compartment_id(author.id, op) not in self.compartments and
                    (not op[3] or self.is_root(author))), None
        if code == GRANT:
            c = self.compartments.get(op[1])
            return c is not None and c.owner == author.delegation and op[2] in self.delegations(), None
        if op[1] == WHOLE_GROUP:
            may = self.is_root(author) if code == ROTATE else author.id in self.devices
        else:
            may = self.reads(author, op[1])
        if code == ROTATE:
            recipients = [d for d, _ in op[3]]
            return may and recipients == sorted(self.readers(op[1])), None
        return may and (op[1], op[2]) in self.epochs and op[3] in self.readers(op[1]), None


class Graph:
    def __init__(self, genesis):
        self.genesis = genesis
        self.nodes = {}      # id: envelope, all whose past is here
        self.waiting = []
        self.past = {}       # id: set of ids
        self.verdicts = {}   # id: None when the whole envelope is void, else [bool …]
        self.held = {}       # id: [(operation, request, author)]

    def add(self, envelope):
        self.waiting.append(envelope)
        progress = True
        while progress:
            progress = False
            for e in list(self.waiting):
                if all(h in self.nodes for h in e.member_heads):
                    self.waiting.remove(e)
                    self.judge(e)
                    progress = True

    def judge(self, e):
        past = set()
        for h in e.member_heads:
            past |= {h} | self.past[h]
        self.nodes[e.id], self.past[e.id], self.held[e.id] = e, past, []
        self.verdicts[e.id] = None
        for other in self.nodes.values():  # histories here have no forks: each lower number stands before
            if (other.device, other.incarnation) == (e.device, e.incarnation) and other.seq < e.seq and \
                    other.id not in past:
                return
        try:
            ops = read_payload(e.payload)
        except Refused:
            return
        held = {h: self.held[h] for h in past}
        state = State(self.genesis, held)
        author = state.devices.get(e.device)
        if author is None:
            return
        verdicts = []
        for op in ops:
            good, request = state.valid(op, author)
            verdicts.append(good)
            if good:
                self.held[e.id].append((op, request, author))
                state.apply(op, request, author)
        self.verdicts[e.id] = verdicts

    def heads(self):
        below = set().union(*self.past.values()) if self.past else set()
        return sorted(set(self.nodes) - below)

    def state(self):
        return State(self.genesis, self.held)
