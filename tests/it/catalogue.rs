//! The published catalogue holds every code that the sources can say, and none that nothing says.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use jiexu::domain::reasons::{RefusalCode, ReturnCode};
use jiexu::transport::fault::FaultCode;
use jiexu::wire::Cause;

use crate::support::sources::rust_files;

const TROUBLES: &[&str] = &["command", "configuration", "database", "bad_file"];
const STATES: &[&str] = &["incoming_relation", "incoming_money", "outgoing_relation", "outgoing_money"];

/// Where sources say a code: what stands before it, in which files, and the kinds one of which it must be. The code is
/// the first literal after it, up to the closing parenthesis where there is an opening one.
const SAID: &[(&str, &[&str], &[&str])] = &[
    ("Declined::new(", &[""], &["declined"]),
    ("Failure::new(", &[""], TROUBLES),
    ("Trouble::new(", &[""], TROUBLES),
    ("Trouble::of_line(", &[""], TROUBLES),
    ("#[error(", &["config.rs", "daemon", "flow", "store"], TROUBLES),
    ("=> \"", &["wire/registry.rs", "wire/keys/error.rs"], &["configuration"]),
    ("=> \"", &["files/error.rs", "files/xml/fault.rs"], &["bad_file"]),
    ("=> \"", &["domain/calendar/file.rs"], TROUBLES),
    ("Fault::new(", &["files"], &["bad_row"]),
    ("agreed(", &["files"], &["bad_row"]),
    ("digits(", &["files"], &["bad_row"]),
    ("MoneyError::NotPositive => (", &["files"], &["bad_row"]),
    ("MoneyError::NotYuan => (", &["files"], &["bad_row"]),
    ("MoneyError::Overflow => (", &["files"], &["bad_row"]),
    ("=> \"", &["domain/person/name.rs"], &["bad_row"]),
    ("\"conflict\" => (", &["cli"], &["declined"]),
    ("open_task(", &["domain"], &["task"]),
    ("open_case_task(", &["domain"], &["task"]),
    ("open_line_task(", &["domain"], &["task"]),
    ("Judgement::Ask(", &["domain"], &["task"]),
    ("Err((", &["domain/decide"], &["task"]),
    ("&str = \"", &["domain/matching.rs"], &["line_hint"]),
    ("=> \"", &["domain/case.rs", "domain/case"], STATES),
    ("=> \"", &["wire/content.rs"], &["dead_letter"]),
    ("Excluded { code: \"", &["flow"], &["dead_letter"]),
    ("reason: \"", &["flow"], &["dead_letter"]),
    ("=> \"", &["wire/seal.rs"], &["unsent"]),
    ("=> (", &["web/errors.rs"], &["page"]),
    ("(code = \"", &[""], &["log"]),
    (" code = \"", &["flow", "daemon"], &["log"]),
];

/// Kinds whose codes are written in too many ways to be listed: their codes must stand as a literal somewhere.
const LITERAL: &[&str] =
    &["deadline", "milestone", "line_state", "payment_state", "received_state", "sent_state", "digest_state"];

/// States that have their words already and that no case reaches in this release.
const NOT_REACHED: &[&str] = &[];

/// Path below `src/` and text, without tests, the catalogue itself and the words it reads.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let sources = files.into_iter().map(|file| {
        let path = file.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&file).expect("a text");
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
        (path, text)
    });
    let left_out =
        |path: &str| path.starts_with("domain/catalogue") || path == "domain/words.rs" || path.ends_with("tests.rs");
    sources.filter(|(path, _)| !left_out(path)).collect()
}

/// The first literal, up to the parenthesis that closes what stood open; `opened` tells that the literal has begun.
fn first_literal(text: &str, opened: bool) -> Option<&str> {
    let mut from = 0;
    if !opened {
        let mut depth = 1;
        from = 1 + text
            .char_indices()
            .find_map(|(at, c)| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                (depth == 0 || c == '"').then_some((at, c))
            })
            .and_then(|(at, c)| (c == '"').then_some(at))?;
    }
    let literal = &text[from..];
    Some(&literal[..literal.find('"')?])
}

/// What a literal says as a code: itself, or the word before the text as in `CODE 中文 / English`.
fn code_of(literal: &str) -> Option<String> {
    let (word, is_text) = literal.split_once(' ').map_or((literal, false), |(word, _)| (word, true));
    let fits = |byte: u8| byte == b'_' || byte.is_ascii_uppercase() || (!is_text && byte.is_ascii_alphanumeric());
    (word.len() > 2 && word.bytes().all(fits)).then(|| word.to_uppercase())
}

