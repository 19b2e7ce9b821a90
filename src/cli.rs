//! Commands: one file per group; a command is one question to the agency's office and one page of text. Decides nothing.

mod access;
mod act;
mod backup;
mod bank;
mod broker;
mod calendar;
mod cases;
mod check;
mod close;
mod doc;
mod explain;
mod home;
mod import;
mod lists;
mod maintenance;
mod notices;
mod payout;
mod progress;
mod registry;
mod restore;
mod screen;
mod serve;
mod show;
mod state;
mod states;
mod table;
mod tally;
mod tasks;
mod trouble;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::trial::{bench, demo};
use trouble::{TRY_AGAIN, Trouble};

/// How a command ends: its exit code, or why it ended early.
type Ended = Result<ExitCode, Trouble>;

/// 接续：医保关系与个人账户资金转移接续 / moves insurance relations and balances between agencies, each exactly once
#[derive(Parser)]
#[command(name = "jiexu", version, max_term_width = 100, after_help = EXITS)]
struct Line {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXITS: &str = "退出码 Exit codes: 0 成功 ok · 1 有拒绝或自检未通过 refused or not clean · 2 用法 usage · \
66 输入文件不可读 input unreadable · 69 守护进程或消息服务器不可用 unavailable · 75 稍后重试 try again · \
78 配置、密钥或目录有误 configuration, keys or directory";

#[derive(Args)]
struct Global {
    /// 配置文件 / configuration file
    #[arg(long, global = true, env = "JIEXU_CONFIG", default_value = "jiexu.toml", value_name = "FILE")]
    config: PathBuf,
    /// 输出格式 / output format
    #[arg(long, global = true, default_value = "text", value_name = "FORMAT")]
    output: Output,
    /// 经办人，记入审计 / who acts, for the audit trail
    #[arg(long, global = true, env = "JIEXU_ACTOR", value_name = "NAME")]
    actor: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

impl Global {
    /// Who is written into the audit trail.
    fn actor(&self) -> String {
        let user = || std::env::var("USER").ok().filter(|user| !user.is_empty());
        let named = self.actor.clone().filter(|actor| !actor.is_empty()).or_else(user);
        named.unwrap_or_else(|| format!("uid:{}", rustix::process::getuid().as_raw()))
    }

