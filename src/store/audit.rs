//! Two chains: each audit row and each ledger entry names the hash of the row before, so nothing can be changed, cut out
//! or slipped in. An audit row also holds where the ledger stood after its transaction.

use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::engine::{self, Value};
use super::{StoreError, sql};
use crate::domain::time::Moment;

/// The last row of a chain: its number and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub n: i64,
    pub hash: [u8; 32],
}

impl Link {
    /// Before the first row.
    pub const START: Link = Link { n: 0, hash: [0; 32] };
}

/// The row of `meta` that counts commits.
pub const COMMITS: &str = "commits";

/// Where both chains end now, and after how many commits: one that only notes what the broker said adds no row.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    pub audit: Link,
    pub ledger: Link,
    pub commits: i64,
}

/// One act: who did what to which object. Never personal data.
pub struct Act<'a> {
    pub at: Moment,
    pub actor: &'a str,
    pub action: String,
    pub object: String,
    pub detail: String,
}

impl Head {
    pub async fn read(connection: &mut SqliteConnection) -> Result<Head, StoreError> {
        let rows = engine::rows(connection, sql::META, vec![]).await?;
        let commits = rows.iter().find(|row| row.get::<&str, _>("name") == COMMITS);
        // None: only releases wrote that did not count.
        let commits = commits.map_or(Ok(0), |row| row.get::<&str, _>("value").parse());
        let commits = commits.map_err(|_| StoreError::Corrupt { what: "commits" })?;
        let rows = engine::rows(connection, sql::AUDIT_HEAD, vec![]).await?;
        let Some(row) = rows.first() else {
            return Ok(Head { audit: Link::START, ledger: Link::START, commits });
        };
        let hash = |bytes: Vec<u8>| bytes.try_into().map_err(|_| StoreError::Corrupt { what: "audit hash" });
        let audit = Link { n: row.get("n"), hash: hash(row.get("hash"))? };
        // None: the last row was written by a release whose ledger was no chain yet.
        let ledger = match row.get::<Option<i64>, _>("ledger_n") {
            Some(n) => Link { n, hash: hash(row.get("ledger"))? },
            None => Link::START,
        };
        Ok(Head { audit, ledger, commits })
    }

    /// The next row of the audit chain; the head moves on.
    pub fn append(&mut self, act: Act<'_>) -> Vec<Value<'static>> {
        let fields = [act.actor, &act.action, &act.object, &act.detail].map(str::as_bytes);
        let hash = audit_hash(&self.audit.hash, act.at.0, fields, Some(&self.ledger));
        let prev = std::mem::replace(&mut self.audit.hash, hash);
        self.audit.n += 1;
        vec![
            Value::Int(self.audit.n),
            Value::Int(act.at.0),
            Value::text(act.actor.to_owned()),
            Value::text(act.action),
            Value::text(act.object),
            Value::text(act.detail),
            Value::bytes(prev.to_vec()),
            Value::bytes(hash.to_vec()),
            Value::Int(self.ledger.n),
            Value::bytes(self.ledger.hash.to_vec()),
        ]
    }
}

/// SHA-256 over the hash before and every field with its length: no two rows have the same input. `None`: a row from
/// before the ledger was a chain.
pub fn audit_hash(prev: &[u8; 32], at: i64, fields: [&[u8]; 4], ledger: Option<&Link>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(prev);
    hash.update(at.to_be_bytes());
    fields.into_iter().for_each(|field| with_length(&mut hash, field));
    if let Some(ledger) = ledger {
        hash.update(ledger.n.to_be_bytes());
        hash.update(ledger.hash);
    }
    hash.finalize().into()
}

/// A row of the ledger, as it is hashed.
pub struct Entry<'a> {
    pub posting: &'a [u8],
    pub line: i64,
    pub account: &'a [u8],
    pub side: &'a [u8],
    pub fen: i64,
    pub case_id: Option<&'a [u8]>,
    pub booked_on: &'a [u8],
    pub at: i64,
}

/// Likewise over the entry before, the number and every column.
pub fn entry_hash(prev: &[u8; 32], n: i64, entry: &Entry<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(prev);
    for number in [n, entry.line, entry.fen, entry.at] {
        hash.update(number.to_be_bytes());
    }
    for field in [entry.posting, entry.account, entry.side, entry.booked_on] {
        with_length(&mut hash, field);
    }
    hash.update([u8::from(entry.case_id.is_some())]);
    with_length(&mut hash, entry.case_id.unwrap_or_default());
    hash.finalize().into()
}

fn with_length(hash: &mut Sha256, field: &[u8]) {
    hash.update((field.len() as u64).to_be_bytes());
    hash.update(field);
}
