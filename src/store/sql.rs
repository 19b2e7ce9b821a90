//! The catalogue: every statement once, `$n`, the same text for every engine. `$LIST` stands for keys, `$ROWS` for rows.

pub mod peers;
pub mod proof;
pub mod restore;
pub mod verify;
pub mod views;

pub const META: &str = "SELECT name, value FROM meta";
pub const META_PUT: &str =
    "INSERT INTO meta (name, value) VALUES $ROWS ON CONFLICT (name) DO UPDATE SET value = excluded.value";

// --- look ---
pub const INBOX_FRAMES: &str = "SELECT frame_hash, sender, message_id FROM inbox WHERE frame_hash IN ($LIST)";
pub const INBOX_KNOWN: &str =
    "SELECT sender, message_id, digest, kind, received_at, receipt_due_on, receipt_provisional, receipt_refused
     FROM inbox WHERE sender = $1 AND message_id IN ($LIST)";
pub const INBOX_EARLY: &str = "SELECT sender, message_id, digest, body, received_at, case_id FROM inbox
     WHERE state = 'early' AND case_id IN ($LIST) ORDER BY received_at, message_id";
pub const OUTBOX_KNOWN: &str =
    "SELECT message_id, recipient, digest, kind, case_id, state FROM outbox WHERE message_id IN ($LIST)";
pub const CASES_BY_ID: &str = "SELECT case_id, document FROM cases WHERE case_id IN ($LIST)";
pub const CASES_BY_LETTER: &str = "SELECT case_id, document FROM cases WHERE letter_no IN ($LIST)";
pub const CASES_BY_PAYMENT: &str = "SELECT case_id, document FROM cases WHERE payment_ref IN ($LIST)";
pub const CASES_BY_PERSON: &str = "SELECT case_id, document FROM cases WHERE open = 1 AND person_no IN ($LIST)";
pub const PEOPLE_BY_DOCUMENT: &str = "SELECT person_no, document, frozen_by FROM people WHERE document_no IN ($LIST)";
pub const PEOPLE_BY_NO: &str = "SELECT person_no, document, frozen_by FROM people WHERE person_no IN ($LIST)";
pub const PERIODS_OF: &str =
    "SELECT person_no, document FROM periods WHERE person_no IN ($LIST) ORDER BY person_no, source, line";
pub const BALANCES_OF: &str = "SELECT account, balance FROM accounts WHERE account IN ($LIST)";
pub const LINES_BY_KEY: &str = "SELECT bank_txn_no, booked_on, payer_name, payer_account, payee_account, fen, remark,
     payment_ref, state, hint, mentions, case_id, arrived_at, matched_at FROM bank_lines WHERE line IN ($LIST)";
pub const LINES_BY_REF: &str = "SELECT bank_txn_no, booked_on, payer_name, payer_account, payee_account, fen, remark,
     payment_ref, state, hint, mentions, case_id, arrived_at, matched_at FROM bank_lines
     WHERE state = 'unmatched' AND payment_ref IN ($LIST)";
pub const LINES_BY_MENTION: &str =
    "SELECT bank_txn_no, booked_on, payer_name, payer_account, payee_account, fen, remark,
     payment_ref, state, hint, mentions, case_id, arrived_at, matched_at FROM bank_lines
     WHERE state = 'unmatched' AND mentions IN ($LIST)";
pub const LINES_BY_TXN: &str = "SELECT bank_txn_no, booked_on, payer_name, payer_account, payee_account, fen, remark,
     payment_ref, state, hint, mentions, case_id, arrived_at, matched_at FROM bank_lines
     WHERE state = 'unmatched' AND bank_txn_no IN ($LIST)";
pub const LINES_BY_AMOUNT: &str = "SELECT bank_txn_no, booked_on, payer_name, payer_account, payee_account, fen,
     remark, payment_ref, state, hint, mentions, case_id, arrived_at, matched_at FROM bank_lines
     WHERE state = 'unmatched' AND hint = 'NO_CASE' AND fen IN ($LIST)";
