//! `calendar`: years in, what is known, and how a due day comes about in words. Decides nothing.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::access::Access;
use super::doc::{Doc, chinese, clock};
use super::maintenance::closed;
use super::screen::{Paint, Screen, count, say, say_json};
use super::table::{Table, cell, column, painted};
use super::trouble::{NO_INPUT, REFUSED, Trouble};
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::words;
use crate::files;

/// More than any rule gives; the walk is printed day by day.
const DAYS_MAX: i64 = 250;

#[derive(Subcommand)]
pub enum CalendarCommand {
    /// 导入年历文件，无须重启 / import year files into the running daemon
    Import(ImportArgs),
    /// 已知年份、来源与缺口 / the years known, from where, and what is missing
    Check,
    /// 说明到期日的由来 / how a due day comes about
    Explain(ExplainArgs),
}

#[derive(Args)]
pub struct ImportArgs {
    /// 年历 JSON，一年或数年 / year file, JSON: one year or a list of years
    file: PathBuf,
    /// 替换内容不同的已有年份，须写明原因，记入审计 / replace years known with other days; the reason is audited
    #[arg(long, value_name = "REASON")]
    replace: Option<String>,
}

#[derive(Args)]
pub struct ExplainArgs {
    /// 事件日期 / day of the event
    #[arg(required_unless_present = "case", requires = "days")]
    from: Option<NaiveDate>,
    /// 工作日数 / limit in working days
    #[arg(value_parser = clap::value_parser!(u32).range(0..=DAYS_MAX))]
    days: Option<u32>,
    /// 案件编号或联系函编号 / case id or letter no.
    #[arg(long, conflicts_with_all = ["from", "days"])]
    case: Option<String>,
}

pub(super) async fn run(command: CalendarCommand, global: &Global) -> Ended {
    match command {
        CalendarCommand::Import(args) => import(args, global).await,
        CalendarCommand::Check => check(global).await,
        CalendarCommand::Explain(args) => explain(args, global).await,
    }
}

fn read(path: &Path) -> Result<String, Trouble> {
    let bytes = files::load(path).map_err(|error| Trouble::of_file(path, &error))?;
    String::from_utf8(bytes).map_err(|_| {
        let (chinese, english) = (format!("{} 不是 UTF-8 文本", path.display()), path.display());
        Trouble::new(NO_INPUT, "FILE_NOT_TEXT", chinese, format!("{english} is no UTF-8 text"))
    })
}

