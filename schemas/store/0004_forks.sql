-- Two envelopes with one number: the chain of an incarnation becomes a tree, and each of its branches a row.

CREATE TABLE chain_new (
    n           INTEGER PRIMARY KEY,
    device      INTEGER NOT NULL,
    incarnation BLOB NOT NULL,
    fork        INTEGER NOT NULL,      -- 0: the branch that came first here
    parent      INTEGER NOT NULL,      -- chain it leaves; 0: none, it is fork 0 or another beginning
    base        INTEGER NOT NULL,      -- number of the last envelope that both have
    seq         INTEGER NOT NULL,      -- 0: none is here
    head        INTEGER NOT NULL,      -- envelope
    UNIQUE (device, incarnation, fork)
);
INSERT INTO chain_new SELECT n, device, incarnation, 0, 0, 0, seq, head FROM chain;
DROP TABLE chain;
ALTER TABLE chain_new RENAME TO chain;

-- Envelopes of former incarnations that a device's later ones have named, here or not.
CREATE TABLE owned (
    device INTEGER NOT NULL,           -- that named it
    id     BLOB NOT NULL,
    PRIMARY KEY (device, id)
) WITHOUT ROWID;