pub const CASES_BY_AMOUNT: &str = "SELECT case_id, document FROM cases
     WHERE open = 1 AND money IN ('REMITTED', 'DISCREPANT') AND amount_fen IN ($LIST)";
pub const PAYMENTS_BY_REF: &str = "SELECT payment_ref, case_id, letter_no, ordinal, attempt, fen, payer, payee,
     gives_back, order_ref, state, released_at, confirmed_at, bank_txn_no FROM payments WHERE payment_ref IN ($LIST)";
pub const PAYMENTS_BY_TXN: &str = "SELECT payment_ref, case_id, letter_no, ordinal, attempt, fen, payer, payee,
     gives_back, order_ref, state, released_at, confirmed_at, bank_txn_no FROM payments WHERE bank_txn_no IN ($LIST)";
pub const PAYMENTS_BY_ORDER: &str = "SELECT payment_ref, case_id, letter_no, ordinal, attempt, fen, payer, payee,
     gives_back, order_ref, state, released_at, confirmed_at, bank_txn_no FROM payments WHERE order_ref IN ($LIST)";
pub const CASES_BY_BATCH: &str = "SELECT case_id, document FROM cases WHERE awaited_batch IN ($LIST)";
/// The oldest cases whose payment waits for a person's release.
pub const CASES_TO_REMIT: &str =
    "SELECT case_id, document FROM cases WHERE open = 1 AND money = 'FROZEN' AND case_id IN
     (SELECT case_id FROM tasks WHERE kind = 'REVIEW_PAYMENT' AND closed_at IS NULL ORDER BY opened_at LIMIT 1000)";
pub const EVENTS_BY_KEY: &str = "SELECT event_key, digest FROM events WHERE event_key IN ($LIST)";
pub const TASKS_OF_CASES: &str =
    "SELECT task, MAX(round) AS round, SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END) AS open
     FROM tasks WHERE case_id IN ($LIST) GROUP BY task";
pub const TASKS_OF_LINES: &str =
    "SELECT task, MAX(round) AS round, SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END) AS open
     FROM tasks WHERE line IN ($LIST) GROUP BY task";

/// The last round of each, and how often it went from hand to hand.
pub const TASKS_HELD: &str =
    "SELECT task, round, case_id, assignee, CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END AS open,
     (SELECT COUNT(*) FROM task_acts WHERE task_acts.task = tasks.task AND task_acts.round = tasks.round) AS acts
     FROM tasks WHERE task IN ($LIST) ORDER BY task, round";

pub const LINE_ACTS: &str = "SELECT line, n, stage, actor FROM line_acts WHERE line IN ($LIST) ORDER BY line, n";

// --- commit ---
pub const INBOX_ADD: &str =
    "INSERT INTO inbox (sender, message_id, digest, frame_hash, kind, case_id, lane, epoch, seq,
     received_at, state, refusal, receipt_due_on, receipt_provisional,
     receipt_refused, header, sigblock, body, frame, fen) VALUES $ROWS";
pub const INBOX_DUPLICATE: &str = "UPDATE inbox SET duplicates = duplicates + 1 WHERE sender = $1 AND message_id = $2";
pub const INBOX_RESOLVED: &str =
    "UPDATE inbox SET state = $3, refusal = $4 WHERE sender = $1 AND message_id = $2 AND state = 'early'";
pub const EVENTS_ADD: &str =
    "INSERT INTO events (event_key, digest, kind, at, actor, case_id, outcome, detail) VALUES $ROWS";
pub const OUTBOX_ADD: &str = "INSERT INTO outbox (message_id, recipient, kind, case_id, lane, epoch, seq, digest,
     created_at, state, next_try_at, header, sigblock, body, frame) VALUES $ROWS";
pub const OUTBOX_RECEIPTED: &str = "UPDATE outbox SET state = 'closed', closed_at = $1, trouble = NULL
     WHERE state IN ('unsent', 'sent') AND message_id IN ($LIST)";
