//! Walks both chains from the first row to the last, and names the row that was changed, not the ones behind it.

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::{Check, NAMED_MAX, sql};
use crate::store::StoreError;
use crate::store::audit::{Entry, Link, audit_hash, entry_hash};
use crate::store::engine;

/// Where the walk stands: the hashes the next row may build on. After a broken row these are the one it holds and the one
/// it should hold, since either may be the changed one.
struct Walk {
    n: i64,
    /// Looked at up to here: numbers that were never given lie below 1.
    after: i64,
    before: [[u8; 32]; 2],
    check: Check,
}

impl Walk {
    fn new(chinese: &'static str, english: &'static str) -> Walk {
        let check = Check { invariant: "I10", chinese, english, looked_at: 0, broken: Vec::new() };
        Walk { n: 0, after: i64::MIN, before: [Link::START.hash; 2], check }
    }

    /// One row: its number, the hash it holds, what it should hold after each of the two, and its name.
    fn row(&mut self, n: i64, holds: Option<[u8; 32]>, should: [[u8; 32]; 2], name: impl FnOnce() -> String) {
        self.check.looked_at += 1;
        if n < 1 {
            return self.broken(name());
        }
        let fits = should.into_iter().find(|should| Some(*should) == holds);
        if n == self.n + 1 && fits.is_some() {
            self.before = [holds.unwrap_or(should[0]); 2];
        } else {
            self.broken(name());
            self.before = [holds.unwrap_or(should[0]), should[0]];
        }
        self.n = n;
    }

    fn broken(&mut self, name: String) {
        if self.check.broken.len() < NAMED_MAX {
            self.check.broken.push(name);
        }
    }
}

/// What stands in a column, whatever it is: somebody may have written into the file by hand.
fn bytes(row: &SqliteRow, column: &str) -> Vec<u8> {
    row.try_get(column).unwrap_or_default()
}

fn hash(row: &SqliteRow, column: &str) -> Option<[u8; 32]> {
    row.try_get::<Option<Vec<u8>>, _>(column).ok().flatten()?.try_into().ok()
}

/// The audit chain.
pub async fn audit(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut walk = Walk::new("审计链首尾相接", "the audit chain holds from end to end");
    loop {
        let rows = engine::rows(connection, sql::AUDIT_ROWS, vec![walk.after.into()]).await?;
        if rows.is_empty() {
            return Ok(walk.check);
        }
        for row in &rows {
            walk.after = row.get("n");
            audit_row(&mut walk, row);
        }
    }
}

fn audit_row(walk: &mut Walk, row: &SqliteRow) {
    let n: i64 = row.get("n");
    let [actor, action, object, detail] = ["actor", "action", "object", "detail"].map(|column| bytes(row, column));
    let ledger_n: Option<i64> = row.get("ledger_n");
    let ledger = ledger_n.map(|n| Link { n, hash: hash(row, "ledger").unwrap_or_default() });
    let prev = hash(row, "prev");
    let should = walk
        .before
        .map(|before| audit_hash(&before, row.get("at"), [&actor, &action, &object, &detail], ledger.as_ref()));
    // A row that names another row before it is broken, whatever its hash is.
    let names_it = prev.is_some_and(|prev| walk.before.contains(&prev));
    // One part of where the ledger stood without the other was never written.
    let whole = ledger_n.is_some() == hash(row, "ledger").is_some();
    let holds = hash(row, "hash").filter(|_| names_it && whole);
    walk.row(n, holds, should, || format!("#{n}"));
    if let Some(held) = hash(row, "hash").filter(|_| n >= 1 && holds.is_none()) {
        walk.before = [held, should[0]];
    }
}

/// The ledger's chain, and what stands outside it.
pub async fn ledger(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut walk = Walk::new("每条分录与记账时相同", "every entry is as it was booked");
    loop {
        let rows = engine::rows(connection, sql::ENTRIES, vec![walk.after.into()]).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            walk.after = row.get("n");
            entry_row(&mut walk, row);
        }
    }
    for row in engine::rows(connection, sql::ENTRIES_UNCHAINED, vec![]).await? {
        walk.broken(super::name_of(&row));
    }
    Ok(walk.check)
}

fn entry_row(walk: &mut Walk, row: &SqliteRow) {
    let n: i64 = row.get("n");
    let [posting, account, side, day] = ["posting", "account", "side", "booked_on"].map(|column| bytes(row, column));
    let case_id: Option<Vec<u8>> = row.try_get("case_id").unwrap_or_default();
    let entry = Entry {
        posting: &posting,
        line: row.get("line"),
        account: &account,
        side: &side,
        fen: row.get("fen"),
        case_id: case_id.as_deref(),
        booked_on: &day,
        at: row.get("at"),
    };
    let should = walk.before.map(|before| entry_hash(&before, n, &entry));
    walk.row(n, hash(row, "hash"), should, || format!("{} {}", String::from_utf8_lossy(&posting), entry.line));
}
