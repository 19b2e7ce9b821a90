//! `close` and `digest`: closed days with their trial balance, and what both agencies' books say of the same day.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::access::Access;
use super::doc::{Doc, both, chinese, clock};
use super::lists::more;
use super::maintenance::agency;
use super::screen::{Paint, Screen, count, say, say_json, yuan};
use super::table::{Table, cell, column, painted};
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::ids::AgencyCode;
use crate::domain::money::Balance;
use crate::domain::words;
use crate::store::views::DigestQuery;

#[derive(Args)]
pub struct CloseArgs {
    /// 日结哪一天；不写则为下一个已过完的日子 / the day; without it the next one that is over
    #[arg(long, value_name = "DATE")]
    day: Option<NaiveDate>,
    #[command(subcommand)]
    command: Option<CloseCommand>,
}

#[derive(Subcommand)]
pub enum CloseCommand {
    /// 列出日结，最近的在前 / list closed days, the last one first
    List {
        /// 这一天之前的 / before this day
        #[arg(long, value_name = "DATE")]
        after: Option<NaiveDate>,
        /// 行数，至多 500 / rows, at most 500
        #[arg(long)]
        limit: Option<u32>,
    },
    /// 查看一天：试算平衡与账龄 / one day: trial balance and ageing
    Show { day: NaiveDate },
}