pub const OUTBOX_REFUSED: &str =
    "UPDATE outbox SET state = 'refused', closed_at = $2, trouble = $3 WHERE message_id = $1";
pub const OUTBOX_ROUTED: &str = "UPDATE outbox SET state = 'sent', confirmed_at = $1, next_try_at = $2,
     attempts = attempts + 1, trouble = NULL WHERE state IN ('unsent', 'sent') AND message_id IN ($LIST)";
pub const OUTBOX_RECEIPT_ROUTED: &str = "UPDATE outbox SET state = 'closed', confirmed_at = $1, closed_at = $1,
     attempts = attempts + 1, trouble = NULL WHERE state = 'unsent' AND message_id IN ($LIST)";
pub const OUTBOX_TROUBLED: &str = "UPDATE outbox SET attempts = attempts + 1, next_try_at = $2, trouble = $3
     WHERE message_id = $1 AND state IN ('unsent', 'sent')";
pub const CASES_PUT: &str =
    "INSERT INTO cases (case_id, role, peer, letter_no, person_no, relation, money, holder, open,
     accepted_on, opened_at, changed_at, closed_at, due_clock, due_on, due_provisional, amount_fen, person_name,
     document_no, return_code, payment_ref, chase_on, awaited_batch, prior, version, document) VALUES $ROWS
     ON CONFLICT (case_id) DO UPDATE SET letter_no = excluded.letter_no, accepted_on = excluded.accepted_on,
     person_no = excluded.person_no, person_name = excluded.person_name, document_no = excluded.document_no,
     relation = excluded.relation,
     money = excluded.money, holder = excluded.holder, open = excluded.open, changed_at = excluded.changed_at,
     closed_at = excluded.closed_at, due_clock = excluded.due_clock, due_on = excluded.due_on,
     due_provisional = excluded.due_provisional, amount_fen = excluded.amount_fen, return_code = excluded.return_code,
     payment_ref = COALESCE(excluded.payment_ref, cases.payment_ref), chase_on = excluded.chase_on,
     awaited_batch = excluded.awaited_batch, prior = excluded.prior,
     version = excluded.version, document = excluded.document
     WHERE cases.version = excluded.prior";
pub const STEPS_ADD: &str =
    "INSERT INTO case_steps (case_id, version, at, actor, event, relation, money, holder, note) VALUES $ROWS";
pub const ACCOUNTS_ADD: &str = "INSERT INTO accounts (account, class, balance) VALUES $ROWS
     ON CONFLICT (account) DO UPDATE SET balance = accounts.balance + excluded.balance";
pub const ENTRIES_ADD: &str =
    "INSERT INTO entries (posting, line, account, side, fen, case_id, booked_on, at, n, hash) VALUES $ROWS";
pub const EFFECTS_ADD: &str = "INSERT INTO effects (effect, case_id, at) VALUES $ROWS";
/// A canary's: nothing else ever deletes one.
pub const EFFECTS_PURGE: &str = "DELETE FROM effects";
pub const PEOPLE_PUT: &str = "INSERT INTO people (person_no, document_kind, document_no, status, document) VALUES $ROWS
     ON CONFLICT (person_no) DO UPDATE SET document_kind = excluded.document_kind,
     document_no = excluded.document_no, status = excluded.status, document = excluded.document";
pub const PEOPLE_FREEZE: &str = "UPDATE people SET frozen_by = $2, held_fen = $3 WHERE person_no = $1";
pub const PERIODS_DROP: &str = "DELETE FROM periods WHERE source = 'import' AND person_no IN ($LIST)";
pub const PERIODS_REMOVE: &str = "DELETE FROM periods WHERE person_no = $1 AND source = $2";
pub const PERIODS_ADD: &str = "INSERT INTO periods (person_no, source, line, document) VALUES $ROWS";
pub const LINES_PUT: &str = "INSERT INTO bank_lines (line, bank_txn_no, booked_on, payer_name, payer_account,
     payee_account, fen, remark, payment_ref, state, hint, mentions, case_id, arrived_at, matched_at) VALUES $ROWS
     ON CONFLICT (line) DO UPDATE SET state = excluded.state, hint = excluded.hint, mentions = excluded.mentions,
     case_id = excluded.case_id, matched_at = excluded.matched_at";
