//! One look for a batch of events: everything their decisions may ask for, and nothing else.

mod peers;
mod said;
mod wanted;

use std::collections::BTreeSet;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::engine::{self, Value};
use super::rows::{case_bytes, digest, read_day, read_document, read_line, read_payment, uuid};
use super::{Store, StoreError, facts, sql};
use crate::domain::act::Stage;
use crate::domain::case::Case;
use crate::domain::forms::{Period, ReceiptEntry};
use crate::domain::handler::Registered;
use crate::domain::ids::{AgencyCode, CaseId, Digest, MessageId, PaymentRef, PersonNo};
use crate::domain::known::{Known, Sent, Taken, TaskRound};
use crate::domain::ledger::{Account, LineKey};
use crate::domain::message::Kind;
use crate::domain::money::Balance;
use crate::domain::reference;
use crate::domain::register::InsuredPerson;
use crate::domain::task::TaskHeld;
use crate::domain::time::Moment;
use crate::fault::{Canary, planted};
pub use wanted::Wanted;

/// A verified message that waits for its predecessor, as stored; its body must be decoded again.
#[derive(Debug, Clone)]
pub struct EarlyMessage {
    pub sender: AgencyCode,
    pub id: MessageId,
    pub digest: Digest,
    pub body: Vec<u8>,
}

/// A message of ours that we forgot, as stored; its body must be decoded again.
#[derive(Debug, Clone)]
pub struct SaidMessage {
    pub id: MessageId,
    pub peer: AgencyCode,
    pub receipt: ReceiptEntry,
    pub body: Vec<u8>,
}

pub struct Look {
    pub known: Known,
    pub early: Vec<EarlyMessage>,
    pub said: Vec<SaidMessage>,
}

impl Store {
    /// Which of these frames were verified before, byte for byte.
    pub async fn seen_frames(
        &self,
        hashes: &[[u8; 32]],
    ) -> Result<std::collections::HashMap<[u8; 32], (AgencyCode, MessageId)>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let keys: Vec<Value<'_>> = hashes.iter().map(|hash| Value::bytes(&hash[..])).collect();
        let rows = engine::rows_in(&mut connection, sql::INBOX_FRAMES, &[], &keys).await?;
        rows.iter()
            .map(|row| {
                let hash: Vec<u8> = row.get("frame_hash");
                let hash = hash.try_into().map_err(|_| StoreError::Corrupt { what: "frame hash" })?;
                Ok((hash, (agency(row, "sender")?, MessageId(uuid(row.get("message_id"), "inbox")?))))
            })
            .collect()
    }

    /// Everything the batch may need, as of now. Only the writer looks, so nothing changes between look and commit.
    pub async fn look(&self, wanted: Wanted) -> Result<Look, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        Looking { connection: &mut writer.connection, wanted, known: Known::default() }.all().await
    }
}

struct Looking<'a> {
    connection: &'a mut SqliteConnection,
    wanted: Wanted,
    known: Known,
}

