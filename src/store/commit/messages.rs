//! Messages in a commit: the inbox with its stored answers, the outbox with final bytes, dead letters.

use std::collections::BTreeMap;

use super::{MessageBytes, Rows, Writing};
use crate::domain::changes::Outcome;
use crate::domain::event::What;
use crate::domain::ids::{AgencyCode, CaseId, Digest, MessageId};
use crate::domain::message::{Form, Kind};
use crate::domain::reasons::RefusalCode;
use crate::domain::time::Moment;
use crate::fault;
use crate::store::engine::{self, Value};
use crate::store::rows::{case_bytes, day, message_bytes};
use crate::store::{StoreError, sql};

impl<'a> Writing<'a> {
    pub(super) async fn inbox(&mut self) -> Result<(), StoreError> {
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
                (announced(&received.body.form), bytes),
            ));
        }
        for message in &self.batch.unreadable {
            rows.push(inbox_row(
                (&message.sender, message.id, message.digest),
                ("unreadable", None),
                (self.batch.at, ("refused", Some(message.code))),
                (None, false),
                (None, &message.bytes),
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

    pub(super) async fn dead_letters(&mut self) -> Result<(), StoreError> {
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

    pub(super) async fn outbox(&mut self) -> Result<(), StoreError> {
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
        self.point("commit.outbox");
        self.reached().await?;
        if !self.batch.reached.is_empty() {
            fault::point("commit.reached");
        }
        let receipted: Vec<Value<'_>> =
            self.changes().flat_map(|changes| &changes.receipted).map(|id| message_bytes(*id)).collect();
        let at = [Value::from(self.batch.at.0)];
        engine::execute_in(self.connection, sql::OUTBOX_RECEIPTED, &at, &receipted).await?;
        if !receipted.is_empty() {
            fault::point("commit.receipted");
        }
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
}

fn inbox_row<'a>(
    (sender, id, digest): (&AgencyCode, MessageId, Digest),
    (kind, case): (&'static str, Option<CaseId>),
    (at, (state, refusal)): (Moment, (&'static str, Option<RefusalCode>)),
    (due_on, provisional): (Option<chrono::NaiveDate>, bool),
    (fen, bytes): (Option<i64>, &'a MessageBytes),
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
        Value::from(state == "refused"),
        Value::bytes(&bytes.header[..]),
        Value::bytes(&bytes.sigblock[..]),
        Value::bytes(&bytes.body[..]),
        Value::bytes(&bytes.frame[..]),
        Value::maybe(fen, Value::Int),
    ]
}

/// What a message says is on its way: held against the sender's digest of the day.
fn announced(form: &Form) -> Option<i64> {
    if let Form::RemittanceNotice(notice) = form { Some(notice.amount.get()) } else { None }
}