/// Every code that is said, with where and the kinds it may be of.
fn said(sources: &[(String, String)]) -> Vec<(String, String, &'static [&'static str])> {
    let mut found = Vec::new();
    for (path, text) in sources {
        for (before, places, kinds) in SAID {
            if !places.iter().any(|place| path.starts_with(place)) {
                continue;
            }
            for (at, _) in text.match_indices(before) {
                let literal = first_literal(&text[at + before.len()..], before.ends_with('"'));
                // Beside these stand the names of fields and of holders, in small letters.
                let capitals = *kinds == TROUBLES || *kinds == STATES;
                let literal = literal.filter(|literal| !capitals || !literal.starts_with(|c: char| c.is_lowercase()));
                found.extend(literal.and_then(code_of).map(|code| (path.clone(), code, *kinds)));
            }
        }
    }
    found
}

/// Kind and code of everything that is published, as the command prints it.
fn published() -> BTreeSet<(String, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
    let output = command.args(["explain", "--output", "json"]).output().expect("the built program");
    let entries: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("a list of entries");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    entries.iter().map(|entry| (text(&entry["kind"]["word"]), text(&entry["code"]).to_uppercase())).collect()
}

/// The closed lists that the sources are made of.
fn listed() -> impl Iterator<Item = (&'static str, String)> {
    let returned = ReturnCode::ALL.iter().map(|code| ("return_reason", code.code()));
    let refused = RefusalCode::ALL.iter().map(|code| ("refusal", code.code()));
    let dead = Cause::ALL.iter().map(|code| ("dead_letter", code.code()));
    let broker = FaultCode::ALL.iter().map(|code| ("broker", code.code()));
    let sending = [("broker", "UNROUTABLE"), ("broker", "UNCONFIRMED")];
    let document = jiexu::domain::person::DocumentError::ALL.iter().map(|code| ("bad_row", code.code()));
    let all = returned.chain(refused).chain(dead).chain(broker).chain(sending).chain(document);
    all.map(|(kind, code)| (kind, code.to_uppercase()))
}

#[test]
fn every_code_that_is_said_is_published() {
    let (sources, published) = (sources(), published());
    let said = said(&sources);
    assert!(said.len() > 200, "the sources were not read: {}", said.len());
    let has = |kinds: &[&str], code: &str| kinds.iter().any(|kind| published.contains(&((*kind).into(), code.into())));
    let mut missing: Vec<String> = Vec::new();
    for (path, code, kinds) in &said {
        if !has(kinds, code) {
            missing.push(format!("{path}: {code} as one of {kinds:?}"));
        }
    }
    missing
        .extend(listed().filter(|(kind, code)| !has(&[*kind], code)).map(|(kind, code)| format!("{code} as {kind}")));
    assert!(missing.is_empty(), "not in src/domain/catalogue: {missing:#?}");
}

#[test]
fn nothing_is_published_that_nothing_says() {
    let sources = sources();
    let mut used: BTreeSet<(String, String)> = listed().map(|(kind, code)| (kind.to_owned(), code)).collect();
    for (_, code, kinds) in said(&sources) {
        used.extend(kinds.iter().map(|kind| ((*kind).to_owned(), code.clone())));
    }
    let is_literal = |code: &str| {
        let forms = [format!("\"{code}\""), format!("'{code}'")];
        let forms = forms.iter().flat_map(|form| [form.clone(), form.to_lowercase()]).collect::<Vec<_>>();
        sources.iter().any(|(_, text)| forms.iter().any(|form| text.contains(form)))
    };
    let is_said = |kind: &str, code: &str| {
        used.contains(&(kind.to_owned(), code.to_owned())) || (LITERAL.contains(&kind) && is_literal(code))
    };
    let unused = published().into_iter().filter(|(kind, code)| !is_said(kind, code));
    let (not_reached, unused): (Vec<_>, Vec<_>) =
        unused.partition(|(kind, code)| STATES.contains(&kind.as_str()) && NOT_REACHED.contains(&code.as_str()));
    assert_eq!(not_reached.len(), NOT_REACHED.len(), "a state of this list is reached now: {not_reached:?}");
    assert!(unused.is_empty(), "in src/domain/catalogue and nowhere said: {unused:#?}");
}

#[test]
fn the_scanner_finds_the_code_among_the_arguments() {
    for (text, opened, code) in [
        ("\"CASE_MOVED\", \"中文\", \"english\")", false, Some("CASE_MOVED")),
        ("\n    USAGE,\n    \"NAME\",", false, Some("NAME")),
        ("kind, case.id, None); other(\"NO\")", false, None),
        ("NO_INPUT, error.code(), format!(\"{file}\"))", false, None),
        ("exit, found.or(code).unwrap_or(\"ERROR\"), chinese)", false, Some("ERROR")),
        ("\"STORE_IO 无法打开 {path}\")", false, Some("STORE_IO")),
        ("the database is away\")", true, None),
        ("id_conflict\".to_owned()", true, Some("ID_CONFLICT")),
    ] {
        assert_eq!(first_literal(text, opened).and_then(code_of).as_deref(), code, "{text}");
    }
}
