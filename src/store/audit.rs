//! The audit chain: each row names the hash of the row before, so nothing can be changed, cut out or slipped in.

use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::engine::{self, Value};
use super::{StoreError, sql};
use crate::domain::time::Moment;

/// Where the chain ends now.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    pub n: i64,
    pub hash: [u8; 32],
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
    pub const START: Head = Head { n: 0, hash: [0; 32] };

    pub async fn read(connection: &mut SqliteConnection) -> Result<Head, StoreError> {
        let rows = engine::rows(connection, sql::AUDIT_HEAD, vec![]).await?;
        let Some(row) = rows.first() else { return Ok(Head::START) };
        let hash: Vec<u8> = row.get("hash");
        let hash = hash.try_into().map_err(|_| StoreError::Corrupt { what: "audit hash" })?;
        Ok(Head { n: row.get("n"), hash })
    }

    /// The next row of the chain; the head moves on.
    pub fn append(&mut self, act: Act<'_>) -> Vec<Value<'static>> {
        let hash = chain(&self.hash, act.at, act.actor, &act.action, &act.object, &act.detail);
        let prev = std::mem::replace(&mut self.hash, hash);
        self.n += 1;
        vec![
            Value::Int(self.n),
            Value::Int(act.at.0),
            Value::text(act.actor.to_owned()),
            Value::text(act.action),
            Value::text(act.object),
            Value::text(act.detail),
            Value::bytes(prev.to_vec()),
            Value::bytes(hash.to_vec()),
        ]
    }
}

/// SHA-256 over the hash before and every field with its length: no two rows have the same input.
pub fn chain(prev: &[u8; 32], at: Moment, actor: &str, action: &str, object: &str, detail: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(prev);
    hash.update(at.0.to_be_bytes());
    for field in [actor, action, object, detail] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    hash.finalize().into()
}
