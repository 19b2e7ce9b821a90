//! The statements of 数据恢复.

// --- ours ---
pub const LAST_RESTORE: &str = "SELECT epoch, at, by, approved_by, payments_by, payments_confirmed_by FROM restores
     ORDER BY epoch DESC LIMIT 1";
pub const UNHEARD: &str = "SELECT peer, asked_at, came, parts FROM unheard ORDER BY peer";
pub const UNREPEATED: &str =
    "SELECT COALESCE(SUM(is_step), 0) AS n, COUNT(*) AS n_all FROM echoes WHERE repeated_at IS NULL";
pub const UNREPEATED_FIRST: &str = "SELECT echoes.peer, echoes.kind, echoes.application_no, cases.letter_no,
     outbox.created_at FROM echoes JOIN outbox ON outbox.message_id = echoes.message_id
     LEFT JOIN cases ON cases.case_id = echoes.case_id WHERE echoes.repeated_at IS NULL AND echoes.is_step = 1 AND echoes.sequence =
     (SELECT MIN(earlier.sequence) FROM echoes AS earlier WHERE earlier.case_id = echoes.case_id
      AND earlier.repeated_at IS NULL AND earlier.is_step = 1) ORDER BY outbox.created_at LIMIT 50";
pub const SAID_IN_CASES: &str = "SELECT echoes.message_id, echoes.peer, echoes.receipt, outbox.body FROM echoes
     JOIN outbox ON outbox.message_id = echoes.message_id
     WHERE echoes.repeated_at IS NULL AND echoes.case_id IN ($LIST)";
pub const CASES_OF_APPLICATIONS: &str =
    "SELECT case_id FROM echoes WHERE repeated_at IS NULL AND application_no IN ($LIST)";
pub const BEGUN: &str = "INSERT INTO restores (epoch, at, by, reason) VALUES $ROWS";
pub const APPROVED: &str = "UPDATE restores SET approved_at = $1, approved_by = $2 WHERE epoch = $3";
pub const PAYMENTS_PROPOSED: &str = "UPDATE restores SET payments_by = $1 WHERE epoch = $2";
pub const PAYMENTS_CONFIRMED: &str =
    "UPDATE restores SET payments_confirmed_at = $1, payments_confirmed_by = $2 WHERE epoch = $3";
pub const HOLD_AGAIN: &str = "UPDATE restores SET payments_by = NULL, payments_confirmed_at = NULL,
     payments_confirmed_by = NULL WHERE epoch = (SELECT MAX(epoch) FROM restores)";
pub const UNHEARD_PUT: &str = "INSERT INTO unheard (peer, epoch) VALUES $ROWS
     ON CONFLICT (peer) DO UPDATE SET epoch = excluded.epoch, asked_at = NULL, came = 0, parts = NULL";
pub const ASKED: &str = "UPDATE unheard SET asked_at = $1 WHERE peer = $2";
pub const HEARD: &str = "UPDATE unheard SET came = came + 1, parts = COALESCE($1, parts) WHERE peer = $2";
pub const ALL_HEARD: &str = "DELETE FROM unheard WHERE parts = came";
pub const ECHOES_ADD: &str = "INSERT INTO echoes (message_id, peer, case_id, sequence, kind, is_step,
     application_no, receipt, at)
     VALUES $ROWS ON CONFLICT (message_id) DO NOTHING";
/// Without a frame: only its recipient could open it.
pub const OWN_WORDS_ADD: &str = "INSERT INTO outbox (message_id, recipient, kind, case_id, lane, epoch, seq, digest,
     created_at, state, next_try_at, closed_at, header, sigblock, body, frame) VALUES $ROWS
     ON CONFLICT (message_id) DO NOTHING";
pub const REPEATED: &str = "UPDATE echoes SET repeated_at = $1 WHERE message_id IN ($LIST)";
/// The last number of each lane that was said to a peer.
pub const SAID_LANES: &str = "SELECT epoch, lane, MAX(seq) AS seq FROM outbox WHERE recipient = $1 AND epoch < $2
     GROUP BY epoch, lane ORDER BY epoch, lane";
/// The last number of each lane before which nothing is missing: what had not come when the copy was made was taken later,
/// and is forgotten as well.
pub const HELD_LANES: &str = "SELECT epoch, lane, MAX(seq) AS seq FROM
     (SELECT epoch, lane, seq, ROW_NUMBER() OVER (PARTITION BY epoch, lane ORDER BY seq) AS place FROM inbox
      WHERE sender = $1) AS rows WHERE seq = place GROUP BY epoch, lane ORDER BY epoch, lane";

// --- a peer's ---
pub const RESTORED_PEERS: &str = "SELECT peer, epoch, said, held FROM restored_peers ORDER BY peer, epoch";
pub const PEER_PUT: &str = "INSERT INTO restored_peers (peer, epoch, at, said, held) VALUES $ROWS
     ON CONFLICT (peer, epoch) DO NOTHING";
/// Of two restores only the last one is answered.
pub const PEERS_BEFORE: &str =
    "UPDATE restored_peers SET done_at = $1 WHERE peer = $2 AND epoch < $3 AND done_at IS NULL";
pub const ECHOES_OWED: &str = "SELECT peer, epoch, said, parts, until_epoch, until_lane, until_seq FROM restored_peers
     WHERE done_at IS NULL ORDER BY at LIMIT 8";
pub const ECHO_NEXT: &str = "SELECT message_id, digest, epoch, lane, seq, kind, case_id, received_at, receipt_due_on,
     receipt_provisional, receipt_refused, header, sigblock, body FROM inbox
     WHERE sender = $1 AND (epoch, lane, seq) > ($2, $3, $4) ORDER BY epoch, lane, seq LIMIT $5";
pub const ECHOED: &str = "UPDATE restored_peers SET parts = $1, until_epoch = $2, until_lane = $3, until_seq = $4,
     done_at = $5 WHERE peer = $6 AND epoch = $7";
/// What the peer had receipted and does not hold any more goes again until it is receipted again; a receipt goes once.
pub const SAY_AGAIN: &str = "UPDATE outbox SET state = CASE kind WHEN 'Receipt' THEN 'unsent' ELSE 'sent' END,
     next_try_at = $1, closed_at = NULL, attempts = 1
     WHERE recipient = $2 AND epoch = $3 AND lane = $4 AND seq > $5
     AND state IN ('sent', 'closed') AND LENGTH(frame) > 0";
pub const OWN_LANES: &str = "SELECT DISTINCT epoch, lane FROM outbox WHERE recipient = $1";
