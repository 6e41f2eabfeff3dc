-- What each value names, in whatever register: prose finds the text that rivals started from, and a
-- withdrawal says what its author had seen. A store of before learns it from its change sets when it
-- is next opened (meta unnamed).

CREATE TABLE named (
    record    INTEGER NOT NULL,
    field     INTEGER NOT NULL,        -- register, envelope and operation of the value that names
    key       BLOB NOT NULL,
    envelope  INTEGER NOT NULL,
    op        INTEGER NOT NULL,
    change    BLOB NOT NULL,           -- the dot it names, here or not
    change_op INTEGER NOT NULL,
    PRIMARY KEY (record, field, key, envelope, op, change, change_op)
) WITHOUT ROWID;

INSERT INTO meta SELECT 'unnamed', x'01' WHERE EXISTS (SELECT 1 FROM envelope WHERE lamport <> 0);
