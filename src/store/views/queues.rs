//! Messages per peer, and payments on their way to the bank. Never decodes a message.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::case::LineRow;
use super::{ClosureRow, Page, ViewError, Views, mask, moment, moment_if, rows_of, split_place, uuid_text};
use crate::domain::money::Balance;
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

/// Both directions between us and one peer.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PeerQueues {
    pub peer: String,
    pub unsent: i64,
    pub unreceipted: i64,
    /// Messages the peer could not take.
    pub refused: i64,
    pub made: i64,
    pub oldest_open: Option<Moment>,
    pub next_try: Option<Moment>,
    pub trouble: Option<String>,
    pub last_receipt: Option<Moment>,
    pub received: i64,
    pub last_heard: Option<Moment>,
    pub early: i64,
    pub duplicates: i64,
    pub gaps: Vec<LaneGap>,
    /// Its announced closure that is now or next.
    pub closure: Option<ClosureRow>,
}

impl PeerQueues {
    pub fn missing(&self) -> i64 {
        self.gaps.iter().map(|gap| gap.missing).sum()
    }
}

/// Numbers a peer used that never came.
#[derive(Debug, Clone, Serialize)]
pub struct LaneGap {
    pub epoch: i64,
    pub lane: i64,
    pub first: i64,
    pub last: i64,
    pub missing: i64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentQuery {
    pub state: String,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PaymentRow {
    pub payment_ref: String,
    /// Neither where money that belongs to no case goes back.
    pub case_id: Option<String>,
    pub letter_no: Option<String>,
    pub ordinal: i64,
    pub attempt: i64,
    pub amount: Balance,
    /// Name of the receiving account's holder, and the last four of its number.
    pub payee: String,
    pub state: String,
    pub released_at: Moment,
    pub batch_no: Option<String>,
    pub exported_at: Option<Moment>,
    pub confirmed_at: Option<Moment>,
    pub bank_txn_no: Option<String>,
}

impl PaymentRow {
    pub(super) fn read(row: &SqliteRow) -> Result<PaymentRow, sqlx::Error> {
        Ok(PaymentRow {
            payment_ref: row.try_get("payment_ref")?,
            case_id: row.try_get::<Option<Vec<u8>>, _>("case_id")?.as_deref().map(uuid_text),
            letter_no: row.try_get("letter_no")?,
            ordinal: row.try_get("ordinal")?,
            attempt: row.try_get("attempt")?,
            amount: Balance(row.try_get("fen")?),
            payee: mask::bank_account(row.try_get("payee")?),
            state: row.try_get("state")?,
            released_at: moment(row, "released_at")?,
            batch_no: row.try_get("batch_no")?,
            exported_at: moment_if(row, "exported_at")?,
            confirmed_at: moment_if(row, "confirmed_at")?,
            bank_txn_no: row.try_get("bank_txn_no")?,
        })
    }
}

impl Views {
    /// Every peer we ever wrote to or heard from, at most 5,000.
    pub async fn queues(&self, now: Moment) -> Result<Vec<PeerQueues>, ViewError> {
        let mut peers: BTreeMap<String, PeerQueues> = BTreeMap::new();
        let mut at = self.pool.begin().await?;
        for row in query(sql::QUEUES_OUT).fetch_all(&mut *at).await? {
            let peer = entry(&mut peers, &row)?;
            peer.unsent = row.try_get("unsent")?;
            peer.unreceipted = row.try_get("unreceipted")?;
            peer.refused = row.try_get("refused")?;
            peer.made = row.try_get("n")?;
            peer.oldest_open = moment_if(&row, "oldest")?;
            peer.next_try = moment_if(&row, "next_try")?;
            peer.trouble = row.try_get("trouble")?;
            peer.last_receipt = moment_if(&row, "last_receipt")?;
        }
        for row in query(sql::QUEUES_IN).fetch_all(&mut *at).await? {
            let peer = entry(&mut peers, &row)?;
            peer.received = row.try_get("n")?;
            peer.last_heard = moment_if(&row, "last_heard")?;
            peer.early = row.try_get("early")?;
            peer.duplicates = row.try_get("duplicates")?;
        }
        for row in query(sql::LANE_GAPS).fetch_all(&mut *at).await? {
            let (first, last): (i64, i64) = (row.try_get("first_seq")?, row.try_get("last_seq")?);
            let missing = last - first + 1 - row.try_get::<i64, _>("n")?;
            let gap = LaneGap { epoch: row.try_get("epoch")?, lane: row.try_get("lane")?, first, last, missing };
            entry(&mut peers, &row)?.gaps.push(gap);
        }
        at.rollback().await?;
        for closure in self.closures(now, false).await? {
            if let Some(peer) = peers.get_mut(&closure.agency) {
                // The nearest comes first.
                peer.closure.get_or_insert(closure);
            }
        }
        Ok(peers.into_values().collect())
    }

    /// Last released first.
    pub async fn payments(&self, wanted: &PaymentQuery) -> Result<Page<PaymentRow>, ViewError> {
        let limit = rows_of(wanted.limit);
        let (released_at, payment_ref) = match wanted.after.as_deref().filter(|after| !after.is_empty()) {
            Some(after) => split_place(after)?,
            None => (i64::MAX, ""),
        };
        let rows = query(sql::PAYMENTS)
            .bind(&wanted.state)
            .bind(released_at)
            .bind(payment_ref)
            .bind(i64::from(limit) + 1)
            .fetch_all(&self.pool)
            .await?;
        let rows = rows.iter().map(PaymentRow::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(rows, limit, |row| format!("{}~{}", row.released_at.0, row.payment_ref)))
    }

    /// Waiting lines with this number of the bank, by their own name, and how many acts each has seen.
    pub async fn lines_called(&self, txn: &str) -> Result<Vec<(String, u32)>, ViewError> {
        let rows = query(sql::LINES_CALLED).bind(txn).fetch_all(&self.pool).await?;
        let read = |row: &SqliteRow| -> Result<(String, u32), ViewError> {
            let acts: i64 = row.try_get("acts")?;
            Ok((row.try_get("line")?, u32::try_from(acts).unwrap_or(u32::MAX)))
        };
        rows.iter().map(read).collect()
    }

    /// Bank lines in suspense, oldest first.
    pub async fn unmatched_lines(&self, after: Option<&str>, limit: Option<u32>) -> Result<Page<LineRow>, ViewError> {
        let limit = rows_of(limit);
        let (arrived_at, line) = match after.filter(|after| !after.is_empty()) {
            Some(after) => split_place(after)?,
            None => (i64::MIN, ""),
        };
        let found = query(sql::UNMATCHED).bind(arrived_at).bind(line).bind(i64::from(limit) + 1);
        let rows = found.fetch_all(&self.pool).await?;
        let read = rows.iter().map(LineRow::read).collect::<Result<Vec<_>, _>>()?;
        let mut page = Page::of(read, limit, |_| String::new());
        if page.next.is_some() {
            // The raw line is the key of the next page; the row shown holds a masked account.
            let last = &rows[page.rows.len() - 1];
            page.next = Some(format!("{}~{}", last.try_get::<i64, _>("arrived_at")?, last.try_get::<&str, _>("line")?));
        }
        Ok(page)
    }
}

fn entry<'a>(peers: &'a mut BTreeMap<String, PeerQueues>, row: &SqliteRow) -> Result<&'a mut PeerQueues, sqlx::Error> {
    let code: String = row.try_get("peer")?;
    Ok(peers.entry(code.clone()).or_insert_with(|| PeerQueues { peer: code, ..PeerQueues::default() }))
}
