//! The list of notices: which milestones were told, to whom, and in which file they left. Names are masked.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::mask::{MaskedName, MaskedNo};
use super::{Page, ViewError, Views, moment, moment_if, rows_of, uuid_text};
use crate::domain::ids::CaseId;
use crate::domain::notice::Addressee;
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

/// What to list. Empty texts filter nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeQuery {
    /// A day in China: what was reached from its beginning on.
    pub since: Option<NaiveDate>,
    pub milestone: String,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// One notice in a list.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeRow {
    #[serde(skip)]
    n: i64,
    pub notice_no: String,
    pub case_id: String,
    pub letter_no: String,
    pub role: String,
    pub name: MaskedName,
    pub document: MaskedNo,
    pub milestone: String,
    pub round: i64,
    pub reason: Option<String>,
    pub addressees: Vec<&'static str>,
    pub at: Moment,
    /// The file that carries it.
    pub batch_no: Option<String>,
    pub exported_at: Option<Moment>,
}

impl NoticeRow {
    fn read(row: &SqliteRow) -> Result<NoticeRow, sqlx::Error> {
        let n: i64 = row.try_get("n")?;
        let employer = row.try_get::<i64, _>("employer")? != 0;
        let addressees = [Some(Addressee::Person), employer.then_some(Addressee::Employer)];
        Ok(NoticeRow {
            n,
            notice_no: format!("{}-N{n:08}", row.try_get::<&str, _>("agency")?),
            case_id: uuid_text(&row.try_get::<Vec<u8>, _>("case_id")?),
            letter_no: row.try_get("letter_no")?,
            role: row.try_get("role")?,
            name: MaskedName::of(row.try_get("person_name")?),
            document: MaskedNo::of(row.try_get("document_no")?),
            milestone: row.try_get("milestone")?,
            round: row.try_get("round")?,
            reason: row.try_get("reason")?,
            addressees: addressees.into_iter().flatten().map(Addressee::word).collect(),
            at: moment(row, "at")?,
            batch_no: row.try_get("batch_no")?,
            exported_at: moment_if(row, "exported_at")?,
        })
    }
}

impl Views {
    /// Oldest first; of one case, or of all.
    pub async fn notices(&self, wanted: &NoticeQuery, case: Option<CaseId>) -> Result<Page<NoticeRow>, ViewError> {
        let limit = rows_of(wanted.limit);
        let after = wanted.after.as_deref().filter(|after| !after.is_empty());
        let after: i64 = after.map_or(Ok(0), |after| after.parse().map_err(|_| ViewError::Place))?;
        let listed = query(if case.is_some() { sql::NOTICES_OF_CASE } else { sql::NOTICES })
            .bind(wanted.since.map_or(i64::MIN, |day| Moment::start_of(day).0))
            .bind(&wanted.milestone)
            .bind(after)
            .bind(i64::from(limit) + 1);
        let listed = match case {
            Some(case) => listed.bind(case.0.as_bytes().to_vec()),
            None => listed,
        };
        let rows = listed.fetch_all(&self.pool).await?;
        let rows = rows.iter().map(NoticeRow::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(rows, limit, |row| row.n.to_string()))
    }
}
