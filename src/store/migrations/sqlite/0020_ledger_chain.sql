-- The ledger is a chain too: hash = SHA-256(hash of the entry before ‖ n ‖ every other column), and each audit row holds where
-- the ledger stood after its transaction, under the audit row's own hash. A changed entry is found and named.
ALTER TABLE entries ADD COLUMN n INTEGER;
ALTER TABLE entries ADD COLUMN hash BLOB;
CREATE UNIQUE INDEX entries_n ON entries (n) WHERE n IS NOT NULL;
ALTER TABLE audit ADD COLUMN ledger_n INTEGER;
ALTER TABLE audit ADD COLUMN ledger BLOB;
-- Entries of older releases stand outside the chain; there are never more of them.
INSERT INTO meta (name, value) SELECT 'entries_before_chain', CAST(COUNT(*) AS TEXT) FROM entries;
