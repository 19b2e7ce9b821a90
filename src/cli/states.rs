//! `states`: the case machines of both roles and both tracks, as they are in `domain/case/table`. Asks no daemon and
//! opens nothing.

mod diagram;
mod document;
mod markdown;
mod text;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::screen::{Screen, say, say_json};
use super::{Ended, Global};
use crate::domain::case::table::{self, Answer, Cause, ROLES, Row, Track};
use crate::domain::words::{self, Word};

#[derive(Args)]
pub struct StatesArgs {
    /// 格式 / format
    #[arg(long, default_value = "text")]
    format: Format,
    /// 只看一方 / one role only
    #[arg(long)]
    role: Option<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// 终端阅读 / for people in a terminal
    Text,
    /// 程序读取 / for scripts
    Json,
    /// 手册用表格 / tables for the manual
    Markdown,
    /// Mermaid stateDiagram-v2
    Diagram,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// 转入地
    Incoming,
    /// 转出地
    Outgoing,
}

pub(super) fn run(args: &StatesArgs, global: &Global) -> Ended {
    let shown: &[&str] = match args.role {
        None => &ROLES,
        Some(Role::Incoming) => &ROLES[..1],
        Some(Role::Outgoing) => &ROLES[1..],
    };
    match args.format {
        Format::Text if global.json() => say_json(&document::document(shown)),
        Format::Json => say_json(&document::document(shown)),
        Format::Text => say(&text::text(shown, &Screen::stdout())),
        Format::Markdown => say(&markdown::markdown(shown)),
        Format::Diagram => say(&diagram::diagrams(shown)),
    }
    Ok(ExitCode::SUCCESS)
}

/// 转入地 incoming · 关系 relation
fn title(role: &str, track: Track) -> String {
    format!("{} · {} {}", role_name(role), track.chinese(), track.word())
}

fn role_name(role: &str) -> String {
    words::find(words::ROLES, role).map_or_else(|| role.to_owned(), |word| format!("{}地 {}", word.zh, word.en))
}

/// 信息表 InformationSheet
fn cause_name(cause: Cause) -> String {
    let (zh, en) = cause.names();
    format!("{zh} {en}")
}

/// What an answer is, in both languages; the state's or the code's own words belong to whoever shows it.
fn answer_name(answer: Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::To(_) => ("转为", "to"),
        Answer::Stays => ("不变", "stays"),
        Answer::Early => ("先到待序", "early"),
        Answer::Refused(_) => ("拒绝", "refused"),
        Answer::Declined(_) => ("不予办理", "declined"),
    }
}

/// Rows that move a track out of a state.
fn moves(role: &str, track: Track, state: &str) -> Vec<&'static Row> {
    let out = |row: &&Row| row.from.contains(&state) && matches!(row.answer, Answer::To(_));
    table::rows(role, track).iter().filter(out).collect()
}

/// What every state gets where no row names the event.
const USUAL: [(&str, &str); 4] = [
    (
        "本状态未列的消息：拒绝 ILLEGAL_STATE；没有案件时 CASE_UNKNOWN",
        "a message that is not listed in a state: refused ILLEGAL_STATE; without a case CASE_UNKNOWN",
    ),
    (
        "未列的人工决定：不予办理 NOT_IN_THIS_STATE；没有案件时 CASE_UNKNOWN",
        "a decision that is not listed: declined NOT_IN_THIS_STATE; without a case CASE_UNKNOWN",
    ),
    (
        "未列的期限事件：NOT_OVERDUE；未列的申请、流水、登记导入、签收与拒绝通知：不变",
        "a clock that is not listed: NOT_OVERDUE; applications, bank lines, imports, receipts and refusals that are not listed: stays",
    ),
    ("案件每前进一步，先到待序的消息重新办理", "whenever a case moves, its early messages are looked at again"),
];

/// 往来: what may be written in any state in which the other agency knows of the case, each with its condition.
fn letters() -> String {
    let of = |(verb, (zh, en)): &(&str, (&str, &str))| {
        let word = words::find(words::EVENTS, verb).map_or((*verb, *verb), |word| (word.zh, word.en));
        let when = if zh.is_empty() { String::new() } else { format!(": {zh} {en}") };
        format!("{verb} {} {}{when}", word.0, word.1)
    };
    table::LETTERS.iter().map(of).collect::<Vec<_>>().join("; ")
}

/// Names of what a state is waited for by.
fn holder_names(role: &str, track: Track, state: &str) -> Vec<&'static Word> {
    let holders = table::holders(role, track, state);
    holders.into_iter().filter_map(|holder| words::find(words::HOLDERS, holder.word())).collect()
}

/// The decisions of a state; on the money track decisions are about the case, not the money.
fn decision_names(role: &str, track: Track, state: &str) -> Vec<&'static Word> {
    if track == Track::Money {
        return Vec::new();
    }
    table::decisions(role, state).into_iter().filter_map(|word| words::find(words::EVENTS, word)).collect()
}
