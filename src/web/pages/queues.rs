//! `/queues`: messages per peer in both directions, and the broker's state.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::super::WebState;
use super::super::lang::Visitor;
use super::super::show::Chrome;
use super::{Shown, shown};
use crate::store::views::PeerQueues;
use crate::transport::TransportStatus;

#[derive(Template)]
#[template(path = "queues.html")]
struct Page {
    c: Chrome,
    peers: Vec<PeerQueues>,
    broker: TransportStatus,
}

pub async fn page(State(state): State<Arc<WebState>>, visitor: Visitor) -> Shown {
    let c = Chrome::new(&state, visitor);
    let mut peers = state.views.queues(c.now).await?;
    // Those with something open first; the order of codes within.
    peers.sort_by_key(|peer| peer.unsent + peer.unreceipted + peer.early + peer.missing() == 0);
    shown(Page { c, peers, broker: state.transport.status() })
}

impl Page {
    fn yes(&self, works: &bool) -> &'static str {
        self.c.lang.pick(if *works { ("✓ 正常", "✓ working") } else { ("! 中断", "! down") })
    }
}
