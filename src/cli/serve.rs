//! `serve`: runs the daemon until it is told to stop. The only command that writes a log.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::trouble::{CONFIGURATION, TRY_AGAIN, Trouble};
use super::{Ended, Global};
use crate::config::{Config, Log, LogFormat};
use crate::daemon::Running;

pub(super) async fn run(global: &Global) -> Ended {
    let config = Config::load(&global.config)?;
    start_log(&config.log)?;
    let unable = |cause: std::io::Error| {
        Trouble::new(TRY_AGAIN, "SIGNALS", "无法接收停止信号", format!("signals cannot be received: {cause}"))
    };
    // Before the start: a stop that comes early is heard right after it.
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let running = Running::start(&global.config).await?;
    let brokers = config.broker.addresses().map_err(|wrong| wrong.of(&global.config))?;
    let brokers: Vec<String> = brokers.iter().map(ToString::to_string).collect();
    eprintln!("接续 jiexu {} · 机构 agency {}", env!("CARGO_PKG_VERSION"), config.agency.code);
    match running.pages {
        Some(at) => eprintln!("页面 pages   http://{at}/"),
        None => eprintln!("页面 pages   未开启 switched off"),
    }
    eprintln!("消息 broker  {}\n数据 data    {}", brokers.join(" · "), config.paths.data.display());
    eprintln!("停止 stop    Ctrl-C · SIGTERM");
    let told = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    running.until(told).await?;
    Ok(ExitCode::SUCCESS)
}

fn start_log(log: &Log) -> Result<(), Trouble> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|cause| {
        let english = format!("log.filter is not a filter: {cause}");
        Trouble::new(CONFIGURATION, "CONFIG_VALUE", "配置项 log.filter 有误", english)
    })?;
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let writer = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    match log.format {
        LogFormat::Text => writer.with_target(false).init(),
        LogFormat::Json => writer.json().init(),
    }
    Ok(())
}
