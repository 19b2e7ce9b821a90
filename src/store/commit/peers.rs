//! What belongs to no case in a commit: closures, directories, a closed day and digests.

use std::collections::BTreeMap;

use super::Writing;
use crate::store::engine::Value;
use crate::store::rows::{closure_row, day, document};
use crate::store::sql::peers as sql;
use crate::store::{StoreError, rows};

impl Writing<'_> {
    pub(super) async fn peers(&mut self) -> Result<(), StoreError> {
        // Rows of one statement must be distinct: the last word on each stands.
        let closures = self.changes().flat_map(|changes| &changes.closures);
        let closures: BTreeMap<_, _> =
            closures.map(|closure| ((&closure.agency, &closure.announcement_no), closure)).collect();
        self.insert(sql::CLOSURES_PUT, closures.into_values().map(closure_row).collect()).await?;
        let directories: BTreeMap<_, _> = self
            .changes()
            .flat_map(|changes| &changes.directories)
            .map(|(agency, version)| (agency, version))
            .collect();
        let at = self.batch.at.0;
        let heard = directories
            .into_iter()
            .map(|(agency, version)| vec![Value::text(agency.as_str()), Value::from(*version), at.into()]);
        self.insert(sql::DIRECTORIES_PUT, heard.collect()).await?;
        self.point("commit.closures");
        self.closes().await?;
        self.point("commit.closes");
        let digests = self.changes().flat_map(|changes| &changes.digests);
        let digests: BTreeMap<_, _> = digests.map(|row| ((&row.peer, row.day, row.ours), row)).collect();
        let digests = digests.into_values().map(|row| {
            vec![
                Value::text(row.peer.as_str()),
                day(row.day),
                row.ours.into(),
                at.into(),
                Value::text(row.state),
                document(&row.digest),
                Value::maybe(row.held.as_deref(), Value::text),
            ]
        });
        self.insert(sql::DIGESTS_PUT, digests.collect()).await?;
        Ok(())
    }

    async fn closes(&mut self) -> Result<(), StoreError> {
        let mut closes = Vec::new();
        for decided in &self.batch.decided {
            let Some(close) = &decided.changes.close else { continue };
            let head = hex::decode(&close.audit_head).map_err(|_| rows::corrupt("audit head"))?;
            closes.push(vec![
                day(close.day),
                decided.event.at.0.into(),
                Value::text(decided.event.actor.as_str()),
                close.from.0.into(),
                close.until.0.into(),
                close.trial.bank.into(),
                close.trial.person.into(),
                close.trial.transit_out.into(),
                close.trial.transit_in.into(),
                close.trial.suspense.into(),
                close.postings.into(),
                close.audit_n.into(),
                Value::bytes(head),
                document(&**close),
            ]);
        }
        self.insert(sql::CLOSES_ADD, closes).await?;
        Ok(())
    }
}
