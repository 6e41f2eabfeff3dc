-- Change sets as they came, and the records they make. README.md in this folder says what every table
-- is for. A change set is named by its envelope's number n everywhere; its 32-byte id stands once.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE device (
    n          INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    delegation TEXT NOT NULL,          -- '' while nobody has named it
    post       TEXT NOT NULL
);

CREATE TABLE compartment (
    n       INTEGER PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE,
    name    TEXT NOT NULL,
    common  INTEGER NOT NULL,
    lamport INTEGER NOT NULL,
    lanes   BLOB NOT NULL              -- struct vls_state, little endian
);

CREATE TABLE chain (
    n           INTEGER PRIMARY KEY,
    device      INTEGER NOT NULL,
    incarnation BLOB NOT NULL,
    seq         INTEGER NOT NULL,      -- 0: only heard of
    head        INTEGER NOT NULL,      -- envelope
    UNIQUE (device, incarnation)
);

CREATE TABLE envelope (
    n           INTEGER PRIMARY KEY,   -- order of arrival
    id          BLOB NOT NULL UNIQUE,
    chain       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    wall        INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    why         TEXT NOT NULL,
    compartment INTEGER NOT NULL,      -- 0: not merged
    lamport     INTEGER NOT NULL,      -- 0: not merged
    UNIQUE (chain, seq)
);
CREATE INDEX envelope_open ON envelope (state) WHERE state <> 1;
CREATE INDEX envelope_other ON envelope (kind) WHERE kind <> 1;

CREATE TABLE sealed (
    n     INTEGER PRIMARY KEY,         -- envelope
    bytes BLOB NOT NULL
);

CREATE TABLE head (
    compartment INTEGER NOT NULL,
    envelope    INTEGER NOT NULL,
    PRIMARY KEY (compartment, envelope)
) WITHOUT ROWID;

-- Change sets that others depend on and that were not merged here yet: no heads when they come.
CREATE TABLE awaited (
    change      BLOB NOT NULL,
    compartment INTEGER NOT NULL,
    PRIMARY KEY (change, compartment)
) WITHOUT ROWID;

CREATE TABLE record (
    n           INTEGER PRIMARY KEY,
    id          BLOB NOT NULL,
    compartment INTEGER NOT NULL,
    kind        INTEGER NOT NULL,      -- 0: its create has not come
    created     INTEGER NOT NULL,      -- envelope and operation of the deciding create
    created_op  INTEGER NOT NULL,
    hidden      INTEGER NOT NULL,      -- 1: another compartment's record of this id is the one shown
    withdrawn   INTEGER NOT NULL,
    conflicts   INTEGER NOT NULL,      -- rows in conflict
    words       INTEGER NOT NULL,      -- hash of its row in words, 0: none
    digest      BLOB NOT NULL,         -- zeros until first judged
    links       BLOB NOT NULL,         -- its rows in link: le32 kind, then targets ascending
    UNIQUE (id, compartment)
);
CREATE INDEX record_listed ON record (kind, id, withdrawn) WHERE hidden = 0 AND kind <> 0;

-- Values that nobody replaced. Records get their numbers as they come, so a first sync appends here.
CREATE TABLE live (
    record    INTEGER NOT NULL,
    field     INTEGER NOT NULL,
    key       BLOB NOT NULL,
    envelope  INTEGER NOT NULL,
    op        INTEGER NOT NULL,
    type      INTEGER NOT NULL,
    cite      INTEGER NOT NULL,
    value     BLOB NOT NULL,
    cite_text BLOB,
    reason    BLOB,
    PRIMARY KEY (record, field, key, envelope, op)
) WITHOUT ROWID;

-- Replaced and removed values, and the removals themselves (by 0).
CREATE TABLE past (
    record    INTEGER NOT NULL,
    field     INTEGER NOT NULL,
    key       BLOB NOT NULL,
    envelope  INTEGER NOT NULL,
    op        INTEGER NOT NULL,
    type      INTEGER NOT NULL,
    cite      INTEGER NOT NULL,
    value     BLOB NOT NULL,
    cite_text BLOB,
    reason    BLOB,
    by        INTEGER NOT NULL,        -- envelope
    by_op     INTEGER NOT NULL,
    PRIMARY KEY (record, field, key, envelope, op)
) WITHOUT ROWID;

-- Values that were replaced before they came.
CREATE TABLE retired (
    change BLOB NOT NULL,
    op     INTEGER NOT NULL,
    record INTEGER NOT NULL,
    field  INTEGER NOT NULL,
    key    BLOB NOT NULL,
    by     INTEGER NOT NULL,           -- envelope
    by_op  INTEGER NOT NULL,
    PRIMARY KEY (change, op, record, field, key, by, by_op)
) WITHOUT ROWID;

CREATE TABLE conflict (
    record    INTEGER NOT NULL,
    field     INTEGER NOT NULL,
    key       BLOB NOT NULL,
    id        BLOB NOT NULL,
    attention INTEGER NOT NULL,
    PRIMARY KEY (record, field, key)
) WITHOUT ROWID;
CREATE INDEX conflict_id ON conflict (id);

CREATE TABLE link (
    target BLOB NOT NULL,              -- id referred to, here or not
    kind   INTEGER NOT NULL,           -- of the record that refers
    id     BLOB NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (target, kind, id)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5 (
    title, body,
    tokenize = 'unicode61 remove_diacritics 2'
);
