//! Whether the process lives, and whether it can do its work. Never restarts or mends anything.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Serialize;

use super::WebState;
use crate::store::Room;
use crate::transport::TransportStatus;

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    /// Stable codes with a text; empty when ready.
    reasons: Vec<Reason>,
    /// The broker's addresses that are in use.
    brokers: Vec<String>,
}

#[derive(Serialize)]
struct Reason {
    code: String,
    text: String,
}

pub async fn live() -> impl IntoResponse {
    "live\n"
}

pub async fn ready(State(state): State<Arc<WebState>>) -> impl IntoResponse {
    let mut reasons = Vec::new();
    if let Err(error) = state.views.ping().await {
        reasons.push(Reason { code: "DATABASE_AWAY".to_owned(), text: error.to_string() });
    }
    let transport = state.transport.status();
    if let Some((code, text)) = broker_trouble(&transport) {
        reasons.push(Reason { code, text });
    }
    if let Some((code, text)) = disk_trouble(&state.room) {
        reasons.push(Reason { code, text });
    }
    let ready = reasons.is_empty();
    let brokers = transport.addresses().into_iter().map(str::to_owned).collect();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, reasons, brokers }))
}

/// Why nothing new is taken now: code and text.
pub fn disk_trouble(room: &Room) -> Option<(String, String)> {
    room.check().err().map(|cause| ("DISK_LOW".to_owned(), cause.to_string().replacen("DISK_LOW ", "", 1)))
}

/// Why the broker is of no use now: code and text.
pub fn broker_trouble(status: &TransportStatus) -> Option<(String, String)> {
    if let Some(blocked) = &status.blocked {
        return Some(("BROKER_BLOCKED".to_owned(), blocked.clone()));
    }
    if status.consuming && status.publishing {
        return None;
    }
    let fallback = || ("BROKER_AWAY".to_owned(), "not connected".to_owned());
    Some(status.fault.clone().unwrap_or_else(fallback))
}
