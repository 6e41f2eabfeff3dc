-- What reports note down between two looks. Derived from the records, local, made anew at will.

-- Records judged since the last look, and what they refer to or referred to. Only while there are notes.
CREATE TABLE changed (
    id BLOB PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE token (
    token  BLOB NOT NULL,              -- what brings persons together: part of a name, an identifier
    person BLOB NOT NULL,              -- the file that stands for the person
    PRIMARY KEY (token, person)
) WITHOUT ROWID;
CREATE INDEX token_person ON token (person);

CREATE TABLE pair (
    a        BLOB NOT NULL,            -- a < b
    b        BLOB NOT NULL,
    kind     INTEGER NOT NULL,
    likeness INTEGER NOT NULL,
    unsure   INTEGER NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE INDEX pair_b ON pair (b);
CREATE INDEX pair_shown ON pair (unsure, likeness DESC, a, b);

-- How many there are, so that counting costs nothing.
CREATE TABLE pair_count (
    unsure INTEGER PRIMARY KEY,
    n      INTEGER NOT NULL
);
INSERT INTO pair_count VALUES (0, 0), (1, 0);

CREATE TABLE duty (
    info     BLOB PRIMARY KEY,         -- a report that no transmission to the Court covers
    left_out INTEGER NOT NULL          -- 1: a reason is on record
) WITHOUT ROWID;
CREATE INDEX duty_left_out ON duty (left_out, info);
