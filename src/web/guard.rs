//! Around every request: the name it was asked by, and what browsers may do with the answer. Never lets a page be cached.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::WebState;
use super::errors::PageError;
use super::lang::asked_for;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

pub async fn guard(State(state): State<Arc<WebState>>, request: Request, next: Next) -> Response {
    let lang = asked_for(request.uri());
    let mut response =
        if is_ours(&request, &state.hosts) { next.run(request).await } else { PageError::WrongHost.into_response() };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(lang) = lang {
        let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", lang.code());
        // The two codes are plain ASCII.
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    response
}

/// A page of another name that resolves to us (DNS rebinding) must not read ours.
fn is_ours(request: &Request, hosts: &[String]) -> bool {
    let mut asked = request.headers().get_all(HOST).iter();
    let host = match (asked.next(), asked.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        (Some(_), Some(_)) => return false,
        (None, _) => request.uri().host().unwrap_or_default(),
    };
    let name = without_port(host).to_ascii_lowercase();
    matches!(name.as_str(), "localhost" | "127.0.0.1" | "[::1]" | "::1")
        || hosts.iter().any(|ours| ours.eq_ignore_ascii_case(&name))
}

fn without_port(host: &str) -> &str {
    if host.starts_with('[') {
        return host.split_inclusive(']').next().unwrap_or_default();
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_no_part_of_the_name() {
        assert_eq!(without_port("localhost:8080"), "localhost");
        assert_eq!(without_port("[::1]:8080"), "[::1]");
        assert_eq!(without_port("127.0.0.1"), "127.0.0.1");
    }
}
