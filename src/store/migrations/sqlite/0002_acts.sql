-- What people decided about cases, with their reason. Kept for ever, beside the step it caused.
CREATE TABLE acts (
    case_id     BLOB    NOT NULL,
    -- The version of the case the act led to.
    version     INTEGER NOT NULL,
    verb        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    -- Who proposed what this act confirms; two persons, whatever the program thinks.
    proposed_by TEXT    CHECK (proposed_by <> actor),
    reason      TEXT    NOT NULL,
    PRIMARY KEY (case_id, version)
) STRICT;
