//! `/`: what must be looked at, where all cases stand, where the money is. Never a person.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::super::WebState;
use super::super::lang::Visitor;
use super::super::show::Chrome;
use super::{Shown, shown};
use crate::domain::money::Balance;
use crate::domain::words::{self, Word};
use crate::store::views::{ClosureRow, Overview};

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    c: Chrome,
    o: Overview,
    sides: Vec<Side>,
    holders: Vec<(&'static Word, i64)>,
    /// Peers that are or will be closed.
    closed: Vec<ClosureRow>,
}

/// One role's states with their counts, the usual ones always, the others only when met.
struct Side {
    role: &'static str,
    open: i64,
    closed: i64,
    relation: Vec<(&'static Word, i64)>,
    money: Vec<(&'static Word, i64)>,
}

pub async fn page(State(state): State<Arc<WebState>>, visitor: Visitor) -> Shown {
    let c = Chrome::new(&state, visitor);
    let o = state.views.overview(c.today, c.soon_until).await?;
    let side = |role: &'static str| {
        let usual = |word: &Word| words::relation_road(role, "").contains(&word.code);
        let usual_money = |word: &Word| words::money_road(role, None).contains(&word.code);
        let relation = words::relation(role).iter().map(|word| (word, o.by_relation(role, word.code)));
        let money = words::money(role).iter().map(|word| (word, o.by_money(role, word.code)));
        Side {
            role,
            open: o.open_cases(role),
            closed: o.closed_cases(role),
            relation: relation.filter(|(word, count)| *count > 0 || usual(word)).collect(),
            money: money.filter(|(word, count)| *count > 0 || usual_money(word)).collect(),
        }
    };
    let sides = vec![side("incoming"), side("outgoing")];
    let holders = words::HOLDERS.iter().map(|word| (word, o.by_holder(word.code))).filter(|(_, n)| *n > 0).collect();
    let mut closed = state.views.closures(c.now, false).await?;
    closed.retain(|closure| closure.agency != c.agency_code);
    shown(Page { c, o, sides, holders, closed })
}

impl Page {
    /// Conservation at this agency: persons, transit and suspense together are what the bank holds.
    fn difference(&self) -> Balance {
        let others = ["person", "transit-out", "transit-in", "suspense"];
        let sum: i64 = others.iter().map(|class| self.o.ledger_fen(class).0).sum();
        Balance(self.o.ledger_fen("bank").0.saturating_sub(sum))
    }

    fn classes(&self) -> [&'static str; 5] {
        ["bank", "person", "transit-out", "transit-in", "suspense"]
    }

    /// Zero is quiet.
    fn class_of(&self, count: &i64, alarm: &'static str) -> &'static str {
        if *count > 0 { alarm } else { "quiet" }
    }
}
