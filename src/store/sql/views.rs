//! The SQL of everything that is only read, plain enough for SQLite and PostgreSQL. An empty text filters nothing.

pub const PING: &str = "SELECT COUNT(*) AS n FROM meta";

pub const CASES_BY_STATE: &str = "SELECT role, open, relation, money, holder, COUNT(*) AS n FROM cases \
     GROUP BY role, open, relation, money, holder ORDER BY role, open DESC, relation, money, holder";

/// $1 today, $2 the last day that counts as soon; ISO days sort as text.
pub const CASES_DUE: &str = "SELECT role, holder, \
       CAST(SUM(CASE WHEN due_on < $1 THEN 1 ELSE 0 END) AS BIGINT) AS overdue, \
       CAST(SUM(CASE WHEN due_on = $1 THEN 1 ELSE 0 END) AS BIGINT) AS today, \
       CAST(SUM(CASE WHEN due_on > $1 AND due_on <= $2 THEN 1 ELSE 0 END) AS BIGINT) AS soon, \
       CAST(SUM(CASE WHEN due_on > $2 THEN 1 ELSE 0 END) AS BIGINT) AS later, \
       CAST(SUM(CASE WHEN due_on IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS undated \
     FROM cases WHERE open = 1 GROUP BY role, holder";

pub const INBOX_BY_STATE: &str = "SELECT state, COUNT(*) AS n, CAST(COALESCE(SUM(duplicates), 0) AS BIGINT) AS duplicates, \
       MIN(CASE WHEN state = 'early' THEN received_at END) AS oldest FROM inbox GROUP BY state ORDER BY state";

pub const OUTBOX_BY_STATE: &str = "SELECT state, COUNT(*) AS n, MIN(created_at) AS oldest, \
       CAST(COALESCE(SUM(CASE WHEN attempts > 1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS resent \
     FROM outbox GROUP BY state ORDER BY state";

/// The next try of what still has to leave or be answered.
pub const OUTBOX_NEXT_TRY: &str = "SELECT MIN(next_try_at) AS at FROM outbox WHERE state IN ('unsent', 'sent')";

pub const OUTBOX_TROUBLES: &str = "SELECT trouble, COUNT(*) AS n, MIN(created_at) AS oldest FROM outbox \
     WHERE state IN ('unsent', 'sent') AND trouble IS NOT NULL GROUP BY trouble ORDER BY n DESC LIMIT 50";

pub const TASKS_BY_KIND: &str = "SELECT kind, COUNT(*) AS n, MIN(opened_at) AS oldest FROM tasks \
     WHERE closed_at IS NULL GROUP BY kind ORDER BY n DESC, kind";

pub const DEAD_LETTERS_BY_REASON: &str = "SELECT reason, COUNT(*) AS n, CAST(COALESCE(SUM(copies), 0) AS BIGINT) AS copies, \
       CAST(COALESCE(SUM(alarm), 0) AS BIGINT) AS alarms, MIN(first_at) AS oldest FROM dead_letters \
     WHERE resolved_at IS NULL GROUP BY reason ORDER BY n DESC, reason";

pub const PAYMENTS_BY_STATE: &str = "SELECT state, COUNT(*) AS n, CAST(COALESCE(SUM(fen), 0) AS BIGINT) AS fen, \
       MIN(released_at) AS oldest FROM payments GROUP BY state ORDER BY state";

pub const LEDGER_BY_CLASS: &str = "SELECT class, COUNT(*) AS n, CAST(COALESCE(SUM(balance), 0) AS BIGINT) AS fen \
     FROM accounts WHERE balance <> 0 GROUP BY class ORDER BY class";

pub const LINES_UNMATCHED: &str = "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(fen), 0) AS BIGINT) AS fen, \
       MIN(arrived_at) AS oldest FROM bank_lines WHERE state = 'unmatched'";

pub const TRANSIT_IN_OLDEST: &str = "SELECT MIN(matched_at) AS oldest FROM bank_lines b, cases c \
     WHERE b.case_id = c.case_id AND b.state = 'matched' AND c.open = 1 AND c.role = 'incoming' AND c.money = 'MATCHED'";

