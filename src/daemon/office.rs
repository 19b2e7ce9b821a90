//! Answers requests: reads from the store's views, acts through the flow's clerk. The same for a running daemon and for
//! a command that opened the database itself.

mod calendar;
mod notices;
mod peers;
mod restore;
mod tasks;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tracing::info;
use uuid::Uuid;

use super::request::{Answer, Failure, Request};
use crate::clock::{Clock, NotSet};
use crate::domain::act::{Act, Verb, Why};
use crate::domain::changes::{Outcome, PaymentRow};
use crate::domain::event::What;
use crate::domain::ids::{BankTxnNo, CaseId};
use crate::domain::ledger::LineKey;
use crate::domain::line::{LineAct, LineVerb};
use crate::domain::time::Moment;
use crate::flow::clerk::{Clerk, ClerkError};
use crate::flow::{clocks, daily};
use crate::store::backup::BackupError;
use crate::store::views::{CaseQuery, CaseView, ViewError, Views};
use crate::store::{Store, StoreError};
use crate::transport::{Transport, TransportStatus};

pub struct Office {
    pub clerk: Clerk,
    pub store: Arc<Store>,
    pub views: Views,
    /// None when a command opened the database without a daemon.
    pub transport: Option<Arc<dyn Transport>>,
    pub changes: watch::Receiver<u64>,
    pub started_at: Moment,
    pub clock: Clock,
}

impl From<ClerkError> for Failure {
    fn from(cause: ClerkError) -> Failure {
        match cause {
            ClerkError::Stopping => Failure::new("STOPPING", cause),
            ClerkError::Store(cause) => cause.into(),
        }
    }
}

impl From<ViewError> for Failure {
    fn from(cause: ViewError) -> Failure {
        Failure::new("STORE_READ", format!("无法读取数据库，请稍后重试 / {cause}"))
    }
}

impl From<BackupError> for Failure {
    fn from(cause: BackupError) -> Failure {
        match cause {
            BackupError::Store(cause) => cause.into(),
            BackupError::Exists(_) => Failure::new("FILE_EXISTS", cause),
            BackupError::Io { .. } => Failure::new("BACKUP_IO", cause),
            BackupError::Manifest { .. } => Failure::new("BACKUP_MANIFEST", cause),
            BackupError::Foreign { .. } => Failure::new("BACKUP_FOREIGN", cause),
            BackupError::Differs { .. } => Failure::new("BACKUP_DIFFERS", cause),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(cause: StoreError) -> Failure {
        if matches!(cause, StoreError::NoRoom(_)) {
            return Failure::new("DISK_LOW", cause);
        }
        // The database's own words: disk full and file locked read very differently.
        let source = std::error::Error::source(&cause).map(|source| format!(" ({source})")).unwrap_or_default();
        Failure::new("STORE", format!("{cause}{source}"))
    }
}

fn not_found(what: &str) -> Failure {
    Failure::new("NOT_FOUND", format!("没有找到：{what} / not found: {what}"))
}

fn document(value: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|cause| Failure::new("INTERNAL", cause))
}

impl Office {
    pub async fn answer(&self, request: Request) -> Answer {
        match self.handle(request).await {
            Ok(value) => Answer::Done(value),
            Err(failure) => Answer::Failed(failure),
        }
    }

