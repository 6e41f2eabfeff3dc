-- Records as they stood before they were merged anew, when a check found that they were not what the
-- change sets say. Never read for anything but showing.
CREATE TABLE aside (
    n           INTEGER PRIMARY KEY,   -- age
    wall        INTEGER NOT NULL,      -- of this laptop
    id          BLOB NOT NULL,
    compartment BLOB NOT NULL,         -- its id
    kind        INTEGER NOT NULL,
    rows        BLOB NOT NULL          -- canonical CBOR: [* [field, key, value, type, state, cite, cite text, reason,
                                       -- change, op, by change, by op, lamport, wall, delegation, post]]
);
