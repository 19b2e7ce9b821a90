//! `broker plan`: what the broker's operator imports. Holds password hashes, no passwords.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Ended;
use super::screen::{say, say_json};
use super::trouble::Trouble;
use crate::daemon::setup;

#[derive(Subcommand)]
pub enum BrokerCommand {
    /// RabbitMQ 定义文件：用户、权限、队列 / RabbitMQ definitions: users, rights, queues
    Plan(PlanArgs),
}

#[derive(Args)]
pub struct PlanArgs {
    /// 登记机构目录 / the registry's folder
    #[arg(long, value_name = "DIR", required_unless_present = "cards")]
    registry: Option<PathBuf>,
    /// 机构登记卡，可多个 / agency cards, several
    #[arg(long = "card", value_name = "FILE", num_args = 1..)]
    cards: Vec<PathBuf>,
    /// 写入文件而非屏幕 / write to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(command: &BrokerCommand) -> Ended {
    let BrokerCommand::Plan(args) = command;
    let mut cards = args.registry.as_deref().map_or(Ok(Vec::new()), setup::cards)?;
    for file in &args.cards {
        let card = setup::read_card(file)?;
        cards.retain(|known| known.profile.code != card.profile.code);
        cards.push(card);
    }
    let plan = setup::broker_plan(&cards);
    let Some(out) = &args.out else {
        say_json(&plan);
        return Ok(ExitCode::SUCCESS);
    };
    write_whole(out, format!("{plan:#}\n").as_bytes(), 0o600)?;
    let file = out.display();
    say(&format!(
        "✓ {file} · {} 家机构 agencies\n下一步 · next: rabbitmqctl import_definitions {file}（集群：须在各节点均已运行时导入 cluster: while all its nodes run）\n",
        cards.len()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Readers see the whole file or none of it, also after a power cut.
pub fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Trouble> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let write = || {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let beside = path.with_file_name(name);
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(mode).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    };
    write().map_err(|cause| Trouble::unwritable(path, &cause))
}