    async fn handle(&self, request: Request) -> Result<Value, Failure> {
        match request {
            Request::Status => self.status().await,
            Request::Overview => {
                let today = self.clerk.site.now().china_date();
                let mut overview = document(self.views.overview(today, self.soon(today)).await?)?;
                overview["closed_peers"] = self.closed_peers().await?;
                Ok(overview)
            }
            Request::Backup { actor, file } => self.backup(&actor, &file).await,
            Request::Restore { actor, verb, reason } => self.restore(&actor, verb, reason).await,
            Request::RestoreStatus => self.restore_status().await,
            Request::Verify => document(self.store.verify().await?),
            Request::Apply { actor, rows } => document(outcomes(&self.clerk.apply(&actor, rows).await?)),
            Request::Payout { actor, request } => {
                let done = self.clerk.act(&actor, vec![What::Payout(request)]).await?;
                Ok(json!({ "outcomes": outcomes(&done) }))
            }
            Request::Register { actor, rows } => document(outcomes(&self.clerk.register(&actor, rows).await?)),
            Request::Periods { actor, rows } => document(outcomes(&self.clerk.periods(&actor, rows).await?)),
            Request::Statement { actor, rows } => document(outcomes(&self.clerk.statement(&actor, rows).await?)),
            Request::ExportPayments { actor, wait_ms } => self.export(&actor, wait_ms).await,
            Request::Remit { actor, reason } => self.remit(&actor, reason).await,
            Request::PaymentsOf { batch_no } => {
                let payments = self.store.payments_of_batch(&batch_no).await?;
                Ok(payment_file(&batch_no, &payments))
            }
            Request::Lines { after, limit } => document(self.views.unmatched_lines(after.as_deref(), limit).await?),
            Request::Line { actor, txn, verb, reason } => self.line(&actor, &txn, verb, reason).await,
            Request::NoteUnidentified { actor, peer, txn, reason } => {
                self.one(&actor, What::UnidentifiedNoted { peer, txn, reason }).await
            }
            Request::Payments { query } => document(self.views.payments(&query).await?),
            Request::Cases { query } => document(self.views.cases(&query).await?),
            Request::Case { name } => self.case(&name).await,
            Request::Act { actor, name, version, verb, reason } => self.act(&actor, &name, version, verb, reason).await,
            Request::Tasks { query } => self.tasks(&query).await,
            Request::Task { actor, name, verb, reason } => self.task(&actor, &name, verb, reason).await,
            Request::CalendarImport { actor, text, replace } => self.import_years(&actor, &text, replace).await,
            Request::Calendar => self.calendar().await,
            Request::Explain { from, days } => Ok(self.explain(from, days)),
            Request::ExplainCase { name } => self.explain_case(&name).await,
            Request::Progress { name } => self.progress(&name).await,
            Request::ProgressOf { document_no } => self.progress_of(&document_no.0).await,
            Request::Notices { query, case } => self.notices(&query, case.as_deref()).await,
            Request::ExportNotices { actor } => self.export_notices(&actor).await,
            Request::NoticesOf { actor, batch_no } => self.notices_of(&actor, &batch_no).await,
            Request::SetClock { to } => self.set_clock(to).await,
            Request::Queues => document(self.views.queues(self.clerk.site.now()).await?),
            Request::Announce { actor, from, until, reason, to } => {
                self.announce(&actor, (from, until), reason, to).await
            }
            Request::Withdraw { actor, announcement_no, reason } => {
                self.withdraw(&actor, announcement_no, reason).await
            }
            Request::Closures { all } => document(self.views.closures(self.clerk.site.now(), all).await?),
            Request::CloseDay { actor, day } => self.close_day(&actor, day).await,
            Request::Closes { before, limit } => document(self.views.closes(before, limit).await?),
            Request::Close { day } => self.close(day).await,
            Request::Digests { query } => document(self.views.digests(&query).await?),
            Request::NoteDigest { actor, peer, day, reason } => self.note_digest(&actor, peer, day, reason).await,
            Request::DeadLetters { query } => document(self.views.dead_letters(&query).await?),
            Request::DeadLetter { hash } => {
                let bytes = hex::decode(&hash).ok().and_then(|bytes| bytes.try_into().ok());
                let bytes: [u8; 32] = bytes.ok_or_else(|| not_found("dead letter"))?;
                document(self.views.dead_letter(&bytes).await?.ok_or_else(|| not_found("dead letter"))?)
            }
        }
    }

    async fn backup(&self, actor: &str, file: &Path) -> Result<Value, Failure> {
        let site = &self.clerk.site;
        let manifest = self.store.backup(file, &site.us, site.now()).await?;
        info!(actor, bytes = manifest.bytes, audit = manifest.audit_rows, "已备份 / backed up");
        document(manifest)
    }

    /// The second working day from now: until when a deadline counts as near.
    fn soon(&self, today: chrono::NaiveDate) -> chrono::NaiveDate {
        self.clerk.site.calendar().working_days_after(today, 2).on().unwrap_or(today)
    }

    async fn status(&self) -> Result<Value, Failure> {
        let site = &self.clerk.site;
        let facts = self.store.facts().await?;
        let name = site.directory.agency(&site.us).map(|agency| agency.name.clone());
        let transport = self.transport.as_ref().map(|transport| transport.status());
        Ok(json!({
            "agency": site.us.as_str(),
            "name": name,
            "running": self.transport.is_some(),
            "pid": std::process::id(),
            "version": env!("CARGO_PKG_VERSION"),
            "started_at": self.started_at,
            "directory_version": site.directory.version,
            "directory_valid_until": site.directory.valid_until,
            "epoch": facts.epoch,
            "commits": *self.changes.borrow(),
            "disk": self.store.room().look(),
            "broker": transport.map(|status| broker(&status)),
        }))
    }

    /// Answers when everything that the clocks ask for on the new day is done. Refused by a real clock: what is
    /// received and signed on it bears the true time.
    async fn set_clock(&self, to: Moment) -> Result<Value, Failure> {
        match self.clock.set(to) {
            Ok(()) => {
                clocks::recount(&self.clerk).await?;
                clocks::chase(&self.clerk).await?;
                daily::look(&self.clerk).await?;
                document(self.clock.now())
            }
            Err(NotSet::Real) => {
                Err(Failure::new("CLOCK_IS_REAL", "正式时钟不能拨动 / the clock is the machine's and cannot be set"))
            }
            Err(NotSet::Back) => {
                Err(Failure::new("CLOCK_BACK", "演示时钟不能倒拨 / a trial's clock is never set back"))
            }
        }
    }

