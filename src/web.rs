//! Pages, health, metrics and live updates, all from the store's views. Never changes anything: every route is a read.

mod assets;
mod errors;
mod guard;
mod health;
mod lang;
mod metrics;
mod pages;
mod show;
mod updates;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use chrono::NaiveDate;
use tokio::sync::watch;

use crate::domain::calendar::Calendar;
use crate::domain::time::Moment;
use crate::flow::counters::Counters;
use crate::store::Room;
use crate::store::views::Views;
use crate::transport::Transport;

/// This agency, as pages name it.
#[derive(Debug, Clone)]
pub struct AgencyLabel {
    pub code: String,
    pub name: String,
}

/// What the pages read from.
pub struct WebState {
    pub views: Views,
    pub agency: AgencyLabel,
    /// Agency code → name, the code itself where the directory does not know it.
    pub names: Arc<dyn Fn(&str) -> String + Send + Sync>,
    pub transport: Arc<dyn Transport>,
    /// The disk under the database.
    pub room: Arc<Room>,
    /// Counts commits; pages refresh when it moves. Dropping the sender ends all live connections.
    pub changes: watch::Receiver<u64>,
    pub now: Arc<dyn Fn() -> Moment + Send + Sync>,
    /// The clock is an invented one: every page says so.
    pub is_trial: bool,
    pub counters: Arc<Counters>,
    pub started_at: Moment,
    /// Host names that may be asked for beside loopback, without port.
    pub hosts: Vec<String>,
    /// The calendar as it is known now.
    pub calendar: Arc<dyn Fn() -> Calendar + Send + Sync>,
}

impl WebState {
    /// The second working day after a day: until when a deadline counts as near.
    fn soon_until(&self, day: NaiveDate) -> NaiveDate {
        (self.calendar)().working_days_after(day, 2).on().unwrap_or(day)
    }
}

/// All routes. Serve it on loopback or behind a proxy that knows who is asking: it knows no users.
pub fn router(state: Arc<WebState>) -> Router {
    Router::new()
        .route("/", get(pages::overview::page))
        .route("/cases", get(pages::cases::page))
        .route("/cases/{id}", get(pages::case::page))
        .route("/tasks", get(pages::tasks::page))
        .route("/money", get(pages::money::page))
        .route("/queues", get(pages::queues::page))
        .route("/dead-letters", get(pages::dead_letters::list))
        .route("/dead-letters/{hash}", get(pages::dead_letters::one))
        .route("/live", get(health::live))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics::page))
        .route("/updates", get(updates::stream))
        .route("/assets/{name}", get(assets::file))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(errors::not_found)
        .method_not_allowed_fallback(errors::read_only)
        .layer(middleware::from_fn_with_state(state.clone(), guard::guard))
        .with_state(state)
}
