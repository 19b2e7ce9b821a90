//! `progress`: where a case stands, as its person or employer may be told at the counter or on the telephone.

use std::io::BufRead;
use std::process::ExitCode;

use clap::Args;

use super::access::Access;
use super::doc::{Doc, both};
use super::screen::{Paint, Screen, pad, say, say_json, yuan};
use super::trouble::{NO_INPUT, Trouble};
use super::{Ended, Global};
use crate::daemon::{DocumentNo, Request};
use crate::domain::words;

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct ProgressArgs {
    /// 案件编号或联系函编号 / case id or letter no.
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// 证件号码：列出此人的全部案件。写在命令行的号码会出现在进程列表和命令历史中；写 - 则从标准输入读取 /
    /// document no.: all cases of its person. On the command line it shows in the process list and the shell's history;
    /// - reads it from standard input
    #[arg(long, value_name = "NO|-")]
    document_no: Option<String>,
}

pub(super) async fn run(args: ProgressArgs, global: &Global) -> Ended {
    let request = match (args.case, args.document_no) {
        (Some(name), _) => Request::Progress { name },
        (None, number) => {
            let number = number.filter(|number| number != "-").map_or_else(from_stdin, Ok)?;
            Request::ProgressOf { document_no: DocumentNo(number) }
        }
    };
    let answer = Access::ask_once(&global.config, request).await?;
    if global.json() {
        say_json(&answer);
    } else {
        let screen = Screen::stdout();
        let pages: Vec<String> = Doc(&answer).list("rows").map(|row| page(row, &screen)).collect();
        say(&pages.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn from_stdin() -> Result<String, Trouble> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) if !line.trim().is_empty() => Ok(line.trim().to_owned()),
        Ok(_) | Err(_) => {
            let chinese = "标准输入中没有证件号码；请写一行号码";
            Err(Trouble::new(
                NO_INPUT,
                "DOCUMENT_NO_MISSING",
                chinese,
                "standard input holds no document no.; one line",
            ))
        }
    }
}

/// Columns before the text of a fact.
const LABEL: usize = 20;

fn page(case: Doc<'_>, screen: &Screen) -> String {
    let role = case.text("role");
    let arrow = if role == "incoming" { "←" } else { "→" };
    let head = format!("{}  {}  {arrow} {}", case.text("letter_no"), both(words::ROLES, role), case.text("peer"));
    let mut text = format!("{}\n", screen.paint(Paint::Bold, &head));
    text += &fact(screen, "参保人 person", &format!("{}  {}", case.text("name"), case.text("document")));
    for step in case.list("steps") {
        let (sign, paint) = match step.text("state") {
            "done" => ("✓", Paint::Good),
            "current" => ("●", Paint::Bold),
            "to_come" => ("○", Paint::Plain),
            _ => ("–", Paint::Dim),
        };
        let name = pad(&format!("{sign} {}", told(step.part("name"), "zh")), LABEL, false);
        let line = format!("  {name}{}  {}", pad(step.text("on"), 10, false), told(step.part("name"), "en"));
        text += &format!("{}\n", screen.paint(paint, line.trim_end()));
    }
    let mut two = |name: &str, chinese: &str, english: &str| {
        text += &fact(screen, name, chinese);
        text += &fact(screen, "", english);
    };
    two("现状 now", told(case.part("now"), "zh"), told(case.part("now"), "en"));
    if let Some(awaited) = case.part("awaited") {
        let by = match awaited.text("due_on") {
            "" => (String::new(), String::new()),
            day => (format!("，期限 {day}"), format!(", due {day}")),
        };
        let (zh, en) = (told(awaited.part("what"), "zh"), told(awaited.part("what"), "en"));
        two("等待 waiting for", &format!("{zh}{}", by.0), &format!("{en}{}", by.1));
    }
    for why in case.list("why") {
        two("原因 why", told(why.part("reason"), "zh"), told(why.part("reason"), "en"));
        two("可以 what helps", told(why.part("can_do"), "zh"), told(why.part("can_do"), "en"));
    }
    if !case.text("relation_in_on").is_empty() {
        text += &fact(screen, "关系转入 moved in", case.text("relation_in_on"));
    }
    if let Some(amount) = case.amount("credited") {
        text += &fact(screen, "资金入账 credited", &format!("{}  {} 元 yuan", case.text("credited_on"), yuan(amount)));
    }
    text
}

fn told<'a>(both: Option<Doc<'a>>, language: &str) -> &'a str {
    both.map_or("", |both| both.text(language))
}

fn fact(screen: &Screen, name: &str, value: &str) -> String {
    let lines = screen.wrap(value, LABEL + 2).into_iter().enumerate();
    let shown = lines.map(|(place, line)| {
        let label = pad(if place == 0 { name } else { "" }, LABEL, false);
        format!("  {}{}\n", screen.paint(Paint::Dim, &label), line.trim_start())
    });
    shown.collect()
}
