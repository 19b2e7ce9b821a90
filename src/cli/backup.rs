//! `backup`: a copy of the database with its manifest, made while the daemon works; and the drill that proves a copy.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Subcommand;

use super::access::Access;
use super::doc::{Doc, clock};
use super::screen::{count, say, say_json};
use super::state::checks;
use super::trouble::{NO_INPUT, REFUSED, Trouble};
use super::{Ended, Global};
use crate::config::Config;
use crate::daemon::Request;
use crate::store::backup::{drill, manifest_of};

#[derive(Subcommand)]
pub enum BackupCommand {
    /// 备份到新文件，另附 .json 清单；守护进程照常运行 / copy to a new file with a .json manifest; the daemon works on
    Make {
        /// 新文件；含个人信息，仅属主可读，应放在另一块磁盘 / the new file; holds personal data, readable by its owner, belongs on
        /// another disk
        file: PathBuf,
    },
    /// 恢复演练：核对清单，另行打开并核对全部账目 / the drill: hold it against its manifest, open it apart and check every row
    Check {
        /// 备份文件，清单在旁 / the copy; its manifest lies beside it
        file: PathBuf,
        /// 临时打开副本的目录 / where the copy is opened for the time of the check; default: beside the copy
        #[arg(long, value_name = "FOLDER")]
        scratch: Option<PathBuf>,
    },
}

pub(super) async fn run(command: BackupCommand, global: &Global) -> Ended {
    match command {
        BackupCommand::Make { file } => make(&file, global).await,
        BackupCommand::Check { file, scratch } => check(&file, scratch, global).await,
    }
}

async fn make(file: &Path, global: &Global) -> Ended {
    // The daemon has another working folder.
    let file = std::path::absolute(file).map_err(|cause| Trouble::unwritable(file, &cause))?;
    let begun = Instant::now();
    let request = Request::Backup { actor: global.actor(), file: file.clone() };
    let answer = Access::ask_once(&global.config, request).await?;
    if global.json() {
        say_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let made = Doc(&answer);
    say(&format!(
        "✓ 已备份 backed up  {}  {} 字节 bytes · {:.1} s\n  清单 manifest  {}\n  截至 as of {} · 审计 audit {} 行 rows · 纪元 \
         epoch {}\n  密钥与配置不在其中，须另行保管 · keys and configuration are not in it: keep them apart\n",
        file.display(),
        count(made.number("bytes")),
        begun.elapsed().as_secs_f64(),
        manifest_of(&file).display(),
        clock(made.moment("made_at")),
        count(made.number("audit_rows")),
        made.number("epoch"),
    ));
    Ok(ExitCode::SUCCESS)
}

async fn check(file: &Path, scratch: Option<PathBuf>, global: &Global) -> Ended {
    let us = Config::load(&global.config)?.code().map_err(|wrong| wrong.of(&global.config))?;
    if !file.is_file() {
        let chinese = format!("没有备份文件 {}", file.display());
        return Err(Trouble::new(NO_INPUT, "BACKUP_IO", chinese, format!("there is no backup at {}", file.display())));
    }
    let beside = || file.parent().map(Path::to_owned).unwrap_or_default();
    let folder = scratch.unwrap_or_else(beside).join(format!("jiexu-drill-{}", std::process::id()));
    let begun = Instant::now();
    let drill = drill(file, &folder, &us).await?;
    let clean = drill.report.clean;
    if global.json() {
        say_json(&serde_json::json!({ "manifest": drill.manifest, "report": drill.report }));
    } else {
        let report = serde_json::to_value(&drill.report).map_err(anyhow::Error::from)?;
        let seconds = begun.elapsed().as_secs_f64();
        let made_at = clock(Some(drill.manifest.made_at));
        say(&checks(Doc(&report), &super::screen::Screen::stdout()));
        let verdict = if clean {
            format!("✓ 备份可用，截至 {made_at}；{seconds:.1} s · the backup is sound, as of {made_at}\n")
        } else {
            "✗ 备份中的账目不符，不能使用 · the books in the backup do not agree: it is of no use\n".to_owned()
        };
        say(&verdict);
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}
