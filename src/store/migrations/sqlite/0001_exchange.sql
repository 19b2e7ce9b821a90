-- The whole of one agency's memory. Times are µs UTC, days are ISO text, money is fen, states are words, ids are 16 bytes.

-- Facts about this file: agency, epoch (raised by a restore), and counters for letter and sheet numbers.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- Every verified message ever received, byte for byte. Never purged: (sender, message_id) is bound to one digest for ever.
CREATE TABLE inbox (
    sender          TEXT    NOT NULL,
    message_id      BLOB    NOT NULL,
    digest          BLOB    NOT NULL,
    frame_hash      BLOB    NOT NULL,
    kind            TEXT    NOT NULL,
    case_id         BLOB,
    lane            INTEGER NOT NULL,
    epoch           INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    received_at     INTEGER NOT NULL,
    -- applied | early | refused
    state           TEXT    NOT NULL,
    refusal         TEXT,
    -- The stored answer: what the receipt entry says, now and for every duplicate.
    receipt_due_on  TEXT,
    receipt_provisional INTEGER NOT NULL DEFAULT 0,
    duplicates      INTEGER NOT NULL DEFAULT 0,
    header          BLOB    NOT NULL,
    sigblock        BLOB    NOT NULL,
    body            BLOB    NOT NULL,
    frame           BLOB    NOT NULL,
    PRIMARY KEY (sender, message_id)
) STRICT;
CREATE UNIQUE INDEX inbox_frame ON inbox (frame_hash);
CREATE INDEX inbox_case ON inbox (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX inbox_early ON inbox (case_id) WHERE state = 'early';
CREATE INDEX inbox_lane ON inbox (sender, epoch, lane, seq);

-- Every other event: an application, a bank line, a register row, a clock that ran out, a decision.
CREATE TABLE events (
    event_key TEXT    PRIMARY KEY NOT NULL,
    digest    BLOB    NOT NULL,
    kind      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    case_id   BLOB,
    -- applied | refused
    outcome   TEXT    NOT NULL,
    detail    TEXT
) STRICT;

-- Every message ever made here, final bytes. A resend sends exactly these.
CREATE TABLE outbox (
    message_id   BLOB    PRIMARY KEY NOT NULL,
    recipient    TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    case_id      BLOB,
    lane         INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    digest       BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    -- unsent | sent | closed (receipted; a receipt closes on the broker's confirm) | refused (by the peer)
    state        TEXT    NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_try_at  INTEGER NOT NULL,
    confirmed_at INTEGER,
    closed_at    INTEGER,
    -- Why the last attempt did not reach a queue: a stable code.
    trouble      TEXT,
    header       BLOB    NOT NULL,
    sigblock     BLOB    NOT NULL,
    body         BLOB    NOT NULL,
    frame        BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX outbox_lane ON outbox (recipient, epoch, lane, seq);
CREATE INDEX outbox_open ON outbox (next_try_at) WHERE state IN ('unsent', 'sent');
CREATE INDEX outbox_case ON outbox (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE cases (
    case_id    BLOB    PRIMARY KEY NOT NULL,
    -- incoming | outgoing
    role       TEXT    NOT NULL,
    peer       TEXT    NOT NULL,
    letter_no  TEXT    NOT NULL,
    -- In our own register; unknown while nobody was found.
    person_no  TEXT,
    -- Words of domain.md §5.
    relation   TEXT    NOT NULL,
    money      TEXT,
    -- own | peer | bank | person | nobody
    holder     TEXT    NOT NULL,
    open       INTEGER NOT NULL,
    accepted_on TEXT   NOT NULL,
    opened_at  INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    closed_at  INTEGER,
    -- The nearest deadline that still runs; NULL with provisional = 1 where the calendar ends before it.
    due_clock  TEXT,
    due_on     TEXT,
    due_provisional INTEGER NOT NULL DEFAULT 0,
    amount_fen INTEGER,
    -- Looked up by clerks; never shown whole.
    person_name TEXT   NOT NULL,
    document_no TEXT   NOT NULL,
    return_code TEXT,
    -- The payment announced to us, or ours.
    payment_ref TEXT,
    -- version − prior steps ago: the guard that turns a lost race into a refused commit.
    prior      INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    document   TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX cases_letter ON cases (role, peer, letter_no);
CREATE INDEX cases_letter_no ON cases (letter_no);
CREATE INDEX cases_payment ON cases (payment_ref) WHERE payment_ref IS NOT NULL;
CREATE INDEX cases_person ON cases (person_no) WHERE open = 1;
CREATE INDEX cases_recent ON cases (changed_at, case_id);
CREATE INDEX cases_due ON cases (due_on) WHERE open = 1;

-- One row a change of either track: the case's own history.
CREATE TABLE case_steps (
    case_id  BLOB    NOT NULL,
    version  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    event    TEXT    NOT NULL,
    relation TEXT    NOT NULL,
    money    TEXT,
    holder   TEXT    NOT NULL,
    PRIMARY KEY (case_id, version)
) STRICT;

-- Balances in their natural sign: bank is debit − credit, every other account credit − debit.
CREATE TABLE accounts (
    account TEXT    PRIMARY KEY NOT NULL,
    -- bank | person | transit-out | transit-in | suspense
    class   TEXT    NOT NULL,
    balance INTEGER NOT NULL
) STRICT;
CREATE INDEX accounts_class ON accounts (class) WHERE balance <> 0;

-- Double entry, append-only: the sides of one posting are equal.
CREATE TABLE entries (
    posting   TEXT    NOT NULL,
    line      INTEGER NOT NULL,
    account   TEXT    NOT NULL,
    -- D | C
    side      TEXT    NOT NULL CHECK (side IN ('D', 'C')),
    fen       INTEGER NOT NULL CHECK (fen > 0),
    case_id   BLOB,
    booked_on TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (posting, line)
) STRICT;
CREATE INDEX entries_account ON entries (account);
CREATE INDEX entries_case ON entries (case_id) WHERE case_id IS NOT NULL;
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;

-- What may happen once only: debit/<case>/<n>, credit/<case>/<n>, pay/<case>/<n>/<attempt>, opening/<person> … Never purged.
CREATE TABLE effects (
    effect  TEXT    PRIMARY KEY NOT NULL,
    case_id BLOB,
    at      INTEGER NOT NULL
) STRICT;

-- The embedded register.
CREATE TABLE people (
    person_no     TEXT    PRIMARY KEY NOT NULL,
    document_kind TEXT    NOT NULL,
    document_no   TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    -- The case that froze the personal account, and how much it holds.
    frozen_by     BLOB,
    held_fen      INTEGER,
    document      TEXT    NOT NULL
) STRICT;
CREATE INDEX people_document ON people (document_no, document_kind);

CREATE TABLE periods (
    person_no TEXT    NOT NULL,
    -- import, or the case that brought the months
    source    TEXT    NOT NULL,
    line      INTEGER NOT NULL,
    document  TEXT    NOT NULL,
    PRIMARY KEY (person_no, source, line)
) STRICT;

-- Lines of our bank's statements.
CREATE TABLE bank_lines (
    -- <our account no.>/<bank transaction no.>
    line          TEXT    PRIMARY KEY NOT NULL,
    bank_txn_no   TEXT    NOT NULL,
    booked_on     TEXT    NOT NULL,
    payer_name    TEXT    NOT NULL,
    payer_account TEXT    NOT NULL,
    payee_account TEXT    NOT NULL,
    -- Negative: money that left.
    fen           INTEGER NOT NULL,
    remark        TEXT    NOT NULL,
    payment_ref   TEXT,
    -- unmatched | matched | paid (our own payment, confirmed)
    state         TEXT    NOT NULL,
    -- Why it is not matched: a stable code.
    hint          TEXT,
    -- The letter no. of one of our cases that the remark names.
    mentions      TEXT,
    case_id       BLOB,
    arrived_at    INTEGER NOT NULL,
    matched_at    INTEGER
) STRICT;
CREATE INDEX bank_lines_unmatched ON bank_lines (arrived_at) WHERE state = 'unmatched';
CREATE INDEX bank_lines_mentions ON bank_lines (mentions) WHERE mentions IS NOT NULL;
CREATE INDEX bank_lines_ref ON bank_lines (payment_ref) WHERE payment_ref IS NOT NULL;

-- Payments released to our bank.
CREATE TABLE payments (
    payment_ref   TEXT    PRIMARY KEY NOT NULL,
    case_id       BLOB    NOT NULL,
    letter_no     TEXT    NOT NULL,
    ordinal       INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    fen           INTEGER NOT NULL CHECK (fen > 0),
    -- BankAccount documents
    payer         TEXT    NOT NULL,
    payee         TEXT    NOT NULL,
    -- released | exported | confirmed
    state         TEXT    NOT NULL,
    released_at   INTEGER NOT NULL,
    -- The payment file that carries it.
    batch_no      TEXT,
    exported_at   INTEGER,
    confirmed_at  INTEGER,
    bank_txn_no   TEXT
) STRICT;
CREATE INDEX payments_released ON payments (released_at) WHERE state = 'released';
CREATE INDEX payments_batch ON payments (batch_no) WHERE batch_no IS NOT NULL;
CREATE INDEX payments_case ON payments (case_id);

-- What waits for a person.
CREATE TABLE tasks (
    -- <kind>/<case or line>: one open task of a kind an object.
    task      TEXT    NOT NULL,
    round     INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    case_id   BLOB,
    line      TEXT,
    detail    TEXT,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    PRIMARY KEY (task, round)
) STRICT;
CREATE INDEX tasks_open ON tasks (opened_at) WHERE closed_at IS NULL;
CREATE INDEX tasks_case ON tasks (case_id) WHERE case_id IS NOT NULL;

-- Bytes that could not be verified or taken, kept for ever.
CREATE TABLE dead_letters (
    frame_hash  BLOB    PRIMARY KEY NOT NULL,
    reason      TEXT    NOT NULL,
    alarm       INTEGER NOT NULL,
    -- What the bytes and the broker claim; nothing of it is verified.
    sender      TEXT,
    routing_key TEXT    NOT NULL,
    user_id     TEXT,
    size        INTEGER NOT NULL,
    -- Whole, or the first 4 KiB of an oversized one.
    frame       BLOB    NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    copies      INTEGER NOT NULL,
    resolved_at INTEGER
) STRICT;
CREATE INDEX dead_letters_open ON dead_letters (last_at) WHERE resolved_at IS NULL;

-- Evidence of who did what: hash = SHA-256(prev ‖ at ‖ actor ‖ action ‖ object ‖ detail), each with its length.
CREATE TABLE audit (
    n      INTEGER PRIMARY KEY NOT NULL,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    action TEXT    NOT NULL,
    object TEXT    NOT NULL,
    detail TEXT    NOT NULL,
    prev   BLOB    NOT NULL,
    hash   BLOB    NOT NULL
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit chain is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit chain is append-only'); END;
