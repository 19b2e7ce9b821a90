//! One transaction for a batch of events: everything of it, or nothing. Returns the proof that acknowledging needs.

mod books;
mod calendar;
mod messages;
mod notices;
mod peers;
mod restore;
mod tasks;
mod trace;

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::audit::Head;
use super::engine::{self, Value};
use super::height::Reach;
use super::{Store, StoreError, Writer};
use crate::domain::changes::Changes;
use crate::domain::event::Event;
use crate::domain::ids::{AgencyCode, CaseId, Digest, MessageId};
use crate::domain::message::Kind;
use crate::domain::reasons::RefusalCode;
use crate::domain::time::Moment;
use crate::fault::{self, Canary, planted};

/// Proof that a batch is durable. Only the store makes one; acknowledging needs one.
#[derive(Debug)]
pub struct Committed(());

/// The exact bytes of a verified message, beside what they mean.
#[derive(Debug, Clone)]
pub struct MessageBytes {
    pub frame_hash: [u8; 32],
    pub lane: u32,
    pub epoch: u32,
    pub seq: u64,
    pub header: Vec<u8>,
    pub sigblock: Vec<u8>,
    pub body: Vec<u8>,
    pub frame: std::sync::Arc<[u8]>,
}

/// One event with what it changes.
pub struct Decided {
    /// Its place among the inputs of the batch.
    pub index: usize,
    pub event: Event,
    pub bytes: Option<MessageBytes>,
    pub changes: Changes,
}

/// A verified message that could not be read: kept in the inbox as refused.
pub struct Unreadable {
    pub sender: AgencyCode,
    pub id: MessageId,
    pub digest: Digest,
    pub code: RefusalCode,
    pub bytes: MessageBytes,
}

/// A sealed message, final bytes.
#[derive(Debug, Clone)]
pub struct OutboxRow {
    pub id: MessageId,
    pub recipient: AgencyCode,
    pub kind: Kind,
    pub case: Option<CaseId>,
    pub epoch: u32,
    pub lane: u32,
    pub seq: u64,
    pub digest: Digest,
    pub header: Vec<u8>,
    pub sigblock: Vec<u8>,
    pub body: Vec<u8>,
    pub frame: std::sync::Arc<[u8]>,
}

/// Bytes that could not be verified or taken.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    pub frame_hash: [u8; 32],
    pub reason: String,
    pub alarm: bool,
    /// What the bytes claim.
    pub sender: Option<String>,
    pub routing_key: String,
    pub user_id: Option<String>,
    pub size: usize,
    /// Whole, or the first 4 KiB of an oversized one.
    pub frame: Vec<u8>,
}

/// What the broker said about one published message.
#[derive(Debug, Clone)]
pub struct Reached {
    pub id: MessageId,
    pub kind: Kind,
    /// `None`: it lies in the recipient's queue. Otherwise the stable code of the trouble.
    pub trouble: Option<String>,
    pub next_try_at: Moment,
}

pub struct Batch {
    pub at: Moment,
    pub decided: Vec<Decided>,
    pub unreadable: Vec<Unreadable>,
    pub sealed: Vec<OutboxRow>,
    /// When a sealed message that was published at once and not receipted goes out again.
    pub first_try_at: Moment,
    pub dead: Vec<DeadLetter>,
    pub reached: Vec<Reached>,
}

impl Store {
    /// Writes the batch in one transaction. `Stale` when a case was decided on an old version: look and decide again.
    pub async fn commit(&self, batch: &Batch) -> Result<Committed, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        self.fold_if_long(&mut writer).await?;
        let written = write(&mut writer, batch).await;
        writer.audit = writer.after(written)?;
        let now = Reach::of(&writer.audit);
        writer.height.note(now);
        self.follow_pages();
        Ok(Committed(()))
    }
}

impl Store {
    /// Whether the database would take the batch; nothing is kept.
    pub async fn try_out(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        let tried = try_to_write(&mut writer, batch).await;
        writer.after(tried)
    }
}

/// The chain's head after the batch.
async fn write(writer: &mut Writer, batch: &Batch) -> Result<Head, StoreError> {
    let mut head = writer.audit;
    let mut transaction = writer.connection.begin_with("BEGIN IMMEDIATE").await?;
    fault::point("commit.begun");
    Writing::of(&mut transaction, batch).all(&mut head).await?;
    transaction.commit().await?;
    fault::point("commit.done");
    Ok(head)
}

async fn try_to_write(writer: &mut Writer, batch: &Batch) -> Result<(), StoreError> {
    let mut head = writer.audit;
    let mut transaction = writer.connection.begin_with("BEGIN IMMEDIATE").await?;
    let result = Writing::of(&mut transaction, batch).all(&mut head).await;
    transaction.rollback().await?;
    result
}

struct Writing<'a> {
    connection: &'a mut SqliteConnection,
    batch: &'a Batch,
    /// Something was written since the last fail point.
    wrote: bool,
}

type Rows<'a> = Vec<Vec<Value<'a>>>;

impl<'a> Writing<'a> {
    fn of(connection: &'a mut SqliteConnection, batch: &'a Batch) -> Writing<'a> {
        Writing { connection, batch, wrote: false }
    }

    /// A fail point that is met only where rows were written: a kill there leaves half a transaction.
    fn point(&mut self, name: &'static str) {
        if std::mem::take(&mut self.wrote) {
            fault::point(name);
        }
    }

    async fn insert(&mut self, sql: &'static str, rows: Rows<'_>) -> Result<u64, StoreError> {
        self.wrote |= !rows.is_empty();
        engine::insert(self.connection, sql, rows).await
    }

    async fn all(mut self, head: &mut Head) -> Result<(), StoreError> {
        self.inbox().await?;
        if planted(Canary::DedupeOutsideTx) {
            engine::part(self.connection).await?;
        }
        self.point("commit.inbox");
        self.local_events().await?;
        self.point("commit.events");
        self.cases().await?;
        self.point("commit.steps");
        self.acts().await?;
        self.point("commit.acts");
        self.ledger(&mut head.ledger).await?;
        self.point("commit.accounts");
        self.register().await?;
        self.point("commit.register");
        self.bank().await?;
        self.tasks().await?;
        self.point("commit.tasks");
        self.task_acts().await?;
        self.point("commit.task_acts");
        self.line_acts().await?;
        self.point("commit.line_acts");
        self.notices().await?;
        self.point("commit.notices");
        self.calendar().await?;
        self.point("commit.calendar");
        self.peers().await?;
        self.dead_letters().await?;
        self.point("commit.dead_letters");
        self.outbox().await?;
        self.restores().await?;
        self.counters(head).await?;
        self.point("commit.counters");
        self.audit(head).await?;
        fault::point("commit.audit");
        Ok(())
    }

    fn changes(&self) -> impl Iterator<Item = &'a Changes> + use<'a> {
        let batch = self.batch;
        batch.decided.iter().map(|decided| &decided.changes)
    }
}
