-- 通知: the milestones that a person, and the employer, are told of. Written with the step that reached them, each once,
-- for ever. Nobody's name stands here: name, document and sum come from the case when a notice is listed or exported.
CREATE TABLE notices (
    -- The number of the notice; grows, never used twice.
    n           INTEGER PRIMARY KEY NOT NULL,
    case_id     BLOB    NOT NULL,
    milestone   TEXT    NOT NULL,
    -- 1; for a return the version of the letter that came back.
    round       INTEGER NOT NULL,
    -- The return code, where there is a why.
    reason      TEXT,
    -- 1: the register knew an employer, who is told too.
    employer    INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    -- The file that carries it; set once.
    batch_no    TEXT,
    exported_at INTEGER,
    -- No milestone of a case is ever told twice, whatever was decided.
    UNIQUE (case_id, milestone, round)
) STRICT;
CREATE INDEX notices_waiting ON notices (n) WHERE batch_no IS NULL;
CREATE INDEX notices_batch ON notices (batch_no) WHERE batch_no IS NOT NULL;

-- A person asks by document number, years later too.
CREATE INDEX cases_document ON cases (document_no);
