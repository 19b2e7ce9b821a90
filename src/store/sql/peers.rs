//! The statements for what belongs to no case: closures, directories, closed days and digests.

pub const CLOSURES_AHEAD: &str = "SELECT agency, announcement_no, from_at, until_at, reason, to_agency, at,
     announced_by, withdrawn_at FROM closures WHERE withdrawn_at IS NULL AND until_at > $1";
pub const CLOSURES_BY_NO: &str = "SELECT agency, announcement_no, from_at, until_at, reason, to_agency, at,
     announced_by, withdrawn_at FROM closures WHERE announcement_no IN ($LIST)";
pub const CLOSURES_PUT: &str =
    "INSERT INTO closures (agency, announcement_no, from_at, until_at, reason, to_agency, at,
     announced_by, withdrawn_at) VALUES $ROWS
     ON CONFLICT (agency, announcement_no) DO UPDATE SET
     withdrawn_at = COALESCE(closures.withdrawn_at, excluded.withdrawn_at)";
pub const DIRECTORIES: &str = "SELECT agency, version FROM directories";
pub const DIRECTORIES_PUT: &str = "INSERT INTO directories (agency, version, at) VALUES $ROWS
     ON CONFLICT (agency) DO UPDATE SET version = excluded.version, at = excluded.at
     WHERE directories.version < excluded.version";

// --- 日结 ---
pub const LAST_CLOSE: &str = "SELECT day, until_at, bank, person, transit_out, transit_in, suspense FROM closes
     ORDER BY until_at DESC LIMIT 1";
pub const MOVED: &str = "SELECT accounts.class, CAST(SUM(CASE WHEN (entries.side = 'D') = (accounts.class = 'bank')
     THEN entries.fen ELSE -entries.fen END) AS BIGINT) AS fen FROM entries
     JOIN accounts ON accounts.account = entries.account
     WHERE entries.at >= $1 AND entries.at < $2 GROUP BY accounts.class";