pub const PAYMENTS_PUT: &str = "INSERT INTO payments (payment_ref, case_id, letter_no, ordinal, attempt, fen, payer,
     payee, gives_back, order_ref, state, released_at, confirmed_at, bank_txn_no) VALUES $ROWS
     ON CONFLICT (payment_ref) DO UPDATE SET state = excluded.state, confirmed_at = excluded.confirmed_at,
     bank_txn_no = excluded.bank_txn_no";
pub const PAYMENTS_EXPORT: &str =
    "UPDATE payments SET state = 'exported', batch_no = $1, exported_at = $2 WHERE state = 'released'";
pub const TASKS_OPEN: &str = "INSERT INTO tasks (task, round, kind, case_id, line, detail, opened_at) VALUES $ROWS
     ON CONFLICT (task, round) DO NOTHING";
pub const TASKS_CLOSE: &str = "UPDATE tasks SET closed_at = $3 WHERE task = $1 AND round = $2";
pub const DEAD_ADD: &str = "INSERT INTO dead_letters (frame_hash, reason, alarm, sender, routing_key, user_id, size,
     frame, first_at, last_at, copies) VALUES $ROWS
     ON CONFLICT (frame_hash) DO UPDATE SET copies = dead_letters.copies + 1, last_at = excluded.last_at,
     reason = excluded.reason, resolved_at = NULL";
pub const DEAD_RESOLVED: &str =
    "UPDATE dead_letters SET resolved_at = $1 WHERE resolved_at IS NULL AND frame_hash IN ($LIST)";
pub const ACTS_ADD: &str =
    "INSERT INTO acts (case_id, version, verb, at, actor, stage, proposed_by, reason) VALUES $ROWS";
pub const LINE_ACTS_ADD: &str =
    "INSERT INTO line_acts (line, n, verb, stage, at, actor, proposed_by, reason) VALUES $ROWS";
pub const TASK_ACTS_ADD: &str =
    "INSERT INTO task_acts (task, round, n, verb, at, actor, assignee, reason) VALUES $ROWS";
pub const TASKS_ASSIGN: &str = "UPDATE tasks SET assignee = $3 WHERE task = $1 AND round = $2";
pub const CALENDAR_PUT: &str = "INSERT INTO calendar_years (year, document, at, actor, reason) VALUES $ROWS
     ON CONFLICT (year) DO UPDATE SET document = excluded.document, at = excluded.at, actor = excluded.actor,
     reason = excluded.reason";
// Told before: nothing to tell, and no reason to hold up what goes with it.
pub const NOTICES_ADD: &str = "INSERT INTO notices (case_id, milestone, round, reason, employer, at) VALUES $ROWS
     ON CONFLICT (case_id, milestone, round) DO NOTHING";
pub const NOTICES_EXPORT: &str = "UPDATE notices SET batch_no = $1, exported_at = $2
     WHERE n IN (SELECT n FROM notices WHERE batch_no IS NULL ORDER BY n LIMIT $3)";
/// A copy of the whole file as it stands when this begins.
pub const COPY_INTO: &str = "VACUUM INTO $1";
pub const QUICK_CHECK: &str = "PRAGMA quick_check(1)";
pub const HAS_MIGRATIONS: &str = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";
pub const LAST_MIGRATION: &str = "SELECT MAX(version) AS version FROM _sqlx_migrations";
pub const AUDIT_ADD: &str =
    "INSERT INTO audit (n, at, actor, action, object, detail, prev, hash, ledger_n, ledger) VALUES $ROWS";