/// $1 role $2 relation $3 money $4 holder $5 peer $6 due before this day, $14 on or after ('' = all) $7 open: -1 all, 0, 1.
/// $8 letter no. pattern, $9 exact name, $10 document pattern: all three '' = no search, else any may hit.
/// $11, $12: strictly before this (changed_at, case_id). $13 rows.
pub const CASES: &str = "SELECT case_id, role, peer, letter_no, relation, money, holder, open, accepted_on, opened_at, \
       changed_at, closed_at, due_clock, due_on, due_provisional, amount_fen, person_name, document_no, return_code \
     FROM cases \
     WHERE ($1 = '' OR role = $1) AND ($2 = '' OR relation = $2) AND ($3 = '' OR money = $3) \
       AND ($4 = '' OR holder = $4) AND ($5 = '' OR peer = $5) \
       AND ($6 = '' OR (open = 1 AND due_on < $6)) AND ($14 = '' OR (open = 1 AND due_on >= $14)) \
       AND ($7 = -1 OR open = $7) \
       AND (($8 = '' AND $9 = '' AND $10 = '') \
         OR ($8 <> '' AND LOWER(letter_no) LIKE $8 ESCAPE '\\') \
         OR ($9 <> '' AND person_name = $9) \
         OR ($10 <> '' AND document_no LIKE $10 ESCAPE '\\')) \
       AND (changed_at, case_id) < ($11, $12) \
     ORDER BY changed_at DESC, case_id DESC LIMIT $13";

pub const CASE: &str = "SELECT case_id, role, peer, letter_no, person_no, relation, money, holder, open, accepted_on, \
       opened_at, changed_at, closed_at, due_clock, due_on, due_provisional, amount_fen, person_name, document_no, \
       return_code, version, document FROM cases WHERE case_id = $1";

pub const CASE_STEPS: &str = "SELECT case_steps.version, case_steps.at, case_steps.actor, event, relation, money, \
       holder, note, proposed_by, reason FROM case_steps LEFT JOIN acts \
       ON acts.case_id = case_steps.case_id AND acts.version = case_steps.version \
     WHERE case_steps.case_id = $1 ORDER BY case_steps.version LIMIT $2";

pub const CASE_INBOX: &str = "SELECT message_id, sender AS peer, kind, received_at AS at, state, refusal, receipt_due_on, \
       receipt_provisional, duplicates FROM inbox WHERE case_id = $1 ORDER BY received_at LIMIT $2";

pub const CASE_OUTBOX: &str = "SELECT message_id, recipient AS peer, kind, created_at AS at, state, attempts, next_try_at, \
       confirmed_at, closed_at, trouble FROM outbox WHERE case_id = $1 ORDER BY created_at LIMIT $2";

pub const CASE_ENTRIES: &str = "SELECT posting, line, account, side, fen, booked_on, at FROM entries \
     WHERE case_id = $1 ORDER BY at, posting, line LIMIT $2";

pub const CASE_LINES: &str = "SELECT line, bank_txn_no, booked_on, payer_name, payer_account, fen, remark, payment_ref, \
       state, hint, arrived_at, matched_at, case_id FROM bank_lines WHERE case_id = $1 \
     OR payment_ref = (SELECT payment_ref FROM cases WHERE case_id = $1) \
     OR line IN (SELECT SUBSTR(account, 10) FROM entries WHERE case_id = $1 AND account LIKE 'suspense/%') ORDER BY arrived_at LIMIT $2";

pub const CASE_PAYMENTS: &str = "SELECT payment_ref, case_id, letter_no, ordinal, attempt, fen, payer, payee, state, \
       released_at, batch_no, exported_at, confirmed_at, bank_txn_no FROM payments \
     WHERE case_id = $1 ORDER BY released_at, payment_ref LIMIT $2";

/// $1 batch no., $2 the agency that pays it.
pub const BATCH_ANNOUNCED: &str = "SELECT COUNT(*) AS announced FROM cases WHERE awaited_batch = $1 AND peer = $2";

/// $1 batch no., $2 the agency that pays it. One of its cases is asked for all of them.
pub const BATCH_ASKED: &str = "SELECT c.case_id, c.letter_no FROM cases c JOIN tasks t ON t.case_id = c.case_id \
     WHERE c.awaited_batch = $1 AND c.peer = $2 AND t.closed_at IS NULL AND t.kind IN ('MONEY_DIFFERS', 'WRONG_PAYER') \
     ORDER BY c.case_id LIMIT 1";

pub const CASE_TASKS: &str = "SELECT t.task, t.round, t.kind, t.case_id, t.line, t.detail, t.opened_at, t.closed_at, \
       t.assignee, c.letter_no, c.peer, c.person_name, c.role, c.document FROM tasks t LEFT JOIN cases c ON c.case_id = t.case_id \
     WHERE t.case_id = $1 ORDER BY t.opened_at LIMIT $2";

