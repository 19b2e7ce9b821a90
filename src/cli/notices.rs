//! `notices`: what persons and employers are told, listed, and written once into a file for whoever delivers it.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use super::access::Access;
use super::doc::{Doc, clock};
use super::lists::more;
use super::screen::{Screen, count, say, say_json};
use super::table::{Table, cell, column};
use super::trouble::{REFUSED, Trouble, UNAVAILABLE};
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::notice::Milestone;
use crate::files::{NoticeLine, write_notices};
use crate::store::views::NoticeQuery;

#[derive(Subcommand)]
pub enum NoticesCommand {
    /// 列出通知 / list notices
    List(ListArgs),
    /// 导出尚未导出的通知，每份只导出一次 / write the notices that no file has taken yet, each once
    Export(ExportArgs),
}

#[derive(Args)]
pub struct ListArgs {
    /// 从这一天起 / reached on or after this day
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// 案件编号或联系函编号 / case id or letter no.
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// 节点代码 / code of a milestone
    #[arg(long, value_name = "CODE", ignore_case = true, value_parser = codes())]
    milestone: Option<String>,
    /// 从上一页的位置继续 / go on from this place
    #[arg(long)]
    after: Option<String>,
    /// 行数，至多 500 / rows, at most 500
    #[arg(long)]
    limit: Option<u32>,
}

fn codes() -> PossibleValuesParser {
    PossibleValuesParser::new(Milestone::ALL.iter().map(|milestone| milestone.code()))
}

#[derive(Args)]
pub struct ExportArgs {
    /// 写入的文件，含完整姓名与电话；不覆盖已有文件 / file to write, with whole names and telephone numbers; never
    /// overwrites
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 重写已导出的批次 / write an earlier batch again
    #[arg(long, value_name = "BATCH")]
    again: Option<String>,
}

pub(super) async fn run(command: NoticesCommand, global: &Global) -> Ended {
    match command {
        NoticesCommand::List(args) => list(args, global).await,
        NoticesCommand::Export(args) => export(&args, global).await,
    }
}

async fn list(args: ListArgs, global: &Global) -> Ended {
    let milestone = args.milestone.as_deref().and_then(Milestone::from_code);
    let milestone = milestone.map(|known| known.code().to_owned()).unwrap_or_default();
    let query = NoticeQuery { since: args.since, milestone, after: args.after, limit: args.limit };
    let answer = Access::ask_once(&global.config, Request::Notices { query, case: args.case }).await?;
    if global.json() {
        say_json(&answer);
    } else {
        say(&(table(Doc(&answer)).show(&Screen::stdout(), 0) + &more(Doc(&answer))));
    }
    Ok(ExitCode::SUCCESS)
}

