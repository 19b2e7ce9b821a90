//! Notices on their way out: how many wait, and everything that one file needs of each.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::engine::{self, Value};
use super::rows::{corrupt, read_document};
use super::{Store, StoreError, sql};
use crate::domain::case::Case;
use crate::domain::ids::AgencyCode;
use crate::domain::notice::Milestone;
use crate::domain::reasons::ReturnCode;
use crate::domain::register::InsuredPerson;
use crate::domain::time::Moment;

/// A notice with the case it tells of, unmasked: whoever delivers it must know to whom. Never logged.
pub struct ExportedNotice {
    pub n: i64,
    pub milestone: Milestone,
    pub reason: Option<ReturnCode>,
    pub employer: bool,
    pub at: Moment,
    pub case: Case,
    /// The person as the register knows them now.
    pub registered: Option<InsuredPerson>,
}

/// `530800-N00000001`, as people name a notice.
pub fn notice_no(agency: &AgencyCode, n: i64) -> String {
    format!("{agency}-N{n:08}")
}

impl Store {
    /// How many notices no file has taken yet.
    pub async fn notices_waiting(&self) -> Result<u64, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = engine::rows(&mut connection, sql::NOTICES_WAITING, vec![]).await?;
        Ok(rows.first().map_or(0, |row| row.get::<i64, _>("n")).try_into().unwrap_or(0))
    }

    /// The notices of one file, in a fixed order: asked again, the same ones.
    pub async fn notices_of_batch(&self, batch_no: &str) -> Result<Vec<ExportedNotice>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let values = vec![Value::text(batch_no.to_owned())];
        let rows = engine::rows(&mut connection, sql::NOTICES_OF_BATCH, values).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Result<ExportedNotice, StoreError> {
    let reason: Option<&str> = row.get("reason");
    let known = |word: &str| ReturnCode::ALL.iter().copied().find(|code| code.code() == word);
    let person: Option<&str> = row.get("person");
    Ok(ExportedNotice {
        n: row.get("n"),
        milestone: Milestone::from_code(row.get("milestone")).ok_or(corrupt("notice"))?,
        reason: reason.map(|word| known(word).ok_or(corrupt("notice"))).transpose()?,
        employer: row.get::<i64, _>("employer") != 0,
        at: Moment(row.get("at")),
        case: read_document(row.get("document"), "case")?,
        registered: person.map(|document| read_document(document, "person")).transpose()?,
    })
}
