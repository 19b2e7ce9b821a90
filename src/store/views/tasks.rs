//! What waits for a person, oldest first. Details are codes or short texts of ours, with long numbers hidden.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::mask::{self, MaskedName};
use super::{Page, ViewError, Views, id_if, moment, moment_if, rows_of, split_place};
use crate::domain::calendar::{Calendar, Due};
use crate::domain::case::Case;
use crate::domain::task;
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskQuery {
    /// Empty: every kind.
    pub kind: String,
    /// Whose; empty: anybody's.
    pub assignee: String,
    /// Only what nobody has in hand.
    pub unassigned: bool,
    /// Only what should be done by now. A provisional day is never over.
    pub overdue: bool,
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
    /// How a person names it: `<kind>/<letter no. or bank transaction no.>`.
    pub called: String,
    /// Who has it in hand.
    pub assignee: Option<String>,
    /// ISO day, the last one in time; while the calendar does not reach so far, the earliest it can be.
    pub due_on: String,
    pub due_provisional: bool,
    /// What may be decided about its case; empty where it has none, or is done.
    pub verbs: Vec<&'static str>,
}

impl TaskRow {
    /// Overdue is a fact about today, not a state. ISO days sort as text.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.closed_at.is_none() && !self.due_provisional && self.due_on.as_str() < today.to_string().as_str()
    }

    pub(super) fn read(row: &SqliteRow, calendar: &Calendar) -> Result<TaskRow, sqlx::Error> {
        let (task, kind): (String, String) = (row.try_get("task")?, row.try_get("kind")?);
        let (case_id, letter_no) = (id_if(row, "case_id")?, row.try_get::<Option<String>, _>("letter_no")?);
        let line: Option<&str> = row.try_get("line")?;
        let (opened_at, closed_at) = (moment(row, "opened_at")?, moment_if(row, "closed_at")?);
        // A document of a newer version says nothing here.
        let document: Option<&str> = row.try_get("document")?;
        let case = document.and_then(|document| serde_json::from_str::<Case>(document).ok());
        let due = task::due(&kind, opened_at.china_date(), case.as_ref(), calendar);
        let (due_on, due_provisional) = match due {
            Due::On(day) => (day, false),
            Due::Provisional { not_before } => (not_before, true),
        };
        let open_case = case.as_ref().filter(|_| closed_at.is_none());
        let called = called(&task, &kind, case_id.as_deref().zip(letter_no.as_deref()), line);
        Ok(TaskRow {
            verbs: open_case.map_or_else(Vec::new, |case| task::decisions(&kind, case)),
            called,
            assignee: row.try_get::<Option<&str>, _>("assignee")?.map(mask::detail),
            due_on: due_on.to_string(),
            due_provisional,
            task,
            round: row.try_get("round")?,
            kind,
            case_id,
            letter_no,
            peer: row.try_get("peer")?,
            role: row.try_get("role")?,
            name: row.try_get::<Option<String>, _>("person_name")?.as_deref().map(MaskedName::of),
            line: line.map(mask::bank_line),
            detail: row.try_get::<Option<String>, _>("detail")?.as_deref().map(mask::detail),
            opened_at,
            closed_at,
        })
    }
}

/// By letter no. or bank transaction no. where the object is a case or a line; else by its whole name.
fn called(task: &str, kind: &str, case: Option<(&str, &str)>, line: Option<&str>) -> String {
    let object = task.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
    let txn = line.filter(|line| *line == object).and_then(|line| line.rsplit('/').next());
    let letter = case.filter(|(id, _)| *id == object).map(|(_, letter)| letter);
    letter.or(txn).map_or_else(|| task.to_owned(), |short| format!("{kind}/{short}"))
}

/// An open task as somebody named it, and how often it went from hand to hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskNamed {
    pub task: String,
    pub round: u32,
    pub acts: u32,
}

impl TaskNamed {
    fn read(row: &SqliteRow) -> Result<TaskNamed, sqlx::Error> {
        let number =
            |column: &str| row.try_get::<i64, _>(column).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        Ok(TaskNamed { task: row.try_get("task")?, round: number("round")?, acts: number("acts")? })
    }
}

impl Views {
    /// Open tasks only. What is due is counted here, by the calendar as it is now: no stored day can be stale.
    pub async fn tasks(
        &self,
        wanted: &TaskQuery,
        calendar: &Calendar,
        today: NaiveDate,
    ) -> Result<Page<TaskRow>, ViewError> {
        let limit = rows_of(wanted.limit);
        let enough = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut place = match wanted.after.as_deref().filter(|after| !after.is_empty()) {
            Some(after) => {
                let (at, rest) = split_place(after)?;
                let (round, task) = split_place(rest)?;
                (at, task.to_owned(), round)
            }
            None => (i64::MIN, String::new(), i64::MIN),
        };
        let mut found: Vec<TaskRow> = Vec::new();
        loop {
            let rows = query(sql::TASKS)
                .bind(&wanted.kind)
                .bind(place.0)
                .bind(&place.1)
                .bind(place.2)
                .bind(i64::from(limit) + 1)
                .bind(&wanted.assignee)
                .bind(i64::from(wanted.unassigned))
                .fetch_all(&self.pool)
                .await?;
            let is_last = rows.len() <= enough;
            let rows = rows.iter().map(|row| TaskRow::read(row, calendar)).collect::<Result<Vec<_>, _>>()?;
            if let Some(last) = rows.last() {
                place = (last.opened_at.0, last.task.clone(), last.round);
            }
            found.extend(rows.into_iter().filter(|row| !wanted.overdue || row.is_overdue(today)));
            if is_last || found.len() > enough {
                break;
            }
        }
        Ok(Page::of(found, limit, |row| format!("{}~{}~{}", row.opened_at.0, row.round, row.task)))
    }

    /// Open tasks that are called so: by their whole name, or `<kind>/<letter no. or bank transaction no.>`. More than
    /// one where the short name is not enough.
    pub async fn tasks_called(&self, name: &str) -> Result<Vec<TaskNamed>, ViewError> {
        let (kind, object) = name.split_once('/').unwrap_or((name, ""));
        let rows = query(sql::TASKS_CALLED).bind(name).bind(kind).bind(object).fetch_all(&self.pool).await?;
        let found = rows.iter().map(TaskNamed::read).collect::<Result<Vec<_>, _>>()?;
        let exact = found.iter().find(|task| task.task == name).cloned();
        Ok(exact.map_or(found, |task| vec![task]))
    }
}
