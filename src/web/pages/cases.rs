//! `/cases`: search and filters in the address, newest change first. A whole document no. never stays in an address.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::super::WebState;
use super::super::errors::PageError;
use super::super::lang::Visitor;
use super::super::show::Chrome;
use super::shown;
use crate::domain::time::next_day;
use crate::domain::words::{self, Word};
use crate::store::views::{CaseQuery, CaseRow};

#[derive(Template)]
#[template(path = "cases.html")]
struct Page {
    c: Chrome,
    wanted: CaseQuery,
    due: String,
    status: String,
    rows: Vec<CaseRow>,
    next: Option<String>,
    filtered: bool,
}

pub async fn page(State(state): State<Arc<WebState>>, visitor: Visitor) -> Result<Response, PageError> {
    let q = visitor.param("q").trim().to_owned();
    if let Some(tail) = tail_of_document(&q) {
        return Ok(Redirect::to(&visitor.with("q", &tail)).into_response());
    }
    let c = Chrome::new(&state, visitor);
    let v = &c.visitor;
    let due = v.param("due");
    let (due_from, due_before) = match due.as_str() {
        "overdue" => (None, Some(c.today)),
        "today" => (Some(c.today), Some(next_day(c.today))),
        "soon" => (Some(next_day(c.today)), Some(next_day(c.soon_until))),
        _ => (None, None),
    };
    let status = v.param("status");
    let wanted = CaseQuery {
        q,
        role: v.param("role"),
        relation: v.param("relation"),
        money: v.param("money"),
        holder: v.param("holder"),
        peer: v.param("peer"),
        due_from,
        due_before,
        open: match status.as_str() {
            "open" => Some(true),
            "closed" => Some(false),
            _ => None,
        },
        after: v.exact("after"),
        limit: None,
    };
    let found = state.views.cases(&wanted).await?;
    let filtered = wanted != CaseQuery { after: wanted.after.clone(), ..CaseQuery::default() };
    let next = found.next.map(|place| c.visitor.with("after", &place));
    Ok(shown(Page { c, wanted, due, status, rows: found.rows, next, filtered })?.into_response())
}

/// The last four of what looks like a whole 18-character identity number.
fn tail_of_document(q: &str) -> Option<String> {
    let digits = q.bytes().take(17).filter(u8::is_ascii_digit).count();
    let is_number =
        q.len() == 18 && digits == 17 && q.ends_with(|c: char| c.is_ascii_digit() || matches!(c, 'X' | 'x'));
    is_number.then(|| q.split_at(14).1.to_uppercase())
}

impl Page {
    fn relations(&self) -> Vec<&'static Word> {
        both(&self.wanted.role, words::relation)
    }

    fn moneys(&self) -> Vec<&'static Word> {
        both(&self.wanted.role, words::money)
    }

    fn holders(&self) -> &'static [Word] {
        words::HOLDERS
    }
}

/// The words of one role, or of both without repeating a code.
fn both(role: &str, table: fn(&str) -> &'static [Word]) -> Vec<&'static Word> {
    if !role.is_empty() {
        return table(role).iter().collect();
    }
    let mut all: Vec<&'static Word> = Vec::new();
    for word in table("incoming").iter().chain(table("outgoing")) {
        if all.iter().all(|known| known.code != word.code) {
            all.push(word);
        }
    }
    all
}
