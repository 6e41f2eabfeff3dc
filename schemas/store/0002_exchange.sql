-- What is known of others: envelopes that wait, receipts, keys, remotes.

CREATE TABLE waiting (
    n     INTEGER PRIMARY KEY,         -- order of arrival
    id    BLOB NOT NULL UNIQUE,
    bytes BLOB NOT NULL
);

-- Each step of what a device has said it saw of a chain, so that a receipt shows the first proof.
CREATE TABLE seen (
    chain  INTEGER NOT NULL,
    device INTEGER NOT NULL,           -- who said it
    seq    INTEGER NOT NULL,
    wall   INTEGER NOT NULL,
    PRIMARY KEY (chain, device, seq)
) WITHOUT ROWID;

CREATE TABLE key (
    n       INTEGER PRIMARY KEY,       -- age
    purpose TEXT NOT NULL,
    id      BLOB NOT NULL,
    sealed  BLOB NOT NULL,
    UNIQUE (purpose, id)
);
CREATE INDEX key_age ON key (purpose); -- then by n

CREATE TABLE remote (
    n       INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    url     TEXT NOT NULL,
    tip     TEXT NOT NULL,
    contact INTEGER NOT NULL
);

CREATE TABLE remote_chain (
    remote INTEGER NOT NULL,
    chain  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (remote, chain)
) WITHOUT ROWID;
