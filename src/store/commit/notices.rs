//! Milestones in a commit: told with the step that reached them, or not at all; and the file that takes them out.

use super::{Rows, Writing};
use crate::store::engine::{self, Value};
use crate::store::rows::case_bytes;
use crate::store::{StoreError, sql};

/// Notices of one file: it is answered as one document.
const EXPORT_MOST: u32 = 5_000;

impl<'a> Writing<'a> {
    pub(super) async fn notices(&mut self) -> Result<(), StoreError> {
        let mut rows: Rows<'a> = Vec::new();
        for decided in &self.batch.decided {
            rows.extend(decided.changes.notices.iter().map(|notice| {
                vec![
                    case_bytes(notice.case),
                    Value::text(notice.milestone.code()),
                    notice.round.into(),
                    Value::maybe(notice.reason, |reason| Value::text(reason.code())),
                    notice.employer.into(),
                    decided.event.at.0.into(),
                ]
            }));
        }
        self.insert(sql::NOTICES_ADD, rows).await?;
        for batch_no in self.changes().filter_map(|changes| changes.notices_export.as_ref()) {
            let values = vec![Value::text(batch_no.clone()), self.batch.at.0.into(), EXPORT_MOST.into()];
            engine::execute(self.connection, sql::NOTICES_EXPORT, values).await?;
        }
        Ok(())
    }
}
