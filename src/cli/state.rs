//! `verify`, `status`, `overview`: how the agency stands.

use std::process::ExitCode;

use super::access::Access;
use super::cases::paint_of;
use super::doc::{Doc, both, clock};
use super::maintenance::closed;
use super::screen::{Paint, Screen, clean, count, pad, say, say_json, yuan};
use super::table::{Table, cell, column, painted};
use super::trouble::REFUSED;
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::money::Balance;
use crate::domain::words;

pub(super) async fn verify(global: &Global) -> Ended {
    let answer = Access::ask_once(&global.config, Request::Verify).await?;
    let report = Doc(&answer);
    if global.json() {
        say_json(&answer);
    } else {
        say(&checks(report, &Screen::stdout()));
    }
    Ok(if report.flag("clean") { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

pub(super) fn checks(report: Doc<'_>, screen: &Screen) -> String {
    let columns = [
        column("", ""),
        column("编号", "no."),
        column("检查", "check"),
        column("查看", "looked at").right(),
        column("不符", "broken").right(),
    ];
    let mut table = Table::new(&columns);
    let mut named = String::new();
    for check in report.list("checks") {
        let broken = check.0.get("broken").and_then(|it| it.as_array()).map(Vec::as_slice).unwrap_or_default();
        let (sign, paint) = if broken.is_empty() { ("✓", Paint::Good) } else { ("✗", Paint::Bad) };
        let number = i64::try_from(broken.len()).unwrap_or(i64::MAX);
        table.row([
            painted(sign, paint),
            cell(check.text("invariant")),
            painted(check.text("chinese"), if broken.is_empty() { Paint::Plain } else { Paint::Bad }),
            cell(count(check.number("looked_at"))),
            painted(count(number), paint),
        ]);
        table.row([cell(""), cell(""), painted(check.text("english"), Paint::Dim), cell(""), cell("")]);
        for name in broken.iter().filter_map(|name| name.as_str()) {
            named += &format!("  {} {}\n", check.text("invariant"), clean(name));
        }
    }
    let verdict = if report.flag("clean") {
        screen.paint(Paint::Good, "✓ 全部相符 · everything agrees")
    } else {
        let text = "✗ 自检未通过：勿修改数据库，保留现场并联系运维 · not clean: leave the database as it is and call the operator";
        screen.paint(Paint::Bad, text)
    };
    let named = if named.is_empty() {
        named
    } else {
        format!("\n不符之处（每项至多 10 个）· what is broken, at most 10 each\n{named}")
    };
    format!("{}{named}\n{verdict}\n", table.show(screen, 0))
}

struct Facts<'a> {
    screen: &'a Screen,
    text: String,
}

impl Facts<'_> {
    fn heading(&mut self, text: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        self.text += &format!("{gap}{}\n", self.screen.paint(Paint::Bold, text));
    }

    fn fact(&mut self, name: &str, value: &str, paint: Paint) {
        let line = format!("  {}{}", pad(name, 38, false), self.screen.paint(paint, &clean(value)));
        self.text += &format!("{}\n", line.trim_end());
    }

    /// A count, and beside it a sum or an age.
    fn count(&mut self, name: &str, number: i64, beside: &str, care: Paint) {
        let line = format!("{:>10}  {beside}", count(number));
        self.fact(name, line.trim_end(), if number == 0 { Paint::Dim } else { care });
    }
}

pub(super) async fn status(global: &Global) -> Ended {
    let answer = Access::ask_once(&global.config, Request::Status).await?;
    if global.json() {
        say_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let (status, screen) = (Doc(&answer), Screen::stdout());
    let mut page = Facts { screen: &screen, text: String::new() };
    page.heading(&format!("{} {}", status.text("agency"), status.text("name")));
    if status.flag("running") {
        let since = status.moment("started_at").map(|at| at.to_string()).unwrap_or_default();
        page.fact(
            "守护进程 daemon",
            &format!("运行中 running · pid {} · 自 since {since}", status.number("pid")),
            Paint::Good,
        );
    } else {
        page.fact("守护进程 daemon", "未运行 not running", Paint::Care);
    }
    page.fact("版本 version", status.text("version"), Paint::Plain);
    let broker = status.part("broker");
    match broker {
        None => page.fact("消息服务器 broker", "未连接（守护进程未运行）· not connected", Paint::Dim),
        Some(broker) if broker.flag("consuming") && broker.flag("publishing") => {
            let depth = broker.0.get("queue_depth").and_then(serde_json::Value::as_i64).map(count);
            let depth = depth.map(|depth| format!(" · 队列 queue {depth}")).unwrap_or_default();
            let (receives, sends) = (broker.text("consuming_at"), broker.text("publishing_at"));
            let at = if receives == sends { receives.to_owned() } else { format!("{receives} · {sends}") };
            page.fact("消息服务器 broker", &format!("收发正常 consuming and publishing · {at}{depth}"), Paint::Good);
        }
        Some(broker) => {
            let said = broker.text("blocked");
            let fault = broker.part("fault").map(|fault| format!("{} {}", fault.text("code"), fault.text("text")));
            let said = fault.unwrap_or_else(|| said.to_owned());
            page.fact("消息服务器 broker", &format!("不可用，自动重连 away, reconnecting · {said}"), Paint::Bad);
        }
    }
    if let Some(broker) = broker {
        page.fact("重连 reconnects", &count(broker.number("reconnects")), Paint::Plain);
    }
    if let Some(disk) = status.part("disk") {
        let mib = |name: &str| count(disk.number(name) / (1024 * 1024));
        let room = format!("剩余 free {} MiB · 须留 to stay free {} MiB", mib("free_bytes"), mib("least_bytes"));
        if disk.flag("low") {
            page.fact("磁盘 disk", &format!("余量不足，暂停收取 nearly full, nothing is taken · {room}"), Paint::Bad);
        } else {
            page.fact("磁盘 disk", &room, Paint::Plain);
        }
    }
    let (version, until) = (status.number("directory_version"), status.text("directory_valid_until"));
    let expired = until < crate::clock::now().china_date().to_string().as_str();
    let directory =
        format!("v{version} · 有效至 valid until {until}{}", if expired { " · 已过期 expired" } else { "" });
    page.fact("机构目录 directory", &directory, if expired { Paint::Bad } else { Paint::Plain });
    page.fact("纪元 epoch", &count(status.number("epoch")), Paint::Plain);
    say(&page.text);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn overview(global: &Global) -> Ended {
    let answer = Access::ask_once(&global.config, Request::Overview).await?;
    if global.json() {
        say_json(&answer);
    } else {
        say(&glance(Doc(&answer), &Screen::stdout()));
    }
    Ok(ExitCode::SUCCESS)
}

fn glance(seen: Doc<'_>, screen: &Screen) -> String {
    let mut page = Facts { screen, text: String::new() };
    for role in ["incoming", "outgoing"] {
        let rows: Vec<Doc<'_>> = seen.list("cases").filter(|row| row.text("role") == role).collect();
        let open: i64 = rows.iter().filter(|row| row.flag("open")).map(|row| row.number("count")).sum();
        let closed: i64 = rows.iter().filter(|row| !row.flag("open")).map(|row| row.number("count")).sum();
        let head = format!(
            "{} · 案件 cases · 在办 open {} · 已结 closed {}",
            both(words::ROLES, role),
            count(open),
            count(closed)
        );
        page.heading(&head);
        for (table, track) in [(words::relation(role), "relation"), (words::money(role), "money")] {
            for word in table {
                let of = rows.iter().filter(|row| row.text(track) == word.code);
                let number: i64 = of.map(|row| row.number("count")).sum();
                if number > 0 {
                    page.count(&format!("{} {}", word.zh, word.en), number, "", paint_of(Some(word)));
                }
            }
        }
    }
    page.heading("期限 deadlines of open cases");
    let due = |name: &str| seen.list("due").map(|row| row.number(name)).sum::<i64>();
    page.count("逾期 overdue", due("overdue"), "", Paint::Bad);
    page.count("今天到期 due today", due("today"), "", Paint::Care);
    page.count("两个工作日内 within 2 working days", due("soon"), "", Paint::Care);
    page.count("更晚 later", due("later"), "", Paint::Plain);

    let now = crate::clock::now();
    let closed: Vec<_> =
        seen.list("closed_peers").filter_map(|row| Some((row.text("agency"), closed(row, now)?))).collect();
    if !closed.is_empty() {
        page.heading("对方停机 peers closed");
        for (agency, said) in closed {
            page.fact(agency, &said, Paint::Care);
        }
    }
    page.heading("待办 tasks");
    let oldest =
        |row: Doc<'_>| row.moment("oldest").map(|at| format!("最早 oldest {}", clock(Some(at)))).unwrap_or_default();
    for row in seen.list("tasks") {
        page.count(&both(words::TASKS, row.text("code")), row.number("count"), &oldest(row), Paint::Care);
    }
    for row in seen.list("dead_letters") {
        page.count(&format!("死信 dead letter {}", row.text("code")), row.number("count"), &oldest(row), Paint::Care);
    }
    if seen.list("tasks").chain(seen.list("dead_letters")).next().is_none() {
        page.fact("无 none", "", Paint::Dim);
    }

    page.heading("收发 messages");
    for row in seen.list("outbox") {
        let word = words::find(words::OUTBOX, row.text("state"));
        let name = format!("发 out · {}", both(words::OUTBOX, row.text("state")));
        page.count(&name, row.number("count"), "", paint_of(word));
    }
    for row in seen.list("inbox") {
        let word = words::find(words::INBOX, row.text("state"));
        page.count(
            &format!("收 in · {}", both(words::INBOX, row.text("state"))),
            row.number("count"),
            "",
            paint_of(word),
        );
    }
    page.count("重复来信 duplicates", seen.number("duplicates"), "", Paint::Plain);

    page.heading("资金 money");
    let sum = |row: Doc<'_>| format!("{:>18} 元 yuan", yuan(row.amount("fen").unwrap_or(Balance(0))));
    for row in seen.list("ledger") {
        page.count(&both(words::LEDGER, row.text("word")), row.number("count"), &sum(row), Paint::Plain);
    }
    for row in seen.list("payments") {
        page.count(
            &format!("付款 {}", both(words::PAYMENTS, row.text("word"))),
            row.number("count"),
            &sum(row),
            Paint::Plain,
        );
    }
    if let Some(row) = seen.part("suspense") {
        page.count("到账待匹配 lines unmatched", row.number("count"), &sum(row), Paint::Care);
    }
    page.text
}
