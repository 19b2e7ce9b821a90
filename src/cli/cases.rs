//! `cases list`: found by letter no., name, last four of the document, and filters.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::access::Access;
use super::doc::{Doc, chinese};
use super::lists::more;
use super::screen::{Paint, Screen, say, say_json, yuan};
use super::show;
use super::table::{Cell, Table, cell, column, painted};
use super::{Ended, Global};
use crate::clock;
use crate::daemon::Request;
use crate::domain::words::{self, Mood, Word};
use crate::store::views::CaseQuery;

#[derive(Subcommand)]
pub enum CasesCommand {
    /// 列出案件 / list cases
    List(ListArgs),
    /// 查看一案的全部经过 / one case with everything that happened
    Show {
        /// 案件编号或联系函编号 / case id or letter no.
        name: String,
    },
}

#[derive(Args)]
pub struct ListArgs {
    /// 联系函编号、姓名、证件后四位或机构代码 / letter no., name, last four of the document, agency code
    #[arg(long, default_value = "")]
    q: String,
    /// incoming, outgoing
    #[arg(long, value_parser = ["incoming", "outgoing"])]
    role: Option<String>,
    /// 关系状态代码 / code of a relation state
    #[arg(long, default_value = "", ignore_case = true)]
    relation: String,
    /// 资金状态代码 / code of a money state
    #[arg(long, default_value = "", ignore_case = true)]
    money: String,
    /// own, peer, bank, person, nobody
    #[arg(long, default_value = "")]
    holder: String,
    /// 对方机构代码 / code of the other agency
    #[arg(long, default_value = "")]
    peer: String,
    /// 只列逾期 / overdue ones only
    #[arg(long)]
    overdue: bool,
    /// 只列未结 / open ones only
    #[arg(long, conflicts_with = "closed")]
    open: bool,
    /// 只列已结 / closed ones only
    #[arg(long)]
    closed: bool,
    /// 从上一页的位置继续 / go on from this place
    #[arg(long)]
    after: Option<String>,
    /// 行数，至多 500 / rows, at most 500
    #[arg(long)]
    limit: Option<u32>,
}

pub(super) async fn run(command: CasesCommand, global: &Global) -> Ended {
    match command {
        CasesCommand::List(args) => list(args, global).await,
        CasesCommand::Show { name } => {
            let answer = Access::ask_once(&global.config, Request::Case { name }).await?;
            if global.json() {
                say_json(&answer);
            } else {
                say(&show::case(Doc(&answer), &Screen::stdout()));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn list(args: ListArgs, global: &Global) -> Ended {
    let today = clock::now().china_date();
    let query = CaseQuery {
        q: args.q,
        role: args.role.unwrap_or_default(),
        relation: args.relation.to_uppercase(),
        money: args.money.to_uppercase(),
        holder: args.holder,
        peer: args.peer,
        due_from: None,
        due_before: args.overdue.then_some(today),
        open: if args.open { Some(true) } else { args.closed.then_some(false) },
        after: args.after,
        limit: args.limit,
    };
    let answer = Access::ask_once(&global.config, Request::Cases { query }).await?;
    if global.json() {
        say_json(&answer);
    } else {
        say(&table(Doc(&answer), &today.to_string(), &Screen::stdout()));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn paint_of(word: Option<&Word>) -> Paint {
    match word.map(|word| word.mood) {
        Some(Mood::Care) => Paint::Care,
        Some(Mood::Done) => Paint::Good,
        Some(Mood::Ended) => Paint::Dim,
        _ => Paint::Plain,
    }
}

fn word(table: &'static [Word], code: &str, seen: &mut Vec<&'static Word>) -> Cell {
    let found = words::find(table, code);
    if let Some(word) = found.filter(|word| !seen.contains(word)) {
        seen.push(word);
    }
    painted(chinese(table, code), paint_of(found))
}

fn table(answer: Doc<'_>, today: &str, screen: &Screen) -> String {
    let columns = [
        column("联系函", "letter"),
        column("方向", "side"),
        column("对方", "peer"),
        column("姓名", "name").spare(2),
        column("关系", "relation"),
        column("资金", "money"),
        column("等待", "holder").spare(1),
        column("期限", "due"),
        column("金额（元）", "yuan").right(),
    ];
    let mut table = Table::new(&columns);
    let mut seen = Vec::new();
    for row in answer.list("rows") {
        let role = row.text("role");
        table.row([
            cell(row.text("letter_no")),
            cell(chinese(words::ROLES, role)),
            cell(if words::is_alone(row.text("relation")) { "本人" } else { row.text("peer") }),
            cell(row.text("name")),
            word(words::relation(role), row.text("relation"), &mut seen),
            word(words::money(role), row.text("money"), &mut seen),
            cell(if row.flag("open") { chinese(words::HOLDERS, row.text("holder")) } else { "" }),
            due(row, today),
            cell(row.amount("amount").map(yuan).unwrap_or_default()),
        ]);
    }
    // Rows are Chinese; the English of what stands in them is given once.
    let legend: Vec<String> = seen.iter().map(|word| format!("{} {}", word.zh, word.en)).collect();
    let mut text = table.show(screen, 0);
    if !legend.is_empty() {
        text.push('\n');
        for line in screen.wrap(&legend.join(" · "), 0) {
            text += &format!("{}\n", screen.paint(Paint::Dim, &line));
        }
    }
    text + &more(answer)
}

fn due(row: Doc<'_>, today: &str) -> Cell {
    let due = row.text("due_on");
    match (row.flag("open"), due, row.flag("due_provisional")) {
        (false, ..) | (true, "", false) => cell(""),
        (true, "", true) => painted("待定", Paint::Dim),
        (true, day, true) => cell(format!("≥ {day}")),
        (true, day, false) if day < today => painted(format!("{day} !"), Paint::Bad),
        (true, day, false) if day == today => painted(day, Paint::Care),
        (true, day, false) => cell(day),
    }
}
