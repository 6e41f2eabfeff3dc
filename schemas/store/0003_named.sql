-- What each value names, in whatever register: prose finds the text that rivals started from, and a
-- withdrawal says what its author had seen. Values of before this migration get theirs from the
-- change sets (meta named).

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
