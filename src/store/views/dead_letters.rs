//! Bytes that could not be taken. What they claim is shown as a claim; their content is never decoded here.

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::{Page, ViewError, Views, bytes_of, mask, moment, moment_if, rows_of, split_place};
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeadLetterQuery {
    /// Resolved ones too.
    pub all: bool,
    pub reason: String,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize)]
pub struct DeadLetterRow {
    /// SHA-256 of the frame, hex.
    pub frame_hash: String,
    pub reason: String,
    pub alarm: bool,
    /// Claimed, not verified.
    pub sender: Option<String>,
    pub routing_key: String,
    pub user_id: Option<String>,
    /// Bytes.
    pub size: i64,
    pub first_at: Moment,
    pub last_at: Moment,
    pub copies: i64,
    pub resolved_at: Option<Moment>,
}

#[derive(Debug, Clone, Serialize)]
pub struct DeadLetterView {
    #[serde(flatten)]
    pub row: DeadLetterRow,
    /// The first bytes in hex: enough to recognise a frame, too few to hold a person.
    pub begins_with: String,
    /// It begins as a frame does.
    pub looks_like_a_frame: bool,
}

impl DeadLetterRow {
    fn read(row: &SqliteRow) -> Result<DeadLetterRow, sqlx::Error> {
        let claim = |text: &str| mask::detail(text);
        Ok(DeadLetterRow {
            frame_hash: hex::encode(row.try_get::<Vec<u8>, _>("frame_hash")?),
            reason: row.try_get("reason")?,
            alarm: row.try_get::<i64, _>("alarm")? != 0,
            sender: row.try_get::<Option<String>, _>("sender")?.as_deref().map(claim),
            routing_key: claim(row.try_get("routing_key")?),
            user_id: row.try_get::<Option<String>, _>("user_id")?.as_deref().map(claim),
            size: row.try_get("size")?,
            first_at: moment(row, "first_at")?,
            last_at: moment(row, "last_at")?,
            copies: row.try_get("copies")?,
            resolved_at: moment_if(row, "resolved_at")?,
        })
    }
}

impl Views {
    /// Last seen first.
    pub async fn dead_letters(&self, wanted: &DeadLetterQuery) -> Result<Page<DeadLetterRow>, ViewError> {
        let limit = rows_of(wanted.limit);
        let (last_at, hash) = match wanted.after.as_deref().filter(|after| !after.is_empty()) {
            Some(after) => {
                let (at, hash) = split_place(after)?;
                (at, bytes_of(hash)?)
            }
            None => (i64::MAX, vec![0xff; 33]),
        };
        let rows = query(sql::DEAD_LETTERS)
            .bind(i64::from(!wanted.all))
            .bind(&wanted.reason)
            .bind(last_at)
            .bind(hash)
            .bind(i64::from(limit) + 1)
            .fetch_all(&self.pool)
            .await?;
        let rows = rows.iter().map(DeadLetterRow::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(rows, limit, |row| format!("{}~{}", row.last_at.0, row.frame_hash)))
    }

    pub async fn dead_letter(&self, frame_hash: &[u8; 32]) -> Result<Option<DeadLetterView>, ViewError> {
        let Some(row) = query(sql::DEAD_LETTER).bind(frame_hash.as_slice()).fetch_optional(&self.pool).await? else {
            return Ok(None);
        };
        let frame: Vec<u8> = row.try_get("frame")?;
        let looks_like_a_frame = frame.starts_with(b"JX1\0");
        // A stranger's bytes may be anything, also somebody's data in the clear.
        let shown = if looks_like_a_frame { 64 } else { 8 };
        let begins_with = frame.iter().take(shown).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        Ok(Some(DeadLetterView { row: DeadLetterRow::read(&row)?, begins_with, looks_like_a_frame }))
    }
}
