//! Style, script and icon, compiled in: many sites have no internet. Never fetched from elsewhere.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::errors::PageError;

const STYLE: &str = include_str!("assets/jiexu.css");
const SCRIPT: &str = include_str!("assets/live.js");
const ICON: &str = include_str!("assets/icon.svg");

fn address(name: &str, content: &str) -> String {
    let hash = Sha256::digest(content.as_bytes());
    format!("/assets/{name}?v={}", hex::encode(&hash[..6]))
}

/// The address of the style sheet; it changes with its content.
pub fn style() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| address("jiexu.css", STYLE));
    &ADDRESS
}

pub fn script() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| address("live.js", SCRIPT));
    &ADDRESS
}

pub async fn file(Path(name): Path<String>) -> Result<Response, PageError> {
    let (kind, content) = match name.as_str() {
        "jiexu.css" => ("text/css; charset=utf-8", STYLE),
        "live.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Err(PageError::NotFound),
    };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=86400")], content).into_response())
}

pub async fn favicon() -> Response {
    ([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "public, max-age=86400")], ICON).into_response()
}