fn texts<'a, T: ToString + 'a>(keys: impl IntoIterator<Item = &'a T>) -> Vec<Value<'static>> {
    keys.into_iter().map(|key| Value::text(key.to_string())).collect()
}

fn agency(row: &SqliteRow, column: &str) -> Result<AgencyCode, StoreError> {
    AgencyCode::new(row.get(column)).map_err(|_| StoreError::Corrupt { what: "agency code" })
}

impl Looking<'_> {
    async fn list(&mut self, sql: &'static str, keys: &[Value<'_>]) -> Result<Vec<SqliteRow>, StoreError> {
        engine::rows_in(self.connection, sql, &[], keys).await
    }

    async fn all(mut self) -> Result<Look, StoreError> {
        if self.wanted.said {
            self.forgotten_cases().await?;
        }
        self.events().await?;
        self.inbox().await?;
        self.outbox().await?;
        self.cases().await?;
        self.payments().await?;
        self.lines().await?;
        // Before the people: what waited may be a sheet, and its person's months are asked for.
        let early = self.early().await?;
        self.people().await?;
        self.tasks().await?;
        self.peers().await?;
        self.named_tasks().await?;
        self.line_acts().await?;
        let facts = facts(self.connection).await?;
        self.known.letters_made = facts.letters_made;
        self.known.sheets_made = facts.sheets_made;
        let said = if self.wanted.said { self.said().await? } else { Vec::new() };
        Ok(Look { known: self.known, early, said })
    }

    async fn events(&mut self) -> Result<(), StoreError> {
        let keys = texts(&self.wanted.events);
        for row in self.list(sql::EVENTS_BY_KEY, &keys).await? {
            self.known.events.insert(row.get("event_key"), digest(row.get("digest"))?);
        }
        Ok(())
    }

    async fn inbox(&mut self) -> Result<(), StoreError> {
        let asked = self.wanted.messages.iter().filter(|_| !planted(Canary::NoDedupe));
        let senders: BTreeSet<&AgencyCode> = asked.map(|(sender, _)| sender).collect();
        for sender in senders {
            let ids = self.wanted.messages.iter().filter(|(from, _)| from == sender);
            let keys: Vec<Value<'_>> = ids.map(|(_, id)| Value::bytes(id.0.as_bytes().to_vec())).collect();
            let fixed = [Value::text(sender.as_str())];
            for row in engine::rows_in(self.connection, sql::INBOX_KNOWN, &fixed, &keys).await? {
                let id = MessageId(uuid(row.get("message_id"), "inbox")?);
                let digest = digest(row.get("digest"))?;
                let due_on: Option<&str> = row.get("receipt_due_on");
                let entry = ReceiptEntry {
                    message_id: id,
                    digest,
                    received_at: Moment(row.get("received_at")),
                    due_on: due_on.map(|day| read_day(day, "inbox")).transpose()?,
                    provisional: row.get::<i64, _>("receipt_provisional") != 0,
                    refused: row.get::<i64, _>("receipt_refused") != 0,
                };
                let terminal = row.get::<&str, _>("kind") == Kind::Receipt.word();
                self.known.inbox.insert((sender.clone(), id), Taken { digest, terminal, entry });
            }
        }
        Ok(())
    }

    async fn outbox(&mut self) -> Result<(), StoreError> {
        let keys: Vec<Value<'_>> = self.wanted.sent.iter().map(|id| Value::bytes(id.0.as_bytes().to_vec())).collect();
        for row in self.list(sql::OUTBOX_KNOWN, &keys).await? {
            let case: Option<&[u8]> = row.get("case_id");
            let case = case.map(|bytes| uuid(bytes, "outbox").map(CaseId)).transpose()?;
            let sent = Sent {
                recipient: agency(&row, "recipient")?,
                digest: digest(row.get("digest"))?,
                kind: Kind::from_word(row.get("kind")).ok_or(StoreError::Corrupt { what: "outbox" })?,
                case,
                closed: !matches!(row.get("state"), "unsent" | "sent"),
            };
            // A refusal ends what was handed over, also where the receipt that goes with it closed the row before.
            if !sent.closed || sent.kind == Kind::ApplicationNotice {
                self.wanted.cases.extend(case);
            }
            self.known.outbox.insert(MessageId(uuid(row.get("message_id"), "outbox")?), sent);
        }
        Ok(())
    }

    async fn cases(&mut self) -> Result<(), StoreError> {
        let ids: Vec<Value<'_>> = self.wanted.cases.iter().map(|case| case_bytes(*case)).collect();
        let letters = texts(&self.wanted.letters);
        let payments = texts(&self.wanted.payments);
        let unnamed = self.wanted.unnamed.iter().map(|fen| Value::Int(*fen)).collect();
        for (sql, keys) in [
            (sql::CASES_BY_ID, ids),
            (sql::CASES_BY_LETTER, letters),
            (sql::CASES_BY_PAYMENT, payments),
            (sql::CASES_BY_AMOUNT, unnamed),
        ] {
            for row in self.list(sql, &keys).await? {
                self.case(&row)?;
            }
        }
        // Last: the cases found above may be in batches.
        let batches = texts(&self.wanted.batches);
        for row in self.list(sql::CASES_BY_BATCH, &batches).await? {
            self.case(&row)?;
        }
        if self.wanted.remit {
            for row in engine::rows(self.connection, sql::CASES_TO_REMIT, vec![]).await? {
                self.case(&row)?;
            }
        }
        Ok(())
    }

    fn case(&mut self, row: &SqliteRow) -> Result<(), StoreError> {
        if self.is_known(row)? {
            return Ok(());
        }
        let case: Case = read_document(row.get("document"), "case")?;
        self.wanted.cases.insert(case.id);
        for notice in case.awaited() {
            let Some(batch) = &notice.batch else { continue };
            self.wanted.payments.extend(PaymentRef::new(&batch.no).ok());
            // Where the batch may be matched for this case alone: a line or a notice names its batch itself.
            if self.wanted.judged.contains(&case.id) || case.has_supplements() {
                self.wanted.batches.insert(batch.no.clone());
            }
        }
        if case.has_supplements() {
            // Its turn may come, and a line that names nothing may be its own.
            self.wanted.announced.extend(case.awaited().map(|notice| notice.ordinal_total.get()));
        }
        if let Some(proposal) = &case.proposal {
            self.wanted.add_verb(&proposal.verb);
        }
        if self.wanted.judged.contains(&case.id) {
            self.wanted.judge(&case);
        }
        self.wanted.people.extend(case.person_no.clone());
        self.wanted.payments.extend(case.payment_refs().cloned());
        // Lines that name the letter count together with lines that name the payment.
        self.wanted.letters.insert(case.letter_no.clone());
        self.known.put_case(case);
        Ok(())
    }

    /// The same case is found by its id, its letter, its payment and its person: its document is read once.
    fn is_known(&self, row: &SqliteRow) -> Result<bool, StoreError> {
        Ok(self.known.case(CaseId(uuid(row.get("case_id"), "case")?)).is_some())
    }

    async fn lines(&mut self) -> Result<(), StoreError> {
        let keys = texts(&self.wanted.lines);
        let payments = texts(&self.wanted.payments);
        let letters = texts(&self.wanted.letters);
        let txns = texts(&self.wanted.txns);
        let announced = self.wanted.announced.iter().map(|fen| Value::Int(*fen)).collect();
        for (sql, keys) in [
            (sql::LINES_BY_KEY, keys),
            (sql::LINES_BY_REF, payments),
            (sql::LINES_BY_MENTION, letters),
            (sql::LINES_BY_TXN, txns),
            (sql::LINES_BY_AMOUNT, announced),
        ] {
            for row in self.list(sql, &keys).await? {
                let line = read_line(&row)?;
                self.wanted.lines.insert(line.key().to_string());
                self.known.lines.insert(line.key(), line);
            }
        }
        Ok(())
    }

    async fn payments(&mut self) -> Result<(), StoreError> {
        let keys = texts(&self.wanted.payments);
        let mut rows = self.list(sql::PAYMENTS_BY_REF, &keys).await?;
        let orders = self.wanted.payments.iter().filter(|payment| reference::is_batch(payment));
        let orders = texts(orders);
        rows.extend(self.list(sql::PAYMENTS_BY_ORDER, &orders).await?);
        let txns = texts(&self.wanted.paid);
        rows.extend(self.list(sql::PAYMENTS_BY_TXN, &txns).await?);
        for row in rows {
            let payment = read_payment(&row)?;
            self.wanted.lines.extend(payment.gives_back.as_ref().map(ToString::to_string));
            if let Some(case) = payment.case.filter(|case| self.known.case(*case).is_none()) {
                for row in self.list(sql::CASES_BY_ID, &[case_bytes(case)]).await? {
                    self.case(&row)?;
                }
            }
            self.known.payments.insert(payment.payment_ref.clone(), payment);
        }
        Ok(())
    }

    async fn people(&mut self) -> Result<(), StoreError> {
        let documents: Vec<Value<'_>> =
            self.wanted.documents.iter().map(|document| Value::text(document.number().to_owned())).collect();
        let mut rows = self.list(sql::PEOPLE_BY_DOCUMENT, &documents).await?;
        // Only who is looked up by document or judged can be merged or issued in this batch: others need no periods.
        let mut with_periods: BTreeSet<String> = self.wanted.with_periods.iter().map(ToString::to_string).collect();
        with_periods.extend(rows.iter().map(|row| row.get::<String, _>("person_no")));
        let numbers = texts(&self.wanted.people);
        rows.extend(self.list(sql::PEOPLE_BY_NO, &numbers).await?);
        for row in &rows {
            let person: InsuredPerson = read_document(row.get("document"), "person")?;
            if self.known.registered(&person.person_no).is_some() {
                continue;
            }
            let frozen_by: Option<&[u8]> = row.get("frozen_by");
            let frozen_by = frozen_by.map(|bytes| uuid(bytes, "person").map(CaseId)).transpose()?;
            // A later event of the batch may ask for them by the document that the import brings.
            if self.wanted.imported.get(&person.person_no).is_some_and(|document| *document != person.document) {
                with_periods.insert(person.person_no.to_string());
            }
            self.wanted.people.insert(person.person_no.clone());
            self.known.put_person(Registered { person, periods: Vec::new(), balance: Balance(0), frozen_by });
        }
        let with_periods: Vec<String> = with_periods.into_iter().collect();
        self.periods(&with_periods).await?;
        self.balances().await?;
        self.cases_of_people().await
    }

    async fn periods(&mut self, people: &[String]) -> Result<(), StoreError> {
        for row in self.list(sql::PERIODS_OF, &texts(people)).await? {
            let period: Period = read_document(row.get("document"), "period")?;
            let person = PersonNo::new(row.get("person_no")).map_err(|_| StoreError::Corrupt { what: "period" })?;
            if let Some(registered) = self.known.registered_mut(&person) {
                registered.periods.push(period);
            }
        }
        Ok(())
    }

    async fn balances(&mut self) -> Result<(), StoreError> {
        let people: Vec<PersonNo> = self.wanted.people.iter().cloned().collect();
        let accounts: Vec<Value<'_>> =
            people.iter().map(|person| Value::text(Account::Person(person.clone()).to_string())).collect();
        for row in self.list(sql::BALANCES_OF, &accounts).await? {
            let account: &str = row.get("account");
            let person = account.strip_prefix("person/").and_then(|person| PersonNo::new(person).ok());
            let person = person.ok_or(StoreError::Corrupt { what: "account" })?;
            if let Some(registered) = self.known.registered_mut(&person) {
                registered.balance = Balance(row.get("balance"));
            }
        }
        Ok(())
    }

    async fn cases_of_people(&mut self) -> Result<(), StoreError> {
        let numbers = texts(&self.wanted.people);
        for row in self.list(sql::CASES_BY_PERSON, &numbers).await? {
            if !self.is_known(&row)? {
                let case: Case = read_document(row.get("document"), "case")?;
                // An import may say something of the person that the case's tasks must tell.
                self.wanted.cases.insert(case.id);
                self.known.put_case(case);
            }
        }
        Ok(())
    }

    async fn tasks(&mut self) -> Result<(), StoreError> {
        let cases: Vec<Value<'_>> = self.wanted.cases.iter().map(|case| case_bytes(*case)).collect();
        let lines = texts(&self.wanted.lines);
        for (sql, keys) in [(sql::TASKS_OF_CASES, cases), (sql::TASKS_OF_LINES, lines)] {
            for row in self.list(sql, &keys).await? {
                let round = u32::try_from(row.get::<i64, _>("round")).unwrap_or(u32::MAX);
                let open = row.get::<i64, _>("open") > 0;
                self.known.tasks.insert(row.get("task"), TaskRound { round, open });
            }
        }
        Ok(())
    }

    /// Tasks that are asked for by name, with who has them.
    async fn named_tasks(&mut self) -> Result<(), StoreError> {
        let names = texts(&self.wanted.tasks);
        // By round: the last one stands.
        for row in self.list(sql::TASKS_HELD, &names).await? {
            let (task, open): (String, i64) = (row.get("task"), row.get("open"));
            let number = |name: &str| u32::try_from(row.get::<i64, _>(name)).unwrap_or(u32::MAX);
            let case: Option<&[u8]> = row.get("case_id");
            let held = TaskHeld {
                round: number("round"),
                case: case.map(|bytes| uuid(bytes, "task").map(CaseId)).transpose()?,
                assignee: row.get("assignee"),
                acts: number("acts"),
            };
            self.known.tasks.insert(task.clone(), TaskRound { round: held.round, open: open > 0 });
            self.known.held.insert(task, held);
        }
        Ok(())
    }

    async fn line_acts(&mut self) -> Result<(), StoreError> {
        let keys = texts(&self.wanted.line_acts);
        // By number: the last one stands.
        for row in self.list(sql::LINE_ACTS, &keys).await? {
            let (stage, actor): (&str, String) = (row.get("stage"), row.get("actor"));
            let held = self.known.line_held.entry(LineKey::stored(row.get("line"))).or_default();
            held.acts = u32::try_from(row.get::<i64, _>("n")).unwrap_or(u32::MAX);
            held.proposed_by = (stage == Stage::Proposed.word()).then_some(actor);
            held.sent_back += u32::from(stage == Stage::Confirmed.word());
        }
        Ok(())
    }

    async fn early(&mut self) -> Result<Vec<EarlyMessage>, StoreError> {
        let cases: Vec<Value<'_>> = self.wanted.cases.iter().map(|case| case_bytes(*case)).collect();
        let mut early = Vec::new();
        for row in self.list(sql::INBOX_EARLY, &cases).await? {
            let digest = digest(row.get("digest"))?;
            let id = MessageId(uuid(row.get("message_id"), "inbox")?);
            let sender = agency(&row, "sender")?;
            let entry = ReceiptEntry {
                message_id: id,
                digest,
                received_at: Moment(row.get("received_at")),
                due_on: None,
                provisional: false,
                refused: false,
            };
            self.known.inbox.entry((sender.clone(), id)).or_insert(Taken { digest, terminal: false, entry });
            let case = CaseId(uuid(row.get("case_id"), "inbox")?);
            if let Some(case) = self.known.case(case).cloned() {
                self.wanted.judge(&case);
            }
            early.push(EarlyMessage { sender, id, digest, body: row.get("body") });
        }
        Ok(early)
    }
}
