//! `/tasks`: what waits for a person, oldest first, each with what to do.

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
    rows: Vec<TaskRow>,
    next: Option<String>,
}

pub async fn page(State(state): State<Arc<WebState>>, visitor: Visitor) -> Shown {
    let c = Chrome::new(&state, visitor);
    let kind = c.visitor.param("kind");
    let wanted = TaskQuery { kind: kind.clone(), after: c.visitor.exact("after"), limit: None };
    let found = state.views.tasks(&wanted).await?;
    let next = found.next.map(|place| c.visitor.with("after", &place));
    shown(Page { c, kind, rows: found.rows, next })
}

impl Page {
    fn kinds(&self) -> &'static [Word] {
        words::TASKS
    }

    fn means(&self, code: &str) -> &'static str {
        words::find(words::TASKS, code).map_or("", |word| self.c.lang.pick(word.means))
    }
}
