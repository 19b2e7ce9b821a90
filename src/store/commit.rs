//! One transaction for a batch of events: everything of it, or nothing. Returns the proof that acknowledging needs.

use std::collections::{BTreeMap, HashMap};

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::audit::{Act, Head};
use super::engine::{self, Value};
use super::rows::{case_bytes, case_row, day, document, line_row, message_bytes, payment_row};
use super::{Store, StoreError, sql};
use crate::domain::case::Case;
use crate::domain::changes::{Changes, Outcome, RegisterChange};
use crate::domain::event::{Event, What};
use crate::domain::ids::{AgencyCode, CaseId, Digest, MessageId};
use crate::domain::message::Kind;
use crate::domain::reasons::RefusalCode;
use crate::domain::time::Moment;

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
        let mut head = writer.audit;
        let mut transaction = writer.connection.begin_with("BEGIN IMMEDIATE").await?;
        Writing { connection: &mut transaction, batch }.all(&mut head).await?;
        transaction.commit().await?;
        writer.audit = head;
        Ok(Committed(()))
    }
}

impl Store {
    /// Whether the database would take the batch; nothing is kept.
    pub async fn try_out(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut head = writer.audit;
        let mut transaction = writer.connection.begin_with("BEGIN IMMEDIATE").await?;
        let result = Writing { connection: &mut transaction, batch }.all(&mut head).await;
        transaction.rollback().await?;
        result
    }
}

struct Writing<'a> {
    connection: &'a mut SqliteConnection,
    batch: &'a Batch,
}

type Rows<'a> = Vec<Vec<Value<'a>>>;

impl<'a> Writing<'a> {
    async fn insert(&mut self, sql: &'static str, rows: Rows<'_>) -> Result<u64, StoreError> {
        engine::insert(self.connection, sql, rows).await
    }

    async fn all(mut self, head: &mut Head) -> Result<(), StoreError> {
        self.inbox().await?;
        self.local_events().await?;
        self.cases().await?;
        self.ledger().await?;
        self.register().await?;
        self.bank().await?;
        self.tasks().await?;
        self.dead_letters().await?;
        self.outbox().await?;
        self.counters().await?;
        self.audit(head).await
    }

    fn changes(&self) -> impl Iterator<Item = &'a Changes> + use<'a> {
        let batch = self.batch;
        batch.decided.iter().map(|decided| &decided.changes)
    }

    async fn inbox(&mut self) -> Result<(), StoreError> {
        let mut rows: Rows<'a> = Vec::new();
        let mut duplicates = Vec::new();
        for decided in &self.batch.decided {
            let state = match decided.changes.outcome {
                Outcome::Applied => ("applied", None),
                Outcome::Early => ("early", None),
                Outcome::Refused(code) => ("refused", Some(code)),
                Outcome::Duplicate => {
                    match &decided.event.what {
                        What::Message(received) => duplicates.push((received.sender.clone(), received.id)),
                        What::Seen { sender, id } => duplicates.push((sender.clone(), *id)),
                        _ => {}
                    }
                    continue;
                }
                Outcome::Conflict | Outcome::Declined(_) => continue,
            };
            let (What::Message(received), Some(bytes)) = (&decided.event.what, &decided.bytes) else { continue };
            let receipt = decided.changes.receipt.as_ref();
            rows.push(inbox_row(
                (&received.sender, received.id, received.digest),
                (received.body.form.kind().word(), received.body.case_id),
                (decided.event.at, state),
                (receipt.and_then(|entry| entry.due_on), receipt.is_some_and(|entry| entry.provisional)),
                bytes,
            ));
        }
        for message in &self.batch.unreadable {
            rows.push(inbox_row(
                (&message.sender, message.id, message.digest),
                ("unreadable", None),
                (self.batch.at, ("refused", Some(message.code))),
                (None, false),
                &message.bytes,
            ));
        }
        self.insert(sql::INBOX_ADD, rows).await?;
        for (sender, id) in duplicates {
            let values = vec![Value::text(sender.to_string()), message_bytes(id)];
            engine::execute(self.connection, sql::INBOX_DUPLICATE, values).await?;
        }
        for (sender, id, refusal) in self.changes().flat_map(|changes| &changes.resolved) {
            let state = if refusal.is_some() { "refused" } else { "applied" };
            let values = vec![
                Value::text(sender.to_string()),
                message_bytes(*id),
                Value::text(state),
                Value::maybe(refusal.as_ref(), |code| Value::text(code.code())),
            ];
            engine::execute(self.connection, sql::INBOX_RESOLVED, values).await?;
        }
        Ok(())
    }