pub const POSTINGS: &str = "SELECT COUNT(DISTINCT posting) AS n FROM entries WHERE at >= $1 AND at < $2";
pub const CASES_MOVED: &str = "SELECT
     CAST(COALESCE(SUM(CASE WHEN opened_at >= $1 AND opened_at < $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS opened,
     CAST(COALESCE(SUM(CASE WHEN closed_at >= $1 AND closed_at < $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS closed
     FROM cases WHERE changed_at >= $1";
// Whatever is open now, or moved after the day: nothing else can have been open at its end.
pub const OPEN_MONEY: &str = "SELECT accounts.class,
     CAST(SUM(CASE entries.side WHEN 'C' THEN entries.fen ELSE -entries.fen END) AS BIGINT) AS fen,
     COALESCE(MAX(CASE entries.side WHEN 'C' THEN entries.booked_on END), MAX(entries.booked_on)) AS since, MAX(cases.peer) AS peer,
     MAX(bank_lines.payer_account) AS payer_account
     FROM entries JOIN accounts ON accounts.account = entries.account
     LEFT JOIN cases ON cases.case_id = entries.case_id
     LEFT JOIN bank_lines ON accounts.class = 'suspense' AND bank_lines.line = SUBSTR(entries.account, 10)
     WHERE entries.at < $1 AND entries.account IN
     (SELECT account FROM accounts WHERE balance <> 0 AND class IN ('transit-out', 'transit-in', 'suspense')
      UNION SELECT later.account FROM entries AS later JOIN accounts AS moved ON moved.account = later.account
      WHERE later.at >= $1 AND moved.class IN ('transit-out', 'transit-in', 'suspense'))
     GROUP BY entries.account, accounts.class
     HAVING SUM(CASE entries.side WHEN 'C' THEN entries.fen ELSE -entries.fen END) <> 0
     ORDER BY entries.account";
pub const MADE: &str = "SELECT recipient, epoch, lane, kind, MIN(seq) AS from_seq, MAX(seq) AS to_seq, COUNT(*) AS n
     FROM outbox WHERE created_at >= $1 AND created_at < $2 AND LENGTH(frame) > 0 GROUP BY recipient, epoch, lane, kind";
// A notice announces what leaves the person, what leaves suspense once more, and what the bank paid after all. A payout
// to the person is announced to nobody.
pub const REMITTED: &str = "SELECT cases.peer, CAST(SUM(entries.fen) AS BIGINT) AS fen FROM entries
     JOIN cases ON cases.case_id = entries.case_id
     WHERE entries.at >= $1 AND entries.at < $2
     AND ((entries.side = 'C' AND entries.account LIKE 'transit-out/%'
           AND (entries.posting LIKE 'debit/%' OR entries.posting LIKE 'resend/%'))
          OR (entries.side = 'D' AND entries.account LIKE 'suspense/%' AND entries.posting LIKE 'paid/%'))
     AND COALESCE(cases.money, '') NOT IN ('PAYING_PERSON', 'PAYOUT_FAILED', 'PAID_TO_PERSON') GROUP BY cases.peer";
pub const MATCHED: &str = "SELECT cases.peer, CAST(SUM(entries.fen) AS BIGINT) AS fen FROM entries
     JOIN cases ON cases.case_id = entries.case_id
     WHERE entries.at >= $1 AND entries.at < $2 AND entries.side = 'C' AND entries.account LIKE 'transit-in/%'
     GROUP BY cases.peer";
pub const CLOSES_ADD: &str = "INSERT INTO closes (day, at, actor, from_at, until_at, bank, person, transit_out,
     transit_in, suspense, postings, audit_n, audit_head, document) VALUES $ROWS";
pub const FIRST_ACT: &str = "SELECT MIN(at) AS at FROM audit";
pub const CLOSES_DIFFER: &str = "SELECT day AS name FROM
     (SELECT day, until_at, LAG(until_at, 1, 0) OVER (ORDER BY until_at) AS since,
      bank - LAG(bank, 1, 0) OVER (ORDER BY until_at) AS bank,
      person - LAG(person, 1, 0) OVER (ORDER BY until_at) AS person,
      transit_out - LAG(transit_out, 1, 0) OVER (ORDER BY until_at) AS transit_out,
      transit_in - LAG(transit_in, 1, 0) OVER (ORDER BY until_at) AS transit_in,
      suspense - LAG(suspense, 1, 0) OVER (ORDER BY until_at) AS suspense FROM closes) AS steps
     WHERE ABS(bank - (SELECT COALESCE(SUM(CASE side WHEN 'D' THEN fen ELSE -fen END), 0) FROM entries
            WHERE at >= since AND at < until_at AND account = 'bank'))
         + ABS(person - (SELECT COALESCE(SUM(CASE side WHEN 'C' THEN fen ELSE -fen END), 0) FROM entries
            WHERE at >= since AND at < until_at AND account LIKE 'person/%'))
         + ABS(transit_out - (SELECT COALESCE(SUM(CASE side WHEN 'C' THEN fen ELSE -fen END), 0) FROM entries
            WHERE at >= since AND at < until_at AND account LIKE 'transit-out/%'))
         + ABS(transit_in - (SELECT COALESCE(SUM(CASE side WHEN 'C' THEN fen ELSE -fen END), 0) FROM entries
            WHERE at >= since AND at < until_at AND account LIKE 'transit-in/%'))
         + ABS(suspense - (SELECT COALESCE(SUM(CASE side WHEN 'C' THEN fen ELSE -fen END), 0) FROM entries
            WHERE at >= since AND at < until_at AND account LIKE 'suspense/%')) <> 0 LIMIT 10";
pub const CLOSES_UNCHAINED: &str = "SELECT day AS name FROM closes WHERE audit_n > 0 AND NOT EXISTS
     (SELECT 1 FROM audit WHERE audit.n = closes.audit_n AND audit.hash = closes.audit_head) LIMIT 10";
pub const CLOSES: &str = "SELECT COUNT(*) AS n FROM closes";

// --- 对账 ---
pub const DIGESTS_PUT: &str = "INSERT INTO digests (peer, day, ours, at, state, document, held) VALUES $ROWS
     ON CONFLICT (peer, day, ours) DO UPDATE SET state = excluded.state, held = excluded.held
     WHERE excluded.state NOT IN ('sent', 'received')";
pub const DIGEST: &str = "SELECT peer, day, ours, at, state, document, held FROM digests
     WHERE peer = $1 AND day = $2 AND ours = 0";
pub const DIGESTS_OPEN: &str = "SELECT peer, day, ours, at, state, document, held FROM digests
     WHERE ours = 0 AND state IN ('received', 'missing') ORDER BY at DESC LIMIT $1";
pub const HELD: &str = "SELECT kind, COUNT(*) AS n, CAST(COALESCE(SUM(fen), 0) AS BIGINT) AS fen,
     CAST(SUM(CASE WHEN kind = 'RemittanceNotice' AND fen IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS unknown FROM inbox
     WHERE sender = $1 AND epoch = $2 AND lane = $3 AND seq >= $4 AND seq <= $5 GROUP BY kind";

// --- 请求重发 ---
pub const LANES_IN: &str = "SELECT sender, epoch, lane FROM inbox GROUP BY sender, epoch, lane
     HAVING MAX(seq) > COUNT(*) ORDER BY sender, epoch, lane";
pub const GAPS: &str = "SELECT before + 1 AS from_seq, seq - 1 AS to_seq FROM
     (SELECT seq, received_at, LAG(seq, 1, 0) OVER (ORDER BY seq) AS before FROM inbox
      WHERE sender = $1 AND epoch = $2 AND lane = $3) AS rows
     WHERE seq > before + 1 AND received_at < $4 ORDER BY seq LIMIT $5";
pub const FRAMES_OF: &str = "SELECT message_id, kind, frame FROM outbox
     WHERE recipient = $1 AND epoch = $2 AND lane = $3 AND seq >= $4 AND seq <= $5 AND LENGTH(frame) > 0
     ORDER BY seq LIMIT $6";
