//! `/money`: bank lines in suspense, and payments on their way to the bank.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::super::WebState;
use super::super::lang::Visitor;
use super::super::show::Chrome;
use super::{Shown, shown};
use crate::domain::money::Balance;
use crate::domain::words::{self, Word};
use crate::store::views::{CloseRow, DigestQuery, DigestView, LineRow, PaymentQuery, PaymentRow};

/// Closed days on the page; `jiexu close list` has all.
const DAYS: u32 = 7;

#[derive(Template)]
#[template(path = "money.html")]
struct Page {
    c: Chrome,
    state: String,
    lines: Vec<LineRow>,
    more_lines: Option<String>,
    payments: Vec<PaymentRow>,
    next: Option<String>,
    closes: Vec<CloseRow>,
    /// What differs, and the last days.
    digests: Vec<DigestView>,
}

pub async fn page(State(state): State<Arc<WebState>>, visitor: Visitor) -> Shown {
    let c = Chrome::new(&state, visitor);
    let wanted = PaymentQuery { state: c.visitor.param("state"), after: c.visitor.exact("after"), limit: None };
    let lines = state.views.unmatched_lines(c.visitor.exact("lines_after").as_deref(), None).await?;
    let payments = state.views.payments(&wanted).await?;
    let closes = state.views.closes(None, Some(DAYS)).await?.rows;
    let query = DigestQuery { limit: Some(4 * DAYS), ..DigestQuery::default() };
    let digests = state.views.digests(&query).await?;
    let more_lines = lines.next.map(|place| c.visitor.with("lines_after", &place));
    let next = payments.next.map(|place| c.visitor.with("after", &place));
    shown(Page {
        c,
        state: wanted.state,
        lines: lines.rows,
        more_lines,
        payments: payments.rows,
        next,
        closes,
        digests,
    })
}

impl Page {
    /// The last closed day.
    fn last(&self) -> Option<&CloseRow> {
        self.closes.first()
    }

    fn yuan(&self, fen: &i64) -> String {
        self.c.yuan(&Balance(*fen))
    }

    fn states(&self) -> &'static [Word] {
        words::PAYMENTS
    }
}
