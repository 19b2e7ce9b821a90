-- A credit line that names the bank's number of a payment of ours gives that payment back.
CREATE INDEX payments_txn ON payments (bank_txn_no) WHERE bank_txn_no IS NOT NULL;
-- The line of money in that a payment sends back to who paid it.
ALTER TABLE payments ADD COLUMN gives_back TEXT;