/// How a task of the case went from hand to hand.
pub const CASE_TASK_ACTS: &str = "SELECT t.kind, a.verb, a.at, a.actor, a.assignee, a.reason FROM tasks t, task_acts a \
     WHERE t.case_id = $1 AND a.task = t.task AND a.round = t.round ORDER BY a.at, a.n LIMIT $2";

/// $1 the whole name, $2 kind, $3 letter no. or bank transaction no. Open ones; a few are enough to see that it is not one.
pub const TASKS_CALLED: &str = "SELECT t.task, t.round, \
       (SELECT COUNT(*) FROM task_acts a WHERE a.task = t.task AND a.round = t.round) AS acts \
     FROM tasks t LEFT JOIN cases c ON c.case_id = t.case_id LEFT JOIN bank_lines b ON b.line = t.line \
     WHERE t.closed_at IS NULL AND (t.task = $1 \
       OR (t.kind = $2 AND $3 <> '' AND (c.letter_no = $3 OR b.bank_txn_no = $3))) \
     ORDER BY t.opened_at, t.task LIMIT 5";

/// $1 kind ('' = all), $2, $3, $4 strictly after this (opened_at, task, round), $5 rows, $6 assignee ('' = all), $7: 1 =
/// only what nobody has. Oldest first.
pub const TASKS: &str = "SELECT t.task, t.round, t.kind, t.case_id, t.line, t.detail, t.opened_at, t.closed_at, \
       t.assignee, c.letter_no, c.peer, c.person_name, c.role, c.document \
     FROM tasks t LEFT JOIN cases c ON c.case_id = t.case_id \
     WHERE t.closed_at IS NULL AND ($1 = '' OR t.kind = $1) \
       AND ($6 = '' OR t.assignee = $6) AND ($7 = 0 OR t.assignee IS NULL) AND (t.opened_at, t.task, t.round) > ($2, $3, $4) \
     ORDER BY t.opened_at, t.task, t.round LIMIT $5";

/// $1: 1 = open only. $2 reason ('' = all). $3, $4 strictly before this (last_at, frame_hash). $5 rows.
pub const DEAD_LETTERS: &str = "SELECT frame_hash, reason, alarm, sender, routing_key, user_id, size, first_at, last_at, \
       copies, resolved_at FROM dead_letters \
     WHERE ($1 = 0 OR resolved_at IS NULL) AND ($2 = '' OR reason = $2) AND (last_at, frame_hash) < ($3, $4) \
     ORDER BY last_at DESC, frame_hash DESC LIMIT $5";

pub const DEAD_LETTER: &str = "SELECT frame_hash, reason, alarm, sender, routing_key, user_id, size, first_at, last_at, \
       copies, resolved_at, frame FROM dead_letters WHERE frame_hash = $1";

pub const QUEUES_OUT: &str = "SELECT recipient AS peer, \
       CAST(SUM(CASE WHEN state = 'unsent' THEN 1 ELSE 0 END) AS BIGINT) AS unsent, \
       CAST(SUM(CASE WHEN state = 'sent' THEN 1 ELSE 0 END) AS BIGINT) AS unreceipted, \
       CAST(SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END) AS BIGINT) AS refused, COUNT(*) AS n, \
       MIN(CASE WHEN state IN ('unsent', 'sent') THEN created_at END) AS oldest, \
       MIN(CASE WHEN state IN ('unsent', 'sent') THEN next_try_at END) AS next_try, \
       MIN(CASE WHEN state IN ('unsent', 'sent') THEN trouble END) AS trouble, \
       MAX(closed_at) AS last_receipt FROM outbox GROUP BY recipient ORDER BY recipient LIMIT 5000";

pub const QUEUES_IN: &str = "SELECT sender AS peer, COUNT(*) AS n, MAX(received_at) AS last_heard, \
       CAST(SUM(CASE WHEN state = 'early' THEN 1 ELSE 0 END) AS BIGINT) AS early, \
       CAST(COALESCE(SUM(duplicates), 0) AS BIGINT) AS duplicates FROM inbox GROUP BY sender ORDER BY sender LIMIT 5000";

/// Numbers are gapless per sender, epoch and lane: fewer rows than numbers means some are missing.
pub const LANE_GAPS: &str = "SELECT sender AS peer, epoch, lane, MIN(seq) AS first_seq, MAX(seq) AS last_seq, COUNT(*) AS n \
     FROM inbox GROUP BY sender, epoch, lane HAVING MAX(seq) - MIN(seq) + 1 > COUNT(*) \
     ORDER BY sender, epoch, lane LIMIT 500";

