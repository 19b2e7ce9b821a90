//! `/dead-letters`: bytes that could not be taken, and what they claim. Their content is never decoded for a page.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::super::WebState;
use super::super::errors::PageError;
use super::super::lang::Visitor;
use super::super::show::Chrome;
use super::{Shown, shown};
use crate::store::views::{DeadLetterQuery, DeadLetterRow, DeadLetterView};

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct Page {
    c: Chrome,
    all: bool,
    reason: String,
    rows: Vec<DeadLetterRow>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "dead_letter.html")]
struct OnePage {
    c: Chrome,
    letter: DeadLetterView,
}

pub async fn list(State(state): State<Arc<WebState>>, visitor: Visitor) -> Shown {
    let c = Chrome::new(&state, visitor);
    let (all, reason) = (c.visitor.param("all") == "1", c.visitor.param("reason"));
    let wanted = DeadLetterQuery { all, reason: reason.clone(), after: c.visitor.exact("after"), limit: None };
    let found = state.views.dead_letters(&wanted).await?;
    let next = found.next.map(|place| c.visitor.with("after", &place));
    shown(Page { c, all, reason, rows: found.rows, next })
}

pub async fn one(State(state): State<Arc<WebState>>, Path(hash): Path<String>, visitor: Visitor) -> Shown {
    let mut frame_hash = [0u8; 32];
    hex::decode_to_slice(&hash, &mut frame_hash).map_err(|_| PageError::Malformed)?;
    let c = Chrome::new(&state, visitor);
    let letter = state.views.dead_letter(&frame_hash).await?.ok_or(PageError::NotFound)?;
    shown(OnePage { c, letter })
}
