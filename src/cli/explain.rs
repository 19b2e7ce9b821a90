//! `explain`: what a code means and what to do about it; all codes without one. Asks no daemon and opens nothing.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::screen::{Paint, Screen, clip, pad, say, say_json};
use super::trouble::{REFUSED, Trouble};
use super::{Ended, Global};
use crate::domain::catalogue::{self, Both, Entry, Kind, Who, folded};
use crate::transport::fault::FaultCode;
use crate::wire::Cause;

/// Less alike is no slip of the pen.
const ALIKE_LEAST: f64 = 0.85;
const MEANT_MAX: usize = 3;

#[derive(Args)]
pub struct ExplainArgs {
    /// 代码，不分大小写 / a code, in any case
    code: Option<String>,
}

pub(super) fn run(args: &ExplainArgs, global: &Global) -> Ended {
    let all = entries();
    let shown: Vec<&Entry> = match &args.code {
        Some(code) => all.iter().filter(|entry| entry.is_called(code)).collect(),
        None => all.iter().collect(),
    };
    if let (Some(code), true) = (&args.code, shown.is_empty()) {
        return Err(unknown(code, &all));
    }
    let screen = Screen::stdout();
    if global.json() {
        say_json(&shown.iter().map(|entry| document(entry)).collect());
    } else if args.code.is_some() {
        let pages: Vec<String> = shown.iter().map(|entry| page(entry, &screen)).collect();
        say(&pages.join("\n"));
    } else {
        say(&list(&all, &screen));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether `explain` has a page for this code.
pub(super) fn knows(code: &str) -> bool {
    entries().iter().any(|entry| entry.is_called(code))
}

/// The domain's catalogue, and the tables of the layers that the domain does not know.
fn entries() -> Vec<Entry> {
    let mut entries = catalogue::entries();
    entries.extend(Cause::ALL.iter().map(|cause| dead_letter(*cause)));
    entries.extend(FaultCode::ALL.iter().map(|fault| broker(*fault)));
    entries.sort_by_key(|entry| entry.kind);
    entries
}

/// Its text says what happened up to the first semicolon, then what to do.
fn dead_letter(cause: Cause) -> Entry {
    let (zh, next_zh) = halves(cause.chinese(), "；");
    let (en, next_en) = halves(cause.english(), "; ");
    let who = if cause.is_alarm() { Who::Security } else { Who::Operator };
    Entry::new(Kind::DeadLetter, cause.code(), (zh, en)).who(who).next((next_zh, next_en))
}

/// Its first sentence says what happened.
fn broker(fault: FaultCode) -> Entry {
    let (chinese, english) = fault.words();
    let ((zh, next_zh), (en, next_en)) = (halves(chinese, "。"), halves(english, ". "));
    let next = (next_zh.trim_end_matches('。'), next_en.trim_end_matches('.'));
    Entry::new(Kind::Broker, fault.code(), (zh, en)).next(next)
}

fn halves(text: &'static str, mark: &str) -> (&'static str, &'static str) {
    text.split_once(mark).unwrap_or((text, ""))
}

fn unknown(code: &str, all: &[Entry]) -> Trouble {
    let asked = folded(code);
    let alike = |entry: &Entry| strsim::jaro_winkler(&asked, &folded(entry.code));
    let mut meant: Vec<(f64, &str)> = all.iter().map(|entry| (alike(entry), entry.code)).collect();
    meant.retain(|(alike, _)| *alike >= ALIKE_LEAST);
    meant.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    meant.dedup_by_key(|(_, code)| *code);
    let meant: Vec<&str> = meant.into_iter().take(MEANT_MAX).map(|(_, code)| code).collect();
    let (hint_zh, hint_en) = if meant.is_empty() {
        ("；jiexu explain 列出全部代码".to_owned(), "; jiexu explain lists all".to_owned())
    } else {
        (format!("；是否应为 {}？", meant.join("、")), format!("; did you mean {}?", meant.join(", ")))
    };
    Trouble::new(REFUSED, "CODE_UNKNOWN", format!("没有代码 {code}{hint_zh}"), format!("no such code{hint_en}"))
}

fn document(entry: &Entry) -> Value {
    let Entry { code, kind, name, what, means, who, next } = entry;
    let (zh, en) = who.words();
    json!({
        "code": code, "kind": kind, "name": name, "what": what, "means": means,
        "who": { "zh": zh, "en": en }, "next": next,
    })
}

fn page(entry: &Entry, screen: &Screen) -> String {
    let (kind_zh, kind_en) = entry.kind.names();
    let mut lines = vec![format!("{}  {kind_zh} {kind_en}", screen.paint(Paint::Bold, entry.code))];
    let both = |lines: &mut Vec<String>, text: &Both, indent: usize| {
        lines.extend(screen.wrap(&text.zh, indent));
        lines.extend(screen.wrap(&text.en, indent).iter().map(|line| screen.paint(Paint::Dim, line)));
    };
    both(&mut lines, &entry.name, 2);
    let who = entry.who.words().into();
    let parts = [
        ("发生了什么 what happened", &entry.what),
        ("对案件与款项 for case and money", &entry.means),
        ("由谁办理 who acts", &who),
        ("下一步 what to do next", &entry.next),
    ];
    for (heading, text) in parts.into_iter().filter(|(_, text)| !text.is_empty()) {
        lines.push(String::new());
        lines.push(format!("  {}", screen.paint(Paint::Bold, heading)));
        both(&mut lines, text, 4);
    }
    lines.join("\n") + "\n"
}

/// One line a code, under its kind.
fn list(all: &[Entry], screen: &Screen) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let entries: Vec<&Entry> = all.iter().filter(|entry| entry.kind == *kind).collect();
        let (zh, en) = kind.names();
        text += &format!("{} ({})\n", screen.paint(Paint::Bold, &format!("{zh} {en}")), entries.len());
        let code = entries.iter().map(|entry| entry.code.width()).max().unwrap_or(0);
        let room = screen.width.saturating_sub(code + 4);
        let chinese = entries.iter().map(|entry| entry.name.zh.width()).max().unwrap_or(0).min(room / 2);
        for entry in entries {
            let name = pad(&clip(&entry.name.zh, room), chinese, false);
            // The English stands beside it as far as there is room.
            let rest = room.saturating_sub(name.width() + 2);
            let english = if rest < 8 { String::new() } else { clip(&entry.name.en, rest) };
            let line = format!("  {}  {name}  {}", pad(entry.code, code, false), screen.paint(Paint::Dim, &english));
            text += &format!("{}\n", line.trim_end());
        }
        text.push('\n');
    }
    text + "详情 more: jiexu explain CODE\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_other_layers_fall_into_what_happened_and_what_to_do() {
        for entry in entries().iter().filter(|entry| matches!(entry.kind, Kind::DeadLetter | Kind::Broker)) {
            for text in [&entry.name, &entry.next] {
                assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", entry.code);
            }
        }
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for width in [40, 80, 120] {
            let screen = Screen::plain(width);
            let all = entries();
            let pages: String = all.iter().map(|entry| page(entry, &screen)).collect();
            for line in (list(&all, &screen) + &pages).lines().filter(|line| line.starts_with("  ")) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}
