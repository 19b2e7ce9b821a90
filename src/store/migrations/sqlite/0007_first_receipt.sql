-- A receipt is answered with the same entry for ever: what the first one said of a refusal stays, whatever becomes of a
-- message that waited.
ALTER TABLE inbox ADD COLUMN receipt_refused INTEGER NOT NULL DEFAULT 0;
UPDATE inbox SET receipt_refused = 1 WHERE state = 'refused';
