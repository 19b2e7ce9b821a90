//! What we had said and forgotten, for the cases of a batch.

use sqlx::Row;

use super::{Looking, SaidMessage, agency, texts};
use crate::domain::ids::MessageId;
use crate::store::StoreError;
use crate::store::engine::Value;
use crate::store::rows::{case_bytes, read_document, uuid};
use crate::store::sql::restore as sql;

impl Looking<'_> {
    pub(super) async fn said(&mut self) -> Result<Vec<SaidMessage>, StoreError> {
        let cases: Vec<Value<'_>> = self.wanted.cases.iter().map(|case| case_bytes(*case)).collect();
        let applications = texts(&self.wanted.applications);
        let mut said: Vec<SaidMessage> = Vec::new();
        for (sql, keys) in [(sql::SAID_IN_CASES, cases), (sql::SAID_OF_APPLICATIONS, applications)] {
            for row in self.list(sql, &keys).await? {
                let id = MessageId(uuid(row.get("message_id"), "echo")?);
                if said.iter().any(|known| known.id == id) {
                    continue;
                }
                let receipt = read_document(row.get("receipt"), "echo")?;
                said.push(SaidMessage { id, peer: agency(&row, "peer")?, receipt, body: row.get("body") });
            }
        }
        Ok(said)
    }
}
