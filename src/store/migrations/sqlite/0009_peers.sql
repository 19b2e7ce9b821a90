-- 停机通告: announced times in which an agency is closed; ours under our own code.
CREATE TABLE closures (
    agency          TEXT    NOT NULL,
    announcement_no TEXT    NOT NULL,
    from_at         INTEGER NOT NULL,
    until_at        INTEGER NOT NULL,
    reason          TEXT,
    -- Ours: the one peer that was told; NULL: all of them.
    to_agency       TEXT,
    at              INTEGER NOT NULL,
    -- A person here, or the peer's code.
    announced_by    TEXT    NOT NULL,
    withdrawn_at    INTEGER,
    PRIMARY KEY (agency, announcement_no)
) STRICT;
CREATE INDEX closures_ahead ON closures (until_at) WHERE withdrawn_at IS NULL;

-- The directory each agency acts on, as it said; ours as last announced, under our own code.
CREATE TABLE directories (
    agency  TEXT    PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

-- 日结: one row a day, never changed. Balances in their natural sign at the day's last moment.
CREATE TABLE closes (
    day         TEXT    PRIMARY KEY NOT NULL,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    -- From the end of the last closed day to the end of this one, in Asia/Shanghai.
    from_at     INTEGER NOT NULL,
    until_at    INTEGER NOT NULL,
    bank        INTEGER NOT NULL,
    person      INTEGER NOT NULL,
    transit_out INTEGER NOT NULL,
    transit_in  INTEGER NOT NULL,
    suspense    INTEGER NOT NULL,
    postings    INTEGER NOT NULL,
    -- The audit chain's last row before the day was closed.
    audit_n     INTEGER NOT NULL,
    audit_head  BLOB    NOT NULL,
    document    TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX closes_until ON closes (until_at);
CREATE TRIGGER closes_are_never_changed BEFORE UPDATE ON closes BEGIN SELECT RAISE(ABORT, 'closed days are append-only'); END;
CREATE TRIGGER closes_are_never_deleted BEFORE DELETE ON closes BEGIN SELECT RAISE(ABORT, 'closed days are append-only'); END;

-- 每日对账: what we told each peer of a day, and what each told us.
CREATE TABLE digests (
    peer     TEXT    NOT NULL,
    day      TEXT    NOT NULL,
    -- 1: ours to the peer
    ours     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    -- sent | received | agreed | missing | differs | noted
    state    TEXT    NOT NULL,
    document TEXT    NOT NULL,
    -- What we held of the peer's messages when it was compared.
    held     TEXT,
    PRIMARY KEY (peer, day, ours)
) STRICT;
CREATE INDEX digests_open ON digests (at) WHERE ours = 0 AND state IN ('received', 'missing');
CREATE INDEX digests_recent ON digests (day, peer, ours);

-- A day is closed by what was booked and made in it.
CREATE INDEX entries_at ON entries (at);
CREATE INDEX outbox_made ON outbox (created_at);

-- What a received remittance notice announces, in fen.
ALTER TABLE inbox ADD COLUMN fen INTEGER;
