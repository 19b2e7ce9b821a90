//! `/tasks`: what waits for a person, oldest first, each with whose it is, until when, and what to do. Shows only.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::super::WebState;
use super::super::lang::Visitor;
use super::super::show::Chrome;
use super::{Shown, shown};
use crate::domain::words::{self, Word};
use crate::store::views::{TaskQuery, TaskRow};

#[derive(Template)]
#[template(path = "tasks.html")]
struct Page {
    c: Chrome,
    kind: String,
    who: String,
    /// `unassigned`, `overdue`, or nothing.
    only: String,
    rows: Vec<TaskRow>,
    next: Option<String>,
}

pub async fn page(State(state): State<Arc<WebState>>, visitor: Visitor) -> Shown {
    let c = Chrome::new(&state, visitor);
    let (kind, who, only) = (c.visitor.param("kind"), c.visitor.param("who"), c.visitor.param("only"));
    let wanted = TaskQuery {
        kind: kind.clone(),
        assignee: who.trim().to_owned(),
        unassigned: only == "unassigned",
        overdue: only == "overdue",
        after: c.visitor.exact("after"),
        limit: None,
    };
    let found = state.views.tasks(&wanted, &(state.calendar)(), c.today).await?;
    let next = found.next.map(|place| c.visitor.with("after", &place));
    shown(Page { c, kind, who, only, rows: found.rows, next })
}

impl Page {
    fn kinds(&self) -> &'static [Word] {
        words::TASKS
    }

    fn means(&self, code: &str) -> &'static str {
        words::find(words::TASKS, code).map_or("", |word| self.c.lang.pick(word.means))
    }
}
