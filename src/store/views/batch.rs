//! 批量划转 as one of its cases shows it: one sum of the bank for several persons, of which each case has a part.

use serde::Serialize;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Row, query};

use super::uuid_text;
use crate::domain::case::Case;
use crate::domain::money::Balance;
use crate::store::sql::views as sql;

#[derive(Debug, Clone, Serialize)]
pub struct BatchView {
    pub no: String,
    /// How many persons it pays.
    pub count: u32,
    /// Of the whole batch, in fen.
    pub total: Balance,
    /// For how many of them the notice is here: nothing is matched before all are.
    pub announced: i64,
    /// The case with the task for the whole batch, where what came is not what was announced.
    pub asked: Option<Asked>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    pub case_id: String,
    pub letter_no: String,
}

impl BatchView {
    pub(super) async fn read(at: &mut SqliteConnection, case: &Case) -> Result<Option<BatchView>, sqlx::Error> {
        let Some(batch) = case.batch() else { return Ok(None) };
        let peer = case.peer.as_str();
        let here = query(sql::BATCH_ANNOUNCED).bind(&batch.no).bind(peer).fetch_one(&mut *at).await?;
        let asked = query(sql::BATCH_ASKED).bind(&batch.no).bind(peer).fetch_optional(at).await?;
        let read = |row: sqlx::sqlite::SqliteRow| {
            let case_id = uuid_text(&row.try_get::<Vec<u8>, _>("case_id")?);
            Ok::<_, sqlx::Error>(Asked { case_id, letter_no: row.try_get("letter_no")? })
        };
        Ok(Some(BatchView {
            no: batch.no.clone(),
            count: batch.count,
            total: Balance(batch.total.get()),
            announced: here.try_get("announced")?,
            asked: asked.map(read).transpose()?,
        }))
    }
}
