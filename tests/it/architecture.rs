//! The shape, held by two tables: who may use whom, and which library is known where. Comments and tests count too.

use std::path::Path;

use crate::support::sources::rust_files;

/// A layer may use itself and these. `clock` and `ids` are the edges to time and chance; `fault` is where tests kill.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("fault", &[]),
    ("clock", &["domain"]),
    ("ids", &["domain"]),
    ("config", &["domain", "flow", "handlers", "transport"]),
    ("wire", &["domain"]),
    ("store", &["domain", "fault"]),
    ("transport", &["fault"]),
    ("files", &["domain"]),
    ("handlers", &["domain"]),
    ("flow", &["domain", "wire", "store", "transport", "handlers", "fault"]),
    ("web", &["domain", "wire", "store", "transport", "flow"]),
    (
        "daemon",
        &[
            "domain",
            "wire",
            "store",
            "transport",
            "handlers",
            "files",
            "flow",
            "web",
            "clock",
            "ids",
            "config",
            "fault",
        ],
    ),
    ("trial", EVERYTHING),
    ("cli", EVERYTHING),
    ("main", &["cli"]),
    ("lib", EVERYTHING),
];

const EVERYTHING: &[&str] = &[
    "domain",
    "wire",
    "store",
    "transport",
    "handlers",
    "files",
    "flow",
    "web",
    "daemon",
    "trial",
    "cli",
    "clock",
    "ids",
    "config",
    "fault",
];

/// What is named only in these places: path prefixes below `src/`.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("sqlx::", &["store"]),
    ("lapin::", &["transport/amqp"]),
    ("axum::", &["web", "daemon/run.rs"]),
    ("askama::", &["web"]),
    ("prost::", &["wire"]),
    ("rustls::", &["wire"]),
    ("aws_lc_rs::", &["wire"]),
    ("ed25519_dalek::", &["wire"]),
    ("clap::", &["cli", "trial", "main.rs"]),
    ("anyhow::", &["cli", "trial", "main.rs"]),
    ("indicatif::", &["cli", "trial", "main.rs"]),
    ("Utc::now", &["clock.rs"]),
    ("SystemTime::now", &["trial"]),
    ("getrandom::", &["ids.rs", "wire", "trial", "daemon/setup.rs", "transport"]),
    ("quick_xml::", &["files/xml", "files/pain"]),
    ("tokio::", &["store", "transport", "flow", "web", "daemon", "cli", "trial", "main.rs"]),
];

const LAYERS: &[&str] = EVERYTHING;

/// The layer of a path below `src/`.
fn layer(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// Code without comments; strings stay, they hold no paths.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

/// What one file breaks: line and rule.
fn violations(path: &str, text: &str) -> Vec<String> {
    let own = layer(path);
    let mut found = Vec::new();
    let Some((_, may_use)) = MAY_USE.iter().find(|(layer, _)| *layer == own) else {
        return vec![format!("{path}: the layer {own} is in no table")];
    };
    for (number, line) in text.lines().enumerate() {
        let (number, line) = (number + 1, code(line));
        if line.contains("crate::{") {
            found.push(format!("{path}:{number}: one `use crate::layer::…` line per layer"));
        }
        for used in line.split("crate::").skip(1) {
            let used: &str = used.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
            if LAYERS.contains(&used) && used != own && !may_use.contains(&used) {
                found.push(format!("{path}:{number}: {own} must not use {used}"));
            }
        }
        for (library, places) in ONLY_IN {
            let is_named = line.match_indices(library).any(|(at, _)| {
                // `crate::wire` is not the library `wire`, and `foo_axum::` is not `axum::`.
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
            });
            if is_named && !places.iter().any(|place| path.starts_with(place)) {
                found.push(format!("{path}:{number}: {library} is only for {places:?}"));
            }
        }
    }
    found
}

#[test]
fn every_file_keeps_to_its_layer_and_its_libraries() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 100, "the sources were not found");
    let mut found = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        found.extend(violations(&path, &std::fs::read_to_string(&file).expect("a text")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_scanner_sees_what_is_forbidden_and_only_that() {
    for (path, text, count) in [
        ("domain/case.rs", "use crate::store::Store;", 1),
        ("domain/case.rs", "use tokio::sync::mpsc;", 1),
        ("domain/case.rs", "//! see [`crate::store`]", 0),
        ("transport/memory.rs", "use crate::domain::ids::CaseId;", 1),
        ("transport/memory.rs", "let link = lapin::Connection::connect();", 1),
        ("transport/amqp/link.rs", "let link = lapin::Connection::connect();", 0),
        ("store/look.rs", "use crate::{domain, wire};", 1),
        ("store/look.rs", "let seal: crate::wire::Sealed = x;", 1),
        ("web/pages.rs", "let rows = sqlx::query(text);", 1),
        ("flow/relay.rs", "let at = chrono::Utc::now();", 1),
        ("flow/relay.rs", "use crate::web::updates;", 1),
        ("daemon/run.rs", "axum::serve(listener, router)", 0),
        ("daemon/office.rs", "axum::serve(listener, router)", 1),
        ("cli/init.rs", "use crate::trial::demo; use anyhow::Context;", 0),
        ("novelty.rs", "", 1),
    ] {
        let found = violations(path, text);
        assert_eq!(found.len(), count, "{path}: {text}: {found:?}");
    }
}