fn table(answer: Doc<'_>) -> Table<'static> {
    const COLUMNS: &[super::table::Column] = &[
        column("通知", "notice"),
        column("时间", "reached"),
        column("节点", "milestone"),
        column("联系函", "letter"),
        column("姓名", "name").spare(2),
        column("通知对象", "for"),
        column("导出批次", "file").spare(1),
    ];
    let mut table = Table::new(COLUMNS);
    for row in answer.list("rows") {
        let code = row.text("milestone");
        let milestone = Milestone::from_code(code).map_or(code, |known| known.chinese());
        let addressees: Vec<&str> = row
            .words("addressees")
            .map(|word| match word {
                "person" => "参保人",
                "employer" => "单位",
                other => other,
            })
            .collect();
        table.row([
            cell(row.text("notice_no")),
            cell(clock(row.moment("at"))),
            cell(milestone),
            cell(row.text("letter_no")),
            cell(row.text("name")),
            cell(addressees.join("、")),
            cell(row.text("batch_no")),
        ]);
    }
    table
}

#[derive(Deserialize)]
struct Batch {
    batch_no: String,
    notices: i64,
    /// What the next file will take.
    waiting: i64,
    lines: Vec<NoticeLine>,
}

async fn export(args: &ExportArgs, global: &Global) -> Ended {
    // The name is taken before the office marks anything as exported: a place that cannot be written to is found now.
    let mut file = create(&args.file)?;
    let batch = match ask(args, global).await {
        Ok(batch) if !batch.lines.is_empty() => batch,
        Ok(_) => {
            give_up(&args.file);
            return nothing(args, global);
        }
        Err(trouble) => {
            give_up(&args.file);
            return Err(trouble);
        }
    };
    if let Err(cause) = file.write_all(&write_notices(&batch.lines)).and_then(|()| file.sync_all()) {
        give_up(&args.file);
        let trouble = Trouble::unwritable(&args.file, &cause);
        trouble.tell();
        let again = format!("jiexu notices export --again {} FILE", batch.batch_no);
        eprintln!("  → 换一个位置重写同一批次 · write the same batch elsewhere:\n    {again}");
        return Err(trouble.told());
    }
    let (lines, left) = (i64::try_from(batch.lines.len()).unwrap_or(i64::MAX), batch.waiting);
    if global.json() {
        let file = &args.file;
        say_json(&json!({ "batch_no": batch.batch_no, "file": file, "notices": batch.notices, "rows": lines,
            "waiting": left }));
        return Ok(ExitCode::SUCCESS);
    }
    let left = if left == 0 { String::new() } else { format!(" · 尚余 left {}", count(left)) };
    say(&format!(
        "✓ 通知文件 notices  {}\n  批次 batch {} · {} 份 notices · {} 行 rows{left}\n  含完整姓名与电话，送达后请妥善销毁 · \
         it holds whole names and numbers: destroy it once delivered\n",
        args.file.display(),
        batch.batch_no,
        count(batch.notices),
        count(lines),
    ));
    Ok(ExitCode::SUCCESS)
}

async fn ask(args: &ExportArgs, global: &Global) -> Result<Batch, Trouble> {
    let request = match &args.again {
        Some(batch_no) => Request::NoticesOf { actor: global.actor(), batch_no: batch_no.clone() },
        None => Request::ExportNotices { actor: global.actor() },
    };
    let answer = Access::ask_once(&global.config, request).await?;
    serde_json::from_value(answer).map_err(|_| {
        let chinese = "守护进程的答复无法解读（版本不同？）";
        Trouble::new(UNAVAILABLE, "ANSWER", chinese, "the daemon's answer cannot be read; is it another version?")
    })
}

/// A new file that only its owner reads.
fn create(path: &Path) -> Result<File, Trouble> {
    let created = File::options().write(true).create_new(true).mode(0o600).open(path);
    created.map_err(|cause| match cause.kind() {
        ErrorKind::AlreadyExists => {
            let (chinese, english) = (format!("{} 已存在", path.display()), format!("{} exists", path.display()));
            Trouble::new(REFUSED, "FILE_EXISTS", chinese, english)
        }
        _ => Trouble::unwritable(path, &cause),
    })
}

/// Takes back the name of a file that gets no content. Failing leaves an empty or cut file, which the next try names.
fn give_up(path: &Path) {
    let _ = std::fs::remove_file(path);
}

fn nothing(args: &ExportArgs, global: &Global) -> Ended {
    if let Some(batch_no) = &args.again {
        let chinese = format!("没有批次 {batch_no}；用 jiexu notices list 查看批次号");
        let english = format!("there is no batch {batch_no}; jiexu notices list names them");
        return Err(Trouble::new(REFUSED, "NOTICE_BATCH_UNKNOWN", chinese, english));
    }
    if global.json() {
        say_json(&json!({ "batch_no": null, "file": null, "notices": 0, "rows": 0, "waiting": 0 }));
    } else {
        say("没有待导出的通知，未写文件 · no notice waits; no file was written\n");
    }
    Ok(ExitCode::SUCCESS)
}
