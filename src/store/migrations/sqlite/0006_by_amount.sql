-- A line that names no case is proposed for the only case that waits for this sum from this payer, and the other way
-- round (rung 3).
CREATE INDEX cases_awaiting_amount ON cases (amount_fen) WHERE open = 1 AND money IN ('REMITTED', 'DISCREPANT');
CREATE INDEX bank_lines_amount ON bank_lines (fen) WHERE state = 'unmatched' AND hint = 'NO_CASE';
