-- 批量划转: one payment of the bank for several cases.
ALTER TABLE payments ADD COLUMN order_ref TEXT;
CREATE INDEX payments_order ON payments (order_ref) WHERE order_ref IS NOT NULL;
-- The batch in which an incoming case's money is announced, while it is awaited.
ALTER TABLE cases ADD COLUMN awaited_batch TEXT;
CREATE INDEX cases_batch ON cases (awaited_batch) WHERE awaited_batch IS NOT NULL;
