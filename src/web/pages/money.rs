//! `/money`: bank lines in suspense, and payments on their way to the bank.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::super::WebState;
use super::super::lang::Visitor;
use super::super::show::Chrome;
use super::{Shown, shown};
use crate::domain::words::{self, Word};
use crate::store::views::{LineRow, PaymentQuery, PaymentRow};

#[derive(Template)]
#[template(path = "money.html")]
struct Page {
    c: Chrome,
    state: String,
    lines: Vec<LineRow>,
    more_lines: Option<String>,
    payments: Vec<PaymentRow>,
    next: Option<String>,
}

pub async fn page(State(state): State<Arc<WebState>>, visitor: Visitor) -> Shown {
    let c = Chrome::new(&state, visitor);
    let wanted = PaymentQuery { state: c.visitor.param("state"), after: c.visitor.exact("after"), limit: None };
    let lines = state.views.unmatched_lines(c.visitor.exact("lines_after").as_deref(), None).await?;
    let payments = state.views.payments(&wanted).await?;
    let more_lines = lines.next.map(|place| c.visitor.with("lines_after", &place));
    let next = payments.next.map(|place| c.visitor.with("after", &place));
    shown(Page { c, state: wanted.state, lines: lines.rows, more_lines, payments: payments.rows, next })
}

impl Page {
    fn states(&self) -> &'static [Word] {
        words::PAYMENTS
    }
}
