//! What waits for a person, oldest first. Details are codes or short texts of ours, with long numbers hidden.

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::mask::{self, MaskedName};
use super::{Page, ViewError, Views, id_if, moment, moment_if, rows_of, split_place};
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskQuery {
    /// Empty: every kind.
    pub kind: String,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize)]
pub struct TaskRow {
    /// `<kind>/<case or line>`
    pub task: String,
    pub round: i64,
    pub kind: String,
    pub case_id: Option<String>,
    pub letter_no: Option<String>,
    pub peer: Option<String>,
    pub role: Option<String>,
    pub name: Option<MaskedName>,
    pub line: Option<String>,
    pub detail: Option<String>,
    pub opened_at: Moment,
    pub closed_at: Option<Moment>,
}

impl TaskRow {
    pub(super) fn read(row: &SqliteRow) -> Result<TaskRow, sqlx::Error> {
        Ok(TaskRow {
            task: row.try_get("task")?,
            round: row.try_get("round")?,
            kind: row.try_get("kind")?,
            case_id: id_if(row, "case_id")?,
            letter_no: row.try_get("letter_no")?,
            peer: row.try_get("peer")?,
            role: row.try_get("role")?,
            name: row.try_get::<Option<String>, _>("person_name")?.as_deref().map(MaskedName::of),
            line: row.try_get::<Option<String>, _>("line")?.as_deref().map(mask::bank_line),
            detail: row.try_get::<Option<String>, _>("detail")?.as_deref().map(mask::detail),
            opened_at: moment(row, "opened_at")?,
            closed_at: moment_if(row, "closed_at")?,
        })
    }
}

impl Views {
    /// Open tasks only.
    pub async fn tasks(&self, wanted: &TaskQuery) -> Result<Page<TaskRow>, ViewError> {
        let limit = rows_of(wanted.limit);
        let (opened_at, round, task) = match wanted.after.as_deref().filter(|after| !after.is_empty()) {
            Some(after) => {
                let (at, rest) = split_place(after)?;
                let (round, task) = split_place(rest)?;
                (at, round, task.to_owned())
            }
            None => (i64::MIN, i64::MIN, String::new()),
        };
        let rows = query(sql::TASKS)
            .bind(&wanted.kind)
            .bind(opened_at)
            .bind(task)
            .bind(round)
            .bind(i64::from(limit) + 1)
            .fetch_all(&self.pool)
            .await?;
        let rows = rows.iter().map(TaskRow::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(rows, limit, |row| format!("{}~{}~{}", row.opened_at.0, row.round, row.task)))
    }
}
