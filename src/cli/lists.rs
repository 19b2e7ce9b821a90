//! `queues`, `dead-letters`: what waits for a peer, what nobody could take.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::access::Access;
use super::doc::{Doc, both, clock};
use super::maintenance::closed;
use super::screen::{Paint, Screen, clean, count, say, say_json};
use super::table::{Table, cell, column, painted};
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::time::Moment;
use crate::domain::words;
use crate::store::views::DeadLetterQuery;

/// Where a list goes on.
#[derive(Args)]
pub struct Place {
    /// 从上一页的位置继续 / go on from this place
    #[arg(long)]
    pub(super) after: Option<String>,
    /// 行数，至多 500 / rows, at most 500
    #[arg(long)]
    pub(super) limit: Option<u32>,
}

#[derive(Subcommand)]
pub enum DeadLettersCommand {
    /// 列出 / list
    List {
        /// 含已处理的 / resolved ones too
        #[arg(long)]
        all: bool,
        /// 原因代码 / code of a reason
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        place: Place,
    },
    /// 查看一条 / show one
    Show {
        /// 帧的 SHA-256 / the frame's SHA-256, hex
        hash: String,
    },
}

/// How to see the next page, where there is one; a word where there is nothing at all.
pub(super) fn more(answer: Doc<'_>) -> String {
    let rows = answer.list("rows").count();
    match (answer.text("next"), rows) {
        ("", 0) => "（无 · none）\n".to_owned(),
        ("", _) => String::new(),
        (next, _) => format!("\n后续 · more: --after '{}'\n", clean(next)),
    }
}

pub(super) fn shown(answer: &serde_json::Value, global: &Global, text: impl FnOnce(&Screen) -> String) -> Ended {
    if global.json() {
        say_json(answer);
    } else {
        say(&text(&Screen::stdout()));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn queues(global: &Global) -> Ended {
    let answer = Access::ask_once(&global.config, Request::Queues).await?;
    let now = crate::clock::now();
    shown(&answer, global, |screen| {
        let columns = [
            column("对方", "peer"),
            column("待发", "unsent").right(),
            column("待签收", "unreceipted").right(),
            column("被拒", "refused").right(),
            column("已发", "sent").right(),
            column("最早待签", "oldest").spare(2),
            column("已收", "received").right(),
            column("先到", "early").right(),
            column("缺号", "missing").right(),
            column("最近来信", "last heard").spare(1),
            column("停机", "closed until").spare(2),
            column("故障", "trouble"),
        ];
        let mut table = Table::new(&columns);
        let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        for row in rows.iter().map(Doc) {
            let missing: i64 = row.list("gaps").map(|gap| gap.number("missing")).sum();
            let number = |name: &str, care: Paint| {
                let number = row.number(name);
                painted(count(number), if number > 0 { care } else { Paint::Dim })
            };
            table.row([
                cell(row.text("peer")),
                number("unsent", Paint::Plain),
                number("unreceipted", Paint::Plain),
                number("refused", Paint::Care),
                number("made", Paint::Plain),
                cell(clock(row.moment("oldest_open"))),
                number("received", Paint::Plain),
                number("early", Paint::Care),
                painted(count(missing), if missing > 0 { Paint::Care } else { Paint::Dim }),
                cell(clock(row.moment("last_heard"))),
                painted(closed_until(row, now), Paint::Care),
                painted(row.text("trouble"), Paint::Bad),
            ]);
        }
        let mut text = table.show(screen, 0) + if rows.is_empty() { "（无 · none）\n" } else { "" };
        for row in rows.iter().map(Doc) {
            if let Some(said) = row.part("closure").and_then(|closure| closed(closure, now)) {
                text += &format!("{}  {said}\n", row.text("peer"));
            }
        }
        text
    })
}

pub(super) async fn dead_letters(command: DeadLettersCommand, global: &Global) -> Ended {
    match command {
        DeadLettersCommand::List { all, reason, place } => {
            let query = DeadLetterQuery { all, reason, after: place.after, limit: place.limit };
            let answer = Access::ask_once(&global.config, Request::DeadLetters { query }).await?;
            shown(&answer, global, |screen| dead_letter_list(Doc(&answer), screen))
        }
        DeadLettersCommand::Show { hash } => {
            let answer = Access::ask_once(&global.config, Request::DeadLetter { hash }).await?;
            shown(&answer, global, |screen| dead_letter(Doc(&answer), screen))
        }
    }
}

fn dead_letter_list(answer: Doc<'_>, screen: &Screen) -> String {
    let columns = [
        column("最近", "last"),
        column("原因", "reason"),
        column("自称发送方", "claims to be"),
        column("份数", "copies").right(),
        column("字节", "bytes").right().spare(1),
        column("帧散列", "frame hash"),
    ];
    let mut table = Table::new(&columns);
    for row in answer.list("rows") {
        let paint = if row.flag("alarm") { Paint::Bad } else { Paint::Plain };
        table.row([
            cell(clock(row.moment("last_at"))),
            painted(row.text("reason"), paint),
            cell(row.text("sender")),
            cell(count(row.number("copies"))),
            cell(count(row.number("size"))),
            cell(row.text("frame_hash")),
        ]);
    }
    table.show(screen, 0) + &more(answer)
}

fn dead_letter(letter: Doc<'_>, screen: &Screen) -> String {
    let mut text = String::new();
    let mut fact =
        |name: &str, value: &str| text += &format!("{}  {}\n", super::screen::pad(name, 28, false), clean(value));
    fact("帧散列 frame hash", letter.text("frame_hash"));
    fact("原因 reason", letter.text("reason"));
    fact("安全事件 security event", if letter.flag("alarm") { "是 yes" } else { "否 no" });
    fact("自称发送方 claims to be", letter.text("sender"));
    fact("代理用户 broker user", letter.text("user_id"));
    fact("路由键 routing key", letter.text("routing_key"));
    fact("字节 bytes", &count(letter.number("size")));
    fact("份数 copies", &count(letter.number("copies")));
    for (name, key) in [("首次 first", "first_at"), ("最近 last", "last_at"), ("已处理 resolved", "resolved_at")]
    {
        fact(name, &letter.moment(key).map(|at| at.to_string()).unwrap_or_default());
    }
    fact("像一帧 looks like a frame", if letter.flag("looks_like_a_frame") { "是 yes" } else { "否 no" });
    text += "开头 begins with\n";
    for line in screen.wrap(letter.text("begins_with"), 2) {
        text += &format!("{line}\n");
    }
    text
}

/// The end of a closure that is now.
fn closed_until(row: Doc<'_>, now: Moment) -> String {
    let closure = row.part("closure").filter(|closure| closure.moment("from").is_some_and(|from| from <= now));
    clock(closure.and_then(|closure| closure.moment("until")))
}

/// Both words of a holder.
pub(super) fn holder(code: &str) -> String {
    both(words::HOLDERS, code)
}
