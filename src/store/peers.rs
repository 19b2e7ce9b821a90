//! What the shell asks of the store beside cases: days to close, digests to compare, numbers that never came.

use chrono::NaiveDate;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::engine::{self, Value};
use super::rows::{corrupt, read_day, read_document, uuid};
use super::sql::peers as sql;
use super::{Store, StoreError};
use crate::domain::changes::DigestRow;
use crate::domain::forms::{DailyDigest, LaneRange};
use crate::domain::ids::{AgencyCode, MessageId};
use crate::domain::message::Kind;
use crate::domain::time::{Moment, next_day};

/// Digests looked at together.
const DIGESTS_MOST: u32 = 256;

/// A peer's digest that is not compared yet, or whose messages were not all here.
#[derive(Debug, Clone)]
pub struct OpenDigest {
    pub peer: AgencyCode,
    pub day: NaiveDate,
    pub received_at: Moment,
    /// Everything it counts is here.
    pub is_whole: bool,
    /// Found incomplete before.
    pub was_missing: bool,
}

/// A message of ours as it was sent.
#[derive(Debug, Clone)]
pub struct SentFrame {
    pub id: MessageId,
    pub kind: Kind,
    pub frame: Vec<u8>,
}

pub(super) fn read_digest(row: &SqliteRow) -> Result<DigestRow, StoreError> {
    const STATES: [&str; 6] = ["sent", "received", "agreed", "missing", "differs", "noted"];
    let word: &str = row.get("state");
    Ok(DigestRow {
        peer: AgencyCode::new(row.get("peer")).map_err(|_| corrupt("digest"))?,
        day: read_day(row.get("day"), "digest")?,
        ours: row.get::<i64, _>("ours") != 0,
        state: STATES.into_iter().find(|state| *state == word).ok_or(corrupt("digest"))?,
        digest: read_document::<DailyDigest>(row.get("document"), "digest")?,
        held: row.get("held"),
    })
}

impl Store {
    /// The next day to close: the day after the last closed one, at first yesterday; `None` while that is not over, or
    /// nothing has happened before today.
    pub async fn day_to_close(&self, today: NaiveDate) -> Result<Option<NaiveDate>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::LAST_CLOSE, vec![]).await?;
        let day = match rows.first() {
            Some(row) => Some(next_day(read_day(row.get("day"), "close")?)),
            None => {
                let rows = engine::rows(&mut connection, sql::FIRST_ACT, vec![]).await?;
                let first = rows.first().and_then(|row| row.get::<Option<i64>, _>("at")).map(Moment);
                first.filter(|first| first.china_date() < today).and(today.pred_opt())
            }
        };
        Ok(day.filter(|day| *day < today))
    }

    /// The end of the last closed day; the beginning of time before there is one.
    pub async fn closed_until(&self) -> Result<Moment, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::LAST_CLOSE, vec![]).await?;
        Ok(rows.first().map_or(Moment(0), |row| Moment(row.get("until_at"))))
    }

    /// Peers' digests that are not agreed yet, newest first.
    pub async fn digests_to_compare(&self) -> Result<Vec<OpenDigest>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::DIGESTS_OPEN, vec![DIGESTS_MOST.into()]).await?;
        let mut open = Vec::with_capacity(rows.len());
        for row in &rows {
            let digest = read_digest(row)?;
            let mut here = 0u64;
            for range in &digest.digest.ranges {
                let values = vec![
                    Value::text(digest.peer.to_string()),
                    range.epoch.into(),
                    range.lane.into(),
                    range.from_seq.into(),
                    range.to_seq.into(),
                ];
                let counts = engine::rows(&mut connection, sql::HELD, values).await?;
                here += counts.iter().map(|row| u64::try_from(row.get::<i64, _>("n")).unwrap_or(0)).sum::<u64>();
            }
            open.push(OpenDigest {
                is_whole: here >= digest.digest.messages(),
                was_missing: digest.state == "missing",
                peer: digest.peer,
                day: digest.day,
                received_at: Moment(row.get("at")),
            });
        }
        Ok(open)
    }

    /// Numbers of each peer's lanes that have not come although a later one is here since before `before`; at most
    /// `most` ranges a peer.
    pub async fn gaps(&self, before: Moment, most: u32) -> Result<Vec<(AgencyCode, Vec<LaneRange>)>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let lanes = engine::rows(&mut connection, sql::LANES_IN, vec![]).await?;
        let mut all: Vec<(AgencyCode, Vec<LaneRange>)> = Vec::new();
        for lane in &lanes {
            let peer = AgencyCode::new(lane.get("sender")).map_err(|_| corrupt("inbox"))?;
            let small = |name: &str| u32::try_from(lane.get::<i64, _>(name)).map_err(|_| corrupt("lane"));
            let (epoch, number) = (small("epoch")?, small("lane")?);
            let values = vec![Value::text(peer.to_string()), epoch.into(), number.into(), before.0.into(), most.into()];
            for gap in engine::rows(&mut connection, sql::GAPS, values).await? {
                let seq = |name: &str| u64::try_from(gap.get::<i64, _>(name)).map_err(|_| corrupt("lane"));
                let range = LaneRange { epoch, lane: number, from_seq: seq("from_seq")?, to_seq: seq("to_seq")? };
                match all.last_mut().filter(|(of, _)| *of == peer) {
                    Some((_, ranges)) if ranges.len() < most as usize => ranges.push(range),
                    Some(_) => {}
                    None => all.push((peer.clone(), vec![range])),
                }
            }
        }
        Ok(all)
    }

    /// The final bytes of what we sent to a peer under these numbers, receipted or not; at most `most` messages.
    pub async fn frames_of(
        &self,
        peer: &AgencyCode,
        ranges: &[LaneRange],
        most: u32,
    ) -> Result<Vec<SentFrame>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let mut frames: Vec<SentFrame> = Vec::new();
        for range in ranges {
            let left = most.saturating_sub(u32::try_from(frames.len()).unwrap_or(u32::MAX));
            if left == 0 {
                break;
            }
            let values = vec![
                Value::text(peer.to_string()),
                range.epoch.into(),
                range.lane.into(),
                range.from_seq.into(),
                range.to_seq.into(),
                left.into(),
            ];
            for row in engine::rows(&mut connection, sql::FRAMES_OF, values).await? {
                frames.push(SentFrame {
                    id: MessageId(uuid(row.get("message_id"), "outbox")?),
                    kind: Kind::from_word(row.get("kind")).ok_or(corrupt("outbox"))?,
                    frame: row.get("frame"),
                });
            }
        }
        Ok(frames)
    }
}