    async fn local_events(&mut self) -> Result<(), StoreError> {
        let mut rows: Rows<'a> = Vec::new();
        for decided in &self.batch.decided {
            if matches!(decided.event.what, What::Message(_) | What::Seen { .. }) {
                continue;
            }
            // A declined row may come again, mended; only what was taken is bound to its content.
            if decided.changes.outcome != Outcome::Applied {
                continue;
            }
            rows.push(vec![
                Value::text(decided.event.key()),
                Value::bytes(decided.event.digest.0.to_vec()),
                Value::text(decided.event.what.word()),
                decided.event.at.0.into(),
                Value::text(decided.event.actor.clone()),
                Value::maybe(decided.changes.case, case_bytes),
                Value::text("applied"),
                Value::Null,
            ]);
        }
        self.insert(sql::EVENTS_ADD, rows).await?;
        Ok(())
    }

    async fn cases(&mut self) -> Result<(), StoreError> {
        let mut steps: Rows<'a> = Vec::new();
        let mut newest: HashMap<CaseId, (&'a Case, u64)> = HashMap::new();
        let mut order = Vec::new();
        for decided in &self.batch.decided {
            for case in &decided.changes.cases {
                steps.push(step_row(decided, case));
                match newest.get_mut(&case.id) {
                    Some((known, _)) => *known = case,
                    None => {
                        order.push(case.id);
                        newest.insert(case.id, (case, case.version - 1));
                    }
                }
            }
        }
        let rows: Rows<'a> =
            order.iter().filter_map(|id| newest.get(id)).map(|(case, prior)| case_row(case, *prior)).collect();
        let expected = rows.len() as u64;
        if self.insert(sql::CASES_PUT, rows).await? != expected {
            return Err(StoreError::Stale);
        }
        self.insert(sql::STEPS_ADD, steps).await?;
        Ok(())
    }

    async fn ledger(&mut self) -> Result<(), StoreError> {
        let mut entries: Rows<'a> = Vec::new();
        let mut effects: Rows<'a> = Vec::new();
        let mut balances: BTreeMap<String, (&'static str, i64)> = BTreeMap::new();
        let at = self.batch.at;
        for changes in self.changes() {
            for posting in &changes.postings {
                effects.push(vec![
                    Value::text(posting.key.clone()),
                    Value::maybe(posting.case, case_bytes),
                    at.0.into(),
                ]);
                for (line, entry) in posting.entries().iter().enumerate() {
                    let account = entry.account.to_string();
                    entries.push(vec![
                        Value::text(posting.key.clone()),
                        Value::from(line as u64 + 1),
                        Value::text(account.clone()),
                        Value::text(entry.side.letter()),
                        entry.fen.get().into(),
                        Value::maybe(posting.case, case_bytes),
                        day(posting.booked_on),
                        at.0.into(),
                    ]);
                    let (_, sum) = balances.entry(account).or_insert((entry.account.class(), 0));
                    *sum += entry.change().0;
                }
            }
            for (effect, case) in &changes.effects {
                effects.push(vec![Value::text(effect.clone()), case_bytes(*case), at.0.into()]);
            }
        }
        // The keys are unique for ever: a second debit or credit fails here, whatever was decided.
        self.insert(sql::EFFECTS_ADD, effects).await?;
        self.insert(sql::ENTRIES_ADD, entries).await?;
        let balances = balances
            .into_iter()
            .map(|(account, (class, sum))| vec![Value::text(account), Value::text(class), sum.into()])
            .collect();
        self.insert(sql::ACCOUNTS_ADD, balances).await?;
        Ok(())
    }

    async fn register(&mut self) -> Result<(), StoreError> {
        for change in self.changes().flat_map(|changes| &changes.register) {
            match change {
                RegisterChange::Put(person) | RegisterChange::EndRelation(person) => {
                    let row = vec![
                        Value::text(person.person_no.to_string()),
                        Value::text(person.document.kind().word()),
                        Value::text(person.document.number().to_owned()),
                        Value::text(person.status.word()),
                        document(&**person),
                    ];
                    self.insert(sql::PEOPLE_PUT, vec![row]).await?;
                }
                RegisterChange::Periods { person, periods } => {
                    let key = [Value::text(person.to_string())];
                    engine::execute_in(self.connection, sql::PERIODS_DROP, &[], &key).await?;
                    self.insert(sql::PERIODS_ADD, period_rows(person.as_str(), "import", periods)).await?;
                }
                RegisterChange::AddMonths { person, case, periods } => {
                    let rows = period_rows(person.as_str(), &case.to_string(), periods);
                    self.insert(sql::PERIODS_ADD, rows).await?;
                }
                RegisterChange::Freeze { person, case, held } => {
                    let held = Value::maybe(*held, |fen| fen.get().into());
                    let values = vec![Value::text(person.to_string()), case_bytes(*case), held];
                    engine::execute(self.connection, sql::PEOPLE_FREEZE, values).await?;
                }
                RegisterChange::Thaw { person } => {
                    let values = vec![Value::text(person.to_string()), Value::Null, Value::Null];
                    engine::execute(self.connection, sql::PEOPLE_FREEZE, values).await?;
                }
            }
        }
        Ok(())
    }

    async fn bank(&mut self) -> Result<(), StoreError> {
        // One statement a row: a line may change twice in a batch, and rows of one statement must be distinct.
        for line in self.changes().flat_map(|changes| &changes.lines) {
            self.insert(sql::LINES_PUT, vec![line_row(line)]).await?;
        }
        for payment in self.changes().flat_map(|changes| &changes.payments) {
            self.insert(sql::PAYMENTS_PUT, vec![payment_row(payment)]).await?;
        }
        for batch_no in self.changes().filter_map(|changes| changes.export.as_ref()) {
            let values = vec![Value::text(batch_no.clone()), self.batch.at.0.into()];
            engine::execute(self.connection, sql::PAYMENTS_EXPORT, values).await?;
        }
        Ok(())
    }

    async fn tasks(&mut self) -> Result<(), StoreError> {
        for task in self.changes().flat_map(|changes| &changes.tasks) {
            if task.open {
                let row = vec![
                    Value::text(task.task.clone()),
                    task.round.into(),
                    Value::text(task.kind),
                    Value::maybe(task.case, case_bytes),
                    Value::maybe(task.line.as_ref(), |line| Value::text(line.clone())),
                    Value::maybe(task.detail.as_ref(), |detail| Value::text(detail.clone())),
                    self.batch.at.0.into(),
                ];
                self.insert(sql::TASKS_OPEN, vec![row]).await?;
            } else {
                let values = vec![Value::text(task.task.clone()), task.round.into(), self.batch.at.0.into()];
                engine::execute(self.connection, sql::TASKS_CLOSE, values).await?;
            }
        }
        Ok(())
    }

    async fn dead_letters(&mut self) -> Result<(), StoreError> {
        for letter in &self.batch.dead {
            let row = vec![
                Value::bytes(&letter.frame_hash[..]),
                Value::text(letter.reason.as_str()),
                letter.alarm.into(),
                Value::maybe(letter.sender.as_deref(), Value::text),
                Value::text(letter.routing_key.as_str()),
                Value::maybe(letter.user_id.as_deref(), Value::text),
                Value::from(letter.size as u64),
                Value::bytes(&letter.frame[..]),
                self.batch.at.0.into(),
                self.batch.at.0.into(),
                Value::Int(1),
            ];
            self.insert(sql::DEAD_ADD, vec![row]).await?;
        }
        let taken: Vec<Value<'_>> = self
            .batch
            .decided
            .iter()
            .filter(|decided| decided.changes.outcome != Outcome::Conflict)
            .filter_map(|decided| decided.bytes.as_ref())
            .map(|bytes| Value::bytes(&bytes.frame_hash[..]))
            .collect();
        // A frame known only as a dead letter was checked again in full and passed.
        engine::execute_in(self.connection, sql::DEAD_RESOLVED, &[self.batch.at.0.into()], &taken).await?;
        Ok(())
    }

    async fn outbox(&mut self) -> Result<(), StoreError> {
        let rows = self
            .batch
            .sealed
            .iter()
            .map(|row| {
                vec![
                    message_bytes(row.id),
                    Value::text(row.recipient.as_str()),
                    Value::text(row.kind.word()),
                    Value::maybe(row.case, case_bytes),
                    row.lane.into(),
                    row.epoch.into(),
                    row.seq.into(),
                    Value::bytes(&row.digest.0[..]),
                    self.batch.at.0.into(),
                    Value::text("unsent"),
                    self.batch.first_try_at.0.into(),
                    Value::bytes(&row.header[..]),
                    Value::bytes(&row.sigblock[..]),
                    Value::bytes(&row.body[..]),
                    Value::bytes(&row.frame[..]),
                ]
            })
            .collect();
        self.insert(sql::OUTBOX_ADD, rows).await?;
        self.reached().await?;
        let receipted: Vec<Value<'_>> =
            self.changes().flat_map(|changes| &changes.receipted).map(|id| message_bytes(*id)).collect();
        let at = [Value::from(self.batch.at.0)];
        engine::execute_in(self.connection, sql::OUTBOX_RECEIPTED, &at, &receipted).await?;
        for (id, code) in self.changes().flat_map(|changes| &changes.refused) {
            let values = vec![message_bytes(*id), self.batch.at.0.into(), Value::text(code.code())];
            engine::execute(self.connection, sql::OUTBOX_REFUSED, values).await?;
        }
        Ok(())
    }

    /// What the broker said about earlier messages: rides along in this transaction.
    async fn reached(&mut self) -> Result<(), StoreError> {
        let at = self.batch.at.0;
        let mut routed: BTreeMap<i64, Vec<Value<'_>>> = BTreeMap::new();
        let mut receipts = Vec::new();
        for mark in &self.batch.reached {
            match (&mark.trouble, mark.kind) {
                (None, Kind::Receipt) => receipts.push(message_bytes(mark.id)),
                (None, _) => routed.entry(mark.next_try_at.0).or_default().push(message_bytes(mark.id)),
                (Some(trouble), _) => {
                    let values = vec![message_bytes(mark.id), mark.next_try_at.0.into(), Value::text(trouble.as_str())];
                    engine::execute(self.connection, sql::OUTBOX_TROUBLED, values).await?;
                }
            }
        }
        engine::execute_in(self.connection, sql::OUTBOX_RECEIPT_ROUTED, &[at.into()], &receipts).await?;
        for (next_try_at, ids) in routed {
            let fixed = [Value::from(at), Value::from(next_try_at)];
            engine::execute_in(self.connection, sql::OUTBOX_ROUTED, &fixed, &ids).await?;
        }
        Ok(())
    }

    async fn counters(&mut self) -> Result<(), StoreError> {
        let Some(last) = self.batch.decided.last().map(|decided| &decided.changes) else { return Ok(()) };
        for (name, number) in [("letters_made", last.letters_made), ("sheets_made", last.sheets_made)] {
            let values = vec![Value::text(name), Value::text(number.to_string())];
            engine::execute(self.connection, sql::META_PUT, values).await?;
        }
        Ok(())
    }

    async fn audit(&mut self, head: &mut Head) -> Result<(), StoreError> {
        let mut rows: Rows<'a> = Vec::new();
        for decided in &self.batch.decided {
            let (outcome, detail) = match &decided.changes.outcome {
                Outcome::Applied => ("applied", String::new()),
                Outcome::Early => ("early", String::new()),
                // Nothing changed; the inbox counts it.
                Outcome::Duplicate => continue,
                Outcome::Conflict => ("conflict", String::new()),
                Outcome::Refused(code) => ("refused", code.code().to_owned()),
                Outcome::Declined(declined) => ("declined", declined.code.clone()),
            };
            let steps = decided.changes.cases.iter().map(|case| {
                format!("{} v{} {} {}", case.id, case.version, case.relation(), case.money().unwrap_or("-"))
            });
            let postings = decided.changes.postings.iter().map(|posting| posting.key.clone());
            let detail: Vec<String> =
                Some(detail).filter(|text| !text.is_empty()).into_iter().chain(steps).chain(postings).collect();
            rows.push(head.append(Act {
                at: decided.event.at,
                actor: &decided.event.actor,
                action: format!("{}/{outcome}", decided.event.what.word()),
                object: decided.event.key(),
                detail: format!("{} {}", decided.event.digest, detail.join("; ")),
            }));
        }
        for letter in &self.batch.dead {
            rows.push(head.append(Act {
                at: self.batch.at,
                actor: "broker",
                action: "dead-letter".to_owned(),
                object: hex::encode(letter.frame_hash),
                detail: letter.reason.clone(),
            }));
        }
        self.insert(sql::AUDIT_ADD, rows).await?;
        Ok(())
    }
}

fn inbox_row<'a>(
    (sender, id, digest): (&AgencyCode, MessageId, Digest),
    (kind, case): (&'static str, Option<CaseId>),
    (at, (state, refusal)): (Moment, (&'static str, Option<RefusalCode>)),
    (due_on, provisional): (Option<chrono::NaiveDate>, bool),
    bytes: &'a MessageBytes,
) -> Vec<Value<'a>> {
    vec![
        Value::text(sender.to_string()),
        message_bytes(id),
        Value::bytes(digest.0.to_vec()),
        Value::bytes(&bytes.frame_hash[..]),
        Value::text(kind),
        Value::maybe(case, case_bytes),
        bytes.lane.into(),
        bytes.epoch.into(),
        bytes.seq.into(),
        at.0.into(),
        Value::text(state),
        Value::maybe(refusal, |code| Value::text(code.code())),
        Value::maybe(due_on, day),
        provisional.into(),
        Value::bytes(&bytes.header[..]),
        Value::bytes(&bytes.sigblock[..]),
        Value::bytes(&bytes.body[..]),
        Value::bytes(&bytes.frame[..]),
    ]
}

fn step_row<'a>(decided: &Decided, case: &Case) -> Vec<Value<'a>> {
    vec![
        case_bytes(case.id),
        case.version.into(),
        decided.event.at.0.into(),
        Value::text(decided.event.actor.clone()),
        Value::text(decided.event.what.word()),
        Value::text(case.relation()),
        Value::maybe(case.money(), Value::text),
        Value::text(case.holder().word()),
    ]
}

fn period_rows(person: &str, source: &str, periods: &[crate::domain::forms::Period]) -> Rows<'static> {
    periods
        .iter()
        .enumerate()
        .map(|(line, period)| {
            vec![
                Value::text(person.to_owned()),
                Value::text(source.to_owned()),
                Value::from(line as u64 + 1),
                document(period),
            ]
        })
        .collect()
}
