//! Tells open pages that something was committed, at most twice a second. Says how often, never what.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use futures_util::stream::unfold;

use super::WebState;

/// At most two events a second to one page.
const PAUSE: Duration = Duration::from_millis(500);

pub async fn stream(State(state): State<Arc<WebState>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = state.changes.clone();
    let events = unfold((changes, true), |(mut changes, first)| async move {
        if !first {
            tokio::time::sleep(PAUSE).await;
            // The sender is dropped when the daemon stops: the stream ends, and with it the connection.
            changes.changed().await.ok()?;
        }
        let count = *changes.borrow_and_update();
        Some((Ok(Event::default().data(count.to_string())), (changes, false)))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}
