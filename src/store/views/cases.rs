//! The list of cases: found by letter no., name, last four of the document, and filters. Never scans unbounded output.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::mask::{MaskedName, MaskedNo};
use super::{Page, ViewError, Views, bytes_of, moment, moment_if, rows_of, split_place, uuid_text};
use crate::domain::money::Balance;
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

/// What to list. Empty texts filter nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseQuery {
    /// Part of a letter no., a whole name, the last four of a document no., or an agency code. Taken literally.
    pub q: String,
    pub role: String,
    pub relation: String,
    pub money: String,
    pub holder: String,
    pub peer: String,
    /// Only open cases whose nearest deadline lies on or after, and before, these days.
    pub due_from: Option<NaiveDate>,
    pub due_before: Option<NaiveDate>,
    /// Only open, or only closed cases.
    pub open: Option<bool>,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// One case in a list. Names and numbers are masked.
#[derive(Debug, Clone, Serialize)]
pub struct CaseRow {
    pub case_id: String,
    pub role: String,
    pub peer: String,
    pub letter_no: String,
    pub name: MaskedName,
    pub document: MaskedNo,
    pub relation: String,
    pub money: Option<String>,
    pub holder: String,
    pub open: bool,
    pub accepted_on: String,
    pub opened_at: Moment,
    pub changed_at: Moment,
    pub closed_at: Option<Moment>,
    pub due_clock: Option<String>,
    /// ISO day; `None` while nothing is due or the calendar ends before.
    pub due_on: Option<String>,
    pub due_provisional: bool,
    pub amount: Option<Balance>,
    pub return_code: Option<String>,
}

impl CaseRow {
    /// Overdue is a fact about today, not a state. ISO days sort as text.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.open && self.due_on.as_deref().is_some_and(|due| due < today.to_string().as_str())
    }

    pub(super) fn read(row: &SqliteRow) -> Result<CaseRow, sqlx::Error> {
        Ok(CaseRow {
            case_id: uuid_text(&row.try_get::<Vec<u8>, _>("case_id")?),
            role: row.try_get("role")?,
            peer: row.try_get("peer")?,
            letter_no: row.try_get("letter_no")?,
            name: MaskedName::of(row.try_get("person_name")?),
            document: MaskedNo::of(row.try_get("document_no")?),
            relation: row.try_get("relation")?,
            money: row.try_get("money")?,
            holder: row.try_get("holder")?,
            open: row.try_get::<i64, _>("open")? != 0,
            accepted_on: row.try_get("accepted_on")?,
            opened_at: moment(row, "opened_at")?,
            changed_at: moment(row, "changed_at")?,
            closed_at: moment_if(row, "closed_at")?,
            due_clock: row.try_get("due_clock")?,
            due_on: row.try_get("due_on")?,
            due_provisional: row.try_get::<i64, _>("due_provisional")? != 0,
            amount: row.try_get::<Option<i64>, _>("amount_fen")?.map(Balance),
            return_code: row.try_get("return_code")?,
        })
    }
}

/// `%`, `_` and `\` of a search mean themselves.
fn literal(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

/// The three ways a search may hit: letter no. pattern, exact name, document pattern.
fn searches(q: &str) -> (String, String, String) {
    // No letter no. is longer than 40, no name than 50 characters: more finds nothing, cheaply.
    // A NUL would end the pattern early and match everything; no name holds a control character.
    let text: String = q.trim().chars().take(64).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.is_empty() {
        return Default::default();
    }
    let is_tail = text.chars().count() == 4 && text.chars().all(|c| c.is_ascii_alphanumeric());
    let letter = format!("%{}%", literal(&text.to_lowercase()));
    let document = if is_tail { format!("%{}", literal(&text.to_uppercase())) } else { String::new() };
    (letter, text, document)
}

impl Views {
    /// Newest change first.
    pub async fn cases(&self, wanted: &CaseQuery) -> Result<Page<CaseRow>, ViewError> {
        let limit = rows_of(wanted.limit);
        let (changed_at, case_id) = match wanted.after.as_deref().filter(|after| !after.is_empty()) {
            Some(after) => {
                let (at, id) = split_place(after)?;
                (at, bytes_of(id)?)
            }
            None => (i64::MAX, vec![0xff; 17]),
        };
        let (letter, name, document) = searches(&wanted.q);
        let rows = query(sql::CASES)
            .bind(&wanted.role)
            .bind(&wanted.relation)
            .bind(&wanted.money)
            .bind(&wanted.holder)
            .bind(&wanted.peer)
            .bind(wanted.due_before.map(|day| day.to_string()).unwrap_or_default())
            .bind(wanted.open.map_or(-1i64, i64::from))
            .bind(letter)
            .bind(name)
            .bind(document)
            .bind(changed_at)
            .bind(case_id)
            .bind(i64::from(limit) + 1)
            .bind(wanted.due_from.map(|day| day.to_string()).unwrap_or_default())
            .fetch_all(&self.pool)
            .await?;
        let rows = rows.iter().map(CaseRow::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(rows, limit, |row| format!("{}~{}", row.changed_at.0, row.case_id.replace('-', ""))))
    }
}
