//! The statements of a checker that looks at an agency's file from outside.

pub const BOOKS: &str = "SELECT class, SUM(balance) AS fen FROM accounts GROUP BY class";
pub const OPENINGS: &str = "SELECT COALESCE(SUM(CASE side WHEN 'C' THEN fen ELSE -fen END), 0) AS fen FROM entries
     WHERE posting LIKE 'opening/%' AND account LIKE 'person/%'";
/// What corrections brought into the books, less what they took out.
pub const CORRECTIONS: &str = "SELECT COALESCE(SUM(CASE side WHEN 'D' THEN fen ELSE -fen END), 0) AS fen FROM entries
     WHERE posting LIKE 'correct/%' AND account = 'bank'";
pub const MOVED: &str =
    "SELECT case_id, posting, fen FROM entries WHERE case_id IS NOT NULL AND account LIKE 'person/%'
     AND ((side = 'D' AND posting LIKE 'debit/%') OR (side = 'C' AND posting LIKE 'credit/%'))";
pub const CASES: &str = "SELECT case_id, document FROM cases WHERE case_id > $1 ORDER BY case_id LIMIT 500";
pub const OPEN_CASES: &str = "SELECT case_id, role, relation, money, holder, changed_at, payment_ref,
     EXISTS (SELECT 1 FROM tasks WHERE tasks.case_id = cases.case_id AND tasks.closed_at IS NULL) AS task
     FROM cases WHERE open = 1";
pub const STANDINGS: &str =
    "SELECT role, relation, COUNT(*) AS n, SUM(open) AS open FROM cases GROUP BY role, relation";
pub const OPEN_COUNT: &str = "SELECT COUNT(*) AS n FROM cases WHERE open = 1";
pub const OPEN_INCOMING: &str = "SELECT COUNT(*) AS n FROM cases WHERE open = 1 AND role = 'incoming'";
pub const TASKS: &str = "SELECT kind, case_id, line FROM tasks WHERE closed_at IS NULL ORDER BY opened_at, task";
pub const LINES: &str = "SELECT bank_txn_no, fen, state, hint FROM bank_lines";
pub const UNFINISHED: &str = "SELECT
     (SELECT COUNT(*) FROM outbox WHERE state IN ('unsent', 'sent')) AS unreceipted,
     (SELECT COUNT(*) FROM inbox WHERE state = 'early') AS early,
     (SELECT COUNT(*) FROM payments WHERE state = 'released') AS released,
     (SELECT COUNT(*) FROM payments WHERE state = 'exported') AS exported,
     (SELECT COUNT(*) FROM dead_letters WHERE resolved_at IS NULL) AS dead";
pub const SPANS: &str = "SELECT case_id, role, opened_at, closed_at FROM cases";
pub const MADE: &str =
    "SELECT kind, COUNT(*) AS n FROM outbox WHERE created_at >= $1 AND created_at < $2 GROUP BY kind";
pub const ENGINE: &str = "SELECT sqlite_version() AS version";
