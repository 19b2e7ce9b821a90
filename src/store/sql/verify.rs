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
pub const RETURNED_AND_SUSPENSE_DIFFER: &str =
    "SELECT letter_no AS name FROM cases WHERE money IN ('REMIT_FAILED', 'PAYOUT_FAILED')
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
/// Two cases that hold one account would pay it twice.
pub const HELD_TWICE: &str = "SELECT MIN(letter_no) AS name FROM cases WHERE role = 'outgoing' AND money = 'FROZEN'
     AND person_no IS NOT NULL GROUP BY person_no HAVING COUNT(*) > 1 LIMIT 10";
pub const WAITS_FOR_NOTHING: &str = "SELECT tasks.task AS name FROM tasks JOIN cases ON cases.case_id = tasks.case_id
     WHERE tasks.closed_at IS NULL AND ((tasks.kind = 'EARLIER_TRANSFER' AND cases.relation <> 'CHECKING')
     OR (tasks.kind = 'PERSON_DECEASED' AND COALESCE(cases.money, '-') <> 'FROZEN')) LIMIT 10";
pub const ACTS: &str = "SELECT COUNT(*) AS n FROM acts";
pub const ACTS_OF_ONE_PERSON: &str = "SELECT acts.verb AS name FROM acts WHERE
     (acts.stage = 'decided' AND acts.verb IN (SELECT verb FROM two_person_verbs))
     OR acts.proposed_by = acts.actor OR (acts.stage = 'confirmed') <> (acts.proposed_by IS NOT NULL) LIMIT 10";
pub const SENT_BACK: &str = "SELECT COUNT(*) AS n FROM payments WHERE case_id IS NULL";
/// Money of no case leaves as often as two persons said so.
pub const SENT_BACK_BY_ONE: &str = "SELECT payment_ref AS name FROM payments WHERE case_id IS NULL AND attempt >
     (SELECT COUNT(*) FROM line_acts WHERE line_acts.line = payments.gives_back AND line_acts.verb = 'send-back'
      AND line_acts.stage = 'confirmed' AND line_acts.proposed_by <> line_acts.actor) LIMIT 10";
pub const TASKS: &str = "SELECT COUNT(*) AS n FROM tasks";
pub const TASKS_IN_OTHER_HANDS: &str = "SELECT tasks.kind AS name FROM tasks WHERE COALESCE(tasks.assignee, '') <>
     COALESCE((SELECT task_acts.assignee FROM task_acts WHERE task_acts.task = tasks.task
      AND task_acts.round = tasks.round ORDER BY task_acts.n DESC LIMIT 1), '') LIMIT 10";
pub const OUTBOX: &str = "SELECT COUNT(*) AS n FROM outbox";
pub const OUTBOX_STUCK: &str = "SELECT kind AS name FROM outbox
     WHERE state NOT IN ('unsent', 'sent', 'closed', 'refused') OR next_try_at <= 0 LIMIT 10";
pub const LANES_BROKEN: &str =
    "SELECT recipient AS name FROM outbox WHERE LENGTH(frame) > 0 GROUP BY recipient, epoch, lane
     HAVING MAX(seq) <> COUNT(*) OR MIN(seq) <> 1";
pub const INBOX: &str = "SELECT COUNT(*) AS n FROM inbox";
pub const INBOX_UNDECIDED: &str = "SELECT kind AS name FROM inbox
     WHERE state NOT IN ('applied', 'early', 'refused') OR (state = 'refused' AND refusal IS NULL) LIMIT 10";
pub const INBOX_BYTES: &str = "SELECT frame_hash, frame FROM inbox WHERE frame_hash > $1 ORDER BY frame_hash LIMIT 500";
pub const CASE_DOCUMENTS: &str = "SELECT case_id, relation, money, version, document FROM cases WHERE case_id > $1
     ORDER BY case_id LIMIT 500";
pub const AUDIT_ROWS: &str = "SELECT n, at, actor, action, object, detail, prev, hash, ledger_n, ledger
     FROM audit WHERE n > $1 ORDER BY n LIMIT 1000";
pub const ENTRIES: &str = "SELECT n, posting, line, account, side, fen, case_id, booked_on, at, hash
     FROM entries WHERE n > $1 ORDER BY n LIMIT 1000";
/// Entries outside the chain, where there are not as many as when it began.
pub const ENTRIES_UNCHAINED: &str = "SELECT posting || ' ' || line AS name FROM entries WHERE n IS NULL
     AND (SELECT COUNT(*) FROM entries WHERE n IS NULL) <>
     (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'entries_before_chain') LIMIT 10";
pub const AUDIT: &str = "SELECT COUNT(*) AS n FROM audit";
/// The ledger as each audit row saw it is the ledger as it is; nothing was booked after the last one.
pub const LEDGER_AND_AUDIT_DIFFER: &str =
    "SELECT COALESCE(entries.posting || ' ' || entries.line, 'audit #' || audit.n) AS name
     FROM audit LEFT JOIN entries ON entries.n = audit.ledger_n
     WHERE audit.ledger_n > 0 AND (entries.hash IS NULL OR entries.hash <> audit.ledger)
     UNION SELECT posting || ' ' || line FROM entries
     WHERE n > (SELECT COALESCE(MAX(ledger_n), 0) FROM audit) LIMIT 10";
/// Every account is what its name says, has entries, and every entry has its account.
pub const ACCOUNTS_MISNAMED: &str = "SELECT account AS name FROM accounts WHERE class <> CASE
     WHEN account = 'bank' THEN 'bank' WHEN account LIKE 'person/%' THEN 'person'
     WHEN account LIKE 'transit-out/%' THEN 'transit-out' WHEN account LIKE 'transit-in/%' THEN 'transit-in'
     WHEN account LIKE 'suspense/%' THEN 'suspense' ELSE '' END
     OR NOT EXISTS (SELECT 1 FROM entries WHERE entries.account = accounts.account)
     UNION SELECT account FROM entries
     WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.account = entries.account) LIMIT 10";
