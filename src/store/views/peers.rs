//! Announced closures, closed days and digests as pages and commands show them. Never a person.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::{Page, ViewError, Views, mask, moment, moment_if, rows_of};
use crate::domain::close::DayClose;
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

/// Closures shown together.
const CLOSURES_MAX: i64 = 500;

/// 停机: when an agency is closed.
#[derive(Debug, Clone, Serialize)]
pub struct ClosureRow {
    pub agency: String,
    pub announcement_no: String,
    pub from: Moment,
    pub until: Moment,
    pub reason: Option<String>,
    /// Ours: the one peer that was told.
    pub to: Option<String>,
    pub at: Moment,
    pub by: String,
    pub withdrawn_at: Option<Moment>,
}

impl ClosureRow {
    pub(super) fn read(row: &SqliteRow) -> Result<ClosureRow, sqlx::Error> {
        Ok(ClosureRow {
            agency: row.try_get("agency")?,
            announcement_no: row.try_get("announcement_no")?,
            from: moment(row, "from_at")?,
            until: moment(row, "until_at")?,
            reason: row.try_get::<Option<&str>, _>("reason")?.map(mask::detail),
            to: row.try_get("to_agency")?,
            at: moment(row, "at")?,
            by: mask::detail(row.try_get("announced_by")?),
            withdrawn_at: moment_if(row, "withdrawn_at")?,
        })
    }

    /// It holds now.
    pub fn is_now(&self, now: &Moment) -> bool {
        self.withdrawn_at.is_none() && self.from <= *now && *now < self.until
    }
}

/// A closed day: its sums in fen, and how money that waits is aged.
#[derive(Debug, Clone, Serialize)]
pub struct CloseRow {
    pub at: Moment,
    pub actor: String,
    /// persons + transit + suspense − bank.
    pub difference: i64,
    #[serde(flatten)]
    pub close: DayClose,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DigestQuery {
    /// Empty: all.
    pub peer: String,
    /// Only what differs or is missing.
    pub open: bool,
    pub limit: Option<u32>,
}

/// 对账 of one day with one peer: ours to it, or its to us with what we held.
#[derive(Debug, Clone, Serialize)]
pub struct DigestView {
    pub peer: String,
    pub day: String,
    pub ours: bool,
    pub at: Moment,
    pub state: String,
    pub messages: u64,
    pub remitted_fen: i64,
    pub matched_fen: i64,
    pub digest: Value,
    pub held: Option<Value>,
}

impl DigestView {
    fn read(row: &SqliteRow) -> Result<DigestView, sqlx::Error> {
        let digest: Value = serde_json::from_str(row.try_get("document")?).unwrap_or_default();
        let counts = digest["sent"].as_array().map(Vec::as_slice).unwrap_or_default();
        let held: Option<&str> = row.try_get("held")?;
        Ok(DigestView {
            peer: row.try_get("peer")?,
            day: row.try_get("day")?,
            ours: row.try_get::<i64, _>("ours")? != 0,
            at: moment(row, "at")?,
            state: row.try_get("state")?,
            messages: counts.iter().filter_map(|count| count["count"].as_u64()).sum(),
            remitted_fen: digest["remitted"].as_i64().unwrap_or(0),
            matched_fen: digest["matched"].as_i64().unwrap_or(0),
            held: held.and_then(|held| serde_json::from_str(held).ok()),
            digest,
        })
    }
}

impl Views {
    /// Closures that are not over at `now`; with `all` also those that are, and withdrawn ones. The nearest first.
    pub async fn closures(&self, now: Moment, all: bool) -> Result<Vec<ClosureRow>, ViewError> {
        let rows =
            query(sql::CLOSURES).bind(now.0).bind(i64::from(all)).bind(CLOSURES_MAX).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(ClosureRow::read).collect::<Result<_, _>>()?)
    }

    /// Closed days, the last one first.
    pub async fn closes(&self, before: Option<NaiveDate>, limit: Option<u32>) -> Result<Page<CloseRow>, ViewError> {
        let limit = rows_of(limit);
        let before = before.map_or("9999".to_owned(), |day| day.to_string());
        let rows = query(sql::CLOSES).bind(before).bind(i64::from(limit) + 1).fetch_all(&self.pool).await?;
        let rows = rows.iter().map(read_close).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(rows, limit, |row| row.close.day.to_string()))
    }

    pub async fn close(&self, day: NaiveDate) -> Result<Option<CloseRow>, ViewError> {
        let row = query(sql::CLOSE).bind(day.to_string()).fetch_optional(&self.pool).await?;
        Ok(row.as_ref().map(read_close).transpose()?)
    }

    /// The newest day first; at most 500.
    pub async fn digests(&self, wanted: &DigestQuery) -> Result<Vec<DigestView>, ViewError> {
        let rows = query(sql::DIGESTS)
            .bind(&wanted.peer)
            .bind(i64::from(wanted.open))
            .bind(i64::from(rows_of(wanted.limit)))
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.iter().map(DigestView::read).collect::<Result<_, _>>()?)
    }
}

fn read_close(row: &SqliteRow) -> Result<CloseRow, sqlx::Error> {
    let close: DayClose =
        serde_json::from_str(row.try_get("document")?).map_err(|cause| sqlx::Error::Decode(Box::new(cause)))?;
    Ok(CloseRow {
        at: moment(row, "at")?,
        actor: mask::detail(row.try_get("actor")?),
        difference: close.trial.difference(),
        close,
    })
}
