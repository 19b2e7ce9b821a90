//! Imported years of the calendar in a commit.

use std::collections::BTreeMap;

use super::Writing;
use crate::store::engine::Value;
use crate::store::rows::document;
use crate::store::{StoreError, sql};

impl Writing<'_> {
    pub(super) async fn calendar(&mut self) -> Result<(), StoreError> {
        // A year may come twice in a batch; rows of one statement must be distinct, so the last one stands.
        let mut rows = BTreeMap::new();
        for decided in &self.batch.decided {
            for change in &decided.changes.years {
                let row = vec![
                    Value::Int(i64::from(change.year.number())),
                    document(change.year.file()),
                    decided.event.at.0.into(),
                    Value::text(decided.event.actor.clone()),
                    Value::maybe(change.replaced.as_ref(), |reason| Value::text(reason.clone())),
                ];
                rows.insert(change.year.number(), row);
            }
        }
        self.insert(sql::CALENDAR_PUT, rows.into_values().collect()).await?;
        Ok(())
    }
}