async fn import(args: ImportArgs, global: &Global) -> Ended {
    let text = read(&args.file)?;
    let request = Request::CalendarImport { actor: global.actor(), text, replace: args.replace };
    let answer = Access::ask_once(&global.config, request).await?;
    if global.json() {
        say_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let screen = Screen::stdout();
    let answer = Doc(&answer);
    let mut text = String::new();
    for year in answer.list("years") {
        let (sign, chinese, english) = match year.text("outcome") {
            "added" => ("✓", "已导入", "imported"),
            "replaced" => ("✓", "已替换", "replaced"),
            _ => ("○", "已有，无变化", "known, nothing changes"),
        };
        text += &format!(
            "{} {} 年 {chinese} {english} · 放假 days off {} · 调休上班 make-up workdays {} · 工作日 working days {}\n",
            screen.paint(Paint::Good, sign),
            year.number("year"),
            year.number("off_days"),
            year.number("makeup_workdays"),
            year.number("workdays"),
        );
    }
    text += &format!("  期限已重算的案件 cases with recomputed deadlines: {}\n", count(answer.number("recounted")));
    say(&text);
    Ok(ExitCode::SUCCESS)
}

async fn check(global: &Global) -> Ended {
    let answer = Access::ask_once(&global.config, Request::Calendar).await?;
    let missing = Doc(&answer).flag("current_year_missing");
    if global.json() {
        say_json(&answer);
    } else {
        say(&years(Doc(&answer), &Screen::stdout()));
    }
    Ok(if missing { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
}

fn years(answer: Doc<'_>, screen: &Screen) -> String {
    let columns = [
        column("年份", "year"),
        column("来自", "from"),
        column("放假", "off").right(),
        column("调休上班", "make-up").right(),
        column("工作日", "working days").right(),
        column("导入", "imported").spare(1),
        column("经办人", "actor").spare(2),
        column("替换原因", "reason").spare(3),
    ];
    let mut table = Table::new(&columns);
    for year in answer.list("years") {
        let number = |name: &str| cell(year.number(name).to_string());
        table.row([
            number("year"),
            cell(chinese(words::ORIGINS, year.text("origin"))),
            number("off_days"),
            number("makeup_workdays"),
            number("workdays"),
            cell(clock(year.moment("imported_at"))),
            cell(year.text("actor")),
            cell(year.text("reason")),
        ]);
    }
    let mut text = table.show(screen, 0);
    text += &match answer.number("covered_to") {
        0 => "\n期限一律暂定：缺本年年历 · every deadline is provisional: this year is missing\n".to_owned(),
        year => format!("\n期限可算至 deadlines can be computed to {year}-12-31\n"),
    };
    for warning in answer.list("warnings") {
        let said = [warning.text("chinese"), warning.text("english")];
        let lines = said.iter().flat_map(|said| screen.wrap(said, 2)).collect::<Vec<_>>().join("\n");
        text += &format!("{}\n{lines}\n", screen.paint(Paint::Care, &format!("! {}", warning.text("code"))));
    }
    text
}

async fn explain(args: ExplainArgs, global: &Global) -> Ended {
    let request = match (args.case, args.from, args.days) {
        (Some(name), ..) => Request::ExplainCase { name },
        (None, Some(from), Some(days)) => Request::Explain { from, days },
        (None, ..) => {
            let (chinese, english) = ("请给出日期与工作日数，或 --case", "give a day and a number of days, or --case");
            return Err(Trouble::new(REFUSED, "ARGUMENTS", chinese, english));
        }
    };
    let answer = Access::ask_once(&global.config, request).await?;
    if global.json() {
        say_json(&answer);
    } else {
        say(&explained(Doc(&answer), &Screen::stdout()));
    }
    Ok(ExitCode::SUCCESS)
}

fn explained(answer: Doc<'_>, screen: &Screen) -> String {
    if answer.0.get("deadlines").is_none() {
        return walk(answer, screen);
    }
    let clocks: Vec<String> = answer.list("deadlines").map(|deadline| of_clock(deadline, screen)).collect();
    let head = screen.paint(Paint::Bold, answer.text("letter_no"));
    if clocks.is_empty() {
        return format!("{head}\n没有期限 · no clock runs or ran\n");
    }
    let closed = answer.list("closures").filter_map(|row| closed(row, crate::clock::now()));
    let closed: String = closed.map(|said| format!("{said} · 法定期限不变 no legal deadline moves\n")).collect();
    format!("{head}\n{closed}\n{}", clocks.join("\n"))
}

fn of_clock(deadline: Doc<'_>, screen: &Screen) -> String {
    let name = ["clock", "chinese_name", "english_name"].map(|name| deadline.text(name)).join(" ");
    let met = deadline.text("met_on");
    let met = if met.is_empty() { String::new() } else { format!(" · 已于 {met} 完成 met") };
    let mut text = format!("{}{met}\n{}", screen.paint(Paint::Bold, &name), walk(deadline, screen));
    let stands = deadline.part("stands").and_then(|due| due.0.get("on").and_then(Value::as_str));
    if stands.unwrap_or("") != deadline.text("due_on") {
        let stands = stands.unwrap_or("暂定 provisional");
        text += &format!("  案件所载 the case says: {stands}\n");
    }
    text
}

fn walk(answer: Doc<'_>, screen: &Screen) -> String {
    let columns = [column("日期", "day"), column("", ""), column("第", "no.").right(), column("", ""), column("", "")];
    let mut table = Table::new(&columns);
    for day in answer.list("walk") {
        let nth = day.number("nth");
        let (nth, paint) = if nth > 0 { (nth.to_string(), Paint::Plain) } else { ("–".to_owned(), Paint::Dim) };
        let weekday = format!("{} {}", day.text("weekday_chinese"), day.text("weekday"));
        let row = [day.text("day"), &weekday, &nth, day.text("chinese"), day.text("english")];
        table.row(row.map(|text| painted(text, paint)));
    }
    let paint = if answer.text("due_on").is_empty() { Paint::Care } else { Paint::Good };
    let said = ["chinese", "english"].map(|name| screen.wrap(answer.text(name), 2).join("\n"));
    format!("{}{}\n", table.show(screen, 2), said.map(|text| screen.paint(paint, &text)).join("\n"))
}