    async fn export(&self, actor: &str, wait_ms: u32) -> Result<Value, Failure> {
        let mut changes = self.changes.clone();
        let until = tokio::time::Instant::now() + Duration::from_millis(u64::from(wait_ms));
        loop {
            changes.mark_unchanged();
            if let Some((batch_no, payments)) = self.clerk.export_payments(actor).await?? {
                return Ok(payment_file(&batch_no, &payments));
            }
            match tokio::time::timeout_at(until, changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Ok(payment_file("", &[])),
            }
        }
    }

    async fn remit(&self, actor: &str, reason: String) -> Result<Value, Failure> {
        let before = self.store.payments_released().await?;
        let (order_no, outcome) = self.clerk.remit(actor, reason).await?;
        if let Outcome::Declined(declined) = outcome {
            return Err(declined.into());
        }
        let waiting = self.store.payments_released().await?;
        Ok(json!({ "order_no": order_no, "released": waiting.saturating_sub(before), "waiting": waiting }))
    }

    /// The line as it stands now; a number that two of our accounts share names none.
    async fn line(&self, actor: &str, txn: &BankTxnNo, verb: LineVerb, reason: String) -> Result<Value, Failure> {
        let lines = self.views.lines_called(txn.as_str()).await?;
        let [(line, seen)] = lines.as_slice() else { return Err(not_found("line")) };
        let act = LineAct { line: LineKey::stored(line.clone()), seen: *seen, verb, reason: Why(reason) };
        self.one(actor, What::Line(act)).await
    }

    async fn act(
        &self,
        actor: &str,
        name: &str,
        version: Option<u64>,
        verb: Verb,
        reason: String,
    ) -> Result<Value, Failure> {
        let case = self.case_id(name).await?;
        let found = self.case_view(case).await?;
        let version = version.unwrap_or_else(|| found.version.unsigned_abs());
        let act = Act { case, version, verb, reason: Why(reason) };
        let done = self.clerk.act(actor, vec![What::Act(act)]).await?;
        let case = self.case_view(case).await?;
        Ok(json!({ "outcome": outcomes(&done).first(), "case": case }))
    }

    /// By case id or letter no.
    async fn case_id(&self, name: &str) -> Result<CaseId, Failure> {
        match Uuid::parse_str(name) {
            Ok(uuid) => Ok(CaseId(uuid)),
            Err(_) => self.case_of_letter(name).await,
        }
    }

    async fn case(&self, name: &str) -> Result<Value, Failure> {
        let id = self.case_id(name).await?;
        document(self.case_view(id).await?)
    }

    pub(super) async fn case_view(&self, id: CaseId) -> Result<CaseView, Failure> {
        let site = &self.clerk.site;
        let found = self.views.case(id, &site.calendar(), site.now()).await?;
        found.ok_or_else(|| not_found("case"))
    }

    async fn case_of_letter(&self, letter_no: &str) -> Result<CaseId, Failure> {
        let query = CaseQuery { q: letter_no.to_owned(), ..CaseQuery::default() };
        let page = self.views.cases(&query).await?;
        let exact = page.rows.iter().find(|row| row.letter_no == letter_no);
        let id = exact.and_then(|row| Uuid::parse_str(&row.case_id).ok());
        id.map(CaseId).ok_or_else(|| not_found("case"))
    }
}

fn broker(status: &TransportStatus) -> Value {
    json!({
        "consuming": status.consuming,
        "publishing": status.publishing,
        "consuming_at": status.consuming_at,
        "publishing_at": status.publishing_at,
        "blocked": status.blocked,
        "fault": status.fault.as_ref().map(|(code, text)| json!({ "code": code, "text": text })),
        "reconnects": status.reconnects,
        "queue_depth": status.queue_depth,
    })
}

/// One word per row, and for declined ones the code and words.
fn outcomes(outcomes: &[Outcome]) -> Vec<Value> {
    let one = |outcome: &Outcome| match outcome {
        Outcome::Applied => json!({ "outcome": "applied" }),
        Outcome::Duplicate => json!({ "outcome": "duplicate" }),
        Outcome::Early => json!({ "outcome": "early" }),
        Outcome::Conflict => json!({ "outcome": "conflict" }),
        Outcome::Refused(code) => json!({ "outcome": "refused", "code": code.code() }),
        Outcome::Declined(declined) => json!({ "outcome": "declined", "code": declined.code,
            "chinese": declined.chinese, "english": declined.english }),
    };
    outcomes.iter().map(one).collect()
}

/// What a payment file says: the bank needs whole account numbers, so nothing is masked here.
fn payment_file(batch_no: &str, payments: &[PaymentRow]) -> Value {
    let row = |payment: &PaymentRow| {
        json!({
            "payment_ref": payment.payment_ref, "payer": payment.payer, "payee": payment.payee,
            "amount_fen": payment.amount, "letter_no": payment.letter_no,
        })
    };
    json!({ "batch_no": batch_no, "payments": payments.iter().map(row).collect::<Vec<_>>() })
}
