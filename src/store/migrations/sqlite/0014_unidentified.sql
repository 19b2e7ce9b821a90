-- Money that belongs to no case may go back to who paid it: a payment without a case, decided by two persons.
CREATE TABLE payments_anew (
    payment_ref   TEXT    PRIMARY KEY NOT NULL,
    case_id       BLOB,
    letter_no     TEXT,
    ordinal       INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    fen           INTEGER NOT NULL CHECK (fen > 0),
    -- BankAccount documents
    payer         TEXT    NOT NULL,
    payee         TEXT    NOT NULL,
    -- released | exported | confirmed | refused | returned | sent_back
    state         TEXT    NOT NULL,
    released_at   INTEGER NOT NULL,
    -- The payment file that carries it.
    batch_no      TEXT,
    exported_at   INTEGER,
    confirmed_at  INTEGER,
    bank_txn_no   TEXT,
    -- The line of money in that it sends back to who paid it.
    gives_back    TEXT,
    CHECK ((case_id IS NULL) = (letter_no IS NULL)),
    CHECK (case_id IS NOT NULL OR gives_back IS NOT NULL)
) STRICT;
INSERT INTO payments_anew (payment_ref, case_id, letter_no, ordinal, attempt, fen, payer, payee, state, released_at,
    batch_no, exported_at, confirmed_at, bank_txn_no, gives_back)
    SELECT payment_ref, case_id, letter_no, ordinal, attempt, fen, payer, payee, state, released_at,
    batch_no, exported_at, confirmed_at, bank_txn_no, gives_back FROM payments;
DROP TABLE payments;
ALTER TABLE payments_anew RENAME TO payments;
CREATE INDEX payments_released ON payments (released_at) WHERE state = 'released';
CREATE INDEX payments_batch ON payments (batch_no) WHERE batch_no IS NOT NULL;
CREATE INDEX payments_case ON payments (case_id);
CREATE INDEX payments_txn ON payments (bank_txn_no) WHERE bank_txn_no IS NOT NULL;

-- What people decided about lines of no case, with their reason. Kept for ever.
CREATE TABLE line_acts (
    line        TEXT    NOT NULL,
    n           INTEGER NOT NULL,
    -- send-back | withdraw
    verb        TEXT    NOT NULL,
    stage       TEXT    NOT NULL CHECK (stage IN ('decided', 'proposed', 'confirmed')),
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    -- Two persons, whatever the program thinks.
    proposed_by TEXT    CHECK (proposed_by <> actor),
    reason      TEXT    NOT NULL,
    PRIMARY KEY (line, n),
    CHECK (verb <> 'send-back' OR stage <> 'decided'),
    CHECK ((stage = 'confirmed') = (proposed_by IS NOT NULL))
) STRICT;
-- What is confirmed is what somebody else proposed just before.
CREATE TRIGGER line_acts_confirm_what_was_proposed BEFORE INSERT ON line_acts
WHEN NEW.stage = 'confirmed' AND NOT EXISTS (SELECT 1 FROM line_acts WHERE line_acts.line = NEW.line
    AND line_acts.n = NEW.n - 1 AND line_acts.verb = NEW.verb AND line_acts.stage = 'proposed'
    AND line_acts.actor = NEW.proposed_by)
BEGIN SELECT RAISE(ABORT, 'nothing was proposed by this person'); END;
CREATE TRIGGER line_acts_are_never_changed BEFORE UPDATE ON line_acts
BEGIN SELECT RAISE(ABORT, 'acts are append-only'); END;
CREATE TRIGGER line_acts_are_never_deleted BEFORE DELETE ON line_acts
BEGIN SELECT RAISE(ABORT, 'acts are append-only'); END;
