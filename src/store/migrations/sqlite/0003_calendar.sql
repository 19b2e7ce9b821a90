-- Years of the calendar that an operator imported; they take the place of the shipped ones.
CREATE TABLE calendar_years (
    year     INTEGER PRIMARY KEY NOT NULL,
    -- The checked file.
    document TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    -- Why it took the place of a year with other days.
    reason   TEXT
) STRICT;

-- What a step says beside the states: which clock is due on which day now.
ALTER TABLE case_steps ADD COLUMN note TEXT;
