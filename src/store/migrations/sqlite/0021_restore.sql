-- 数据恢复: each time an older copy was put to use; two persons for that, and two for paying again.
CREATE TABLE restores (
    -- The epoch that it brought.
    epoch                 INTEGER PRIMARY KEY NOT NULL,
    at                    INTEGER NOT NULL,
    by                    TEXT    NOT NULL,
    reason                TEXT    NOT NULL,
    approved_at           INTEGER,
    approved_by           TEXT    CHECK (approved_by <> by),
    payments_by           TEXT,
    payments_confirmed_at INTEGER,
    payments_confirmed_by TEXT    CHECK (payments_confirmed_by <> payments_by),
    CHECK (payments_confirmed_by IS NULL OR payments_by IS NOT NULL),
    CHECK (payments_by IS NULL OR approved_by IS NOT NULL)
) STRICT;

-- What each peer still has to tell us after it. Gone once all is told.
CREATE TABLE unheard (
    peer  TEXT    PRIMARY KEY NOT NULL,
    epoch INTEGER NOT NULL,
    asked_at INTEGER,
    -- Parts that came, and how many there are once the last one came.
    came  INTEGER NOT NULL DEFAULT 0,
    parts INTEGER
) STRICT;

-- Our own messages as peers gave them back; their bytes stand in the outbox.
CREATE TABLE echoes (
    message_id     BLOB    PRIMARY KEY NOT NULL,
    peer           TEXT    NOT NULL,
    case_id        BLOB    NOT NULL,
    sequence       INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    -- 0: said in passing, which asks for no decision
    is_step        INTEGER NOT NULL,
    application_no TEXT,
    -- What the peer's receipt said, as JSON.
    receipt        TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    -- When a decision here came to it again.
    repeated_at    INTEGER
) STRICT;
CREATE INDEX echoes_case ON echoes (case_id) WHERE repeated_at IS NULL;
CREATE INDEX echoes_application ON echoes (application_no) WHERE repeated_at IS NULL AND application_no IS NOT NULL;

-- Peers that put back an older copy, and how far they were told their own words.
CREATE TABLE restored_peers (
    peer       TEXT    NOT NULL,
    epoch      INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    -- LaneRange lists: what it knew to have said, and what it held of us.
    said       TEXT    NOT NULL,
    held       TEXT    NOT NULL,
    parts      INTEGER NOT NULL DEFAULT 0,
    until_epoch INTEGER NOT NULL DEFAULT 0,
    until_lane INTEGER NOT NULL DEFAULT 0,
    until_seq  INTEGER NOT NULL DEFAULT 0,
    done_at    INTEGER,
    PRIMARY KEY (peer, epoch)
) STRICT;
