//! Which language a visitor reads, and the parameters of an address. Never fails: the unknown is 中文.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    pub fn t<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    pub fn pick(self, both: (&'static str, &'static str)) -> &'static str {
        self.t(both.0, both.1)
    }

    /// For the `lang` attribute.
    pub fn tag(self) -> &'static str {
        self.t("zh-CN", "en")
    }

    pub fn code(self) -> &'static str {
        self.t("zh", "en")
    }

    pub fn from_code(code: &str) -> Option<Lang> {
        match code {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }
}

/// One request's address and language.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub lang: Lang,
    pub path: String,
    params: BTreeMap<String, String>,
}

impl Visitor {
    /// A parameter, cut at 200 characters, control characters shown as �; empty where it is not given.
    pub fn param(&self, name: &str) -> String {
        let readable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        self.params.get(name).map(|value| value.chars().take(200).map(readable).collect()).unwrap_or_default()
    }

    /// A parameter that must come back exactly, such as the place in a list.
    pub fn exact(&self, name: &str) -> Option<String> {
        self.params.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// This address with one parameter set, or taken out where the value is empty.
    pub fn with(&self, name: &str, value: &str) -> String {
        let kept = self.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let changed = kept.filter(|(key, _)| *key != name && *key != "lang").chain([(name, value)]);
        let query: Vec<String> = changed
            .filter(|(_, value)| !value.is_empty() && value.len() <= 600)
            .map(|(key, value)| format!("{}={}", encoded(key), encoded(value)))
            .collect();
        if query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, query.join("&")) }
    }
}

/// Percent-encodes all but unreserved characters.
pub fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The language an address asks for.
pub fn asked_for(uri: &Uri) -> Option<Lang> {
    let query = uri.query()?;
    query.split('&').find_map(|pair| Lang::from_code(pair.strip_prefix("lang=")?))
}

fn remembered(headers: &HeaderMap) -> Option<Lang> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|pair| Lang::from_code(pair.trim().strip_prefix("lang=")?))
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Visitor, Infallible> {
        let params = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
        Ok(Visitor {
            lang: asked_for(&parts.uri).or_else(|| remembered(&parts.headers)).unwrap_or_default(),
            path: parts.uri.path().to_owned(),
            params: params.into_iter().collect(),
        })
    }
}