/// $1 state ('' = all), $2, $3 strictly before this (released_at, payment_ref), $4 rows.
pub const PAYMENTS: &str = "SELECT payment_ref, case_id, letter_no, ordinal, attempt, fen, payer, payee, state, \
       released_at, batch_no, exported_at, confirmed_at, bank_txn_no FROM payments \
     WHERE ($1 = '' OR state = $1) AND (released_at, payment_ref) < ($2, $3) \
     ORDER BY released_at DESC, payment_ref DESC LIMIT $4";

/// $1, $2 strictly after this (arrived_at, line), $3 rows. Oldest first.
pub const UNMATCHED: &str = "SELECT line, bank_txn_no, booked_on, payer_name, payer_account, fen, remark, payment_ref, \
       state, hint, arrived_at, matched_at, case_id FROM bank_lines \
     WHERE state = 'unmatched' AND (arrived_at, line) > ($1, $2) ORDER BY arrived_at, line LIMIT $3";

pub const LINES_CALLED: &str = "SELECT line, \
       (SELECT COUNT(*) FROM line_acts WHERE line_acts.line = bank_lines.line) AS acts FROM bank_lines \
     WHERE state = 'unmatched' AND bank_txn_no = $1 ORDER BY line LIMIT 2";

pub const PROGRESS_CASE: &str = "SELECT document FROM cases WHERE case_id = $1";

pub const PROGRESS_STEPS: &str = "SELECT at, relation, money FROM case_steps \
     WHERE case_id = $1 ORDER BY version LIMIT $2";

pub const CASES_OF_DOCUMENT: &str = "SELECT case_id FROM cases WHERE document_no = $1 \
     OR (open = 1 AND person_no IN (SELECT person_no FROM people WHERE document_no = $1)) \
     ORDER BY opened_at, case_id LIMIT $2";

/// $1 reached at or after, $2 milestone ('' = all), $3 strictly after this n, $4 rows.
pub const NOTICES: &str = "SELECT notices.n, notices.case_id, milestone, round, reason, employer, notices.at, batch_no, \
       exported_at, letter_no, role, person_name, document_no, \
       (SELECT value FROM meta WHERE name = 'agency') AS agency \
     FROM notices JOIN cases ON cases.case_id = notices.case_id \
     WHERE notices.at >= $1 AND ($2 = '' OR milestone = $2) AND notices.n > $3 \
     ORDER BY notices.n LIMIT $4";

/// As above, $5 the case: by its own index.
pub const NOTICES_OF_CASE: &str = "SELECT notices.n, notices.case_id, milestone, round, reason, employer, notices.at, \
       batch_no, exported_at, letter_no, role, person_name, document_no, \
       (SELECT value FROM meta WHERE name = 'agency') AS agency \
     FROM notices JOIN cases ON cases.case_id = notices.case_id \
     WHERE notices.case_id = $5 AND notices.at >= $1 AND ($2 = '' OR milestone = $2) AND notices.n > $3 \
     ORDER BY notices.n LIMIT $4";

/// $1 now, $2 all: 1, also what is over or withdrawn, $3 rows.
pub const CLOSURES: &str = "SELECT agency, announcement_no, from_at, until_at, reason, to_agency, at, announced_by, \
       withdrawn_at FROM closures WHERE $2 = 1 OR (withdrawn_at IS NULL AND until_at > $1) \
     ORDER BY from_at, agency, announcement_no LIMIT $3";

/// Of the other agency, while the case was open.
pub const CASE_CLOSURES: &str = "SELECT agency, announcement_no, from_at, until_at, reason, to_agency, closures.at, \
       announced_by, withdrawn_at FROM closures JOIN cases ON cases.peer = closures.agency \
     WHERE cases.case_id = $1 AND withdrawn_at IS NULL AND until_at > cases.opened_at \
       AND (cases.closed_at IS NULL OR from_at < cases.closed_at) ORDER BY from_at LIMIT $2";

/// $1 before this day, $2 rows.
pub const CLOSES: &str = "SELECT at, actor, document FROM closes WHERE day < $1 ORDER BY day DESC LIMIT $2";

pub const CLOSE: &str = "SELECT at, actor, document FROM closes WHERE day = $1";

/// $1 peer ('' = all), $2: 1 = only what differs, $3 rows.
pub const DIGESTS: &str = "SELECT peer, day, ours, at, state, document, held FROM digests \
     WHERE ($1 = '' OR peer = $1) AND ($2 = 0 OR state IN ('missing', 'differs')) \
     ORDER BY day DESC, peer, ours LIMIT $3";
