//! Imported years of the calendar, and the open cases whose clocks run by it.

use sqlx::Row;

use super::engine::{self, Value};
use super::rows::{case_bytes, read_document};
use super::{Store, StoreError, sql};
use crate::domain::calendar::{Calendar, Origin, Year, YearFile};
use crate::domain::case::Case;
use crate::domain::ids::CaseId;
use crate::domain::time::Moment;

/// A year as it was put in.
#[derive(Debug, Clone)]
pub struct ImportedYear {
    pub year: Year,
    pub at: Moment,
    pub actor: String,
    /// Why it took the place of a year with other days.
    pub reason: Option<String>,
}

impl Store {
    pub async fn imported_years(&self) -> Result<Vec<ImportedYear>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::CALENDAR, vec![]).await?;
        rows.iter()
            .map(|row| {
                let file: YearFile = read_document(row.get("document"), "calendar year")?;
                let year = Year::check(file, Origin::Imported);
                Ok(ImportedYear {
                    year: year.map_err(|_| StoreError::Corrupt { what: "calendar year" })?,
                    at: Moment(row.get("at")),
                    actor: row.get("actor"),
                    reason: row.get("reason"),
                })
            })
            .collect()
    }

    /// A calendar with the imported years in it.
    pub async fn calendar_over(&self, calendar: Calendar) -> Result<Calendar, StoreError> {
        let years = self.imported_years().await?;
        Ok(years.into_iter().fold(calendar, |calendar, imported| calendar.with(imported.year)))
    }

    /// Open cases in the order of their ids, after this one.
    pub async fn open_cases(&self, after: Option<CaseId>, most: u32) -> Result<Vec<Case>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        // Every id is longer than nothing.
        let after = after.map_or(Value::bytes(Vec::new()), case_bytes);
        let rows = engine::rows(&mut connection, sql::CASES_OPEN, vec![after, most.into()]).await?;
        rows.iter().map(|row| read_document(row.get("document"), "case")).collect()
    }

    pub async fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows_in(&mut connection, sql::CASES_BY_ID, &[], &[case_bytes(id)]).await?;
        rows.first().map(|row| read_document(row.get("document"), "case")).transpose()
    }
}
