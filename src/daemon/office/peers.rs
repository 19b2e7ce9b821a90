//! The desk for what agencies say to each other outside cases: closures, closed days, digests.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Failure, Office, document, not_found, outcomes};
use crate::domain::changes::Outcome;
use crate::domain::event::What;
use crate::domain::ids::AgencyCode;
use crate::domain::time::Moment;

impl Office {
    pub(super) async fn announce(
        &self,
        actor: &str,
        times: (Moment, Moment),
        reason: String,
        to: Option<AgencyCode>,
    ) -> Result<Value, Failure> {
        let (announcement_no, outcome) = self.clerk.announce(actor, times, reason, to).await?;
        if let Outcome::Declined(declined) = outcome {
            return Err(declined.into());
        }
        Ok(json!({ "announcement_no": announcement_no, "outcome": outcomes(&[outcome]).first() }))
    }

    pub(super) async fn withdraw(
        &self,
        actor: &str,
        announcement_no: String,
        reason: String,
    ) -> Result<Value, Failure> {
        self.one(actor, What::Withdraw { announcement_no, reason }).await
    }

    /// The peers whose closure is now or ahead.
    pub(super) async fn closed_peers(&self) -> Result<Value, Failure> {
        let ours = self.clerk.site.us.as_str();
        let closures = self.views.closures(self.clerk.site.now(), false).await?;
        document(closures.into_iter().filter(|row| row.agency != ours).collect::<Vec<_>>())
    }

    /// Without a day: the next one that is over.
    pub(super) async fn close_day(&self, actor: &str, day: Option<NaiveDate>) -> Result<Value, Failure> {
        let next = self.store.day_to_close(self.clerk.site.now().china_date()).await?;
        let yesterday = self.clerk.site.now().china_date().pred_opt();
        let Some(day) = day.or(next).or(yesterday) else { return Err(not_found("day")) };
        let done = self.one(actor, What::Close { day }).await?;
        let close = self.views.close(day).await?.ok_or_else(|| not_found("close"))?;
        Ok(json!({ "outcome": done, "close": document(close)? }))
    }

    pub(super) async fn close(&self, day: NaiveDate) -> Result<Value, Failure> {
        document(self.views.close(day).await?.ok_or_else(|| not_found("close"))?)
    }

    pub(super) async fn note_digest(
        &self,
        actor: &str,
        peer: AgencyCode,
        day: NaiveDate,
        reason: String,
    ) -> Result<Value, Failure> {
        self.one(actor, What::DigestNoted { peer, day, reason }).await
    }

    /// One act; declined is a failure with its code.
    pub(super) async fn one(&self, actor: &str, what: What) -> Result<Value, Failure> {
        let done = self.clerk.act(actor, vec![what]).await?;
        if let Some(Outcome::Declined(declined)) = done.first() {
            return Err(declined.clone().into());
        }
        document(outcomes(&done).first())
    }
}
