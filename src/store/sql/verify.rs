//! The statements of `verify`: a count with one column `n`, or the broken ones with one column `name`.

pub const POSTINGS: &str = "SELECT COUNT(DISTINCT posting) AS n FROM entries";
pub const POSTINGS_UNEQUAL: &str = "SELECT posting AS name FROM entries GROUP BY posting
     HAVING SUM(CASE side WHEN 'D' THEN fen ELSE -fen END) <> 0 LIMIT 10";
pub const ACCOUNTS: &str = "SELECT COUNT(*) AS n FROM accounts";
pub const BALANCES_DIFFER: &str = "SELECT accounts.account AS name FROM accounts LEFT JOIN
     (SELECT account, SUM(CASE side WHEN 'D' THEN fen ELSE -fen END) AS debit FROM entries GROUP BY account) AS sums
     ON sums.account = accounts.account
     WHERE accounts.balance <> COALESCE(CASE accounts.class WHEN 'bank' THEN sums.debit ELSE -sums.debit END, 0) LIMIT 10";
pub const BOOKS_UNEQUAL: &str = "SELECT 'books' AS name FROM
     (SELECT SUM(CASE class WHEN 'bank' THEN balance ELSE -balance END) AS difference FROM accounts) AS sums
     WHERE difference <> 0";
pub const NEGATIVE: &str = "SELECT account AS name FROM accounts WHERE balance < 0 AND class <> 'bank' AND NOT EXISTS
     (SELECT 1 FROM entries WHERE entries.account = accounts.account AND entries.side = 'D'
      AND entries.posting = 'opening/' || SUBSTR(accounts.account, 8)) LIMIT 10";
pub const CASES: &str = "SELECT COUNT(*) AS n FROM cases";
pub const CREDIT_WITHOUT_MATCH: &str = "SELECT account AS name FROM accounts
     WHERE class = 'transit-in' AND balance <> 0 AND account NOT IN
     (SELECT entries.account FROM entries JOIN cases ON cases.case_id = entries.case_id
      WHERE cases.money = 'MATCHED') LIMIT 10";
pub const POSTINGS_WITHOUT_EFFECT: &str = "SELECT DISTINCT posting AS name FROM entries
     WHERE NOT EXISTS (SELECT 1 FROM effects WHERE effects.effect = entries.posting) LIMIT 10";
pub const CREDIT_AND_CASE_DIFFER: &str = "SELECT letter_no AS name FROM cases WHERE role = 'incoming'
     AND money IN ('CREDITED', 'TO_REVERSE', 'REVERSING') AND NOT EXISTS
     (SELECT 1 FROM entries WHERE entries.case_id = cases.case_id AND entries.side = 'C'
      AND entries.account LIKE 'person/%' AND entries.posting LIKE 'credit/%') LIMIT 10";
/// Credited less reversed, by case. A reversal that the bank refused is credited again.
pub const CREDITED: &str = "SELECT case_id, SUM(CASE side WHEN 'C' THEN fen ELSE -fen END) AS fen FROM entries
     WHERE case_id > $1 AND case_id <= $2 AND account LIKE 'person/%'
     AND (posting LIKE 'credit/%' OR posting LIKE 'reverse/%' OR posting LIKE 'refused/%') GROUP BY case_id";
pub const RETURNED_AND_SUSPENSE_DIFFER: &str = "SELECT letter_no AS name FROM cases WHERE money = 'REMIT_FAILED'
     AND amount_fen <> (SELECT COALESCE(SUM(CASE entries.side WHEN 'C' THEN fen ELSE -fen END), 0) FROM entries
      WHERE entries.case_id = cases.case_id AND entries.account LIKE 'suspense/%'
      AND entries.account NOT LIKE 'suspense/%/%') LIMIT 10";
pub const STEPS_BROKEN: &str = "SELECT letter_no AS name FROM cases WHERE version <>
     (SELECT COUNT(*) FROM case_steps WHERE case_steps.case_id = cases.case_id)
     OR NOT EXISTS (SELECT 1 FROM case_steps WHERE case_steps.case_id = cases.case_id
      AND case_steps.version = cases.version AND case_steps.relation = cases.relation) LIMIT 10";
/// A case in APPLIED waits for nothing else.
pub const REVIEWS_WITHOUT_TASK: &str = "SELECT letter_no AS name FROM cases WHERE relation = 'APPLIED' AND NOT EXISTS
     (SELECT 1 FROM tasks WHERE tasks.case_id = cases.case_id AND tasks.kind = 'REVIEW_LETTER'
      AND tasks.closed_at IS NULL) LIMIT 10";
pub const ACTS: &str = "SELECT COUNT(*) AS n FROM acts";
pub const ACTS_OF_ONE_PERSON: &str = "SELECT acts.verb AS name FROM acts WHERE
     (acts.stage = 'decided' AND acts.verb IN (SELECT verb FROM two_person_verbs))
     OR acts.proposed_by = acts.actor OR (acts.stage = 'confirmed') <> (acts.proposed_by IS NOT NULL) LIMIT 10";
pub const TASKS: &str = "SELECT COUNT(*) AS n FROM tasks";
pub const TASKS_IN_OTHER_HANDS: &str = "SELECT tasks.kind AS name FROM tasks WHERE COALESCE(tasks.assignee, '') <>
     COALESCE((SELECT task_acts.assignee FROM task_acts WHERE task_acts.task = tasks.task
      AND task_acts.round = tasks.round ORDER BY task_acts.n DESC LIMIT 1), '') LIMIT 10";
pub const OUTBOX: &str = "SELECT COUNT(*) AS n FROM outbox";
pub const OUTBOX_STUCK: &str = "SELECT kind AS name FROM outbox
     WHERE state NOT IN ('unsent', 'sent', 'closed', 'refused') OR next_try_at <= 0 LIMIT 10";
pub const LANES_BROKEN: &str = "SELECT recipient AS name FROM outbox GROUP BY recipient, epoch, lane
     HAVING MAX(seq) <> COUNT(*) OR MIN(seq) <> 1";
pub const INBOX: &str = "SELECT COUNT(*) AS n FROM inbox";
pub const INBOX_UNDECIDED: &str = "SELECT kind AS name FROM inbox
     WHERE state NOT IN ('applied', 'early', 'refused') OR (state = 'refused' AND refusal IS NULL) LIMIT 10";
pub const INBOX_BYTES: &str = "SELECT frame_hash, frame FROM inbox WHERE frame_hash > $1 ORDER BY frame_hash LIMIT 500";
pub const CASE_DOCUMENTS: &str = "SELECT case_id, relation, money, version, document FROM cases WHERE case_id > $1
     ORDER BY case_id LIMIT 500";
pub const AUDIT_ROWS: &str =
    "SELECT n, at, actor, action, object, detail, prev, hash FROM audit WHERE n > $1 ORDER BY n LIMIT 1000";