pub const AUDIT_HASH: &str = "SELECT hash FROM audit WHERE n = $1";
/// In the file of any release.
pub const AUDIT_LAST: &str = "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1";
pub const AUDIT_HEAD: &str = "SELECT n, hash, ledger_n, ledger FROM audit ORDER BY n DESC LIMIT 1";

// --- relay, funds, clocks ---
// What lies in the queue of a closed agency waits for its end; what never reached a queue is tried all the same.
pub const OUTBOX_DUE: &str = "SELECT message_id, recipient, kind, attempts, trouble, frame FROM outbox
     WHERE state IN ('unsent', 'sent') AND next_try_at <= $1 AND (state = 'unsent' OR recipient NOT IN
     (SELECT agency FROM closures WHERE withdrawn_at IS NULL AND until_at > $1 AND from_at <= $1))
     ORDER BY next_try_at, message_id LIMIT $2";
pub const OUTBOX_NEXT: &str = "SELECT MIN(next_try_at) AS at FROM outbox
     WHERE state IN ('unsent', 'sent') AND (state = 'unsent' OR recipient NOT IN
     (SELECT agency FROM closures WHERE withdrawn_at IS NULL AND until_at > $1 AND from_at <= $1))";
pub const LANES: &str =
    "SELECT recipient, MAX(seq) AS seq FROM outbox WHERE epoch = $1 AND lane = $2 GROUP BY recipient";
pub const PAYMENTS_OF_BATCH: &str = "SELECT payment_ref, case_id, letter_no, ordinal, attempt, fen, payer, payee,
     gives_back, order_ref, state, released_at, confirmed_at, bank_txn_no FROM payments WHERE batch_no = $1 ORDER BY released_at, payment_ref";
pub const PAYMENTS_RELEASED: &str = "SELECT COUNT(*) AS n FROM payments WHERE state = 'released'";
pub const CASES_TO_CHASE: &str = "SELECT document FROM cases WHERE open = 1 AND chase_on <= $1
     ORDER BY chase_on, case_id LIMIT $2";
/// $1: arrived before. Lines of no case that their payer was not asked about yet.
pub const LINES_UNIDENTIFIED: &str = "SELECT line, arrived_at FROM bank_lines
     WHERE state = 'unmatched' AND hint = 'NO_CASE' AND arrived_at < $1 AND payer_account IN ($LIST)
     AND NOT EXISTS (SELECT 1 FROM events WHERE event_key = 'unidentified/' || bank_lines.line)
     ORDER BY arrived_at, line LIMIT 256";
/// Letters that wait for a transfer to us which has ended; $1 at most.
pub const CASES_AWAITED: &str =
    "SELECT cases.case_id, cases.version FROM tasks JOIN cases ON cases.case_id = tasks.case_id
     WHERE tasks.kind = 'EARLIER_TRANSFER' AND tasks.closed_at IS NULL AND cases.open = 1 AND NOT EXISTS (
         SELECT 1 FROM cases AS earlier WHERE earlier.person_no = cases.person_no AND earlier.role = 'incoming'
         AND earlier.open = 1 AND earlier.relation <> 'COMPLETED')
     ORDER BY cases.case_id LIMIT $1";
pub const NOTICES_WAITING: &str = "SELECT COUNT(*) AS n FROM notices WHERE batch_no IS NULL";
pub const NOTICES_OF_BATCH: &str = "SELECT notices.n, notices.milestone, notices.reason, notices.employer, notices.at,
     cases.document, people.document AS person FROM notices JOIN cases ON cases.case_id = notices.case_id
     LEFT JOIN people ON people.person_no = cases.person_no WHERE notices.batch_no = $1 ORDER BY notices.n";
pub const CALENDAR: &str = "SELECT document, at, actor, reason FROM calendar_years ORDER BY year";
pub const CASES_OPEN: &str = "SELECT document FROM cases WHERE open = 1 AND case_id > $1 ORDER BY case_id LIMIT $2";