    fn json(&self) -> bool {
        self.output == Output::Json
    }
}

#[derive(Subcommand)]
enum Command {
    /// 建立机构目录：密钥、配置、登记卡 / make an agency's home: keys, configuration, card
    Init(home::InitArgs),
    /// 上级登记机构：机构目录的登记与签发 / the superior registry: list agencies, sign the directory
    #[command(subcommand)]
    Registry(registry::RegistryCommand),
    /// 消息服务器的准备 / prepare the broker
    #[command(subcommand)]
    Broker(broker::BrokerCommand),
    /// 运行守护进程 / run the daemon
    Serve,
    /// 检查配置、密钥与目录 / check configuration, keys and directory
    CheckConfig(check::CheckArgs),
    /// 导入转移申请 / import applications
    Apply(import::ApplyArgs),
    /// 参保登记 / the register
    #[command(subcommand)]
    Register(import::RegisterCommand),
    /// 银行：流水与付款文件 / the bank: statements and payment files
    #[command(subcommand)]
    Bank(bank::BankCommand),
    /// 案件 / cases
    #[command(subcommand)]
    Cases(cases::CasesCommand),
    /// 办理一案：人工决定 / decide about a case
    #[command(subcommand)]
    Case(act::CaseCommand),
    /// 余额退付本人：移居境外、转入地未接入等 / pay a balance out to the person: emigrated, destination not on the exchange …
    #[command(subcommand)]
    Payout(payout::PayoutCommand),
    /// 办理进度：给参保人和单位看的五个步骤 / progress in public words, for the person and the employer
    Progress(progress::ProgressArgs),
    /// 通知：告知参保人和单位的节点 / notices: the milestones that persons and employers are told of
    #[command(subcommand)]
    Notices(notices::NoticesCommand),
    /// 工作日历：导入、检查、说明期限 / the working-day calendar: import, check, explain a due day
    #[command(subcommand)]
    Calendar(calendar::CalendarCommand),
    /// 停机通告：告知各机构、列出、撤回 / announced maintenance: tell the other agencies, list, withdraw
    #[command(subcommand)]
    Maintenance(maintenance::MaintenanceCommand),
    /// 日结：试算平衡与账龄；守护进程每日自动办理 / daily close: trial balance and ageing; a daemon does it every day
    #[command(args_conflicts_with_subcommands = true)]
    Close(close::CloseArgs),
    /// 每日对账 / what both agencies' books say of the same day
    #[command(subcommand)]
    Digest(close::DigestCommand),
    /// 待办事项：列出、指派、认领 / what waits for a person: list, assign, take
    #[command(subcommand)]
    Tasks(tasks::TasksCommand),
    /// 与各机构的收发情况 / messages per peer
    Queues,
    /// 无法接收的消息 / messages that could not be taken
    #[command(subcommand)]
    DeadLetters(lists::DeadLettersCommand),
    /// 账目、审计链与唯一性自检 / check the books, the audit chain and every once-only key
    Verify,
    /// 备份数据库并演练恢复 / copy the database, and prove that a copy is sound
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    /// 数据恢复：放回备份，两人批准，重建备份之后的往来 / put a backup in place, approved by two persons, and rebuild what came after
    #[command(subcommand)]
    Restore(restore::RestoreCommand),
    /// 运行状态 / state of the daemon
    Status,
    /// 总览 / the whole agency at a glance
    Overview,
    /// 解释任一代码；不带代码则列出全部 / what a code means and what to do; all codes without one
    Explain(explain::ExplainArgs),
    /// 案件状态：两方、两条轨道、每个事件 / the case machines: both roles, both tracks, every event
    States(states::StatesArgs),
    /// 命令补全脚本 / shell completions
    Completions {
        /// bash, zsh, fish, elvish, powershell
        shell: clap_complete::Shell,
    },
    /// 四家机构、一家银行的演示 / four agencies and a bank, run to the end and checked
    Demo(demo::DemoArgs),
    /// 测速：完整转移每秒 / complete transfers per second, measured
    Bench(bench::BenchArgs),
}

pub fn main() -> ExitCode {
    let line = Line::parse();
    // Opening and sealing run on the blocking threads: more of them than cores only costs memory and switching.
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).max_blocking_threads(cores.max(2) + 2).enable_all();
    let runtime = match runtime.build() {
        Ok(runtime) => runtime,
        Err(cause) => {
            let english = format!("no runtime could be started: {cause}");
            let trouble = Trouble::new(TRY_AGAIN, "RUNTIME", "无法启动运行环境（系统资源不足？）", english);
            trouble.tell();
            return trouble.exit();
        }
    };
    runtime.block_on(run(line)).unwrap_or_else(|trouble| {
        trouble.tell();
        trouble.exit()
    })
}

/// The demo and the bench say themselves what went wrong on the way; what ends them is told like any trouble.
fn trial(ended: anyhow::Result<ExitCode>) -> Ended {
    ended.map_err(|cause| {
        let english = format!("the trial ended early: {cause:#}");
        Trouble::new(trouble::REFUSED, "TRIAL_FAILED", "演示或测速中途结束；所有进程已停止", english)
    })
}

async fn run(Line { global, command }: Line) -> Ended {
    match command {
        Command::Init(args) => home::init(&args),
        Command::Registry(command) => registry::run(&command),
        Command::Broker(command) => broker::run(&command),
        Command::Serve => serve::run(&global).await,
        Command::CheckConfig(args) => check::run(&args, &global),
        Command::Apply(args) => import::apply(&args, &global).await,
        Command::Register(command) => import::register(&command, &global).await,
        Command::Bank(command) => bank::run(command, &global).await,
        Command::Cases(command) => cases::run(command, &global).await,
        Command::Case(command) => act::run(command, &global).await,
        Command::Payout(command) => payout::run(command, &global).await,
        Command::Progress(args) => progress::run(args, &global).await,
        Command::Notices(command) => notices::run(command, &global).await,
        Command::Calendar(command) => calendar::run(command, &global).await,
        Command::Maintenance(command) => maintenance::run(command, &global).await,
        Command::Close(args) => close::run(args, &global).await,
        Command::Digest(command) => close::digests(command, &global).await,
        Command::Tasks(command) => tasks::run(command, &global).await,
        Command::Queues => lists::queues(&global).await,
        Command::DeadLetters(command) => lists::dead_letters(command, &global).await,
        Command::Verify => state::verify(&global).await,
        Command::Backup(command) => backup::run(command, &global).await,
        Command::Restore(command) => restore::run(command, &global).await,
        Command::Status => state::status(&global).await,
        Command::Overview => state::overview(&global).await,
        Command::Explain(args) => explain::run(&args, &global),
        Command::States(args) => states::run(&args, &global),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Line::command(), "jiexu", &mut script);
            screen::say(&String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo(args) => trial(demo::run(args).await),
        Command::Bench(args) => trial(bench::run(args).await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Line::command().debug_assert();
    }
}
