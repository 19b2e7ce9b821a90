//! What people and their files do: a command, a page and a bank file end as the same events on the same path.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::clocks;
use super::pipeline::{Input, Job};
use super::site::Site;
use crate::domain::calendar::{CalendarImport, YearFile};
use crate::domain::changes::{Declined, Outcome, PaymentRow};
use crate::domain::event::{Application, PeriodsEntry, RegisterEntry, StatementLine, What};
use crate::domain::ids::AgencyCode;
use crate::domain::peers::MaintenanceOrder;
use crate::domain::time::Moment;
use crate::fault;
use crate::store::{ExportedNotice, Store, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum ClerkError {
    #[error("STOPPING 守护进程正在停止，请稍后重试 / the daemon is stopping; try again later")]
    Stopping,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A batch no. and its payments.
pub type PaymentFile = (String, Vec<PaymentRow>);

/// A cheap handle on the pipeline for whoever acts.
#[derive(Clone)]
pub struct Clerk {
    pub site: Arc<Site>,
    pub store: Arc<Store>,
    pub jobs: mpsc::Sender<Job>,
}

impl Clerk {
    /// Takes local events; the answer comes after their commit, one outcome each. Declined whole while the disk is low.
    pub async fn act(&self, actor: &str, events: Vec<What>) -> Result<Vec<Outcome>, ClerkError> {
        self.store.room().check()?;
        let inputs = events.into_iter().map(|what| Input::Local { actor: actor.to_owned(), what }).collect();
        let (done, committed) = oneshot::channel();
        self.jobs.send(Job { inputs, done: Some(done) }).await.map_err(|_| ClerkError::Stopping)?;
        committed.await.map_err(|_| ClerkError::Stopping)
    }

    pub async fn apply(&self, actor: &str, rows: Vec<Application>) -> Result<Vec<Outcome>, ClerkError> {
        self.act(actor, rows.into_iter().map(What::Application).collect()).await
    }

    pub async fn register(&self, actor: &str, rows: Vec<RegisterEntry>) -> Result<Vec<Outcome>, ClerkError> {
        self.act(actor, rows.into_iter().map(What::Register).collect()).await
    }

    pub async fn periods(&self, actor: &str, rows: Vec<PeriodsEntry>) -> Result<Vec<Outcome>, ClerkError> {
        self.act(actor, rows.into_iter().map(What::Periods).collect()).await
    }

    pub async fn statement(&self, actor: &str, rows: Vec<StatementLine>) -> Result<Vec<Outcome>, ClerkError> {
        let outcomes = self.act(actor, rows.into_iter().map(What::Statement).collect()).await;
        fault::point("bank.imported");
        outcomes
    }

    /// Puts years into the calendar, all of a file or none, and counts the running clocks by it; how many cases changed.
    pub async fn import_years(
        &self,
        actor: &str,
        years: Vec<YearFile>,
        replace: Option<String>,
    ) -> Result<(Outcome, u64), ClerkError> {
        let import_no = format!("{}-C{}", self.site.us, self.site.now().0);
        let import = CalendarImport { import_no, years, replace };
        let outcomes = self.act(actor, vec![What::Calendar(import)]).await?;
        let outcome = outcomes.into_iter().next().ok_or(ClerkError::Stopping)?;
        fault::point("calendar.imported");
        // The years are durable: what this does not reach now, the clocks will.
        let recounted = if outcome == Outcome::Applied { clocks::recount(self).await? } else { 0 };
        Ok((outcome, recounted))
    }

    /// 停机通告: tells every peer, or one, that we close; its number, and what became of it.
    pub async fn announce(
        &self,
        actor: &str,
        (from, until): (Moment, Moment),
        reason: String,
        to: Option<AgencyCode>,
    ) -> Result<(String, Outcome), ClerkError> {
        let announcement_no = format!("{}-M{}", self.site.us, self.site.now().0);
        let order = MaintenanceOrder { announcement_no: announcement_no.clone(), from, until, reason, to };
        let outcomes = self.act(actor, vec![What::Announce(order)]).await?;
        Ok((announcement_no, outcomes.into_iter().next().ok_or(ClerkError::Stopping)?))
    }

    /// Puts all released payments into a new payment file; `None` when there are none. The same batch no. can be read
    /// again at any time.
    pub async fn export_payments(&self, actor: &str) -> Result<Result<Option<PaymentFile>, Declined>, ClerkError> {
        if self.store.payments_released().await? == 0 {
            return Ok(Ok(None));
        }
        let batch_no = format!("{}-P{}", self.site.us, self.site.now().0);
        let mut done = self.act(actor, vec![What::Export { batch_no: batch_no.clone() }]).await?;
        fault::point("payments.exported");
        if let Some(Outcome::Declined(declined)) = done.pop() {
            return Ok(Err(declined));
        }
        let payments = self.store.payments_of_batch(&batch_no).await?;
        fault::point("payments.read");
        Ok(Ok((!payments.is_empty()).then_some((batch_no, payments))))
    }

    /// 批量划转: what waits for a person's release leaves together.
    pub async fn remit(&self, actor: &str, reason: String) -> Result<(String, Outcome), ClerkError> {
        let order_no = format!("{}-B{}", self.site.us, self.site.now().0);
        let mut done = self.act(actor, vec![What::Remit { order_no: order_no.clone(), reason }]).await?;
        Ok((order_no, done.remove(0)))
    }

    /// Puts the notices that wait, oldest first and at most a file's worth, into a new file; `None` when there are none.
    pub async fn export_notices(&self, actor: &str) -> Result<Option<(String, Vec<ExportedNotice>)>, ClerkError> {
        if self.store.notices_waiting().await? == 0 {
            return Ok(None);
        }
        let batch_no = format!("{}-T{}", self.site.us, self.site.now().0);
        self.act(actor, vec![What::ExportNotices { batch_no: batch_no.clone(), again: None }]).await?;
        let notices = self.store.notices_of_batch(&batch_no).await?;
        Ok((!notices.is_empty()).then_some((batch_no, notices)))
    }

    /// A file of notices once more; empty for an unknown batch. Audited: whole names leave again.
    pub async fn notices_again(&self, actor: &str, batch_no: &str) -> Result<Vec<ExportedNotice>, ClerkError> {
        let notices = self.store.notices_of_batch(batch_no).await?;
        if !notices.is_empty() {
            let again = Some(self.site.now());
            self.act(actor, vec![What::ExportNotices { batch_no: batch_no.to_owned(), again }]).await?;
        }
        Ok(notices)
    }
}
