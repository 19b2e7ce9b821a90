//! What the relay, the funds desk and the clocks read: rows that are due, never rows "after the last id".

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::engine::{self, Value};
use super::rows::{read_document, read_payment, uuid};
use super::{Store, StoreError, sql};
use crate::domain::case::Case;
use crate::domain::changes::{PaymentRow, orders};
use crate::domain::ids::{AgencyCode, CaseId, MessageId};
use crate::domain::ledger::LineKey;
use crate::domain::message::Kind;
use crate::domain::time::Moment;

/// A message that should go to the broker now: never sent, or sent and unreceipted for too long.
#[derive(Debug, Clone)]
pub struct DueLetter {
    pub id: MessageId,
    pub recipient: AgencyCode,
    pub kind: Kind,
    pub attempts: u32,
    /// The last attempt did not reach a queue for sure.
    pub troubled: bool,
    pub frame: Vec<u8>,
}

impl Store {
    pub async fn due_letters(&self, now: Moment, most: u32) -> Result<Vec<DueLetter>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::OUTBOX_DUE, vec![now.0.into(), most.into()]).await?;
        rows.iter()
            .map(|row| {
                let corrupt = || StoreError::Corrupt { what: "outbox" };
                Ok(DueLetter {
                    id: MessageId(uuid(row.get("message_id"), "outbox")?),
                    recipient: AgencyCode::new(row.get("recipient")).map_err(|_| corrupt())?,
                    kind: Kind::from_word(row.get("kind")).ok_or_else(corrupt)?,
                    attempts: u32::try_from(row.get::<i64, _>("attempts")).map_err(|_| corrupt())?,
                    troubled: row.get::<Option<&str>, _>("trouble").is_some(),
                    frame: row.get("frame"),
                })
            })
            .collect()
    }

    /// When the next row is due; `None` when nothing is open.
    pub async fn next_due_letter(&self, now: Moment) -> Result<Option<Moment>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::OUTBOX_NEXT, vec![now.0.into()]).await?;
        Ok(rows.first().and_then(|row| row.get::<Option<i64>, _>("at")).map(Moment))
    }

    /// The last number used towards each peer in this epoch and lane.
    pub async fn lanes(&self, epoch: u32, lane: u32) -> Result<HashMap<AgencyCode, u64>, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        let rows = engine::rows(&mut writer.connection, sql::LANES, vec![epoch.into(), lane.into()]).await?;
        rows.iter()
            .map(|row| {
                let corrupt = || StoreError::Corrupt { what: "lane" };
                let peer = AgencyCode::new(row.get("recipient")).map_err(|_| corrupt())?;
                Ok((peer, u64::try_from(row.get::<i64, _>("seq")).map_err(|_| corrupt())?))
            })
            .collect()
    }

    /// What one payment file tells our bank, in a fixed order: asked again, the same file. A batch is one sum.
    pub async fn payments_of_batch(&self, batch_no: &str) -> Result<Vec<PaymentRow>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let values = vec![Value::text(batch_no.to_owned())];
        let rows = engine::rows(&mut connection, sql::PAYMENTS_OF_BATCH, values).await?;
        Ok(orders(rows.iter().map(read_payment).collect::<Result<_, _>>()?))
    }

    /// How many payments wait for a payment file.
    pub async fn payments_released(&self) -> Result<u64, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::PAYMENTS_RELEASED, vec![]).await?;
        Ok(rows.first().map_or(0, |row| row.get::<i64, _>("n")).try_into().unwrap_or(0))
    }

    /// Lines that arrived before a moment from one of these accounts, belong to no case, and whose payer was not asked
    /// yet; at most 256 for each few hundred accounts.
    pub async fn lines_unidentified(
        &self,
        before: Moment,
        accounts: &[String],
    ) -> Result<Vec<(LineKey, Moment)>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let keys: Vec<Value<'_>> = accounts.iter().map(|account| Value::text(account.as_str())).collect();
        let rows = engine::rows_in(&mut connection, sql::LINES_UNIDENTIFIED, &[Value::Int(before.0)], &keys).await?;
        let line = |row: &SqliteRow| (LineKey::stored(row.get("line")), Moment(row.get("arrived_at")));
        Ok(rows.iter().map(line).collect())
    }

    /// Open cases whose clocks ask for something by today, the oldest first.
    pub async fn cases_to_chase(&self, today: NaiveDate, most: u32) -> Result<Vec<Case>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let values = vec![Value::text(today.to_string()), most.into()];
        let rows = engine::rows(&mut connection, sql::CASES_TO_CHASE, values).await?;
        rows.iter().map(|row| read_document(row.get("document"), "case")).collect()
    }

    /// Letters that waited for an earlier transfer which has ended: case and version.
    pub async fn cases_awaited(&self, most: u32) -> Result<Vec<(CaseId, u64)>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::CASES_AWAITED, vec![most.into()]).await?;
        rows.iter()
            .map(|row| {
                let version = u64::try_from(row.get::<i64, _>("version")).unwrap_or(0);
                Ok((CaseId(uuid(row.get("case_id"), "case")?), version))
            })
            .collect()
    }
}
