//! `restore`: an older copy is put in place and to use, by two persons; what is still to be rebuilt; and when payments may
//! leave again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::access::Access;
use super::doc::{Doc, clock};
use super::screen::{Screen, count, say, say_json};
use super::table::{Table, cell, column};
use super::trouble::{NO_INPUT, Trouble, UNAVAILABLE};
use super::{Ended, Global};
use crate::config::Config;
use crate::daemon::{Client, Request};
use crate::domain::message::Kind;
use crate::domain::restore::RestoreVerb;
use crate::store::backup::{manifest_of, put_back};

#[derive(Subcommand)]
pub enum RestoreCommand {
    /// 放回备份（守护进程须已停止）；现有文件改名保留 / put a backup in place, the daemon stopped; the present files are kept under other names
    Begin {
        /// 备份文件，清单在旁 / the copy; its manifest lies beside it
        file: PathBuf,
        /// 理由，记入审计 / why; audited
        #[arg(long)]
        reason: String,
    },
    /// 承认已放在数据目录中的较早副本（STORE_OLDER）/ take the older copy that lies in the data folder already (STORE_OLDER)
    Adopt {
        /// 理由，记入审计 / why; audited
        #[arg(long)]
        reason: String,
    },
    /// 由另一人批准；此后方可启动 / another person approves; only then may the daemon start
    Approve {
        /// 理由，记入审计 / why; audited
        #[arg(long)]
        reason: String,
    },
    /// 尚待各机构回传和须重新办理的事项 / what peers still have to tell, and what must be decided again
    Status,
    /// 恢复付款：备份之后的付款文件银行均已处理、对账单均已导入 / payments may leave again: the bank has dealt with every
    /// payment file since the backup, and every statement is in
    Payments {
        /// 另一人确认 / confirm, as another person
        #[arg(long)]
        confirm: bool,
        /// 理由，记入审计 / why; audited
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn run(command: RestoreCommand, global: &Global) -> Ended {
    match command {
        RestoreCommand::Begin { file, reason } => begin(Some(&file), reason, global).await,
        RestoreCommand::Adopt { reason } => begin(None, reason, global).await,
        RestoreCommand::Approve { reason } => {
            let answer = decide(RestoreVerb::Approve, reason, global).await?;
            told(global, &answer, |epoch| {
                format!(
                    "✓ 已批准，纪元 {epoch}；现在可以启动。启动后各机构回传本机构说过的话，请重新导入备份之后的登记、申请和银行对账单（jiexu restore status）\n\
                     ✓ approved, epoch {epoch}: the daemon may start. Peers then give back what was said; import registers, applications and bank statements since the backup once more (jiexu restore status)\n"
                )
            })
        }
        RestoreCommand::Status => status(global).await,
        RestoreCommand::Payments { confirm: false, reason } => {
            let answer = decide(RestoreVerb::ProposePayments, reason, global).await?;
            told(global, &answer, |_| {
                "✓ 已提出恢复付款，须另一人确认（jiexu restore payments --confirm）· proposed; another person confirms it\n".to_owned()
            })
        }
        RestoreCommand::Payments { confirm: true, reason } => {
            let answer = decide(RestoreVerb::ConfirmPayments, reason, global).await?;
            told(global, &answer, |_| "✓ 付款已恢复 · payments may leave again\n".to_owned())
        }
    }
}

async fn decide(verb: RestoreVerb, reason: String, global: &Global) -> Result<serde_json::Value, Trouble> {
    Access::ask_once(&global.config, Request::Restore { actor: global.actor(), verb, reason }).await
}

fn told(global: &Global, answer: &serde_json::Value, words: impl FnOnce(i64) -> String) -> Ended {
    if global.json() {
        say_json(answer);
    } else {
        say(&words(Doc(answer).number("epoch")));
    }
    Ok(ExitCode::SUCCESS)
}

async fn begin(file: Option<&Path>, reason: String, global: &Global) -> Ended {
    let config = Config::load(&global.config)?;
    let us = config.code().map_err(|wrong| wrong.of(&global.config))?;
    if Client::connect(&config.socket()).await.is_ok() {
        return Err(Trouble::new(
            UNAVAILABLE,
            "RESTORE_RUNNING",
            "守护进程在运行，不能恢复；请先停止",
            "the daemon runs; stop it before a restore",
        ));
    }
    if let Some(file) = file.filter(|file| !file.is_file() || !manifest_of(file).is_file()) {
        let chinese = format!("没有备份文件 {} 或其清单", file.display());
        let english = format!("there is no backup with its manifest at {}", file.display());
        return Err(Trouble::new(NO_INPUT, "BACKUP_IO", chinese, english));
    }
    let kept = put_back(file, &config.database(), &us)?;
    let answer = decide(RestoreVerb::Begin, reason, global).await?;
    told(global, &answer, |epoch| {
        let kept: String = kept.iter().map(|file| format!("  原文件保留 kept  {}\n", file.display())).collect();
        format!(
            "✓ 副本已就位，待另一人批准后成为纪元 {epoch}（jiexu restore approve）· the copy is in place and becomes epoch {epoch} once another person approves\n{kept}"
        )
    })
}

async fn status(global: &Global) -> Ended {
    let answer = Access::ask_once(&global.config, Request::RestoreStatus).await?;
    if global.json() {
        say_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let status = Doc(&answer);
    let Some(last) = status.part("last") else {
        say("此库从未恢复过 · this database was never restored\n");
        return Ok(ExitCode::SUCCESS);
    };
    let who = |name: &str| if last.text(name).is_empty() { "—".to_owned() } else { last.text(name).to_owned() };
    say(&format!(
        "纪元 epoch {} · {} · 放回 put back by {} · 批准 approved by {}\n付款 payments: {}\n",
        last.number("epoch"),
        clock(last.moment("at")),
        who("by"),
        who("approved_by"),
        if last.text("payments_confirmed_by").is_empty() {
            "暂停，待两人确认对账单已全部导入（jiexu restore payments）· held until two persons say that the statements are in"
        } else {
            "正常 · leave as usual"
        },
    ));
    let screen = Screen::stdout();
    if status.list("unheard").next().is_some() {
        let columns = [column("对方", "peer"), column("已通告", "told"), column("已回传", "parts came")];
        let mut table = Table::new(&columns);
        for row in status.list("unheard") {
            table.row([cell(row.text("peer")), cell(clock(row.moment("asked_at"))), cell(count(row.number("came")))]);
        }
        say(
            "\n等待回传：此前不收其消息，也不向其发出 · awaited; until then nothing is taken of them or said to them\n",
        );
        say(&table.show(&screen, 2));
    }
    say(&format!("\n须重新办理 to be decided again: {} 条消息 messages\n", count(status.number("unrepeated"))));
    if status.list("first").next().is_some() {
        let columns = [
            column("对方", "peer"),
            column("当时发出", "said then"),
            column("时间", "at"),
            column("申请号", "application"),
            column("联系函编号", "letter no."),
        ];
        let mut table = Table::new(&columns);
        for row in status.list("first") {
            let kind = Kind::from_word(row.text("kind")).map(Kind::chinese).unwrap_or_default();
            table.row([
                cell(row.text("peer")),
                cell(kind),
                cell(clock(row.moment("said_at"))),
                cell(row.text("application_no")),
                cell(row.text("letter_no")),
            ]);
        }
        say(
            "重新导入登记、申请、对账单，人工决定照原样再做一次；对方已有的消息不会再发 · import the files again and decide as then; what the peer holds is not sent again\n",
        );
        say(&table.show(&screen, 2));
    }
    Ok(ExitCode::SUCCESS)
}
