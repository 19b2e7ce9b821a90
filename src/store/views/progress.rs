//! Progress in public words, by case and by document number. Shows no more of a person than lists do.

use serde::Serialize;
use sqlx::{Row, query};

use super::mask::{MaskedName, MaskedNo};
use super::{CASE_ROWS_MAX, ViewError, Views, moment};
use crate::domain::case::Case;
use crate::domain::ids::CaseId;
use crate::domain::progress::{Passed, Progress, progress};
use crate::store::sql::views as sql;

/// One case as its person may see it.
#[derive(Debug, Clone, Serialize)]
pub struct ProgressView {
    pub case_id: String,
    pub letter_no: String,
    /// Which side this agency is.
    pub role: &'static str,
    pub peer: String,
    pub name: MaskedName,
    pub document: MaskedNo,
    #[serde(flatten)]
    pub progress: Progress,
}

impl Views {
    pub async fn progress(&self, case: CaseId) -> Result<Option<ProgressView>, ViewError> {
        let key = case.0.as_bytes().to_vec();
        // One read transaction: case and history belong to one moment.
        let mut at = self.pool.begin().await?;
        let head = query(sql::PROGRESS_CASE).bind(key.clone()).fetch_optional(&mut *at).await?;
        let steps = query(sql::PROGRESS_STEPS).bind(key).bind(CASE_ROWS_MAX).fetch_all(&mut *at).await?;
        at.rollback().await?;
        let Some(head) = head else { return Ok(None) };
        let case: Case = serde_json::from_str(head.try_get("document")?).map_err(|cause| decode(cause.into()))?;
        let passed = steps.iter().map(|row| {
            Ok(Passed {
                on: moment(row, "at")?.china_date(),
                relation: row.try_get("relation")?,
                money: row.try_get("money")?,
            })
        });
        let history = passed.collect::<Result<Vec<_>, sqlx::Error>>()?;
        Ok(Some(ProgressView {
            case_id: case.id.to_string(),
            letter_no: case.letter_no.to_string(),
            role: case.role(),
            peer: case.peer.to_string(),
            name: MaskedName::of(case.person().name.as_str()),
            document: MaskedNo::of(case.person().document.number()),
            progress: progress(&case, &history),
        }))
    }

    /// All cases of whoever has this document, oldest first.
    pub async fn progress_of(&self, document_no: &str) -> Result<Vec<ProgressView>, ViewError> {
        let rows = query(sql::CASES_OF_DOCUMENT).bind(document_no).bind(CASE_ROWS_MAX).fetch_all(&self.pool).await?;
        let mut found = Vec::new();
        for row in &rows {
            let id = uuid::Uuid::from_slice(row.try_get("case_id")?).map_err(|cause| decode(cause.into()))?;
            found.extend(self.progress(CaseId(id)).await?);
        }
        Ok(found)
    }
}

fn decode(cause: Box<dyn std::error::Error + Send + Sync>) -> ViewError {
    ViewError::Database(sqlx::Error::Decode(cause))
}
