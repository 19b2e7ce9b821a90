//! `tasks`: what waits for a person, and whose hands it is in. The case itself is decided by `case <verb>`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::access::Access;
use super::doc::{Doc, chinese, clock};
use super::lists::{Place, more, shown};
use super::screen::{Paint, Screen, clean, say, say_json};
use super::table::{Cell, Table, cell, column, painted};
use super::trouble::REFUSED;
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::task::TaskVerb;
use crate::domain::words;
use crate::store::views::TaskQuery;

#[derive(Subcommand)]
pub enum TasksCommand {
    /// 列出待办：承办人、期限、可办理事项 / list what waits: in whose hands, until when, what may be decided
    List(ListArgs),
    /// 指派给某人 / give it to somebody
    Assign {
        /// 待办编号，如 REVIEW_CHECK/530800-L00000001 / the task as the list calls it
        task: String,
        /// 承办人 / who has it from now on
        #[arg(long, value_name = "NAME")]
        to: String,
        /// 指派人；不写则为 --actor / who assigns it; --actor where it is left out
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// 理由，记入审计 / why, for the audit trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// 认领 / take it
    Take {
        /// 待办编号 / the task as the list calls it
        task: String,
        /// 理由 / why
        #[arg(long, value_name = "TEXT", default_value = "认领")]
        reason: String,
    },
    /// 退回，由他人认领 / let go of it
    Release {
        /// 待办编号 / the task as the list calls it
        task: String,
        /// 理由，记入审计 / why, for the audit trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Args)]
pub struct ListArgs {
    /// 种类代码 / code of a kind
    #[arg(long, default_value = "", ignore_case = true)]
    kind: String,
    /// 某人的；不写姓名则为 --actor / somebody's; --actor's without a name
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", conflicts_with = "unassigned")]
    mine: Option<String>,
    /// 只列无人认领的 / only what nobody has in hand
    #[arg(long)]
    unassigned: bool,
    /// 只列已过期限的 / only what is over
    #[arg(long)]
    overdue: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(command: TasksCommand, global: &Global) -> Ended {
    match command {
        TasksCommand::List(args) => list(args, global).await,
        TasksCommand::Assign { task, to, by, reason } => {
            let actor = by.unwrap_or_else(|| global.actor());
            hand(task, (actor, TaskVerb::Assign { to }), reason, global).await
        }
        TasksCommand::Take { task, reason } => hand(task, (global.actor(), TaskVerb::Take), reason, global).await,
        TasksCommand::Release { task, reason } => hand(task, (global.actor(), TaskVerb::Release), reason, global).await,
    }
}

async fn list(args: ListArgs, global: &Global) -> Ended {
    let assignee = args.mine.map(|name| if name.is_empty() { global.actor() } else { name });
    let query = TaskQuery {
        kind: args.kind.to_uppercase(),
        assignee: assignee.unwrap_or_default(),
        unassigned: args.unassigned,
        overdue: args.overdue,
        after: args.place.after,
        limit: args.place.limit,
    };
    let answer = Access::ask_once(&global.config, Request::Tasks { query }).await?;
    shown(&answer, global, |screen| page(Doc(&answer), screen))
}

fn page(answer: Doc<'_>, screen: &Screen) -> String {
    let today = crate::clock::now().china_date().to_string();
    let columns = [
        column("待办", "task"),
        column("承办", "in hand of"),
        column("期限", "due"),
        column("自", "since").spare(3),
        column("编号", "called"),
        column("对方", "peer").spare(4),
        column("姓名", "name").spare(5),
        column("说明", "detail").spare(2),
        column("可办理", "decide").spare(1),
    ];
    let mut table = Table::new(&columns);
    let mut kinds = Vec::new();
    for row in answer.list("rows") {
        let kind = row.text("kind");
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
        let assignee = row.text("assignee");
        table.row([
            painted(chinese(words::TASKS, kind), Paint::Care),
            if assignee.is_empty() { painted("待认领", Paint::Dim) } else { cell(assignee) },
            due(row, &today),
            cell(clock(row.moment("opened_at"))),
            cell(row.text("called")),
            cell(row.text("peer")),
            cell(row.text("name")),
            cell(row.text("detail")),
            cell(row.words("verbs").collect::<Vec<_>>().join(" ")),
        ]);
    }
    let mut text = table.show(screen, 0);
    for word in kinds.iter().filter_map(|kind| words::find(words::TASKS, kind)) {
        text += &format!("\n{}\n", screen.paint(Paint::Bold, &format!("{} {}", word.zh, word.en)));
        for line in screen.wrap(&format!("→ {}", word.next.0), 2).into_iter().chain(screen.wrap(word.next.1, 4)) {
            text += &format!("{line}\n");
        }
    }
    text + &more(answer)
}

fn due(row: Doc<'_>, today: &str) -> Cell {
    match (row.text("due_on"), row.flag("due_provisional")) {
        (day, true) => painted(format!("≥ {day}"), Paint::Dim),
        (day, false) if day < today => painted(format!("{day} !"), Paint::Bad),
        (day, false) => cell(day),
    }
}

async fn hand(name: String, (actor, verb): (String, TaskVerb), reason: String, global: &Global) -> Ended {
    let request = Request::Task { actor: actor.clone(), name, verb: verb.clone(), reason };
    let answer = Access::ask_once(&global.config, request).await?;
    if global.json() {
        say_json(&answer);
    }
    let answer = Doc(&answer);
    if super::act::taken(answer)?.is_none() {
        return Ok(ExitCode::from(REFUSED));
    }
    if !global.json() {
        let said = match &verb {
            TaskVerb::Assign { to } => format!("✓ 已指派给 assigned to {}", clean(to)),
            TaskVerb::Take => format!("✓ 已认领 taken by {}", clean(&actor)),
            TaskVerb::Release => "✓ 已退回，待认领 let go; nobody has it".to_owned(),
        };
        say(&format!("{}  {}\n", Screen::stdout().paint(Paint::Good, &said), clean(answer.text("task"))));
    }
    Ok(ExitCode::SUCCESS)
}
