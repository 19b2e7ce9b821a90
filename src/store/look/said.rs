//! What we had said and forgotten, for the cases of a batch.

use sqlx::Row;

use super::{Looking, SaidMessage, agency, texts};
use crate::domain::ids::{CaseId, MessageId};
use crate::store::StoreError;
use crate::store::engine::Value;
use crate::store::rows::{case_bytes, read_document, uuid};
use crate::store::sql::restore as sql;

impl Looking<'_> {
    /// Cases that forgotten applications had opened: messages may wait for them.
    pub(super) async fn forgotten_cases(&mut self) -> Result<(), StoreError> {
        let applications = texts(&self.wanted.applications);
        for row in self.list(sql::CASES_OF_APPLICATIONS, &applications).await? {
            self.wanted.cases.insert(CaseId(uuid(row.get("case_id"), "echo")?));
        }
        Ok(())
    }

    pub(super) async fn said(&mut self) -> Result<Vec<SaidMessage>, StoreError> {
        let cases: Vec<Value<'_>> = self.wanted.cases.iter().map(|case| case_bytes(*case)).collect();
        let rows = self.list(sql::SAID_IN_CASES, &cases).await?;
        let said = rows.iter().map(|row| {
            Ok(SaidMessage {
                id: MessageId(uuid(row.get("message_id"), "echo")?),
                peer: agency(row, "peer")?,
                receipt: read_document(row.get("receipt"), "echo")?,
                body: row.get("body"),
            })
        });
        said.collect()
    }
}