#[derive(Subcommand)]
pub enum DigestCommand {
    /// 列出每日对账：我方所发、对方所发及比对结果 / list digests: ours, theirs and how they agree
    List {
        /// 对方机构代码 / code of the other agency
        #[arg(long, default_value = "")]
        peer: String,
        /// 只列有差异的 / only what differs
        #[arg(long)]
        open: bool,
        /// 行数，至多 500 / rows, at most 500
        #[arg(long)]
        limit: Option<u32>,
    },
    /// 差异已核实，记入审计 / a difference was looked into; audited
    Note {
        /// 对方机构代码 / code of the other agency
        #[arg(value_parser = agency)]
        peer: AgencyCode,
        day: NaiveDate,
        /// 核实结果 / what was found
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn run(args: CloseArgs, global: &Global) -> Ended {
    match args.command {
        None => {
            let request = Request::CloseDay { actor: global.actor(), day: args.day };
            let answer = Access::ask_once(&global.config, request).await?;
            let close = Doc(&answer).part("close").unwrap_or(Doc(&answer));
            shown(&answer, global, |screen| day(close, screen))
        }
        Some(CloseCommand::Show { day: of }) => {
            let answer = Access::ask_once(&global.config, Request::Close { day: of }).await?;
            shown(&answer, global, |screen| day(Doc(&answer), screen))
        }
        Some(CloseCommand::List { after, limit }) => {
            let answer = Access::ask_once(&global.config, Request::Closes { before: after, limit }).await?;
            shown(&answer, global, |screen| list(Doc(&answer), screen))
        }
    }
}

fn shown(answer: &serde_json::Value, global: &Global, text: impl FnOnce(&Screen) -> String) -> Ended {
    if global.json() {
        say_json(answer);
    } else {
        say(&text(&Screen::stdout()));
    }
    Ok(ExitCode::SUCCESS)
}

const CLASSES: [(&str, &str); 5] = [
    ("bank", "bank"),
    ("person", "person"),
    ("transit_out", "transit-out"),
    ("transit_in", "transit-in"),
    ("suspense", "suspense"),
];

fn list(answer: Doc<'_>, screen: &Screen) -> String {
    let columns = [
        column("日期", "day"),
        column("银行（元）", "bank, yuan").right(),
        column("个人账户", "persons").right(),
        column("转出在途", "out").right(),
        column("转入在途", "in").right(),
        column("暂挂", "suspense").right(),
        column("差额", "difference").right(),
        column("笔数", "postings").right().spare(1),
        column("日结", "closed").spare(2),
    ];
    let mut table = Table::new(&columns);
    for row in answer.list("rows") {
        let trial = row.part("trial");
        let sum = |name: &str| cell(trial.map(|trial| yuan(Balance(trial.number(name)))).unwrap_or_default());
        let difference = row.number("difference");
        table.row([
            cell(row.text("day")),
            sum("bank"),
            sum("person"),
            sum("transit_out"),
            sum("transit_in"),
            sum("suspense"),
            painted(yuan(Balance(difference)), if difference == 0 { Paint::Good } else { Paint::Bad }),
            cell(count(row.number("postings"))),
            cell(clock(row.moment("at"))),
        ]);
    }
    table.show(screen, 0) + &more(answer)
}

fn day(close: Doc<'_>, screen: &Screen) -> String {
    let mut text = format!("{}\n", screen.paint(Paint::Bold, &format!("日结 daily close {}", close.text("day"))));
    let columns = [column("科目", "class"), column("余额（元）", "yuan").right()];
    let mut table = Table::new(&columns);
    for (name, class) in CLASSES {
        let fen = close.part("trial").map_or(0, |trial| trial.number(name));
        table.row([cell(both(words::LEDGER, class)), cell(yuan(Balance(fen)))]);
    }
    text += &table.show(screen, 2);
    let difference = close.number("difference");
    text += &if difference == 0 {
        screen.paint(Paint::Good, "  ✓ 账平：个人＋在途＋暂挂＝银行 balanced: persons + transit + suspense = bank\n")
    } else {
        let by = yuan(Balance(difference));
        screen.paint(Paint::Bad, &format!("  ✗ 账不平，相差 out of balance by {by} — jiexu verify\n"))
    };
    text += &format!(
        "  当日 that day: 记账 postings {} · 新案 cases begun {} · 结案 ended {}\n  审计链首 audit head #{} {}\n",
        count(close.number("postings")),
        count(close.number("opened")),
        count(close.number("closed")),
        close.number("audit_n"),
        close.text("audit_head").get(..16).unwrap_or_default(),
    );
    let columns = [
        column("机构", "agency"),
        column("科目", "class"),
        column("0–3 天（元）", "0–3 days").right(),
        column("4–10 天", "4–10 days").right(),
        column(">10 天", ">10 days").right(),
    ];
    let mut table = Table::new(&columns);
    let mut any = false;
    for row in close.list("ageing") {
        any = true;
        let bands: Vec<String> = row
            .list("bands")
            .map(|band| format!("{} × {}", yuan(Balance(band.number("fen"))), band.number("count")))
            .collect();
        let band =
            |place: usize| cell(bands.get(place).filter(|band| !band.starts_with("0.00")).map_or("", String::as_str));
        let peer = Some(row.text("peer")).filter(|peer| !peer.is_empty()).unwrap_or("不明 unknown");
        table.row([cell(peer), cell(chinese(words::LEDGER, row.text("class"))), band(0), band(1), band(2)]);
    }
    text += "\n在途与暂挂账龄 money in transit and in suspense, by age\n";
    text + &if any { table.show(screen, 2) } else { "  （无 · none）\n".to_owned() }
}

pub(super) async fn digests(command: DigestCommand, global: &Global) -> Ended {
    match command {
        DigestCommand::List { peer, open, limit } => {
            let query = DigestQuery { peer, open, limit };
            let answer = Access::ask_once(&global.config, Request::Digests { query }).await?;
            shown(&answer, global, |screen| digest_list(&answer, screen))
        }
        DigestCommand::Note { peer, day, reason } => {
            let request = Request::NoteDigest { actor: global.actor(), peer, day, reason };
            let answer = Access::ask_once(&global.config, request).await?;
            shown(&answer, global, |_| "✓ 已核实，待办了结 · noted, the task is closed\n".to_owned())
        }
    }
}

fn digest_list(answer: &serde_json::Value, screen: &Screen) -> String {
    let columns = [
        column("日期", "day"),
        column("对方", "peer"),
        column("方向", "side"),
        column("消息", "messages").right(),
        column("我方持有", "held here").right(),
        column("通知划转（元）", "announced").right(),
        column("已匹配（元）", "matched").right(),
        column("结果", "state"),
    ];
    let mut table = Table::new(&columns);
    let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    for row in rows.iter().map(Doc) {
        let held = row.part("held").map(|held| {
            let kinds = held.0["kinds"].as_object().into_iter().flat_map(|kinds| kinds.values());
            kinds.filter_map(serde_json::Value::as_i64).sum::<i64>() + held.number("unreadable")
        });
        let state = words::find(words::DIGESTS, row.text("state"));
        table.row([
            cell(row.text("day")),
            cell(row.text("peer")),
            cell(if row.flag("ours") { "我方 ours" } else { "对方 theirs" }),
            cell(count(row.number("messages"))),
            cell(held.map(count).unwrap_or_default()),
            cell(yuan(Balance(row.number("remitted_fen")))),
            cell(yuan(Balance(row.number("matched_fen")))),
            painted(both(words::DIGESTS, row.text("state")), super::cases::paint_of(state)),
        ]);
    }
    table.show(screen, 0) + if rows.is_empty() { "（无 · none）\n" } else { "" }
}
